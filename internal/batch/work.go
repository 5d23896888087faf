package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/store"
)

// Work answers a batch from its first row to its last: what a queue does for
// each id that was added to it. An error means that it may be tried again; last
// says that it will not.
func (s *Service) Work(ctx context.Context, id string, last bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{cancel: cancel, ended: make(chan struct{})}
	s.mu.Lock()
	if s.runs[id] != nil {
		s.mu.Unlock()
		return nil // another job of the same batch works on it
	}
	s.runs[id] = r
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.runs, id)
		s.mu.Unlock()
		close(r.ended)
	}()

	b, err := s.take(ctx, id)
	if err != nil || b == nil {
		return err
	}
	totals, err := s.answer(ctx, b)
	// What is said of it is said even where the server stops.
	keep := context.WithoutCancel(ctx)
	switch {
	case errors.Is(context.Cause(ctx), errStopped):
		return nil // who stopped it has said so
	case ctx.Err() != nil: // the server stops
		_, err := s.o.Store.UpdateBatch(keep, id, func(b *Batch) error {
			if b.State == Running {
				b.State, b.Runs = Queued, b.Runs-1
			}
			return nil
		})
		return errors.Join(context.Cause(ctx), err)
	}
	var of *fileError
	var short *brokenOffError
	if err != nil && !errors.As(err, &of) && !errors.As(err, &short) && !last {
		return err // of the disk or the store: it may be better later
	}
	if err == nil || short != nil {
		if err := s.report(keep, id, totals); err != nil {
			return err
		}
	}
	_, failed := s.o.Store.UpdateBatch(keep, id, func(b *Batch) error {
		if b.State != Running {
			return nil
		}
		b.State, b.Ended, b.Rows, b.Read = Done, s.o.Now(), totals.Rows, b.Total
		if err != nil {
			b.Fault = err.Error()
			if short == nil {
				b.State = Failed
			}
		}
		return nil
	})
	if errors.Is(failed, store.ErrNotFound) {
		return nil // it was removed meanwhile
	}
	return failed
}

// take marks a batch as running; nil where nothing is left to do.
func (s *Service) take(ctx context.Context, id string) (*Batch, error) {
	work := false
	b, err := s.o.Store.UpdateBatch(ctx, id, func(b *Batch) error {
		if b.State != Queued && b.State != Running {
			return nil
		}
		b.Runs++
		if b.Runs > mostRuns {
			b.State, b.Ended = Failed, s.o.Now()
			b.Fault = fmt.Sprintf("the server ended %d times while it answered this file, and does not try again by itself", mostRuns)
			return nil
		}
		work = true
		b.State, b.Rows, b.Read, b.Total, b.Schedule = Running, 0, 0, 0, s.o.Engine.Digest()
		return nil
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !work {
		return nil, nil
	}
	return b, err
}

// fileError is a fault of the file itself: trying again does not help.
type fileError struct{ error }

// brokenOffError is a fault of the file at some place of it. The rows before are
// answered.
type brokenOffError struct {
	error
	rows int
}

// Error says where, and what there is.
func (e *brokenOffError) Error() string {
	return fmt.Sprintf("%s; the rows before it are answered, %d of them", e.error, e.rows)
}

// answer writes the result of a batch.
func (s *Service) answer(ctx context.Context, b *Batch) (*exchange.Totals, error) {
	totals := exchange.NewTotals()
	left, err := filepath.Glob(filepath.Join(s.dir(b.ID), ".*.partial"))
	if err != nil {
		return totals, err
	}
	for _, name := range left { // of a run that was cut off
		os.Remove(name)
	}
	in, err := s.open(b, b.Setup)
	if err != nil {
		return totals, &fileError{err}
	}
	defer in.Close()
	m, problems := s.mapping(b, in, b.Setup)
	if len(problems) > 0 {
		return totals, &fileError{Problems(problems)}
	}
	columns := exchange.OutColumns(b.Setup.detail())
	var out *exchange.Output
	var failed error                       // of the result, not of the file
	day := b.Started.Format(time.DateOnly) // of the start: a run that begins again asks the same
	pass := func(in exchange.Source, scattered *exchange.Scattered) error {
		if out != nil {
			out.Abort()
		}
		*totals = *exchange.NewTotals()
		totals.Words = s.words
		if out, failed = exchange.Create(ctx, s.result(b), nil, b.Setup.format(), in.Columns(), columns); failed != nil {
			return failed
		}
		out.Workers(s.o.Workers)
		progress := &progress{s: s, ctx: ctx, b: b, in: in, totals: totals}
		return exchange.Run(ctx, s.o.Engine, in, m, out, columns, totals, exchange.RunOptions{
			Detail: b.Setup.detail(), Workers: s.o.Workers, Scattered: scattered,
			Default: func(c *navicert.Case) {
				if c.Known == "" {
					c.Known = day
				}
			},
			Each: progress.each,
		})
	}
	var broke error // of the file, before its end
	limited := func(in exchange.Source) exchange.Source {
		return &bounded{Source: in, left: s.o.MaxRows, most: s.o.MaxRows, broke: &broke}
	}
	open := func() (exchange.Source, error) {
		in, err := s.open(b, b.Setup)
		if err != nil {
			return nil, err
		}
		return limited(in), nil
	}
	err = exchange.Together(ctx, limited(in), open, m, func(*exchange.ScatteredError) {}, pass)
	switch {
	case failed != nil:
		return totals, failed
	case err != nil && broke != nil && errors.Is(err, broke) && totals.Rows > 0:
		if err := out.Close(totals); err != nil {
			return totals, err
		}
		return totals, &brokenOffError{err, totals.Rows}
	case err != nil:
		if out != nil {
			out.Abort()
		}
		return totals, &fileError{err}
	}
	return totals, out.Close(totals)
}

// bounded is a table with a limit of rows.
type bounded struct {
	exchange.Source
	left, most int
	broke      *error // what ended it before its time
}

// Next reads the next row.
func (b *bounded) Next(row *exchange.Row) error {
	err := b.Source.Next(row)
	if err != nil {
		if !errors.Is(err, io.EOF) {
			*b.broke = err
		}
		return err
	}
	if b.left--; b.left < 0 {
		return fmt.Errorf("the file has more rows than the limit of %d (divide it)", b.most)
	}
	return nil
}

// progress says how far a batch has come, every second or so.
type progress struct {
	s      *Service
	ctx    context.Context
	b      *Batch
	in     exchange.Source
	totals *exchange.Totals
	next   time.Time
}

func (p *progress) each(int) {
	now := p.s.o.Now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(time.Second)
	read, total := p.in.Progress()
	_, err := p.s.o.Store.UpdateBatch(p.ctx, p.b.ID, func(b *Batch) error {
		b.Rows, b.Read, b.Total = p.totals.Rows, read, total
		return nil
	})
	if err == nil {
		err = p.s.report(p.ctx, p.b.ID, p.totals)
	}
	if err != nil && p.ctx.Err() == nil {
		p.s.o.Log.Warn("progress not kept", "batch", p.b.ID, "error", err)
	}
}

// report keeps what the rows come to.
func (s *Service) report(ctx context.Context, id string, t *exchange.Totals) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return s.o.Store.SetTotals(ctx, id, text)
}
