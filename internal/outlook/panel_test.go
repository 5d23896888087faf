package outlook

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

// law is the schedule of the packs that are shipped.
var law = sync.OnceValue(func() *schedule.Schedule {
	dirs, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		panic(err)
	}
	var names []string
	for _, d := range dirs {
		if d.IsDir() {
			names = append(names, d.Name())
		}
	}
	set, problems := rulepack.Read(packs.FS, names...)
	if faults := problems.Faults(); len(faults) > 0 {
		panic(faults)
	}
	return schedule.Compile(set)
})

// options are those of the whole panel of the United States since a day.
func options(tb testing.TB, since, profile string) Options {
	tb.Helper()
	pack, ok := law().Pack("US")
	if !ok {
		tb.Fatal("no tariff of the United States")
	}
	day, err := quantity.ParseDate(since)
	if err != nil {
		tb.Fatal(err)
	}
	p, ok := ShippedProfile(profile)
	if !ok {
		tb.Fatalf("no profile %s", profile)
	}
	return Options{Into: "US", Period: quantity.Period{From: day.Start(pack.Zone), Until: quantity.MaxInstant}, Known: pack.KnownThrough, Digits: 10,
		Profile: p, Workers: runtime.NumCPU()}
}

func panel(tb testing.TB, o Options) *Panel {
	tb.Helper()
	p, err := New(context.Background(), law(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// draws is how many cells tests compare with single determinations: what the
// environment variable NAVICERT_DRAWS says, else a number that takes a moment.
func draws(tb testing.TB, moment int) int {
	text := os.Getenv("NAVICERT_DRAWS")
	if text == "" {
		return moment
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("NAVICERT_DRAWS=%q is no number of draws", text)
	}
	return n
}

// TestPanelIsDeterminations draws cells of panels and determines their cases one
// by one: they are the same to the last place, line by line.
func TestPanelIsDeterminations(t *testing.T) {
	usmca, err := ParseProfile([]byte(`
profile: usmca
title: USMCA is claimed, bolts are half steel
closed: true
rules:
- {origin: [CA, MX], facts: {preference: S}}
- {goods: ["7318"], facts: {content.steel: 0.5}}
- {goods: ["8703"], origin: [DE], facts: {content.us: 0.25}}
`), "usmca.yaml")
	if err != nil {
		t.Fatal(err)
	}
	chapters := func(o Options, goods ...nomenclature.Code) Options {
		o.Goods = goods
		return o
	}
	claiming := options(t, "2018-01-01", "closed")
	claiming.Profile = usmca
	short := chapters(options(t, "2019-01-01", "metal-whole"), "7326", "8708", "9403", "8541", "30")
	short.Digits = 8
	china := options(t, "2024-01-01", "closed")
	china.Into, china.Origins = "CN", []nomenclature.Country{"US", "DE", "AU"}
	if pack, ok := law().Pack("CN"); ok {
		china.Known = pack.KnownThrough
		china.Period.From = max(china.Period.From, pack.Begins.Start(pack.Zone))
		china.Digits = 8
	}
	total := draws(t, 8000)
	recent := options(t, "2025-01-01", "metal-whole")
	if total < 100000 { // the whole panel takes a while to make
		recent = chapters(recent, "01", "2204", "2933", "6109", "7208", "73", "7604", "8471", "8501", "8544", "87", "9403", "98")
	}
	for _, test := range []struct {
		name  string
		o     Options
		draws int
	}{
		{"since 2025", recent, total * 6 / 10},
		{"no metal", chapters(options(t, "2025-01-01", "metal-none"), "72", "73", "76", "84", "87"), total / 10},
		{"since 2018", chapters(options(t, "2018-01-01", "metal-whole"), "0406", "22", "29", "72", "7308", "8471", "8501", "8703", "9401"), total / 10},
		{"open", chapters(options(t, "2025-01-01", "open"), "0101", "2204", "7318", "8703", "8542", "3004"), total / 20},
		{"claims", chapters(claiming, "0702", "7318", "8703", "6109"), total / 20},
		{"eight digits", short, total / 20},
		{"China", china, total / 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := panel(t, test.o)
			compareCells(t, p, test.draws)
		})
	}
}

func compareCells(t *testing.T, p *Panel, draws int) {
	t.Helper()
	random := rand.New(rand.NewPCG(20250615, uint64(draws)))
	var d determination.Determination
	var s determination.Summary
	var spans []span
	wrong := 0
	for range draws {
		l := &p.lines[random.IntN(len(p.lines))]
		o := random.IntN(len(p.origins))
		life := l.lives[random.IntN(len(l.lives))]
		spans = p.spans(l, int(p.groupOf[o]), spans[:0])
		spans = slices.DeleteFunc(spans, func(s span) bool { return !life.Overlaps(s.period) })
		sp := spans[random.IntN(len(spans))]
		// At its beginning, at its end, or in between; the last has no end.
		at, until := sp.period.From, min(sp.period.Until, sp.period.From+400*24*3600)
		switch random.IntN(3) {
		case 0:
			at = until - 1
		case 1:
			at += quantity.Instant(random.Int64N(int64(until - at)))
		}
		row := p.row(l.code, p.origins[o], &sp)
		c := p.Case(l.code, p.origins[o], at)
		if err := d.Determine(p.s, &c); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		d.Summarise(&s)
		want := fmt.Sprintf("%s..%s %v", s.Percent.Least, s.Percent.Most, s.Percent.Unbounded)
		var lines []string
		for _, l := range s.Lines {
			if !l.Fee {
				lines = append(lines, fmt.Sprintf("%s %s %v", l.Measure, l.Rate, l.Open))
			}
		}
		slices.Sort(lines)
		want += fmt.Sprint(lines)
		lines = lines[:0]
		for i := range row.Cell.Lines {
			l := &row.Cell.Lines[i]
			rate := row.Rate
			if l.Entry.Base == nil {
				rate = ""
				if l.Rate != nil {
					rate = l.Rate.String()
				}
			}
			lines = append(lines, fmt.Sprintf("%s %s %v", l.Entry.ID, rate, l.Open))
		}
		slices.Sort(lines)
		least, most := row.Total.Least.Round(4, quantity.HalfUp), row.Total.Most.Round(4, quantity.HalfUp)
		got := fmt.Sprintf("%s..%s %v", least, most, row.Total.Unbounded) + fmt.Sprint(lines)
		if got != want {
			t.Errorf("%s of %s at %s (%s):\n  the panel says %s\n  determined is %s", l.code, p.origins[o], c.On, p.o.Profile.Name, got, want)
			if wrong++; wrong == 5 {
				return
			}
		}
		if sum := row.Ordinary; row.Total.Status == Exact {
			for _, r := range row.Cell.Programme[1:] {
				sum = sum.Add(r)
			}
			if !sum.Least.Equal(row.Total.Least) || !sum.Most.Equal(row.Total.Most) {
				t.Errorf("%s of %s at %s: the programmes come to %s, all to %s", l.code, p.origins[o], c.On, sum.Least, row.Total.Least)
			}
		}
	}
}

// TestPanelCoversTheSchedule finds every line of every edition in the window, and
// no other, with rows that follow one another without gap or overlap.
func TestPanelCoversTheSchedule(t *testing.T) {
	o := options(t, "2018-01-01", "closed")
	o.Origins = []nomenclature.Country{"CN", "DE", "CU"}
	p := panel(t, o)
	var instants []quantity.Instant
	for l := range p.pack.Table.All() {
		for _, at := range [...]quantity.Instant{l.Period.From, l.Period.Until - 1} {
			if o.Period.Contains(at) {
				instants = append(instants, at)
			}
		}
	}
	slices.Sort(instants)
	instants = slices.Compact(instants)
	if len(instants) < 10 {
		t.Fatalf("the schedule has only %d instants", len(instants))
	}
	for _, at := range instants {
		want := map[nomenclature.Code]bool{}
		for l := range p.pack.Table.Lines(at) {
			if len(l.Code) >= 8 && len(p.pack.Table.Children(l.Code, at)) == 0 {
				want[l.Code] = true
			}
		}
		for i := range p.lines {
			l := &p.lines[i]
			if slices.ContainsFunc(l.lives, func(life quantity.Period) bool { return life.Contains(at) }) {
				if !want[l.code] {
					t.Fatalf("%s: %s is no line", at.Date(p.pack.Zone), l.code)
				}
				delete(want, l.code)
			}
		}
		for c := range want {
			t.Fatalf("%s: the panel lacks %s", at.Date(p.pack.Zone), c)
		}
	}
	var spans []span
	for i := range p.lines {
		l := &p.lines[i]
		for g := range p.groups {
			spans = p.spans(l, g, spans[:0])
			n := 0
			for _, life := range l.lives {
				at := life.From
				for ; at < life.Until; n++ {
					if n == len(spans) || spans[n].period.From != at || spans[n].period.IsEmpty() {
						t.Fatalf("%s of %s: nothing begins at %s", l.code, p.groups[g][0], at.Format(p.pack.Zone))
					}
					at = spans[n].period.Until
				}
				if at != life.Until {
					t.Fatalf("%s of %s: the last interval ends at %s", l.code, p.groups[g][0], at.Format(p.pack.Zone))
				}
			}
			if n != len(spans) {
				t.Fatalf("%s of %s: intervals beside its life", l.code, p.groups[g][0])
			}
		}
	}
}

// TestIntervalsSayWhatOpenedThem follows steel bolts of China through 2025.
func TestIntervalsSayWhatOpenedThem(t *testing.T) {
	o := options(t, "2025-01-01", "metal-whole")
	o.Goods, o.Origins = []nomenclature.Code{"7318152061"}, []nomenclature.Country{"CN"}
	p := panel(t, o)
	zone := p.pack.Zone
	var got []string
	for r := range p.Rows() {
		line := r.Period.From.Date(zone).String() + " " + r.Total.Least.String()
		opened := slices.Clone(r.Opened)
		slices.SortFunc(opened, func(a, b determination.Opening) int { return cmp.Compare(a.Measure.ID, b.Measure.ID) })
		for _, o := range opened {
			line += " " + o.Measure.ID
			if o.Instrument != nil {
				line += "/" + o.Instrument.ID
			}
		}
		got = append(got, line)
	}
	want := []string{
		"2025-01-01 25", // section 301
		"2025-02-04 35 us.ieepa.fentanyl.cn/eo-14195",
		"2025-03-04 45 us.ieepa.fentanyl.cn/eo-14228",
		"2025-03-12 70 us.232.steel.derivatives-73/fr-2025-03598",
		"2025-06-04 95 us.232.steel.derivatives-73/p-10947 us.232.steel.derivatives-73-content/p-10947",
		"2025-11-10 85 us.ieepa.fentanyl.cn/eo-14357",
		"2026-02-24 75 us.ieepa.fentanyl.cn/eo-2026-02-20",
		"2026-04-06 75 us.232.metals.50-derivatives/p-11021 us.232.steel.derivatives-73-content/p-11021",
		"2026-07-24 75 us.301.forced-labour-12/memo-2026-07-23", // not verified: up to 87.5
	}
	if !slices.Equal(got, want) {
		t.Errorf("intervals:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
