package determination

import (
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// Summary is what a determination comes to, in figures and names: what a row of
// a file has room for. Its slices are used again by the next call that is given
// it.
type Summary struct {
	Outcome Outcome
	// Priced tells that a duty is computed. Amounts are rounded and in Currency;
	// where Valued is false no value was given and amounts mean nothing.
	Priced, Valued bool
	Currency       string
	Places         int // after the point, of amounts
	Duty           quantity.Range
	Ordinary       quantity.Range // the part of it that is the ordinary duty
	Fees           quantity.Range // beside it
	// Percent is the duty in per cent of the value, to four places.
	Percent quantity.Range

	Lines     []SummaryLine
	Licences  []string // ids of the licence measures and prohibitions that apply, or may
	Questions []string // names of the open facts, the most deciding first
}

// SummaryLine is a duty or fee that applies, or may apply.
type SummaryLine struct {
	Measure, Programme, Heading string
	Rate                        string // as the act states it
	Citation                    string
	Open                        bool // it does not apply for certain
	Fee                         bool
	Amount                      quantity.Range
}

func (b *bound) asRange() quantity.Range {
	r := quantity.Range{Least: b.least, Most: b.high(), Unbounded: b.unbounded}
	if b.unbounded {
		r.Most = quantity.Decimal{}
	}
	return r
}

// Percent gives an amount of the answer, that of a [SummaryLine] say, in per cent
// of the value, to four places. Where no value was given it does so for the amounts
// that are then computed, which mean nothing else.
func (d *Determination) Percent(amount quantity.Range) quantity.Range {
	return perCent(amount, d.e.q.value)
}

func perCent(amount quantity.Range, value quantity.Decimal) quantity.Range {
	if value.IsZero() {
		return quantity.Range{}
	}
	p := quantity.Range{Least: amount.Least.Mul(hundred).Quo(value, ratePlaces, quantity.HalfUp), Unbounded: amount.Unbounded}
	if !amount.Unbounded {
		p.Most = amount.Most.Mul(hundred).Quo(value, ratePlaces, quantity.HalfUp)
	}
	return p
}

// brief is a summary without its amounts. Cases of one plan have it in common, but
// for the heading and the rate of the ordinary duty, which are of the goods.
type brief struct {
	lines    []SummaryLine
	cands    []int32 // of which candidate each line is
	licences []string
	ordinary int // which line is the ordinary duty; -1: none is
}

// Summarise writes the summary of the answer into s.
func (d *Determination) Summarise(s *Summary) {
	e := &d.e
	r := &e.results
	*s = Summary{Outcome: d.Outcome(), Priced: r.duty.seen, Valued: e.q.hasValue, Currency: e.q.currency, Places: 2,
		Lines: s.Lines[:0], Licences: s.Licences[:0], Questions: s.Questions[:0]}
	if e.q.duty != nil && e.q.duty.Rounding != nil {
		s.Places = e.q.duty.Rounding.Places
	}
	if s.Priced {
		s.Duty, s.Fees = r.duty.asRange(), r.fees.asRange()
		s.Percent = d.Percent(r.unrounded.asRange())
	}
	b := &e.ownBrief
	if e.plan != nil {
		b = &e.plan.brief
	} else {
		e.brief(b)
	}
	s.Lines, s.Licences = append(s.Lines, b.lines...), append(s.Licences, b.licences...)
	for i, n := range b.cands {
		l, amount := &s.Lines[i], e.amounts[n].duty
		if l.Open {
			amount.hull(&bound{seen: true})
		}
		l.Amount = amount.asRange()
	}
	if b.ordinary >= 0 {
		l := &s.Lines[b.ordinary]
		if s.Ordinary = l.Amount; e.plan != nil && e.w.due[0].general != nil {
			of := &e.w.due[0]
			l.Heading, l.Rate = e.q.article.Heading(of.general), e.q.article.GeneralRate(of.general, e.legs[of.law].at).Text
		} else {
			c := &e.cands[b.cands[b.ordinary]]
			l.Heading, l.Rate = e.heading(c), e.ordinaryRate(c).Text
		}
	}
	if len(e.axes) > 0 {
		for _, a := range e.rankAxes() {
			if slot := e.axes[a.axis].slot; slot >= 0 {
				s.Questions = append(s.Questions, e.s.Set.Env.Fact(int(slot)).Name)
			} else {
				s.Questions = append(s.Questions, "goods")
			}
		}
	}
	if unit := e.missingUnit(); unit != "" {
		s.Questions = append(s.Questions, "quantity")
	}
}

// brief says of each duty, fee, licence and prohibition that applies, or may, what
// does not hang on amounts.
func (e *evaluation) brief(out *brief) {
	*out = brief{lines: out.lines[:0], cands: out.cands[:0], licences: out.licences[:0], ordinary: -1}
	for _, n := range e.live {
		c := &e.cands[n]
		switch {
		case c.applied == 0:
		case c.Entry.Kind == measure.Licence || c.Entry.Kind == measure.Prohibition:
			out.licences = append(out.licences, c.Entry.ID)
		case isDuty(c.Entry.Kind) && e.q.duty != nil:
			l := SummaryLine{Measure: c.Entry.ID, Programme: c.Entry.Programme, Open: c.applied < e.results.count || c.toggle >= 0, Fee: c.Entry.Kind == measure.Fee}
			if c.Entry.Base != nil {
				out.ordinary, l.Citation = len(out.lines), baseCitation(c)
			} else {
				l.Heading = e.heading(c)
				if c.State.Rate != nil {
					l.Rate = c.State.Rate.String()
				}
			}
			if c.State.Act != nil {
				l.Citation = c.State.Act.By.Citation
				for _, a := range e.supposedStays(c) {
					l.Citation += "; " + a.By.Citation
				}
			}
			out.lines, out.cands = append(out.lines, l), append(out.cands, n)
		}
	}
}

func baseCitation(c *candidate) string {
	if c.Entry.Base.By != nil {
		return c.Entry.Base.By.Citation
	}
	return ""
}

// Goods returns the goods code of the case as it was understood, dotted; "" where
// none was given.
func (d *Determination) Goods() string {
	if d.e.q.goods == "" {
		return ""
	}
	return d.e.q.goods.String()
}

// Understood returns the law date of the case, by the clock of the country
// entered, and the country of origin.
func (d *Determination) Understood() (day quantity.Date, origin string) {
	return d.e.q.on.Date(d.e.zone()), string(d.e.q.origin)
}
