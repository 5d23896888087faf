package navicert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var table = Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-11-20", Known: "2026-08-01", Value: "10000 USD"}

func under(t *testing.T, eng *Engine, scenario string) *Engine {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("examples", "scenarios", scenario))
	if err != nil {
		t.Fatal(err)
	}
	other, err := eng.With(scenario, text)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func answered(t *testing.T, eng *Engine, c Case) *Determination {
	t.Helper()
	d, err := eng.Determine(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestExampleScenarios holds what the scenarios of examples/ do to the duty, as
// known on a day.
func TestExampleScenarios(t *testing.T) {
	eng := engine(t)
	digests := map[string]bool{eng.Digest(): true}
	for _, x := range []struct {
		scenario, on, known string
		before, after       string
		acts                string // of the first that explains
	}{
		{"truce-lapses.yaml", "2025-11-20", "2026-08-01", "4500", "6900", "truce-lapses"},
		{"truce-lapses.yaml", "2025-11-09", "2026-08-01", "5500", "5500", ""},
		{"truce-lapses.yaml", "2026-03-01", "2026-08-01", "3500", "3500", ""}, // the duty ended in February
		{"truce-lapses.yaml", "2025-11-20", "2025-11-03", "7900", "7900", ""}, // not announced yet, and not prolonged
		{"truce-extended-90-days.yaml", "2025-11-20", "2026-08-01", "4500", "4500", ""},
		{"truce-extended-90-days.yaml", "2026-02-10", "2026-08-01", "4500", "6900", "truce-90-days"},
		{"truce-extended-90-days.yaml", "2026-02-10", "2025-11-04", "4500", "4500", ""},
		{"court-voids-emergency-duties.yaml", "2025-06-15", "2025-08-29", "5500", "2500", "emergency-duties-void"},
		{"court-voids-emergency-duties.yaml", "2025-06-15", "2025-08-28", "5500", "5500", ""},
		{"court-voids-emergency-duties.yaml", "2026-03-01", "2026-08-01", "3500", "3500", ""}, // section 122 is no emergency duty
	} {
		t.Run(strings.TrimSuffix(x.scenario, ".yaml")+" "+x.on+" "+x.known, func(t *testing.T) {
			other := under(t, eng, x.scenario)
			digests[other.Digest()] = true
			c := table
			c.On, c.Known = x.on, x.known
			a, b := answered(t, eng, c), answered(t, other, c)
			for d, want := range map[*Determination]string{a: x.before, b: x.after} {
				if duty, _, _ := d.Duty(); duty.Least.String() != want || duty.Most.String() != want {
					t.Errorf("the duty is %v, not %s", duty, want)
				}
			}
			doc := Compare(a, b).Document()
			if doc.Changed != (x.before != x.after) || !doc.Exact {
				t.Errorf("changed: %v, exact: %v", doc.Changed, doc.Exact)
			}
			found := false
			for _, act := range doc.Acts {
				found = found || act.Instrument == x.acts && act.Standing == "hypothetical"
			}
			if found != (x.acts != "") {
				t.Errorf("the acts are %+v", doc.Acts)
			}
			if len(doc.After.Schedule.Scenarios) != 1 || len(doc.Before.Schedule.Scenarios) != 0 {
				t.Error("the scenario is not named, or named where it is not")
			}
		})
	}
	if len(digests) != 4 {
		t.Errorf("%d digests of four engines", len(digests))
	}
}

// TestVerifyScenario holds that an answer under a scenario is verified with it
// alone.
func TestVerifyScenario(t *testing.T) {
	eng := engine(t)
	other := under(t, eng, "truce-lapses.yaml")
	kept, err := answered(t, other, table).Document().JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Verify(kept); err != nil {
		t.Error(err)
	}
	if err := eng.Verify(kept); err == nil || !strings.Contains(err.Error(), "The truce lapses") {
		t.Errorf("verified without the scenario: %v", err)
	}
	if err := under(t, eng, "truce-extended-90-days.yaml").Verify(kept); err == nil {
		t.Error("verified with another scenario")
	}
}

// Rows of a list with the same dates stand for one another in what is remembered:
// a comparison names the row of its own goods all the same.
func TestComparisonNamesItsOwnRow(t *testing.T) {
	eng := engine(t)
	for _, goods := range []string{"7612.10.00.00", "7613.00.00.00", "8418.10.00.10", "7612.90.50.00"} {
		c := Case{Goods: goods, From: "DE", To: "US", On: "2025-08-15", Known: "2026-08-01", Value: "10000 USD", Only: "import"}
		before := answered(t, eng, c)
		c.On = "2025-08-20"
		listed := false
		for _, a := range Compare(before, answered(t, eng, c)).Document().Acts {
			if code, ok := strings.CutPrefix(a.Effect, "lists "); ok {
				listed = true
				if !strings.HasPrefix(goods, code) {
					t.Errorf("%s: %s lists %s", goods, a.Citation, code)
				}
			}
		}
		if !listed {
			t.Errorf("%s: no act lists it", goods)
		}
	}
}

// A stay explains a change where what it stays decides on the other side, and not where
// a later act takes the place of both.
func TestStaysThatMove(t *testing.T) {
	eng := engine(t)
	c := Case{Goods: "6302.31.70.40", From: "IN", To: "US", Only: "import", Closed: true, Value: "10000 USD"}
	for _, x := range []struct {
		on, known [2]string
		acts      string
	}{
		{[2]string{"2025-06-15", "2025-09-01"}, [2]string{"2026-08-01", "2026-08-01"}, "eo-14326 eo-14329"},
		{[2]string{"2025-06-05", "2025-06-05"}, [2]string{"2025-05-28", "2025-06-11"}, "eo-14257 cafc-vos-stay"},
		{[2]string{"2025-06-05", "2025-06-05"}, [2]string{"2025-06-11", "2025-05-28"}, "cit-vos-selections cafc-vos-stay"},
	} {
		var sides [2]*Determination
		for i := range sides {
			c.On, c.Known = x.on[i], x.known[i]
			sides[i] = answered(t, eng, c)
		}
		var acts []string
		for _, a := range Compare(sides[0], sides[1]).Document().Acts {
			acts = append(acts, a.Instrument)
		}
		if got := strings.Join(acts, " "); got != x.acts {
			t.Errorf("on %q, known %q: %s, want %s", x.on, x.known, got, x.acts)
		}
	}
}
