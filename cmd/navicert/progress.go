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
// known yet. It draws itself only as it is moved on: a ticker of its own would
// race with that.
func (e *env) bar(total int64, what string) *progressbar.ProgressBar {
	w := io.Discard
	if f, ok := e.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		w = e.err
	}
	return progressbar.NewOptions64(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionSetSpinnerChangeInterval(0))
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
	return &progress{bar: e.bar(total, ""), in: in}
}

// step counts a row.
func (p *progress) step() {
	if p.rows++; p.rows%1024 != 0 {
		return
	}
	done, _ := p.in.Progress()
	p.bar.Describe(fmt.Sprintf("%d rows", p.rows))
	_ = p.bar.Set64(done)
}

func (p *progress) end() { _ = p.bar.Finish() }
