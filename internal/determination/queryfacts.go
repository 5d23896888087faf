package determination

import (
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

func (r *reader) facts() {
	q := r.q
	q.begin(r.s, r.c.Closed)
	q.stated[0] |= ofMovement
	q.facts.PutText(condition.SlotOrigin, string(q.origin))
	q.facts.PutText(condition.SlotFrom, string(q.from))
	q.facts.PutText(condition.SlotTo, string(q.to))
	if q.on.IsZero() {
		q.facts[condition.SlotEntered], q.facts[condition.SlotExported] = condition.Value{}, condition.Value{}
	} else {
		q.facts.PutInstant(condition.SlotEntered, q.noon(q.entered, r.s.Zone(q.to)))
		q.facts.PutInstant(condition.SlotExported, q.noon(q.exported, r.s.Zone(q.from)))
	}
	if r.c.total != nil && !r.c.totalUnknown {
		q.facts.PutNumber(condition.SlotValue, *r.c.total)
	} else if q.hasValue && r.c.total == nil {
		q.facts.PutNumber(condition.SlotValue, q.value)
	} else {
		q.facts[condition.SlotValue] = condition.Value{}
	}
	if len(r.c.Facts) > 0 {
		r.given()
	}
	if q.article != nil && len(q.article.Implied()) > 0 {
		r.implied()
	}
	if r.s.Computes(q.stated) {
		r.derived()
	}
	r.classes()
	if len(q.given) > 0 {
		r.groups()
		r.contradictions()
		r.preference()
	}
}

// implied takes from the goods code what it settles by itself.
func (r *reader) implied() {
	q, env := r.q, r.s.Set.Env
	implied := q.article.Implied()
	for i := range implied {
		im := &implied[i]
		switch fact := env.Fact(im.Slot); {
		case im.Usual:
			switch {
			case !r.c.Closed || slices.Contains(q.given, int32(im.Slot)):
			case len(q.given) == 0: // it is no more than the whole
				q.state(im.Slot, im.Value)
			default:
				q.state(im.Slot, r.remaining(im))
			}
		case !slices.Contains(q.given, int32(im.Slot)):
			if q.facts[im.Slot].IsUnknown() || q.facts[im.Slot].IsAbsent() {
				q.state(im.Slot, im.Value)
			}
		case !q.facts[im.Slot].Equal(im.Value):
			r.fault("facts."+fact.Name, fmt.Sprintf("%s contradicts the goods code: %s means %s", q.facts[im.Slot], im.Goods, im.Value),
				"correct the fact or the code")
		}
	}
}

// remaining is the usual value of a fact, or as much of it as the parts of the
// same whole that the case states leave.
func (r *reader) remaining(im *schedule.Implied) condition.Value {
	usual, ok := im.Value.Number()
	if !ok {
		return im.Value
	}
	for _, g := range r.s.Groups() {
		if !slices.Contains(g.Slots, im.Slot) {
			continue
		}
		left := g.Whole
		for _, slot := range r.q.given {
			if n, ok := r.q.facts[slot].Number(); ok && slices.Contains(g.Slots, int(slot)) {
				left = left.Sub(n)
			}
		}
		usual = usual.Min(left.Max(quantity.Decimal{}))
	}
	return condition.NumberValue(usual)
}

// derived computes the facts that follow from others by a formula.
func (r *reader) derived() {
	q := r.q
	condition.Derive(r.s.Set.Formulas, q.facts, func(f *condition.Formula, v condition.Value) {
		fact, now := r.s.Set.Env.Fact(f.Slot), q.facts[f.Slot]
		if err := fact.Check(v); err != nil {
			r.fault("facts."+fact.Name, fmt.Sprintf("computed as %s it is out of bounds: %v", f, err), "correct "+r.names(f))
			return
		}
		if now.IsKnown() && !f.Agrees(now, v) {
			r.fault("facts."+fact.Name, fmt.Sprintf("%s contradicts %s, which comes to %s", now, f, figure(v)), "correct one of "+fact.Name+", "+r.names(f))
			return
		}
		q.state(f.Slot, v)
		q.made = append(q.made, int32(f.Slot))
	})
}

// figure is a computed value in words: without the places that a quotient
// without end has.
func figure(v condition.Value) string {
	n, ok := v.Number()
	if short := n.Round(4, quantity.HalfUp); ok && !short.Equal(n) {
		return "about " + short.String()
	}
	return v.String()
}

// names lists the facts that a formula computes from.
func (r *reader) names(f *condition.Formula) string {
	names := make([]string, len(f.Slots))
	for i, slot := range f.Slots {
		names[i] = r.s.Set.Env.Fact(slot).Name
	}
	return strings.Join(names, ", ")
}

// contradictions checks that the facts stated, those that follow from the goods
// code and from one another among them, can be together.
func (r *reader) contradictions() {
	q := r.q
	for c := range r.s.Contradictions(q.facts, q.stated) {
		for _, atom := range c.When.Atoms() {
			slot := atom.Slots[0]
			if slices.Contains(q.given, int32(slot)) {
				r.fault("facts."+r.s.Set.Env.Fact(slot).Name, c.Says, c.Remedy)
				break
			}
		}
	}
}

// preference checks that the programme claimed is open to the origin.
func (r *reader) preference() {
	q := r.q
	if q.duty == nil || q.duty.Base == nil || q.duty.Base.ClaimSlot < 0 || q.on.IsZero() {
		return
	}
	slot := q.duty.Base.ClaimSlot
	symbol, ok := q.facts[slot].Text()
	if !ok || !slices.Contains(q.given, int32(slot)) || r.s.Eligible(q.duty, symbol, q.at(measure.Import, q.duty), q.known, q.origin) {
		return
	}
	hint := "leave the claim out"
	if open := r.s.OpenTo(q.duty, q.at(measure.Import, q.duty), q.known, q.origin); len(open) > 0 {
		hint = "open to goods of that origin: " + strings.Join(open, ", ")
	}
	r.fault("facts."+r.s.Set.Env.Fact(slot).Name, fmt.Sprintf("the programme %s is not open to goods of %s on that day", symbol, q.origin.Name()), hint)
}

// given reads the facts that the case states.
func (r *reader) given() {
	q, env := r.q, r.s.Set.Env
	q.names = r.c.factNames(q.names[:0])
	for _, name := range q.names {
		field := "facts." + name
		slot, ok := env.Slot(name)
		if !ok {
			hint := "`navicert facts` lists them"
			if near := env.Nearest(name); near != "" {
				hint = "did you mean " + near + "? " + hint
			}
			r.fault(field, "no pack knows this fact", hint)
			continue
		}
		fact := env.Fact(slot)
		if fact.Pack == "" {
			r.fault(field, "this is a field of the case, not a fact", "give it as "+name)
			continue
		}
		v, err := fact.ParseValueIn(r.c.Facts[name], r.s.Zone(q.to))
		if err != nil {
			r.faultErr(field, err)
			continue
		}
		q.state(slot, v)
		q.given = append(q.given, int32(slot))
	}
}

// contents checks that the materials in the goods weigh no more than the goods.
// A kilogram more is let pass: entries give quantities in whole units.
func (r *reader) contents(field func(i int) string) {
	q := r.q
	if !slices.ContainsFunc(q.quantities, func(n quantity.Quantity) bool { _, _, ok := n.Content(); return ok }) {
		return
	}
	whole, ok := q.quantityIn(quantity.Kilogram)
	if !ok {
		return
	}
	most := map[string]quantity.Decimal{} // by material: it may be given in several units
	var sum quantity.Decimal
	for i, n := range q.quantities {
		material, of, ok := n.Content()
		if !ok {
			continue
		}
		kilos, ok := quantity.Quantity{Amount: n.Amount, Unit: of}.InRounded(quantity.Kilogram, 12, quantity.HalfUp)
		if !ok || kilos.Cmp(most[material]) <= 0 {
			continue
		}
		sum = sum.Sub(most[material]).Add(kilos)
		most[material] = kilos
		if sum.Sub(quantity.NewDecimal(1, 0)).Cmp(whole) >= 0 {
			r.fault(field(i), fmt.Sprintf("the materials in the goods come to %s kg, more than the goods weigh (%s kg)", sum, whole), "correct one of the quantities")
			return
		}
	}
}

// groups checks that parts of one whole do not exceed it.
func (r *reader) groups() {
	for _, g := range r.s.Groups() {
		var sum quantity.Decimal
		var last string
		for _, slot := range g.Slots {
			if n, ok := r.q.facts[slot].Number(); ok {
				sum = sum.Add(n)
				if slices.Contains(r.q.given, int32(slot)) {
					last = r.s.Set.Env.Fact(slot).Name
				}
			}
		}
		if last != "" && sum.Cmp(g.Whole) > 0 {
			r.fault("facts."+last, fmt.Sprintf("the parts of %s come to %s, more than the whole (%s)", g.Name, sum, g.Whole), "correct one of them")
		}
	}
}
