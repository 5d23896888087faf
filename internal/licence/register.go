package licence

import "github.com/navicert/navicert/internal/quantity"

// Register is what holds for the whole desk.
type Register struct {
	Suspensions []Suspension `json:"suspensions,omitempty"`
	// Demonstration is the instant at which a demonstration begins; 0 on a desk
	// that is none.
	Demonstration quantity.Instant `json:"demonstration,omitempty"`
}

// Suspension stops every licence that it touches, from its beginning until it is
// lifted: all licences of a party, for an item, or under a measure.
type Suspension struct {
	ID      string           `json:"id"`
	Of      string           `json:"of"` // party, item, measure
	Subject string           `json:"subject"`
	Reason  string           `json:"reason"`
	From    quantity.Instant `json:"from"`
	Until   quantity.Instant `json:"until,omitempty"` // lifted; 0: it lasts
}

// The events of the register.
type (
	// SuspensionImposed begins a suspension of many licences.
	SuspensionImposed struct {
		ID      string `json:"id"`
		Of      string `json:"of"`
		Subject string `json:"subject"`
	}
	// SuspensionLifted ends it.
	SuspensionLifted struct {
		ID string `json:"id"`
	}
	// Demonstration says that what follows is invented.
	Demonstration struct {
		At   quantity.Instant `json:"at"`
		Seed uint64           `json:"seed"`
	}
)

func (*SuspensionImposed) eventType() string { return "suspension imposed" }
func (*SuspensionLifted) eventType() string  { return "suspension lifted" }
func (*Demonstration) eventType() string     { return "demonstration" }

func (r *Register) apply(e *Event) {
	switch d := e.Data.(type) {
	case *SuspensionImposed:
		r.Suspensions = append(r.Suspensions, Suspension{ID: d.ID, Of: d.Of, Subject: d.Subject, Reason: e.Reason, From: e.At})
	case *SuspensionLifted:
		for i := range r.Suspensions {
			if s := &r.Suspensions[i]; s.ID == d.ID && s.Until == 0 {
				s.Until = e.At
			}
		}
	case *Demonstration:
		r.Demonstration = d.At
	}
}

// touches reports whether the suspension stops the licence at the instant.
func (s *Suspension) touches(l *Licence, at quantity.Instant) bool {
	if at < s.From || s.Until != 0 && at >= s.Until {
		return false
	}
	switch s.Of {
	case "party":
		for _, p := range l.Parties {
			if sameName(p.Name, s.Subject) {
				return true
			}
		}
		return sameName(l.Holder, s.Subject)
	case "item":
		return contains(l.Items, s.Subject)
	case "measure":
		return contains(l.Measures, s.Subject)
	}
	return false
}
