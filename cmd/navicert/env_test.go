package main

import (
	"bytes"
	"strings"
	"testing"
)

// endless is a reader that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestReadEnds holds that what is read has a limit, whatever is given.
func TestReadEnds(t *testing.T) {
	var out, errs bytes.Buffer
	for _, args := range [][]string{{"determine", "-"}, {"verify", "-"}} {
		if code := run(args, testEnv("", endless{}, &out, &errs)); code != exitInput {
			t.Errorf("%s: exit code %d", args[0], code)
		}
	}
	if want := "standard input is larger than 64 MiB"; strings.Count(errs.String(), want) != 2 {
		t.Errorf("%q does not say twice %q", errs.String(), want)
	}
}
