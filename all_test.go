package navicert

import (
	"slices"
	"testing"
)

// Answers come in the order of the cases, each as if it were asked alone.
func TestAll(t *testing.T) {
	e := engine(t)
	cases := entries()
	cases = append(cases, Case{Goods: "85", From: "CN", To: "US", On: "2025-06-15"})
	var list []*Case
	for range 3 {
		for i := range cases {
			list = append(list, &cases[i])
		}
	}
	n := 0
	for d, err := range e.All(slices.Values(list)) {
		var alone Determination
		want := e.Append(&alone, list[n])
		if (err == nil) != (want == nil) {
			t.Fatalf("case %d: %v, alone %v", n, err, want)
		}
		if err == nil {
			got, _, _ := d.Duty()
			asked, _, _ := alone.Duty()
			if !got.Least.Equal(asked.Least) || !got.Most.Equal(asked.Most) || d.Outcome() != alone.Outcome() {
				t.Fatalf("case %d: %v, alone %v", n, got, asked)
			}
		}
		n++
	}
	if n != len(list) {
		t.Errorf("%d of %d cases were answered", n, len(list))
	}
	n = 0
	for range e.All(slices.Values(list)) {
		if n++; n == 100 {
			break
		}
	}
	if n != 100 {
		t.Errorf("%d answers after the caller stopped", n)
	}
}

// Once warm, Append takes no memory: for the import alone, with the law of the
// country left too, and where facts are open.
func TestAppendDoesNotAllocate(t *testing.T) {
	e := engine(t)
	both := []Case{
		{Goods: "9403.60.80.40", From: "CN", To: "US", Origin: "CN", On: "2025-06-15", Known: "2026-08-21", Value: "10000 USD"},
		{Goods: "8505.11.00.70", From: "CN", To: "US", Origin: "CN", On: "2025-06-15", Known: "2026-08-21", Value: "10000 USD", Closed: true},
	}
	for name, cases := range map[string][]Case{"import": entries(), "both sides": both} {
		var d Determination
		all := func() {
			for i := range cases {
				if err := e.Append(&d, &cases[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		all()
		if n := testing.AllocsPerRun(5, all); n > 0 {
			t.Errorf("%s: %.0f allocations for %d cases", name, n, len(cases))
		}
	}
}
