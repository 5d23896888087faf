package batch

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/store"
)

// Options are what a service works with.
type Options struct {
	Engine *navicert.Engine
	Store  Store
	Dir    string // of the files; it is made if need be
	Now    func() time.Time
	Log    *slog.Logger
	// Workers is how many rows of one file are worked on at once; 0 for one less
	// than there are processors, so that requests find one.
	Workers int
	MaxRows int // of a file; 0 for 5 million
	MaxKept int // files kept at once; 0 for 1000
}

// mostRuns is how often a batch is begun that never comes to its end: one that
// ends its process each time must not do so for ever.
const mostRuns = 5

// Service keeps files and has them answered. It is safe for concurrent use.
type Service struct {
	o     Options
	queue Queue
	words exchange.Words
	facts []string

	mu   sync.Mutex
	runs map[string]*run
}

// run is a batch that this process answers now.
type run struct {
	cancel context.CancelCauseFunc
	ended  chan struct{}
}

// errStopped is why a run ends that a person stopped.
var errStopped = errors.New("stopped by a person")

// New makes a service. [Service.Work] is what its queue works with, and
// [Service.Begin] gives it the queue.
func New(o Options) (*Service, error) {
	if o.Workers == 0 {
		o.Workers = max(1, runtime.GOMAXPROCS(0)-1)
	}
	if o.MaxRows == 0 {
		o.MaxRows = 5_000_000
	}
	if o.MaxKept == 0 {
		o.MaxKept = 1000
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	s := &Service{o: o, words: exchange.Words{Links: o.Engine.Links(), Questions: o.Engine.Questions()}, runs: map[string]*run{}}
	for _, f := range o.Engine.Facts() {
		s.facts = append(s.facts, f.Name)
	}
	return s, nil
}

// Begin has the batches answered that an earlier process left, and those that
// are started from now on, by the queue.
func (s *Service) Begin(ctx context.Context, q Queue) error {
	s.queue = q
	all, err := s.o.Store.Batches(ctx, "", s.o.MaxKept)
	if err != nil {
		return err
	}
	for _, b := range slices.Backward(all) { // the oldest first
		if b.State == Queued || b.State == Running {
			s.o.Log.Info("batch taken up again", "batch", b.ID, "state", string(b.State), "runs", b.Runs)
			if err := q.Add(ctx, b.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) dir(id string) string { return filepath.Join(s.o.Dir, id) }

func (s *Service) upload(b *Batch) string {
	return filepath.Join(s.dir(b.ID), "upload."+string(b.Format))
}

func (s *Service) result(b *Batch) string {
	return filepath.Join(s.dir(b.ID), "result."+string(b.Setup.format()))
}

func (s Setup) format() exchange.Format {
	if s.Format == "" {
		return exchange.XLSX
	}
	return s.Format
}

func (s Setup) detail() exchange.Detail {
	if s.Detail == "" {
		return exchange.Brief
	}
	return s.Detail
}

// IsID reports whether a text has the form of an id.
func IsID(text string) bool {
	return len(text) == 28 && strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

// newID is an id that is greater than those made before and cannot be guessed.
func (s *Service) newID() string {
	return fmt.Sprintf("%012x%s", s.o.Now().UnixMilli(), strings.ToLower(rand.Text()[:16]))
}

// Create reads an upload to its end and keeps it, not started. The name tells the
// format, see [exchange.FormatOf]. A file that cannot be read as a table is an
// error, and nothing is kept. ErrFull.
func (s *Service) Create(ctx context.Context, name string, content io.Reader) (*Batch, error) {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	format, err := exchange.FormatOf(name)
	if err != nil {
		return nil, err
	}
	kept, err := s.o.Store.Batches(ctx, "", s.o.MaxKept)
	if err != nil {
		return nil, err
	}
	if len(kept) >= s.o.MaxKept {
		return nil, fmt.Errorf("%w: %d is the limit (remove some)", ErrFull, s.o.MaxKept)
	}
	b := &Batch{ID: s.newID(), Name: name, Format: format, State: Uploaded, Created: s.o.Now()}
	if err := os.Mkdir(s.dir(b.ID), 0o700); err != nil {
		return nil, err
	}
	if err := s.fill(ctx, b, content); err != nil {
		os.RemoveAll(s.dir(b.ID))
		return nil, err
	}
	return b, nil
}

func (s *Service) fill(ctx context.Context, b *Batch, content io.Reader) error {
	f, err := os.OpenFile(s.upload(b), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	b.Size, err = io.Copy(f, content)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	in, err := s.open(b, Setup{})
	if err != nil {
		return err
	}
	in.Close()
	return s.o.Store.CreateBatch(ctx, b)
}

// open opens the file of a batch. What is wrong with it is said of its own name.
func (s *Service) open(b *Batch, setup Setup) (exchange.Source, error) {
	in, err := exchange.Open(s.upload(b), nil, exchange.OpenOptions{Format: b.Format, Sheet: setup.Sheet})
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), s.upload(b), b.Name))
	}
	return in, nil
}

// Batch returns a batch; store.ErrNotFound.
func (s *Service) Batch(ctx context.Context, id string) (*Batch, error) {
	return s.o.Store.Batch(ctx, id)
}

// List returns at most n batches, the latest upload first, those before the one
// of the id where it is not "".
func (s *Service) List(ctx context.Context, before string, n int) ([]*Batch, error) {
	return s.o.Store.Batches(ctx, before, n)
}

// mapping is what the columns of a file are taken for under a setup, and why it
// cannot be started like that.
func (s *Service) mapping(b *Batch, in exchange.Source, setup Setup) (*exchange.Mapping, []string) {
	var problems []string
	explicit := map[string]exchange.Field{}
	for name, field := range setup.Columns {
		f, err := exchange.ParseField(string(field), s.facts)
		if err != nil {
			problems = append(problems, fmt.Sprintf("the column %q: %s", name, err))
			continue
		}
		explicit[name] = f
	}
	m, errs := exchange.Recognise(in.Columns(), s.facts, explicit)
	for _, err := range errs {
		problems = append(problems, err.Error())
	}
	m.Constants = map[exchange.Field]string{}
	for field, value := range setup.Constants {
		if _, err := exchange.ParseField(string(field), s.facts); err != nil {
			problems = append(problems, err.Error())
		} else if value != "" {
			m.Constants[field] = value
		}
	}
	m.Serials, m.Commas = exchange.SerialsIn(in), exchange.CommasIn(in)
	if setup.DecimalComma {
		m.Commas = exchange.DecimalCommas
	}
	if setup.Dates != "" {
		var err error
		if m.Dates, err = exchange.ParseDateFormat(setup.Dates); err != nil {
			problems = append(problems, err.Error())
		}
	}
	for _, l := range m.Lacks() {
		problems = append(problems, fmt.Sprintf("no column holds %s: say what column does, or give it once for all rows (%s)", l.What, l.Fields[0]))
	}
	for _, f := range m.ConstantFaults(s.o.Engine) {
		problems = append(problems, "given for all rows: "+f.Error())
	}
	if d := setup.detail(); d != exchange.None && d != exchange.Brief && d != exchange.Complete {
		problems = append(problems, fmt.Sprintf("%q is no detail: none, summary or full", d))
	}
	if _, err := exchange.ParseFormat(string(setup.format())); err != nil {
		problems = append(problems, err.Error())
	}
	slices.Sort(problems)
	return m, problems
}

// Inspect tells what the columns of the file are taken for under the setup. The
// error is store.ErrNotFound, or that the file cannot be read; what is wrong with
// the setup is in the inspection.
func (s *Service) Inspect(ctx context.Context, id string, setup Setup) (*Inspection, error) {
	b, err := s.o.Store.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	in, err := s.open(b, setup)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	m, problems := s.mapping(b, in, setup)
	out := &Inspection{Columns: m.Columns, Samples: make([][]string, len(m.Columns)), Problems: problems}
	var row exchange.Row
	for range 100 {
		if in.Next(&row) != nil {
			break // what is wrong is said of its row when the file is answered
		}
		for i, c := range row.Cells {
			if c != "" && i < len(out.Samples) && len(out.Samples[i]) < 3 {
				out.Samples[i] = append(out.Samples[i], strings.Clone(c))
			}
		}
	}
	return out, nil
}

// Start keeps the setup and has the file answered. The error is
// store.ErrNotFound, ErrNotReady where the batch is under way or done, or
// [Problems].
func (s *Service) Start(ctx context.Context, id string, setup Setup) (*Batch, error) {
	seen, err := s.Inspect(ctx, id, setup)
	if err != nil {
		return nil, err
	}
	if len(seen.Problems) > 0 {
		return nil, Problems(seen.Problems)
	}
	b, err := s.o.Store.UpdateBatch(ctx, id, func(b *Batch) error {
		if b.State == Queued || b.State == Running || b.State == Done {
			return fmt.Errorf("%w: it is %s", ErrNotReady, b.State)
		}
		b.State, b.Setup, b.Fault, b.Runs, b.Rows, b.Read, b.Started, b.Ended = Queued, setup, "", 0, 0, 0, s.o.Now(), time.Time{}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, s.queue.Add(ctx, id)
}

// Cancel stops a batch that is under way. The error is store.ErrNotFound, or
// ErrNotReady where it is not.
func (s *Service) Cancel(ctx context.Context, id string) (*Batch, error) {
	b, err := s.o.Store.UpdateBatch(ctx, id, func(b *Batch) error {
		if b.State != Queued && b.State != Running {
			return fmt.Errorf("%w: it is %s", ErrNotReady, b.State)
		}
		b.State, b.Ended = Cancelled, s.o.Now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.stop(id)
	return b, nil
}

// stop ends the run of a batch in this process, and waits for its end.
func (s *Service) stop(id string) {
	s.mu.Lock()
	r := s.runs[id]
	s.mu.Unlock()
	if r != nil {
		r.cancel(errStopped)
		<-r.ended
	}
}

// Remove stops the batch where it runs, and removes the upload and the result;
// store.ErrNotFound.
func (s *Service) Remove(ctx context.Context, id string) error {
	if err := s.o.Store.DeleteBatch(ctx, id); err != nil {
		return err
	}
	s.stop(id)
	return os.RemoveAll(s.dir(id))
}

// Totals returns what the rows answered so far come to: of a batch that runs they
// may be some seconds old. store.ErrNotFound; ErrNotReady before the start.
func (s *Service) Totals(ctx context.Context, id string) (*exchange.Totals, error) {
	b, err := s.o.Store.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	t := exchange.NewTotals()
	switch text, err := s.o.Store.Totals(ctx, id); {
	case err == nil:
		if err := json.Unmarshal(text, t); err != nil {
			return nil, err
		}
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	case b.State == Uploaded:
		return nil, fmt.Errorf("%w: it is not started", ErrNotReady)
	}
	return t, nil
}

// mediaTypes of results.
var mediaTypes = map[exchange.Format]string{
	exchange.CSV: "text/csv; charset=utf-8", exchange.TSV: "text/tab-separated-values; charset=utf-8", exchange.NDJSON: "application/x-ndjson",
	exchange.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", exchange.Parquet: "application/vnd.apache.parquet",
}

// Open opens the result of a batch that is done; store.ErrNotFound, ErrNotReady.
func (s *Service) Open(ctx context.Context, id string) (*Result, error) {
	b, err := s.o.Store.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	if b.State != Done {
		return nil, fmt.Errorf("%w: it is %s, and there is a result once it is done", ErrNotReady, b.State)
	}
	f, err := os.Open(s.result(b))
	if err != nil {
		return nil, err
	}
	base, _, _ := strings.Cut(b.Name, ".")
	format := b.Setup.format()
	return &Result{Name: base + "-answers." + string(format), MediaType: mediaTypes[format], Changed: b.Ended, ReadSeekCloser: f}, nil
}
