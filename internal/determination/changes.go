package determination

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// Step is a stretch of law time in which the answer to a case stays the same.
type Step struct {
	From    string     `json:"from"`  // inclusive instant
	Until   string     `json:"until"` // exclusive instant; "" for the last
	Outcome Outcome    `json:"outcome"`
	Duty    *DutyRange `json:"duty,omitempty"`
	Rate    *RateRange `json:"rate,omitempty"`
	What    []string   `json:"what"` // what moved it, one sentence an act; of the first, what applies
	Acts    []ActRef   `json:"acts"`
}

// Timeline answers the case for every stretch of law between two moments: since
// is inside, until is outside. The error is Problems.
func Timeline(s *schedule.Schedule, c Case, since, until quantity.Moment) ([]Step, error) {
	c.On, c.Entered, c.Exported = since.String(), "", ""
	d, err := Determine(s, c)
	if err != nil {
		return nil, err
	}
	zone := d.e.zone()
	end := until.Instant(zone)
	begin := since.Instant(zone)
	if end <= begin {
		return nil, Problems{{Field: "until", Message: fmt.Sprintf("%s is not after %s", until, since), Hint: "the last day is outside, and comes after the first"}}
	}
	d.e.q.state(condition.SlotEntered, condition.InstantValue(begin))
	d.e.q.state(condition.SlotExported, condition.InstantValue(begin)) // at one instant, so that each step is what is answered there
	d.e.q.shift(begin)
	d.e.bare = false
	d.e.run(s)
	before := d.snapshot()
	steps := []Step{d.step(begin, zone)}
	for i := range before {
		if before[i].applies {
			steps[0].What = append(steps[0].What, before[i].words())
			if ref := actRef(before[i].state.Act, before[i].entry.Pack); ref != nil {
				steps[0].Acts = append(steps[0].Acts, *ref)
			}
		}
	}
	d.walk(end, func(step Step) {
		steps[len(steps)-1].Until = step.From
		steps = append(steps, step)
	})
	steps[len(steps)-1].Until = instant(end, zone)
	return steps, nil
}

// walk answers the case anew at each later instant of entry before end at which
// the answer may change, in order, and shows visit those at which it does, with
// what moved it. The determination is left at the last of them.
func (d *Determination) walk(end quantity.Instant, visit func(Step)) {
	e := &d.e
	zone := e.zone()
	begin, _ := e.q.facts[condition.SlotEntered].Instant()
	before, last := d.snapshot(), d.step(begin, zone)
	traits, told := e.traits(nil)
	var now []trait
	for _, cut := range e.cuts(begin, end) {
		e.q.shift(cut)
		e.find(e.s)
		var sure bool
		if now, sure = e.traits(now); sure && told && slices.Equal(now, traits) {
			continue
		}
		traits, now, told = now, traits, sure
		e.settleAll()
		after, step := d.snapshot(), d.step(cut, zone)
		step.What, step.Acts = compare(before, after)
		if sameAnswer(&last, &step) && len(step.What) == 0 {
			continue
		}
		visit(step)
		before, last = after, step
	}
}

func (d *Determination) step(at quantity.Instant, zone *time.Location) Step {
	r := &d.e.results
	return Step{From: at.Format(zone), Outcome: d.Outcome(), Duty: d.dutyRange(r.duty), Rate: d.rateRange(r.unrounded), What: []string{}, Acts: []ActRef{}}
}

func sameAnswer(a, b *Step) bool {
	return a.Outcome == b.Outcome && sameRate(a.Rate, b.Rate)
}

func sameRate(a, b *RateRange) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameText(a.Least, b.Least) && sameText(a.Most, b.Most)
}

func sameText(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// zone is that of the pack whose duty is asked, else of the first leg's.
func (e *evaluation) zone() *time.Location {
	if e.q.duty != nil {
		return e.q.duty.Zone
	}
	if len(e.q.legs) > 0 {
		return e.s.Entries()[e.q.legs[0].entries[0]].Pack.Zone
	}
	return time.UTC
}

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
				items := e.s.ItemList(list).Rows
				for j := range items {
					cuts.period(items[j].Period)
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

// trait is all that one candidate brings to an answer, or one lane.
type trait struct {
	entry       *schedule.Entry
	act, under  *measure.Act
	row         *rulepack.GoodsRow
	state       measure.StateKind
	when, items condition.Truth
	rate        string // of the ordinary duty
	options     int    // of an axis
}

// traits is what the candidates found bring to the answer. Two evaluations of
// one case with the same traits come to the same answer; ok is false where that
// cannot be told, because an open condition reads the dates.
func (e *evaluation) traits(buf []trait) (out []trait, ok bool) {
	out = buf[:0]
	for i := range e.cands {
		c := &e.cands[i]
		t := trait{entry: c.Entry, act: c.State.Act, under: c.State.Under, row: c.Row, state: c.State.Kind, when: c.when, items: c.items}
		if c.Entry.Base != nil {
			e.w.facts, e.w.variant = e.q.facts, 0
			t.rate = e.ordinaryRate(c).Text
		}
		if c.when == condition.Open && readsDates(c.Entry.When) {
			return out, false
		}
		out = append(out, t)
		for _, lane := range c.Entry.Lanes {
			s := lane.Acts.At(e.at(c), e.q.known)
			out = append(out, trait{act: s.Act, state: s.Kind})
		}
	}
	for i := range e.axes {
		out = append(out, trait{options: len(e.axes[i].options)})
	}
	return out, true
}

// snap is how one measure stands in one answer.
type snap struct {
	entry   *schedule.Entry
	state   measure.State
	row     *rulepack.GoodsRow
	applies bool // in some world
	open    bool // not in all
	rate    string
	by      string              // the measure that displaces it
	endedBy *measure.Instrument // which ends the row, if that is known on the day
}

func (d *Determination) snapshot() []snap {
	e := &d.e
	out := make([]snap, 0, len(e.cands))
	for n := range e.cands {
		c := &e.cands[n]
		if c.Entry.Kind == measure.Fee {
			continue // what fees are adjusted to every year moves no answer
		}
		s := d.snap(c)
		s.applies = c.applied > 0 && slices.Contains(e.live, int32(n)) && (c.Entry.Kind != measure.Exemption || e.spares(int32(n), measure.Fee))
		if !s.applies && c.displaced >= 0 {
			s.by = e.cands[c.displaced].Entry.Title
		}
		out = append(out, s)
	}
	return out
}

// snap is how a candidate stands, if it applies.
func (d *Determination) snap(c *candidate) snap {
	e := &d.e
	s := snap{entry: c.Entry, state: c.State, row: e.s.RowOf(c.Row, e.q.goods), applies: true, open: c.applied < e.results.count}
	if c.Row != nil && c.Row.EndedBy != nil && c.Row.EndedBy.Date <= e.q.known {
		s.endedBy = c.Row.EndedBy
	}
	if c.State.Rate != nil {
		s.rate = c.State.Rate.String()
	}
	if c.Entry.Base != nil {
		s.rate, _, _ = e.base(c)
	}
	return s
}

func (s *snap) words() string {
	switch {
	case s.rate != "":
		return s.entry.Title + ": " + s.rate
	case s.entry.Kind == measure.Exemption:
		return s.entry.Title + ": exempt"
	}
	return s.entry.Title
}

// move is a measure that stands otherwise in one answer than in another.
type move struct {
	was, now *snap               // nil where the measure does not come near the case
	what     string              // in a sentence, its law aside
	act      *measure.Act        // that moved it; nil where none did
	by       *measure.Instrument // where no act did: of the row of a list
}

// sentence is what moved, with its law.
func (m *move) sentence() string {
	switch {
	case m.act != nil:
		return m.what + " (" + m.act.By.Citation + ")"
	case m.by != nil:
		return m.what + " (" + m.by.Citation + ")"
	}
	return m.what
}

func (m *move) entry() *schedule.Entry {
	if m.now != nil {
		return m.now.entry
	}
	return m.was.entry
}

// movesOf finds what differs between two answers to one case.
func movesOf(before, after []snap) (out []move) {
	find := func(in []snap, entry *schedule.Entry) *snap {
		for i := range in {
			if in[i].entry == entry || in[i].entry.ID == entry.ID { // of another schedule, perhaps
				return &in[i]
			}
		}
		return nil
	}
	note := func(was, now, by *snap, sentence string) {
		m := move{was: was, now: now, what: sentence, act: by.state.Act}
		if by.row != nil {
			m.by = by.row.By
		}
		out = append(out, m)
	}
	for i := range after {
		now := &after[i]
		was := find(before, now.entry)
		switch {
		case now.applies && (was == nil || !was.applies):
			verb := " begins"
			if now.state.Kind == measure.Unverified {
				verb = " may begin: not verified"
			}
			if now.rate != "" {
				verb += ", " + now.rate
			}
			note(was, now, now, now.entry.Title+verb)
		case now.applies && now.state.Kind == measure.Unverified && was.state.Kind != measure.Unverified:
			note(was, now, now, now.entry.Title+" is no longer certain")
		case now.applies && was.rate != now.rate:
			note(was, now, now, fmt.Sprintf("%s: %s → %s", now.entry.Title, was.rate, now.rate))
		}
	}
	for i := range before {
		was := &before[i]
		if !was.applies {
			continue
		}
		now := find(after, was.entry)
		switch {
		case now == nil:
			ended := *was
			ended.state.Act = nil
			if was.endedBy != nil {
				ended.row = &rulepack.GoodsRow{By: was.endedBy}
			}
			note(was, nil, &ended, was.entry.Title+" no longer covers the case")
		case !now.applies && now.by != "":
			note(was, now, now, was.entry.Title+" gives way to "+now.by)
		case !now.applies && now.state.Kind == measure.Suspended:
			note(was, now, now, was.entry.Title+" is suspended")
		case !now.applies:
			note(was, now, now, was.entry.Title+" ends")
		}
	}
	return out
}

// compare words what differs between two answers to one case, with the acts
// that moved it.
func compare(before, after []snap) (what []string, acts []ActRef) {
	what, acts = []string{}, []ActRef{}
	for _, m := range movesOf(before, after) {
		what = append(what, m.sentence())
		if m.act != nil {
			acts = append(acts, *actRef(m.act, m.entry().Pack))
		}
	}
	return what, acts
}

// changes finds the later dates on which the answer changes, and what is so far
// only reported.
func (d *Determination) changes() []Change {
	e := &d.e
	out := []Change{}
	if len(e.q.legs) == 0 {
		return out
	}
	zone := e.zone()
	begin, _ := e.q.facts[condition.SlotEntered].Instant()
	later := Determination{c: d.c}
	later.e.q = e.q.copy()
	later.e.run(e.s)
	later.walk(quantity.MaxInstant, func(step Step) {
		standing := measure.Enacted
		for _, a := range step.Acts {
			switch {
			case a.Standing == string(measure.Hypothetical):
				standing = measure.Hypothetical
			case a.Standing == string(measure.Announced) && standing == measure.Enacted:
				standing = measure.Announced
			}
		}
		out = append(out, Change{On: step.From, Standing: string(standing), What: step.What, Acts: step.Acts, Outcome: step.Outcome, Duty: step.Duty, Rate: step.Rate})
	})
	for _, lg := range e.q.legs {
		for _, i := range lg.entries {
			entry := &e.s.Entries()[i]
			if n := e.candOf(int(i)); n < 0 || !e.cands[n].Origin {
				continue
			}
			for j := range entry.Acts {
				a := &entry.Acts[j]
				if a.Standing != measure.Reported || a.Announced > e.q.known || a.Period.Until <= begin {
					continue
				}
				words := a.Note
				if words == "" {
					words = entry.Title + ": " + effectWords(a)
				}
				out = append(out, Change{On: instant(a.Period.From, zone), Standing: string(measure.Reported),
					What: []string{words + " (" + a.By.Citation + ")"}, Acts: []ActRef{*actRef(a, entry.Pack)}})
			}
		}
	}
	return out
}
