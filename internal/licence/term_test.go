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

// A clock that is paused shows what one counts who goes through the days: each
// working day after the first, but for those that lie in a pause or on which it ends.
// The calendars move working days (CN), and holidays that fall on a weekend (US, UK).
func TestClocksCountDays(t *testing.T) {
	for _, id := range []string{"CN", "US", "UK"} {
		cal, err := calendar.Open(id)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			counted := rapid.SampledFrom([]Counted{WorkingDays, CalendarDays}).Draw(t, "counted")
			start := quantity.NewDate(2025, 1, rapid.IntRange(1, 330).Draw(t, "start")).Start(cal.Zone) + quantity.Instant(rapid.IntRange(0, 86399).Draw(t, "second"))
			c := Clock{Days: rapid.IntRange(1, 60).Draw(t, "days"), Counted: counted, Start: start}
			at := start
			for range rapid.IntRange(0, 3).Draw(t, "pauses") {
				from := at + quantity.Instant(rapid.IntRange(0, 20*86400).Draw(t, "after"))
				at = from + quantity.Instant(rapid.IntRange(1, 20*86400).Draw(t, "for"))
				c.Pauses = append(c.Pauses, Stretch{From: from, Until: at})
			}
			until := start + quantity.Instant(rapid.IntRange(0, 80*86400).Draw(t, "asked"))
			want := 0
			for d := start.Date(cal.Zone) + 1; d <= until.Date(cal.Zone); d++ {
				counts := counted == CalendarDays
				if !counts {
					counts, _ = cal.Working(d)
				}
				for _, p := range c.Pauses {
					if p.From <= until && d > p.From.Date(cal.Zone) && (p.Until > until || d <= p.Until.Date(cal.Zone)) {
						counts = false
					}
				}
				if counts {
					want++
				}
			}
			r := c.At(until, cal)
			if r.Elapsed != want || r.Left != c.Days-want || r.Overdue != (want > c.Days) {
				t.Fatalf("%s, %s, asked at %s: %+v, and %d days are counted", id, counted, until.Format(cal.Zone), r, want)
			}
			if working, _ := cal.Working(r.Due); counted == WorkingDays && r.Due != 0 && r.Left != 0 && !working {
				t.Fatalf("%s: due on %s, which is no working day", id, r.Due)
			}
		})
	}
}

// Whatever happened to a file since, its clock shows for each past instant what it
// showed then.
func TestClocksOfPastDays(t *testing.T) {
	authorities, err := Authorities()
	if err != nil {
		t.Fatal(err)
	}
	authority := authorities[0]
	cal := authority.Calendar()
	rapid.Check(t, func(t *rapid.T) {
		a := &Application{ID: "A1"}
		at := quantity.NewDate(2025, 4, 7).Start(cal.Zone)
		happen := func(d Data) {
			at += quantity.Instant(rapid.IntRange(1, 6*86400).Draw(t, "later"))
			a.apply(&Event{At: at, Object: application("A1"), Type: d.eventType(), Data: d})
		}
		happen(&Drafted{Content: Content{Authority: authority.ID}})
		happen(&Assessed{Assessment: Assessment{Lane: "cn.ordinary", Limit: DecisionLimit{Days: 45, Counted: WorkingDays}}})
		then := map[quantity.Instant]Reading{}
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			may := map[Stage][]Data{
				StageDraft:       {&Submitted{}},
				StageReturned:    {&Submitted{}, &Withdrawn{}},
				StageSubmitted:   {&Accepted{}, &Returned{"the seal"}},
				StageReview:      {&Asked{Text: "why?"}, &Referred{Agency: "defence", Pauses: true}, &Returned{"the seal"}, &Recommended{}, &Withdrawn{}},
				StageCountersign: {&Disagreed{}, &Decided{Decision{Proposal: Proposal{Outcome: Refused}}}},
				StageClosed:      {&Appealed{"wrong"}},
				StageAppeal:      {&Recommended{}},
			}[a.Stage]
			if a.open() && a.openQuery() != nil {
				may = []Data{&Answered{"so"}, &Returned{"late"}, &Withdrawn{}}
			} else if a.open() && a.openReferral("") != nil {
				may = []Data{&Advised{Advice{Agency: "defence"}}, &Returned{"late"}}
			}
			if len(may) == 0 {
				break
			}
			d := rapid.SampledFrom(may).Draw(t, "event")
			if x, ok := d.(*Decided); ok {
				at++
				x.Decision.At = at
				a.apply(&Event{At: at, Object: application("A1"), Type: d.eventType(), Data: d})
			} else {
				happen(d)
			}
			for _, later := range []quantity.Instant{0, quantity.Instant(rapid.IntRange(1, 9*86400).Draw(t, "asked later"))} {
				at += later
				then[at] = authority.Clocks(a)[0].At(at, cal)
			}
		}
		for asked, want := range then {
			if got := authority.Clocks(a)[0].At(asked, cal); got != want {
				t.Fatalf("at %s it shows %+v, and showed %+v then", asked.Format(cal.Zone), got, want)
			}
		}
	})
}
