package determination

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// TextOptions say how a document is laid out for reading.
type TextOptions struct {
	Width  int  // columns; 0 is 80, and fewer than 60 count as 60
	Colour bool // ANSI colours; nothing is said by colour alone
}

// Text writes the document as a person reads it in a terminal: what it is, may
// it move, what does it cost, why, what else, what next. A section with
// nothing to say is left out. Words are wrapped at the width, figures never
// cut.
func (d *Document) Text(w io.Writer, o TextOptions) error {
	s := newSheet(o)
	d.textHead(s)
	d.textOutcome(s)
	d.textDuties(s)
	d.textNearMisses(s)
	d.textLicences(s)
	d.textQuestions(s)
	d.textClaims(s)
	d.textPresumed(s)
	d.textDormant(s)
	d.textChanges(s)
	d.textFoot(s)
	_, err := io.WriteString(w, s.b.String())
	return err
}

func (d *Document) textHead(s *sheet) {
	e := &d.Case
	what, within := e.headline()
	tail := strings.TrimSpace(e.Goods + "   " + e.route())
	if cells(what)+3+cells(tail)+4 <= s.width {
		s.line(2, s.bold(what)+"   "+tail)
	} else {
		s.styled(2, 2, what, s.bold)
		s.line(2, tail)
	}
	if within != "" {
		s.styled(2, 2, "of: "+shorten(within, s.width-6), s.dim)
	}
	s.para(2, 2, d.dates())
	if len(e.Quantity) > 0 {
		s.para(2, 2, strings.Join(e.Quantity, ", "))
	}
	if len(e.Facts) > 0 || e.Closed {
		s.para(2, 2, e.given())
	}
}

// given is the facts of the case in one phrase.
func (e *Echo) given() string {
	var names []string
	for n := range e.Facts {
		names = append(names, n)
	}
	slices.Sort(names)
	for i, n := range names {
		names[i] = n + " = " + e.Facts[n]
	}
	s := ""
	if len(names) > 0 {
		s = "given " + strings.Join(names, ", ")
	}
	if e.Closed {
		if s != "" {
			s += "; "
		}
		s += "closed: every fact not given is absent"
	}
	return s
}

// textOutcome writes one row a leg, with the controls behind it, then the duty.
func (d *Document) textOutcome(s *sheet) {
	label := cells("Duty")
	for _, l := range d.Legs {
		label = max(label, cells(l.Title))
	}
	label = min(label, 30) + 2
	duty := d.dutyWords()
	s.blank()
	if t := d.unansweredWords(); t != "" {
		s.styled(2, 2, t, s.bold)
	}
	for i, l := range d.Legs {
		word, rest := d.legWords(&l)
		s.labelled(label, l.Title, word+rest, func(t string) string {
			return strings.Replace(t, word, s.outcome(l.Outcome, word), 1)
		})
		// Several jurisdictions may look at one leg: their controls follow the last.
		if slices.ContainsFunc(d.Legs[i+1:], func(o LegOutcome) bool { return o.Leg == l.Leg }) {
			continue
		}
		for _, c := range d.controls(l.Leg) {
			s.para(4, 6, c.controlWords(s))
		}
	}
	for i, t := range duty {
		if i == 0 {
			s.labelled(label, "Duty", t, func(t string) string { return t })
			continue
		}
		s.para(2+label, 2+label, t)
	}
}

// controlWords is a licence, prohibition or the like in one sentence with its
// law.
func (l *Line) controlWords(s *sheet) string {
	t := l.Kind + " " + l.Measure + ": " + subjectWords(l.Title, l.Rate, l.Items)
	if l.Status == "open" {
		t = "? " + t
		if len(l.OpenOn) > 0 {
			t += ", open on " + strings.Join(l.OpenOn, ", ")
		}
	}
	if l.Review != "" && l.Status != "open" {
		t += "; review: " + strings.TrimSuffix(l.Review, ".")
	}
	return t + "; " + s.cite(lawWords(l.Citation, l.Act), l.Confidence)
}

// dutyRow is a line of the duty table, its figures as written.
type dutyRow struct {
	heading, title, rate, amount, law string
	total                             bool
}

func (d *Document) textDuties(s *sheet) {
	lines := d.duties()
	if len(lines) == 0 {
		return
	}
	var rows []dutyRow
	open := false
	rates, amounts := d.figureColumns(lines)
	row := func(l *Line) {
		r := dutyRow{heading: l.Heading, title: l.Title, law: s.cite(lawWords(l.Citation, l.Act), l.Confidence)}
		if r.heading == "" {
			r.heading = "-"
		}
		if l.Status == "open" {
			open = true
			r.heading = "? " + r.heading
		}
		if stated := l.statedRate(); stated != "" {
			r.title += ", " + stated
		}
		r.rate, r.amount = rates.rate(l.Percent), amounts.amount(l.Duty)
		rows = append(rows, r)
	}
	for _, l := range lines {
		row(l)
	}
	if t := (dutyRow{rate: rates.rate(d.Rate), amount: amounts.amount(d.Duty), total: true}); t.rate != "" || t.amount != "" {
		rows = append(rows, t)
	}
	if fees := d.fees(); len(fees) > 0 {
		for _, l := range fees {
			row(l)
		}
		if t := (dutyRow{title: "Duty and fees", amount: amounts.amount(d.Due), total: true}); t.amount != "" {
			rows = append(rows, t)
		}
	}
	s.blank()
	s.duties(rows)
	if open {
		s.para(2, 4, "? may apply: least to most")
	}
	for _, t := range d.termWords(s.cite) {
		s.para(2, 4, t)
	}
	if t := d.sumWords(lines); t != "" {
		s.para(2, 2, t)
	}
}

// textNearMisses writes first what may apply though nobody can say, then what
// does not.
func (d *Document) textNearMisses(s *sheet) {
	var unverified, close []*NearMiss
	head := 0
	for i := range d.NearMisses {
		n := &d.NearMisses[i]
		head = max(head, cells(n.label()))
		if n.Status == "unverified" {
			unverified = append(unverified, n)
		} else {
			close = append(close, n)
		}
	}
	head = min(head, 20) + 2
	s.nearMisses("Not verified: it may apply, and a person must find out", head, unverified)
	s.nearMisses("Close, but no", head, close)
}

func (s *sheet) nearMisses(title string, head int, ns []*NearMiss) {
	if len(ns) == 0 {
		return
	}
	s.section(title)
	for _, n := range ns {
		what, why := subjectWords(n.Title, n.Rate, n.Items), n.words()
		cite := s.cite(lawWords(n.Citation, n.Act), n.Confidence)
		if unlessIn(why, n.Citation) != "" {
			why += "; " + cite
		} else {
			why += markOf(n.Confidence)
		}
		if one := what + ": " + why; cells(one)+2+head <= s.width {
			s.labelled(head, n.label(), one, unstyled)
			continue
		}
		s.labelled(head, n.label(), what, unstyled)
		s.para(2+head, 2+head, why)
	}
}

// label is the heading of a near miss, or its kind where none is filed.
func (n *NearMiss) label() string {
	if n.Heading != "" {
		return n.Heading
	}
	return n.Kind
}

func (d *Document) textLicences(s *sheet) {
	for _, l := range d.Licences {
		title := "Licence from " + l.Authority
		if l.Status == "open" {
			title += ", if the goods are controlled"
		}
		s.section(title)
		if len(l.Items) > 0 {
			s.labelled(16, "for", strings.Join(l.Items, ", "), unstyled)
		}
		papers := false
		for _, lane := range l.Lanes {
			s.labelled(16, lane.Status, lane.words(s), unstyled)
			// One reason a line, for each is a thing to do or to give up.
			for _, r := range lane.Reasons {
				if lane.Status == "closed" && r.Status != "closed" {
					continue // closed for certain: what else might close it does not matter
				}
				s.para(18, 20, "- "+r.words()+s.mark(r.Confidence))
			}
			// The papers of the lane to take: the fastest that is not closed.
			if lane.Status == "closed" || papers {
				continue
			}
			papers = true
			if w := paperWords(lane.Papers); len(w) > 0 {
				s.labelled(16, "  papers", strings.Join(w, "; "), unstyled)
			}
			if w := undertakingWords(lane.Undertakings); len(w) > 0 {
				s.labelled(16, "  undertakings", strings.Join(w, "; "), unstyled)
			}
		}
	}
}

func (l *Lane) words(s *sheet) string {
	t := l.Title
	if l.Status != "closed" {
		t += l.pace()
	}
	c := l.Citation
	if l.Standing != "" && l.Standing != "enacted" {
		c += ", " + l.Standing
	}
	var told []string
	for _, r := range l.Reasons {
		told = append(told, r.words())
	}
	if unlessIn(strings.Join(told, " "), c) == "" {
		return t + s.mark(l.Confidence)
	}
	return t + " (" + s.cite(c, l.Confidence) + ")"
}

func (r *Reason) words() string {
	if r.Status == "open" {
		return r.Reason + ", unless the facts say otherwise (" + r.Citation + ")"
	}
	return r.Reason + " (" + r.Citation + ")"
}

// pace is how long a lane takes and how long what it gives is valid.
func (l *Lane) pace() string {
	t := ""
	for i := range l.Clocks {
		t += "; " + l.Clocks[i].words()
	}
	for i := range l.Terms {
		t += "; " + l.Terms[i].words()
	}
	return t
}

func (k *Clock) words() string {
	t := k.For + ": "
	if k.None != "" {
		t += k.None
	} else {
		t += fmt.Sprintf("%d %s from %s", k.Days, strings.ReplaceAll(k.Counted, "-", " "), k.Starts)
		if len(k.Pauses) > 0 {
			t += ", less the time for " + strings.Join(k.Pauses, ", ")
		}
	}
	return t + k.Ground.doubt()
}

func (r *LaneTerm) words() string {
	t := "valid " + r.Says
	if r.Months > 0 {
		t = fmt.Sprintf("valid %d months", r.Months)
		if r.AtMost {
			t = fmt.Sprintf("valid up to %d months", r.Months)
		}
	}
	return t + r.Ground.doubt()
}

// doubt tells what rests on the press alone or on facts that are not known.
func (g *Ground) doubt() string {
	var t []string
	if g.Standing == "reported" {
		t = append(t, "reported")
	}
	if g.Status == "open" {
		t = append(t, "if the facts say so")
	}
	if len(t) == 0 {
		return ""
	}
	return " (" + strings.Join(t, ", ") + ")"
}

func paperWords(papers []Paper) []string {
	var out []string
	for i := range papers {
		t := papers[i].Title
		if f := papers[i].Form; f != "" {
			t += ", " + f
		}
		out = append(out, t+papers[i].Ground.doubt())
	}
	return out
}

func undertakingWords(undertakings []Undertaking) []string {
	var out []string
	for i := range undertakings {
		out = append(out, undertakings[i].Title+undertakings[i].Ground.doubt())
	}
	return out
}

func (d *Document) textQuestions(s *sheet) {
	if len(d.Questions) == 0 {
		return
	}
	s.section(questionsTitle(len(d.Questions)))
	for _, q := range d.Questions {
		s.labelled(3, s.accent("?"), q.words(), unstyled)
		if q.Where != "" {
			s.para(5, 5, "Where to look: "+q.Where)
		}
		if q.Formula != "" {
			s.para(5, 5, "Or computed from: "+q.Formula)
		}
		s.answers(d.offers(&q), &q)
	}
}

// answers writes what each answer to a question would leave and how to give it:
// one row each where all rows fit, else the flag below its answer.
func (s *sheet) answers(offers []offer, q *Question) {
	if len(offers) == 0 {
		give, kind := q.give(""), q.kind()
		if 5+cells(give)+3+cells(kind) <= s.width {
			s.line(5, s.dim(give)+"   "+kind)
		} else {
			s.line(5, s.dim(give))
			s.para(8, 8, kind)
		}
		return
	}
	left := make([]string, len(offers))
	answer, width := 0, 0
	for _, o := range offers {
		answer = max(answer, cells(o.answer))
	}
	beside := true
	for i, o := range offers {
		left[i] = o.answer
		if o.effect != "" {
			left[i] = pad(o.answer, answer) + " → " + o.effect
		}
		width = max(width, cells(left[i]))
		beside = beside && 5+width+3+cells(o.give) <= s.width
	}
	for i, o := range offers {
		if beside {
			s.line(5, pad(left[i], width)+"   "+s.dim(o.give))
			continue
		}
		t := o.answer
		if o.effect != "" {
			t += " → " + o.effect
		}
		s.para(5, 8, t)
		s.line(8, s.dim(o.give))
	}
}

func (d *Document) textClaims(s *sheet) {
	if len(d.Claims) == 0 {
		return
	}
	s.section("Not claimed, and would help")
	column := 0
	for _, c := range d.Claims {
		column = max(column, cells(asFlag(c.Fact, c.Value)))
	}
	for _, c := range d.Claims {
		give, saves := asFlag(c.Fact, c.Value), c.saving(d.Outcome)
		if 2+column+3+cells(saves) <= s.width {
			s.line(2, pad(give, column)+"   "+saves)
		} else {
			s.line(2, give)
			s.para(5, 5, saves)
		}
		if c.Question != "" {
			s.styled(5, 5, c.Question, s.dim)
		}
	}
}

func (d *Document) textPresumed(s *sheet) {
	if len(d.Presumed) == 0 {
		return
	}
	s.section("Presumed")
	for _, p := range d.Presumed {
		t := p.What
		if p.Why != "" {
			t += ": " + p.Why
		}
		s.para(2, 4, t)
	}
}

func (d *Document) textDormant(s *sheet) {
	for i, m := range d.asleep() {
		if i == 0 {
			s.section("Dormant")
		}
		s.para(2, 4, m.words(s))
	}
}

// asleep are the dormant measures that the near misses do not name: those have
// their day there.
func (d *Document) asleep() []*Dormant {
	var out []*Dormant
	for i := range d.Dormant {
		m := &d.Dormant[i]
		if !slices.ContainsFunc(d.NearMisses, func(n NearMiss) bool { return n.Measure == m.Measure }) {
			out = append(out, m)
		}
	}
	return out
}

// words is a dormant measure and what wakes it.
func (m *Dormant) words(s *sheet) string {
	t := subjectWords(m.Title, m.Rate, m.Items)
	switch {
	case m.Revives == "":
		t += ": asleep, no day set"
	case m.Then == "unverified":
		t += ": until " + civilDay(m.Revives) + "; what follows is not known"
	default:
		t += ": from " + civilDay(m.Revives)
	}
	return t + "; " + s.cite(m.Citation, "")
}

func (d *Document) textChanges(s *sheet) {
	if len(d.Changes) == 0 {
		return
	}
	s.section("What comes next")
	rate, outcome := d.Rate, d.Outcome
	for _, c := range d.Changes {
		var parts []string
		if m := moveWords(rate, c.Rate, outcome, c.Outcome); m != "" {
			parts = append(parts, m)
		}
		parts = append(parts, c.What...)
		t := strings.Join(parts, "; ")
		if c.Standing != "" && c.Standing != "enacted" {
			t = c.Standing + ": " + t
		}
		for _, a := range c.Acts {
			s.seen(markOf(a.Confidence))
		}
		if by := laws(t, c.Acts); by != "" {
			t += " (" + by + ")"
		}
		s.labelled(12, civilDay(c.On), t, unstyled)
		// A report does not move the answer that the next row starts from.
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

func (d *Document) textFoot(s *sheet) {
	if len(d.Notes) > 0 {
		s.section("Notes")
		notes, uncovered := partNotes(d.Notes)
		if len(uncovered) > 0 { // a long list, the same for every case
			notes = append(notes, "The packs do not cover everything: navicert version says what they leave out.")
		}
		for _, n := range notes {
			s.para(2, 4, n)
		}
	}
	s.blank()
	for _, l := range legend(s.marks) {
		s.para(2, 4, l)
	}
	if c := d.Schedule.checked(); c != "" {
		s.para(2, 4, c)
	}
	if d.Digest != "" {
		s.line(2, "Sealed "+d.Digest)
	}
}

// sheet lays out text in columns of a terminal.
type sheet struct {
	b      strings.Builder
	width  int
	colour bool
	marks  []string // the marks of confidence used so far
}

func newSheet(o TextOptions) *sheet {
	w := o.Width
	if w <= 0 {
		w = 80
	}
	return &sheet{width: max(w, 60), colour: o.Colour}
}

func (s *sheet) blank() { s.b.WriteByte('\n') }

func (s *sheet) section(title string) {
	s.blank()
	s.styled(2, 2, title, s.bold)
}

// line writes one line that is not wrapped.
func (s *sheet) line(indent int, text string) {
	s.b.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+text, " "))
	s.b.WriteByte('\n')
}

// para writes wrapped text, its further lines indented by rest.
func (s *sheet) para(first, rest int, text string) { s.styled(first, rest, text, unstyled) }

func (s *sheet) styled(first, rest int, text string, style func(string) string) {
	for i, l := range wrap(text, s.width-first, s.width-rest) {
		if i == 0 {
			s.line(first, style(l))
		} else {
			s.line(rest, style(l))
		}
	}
}

// labelled writes a label in a column of the given width and wrapped text
// beside it. style is put on the lines of the text.
func (s *sheet) labelled(column int, label, text string, style func(string) string) {
	lines := wrap(text, s.width-2-column, s.width-2-column)
	if cells(label) >= column {
		s.line(2, label)
		label = ""
	}
	for i, l := range lines {
		if i == 0 {
			s.line(2, pad(label, column)+style(l))
		} else {
			s.line(2+column, style(l))
		}
	}
	if len(lines) == 0 && label != "" {
		s.line(2, label)
	}
}

// cite is a citation with the mark of its confidence, which is remembered for
// the legend.
func (s *sheet) cite(citation, confidence string) string {
	return citation + s.mark(confidence)
}

// mark is the mark of a confidence, which the foot then explains.
func (s *sheet) mark(confidence string) string {
	m := markOf(confidence)
	s.seen(m)
	return m
}

func (s *sheet) seen(m string) {
	if m != "" && !slices.Contains(s.marks, m) {
		s.marks = append(s.marks, m)
	}
}

// duties writes the duty table. Where the figures leave too little room for
// words, the law goes under the title; where they leave none, the figures go
// under the words.
func (s *sheet) duties(rows []dutyRow) {
	heading, rate, amount, cite := cells("Heading"), cells("Rate"), cells("Amount"), cells("Law")
	rates, amounts := false, false
	for _, r := range rows {
		heading = max(heading, cells(r.heading))
		rate, amount = max(rate, cells(r.rate)), max(amount, cells(r.amount))
		cite = max(cite, min(cells(r.law), 22))
		rates, amounts = rates || r.rate != "", amounts || r.amount != ""
	}
	figures := 0
	if rates {
		figures += 2 + rate
	}
	if amounts {
		figures += 2 + amount
	}
	// What is left of the width for the words.
	words := s.width - 2 - heading - 2
	title := words - figures - 2 - cite
	under := title < 20
	if under {
		title = words - figures
	}
	stacked := title < 18
	if stacked {
		title = words
	}
	numbers := func(r dutyRow) string {
		t := ""
		if rates {
			t += "  " + padLeft(r.rate, rate)
		}
		if amounts {
			t += "  " + padLeft(r.amount, amount)
		}
		return t
	}
	write := func(r dutyRow, style func(string) string) {
		t := pad(r.heading, heading+2)
		if stacked {
			if r.heading != "" || r.title != "" {
				s.line(2, style(t+r.title))
			}
			if n := numbers(r); strings.TrimSpace(n) != "" {
				s.line(s.width-figures, style(n))
			}
			return
		}
		t += pad(r.title, title) + numbers(r)
		if r.law != "" {
			t += "  " + r.law
		}
		s.line(2, style(strings.TrimRight(t, " ")))
	}
	names := dutyRow{heading: "Heading", title: "Duty", rate: "Rate", amount: "Amount", law: "Law"}
	if under {
		names.law = ""
	}
	write(names, s.dim)
	for _, r := range rows {
		if r.total {
			write(r, s.bold)
			continue
		}
		titles, laws := wrap(r.title, title, title), wrap(r.law, cite, cite)
		if under {
			titles = append(titles, wrap(r.law, title, title)...)
			laws = nil
		}
		n := max(len(titles), len(laws), 1)
		figuresAt := 0
		if stacked {
			figuresAt = n - 1
		}
		for i := range n {
			part := dutyRow{title: nth(titles, i), law: nth(laws, i)}
			if i == 0 {
				part.heading = r.heading
			}
			if i == figuresAt {
				part.rate, part.amount = r.rate, r.amount
			}
			write(part, unstyled)
		}
	}
}

func nth(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// figureColumn makes the numbers of a column line up on the decimal point: all get
// as many places as the longest.
type figureColumn struct{ places int }

// figureColumns are the columns of rates and of amounts of the duty table.
func (d *Document) figureColumns(lines []*Line) (rates, amounts figureColumn) {
	rates, amounts = figureColumn{places: 1}, figureColumn{places: 2}
	for _, l := range lines {
		if l.Percent != nil {
			rates.see(l.Percent.Least, l.Percent.Most)
		}
		if l.Duty != nil {
			amounts.see(l.Duty.Least.Amount, l.Duty.Most.Amount)
		}
	}
	if d.Rate != nil {
		rates.see(d.Rate.Least, d.Rate.Most)
	}
	for _, r := range [...]*DutyRange{d.Duty, d.Due} {
		if r != nil {
			amounts.see(r.Least.Amount, r.Most.Amount)
		}
	}
	for _, l := range d.fees() {
		if l.Duty != nil {
			amounts.see(l.Duty.Least.Amount, l.Duty.Most.Amount)
		}
	}
	return rates, amounts
}

func (f *figureColumn) see(numbers ...*string) {
	for _, n := range numbers {
		if n == nil {
			continue
		}
		if _, frac, ok := strings.Cut(*n, "."); ok {
			f.places = max(f.places, len(frac))
		}
	}
}

func (f *figureColumn) fixed(s string) string { return grouped(s, f.places) }

func (f *figureColumn) rate(r *RateRange) string {
	if r == nil || r.Least == nil && r.Most == nil {
		return ""
	}
	return fromTo(r.Least, r.Most, f.fixed) + " %"
}

func (f *figureColumn) amount(r *DutyRange) string {
	if r == nil || r.Least.Amount == nil && r.Most.Amount == nil {
		return ""
	}
	return fromTo(r.Least.Amount, r.Most.Amount, f.fixed)
}

// wrap breaks text into lines of at most first, then rest columns, between
// words; a word longer than a line is left whole.
func wrap(text string, first, rest int) []string {
	var lines []string
	room := first
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case cells(line)+1+cells(word) <= room:
			line += " " + word
		default:
			lines, line, room = append(lines, line), word, rest
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// shorten cuts text at a word so that it takes at most n columns.
func shorten(text string, n int) string {
	lines := wrap(text, n-2, n-2)
	if len(lines) < 2 {
		return text
	}
	return strings.TrimRight(lines[0], ",;: ") + " …"
}

// cells is the number of terminal columns a string takes. Colour takes none,
// an East Asian wide character two.
func cells(s string) int {
	n := 0
	escape := false
	for _, r := range s {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = r != 'm'
		default:
			n++
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
		}
	}
	return n
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-cells(s))) }

func padLeft(s string, n int) string { return strings.Repeat(" ", max(0, n-cells(s))) + s }

// The few colours. Each doubles something the words already say.

func (s *sheet) ansi(code, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *sheet) bold(t string) string   { return s.ansi("1", t) }
func (s *sheet) dim(t string) string    { return s.ansi("2", t) }
func (s *sheet) accent(t string) string { return s.ansi("33", t) }

func (s *sheet) outcome(o Outcome, t string) string {
	switch o {
	case Free:
		return s.ansi("1;32", t)
	case Prohibited:
		return s.ansi("1;31", t)
	}
	return s.ansi("1;33", t)
}
