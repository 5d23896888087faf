package outlook

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// Summary is what a panel comes to.
type Summary struct {
	Programmes []ProgrammeSummary
	Openings   []OpeningSummary // in order of time
}

// ProgrammeSummary is one programme over the whole panel.
type ProgrammeSummary struct {
	Programme
	Pairs int            // of line and origin on which a duty of it falls at some time, or may
	Rate  quantity.Range // where it does, the least and the most in points
}

// OpeningSummary is the intervals that begin at one instant, the beginning of the
// panel aside.
type OpeningSummary struct {
	At          quantity.Instant
	Rows        int
	Instruments []InstrumentSummary // those that open most first
}

// InstrumentSummary is what one instrument opens.
type InstrumentSummary struct {
	ID       string
	Citation string
	Rows     int
}

// Summarise sums the panel up.
func (p *Panel) Summarise() Summary {
	var s Summary
	for i, g := range p.programmes {
		if i == 0 || p.shows(g.ID) {
			s.Programmes = append(s.Programmes, ProgrammeSummary{Programme: g})
		}
	}
	at := map[quantity.Instant]*OpeningSummary{}
	count := map[quantity.Instant]map[string]*InstrumentSummary{}
	for l, lines := range p.templates() {
		for g := range p.groups {
			spans, weight := p.spans(l, g, nil), lines*len(p.groups[g])
			for i := range s.Programmes {
				p.sumUp(&s.Programmes[i], spans, weight)
			}
			for i := range spans {
				sp := &spans[i]
				if sp.opened == 0 {
					continue
				}
				from := sp.period.From
				if at[from] == nil {
					at[from] = &OpeningSummary{At: from}
					count[from] = map[string]*InstrumentSummary{}
				}
				at[from].Rows += weight
				for _, o := range p.opened.all[sp.opened] {
					if o.Instrument == nil {
						continue
					}
					c := count[from][o.Instrument.ID]
					if c == nil {
						c = &InstrumentSummary{ID: o.Instrument.ID, Citation: o.Instrument.Citation}
						count[from][o.Instrument.ID] = c
					}
					c.Rows += weight
				}
			}
		}
	}
	for _, from := range slices.Sorted(maps.Keys(at)) {
		o := at[from]
		for _, c := range count[from] {
			o.Instruments = append(o.Instruments, *c)
		}
		slices.SortFunc(o.Instruments, func(a, b InstrumentSummary) int { return cmp.Or(b.Rows-a.Rows, cmp.Compare(a.ID, b.ID)) })
		s.Openings = append(s.Openings, *o)
	}
	return s
}

// sumUp adds the spans of some lines and origins to a programme.
func (p *Panel) sumUp(g *ProgrammeSummary, spans []span, weight int) {
	n := slices.IndexFunc(p.programmes, func(q Programme) bool { return q.ID == g.ID })
	found := false
	for i := range spans {
		c := p.cells.all[spans[i].cell]
		if !slices.ContainsFunc(c.Lines, func(l dutyLine) bool { return int(p.number[l.Entry.Index]) == n }) {
			continue
		}
		r := c.Programme[n]
		if n == 0 {
			r = p.ordinary.all[spans[i].ordinary].points
		}
		if !found && g.Pairs == 0 {
			g.Rate = r
		} else {
			g.Rate = g.Rate.Hull(r)
		}
		found = true
	}
	if found {
		g.Pairs += weight
	}
}

// SummaryDocument is a summary for programs: numbers of points are decimal
// strings, a most that is not known is null.
type SummaryDocument struct {
	Programmes []programmeDocument `json:"programmes"`
	Openings   []openingDocument   `json:"openings"`
}

type programmeDocument struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Pairs int     `json:"pairs"`
	Least string  `json:"least"`
	Most  *string `json:"most"`
}

type openingDocument struct {
	From        string               `json:"from"`
	Rows        int                  `json:"rows"`
	Instruments []instrumentDocument `json:"instruments"`
}

type instrumentDocument struct {
	ID       string `json:"id"`
	Citation string `json:"citation"`
	Rows     int    `json:"rows"`
}

// Document writes the summary out, instants in the zone.
func (s *Summary) Document(zone *time.Location) SummaryDocument {
	d := SummaryDocument{Programmes: []programmeDocument{}, Openings: []openingDocument{}}
	for _, g := range s.Programmes {
		p := programmeDocument{ID: g.ID, Title: g.Title, Pairs: g.Pairs, Least: g.Rate.Least.String()}
		if !g.Rate.Unbounded {
			most := g.Rate.Most.String()
			p.Most = &most
		}
		d.Programmes = append(d.Programmes, p)
	}
	for _, o := range s.Openings {
		od := openingDocument{From: o.At.Format(zone), Rows: o.Rows, Instruments: []instrumentDocument{}}
		for _, i := range o.Instruments {
			od.Instruments = append(od.Instruments, instrumentDocument(i))
		}
		d.Openings = append(d.Openings, od)
	}
	return d
}
