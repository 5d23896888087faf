package determination_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/rulepack"
	"go.yaml.in/yaml/v4"
)

// A case touches a measure in the way in which it shows that the measure is read
// right.
func TestCover(t *testing.T) {
	flagged := func(x *mmeasure) { x.when = &mcond{op: "fact", fact: "flag"} }
	ended := func(x *mmeasure) { x.acts[0].run.until = 20 }
	never := func(x *mmeasure) { x.origin = []string{"VN"} }
	s := plainModel(newDuty("m.plain"), newDuty("m.flag", flagged), newDuty("m.ended", ended), newDuty("m.vn", never)).compile(t)
	var cases []rulepack.Case
	for id, text := range map[string]string{
		"a": `{goods: "1101010010", from: CN, to: US, on: "2025-01-16", facts: {flag: true}}`,
		"b": `{goods: "1101010010", from: CN, to: US, on: "2025-02-16", facts: {flag: false}}`,
		"c": `{goods: "1101010010", from: CN, to: US, on: "2024-12-01"}`,
		"d": `{goods: "1101010010", from: CN, to: US, on: "2025-01-16"}`,
		"e": `{goods: "nonsense", from: CN, to: US, on: "2025-01-16"}`,
	} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, rulepack.Case{ID: id, Input: n.Content[0]})
	}
	slices.SortFunc(cases, func(a, b rulepack.Case) int { return int(a.ID[0]) - int(b.ID[0]) })
	covered := determination.Cover(s, cases)
	touches := map[string]map[determination.Touch]string{
		"m.plain": {determination.TouchApplies: "abd", determination.TouchBefore: "c"},
		"m.flag":  {determination.TouchApplies: "a", determination.TouchExcluded: "b", determination.TouchOpen: "d", determination.TouchBefore: "c"},
		"m.ended": {determination.TouchApplies: "ad", determination.TouchAfter: "b", determination.TouchBefore: "c"},
		"m.vn":    {},
	}
	for _, c := range covered {
		for touch, ids := range touches[c.Measure] {
			got := ""
			for _, id := range c.Cases[touch] {
				got += id
			}
			if got != ids {
				t.Errorf("%s %s: %s, want %s", c.Measure, touch, got, ids)
			}
		}
	}
	own := func(names []string) []string { // without the ordinary duties of the model
		return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, "m.") })
	}
	want := map[string][]string{"inside": {"m.vn"}, "outside": {"m.vn"}, "before": {"m.vn"}}
	for _, gap := range determination.Untested(covered) {
		if got := own(gap.Measures); !slices.Equal(got, want[gap.Side]) {
			t.Errorf("%s: no case of %v, want %v", gap.Side, got, want[gap.Side])
		}
	}
	want = map[string][]string{"inside": {"m.vn"}, "before": {"m.plain", "m.flag", "m.ended", "m.vn"}, "after": {"m.ended"}}
	want["outside"] = []string{"m.plain", "m.flag", "m.ended", "m.vn"}
	for _, gap := range determination.Untested(determination.Cover(s, cases[:1])) {
		if got := own(gap.Measures); !slices.Equal(got, want[gap.Side]) {
			t.Errorf("%s with one case: no case of %v, want %v", gap.Side, got, want[gap.Side])
		}
	}
}
