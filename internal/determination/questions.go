package determination

import (
	"cmp"
	"slices"

	"github.com/navicert/navicert/internal/condition"
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
	for n := range e.amounts {
		if m := e.amounts[n].missing; m != "" && (e.shared || e.cands[n].applied > 0) {
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
