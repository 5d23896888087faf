package condition

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/quantity"
)

func formulaEnv(t testing.TB, facts ...Fact) (*Env, []*Formula) {
	t.Helper()
	env, err := NewEnv(facts, nil)
	if err != nil {
		t.Fatal(err)
	}
	formulas, faults := env.Formulas()
	for _, f := range faults {
		t.Fatalf("%s: %v", f.Fact.Name, f.Err)
	}
	return env, formulas
}

func numbers(names ...string) []Fact {
	var out []Fact
	for _, n := range names {
		name, formula, _ := strings.Cut(n, "=")
		out = append(out, Fact{Name: strings.TrimSpace(name), Type: Number, Formula: strings.TrimSpace(formula)})
	}
	return out
}

// with returns the facts of the environment with those given, "" for absent.
func with(env *Env, values map[string]string) Facts {
	facts := make(Facts, env.Len())
	for name, s := range values {
		slot, _ := env.Slot(name)
		facts[slot] = AbsentValue()
		if s != "" {
			facts[slot] = NumberValue(quantity.MustDecimal(s))
		}
	}
	return facts
}

// The figures of a chip: its performance and the density of it, as the notes to
// ECCN 3A090 compute them.
func TestDerive(t *testing.T) {
	env, formulas := formulaEnv(t, numbers("density = tpp / area", "tpp = tops * bits", "tops", "bits", "area", "rest = 100 - area", "all = (tops + bits) * 0.5")...)
	for _, c := range []struct {
		given map[string]string
		want  map[string]string
	}{
		{map[string]string{"tops": "600", "bits": "8"}, map[string]string{"tpp": "4800", "all": "304"}},
		{map[string]string{"tops": "296", "bits": "8", "area": "814"}, map[string]string{"tpp": "2368", "density": "2.9090909090905", "rest": "-714", "all": "152"}},
		{map[string]string{"tops": "600"}, nil},
		{map[string]string{"tpp": "1184", "area": "200"}, map[string]string{"density": "5.92", "rest": "-100"}},
		{map[string]string{"tpp": "4800", "area": "0"}, map[string]string{"density": "absent", "rest": "100"}},
		// What a closed case does not give counts as nothing, unless the figure itself is stated.
		{map[string]string{"tops": "600", "bits": ""}, map[string]string{"tpp": "0", "all": "300"}},
		{map[string]string{"tpp": "4800", "tops": "", "bits": "8"}, map[string]string{"all": "4"}},
		{map[string]string{"tops": "", "bits": "", "area": ""}, nil},
	} {
		got := map[string]string{}
		Derive(formulas, with(env, c.given), func(f *Formula, v Value) { got[env.Fact(f.Slot).Name] = v.String() })
		if fmt.Sprint(got) != fmt.Sprint(c.want) && len(got)+len(c.want) > 0 {
			t.Errorf("%v: got %v, want %v", c.given, got, c.want)
		}
	}
}

// TestDeriveAtThresholds holds that a computed figure stands to every threshold
// as the exact one does, however its quotient ends.
func TestDeriveAtThresholds(t *testing.T) {
	env, formulas := formulaEnv(t, numbers("q = a / b", "a", "b", "r = q / c", "c")...)
	slot, _ := env.Slot("r")
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) (string, *big.Rat) {
			s := rapid.StringMatching(`[1-9][0-9]{0,5}(\.[0-9]{1,6})?`).Draw(t, name)
			r, _ := new(big.Rat).SetString(s)
			return s, r
		}
		a, x := n("a")
		b, y := n("b")
		c, z := n("c")
		exact := new(big.Rat).Quo(new(big.Rat).Quo(x, y), z)
		got := Value{}
		Derive(formulas, with(env, map[string]string{"a": a, "b": b, "c": c}), func(f *Formula, v Value) {
			if f.Slot == slot {
				got = v
			}
		})
		// Thresholds at the figure itself, cut and rounded up, and one drawn.
		low := exact.FloatString(13)
		low = low[:len(low)-1]
		for _, threshold := range []string{low, exact.FloatString(rapid.IntRange(0, 12).Draw(t, "places")), a} {
			d, r := quantity.MustDecimal(threshold), new(big.Rat)
			r.SetString(threshold)
			v, ok := got.Number()
			if !ok || v.Cmp(d) != exact.Cmp(r) {
				t.Fatalf("%s / %s / %s is computed as %s: to %s it stands as %d, and must %d", a, b, c, got, threshold, v.Cmp(d), exact.Cmp(r))
			}
		}
	})
}

func TestAgrees(t *testing.T) {
	env, formulas := formulaEnv(t, numbers("product = a * b", "quotient = a / b", "a", "b")...)
	for _, c := range []struct {
		fact, stated, computed string
		want                   bool
	}{
		{"product", "4800", "4800", true},
		{"product", "4800.00", "4800", true},
		{"product", "4800", "4799.6", false}, // a product has an end: nobody need round it
		{"quotient", "2.91", "2.9090909090905", true},
		{"quotient", "2.909", "2.9090909090905", true},
		{"quotient", "3", "2.9090909090905", true},
		{"quotient", "2.9", "2.9090909090905", true},
		{"quotient", "2.92", "2.9090909090905", false},
		{"quotient", "5.92", "5.9152", true},
	} {
		for _, f := range formulas {
			if env.Fact(f.Slot).Name != c.fact {
				continue
			}
			if got := f.Agrees(NumberValue(quantity.MustDecimal(c.stated)), NumberValue(quantity.NewDecimal(0, 0).Add(decimal13(c.computed)))); got != c.want {
				t.Errorf("%s stated as %s, computed as %s: %v", c.fact, c.stated, c.computed, got)
			}
		}
	}
}

// decimal13 reads a number with more places than a person may write.
func decimal13(s string) quantity.Decimal {
	whole, frac, _ := strings.Cut(s, ".")
	d := quantity.MustDecimal(whole)
	for i, c := range frac {
		d = d.Add(quantity.NewDecimal(int64(c-'0'), i+1))
	}
	return d
}

func TestFormulaFaults(t *testing.T) {
	for _, c := range []struct {
		formula, want string
	}{
		{"a + ", "column 4: the formula ends too early"},
		{"", ""},
		{"2 * 3", "column 3: the formula names no fact (name the facts that it is computed from)"},
		{"a * c", "column 5: no fact is called c (did you mean x?)"},
		{"a / 0", "column 3: nothing can be divided by 0"},
		{"x + 1", "column 1: x is computed from itself"},
		{"a % 2", "column 3: a formula cannot say this (facts and constants joined by +, -, * and /)"},
		{"a > 2", "column 3: a formula cannot say this (facts and constants joined by +, -, * and /)"},
		{"-a", "column 1: a formula cannot say this (facts and constants joined by +, -, * and /)"},
		{"a * 'b'", "column 5: a text is not a number (facts and constants joined by +, -, * and /)"},
		{"a + flag", "column 5: flag is a bool, not a number (facts and constants joined by +, -, * and /)"},
		{"a + claimed", "column 5: claimed is a claim, and a claim that is not made is no figure (compute facts from attributes)"},
		{"a + y", "column 1: the fact is computed from itself, in a circle (let one of the facts be stated)"},
	} {
		facts := append(numbers("x = "+c.formula, "a", "y = x * 2"), Fact{Name: "flag", Type: Bool}, Fact{Name: "claimed", Type: Number, Kind: Claim})
		env, err := NewEnv(facts, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, faults := env.Formulas()
		got := ""
		if len(faults) > 0 {
			got = faults[0].Err.Error()
		}
		if strings.Replace(got, "the condition ends", "the formula ends", 1) != c.want {
			t.Errorf("formula %q:\n got %s\nwant %s", c.formula, got, c.want)
		}
	}
	if err := (&Fact{Name: "x", Type: Bool, Formula: "a + b"}).Validate(); err == nil {
		t.Error("a bool has a formula")
	}
}

func FuzzFormula(f *testing.F) {
	for _, s := range []string{"a * b", "a / (b - a)", "2 * a + 0.5", "a +", "a.b / c", "((a))", "a ? b : a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		env, err := NewEnv(append(numbers("a", "b"), Fact{Name: "x", Type: Number, Formula: src}), nil)
		if err != nil {
			t.Fatal(err)
		}
		formulas, _ := env.Formulas()
		Derive(formulas, with(env, map[string]string{"a": "3", "b": "0.7"}), func(_ *Formula, v Value) {
			if v.IsUnknown() {
				t.Errorf("%q comes to nothing", src)
			}
		})
	})
}
