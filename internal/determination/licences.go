package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/rulepack"
)

func (d *Determination) licences() []Licence {
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
		for _, lane := range c.Entry.Lanes {
			if slices.ContainsFunc(l.Lanes, func(x Lane) bool { return x.ID == lane.ID }) {
				continue
			}
			if x, ok := e.lane(c, lane); ok {
				l.Lanes = append(l.Lanes, x)
			}
		}
	}
	for i := range out {
		l := &out[i]
		slices.Sort(l.Items)
		l.Items = slices.Compact(l.Items)
		for _, x := range l.Lanes {
			if x.Status == "available" {
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
	x := Lane{ID: lane.ID, Title: lane.Title, Status: "available", Clock: lane.Clock, Term: lane.Term,
		Papers: lane.Papers, Undertakings: lane.Undertakings}
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
		x.Status = "closed"
		x.Reasons = append(x.Reasons, "so far only reported by the press: no legal instrument is known ("+act.By.Citation+")")
	} else if st.Kind != measure.InForce {
		x.Status = "closed"
		x.Reasons = append(x.Reasons, st.Kind.String()+" ("+act.By.Citation+")")
	}
	x.Standing, x.Citation, x.Confidence = string(act.Standing), act.By.Citation, string(act.Confidence)
	for i := range lane.Requires {
		r := &lane.Requires[i]
		by := ""
		if r.By != nil {
			by = " (" + r.By.Citation + ")"
		}
		switch r.When.Eval(e.q.facts, e.listsAt(e.at(c))) {
		case condition.False:
			x.Status = "closed"
			x.Reasons = append(x.Reasons, r.Else+by)
		case condition.Open:
			if x.Status != "closed" {
				x.Status = "open"
			}
			x.Reasons = append(x.Reasons, "open: "+r.Else+", unless the facts say otherwise"+by)
		}
	}
	return x, true
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
