package determination

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClaimsAreRememberedRightly holds that the claims of a case are those that are found
// without what is remembered of cases like it: whatever is declared of the value, on
// which claims hang that are not made, and whatever else is stated that speaks against
// claims.
func TestClaimsAreRememberedRightly(t *testing.T) {
	s := embedded(t)
	r := rand.New(rand.NewPCG(20261128, 4))
	lines := importLines(t, s)
	oneOf := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	var p, anew probing
	cases, remembered, claims := 0, 0, 0
	for range 250 {
		base := drawImports(r, lines, traders[r.IntN(len(traders))], 1)[0]
		if r.IntN(10) == 0 {
			base = Case{Goods: oneOf("7318.15.20.55", "7616.99.51.90", "8481.80.30.90"), From: "GB", To: "US", On: oneOf("2025-08-20", "2026-01-10", "2026-06-15"), Closed: true}
		}
		for range 6 {
			c := base
			c.Value = oneOf("", "0 USD", "99.99 USD", "100 USD", "150 USD", "200.01 USD", "800 USD", "800.01 USD", "2500 USD", "2501 USD", "40000 USD")
			c.Facts = map[string]string{}
			for name, value := range base.Facts {
				c.Facts[name] = value
			}
			for _, f := range [...][]string{{"transport", "vessel", "air", "rail"}, {"uk_metal", "true"}, {"us_metal", "true"}, {"postal", "true", "false"}, {"gift", "true"}, {"content.us", "0.3"}, {"donation", "false", "true"}} {
				if r.IntN(8) == 0 {
					c.Facts[f[0]] = oneOf(f[1:]...)
				}
			}
			d, err := Determine(s, c)
			if err != nil {
				continue
			}
			var got []Claim
			for range 2 {
				got = d.claims(&p)
			}
			cases++
			if d.e.planned != nil {
				remembered++
			}
			d.e.planned = nil
			want := d.claims(&anew)
			claims += len(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%+v (-anew +remembered):\n%s", c, diff)
			}
		}
	}
	if cases < 1000 || remembered < cases/2 || claims < cases {
		t.Errorf("of %d cases %d have something remembered, and %d claims: the test holds little", cases, remembered, claims)
	}
}

// TestWhatIsReadOfWhatComesClose holds that a document tells of a fact whether law near
// the case, or that comes close, reads it, as what is near the whole movement does.
func TestWhatIsReadOfWhatComesClose(t *testing.T) {
	s := embedded(t)
	r := rand.New(rand.NewPCG(20261128, 5))
	lines := importLines(t, s)
	close := 0
	for range 60 {
		d, err := Determine(s, drawImports(r, lines, traders[r.IntN(len(traders))], 1)[0])
		if err != nil {
			continue
		}
		e := &d.e
		d.whole()
		for slot := range s.Set.Env.Len() {
			near := e.legsThatRead(slot) != 0
			want := near
			for _, l := range e.legs {
				m := e.movement(&e.q.legs[l.leg], l.pack)
				m.Bare = false
				want = want || s.Near(l.pack, &m).Reads(slot, e.q.stated)
			}
			if got := e.isRead(slot); got != want {
				t.Fatalf("%+v: %s is read: %t, want %t", d.c, s.Set.Env.Fact(slot).Name, got, want)
			}
			if want && !near {
				close++
			}
		}
	}
	if close < 100 {
		t.Errorf("%d facts are read by what comes close alone: the test holds little", close)
	}
}
