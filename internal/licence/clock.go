package licence

import (
	"github.com/navicert/navicert/internal/calendar"
	"github.com/navicert/navicert/internal/quantity"
)

// Counted is how the days of a clock are counted.
type Counted string

// The ways of counting.
const (
	WorkingDays  Counted = "working-days"
	CalendarDays Counted = "calendar-days"
)

// Stretch is a time that does not count: from its beginning until its end, which
// is 0 while it lasts.
type Stretch struct {
	From  quantity.Instant `json:"from"`
	Until quantity.Instant `json:"until,omitempty"`
	Why   string           `json:"why"`
}

// Clock is a time within which something has to be done. It holds what happened
// and when; what it shows on a day is computed, for any day.
//
// The day on which it starts does not count, nor does the day on which it goes on
// after a pause; the day on which it is paused or stopped does.
type Clock struct {
	For     string // decision, target, answer, appeal
	Days    int    // within so many; 0: no limit is known
	Counted Counted
	Start   quantity.Instant
	Stop    quantity.Instant // 0: it has not been stopped
	Pauses  []Stretch
	// Rounds are the times in which it ran before it was started anew.
	Rounds []Stretch
	// Citation is the law behind it, empty for the desk's own targets.
	Citation string
}

// Reading is what a clock shows at an instant.
type Reading struct {
	State   string        `json:"state"` // not-started, running, paused, stopped
	Elapsed int           `json:"elapsed"`
	Left    int           `json:"left"`         // days left; below 0 where it is overdue
	Due     quantity.Date `json:"due,omitzero"` // the last day; as it looks at the instant
	Limited bool          `json:"limited"`      // there is a limit, and Left and Due mean something
	Overdue bool          `json:"overdue"`
	// Stopped is the day on which it was stopped, and by which it shows the rest.
	Stopped quantity.Date `json:"stopped,omitzero"`
	// Presumed: a day was counted of which the calendar is not known.
	Presumed bool `json:"presumed,omitempty"`
}

// At reads the clock at an instant, from what had happened by then.
func (c *Clock) At(at quantity.Instant, cal *calendar.Calendar) Reading {
	for _, round := range c.Rounds {
		if at >= round.From && at < round.Until {
			then := *c
			then.Start, then.Stop, then.Rounds = round.From, 0, nil
			return then.At(at, cal)
		}
	}
	r := Reading{State: "running", Limited: c.Days > 0}
	if c.Start == 0 || at < c.Start {
		return Reading{State: "not-started"}
	}
	end := at
	if c.Stop != 0 && c.Stop <= at {
		r.State, r.Stopped, end = "stopped", c.Stop.Date(cal.Zone), c.Stop
	}
	known := true
	count := func(from, to quantity.Date) int {
		if c.Counted == CalendarDays {
			return max(0, int(to-from))
		}
		n, sure := cal.Between(from, to)
		known = known && sure
		return n
	}
	last := end.Date(cal.Zone)
	from := c.Start.Date(cal.Zone)
	for _, p := range c.Pauses {
		if p.From > end {
			break
		}
		day := p.From.Date(cal.Zone)
		r.Elapsed += count(from, day)
		if p.Until == 0 || p.Until > end {
			if r.State == "running" {
				r.State = "paused"
			}
			from = last
			break
		}
		from = max(from, p.Until.Date(cal.Zone))
	}
	r.Elapsed += count(from, last)
	if r.Limited {
		r.Left = c.Days - r.Elapsed
		r.Overdue = r.Left < 0
		if c.Counted == CalendarDays {
			r.Due = last.AddDays(r.Left)
		} else if r.Left > 0 {
			var sure bool
			r.Due, sure = cal.Add(last, r.Left)
			known = known && sure
		} else {
			r.Due = dueBefore(last, -r.Left, cal)
		}
	}
	r.Presumed = !known
	return r
}

// dueBefore returns the working day so many working days before the last of them.
func dueBefore(last quantity.Date, n int, cal *calendar.Calendar) quantity.Date {
	for n >= 0 && last > quantity.MinDate {
		if working, _ := cal.Working(last); working {
			if n == 0 {
				break
			}
			n--
		}
		last--
	}
	return last
}
