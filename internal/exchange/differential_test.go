package exchange_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/sample"
	"github.com/navicert/navicert/internal/schedule"
)

// A file of 20,000 cases over real codes, origins, days of law and of knowledge,
// with facts and without, for one side of the border and for both, is answered
// row by row as each case alone is by a scan of every measure without memory, and
// by an engine that was asked the others in another order. Of every hundredth the
// whole documents are compared, and an engine is asked that was asked nothing else.
func TestBatchIsNaiveScan(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 2000
	}
	dir := t.TempDir()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	us, _ := e.Schedule().Pack("US")
	g, err := sample.New(sample.Options{Seed: 20250615, Since: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		Goods: func(code string) (string, bool) {
			c, err := nomenclature.ParseCode(code)
			return "No.", err == nil && len(us.Table.Versions(c)) > 0
		}})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(20250615, 20))
	one := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	rows := [][]string{{"goods", "origin", "from", "to", "on", "known", "value", "weight", "quantity", "unit", "closed", "only", "content.steel", "preference", "goods.Dy"}}
	var l sample.Line
	for range n {
		g.Next(&l)
		row := []string{l.Goods, l.Origin, l.From, "US", l.Day, one("2026-08-21", "2026-08-21", "2025-06-15", "2025-04-08", "2019-06-01"), l.Value + " USD", l.Weight, l.Quantity, l.Unit,
			one("yes", "no"), one("import", "import", ""), one("", "", "0", "0.4"), one("", "", "", "S"), one("", "", "", "1.5")}
		switch r.IntN(20) {
		case 0:
			row[6] = ""
		case 1:
			row[0] = row[0][:10] // eight digits
		case 2:
			row[4] = one("2025-04-05T00:01-04:00", "2025-03-12T00:00-04:00", "2026-02-24T00:00-05:00", "2026-07-24")
		}
		rows = append(rows, row)
	}
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	write(t, in, rows)
	totals, err := answer(t, in, out, exchange.Brief, 3)
	if err != nil {
		t.Fatal(err)
	}
	if totals.Answered < n/2 || totals.Answered == n {
		t.Errorf("%d of %d rows are answered: the test holds little", totals.Answered, n)
	}
	_, got := table(t, out)
	scan := schedule.Scanning(e.Set())
	columns := exchange.OutColumns(exchange.Brief)
	shuffled := summaries(e.Schedule().Anew(), rows[1:], r.Perm(n))
	for i, row := range rows[1:] {
		c := caseOf(row)
		var a exchange.Answer
		a.Row = &exchange.Row{Number: i + 1, Cells: row}
		d, err := determination.Determine(scan, c)
		var problems determination.Problems
		switch {
		case err == nil:
			a.Answered = true
			d.Summarise(&a.Summary)
		case errors.As(err, &problems):
			for _, p := range problems {
				a.Row.Faults = append(a.Row.Faults, exchange.Fault{Column: p.Field, Field: p.Field, Message: p.Message, Hint: p.Hint})
			}
		default:
			t.Fatal(err)
		}
		want := a.Cells(nil, columns)
		if a.Answered { // problems name their columns in other words
			if diff := cmp.Diff(want, got[i]); diff != "" {
				t.Fatalf("row %d %v (-scan +batch):\n%s", i+1, row, diff)
			}
		} else if got[i][len(want)-1] == "" {
			t.Fatalf("row %d %v: %v, and batch answers %v", i+1, row, err, got[i])
		}
		if diff := cmp.Diff(a.Summary, shuffled[i], cmpopts.EquateEmpty(), cmpopts.IgnoreFields(determination.Summary{}, "Bill", "own")); diff != "" {
			t.Fatalf("row %d %v (-scan +in another order):\n%s", i+1, row, diff)
		}
		if i%20 == 0 && a.Answered {
			if diff := cmp.Diff([]determination.Summary{a.Summary}, summaries(e.Schedule().Anew(), [][]string{row}, []int{0}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(determination.Summary{}, "Bill", "own")); diff != "" {
				t.Fatalf("row %d %v (-scan +alone):\n%s", i+1, row, diff)
			}
			again, err := e.Determine(c)
			if err != nil {
				t.Fatal(err)
			}
			x, err := again.Document().JSON()
			if err != nil {
				t.Fatal(err)
			}
			y, err := d.Document().JSON()
			if err != nil {
				t.Fatal(err)
			}
			if string(x) != string(y) {
				t.Fatalf("row %d %v: two documents:\n%s", i+1, row, cmp.Diff(string(x), string(y)))
			}
		}
	}
}

// summaries are the answers to the rows, asked one after the other in an order,
// now and then with the whole document. A row at fault has none.
func summaries(s *schedule.Schedule, rows [][]string, order []int) []determination.Summary {
	out := make([]determination.Summary, len(rows))
	var d determination.Determination
	for n, i := range order {
		c := caseOf(rows[i])
		if err := d.Determine(s, &c); err != nil {
			continue
		}
		if n%500 == 0 {
			d.Document()
		}
		d.Summarise(&out[i])
	}
	return out
}

// caseOf is a row of the test as a case.
func caseOf(row []string) determination.Case {
	c := determination.Case{Goods: row[0], Origin: row[1], From: row[2], To: row[3], On: row[4], Known: row[5], Value: row[6], Closed: row[10] == "yes", Only: row[11], Facts: map[string]string{}}
	c.Quantity = append(c.Quantity, row[8]+" "+row[9], row[7]+" kg")
	for i, name := range map[int]string{12: "content.steel", 13: "preference", 14: "goods.Dy"} {
		if row[i] != "" {
			c.Facts[name] = row[i]
		}
	}
	return c
}
