package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// probing answers a case under claims that it does not make. Its memory is used
// again.
type probing struct {
	d  *Determination // the case as it stands
	of *evaluation    // the same
	e  evaluation     // the case under a claim, on some of its legs
	// begun tells that e has the facts of the case.
	begun bool

	found []probe // memory for those that are found anew
	near  []*schedule.Nearby
	key   []byte
	asked []asked // what was found of claims

	// Of the claim at hand:
	reading  []reading // what reads it
	matters  uint64    // which of that can move the answer, a bit each
	byItself bool      // each value of it counts by itself
	alone    bool      // and what it comes to hangs on more than is told of cases that are alike
	unmade   uint64    // the truths of what reads it where it is not made
	decided  bool      // and whether these are told
	told     []told    // what its values come to
	values   []condition.Value
	laws     []legLaw
	answered legSet // the legs that were asked last
	most     told   // what the mildest value comes to
	value    condition.Value
}

// probe is a claim that a case does not make, and the legs on which law near the case
// reads it.
type probe struct {
	*claimable
	legs legSet
	// told tells that tries are its values that can make the answers to cases that are
	// alike milder. Where they are not told, what it comes to hangs on more.
	told  bool
	tries []try
}

// try is a value of a claim, and what it comes to in cases that are alike.
type try struct {
	value condition.Value
	*effect
}

// reading is a measure near the case of which the condition reads the claim at hand.
type reading struct {
	entry *schedule.Entry
	at    quantity.Instant
	law   int // of the case
	place int // in what is near by the law
}

// sameClaim is what values of the claim at hand have in common that come to the same:
// all that reads them reads them in the same way.
type sameClaim struct {
	value  int    // from 1, the place of one that counts by itself; 0: it does not
	truths uint64 // of the conditions that read it, a bit each
}

// effect is what a claim comes to.
type effect struct {
	strictness
	legs     legSet   // that were asked
	priced   bool     // duties are computed under it
	told     bool     // they are told, and hang on nothing besides but the case
	due      []due    // these duties
	measures []string // through which it acts
}

// told is what values of the claim at hand come to in the case.
type told struct {
	sameClaim
	*effect
	saves, least quantity.Decimal // how much less the most and the least duty are, not rounded
}

// begin begins with a case.
func (p *probing) begin(d *Determination) {
	p.d, p.of, p.begun = d, &d.e, false
	p.e.s, p.e.variants, p.e.bare = d.e.s, d.e.variants, d.e.q.meets()
}

// query is that of the case with the claim at hand.
func (p *probing) query() *query {
	if !p.begun {
		p.begun = true
		p.e.q.like(&p.of.q)
	}
	return &p.e.q
}

// likeProbes are the probes of cases of a plan whose facts behind claims are alike too.
type likeProbes struct {
	key   string
	of    []probe
	asked []asked
}

// asked is what values of a claim come to, in all cases of a plan.
type asked struct {
	slot int
	sameClaim
	*effect
}

// mostProbes is of how many kinds of cases of a plan the probes are remembered. Few claims
// look at more than the value.
const mostProbes = 16

// probes are the claims that the case does not make and law near it reads, in the order
// of the facts. Cases that are alike, behind these claims too, share them.
func (p *probing) probes() []probe {
	e := p.of
	if e.planned == nil {
		return p.findProbes()
	}
	p.near = p.near[:0]
	for i := range e.legs {
		p.near = append(p.near, e.legs[i].near)
	}
	key, ok := e.s.AlikeClaiming(p.key[:0], p.near, e.q.facts, e.q.stated)
	if p.key = key; !ok {
		return p.findProbes()
	}
	var known []likeProbes
	at := &e.planned.memory.probes
	was := at.Load()
	if was != nil {
		known = *was
	}
	for i := range known {
		if known[i].key == string(key) {
			return known[i].of
		}
	}
	probes := slices.Clone(p.findProbes())
	p.asked = p.asked[:0]
	for i := range known {
		p.asked = append(p.asked, known[i].asked...)
	}
	before := len(p.asked)
	for i := range probes {
		k := &probes[i]
		k.tries, k.told = p.tries(k)
	}
	probes = slices.DeleteFunc(probes, func(k probe) bool { return k.told && len(k.tries) == 0 })
	if len(known) == mostProbes {
		known = nil
	}
	known = append(slices.Clone(known), likeProbes{string(key), probes, slices.Clone(p.asked[before:])})
	at.CompareAndSwap(was, &known) // else another case has found some meanwhile
	return probes
}

// findProbes finds the probes, but for what their values come to. Its memory is used again.
func (p *probing) findProbes() []probe {
	e := p.of
	p.found = p.found[:0]
	for i, all := 0, e.claimables(); i < len(all); i++ {
		k := &all[i]
		if !e.q.facts[k.slot].IsAbsent() {
			continue
		}
		if legs := e.legsThatRead(k.slot); legs != 0 {
			p.found = append(p.found, probe{claimable: k, legs: legs})
		}
	}
	return p.found
}

// tries finds the values of a claim that can make the answers to cases that are alike
// milder. It is not ok where what one comes to hangs on more.
func (p *probing) tries(k *probe) (out []try, ok bool) {
	p.begins(k)
	defer p.ends(k)
	if p.alone {
		return nil, false
	}
	p.findMatters(k)
	now, isNow := dutiesOf(p.of.planned.bill.due)
	for i, v := range k.values {
		p.query().state(k.slot, v)
		same, isTold := p.same(i)
		if !isTold {
			return nil, false
		}
		if p.decided && !p.byItself && (same.truths^p.unmade)&p.matters == 0 {
			continue
		}
		n := slices.IndexFunc(p.asked, func(a asked) bool { return a.slot == k.slot && a.sameClaim == same })
		if n < 0 {
			n = len(p.asked)
			p.asked = append(p.asked, asked{k.slot, same, p.ask(k, true)})
		}
		x := p.asked[n].effect
		if !x.told {
			return nil, false
		}
		laws := p.lawsOn(x.legs)
		if !p.milder(x.strictness) && (!x.priced || isNow && sameDuties(now, p.of.legs, x.due, laws)) {
			continue
		}
		if !p.of.s.Contradicts(k.slot) { // else it may be the last that cannot be made
			out = slices.DeleteFunc(out, func(y try) bool {
				return y.legs == x.legs && p.milder(y.strictness) == p.milder(x.strictness) && sameDuties(y.due, laws, x.due, laws)
			})
		}
		out = append(out, try{v, x})
	}
	return out, true
}

// best finds the value of a claim that makes the answer mildest, where any does.
func (p *probing) best(k *probe) (out Claim, ok bool) {
	p.most = told{}
	if k.told {
		p.remember(k)
	} else {
		p.goThrough(k)
	}
	best := &p.most
	if best.effect == nil {
		return out, false
	}
	saved := between(best.least.Min(best.saves).Max(quantity.Decimal{}), best.least.Max(best.saves), false)
	return Claim{Fact: k.fact.Name, Value: p.of.written(p.value), Question: k.fact.Question, Outcome: best.outcome, Measures: best.measures,
		Saves: p.d.dutyRange(p.of.roundIf(saved)), SavesPct: p.d.rateRange(saved)}, true
}

// remember finds the mildest value of a claim of which is told what its values come to
// in cases that are alike.
func (p *probing) remember(k *probe) {
	p.told = p.told[:0]
	checks := p.of.s.MayContradict(k.slot, p.of.q.stated)
	for i := range k.tries {
		x := &k.tries[i]
		if checks && p.contradicts(k, x.value) {
			continue
		}
		n := slices.IndexFunc(p.told, func(t told) bool { return t.effect == x.effect })
		if n < 0 {
			n = len(p.told)
			p.told = append(p.told, p.comes(k, x))
		}
		p.consider(&p.told[n], x.value)
	}
	if checks {
		p.ends(k)
	}
}

// goThrough finds the mildest value of a claim by asking the case under each.
func (p *probing) goThrough(k *probe) {
	values := p.valuesOf(k)
	if len(values) == 0 {
		return
	}
	p.begins(k)
	for i, v := range values {
		if p.contradicts(k, v) {
			continue
		}
		same, alike := p.same(i)
		if alike && p.changesNothing(same) {
			continue
		}
		n := -1
		if alike {
			n = slices.IndexFunc(p.told, func(t told) bool { return t.sameClaim == same })
		}
		if n < 0 {
			n = len(p.told)
			t := told{sameClaim: same, effect: p.ask(k, false)}
			if !alike {
				t.value = -1 // no other is like it
			}
			p.save(&t, &p.e.results.unrounded)
			p.told = append(p.told, t)
		}
		p.consider(&p.told[n], v)
	}
	p.ends(k)
}

// consider takes a value if the answer under it is the mildest so far.
func (p *probing) consider(t *told, v condition.Value) {
	if t.least.Sign() <= 0 && t.saves.Sign() <= 0 && !p.milder(t.strictness) || p.most.effect != nil && t.saves.Cmp(p.most.saves) < 0 {
		return
	}
	p.most, p.value = *t, v
}

// milder reports whether an answer is, whatever the duties.
func (p *probing) milder(s strictness) bool {
	now := &p.of.results
	return s.worst < now.worst || s.best < now.best
}

// contradicts states a value of a claim, and reports whether the other facts speak
// against it.
func (p *probing) contradicts(k *probe, v condition.Value) bool {
	q := p.query()
	q.state(k.slot, v)
	return q.isContradictory(p.of.s)
}

// begins begins with a claim, which is not made.
func (p *probing) begins(k *probe) {
	p.query()
	p.reading, p.told, p.byItself, p.decided, p.alone = p.reading[:0], p.told[:0], false, false, k.programme || k.paired
	if p.alone {
		return
	}
	for n := range p.of.legs {
		l := &p.of.legs[n]
		if !k.legs.has(int(l.leg)) {
			continue
		}
		p.byItself = p.byItself || l.near.Sums(k.slot)
		for j := range l.near.Candidates {
			c := &l.near.Candidates[j]
			if c.Entry.ConditionReads(k.slot) {
				p.reading = append(p.reading, reading{c.Entry, l.at, n, j})
			}
			// Items and lanes have conditions besides.
			p.alone = p.alone || len(c.Entry.Items) > 0 || len(c.Entry.ControlledBy) > 0 || len(c.Entry.Lanes) > 0
		}
	}
	p.alone = p.alone || len(p.reading) > 64
	if !p.alone {
		p.unmade, p.decided = p.truths()
	}
}

// ends gives the fact back what the case states of it.
func (p *probing) ends(k *probe) {
	q := &p.of.q
	p.query().unstate(k.slot, q.facts[k.slot], q.stated.Has(k.slot))
}

// lawsOn returns the law on legs of the case, whose numbers are those that they have by
// themselves. Its memory is used again.
func (p *probing) lawsOn(legs legSet) []legLaw {
	p.laws = p.laws[:0]
	n := int32(0)
	for i := range p.of.q.legs {
		if !legs.has(i) {
			continue
		}
		for _, l := range p.of.legs {
			if int(l.leg) == i {
				l.leg = n
				p.laws = append(p.laws, l)
			}
		}
		n++
	}
	return p.laws
}

// same tells the value of the claim at hand, number i of them, from others that may come
// to something else. It is not ok where that is not told.
func (p *probing) same(i int) (same sameClaim, ok bool) {
	if p.alone {
		return same, false
	}
	if p.byItself {
		same.value = i + 1
	}
	same.truths, ok = p.truths()
	return same, ok
}

// changesNothing reports whether nothing near tells a value of the claim at hand from
// one that is not made.
func (p *probing) changesNothing(same sameClaim) bool {
	return p.decided && !p.byItself && same.truths == p.unmade
}

// findMatters finds what of what reads the claim at hand can move the duties or whether
// the goods may move.
func (p *probing) findMatters(k *probe) {
	p.matters = 0
	for i, r := range p.reading {
		if !p.isIdle(r.law, r.place, k.slot) {
			p.matters |= 1 << i
		}
	}
}

// isIdle reports whether a measure near the case moves neither the duties nor whether the
// goods may move, whatever is claimed by a fact: a fee, or an exemption from fees and from
// what does not apply.
func (p *probing) isIdle(law, place, slot int) bool {
	near := p.of.legs[law].near.Candidates
	c := &near[place]
	if c.State.Kind != measure.InForce || len(c.InLieuOf) > 0 {
		return false
	}
	switch c.Entry.Kind {
	case measure.Fee:
		return len(c.Exempts) == 0 && !slices.ContainsFunc(near, func(o schedule.Candidate) bool { return slices.Contains(o.YieldsTo, int32(place)) })
	case measure.Exemption:
		return !slices.ContainsFunc(c.Exempts, func(j int32) bool {
			spared := near[j].Entry
			if spared.Kind == measure.Fee {
				return !p.isIdle(law, int(j), slot)
			}
			n := p.of.candOf(spared.Index)
			return n >= 0 && slices.Contains(p.of.live, n) || spared.ConditionReads(slot)
		})
	}
	return false
}

// truths are the truths of the conditions that read the claim at hand, with the value
// that it has. They are not told where one is open: it may read more.
func (p *probing) truths() (out uint64, told bool) {
	e := &p.e
	for i, r := range p.reading {
		t := r.entry.Condition(e.q.facts, e.q.stated, e.q.closed, e.listsAt(r.at))
		if t == condition.Open {
			return 0, false
		}
		if t == condition.True {
			out |= 1 << i
		}
	}
	return out, true
}

// valuesOf are the values of a claim that are gone through.
func (p *probing) valuesOf(k *probe) []condition.Value {
	if !k.programme {
		return k.values
	}
	e := p.of
	duty, at := e.q.duty, e.q.at(measure.Import, e.q.duty)
	open := e.s.OpenTo(duty, at, e.q.known, e.q.origin)
	if len(open) == 0 {
		return nil
	}
	symbols := e.s.Programmes(duty, e.variants[0].code, at, open)
	p.values = p.values[:0]
	for _, v := range k.values {
		if symbol, _ := v.Text(); slices.Contains(open, symbol) && !slices.Contains(symbols, symbol) {
			p.values = append(p.values, v)
		}
	}
	for _, symbol := range symbols {
		p.values = append(p.values, condition.TextValue(symbol))
	}
	return p.values
}

// comes finds what a value of a claim comes to in the case, of which it is told what it
// comes to in cases that are alike.
func (p *probing) comes(k *probe, x *try) told {
	out := told{effect: x.effect}
	if !x.priced {
		return out
	}
	if sum, ok := p.of.comesTo(x.due, p.lawsOn(x.legs)); ok {
		p.save(&out, &sum)
		return out
	}
	p.query().state(k.slot, x.value)
	p.answer(x.legs, true)
	p.save(&out, &p.e.results.unrounded)
	p.ends(k)
	return out
}

// save notes what the claim saves where the duties under it come to a sum.
func (p *probing) save(t *told, under *bound) {
	if !t.priced {
		return
	}
	now := &p.of.results.unrounded
	t.least = now.least.Sub(under.least)
	if under.unbounded && !now.unbounded {
		return // what is due under the claim is not known
	}
	t.saves = now.high().Sub(under.high())
}

// on takes the legs of the case, with the law near them.
func (p *probing) on(legs legSet) {
	q, of := &p.e.q, p.of
	p.e.legs = append(p.e.legs[:0], p.lawsOn(legs)...)
	q.legs, q.duty = q.legs[:0], nil
	for i := range of.q.legs {
		if !legs.has(i) {
			continue
		}
		if q.legs = append(q.legs, of.q.legs[i]); of.q.legs[i].kind == measure.Import {
			q.duty = of.q.duty
		}
	}
}

// ask answers the case under the claim at hand. What is due is told, if it shall be and can.
func (p *probing) ask(k *probe, tell bool) *effect {
	x := &effect{strictness: p.under(k.legs, !tell)}
	x.legs, x.priced, x.measures = p.answered, p.e.q.duty != nil, p.measures(k.claimable)
	if tell && p.e.exact && !p.e.dutyOpen {
		x.due, x.told = dutiesOf(p.e.due)
	}
	return x
}

// measures are those through which the claim acts.
func (p *probing) measures(k *claimable) []string {
	out := []string{}
	for _, n := range p.e.live {
		c := &p.e.cands[n]
		if c.applied > 0 && (c.Entry.Kind == measure.Exemption || k.programme && c.Entry.Base != nil) && !p.of.applies(c.Entry.Index) {
			out = append(out, c.Entry.ID)
		}
	}
	return out
}

func (e *evaluation) applies(entry int) bool {
	n := e.candOf(entry)
	return n >= 0 && e.cands[n].applied > 0
}

// strictness is how strict an answer is over all its legs.
type strictness struct {
	best, worst uint8
	outcome     Outcome
}

// under answers the case under the claim, and returns how strict the whole is. Only
// the legs are gone through, which are those that read the claim, where the rest of
// the answer follows from them: the other legs stay as they are.
func (p *probing) under(legs legSet, remember bool) strictness {
	e := p.of
	if all := e.q.allLegs(); e.exact && legs != all {
		rest := e.strictnessOf(all &^ legs)
		p.answer(legs, remember)
		// One fact may open both sides: what is mildest for the one need not go with
		// what is mildest for the other, unless one of them is what it is.
		if r := &p.e.results; rest.best == rest.worst || r.best == r.worst {
			whole := strictness{best: max(rest.best, r.best), worst: max(rest.worst, r.worst), outcome: Free}
			n := 0
			for i := range e.q.legs {
				of, leg := e, i
				if legs.has(i) {
					of, leg = &p.e, n
					n++
				}
				whole.outcome = Stricter(whole.outcome, of.legOutcome(leg))
			}
			return whole
		}
	}
	p.answer(e.q.allLegs(), remember)
	return strictness{p.e.results.best, p.e.results.worst, p.e.outcome()}
}

// strictnessOf is how strict the answer is on some of its legs.
func (e *evaluation) strictnessOf(legs legSet) strictness {
	out := strictness{best: isProhibited}
	for i := range e.worlds {
		strict := isFree
		for j, s := range e.worlds[i].legs[:len(e.q.legs)] {
			if legs.has(j) {
				strict = max(strict, s)
			}
		}
		out.best, out.worst = min(out.best, strict), max(out.worst, strict)
	}
	return out
}

// answer answers legs of the case for the facts at hand.
func (p *probing) answer(legs legSet, remember bool) {
	e := &p.e
	e.begin(p.of.s)
	p.on(legs)
	p.answered = legs
	if remember {
		if known, ok := e.recall(); ok {
			e.usePlan(known)
			e.settleAll()
			return
		}
	}
	e.meet()
	e.findAxes()
	e.settleAll()
}
