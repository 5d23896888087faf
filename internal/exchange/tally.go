package exchange

import "github.com/navicert/navicert/internal/quantity"

// tally is what the answers of a chunk come to. Chunks are counted side by side and
// added to the totals in their order; which currency the sums are of is not known
// before.
type tally struct {
	register             *register // of the names of what is counted
	rows, answered, open int
	problems             []Problem
	outcomes             names[string, int]
	questions            names[string, asked]
	sources              numbered[source]    // by the citation
	in                   names[string, sums] // by currency
}

// asked is an open fact: on how many rows, and on the goods of which headings.
type asked struct {
	rows     int
	headings map[string]int
}

// sums are of rows whose duties are in one currency.
type sums struct {
	rows       int
	fees       amounts
	origins    names[string, rowsOf]
	months     names[month, rowsOf]
	programmes numbered[rowsOf]
	deciding   names[string, Closing] // on which rows a fact decides most
}

// source is a citation.
type source struct{ told bool } // the totals have it

// rowsOf is rows and what they come to.
type rowsOf struct {
	rows int
	amounts
	total *Sum // to which they are added; nil where that is not looked up yet
}

// add adds a row.
func (r *rowsOf) add(amount *amounts) {
	r.rows++
	r.amounts.add(amount)
}

// amounts is a sum of ranges of amounts, most of which are known to the hundredth, and
// are so small that 64 bits hold the sum of a chunk. One whose most is not known adds
// nothing to the most.
type amounts struct {
	least, most int64           // of these, in hundredths
	others      *quantity.Range // of those that are not; nil: there are none
	unknown     int             // of how many the most is not known
}

// smallAmount is what such an amount is below, in hundredths.
const smallAmount = 1 << 45

// amountsOf is a sum of one.
func amountsOf(r *quantity.Range) amounts {
	least, known := hundredths(r.Least)
	most, too := least, known
	if r.Most != r.Least {
		most, too = hundredths(r.Most)
	}
	a := amounts{least: least, most: most}
	if r.Unbounded { // then the most is 0
		a.most, a.unknown, too = 0, 1, true
	}
	if !known || !too {
		a.least, a.most, a.others = 0, 0, &quantity.Range{Least: r.Least, Most: r.Most}
	}
	return a
}

func (a *amounts) add(b *amounts) {
	a.least, a.most, a.unknown = a.least+b.least, a.most+b.most, a.unknown+b.unknown
	switch {
	case b.others == nil:
	case a.others == nil:
		a.others = b.others
	default:
		sum := a.others.Add(*b.others)
		a.others = &sum
	}
}

func hundredths(d quantity.Decimal) (int64, bool) {
	n, err := d.Unscaled(2)
	return n, err == nil && -smallAmount < n && n < smallAmount
}

// sum is all of it, and what the amounts come to at most whose most is known.
func (a *amounts) sum() (all quantity.Range, rest quantity.Decimal) {
	all = quantity.Range{Least: quantity.NewDecimal(a.least, 2), Most: quantity.NewDecimal(a.most, 2)}
	if a.others != nil {
		all = a.others.Add(all)
	}
	if rest = all.Most; a.unknown > 0 {
		all.Most, all.Unbounded = quantity.Decimal{}, true
	}
	return all, rest
}

// numbered are values by number. Their memory is used again by the next chunk, in which
// the same numbers come again.
type numbered[V any] struct {
	values []V
	used   []int // in the order in which they were met
	is     []bool
}

// at returns the value of a number, the zero value where it was not met.
func (c *numbered[V]) at(i int) *V {
	if i >= len(c.values) {
		c.values, c.is = grown(c.values, i+1), grown(c.is, i+1)
	}
	if !c.is[i] {
		c.is[i], c.used = true, append(c.used, i)
	}
	return &c.values[i]
}

// each yields the numbers that were met with their values, in the order in which they
// were met first.
func (c *numbered[V]) each(yield func(int, *V) bool) {
	for _, i := range c.used {
		if !yield(i, &c.values[i]) {
			return
		}
	}
}

// reset forgets what was met.
func (c *numbered[V]) reset(clear func(*V)) {
	for _, i := range c.used {
		c.is[i] = false
		clear(&c.values[i])
	}
	c.used = c.used[:0]
}

// names are values by name.
type names[K comparable, V any] struct {
	numbered[V]
	index  map[K]int
	name   []K
	lately [1 << 10]int32 // the numbers of names, by what is quickly told of them
}

// of returns the value of a name, the zero value where it was not met. quick is a number
// that few other names have, so that its own is seldom looked up.
func (n *names[K, V]) of(name K, quick int) *V {
	i := &n.lately[uint(quick)%uint(len(n.lately))]
	if int(*i) >= len(n.name) || n.name[*i] != name {
		*i = int32(n.number(name))
	}
	return n.at(int(*i))
}

// number is the number of a name, from 0.
func (n *names[K, V]) number(name K) int {
	i, ok := n.index[name]
	if !ok {
		if n.index == nil {
			n.index = map[K]int{}
		}
		i = len(n.name)
		n.index[name], n.name = i, append(n.name, name)
	}
	return i
}

// quickly is a number that no other two letters have.
func quickly(country string) int {
	if len(country) != 2 {
		return 0
	}
	return int(country[0]&31)<<5 | int(country[1]&31)
}

// each yields the names that were met with their values.
func (n *names[K, V]) each(yield func(K, *V) bool) {
	for i, v := range n.numbered.each {
		if !yield(n.name[i], v) {
			return
		}
	}
}

func zero[V any](v *V) { *v = *new(V) }

// reset forgets the rows.
func (r *rowsOf) reset() { r.rows, r.amounts = 0, amounts{} }

// reset forgets what was counted.
func (t *tally) reset() {
	t.rows, t.answered, t.open, t.problems = 0, 0, 0, t.problems[:0]
	t.outcomes.reset(zero)
	t.questions.reset(func(a *asked) {
		a.rows = 0
		clear(a.headings)
	})
	t.sources.reset(func(*source) {})
	t.in.reset(func(s *sums) {
		s.rows, s.fees = 0, amounts{}
		s.origins.reset((*rowsOf).reset)
		s.months.reset((*rowsOf).reset)
		s.programmes.reset((*rowsOf).reset)
		s.deciding.reset(zero)
	})
}

// add adds an answer, which has its words.
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
	*t.outcomes.of(string(s.Outcome), len(s.Outcome)) += a.Lines
	if len(s.Questions) > 0 {
		t.open += a.Lines
		t.ask(a)
	}
	for i := range a.words.lines {
		t.sources.at(int(a.words.lines[i].citation))
	}
	if s.Priced && s.Valued {
		t.in.of(s.Currency, 0).add(a)
	}
}

// ask counts the open facts of an answer.
func (t *tally) ask(a *Answer) {
	for _, name := range a.Summary.Questions {
		q := t.questions.of(name, len(name))
		if q.rows++; len(a.Goods) < 4 {
			continue
		}
		if q.headings == nil {
			q.headings = map[string]int{}
		}
		q.headings[a.Goods[:4]]++
	}
}

// unknownBefore reports whether the most of a line of the same programme is not known
// among those before one.
func unknownBefore(a *Answer, line int) bool {
	for i := range line {
		if a.words.lines[i].programme == a.words.lines[line].programme && a.Summary.Lines[i].Amount.Unbounded {
			return true
		}
	}
	return false
}

func (t *sums) add(a *Answer) {
	s := &a.Summary
	t.rows += a.Lines
	fees, duty := amountsOf(&s.Fees), amountsOf(&s.Duty)
	t.fees.add(&fees)
	t.origins.of(a.Origin, quickly(a.Origin)).add(&duty)
	month := monthOf(a.Day)
	t.months.of(month, int(month)).add(&duty)
	for i := range s.Lines {
		amount, words := amountsOf(&s.Lines[i].Amount), &a.words.lines[i]
		programme := t.programmes.at(int(words.programme))
		if amount.unknown > 0 && words.further && unknownBefore(a, i) {
			amount.unknown = 0 // the row counts once
		}
		if programme.amounts.add(&amount); !words.further {
			programme.rows++
		}
	}
	if len(s.Questions) == 0 {
		return
	}
	d := t.deciding.of(s.Questions[0], len(s.Questions[0]))
	if d.First++; s.Duty.Unbounded {
		d.Unbounded++
	} else {
		d.Range = d.Range.Add(s.Duty.Most.Sub(s.Duty.Least))
	}
}
