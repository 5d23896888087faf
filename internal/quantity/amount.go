package quantity

import (
	"fmt"
	"strings"
)

// Range is every number from Least to Most, both included.
type Range struct {
	Least, Most Decimal
	Unbounded   bool // there is no known Most; Most is then 0
}

// Exactly returns the range that holds only d.
func Exactly(d Decimal) Range { return Range{Least: d, Most: d} }

// IsExact reports whether the range holds only one number.
func (r Range) IsExact() bool { return !r.Unbounded && r.Least.Equal(r.Most) }

// Contains reports whether d lies in the range.
func (r Range) Contains(d Decimal) bool {
	return d.Cmp(r.Least) >= 0 && (r.Unbounded || d.Cmp(r.Most) <= 0)
}

// Add returns the range of the sums of one number of r and one of s.
func (r Range) Add(s Range) Range {
	sum := Range{Least: r.Least.Add(s.Least), Unbounded: r.Unbounded || s.Unbounded}
	if !sum.Unbounded {
		sum.Most = r.Most.Add(s.Most)
	}
	return sum
}

// Hull returns the smallest range that holds r and s.
func (r Range) Hull(s Range) Range {
	hull := Range{Least: r.Least.Min(s.Least), Unbounded: r.Unbounded || s.Unbounded}
	if !hull.Unbounded {
		hull.Most = r.Most.Max(s.Most)
	}
	return hull
}

// String returns "12.5", "12.5..80" or "12.5..".
func (r Range) String() string {
	switch {
	case r.Unbounded:
		return r.Least.String() + ".."
	case r.IsExact():
		return r.Least.String()
	}
	return r.Least.String() + ".." + r.Most.String()
}

// Money is an amount in a currency.
type Money struct {
	Amount   Decimal
	Currency string // three capital letters, as in ISO 4217
}

// ParseMoney reads an amount with its currency before or after it: "10000 USD",
// "USD 10,000.00", "-12.5 EUR". Commas are taken only between groups of three
// digits. Any three capital letters are taken as a currency.
func ParseMoney(s string) (Money, error) {
	if amount, currency, ok := shortAmount(s); ok && len(currency) == 3 && isCurrency(currency) {
		return Money{amount, currency}, nil
	}
	text := strings.TrimSpace(s)
	number, currency := text, ""
	if n := len(text); n >= 3 && isCurrency(text[:3]) {
		currency, number = text[:3], strings.TrimSpace(text[3:])
	} else if n >= 3 && isCurrency(text[n-3:]) {
		currency, number = text[n-3:], strings.TrimSpace(text[:n-3])
	}
	if currency == "" {
		return Money{}, fmt.Errorf("amount %q has no currency in three capital letters: write one like 10000 USD", s)
	}
	amount, err := parseGrouped(number)
	if err != nil {
		return Money{}, fmt.Errorf("amount %q: %w", s, err)
	}
	return Money{amount, currency}, nil
}

// String returns the amount in plain digits and the currency: "10000 USD".
func (m Money) String() string { return m.Amount.String() + " " + m.Currency }

// shortAmount reads most amounts that programs write: a number as [shortDecimal] reads
// it, a blank, and what it is an amount of.
func shortAmount(s string) (amount Decimal, of string, ok bool) {
	amount, n := leadingDecimal(s)
	if n == 0 || n == len(s) || s[n] != ' ' {
		return Decimal{}, "", false
	}
	return amount, s[n+1:], true
}

// isCurrency reports whether s is all capital letters.
func isCurrency(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// parseGrouped is [ParseDecimal] for numbers that may carry a comma between
// groups of three digits.
func parseGrouped(s string) (Decimal, error) {
	plain := s
	if strings.Contains(s, ",") {
		whole, frac, point := strings.Cut(s, ".")
		groups := strings.Split(strings.TrimLeft(whole, "+-"), ",")
		for i, g := range groups {
			if len(g) > 3 || len(g) < 3 && i > 0 || g == "" {
				return Decimal{}, fmt.Errorf("number %q has a comma that does not part groups of three digits: write one like 10,000.50 or 10000.50", s)
			}
		}
		plain = strings.ReplaceAll(whole, ",", "")
		if point {
			plain += "." + frac
		}
	}
	return ParseDecimal(plain)
}
