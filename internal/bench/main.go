// Bench measures the program and draws what it is measured with.
//
//	bench sample --lines N --out FILE     a file of entry lines
//	bench run [--lines N] [--out FILE]    one table of what the program costs
//	bench http [--rate N] [--seconds N]    a server under load, with a histogram of its latency
//	bench pages [--times N] [--rows N]    each page of a server, and when long results begin
package main

import (
	"errors"
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
	if len(args) > 0 {
		switch args[0] {
		case "sample":
			return generate(args[1:])
		case "http":
			return loadHTTP(args[1:])
		case "pages":
			return measurePages(args[1:])
		case "run":
			return measure(args[1:])
		}
	}
	return errors.New("usage: bench sample --lines N --out FILE, bench run [--lines N] [--out FILE], bench http [--rate N] [--seconds N], or bench pages [--times N] [--rows N]")
}
