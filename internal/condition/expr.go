package condition

import (
	"slices"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// Expr is a compiled condition. It never changes; goroutines share it. The nil
// Expr is the condition that always holds.
type Expr struct {
	source string
	nodes  []node // the root first, the operands of a node side by side
	slots  []int
	atoms  []Atom
}

// op is what a node does.
type op uint8

const (
	opConst  op = iota // true
	opAnd              // all of nodes[first : first+count]
	opOr               // one of them
	opIf               // the first decides between the second and the third
	opBool             // the fact is true
	opNumber           // the fact stands to number as want says
	opText             // the fact is text
	opIn               // the fact is one of texts
	opAt               // the fact stands to at as want says
	opListed           // the fact is on the list
	opFacts            // the fact stands to the other one as want says
)

// relation is a set of outcomes of a comparison.
type relation uint8

const (
	less relation = 1 << iota
	same
	more
)

// holds reports whether the outcome c of a comparison is in the set.
func (r relation) holds(c int) bool { return r>>(c+1)&1 != 0 }

// turned returns the relation with its operands exchanged.
func (r relation) turned() relation {
	return r&same | r&less<<2 | r&more>>2
}

// node is one step of an expression.
type node struct {
	op     op
	want   relation
	typ    Type // of the facts
	negate bool
	slot   int32
	other  int32 // opFacts: the second fact
	list   int32 // opListed
	first  int32 // opAnd, opOr, opIf: index of the first operand
	count  int32
	at     quantity.Instant
	number quantity.Decimal
	text   string
	texts  []string
	zone   *time.Location // in which at was written
}

// String returns the source of the condition as it was compiled.
func (x *Expr) String() string {
	if x == nil {
		return "true"
	}
	return x.source
}

// Slots returns the slots of the facts that the condition reads, ascending. The
// slice must not be changed.
func (x *Expr) Slots() []int {
	if x == nil {
		return nil
	}
	return x.slots
}

// Atoms returns the distinct atoms of the condition in the order of its text.
// The slice must not be changed.
func (x *Expr) Atoms() []Atom {
	if x == nil {
		return nil
	}
	return x.atoms
}

// Eval returns whether the condition holds on the facts. A fact that is unknown,
// beyond the end of the slice, or not of its declared type makes the comparisons
// that read it Open; listed() is Open too where lists is nil and the party is not
// hypothetical. Eval allocates nothing.
func (x *Expr) Eval(facts Facts, lists Lists) Truth {
	if x == nil {
		return True
	}
	return x.eval(&x.nodes[0], facts, lists)
}

func (x *Expr) eval(n *node, facts Facts, lists Lists) Truth {
	var t Truth
	switch n.op {
	case opConst:
		t = True
	case opAnd:
		t = True
		operands := x.nodes[n.first : n.first+n.count]
		for i := range operands {
			if u := x.eval(&operands[i], facts, lists); u < t {
				if t = u; t == False {
					break
				}
			}
		}
	case opOr:
		t = False
		operands := x.nodes[n.first : n.first+n.count]
		for i := range operands {
			if u := x.eval(&operands[i], facts, lists); u > t {
				if t = u; t == True {
					break
				}
			}
		}
	case opIf:
		operands := x.nodes[n.first : n.first+3]
		switch x.eval(&operands[0], facts, lists) {
		case True:
			t = x.eval(&operands[1], facts, lists)
		case False:
			t = x.eval(&operands[2], facts, lists)
		default:
			// Which branch is taken does not matter where both agree.
			if t = x.eval(&operands[1], facts, lists); t != Open && t != x.eval(&operands[2], facts, lists) {
				t = Open
			}
		}
	default:
		t = n.eval(facts, lists)
	}
	if n.negate {
		return -t
	}
	return t
}

// eval returns the truth of an atom, its negation left out.
func (n *node) eval(facts Facts, lists Lists) Truth {
	if n.op == opFacts {
		var v, w Value
		if int(n.slot) < len(facts) {
			v = facts[n.slot]
		}
		if int(n.other) < len(facts) {
			w = facts[n.other]
		}
		return n.compare(&v, &w)
	}
	if int(n.slot) >= len(facts) {
		return Open
	}
	return n.test(&facts[n.slot], lists)
}

// absentCounts reports whether an absent value of the type stands for one of
// its values.
func (t Type) absentCounts() bool { return t == Bool || t == Number }

// test returns the truth of an atom over one fact.
func (n *node) test(v *Value, lists Lists) Truth {
	switch n.op {
	case opBool:
		switch v.kind {
		case boolValue:
			return TruthOf(v.bits != 0)
		case absentValue:
			return False
		}
	case opNumber:
		switch v.kind {
		case numberValue:
			return TruthOf(n.want.holds(v.number.Cmp(n.number)))
		case absentValue:
			return TruthOf(n.want.holds(-n.number.Sign()))
		}
	case opText:
		switch v.kind {
		case textValue:
			return TruthOf(v.text == n.text)
		case absentValue:
			return False
		}
	case opIn:
		switch v.kind {
		case textValue:
			return TruthOf(slices.Contains(n.texts, v.text))
		case absentValue:
			return False
		}
	case opAt:
		switch v.kind {
		case instantValue:
			return TruthOf(n.want.holds(order(quantity.Instant(v.bits), n.at)))
		case absentValue:
			return False
		}
	case opListed:
		switch {
		case v.kind == absentValue:
			return False
		case v.kind != textValue:
		case v.hypothetical:
			return TruthOf(v.bits>>uint(n.list)&1 != 0)
		case lists != nil:
			return TruthOf(lists.Listed(int(n.list), v.text))
		}
	}
	return Open
}

// compare returns the truth of an atom over two facts.
func (n *node) compare(v, w *Value) Truth {
	if !n.typ.absentCounts() && (v.kind == absentValue || w.kind == absentValue) {
		return False
	}
	kind := n.typ.values()
	if v.kind != kind && v.kind != absentValue || w.kind != kind && w.kind != absentValue {
		return Open
	}
	// An absent bool or number holds its zero: false, 0.
	switch n.typ {
	case Bool:
		return TruthOf(v.bits == w.bits)
	case Number:
		return TruthOf(n.want.holds(v.number.Cmp(w.number)))
	case InstantType:
		return TruthOf(n.want.holds(order(quantity.Instant(v.bits), quantity.Instant(w.bits))))
	default:
		return TruthOf(v.text == w.text)
	}
}

func order(a, b quantity.Instant) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Atom is one comparison within a condition: the smallest part that is true or
// false by itself. x != 'a' is the negation of the atom x == 'a'.
type Atom struct {
	// Slots are the facts it reads: one, or the two that it compares with each
	// other, in the order written. Must not be changed.
	Slots []int

	node node
	text string
	list string // opListed: the id of the list
}

// String returns the atom in a settled form, the same for the same atom of
// any condition of one [Env]: goods.Dy > 0, origin in ["CN", "HK"].
func (a Atom) String() string { return a.text }

// Eval returns whether the atom holds on the facts, as [Expr.Eval] does.
func (a Atom) Eval(facts Facts, lists Lists) Truth { return a.node.eval(facts, lists) }

// List returns the index of the party list that the atom asks for; ok is false
// where it asks for none.
func (a Atom) List() (list int, ok bool) { return int(a.node.list), a.node.op == opListed }
