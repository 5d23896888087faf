package condition

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/quantity"
)

// cellsOf returns the cells of a fact by the atoms of the conditions.
func cellsOf(tb testing.TB, env *Env, fact string, conditions ...string) []Cell {
	tb.Helper()
	slot, ok := env.Slot(fact)
	if !ok {
		tb.Fatalf("no fact %s", fact)
	}
	var over []Atom
	for _, c := range conditions {
		for _, a := range compile(tb, env, c).Atoms() {
			if a.Slots[0] == slot || len(a.Slots) == 2 && a.Slots[1] == slot {
				over = append(over, a)
			}
		}
	}
	return Cells(env.Fact(slot), over, env.PartyLists(), ^uint64(0))
}

// TestCells shows each cell as its label, its value, and the ends of its
// region.
func TestCells(t *testing.T) {
	env := testEnv(t)
	const a, b = `timestamp("2025-02-01T00:01:00-05:00")`, `timestamp("2025-03-04T00:01:00-05:00")`
	for _, c := range []struct {
		fact       string
		conditions []string
		want       []string
	}{
		{"goods.Dy", nil, []string{"any = 0 [0, 100]"}},
		{"goods.Dy", []string{"goods.Dy > 0"}, []string{"none = 0 [0, 0]", "more than 0 = 100 [0, 100]"}},
		{"goods.Dy", []string{"goods.Dy == 0 && exclusion", "!(goods.Dy != 0.0)"}, []string{"none = 0 [0, 0]", "more than 0 = 100 [0, 100]"}},
		{"goods.Dy", []string{"goods.Dy >= 0.2"}, []string{"less than 0.2 = 0 [0, 0.2]", "0.2 or more = 0.2 [0.2, 100]"}},
		{"goods.Dy", []string{"goods.Dy <= 0.2"}, []string{"0.2 or less = 0 [0, 0.2]", "more than 0.2 = 100 [0.2, 100]"}},
		{"goods.Dy", []string{"goods.Dy > 0", "goods.Dy >= 0.2", "goods.Dy > 0.5"}, []string{"none = 0 [0, 0]",
			"more than 0 and less than 0.2 = 0.1 [0, 0.2]", "0.2 or more and 0.5 or less = 0.2 [0.2, 0.5]", "more than 0.5 = 100 [0.5, 100]"}},
		{"goods.Dy", []string{"goods.Dy in [1, 2]"}, []string{"less than 1 = 0 [0, 1]", "exactly 1 = 1 [1, 1]",
			"more than 1 and less than 2 = 1.5 [1, 2]", "exactly 2 = 2 [2, 2]", "more than 2 = 100 [2, 100]"}},
		{"goods.Dy", []string{"goods.Dy > 1 && goods.Dy <= 2"}, []string{"1 or less = 0 [0, 1]", "more than 1 and 2 or less = 2 [1, 2]", "more than 2 = 100 [2, 100]"}},
		{"goods.Dy", []string{"goods.Dy == 100"}, []string{"less than 100 = 0 [0, 100]", "exactly 100 = 100 [100, 100]"}},
		{"goods.Dy", []string{"goods.Dy >= 0"}, []string{"any = 0 [0, 100]"}},
		{"goods.Dy", []string{"goods.Dy > goods.Tb"}, []string{"any = 0 [0, 100]"}},
		{"value", []string{"value > 800"}, []string{"800 or less = 0 [0, 800]", "more than 800 = 801 [800, …)"}},
		{"value", nil, []string{"any = 0 [0, …)"}},
		{"temperature", []string{"temperature == 0"}, []string{"less than 0 = -40 [-40, 0]", "exactly 0 = 0 [0, 0]", "more than 0 = 60 [0, 60]"}},

		{"loaded", nil, []string{"any = 1970-01-01T00:00Z [0001-01-02T00:00Z, 9999-12-31T00:00Z)"}},
		{"loaded", []string{"loaded >= " + a}, []string{
			"before 2025-02-01T00:01-05:00 = 2025-02-01T05:00:59Z [0001-01-02T00:00Z, 2025-02-01T05:01Z)",
			"2025-02-01T00:01-05:00 or later = 2025-02-01T05:01Z [2025-02-01T05:01Z, 9999-12-31T00:00Z)"}},
		{"loaded", []string{"loaded > " + a + " && loaded < " + b, "loaded == " + b}, []string{
			"before 2025-02-01T00:01:01-05:00 = 2025-02-01T05:01Z [0001-01-02T00:00Z, 2025-02-01T05:01:01Z)",
			"2025-02-01T00:01:01-05:00 or later and before 2025-03-04T00:01-05:00 = 2025-02-01T05:01:01Z [2025-02-01T05:01:01Z, 2025-03-04T05:01Z)",
			"exactly 2025-03-04T00:01-05:00 = 2025-03-04T05:01Z [2025-03-04T05:01Z, 2025-03-04T05:01:01Z)",
			"2025-03-04T00:01:01-05:00 or later = 2025-03-04T05:01:01Z [2025-03-04T05:01:01Z, 9999-12-31T00:00Z)"}},

		{"exclusion", []string{"!exclusion"}, []string{"yes = true", "no = false"}},

		{"goods.form", nil, []string{"any = metal"}},
		{"goods.form", []string{"goods.form == 'oxide'"}, []string{"oxide = oxide", "another value = metal"}},
		{"goods.form", []string{"goods.form in ['oxide', 'metal']", "goods.form != 'oxide'"}, []string{"metal = metal", "oxide = oxide", "another value = alloy"}},
		{"goods.form", []string{"goods.form in ['oxide', 'metal', 'alloy']"}, []string{"metal = metal", "alloy = alloy", "oxide = oxide", "other = other"}},
		{"grade", []string{"grade in ['N35', 'N52']"}, []string{"N35 = N35", "N52 = N52"}},

		{"use", []string{"use == 'civil' || use in ['dual', 'civil']"}, []string{"civil = civil", "dual = dual", "another value = another value"}},
		{"use", []string{"use == 'another value'"}, []string{"another value = another value", "another value = another value 2"}},
		{"origin", []string{"origin in ['AD', 'CN']"}, []string{"Andorra = AD", "China = CN", "another country = AE"}},

		{"end_user.name", nil, []string{"any = another party"}},
		{"end_user.name", []string{"end_user.name == 'ACME'"}, []string{"ACME = ACME", "another party = another party"}},
		{"end_user.name", []string{"listed(end_user.name, 'cn.control-list')"}, []string{
			"not listed = another party on []", "on the list cn.control-list = another party on [1]"}},
		{"end_user.name", []string{"listed(end_user.name, 'us.entity-list') && !listed(end_user.name, 'cn.unreliable')"}, []string{
			"not listed = another party on []", "on the list us.entity-list = another party on [0]", "on the list cn.unreliable = another party on [2]",
			"on the lists us.entity-list and cn.unreliable = another party on [0 2]"}},
		{"end_user.name", []string{"listed(end_user.name, 'cn.control-list') || end_user.name == 'ACME'"}, []string{
			"ACME, not listed = ACME on []", "ACME, on the list cn.control-list = ACME on [1]",
			"another party, not listed = another party on []", "another party, on the list cn.control-list = another party on [1]"}},
	} {
		var got []string
		for _, cell := range cellsOf(t, env, c.fact, c.conditions...) {
			s := cell.Label + " = " + cell.Value.String()
			if cell.Low != nil {
				high := "…)"
				if cell.High != nil {
					high = cell.High.String() + "]"
				}
				s += fmt.Sprintf(" [%s, %s", cell.Low, high)
			}
			if !cell.Period.IsEmpty() {
				s += fmt.Sprintf(" [%v, %v)", InstantValue(cell.Period.From), InstantValue(cell.Period.Until))
			}
			if cell.Value.IsHypothetical() {
				var on []int
				for l := range env.PartyLists() {
					if cell.Value.OnList(l) {
						on = append(on, l)
					}
				}
				s += fmt.Sprintf(" on %v", on)
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("cells of %s by %q (-want +got):\n%s", c.fact, c.conditions, diff)
		}
	}
}

// TestCellContains places a party by what the lists say of it.
func TestCellContains(t *testing.T) {
	env := testEnv(t)
	cells := cellsOf(t, env, "end_user.name", "listed(end_user.name, 'cn.control-list')")
	place := func(v Value, lists Lists) string {
		for i := range cells {
			if cells[i].Contains(v, lists) {
				return cells[i].Label
			}
		}
		return ""
	}
	for _, c := range []struct {
		v     Value
		lists Lists
		want  string
	}{
		{TextValue("ACME"), listing{"1:ACME"}, "on the list cn.control-list"},
		{TextValue("ACME"), listing{"0:ACME"}, "not listed"},
		{TextValue("ACME"), nil, "not listed"},
		{HypotheticalParty("ACME", 1, 2), nil, "on the list cn.control-list"},
		{HypotheticalParty("ACME", 2), listing{"1:ACME"}, "not listed"},
		{AbsentValue(), nil, ""},
		{Value{}, nil, ""},
		{NumberValue(quantity.Decimal{}), nil, ""},
	} {
		if got := place(c.v, c.lists); got != c.want {
			t.Errorf("%v with %v lies in %q, want %q", c.v, c.lists, got, c.want)
		}
	}
}

func TestCellsOfManyLists(t *testing.T) {
	lists := strings.Split("abcdefghijk", "")
	env, err := NewEnv(testFacts(), lists)
	if err != nil {
		t.Fatal(err)
	}
	var conditions []string
	for _, l := range lists {
		conditions = append(conditions, fmt.Sprintf("listed(end_user.name, %q)", l))
	}
	if got := len(cellsOf(t, env, "end_user.name", conditions[:10]...)); got != 1024 {
		t.Errorf("ten lists make %d cells, want 1024", got)
	}
	if got := cellsOf(t, env, "end_user.name", conditions...); got != nil {
		t.Errorf("eleven lists make %d cells, want none", len(got))
	}
}

// TestCellsOfOtherAtoms passes over atoms that are not about the fact's type.
func TestCellsOfOtherAtoms(t *testing.T) {
	env := testEnv(t)
	atoms := compile(t, env, `goods.Tb > 1 && loaded > timestamp("2025-02-01T00:01:00-05:00") && use == "x" && military && listed(use, "cn.unreliable")`).Atoms()
	slot, _ := env.Slot("goods.Dy")
	if got := Cells(env.Fact(slot), atoms[1:], 3, 0); len(got) != 1 {
		t.Errorf("atoms of other types divide a number into %d cells", len(got))
	}
	slot, _ = env.Slot("use")
	if got := Cells(env.Fact(slot), atoms[4:], 2, 0); len(got) != 1 || got[0].Value.IsHypothetical() {
		t.Errorf("a list beyond the number of lists makes %d cells", len(got))
	}
	if got := Cells(&Fact{}, atoms, 3, 0); got != nil {
		t.Errorf("a fact without a type has %d cells", len(got))
	}
}
