package licence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/navicert/navicert/internal/quantity"
)

// mayOn refuses whoever may not do this to a file: an applicant to the file of
// another and an agency to one that was never referred to it, for whom there is no
// such file, and who acts in none of the roles.
func (a *Application) mayOn(by By, roles ...Role) error {
	if by.Role == Applicant || by.Role == Agency {
		if _, err := a.SeenBy(by.Actor, by.Role); err != nil {
			return err
		}
	}
	return may(by, application(a.ID), a.Side, roles...)
}

// may refuses whoever acts in none of the roles. On a trader's own file, where
// the trader writes down what the authority did, the applicant may do all.
func may(by By, ref Ref, side Side, roles ...Role) error {
	if slices.Contains(roles, by.Role) || by.Role == System || side == TraderSide && by.Role == Applicant {
		return nil
	}
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return refuse(WrongRole, ref, "this is for "+strings.Join(words, ", "), "as %s you may not do this", by.Role)
}

func wrongState(a *Application, what string) error {
	return refuse(WrongState, application(a.ID), "look at what was done with it", "it is %s and cannot be %s", a.Stage, what).through(ToFile, a.ID)
}

// File begins an application, and hands it in at once where Submit says so.
type File struct {
	ID        string     `json:"id,omitempty"` // empty: the desk numbers it
	Content   Content    `json:"content"`
	Side      Side       `json:"side,omitempty"` // empty: the authority's
	Documents []Document `json:"documents,omitempty"`
	Submit    bool       `json:"submit,omitempty"`

	assessed *Assessment
	invented bool // of a demonstration, which numbers its files by itself
}

// Name implements [Command].
func (*File) Name() string { return "file" }

func (c *File) prepare(d *Desk, by By) {
	if c.assessed != nil {
		return
	}
	if a := d.authorities[c.Content.Authority]; a != nil {
		x := d.law.Assess(&c.Content, a, by.At.Date(a.Zone()))
		c.assessed = &x
	}
}

func (c *File) needs(*Set, By) Needs {
	n := Needs{Objects: []Ref{application(c.ID)}}
	if c.Submit {
		n.Alike = [][2]int64{alikeKeys(&c.Content)}
	}
	return n
}

func (c *File) decide(s *Set, by By) ([]change, error) {
	authority, err := s.desk.Authority(c.Content.Authority)
	if err != nil {
		return nil, err
	}
	if err := may(by, Ref{}, c.Side, Applicant, Intake); err != nil {
		return nil, err
	}
	if err := c.Content.check(); err != nil {
		return nil, err
	}
	id := c.ID
	if id == "" {
		id = "A" + strconv.FormatInt(s.next(), 10)
	} else if n, err := strconv.ParseInt(strings.TrimPrefix(id, "A"), 10, 64); err == nil && n >= s.next() && !c.invented {
		return nil, refuse(Invalid, application(id), "leave the id out, or choose one of another form", "an id of A and digits is given by the desk, and the turn of this one has not come")
	} else if _, taken := find[*Application](s, application(id)); taken {
		return nil, refuse(Invalid, application(id), "leave the id out, or choose another", "there is an application of this id")
	}
	side := c.Side
	if side == "" {
		side = AuthoritySide
	}
	assessed := *c.assessed
	assessed.Content = 1
	ref := application(id)
	for _, d := range c.Documents {
		if err := d.check(ref); err != nil {
			return nil, err
		}
	}
	out := []change{{ref, &Drafted{c.Content, side, c.Documents}}, {ref, &Assessed{Assessment: assessed}}}
	file := &Application{ID: id, Stage: StageDraft, Content: c.Content, ContentVersion: 1, Side: side, Assessment: &assessed, Documents: c.Documents}
	if !c.Submit {
		return out, nil
	}
	if err := file.complete(by.At.Date(authority.Zone())); err != nil {
		return nil, err
	}
	return append(out, s.submitted(file)...), nil
}

// submitted are the events of handing a file in: it is linked with those that are
// alike.
func (s *Set) submitted(a *Application) []change {
	ref := application(a.ID)
	out := []change{{ref, &Submitted{}}}
	key := alikeKeys(&a.Content)
	rows := s.alike[key]
	for _, r := range s.fresh {
		if r.AlikeA == key[0] || r.AlikeB == key[1] {
			rows = append(rows, r)
		}
	}
	known := map[string]bool{}
	for _, l := range a.Links {
		known[l.Other] = true
	}
	for _, l := range links(a.ID, &a.Content, rows) {
		if !known[l.Other] {
			out = append(out, change{ref, &Linked{l}})
		}
	}
	return out
}

// check reports everything that no content may lack.
func (c *Content) check() error {
	var faults []FieldFault
	fault := func(field, remedy, format string, args ...any) {
		faults = append(faults, FieldFault{field, fmt.Sprintf(format, args...), remedy})
	}
	if strings.TrimSpace(c.Applicant.Name) == "" {
		fault("applicant.name", "name who applies", "is empty")
	}
	if len(c.Lines) == 0 {
		fault("lines", "give at least one sort of goods", "there is none")
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		at := func(name string) string { return fmt.Sprintf("lines.%d.%s", i+1, name) }
		for _, f := range []struct{ name, value, remedy string }{{"goods", l.Goods, "give their code: 8505.11"}, {"from", l.From, "give the country of dispatch: CN"}, {"to", l.To, "give the country of destination: US"}} {
			if f.value == "" {
				fault(at(f.name), f.remedy, "is empty")
			}
		}
		if l.Quantity.Amount.Sign() <= 0 || l.Quantity.Unit == "" {
			fault(at("quantity"), "give it with its unit: 120 kg", "more than nothing is wanted")
		} else if _, err := steps(l.Quantity.Amount, quantityPlaces); err != nil {
			fault(at("quantity"), "give fewer places after the point", "%v", err)
		}
		if l.Value.Amount.Sign() < 0 {
			fault(at("value"), "give what the goods are worth: 9000 USD", "%s cannot be", l.Value)
		} else if _, err := steps(l.Value.Amount, valuePlaces); err != nil {
			fault(at("value"), "give fewer places after the point", "%v", err)
		}
	}
	for i, p := range c.Parties {
		if p.Name == "" {
			fault(fmt.Sprintf("parties.%d.name", i+1), "name the party, or leave the row empty", "is empty")
		}
		if p.Role == "" {
			fault(fmt.Sprintf("parties.%d.role", i+1), "say what it is: end user, importer, consignee, agent", "is empty")
		}
		if (p.Role == RoleEndUser || p.Role == RoleImporter) && slices.ContainsFunc(c.Parties[:i], func(x Party) bool { return x.Role == p.Role }) {
			fault(fmt.Sprintf("parties.%d.role", i+1), "file for each by itself", "there are several of the role %s, and one may be", p.Role)
		}
	}
	for i, u := range c.Undertakings {
		if u.Until != "" {
			if _, err := quantity.ParseDate(u.Until); err != nil {
				fault(fmt.Sprintf("undertakings.%d.until", i+1), "give a day: 2026-12-31", "%v", err)
			}
		}
	}
	if len(faults) > 0 {
		return Faulty(faults, "mend all of it and file again")
	}
	return nil
}

// Missing is a paper or an undertaking that a lane asks for and a file lacks.
type Missing struct {
	What string `json:"what"`
	Form string `json:"form,omitempty"`
	Why  string `json:"why"`
	Law  string `json:"law,omitempty"`
}

// Missing lists what the lane asks for and the file does not have on the day.
func (a *Application) Missing(day quantity.Date) []Missing {
	if a.Assessment == nil {
		return nil
	}
	return missing(a.Assessment.Papers, a.Assessment.Undertakings, a.Documents, &a.Content, day)
}

// missing lists which of the papers and undertakings are not there on the day.
func missing(papers []Paper, undertakings []string, documents []Document, c *Content, day quantity.Date) []Missing {
	var out []Missing
	for _, p := range papers {
		if why := lacks(p, documents, day); why != "" {
			out = append(out, Missing{p.Title, p.Form, why, p.Law})
		}
	}
	for _, u := range undertakings {
		if !slices.ContainsFunc(c.Undertakings, func(p Promise) bool { return sameName(p.Says, u) }) {
			out = append(out, Missing{What: u, Why: "the undertaking is not given"})
		}
	}
	return out
}

// lacks says why none of the documents will do for the paper; "" where one will.
func lacks(p Paper, documents []Document, day quantity.Date) string {
	why := "not attached"
	for _, d := range documents {
		switch {
		case !sameName(d.Kind, p.Title):
			continue
		case p.Form != "" && d.Form != p.Form && !(p.Form == "copy" && d.Form == "original"):
			why = "attached as " + d.Form + ", wanted as " + p.Form
		case d.Until != 0 && d.Until < day:
			why = "was valid until " + d.Until.String()
		case d.From > day:
			why = "is valid from " + d.From.String()
		default:
			return ""
		}
	}
	return why
}

// complete refuses a file that lacks something.
func (a *Application) complete(day quantity.Date) error {
	if x := a.Assessment; x != nil && len(x.Problems) > 0 {
		return refuse(Incomplete, application(a.ID), "amend the content and submit again", "it cannot be determined: %s", strings.Join(x.Problems, "; "))
	}
	missing := a.Missing(day)
	if len(missing) == 0 {
		return nil
	}
	lines := make([]string, len(missing))
	for i, m := range missing {
		lines[i] = m.What
		if m.Form != "" {
			lines[i] += " (" + m.Form + ")"
		}
		lines[i] += ": " + m.Why
	}
	return refuse(Incomplete, application(a.ID), "attach them and submit again", "lane %s asks for more: %s", a.Assessment.Lane, strings.Join(lines, "; "))
}

// check refuses a document that is not described.
func (d *Document) check(ref Ref) error {
	if d.Kind == "" || !strings.HasPrefix(d.Digest, "sha256:") || len(d.Digest) != len("sha256:")+64 {
		return refuse(Invalid, ref, "name the paper as the lane does, with the sha256 of its bytes", "a document has no kind or no digest")
	}
	if !contains([]string{"original", "copy", "electronic"}, d.Form) {
		return refuse(Invalid, ref, "the forms are original, copy, electronic", "document %s: the form %q is not known", d.Kind, d.Form)
	}
	if d.Until != 0 && d.Until < d.From {
		return refuse(Invalid, ref, "give the days from which and until which it is valid", "document %s is valid until %s, before %s", d.Kind, d.Until, d.From)
	}
	return nil
}

// DigestOf is the digest under which the bytes of a document are kept.
func DigestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Attach adds a paper to a file. Where Bytes are given they are kept, and have to
// be those of the digest.
type Attach struct {
	Application string   `json:"application"`
	Document    Document `json:"document"`
	Bytes       []byte   `json:"-"`
}

// Name implements [Command].
func (*Attach) Name() string { return "attach" }

func (c *Attach) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Attach) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Applicant, Intake, Officer); err != nil {
		return nil, err
	}
	if a.Stage == StageClosed || a.Stage == StageWithdrawn {
		return nil, wrongState(a, "added to")
	}
	if err := c.Document.check(ref); err != nil {
		return nil, err
	}
	if c.Bytes != nil {
		if got := DigestOf(c.Bytes); got != c.Document.Digest {
			why := refuse(DigestDiffers, ref, "attach the file that the digest was made of", "document %s is said to be %s, and its bytes are %s", c.Document.Kind, c.Document.Digest, got)
			return []change{{ref, &Attempted{c.Name(), why.Code, why.Message}}}, why
		}
		s.papers = append(s.papers, StoredPaper{c.Document.Digest, c.Bytes})
	}
	return []change{{ref, &DocumentAttached{c.Document}}}, nil
}

// Amend replaces the content of a file: of a draft, of one that was returned, or
// of one with an open query.
type Amend struct {
	Application string  `json:"application"`
	Content     Content `json:"content"`
}

// Name implements [Command].
func (*Amend) Name() string { return "amend" }

func (c *Amend) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Amend) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Applicant, Intake); err != nil {
		return nil, err
	}
	if !a.Writable() {
		return nil, refuse(WrongState, ref, "ask the officer for a query, or withdraw it and file anew", "it is %s, and its content can be changed in a draft, when it was returned, or while a query is open", a.Stage)
	}
	if err := c.Content.check(); err != nil {
		return nil, err
	}
	if c.Content.Authority != a.Content.Authority {
		return nil, refuse(Invalid, ref, "file with the other authority", "a file stays with its authority")
	}
	if !sameName(c.Content.Applicant.Name, a.Content.Applicant.Name) {
		return nil, refuse(Invalid, ref, "withdraw it, and let the other applicant file anew", "a file stays with its applicant")
	}
	differs := a.Content.Differences(&c.Content)
	assessed := s.assess(&c.Content, by)
	assessed.Content = a.ContentVersion + 1
	return append([]change{{ref, &Amended{c.Content, differs}}}, a.reassessed(assessed)...), nil
}

func (s *Set) assess(c *Content, by By) Assessment {
	authority := s.desk.authorities[c.Authority]
	return s.law.Assess(c, authority, by.At.Date(authority.Zone()))
}

// reassessed are the events of a new assessment: a lane that is lost, or gained,
// is told with its reasons.
func (a *Application) reassessed(x Assessment) []change {
	e := &Assessed{Assessment: x}
	if a.Assessment != nil && a.Assessment.Lane != x.Lane {
		e.From, e.Reasons = a.Assessment.Lane, x.lost(a.Assessment.Lane)
	}
	return []change{{application(a.ID), e}}
}

// Submit hands a draft or a returned file in.
type Submit struct {
	Application string `json:"application"`
}

// Name implements [Command].
func (*Submit) Name() string { return "submit" }

func (c *Submit) needs(s *Set, _ By) Needs {
	n := Needs{Objects: []Ref{application(c.Application)}}
	if a, ok := find[*Application](s, application(c.Application)); ok {
		n.Alike = [][2]int64{alikeKeys(&a.Content)}
	}
	return n
}

func (c *Submit) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	if err := a.mayOn(by, Applicant, Intake); err != nil {
		return nil, err
	}
	if a.Stage != StageDraft && a.Stage != StageReturned {
		return nil, wrongState(a, "submitted")
	}
	assessed := s.assess(&a.Content, by)
	assessed.Content = a.ContentVersion
	out := a.reassessed(assessed)
	then := *a
	then.Assessment = &assessed
	if err := then.complete(assessed.On); err != nil {
		return nil, err
	}
	return append(out, s.submitted(a)...), nil
}

// Accept takes a submitted file for review: its clock starts.
type Accept struct {
	Application string `json:"application"`
}

// Name implements [Command].
func (*Accept) Name() string { return "accept" }

func (c *Accept) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Accept) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	if err := a.mayOn(by, Intake, Officer); err != nil {
		return nil, err
	}
	if a.Stage != StageSubmitted {
		return nil, wrongState(a, "accepted")
	}
	return []change{{application(a.ID), &Accepted{}}}, nil
}

// GiveBack returns a submitted file to the applicant, who may mend it.
type GiveBack struct {
	Application string `json:"application"`
	For         string `json:"for"` // what is wrong with it
}

// Name implements [Command].
func (*GiveBack) Name() string { return "give back" }

func (c *GiveBack) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *GiveBack) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Intake, Officer); err != nil {
		return nil, err
	}
	if a.Stage != StageSubmitted && a.Stage != StageReview {
		return nil, wrongState(a, "returned")
	}
	if c.For == "" {
		return nil, refuse(Invalid, ref, "say what has to be mended", "a file is not returned without a reason")
	}
	return []change{{ref, &Returned{c.For}}}, nil
}

// Withdraw ends a file by the will of the applicant.
type Withdraw struct {
	Application string `json:"application"`
}

// Name implements [Command].
func (*Withdraw) Name() string { return "withdraw" }

func (c *Withdraw) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Withdraw) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	if err := a.mayOn(by, Applicant); err != nil {
		return nil, err
	}
	if a.Stage == StageClosed || a.Stage == StageWithdrawn {
		return nil, wrongState(a, "withdrawn")
	}
	return []change{{application(a.ID), &Withdrawn{}}}, nil
}

// Endorse takes the next step of the endorsement chain of the file's papers.
type Endorse struct {
	Application string `json:"application"`
	Step        Step   `json:"step"` // without its time
}

// Name implements [Command].
func (*Endorse) Name() string { return "endorse" }

func (c *Endorse) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Endorse) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Applicant, Intake, Officer); err != nil {
		return nil, err
	}
	authority, err := s.desk.Authority(a.Content.Authority)
	if err != nil {
		return nil, err
	}
	if a.Stage == StageWithdrawn {
		return nil, wrongState(a, "endorsed")
	}
	day := by.At.Date(authority.Zone())
	chain, done := authority.standing(a, day)
	want := at(chain, done)
	switch {
	case want == "":
		return nil, refuse(WrongState, ref, "file anew for other goods", "every step of the chain is taken")
	case c.Step.Name != want:
		return nil, refuse(WrongState, ref, "the chain for "+a.Content.Destination()+" is "+strings.Join(chain, ", "), "the next step is %q and not %q", want, c.Step.Name)
	case c.Step.Form != "" && c.Step.Form != "original" && c.Step.Form != "copy":
		return nil, refuse(Invalid, ref, "the forms are original, copy", "step %s: the form %q is not known", want, c.Step.Form)
	case c.Step.Lapses != 0 && c.Step.Lapses < day:
		return nil, refuse(Invalid, ref, "give the last day on which it counts, or none", "step %s is taken on %s, and lapsed on %s", want, day, c.Step.Lapses)
	}
	step := c.Step
	step.At = by.At
	return []change{{ref, &Endorsed{step}}}, nil
}
