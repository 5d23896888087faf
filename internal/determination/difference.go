package determination

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// Difference is how much more one amount is than another: the least and the most
// over all completions of the facts. An end that is not known has no figure.
type Difference struct {
	Least, Most               quantity.Decimal
	LeastUnknown, MostUnknown bool
}

// None reports whether the two amounts are the same whatever the facts are.
func (d Difference) None() bool {
	return !d.LeastUnknown && !d.MostUnknown && d.Least.IsZero() && d.Most.IsZero()
}

// Add returns the difference of two sums, each of which varies by itself.
func (d Difference) Add(x Difference) Difference {
	return Difference{d.Least.Add(x.Least), d.Most.Add(x.Most), d.LeastUnknown || x.LeastUnknown, d.MostUnknown || x.MostUnknown}
}

// hull returns the difference that holds both.
func (d Difference) hull(x Difference) Difference {
	return Difference{d.Least.Min(x.Least), d.Most.Max(x.Most), d.LeastUnknown || x.LeastUnknown, d.MostUnknown || x.MostUnknown}
}

// lessBy is how much more after is than before, where nothing ties the two.
func lessBy(before, after *bound) Difference {
	d := Difference{Least: after.least.Sub(before.high()), Most: after.high().Sub(before.least), LeastUnknown: before.unbounded, MostUnknown: after.unbounded}
	if d.LeastUnknown {
		d.Least = quantity.Decimal{}
	}
	if d.MostUnknown {
		d.Most = quantity.Decimal{}
	}
	return d
}

// part is what one measure comes to in one world.
type part struct {
	id             string
	fee, base      bool
	total          bool   // it tops the ordinary duty up
	rate           string // as the law states it
	known          bool   // it can be read
	at             quantity.Instant
	share          quantity.Range
	left           quantity.Decimal // of it, what exemptions leave
	rounded, exact bound
}

// worldParts is the parts of one world, and what tells it from others.
type worldParts struct {
	steps []uint8
	sums  []quantity.Decimal // of the axes that enter sums, in order
	parts []part
}

// keep notes what a duty comes to in the world at hand.
func (e *evaluation) keep(of *due, rounded, exact bound) {
	e.w.kept = append(e.w.kept, e.partOf(of, rounded, exact))
}

func (e *evaluation) partOf(of *due, rounded, exact bound) part {
	n := e.candidateOf(of)
	c := &e.cands[n]
	p := part{id: c.Entry.ID, fee: of.fee, base: c.Entry.Base != nil, at: e.at(c), share: e.share[n], left: one, rounded: rounded, exact: exact}
	if of.how == inPart {
		p.left = of.factor
	}
	switch {
	case p.base:
		r := e.ordinaryRate(c)
		p.rate, p.known = r.Text, r.Rate != nil
	case c.State.Rate != nil:
		p.rate, p.known, p.total = c.State.Rate.String(), true, isTotal(c.State.Rate)
	}
	return p
}

// record keeps the world at hand.
func (e *evaluation) record() {
	w := &e.w
	if !w.records {
		return
	}
	r := worldParts{steps: slices.Clone(w.steps), parts: slices.Clone(w.kept)}
	for i := range e.axes {
		if a := &e.axes[i]; a.sums {
			r.sums = append(r.sums, w.sums[a.slot])
		}
	}
	w.recorded = append(w.recorded, r)
}

// open reports whether the amount is not one figure.
func (p *part) open() bool {
	return p.rounded.wide || p.rounded.unbounded || p.exact.wide || p.exact.unbounded
}

// sameAs reports whether two parts come to one amount in every completion: what
// is not known of the one is not known of the other, and it is the same.
// topsSame tells that what they may top up is the same too.
func (p *part) sameAs(o *part, topsSame bool) bool {
	if !p.open() && !o.open() {
		return p.rounded.equal(&o.rounded) && p.exact.equal(&o.exact)
	}
	return p.rate == o.rate && (p.known || p.at == o.at) && p.share == o.share && p.left.Equal(o.left) && (!p.total || topsSame)
}

// differences are what two answers differ by.
type differences struct {
	seen                bool
	duty, fees, percent Difference // percent is of the value, or of 100 where none is given: not rounded
	due                 Difference
	parts               []partDifference
	loose               bool // no completion need come to the ends
}

type partDifference struct {
	id string
	Difference
}

// between adds what two worlds differ by.
func (d *differences) between(before, after []part) {
	find := func(in []part, id string) *part {
		i := slices.IndexFunc(in, func(p part) bool { return p.id == id })
		if i < 0 {
			return nil
		}
		return &in[i]
	}
	ordinary := func(in []part) *part {
		i := slices.IndexFunc(in, func(p part) bool { return p.base })
		if i < 0 {
			return nil
		}
		return &in[i]
	}
	was, now := ordinary(before), ordinary(after)
	topsSame := was == nil && now == nil || was != nil && now != nil && was.id == now.id && was.sameAs(now, true)
	var w differences
	wide := 0
	add := func(was, now *part) {
		nothing := exactly(quantity.Decimal{})
		rounded, exact := [2]*bound{&nothing, &nothing}, [2]*bound{&nothing, &nothing}
		p := now
		for i, x := range [2]*part{was, now} {
			if x != nil {
				rounded[i], exact[i], p = &x.rounded, &x.exact, x
			}
		}
		var by, percent Difference
		if was == nil || now == nil || !was.sameAs(now, topsSame) {
			by, percent = lessBy(rounded[0], rounded[1]), lessBy(exact[0], exact[1])
			for _, b := range rounded {
				if b.wide || b.unbounded {
					wide++
				}
			}
		}
		if p.fee {
			w.fees = w.fees.Add(by)
		} else {
			w.duty, w.percent = w.duty.Add(by), w.percent.Add(percent)
		}
		w.due = w.due.Add(by)
		w.parts = append(w.parts, partDifference{p.id, by})
	}
	for i := range after {
		add(find(before, after[i].id), &after[i])
	}
	for i := range before {
		if find(after, before[i].id) == nil {
			add(&before[i], nil)
		}
	}
	d.loose = d.loose || wide > 1
	d.hull(&w)
}

// none reports whether nothing differs at all.
func (d *differences) none() bool { return d.duty.None() && d.fees.None() && d.percent.None() }

// hull widens the differences to hold those of another pair of worlds.
func (d *differences) hull(w *differences) {
	if !d.seen {
		d.seen, d.duty, d.fees, d.due, d.percent, d.parts = true, w.duty, w.fees, w.due, w.percent, w.parts
		return
	}
	d.duty, d.fees, d.due, d.percent = d.duty.hull(w.duty), d.fees.hull(w.fees), d.due.hull(w.due), d.percent.hull(w.percent)
	has := func(in []partDifference, id string) int {
		return slices.IndexFunc(in, func(p partDifference) bool { return p.id == id })
	}
	for _, p := range w.parts {
		if i := has(d.parts, p.id); i >= 0 {
			d.parts[i].Difference = d.parts[i].hull(p.Difference)
		} else {
			d.parts = append(d.parts, partDifference{p.id, p.hull(Difference{})})
		}
	}
	for i := range d.parts {
		if has(w.parts, d.parts[i].id) < 0 {
			d.parts[i].Difference = d.parts[i].hull(Difference{})
		}
	}
}

// isSettled reports whether the duties are the same in all worlds.
func (e *evaluation) isSettled() bool {
	return e.shared || len(e.axes) == 0 || !e.dutyOpen && e.exact
}

// appendParts appends the parts of an answer whose duties are settled.
func (e *evaluation) appendParts(parts []part) []part {
	e.w.facts, e.w.variant = e.q.facts, 0
	for i := range e.due {
		of := &e.due[i]
		d := e.amounts[of.cand].duty
		parts = append(parts, e.partOf(of, d, d))
	}
	return parts
}

// joining finds what two answers differ by. Its memory is used again.
type joining struct {
	was, now []part     // of settled answers
	a, b     evaluation // both, of the side alone on which duties are due
}

// differ finds by how much the duties of after differ from those of before.
func differ(before, after *Determination) differences {
	var d differences
	a, b := &before.e, &after.e
	if a.q.duty == nil || b.q.duty == nil {
		return d
	}
	if before.sameAs(after) {
		return differences{seen: true}
	}
	memory := a.s.Derived(joiningKey{}, func() any { return &sync.Pool{New: func() any { return new(joining) }} }).(*sync.Pool)
	m := memory.Get().(*joining)
	defer memory.Put(m)
	settled, also := a.isSettled() && before.exactly(), b.isSettled() && after.exactly()
	switch {
	case settled && also:
		m.was, m.now = a.appendParts(m.was[:0]), b.appendParts(m.now[:0])
		d.between(m.was, m.now)
		d.percent = lessBy(&a.results.unrounded, &b.results.unrounded)
		return d
	case settled && b.figured(), also && a.figured():
		return apart(a, b)
	}
	if d, ok := m.jointly(before, after); ok {
		return d
	}
	d = apart(a, b)
	d.loose = true
	return d
}

// figured reports whether the duties and fees are one figure in each world that the
// open facts allow, the fees the same in all, and the ends of the duty are met.
func (e *evaluation) figured() bool {
	r := &e.results
	if !e.exact || e.entangled || r.loose || r.duty.unbounded || r.fees.wide || r.fees.unbounded {
		return false
	}
	return !slices.ContainsFunc(e.live, func(n int32) bool {
		c := &e.cands[n]
		return c.applied > 0 && isDuty(c.Entry.Kind) && (!c.share.Least.Equal(c.share.Most) || e.amountOf(n).missing != "")
	})
}

// apart is what two answers differ by where nothing ties the worlds of the one to those
// of the other.
func apart(a, b *evaluation) differences {
	d := differences{seen: true, duty: lessBy(&a.results.duty, &b.results.duty), fees: lessBy(&a.results.fees, &b.results.fees), percent: lessBy(&a.results.unrounded, &b.results.unrounded)}
	d.due = d.duty.Add(d.fees)
	for _, e := range [...]*evaluation{b, a} {
		for _, n := range e.live {
			if c := &e.cands[n]; c.applied > 0 && isDuty(c.Entry.Kind) && !slices.ContainsFunc(d.parts, func(p partDifference) bool { return p.id == c.Entry.ID }) {
				d.parts = append(d.parts, partDifference{c.Entry.ID, lessBy(a.wholeOf(c.Entry.ID), b.wholeOf(c.Entry.ID))})
			}
		}
	}
	return d
}

// sameAs reports whether the other determination answers the same question under
// the same law.
func (d *Determination) sameAs(o *Determination) bool {
	p, q := &d.e.q, &o.e.q
	return d.e.s == o.e.s && p.sameGoods(q) && p.entered == q.entered && p.exported == q.exported && p.known == q.known && slices.EqualFunc(p.facts, q.facts, condition.Value.Equal)
}

// sameGoods reports whether two queries are about the same goods on the same way.
func (q *query) sameGoods(p *query) bool {
	return p.goods == q.goods && p.from == q.from && p.to == q.to && p.origin == q.origin &&
		p.hasValue == q.hasValue && p.value.Equal(q.value) && slices.Equal(p.quantities, q.quantities)
}

// equal reports whether two bounds say the same.
func (b *bound) equal(c *bound) bool {
	return b.seen == c.seen && b.unbounded == c.unbounded && b.least.Equal(c.least) && b.high().Equal(c.high())
}

// exactly reports whether the duty is one figure.
func (d *Determination) exactly() bool {
	r := &d.e.results
	return !r.duty.wide && !r.duty.unbounded && !r.fees.wide && !r.fees.unbounded
}

// wholeOf is what a measure comes to over all worlds.
func (e *evaluation) wholeOf(id string) *bound {
	out := exactly(quantity.Decimal{})
	for _, n := range e.live {
		c := &e.cands[n]
		if c.Entry.ID != id || c.applied == 0 {
			continue
		}
		d := e.amountOf(n).duty
		if c.applied < e.results.count || c.toggle >= 0 {
			d.hull(&bound{seen: true})
		}
		if d.seen {
			out = d
		}
	}
	return &out
}

// mostPairs is how many pairs of worlds are gone through.
const mostPairs = 1 << 20

// jointly goes through the worlds of both answers together: what is open in both
// is the same in both. It is not ok where that cannot be done, because there are
// too many worlds, or what is open cannot be told apart alike.
func (m *joining) jointly(before, after *Determination) (d differences, ok bool) {
	p, q := &before.e.q, &after.e.q
	if before.e.s.Set.Env != after.e.s.Set.Env || !p.sameGoods(q) {
		return d, false // what is open here is not what is open there
	}
	a, b := &m.a, &m.b
	a.again(before)
	b.again(after)
	left, right := a.findOpen(), b.findOpen()
	both := left.with(&right)
	for _, e := range [...]*evaluation{a, b} {
		mine := both.openIn(e)
		e.addAxes(&mine)
		e.w.records, e.w.recorded = true, e.w.recorded[:0]
		e.goThrough()
		if !e.exact {
			return d, false
		}
	}
	shared := sharedAxes(a, b)
	if a.sums != b.sums {
		return d, false
	}
	for i := range a.axes {
		if a.axes[i].sums && !slices.ContainsFunc(shared, func(s [2]int) bool { return s[0] == i }) {
			return d, false
		}
	}
	key := func(w *worldParts, side int) string {
		var k []byte
		for _, s := range shared {
			k = append(k, w.steps[s[side]])
		}
		for _, sum := range w.sums {
			text := sum.String()
			k = binary.AppendUvarint(k, uint64(len(text)))
			k = append(k, text...)
		}
		return string(k)
	}
	partners := map[string][]*worldParts{}
	for i := range a.w.recorded {
		w := &a.w.recorded[i]
		k := key(w, 0)
		partners[k] = append(partners[k], w)
	}
	pairs, met := 0, map[string]bool{}
	for i := range b.w.recorded {
		w := &b.w.recorded[i]
		k := key(w, 1)
		met[k] = true
		if pairs += len(partners[k]); len(partners[k]) == 0 || pairs > mostPairs {
			return d, false
		}
		for _, was := range partners[k] {
			d.between(was.parts, w.parts)
		}
	}
	d.loose = !d.none() && (d.loose || a.entangled || b.entangled || a.results.loose || b.results.loose || untied(a, b, shared))
	return d, len(met) == len(partners)
}

// again begins the evaluation of an answer anew, of the side alone on which duties are
// due.
func (e *evaluation) again(d *Determination) {
	e.q.like(&d.e.q)
	e.bare = e.q.meets()
	e.locate(d.e.s)
	e.meet()
	e.live = slices.DeleteFunc(e.live, func(n int32) bool { return e.cands[n].Entry.Leg != measure.Import })
}

// with returns the facts that are open here or there, told apart by the conditions
// of both.
func (o *openFacts) with(p *openFacts) openFacts {
	out := openFacts{facts: slices.Clone(o.facts), pairs: o.pairs || p.pairs}
	for i := range p.facts {
		f, g := out.at(p.facts[i].slot), &p.facts[i]
		f.atoms = slices.Concat(f.atoms, g.atoms)
		f.sums, f.each, f.together = f.sums || g.sums, f.each || g.each, f.together|g.together
	}
	return out
}

// openIn returns the facts that are open in an evaluation.
func (o *openFacts) openIn(e *evaluation) openFacts {
	return openFacts{facts: slices.DeleteFunc(slices.Clone(o.facts), func(f openFact) bool { return !e.q.facts[f.slot].IsUnknown() && !e.q.isOpen(f.slot) }), pairs: o.pairs}
}

// sharedAxes pairs the axes of two evaluations on which a step is the same step:
// the same fact, the same doubt about the law of one instant.
func sharedAxes(a, b *evaluation) (out [][2]int) {
	for i := range a.axes {
		j := slices.IndexFunc(b.axes, func(x axis) bool { return sameAxis(a, &a.axes[i], b, &x) })
		if j >= 0 {
			out = append(out, [2]int{i, j})
		}
	}
	return out
}

// untied reports whether the same thing is open on both sides and was taken for
// two, because it is told apart otherwise here than there. Whether a measure is
// in force on two days is two things.
func untied(a, b *evaluation, shared [][2]int) bool {
	for i := range a.axes {
		x := &a.axes[i]
		if x.entry >= 0 || slices.ContainsFunc(shared, func(s [2]int) bool { return s[0] == i }) {
			continue
		}
		if slices.ContainsFunc(b.axes, func(y axis) bool {
			return y.entry < 0 && x.slot == y.slot && (x.doubt > 0) == (y.doubt > 0)
		}) {
			return true
		}
	}
	return false
}

func sameAxis(a *evaluation, x *axis, b *evaluation, y *axis) bool {
	if len(x.options) != len(y.options) || x.sums != y.sums || (x.slot < 0) != (y.slot < 0) || (x.entry < 0) != (y.entry < 0) || (x.doubt > 0) != (y.doubt > 0) {
		return false
	}
	switch {
	case x.slot >= 0:
		return x.slot == y.slot && slices.EqualFunc(x.options, y.options, func(o, p option) bool { return o.value.Equal(p.value) && o.sum.Equal(p.sum) })
	case x.entry >= 0: // whether a measure applies: the same unknown if the same act leaves it open at the same instant
		m, n := &a.s.Entries()[x.entry], &b.s.Entries()[y.entry]
		if m.ID != n.ID {
			return false
		}
		at, also := a.q.at(m.Leg, m.Pack), b.q.at(n.Leg, n.Pack)
		s, t := m.Acts.At(at, a.q.known).Act, n.Acts.At(also, b.q.known).Act
		return at == also && s != nil && t != nil && s.By.ID == t.By.ID && s.Period == t.Period
	case x.doubt > 0: // whether a party was listed on the day
		d, o := &a.doubts[x.doubt-1], &b.doubts[y.doubt-1]
		return d.list == o.list && d.name == o.name && d.row.Position == o.row.Position && a.q.entered == b.q.entered && a.q.exported == b.q.exported
	}
	return slices.EqualFunc(a.variants, b.variants, func(v, w variant) bool { return v.code == w.code && slices.Equal(v.codes, w.codes) })
}
