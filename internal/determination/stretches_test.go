package determination

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// words are duties in words, the ordinary one aside where goods with another rate
// have the same.
func (d *Duties) words() string {
	out := fmt.Sprintf("beyond %v, open %v, additive %t", d.Beyond, d.Open, d.Additive)
	if !d.Additive {
		out += fmt.Sprintf(", total %v", d.Total)
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		out += "; " + l.Entry.ID
		if l.Entry.Base == nil {
			out += fmt.Sprintf(" %v on %v, open %t, unverified %t", l.Rate, l.Share, l.Open, l.Unverified)
		}
	}
	return out
}

// steps are the stretches of a case, in words. Each is held against the duties at
// its first instant, found without memory.
func steps(t testing.TB, w *Stretches, s *schedule.Schedule, c Case, period quantity.Period) (out []string) {
	t.Helper()
	alone := NewStretches(make([]int32, len(s.Entries())), 1)
	err := w.Walk(s, &c, period, true, func(from quantity.Instant, d *Duties, opened []Opening) {
		there, err := alone.At(s, &c, from)
		if err != nil {
			t.Fatal(err)
		}
		step := d.words()
		if diff := cmp.Diff(there.words(), step); diff != "" {
			t.Fatalf("%+v at %v (-alone +in the walk):\n%s", c, from, diff)
		}
		for _, o := range opened {
			step += "; by " + o.Measure.ID
			if o.Instrument != nil {
				step += " " + o.Instrument.ID
			}
		}
		out = append(out, fmt.Sprintf("%d: %s", from, step))
	})
	if err != nil {
		return []string{err.Error()}
	}
	return out
}

// TestStretchesKeepTheLaw holds that stretches found with the memory of other
// goods, origins and facts are those that are found without.
func TestStretchesKeepTheLaw(t *testing.T) {
	s := embedded(t)
	lines := importLines(t, s)
	programmes := make([]int32, len(s.Entries()))
	period := quantity.Period{From: quantity.NewDate(2018, 1, 1).Start(s.Zone("US")), Until: quantity.MaxInstant}
	r := rand.New(rand.NewPCG(20180101, 5))
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	reused := NewStretches(programmes, 1)
	kept, alike := 0, 0
	histories := map[string][]string{}
	for range 150 {
		code, on := lines[r.IntN(len(lines))].Code, "2025-06-15"
		switch r.IntN(4) {
		case 0:
			code = nomenclature.Code(pick("7320201000", "7318152061", "8708295160", "8703230190", "6110202079", "7616995190"))
		case 1: // lists tell apart what is below, at times
			code, on = nomenclature.Code(pick("73202010", "84818030", "87082950", string(code[:min(8, len(code))]))), "2018-03-01"
		}
		known, closed, facts := pick("2026-08-21", "2026-08-21", "2025-04-08"), r.IntN(3) > 0, map[string]string{}
		if r.IntN(2) == 0 {
			facts[pick("content.steel", "content.aluminium", "content.us")] = pick("0", "0.25", "1")
		}
		for _, n := range r.Perm(len(traders))[:2] { // as panels ask
			c := Case{Goods: string(code), From: traders[n], To: "US", On: on, Known: known, Only: "import", Closed: closed, Facts: facts}
			want := steps(t, NewStretches(programmes, 1), s, c, period)
			if diff := cmp.Diff(want, steps(t, reused, s, c, period)); diff != "" {
				t.Fatalf("%+v (-alone +among others):\n%s", c, diff)
			}
			key, ok, err := reused.AppendHistory(nil, s, &c, period)
			if !ok || err != nil {
				continue
			}
			course, last, additive := []string{}, "", true
			if err := reused.Walk(s, &c, period, false, func(from quantity.Instant, d *Duties, opened []Opening) {
				additive = additive && d.Additive
				if d.words() == last {
					return // a cut of other goods
				}
				last = d.words()
				course = append(course, fmt.Sprintf("%d: %s", from, last))
				for _, o := range opened {
					course = append(course, fmt.Sprintf("by %s %p", o.Measure.ID, o.Instrument))
				}
			}); err != nil || !additive {
				continue
			}
			history := fmt.Sprintf("%s %t %s", known, closed, key)
			if as, ok := histories[history]; ok {
				alike++
				if diff := cmp.Diff(as, course); diff != "" {
					t.Fatalf("%+v (-another of the history +this one):\n%s", c, diff)
				}
			}
			histories[history] = course
		}
		kept = max(kept, len(reused.kept))
	}
	if kept < 60 || alike < 20 {
		t.Errorf("%d duties were kept, %d cases had the history of another: the test holds little", kept, alike)
	}
}
