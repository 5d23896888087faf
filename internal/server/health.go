package server

import (
	"fmt"
	"net/http"

	"github.com/navicert/navicert/internal/licence"
)

// health adds what those ask who look after the server: whether it lives,
// whether requests may be sent to it, and what it did.
func (s *Server) health(mux *http.ServeMux) {
	say := func(w http.ResponseWriter, status int, text string) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		fmt.Fprintln(w, text)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		err := s.store.Ping(r.Context())
		if err == nil && s.desk != nil {
			err = s.desk.View(r.Context(), func(d licence.Reader) error {
				_, err := d.Head(r.Context())
				return err
			})
		}
		switch {
		case s.stopping.Load():
			say(w, http.StatusServiceUnavailable, "stopping")
		case err != nil:
			s.log.Error("the store does not answer", "error", err)
			say(w, http.StatusServiceUnavailable, "the store does not answer")
		default:
			say(w, http.StatusOK, "ready")
		}
	})
	mux.Handle("GET /metrics", s.metrics.handler())
}
