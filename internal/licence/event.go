package licence

import (
	"encoding/json"
	"fmt"

	"github.com/navicert/navicert/internal/quantity"
)

// Kind is what sort of object an event is about.
type Kind string

// The kinds of objects.
const (
	KindApplication Kind = "application"
	KindLicence     Kind = "licence"
	KindDrawdown    Kind = "drawdown"
	KindUndertaking Kind = "undertaking"
	// KindRegister is the one object that is there once: what holds for the
	// whole desk.
	KindRegister Kind = "register"
)

// Ref names an object.
type Ref struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

func (r Ref) String() string { return string(r.Kind) + " " + r.ID }

// register is the object that holds what is true of the whole desk.
var register = Ref{KindRegister, "desk"}

func application(id string) Ref { return Ref{KindApplication, id} }
func licence(id string) Ref     { return Ref{KindLicence, id} }
func drawdown(id string) Ref    { return Ref{KindDrawdown, id} }
func undertaking(id string) Ref { return Ref{KindUndertaking, id} }

// Role is in which capacity somebody acts.
type Role string

// The roles. System is the desk itself: what follows from law or from time.
const (
	Applicant     Role = "applicant"
	Intake        Role = "intake"
	Officer       Role = "officer"
	Countersigner Role = "countersigner"
	Agency        Role = "agency"
	Enforcement   Role = "enforcement"
	Customs       Role = "customs"
	Auditor       Role = "auditor"
	Administrator Role = "administrator"
	System        Role = "system"
)

// Roles are the roles of people, in the order in which a file meets them.
func Roles() []Role {
	return []Role{Applicant, Intake, Officer, Countersigner, Agency, Enforcement, Customs, Auditor, Administrator}
}

// By says who does something, in which role, when and why.
type By struct {
	Actor  string           `json:"actor"`
	Role   Role             `json:"role"`
	At     quantity.Instant `json:"at"`
	Reason string           `json:"reason,omitempty"`
	// Key makes the command safe to send again: a command with a key that was
	// carried out is not carried out a second time. Movements must have one.
	Key string `json:"key,omitempty"`
	// IfVersion is the version of the object that the actor saw; 0: any.
	IfVersion int `json:"ifVersion,omitempty"`
}

// Event is one thing that happened to one object.
type Event struct {
	// Seq is the place in the log, from 0 without gaps.
	Seq int64
	At  quantity.Instant
	// Object is what it happened to, and Version the object's version after it,
	// from 1.
	Object  Ref
	Version int
	Type    string
	Actor   string
	Role    Role
	Reason  string
	// Schedule is the digest of the law that was in the engine.
	Schedule string
	Key      string
	Data     Data
}

// Data is what an event says beyond its head. Each kind of event has its type.
type Data interface{ eventType() string }

// record is how an event is written: what is hashed. D is its data, or on reading
// the text of it.
type record[D any] struct {
	Seq      int64            `json:"seq"`
	At       quantity.Instant `json:"at"`
	Object   Ref              `json:"object"`
	Version  int              `json:"version"`
	Type     string           `json:"type"`
	Actor    string           `json:"actor"`
	Role     Role             `json:"role"`
	Reason   string           `json:"reason,omitempty"`
	Schedule string           `json:"schedule,omitempty"`
	Key      string           `json:"key,omitempty"`
	Data     D                `json:"data"`
}

// Record writes the event as it is kept and hashed: JSON in one line.
func (e *Event) Record() ([]byte, error) {
	return json.Marshal(record[Data]{e.Seq, e.At, e.Object, e.Version, e.Type, e.Actor, e.Role, e.Reason, e.Schedule, e.Key, e.Data})
}

// ReadRecord reads what [Event.Record] wrote. A type of event that this program
// does not know is an error.
func ReadRecord(text []byte) (Event, error) {
	var r record[json.RawMessage]
	if err := json.Unmarshal(text, &r); err != nil {
		return Event{}, fmt.Errorf("not an event: %w", err)
	}
	data := newData(r.Type)
	if data == nil {
		return Event{}, fmt.Errorf("event %d is of a type that is not known here: %q", r.Seq, r.Type)
	}
	if err := json.Unmarshal(r.Data, data); err != nil {
		return Event{}, fmt.Errorf("event %d, %s: %w", r.Seq, r.Type, err)
	}
	return Event{r.Seq, r.At, r.Object, r.Version, r.Type, r.Actor, r.Role, r.Reason, r.Schedule, r.Key, data}, nil
}

// change is an event that a command asks for.
type change struct {
	object Ref
	data   Data
}

// folded is the state of an object: what its events come to.
type folded interface{ apply(*Event) }

// newState returns the state of an object to which nothing has happened.
func newState(r Ref) folded {
	switch r.Kind {
	case KindApplication:
		return &Application{ID: r.ID}
	case KindLicence:
		return &Licence{ID: r.ID}
	case KindDrawdown:
		return &Drawdown{ID: r.ID}
	case KindUndertaking:
		return &Undertaking{ID: r.ID}
	case KindRegister:
		return &Register{}
	}
	return nil
}

// newData returns an empty value of an event's data, as a pointer; nil for a type
// that is not known.
func newData(eventType string) Data {
	switch eventType {
	case "drafted":
		return &Drafted{}
	case "amended":
		return &Amended{}
	case "document attached":
		return &DocumentAttached{}
	case "endorsed":
		return &Endorsed{}
	case "submitted":
		return &Submitted{}
	case "assessed":
		return &Assessed{}
	case "linked":
		return &Linked{}
	case "accepted":
		return &Accepted{}
	case "returned":
		return &Returned{}
	case "claimed":
		return &Claimed{}
	case "unclaimed":
		return &Unclaimed{}
	case "asked":
		return &Asked{}
	case "answered":
		return &Answered{}
	case "referred":
		return &Referred{}
	case "advised":
		return &Advised{}
	case "recommended":
		return &Recommended{}
	case "disagreed":
		return &Disagreed{}
	case "decided":
		return &Decided{}
	case "withdrawn":
		return &Withdrawn{}
	case "appealed":
		return &Appealed{}
	case "attempted":
		return &Attempted{}
	case "law changed":
		return &LawChanged{}
	case "issued":
		return &Issued{}
	case "licence amended":
		return &LicenceAmended{}
	case "suspended":
		return &Suspended{}
	case "resumed":
		return &Resumed{}
	case "ended":
		return &Ended{}
	case "reserved":
		return &Reserved{}
	case "committed":
		return &Committed{}
	case "released":
		return &Released{}
	case "goods returned":
		return &GoodsReturned{}
	case "undertaking given":
		return &UndertakingGiven{}
	case "undertaking breached":
		return &UndertakingBreached{}
	case "undertaking released":
		return &UndertakingReleased{}
	case "suspension imposed":
		return &SuspensionImposed{}
	case "suspension lifted":
		return &SuspensionLifted{}
	case "demonstration":
		return &Demonstration{}
	}
	return nil
}
