package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/store/sqlite"
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

// The triage of 30,000 applications: each filed, determined, linked with those that
// are alike, accepted and kept, and some worked on to the end.
func BenchmarkDeskTriage(b *testing.B) {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		b.Fatal(err)
	}
	authorities, err := licence.Authorities()
	if err != nil {
		b.Fatal(err)
	}
	const applications = 30_000
	for b.Loop() {
		s, err := sqlite.OpenDesk(b.Context(), filepath.Join(b.TempDir(), "desk.db"))
		if err != nil {
			b.Fatal(err)
		}
		d := licence.NewDesk(s, licence.NewEngine(eng.Schedule()), authorities, nil)
		if _, err := (licence.Backlog{Seed: 1, Applications: applications}).Fill(b.Context(), d); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*applications/b.Elapsed().Seconds(), "applications/s")
}
