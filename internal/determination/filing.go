package determination

import (
	"bufio"
	"io"
)

// FilingLines writes what is put into the entry summary: one heading a line, in
// the lawful order that the document's lines have, each heading with one duty.
// The columns are separated by tabs: heading, rate as the act states it, duty
// without its currency. Where open facts leave a line open, its duty is a range
// "least..most" (the most is empty where it is not known) and a fourth column
// says "open". A duty that is not computed is left empty.
func (d *Document) FilingLines(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range d.Lines {
		l := &d.Lines[i]
		if l.Heading == "" || !l.isDuty() {
			continue
		}
		b.WriteString(l.Heading + "\t" + l.Rate + "\t" + l.filed())
		if l.Status == "open" {
			b.WriteString("\topen")
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// filed is the duty of a line as it is filed.
func (l *Line) filed() string {
	if l.Duty == nil {
		return ""
	}
	least, most := orEmpty(l.Duty.Least.Amount), orEmpty(l.Duty.Most.Amount)
	if least == most {
		return least
	}
	return least + ".." + most
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
