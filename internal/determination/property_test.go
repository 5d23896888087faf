package determination_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/schedule"
)

func answer(t *rapid.T, s *schedule.Schedule, c *mcase) *determination.Document {
	t.Helper()
	d, err := determination.Determine(s, c.asked())
	if err != nil {
		t.Fatalf("the case %+v has faults:\n%v", *c, err)
	}
	return d.Document()
}

// given is the facts of a case, with what its defaults make of the others.
func (c *mcase) given() mfacts {
	f := mfacts{}
	for i := range catalogue {
		x := &catalogue[i]
		if s, ok := c.facts[x.name]; ok {
			if v, known := x.value(s); known {
				f[x.name] = v
			}
		} else if c.closed || x.claim {
			f[x.name] = mvalue{absent: true}
		}
	}
	f.derive()
	return f
}

// derive computes the facts that follow from others, unless they are stated.
func (f mfacts) derive() {
	for i := range catalogue {
		x := catalogue[i].formula
		if v, ok := f[catalogue[i].name]; x == nil || ok && !v.absent {
			continue
		}
		left, ok := f[x.left]
		right, also := f[x.right]
		if !ok || !also || left.absent && right.absent {
			continue
		}
		a, b := new(big.Rat), new(big.Rat)
		if !left.absent {
			a = left.number
		}
		if !right.absent {
			b = right.number
		}
		switch {
		case x.op == "*":
			f[catalogue[i].name] = mvalue{number: new(big.Rat).Mul(a, b)}
		case b.Sign() == 0:
			f[catalogue[i].name] = mvalue{absent: true}
		default:
			f[catalogue[i].name] = mvalue{number: new(big.Rat).Quo(a, b)}
		}
	}
}

// presumed is the control items that a case presumes the goods not to be: under
// other codes than is usual, and open.
func (m *model) presumed(c *mcase, f mfacts) map[string]bool {
	out := map[string]bool{}
	for _, l := range m.items {
		for _, r := range l.rows {
			usual := len(r.codes) == 0
			for _, code := range r.codes {
				usual = usual || strings.HasPrefix(c.goods, code) || strings.HasPrefix(code, c.goods)
			}
			if !usual && r.when.eval(f) == 0 {
				out[r.item] = true
			}
		}
	}
	return out
}

// toggles is every way in which the measures that are not verified may apply.
func (m *model) toggles(c *mcase) []map[string]bool {
	out := []map[string]bool{{}}
	for _, x := range m.measures {
		if m.stateOn(x.acts, c.day(x), c.known).kind != "unverified" || !m.movement(x, c) && x.kind != "licence" {
			continue
		}
		for _, t := range out {
			u := map[string]bool{x.id: true}
			for k := range t {
				u[k] = true
			}
			out = append(out, u)
		}
		if len(out) > 64 {
			break
		}
	}
	return out
}

func decimalText(r *big.Rat) string { return r.FloatString(2) }

func describe(m *model, c *mcase) string {
	return fmt.Sprintf("case: %+v\n%s", *c, show(m.files()))
}

func strictness(o determination.Outcome) int {
	return slices.Index([]determination.Outcome{determination.Free, determination.LicenceRequired, determination.Prohibited}, o)
}

func amountOf(s *string) string {
	if s == nil {
		return "?"
	}
	return *s
}

// TestOracle holds that the engine and the oracle agree on closed cases.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{less: rapid.Bool().Draw(t, "less"), closedOff: rapid.Bool().Draw(t, "closed")}
		m := drawModel(t, shape)
		s := compile(t, m.files(), "imp", "exp")
		for range 4 {
			c := drawCase(t, m, shape, false)
			checkClosed(t, s, m, c)
		}
	})
}

func checkClosed(t *rapid.T, s *schedule.Schedule, m *model, c *mcase) {
	doc := answer(t, s, c)
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), describe(m, c))
	}
	if len(doc.Questions) != 0 {
		fail("a closed case has questions: %+v", doc.Questions)
	}
	facts := c.given()
	toggles := m.toggles(c)
	var all []*verdict
	for _, on := range toggles {
		all = append(all, m.decide(&closedWorld{c: c, code: c.goods, facts: facts, applies: on}))
	}
	want := all[0]
	compareOutcome(doc, all, fail)
	if len(all) > 1 {
		compareDuty(doc, all, fail)
		return
	}
	compareDuty(doc, all, fail)
	got := map[string]bool{}
	for _, l := range doc.Lines {
		got[l.Measure] = true
		if l.Status != "applies" {
			fail("%s is %s in a closed case", l.Measure, l.Status)
		}
		if !want.applied[l.Measure] {
			fail("%s applies, and must not (displaced by %q)", l.Measure, want.displaced[l.Measure])
		}
		if w, ok := want.lines[l.Measure]; ok && l.Duty != nil {
			most := decimalText(w.most)
			if w.unbounded {
				most = "?"
			}
			if g := amountOf(l.Duty.Most.Amount); g != most {
				fail("%s: most %s, want %s", l.Measure, g, most)
			}
			if g := amountOf(l.Duty.Least.Amount); g != decimalText(w.least) && !w.unbounded {
				fail("%s: least %s, want %s", l.Measure, g, decimalText(w.least))
			}
		}
	}
	for id := range want.applied {
		if !got[id] {
			fail("%s does not apply, and must", id)
		}
	}
	compareMisses(doc, m, c, want, facts, fail)
}

// compareOutcome holds the outcome of each leg against every world.
func compareOutcome(doc *determination.Document, all []*verdict, fail func(string, ...any)) {
	for _, l := range doc.Legs {
		best, worst, unverified := 2, 0, false
		for _, v := range all {
			best, worst = min(best, v.legs[l.Leg]), max(worst, v.legs[l.Leg])
			unverified = unverified || v.unverified[l.Leg]
		}
		if strictness(l.Best) != best || strictness(l.Worst) != worst {
			fail("%s: %s to %s, want %d to %d", l.Leg, l.Best, l.Worst, best, worst)
		}
		want := l.Worst
		switch {
		case best == 2:
			want = determination.Prohibited
		case best != worst || unverified:
			want = determination.Refer
		}
		if l.Outcome != want {
			fail("%s: outcome %s, want %s", l.Leg, l.Outcome, want)
		}
	}
	for _, v := range all {
		for leg, strict := range v.legs {
			if strict > 0 && !slices.ContainsFunc(doc.Legs, func(l determination.LegOutcome) bool { return l.Leg == leg }) {
				fail("the leg %s is missing", leg)
			}
		}
	}
}

// compareDuty holds the total against every world.
func compareDuty(doc *determination.Document, all []*verdict, fail func(string, ...any)) {
	if (doc.Duty != nil) != all[0].hasDuty {
		fail("duty %v, want one: %v", doc.Duty, all[0].hasDuty)
	}
	if doc.Duty == nil {
		return
	}
	check := func(name string, got determination.DutyRange, of func(*verdict) rng) {
		r := of(all[0])
		for _, v := range all[1:] {
			s := of(v)
			if s.least.Cmp(r.least) < 0 {
				r.least = s.least
			}
			if s.most.Cmp(r.most) > 0 {
				r.most = s.most
			}
			r.unbounded = r.unbounded || s.unbounded
		}
		most := decimalText(r.most)
		if r.unbounded {
			most = "?"
		}
		if g := amountOf(got.Most.Amount); g != most {
			fail("%s: most %s, want %s", name, g, most)
		}
		g := amountOf(got.Least.Amount)
		if r.unbounded && g != "?" && rat(g).Cmp(r.least) <= 0 {
			return // the oracle knows better how the unknown and what tops it up go together
		}
		if g != decimalText(r.least) {
			fail("%s: least %s, want %s", name, g, decimalText(r.least))
		}
	}
	check("duty", *doc.Duty, func(v *verdict) rng { return v.duty })
	check("additional", doc.Additional.Duty, func(v *verdict) rng { return v.additional })
	check("fees", *doc.Fees, func(v *verdict) rng { return v.fees })
}

// compareMisses holds that what a near miss says of itself is true, and that
// none that matters is left out.
func compareMisses(doc *determination.Document, m *model, c *mcase, want *verdict, facts mfacts, fail func(string, ...any)) {
	status := map[string]string{}
	for _, n := range doc.NearMisses {
		status[n.Measure] = n.Status
		if want.applied[n.Measure] {
			fail("%s is a near miss, and applies", n.Measure)
		}
		x := m.measure(n.Measure)
		if x == nil {
			if n.Status != "displaced" || want.displaced[n.Measure] != n.By {
				fail("the ordinary duty is %s by %s, want displaced by %q", n.Status, n.By, want.displaced[n.Measure])
			}
			continue
		}
		state := m.stateOn(x.acts, c.day(x), c.known).kind
		origin := m.inPlaces(x.origin, c.origin, c.day(x))
		when := x.when.eval(facts)
		var ok bool
		switch n.Status {
		case "displaced":
			ok = want.displaced[n.Measure] != "" && n.By != ""
		case "condition":
			ok = when < 0 && origin
		case "origin":
			ok = !origin
		case "suspended":
			ok = state == "suspended" && origin && when >= 0
		case "not-in-force":
			ok = state == "" || state == "ended"
		}
		if !ok {
			fail("%s is said to be %s; it is %q, of the origin %v, its condition %d", n.Measure, n.Status, state, origin, when)
		}
	}
	for id := range want.displaced {
		if status[id] != "displaced" {
			if x := m.measure(id); x == nil || x.kind != "exemption" {
				fail("%s is displaced, and is %q", id, status[id])
			}
		}
	}
	for _, x := range m.measures {
		if x.kind == "exemption" || !m.movement(x, c) || !m.holdsGoods(x, c, c.goods) || !m.inPlaces(x.origin, c.origin, c.day(x)) || x.when.eval(facts) <= 0 ||
			!m.isItem(x, &closedWorld{c: c, facts: facts}) {
			continue
		}
		if m.stateOn(x.acts, c.day(x), c.known).kind == "suspended" && status[x.id] != "suspended" {
			fail("%s is suspended, and is %q", x.id, status[x.id])
		}
	}
}
