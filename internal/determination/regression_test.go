package determination_test

import (
	"slices"
	"testing"

	"github.com/navicert/navicert/internal/determination"
)

// TestYieldsToTwoOnTheWhole holds that the second of two duties on the whole takes
// all, though the first stands on less.
func TestYieldsToTwoOnTheWhole(t *testing.T) {
	m := plainModel(newDuty("m.00"), newDuty("m.01"), newDuty("m.02"), newDuty("m.03", func(x *mmeasure) { x.on = "steel" }))
	m.relations = []mrelation{yields("m.00", "m.01"), yields("m.00", "m.02"), yields("m.01", "m.03")}
	doc := ask(t, m.compile(t), plainCase("1101010010", "content.steel", "0.3"))
	if got, want := amounts(doc), "b.one 250.00, m.01 700.00, m.02 1000.00, m.03 300.00, total 2250.00"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestContentClaim holds that a claim on which a portion rests is offered.
func TestContentClaim(t *testing.T) {
	m := plainModel(newDuty("m.00", func(x *mmeasure) { x.on = "non-us" }))
	doc := ask(t, m.compile(t), plainCase("1101010010"))
	if !slices.ContainsFunc(doc.Claims, func(c determination.Claim) bool { return c.Fact == "content.us" }) {
		t.Errorf("content.us is not offered: %+v", doc.Claims)
	}
}

// TestChangesOfGroups holds that the day is told on which a group gains a member.
func TestChangesOfGroups(t *testing.T) {
	m := plainModel(newDuty("m.00", func(x *mmeasure) { x.origin = []string{"VARYING"} }))
	m.varying = append(m.varying, struct {
		country string
		run     span
	}{"CN", span{40, never}})
	doc := ask(t, m.compile(t), plainCase("1101010010"))
	if len(doc.Changes) != 1 || doc.Changes[0].On != "2025-02-10T00:00-05:00" {
		t.Errorf("changes: %+v", doc.Changes)
	}
}

// TestChangesUnderResumption holds that the day is told on which a measure comes to
// another rate by an act that came before the one which resumed it.
func TestChangesUnderResumption(t *testing.T) {
	m := plainModel(newDuty("m.00", func(x *mmeasure) {
		x.acts = append(x.acts,
			mact{by: 1, run: span{40, never}, effect: meffect{kind: "applies", rate: percentRate("25")}},
			mact{by: 2, run: span{-10, never}, effect: meffect{kind: "resume"}})
	}))
	s := m.compile(t)
	for range 2 { // it is the same out of memory
		doc := ask(t, s, plainCase("1101010010"))
		if len(doc.Changes) != 1 || doc.Changes[0].On != "2025-02-10T00:00-05:00" || doc.Changes[0].What[0] != "Measure m.00: 10% → 25% (Order 2)" {
			t.Errorf("changes: %+v", doc.Changes)
		}
	}
}

// TestChangesOfRelations holds that the day is told on which a duty no longer yields to
// another.
func TestChangesOfRelations(t *testing.T) {
	m := plainModel(newDuty("m.00"), newDuty("m.01"))
	m.relations = []mrelation{{measure: "m.00", with: "m.01", run: span{ever, 40}, endedBy: 1}}
	s := m.compile(t)
	for range 2 { // it is the same out of memory
		doc := ask(t, s, plainCase("1101010010"))
		if len(doc.Changes) != 1 || doc.Changes[0].On != "2025-02-10T00:00-05:00" {
			t.Errorf("changes: %+v", doc.Changes)
		}
	}
}
