package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/rulepack"
)

// The exit codes.
const (
	exitAnswered = 0
	exitInput    = 1 // a fault in what was given: a case, a file, a pack
	exitUsage    = 2 // a fault in how the command was typed
	exitOpen     = 3 // --strict: answered, but refer or with open questions
)

// usageError is a fault in how the command was typed.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// openError ends a strict command whose answer is not final.
type openError struct{ message string }

func (e *openError) Error() string { return e.message }

func exitCode(err error) int {
	var usage *usageError
	var open *openError
	switch {
	case err == nil:
		return exitAnswered
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &open):
		return exitOpen
	}
	return exitInput
}

// report writes every fault of an error, each with the command's name before it
// and its hint below.
func report(w io.Writer, err error) {
	for _, f := range faults(err) {
		lines := strings.Split(strings.TrimRight(f, "\n"), "\n")
		fmt.Fprintf(w, "navicert: %s\n", lines[0])
		for _, l := range lines[1:] {
			fmt.Fprintf(w, "    %s\n", strings.TrimLeft(l, " "))
		}
	}
}

// faults takes an error apart into its faults.
func faults(err error) []string {
	var asked determination.Problems
	if errors.As(err, &asked) {
		out := make([]string, len(asked))
		for i, p := range asked {
			out[i] = p.Error()
		}
		return out
	}
	var law rulepack.Problems
	if errors.As(err, &law) {
		out := make([]string, len(law))
		for i, p := range law {
			out[i] = p.Error()
		}
		return out
	}
	var refused *licence.Refusal
	if errors.As(err, &refused) && refused.Way != (licence.Way{}) {
		with := *refused
		with.Remedy += ": " + deskWay(refused.Way)
		return []string{strings.Replace(err.Error(), refused.Error(), with.Error(), 1)}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, faults(e)...)
		}
		return out
	}
	return []string{err.Error()}
}

// deskWay is the command for a place of the desk.
func deskWay(w licence.Way) string {
	command := map[licence.Place]string{licence.ToFile: "show", licence.ToFiles: "queue"}[w.To]
	if command == "" {
		command = string(w.To) // the others are called alike
	}
	return strings.TrimSpace("navicert desk " + command + " " + w.ID)
}
