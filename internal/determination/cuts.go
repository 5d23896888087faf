package determination

import (
	"cmp"
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// cuts returns the instants of entry after begin and before end, in order, at
// which the law of the case may change as known on its day.
func (e *evaluation) cuts(begin, end quantity.Instant) []quantity.Instant {
	q := &e.q
	rows := e.everRows()
	var entries []int32
	for _, lg := range q.legs {
		for _, i := range lg.entries {
			if e.mayTouch(&e.s.Entries()[i], rows) {
				entries = append(entries, i)
			}
		}
	}
	cuts := cutSet{begin: begin, end: end}
	e.lawCuts(entries, rows, &cuts)
	e.rateCuts(&cuts)
	return cuts.sorted()
}

// everRows are the rows that hold the goods at any time.
func (e *evaluation) everRows() []schedule.Hit {
	var rows []schedule.Hit
	for _, v := range e.variants {
		rows = e.s.AllGoodsRows(v.code, rows)
	}
	if code := cmp.Or(e.q.within, e.q.goods); code != "" && len(code) < 10 {
		for _, c := range e.s.Below(code) { // alike on the day, perhaps not on another
			rows = e.s.AllGoodsRows(c, rows)
		}
	}
	return rows
}

// lawCuts adds the instants of entry at which the law of the entries may change
// for the case; rows are all that ever hold the goods.
func (e *evaluation) lawCuts(entries []int32, rows []schedule.Hit, cuts *cutSet) {
	q := &e.q
	var told []quantity.Instant // of conditions, already instants of entry
	touching := make([]bool, len(e.s.Entries()))
	lists := make([]bool, e.s.GoodsLists())
	for _, i := range entries {
		touching[i] = true
		e.s.Entries()[i].MarkLists(lists)
	}
	for _, lg := range q.legs {
		cuts.lag = 0
		if lg.kind != measure.Import {
			cuts.lag = q.lag() // when the goods that leave then are entered
		}
		for _, i := range lg.entries {
			entry := &e.s.Entries()[i]
			if !touching[i] {
				continue
			}
			cuts.acts(entry.Acts, q.known)
			for _, p := range [...]*schedule.Places{&entry.Territory, &entry.From, &entry.To, &entry.Origin} {
				for at := range p.Cuts() {
					cuts.add(at)
				}
			}
			for _, j := range entry.ControlledBy {
				cuts.acts(e.s.Entries()[j].Acts, q.known)
			}
			told = e.conditionCuts(entry.When, lg.kind, told)
			for j := range entry.Yields {
				if touching[entry.Yields[j].With] {
					cuts.period(entry.Yields[j].Relation.Period)
				}
			}
			for _, list := range entry.Items {
				for _, at := range e.s.ItemCuts(list) {
					cuts.add(at)
				}
			}
			for _, lane := range entry.Lanes {
				cuts.acts(lane.Acts, q.known)
			}
		}
		for _, h := range rows {
			if lists[h.List] && (h.Row.By == nil || h.Row.By.Date <= q.known) {
				cuts.period(h.Row.Period)
			}
		}
	}
	cuts.lag = 0
	for _, at := range told {
		cuts.add(at)
	}
}

// rateCuts adds the instants of entry at which the ordinary rate of the goods may
// change.
func (e *evaluation) rateCuts(cuts *cutSet) {
	q := &e.q
	if q.duty == nil {
		return
	}
	for _, at := range e.s.ProgrammeCuts(q.duty, q.known) {
		cuts.add(at)
	}
	if q.duty.Table == nil {
		return
	}
	cuts.add(q.duty.Base.HeldUntil)
	for code := q.goods; len(code) >= 4; code = code.Parent() {
		for _, l := range q.duty.Table.Versions(code) {
			cuts.period(l.Period)
		}
	}
	if len(q.goods) == 8 { // at another time perhaps printed with its one statistical line
		for _, l := range q.duty.Table.Versions(q.goods + "00") {
			cuts.period(l.Period)
		}
	}
}

// cutSet collects instants of entry after begin and before end. The same come
// again and again, by the thousand: they are sorted out as they grow.
type cutSet struct {
	begin, end quantity.Instant
	lag        quantity.Instant // from the instants added to those of entry
	at         []quantity.Instant
	known      int // how many of them are in order, each once
}

func (c *cutSet) add(at quantity.Instant) {
	if at <= quantity.MinInstant || at >= quantity.MaxInstant {
		return
	}
	if at += c.lag; at <= c.begin || at >= c.end {
		return
	}
	if len(c.at) >= 2*c.known+64 {
		c.sorted()
	}
	c.at = append(c.at, at)
}

func (c *cutSet) period(p quantity.Period) {
	c.add(p.From)
	c.add(p.Until)
}

func (c *cutSet) acts(t measure.Timeline, known quantity.Date) {
	for at := range t.Ends(known) {
		c.add(at)
	}
}

// sorted returns the instants in order, each once.
func (c *cutSet) sorted() []quantity.Instant {
	slices.Sort(c.at)
	c.at = slices.Compact(c.at)
	c.known = len(c.at)
	return c.at
}

// mayTouch reports whether an entry on a leg of the case may apply to it at some
// time; rows are all that ever hold the goods.
func (e *evaluation) mayTouch(entry *schedule.Entry, rows []schedule.Hit) bool {
	q := &e.q
	if entry.NamesGoods() && !entry.EverOnGoods(rows) || !entry.Origin.Ever(q.origin) {
		return false
	}
	if entry.When == nil || readsMovement(entry.When) {
		return true
	}
	return entry.Condition(q.facts, q.stated, q.closed, someLists{}) != condition.False
}

// readsMovement reports whether a condition reads the places or the dates of the
// movement.
func readsMovement(x *condition.Expr) bool {
	return slices.ContainsFunc(x.Slots(), func(slot int) bool {
		return slot == condition.SlotOrigin || slot == condition.SlotFrom || slot == condition.SlotTo
	}) || readsDates(x)
}

// readsDates reports whether a condition may turn as the dates of the movement
// pass.
func readsDates(x *condition.Expr) bool {
	slots := x.Slots()
	return slices.Contains(slots, condition.SlotEntered) || slices.Contains(slots, condition.SlotExported)
}

// someLists stands for party lists at any time: they may name anybody.
type someLists struct{}

func (someLists) Listed(int, string) condition.Truth { return condition.Open }

// conditionCuts appends the instants of entry at which a condition on a leg may
// turn as the dates of the movement pass: those it compares them with, and those
// at which a party that it asks for comes on a list or leaves it.
func (e *evaluation) conditionCuts(x *condition.Expr, leg measure.Leg, buf []quantity.Instant) []quantity.Instant {
	add := func(at quantity.Instant, ofExport bool) {
		if ofExport && at > quantity.MinInstant && at < quantity.MaxInstant {
			at += e.q.lag()
		}
		buf = append(buf, at)
	}
	for _, a := range x.Atoms() {
		if list, ok := a.List(); ok {
			if name, ok := e.q.facts[a.Slots[0]].Text(); ok {
				for _, at := range e.s.PartyCuts(list, name, e.q.known) {
					add(at, leg != measure.Import)
				}
			}
			continue
		}
		for _, slot := range a.Slots {
			if slot != condition.SlotEntered && slot != condition.SlotExported {
				continue
			}
			for _, cell := range condition.Cells(e.s.Set.Env.Fact(slot), []condition.Atom{a}, 0, 0) {
				add(cell.Period.From, slot == condition.SlotExported)
				add(cell.Period.Until, slot == condition.SlotExported)
			}
		}
	}
	return buf
}
