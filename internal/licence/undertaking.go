package licence

import (
	"github.com/navicert/navicert/internal/quantity"
)

// Undertaking is a promise on which licences rest: given with an application, in
// force once a licence rests on it, then breached, released, or expired.
type Undertaking struct {
	ID          string           `json:"id"`
	Application string           `json:"application"`
	Promise     Promise          `json:"promise"`
	Licences    []string         `json:"licences,omitempty"` // that rest on it
	Given       quantity.Instant `json:"given"`
	Breached    quantity.Instant `json:"breached,omitempty"`
	Released    quantity.Instant `json:"released,omitempty"`
	Finding     string           `json:"finding,omitempty"` // what the breach was
}

// The events of undertakings.
type (
	// UndertakingGiven begins one.
	UndertakingGiven struct {
		Application string   `json:"application"`
		Promise     Promise  `json:"promise"`
		Licences    []string `json:"licences"`
	}
	// UndertakingBreached says that it was broken.
	UndertakingBreached struct {
		Finding string `json:"finding"`
	}
	// UndertakingReleased frees who gave it.
	UndertakingReleased struct{}
)

func (*UndertakingGiven) eventType() string    { return "undertaking given" }
func (*UndertakingBreached) eventType() string { return "undertaking breached" }
func (*UndertakingReleased) eventType() string { return "undertaking released" }

func (u *Undertaking) apply(e *Event) {
	switch d := e.Data.(type) {
	case *UndertakingGiven:
		u.Application, u.Promise, u.Licences, u.Given = d.Application, d.Promise, d.Licences, e.At
	case *UndertakingBreached:
		u.Breached, u.Finding = e.At, d.Finding
	case *UndertakingReleased:
		u.Released = e.At
	}
}

// The statuses of undertakings.
const (
	UndertakingIsGiven    = "given"
	UndertakingIsInForce  = "in-force"
	UndertakingIsBreached = "breached"
	UndertakingIsReleased = "released"
	UndertakingIsExpired  = "expired"
)

// Status is how the undertaking stands on a day.
func (u *Undertaking) Status(at quantity.Instant, zone zone) string {
	switch {
	case u.Released != 0 && at >= u.Released: // perhaps from one that was breached
		return UndertakingIsReleased
	case u.Breached != 0 && at >= u.Breached:
		return UndertakingIsBreached
	case len(u.Licences) == 0:
		return UndertakingIsGiven
	}
	if until, err := quantity.ParseDate(u.Promise.Until); err == nil && at.Date(zone) > until {
		return UndertakingIsExpired
	}
	return UndertakingIsInForce
}
