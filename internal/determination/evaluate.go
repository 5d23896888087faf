package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// evaluation is a query answered: the measures that touch it and what each
// comes to in every world that the open facts allow. It is reused from case to
// case and allocates nothing once it has grown, as long as nothing is open.
type evaluation struct {
	s *schedule.Schedule
	q query

	variants []variant   // the statistical lines the goods may be of; one where the code is long enough
	cands    []candidate // every measure that applies, may apply or comes close
	live     []int32     // candidates that apply in some world
	candOf   []int32     // candidate by entry, -1 where there is none
	items    []itemState // by item list
	hits     []schedule.Hit

	plan  *plan            // the case is one of those it is for
	plain *schedule.Nearby // a plan may be made for

	axes   []axis // what the worlds differ in
	worlds []world
	exact  bool // the worlds were all gone through
	sums   bool // an open fact enters a sum
	pairs  bool // an open fact is compared with another fact
	// entangled tells that open facts hang together by a formula, of which the
	// worlds know nothing.
	entangled bool
	// dutyOpen tells that something open touches the duties.
	dutyOpen bool
	results  results

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
	offset int32            // of its list in scratch.place
	at     quantity.Instant // the legal instant of its leg
	when   condition.Truth
	items  condition.Truth // whether an item is met; True where none is needed
	// toggle is the axis of a measure whose being in force is not known; -1
	// where it is.
	toggle int32

	applied   int   // worlds in which it applies
	displaced int32 // a candidate that displaces it in some world, -1
	duty      bound // over the worlds in which it applies
	share     quantity.Range
	missing   quantity.Unit // a quantity that its rate needs and nobody gave
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

// hull widens the bound to hold another.
func (b *bound) hull(c *bound) {
	switch {
	case !c.seen:
	case !b.seen:
		*b = *c
	default:
		*b = between(b.least.Min(c.least), b.high().Max(c.high()), b.unbounded || c.unbounded)
	}
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
}

// run answers the query.
func (e *evaluation) run(s *schedule.Schedule) {
	e.find(s)
	e.settleAll()
}

// settleAll finds what the candidates come to.
func (e *evaluation) settleAll() {
	if e.plan != nil {
		e.price()
		return
	}
	e.goThrough()
	if e.plain != nil && len(e.axes) == 0 {
		e.plain.Remember(e.q.closed, e.makePlan())
	}
}

// plan is an evaluation as it stands for every case that the same measures are
// near and that states no fact they read: all but the amounts.
type plan struct {
	cands   []candidate
	live    []int32
	place   []int32
	active  []bool
	by      []int32
	share   []quantity.Range
	results results
}

// makePlan keeps the evaluation, amounts aside.
func (e *evaluation) makePlan() *plan {
	p := &plan{
		cands: slices.Clone(e.cands), live: slices.Clone(e.live), place: slices.Clone(e.w.place),
		active: slices.Clone(e.w.active), by: slices.Clone(e.w.by), share: slices.Clone(e.w.share), results: e.results,
	}
	for i := range p.cands {
		p.cands[i].duty, p.cands[i].missing = bound{}, ""
	}
	r := &p.results
	r.duty, r.additional, r.unrounded, r.more, r.fees, r.loose = bound{}, bound{}, bound{}, bound{}, bound{}, false
	return p
}

// price computes the amounts of a plan.
func (e *evaluation) price() {
	p, w := e.plan, &e.w
	e.results, e.exact = p.results, true
	e.worlds = e.worlds[:0]
	w.facts, w.variant = e.q.facts, 0
	w.active, w.by, w.share = append(w.active[:0], p.active...), append(w.by[:0], p.by...), append(w.share[:0], p.share...)
	w.one = world{}
	e.addUp(&w.one)
	r := &e.results
	r.duty, r.additional, r.unrounded, r.more, r.fees = w.one.duty, w.one.additional, w.one.unrounded, w.one.more, w.one.fees
}

// find collects the candidates and what is open about them.
func (e *evaluation) find(s *schedule.Schedule) {
	e.s = s
	if len(e.candOf) != len(s.Entries()) {
		e.candOf = make([]int32, len(s.Entries()))
		for i := range e.candOf {
			e.candOf[i] = -1
		}
	}
	for i := range e.cands {
		e.candOf[e.cands[i].Entry.Index] = -1
	}
	if len(e.items) != s.ItemLists() {
		e.items = make([]itemState, s.ItemLists())
	}
	for i := range e.items {
		it := &e.items[i]
		*it = itemState{met: it.met[:0], open: it.open[:0]}
	}
	e.cands, e.live, e.w.place, e.w.codes = e.cands[:0], e.live[:0], e.w.place[:0], e.w.codes[:0]
	e.plan, e.plain = nil, nil
	e.split()
	for i := range e.variants {
		e.w.codes = append(e.w.codes, e.variants[i].code)
	}
	for l := range e.q.legs {
		e.gather(int32(l))
	}
	e.findAxes()
}

// split finds the lines that the lists tell apart, where the goods code is too
// short to say which it is.
func (e *evaluation) split() {
	q := &e.q
	e.variants = append(e.variants[:0], variant{code: q.goods})
	if q.goods == "" || len(q.goods) >= 10 || !e.s.SplitBelow(q.goods) {
		return
	}
	var codes []nomenclature.Code
	var at quantity.Instant
	if q.duty != nil && q.duty.Table != nil {
		at = q.at(measure.Import, q.duty)
		for _, l := range q.duty.Table.Children(q.goods, heldAt(q.duty.Table, at)) {
			codes = append(codes, l.Code)
		}
	} else if len(q.legs) > 0 {
		// No schedule names the lines: those that lists name, and any other.
		at = q.at(q.legs[0].kind, e.s.Entries()[q.legs[0].entries[0]].Pack)
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

// isAside reports whether a row is of a list that no measure on the legs asked
// about names.
func (e *evaluation) isAside(h schedule.Hit) bool {
	return !slices.ContainsFunc(e.q.legs, func(lg leg) bool { return e.s.Names(lg.kind, lg.territory, h.List) })
}

// mostVariants is how many kinds of line a mask has room for. No subheading has
// as many.
const mostVariants = 64

// gather collects the candidates of a leg.
func (e *evaluation) gather(l int32) {
	q := &e.q
	lg := &q.legs[l]
	for _, pack := range lg.packs {
		at := q.at(lg.kind, e.s.Set.Packs[pack])
		m := schedule.Movement{Leg: lg.kind, Territory: lg.territory, From: q.from, To: q.to, Origin: q.origin, Goods: e.w.codes, At: at, Other: q.other(lg.kind), Known: q.known}
		near := e.s.Near(pack, &m)
		if len(q.legs) == 1 && len(lg.packs) == 1 && len(e.variants) == 1 && near.Plain(q.stated) {
			if p, ok := near.Memo(q.closed).(*plan); ok {
				e.usePlan(p, at)
				return
			}
			e.plain = near
		}
		offset := int32(len(e.w.place))
		for i := range near.Candidates {
			e.w.place = append(e.w.place, e.consider(&near.Candidates[i], l, at, offset))
		}
	}
}

// usePlan takes the candidates of a plan.
func (e *evaluation) usePlan(p *plan, at quantity.Instant) {
	e.plan = p
	e.cands = append(e.cands, p.cands...)
	e.live = append(e.live, p.live...)
	e.w.place = append(e.w.place, p.place...)
	for i := range e.cands {
		e.cands[i].at = at
		e.candOf[e.cands[i].Entry.Index] = int32(i)
	}
}

// consider makes a candidate of a measure that touches the case or comes close,
// and returns its place; -1 where it does neither.
func (e *evaluation) consider(near *schedule.Candidate, l int32, at quantity.Instant, offset int32) int32 {
	entry, runs := near.Entry, near.Runs()
	when := entry.Condition(e.q.facts, e.q.stated, e.q.closed, e.listsAt(at))
	if when == condition.False && (!runs || !near.Origin || entry.Kind == measure.Exemption) {
		return -1
	}
	live := near.Origin && runs && when != condition.False
	items := e.onItems(entry, at)
	if items == condition.False || items == condition.Open && !live {
		return -1
	}
	n := int32(len(e.cands))
	if int(n) == cap(e.cands) {
		e.cands = append(e.cands, candidate{})
	} else {
		e.cands = e.cands[:n+1]
	}
	c := &e.cands[n]
	c.Candidate, c.leg, c.offset, c.at, c.when, c.items = near, l, offset, at, when, items
	c.toggle, c.applied, c.displaced, c.duty.seen, c.missing = -1, 0, -1, false, ""
	e.candOf[entry.Index] = n
	if live {
		e.live = append(e.live, n)
	}
	return n
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
		case len(row.Codes) > 0 && (!classified || !e.usualCode(row.Codes)):
			st.outside = true
			continue
		default:
			st.open = append(st.open, int32(i))
		}
		st.truth = st.truth.Or(t)
	}
	return st
}

// usualCode reports whether the goods code is among those in which an item is
// usually classified, or none is given.
func (e *evaluation) usualCode(codes []nomenclature.Code) bool {
	for _, c := range codes {
		if e.q.goods.HasPrefix(c) || c.HasPrefix(e.q.goods) {
			return true
		}
	}
	return false
}

// lists binds the party lists to the dates of a case. A condition asks it
// through [condition.Lists].
type lists struct {
	s     *schedule.Schedule
	at    quantity.Instant
	known quantity.Date
}

// Listed implements [condition.Lists].
func (l *lists) Listed(list int, name string) bool {
	return l.s.Listed(list, name, l.at, l.known) != nil
}

func (e *evaluation) listsAt(at quantity.Instant) *lists {
	e.w.lists = lists{e.s, at, e.q.known}
	return &e.w.lists
}
