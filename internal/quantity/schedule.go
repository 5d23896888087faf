package quantity

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrNotReadable is wrapped by the errors for schedule text that is not wholly
// understood.
var ErrNotReadable = errors.New("not readable as a rate")

// ParseScheduleRate reads a rate as the Harmonized Tariff Schedule of the United
// States prints it: "Free", "2.1%", "4.4¢/kg", "$1.035/kg + 17%", "1.5¢/clean
// kg", "22.2¢ each + 4.9%"; and as the tariff database of its publisher, the
// International Trade Commission, does: "4.4 cents/kg". Tags of the official
// export are left out. Rates that stand on a part of the value ("6% on the
// case"), that refer to other text ("See additional U.S. note 1"), and whatever
// else is not wholly understood give an error that wraps [ErrNotReadable].
func ParseScheduleRate(s string) (*Rate, error) {
	text := plain(s)
	if text == "" {
		return nil, fmt.Errorf("%w: %q is blank", ErrNotReadable, s)
	}
	if strings.Contains(text, " cents") {
		text = cents.ReplaceAllString(text, "$1¢")
	}
	if strings.Contains(text, " degree") { // printed in a few spellings
		text = sugar.ReplaceAllString(text, "$1 for each degree under $2 degrees but not less than ")
	}
	text = strings.ReplaceAll(text, "% on the entire set", "%") // 3213.10: the set is the article
	text = strings.ReplaceAll(text, "/m2of ", "/m2 of ")        // 8523.29
	r, err := scheduleGrammar.rate(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrNotReadable, s, err)
	}
	return r, nil
}

var scheduleGrammar = grammar{amount: scheduleAmount}

var (
	tag   = regexp.MustCompile(`</?(?:u|sup|sub|il|i|b)(?: [^<>]*)?>`)
	cents = regexp.MustCompile(`(\d) cents\b`)
	sugar = regexp.MustCompile(`^(\S+¢ ?/kg less \S+¢ ?/kg) for each degree under (\d+) degrees \(and fractions of a degree in proportion\) but not less (?:than )?`)
)

// plain returns the text without tags and with single blanks.
func plain(s string) string {
	if strings.Contains(s, "<") {
		s = tag.ReplaceAllString(s, "")
	}
	return strings.Join(strings.Fields(s), " ")
}

// scheduleAmount reads "$1.035" and "4.4¢".
func scheduleAmount(s string) (d Decimal, currency, rest string, ok bool) {
	number, dollars := strings.CutPrefix(s, "$")
	n := 0
	for n < len(number) && (number[n] >= '0' && number[n] <= '9' || number[n] == '.') {
		n++
	}
	d, err := ParseDecimal(number[:n])
	if err != nil {
		return Decimal{}, "", "", false
	}
	rest = number[n:]
	if !dollars {
		if rest, ok = strings.CutPrefix(rest, "¢"); !ok {
			return Decimal{}, "", "", false
		}
		d = d.Mul(percentFactor)
	}
	if strings.HasPrefix(rest, " /") {
		rest = rest[1:]
	}
	return d, "USD", rest, true
}

// SpecialRate is one rate of the schedule's special column and the programmes
// that it is for.
type SpecialRate struct {
	Text       string   // as printed: "Free", "4.5%", "See 9822.05.15"; for [ParseScheduleRate]
	Programmes []string // symbols: "A+", "KR"
}

// ParseSpecial parts the text of the special column, "Free (A+,AU,BH) 4.5%
// (KR)", into its rates, in the order printed. Text that does not wholly follow
// that form gives an error that wraps [ErrNotReadable].
func ParseSpecial(s string) ([]SpecialRate, error) {
	fail := func(why string) ([]SpecialRate, error) {
		return nil, fmt.Errorf("%w: special column %q %s", ErrNotReadable, s, why)
	}
	rest := plain(s)
	if rest == "" {
		return fail("is blank")
	}
	var out []SpecialRate
	for rest != "" {
		text, after, ok := strings.Cut(rest, "(")
		list, after, ok2 := strings.Cut(after, ")")
		text = strings.TrimSpace(text)
		if !ok || !ok2 || text == "" {
			return fail("does not name the programmes of every rate in parentheses")
		}
		rate := SpecialRate{Text: text}
		for symbol := range strings.SplitSeq(list, ",") {
			symbol = strings.TrimSpace(symbol)
			if !programme.MatchString(symbol) {
				return fail(fmt.Sprintf("has %q where a programme is named", symbol))
			}
			rate.Programmes = append(rate.Programmes, symbol)
		}
		out = append(out, rate)
		rest = strings.TrimSpace(after)
	}
	return out, nil
}

var programme = regexp.MustCompile(`^[A-Z]{1,2}[+*]?$`)
