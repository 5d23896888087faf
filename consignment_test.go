package navicert_test

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
)

// TestConsignment holds that the totals of an entry are the sums of its lines to
// the cent, that what is counted once is divided without rest, that one line alone
// is answered as the plain case is, and that a sealed answer can be replayed.
func TestConsignment(t *testing.T) {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		t.Fatal(err)
	}
	goods := []string{"9403.60.80.40", "7318.15.20.61", "6205.20.20.16", "9503.00.00"}
	facts := []map[string]string{nil, {"transport": "air"}, {"transport": "unknown"}, {"chapter_98": "9802.00.80", "dutiable_share": "0.37"}, {"chapter_98": "9802.00.60"}, {"content.steel": "0.3"},
		{"informal_entry": "true"}, {"postal": "true"}, {"postal": "true", "postal_duty": "per-item"}}
	rapid.Check(t, func(t *rapid.T) {
		c := navicert.Consignment{Case: navicert.Case{
			From: rapid.SampledFrom([]string{"CN", "MX"}).Draw(t, "from"), To: "US", Only: "import",
			On:     rapid.SampledFrom([]string{"2025-03-15", "2025-06-16", "2025-09-05", "2026-03-02", "2026-11-20"}).Draw(t, "on"),
			Closed: rapid.Bool().Draw(t, "closed"),
			Facts:  rapid.SampledFrom(facts).Draw(t, "common"),
		}}
		for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
			cents := rapid.IntRange(1, 30_000_000).Draw(t, "cents")
			if rapid.Bool().Draw(t, "small") {
				cents %= 40000
			}
			l := navicert.Case{
				Reference: fmt.Sprint("line ", i+1), Goods: rapid.SampledFrom(goods).Draw(t, "goods"),
				Value: fmt.Sprintf("%d.%02d USD", cents/100, cents%100),
			}
			l.Origin = rapid.SampledFrom([]string{"", "VN", "IL"}).Draw(t, "origin")
			if rapid.IntRange(0, 3).Draw(t, "own") == 0 {
				l.Facts = rapid.SampledFrom(facts).Draw(t, "facts")
			}
			c.Lines = append(c.Lines, l)
		}
		d, err := eng.DetermineEntry(c)
		if err != nil {
			t.Fatal(err)
		}
		doc := d.Document()
		duty, fees, due, byMeasure := ends{}, ends{}, ends{}, map[string]*ends{}
		for _, l := range doc.Lines {
			duty.add(l.Answer.Duty)
			fees.add(l.Answer.Fees)
			due.add(l.Answer.Due)
		}
		duty.same(t, "duty", doc.Duty)
		fees.same(t, "fees", doc.Fees)
		due.same(t, "due", doc.Due)
		for _, m := range doc.Measures {
			byMeasure[m.Measure] = &ends{}
			for _, s := range m.Shares {
				byMeasure[m.Measure].add(s.Duty)
			}
			byMeasure[m.Measure].same(t, m.Measure, m.Duty)
		}
		if len(c.Lines) == 1 {
			plain := c.Case
			l := c.Lines[0]
			plain.Goods, plain.Value = l.Goods, l.Value
			if l.Origin != "" {
				plain.Origin = l.Origin
			}
			plain.Facts = map[string]string{}
			for _, f := range []map[string]string{c.Facts, l.Facts} {
				for name, value := range f {
					plain.Facts[name] = value
				}
			}
			one, err := eng.Determine(plain)
			if err != nil {
				t.Fatal(err)
			}
			want := one.Document()
			for _, x := range []struct {
				name      string
				got, want *determination.DutyRange
			}{{"duty", doc.Duty, want.Duty}, {"fees", doc.Fees, want.Fees}, {"due", doc.Due, want.Due}} {
				e := ends{}
				e.add(x.want)
				e.same(t, "the case alone: "+x.name, x.got)
			}
		}
		kept, err := doc.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := eng.Verify(kept); err != nil {
			t.Fatal(err)
		}
	})
}

// ends are sums of the two ends of ranges; a most that is not known leaves that of
// the sum unknown.
type ends struct {
	least, most big.Rat
	unknown     bool
}

func (e *ends) add(d *determination.DutyRange) {
	if d == nil || d.Least.Amount == nil {
		e.unknown = true
		return
	}
	x, _ := new(big.Rat).SetString(*d.Least.Amount)
	e.least.Add(&e.least, x)
	if d.Most.Amount == nil {
		e.unknown = true
		return
	}
	x, _ = new(big.Rat).SetString(*d.Most.Amount)
	e.most.Add(&e.most, x)
}

func (e *ends) same(t *rapid.T, what string, d *determination.DutyRange) {
	t.Helper()
	if d == nil {
		t.Fatalf("%s: nothing", what)
	}
	if d.Least.Amount != nil {
		if x, _ := new(big.Rat).SetString(*d.Least.Amount); x.Cmp(&e.least) != 0 {
			t.Fatalf("%s: least %s, and the lines come to %s", what, *d.Least.Amount, e.least.FloatString(2))
		}
	}
	if (d.Most.Amount == nil) != e.unknown {
		t.Fatalf("%s: most unknown is %v, of the lines %v", what, d.Most.Amount == nil, e.unknown)
	}
	if d.Most.Amount != nil {
		if x, _ := new(big.Rat).SetString(*d.Most.Amount); x.Cmp(&e.most) != 0 {
			t.Fatalf("%s: most %s, and the lines come to %s", what, *d.Most.Amount, e.most.FloatString(2))
		}
	}
}

// TestLessened holds that a duty on a part of the value lies within the range of
// what an unknown part leaves open, and that the ends of the range are reached.
func TestLessened(t *testing.T) {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(facts map[string]string, closed bool) *navicert.Document {
		facts["preference"] = "absent"
		d, err := eng.Determine(navicert.Case{Goods: "7318.15.20.61", From: "CN", To: "US", On: "2025-06-16", Value: "9999.99 USD", Only: "import", Facts: facts, Closed: closed})
		if err != nil {
			t.Fatal(err)
		}
		return d.Document()
	}
	rat := func(s *string) *big.Rat {
		x, _ := new(big.Rat).SetString(*s)
		return x
	}
	cent := big.NewRat(1, 100)
	for _, provision := range []string{"9802.00.50", "9802.00.60", "9802.00.80"} {
		open := ask(map[string]string{"chapter_98": provision}, false)
		least, most := rat(open.Duty.Least.Amount), rat(open.Duty.Most.Amount)
		low, high := new(big.Rat).SetInt64(1<<40), new(big.Rat)
		for _, share := range []string{"0", "0.001", "0.37", "1"} {
			for _, steel := range []string{"0", "0.25", "0.8", "1"} {
				d := rat(ask(map[string]string{"chapter_98": provision, "dutiable_share": share, "content.steel": steel}, true).Duty.Least.Amount)
				if d.Cmp(least) < 0 || d.Cmp(most) > 0 {
					t.Errorf("%s of %s, steel %s: %s is not within %s and %s", provision, share, steel, d.FloatString(2), least.FloatString(2), most.FloatString(2))
				}
				if d.Cmp(low) < 0 {
					low = d
				}
				if d.Cmp(high) > 0 {
					high = d
				}
			}
		}
		if new(big.Rat).Sub(low, least).Cmp(cent) > 0 || new(big.Rat).Sub(most, high).Cmp(new(big.Rat).Mul(cent, big.NewRat(4, 1))) > 0 {
			t.Errorf("%s: %s to %s, and the completions come to %s to %s", provision, least.FloatString(2), most.FloatString(2), low.FloatString(2), high.FloatString(2))
		}
	}
}
