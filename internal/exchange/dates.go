package exchange

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// DateFormat is how days are written in a file, as a layout of package time; ""
// for ISO 8601 alone.
type DateFormat string

// ParseDateFormat reads a format made of YYYY, YY, MM, DD, MON and what stands
// between them: DD/MM/YYYY, MM-DD-YY, DD MON YYYY, YYYYMMDD.
func ParseDateFormat(s string) (DateFormat, error) {
	layout := strings.ToUpper(s)
	for _, part := range [...][3]string{{"YYYY", "2006", ""}, {"MON", "Jan", ""}, {"YY", "06", "YYYY"}, {"MM", "01", ""}, {"DD", "02", ""}} {
		layout = strings.Replace(layout, part[0], part[1], 1)
	}
	year, month, dom := strings.Contains(layout, "06"), strings.Contains(layout, "01") || strings.Contains(layout, "Jan"), strings.Contains(layout, "02")
	if !year || !month || !dom || strings.ContainsAny(layout, "YMD") {
		return "", fmt.Errorf("date format %q: write one like DD/MM/YYYY, MM/DD/YY, DD MON YYYY or YYYYMMDD", s)
	}
	return DateFormat(layout), nil
}

var (
	isoDay    = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}($|T)`)
	isoBlank  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}`)
	midnight  = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[ T]00:00(:00(\.0+)?)?$`)
	isoPlain  = regexp.MustCompile(`^(19|20)\d{6}$`)
	threePart = regexp.MustCompile(`^\d{1,4}[/.\- ]\d{1,2}[/.\- ]\d{1,4}$`)
	// beyondMonths is a day whose first or second number is no month.
	beyondMonths = regexp.MustCompile(`^(1[3-9]|[23]\d)[/.\- ]|[/.\- ](1[3-9]|[23]\d)[/.\- ]`)
	serial       = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
)

// Serials is how a file keeps days as numbers of days, as spreadsheets do.
type Serials uint8

// The numberings: none, from 1900 on, and from 1904 on, which old programs of the
// Macintosh chose and their workbooks keep.
const (
	NoSerials Serials = iota
	From1900
	From1904
)

// SerialsIn is how the days of a file are numbered.
func SerialsIn(s Source) Serials {
	switch s := s.(type) {
	case *spooled:
		return SerialsIn(s.Source)
	case *workbook:
		return s.book.serials
	}
	return NoSerials
}

// zeroth is the day before the first of a numbering as spreadsheets count, for whom
// 1900 was a leap year.
func (s Serials) zeroth() time.Time {
	if s == From1904 {
		return time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
}

// read brings a day or instant into ISO form. Where days are numbered, a number of
// five digits is one.
func (f DateFormat) read(s string, serials Serials) (string, error) {
	if len(s) == len(time.DateOnly) && s[4] == '-' { // most often it is a day in this form
		if _, err := quantity.ParseDate(s); err == nil {
			return s, nil
		}
	}
	switch {
	case midnight.MatchString(s): // a day that a program wrote with its midnight
		return s[:10], nil
	case isoBlank.MatchString(s):
		return s[:10] + "T" + s[11:], nil
	case isoDay.MatchString(s):
		return s, nil
	case serials != NoSerials && serial.MatchString(s):
		days, err := strconv.Atoi(s[:5])
		if err != nil {
			return "", err
		}
		return serials.zeroth().AddDate(0, 0, days).Format(time.DateOnly), nil
	case f != "":
		day, err := time.Parse(string(f), s)
		if err != nil {
			return "", fmt.Errorf("%q is no day in the format given, nor 2025-06-15", s)
		}
		return day.Format(time.DateOnly), nil
	case isoPlain.MatchString(s): // the basic form of ISO 8601; a year of this century or the last is no day with its month
		return s[:4] + "-" + s[4:6] + "-" + s[6:], nil
	case threePart.MatchString(s):
		why := "may be read in several ways"
		if beyondMonths.MatchString(s) {
			why = "is in no form that was said"
		}
		return "", fmt.Errorf("%q %s: say with --date-format which (DD/MM/YYYY, MM/DD/YYYY …), or write 2025-06-15", s, why)
	}
	return "", errors.New(strconv.Quote(s) + " is no day: write one like 2025-06-15, or say the format with --date-format")
}
