package quantity

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"10000 USD", "10000 USD", ""},
		{"USD 10,000.00", "10000 USD", ""},
		{"EUR12.50", "12.5 EUR", ""},
		{"12.50EUR", "12.5 EUR", ""},
		{" -1,234,567.8 CNY ", "-1234567.8 CNY", ""},
		{"10000", "", "has no currency"},
		{"10000 usd", "", "three capital letters"},
		{"$10000", "", "has no currency"},
		{"USD", "", "has no digits"},
		{"USD 10 EUR", "", "is not plain digits"},
		{"1,00 USD", "", "groups of three digits"},
		{"1000,000 USD", "", "groups of three digits"},
		{",100 USD", "", "groups of three digits"},
		{"1,,000 USD", "", "groups of three digits"},
		{"12,5 EUR", "", "groups of three digits"},
		{"1.000,5 EUR", "", "is not plain digits"},
	} {
		m, err := ParseMoney(c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("ParseMoney(%q) = %v, %v; want an error with %q", c.text, m, err, c.err)
			}
			continue
		}
		if err != nil || m.String() != c.want {
			t.Errorf("ParseMoney(%q) = %v, %v; want %s", c.text, m, err, c.want)
		}
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"10000 USD", "USD 10,000.00", "-1,234.5 EUR", "1,00 USD", "USD", "USDUSD"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s)
		if err != nil {
			return
		}
		again, err := ParseMoney(m.String())
		if err != nil || !again.Amount.Equal(m.Amount) || again.Currency != m.Currency {
			t.Fatalf("%q is read as %s, which is read as %s, %v", s, m, again, err)
		}
	})
}

func TestRange(t *testing.T) {
	d := MustDecimal
	a, open := Range{Least: d("1"), Most: d("2.5")}, Range{Least: d("3"), Unbounded: true}
	for _, c := range []struct {
		got  Range
		want string
	}{
		{a, "1..2.5"},
		{Exactly(d("4.20")), "4.2"},
		{open, "3.."},
		{a.Add(a), "2..5"},
		{a.Add(open), "4.."},
		{a.Hull(Exactly(d("7"))), "1..7"},
		{a.Hull(open), "1.."},
		{Exactly(d("7")).Hull(Exactly(d("-7"))), "-7..7"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
		if c.got.Unbounded && !c.got.Most.IsZero() {
			t.Errorf("%s has a most of %s", c.got, c.got.Most)
		}
	}
	if !Exactly(d("2.0")).IsExact() || a.IsExact() || open.IsExact() || (Range{Unbounded: true}).IsExact() {
		t.Error("only a range of one number is exact")
	}
}

func TestRangeLaws(t *testing.T) {
	ranges := rapid.Custom(func(t *rapid.T) Range {
		x, y := decimals().Draw(t, "x"), decimals().Draw(t, "y")
		if rapid.Bool().Draw(t, "unbounded") {
			return Range{Least: x, Unbounded: true}
		}
		return Range{Least: x.Min(y), Most: x.Max(y)}
	})
	rapid.Check(t, func(t *rapid.T) {
		r, s := ranges.Draw(t, "r"), ranges.Draw(t, "s")
		x, y := decimals().Draw(t, "x"), decimals().Draw(t, "y")
		if r.Contains(x) && s.Contains(y) && !r.Add(s).Contains(x.Add(y)) {
			t.Fatalf("%s + %s = %s does not hold %s + %s", r, s, r.Add(s), x, y)
		}
		if (r.Contains(x) || s.Contains(x)) && !r.Hull(s).Contains(x) {
			t.Fatalf("the hull %s of %s and %s does not hold %s", r.Hull(s), r, s, x)
		}
		if !r.Contains(r.Least) || !r.Unbounded && !r.Contains(r.Most) {
			t.Fatalf("%s does not hold its ends", r)
		}
	})
}

// Amounts as programs write them are read by a short way; a blank before them sends
// them by the other.
func TestShortAmounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[0-9]{0,4}|[0-9]{1,19}|[0-9]{1,9}\.[0-9]{0,13}|[-+]?[0-9,.]{1,6}`).Draw(t, "number")
		s := number + rapid.SampledFrom([]string{" ", "", "  "}).Draw(t, "blank") + rapid.SampledFrom([]string{"USD", "usd", "kg", "No.", "doz. pr.", "Pb kg", "000 kg", "", "x"}).Draw(t, "of")
		m, err := ParseMoney(s)
		n, slow := ParseMoney(" " + s)
		if (err == nil) != (slow == nil) || m.Currency != n.Currency || !m.Amount.Equal(n.Amount) || m.String() != n.String() {
			t.Errorf("%q is %s, %v; with a blank before it %s, %v", s, m, err, n, slow)
		}
		q, err := ParseQuantity(s)
		r, slow := ParseQuantity(" " + s)
		if (err == nil) != (slow == nil) || q.Unit != r.Unit || !q.Amount.Equal(r.Amount) || q.String() != r.String() {
			t.Errorf("%q is %s, %v; with a blank before it %s, %v", s, q, err, r, slow)
		}
	})
}
