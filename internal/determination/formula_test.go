package determination_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/determination"
)

// In the model goods.p is goods.m * goods.k, and goods.q is goods.p / goods.n.
func TestComputedFacts(t *testing.T) {
	read := func(fact, rel, num string) func(*mmeasure) {
		return func(x *mmeasure) { x.when = &mcond{op: "cmp", fact: fact, rel: rel, num: num} }
	}
	s := plainModel(newDuty("m.p", read("goods.p", ">=", "50")), newDuty("m.q", read("goods.q", ">=", "3"))).compile(t)
	for _, c := range []struct {
		title string
		facts []string
		duty  string // least and most additional duty
		asked []string
		exact bool
	}{
		{"computed, at the threshold", []string{"goods.m", "6.25", "goods.k", "8", "goods.n", "100"}, "1000.00..1000.00", nil, true},
		{"computed, just below", []string{"goods.m", "6.249", "goods.k", "8", "goods.n", "100"}, "0.00..0.00", nil, true},
		{"a quotient just below is not rounded up", []string{"goods.p", "49.9999999", "goods.n", "16.6666666667"}, "0.00..0.00", nil, true},
		{"a quotient at the threshold", []string{"goods.p", "49.5", "goods.n", "16.5"}, "1000.00..1000.00", nil, true},
		{"stated, nothing computed", []string{"goods.p", "50", "goods.q", "2.9"}, "1000.00..1000.00", nil, true},
		{"stated as rounded, computed decides", []string{"goods.p", "47.99", "goods.n", "16", "goods.q", "3"}, "0.00..0.00", nil, true},
		{"one operand alone leaves it open", []string{"goods.m", "6", "goods.q", "0"}, "0.00..1000.00", []string{"goods.p"}, false},
		{"nothing known", nil, "0.00..2000.00", []string{"goods.p", "goods.q"}, false},
		{"a product of which nothing is known", []string{"goods.q", "0"}, "0.00..1000.00", []string{"goods.p"}, false},
	} {
		doc := ask(t, s, plainCase("1101010010", c.facts...))
		if got := *doc.Additional.Duty.Least.Amount + ".." + *doc.Additional.Duty.Most.Amount; got != c.duty {
			t.Errorf("%s: %s, want %s", c.title, got, c.duty)
		}
		if got := questionFacts(doc); !slices.Equal(slices.Sorted(slices.Values(got)), c.asked) {
			t.Errorf("%s: asked %v, want %v", c.title, got, c.asked)
		}
		if doc.Exact != c.exact {
			t.Errorf("%s: exact %v", c.title, doc.Exact)
		}
		for _, q := range doc.Questions {
			if q.Formula == "" {
				t.Errorf("%s: the question for %s does not say from what it is computed", c.title, q.Fact)
			}
		}
	}
}

// The answer tells the derivation, and asked again it is the same.
func TestComputedFactsAreTold(t *testing.T) {
	s := plainModel(newDuty("m.q", func(x *mmeasure) { x.when = &mcond{op: "cmp", fact: "goods.q", rel: ">=", num: "3"} })).compile(t)
	doc := ask(t, s, plainCase("1101010010", "goods.p", "2368", "goods.n", "81.4", "goods.q", "29.09"))
	if doc.Case.Facts["goods.q"] != "29.09" {
		t.Errorf("the case is understood with goods.q %s", doc.Case.Facts["goods.q"])
	}
	want := determination.Presumption{What: "goods.q is about 29.0909", Why: "computed: goods.p / goods.n", Fact: "goods.q"}
	if !slices.Contains(doc.Presumed, want) {
		t.Errorf("presumed %v, want among them %v", doc.Presumed, want)
	}
}

func TestContradictedFormula(t *testing.T) {
	s := plainModel(newDuty("m.p", func(x *mmeasure) { x.when = &mcond{op: "cmp", fact: "goods.p", rel: ">=", num: "50"} })).compile(t)
	c := plainCase("1101010010", "goods.m", "6", "goods.k", "8", "goods.p", "50")
	_, err := determination.Determine(s, c.asked())
	const want = "facts.goods.p: 50 contradicts goods.m * goods.k, which comes to 48 (correct one of goods.p, goods.m, goods.k)"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
