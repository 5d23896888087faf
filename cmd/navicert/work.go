package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/navicert/navicert/internal/exchange"
)

// The memory, in bytes, beyond which the rows of a file are worked on with more frequent
// collection, where one side of the border is asked about and where both are, of which
// more is remembered; and how much more where whole determinations are written, since what
// claims and later dates come to is remembered too. What a run keeps of the law is bounded
// and well below it; besides it keeps the numbers of the entries that are over, seven bytes
// each at most.
const (
	oneSideMemory   = 320 << 20
	bothSidesMemory = 640 << 20
	documentsMemory = 130 << 20
)

// How much more memory, in percent, is used than what is held, before it is collected:
// while the packs are opened, of which little is thrown away; and otherwise.
const (
	seldom  = 800
	usually = 200
)

// collect has memory collected so often until what it returns is called. GOGC says
// otherwise.
func collect(percent int) (over func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

// boundMemory lets a run over the rows of a file keep to such memory until it is over.
// GOMEMLIMIT says otherwise.
func boundMemory(m *exchange.Mapping, d exchange.Detail) (over func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	limit := int64(bothSidesMemory)
	if m.Constants[exchange.Only] != "" {
		limit = oneSideMemory
	}
	if d == exchange.Complete {
		limit += documentsMemory
	}
	before := debug.SetMemoryLimit(limit)
	return func() { debug.SetMemoryLimit(before) }
}

// interruptible is the context of work that an interrupt, a request to end, or the end of its terminal ends
// in good order. A second one ends the program at once.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(parent, signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
