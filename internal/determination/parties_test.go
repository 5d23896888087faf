package determination_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/schedule"
)

// partyPack is a pack of export law over the lists l.0 to l.3. Party P5 is on
// the lists of the bits of 5, and so on; Q is on l.0 by April 2025 at the latest.
func partyPack(measures, lanes string) fstest.MapFS {
	files := map[string]string{
		"pack.yaml": `id: exp
title: Law of export
jurisdiction: CN
zone: Asia/Shanghai
begins: 2018-01-01
known-through: 2026-01-01
depends-on: []
licence: CC0-1.0
`,
		"instruments.yaml": "instruments:\n- {id: i0, kind: order, title: Order 0, citation: Order 0, date: 2020-01-01}\n",
		"facts.yaml": `facts:
- {name: buyer, type: party, question: Who buys?, where: The contract.}
- {name: user, type: party, question: Who uses?, where: The contract.}
- {name: civil, type: bool, question: Is it civil?, where: The contract.}
`,
		"measures/all.yaml": "programme: {id: p.p, title: A programme}\nmeasures:\n" + measures,
	}
	if lanes != "" {
		files["lanes.yaml"] = "lanes:\n" + lanes
	}
	for l := range 4 {
		var b strings.Builder
		b.WriteString("name,announced,from,since,by\n")
		for p := range 16 {
			if p>>l&1 != 0 {
				fmt.Fprintf(&b, "P%d,,,,i0\n", p)
			}
		}
		if l == 0 {
			b.WriteString("Q,2025-04-01,2025-04-01,unknown,i0\n")
		}
		files[fmt.Sprintf("lists/l.%d.csv", l)] = b.String()
	}
	out := fstest.MapFS{}
	for name, text := range files {
		out["exp/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func askParties(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *schedule.Schedule, on string, facts map[string]string) *determination.Document {
	t.Helper()
	d, err := determination.Determine(s, determination.Case{From: "CN", To: "US", On: on, Facts: facts, Only: "export"})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return d.Document()
}

// TestUnknownParties: whoever the parties turn out to be lies within the range,
// and somebody is at each end of it, though not every combination of lists is
// gone through.
func TestUnknownParties(t *testing.T) {
	rank := map[determination.Outcome]int{determination.Free: 0, determination.LicenceRequired: 1, determination.Prohibited: 2}
	rapid.Check(t, func(t *rapid.T) {
		atom := func() string {
			if rapid.IntRange(0, 4).Draw(t, "civil") == 0 {
				return "civil"
			}
			return fmt.Sprintf("listed(%s, \"l.%d\")", rapid.SampledFrom([]string{"buyer", "user"}).Draw(t, "fact"), rapid.IntRange(0, 3).Draw(t, "list"))
		}
		var condition func(depth int) string
		condition = func(depth int) string {
			switch n := rapid.IntRange(0, 5).Draw(t, "join"); {
			case depth == 0 || n < 2:
				return atom()
			case n == 2:
				return "!(" + condition(depth-1) + ")"
			case n == 3:
				return "(" + condition(depth-1) + " && " + condition(depth-1) + ")"
			default:
				return "(" + condition(depth-1) + " || " + condition(depth-1) + ")"
			}
		}
		var measures strings.Builder
		ids := []string{}
		for i := range rapid.IntRange(1, 4).Draw(t, "measures") {
			kind := rapid.SampledFrom([]string{"licence", "prohibition"}).Draw(t, "kind")
			ids = append(ids, fmt.Sprintf("m.%d", i))
			fmt.Fprintf(&measures, "- {id: m.%d, kind: %s, title: M, authority: A, scope: {out-of: [CN]}, when: '%s', acts: [{by: i0, from: 2020-01-01, applies: true}]}\n", i, kind, condition(2))
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "exemptions") {
			fmt.Fprintf(&measures, "- {id: x.%d, kind: exemption, title: X, scope: {out-of: [CN]}, exempts: [%s], when: '%s', acts: [{by: i0, from: 2020-01-01, applies: true}]}\n",
				i, rapid.SampledFrom(ids).Draw(t, "exempt"), condition(2))
		}
		s := compile(t, partyPack(measures.String(), ""), "exp")
		open := askParties(t, s, "2025-06-15", nil)
		best, worst := 2, 0
		for buyer := range 16 {
			for user := range 16 {
				for _, civil := range []string{"true", "false"} {
					doc := askParties(t, s, "2025-06-15", map[string]string{"buyer": fmt.Sprintf("P%d", buyer), "user": fmt.Sprintf("P%d", user), "civil": civil})
					best, worst = min(best, rank[doc.Outcome]), max(worst, rank[doc.Outcome])
				}
			}
		}
		leg := open.Legs[0]
		if !open.Exact || rank[leg.Best] != best || rank[leg.Worst] != worst {
			t.Fatalf("%s\nrange %s to %s, exact %v; completions %d to %d", measures.String(), leg.Best, leg.Worst, open.Exact, best, worst)
		}
	})
}

// A party of which the list says only by which day it was listed is neither
// listed nor not listed before.
func TestListedByADayAtTheLatest(t *testing.T) {
	s := compile(t, partyPack(`- {id: m.ban, kind: prohibition, title: Ban, authority: A, scope: {out-of: [CN]}, when: 'listed(buyer, "l.0")', acts: [{by: i0, from: 2020-01-01, applies: true}]}
`, ""), "exp")
	for _, tt := range []struct {
		on, buyer string
		want      determination.Outcome
	}{
		{"2025-06-15", "Q", determination.Prohibited},
		{"2025-03-31", "Q", determination.Refer},
		{"2025-03-31", "P1", determination.Prohibited},
		{"2025-03-31", "P2", determination.Free},
		{"2019-12-31", "Q", determination.Free},
	} {
		doc := askParties(t, s, tt.on, map[string]string{"buyer": tt.buyer})
		if doc.Outcome != tt.want {
			t.Errorf("%s on %s: %s, want %s", tt.buyer, tt.on, doc.Outcome, tt.want)
		}
		if len(doc.Questions) != 0 {
			t.Errorf("%s on %s: asked %v, and no fact is open", tt.buyer, tt.on, doc.Questions)
		}
		if tt.want == determination.Prohibited {
			listed := tt.buyer + " is on the list l.0"
			if tt.buyer == "Q" {
				listed += " by 2025-04-01"
			}
			if !slices.Contains(doc.Notes, listed+" (Order 0).") {
				t.Errorf("%s on %s: the notes are %q", tt.buyer, tt.on, doc.Notes)
			}
		}
		const note = "Whether Q was on the list l.0 on the day is not known: it was by 2025-04-01 at the latest (Order 0)."
		if got := slices.Contains(doc.Notes, note); got != (tt.want == determination.Refer) {
			t.Errorf("%s on %s: the notes are %q", tt.buyer, tt.on, doc.Notes)
		}
	}
}

// A party that is not known may be on any of a dozen lists, and the answer is
// still exact.
func TestManyLists(t *testing.T) {
	files := partyPack("", "")
	var measures strings.Builder
	for l := range 14 {
		id := fmt.Sprintf("n.%d", l)
		files["exp/lists/"+id+".csv"] = &fstest.MapFile{Data: []byte("name,by\nSomebody,i0\n")}
		fmt.Fprintf(&measures, "- {id: m.%d, kind: licence, title: M, authority: A, scope: {out-of: [CN]}, when: 'listed(buyer, \"%s\") || listed(user, \"%s\")', acts: [{by: i0, from: 2020-01-01, applies: true}]}\n", l, id, id)
	}
	files["exp/measures/all.yaml"].Data = []byte("programme: {id: p.p, title: A programme}\nmeasures:\n" + measures.String())
	doc := askParties(t, compile(t, files, "exp"), "2025-06-15", nil)
	if leg := doc.Legs[0]; !doc.Exact || leg.Best != determination.Free || leg.Worst != determination.LicenceRequired || len(doc.Questions) != 2 {
		t.Errorf("exact %v, %s to %s, %d questions", doc.Exact, leg.Best, leg.Worst, len(doc.Questions))
	}
}
