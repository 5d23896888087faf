package licence

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/calendar"
	"github.com/navicert/navicert/internal/quantity"
)

func day(t testing.TB, s string) quantity.Date {
	t.Helper()
	d, err := quantity.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The last days of terms of months, by the rule. Six months from the last of
// August end in a month that has no 31st.
func TestMonthEnds(t *testing.T) {
	for _, c := range []struct {
		first              string
		months             int
		before, same, last string // by day-before, same-day, month-end
	}{
		{"2025-06-15", 6, "2025-12-14", "2025-12-15", "2025-12-31"},
		{"2025-08-31", 6, "2026-02-28", "2026-02-28", "2026-02-28"},
		{"2025-08-29", 6, "2026-02-28", "2026-02-28", "2026-02-28"},
		{"2025-08-28", 6, "2026-02-27", "2026-02-28", "2026-02-28"},
		{"2023-08-31", 6, "2024-02-29", "2024-02-29", "2024-02-29"},
		{"2025-07-01", 6, "2025-12-31", "2026-01-01", "2026-01-31"},
		{"2025-12-31", 2, "2026-02-28", "2026-02-28", "2026-02-28"},
		{"2024-02-29", 12, "2025-02-28", "2025-02-28", "2025-02-28"},
		{"2024-02-29", 48, "2028-02-28", "2028-02-29", "2028-02-29"},
		{"2025-03-31", 1, "2025-04-30", "2025-04-30", "2025-04-30"},
	} {
		for rule, want := range map[MonthEnd]string{DayBefore: c.before, SameDay: c.same, EndOfIt: c.last} {
			got, err := TermOf(day(t, c.first), c.months, rule, "Asia/Shanghai")
			if err != nil || got.Last.String() != want {
				t.Errorf("%d months from %s by %s end on %s, want %s (%v)", c.months, c.first, rule, got.Last, want, err)
			}
		}
	}
	got, err := TermOf(day(t, "2025-08-31"), 6, DayBefore, "Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	if s := got.String(); s != "2025-08-31T00:00+08:00 to 2026-02-28T23:59:59+08:00 (6 months, day-before)" {
		t.Errorf("written %s", s)
	}
	for _, bad := range []struct {
		months int
		ends   MonthEnd
	}{{0, SameDay}, {1000, SameDay}, {6, ""}, {6, "about half a year"}} {
		if _, err := TermOf(day(t, "2025-08-31"), bad.months, bad.ends, "Asia/Shanghai"); err == nil {
			t.Errorf("a term of %d months by %q is made", bad.months, bad.ends)
		}
	}
}

// A term has no gap and no overlap with the one that follows it, and its bounds are
// those of days in its zone, over every change of clocks.
func TestTermsMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"Asia/Shanghai", "America/New_York", "Europe/London"}).Draw(t, "zone")
		first := quantity.NewDate(2020, 1, rapid.IntRange(1, 4000).Draw(t, "day"))
		rule := rapid.SampledFrom([]MonthEnd{DayBefore, SameDay, EndOfIt}).Draw(t, "rule")
		a, err := TermOf(first, rapid.IntRange(1, 60).Draw(t, "months"), rule, zone)
		if err != nil {
			t.Fatal(err)
		}
		b, err := TermOf(a.Last+1, 1, rule, zone)
		if err != nil || a.Period().Until != b.Period().From {
			t.Fatalf("%s is followed by %s (%v)", a, b, err)
		}
		loc, _ := time.LoadLocation(zone)
		p := a.Period()
		if !a.Contains(p.Until-1) || a.Contains(p.Until) || (p.Until-1).Date(loc) != a.Last || p.From.Date(loc) != a.First {
			t.Fatalf("%s does not end with its last day", a)
		}
		if err := a.check(); err != nil {
			t.Fatal(err)
		}
	})
}

func cn(t testing.TB) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Open("CN")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noon is 12:00 of a day in China.
func noon(t testing.TB, s string) quantity.Instant {
	return day(t, s).Start(cn(t).Zone) + 12*3600
}

// A file is accepted on Monday 2025-09-15, asked about on the 22nd, answered on
// 2025-10-09 after the long holiday, and decided on the 20th. Asked about any day
// the clock gives what it gave on that day.
func TestClockOnAnyDay(t *testing.T) {
	c := Clock{For: "decision", Days: 45, Counted: WorkingDays, Start: noon(t, "2025-09-15"), Stop: noon(t, "2025-10-20"),
		Pauses: []Stretch{{From: noon(t, "2025-09-22"), Until: noon(t, "2025-10-09")}}}
	for _, w := range []struct {
		on      string
		state   string
		elapsed int
		due     string
	}{
		{"2025-09-12", "not-started", 0, ""},
		{"2025-09-15", "running", 0, "2025-11-21"}, // the day itself does not count; 28 September and 11 October are worked
		{"2025-09-19", "running", 4, "2025-11-21"},
		{"2025-09-22", "paused", 5, "2025-11-21"}, // the day of the query counts
		{"2025-10-08", "paused", 5, "2025-12-02"}, // as it would be if the answer came now
		{"2025-10-09", "running", 5, "2025-12-03"},
		{"2025-10-11", "running", 7, "2025-12-03"}, // a Saturday that is worked
		{"2025-10-20", "stopped", 13, "2025-12-03"},
		{"2026-10-20", "stopped", 13, "2025-12-03"},
	} {
		r := c.At(noon(t, w.on), cn(t))
		if r.State != w.state || r.Elapsed != w.elapsed || w.due != "" && r.Due.String() != w.due || r.Overdue || r.Presumed {
			t.Errorf("on %s: %+v, want %s after %d days, due %s", w.on, r, w.state, w.elapsed, w.due)
		}
	}
	c.Stop, c.Pauses = 0, nil
	for on, overdue := range map[string]bool{"2025-11-21": false, "2025-11-22": false, "2025-11-24": true} {
		if r := c.At(noon(t, on), cn(t)); r.Overdue != overdue || r.Due.String() != "2025-11-21" {
			t.Errorf("on %s: %+v", on, r)
		}
	}
	if r := c.At(noon(t, "2027-03-01"), cn(t)); !r.Presumed {
		t.Error("working days of 2027 are said to be known")
	}
	calendarDays := Clock{For: "appeal", Days: 60, Counted: CalendarDays, Start: noon(t, "2025-09-15")}
	if r := calendarDays.At(noon(t, "2025-09-30"), cn(t)); r.Elapsed != 15 || r.Due.String() != "2025-11-14" {
		t.Errorf("calendar days: %+v", r)
	}
}

// However often a clock is paused, days elapsed never go back, and pauses only ever
// move the last day later.
func TestPausesOnlyDelay(t *testing.T) {
	cal := cn(t)
	rapid.Check(t, func(t *rapid.T) {
		start := quantity.NewDate(2025, 1, 1+rapid.IntRange(0, 300).Draw(t, "start")).Start(cal.Zone) + 3600
		c := Clock{Days: 45, Counted: WorkingDays, Start: start}
		plain := c
		at := start
		for range rapid.IntRange(0, 4).Draw(t, "pauses") {
			from := at + quantity.Instant(rapid.IntRange(0, 20*86400).Draw(t, "after"))
			at = from + quantity.Instant(rapid.IntRange(1, 20*86400).Draw(t, "for"))
			c.Pauses = append(c.Pauses, Stretch{From: from, Until: at})
		}
		before := 0
		for n := range 120 {
			i := start + quantity.Instant(n*86400)
			r, p := c.At(i, cal), plain.At(i, cal)
			if r.Elapsed < before || r.Elapsed > p.Elapsed || r.Elapsed+r.Left != 45 || r.Due < p.Due {
				t.Fatalf("day %d: %+v after %d, and without pauses %+v", n, r, before, p)
			}
			before = r.Elapsed
		}
	})
}
