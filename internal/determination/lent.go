package determination

import "slices"

// Most cases of which something open touches the duties, because it is not known whether
// a measure is in force say, are like others that came before: what is due in each of
// their worlds is the same, and only what it comes to is not. Such a plan is copied into
// the evaluation, which stands then as if it had gone through the worlds itself.

// noteDue keeps what is due in the world at hand.
func (e *evaluation) noteDue() {
	w := &e.w
	w.dues = append(w.dues, e.due...)
	w.ends = append(w.ends, len(w.dues))
}

// lend keeps a plan of an evaluation of which something open touches the duties, where
// amounts hang on no more of a world than what is due in it. Of cases with several legs too
// few are alike for it to pay.
func (e *evaluation) lend() {
	w := &e.w
	if len(e.legs) > 1 || !e.exact || e.sums || len(w.ends) != len(e.worlds) || len(w.ends) > mostWays || len(e.doubts) > 0 ||
		slices.ContainsFunc(e.items, func(it itemState) bool { return it.done }) ||
		slices.ContainsFunc(w.dues, func(d due) bool { return d.how == byCandidate || d.how == inPart }) {
		return
	}
	p := e.clone()
	p.open, p.dues, p.ends = true, slices.Clone(w.dues), slices.Clone(w.ends)
	if was, ok := e.s.Recall(w.near, e.key).(*plan); ok { // it is for later dates
		p.memory.prospect.Store(was.memory.prospect.Load())
	}
	e.s.Remember(w.near, e.key, p, 1+len(e.worlds)/16)
}

// borrow takes up a plan that was lent.
func (e *evaluation) borrow(p *plan) {
	e.askNoItems()
	o := &e.own
	o.cands, o.live, o.place, o.share = append(o.cands, p.cands...), append(o.live, p.live...), append(o.place, p.place...), append(o.share, p.share...)
	o.axes, o.worlds, o.of = append(o.axes, p.axes...), append(o.worlds, p.worlds...), append(o.of[:0], p.of...)
	o.sums, o.entangled, o.exact, o.bill = false, p.entangled, true, p.bill
	e.lent, e.billed = p, true
	e.pairs, e.dutyOpen, e.leftOpen = false, true, false
	e.amounts = grow(e.amounts, len(e.cands))
}

// settleLent finds what the candidates of a plan that was lent come to.
func (e *evaluation) settleLent() {
	e.w.facts, e.w.variant = e.q.facts, 0
	e.results = results{verdict: e.lent.verdict}
	first := 0
	for i, end := range e.lent.ends {
		e.due = append(e.due[:0], e.lent.dues[first:end]...)
		first = end
		w := &e.worlds[i]
		e.addUp(&w.duties)
		e.results.hull(&w.duties)
	}
}
