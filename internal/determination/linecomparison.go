package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// LinesComparison is what differs between two answers to the same lines of one
// entry.
type LinesComparison struct {
	before, after *Lines
	same          bool // the law is: nothing differs
}

// CompareLines finds what differs between two answers to the same lines. Both must
// not be used again for other cases while the comparison is.
func CompareLines(before, after *Lines) LinesComparison {
	c := LinesComparison{before: before, after: after, same: before.e.broken == after.e.broken}
	for i, d := range before.e.lines {
		c.same = c.same && d.sameAs(after.e.lines[i])
	}
	return c
}

// Same reports whether the law is the same for all lines, so that nothing differs.
func (c *LinesComparison) Same() bool { return c.same }

// CompareSome finds what differs between two answers to some lines of one entry, of
// which a comparison of all lines has told whether the law is the same.
func CompareSome(before, after *Lines, same bool) LinesComparison {
	return LinesComparison{before: before, after: after, same: same}
}

// Line compares the answers to a line, neither of which is at fault: its share of
// what is counted once for the entry with its share.
func (c *LinesComparison) Line(i int) *Comparison {
	before, after := &c.before.e, &c.after.e
	out := Compare(before.lines[i], after.lines[i])
	if before.single() {
		return out
	}
	var sides [2]lineBounds
	before.bounds(i, &sides[0])
	after.bounds(i, &sides[1])
	out.sides = &sides
	if !out.by.seen || c.same {
		return out
	}
	var ids []string
	for _, side := range sides {
		for _, x := range side.shares {
			if !slices.Contains(ids, x.entry.ID) {
				ids = append(ids, x.entry.ID)
			}
		}
	}
	duties, fees := false, false
	for _, id := range ids {
		by := Difference{}
		was, now := before.commonOf(id, i), after.commonOf(id, i)
		known := !before.broken && !after.broken // of every line
		if !known || was == nil || now == nil || !was.settled() || !now.settled() || !was.sameAs(now) {
			a, b := shareOrNone(&sides[0], id), shareOrNone(&sides[1], id)
			by = lessBy(&a, &b)
		}
		at := slices.IndexFunc(out.by.parts, func(p partDifference) bool { return p.id == id })
		if at < 0 {
			at = len(out.by.parts)
			out.by.parts = append(out.by.parts, partDifference{id: id})
		}
		out.by.parts[at].Difference = by
		isFee := out.isFee(id)
		duties, fees = duties || !isFee, fees || isFee
	}
	sum := func(of bool) (d Difference) {
		for _, p := range out.by.parts {
			if out.isFee(p.id) == of {
				d = d.Add(p.Difference)
				out.by.loose = out.by.loose || p.LeastUnknown || p.MostUnknown || !p.Least.Equal(p.Most)
			}
		}
		return d
	}
	if duties {
		out.by.duty = sum(false)
	}
	if fees {
		out.by.fees = sum(true)
	}
	out.by.due = out.by.duty.Add(out.by.fees)
	return out
}

func (c *Comparison) isFee(id string) bool {
	m := c.measure(id)
	return m != nil && m.Kind == measure.Fee
}

// shareOrNone is what a line bears of a common duty or fee, which may be nothing.
func shareOrNone(b *lineBounds, id string) bound {
	if share, ok := b.share(id); ok {
		return share
	}
	return exactly(quantity.Decimal{})
}

// commonOf is what is counted once by a measure for the lines that a line is one
// of; nil where it bears none of it.
func (e *EntryDetermination) commonOf(id string, line int) *common {
	for i := range e.common {
		if x := &e.common[i]; x.entry.ID == id && x.borneBy(e.first+line) != nil {
			return x
		}
	}
	return nil
}

// settled reports whether no open fact moves who bears it, and on what.
func (x *common) settled() bool {
	for i := range x.lines {
		if b := &x.lines[i]; !b.sure || !b.low.Equal(b.high) {
			return false
		}
	}
	return true
}

// sameAs reports whether both come to one amount, known or not, which the same
// lines bear.
func (x *common) sameAs(y *common) bool {
	return x.rate != nil && x.rate.Equal(y.rate) && slices.EqualFunc(x.lines, y.lines, func(a, b bearing) bool {
		return a.line == b.line && a.low.Equal(b.low)
	})
}
