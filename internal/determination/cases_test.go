package determination_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/rulepack"
)

// The law of the worked cases below: an import side with duties and an export
// side with a licence, lanes and a ban that sleeps.
var casePacks = fstest.MapFS{
	"imp/pack.yaml": {Data: []byte(`
id: imp
title: A tariff
jurisdiction: US
zone: UTC
currency: USD
begins: 2020-01-01
known-through: 2026-01-01
licence: CC0-1.0
rounding: {places: 2, mode: half-up, by: act}
base: {measure: imp.base, heading-digits: 8, table: schedule/lines.csv, by: act}
filing-order:
- {from: 2020-01-01, by: act, order: ["99*", "*"]}
`)},
	"imp/instruments.yaml": {Data: []byte(`
instruments:
- {id: act, kind: statute, title: The act, citation: 1 Stat. 1, date: 2019-12-01}
`)},
	"imp/facts.yaml": {Data: []byte(`
facts:
- {name: exclusion, type: bool, kind: claim, question: Is the exclusion claimed?}
- {name: painted, type: bool, question: Are the goods painted?}
`)},
	"imp/measures/m.yaml": {Data: []byte(`
programme: {id: imp.all, title: The duties}
measures:
- id: imp.flat
  kind: duty
  title: Flat duty
  heading: 9903.01.01
  scope: {into: [US]}
  when: '!exclusion'
  acts:
  - {by: act, from: 2020-01-01, rate: 10%}
  - {by: act, from: 2022-01-01, rate: 12.5%}
- id: imp.paint
  kind: duty
  title: Duty on paint
  heading: 9903.01.02
  scope: {into: [US]}
  when: painted
  acts:
  - {by: act, from: 2020-01-01, rate: 5%}
relations:
- {measures: ["imp.flat", "imp.paint"], adds-to: ["imp.*"], by: act, from: 2020-01-01}
`)},
	"imp/schedule/lines.csv": {Data: []byte("code,from,until,units,general,special,other,designation\n85051100,2020-01-01,,kg,2%,,,Magnets\n")},
	"exp/pack.yaml": {Data: []byte(`
id: exp
title: Controls
jurisdiction: CN
zone: UTC
begins: 2020-01-01
known-through: 2026-01-01
licence: CC0-1.0
`)},
	"exp/instruments.yaml": {Data: []byte(`
instruments:
- {id: rule, kind: regulation, title: The rule, citation: Rule 1, date: 2019-12-01}
`)},
	"exp/facts.yaml": {Data: []byte(`
facts:
- {name: military, type: bool, question: Is the use military?}
- {name: trusted, type: bool, question: Is the exporter trusted?}
`)},
	"exp/measures/m.yaml": {Data: []byte(`
programme: {id: exp.all, title: The controls}
measures:
- id: exp.licence
  kind: licence
  title: Licence for strong magnets
  authority: The ministry
  scope: {out-of: [CN], items: [exp.items]}
  acts: [{by: rule, from: 2020-01-01, applies: true}]
- id: exp.ban
  kind: prohibition
  title: Nothing for military use
  scope: {out-of: [CN]}
  when: military
  acts: [{by: rule, from: 2020-01-01, applies: true}]
- id: exp.sleeper
  kind: prohibition
  title: A ban that sleeps
  scope: {out-of: [CN]}
  acts:
  - {by: rule, from: 2020-01-01, applies: true}
  - {by: rule, from: 2020-06-01, suspend: true, until: 2023-01-01}
`)},
	"exp/lists/exp.items.csv": {Data: []byte("item,designation,when,codes,from,until,by\nX1,Strong magnets,,8505,,,rule\n")},
	"exp/lanes.yaml": {Data: []byte(`
lanes:
- id: exp.fast
  title: Fast lane
  authority: The ministry
  for: [exp.licence]
  rank: 1
  requires: [{when: trusted, else: only trusted exporters, by: rule}]
  acts: [{by: rule, from: 2020-01-01, applies: true}]
- id: exp.slow
  title: Slow lane
  authority: The ministry
  for: [exp.licence]
  rank: 2
  clocks:
  - {for: decision, days: 45, counted: working-days, starts: acceptance, when: '!trusted', by: rule, provision: Article 17}
  - {for: decision, none: no limit, when: trusted, by: rule}
  terms:
  - {months: 12, at-most: true, ends: day-before, by: rule}
  - {months: 24, from: 2024-01-01, by: rule}
  papers:
  - {title: Form, form: original, by: rule}
  - {title: Photos, until: 2021-01-01, by: rule}
  undertakings:
  - {title: No other use, by: rule}
  acts: [{by: rule, from: 2020-01-01, applies: true}]
`)},
}

// caseOf parses a worked case, whose lines the failures then name.
func caseOf(t *testing.T, input, expect string) *rulepack.Case {
	t.Helper()
	node := func(text string) *yaml.Node {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return doc.Content[0]
	}
	return &rulepack.Case{ID: "C", Input: node(input), Expect: node(expect), File: "c.yaml"}
}

const (
	askIn     = `{goods: 8505.11.00, from: CN, to: US, on: 2021-05-05, value: 100 USD, only: import, closed: true, facts: {painted: false}}`
	askPaint  = `{goods: 8505.11.00, from: CN, to: US, on: 2021-05-05, value: 100 USD, only: import}`
	askOut    = `{goods: 8505.11.00, from: CN, to: US, on: 2021-05-05, only: export, closed: true}`
	askOpen   = `{goods: 8505.11.00, from: CN, to: US, on: 2021-05-05, only: export}`
	askLapsed = `{goods: 8505.11.00, from: CN, to: US, on: 2023-05-05, only: export, closed: true}`
	askFault  = `{goods: 8505.11.01, from: CN, to: US, on: 2021-05-05}`
	askUnread = "{goods: 8505.11.00, from: CN, to: US, on: 2021-05-05,\n weight: 3}"
)

// TestRunCase holds that each kind of expectation is met where it should be,
// and fails where it should, with the words that tell why.
func TestRunCase(t *testing.T) {
	s := compile(t, casePacks, "imp", "exp")
	for name, test := range map[string]struct {
		input, expect string
		want          []string // parts of the failures, in order; none: as expected
	}{
		"outcome":       {askIn, `outcome: free`, nil},
		"outcome wrong": {askIn, `outcome: licence`, []string{"outcome: free, want licence"}},

		"duty":                   {askIn, `duty: {rate: 12.0, amount: 12}`, nil},
		"duty rate":              {askIn, `duty: {rate: 12.1}`, []string{"duty: rate 12, want 12.1"}},
		"duty amount":            {askIn, `duty: {amount: 12.01}`, []string{"duty: amount 12.00, want 12.01"}},
		"duty is no range":       {askIn, `duty: {rate: 12..17}`, []string{"duty: rate 12, want 12..17"}},
		"duty range":             {askPaint, `duty: {rate: 12..17, amount: 12.00..17.00}`, nil},
		"duty range, one number": {askPaint, `duty: {rate: 12}`, []string{"duty: rate 12..17, want 12"}},
		"duty not computed":      {askOut, `duty: {rate: 0}`, []string{"duty: rate none, want 0"}},
		"duty none":              {askOut, `duty: {rate: none}`, nil},

		"additional":              {askIn, `additional: {rate: 10, amount: 10}`, nil},
		"additional rate":         {askIn, `additional: {rate: 12}`, []string{"additional: rate 10, want 12"}},
		"additional not computed": {askOut, `additional: {rate: 0}`, []string{"additional: no duty is computed"}},

		"lines":            {askIn, `lines: [{measure: imp.flat, heading: 9903.01.01, rate: 10%, amount: 10.0}]`, nil},
		"lines none":       {askIn, `lines: []`, []string{"imp.flat (9903.01.01, 10%) applies too"}},
		"lines other":      {askIn, `lines: [{measure: imp.flat}, {measure: imp.paint}]`, []string{"imp.paint does not apply"}},
		"lines heading":    {askIn, `lines: [{measure: imp.flat, heading: 9903.01.02}]`, []string{"imp.flat: heading 9903.01.01, want 9903.01.02"}},
		"lines rate":       {askIn, `lines: [{measure: imp.flat, rate: 11%}]`, []string{"imp.flat: rate 10%, want 11%"}},
		"lines amount":     {askIn, `lines: [{measure: imp.flat, amount: 11}]`, []string{"imp.flat: amount 10.00, want 11"}},
		"lines status":     {askIn, `lines: [{measure: imp.flat, status: open}]`, []string{"imp.flat: applies, want open"}},
		"lines open":       {askPaint, `lines: [{measure: imp.flat}, {measure: imp.paint, status: open}]`, nil},
		"lines not stated": {askPaint, `lines: [{measure: imp.flat}, {measure: imp.paint}]`, []string{"imp.paint: open, want applies"}},

		"not":         {askIn, `not: [{measure: imp.paint, status: condition}]`, nil},
		"not status":  {askIn, `not: [{measure: imp.paint, status: origin}]`, []string{"near miss imp.paint: condition, want origin"}},
		"not applies": {askIn, `not: [{measure: imp.flat}]`, []string{"imp.flat applies, and must not"}},
		"not near":    {askIn, `not: [{measure: imp.else}]`, []string{"imp.else is not among the near misses"}},

		"questions":      {askPaint, `questions: [painted]`, nil},
		"questions none": {askIn, `questions: [painted]`, []string{"no question asks for painted"}},
		"claims":         {askIn, `claims: [exclusion]`, nil},
		"claims none":    {askIn, `claims: [painted]`, []string{"the claim painted is not offered"}},

		"changes":      {askIn, `changes: [{on: 2022-01-01, rate: 14.50}]`, nil},
		"changes rate": {askIn, `changes: [{on: 2022-01-01, rate: 15}]`, []string{"change on 2022-01-01: rate 14.5, want 15"}},
		"changes day":  {askIn, `changes: [{on: 2022-01-02}]`, []string{"no change on 2022-01-02"}},

		"problems":        {askFault, `problems: [{field: goods}]`, nil},
		"problems frame":  {askUnread, `problems: [{field: weight}]`, nil},
		"problems not":    {askIn, `problems: [{field: goods}]`, []string{"a fault of the case is expected, and it was answered"}},
		"problems other":  {askFault, `problems: [{field: on}]`, []string{"goods: ", "a fault of on is expected and not found"}},
		"problems unseen": {askFault, `outcome: free`, []string{"goods: "}},
		"problems line":   {askUnread, `outcome: free`, []string{"c.yaml:2:2: weight: no such field"}},

		"export":            {askOut, `export: {measures: [{measure: exp.licence, item: X1}], lane: exp.slow, closed: [exp.fast], dormant: [exp.sleeper]}`, nil},
		"export none":       {askOut, `export: {measures: []}`, []string{"exp.licence applies too"}},
		"export other":      {askOut, `export: {measures: [{measure: exp.licence}, {measure: exp.ban}]}`, []string{"exp.ban does not apply"}},
		"export item":       {askOut, `export: {measures: [{measure: exp.licence, item: X2}]}`, []string{"exp.licence: items X1, want X2"}},
		"export dormant":    {askOut, `export: {dormant: [exp.ban]}`, []string{"exp.ban is not dormant"}},
		"export open":       {askOpen, `export: {open: [exp.ban]}`, nil},
		"export not open":   {askOut, `export: {open: [exp.ban]}`, []string{"exp.ban is not open"}},
		"export unverified": {askLapsed, `{outcome: refer, export: {unverified: [exp.sleeper]}}`, nil},
		"export verified":   {askOut, `export: {unverified: [exp.sleeper]}`, []string{"exp.sleeper is not named as unverified"}},
		"export lane says":  {askOut, `export: {lane: exp.slow, clock: 45 working-days, term: 12, papers: [Form], undertakings: [No other use]}`, nil},
		"export lane faults": {askOut, `export: {lane: exp.slow, clock: none, term: 6, papers: [Photos], undertakings: [No transfer]}`, []string{
			"clock of exp.slow: 45 working-days, want none", "term of exp.slow: 12 months, want 6",
			"papers of exp.slow: Form, want Photos", "undertakings of exp.slow: No other use, want No transfer"}},
		"export clock alone": {askOut, `export: {clock: none}`, []string{"clock, term, papers and undertakings are those of a lane: name the lane"}},
		"export lane":        {askOut, `export: {lane: exp.fast}`, []string{"lane: exp.slow, want exp.fast"}},
		"export no lane":     {askIn, `export: {lane: exp.fast}`, []string{"lane: none, want exp.fast"}},
		"export closed":      {askOut, `export: {closed: [exp.slow]}`, []string{"lane exp.slow is available, want closed"}},
		"export no closed":   {askOut, `export: {closed: [exp.fats]}`, []string{"lane exp.fats is not shown, want closed"}},

		"typo":          {askIn, "outcome: free\noutcom: free", []string{`line 2: expect: there is no "outcom" to expect`}},
		"typo below":    {askIn, "duty:\n  rate: 12\n  amuont: 12", []string{`line 3: expect.duty: there is no "amuont" to expect (there is rate, amount)`}},
		"typo in list":  {askIn, "lines:\n- measure: imp.flat\n- measure: imp.paint\n  satus: open", []string{`line 4: expect.lines.2: there is no "satus" to expect`}},
		"typo deep":     {askOut, `export: {measures: [{measure: exp.licence, itme: X2}]}`, []string{`line 1: expect.export.measures.1: there is no "itme"`}},
		"twice":         {askIn, "outcome: free\noutcome: free", []string{"line 2: expect: outcome is given twice"}},
		"missing":       {askIn, `changes: [{rate: 12}]`, []string{"line 1: expect.changes.1: on is missing"}},
		"not a mapping": {askIn, `duty: 12`, []string{"line 1: expect.duty: a mapping with rate, amount is wanted here"}},
		"not a list":    {askIn, `questions: painted`, []string{"line 1: expect.questions: a list is wanted here"}},
		"not a value":   {askIn, `outcome: [free]`, []string{"line 1: expect.outcome: a single value is wanted here"}},
		"no value":      {askIn, `outcome:`, []string{"line 1: expect.outcome: a single value is wanted here"}},
		"nothing":       {askIn, `{}`, []string{"line 1: expect: a mapping with outcome"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := determination.RunCase(s, caseOf(t, test.input, test.expect))
			if len(got) != len(test.want) {
				t.Fatalf("failures %q, want %q", got, test.want)
			}
			for i, part := range test.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("failure %q, want one with %q", got[i], part)
				}
			}
		})
	}
}
