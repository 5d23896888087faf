package condition

import (
	"strings"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

func TestParseValue(t *testing.T) {
	env := testEnv(t)
	num := func(s string) Value { return NumberValue(quantity.MustDecimal(s)) }
	for _, c := range []struct {
		fact, s string
		want    Value
		err     string
	}{
		{"goods.Dy", "1.80", num("1.8"), ""},
		{"goods.Dy", " 1.8 % ", num("1.8"), ""},
		{"goods.Dy", "100", num("100"), ""},
		{"goods.Dy", "none", AbsentValue(), ""},
		{"goods.Dy", "Absent", AbsentValue(), ""},
		{"goods.Dy", "unknown", Value{}, ""},
		{"goods.Dy", "100.01", Value{}, "goods.Dy cannot be 100.01: it takes a number from 0 to 100 (% by weight)"},
		{"goods.Dy", "-1", Value{}, "goods.Dy cannot be -1: it takes a number from 0 to 100 (% by weight)"},
		{"goods.Dy", "some", Value{}, `goods.Dy takes a number from 0 to 100 (% by weight): number "some" is not plain digits: write one like 1250.75, without separators or exponent`},
		{"temperature", "-40", num("-40"), ""},
		{"temperature", "-40.5", Value{}, "temperature cannot be -40.5: it takes a number from -40 to 60"},
		{"temperature", "5 %", Value{}, `temperature takes a number from -40 to 60: number "5 %" is not plain digits: write one like 1250.75, without separators or exponent`},
		{"value", "10000", num("10000"), ""},

		{"exclusion", "yes", BoolValue(true), ""},
		{"exclusion", "TRUE", BoolValue(true), ""},
		{"exclusion", "no", BoolValue(false), ""},
		{"exclusion", "false", BoolValue(false), ""},
		{"exclusion", "1", Value{}, `"1" is neither yes nor no: exclusion takes true, yes, false or no`},

		{"goods.form", "metal", TextValue("metal"), ""},
		{"goods.form", "Metal", TextValue("metal"), ""},
		{"goods.form", "metl", Value{}, `"metl" is not a value of goods.form: did you mean metal? It takes metal, alloy, oxide or other`},
		{"goods.form", "", Value{}, `"" is not a value of goods.form: it takes metal, alloy, oxide or other`},

		{"use", "  wind turbines ", TextValue("wind turbines"), ""},
		{"use", "", Value{}, "use is empty: give a text, or leave it out where it is not known"},
		{"end_user.name", "ACME", TextValue("ACME"), ""},
		{"origin", "CN", TextValue("CN"), ""},
		{"origin", "China", TextValue("CN"), ""},
		{"origin", "Chyna", Value{}, `"Chyna" is not a country: did you mean China (CN)?`},

		{"loaded", "2025-06-04T00:01-04:00", InstantValue(1749009660), ""},
		{"loaded", "2025-06-04T00:01:00-04:00", InstantValue(1749009660), ""},
		{"loaded", "2025-06-04", Value{}, "2025-06-04 is a day, and loaded is an instant: add the time and its offset, like 2025-06-04T00:01-04:00"},
		{"loaded", "June", Value{}, `loaded is an instant: moment "June" cannot be read`},
	} {
		slot, _ := env.Slot(c.fact)
		got, err := env.Fact(slot).ParseValue(c.s)
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%s=%q: %v", c.fact, c.s, err)
		case c.err != "" && err == nil:
			t.Errorf("%s=%q: %v, want the error %s", c.fact, c.s, got, c.err)
		case c.err != "" && !strings.Contains(err.Error(), c.err):
			t.Errorf("%s=%q:\n got %v\nwant %s", c.fact, c.s, err, c.err)
		case !got.Equal(c.want):
			t.Errorf("%s=%q: %v, want %v", c.fact, c.s, got, c.want)
		}
		if err == nil {
			if again, err := env.Fact(slot).ParseValue(got.String()); err != nil || !again.Equal(got) {
				t.Errorf("%s=%q: %v reads back as %v, %v", c.fact, c.s, got, again, err)
			}
		}
	}
	zone := time.FixedZone("", -4*3600)
	slot, _ := env.Slot("loaded")
	if got, err := env.Fact(slot).ParseValueIn("2025-06-04", zone); err != nil || !got.Equal(InstantValue(1749009600)) {
		t.Errorf("a day in a zone: %v, %v", got, err)
	}
	odd := Fact{Name: "odd", Type: Enum, Values: []string{"unknown", "absent"}}
	if got, err := odd.ParseValue("unknown"); err != nil || !got.Equal(TextValue("unknown")) {
		t.Errorf("an enum value called unknown reads as %v, %v", got, err)
	}
}

func TestValue(t *testing.T) {
	num := func(s string) Value { return NumberValue(quantity.MustDecimal(s)) }
	different := []Value{{}, AbsentValue(), BoolValue(false), BoolValue(true), num("0"), num("0.2"), InstantValue(0), InstantValue(-1),
		TextValue(""), TextValue("x"), TextValue("rather long"), TextValue("rather lang"), HypotheticalParty("x"), HypotheticalParty("x", 1), HypotheticalParty("x", 0, 1)}
	for i, v := range different {
		for j, w := range different {
			if v.Equal(w) != (i == j) {
				t.Errorf("%v.Equal(%v) = %v", v, w, v.Equal(w))
			}
		}
	}
	if !num("0.2").Equal(num("0.200")) {
		t.Error("0.2 and 0.200 are not equal")
	}
	v := HypotheticalParty("x", 3, 63, 64, -1)
	for list, want := range map[int]bool{-1: false, 0: false, 3: true, 63: true, 64: false} {
		if v.OnList(list) != want {
			t.Errorf("OnList(%d) = %v", list, !want)
		}
	}
	if !v.IsHypothetical() || !v.IsKnown() || TextValue("x").IsHypothetical() || TextValue("x").OnList(3) {
		t.Error("a hypothetical party is not told apart")
	}
	for _, v := range different {
		_, isBool := v.Bool()
		_, isNumber := v.Number()
		_, isText := v.Text()
		_, isInstant := v.Instant()
		n := 0
		for _, b := range []bool{v.IsUnknown(), v.IsAbsent(), isBool, isNumber, isText, isInstant} {
			if b {
				n++
			}
		}
		if n != 1 || v.IsKnown() == (v.IsUnknown() || v.IsAbsent()) {
			t.Errorf("%v is %d things at once", v, n)
		}
	}
}

func TestNewEnv(t *testing.T) {
	env := testEnv(t)
	for slot, name := range map[int]string{SlotOrigin: "origin", SlotFrom: "from", SlotTo: "to", SlotEntered: "entered",
		SlotExported: "exported", SlotValue: "value", builtins: "goods.Dy"} {
		if got, ok := env.Slot(name); !ok || got != slot || env.Fact(slot).Name != name {
			t.Errorf("Slot(%s) = %d, %v, want %d", name, got, ok, slot)
		}
	}
	if _, ok := env.Slot("goods"); ok || env.Fact(-1) != nil || env.Fact(env.Len()) != nil || env.Len() != builtins+len(testFacts()) {
		t.Error("there are facts beyond those declared")
	}
	if i, ok := env.PartyList("cn.control-list"); !ok || i != 1 || env.PartyLists() != 3 {
		t.Errorf("PartyList = %d, %v", i, ok)
	}
	if _, ok := env.PartyList("x"); ok {
		t.Error("there is a party list that was not given")
	}
	for name, want := range map[string]string{
		"goods.dy": "goods.Dy", "goods.Dyy": "goods.Dy", "goods.fom": "goods.form", "militry": "military",
		"goods.dysprosium": "goods.Dy", "terbium": "goods.Tb", // words of one question
		"article.form": "goods.form", "goods.for": "goods.form", // the same last part, the beginning of one
		"goods.Dx": "", "goods.Nd": "", // other elements
	} {
		if got := env.Nearest(name); got != want {
			t.Errorf("Nearest(%s) = %q, want %q", name, got, want)
		}
	}

	number := NumberValue(quantity.MustDecimal("200"))
	for _, c := range []struct {
		fact Fact
		want string
	}{
		{Fact{Type: Bool}, "a fact has no name: write a dotted one like goods.Dy"},
		{Fact{Name: "goods Dy", Type: Bool}, `"goods Dy" cannot name a fact: use letters, digits and _ between dots, like goods.Dy`},
		{Fact{Name: "100%s", Type: Bool}, `"100%s" cannot name a fact: use letters, digits and _ between dots, like goods.Dy`},
		{Fact{Name: "goods.in", Type: Bool}, `fact goods.in: "in" is a word that conditions keep to themselves: choose another`},
		{Fact{Name: "double", Type: Bool}, "fact double: the name means something else in conditions: choose another, like goods.double"},
		{Fact{Name: "a"}, "fact a: it has no type: write bool, number, enum, text, instant or party"},
		{Fact{Name: "a", Type: Enum}, "fact a: an enum needs values: list what it may be"},
		{Fact{Name: "a", Type: Text, Values: []string{"x"}}, "fact a: only an enum has values, and this is a text: leave them out or write type: enum"},
		{Fact{Name: "a", Type: Enum, Values: []string{"x", "y", "x"}}, `fact a: the value "x" is there twice`},
		{Fact{Name: "a", Type: Enum, Values: []string{"x", " y"}}, `fact a: the value " y" is empty or has spaces around it`},
		{Fact{Name: "a", Type: Bool, Max: decimal("1")}, "fact a: only a number has min and max, and this is a bool"},
		{Fact{Name: "a", Type: InstantType, Group: "content"}, "fact a: only numbers are parts of a group, and this is an instant"},
		{Fact{Name: "a", Type: Number, Max: decimal("-1")}, "fact a: max -1 is less than min 0"},
		{Fact{Name: "a", Type: Number, Max: decimal("1"), Implied: []Implied{{Goods: "8505", Value: number}}},
			"fact a: the value implied by 8505: a cannot be 200: it takes a number from 0 to 1"},
		{Fact{Name: "a", Type: Bool, Implied: []Implied{{Goods: "8505", Value: number}}},
			"fact a: the value implied by 8505: a is a bool and cannot be 200"},
		{Fact{Name: "a", Type: Bool, Implied: []Implied{{Goods: "8505"}}}, "fact a: goods 8505 imply no value"},
		{Fact{Name: "origin", Type: Text}, "fact origin: it is declared as a built-in fact already: leave one out"},
		{Fact{Name: "goods.Tb", Type: Number}, "fact goods.Tb: it is declared at us/facts.yaml:3 already: leave one out"},
	} {
		_, err := NewEnv([]Fact{{Name: "goods.Tb", Type: Number, Position: "us/facts.yaml:3"}, c.fact}, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%+v:\n got %v\nwant %s", c.fact, err, c.want)
		}
	}
	_, err := NewEnv([]Fact{{Name: "a"}, {Name: "b"}}, []string{"x", "x"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not every fault is told: %v", err)
	}
	if _, err := NewEnv(nil, strings.Split(strings.Repeat("x", 65), "")); err == nil || !strings.Contains(err.Error(), "65 party lists") {
		t.Errorf("65 party lists: %v", err)
	}
}

// TestNamesCELKnows declares facts whose names mean something to CEL elsewhere.
func TestNamesCELKnows(t *testing.T) {
	for _, name := range append([]string{"size", "matches", "has", "all", "null", "type.x", "goods.type", "a.double", "google.protobuf", "e", "_x"}, taken...) {
		env, err := NewEnv([]Fact{{Name: name, Type: Bool}}, nil)
		if err != nil {
			continue // refused at the declaration is as good
		}
		if _, err := env.Compile(name + " && !" + name); err != nil {
			t.Errorf("a fact may be called %s and cannot be used: %v", name, err)
		}
	}
	for _, word := range append(reserved, "null", "int") {
		if _, err := NewEnv([]Fact{{Name: word, Type: Bool}}, nil); err == nil {
			t.Errorf("a fact may be called %s", word)
		}
	}
}

func TestTypesAndKinds(t *testing.T) {
	for _, typ := range []Type{Bool, Number, Enum, Text, InstantType, Party} {
		if got, err := ParseType(typ.String()); err != nil || got != typ {
			t.Errorf("ParseType(%s) = %v, %v", typ, got, err)
		}
	}
	for _, k := range []Kind{Attribute, Claim} {
		if got, err := ParseKind(k.String()); err != nil || got != k {
			t.Errorf("ParseKind(%s) = %v, %v", k, got, err)
		}
	}
	for _, s := range []string{"", "none", "date"} {
		if _, err := ParseType(s); err == nil {
			t.Errorf("ParseType(%q) knows a type", s)
		}
		if _, err := ParseKind(s); err == nil {
			t.Errorf("ParseKind(%q) knows a kind", s)
		}
	}
}
