package main

import (
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/store/postgres"
	"github.com/navicert/navicert/internal/store/sqlite"
	"github.com/navicert/navicert/internal/store/storetest"
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

// A backlog of 30,000 applications on either engine. Its triage: each filed,
// determined, linked with those that are alike, accepted and kept, and some worked on
// to the end. And what takes in all of them: statistics, forecasts, a change of law.
func BenchmarkDeskBacklog(b *testing.B) {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		b.Fatal(err)
	}
	authorities, err := licence.Authorities()
	if err != nil {
		b.Fatal(err)
	}
	law := licence.NewEngine(eng.Schedule())
	for _, engine := range []struct {
		name string
		open func(*testing.B) (storetest.Closer, error)
	}{
		{"sqlite", func(b *testing.B) (storetest.Closer, error) {
			return sqlite.OpenDesk(context.Background(), filepath.Join(b.TempDir(), "desk.db"))
		}},
		{"postgres", func(b *testing.B) (storetest.Closer, error) {
			return postgres.OpenDesk(context.Background(), storetest.Database(b))
		}},
	} {
		b.Run(engine.name, func(b *testing.B) {
			const applications = 30_000
			var desk *licence.Desk
			fill := func() {
				s, err := engine.open(b)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { s.Close() })
				desk = licence.NewDesk(s, law, authorities, nil)
				if _, err := (licence.Backlog{Seed: 1, Applications: applications}).Fill(b.Context(), desk); err != nil {
					b.Fatal(err)
				}
			}
			b.Run("triage", func(b *testing.B) {
				for b.Loop() {
					fill()
				}
				b.ReportMetric(float64(b.N)*applications/b.Elapsed().Seconds(), "applications/s")
			})
			for _, report := range deskReports(desk, authorities[0]) {
				b.Run(report.name, func(b *testing.B) {
					for b.Loop() {
						if err := report.read(b.Context()); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// deskReport is what a page of a desk reads that takes in all of it.
type deskReport struct {
	name string
	read func(context.Context) error
}

func deskReports(desk *licence.Desk, authority *licence.Authority) []deskReport {
	since, until := quantity.NewDate(2025, 5, 1), quantity.NewDate(2025, 6, 30)
	at := until.Start(authority.Zone()) + 12*3600
	view := func(read func(context.Context, licence.Reader) error) func(context.Context) error {
		return func(ctx context.Context) error {
			return desk.View(ctx, func(r licence.Reader) error { return read(ctx, r) })
		}
	}
	return []deskReport{
		{"statistics", view(func(ctx context.Context, r licence.Reader) error {
			_, err := licence.ReadStatistics(ctx, r, authority, since, until)
			return err
		})},
		{"forecast", view(func(ctx context.Context, r licence.Reader) error {
			_, err := licence.ReadForecast(ctx, r, authority, at, licence.Plan{Officers: 30, Runs: 100}, nil)
			return err
		})},
		{"forecast of what if", view(func(ctx context.Context, r licence.Reader) error {
			_, err := licence.ReadForecast(ctx, r, authority, at, licence.Plan{Officers: 40, Runs: 100, Waive: map[string]string{"cn.expedited": "samarium"}}, nil)
			return err
		})},
		{"change of law", func(ctx context.Context) error {
			_, err := desk.ReviewLaw(ctx, licence.By{Actor: "officer", Role: licence.Officer, At: at}, authority, since, false)
			return err
		}},
		{"export", view(func(ctx context.Context, r licence.Reader) error {
			_, err := licence.Export(ctx, r, io.Discard, nil)
			return err
		})},
	}
}
