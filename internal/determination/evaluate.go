package determination

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// evaluation is a query answered: the measures that touch it and what each
// comes to in every world that the open facts allow. It is reused from case to
// case and allocates nothing once it has grown, as long as nothing is open.
type evaluation struct {
	s *schedule.Schedule
	q query

	variants []variant // the statistical lines the goods may be of; one where the code is long enough
	amounts  []amount  // what each candidate comes to; of a shared plan each line of the bill
	noItems  []itemState
	hits     []schedule.Hit

	legs []legLaw // the law gathered, by leg and pack
	// plan is all but the amounts: where it is shared, that of the case and those like
	// it, which is only read; else the evaluation's own.
	*plan
	shared  bool
	items   []itemState // by item list: those of the plan, where no more were asked
	planned *plan       // the plan of the case, found or made; nil where there is none
	lent    *plan       // the plan that the evaluation's own is a copy of; nil: it is of none
	met     *plan       // that of cases like it without other legs, where it states nothing that counts; nil where there is none
	own     plan
	whole   whole  // memory for what comes close
	ownBill bill   // of a case without a shared plan, once billed
	billed  bool   // it is filled in
	key     []byte // under which a plan is remembered; empty where none is

	// leftOpen tells that it is the part which an exemption leaves.
	leftOpen bool
	pairs    bool // an open fact is compared with another fact
	// dutyOpen tells that something open touches the duties.
	dutyOpen bool
	results  results
	// tally sums up the duties by programme besides; nil where nobody asks.
	tally *tally
	// only are the entries that may touch the case, where they are known beforehand,
	// in the place of all; what only comes close is then left out.
	only   []int32
	onlyIn []schedule.Nearby // memory for what is near of them, by leg and pack
	// bare tells that what only comes close was left out: it moves no figure and no
	// outcome, and costs more than all else to find.
	bare bool
	// foresees tells that later dates are asked for: of a case of which something open
	// touches the duties no more than they need is kept, and taken up again.
	foresees bool
	// general is the rate of an ordinary duty by the column general.
	general schedule.Rate

	w scratch
}

// variant is a set of statistical lines that no list tells apart.
type variant struct {
	code  nomenclature.Code   // one of them
	codes []nomenclature.Code // all of them; nil where the code was given in full
}

// candidate is one measure in one case.
type candidate struct {
	*schedule.Candidate
	leg    int32
	law    int32 // of evaluation.legs
	offset int32 // of its list in scratch.place
	when   condition.Truth
	items  condition.Truth // whether an item is met; True where none is needed
	// toggle is the axis of a measure whose being in force is not known; -1
	// where it is.
	toggle int32
	// doubtful tells that its condition rests on a listing that is not known.
	doubtful bool

	applied   int   // worlds in which it applies
	displaced int32 // a candidate that displaces it in some world, -1
	lessened  int32 // an exemption that takes a part of the value from it in some world, -1
	share     quantity.Range
}

// amount is what a candidate comes to.
type amount struct {
	duty    bound         // over the worlds in which it applies
	missing quantity.Unit // a quantity that its rate needs and nobody gave
}

// legLaw is the law of one pack on one leg.
type legLaw struct {
	leg  int32
	pack int
	at   quantity.Instant // the legal instant
	near *schedule.Nearby
}

// at is the legal instant of a candidate.
func (e *evaluation) at(c *candidate) quantity.Instant {
	if c.AtEntry {
		return e.q.noon(e.q.entered, e.q.duty.Zone)
	}
	return e.legs[c.law].at
}

// candOf finds the candidate of an entry, -1 where there is none.
func (e *evaluation) candOf(entry int) int32 {
	for i := range e.cands {
		if e.cands[i].Entry.Index == entry {
			return int32(i)
		}
	}
	return -1
}

// bound is the least and the most of an amount over worlds; none until seen.
type bound struct {
	seen      bool
	wide      bool // most differs from least
	unbounded bool // the most is not known
	least     quantity.Decimal
	most      quantity.Decimal // where wide
}

// exactly is the bound of one amount, between of two.
func exactly(d quantity.Decimal) bound { return bound{seen: true, least: d} }

func between(least, most quantity.Decimal, unbounded bool) bound {
	return bound{seen: true, wide: !least.Equal(most), unbounded: unbounded, least: least, most: most}
}

// high is the most, or where that is not known the most that is certain.
func (b *bound) high() quantity.Decimal {
	if b.wide {
		return b.most
	}
	return b.least
}

// be makes the bound another, number by number: to copy as a whole what was just written
// in pieces is waited for.
func (b *bound) be(c *bound) {
	b.seen, b.wide, b.unbounded, b.least, b.most = c.seen, c.wide, c.unbounded, c.least, c.most
}

// beExactly makes the bound that of one amount.
func (b *bound) beExactly(d quantity.Decimal) {
	b.seen, b.wide, b.unbounded, b.least, b.most = true, false, false, d, quantity.Decimal{}
}

// hull widens the bound to hold another.
func (b *bound) hull(c *bound) {
	switch {
	case !c.seen:
	case !b.seen:
		b.be(c)
	default:
		*b = between(b.least.Min(c.least), b.high().Max(c.high()), b.unbounded || c.unbounded)
	}
}

// orNone is the bound widened to hold nothing.
func (b *bound) orNone() *bound {
	out := *b
	out.hull(&bound{seen: true})
	return &out
}

// take is [bound.hull] of one amount.
func (b *bound) take(d quantity.Decimal) {
	if !b.seen {
		b.seen, b.least = true, d
		return
	}
	c := exactly(d)
	b.hull(&c)
}

// plus is [bound.add] of one amount.
func (b *bound) plus(d quantity.Decimal) {
	b.least = b.least.Add(d)
	if b.wide {
		b.most = b.most.Add(d)
	}
}

// times makes the bound that of a share of the amount.
func (b *bound) times(share quantity.Decimal) {
	b.least = b.least.Mul(share)
	if b.wide {
		b.most = b.most.Mul(share)
		b.wide = !b.most.Equal(b.least)
	}
	b.unbounded = b.unbounded && !share.IsZero()
}

// add makes the bound that of the sum with an amount that varies by itself.
func (b *bound) add(c *bound) {
	if b.wide || c.wide {
		b.most = b.high().Add(c.high())
		b.wide = true
	}
	b.seen = true
	b.unbounded = b.unbounded || c.unbounded
	b.least = b.least.Add(c.least)
}

// itemState is what an item list says of the goods.
type itemState struct {
	done    bool
	truth   condition.Truth
	met     []int32 // rows that are met
	open    []int32 // rows that are open
	outside bool    // some row was presumed not met because of the goods code
	asked   bool    // some measure hangs on it, and it is open
}

// run answers the query.
func (e *evaluation) run(s *schedule.Schedule) {
	e.find(s)
	e.settleAll()
}

// settleAll finds what the candidates come to.
func (e *evaluation) settleAll() {
	e.tally.reset()
	if e.lent != nil {
		e.settleLent()
		return
	}
	if !e.shared {
		e.goThrough()
		switch {
		case e.dutyOpen && e.foresees:
			e.foresee()
		case len(e.key) > 0 && e.dutyOpen:
			e.lend()
		case len(e.key) > 0:
			e.planned = e.makePlan()
			e.s.Remember(e.w.near, e.key, e.planned, 1+len(e.worlds)/16)
		}
		return
	}
	if e.foresees {
		e.settleAs(e.prospect())
		return
	}
	// All but the amounts is settled.
	w := &e.w
	w.facts, w.variant = e.q.facts, 0
	e.addUp(&e.results.duties)
}

// plan is an evaluation as it stands for every case like it: all but the
// amounts.
type plan struct {
	// What most cases read of a shared plan stands together.
	bill    *bill       // nil of one that was found by itself
	due     []due       // in the world at hand, the ordinary duty first; of a shared plan those of its bill
	items   []itemState // by item list
	axes    []axis      // what the worlds differ in
	verdict verdict     // of a shared plan
	exact   bool        // the worlds were all gone through
	sums    bool        // an open fact enters a sum
	// entangled tells that open facts hang together by a formula, of which the
	// worlds know nothing.
	entangled bool

	// open tells that something open touches the duties: the plan is for later dates
	// alone, and has no more than these ask, or it is lent.
	open   bool
	dues   []due            // of one that is lent: what is due in each world, of candidates
	ends   []int            // where those of each world end; nil: it is not lent
	of     []int32          // of which candidate each line of the bill is
	cands  []candidate      // every measure that applies, may apply or comes close
	live   []int32          // candidates that apply in some world
	place  []int32          // candidates by their places in the schedule's lists
	share  []quantity.Range // of the value, on which each candidate stands
	doubts []doubt
	worlds []world
	memory *planMemory
}

// planMemory is what is found out about a plan when it is asked for; nil: it was not.
type planMemory struct {
	probes   atomic.Pointer[[]likeProbes] // the claims that are not made and may come to something
	prospect atomic.Pointer[prospect]
}

// makePlan keeps the evaluation, amounts aside. Nothing that is open touches
// the duties: they are the same in all worlds.
func (e *evaluation) makePlan() *plan {
	p := e.clone()
	p.due = p.bill.due
	return p
}

// clone copies the evaluation, amounts and what is due aside.
func (e *evaluation) clone() *plan {
	p := &plan{
		memory: new(planMemory),
		cands:  slices.Clone(e.cands), live: slices.Clone(e.live), axes: slices.Clone(e.axes), doubts: slices.Clone(e.doubts), worlds: slices.Clone(e.worlds),
		sums: e.sums, entangled: e.entangled, exact: e.exact, place: slices.Clone(e.place), share: slices.Clone(e.share), verdict: e.results.verdict,
	}
	if slices.ContainsFunc(e.items, func(it itemState) bool { return it.done }) {
		p.items = slices.Clone(e.items)
		for i := range p.items {
			it := &p.items[i]
			it.met, it.open = slices.Clone(it.met), slices.Clone(it.open)
		}
	} else {
		p.items = e.unasked()
	}
	p.verdict.loose = false
	b := new(bill)
	p.of = e.makeBill(b, nil)
	p.bill = e.sharedBill(b, p.of)
	return p
}

// unasked are the item lists where none of them was asked. All plans of which that is so
// share them.
func (e *evaluation) unasked() []itemState {
	e.noItems = grow(e.noItems, e.s.ItemLists())
	return e.noItems
}

// usePlan takes what a plan holds.
func (e *evaluation) usePlan(p *plan) {
	if p.open && !e.foresees {
		e.borrow(p)
		return
	}
	e.plan, e.planned, e.shared, e.items = p, p, true, p.items
	e.pairs, e.dutyOpen = false, false
	e.results.verdict = p.verdict
	e.amounts = grow(e.amounts, len(p.bill.lines))
}

// begin takes the evaluation's own memory again.
func (e *evaluation) begin(s *schedule.Schedule) {
	e.s = s
	clear(e.amounts)
	o := &e.own
	e.plan, e.planned, e.lent, e.shared, e.billed, e.items = o, nil, nil, false, false, o.items
	o.cands, o.live, o.axes, o.worlds, o.doubts = o.cands[:0], o.live[:0], o.axes[:0], o.worlds[:0], nil
	o.place, o.due, o.share, o.bill = o.place[:0], o.due[:0], o.share[:0], nil
	e.w.codes, e.legs, e.key, e.met = e.w.codes[:0], e.legs[:0], e.key[:0], nil
}

// find collects the candidates and what is open about them.
func (e *evaluation) find(s *schedule.Schedule) {
	e.locate(s)
	e.findNear()
}

// findNear collects the candidates near the case, once its law was located.
func (e *evaluation) findNear() {
	if p, ok := e.recall(); ok {
		e.usePlan(p)
		return
	}
	e.meet()
	e.findAxes()
}

// locate finds the law on the legs.
func (e *evaluation) locate(s *schedule.Schedule) {
	e.begin(s)
	e.split()
	for i := range e.variants {
		e.w.codes = append(e.w.codes, e.variants[i].code)
	}
	e.near()
}

// meet makes candidates of the law that was located.
func (e *evaluation) meet() {
	e.askNoItems()
	e.gather()
	e.amounts = grow(e.amounts, len(e.cands))
}

// askNoItems begins anew with the item lists.
func (e *evaluation) askNoItems() {
	if n := e.s.ItemLists(); len(e.items) != n {
		e.own.items = make([]itemState, n)
		e.items = e.own.items
	}
	for i := range e.items {
		it := &e.items[i]
		*it = itemState{met: it.met[:0], open: it.open[:0]}
	}
}

// near finds the law on the legs.
func (e *evaluation) near() {
	q := &e.q
	for l := range q.legs {
		for _, pack := range q.legs[l].packs {
			var m schedule.Movement
			e.move(&m, &q.legs[l], pack)
			at := m.At
			if e.only == nil {
				near, was := e.s.Met(pack, &m, q.stated, q.closed)
				e.met, _ = was.(*plan)
				e.legs = append(e.legs, legLaw{int32(l), pack, at, near})
				continue
			}
			n := len(e.legs)
			if n == len(e.onlyIn) {
				e.onlyIn = append(e.onlyIn, schedule.Nearby{})
			}
			e.s.NearOf(e.only, pack, &m, &e.onlyIn[n])
			e.legs = append(e.legs, legLaw{int32(l), pack, at, &e.onlyIn[n]})
		}
	}
}

// movement is what of the case decides which measures of a pack are near it on a
// leg.
func (e *evaluation) movement(lg *leg, pack int) (m schedule.Movement) {
	e.move(&m, lg, pack)
	return m
}

// move fills in the movement, which is empty.
func (e *evaluation) move(m *schedule.Movement, lg *leg, pack int) {
	q := &e.q
	p := e.s.Set.Packs[pack]
	m.Leg, m.Territory, m.From, m.To, m.Origin = lg.kind, lg.territory, q.from, q.to, q.origin
	m.Goods, m.Read, m.At, m.Known, m.Bare = e.w.codes, q.article, q.at(lg.kind, p), q.known, e.bare
	m.Entered, _ = q.facts[condition.SlotEntered].Instant()
	m.Exported, _ = q.facts[condition.SlotExported].Instant()
	if q.fixed != 0 && lg.kind == measure.Import && p == q.duty {
		m.Entry = q.noon(q.entered, q.duty.Zone)
	}
}

// recall finds the plan of cases like this one.
func (e *evaluation) recall() (*plan, bool) {
	if len(e.legs) == 0 || len(e.variants) > 1 {
		return nil, false
	}
	if e.met != nil && len(e.legs) == 1 {
		return e.met, e.takes(e.met)
	}
	e.w.near, e.w.ats = e.w.near[:0], e.w.ats[:0]
	for i := range e.legs {
		e.w.near, e.w.ats = append(e.w.near, e.legs[i].near), append(e.w.ats, e.legs[i].at)
	}
	key, ok := e.s.Alike(e.key, e.w.near, e.w.ats, e.q.known, e.q.facts, e.q.stated, e.q.closed)
	if !ok {
		return nil, false
	}
	e.key = key
	p, ok := e.s.Recall(e.w.near, key).(*plan)
	return p, ok && e.takes(p)
}

// takes reports whether the evaluation takes up a plan that was found.
func (e *evaluation) takes(p *plan) bool {
	switch {
	case !p.open:
		return true
	case e.foresees:
		return p.memory.prospect.Load() != nil
	}
	return p.ends != nil && !e.w.records
}

// split finds the lines that the lists tell apart, where the goods code is too
// short to say which it is.
func (e *evaluation) split() {
	q := &e.q
	e.variants = append(e.variants[:0], variant{code: q.goods})
	if e.isLine() {
		return
	}
	within := cmp.Or(q.within, q.goods)
	var codes []nomenclature.Code
	var at quantity.Instant
	switch {
	case q.within != "":
		// A line that no edition held has: it may be, or come from, any that a
		// list names, or none of them.
		at = q.at(measure.Import, q.duty)
		codes = slices.DeleteFunc(slices.Clone(e.s.Below(within)), func(c nomenclature.Code) bool {
			return len(slices.DeleteFunc(e.s.AllGoodsRows(c, nil), e.isAside)) == 0
		})
		slices.Sort(codes)
		codes = append(slices.Compact(codes), q.goods)
	case q.duty != nil && q.duty.Table != nil:
		at = q.at(measure.Import, q.duty)
		for _, l := range q.duty.Table.Children(q.goods, heldAt(q.duty.Table, at)) {
			codes = append(codes, l.Code)
		}
	case len(q.legs) > 0:
		at = q.at(q.legs[0].kind, e.s.Entries()[q.legs[0].entries[0]].Pack)
	}
	if len(codes) == 0 && len(q.legs) > 0 {
		// No schedule names the lines: those that lists name, and any other.
		codes = append(slices.Clone(e.s.Below(q.goods)), q.goods)
	}
	if len(codes) == 0 {
		return
	}
	e.variants = e.variants[:0]
	var signatures [][]schedule.Hit
next:
	for _, c := range codes {
		e.hits = slices.DeleteFunc(e.s.Goods(c, at, q.known, e.hits[:0]), e.isAside)
		for i, sig := range signatures {
			if slices.Equal(sig, e.hits) {
				e.variants[i].codes = append(e.variants[i].codes, c)
				continue next
			}
		}
		if len(signatures) == mostVariants {
			break
		}
		signatures = append(signatures, slices.Clone(e.hits))
		e.variants = append(e.variants, variant{c, []nomenclature.Code{c}})
	}
}

// isLine reports whether the goods code is one line for every list, whatever the
// instant.
func (e *evaluation) isLine() bool {
	within := cmp.Or(e.q.within, e.q.goods)
	return within == "" || len(within) >= 10 || !e.s.SplitBelow(within)
}

// isAside reports whether a row is of a list that no measure on the legs asked
// about names.
func (e *evaluation) isAside(h schedule.Hit) bool {
	return !slices.ContainsFunc(e.q.legs, func(lg leg) bool { return e.s.Names(lg.kind, lg.territory, h.List) })
}

// mostVariants is how many kinds of line a mask has room for. No subheading has
// as many.
const mostVariants = 64

// gather collects the candidates of the law that is near.
func (e *evaluation) gather() {
	for n := range e.legs {
		offset := int32(len(e.place))
		near := e.legs[n].near
		for i := range near.Candidates {
			e.place = append(e.place, e.consider(&near.Candidates[i], int32(n), offset))
		}
	}
}

// consider makes a candidate of a measure that touches the case or comes close,
// and returns its place; -1 where it does neither.
func (e *evaluation) consider(near *schedule.Candidate, law, offset int32) int32 {
	when, items, live, ok := e.weigh(near, e.legs[law].at)
	if !ok {
		return -1
	}
	n := int32(len(e.cands))
	if int(n) == cap(e.cands) {
		e.cands = append(e.cands, candidate{})
	} else {
		e.cands = e.cands[:n+1]
	}
	c := &e.cands[n]
	*c = candidate{Candidate: near, leg: e.legs[law].leg, law: law, offset: offset, when: when, items: items, toggle: -1, displaced: -1, lessened: -1}
	if live {
		e.live = append(e.live, n)
	}
	return n
}

// weigh finds what the condition and the items of a measure come to, whether it may
// apply then, and whether it does or comes close.
func (e *evaluation) weigh(near *schedule.Candidate, at quantity.Instant) (when, items condition.Truth, live, ok bool) {
	entry, runs := near.Entry, near.Runs()
	when = entry.Condition(e.q.facts, e.q.stated, e.q.closed, e.listsAt(at))
	if when == condition.False && (!runs || !near.Origin || entry.Kind == measure.Exemption) {
		return when, items, false, false
	}
	live = near.Origin && runs && when != condition.False
	items = e.onItems(entry, at)
	return when, items, live, items == condition.True || items == condition.Open && live
}

// comesClose is ok of weigh, by itself: what is known of items is left as it is.
func (e *evaluation) comesClose(near *schedule.Candidate, at quantity.Instant) bool {
	known := e.items
	if hasItems(near.Entry) {
		e.items = make([]itemState, len(known))
	}
	_, _, _, ok := e.weigh(near, at)
	e.items = known
	return ok
}

// onItems tells whether the goods are an item of the entry's lists, or of a
// measure in force that controls them.
func (e *evaluation) onItems(entry *schedule.Entry, at quantity.Instant) condition.Truth {
	if len(entry.Items) == 0 && len(entry.ControlledBy) == 0 {
		return condition.True
	}
	truth := condition.False
	for _, list := range entry.Items {
		truth = truth.Or(e.item(list, at).truth)
	}
	for _, j := range entry.ControlledBy {
		by := &e.s.Entries()[j]
		switch by.Acts.At(at, e.q.known).Kind {
		case measure.InForce:
			for _, list := range by.Items {
				truth = truth.Or(e.item(list, at).truth)
			}
		case measure.Unverified:
			for _, list := range by.Items {
				truth = truth.Or(e.item(list, at).truth.And(condition.Open))
			}
		}
	}
	return truth
}

// item evaluates an item list once for a case.
func (e *evaluation) item(list int32, at quantity.Instant) *itemState {
	st := &e.items[list]
	if st.done {
		return st
	}
	st.done = true
	st.truth = condition.False
	if n := e.s.ClassificationOf(list); n >= 0 {
		e.classified(st, list, &e.q.classes[n], at)
		return st
	}
	rows := e.s.ItemList(list).Rows
	classified := e.s.Classified(list, e.q.goods)
	for i := range rows {
		row := &rows[i]
		t := e.s.ItemCondition(list, int32(i), e.q.facts, e.q.stated, e.q.closed, e.listsAt(at))
		if t == condition.False || !schedule.RowRuns(row.Period, row.By, row.EndedBy, at, e.q.known) {
			continue
		}
		switch {
		case t == condition.True:
			st.met = append(st.met, int32(i))
		case len(row.Codes) > 0 && (!classified || !schedule.UsualCode(row.Codes, e.q.goods)):
			st.outside = true
			continue
		default:
			st.open = append(st.open, int32(i))
		}
		st.truth = st.truth.Or(t)
	}
	return st
}

// lists binds the party lists to the dates of a case. A condition asks it
// through [condition.Lists].
type lists struct {
	s      *schedule.Schedule
	at     quantity.Instant
	known  quantity.Date
	doubts []doubt // as the world has them
}

// doubt is a party of which it is not known whether it was on a list, since the
// list tells only by which day it was.
type doubt struct {
	list int
	name string
	row  *rulepack.PartyRow
	on   bool // in this world
}

// Listed implements [condition.Lists].
func (l *lists) Listed(list int, name string) condition.Truth {
	truth, _ := l.s.Listed(list, name, l.at, l.known)
	if truth == condition.Open {
		for i := range l.doubts {
			if d := &l.doubts[i]; d.list == list && d.name == name {
				return condition.TruthOf(d.on)
			}
		}
	}
	return truth
}

func (e *evaluation) listsAt(at quantity.Instant) *lists {
	e.w.lists = lists{s: e.s, at: at, known: e.q.known}
	if e.w.assume {
		e.w.lists.doubts = e.doubts
	}
	return &e.w.lists
}

// doubt makes axes of the listings that a condition asks for and that are not
// known, and reports whether there are any.
func (e *evaluation) doubt(c *candidate, x *condition.Expr) bool {
	found := false
	for _, a := range x.Atoms() {
		list, ok := a.List()
		if !ok || e.q.facts[a.Slots[0]].IsHypothetical() {
			continue
		}
		name, ok := e.q.facts[a.Slots[0]].Text()
		if !ok {
			continue
		}
		truth, row := e.s.Listed(list, name, e.at(c), e.q.known)
		if truth != condition.Open {
			continue
		}
		found = true
		if slices.ContainsFunc(e.doubts, func(d doubt) bool { return d.list == list && d.name == name }) {
			continue
		}
		e.doubts = append(e.doubts, doubt{list: list, name: name, row: row})
		e.axes = append(e.axes, axis{slot: -1, entry: -1, doubt: int32(len(e.doubts)), options: []option{{label: "listed"}, {label: "not listed", cell: 1}}})
	}
	return found
}
