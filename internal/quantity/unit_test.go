package quantity

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseUnit(t *testing.T) {
	for text, want := range map[string]Unit{
		"kg": "kg", "KG": "kg", "kilograms": "kg", "<u>kg</u>": "kg", " kg": "kg",
		"No.": "No.", "No": "No.", "nos.": "No.", "each": "No.", "pcs ": "No.",
		"doz.": "doz", "doz. ": "doz", "dozen": "doz", "Dz Pcs": "doz",
		"prs.": "pr", "pr.": "pr", "doz. prs.": "doz pr", "<il>doz. prs</il>.": "doz pr", "doz. pr.": "doz pr",
		"liters": "liter", "L": "liter", "l": "liter", "pf.liters": "pf.liter", "pf. liter": "pf.liter", "pf.liter": "pf.liter",
		"m²": "m2", "m<sup>2</sup>": "m2", `m<sup style="font-size: 9.75px;">3</sup>`: "m3", "thousand m<sup>3</sup>": "thousand m3",
		"m": "m", "lin. m": "m", "thousand m": "km", "cm2": "cm2", "cm<sup>2</sup>": "cm2",
		"t": "t", "metric tons": "t", "carat": "carat", "g": "g", "mg": "mg", "Mg kg": "kg magnesium content",
		"1000": "thousand", "1,000": "thousand", "thousands": "thousand", "hundreds": "hundred", "1,000 pins": "thousand pins",
		"Pb kg": "kg lead content", "Ag g": "g silver content", "Sn t": "t tin content", "W kg": "kg tungsten content", "V kg": "kg vanadium content",
		"kg on lead content": "kg lead content", "kg lead content": "kg lead content",
		"kg ttl sug": "kg of total sugars", "kg amc": "kg anhydrous morphine content", "cy kg": "clean kg", "clean kg": "clean kg",
		"kg on drained weight": "kg drained weight", "kg drained": "kg drained weight",
		"kg, including weight of container": "kg including weight of container",
		"m2 of recording surface":           "m2 of recording surface",
		"gr.lines":                          "gross line", "line/ gross": "gross line", "Jwls.": "jewel", "W": "W", "MWh": "MWh", "GBq": "GBq", "bbl": "bbl",
	} {
		if got, err := ParseUnit(text); err != nil || got != want {
			t.Errorf("ParseUnit(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", ".", "M", "T", "G", "K", "kg kg", "Pb", "Pb m", "lead content", "kg leda content", "kg on", "kg of", "kg cmsc", "No. and kg",
		"kg 2", "kg and container", "V2O5 kg", "NaOH kg", "jewel over 7", "|", "kg |", "| kg", "kg drained|drained weight",
	} {
		if got, err := ParseUnit(text); err == nil {
			t.Errorf("ParseUnit(%q) = %q", text, got)
		}
	}
}

// TestUnitNames checks that every unit is read back from its own name, and that
// no spelling stands for two units.
func TestUnitNames(t *testing.T) {
	seen := make(map[string]Unit)
	for i := range units {
		m := &units[i]
		if got, err := ParseUnit(string(m.unit)); err != nil || got != m.unit {
			t.Errorf("ParseUnit(%q) = %q, %v", m.unit, got, err)
		}
		for key := range strings.SplitSeq(m.aliases, "|") {
			if key == "" {
				continue
			}
			if other, ok := seen[key]; ok {
				t.Errorf("%q is %s and %s", key, other, m.unit)
			}
			seen[key] = m.unit
			if unitKey(key) != key && key != "thou- sand" {
				t.Errorf("%q of %s is never reached: it is looked up as %q", key, m.unit, unitKey(key))
			}
		}
		for _, part := range partsByKey {
			u := m.unit + Unit(" "+part)
			if got, err := ParseUnit(string(u)); err != nil || got != u {
				t.Errorf("ParseUnit(%q) = %q, %v", u, got, err)
			}
			if base, p := u.split(); base != m || p != part {
				t.Errorf("%q is split into %v and %q", u, base, p)
			}
		}
	}
}

func TestConversion(t *testing.T) {
	for _, c := range []struct {
		quantity string
		unit     Unit
		want     string // "" where there is none
	}{
		{"120 kg", "kg", "120"},
		{"120 kg", "t", "0.12"},
		{"0.001 t", "g", "1000"},
		{"1 lb", "kg", "0.45359237"},
		{"45.359237 kg", "lb", "100"},
		{"1 kg", "lb", ""},
		{"5 carat", "g", "1"},
		{"30 No.", "doz", "2.5"},
		{"100 No.", "doz", ""},
		{"2 gross", "No.", "288"},
		{"1,234 pcs", "thousand", "1.234"},
		{"7 head", "No.", "7"},
		{"3 No.", "article", "3"},
		{"2.5 doz. pr.", "pr", "30"},
		{"2 pr", "No.", ""},
		{"1 bbl", "liter", "158.987294928"},
		{"1 bbl", "gal", "42"},
		{"1 gal", "liter", "3.785411784"},
		{"2 m3", "liter", "2000"},
		{"1 liter", "kg", ""},
		{"1 liter", "pf.liter", ""},
		{"1 yd", "m", "0.9144"},
		{"3 ft", "yd", "1"},
		{"1 km", "cm", "100000"},
		{"1 square", "m2", "9.290304"},
		{"100 sq ft", "square", "1"},
		{"2 t lead content", "kg lead content", "2000"},
		{"2 kg lead content", "kg", ""},
		{"2 kg", "kg lead content", ""},
		{"2 kg lead content", "kg zinc content", ""},
		{"1 clean kg", "kg", ""},
		{"1 kg", "no such unit", ""},
		{"999999999999999999.999999999999 t", "mg", "999999999999999999999999999.999"},
	} {
		q, err := ParseQuantity(c.quantity)
		if err != nil {
			t.Error(err)
			continue
		}
		got, ok := q.In(c.unit)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%s in %s is %s, %v; want %q", q, c.unit, got, ok, c.want)
		}
	}
	q := Quantity{MustDecimal("100"), "No."}
	if got, ok := q.InRounded("doz", 6, HalfUp); !ok || got.String() != "8.333333" {
		t.Errorf("%s is %s doz, %v", q, got, ok)
	}
	if got, ok := q.InRounded("No.", -3, Up); !ok || got.String() != "1000" {
		t.Errorf("%s is %s rounded up to thousands, %v", q, got, ok)
	}
	if _, ok := q.InRounded("kg", 6, HalfUp); ok {
		t.Error("100 No. are some kg")
	}
}

func TestParseQuantity(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"120 kg", "120 kg", ""},
		{" 1,200.50kg ", "1200.5 kg", ""},
		{"3 doz. pr.", "3 doz pr", ""},
		{"2 thousand m3", "2 thousand m3", ""},
		{"120", "", "is not a number and a unit"},
		{"kg", "", "is not a number and a unit"},
		{"-1 kg", "", "is below zero"},
		{"1,5 kg", "", "groups of three digits"},
		{"1.5.2 kg", "", "is not plain digits"},
		{"12 stone", "", `unit "stone" is not known`},
	} {
		q, err := ParseQuantity(c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("ParseQuantity(%q) = %v, %v; want an error with %q", c.text, q, err, c.err)
			}
			continue
		}
		if err != nil || q.String() != c.want {
			t.Errorf("ParseQuantity(%q) = %v, %v; want %s", c.text, q, err, c.want)
		}
	}
}

func TestConversionLaws(t *testing.T) {
	unit := rapid.Custom(func(t *rapid.T) Unit {
		u := units[rapid.IntRange(0, len(units)-1).Draw(t, "unit")].unit
		if rapid.Bool().Draw(t, "part") {
			u += Unit(" " + parts[rapid.IntRange(0, len(parts)-1).Draw(t, "which")].name)
		}
		return u
	})
	rapid.Check(t, func(t *rapid.T) {
		q := Quantity{decimals().Draw(t, "amount"), unit.Draw(t, "from")}
		to, via := unit.Draw(t, "to"), unit.Draw(t, "via")
		there, ok := q.In(to)
		if rounded, known := q.InRounded(to, 6, HalfEven); ok && (!known || !rounded.Equal(there.Round(6, HalfEven))) {
			t.Fatalf("%s is %s %s, rounded %s", q, there, to, rounded)
		}
		if !ok {
			return
		}
		if back, ok := (Quantity{there, to}).In(q.Unit); !ok || !back.Equal(q.Amount) {
			t.Fatalf("%s is %s %s, and back %s", q, there, to, back)
		}
		if between, ok := q.In(via); ok {
			if got, ok := (Quantity{between, via}).In(to); !ok || !got.Equal(there) {
				t.Fatalf("%s is %s %s, but by way of %s it is %s", q, there, to, via, got)
			}
		}
	})
}

func BenchmarkQuantityIn(b *testing.B) {
	q := Quantity{MustDecimal("1234.5"), "kg"}
	b.ReportAllocs()
	for b.Loop() {
		sink, _ = q.In("t")
	}
}

// What is content weighs a part of the goods; what is whole has no material.
func TestContent(t *testing.T) {
	for text, want := range map[string]string{"12 Pb kg": "lead kg", "3 g silver content": "silver g", "5 kg": "", "2 kg drained weight": "", "7 No.": ""} {
		q, err := ParseQuantity(text)
		if err != nil {
			t.Fatal(err)
		}
		material, of, ok := q.Content()
		if got := strings.TrimSpace(material + " " + string(of)); ok && got != want || !ok && want != "" {
			t.Errorf("%s: %q, %v, want %q", text, got, ok, want)
		}
	}
}
