package determination

import (
	"maps"
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// claims finds the claims that are not made and would make the answer milder.
func (d *Determination) claims(p *probing) []Claim {
	p.begin(d)
	out := []Claim{}
	for i, claimables := 0, d.e.claimables(); i < len(claimables); i++ {
		k := &claimables[i]
		if !d.e.q.facts[k.slot].IsAbsent() {
			continue
		}
		if legs := d.e.legsThatRead(k.slot); legs != 0 {
			if c, ok := p.best(k, legs); ok {
				out = append(out, c)
			}
		}
	}
	p.end()
	return out
}

// claimable is a claim that the law on some legs reads.
type claimable struct {
	slot   int
	fact   *condition.Fact
	values []condition.Value // that conditions can tell apart
	// programme tells that it is the programme under which the ordinary duty is
	// claimed: the schedule names values too, by goods.
	programme bool
}

// legsKey is the legs of a case, and the pack whose ordinary duty it asks.
type legsKey struct {
	legs [maxLegs]struct {
		kind      measure.Leg
		territory nomenclature.Country
	}
	duty *rulepack.Pack
}

func (q *query) legsKey() legsKey {
	k := legsKey{duty: q.duty}
	for i := range q.legs {
		k.legs[i].kind, k.legs[i].territory = q.legs[i].kind, q.legs[i].territory
	}
	return k
}

// claimables are the claims that the law on the legs of the case reads, in the order
// of the facts. They are shared.
func (e *evaluation) claimables() []claimable {
	return e.s.Derived(claimablesKey(e.q.legsKey()), func() any { return e.findClaimables() }).([]claimable)
}

func (e *evaluation) findClaimables() (out []claimable) {
	readers := e.readers()
	for slot := range e.s.Set.Env.Len() {
		f := e.s.Set.Env.Fact(slot)
		if f.Kind != condition.Claim || f.Pack == "" {
			continue
		}
		r := &readers[slot]
		programme := e.q.duty != nil && e.q.duty.Base != nil && e.q.duty.Base.ClaimSlot == slot
		if len(r.exprs) > 0 || r.portion || programme {
			out = append(out, claimable{slot: slot, fact: f, values: r.values(slot, f), programme: programme})
		}
	}
	return out
}

// readers are what reads a fact on the legs asked: conditions, and whether a duty
// stands on a portion that it is.
type readers struct {
	exprs   []*condition.Expr
	portion bool
}

// readers finds the readers of the facts, by slot.
func (e *evaluation) readers() []readers {
	out := make([]readers, e.s.Set.Env.Len())
	for _, lg := range e.q.legs {
		for _, i := range lg.entries {
			entry := &e.s.Entries()[i]
			for _, slot := range entry.When.Slots() {
				out[slot].exprs = append(out[slot].exprs, entry.When)
			}
			if entry.Portion != nil && entry.Portion.Slot >= 0 {
				out[entry.Portion.Slot].portion = true
			}
		}
	}
	return out
}

// values are the values of a claim that its readers can tell apart.
func (r *readers) values(slot int, f *condition.Fact) (out []condition.Value) {
	var atoms []condition.Atom
	for _, x := range r.exprs {
		for _, a := range x.Atoms() {
			if !slices.Contains(a.Slots, slot) {
				continue
			}
			if _, listed := a.List(); listed {
				return nil // that a party is on a list or off it is no claim
			}
			atoms = append(atoms, a)
		}
	}
	for _, cell := range condition.Cells(f, atoms, 0, 0) {
		switch {
		case f.Type == condition.InstantType:
			out = append(out, condition.InstantValue(lastOf(cell.Period)))
		case !cell.Value.IsHypothetical():
			out = append(out, cell.Value)
		}
		if r.portion && cell.High != nil {
			out = append(out, condition.NumberValue(*cell.High))
		}
	}
	return out
}

// lastOf is the last full minute of a period, its first instant where it has
// none.
func lastOf(p quantity.Period) quantity.Instant {
	const minute = 60
	if p.Until >= quantity.MaxInstant || p.Until-minute < p.From {
		return p.From
	}
	return p.Until - minute
}

// legSet is legs of a case, a bit each by their number.
type legSet uint8

func (l legSet) has(i int) bool { return l>>i&1 != 0 }

// allLegs are all legs of the query.
func (q *query) allLegs() legSet { return 1<<len(q.legs) - 1 }

// legsThatRead returns the legs on which some law near the case reads the fact. On
// the others a claim changes nothing.
func (e *evaluation) legsThatRead(slot int) (out legSet) {
	for _, l := range e.legs {
		if !out.has(int(l.leg)) && l.near.Reads(slot, e.q.stated) {
			out |= 1 << l.leg
		}
	}
	return out
}

// isRead reports whether some law that is near the case, or comes close to it, reads
// the fact.
func (e *evaluation) isRead(slot int) bool {
	return e.legsThatRead(slot) != 0 || slices.ContainsFunc(e.legs, func(l legLaw) bool {
		m := e.movement(&e.q.legs[l.leg], l.pack)
		m.Bare = false
		return e.s.Near(l.pack, &m).Reads(slot, e.q.stated)
	})
}

// probing answers a case under claims that it does not make. Its memory is used
// again.
type probing struct {
	d  *Determination // the case as it stands
	of *evaluation    // the same
	e  evaluation     // the case under a claim, on some of its legs

	reading  []reading // what reads the claim at hand
	byItself bool      // each value of it counts by itself
	alone    bool      // and what it comes to hangs on more than is told of cases that are alike
	unmade   uint64    // the truths of what reads it where it is not made
	decided  bool      // and whether these are told
	told     []told    // what its values come to
	values   []condition.Value

	known map[sameClaim]*effect // in cases that are alike
	found map[sameClaim]*effect // in this case
}

// reading is a measure near the case of which the condition reads the claim at hand.
type reading struct {
	entry *schedule.Entry
	at    quantity.Instant
}

// sameClaim is what values of a claim have in common that come to the same in cases
// that are alike: all that reads them reads them in the same way.
type sameClaim struct {
	slot   int32
	value  int32  // from 1, the place of one that counts by itself; 0: it does not
	truths uint64 // of the conditions that read it, a bit each
}

// effect is what a claim comes to.
type effect struct {
	strictness
	priced   bool     // duties are computed under it
	bill     *bill    // on which they hang, and on nothing besides but the case
	measures []string // through which it acts
}

// told is what values of the claim at hand come to in the case.
type told struct {
	sameClaim
	effect       *effect
	saves, least quantity.Decimal // how much less the most and the least duty are, not rounded
}

// begin begins with a case.
func (p *probing) begin(d *Determination) {
	of := &d.e
	p.d, p.of, p.known, p.found = d, of, nil, nil
	p.e.q.like(&of.q)
	p.e.s, p.e.variants, p.e.bare = of.s, of.variants, of.q.meets()
	if of.planned != nil {
		if known := of.planned.memory.claims.Load(); known != nil {
			p.known = *known
		}
	}
}

// end keeps what was found, for cases that are alike.
func (p *probing) end() {
	if len(p.found) == 0 {
		return
	}
	at := &p.of.planned.memory.claims
	was := at.Load()
	if was != nil {
		maps.Copy(p.found, *was)
	}
	found := p.found
	at.CompareAndSwap(was, &found) // else another case has found something meanwhile
}

// best finds the value of a claim that makes the answer mildest, where any does.
func (p *probing) best(k *claimable, legs legSet) (out Claim, ok bool) {
	e := p.of
	p.begins(k, legs)
	var best told
	var value condition.Value
	for i, v := range p.valuesOf(k) {
		p.e.q.state(k.slot, v)
		t, ok := p.tell(k, legs, i)
		if !ok || t.least.Sign() <= 0 && t.saves.Sign() <= 0 && t.effect.worst >= e.results.worst && t.effect.best >= e.results.best ||
			best.effect != nil && t.saves.Cmp(best.saves) < 0 {
			continue
		}
		best, value = t, v
	}
	p.e.q.unstate(k.slot, e.q.facts[k.slot], e.q.stated.Has(k.slot))
	if best.effect == nil {
		return out, false
	}
	saved := between(best.least.Min(best.saves).Max(quantity.Decimal{}), best.least.Max(best.saves), false)
	return Claim{Fact: k.fact.Name, Value: e.written(value), Question: k.fact.Question, Outcome: best.effect.outcome, Measures: best.effect.measures,
		Saves: p.d.dutyRange(e.roundIf(saved)), SavesPct: p.d.rateRange(saved)}, true
}

// begins begins with a claim, which is not made.
func (p *probing) begins(k *claimable, legs legSet) {
	p.reading, p.told, p.byItself, p.alone = p.reading[:0], p.told[:0], false, k.programme
	for i := range p.of.legs {
		l := &p.of.legs[i]
		if !legs.has(int(l.leg)) {
			continue
		}
		p.byItself = p.byItself || l.near.Sums(k.slot)
		for j := range l.near.Candidates {
			c := &l.near.Candidates[j]
			if c.Entry.ConditionReads(k.slot) {
				p.reading = append(p.reading, reading{c.Entry, l.at})
			}
			// Items and lanes have conditions besides.
			p.alone = p.alone || len(c.Entry.Items) > 0 || len(c.Entry.ControlledBy) > 0 || len(c.Entry.Lanes) > 0
		}
	}
	p.alone = p.alone || len(p.reading) > 64
	p.decided = false
	if !p.alone {
		p.unmade, p.decided = p.truths()
	}
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
func (p *probing) valuesOf(k *claimable) []condition.Value {
	if !k.programme {
		return k.values
	}
	e := p.of
	duty, at := e.q.duty, e.q.at(measure.Import, e.q.duty)
	p.values = append(p.values[:0], k.values...)
	for _, symbol := range e.s.Programmes(duty, e.variants[0].code, at, e.q.known, e.q.origin) {
		p.values = append(p.values, condition.TextValue(symbol))
	}
	open := e.s.OpenTo(duty, at, e.q.known, e.q.origin)
	p.values = slices.DeleteFunc(p.values, func(v condition.Value) bool {
		symbol, _ := v.Text()
		return !slices.Contains(open, symbol)
	})
	return p.values
}

// tell finds what the claim comes to with the value that it has, that of number i;
// ok is false where that is nothing, or it cannot be made.
func (p *probing) tell(k *claimable, legs legSet, i int) (out told, ok bool) {
	same := sameClaim{slot: int32(k.slot)}
	alike := !p.alone
	if alike {
		if same.truths, alike = p.truths(); p.byItself {
			same.value = int32(i + 1)
		}
	}
	if alike && p.decided && !p.byItself && same.truths == p.unmade || p.e.q.isContradictory(p.of.s) {
		return out, false
	}
	if !alike {
		return p.ask(k, legs, same, false), true
	}
	if n := slices.IndexFunc(p.told, func(t told) bool { return t.sameClaim == same }); n >= 0 {
		return p.told[n], true
	}
	out, ok = p.recall(legs, same)
	if !ok {
		out = p.ask(k, legs, same, p.of.planned != nil)
	}
	p.told = append(p.told, out)
	return out, true
}

// recall finds what the claim comes to, where that was found in a case like this one.
func (p *probing) recall(legs legSet, same sameClaim) (out told, ok bool) {
	known := p.known[same]
	if known == nil {
		if known = p.found[same]; known == nil {
			return out, false
		}
	}
	out = told{sameClaim: same, effect: known}
	if !known.priced {
		return out, true
	}
	p.e.legs = p.e.legs[:0]
	p.on(legs)
	sum, ok := p.e.comesTo(known.bill)
	p.save(&out, &sum)
	return out, ok
}

// save notes what the claim saves where the duties under it come to a sum.
func (p *probing) save(t *told, under *bound) {
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
	q.legs, q.duty = q.legs[:0], nil
	for i := range of.q.legs {
		if !legs.has(i) {
			continue
		}
		for _, l := range of.legs {
			if int(l.leg) == i {
				l.leg = int32(len(q.legs))
				p.e.legs = append(p.e.legs, l)
			}
		}
		if q.legs = append(q.legs, of.q.legs[i]); of.q.legs[i].kind == measure.Import {
			q.duty = of.q.duty
		}
	}
}

// ask answers the case under the claim. What it comes to is kept for cases that are
// alike, if it is told to and can be.
func (p *probing) ask(k *claimable, legs legSet, same sameClaim, keep bool) told {
	x := &effect{strictness: p.under(legs, !keep)}
	x.priced, x.measures = p.e.q.duty != nil, p.measures(k)
	out := told{sameClaim: same, effect: x}
	if x.priced {
		p.save(&out, &p.e.results.unrounded)
	}
	if keep && p.e.exact && !p.e.dutyOpen {
		if x.bill = p.bill(); x.bill.whole() {
			if p.found == nil {
				p.found = map[sameClaim]*effect{}
			}
			p.found[same] = x
		}
	}
	return out
}

// bill is that of the case under the claim.
func (p *probing) bill() *bill {
	if p.e.shared {
		return p.e.plan.bill
	}
	b := new(bill)
	return p.e.sharedBill(b, p.e.makeBill(b, nil))
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

// written is a value as --fact takes it, instants in the zone of the case.
func (e *evaluation) written(v condition.Value) string {
	if i, ok := v.Instant(); ok {
		return i.Format(e.zone())
	}
	return v.String()
}

func (e *evaluation) roundIf(b bound) bound {
	if e.q.duty == nil {
		return b
	}
	return e.round(b)
}
