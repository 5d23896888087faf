// Package catalogue lists the law that an engine holds: measures, instruments,
// facts, goods and packs, written out in words and figures. It decides nothing
// about a case.
package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// Instrument is a legal text, or a report of one.
type Instrument struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Title      string   `json:"title"`
	Citation   string   `json:"citation"`
	Date       string   `json:"date"`
	URL        string   `json:"url,omitempty"`
	Standing   string   `json:"standing"`
	Confidence string   `json:"confidence"`
	Note       string   `json:"note,omitempty"`
	Measures   []string `json:"measures,omitempty"` // measures it acts on
}

// InstrumentOf writes an instrument out, without what it did.
func InstrumentOf(in *measure.Instrument) Instrument {
	return Instrument{ID: in.ID, Kind: in.Kind, Title: in.Title, Citation: in.Citation, Date: in.Date.String(),
		URL: in.URL, Standing: string(in.Standing), Confidence: string(in.Confidence), Note: in.Note}
}

// Act is what one instrument did to one measure. From is inside, Until outside;
// an end that is absent is open.
type Act struct {
	By         string `json:"by"`
	Citation   string `json:"citation"`
	Announced  string `json:"announced"`
	From       string `json:"from,omitempty"`
	Until      string `json:"until,omitempty"`
	Effect     string `json:"effect"`
	Then       string `json:"then,omitempty"`
	Heading    string `json:"heading,omitempty"`
	Standing   string `json:"standing"`
	Confidence string `json:"confidence"`
	Note       string `json:"note,omitempty"`
}

// ActOf writes an act out, its instants in the zone.
func ActOf(a *measure.Act, zone *time.Location) Act {
	v := Act{Announced: a.Announced.String(), Effect: a.Effect.Words(), Heading: a.Heading,
		Standing: string(a.Standing), Confidence: string(a.Confidence), Note: a.Note}
	if a.By != nil {
		v.By, v.Citation = a.By.ID, a.By.Citation
	}
	v.From, v.Until = Ends(a.Period, zone)
	if a.Then != nil {
		v.Then = a.Then.Words()
	}
	return v
}

// Ends writes a period's ends in the zone; an end of time is empty.
func Ends(p quantity.Period, zone *time.Location) (from, until string) {
	if p.From > quantity.Always.From {
		from = p.From.Format(zone)
	}
	if p.Until < quantity.Always.Until {
		until = p.Until.Format(zone)
	}
	return from, until
}

// Measure is one rule of law, with what it is on a day.
type Measure struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Leg     string `json:"leg"`
	Title   string `json:"title"`
	Pack    string `json:"pack"`
	Heading string `json:"heading,omitempty"`
	State   string `json:"state"`
	Law     string `json:"law,omitempty"`
}

// Filter is what a movement can be said to be without facts; what is empty is
// anything.
type Filter struct {
	Goods            nomenclature.Code
	From, To, Origin nomenclature.Country
}

// covers reports whether the scope of the entry can cover the movement.
func (f *Filter) covers(s *schedule.Schedule, entry *schedule.Entry, at quantity.Instant, known quantity.Date) bool {
	holds := func(p *schedule.Places, c nomenclature.Country) bool { return c == "" || p.Contains(c, at) }
	territory := f.To
	switch entry.Leg {
	case measure.Export:
		territory = f.From
	case measure.Reexport:
		territory = ""
	}
	origin := f.Origin
	if origin == "" {
		origin = f.From
	}
	if !holds(&entry.Territory, territory) || !holds(&entry.From, f.From) || !holds(&entry.To, f.To) || !holds(&entry.Origin, origin) {
		return false
	}
	if f.Goods == "" {
		return true
	}
	_, ok := entry.OnGoods(s.Goods(f.Goods, at, known, nil))
	return ok
}

// MeasureOf writes a measure out, with what it is at the instant as known on the
// day.
func MeasureOf(entry *schedule.Entry, at quantity.Instant, known quantity.Date) Measure {
	m := entry.Measure
	v := Measure{ID: m.ID, Kind: string(m.Kind), Leg: string(m.Leg), Title: m.Title, Pack: m.Pack, Heading: m.Heading}
	if entry.Base != nil {
		v.State = "by the schedule"
		return v
	}
	st := m.Acts.At(at, known)
	v.State = st.Words()
	if st.Act != nil {
		if st.Act.Heading != "" {
			v.Heading = st.Act.Heading
		}
		if st.Act.By != nil {
			v.Law = st.Act.By.Citation
		}
	}
	return v
}

// Explanation is all about one measure, as known on a day.
type Explanation struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind"`
	Leg        string     `json:"leg"`
	Title      string     `json:"title"`
	Programme  string     `json:"programme,omitempty"`
	Pack       string     `json:"pack"`
	Position   string     `json:"position,omitempty"`
	Heading    string     `json:"heading,omitempty"`
	Authority  string     `json:"authority,omitempty"`
	Review     string     `json:"review,omitempty"`
	Note       string     `json:"note,omitempty"`
	Scope      []string   `json:"scope"`
	When       string     `json:"when,omitempty"`
	On         string     `json:"on,omitempty"`
	Exempts    []string   `json:"exempts,omitempty"`
	InLieuOf   []string   `json:"inLieuOf,omitempty"`
	Reviews    []string   `json:"reviews,omitempty"`
	Known      string     `json:"known"`
	Acts       []Act      `json:"acts"`
	Timeline   []Segment  `json:"timeline"`
	Relations  []Relation `json:"relations,omitempty"`
	Confidence string     `json:"confidence,omitempty"`
}

// Segment is a stretch of a measure's timeline.
type Segment struct {
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
	State string `json:"state"`
	Law   string `json:"law"`
}

// Relation is how duties stand to one another.
type Relation struct {
	Kind     string   `json:"kind"`
	Measures []string `json:"measures"`
	With     []string `json:"with"`
	From     string   `json:"from,omitempty"`
	Until    string   `json:"until,omitempty"`
	Citation string   `json:"citation,omitempty"`
}

// Find are the measure with the id, or all that are filed under the
// heading.
func Find(eng *navicert.Engine, name string) []*measure.Measure {
	var out []*measure.Measure
	for _, m := range eng.Measures() {
		if m.ID == name {
			return []*measure.Measure{m}
		}
		if m.Heading == name || slices.ContainsFunc(m.Acts, func(a measure.Act) bool { return a.Heading == name }) {
			out = append(out, m)
		}
	}
	return out
}

// Explain tells all about a measure, as known on the day.
func Explain(eng *navicert.Engine, m *measure.Measure, known quantity.Date) Explanation {
	zone := ZoneOf(eng.Set(), m.Pack)
	x := Explanation{ID: m.ID, Kind: string(m.Kind), Leg: string(m.Leg), Title: m.Title, Programme: m.Programme, Pack: m.Pack,
		Position: m.Position, Heading: m.Heading, Authority: m.Authority, Review: m.Review, Note: m.Note,
		Scope: m.ScopeWords(), When: m.WhenSource, Exempts: m.Exempts, InLieuOf: m.InLieuOf, Reviews: m.Reviews, Known: known.String(),
		Acts: []Act{}, Timeline: []Segment{}, Confidence: string(m.Confidence)}
	if m.On != "whole" {
		x.On = m.On
	}
	for i := range m.Acts {
		if m.Acts[i].Announced <= known {
			x.Acts = append(x.Acts, ActOf(&m.Acts[i], zone))
		}
	}
	for _, s := range m.Acts.Segments(known) {
		if s.State.Kind == measure.NotStarted {
			continue
		}
		v := Segment{State: s.State.Words()}
		v.From, v.Until = Ends(s.Period, zone)
		if s.State.Act != nil && s.State.Act.By != nil {
			v.Law = s.State.Act.By.Citation
		}
		x.Timeline = append(x.Timeline, v)
	}
	for _, p := range eng.Set().Packs {
		for _, r := range p.Relations {
			if !measure.MatchAny(r.Measures, m.ID) && !measure.MatchAny(r.With, m.ID) {
				continue
			}
			v := Relation{Kind: string(r.Kind), Measures: r.Measures, With: r.With}
			v.From, v.Until = Ends(r.Period, p.Zone)
			if r.By != nil {
				v.Citation = r.By.Citation
			}
			x.Relations = append(x.Relations, v)
		}
	}
	return x
}

// PackOf is the pack with the id.
func PackOf(set *rulepack.Set, id string) *rulepack.Pack {
	for _, p := range set.Packs {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// ZoneOf is the zone of the pack with the id.
func ZoneOf(set *rulepack.Set, id string) *time.Location {
	if p := PackOf(set, id); p != nil && p.Zone != nil {
		return p.Zone
	}
	return time.UTC
}

// Fact is what a case can state.
type Fact struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Kind     string   `json:"kind"`
	Unit     string   `json:"unit,omitempty"`
	Values   []string `json:"values,omitempty"`
	Min      string   `json:"min,omitempty"`
	Max      string   `json:"max,omitempty"`
	Formula  string   `json:"formula,omitempty"`
	Question string   `json:"question"`
	Where    string   `json:"where,omitempty"`
	Pack     string   `json:"pack"`
}

// Measures returns the measures whose scope can cover the movement, with what
// they are on the moment as known on the day. all tells whether those are wanted
// too that had not started or had ended; left is how many were left out.
func Measures(eng *navicert.Engine, f Filter, on quantity.Moment, known quantity.Date, all bool) (out []Measure, left int) {
	out = []Measure{}
	entries := eng.Schedule().Entries()
	for i := range entries {
		entry := &entries[i]
		at := on.Noon(entry.Pack.Zone)
		if !f.covers(eng.Schedule(), entry, at, known) {
			continue
		}
		if v := MeasureOf(entry, at, known); all || v.State != "not started" && v.State != "ended" {
			out = append(out, v)
		} else {
			left++
		}
	}
	return out, left
}

// Facts returns the facts whose name or question holds the word, whatever its
// case.
func Facts(eng *navicert.Engine, word string) []Fact {
	word = strings.ToLower(word)
	out := []Fact{}
	for _, f := range eng.Facts() {
		if !strings.Contains(strings.ToLower(f.Name+" "+f.Question), word) {
			continue
		}
		v := Fact{Name: f.Name, Type: f.Type.String(), Kind: f.Kind.String(), Unit: f.Unit, Values: f.Values,
			Formula: f.Formula, Question: f.Question, Where: f.Where, Pack: f.Pack}
		if f.Min != nil {
			v.Min = f.Min.String()
		}
		if f.Max != nil {
			v.Max = f.Max.String()
		}
		out = append(out, v)
	}
	return out
}

// GoodsLine is a line of a schedule of goods.
type GoodsLine struct {
	Goods       string `json:"goods"`
	Designation string `json:"designation"`
	General     string `json:"general,omitempty"` // the ordinary rate, as the schedule states it
	Pack        string `json:"pack"`

	Heading string `json:"-"` // the designation of its four-digit heading
	Country string `json:"-"` // whose schedule it is, by name
}

// Goods finds the lines whose designation holds every word, or whose code begins
// with the digits: at most limit of each schedule, 0 for all, best first, of the
// schedule of one country where only is not "". Schedules that tell the ordinary
// duty come before those that tell codes alone. Where a schedule is held from a
// later day on, its lines are those of that day, which held then names. more tells
// that there are further lines.
func Goods(eng *navicert.Engine, words string, on quantity.Moment, only nomenclature.Country, limit int) (lines []GoodsLine, held string, more bool) {
	lines = []GoodsLine{}
	rates := map[string]bool{} // packs that tell one
	for _, p := range eng.Set().Packs {
		country := nomenclature.Country(p.Jurisdiction)
		if p.Table == nil || only != "" && country != only {
			continue
		}
		at := on.Noon(p.Zone)
		if first := p.Table.Begins(); at < first && p.Table.Len() > 0 {
			at, held = first, first.Date(p.Zone).String()
		}
		found := p.Table.Search(words, at, limit)
		more = more || limit > 0 && len(found) >= limit
		for _, l := range found {
			v := GoodsLine{Goods: l.Code.String(), Designation: oneColon(p.Table.Designation(l.Code, at)),
				Pack: p.ID, Heading: oneColon(p.Table.Designation(l.Code[:min(4, len(l.Code))], at)), Country: country.Name()}
			if p.Base == nil || schedule.Held(p, at) {
				v.General = l.General
				rates[p.ID] = rates[p.ID] || l.General != ""
			}
			lines = append(lines, v)
		}
	}
	slices.SortStableFunc(lines, func(a, b GoodsLine) int {
		switch told, other := rates[a.Pack], rates[b.Pack]; {
		case told == other:
			return 0
		case told:
			return -1
		}
		return 1
	})
	return lines, held, more
}

// oneColon is a path of designations, of which the schedule ends many with a
// colon of its own, with one colon between any two.
func oneColon(path string) string {
	return strings.TrimRight(strings.ReplaceAll(path, ":: ", ": "), ": ")
}

// Pack is a pack of the schedule.
type Pack struct {
	ID           string   `json:"id"`
	Title        string   `json:"title"`
	Digest       string   `json:"digest"`
	Begins       string   `json:"begins"`
	KnownThrough string   `json:"knownThrough"` // the day of its last check
	Licence      string   `json:"licence"`
	NotCovered   []string `json:"notCovered"`
}

// Packs returns the packs of the engine.
func Packs(eng *navicert.Engine) []Pack {
	out := []Pack{}
	for _, p := range eng.Set().Packs {
		out = append(out, Pack{p.ID, p.Title, fmt.Sprintf("sha256:%x", p.Digest), p.Begins.String(),
			p.KnownThrough.String(), p.Licence, append([]string{}, p.NotCovered...)})
	}
	return out
}
