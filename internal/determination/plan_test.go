package determination

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

// readLaw reads the embedded packs once for the tests of this package.
var readLaw = sync.OnceValues(func() (*rulepack.Set, rulepack.Problems) {
	set, problems := rulepack.Read(packs.FS, "us-tariff", "cn-export-control")
	return set, problems.Faults()
})

// embedded compiles the embedded packs anew: nothing is remembered in what it
// returns.
func embedded(t testing.TB) *schedule.Schedule {
	t.Helper()
	set, faults := readLaw()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return schedule.Compile(set)
}

// traders are origins under different law; each sends cases of its own, so that
// cases of two of them share nothing that is remembered.
var traders = []string{"CN", "CA", "MX", "VN", "DE", "JP", "GB", "RU", "KR", "BR", "IN", "CH", "CU", "HK", "AU", "TH"}

// drawImports draws real import cases that differ in nothing but the amounts. It
// is deterministic in its source.
func drawImports(r *rand.Rand, lines []*nomenclature.Line, origin string, n int) []Case {
	oneOf := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	day := quantity.Date(20089 + r.IntN(700)) // from 2025-01-01
	base := Case{Goods: string(lines[r.IntN(len(lines))].Code), From: origin, To: "US", On: day.String(), Only: "import", Closed: r.IntN(3) > 0}
	switch r.IntN(8) {
	case 0: // where much has happened
		base.Goods = oneOf("7208.39.00.30", "7318.15.20.55", "7616.99.51.90", "8708.29.51.60", "8703.23.01.40", "8481.80.30.90", "8541.43.00.10", "9401.61.60.11")
	case 1:
		base.On = oneOf("2025-04-05T00:01-04:00", "2025-04-09", "2025-05-14T00:00-04:00", "2026-02-24T00:00-05:00", "2026-04-06", "2026-07-24")
	}
	if r.IntN(2) == 0 {
		base.Known = oneOf("2025-02-03", "2025-04-08", "2025-06-10", "2025-09-01", "2026-02-19", "2026-04-03", "2026-08-21")
	}
	switch r.IntN(10) {
	case 0:
		base.Facts = map[string]string{"content.steel": oneOf("0", "0.25", "1")}
	case 1:
		base.Facts = map[string]string{"content.us": oneOf("0.19", "0.2", "0.5")}
	case 2:
		base.Facts = map[string]string{"preference": "S"}
	case 3: // read by law on export alone
		base.Facts = map[string]string{"goods.Dy": oneOf("0", "5")}
	}
	if origin == "CN" && r.IntN(3) > 0 { // both sides of the border
		base.Only = ""
		base.Goods = oneOf("8505.11.00.70", "8505.11.00.50", "2846.90.80.90", "8112.92.10.00", base.Goods)
		base.Facts = map[string]string{}
		for _, f := range [...][]string{
			{"goods.Sm", "0", "0.05", "25"}, {"goods.Dy", "0", "0.1", "1.5"}, {"end_user.name", "Generic Fighter Works", "TDK Corporation", "Acme Motors"},
			{"end_user.military", "true", "false"}, {"goods.form", "permanent-magnet", "oxide", "metal"}, {"preference", "S"},
		} {
			if r.IntN(3) == 0 {
				base.Facts[f[0]] = oneOf(f[1:]...)
			}
		}
	}
	out := make([]Case, n)
	for i := range out {
		out[i] = base
		if r.IntN(4) > 0 {
			out[i].Value = fmt.Sprintf("%d.%02d USD", r.IntN(100000), r.IntN(100))
		}
		for _, unit := range []string{"kg", "No.", "m2", "liter"} {
			if r.IntN(3) == 0 {
				out[i].Quantity = append(out[i].Quantity, fmt.Sprintf("%d %s", r.IntN(5000), unit))
			}
		}
	}
	return out
}

// answered is what a case comes to, as the bytes of its document or the text of
// its faults.
func answered(t testing.TB, d *Determination, s *schedule.Schedule, c Case) string {
	t.Helper()
	if err := d.Determine(s, &c); err != nil {
		return err.Error()
	}
	b, err := d.Document().JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func importLines(t testing.TB, s *schedule.Schedule) []*nomenclature.Line {
	t.Helper()
	us, ok := s.Pack("US")
	if !ok {
		t.Fatal("no pack of the United States")
	}
	at, err := quantity.ParseInstant("2025-06-15T12:00-04:00")
	if err != nil {
		t.Fatal(err)
	}
	var lines []*nomenclature.Line
	for l := range us.Table.Lines(at) {
		if n := len(l.Code); n >= 8 && l.Code[:2] < "98" || n == 6 {
			lines = append(lines, l)
		}
	}
	return lines
}

// TestPlanChangesNoAnswer holds that a schedule which has answered like cases
// before answers as one that has not, byte for byte.
func TestPlanChangesNoAnswer(t *testing.T) {
	const rounds, together, like = 8, 4, 4
	warm := embedded(t)
	lines := importLines(t, warm)
	r := rand.New(rand.NewPCG(20261122, 7))
	var d Determination // its memory is used again too
	planned, faults := 0, 0
	for range rounds {
		var cases [together][]Case
		for i, o := range r.Perm(len(traders))[:together] {
			cases[i] = drawImports(r, lines, traders[o], like)
		}
		for j := range like {
			cold := embedded(t)
			for i := range together {
				c := cases[i][j]
				var fresh Determination
				want := answered(t, &fresh, cold, c)
				for range 2 {
					got := answered(t, &d, warm, c)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Fatalf("%+v\n(-cold +warm, by a plan: %t):\n%s", c, d.e.shared, diff)
					}
				}
				if len(d.e.q.legs) == 0 {
					faults++
				} else if d.e.shared {
					planned++
				}
			}
		}
	}
	if all := rounds * together * like; planned < all/3 || faults > all/3 {
		t.Errorf("of %d cases %d were answered by a plan and %d have faults: the test holds little", all, planned, faults)
	}
}

// TestPlanIsOfItsFacts holds that a case which states a fact that the law reads
// is not answered by the plan of one that does not.
func TestPlanIsOfItsFacts(t *testing.T) {
	base := Case{Goods: "6110.20.20.79", From: "VN", To: "US", On: "2025-06-15", Only: "import", Closed: true, Value: "1000 USD"}
	with := func(change func(*Case)) Case {
		c := base
		change(&c)
		return c
	}
	fact := func(name, value string) Case {
		return with(func(c *Case) { c.Facts = map[string]string{name: value} })
	}
	tests := []struct {
		name string
		c    Case
		plan bool
		duty string
	}{
		{"as the plan has it", base, true, "265"},
		{"another value", with(func(c *Case) { c.Value = "2000 USD" }), true, "530"},
		{"another line that the same rows name", with(func(c *Case) { c.Goods = "6110.20.20.69" }), true, "265"},
		{"another line that rows of the same lists name", with(func(c *Case) { c.Goods = "6110.30.30.59" }), true, "420"},
		{"a line that rows of other lists name, under none of which a duty runs", with(func(c *Case) { c.Goods = "9403.60.80.40" }), true, "100"},
		{"a line on which another duty runs", with(func(c *Case) { c.Goods = "8708.29.51.60" }), false, "275"},
		{"a fact that no law on the goods reads", fact("goods.Dy", "3"), true, "265"},
		{"a claim that is open to others alone", fact("exclusion_301", "true"), true, "265"},
		{"content of the United States", fact("content.us", "0.5"), false, "215"},
		{"another day", with(func(c *Case) { c.On = "2025-03-01" }), false, "165"},
		{"the first day again", base, true, "265"},
		{"another day under the same law", with(func(c *Case) { c.On = "2025-06-14" }), true, "265"},
		{"as known before a duty was announced", with(func(c *Case) { c.Known = "2025-03-31" }), false, "165"},
		{"another origin that no duty that runs tells apart", with(func(c *Case) { c.From = "TH" }), true, "265"},
		{"another origin", with(func(c *Case) { c.From = "CN" }), false, "540"},
	}
	s := embedded(t)
	if _, err := Determine(s, base); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Determine(s, tt.c)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.e.shared; got != tt.plan {
				t.Errorf("answered by a plan: %t, want %t", got, tt.plan)
			}
			duty, _, ok := d.Duty()
			if !ok || duty.Least.String() != tt.duty || duty.Most.String() != tt.duty {
				t.Errorf("duty %s to %s, want %s", duty.Least, duty.Most, tt.duty)
			}
		})
	}
}

// TestOpenCasesKeepTheirOwnPlan holds that open and closed cases of one movement
// do not take one another's plans.
func TestOpenCasesKeepTheirOwnPlan(t *testing.T) {
	for _, closedFirst := range []bool{true, false} {
		s := embedded(t)
		for i := range 4 {
			c := Case{Goods: "8708.29.51.60", From: "DE", To: "US", On: "2025-07-15", Only: "import", Value: "1000 USD", Closed: closedFirst == (i%2 == 0)}
			var d, fresh Determination
			if diff := cmp.Diff(answered(t, &fresh, embedded(t), c), answered(t, &d, s, c)); diff != "" {
				t.Fatalf("closed: %t, closed first: %t (-cold +warm):\n%s", c.Closed, closedFirst, diff)
			}
		}
	}
}

// TestPlansAreLent holds that a case of which something open touches the duties takes up
// the plan of another that it is like, and comes to what it comes to without.
func TestPlansAreLent(t *testing.T) {
	tests := []struct {
		name string
		c    Case
		lent bool
	}{
		{"a duty that may have lapsed", Case{Goods: "6110.20.20.79", From: "VN", On: "2026-07-28", Closed: true}, true},
		{"an open case", Case{Goods: "8471.50.01.50", From: "CN", On: "2026-05-01"}, true},
		{"shares that are open", Case{Goods: "8708.29.51.60", From: "DE", On: "2025-07-15"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := embedded(t)
			var d, fresh Determination
			var sum, want Summary
			for i := range 6 {
				c := tt.c
				c.To, c.Only, c.Value, c.Quantity = "US", "import", fmt.Sprintf("%d.35 USD", 17*(i+1)*(i+1)), []string{fmt.Sprintf("%d No.", i+1)}
				if i == 3 {
					c.Value = ""
				}
				if diff := cmp.Diff(answered(t, &fresh, embedded(t), c), answered(t, &d, s, c)); diff != "" {
					t.Fatalf("%+v (-cold +warm):\n%s", c, diff)
				}
				if got := d.e.lent != nil; got != (tt.lent && i > 0) {
					t.Errorf("case %d: lent: %t", i, got)
				}
				if err := d.Determine(s, &c); err != nil { // no document was asked of it
					t.Fatal(err)
				}
				if err := fresh.Determine(embedded(t), &c); err != nil {
					t.Fatal(err)
				}
				d.Summarise(&sum)
				fresh.Summarise(&want)
				opt := cmp.Options{cmp.AllowUnexported(quantity.Decimal{}), cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Bill" || p.Last().String() == ".own" }, cmp.Ignore())}
				if diff := cmp.Diff(want, sum, opt); diff != "" {
					t.Errorf("%+v (-cold +warm):\n%s", c, diff)
				}
			}
		})
	}
}

// TestPlansKnowWhatPartsLeave holds that goods of which a part is stated are not
// answered by the plan of goods of which it leaves less, or more, for the parts that are
// open, though no law reads it.
func TestPlansKnowWhatPartsLeave(t *testing.T) {
	withCopper := func(percent string) Case {
		return Case{Goods: "8106.10.10", From: "CN", To: "DE", On: "2025-10-20", Facts: map[string]string{"goods.Cu": percent}}
	}
	for _, order := range [][2]string{{"99", "1"}, {"1", "99"}} {
		s := embedded(t)
		for i, percent := range order {
			c := withCopper(percent)
			var d, fresh Determination
			var sum Summary
			if diff := cmp.Diff(answered(t, &fresh, embedded(t), c), answered(t, &d, s, c)); diff != "" {
				t.Errorf("%s %% of copper after %v (-cold +warm):\n%s", percent, order[:i], diff)
			}
			d.Summarise(&sum)
			if bismuth, want := slices.Contains(sum.Questions, "goods.Bi"), percent == "1"; bismuth != want {
				t.Errorf("%s %% of copper: bismuth is asked: %t, want %t", percent, bismuth, want)
			}
		}
	}
}

// TestOneScheduleManyGoroutines holds that determinations which share a schedule
// come to what one alone comes to; the race detector watches.
func TestOneScheduleManyGoroutines(t *testing.T) {
	s, lone := embedded(t), embedded(t)
	r := rand.New(rand.NewPCG(3, 1))
	lines := importLines(t, lone)
	var cases []Case
	var want []string
	for range 20 {
		cases = append(cases, drawImports(r, lines, traders[r.IntN(len(traders))], 2)...)
	}
	cases = append(cases, Case{Goods: "8505.11.00.70", From: "CN", To: "US", On: "2025-06-15"})
	for _, c := range cases {
		var d Determination
		want = append(want, answered(t, &d, lone, c))
	}
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			var d Determination
			order := rand.New(rand.NewPCG(uint64(n), 2)).Perm(len(cases))
			for _, i := range order {
				if got := answered(t, &d, s, cases[i]); got != want[i] {
					t.Errorf("%+v (-alone +together):\n%s", cases[i], cmp.Diff(want[i], got))
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestPlanIsKept holds that an evaluation is kept, and for cases alone that
// state the same of what the law reads.
func TestPlanIsKept(t *testing.T) {
	s := embedded(t)
	c := Case{Goods: "6110.20.20.79", From: "VN", To: "US", On: "2025-06-15", Only: "import", Closed: true, Value: "123456 USD"}
	d, err := Determine(s, c)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := s.Recall(d.e.w.near, d.e.key).(*plan)
	if !ok {
		t.Fatal("no plan is kept")
	}
	for _, like := range []Case{
		func(c Case) Case { c.Closed = false; return c }(c),
		func(c Case) Case { c.Facts = map[string]string{"content.us": "0.5"}; return c }(c),
		func(c Case) Case { c.Facts = map[string]string{"preference": "S"}; return c }(c),
	} {
		var e Determination
		if err := e.Determine(s, &like); err == nil && e.e.plan == p {
			t.Errorf("%+v takes the plan of %+v", like, c)
		}
	}
}

// TestExportsOfManyGoods holds that goods which leave under the same law, and share what
// is remembered of it, are told apart by the control items that are usually classified in
// their codes, on all days around the acts of that law.
func TestExportsOfManyGoods(t *testing.T) {
	warm := embedded(t)
	var codes []string // in which some item is usually classified, and others
	for list := range int32(warm.ItemLists()) {
		for _, row := range warm.ItemList(list).Rows {
			for _, c := range row.Codes {
				codes = append(codes, string(c))
			}
		}
	}
	r := rand.New(rand.NewPCG(20261128, 6))
	for _, l := range importLines(t, warm) {
		if r.IntN(40) == 0 {
			codes = append(codes, string(l.Code))
		}
	}
	var days []string
	for _, e := range warm.Entries() {
		for _, a := range e.Acts {
			if e.Leg == measure.Export && a.Period.From > quantity.MinInstant {
				days = append(days, a.Period.From.Format(time.UTC), (a.Period.From - 1).Format(time.UTC))
			}
		}
	}
	var d Determination // its memory is used again too
	answers := map[Outcome]int{}
	for range 250 {
		c := Case{Goods: codes[r.IntN(len(codes))], From: "CN", To: []string{"US", "DE", "JP"}[r.IntN(3)], Only: "export", On: days[r.IntN(len(days))], Closed: r.IntN(3) == 0}
		if r.IntN(3) == 0 {
			c.Facts = map[string]string{"goods.Dy": "5", "goods.form": "permanent-magnet"}
		}
		var fresh Determination
		want := answered(t, &fresh, warm.Anew(), c)
		if diff := cmp.Diff(want, answered(t, &d, warm, c)); diff != "" {
			t.Fatalf("%+v (-cold +warm):\n%s", c, diff)
		}
		answers[d.Outcome()]++
	}
	if answers[Free] < 20 || answers[Refer] < 20 {
		t.Errorf("outcomes %v: the test holds little", answers)
	}
}
