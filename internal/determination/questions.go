package determination

import (
	"cmp"
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// ranked is an axis with how far it moves the answer, all other things being
// equal: summed over the worlds of the other axes.
type ranked struct {
	axis    int
	outcome int              // steps of strictness
	duty    quantity.Decimal // of money
	matters int              // worlds of the others in which it changes anything
}

// rankAxes returns the open facts that change the answer in some world, the
// most deciding first.
func (e *evaluation) rankAxes() []ranked {
	var out []ranked
	if !e.exact {
		for i := range e.axes {
			if e.asked(i) {
				out = append(out, ranked{axis: i})
			}
		}
		return out
	}
	total := 1
	for i := range e.axes {
		total *= len(e.axes[i].options)
	}
	if len(e.axes) == 0 {
		return nil
	}
	at := make([]int32, total) // world by number, from 1
	for i := range e.worlds {
		n, stride := 0, 1
		for j := range e.axes {
			n += int(e.worlds[i].steps[j]) * stride
			stride *= len(e.axes[j].options)
		}
		at[n] = int32(i + 1)
	}
	stride := 1
	for i := range e.axes {
		k := len(e.axes[i].options)
		r := ranked{axis: i}
		if e.asked(i) {
			for n := range total {
				if n/stride%k != 0 {
					continue
				}
				e.swing(&r, at, n, stride, k)
			}
			if r.matters > 0 {
				r.outcome *= k
				r.duty = r.duty.Mul(quantity.NewDecimal(int64(k), 0))
				out = append(out, r)
			}
		}
		stride *= k
	}
	slices.SortStableFunc(out, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.outcome, a.outcome), b.duty.Cmp(a.duty), cmp.Compare(b.matters, a.matters))
	})
	return out
}

// asked reports whether an axis is something a person can answer.
func (e *evaluation) asked(i int) bool { return e.axes[i].entry < 0 && e.axes[i].doubt == 0 }

// swing adds what the axis does along one row of worlds.
func (e *evaluation) swing(r *ranked, at []int32, n, stride, k int) {
	var first *world
	var low, high uint8
	var least, most quantity.Decimal
	differs := false
	for j := range k {
		i := at[n+j*stride]
		if i == 0 {
			continue
		}
		w := &e.worlds[i-1]
		if first == nil {
			first, low, high, least, most = w, w.worst, w.worst, w.duty.least, w.duty.high()
			continue
		}
		low, high = min(low, w.worst), max(high, w.worst)
		least, most = least.Min(w.duty.least), most.Max(w.duty.high())
		differs = differs || w.sign != first.sign || w.legs != first.legs || w.duty.unbounded != first.duty.unbounded ||
			!w.duty.least.Equal(first.duty.least) || !w.duty.high().Equal(first.duty.high())
	}
	if !differs {
		return
	}
	r.matters++
	r.outcome += int(high - low)
	r.duty = r.duty.Add(most.Sub(least))
}

// questions words the open facts.
func (d *Determination) questions() []Question {
	e := &d.e
	out := []Question{}
	for _, r := range e.rankAxes() {
		a := &e.axes[r.axis]
		var q Question
		if a.slot < 0 {
			q = askGoods(cmp.Or(e.q.within, e.q.goods).String())
		} else {
			q = askFact(e.s.Set.Env.Fact(int(a.slot)))
		}
		if e.exact {
			q.Answers = d.answers(r.axis)
		}
		out = append(out, q)
	}
	if unit := e.missingUnit(); unit != "" {
		out = append(out, askQuantity(unit))
	}
	return out
}

// askFact words the question for a fact.
func askFact(f *condition.Fact) Question {
	return Question{Fact: f.Name, Question: f.Question, Where: f.Where, Unit: f.Unit, Type: f.Type.String(), Values: f.Values, Formula: f.Formula, Answers: []Answer{}}
}

// askGoods words the question for the line of the schedule below a code, or below
// that of the row.
func askGoods(code string) Question {
	return Question{Fact: "goods", Question: "Under which statistical line are the goods classified?", Type: "code", Answers: []Answer{},
		Where: "The schedule's own lines below " + cmp.Or(code, "the code") + "; the broker knows."}
}

// askQuantity words the question for a quantity, "" for one in the unit that a duty
// asks for.
func askQuantity(unit quantity.Unit) Question {
	return Question{Fact: "quantity", Question: "How much is shipped, in " + cmp.Or(string(unit), "the unit of the duty") + "?", Unit: string(unit),
		Where: "The packing list or the commercial invoice.", Type: "quantity", Answers: []Answer{}}
}

// Questions words what [Summary.Questions] names, for facts among these: by name,
// as any row may ask it.
func Questions(facts []*condition.Fact) map[string]Question {
	out := map[string]Question{}
	for _, q := range []Question{askGoods(""), askQuantity("")} {
		out[q.Fact] = q
	}
	for _, f := range facts {
		out[f.Name] = askFact(f)
	}
	return out
}

func (e *evaluation) missingUnit() quantity.Unit {
	for _, n := range e.live {
		if m := e.amounts[n].missing; m != "" && e.cands[n].applied > 0 {
			return m
		}
	}
	return ""
}

// answers says what each answer to an open fact would leave.
func (d *Determination) answers(axis int) []Answer {
	e := &d.e
	a := &e.axes[axis]
	ends := a.sums && a.options[len(a.options)-1].cell == 0 // one region: its two ends are the answers
	var out []Answer
	for first := 0; first < len(a.options); {
		last := first
		for !ends && last+1 < len(a.options) && a.options[last+1].cell == a.options[first].cell {
			last++
		}
		best, worst := isProhibited, isFree
		var duty, unrounded bound
		seen := false
		for i := range e.worlds {
			w := &e.worlds[i]
			if s := int(w.steps[axis]); s < first || s > last {
				continue
			}
			seen = true
			best, worst = min(best, w.worst), max(worst, w.worst)
			came := e.dutiesOf(w)
			duty.hull(&came.duty)
			unrounded.hull(&came.unrounded)
		}
		if seen {
			o := &a.options[first]
			an := Answer{Answer: o.label, Outcome: d.withLaw(joint(best, worst, false)), Best: outcomeOf(best), Worst: outcomeOf(worst)}
			switch {
			case ends:
				an.Answer, an.Value = o.sum.String(), o.sum.String()
			case a.slot < 0:
				an.Answer, an.Value = e.lineLabel(first), e.variants[first].code.String()
			case o.point && !o.value.IsHypothetical():
				an.Value = o.value.String()
			}
			an.Duty, an.Rate = d.dutyRange(duty), d.rateRange(unrounded)
			if e.listsOn(o.value) < 2 { // being on several lists at once is gone through, and not offered
				out = append(out, an)
			}
		}
		first = last + 1
	}
	return out
}

// listsOn counts the party lists that a hypothetical party is on.
func (e *evaluation) listsOn(v condition.Value) int {
	n := 0
	if v.IsHypothetical() {
		for list := range e.s.Set.Env.PartyLists() {
			if v.OnList(list) {
				n++
			}
		}
	}
	return n
}

// withLaw raises the outcome to refer where law that is not verified stands in
// the way whatever the facts are.
func (d *Determination) withLaw(o Outcome) Outcome {
	for i := range d.e.q.legs {
		if d.e.results.legUnverified[i] && rank(o) < rank(Refer) {
			return Refer
		}
	}
	return o
}

func (e *evaluation) lineLabel(variant int) string {
	const most = 4
	label := ""
	for i, c := range e.variants[variant].codes {
		switch {
		case i == most:
			return label + " …"
		case i > 0:
			label += ", "
		}
		label += c.String()
	}
	return label
}

// claims finds the claims that are not made and would make the answer milder.
func (d *Determination) claims() []Claim {
	e := &d.e
	out := []Claim{}
	probe := evaluation{q: e.q.copy(), bare: e.q.meets()}
	readers := e.readersOfClaims()
	for slot := range e.s.Set.Env.Len() {
		f := e.s.Set.Env.Fact(slot)
		if f.Kind != condition.Claim || !e.q.facts[slot].IsAbsent() || f.Pack == "" {
			continue
		}
		r := &readers[slot]
		isPreference := e.q.duty != nil && e.q.duty.Base != nil && e.q.duty.Base.ClaimSlot == slot
		if len(r.exprs) == 0 && !r.portion && !isPreference {
			continue
		}
		legs := e.legsThatRead(slot)
		if len(legs) == 0 {
			continue
		}
		var best *Claim
		var bestSaved quantity.Decimal
		for _, v := range d.claimValues(slot, r, isPreference) {
			probe.q.state(slot, v)
			if probe.q.isContradictory(e.s) {
				continue
			}
			under := e.under(&probe, legs)
			var saved, savedMost quantity.Decimal
			if probe.q.duty != nil {
				saved = e.results.unrounded.least.Sub(probe.results.unrounded.least)
				savedMost = e.results.unrounded.high().Sub(probe.results.unrounded.high())
				if probe.results.unrounded.unbounded && !e.results.unrounded.unbounded {
					savedMost = quantity.Decimal{} // what is due under the claim is not known
				}
			}
			milder := under.worst < e.results.worst || under.best < e.results.best
			if saved.Sign() <= 0 && savedMost.Sign() <= 0 && !milder {
				continue
			}
			if best != nil && savedMost.Cmp(bestSaved) < 0 {
				continue
			}
			bestSaved = savedMost
			low, high := saved.Min(savedMost).Max(quantity.Decimal{}), saved.Max(savedMost)
			best = &Claim{Fact: f.Name, Value: e.written(v), Question: f.Question, Outcome: under.outcome, Measures: []string{},
				Saves:    d.dutyRange(e.roundIf(between(low, high, false))),
				SavesPct: d.rateRange(between(low, high, false))}
			for _, n := range probe.live {
				c := &probe.cands[n]
				if c.applied > 0 && (c.Entry.Kind == measure.Exemption || isPreference && c.Entry.Base != nil) && !e.applies(c.Entry.Index) {
					best.Measures = append(best.Measures, c.Entry.ID)
				}
			}
		}
		probe.q.unstate(slot, e.q.facts[slot], e.q.stated.Has(slot))
		if best != nil {
			out = append(out, *best)
		}
	}
	return out
}

// legsThatRead returns the legs, by number, on which some law near the case reads
// the fact. On the others a claim changes nothing.
func (e *evaluation) legsThatRead(slot int) []int {
	var out []int
	for _, l := range e.legs {
		if i := int(l.leg); !slices.Contains(out, i) && l.near.Reads(slot, e.q.stated) {
			out = append(out, i)
		}
	}
	return out
}

// strictness is how strict an answer is over all its legs.
type strictness struct {
	best, worst uint8
	outcome     Outcome
}

// under answers the case under the claim that the facts of probe state, and
// returns how strict the whole is. Only the legs are gone through, which are those
// that read the claim, where the rest of the answer follows from them: the other
// legs stay as they are.
func (e *evaluation) under(probe *evaluation, legs []int) strictness {
	rest := strictness{best: isProhibited}
	if e.exact && len(legs) < len(e.q.legs) {
		for i := range e.worlds {
			strict := isFree
			for j, s := range e.worlds[i].legs[:len(e.q.legs)] {
				if !slices.Contains(legs, j) {
					strict = max(strict, s)
				}
			}
			rest.best, rest.worst = min(rest.best, strict), max(rest.worst, strict)
		}
		probe.ask(e, legs)
		// One fact may open both sides: what is mildest for the one need not go with
		// what is mildest for the other, unless one of them is what it is.
		if r := &probe.results; rest.best == rest.worst || r.best == r.worst {
			whole := strictness{best: max(rest.best, r.best), worst: max(rest.worst, r.worst), outcome: Free}
			for i := range e.q.legs {
				of, leg := e, i
				if n := slices.Index(legs, i); n >= 0 {
					of, leg = probe, n
				}
				if o := of.legOutcome(leg); rank(o) > rank(whole.outcome) {
					whole.outcome = o
				}
			}
			return whole
		}
	}
	all := make([]int, len(e.q.legs))
	for i := range all {
		all[i] = i
	}
	probe.ask(e, all)
	whole := Determination{e: *probe}
	return strictness{probe.results.best, probe.results.worst, whole.Outcome()}
}

// ask answers the legs of another evaluation's query, given by number, for the
// facts at hand.
func (e *evaluation) ask(of *evaluation, legs []int) {
	e.q.legs, e.q.duty = e.q.legs[:0], nil
	for _, i := range legs {
		e.q.legs = append(e.q.legs, of.q.legs[i])
		if of.q.legs[i].kind == measure.Import {
			e.q.duty = of.q.duty
		}
	}
	e.run(of.s)
}

// written is a value as --fact takes it, instants in the zone of the case.
func (e *evaluation) written(v condition.Value) string {
	if i, ok := v.Instant(); ok {
		return i.Format(e.zone())
	}
	return v.String()
}

func (e *evaluation) roundIf(b bound) bound {
	if e.q.duty == nil {
		return b
	}
	return e.round(b)
}

func (e *evaluation) applies(entry int) bool {
	n := e.candOf(entry)
	return n >= 0 && e.cands[n].applied > 0
}

// readers are what reads a claim on the legs asked: conditions, and whether a
// duty stands on a portion that it is.
type readers struct {
	exprs   []*condition.Expr
	portion bool
}

// readersOfClaims finds the readers of the facts that are absent, by slot.
func (e *evaluation) readersOfClaims() []readers {
	out := make([]readers, e.s.Set.Env.Len())
	for _, lg := range e.q.legs {
		for _, i := range lg.entries {
			entry := &e.s.Entries()[i]
			if entry.When != nil {
				for _, slot := range entry.When.Slots() {
					if e.q.facts[slot].IsAbsent() {
						out[slot].exprs = append(out[slot].exprs, entry.When)
					}
				}
			}
			if entry.Portion != nil && entry.Portion.Slot >= 0 {
				out[entry.Portion.Slot].portion = true
			}
		}
	}
	return out
}

// lastOf is the last full minute of a period, its first instant where it has
// none.
func lastOf(p quantity.Period) quantity.Instant {
	const minute = 60
	if p.Until >= quantity.MaxInstant || p.Until-minute < p.From {
		return p.From
	}
	return p.Until - minute
}

// claimValues are the values of a claim that conditions can tell apart.
func (d *Determination) claimValues(slot int, r *readers, isPreference bool) []condition.Value {
	e := &d.e
	f := e.s.Set.Env.Fact(slot)
	var atoms []condition.Atom
	listed := false
	for _, x := range r.exprs {
		for _, a := range x.Atoms() {
			if _, ok := a.List(); ok && slices.Contains(a.Slots, slot) {
				listed = true
			} else if slices.Contains(a.Slots, slot) {
				atoms = append(atoms, a)
			}
		}
	}
	var cells []condition.Cell
	if !listed { // that a party is on a list or off it is no claim
		cells = condition.Cells(f, atoms, 0, 0)
	}
	var out []condition.Value
	for _, cell := range cells {
		switch {
		case f.Type == condition.InstantType:
			out = append(out, condition.InstantValue(lastOf(cell.Period)))
		case !cell.Value.IsHypothetical():
			out = append(out, cell.Value)
		}
		if r.portion && cell.High != nil {
			out = append(out, condition.NumberValue(*cell.High))
		}
	}
	if !isPreference {
		return out
	}
	p, at := e.q.duty, e.q.at(measure.Import, e.q.duty)
	for _, symbol := range e.s.Programmes(p, e.variants[0].code, at, e.q.known, e.q.origin) {
		out = append(out, condition.TextValue(symbol))
	}
	return slices.DeleteFunc(out, func(v condition.Value) bool {
		symbol, _ := v.Text()
		return !e.s.Eligible(p, symbol, at, e.q.known, e.q.origin)
	})
}
