package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/inorder"
	"github.com/navicert/navicert/internal/quantity"
)

// Answerer answers cases; navicert.Engine is one.
type Answerer interface {
	ReadAhead(cases []determination.Case)
	Append(dst *determination.Determination, c *determination.Case) error
	AppendLines(dst *determination.Lines, cases []determination.Case, errs []error) []error
	AppendSome(dst *determination.Lines, of *determination.Shared, first int, cases []determination.Case, errs []error) []error
	DetermineEntry(c determination.Consignment) (*determination.EntryDetermination, error)
}

// RunOptions say how a table is answered.
type RunOptions struct {
	Detail   Detail
	ByEntry  bool // one row of answers for each entry; columns are those of [EntryColumns]
	FailFast bool // end with the first row that has problems
	Workers  int
	// Scattered are the rows of entries whose lines do not follow one another, as
	// [Gather] finds them. Without, such an entry ends the run with a
	// [ScatteredError].
	Scattered *Scattered
	// Default fills in what a case leaves out before it is answered; nil for
	// nothing.
	Default func(*determination.Case)
	// Each is told how many further rows of answers are written; nil for nobody.
	Each func(rows int)
}

// chunkRows is how many rows one worker takes at a time, or a few more, so that
// an entry is not parted.
const chunkRows = 256

type chunk struct {
	entryRows
	part   Part  // the answers
	tally  tally // what they come to
	out    int   // how many they are
	failed error // that ends the run after them
}

// worker is the memory of one goroutine.
type worker struct {
	e     Answerer
	m     *Mapping
	o     *RunOptions
	d     determination.Determination
	lines determination.Lines
	cases []determination.Case // of the rows at hand
	apart []determination.Case // of an entry whose lines do not follow one another
	errs  []error

	reader  *caseReader
	out     Sink
	columns []OutColumn
	words   wordings
	answer  Answer // the one at hand
	record  Record
}

// RowError is a row with problems that ended a run.
type RowError struct{ Problem }

// Error names the row.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %s", e.Row, e.Fault.Error()) }

// Run answers every row of in and writes it to out, in order. Where the source
// ends before its time the rows before are written, and the error says where.
func Run(ctx context.Context, e Answerer, in Source, m *Mapping, out Sink, columns []OutColumn, t *Totals, o RunOptions) error {
	workers := make([]worker, max(o.Workers, 1))
	names := new(register)
	for i := range workers {
		workers[i] = worker{e: e, m: m, o: &o, reader: m.caseReader(), out: out, columns: columns, words: wordings{register: names}}
	}
	r := newReading(in, m, o.Scattered)
	next := func(c *chunk) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		return r.next(&c.entryRows)
	}
	work := func(n int, c *chunk) { workers[n].chunk(c) }
	done := func(c *chunk) error {
		if err := out.WritePart(c.part); err != nil {
			return err
		}
		t.add(&c.tally)
		if o.Each != nil {
			o.Each(c.out)
		}
		return c.failed
	}
	return inorder.Run(len(workers), next, work, done)
}

// chunk answers the rows of a chunk.
func (w *worker) chunk(c *chunk) {
	if c.part == nil {
		c.part = w.out.NewPart()
	}
	c.out, c.failed = 0, nil
	c.tally.reset()
	c.tally.register = w.words.register
	w.cases = grown(w.cases, c.n)
	cases := w.cases[:c.n]
	w.readAll(c.rows[:c.n], cases)
	w.e.ReadAhead(cases)
	for _, g := range c.groups {
		if w.group(c, g, cases[g.first:g.last]); c.failed != nil {
			return
		}
	}
}

// begin takes the next answer in hand.
func (w *worker) begin(row *Row, entry string) *Answer {
	w.answer.begin(row, entry)
	return &w.answer
}

// end adds the answer at hand to the chunk.
func (w *worker) end(c *chunk) {
	if c.failed != nil {
		return
	}
	a := &w.answer
	a.record(&w.record, w.columns)
	if c.failed = c.part.Add(&w.record); c.failed != nil {
		return
	}
	c.out++
	c.tally.add(a)
	if w.o.FailFast && len(a.Row.Faults) > 0 {
		c.failed = &RowError{Problem{a.Row.Number, a.Row.Faults[0]}}
	}
}

// group answers the lines of one entry, or one row, of which the cases are read.
func (w *worker) group(c *chunk, g group, cases []determination.Case) {
	rows := c.rows[g.first:g.last]
	scattered := w.o.Scattered.of(g.entry)
	switch {
	case scattered != nil && w.o.ByEntry:
		if scattered.first != rows[0].Number {
			return // the first stands for all
		}
		all, err := scattered.rows()
		if c.failed = err; err == nil {
			w.entry(g.entry, all, w.readApart(all))
			w.end(c)
		}
	case scattered != nil:
		c.failed = scattered.share(func(all []Row) (shared [2]*determination.Shared, same bool) {
			w.determine(all, w.readApart(all), nil, 0)
			return [2]*determination.Shared{w.lines.Shared()}, false
		})
		if c.failed != nil {
			return
		}
		w.determine(rows, cases, scattered.shared[0], scattered.line(rows))
		for i := range rows {
			w.line(w.begin(&rows[i], g.entry), i)
			w.end(c)
		}
	case w.o.ByEntry:
		w.entry(g.entry, rows, cases)
		w.end(c)
	case len(rows) == 1:
		w.alone(w.begin(&rows[0], g.entry), &cases[0])
		w.end(c)
	default:
		w.determine(rows, cases, nil, 0)
		for i := range rows {
			w.line(w.begin(&rows[i], g.entry), i)
			w.end(c)
		}
	}
}

// alone answers a row by itself.
func (w *worker) alone(a *Answer, of *determination.Case) {
	if len(a.Row.Faults) > 0 {
		return
	}
	if err := w.e.Append(&w.d, of); err != nil {
		w.fault(a.Row, err)
		return
	}
	w.d.Summarise(&a.Summary)
	w.answered(a, &w.d)
	if w.o.Detail == Complete {
		doc := w.d.Document()
		a.whole = wholeAnswer{doc, doc.AppendSealed, doc.Seal}
	}
}

// grown is values of which there are n at least.
func grown[V any](values []V, n int) []V {
	return append(values, make([]V, max(n-len(values), 0))...)
}

// readAll fills cases with what rows say. That of a row which cannot be read is left
// empty.
func (w *worker) readAll(rows []Row, cases []determination.Case) {
	for i := range rows {
		if w.read(&rows[i], &cases[i]); len(rows[i].Faults) > 0 {
			cases[i] = determination.Case{}
		}
	}
}

// readApart reads rows of an entry that are not those at hand.
func (w *worker) readApart(rows []Row) []determination.Case {
	w.apart = grown(w.apart, len(rows))
	w.readAll(rows, w.apart[:len(rows)])
	return w.apart[:len(rows)]
}

// read fills a case with what a row says.
func (w *worker) read(row *Row, c *determination.Case) {
	if len(row.Faults) > 0 {
		return
	}
	w.reader.read(row, c)
	if w.o.Default != nil {
		w.o.Default(c)
	}
	if len(row.Faults) > 0 {
		w.m.further(w.e, row, c)
	}
}

// determine answers the rows as lines of one entry: all of them, or where it is told
// what all share, those from a first on. A row that cannot be read leaves the others
// without what they share: its case, which is empty, is at fault too.
func (w *worker) determine(rows []Row, cases []determination.Case, of *determination.Shared, first int) {
	if of == nil {
		w.errs = w.e.AppendLines(&w.lines, cases, w.errs)
	} else {
		w.errs = w.e.AppendSome(&w.lines, of, first, cases, w.errs)
	}
	for i, err := range w.errs {
		if err != nil && len(rows[i].Faults) == 0 {
			w.fault(&rows[i], err)
		}
	}
}

// line takes the answer to a line of the entry determined last.
func (w *worker) line(a *Answer, i int) {
	if len(a.Row.Faults) > 0 {
		return
	}
	w.lines.Summarise(i, &a.Summary)
	w.answered(a, w.lines.Line(i))
	if w.o.Detail == Complete {
		doc := w.lines.LineDocument(i)
		a.whole = wholeAnswer{doc, doc.AppendCanonical, nil}
	}
}

// entry answers the rows as one entry, in one row.
func (w *worker) entry(number string, rows []Row, cases []determination.Case) {
	w.determine(rows, cases, nil, 0)
	first := &rows[0]
	a := w.begin(first, number)
	a.Lines, a.Whole = len(rows), true
	var faults []Fault
	for i := range rows {
		for _, f := range rows[i].Faults {
			f.Message = fmt.Sprintf("row %d: %s", rows[i].Number, f.Message)
			faults = append(faults, f)
		}
	}
	if first.Faults = faults; len(faults) > 0 {
		return
	}
	if err := w.lines.SummariseEntry(&a.Summary); err != nil {
		w.fault(first, err)
		return
	}
	a.Value = quantity.Range{Unbounded: true}
	if total, ok := w.lines.Value(); ok {
		a.Value = quantity.Exactly(total)
	}
	if w.o.Detail == Complete {
		if err := w.entryDocument(a, cases); err != nil {
			w.fault(first, err)
			return
		}
	}
	w.answered(a, w.lines.Line(0))
	for i := range rows {
		if _, origin := w.lines.Line(i).Understood(); origin != a.Origin {
			a.Origin = severalOrigins
			break
		}
	}
}

// severalOrigins stands for the origin of an entry whose lines have not one.
const severalOrigins = "several"

func (w *worker) entryDocument(a *Answer, cases []determination.Case) error {
	c, err := determination.ConsignmentOfLines(cases)
	if err != nil {
		return err
	}
	d, err := w.e.DetermineEntry(c)
	if err != nil {
		return err
	}
	doc := d.Document()
	a.whole = wholeAnswer{doc, doc.AppendSealed, doc.Seal}
	return nil
}

// answered completes an answer.
func (w *worker) answered(a *Answer, d *determination.Determination) {
	a.Answered, a.words = true, w.words.of(&a.Summary)
	a.Day, a.Origin = d.Understood()
	if !a.Whole && len(a.Summary.Questions) > 0 { // which totals tell by headings
		a.Goods = d.Goods()
	}
}

// month is a month of the calendar, in months since the year 0.
type month int32

func monthOf(day quantity.Date) month {
	y, m, _ := day.Civil()
	return month(y)*12 + month(m) - 1
}

// String writes it YYYY-MM.
func (m month) String() string { return fmt.Sprintf("%04d-%02d", m/12, m%12+1) }

// fault gives a row the faults of its case.
func (w *worker) fault(row *Row, err error) { row.Faults = append(row.Faults, w.m.faults(err)...) }

// faults are what is wrong with a case, by the columns that it came from.
func (m *Mapping) faults(err error) []Fault {
	var problems determination.Problems
	if !errors.As(err, &problems) {
		return []Fault{{Kind: "row", Message: err.Error()}}
	}
	out := make([]Fault, len(problems))
	for i, p := range problems {
		out[i] = Fault{Field: p.Field, Kind: kindOfField(p.Field), Message: p.Message, Hint: p.Hint, Column: m.columnOf(Field(p.Field))}
	}
	return out
}

// further adds to the faults of a row those of the rest of its case, so that a person
// mends all at once. What a cell that could not be read would have said is none.
func (m *Mapping) further(e Answerer, row *Row, c *determination.Case) {
	unread := map[string]bool{}
	for _, f := range row.Faults {
		if f.Field == "" { // there is no rest
			return
		}
		if unread[f.Field] = true; slices.Contains(days, Field(f.Field)) {
			for _, day := range days { // one stands for another
				unread[string(day)] = true
			}
		}
	}
	var d determination.Determination
	if err := e.Append(&d, c); err != nil {
		for _, f := range m.faults(err) {
			if !unread[f.Field] && f.Field != "" {
				row.Faults = append(row.Faults, f)
			}
		}
	}
}

// days are the fields of which one at least has to be there.
var days = []Field{On, Entered, Exported}

// kindOfField groups faults: those of all facts are one kind each.
func kindOfField(field string) string {
	if field == "" {
		return "row"
	}
	return field
}

// columnOf names the column that a field of the case came from, "" where none
// did.
func (m *Mapping) columnOf(f Field) string {
	for i := range m.Columns {
		if m.Columns[i].Field == f {
			return m.Columns[i].Name
		}
	}
	return ""
}
