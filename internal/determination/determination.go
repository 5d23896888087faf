// Package determination answers a case from a compiled schedule: whether the
// goods may move, what duties stack at the border, by which law, what came
// close, which missing facts would change the answer and what comes next.
//
// The invariant it keeps: every completion of the open facts falls inside the
// answered range, and where [Document.Exact] says so each end of the range is
// reached by one. It knows no clock and does no I/O; the same schedule and the
// same case give the same bytes.
package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// Determination is the answer to one case. It may be used again for another by
// [Determination.Determine]; it is not safe for concurrent use.
type Determination struct {
	c Case
	e evaluation
}

// Determine answers the case. The error is [Problems]: every fault of the case.
func Determine(s *schedule.Schedule, c Case) (*Determination, error) {
	d := new(Determination)
	if err := d.Determine(s, &c); err != nil {
		return nil, err
	}
	return d, nil
}

// Determine answers the case in place of the one before, reusing memory. After
// an error, which is [Problems], the determination holds no answer.
func (d *Determination) Determine(s *schedule.Schedule, c *Case) error {
	d.c = *c
	if problems := d.e.q.read(s, &d.c); len(problems) > 0 {
		return problems
	}
	d.e.bare = d.e.q.meets()
	d.e.run(s)
	return nil
}

// whole finds what comes close besides, where it was left out.
func (d *Determination) whole() {
	if d.e.bare {
		d.e.bare = false
		d.e.addClose()
	}
}

// meets reports whether the law of some leg speaks of the movement whatever it is:
// what only comes close then moves no outcome.
func (q *query) meets() bool {
	return slices.ContainsFunc(q.legs, func(l leg) bool { return l.kind != measure.Reexport })
}

// Outcome returns whether the goods may move, over all legs asked: prohibited;
// else refer, where an open fact or a measure that is not verified could make
// the answer stricter; else licence; else free.
func (d *Determination) Outcome() Outcome { return d.e.outcome() }

func (e *evaluation) outcome() Outcome {
	out, held := Free, false
	for i := range e.q.legs {
		held = held || e.speaks(i)
		out = Stricter(out, e.legOutcome(i))
	}
	if !held {
		return Refer // no law is held that speaks of the movement
	}
	return out
}

// speaks reports whether the law of a leg speaks of the movement: that of the
// country left or entered always does, control of goods abroad only where some
// measure comes near.
func (e *evaluation) speaks(leg int) bool {
	if e.q.legs[leg].kind != measure.Reexport {
		return true
	}
	for i := range e.cands {
		c := &e.cands[i]
		if int(c.leg) == leg && (c.when != condition.False || !e.untouched(c.Entry.When)) {
			return true
		}
	}
	return false
}

// Duty returns the least and the most duty, rounded, in the currency of the
// pack. Unbounded says that the most is not known. ok is false where no duty is
// computed or no value is given.
func (d *Determination) Duty() (duty quantity.Range, currency string, ok bool) {
	b := d.e.results.duty
	return quantity.Range{Least: b.least, Most: b.high(), Unbounded: b.unbounded}, d.e.q.currency, b.seen && d.e.q.hasValue
}

// Fees returns the least and the most of the fees, which are no part of the
// duty, as [Determination.Duty] does.
func (d *Determination) Fees() (fees quantity.Range, currency string, ok bool) {
	b := d.e.results.fees
	return quantity.Range{Least: b.least, Most: b.high(), Unbounded: b.unbounded}, d.e.q.currency, b.seen && d.e.q.hasValue
}

// Open reports whether some fact or some law that matters is not known.
func (d *Determination) Open() bool {
	return len(d.e.axes) > 0 || d.e.results.duty.unbounded || d.Outcome() == Refer
}

func rank(o Outcome) int {
	switch o {
	case Free:
		return 0
	case LicenceRequired:
		return 1
	case Refer:
		return 2
	}
	return 3
}

func outcomeOf(strict uint8) Outcome {
	return [...]Outcome{isFree: Free, isLicence: LicenceRequired, isProhibited: Prohibited}[strict]
}

func joint(best, worst uint8, unverified bool) Outcome {
	switch {
	case best == isProhibited:
		return Prohibited
	case best != worst || unverified:
		return Refer
	}
	return outcomeOf(worst)
}

func (e *evaluation) legOutcome(i int) Outcome {
	return joint(e.results.legBest[i], e.results.legWrst[i], e.results.legUnverified[i])
}

// Stricter returns the stricter of two outcomes: of all lines of an application,
// say.
func Stricter(a, b Outcome) Outcome {
	if rank(b) > rank(a) {
		return b
	}
	return a
}
