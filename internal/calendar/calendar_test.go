package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/quantity"
)

func open(t testing.TB, id string) *Calendar {
	t.Helper()
	c, err := Open(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t testing.TB, s string) quantity.Date {
	t.Helper()
	d, err := quantity.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWorkingDays(t *testing.T) {
	for _, c := range []struct {
		calendar, day  string
		working, known bool
		why            string
	}{
		{"CN", "2025-09-28", true, true, "a Sunday that is worked for National Day"},
		{"CN", "2025-10-08", false, true, "a Wednesday of the holiday"},
		{"CN", "2025-10-11", true, true, "a Saturday that is worked"},
		{"CN", "2025-10-12", false, true, "a plain Sunday"},
		{"CN", "2026-02-28", true, true, "a Saturday that is worked for Spring Festival"},
		{"CN", "2027-02-08", true, false, "no notice is known for 2027: the plain week is presumed"},
		{"US", "2026-07-03", false, true, "the fourth of July falls on a Saturday"},
		{"US", "2025-06-19", false, true, "Juneteenth"},
		{"US", "2018-06-19", true, true, "before Juneteenth was a holiday"},
		{"UK", "2022-06-03", false, true, "Platinum Jubilee"},
		{"UK", "2022-05-30", true, true, "the spring bank holiday was moved"},
		{"UK", "2021-12-28", false, true, "substitute for Boxing Day on a Sunday"},
	} {
		working, known := open(t, c.calendar).Working(day(t, c.day))
		if working != c.working || known != c.known {
			t.Errorf("%s %s: working %t, known %t; want %t, %t: %s", c.calendar, c.day, working, known, c.working, c.known, c.why)
		}
	}
}

// 45 working days from acceptance over the long holiday of October 2025: the day
// of acceptance does not count, moved working days do.
func TestFortyFiveWorkingDaysOverNationalDay(t *testing.T) {
	c := open(t, "CN")
	due, known := c.Add(day(t, "2025-09-01"), 45)
	if due.String() != "2025-11-07" || !known {
		t.Errorf("due %s, known %t; want 2025-11-07", due, known)
	}
	if _, known := c.Add(day(t, "2026-12-01"), 45); known {
		t.Error("a term that ends in 2027 is said to be known")
	}
}

func TestAddAndBetweenAgree(t *testing.T) {
	for _, id := range IDs() {
		c := open(t, id)
		rapid.Check(t, func(t *rapid.T) {
			from := c.First + quantity.Date(rapid.IntRange(-400, int(c.Last-c.First)+400).Draw(t, "from"))
			n := rapid.IntRange(1, 300).Draw(t, "n")
			to, _ := c.Add(from, n)
			if got, _ := c.Between(from, to); got != n {
				t.Fatalf("%s: %d working days from %s to %s, counted back as %d", id, n, from, to, got)
			}
			if got, _ := c.Between(from, to-1); got != n-1 {
				t.Fatalf("%s: the last day %s is not a working day", id, to)
			}
		})
	}
}

// Every day of the tables that differs from the plain week does differ from it,
// and has a source.
func TestTablesSayOnlyWhatDiffers(t *testing.T) {
	for _, id := range IDs() {
		c := open(t, id)
		if len(c.days) == 0 {
			t.Errorf("%s has no days", id)
		}
		for d, x := range c.days {
			weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
			if x.Working && !weekend {
				t.Errorf("%s %s is worked anyway", id, d)
			}
			if x.Title == "" || x.Citation == "" || x.Confidence == "" {
				t.Errorf("%s %s has no source", id, d)
			}
		}
	}
}

func TestUnknownCalendar(t *testing.T) {
	if _, err := Open("FR"); err == nil {
		t.Error("a calendar that is not held opens")
	}
}
