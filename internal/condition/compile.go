package condition

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/navicert/navicert/internal/quantity"
)

const (
	// maxSource is the longest condition, in characters.
	maxSource = 10_000
	// maxDigits is how many significant digits of a decimal literal CEL's
	// doubles keep whatever they are.
	maxDigits = 15
	// maxInt is the largest integer up to which doubles keep all.
	maxInt = 1 << 53
)

// Compile reads a condition. The error is an [*Error].
//
// A condition is true, false, a bool fact, listed(fact, "list"), a comparison
// of a fact with a constant or with another fact of its type (== and != for all;
// <, <=, > and >= for numbers and instants), fact in [constants], and what &&,
// ||, ! and ?: make of conditions. An instant is written
// timestamp("2025-02-01T00:01:00-05:00"), seconds optional; a number as decimal
// or integer of at most 15 digits. Constants outside a fact's domain are faults,
// and so is everything else that CEL knows.
func (e *Env) Compile(src string) (*Expr, error) {
	parsed, issues := e.cel.Parse(src)
	if issues.Err() != nil {
		return nil, syntaxError(src, issues)
	}
	c := compiler{env: e, src: []rune(src), info: parsed.NativeRep().SourceInfo()}
	root, err := c.condition(parsed.NativeRep().Expr())
	if err != nil {
		return nil, err
	}
	if _, err := e.check(parsed); err != nil {
		return nil, err
	}
	x := &Expr{source: src, nodes: make([]node, 1, root.size())}
	x.lay(0, root)
	slices.Sort(x.slots)
	x.slots = slices.Compact(x.slots)
	return x, nil
}

// check has CEL judge the types. Integer literals become doubles first, since
// CEL compares no double with an integer by == or in.
func (e *Env) check(parsed *cel.Ast) (*cel.Ast, error) {
	factory := ast.NewExprFactory()
	ast.PostOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.LiteralKind {
			if i, ok := x.AsLiteral().(types.Int); ok {
				x.SetKindCase(factory.NewLiteral(x.ID(), types.Double(i)))
			}
		}
	}))
	checked, issues := e.cel.Check(parsed)
	if issues.Err() != nil {
		fault := issues.Errors()[0]
		return nil, &Error{Line: fault.Location.Line(), Column: fault.Location.Column() + 1, Message: fault.Message}
	}
	return checked, nil
}

// tree is an expression being built.
type tree struct {
	node     node
	operands []*tree
	text     string // of an atom
	list     string
}

func (t *tree) size() int {
	n := 1
	for _, o := range t.operands {
		n += o.size()
	}
	return n
}

// lay writes the tree to x.nodes, its root to the index at.
func (x *Expr) lay(at int, t *tree) {
	n := &t.node
	n.takes, n.key, n.absent = n.typ.values(), textKey(n.text), False
	switch n.op {
	case opNumber:
		n.absent = n.want.holds(-n.number.Sign())
		if n.number.IsZero() {
			n.op = opSign
		}
	case opIn:
		n.keys = make([]uint64, len(n.texts))
		for i, text := range n.texts {
			n.keys[i] = textKey(text)
		}
	}
	if t.operands == nil {
		if t.text != "" {
			x.addAtom(t)
		}
		x.nodes[at] = *n
		return
	}
	n.first, n.last = int32(len(x.nodes)), int32(len(x.nodes)+len(t.operands))
	x.nodes[at] = *n
	x.nodes = x.nodes[:len(x.nodes)+len(t.operands)]
	for i, o := range t.operands {
		x.lay(int(n.first)+i, o)
	}
}

func (x *Expr) addAtom(t *tree) {
	a := Atom{Slots: []int{int(t.node.slot)}, node: t.node, text: t.text, list: t.list}
	a.node.negate = false
	if t.node.op == opFacts {
		a.Slots = append(a.Slots, int(t.node.other))
	}
	x.slots = append(x.slots, a.Slots...)
	if !slices.ContainsFunc(x.atoms, func(b Atom) bool { return b.text == a.text }) {
		x.atoms = append(x.atoms, a)
	}
}

// compiler turns CEL's tree into ours.
type compiler struct {
	env  *Env
	src  []rune
	info *ast.SourceInfo
}

// relations are CEL's comparisons.
var relations = map[string]relation{
	operators.Equals:        same,
	operators.NotEquals:     less | more,
	operators.Less:          less,
	operators.LessEquals:    less | same,
	operators.Greater:       more,
	operators.GreaterEquals: more | same,
}

// condition compiles an expression that is true or false.
func (c *compiler) condition(x ast.Expr) (*tree, *Error) {
	switch x.Kind() {
	case ast.LiteralKind:
		if b, ok := x.AsLiteral().(types.Bool); ok {
			return &tree{node: node{op: opConst, negate: !bool(b)}}, nil
		}
		return nil, c.fault(x, "compare a fact with it", "a constant by itself is neither true nor false")
	case ast.IdentKind, ast.SelectKind:
		f, slot, err := c.fact(x)
		if err != nil {
			return nil, err
		}
		if f.Type != Bool {
			return nil, c.fault(x, "compare it, like "+example(f), "%s is %s, neither true nor false by itself", f.Name, f.Type.a())
		}
		return &tree{node: node{op: opBool, typ: Bool, slot: slot}, text: f.Name}, nil
	case ast.CallKind:
		return c.call(x, x.AsCall())
	}
	return nil, c.unsupported(x)
}

func (c *compiler) call(x ast.Expr, call ast.CallExpr) (*tree, *Error) {
	if call.IsMemberFunction() {
		return nil, c.unsupported(x)
	}
	name, args := call.FunctionName(), call.Args()
	switch name {
	case operators.LogicalAnd:
		return c.join(opAnd, args)
	case operators.LogicalOr:
		return c.join(opOr, args)
	case operators.LogicalNot:
		t, err := c.condition(args[0])
		if err != nil {
			return nil, err
		}
		t.node.negate = !t.node.negate
		return t, nil
	case operators.Conditional:
		t := &tree{node: node{op: opIf}}
		for _, a := range args {
			o, err := c.condition(a)
			if err != nil {
				return nil, err
			}
			t.operands = append(t.operands, o)
		}
		return t, nil
	case operators.In:
		return c.in(x, args[0], args[1])
	case "listed":
		return c.listed(x, args)
	}
	if want, ok := relations[name]; ok {
		return c.compare(x, want, args[0], args[1])
	}
	return nil, c.unsupported(x)
}

// join compiles a chain of && or ||, which CEL nests, side by side.
func (c *compiler) join(kind op, args []ast.Expr) (*tree, *Error) {
	t := &tree{node: node{op: kind}}
	for _, a := range args {
		o, err := c.condition(a)
		if err != nil {
			return nil, err
		}
		if o.node.op == kind && !o.node.negate {
			t.operands = append(t.operands, o.operands...)
		} else {
			t.operands = append(t.operands, o)
		}
	}
	return t, nil
}

// name returns the dotted name that the expression is, if it is one.
func name(x ast.Expr) (string, bool) {
	switch x.Kind() {
	case ast.IdentKind:
		return x.AsIdent(), true
	case ast.SelectKind:
		if s := x.AsSelect(); !s.IsTestOnly() {
			if of, ok := name(s.Operand()); ok {
				return of + "." + s.FieldName(), true
			}
		}
	}
	return "", false
}

// fact returns the fact that the expression names.
func (c *compiler) fact(x ast.Expr) (*Fact, int32, *Error) {
	n, ok := name(x)
	if !ok {
		return nil, 0, c.unsupported(x)
	}
	slot, ok := c.env.slots[n]
	if !ok {
		hint := "declare it in facts.yaml"
		if near := nearest(n, c.env.names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return nil, 0, c.fault(x, hint, "no fact is called %s", n)
	}
	return &c.env.facts[slot], int32(slot), nil
}

// isFact reports whether the expression can only be meant as a fact.
func isFact(x ast.Expr) bool { return x.Kind() == ast.IdentKind || x.Kind() == ast.SelectKind }

// isConstant reports whether the expression can only be meant as a constant.
func isConstant(x ast.Expr) bool {
	return x.Kind() == ast.LiteralKind ||
		x.Kind() == ast.CallKind && x.AsCall().FunctionName() == "timestamp"
}

// compare compiles a comparison.
func (c *compiler) compare(x ast.Expr, want relation, left, right ast.Expr) (*tree, *Error) {
	if isConstant(left) && isFact(right) {
		left, right, want = right, left, want.turned()
	}
	for _, side := range []ast.Expr{left, right} {
		if isFact(side) || isConstant(side) {
			continue
		}
		if side.Kind() == ast.CallKind && relations[side.AsCall().FunctionName()] != 0 {
			return nil, c.fault(x, "join comparisons by &&, like a > 0 && a < 5", "the result of a comparison cannot be compared")
		}
		if _, err := c.condition(side); err != nil {
			return nil, err
		}
		return nil, c.fault(x, "join conditions by &&, || and !", "only facts and constants can be compared")
	}
	if isConstant(left) {
		return nil, c.fault(x, "name a fact on one side", "both sides are constants")
	}
	f, slot, err := c.fact(left)
	if err != nil {
		return nil, err
	}
	if isFact(right) {
		return c.facts(x, want, f, slot, right)
	}
	if err := c.ordered(x, want, f); err != nil {
		return nil, err
	}
	return c.constant(want, f, slot, right)
}

// facts compiles the comparison of a fact with another one.
func (c *compiler) facts(x ast.Expr, want relation, f *Fact, slot int32, right ast.Expr) (*tree, *Error) {
	g, other, err := c.fact(right)
	if err != nil {
		return nil, err
	}
	if f.Type.values() != g.Type.values() {
		return nil, c.fault(x, "compare facts of one type", "%s is %s and %s is %s", f.Name, f.Type.a(), g.Name, g.Type.a())
	}
	if slot == other {
		return nil, c.fault(x, "", "%s is compared with itself", f.Name)
	}
	if err := c.ordered(x, want, f); err != nil {
		return nil, err
	}
	t := &tree{node: node{op: opFacts, typ: f.Type, want: want, slot: slot, other: other}}
	t.settle()
	t.text = f.Name + " " + t.node.want.String() + " " + g.Name
	return t, nil
}

// ordered refuses <, <=, > and >= for facts that have no order.
func (c *compiler) ordered(x ast.Expr, want relation, f *Fact) *Error {
	if want == same || want == less|more || f.Type == Number || f.Type == InstantType {
		return nil
	}
	return c.fault(x, "compare it by == or !=", "%s is %s and has no order", f.Name, f.Type.a())
}

// settle makes != the negation of ==: an absent value differs from everything.
func (t *tree) settle() {
	if t.node.want == less|more {
		t.node.want, t.node.negate = same, !t.node.negate
	}
}

var relationNames = map[relation]string{
	less: "<", less | same: "<=", same: "==", more | same: ">=", more: ">", less | more: "!=",
}

func (r relation) String() string { return relationNames[r] }

// constant compiles the comparison of a fact with a constant.
func (c *compiler) constant(want relation, f *Fact, slot int32, x ast.Expr) (*tree, *Error) {
	v, zone, err := c.value(f, x)
	if err != nil {
		return nil, err
	}
	t := &tree{node: node{typ: f.Type, want: want, slot: slot}}
	t.settle()
	relation := f.Name + " " + t.node.want.String() + " "
	switch f.Type {
	case Bool:
		t.node.op, t.text = opBool, f.Name
		if v.bits == 0 {
			t.node.negate = !t.node.negate
		}
	case Number:
		t.node.op, t.node.number = opNumber, v.number
		t.text = relation + v.number.String()
	case InstantType:
		t.node.op, t.node.at, t.node.zone = opAt, quantity.Instant(v.bits), zone
		t.text = relation + t.node.at.Format(time.UTC)
	default:
		t.node.op, t.node.text = opText, v.text
		t.text = relation + strconv.Quote(v.text)
	}
	return t, nil
}

// value reads a constant that a fact is compared with.
func (c *compiler) value(f *Fact, x ast.Expr) (Value, *time.Location, *Error) {
	var v Value
	var zone *time.Location
	wrong := func() *Error {
		return c.fault(x, "write it like "+example(f), "%s is %s and cannot be compared with %s", f.Name, f.Type.a(), c.describe(x))
	}
	if x.Kind() == ast.CallKind {
		at, z, err := c.instant(x)
		if err != nil {
			return v, nil, err
		}
		v, zone = InstantValue(at), z
	} else {
		switch l := x.AsLiteral().(type) {
		case types.Bool:
			v = BoolValue(bool(l))
		case types.String:
			v = TextValue(string(l))
		case types.Int, types.Double:
			d, err := c.number(x)
			if err != nil {
				return v, nil, err
			}
			v = NumberValue(d)
		default:
			return v, nil, wrong()
		}
	}
	if v.kind != f.Type.values() {
		return v, nil, wrong()
	}
	if err := f.Check(v); err != nil {
		return v, nil, c.fault(x, "", "%v", err)
	}
	return v, zone, nil
}

// number reads a numeric literal.
func (c *compiler) number(x ast.Expr) (quantity.Decimal, *Error) {
	long := func() *Error {
		return c.fault(x, fmt.Sprintf("at most %d digits, at most 12 of them after the point", maxDigits), "the number has too many digits to be exact")
	}
	switch l := x.AsLiteral().(type) {
	case types.Int:
		if l > maxInt || l < -maxInt {
			return quantity.Decimal{}, long()
		}
		return quantity.NewDecimal(int64(l), 0), nil
	case types.Double:
		if r, ok := c.info.GetOffsetRange(x.ID()); ok && significant(c.src[max(0, r.Start):min(int(r.Stop), len(c.src))]) > maxDigits {
			return quantity.Decimal{}, long()
		}
		d, err := quantity.ParseDecimal(strconv.FormatFloat(float64(l), 'f', -1, 64))
		if err != nil {
			return quantity.Decimal{}, long()
		}
		return d, nil
	}
	return quantity.Decimal{}, c.unsupported(x)
}

// significant counts the digits of a decimal literal from the first that is not
// zero, its exponent left out.
func significant(literal []rune) int {
	n := 0
	for _, r := range literal {
		switch {
		case r == 'e' || r == 'E':
			return n
		case unicode.IsDigit(r) && (n > 0 || r != '0'):
			n++
		}
	}
	return n
}

// instant reads timestamp("...").
func (c *compiler) instant(x ast.Expr) (quantity.Instant, *time.Location, *Error) {
	const hint = `write it with its offset, like timestamp("2025-02-01T00:01-05:00")`
	call := x.AsCall()
	if call.IsMemberFunction() || len(call.Args()) != 1 || call.Args()[0].Kind() != ast.LiteralKind {
		return 0, nil, c.fault(x, hint, "timestamp takes one instant as text")
	}
	s, ok := call.Args()[0].AsLiteral().(types.String)
	if !ok {
		return 0, nil, c.fault(call.Args()[0], hint, "timestamp takes one instant as text")
	}
	at, err := quantity.ParseInstant(string(s))
	if err != nil {
		return 0, nil, c.fault(call.Args()[0], "", "%v", err)
	}
	return at, offset(string(s)), nil
}

// offset returns the zone that an instant is written in.
func offset(s string) *time.Location {
	if len(s) >= 6 {
		if t, err := time.Parse("-07:00", s[len(s)-6:]); err == nil {
			_, seconds := t.Zone()
			return time.FixedZone("", seconds)
		}
	}
	return time.UTC
}

// in compiles membership of a literal list.
func (c *compiler) in(x, left, right ast.Expr) (*tree, *Error) {
	if !isFact(left) {
		return nil, c.fault(x, `like origin in ["CN", "HK"]`, "what stands before in must be a fact")
	}
	f, slot, err := c.fact(left)
	if err != nil {
		return nil, err
	}
	if right.Kind() != ast.ListKind {
		return nil, c.fault(x, `like origin in ["CN", "HK"]; for party lists write listed(fact, "list")`, "what follows in must be a list of constants")
	}
	elements := right.AsList().Elements()
	switch {
	case len(elements) == 0:
		return nil, c.fault(right, "name at least one value", "the list is empty")
	case f.Type == Bool:
		return nil, c.fault(x, "write "+f.Name+" or !"+f.Name, "%s is a bool", f.Name)
	}
	t := &tree{node: node{op: opOr}}
	texts := make([]string, 0, len(elements))
	for _, el := range elements {
		if !isConstant(el) {
			return nil, c.fault(el, "", "a list holds constants only")
		}
		o, err := c.constant(same, f, slot, el)
		if err != nil {
			return nil, err
		}
		t.operands = append(t.operands, o)
		texts = append(texts, o.node.text)
	}
	switch {
	case len(elements) == 1:
		return t.operands[0], nil
	case f.Type.values() != textValue:
		return t, nil // one atom for each number or instant
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	return &tree{
		node: node{op: opIn, typ: f.Type, slot: slot, texts: texts},
		text: fmt.Sprintf("%s in [%s]", f.Name, strings.Join(quoted(texts), ", ")),
	}, nil
}

func quoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strconv.Quote(t)
	}
	return out
}

// listed compiles membership of a party list.
func (c *compiler) listed(x ast.Expr, args []ast.Expr) (*tree, *Error) {
	const hint = `like listed(end_user.name, "cn.control-list")`
	if len(args) != 2 || !isFact(args[0]) || args[1].Kind() != ast.LiteralKind {
		return nil, c.fault(x, hint, "listed takes a fact and the id of a party list")
	}
	f, slot, err := c.fact(args[0])
	if err != nil {
		return nil, err
	}
	if f.Type != Text && f.Type != Party {
		return nil, c.fault(args[0], hint, "listed takes a party or a text, and %s is %s", f.Name, f.Type.a())
	}
	id, ok := args[1].AsLiteral().(types.String)
	if !ok {
		return nil, c.fault(args[1], hint, "the id of a party list is a text")
	}
	list, ok := c.env.PartyList(string(id))
	if !ok {
		hint := "there is none"
		if near := nearest(string(id), c.env.partyLists); near != "" {
			hint = "did you mean " + near + "?"
		} else if len(c.env.partyLists) > 0 {
			hint = "there is " + either(c.env.partyLists)
		}
		return nil, c.fault(args[1], hint, "no party list is called %s", string(id))
	}
	return &tree{
		node: node{op: opListed, typ: f.Type, slot: slot, list: int32(list)},
		text: fmt.Sprintf("listed(%s, %q)", f.Name, string(id)),
		list: string(id),
	}, nil
}
