package web

import (
	"math"
	"strconv"

	"github.com/navicert/navicert/internal/determination"
)

// Charts are drawn in per cent of their width and height, so that marks stretch
// with the page and words keep their size. Floats place marks and nothing else:
// each figure that is shown is the engine's own text.

// block is a rectangle of a chart, its places in per cent.
type block struct {
	x, y, width, height string
	class               string // of the style sheet
	title               string // what it says on its own; may be empty
}

// across is a block over the full height.
func across(from, to float64, class string) block {
	from, to = max(from, 0), min(to, 100)
	return block{x: place(from), y: "0", width: place(max(to-from, 0)), height: "100%", class: class}
}

func place(percent float64) string { return strconv.FormatFloat(percent, 'f', 2, 64) + "%" }

// roundUp is the least of 1, 2, 5 times a power of ten that is not below v; 1 for
// nothing.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 2, 5, 10} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// extent is the ends of a range, for drawing.
type extent struct {
	least, most float64
	unbounded   bool // the most is not known
}

func extentOf(least, most *string) (x extent, ok bool) {
	if least == nil {
		return x, false
	}
	var err error
	if x.least, err = strconv.ParseFloat(*least, 64); err != nil {
		return x, false
	}
	x.most = x.least
	if most == nil {
		x.unbounded = true
		return x, true
	}
	x.most, err = strconv.ParseFloat(*most, 64)
	return x, err == nil
}

// measured is the range of a row of the duty table, in money or in per cent.
func measured(duty *determination.DutyRange, rate *determination.RateRange, money bool) (extent, bool) {
	switch {
	case money && duty != nil:
		return extentOf(duty.Least.Amount, duty.Most.Amount)
	case !money && rate != nil:
		return extentOf(rate.Least, rate.Most)
	}
	return extent{}, false
}

// stack is the duty of a document as a waterfall: a bar for each row of its table,
// each beginning where the one before ends, and the total from nought.
type stack struct {
	rows, fees [][]block
	total, due []block
	top        string // the right end of the scale, in words
	exact      bool   // there is a single figure
}

// newStack draws the duty table of a document; nil where it has no figures.
func newStack(d *determination.Document, r *determination.Reading) *stack {
	money := d.Duty != nil && d.Duty.Least.Amount != nil
	total, ok := measured(d.Duty, d.Rate, money)
	if !ok {
		return nil
	}
	s := &stack{exact: !total.unbounded && total.least == total.most}
	due, hasDue := measured(d.Due, nil, money)
	reach := max(total.least, total.most)
	if hasDue {
		reach = max(reach, due.least, due.most)
	}
	if total.unbounded {
		reach *= 1.5
	}
	top := roundUp(reach)
	s.top = determination.Grouped(strconv.FormatFloat(top, 'f', -1, 64), 0) + " %"
	if money {
		s.top = determination.Grouped(strconv.FormatFloat(top, 'f', -1, 64), 0) + " " + d.Duty.Least.Currency
	}
	scaled := func(v float64) float64 { return v / top * 100 }
	bar := func(from float64, x extent, class string) []block {
		out := []block{across(scaled(from), scaled(from+x.least), class)}
		switch {
		case x.unbounded:
			out = append(out, across(scaled(from+x.least), 100, "bar-open"))
		case x.most > x.least:
			out = append(out, across(scaled(from+x.least), scaled(from+x.most), "bar-open"))
		}
		return out
	}
	sum := 0.0
	each := func(rows []determination.DutyReading, class string) (out [][]block) {
		for _, row := range rows {
			x, ok := measured(row.Line.Duty, row.Line.Percent, money)
			if !ok {
				out = append(out, nil)
				continue
			}
			out = append(out, bar(sum, x, class))
			sum += x.least
		}
		return out
	}
	s.rows = each(r.Duties, "bar-step")
	s.total = bar(0, total, "bar-total")
	sum = total.least
	s.fees = each(r.Fees, "bar-step")
	if hasDue {
		s.due = bar(0, due, "bar-total")
	}
	return s
}
