package licence

import (
	"fmt"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// MonthEnd is the rule by which a term of whole months ends. There is no usual
// one: a licence names its own.
type MonthEnd string

// The rules. A month that has no day of the same number ends, under either of the
// first two, on its last day: six months from 2025-08-31 end on 2026-02-28.
const (
	DayBefore MonthEnd = "day-before" // the last day is that before the day of the same number
	SameDay   MonthEnd = "same-day"   // the last day is that of the same number
	EndOfIt   MonthEnd = "month-end"  // the last day is the last of the month
)

// ParseMonthEnd reads the name of a rule.
func ParseMonthEnd(s string) (MonthEnd, error) {
	switch m := MonthEnd(s); m {
	case DayBefore, SameDay, EndOfIt:
		return m, nil
	}
	return "", fmt.Errorf("month-end rule %q is not known: the rules are %s, %s, %s", s, DayBefore, SameDay, EndOfIt)
}

// Term is the time within which a licence may be used.
type Term struct {
	// First and Last are its first and last day, both included, in Zone.
	First quantity.Date `json:"first"`
	Last  quantity.Date `json:"last"`
	// Zone is the place whose days are meant: "Asia/Shanghai".
	Zone string `json:"zone"`
	// Months and Ends tell how Last was found; Months is 0 where it was named.
	Months int      `json:"months,omitempty"`
	Ends   MonthEnd `json:"ends,omitempty"`
}

// TermOf is the term of so many months from the first day, under the rule.
func TermOf(first quantity.Date, months int, ends MonthEnd, zone string) (Term, error) {
	if _, err := ParseMonthEnd(string(ends)); err != nil {
		return Term{}, err
	}
	if months < 1 || months > 999 {
		return Term{}, fmt.Errorf("a term of %d months cannot be: give 1 to 999", months)
	}
	return Term{First: first, Last: lastDay(first, months, ends), Zone: zone, Months: months, Ends: ends}, nil
}

func lastDay(first quantity.Date, months int, ends MonthEnd) quantity.Date {
	year, month, dom := first.Civil()
	monthEnd := quantity.NewDate(year, month+time.Month(months)+1, 0)
	same := quantity.NewDate(year, month+time.Month(months), dom)
	switch {
	case ends == EndOfIt || same > monthEnd:
		return monthEnd
	case ends == DayBefore:
		return same - 1
	}
	return same
}

// Period is the term as instants: from the first instant of the first day until
// the first instant after the last. A zone that is not known gives no time at all.
func (t Term) Period() quantity.Period {
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		return quantity.Period{}
	}
	return quantity.Period{From: t.First.Start(zone), Until: (t.Last + 1).Start(zone)}
}

// Contains reports whether the instant lies in the term.
func (t Term) Contains(i quantity.Instant) bool { return t.Period().Contains(i) }

// moment is an instant as the place of the term writes it.
func (t Term) moment(at quantity.Instant) string {
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		zone = time.UTC
	}
	return at.Format(zone)
}

// String names the first and the last valid instant, and the rule.
func (t Term) String() string {
	zone, err := time.LoadLocation(t.Zone)
	if err != nil {
		return fmt.Sprintf("%s to %s in a zone that is not known: %s", t.First, t.Last, t.Zone)
	}
	p := t.Period()
	var b strings.Builder
	fmt.Fprintf(&b, "%s to %s", p.From.Format(zone), (p.Until - 1).Format(zone))
	if t.Months > 0 {
		fmt.Fprintf(&b, " (%d months, %s)", t.Months, t.Ends)
	}
	return b.String()
}

// check reports what is wrong with a term.
func (t Term) check() error {
	if _, err := time.LoadLocation(t.Zone); err != nil || t.Zone == "" {
		return fmt.Errorf("the zone %q of the term is not known: write one like Asia/Shanghai", t.Zone)
	}
	if t.Last < t.First {
		return fmt.Errorf("the term ends on %s, before it begins on %s", t.Last, t.First)
	}
	if t.Months > 0 && lastDay(t.First, t.Months, t.Ends) != t.Last {
		return fmt.Errorf("%d months from %s do not end on %s under the rule %s, but on %s", t.Months, t.First, t.Last, t.Ends, lastDay(t.First, t.Months, t.Ends))
	}
	return nil
}
