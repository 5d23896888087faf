package server

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/server/web"
	"github.com/navicert/navicert/internal/store"
)

// pages gives the pages the batches that they ask for.
type pages struct{ *batch.Service }

// mostListed is how many batches a page lists.
const mostListed = 1000

func webError(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return web.ErrNoBatch
	case errors.Is(err, batch.ErrNotReady):
		return fmt.Errorf("%w: %w", web.ErrNotReady, err)
	}
	return err
}

func webBatch(b *batch.Batch, err error) (*web.Batch, error) {
	if err != nil {
		return nil, webError(err)
	}
	out := &web.Batch{ID: b.ID, Name: b.Name, Size: b.Size, State: web.BatchState(b.State), Fault: b.Fault, Setup: web.Setup(b.Setup), Rows: b.Rows,
		Read: b.Read, Total: b.Total, Created: b.Created, Started: b.Started, Ended: b.Ended}
	if b.State == batch.Cancelled {
		out.State = web.Stopped
	}
	return out, nil
}

// Create is of [web.Batches].
func (p pages) Create(ctx context.Context, name string, content io.Reader) (*web.Batch, error) {
	return webBatch(p.Service.Create(ctx, name, content))
}

// List is of [web.Batches].
func (p pages) List(ctx context.Context) ([]*web.Batch, error) {
	all, err := p.Service.List(ctx, "", mostListed)
	if err != nil {
		return nil, err
	}
	out := make([]*web.Batch, len(all))
	for i, b := range all {
		out[i], _ = webBatch(b, nil)
	}
	return out, nil
}

// Batch is of [web.Batches].
func (p pages) Batch(ctx context.Context, id string) (*web.Batch, error) {
	return webBatch(p.Service.Batch(ctx, id))
}

// Inspect is of [web.Batches].
func (p pages) Inspect(ctx context.Context, id string, setup web.Setup) (*web.Inspection, error) {
	seen, err := p.Service.Inspect(ctx, id, batch.Setup(setup))
	if err != nil {
		return nil, webError(err)
	}
	out := web.Inspection(*seen)
	return &out, nil
}

// Start is of [web.Batches].
func (p pages) Start(ctx context.Context, id string, setup web.Setup) error {
	_, err := p.Service.Start(ctx, id, batch.Setup(setup))
	return webError(err)
}

// Stop is of [web.Batches].
func (p pages) Stop(ctx context.Context, id string) error {
	_, err := p.Service.Cancel(ctx, id)
	return webError(err)
}

// Totals is of [web.Batches].
func (p pages) Totals(ctx context.Context, id string) (*exchange.Totals, error) {
	t, err := p.Service.Totals(ctx, id)
	return t, webError(err)
}

// Open is of [web.Batches].
func (p pages) Open(ctx context.Context, id string) (*web.Result, error) {
	r, err := p.Service.Open(ctx, id)
	if err != nil {
		return nil, webError(err)
	}
	out := web.Result(*r)
	return &out, nil
}

// Remove is of [web.Batches].
func (p pages) Remove(ctx context.Context, id string) error {
	return webError(p.Service.Remove(ctx, id))
}
