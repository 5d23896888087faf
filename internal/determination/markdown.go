package determination

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Markdown writes the document as GitHub-flavoured Markdown, in the order and
// with the words of [Document.Text].
func (d *Document) Markdown(w io.Writer) error {
	m := &markdown{}
	e := &d.Case

	what, within := e.headline()
	m.printf("# %s\n\n", escape(what))
	if within != "" {
		m.printf("Of: %s\n\n", escape(within))
	}
	m.printf("%s\n", escape(strings.TrimSpace(e.Goods+" "+e.route())+", "+d.dates()))
	if len(e.Quantity) > 0 {
		m.printf("\nQuantity: %s\n", escape(strings.Join(e.Quantity, ", ")))
	}
	if len(e.Facts) > 0 || e.Closed {
		m.printf("\n%s\n", escape(capital(e.given())+"."))
	}

	m.printf("\n")
	if t := d.unansweredWords(); t != "" {
		m.printf("%s\n", bold(escape(t)))
	}
	for _, l := range d.Legs {
		word, rest := d.legWords(&l)
		m.printf("- %s: **%s**%s\n", escape(l.Title), word, escape(rest))
	}
	if duty := d.dutyWords(); len(duty) > 0 {
		m.printf("\n**Duty: %s**", escape(duty[0]))
		for _, t := range duty[1:] {
			m.printf("; %s", escape(t))
		}
		m.printf("\n")
	}

	m.duties(d)
	m.controls(d)
	m.nearMisses(d)
	m.licences(d)
	m.questions(d)
	if len(d.Claims) > 0 {
		m.section("Not claimed, and would help")
		m.row("Claim", "Effect", "Question")
		m.rule(3)
		for _, c := range d.Claims {
			m.row("`"+asFlag(c.Fact, c.Value)+"`", escape(c.saving(d.Outcome)), escape(c.Question))
		}
	}
	if len(d.Presumed) > 0 {
		m.section("Presumed")
		for _, p := range d.Presumed {
			t := p.What
			if p.Why != "" {
				t += ": " + p.Why
			}
			m.printf("- %s\n", escape(t))
		}
	}
	if len(d.Dormant) > 0 {
		m.section("Dormant")
		for i := range d.Dormant {
			m.printf("- %s\n", escape(d.Dormant[i].words(newSheet(TextOptions{}))))
		}
	}
	m.changes(d)
	m.notes(d.Notes)
	m.printf("\n---\n")
	for _, l := range legend(m.marks) {
		m.printf("\n%s\n", escape(l))
	}
	if c := d.Schedule.checked(); c != "" {
		m.printf("\n%s\n", escape(c))
	}
	if d.Digest != "" {
		m.printf("\nSealed `%s`\n", d.Digest)
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

type markdown struct {
	b     strings.Builder
	marks []string
}

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(&m.b, format, args...) }

func (m *markdown) section(title string) { m.printf("\n## %s\n\n", escape(title)) }

func (m *markdown) row(cells ...string) { m.printf("| %s |\n", strings.Join(cells, " | ")) }

func (m *markdown) rule(n int, right ...int) {
	m.printf("|")
	for i := range n {
		if slices.Contains(right, i) {
			m.printf(" ---: |")
		} else {
			m.printf(" --- |")
		}
	}
	m.printf("\n")
}

// cite is a citation, linked where its address is known.
func (m *markdown) cite(citation, confidence string, act *ActRef) string {
	t := escape(lawWords(citation, act))
	if act != nil && strings.HasPrefix(act.URL, "https://") && !strings.ContainsAny(act.URL, " ()<>|") {
		t = "[" + t + "](" + act.URL + ")"
	}
	return t + escape(m.mark(confidence))
}

// mark is the mark of a confidence, which the foot then explains.
func (m *markdown) mark(confidence string) string {
	s := markOf(confidence)
	if s != "" && !slices.Contains(m.marks, s) {
		m.marks = append(m.marks, s)
	}
	return s
}

func (m *markdown) duties(d *Document) {
	lines := d.duties()
	if len(lines) == 0 {
		return
	}
	m.section("Duties")
	m.row("Heading", "Duty", "Rate", "Amount", "Law")
	m.rule(5, 2, 3)
	open := false
	row := func(l *Line) {
		heading, title := l.Heading, l.Title
		if l.Status == "open" {
			open, heading = true, "? "+heading
		}
		if stated := l.statedRate(); stated != "" {
			title += ", " + stated
		}
		if l.Note != "" {
			title += " (" + l.Note + ")"
		}
		m.row(escape(heading), escape(title), l.Percent.percent(), l.Duty.money(), m.cite(l.Citation, l.Confidence, l.Act))
	}
	for _, l := range lines {
		row(l)
	}
	if d.Rate.percent() != "" || d.Duty.money() != "" {
		m.row("", "**Total**", bold(d.Rate.percent()), bold(d.Duty.money()), "")
	}
	if fees := d.fees(); len(fees) > 0 {
		for _, l := range fees {
			row(l)
		}
		if d.Due.money() != "" {
			m.row("", "**Duty and fees**", "", bold(d.Due.money()), "")
		}
	}
	if open {
		m.printf("\n? may apply: least to most\n")
	}
	for _, t := range d.termWords(func(heading, confidence string) string { return m.cite(heading, confidence, nil) }) {
		m.printf("\n%s\n", t)
	}
	if t := d.sumWords(lines); t != "" {
		m.printf("\n%s\n", escape(t))
	}
}

func (m *markdown) controls(d *Document) {
	lines := d.pick(func(l *Line) bool { return !l.isDuty() })
	if len(lines) == 0 {
		return
	}
	m.section("Controls")
	m.row("Leg", "Measure", "Status", "Law")
	m.rule(4)
	for _, l := range lines {
		what := l.Kind + ": " + subjectWords(l.Title, l.Rate, l.Items)
		if l.Review != "" {
			what += "; review: " + l.Review
		}
		if l.Note != "" {
			what += "; " + l.Note
		}
		status := l.Status
		if len(l.OpenOn) > 0 {
			status += " on " + strings.Join(l.OpenOn, ", ")
		}
		m.row(escape(l.Leg), escape(what), escape(status), m.cite(l.Citation, l.Confidence, l.Act))
	}
}

func (m *markdown) nearMisses(d *Document) {
	m.misses(d, "Not verified: it may apply, and a person must find out", func(n *NearMiss) bool { return n.Status == "unverified" })
	m.misses(d, "Close, but no", func(n *NearMiss) bool { return n.Status != "unverified" })
}

func (m *markdown) misses(d *Document, title string, keep func(*NearMiss) bool) {
	first := true
	for i := range d.NearMisses {
		n := &d.NearMisses[i]
		if !keep(n) {
			continue
		}
		if first {
			first = false
			m.section(title)
			m.row("Heading", "Measure", "Why not", "Law")
			m.rule(4)
		}
		m.row(escape(n.label()), escape(subjectWords(n.Title, n.Rate, n.Items)), escape(n.words()), m.cite(n.Citation, n.Confidence, n.Act))
	}
}

func (m *markdown) licences(d *Document) {
	for _, l := range d.Licences {
		title := "Licence from " + l.Authority
		if l.Status == "open" {
			title += ", if the goods are controlled"
		}
		m.section(title)
		if len(l.Items) > 0 {
			m.printf("For %s.\n\n", escape(strings.Join(l.Items, ", ")))
		}
		for _, lane := range l.Lanes {
			t := lane.Title + lane.pace()
			m.printf("- **%s**: %s; %s\n", escape(lane.Status), escape(t), m.cite(lane.Citation, lane.Confidence, &ActRef{Standing: lane.Standing}))
			for _, r := range lane.Reasons {
				m.printf("  - %s%s\n", escape(r.words()), escape(m.mark(r.Confidence)))
			}
			if lane.Status == "closed" {
				continue
			}
			if w := paperWords(lane.Papers); len(w) > 0 {
				m.printf("  - papers: %s\n", escape(strings.Join(w, "; ")))
			}
			if w := undertakingWords(lane.Undertakings); len(w) > 0 {
				m.printf("  - undertakings: %s\n", escape(strings.Join(w, "; ")))
			}
		}
	}
}

func (m *markdown) questions(d *Document) {
	if len(d.Questions) == 0 {
		return
	}
	m.section(questionsTitle(len(d.Questions)))
	for i := range d.Questions {
		q := &d.Questions[i]
		m.printf("- %s\n", escape(q.words()))
		if q.Where != "" {
			m.printf("  Where to look: %s\n", escape(q.Where))
		}
		if q.Formula != "" {
			m.printf("  Or computed from: `%s`\n", q.Formula)
		}
		offers := d.offers(q)
		for _, o := range offers {
			m.printf("  - %s", escape(o.answer))
			if o.effect != "" {
				m.printf(" → %s", escape(o.effect))
			}
			m.printf(": `%s`\n", o.give)
		}
		if len(offers) == 0 {
			m.printf("  - `%s`", q.give(""))
			if k := q.kind(); k != "" {
				m.printf(": %s", escape(k))
			}
			m.printf("\n")
		}
	}
}

func (m *markdown) changes(d *Document) {
	if len(d.Changes) == 0 {
		return
	}
	m.section("What comes next")
	m.row("From", "Answer", "Why", "Law")
	m.rule(4)
	rate, outcome := d.Rate, d.Outcome
	for _, c := range d.Changes {
		on := civilDay(c.On)
		if c.Standing != "" && c.Standing != "enacted" {
			on += ", " + c.Standing
		}
		var cites []string
		for i := range c.Acts {
			a := &c.Acts[i]
			if t := m.cite(a.Citation, a.Confidence, a); !slices.Contains(cites, t) {
				cites = append(cites, t)
			}
		}
		m.row(on, escape(moveWords(rate, c.Rate, outcome, c.Outcome)), escape(strings.Join(c.What, "; ")), strings.Join(cites, "; "))
		if c.Standing == "reported" {
			continue
		}
		if c.Rate != nil {
			rate = c.Rate
		}
		if c.Outcome != "" {
			outcome = c.Outcome
		}
	}
}

func bold(s string) string {
	if s == "" {
		return ""
	}
	return "**" + s + "**"
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// escape keeps text from being read as Markdown.
func escape(s string) string {
	return markdownEscapes.Replace(s)
}

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "|", `\|`, "#", `\#`, "\n", " ",
)

// notes writes the notes of an answer, and what the packs do not cover apart.
func (m *markdown) notes(notes []string) {
	own, uncovered := partNotes(notes)
	for _, part := range [...]struct {
		title string
		notes []string
	}{{"Notes", own}, {"Not covered", uncovered}} {
		if len(part.notes) > 0 {
			m.section(part.title)
		}
		for _, n := range part.notes {
			m.printf("- %s\n", escape(n))
		}
	}
}
