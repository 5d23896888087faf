package licence

import (
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// SeenBy is the file as somebody may see it. Who works at the authority and who
// audits it sees all; an applicant sees its own files without what passes within
// the authority; an agency sees what is or was referred to it. To others there is
// no such file. The file itself is not changed.
func (a *Application) SeenBy(actor string, role Role) (*Application, error) {
	none := absent(application(a.ID))
	switch role {
	case Applicant:
		if !a.ownedBy(actor) {
			return nil, none
		}
		return a.fromOutside(), nil
	case Agency:
		if !slices.ContainsFunc(a.Referrals, func(r Referral) bool { return sameName(r.Agency, actor) }) {
			return nil, none
		}
		return a, nil
	case Intake, Officer, Countersigner, Enforcement, Auditor, Administrator, System:
		return a, nil
	}
	return nil, refuse(WrongRole, application(a.ID), "look the licence up by its number", "as %s you see licences, and not the files behind them", role)
}

// ownedBy reports whether the file is that of an applicant: by its name, or because
// that is who entered it.
func (a *Application) ownedBy(actor string) bool {
	return sameName(a.Content.Applicant.Name, actor) || a.EnteredBy == actor
}

// fromOutside is the file without what passes within the authority: who works on
// it, what is advised or recommended, and the files of others that are like it.
func (a *Application) fromOutside() *Application {
	out := *a
	if out.Stage == StageCountersign {
		out.Stage = StageReview
	}
	out.Lease, out.Recommendation, out.Links, out.Attempts = nil, nil, nil, 0
	out.Advice = nil
	out.Queries = slices.Clone(a.Queries)
	for i := range out.Queries {
		out.Queries[i].By = ""
	}
	out.Referrals = slices.Clone(a.Referrals)
	for i := range out.Referrals {
		out.Referrals[i].Question = ""
	}
	if a.Decision != nil {
		d := *a.Decision
		d.Officer, d.Countersigner = "", ""
		out.Decision = &d
	}
	out.Earlier = slices.Clone(a.Earlier)
	for i := range out.Earlier {
		out.Earlier[i].Officer, out.Earlier[i].Countersigner = "", ""
	}
	return &out
}

// LicenceView is a licence as somebody may see it at an instant. What customs does
// not need is left out for it.
type LicenceView struct {
	Licence    string     `json:"licence"`
	Version    int        `json:"version"`
	Authority  string     `json:"authority"`
	Standing   Standing   `json:"standing"`
	Term       Term       `json:"term"`
	Valid      string     `json:"valid"` // first and last valid instant, in words
	DaysLeft   int        `json:"daysLeft"`
	Lines      []LineView `json:"lines"`
	Conditions []string   `json:"conditions,omitempty"`

	// Not for customs.
	Holder       string       `json:"holder,omitempty"`
	Application  string       `json:"application,omitempty"`
	Parties      []Party      `json:"parties,omitempty"`
	Lane         string       `json:"lane,omitempty"`
	Measures     []string     `json:"measures,omitempty"`
	Items        []string     `json:"items,omitempty"`
	Undertakings []string     `json:"undertakings,omitempty"`
	Differences  []Difference `json:"differences,omitempty"`
	Marks        []LawMark    `json:"marks,omitempty"`
	Warnings     []string     `json:"warnings,omitempty"`
	Renews       string       `json:"renews,omitempty"`   // the licence that it follows
	Followed     string       `json:"followed,omitempty"` // superseded: by this one
}

// LineView is a line of a licence with its balance.
type LineView struct {
	Line        int               `json:"line"`
	Goods       string            `json:"goods"`
	Description string            `json:"description,omitempty"`
	Destination string            `json:"destination,omitempty"`
	Licensed    quantity.Quantity `json:"licensed"`
	Tolerance   quantity.Decimal  `json:"tolerance"` // per cent
	Drawn       quantity.Quantity `json:"drawn"`
	Reserved    quantity.Quantity `json:"reserved"`
	Left        quantity.Quantity `json:"left"`            // tolerance included
	Value       *quantity.Money   `json:"value,omitempty"` // the most; absent: not limited
	ValueLeft   *quantity.Money   `json:"valueLeft,omitempty"`
	Used        int               `json:"used"` // per cent, of quantity or value, whichever is more
}

// SeenBy is the licence as somebody may see it at an instant. Customs sees the
// licence, its balance and its conditions; a holder its own licences; an agency
// none.
func (l *Licence) SeenBy(actor string, role Role, at quantity.Instant, r *Register, balances []Balance) (*LicenceView, error) {
	h := l.Hold(at, r, balances)
	v := &LicenceView{Licence: l.ID, Version: l.Version, Authority: l.Authority, Standing: h.Standing, Term: l.Term, Valid: l.Term.String(), DaysLeft: h.DaysLeft, Conditions: l.Conditions}
	for i := range balances {
		v.Lines = append(v.Lines, l.line(&balances[i]))
	}
	switch role {
	case Customs:
		v.Standing.Reasons = nil // they tell of undertakings and parties
		return v, nil
	case Applicant:
		if !sameName(l.Holder, actor) {
			return nil, absent(licence(l.ID))
		}
	case Officer, Countersigner, Enforcement, Auditor, Administrator, System:
	default:
		return nil, refuse(WrongRole, licence(l.ID), "licences are seen by their holders, customs, and those who work at the authority or audit it", "as %s you see no licences", role)
	}
	v.Holder, v.Application, v.Parties, v.Lane = l.Holder, l.Application, l.Parties, l.Lane
	v.Measures, v.Items, v.Undertakings, v.Differences, v.Marks, v.Warnings = l.Measures, l.Items, l.Undertakings, l.Differences, l.Marks, h.Warnings
	v.Renews = l.Renews
	if l.End != nil {
		v.Followed = l.End.By
	}
	return v, nil
}

// line is the line of a balance.
func (l *Licence) line(b *Balance) LineView {
	t := &l.Lines[b.Line-1]
	v := LineView{Line: b.Line, Goods: t.Goods, Description: t.Description, Destination: t.Destination, Licensed: b.Allowed(), Tolerance: t.Tolerance,
		Drawn: b.Drawn(), Reserved: b.Held(), Left: b.Left(), Used: b.UsedPercent()}
	if left, capped := b.ValueLeft(); capped {
		v.Value, v.ValueLeft = &t.Value, &left
	}
	return v
}
