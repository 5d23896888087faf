package determination

import (
	"fmt"
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// trait is all that one candidate brings to an answer, or one lane.
type trait struct {
	entry       *schedule.Entry
	row         *rulepack.GoodsRow
	state       measure.State // a resumption leaves the rate to acts before it
	when, items condition.Truth
	rate        string // of the ordinary duty
	options     int    // of an axis
}

// traits is what the candidates found bring to the answer. Two evaluations of
// one case with the same traits come to the same answer; ok is false where that
// cannot be told, because an open condition reads the dates.
func (e *evaluation) traits(buf []trait) (out []trait, ok bool) {
	out = buf[:0]
	for i := range e.cands {
		c := &e.cands[i]
		t := trait{entry: c.Entry, row: c.Row, state: c.State, when: c.when, items: c.items}
		if c.Entry.Base != nil {
			e.w.facts, e.w.variant = e.q.facts, 0
			t.rate = e.ordinaryRate(c).Text
		}
		if c.when == condition.Open && readsDates(c.Entry.When) {
			return out, false
		}
		out = append(out, t)
		for _, n := range c.YieldsTo { // relations come and go by themselves
			out = append(out, trait{entry: e.legs[c.law].near.Candidates[n].Entry})
		}
		for _, lane := range c.Entry.Lanes {
			out = append(out, trait{state: lane.Acts.At(e.at(c), e.q.known)})
		}
	}
	for i := range e.axes {
		out = append(out, trait{options: len(e.axes[i].options)})
	}
	return out, true
}

// snap is how one measure stands in one answer.
type snap struct {
	entry   *schedule.Entry
	state   measure.State
	row     *rulepack.GoodsRow
	applies bool                // in some world
	open    bool                // not in all
	rate    string              // of the ordinary duty that of the goods
	cand    int32               // the candidate, of a prospect that of its own
	by      string              // the measure that displaces it
	endedBy *measure.Instrument // which ends the row, if that is known on the day
}

// snapshot appends how the measures near the case stand.
func (d *Determination) snapshot(out []snap) []snap {
	if p := d.e.prospect(); p != nil {
		return d.e.appendProspect(out, p)
	}
	return d.e.appendSnaps(out)
}

// lookAgain finds out of measures that applied at the last step and do not at the
// instant at hand what is left out of answers: how they stand now, if they come close,
// and else which row named the goods.
func (w *walker) lookAgain(at quantity.Instant) {
	e := &w.d.e
	for i := range w.before {
		was := &w.before[i]
		if !was.applies || snapOf(w.after, was.entry) != nil {
			continue
		}
		if c, ok := e.stands(was.entry); ok && e.comesClose(&c, e.legs[e.lawOf(was.entry)].at) {
			w.after = append(w.after, snap{entry: c.Entry, state: c.State, row: c.Row})
			continue
		}
		if !was.entry.NamesGoods() {
			continue // no row names them
		}
		e.q.shift(w.lastAt)
		if c, ok := e.stands(was.entry); ok {
			was.row, was.endedBy = c.Row, e.endedBy(c.Row)
		}
		e.q.shift(at)
	}
}

// complete adds to a snapshot of an answer that left out what only comes close how one
// measure stands, and which row names the goods in it.
func (d *Determination) complete(of []snap, id string) []snap {
	e := &d.e
	entry, ok := e.s.Entry(id)
	if !ok || !e.bare {
		return of
	}
	c, ok := e.stands(entry)
	if !ok || !e.comesClose(&c, e.legs[e.lawOf(entry)].at) {
		return of
	}
	s := snapOf(of, entry)
	if s == nil {
		of = append(of, snap{entry: entry, state: c.State})
		if s = &of[len(of)-1]; c.State.Rate != nil {
			s.rate = c.State.Rate.String()
		}
	}
	s.row, s.endedBy = c.Row, e.endedBy(c.Row)
	return of
}

// lawOf is the place of the law to which a measure on the legs belongs; -1 where it is
// on none.
func (e *evaluation) lawOf(entry *schedule.Entry) int32 {
	return int32(slices.IndexFunc(e.legs, func(l legLaw) bool { return e.q.legs[l.leg].kind == entry.Leg && l.pack == entry.PackIndex }))
}

// stands finds how a measure stands to the case, whether or not it applies.
func (e *evaluation) stands(entry *schedule.Entry) (c schedule.Candidate, ok bool) {
	n := e.lawOf(entry)
	if n < 0 {
		return c, false
	}
	l := &e.legs[n]
	m := e.movement(&e.q.legs[l.leg], l.pack)
	m.Bare = false
	return e.s.Stands(entry, &m)
}

// snap is how a candidate stands, if it applies.
func (e *evaluation) snap(c *candidate) snap {
	s := snap{entry: c.Entry, state: c.State, row: c.Row, applies: true, open: c.applied < e.results.count}
	s.endedBy = e.endedBy(c.Row)
	if c.State.Rate != nil {
		s.rate = c.State.Rate.String()
	}
	if c.Entry.Base != nil {
		s.rate, _, _ = e.base(c)
	}
	return s
}

// endedBy is the instrument that ends a row, nil where none does or it is not known on
// the day.
func (e *evaluation) endedBy(row *rulepack.GoodsRow) *measure.Instrument {
	if row == nil || row.EndedBy == nil || row.EndedBy.Date > e.q.known {
		return nil
	}
	return row.EndedBy
}

func (s *snap) words() string {
	switch {
	case s.rate != "":
		return s.entry.Title + ": " + s.rate
	case s.entry.Kind == measure.Exemption:
		return s.entry.Title + ": exempt"
	}
	return s.entry.Title
}

// move is a measure that stands otherwise in one answer than in another.
type move struct {
	was, now *snap               // nil where the measure does not come near the case
	what     string              // in a sentence, its law aside
	act      *measure.Act        // that moved it; nil where none did
	by       *measure.Instrument // where no act did: of the row of a list
}

// sentence is what moved, with its law.
func (m *move) sentence() string {
	switch {
	case m.act != nil:
		return m.what + " (" + m.act.By.Citation + ")"
	case m.by != nil:
		return m.what + " (" + m.by.Citation + ")"
	}
	return m.what
}

func (m *move) entry() *schedule.Entry {
	if m.now != nil {
		return m.now.entry
	}
	return m.was.entry
}

// snapOf finds how a measure stands, nil where it does not come near.
func snapOf(in []snap, entry *schedule.Entry) *snap {
	for i := range in {
		if in[i].entry == entry {
			return &in[i]
		}
	}
	for i := range in { // of another schedule, perhaps
		if in[i].entry.ID == entry.ID {
			return &in[i]
		}
	}
	return nil
}

// movesOf finds what differs between two answers to one case.
func movesOf(before, after []snap) (out []move) {
	note := func(was, now, by *snap, sentence string) {
		m := move{was: was, now: now, what: sentence, act: by.state.Act}
		if by.row != nil {
			m.by = by.row.By
		}
		out = append(out, m)
	}
	for i := range after {
		now := &after[i]
		was := snapOf(before, now.entry)
		switch {
		case now.applies && (was == nil || !was.applies):
			verb := " begins"
			if now.state.Kind == measure.Unverified {
				verb = " may begin: not verified"
			}
			if now.rate != "" {
				verb += ", " + now.rate
			}
			note(was, now, now, now.entry.Title+verb)
		case now.applies && now.state.Kind == measure.Unverified && was.state.Kind != measure.Unverified:
			note(was, now, now, now.entry.Title+" is no longer certain")
		case now.applies && was.rate != now.rate:
			note(was, now, now, fmt.Sprintf("%s: %s → %s", now.entry.Title, was.rate, now.rate))
		}
	}
	for i := range before {
		was := &before[i]
		if !was.applies {
			continue
		}
		now := snapOf(after, was.entry)
		switch {
		case now == nil:
			ended := *was
			ended.state.Act = nil
			if was.endedBy != nil {
				ended.row = &rulepack.GoodsRow{By: was.endedBy}
			}
			note(was, nil, &ended, was.entry.Title+" no longer covers the case")
		case !now.applies && now.by != "":
			note(was, now, now, was.entry.Title+" gives way to "+now.by)
		case !now.applies && now.state.Kind == measure.Suspended:
			note(was, now, now, was.entry.Title+" is suspended")
		case !now.applies:
			note(was, now, now, was.entry.Title+" ends")
		}
	}
	return out
}
