package sample_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/sample"
)

func draw(t *testing.T, seed uint64, n int) []sample.Line {
	t.Helper()
	g, err := sample.New(sample.Options{Seed: seed, Since: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC),
		Goods: func(code string) (string, bool) { return "No.", code[:2] != "98" }})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]sample.Line, n)
	for i := range out {
		g.Next(&out[i])
	}
	return out
}

// The same seed gives the same lines, another one others.
func TestSeed(t *testing.T) {
	a := draw(t, 7, 100)
	if diff := cmp.Diff(a, draw(t, 7, 100)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(a, draw(t, 8, 100)) {
		t.Error("two seeds give the same lines")
	}
}

// Every line can be read as a case; lines of one entry follow one another and
// agree; the large partners come often, and no goods that were not asked for.
func TestLines(t *testing.T) {
	lines := draw(t, 1, 20000)
	origins := map[string]int{}
	closed := map[string]bool{}
	for i, l := range lines {
		if _, err := nomenclature.ParseCode(l.Goods); err != nil || len(l.Goods) != 13 || l.Goods[:2] == "98" {
			t.Fatalf("line %d: goods %q: %v", i, l.Goods, err)
		}
		for _, c := range []string{l.Origin, l.From} {
			if _, err := nomenclature.ParseCountry(c); err != nil {
				t.Fatalf("line %d: %v", i, err)
			}
		}
		if day, err := quantity.ParseDate(l.Day); err != nil || l.Day[:7] != "2025-01" {
			t.Fatalf("line %d: day %v: %v", i, day, err)
		}
		for _, text := range []string{l.Value, l.Weight, l.Quantity} {
			if n, err := quantity.ParseDecimal(text); err != nil || n.Sign() <= 0 {
				t.Fatalf("line %d: %q: %v", i, text, err)
			}
		}
		if l.Unit != "No." {
			t.Fatalf("line %d: unit %q", i, l.Unit)
		}
		origins[l.Origin]++
		if i == 0 || lines[i-1].Entry != l.Entry {
			if closed[l.Entry] {
				t.Fatalf("line %d: the entry %s was over", i, l.Entry)
			}
			closed[l.Entry] = true
		} else if p := lines[i-1]; p.Day != l.Day || p.Origin != l.Origin || p.From != l.From {
			t.Fatalf("lines %d and %d are of one entry and differ: %v %v", i-1, i, p, l)
		}
	}
	if origins["CN"] < 1000 || origins["CN"] > 8000 || origins["MX"] < 500 || len(origins) < 50 {
		t.Errorf("origins: %v", origins)
	}
	if n := len(closed); n < len(lines)/4 || n == len(lines) {
		t.Errorf("%d entries of %d lines", n, len(lines))
	}
}

func TestNothingToDraw(t *testing.T) {
	day := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := sample.New(sample.Options{Since: day, Until: day}); err == nil {
		t.Error("an empty window is taken")
	}
	if _, err := sample.New(sample.Options{Since: day, Until: day.AddDate(0, 0, 1), Goods: func(string) (string, bool) { return "", false }}); err == nil {
		t.Error("no goods are taken")
	}
}
