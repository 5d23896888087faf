// Package condition answers whether a condition of the law holds on the facts
// of a case, when some of the facts are not known.
//
// Conditions are written in a part of CEL, the Common Expression Language
// (https://cel.dev), over declared facts: comparisons of a fact with a constant
// or with another fact, membership of a literal or of a party list, joined by
// &&, ||, ! and ?:. [Env.Compile] has CEL parse and type-check them and turns
// them into a tree over numbered facts, which [Expr.Eval] runs in the strong
// three-valued logic of Kleene: what rests on an unknown fact is [Open], never
// false. Numbers are exact decimals throughout.
//
// The invariant it keeps: where Eval says [True] or [False], every completion
// of the unknown facts says the same. It does not promise the converse: of
// two atoms over one open fact, "x > 1 || x <= 1" is Open. [Cells] tells such
// atoms apart.
//
// The package never reads a clock, a file or a list: whether a party is listed
// is asked of [Lists], which the caller binds to its dates.
package condition

// Truth is a truth value of three-valued logic. The zero value is Open.
type Truth int8

// The truth values, in the order False < Open < True: And is the least of its
// operands, Or the greatest.
const (
	False Truth = -1
	Open  Truth = 0 // rests on something that is not known
	True  Truth = 1
)

// TruthOf returns True or False.
func TruthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

// And is the conjunction: False where one operand is, else Open where one is.
func (t Truth) And(u Truth) Truth { return min(t, u) }

// Or is the disjunction: True where one operand is, else Open where one is.
func (t Truth) Or(u Truth) Truth { return max(t, u) }

// Not is the negation; that of Open is Open.
func (t Truth) Not() Truth { return -t }

// String returns "false", "open" or "true".
func (t Truth) String() string {
	switch {
	case t < Open:
		return "false"
	case t > Open:
		return "true"
	}
	return "open"
}

// Lists tells whether a party is on a party list: Open where that is not known
// of the party, however well it is known itself. The list is an index into the
// lists that the [Env] was made with; which day's list is meant is for the
// implementation to know.
type Lists interface {
	Listed(list int, name string) Truth
}

// Facts holds the values of a case's facts by slot. Slots beyond its end are
// unknown.
type Facts []Value
