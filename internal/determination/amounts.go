package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// addUp computes the duties of this world: the ordinary one first, on which
// totals rest.
func (e *evaluation) addUp(out *duties) {
	*out = duties{}
	if e.q.duty == nil {
		return
	}
	w := &e.w
	w.tops, w.kept = w.tops[:0], w.kept[:0]
	var base, baseRounded, full bound
	base.seen, baseRounded.seen = true, true
	out.additional.seen, out.more.seen, out.fees.seen = true, true, true
	var additional, more, fees quantity.Decimal // those of exact amounts
	e.tally.begin()
	for i := range e.due {
		of := &e.due[i]
		amount := &e.amounts[of.cand].duty
		if of.how == byFactor || of.how == byValue && e.q.hasValue {
			d := e.q.value.Mul(of.factor)
			if of.how == byValue {
				d, _, _ = of.rate.Duty(&quantity.Basis{Value: d})
			}
			rounded := e.rounded(d)
			amount.take(rounded)
			if w.records {
				e.keep(of, exactly(rounded), exactly(d))
			}
			if of.fee {
				fees = fees.Add(rounded)
				continue
			}
			additional, more = additional.Add(rounded), more.Add(d)
			if e.tally != nil {
				e.tally.plus(e.entryOf(of), d)
			}
			continue
		}
		if of.how == byColumn { // the first of all
			e.general = e.generalRate(of)
			e.ordinaryAt(&base, of.cand, e.general.Rate)
			full.be(&base)
			baseRounded.be(&base)
			e.round(&baseRounded)
			amount.hull(&baseRounded)
			if w.records {
				e.keep(of, baseRounded, base)
			}
			if e.tally != nil {
				e.tally.add(e.entryOf(of), &base)
			}
			continue
		}
		var d bound
		rate, share, ordinary := of.rate, quantity.Exactly(of.factor), false
		if rate != nil {
			e.amountOn(&d, of.cand, rate, of.factor, &base)
		} else {
			n := e.candidateOf(of)
			c := &e.cands[n]
			rate, share, ordinary = c.State.Rate, e.share[n], c.Entry.Base != nil
			switch {
			case of.how == inPart:
				d, share = e.lessenedAmount(of, &base, &full)
			case ordinary:
				e.ordinaryAt(&d, of.cand, e.ordinaryRate(c).Rate)
				full = d
			default:
				e.amountAt(&d, of.cand, rate, &share, &base)
			}
			switch {
			case e.shared: // it knows the share
			case c.applied == 0:
				c.share = share
			default:
				c.share = c.share.Hull(share)
			}
		}
		rounded := d
		e.round(&rounded)
		if e.sums && (!e.share[e.candidateOf(of)].Most.Equal(one) || of.how == inPart && e.leftOpen) {
			rounded = e.roundOut(d)
		}
		amount.hull(&rounded)
		if w.records {
			e.keep(of, rounded, d)
		}
		if of.fee {
			out.fees.add(&rounded)
			continue
		}
		if e.tally != nil {
			e.tally.add(e.entryOf(of), &d)
		}
		if ordinary {
			base, baseRounded = d, rounded
			continue
		}
		out.additional.add(&rounded)
		out.more.add(&d)
		if (base.wide || base.unbounded) && of.how != inPart && rate != nil && isTotal(rate) {
			percent, _ := rate.Total()
			w.tops = append(w.tops, top{e.q.value.Mul(percent).Mul(hundredth), share.Least, rounded.least, d.least})
		}
	}
	out.additional.plus(additional)
	out.more.plus(more)
	out.fees.plus(fees)
	out.duty.be(&out.additional)
	out.duty.add(&baseRounded)
	out.unrounded.be(&out.more)
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

func (e *evaluation) entryOf(d *due) *schedule.Entry { return e.cands[e.candidateOf(d)].Entry }

// amountOf is what a candidate comes to.
func (e *evaluation) amountOf(n int32) amount {
	if e.shared {
		if n = int32(slices.Index(e.of, n)); n < 0 {
			return amount{}
		}
	}
	return e.amounts[n]
}

// amountOfLine is what a line of the bill comes to, which was asked for.
func (e *evaluation) amountOfLine(line int32) *amount {
	if !e.shared {
		line = e.of[line]
	}
	return &e.amounts[line]
}

// generalPack is the pack of an ordinary duty by the column general.
func (e *evaluation) generalPack(d *due) *rulepack.Pack { return e.s.Set.Packs[e.legs[d.law].pack] }

// generalRate is the rate of the column general of an ordinary duty that is of it.
func (e *evaluation) generalRate(d *due) schedule.Rate {
	return e.q.article.GeneralRate(e.generalPack(d), e.legs[d.law].at)
}

// due is a duty that is due.
type due struct {
	cand   int32 // the candidate; of a bill the line
	law    int16 // of one by the column general
	how    howDue
	fee    bool             // it is no part of the duties
	factor quantity.Decimal // of the value
	rate   *quantity.Rate   // where it is the candidate's and the share of the value is exact
}

// howDue is how a duty is computed.
type howDue uint8

const (
	byCandidate howDue = iota // from all that is told of the candidate
	byFactor                  // the value times the factor, which is of the rate and of the share on which it stands
	byValue                   // from the rate and the value: the factor is the share
	byShare                   // from the rate, the value and the quantities: the factor is the share
	byColumn                  // on the whole value, by the column general: an ordinary duty
	inPart                    // exemptions leave it no more than a part of the value: the factor is what they leave
)

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
			switch rate := c.State.Rate; {
			case w.lessened && !w.left[n].Equal(one):
				d.how, d.factor = inPart, w.left[n]
			case e.sums || !share.Least.Equal(share.Most):
			case ordinary:
				if share.Least.Equal(one) && e.isGeneral(c) {
					d.how, d.law = byColumn, int16(c.law)
				}
			case rate != nil:
				d.rate, d.factor = rate, share.Least
				if part, only := rate.Fraction(); only {
					d.how, d.factor = byFactor, part.Mul(share.Least)
				} else if !isTotal(rate) && len(rate.Units()) == 0 {
					d.how = byValue
				} else {
					d.how = byShare
				}
			}
			if d.how != byCandidate && d.how != inPart {
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
func (e *evaluation) lessenedAmount(of *due, base, full *bound) (bound, quantity.Range) {
	n, left := e.candidateOf(of), of.factor
	c, share := &e.cands[n], &e.share[n]
	rest := quantity.Range{Least: share.Least.Mul(left), Most: share.Most.Mul(left)}
	var d bound
	switch {
	case c.Entry.Base != nil:
		e.ordinaryAt(&d, of.cand, e.ordinaryRate(c).Rate)
		*full = d
	case of.fee:
		e.amountAt(&d, of.cand, c.State.Rate, &rest, base)
		return d, rest
	default:
		e.amountAt(&d, of.cand, c.State.Rate, share, full)
	}
	d.times(left)
	return d, rest
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
func (e *evaluation) together(out *duties, base, baseRounded *bound) {
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

func (e *evaluation) round(b *bound) {
	if r := e.q.duty.Rounding; r != nil {
		b.least = b.least.Round(r.Places, r.Mode)
		if b.wide {
			b.most = b.most.Round(r.Places, r.Mode)
			b.wide = !b.most.Equal(b.least)
		}
	}
}

// amountAt makes a bound the duty at a rate on a share of the value, not rounded; n is its
// place in amounts.
func (e *evaluation) amountAt(b *bound, n int32, rate *quantity.Rate, share *quantity.Range, base *bound) {
	if rate == nil {
		*b = bound{seen: true, unbounded: true}
		return
	}
	e.amountOn(b, n, rate, share.Least, base)
	if !share.Least.Equal(share.Most) {
		var most bound
		e.amountOn(&most, n, rate, share.Most, base)
		b.hull(&most)
	}
}

// amountOn is amountAt on an exact share.
func (e *evaluation) amountOn(b *bound, n int32, rate *quantity.Rate, share quantity.Decimal, base *bound) {
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
		most, _, _ := rate.Duty(&basis)
		if !base.wide && !base.unbounded {
			b.beExactly(most)
			return
		}
		least := quantity.Decimal{}
		if !base.unbounded {
			basis.Base = part(base.high())
			least, _, _ = rate.Duty(&basis)
		}
		*b = between(least, most, false)
		return
	}
	if _, only := rate.Fraction(); !only {
		basis.Quantity = func(u quantity.Unit) (quantity.Decimal, bool) {
			d, ok := e.q.quantityIn(u)
			if ok && !whole {
				d = d.Mul(share)
			}
			return d, ok
		}
	}
	e.duty(b, n, rate, &basis)
}

// duty makes a bound what a rate comes to on a basis; a quantity that nobody gave leaves
// the most open.
func (e *evaluation) duty(b *bound, n int32, rate *quantity.Rate, basis *quantity.Basis) {
	d, missing, ok := rate.Duty(basis)
	switch {
	case !ok:
		e.amounts[n].missing = missing
		r := rate.Bounds(basis)
		*b = between(r.Least, r.Most, r.Unbounded)
	case !e.q.hasValue && rate.Currency() != "":
		// Amounts are per cent of an unknown value: money has none.
		*b = bound{seen: true, unbounded: true}
	default:
		b.beExactly(d)
	}
}
