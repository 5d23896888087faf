package determination_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/schedule"
)

// plainModel is a model with one line, and no law but the ordinary duty of 2.5 %.
func plainModel(measures ...*mmeasure) *model {
	m := &model{instruments: append([]day{-1000}, announcedDays...), measures: measures}
	percent := func(n string) mcolumn { return mcolumn{rate: &mrate{sum: []mterm{{percent: true, amount: n}}}} }
	m.lines = []mline{
		{code: "1101"},
		{code: "11010100", general: percent("2.5"), special: map[string]*mrate{"A": {}, "D": {sum: []mterm{{percent: true, amount: "1"}}}}},
		{code: "1101010010"}, {code: "1101010020"}, {code: "1101010030"},
		{code: "11010200", general: mcolumn{unreadable: true}},
		{code: "11010300", general: mcolumn{rate: &mrate{sum: []mterm{{amount: "1.5", unit: "kg"}}}}},
	}
	return m
}

func percentRate(n string) *mrate { return &mrate{sum: []mterm{{percent: true, amount: n}}} }

// newDuty is a duty of 10 % on goods of China.
func newDuty(id string, set ...func(*mmeasure)) *mmeasure {
	x := &mmeasure{id: id, kind: "duty", pack: "imp", leg: "into", territory: []string{"US"}, origin: []string{"CN"},
		acts: []mact{{run: span{-20, never}, effect: meffect{kind: "applies", rate: percentRate("10")}}}}
	for _, f := range set {
		f(x)
	}
	return x
}

func yields(a, b string) mrelation {
	return mrelation{measure: a, with: b, run: span{ever, never}, endedBy: -1}
}

func (m *model) compile(t testing.TB) *schedule.Schedule {
	t.Helper()
	return compile(t, m.files(), "imp", "exp")
}

// plainCase is a case of plainModel, on day 15.
func plainCase(goods string, facts ...string) *mcase {
	c := &mcase{goods: goods, from: "CN", to: "US", origin: "CN", entered: 15, exported: 15, known: 200, value: "10000", facts: map[string]string{}}
	for i := 0; i < len(facts); i += 2 {
		c.facts[facts[i]] = facts[i+1]
	}
	return c
}

func ask(t testing.TB, s *schedule.Schedule, c *mcase) *determination.Document {
	t.Helper()
	d, err := determination.Determine(s, c.asked())
	if err != nil {
		t.Fatalf("the case %+v has faults:\n%v", *c, err)
	}
	return d.Document()
}

// amounts words the duties of the lines and the total.
func amounts(doc *determination.Document) string {
	word := func(d *determination.DutyRange) string {
		if d == nil {
			return "none"
		}
		least, most := amountOf(d.Least.Amount), amountOf(d.Most.Amount)
		if least == most {
			return least
		}
		return least + ".." + most
	}
	var out []string
	for _, l := range doc.Lines {
		out = append(out, l.Measure+" "+word(l.Duty))
	}
	slices.Sort(out)
	return strings.Join(append(out, "total "+word(doc.Duty)), ", ")
}

func questionFacts(doc *determination.Document) []string {
	out := []string{}
	for _, q := range doc.Questions {
		out = append(out, q.Fact)
	}
	slices.Sort(out)
	return out
}

func TestStacking(t *testing.T) {
	on := func(portion string) func(*mmeasure) { return func(x *mmeasure) { x.on = portion } }
	rate := func(r *mrate) func(*mmeasure) { return func(x *mmeasure) { x.acts[0].effect.rate = r } }
	tests := []struct {
		name      string
		goods     string
		measures  []*mmeasure
		relations []mrelation
		facts     []string
		want      string
		asked     []string
	}{
		{name: "two on the whole", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01")},
			want: "b.one 250.00, m.00 1000.00, m.01 1000.00, total 2250.00"},
		{name: "the first gives way", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01")}, relations: []mrelation{yields("m.00", "m.01")},
			want: "b.one 250.00, m.01 1000.00, total 1250.00"},
		{name: "to the steel alone", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01", on("steel"))}, relations: []mrelation{yields("m.00", "m.01")},
			facts: []string{"content.steel", "0.3"}, want: "b.one 250.00, m.00 700.00, m.01 300.00, total 1250.00"},
		{name: "steel is not copper", measures: []*mmeasure{newDuty("m.00", on("copper")), newDuty("m.01", on("steel"))}, relations: []mrelation{yields("m.00", "m.01")},
			facts: []string{"content.steel", "0.3", "content.copper", "0.2"}, want: "b.one 250.00, m.00 200.00, m.01 300.00, total 750.00"},
		{name: "a chain", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01"), newDuty("m.02", on("steel"))},
			relations: []mrelation{yields("m.00", "m.01"), yields("m.01", "m.02")},
			facts:     []string{"content.steel", "0.3"}, want: "b.one 250.00, m.00 300.00, m.01 700.00, m.02 300.00, total 1550.00"},
		{name: "vertices of two shares", measures: []*mmeasure{newDuty("m.00", on("steel")), newDuty("m.01", on("copper"), rate(percentRate("25")))},
			want: "b.one 250.00, m.00 0.00..1000.00, m.01 0.00..2500.00, total 250.00..2750.00", asked: []string{"content.copper", "content.steel"}},
		{name: "a share that is given leaves less", measures: []*mmeasure{newDuty("m.00", on("steel")), newDuty("m.01", on("copper"), rate(percentRate("25")))},
			facts: []string{"content.steel", "0.6"},
			want:  "b.one 250.00, m.00 600.00, m.01 0.00..1000.00, total 850.00..1850.00", asked: []string{"content.copper"}},
		{name: "a threshold cuts the shares", measures: []*mmeasure{newDuty("m.00", on("copper"), rate(percentRate("50")), func(x *mmeasure) {
			x.when = &mcond{op: "cmp", fact: "content.steel", rel: ">", num: "0.25"}
		})}, want: "b.one 250.00, m.00 0.00..3750.00, total 250.00..4000.00", asked: []string{"content.copper", "content.steel"}},
		{name: "in lieu of the ordinary duty", measures: []*mmeasure{newDuty("m.00", func(x *mmeasure) { x.inLieuOf = []string{"b.one"} })},
			want: "m.00 1000.00, total 1000.00"},
		{name: "total tops up", measures: []*mmeasure{newDuty("m.00", rate(&mrate{total: true, sum: percentRate("15").sum}))},
			want: "b.one 250.00, m.00 1250.00, total 1500.00"},
		{name: "total below the ordinary duty", measures: []*mmeasure{newDuty("m.00", rate(&mrate{total: true, sum: percentRate("2").sum}))},
			want: "b.one 250.00, m.00 0.00, total 250.00"},
		{name: "total over a specific duty", goods: "11010300", measures: []*mmeasure{newDuty("m.00", rate(&mrate{total: true, sum: percentRate("15").sum}))},
			want: "b.one 180.00, m.00 1320.00, total 1500.00"},
		{name: "an unreadable rate is not known", goods: "11010200", measures: []*mmeasure{newDuty("m.00")},
			want: "b.one ?, m.00 1000.00, total 1000.00..?"},
		{name: "an exemption", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01", func(x *mmeasure) {
			x.kind, x.exempts, x.acts[0].effect.rate = "exemption", []string{"m.00"}, nil
		})}, want: "b.one 250.00, m.01 none, total 250.00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := plainModel(tt.measures...)
			m.relations = tt.relations
			if tt.goods == "" {
				tt.goods = "1101010010"
			}
			c := plainCase(tt.goods, tt.facts...)
			c.quantities = map[string]string{"kg": "120"}
			doc := ask(t, m.compile(t), c)
			if got := amounts(doc); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if diff := cmp.Diff(append([]string{}, tt.asked...), questionFacts(doc)); diff != "" {
				t.Errorf("questions (-want +got):\n%s", diff)
			}
			if !doc.Exact {
				t.Error("it is not exact")
			}
		})
	}
}

// TestUnreadable holds that a rate nobody can read is never zero.
func TestUnreadable(t *testing.T) {
	doc := ask(t, plainModel().compile(t), plainCase("11010200"))
	l := doc.Lines[0]
	if l.Duty == nil || l.Duty.Least.Amount != nil || l.Duty.Most.Amount != nil || !strings.HasPrefix(l.Rate, "not known") {
		t.Errorf("the line says %q, %+v", l.Rate, l.Duty)
	}
	if doc.Duty.Most.Amount != nil || doc.Rate.Most != nil {
		t.Errorf("the most is %s, %s", amountOf(doc.Duty.Most.Amount), amountOf(doc.Rate.Most))
	}
}

func TestNearMisses(t *testing.T) {
	act := func(a ...mact) func(*mmeasure) { return func(x *mmeasure) { x.acts = append(x.acts, a...) } }
	onGoods := func(x *mmeasure) { x.goods = []string{"11010100"} }
	tests := []struct {
		name     string
		measures []*mmeasure
		relation *mrelation
		facts    []string
		want     string // status of m.00, and by whom
		outcome  determination.Outcome
	}{
		{name: "origin", measures: []*mmeasure{newDuty("m.00", onGoods, func(x *mmeasure) { x.origin = []string{"VN"} })}, want: "origin"},
		{name: "condition", measures: []*mmeasure{newDuty("m.00", func(x *mmeasure) { x.when = &mcond{op: "fact", fact: "flag"} })}, facts: []string{"flag", "false"}, want: "condition"},
		{name: "a claim that is not made", measures: []*mmeasure{newDuty("m.00", func(x *mmeasure) { x.when = &mcond{op: "fact", fact: "claimed"} })}, want: "not near"},
		{name: "suspended", measures: []*mmeasure{newDuty("m.00", act(mact{by: 1, run: span{0, 40}, effect: meffect{kind: "suspend"}}))}, want: "suspended"},
		{name: "unverified", measures: []*mmeasure{newDuty("m.00", act(mact{by: 1, run: span{0, 10}, effect: meffect{kind: "suspend"}}))}, want: "unverified", outcome: determination.Refer},
		{name: "nobody knows", measures: []*mmeasure{newDuty("m.00", act(mact{by: 1, run: span{0, never}, effect: meffect{kind: "unknown"}}))}, want: "unverified", outcome: determination.Refer},
		{name: "ended", measures: []*mmeasure{newDuty("m.00", act(mact{by: 1, run: span{0, never}, effect: meffect{kind: "end"}}))}, want: "not-in-force"},
		{name: "void", measures: []*mmeasure{newDuty("m.00", act(mact{by: 1, run: span{ever, never}, effect: meffect{kind: "void"}}))}, want: "not-in-force"},
		{name: "stayed", measures: []*mmeasure{newDuty("m.00", act(
			mact{by: 1, run: span{0, never}, effect: meffect{kind: "end"}}, mact{by: 2, run: span{0, 10}, effect: meffect{kind: "stay", stay: 1}}))}, want: "not-in-force"},
		{name: "not begun", measures: []*mmeasure{newDuty("m.00", func(x *mmeasure) { x.acts[0].run.from = 30 })}, want: "not-in-force"},
		{name: "gives way", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01")}, relation: &mrelation{measure: "m.00", with: "m.01", run: span{ever, never}, endedBy: -1}, want: "displaced by m.01"},
		{name: "exempt", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01", func(x *mmeasure) {
			x.kind, x.exempts, x.acts[0].effect.rate = "exemption", []string{"m.00"}, nil
		})}, want: "displaced by m.01"},
		{name: "replaced", measures: []*mmeasure{newDuty("m.00"), newDuty("m.01", func(x *mmeasure) { x.inLieuOf = []string{"m.00"} })}, want: "displaced by m.01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := plainModel(tt.measures...)
			if tt.relation != nil {
				m.relations = []mrelation{*tt.relation}
			}
			doc := ask(t, m.compile(t), plainCase("1101010010", tt.facts...))
			i := slices.IndexFunc(doc.NearMisses, func(n determination.NearMiss) bool { return n.Measure == "m.00" })
			if tt.want == "not near" {
				if i >= 0 {
					t.Fatalf("m.00 is a near miss: %+v", doc.NearMisses[i])
				}
				return
			}
			if i < 0 {
				t.Fatalf("m.00 is no near miss: %+v", doc.NearMisses)
			}
			n := doc.NearMisses[i]
			got := n.Status
			if n.By != "" {
				got += " by " + n.By
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if n.Reason == "" {
				t.Error("it gives no reason")
			}
			if want := max(tt.outcome, determination.Free); doc.Outcome != want {
				t.Errorf("outcome %s, want %s", doc.Outcome, want)
			}
		})
	}
}

// TestReported holds that an act which only the press reports decides nothing,
// and is told.
func TestReported(t *testing.T) {
	m := plainModel(newDuty("m.00", func(x *mmeasure) {
		x.acts = append(x.acts, mact{by: 1, run: span{0, never}, effect: meffect{kind: "applies", rate: percentRate("100")}, reported: true})
	}))
	doc := ask(t, m.compile(t), plainCase("1101010010"))
	if got, want := amounts(doc), "b.one 250.00, m.00 1000.00, total 1250.00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !slices.ContainsFunc(doc.Changes, func(c determination.Change) bool { return c.Standing == "reported" }) {
		t.Errorf("the report is not told: %+v", doc.Changes)
	}
}

func TestDormant(t *testing.T) {
	m := plainModel(
		newDuty("m.00", func(x *mmeasure) {
			then := meffect{kind: "resume"}
			x.acts = append(x.acts, mact{by: 1, run: span{0, 40}, effect: meffect{kind: "suspend"}, then: &then})
		}),
		newDuty("m.01", func(x *mmeasure) {
			x.acts = append(x.acts, mact{by: 1, run: span{0, 50}, effect: meffect{kind: "suspend"}})
		}),
		newDuty("m.02", func(x *mmeasure) { x.acts[0].run.from = 30 }),
		newDuty("m.03"),
	)
	doc := ask(t, m.compile(t), plainCase("1101010010"))
	got := map[string]string{}
	for _, x := range doc.Dormant {
		got[x.Measure] = x.Revives + " " + x.Then + " " + x.Rate
	}
	want := map[string]string{
		"m.00": "2025-02-10T00:00-05:00 resumed 10%",
		"m.01": "2025-02-20T00:00-05:00 unverified 10%",
		"m.02": "2025-01-31T00:00-05:00 applies 10%",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dormant (-want +got):\n%s", diff)
	}
	var changes []string
	for _, c := range doc.Changes {
		changes = append(changes, fmt.Sprintf("%s %s %s", c.On, c.Outcome, amountOf(c.Duty.Most.Amount)))
	}
	if diff := cmp.Diff([]string{
		"2025-01-31T00:00-05:00 free 2250.00",
		"2025-02-10T00:00-05:00 free 3250.00",
		"2025-02-20T00:00-05:00 refer 4250.00",
	}, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestClaims(t *testing.T) {
	m := plainModel(
		newDuty("m.01", func(x *mmeasure) { x.when = &mcond{op: "not", kids: []*mcond{{op: "fact", fact: "claimed"}}} }),
	)
	s := m.compile(t)
	tests := []struct {
		name  string
		facts []string
		only  string
		want  map[string]string
	}{
		{name: "all", want: map[string]string{"claimed": "true 1000.00", "preference": "A 250.00"}},
		{name: "those that are made", facts: []string{"claimed", "true", "preference", "A"}, want: map[string]string{}},
		{name: "at export", only: "export", want: map[string]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := plainCase("1101010010", tt.facts...)
			c.only = tt.only
			doc := ask(t, s, c)
			got := map[string]string{}
			for _, x := range doc.Claims {
				got[x.Fact] = x.Value
				if x.Saves != nil {
					got[x.Fact] += " " + amountOf(x.Saves.Most.Amount)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSplitLines holds that a subheading whose lines a list tells apart asks for
// the line, and that one whose lines nothing tells apart does not.
func TestSplitLines(t *testing.T) {
	m := plainModel(newDuty("m.00", func(x *mmeasure) { x.goods = []string{"1101010020"} }))
	s := m.compile(t)
	doc := ask(t, s, plainCase("11010100"))
	if got, want := amounts(doc), "b.one 250.00, m.00 0.00..1000.00, total 250.00..1250.00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"goods"}, questionFacts(doc)); diff != "" {
		t.Fatalf("questions (-want +got):\n%s", diff)
	}
	var answers []string
	for _, a := range doc.Questions[0].Answers {
		answers = append(answers, a.Answer+": "+amountOf(a.Duty.Most.Amount))
	}
	if diff := cmp.Diff([]string{"1101.01.00.10, 1101.01.00.30: 250.00", "1101.01.00.20: 1250.00"}, answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	for line, want := range map[string]string{"1101010010": "250.00", "1101010020": "1250.00", "1101010030": "250.00"} {
		if got := amountOf(ask(t, s, plainCase(line)).Duty.Most.Amount); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	plain := plainModel(newDuty("m.00", func(x *mmeasure) { x.goods = []string{"11010100"} })).compile(t)
	if got := questionFacts(ask(t, plain, plainCase("11010100"))); len(got) > 0 {
		t.Errorf("where no list tells the lines apart, %v is asked", got)
	}
}

// manyFacts is packs with a duty for each of n facts, each of which doubles the
// worlds.
func manyFacts(n int) fstest.MapFS {
	fsys := plainModel().files()
	var facts, measures strings.Builder
	facts.Write(fsys["imp/facts.yaml"].Data)
	measures.WriteString("programme: {id: many, title: Many}\nmeasures:\n")
	for i := range n {
		fmt.Fprintf(&facts, "- name: many.f%d\n  type: bool\n  question: Is it so?\n", i)
		fmt.Fprintf(&measures, "- id: many.%d\n  kind: duty\n  title: Duty %d\n  scope: {into: [US]}\n  when: many.f%d\n  acts: [{by: i0, from: 2024-01-01, rate: %d%%}]\n", i, i, i, i+1)
	}
	fsys["imp/facts.yaml"] = &fstest.MapFile{Data: []byte(facts.String())}
	fsys["imp/measures/all.yaml"] = &fstest.MapFile{Data: []byte(measures.String())}
	return fsys
}

// TestManyFacts holds that ten open facts are gone through one by one, and that
// with too many the answer is still safe, and says that it may be too wide.
func TestManyFacts(t *testing.T) {
	for n, exact := range map[int]bool{10: true, 17: false} {
		s := compile(t, manyFacts(n), "imp", "exp")
		doc := ask(t, s, plainCase("1101010010"))
		if doc.Exact != exact {
			t.Errorf("%d facts: exact %v, want %v", n, doc.Exact, exact)
		}
		if len(doc.Questions) != n {
			t.Errorf("%d facts: %d questions", n, len(doc.Questions))
		}
		most := fmt.Sprintf("%d.00", 250+100*n*(n+1)/2)
		if got := amountOf(doc.Duty.Least.Amount) + ".." + amountOf(doc.Duty.Most.Amount); got != "250.00.."+most {
			t.Errorf("%d facts: %s, want 250.00..%s", n, got, most)
		}
		told := slices.ContainsFunc(doc.Notes, func(s string) bool { return strings.HasPrefix(s, "Too many facts") })
		if told == exact {
			t.Errorf("%d facts: the notes tell of too many: %v", n, told)
		}
	}
}

// TestClosed holds that a closed case leaves nothing open.
func TestClosed(t *testing.T) {
	s := compile(t, manyFacts(12), "imp", "exp")
	c := plainCase("1101010010", "many.f3", "true")
	c.closed = true
	doc := ask(t, s, c)
	if got, want := amounts(doc), "b.one 250.00, many.3 400.00, total 650.00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(doc.Questions) > 0 || doc.Outcome != determination.Free {
		t.Errorf("%d questions, outcome %s", len(doc.Questions), doc.Outcome)
	}
}

// TestLanes holds that the fastest lane is named which is open for certain, and
// that a closed one says why.
func TestLanes(t *testing.T) {
	m := plainModel(&mmeasure{id: "m.00", kind: "licence", pack: "exp", leg: "out-of", territory: []string{"CN"},
		acts: []mact{{run: span{-20, never}, effect: meffect{kind: "applies"}}}})
	act := mact{run: span{-20, never}, effect: meffect{kind: "applies"}}
	m.lanes = []*mlane{
		{id: "slow", forID: "m.00", rank: 3, act: act},
		{id: "fast", forID: "m.00", rank: 1, act: act, requires: []*mcond{{op: "fact", fact: "flag"}}},
		{id: "later", forID: "m.00", rank: 2, act: mact{run: span{40, never}, effect: meffect{kind: "applies"}}},
	}
	s := m.compile(t)
	for flag, want := range map[string]string{
		"true": "fast: fast available, slow available", "false": "slow: fast closed, slow available", "unknown": "slow: fast open, slow available",
	} {
		doc := ask(t, s, plainCase("1101010010", "flag", flag))
		if len(doc.Licences) != 1 || doc.Outcome != determination.LicenceRequired {
			t.Fatalf("outcome %s, licences %+v", doc.Outcome, doc.Licences)
		}
		var lanes []string
		for _, l := range doc.Licences[0].Lanes {
			lanes = append(lanes, l.ID+" "+l.Status)
			if l.Status != "available" && len(l.Reasons) == 0 {
				t.Errorf("flag %s: %s is %s without a reason", flag, l.ID, l.Status)
			}
		}
		if got := doc.Licences[0].Lane + ": " + strings.Join(lanes, ", "); got != want {
			t.Errorf("flag %s: got %s, want %s", flag, got, want)
		}
		wantAsked := []string{}
		if flag == "unknown" {
			wantAsked = []string{"flag"}
		}
		if diff := cmp.Diff(wantAsked, questionFacts(doc)); diff != "" {
			t.Errorf("flag %s: questions (-want +got):\n%s", flag, diff)
		}
	}
}

// TestControlledBy holds that a measure on what others control follows them.
func TestControlledBy(t *testing.T) {
	licence := &mmeasure{id: "m.00", kind: "licence", pack: "exp", leg: "out-of", territory: []string{"CN"}, items: []string{"it0"},
		acts: []mact{{run: span{-20, never}, effect: meffect{kind: "applies"}}}}
	ban := &mmeasure{id: "m.01", kind: "prohibition", pack: "exp", leg: "out-of", territory: []string{"CN"}, controlledBy: []string{"m.00"},
		when: &mcond{op: "text", fact: "use", rel: "==", texts: []string{"military"}},
		acts: []mact{{run: span{-20, never}, effect: meffect{kind: "applies"}}}}
	for _, tt := range []struct {
		state   string
		n, use  string
		outcome determination.Outcome
	}{
		{"", "6", "military", determination.Prohibited},
		{"", "6", "civil", determination.LicenceRequired},
		{"", "4", "military", determination.Free},
		{"", "6", "unknown", determination.Refer},
		{"", "unknown", "civil", determination.Refer},
		{"", "4", "unknown", determination.Free},
		{"end", "6", "military", determination.Free},
		{"unknown", "6", "military", determination.Refer},
	} {
		l := *licence
		if tt.state != "" {
			l.acts = append(slices.Clone(l.acts), mact{by: 1, run: span{0, never}, effect: meffect{kind: tt.state}})
		}
		m := plainModel(&l, ban)
		m.items = []*mitems{{id: "it0", rows: []mitem{{item: "I0", when: &mcond{op: "cmp", fact: "goods.n", rel: ">", num: "5"}, run: span{ever, never}}}}}
		c := plainCase("1101010010", "goods.n", tt.n, "use", tt.use)
		if got := ask(t, m.compile(t), c).Outcome; got != tt.outcome {
			t.Errorf("licence %q, goods.n %s, use %s: %s, want %s", tt.state, tt.n, tt.use, got, tt.outcome)
		}
	}
}

// TestFaultsOfCases holds that each fault of a case names its field.
func TestFaultsOfCases(t *testing.T) {
	s := plainModel().compile(t)
	for name, tt := range map[string]struct {
		set  func(*determination.Case)
		want []string
	}{
		"no goods":         {func(c *determination.Case) { c.Goods = "" }, []string{"goods"}},
		"unknown goods":    {func(c *determination.Case) { c.Goods = "1101990000" }, []string{"goods"}},
		"too short":        {func(c *determination.Case) { c.Goods = "1101" }, []string{"goods"}},
		"no day":           {func(c *determination.Case) { c.On, c.Exported = "", "" }, []string{"on"}},
		"leaves too late":  {func(c *determination.Case) { c.Exported = "2025-03-01" }, []string{"exported"}},
		"before the pack":  {func(c *determination.Case) { c.On, c.Exported = "2019-12-31", "" }, []string{"on"}},
		"places":           {func(c *determination.Case) { c.From, c.To = "", "ZZ" }, []string{"from", "to"}},
		"leg":              {func(c *determination.Case) { c.Only = "both" }, []string{"only"}},
		"currency":         {func(c *determination.Case) { c.Value = "5 EUR" }, []string{"value"}},
		"quantity":         {func(c *determination.Case) { c.Quantity = []string{"5 kg", "many"} }, []string{"quantity.2"}},
		"no such fact":     {func(c *determination.Case) { c.Facts = map[string]string{"flags": "true"} }, []string{"facts.flags"}},
		"a field, no fact": {func(c *determination.Case) { c.Facts = map[string]string{"origin": "CN"} }, []string{"facts.origin"}},
		"value of an enum": {func(c *determination.Case) { c.Facts = map[string]string{"use": "sport"} }, []string{"facts.use"}},
		"more than the whole": {func(c *determination.Case) {
			c.Facts = map[string]string{"content.steel": "0.6", "content.copper": "0.5"}
		}, []string{"facts.content.copper"}},
	} {
		c := plainCase("1101010010").asked()
		tt.set(&c)
		_, err := determination.Determine(s, c)
		problems, _ := err.(determination.Problems)
		var got []string
		for _, p := range problems {
			got = append(got, p.Field)
			if p.Message == "" {
				t.Errorf("%s: %s has no message", name, p.Field)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: fields at fault (-want +got):\n%s", name, diff)
		}
	}
}

// FuzzParseCase holds that no text of a case brings the engine down, and that
// what can be read can be answered, or is refused with its faults.
func FuzzParseCase(f *testing.F) {
	shown := plainCase("1101010010", "flag", "true")
	f.Add([]byte("goods: 1101.01.00\nfrom: CN\nto: US\non: 2025-01-16\nvalue: 100 USD\nquantity: [5 kg]\nfacts: {flag: true, content.steel: 0.3}\n"))
	f.Add([]byte(`{"goods":"11010300","from":"China","to":"US","origin":"RU","on":"2025-01-16T10:00-05:00","known":"2025-01-10","closed":true,"only":"import"}`))
	f.Add([]byte("from: CN\nto: CN\non: 9999-12-31\n"))
	f.Add([]byte("goods: &a [*a]\n"))
	f.Add([]byte("facts: {line: x, value: 5, preference: A, content.us: 1e9}\nfrom: US\nto: US\nentered: 0001-01-01\n"))
	m := plainModel(newDuty("m.00", func(x *mmeasure) {
		x.on, x.when = "steel", &mcond{op: "and", kids: []*mcond{{op: "fact", fact: "flag"}, {op: "cmp", fact: "goods.m", rel: ">", num: "10"}}}
	}), newDuty("m.01", func(x *mmeasure) { x.goods = []string{"1101010020"} }))
	s := m.compile(f)
	_ = shown
	f.Add([]byte("from: CN\nto: US\non: 2025-01-16\nlines: [{goods: 1101.01.00, value: 100 USD}, {goods: 11010300, origin: RU, facts: {flag: true}}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := determination.ParseConsignment(data, "case.yaml"); err == nil && len(c.Lines) > 0 {
			d, err := determination.DetermineEntry(s, c)
			if err != nil {
				if problems, ok := err.(determination.Problems); !ok || len(problems) == 0 {
					t.Fatalf("the error is %T: %v", err, err)
				}
				return
			}
			if _, err := d.Document().JSON(); err != nil {
				t.Fatal(err)
			}
			return
		}
		c, err := determination.ParseCase(data, "case.yaml")
		if err != nil {
			if _, ok := err.(determination.Problems); !ok {
				t.Fatalf("the error is %T: %v", err, err)
			}
			return
		}
		d, err := determination.Determine(s, c)
		if err != nil {
			if problems, ok := err.(determination.Problems); !ok || len(problems) == 0 {
				t.Fatalf("the error is %T: %v", err, err)
			}
			return
		}
		doc := d.Document()
		if _, err := doc.JSON(); err != nil {
			t.Fatal(err)
		}
		for name := range maps.Keys(doc.Case.Facts) {
			if _, ok := s.Set.Env.Slot(name); !ok {
				t.Fatalf("the echo has the fact %q", name)
			}
		}
	})
}
