package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// loosen bounds the answer without going through the worlds: each measure by
// itself, what may be displaced from nothing to all of it. It is sound, and may
// be wider than the truth. The side on which the goods enter is computed as
// ever where nothing open touches it.
func (e *evaluation) loosen() {
	r := &e.results
	r.count = 2 // a measure counts as applying in both, in one, or in none
	r.best, r.worst = isFree, isFree
	r.legBest, r.legWrst = [maxLegs]uint8{}, [maxLegs]uint8{}
	none := bound{seen: true}
	if e.q.duty != nil {
		r.duty, r.additional, r.unrounded, r.more, r.fees = none, none, none, none, none
	}
	var base bound
	entry := !e.dutyOpen && e.settleEntry()
	for pass := range 2 {
		for _, n := range e.live {
			c := &e.cands[n]
			if (c.Entry.Base != nil) != (pass == 0) || entry && c.Entry.Leg == measure.Import {
				continue
			}
			sure := e.isSure(n)
			c.applied = 1
			if sure {
				c.applied = 2
			}
			strict := isFree
			switch {
			case c.Entry.Kind == measure.Licence:
				strict = isLicence
			case c.Entry.Kind == measure.Prohibition:
				strict = isProhibited
			case isDuty(c.Entry.Kind) && e.q.duty != nil:
				d := none
				if pass == 0 {
					for v := range e.variants {
						e.w.variant = v
						var o bound
						e.ordinaryAt(&o, n, e.ordinaryRate(c).Rate)
						if v == 0 {
							d = o
						} else {
							d.hull(&o)
						}
					}
					base = d
					base.hull(&none) // it may be displaced
					c.share = quantity.Exactly(one)
				} else {
					c.share = e.widest(c)
					e.amountAt(&d, n, c.State.Rate, &c.share, &base)
				}
				if !sure {
					d.hull(&none)
				}
				rounded := d
				e.round(&rounded)
				e.amounts[n].duty = rounded
				if c.Entry.Kind == measure.Fee {
					r.fees.add(&rounded)
					break
				}
				e.tally.addAlone(c.Entry, &d)
				r.duty.add(&rounded)
				r.unrounded.add(&d)
				if pass == 1 {
					r.additional.add(&rounded)
					r.more.add(&d)
				}
			}
			if (c.toggle >= 0 || c.doubtful) && (c.Entry.Kind == measure.Duty || strict > isFree || c.Entry.Kind == measure.Exemption && e.spares(n, measure.Fee)) {
				r.legUnverified[c.leg] = true
			}
			r.legWrst[c.leg] = max(r.legWrst[c.leg], strict)
			r.worst = max(r.worst, strict)
			if sure {
				r.legBest[c.leg] = max(r.legBest[c.leg], strict)
				r.best = max(r.best, strict)
			}
		}
	}
}

// settleEntry computes the import leg, on which nothing is open, in one world
// that stands for all. It reports whether there is such a leg.
func (e *evaluation) settleEntry() bool {
	i := slices.IndexFunc(e.q.legs, func(l leg) bool { return l.kind == measure.Import })
	if i < 0 {
		return false
	}
	r, w := &e.results, &e.w
	copy(w.own, e.q.facts)
	clear(w.steps)
	var one world
	e.settle(&one)
	r.duty, r.additional, r.unrounded, r.more, r.fees = one.duty, one.additional, one.unrounded, one.more, one.fees
	r.legBest[i], r.legWrst[i] = one.legs[i], one.legs[i]
	r.best, r.worst = max(r.best, one.legs[i]), max(r.worst, one.legs[i])
	r.legUnverified = [maxLegs]bool{}
	for n := range e.cands {
		switch c := &e.cands[n]; {
		case c.Entry.Leg == measure.Import:
			c.applied *= r.count
		default:
			c.applied, c.displaced = 0, -1
		}
	}
	return true
}

// widest is every share of the value on which a duty may stand.
func (e *evaluation) widest(c *candidate) quantity.Range {
	all := quantity.Range{Most: one}
	if p := c.Entry.Portion; p != nil {
		if e.q.facts[p.Slot].IsUnknown() {
			return all
		}
		all.Most = c.Entry.Division.Size(c.Entry.Parts, e.number).Most
	}
	if !e.mayYield(c) && !e.mayLessen(c) {
		all.Least = all.Most
	}
	return all
}

// mayYield reports whether a candidate gives way to one that applies in some
// world.
func (e *evaluation) mayYield(c *candidate) bool {
	return slices.ContainsFunc(c.YieldsTo, func(j int32) bool {
		m := e.place[c.offset+j]
		return m >= 0 && slices.Contains(e.live, m)
	})
}

// mayLessen reports whether a live exemption may take a part of the value from a
// candidate.
func (e *evaluation) mayLessen(c *candidate) bool {
	n := e.candOf(c.Entry.Index)
	return slices.ContainsFunc(e.live, func(m int32) bool {
		o := &e.cands[m]
		return o.Entry.Leaves >= 0 && slices.ContainsFunc(o.Exempts, func(j int32) bool { return e.place[o.offset+j] == n })
	})
}

// isSure reports whether a live candidate applies in every world.
func (e *evaluation) isSure(n int32) bool {
	c := &e.cands[n]
	if c.when != condition.True || c.items != condition.True || c.toggle >= 0 || c.Mask != 1<<len(e.variants)-1 {
		return false
	}
	for _, m := range e.live {
		o := &e.cands[m]
		for _, targets := range [...][]int32{o.Exempts, o.InLieuOf} {
			for _, j := range targets {
				if e.place[o.offset+j] == n {
					return false
				}
			}
		}
	}
	return !e.mayYield(c)
}
