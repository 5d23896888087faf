package determination

import (
	"hash/maphash"
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// prospect is what cases that are alike come to, as far as later dates ask: how the
// measures stand, fees aside, how strict they are, and what is due. Only amounts and the
// ordinary rate hang on the line. Plans that agree in it share it.
type prospect struct {
	snaps   []snap // those of ordinary duties without their rate
	cands   []candidate
	ways    []plan // what is due in one world or another, once of those that agree in it
	verdict verdict
	// general is the place of the law of an ordinary duty that is of the column general;
	// -1 where it is not, or not for certain.
	general  int16
	leftOpen bool
}

// way is the duties due in a world, and the share of the value on which each stands.
type way struct {
	due   []due
	share []quantity.Range
}

// mostWays is how many ways a prospect has at most: of what has more it is not kept.
const mostWays = 64

// noteWay keeps what is due in the world at hand, once of worlds that agree in it.
func (e *evaluation) noteWay() {
	w := &e.w
	if len(w.ways) > mostWays {
		return
	}
	n := len(w.ways)
	if n == cap(w.ways) {
		w.ways = append(w.ways, way{})
	}
	w.ways = w.ways[:n+1]
	x := &w.ways[n]
	x.due, x.share = x.due[:0], x.share[:0]
	for _, d := range e.due {
		if !d.fee {
			x.due, x.share = append(x.due, d), append(x.share, e.share[d.cand])
		}
	}
	if slices.ContainsFunc(w.ways[:n], x.equal) {
		w.ways = w.ways[:n]
	}
}

func (x *way) equal(o way) bool { return slices.Equal(x.due, o.due) && slices.Equal(x.share, o.share) }

// foresee keeps a plan of an evaluation of which something open touches the duties. It
// is for later dates alone, and tells no more than they ask. Of cases with several legs
// too few are alike for it to pay.
func (e *evaluation) foresee() {
	e.planned = nil
	if len(e.key) == 0 || len(e.legs) > 1 || !e.exact || len(e.w.ways) > mostWays || slices.ContainsFunc(e.live, e.claimOpen) {
		return
	}
	if p, ok := e.s.Recall(e.w.near, e.key).(*plan); ok && p.open {
		p.memory.prospect.Store(e.sharedProspect())
		e.planned = p
		return
	}
	p := &plan{open: true, bill: new(bill), cands: slices.Clone(e.cands), verdict: e.results.verdict, items: e.unasked(), memory: new(planMemory)}
	p.memory.prospect.Store(e.sharedProspect())
	e.planned = p
	e.s.Remember(e.w.near, e.key, p, 1+len(e.w.ways)/16)
}

// claimOpen reports whether a candidate is an ordinary duty that hangs on a claim of which
// it is not known whether it is made: its rate is then one of each world.
func (e *evaluation) claimOpen(n int32) bool {
	b := e.cands[n].Entry.Base
	return b != nil && b.ClaimSlot >= 0 && e.q.facts[b.ClaimSlot].IsUnknown()
}

// prospect is that of the plan of the evaluation; nil where there is none, or more was
// found than it has. It is made for the second of the cases that are alike: most plans on
// both sides of the border have no second.
func (e *evaluation) prospect() *prospect {
	if e.planned == nil || e.plan != e.planned && e.plan != &e.own {
		return nil
	}
	at := &e.planned.memory.prospect
	p := at.Load()
	if p == nil && e.shared {
		p = e.sharedProspect()
		at.Store(p)
	}
	return p
}

// sharedProspect returns the prospect of the evaluation, which is settled, or an equal
// one that others share.
func (e *evaluation) sharedProspect() *prospect {
	p := e.makeProspect()
	var h maphash.Hash
	h.SetSeed(e.s.Seed())
	for i := range p.snaps {
		h.WriteString(p.snaps[i].entry.ID)
		h.WriteString(p.snaps[i].rate)
	}
	return e.s.Share(h.Sum64(), p, func(other any) bool { o, ok := other.(*prospect); return ok && p.equal(o) }).(*prospect)
}

func (e *evaluation) makeProspect() *prospect {
	p := &prospect{verdict: e.results.verdict, general: e.wholeGeneral(), leftOpen: e.leftOpen && e.dutyOpen}
	p.verdict.count, p.verdict.loose = 0, false
	at := make([]int32, len(e.cands)) // where each candidate is
	p.snaps = e.appendSnaps(nil)
	for i := range p.snaps {
		s := &p.snaps[i]
		c := e.cands[s.cand]
		at[s.cand], s.cand = int32(i), int32(i)
		if s.entry.Base != nil {
			s.rate = ""
		}
		// What is near is not kept with it.
		c.Candidate = &schedule.Candidate{Entry: c.Entry, State: c.State, AtEntry: c.AtEntry}
		p.cands = append(p.cands, c)
	}
	ways := e.w.ways
	if !e.dutyOpen {
		var one way
		for i := range e.due {
			if d := e.due[i]; !d.fee {
				d.cand = e.candidateOf(&d)
				one.due, one.share = append(one.due, d), append(one.share, e.share[d.cand])
			}
		}
		ways = []way{one}
	}
	for _, x := range ways {
		due, share := slices.Clone(x.due), make([]quantity.Range, len(p.cands))
		for i := range due {
			due[i].cand = at[due[i].cand]
			share[due[i].cand] = x.share[i]
		}
		p.ways = append(p.ways, plan{due: due, share: share, cands: p.cands, of: itself(len(p.cands)), sums: e.sums})
	}
	return p
}

// itself are the places of n candidates, each of which is its own line.
func itself(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func (p *prospect) equal(o *prospect) bool {
	return p.verdict == o.verdict && p.general == o.general && p.leftOpen == o.leftOpen && slices.Equal(p.snaps, o.snaps) &&
		slices.EqualFunc(p.cands, o.cands, func(a, b candidate) bool { return a.law == b.law && a.AtEntry == b.AtEntry }) &&
		slices.EqualFunc(p.ways, o.ways, func(a, b plan) bool {
			return a.sums == b.sums && slices.Equal(a.due, b.due) && slices.Equal(a.share, b.share)
		})
}

// settleAs computes the duties of the case, which comes to the prospect; fees aside.
func (e *evaluation) settleAs(p *prospect) {
	defer func(of *plan) { e.plan = of }(e.plan)
	e.results.duties = duties{}
	e.w.facts, e.w.variant, e.leftOpen = e.q.facts, 0, p.leftOpen
	e.amounts = grow(e.amounts, len(p.cands))
	for i := range p.ways {
		var d duties
		e.plan = &p.ways[i]
		e.addUp(&d)
		e.results.hull(&d)
	}
}

// appendProspect appends how the measures stand in a prospect of the case.
func (e *evaluation) appendProspect(out []snap, p *prospect) []snap {
	first := len(out)
	out = append(out, p.snaps...)
	for i := range out[first:] {
		if s := &out[first+i]; s.entry.Base != nil {
			s.rate, _, _ = e.base(&p.cands[i])
		}
	}
	return out
}

// appendSnaps appends how the measures found stand, fees aside.
func (e *evaluation) appendSnaps(out []snap) []snap {
	for n := range e.cands {
		c := &e.cands[n]
		if c.Entry.Kind == measure.Fee {
			continue // what fees are adjusted to every year moves no answer
		}
		s := e.snap(c)
		s.cand = int32(n)
		s.applies = c.applied > 0 && slices.Contains(e.live, int32(n)) && (c.Entry.Kind != measure.Exemption || e.spares(int32(n), measure.Fee))
		if !s.applies && c.displaced >= 0 {
			s.by = e.cands[c.displaced].Entry.Title
		}
		out = append(out, s)
	}
	return out
}
