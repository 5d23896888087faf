package exchange

import "github.com/navicert/navicert/internal/quantity"

// tally is what the answers of a chunk come to. Chunks are counted side by side and
// added to the totals in their order; which currency the sums are of is not known
// before.
type tally struct {
	rows, answered, open int
	problems             []Problem
	outcomes             names[string, int]
	questions            names[string, asked]
	sources              names[string, struct{}]
	in                   names[string, sums] // by currency
}

// asked is an open fact: on how many rows, and on the goods of which headings.
type asked struct {
	rows     int
	headings map[string]int
}

// sums are of rows whose duties are in one currency.
type sums struct {
	rows                int
	fees                amounts
	origins, programmes names[string, rowsOf]
	months              names[month, rowsOf]
	deciding            names[string, Closing] // on which rows a fact decides most
}

// rowsOf is rows and what they come to.
type rowsOf struct {
	rows int
	amounts
}

func (r *rowsOf) add(amount *quantity.Range) {
	r.rows++
	r.amounts.add(amount)
}

// amounts is a sum of ranges of amounts, most of which are known to the hundredth, and
// are so small that 64 bits hold the sum of a chunk.
type amounts struct {
	least, most int64 // of these, in hundredths
	others      quantity.Range
}

// smallAmount is what such an amount is below, in hundredths.
const smallAmount = 1 << 45

func (a *amounts) add(r *quantity.Range) {
	least, known := hundredths(r.Least)
	most, too := hundredths(r.Most)
	if !known || !too || r.Unbounded {
		a.others = a.others.Add(*r)
		return
	}
	a.least, a.most = a.least+least, a.most+most
}

func hundredths(d quantity.Decimal) (int64, bool) {
	n, err := d.Unscaled(2)
	return n, err == nil && -smallAmount < n && n < smallAmount
}

// sum is all of it.
func (a *amounts) sum() quantity.Range {
	return a.others.Add(quantity.Range{Least: quantity.NewDecimal(a.least, 2), Most: quantity.NewDecimal(a.most, 2)})
}

// names are values by name. Their memory is used again by the next chunk, in which
// the same names come again.
type names[K comparable, V any] struct {
	index  map[K]int
	name   []K
	values []V
	used   []int // in the order in which they were met
	is     []bool
	recent [8][2]int // of the values, those found last by [names.again], by the place asked for
}

// of returns the value of a name, the zero value where it was not met.
func (n *names[K, V]) of(name K) *V {
	return n.met(n.find(name))
}

// again is of for texts that come again and again at one place of answers, and are the
// same in memory too: such a one is found without being read.
func (n *names[K, V]) again(place int, name K) *V {
	recent := &n.recent[place%len(n.recent)]
	for _, i := range recent {
		if i < len(n.name) && n.name[i] == name {
			return n.met(i)
		}
	}
	recent[1], recent[0] = recent[0], n.find(name)
	return n.met(recent[0])
}

func (n *names[K, V]) find(name K) int {
	i, ok := n.index[name]
	if !ok {
		if n.index == nil {
			n.index = map[K]int{}
		}
		i = len(n.values)
		n.index[name] = i
		n.name, n.values, n.is = append(n.name, name), append(n.values, *new(V)), append(n.is, false)
	}
	return i
}

func (n *names[K, V]) met(i int) *V {
	if !n.is[i] {
		n.is[i], n.used = true, append(n.used, i)
	}
	return &n.values[i]
}

// each yields the names that were met with their values, in the order in which they
// were met first.
func (n *names[K, V]) each(yield func(K, *V) bool) {
	for _, i := range n.used {
		if !yield(n.name[i], &n.values[i]) {
			return
		}
	}
}

// reset forgets what was met.
func (n *names[K, V]) reset(clear func(*V)) {
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
		s.rows, s.fees = 0, amounts{}
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
	*t.outcomes.again(0, string(s.Outcome)) += a.Lines
	if len(s.Questions) > 0 {
		t.open += a.Lines
		t.ask(a)
	}
	for i := range s.Lines {
		t.sources.again(i, s.Lines[i].Citation)
	}
	if s.Priced && s.Valued {
		t.in.again(0, s.Currency).add(a)
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
	t.rows += a.Lines
	t.fees.add(&s.Fees)
	t.origins.of(a.Origin).add(&s.Duty)
	t.months.of(monthOf(a.Day)).add(&s.Duty)
	for i := range s.Lines {
		l := &s.Lines[i]
		name := l.Programme
		if name == "" {
			name = l.Measure
		}
		t.programmes.again(i, name).add(&l.Amount)
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
