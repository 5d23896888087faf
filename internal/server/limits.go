package server

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"time"
)

// Limits are what a request may take. Each is named in the error that rests on
// it.
type Limits struct {
	HeaderBytes int           // of all headers of a request
	BodyBytes   int64         // of a body of JSON
	Cases       int           // in a list
	UploadBytes int64         // of a file of cases
	LineBytes   int           // of one line of a stream
	HeaderTime  time.Duration // to send the headers
	BodyTime    time.Duration // to send a body of JSON
	AnswerTime  time.Duration // from the headers to the end of the answer
	IdleTime    time.Duration // that a connection is kept without a request
	// StallTime is how long a stream, an upload or a download may stand still, and
	// StreamTime how long it may take in all.
	StallTime, StreamTime time.Duration
	StopTime              time.Duration // to finish what runs when the server stops
	Concurrent            int           // requests that determine at once
	Streams               int           // streams and uploads at once
	Wait                  time.Duration // for one of them to end
}

// DefaultLimits are those of navicert serve.
func DefaultLimits() Limits {
	return Limits{
		HeaderBytes: 64 << 10,
		BodyBytes:   8 << 20,
		Cases:       1000,
		UploadBytes: 256 << 20,
		LineBytes:   1 << 20,
		HeaderTime:  5 * time.Second,
		BodyTime:    15 * time.Second,
		AnswerTime:  60 * time.Second,
		IdleTime:    2 * time.Minute,
		StallTime:   15 * time.Second,
		StreamTime:  30 * time.Minute,
		StopTime:    30 * time.Second,
		Concurrent:  4 * runtime.GOMAXPROCS(0),
		Streams:     16,
		Wait:        2 * time.Second,
	}
}

// gate lets so many through at once, and the others wait for a while.
type gate struct {
	what  string
	slots chan struct{}
	wait  time.Duration
}

func newGate(what string, n int, wait time.Duration) *gate {
	return &gate{what: what, slots: make(chan struct{}, n), wait: wait}
}

// enter waits for a place; leave gives it back. The error is a [Problem].
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, g.wait)
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		p := problemf(http.StatusServiceUnavailable, "busy: %d %s is the limit, and none ended within %s", cap(g.slots), g.what, g.wait)
		p.retry = 1
		return p
	}
}

func (g *gate) leave() { <-g.slots }

// bytesText is a number of bytes as people say it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
