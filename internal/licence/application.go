package licence

import (
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// Content is what an applicant states. It is versioned: an amendment is a whole
// new content.
type Content struct {
	// Authority is the id of the authority applied to: "CN.MOFCOM".
	Authority string `json:"authority"`
	// OurReference is the applicant's own name for it.
	OurReference string  `json:"ourReference,omitempty"`
	Applicant    Party   `json:"applicant"`
	Parties      []Party `json:"parties"`
	Lines        []Line  `json:"lines"`
	EndUse       string  `json:"endUse"`
	Contract     string  `json:"contract,omitempty"`
	// Renews is the licence that this one is to follow, of whatever kind.
	Renews string `json:"renews,omitempty"`
	// Facts hold for all lines, by the names of the packs.
	Facts map[string]string `json:"facts,omitempty"`
	// Closed: the applicant declares that what is not stated is absent.
	Closed       bool      `json:"closed,omitempty"`
	Undertakings []Promise `json:"undertakings,omitempty"`
}

// Party is a party as it was when the content was stated.
type Party struct {
	Role      string     `json:"role"` // applicant, importer, end user, consignee, agent
	Name      string     `json:"name"`
	Country   string     `json:"country,omitempty"`
	Ownership string     `json:"ownership,omitempty"`
	Screening *Screening `json:"screening,omitempty"`
}

// Screening is the result of looking a party up in the lists of one day.
type Screening struct {
	Lists  []string      `json:"lists,omitempty"` // on which it stands; none: on none that was looked at
	AsOf   quantity.Date `json:"asOf"`
	Source string        `json:"source,omitempty"`
}

// The roles of parties that facts of the packs speak of.
const (
	RoleEndUser  = "end user"
	RoleImporter = "importer"
)

// Line is one sort of goods of an application.
type Line struct {
	Goods       string            `json:"goods"` // code
	Description string            `json:"description,omitempty"`
	From        string            `json:"from"`
	To          string            `json:"to"`
	Facts       map[string]string `json:"facts,omitempty"`
	Quantity    quantity.Quantity `json:"quantity"`
	Value       quantity.Money    `json:"value,omitzero"`
}

// Promise is what an applicant or end user undertakes, as data.
type Promise struct {
	Kind  string `json:"kind"`            // no-other-use, no-transfer, no-wmd, no-re-export, no-defence, report
	To    string `json:"to,omitempty"`    // of no-re-export: the country
	Says  string `json:"says,omitempty"`  // in words
	By    string `json:"by,omitempty"`    // who gave it
	Until string `json:"until,omitempty"` // a day; empty: for good
}

// Document is a paper of a file. The bytes are kept under their digest.
type Document struct {
	Kind        string        `json:"kind"` // the title of the paper that the lane asks for
	Name        string        `json:"name,omitempty"`
	Digest      string        `json:"digest"` // "sha256:…" of the bytes
	Form        string        `json:"form"`   // original, copy, electronic
	Translation bool          `json:"translation,omitempty"`
	From        quantity.Date `json:"from,omitzero"`  // valid from, inclusive
	Until       quantity.Date `json:"until,omitzero"` // valid until, inclusive
}

// Stage is where a file stands by what was done with it. What also depends on
// open queries, referrals and the day is its status ([Application.Status]).
type Stage string

// The stages.
const (
	StageDraft       Stage = "draft"
	StageSubmitted   Stage = "submitted"
	StageReturned    Stage = "returned"
	StageReview      Stage = "under-review"
	StageCountersign Stage = "countersign"
	StageClosed      Stage = "closed"
	StageAppeal      Stage = "under-appeal"
	StageWithdrawn   Stage = "withdrawn"
)

// The statuses that are derived on top of stages.
const (
	StatusAwaitingApplicant = "awaiting-applicant"
	StatusAtAgency          = "at-agency"
	StatusLapsed            = "lapsed"
)

// Query is a question to the applicant. The clock stands still while one is open.
type Query struct {
	Text     string           `json:"text"`
	Asked    quantity.Instant `json:"asked"`
	By       string           `json:"by"`
	Due      quantity.Date    `json:"due"` // the last day for the answer
	Answered quantity.Instant `json:"answered,omitempty"`
	Answer   string           `json:"answer,omitempty"`
}

// Referral is a file that lies with an agency.
type Referral struct {
	Agency   string           `json:"agency"`
	Question string           `json:"question,omitempty"`
	Sent     quantity.Instant `json:"sent"`
	Due      quantity.Date    `json:"due"`
	Pauses   bool             `json:"pauses"` // the clock stands still meanwhile
	Back     quantity.Instant `json:"back,omitempty"`
}

// Advice is what an agency or an officer advises on a line and a party.
type Advice struct {
	Agency   string           `json:"agency"`
	By       string           `json:"by"`
	At       quantity.Instant `json:"at"`
	Kind     AdviceKind       `json:"kind"`
	Line     int              `json:"line,omitempty"`  // from 1; 0: all
	Party    string           `json:"party,omitempty"` // by name; empty: all
	Text     string           `json:"text,omitempty"`
	Grounds  []string         `json:"grounds,omitempty"`
	Internal bool             `json:"internal,omitempty"` // never shown to the applicant
	Content  int              `json:"content"`            // the version of the content it is about
}

// AdviceKind is what is advised.
type AdviceKind string

// The kinds of advice.
const (
	AdviseApprove  AdviceKind = "approve"
	AdviseProviso  AdviceKind = "proviso"
	AdviseRefuse   AdviceKind = "refuse"
	AdviseNoNeed   AdviceKind = "no-licence-needed"
	AdviseInform   AdviceKind = "inform"
	AdviseConflict AdviceKind = "conflicting"
)

// Outcome is how an application ends.
type Outcome string

// The outcomes of decisions.
const (
	Approved               Outcome = "approved"
	ApprovedWithConditions Outcome = "approved-with-conditions"
	Refused                Outcome = "refused"
	NoLicenceNeeded        Outcome = "no-licence-needed"
)

// Grants reports whether a licence follows.
func (o Outcome) Grants() bool { return o == Approved || o == ApprovedWithConditions }

// Proposal is a decision as an officer recommends it.
type Proposal struct {
	Outcome    Outcome  `json:"outcome"`
	Conditions []string `json:"conditions,omitempty"`
	Grounds    []string `json:"grounds,omitempty"` // of a refusal: the law
	Reason     string   `json:"reason"`
	// Months and Ends are the term of the licence; 0 and empty: as the lane has it.
	Months int      `json:"months,omitempty"`
	Ends   MonthEnd `json:"ends,omitempty"`
	// Tolerance is by how much of a line's quantity more may be drawn, in per cent.
	Tolerance quantity.Decimal `json:"tolerance,omitzero"`
}

// Recommendation is a proposal with its author.
type Recommendation struct {
	Proposal
	By      string           `json:"by"`
	At      quantity.Instant `json:"at"`
	Content int              `json:"content"` // the version of the content it is about
}

// Decision is how the file was decided.
type Decision struct {
	Proposal
	Lane          string           `json:"lane"`
	Officer       string           `json:"officer"`
	Countersigner string           `json:"countersigner,omitempty"`
	At            quantity.Instant `json:"at"`
	Content       int              `json:"content"`
	Licence       string           `json:"licence,omitempty"`
	AppealUntil   quantity.Date    `json:"appealUntil,omitzero"` // the last day; of refusals that may be appealed
	OnAppeal      bool             `json:"onAppeal,omitempty"`
}

// Lease is a claim on a file that ends by itself.
type Lease struct {
	Officer string           `json:"officer"`
	Since   quantity.Instant `json:"since"`
	Until   quantity.Instant `json:"until"` // exclusive
}

// Step is one step of an endorsement chain that was taken.
type Step struct {
	Name   string           `json:"name"`
	Holder string           `json:"holder,omitempty"` // who has the paper now
	At     quantity.Instant `json:"at,omitzero"`
	Form   string           `json:"form,omitempty"`  // original, copy
	Lapses quantity.Date    `json:"lapses,omitzero"` // the last day on which it counts
}

// Link joins a file to one that is like it.
type Link struct {
	Other   string   `json:"other"`
	Same    bool     `json:"same,omitempty"` // alike in everything; else nearly
	Percent int      `json:"percent"`        // how alike, 0 to 100
	Reasons []string `json:"reasons"`
}

// LaneLoss is a change of lane.
type LaneLoss struct {
	At      quantity.Instant `json:"at"`
	From    string           `json:"from"`
	To      string           `json:"to"`
	Reasons []string         `json:"reasons"`
}

// Application is the state of a file: the fold of its events.
type Application struct {
	ID             string           `json:"id"`
	Stage          Stage            `json:"stage"`
	Content        Content          `json:"content"`
	ContentVersion int              `json:"contentVersion"`
	EnteredBy      string           `json:"enteredBy"`
	Side           Side             `json:"side"`
	Documents      []Document       `json:"documents,omitempty"`
	Chain          []Step           `json:"chain,omitempty"`
	Assessment     *Assessment      `json:"assessment,omitempty"`
	LaneChanges    []LaneLoss       `json:"laneChanges,omitempty"`
	Drafted        quantity.Instant `json:"drafted"`
	Submitted      quantity.Instant `json:"submitted,omitempty"` // last
	Accepted       quantity.Instant `json:"accepted,omitempty"`  // last; 0: not since it was returned
	Rounds         []Stretch        `json:"rounds,omitempty"`    // from earlier acceptances until it was returned
	Withdrawn      quantity.Instant `json:"withdrawn,omitempty"`
	Queries        []Query          `json:"queries,omitempty"`
	Referrals      []Referral       `json:"referrals,omitempty"`
	Advice         []Advice         `json:"advice,omitempty"`
	Lease          *Lease           `json:"lease,omitempty"`
	Recommendation *Recommendation  `json:"recommendation,omitempty"`
	Decision       *Decision        `json:"decision,omitempty"`
	Earlier        []Decision       `json:"earlier,omitempty"` // decisions overturned on appeal
	Appeal         string           `json:"appeal,omitempty"`  // its grounds
	Appealed       quantity.Instant `json:"appealed,omitempty"`
	ReturnedFor    string           `json:"returnedFor,omitempty"`
	Links          []Link           `json:"links,omitempty"`
	Marks          []LawMark        `json:"marks,omitempty"`
	Attempts       int              `json:"attempts,omitempty"` // refused attempts that matter
}

// Side is whose desk a file is on: that of the authority that decides, or that of
// the trader who waits.
type Side string

// The sides.
const (
	AuthoritySide Side = "authority"
	TraderSide    Side = "trader"
)

// The events of applications.
type (
	// Drafted begins a file.
	Drafted struct {
		Content   Content    `json:"content"`
		Side      Side       `json:"side"`
		Documents []Document `json:"documents,omitempty"`
	}
	// Amended replaces the content.
	Amended struct {
		Content Content  `json:"content"`
		Differs []string `json:"differs"` // the fields that differ
	}
	// DocumentAttached adds a paper.
	DocumentAttached struct {
		Document Document `json:"document"`
	}
	// Endorsed takes a step of the endorsement chain.
	Endorsed struct {
		Step Step `json:"step"`
	}
	// Submitted hands the file in.
	Submitted struct{}
	// Assessed says which lane the law gives.
	Assessed struct {
		Assessment Assessment `json:"assessment"`
		From       string     `json:"from,omitempty"` // the lane before, where it is another
		Reasons    []string   `json:"reasons,omitempty"`
	}
	// Linked joins the file to another.
	Linked struct {
		Link Link `json:"link"`
	}
	// Accepted starts the clock.
	Accepted struct{}
	// Returned hands the file back.
	Returned struct {
		For string `json:"for"`
	}
	// Claimed gives the file to an officer for a time.
	Claimed struct {
		Officer string           `json:"officer"`
		Until   quantity.Instant `json:"until"`
		// OutOfOrder: it was not the next of the queue; the reason is the event's.
		OutOfOrder bool `json:"outOfOrder,omitempty"`
		Assigned   bool `json:"assigned,omitempty"` // by somebody else
	}
	// Unclaimed gives it back to the queue.
	Unclaimed struct{}
	// Asked puts a query to the applicant.
	Asked struct {
		Text string        `json:"text"`
		Due  quantity.Date `json:"due"`
	}
	// Answered answers the open query.
	Answered struct {
		Answer string `json:"answer"`
	}
	// Referred sends the file to an agency.
	Referred struct {
		Agency   string        `json:"agency"`
		Question string        `json:"question,omitempty"`
		Due      quantity.Date `json:"due"`
		Pauses   bool          `json:"pauses"`
	}
	// Advised is an advice; it ends the agency's referral.
	Advised struct {
		Advice Advice `json:"advice"`
	}
	// Recommended proposes a decision.
	Recommended struct {
		Proposal Proposal `json:"proposal"`
	}
	// Disagreed sends the recommendation back.
	Disagreed struct {
		With string `json:"with"` // the officer who recommended
	}
	// Decided ends the file.
	Decided struct {
		Decision Decision `json:"decision"`
	}
	// Withdrawn is the end by the applicant.
	Withdrawn struct{}
	// Appealed reopens a refusal.
	Appealed struct {
		Grounds string `json:"grounds"`
	}
	// Attempted records a command that was refused, where the attempt matters.
	Attempted struct {
		Command string `json:"command"`
		Code    Code   `json:"code"`
		Message string `json:"message"`
	}
)

func (*Drafted) eventType() string          { return "drafted" }
func (*Amended) eventType() string          { return "amended" }
func (*DocumentAttached) eventType() string { return "document attached" }
func (*Endorsed) eventType() string         { return "endorsed" }
func (*Submitted) eventType() string        { return "submitted" }
func (*Assessed) eventType() string         { return "assessed" }
func (*Linked) eventType() string           { return "linked" }
func (*Accepted) eventType() string         { return "accepted" }
func (*Returned) eventType() string         { return "returned" }
func (*Claimed) eventType() string          { return "claimed" }
func (*Unclaimed) eventType() string        { return "unclaimed" }
func (*Asked) eventType() string            { return "asked" }
func (*Answered) eventType() string         { return "answered" }
func (*Referred) eventType() string         { return "referred" }
func (*Advised) eventType() string          { return "advised" }
func (*Recommended) eventType() string      { return "recommended" }
func (*Disagreed) eventType() string        { return "disagreed" }
func (*Decided) eventType() string          { return "decided" }
func (*Withdrawn) eventType() string        { return "withdrawn" }
func (*Appealed) eventType() string         { return "appealed" }
func (*Attempted) eventType() string        { return "attempted" }

// apply folds an event into the state.
func (a *Application) apply(e *Event) {
	switch d := e.Data.(type) {
	case *Drafted:
		a.Stage, a.Content, a.ContentVersion, a.EnteredBy, a.Side, a.Drafted, a.Documents = StageDraft, d.Content, 1, e.Actor, d.Side, e.At, d.Documents
	case *Amended:
		a.Content = d.Content
		a.ContentVersion++
		a.undo() // what was recommended is about another content
	case *DocumentAttached:
		a.Documents = append(a.Documents, d.Document)
	case *Endorsed:
		a.Chain = append(a.Chain, d.Step)
	case *Submitted:
		a.Stage, a.Submitted, a.ReturnedFor = StageSubmitted, e.At, ""
	case *Assessed:
		if d.From != "" {
			a.LaneChanges = append(a.LaneChanges, LaneLoss{e.At, d.From, d.Assessment.Lane, d.Reasons})
			a.undo() // the lane it was recommended in is lost
		}
		a.Assessment = &d.Assessment
	case *Linked:
		a.Links = append(a.Links, d.Link)
	case *Accepted:
		a.Stage, a.Accepted = StageReview, e.At
	case *Returned:
		if a.Stage != StageSubmitted {
			a.Rounds = append(a.Rounds, Stretch{From: a.Accepted, Until: e.At, Why: d.For})
			a.Accepted = 0
		}
		a.Stage, a.ReturnedFor, a.Lease = StageReturned, d.For, nil
		for q := a.openQuery(); q != nil; q = a.openQuery() { // what was asked is asked no more
			q.Answered = e.At
		}
		for r := a.openReferral(""); r != nil; r = a.openReferral("") {
			r.Back = e.At
		}
	case *Claimed:
		a.Lease = &Lease{d.Officer, e.At, d.Until}
	case *Unclaimed:
		a.Lease = nil
	case *Asked:
		a.Queries = append(a.Queries, Query{Text: d.Text, Asked: e.At, By: e.Actor, Due: d.Due})
		a.Lease = nil
	case *Answered:
		if q := a.openQuery(); q != nil {
			q.Answered, q.Answer = e.At, d.Answer
		}
	case *Referred:
		a.Referrals = append(a.Referrals, Referral{Agency: d.Agency, Question: d.Question, Sent: e.At, Due: d.Due, Pauses: d.Pauses})
		a.Lease = nil
	case *Advised:
		a.Advice = append(a.Advice, d.Advice)
		if r := a.openReferral(d.Advice.Agency); r != nil {
			r.Back = e.At
		}
	case *Recommended:
		a.Stage, a.Lease = StageCountersign, nil
		a.Recommendation = &Recommendation{d.Proposal, e.Actor, e.At, a.ContentVersion}
	case *Disagreed:
		a.undo()
		a.Lease = nil
	case *Decided:
		if a.Decision != nil {
			a.Earlier = append(a.Earlier, *a.Decision)
		}
		a.Stage, a.Lease, a.Decision = StageClosed, nil, &d.Decision
	case *Withdrawn:
		a.Stage, a.Lease, a.Withdrawn = StageWithdrawn, nil, e.At
	case *Appealed:
		a.Stage, a.Appeal, a.Appealed, a.Recommendation = StageAppeal, d.Grounds, e.At, nil
	case *Attempted:
		a.Attempts++
	case *LawChanged:
		a.Marks = marked(a.Marks, d.Mark)
	}
}

// undo takes a recommendation back: the file is again where it was made.
func (a *Application) undo() {
	if a.Stage != StageCountersign {
		return
	}
	a.Stage, a.Recommendation = StageReview, nil
	if a.Appeal != "" {
		a.Stage = StageAppeal
	}
}

func (a *Application) openQuery() *Query {
	for i := range a.Queries {
		if a.Queries[i].Answered == 0 {
			return &a.Queries[i]
		}
	}
	return nil
}

func (a *Application) openReferral(agency string) *Referral {
	for i := range a.Referrals {
		if r := &a.Referrals[i]; r.Back == 0 && (agency == "" || r.Agency == agency) {
			return r
		}
	}
	return nil
}

// Status is how the file stands at an instant: its stage, or what an open query,
// an open referral or the passing of a last day makes of it.
func (a *Application) Status(at quantity.Instant, zone zone) string {
	if !a.open() {
		return string(a.Stage)
	}
	if q := a.openQuery(); q != nil {
		if at.Date(zone) > q.Due {
			return StatusLapsed
		}
		return StatusAwaitingApplicant
	}
	if a.openReferral("") != nil {
		return StatusAtAgency
	}
	return string(a.Stage)
}

// open reports whether an authority still works on the file.
func (a *Application) open() bool { return a.Stage.open() }

func (s Stage) open() bool {
	switch s {
	case StageSubmitted, StageReview, StageCountersign, StageAppeal:
		return true
	}
	return false
}

// Writable reports whether the applicant may change the content: of a draft, of a
// file that was returned, and while a query is open.
func (a *Application) Writable() bool {
	return a.Stage == StageDraft || a.Stage == StageReturned || a.open() && a.openQuery() != nil
}

// Held returns who holds the file at the instant, "" where nobody does.
func (a *Application) Held(at quantity.Instant) string {
	if a.Lease == nil || at >= a.Lease.Until {
		return ""
	}
	return a.Lease.Officer
}

// Queue is the queue in which the file stands: "" where nobody has to work on it.
// It depends on no clock.
func (a *Application) Queue() Queue {
	switch {
	case !a.open():
		return ""
	case a.openQuery() != nil:
		return QueueApplicant
	case a.openReferral("") != nil:
		return QueueAgency
	case a.Stage == StageSubmitted:
		return QueueIntake
	case a.Stage == StageCountersign:
		return QueueCountersign
	case a.Stage == StageAppeal:
		return QueueAppeal
	}
	return QueueReview
}

// pauses are the times that do not count against the authority.
func (a *Application) pauses() []Stretch {
	var out []Stretch
	for _, q := range a.Queries {
		out = append(out, Stretch{q.Asked, q.Answered, "question to the applicant"})
	}
	for _, r := range a.Referrals {
		if r.Pauses {
			out = append(out, Stretch{r.Sent, r.Back, "opinion of " + r.Agency})
		}
	}
	slices.SortFunc(out, func(x, y Stretch) int { return int(min(max(x.From-y.From, -1), 1)) })
	return mergedStretches(out)
}

// mergedStretches joins stretches, in order of their beginning, that overlap.
func mergedStretches(in []Stretch) []Stretch {
	var out []Stretch
	for _, s := range in {
		if n := len(out) - 1; n >= 0 && (out[n].Until == 0 || s.From <= out[n].Until) {
			if out[n].Until != 0 && (s.Until == 0 || s.Until > out[n].Until) {
				out[n].Until = s.Until
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// party returns the party of a role.
func (c *Content) party(role string) (Party, bool) {
	for _, p := range c.Parties {
		if p.Role == role {
			return p, true
		}
	}
	return Party{}, false
}

// Destination is the country to which the first line goes.
func (c *Content) Destination() string {
	if len(c.Lines) == 0 {
		return ""
	}
	return c.Lines[0].To
}
