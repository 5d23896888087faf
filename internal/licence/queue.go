package licence

import (
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

type zone = *time.Location

// Queue is where a file waits to be worked on.
type Queue string

// The queues.
const (
	QueueIntake      Queue = "intake"
	QueueReview      Queue = "review"
	QueueCountersign Queue = "countersign"
	QueueAppeal      Queue = "appeal"
	QueueApplicant   Queue = "applicant" // waits for an answer
	QueueAgency      Queue = "agency"    // waits for an advice
)

// Queues are all queues, in the order in which a file meets them.
func Queues() []Queue {
	return []Queue{QueueIntake, QueueReview, QueueAgency, QueueApplicant, QueueCountersign, QueueAppeal}
}

// Turn is when the turn of a file comes: the instant since which it waits, put
// back by the head start that faster lanes have over its own. Files are taken in
// the order of their turns, so each lane goes oldest first, and a file of a slow
// lane that has waited the head start longer goes before one of a fast lane: no
// file waits for ever.
func (a *Application) Turn(headStart time.Duration) quantity.Instant {
	since := a.Accepted
	if since == 0 {
		since = a.Submitted
	}
	return since + quantity.Instant(headStart/time.Second)
}
