package licence

import (
	"fmt"
	"strings"

	"github.com/navicert/navicert/internal/quantity"
)

// Letter is what an applicant is told of a decision.
type Letter struct {
	Application string // id
	Authority   string // title
	To          string
	Reference   string // the applicant's own; may be empty
	Day         quantity.Date
	Outcome     Outcome
	Licence     string // number; empty: none
	Sentence    string // what was decided
	Reason      string
	Lines       []Line
	Tolerance   quantity.Decimal // per cent of the quantity of each line
	Valid       string           // the term, as its first and last valid instant
	// Conditions bind the holder; Grounds are the law of a refusal.
	Conditions, Undertakings, Grounds []string
	Appeal                            string   // until when and by which law
	Law                               []string // that it rests on
	Signed                            []string
	Draft                             bool // nothing is decided yet
}

// Letter is the letter of the decision of a file; false where it is not decided.
func (a *Authority) Letter(f *Application) (Letter, bool) {
	d := f.Decision
	if d == nil {
		return Letter{}, false
	}
	l := a.letter(f, &d.Proposal, d.At)
	l.Licence = d.Licence
	if d.Officer != "" {
		l.Signed = append(l.Signed, "Decided by "+d.Officer)
	}
	if d.Countersigner != "" {
		l.Signed = append(l.Signed, "Countersigned by "+d.Countersigner)
	}
	return l, true
}

// Draft is the letter as it will read if a proposal is decided at an instant. The
// error is the [Refusal] with which the proposal would be met, beside the letter as
// far as it can be written.
func (a *Authority) Draft(f *Application, p *Proposal, at quantity.Instant) (Letter, error) {
	l := a.letter(f, p, at)
	l.Draft = true
	if p.Outcome.Grants() {
		l.Licence = licenceID(f.ID)
	}
	return l, p.check(f, a)
}

// appealWords tell until when a refusal of an instant may be appealed.
func (a *Authority) appealWords(at quantity.Instant) string {
	w := a.Appeal
	s := fmt.Sprintf("You may appeal until the end of %s, %d %s after the decision", a.last(w, at), w.Days, strings.ReplaceAll(string(w.Counted), "-", " "))
	if w.Citation != "" {
		s += " (" + w.Citation + ")"
	}
	return s + "."
}

func (a *Authority) letter(f *Application, p *Proposal, at quantity.Instant) Letter {
	l := Letter{Application: f.ID, Authority: a.Title, To: f.Content.Applicant.Name, Reference: f.Content.OurReference, Day: at.Date(a.Zone()),
		Outcome: p.Outcome, Reason: p.Reason, Lines: f.Content.Lines}
	for _, u := range f.Content.Undertakings {
		l.Undertakings = append(l.Undertakings, u.Words())
	}
	switch p.Outcome {
	case Approved:
		l.Sentence = "The application is approved, and a licence is issued."
	case ApprovedWithConditions:
		l.Sentence = "The application is approved under conditions, and a licence is issued."
		l.Conditions = p.Conditions
	case Refused:
		l.Sentence = "The application is refused."
		l.Grounds = p.Grounds
		if f.Appeal == "" {
			l.Appeal = a.appealWords(at)
		}
	case NoLicenceNeeded:
		l.Sentence = "No licence of this authority is needed for these goods as described."
	}
	if f.Appeal != "" {
		l.Sentence = "On your appeal it was decided anew. " + l.Sentence
	}
	x := f.Assessment
	if x == nil {
		return l
	}
	if p.Outcome.Grants() {
		l.Tolerance = p.Tolerance
		if t, err := p.term(f, a, l.Day); err == nil {
			l.Valid = t.String()
		}
	}
	l.Law = x.rests()
	return l
}

// rests says in sentences on which law an assessment rests.
func (x *Assessment) rests() []string {
	out := []string{"The law as of " + x.On.String() + ", schedule " + x.Schedule + "."}
	if x.Title != "" {
		s := "Lane: " + x.Title
		if x.Citation != "" {
			s += " (" + x.Citation + ", " + x.Standing + ")"
		}
		out = append(out, s+".")
	}
	if len(x.Measures) > 0 {
		s := "Measures: " + strings.Join(x.Measures, ", ")
		if len(x.Items) > 0 {
			s += "; items " + strings.Join(x.Items, ", ")
		}
		out = append(out, s+".")
	}
	if x.Limit.Law != "" {
		out = append(out, "Time to decide: "+x.Limit.Law+".")
	}
	return out
}

// Words is a promise in words.
func (p *Promise) Words() string {
	s := p.Says
	if s == "" {
		s = strings.ReplaceAll(p.Kind, "-", " ")
		if p.To != "" {
			s += " to " + p.To
		}
	}
	if p.By != "" {
		s += ", given by " + p.By
	}
	if p.Until != "" {
		s += ", until " + p.Until
	}
	return s
}

// Title is the heading of the letter.
func (l *Letter) Title() string {
	s := "Decision on application " + l.Application
	if l.Draft {
		return "Draft: " + strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// Markdown writes the letter.
func (l *Letter) Markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	list := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		line("\n## %s\n", title)
		for i, s := range items {
			line("%d. %s", i+1, escape(s))
		}
	}
	line("# %s\n", escape(l.Title()))
	line("%s  ", escape(l.Authority))
	line("%s\n", l.Day)
	line("To: %s  ", escape(l.To))
	if l.Reference != "" {
		line("Your reference: %s  ", escape(l.Reference))
	}
	if l.Licence != "" {
		line("Licence: %s", escape(l.Licence))
	}
	line("\n**%s** %s", l.Sentence, escape(l.Reason))
	list("Grounds", l.Grounds)
	if l.Appeal != "" {
		line("\n%s", escape(l.Appeal))
	}
	line("\n## Goods\n\n| Goods | | Quantity | Value | From | To |\n| --- | --- | ---: | ---: | --- | --- |")
	for _, g := range l.Lines {
		value := ""
		if g.Value.Currency != "" {
			value = g.Value.String()
		}
		line("| %s | %s | %s | %s | %s | %s |", escape(g.Goods), escape(g.Description), g.Quantity, value, escape(g.From), escape(g.To))
	}
	if l.Tolerance.Sign() > 0 {
		line("\nUp to %s %% more than the quantity may be drawn.", l.Tolerance)
	}
	if l.Valid != "" {
		line("\n## Term\n\nValid %s, both inclusive.", l.Valid)
	}
	list("Conditions", l.Conditions)
	list("Undertakings on which it rests", l.Undertakings)
	list("Law", l.Law)
	for i, s := range l.Signed {
		if i == 0 {
			line("")
		}
		line("%s  ", escape(s))
	}
	return b.String()
}

// escape keeps what people wrote from being read as Markdown or HTML.
func escape(s string) string {
	return strings.NewReplacer("\\", `\\`, "*", `\*`, "_", `\_`, "#", `\#`, "[", `\[`, "]", `\]`, "|", `\|`, "`", "\\`", "<", "&lt;", ">", "&gt;", "&", "&amp;", "\r", " ", "\n", " ").Replace(s)
}
