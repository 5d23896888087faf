package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"testing"
)

// A first answer from a cold command line: the whole process, from its start to
// the last line, packs compiled from text and all.
func BenchmarkColdStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "navicert")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for name, args := range map[string][]string{
		"furniture": {"determine", "../../examples/furniture.yaml"},
		"magnet":    {"determine", "../../examples/magnet.yaml"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command(binary, args...)
				cmd.Stdout = io.Discard
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
