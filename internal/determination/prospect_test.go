package determination

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLaterDatesAreThoseFoundAnew holds that later dates which are read off what cases
// like this one came to are those that a schedule finds which has met nothing, whatever
// the goods, value and quantities: where nothing open touches the duties then, and where
// something does.
func TestLaterDatesAreThoseFoundAnew(t *testing.T) {
	const rounds, like = 120, 3
	warm := embedded(t)
	lines := importLines(t, warm)
	r := rand.New(rand.NewPCG(20261128, 4))
	var d Determination // its memory is used again too
	var m documentMemory
	open, settled, changes := 0, 0, 0
	for range rounds {
		cases := drawImports(r, lines, traders[r.IntN(len(traders))], like)
		if r.IntN(2) == 0 { // other goods under the same law, perhaps
			for i := range cases {
				cases[i].Goods = string(lines[r.IntN(len(lines))].Code)
			}
		}
		for _, c := range cases {
			want, err := Determine(warm.Anew(), c)
			if err != nil {
				continue // of goods that are not held on the day
			}
			found := want.changes(new(documentMemory))
			changes += len(found)
			for range 2 {
				if err := d.Determine(warm, &c); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(found, d.changes(&m)); diff != "" {
					t.Fatalf("%+v\n(-anew +remembered):\n%s", c, diff)
				}
			}
			switch e := &m.later.e; { // as the last of the instants left it
			case !e.shared:
			case e.planned.open:
				open++
			default:
				settled++
			}
		}
	}
	if open < rounds/4 || settled < rounds/20 || changes < rounds {
		t.Errorf("%d ends were remembered with something open and %d without, of %d changes: the test holds little", open, settled, changes)
	}
}

// TestWaysOfAllWorlds holds that an answer read off its prospect comes to what the worlds
// come to that were gone through.
func TestWaysOfAllWorlds(t *testing.T) {
	s := embedded(t)
	lines := importLines(t, s)
	r := rand.New(rand.NewPCG(20261128, 5))
	several := 0
	for range 200 {
		c := drawImports(r, lines, traders[r.IntN(len(traders))], 1)[0]
		c.Only, c.On, c.Known = "import", "2026-08-01", "2026-08-21"
		for _, goods := range []string{c.Goods, "8708.29.51.60", "7318.15.20.55"} {
			c.Goods = goods
			var d Determination
			d.e.foresees = true
			if err := d.Determine(s, &c); err != nil {
				continue
			}
			p := d.e.prospect()
			if d.e.shared || p == nil {
				continue // it was read off, or nothing is kept
			}
			if len(p.ways) > 1 {
				several++
			}
			want := d.e.results.duties
			d.e.usePlan(d.e.planned)
			d.e.settleAs(p)
			got := d.e.results.duties
			if !got.duty.equal(&want.duty) || !got.unrounded.equal(&want.unrounded) {
				t.Fatalf("%+v: %+v of the ways, %+v of the worlds", c, got, want)
			}
		}
	}
	if several < 20 {
		t.Errorf("%d prospects had several ways: the test holds little", several)
	}
}
