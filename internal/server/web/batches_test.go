package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
)

// folder keeps batches in a folder of the test and answers them in goroutines: a
// [Batches] without a store.
type folder struct {
	dir  string
	e    *navicert.Engine
	hold chan struct{} // not nil: a run waits for it before its last row

	mu      sync.Mutex
	batches []*Batch
	totals  map[string]*exchange.Totals
	running sync.WaitGroup
}

func newFolder(t *testing.T) *folder {
	f := &folder{dir: t.TempDir(), e: engine(), totals: map[string]*exchange.Totals{}}
	t.Cleanup(f.running.Wait)
	return f
}

func (f *folder) upload(b *Batch) string { return filepath.Join(f.dir, b.ID+"-"+b.Name) }
func (f *folder) result(b *Batch) string { return filepath.Join(f.dir, b.ID+".answers.csv") }

func (f *folder) Create(_ context.Context, name string, content io.Reader) (*Batch, error) {
	if _, err := exchange.FormatOf(name); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &Batch{ID: "b" + strconv.Itoa(len(f.batches)+1), Name: name, State: Uploaded, Created: noon()}
	out, err := os.Create(f.upload(b))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	if b.Size, err = io.Copy(out, content); err != nil {
		return nil, err
	}
	f.batches = append(f.batches, b)
	return b, nil
}

func (f *folder) List(context.Context) ([]*Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*Batch
	for _, b := range slices.Backward(f.batches) {
		c := *b
		out = append(out, &c)
	}
	return out, nil
}

func (f *folder) find(id string) (*Batch, error) {
	if i := slices.IndexFunc(f.batches, func(b *Batch) bool { return b.ID == id }); i >= 0 {
		return f.batches[i], nil
	}
	return nil, ErrNoBatch
}

func (f *folder) Batch(_ context.Context, id string) (*Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.find(id)
	if err != nil {
		return nil, err
	}
	c := *b
	return &c, nil
}

// open opens the upload and its mapping under the setup.
func (f *folder) open(b *Batch, setup Setup) (exchange.Source, *exchange.Mapping, []string, error) {
	in, err := exchange.Open(f.upload(b), nil, exchange.OpenOptions{Sheet: setup.Sheet})
	if err != nil {
		return nil, nil, nil, err
	}
	var facts, problems []string
	for _, x := range f.e.Facts() {
		facts = append(facts, x.Name)
	}
	m, errs := exchange.Recognise(in.Columns(), facts, setup.Columns)
	for _, err := range errs {
		problems = append(problems, err.Error())
	}
	m.Constants = setup.Constants
	for field := range setup.Constants {
		if _, err := exchange.ParseField(string(field), facts); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if setup.Dates != "" {
		if m.Dates, err = exchange.ParseDateFormat(setup.Dates); err != nil {
			problems = append(problems, err.Error())
		}
	}
	_, said := setup.Constants[exchange.To]
	if !said && !slices.ContainsFunc(m.Columns, func(c exchange.Column) bool { return c.Field == exchange.To }) {
		problems = append(problems, "no column holds the country that they enter")
	}
	return in, m, problems, nil
}

func (f *folder) Inspect(ctx context.Context, id string, setup Setup) (*Inspection, error) {
	b, err := f.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	in, m, problems, err := f.open(b, setup)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out := &Inspection{Columns: m.Columns, Samples: make([][]string, len(m.Columns)), Problems: problems}
	var row exchange.Row
	for range 3 {
		if in.Next(&row) != nil {
			break
		}
		for i, c := range row.Cells {
			if c != "" {
				out.Samples[i] = append(out.Samples[i], c)
			}
		}
	}
	return out, nil
}

func (f *folder) Start(ctx context.Context, id string, setup Setup) error {
	seen, err := f.Inspect(ctx, id, setup)
	if err != nil {
		return err
	}
	if len(seen.Problems) > 0 {
		return errors.New(seen.Problems[0])
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, _ := f.find(id)
	if b.State == Running || b.State == Done {
		return ErrNotReady
	}
	b.State, b.Setup, b.Started = Running, setup, noon()
	f.running.Go(func() { f.run(b, setup) })
	return nil
}

func (f *folder) Stop(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := f.find(id)
	switch {
	case err != nil:
		return err
	case b.State != Running:
		return ErrNotReady
	}
	b.State, b.Ended = Stopped, noon()
	return nil
}

func (f *folder) run(b *Batch, setup Setup) {
	end := func(state BatchState, fault string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if b.State == Running { // not stopped
			b.State, b.Fault, b.Ended = state, fault, noon()
		}
	}
	in, m, _, err := f.open(b, setup)
	if err != nil {
		end(Failed, err.Error())
		return
	}
	defer in.Close()
	if f.hold != nil {
		f.mu.Lock()
		b.Read, b.Total = 1, 3
		f.mu.Unlock()
		<-f.hold
	}
	columns := exchange.OutColumns(exchange.Brief)
	out, err := exchange.Create(context.Background(), f.result(b), nil, exchange.CSV, in.Columns(), columns)
	if err != nil {
		end(Failed, err.Error())
		return
	}
	totals := exchange.NewTotals()
	err = exchange.Run(context.Background(), f.e, in, m, out, columns, totals, exchange.RunOptions{Detail: exchange.Brief,
		Default: func(c *navicert.Case) {
			if c.Known == "" {
				c.Known = noon().Format(time.DateOnly)
			}
		}})
	if closed := out.Close(totals); err == nil {
		err = closed
	}
	f.mu.Lock()
	f.totals[b.ID], b.Rows = totals, totals.Rows
	f.mu.Unlock()
	if err != nil {
		end(Failed, err.Error())
		return
	}
	end(Done, "")
}

func (f *folder) Totals(_ context.Context, id string) (*exchange.Totals, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.find(id); err != nil {
		return nil, err
	}
	if f.totals[id] == nil {
		return nil, ErrNotReady
	}
	return f.totals[id], nil
}

func (f *folder) Open(ctx context.Context, id string) (*Result, error) {
	b, err := f.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	if b.State != Done {
		return nil, ErrNotReady
	}
	file, err := os.Open(f.result(b))
	if err != nil {
		return nil, err
	}
	return &Result{Name: "answers.csv", MediaType: mime.TypeByExtension(".csv"), Changed: b.Ended, ReadSeekCloser: file}, nil
}

func (f *folder) Remove(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.find(id); err != nil {
		return err
	}
	f.batches = slices.DeleteFunc(f.batches, func(b *Batch) bool { return b.ID == id })
	return nil
}
