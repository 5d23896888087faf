package nomenclature

import (
	"slices"
	"strings"
	"testing"

	other "github.com/biter777/countries"
)

func TestParseCountry(t *testing.T) {
	for in, want := range map[string]Country{
		"CN": "CN", "cn": "CN", "CHN": "CN", "China": "CN", "P.R. China": "CN", "the People's Republic of China": "CN",
		"US": "US", "USA": "US", "U.S.A.": "US", "United States of America": "US",
		"UK": "GB", "United Kingdom": "GB", "Great Britain": "GB",
		"Korea": "KR", "South Korea": "KR", "Korea, Republic of": "KR", "North Korea": "KP", "DPRK": "KP",
		"Hong Kong": "HK", "hongkong": "HK", "Macau": "MO", "Macao": "MO", "Taiwan": "TW", "Chinese Taipei": "TW",
		"Vietnam": "VN", "Viet Nam": "VN", "Türkiye": "TR", "Turkiye": "TR", "Turkey": "TR",
		"Côte d'Ivoire": "CI", "cote d’ivoire": "CI", "Ivory Coast": "CI", "Curacao": "CW", "Curaçaõ": "CW", "Haïtí": "HT", "Spaiñ": "ES", "Re\u0301union": "RE",
		"Burma": "MM", "Swaziland": "SZ", "Czech Republic": "CZ", "The Netherlands": "NL", "Holland": "NL",
		"St. Lucia": "LC", "Saint Lucia": "LC", "Sao Tome & Principe": "ST", "Trinidad & Tobago": "TT",
		"Bonaire, Sint Eustatius and Saba": "BQ", "Guinea-Bissau": "GW", "Guinea": "GN", "Niger": "NE", "Nigeria": "NG",
		"Kosovo": "XK",
	} {
		if got, err := ParseCountry(in); err != nil || got != want {
			t.Errorf("ParseCountry(%q) = %q, %v, want %s", in, got, err, want)
		}
	}
}

func TestParseCountryErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":         "empty",
		"Chna":     "did you mean China (CN)?",
		"Viet Nan": "did you mean Vietnam (VN)?",
		"Germny":   "did you mean Germany (DE)?",
		"Switzer":  "did you mean Switzerland (CH)?",
		"EU":       "member state",
		"XX":       "two-letter ISO code",
		"Atlantis": "not a country",
		"COLUMN-2": "not a country",
	} {
		got, err := ParseCountry(in)
		if err == nil || got != "" || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseCountry(%q) = %q, %v, want an error with %q", in, got, err, want)
		}
	}
}

func TestCountryName(t *testing.T) {
	for c, want := range map[Country]string{"CN": "China", "HK": "Hong Kong", "KR": "South Korea", "ZZ": "ZZ", "": ""} {
		if got := c.Name(); got != want {
			t.Errorf("name of %q is %q, want %q", string(c), got, want)
		}
	}
	if !Country("CN").Known() || Country("ZZ").Known() {
		t.Error("CN must be known and ZZ not")
	}
}

// The table against an independent one, which still lists two countries that
// are no more.
func TestCountriesAgainstAnotherTable(t *testing.T) {
	all := Countries()
	if len(all) != 250 || !slices.IsSorted(all) {
		t.Fatalf("%d countries, sorted: %v; ISO 3166-1 has 249, and XK", len(all), slices.IsSorted(all))
	}
	seen := map[Country]bool{}
	for _, o := range other.All() {
		c := Country(o.Alpha2())
		if c == "AN" || c == "YU" {
			continue
		}
		seen[c] = true
		if !c.Known() {
			t.Errorf("%s (%s) is missing", c, o)
			continue
		}
		for _, name := range []string{o.Alpha2(), o.Alpha3(), o.String()} {
			if got, err := ParseCountry(name); err != nil || got != c {
				t.Errorf("ParseCountry(%q) = %q, %v, want %s", name, got, err, c)
			}
		}
	}
	for _, c := range all {
		if !seen[c] {
			t.Errorf("%s (%s) is in no other table", c, c.Name())
		}
		if got, err := ParseCountry(c.Name()); err != nil || got != c {
			t.Errorf("the name %q of %s reads as %q, %v", c.Name(), c, got, err)
		}
	}
}

// No name may stand for two countries: the later would silently win.
func TestCountryNamesAreUnique(t *testing.T) {
	table := countries()
	for i, w := range table.words {
		if i > 0 && w == table.words[i-1] {
			t.Errorf("the name %q is given twice", w)
		}
		if c := Country(strings.ToUpper(w)); c.Known() && table.index[w] != c {
			t.Errorf("the name %q of %s is the code of another", w, table.index[w])
		}
	}
}
