package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// patient reads and writes a long request: as long as it moves on, within the
// time that one may take in all. Deadlines are of the machine's own clock, as
// connections keep it, whatever day the server is told.
type patient struct {
	s     *Server
	w     http.ResponseWriter
	body  io.Reader
	rc    *http.ResponseController
	end   time.Time
	bytes int64 // that the body may have
}

// patiently gives a request the time of a stream.
func (s *Server) patiently(c *call, most int64) *patient {
	p := &patient{s: s, w: c.w, rc: http.NewResponseController(c.w), end: time.Now().Add(s.limits.StreamTime), bytes: most}
	p.body = c.r.Body
	if most > 0 {
		p.body = http.MaxBytesReader(c.w, c.r.Body, most)
	}
	p.deadlines()
	return p
}

func (p *patient) deadlines() {
	at := time.Now().Add(p.s.limits.StallTime)
	if at.After(p.end) {
		at = p.end
	}
	// Writers of tests have no deadlines; those of connections do.
	_ = p.rc.SetReadDeadline(at)
	_ = p.rc.SetWriteDeadline(at.Add(p.s.limits.StallTime)) // later: what ended the reading is to be said
}

// Read reads the body.
func (p *patient) Read(b []byte) (int, error) {
	p.deadlines()
	return p.body.Read(b)
}

// Write writes the answer.
func (p *patient) Write(b []byte) (int, error) {
	p.deadlines()
	return p.w.Write(b)
}

// problem says why the body could not be read to its end; nil where the fault is
// another.
func (p *patient) problem(err error) *Problem {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problemf(http.StatusRequestEntityTooLarge, "the body is larger than the limit of %s", bytesText(p.bytes))
	case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(p.end):
		return problemf(http.StatusRequestTimeout, "nothing came for %s, which is the limit", p.s.limits.StallTime)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "it was not done within the limit of %s", p.s.limits.StreamTime)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return problemf(http.StatusBadRequest, "the body ended before its time")
	}
	return nil
}
