package exchange

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/inorder"
	"github.com/navicert/navicert/internal/quantity"
)

// World is law under which a file is answered: an engine, and what it lays over
// each case, such as the day that is asked about.
type World struct {
	Engine Answerer
	Lay    func(*determination.Case) // nil for nothing
}

// Compared is a row answered in two worlds.
type Compared struct {
	Row *Row
	// Answered is false for a row with faults.
	Answered, Changed    bool
	Exact                bool // the difference is as narrow as can be
	OutcomeBefore        determination.Outcome
	OutcomeAfter         determination.Outcome
	Valued               bool // both duties, and By, are amounts in Currency
	Currency             string
	Before, After        quantity.Range
	By, FeesBy           determination.Difference
	Programmes           []Programme
	Why                  []string
	Acts                 []determination.ActRef
	Month                string // of the row's own day, YYYY-MM
	Goods, Origin, Entry string
	Reference            string
}

// Programme is a difference that one programme makes.
type Programme struct {
	Name string
	By   determination.Difference
}

// CompareColumn is a column of a comparison.
type CompareColumn struct {
	OutColumn
	cell   func(c *Compared) string // of a column of texts
	number func(c *Compared) (quantity.Decimal, bool)
}

func column(name, about string, cell func(c *Compared) string) CompareColumn {
	return CompareColumn{OutColumn{Name: name, About: about}, cell, nil}
}

// amount is a column of amounts, each with whether it is known.
func amount(name, about string, of func(c *Compared) (quantity.Decimal, bool)) CompareColumn {
	return CompareColumn{OutColumn{Name: name, About: about, kind: money2}, nil, of}
}

// CompareColumns are the columns of a comparison. Differences are after less
// before; what is not known is empty.
func CompareColumns() []CompareColumn {
	return []CompareColumn{
		column("changed", "yes where the outcome, the duty, the fees or a measure differs", func(c *Compared) string {
			if c.Changed {
				return "yes"
			}
			return "no"
		}),
		column("outcome_before", "free, licence, refer or prohibited", func(c *Compared) string { return string(c.OutcomeBefore) }),
		column("outcome_after", "the same in the other world", func(c *Compared) string { return string(c.OutcomeAfter) }),
		amount("duty_before_least", "the least duty", func(c *Compared) (quantity.Decimal, bool) { return c.Before.Least, true }),
		amount("duty_before_most", "the most; empty where it is not known", func(c *Compared) (quantity.Decimal, bool) { return c.Before.Most, !c.Before.Unbounded }),
		amount("duty_after_least", "the least in the other world", func(c *Compared) (quantity.Decimal, bool) { return c.After.Least, true }),
		amount("duty_after_most", "the most in it", func(c *Compared) (quantity.Decimal, bool) { return c.After.Most, !c.After.Unbounded }),
		amount("difference_least", "the least by which the duty differs, over all completions of the facts", func(c *Compared) (quantity.Decimal, bool) { return c.By.Least, !c.By.LeastUnknown }),
		amount("difference_most", "the most by which it does", func(c *Compared) (quantity.Decimal, bool) { return c.By.Most, !c.By.MostUnknown }),
		column("difference_exact", "no where the two ends are safe and may be wider than the facts allow", func(c *Compared) string {
			if c.Exact {
				return "yes"
			}
			return "no"
		}),
		amount("fees_difference_least", "the least by which the fees differ", func(c *Compared) (quantity.Decimal, bool) { return c.FeesBy.Least, !c.FeesBy.LeastUnknown }),
		amount("fees_difference_most", "the most by which they do", func(c *Compared) (quantity.Decimal, bool) { return c.FeesBy.Most, !c.FeesBy.MostUnknown }),
		column("duty_currency", "the currency of the amounts", func(c *Compared) string { return c.Currency }),
		column("why", "what moved, with its law", func(c *Compared) string { return strings.Join(c.Why, "; ") }),
		column("acts", "the instruments behind it", func(c *Compared) string { return strings.Join(c.instruments(), "; ") }),
		column(problemsColumn, "what is wrong with the row; it has no answer then", nil),
	}
}

// instruments are the citations of the acts, each once.
func (c *Compared) instruments() (out []string) {
	for i := range c.Acts {
		if !slices.Contains(out, c.Acts[i].Citation) {
			out = append(out, c.Acts[i].Citation)
		}
	}
	return out
}

// record makes a record of the row: its cells, then those of the columns.
func (c *Compared) record(r *Record, columns []CompareColumn) {
	r.begin(c.Row.Cells)
	for i := range columns {
		switch x := &columns[i]; {
		case x.Name == problemsColumn:
			r.word(problems(c.Row.Faults))
		case !c.Answered:
			r.text()
		case x.number != nil:
			d, known := x.number(c)
			r.number(d, 2, known && c.Valued)
		default:
			r.word(x.cell(c))
		}
	}
}

// CreateComparison begins a file of rows compared, as [Create] does for answers.
func CreateComparison(ctx context.Context, name string, stdout io.Writer, format Format, rows []string, columns []CompareColumn) (*Output, error) {
	out := make([]OutColumn, len(columns))
	for i := range columns {
		out[i] = columns[i].OutColumn
	}
	return Create(ctx, name, stdout, format, rows, out)
}

// CompareOptions say how a table is compared.
type CompareOptions struct {
	FailFast bool // end with the first row that has problems
	Workers  int
	All      bool // write the rows that do not change too
	// Scattered are the rows of entries whose lines do not follow one another, as of
	// [RunOptions].
	Scattered *Scattered
	// Default fills in what a case leaves out, before the worlds lay over it what
	// is theirs; nil for nothing.
	Default func(*determination.Case)
	// Each is told how many further rows are compared; nil for nobody.
	Each func(rows int)
}

type compareChunk struct {
	entryRows
	compared []Compared
	part     Part  // the rows that are written; nil where nothing is
	failed   error // that ends the run after these rows
}

// compareWorker is the memory of one goroutine.
type compareWorker struct {
	before, after World
	m             *Mapping
	o             *CompareOptions
	reader        *caseReader
	cases         []determination.Case // of rows, as they are
	laid          []determination.Case // the same in one of the worlds
	answers       [2]determination.Determination
	lines         [2]determination.Lines
	errs          []error
	record        Record
}

// Compare answers every row of in in both worlds, and writes to out those that
// change or have problems, in order. Rows with one entry number are lines of one
// entry in both. out may be nil.
func Compare(ctx context.Context, before, after World, in Source, m *Mapping, out Sink, columns []CompareColumn, t *CompareTotals, o CompareOptions) error {
	workers := make([]compareWorker, max(o.Workers, 1))
	for i := range workers {
		workers[i] = compareWorker{before: before, after: after, m: m, o: &o, reader: m.caseReader()}
	}
	r := newReading(in, m, o.Scattered)
	next := func(c *compareChunk) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		return r.next(&c.entryRows)
	}
	work := func(n int, c *compareChunk) {
		for len(c.compared) < c.n {
			c.compared = append(c.compared, Compared{})
		}
		var broken error
		for _, g := range c.groups {
			if broken = workers[n].group(c.rows[g.first:g.last], c.compared[g.first:g.last], g.entry); broken != nil {
				c.n = g.first
				break
			}
		}
		c.failed = cmp.Or(workers[n].write(c, out, columns), broken)
	}
	done := func(c *compareChunk) error {
		if out != nil {
			if err := out.WritePart(c.part); err != nil {
				return err
			}
		}
		for i := range c.n {
			t.Add(&c.compared[i])
		}
		if o.Each != nil {
			o.Each(c.n)
		}
		return c.failed
	}
	return inorder.Run(len(workers), next, work, done)
}

// write encodes the rows of a chunk that are written; out may be nil. Where it fails,
// or a row with problems ends the run, the chunk ends with the row.
func (w *compareWorker) write(c *compareChunk, out Sink, columns []CompareColumn) error {
	if out != nil && c.part == nil {
		c.part = out.NewPart()
	}
	for i := range c.n {
		x := &c.compared[i]
		faulty := len(x.Row.Faults) > 0
		if out != nil && (w.o.All || x.Changed || faulty) {
			x.record(&w.record, columns)
			if err := c.part.Add(&w.record); err != nil {
				c.n = i
				return err
			}
		}
		if w.o.FailFast && faulty {
			c.n = i + 1
			return &RowError{Problem{x.Row.Number, x.Row.Faults[0]}}
		}
	}
	return nil
}

// CompareCases answers the lines of one entry, each a whole case, in both worlds, and
// adds them to the totals.
func CompareCases(before, after World, cases []determination.Case, t *CompareTotals) []Compared {
	w := compareWorker{before: before, after: after, m: &Mapping{}, o: &CompareOptions{}, cases: cases}
	rows, out := make([]Row, len(cases)), make([]Compared, len(cases))
	for i := range rows {
		rows[i].Number = i + 1
	}
	w.answer(rows, make([]bool, len(cases)), nil)
	w.compare(rows, out, nil)
	for i := range out {
		t.Add(&out[i])
	}
	return out
}

// group answers rows that are lines of one entry, or one row, in both worlds.
func (w *compareWorker) group(rows []Row, out []Compared, entry string) error {
	scattered := w.o.Scattered.of(entry)
	if scattered != nil {
		err := scattered.share(func(all []Row) (shared [2]*determination.Shared, same bool) {
			w.answer(all, w.read(all), nil)
			lines := determination.CompareLines(&w.lines[0], &w.lines[1])
			return [2]*determination.Shared{w.lines[0].Shared(), w.lines[1].Shared()}, lines.Same()
		})
		if err != nil {
			return err
		}
	}
	unread := w.read(rows)
	w.answer(rows, unread, scattered)
	w.compare(rows, out, scattered)
	return nil
}

// read makes the cases of rows, and tells which cannot be read.
func (w *compareWorker) read(rows []Row) (unread []bool) {
	w.cases, unread = grown(w.cases, len(rows)), make([]bool, len(rows))
	for i := range rows {
		row, c := &rows[i], &w.cases[i]
		if len(row.Faults) == 0 {
			w.reader.read(row, c)
			if w.o.Default != nil {
				w.o.Default(c)
			}
			if len(row.Faults) > 0 {
				w.m.further(w.before.Engine, row, c)
			}
		}
		if unread[i] = len(row.Faults) > 0; unread[i] {
			*c = determination.Case{}
		}
	}
	return unread
}

// answer answers the cases at hand in both worlds; those that could not be read are
// at fault in either. Of an entry whose lines do not follow one another it is known
// what all share.
func (w *compareWorker) answer(rows []Row, unread []bool, of *scatteredEntry) {
	n := len(rows)
	w.laid = grown(w.laid, n)
	for side, world := range [...]World{w.before, w.after} {
		for i := range n {
			w.laid[i] = w.cases[i]
			if world.Lay != nil && !unread[i] {
				world.Lay(&w.laid[i])
			}
		}
		switch {
		case of != nil:
			w.errs = world.Engine.AppendSome(&w.lines[side], of.shared[side], of.line(rows), w.laid[:n], w.errs)
		case n > 1:
			w.errs = world.Engine.AppendLines(&w.lines[side], w.laid[:n], w.errs)
		default:
			w.errs = append(w.errs[:0], nil)
			if !unread[0] {
				w.errs[0] = world.Engine.Append(&w.answers[side], &w.laid[0])
			}
		}
		for i, err := range w.errs {
			if err == nil || unread[i] {
				continue
			}
			for _, f := range w.m.faults(err) {
				if row := &rows[i]; !slices.Contains(row.Faults, f) { // of both worlds once
					row.Faults = append(row.Faults, f)
				}
			}
		}
	}
}

// compare compares the answers at hand.
func (w *compareWorker) compare(rows []Row, out []Compared, of *scatteredEntry) {
	single := len(rows) == 1 && of == nil
	var lines determination.LinesComparison
	switch {
	case of != nil:
		lines = determination.CompareSome(&w.lines[0], &w.lines[1], of.same)
	case !single:
		lines = determination.CompareLines(&w.lines[0], &w.lines[1])
	}
	for i := range out {
		x := &out[i]
		*x = Compared{Row: &rows[i]}
		if len(x.Row.Faults) > 0 {
			continue
		}
		c := &w.cases[i]
		if x.Reference = c.Reference; single {
			x.fill(determination.Compare(&w.answers[0], &w.answers[1]), &w.answers[0], &w.answers[1])
		} else {
			x.fill(lines.Line(i), w.lines[0].Line(i), w.lines[1].Line(i))
		}
		if own, err := quantity.ParseMoment(cmp.Or(c.Entered, c.On, c.Exported)); err == nil {
			x.Month = own.String()[:len("2006-01")]
		}
	}
}

func (x *Compared) fill(c *determination.Comparison, before, after *determination.Determination) {
	x.Answered, x.Changed, x.Exact = true, c.Changed(), c.Exact()
	x.OutcomeBefore, x.OutcomeAfter = before.Outcome(), after.Outcome()
	x.Before, x.After = c.Duties()
	x.By, x.Currency, x.Valued = c.Duty()
	x.FeesBy, _, _ = c.Fees()
	day, origin := before.Understood()
	x.Month, x.Origin, x.Goods = monthOf(day).String(), origin, before.Goods()
	if !x.Changed {
		return
	}
	x.Why, x.Acts = c.Why(), c.Acts()
	c.Programmes(func(name string, by determination.Difference) {
		if !by.None() {
			x.Programmes = append(x.Programmes, Programme{name, by})
		}
	})
}

// CompareTotals is what a file comes to in two worlds. Differences are of the
// duty, row by row; they hold whatever the open facts of the rows are.
type CompareTotals struct {
	Rows, Answered, Changed int
	Loose                   int            // rows whose difference may be wider than need be
	Open                    int            // rows whose difference is a range
	Outcomes                map[string]int // rows whose outcome changes, by "free → licence"
	Faults                  map[string]int // by kind
	Problems                []Problem      // the first of them
	Currency                string         // of the sums: that of the first row with a duty
	Before, After           quantity.Range
	By, FeesBy              determination.Difference
	Apart                   map[string]*Delta // rows in other currencies
	Months, Origins         map[string]*Delta
	Programmes              map[string]*Delta
	Acts                    map[string]*ActCount // by citation
	Largest                 []Compared           // the rows that differ most, the first first
}

// Delta is rows, and what they come to in two worlds. Of a programme the difference
// alone is counted, with its fees.
type Delta struct {
	Rows, Changed int
	Before, After quantity.Range
	By            determination.Difference
}

func (d *Delta) add(x *Compared) {
	d.Rows++
	if x.Changed {
		d.Changed++
	}
	d.Before, d.After, d.By = d.Before.Add(x.Before), d.After.Add(x.After), d.By.Add(x.By)
}

// ActCount is an act and the rows that it moves.
type ActCount struct {
	Act  determination.ActRef
	Rows int
}

// mostLargest is how many rows are kept for reading.
const mostLargest = 20

// NewCompareTotals returns totals of nothing.
func NewCompareTotals() *CompareTotals {
	return &CompareTotals{Apart: map[string]*Delta{}, Outcomes: map[string]int{}, Faults: map[string]int{}, Months: map[string]*Delta{}, Origins: map[string]*Delta{}, Programmes: map[string]*Delta{},
		Acts: map[string]*ActCount{}}
}

// Add adds a row.
func (t *CompareTotals) Add(x *Compared) {
	t.Rows++
	for _, f := range x.Row.Faults {
		t.Faults[f.Kind]++
		if len(t.Problems) < mostProblems {
			t.Problems = append(t.Problems, Problem{x.Row.Number, f})
		}
	}
	if !x.Answered {
		return
	}
	t.Answered++
	if !x.Exact {
		t.Loose++
	}
	if x.Changed {
		t.Changed++
	}
	if x.OutcomeBefore != x.OutcomeAfter {
		t.Outcomes[string(x.OutcomeBefore)+" → "+string(x.OutcomeAfter)]++
	}
	var seen []string
	for i := range x.Acts {
		a := &x.Acts[i]
		if slices.Contains(seen, a.Citation) {
			continue
		}
		seen = append(seen, a.Citation)
		n := at(t.Acts, a.Citation)
		n.Act, n.Rows = *a, n.Rows+1
	}
	if x.Valued {
		t.Currency = cmp.Or(t.Currency, x.Currency)
	}
	if x.Valued && x.Currency != t.Currency {
		at(t.Apart, x.Currency).add(x)
	} else if x.Valued {
		t.Before, t.After = t.Before.Add(x.Before), t.After.Add(x.After)
		t.By, t.FeesBy = t.By.Add(x.By), t.FeesBy.Add(x.FeesBy)
		if !x.By.Least.Equal(x.By.Most) || x.By.LeastUnknown || x.By.MostUnknown {
			t.Open++
		}
		for _, d := range [...]*Delta{at(t.Months, x.Month), at(t.Origins, x.Origin)} {
			d.add(x)
		}
		for _, p := range x.Programmes {
			d := at(t.Programmes, p.Name)
			d.Rows, d.Changed = d.Rows+1, d.Changed+1
			d.By = d.By.Add(p.By)
		}
	}
	if x.Changed {
		t.keep(x)
	}
}

// keep keeps the row if it is among those that differ most.
func (t *CompareTotals) keep(x *Compared) {
	i, _ := slices.BinarySearchFunc(t.Largest, x, func(a Compared, b *Compared) int {
		if d := b.size().Cmp(a.size()); d != 0 {
			return d
		}
		return -1 // of equal ones the first is first
	})
	if i >= mostLargest {
		return
	}
	row := x.Row.kept()
	row.Faults = nil
	kept := *x
	kept.Row = &row
	t.Largest = slices.Insert(t.Largest, i, kept)
	t.Largest = t.Largest[:min(len(t.Largest), mostLargest)]
}

// size is how much the row may differ at the most; a change of the outcome alone
// is nothing.
func (x *Compared) size() quantity.Decimal {
	least, most := x.By.Least, x.By.Most
	if least.Sign() < 0 {
		least = least.Neg()
	}
	if most.Sign() < 0 {
		most = most.Neg()
	}
	return least.Max(most)
}

// ByRows returns the acts that move most rows first.
func (t *CompareTotals) ByRows() []*ActCount {
	out := slices.Collect(maps.Values(t.Acts))
	slices.SortFunc(out, func(a, b *ActCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Act.Citation, b.Act.Citation))
	})
	return out
}

// sheets implements [Sheets].
func (t *CompareTotals) sheets(s *workbookSink) error {
	in := " (" + t.Currency + ")"
	for _, sums := range []struct {
		name, what, c string
		by            map[string]*Delta
		sides         bool
	}{{"By month", "Month", in, t.Months, true}, {"By programme", "Programme", in, t.Programmes, false}, {"By origin", "Origin", in, t.Origins, true},
		{"Other currencies", "Currency, no part of the sums", "", t.Apart, true}} {
		if len(sums.by) == 0 && sums.c == "" {
			continue
		}
		header := []string{sums.what, "Rows", "Rows that change"}
		if sums.sides {
			header = append(header, "Duty before, least"+sums.c, "Duty before, most"+sums.c, "Duty after, least"+sums.c, "Duty after, most"+sums.c)
		}
		header = append(header, "Difference, least"+sums.c, "Difference, most"+sums.c)
		err := s.sheet(sums.name, header, func(add func(...any) error) error {
			for _, key := range slices.Sorted(maps.Keys(sums.by)) {
				d := sums.by[key]
				cells := []any{key, d.Rows, d.Changed}
				if sums.sides {
					cells = append(append(cells, s.ends(d.Before)...), s.ends(d.After)...)
				}
				if err := add(append(cells, s.difference(d.By)...)...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	err := s.sheet("Acts", []string{"Act", "Rows that it moves", "Standing", "Title", "Where it can be read"}, func(add func(...any) error) error {
		for _, a := range t.ByRows() {
			if err := add(a.Act.Citation, a.Rows, a.Act.Standing, a.Act.Title, s.link(a.Act.URL)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.problems(t.Problems)
}

func (s *workbookSink) difference(d determination.Difference) []any {
	least, most := any("not known"), any("not known")
	if !d.LeastUnknown {
		least = s.number(d.Least.StringFixed(2), amountCell)
	}
	if !d.MostUnknown {
		most = s.number(d.Most.StringFixed(2), amountCell)
	}
	return []any{least, most}
}
