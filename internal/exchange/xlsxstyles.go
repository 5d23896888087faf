package exchange

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateStyles tells by the index of a style (ECMA-376, part 1, 18.8.10) whether it shows
// numbers as days. A part that cannot be read tells of none: days are then the numbers
// that are kept.
func (p *parts) dateStyles(part string) []bool {
	var said struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if part == "" || p.read(part, &said) != nil {
		return nil
	}
	custom := map[int]bool{}
	for _, f := range said.Formats {
		custom[f.ID] = showsDays(f.Code)
	}
	out := make([]bool, len(said.Styles))
	for i, s := range said.Styles {
		days, ok := custom[s.Format]
		out[i] = ok && days || !ok && daysBuiltIn(s.Format)
	}
	return out
}

// daysBuiltIn reports whether a format that every workbook has shows days (18.8.30, those
// of East Asia among them).
func daysBuiltIn(format int) bool {
	return 14 <= format && format <= 17 || format == 22 || 27 <= format && format <= 31 || format == 36 || 50 <= format && format <= 54 || format == 57 || format == 58
}

// unspoken is what in the code of a format stands for itself, or tells colours,
// currencies and conditions.
var unspoken = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)

// showsDays reports whether the code of a format shows numbers as days: what it shows of
// a positive number has a day of the month or a year.
func showsDays(code string) bool {
	first, _, _ := strings.Cut(unspoken.ReplaceAllString(code, ""), ";")
	return strings.ContainsAny(strings.ToLower(first), "dy") && !strings.ContainsAny(first, "0#?")
}

// day is the day that a number of days stands for: whole ones, of the years in which
// spreadsheets count as calendars do. Others have a time of day, or none of their own.
func (s Serials) day(number string) (iso string, ok bool) {
	const leapDay, last = 60, 2_958_465 // 1900-02-29, which was none, and the end of 9999
	n, err := strconv.Atoi(number)
	if err != nil || s == NoSerials || n <= leapDay || n > last {
		return "", false
	}
	return s.zeroth().AddDate(0, 0, n).Format(time.DateOnly), true
}
