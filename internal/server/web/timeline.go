package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// timelineView is how an answer moves over time.
type timelineView struct {
	*askView
	since, until string
	steps        []timelineStep
	chart        *stepChart
	programmes   []string
	through      string // the day of the last check that ends first, of the packs asked
	announced    []announcement
	slider       slider
}

// timelineStep is a stretch of law time: what the answer was, and the duty by
// programme.
type timelineStep struct {
	determination.Step
	rate   string
	shares []string // by programme; "" where it asks nothing
	beyond bool     // it reaches past the last check of the packs
	ask    string   // the address of the answer at its beginning
}

// announcement is a day on which something became known that moved the answer,
// and the address of the timeline as known on it.
type announcement struct {
	day, what, address string
	current            bool // the knowledge date of the page falls to it
}

// slider is the control of the knowledge axis, in days since 1970-01-01.
type slider struct{ from, until, at int }

func (s *site) getTimeline(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	c := decode(q)
	since, until := first(q["since"]), first(q["until"])
	if len(q) > 0 {
		s.fillDays(&c)
		if since == "" {
			since = "2025-01-01"
		}
		if until == "" {
			until = s.Now().UTC().AddDate(1, 0, 0).Format(time.DateOnly)
		}
		if moved(w, r, timelineAddress(&c, since, until)) {
			return
		}
	}
	v := s.timeline(c, since, until, len(q) == 0)
	title := "Timeline"
	if len(v.steps) > 0 {
		title = "Timeline of " + c.Goods + ", " + c.From + " to " + c.To
	}
	s.render(w, r, http.StatusOK, timelinePage(s.frame("timeline", title), v))
}

func timelineAddress(c *navicert.Case, since, until string) string {
	return "/timeline?" + encode(c) + "&since=" + url.QueryEscape(since) + "&until=" + url.QueryEscape(until)
}

func (s *site) timeline(c navicert.Case, since, until string, empty bool) *timelineView {
	v := &timelineView{askView: s.newAsk("/timeline", c, empty), since: since, until: until}
	v.slider = s.knowledgeSlider(v.c.Known)
	if empty {
		v.finder = s.find(&v.c, v.action)
		return v
	}
	if !isCode(c.Goods) {
		v.finder = s.find(&c, v.action)
		return v
	}
	err := inOrder(since, until)
	var steps []navicert.Step
	if err == nil {
		steps, err = s.Engine.Timeline(c, since, until)
	}
	if err == nil && len(steps) > 0 {
		s.fillTimeline(v, steps)
	}
	v.fault(err)
	s.giveFacts(v.askView)
	if len(v.fields["goods"]) > 0 {
		v.finder = s.find(&c, v.action)
	}
	return v
}

// inOrder refuses a stretch of time that ends before it begins; moments that
// cannot be read are left to the engine.
func inOrder(since, until string) error {
	from, err := quantity.ParseMoment(since)
	to, err2 := quantity.ParseMoment(until)
	if err == nil && err2 == nil && to.Instant(time.UTC) <= from.Instant(time.UTC) {
		return determination.Problems{{Field: "until", Message: until + " is not after " + since}}
	}
	return nil
}

// share is what one programme asks in a step, in per cent of the value.
type share struct {
	programme string
	percent   quantity.Range
}

func (s *site) fillTimeline(v *timelineView, steps []navicert.Step) {
	shares := make([][]share, len(steps))
	var summary determination.Summary
	for i := range steps {
		at := v.c
		at.On, at.Entered, at.Exported = steps[i].From, "", ""
		d, err := s.Engine.Determine(at)
		if err != nil {
			continue // the step has its total, and no parts
		}
		d.Summarise(&summary)
		shares[i] = sharesOf(d, &summary)
		for _, x := range shares[i] {
			if !slices.Contains(v.programmes, x.programme) && (x.percent.Unbounded || !x.percent.Most.IsZero()) {
				v.programmes = append(v.programmes, x.programme)
			}
		}
	}
	// The ordinary duty stands at the bottom, the others in order of their coming.
	slices.SortStableFunc(v.programmes, func(a, b string) int { return b2i(b == ordinary) - b2i(a == ordinary) })
	through := s.checkedThrough(&v.c)
	v.through = through.String()
	for i, step := range steps {
		t := timelineStep{Step: step, rate: step.Rate.Range()}
		at := v.c
		at.On, at.Entered, at.Exported = step.From, "", ""
		t.ask = "/ask?" + encode(&at)
		if end, err := quantity.ParseInstant(step.Until); err == nil {
			t.beyond = end > through.Start(time.UTC)
		}
		for _, p := range v.programmes {
			t.shares = append(t.shares, shareOf(shares[i], p))
		}
		v.steps = append(v.steps, t)
	}
	came := s.laterKnowledge(v)
	v.announced = v.announcements(came)
	v.chart = newStepChart(v, shares, came)
}

// sharesOf is the duties of an answer by programme, without fees.
func sharesOf(d *navicert.Determination, summary *determination.Summary) []share {
	var out []share
	for _, l := range summary.Lines {
		if l.Fee {
			continue
		}
		name := first([]string{l.Programme, ordinary})
		n := slices.IndexFunc(out, func(x share) bool { return x.programme == name })
		if n < 0 {
			n = len(out)
			out = append(out, share{programme: name})
		}
		out[n].percent = out[n].percent.Add(d.Percent(l.Amount))
	}
	return out
}

// shareOf is the share of a programme in words; "" where it asks nothing.
func shareOf(shares []share, programme string) string {
	for _, x := range shares {
		if x.programme == programme {
			return percentWords(x.percent)
		}
	}
	return ""
}

// percentWords is a range of per cents: "0 to 10 %".
func percentWords(p quantity.Range) string {
	switch {
	case p.Unbounded:
		return "at least " + p.Least.String() + " %"
	case p.IsExact():
		return p.Least.String() + " %"
	}
	return p.Least.String() + " to " + p.Most.String() + " %"
}

// checkedThrough is the day of the last check that ends first, of the packs of the
// countries of a case.
func (s *site) checkedThrough(c *navicert.Case) quantity.Date {
	out := quantity.MaxDate
	for _, p := range s.Engine.Set().Packs {
		if p.Table != nil && (p.Jurisdiction == c.To || p.Jurisdiction == c.From && c.Only == "export") {
			out = min(out, p.KnownThrough)
		}
	}
	if out == quantity.MaxDate {
		for _, p := range s.Engine.Set().Packs {
			out = min(out, p.KnownThrough)
		}
	}
	return out
}

// laterKnowledge is the same timeline as known today; nil where that is the
// knowledge date of the page.
func (s *site) laterKnowledge(v *timelineView) []navicert.Step {
	if v.c.Known >= s.today() {
		return nil
	}
	c := v.c
	c.Known = s.today()
	steps, err := s.Engine.Timeline(c, v.since, v.until)
	if err != nil {
		return nil
	}
	return steps
}

// knowledgeSlider is the slider of the knowledge axis at the date of a case.
func (s *site) knowledgeSlider(known string) slider {
	at, err := quantity.ParseDate(known)
	today, _ := quantity.ParseDate(s.today())
	if err != nil {
		at = today
	}
	return slider{from: int(quantity.NewDate(2018, time.January, 1)), until: int(max(today, at)), at: int(at)}
}

// announcements are the days on which something was announced that moves the
// answer, as known then or today.
func (v *timelineView) announcements(came []navicert.Step) []announcement {
	titles := map[string][]string{}
	for _, steps := range [][]navicert.Step{stepsOf(v), came} {
		for _, step := range steps {
			for _, a := range step.Acts {
				if !slices.Contains(titles[a.Announced], a.Citation) {
					titles[a.Announced] = append(titles[a.Announced], a.Citation)
				}
			}
		}
	}
	var days []string
	for day := range titles {
		days = append(days, day)
	}
	slices.Sort(days)
	var out []announcement
	for i, day := range days {
		c := v.c
		c.Known = day
		out = append(out, announcement{day: day, what: strings.Join(titles[day], "; "), address: timelineAddress(&c, v.since, v.until),
			current: day <= v.c.Known && (i+1 == len(days) || days[i+1] > v.c.Known)})
	}
	return out
}

func stepsOf(v *timelineView) []navicert.Step {
	out := make([]navicert.Step, len(v.steps))
	for i := range v.steps {
		out[i] = v.steps[i].Step
	}
	return out
}

// stepChart is rates over time, stacked by programme.
type stepChart struct {
	bands   [][]block // by programme
	shared  []block   // certain in sum, though none of the open duties is
	open    []block   // what facts or law leave open
	beyond  []block
	came    []segment // the total as known today
	years   []tick
	rates   []tick
	marks   []tick // days that the case names
	points  []point
	summary string
}

// segment is a line, its ends in per cent.
type segment struct{ x1, y1, x2, y2 string }

// tick is a place on an axis with what it says.
type tick struct {
	at, label string
	late      bool // near the right end: what it says stands left of it
}

// point is where the answer changes.
type point struct{ x, y, label, address string }

// axis maps instants to per cent of the width.
type axis struct{ from, until quantity.Instant }

func (a axis) at(i quantity.Instant) float64 {
	if a.until <= a.from {
		return 0
	}
	return float64(min(max(i, a.from), a.until)-a.from) / float64(a.until-a.from) * 100
}

// ticks are the beginnings of years, or of months where there are few years.
func (a axis) ticks() []tick {
	from, until := time.Unix(int64(a.from), 0).UTC(), time.Unix(int64(a.until), 0).UTC()
	months := 12
	switch span := until.Sub(from); {
	case span > 12*365*24*time.Hour:
		months = 60
	case span < 500*24*time.Hour:
		months = 3
	case span < 1200*24*time.Hour:
		months = 6
	}
	var out []tick
	for t := time.Date(from.Year(), 1, 1, 0, 0, 0, 0, time.UTC); !t.After(until); t = t.AddDate(0, months, 0) {
		x := a.at(quantity.Instant(t.Unix()))
		if t.Before(from) || x > 96 {
			continue
		}
		label := strconv.Itoa(t.Year())
		if months < 12 {
			label = t.Format("2006-01")
		}
		out = append(out, tick{at: place(x), label: label})
	}
	return out
}

func instantOf(s string) quantity.Instant {
	i, err := quantity.ParseInstant(s)
	if err != nil {
		return quantity.MinInstant
	}
	return i
}

func newStepChart(v *timelineView, shares [][]share, came []navicert.Step) *stepChart {
	steps := v.steps
	x := axis{instantOf(steps[0].From), instantOf(steps[len(steps)-1].Until)}
	top := 0.0
	totals := make([]extent, len(steps))
	for i := range steps {
		if steps[i].Rate != nil {
			totals[i], _ = extentOf(steps[i].Rate.Least, steps[i].Rate.Most)
		}
		top = max(top, totals[i].least, totals[i].most)
	}
	for i := range came {
		if came[i].Rate != nil {
			t, _ := extentOf(came[i].Rate.Least, came[i].Rate.Most)
			top = max(top, t.least, t.most)
		}
	}
	top = roundUp(top * 1.02)
	y := func(percent float64) float64 { return 100 - min(percent, top)/top*100 }
	c := &stepChart{bands: make([][]block, len(v.programmes)), years: x.ticks()}
	box := func(i int, low, high float64, class, title string) block {
		from, until := x.at(instantOf(steps[i].From)), x.at(instantOf(steps[i].Until))
		return block{place(from), place(y(high)), place(until - from), place(y(low) - y(high)), class, title}
	}
	for i := range steps {
		sum := 0.0
		for n, p := range v.programmes {
			for _, s := range shares[i] {
				if s.programme != p || s.percent.Least.IsZero() {
					continue
				}
				least := s.percent.Least.String()
				e, _ := extentOf(&least, &least)
				c.bands[n] = append(c.bands[n], box(i, sum, sum+e.least, toneClass(n), p+": "+percentWords(s.percent)))
				sum += e.least
			}
		}
		if least := totals[i].least; least > sum+1e-6 {
			c.shared = append(c.shared, box(i, sum, least, "shared", "Certain in sum"))
		}
		switch t := totals[i]; {
		case t.unbounded:
			c.open = append(c.open, box(i, t.least, top, "bar-open", "The most is not known"))
		case t.most > t.least:
			c.open = append(c.open, box(i, t.least, t.most, "bar-open", "Open: "+steps[i].rate))
		}
		label := steps[i].From[:10] + ": " + steps[i].rate
		if i > 0 {
			c.points = append(c.points, point{place(x.at(instantOf(steps[i].From))), place(y(max(totals[i].least, totals[i].most))), label, stepTarget(i, &steps[i].Step)})
		}
	}
	if through, err := quantity.ParseDate(v.through); err == nil {
		if from := x.at(through.Start(time.UTC)); from < 100 {
			c.beyond = []block{{x: place(from), y: "0", width: place(100 - from), height: "100%", class: "beyond"}}
		}
	}
	c.came = outline(came, x, y)
	for _, g := range []float64{.25, .5, .75, 1} {
		c.rates = append(c.rates, tick{at: place(100 - g*100), label: strconv.FormatFloat(g*top, 'f', -1, 64) + " %"})
	}
	for _, m := range []struct{ day, label string }{{v.c.Known, "known"}, {lawDate(v.askView), "asked"}} {
		if moment, err := quantity.ParseMoment(m.day); err == nil {
			if at := moment.Instant(time.UTC); at > x.from && at < x.until {
				c.marks = append(c.marks, tick{place(x.at(at)), m.label + " " + m.day, x.at(at) > 70})
			}
		}
	}
	if len(c.marks) == 2 && c.marks[0].at == c.marks[1].at {
		c.marks = c.marks[1:]
	}
	c.summary = fmt.Sprintf("Rate of duty from %s to %s in %d steps, stacked by programme. The table below holds the same figures.", v.since, v.until, len(steps))
	return c
}

// outline is the line of the totals of steps.
func outline(steps []navicert.Step, x axis, y func(float64) float64) []segment {
	var out []segment
	last := -1.0
	for i := range steps {
		if steps[i].Rate == nil {
			continue
		}
		t, _ := extentOf(steps[i].Rate.Least, steps[i].Rate.Most)
		from, until, at := x.at(instantOf(steps[i].From)), x.at(instantOf(steps[i].Until)), y(t.most)
		if last >= 0 {
			out = append(out, segment{place(from), place(last), place(from), place(at)})
		}
		out = append(out, segment{place(from), place(at), place(until), place(at)})
		last = at
	}
	return out
}

// stepTarget is where a point leads: to the instrument that moved the answer, or
// to the row of the table where there are several.
func stepTarget(i int, step *navicert.Step) string {
	for _, a := range step.Acts {
		if a.Instrument != step.Acts[0].Instrument {
			return fmt.Sprintf("#step-%d", i)
		}
	}
	if len(step.Acts) == 0 {
		return fmt.Sprintf("#step-%d", i)
	}
	return "/law/instruments/" + step.Acts[0].Instrument
}

// tones is how many shades the style sheet has for programmes.
const tones = 8

func toneClass(n int) string { return fmt.Sprintf("tone-%d", n%tones+1) }
