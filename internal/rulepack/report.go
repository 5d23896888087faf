package rulepack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// PackReport is what a reader of a pack should know of it: how much there is,
// and what is not known, not checked or not readable. All lists are in the order
// of the pack.
type PackReport struct {
	Pack *Pack

	Instruments, Facts, Measures, Acts, Relations, Lanes int // own
	GoodsRows, ItemRows, PartyRows, ScheduleLines        int

	// Unaddressed are the instruments of the pack that say nowhere where they can be
	// read, by their ids.
	Unaddressed []*measure.Instrument
	// UnreadableRates are the texts of rate columns that are no rate, so that
	// the duty of their lines is not known; UnreadableLines is how many lines
	// of all times print one.
	UnreadableRates []UnreadableRate
	UnreadableLines int
	// UnknownProgrammes are those of which it is not known which lines grant them.
	UnknownProgrammes []*Programme
	// StandIns are the editions that stand in for those of the days.
	StandIns []*Edition
	// Unverified are the measures of which it is not known whether they apply
	// on the day asked for.
	Unverified []*measure.Measure
	// Unchecked are the measures whose reading, or one of whose acts, was not
	// checked against the text.
	Unchecked []Unchecked
	// UnknownActs are the acts that say that something is not known.
	UnknownActs []UnknownAct
	// Worded are the rows of lists by classification that the code of the goods
	// does not decide alone: their scope is stated in words, and asked for.
	Worded []WordedRow
	// MissingHeadings are the filing headings that the schedule did not print
	// while their act ran.
	MissingHeadings []MissingHeading
}

// UnreadableRate is a text that stands where a rate should and is none.
type UnreadableRate struct {
	Column string // general, special or other
	Text   string
	Lines  int // of all times
	First  nomenclature.Code
}

// Unchecked is a measure and the worst confidence in it.
type Unchecked struct {
	Measure    *measure.Measure
	Confidence measure.Confidence
	Acts       int // with less than verified confidence
}

// UnknownAct is an act that says that something is not known.
type UnknownAct struct {
	Measure *measure.Measure
	Act     *measure.Act
}

// WordedRow is a row of a list by classification that asks for facts.
type WordedRow struct {
	List *ItemList
	Row  *ItemRow
}

// MissingHeading is a filing heading that the schedule does not print.
type MissingHeading struct {
	Measure  *measure.Measure
	Act      *measure.Act
	Heading  string
	Elsewhen bool // the schedule prints it at another time
}

// Report returns what a reader of each pack should know of it, measures judged
// at the instant.
func Report(s *Set, on quantity.Instant) []PackReport {
	var out []PackReport
	for _, p := range s.Packs {
		r := PackReport{
			Pack:      p,
			Facts:     len(p.Facts),
			Measures:  len(p.Measures),
			Relations: len(p.Relations),
			Lanes:     len(p.Lanes),
		}
		for _, id := range slices.Sorted(maps.Keys(p.Instruments)) {
			if s.lint == nil || s.lint.cited[p.ID+"/"+id].file != "" {
				r.Instruments++
				if by := p.Instruments[id]; by.URL == "" {
					r.Unaddressed = append(r.Unaddressed, by)
				}
			}
		}
		for _, l := range p.GoodsLists {
			if l.Pack == p.ID {
				r.GoodsRows += len(l.Rows)
			}
		}
		for _, l := range p.ItemLists {
			if l.Pack == p.ID {
				r.ItemRows += len(l.Rows)
				r.words(l)
			}
		}
		for _, l := range p.PartyLists {
			if l.Pack == p.ID {
				r.PartyRows += len(l.Rows())
			}
		}
		slices.SortStableFunc(r.Worded, func(a, b WordedRow) int { return strings.Compare(a.List.ID, b.List.ID) })
		r.ScheduleLines = p.Table.Len()
		if p.Base != nil {
			for i := range p.Base.Programmes {
				if p.Base.Programmes[i].Unknown != "" {
					r.UnknownProgrammes = append(r.UnknownProgrammes, &p.Base.Programmes[i])
				}
			}
			for i := range p.Base.Editions {
				r.StandIns = append(r.StandIns, &p.Base.Editions[i])
			}
		}
		r.readRates()
		r.readMeasures(on)
		out = append(out, r)
	}
	return out
}

// words collects the rows of a list that the code of the goods does not decide.
func (r *PackReport) words(l *ItemList) {
	for i := range l.Rows {
		if l.Classified && l.Rows[i].When != nil {
			r.Worded = append(r.Worded, WordedRow{l, &l.Rows[i]})
		}
	}
}

func (r *PackReport) readMeasures(on quantity.Instant) {
	var headings *codeIndex
	if r.Pack.Headings != nil {
		headings = newCodeIndex([]*nomenclature.Table{r.Pack.Headings})
	}
	worse := map[measure.Confidence]int{measure.Verified: 0, measure.Secondary: 1, measure.Memory: 2}
	for _, m := range r.Pack.Measures {
		r.Acts += len(m.Acts)
		if m.Acts.At(on, quantity.MaxDate).Kind == measure.Unverified {
			r.Unverified = append(r.Unverified, m)
		}
		u := Unchecked{Measure: m, Confidence: m.Confidence}
		for i := range m.Acts {
			a := &m.Acts[i]
			if worse[a.Confidence] > 0 {
				u.Acts++
			}
			if worse[a.Confidence] > worse[u.Confidence] {
				u.Confidence = a.Confidence
			}
			if a.Effect.Kind == measure.Unknown || a.Then != nil && a.Then.Kind == measure.Unknown {
				r.UnknownActs = append(r.UnknownActs, UnknownAct{m, a})
			}
			r.lookUp(headings, m, a)
		}
		if worse[u.Confidence] > 0 {
			r.Unchecked = append(r.Unchecked, u)
		}
	}
}

func (r *PackReport) lookUp(x *codeIndex, m *measure.Measure, a *measure.Act) {
	heading := cmp.Or(a.Heading, m.Heading)
	if x == nil || heading == "" || a.Effect.Kind != measure.Apply {
		return
	}
	code, err := nomenclature.ParseCode(heading)
	if err != nil {
		r.MissingHeadings = append(r.MissingHeadings, MissingHeading{m, a, heading, false})
		return
	}
	then, ever := x.has(code, a.Period)
	if !then && !(ever && a.Period.From < x.first) {
		r.MissingHeadings = append(r.MissingHeadings, MissingHeading{m, a, heading, ever})
	}
}

// readRates tries every rate that the schedule prints.
func (r *PackReport) readRates() {
	type text struct{ column, rate string }
	unreadable := map[text]*UnreadableRate{}
	tried := map[text][]text{} // what of a column's text is no rate
	for l := range r.Pack.Table.All() {
		bad := false
		for _, t := range [...]text{{"general", l.General}, {"special", l.Special}, {"other", l.Other}} {
			faults, known := tried[t]
			if !known && t.rate != "" {
				for _, rate := range ratesOf(t.column, t.rate) {
					if _, err := quantity.ParseScheduleRate(rate); err != nil {
						faults = append(faults, text{t.column, rate})
					}
				}
				tried[t] = faults
			}
			for _, f := range faults {
				bad = true
				if unreadable[f] == nil {
					unreadable[f] = &UnreadableRate{Column: f.column, Text: f.rate, First: l.Code}
				}
				unreadable[f].Lines++
			}
		}
		if bad {
			r.UnreadableLines++
		}
	}
	for _, u := range unreadable {
		r.UnreadableRates = append(r.UnreadableRates, *u)
	}
	slices.SortFunc(r.UnreadableRates, func(a, b UnreadableRate) int {
		return cmp.Or(strings.Compare(a.Column, b.Column), cmp.Compare(b.Lines, a.Lines), strings.Compare(a.Text, b.Text))
	})
}

// ratesOf returns the rates in the text of a column.
func ratesOf(column, text string) []string {
	if column != "special" {
		return []string{text}
	}
	special, err := quantity.ParseSpecial(text)
	if err != nil {
		return []string{text}
	}
	out := make([]string, len(special))
	for i, s := range special {
		out[i] = s.Text
	}
	return out
}

// String writes the report for people.
func (r *PackReport) String() string {
	var b strings.Builder
	p := r.Pack
	fmt.Fprintf(&b, "%s: %s\n", p.ID, p.Title)
	fmt.Fprintf(&b, "  known through %s; %s, %s, %s (%s), %s, %s\n", p.KnownThrough,
		count(r.Instruments, "instrument"), count(r.Facts, "fact"), count(r.Measures, "measure"), count(r.Acts, "act"), count(r.Relations, "relation"), count(r.Lanes, "lane"))
	fmt.Fprintf(&b, "  lists: %s, %s, %s; schedule: %s\n", count(r.GoodsRows, "goods row"), count(r.ItemRows, "item row"), count(r.PartyRows, "party row"), count(r.ScheduleLines, "line"))
	section := func(n int, title string) {
		if n > 0 {
			fmt.Fprintf(&b, "\n  %s (%d)\n", title, n)
		}
	}
	section(len(p.NotCovered), "not covered")
	for _, s := range p.NotCovered {
		fmt.Fprintf(&b, "    %s\n", s)
	}
	section(len(r.Unaddressed), "instruments without an address at which they can be read")
	for _, by := range r.Unaddressed {
		fmt.Fprintf(&b, "    %s  %s\n", by.ID, by.Citation)
	}
	section(len(r.StandIns), "editions that stand in for those of the days")
	for _, e := range r.StandIns {
		fmt.Fprintf(&b, "    from %s until %s  %s  %s\n", e.Period.From.Date(p.Zone), e.Period.Until.Date(p.Zone), e.By.Citation, e.Note)
	}
	section(len(r.UnknownProgrammes), "programmes of which it is not known which lines grant them")
	for _, g := range r.UnknownProgrammes {
		fmt.Fprintf(&b, "    %s  %s  %s  %s\n", g.Symbol, g.Position, g.Name, g.Unknown)
	}
	section(len(r.Unverified), "not known whether they apply")
	for _, m := range r.Unverified {
		fmt.Fprintf(&b, "    %s  %s\n", m.ID, m.Position)
	}
	section(len(r.UnknownActs), "acts that say that something is not known")
	for _, u := range r.UnknownActs {
		why := u.Act.Effect.Why
		if u.Act.Effect.Kind != measure.Unknown {
			why = u.Act.Then.Why
		}
		fmt.Fprintf(&b, "    %s  %s  %s\n", u.Measure.ID, u.Act.Position, why)
	}
	section(len(r.Unchecked), "not checked against the text")
	for _, u := range r.Unchecked {
		fmt.Fprintf(&b, "    %s  %s  %s\n", u.Measure.ID, u.Confidence, u.Measure.Position)
	}
	section(len(r.Worded), "rows of lists whose scope is stated in words, and asked for")
	for _, w := range r.Worded {
		fmt.Fprintf(&b, "    %s  %s  %s  %s\n", w.Row.Item, w.Row.WhenSource, w.Row.Position, w.Row.Designation)
	}
	section(len(r.MissingHeadings), "headings that the schedule does not print")
	for _, h := range r.MissingHeadings {
		when := "at no time"
		if h.Elsewhen {
			when = "not while the act runs"
		}
		fmt.Fprintf(&b, "    %s  %s  %s  %s\n", h.Heading, when, h.Measure.ID, h.Act.Position)
	}
	if len(r.UnreadableRates) > 0 {
		fmt.Fprintf(&b, "\n  rates that cannot be read (%d texts in %s)\n", len(r.UnreadableRates), count(r.UnreadableLines, "line"))
	}
	for _, u := range r.UnreadableRates {
		fmt.Fprintf(&b, "    %-7s  %5d  %s  %q\n", u.Column, u.Lines, u.First, u.Text)
	}
	return b.String()
}
