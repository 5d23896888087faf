package determination

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Text writes the document as a person reads it in a terminal: the entry as a
// whole, then line by line what it costs and what is open.
func (doc *EntryDocument) Text(w io.Writer, o TextOptions) error {
	s := newSheet(o)
	whole := doc.asDocument()
	s.line(2, s.bold(doc.headline()))
	s.para(2, 2, doc.dates())
	label := cells("Duty")
	for _, l := range doc.Legs {
		label = max(label, cells(l.Title))
	}
	label = min(label, 30) + 2
	s.blank()
	for i := range doc.Legs {
		l := &doc.Legs[i]
		word, rest := whole.legWords(l)
		s.labelled(label, l.Title, word+rest, func(t string) string {
			return strings.Replace(t, word, s.outcome(l.Outcome, word), 1)
		})
	}
	for _, t := range doc.costs() {
		s.labelled(label, t[0], t[1], unstyled)
	}
	s.section("In all")
	doc.table(s)
	for i := range doc.Lines {
		l := &doc.Lines[i]
		s.section(l.title())
		line := *l.Answer
		line.textDuties(s)
		var unverified []*NearMiss
		for j := range line.NearMisses {
			if n := &line.NearMisses[j]; n.Status == "unverified" {
				unverified = append(unverified, n)
			}
		}
		s.nearMisses("Not verified: it may apply, and a person must find out", 22, unverified)
		for _, leg := range line.Legs {
			for _, c := range line.controls(leg.Leg) {
				s.para(2, 4, c.controlWords(s))
			}
		}
		line.textQuestions(s)
	}
	foot := Document{Notes: doc.Notes, Schedule: doc.Schedule, Digest: doc.Digest}
	foot.textFoot(s)
	_, err := io.WriteString(w, s.b.String())
	return err
}

func (doc *EntryDocument) headline() string {
	n := len(doc.Lines)
	t := fmt.Sprintf("Consignment of %d lines", n)
	if n == 1 {
		t = "Consignment of one line"
	}
	return t + "   " + doc.route()
}

// route is the countries the goods leave and enter.
func (doc *EntryDocument) route() string {
	from := doc.Case.From
	for _, l := range doc.Case.Lines {
		if l.From != "" && !strings.Contains(from, l.From) {
			from = strings.TrimPrefix(from+", "+l.From, ", ")
		}
	}
	return from + " → " + doc.Case.To
}

func (doc *EntryDocument) dates() string { return doc.Lines[0].Answer.dates() }

// costs are the sums of the entry by name.
func (doc *EntryDocument) costs() [][2]string {
	var out [][2]string
	add := func(name, words string) {
		if words != "" {
			out = append(out, [2]string{name, words})
		}
	}
	if doc.Value != nil && doc.Value.Amount != nil {
		add("Value", grouped(*doc.Value.Amount, 2)+" "+doc.Value.Currency)
	}
	add("Duty", costWords(doc.Duty, doc.Rate))
	add("Fees", doc.Fees.money())
	add("Due", doc.Due.money())
	return out
}

// title names a line.
func (l *EntryLine) title() string {
	what, _ := l.Answer.Case.headline()
	t := "Line " + strconv.Itoa(l.Line)
	if l.Reference != "" {
		t += " (" + l.Reference + ")"
	}
	t += ": " + what + ", " + l.Answer.Case.Goods
	if o := l.Answer.Case.Origin; o != "" {
		t += " of " + o
	}
	if v := l.Answer.Case.valueWords(); v != "" {
		t += ", " + v
	}
	return t
}

// table writes what each duty and fee comes to over the lines.
func (doc *EntryDocument) table(s *sheet) {
	amounts := figureColumn{places: 2}
	for _, m := range doc.Measures {
		if m.Duty != nil {
			amounts.see(m.Duty.Least.Amount, m.Duty.Most.Amount)
		}
	}
	if doc.Due != nil {
		amounts.see(doc.Due.Least.Amount, doc.Due.Most.Amount)
	}
	var rows []dutyRow
	for i := range doc.Measures {
		m := &doc.Measures[i]
		r := dutyRow{heading: m.Heading, title: m.words(), amount: amounts.amount(m.Duty)}
		if r.heading == "" {
			r.heading = "-"
		}
		if m.Status == "open" {
			r.heading = "? " + r.heading
		}
		rows = append(rows, r)
	}
	rows = append(rows, dutyRow{title: "Duty and fees", amount: amounts.amount(doc.Due), total: true})
	s.duties(rows)
}

// words is a measure with the lines on which it falls.
func (m *MeasureTotal) words() string {
	var lines []string
	for _, x := range m.Shares {
		lines = append(lines, strconv.Itoa(x.Line))
	}
	noun := "line "
	if len(lines) > 1 {
		noun = "lines "
	}
	t := m.Title
	if m.Rate != "" && m.Kind == "fee" {
		t += ", " + m.Rate
	}
	return t + " (" + noun + strings.Join(lines, ", ") + ")"
}

// Markdown writes the document as GitHub-flavoured Markdown, in the order of
// [EntryDocument.Text].
func (doc *EntryDocument) Markdown(w io.Writer) error {
	m := &markdown{}
	whole := doc.asDocument()
	m.printf("# %s\n\n%s\n\n", escape(doc.headline()), escape(doc.dates()))
	for i := range doc.Legs {
		word, rest := whole.legWords(&doc.Legs[i])
		m.printf("- %s: **%s**%s\n", escape(doc.Legs[i].Title), word, escape(rest))
	}
	m.printf("\n")
	for _, t := range doc.costs() {
		m.printf("- %s: **%s**\n", t[0], escape(t[1]))
	}
	m.section("In all")
	m.row("Heading", "Duty", "Amount")
	m.rule(3, 2)
	for i := range doc.Measures {
		x := &doc.Measures[i]
		heading := x.Heading
		if x.Status == "open" {
			heading = "? " + heading
		}
		m.row(escape(heading), escape(x.words()), x.Duty.money())
	}
	m.row("", "**Duty and fees**", bold(doc.Due.money()))
	for i := range doc.Lines {
		l := &doc.Lines[i]
		m.section(l.title())
		m.duties(l.Answer)
		m.controls(l.Answer)
		m.questions(l.Answer)
	}
	m.notes(doc.Notes)
	m.printf("\n---\n")
	for _, l := range legend(m.marks) {
		m.printf("\n%s\n", escape(l))
	}
	if c := doc.Schedule.checked(); c != "" {
		m.printf("\n%s\n", escape(c))
	}
	if doc.Digest != "" {
		m.printf("\nSealed `%s`\n", doc.Digest)
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

// FilingLines writes what is put into the entry summary, as [Document.FilingLines]
// does for one line, with the number of the line before each.
func (doc *EntryDocument) FilingLines(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range doc.Lines {
		var lines strings.Builder
		if err := doc.Lines[i].Answer.FilingLines(&lines); err != nil {
			return err
		}
		for l := range strings.Lines(lines.String()) {
			b.WriteString(strconv.Itoa(doc.Lines[i].Line) + "\t" + l)
		}
	}
	return b.Flush()
}
