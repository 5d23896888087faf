// Bench measures the program and draws what it is measured with.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 && args[0] == "sample" {
		return generate(args[1:])
	}
	return fmt.Errorf("usage: bench sample --lines N --out FILE")
}
