package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// mostWorlds is how many worlds are gone through one by one. Ten open atoms,
// each of another fact and each with three regions, come to 59,049; beyond the
// limit the bounds are sums over single measures: sound, but perhaps wide.
const mostWorlds = 1 << 16

// axis is one thing that worlds differ in: an open fact, a measure whose being
// in force is not known, a listing that is not known, or the statistical line.
type axis struct {
	slot    int32 // of the open fact; -1 for the others
	entry   int32 // of the measure that is unverified; -1 for the others
	doubt   int32 // number, from 1, of the listing that is in doubt; 0 for the others
	options []option
	// sums tells that the fact enters a sum, as the share of value on which a
	// duty stands.
	sums bool
}

// option is one step on an axis.
type option struct {
	value condition.Value  // for conditions: any value of the region
	sum   quantity.Decimal // for sums: an end of the region
	low   quantity.Decimal // for numbers: the lower end of the region
	cell  int32            // the region, of which sums may have two options
	label string
	point bool // the region is one value, which the label may be replaced by
	above bool // for numbers: the lower end is not in the region
}

// world is what comes out when nothing is open.
type world struct {
	duties
	worst uint8 // strictness over the legs
	legs  [maxLegs]uint8
	sign  uint64 // of the measures that apply, and the lanes
	steps []uint8
}

// duties are the sums of the duties of a world.
type duties struct {
	duty, additional bound // rounded line by line
	unrounded, more  bound // the same, not rounded: for rates in per cent
	fees             bound // rounded fee by fee; no part of the duty
}

const maxLegs = 3

// strictness of what applies on a leg.
const (
	isFree uint8 = iota
	isLicence
	isProhibited
)

// results is what the worlds come to together.
type results struct {
	duties
	verdict
}

// verdict is what the worlds come to, duties aside.
type verdict struct {
	best, worst      uint8
	legBest, legWrst [maxLegs]uint8
	legUnverified    [maxLegs]bool
	count            int
	loose            bool // the ends may lie beyond what any completion comes to
}

// scratch is memory that one world needs.
type scratch struct {
	lists   lists
	codes   []nomenclature.Code // of the variants
	facts   condition.Facts     // of this world: those of the query where nothing is open
	own     condition.Facts     // memory for facts that differ from the query's
	sums    []quantity.Decimal  // by slot, where hasSum
	hasSum  []bool
	variant int
	steps   []uint8
	near    []*schedule.Nearby
	ats     []quantity.Instant
	active  []bool
	by      []int32 // candidate that displaces, -1
	parts   []schedule.Parts
	settled []bool
	items   []condition.Truth // by item list, in this world
	itemSet []bool
	tops    []top
	one     world
	last    world // whose duties all others have
	// assume tells that conditions are asked in a world, in which no listing is
	// in doubt.
	assume bool
	// dutySettled tells that last is filled in: nothing open touches the duties.
	dutySettled bool
	// records tells that the duties of each world are kept, in due for the one
	// at hand and in recorded for all.
	records  bool
	kept     []part
	recorded []worldParts
	ways     []way              // in which duties come about, where later dates are asked for
	dues     []due              // what is due in all worlds, where the case is like others
	ends     []int              // and where those of each world end
	left     []quantity.Decimal // share of the value that exemptions leave, by candidate, where one is lessened
	lessened bool               // some exemption takes a part of the value in this world
}

// findAxes collects what is open in a way that may matter.
func (e *evaluation) findAxes() {
	open := e.findOpen()
	e.addAxes(&open)
}

// findOpen makes axes of all that is open but facts, and returns those.
func (e *evaluation) findOpen() openFacts {
	if len(e.variants) > 1 {
		a := axis{slot: -1, entry: -1}
		for i, v := range e.variants {
			a.options = append(a.options, option{value: condition.TextValue(string(v.code)), cell: int32(i)})
		}
		e.axes = append(e.axes, a)
	}
	toggle := func(entry int) int32 {
		for i := range e.axes {
			if e.axes[i].entry == int32(entry) {
				return int32(i)
			}
		}
		e.axes = append(e.axes, axis{slot: -1, entry: int32(entry), options: []option{{label: "applies"}, {label: "does not apply", cell: 1}}})
		return int32(len(e.axes) - 1)
	}
	var open openFacts
	e.dutyOpen, e.leftOpen = len(e.variants) > 1, false
	for _, n := range e.live {
		c := &e.cands[n]
		if c.Entry.Leg == measure.Import && (c.State.Kind == measure.Unverified || c.when == condition.Open || c.items == condition.Open) {
			e.dutyOpen = true
		}
		if c.State.Kind == measure.Unverified {
			c.toggle = toggle(c.Entry.Index)
		}
		if c.when == condition.Open {
			c.doubtful = e.doubt(c, c.Entry.When)
			open.add(e, c.Entry.When)
			open.join(e, c)
		}
		if c.items == condition.Open {
			for _, list := range c.Entry.Items {
				e.items[list].asked = true
				e.openItems(&open, list)
			}
			for _, j := range c.Entry.ControlledBy {
				by := &e.s.Entries()[j]
				if k := by.Acts.At(e.at(c), e.q.known).Kind; k == measure.Unverified {
					toggle(int(j))
				} else if k != measure.InForce {
					continue
				}
				for _, list := range by.Items {
					e.items[list].asked = true
					e.openItems(&open, list)
				}
			}
		}
		if b := c.Entry.Base; b != nil && b.ClaimSlot >= 0 && e.q.facts[b.ClaimSlot].IsUnknown() {
			open.at(b.ClaimSlot).each = true
			e.dutyOpen = true
		}
		if slot := c.Entry.Leaves; slot >= 0 && e.q.facts[slot].IsUnknown() {
			e.leftOpen = true
			open.sum(slot)
			e.dutyOpen = true
		}
		if p := c.Entry.Portion; p != nil && e.q.facts[p.Slot].IsUnknown() {
			open.sum(p.Slot)
			e.dutyOpen = true
		}
		if c.Entry.Kind == measure.Licence {
			for _, lane := range c.Entry.Lanes {
				if lane.Acts.At(e.at(c), e.q.known).Kind != measure.InForce {
					continue
				}
				for i := range lane.Requires {
					e.doubt(c, lane.Requires[i].When)
					open.add(e, lane.Requires[i].When)
				}
				open.joinLane(lane)
			}
		}
	}
	return open
}

// addAxes makes axes of open facts.
func (e *evaluation) addAxes(open *openFacts) {
	e.sums, e.pairs = false, open.pairs
	for i := range open.facts {
		f := &open.facts[i]
		if k := e.q.classedBy(f.slot); k != nil {
			a, many := e.classAxis(f, k)
			e.axes = slices.Insert(e.axes, 0, a) // the first question: the others hang on it
			e.pairs = e.pairs || many
			for n := range e.live { // the places of the other axes have moved
				if c := &e.cands[e.live[n]]; c.toggle >= 0 {
					c.toggle++
				}
			}
			continue
		}
		a := e.factAxis(f)
		e.pairs = e.pairs || len(a.options) == 0 // too many lists to be told apart
		e.axes = append(e.axes, a)
		e.sums = e.sums || f.sums
	}
	e.entangled = len(e.axes) > 0 && e.isEntangled()
}

// isEntangled reports whether some worlds may be of no completion, because a
// fact that is computed from others goes through all its values whatever those
// are. A fact is free to do so only if nothing else is known of them or hangs on
// them.
func (e *evaluation) isEntangled() bool {
	isOpen := func(slot int) bool {
		return slices.ContainsFunc(e.axes, func(a axis) bool { return a.slot == int32(slot) })
	}
	formulas := e.s.Set.Formulas
	for i, f := range formulas {
		if !isOpen(f.Slot) && !slices.ContainsFunc(f.Slots, isOpen) {
			continue
		}
		if !e.q.facts[f.Slot].IsUnknown() || !f.Free() || e.isPart(f.Slot) {
			return true
		}
		for _, slot := range f.Slots {
			if !e.q.facts[slot].IsUnknown() || isOpen(slot) || e.isPart(slot) {
				return true
			}
			for j, g := range formulas {
				if j != i && (g.Slot == slot || slices.Contains(g.Slots, slot)) {
					return true
				}
			}
		}
	}
	return false
}

// isPart reports whether a fact is a part of a whole.
func (e *evaluation) isPart(slot int) bool { return e.s.Set.Env.Fact(slot).Group != "" }

// openFacts are the open facts that conditions or sums read.
type openFacts struct {
	facts []openFact
	pairs bool // some condition compares an open fact with another fact: its regions are not known beforehand
}

type openFact struct {
	slot  int
	atoms []condition.Atom
	sums  bool
	each  bool // every value counts by itself: the programme that is claimed
	// together are the party lists, a bit each, of which it matters on which of
	// them the party is at once. Of the others one at a time will do: a measure
	// that rests on being on one of several lists applies to a party on two of
	// them where it applies to one on either, and so does what it leads to.
	together uint64
}

// join finds the lists that count together for the condition of a candidate.
func (o *openFacts) join(e *evaluation, c *candidate) {
	joins := c.Entry.Kind == measure.Licence || c.Entry.Kind == measure.Prohibition || c.Entry.Kind == measure.Undertaking
	for i := range o.facts {
		f := &o.facts[i]
		lists, use := c.Entry.When.Lists(f.slot)
		if use == condition.NoLists || joins && use == condition.JoinsLists {
			continue
		}
		f.together |= lists
		for _, places := range [...][]int32{c.Exempts, c.InLieuOf, c.YieldsTo} {
			for _, j := range places {
				if m := e.place[c.offset+j]; m >= 0 && slices.Contains(e.live, m) {
					lists, _ := e.cands[m].Entry.When.Lists(f.slot)
					f.together |= lists
				}
			}
		}
	}
}

// joinLane is join for what a lane requires, all at once.
func (o *openFacts) joinLane(lane *rulepack.Lane) {
	for i := range o.facts {
		f := &o.facts[i]
		var all uint64
		uses := [...]int{condition.NoLists: 0, condition.JoinsLists: 0, condition.MeetsLists: 0, condition.MixesLists: 0}
		for j := range lane.Requires {
			lists, use := lane.Requires[j].When.Lists(f.slot)
			all |= lists
			uses[use]++
		}
		joins, meets := uses[condition.JoinsLists], uses[condition.MeetsLists]
		if uses[condition.MixesLists] > 0 || joins > 1 || joins > 0 && meets > 0 {
			f.together |= all
		}
	}
}

func (o *openFacts) at(slot int) *openFact {
	for i := range o.facts {
		if o.facts[i].slot == slot {
			return &o.facts[i]
		}
	}
	o.facts = append(o.facts, openFact{slot: slot})
	return &o.facts[len(o.facts)-1]
}

func (o *openFacts) sum(slot int) { o.at(slot).sums = true }

func (o *openFacts) add(e *evaluation, x *condition.Expr) {
	if x == nil {
		return
	}
	for _, slot := range x.Slots() {
		if !e.q.isOpen(slot) {
			continue
		}
		f := o.at(slot)
		for _, a := range x.Atoms() {
			if slices.Contains(a.Slots, slot) {
				f.atoms = append(f.atoms, a)
				o.pairs = o.pairs || len(a.Slots) > 1
			}
		}
	}
}

// openItems adds the facts on which a list of items is open. It writes nothing of
// the evaluation, which other answers may share when this one is written out.
func (e *evaluation) openItems(o *openFacts, list int32) {
	if n := e.s.ClassificationOf(list); n >= 0 && e.q.isOpen(e.q.classes[n].slot) {
		o.at(e.q.classes[n].slot)
	}
	for _, i := range e.items[list].open {
		o.add(e, e.s.ItemList(list).Rows[i].When)
	}
}

// factAxis turns an open fact into its regions. Where the fact enters a sum a
// region has two options, its ends: the sums are linear in each fact, so that
// their extremes lie there.
func (e *evaluation) factAxis(f *openFact) axis {
	fact := e.s.Set.Env.Fact(f.slot)
	a := axis{slot: int32(f.slot), entry: -1, sums: f.sums}
	if f.each {
		a.options = append(a.options, option{value: condition.AbsentValue(), label: "not claimed", point: true})
		for i, v := range fact.Values {
			a.options = append(a.options, option{value: condition.TextValue(v), cell: int32(i + 1), label: v, point: true})
		}
		return a
	}
	for i, cell := range condition.Cells(fact, f.atoms, e.s.Set.Env.PartyLists(), f.together) {
		if e.onEmptyList(cell.Value) {
			continue
		}
		o := option{value: cell.Value, cell: int32(i), label: cell.Label, point: true}
		if cell.Low != nil {
			o.sum, o.low = *cell.Low, *cell.Low
			o.point = cell.High != nil && cell.High.Equal(o.low)
			o.above = cell.LowOpen()
		}
		if fact.Type == condition.InstantType {
			o.point = false
		}
		if !f.sums {
			a.options = append(a.options, o)
			continue
		}
		a.options = append(a.options, o)
		if cell.High != nil && cell.High.Cmp(o.sum) > 0 {
			o.sum = *cell.High
			a.options = append(a.options, o)
		}
	}
	return a
}

// onEmptyList reports whether a hypothetical party is on a list that names
// nobody on the day.
func (e *evaluation) onEmptyList(v condition.Value) bool {
	if !v.IsHypothetical() {
		return false
	}
	for list := range e.s.Set.Env.PartyLists() {
		if v.OnList(list) && !e.s.HasParties(list, e.at(&e.cands[e.live[0]]), e.q.known) {
			return true
		}
	}
	return false
}

// goThrough visits every world, or bounds what they come to where there are too
// many.
func (e *evaluation) goThrough() {
	defer func() { e.w.assume = false }()
	e.results = results{verdict: verdict{best: isProhibited}}
	for i := range e.results.legBest {
		e.results.legBest[i] = isProhibited
	}
	e.w.dutySettled, e.w.ways, e.w.dues, e.w.ends = false, e.w.ways[:0], e.w.dues[:0], e.w.ends[:0]
	e.prepare()
	e.exact = true
	if len(e.axes) == 0 {
		e.settle(&e.w.one)
		e.count(&e.w.one)
		e.record()
		return
	}
	total := 1
	for i := range e.axes {
		if total *= len(e.axes[i].options); total == 0 || total > mostWorlds || e.pairs {
			e.exact = false
			e.loosen()
			return
		}
	}
	groups := e.sumGroups()
	for n := range total {
		for i, rest := 0, n; i < len(e.axes); i++ {
			k := len(e.axes[i].options)
			e.w.steps[i] = uint8(rest % k)
			rest /= k
		}
		e.enter()
		e.visit(groups)
	}
}

// visit settles the world of the scratch facts, if it can be. Where parts of a
// whole come to more than the whole, the worlds at its border take its place:
// in each of them one part is what the others leave.
func (e *evaluation) visit(groups []sumGroup) {
	if len(groups) == 0 {
		e.worlds = append(e.worlds, world{})
		w := &e.worlds[len(e.worlds)-1]
		e.settle(w)
		w.steps = slices.Clone(e.w.steps)
		e.count(w)
		e.record()
		return
	}
	g := &groups[0]
	var sum quantity.Decimal
	above := false
	for _, i := range g.axes {
		sum = sum.Add(e.least(i))
		above = above || !e.axes[i].sums && e.axes[i].options[e.w.steps[i]].above
	}
	if c := sum.Cmp(g.left); c < 0 || c == 0 && !above {
		e.visit(groups[1:])
		return
	} else if c == 0 {
		return
	}
	for _, i := range g.axes {
		a := &e.axes[i]
		if !a.sums {
			continue
		}
		o := &a.options[e.w.steps[i]]
		rest := g.left.Sub(sum.Sub(o.sum))
		if o.sum.Cmp(o.low) > 0 && rest.Cmp(o.low) >= 0 {
			e.w.sums[a.slot] = rest
			e.visit(groups[1:])
			e.w.sums[a.slot] = o.sum
		}
	}
}

// least is the least that a number of a group is in this world.
func (e *evaluation) least(axis int) quantity.Decimal {
	a := &e.axes[axis]
	o := &a.options[e.w.steps[axis]]
	if a.sums {
		return o.sum
	}
	return o.low
}

// prepare sizes the scratch memory.
func (e *evaluation) prepare() {
	w, n := &e.w, len(e.cands)
	w.active = grow(w.active, n)
	w.by = grow(w.by, n)
	e.share = grow(e.share, n)
	w.settled = grow(w.settled, n)
	w.parts = grow(w.parts, n)
	w.items = grow(w.items, len(e.items))
	w.itemSet = grow(w.itemSet, len(e.items))
	w.steps = grow(w.steps, len(e.axes))
	w.variant = 0
	if len(e.axes) == 0 {
		w.facts = e.q.facts
		return
	}
	w.own = append(w.own[:0], e.q.facts...)
	w.facts = w.own
	w.sums = grow(w.sums, len(e.q.facts))
	w.hasSum = grow(w.hasSum, len(e.q.facts))
	clear(w.hasSum)
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// sumGroup is the axes of facts that are parts of one whole, and what is left
// of the whole for them.
type sumGroup struct {
	axes []int
	left quantity.Decimal
}

func (e *evaluation) sumGroups() []sumGroup {
	var out []sumGroup
	for _, g := range e.s.Groups() {
		sg := sumGroup{left: g.Whole}
		for _, slot := range g.Slots {
			if n, ok := e.q.facts[slot].Number(); ok {
				sg.left = sg.left.Sub(n)
			}
			for i := range e.axes {
				if e.axes[i].slot == int32(slot) {
					sg.axes = append(sg.axes, i)
				}
			}
		}
		if len(sg.axes) == 0 {
			continue
		}
		out = append(out, sg)
	}
	return out
}

// enter puts the world of e.w.steps into the scratch facts.
func (e *evaluation) enter() {
	w := &e.w
	for i := range e.axes {
		a := &e.axes[i]
		o := &a.options[w.steps[i]]
		switch {
		case a.slot >= 0:
			w.facts[a.slot] = o.value
			w.sums[a.slot], w.hasSum[a.slot] = o.sum, a.sums
		case a.doubt > 0:
			e.doubts[a.doubt-1].on = w.steps[i] == 0
			w.assume = true
		case a.entry < 0:
			w.variant = int(w.steps[i])
		}
	}
}

// dutiesOf returns the duties of a world.
func (e *evaluation) dutiesOf(w *world) *duties {
	if e.shared {
		return &e.results.duties // the same in all worlds
	}
	return &w.duties
}

// hull widens the bounds to hold those of another world.
func (d *duties) hull(w *duties) {
	d.duty.hull(&w.duty)
	d.additional.hull(&w.additional)
	d.unrounded.hull(&w.unrounded)
	d.more.hull(&w.more)
	d.fees.hull(&w.fees)
}

// count adds a world to the results.
func (e *evaluation) count(w *world) {
	r := &e.results
	r.count++
	r.hull(&w.duties)
	r.best, r.worst = min(r.best, w.worst), max(r.worst, w.worst)
	for i := range e.q.legs {
		r.legBest[i], r.legWrst[i] = min(r.legBest[i], w.legs[i]), max(r.legWrst[i], w.legs[i])
	}
}

// holds reports whether a live candidate applies in the world of the scratch
// facts, displacement aside.
func (e *evaluation) holds(c *candidate) bool {
	w := &e.w
	if c.Mask>>w.variant&1 == 0 || c.toggle >= 0 && w.steps[c.toggle] != 0 {
		return false
	}
	if c.when == condition.Open && c.Entry.When.Eval(w.facts, e.listsAt(e.at(c))) != condition.True {
		return false
	}
	return c.items != condition.Open || e.isItem(c)
}

func (e *evaluation) isItem(c *candidate) bool {
	for _, list := range c.Entry.Items {
		if e.itemNow(list, e.at(c)) {
			return true
		}
	}
	for _, j := range c.Entry.ControlledBy {
		by := &e.s.Entries()[j]
		switch by.Acts.At(e.at(c), e.q.known).Kind {
		case measure.InForce:
		case measure.Unverified:
			if i := slices.IndexFunc(e.axes, func(a axis) bool { return a.entry == j }); i < 0 || e.w.steps[i] != 0 {
				continue
			}
		default:
			continue
		}
		for _, list := range by.Items {
			if e.itemNow(list, e.at(c)) {
				return true
			}
		}
	}
	return false
}

// itemNow evaluates an item list in the world of the scratch facts.
func (e *evaluation) itemNow(list int32, at quantity.Instant) bool {
	st := &e.items[list]
	if st.truth != condition.Open {
		return st.truth == condition.True
	}
	w := &e.w
	if !w.itemSet[list] {
		w.itemSet[list] = true
		w.items[list] = condition.False
		for _, i := range st.open {
			if e.rowNow(list, i, e.listsAt(at)) {
				w.items[list] = condition.True
				break
			}
		}
	}
	return w.items[list] == condition.True
}

// settle finds what applies in the world of the scratch facts, and what it
// comes to.
func (e *evaluation) settle(out *world) {
	w := &e.w
	clear(w.settled)
	clear(w.itemSet)
	for i := range w.active {
		w.active[i], w.by[i] = false, -1
	}
	for _, n := range e.live {
		w.active[n] = e.holds(&e.cands[n])
	}
	w.lessened = false
	// Exemptions first: what is exempt replaces nothing.
	for _, n := range e.live {
		if w.active[n] && w.by[n] < 0 {
			c := &e.cands[n]
			for _, j := range c.Exempts {
				if c.Entry.Leaves >= 0 {
					e.lessen(e.place[c.offset+j], n)
				} else {
					e.displace(e.place[c.offset+j], n)
				}
			}
		}
	}
	for _, n := range e.live {
		if w.active[n] && w.by[n] < 0 {
			c := &e.cands[n]
			for _, j := range c.InLieuOf {
				e.displace(e.place[c.offset+j], n)
			}
		}
	}
	for _, n := range e.live {
		if w.active[n] && w.by[n] < 0 && isDuty(e.cands[n].Entry.Kind) {
			e.partsOf(n)
		}
	}
	*out = world{}
	if e.w.dutySettled {
		out.duties = e.w.last.duties
	} else {
		e.listDue()
		e.addUp(&out.duties)
		switch {
		case !e.dutyOpen:
		case e.foresees:
			e.noteWay()
		case len(e.key) > 0:
			e.noteDue()
		}
		if len(e.axes) > 0 && !e.dutyOpen {
			e.w.last, e.w.dutySettled = *out, true
		}
	}
	for _, n := range e.live {
		c := &e.cands[n]
		if !w.active[n] {
			continue
		}
		if w.by[n] >= 0 {
			c.displaced = w.by[n]
			continue
		}
		c.applied++
		if c.Entry.Kind != measure.Exemption || e.sparesNow(n, "") {
			out.sign = out.sign*0x9E3779B97F4A7C15 + uint64(n) + 1
		}
		strict := isFree
		switch c.Entry.Kind {
		case measure.Licence:
			strict = isLicence
			out.sign = out.sign*31 + uint64(e.laneNow(c))
		case measure.Prohibition:
			strict = isProhibited
		}
		out.legs[c.leg] = max(out.legs[c.leg], strict)
		out.worst = max(out.worst, strict)
		if (c.toggle >= 0 || c.doubtful) && (c.Entry.Kind == measure.Duty || strict > isFree || c.Entry.Kind == measure.Exemption && e.sparesNow(n, measure.Fee)) {
			e.results.legUnverified[c.leg] = true
		}
	}
}

// sparesNow reports whether an exemption keeps a measure from applying in this
// world, those of one kind aside.
func (e *evaluation) sparesNow(n int32, but measure.Kind) bool {
	c := &e.cands[n]
	for _, j := range c.Exempts {
		if m := e.place[c.offset+j]; m >= 0 && e.cands[m].Entry.Kind != but && (e.w.by[m] == n || e.cands[m].lessened == n) {
			return true
		}
	}
	return false
}

// isDuty reports whether a measure has a rate: a duty or a fee.
func isDuty(k measure.Kind) bool { return k == measure.Duty || k == measure.Fee }

// displace marks candidate m, if there is one and it applies, as displaced by n.
func (e *evaluation) displace(m, n int32) {
	if m >= 0 && m != n && e.w.active[m] && e.w.by[m] < 0 {
		e.w.by[m] = n
	}
}

// lessen takes from candidate m the part of the value that n exempts.
func (e *evaluation) lessen(m, n int32) {
	w := &e.w
	if m < 0 || m == n || !w.active[m] || w.by[m] >= 0 {
		return
	}
	if !w.lessened {
		w.lessened, w.left = true, grow(w.left, len(e.cands))
		for i := range w.left {
			w.left[i] = one
		}
	}
	w.left[m] = w.left[m].Mul(e.number(e.cands[n].Entry.Leaves))
	if e.cands[m].lessened = n; w.left[m].IsZero() {
		e.displace(m, n)
	}
}

var one, hundredth = quantity.NewDecimal(1, 0), quantity.NewDecimal(1, 2)

// number is the value of a number fact in this world, for sums.
func (e *evaluation) number(slot int) quantity.Decimal {
	if len(e.axes) > 0 && e.w.hasSum[slot] {
		return e.w.sums[slot]
	}
	n, _ := e.w.facts[slot].Number() // an absent number is zero
	return n
}

// partsOf is the parts of the value on which a duty stands once those it yields
// to have taken theirs; it works out their size too, and what displaces the
// duty where nothing is left.
func (e *evaluation) partsOf(n int32) schedule.Parts {
	w := &e.w
	if w.settled[n] {
		return w.parts[n] // a circle is a fault of the pack; it ends here
	}
	w.settled[n] = true
	c := &e.cands[n]
	own := c.Entry.Parts
	w.parts[n] = own
	displacer := int32(-1)
	parts := own
	for _, j := range c.YieldsTo {
		m := e.place[c.offset+j]
		if m < 0 || !w.active[m] || w.by[m] >= 0 || !isDuty(e.cands[m].Entry.Kind) {
			continue
		}
		if taken := e.partsOf(m); parts&taken != 0 && w.by[m] < 0 && !e.share[m].Most.IsZero() {
			parts &^= taken
			displacer = m
		}
	}
	w.parts[n] = parts
	e.share[n] = c.Entry.Division.Size(parts, e.number)
	if displacer >= 0 && e.share[n].Most.IsZero() && !c.Entry.Division.Size(own, e.number).Most.IsZero() {
		w.by[n] = displacer
	}
	return parts
}
