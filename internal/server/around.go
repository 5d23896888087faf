package server

import (
	"cmp"
	"compress/gzip"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/navicert/navicert/internal/server/web"
)

// around lays over all handlers what holds for every request: an id, headers
// that browsers heed, refusal of writes from other sites, a log, and an answer
// where a handler panics.
func (s *Server) around(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problemf(http.StatusForbidden, "a browser sent this from a page of another site, and such requests may not write").write(w)
	}))
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.EnableZstd(true), gzhttp.CompressionLevel(gzip.BestSpeed))
	if err != nil {
		panic(err) // the options are ours
	}
	plain := cross.Handler(next)
	packed := compress(plain)
	next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What packs waits for enough to pack, and a stream must not wait; parts of a
		// file are of the file as it is.
		if strings.HasPrefix(r.Header.Get("Content-Type"), mediaNDJSON) || strings.HasSuffix(r.URL.Path, "/result") {
			plain.ServeHTTP(w, r)
			return
		}
		packed.ServeHTTP(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.now()
		id := requestID(r)
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("Content-Security-Policy", web.Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		rec := &recorder{ResponseWriter: w}
		ctx, span := s.span(r)
		r = r.WithContext(ctx)
		s.metrics.running.Inc()
		defer func() {
			s.metrics.running.Dec()
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				s.log.Error("panic", "request", id, "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				if rec.status == 0 {
					problemf(http.StatusInternalServerError, "an error of the program; the operator finds it in the log by the request %s", id).write(rec)
				}
			}
			took := s.now().Sub(began)
			s.logRequest(r, rec, id, took)
			s.metrics.request(r.Pattern, rec.code(), took)
			if span != nil {
				span.SetName(cmp.Or(r.Pattern, r.Method))
				_, route, _ := strings.Cut(r.Pattern, " ")
				span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", rec.code()), attribute.String("navicert.request", id))
				if rec.code() >= http.StatusInternalServerError {
					span.SetStatus(codes.Error, "")
				}
				span.End()
			}
		}()
		if s.local && !ownName(r.Host) {
			problemf(http.StatusMisdirectedRequest, "this server is for its own machine alone, and %q is no name of it (use localhost)", r.Host).write(rec)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// ownName reports whether a host, with a port or without, is this machine as it
// calls itself.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// logRequest writes one line a request. Queries, headers and bodies are left
// out: they may hold what is nobody's business.
func (s *Server) logRequest(r *http.Request, rec *recorder, id string, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case rec.status >= 500:
		level = slog.LevelError
	case quiet(r.URL.Path):
		level = slog.LevelDebug
	}
	s.log.LogAttrs(r.Context(), level, "request",
		slog.String("request", id), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", rec.code()),
		slog.Int64("bytes", rec.bytes), slog.Duration("took", took))
}

// quiet are the paths that machines ask for all the time.
func quiet(path string) bool { return path == "/healthz" || path == "/readyz" || path == "/metrics" }

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// span begins the trace of a request, as part of that of the client where it has
// one; nil where nobody is told of traces.
func (s *Server) span(r *http.Request) (context.Context, trace.Span) {
	if s.tracer == nil {
		return r.Context(), nil
	}
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	return s.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.request.method", r.Method), attribute.String("url.path", r.URL.Path)))
}

// requestID is the id that the client or a proxy gave, if it is harmless to log,
// or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 64 {
		return rand.Text()
	}
	for _, c := range []byte(id) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return rand.Text()
		}
	}
	return id
}
