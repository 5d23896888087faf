// Package server answers over HTTP what the engine answers in Go: one JSON API
// with its OpenAPI document, the tools of the Model Context Protocol, and the
// pages.
//
// The invariants: an answer is the sealed document of the engine, byte for byte;
// every body, time and number of requests at once has a limit, and an error that
// rests on a limit names it; no answer rests on law that the engine does not
// hold. The package decides nothing about law and writes nothing but through its
// [Store].
package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/server/web"
	"github.com/navicert/navicert/internal/store"
)

// Options say what a server serves.
type Options struct {
	Engine *navicert.Engine
	// Packs is what the engine was opened from, for the worked cases of the pages;
	// nil: they show none.
	Packs   fs.FS
	Store   Store
	Batches *batch.Service
	Version string // of the program
	// Now tells the time: of days that a case leaves out, of requests, of what is
	// kept.
	Now    func() time.Time
	Logger *slog.Logger
	Limits Limits // the zero value: [DefaultLimits]
	// Desk is the licence desk; nil: there is none here.
	Desk *licence.Desk
	// Local says that the server is reached from its own machine alone. It then
	// answers to names of this machine alone, so that no page of another site can
	// reach it under a name that leads here.
	Local bool
	// Tracer is told of requests; nil for nobody.
	Tracer trace.TracerProvider
}

// Store keeps what is kept of requests: sealed answers that were asked to be
// kept, and replies to requests with an idempotency key. Errors of a name that is
// none are store.ErrNotFound.
type Store interface {
	KeepAnswers(ctx context.Context, answers ...store.Answer) error
	Answer(ctx context.Context, digest string) (store.Answer, error)
	// Reserve takes a key for a request that is now worked on. Where the key is
	// taken it returns what is kept under it, with store.ErrTaken.
	Reserve(ctx context.Context, r store.Reply) (store.Reply, error)
	// Complete keeps the reply to a request whose key was reserved; Release gives
	// the key back.
	Complete(ctx context.Context, r store.Reply) error
	Release(ctx context.Context, key string) error
	// ForgetReplies forgets what was made before a time, and all that is
	// unfinished where that is said.
	ForgetReplies(ctx context.Context, before time.Time, unfinished bool) error
	Ping(ctx context.Context) error
}

// Server serves one engine. It is safe for concurrent use.
type Server struct {
	engine   *navicert.Engine
	store    Store
	batches  *batch.Service
	version  string
	now      func() time.Time
	log      *slog.Logger
	limits   Limits
	local    bool
	desk     *licence.Desk
	work     *gate // determinations
	streams  *gate // streams and uploads
	metrics  *metrics
	tracer   trace.Tracer // nil: nobody is told
	spare    sync.Pool    // determinations with memory for the next request
	stopping atomic.Bool
	handler  http.Handler
}

// New makes a server.
func New(o Options) (*Server, error) {
	switch {
	case o.Engine == nil:
		return nil, errors.New("a server wants an engine")
	case o.Now == nil:
		return nil, errors.New("a server wants a clock")
	case o.Store == nil || o.Batches == nil:
		return nil, errors.New("a server wants a store and batches")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	s := &Server{engine: o.Engine, store: o.Store, batches: o.Batches, version: o.Version, now: o.Now, log: o.Logger, limits: o.Limits, local: o.Local, desk: o.Desk, metrics: newMetrics()}
	s.spare.New = func() any { return new(navicert.Determination) }
	if o.Tracer != nil {
		s.tracer = o.Tracer.Tracer("github.com/navicert/navicert/internal/server")
	}
	s.work = newGate("requests answered at once", o.Limits.Concurrent, o.Limits.Wait)
	s.streams = newGate("streams and uploads at once", o.Limits.Streams, o.Limits.Wait)
	// Words are put in order at the first search, which nobody is to wait for.
	catalogue.Goods(o.Engine, "goods", quantity.InstantMoment(quantity.Instant(o.Now().Unix())), "", 1)
	mux := http.NewServeMux()
	s.health(mux)
	s.api(mux)
	mux.Handle("/mcp", s.protocol())
	mux.Handle("/", web.New(web.Options{Engine: o.Engine, Packs: o.Packs, Batches: pages{s.batches}, Now: o.Now, Log: o.Logger, MaxUpload: o.Limits.UploadBytes, Desk: o.Desk}))
	s.handler = s.around(mux)
	return s, nil
}

// Handler returns the whole server as one handler.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on the listener until ctx ends, and then finishes what runs, for
// as long as [Limits] says.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: s.limits.HeaderTime,
		ReadTimeout:       s.limits.BodyTime,
		WriteTimeout:      s.limits.AnswerTime,
		IdleTimeout:       s.limits.IdleTime,
		MaxHeaderBytes:    s.limits.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	if err := s.store.ForgetReplies(ctx, s.now().Add(-replyTime), true); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	s.log.Info("stopping", "finishing", s.limits.StopTime.String())
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.limits.StopTime)
	defer cancel()
	if err := h.Shutdown(stop); err != nil {
		h.Close()
		return fmt.Errorf("requests still ran after %s and were cut off: %w", s.limits.StopTime, err)
	}
	return nil
}
