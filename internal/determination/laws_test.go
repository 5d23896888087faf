package determination_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
)

func canonicalJSON(t *rapid.T, doc *determination.Document) []byte {
	t.Helper()
	b, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSameBytes holds that an answer depends on the schedule and the case alone:
// asked twice, asked after other cases in the same memory, and asked again from
// its own echo, it is the same bytes.
func TestSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{less: rapid.Bool().Draw(t, "less"), closedOff: rapid.IntRange(0, 3).Draw(t, "closed") == 3}
		m := drawModel(t, shape)
		fsys := m.files()
		s := compile(t, fsys, "imp", "exp")
		var reused determination.Determination
		var cases []*mcase
		var first [][]byte
		for range 3 {
			c := drawCase(t, m, shape, true)
			cases, first = append(cases, c), append(first, canonicalJSON(t, answer(t, s, c)))
		}
		again := compile(t, fsys, "imp", "exp")
		for i, c := range slices.Concat(cases, cases) {
			want := first[i%len(first)]
			if diff := cmp.Diff(string(want), string(canonicalJSON(t, answer(t, again, c)))); diff != "" {
				t.Fatalf("another schedule of the same packs (-first +again):\n%s\n%s", diff, describe(m, c))
			}
			in := c.asked()
			if err := reused.Determine(s, &in); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(canonicalJSON(t, reused.Document()))); diff != "" {
				t.Fatalf("in used memory (-first +again):\n%s\n%s", diff, describe(m, c))
			}
			var doc determination.Document
			if err := json.Unmarshal(want, &doc); err != nil {
				t.Fatal(err)
			}
			echo, err := json.Marshal(doc.Case)
			if err != nil {
				t.Fatal(err)
			}
			back, err := determination.ParseCase(echo, "echo.json")
			if err != nil {
				t.Fatalf("the echo is no case: %v\n%s", err, echo)
			}
			d, err := determination.Determine(s, back)
			if err != nil {
				t.Fatalf("the echo has faults: %v\n%s", err, echo)
			}
			if diff := cmp.Diff(string(want), string(canonicalJSON(t, d.Document()))); diff != "" {
				t.Fatalf("from its echo (-first +again):\n%s\n%s", diff, describe(m, c))
			}
			sealed := doc
			if err := sealed.Seal(); err != nil {
				t.Fatal(err)
			}
			if sealed.Digest != doc.Digest {
				t.Fatalf("sealed again: %s, was %s", sealed.Digest, doc.Digest)
			}
		}
	})
}

// TestAnotherDuty holds that a duty which no relation, exemption or replacement
// names never lowers the total, rounding aside.
func TestAnotherDuty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{less: rapid.Bool().Draw(t, "less")}
		m := drawModel(t, shape)
		c := drawCase(t, m, shape, true)
		before := answer(t, compile(t, m.files(), "imp", "exp"), c)
		d := &drawer{t: t, m: m, shape: shape}
		added := &mmeasure{id: "m.99", kind: "duty", pack: "imp", leg: "into", territory: []string{"US"}, origin: d.places(), on: pick(d, "", "steel"), acts: d.acts(true)}
		if d.odds(2) {
			added.goods = []string{pick(d, slices.Concat(eightDigits, tenDigits)...)}
		}
		m.measures = append(m.measures, added)
		after := answer(t, compile(t, m.files(), "imp", "exp"), c)
		if before.Duty == nil || before.Duty.Least.Amount == nil {
			return
		}
		// A duty on an open share has the others rounded away from the range.
		slack := big.NewRat(int64(len(m.measures)+1), 100)
		falls := func(from, to string) bool { return new(big.Rat).Add(rat(to), slack).Cmp(rat(from)) < 0 }
		if falls(*before.Duty.Least.Amount, *after.Duty.Least.Amount) {
			t.Fatalf("the least falls from %s to %s\n%s", *before.Duty.Least.Amount, *after.Duty.Least.Amount, describe(m, c))
		}
		switch {
		case after.Duty.Most.Amount == nil:
		case before.Duty.Most.Amount == nil:
			t.Fatalf("the most was not known, and becomes %s\n%s", *after.Duty.Most.Amount, describe(m, c))
		case falls(*before.Duty.Most.Amount, *after.Duty.Most.Amount):
			t.Fatalf("the most falls from %s to %s\n%s", *before.Duty.Most.Amount, *after.Duty.Most.Amount, describe(m, c))
		}
	})
}

// TestKnowledge holds that an answer as known on a day does not change when acts,
// rows and relations are added that were announced later.
func TestKnowledge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := shapeOf{steady: true}
		m := drawModel(t, shape)
		// The day before the last two instruments, which the pack may name already:
		// what they did is not known either way.
		later := len(m.instruments)
		m.instruments = append(m.instruments, 60, 61)
		c := drawCase(t, m, shape, true)
		c.known = 59
		before := answer(t, compile(t, m.files(), "imp", "exp"), c)
		text := describe(m, c)
		d := &drawer{t: t, m: m, shape: shape}
		var log []string
		for _, x := range m.measures {
			if !d.odds(2) {
				continue
			}
			for _, a := range d.acts(x.isDuty()) {
				if a.effect.kind == "stay" {
					continue
				}
				a.by = later + d.n(1)
				x.acts = append(x.acts, a)
				log = append(log, x.id+": "+a.yaml())
			}
		}
		for _, l := range m.goods {
			if d.odds(2) {
				r := d.row()
				r.by, r.endedBy = later, -1
				l.rows = append(l.rows, r)
			}
		}
		// What runs on now is ended later.
		for i := range m.relations {
			if r := &m.relations[i]; r.run.until == never && d.odds(3) {
				r.run.until, r.endedBy = 80, later+1
			}
		}
		for i, x := range m.measures {
			for _, y := range m.measures[i+1:] {
				if x.isDuty() && y.isDuty() && x.inLieuOf == nil && d.odds(4) {
					m.relations = append(m.relations, mrelation{measure: x.id, with: y.id, run: span{-20, never}, by: later, endedBy: -1})
				}
			}
		}
		for _, l := range m.items {
			l.rows = append(l.rows, mitem{item: "LATER", run: span{ever, never}, by: later})
		}
		after := answer(t, compile(t, m.files(), "imp", "exp"), c)
		before.Schedule, after.Schedule = determination.ScheduleRef{}, determination.ScheduleRef{}
		var a, b bytes.Buffer
		encode(t, &a, before)
		encode(t, &b, after)
		if diff := cmp.Diff(a.String(), b.String()); diff != "" {
			t.Fatalf("what was announced later changes the answer (-before +after):\n%s\nadded %s\n%s", diff, fmt.Sprint(log), text)
		}
	})
}

func encode(t *rapid.T, b *bytes.Buffer, doc *determination.Document) {
	e := json.NewEncoder(b)
	e.SetIndent("", " ")
	if err := e.Encode(doc); err != nil {
		t.Fatal(err)
	}
}
