package quantity

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"0", "0", ""},
		{"-0", "0", ""},
		{"+12", "12", ""},
		{"-0.50", "-0.5", ""},
		{"007.100", "7.1", ""},
		{"999999999999999999.999999999999", "999999999999999999.999999999999", ""},
		{"-123456789012345678.000000000001", "-123456789012345678.000000000001", ""},
		{"", "", "has no digits"},
		{"-", "", "has no digits"},
		{".", "", "has no digits"},
		{".5", "", "write 0.5"},
		{"5.", "", "write 5"},
		{"1e3", "", "without separators or exponent"},
		{"1,000", "", "without separators"},
		{"--1", "", "is not plain digits"},
		{"1.2.3", "", "is not plain digits"},
		{" 1", "", "is not plain digits"},
		{"٣", "", "is not plain digits"},
		{"1234567890123456789", "", "19 digits before the point"},
		{"0.1234567890123", "", "13 digits after the point"},
	} {
		d, err := ParseDecimal(c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("ParseDecimal(%q) = %v, %v; want an error with %q", c.text, d, err, c.err)
			}
			continue
		}
		if err != nil || d.String() != c.want {
			t.Errorf("ParseDecimal(%q) = %v, %v; want %s", c.text, d, err, c.want)
		}
	}
}

func TestNewDecimal(t *testing.T) {
	for _, c := range []struct {
		coef  int64
		scale int
		want  string
	}{
		{0, 0, "0"},
		{0, 40, "0"},
		{1234, 2, "12.34"},
		{-1200, 2, "-12"},
		{5, -3, "5000"},
		{7, 25, "0.0000000000000000000000007"},
		{9223372036854775807, 19, "0.9223372036854775807"},
		{-9223372036854775808, 0, "-9223372036854775808"},
	} {
		if got := NewDecimal(c.coef, c.scale).String(); got != c.want {
			t.Errorf("NewDecimal(%d, %d) = %s, want %s", c.coef, c.scale, got, c.want)
		}
	}
}

// TestRounding is the table of what rounding means here, for every mode and both
// signs. A column is the amount rounded half-up, half-even, down and up.
func TestRounding(t *testing.T) {
	for _, c := range []struct {
		amount                       string
		places                       int
		halfUp, halfEven, down, away string
	}{
		{"0", 2, "0", "0", "0", "0"},
		{"0.001", 2, "0", "0", "0", "0.01"},
		{"0.004999999999", 2, "0", "0", "0", "0.01"},
		{"0.005", 2, "0.01", "0", "0", "0.01"},
		{"0.005000000001", 2, "0.01", "0.01", "0", "0.01"},
		{"0.015", 2, "0.02", "0.02", "0.01", "0.02"},
		{"0.025", 2, "0.03", "0.02", "0.02", "0.03"},
		{"0.035", 2, "0.04", "0.04", "0.03", "0.04"},
		{"1.005", 2, "1.01", "1", "1", "1.01"},
		{"2.675", 2, "2.68", "2.68", "2.67", "2.68"},
		{"2.665", 2, "2.67", "2.66", "2.66", "2.67"},
		{"1234.565", 2, "1234.57", "1234.56", "1234.56", "1234.57"},
		{"1234.575", 2, "1234.58", "1234.58", "1234.57", "1234.58"},
		{"1234.5649", 2, "1234.56", "1234.56", "1234.56", "1234.57"},
		{"1234.56", 2, "1234.56", "1234.56", "1234.56", "1234.56"},
		{"9.995", 2, "10", "10", "9.99", "10"},
		{"99.5", 0, "100", "100", "99", "100"},
		{"0.5", 0, "1", "0", "0", "1"},
		{"1.5", 0, "2", "2", "1", "2"},
		{"2.5", 0, "3", "2", "2", "3"},
		{"0.05", 1, "0.1", "0", "0", "0.1"},
		{"0.25", 1, "0.3", "0.2", "0.2", "0.3"},
		{"0.0005", 3, "0.001", "0", "0", "0.001"},
		{"0.00000000015", 10, "0.0000000002", "0.0000000002", "0.0000000001", "0.0000000002"},
		{"250", -2, "300", "200", "200", "300"},
		{"249", -2, "200", "200", "200", "300"},
		{"50", -2, "100", "0", "0", "100"},
		{"3", -4, "0", "0", "0", "10000"},
		{"999999999999999.995", 2, "1000000000000000", "1000000000000000", "999999999999999.99", "1000000000000000"},
		// 25 digits: beyond what 64 bits hold
		{"123456789012345678.1234565", 6, "123456789012345678.123457", "123456789012345678.123456", "123456789012345678.123456", "123456789012345678.123457"},
		{"123456789012345678.1234575", 6, "123456789012345678.123458", "123456789012345678.123458", "123456789012345678.123457", "123456789012345678.123458"},
		{"999999999999999999.9999995", 6, "1000000000000000000", "1000000000000000000", "999999999999999999.999999", "1000000000000000000"},
		{"123456789012345678.1250000", 2, "123456789012345678.13", "123456789012345678.12", "123456789012345678.12", "123456789012345678.13"},
		{"123456789012345650.0000001", -2, "123456789012345700", "123456789012345700", "123456789012345600", "123456789012345700"},
	} {
		for m, want := range map[Mode]string{HalfUp: c.halfUp, HalfEven: c.halfEven, Down: c.down, Up: c.away} {
			if got := MustDecimal(c.amount).Round(c.places, m).String(); got != want {
				t.Errorf("%s rounded %s to %d places is %s, want %s", c.amount, m, c.places, got, want)
			}
			if want != "0" {
				want = "-" + want
			}
			if got := MustDecimal("-"+c.amount).Round(c.places, m).String(); got != want {
				t.Errorf("-%s rounded %s to %d places is %s, want %s", c.amount, m, c.places, got, want)
			}
		}
	}
}

func TestQuo(t *testing.T) {
	for _, c := range []struct {
		num, den string
		places   int
		mode     Mode
		want     string
	}{
		{"1", "3", 2, HalfUp, "0.33"},
		{"2", "3", 2, HalfUp, "0.67"},
		{"-2", "3", 2, HalfUp, "-0.67"},
		{"2", "-3", 2, Down, "-0.66"},
		{"1", "8", 2, HalfEven, "0.12"},
		{"3", "8", 2, HalfEven, "0.38"},
		{"1", "8", 2, HalfUp, "0.13"},
		{"-1", "8", 2, HalfUp, "-0.13"},
		{"1", "800", 0, Up, "1"},
		{"0", "7", 5, Up, "0"},
		{"0.001", "2", 3, Down, "0"},
		{"1000", "12", -1, HalfUp, "80"},
		{"999999999999999999", "0.000000000001", 2, HalfUp, "999999999999999999000000000000"},
		{"1", "3", 30, Down, "0.333333333333333333333333333333"},
	} {
		if got := MustDecimal(c.num).Quo(MustDecimal(c.den), c.places, c.mode).String(); got != c.want {
			t.Errorf("%s ÷ %s, %s to %d places, is %s, want %s", c.num, c.den, c.mode, c.places, got, c.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a division by zero went through")
		}
	}()
	MustDecimal("1").Quo(Decimal{}, 2, HalfUp)
}

func TestStringFixed(t *testing.T) {
	for _, c := range []struct {
		amount string
		places int
		want   string
	}{
		{"0", 2, "0.00"},
		{"12", 2, "12.00"},
		{"-12.5", 2, "-12.50"},
		{"12.345", 2, "12.35"},
		{"-0.004", 2, "0.00"},
		{"12.345", 0, "12"},
		{"1250", -2, "1300"},
		{"123456789012345678.1234567", 10, "123456789012345678.1234567000"},
	} {
		if got := MustDecimal(c.amount).StringFixed(c.places); got != c.want {
			t.Errorf("%s with %d places is %q, want %q", c.amount, c.places, got, c.want)
		}
	}
}

// With a number of places a decimal is written as the ratio that it is.
func TestStringFixedIsTheRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, places := decimals().Draw(t, "d"), rapid.IntRange(0, 25).Draw(t, "places")
		ratio, ok := new(big.Rat).SetString(d.String())
		if !ok {
			t.Fatal(d)
		}
		want := ratio.FloatString(places)
		if zero := strings.TrimLeft(want, "-0."); zero == "" {
			want = strings.TrimPrefix(want, "-")
		}
		if got := string(d.AppendFixed([]byte("x"), places)); got != "x"+want {
			t.Fatalf("%s with %d places is %q, want %q", d, places, got, want)
		}
	})
}

func TestModeNames(t *testing.T) {
	for m := HalfUp; m <= Up; m++ {
		if got, err := ParseMode(m.String()); err != nil || got != m {
			t.Errorf("ParseMode(%q) = %v, %v", m, got, err)
		}
	}
	if _, err := ParseMode("bankers"); err == nil {
		t.Error("ParseMode takes a mode that is not known")
	}
}

// decimals draws numbers of every size: as they are written, with the digits of
// products, and at the edge of what 19 digits hold.
func decimals() *rapid.Generator[Decimal] {
	written := rapid.Custom(func(t *rapid.T) Decimal {
		s := rapid.StringMatching(`-?[0-9]{1,18}(\.[0-9]{1,12})?`).Draw(t, "written")
		return MustDecimal(s)
	})
	short := rapid.Custom(func(t *rapid.T) Decimal {
		return NewDecimal(rapid.Int64Range(-20000, 20000).Draw(t, "coef"), rapid.IntRange(0, 6).Draw(t, "scale"))
	})
	edge := rapid.Custom(func(t *rapid.T) Decimal {
		d := NewDecimal(9_223_372_036_854_775_807, rapid.IntRange(-3, 25).Draw(t, "scale"))
		d = d.Add(NewDecimal(rapid.Int64().Draw(t, "more"), rapid.IntRange(0, 25).Draw(t, "scale of more")))
		if rapid.Bool().Draw(t, "negative") {
			d = d.Neg()
		}
		return d
	})
	product := rapid.Custom(func(t *rapid.T) Decimal {
		return written.Draw(t, "one").Mul(written.Draw(t, "other"))
	})
	return rapid.OneOf(short, written, edge, product)
}

// rat is the number as a fraction, read from its digits.
func rat(t interface{ Fatalf(string, ...any) }, d Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		t.Fatalf("%q is not a number", d.String())
	}
	return r
}

func TestDecimalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, e := decimals().Draw(t, "d"), decimals().Draw(t, "e")
		x, y := rat(t, d), rat(t, e)
		shape := []string{d.String(), e.String()}
		for name, c := range map[string]struct {
			got  Decimal
			want *big.Rat
		}{
			"sum":        {d.Add(e), new(big.Rat).Add(x, y)},
			"difference": {d.Sub(e), new(big.Rat).Sub(x, y)},
			"product":    {d.Mul(e), new(big.Rat).Mul(x, y)},
			"negative":   {d.Neg(), new(big.Rat).Neg(x)},
		} {
			if c.got.coef > maxSmall || c.got.scale > maxScale || c.got.neg && c.got.coef == 0 || c.got.big != nil && c.got.coef != 0 {
				t.Fatalf("%s of %s and %s is held as %+v", name, d, e, c.got)
			}
			if rat(t, c.got).Cmp(c.want) != 0 {
				t.Fatalf("%s of %s and %s is %s, want %s", name, d, e, c.got, c.want.RatString())
			}
		}
		if d.Cmp(e) != x.Cmp(y) || d.Equal(e) != (x.Cmp(y) == 0) {
			t.Fatalf("%s compared with %s is %d", d, e, d.Cmp(e))
		}
		if d.Min(e).Cmp(d.Max(e)) > 0 {
			t.Fatalf("the smaller of %s and %s is the larger", d, e)
		}
		if d.Sign() != x.Sign() || d.IsZero() != (x.Sign() == 0) {
			t.Fatalf("the sign of %s is %d", d, d.Sign())
		}
		if d.String() != shape[0] || e.String() != shape[1] {
			t.Fatalf("computing changed %s, %s to %s, %s", shape[0], shape[1], d, e)
		}
	})
}

func TestRoundingAgainstRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, e := decimals().Draw(t, "d"), decimals().Draw(t, "e")
		places := rapid.IntRange(-20, 30).Draw(t, "places")
		mode := rapid.SampledFrom([]Mode{HalfUp, HalfEven, Down, Up}).Draw(t, "mode")
		checkRounded(t, d.Round(places, mode), rat(t, d), places, mode)
		if !e.IsZero() {
			checkRounded(t, d.Quo(e, places, mode), new(big.Rat).Quo(rat(t, d), rat(t, e)), places, mode)
		}
	})
}

// checkRounded checks by definition that got is exact rounded to places.
func checkRounded(t *rapid.T, got Decimal, exact *big.Rat, places int, mode Mode) {
	step := big.NewRat(1, 1)
	ten := big.NewRat(10, 1)
	for range max(places, -places) {
		step.Mul(step, ten)
	}
	if places > 0 {
		step.Inv(step)
	}
	r := rat(t, got)
	steps := new(big.Rat).Quo(r, step)
	if !steps.IsInt() {
		t.Fatalf("%s rounded to %d places is %s", exact.RatString(), places, got)
	}
	off := new(big.Rat).Sub(r, exact)                // towards or away from zero
	outward := off.Sign() * exact.Sign()             // +1: away from zero
	half := off.Abs(off).Quo(off, step)              // in steps
	cmp := half.Cmp(big.NewRat(1, 2))                // against the half
	ok := half.Cmp(big.NewRat(1, 1)) < 0             // a neighbour at all
	odd := new(big.Int).Abs(steps.Num()).Bit(0) == 1 // the neighbour taken is odd
	switch mode {
	case Down:
		ok = ok && outward <= 0
	case Up:
		ok = ok && outward >= 0
	case HalfUp:
		ok = ok && (cmp < 0 || cmp == 0 && outward > 0)
	case HalfEven:
		ok = ok && (cmp < 0 || cmp == 0 && !odd)
	}
	if !ok {
		t.Fatalf("%s rounded %s to %d places is %s", exact.RatString(), mode, places, got)
	}
}

func TestDecimalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[+-]?[0-9]{1,18}(\.[0-9]{1,12})?`).Draw(t, "s")
		d, err := ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := new(big.Rat).SetString(s)
		if rat(t, d).Cmp(want) != 0 {
			t.Fatalf("ParseDecimal(%q) = %s", s, d)
		}
		again, err := ParseDecimal(d.String())
		if err != nil || again != d && again.big == nil {
			t.Fatalf("ParseDecimal(%q) = %s, %v", d, again, err)
		}
	})
}

// TestSmallStaysSmall holds the promise of the hot path: no allocation where 19
// digits hold the numbers.
func TestSmallStaysSmall(t *testing.T) {
	value, rate, other := MustDecimal("1234567.89"), MustDecimal("0.075"), MustDecimal("12.5")
	var sum Decimal
	if n := testing.AllocsPerRun(100, func() {
		sum = value.Mul(rate).Round(2, HalfUp).Add(other).Sub(value).Quo(rate, 4, HalfEven)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if sum.IsZero() {
		t.Error("nothing computed")
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-12.50", "+1", "999999999999999999.999999999999", "1e9", ".5", "1,000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDecimal(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || rat(t, d).Cmp(want) != 0 {
			t.Fatalf("ParseDecimal(%q) = %s", s, d)
		}
		if again, err := ParseDecimal(d.String()); err != nil || !again.Equal(d) {
			t.Fatalf("%q is read as %s, which is read as %s, %v", s, d, again, err)
		}
	})
}

func BenchmarkMulRound(b *testing.B) {
	value, rate := MustDecimal("1234567.89"), MustDecimal("0.075")
	b.ReportAllocs()
	for b.Loop() {
		sink = value.Mul(rate).Round(2, HalfUp)
	}
}

func BenchmarkMulRoundWide(b *testing.B) {
	value, rate := MustDecimal("123456789012345678.12"), MustDecimal("0.075")
	b.ReportAllocs()
	for b.Loop() {
		sink = value.Mul(rate).Round(2, HalfUp)
	}
}

var sink Decimal
