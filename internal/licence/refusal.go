package licence

import (
	"fmt"
	"strings"
)

// Code names a kind of refusal, for programs.
type Code string

// The codes of refusals.
const (
	Invalid           Code = "invalid"             // what was given cannot be read or makes no sense
	NotFound          Code = "not-found"           // no such object
	Stale             Code = "stale"               // the object has changed since it was read
	KeyReused         Code = "key-reused"          // the idempotency key was used for something else
	WrongState        Code = "wrong-state"         // the object is in no state for this
	WrongRole         Code = "wrong-role"          // the role may not do this
	SamePerson        Code = "same-person"         // four eyes are wanted, and these are two
	Incomplete        Code = "incomplete"          // papers or facts are missing
	NotClaimed        Code = "not-claimed"         // the officer does not hold the file
	ClaimedByOther    Code = "claimed"             // another officer holds the file
	LeaseExpired      Code = "lease-expired"       // the officer held the file, and the lease ran out
	AlreadyDecided    Code = "already-decided"     // a second decision on a decided file
	NoCountersign     Code = "countersign-missing" // the lane wants a second officer
	DigestDiffers     Code = "digest-differs"      // a document is not the one it is said to be
	OutsideTerm       Code = "outside-term"        // before the first or after the last day of a licence
	NotActive         Code = "not-active"          // the licence is suspended, revoked, surrendered or superseded
	Overdraw          Code = "overdraw"            // more than is left
	WrongUnit         Code = "wrong-unit"          // of another family than that of the licence
	WrongCurrency     Code = "wrong-currency"      // the value is in another currency than the licence's
	TooFine           Code = "too-fine"            // finer than the ledger counts
	MixedSet          Code = "mixed-set"           // a bulk decision over cases that are not alike
	NothingWaiting    Code = "nothing-waiting"     // the queue is empty
	Barred            Code = "barred"              // the law as determined bars it
	WindowClosed      Code = "window-closed"       // an appeal or an answer after its last day
	CalendarUnknown   Code = "calendar-unknown"    // the working days of the authority are not held
	UndertakingBroken Code = "undertaking-broken"  // an undertaking that is breached cannot be rested on
)

// Refusal is a command that was not carried out: why, and what to do instead.
type Refusal struct {
	Code    Code   `json:"code"`
	Object  Ref    `json:"object,omitzero"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
	// Way is where the way out lies, which each interface says in its own words: a
	// command, an address, a link.
	Way Way `json:"way,omitzero"`
	// Faults are what is wrong field by field, where that is known; the message says
	// all of it in one.
	Faults []FieldFault `json:"faults,omitempty"`
}

// Way names where something is done or seen.
type Way struct {
	To Place  `json:"to"`
	ID string `json:"id,omitempty"` // of the object, where it is about one
}

// Place is a place of the desk that every interface has.
type Place string

// The places.
const (
	ToFile        Place = "file"        // a file, and what was done with it
	ToFiles       Place = "files"       // those that wait, or one's own
	ToLicences    Place = "licences"    // that there are
	ToClaim       Place = "claim"       // a file is claimed
	ToMatch       Place = "match"       // a shipment is matched with licences
	ToSuspensions Place = "suspensions" // of parties, items and measures
)

// through names where the way out lies.
func (r *Refusal) through(to Place, id string) *Refusal {
	r.Way = Way{to, id}
	return r
}

// FieldFault is what is wrong with one field of what was given.
type FieldFault struct {
	Field   string `json:"field"` // as in JSON, rows counted from 1: "lines.1.quantity"
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// Faulty refuses what was given for all its faults.
func Faulty(faults []FieldFault, remedy string) *Refusal {
	words := make([]string, len(faults))
	for i, f := range faults {
		words[i] = f.Field + ": " + f.Message
	}
	r := refuse(Invalid, Ref{}, remedy, "%s", strings.Join(words, "; "))
	r.Faults = faults
	return r
}

// Error gives the message and the remedy.
func (r *Refusal) Error() string {
	s := r.Message
	if r.Object.ID != "" {
		s = r.Object.ID + ": " + s
	}
	if r.Remedy != "" {
		s += " (" + r.Remedy + ")"
	}
	return s
}

// Is reports whether the target is a refusal of the same code, so that
// errors.Is(err, &Refusal{Code: Overdraw}) asks for the kind.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

func refuse(code Code, object Ref, remedy, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Object: object, Remedy: remedy, Message: fmt.Sprintf(format, args...)}
}

// absent says that there is no such object. Who may not know of one is told the same.
func absent(r Ref) *Refusal {
	why := func(remedy string) *Refusal { return refuse(NotFound, r, remedy, "there is no such %s", r.Kind) }
	switch r.Kind {
	case KindApplication:
		return why("look at those that there are").through(ToFiles, "")
	case KindLicence:
		return why("look at those that there are").through(ToLicences, "")
	case KindDrawdown:
		return why("give the id that the reservation answered")
	case KindUndertaking:
		return why("its licence names the undertakings on which it rests").through(ToLicences, "")
	}
	return why("name an application, a licence, a drawdown or an undertaking")
}
