package web

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
)

// compareView is two answers to one case: on two days, as known on two days, or
// by the law and under a scenario.
type compareView struct {
	*askView
	on2, known2 string // of the second; "" where they are those of the first
	scenario    string // the name of one of the scenarios offered; "" for none
	supposed    string // the text of one that the reader wrote
	scenarios   []scenarioOption
	faults      []string // of the scenario

	doc           *navicert.ComparisonDocument
	before, after *sideView
	programmes    []programmeRow
	top           string
}

type scenarioOption struct{ name, title string }

// sideView is one of the two answers.
type sideView struct {
	title   string // in what it differs
	read    *determination.Reading
	bar     []block
	address string // of the answer alone; "" under a scenario, of which the page of answers knows nothing
}

// programmeRow is what a programme asks on both sides.
type programmeRow struct {
	name, before, after, by string
	beforeBar, afterBar     []block
}

// mostSupposed is how long a scenario may be that a reader writes, in bytes.
const mostSupposed = 16 << 10

// scenarios are the engines under scenarios that were asked for. Laying one over
// the packs takes long against an answer, so the last few are kept.
type scenarios struct {
	mu   sync.Mutex
	made []supposedEngine // the last used at the end
}

type supposedEngine struct {
	key    [32]byte
	engine *navicert.Engine
}

// mostEngines is how many engines are kept.
const mostEngines = 8

// under returns the engine under a scenario. One is laid at a time.
func (s *scenarios) under(e *navicert.Engine, name string, text []byte) (*navicert.Engine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sha256.Sum256(append([]byte(name+"\x00"), text...))
	if i := slices.IndexFunc(s.made, func(m supposedEngine) bool { return m.key == key }); i >= 0 {
		m := s.made[i]
		s.made = append(slices.Delete(s.made, i, i+1), m)
		return m.engine, nil
	}
	under, err := e.With(name, text)
	if err != nil {
		return nil, err
	}
	if len(s.made) == mostEngines {
		s.made = slices.Delete(s.made, 0, 1)
	}
	s.made = append(s.made, supposedEngine{key, under})
	return under, nil
}

func (s *site) getCompare(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := &compareView{on2: first(q["on2"]), known2: first(q["known2"]), scenario: first(q["scenario"]), supposed: first(q["suppose"]), scenarios: s.offered()}
	c := decode(q)
	if len(q) > 0 {
		s.fillDays(&c)
		if moved(w, r, v.address(&c)) {
			return
		}
	}
	v.askView = s.newAsk("/compare", c, len(q) == 0)
	if len(q) > 0 && (isCode(c.Goods) || c.Goods == "" && len(c.Facts) > 0) {
		s.compare(v)
	}
	s.giveFacts(v.askView)
	if v.doc == nil && len(v.given) == 0 && (!isCode(v.c.Goods) || len(v.fields["goods"]) > 0) {
		v.finder = s.find(&v.c, v.action)
	}
	s.render(w, r, http.StatusOK, comparePage(s.frame("compare", "Compare"), v))
}

func (v *compareView) address(c *navicert.Case) string {
	out := "/compare?" + encode(c)
	for _, p := range [][2]string{{"on2", v.on2}, {"known2", v.known2}, {"scenario", v.scenario}, {"suppose", v.supposed}} {
		if p[1] != "" {
			out += "&" + p[0] + "=" + url.QueryEscape(p[1])
		}
	}
	return out
}

// offered are the scenarios that the page offers, by their titles.
func (s *site) offered() []scenarioOption {
	var out []scenarioOption
	names, _ := fs.Glob(s.Scenarios, "*.yaml")
	for _, name := range names {
		out = append(out, scenarioOption{strings.TrimSuffix(name, ".yaml"), scenarioTitle(s.Scenarios, name)})
	}
	return out
}

// scenarioTitle is the title that a file of a scenario gives, or its name.
func scenarioTitle(files fs.FS, name string) string {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return name
	}
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(line, "title:"); ok {
			return strings.Trim(strings.TrimSpace(title), `"'`)
		}
	}
	return name
}

// scenarioText is the scenario that is chosen; ok is false where there is none.
func (s *site) scenarioText(v *compareView) (name string, text []byte, ok bool) {
	switch {
	case v.supposed != "":
		if len(v.supposed) > mostSupposed {
			v.faults = append(v.faults, "The scenario is longer than "+size(mostSupposed)+": lay it over the packs with navicert determine --scenario.")
			return "", nil, false
		}
		return "scenario", []byte(v.supposed), true
	case v.scenario != "":
		name = path.Base(v.scenario) + ".yaml"
		if text, err := fs.ReadFile(s.Scenarios, name); err == nil {
			return name, text, true
		}
		v.faults = append(v.faults, fmt.Sprintf("There is no scenario %q.", v.scenario))
	}
	return "", nil, false
}

func (s *site) compare(v *compareView) {
	second := v.c
	if v.on2 != "" {
		second.On, second.Entered, second.Exported = v.on2, "", ""
	}
	if v.known2 != "" {
		second.Known = v.known2
	}
	engine := s.Engine
	supposing := ""
	if name, text, ok := s.scenarioText(v); ok {
		under, err := s.supposed.under(s.Engine, name, text)
		var problems navicert.PackProblems
		switch {
		case errors.As(err, &problems):
			for _, p := range problems {
				v.faults = append(v.faults, p.Error())
			}
			return
		case err != nil:
			v.faults = append(v.faults, sentence(err.Error()))
			return
		}
		engine = under
		supposing = engine.Scenarios()[len(engine.Scenarios())-1].Title
	}
	if len(v.faults) > 0 {
		return
	}
	before, err := s.Engine.Determine(v.c)
	v.fault(err)
	after, err2 := engine.Determine(second)
	if err == nil {
		v.secondFault(err2)
	}
	if err != nil || err2 != nil {
		return
	}
	v.doc = navicert.Compare(before, after).Document()
	v.before, v.after = newSide(&v.c, before), newSide(&second, after)
	v.before.address, v.after.address = "/ask?"+encode(&v.c), "/ask?"+encode(&second)
	v.before.title, v.after.title = sideTitles(&v.c, &second, supposing)
	if supposing != "" {
		v.after.address = ""
	}
	v.scale(before, after)
}

// secondFault says of a fault of the second answer alone to which field it belongs.
func (v *compareView) secondFault(err error) {
	var problems determination.Problems
	if !errors.As(err, &problems) {
		v.fault(err)
		return
	}
	for _, p := range problems {
		if (p.Field == "on" || p.Field == "entered") && v.on2 != "" {
			p.Field = "on2"
		}
		if p.Field == "known" && v.known2 != "" {
			p.Field = "known2"
		}
		v.fields[p.Field] = append(v.fields[p.Field], p)
	}
}

func newSide(c *navicert.Case, d *navicert.Determination) *sideView {
	return &sideView{read: d.Document().Read()}
}

// sideTitles says in what the two answers differ.
func sideTitles(a, b *navicert.Case, supposing string) (before, after string) {
	var x, y []string
	if lawDay(a) != lawDay(b) {
		x, y = append(x, "on "+lawDay(a)), append(y, "on "+lawDay(b))
	}
	if a.Known != b.Known {
		x, y = append(x, "as known on "+a.Known), append(y, "as known on "+b.Known)
	}
	if supposing != "" {
		x, y = append(x, "by the law"), append(y, "supposing: "+supposing)
	}
	if len(x) == 0 {
		return "First", "Second, the same"
	}
	return capital(strings.Join(x, ", ")), capital(strings.Join(y, ", "))
}

func lawDay(c *navicert.Case) string { return first([]string{c.On, c.Entered, c.Exported}) }

// scale draws both sides on one scale, whole and by programme.
func (v *compareView) scale(before, after *navicert.Determination) {
	var a, b determination.Summary
	before.Summarise(&a)
	after.Summarise(&b)
	x, y := sharesOf(before, &a), sharesOf(after, &b)
	var names []string
	for _, s := range append(slices.Clone(x), y...) {
		if !slices.Contains(names, s.programme) {
			names = append(names, s.programme)
		}
	}
	totals := [2]extent{}
	totals[0], _ = measured(nil, v.doc.Before.Rate, false)
	totals[1], _ = measured(nil, v.doc.After.Rate, false)
	reach := 0.0
	for _, t := range totals {
		reach = max(reach, t.least, t.most)
		if t.unbounded {
			reach = max(reach, t.least*1.5)
		}
	}
	top := roundUp(reach)
	v.top = fmt.Sprintf("%g %%", top)
	draw := func(e extent, class string) []block {
		out := []block{across(0, e.least/top*100, class)}
		if e.unbounded {
			return append(out, across(e.least/top*100, 100, "bar-open"))
		}
		if e.most > e.least {
			out = append(out, across(e.least/top*100, e.most/top*100, "bar-open"))
		}
		return out
	}
	v.before.bar, v.after.bar = draw(totals[0], "bar-total"), draw(totals[1], "bar-total")
	for _, name := range names {
		row := programmeRow{name: name, before: shareOf(x, name), after: shareOf(y, name)}
		for _, s := range v.doc.Sums {
			if s.Programme == name {
				row.by = s.Duty.Range()
			}
		}
		if row.by == "" && row.before != row.after {
			row.by = "differs"
		}
		row.beforeBar, row.afterBar = draw(extentOfShare(x, name), "bar-step"), draw(extentOfShare(y, name), "bar-step")
		v.programmes = append(v.programmes, row)
	}
}

func extentOfShare(shares []share, programme string) extent {
	for _, s := range shares {
		if s.programme != programme {
			continue
		}
		least, most := s.percent.Least.String(), s.percent.Most.String()
		x, _ := extentOf(&least, &most)
		x.unbounded = s.percent.Unbounded
		return x
	}
	return extent{}
}
