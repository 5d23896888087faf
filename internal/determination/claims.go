package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// claims finds the claims that are not made and would make the answer milder.
func (d *Determination) claims(p *probing) []Claim {
	out := make([]Claim, 0, 4) // as many as most have
	if d.e.q.isContradictory(d.e.s) {
		return out // whatever is claimed
	}
	p.begin(d)
	probes := p.probes()
	for i := range probes {
		if c, ok := p.best(&probes[i]); ok {
			out = append(out, c)
		}
	}
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
	paired    bool // a condition that reads it compares two facts
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
			out = append(out, claimable{slot: slot, fact: f, values: r.values(slot, f), programme: programme, paired: r.paired()})
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

// paired reports whether some condition compares two facts.
func (r *readers) paired() bool {
	return slices.ContainsFunc(r.exprs, func(x *condition.Expr) bool {
		return slices.ContainsFunc(x.Atoms(), func(a condition.Atom) bool { return len(a.Slots) > 1 })
	})
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

// isRead reports whether some law that is near the case, or comes close to it and was
// added, reads the fact.
func (e *evaluation) isRead(slot int) bool {
	return e.legsThatRead(slot) != 0 || e.plan == &e.whole.plan && e.whole.reads(e.s, slot, e.q.stated)
}

// written is a value as --fact takes it, instants in the zone of the case.
func (e *evaluation) written(v condition.Value) string {
	if i, ok := v.Instant(); ok {
		return i.Format(e.zone())
	}
	return v.String()
}

func (e *evaluation) roundIf(b bound) bound {
	if e.q.duty != nil {
		e.round(&b)
	}
	return b
}
