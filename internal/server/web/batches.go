package web

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/navicert/navicert/internal/exchange"
)

// ErrNoBatch is the error of a [Batches] that holds no batch of the id, or no
// longer.
var ErrNoBatch = errors.New("there is no such file: it may have been removed")

// ErrNotReady is the error of a [Batches] that is asked for what a batch does not
// have in its state: the result of one that is not done, a second start.
var ErrNotReady = errors.New("the file is not at that point")

// Batches keeps files of cases that people upload, answers them as jobs, and
// keeps the results. The pages of files rest on it.
//
// An error that a person can mend (a file that cannot be read, a mapping that
// names a column twice) is a plain sentence that says what is wrong and the way
// out; pages show it as it is. All methods are safe for concurrent use.
type Batches interface {
	// Create reads an upload to its end and keeps it, not started. The name tells
	// the format, see [exchange.FormatOf]. A file that cannot be read as a table
	// is an error, and nothing is kept.
	Create(ctx context.Context, name string, content io.Reader) (*Batch, error)
	// List returns all batches, the latest upload first.
	List(ctx context.Context) ([]*Batch, error)
	// Batch returns one batch; [ErrNoBatch].
	Batch(ctx context.Context, id string) (*Batch, error)
	// Inspect tells what the columns of the file are taken for under the setup. The
	// error is ErrNoBatch, or that the file cannot be read; what is wrong with the
	// setup is in the inspection.
	Inspect(ctx context.Context, id string, setup Setup) (*Inspection, error)
	// Start keeps the setup and has the file answered in the background. The error
	// is ErrNoBatch, ErrNotReady where it is under way or done, or what
	// [Inspection.Problems] holds.
	Start(ctx context.Context, id string, setup Setup) error
	// Stop ends the run of a batch that is under way; ErrNoBatch, ErrNotReady.
	Stop(ctx context.Context, id string) error
	// Totals returns what the rows answered so far come to: of a batch that runs
	// they may be some seconds old. ErrNoBatch; ErrNotReady before the start.
	Totals(ctx context.Context, id string) (*exchange.Totals, error)
	// Open opens the result of a batch that is done; ErrNoBatch, ErrNotReady.
	Open(ctx context.Context, id string) (*Result, error)
	// Remove stops the batch where it runs, and removes the upload and the result;
	// ErrNoBatch.
	Remove(ctx context.Context, id string) error
}

// BatchState is how far a batch has come.
type BatchState string

// The states of a batch, in the order in which it goes through them. It ends
// Stopped, Done or Failed; what is Stopped or Failed can be started again.
const (
	Uploaded BatchState = "uploaded" // kept; nobody has started it
	Queued   BatchState = "queued"   // waits for a worker
	Running  BatchState = "running"
	Stopped  BatchState = "stopped" // by a person, before its end
	Done     BatchState = "done"    // rows with problems and all; the result can be opened
	Failed   BatchState = "failed"  // the file itself could not be read to its end, see Batch.Fault
)

// Batch is a file of cases and how far it has come.
type Batch struct {
	ID      string // of URL-safe characters
	Name    string // of the file as it was uploaded, without folders
	Size    int64  // of the upload, in bytes
	State   BatchState
	Fault   string // why it failed, in a sentence
	Setup   Setup  // with which it was started
	Rows    int    // answered so far, those with problems among them
	Read    int64  // how much of the file was read, of how much, in some unit; see [exchange.Source]
	Total   int64  // 0 where that is not known
	Created time.Time
	Started time.Time // zero before the start
	Ended   time.Time // zero before the end
}

// Setup is what a person says of a file before it is answered. The zero value
// leaves all to what is recognised.
type Setup struct {
	Sheet   string                    // of a workbook; "" for the first
	Columns map[string]exchange.Field // what columns hold, by name, where another thing is meant than is recognised; "-": not used
	// Constants are fields that every row has which no column gives it: the
	// country entered, a currency.
	Constants    map[exchange.Field]string
	Dates        string          // how days are written beside 2025-06-15, see [exchange.ParseDateFormat]; "" for nothing
	DecimalComma bool            // a comma in a number parts decimals
	Detail       exchange.Detail // of the result; "" for Brief
	Format       exchange.Format // of the result; "" for a workbook
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
