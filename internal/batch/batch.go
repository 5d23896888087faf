// Package batch keeps files of cases and has them answered in the background.
//
// The invariant: the result of a batch has exactly one row for every row of its
// file, all of them answered on the same law, whatever became of the process
// meanwhile. A run that was cut off leaves nothing: the next begins at the first
// row (docs/decisions has the reasons).
package batch

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/exchange"
)

// State is how far a batch has come.
type State string

// The states.
const (
	Uploaded  State = "uploaded"  // kept; nobody has started it
	Queued    State = "queued"    // waits for a worker
	Running   State = "running"   // is answered
	Done      State = "done"      // rows with problems and all; the result can be opened
	Failed    State = "failed"    // nothing of the file could be answered, see Fault
	Cancelled State = "cancelled" // stopped by a person
)

// Ended reports whether nothing happens any more unless it is started again.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Batch is a file of cases and how far it has come.
type Batch struct {
	ID     string          `json:"id"`
	Name   string          `json:"name"`   // of the file as it was uploaded, without folders
	Format exchange.Format `json:"format"` // of the file
	Size   int64           `json:"size"`   // of the upload, in bytes
	State  State           `json:"state"`
	Fault  string          `json:"fault"` // why it failed, or where the file broke off, in a sentence
	Setup  Setup           `json:"setup"` // with which it was started
	Rows   int             `json:"rows"`  // answered so far, those with problems among them
	Read   int64           `json:"read"`  // how much of the file was read, of how much, in some unit; see [exchange.Source]
	Total  int64           `json:"total"` // 0 where that is not known
	Runs   int             `json:"runs"`  // how often it was begun

	Schedule string    `json:"schedule"` // digest of the packs the result rests on
	Created  time.Time `json:"created"`
	Started  time.Time `json:"started"` // zero before the start
	Ended    time.Time `json:"ended"`   // zero before the end
}

// Setup is what a person says of a file before it is answered. The zero value
// leaves all to what is recognised.
type Setup struct {
	Sheet   string                    `json:"sheet"`   // of a workbook; "" for the first
	Columns map[string]exchange.Field `json:"columns"` // what columns hold, by name, where another thing is meant than is recognised; "-": not used
	// Constants are fields that every row has which no column gives it.
	Constants map[exchange.Field]string `json:"constants"`
	Dates     string                    `json:"dates"` // how days are written, see [exchange.ParseDateFormat]; "" for ISO 8601 alone
	// DecimalComma tells that a comma in a number parts decimals, as [exchange.DecimalCommas].
	DecimalComma bool            `json:"decimalComma"`
	Detail       exchange.Detail `json:"detail"` // of the result; "" for Brief
	Format       exchange.Format `json:"format"` // of the result; "" for a workbook
}

// Inspection is what a file is taken for under a setup.
type Inspection struct {
	Columns  []exchange.Column
	Samples  [][]string // by column, the first cells that are not empty, at most three
	Problems []string   // why it cannot be started as it is, each a sentence; none: it can
}

// Result is the file of answers.
type Result struct {
	Name      string // to save it under
	MediaType string
	Changed   time.Time // when it was written
	io.ReadSeekCloser
}

// The errors of a [Service], beside those of its store.
var (
	// ErrNotReady tells that a batch has not come so far, or has come too far, for
	// what is asked.
	ErrNotReady = errors.New("the batch has not come so far, or is past it")
	// ErrFull tells that no more files are kept.
	ErrFull = errors.New("no more files are kept")
)

// Problems are why a batch cannot be started as it is set up.
type Problems []string

// Error lists the problems.
func (p Problems) Error() string {
	return "the file cannot be answered as it is set up: " + strings.Join(p, "; ")
}

// Store keeps what is said of batches. Errors of a name that is none are
// store.ErrNotFound.
type Store interface {
	CreateBatch(ctx context.Context, b *Batch) error
	Batch(ctx context.Context, id string) (*Batch, error)
	// Batches returns at most n batches, the latest upload first, those before the
	// one of the id where it is not "".
	Batches(ctx context.Context, before string, n int) ([]*Batch, error)
	// UpdateBatch changes a batch while nobody else does, and returns it. An error
	// of change is returned as it is, and nothing is changed then.
	UpdateBatch(ctx context.Context, id string, change func(*Batch) error) (*Batch, error)
	// DeleteBatch forgets a batch and its totals.
	DeleteBatch(ctx context.Context, id string) error
	// SetTotals keeps what the rows of a batch come to, in some encoding.
	SetTotals(ctx context.Context, id string, totals []byte) error
	Totals(ctx context.Context, id string) ([]byte, error)
}

// Queue has batches worked on, see store.Queue.
type Queue interface {
	Add(ctx context.Context, id string) error
}
