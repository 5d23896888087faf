package determination

import (
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

	// Bill tells which summaries have the same lines and licences, but for the amounts
	// of all lines, and the heading and rate of the ordinary duty. The zero value: it
	// may be like no other.
	Bill Bill

	Lines     []SummaryLine
	own       []BillLine // memory for lines that no others share
	Licences  []string   // ids of the licence measures and prohibitions that apply, or may
	Questions []string   // names of the open facts, the most deciding first
}

// Bill is what summaries have in common; it is good for comparison alone.
type Bill struct{ of *bill }

// SummaryLine is a duty or fee that applies, or may apply, and what it comes to.
type SummaryLine struct {
	*BillLine
	Amount quantity.Range
}

// BillLine is a duty or fee of an answer but for its amount. Answers share it: it is
// only read.
type BillLine struct {
	Measure, Heading string
	Programme        string // its title, or that of a measure of none
	Rate             string // as the act states it
	Citation         string
	Open             bool // it does not apply for certain
	Fee              bool
	Ordinary         bool // it is the ordinary duty
}

func (b *bound) asRange() (out quantity.Range) {
	b.put(&out)
	return out
}

// put writes the bound into a range, number by number: to copy what was just written in
// pieces as a whole is waited for.
func (b *bound) put(out *quantity.Range) {
	out.Least, out.Most, out.Unbounded = b.least, b.least, b.unbounded
	switch {
	case b.unbounded:
		out.Most = quantity.Decimal{}
	case b.wide:
		out.Most = b.most
	}
}

// Percent gives an amount of the answer, that of a [SummaryLine] say, in per cent
// of the value, to four places. Where no value was given it does so for the amounts
// that are then computed, which mean nothing else.
func (d *Determination) Percent(amount quantity.Range) quantity.Range {
	toPerCent(&amount, d.e.q.value)
	return amount
}

// toPerCent turns an amount into per cent of a value.
func toPerCent(amount *quantity.Range, value quantity.Decimal) {
	switch {
	case value.IsZero():
		*amount = quantity.Range{}
	case amount.Unbounded:
		amount.Least = inPerCent(amount.Least, value)
		amount.Most = quantity.Decimal{}
	case amount.Most == amount.Least:
		amount.Least = inPerCent(amount.Least, value)
		amount.Most = amount.Least
	default:
		amount.Least, amount.Most = inPerCent(amount.Least, value), inPerCent(amount.Most, value)
	}
}

func inPerCent(amount, value quantity.Decimal) quantity.Decimal {
	return amount.Mul(hundred).Quo(value, ratePlaces, quantity.HalfUp)
}

// Summarise writes the summary of the answer into s.
func (d *Determination) Summarise(s *Summary) {
	r := &d.e.results
	d.summarise(s, &r.duty, &r.fees, &r.unrounded)
}

// summarise writes a summary with the sums given: the duty, the fees, and the duty
// before it is rounded.
func (d *Determination) summarise(s *Summary, duty, fees, unrounded *bound) {
	e := &d.e
	s.Outcome, s.Priced, s.Valued, s.Currency, s.Places, s.Bill = d.Outcome(), duty.seen, e.q.hasValue, e.q.currency, 2, Bill{}
	s.own, s.Licences, s.Questions = s.own[:0], s.Licences[:0], s.Questions[:0]
	s.Ordinary = quantity.Range{}
	if e.q.duty != nil && e.q.duty.Rounding != nil {
		s.Places = e.q.duty.Rounding.Places
	}
	if s.Priced {
		duty.put(&s.Duty)
		fees.put(&s.Fees)
		unrounded.put(&s.Percent)
		toPerCent(&s.Percent, e.q.value)
	} else {
		s.Duty, s.Fees, s.Percent = quantity.Range{}, quantity.Range{}, quantity.Range{}
	}
	b := e.bill()
	lines := b.lines
	shared := e.plan.bill != nil
	if shared {
		s.Bill = Bill{b}
	} else { // it is written anew for the next answer
		s.own = append(s.own, lines...)
		lines = s.own
	}
	s.Licences = append(s.Licences, b.licences...)
	s.Lines = grow(s.Lines, len(lines))
	for i := range lines {
		l := &s.Lines[i]
		l.BillLine = &lines[i]
		e.amountOfLine(int32(i)).duty.put(&l.Amount)
	}
	for _, i := range b.open {
		e.amountOfLine(i).duty.orNone().put(&s.Lines[i].Amount)
	}
	if b.ordinary >= 0 {
		l := &s.Lines[b.ordinary]
		s.Ordinary.Least, s.Ordinary.Most, s.Ordinary.Unbounded = l.Amount.Least, l.Amount.Most, l.Amount.Unbounded
		if shared { // but for two words
			s.own = append(s.own, *b.base)
			l.BillLine = &s.own[0]
		}
		l.Heading, l.Rate = e.ordinaryWords(b.ordinary)
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
