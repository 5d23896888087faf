package licence

import (
	"slices"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// Licence is the state of a licence: the fold of its events. What is drawn on it
// is in its balances.
type Licence struct {
	ID          string `json:"id"`
	Application string `json:"application,omitempty"` // empty: recorded from paper
	Authority   string `json:"authority"`
	Side        Side   `json:"side"`
	Holder      string `json:"holder"`
	Terms
	// Version counts amendments, from 1.
	Version     int              `json:"version"`
	Issued      quantity.Instant `json:"issued"`
	Differences []Difference     `json:"differences,omitempty"` // of each amendment
	Pauses      []Stretch        `json:"pauses,omitempty"`      // its own suspensions
	End         *End             `json:"end,omitempty"`
	Marks       []LawMark        `json:"marks,omitempty"`
}

// Terms are what a licence allows; an amendment is whole new terms.
type Terms struct {
	Parties      []Party       `json:"parties,omitempty"`
	Lines        []LicenceLine `json:"lines"`
	Term         Term          `json:"term"`
	Conditions   []string      `json:"conditions,omitempty"`
	Undertakings []string      `json:"undertakings,omitempty"` // ids
	Measures     []string      `json:"measures,omitempty"`
	Items        []string      `json:"items,omitempty"`
	Lane         string        `json:"lane,omitempty"`
	// Renews is the licence that this one follows, of whatever kind; that one goes
	// on until it ends.
	Renews string `json:"renews,omitempty"`
}

// LicenceLine is one sort of goods that a licence allows.
type LicenceLine struct {
	Goods       string            `json:"goods"`
	Description string            `json:"description,omitempty"`
	Destination string            `json:"destination,omitempty"`
	Quantity    quantity.Quantity `json:"quantity"`
	// Tolerance is by how much more may be drawn, in per cent of the quantity.
	Tolerance quantity.Decimal `json:"tolerance,omitzero"`
	// Value is the most that all that is drawn may be worth; zero: no cap.
	Value quantity.Money `json:"value,omitzero"`
}

// Difference is what an amendment changed.
type Difference struct {
	Version int              `json:"version"`
	At      quantity.Instant `json:"at"`
	Changed []string         `json:"changed"` // one sentence each
}

// End is an end of a licence before its term.
type End struct {
	How string           `json:"how"` // revoked, surrendered, superseded
	At  quantity.Instant `json:"at"`
	Why string           `json:"why"`
	By  string           `json:"by,omitempty"` // superseded: the licence that follows
}

// The ways in which licences end.
const (
	EndRevoked     = "revoked"
	EndSurrendered = "surrendered"
	EndSuperseded  = "superseded"
)

// The events of licences.
type (
	// Issued begins a licence.
	Issued struct {
		Application string `json:"application,omitempty"`
		Authority   string `json:"authority"`
		Side        Side   `json:"side"`
		Holder      string `json:"holder"`
		Terms       Terms  `json:"terms"`
	}
	// LicenceAmended gives it new terms; what was drawn stays drawn.
	LicenceAmended struct {
		Terms   Terms    `json:"terms"`
		Changed []string `json:"changed"`
	}
	// Suspended stops it for a time.
	Suspended struct {
		Why string `json:"why"`
	}
	// Resumed ends the suspension.
	Resumed struct{}
	// Ended ends it for good.
	Ended struct {
		How string `json:"how"`
		Why string `json:"why"`
		By  string `json:"by,omitempty"`
	}
)

func (*Issued) eventType() string         { return "issued" }
func (*LicenceAmended) eventType() string { return "licence amended" }
func (*Suspended) eventType() string      { return "suspended" }
func (*Resumed) eventType() string        { return "resumed" }
func (*Ended) eventType() string          { return "ended" }

func (l *Licence) apply(e *Event) {
	switch d := e.Data.(type) {
	case *Issued:
		l.Application, l.Authority, l.Side, l.Holder, l.Terms, l.Version, l.Issued = d.Application, d.Authority, d.Side, d.Holder, d.Terms, 1, e.At
	case *LicenceAmended:
		l.Terms = d.Terms
		l.Version++
		l.Differences = append(l.Differences, Difference{l.Version, e.At, d.Changed})
	case *Suspended:
		l.Pauses = append(l.Pauses, Stretch{From: e.At, Why: d.Why})
	case *Resumed:
		if n := len(l.Pauses); n > 0 && l.Pauses[n-1].Until == 0 {
			l.Pauses[n-1].Until = e.At
		}
	case *Ended:
		l.End = &End{d.How, e.At, d.Why, d.By}
	case *LawChanged:
		l.Marks = marked(l.Marks, d.Mark)
	}
}

// The statuses of licences. All are derived.
const (
	LicenceNotYet    = "not-yet-valid"
	LicenceActive    = "active"
	LicenceSuspended = "suspended"
	LicenceExhausted = "exhausted"
	LicenceExpired   = "expired"
)

// Standing is how a licence stands at an instant.
type Standing struct {
	Status  string   `json:"status"` // of the constants, or how it ended
	Reasons []string `json:"reasons,omitempty"`
}

// Standing derives how the licence stands at an instant: from its end, its term,
// its suspensions and those of the register, the marks of the law, and what is
// left on its lines. Without balances nothing is said to be exhausted.
func (l *Licence) Standing(at quantity.Instant, r *Register, balances []Balance) Standing {
	if l.End != nil && at >= l.End.At {
		return Standing{l.End.How, []string{l.End.Why}}
	}
	period := l.Term.Period()
	switch {
	case at < period.From:
		return Standing{LicenceNotYet, []string{"valid " + l.Term.String()}}
	case at >= period.Until:
		return Standing{LicenceExpired, []string{"was valid " + l.Term.String()}}
	}
	if why := l.stopped(at, r); len(why) > 0 {
		return Standing{LicenceSuspended, why}
	}
	if len(balances) > 0 && !slices.ContainsFunc(balances, func(b Balance) bool { return !b.Exhausted() }) {
		return Standing{LicenceExhausted, []string{"all that it allows is drawn"}}
	}
	return Standing{Status: LicenceActive}
}

// stopped gives every reason for which the licence may not be used at the instant
// though its term runs.
func (l *Licence) stopped(at quantity.Instant, r *Register) []string {
	var why []string
	for _, p := range l.Pauses {
		if at >= p.From && (p.Until == 0 || at < p.Until) {
			why = append(why, p.Why)
		}
	}
	if r != nil {
		for i := range r.Suspensions {
			if s := &r.Suspensions[i]; s.touches(l, at) {
				why = append(why, s.Of+" "+s.Subject+": "+s.Reason)
			}
		}
	}
	for _, m := range l.Marks {
		if m.Holds && at >= m.At {
			why = append(why, m.Measure+" is "+m.To+": shipments are held until the law is certain ("+m.Citation+")")
		}
	}
	return why
}

// zone is that of the term.
func (l *Licence) zone() zone {
	z, err := time.LoadLocation(l.Term.Zone)
	if err != nil {
		return time.UTC
	}
	return z
}
