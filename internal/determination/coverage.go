package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// Touch is how an answer stands to one measure on a leg that it was asked for.
type Touch string

// The touches. A case shows that a measure is read right where it applies, and
// where it does not although little is missing.
const (
	TouchApplies    Touch = "applies"    // in every completion of the facts
	TouchOpen       Touch = "open"       // in some of them
	TouchBefore     Touch = "before"     // it would, and has not started
	TouchAfter      Touch = "after"      // it would, and has ended
	TouchSuspended  Touch = "suspended"  // it would, and is suspended
	TouchUnverified Touch = "unverified" // it would, and whether it is in force is not known
	TouchExcluded   Touch = "excluded"   // it is about the movement, and a stated fact, the origin or another measure keeps it from applying
	TouchAside      Touch = "aside"      // it is about other goods or another movement
)

// Coverage is how cases touch one measure.
type Coverage struct {
	Measure string
	Cases   map[Touch][]string // ids of cases, in the order given
	// plain tells of an exemption that goods and movement alone decide: nothing
	// comes near it.
	plain bool
	// begins and ends tell whether the measure starts after its pack does, and
	// whether it ends.
	begins, ends bool
}

// Outside reports whether some case that comes near the measure shows that it
// does not apply.
func (c *Coverage) Outside() bool {
	return len(c.Cases[TouchBefore])+len(c.Cases[TouchAfter])+len(c.Cases[TouchSuspended])+len(c.Cases[TouchUnverified])+len(c.Cases[TouchExcluded]) > 0
}

// Cover determines the cases and tells for every measure of the schedule, in
// the order of the packs, how each touches it. Cases that are refused touch
// nothing.
func Cover(s *schedule.Schedule, cases []rulepack.Case) []Coverage {
	entries := s.Entries()
	var known quantity.Date
	for _, p := range s.Set.Packs {
		known = max(known, p.KnownThrough)
	}
	out := make([]Coverage, len(entries))
	for i := range entries {
		segments := entries[i].Acts.Segments(known)
		pack := entries[i].Pack
		first, last := &segments[0], &segments[len(segments)-1]
		out[i] = Coverage{
			Measure: entries[i].ID,
			Cases:   map[Touch][]string{},
			plain:   entries[i].Kind == measure.Exemption && entries[i].When == nil,
			begins:  len(segments) > 1 && first.State.Kind == measure.NotStarted && first.Period.Until > pack.Begins.Start(pack.Zone),
			ends:    last.State.Kind == measure.Ended,
		}
	}
	touches := make([]Touch, len(entries))
	for i := range cases {
		c, err := CaseOf(cases[i].Input, cases[i].File)
		if err != nil {
			continue
		}
		d, err := Determine(s, c)
		if err != nil {
			continue
		}
		clear(touches)
		d.whole()
		d.touch(touches)
		for j, t := range touches {
			if t != "" {
				out[j].Cases[t] = append(out[j].Cases[t], cases[i].ID)
			}
		}
	}
	return out
}

// touch fills in how the answer stands to the measures on the legs asked for,
// by the index of each.
func (d *Determination) touch(touches []Touch) {
	e := &d.e
	q := &e.q
	e.items = slices.Clone(e.items) // lists are asked that the answer, which others share, did not ask
	for l := range q.legs {
		lg := &q.legs[l]
		for _, i := range lg.entries {
			touches[i] = e.touchOfExemption(&e.s.Entries()[i])
		}
		for _, pack := range lg.packs {
			m := e.movement(lg, pack)
			near := e.s.Near(pack, &m)
			for i := range near.Candidates {
				touches[near.Candidates[i].Entry.Index] = e.touchOf(&near.Candidates[i])
			}
		}
	}
}

// touchOf is how the answer stands to a measure near the movement.
func (e *evaluation) touchOf(near *schedule.Candidate) Touch {
	if n := e.candOf(near.Entry.Index); n >= 0 {
		switch c := &e.cands[n]; {
		case c.applied == 0:
		case c.Entry.Kind == measure.Exemption && !e.spares(n, ""):
			return TouchAside // there is nothing to exempt from
		case c.toggle >= 0:
			return TouchUnverified
		case c.applied < e.results.count:
			return TouchOpen
		default:
			return TouchApplies
		}
	}
	at := e.q.at(near.Entry.Leg, near.Entry.Pack)
	when := near.Entry.Condition(e.q.facts, e.q.stated, e.q.closed, e.listsAt(at))
	switch {
	case when == condition.False && e.untouched(near.Entry.When), e.onItems(near.Entry, at) == condition.False && !e.nearItems(near.Entry):
		return TouchAside
	case !near.Origin, when == condition.False, e.onItems(near.Entry, at) == condition.False:
		return TouchExcluded
	}
	switch near.State.Kind {
	case measure.NotStarted:
		return TouchBefore
	case measure.Ended:
		return TouchAfter
	case measure.Suspended:
		return TouchSuspended
	}
	return TouchExcluded
}

// touchOfExemption is how the answer stands to a measure that is not near the
// movement. Of exemptions those are not near that have not started, have ended,
// or are of other goods; that their condition is stated to hold shows what is
// meant.
func (e *evaluation) touchOfExemption(entry *schedule.Entry) Touch {
	if entry.Kind != measure.Exemption || entry.When == nil || e.untouched(entry.When) {
		return TouchAside
	}
	at := e.q.at(entry.Leg, entry.Pack)
	if entry.Condition(e.q.facts, e.q.stated, e.q.closed, e.listsAt(at)) != condition.True {
		return TouchAside
	}
	switch entry.Acts.At(at, e.q.known).Kind {
	case measure.NotStarted:
		return TouchBefore
	case measure.Ended:
		return TouchAfter
	case measure.Suspended:
		return TouchSuspended
	}
	return TouchExcluded
}

// nearItems reports whether the case states a fact on which some item of the
// measure rests.
func (e *evaluation) nearItems(entry *schedule.Entry) bool {
	near := func(list int32) bool {
		return slices.ContainsFunc(e.s.ItemList(list).Rows, func(r rulepack.ItemRow) bool { return r.When != nil && !e.untouched(r.When) })
	}
	return slices.ContainsFunc(entry.Items, near) || slices.ContainsFunc(entry.ControlledBy, func(j int32) bool {
		return slices.ContainsFunc(e.s.Entries()[j].Items, near)
	})
}

// Gap names measures that no case tests on one side.
type Gap struct {
	Side     string // "inside", "outside", "before" or "after"
	Lacks    string // what no case does, in words
	Measures []string
}

// Untested names the measures that the cases do not have inside, those that they
// come near to and do not have outside, and those that begin or end and that no
// case meets before or after. An exemption without a condition needs a case
// inside alone: goods and movement decide it, and nothing comes near it.
func Untested(covered []Coverage) []Gap {
	gaps := []Gap{
		{Side: "inside", Lacks: "no case has it inside"},
		{Side: "outside", Lacks: "no case comes near it without having it inside"},
		{Side: "before", Lacks: "no case meets it before it begins"},
		{Side: "after", Lacks: "no case meets it after it has ended"},
	}
	for i := range covered {
		c := &covered[i]
		for side, lacks := range []bool{
			len(c.Cases[TouchApplies]) == 0,
			!c.plain && !c.Outside(),
			!c.plain && c.begins && len(c.Cases[TouchBefore]) == 0,
			!c.plain && c.ends && len(c.Cases[TouchAfter]) == 0,
		} {
			if lacks {
				gaps[side].Measures = append(gaps[side].Measures, c.Measure)
			}
		}
	}
	return gaps
}
