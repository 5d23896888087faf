package importer

import (
	"html"
	"regexp"
	"strings"
)

var (
	superscript = regexp.MustCompile(`(?i)<sup(?: [^>]*)?>([23])(\s*)</sup>`)
	lineBreak   = regexp.MustCompile(`(?i)</?(?:br|nl|newline)\s*/?>`)
	tag         = regexp.MustCompile(`</?[A-Za-z][^>]*>`)
)

// plain brings a text of the export to one line without markup: tags are taken
// away and their text kept, squares and cubes are written ² and ³ whichever of
// the export's ways they were written, and white space is one space.
func plain(s string) string {
	if strings.ContainsAny(s, "<&") {
		s = superscript.ReplaceAllStringFunc(s, func(m string) string {
			part := superscript.FindStringSubmatch(m)
			return power(part[1][0]) + part[2]
		})
		s = lineBreak.ReplaceAllString(s, " ")
		s = tag.ReplaceAllString(s, "")
		s = html.UnescapeString(s)
	}
	s = strings.ReplaceAll(s, "\u200b", "") // zero-width space
	return strings.Join(strings.Fields(powers(s)), " ")
}

// powers writes the m2, cm3 and km2 of some editions as m², cm³ and km², as
// others have them: the editions take turns, and the law did not change.
func powers(s string) string {
	if !strings.Contains(s, "m2") && !strings.Contains(s, "m3") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if (s[i] == '2' || s[i] == '3') && isMetre(s[:i]) && (i+1 == len(s) || s[i+1] < '0' || s[i+1] > '9') {
			b.WriteString(power(s[i]))
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// isMetre reports whether the text ends with m, cm, dm, mm or km as a word or
// behind a number.
func isMetre(s string) bool {
	s, ok := strings.CutSuffix(s, "m")
	if !ok {
		return false
	}
	if n := len(s); n > 0 && strings.IndexByte("cdkm", s[n-1]) >= 0 {
		s = s[:n-1]
	}
	if s == "" {
		return true
	}
	c := s[len(s)-1] | 0x20
	return c < 'a' || c > 'z'
}

func power(digit byte) string {
	if digit == '2' {
		return "²"
	}
	return "³"
}
