package condition

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/navicert/navicert/internal/quantity"
)

// quotientPlaces is how many places of a quotient without end are kept. No
// constant of a condition has more.
const quotientPlaces = 12

// Formula computes a number fact from others: goods.tops * goods.bit_length. It
// never changes; goroutines share it.
//
// The result stands to every constant as the exact figure does. Sums,
// differences and products are exact. A quotient without end is cut after
// twelve places, one more digit telling that it lies above what is left: it is
// never rounded up to a threshold, nor down to one.
type Formula struct {
	// Slot is the fact that is computed.
	Slot int
	// Slots are the facts that it is computed from, ascending. Must not be
	// changed.
	Slots []int

	source  string
	root    figure
	divides bool
	free    bool
}

// figure is one step of a formula: a constant, a fact, or two figures joined.
type figure struct {
	join        string // an operator of CEL; "" for a constant or a fact
	slot        int    // -1 where it is no fact
	number      quantity.Decimal
	left, right *figure
}

// String returns the formula as it was written.
func (f *Formula) String() string { return f.source }

// Free reports whether the fact may be any number of its domain while nothing is
// known of those it is computed from.
func (f *Formula) Free() bool { return f.free }

// Agrees reports whether a figure that is stated for the fact fits the one that
// is computed: it is the same, or, where the formula divides, the same but for
// the places to which it was rounded.
func (f *Formula) Agrees(stated, computed Value) bool {
	a, ok := stated.Number()
	b, known := computed.Number()
	if !ok || !known {
		return stated.kind == computed.kind
	}
	if f.divides {
		places := 0
		if _, frac, point := strings.Cut(a.String(), "."); point {
			places = len(frac)
		}
		b = b.Round(places, quantity.HalfUp)
	}
	return a.Equal(b)
}

// A FormulaFault is a formula that cannot be read.
type FormulaFault struct {
	Fact *Fact
	Err  *Error
}

// Formulas reads the formulas of the facts. They come in an order in which one
// can be computed after the other.
func (e *Env) Formulas() ([]*Formula, []FormulaFault) {
	var read []*Formula
	var faults []FormulaFault
	for slot := range e.facts {
		f := &e.facts[slot]
		if f.Formula == "" {
			continue
		}
		x, err := e.formula(slot, f.Formula)
		if err != nil {
			faults = append(faults, FormulaFault{f, err})
			continue
		}
		read = append(read, x)
	}
	var out []*Formula
	for len(read) > 0 {
		waits := func(f *Formula) bool {
			return slices.ContainsFunc(read, func(g *Formula) bool { return slices.Contains(f.Slots, g.Slot) })
		}
		n := len(out)
		for _, f := range read {
			if !waits(f) {
				out = append(out, f)
			}
		}
		if len(out) == n {
			for _, f := range read {
				faults = append(faults, FormulaFault{&e.facts[f.Slot], &Error{Line: 1, Column: 1, Message: "the fact is computed from itself, in a circle", Hint: "let one of the facts be stated"}})
			}
			break
		}
		read = slices.DeleteFunc(read, func(f *Formula) bool { return slices.Contains(out, f) })
	}
	return out, faults
}

// formula compiles the formula of the fact in a slot.
func (e *Env) formula(slot int, src string) (*Formula, *Error) {
	parsed, issues := e.cel.Parse(src)
	if issues.Err() != nil {
		return nil, syntaxError(src, issues)
	}
	c := compiler{env: e, src: []rune(src), info: parsed.NativeRep().SourceInfo()}
	f := &Formula{Slot: slot, source: src, free: true}
	root, err := c.figure(f, parsed.NativeRep().Expr())
	if err != nil {
		return nil, err
	}
	f.root = *root
	if len(f.Slots) == 0 {
		return nil, c.fault(parsed.NativeRep().Expr(), "name the facts that it is computed from", "the formula names no fact")
	}
	n := len(f.Slots)
	slices.Sort(f.Slots)
	f.Slots = slices.Compact(f.Slots)
	f.free = f.free && len(f.Slots) == n && e.facts[slot].unbounded()
	return f, nil
}

// unbounded reports whether a number takes all values from 0 on.
func (f *Fact) unbounded() bool {
	low, high := f.bounds()
	return low.IsZero() && high == nil
}

// figure compiles a part of a formula.
func (c *compiler) figure(f *Formula, x ast.Expr) (*figure, *Error) {
	const hint = "facts and constants joined by +, -, * and /"
	switch {
	case isFact(x):
		fact, slot, err := c.fact(x)
		switch {
		case err != nil:
			return nil, err
		case fact.Type != Number:
			return nil, c.fault(x, hint, "%s is %s, not a number", fact.Name, fact.Type.a())
		case fact.Kind == Claim:
			return nil, c.fault(x, "compute facts from attributes", "%s is a claim, and a claim that is not made is no figure", fact.Name)
		case int(slot) == f.Slot:
			return nil, c.fault(x, "", "%s is computed from itself", fact.Name)
		}
		f.Slots = append(f.Slots, int(slot))
		f.free = f.free && fact.unbounded()
		return &figure{slot: int(slot)}, nil
	case x.Kind() == ast.LiteralKind:
		switch x.AsLiteral().(type) {
		case types.Int, types.Double:
		default:
			return nil, c.fault(x, hint, "%s is not a number", c.describe(x))
		}
		d, err := c.number(x)
		if err != nil {
			return nil, err
		}
		f.free = false
		return &figure{slot: -1, number: d}, nil
	case x.Kind() == ast.CallKind && !x.AsCall().IsMemberFunction():
		call := x.AsCall()
		switch call.FunctionName() {
		case operators.Add, operators.Subtract, operators.Multiply, operators.Divide:
		default:
			return nil, c.fault(x, hint, "a formula cannot say this")
		}
		left, err := c.figure(f, call.Args()[0])
		if err != nil {
			return nil, err
		}
		right, err := c.figure(f, call.Args()[1])
		if err != nil {
			return nil, err
		}
		if call.FunctionName() == operators.Divide {
			f.divides = true
			if right.join == "" && right.slot < 0 && right.number.IsZero() {
				return nil, c.fault(x, "", "nothing can be divided by 0")
			}
		}
		return &figure{join: call.FunctionName(), slot: -1, left: left, right: right}, nil
	}
	return nil, c.fault(x, hint, "a formula cannot say this")
}

// ratio is an exact fraction; that of a division by zero has the denominator 0
// and is no number.
type ratio struct{ over, under quantity.Decimal }

var one = quantity.NewDecimal(1, 0)

// join returns the fraction that the operator makes of two.
func (a ratio) join(by string, b ratio) ratio {
	switch by {
	case operators.Multiply:
		return ratio{a.over.Mul(b.over), a.under.Mul(b.under)}
	case operators.Divide:
		// The second b.under keeps a division by zero one.
		return ratio{a.over.Mul(b.under).Mul(b.under), a.under.Mul(b.over).Mul(b.under)}
	case operators.Subtract:
		b.over = b.over.Neg()
	}
	return ratio{a.over.Mul(b.under).Add(b.over.Mul(a.under)), a.under.Mul(b.under)}
}

// value is the fraction as a fact holds it.
func (a ratio) value() Value {
	if a.under.IsZero() {
		return AbsentValue()
	}
	q := a.over.Quo(a.under, quotientPlaces, quantity.Down)
	if rest := a.over.Sub(q.Mul(a.under)); !rest.IsZero() {
		more := quantity.NewDecimal(5, quotientPlaces+1)
		if rest.Sign() != a.under.Sign() {
			more = more.Neg()
		}
		q = q.Add(more)
	}
	return NumberValue(q)
}

// Derive calls found with the value of every formula whose facts are all known
// or absent, and not all absent. An absent number counts as 0, and what is
// divided by 0 is absent. Where a fact or the result is absent, a figure that is
// stated stands. The formulas must be those of [Env.Formulas], in their order: one that
// is computed from the result of another has its exact figure.
func Derive(formulas []*Formula, facts Facts, found func(f *Formula, v Value)) {
	computed := make([]ratio, len(formulas))
	done, partial := make([]bool, len(formulas)), make([]bool, len(formulas))
	for i, f := range formulas {
		known, missing := false, false
		r, ok := f.root.eval(func(slot int) (ratio, bool) {
			if j := slices.IndexFunc(formulas[:i], func(g *Formula) bool { return g.Slot == slot }); j >= 0 && done[j] {
				known, missing = true, missing || partial[j]
				return computed[j], true
			}
			if slot >= len(facts) || facts[slot].IsUnknown() {
				return ratio{}, false
			}
			d, ok := facts[slot].Number()
			known, missing = known || ok, missing || !ok
			return ratio{d, one}, true
		})
		if !ok || !known {
			continue
		}
		v := r.value()
		if v.IsAbsent() {
			r, missing = ratio{under: one}, true
		}
		if missing && facts[f.Slot].IsKnown() {
			continue
		}
		computed[i], done[i], partial[i] = r, true, missing
		found(f, v)
	}
}

// eval returns the figure, false where a fact that it needs is not known.
func (x *figure) eval(of func(slot int) (ratio, bool)) (ratio, bool) {
	switch {
	case x.join != "":
		left, ok := x.left.eval(of)
		if !ok {
			return ratio{}, false
		}
		right, ok := x.right.eval(of)
		return left.join(x.join, right), ok
	case x.slot >= 0:
		return of(x.slot)
	}
	return ratio{x.number, one}, true
}
