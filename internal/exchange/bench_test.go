package exchange_test

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
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/sample"
)

// ready answers each case with one of some answers that are made already, so that
// what is measured is what lies around an answer.
type ready struct {
	exchange.Answerer
	answers []determination.Determination
	next    atomic.Int64
}

func (r *ready) Append(d *determination.Determination, _ *determination.Case) error {
	*d = r.answers[int(r.next.Add(1))%len(r.answers)]
	return nil
}

// lines draws lines of entries as importers have them.
func lines(tb testing.TB, n int) []sample.Line {
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
	e, err := engine()
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

// BenchmarkAround measures what lies around the answers of a file: reading it,
// cases, entries, cells, totals, writing. An operation is a row.
func BenchmarkAround(b *testing.B) {
	const rows = 1 << 17
	drawn := lines(b, rows)
	e := &ready{answers: answers(b, drawn[:4096])}
	dir := b.TempDir()
	name := func(f exchange.Format) string { return filepath.Join(dir, "in."+string(f)) }
	for _, f := range []exchange.Format{exchange.Parquet, exchange.CSV, exchange.NDJSON} {
		out, err := exchange.Create(context.Background(), name(f), nil, "", sample.Columns[1:], nil)
		if err != nil {
			b.Fatal(err)
		}
		for i := range drawn {
			if err := out.Write(drawn[i].Cells(nil)[1:]); err != nil {
				b.Fatal(err)
			}
		}
		if err := out.Close(exchange.NewTotals()); err != nil {
			b.Fatal(err)
		}
		b.Run("read/"+string(f), func(b *testing.B) {
			b.ReportAllocs()
			var in exchange.Source
			var row exchange.Row
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
				in = opened(b, name(f))
			}
			in.Close()
		})
		b.Run("all/"+string(f), func(b *testing.B) {
			b.ReportAllocs()
			for left := b.N; left > 0; left -= rows {
				in := opened(b, name(f))
				around(b, e, &short{in, min(left, rows)}, filepath.Join(dir, "out."+string(f)))
				in.Close()
			}
		})
	}
}

func opened(tb testing.TB, name string) exchange.Source {
	tb.Helper()
	in, err := exchange.Open(name, nil, exchange.OpenOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

// around answers a file.
func around(tb testing.TB, e exchange.Answerer, in exchange.Source, out string) {
	tb.Helper()
	m, problems := exchange.Recognise(in.Columns(), nil, nil)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	m.Constants = map[exchange.Field]string{exchange.To: "US", exchange.Known: "2026-08-21", exchange.Only: "import", exchange.Closed: "true"}
	columns := exchange.OutColumns(exchange.Brief)
	w, err := exchange.Create(context.Background(), out, nil, "", in.Columns(), columns)
	if err != nil {
		tb.Fatal(err)
	}
	totals := exchange.NewTotals()
	if err := exchange.Run(context.Background(), e, in, m, w, columns, totals, exchange.RunOptions{Detail: exchange.Brief, Workers: 2}); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(totals); err != nil {
		tb.Fatal(err)
	}
}

// short is the first rows of a table.
type short struct {
	exchange.Source
	left int
}

func (s *short) Next(row *exchange.Row) error {
	if s.left--; s.left < 0 {
		return io.EOF
	}
	return s.Source.Next(row)
}
