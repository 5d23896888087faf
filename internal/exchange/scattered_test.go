package exchange_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/exchange"
)

// dealt deals the rows of a file out, so that as few of one entry as can be follow one
// another, and tells where each went. The first cell of a row is its entry.
func dealt(lines [][]string) (out [][]string, place []int) {
	hands := map[string][]int{}
	var entries []string
	for i, row := range lines[1:] {
		if hands[row[0]] == nil {
			entries = append(entries, row[0])
		}
		hands[row[0]] = append(hands[row[0]], i)
	}
	out, place = [][]string{lines[0]}, make([]int, len(lines)-1)
	for len(out) < len(lines) {
		for _, entry := range entries {
			if hand := hands[entry]; len(hand) > 0 {
				place[hand[0]], hands[entry] = len(out)-1, hand[1:]
				out = append(out, lines[1+hand[0]])
			}
		}
	}
	return out, place
}

// The lines of an entry may stand anywhere in a file, those at fault among them: each
// is answered, and compared, as where they follow one another.
func TestScatteredIsTogether(t *testing.T) {
	dir := t.TempDir()
	lines, _ := drawEntries(300, 8)
	for i := range lines[1:] {
		switch row := lines[1+i]; i % 29 {
		case 5:
			row[1] = "85" // no code of ten digits
		case 11:
			row[3] = "03/04/2025"
		case 17:
			row[3] = "2025-12-24" // another day than the entry
		case 23:
			row[4] = ""
		}
	}
	mixed, place := dealt(lines)
	in, apart := filepath.Join(dir, "in.csv"), filepath.Join(dir, "apart.csv")
	write(t, in, lines)
	write(t, apart, mixed)
	same := func(what string, together, scattered [][]string) {
		t.Helper()
		if len(together) != len(lines)-1 || len(scattered) != len(together) {
			t.Fatalf("%s: %d and %d rows of %d", what, len(together), len(scattered), len(lines)-1)
		}
		for i, p := range place {
			if diff := cmp.Diff(together[i], scattered[p]); diff != "" {
				t.Fatalf("%s: row %d, scattered as row %d:\n%s", what, i+1, p+1, diff)
			}
		}
	}
	for name, file := range map[string]string{"a.csv": in, "b.csv": apart, "tight.csv": apart} {
		o := exchange.RunOptions{Detail: exchange.Complete}
		switch name {
		case "b.csv":
			o.Scattered = new(exchange.Scattered)
		case "tight.csv": // entries are forgotten and answered again
			o.Scattered = exchange.ScatteredIn(40)
		}
		if totals, err := answerFile(t, file, filepath.Join(dir, name), o); err != nil || totals.Answered == totals.Rows {
			t.Fatal(totals.Answered, totals.Rows, err)
		}
	}
	_, a := table(t, filepath.Join(dir, "a.csv"))
	_, b := table(t, filepath.Join(dir, "b.csv"))
	same("answered", a, b)
	_, b = table(t, filepath.Join(dir, "tight.csv"))
	same("answered with little memory", a, b)
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	for _, days := range [][2]string{{"2025-06-15", "2026-03-10"}, {"2025-06-15", "2025-06-16"}} {
		before, after := exchange.World{Engine: e, Lay: onDay(days[0])}, exchange.World{Engine: e, Lay: onDay(days[1])}
		whole, a := comparison(t, in, filepath.Join(dir, "a.csv"), before, after, true, 3)
		parted, b := comparison(t, apart, filepath.Join(dir, "b.csv"), before, after, true, 3)
		same("compared", a, b)
		if whole.Changed != parted.Changed || !cmp.Equal(whole.By, parted.By) || !cmp.Equal(whole.FeesBy, parted.FeesBy) || (whole.Changed == 0) != (days[1] == "2025-06-16") {
			t.Errorf("%s: the totals are %+v and %+v", days, whole, parted)
		}
	}
}

// counting counts the lines that it answers.
type counting struct {
	exchange.Answerer
	lines atomic.Int64
}

func (c *counting) AppendLines(dst *determination.Lines, cases []determination.Case, errs []error) []error {
	c.lines.Add(int64(len(cases)))
	return c.Answerer.AppendLines(dst, cases, errs)
}

func (c *counting) AppendSome(dst *determination.Lines, of *determination.Shared, first int, cases []determination.Case, errs []error) []error {
	c.lines.Add(int64(len(cases)))
	return c.Answerer.AppendSome(dst, of, first, cases, errs)
}

// scattered answers a file of entries of n lines, no two of which follow one another,
// and tells how many lines were answered in all.
func scattered(tb testing.TB, dir string, entries, n int) (rows int, answered int64) {
	tb.Helper()
	lines := [][]string{{"Entry", "HTS", "Origin", "Date", "Value (USD)"}}
	for line := range n {
		for entry := range entries {
			lines = append(lines, []string{fmt.Sprint("E", entry), "9403.60.80.40", "VN", "2025-06-15", fmt.Sprint(100 + line)})
		}
	}
	in := filepath.Join(dir, "in.csv")
	write(tb, in, lines)
	e, err := engine()
	if err != nil {
		tb.Fatal(err)
	}
	open := func() (exchange.Source, error) { return exchange.Open(in, nil, exchange.OpenOptions{}) }
	first := opened(tb, in)
	defer first.Close()
	m, _ := exchange.Recognise(first.Columns(), nil, nil)
	m.Constants = map[exchange.Field]string{exchange.From: "CN", exchange.To: "US", exchange.Known: "2026-08-21", exchange.Only: "import"}
	counted, columns := &counting{Answerer: e}, exchange.OutColumns(exchange.Brief)
	err = exchange.Together(context.Background(), first, open, m, func(*exchange.ScatteredError) {}, func(in exchange.Source, s *exchange.Scattered) error {
		out, err := exchange.Create(context.Background(), filepath.Join(dir, "out.csv"), nil, "", in.Columns(), columns)
		if err != nil {
			return err
		}
		defer out.Abort()
		counted.lines.Store(0)
		totals := exchange.NewTotals()
		err = exchange.Run(context.Background(), counted, in, m, out, columns, totals, exchange.RunOptions{Detail: exchange.Brief, Workers: 2, Scattered: s})
		rows = totals.Answered
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return rows, counted.lines.Load()
}

// An entry is answered once for what its lines share, and each line once where it
// stands, into however many pieces it is scattered.
func TestScatteredIsLinear(t *testing.T) {
	for _, n := range []int{2, 20, 200} {
		rows, answered := scattered(t, t.TempDir(), 10, n)
		if rows != 10*n || answered != int64(2*rows) {
			t.Errorf("entries of %d lines: %d rows took %d answers", n, rows, answered)
		}
	}
}

// BenchmarkScattered answers rows of entries no two lines of which follow one another,
// by the lines of an entry. What a row costs stays the same.
func BenchmarkScattered(b *testing.B) {
	for _, n := range []int{4, 64, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			const all = 1 << 14
			dir, rows := b.TempDir(), 0
			for b.Loop() {
				got, _ := scattered(b, dir, all/n, n)
				rows += got
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
		})
	}
}
