package quantity

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones below, wherever the test runs

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func mustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"0001-01-01", "1600-02-29", "1969-12-31", "1970-01-01", "2024-02-29", "2025-06-15", "9999-12-31"} {
		d, err := ParseDate(s)
		if err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %s, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "2025-6-15", "2025-02-29", "2025-13-01", "0000-12-31", "20250615", "2025-06-15 ", "-025-06-15", "2025/06/15"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %s", s, d)
		}
	}
	if MinDate != mustDate("0001-01-01") || MaxDate != mustDate("9999-12-31") {
		t.Errorf("days run from %s to %s", MinDate, MaxDate)
	}
	if d := NewDate(2025, time.February, 30); d.String() != "2025-03-02" {
		t.Errorf("30 February 2025 is %s", d)
	}
	if NewDate(-5, 1, 1) != MinDate || NewDate(20000, 1, 1) != MaxDate || MaxDate.AddDays(1) != MaxDate || MinDate.AddDays(-1) != MinDate {
		t.Error("a day leaves its bounds")
	}
	if d := mustDate("2025-06-15"); d.Weekday() != time.Sunday {
		t.Errorf("%s is a %s", d, d.Weekday())
	}
}

// The days of four centuries, after which the calendar repeats itself, and the
// ends of it.
func TestParseDateCounts(t *testing.T) {
	for _, span := range [][2]Date{{mustDate("1899-12-31"), mustDate("2300-01-02")}, {MinDate, MinDate + 800}, {MaxDate - 800, MaxDate}} {
		for d := span[0]; d <= span[1]; d++ {
			if got, err := ParseDate(d.String()); err != nil || got != d {
				t.Fatalf("ParseDate(%q) = %d, %v, want %d", d, got, err, d)
			}
		}
	}
}

func TestParseInstant(t *testing.T) {
	for _, c := range []struct{ text, want, err string }{
		{"2025-06-04T00:01-04:00", "2025-06-04T04:01Z", ""},
		{"2025-06-04T00:01:00-04:00", "2025-06-04T04:01Z", ""},
		{"2025-06-04T04:01:30Z", "2025-06-04T04:01:30Z", ""},
		{"2025-06-04T04:01+00:00", "2025-06-04T04:01Z", ""},
		{"2025-12-31T23:59:59-12:00", "2026-01-01T11:59:59Z", ""},
		{"0001-01-02T00:00Z", "0001-01-02T00:00Z", ""},
		{"9999-12-31T00:00Z", "9999-12-31T00:00Z", ""},
		{"0001-01-01T23:59:59Z", "", "outside the years 1 to 9999"},
		{"9999-12-31T00:00:01Z", "", "outside the years 1 to 9999"},
		{"2025-06-04", "", "cannot be read"},
		{"2025-06-04T00:01", "", "has no offset"},
		{"2025-06-04 00:01Z", "", "cannot be read"},
		{"2025-06-04t00:01z", "", "cannot be read"},
		{"2025-02-30T00:01Z", "", "no such day"},
		{"2025-06-04T24:00Z", "", "no such time of day"},
		{"2025-06-04T23:60Z", "", "no such time of day"},
		{"2025-06-04T23:59:60Z", "", "no such time of day"},
		{"2025-06-04T23:59:5Z", "", "no such time of day"},
		{"2025-06-04T23-59Z", "", "no such time of day"},
		{"2025-06-04T23:59:59.5Z", "", "fraction of a second"},
		{"2025-06-04T23:59-4", "", "no offset from UTC that can be read"},
		{"2025-06-04T23:59-0400", "", "no offset from UTC that can be read"},
		{"2025-06-04T23:59-24:00", "", "no such offset"},
		{"2025-06-04T23:59-04:0x", "", "no such offset"},
		{"2025-06-04T23:59Z+04:00", "", "no offset from UTC that can be read"},
	} {
		i, err := ParseInstant(c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("ParseInstant(%q) = %s, %v; want an error with %q", c.text, i.Format(time.UTC), err, c.err)
			}
			continue
		}
		if err != nil || i.Format(time.UTC) != c.want {
			t.Errorf("ParseInstant(%q) = %s, %v; want %s", c.text, i.Format(time.UTC), err, c.want)
		}
	}
	i, _ := ParseInstant("2025-06-04T04:01Z")
	if got := i.Format(zone(t, "America/New_York")); got != "2025-06-04T00:01-04:00" {
		t.Errorf("in New York it is %s", got)
	}
}

// TestStartOfDay looks at the days on which a clock makes 00:00 doubtful.
func TestStartOfDay(t *testing.T) {
	for _, c := range []struct{ day, zone, start, why string }{
		{"2025-06-04", "America/New_York", "2025-06-04T00:00-04:00", "an ordinary day in summer"},
		{"2025-03-09", "America/New_York", "2025-03-09T00:00-05:00", "clocks go forward later that day"},
		{"2025-11-02", "America/New_York", "2025-11-02T00:00-04:00", "clocks go back later that day"},
		{"2025-06-15", "Asia/Shanghai", "2025-06-15T00:00+08:00", "one zone for all of China"},
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T01:00-02:00", "00:00 to 01:00 does not exist"},
		{"2018-02-18", "America/Sao_Paulo", "2018-02-18T00:00-03:00", "23:00 to 24:00 comes twice the day before"},
		{"2024-04-26", "Africa/Cairo", "2024-04-26T01:00+03:00", "00:00 to 01:00 does not exist"},
		{"2010-11-07", "America/St_Johns", "2010-11-07T00:00-02:30", "00:00 comes twice: the first counts"},
		{"2010-03-14", "America/St_Johns", "2010-03-14T00:00-03:30", "00:01 to 01:01 does not exist"},
		{"2011-12-30", "Pacific/Apia", "2011-12-31T00:00+14:00", "the whole day does not exist"},
		{"2011-12-31", "Pacific/Apia", "2011-12-31T00:00+14:00", "the day after the one left out"},
		{"2044-12-31", "America/New_York", "2044-12-31T00:00-05:00", "a leap year for which only a rule is known"},
		{"0001-01-01", "Asia/Shanghai", "0001-01-02T08:05+08:05", "held at the beginning of time"},
		{"9999-12-31", "America/New_York", "9999-12-30T19:00-05:00", "held at the end of time"},
	} {
		loc := zone(t, c.zone)
		if got := mustDate(c.day).Start(loc).Format(loc); got != c.start {
			t.Errorf("%s in %s (%s) starts at %s, want %s", c.day, c.zone, c.why, got, c.start)
		}
	}
}

// zones are chosen for what their clocks have done: midnight gaps, changes over
// midnight, days left out, offsets of odd minutes and, long ago, seconds.
func zones(t testing.TB) []*time.Location {
	locs := []*time.Location{time.UTC, time.FixedZone("", 5*3600+1800)}
	for _, name := range []string{
		"America/New_York", "Asia/Shanghai", "Europe/London", "America/Sao_Paulo", "America/St_Johns",
		"Africa/Cairo", "Asia/Beirut", "America/Havana", "Pacific/Apia", "Pacific/Kwajalein", "Asia/Manila",
		"Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Monrovia", "Asia/Tehran",
	} {
		locs = append(locs, zone(t, name))
	}
	return locs
}

func TestDateRoundTrips(t *testing.T) {
	locs := zones(t)
	rapid.Check(t, func(t *rapid.T) {
		// the days around which clocks change are drawn as often as all others
		d := Date(rapid.OneOf(
			rapid.Int32Range(int32(MinDate)+2, int32(MaxDate)-2),
			rapid.Int32Range(int32(mustDate("1880-01-01")), int32(mustDate("2040-01-01"))),
		).Draw(t, "day"))
		loc := rapid.SampledFrom(locs).Draw(t, "zone")
		if got, err := ParseDate(d.String()); err != nil || got != d {
			t.Fatalf("%s is read as %s, %v", d, got, err)
		}
		if got := NewDate(d.Civil()); got != d {
			t.Fatalf("%s is put together as %s", d, got)
		}
		start := d.Start(loc)
		if start.Date(loc) != d && (d+1).Start(loc) != start {
			t.Fatalf("%s starts at %s in %s", d, start.Format(loc), loc)
		}
		if before := start - 1; before.Date(loc) >= d {
			t.Fatalf("%s starts at %s in %s, but a second before it is %s", d, start.Format(loc), loc, before.Date(loc))
		}
		if next := (d + 1).Start(loc); next < start {
			t.Fatalf("%s starts after the day that follows in %s", d, loc)
		}
		if got := start.Date(time.UTC); got < d-1 || got > d+1 {
			t.Fatalf("%s starts on %s of UTC in %s", d, got, loc)
		}
	})
}

// TestStartIsMonotone goes through every day of the years in which the zones
// changed their clocks.
func TestStartIsMonotone(t *testing.T) {
	for _, loc := range zones(t) {
		last := MinInstant
		for d := mustDate("1965-01-01"); d < mustDate("2026-01-01"); d++ {
			start := d.Start(loc)
			if start < last || start.Date(loc) < d || (start-1).Date(loc) >= d {
				t.Fatalf("%s starts at %s in %s", d, start.Format(loc), loc)
			}
			last = start
		}
	}
}

func TestInstantRoundTrips(t *testing.T) {
	locs := zones(t)
	rapid.Check(t, func(t *rapid.T) {
		i := Instant(rapid.OneOf(
			rapid.Int64Range(int64(MinInstant), int64(MaxInstant)),
			rapid.Int64Range(-2_500_000_000, 2_500_000_000),
			rapid.SampledFrom([]int64{int64(MinInstant), int64(MaxInstant)}),
		).Draw(t, "instant"))
		loc := rapid.SampledFrom(locs).Draw(t, "zone")
		text := i.Format(loc)
		if got, err := ParseInstant(text); err != nil || got != i {
			t.Fatalf("%d is written %s in %s, which is read as %d, %v", i, text, loc, got, err)
		}
		if got, want := i.Date(loc).String(), time.Unix(int64(i), 0).In(loc).Format("2006-01-02"); got != want {
			t.Fatalf("%s falls on %s in %s, want %s", text, got, loc, want)
		}
		m, err := ParseMoment(text)
		if err != nil || m.IsDate() || m.IsZero() || m.String() != text || m.Instant(loc) != i || m.Noon(loc) != i || m.Date(loc) != i.Date(loc) {
			t.Fatalf("moment %s is %s, %v", text, m, err)
		}
	})
}

func TestMoment(t *testing.T) {
	ny := zone(t, "America/New_York")
	m, err := ParseMoment("2025-06-15")
	if err != nil || !m.IsDate() || m.IsZero() || m != DayMoment(mustDate("2025-06-15")) {
		t.Fatalf("a day is %v, %v", m, err)
	}
	if got := m.Instant(ny).Format(ny); got != "2025-06-15T00:00-04:00" {
		t.Errorf("the day starts at %s", got)
	}
	if got := m.Noon(ny).Format(ny); got != "2025-06-15T12:00-04:00" {
		t.Errorf("its noon is %s", got)
	}
	if m.Date(ny) != mustDate("2025-06-15") || m.String() != "2025-06-15" {
		t.Errorf("it is %s, written %s", m.Date(ny), m)
	}
	m, err = ParseMoment("2025-06-15T23:30:00-07:00")
	if err != nil || m.IsDate() || m.String() != "2025-06-15T23:30-07:00" {
		t.Fatalf("an instant is %v, %v", m, err)
	}
	if got := m.Date(ny); got != mustDate("2025-06-16") {
		t.Errorf("it falls on %s in New York", got)
	}
	if got := InstantMoment(m.Instant(ny)).String(); got != "2025-06-16T06:30Z" {
		t.Errorf("it is %s in UTC", got)
	}
	if !(Moment{}).IsZero() || (Moment{}).String() != "" || (Moment{}).IsDate() {
		t.Error("the zero moment is something")
	}
	for _, s := range []string{"", "today", "2025-02-30", "2025-06-15 12:00", "2025-06-15T12:00", "15 June 2025, noon"} {
		if m, err := ParseMoment(s); err == nil {
			t.Errorf("ParseMoment(%q) = %s", s, m)
		}
	}
}

func TestPeriod(t *testing.T) {
	p := Period{10, 20}
	if p.Contains(9) || !p.Contains(10) || !p.Contains(19) || p.Contains(20) {
		t.Error("a period holds its From and not its Until")
	}
	if p.Overlaps(Period{20, 30}) || p.Overlaps(Period{0, 10}) || !p.Overlaps(Period{19, 30}) {
		t.Error("periods that only touch do not overlap")
	}
	if p.Overlaps(Period{15, 15}) || p.Overlaps(Period{18, 12}) {
		t.Error("an empty period overlaps nothing")
	}
	if got := p.Intersect(Period{15, 40}); got != (Period{15, 20}) {
		t.Errorf("the intersection is %v", got)
	}
}

func TestPeriodLaws(t *testing.T) {
	// few distinct instants, so that periods touch, meet and nest
	instant := rapid.Custom(func(t *rapid.T) Instant {
		if rapid.IntRange(0, 9).Draw(t, "end") == 0 {
			return rapid.SampledFrom([]Instant{MinInstant, MaxInstant}).Draw(t, "which")
		}
		return Instant(rapid.Int64Range(-5, 5).Draw(t, "instant"))
	})
	period := rapid.Custom(func(t *rapid.T) Period {
		return Period{instant.Draw(t, "from"), instant.Draw(t, "until")}
	})
	rapid.Check(t, func(t *rapid.T) {
		p, q, r := period.Draw(t, "p"), period.Draw(t, "q"), period.Draw(t, "r")
		i := instant.Draw(t, "i")
		both := p.Intersect(q)
		switch {
		case both.Contains(i) != (p.Contains(i) && q.Contains(i)):
			t.Fatalf("%v ∩ %v = %v is wrong about %d", p, q, both, i)
		case both != q.Intersect(p):
			t.Fatalf("%v ∩ %v depends on the order", p, q)
		case both.Intersect(r) != p.Intersect(q.Intersect(r)):
			t.Fatalf("%v ∩ %v ∩ %v depends on the grouping", p, q, r)
		case p.Overlaps(q) != !both.IsEmpty():
			t.Fatalf("%v and %v overlap: %v", p, q, p.Overlaps(q))
		case p.IsEmpty() && p.Contains(i):
			t.Fatalf("%v is empty and holds %d", p, i)
		case !p.IsEmpty() && (p.Intersect(Always) != p || p.Intersect(p) != p):
			t.Fatalf("%v is changed by all time or by itself", p)
		}
	})
}

func FuzzParseMoment(f *testing.F) {
	for _, s := range []string{"2025-06-15", "2025-06-04T00:01-04:00", "2025-06-04T00:01:30Z", "0001-01-01T00:00Z", "2025-06-15T12:00:00.5Z", "2025-06-15T12:00+23:59"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoment(s)
		if err != nil {
			return
		}
		again, err := ParseMoment(m.String())
		if err != nil || again != m {
			t.Fatalf("%q is read as %s, which is read as %s, %v", s, m, again, err)
		}
		if i := m.Instant(time.UTC); i < MinInstant || i > MaxInstant {
			t.Fatalf("%q lies at %d", s, i)
		}
		if m.IsDate() {
			return
		}
		full := s
		if strings.Count(s, ":") < 3 && !(strings.HasSuffix(s, "Z") && strings.Count(s, ":") == 2) {
			full = s[:16] + ":00" + s[16:] // seconds are optional here, not in RFC 3339
		}
		if want, err := time.Parse(time.RFC3339, full); err != nil || want.Unix() != int64(m.Instant(time.UTC)) {
			t.Fatalf("%q is read as %s, RFC 3339 says %v, %v", s, m, want, err)
		}
	})
}

// Days whose noons are told to be alike have such noons, where clocks change and where
// they do not, and at the ends of time.
func TestNoons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom([]string{"America/New_York", "Asia/Shanghai", "Europe/London", "Pacific/Apia", "Africa/Monrovia", "Australia/Lord_Howe", "UTC"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		days := rapid.OneOf(rapid.Int32Range(int32(MinDate), int32(MaxDate)), rapid.Int32Range(-40_000, 40_000), rapid.Int32Range(int32(MaxDate-3), int32(MaxDate)), rapid.Int32Range(int32(MinDate), int32(MinDate+3)))
		day := Date(days.Draw(t, "day"))
		from, until, after := day.Noons(loc)
		if day < from || day >= until {
			t.Fatalf("%s is not from %s until %s", day, from, until)
		}
		near := Date(rapid.Int32Range(int32(from), int32(until-1)).Draw(t, "another"))
		for _, d := range []Date{day, from, until - 1, near} {
			if got, want := d.Midnight()+after, DayMoment(d).Noon(loc); got != want {
				t.Errorf("noon of %s in %s by that of %s: %d, want %d", d, loc, day, got, want)
			}
		}
	})
}
