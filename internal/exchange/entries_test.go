package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/quantity"
)

// drawEntries draws entries of one to six lines and the rows of a file that holds
// them, in the order of the entries.
func drawEntries(n int, seed uint64) (lines [][]string, entries []navicert.Consignment) {
	r := rand.New(rand.NewPCG(seed, 17))
	lines = [][]string{{"Entry", "HTS", "Origin", "Date", "Value (USD)", "Qty", "Unit", "content.steel"}}
	good := []string{"8505.11.00.70", "9403.60.80.40", "6109.10.00.12", "8708.29.51.60", "7318.15.20.10", "2204.21.50.40", "4407.11.00.01"}
	for i := range n {
		day := []string{"2025-02-20", "2025-06-15", "2025-11-01", "2026-03-10"}[r.IntN(4)]
		c := navicert.Consignment{Case: navicert.Case{To: "US", On: day, Known: "2026-08-21", Only: "import"}}
		for range 1 + r.IntN(6) {
			l := navicert.Case{Goods: good[r.IntN(len(good))], From: "CN", Origin: []string{"CN", "VN", "MX", "CA", "DE"}[r.IntN(5)],
				Value: fmt.Sprintf("%d.%02d USD", r.IntN(1<<(4+r.IntN(18))), r.IntN(100)), Quantity: []string{fmt.Sprint(1+r.IntN(500), " kg")}}
			steel := ""
			if r.IntN(2) == 0 {
				steel = "0.5"
				l.Facts = map[string]string{"content.steel": steel}
			}
			c.Lines = append(c.Lines, l)
			lines = append(lines, []string{fmt.Sprint("E", i), l.Goods, l.Origin, day, strings.TrimSuffix(l.Value, " USD"), strings.TrimSuffix(l.Quantity[0], " kg"), "kg", steel})
		}
		entries = append(entries, c)
	}
	return lines, entries
}

// answerFile answers a file of [drawEntries] as the command does.
func answerFile(t *testing.T, in, out string, o exchange.RunOptions) (*exchange.Totals, error) {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	var facts []string
	for _, f := range e.Facts() {
		facts = append(facts, f.Name)
	}
	open := func() (exchange.Source, error) { return exchange.Open(in, nil, exchange.OpenOptions{}) }
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, problems := exchange.Recognise(s.Columns(), facts, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m.Constants = map[exchange.Field]string{exchange.From: "CN", exchange.To: "US", exchange.Known: "2026-08-21", exchange.Only: "import"}
	if o.Scattered != nil {
		scattered, err := exchange.Gather(context.Background(), open, m)
		if err != nil {
			t.Fatal(err)
		}
		defer scattered.Close()
		o.Scattered = scattered.LikeThat(o.Scattered)
	}
	columns, rows := exchange.OutColumns(o.Detail), s.Columns()
	if o.ByEntry {
		columns, rows = exchange.EntryColumns(o.Detail), nil
	}
	w, err := exchange.Create(context.Background(), out, nil, "", rows, columns)
	if err != nil {
		t.Fatal(err)
	}
	o.Workers = 3
	totals := exchange.NewTotals()
	failed := exchange.Run(context.Background(), e, s, m, w, columns, totals, o)
	if err := w.Close(totals); err != nil {
		t.Fatal(err)
	}
	return totals, failed
}

// Rows of one entry are the lines of one consignment: each has the share that the
// document of the entry gives it, wherever in the file the rows stand, and the
// shares add up to the cent. An entry in one row is the sum.
func TestEntries(t *testing.T) {
	dir := t.TempDir()
	lines, entries := drawEntries(50, 1)
	in, mixed := filepath.Join(dir, "in.csv"), filepath.Join(dir, "mixed.csv")
	write(t, in, lines)
	shuffled := append([][]string(nil), lines...)
	r := rand.New(rand.NewPCG(3, 3))
	place := r.Perm(len(lines) - 1) // where each line went
	for i, p := range place {
		shuffled[1+p] = lines[1+i]
	}
	write(t, mixed, shuffled)
	if _, err := answerFile(t, mixed, filepath.Join(dir, "x.csv"), exchange.RunOptions{Detail: exchange.Brief}); !errors.As(err, new(*exchange.ScatteredError)) {
		t.Fatalf("scattered lines: %v", err)
	}
	if _, err := answerFile(t, in, filepath.Join(dir, "rows.csv"), exchange.RunOptions{Detail: exchange.Complete}); err != nil {
		t.Fatal(err)
	}
	if _, err := answerFile(t, mixed, filepath.Join(dir, "mixedrows.csv"), exchange.RunOptions{Detail: exchange.Complete, Scattered: new(exchange.Scattered)}); err != nil {
		t.Fatal(err)
	}
	if _, err := answerFile(t, in, filepath.Join(dir, "sums.csv"), exchange.RunOptions{Detail: exchange.Complete, ByEntry: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := answerFile(t, mixed, filepath.Join(dir, "mixedsums.csv"), exchange.RunOptions{Detail: exchange.Complete, ByEntry: true, Scattered: new(exchange.Scattered)}); err != nil {
		t.Fatal(err)
	}
	header, rows := table(t, filepath.Join(dir, "rows.csv"))
	_, mixedRows := table(t, filepath.Join(dir, "mixedrows.csv"))
	for i, p := range place {
		if diff := cmp.Diff(rows[i], mixedRows[p]); diff != "" {
			t.Fatalf("row %d, scattered as row %d:\n%s", i+1, p+1, diff)
		}
	}
	sumHeader, sums := table(t, filepath.Join(dir, "sums.csv"))
	_, mixedSums := table(t, filepath.Join(dir, "mixedsums.csv"))
	if len(sums) != len(entries) || len(mixedSums) != len(entries) {
		t.Fatalf("%d and %d rows for %d entries", len(sums), len(mixedSums), len(entries))
	}
	cell := func(header, row []string, name string) string {
		for i, h := range header {
			if h == name {
				return row[i]
			}
		}
		t.Fatalf("no column %s", name)
		return ""
	}
	e, _ := engine()
	n, shared := 0, 0
	for i, c := range entries {
		d, err := e.DetermineEntry(c)
		if err != nil {
			t.Fatal(err)
		}
		doc := d.Document()
		text, err := doc.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if got := cell(sumHeader, sums[i], "determination"); got != string(text) {
			t.Fatalf("entry %d: another document:\n%s\n%s", i, got, text)
		}
		if err := e.Verify([]byte(cell(sumHeader, sums[i], "determination"))); err != nil {
			t.Fatal(err)
		}
		wants := map[string]string{"duty_least": *doc.Duty.Least.Amount, "fees_least": *doc.Fees.Least.Amount, "rate_least": *doc.Rate.Least, "outcome": string(doc.Outcome), "entry_lines": fmt.Sprint(len(c.Lines))}
		for name, want := range wants {
			got := cell(sumHeader, sums[i], name)
			if name == "rate_least" {
				got = quantity.MustDecimal(got).String()
			}
			if got != want {
				t.Errorf("entry %d: %s %s, want %s", i, name, got, want)
			}
		}
		var fees quantity.Decimal
		for j := range c.Lines {
			row := rows[n]
			n++
			line := doc.Lines[j].Answer
			for name, want := range map[string]string{"duty_least": *line.Duty.Least.Amount, "fees_least": *line.Fees.Least.Amount, "determination": string(line.AppendCanonical(nil))} {
				if name == "determination" && len(c.Lines) == 1 {
					continue // it is sealed
				}
				if got := cell(header, row, name); got != want {
					t.Fatalf("entry %d, line %d: %s %s, want %s", i, j+1, name, got, want)
				}
			}
			if len(c.Lines) == 1 {
				if err := e.Verify([]byte(cell(header, row, "determination"))); err != nil {
					t.Error(err)
				}
			}
			fees = fees.Add(quantity.MustDecimal(cell(header, row, "fees_least")))
		}
		if got := fees.StringFixed(2); got != *doc.Fees.Least.Amount {
			t.Errorf("entry %d: the shares of its fees come to %s, the fees to %s", i, got, *doc.Fees.Least.Amount)
		}
		if len(c.Lines) > 1 && !fees.IsZero() {
			shared++
		}
	}
	if shared < 15 {
		t.Errorf("only %d entries share fees: the test holds little", shared)
	}
}

// Where a line is at fault, what the others share is not known; a line that names
// another day is at fault.
func TestEntryWithFaults(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	write(t, in, [][]string{{"Entry", "HTS", "Origin", "Date", "Value (USD)"},
		{"A", "9403.60.80.40", "VN", "2025-06-15", "100"}, {"A", "85", "VN", "2025-06-15", "100"},
		{"B", "9403.60.80.40", "VN", "2025-06-15", "100"}, {"B", "9403.60.80.40", "VN", "2025-06-16", "100"},
		{"", "9403.60.80.40", "VN", "2025-06-15", "100"}, {"", "9403.60.80.40", "VN", "2025-06-15", "100"}})
	totals, err := answerFile(t, in, out, exchange.RunOptions{Detail: exchange.Brief})
	if err != nil || totals.Answered != 4 {
		t.Fatalf("%d answered, %v", totals.Answered, err)
	}
	header, rows := table(t, out)
	get := func(row int, name string) string {
		for i, h := range header {
			if h == name {
				return rows[row][i]
			}
		}
		return "?"
	}
	for _, row := range []int{0, 2} {
		if get(row, "duty_least") != "10.00" || get(row, "fees_most") != "" {
			t.Errorf("row %d: %v", row+1, rows[row])
		}
	}
	if !strings.Contains(get(3, "problems"), `"2025-06-15"`) || get(1, "problems") == "" {
		t.Errorf("problems: %q, %q", get(1, "problems"), get(3, "problems"))
	}
	for _, row := range []int{4, 5} { // without a number each is its own
		if get(row, "fees_most") == "" || get(row, "fees_most") == "0.00" {
			t.Errorf("row %d: %v", row+1, rows[row])
		}
	}
}

// A whole determination is a group of columns in Parquet, of the same names and
// with the same content as its JSON.
func TestNestedDetermination(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	lines, _ := drawEntries(12, 2)
	lines = append(lines, []string{"F", "85", "CN", "2025-06-15", "1", "1", "kg", ""})
	write(t, in, lines)
	for _, byEntry := range []bool{false, true} {
		for _, name := range []string{"out.csv", "out.parquet"} {
			if _, err := answerFile(t, in, filepath.Join(dir, name), exchange.RunOptions{Detail: exchange.Complete, ByEntry: byEntry}); err != nil {
				t.Fatal(err)
			}
		}
		header, rows := table(t, filepath.Join(dir, "out.csv"))
		data, err := os.ReadFile(filepath.Join(dir, "out.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, g := range f.RowGroups() {
			r := g.Rows()
			buffer := make([]parquet.Row, 1)
			for {
				k, err := r.ReadRows(buffer)
				if k == 1 {
					columns := map[int][]parquet.Value{}
					for _, v := range buffer[0] {
						columns[v.Column()] = append(columns[v.Column()], v)
					}
					leaf := 0
					got := assemble(f.Schema(), columns, &leaf, 0, 0).(map[string]any)["determination"]
					var want any
					for i, h := range header {
						if h == "determination" && rows[n][i] != "" {
							if err := json.Unmarshal([]byte(rows[n][i]), &want); err != nil {
								t.Fatal(err)
							}
						}
					}
					if diff := cmp.Diff(bare(want), bare(got)); diff != "" {
						t.Fatalf("row %d (-JSON +Parquet):\n%s", n+1, diff)
					}
					n++
				}
				if errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		}
		if n != len(rows) || n < 12 {
			t.Errorf("%d rows in Parquet, %d in CSV", n, len(rows))
		}
	}
}

// assemble puts the values of one row together by their levels, as the format
// defines them: it takes from each column below node what belongs to one value.
func assemble(node parquet.Node, columns map[int][]parquet.Value, leaf *int, rep, def int) any {
	switch {
	case node.Optional():
		inner := *leaf
		if columns[inner][0].DefinitionLevel() <= def {
			skip(node, columns, leaf)
			return nil
		}
		return content(node, columns, leaf, rep, def+1)
	case node.Repeated():
		first := *leaf
		if columns[first][0].DefinitionLevel() <= def {
			skip(node, columns, leaf)
			return []any{}
		}
		var out []any
		for {
			*leaf = first
			out = append(out, content(node, columns, leaf, rep+1, def+1))
			if next := columns[first]; len(next) == 0 || next[0].RepetitionLevel() <= rep {
				return out
			}
		}
	}
	return content(node, columns, leaf, rep, def)
}

func content(node parquet.Node, columns map[int][]parquet.Value, leaf *int, rep, def int) any {
	if node.Leaf() {
		v := columns[*leaf][0]
		columns[*leaf] = columns[*leaf][1:]
		*leaf++
		switch v.Kind() {
		case parquet.Boolean:
			return v.Boolean()
		case parquet.Int64:
			return float64(v.Int64())
		}
		return string(v.ByteArray())
	}
	out := map[string]any{}
	for _, f := range node.Fields() {
		out[f.Name()] = assemble(f, columns, leaf, rep, def)
	}
	return out
}

func skip(node parquet.Node, columns map[int][]parquet.Value, leaf *int) {
	if node.Leaf() {
		columns[*leaf] = columns[*leaf][1:]
		*leaf++
		return
	}
	for _, f := range node.Fields() {
		skip(f, columns, leaf)
	}
}

// bare takes away what is empty, and makes lists of names and values objects.
func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if x = bare(x); x != nil {
				out[k] = x
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := []any{}
		pairs := map[string]any{}
		for _, x := range v {
			if m, ok := x.(map[string]any); ok && len(m) == 2 && m["name"] != nil && m["value"] != nil {
				pairs[m["name"].(string)] = m["value"]
			}
			out = append(out, bare(x))
		}
		switch {
		case len(out) == 0:
			return nil
		case len(pairs) == len(out):
			return pairs
		}
		return out
	case string:
		if v == "" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

// In the sums by origin an entry stands under the origin of its lines, and under none of
// them where they have several.
func TestOriginOfEntries(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	write(t, in, [][]string{{"entry", "hts", "origin", "entry date", "value (usd)"},
		{"E1", "9403.60.80.40", "VN", "2025-06-15", "1000"}, {"E1", "9403.60.80.40", "VN", "2025-06-15", "1000"},
		{"E2", "9403.60.80.40", "VN", "2025-06-15", "1000"}, {"E2", "9403.60.80.40", "DE", "2025-06-15", "1000"},
		{"E3", "9403.60.80.40", "DE", "2025-06-15", "1000"}})
	totals, err := answerFile(t, in, filepath.Join(dir, "out.csv"), exchange.RunOptions{Detail: exchange.None, ByEntry: true})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for origin, sum := range totals.Origins {
		got[origin] = fmt.Sprint(sum.Rows, " ", sum.Amount)
	}
	if diff := cmp.Diff(map[string]string{"VN": "1 200", "several": "1 200", "DE": "1 100"}, got); diff != "" {
		t.Error(diff)
	}
}
