package condition

import (
	"cmp"
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
	opAnd              // all of nodes[first:last]
	opOr               // one of them
	opIf               // the first decides between the second and the third
	opBool             // the fact is true
	opSign             // the fact stands to 0 as want says
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

// holds returns whether the outcome c of a comparison, -1, 0 or 1, is in the
// set.
func (r relation) holds(c int) Truth { return Truth(r>>(uint(c+1)&7)&1)<<1 - 1 }

// turned returns the relation with its operands exchanged.
func (r relation) turned() relation {
	return r&same | r&less<<2 | r&more>>2
}

// node is one step of an expression.
type node struct {
	op     op
	want   relation
	takes  valueKind // of the facts
	negate bool
	absent Truth // of an atom over one fact that is absent, not negated
	typ    Type  // of the facts
	slot   int32
	other  int32 // opFacts: the second fact
	list   int32 // opListed
	first  int32 // opAnd, opOr, opIf: the operands are nodes[first:last]
	last   int32
	at     quantity.Instant
	number quantity.Decimal
	text   string
	key    uint64 // of text
	texts  []string
	keys   []uint64       // of texts
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
	return x.nodes[0].eval(x.nodes, facts, lists)
}

// eval returns the truth of the node, whose operands are among nodes.
func (n *node) eval(nodes []node, facts Facts, lists Lists) Truth {
	var t Truth
	switch n.op {
	case opConst:
		t = True
	case opAnd:
		t = True
		operands := nodes[n.first:n.last]
		for i := range operands {
			o := &operands[i]
			if o.op >= opBool { // saves a call
				t = min(t, o.atom(facts, lists))
			} else {
				t = min(t, o.eval(nodes, facts, lists))
			}
			if t == False {
				break
			}
		}
	case opOr:
		t = False
		operands := nodes[n.first:n.last]
		for i := range operands {
			o := &operands[i]
			if o.op >= opBool {
				t = max(t, o.atom(facts, lists))
			} else {
				t = max(t, o.eval(nodes, facts, lists))
			}
			if t == True {
				break
			}
		}
	case opIf:
		operands := nodes[n.first:n.last]
		switch operands[0].eval(nodes, facts, lists) {
		case True:
			t = operands[1].eval(nodes, facts, lists)
		case False:
			t = operands[2].eval(nodes, facts, lists)
		default:
			// Which branch is taken does not matter where both agree.
			if u := operands[1].eval(nodes, facts, lists); u != Open && u == operands[2].eval(nodes, facts, lists) {
				t = u
			}
		}
	default:
		return n.atom(facts, lists)
	}
	if n.negate {
		return -t
	}
	return t
}

// atom returns the truth of a node without operands.
func (n *node) atom(facts Facts, lists Lists) Truth {
	t := Open
	if n.op == opFacts {
		t = n.compare(facts)
	} else if int(n.slot) < len(facts) {
		v := &facts[n.slot]
		if v.kind == n.takes {
			switch n.op {
			case opBool:
				t = TruthOf(v.bits != 0)
			case opSign:
				t = n.want.holds(v.number.Sign())
			case opNumber:
				t = n.want.holds(v.number.Cmp(n.number))
			case opText:
				t = n.isText(v)
			case opIn:
				t = n.inTexts(v)
			case opAt:
				t = n.want.holds(cmp.Compare(quantity.Instant(v.bits), n.at))
			case opListed:
				t = n.listed(v, lists)
			}
		} else if v.kind == absentValue {
			t = n.absent
		}
	}
	if n.negate {
		return -t
	}
	return t
}

func (n *node) isText(v *Value) Truth {
	return TruthOf(v.key() == n.key && (short(n.key) || v.text == n.text))
}

func (n *node) inTexts(v *Value) Truth {
	key := v.key()
	for i, k := range n.keys {
		if k == key && (short(k) || v.text == n.texts[i]) {
			return True
		}
	}
	return False
}

func (n *node) listed(v *Value, lists Lists) Truth {
	switch {
	case v.hypothetical:
		return TruthOf(v.OnList(int(n.list)))
	case lists != nil:
		return lists.Listed(int(n.list), v.text)
	}
	return Open
}

// absentCounts reports whether an absent value of the type stands for one of
// its values.
func (t Type) absentCounts() bool { return t == Bool || t == Number }

// compare returns the truth of an atom over two facts.
func (n *node) compare(facts Facts) Truth {
	var v, w Value
	if int(n.slot) < len(facts) {
		v = facts[n.slot]
	}
	if int(n.other) < len(facts) {
		w = facts[n.other]
	}
	if !n.typ.absentCounts() && (v.kind == absentValue || w.kind == absentValue) {
		return False
	}
	if v.kind != n.takes && v.kind != absentValue || w.kind != n.takes && w.kind != absentValue {
		return Open
	}
	// An absent bool or number holds its zero: false, 0.
	switch n.typ {
	case Bool:
		return TruthOf(v.bits == w.bits)
	case Number:
		return n.want.holds(v.number.Cmp(w.number))
	case InstantType:
		return n.want.holds(cmp.Compare(quantity.Instant(v.bits), quantity.Instant(w.bits)))
	default:
		return TruthOf(v.text == w.text)
	}
}

// ListUse is how the lists that a party is on bear on a condition together.
type ListUse uint8

// The ways in which lists bear on a condition.
const (
	// NoLists: the condition asks for none.
	NoLists ListUse = iota
	// JoinsLists: on two lists at once the condition holds if it holds on one of
	// them alone.
	JoinsLists
	// MeetsLists: on two lists at once it holds if it holds on each of them alone.
	MeetsLists
	// MixesLists: neither is certain.
	MixesLists
)

// Lists returns the lists that the condition asks for the party in the slot, a
// bit each, and how they bear on it together.
func (x *Expr) Lists(slot int) (lists uint64, use ListUse) {
	if x == nil {
		return 0, NoLists
	}
	return x.nodes[0].lists(x.nodes, int32(slot))
}

func (n *node) lists(nodes []node, slot int32) (lists uint64, use ListUse) {
	switch n.op {
	case opListed:
		if n.slot == slot {
			lists, use = 1<<n.list, JoinsLists
		}
	case opAnd, opOr, opIf:
		// One operand that asks for lists may do so in any way, several alike.
		all := MeetsLists
		if n.op == opOr {
			all = JoinsLists
		}
		operands := nodes[n.first:n.last]
		for i := range operands {
			l, u := operands[i].lists(nodes, slot)
			lists |= l
			switch {
			case u == NoLists:
			case n.op == opIf || u == MixesLists:
				use = MixesLists
			case use == NoLists:
				use = u
			case use != all || u != all:
				use = MixesLists
			}
		}
	}
	if n.negate {
		use = use.turned()
	}
	return lists, use
}

// turned returns the use of the negation.
func (u ListUse) turned() ListUse {
	switch u {
	case JoinsLists:
		return MeetsLists
	case MeetsLists:
		return JoinsLists
	}
	return u
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
func (a Atom) Eval(facts Facts, lists Lists) Truth { return a.node.eval(nil, facts, lists) }

// List returns the index of the party list that the atom asks for; ok is false
// where it asks for none.
func (a Atom) List() (list int, ok bool) { return int(a.node.list), a.node.op == opListed }
