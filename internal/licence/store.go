package licence

import (
	"context"
	"errors"

	"github.com/navicert/navicert/internal/quantity"
)

// ErrConflict is what [Tx.Save] returns where the store refuses a change that was
// decided on something that is no longer so. Nothing of the change is kept.
var ErrConflict = errors.New("the desk changed meanwhile")

// Store keeps a desk. internal/store/storetest says what an implementation must
// do.
type Store interface {
	// Update runs fn in one transaction while no other Update of any process on
	// the same database runs. Where fn or the commit fails nothing is kept; where
	// the connection is lost while committing, the error does not tell whether it
	// was.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn on one state of the desk.
	View(ctx context.Context, fn func(Reader) error) error
}

// Tx is a transaction that may save once.
type Tx interface {
	Reader
	// Save writes the changes, all or none. It returns [ErrConflict] where the
	// head, a version or a balance is not as the changes say, and where a balance
	// would break the law of the ledger.
	Save(ctx context.Context, c *Changes) error
}

// Reader reads a desk.
type Reader interface {
	// Head is the end of the log.
	Head(ctx context.Context) (Head, error)
	// Objects returns the objects that there are of those named, in any order.
	Objects(ctx context.Context, refs []Ref) ([]Object, error)
	// Balances returns those of all lines of the licences, by licence and line.
	Balances(ctx context.Context, licences []string) ([]Balance, error)
	// Receipts returns those that there are for the keys.
	Receipts(ctx context.Context, keys []string) ([]Receipt, error)
	// Files returns files in order of turn and id, at most so many.
	Files(ctx context.Context, q FileQuery) ([]FileRow, error)
	// FileRows returns those that there are of the ids, in any order.
	FileRows(ctx context.Context, ids []string) ([]FileRow, error)
	// Alike returns, for each pair of keys, some of the latest files that have
	// either.
	Alike(ctx context.Context, keys [][2]int64, limit int) ([]FileRow, error)
	// Counts counts the files of an authority by queue and lane; of all
	// authorities for "".
	Counts(ctx context.Context, authority string) ([]Count, error)
	// Licences returns licences by their last valid instant and id.
	Licences(ctx context.Context, q LicenceQuery) ([]LicenceRow, error)
	// Events calls fn for each event in order, from the sequence number on (and of
	// one object, where its id is not empty), until fn fails.
	Events(ctx context.Context, q EventQuery, fn func(SealedEvent) error) error
	// Movements calls fn for each line of the ledger in order.
	Movements(ctx context.Context, q MovementQuery, fn func(Movement) error) error
	// ObjectsAfter returns at most so many objects of a kind in the store's order of
	// ids, beginning after an id.
	ObjectsAfter(ctx context.Context, kind Kind, after string, limit int) ([]Object, error)
	// EachBalance calls fn for each balance in order.
	EachBalance(ctx context.Context, fn func(Balance) error) error
	// Standing counts the files themselves, as Counts has them.
	Standing(ctx context.Context) ([]Count, error)
	// Arrived counts the files of an authority that were accepted last at an instant
	// of a stretch of time, both ends inclusive.
	Arrived(ctx context.Context, authority string, from, to quantity.Instant) (int, error)
	// EachReceipt calls fn for each receipt, in the order of their last events.
	EachReceipt(ctx context.Context, fn func(Receipt) error) error
	// EachPaper calls fn for the bytes of each document, in order of their digests.
	EachPaper(ctx context.Context, fn func(StoredPaper) error) error
	// Paper returns the bytes of a document by their digest; false where there are
	// none.
	Paper(ctx context.Context, digest string) ([]byte, bool, error)
}

// Object is an object as a store keeps it: its version, and the state that its
// events come to, as JSON.
type Object struct {
	Ref     Ref
	Version int
	State   []byte
}

// Receipt says what a command with a key came to.
type Receipt struct {
	Key     string           `json:"key,omitempty"`
	Digest  string           `json:"digest"` // of the command
	Object  Ref              `json:"object"` // that it was about
	Version int              `json:"version"`
	Objects []Ref            `json:"objects"` // all that it touched
	First   int64            `json:"first"`   // its first and last event
	Last    int64            `json:"last"`
	At      quantity.Instant `json:"at"`
	// Repeated: it had been carried out before, and was not again.
	Repeated bool `json:"repeated,omitempty"`
}

// Changes is what a transaction saves.
type Changes struct {
	Before, After Head
	Events        []SealedEvent
	Objects       []ChangedObject
	Balances      []ChangedBalance
	Movements     []Movement
	Receipts      []Receipt
	Papers        []StoredPaper
	// Counts are by how many files each queue and lane grows or shrinks.
	Counts []Count
}

// ChangedObject is an object with its version before; 0 where it is new. File and
// Row are its line for finding it, for applications and licences.
type ChangedObject struct {
	Object
	Before int
	File   *FileRow
	Row    *LicenceRow
}

// ChangedBalance is a balance with its version before; 0 where it is new.
type ChangedBalance struct {
	Balance
	Before int
}

// StoredPaper is the bytes of a document.
type StoredPaper struct {
	Digest string
	Bytes  []byte
}

// FileRow is by what an application is found.
type FileRow struct {
	ID        string
	Authority string
	Side      Side
	Stage     Stage
	Queue     Queue
	Lane      string
	Turn      quantity.Instant // see [Application.Turn]
	Since     quantity.Instant // accepted, else submitted, else drafted
	Submitted quantity.Instant // 0: not yet
	Decided   quantity.Instant // 0: not yet
	Outcome   Outcome
	Officer   string           // who claimed it last, and
	Lease     quantity.Instant // until when; 0: nobody
	Applicant string           // folded
	EndUser   string           // folded
	Goods     string           // of the first line
	Country   string           // of destination
	Item      string           // the first control item
	AlikeA    int64            // hash over applicant and goods
	AlikeB    int64            // hash over end user and goods
	Features  string           // what is compared for likeness
}

// FileQuery asks for files. What is empty does not restrict.
type FileQuery struct {
	Authority string
	Side      Side
	Queue     Queue
	Stage     Stage
	Lane      string
	Applicant string           // folded
	Officer   string           // who holds it at At
	Free      bool             // held by nobody at At
	At        quantity.Instant // for Officer and Free
	Outcome   Outcome
	Goods     string
	Country   string
	Decided   bool // decided ones, latest first instead of by turn
	Open      bool // those in some queue
	After     quantity.Instant
	AfterID   string // go on after this turn and id
	Limit     int    // 0: all
}

// Count is how many files stand in a queue and a lane.
type Count struct {
	Authority string           `json:"authority"`
	Queue     Queue            `json:"queue"`
	Lane      string           `json:"lane"`
	Files     int              `json:"files"`
	Oldest    quantity.Instant `json:"oldest"` // the earliest Since
}

// LicenceRow is by what a licence is found.
type LicenceRow struct {
	ID        string
	Authority string
	Holder    string           // folded
	EndUser   string           // folded
	From      quantity.Instant // of its term
	Until     quantity.Instant
	Ended     bool
}

// LicenceQuery asks for licences. What is empty does not restrict.
type LicenceQuery struct {
	Authority string
	Holder    string           // folded
	At        quantity.Instant // those in term and not ended
	AfterID   string
	After     quantity.Instant
	Limit     int
}

// Range is a stretch of the objects of a kind in the store's order of ids, from
// behind After to Last; to the end where Last is empty.
type Range struct {
	Kind        Kind
	After, Last string
}

// MovementQuery asks for lines of the ledger. What is empty does not restrict.
type MovementQuery struct {
	Licence      string
	From, Before int64 // sequence numbers of their events; Before 0: to the end
}

// EventQuery asks for events.
type EventQuery struct {
	From   int64 // sequence number, inclusive
	Before int64 // exclusive; 0: to the end
	Object Ref   // of this object alone, where the id is not empty
	Type   string
	// Of, where it is not nil, asks for the events of a stretch of objects: in the
	// order of objects, and of each in their order.
	Of *Range
}
