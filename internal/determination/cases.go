package determination

import (
	"fmt"
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
	Outcome    string               `yaml:"outcome"`
	Duty       *expectedAmount      `yaml:"duty"`       // all duties
	Additional *expectedAmount      `yaml:"additional"` // those other than the ordinary one
	Lines      *[]expectedLine      `yaml:"lines"`      // exactly the additional duties
	Not        []expectedMiss       `yaml:"not"`        // near misses that must be named
	Export     *expectedExport      `yaml:"export"`
	Questions  []string             `yaml:"questions"` // facts that must be asked
	Claims     []string             `yaml:"claims"`    // claims that must be offered
	Changes    []expectedChange     `yaml:"changes"`   // dates on which the answer must change
	Problems   []expectedProblem    `yaml:"problems"`  // the case is at fault: fields
	Extra      map[string]yaml.Node `yaml:",inline"`
}

// expectedAmount is a figure, or a range of two written least..most; a most of ?
// is not known.
type expectedAmount struct {
	Rate   string `yaml:"rate"`
	Amount string `yaml:"amount"`
}

type expectedLine struct {
	Measure string `yaml:"measure"`
	Heading string `yaml:"heading"`
	Rate    string `yaml:"rate"`
	Amount  string `yaml:"amount"`
	Status  string `yaml:"status"`
}

type expectedMiss struct {
	Measure string `yaml:"measure"`
	Status  string `yaml:"status"`
}

type expectedExport struct {
	Measures   *[]expectedItem `yaml:"measures"` // exactly the measures that apply on the export side
	Dormant    []string        `yaml:"dormant"`
	Unverified []string        `yaml:"unverified"`
	Open       []string        `yaml:"open"`
	Lane       string          `yaml:"lane"`
	Closed     []string        `yaml:"closed"` // lanes that must be closed
}

type expectedItem struct {
	Measure string `yaml:"measure"`
	Item    string `yaml:"item"`
}

type expectedChange struct {
	On   string `yaml:"on"`
	Rate string `yaml:"rate"`
}

type expectedProblem struct {
	Field string `yaml:"field"`
}

// RunCase determines a worked case and returns every way in which the answer
// differs from what it expects, in sentences; none if it is as expected.
func RunCase(s *schedule.Schedule, wc *rulepack.Case) []string {
	var want expectation
	if err := wc.Expect.Decode(&want); err != nil {
		return []string{"expect: " + err.Error()}
	}
	t := caseTest{}
	for key := range want.Extra {
		t.fail("expect: there is no %q to expect", key)
	}
	c, err := CaseOf(wc.Input, wc.File)
	if err != nil {
		return append(t.failures, err.Error())
	}
	d, err := Determine(s, c)
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
	t.doc = d.Document()
	t.check(&want)
	return t.failures
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
		t.lines(*want.Lines)
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
		case w.Rate != "" && rateWords(doc.Changes[i].Rate) != w.Rate:
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

func (t *caseTest) lines(want []expectedLine) {
	var got []Line
	for _, l := range t.doc.Lines {
		if isDuty(measure.Kind(l.Kind)) && l.Programme != "" || isDuty(measure.Kind(l.Kind)) && l.Act != nil {
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
	var lanes []string
	for _, l := range t.doc.Licences {
		lanes = append(lanes, l.Lane)
		for _, w := range want.Closed {
			for _, x := range l.Lanes {
				if x.ID == w && x.Status != "closed" {
					t.fail("lane %s is %s, want closed", w, x.Status)
				}
			}
		}
	}
	if want.Lane != "" && !slices.Contains(lanes, want.Lane) {
		t.fail("lane: %s, want %s", strings.Join(lanes, ", "), want.Lane)
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
