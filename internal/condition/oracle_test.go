package condition

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	celtypes "cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/quantity"
)

// term is an expression of the generator, together with its naive meaning.
type term struct {
	source string
	truth  func(Facts) Truth
}

// gen draws conditions and facts over an environment. The pools of constants
// are small, so that comparisons often meet their limit.
type gen struct {
	env   *Env
	lists Lists
}

var (
	numberPool  = []string{"0", "0.1", "0.2", "1", "2.5", "40"}
	instantPool = []string{"2025-02-01T00:01:00-05:00", "2025-02-01T05:01:01Z", "2025-02-01T05:00:59+00:00", "1999-12-31T23:59:59Z"}
	textPool    = []string{"civil", "seven--", "military", "militari", "a rather long end use", "a rather long and use"}
	partyPool   = []string{"ACME", "Bolt & Söhne GmbH", "Bolt & Söhne AG", "Cobalt \"X\" Ltd"}
	countryPool = []string{"CN", "HK", "US", "DE"}
)

// texts are the constants for a text, enum or party.
func (g gen) texts(f *Fact) []string {
	switch {
	case f.Type == Enum:
		return f.Values
	case f.Type == Party:
		return partyPool
	case f.form == countryText:
		return countryPool
	}
	return textPool
}

// constant draws a constant of the fact's domain, with its source.
func (g gen) constant(t *rapid.T, f *Fact) (Value, string) {
	switch f.Type {
	case Bool:
		b := rapid.Bool().Draw(t, "bool")
		return BoolValue(b), strconv.FormatBool(b)
	case Number:
		s := rapid.SampledFrom(numberPool).Draw(t, "number")
		if f.Min != nil && f.Min.Sign() < 0 && s != "0" && rapid.Bool().Draw(t, "negative") {
			s = "-" + s
		}
		v := NumberValue(quantity.MustDecimal(s))
		if rapid.Bool().Draw(t, "as double") && !strings.Contains(s, ".") {
			s += ".0"
		}
		return v, s
	case InstantType:
		s := rapid.SampledFrom(instantPool).Draw(t, "instant")
		i, err := quantity.ParseInstant(s)
		if err != nil {
			t.Fatal(err)
		}
		return InstantValue(i), "timestamp('" + s + "')"
	}
	s := rapid.SampledFrom(g.texts(f)).Draw(t, "text")
	return TextValue(s), strconv.Quote(s)
}

// value draws a known value of the fact's domain.
func (g gen) value(t *rapid.T, f *Fact) Value {
	switch v, _ := g.constant(t, f); {
	case f.Type == Number:
		d := v.number.Add(quantity.MustDecimal(rapid.SampledFrom([]string{"0", "0", "0.000001", "-0.000001", "17"}).Draw(t, "off")))
		if w := NumberValue(d); f.Check(w) == nil {
			return w
		}
		return v
	case f.Type == InstantType:
		return InstantValue(quantity.Instant(v.bits) + quantity.Instant(rapid.IntRange(-1, 1).Draw(t, "off")))
	case f.Type == Party, f.Type == Text && f.form == anyText:
		if rapid.Bool().Draw(t, "other") {
			return TextValue(rapid.SampledFrom([]string{"Dross", "Another long name"}).Draw(t, "text"))
		}
		return v
	default:
		return v
	}
}

// facts draws values for all facts, absent ones at a rate of one in so many; 0
// draws none.
func (g gen) facts(t *rapid.T, absent int) Facts {
	f := make(Facts, g.env.Len())
	for i := range f {
		if absent > 0 && rapid.IntRange(1, absent).Draw(t, "absent") == 1 {
			f[i] = AbsentValue()
		} else {
			f[i] = g.value(t, g.env.Fact(i))
		}
	}
	return f
}

// naive says how two values compare by the words of the pack format, in any of
// the six ways; it shares no code with Eval.
func naive(f *Fact, op string, v, w Value) Truth {
	if f.Type == Bool && v.IsAbsent() {
		v = BoolValue(false)
	}
	if f.Type == Bool && w.IsAbsent() {
		w = BoolValue(false)
	}
	if f.Type == Number && v.IsAbsent() {
		v = NumberValue(quantity.Decimal{})
	}
	if f.Type == Number && w.IsAbsent() {
		w = NumberValue(quantity.Decimal{})
	}
	if v.IsAbsent() || w.IsAbsent() {
		return TruthOf(op == "!=")
	}
	if v.IsUnknown() || w.IsUnknown() {
		return Open
	}
	var c int
	switch f.Type {
	case Number:
		a, _ := v.Number()
		b, _ := w.Number()
		c = a.Cmp(b)
	case InstantType:
		a, _ := v.Instant()
		b, _ := w.Instant()
		c = int(max(-1, min(a-b, 1)))
	default:
		c = strings.Compare(v.String(), w.String())
	}
	switch op {
	case "==":
		return TruthOf(c == 0)
	case "!=":
		return TruthOf(c != 0)
	case "<":
		return TruthOf(c < 0)
	case "<=":
		return TruthOf(c <= 0)
	case ">":
		return TruthOf(c > 0)
	}
	return TruthOf(c >= 0)
}

// atom draws a comparison, or one over the fact in the slot where that is not
// negative.
func (g gen) atom(t *rapid.T, slot int) term {
	if slot < 0 {
		slot = rapid.IntRange(0, g.env.Len()-1).Draw(t, "slot")
	}
	f := g.env.Fact(slot)
	ops := []string{"==", "!="}
	if f.Type == Number || f.Type == InstantType {
		ops = append(ops, "<", "<=", ">", ">=")
	}
	op := rapid.SampledFrom(ops).Draw(t, "op")
	switch form := rapid.IntRange(0, 5).Draw(t, "form"); {
	case form == 0 && f.Type == Bool:
		return term{f.Name, func(x Facts) Truth { return naive(f, "==", x[slot], BoolValue(true)) }}
	case form == 0 && (f.Type == Party || f.Type == Text):
		list := rapid.IntRange(0, len(testLists)-1).Draw(t, "list")
		return term{fmt.Sprintf("listed(%s, %q)", f.Name, testLists[list]), func(x Facts) Truth {
			if !x[slot].IsKnown() {
				return naive(f, "==", x[slot], TextValue("x"))
			}
			return g.lists.Listed(list, x[slot].String())
		}}
	case form == 1 && f.Type != Bool:
		var values []Value
		var sources []string
		for range rapid.IntRange(1, 4).Draw(t, "elements") {
			v, s := g.constant(t, f)
			values, sources = append(values, v), append(sources, s)
		}
		return term{f.Name + " in [" + strings.Join(sources, ", ") + "]", func(x Facts) Truth {
			r := False
			for _, v := range values {
				r = r.Or(naive(f, "==", x[slot], v))
			}
			return r
		}}
	case form == 2: // against another fact of its type
		var others []int
		for i := range g.env.Len() {
			if i != slot && g.env.Fact(i).Type.values() == f.Type.values() {
				others = append(others, i)
			}
		}
		if len(others) > 0 {
			other := rapid.SampledFrom(others).Draw(t, "other slot")
			return term{f.Name + " " + op + " " + g.env.Fact(other).Name, func(x Facts) Truth { return naive(f, op, x[slot], x[other]) }}
		}
	}
	v, s := g.constant(t, f)
	if rapid.Bool().Draw(t, "turned") {
		turned := map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
		return term{s + " " + turned[op] + " " + f.Name, func(x Facts) Truth { return naive(f, op, x[slot], v) }}
	}
	return term{f.Name + " " + op + " " + s, func(x Facts) Truth { return naive(f, op, x[slot], v) }}
}

// expr draws a condition of at most the depth.
func (g gen) expr(t *rapid.T, depth int) term {
	form := 0
	if depth > 0 {
		form = rapid.IntRange(0, 6).Draw(t, "join")
	}
	operand := func() term { return g.expr(t, depth-1) }
	switch form {
	case 1, 2:
		a, b := operand(), operand()
		return term{"(" + a.source + ") && (" + b.source + ")", func(x Facts) Truth { return a.truth(x).And(b.truth(x)) }}
	case 3, 4:
		a, b := operand(), operand()
		return term{"(" + a.source + ") || (" + b.source + ")", func(x Facts) Truth { return a.truth(x).Or(b.truth(x)) }}
	case 5:
		a := operand()
		return term{"!(" + a.source + ")", func(x Facts) Truth { return a.truth(x).Not() }}
	case 6:
		a, b, c := operand(), operand(), operand()
		return term{"(" + a.source + ") ? (" + b.source + ") : (" + c.source + ")", func(x Facts) Truth {
			switch a.truth(x) {
			case True:
				return b.truth(x)
			case False:
				return c.truth(x)
			}
			if b.truth(x) == c.truth(x) {
				return b.truth(x)
			}
			return Open
		}}
	}
	if rapid.IntRange(0, 20).Draw(t, "constant") == 0 {
		b := rapid.Bool().Draw(t, "bool")
		return term{strconv.FormatBool(b), func(Facts) Truth { return TruthOf(b) }}
	}
	return g.atom(t, -1)
}

// program has CEL itself compile the condition, with listed() bound to lists.
func program(t *rapid.T, env *Env, src string, lists Lists) cel.Program {
	bound, err := env.cel.Extend(cel.Function("listed", cel.Overload("listed_string_string",
		[]*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
		cel.BinaryBinding(func(name, list ref.Val) ref.Val {
			i := slices.Index(testLists, list.Value().(string))
			return celtypes.Bool(lists.Listed(i, name.Value().(string)) == True)
		}))))
	if err != nil {
		t.Fatal(err)
	}
	parsed, issues := bound.Parse(src)
	if issues.Err() != nil {
		t.Fatal(issues.Err())
	}
	checked, err := env.check(parsed)
	if err != nil {
		t.Fatal(err)
	}
	p, err := bound.Program(checked)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// activation gives known facts, and absent bools and numbers, to CEL.
func activation(t *rapid.T, env *Env, f Facts) map[string]any {
	vars := make(map[string]any, len(f))
	for i, v := range f {
		fact := env.Fact(i)
		switch fact.Type {
		case Bool:
			vars[fact.Name], _ = v.Bool()
		case Number:
			d, _ := v.Number()
			x, err := strconv.ParseFloat(d.String(), 64)
			if err != nil {
				t.Fatal(err)
			}
			vars[fact.Name] = x
		case InstantType:
			at, _ := v.Instant()
			vars[fact.Name] = time.Unix(int64(at), 0).UTC()
		default:
			vars[fact.Name], _ = v.Text()
		}
	}
	return vars
}

// TestEvalAgreesWithCEL: on full facts, Eval is what CEL's own interpreter says.
func TestEvalAgreesWithCEL(t *testing.T) {
	g := gen{testEnv(t), hashed{}}
	rapid.Check(t, func(t *rapid.T) {
		e := g.expr(t, 4)
		x, err := g.env.Compile(e.source)
		if err != nil {
			t.Fatalf("Compile(%q): %v", e.source, err)
		}
		p := program(t, g.env, e.source, g.lists)
		for range 5 {
			f := g.facts(t, 0)
			for i := range f {
				if typ := g.env.Fact(i).Type; typ.absentCounts() && rapid.IntRange(0, 5).Draw(t, "absent") == 0 {
					f[i] = AbsentValue()
				}
			}
			want, _, err := p.Eval(activation(t, g.env, f))
			if err != nil {
				t.Fatalf("CEL on %s: %v", e.source, err)
			}
			if got := x.Eval(f, g.lists); got != TruthOf(want == celtypes.True) {
				t.Fatalf("%s on %v: %v, CEL says %v", e.source, f, got, want)
			}
		}
	})
}

// TestEvalAgreesWithTheWords: on absent and unknown facts, where CEL has nothing
// to say, Eval is what a naive reading of the pack format says.
func TestEvalAgreesWithTheWords(t *testing.T) {
	g := gen{testEnv(t), hashed{}}
	rapid.Check(t, func(t *rapid.T) {
		e := g.expr(t, 4)
		x, err := g.env.Compile(e.source)
		if err != nil {
			t.Fatalf("Compile(%q): %v", e.source, err)
		}
		for range 5 {
			f := g.facts(t, 4)
			for i := range f {
				if rapid.IntRange(0, 2).Draw(t, "unknown") == 0 {
					f[i] = Value{}
				}
			}
			if got, want := x.Eval(f, g.lists), e.truth(f); got != want {
				t.Fatalf("%s on %v: %v, want %v", e.source, f, got, want)
			}
		}
	})
}

// TestEvalIsSound: what Eval decides on partial facts, every completion says
// too; and it reads no facts but its slots.
func TestEvalIsSound(t *testing.T) {
	g := gen{testEnv(t), hashed{}}
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		e := g.expr(t, 4)
		x, err := g.env.Compile(e.source)
		if err != nil {
			t.Fatalf("Compile(%q): %v", e.source, err)
		}
		part := g.facts(t, 6)
		for i := range part {
			if rapid.Bool().Draw(t, "unknown") {
				part[i] = Value{}
			}
		}
		said := x.Eval(part, g.lists)
		if said != Open {
			decided++
		}
		for range 10 {
			full := g.facts(t, 6)
			for i := range full {
				if !part[i].IsUnknown() {
					full[i] = part[i]
				}
			}
			switch got := x.Eval(full, g.lists); {
			case got == Open:
				t.Fatalf("%s on %v is open", e.source, full)
			case said != Open && got != said:
				t.Fatalf("%s is %v on %v, but %v on its completion %v", e.source, said, part, got, full)
			}
			unread := slices.Clone(part)
			for i := range unread {
				if !slices.Contains(x.Slots(), i) {
					unread[i] = full[i]
				}
			}
			if got := x.Eval(unread, g.lists); got != said {
				t.Fatalf("%s reads facts beyond its slots %v", e.source, x.Slots())
			}
		}
	})
	if decided == 0 {
		t.Error("no partial facts decided any condition: the test shows nothing")
	}
}

// TestCellsPartition: each value lies in exactly one cell, and all atoms over
// the fact have there the truth that they have on the cell's value.
func TestCellsPartition(t *testing.T) {
	g := gen{testEnv(t), hashed{}}
	rapid.Check(t, func(t *rapid.T) {
		slot := rapid.IntRange(0, g.env.Len()-1).Draw(t, "slot")
		f := g.env.Fact(slot)
		var atoms []Atom
		for range rapid.IntRange(0, 5).Draw(t, "expressions") {
			e := g.atom(t, slot)
			x, err := g.env.Compile(e.source)
			if err != nil {
				t.Fatalf("Compile(%q): %v", e.source, err)
			}
			atoms = append(atoms, x.Atoms()...)
		}
		cells := Cells(f, atoms, len(testLists), ^uint64(0))
		truths := func(v Value, lists Lists) string {
			facts := make(Facts, g.env.Len())
			facts[slot] = v
			var b strings.Builder
			for _, a := range atoms {
				if len(a.Slots) == 1 {
					b.WriteString(a.Eval(facts, lists).String()[:1])
				}
			}
			return b.String()
		}
		home := func(v Value) *Cell {
			var found *Cell
			for i := range cells {
				if !cells[i].Contains(v, g.lists) {
					continue
				}
				if found != nil {
					t.Fatalf("%v lies in %q and in %q of %s by %v", v, found.Label, cells[i].Label, f.Name, atoms)
				}
				found = &cells[i]
			}
			if found == nil {
				t.Fatalf("%v lies in no cell of %s by %v: %v", v, f.Name, atoms, cells)
			}
			return found
		}
		labels := map[string]bool{}
		for i := range cells {
			c := &cells[i]
			if err := f.Check(c.Value); err != nil {
				t.Fatalf("the value of %q: %v", c.Label, err)
			}
			if home(c.Value) != c {
				t.Fatalf("the value %v of %q lies in %q", c.Value, c.Label, home(c.Value).Label)
			}
			if strings.Contains(truths(c.Value, nil), "o") {
				t.Fatalf("an atom of %v is open on %q", atoms, c.Label)
			}
			if labels[c.Label] {
				t.Fatalf("two cells of %s by %v are called %q", f.Name, atoms, c.Label)
			}
			labels[c.Label] = true
			ordered := f.Type == Number || f.Type == InstantType
			if ordered && i > 0 && truths(c.Value, nil) == truths(cells[i-1].Value, nil) {
				t.Fatalf("%v tell %q from %q for nothing", atoms, cells[i-1].Label, c.Label)
			}
		}
		for range 20 {
			v := g.value(t, f)
			if f.Type == Party && rapid.Bool().Draw(t, "hypothetical") {
				v = HypotheticalParty(v.String(), rapid.SliceOfN(rapid.IntRange(0, len(testLists)-1), 0, 3).Draw(t, "lists")...)
			}
			c := home(v)
			if got, want := truths(v, g.lists), truths(c.Value, nil); got != want {
				t.Fatalf("%v are %s on %v and %s on the value %v of its cell %q", atoms, got, v, want, c.Value, c.Label)
			}
			if d, ok := v.Number(); ok && (d.Cmp(*c.Low) < 0 || c.High != nil && d.Cmp(*c.High) > 0) {
				t.Fatalf("%v lies beyond the ends of its cell %q", v, c.Label)
			}
		}
	})
}

func FuzzCompile(f *testing.F) {
	env, err := NewEnv(testFacts(), testLists)
	if err != nil {
		f.Fatal(err)
	}
	for _, src := range []string{"", "true", typical, `!(goods.form == 'metal') ? military : loaded >= timestamp("2025-02-01T00:01:00-05:00")`,
		`listed(end_user.name, "cn.control-list") || origin == from`, "goods.Dy in [0, 1.5, -3]", "has(a.b)", "[1].all(x, x > 0)",
		"goods.Dy > 1e-9", "0x10 < value", `b"x" == use`, `r"\x" == use`, "use == '''x\n'''", "\x00", "“", "a.b.c.d", "{1: 2}", "not x", "x = 1", "a\n&& b"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		x, err := env.Compile(src)
		if err != nil {
			e, ok := err.(*Error)
			if !ok || x != nil || e.Line < 1 || e.Column < 1 || e.Message == "" {
				t.Fatalf("Compile(%q) = %v, %#v", src, x, err)
			}
			return
		}
		if x.String() != src {
			t.Fatalf("String() = %q, want %q", x.String(), src)
		}
		unknown, absent := make(Facts, env.Len()), make(Facts, env.Len())
		for i := range absent {
			absent[i] = AbsentValue()
		}
		said := x.Eval(unknown, nil)
		if got := x.Eval(absent, nil); got == Open || said != Open && got != said {
			t.Fatalf("%s is %v on absent facts and %v on unknown ones", src, got, said)
		}
		// Any one cell of each fact decides the condition.
		cells := make(Facts, env.Len())
		for _, s := range x.Slots() {
			var over []Atom
			for _, a := range x.Atoms() {
				if slices.Contains(a.Slots, s) {
					over = append(over, a)
				}
			}
			c := Cells(env.Fact(s), over, len(testLists), ^uint64(0))
			if len(c) == 0 {
				t.Fatalf("%s: no cells for %s", src, env.Fact(s).Name)
			}
			cells[s] = c[(len(src)+7*s)%len(c)].Value
			if len(over) > 0 && c[0].Label == "" {
				t.Fatalf("%s: a cell without a label", src)
			}
		}
		if got := x.Eval(cells, hashed{}); got == Open || said != Open && got != said {
			t.Fatalf("%s is %v on %v and %v on unknown facts", src, got, cells, said)
		}
	})
}

// TestListUse: a condition that joins the lists of a party holds for one on two
// of them where it holds for one on either; one that meets them, where it holds
// for both.
func TestListUse(t *testing.T) {
	g := gen{testEnv(t), hashed{}}
	seen := map[ListUse]int{}
	rapid.Check(t, func(t *rapid.T) {
		e := g.expr(t, 4)
		x, err := g.env.Compile(e.source)
		if err != nil {
			t.Fatalf("Compile(%q): %v", e.source, err)
		}
		f := g.facts(t, 0)
		for _, slot := range x.Slots() {
			if typ := g.env.Fact(slot).Type; typ != Party && typ != Text {
				continue
			}
			lists, use := x.Lists(slot)
			seen[use]++
			on := func(bits int) Truth {
				var members []int
				for l := range testLists {
					if bits>>l&1 != 0 {
						members = append(members, l)
					}
				}
				f[slot] = HypotheticalParty("somebody", members...)
				return x.Eval(f, nil)
			}
			a, b := rapid.IntRange(0, 1<<len(testLists)-1).Draw(t, "a"), rapid.IntRange(0, 1<<len(testLists)-1).Draw(t, "b")
			if on(a) != on(a&int(lists)) {
				t.Fatalf("%s asks for other lists than %b", e.source, lists)
			}
			switch use {
			case NoLists:
				if on(a) != on(b) {
					t.Fatalf("%s asks for lists", e.source)
				}
			case JoinsLists:
				if on(a|b) != on(a).Or(on(b)) {
					t.Fatalf("%s does not join %b and %b", e.source, a, b)
				}
			case MeetsLists:
				if on(a|b) != on(a).And(on(b)) {
					t.Fatalf("%s does not meet %b and %b", e.source, a, b)
				}
			}
		}
	})
	for use := NoLists; use <= MixesLists; use++ {
		if seen[use] == 0 {
			t.Errorf("no condition drawn uses lists as %d", use)
		}
	}
}
