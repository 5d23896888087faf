// Command navicert answers what it takes to move goods across a border on a
// given day: may they move, what does it cost, why, what is missing, what comes
// next. See docs/commands.md.
package main

import "os"

func main() {
	collect(usually)
	os.Exit(run(os.Args[1:], systemEnv()))
}
