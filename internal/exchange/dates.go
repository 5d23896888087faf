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
	threePart = regexp.MustCompile(`^\d{1,4}[/.\- ]\d{1,2}[/.\- ]\d{1,4}$`)
	serial    = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
)

// read brings a day or instant into ISO form. Where serials are taken, a number
// of days since 1899-12-30 is one, as spreadsheets keep it.
func (f DateFormat) read(s string, serials bool) (string, error) {
	if len(s) == len(time.DateOnly) && s[4] == '-' { // most often it is a day in this form
		if _, err := quantity.ParseDate(s); err == nil {
			return s, nil
		}
	}
	switch {
	case isoBlank.MatchString(s) && strings.HasSuffix(s, "00:00:00"): // a day that a program wrote with its midnight
		return s[:10], nil
	case isoDay.MatchString(s):
		return s, nil
	case serials && serial.MatchString(s):
		days, err := strconv.Atoi(s[:5])
		if err != nil {
			return "", err
		}
		return time.Date(1899, time.December, 30+days, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), nil
	case f != "":
		day, err := time.Parse(string(f), s)
		if err != nil {
			return "", fmt.Errorf("%q is no day in the format given, nor 2025-06-15", s)
		}
		return day.Format(time.DateOnly), nil
	case threePart.MatchString(s):
		return "", fmt.Errorf("%q may be read in several ways: say with --date-format which (DD/MM/YYYY, MM/DD/YYYY …), or write 2025-06-15", s)
	}
	return "", errors.New(strconv.Quote(s) + " is no day: write one like 2025-06-15, or say the format with --date-format")
}
