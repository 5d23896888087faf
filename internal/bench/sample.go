package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/sample"
)

// The window of the days of entry, all within the law that the packs hold.
var (
	since = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
	until = time.Date(2026, time.August, 1, 0, 0, 0, 0, time.UTC)
)

// generate is `bench sample`: a file of entry lines.
func generate(args []string) error {
	f := flag.NewFlagSet("sample", flag.ContinueOnError)
	lines := f.Int("lines", 1_000_000, "how many lines")
	seed := f.Uint64("seed", 1, "the same seed gives the same lines")
	out := f.String("out", "", "`file` to write; the end of its name tells the format")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *out == "" || *lines < 1 {
		return fmt.Errorf("sample wants --out FILE and at least one line")
	}
	e, err := navicert.OpenEmbedded()
	if err != nil {
		return err
	}
	return writeSample(e, *out, draw{lines: *lines, seed: *seed})
}

// draw is what lines are drawn: all goods, origins and days of the window where
// nothing narrows them.
type draw struct {
	lines   int
	seed    uint64
	days    int // from the beginning of the window; 0: all
	origins int // the first that are met; 0: all
}

// writeSample writes a file of lines that the schedule of the United States has
// through the whole window.
func writeSample(e *navicert.Engine, name string, d draw) error {
	end := until
	if d.days > 0 {
		end = since.AddDate(0, 0, d.days)
	}
	g, err := sample.New(sample.Options{Seed: d.seed, Since: since, Until: end, Goods: counted(e)})
	if err != nil {
		return err
	}
	w, err := exchange.Create(context.Background(), name, os.Stdout, "", sample.Columns, nil)
	if err != nil {
		return err
	}
	var l sample.Line
	var cells []string
	origins := map[string]bool{}
	for range d.lines {
		for g.Next(&l); d.origins > 0 && !origins[l.Origin]; g.Next(&l) {
			if len(origins) < d.origins {
				origins[l.Origin] = true
				break
			}
		}
		cells = l.Cells(cells[:0])
		if err := w.Write(cells); err != nil {
			w.Abort()
			return err
		}
	}
	return w.Close(exchange.NewTotals())
}

// counted tells which codes are lines on the first day of the window and on the
// last, and their first unit that is no weight.
func counted(e *navicert.Engine) func(code string) (string, bool) {
	us, _ := e.Schedule().Pack("US")
	return func(code string) (string, bool) {
		c, err := nomenclature.ParseCode(code)
		if err != nil {
			return "", false
		}
		first, ok := us.Table.Find(c, quantity.NewDate(since.Date()).Start(us.Zone))
		last, still := us.Table.Find(c, quantity.NewDate(until.Date()).Start(us.Zone))
		if !ok || !still || first.Period.IsEmpty() {
			return "", false
		}
		for _, text := range last.Units {
			u, err := quantity.ParseUnit(text)
			if err != nil {
				continue
			}
			if _, weight := (quantity.Quantity{Amount: quantity.NewDecimal(1, 0), Unit: u}).In(quantity.Kilogram); !weight {
				return string(u), true
			}
		}
		return "", true
	}
}
