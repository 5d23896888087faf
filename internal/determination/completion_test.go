package determination_test

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
)

// epsilon is just beside a threshold.
var epsilon = big.NewRat(1, 1_000_000_000)

// openFact is a fact that a case leaves open, with the values at which the
// answer may turn: the ends of its domain, the thresholds that the law reads and
// what lies just beside them.
type openFact struct {
	name   string
	values []mvalue
}

// opens finds the open facts that the law of the model reads.
func (m *model) opens(c *mcase, f mfacts) []openFact {
	cuts := map[string]map[string]bool{}
	read := func(x *mcond) {
		x.walk(func(atom *mcond) {
			if cuts[atom.fact] == nil {
				cuts[atom.fact] = map[string]bool{}
			}
			if atom.num != "" {
				cuts[atom.fact][atom.num] = true
			}
		})
	}
	for _, x := range m.measures {
		read(x.when)
		if fact := map[string]string{"steel": "content.steel", "copper": "content.copper", "non-us": "content.us"}[x.on]; fact != "" && cuts[fact] == nil {
			cuts[fact] = map[string]bool{}
		}
	}
	for _, l := range m.items {
		for _, r := range l.rows {
			read(r.when)
		}
	}
	for _, l := range m.lanes {
		for _, r := range l.requires {
			read(r)
		}
	}
	if _, ok := f["preference"]; !ok {
		cuts["preference"] = map[string]bool{}
	}
	m.cutInputs(cuts, f)
	var out []openFact
	shares := map[string][]*big.Rat{}
	for i := range catalogue {
		x := &catalogue[i]
		if _, isKnown := f[x.name]; isKnown || cuts[x.name] == nil || x.formula != nil {
			continue
		}
		o := openFact{name: x.name}
		switch x.typ {
		case "bool":
			o.values = []mvalue{{yes: true}, {}}
		case "enum":
			for _, v := range x.values {
				o.values = append(o.values, mvalue{text: v})
			}
			if x.claim {
				o.values = append(o.values, mvalue{absent: true})
			}
		case "number":
			least, most := new(big.Rat), rat("1000")
			if x.min != "" {
				least, most = rat(x.min), rat(x.max)
			}
			numbers := []*big.Rat{least, most}
			for _, cut := range slices.Sorted(maps.Keys(cuts[x.name])) {
				n, _ := new(big.Rat).SetString(cut)
				numbers = append(numbers, n, new(big.Rat).Add(n, epsilon), new(big.Rat).Sub(n, epsilon))
			}
			numbers = slices.DeleteFunc(numbers, func(n *big.Rat) bool { return n.Cmp(least) < 0 || n.Cmp(most) > 0 })
			if x.group != "" {
				shares[x.name] = numbers
			}
			o.values = asValues(numbers)
		}
		out = append(out, o)
	}
	// The parts of one whole meet at its border too.
	left := big.NewRat(1, 1)
	for _, name := range []string{"content.steel", "content.copper"} {
		if v := f[name]; v.number != nil {
			left.Sub(left, v.number)
		}
	}
	for i := range out {
		if factNamed(out[i].name).group == "" {
			continue
		}
		numbers := append(slices.Clone(shares[out[i].name]), left)
		for other, theirs := range shares {
			if other == out[i].name {
				continue
			}
			for _, n := range theirs {
				numbers = append(numbers, new(big.Rat).Sub(left, n))
			}
		}
		out[i].values = asValues(slices.DeleteFunc(numbers, func(n *big.Rat) bool { return n.Sign() < 0 || n.Cmp(left) > 0 }))
	}
	return out
}

// cutInputs cuts the facts from which an open fact is computed where that one
// reaches its thresholds.
func (m *model) cutInputs(cuts map[string]map[string]bool, f mfacts) {
	for _, x := range slices.Backward(catalogue) {
		if _, isKnown := f[x.name]; isKnown || x.formula == nil || cuts[x.name] == nil {
			continue
		}
		for i, input := range []string{x.formula.left, x.formula.right} {
			if cuts[input] == nil {
				cuts[input] = map[string]bool{}
			}
			cuts[input]["1"] = true
			for cut := range maps.Clone(cuts[x.name]) {
				t, _ := new(big.Rat).SetString(cut)
				other := big.NewRat(1, 1)
				if v, ok := f[[]string{x.formula.right, x.formula.left}[i]]; ok && v.number != nil && v.number.Sign() > 0 {
					other = v.number
				}
				switch {
				case x.formula.op == "*":
					t = new(big.Rat).Quo(t, other)
				case i == 0:
					t = new(big.Rat).Mul(t, other)
				case t.Sign() > 0:
					t = new(big.Rat).Quo(other, t)
				}
				cuts[input][t.RatString()] = true
			}
		}
	}
}

func asValues(numbers []*big.Rat) []mvalue {
	slices.SortFunc(numbers, (*big.Rat).Cmp)
	numbers = slices.CompactFunc(numbers, func(a, b *big.Rat) bool { return a.Cmp(b) == 0 })
	out := make([]mvalue, len(numbers))
	for i, n := range numbers {
		out[i] = mvalue{number: n}
	}
	return out
}

// lines is the statistical lines that the goods of a case may be of.
func (c *mcase) lines() []string {
	var out []string
	for _, code := range wholeGoods {
		if len(code) >= len(c.goods) && code[:len(c.goods)] == c.goods {
			out = append(out, code)
		}
	}
	return out
}

// hasTotal reports whether some duty tops the ordinary one up: with a quantity
// missing the two move against one another, which their bounds do not show.
func (m *model) hasTotal() bool {
	return slices.ContainsFunc(m.measures, func(x *mmeasure) bool {
		return slices.ContainsFunc(x.acts, func(a mact) bool {
			return a.effect.rate != nil && a.effect.rate.total || a.then != nil && a.then.rate != nil && a.then.rate.total
		})
	})
}

// filled is the cases in which the value and the quantities that a case does not
// give are little or much.
func (c *mcase) filled() []*mcase {
	out := []*mcase{c}
	double := func(set func(*mcase, string), least, most string) {
		var more []*mcase
		for _, x := range out {
			for _, text := range []string{least, most} {
				y := *x
				y.quantities = maps.Clone(x.quantities)
				set(&y, text)
				more = append(more, &y)
			}
		}
		out = more
	}
	if c.value == "" {
		double(func(x *mcase, s string) { x.value = s }, "0.5", "1000")
	}
	for _, unit := range []string{"kg", "No."} {
		if _, ok := c.quantities[unit]; !ok {
			double(func(x *mcase, s string) { x.quantities[unit] = s }, "0", "99999999")
		}
	}
	return out
}

// point is a completion of a case, by the index of each value.
type point struct {
	at []int // of the quantities, of the line, of the open facts
	c  *mcase
	v  *verdict
	on int // of the toggles
}

// mostPoints is how many completions are gone through one by one.
const mostPoints = 1500

// complete decides completions of the case: all of the corners, if there are
// not too many, else some.
func (m *model) complete(c *mcase) (opens []openFact, points []point, exhaustive bool) {
	facts := c.given()
	opens = m.opens(c, facts)
	unlikely := m.presumed(c, facts)
	toggles := m.toggles(c)
	lines, full := c.lines(), c.filled()
	sizes := []int{len(full), len(lines)}
	total := len(full) * len(lines)
	for _, o := range opens {
		sizes = append(sizes, len(o.values))
		total *= len(o.values)
	}
	random := rand.New(rand.NewSource(1))
	count := min(total, mostPoints/len(toggles))
	exhaustive = count == total
	for n := range count {
		at := make([]int, len(sizes))
		rest := n
		for i, k := range sizes {
			if exhaustive {
				at[i], rest = rest%k, rest/k
			} else {
				at[i] = random.Intn(k)
			}
		}
		f := maps.Clone(facts)
		sum := new(big.Rat)
		for i, o := range opens {
			f[o.name] = o.values[at[i+2]]
		}
		f.derive()
		for _, name := range []string{"content.steel", "content.copper"} {
			if v := f[name]; v.number != nil {
				sum.Add(sum, v.number)
			}
		}
		if sum.Cmp(big.NewRat(1, 1)) > 0 {
			continue
		}
		for on := range toggles {
			points = append(points, point{at: at, c: full[at[0]], on: on, v: m.decide(&closedWorld{c: full[at[0]], code: lines[at[1]], facts: f, applies: toggles[on], unlikely: unlikely})})
		}
	}
	return opens, points, exhaustive
}

// TestCompletions holds the law of the package: every completion of a case falls
// inside the answer, and where the answer says that it is exact, each of its
// ends is reached; nothing is asked that changes nothing, and all that changes
// something is asked.
func TestCompletions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{less: rapid.IntRange(0, 3).Draw(t, "less") == 3}
		m := drawModel(t, shape)
		s := compile(t, m.files(), "imp", "exp")
		for range 2 {
			c := drawCase(t, m, shape, true)
			doc := answer(t, s, c)
			opens, points, exhaustive := m.complete(c)
			x := completion{t: t, m: m, c: c, doc: doc, opens: opens, points: points}
			x.sound()
			if exhaustive && doc.Exact && len(points) > 0 {
				if !shape.less && (len(c.filled()) == 1 || !m.hasTotal()) {
					x.tight()
				}
				if len(c.filled()) == 1 && !m.derives(c.given()) {
					x.questions()
				}
			}
		}
	})
}

// derives reports whether the law reads a fact that is open and computed from
// others: it is asked for in their place.
func (m *model) derives(f mfacts) bool {
	found := false
	read := func(x *mcond) {
		x.walk(func(atom *mcond) {
			_, isKnown := f[atom.fact]
			found = found || !isKnown && factNamed(atom.fact).formula != nil
		})
	}
	for _, x := range m.measures {
		read(x.when)
	}
	for _, l := range m.items {
		for _, r := range l.rows {
			read(r.when)
		}
	}
	for _, l := range m.lanes {
		for _, r := range l.requires {
			read(r)
		}
	}
	return found
}

type completion struct {
	t      *rapid.T
	m      *model
	c      *mcase
	doc    *determination.Document
	opens  []openFact
	points []point
}

func (x *completion) fail(format string, args ...any) {
	x.t.Helper()
	x.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), describe(x.m, x.c))
}

// words describes a completion.
func (x *completion) words(p *point) string {
	s := fmt.Sprintf("line %s, quantities %v, value %s", x.c.lines()[p.at[1]], p.c.quantities, p.c.value)
	for i, o := range x.opens {
		v := o.values[p.at[i+2]]
		switch {
		case v.number != nil:
			s += fmt.Sprintf(", %s %s", o.name, v.number.FloatString(10))
		case v.text != "":
			s += fmt.Sprintf(", %s %s", o.name, v.text)
		default:
			s += fmt.Sprintf(", %s %v", o.name, v.yes)
		}
	}
	return fmt.Sprintf("%s, unverified %v: applied %v, displaced %v, lines %v", s, x.m.toggles(x.c)[p.on], slices.Sorted(maps.Keys(p.v.applied)), p.v.displaced, p.v.lineWords())
}

func (v *verdict) lineWords() string {
	s := ""
	for _, id := range slices.Sorted(maps.Keys(v.lines)) {
		r := v.lines[id]
		s += fmt.Sprintf(" %s=%s", id, r.least.FloatString(2))
		if r.unbounded {
			s += "..?"
		} else if r.least.Cmp(r.most) != 0 {
			s += ".." + r.most.FloatString(2)
		}
	}
	return s
}

func (x *completion) sound() {
	for i := range x.points {
		p := &x.points[i]
		for _, l := range x.doc.Legs {
			if strict := p.v.legs[l.Leg]; strict < strictness(l.Best) || strict > strictness(l.Worst) {
				x.fail("%s: %s to %s, and a completion comes to %d: %s", l.Leg, l.Best, l.Worst, strict, x.words(p))
			}
			if p.v.unverified[l.Leg] && (l.Outcome == determination.Free || l.Outcome == determination.LicenceRequired) {
				x.fail("%s: %s, and an unverified measure stands in the way: %s", l.Leg, l.Outcome, x.words(p))
			}
		}
		for leg, strict := range p.v.legs {
			if strict > 0 && !slices.ContainsFunc(x.doc.Legs, func(l determination.LegOutcome) bool { return l.Leg == leg }) {
				x.fail("no leg %s, and a completion comes to %d: %s", leg, strict, x.words(p))
			}
		}
		if !p.v.hasDuty {
			continue
		}
		if x.doc.Duty == nil {
			x.fail("no duty, and a completion has one: %s", x.words(p))
		}
		x.within("rate", x.doc.Rate.Least, x.doc.Rate.Most, p.percent(), p, big.NewRat(1, 10000))
		if x.c.value != "" {
			x.within("duty", x.doc.Duty.Least.Amount, x.doc.Duty.Most.Amount, p.v.duty, p, new(big.Rat))
			x.within("additional", x.doc.Additional.Duty.Least.Amount, x.doc.Additional.Duty.Most.Amount, p.v.additional, p, new(big.Rat))
			x.within("fees", x.doc.Fees.Least.Amount, x.doc.Fees.Most.Amount, p.v.fees, p, new(big.Rat))
			x.within("due", x.doc.Due.Least.Amount, x.doc.Due.Most.Amount, p.v.duty.add(p.v.fees), p, new(big.Rat))
		}
	}
}

// percent is the duty in per cent of the value.
func (p *point) percent() rng {
	factor := new(big.Rat).Quo(rat("100"), rat(p.c.value))
	return rng{new(big.Rat).Mul(p.v.exact.least, factor), new(big.Rat).Mul(p.v.exact.most, factor), p.v.exact.unbounded}
}

func (x *completion) within(name string, least, most *string, got rng, p *point, slack *big.Rat) {
	x.t.Helper()
	if least == nil {
		x.fail("%s: no least", name)
	}
	if low := new(big.Rat).Sub(rat(*least), slack); got.least.Cmp(low) < 0 {
		x.fail("%s: at least %s, and a completion comes to %s: %s", name, *least, got.least.FloatString(4), x.words(p))
	}
	if most == nil {
		return
	}
	if high := new(big.Rat).Add(rat(*most), slack); got.unbounded || got.most.Cmp(high) > 0 {
		x.fail("%s: at most %s, and a completion comes to %s (unbounded %v): %s", name, *most, got.most.FloatString(4), got.unbounded, x.words(p))
	}
}

// tight holds that each end is reached. A region that does not hold its end
// reaches it as near as you like: a cent for each line is allowed.
func (x *completion) tight() {
	for _, l := range x.doc.Legs {
		best, worst := 2, 0
		for i := range x.points {
			best, worst = min(best, x.points[i].v.legs[l.Leg]), max(worst, x.points[i].v.legs[l.Leg])
		}
		if strictness(l.Best) != best || strictness(l.Worst) != worst {
			x.fail("%s: %s to %s, and the completions come to %d to %d", l.Leg, l.Best, l.Worst, best, worst)
		}
	}
	if x.doc.Duty == nil || x.c.value == "" {
		return
	}
	ends := x.points[0].v.duty
	for i := range x.points {
		d := x.points[i].v.duty
		if d.least.Cmp(ends.least) < 0 {
			ends.least = d.least
		}
		if d.most.Cmp(ends.most) > 0 {
			ends.most = d.most
		}
		ends.unbounded = ends.unbounded || d.unbounded
	}
	slack := big.NewRat(int64(len(x.m.measures)+1), 100)
	near := func(a *big.Rat, b string) bool {
		d := new(big.Rat).Sub(a, rat(b))
		return d.Abs(d).Cmp(slack) <= 0
	}
	if !near(ends.least, *x.doc.Duty.Least.Amount) && !(ends.unbounded && x.m.hasTotal()) {
		x.fail("the least is %s, and no completion comes to less than %s", *x.doc.Duty.Least.Amount, ends.least.FloatString(2))
	}
	switch most := x.doc.Duty.Most.Amount; {
	case most == nil && len(x.c.filled()) > 1: // no quantity is without limit
	case (most == nil) != ends.unbounded:
		x.fail("the most is %s, and of the completions unknown: %v", amountOf(most), ends.unbounded)
	case most != nil && !near(ends.most, *most):
		x.fail("the most is %s, and no completion comes to more than %s", *most, ends.most.FloatString(2))
	}
}

// coarse is what nobody may leave unasked: the measures, duties aside, and the
// figures.
func (v *verdict) coarse() string {
	var applied []string
	for _, id := range slices.Sorted(maps.Keys(v.applied)) {
		if _, ok := v.lines[id]; !ok {
			applied = append(applied, id)
		}
	}
	return fmt.Sprint(applied, v.lanes, v.legs, v.duty.least, v.duty.most, v.duty.unbounded)
}

// fine is all that a completion says: what may be asked.
func (v *verdict) fine() string {
	return fmt.Sprint(slices.Sorted(maps.Keys(v.applied)), v.lanes, v.legs, v.lineWords(), v.exact)
}

// questions holds that exactly those facts are asked which change something.
func (x *completion) questions() {
	asked := map[string]bool{}
	for _, q := range x.doc.Questions {
		if q.Fact != "quantity" {
			asked[q.Fact] = true
		}
	}
	for i := 1; i < len(x.opens)+2; i++ {
		name := "goods"
		if i > 1 {
			name = x.opens[i-2].name
		}
		first := map[string]*point{}
		var a, b *point
		fine := false
		for n := range x.points {
			p := &x.points[n]
			key := fmt.Sprint(p.at[:i], p.at[i+1:], p.on)
			if q := first[key]; q == nil {
				first[key] = p
			} else {
				fine = fine || q.v.fine() != p.v.fine()
				if a == nil && q.v.coarse() != p.v.coarse() {
					a, b = q, p
				}
			}
		}
		switch {
		case a != nil && !asked[name]:
			x.fail("%s is not asked, and changes the answer from\n%s\nto\n%s", name, x.words(a), x.words(b))
		case !fine && asked[name]:
			x.fail("%s is asked, and changes nothing", name)
		}
		delete(asked, name)
	}
	for name := range asked {
		x.fail("%s is asked, and no law reads it", name)
	}
}
