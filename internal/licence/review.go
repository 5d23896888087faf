package licence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// leaseMinutes is how long a claim lasts where it names no time.
const leaseMinutes = 60

// ClaimNext gives the officer the file whose turn it is.
type ClaimNext struct {
	Authority string `json:"authority"`
	Queue     Queue  `json:"queue,omitempty"` // empty: review
	Lane      string `json:"lane,omitempty"`  // empty: all, in the order of their turns
	Minutes   int    `json:"minutes,omitempty"`
}

// Name implements [Command].
func (*ClaimNext) Name() string { return "claim next" }

func (c *ClaimNext) query(by By) FileQuery {
	q := FileQuery{Authority: c.Authority, Queue: c.Queue, Lane: c.Lane, Free: true, At: by.At}
	if q.Queue == "" {
		q.Queue = QueueReview
	}
	return q
}

func (c *ClaimNext) needs(s *Set, by By) Needs {
	q := c.query(by)
	n := Needs{Waiting: []FileQuery{q}}
	for _, id := range s.waiting[q] {
		n.Objects = append(n.Objects, application(id))
	}
	return n
}

func (c *ClaimNext) decide(s *Set, by By) ([]change, error) {
	if err := may(by, Ref{}, "", Officer, Intake, Countersigner); err != nil {
		return nil, err
	}
	q := c.query(by)
	for _, id := range s.waiting[q] {
		a, ok := find[*Application](s, application(id))
		if !ok || a.Queue() != q.Queue || a.Held(by.At) != "" || !mayWork(a, by) {
			continue // taken by a command before this one
		}
		return []change{{application(id), &Claimed{Officer: by.Actor, Until: leaseEnd(by.At, c.Minutes)}}}, nil
	}
	return nil, refuse(NothingWaiting, Ref{}, "see who holds what", "no file waits in the queue %s", q.Queue).through(ToFiles, "")
}

// mayWork keeps a file from those who entered it or recommended on it, and an
// appeal from those who decided what is appealed against.
func mayWork(a *Application, by By) bool {
	if a.EnteredBy == by.Actor || a.decidedBy(by.Actor) {
		return false
	}
	return a.Stage != StageCountersign || a.Recommendation == nil || a.Recommendation.By != by.Actor
}

// decidedBy reports whether somebody had a part in the decision of the file.
func (a *Application) decidedBy(actor string) bool {
	d := a.Decision
	return d != nil && (d.Officer == actor || d.Countersigner == actor)
}

func leaseEnd(at quantity.Instant, minutes int) quantity.Instant {
	if minutes <= 0 {
		minutes = leaseMinutes
	}
	return at + quantity.Instant(minutes*60)
}

// Claim gives the officer, or the officer that an administrator names, one file.
// Out of its turn it wants a reason, which everybody can read.
type Claim struct {
	Application string `json:"application"`
	For         string `json:"for,omitempty"` // assigned to; empty: who claims
	Minutes     int    `json:"minutes,omitempty"`
}

// Name implements [Command].
func (*Claim) Name() string { return "claim" }

func (c *Claim) first(s *Set, by By) (FileQuery, bool) {
	a, ok := find[*Application](s, application(c.Application))
	if !ok || a.Queue() == "" {
		return FileQuery{}, false
	}
	lane := ""
	if a.Assessment != nil {
		lane = a.Assessment.Lane
	}
	return FileQuery{Authority: a.Content.Authority, Queue: a.Queue(), Lane: lane, Free: true, At: by.At}, true
}

func (c *Claim) needs(s *Set, by By) Needs {
	n := Needs{Objects: []Ref{application(c.Application)}}
	if q, ok := c.first(s, by); ok {
		n.Waiting = []FileQuery{q}
	}
	return n
}

func (c *Claim) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	officer, assigned := by.Actor, c.For != "" && c.For != by.Actor
	if assigned {
		officer = c.For
		if err := a.mayOn(by, Administrator, Officer, Intake); err != nil {
			return nil, err
		}
	} else if err := a.mayOn(by, Officer, Intake, Countersigner, Administrator); err != nil {
		return nil, err
	}
	if q := a.Queue(); q == "" || q == QueueApplicant || q == QueueAgency {
		return nil, wrongState(a, "claimed: nobody has to work on it now")
	}
	if h := a.Held(by.At); h != "" && h != officer && !(assigned && (h == by.Actor || by.Role == Administrator)) {
		return nil, refuse(ClaimedByOther, ref, "claim the next one, or wait until "+a.Lease.Until.Format(time.UTC), "%s holds it", h)
	}
	if !mayWork(a, By{Actor: officer}) {
		return nil, refuse(SamePerson, ref, "let another officer take it", "%s entered the file, recommended on it or decided what is appealed against", officer)
	}
	out := false
	if q, ok := c.first(s, by); ok {
		first := s.waiting[q]
		out = a.Held(by.At) == "" && len(first) > 0 && first[0] != a.ID
	}
	if out && by.Reason == "" {
		return nil, refuse(Invalid, ref, "claim the next one, or give a reason: it is kept in the log of exceptions", "it is not the turn of this file")
	}
	return []change{{ref, &Claimed{Officer: officer, Until: leaseEnd(by.At, c.Minutes), OutOfOrder: out, Assigned: assigned}}}, nil
}

// Unclaim gives a file back to its queue.
type Unclaim struct {
	Application string `json:"application"`
}

// Name implements [Command].
func (*Unclaim) Name() string { return "unclaim" }

func (c *Unclaim) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Unclaim) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	if err := a.mayOn(by, Officer, Intake, Countersigner, Administrator); err != nil {
		return nil, err
	}
	if a.Held(by.At) != by.Actor && by.Role != Administrator {
		return nil, refuse(NotClaimed, application(a.ID), "see who holds it", "you do not hold it").through(ToFile, a.ID)
	}
	return []change{{application(a.ID), &Unclaimed{}}}, nil
}

// working checks that the actor may work on the file now: he holds it, and did
// not enter it. In a bulk a file that nobody holds will do.
func (a *Application) working(by By, command string, bulk bool) ([]change, error) {
	ref := application(a.ID)
	if a.Side == TraderSide {
		return nil, nil
	}
	if a.EnteredBy == by.Actor {
		why := refuse(SamePerson, ref, "let another officer do it", "you entered this file, and nobody decides on a file that he entered")
		return []change{{ref, &Attempted{command, why.Code, why.Message}}}, why
	}
	if a.decidedBy(by.Actor) {
		why := refuse(SamePerson, ref, "let an officer decide the appeal who had no part in the refusal", "you decided what is appealed against")
		return []change{{ref, &Attempted{command, why.Code, why.Message}}}, why
	}
	switch h := a.Held(by.At); {
	case h == by.Actor, h == "" && bulk:
		return nil, nil
	case h != "":
		return nil, refuse(ClaimedByOther, ref, "claim another", "%s holds it until %s", h, a.Lease.Until.Format(time.UTC))
	case a.Lease != nil && a.Lease.Officer == by.Actor:
		why := refuse(LeaseExpired, ref, "claim it again: nobody else may have taken it meanwhile", "your claim ran out at %s", a.Lease.Until.Format(time.UTC))
		return []change{{ref, &Attempted{command, why.Code, why.Message}}}, why
	}
	return nil, refuse(NotClaimed, ref, "claim it first", "you do not hold it").through(ToClaim, a.ID)
}

// inReview checks that a file is under review with nothing open outside.
func (a *Application) inReview(what string) error {
	switch {
	case a.Decision != nil && a.Stage == StageClosed:
		return refuse(AlreadyDecided, application(a.ID), "an appeal reopens a refusal; an approval is changed by its licence", "it was decided on %s: %s", a.Decision.At.Date(time.UTC), a.Decision.Outcome)
	case a.Stage != StageReview && a.Stage != StageAppeal:
		return wrongState(a, what)
	case a.openQuery() != nil:
		return refuse(WrongState, application(a.ID), "wait for the answer", "a query to the applicant is open")
	case a.openReferral("") != nil:
		return refuse(WrongState, application(a.ID), "wait for the advice", "it lies with %s", a.openReferral("").Agency)
	}
	return nil
}

// Ask puts a query to the applicant. The clock stands still until the answer.
type Ask struct {
	Application string `json:"application"`
	Text        string `json:"text"`
	Bulk        string `json:"bulk,omitempty"`
}

// Name implements [Command].
func (*Ask) Name() string { return "ask" }

func (c *Ask) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Ask) decide(s *Set, by By) ([]change, error) {
	a, authority, err := s.file(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Officer); err != nil {
		return nil, err
	}
	if err := a.inReview("asked about"); err != nil {
		return nil, err
	}
	if attempt, err := a.working(by, c.Name(), c.Bulk != ""); err != nil {
		return attempt, err
	}
	if c.Text == "" {
		return nil, refuse(Invalid, ref, "write what the applicant has to answer", "the query is empty")
	}
	return []change{{ref, &Asked{c.Text, authority.last(authority.Answer, by.At)}}}, nil
}

// file returns an application with its authority.
func (s *Set) file(id string) (*Application, *Authority, error) {
	a, err := s.application(id)
	if err != nil {
		return nil, nil, err
	}
	authority, err := s.desk.Authority(a.Content.Authority)
	return a, authority, err
}

// Answer answers the open query.
type Answer struct {
	Application string `json:"application"`
	Text        string `json:"text"`
}

// Name implements [Command].
func (*Answer) Name() string { return "answer" }

func (c *Answer) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Answer) decide(s *Set, by By) ([]change, error) {
	a, authority, err := s.file(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Applicant); err != nil {
		return nil, err
	}
	q := a.openQuery()
	if q == nil || !a.open() {
		return nil, refuse(WrongState, ref, "look at what was asked", "no query is open").through(ToFile, a.ID)
	}
	if by.At.Date(authority.Zone()) > q.Due {
		why := refuse(WindowClosed, ref, "file anew; papers that are still valid may be used again", "the last day for the answer was %s, and the file has lapsed", q.Due)
		return []change{{ref, &Attempted{c.Name(), why.Code, why.Message}}}, why
	}
	if c.Text == "" {
		return nil, refuse(Invalid, ref, "write what was asked for", "the answer is empty")
	}
	return []change{{ref, &Answered{c.Text}}}, nil
}

// Refer sends a file to an agency for its advice.
type Refer struct {
	Application string `json:"application"`
	Agency      string `json:"agency"`
	Question    string `json:"question,omitempty"`
	Bulk        string `json:"bulk,omitempty"`
}

// Name implements [Command].
func (*Refer) Name() string { return "refer" }

func (c *Refer) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Refer) decide(s *Set, by By) ([]change, error) {
	a, authority, err := s.file(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Officer); err != nil {
		return nil, err
	}
	if c.Agency == "" {
		return nil, refuse(Invalid, ref, "name the agency whose advice is wanted", "a referral names no agency")
	}
	if a.Stage != StageReview || a.openQuery() != nil {
		if err := a.inReview("referred"); err != nil {
			return nil, err
		}
	}
	if a.openReferral(c.Agency) != nil {
		return nil, refuse(WrongState, ref, "wait for its advice", "it lies with %s already", c.Agency)
	}
	if a.openReferral("") == nil { // several agencies may be asked at once
		if attempt, err := a.working(by, c.Name(), c.Bulk != ""); err != nil {
			return attempt, err
		}
	}
	return []change{{ref, &Referred{c.Agency, c.Question, authority.last(authority.Advice, by.At), authority.Advice.Pauses}}}, nil
}

// Advise gives advice on a file, for a line and a party or for all.
type Advise struct {
	Application string     `json:"application"`
	Agency      string     `json:"agency"`
	Kind        AdviceKind `json:"kind"`
	Line        int        `json:"line,omitempty"`
	Party       string     `json:"party,omitempty"`
	Text        string     `json:"text,omitempty"`
	Grounds     []string   `json:"grounds,omitempty"`
	Internal    bool       `json:"internal,omitempty"`
}

// Name implements [Command].
func (*Advise) Name() string { return "advise" }

func (c *Advise) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Advise) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Agency, Officer, Enforcement); err != nil {
		return nil, err
	}
	if !a.open() {
		return nil, wrongState(a, "advised on")
	}
	if by.Role == Agency && !sameName(c.Agency, by.Actor) {
		return nil, refuse(WrongRole, ref, "advise as "+by.Actor, "an agency advises in its own name, and not in that of %s", c.Agency)
	}
	kinds := []AdviceKind{AdviseApprove, AdviseProviso, AdviseRefuse, AdviseNoNeed, AdviseInform, AdviseConflict}
	switch {
	case !slices.Contains(kinds, c.Kind):
		return nil, refuse(Invalid, ref, fmt.Sprintf("the kinds are %v", kinds), "advice %q is not known", c.Kind)
	case c.Kind == AdviseRefuse && len(c.Grounds) == 0:
		return nil, refuse(Invalid, ref, "cite the ground", "advice to refuse needs its grounds")
	case c.Kind == AdviseProviso && c.Text == "":
		return nil, refuse(Invalid, ref, "write the condition", "advice with a proviso needs its text")
	case c.Line < 0 || c.Line > len(a.Content.Lines):
		return nil, refuse(Invalid, ref, "count the lines from 1, or leave it out for all", "there is no line %d", c.Line)
	}
	if c.Party != "" && !slices.ContainsFunc(a.Content.Parties, func(p Party) bool { return sameName(p.Name, c.Party) }) {
		return nil, refuse(Invalid, ref, "name a party as the file does, or leave it out for all", "%q is no party of the file", c.Party)
	}
	return []change{{ref, &Advised{Advice{Agency: c.Agency, By: by.Actor, At: by.At, Kind: c.Kind, Line: c.Line, Party: c.Party,
		Text: c.Text, Grounds: c.Grounds, Internal: c.Internal || by.Role == Enforcement, Content: a.ContentVersion}}}}, nil
}

// Recommend proposes a decision, which another officer has to agree to.
type Recommend struct {
	Application string   `json:"application"`
	Proposal    Proposal `json:"proposal"`
	Bulk        string   `json:"bulk,omitempty"` // the name of the bulk it is part of
}

// Name implements [Command].
func (*Recommend) Name() string { return "recommend" }

func (c *Recommend) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Recommend) decide(s *Set, by By) ([]change, error) {
	a, authority, err := s.file(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if attempt, err := a.proposable(by, c.Name(), c.Bulk != "", &c.Proposal, authority); err != nil {
		return attempt, err
	}
	return []change{{ref, &Recommended{c.Proposal}}}, nil
}

// proposable checks that the actor may propose this decision now.
func (a *Application) proposable(by By, command string, bulk bool, p *Proposal, authority *Authority) ([]change, error) {
	ref := application(a.ID)
	if err := a.mayOn(by, Officer); err != nil {
		return nil, err
	}
	if err := a.inReview("decided"); err != nil {
		if r, ok := err.(*Refusal); ok && r.Code == AlreadyDecided {
			return []change{{ref, &Attempted{command, r.Code, r.Message}}}, err
		}
		return nil, err
	}
	if attempt, err := a.working(by, command, bulk); err != nil {
		return attempt, err
	}
	return nil, p.check(a, authority)
}

// check refuses a proposal that does not hang together, or that the law bars.
func (p *Proposal) check(a *Application, authority *Authority) error {
	ref := application(a.ID)
	invalid := func(remedy, format string, args ...any) error { return refuse(Invalid, ref, remedy, format, args...) }
	x := a.Assessment
	switch p.Outcome {
	case Approved, ApprovedWithConditions, Refused, NoLicenceNeeded:
	default:
		return invalid("the outcomes are approved, approved-with-conditions, refused, no-licence-needed", "the outcome %q is not known", p.Outcome)
	}
	switch {
	case p.Reason == "":
		return invalid("say why", "a decision needs its reason")
	case p.Outcome == ApprovedWithConditions && len(p.Conditions) == 0:
		return invalid("write the conditions, or approve without", "an approval with conditions has none")
	case p.Outcome == Approved && len(p.Conditions) > 0:
		return invalid("propose approved-with-conditions", "an approval without conditions has some")
	case p.Outcome == Refused && len(p.Grounds) == 0:
		return invalid("cite the law that it is refused under", "a refusal needs its grounds")
	case p.Tolerance.Sign() < 0 || p.Tolerance.Cmp(quantity.NewDecimal(100, 0)) > 0:
		return invalid("give per cent of the quantity, 0 to 100", "a tolerance of %s %% cannot be", p.Tolerance)
	case x == nil:
		return refuse(Incomplete, ref, "assess it first: reassess it", "it was never assessed")
	case p.Outcome == NoLicenceNeeded && x.Lane != LaneNotNeeded:
		return refuse(Barred, ref, "approve or refuse it", "the law of %s asks for a licence: %s", x.On, x.Outcome)
	case !p.Outcome.Grants():
		return nil
	case x.Lane == LaneBarred:
		return refuse(Barred, ref, "refuse it", "the law of %s prohibits it", x.On)
	case x.Lane == LaneNotNeeded:
		return refuse(Barred, ref, "decide no-licence-needed", "the law of %s asks for no licence", x.On)
	case x.Lane == LaneUnsettled:
		return refuse(Incomplete, ref, "ask the applicant", "no lane is open for certain; open are %s", orNone(x.Questions))
	}
	_, err := p.term(a, authority, x.On)
	return err
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "no facts of the case, but the law"
	}
	return strings.Join(list, ", ")
}

// term is the term of the licence that the proposal gives, from the first day.
func (p *Proposal) term(a *Application, authority *Authority, first quantity.Date) (Term, error) {
	ref := application(a.ID)
	months, ends := a.Assessment.Months, a.Assessment.Ends
	if p.Months > 0 {
		if a.Assessment.Months > 0 && p.Months > months || a.Assessment.Months > 0 && !a.Assessment.AtMost && p.Months != months {
			return Term{}, refuse(Invalid, ref, "leave the term to the lane", "the lane %s gives %d months, and %d are proposed", a.Assessment.Lane, months, p.Months)
		}
		months = p.Months
	}
	if p.Ends != "" {
		if ends != "" && ends != p.Ends {
			return Term{}, refuse(Invalid, ref, "leave the rule to the lane", "terms of the lane %s end by the rule %s", a.Assessment.Lane, ends)
		}
		ends = p.Ends
	}
	if months == 0 || ends == "" {
		return Term{}, refuse(Invalid, ref, "name the months, and the rule by which the last one ends: day-before, same-day or month-end", "the lane %s does not tell the term (%d months) or its month-end rule (%q)", a.Assessment.Lane, months, ends)
	}
	t, err := TermOf(first, months, ends, authority.Zone().String())
	if err != nil {
		return Term{}, refuse(Invalid, ref, "name months and a rule that give a term", "%v", err)
	}
	return t, nil
}

// Countersign agrees or disagrees with what was recommended.
type Countersign struct {
	Application string `json:"application"`
	Agree       bool   `json:"agree"`
}

// Name implements [Command].
func (*Countersign) Name() string { return "countersign" }

func (c *Countersign) needs(s *Set, _ By) Needs { return decisionNeeds(c.Application) }

func decisionNeeds(id string) Needs {
	return Needs{Objects: []Ref{application(id), licence(licenceID(id))}}
}

func licenceID(application string) string { return "L" + strings.TrimPrefix(application, "A") }

func (c *Countersign) decide(s *Set, by By) ([]change, error) {
	a, authority, err := s.file(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Countersigner, Officer); err != nil {
		return nil, err
	}
	if why, ok := a.inReview("countersigned").(*Refusal); ok && why.Code == AlreadyDecided {
		return []change{{ref, &Attempted{c.Name(), why.Code, why.Message}}}, why
	}
	r := a.Recommendation
	if a.Stage != StageCountersign || r == nil {
		return nil, wrongState(a, "countersigned")
	}
	if !mayWork(a, by) {
		why := refuse(SamePerson, ref, "let another officer countersign", "you recommended this decision, entered the file or decided what is appealed against")
		return []change{{ref, &Attempted{c.Name(), why.Code, why.Message}}}, why
	}
	if h := a.Held(by.At); h != "" && h != by.Actor {
		return nil, refuse(ClaimedByOther, ref, "countersign another, or wait until "+a.Lease.Until.Format(time.UTC), "%s holds it", h)
	}
	if !c.Agree {
		if by.Reason == "" {
			return nil, refuse(Invalid, ref, "say why", "a disagreement needs its reason")
		}
		return []change{{ref, &Disagreed{r.By}}}, nil
	}
	return s.decided(a, authority, by, r.Proposal, r.By, by.Actor)
}

// Decide decides a file at once, in the lanes where one officer may.
type Decide struct {
	Application string   `json:"application"`
	Proposal    Proposal `json:"proposal"`
	Bulk        string   `json:"bulk,omitempty"`
}

// Name implements [Command].
func (*Decide) Name() string { return "decide" }

func (c *Decide) needs(*Set, By) Needs { return decisionNeeds(c.Application) }

func (c *Decide) decide(s *Set, by By) ([]change, error) {
	a, authority, err := s.file(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if attempt, err := a.proposable(by, c.Name(), c.Bulk != "", &c.Proposal, authority); err != nil {
		return attempt, err
	}
	if a.Side == AuthoritySide && authority.TwoOfficers(a) {
		why := refuse(NoCountersign, ref, "recommend it: another officer has to agree", "a file of the lane %s is not decided by one officer", a.Assessment.Lane)
		return []change{{ref, &Attempted{c.Name(), why.Code, why.Message}}}, why
	}
	return s.decided(a, authority, by, c.Proposal, by.Actor, "")
}

// decided are the events of a decision: the file closes, and where it grants, the
// licence is issued and the undertakings come into force.
func (s *Set) decided(a *Application, authority *Authority, by By, p Proposal, officer, second string) ([]change, error) {
	if err := p.check(a, authority); err != nil {
		return nil, err
	}
	day := by.At.Date(authority.Zone())
	d := Decision{Proposal: p, Lane: a.Assessment.Lane, Officer: officer, Countersigner: second, At: by.At, Content: a.ContentVersion, OnAppeal: a.Appeal != ""}
	ref := application(a.ID)
	if !p.Outcome.Grants() {
		if p.Outcome == Refused && !d.OnAppeal {
			d.AppealUntil = authority.last(authority.Appeal, by.At)
		}
		return []change{{ref, &Decided{d}}}, nil
	}
	term, err := p.term(a, authority, day)
	if err != nil {
		return nil, err
	}
	id := licenceID(a.ID)
	if _, taken := find[*Licence](s, licence(id)); taken {
		return nil, refuse(WrongState, licence(id), "record that licence under another number", "there is a licence of this number")
	}
	d.Licence = id
	terms := Terms{Parties: a.Content.Parties, Term: term, Conditions: p.Conditions, Measures: a.Assessment.Measures, Items: a.Assessment.Items, Lane: a.Assessment.Lane, Renews: a.Content.Renews}
	for _, l := range a.Content.Lines {
		terms.Lines = append(terms.Lines, LicenceLine{Goods: l.Goods, Description: l.Description, Destination: l.To, Quantity: l.Quantity, Tolerance: p.Tolerance, Value: l.Value})
	}
	var given []change
	for i, promise := range a.Content.Undertakings {
		u := fmt.Sprintf("U%s-%d", strings.TrimPrefix(a.ID, "A"), i+1)
		terms.Undertakings = append(terms.Undertakings, u)
		given = append(given, change{undertaking(u), &UndertakingGiven{a.ID, promise, []string{id}}})
	}
	out := []change{{ref, &Decided{d}}, {licence(id), &Issued{a.ID, a.Content.Authority, a.Side, a.Content.Applicant.Name, terms}}}
	return append(out, given...), nil
}

// Appeal contests a refusal, within its window.
type Appeal struct {
	Application string `json:"application"`
	Grounds     string `json:"grounds"`
}

// Name implements [Command].
func (*Appeal) Name() string { return "appeal" }

func (c *Appeal) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Appeal) decide(s *Set, by By) ([]change, error) {
	a, authority, err := s.file(c.Application)
	if err != nil {
		return nil, err
	}
	ref := application(a.ID)
	if err := a.mayOn(by, Applicant); err != nil {
		return nil, err
	}
	d := a.Decision
	switch {
	case a.Stage != StageClosed || d == nil || d.Outcome != Refused:
		return nil, wrongState(a, "appealed: only a refusal is")
	case d.OnAppeal:
		return nil, refuse(WrongState, ref, "go to court", "it was refused on appeal")
	case by.At.Date(authority.Zone()) > d.AppealUntil:
		why := refuse(WindowClosed, ref, "file anew", "the last day for an appeal was %s", d.AppealUntil)
		return []change{{ref, &Attempted{c.Name(), why.Code, why.Message}}}, why
	case c.Grounds == "":
		return nil, refuse(Invalid, ref, "say what is wrong with the refusal", "an appeal needs its grounds")
	}
	return []change{{ref, &Appealed{c.Grounds}}}, nil
}
