package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/inorder"
)

// Answerer answers cases; navicert.Engine is one.
type Answerer interface {
	Append(dst *determination.Determination, c *determination.Case) error
}

// RunOptions say how a table is answered.
type RunOptions struct {
	Detail   Detail
	FailFast bool // end with the first row that has problems
	Workers  int
	// Default fills in what a case leaves out before it is answered; nil for
	// nothing.
	Default func(*determination.Case)
	// Each is told of each answer, in order, once it is written; nil for nobody.
	Each func(*Answer)
}

// chunkRows is how many rows one worker takes at a time.
const chunkRows = 256

type chunk struct {
	rows    []Row
	answers []Answer
	cells   [][]string
	n       int
}

// worker is the memory of one goroutine.
type worker struct {
	d determination.Determination
	c determination.Case
}

// RowError is a row with problems that ended a run.
type RowError struct{ Problem }

// Error names the row.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %s", e.Row, e.Fault.Error()) }

// Run answers every row of in and writes it to out, in order. Where the source
// ends before its time the rows before are written, and the error says where.
func Run(ctx context.Context, e Answerer, in Source, m *Mapping, out Sink, columns []OutColumn, t *Totals, o RunOptions) error {
	workers := make([]worker, max(o.Workers, 1))
	next := func(c *chunk) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if c.rows == nil {
			c.rows, c.answers, c.cells = make([]Row, chunkRows), make([]Answer, chunkRows), make([][]string, chunkRows)
		}
		for c.n = 0; c.n < chunkRows; c.n++ {
			if err := in.Next(&c.rows[c.n]); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				if c.n > 0 { // what was read is answered; the error comes again
					in = &ended{in, err}
					break
				}
				return false, err
			}
		}
		return c.n > 0, nil
	}
	work := func(n int, c *chunk) {
		for i := range c.n {
			a := &c.answers[i]
			a.Row = &c.rows[i]
			workers[n].answer(e, m, a, &o)
			c.cells[i] = a.Cells(c.cells[i][:0], columns)
		}
	}
	done := func(c *chunk) error {
		for i := range c.n {
			a := &c.answers[i]
			if err := out.Write(c.cells[i]); err != nil {
				return err
			}
			t.Add(a)
			if o.Each != nil {
				o.Each(a)
			}
			if o.FailFast && len(a.Row.Faults) > 0 {
				return &RowError{Problem{a.Row.Number, a.Row.Faults[0]}}
			}
		}
		return nil
	}
	return inorder.Run(len(workers), next, work, done)
}

// ended is a source that has met its error.
type ended struct {
	Source
	err error
}

func (e *ended) Next(*Row) error { return e.err }

// answer answers one row.
func (w *worker) answer(e Answerer, m *Mapping, a *Answer, o *RunOptions) {
	row := a.Row
	a.Answered, a.Document, a.Entry = false, "", ""
	if len(row.Faults) > 0 {
		return
	}
	a.Entry = m.Case(row, &w.c)
	if len(row.Faults) > 0 {
		return
	}
	if o.Default != nil {
		o.Default(&w.c)
	}
	if err := e.Append(&w.d, &w.c); err != nil {
		var problems determination.Problems
		if !errors.As(err, &problems) {
			row.Faults = append(row.Faults, Fault{Kind: "row", Message: err.Error()})
			return
		}
		for _, p := range problems {
			f := Fault{Field: p.Field, Kind: kindOfField(p.Field), Message: p.Message, Hint: p.Hint, Column: m.columnOf(Field(p.Field))}
			row.Faults = append(row.Faults, f)
		}
		return
	}
	a.Answered = true
	w.d.Summarise(&a.Summary)
	on, origin := w.d.Understood()
	a.Origin, a.Month = origin, on.Format("2006-01")
	if o.Detail == Complete {
		text, err := w.d.Document().JSON()
		if err != nil {
			a.Answered = false
			row.Faults = append(row.Faults, Fault{Kind: "row", Message: err.Error()})
			return
		}
		a.Document = string(text)
	}
}

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
