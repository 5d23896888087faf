package determination_test

import (
	"encoding/csv"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// The law in the small: packs as plain data, from which the tests write the
// text that the engine reads, and which the oracle of this package reads itself.

// day counts from 2025-01-01. Law and cases of the model are in whole days, so
// that the zones of the packs do not matter.
type day int

const (
	ever  day = -1 << 20 // the beginning of time
	never day = 1 << 20  // its end
)

func (d day) String() string {
	return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(d)).Format(time.DateOnly)
}

// span is half-open.
type span struct{ from, until day }

func (s span) has(d day) bool { return s.from <= d && d < s.until }

// mfact is a fact of the model.
type mfact struct {
	name, typ string
	claim     bool
	values    []string
	min, max  string
	group     string
	formula   *mformula
}

// mformula is one fact joined with another by an operator.
type mformula struct{ left, op, right string }

// catalogue is every fact of the model. Those before exportFacts are declared in
// both packs.
var catalogue = []mfact{
	{name: "use", typ: "enum", values: []string{"civil", "military", "dual"}},
	{name: "goods.n", typ: "number", min: "0", max: "100"},
	{name: "goods.m", typ: "number"},
	{name: "goods.k", typ: "number"},
	{name: "goods.p", typ: "number", formula: &mformula{"goods.m", "*", "goods.k"}},
	{name: "goods.q", typ: "number", formula: &mformula{"goods.p", "/", "goods.n"}},
	{name: "flag", typ: "bool"},
	{name: "claimed", typ: "bool", claim: true},
	{name: "content.steel", typ: "number", min: "0", max: "1", group: "content"},
	{name: "content.copper", typ: "number", min: "0", max: "1", group: "content"},
	{name: "content.us", typ: "number", min: "0", max: "1", claim: true},
	{name: "preference", typ: "enum", claim: true, values: []string{"A", "D"}},
}

const exportFacts = 8

func factNamed(name string) *mfact {
	for i := range catalogue {
		if catalogue[i].name == name {
			return &catalogue[i]
		}
	}
	return nil
}

func (f *mfact) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- name: %s\n  type: %s\n", f.name, f.typ)
	if f.claim {
		b.WriteString("  kind: claim\n")
	}
	if f.values != nil {
		fmt.Fprintf(&b, "  values: [%s]\n", strings.Join(f.values, ", "))
	}
	if f.min != "" {
		fmt.Fprintf(&b, "  min: %s\n  max: %s\n", f.min, f.max)
	}
	if f.group != "" {
		fmt.Fprintf(&b, "  group: %s\n", f.group)
	}
	if f.formula != nil {
		fmt.Fprintf(&b, "  formula: %s %s %s\n", f.formula.left, f.formula.op, f.formula.right)
	}
	fmt.Fprintf(&b, "  question: What is %s?\n", f.name)
	return b.String()
}

// mcond is a condition.
type mcond struct {
	op    string // fact, cmp, text, in, and, or, not
	fact  string
	rel   string
	num   string
	texts []string
	kids  []*mcond
}

func (c *mcond) String() string {
	switch c.op {
	case "fact":
		return c.fact
	case "cmp":
		return c.fact + " " + c.rel + " " + c.num
	case "text":
		return fmt.Sprintf("%s %s %q", c.fact, c.rel, c.texts[0])
	case "in":
		var quoted []string
		for _, t := range c.texts {
			quoted = append(quoted, fmt.Sprintf("%q", t))
		}
		return c.fact + " in [" + strings.Join(quoted, ", ") + "]"
	case "not":
		return "!(" + c.kids[0].String() + ")"
	}
	var parts []string
	for _, k := range c.kids {
		parts = append(parts, "("+k.String()+")")
	}
	return strings.Join(parts, map[string]string{"and": " && ", "or": " || "}[c.op])
}

// walk calls f with every atom.
func (c *mcond) walk(f func(*mcond)) {
	if c == nil {
		return
	}
	if len(c.kids) == 0 {
		f(c)
	}
	for _, k := range c.kids {
		k.walk(f)
	}
}

// mterm is an addend of a rate: a percentage, or dollars for each unit.
type mterm struct {
	percent bool
	amount  string
	unit    string // kg or No.; "" for the whole of what is entered
}

type mrate struct {
	total            bool
	sum, least, most []mterm
}

func (r *mrate) String() string {
	if len(r.sum) == 0 {
		return "Free"
	}
	write := func(terms []mterm) string {
		var out []string
		for _, t := range terms {
			switch {
			case t.percent:
				out = append(out, t.amount+"%")
			case t.unit == "":
				out = append(out, t.amount+" USD")
			default:
				out = append(out, t.amount+" USD/"+t.unit)
			}
		}
		return strings.Join(out, " + ")
	}
	s := write(r.sum)
	if r.total {
		s = "total " + s
	}
	if r.least != nil {
		s += " but not less than " + write(r.least)
	}
	if r.most != nil {
		s += " but not more than " + write(r.most)
	}
	return s
}

// printed is the rate as a schedule prints it; it must be no total rate and have
// no amount for the whole.
func (r *mrate) printed() string {
	if len(r.sum) == 0 {
		return "Free"
	}
	write := func(terms []mterm) string {
		var out []string
		for _, t := range terms {
			switch {
			case t.percent:
				out = append(out, t.amount+"%")
			case t.unit == "No.":
				out = append(out, "$"+t.amount+" each")
			default:
				out = append(out, "$"+t.amount+"/"+t.unit)
			}
		}
		return strings.Join(out, " + ")
	}
	s := write(r.sum)
	if r.least != nil {
		s += " but not less than " + write(r.least)
	}
	if r.most != nil {
		s += " but not more than " + write(r.most)
	}
	return s
}

// mcolumn is what a column of the schedule prints: nothing, a rate, or words
// that nobody can read.
type mcolumn struct {
	rate       *mrate
	unreadable bool
}

func (c mcolumn) String() string {
	switch {
	case c.unreadable:
		return "The rate applicable to the article of which it is a part"
	case c.rate == nil:
		return ""
	}
	return c.rate.printed()
}

type mline struct {
	code           string
	general, other mcolumn
	special        map[string]*mrate // by symbol
}

// mrow is a row of a list of goods.
type mrow struct {
	code    string
	except  string
	run     span
	by      int // instrument
	endedBy int // -1: none
}

type mgoods struct {
	id   string
	rows []mrow
}

type mitem struct {
	item  string
	when  *mcond
	codes []string
	run   span
	by    int
}

type mitems struct {
	id   string
	rows []mitem
}

type meffect struct {
	kind string // applies (also of rates), suspend, resume, end, void, stay, unknown
	rate *mrate
	stay int
}

type mact struct {
	by       int
	run      span
	effect   meffect
	then     *meffect
	reported bool
}

type mmeasure struct {
	id, kind      string
	pack          string // imp or exp
	leg           string // into, out-of, reexport-from
	territory     []string
	from, to      []string
	origin        []string
	goods, except []string // ids of lists and codes
	items         []string
	controlledBy  []string
	when          *mcond
	on            string
	exempts       []string
	inLieuOf      []string
	acts          []mact
}

func (m *mmeasure) isDuty() bool { return m.kind == "duty" || m.kind == "fee" }

type mrelation struct {
	measure, with string
	run           span
	by, endedBy   int
}

type mlane struct {
	id       string
	forID    string
	rank     int
	requires []*mcond
	act      mact
}

// model is two packs: imp, the duties of the United States, and exp, the export
// control of China.
type model struct {
	instruments []day // when each was announced
	lines       []mline
	goods       []*mgoods
	items       []*mitems
	measures    []*mmeasure
	relations   []mrelation
	lanes       []*mlane
	// varying is a group of countries with dated members.
	varying []struct {
		country string
		run     span
	}
}

func (m *model) measure(id string) *mmeasure {
	for _, x := range m.measures {
		if x.id == id {
			return x
		}
	}
	return nil
}

func dates(b *strings.Builder, s span) {
	if s.from != ever {
		fmt.Fprintf(b, ", from: %s", s.from)
	}
	if s.until != never {
		fmt.Fprintf(b, ", until: %s", s.until)
	}
}

func (e *meffect) yaml() string {
	switch e.kind {
	case "applies":
		if e.rate != nil {
			return "rate: " + e.rate.String()
		}
	case "stay":
		return fmt.Sprintf("stay: i%d", e.stay)
	case "unknown":
		return "unknown: nobody can tell"
	}
	return e.kind + ": true"
}

func (a *mact) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{by: i%d", a.by)
	dates(&b, a.run)
	b.WriteString(", " + a.effect.yaml())
	if a.then != nil {
		then := a.then.kind
		if a.then.rate != nil {
			then = a.then.rate.String()
		}
		fmt.Fprintf(&b, ", then: %s", then)
	}
	if a.reported {
		b.WriteString(", standing: reported")
	}
	return b.String() + "}"
}

func flow(key string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return ", " + key + ": [" + strings.Join(quoted, ", ") + "]"
}

func (m *mmeasure) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- id: %s\n  kind: %s\n  title: Measure %s\n", m.id, m.kind, m.id)
	if m.isDuty() {
		fmt.Fprintf(&b, "  heading: 9903.%s\n", strings.TrimPrefix(m.id, "m."))
	}
	if m.kind == "licence" {
		b.WriteString("  authority: The ministry\n")
	}
	fmt.Fprintf(&b, "  scope: {%s: [%s]%s%s%s%s%s%s%s}\n", m.leg, strings.Join(quote(m.territory), ", "),
		flow("from", m.from), flow("to", m.to), flow("origin", m.origin), flow("goods", m.goods), flow("except", m.except),
		flow("items", m.items), flow("controlled-by", m.controlledBy))
	if m.when != nil {
		fmt.Fprintf(&b, "  when: '%s'\n", m.when)
	}
	if m.on != "" {
		fmt.Fprintf(&b, "  on: %s\n", m.on)
	}
	if m.exempts != nil {
		fmt.Fprintf(&b, "  exempts: [%s]\n", strings.Join(m.exempts, ", "))
	}
	if m.inLieuOf != nil {
		fmt.Fprintf(&b, "  in-lieu-of: [%s]\n", strings.Join(m.inLieuOf, ", "))
	}
	b.WriteString("  acts:\n")
	for i := range m.acts {
		b.WriteString("  - " + m.acts[i].yaml() + "\n")
	}
	return b.String()
}

func quote(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprintf("%q", v)
	}
	return out
}

func table(rows [][]string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a Builder does not fail
	return b.String()
}

func orEmpty(d, none day) string {
	if d == none {
		return ""
	}
	return d.String()
}

// files writes the packs.
func (m *model) files() fstest.MapFS {
	fsys := fstest.MapFS{}
	put := func(name, text string) { fsys[name] = &fstest.MapFile{Data: []byte(text)} }
	var instruments strings.Builder
	instruments.WriteString("instruments:\n")
	for i, d := range m.instruments {
		fmt.Fprintf(&instruments, "- {id: i%d, kind: order, title: Order %d, citation: Order %d, date: %s}\n", i, i, i, d)
	}
	head := func(id, jurisdiction, zone string) string {
		return fmt.Sprintf("id: %s\ntitle: The pack %s\njurisdiction: %s\nzone: %s\nbegins: 2020-01-01\nknown-through: 2026-01-01\nlicence: CC0-1.0\n",
			id, id, jurisdiction, zone)
	}
	var groups strings.Builder
	groups.WriteString("groups:\n  NEAR: [{origin: [CN, VN]}]\n")
	if len(m.varying) > 0 {
		groups.WriteString("  VARYING:\n")
		for _, v := range m.varying {
			var b strings.Builder
			dates(&b, v.run)
			fmt.Fprintf(&groups, "  - {origin: [%s]%s}\n", v.country, b.String())
		}
	}
	put("imp/pack.yaml", head("imp", "US", "America/New_York")+`currency: USD
rounding: {places: 2, mode: half-up, by: i0}
base:
  measure: b.one
  heading-digits: 8
  table: schedule/table.csv
  by: i0
  other: {origin: [RU], measure: b.two}
  claim: preference
  programmes: schedule/programmes.csv
portions:
  steel: {share: content.steel}
  copper: {share: content.copper}
  non-us: {less: content.us}
`+groups.String())
	put("exp/pack.yaml", head("exp", "CN", "Asia/Shanghai")+"depends-on: [imp]\n")
	put("imp/instruments.yaml", instruments.String())
	put("exp/instruments.yaml", "instruments:\n- {id: x0, kind: order, title: Order x, citation: Order x, date: 2020-01-01}\n")
	facts := func(fs []mfact) string {
		var b strings.Builder
		b.WriteString("facts:\n")
		for i := range fs {
			b.WriteString(fs[i].yaml())
		}
		return b.String()
	}
	put("imp/facts.yaml", facts(catalogue))
	put("exp/facts.yaml", facts(catalogue[:exportFacts]))
	rows := [][]string{{"code", "general", "special", "other", "designation"}, {"11", "", "", "", "Things"}}
	for _, l := range m.lines {
		special := ""
		for _, symbol := range []string{"A", "D"} {
			if r := l.special[symbol]; r != nil {
				special += " " + r.printed() + " (" + symbol + ")"
			}
		}
		rows = append(rows, []string{l.code, l.general.String(), strings.TrimSpace(special), l.other.String(), "Thing " + l.code})
	}
	put("imp/schedule/table.csv", table(rows))
	put("imp/schedule/programmes.csv", table([][]string{{"symbol", "name", "origin", "by"}, {"A", "Preference A", "", "i0"}, {"D", "Preference D", "VN", "i0"}}))
	for _, l := range m.goods {
		rows := [][]string{{"code", "from", "until", "by", "ended-by", "except"}}
		for _, r := range l.rows {
			ended := ""
			if r.endedBy >= 0 {
				ended = fmt.Sprintf("i%d", r.endedBy)
			}
			rows = append(rows, []string{r.code, orEmpty(r.run.from, ever), orEmpty(r.run.until, never), fmt.Sprintf("i%d", r.by), ended, r.except})
		}
		put("imp/lists/"+l.id+".csv", table(rows))
	}
	for _, l := range m.items {
		rows := [][]string{{"item", "designation", "when", "codes", "from", "until", "by"}}
		for _, r := range l.rows {
			when := ""
			if r.when != nil {
				when = r.when.String()
			}
			rows = append(rows, []string{r.item, "Item " + r.item, when, strings.Join(r.codes, " "), orEmpty(r.run.from, ever), orEmpty(r.run.until, never), fmt.Sprintf("i%d", r.by)})
		}
		put("exp/lists/"+l.id+".csv", table(rows))
	}
	for _, pack := range []string{"imp", "exp"} {
		var b strings.Builder
		fmt.Fprintf(&b, "programme: {id: %s.programme, title: Programme of %s}\n", pack, pack)
		n := 0
		for _, x := range m.measures {
			if x.pack != pack {
				continue
			}
			if n++; n == 1 {
				b.WriteString("measures:\n")
			}
			b.WriteString(x.yaml())
		}
		if pack == "imp" && len(m.relations) > 0 {
			b.WriteString("relations:\n")
			for _, r := range m.relations {
				fmt.Fprintf(&b, "- {measures: [%s], yields-to: [%s], by: i%d", r.measure, r.with, r.by)
				dates(&b, r.run)
				if r.endedBy >= 0 {
					fmt.Fprintf(&b, ", ended-by: i%d", r.endedBy)
				}
				b.WriteString("}\n")
			}
		}
		if n > 0 {
			put(pack+"/measures/all.yaml", b.String())
		}
	}
	if len(m.lanes) > 0 {
		var b strings.Builder
		b.WriteString("lanes:\n")
		for _, l := range m.lanes {
			fmt.Fprintf(&b, "- id: %s\n  title: Lane %s\n  authority: The ministry\n  for: [%s]\n  rank: %d\n", l.id, l.id, l.forID, l.rank)
			if len(l.requires) > 0 {
				b.WriteString("  requires:\n")
				for _, c := range l.requires {
					fmt.Fprintf(&b, "  - {when: '%s', else: it is not met, by: i0}\n", c)
				}
			}
			fmt.Fprintf(&b, "  acts:\n  - %s\n", l.act.yaml())
		}
		put("exp/lanes.yaml", b.String())
	}
	return fsys
}

// compile reads the packs of a file system; a fault of the text is a fault of
// the test.
func compile(t interface {
	Helper()
	Fatalf(string, ...any)
}, fsys fstest.MapFS, dirs ...string) *schedule.Schedule {
	t.Helper()
	set, problems := rulepack.Read(fsys, dirs...)
	if faults := problems.Faults(); len(faults) > 0 {
		t.Fatalf("the packs have faults:\n%v\n%s", faults, show(fsys))
	}
	return schedule.Compile(set)
}

// show prints the packs for a failure that somebody has to understand.
func show(fsys fstest.MapFS) string {
	var b strings.Builder
	var names []string
	for name := range fsys {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.HasSuffix(name, "facts.yaml") || name == "exp/pack.yaml" {
			continue
		}
		fmt.Fprintf(&b, "-- %s --\n%s", name, fsys[name].Data)
	}
	return b.String()
}

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("no number: " + s)
	}
	return r
}
