package determination

import (
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// addUp computes the duties of this world: the ordinary one first, on which
// totals rest.
func (e *evaluation) addUp(out *world) {
	if e.q.duty == nil {
		return
	}
	w := &e.w
	w.tops, w.kept = w.tops[:0], w.kept[:0]
	var base, baseRounded, full bound
	base.seen, baseRounded.seen = true, true
	out.additional, out.more, out.fees = base, base, base
	e.tally.begin()
	for i := range e.due {
		n := e.candidateOf(&e.due[i])
		if e.due[i].simple || e.due[i].flat != nil && e.q.hasValue {
			d := e.q.value.Mul(e.due[i].factor)
			if flat := e.due[i].flat; flat != nil {
				d, _, _ = flat.Duty(quantity.Basis{Value: d})
			}
			rounded := e.rounded(d)
			e.amounts[n].duty.take(rounded)
			if w.records {
				e.keep(&e.due[i], exactly(rounded), exactly(d))
			}
			if e.due[i].fee {
				out.fees.plus(rounded)
				continue
			}
			out.additional.plus(rounded)
			out.more.plus(d)
			if e.tally != nil {
				e.tally.plus(e.cands[n].Entry, d)
			}
			continue
		}
		if e.due[i].general != nil { // the first of all
			base = e.ordinaryAt(n, e.generalRate(&e.due[i]).Rate)
			full, baseRounded = base, e.round(base)
			e.amounts[n].duty.hull(&baseRounded)
			if w.records {
				e.keep(&e.due[i], baseRounded, base)
			}
			if e.tally != nil {
				e.tally.add(e.cands[n].Entry, &base)
			}
			continue
		}
		c, share := &e.cands[n], &e.share[n]
		ordinary := c.Entry.Base != nil
		var d bound
		switch {
		case e.due[i].lessened:
			d, share = e.lessenedAmount(&e.due[i], &base, &full)
		case ordinary:
			d = e.ordinary(n)
			full = d
		default:
			d = e.amount(n, c.State.Rate, share, &base)
		}
		rounded := e.round(d)
		if e.sums && (!e.share[n].Most.Equal(one) || e.due[i].lessened && e.leftOpen) {
			rounded = e.roundOut(d)
		}
		e.amounts[n].duty.hull(&rounded)
		if w.records {
			e.keep(&e.due[i], rounded, d)
		}
		switch {
		case e.shared: // it knows the share
		case c.applied == 0:
			c.share = *share
		default:
			c.share = c.share.Hull(*share)
		}
		if e.due[i].fee {
			out.fees.add(&rounded)
			continue
		}
		e.tally.add(c.Entry, &d)
		if ordinary {
			base, baseRounded = d, rounded
			continue
		}
		out.additional.add(&rounded)
		out.more.add(&d)
		if (base.wide || base.unbounded) && !e.due[i].lessened && c.State.Rate != nil && isTotal(c.State.Rate) {
			percent, _ := c.State.Rate.Total()
			w.tops = append(w.tops, top{e.q.value.Mul(percent).Mul(hundredth), share.Least, rounded.least, d.least})
		}
	}
	out.duty, out.unrounded = out.additional, out.more
	out.duty.add(&baseRounded)
	out.unrounded.add(&base)
	if len(w.tops) > 0 {
		e.together(out, &base, &baseRounded)
	}
	e.tally.end()
}

// candidateOf is the candidate that a duty is of.
func (e *evaluation) candidateOf(d *due) int32 {
	if e.shared {
		return e.of[d.cand]
	}
	return d.cand
}

// generalRate is the rate of the column general of an ordinary duty that is of it.
func (e *evaluation) generalRate(d *due) schedule.Rate {
	return e.q.article.GeneralRate(d.general, e.legs[d.law].at)
}

// due is a duty that is due.
type due struct {
	cand   int32            // the candidate; of a bill the line
	law    int32            // of a general one
	fee    bool             // it is no part of the duties
	simple bool             // it is the value times the factor, whatever the case
	factor quantity.Decimal // of the rate and the share on which it stands
	flat   *quantity.Rate   // where it needs no more than the value and the share: factor is that of the share
	rate   *quantity.Rate   // of others that stand on an exact share, which factor then is
	// general is the pack of an ordinary duty on the whole value, by the law of that
	// place, at the rate of the column general; nil for others.
	general *rulepack.Pack
	// lessened tells that exemptions leave it no more than a part of the value.
	lessened bool
	left     quantity.Decimal
}

// listDue lists the duties that are due in this world, the ordinary one first.
func (e *evaluation) listDue() {
	w := &e.w
	e.due = e.due[:0]
	for _, ordinary := range [...]bool{true, false} {
		for _, n := range e.live {
			c, share := &e.cands[n], &e.share[n]
			if !w.active[n] || w.by[n] >= 0 || !isDuty(c.Entry.Kind) || (c.Entry.Base != nil) != ordinary {
				continue
			}
			d := due{cand: n, fee: c.Entry.Kind == measure.Fee}
			if w.lessened && !w.left[n].Equal(one) {
				d.lessened, d.left = true, w.left[n]
			}
			if rate := c.State.Rate; !d.lessened && !ordinary && rate != nil && !e.sums && share.Least.Equal(share.Most) {
				var percent quantity.Decimal
				if percent, d.simple = rate.AdValorem(); d.simple {
					d.factor = percent.Mul(hundredth).Mul(share.Least)
				} else if d.factor = share.Least; !isTotal(rate) && len(rate.Units()) == 0 {
					d.flat = rate
				} else {
					d.rate = rate
				}
			}
			if !d.lessened && ordinary && !e.sums && share.Least.Equal(one) && share.Most.Equal(one) && e.isGeneral(c) {
				d.general, d.law = c.Entry.Pack, c.law
			}
			if d.simple || d.flat != nil || d.general != nil {
				if c.applied == 0 {
					c.share = *share
				} else {
					c.share = c.share.Hull(*share)
				}
			}
			e.due = append(e.due, d)
		}
	}
}

// lessenedAmount is a duty to which exemptions leave a part of the value, and the
// share of the value on which it then stands. Duties are in proportion to what
// they stand on, a total with the whole of the ordinary duty, which full keeps; a
// fee has amounts for the entry, and is computed on the rest of the value.
func (e *evaluation) lessenedAmount(of *due, base, full *bound) (bound, *quantity.Range) {
	n := e.candidateOf(of)
	c, share := &e.cands[n], &e.share[n]
	rest := quantity.Range{Least: share.Least.Mul(of.left), Most: share.Most.Mul(of.left)}
	var d bound
	switch {
	case c.Entry.Base != nil:
		d = e.ordinary(n)
		*full = d
	case of.fee:
		return e.amount(n, c.State.Rate, &rest, base), &rest
	default:
		d = e.amount(n, c.State.Rate, share, full)
	}
	d.times(of.left)
	return d, &rest
}

// top is a duty that tops the ordinary one up to what it asks, on a share of the
// value.
type top struct {
	asks, share    quantity.Decimal
	rounded, exact quantity.Decimal // the least it comes to by itself
}

// together raises the least that an ordinary duty which is not known comes to
// with what tops it up: what the one lacks the other has. Their sum bends where
// the ordinary duty is all that one of them asks; it is least there or at an end.
func (e *evaluation) together(out *world, base, baseRounded *bound) {
	ends := []quantity.Decimal{base.least}
	if !base.unbounded {
		ends = append(ends, base.high())
	}
	for _, t := range e.w.tops {
		if t.asks.Cmp(base.least) > 0 && (base.unbounded || t.asks.Cmp(base.high()) < 0) {
			ends = append(ends, t.asks)
		}
	}
	var least quantity.Decimal
	for i, ordinary := range ends {
		sum := ordinary
		for _, t := range e.w.tops {
			sum = sum.Add(t.asks.Sub(ordinary).Max(quantity.Decimal{}).Mul(t.share))
		}
		if i == 0 || sum.Cmp(least) < 0 {
			least = sum
		}
	}
	rounded := least
	if r := e.q.duty.Rounding; r != nil {
		// Two lines that make up one sum may lose a part of a cent together.
		rounded = least.Round(r.Places, quantity.Down)
		e.results.loose = e.results.loose || !rounded.Equal(least)
	}
	aloneRounded, alone := baseRounded.least, base.least
	for _, t := range e.w.tops {
		aloneRounded, alone = aloneRounded.Add(t.rounded), alone.Add(t.exact)
	}
	out.duty.least = out.duty.least.Sub(aloneRounded).Add(rounded)
	out.unrounded.least = out.unrounded.least.Sub(alone).Add(least)
	out.duty.wide, out.duty.most = true, out.duty.high().Max(out.duty.least)
	out.unrounded.wide, out.unrounded.most = true, out.unrounded.high().Max(out.unrounded.least)
}

// roundOut rounds away from one another the ends of a duty on an open share:
// between the ends of the share, lines that are rounded one by one come to sums
// that the sums at the ends do not hold.
func (e *evaluation) roundOut(b bound) bound {
	if r := e.q.duty.Rounding; r != nil {
		return between(b.least.Round(r.Places, quantity.Down), b.high().Round(r.Places, quantity.Up), b.unbounded)
	}
	return b
}

func isTotal(r *quantity.Rate) bool {
	_, total := r.Total()
	return total
}

func (e *evaluation) rounded(d quantity.Decimal) quantity.Decimal {
	if r := e.q.duty.Rounding; r != nil {
		return d.Round(r.Places, r.Mode)
	}
	return d
}

func (e *evaluation) round(b bound) bound {
	if r := e.q.duty.Rounding; r != nil {
		b.least = b.least.Round(r.Places, r.Mode)
		if b.wide {
			b.most = b.most.Round(r.Places, r.Mode)
			b.wide = !b.most.Equal(b.least)
		}
	}
	return b
}

// amount is the duty at a rate on a share of the value, not rounded.
func (e *evaluation) amount(n int32, rate *quantity.Rate, share *quantity.Range, base *bound) bound {
	if rate == nil {
		return bound{seen: true, unbounded: true}
	}
	d := e.amountOn(n, rate, share.Least, base)
	if !share.Least.Equal(share.Most) {
		most := e.amountOn(n, rate, share.Most, base)
		d.hull(&most)
	}
	return d
}

// amountOn is the duty on an exact share.
func (e *evaluation) amountOn(n int32, rate *quantity.Rate, share quantity.Decimal, base *bound) bound {
	whole := share.Equal(one)
	basis := quantity.Basis{Value: e.q.value}
	if !whole {
		basis.Value = basis.Value.Mul(share)
	}
	if isTotal(rate) {
		part := func(d quantity.Decimal) quantity.Decimal {
			if whole {
				return d
			}
			return d.Mul(share)
		}
		basis.Base = part(base.least)
		most, _, _ := rate.Duty(basis)
		if !base.wide && !base.unbounded {
			return exactly(most)
		}
		least := quantity.Decimal{}
		if !base.unbounded {
			basis.Base = part(base.high())
			least, _, _ = rate.Duty(basis)
		}
		return between(least, most, false)
	}
	if _, only := rate.AdValorem(); !only {
		basis.Quantity = func(u quantity.Unit) (quantity.Decimal, bool) {
			d, ok := e.q.quantityIn(u)
			if ok && !whole {
				d = d.Mul(share)
			}
			return d, ok
		}
	}
	return e.duty(n, rate, basis)
}

// duty computes a rate on a basis; a quantity that nobody gave leaves the most
// open.
func (e *evaluation) duty(n int32, rate *quantity.Rate, basis quantity.Basis) bound {
	d, missing, ok := rate.Duty(basis)
	if ok {
		if !e.q.hasValue && rate.Currency() != "" {
			// Amounts are per cent of an unknown value: money has none.
			return bound{seen: true, unbounded: true}
		}
		return exactly(d)
	}
	e.amounts[n].missing = missing
	b := rate.Bounds(basis)
	return between(b.Least, b.Most, b.Unbounded)
}
