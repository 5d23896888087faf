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
