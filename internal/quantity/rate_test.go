package quantity

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustRate(s string) *Rate {
	r, err := ParseRate(s)
	if err != nil {
		panic(err)
	}
	return r
}

// stock is a basis that knows the quantities given.
func stock(quantities map[Unit]string) func(Unit) (Decimal, bool) {
	return func(u Unit) (Decimal, bool) {
		s, ok := quantities[u]
		if !ok {
			return Decimal{}, false
		}
		return MustDecimal(s), true
	}
}

func TestParseRate(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"Free", "Free", ""},
		{"25%", "25%", ""},
		{" 2.50% ", "2.5%", ""},
		{"0%", "0%", ""},
		{"4.4 cents/kg", "4.4 cents/kg", ""},
		{"0.044 USD/kg", "4.4 cents/kg", ""},
		{"1.035  USD/kg +  17%", "1.035 USD/kg + 17%", ""},
		{"150 cents/kg", "1.5 USD/kg", ""},
		{"2 USD each", "2 USD/No.", ""},
		{"10%+5%", "10% + 5%", ""},
		{"0.5 EUR/doz. pr.", "0.5 EUR/doz pr", ""},
		{"26.22 USD", "26.22 USD", ""},
		{"5% but not less than 1.2 cents/kg", "5% but not less than 1.2 cents/kg", ""},
		{"5% but not more than 2 USD/kg + 1%", "5% but not more than 2 USD/kg + 1%", ""},
		{"0.3464% but not less than 32.71 USD but not more than 634.62 USD", "0.3464% but not less than 32.71 USD but not more than 634.62 USD", ""},
		{"5% but not more than 9 USD but not less than 1 USD", "5% but not less than 1 USD but not more than 9 USD", ""},
		{"1.46 cents/kg less 0.02 cents/kg for each degree under 100 degrees but not less than 0.94 cents/kg", "1.46 cents/kg less 0.02 cents/kg for each degree under 100 degrees but not less than 0.94 cents/kg", ""},
		{"total 15%", "total 15%", ""},
		{"2.2 cents/kg on lead content", "2.2 cents/kg lead content", ""},
		{"", "", "write one like Free, 25%"},
		{"free", "", "write one like Free, 25%"},
		{"25", "", "write one like Free, 25%"},
		{"25 %", "", "is not plain digits"},
		{"-5%", "", "a rate is written without"},
		{"5% + -1%", "", "a rate is written without"},
		{"5% +", "", "is not a rate"},
		{"+ 5%", "", "is not a rate"},
		{"Free + 5%", "", "is not a rate"},
		{"5 USD/stone", "", `unit "stone" is not known`},
		{"5 USD/", "", "unit"},
		{"5 USD kg", "", "is not a rate"},
		{"5 cent/kg", "", "is not a rate"},
		{"4.4¢/kg", "", "is not a rate"},
		{"5 USD/kg + 1 EUR/kg", "", "one rate has amounts in USD and in EUR"},
		{"5% but not less than 1 EUR but not more than 1 USD", "", "one rate has amounts in EUR and in USD"},
		{"5% but not less than 1% but not less than 2%", "", "a second time"},
		{"5% but not less than ", "", "is not a rate"},
		{"but not less than 5%", "", "is not"},
		{"total 15 USD", "", "a total rate is a percentage"},
		{"total 15% + 5%", "", "is not plain digits"},
		{"total total 15%", "", "is not plain digits"},
		{"5 USD/kg less 1 USD/t for each degree under 100 degrees", "", "write both for the same unit"},
		{"5 USD/kg less 1 USD/kg for each degree under 100", "", "is not a rate"},
		{"5 USD less 1 USD for each degree under 100 degrees", "", "is not a rate"},
		{"5% less 1 USD/kg for each degree under 100 degrees", "", "is not a rate"},
	} {
		r, err := ParseRate(c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("ParseRate(%q) = %v, %v; want an error with %q", c.text, r, err, c.err)
			}
			continue
		}
		if err != nil || r.String() != c.want {
			t.Errorf("ParseRate(%q) = %v, %v; want %s", c.text, r, err, c.want)
			continue
		}
		if again, err := ParseRate(r.String()); err != nil || !again.Equal(r) {
			t.Errorf("%s is read as %v, %v", r, again, err)
		}
	}
}

func TestDuty(t *testing.T) {
	const sugar = "1.4606 cents/kg less 0.020668 cents/kg for each degree under 100 degrees but not less than 0.943854 cents/kg"
	for _, c := range []struct {
		rate, value, base string
		quantities        map[Unit]string
		want              string // "?unit" where the unit's quantity is missing
	}{
		{"Free", "10000", "0", nil, "0"},
		{"25%", "10000", "0", nil, "2500"},
		{"25%", "0", "0", nil, "0"},
		{"3.7%", "1234.57", "0", nil, "45.67909"},
		{"25%", "10000", "77", nil, "2500"}, // the ordinary duty is no matter
		{"10% + 5%", "10", "0", nil, "1.5"},
		{"4.4 cents/kg", "0", "0", map[Unit]string{"kg": "120.5"}, "5.302"},
		{"4.4 cents/kg", "10000", "0", nil, "?kg"},
		{"4.4 cents/kg", "10000", "0", map[Unit]string{"t": "1"}, "?kg"},
		{"1.035 USD/kg + 17%", "1000", "0", map[Unit]string{"kg": "100"}, "273.5"},
		{"13.5 cents/kg + 6.3% + 1.9 cents/article", "1000", "0", map[Unit]string{"kg": "10"}, "?article"},
		{"13.5 cents/kg + 6.3% + 1.9 cents/article", "1000", "0", map[Unit]string{"kg": "10", "article": "200"}, "68.15"},
		{"5% but not less than 1.2 cents/kg", "100", "0", map[Unit]string{"kg": "100"}, "5"},
		{"5% but not less than 1.2 cents/kg", "100", "0", map[Unit]string{"kg": "1000"}, "12"},
		{"5% but not less than 1.2 cents/kg", "100", "0", nil, "?kg"},
		{"5% but not more than 10 cents/kg", "100", "0", map[Unit]string{"kg": "10"}, "1"},
		{"5% but not more than 10 cents/kg", "100", "0", nil, "?kg"},
		{"0.3464% but not less than 32.71 USD but not more than 634.62 USD", "1000", "0", nil, "32.71"},
		{"0.3464% but not less than 32.71 USD but not more than 634.62 USD", "100000", "0", nil, "346.4"},
		{"0.3464% but not less than 32.71 USD but not more than 634.62 USD", "1000000", "0", nil, "634.62"},
		{"1% but not less than 9 USD but not more than 8 USD", "1", "0", nil, "8"}, // the upper bound has the last word
		{"total 15%", "1000", "0", nil, "150"},
		{"total 15%", "1000", "25", nil, "125"},
		{"total 15%", "1000", "150", nil, "0"},
		{"total 15%", "1000", "400", nil, "0"},
		// raw sugar: no less than the floor, which is reached at 75 degrees
		{sugar, "0", "0", map[Unit]string{"kg": "1000", "degree": "100"}, "14.606"},
		{sugar, "0", "0", map[Unit]string{"kg": "1000", "degree": "101"}, "14.606"},
		{sugar, "0", "0", map[Unit]string{"kg": "1000", "degree": "96"}, "13.77928"},
		{sugar, "0", "0", map[Unit]string{"kg": "1000", "degree": "96.5"}, "13.88262"},
		{sugar, "0", "0", map[Unit]string{"kg": "1000", "degree": "75"}, "9.439"},
		{sugar, "0", "0", map[Unit]string{"kg": "1000", "degree": "74"}, "9.43854"},
		{sugar, "0", "0", map[Unit]string{"kg": "1000"}, "?degree"},
		{sugar, "0", "0", map[Unit]string{"degree": "96"}, "?kg"},
		{"1 cents/kg less 1 cents/kg for each degree under 100 degrees", "0", "0", map[Unit]string{"kg": "1", "degree": "0"}, "0"},
		// beyond 19 digits
		{"12.345678901234%", "999999999999999999.99", "0", nil, "123456789012339999.9987654321098766"},
	} {
		b := Basis{Value: MustDecimal(c.value), Base: MustDecimal(c.base), Quantity: stock(c.quantities)}
		amount, missing, ok := mustRate(c.rate).Duty(&b)
		got := amount.String()
		if !ok {
			got = "?" + string(missing)
		} else if missing != "" {
			t.Errorf("%s is known and misses %s", c.rate, missing)
		}
		if got != c.want {
			t.Errorf("%s of %s, %v is %s, want %s", c.rate, c.value, c.quantities, got, c.want)
		}
	}
	if _, missing, ok := mustRate("5 USD/kg").Duty(&Basis{}); ok || missing != "kg" {
		t.Errorf("a basis that knows no quantity gives %q, %v", missing, ok)
	}
}

func TestRateProperties(t *testing.T) {
	for _, c := range []struct {
		rate     string
		percent  string
		only     bool
		free     bool
		total    string
		units    []Unit
		currency string
	}{
		{rate: "Free", percent: "0", only: true, free: true},
		{rate: "0%", percent: "0", only: true, free: true},
		{rate: "25%", percent: "25", only: true},
		{rate: "2.5% + 1%", percent: "3.5", only: true},
		{rate: "0 USD/kg", percent: "0", free: true, units: []Unit{"kg"}, currency: "USD"},
		{rate: "4.4 cents/kg", percent: "0", units: []Unit{"kg"}, currency: "USD"},
		{rate: "1 EUR/kg + 17%", percent: "17", units: []Unit{"kg"}, currency: "EUR"},
		{rate: "17% + 1 USD", percent: "17", currency: "USD"},
		{rate: "17% but not less than 2 USD/No. + 1 USD/kg", percent: "17", units: []Unit{"No.", "kg"}, currency: "USD"},
		{rate: "17% but not more than 0%", percent: "17", free: true},
		{rate: "0% but not less than 1 USD", percent: "0", currency: "USD"},
		{rate: "2 USD/kg + 1 USD/kg less 1 USD/kg for each degree under 9 degrees", percent: "0", units: []Unit{"kg", "degree"}, currency: "USD"},
		{rate: "total 15%", percent: "0", total: "15"},
		{rate: "total 0%", percent: "0", free: true, total: "0"},
	} {
		r := mustRate(c.rate)
		if percent, only := r.AdValorem(); percent.String() != c.percent || only != c.only {
			t.Errorf("%s takes %s%%, nothing else: %v", r, percent, only)
		}
		if r.IsFree() != c.free {
			t.Errorf("%s is free: %v", r, r.IsFree())
		}
		if percent, ok := r.Total(); ok != (c.total != "") || ok && percent.String() != c.total {
			t.Errorf("%s is in total %s, %v", r, percent, ok)
		}
		if diff := cmp.Diff(c.units, r.Units()); diff != "" {
			t.Errorf("%s has units (-want +got)\n%s", r, diff)
		}
		if r.Currency() != c.currency {
			t.Errorf("%s is in %q", r, r.Currency())
		}
	}
	if !mustRate("5%").Equal(mustRate("5.0%")) || mustRate("5%").Equal(mustRate("total 5%")) || mustRate("5%").Equal(nil) || !(*Rate)(nil).Equal(nil) {
		t.Error("rates are equal that are not, or the other way round")
	}
}

// rates draws rates of every form, as packs write them.
func rates() *rapid.Generator[string] {
	number := rapid.StringMatching(`[0-9]{1,4}(\.[0-9]{1,6})?`)
	unit := rapid.SampledFrom([]string{"kg", "No.", "doz pr", "pf.liter ethyl alcohol content", "kg lead content", "m2", "thousand"})
	addend := rapid.Custom(func(t *rapid.T) string {
		n := number.Draw(t, "number")
		switch rapid.IntRange(0, 5).Draw(t, "form") {
		case 0:
			return n + " USD/" + unit.Draw(t, "unit")
		case 1:
			return n + " cents/" + unit.Draw(t, "unit")
		case 2:
			return n + " USD"
		case 3:
			u := unit.Draw(t, "unit")
			return n + " cents/" + u + " less " + number.Draw(t, "less") + " cents/" + u + " for each degree under " + number.Draw(t, "under") + " degrees"
		default:
			return n + "%"
		}
	})
	sum := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(addend, 1, 3).Draw(t, "addends"), " + ")
	})
	return rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			return "Free"
		case 1:
			return "total " + number.Draw(t, "total") + "%"
		}
		s := sum.Draw(t, "sum")
		if rapid.Bool().Draw(t, "has least") {
			s += " but not less than " + sum.Draw(t, "least")
		}
		if rapid.Bool().Draw(t, "has most") {
			s += " but not more than " + sum.Draw(t, "most")
		}
		return s
	})
}

func TestRateRoundTrip(t *testing.T) {
	quantity := rapid.StringMatching(`[0-9]{1,6}(\.[0-9]{1,3})?`)
	rapid.Check(t, func(t *rapid.T) {
		text := rates().Draw(t, "rate")
		r, err := ParseRate(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRate(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q is read as %s, which is read as %v, %v", text, r, again, err)
		}
		known := make(map[Unit]string)
		for _, u := range r.Units() {
			known[u] = quantity.Draw(t, string(u))
		}
		b := Basis{
			Value:    MustDecimal(quantity.Draw(t, "value")),
			Base:     MustDecimal(quantity.Draw(t, "base")),
			Quantity: stock(known),
		}
		amount, missing, ok := r.Duty(&b)
		if !ok {
			t.Fatalf("%s misses %s", r, missing)
		}
		if amount.Sign() < 0 {
			t.Fatalf("%s of %v is %s", r, b.Value, amount)
		}
		if other, _, _ := again.Duty(&b); !other.Equal(amount) {
			t.Fatalf("%q gives %s, written as %s it gives %s", text, amount, r, other)
		}
		if r.IsFree() && !amount.IsZero() {
			t.Fatalf("%s is free and costs %s", r, amount)
		}
	})
}

// TestBounds checks that what a rate may come to without a quantity holds what it
// comes to with any, and that both ends are reached.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		rate, value string
		quantities  map[Unit]string
		want        string
	}{
		{"25%", "100", nil, "25"},
		{"25% + 4 USD/kg", "100", nil, "25.."},
		{"25% + 0 USD/kg", "100", nil, "25"},
		{"25% + 4 USD/kg + 1 USD/No.", "100", map[Unit]string{"kg": "2"}, "33.."},
		{"5% but not less than 1.2 cents/kg", "100", nil, "5.."},
		{"5% but not more than 10 cents/kg", "100", nil, "0..5"},
		{"4 USD/kg but not less than 3 USD but not more than 634.62 USD", "0", nil, "3..634.62"},
		{"4 USD/kg but not more than 2 USD/No.", "0", nil, "0.."},
		{"4 USD/kg but not more than 2 USD/No.", "0", map[Unit]string{"kg": "3"}, "0..12"},
		{"2 cents/kg less 0.02 cents/kg for each degree under 100 degrees", "0", map[Unit]string{"kg": "1000"}, "0..20"},
		{"3 cents/kg less 0.02 cents/kg for each degree under 100 degrees", "0", map[Unit]string{"kg": "1000"}, "10..30"},
		{"3 cents/kg less 0.02 cents/kg for each degree under 100 degrees", "0", map[Unit]string{"degree": "90"}, "0.."},
		{"3 cents/kg less 0.02 cents/kg for each degree under 100 degrees", "0", nil, "0.."},
		{"1 cents/kg less 1 cents/kg for each degree under 1 degrees", "0", map[Unit]string{"degree": "0"}, "0"},
	} {
		got := mustRate(c.rate).Bounds(&Basis{Value: MustDecimal(c.value), Quantity: stock(c.quantities)})
		if got.String() != c.want {
			t.Errorf("%s of %s, %v lies in %s, want %s", c.rate, c.value, c.quantities, got, c.want)
		}
	}
	quantity := rapid.StringMatching(`[0-9]{1,6}(\.[0-9]{1,3})?`)
	rapid.Check(t, func(t *rapid.T) {
		r := mustRate(rates().Draw(t, "rate"))
		b := Basis{Value: MustDecimal(quantity.Draw(t, "value")), Base: MustDecimal(quantity.Draw(t, "base"))}
		some, all := make(map[Unit]string), make(map[Unit]string)
		zero, large := make(map[Unit]string), make(map[Unit]string)
		for _, u := range r.Units() {
			all[u] = quantity.Draw(t, string(u))
			zero[u], large[u] = all[u], all[u]
			if rapid.Bool().Draw(t, "known") {
				some[u] = all[u]
			} else {
				zero[u], large[u] = "0", "100000000000000000"
			}
		}
		duty := func(q map[Unit]string) Decimal {
			b := b
			b.Quantity = stock(q)
			d, _, _ := r.Duty(&b)
			return d
		}
		b.Quantity = stock(some)
		bounds := r.Bounds(&b)
		if d := duty(all); !bounds.Contains(d) {
			t.Fatalf("%s lies in %s, but with %v it is %s", r, bounds, all, d)
		}
		if d := duty(zero); !d.Equal(bounds.Least) {
			t.Fatalf("%s is at least %s, but with %v it is %s", r, bounds.Least, zero, d)
		}
		if d := duty(large); !bounds.Unbounded && !d.Equal(bounds.Most) || bounds.Unbounded && d.Cmp(MustDecimal("1000")) < 0 {
			t.Fatalf("%s lies in %s, but with %v it is %s", r, bounds, large, d)
		}
	})
}

func FuzzParseRate(f *testing.F) {
	for _, s := range []string{
		"Free", "25%", "4.4 cents/kg", "1.035 USD/kg + 17%", "total 15%", "2 USD each", "26.22 USD",
		"0.3464% but not less than 32.71 USD but not more than 634.62 USD",
		"1.46 cents/kg less 0.02 cents/kg for each degree under 100 degrees but not less than 0.94 cents/kg",
		"999999999999999999.999999999999 cents/kg + 0.000000000001 cents", "999999999999999999% + 1%",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err != nil {
			return
		}
		checkRate(t, s, r)
	})
}

// checkRate checks what holds for every rate, however it was read.
func checkRate(t *testing.T, s string, r *Rate) {
	t.Helper()
	again, err := ParseRate(r.String())
	if err != nil || !again.Equal(r) {
		t.Fatalf("%q is read as %s, which is read as %v, %v", s, r, again, err)
	}
	b := Basis{Value: MustDecimal("1234.56"), Base: MustDecimal("7"), Quantity: func(Unit) (Decimal, bool) { return MustDecimal("37.5"), true }}
	one, missing, ok := r.Duty(&b)
	two, _, _ := again.Duty(&b)
	if !ok || missing != "" || !one.Equal(two) || one.Sign() < 0 || r.IsFree() && !one.IsZero() {
		t.Fatalf("%q is read as %s, which gives %s and, written and read again, %s", s, r, one, two)
	}
	b.Quantity = nil
	if bounds := r.Bounds(&b); !bounds.Contains(one) {
		t.Fatalf("%q lies in %s and gives %s", s, bounds, one)
	}
}

func BenchmarkRateDuty(b *testing.B) {
	kg := MustDecimal("1250.5")
	basis := Basis{
		Value:    MustDecimal("48211.37"),
		Base:     MustDecimal("1205.28"),
		Quantity: func(Unit) (Decimal, bool) { return kg, true },
	}
	for _, text := range []string{"25%", "total 15%", "1.035 USD/kg + 17%", "5% but not less than 1.2 cents/kg"} {
		r := mustRate(text)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink, _, _ = r.Duty(&basis)
			}
		})
	}
}

func BenchmarkParseScheduleRate(b *testing.B) {
	for _, text := range []string{"Free", "2.5%", "5.7¢/kg on drained weight + 8%", "14.5¢/m<sup>2</sup> + 0.4%"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseScheduleRate(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
