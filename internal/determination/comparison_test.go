package determination_test

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/schedule"
)

func determined(t *rapid.T, s *schedule.Schedule, c *mcase) *determination.Determination {
	t.Helper()
	d, err := determination.Determine(s, c.asked())
	if err != nil {
		t.Fatalf("the case %+v has faults:\n%v", *c, err)
	}
	return d
}

// TestCompareWithItself holds that an answer does not differ from itself, open or
// not, whether or not it was written out before.
func TestCompareWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{less: rapid.IntRange(0, 3).Draw(t, "less") == 3}
		m := drawModel(t, shape)
		s, again := compile(t, m.files(), "imp", "exp"), compile(t, m.files(), "imp", "exp")
		for range 2 {
			c := drawCase(t, m, shape, true)
			a, b := determined(t, s, c), determined(t, s, c)
			b.Document()
			x := determination.Compare(a, b)
			doc := x.Document()
			by, _, _ := x.Duty()
			if fees, _, _ := x.Fees(); doc.Changed || !doc.Exact || len(doc.Changes) > 0 || len(doc.Acts) > 0 || !by.None() || !fees.None() {
				t.Fatalf("an answer differs from itself: %+v\n%s", doc, describe(m, c))
			}
			// Another schedule of the same packs names other facts, perhaps, and is
			// the same law.
			if doc := determination.Compare(a, determined(t, again, c)).Document(); doc.Changed || len(doc.Changes) > 0 {
				t.Fatalf("the same law moves measures: %+v\n%s", doc.Changes, describe(m, c))
			}
		}
	})
}

// TestCompareBareOrWhole holds that a comparison says the same of answers of which what
// comes close was left out and of those that have it, on either side.
func TestCompareBareOrWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{less: rapid.IntRange(0, 3).Draw(t, "less") == 3}
		m := drawModel(t, shape)
		s := compile(t, m.files(), "imp", "exp")
		c, other := drawCase(t, m, shape, true), drawCase(t, m, shape, true)
		again := *c
		again.entered, again.exported, again.known = other.entered, other.exported, other.known
		said := func(whole [2]bool) (why []string, acts []determination.ActRef) {
			sides := [2]*determination.Determination{determined(t, s, c), determined(t, s, &again)}
			for i := range sides {
				if whole[i] {
					sides[i].Document()
				}
			}
			x := determination.Compare(sides[0], sides[1])
			return x.Why(), x.Acts()
		}
		why, acts := said([2]bool{true, true})
		for _, whole := range [][2]bool{{false, false}, {true, false}, {false, true}} {
			if w, a := said(whole); !slices.Equal(w, why) || !slices.Equal(a, acts) {
				t.Fatalf("whole %v: %q\n%+v\nboth whole: %q\n%+v\n%s", whole, w, a, why, acts, describe(m, c))
			}
		}
	})
}

// TestDifferences holds that the difference of two answers holds the difference
// of every completion of the facts, and where it says that it is exact is no
// wider than those need.
func TestDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{less: rapid.IntRange(0, 3).Draw(t, "less") == 3}
		m := drawModel(t, shape)
		s := compile(t, m.files(), "imp", "exp")
		c := drawCase(t, m, shape, true)
		other := *c
		d := &drawer{t: t, m: m, shape: shape}
		if d.odds(2) {
			other.entered = pick[day](d, 5, 15, 25, 35, 45, 60, 100)
			other.exported = other.entered
		} else {
			other.known = pick[day](d, 200, 20, 40)
		}
		x := determination.Compare(determined(t, s, c), determined(t, s, &other))
		by, _, ok := x.Duty()
		if !ok {
			return
		}
		_, before, exhaustive := m.complete(c)
		_, after, also := m.complete(&other)
		if !exhaustive || !also {
			return
		}
		var least, most *big.Rat
		exact := true
		for i := range before {
			p := &before[i]
			for j := range after {
				q := &after[j]
				if !slices.Equal(p.at, q.at) || c.entered == other.entered && !m.sameUnknown(c, &other, p.on, q.on) {
					continue
				}
				if p.v.duty.unbounded || q.v.duty.unbounded || p.v.duty.least.Cmp(p.v.duty.most) != 0 || q.v.duty.least.Cmp(q.v.duty.most) != 0 {
					exact = false
					continue
				}
				diff := new(big.Rat).Sub(q.v.duty.least, p.v.duty.least)
				if !by.LeastUnknown && diff.Cmp(rat(by.Least.String())) < 0 || !by.MostUnknown && diff.Cmp(rat(by.Most.String())) > 0 {
					t.Fatalf("the difference is %s (unknown %v) to %s (unknown %v), and a completion differs by %s: at %v, %v and %v\n%s\nand %+v", by.Least, by.LeastUnknown, by.Most, by.MostUnknown,
						diff.FloatString(2), p.at, p.v.lineWords(), q.v.lineWords(), describe(m, c), other)
				}
				if least == nil || diff.Cmp(least) < 0 {
					least = diff
				}
				if most == nil || diff.Cmp(most) > 0 {
					most = diff
				}
			}
		}
		if least == nil || !exact || !x.Exact() || shape.less || len(c.filled()) > 1 {
			return
		}
		slack := big.NewRat(int64(2*len(m.measures)+2), 100) // a cent for each line that is rounded
		near := func(a *big.Rat, b string, unknown bool) bool {
			d := new(big.Rat).Sub(a, rat(b))
			return !unknown && d.Abs(d).Cmp(slack) <= 0
		}
		if !near(least, by.Least.String(), by.LeastUnknown) || !near(most, by.Most.String(), by.MostUnknown) {
			t.Fatalf("the difference is %s to %s, and completions differ by %s to %s\n%s\nand %+v", by.Least, by.Most, least.FloatString(2), most.FloatString(2), describe(m, c), other)
		}
	})
}

// sameUnknown reports whether two completions agree on the measures that the same act
// leaves open in both cases. What two acts leave open is two things.
func (m *model) sameUnknown(c, other *mcase, on, also int) bool {
	a, b := m.toggles(c)[on], m.toggles(other)[also]
	for _, x := range m.measures {
		s, t := m.stateOn(x.acts, c.day(x), c.known), m.stateOn(x.acts, other.day(x), other.known)
		if s.kind == "unverified" && t.kind == "unverified" && s.open == t.open && a[x.id] != b[x.id] {
			return false
		}
	}
	return true
}
