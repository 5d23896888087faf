package determination

import (
	"slices"

	"github.com/navicert/navicert/internal/schedule"
)

// whole is memory for an answer with what only comes close.
type whole struct {
	plan
	near     []schedule.Candidate
	ends     []int   // of those of each law
	at       []int32 // where each candidate of the answer without it is
	amounts  []amount
	ownItems bool // the items are not those of the plan
}

// addClose adds what only comes close to an answer that was found without, and the rows
// that name the goods. Nothing else of the answer changes, and what the law near the
// case is to one another is not told any more.
func (e *evaluation) addClose() {
	w, was := &e.whole, e.plan
	cands, live, of, due, share := w.cands[:0], w.live[:0], w.of[:0], w.due[:0], w.share
	w.plan, w.near, w.ends, w.at = *was, w.near[:0], w.ends[:0], w.at[:0]
	w.cands, w.place, w.memory, w.ownItems = cands, nil, nil, false
	e.plan = &w.plan
	for n := range e.legs {
		first := len(w.near)
		m := e.movement(&e.q.legs[e.legs[n].leg], e.legs[n].pack)
		w.near = e.s.Whole(w.near, e.legs[n].pack, &m)
		for i := range w.near[first:] {
			e.addNear(was, &w.near[first+i], int32(n))
		}
		w.ends = append(w.ends, len(w.near))
	}
	moved := func(n int32) int32 {
		if n < 0 {
			return n
		}
		return w.at[n]
	}
	for _, n := range w.at {
		c := &w.cands[n]
		c.displaced, c.lessened = moved(c.displaced), moved(c.lessened)
	}
	for _, n := range was.live {
		live = append(live, moved(n))
	}
	if e.shared || e.billed { // else it is still that of another answer
		for _, n := range was.of {
			of = append(of, moved(n))
		}
	}
	for _, d := range was.due {
		if !e.shared { // else it is of lines of the bill
			d.cand = moved(d.cand)
		}
		due = append(due, d)
	}
	w.live, w.of, w.due, w.share = live, of, due, grow(share, len(w.cands))
	for n, at := range w.at {
		w.share[at] = was.share[n]
	}
	if e.shared {
		return // amounts are of lines of the bill
	}
	amounts := grow(w.amounts, len(w.cands))
	clear(amounts)
	for n, at := range w.at {
		amounts[at] = e.amounts[n]
	}
	clear(e.amounts) // see begin
	e.amounts, w.amounts = amounts, e.amounts
}

// reads reports whether anything near reads the fact, where these are stated.
func (w *whole) reads(s *schedule.Schedule, slot int, stated schedule.Slots) bool {
	first := 0
	for _, end := range w.ends {
		if s.Read(w.near[first:end], slot, stated) {
			return true
		}
		first = end
	}
	return false
}

// addNear adds a measure near the case, if it applies, may apply or comes close.
func (e *evaluation) addNear(was *plan, near *schedule.Candidate, law int32) {
	w := &e.whole
	if n := len(w.at); n < len(was.cands) && was.cands[n].law == law && was.cands[n].Entry == near.Entry {
		c := was.cands[n]
		c.Candidate = near
		w.at, w.cands = append(w.at, int32(len(w.cands))), append(w.cands, c)
		return
	}
	if e.shared && hasItems(near.Entry) && !w.ownItems {
		e.items, w.ownItems = slices.Clone(e.items), true // those of the plan are not written to
	}
	if when, items, _, ok := e.weigh(near, e.legs[law].at); ok {
		w.cands = append(w.cands, candidate{Candidate: near, leg: e.legs[law].leg, law: law, when: when, items: items, toggle: -1, displaced: -1, lessened: -1})
	}
}

// hasItems reports whether a measure is about control items.
func hasItems(entry *schedule.Entry) bool { return len(entry.Items) > 0 || len(entry.ControlledBy) > 0 }
