package rulepack

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// goodScenario does of each thing one.
const goodScenario = `title: All at once
note: What a scenario can do.
instruments:
- {id: supposed, title: Something is done, date: 2025-06-01}
- {id: cited, title: Something else is done, citation: EO 99, date: 2025-06-10, url: "https://example.org", note: As spoken of.}
acts:
- {measures: ["us.steel", "us.co*"], by: supposed, from: 2025-06-05, rate: 50%}
- {measures: [us.list], by: cited, from: 2025-06-11, stay: eo-2}
- {measures: [cn.ann-18], by: supposed, announced: 2025-06-02, from: 2025-06-05, suspend: true, until: 2025-12-01, then: resume}
law:
- pack: dexter
  programme: {id: us.new, title: A new programme}
  measures:
  - id: us.new
    kind: duty
    title: A new duty
    scope: {into: [US], origin: [CN], goods: [us.list]}
    when: content.steel > 0.5
    acts:
    - {by: supposed, from: "2025-07-01T00:01-04:00", rate: 7%}
  relations:
  - {measures: [us.new], adds-to: ["us.*"], by: supposed, from: 2025-07-01}
rows:
- {list: us.list, code: 8505.19, except: [8505.19.00], from: 2025-07-01, by: supposed, note: added}
- {list: cn.parties, name: Bad Goods, country: US, aliases: [Bad], from: 2025-07-01, by: cited}
`

// TestScenario holds what a scenario lays over the packs, and that the packs
// themselves stay as they were.
func TestScenario(t *testing.T) {
	set := mustRead(t, goodPacks(t))
	was := mustRead(t, goodPacks(t))
	got, problems := set.With("s.yaml", []byte(goodScenario))
	wantProblems(t, problems)
	if diff := cmp.Diff(was, set, equalSets); diff != "" {
		t.Errorf("the packs were changed (-was +now):\n%s", diff)
	}
	if len(set.Scenarios) != 0 || len(got.Scenarios) != 1 {
		t.Fatalf("%d and %d scenarios", len(set.Scenarios), len(got.Scenarios))
	}
	sc := got.Scenarios[0]
	if sc.Title != "All at once" || sc.File != "s.yaml" || sc.Digest != sha256.Sum256([]byte(goodScenario)) || len(sc.Instruments) != 2 {
		t.Errorf("the scenario is %+v", sc)
	}
	for i, want := range []string{"Something is done (hypothetical)", "EO 99 (hypothetical)"} {
		if in := sc.Instruments[i]; in.Citation != want || in.Standing != measure.Hypothetical || in.Confidence != measure.Supposed {
			t.Errorf("instrument %d is %+v", i, in)
		}
	}
	acts := func(s *Set, id string) int { return len(s.Measures[id].Acts) }
	for _, id := range []string{"us.steel", "us.copper", "us.list", "cn.ann-18"} {
		if acts(got, id) != acts(set, id)+1 {
			t.Errorf("%s has %d acts, and had %d", id, acts(got, id), acts(set, id))
		}
		for _, a := range got.Measures[id].Acts {
			if (a.Standing == measure.Hypothetical) != (a.By == sc.Instruments[0] || a.By == sc.Instruments[1]) {
				t.Errorf("%s: the act by %s is %s", id, a.By.ID, a.Standing)
			}
		}
	}
	state := func(s *Set, id, on, known string) string {
		st := s.Measures[id].Acts.At(instant(t, on), day(t, known))
		rate := ""
		if st.Rate != nil {
			rate = " " + st.Rate.String()
		}
		return st.Kind.String() + rate
	}
	for _, x := range []struct{ id, on, known, want string }{
		{"us.steel", "2025-06-10T00:00-04:00", "2025-06-01", "in force 50%"},
		{"us.steel", "2025-06-10T00:00-04:00", "2025-05-31", "suspended total 15%"}, // not announced yet
		{"us.list", "2025-06-12T00:00-04:00", "2025-06-10", "in force 10%"},
		{"us.list", "2025-06-12T00:00-04:00", "2025-06-09", "in force 5%"},
		{"cn.ann-18", "2025-06-06T00:00+08:00", "2025-06-02", "suspended"},
		{"cn.ann-18", "2025-06-06T00:00+08:00", "2025-06-01", "in force"},
		{"us.new", "2025-07-02T00:00-04:00", "2025-06-01", "in force 7%"},
	} {
		if s := state(got, x.id, x.on, x.known); s != x.want {
			t.Errorf("%s on %s as known on %s is %s, not %s", x.id, x.on, x.known, s, x.want)
		}
	}
	if m := got.Measures["us.new"]; m.Pack != "dexter" || m.Programme != "A new programme" || m.When == nil {
		t.Errorf("the new measure is %+v", m)
	}
	if n, m := len(got.GoodsLists["us.list"].Rows), len(set.GoodsLists["us.list"].Rows); n != m+1 {
		t.Errorf("the list has %d rows, and had %d", n, m)
	}
	for _, s := range []*Set{got, set} {
		for _, p := range s.Packs {
			for id, l := range p.GoodsLists {
				if s.GoodsLists[id] != l {
					t.Errorf("the pack %s has a list %s of its own", p.ID, id)
				}
			}
		}
	}
	if bad := Check(got).Faults(); len(bad) > 0 {
		t.Errorf("the check finds faults:\n%v", bad)
	}
}

// TestScenarioEndsRows holds that a row ends only as known after the scenario.
func TestScenarioEndsRows(t *testing.T) {
	set := mustRead(t, goodPacks(t))
	row := &set.GoodsLists["us.list"].Rows[0]
	text := head + "rows:\n- {list: us.list, code: \"" + string(row.Code) + "\", ends: 2025-07-01, by: s}\n"
	got, problems := set.With("s.yaml", []byte(text))
	wantProblems(t, problems)
	now := got.GoodsLists["us.list"].Rows[0]
	if now.EndedBy == nil || now.EndedBy.ID != "s" || now.Period.Until != instant(t, "2025-07-01T00:00-04:00") {
		t.Errorf("the row is %+v", now)
	}
	if row.EndedBy != nil || row.Period.Until != quantity.MaxInstant {
		t.Errorf("the row of the pack is %+v", row)
	}
}

// TestScenariosStack holds that a second scenario finds what the first one laid.
func TestScenariosStack(t *testing.T) {
	set := mustRead(t, goodPacks(t))
	one, problems := set.With("1.yaml", []byte(goodScenario))
	wantProblems(t, problems)
	two, problems := one.With("2.yaml", []byte(head+"acts:\n- {measures: [us.new], by: s, void: true}\n- {measures: [us.list], by: s, from: 2025-07-01, stay: cited}\n"))
	wantProblems(t, problems)
	if len(two.Scenarios) != 2 || len(one.Scenarios) != 1 {
		t.Fatalf("%d and %d scenarios", len(two.Scenarios), len(one.Scenarios))
	}
	if k := two.Measures["us.new"].Acts.At(instant(t, "2025-07-02T00:00-04:00"), day(t, "2025-07-01")).Kind; k != measure.Ended {
		t.Errorf("the new duty is %s", k)
	}
	_, problems = one.With("1.yaml", []byte(goodScenario))
	if len(problems.Faults()) == 0 {
		t.Error("a scenario can be laid over itself")
	}
}

const head = "title: T\ninstruments:\n- {id: s, title: S, date: 2025-06-01}\n"

// TestScenarioFaults holds what is said of bad scenarios: everything, at once.
func TestScenarioFaults(t *testing.T) {
	set := mustRead(t, goodPacks(t))
	for _, x := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"s.yaml:1:1: the file is empty"}},
		{"no mapping", "- a\n", []string{"s.yaml:1:1: the scenario must be a mapping, not a list (its keys are title, note, instruments, acts, law, rows)"}},
		{"no YAML", "title: {\n", []string{"s.yaml:1:9: not readable as YAML: …"}},
		{"not text", "title: \xff\n", []string{"s.yaml:1:8: the file is not UTF-8 text here …"}},
		{"nothing needed", "note: N\n", []string{`s.yaml:1:1: the scenario needs the key "instruments"`, `s.yaml:1:1: the scenario needs the key "title"`}},
		{"unknown key", head + "act: []\n", []string{`s.yaml:4:1: the scenario has no key "act" (did you mean "acts"?)`}},
		{"standing", "title: T\ninstruments:\n- {id: s, title: S, date: 2025-06-01, standing: enacted}\n", []string{
			`s.yaml:3:39: an instrument has no key "standing" (its keys are id, title, date, citation, url, note)`,
		}},
		{"instruments of packs and twice", "title: T\ninstruments:\n- {id: eo-1, title: S, date: 2025-06-01}\n- {id: s, title: S, date: 2025-06-01}\n- {id: s, title: S, date: 2025-06-01}\n", []string{
			`s.yaml:3:8: there is an instrument "eo-1" already, in the pack dexter (give what is supposed an id of its own)`,
			`s.yaml:5:8: there is an instrument "s" already, in the scenario (give what is supposed an id of its own)`,
		}},
		{"bad date and address", "title: T\ninstruments:\n- {id: s, title: S, date: 2025-13-01, url: example.org}\n", []string{
			"s.yaml:3:27: …", `s.yaml:3:44: "example.org" is not the address of a page (begin it with https://)`,
		}},
		{"by law", head + "acts:\n- {measures: [us.list], by: eo-1, from: 2025-06-02, end: true}\n", []string{
			"s.yaml:5:29: eo-1 is law, and did not do what is supposed here (declare it under instruments: what is supposed is done by an instrument of the scenario)",
		}},
		{"by nobody", head + "acts:\n- {measures: [us.list], by: ss, from: 2025-06-02, end: true}\n", []string{
			`s.yaml:5:29: there is no instrument "ss" (did you mean "s"?)`,
		}},
		{"act of nothing", head + "acts:\n- {measures: [us.lits], by: s, from: 2025-06-02}\n", []string{
			"s.yaml:5:3: the act has no effect (add one of rate, applies, suspend, resume, end, void, stay, unknown)",
			`s.yaml:5:15: "us.lits" matches no measure (did you mean "us.list"?)`,
		}},
		{"ordinary duty", head + "acts:\n- {measures: [us.column-1], by: s, from: 2025-06-02, end: true}\n", []string{
			`s.yaml:5:15: "us.column-1" matches an ordinary duty alone, on which no act is laid (suppose a duty in lieu of it under law)`,
		}},
		{"rate for a licence", head + "acts:\n- {measures: [\"*\"], by: s, from: 2025-06-02, rate: 5%}\n", []string{
			"s.yaml:5:46: a licence has no rate (write applies: true)", "s.yaml:5:46: a prohibition has no rate (write applies: true)", "s.yaml:5:46: an exemption has no rate (write applies: true)",
		}},
		{"nothing to stay", head + "acts:\n- {measures: [us.list], by: s, from: 2025-06-02, stay: hts}\n- {measures: [us.list], by: s, from: 2025-06-02, stay: hst}\n", []string{
			"s.yaml:5:56: hts did nothing to these measures that could be stayed (name the instrument of one of their acts)",
			`s.yaml:6:56: there is no instrument "hst" (did you mean "hts"?)`,
		}},
		{"two duties that do not stack", head + "law:\n- pack: dexter\n  programme: {id: us.x, title: X}\n  measures:\n  - id: us.x\n    kind: duty\n    title: X\n    scope: {into: [US], goods: [us.list]}\n    acts:\n    - {by: s, from: 2025-06-02, rate: 5%}\n", []string{
			"s.yaml:8:9: us.copper and us.x can both fall on …", "s.yaml:8:9: us.list and us.x can both fall on …", "s.yaml:8:9: us.steel and us.x can both fall on …",
		}},
		{"no pack", head + "law:\n- {pack: texter, measures: []}\n- {measures: []}\n", []string{
			`s.yaml:5:10: there is no pack "texter" (did you mean "dexter"?)`, `s.yaml:6:3: the law of a pack needs the key "pack"`,
		}},
		{"bad condition", head + "law:\n- pack: dexter\n  programme: {id: us.x, title: X}\n  measures:\n  - {id: us.x, kind: exemption, title: X, exempts: [us.list], scope: {into: [US]}, when: content.stel > 0.5, acts: [{by: s, from: 2025-06-02, applies: true}]}\n", []string{
			"s.yaml:8:90: condition: …",
		}},
		{"a measure that is there", head + "law:\n- pack: dexter\n  programme: {id: us.x, title: X}\n  measures:\n  - {id: us.list, kind: exemption, title: X, exempts: [us.list], scope: {into: [US]}, acts: [{by: s, from: 2025-06-02, applies: true}]}\n", []string{
			"s.yaml:8:10: there is a measure \"us.list\" already, at dexter/measures/duties.yaml:4 (give each an id of its own)",
		}},
		{"rows", head + `rows:
- {list: us.lits, code: 7318.15, by: s}
- {list: us.list, code: 7318.1, from: 2025-07-02, until: 2025-07-01, by: s}
- {list: us.list, name: X, by: s}
- {list: us.list, code: 9999.99, ends: 2025-07-01, by: s}
- {list: us.list, code: 7318.15, from: 2025-06-01, ends: 2025-07-01, by: s}
- {list: cn.a18, code: 7318.15, by: s}
- {list: cn.parties, name: Nobody, country: USA, ends: 2025-07-01, by: s}
- {code: 7318.15, by: s}
`, []string{
			`s.yaml:5:10: there is no list "us.lits" (did you mean "us.list"?)`,
			"s.yaml:6:25: goods code …",
			`s.yaml:6:58: "until" of a row, 2025-07-01, is not after its "from", 2025-07-02 (the interval is from inclusive, until exclusive)`,
			`s.yaml:7:3: a row needs the key "code"`,
			`s.yaml:7:19: a row has no key "name" (its keys are list, code, except, from, until, ends, by, note)`,
			"s.yaml:8:25: no row of us.list names 9999.99 and runs then without an end",
			"s.yaml:9:25: no row of us.list names 7318.15 and runs then without an end",
			`s.yaml:9:34: a row that ends another has no "from" (ends says when the row of the list is over)`,
			"s.yaml:10:10: cn.a18 is a list of items, whose rows rest on conditions (suppose a measure with that condition under law)",
			`s.yaml:11:28: no row of cn.parties names Nobody and runs then without an end (write the name as the list does)`,
			`s.yaml:11:45: "USA" is not a country code (write US)`,
			`s.yaml:12:3: a row needs the key "list"`,
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, problems := set.With("s.yaml", []byte(x.text))
			wantProblems(t, problems, x.want...)
			if got != nil {
				t.Error("there is a set in spite of the faults")
			}
		})
	}
}

// FuzzScenario holds that no text makes a scenario panic, that the packs stay as
// they are, and that what is laid over them can be folded.
func FuzzScenario(f *testing.F) {
	f.Add([]byte(goodScenario))
	f.Add([]byte(head))
	f.Add([]byte(head + "rows:\n- {list: cn.parties, name: Acme Arms, ends: 2025-07-01, by: s}\n"))
	for _, old := range []string{"title", "us.list", "supposed", "2025", "dexter", "[", "by:"} {
		f.Add([]byte(strings.Replace(goodScenario, old, "x", 1)))
	}
	set := mustRead(f, goodPacks(f))
	was := mustRead(f, goodPacks(f))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, problems := set.With("s.yaml", text)
		if (got == nil) != (len(problems.Faults()) > 0) {
			t.Fatalf("a set: %v, and the problems %v", got != nil, problems)
		}
		for i := range set.Packs {
			if len(set.Packs[i].Instruments) != len(was.Packs[i].Instruments) || len(set.Packs[i].Measures) != len(was.Packs[i].Measures) {
				t.Fatal("the packs were changed")
			}
		}
		if got == nil {
			return
		}
		Check(got)
		for id, m := range got.Measures {
			for i := range m.Acts {
				a := &m.Acts[i]
				if a.By == nil || a.Effect.Kind == 0 || (a.Standing == measure.Hypothetical) != (a.By.Standing == measure.Hypothetical) {
					t.Fatalf("%s has the act %+v", id, *a)
				}
			}
			m.Acts.Segments(quantity.MaxDate)
		}
	})
}

func day(t testing.TB, s string) quantity.Date {
	t.Helper()
	d, err := quantity.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
