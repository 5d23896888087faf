package determination

import (
	"io"
	"slices"
	"strings"
)

// Text writes the comparison as a person reads it in a terminal: the two worlds,
// what each answers, by how much they differ, what moved, by which act.
func (doc *ComparisonDocument) Text(w io.Writer, o TextOptions) error {
	s := newSheet(o)
	before, after := doc.Before.document(), doc.After.document()
	what, _ := before.Case.headline()
	s.styled(2, 2, what, s.bold)
	s.line(2, strings.TrimSpace(before.Case.Goods+"   "+before.Case.route()))
	const column = 12
	s.labelled(column, "before", before.dates(), unstyled)
	s.labelled(column, "after", after.dates(), unstyled)

	s.blank()
	s.labelled(column, "Outcome", arrow(before.Outcome.word(), after.Outcome.word()), unstyled)
	for i, l := range before.Legs {
		if len(before.Legs) == len(after.Legs) && l.Outcome != after.Legs[i].Outcome {
			s.para(2+column, 2+column, l.Title+": "+arrow(l.Outcome.word(), after.Legs[i].Outcome.word()))
		}
	}
	if d := arrow(before.sideDuty(), after.sideDuty()); d != "" {
		s.labelled(column, "Duty", d, unstyled)
	}
	if t := doc.Words(); t != "" {
		s.labelled(column, "Difference", t, s.bold)
	}
	if !doc.Exact {
		s.para(2+column, 2+column, "the difference holds for certain but may be wider than need be: the two answers could not be gone through together")
	}
	if f := doc.Fees; f != nil && !f.None() {
		s.labelled(column, "Fees", f.Range(), unstyled)
	}
	if !doc.Changed {
		s.blank()
		s.para(2, 2, "Nothing changes.")
	}
	doc.textChanges(s)
	if len(doc.Acts) > 0 {
		s.section("By these acts")
		for i := range doc.Acts {
			s.para(2, 4, doc.Acts[i].words())
		}
	}
	if t := after.Schedule.supposed(); t != "" || before.Schedule.supposed() != "" {
		s.blank()
		s.para(2, 2, "What is marked hypothetical is supposed by a scenario, and is not law.")
	}
	_, err := io.WriteString(w, s.b.String())
	return err
}

func (doc *ComparisonDocument) textChanges(s *sheet) {
	if len(doc.Changes) == 0 {
		return
	}
	s.section("What moved")
	for i := range doc.Changes {
		c := &doc.Changes[i]
		amount := ""
		if c.Duty != nil && !c.Duty.None() {
			amount = c.Duty.Range()
		}
		lines := wrap(c.What, s.width-4-cells(amount), s.width-4)
		for j, l := range lines {
			switch {
			case j > 0:
				s.line(4, l)
			case amount != "":
				s.line(2, pad(l, s.width-2-cells(amount))+amount)
			default:
				s.line(2, l)
			}
		}
	}
}

// Words is the difference of the duty in a phrase: "-1,000.00 USD, -10 points".
func (doc *ComparisonDocument) Words() string {
	var parts []string
	if doc.Duty != nil {
		parts = append(parts, doc.Duty.Range())
	}
	if r := doc.Rate; r != nil {
		parts = append(parts, r.Range()+" of the value")
	}
	return strings.Join(parts, ", ")
}

// None reports whether there is no difference.
func (d *DutyDifference) None() bool { return allZero(d.Least.Amount, d.Most.Amount) }

func arrow(before, after string) string {
	if before == after {
		return before
	}
	return before + " → " + after
}

// sideDuty is the duty in money and in per cent of the value.
func (d *Document) sideDuty() string {
	m, p := d.Duty.money(), d.Rate.percent()
	switch {
	case d.Duty == nil && d.Rate == nil:
		return ""
	case m == "" && p == "":
		return "not known"
	case m == "":
		return p + " of the value"
	case p == "":
		return m
	}
	return m + " (" + p + ")"
}

// document is what of a side a document says in words.
func (s *Side) document() *Document {
	return &Document{Case: s.Case, On: s.On, Known: s.Known, Outcome: s.Outcome, Legs: s.Legs, Duty: s.Duty, Rate: s.Rate, Fees: s.Fees, Exact: s.Exact, Schedule: s.Schedule}
}

// words is an act with what it does.
func (a *ActRef) words() string {
	t := a.Citation
	if !strings.Contains(a.Citation, a.Title) {
		t += ": " + a.Title
	}
	what := []string{}
	if a.Effect != "" {
		what = append(what, a.Effect)
	}
	if a.From != "" {
		what = append(what, "from "+civilDay(a.From))
	}
	if a.Until != "" {
		what = append(what, "until "+civilDay(a.Until))
	}
	if !slices.Contains([]string{"", "enacted", "hypothetical"}, a.Standing) {
		what = append(what, a.Standing)
	}
	if len(what) > 0 {
		t += " (" + strings.Join(what, ", ") + ")"
	}
	return t + markOf(a.Confidence)
}
