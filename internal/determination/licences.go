package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/rulepack"
)

// Licences returns the licences to obtain, one per authority, as the document
// has them: for who asks nothing else, at a small part of its cost.
func (d *Determination) Licences() []Licence {
	e := &d.e
	out := []Licence{}
	copy(e.w.facts, e.q.facts)
	for _, n := range e.live {
		c := &e.cands[n]
		if c.Entry.Kind != measure.Licence || c.applied == 0 {
			continue
		}
		authority := c.Entry.Authority
		i := slices.IndexFunc(out, func(l Licence) bool { return l.Authority == authority })
		if i < 0 {
			i = len(out)
			out = append(out, Licence{Authority: authority, Status: "open", Lanes: []Lane{}})
		}
		l := &out[i]
		if c.applied == e.results.count && c.toggle < 0 {
			l.Status = "applies"
		}
		l.Measures = append(l.Measures, c.Entry.ID)
		l.Items = append(l.Items, e.itemsOf(c)...)
		if policy := e.review(c); policy != "" {
			l.Review = append(l.Review, Review{Measure: c.Entry.ID, Policy: policy, Citation: e.citation(c), Confidence: e.confidence(c)})
		}
		for _, lane := range c.Entry.Lanes {
			if j := slices.IndexFunc(l.Lanes, func(x Lane) bool { return x.ID == lane.ID }); j >= 0 {
				l.Lanes[j].Measures = append(l.Lanes[j].Measures, c.Entry.ID)
			} else if x, ok := e.lane(c, lane); ok {
				l.Lanes = append(l.Lanes, x)
			}
		}
	}
	for i := range out {
		l := &out[i]
		slices.Sort(l.Items)
		l.Items = slices.Compact(l.Items)
		for _, x := range l.Lanes {
			if x.Status == "available" && len(x.Measures) == len(l.Measures) {
				l.Lane = x.ID
				break
			}
		}
	}
	return out
}

// lane words a lane for a licence measure; ok is false where it is not there at
// all on the day.
func (e *evaluation) lane(c *candidate, lane *rulepack.Lane) (Lane, bool) {
	x := Lane{ID: lane.ID, Title: lane.Title, Status: "available", Measures: []string{c.Entry.ID}, Note: lane.Note}
	st := lane.Acts.At(e.at(c), e.q.known)
	act := st.Act
	if st.Kind == measure.NotStarted {
		// A lane that is only reported is shown, and never available.
		for i := range lane.Acts {
			if a := &lane.Acts[i]; a.Standing == measure.Reported && a.Announced <= e.q.known && a.Period.Contains(e.at(c)) {
				act = a
			}
		}
		if act == nil {
			return x, false
		}
		x.close("so far only reported by the press: no legal instrument is known", act.By)
	} else if st.Kind != measure.InForce {
		x.close(st.Kind.String(), act.By)
	}
	x.Standing, x.Citation, x.Confidence = string(act.Standing), act.By.Citation, string(act.Confidence)
	for i := range lane.Requires {
		r := &lane.Requires[i]
		switch r.When.Eval(e.q.facts, e.listsAt(e.at(c))) {
		case condition.False:
			x.close(r.Else, r.By)
		case condition.Open:
			if x.Status != "closed" {
				x.Status = "open"
			}
			x.Reasons = append(x.Reasons, reason("open", r.Else, r.By))
		}
	}
	e.say(c, lane, &x)
	return x, true
}

func (l *Lane) close(why string, by *measure.Instrument) {
	l.Status = "closed"
	l.Reasons = append(l.Reasons, reason("closed", why, by))
}

func reason(status, why string, by *measure.Instrument) Reason {
	return Reason{Status: status, Reason: why, Citation: by.Citation, Standing: string(by.Standing), Confidence: string(by.Confidence)}
}

// say tells the times, terms, papers and undertakings of a lane that hold on the
// day and for the facts.
func (e *evaluation) say(c *candidate, lane *rulepack.Lane, x *Lane) {
	for i := range lane.Clocks {
		k := &lane.Clocks[i]
		if g, ok := e.ground(c, &k.Ground); ok {
			x.Clocks = append(x.Clocks, Clock{For: k.For, Days: k.Days, Counted: k.Counted, Starts: k.Starts, Pauses: k.Pauses, None: k.None, Ground: g})
		}
	}
	for i := range lane.Terms {
		t := &lane.Terms[i]
		if g, ok := e.ground(c, &t.Ground); ok {
			x.Terms = append(x.Terms, LaneTerm{Months: t.Months, AtMost: t.AtMost, Ends: t.Ends, Says: t.Says, Ground: g})
		}
	}
	for i := range lane.Papers {
		p := &lane.Papers[i]
		if g, ok := e.ground(c, &p.Ground); ok {
			x.Papers = append(x.Papers, Paper{Title: p.Title, Form: p.Form, Ground: g})
		}
	}
	for i := range lane.Undertakings {
		u := &lane.Undertakings[i]
		if g, ok := e.ground(c, &u.Ground); ok {
			x.Undertakings = append(x.Undertakings, Undertaking{Title: u.Title, Ground: g})
		}
	}
}

// ground is ok where what a lane says holds, or may hold, on the day and for the
// facts, and was known.
func (e *evaluation) ground(c *candidate, g *rulepack.Ground) (Ground, bool) {
	out := Ground{Status: "applies", Provision: g.Provision, Note: g.Note,
		Standing: string(g.By.Standing), Citation: g.By.Citation, Confidence: string(g.Confidence)}
	if g.By.Date > e.q.known || !g.Period.Contains(e.at(c)) {
		return out, false
	}
	if g.When != nil {
		switch g.When.Eval(e.q.facts, e.listsAt(e.at(c))) {
		case condition.False:
			return out, false
		case condition.Open:
			out.Status = "open"
		}
	}
	return out, true
}

// laneNow is the place, from 1, of the fastest lane that is available in this
// world; 0 where none is.
func (e *evaluation) laneNow(c *candidate) int {
next:
	for i, lane := range c.Entry.Lanes {
		if lane.Acts.At(e.at(c), e.q.known).Kind != measure.InForce {
			continue
		}
		for j := range lane.Requires {
			if lane.Requires[j].When.Eval(e.w.facts, e.listsAt(e.at(c))) != condition.True {
				continue next
			}
		}
		return i + 1
	}
	return 0
}
