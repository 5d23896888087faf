package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/navicert/navicert/internal/store"
)

// replyTime is how long a reply is kept under its idempotency key.
const replyTime = 24 * time.Hour

// mostKey is how long an idempotency key may be.
const mostKey = 255

// once does what a request with an idempotency key asks for, or gives the reply
// of the time before. Without a key it is done.
func (s *Server) once(ctx context.Context, operation, key, request string, do func() (store.Reply, error)) (store.Reply, error) {
	switch {
	case key == "":
		return do()
	case len(key) > mostKey:
		return store.Reply{}, problemf(http.StatusUnprocessableEntity, "the Idempotency-Key has more than %d characters, which is the limit", mostKey)
	}
	if err := s.store.ForgetReplies(ctx, s.now().Add(-replyTime), false); err != nil {
		return store.Reply{}, err
	}
	held := store.Reply{Key: operation + " " + key, Request: request, Made: s.now()}
	kept, err := s.store.Reserve(ctx, held)
	switch {
	case errors.Is(err, store.ErrTaken) && kept.Request != request:
		return store.Reply{}, problemf(http.StatusUnprocessableEntity, "another request was sent with this Idempotency-Key within %s: take a new key for a new request", replyTime)
	case errors.Is(err, store.ErrTaken) && kept.Status == 0:
		p := problemf(http.StatusConflict, "the request with this Idempotency-Key is still worked on")
		p.retry = 1
		return store.Reply{}, p
	case errors.Is(err, store.ErrTaken):
		return kept, nil
	case err != nil:
		return store.Reply{}, err
	}
	// The reply is kept even where the client is gone.
	keep := context.WithoutCancel(ctx)
	done, err := do()
	if err != nil {
		return store.Reply{}, errors.Join(err, s.store.Release(keep, held.Key))
	}
	done.Key, done.Request, done.Made = held.Key, held.Request, held.Made
	return done, s.store.Complete(keep, done)
}

// digestOf is the SHA-256 of texts, each with its end.
func digestOf(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}
