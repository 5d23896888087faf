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

// Add adds an answer.
func (t *Totals) Add(a *Answer) {
	t.Rows += a.Lines
	for _, f := range a.Row.Faults {
		t.Faults[f.Kind]++
		if len(t.Problems) < mostProblems {
			t.Problems = append(t.Problems, Problem{a.Row.Number, f})
		}
	}
	if !a.Answered {
		return
	}
	s := &a.Summary
	t.Answered += a.Lines
	t.Outcomes[string(s.Outcome)] += a.Lines
	if len(s.Questions) > 0 {
		t.Open += a.Lines
	}
	for i := range s.Lines {
		t.Sources[s.Lines[i].Citation] = true
	}
	priced := s.Priced && s.Valued
	if priced {
		t.Currency = cmp.Or(t.Currency, s.Currency)
	}
	if priced && s.Currency != t.Currency {
		sum := at(t.Apart, s.Currency)
		sum.Rows += a.Lines
		sum.Amount = sum.Amount.Add(s.Duty)
		priced = false
	}
	for i, name := range s.Questions {
		c := at(t.Questions, name)
		c.Rows++
		if len(a.Goods) >= 4 {
			if c.Headings == nil {
				c.Headings = map[string]int{}
			}
			c.Headings[a.Goods[:4]]++
		}
		if i > 0 || !priced {
			continue
		}
		c.First++
		if s.Duty.Unbounded {
			c.Unbounded++
		} else {
			c.Range = c.Range.Add(s.Duty.Most.Sub(s.Duty.Least))
		}
	}
	if !priced {
		return
	}
	t.Duty, t.Fees = t.Duty.Add(s.Duty), t.Fees.Add(s.Fees)
	for _, sum := range [...]*Sum{at(t.Origins, a.Origin), at(t.Months, a.Month)} {
		sum.Rows++
		sum.Amount = sum.Amount.Add(s.Duty)
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		name := l.Programme
		if name == "" {
			name = l.Measure
		}
		sum := at(t.Programmes, name)
		sum.Rows++
		sum.Amount = sum.Amount.Add(l.Amount)
	}
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
