package exchange_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/quantity"
)

// comparison compares a file in two worlds and returns its rows.
func comparison(t testing.TB, in, out string, before, after exchange.World, all bool, workers int) (*exchange.CompareTotals, [][]string) {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	var facts []string
	for _, f := range e.Facts() {
		facts = append(facts, f.Name)
	}
	s, err := exchange.Open(in, nil, exchange.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, problems := exchange.Recognise(s.Columns(), facts, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m.Constants = map[exchange.Field]string{exchange.From: "CN", exchange.To: "US", exchange.Known: "2026-08-21", exchange.Only: "import"}
	columns := exchange.CompareColumns()
	var o *exchange.Output
	totals := exchange.NewCompareTotals()
	pass := func(in exchange.Source, scattered *exchange.Scattered) error {
		if o != nil {
			o.Abort()
		}
		*totals = *exchange.NewCompareTotals()
		if o, err = exchange.CreateComparison(context.Background(), out, nil, "", s.Columns(), columns); err != nil {
			return err
		}
		return exchange.Compare(context.Background(), before, after, in, m, o, columns, totals, exchange.CompareOptions{Workers: workers, All: all, Scattered: scattered})
	}
	open := func() (exchange.Source, error) { return exchange.Open(in, nil, exchange.OpenOptions{}) }
	if err := exchange.Together(context.Background(), s, open, m, func(*exchange.ScatteredError) {}, pass); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(totals); err != nil {
		t.Fatal(err)
	}
	_, rows := table(t, out)
	return totals, rows
}

func onDay(day string) func(*navicert.Case) {
	return func(c *navicert.Case) { c.On, c.Entered, c.Exported = day, "", "" }
}

// A file compared is its rows compared one by one, whatever the format and the
// number of workers; rows at fault keep their problems, and the sums are those of
// the rows.
func TestCompareIsSingleComparisons(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	lines := drawLines(400)
	write(t, in, lines)
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	before, after := exchange.World{Engine: e}, exchange.World{Engine: e, Lay: onDay("2026-03-10")}
	columns := exchange.Header(lines[0], nil)
	for _, c := range exchange.CompareColumns() {
		columns = append(columns, c.Name)
	}
	cell := func(row []string, name string) string { return row[slices.Index(columns, name)] }
	var first [][]string
	for _, out := range []struct {
		name    string
		workers int
	}{{"a.csv", 1}, {"b.ndjson", 3}, {"c.parquet", 2}, {"d.tsv.gz", 4}, {"e.xlsx", 2}} {
		totals, rows := comparison(t, in, filepath.Join(dir, out.name), before, after, true, out.workers)
		if first == nil {
			first = rows
			var by determination.Difference
			changed, faults := 0, 0
			for i, row := range rows {
				if cell(row, "problems") != "" {
					faults++
					continue
				}
				one := lines[i+1]
				c := navicert.Case{Goods: one[1], From: "CN", To: "US", Origin: one[2], On: one[3], Value: one[4] + " USD", Quantity: []string{one[5] + " " + one[6]}, Known: "2026-08-21", Only: "import", Facts: map[string]string{}}
				for f, k := range map[string]int{"content.steel": 7, "goods.Dy": 8} {
					if one[k] != "" {
						c.Facts[f] = one[k]
					}
				}
				a, err := e.Determine(c)
				if err != nil {
					t.Fatalf("row %d is answered, and has faults: %v", i+1, err)
				}
				c.On = "2026-03-10"
				b, err := e.Determine(c)
				if err != nil {
					t.Fatal(err)
				}
				x := navicert.Compare(a, b)
				d, _, _ := x.Duty()
				by = by.Add(d)
				want := "no"
				if x.Changed() {
					want = "yes"
					changed++
				}
				if cell(row, "changed") != want || cell(row, "difference_least") != d.Least.StringFixed(2) && !d.LeastUnknown || cell(row, "outcome_after") != string(b.Outcome()) {
					t.Errorf("row %d is %v, and alone %s, %v", i+1, row, want, d)
				}
			}
			if faults == 0 || changed == 0 || totals.Changed != changed || totals.By != by || totals.Rows-totals.Answered != faults {
				t.Errorf("%d faults, %d changed, %v; the totals are %+v", faults, changed, by, totals)
			}
			sum := determination.Difference{}
			for _, m := range totals.Months {
				sum = sum.Add(m.By)
			}
			if !sum.Least.Equal(by.Least) || !sum.Most.Equal(by.Most) || sum.MostUnknown != by.MostUnknown {
				t.Errorf("the months come to %v, all to %v", sum, by)
			}
			if len(totals.Largest) != min(20, changed) || !slices.IsSortedFunc(totals.Largest, func(a, b exchange.Compared) int { return size(&b).Cmp(size(&a)) }) {
				t.Errorf("%d rows are kept as the largest", len(totals.Largest))
			}
			continue
		}
		if out.name == "e.xlsx" || out.name == "b.ndjson" { // one takes zeros off amounts, the other has columns in another order
			if len(rows) != len(first) {
				t.Errorf("%s has %d rows", out.name, len(rows))
			}
			continue
		}
		if diff := cmp.Diff(first, rows); diff != "" {
			t.Errorf("%s differs (-csv +it):\n%s", out.name, diff)
		}
	}
	// Only what changes or is at fault is written, unless all are asked for.
	totals, rows := comparison(t, in, filepath.Join(dir, "some.csv"), before, after, false, 2)
	if want := totals.Changed + totals.Rows - totals.Answered; len(rows) != want || want == totals.Rows {
		t.Errorf("%d rows are written, of %d", len(rows), want)
	}
}

func size(x *exchange.Compared) quantity.Decimal {
	least, most := x.By.Least, x.By.Most
	if least.Sign() < 0 {
		least = least.Neg()
	}
	if most.Sign() < 0 {
		most = most.Neg()
	}
	return least.Max(most)
}

// A world differs from itself in no row, and from one with a scenario that does
// nothing, or that nobody knows of yet, in none either.
func TestCompareOfOneWorld(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	write(t, in, drawLines(300))
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	const head = "title: T\ninstruments:\n- {id: x, title: X, date: 2026-08-22}\n"
	for name, scenario := range map[string]string{
		"itself":              "",
		"a scenario of none":  head,
		"one that comes late": head + "acts:\n- {measures: [\"us.*\"], by: x, void: true}\n",
	} {
		other := e
		if scenario != "" {
			if other, err = e.With(name, []byte(scenario)); err != nil {
				t.Fatal(err)
			}
		}
		totals, rows := comparison(t, in, filepath.Join(dir, "out.csv"), exchange.World{Engine: e}, exchange.World{Engine: other}, false, 2)
		if totals.Changed != 0 || len(totals.Acts) > 0 || len(totals.Outcomes) > 0 || !totals.By.None() || !totals.FeesBy.None() || totals.Loose > 0 || len(rows) != totals.Rows-totals.Answered {
			t.Errorf("%s: the totals are %+v", name, totals)
		}
	}
}

// Rows of one entry share in both worlds what is counted once for it: what a file
// compared says of them is what batch says of the file on either day.
func TestCompareSharesEntries(t *testing.T) {
	dir := t.TempDir()
	lines, _ := drawEntries(300, 5)
	days := [...]string{"2025-06-15", "2026-03-10"}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, "in.csv")
	write(t, in, lines)
	_, rows := comparison(t, in, filepath.Join(dir, "out.csv"), exchange.World{Engine: e, Lay: onDay(days[0])}, exchange.World{Engine: e, Lay: onDay(days[1])}, true, 3)
	names := exchange.Header(lines[0], nil)
	for _, c := range exchange.CompareColumns() {
		names = append(names, c.Name)
	}
	var sides [2][][]string
	var columns []string
	for i, day := range days {
		on := slices.Clone(lines)
		for j := range on[1:] {
			on[j+1] = slices.Clone(on[j+1])
			on[j+1][slices.Index(on[0], "Date")] = day
		}
		name := filepath.Join(dir, day)
		write(t, name+".csv", on)
		if _, err := answerFile(t, name+".csv", name+".out.csv", exchange.RunOptions{Detail: exchange.Brief, Workers: 2}); err != nil {
			t.Fatal(err)
		}
		columns, sides[i] = table(t, name+".out.csv")
	}
	exact, shared := 0, 0
	for i, row := range rows {
		cell := func(name string) string { return row[slices.Index(names, name)] }
		of := func(side int, name string) string { return sides[side][i][slices.Index(columns, name)] }
		for _, x := range [][2]string{{cell("duty_before_least"), of(0, "duty_least")}, {cell("duty_before_most"), of(0, "duty_most")}, {cell("duty_after_least"), of(1, "duty_least")}, {cell("duty_after_most"), of(1, "duty_most")}} {
			if x[0] != x[1] {
				t.Fatalf("row %d: compare says %q, batch %q\n%v", i+1, x[0], x[1], row)
			}
		}
		amount := func(text string) quantity.Decimal {
			d, err := quantity.ParseDecimal(text)
			if err != nil {
				t.Fatalf("row %d: %v", i+1, err)
			}
			return d
		}
		if of(0, "fees_least") != of(0, "fees_most") || of(1, "fees_least") != of(1, "fees_most") {
			continue
		}
		exact++
		want := amount(of(1, "fees_least")).Sub(amount(of(0, "fees_least")))
		if least, most := amount(cell("fees_difference_least")), amount(cell("fees_difference_most")); !least.Equal(want) || !most.Equal(want) {
			t.Fatalf("row %d: fees differ by %s to %s, by batch %s\n%v", i+1, least, most, want, row)
		}
		if want.Sign() != 0 {
			shared++
		}
	}
	if exact < 300 || shared < 100 {
		t.Errorf("of %d rows the fees are exact, of %d they differ", exact, shared)
	}
}
