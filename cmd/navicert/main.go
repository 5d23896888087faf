// Command navicert answers what it takes to move goods across a border on a
// given day: may they move, what does it cost, why, what is missing, what comes
// next. See docs/commands.md.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	// A command reads the packs and ends: collecting less often than usual takes a
	// third off the time of a first answer, for a tenth more memory.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	os.Exit(run(os.Args[1:], systemEnv()))
}
