package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/navicert/navicert/internal/exchange"
)

// bar is a progress bar on a terminal, and silent elsewhere. A total of -1 is not
// known yet; counted shows how much of it is done as a number. It draws itself only as it is moved on: a ticker of its own would
// race with that.
func (e *env) bar(total int64, what string, counted bool) *progressbar.ProgressBar {
	w := io.Discard
	if f, ok := e.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		w = e.err
	}
	options := []progressbar.Option{progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionSetPredictTime(true), progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(200 * time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionSetSpinnerChangeInterval(0)}
	if counted {
		options = append(options, progressbar.OptionShowCount())
	}
	return progressbar.NewOptions64(total, options...)
}

// progress is the bar of a file being read.
type progress struct {
	bar  *progressbar.ProgressBar
	in   exchange.Source
	rows int
}

func (e *env) progress(in exchange.Source) *progress {
	_, total := in.Progress()
	if total == 0 {
		total = -1
	}
	return &progress{bar: e.bar(total, "0 rows", false), in: in}
}

// step counts rows.
func (p *progress) step(rows int) {
	before := p.rows
	if p.rows += rows; p.rows>>10 == before>>10 {
		return
	}
	done, _ := p.in.Progress()
	what := rowCount(p.rows)
	if s := p.bar.State().SecondsSince; s > 0 {
		what += fmt.Sprintf(", %.0f a second", float64(p.rows)/s)
	}
	p.bar.Describe(what)
	_ = p.bar.Set64(done)
}

func (p *progress) end() { _ = p.bar.Finish() }
