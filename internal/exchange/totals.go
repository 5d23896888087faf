package exchange

import (
	"cmp"
	"maps"
	"slices"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// Totals is what a file of answers comes to. Sums are of the amounts of single
// rows, each of them rounded, and of one currency: that of the first row with a
// duty. What rows come to whose duties are computed in another is told apart.
type Totals struct {
	Rows, Answered, Open int
	Outcomes             map[string]int
	Faults               map[string]int // by kind
	Currency             string
	Duty, Fees           quantity.Range
	Rest                 Rest            // of the duty
	Apart                map[string]*Sum // the duty of rows in other currencies

	Programmes, Origins, Months map[string]*Sum
	Questions                   map[string]*Closing
	Problems                    []Problem       // the first of them
	Sources                     map[string]bool // the law cited

	Words Words `json:"-"`
}

// Words are what totals are told in.
type Words struct {
	Links     map[string]string                 // where a citation can be read
	Questions map[string]determination.Question // by the name of the open fact
}

// Question words the question for an open fact.
func (t *Totals) Question(fact string) determination.Question {
	if q, ok := t.Words.Questions[fact]; ok && q.Question != "" {
		return q
	}
	return determination.Question{Fact: fact, Question: fact}
}

// Sum is rows and what they come to.
type Sum struct {
	Rows   int
	Amount quantity.Range
	Rest
}

// Rest tells of a sum whose most is not known on how many rows it is not, and what the
// others come to at most.
type Rest struct {
	Unknown int
	Others  quantity.Decimal
}

func (r *Rest) add(unknown int, others quantity.Decimal) {
	r.Unknown, r.Others = r.Unknown+unknown, r.Others.Add(others)
}

// Closing is an open fact: on how many rows it is open, and how far the duty of
// those on which it decides most may still move.
type Closing struct {
	Rows, First int
	Range       quantity.Decimal
	Unbounded   int            // rows of which the most is not known
	Headings    map[string]int // rows by the heading of their goods
}

// ByHeading returns the headings of most rows first, at most n, and how many more
// there are.
func (c *Closing) ByHeading(n int) (first []string, more int) {
	all := slices.SortedFunc(maps.Keys(c.Headings), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Headings[b], c.Headings[a]), cmp.Compare(a, b))
	})
	n = min(n, len(all))
	return all[:n], len(all) - n
}

// Problem is a fault with its row.
type Problem struct {
	Row int
	Fault
}

// mostProblems is how many faults are kept one by one.
const mostProblems = 10_000

// NewTotals returns totals of nothing.
func NewTotals() *Totals {
	return &Totals{Outcomes: map[string]int{}, Faults: map[string]int{}, Programmes: map[string]*Sum{}, Origins: map[string]*Sum{}, Months: map[string]*Sum{},
		Questions: map[string]*Closing{}, Sources: map[string]bool{}, Apart: map[string]*Sum{}}
}

func at[V any](m map[string]*V, key string) *V {
	if m[key] == nil {
		m[key] = new(V)
	}
	return m[key]
}

// add adds what the answers of a chunk come to; the chunks of one memory are all of one file.
func (t *Totals) add(c *tally) {
	t.Rows, t.Answered, t.Open = t.Rows+c.rows, t.Answered+c.answered, t.Open+c.open
	for _, p := range c.problems {
		t.Faults[p.Kind]++
		if len(t.Problems) < mostProblems {
			t.Problems = append(t.Problems, p)
		}
	}
	for outcome, n := range c.outcomes.each {
		t.Outcomes[outcome] += *n
	}
	for name, asked := range c.questions.each {
		q := at(t.Questions, name)
		q.Rows += asked.rows
		for heading, n := range asked.headings {
			if q.Headings == nil {
				q.Headings = map[string]int{}
			}
			q.Headings[heading] += n
		}
	}
	for citation, source := range c.sources.each {
		if !source.told {
			source.told, t.Sources[c.register.name(citation)] = true, true
		}
	}
	for currency, s := range c.in.each {
		t.Currency = cmp.Or(t.Currency, currency)
		if currency == t.Currency {
			t.sum(s, c.register)
			continue
		}
		apart := at(t.Apart, currency)
		apart.Rows += s.rows
		for _, o := range s.origins.each { // each row has one
			apart.add(o, 0)
		}
	}
}

// sum adds sums in the currency of the totals.
func (t *Totals) sum(s *sums, names *register) {
	fees, _ := s.fees.sum()
	t.Fees = t.Fees.Add(fees)
	var duty amounts
	for origin, o := range s.origins.each { // each row has one
		duty.add(&o.amounts)
		if o.total == nil {
			o.total = at(t.Origins, origin)
		}
		o.total.add(o, o.rows)
	}
	all, rest := duty.sum()
	t.Duty = t.Duty.Add(all)
	t.Rest.add(duty.unknown, rest)
	for month, m := range s.months.each {
		if m.total == nil {
			m.total = at(t.Months, month.String())
		}
		m.total.add(m, m.rows)
	}
	for programme, p := range s.programmes.each {
		if p.total == nil {
			p.total = at(t.Programmes, names.name(programme))
		}
		p.total.add(p, p.rows)
	}
	for name, d := range s.deciding.each {
		q := at(t.Questions, name)
		q.First, q.Unbounded, q.Range = q.First+d.First, q.Unbounded+d.Unbounded, q.Range.Add(d.Range)
	}
}

// add adds what further rows come to.
func (s *Sum) add(o *rowsOf, rows int) {
	all, rest := o.sum()
	s.Rows, s.Amount = s.Rows+rows, s.Amount.Add(all)
	s.Rest.add(o.unknown, rest)
}

// Deciding returns the open facts that close most of the range first, at most n.
func (t *Totals) Deciding(n int) []string {
	names := slices.Collect(maps.Keys(t.Questions))
	slices.SortFunc(names, func(a, b string) int {
		p, q := t.Questions[a], t.Questions[b]
		return cmp.Or(cmp.Compare(q.Unbounded, p.Unbounded), q.Range.Cmp(p.Range), cmp.Compare(q.Rows, p.Rows), cmp.Compare(a, b))
	})
	return names[:min(n, len(names))]
}
