package quantity

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func texts(ds []Decimal) string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = d.String()
	}
	return strings.Join(out, " ")
}

func TestApportion(t *testing.T) {
	for _, c := range []struct {
		amount, weights string
		places          int
		want            string
	}{
		{"0", "1 2", 2, "0 0"},
		{"10", "", 2, ""},
		{"10", "5", 2, "10"},
		{"1", "1 1 1", 2, "0.34 0.33 0.33"},
		{"0.01", "1 1 2", 2, "0 0 0.01"},
		{"0.02", "1 1 1", 2, "0.01 0.01 0"},
		{"634.62", "100000 0 50000.5", 2, "423.08 0 211.54"},
		{"7", "0 0 0", 2, "7 0 0"},
		{"7", "0 1 0", 2, "0 7 0"},
		{"1.005", "1 1", 2, "0.505 0.5"}, // what is left is less than a last place
		{"10", "1 1 1", 0, "4 3 3"},
		{"100000000000000000", "999999999999999999.99 0.01", 2, "100000000000000000 0"}, // beyond 64 bits
	} {
		var weights []Decimal
		for _, w := range strings.Fields(c.weights) {
			weights = append(weights, MustDecimal(w))
		}
		parts := make([]Decimal, len(weights))
		if Apportion(parts, weights, MustDecimal(c.amount), c.places); texts(parts) != c.want {
			t.Errorf("%s by %s is %s, want %s", c.amount, c.weights, texts(parts), c.want)
		}
	}
}

// TestApportionAddsUp holds that the parts add up, that none is a last place or more off
// its weight, and that integers come to what numbers of any size do.
func TestApportionAddsUp(t *testing.T) {
	kinds := []*rapid.Generator[Decimal]{
		decimals(),
		rapid.Custom(func(t *rapid.T) Decimal {
			return NewDecimal(rapid.Int64Range(0, 5).Draw(t, "coef"), rapid.IntRange(0, 2).Draw(t, "scale"))
		}),
		rapid.Custom(func(t *rapid.T) Decimal {
			return NewDecimal(rapid.Int64Range(0, 1<<62).Draw(t, "coef"), rapid.IntRange(0, 12).Draw(t, "scale"))
		}),
	}
	positive := func(d Decimal) Decimal { return d.Max(d.Neg()) }
	inInts := 0
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.IntRange(0, 4).Draw(t, "places")
		of := kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")]
		weights := rapid.SliceOfN(of, 1, mostInts+2).Draw(t, "weights")
		for i := range weights {
			weights[i] = positive(weights[i])
		}
		amount := positive(kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind of amount")].Draw(t, "amount"))
		if rapid.Bool().Draw(t, "rounded") {
			amount = amount.Round(places, HalfUp)
		}
		got, want := make([]Decimal, len(weights)), make([]Decimal, len(weights))
		Apportion(got, weights, amount, places)
		apportionAny(want, weights, amount, places)
		if !slices.EqualFunc(got, want, Decimal.Equal) {
			t.Fatalf("%s by %s: %s, and %s by numbers of any size", amount, texts(weights), texts(got), texts(want))
		}
		if apportionInts(got, weights, amount, places) {
			inInts++
		}
		var sum, whole Decimal
		for i := range got {
			sum, whole = sum.Add(got[i]), whole.Add(weights[i])
		}
		if !sum.Equal(amount) {
			t.Fatalf("%s add up to %s, not %s", texts(got), sum, amount)
		}
		for i := range got {
			off := got[i].Mul(whole).Sub(amount.Mul(weights[i])) // times the whole
			if !whole.IsZero() && positive(off).Cmp(whole.Mul(NewDecimal(1, places))) >= 0 {
				t.Fatalf("%s by %s: %s", amount, texts(weights), texts(got))
			}
		}
	})
	if inInts == 0 {
		t.Error("none was divided in integers")
	}
}
