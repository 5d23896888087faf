package determination

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// expectation is what a worked case says the answer must be; docs/cases.md
// describes it. What is left out is not tested.
type expectation struct {
	Outcome    string            `yaml:"outcome"`
	Duty       *expectedAmount   `yaml:"duty"`       // all duties
	Additional *expectedAmount   `yaml:"additional"` // those other than the ordinary one
	Lines      *[]expectedLine   `yaml:"lines"`      // exactly the additional duties
	Fees       *expectedFees     `yaml:"fees"`       // exactly the fees
	Due        *expectedAmount   `yaml:"due"`        // duty and fees
	Not        []expectedMiss    `yaml:"not"`        // near misses that must be named
	Export     *expectedExport   `yaml:"export"`
	Questions  []string          `yaml:"questions"` // facts that must be asked
	Claims     []string          `yaml:"claims"`    // claims that must be offered
	Changes    []expectedChange  `yaml:"changes"`   // dates on which the answer must change
	Problems   []expectedProblem `yaml:"problems"`  // the case is at fault: fields
	Each       *[]expectation    `yaml:"each"`      // of a consignment: what is expected of each line, in order
}

// expectedAmount is a figure, or a range of two written least..most; a most of ?
// is not known.
type expectedAmount struct {
	Rate   string `yaml:"rate"`
	Amount string `yaml:"amount"`
}

type expectedFees struct {
	Amount string          `yaml:"amount"`
	Lines  *[]expectedLine `yaml:"lines"`
}

type expectedLine struct {
	Measure string         `yaml:"measure" expect:"required"`
	Heading string         `yaml:"heading"`
	Rate    string         `yaml:"rate"`
	Amount  string         `yaml:"amount"`
	Status  string         `yaml:"status"`
	Terms   []expectedTerm `yaml:"terms"` // that must be among those shown
}

type expectedTerm struct {
	About string `yaml:"about" expect:"required"`
	Says  string `yaml:"says" expect:"required"`
}

type expectedMiss struct {
	Measure string `yaml:"measure" expect:"required"`
	Status  string `yaml:"status"`
}

type expectedExport struct {
	Measures   *[]expectedItem `yaml:"measures"` // exactly the measures that apply on the export side
	Dormant    []string        `yaml:"dormant"`
	Unverified []string        `yaml:"unverified"`
	Open       []string        `yaml:"open"`
	Lane       string          `yaml:"lane"`
	Clock      string          `yaml:"clock"` // of that lane, for the decision: "45 working-days", or none
	Term       int             `yaml:"term"`  // of that lane, in months: the longest that it gives
	Papers     []string        `yaml:"papers"`
	Promises   []string        `yaml:"undertakings"`
	Review     string          `yaml:"review"` // the policy of review of every licence that applies
	Closed     []string        `yaml:"closed"` // lanes that must be closed
}

type expectedItem struct {
	Measure string `yaml:"measure" expect:"required"`
	Item    string `yaml:"item"`
}

type expectedChange struct {
	On   string `yaml:"on" expect:"required"`
	Rate string `yaml:"rate"`
}

type expectedProblem struct {
	Field string `yaml:"field" expect:"required"`
}

// RunCase determines a worked case and returns every way in which the answer
// differs from what it expects, in sentences; none if it is as expected. Where
// the expectation itself is at fault, that alone is returned.
func RunCase(s *schedule.Schedule, wc *rulepack.Case) []string {
	t := caseTest{}
	t.shape(wc.Expect, reflect.TypeFor[expectation](), "expect")
	if len(t.failures) > 0 {
		return t.failures
	}
	var want expectation
	if err := wc.Expect.Decode(&want); err != nil {
		return []string{"expect: " + err.Error()}
	}
	c, err := ConsignmentOf(wc.Input, wc.File)
	var d *Determination
	var entry *EntryDetermination
	switch {
	case err != nil:
	case len(c.Lines) > 0:
		entry, err = DetermineEntry(s, c)
	default:
		d, err = Determine(s, c.Case)
	}
	if err != nil {
		problems, _ := err.(Problems)
		for _, p := range problems {
			if !slices.ContainsFunc(want.Problems, func(w expectedProblem) bool { return w.Field == p.Field }) {
				t.fail("%s", p.Error())
			}
		}
		for _, w := range want.Problems {
			if !slices.ContainsFunc(problems, func(p Problem) bool { return w.Field == p.Field }) {
				t.fail("a fault of %s is expected and not found", w.Field)
			}
		}
		return t.failures
	}
	if len(want.Problems) > 0 {
		t.fail("a fault of the case is expected, and it was answered")
	}
	if entry == nil {
		if want.Each != nil {
			t.fail("each: the case has no lines")
		}
		t.doc = d.Document()
		t.check(&want)
		return t.failures
	}
	doc := entry.Document()
	t.doc = doc.asDocument()
	t.check(&want)
	if want.Each != nil && len(*want.Each) != len(doc.Lines) {
		t.fail("each: there are %d lines, and %d are expected", len(doc.Lines), len(*want.Each))
		return t.failures
	}
	for i := range doc.Lines {
		if want.Each == nil {
			break
		}
		line := caseTest{doc: doc.Lines[i].Answer}
		line.check(&(*want.Each)[i])
		for _, f := range line.failures {
			t.fail("line %d: %s", i+1, f)
		}
	}
	return t.failures
}

// shape holds an expectation to the keys and kinds that its type has: a key
// that is mistyped would otherwise expect nothing.
func (t *caseTest) shape(n *yaml.Node, want reflect.Type, path string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for want.Kind() == reflect.Pointer {
		want = want.Elem()
	}
	wrong := func(kind string) { t.fail("line %d: %s: %s is wanted here", n.Line, path, kind) }
	switch want.Kind() {
	case reflect.Struct:
		if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
			wrong("a mapping with " + strings.Join(keysOf(want), ", "))
			return
		}
		t.fields(n, want, path)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			wrong("a list")
			return
		}
		for i, e := range n.Content {
			t.shape(e, want.Elem(), fmt.Sprintf("%s.%d", path, i+1))
		}
	default:
		if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
			wrong("a single value")
		}
	}
}

func (t *caseTest) fields(n *yaml.Node, want reflect.Type, path string) {
	keys := keysOf(want)
	given := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		at := slices.Index(keys, k.Value)
		switch {
		case at < 0:
			t.fail("line %d: %s: there is no %q to expect (there is %s)", k.Line, path, k.Value, strings.Join(keys, ", "))
			continue
		case given[k.Value]:
			t.fail("line %d: %s: %s is given twice", k.Line, path, k.Value)
		}
		given[k.Value] = true
		t.shape(n.Content[i+1], want.Field(at).Type, path+"."+k.Value)
	}
	for i, k := range keys {
		if want.Field(i).Tag.Get("expect") == "required" && !given[k] {
			t.fail("line %d: %s: %s is missing", n.Line, path, k)
		}
	}
}

// keysOf are the keys of a mapping that a struct stands for, by field.
func keysOf(s reflect.Type) []string {
	keys := make([]string, s.NumField())
	for i := range keys {
		keys[i] = s.Field(i).Tag.Get("yaml")
	}
	return keys
}

type caseTest struct {
	doc      *Document
	failures []string
}

func (t *caseTest) fail(format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf(format, args...))
}

func (t *caseTest) check(want *expectation) {
	doc := t.doc
	if want.Outcome != "" && want.Outcome != string(doc.Outcome) {
		t.fail("outcome: %s, want %s", doc.Outcome, want.Outcome)
	}
	if want.Duty != nil {
		t.amount("duty", want.Duty, doc.Duty, doc.Rate)
	}
	if want.Additional != nil {
		if doc.Additional == nil {
			t.fail("additional: no duty is computed")
		} else {
			t.amount("additional", want.Additional, &doc.Additional.Duty, &doc.Additional.Rate)
		}
	}
	if want.Lines != nil {
		t.lines(*want.Lines, measure.Duty)
	}
	if want.Fees != nil {
		if want.Fees.Amount != "" {
			t.amount("fees", &expectedAmount{Amount: want.Fees.Amount}, doc.Fees, nil)
		}
		if want.Fees.Lines != nil {
			t.lines(*want.Fees.Lines, measure.Fee)
		}
	}
	if want.Due != nil {
		t.amount("due", want.Due, doc.Due, nil)
	}
	for _, w := range want.Not {
		i := slices.IndexFunc(doc.NearMisses, func(m NearMiss) bool { return m.Measure == w.Measure })
		switch {
		case slices.ContainsFunc(doc.Lines, func(l Line) bool { return l.Measure == w.Measure }):
			t.fail("%s applies, and must not", w.Measure)
		case i < 0:
			t.fail("%s is not among the near misses", w.Measure)
		case w.Status != "" && doc.NearMisses[i].Status != w.Status:
			t.fail("near miss %s: %s, want %s", w.Measure, doc.NearMisses[i].Status, w.Status)
		}
	}
	if want.Export != nil {
		t.export(want.Export)
	}
	for _, f := range want.Questions {
		if !slices.ContainsFunc(doc.Questions, func(q Question) bool { return q.Fact == f }) {
			t.fail("no question asks for %s", f)
		}
	}
	for _, f := range want.Claims {
		if !slices.ContainsFunc(doc.Claims, func(c Claim) bool { return c.Fact == f }) {
			t.fail("the claim %s is not offered", f)
		}
	}
	for _, w := range want.Changes {
		i := slices.IndexFunc(doc.Changes, func(c Change) bool { return strings.HasPrefix(c.On, w.On) })
		switch {
		case i < 0:
			t.fail("no change on %s", w.On)
		case w.Rate != "" && !sameFigures(rateWords(doc.Changes[i].Rate), w.Rate):
			t.fail("change on %s: rate %s, want %s", w.On, rateWords(doc.Changes[i].Rate), w.Rate)
		}
	}
}

func (t *caseTest) amount(name string, want *expectedAmount, duty *DutyRange, rate *RateRange) {
	if want.Rate != "" && !sameFigures(rateWords(rate), want.Rate) {
		t.fail("%s: rate %s, want %s", name, rateWords(rate), want.Rate)
	}
	if want.Amount != "" && !sameFigures(dutyWords(duty), want.Amount) {
		t.fail("%s: amount %s, want %s", name, dutyWords(duty), want.Amount)
	}
}

// lines compares the lines of a kind, the ordinary duty aside.
func (t *caseTest) lines(want []expectedLine, kind measure.Kind) {
	var got []Line
	for _, l := range t.doc.Lines {
		if l.Kind == string(kind) && (l.Programme != "" || l.Act != nil) {
			got = append(got, l)
		}
	}
	for _, w := range want {
		i := slices.IndexFunc(got, func(l Line) bool { return l.Measure == w.Measure })
		if i < 0 {
			t.fail("%s does not apply", w.Measure)
			continue
		}
		l := got[i]
		got = slices.Delete(got, i, i+1)
		if w.Heading != "" && l.Heading != w.Heading {
			t.fail("%s: heading %s, want %s", w.Measure, l.Heading, w.Heading)
		}
		if w.Rate != "" && l.Rate != w.Rate {
			t.fail("%s: rate %s, want %s", w.Measure, l.Rate, w.Rate)
		}
		if w.Amount != "" && !sameFigures(dutyWords(l.Duty), w.Amount) {
			t.fail("%s: amount %s, want %s", w.Measure, dutyWords(l.Duty), w.Amount)
		}
		for _, x := range w.Terms {
			if !slices.ContainsFunc(l.Terms, func(t Term) bool { return t.About == x.About && t.Says == x.Says }) {
				t.fail("%s: no term says %s of %s", w.Measure, x.Says, x.About)
			}
		}
		if status := w.Status; l.Status != status && (status != "" || l.Status != "applies") {
			t.fail("%s: %s, want %s", w.Measure, l.Status, max(status, "applies"))
		}
	}
	for _, l := range got {
		t.fail("%s (%s, %s) applies too", l.Measure, l.Heading, l.Rate)
	}
}

func (t *caseTest) export(want *expectedExport) {
	isExport := func(leg string) bool { return leg != string(measure.Import) }
	if want.Measures != nil {
		meant := map[string]bool{}
		for _, w := range *want.Measures {
			meant[w.Measure] = true
			i := slices.IndexFunc(t.doc.Lines, func(l Line) bool {
				return l.Measure == w.Measure && isExport(l.Leg) && l.Status == "applies"
			})
			switch {
			case i < 0:
				t.fail("%s does not apply", w.Measure)
			case w.Item != "" && !slices.Contains(t.doc.Lines[i].Items, w.Item):
				t.fail("%s: items %s, want %s", w.Measure, strings.Join(t.doc.Lines[i].Items, ", "), w.Item)
			}
		}
		for _, l := range t.doc.Lines {
			if isExport(l.Leg) && l.Status == "applies" && l.Kind != string(measure.Exemption) && !meant[l.Measure] {
				t.fail("%s applies too", l.Measure)
			}
		}
	}
	for _, w := range want.Dormant {
		if !slices.ContainsFunc(t.doc.Dormant, func(x Dormant) bool { return x.Measure == w }) {
			t.fail("%s is not dormant", w)
		}
	}
	for _, w := range want.Unverified {
		if !slices.ContainsFunc(t.doc.NearMisses, func(m NearMiss) bool { return m.Measure == w && m.Status == "unverified" }) {
			t.fail("%s is not named as unverified", w)
		}
	}
	for _, w := range want.Open {
		if !slices.ContainsFunc(t.doc.Lines, func(l Line) bool { return l.Measure == w && l.Status == "open" }) {
			t.fail("%s is not open", w)
		}
	}
	t.lanes(want)
	if want.Review == "" {
		return
	}
	reviewed := false
	for _, l := range t.doc.Lines {
		if !isExport(l.Leg) || l.Status != "applies" || l.Kind != string(measure.Licence) {
			continue
		}
		reviewed = reviewed || l.Review != ""
		if l.Review != "" && l.Review != want.Review {
			t.fail("review of %s: %s, want %s", l.Measure, l.Review, want.Review)
		}
	}
	if !reviewed {
		t.fail("no licence tells its policy of review, want %s", want.Review)
	}
}

func (t *caseTest) lanes(want *expectedExport) {
	var open []string
	shown := map[string]bool{}
	for _, l := range t.doc.Licences {
		if l.Lane != "" {
			open = append(open, l.Lane)
		}
		for _, x := range l.Lanes {
			shown[x.ID] = true
			if slices.Contains(want.Closed, x.ID) && x.Status != "closed" {
				t.fail("lane %s is %s, want closed", x.ID, x.Status)
			}
		}
	}
	for _, w := range want.Closed {
		if !shown[w] {
			t.fail("lane %s is not shown, want closed", w)
		}
	}
	if want.Lane == "" {
		if want.Clock != "" || want.Term > 0 || len(want.Papers) > 0 || len(want.Promises) > 0 {
			t.fail("clock, term, papers and undertakings are those of a lane: name the lane")
		}
		return
	}
	if !slices.Contains(open, want.Lane) {
		t.fail("lane: %s, want %s", cmp.Or(strings.Join(open, ", "), "none"), want.Lane)
		return
	}
	for _, l := range t.doc.Licences {
		if i := slices.IndexFunc(l.Lanes, func(x Lane) bool { return x.ID == want.Lane }); i >= 0 {
			t.lane(&l.Lanes[i], want)
		}
	}
}

// lane compares what a lane says for certain.
func (t *caseTest) lane(l *Lane, want *expectedExport) {
	if want.Clock != "" {
		got := "not told"
		for _, k := range l.Clocks {
			if k.For == "decision" && k.Status == "applies" {
				got = "none"
				if k.Days > 0 {
					got = fmt.Sprintf("%d %s", k.Days, k.Counted)
				}
			}
		}
		if got != want.Clock {
			t.fail("clock of %s: %s, want %s", l.ID, got, want.Clock)
		}
	}
	if want.Term > 0 {
		months := 0
		for _, x := range l.Terms {
			if x.Status == "applies" {
				months = max(months, x.Months)
			}
		}
		if months != want.Term {
			t.fail("term of %s: %d months, want %d", l.ID, months, want.Term)
		}
	}
	var papers, promises []string
	for _, p := range l.Papers {
		if p.Status == "applies" {
			papers = append(papers, p.Title)
		}
	}
	for _, u := range l.Undertakings {
		if u.Status == "applies" {
			promises = append(promises, u.Title)
		}
	}
	for _, w := range want.Papers {
		if !slices.Contains(papers, w) {
			t.fail("papers of %s: %s, want %s", l.ID, cmp.Or(strings.Join(papers, "; "), "none"), w)
		}
	}
	for _, w := range want.Promises {
		if !slices.Contains(promises, w) {
			t.fail("undertakings of %s: %s, want %s", l.ID, cmp.Or(strings.Join(promises, "; "), "none"), w)
		}
	}
}

func rateWords(r *RateRange) string {
	if r == nil {
		return "none"
	}
	return figureRange(r.Least, r.Most)
}

func dutyWords(d *DutyRange) string {
	if d == nil {
		return "none"
	}
	return figureRange(d.Least.Amount, d.Most.Amount)
}

func figureRange(least, most *string) string {
	text := func(s *string) string {
		if s == nil {
			return "?"
		}
		return *s
	}
	if a, b := text(least), text(most); a != b {
		return a + ".." + b
	}
	return text(least)
}

// sameFigures compares figures as numbers: 25 and 25.00 are the same.
func sameFigures(got, want string) bool {
	g, w := strings.Split(got, ".."), strings.Split(want, "..")
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		a, errA := quantity.ParseDecimal(g[i])
		b, errB := quantity.ParseDecimal(w[i])
		if errA != nil || errB != nil {
			if g[i] != w[i] {
				return false
			}
		} else if !a.Equal(b) {
			return false
		}
	}
	return true
}
