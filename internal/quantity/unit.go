package quantity

import (
	"fmt"
	"strings"
)

// Unit is the canonical name of a unit of quantity: "kg", "doz", "clean kg",
// "kg lead content". [ParseUnit] makes it.
type Unit string

// The units that other packages name.
const (
	Kilogram Unit = "kg"
	Number   Unit = "No."
	Liter    Unit = "liter"
	Degree   Unit = "degree" // of polarization, for raw sugar
)

// measured is a unit within its family: one of it is factor of the family's base.
type measured struct {
	unit    Unit
	family  string
	factor  Decimal
	aliases string // further spellings as [unitKey] makes them, parted by |; those of UN/ECE Recommendation 20 among them
}

// units are the units that stand alone. Factors are exact by definition: the
// pound is 0.45359237 kg, the inch 0.0254 m, the US gallon 231 cubic inches, the
// petroleum barrel 42 gallons, the carat 0.2 g.
var units = [...]measured{
	{"kg", "mass", NewDecimal(1, 0), "kgs|kgm|kilo|kilos|kilogram|kilograms|kilogramme|kilogrammes"},
	{"g", "mass", NewDecimal(1, 3), "grm|gram|grams|gramme|grammes"},
	{"mg", "mass", NewDecimal(1, 6), "milligram|milligrams"},
	{"t", "mass", NewDecimal(1000, 0), "tne|mt|tonne|tonnes|metric ton|metric tons"},
	{"carat", "mass", NewDecimal(2, 4), "carats|ct|ctm"},
	{"lb", "mass", NewDecimal(45359237, 8), "lbs|lbr|pound|pounds"},

	{"No.", "count", NewDecimal(1, 0), "no|nos|nmb|nar|number|each|ea|pc|pcs|pce|piece|pieces"},
	{"head", "count", NewDecimal(1, 0), ""},
	{"article", "count", NewDecimal(1, 0), "articles"},
	{"doz", "count", NewDecimal(12, 0), "dozen|dozens|dz|dzn|dz pcs|doz pcs"},
	{"gross", "count", NewDecimal(144, 0), ""},
	{"hundred", "count", NewDecimal(100, 0), "hundreds|100"},
	{"thousand", "count", NewDecimal(1000, 0), "thousands|1000|1,000|thou- sand"},
	// A pair is not two articles: the schedule counts shoes and gloves by the pair.
	{"pr", "pairs", NewDecimal(1, 0), "prs|npr|pair|pairs"},
	{"doz pr", "pairs", NewDecimal(12, 0), "doz prs|dozen pair|dozen pairs"},

	{"liter", "volume", NewDecimal(1, 0), "l|L|ltr|liters|litre|litres"},
	{"ml", "volume", NewDecimal(1, 3), "milliliter|milliliters|millilitre|millilitres|cm3"},
	{"hl", "volume", NewDecimal(100, 0), "hectoliter|hectoliters|hectolitre|hectolitres"},
	{"m3", "volume", NewDecimal(1000, 0), "mtq|cubic meter|cubic meters|cubic metre|cubic metres"},
	{"thousand m3", "volume", NewDecimal(1_000_000, 0), ""},
	{"gal", "volume", NewDecimal(3785411784, 9), "gallon|gallons"},
	{"bbl", "volume", NewDecimal(158987294928, 9), "bbls|barrel|barrels"},
	{"pf.liter", "proof volume", NewDecimal(1, 0), "pf liters|proof liter|proof liters"},

	{"m", "length", NewDecimal(1, 0), "mtr|meter|meters|metre|metres|lin m|linear m|linear meter|linear meters"},
	{"mm", "length", NewDecimal(1, 3), ""},
	{"cm", "length", NewDecimal(1, 2), ""},
	{"km", "length", NewDecimal(1000, 0), "thousand m"},
	{"ft", "length", NewDecimal(3048, 4), "foot|feet"},
	{"yd", "length", NewDecimal(9144, 4), "yard|yards"},

	{"m2", "area", NewDecimal(1, 0), "mtk|square meter|square meters|square metre|square metres|sq m"},
	{"cm2", "area", NewDecimal(1, 4), ""},
	{"ft2", "area", NewDecimal(9290304, 8), "square foot|square feet|sq ft"},
	{"square", "area", NewDecimal(9290304, 6), "squares"}, // of roofing and shingles: 100 square feet

	{"MWh", "energy", NewDecimal(1000, 0), ""},
	{"kWh", "energy", NewDecimal(1, 0), ""},
	{"GBq", "activity", NewDecimal(1000, 0), ""},
	{"MBq", "activity", NewDecimal(1, 0), ""},
	{"W", "power", NewDecimal(1, 0), "watt|watts"},
	{"kW", "power", NewDecimal(1000, 0), ""},

	{"clean kg", "clean mass", NewDecimal(1, 0), "kg clean yield|cy kg|clean yield kg"},
	{"degree", "degrees", NewDecimal(1, 0), "degrees"},
	{"jewel", "jewels", NewDecimal(1, 0), "jewels|jwls"},
	{"pack", "packs", NewDecimal(1, 0), "packs"},
	{"gross line", "gross lines", NewDecimal(1, 0), "gross lines|gr lines|line/gross"},
	{"thousand pins", "pins", NewDecimal(1000, 0), "1,000 pins|1000 pins"},
	{"dose", "doses", NewDecimal(1, 0), "doses"},
}

// parts are what a quantity may be restricted to: "kg lead content" is not "kg",
// but it is 1000 "g lead content".
var parts = [...]struct {
	name    string
	aliases string
}{
	{"drained weight", "on drained weight|drained"},
	{"of total sugars", "total sugars|ttl sug"},
	{"entire contents of container", "on entire contents of container"},
	{"contents and container", "on contents and container"},
	{"including weight of container", ", including weight of container"},
	{"of immediate containers", ""},
	{"of recording surface", ""},
	{"anhydrous morphine content", "of anhydrous morphine content|amc"},
	{"ethyl alcohol content", "on ethyl alcohol content"},
}

// contents are the materials of a unit "… content", with the symbol that a unit
// of the schedule's reporting quantity begins with ("Pb kg").
var contents = [...]struct{ symbol, name string }{
	{"Ag", "silver"}, {"Al", "aluminum"}, {"Au", "gold"}, {"Co", "cobalt"}, {"Cr", "chromium"},
	{"Cu", "copper"}, {"Ir", "iridium"}, {"Mg", "magnesium"}, {"Mn", "manganese"}, {"Mo", "molybdenum"},
	{"Ni", "nickel"}, {"Os", "osmium"}, {"Pb", "lead"}, {"Pd", "palladium"}, {"Pt", "platinum"},
	{"Rh", "rhodium"}, {"Ru", "ruthenium"}, {"Sb", "antimony"}, {"Si", "silicon"}, {"Sn", "tin"},
	{"V", "vanadium"}, {"W", "tungsten"}, {"Zn", "zinc"},
}

// ofContent is what units of the content of a material end with.
const ofContent = " content"

// ParseUnit reads a unit in the spellings of the schedule and of trade: "kg",
// "kilograms", "No.", "each", "doz. pr.", "pf. liter", "Pb kg", "kg on drained
// weight". A unit that it does not know is an error.
func ParseUnit(s string) (Unit, error) {
	if s == string(Kilogram) || s == string(Number) { // most are
		return Unit(s), nil
	}
	if u, ok := parseUnit(s); ok {
		return u, nil
	}
	return "", fmt.Errorf("unit %q is not known: write one like kg, t, No., doz, m2, liter", s)
}

func parseUnit(s string) (Unit, bool) {
	if m := unitsByName[Unit(s)]; m != nil {
		return m.unit, true // written as it is named
	}
	if strings.Contains(s, "<") {
		s = plain(s) // m<sup>2</sup>
	}
	key := unitKey(s)
	if m := unitsByKey[key]; m != nil {
		return m.unit, true
	}
	if symbol, base, ok := strings.Cut(key, " "); ok {
		m, part := unitsByKey[base], partsBySymbol[symbol]
		if m != nil && m.family == "mass" && part != "" {
			return m.unit + Unit(" "+part), true
		}
	}
	// the longest base first: "thousand m3 of …"
	for i := len(key) - 1; i > 0; i-- {
		if key[i] != ' ' && key[i] != ',' {
			continue
		}
		m, part := unitsByKey[key[:i]], partsByKey[strings.TrimSpace(key[i:])]
		if m != nil && part != "" {
			return m.unit + Unit(" "+part), true
		}
	}
	return "", false
}

// unitKey settles spelling: dots are blanks, blanks are single, words are lower
// case. A single letter keeps its case: M is often a thousand, m is a meter.
func unitKey(s string) string {
	words := strings.Fields(spelling.Replace(s))
	for i, w := range words {
		if len(w) > 1 {
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, " ")
}

// spelling evens out how units are punctuated.
var spelling = strings.NewReplacer(".", " ", "²", "2", "³", "3", "/ ", "/")

// The tables above by name and by the keys of their spellings; made once, never
// changed.
var (
	unitsByName, unitsByKey   = indexUnits()
	partsByKey, partsBySymbol = indexParts()
)

func indexUnits() (byName map[Unit]*measured, byKey map[string]*measured) {
	byName, byKey = make(map[Unit]*measured), make(map[string]*measured)
	for i := range units {
		m := &units[i]
		byName[m.unit] = m
		for key := range strings.SplitSeq(m.aliases+"|"+unitKey(string(m.unit)), "|") {
			byKey[key] = m
		}
	}
	delete(byKey, "") // of the units without aliases
	return byName, byKey
}

func indexParts() (byKey, bySymbol map[string]string) {
	byKey, bySymbol = make(map[string]string), make(map[string]string)
	for _, p := range parts {
		for key := range strings.SplitSeq(p.aliases+"|"+p.name, "|") {
			byKey[key] = p.name
		}
	}
	for _, c := range contents {
		name := c.name + ofContent
		byKey[name], byKey["on "+name] = name, name
		bySymbol[unitKey(c.symbol)] = name
	}
	delete(byKey, "")
	return byKey, bySymbol
}

// split returns the entry of the unit and the part that it is restricted to.
func (u Unit) split() (m *measured, part string) {
	if m = unitsByName[u]; m != nil {
		return m, ""
	}
	for i := len(u) - 1; i > 0; i-- {
		if u[i] == ' ' {
			name := string(u[i+1:])
			if m = unitsByName[u[:i]]; m != nil && partsByKey[name] == name {
				return m, name
			}
		}
	}
	return nil, ""
}

// Quantity is an amount of a unit.
type Quantity struct {
	Amount Decimal
	Unit   Unit
}

// ParseQuantity reads an amount, not negative, and its unit: "120 kg",
// "1,000 No.", "2.5 doz. pr.".
func ParseQuantity(s string) (Quantity, error) {
	if amount, of, ok := shortAmount(s); ok {
		if u, err := ParseUnit(of); err == nil {
			return Quantity{amount, u}, nil
		}
	}
	text := strings.TrimSpace(s)
	n := 0
	for n < len(text) && (text[n] >= '0' && text[n] <= '9' || text[n] == '.' || text[n] == ',' || text[n] == '+' || text[n] == '-') {
		n++
	}
	unit := strings.TrimSpace(text[n:])
	if n == 0 || unit == "" {
		return Quantity{}, fmt.Errorf("quantity %q is not a number and a unit: write one like 120 kg", s)
	}
	amount, err := parseGrouped(text[:n])
	if err != nil {
		return Quantity{}, fmt.Errorf("quantity %q: %w", s, err)
	}
	if amount.Sign() < 0 {
		return Quantity{}, fmt.Errorf("quantity %q is below zero: write one like 120 kg", s)
	}
	u, err := ParseUnit(unit)
	if err != nil {
		return Quantity{}, fmt.Errorf("quantity %q: %w", s, err)
	}
	return Quantity{amount, u}, nil
}

// String returns the amount and the unit: "120 kg".
func (q Quantity) String() string { return q.Amount.String() + " " + string(q.Unit) }

// In returns the amount in another unit of the same family. It reports false
// where the units have nothing in common (kg and liter), or where no decimal is
// exact (100 No. in doz).
func (q Quantity) In(u Unit) (Decimal, bool) {
	if q.Unit == u {
		return q.Amount, true
	}
	num, den, ok := q.ratio(u)
	if !ok {
		return Decimal{}, false
	}
	// An exact quotient has a place for each place of the amount and at most one
	// more for each factor 2 or 5 of the denominator, of which none here has 30.
	for _, places := range [...]int{maxFrac, 64} {
		if d := num.Quo(den, places, Down); d.Mul(den).Equal(num) {
			return d, true
		}
	}
	return Decimal{}, false
}

// InRounded is [Quantity.In] where an amount rounded to so many places will do.
func (q Quantity) InRounded(u Unit, places int, m Mode) (Decimal, bool) {
	if q.Unit == u {
		return q.Amount.Round(places, m), true
	}
	num, den, ok := q.ratio(u)
	if !ok {
		return Decimal{}, false
	}
	return num.Quo(den, places, m), true
}

// Content returns the material of a quantity of content ("lead", of 12 kg lead
// content) and the unit without it. It reports false where the unit is of whole
// goods.
func (q Quantity) Content() (material string, of Unit, ok bool) {
	if !strings.HasSuffix(string(q.Unit), ofContent) {
		return "", "", false
	}
	m, part := q.Unit.split()
	if m == nil || m.family != "mass" {
		return "", "", false
	}
	material, ok = strings.CutSuffix(part, ofContent)
	return material, m.unit, ok
}

// ratio returns the amount in u as a quotient.
func (q Quantity) ratio(u Unit) (num, den Decimal, ok bool) {
	from, part := q.Unit.split()
	to, toPart := u.split()
	if from == nil || to == nil || from.family != to.family || part != toPart {
		return Decimal{}, Decimal{}, false
	}
	return q.Amount.Mul(from.factor), to.factor, true
}
