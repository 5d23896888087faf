package quantity

import (
	"fmt"
	"sort"
	"time"
)

// Date is a civil day of the proleptic Gregorian calendar, in days since
// 1970-01-01. A day is not a stretch of time until a zone is named.
type Date int32

// Instant is a point in time, in seconds since 1970-01-01T00:00Z.
type Instant int64

// The ends of time. Days run from the first of year 1 to the last of year 9999;
// instants lie so far within them that every instant falls on a day of these in
// every zone. MinInstant stands for "always", MaxInstant for "open".
const (
	MinDate Date = -719_162  // 0001-01-01
	MaxDate Date = 2_932_896 // 9999-12-31

	MinInstant = Instant(MinDate+1) * day // 0001-01-02T00:00Z
	MaxInstant = Instant(MaxDate) * day   // 9999-12-31T00:00Z
)

// day is the seconds of a day of UTC.
const day = 24 * 60 * 60

// NewDate returns the day of the year, month and day given; what overflows its
// field is carried on, as in [time.Date]. It is held within MinDate and MaxDate.
func NewDate(year int, month time.Month, dayOfMonth int) Date {
	d := floorDiv(time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC).Unix(), day)
	return Date(min(max(d, int64(MinDate)), int64(MaxDate)))
}

// ParseDate reads a day written year-month-day: 2025-06-15.
func ParseDate(s string) (Date, error) {
	d, ok := parseDay(s)
	if !ok {
		return 0, fmt.Errorf("day %q cannot be read: write one like 2025-06-15", s)
	}
	return d, nil
}

const dayLayout = "2006-01-02"

func parseDay(s string) (Date, bool) {
	if len(s) != len(dayLayout) {
		return 0, false
	}
	century, ok1 := twoDigits(s, 99)
	year, ok2 := twoDigits(s[2:], 99)
	month, ok3 := twoDigits(s[5:], 12)
	dom, ok4 := twoDigits(s[8:], 31)
	if !ok1 || !ok2 || !ok3 || !ok4 || s[4] != '-' || s[7] != '-' || century+year == 0 || month == 0 || dom == 0 {
		return 0, false
	}
	year += century * 100
	if dom > daysIn(year, month) {
		return 0, false // there is no such day
	}
	return civil(year, month, dom), true
}

// daysIn returns how many days the month has.
func daysIn(year, month int) int {
	if month == 2 && (year%4 != 0 || year%100 == 0 && year%400 != 0) {
		return 28
	}
	return [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// civil is [NewDate] of a day that there is, by counting instead of through
// [time.Time]. Years are counted from March here, so that a leap day is the last
// of its year.
func civil(year, month, dom int) Date {
	if month <= 2 {
		year, month = year-1, month+12
	}
	const march0 = 719_468 // days from 0000-03-01 to 1970-01-01
	return Date(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + dom - 1 - march0)
}

// String returns the day written year-month-day.
func (d Date) String() string { return d.utc().Format(dayLayout) }

// Start returns the first instant at which the calendar in the zone shows d or a
// later day: 00:00, or where the clocks skip it the end of the gap. It is held
// within MinInstant and MaxInstant.
func (d Date) Start(loc *time.Location) Instant {
	// Where clocks go back over midnight, 00:00 comes twice; where they go
	// forward over it, never. So go through the stretches of one offset for the
	// first that reaches the day. (Not by Time.ZoneBounds: in years to come it
	// ends a stretch on 31 December of a leap year.)
	utc := int64(d) * day
	at := utc - day
	for {
		offset := offsetAt(at, loc)
		start := max(at, utc-offset)
		if offsetAt(start, loc) == offset {
			return clamp(start)
		}
		change := sort.Search(int(start-at), func(n int) bool { return offsetAt(at+int64(n), loc) != offset })
		at += int64(change)
	}
}

// offsetAt returns the zone's offset from UTC in seconds.
func offsetAt(unix int64, loc *time.Location) int64 {
	_, offset := time.Unix(unix, 0).In(loc).Zone()
	return int64(offset)
}

// Midnight returns 00:00 of the day in UTC.
func (d Date) Midnight() Instant { return Instant(d) * day }

// AddDays returns the day n days after d, held within MinDate and MaxDate.
func (d Date) AddDays(n int) Date {
	return Date(min(max(int64(d)+int64(n), int64(MinDate)), int64(MaxDate)))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Civil returns the year, month and day of the month.
func (d Date) Civil() (year int, month time.Month, dayOfMonth int) {
	return d.utc().Date()
}

// utc returns 00:00 of the day in UTC.
func (d Date) utc() time.Time { return time.Unix(int64(d)*day, 0).UTC() }

// noon returns 12:00 of the day in the zone.
func (d Date) noon(loc *time.Location) Instant {
	y, m, dd := d.Civil()
	return clamp(time.Date(y, m, dd, 12, 0, 0, 0, loc).Unix())
}

// Noons returns days around d, d among them and until outside, of which 12:00 in the
// zone is as far from 00:00 in UTC as that of d is.
func (d Date) Noons(loc *time.Location) (from, until Date, after Instant) {
	noon := d.noon(loc)
	from, until = MinDate+2, MaxDate-1 // instants are held within bounds
	start, end := time.Unix(int64(noon), 0).In(loc).ZoneBounds()
	if !start.IsZero() {
		from = max(from, Date(floorDiv(start.Unix(), day))+2) // clocks may change at noon
	}
	if !end.IsZero() {
		until = min(until, Date(floorDiv(end.Unix(), day))-1)
	}
	if d < from || d >= until {
		from, until = d, d+1
	}
	return from, until, noon - Instant(d)*day
}

// ParseInstant reads an instant with its offset from UTC, as in RFC 3339 with
// seconds optional: 2025-06-04T00:01-04:00, 2025-06-04T04:01:30Z.
func ParseInstant(s string) (Instant, error) {
	i, _, err := parseInstant(s)
	return i, err
}

func parseInstant(s string) (i Instant, offset int32, err error) {
	fail := func(why string) (Instant, int32, error) {
		return 0, 0, fmt.Errorf("instant %q %s: write one like 2025-06-04T00:01-04:00", s, why)
	}
	if len(s) < len("2006-01-02T15:04") || s[len(dayLayout)] != 'T' {
		return fail("cannot be read")
	}
	d, ok := parseDay(s[:len(dayLayout)])
	if !ok {
		return fail("has no such day")
	}
	hour, ok := twoDigits(s[11:], 23)
	minute, ok2 := twoDigits(s[14:], 59)
	if !ok || !ok2 || s[13] != ':' {
		return fail("has no such time of day")
	}
	rest, second := s[16:], 0
	if len(rest) >= 3 && rest[0] == ':' {
		if second, ok = twoDigits(rest[1:], 59); !ok {
			return fail("has no such time of day")
		}
		rest = rest[3:]
	}
	switch {
	case rest == "":
		return fail("has no offset from UTC")
	case rest == "Z":
	case rest[0] == '.' || rest[0] == ',':
		return fail("has a fraction of a second")
	case len(rest) == len("+00:00") && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		h, ok := twoDigits(rest[1:], 23)
		m, ok2 := twoDigits(rest[4:], 59)
		if !ok || !ok2 {
			return fail("has no such offset from UTC")
		}
		offset = int32(h*3600 + m*60)
		if rest[0] == '-' {
			offset = -offset
		}
	default:
		return fail("has no offset from UTC that can be read")
	}
	i = Instant(d)*day + Instant(hour*3600+minute*60+second) - Instant(offset)
	if i < MinInstant || i > MaxInstant {
		return fail("lies outside the years 1 to 9999")
	}
	return i, offset, nil
}

// twoDigits reads the two digits that s begins with.
func twoDigits(s string, most int) (int, bool) {
	if len(s) < 2 || !allDigits(s[:2]) {
		return 0, false
	}
	n := int(s[0]-'0')*10 + int(s[1]-'0')
	return n, n <= most
}

// Format returns the instant by the clock of the zone, with its offset:
// 2025-06-04T00:01-04:00. Seconds are written only where they are not 0.
// [ParseInstant] reads it back.
func (i Instant) Format(loc *time.Location) string {
	return i.format(int32(offsetAt(int64(i), loc)))
}

func (i Instant) format(offset int32) string {
	// Offsets before standard time have seconds, which RFC 3339 cannot write:
	// the clock is then shown by whole minutes of offset.
	zone := time.FixedZone("", int(offset/60*60))
	layout := "2006-01-02T15:04:05Z07:00"
	t := time.Unix(int64(i), 0).In(zone)
	if t.Second() == 0 {
		layout = "2006-01-02T15:04Z07:00"
	}
	return t.Format(layout)
}

// Date returns the civil day of the instant in the zone.
func (i Instant) Date(loc *time.Location) Date {
	return Date(floorDiv(int64(i)+offsetAt(int64(i), loc), day))
}

func clamp(seconds int64) Instant {
	return min(max(Instant(seconds), MinInstant), MaxInstant)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Moment is a day or an instant, as somebody wrote it. The zero value is
// neither: ask [Moment.IsZero] before anything else.
type Moment struct {
	at      Instant // the instant, or the number of the day
	offset  int32   // from UTC in seconds, as the instant was written
	written momentKind
}

type momentKind uint8

const (
	nothing momentKind = iota
	aDay
	anInstant
)

// DayMoment returns the moment that is the day.
func DayMoment(d Date) Moment { return Moment{at: Instant(d), written: aDay} }

// InstantMoment returns the moment that is the instant, written in UTC.
func InstantMoment(i Instant) Moment { return Moment{at: i, written: anInstant} }

// ParseMoment reads a day (2025-06-15) or an instant (2025-06-04T00:01-04:00).
func ParseMoment(s string) (Moment, error) {
	if d, ok := parseDay(s); ok {
		return DayMoment(d), nil
	}
	if len(s) <= len(dayLayout) || s[len(dayLayout)] != 'T' {
		return Moment{}, fmt.Errorf("moment %q cannot be read: write a day like 2025-06-15 or an instant like 2025-06-04T00:01-04:00", s)
	}
	i, offset, err := parseInstant(s)
	if err != nil {
		return Moment{}, err
	}
	return Moment{at: i, offset: offset, written: anInstant}, nil
}

// IsZero reports whether nothing was written.
func (m Moment) IsZero() bool { return m.written == nothing }

// IsDate reports whether a day was written.
func (m Moment) IsDate() bool { return m.written == aDay }

// Date returns the day, or the day of the instant in the zone.
func (m Moment) Date(loc *time.Location) Date {
	if m.written == anInstant {
		return m.at.Date(loc)
	}
	return Date(m.at)
}

// Instant returns the instant, or the start of the day in the zone.
func (m Moment) Instant(loc *time.Location) Instant {
	if m.written == anInstant {
		return m.at
	}
	return Date(m.at).Start(loc)
}

// Noon returns the instant, or 12:00 of the day in the zone.
func (m Moment) Noon(loc *time.Location) Instant {
	if m.written == anInstant {
		return m.at
	}
	return Date(m.at).noon(loc)
}

// String returns the moment as it was written, seconds of 0 left out; nothing
// for the zero value.
func (m Moment) String() string {
	switch m.written {
	case aDay:
		return Date(m.at).String()
	case anInstant:
		return m.at.format(m.offset)
	}
	return ""
}

// Period is the time from an instant until another: From is inside, Until is
// outside. It is empty where Until is not after From.
type Period struct{ From, Until Instant }

// Always is all time.
var Always = Period{MinInstant, MaxInstant}

// Contains reports whether the instant lies in the period.
func (p Period) Contains(i Instant) bool { return p.From <= i && i < p.Until }

// IsEmpty reports whether no instant lies in the period.
func (p Period) IsEmpty() bool { return p.Until <= p.From }

// Intersect returns the time that lies in both periods; the zero Period where
// there is none.
func (p Period) Intersect(q Period) Period {
	both := Period{max(p.From, q.From), min(p.Until, q.Until)}
	if both.IsEmpty() {
		return Period{}
	}
	return both
}

// Overlaps reports whether some instant lies in both periods.
func (p Period) Overlaps(q Period) bool {
	return max(p.From, q.From) < min(p.Until, q.Until)
}
