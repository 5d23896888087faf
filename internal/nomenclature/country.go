package nomenclature

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// countriesCSV is ISO 3166-1 with the English names in common use, and XK,
// which is not assigned by ISO but is what customs use for Kosovo.
//
//go:embed countries.csv
var countriesCSV string

// Country is an ISO 3166-1 alpha-2 code. The zero value is no country.
type Country string

type countryTable struct {
	codes []Country
	names map[Country]string
	known [26 * 26]bool      // codes, by their letters
	index map[string]Country // folded codes, names and aliases
	words []string           // folded names and aliases, sorted, for suggestions
}

var countries = sync.OnceValue(func() *countryTable {
	rows, err := csv.NewReader(strings.NewReader(countriesCSV)).ReadAll()
	if err != nil {
		panic("nomenclature: countries.csv: " + err.Error()) // a fault of the build, caught by every test
	}
	t := &countryTable{names: make(map[Country]string, len(rows)), index: make(map[string]Country, 4*len(rows))}
	for _, r := range rows[1:] {
		c := Country(r[0])
		t.codes = append(t.codes, c)
		t.names[c] = r[2]
		t.known[letters(r[0])] = true
		names := []string{r[2]}
		if r[3] != "" {
			names = append(names, strings.Split(r[3], ";")...)
		}
		for _, n := range names {
			t.index[fold(n)] = c
			t.words = append(t.words, fold(n))
		}
		t.index[fold(r[0])] = c
		t.index[fold(r[1])] = c
	}
	slices.Sort(t.words)
	return t
})

// letters numbers a code of two capital letters; other texts have -1.
func letters(s string) int {
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return -1
	}
	return int(s[0]-'A')*26 + int(s[1]-'A')
}

// ParseCountry reads a country: its two- or three-letter ISO 3166-1 code, its
// English name, or a name in common use (USA, UK, Holland, Burma). Case,
// accents, punctuation and a leading "the" do not matter. Where it knows none,
// the error proposes the nearest name.
func ParseCountry(s string) (Country, error) {
	t := countries()
	if n := letters(s); n >= 0 && t.known[n] {
		return Country(s), nil
	}
	key := fold(s)
	if key == "" {
		return "", errors.New("the country is empty: type a two-letter code like CN, or a name")
	}
	if c, ok := t.index[key]; ok {
		return c, nil
	}
	if rest, ok := strings.CutPrefix(key, "the "); ok {
		if c, ok := t.index[rest]; ok {
			return c, nil
		}
	}
	if key == "eu" || key == "european union" {
		return "", fmt.Errorf("%q is a union of countries: type the member state, like DE", s)
	}
	if near := t.near(key); near != "" {
		return "", fmt.Errorf("%q is not a country: did you mean %s (%s)?", s, near.Name(), near)
	}
	return "", fmt.Errorf("%q is not a country: type its two-letter ISO code, like CN, or its English name", s)
}

// near returns the country whose name is fewest edits away, "" where none is
// near enough to be a slip of the pen.
func (t *countryTable) near(key string) Country {
	if len(key) < 4 {
		return ""
	}
	best, at := len(key)/4+1, ""
	for _, w := range t.words {
		if len(w) < 4 {
			continue
		}
		d := edits(key, w)
		if strings.HasPrefix(w, key) {
			d = min(d, 1)
		}
		if d < best || d == best && at == "" {
			best, at = d, w
		}
	}
	return t.index[at]
}

// Name returns the English name in common use, or the code itself where it is
// not a country's.
func (c Country) Name() string {
	if n, ok := countries().names[c]; ok {
		return n
	}
	return string(c)
}

// Known reports whether the code is a country's.
func (c Country) Known() bool {
	_, ok := countries().names[c]
	return ok
}

// Countries returns all countries in order of their codes.
func Countries() []Country { return slices.Clone(countries().codes) }

// fold brings a name to lower-case letters and digits without accents,
// separated by single spaces, with "&" and "St." written out.
func fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ReplaceAll(s, "&", " and ") {
		switch r = unicode.ToLower(r); r {
		case '.', '\'', '’', 'ʼ':
			continue // U.S.A. is USA, d'Ivoire is one word
		case 'á', 'à', 'â', 'ã', 'ä', 'å':
			r = 'a'
		case 'ç':
			r = 'c'
		case 'é', 'è', 'ê', 'ë':
			r = 'e'
		case 'í', 'ì', 'î', 'ï', 'ı':
			r = 'i'
		case 'ñ':
			r = 'n'
		case 'ó', 'ò', 'ô', 'õ', 'ö', 'ø':
			r = 'o'
		case 'ú', 'ù', 'û', 'ü':
			r = 'u'
		}
		switch {
		case unicode.Is(unicode.Mn, r): // the accent of a decomposed letter
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		default:
			space = true
		}
	}
	if rest, ok := strings.CutPrefix(b.String(), "st "); ok {
		return "saint " + rest
	}
	return b.String()
}

// edits returns the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
