// Package calendar answers which days are working days of an authority, and
// counts them.
//
// A calendar is a table of days that differ from the plain week: holidays, and
// days of the weekend on which people work instead, each with its source. It is
// known from a first to a last day. Beyond them the plain week of Monday to
// Friday is presumed, and every answer that rests on such a day says so.
package calendar

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the zones of the calendars, wherever the program runs

	"github.com/navicert/navicert/internal/quantity"
)

// Calendar is the working days of one authority. It never changes.
type Calendar struct {
	// ID is what the calendar is asked for by: "CN".
	ID string
	// Title names it for people.
	Title string
	// Zone is where its days begin and end.
	Zone *time.Location
	// First and Last are the days between which, both included, the calendar is
	// known.
	First, Last quantity.Date

	days map[quantity.Date]Day
	sums []int32 // working days from First up to and including First+i
}

// Day is a day that differs from the plain week.
type Day struct {
	Working    bool   // a day of the weekend on which people work
	Title      string // "Spring Festival"
	Citation   string
	Confidence string // secondary: an account of the notice; memory: unchecked
}

//go:embed days.csv
var table []byte

// zones are the calendars that there are, with the years that the table holds.
var zones = []struct {
	id, title, zone string
	first, last     quantity.Date
}{
	{"CN", "working days of China", "Asia/Shanghai", quantity.NewDate(2025, 1, 1), quantity.NewDate(2026, 12, 31)},
	{"UK", "working days of England and Wales", "Europe/London", quantity.NewDate(2018, 1, 1), quantity.NewDate(2027, 12, 31)},
	{"US", "federal working days of the United States", "America/New_York", quantity.NewDate(2018, 1, 1), quantity.NewDate(2027, 12, 31)},
}

// IDs returns the names of the calendars, in order.
func IDs() []string {
	ids := make([]string, len(zones))
	for i, z := range zones {
		ids[i] = z.id
	}
	return ids
}

// Open returns a calendar by its name: CN, UK or US.
func Open(id string) (*Calendar, error) {
	for _, z := range zones {
		if z.id != id {
			continue
		}
		zone, err := time.LoadLocation(z.zone)
		if err != nil {
			return nil, fmt.Errorf("calendar %s: %w", id, err)
		}
		c := &Calendar{ID: z.id, Title: z.title, Zone: zone, First: z.first, Last: z.last, days: map[quantity.Date]Day{}}
		if err := c.read(table); err != nil {
			return nil, fmt.Errorf("calendar %s: %w", id, err)
		}
		c.sum()
		return c, nil
	}
	return nil, fmt.Errorf("calendar %q is not held: the calendars are %s", id, strings.Join(IDs(), ", "))
}

// read takes the days of this calendar from the table, of which it reports the
// first fault.
func (c *Calendar) read(table []byte) error {
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		return err
	}
	for i, r := range rows[1:] {
		if r[0] != c.ID {
			continue
		}
		first, err1 := quantity.ParseDate(r[1])
		last, err2 := quantity.ParseDate(r[2])
		if err1 != nil || err2 != nil || last < first || !slices.Contains([]string{"off", "work"}, r[3]) {
			return fmt.Errorf("line %d of the days is not first, last and off or work: %v", i+2, r)
		}
		for d := first; d <= last; d++ {
			if _, twice := c.days[d]; twice || d < c.First || d > c.Last {
				return fmt.Errorf("line %d of the days: %s is there twice, or outside the years held", i+2, d)
			}
			c.days[d] = Day{Working: r[3] == "work", Title: r[4], Citation: r[5], Confidence: r[6]}
		}
	}
	return nil
}

func (c *Calendar) sum() {
	c.sums = make([]int32, c.Last-c.First+1)
	n := int32(0)
	for d := c.First; d <= c.Last; d++ {
		if working, _ := c.Working(d); working {
			n++
		}
		c.sums[d-c.First] = n
	}
}

// Day returns what makes the day differ from the plain week, if anything does.
func (c *Calendar) Day(d quantity.Date) (Day, bool) {
	x, ok := c.days[d]
	return x, ok
}

// Working reports whether the day is a working day, and whether that is known:
// before First and after Last the plain week is presumed.
func (c *Calendar) Working(d quantity.Date) (working, known bool) {
	if x, ok := c.days[d]; ok {
		return x.Working, true
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday, c.First <= d && d <= c.Last
}

// Between counts the working days after from, up to and including to; 0 where to
// is not after from. Known is false where a day among them is presumed.
func (c *Calendar) Between(from, to quantity.Date) (n int, known bool) {
	if to <= from {
		return 0, true
	}
	if from >= c.First && to <= c.Last {
		return int(c.sums[to-c.First] - c.sums[from-c.First]), true
	}
	known = true
	for d := from + 1; d <= to; d++ {
		working, sure := c.Working(d)
		known = known && sure
		if working {
			n++
		}
	}
	return n, known
}

// Add returns the n-th working day after d; d itself for 0.
func (c *Calendar) Add(d quantity.Date, n int) (day quantity.Date, known bool) {
	known = true
	for n > 0 && d < quantity.MaxDate {
		d++
		working, sure := c.Working(d)
		known = known && sure
		if working {
			n--
		}
	}
	return d, known
}
