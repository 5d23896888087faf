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
	d.e.run(s)
	before := d.snapshot(nil)
	steps := []Step{d.step(begin, zone)}
	for i := range before {
		if before[i].applies {
			steps[0].What = append(steps[0].What, before[i].words())
			if ref := d.e.actRef(before[i].state.Act, before[i].entry.Pack); ref != nil {
				steps[0].Acts = append(steps[0].Acts, *ref)
			}
		}
	}
	new(walker).walk(d, end, func(step Step) {
		steps[len(steps)-1].Until = step.From
		steps = append(steps, step)
	})
	steps[len(steps)-1].Until = instant(end, zone)
	return steps, nil
}

// walk answers the case anew at each later instant of entry before end at which
// the answer may change, in order, and shows visit those at which it does, with
// what moved it. The determination is left at the last of them.
func (w *walker) walk(d *Determination, end quantity.Instant, visit func(Step)) {
	w.d, w.end, w.all = d, end, false
	w.before = d.snapshot(w.before[:0])
	w.stays()
	w.last = w.now
	w.traits, w.told = d.e.traits(w.traits)
	w.law = append(w.law[:0], d.e.legs...)
	begin, _ := d.e.q.facts[condition.SlotEntered].Instant()
	w.lastAt = begin
	for at, ok := w.next(begin); ok; at, ok = w.next(at) {
		if w.moves(at) {
			visit(w.step(at))
		}
	}
}

// walker answers a case at one instant after another. Its memory is used again.
type walker struct {
	d    *Determination
	end  quantity.Instant
	cuts []quantity.Instant // at which the law of the case may change, once they were looked for
	all  bool               // they were

	before, after []snap // of the last step, and of the instant at hand
	moved         []move // between these
	lastAt        quantity.Instant
	last, now     standsAt
	traits, other []trait  // of the instant at hand, and memory
	told          bool     // the answer hangs on no more than the traits
	law           []legLaw // near at the last instant
	plain         bool     // while it stays as it is, so does the answer but for the ordinary rate
}

// standsAt is what an answer comes to, and what it hangs on.
type standsAt struct {
	outcome Outcome
	rate    bound
	plan    *plan
	// general is the pack of an ordinary duty that is of the column general, and rate
	// the rate of that; nil where it is not, or not for certain.
	general  *rulepack.Pack
	at       int32 // the place of its law
	ordinary schedule.Rate
}

// stays notes what the answer comes to.
func (w *walker) stays() {
	e := &w.d.e
	w.now = standsAt{outcome: e.outcome(), rate: e.results.unrounded, plan: e.planned}
	if due := e.due; len(due) > 0 && due[0].general != nil && (!e.dutyOpen || e.alwaysWhole(due[0].cand)) {
		w.now.general, w.now.at, w.now.ordinary = due[0].general, due[0].law, e.generalRate(&due[0])
	}
}

// alwaysWhole reports whether a duty stands on the whole value whatever is open.
func (e *evaluation) alwaysWhole(n int32) bool {
	c := &e.cands[n]
	return c.applied == e.results.count && c.displaced < 0 && c.lessened < 0 && c.share.Least.Equal(one) && c.share.Most.Equal(one) &&
		(c.Entry.Base.ClaimSlot < 0 || !e.q.facts[c.Entry.Base.ClaimSlot].IsUnknown())
}

// next returns the next instant after one, at which the case was answered, at which
// its law may change.
func (w *walker) next(at quantity.Instant) (next quantity.Instant, ok bool) {
	e := &w.d.e
	var until quantity.Instant
	if until, w.plain = e.staysUntil(at, w.now.general); w.plain {
		return until, until < w.end
	}
	if !w.all {
		w.cuts, w.all = e.cuts(at, w.end), true
	}
	i, found := slices.BinarySearch(w.cuts, at)
	if found {
		i++
	}
	if i == len(w.cuts) {
		return 0, false
	}
	return w.cuts[i], true
}

// staysUntil returns the instant until which the law of the case stays as it is at
// an instant, where that is told: of goods of one line that are imported, at the rate
// of the column general in a pack.
func (e *evaluation) staysUntil(at quantity.Instant, general *rulepack.Pack) (until quantity.Instant, ok bool) {
	q := &e.q
	if len(q.legs) != 1 || q.legs[0].kind != measure.Import || general == nil || !e.isLine() {
		return 0, false
	}
	until = q.article.GeneralUntil(general, at)
	for _, pack := range q.legs[0].packs {
		m := e.movement(&q.legs[0], pack)
		if m.At != at {
			return 0, false
		}
		law, ok := e.s.NearUntil(pack, &m)
		if !ok {
			return 0, false
		}
		until = min(until, law)
	}
	return until, true
}

// moves answers the case at an instant, and reports whether the answer is another
// than at the last step.
func (w *walker) moves(at quantity.Instant) bool {
	e := &w.d.e
	e.q.shift(at)
	e.locate(e.s)
	same := w.sameLaw()
	w.law = append(w.law[:0], e.legs...)
	if same {
		return false
	}
	e.findNear()
	if w.same() {
		return false
	}
	e.settleAll()
	w.stays()
	w.after = w.d.snapshot(w.after[:0])
	w.lookAgain(at)
	w.moved = movesOf(w.before, w.after)
	return len(w.moved) > 0 || w.last.outcome != w.now.outcome || !sameRate(w.d.rateRange(w.last.rate), w.d.rateRange(w.now.rate))
}

// sameLaw reports whether the law near at the instant at hand comes for certain to the
// answer before: it is the same, and stands to one another in the same way.
func (w *walker) sameLaw() bool {
	e := &w.d.e
	return w.plain && slices.EqualFunc(e.legs, w.law, func(a, b legLaw) bool { return a.near.Same(b.near) }) &&
		e.q.article.GeneralRate(w.now.general, e.legs[w.now.at].at) == w.now.ordinary
}

// same reports whether what was found at the instant at hand comes for certain to the
// answer before.
func (w *walker) same() bool {
	e := &w.d.e
	if e.shared {
		w.told = false // it need not be
		due := e.due
		return e.plan == w.now.plan && w.now.general != nil && e.generalRate(&due[0]) == w.now.ordinary
	}
	var sure bool
	w.other, sure = e.traits(w.other)
	if sure && w.told && slices.Equal(w.other, w.traits) {
		return true
	}
	w.traits, w.other, w.told = w.other, w.traits, sure
	return false
}

// step is that at an instant.
func (w *walker) step(at quantity.Instant) Step {
	step := w.d.step(at, w.d.e.zone())
	for i := range w.moved {
		m := &w.moved[i]
		step.What = append(step.What, m.sentence())
		if m.act != nil {
			step.Acts = append(step.Acts, *w.d.e.actRef(m.act, m.entry().Pack))
		}
	}
	w.before, w.after, w.last, w.lastAt = w.after, w.before, w.now, at
	return step
}

func (d *Determination) step(at quantity.Instant, zone *time.Location) Step {
	r := &d.e.results
	return Step{From: at.Format(zone), Outcome: d.Outcome(), Duty: d.dutyRange(r.duty), Rate: d.rateRange(r.unrounded), What: []string{}, Acts: []ActRef{}}
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
	row         *rulepack.GoodsRow
	state       measure.State // a resumption leaves the rate to acts before it
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
		t := trait{entry: c.Entry, row: c.Row, state: c.State, when: c.when, items: c.items}
		if c.Entry.Base != nil {
			e.w.facts, e.w.variant = e.q.facts, 0
			t.rate = e.ordinaryRate(c).Text
		}
		if c.when == condition.Open && readsDates(c.Entry.When) {
			return out, false
		}
		out = append(out, t)
		for _, n := range c.YieldsTo { // relations come and go by themselves
			out = append(out, trait{entry: e.legs[c.law].near.Candidates[n].Entry})
		}
		for _, lane := range c.Entry.Lanes {
			out = append(out, trait{state: lane.Acts.At(e.at(c), e.q.known)})
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
	applies bool                // in some world
	open    bool                // not in all
	rate    string              // of the ordinary duty that of the goods
	cand    int32               // the candidate
	by      string              // the measure that displaces it
	endedBy *measure.Instrument // which ends the row, if that is known on the day
}

// snapshot appends how the measures near the case stand.
func (d *Determination) snapshot(out []snap) []snap {
	e := &d.e
	if !e.shared || e.plan != e.planned { // it may have more than the plan
		return d.appendSnaps(out)
	}
	kept := e.plan.memory.snaps.Load()
	if kept == nil {
		snaps := d.appendSnaps(nil)
		kept = &snaps
		e.plan.memory.snaps.Store(kept)
	}
	first := len(out)
	out = append(out, *kept...)
	for i := range out[first:] {
		if s := &out[first+i]; s.entry.Base != nil {
			s.rate, _, _ = e.base(&e.cands[s.cand])
		}
	}
	return out
}

func (d *Determination) appendSnaps(out []snap) []snap {
	e := &d.e
	for n := range e.cands {
		c := &e.cands[n]
		if c.Entry.Kind == measure.Fee {
			continue // what fees are adjusted to every year moves no answer
		}
		s := d.snap(c)
		s.cand = int32(n)
		s.applies = c.applied > 0 && slices.Contains(e.live, int32(n)) && (c.Entry.Kind != measure.Exemption || e.spares(int32(n), measure.Fee))
		if !s.applies && c.displaced >= 0 {
			s.by = e.cands[c.displaced].Entry.Title
		}
		out = append(out, s)
	}
	return out
}

// lookAgain finds out of measures that applied at the last step and do not at the
// instant at hand what is left out of answers: how they stand now, if they come close,
// and else which row named the goods.
func (w *walker) lookAgain(at quantity.Instant) {
	e := &w.d.e
	for i := range w.before {
		was := &w.before[i]
		if !was.applies || snapOf(w.after, was.entry) != nil {
			continue
		}
		if c, ok := e.stands(was.entry); ok && e.comesClose(&c, e.legs[e.lawOf(was.entry)].at) {
			w.after = append(w.after, snap{entry: c.Entry, state: c.State, row: c.Row})
			continue
		}
		e.q.shift(w.lastAt)
		if c, ok := e.stands(was.entry); ok {
			was.row, was.endedBy = c.Row, e.endedBy(c.Row)
		}
		e.q.shift(at)
	}
}

// complete adds to a snapshot of an answer that left out what only comes close how one
// measure stands, and which row names the goods in it.
func (d *Determination) complete(of []snap, id string) []snap {
	e := &d.e
	entry, ok := e.s.Entry(id)
	if !ok || !e.bare {
		return of
	}
	c, ok := e.stands(entry)
	if !ok || !e.comesClose(&c, e.legs[e.lawOf(entry)].at) {
		return of
	}
	s := snapOf(of, entry)
	if s == nil {
		of = append(of, snap{entry: entry, state: c.State})
		if s = &of[len(of)-1]; c.State.Rate != nil {
			s.rate = c.State.Rate.String()
		}
	}
	s.row, s.endedBy = c.Row, e.endedBy(c.Row)
	return of
}

// lawOf is the place of the law to which a measure on the legs belongs; -1 where it is
// on none.
func (e *evaluation) lawOf(entry *schedule.Entry) int32 {
	return int32(slices.IndexFunc(e.legs, func(l legLaw) bool { return e.q.legs[l.leg].kind == entry.Leg && l.pack == entry.PackIndex }))
}

// stands finds how a measure stands to the case, whether or not it applies.
func (e *evaluation) stands(entry *schedule.Entry) (c schedule.Candidate, ok bool) {
	n := e.lawOf(entry)
	if n < 0 {
		return c, false
	}
	l := &e.legs[n]
	m := e.movement(&e.q.legs[l.leg], l.pack)
	m.Bare = false
	return e.s.Stands(entry, &m)
}

// snap is how a candidate stands, if it applies.
func (d *Determination) snap(c *candidate) snap {
	e := &d.e
	s := snap{entry: c.Entry, state: c.State, row: c.Row, applies: true, open: c.applied < e.results.count}
	s.endedBy = e.endedBy(c.Row)
	if c.State.Rate != nil {
		s.rate = c.State.Rate.String()
	}
	if c.Entry.Base != nil {
		s.rate, _, _ = e.base(c)
	}
	return s
}

// endedBy is the instrument that ends a row, nil where none does or it is not known on
// the day.
func (e *evaluation) endedBy(row *rulepack.GoodsRow) *measure.Instrument {
	if row == nil || row.EndedBy == nil || row.EndedBy.Date > e.q.known {
		return nil
	}
	return row.EndedBy
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

// snapOf finds how a measure stands, nil where it does not come near.
func snapOf(in []snap, entry *schedule.Entry) *snap {
	for i := range in {
		if in[i].entry == entry || in[i].entry.ID == entry.ID { // of another schedule, perhaps
			return &in[i]
		}
	}
	return nil
}

// movesOf finds what differs between two answers to one case.
func movesOf(before, after []snap) (out []move) {
	note := func(was, now, by *snap, sentence string) {
		m := move{was: was, now: now, what: sentence, act: by.state.Act}
		if by.row != nil {
			m.by = by.row.By
		}
		out = append(out, m)
	}
	for i := range after {
		now := &after[i]
		was := snapOf(before, now.entry)
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
		now := snapOf(after, was.entry)
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

// changes finds the later dates on which the answer changes, and what is so far
// only reported.
func (d *Determination) changes(m *documentMemory) []Change {
	e := &d.e
	out := []Change{}
	if len(e.q.legs) == 0 {
		return out
	}
	zone := e.zone()
	begin, _ := e.q.facts[condition.SlotEntered].Instant()
	later := &m.later
	later.e.q.like(&e.q)
	later.e.bare = e.q.meets()
	later.e.run(e.s)
	m.walker.walk(later, quantity.MaxInstant, func(step Step) {
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
	for _, i := range e.reportedOn() {
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
				What: []string{words + " (" + a.By.Citation + ")"}, Acts: []ActRef{*e.actRef(a, entry.Pack)}})
		}
	}
	return out
}

// reportedOn are the entries on the legs of which some act is no more than reported.
func (e *evaluation) reportedOn() []int32 {
	return e.s.Derived(reportedKey(e.q.legsKey()), func() any {
		var out []int32
		for _, lg := range e.q.legs {
			for _, i := range lg.entries {
				if slices.ContainsFunc(e.s.Entries()[i].Acts, func(a measure.Act) bool { return a.Standing == measure.Reported }) {
					out = append(out, i)
				}
			}
		}
		return out
	}).([]int32)
}
