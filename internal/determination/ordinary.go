package determination

import (
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// ordinaryRate is the rate of the ordinary duty in this world: of the column
// that the measure stands for, or of the programme that is claimed.
func (e *evaluation) ordinaryRate(c *candidate) schedule.Rate {
	p := c.Entry.Pack
	code := e.variants[e.w.variant].code
	if other := p.Base.Other; other != nil && c.Entry.ID == other.Measure {
		return e.s.OtherRate(p, code, e.at(c))
	}
	if p.Base.ClaimSlot >= 0 {
		if symbol, ok := e.w.facts[p.Base.ClaimSlot].Text(); ok {
			if r, ok := e.s.SpecialRate(p, code, symbol, e.at(c), e.q.known, e.q.origin); ok {
				return r
			}
		}
	}
	if a := e.q.article; a != nil && a.Code == code {
		return a.GeneralRate(p, e.at(c))
	}
	return e.s.GeneralRate(p, code, e.at(c))
}

// isGeneral reports whether the ordinary duty in this world is that of the column
// general, of the goods code of the case and at the instant of its law.
func (e *evaluation) isGeneral(c *candidate) bool {
	b, a := c.Entry.Base, e.q.article
	if b.Other != nil && c.Entry.ID == b.Other.Measure || c.AtEntry || a == nil || a.Code != e.variants[e.w.variant].code {
		return false
	}
	claims := false
	if b.ClaimSlot >= 0 {
		_, claims = e.w.facts[b.ClaimSlot].Text()
	}
	return !claims
}

// ordinaryAt makes a bound the ordinary duty at a rate, not rounded; n is its place in
// amounts. A rate that is not known leaves the most open.
func (e *evaluation) ordinaryAt(b *bound, n int32, rate *quantity.Rate) {
	if rate == nil {
		*b = bound{seen: true, unbounded: true}
	} else if part, only := rate.Fraction(); only {
		b.beExactly(e.q.value.Mul(part))
	} else {
		e.duty(b, n, rate, &quantity.Basis{Value: e.q.value, Quantity: e.q.quantityIn})
	}
}
