package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// workMemory is the memory, in bytes, beyond which the rows of a file are worked on
// with more frequent collection. What a run keeps of the law is bounded and well below
// it; besides it keeps the numbers of the entries that are over, seven bytes each at
// most.
const workMemory = 480 << 20

// boundMemory lets a run keep to workMemory until it is over. GOMEMLIMIT says
// otherwise.
func boundMemory() (over func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(workMemory)
	return func() { debug.SetMemoryLimit(before) }
}

// interruptible is the context of work that an interrupt, or a request to end, ends
// in good order. A second one ends the program at once.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
