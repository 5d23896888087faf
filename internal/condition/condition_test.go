package condition

import (
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/quantity"
)

func decimal(s string) *quantity.Decimal {
	d := quantity.MustDecimal(s)
	return &d
}

// testFacts has facts of every type, some of them twice.
func testFacts() []Fact {
	return []Fact{
		{Name: "goods.Dy", Type: Number, Unit: "% by weight", Max: decimal("100"), Absent: "none", Question: "How much dysprosium is in the goods?"},
		{Name: "goods.Tb", Type: Number, Unit: "% by weight", Max: decimal("100"), Question: "How much terbium is in the goods?"},
		{Name: "temperature", Type: Number, Min: decimal("-40"), Max: decimal("60")},
		{Name: "goods.form", Type: Enum, Values: []string{"metal", "alloy", "oxide", "other"}},
		{Name: "grade", Type: Enum, Values: []string{"N35", "N52"}},
		{Name: "exclusion", Type: Bool, Kind: Claim},
		{Name: "military", Type: Bool},
		{Name: "end_user.name", Type: Party},
		{Name: "consignee.name", Type: Party},
		{Name: "use", Type: Text},
		{Name: "loaded", Type: InstantType, Kind: Claim},
	}
}

var testLists = []string{"us.entity-list", "cn.control-list", "cn.unreliable"}

func testEnv(tb testing.TB) *Env {
	tb.Helper()
	env, err := NewEnv(testFacts(), testLists)
	if err != nil {
		tb.Fatal(err)
	}
	return env
}

func compile(tb testing.TB, env *Env, src string) *Expr {
	tb.Helper()
	x, err := env.Compile(src)
	if err != nil {
		tb.Fatalf("Compile(%q): %v", src, err)
	}
	return x
}

// hashed lists a party on about half of the lists, always the same.
type hashed struct{}

func (hashed) Listed(list int, name string) Truth {
	h := fnv.New32a()
	fmt.Fprint(h, list, name)
	return TruthOf(h.Sum32()>>5&1 == 1)
}

// listing lists the names given as "list:name".
type listing []string

func (l listing) Listed(list int, name string) Truth {
	for _, e := range l {
		if e == fmt.Sprintf("%d:%s", list, name) {
			return True
		}
	}
	return False
}

func instant(tb testing.TB, s string) Value {
	tb.Helper()
	i, err := quantity.ParseInstant(s)
	if err != nil {
		tb.Fatal(err)
	}
	return InstantValue(i)
}

// set returns facts that are unknown but for those given as name, value.
func set(tb testing.TB, env *Env, pairs ...any) Facts {
	tb.Helper()
	f := make(Facts, env.Len())
	for i := 0; i < len(pairs); i += 2 {
		slot, ok := env.Slot(pairs[i].(string))
		if !ok {
			tb.Fatalf("no fact %v", pairs[i])
		}
		f[slot] = pairs[i+1].(Value)
	}
	return f
}

func TestTruth(t *testing.T) {
	all := []Truth{False, Open, True}
	table := func(op func(a, b Truth) Truth) string {
		var b strings.Builder
		for _, x := range all {
			for _, y := range all {
				b.WriteString(op(x, y).String()[:1])
			}
			b.WriteByte(' ')
		}
		return b.String()
	}
	for _, c := range []struct{ name, got, want string }{
		{"and", table(Truth.And), "fff foo fot "},
		{"or", table(Truth.Or), "fot oot ttt "},
		{"not", table(func(a, _ Truth) Truth { return a.Not() }), "ttt ooo fff "},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
	if TruthOf(true) != True || TruthOf(false) != False || Truth(0) != Open {
		t.Error("TruthOf or the zero value is wrong")
	}
}

// TestAtoms evaluates each comparison on values below, at and above the
// constant, on the absent value and on the unknown one.
func TestAtoms(t *testing.T) {
	env := testEnv(t)
	number := func(s string) Value { return NumberValue(quantity.MustDecimal(s)) }
	at := func(s string) Value { return instant(t, s) }
	const stamp = `timestamp("2025-02-01T00:01:00-05:00")`
	lists := listing{"1:ACME"}
	// results: f, o, t for the values in turn; the last two are absent, unknown.
	numbers := []Value{number("0"), number("0.19999"), number("0.2"), number("0.200"), number("0.20001"), AbsentValue(), {}}
	instants := []Value{at("2025-02-01T00:00:59-05:00"), at("2025-02-01T05:01Z"), at("2025-02-01T00:01:01-05:00"), AbsentValue(), {}}
	texts := []Value{TextValue("metal"), TextValue("alloy"), TextValue("oxide"), AbsentValue(), {}}
	lengths := []Value{TextValue("seven--"), TextValue("eighth--"), TextValue("eighth-+"), TextValue("eighth---")}
	bools := []Value{BoolValue(true), BoolValue(false), AbsentValue(), {}}
	parties := []Value{TextValue("ACME"), TextValue("Bolt"), HypotheticalParty("ACME"), HypotheticalParty("X", 1), HypotheticalParty("X", 0, 2), AbsentValue(), {}}
	for _, c := range []struct {
		src    string
		fact   string
		values []Value
		want   string
	}{
		{"goods.Dy == 0.2", "goods.Dy", numbers, "ffttffo"},
		{"goods.Dy != 0.2", "goods.Dy", numbers, "ttfftto"},
		{"goods.Dy < 0.2", "goods.Dy", numbers, "ttffft" + "o"},
		{"goods.Dy <= 0.2", "goods.Dy", numbers, "ttttfto"},
		{"goods.Dy > 0.2", "goods.Dy", numbers, "fffftfo"},
		{"goods.Dy >= 0.2", "goods.Dy", numbers, "fftttfo"},
		{"goods.Dy > 0", "goods.Dy", numbers, "fttttfo"},
		{"goods.Dy == 0", "goods.Dy", numbers, "tffffto"},
		{"0 == goods.Dy", "goods.Dy", numbers, "tffffto"},
		{"0.2 < goods.Dy", "goods.Dy", numbers, "fffftfo"},
		{"0.2 >= goods.Dy", "goods.Dy", numbers, "ttttfto"},
		{"goods.Dy in [0, 0.2]", "goods.Dy", numbers, "tfttfto"},
		{"!(goods.Dy in [0, 0.2])", "goods.Dy", numbers, "ftfftfo"},
		{"temperature > -0.2", "temperature", []Value{number("-0.2"), number("-0.1"), AbsentValue(), {}}, "ftto"},
		{"temperature < -0.2", "temperature", []Value{number("-0.2"), number("-0.3"), AbsentValue(), {}}, "ftfo"},

		{"loaded == " + stamp, "loaded", instants, "ftffo"},
		{"loaded != " + stamp, "loaded", instants, "tftto"},
		{"loaded < " + stamp, "loaded", instants, "tfffo"},
		{"loaded <= " + stamp, "loaded", instants, "ttffo"},
		{"loaded > " + stamp, "loaded", instants, "fftfo"},
		{"loaded >= " + stamp, "loaded", instants, "fttfo"},
		{"!(loaded >= " + stamp + ")", "loaded", instants, "tffto"},
		{stamp + " > loaded", "loaded", instants, "tfffo"},
		{`loaded >= timestamp("2025-02-01T00:01-05:00")`, "loaded", instants, "fttfo"},
		{"loaded in [" + stamp + ", " + stamp + "]", "loaded", instants, "ftffo"},

		{"goods.form == 'alloy'", "goods.form", texts, "ftffo"},
		{"goods.form != 'alloy'", "goods.form", texts, "tftto"},
		{"'alloy' != goods.form", "goods.form", texts, "tftto"},
		{"goods.form in ['alloy', \"oxide\"]", "goods.form", texts, "fttfo"},
		{"!(goods.form in ['alloy', 'oxide'])", "goods.form", texts, "tffto"},
		{"goods.form in ['oxide']", "goods.form", texts, "fftfo"},
		{"use == 'alloy'", "use", texts, "ftffo"},

		{"use == 'eighth--'", "use", lengths, "ftff"},
		{"use in ['seven--', 'eighth--']", "use", lengths, "ttff"},

		{"exclusion", "exclusion", bools, "tffo"},
		{"!exclusion", "exclusion", bools, "ftto"},
		{"!!exclusion", "exclusion", bools, "tffo"},
		{"exclusion == true", "exclusion", bools, "tffo"},
		{"exclusion == false", "exclusion", bools, "ftto"},
		{"exclusion != true", "exclusion", bools, "ftto"},
		{"false != exclusion", "exclusion", bools, "tffo"},
		{"true", "exclusion", bools, "tttt"},
		{"false", "exclusion", bools, "ffff"},
		{"!false", "exclusion", bools, "tttt"},

		{"end_user.name == 'ACME'", "end_user.name", parties, "tftfffo"},
		{"listed(end_user.name, 'cn.control-list')", "end_user.name", parties, "tfftffo"},
		{"!listed(end_user.name, 'cn.control-list')", "end_user.name", parties, "fttftto"},
		{"listed(end_user.name, 'us.entity-list')", "end_user.name", parties, "fffftfo"},
	} {
		x := compile(t, env, c.src)
		var got strings.Builder
		for _, v := range c.values {
			got.WriteString(x.Eval(set(t, env, c.fact, v), lists).String()[:1])
		}
		if got.String() != c.want {
			t.Errorf("%s over %v: %s, want %s", c.src, c.values, got.String(), c.want)
		}
		if x.String() != c.src {
			t.Errorf("String() = %q, want %q", x.String(), c.src)
		}
	}
}

// TestTwoFacts compares facts with each other.
func TestTwoFacts(t *testing.T) {
	env := testEnv(t)
	num := func(s string) Value { return NumberValue(quantity.MustDecimal(s)) }
	early, late := instant(t, "2025-02-01T00:00Z"), instant(t, "2025-02-01T00:00:01Z")
	absent, unknown := AbsentValue(), Value{}
	for _, c := range []struct {
		src  string
		a, b Value
		want Truth
	}{
		{"goods.Dy > goods.Tb", num("2"), num("1.5"), True},
		{"goods.Dy > goods.Tb", num("1.50"), num("1.5"), False},
		{"goods.Dy >= goods.Tb", num("1.50"), num("1.5"), True},
		{"goods.Dy == goods.Tb", num("1.50"), num("1.5"), True},
		{"goods.Dy != goods.Tb", num("1.50"), num("1.5"), False},
		{"goods.Dy > goods.Tb", num("1"), absent, True},
		{"goods.Dy == goods.Tb", absent, num("0"), True},
		{"goods.Dy <= goods.Tb", absent, absent, True},
		{"goods.Dy < goods.Tb", absent, unknown, Open},
		{"exported < entered", early, late, True},
		{"exported <= entered", late, early, False},
		{"exported == entered", late, late, True},
		{"exported < entered", absent, late, False},
		{"exported >= entered", absent, late, False},
		{"exported != entered", absent, late, True},
		{"exported == entered", absent, absent, False},
		{"exported < entered", absent, unknown, False},
		{"exported < entered", unknown, absent, False},
		{"exported < entered", unknown, late, Open},
		{"origin == from", TextValue("CN"), TextValue("CN"), True},
		{"origin != from", TextValue("CN"), TextValue("VN"), True},
		{"origin == from", TextValue("CN"), unknown, Open},
		{"origin != from", unknown, absent, True},
		{"exclusion == military", BoolValue(false), absent, True},
		{"exclusion != military", BoolValue(true), absent, True},
		{"exclusion == military", unknown, absent, Open},
		{"goods.form == grade", TextValue("metal"), TextValue("N35"), False},
		{"use == end_user.name", TextValue("x"), TextValue("x"), True},
	} {
		x := compile(t, env, c.src)
		slots := x.Atoms()[0].Slots
		f := make(Facts, env.Len())
		f[slots[0]], f[slots[1]] = c.a, c.b
		if got := x.Eval(f, nil); got != c.want {
			t.Errorf("%s with %v, %v: %v, want %v", c.src, c.a, c.b, got, c.want)
		}
	}
}

// TestKleene joins open and decided operands.
func TestKleene(t *testing.T) {
	env := testEnv(t)
	f := set(t, env, "exclusion", BoolValue(true), "goods.Tb", NumberValue(quantity.Decimal{})) // military, goods.Dy are unknown
	for _, c := range []struct {
		src  string
		want Truth
	}{
		{"military && exclusion", Open},
		{"military && !exclusion", False},
		{"!exclusion && military", False},
		{"military || exclusion", True},
		{"exclusion || military", True},
		{"military || !exclusion", Open},
		{"!(military && exclusion)", Open},
		{"!(military && !exclusion)", True},
		{"goods.Dy > 1 && goods.Tb > 0 && military", False},
		{"goods.Dy > 1 || goods.Tb > 0 || military", Open},
		{"goods.Dy > 1 || (goods.Tb > 0 || exclusion) && true", True},
		{"exclusion ? goods.Tb == 0 : military", True},
		{"exclusion ? military : goods.Tb == 0", Open},
		{"military ? exclusion : goods.Tb == 0", True},
		{"military ? exclusion : goods.Tb > 0", Open},
		{"military ? !exclusion : goods.Tb > 0", False},
		{"!(military ? !exclusion : goods.Tb > 0)", True},
		{"military ? goods.Dy > 0 : exclusion", Open},
		{"military || !military", Open}, // atoms are not told apart within an expression
	} {
		if got := compile(t, env, c.src).Eval(f, nil); got != c.want {
			t.Errorf("%s: %v, want %v", c.src, got, c.want)
		}
	}
}

func TestEvalOnOddFacts(t *testing.T) {
	env := testEnv(t)
	for _, src := range []string{"goods.Dy > 0", "goods.Dy > goods.Tb", "exclusion", "use == 'x'", "use in ['x', 'y']",
		"listed(use, 'cn.control-list')", "loaded > exported", `loaded > timestamp("2025-02-01T00:01:00-05:00")`} {
		x := compile(t, env, src)
		if got := x.Eval(nil, nil); got != Open {
			t.Errorf("%s without facts: %v, want open", src, got)
		}
		f := make(Facts, env.Len())
		for i := range f { // no fact holds what it declares
			if f[i] = NumberValue(quantity.Decimal{}); env.Fact(i).Type == Number {
				f[i] = TextValue("x")
			}
		}
		if got := x.Eval(f, nil); got != Open {
			t.Errorf("%s on values of other types: %v, want open", src, got)
		}
	}
	if got := compile(t, env, "listed(use, 'cn.control-list')").Eval(set(t, env, "use", TextValue("x")), nil); got != Open {
		t.Errorf("listed without lists: %v, want open", got)
	}
	var always *Expr
	if always.Eval(nil, nil) != True || always.Slots() != nil || always.Atoms() != nil || always.String() != "true" {
		t.Error("the nil Expr is not the condition that always holds")
	}
}

func TestSlotsAndAtoms(t *testing.T) {
	env := testEnv(t)
	x := compile(t, env, `goods.Dy > 0 && (origin == from || goods.Dy <= 2.50) && !(0 < goods.Dy) && origin in ["HK", "CN", "HK"] &&
		origin != "US" && listed(use, "cn.unreliable") && loaded < timestamp("2025-02-01T00:01:00-05:00") && exclusion == false`)
	var atoms []string
	for _, a := range x.Atoms() {
		atoms = append(atoms, a.String())
	}
	want := []string{"goods.Dy > 0", "origin == from", "goods.Dy <= 2.5", `origin in ["CN", "HK"]`, `origin == "US"`,
		`listed(use, "cn.unreliable")`, "loaded < 2025-02-01T05:01Z", "exclusion"}
	if diff := cmp.Diff(want, atoms); diff != "" {
		t.Errorf("atoms (-want +got):\n%s", diff)
	}
	var names []string
	for _, s := range x.Slots() {
		names = append(names, env.Fact(s).Name)
	}
	if diff := cmp.Diff([]string{"origin", "from", "goods.Dy", "exclusion", "use", "loaded"}, names); diff != "" {
		t.Errorf("facts read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{SlotOrigin, SlotFrom}, x.Atoms()[1].Slots); diff != "" {
		t.Errorf("slots of origin == from (-want +got):\n%s", diff)
	}
	for i, a := range x.Atoms() {
		list, ok := a.List()
		if ok != (i == 5) || ok && list != 2 {
			t.Errorf("%s: List() = %d, %v", a, list, ok)
		}
	}
	if got := x.Atoms()[7].Eval(set(t, env, "exclusion", BoolValue(true)), nil); got != True {
		t.Errorf("the atom of exclusion == false is %v where exclusion holds, want true: an atom has no negation", got)
	}
	// Every atom reads back as a condition with that one atom.
	for _, a := range x.Atoms() {
		if strings.HasPrefix(a.String(), "loaded") {
			continue // an instant is printed without timestamp()
		}
		if again := compile(t, env, a.String()).Atoms(); len(again) != 1 || again[0].String() != a.String() {
			t.Errorf("%s reads back as %v", a, again)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	env := testEnv(t)
	for _, c := range []struct{ src, want string }{
		// what cannot be parsed
		{"", "column 1: the condition is empty (leave it out where it always holds)"},
		{" \n ", "column 1: the condition is empty (leave it out where it always holds)"},
		{"use = 'x'", "column 5: unexpected '= ' (write == to compare)"},
		{"exclusion and military", "column 11: unexpected 'and' (write && for and)"},
		{"exclusion OR military", "column 11: unexpected 'OR' (write || for or)"},
		{"not exclusion", "column 5: unexpected 'exclusion' (write ! for not)"},
		{"exclusion & military", "column 11: unexpected '& ' (write && for and)"},
		{"goods.Dy > 0,2", "column 13: unexpected ',' (write a decimal with a point)"},
		{"goods.Dy <> 0", "column 11: unexpected '>' (write != for not equal)"},
		{"use == “x”", "column 8: unexpected '“' (write straight quotes)"},
		{"use == 'x", "column 8: unexpected ''x' (close the quotes)"},
		{"exclusion ||", "column 13: the condition ends too early"},
		{"(exclusion", "column 11: missing ')' at the end"},
		{"exclusion)", "column 10: unexpected ')'"},
		{"goods.Dy > 1e400", "column 12: invalid double literal"},

		// names
		{"goods.Di > 0", "column 1: no fact is called goods.Di (did you mean goods.Dy?)"},
		{"exclusion && Dy > 0", "column 14: no fact is called Dy (did you mean goods.Dy?)"},
		{"exclusion &&\n  Goods.DY > 0", "line 2, column 3: no fact is called Goods.DY (did you mean goods.Dy?)"},
		{"'é' == use && quota.x", "column 15: no fact is called quota.x (declare it in facts.yaml)"},
		{"listed(end_usr.name, 'cn.unreliable')", "column 8: no fact is called end_usr.name (did you mean end_user.name?)"},
		{"listed(end_user.name, 'cn.unrelable')", "column 23: no party list is called cn.unrelable (did you mean cn.unreliable?)"},
		{"listed(end_user.name, 'xyz')", "column 23: no party list is called xyz (there is us.entity-list, cn.control-list or cn.unreliable)"},

		// types
		{"goods.Dy", "column 1: goods.Dy is a number, neither true nor false by itself (compare it, like goods.Dy > 0)"},
		{"!goods.form", `column 2: goods.form is an enum, neither true nor false by itself (compare it, like goods.form == "metal")`},
		{"exclusion && 'x'", "column 14: a constant by itself is neither true nor false (compare a fact with it)"},
		{"goods.Dy > '0'", "column 12: goods.Dy is a number and cannot be compared with a text (write it like goods.Dy > 0)"},
		{"goods.Dy == true", "column 13: goods.Dy is a number and cannot be compared with true or false (write it like goods.Dy > 0)"},
		{"goods.Dy == null", "column 13: goods.Dy is a number and cannot be compared with null: a fact that is not given needs no test (write it like goods.Dy > 0)"},
		{"exclusion == 1", "column 14: exclusion is a bool and cannot be compared with a number (write it like exclusion == true)"},
		{"exclusion < true", "column 11: exclusion is a bool and has no order (compare it by == or !=)"},
		{"exclusion in [true]", "column 11: exclusion is a bool (write exclusion or !exclusion)"},
		{"origin < 'CN'", "column 8: origin is a text and has no order (compare it by == or !=)"},
		{"use < end_user.name", "column 5: use is a text and has no order (compare it by == or !=)"},
		{"loaded > '2025-02-01'", `column 10: loaded is an instant and cannot be compared with a text (write it like loaded >= timestamp("2025-02-01T00:01-05:00"))`},
		{"goods.Dy > timestamp('2025-02-01T00:01-05:00')", "column 12: goods.Dy is a number and cannot be compared with an instant (write it like goods.Dy > 0)"},
		{"goods.Dy == goods.form", "column 10: goods.Dy is a number and goods.form is an enum (compare facts of one type)"},
		{"goods.Dy in ['a']", "column 14: goods.Dy is a number and cannot be compared with a text (write it like goods.Dy > 0)"},
		{"listed(goods.form, 'cn.unreliable')", `column 8: listed takes a party or a text, and goods.form is an enum (like listed(end_user.name, "cn.control-list"))`},
		{"1u < goods.Dy", "column 1: goods.Dy is a number and cannot be compared with this constant (write it like goods.Dy > 0)"},

		// constants
		{"goods.form == 'metl'", `column 15: "metl" is not a value of goods.form: did you mean metal? It takes metal, alloy, oxide or other`},
		{"goods.form in ['metal', 'zzzzzz']", `column 25: "zzzzzz" is not a value of goods.form: it takes metal, alloy, oxide or other`},
		{"goods.Dy > 100.5", "column 12: goods.Dy cannot be 100.5: it takes a number from 0 to 100 (% by weight)"},
		{"value > -1", "column 9: value cannot be -1: it takes a number, 0 or more (currency of the pack)"},
		{"goods.Dy > 0.1234567890123456", "column 12: the number has too many digits to be exact (at most 15 digits, at most 12 of them after the point)"},
		{"goods.Dy > 0.0000000000001", "column 12: the number has too many digits to be exact (at most 15 digits, at most 12 of them after the point)"},
		{"value > 9007199254740993", "column 9: the number has too many digits to be exact (at most 15 digits, at most 12 of them after the point)"},
		{"origin == 'China'", `column 11: origin holds "China" as "CN": write it so`},
		{"origin == 'Chin'", `column 11: "Chin" is not a country: did you mean China (CN)?`},
		{"use == ''", "column 8: use is empty: give a text, or leave it out where it is not known"},
		{"loaded > timestamp('2025-02-01')", `column 20: instant "2025-02-01" cannot be read: write one like 2025-06-04T00:01-04:00`},
		{"loaded > timestamp(exported)", `column 10: timestamp takes one instant as text (write it with its offset, like timestamp("2025-02-01T00:01-05:00"))`},
		{"loaded > timestamp(5)", `column 20: timestamp takes one instant as text (write it with its offset, like timestamp("2025-02-01T00:01-05:00"))`},

		// what CEL can say and conditions cannot
		{"goods.Dy + 1.0 > 2.0", "column 10: conditions do no arithmetic (declare a fact with this formula in facts.yaml and compare that)"},
		{"-goods.Dy > 2.0", "column 1: conditions do no arithmetic (declare a fact with this formula in facts.yaml and compare that)"},
		{"has(goods.Dy)", "column 1: conditions do not ask whether a fact is given (a condition over a fact that is not given is open by itself)"},
		{"use.startsWith('x')", "column 5: conditions have no function startsWith (there are listed and timestamp)"},
		{"[1, 2].exists(x, x > 1)", "column 8: conditions have no function exists (there are listed and timestamp)"},
		{"size(use) > 1", "column 1: conditions have no function size (there are listed and timestamp)"},
		{"use[0] == 'x'", "column 4: facts have no parts to pick by [ ] (name facts with dots, like goods.Dy)"},
		{"{'a': 1} == use", "column 1: conditions cannot say this"},
		{"'x'.y == 1", "column 1: a constant has no parts (name facts with dots, like goods.Dy)"},
		{"[1]", `column 1: a list stands only after in (like origin in ["CN", "HK"])`},
		{"use in []", "column 8: the list is empty (name at least one value)"},
		{"origin in [from, to]", "column 12: a list holds constants only"},
		{"'CN' in ['CN']", `column 6: what stands before in must be a fact (like origin in ["CN", "HK"])`},
		{"origin in from", `column 8: what follows in must be a list of constants (like origin in ["CN", "HK"]; for party lists write listed(fact, "list"))`},
		{"1 < 2", "column 3: both sides are constants (name a fact on one side)"},
		{"origin == origin", "column 8: origin is compared with itself"},
		{"0 < goods.Dy < 5", "column 14: the result of a comparison cannot be compared (join comparisons by &&, like a > 0 && a < 5)"},
		{"(goods.Dy > 0 && exclusion) == military", "column 29: only facts and constants can be compared (join conditions by &&, || and !)"},
		{"exclusion == !military", "column 11: only facts and constants can be compared (join conditions by &&, || and !)"},
		{"(exclusion ? 1.0 : 2.0) > goods.Dy", "column 14: a constant by itself is neither true nor false (compare a fact with it)"},
		{"listed('x', 'cn.unreliable')", `column 1: listed takes a fact and the id of a party list (like listed(end_user.name, "cn.control-list"))`},
		{"listed(use, use)", `column 1: listed takes a fact and the id of a party list (like listed(end_user.name, "cn.control-list"))`},
		{"listed(use, 1)", `column 13: the id of a party list is a text (like listed(end_user.name, "cn.control-list"))`},
		{"timestamp('2025-02-01T00:01-05:00')", "column 1: an instant by itself is neither true nor false (compare a fact with it)"},
		{"a.b().c == 1", "column 3: conditions have no function b (there are listed and timestamp)"},
	} {
		x, err := env.Compile(c.src)
		if err == nil {
			t.Errorf("Compile(%q) = %v, want the error %s", c.src, x.Atoms(), c.want)
			continue
		}
		if err.Error() != c.want {
			t.Errorf("Compile(%q):\n got %s\nwant %s", c.src, err, c.want)
		}
	}
	if _, err := env.Compile(strings.Repeat("exclusion && ", 1000) + "exclusion"); err == nil {
		t.Error("a condition of 13,000 characters is accepted")
	}
	if _, err := env.Compile(strings.Repeat("(", 600) + "exclusion" + strings.Repeat(")", 600)); err == nil {
		t.Error("a condition 600 levels deep is accepted")
	}
}

func TestNumberCompareIsExact(t *testing.T) {
	env := testEnv(t)
	x := compile(t, env, "goods.Dy >= 0.3 && value == 123456789012.345")
	f := set(t, env, "goods.Dy", NumberValue(quantity.MustDecimal("0.1").Add(quantity.MustDecimal("0.2"))),
		"value", NumberValue(quantity.MustDecimal("123456789012.345")))
	if got := x.Eval(f, nil); got != True {
		t.Errorf("%s: %v, want true", x, got)
	}
	f[SlotValue] = NumberValue(quantity.MustDecimal("123456789012.345000000001"))
	if got := x.Eval(f, nil); got != False {
		t.Errorf("%s, value %v: %v, want false", x, f[SlotValue], got)
	}
}

func TestEvalAllocatesNothing(t *testing.T) {
	env := testEnv(t)
	x := compile(t, env, typical)
	f := typicalFacts(t, env)
	var lists Lists = listing(nil)
	if n := testing.AllocsPerRun(100, func() { x.Eval(f, lists) }); n != 0 {
		t.Errorf("Eval allocates %v times, want 0", n)
	}
}

const typical = `goods.Dy > 0.1 && origin in ["CN", "HK"] && !exclusion`

func typicalFacts(tb testing.TB, env *Env) Facts {
	return set(tb, env, "goods.Dy", NumberValue(quantity.MustDecimal("1.8")), "origin", TextValue("CN"), "exclusion", AbsentValue())
}

func BenchmarkEval(b *testing.B) {
	env := testEnv(b)
	for _, c := range []struct{ name, src string }{
		{"bool", "!exclusion"},
		{"number", "goods.Dy > 0.1"},
		{"typical", typical},
		{"long", typical + ` && (goods.form == "metal" || goods.form == "alloy" || goods.Tb >= 2.5) && exported < timestamp("2025-02-01T00:01:00-05:00")`},
	} {
		x, f := compile(b, env, c.src), typicalFacts(b, env)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Eval(f, nil)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	env := testEnv(b)
	for b.Loop() {
		compile(b, env, typical)
	}
}
