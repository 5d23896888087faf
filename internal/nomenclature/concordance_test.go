package nomenclature

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/quantity"
)

func TestConcordance(t *testing.T) {
	c := NewConcordance([]Succession{
		{Code: "85414060", Successor: "85414100", On: 1},
		{Code: "85414060", Successor: "85414200", On: 1},
		{Code: "85414080", Successor: "85414200", On: 1},
		{Code: "8541406010", Successor: "8541406020", On: 0},
	})
	codes := func(list []Succession, of func(Succession) Code) []Code {
		var out []Code
		for _, s := range list {
			out = append(out, of(s))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	successor := func(s Succession) Code { return s.Successor }
	code := func(s Succession) Code { return s.Code }
	for _, test := range []struct {
		name string
		got  []Code
		want []Code
	}{
		{"of a line", codes(c.Successors("85414080"), successor), []Code{"85414200"}},
		{"of a subheading", codes(c.Successors("854140"), successor), []Code{"8541406020", "85414100", "85414200"}},
		{"of a statistical line of its own", codes(c.Successors("8541406010"), successor), []Code{"8541406020"}},
		{"of any other", codes(c.Successors("8541406099"), successor), []Code{"85414100", "85414200"}},
		{"of a neighbour", codes(c.Successors("85414070"), successor), nil},
		{"before a line", codes(c.Predecessors("85414200"), code), []Code{"85414060", "85414080"}},
		{"before nothing", codes(c.Predecessors("85414300"), code), nil},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, test.got, test.want)
		}
	}
	var none *Concordance
	if len(slices.Collect(none.All())) != 0 || none.Successors("85414060") != nil || none.Predecessors("85414060") != nil || len(slices.Collect(c.All())) != 4 {
		t.Error("an empty concordance holds something")
	}
}

// TestConcordanceBothWays holds that a line that succeeds another is preceded by
// it.
func TestConcordanceBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) Succession {
			pick := rapid.SampledFrom([]Code{"0101", "010110", "01011000", "0101100010", "01012000", "0102"})
			return Succession{Code: pick.Draw(t, "code"), Successor: pick.Draw(t, "successor"), On: quantity.Instant(rapid.IntRange(0, 3).Draw(t, "on"))}
		})
		all := rapid.SliceOf(draw).Draw(t, "all")
		c := NewConcordance(all)
		for _, s := range all {
			if !slices.Contains(c.Successors(s.Code), s) || !slices.Contains(c.Predecessors(s.Successor), s) {
				t.Fatalf("%+v is not found", s)
			}
		}
	})
}
