package exchange

import "github.com/navicert/navicert/internal/quantity"

// tally is what the answers of a chunk come to. Chunks are counted side by side and
// added to the totals in their order; which currency the sums are of is not known
// before.
type tally struct {
	rows, answered, open int
	problems             []Problem
	outcomes             names[int]
	questions            names[asked]
	sources              names[struct{}]
	in                   names[sums] // by currency
}

// asked is an open fact: on how many rows, and on the goods of which headings.
type asked struct {
	rows     int
	headings map[string]int
}

// sums are of rows whose duties are in one currency.
type sums struct {
	rows                        int
	fees                        quantity.Range
	origins, months, programmes names[Sum]
	deciding                    names[Closing] // on which rows a fact decides most
}

// names are values by name. Their memory is used again by the next chunk, in which
// the same names come again.
type names[V any] struct {
	index  map[string]int
	name   []string
	values []V
	used   []int // in the order in which they were met
	is     []bool
	last   int // of the values: rows that follow one another are often alike
}

// of returns the value of a name, the zero value where it was not met.
func (n *names[V]) of(name string) *V {
	if n.last < len(n.name) && n.name[n.last] == name && n.is[n.last] {
		return &n.values[n.last]
	}
	i, ok := n.index[name]
	if !ok {
		if n.index == nil {
			n.index = map[string]int{}
		}
		i = len(n.values)
		n.index[name] = i
		n.name, n.values, n.is = append(n.name, name), append(n.values, *new(V)), append(n.is, false)
	}
	if !n.is[i] {
		n.is[i], n.used = true, append(n.used, i)
	}
	n.last = i
	return &n.values[i]
}

// each yields the names that were met with their values, in the order in which they
// were met first.
func (n *names[V]) each(yield func(string, *V) bool) {
	for _, i := range n.used {
		if !yield(n.name[i], &n.values[i]) {
			return
		}
	}
}

// reset forgets what was met.
func (n *names[V]) reset(clear func(*V)) {
	for _, i := range n.used {
		n.is[i] = false
		clear(&n.values[i])
	}
	n.used = n.used[:0]
}

func zero[V any](v *V) { *v = *new(V) }

// reset forgets what was counted.
func (t *tally) reset() {
	t.rows, t.answered, t.open, t.problems = 0, 0, 0, t.problems[:0]
	t.outcomes.reset(zero)
	t.questions.reset(func(a *asked) {
		a.rows = 0
		clear(a.headings)
	})
	t.sources.reset(zero)
	t.in.reset(func(s *sums) {
		s.rows, s.fees = 0, quantity.Range{}
		s.origins.reset(zero)
		s.months.reset(zero)
		s.programmes.reset(zero)
		s.deciding.reset(zero)
	})
}

// add adds an answer.
func (t *tally) add(a *Answer) {
	t.rows += a.Lines
	for _, f := range a.Row.Faults {
		t.problems = append(t.problems, Problem{a.Row.Number, f})
	}
	if !a.Answered {
		return
	}
	s := &a.Summary
	t.answered += a.Lines
	*t.outcomes.of(string(s.Outcome)) += a.Lines
	if len(s.Questions) > 0 {
		t.open += a.Lines
		t.ask(a)
	}
	for i := range s.Lines {
		t.sources.of(s.Lines[i].Citation)
	}
	if s.Priced && s.Valued {
		t.in.of(s.Currency).add(a)
	}
}

// ask counts the open facts of an answer.
func (t *tally) ask(a *Answer) {
	for _, name := range a.Summary.Questions {
		q := t.questions.of(name)
		if q.rows++; len(a.Goods) < 4 {
			continue
		}
		if q.headings == nil {
			q.headings = map[string]int{}
		}
		q.headings[a.Goods[:4]]++
	}
}

func (t *sums) add(a *Answer) {
	s := &a.Summary
	t.rows, t.fees = t.rows+a.Lines, t.fees.Add(s.Fees)
	for _, sum := range [...]*Sum{t.origins.of(a.Origin), t.months.of(a.Month)} {
		sum.Rows++
		sum.Amount = sum.Amount.Add(s.Duty)
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		name := l.Programme
		if name == "" {
			name = l.Measure
		}
		sum := t.programmes.of(name)
		sum.Rows++
		sum.Amount = sum.Amount.Add(l.Amount)
	}
	if len(s.Questions) == 0 {
		return
	}
	d := t.deciding.of(s.Questions[0])
	if d.First++; s.Duty.Unbounded {
		d.Unbounded++
	} else {
		d.Range = d.Range.Add(s.Duty.Most.Sub(s.Duty.Least))
	}
}
