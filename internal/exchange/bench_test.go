package exchange

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/sample"
)

// ready answers each case with one of some answers that are made already, so that
// what is measured is what lies around an answer.
type ready struct {
	Answerer
	answers []determination.Determination
	next    atomic.Int64
}

func (r *ready) Append(d *determination.Determination, _ *determination.Case) error {
	*d = r.answers[int(r.next.Add(1))%len(r.answers)]
	return nil
}

func (r *ready) ReadAhead([]determination.Case) {}

// sampleLines draws lines of entries as importers have them.
func sampleLines(tb testing.TB, n int) []sample.Line {
	tb.Helper()
	g, err := sample.New(sample.Options{Seed: 1, Since: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		tb.Fatal(err)
	}
	out := make([]sample.Line, n)
	for i := range out {
		g.Next(&out[i])
	}
	return out
}

// answers determines lines; the engine does not know the goods of some.
func answers(tb testing.TB, lines []sample.Line) []determination.Determination {
	tb.Helper()
	e, err := navicert.OpenEmbedded()
	if err != nil {
		tb.Fatal(err)
	}
	var out []determination.Determination
	for i := range lines {
		l := &lines[i]
		var d determination.Determination
		c := navicert.Case{Goods: l.Goods, From: l.From, To: "US", Origin: l.Origin, On: l.Day, Known: "2026-08-21", Value: l.Value + " USD", Quantity: []string{l.Weight + " kg"}, Only: "import", Closed: true}
		if e.Append(&d, &c) == nil {
			out = append(out, d)
		}
	}
	return out
}

// BenchmarkAround measures what lies around the answers of a file: reading it; writing
// answers and what they come to; and all of it with cases and goroutines, where the same
// few answers come again and again. An operation is a row.
func BenchmarkAround(b *testing.B) {
	const rows = 1 << 17
	drawn := sampleLines(b, rows)
	made := answers(b, drawn[:rowsPerPage])
	e := &ready{answers: made[:256]}
	dir := b.TempDir()
	name := func(f Format) string { return filepath.Join(dir, "in."+string(f)) }
	for _, f := range []Format{Parquet, CSV, NDJSON} {
		out, err := Create(context.Background(), name(f), nil, "", sample.Columns[1:], nil)
		if err != nil {
			b.Fatal(err)
		}
		for i := range drawn {
			if err := out.Write(drawn[i].Cells(nil)[1:]); err != nil {
				b.Fatal(err)
			}
		}
		if err := out.Close(NewTotals()); err != nil {
			b.Fatal(err)
		}
		b.Run("read/"+string(f), func(b *testing.B) {
			b.ReportAllocs()
			var in Source
			var row Row
			for b.Loop() {
				if in != nil {
					err := in.Next(&row)
					if err == nil {
						continue
					} else if !errors.Is(err, io.EOF) {
						b.Fatal(err)
					}
					in.Close()
				}
				in = mustOpen(b, name(f))
			}
			in.Close()
		})
		b.Run("write/"+string(f), func(b *testing.B) {
			b.ReportAllocs()
			writeAnswers(b, filepath.Join(dir, "written."+string(f)), drawn, made)
		})
		b.Run("all/"+string(f), func(b *testing.B) {
			b.ReportAllocs()
			for left := b.N; left > 0; left -= rows {
				in := mustOpen(b, name(f))
				around(b, e, &short{in, min(left, rows)}, filepath.Join(dir, "out."+string(f)))
				in.Close()
			}
		})
	}
}

// writeAnswers writes answers that are all different, as the workers of a run do, on one
// goroutine.
func writeAnswers(b *testing.B, name string, drawn []sample.Line, made []determination.Determination) {
	columns := OutColumns(Brief)
	all, rows := make([]Answer, len(made)), make([]Row, len(made))
	for i := range all {
		rows[i] = Row{Number: i + 1, Cells: drawn[i].Cells(nil)[1:]}
		all[i] = Answer{Row: &rows[i], Answered: true, Lines: 1}
		made[i].Summarise(&all[i].Summary)
		all[i].Day, all[i].Origin = made[i].Understood()
	}
	out, err := Create(context.Background(), name, nil, "", sample.Columns[1:], columns)
	if err != nil {
		b.Fatal(err)
	}
	words := wordings{register: new(register)}
	part, t, record, n := out.NewPart(), tally{register: words.register}, Record{}, 0
	for b.Loop() {
		a := &all[n%len(all)]
		a.words = words.of(&a.Summary)
		a.record(&record, columns)
		err := part.Add(&record)
		t.add(a)
		if n++; n%chunkRows == 0 {
			err = errors.Join(err, out.WritePart(part))
			t.reset()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(out.WritePart(part), out.Close(NewTotals())); err != nil {
		b.Fatal(err)
	}
}

func mustOpen(tb testing.TB, name string) Source {
	tb.Helper()
	in, err := Open(name, nil, OpenOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

// around answers a file.
func around(tb testing.TB, e Answerer, in Source, out string) {
	tb.Helper()
	m, problems := Recognise(in.Columns(), nil, nil)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	m.Constants = map[Field]string{To: "US", Known: "2026-08-21", Only: "import", Closed: "true"}
	columns := OutColumns(Brief)
	w, err := Create(context.Background(), out, nil, "", in.Columns(), columns)
	if err != nil {
		tb.Fatal(err)
	}
	totals := NewTotals()
	if err := Run(context.Background(), e, in, m, w, columns, totals, RunOptions{Detail: Brief, Workers: 2}); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(totals); err != nil {
		tb.Fatal(err)
	}
}

// short is the first rows of a table.
type short struct {
	Source
	left int
}

func (s *short) Next(row *Row) error {
	if s.left--; s.left < 0 {
		return io.EOF
	}
	return s.Source.Next(row)
}
