package determination_test

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
)

// shapeOf says what a generated model may have.
type shapeOf struct {
	less      bool // portions whose overlap with others nobody declares
	closedOff bool // cases are closed
	steady    bool // no group gains or loses members
	// chains lets a duty yield to one that yields itself.
	chains bool
}

// drawer draws a model.
type drawer struct {
	t     *rapid.T
	shape shapeOf
	m     *model
	pool  []string // the facts that conditions read
}

func (d *drawer) n(most int) int { return rapid.IntRange(0, most).Draw(d.t, "n") }

// odds is true once in n times or so; it shrinks to false.
func (d *drawer) odds(n int) bool { return rapid.IntRange(1, n).Draw(d.t, "odds") == n }

func pick[T any](d *drawer, from ...T) T { return from[d.n(len(from)-1)] }

// some draws a part of the elements, perhaps none.
func some[T any](d *drawer, from []T, most int) []T {
	var out []T
	for _, x := range from {
		if len(out) < most && d.odds(3) {
			out = append(out, x)
		}
	}
	return out
}

var (
	countriesDrawn = []string{"CN", "VN", "DE", "RU"}
	eightDigits    = []string{"11010100", "11010200", "11010300", "11020100"}
	tenDigits      = []string{"1101010010", "1101010020", "1101010030", "1101020000", "1102010010", "1102010020"}
	days           = []day{-20, 0, 10, 20, 30, 40, 50, 70}
	announcedDays  = []day{-30, -10, 5, 15, 25, 45}
	thresholds     = map[string][]string{"goods.n": {"0", "5", "20"}, "goods.m": {"10"}, "goods.p": {"50", "7"}, "goods.q": {"0.5", "3"}, "goods.k": {"5"}, "content.steel": {"0.25"}, "content.copper": {"0.5"}, "content.us": {"0.2"}}
)

func drawModel(t *rapid.T, shape shapeOf) *model {
	d := &drawer{t: t, shape: shape, m: &model{}}
	m := d.m
	m.instruments = append([]day{-1000}, announcedDays...)
	for _, f := range catalogue {
		if f.name != "preference" && (f.name != "content.us" || shape.less) && len(d.pool) < 4 && d.odds(2) {
			d.pool = append(d.pool, f.name)
		}
	}
	if !shape.steady && d.odds(2) {
		for _, c := range []string{"CN", "VN"} {
			m.varying = append(m.varying, struct {
				country string
				run     span
			}{c, d.span()})
		}
	}
	d.schedule()
	for i := range 1 + d.n(2) {
		l := &mgoods{id: fmt.Sprintf("g%d", i)}
		for range 1 + d.n(3) {
			l.rows = append(l.rows, d.row())
		}
		m.goods = append(m.goods, l)
	}
	if d.odds(2) {
		l := &mitems{id: "it0"}
		for i := range 1 + d.n(2) {
			r := mitem{item: fmt.Sprintf("I%d", i), when: d.condition(exportFacts, 1), run: span{ever, never}, by: 0}
			if r.when != nil && d.odds(2) {
				r.codes = []string{pick(d, append(eightDigits, tenDigits[0])...)}
			}
			if d.odds(3) {
				r.run, r.by = d.span(), d.n(len(announcedDays))
			}
			l.rows = append(l.rows, r)
		}
		m.items = append(m.items, l)
	}
	for i := range 3 + d.n(7) {
		d.measure(i)
	}
	d.relate()
	return m
}

func (d *drawer) span() span {
	i := d.n(len(days) - 1)
	s := span{days[i], never}
	if i+1 < len(days) && d.odds(3) {
		s.until = days[i+1+d.n(len(days)-i-2)]
	}
	if d.odds(6) {
		s.from = ever
	}
	return s
}

func (d *drawer) row() mrow {
	r := mrow{code: pick(d, slices.Concat(eightDigits, tenDigits, []string{"1101", "110101"})...), run: span{ever, never}, endedBy: -1}
	if d.odds(3) {
		r.run, r.by = d.span(), d.n(len(announcedDays))
		if r.run.until != never && d.odds(2) {
			r.endedBy = d.n(len(announcedDays))
		}
	}
	if len(r.code) < 10 && d.odds(4) {
		for _, c := range slices.Concat(eightDigits, tenDigits) {
			if len(c) > len(r.code) && c[:len(r.code)] == r.code && d.odds(2) {
				r.except = c
			}
		}
	}
	return r
}

func (d *drawer) rate(printed bool) *mrate {
	percent := func() mterm { return mterm{percent: true, amount: pick(d, "2.5", "10", "25", "33.33", "100")} }
	specific := func() mterm {
		return mterm{amount: pick(d, "0.35", "1.5", "12"), unit: pick(d, "kg", "No.")}
	}
	switch d.n(7) {
	case 0, 1:
		return &mrate{sum: []mterm{percent()}}
	case 2:
		return &mrate{}
	case 3:
		return &mrate{sum: []mterm{specific()}}
	case 4:
		return &mrate{sum: []mterm{specific(), percent()}}
	case 5:
		return &mrate{sum: []mterm{percent()}, least: []mterm{specific()}}
	case 6:
		r := &mrate{sum: []mterm{specific(), percent()}, most: []mterm{percent()}}
		if d.odds(2) {
			r.sum, r.most = []mterm{percent()}, []mterm{specific()}
		}
		return r
	}
	if printed {
		return &mrate{sum: []mterm{percent()}}
	}
	return &mrate{total: true, sum: []mterm{percent()}}
}

func (d *drawer) schedule() {
	column := func() mcolumn {
		switch {
		case d.odds(10):
			return mcolumn{unreadable: true}
		case d.odds(10):
			return mcolumn{}
		}
		return mcolumn{rate: d.rate(true)}
	}
	line := func(code string, rated bool) {
		l := mline{code: code}
		if rated {
			l.general, l.other = column(), column()
			if d.odds(3) {
				l.special = map[string]*mrate{pick(d, "A", "D"): d.rate(true)}
			}
		}
		d.m.lines = append(d.m.lines, l)
	}
	line("1101", false)
	line("11010100", true)
	line("1101010010", false)
	line("1101010020", false)
	line("1101010030", false)
	line("1101020000", true)
	line("11010300", true)
	line("110201", d.odds(2))
	line("11020100", true)
	line("1102010010", false)
	line("1102010020", false)
}

// condition draws a condition over the facts of the pool that are among the
// first of the catalogue; nil where there are none.
func (d *drawer) condition(facts, depth int) *mcond {
	var names []string
	for _, f := range catalogue[:facts] {
		if slices.Contains(d.pool, f.name) {
			names = append(names, f.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	if depth > 0 && d.odds(2) {
		switch op := pick(d, "and", "or", "not"); op {
		case "not":
			return &mcond{op: op, kids: []*mcond{d.condition(facts, depth-1)}}
		default:
			return &mcond{op: op, kids: []*mcond{d.condition(facts, depth-1), d.condition(facts, depth-1)}}
		}
	}
	f := factNamed(pick(d, names...))
	switch f.typ {
	case "bool":
		return &mcond{op: "fact", fact: f.name}
	case "number":
		return &mcond{op: "cmp", fact: f.name, rel: pick(d, ">", ">=", "<", "<=", "==", "!="), num: pick(d, thresholds[f.name]...)}
	}
	if d.odds(3) {
		return &mcond{op: "in", fact: f.name, texts: []string{f.values[0], f.values[2]}}
	}
	return &mcond{op: "text", fact: f.name, rel: pick(d, "==", "!="), texts: []string{pick(d, f.values...)}}
}

// acts draws a log.
func (d *drawer) acts(duty bool) []mact {
	applies := func() meffect {
		if duty {
			return meffect{kind: "applies", rate: d.rate(false)}
		}
		return meffect{kind: "applies"}
	}
	first := mact{run: span{days[d.n(3)], never}, effect: applies()}
	if d.odds(4) {
		first.by = 1 + d.n(2)
	}
	if d.odds(5) {
		first.run.until = first.run.from + 20
	}
	acts := []mact{first}
	stayed := false
	for range d.n(4) {
		if d.odds(2) {
			continue
		}
		a := mact{by: 1 + d.n(len(announcedDays)-1), run: d.span(), reported: d.odds(12)}
		if a.run.from == ever {
			a.run.from = days[0]
		}
		switch kind := pick(d, "applies", "suspend", "suspend", "resume", "end", "unknown", "stay", "void"); kind {
		case "applies":
			a.effect = applies()
		case "stay":
			if stayed || a.by == acts[0].by || a.reported {
				continue
			}
			stayed = true
			a.effect = meffect{kind: "stay", stay: acts[0].by}
		case "void":
			if !d.odds(3) {
				continue
			}
			a.effect, a.run = meffect{kind: kind}, span{ever, never}
		case "resume", "end":
			a.effect = meffect{kind: kind}
			a.run.until = never
		default:
			a.effect = meffect{kind: kind}
		}
		if a.run.until != never && a.effect.kind != "stay" && (a.effect.kind == "unknown" || d.odds(2)) {
			then := pick(d, meffect{kind: "end"}, meffect{kind: "unknown"}, meffect{kind: "resume"}, applies())
			if a.effect.kind != "suspend" && then.kind == "resume" {
				then = applies()
			}
			a.then = &then
		}
		acts = append(acts, a)
	}
	return acts
}

func (d *drawer) places() []string {
	switch d.n(6) {
	case 0, 1, 2:
		return nil
	case 3:
		return []string{pick(d, countriesDrawn...)}
	case 4:
		return []string{"not " + pick(d, countriesDrawn...)}
	case 5:
		return []string{"NEAR", "DE"}
	}
	if len(d.m.varying) == 0 {
		return []string{"NEAR", "not VN"}
	}
	return []string{pick(d, "VARYING", "not VARYING")}
}

func (d *drawer) measure(i int) {
	m := d.m
	x := &mmeasure{id: fmt.Sprintf("m.%02d", i), kind: pick(d, "duty", "duty", "duty", "duty", "fee", "exemption", "prohibition", "licence", "licence"),
		pack: "imp", leg: "into", territory: []string{"US"}}
	facts := len(catalogue)
	if x.kind == "licence" || x.kind == "prohibition" && d.odds(2) {
		x.pack, x.leg, x.territory, facts = "exp", "out-of", []string{"CN"}, exportFacts
		if d.odds(5) {
			x.leg, x.territory = "reexport-from", []string{"not CN"}
		}
	}
	if d.odds(8) {
		x.from = []string{pick(d, "CN", "not CN")}
	}
	if d.odds(8) {
		x.to = []string{pick(d, "US", "not US")}
	}
	x.origin = d.places()
	if x.pack == "exp" && x.origin != nil {
		x.origin = []string{pick(d, "CN", "not DE")}
	}
	codes := slices.Concat(eightDigits, tenDigits)
	list := func() []string {
		if d.odds(3) {
			return []string{pick(d, codes...)}
		}
		return []string{pick(d, m.goods...).id}
	}
	if d.odds(2) {
		x.goods = list()
	}
	if d.odds(4) {
		x.except = list()
		if slices.Equal(x.except, x.goods) {
			x.except = nil
		}
	}
	if x.pack == "exp" && len(m.items) > 0 {
		var licences []string
		for _, y := range m.measures {
			if y.kind == "licence" && y.items != nil {
				licences = append(licences, y.id)
			}
		}
		switch {
		case len(licences) > 0 && d.odds(2):
			x.controlledBy = []string{pick(d, licences...)}
		case d.odds(2):
			x.items = []string{m.items[0].id}
		}
	}
	if d.odds(2) {
		x.when = d.condition(facts, 2)
	}
	x.acts = d.acts(x.isDuty())
	switch {
	case x.isDuty():
		if d.odds(3) {
			x.on = pick(d, "steel", "steel", "copper")
			if d.shape.less {
				x.on = pick(d, "steel", "copper", "non-us")
			}
		}
		if x.kind == "duty" && d.odds(6) {
			var targets []string
			for _, y := range m.measures {
				if y.isDuty() && y.inLieuOf == nil {
					targets = append(targets, y.id)
				}
			}
			x.inLieuOf = some(d, append(targets, "b.one"), 2)
		}
	case x.kind == "exemption":
		var targets []string
		for _, y := range m.measures {
			if y.kind != "exemption" && y.leg == x.leg {
				targets = append(targets, y.id)
			}
		}
		targets = append(targets, "b.one", "b.two")
		x.exempts = some(d, targets, 3)
		if x.exempts == nil {
			x.exempts = targets[:1]
		}
	case x.kind == "licence" && d.odds(2):
		l := &mlane{id: "lane." + x.id, forID: x.id, rank: 1, act: mact{run: span{days[d.n(3)], never}, effect: meffect{kind: "applies"}}}
		if c := d.condition(exportFacts, 1); c != nil {
			l.requires = []*mcond{c}
		}
		m.lanes = append(m.lanes, l, &mlane{id: "slow." + x.id, forID: x.id, rank: 2, act: mact{run: span{-100, never}, effect: meffect{kind: "applies"}}})
	}
	m.measures = append(m.measures, x)
}

// relate lets measures yield to those after them. What replaces another yields
// to nobody: whether a duty that gave way still replaces is a question that the
// format leaves open.
func (d *drawer) relate() {
	m := d.m
	taken := map[string]bool{} // those that others yield to
	for i, x := range m.measures {
		if !x.isDuty() || x.inLieuOf != nil || taken[x.id] && !d.shape.chains {
			continue
		}
		for _, y := range m.measures[i+1:] {
			if !y.isDuty() || !d.odds(2) {
				continue
			}
			r := mrelation{measure: x.id, with: y.id, run: span{ever, never}, endedBy: -1}
			if d.odds(4) {
				r.run, r.by = d.span(), d.n(len(announcedDays))
				if r.run.until != never && d.odds(2) {
					r.endedBy = d.n(len(announcedDays))
				}
			}
			m.relations = append(m.relations, r)
			taken[y.id] = true
		}
	}
}

// mcase is a case of the model. A fact that is not in facts is not given.
type mcase struct {
	goods                    string
	from, to, origin         string
	entered, exported, known day
	value                    string // "" where none is given
	quantities               map[string]string
	facts                    map[string]string
	closed                   bool
	only                     string
}

func (c *mcase) asked() determination.Case {
	out := determination.Case{
		Goods: c.goods, From: c.from, To: c.to, Origin: c.origin, On: c.entered.String(), Exported: c.exported.String(), Known: c.known.String(),
		Facts: maps.Clone(c.facts), Closed: c.closed, Only: c.only,
	}
	if c.value != "" {
		out.Value = c.value + " USD"
	}
	for _, u := range slices.Sorted(maps.Keys(c.quantities)) {
		out.Quantity = append(out.Quantity, c.quantities[u]+" "+u)
	}
	return out
}

var wholeGoods = []string{"1101010010", "1101010020", "1101010030", "1101020000", "11010300", "1102010010", "1102010020"}

// derived states a fact that is computed from others, perhaps, where those leave
// it open.
func (d *drawer) derived(c *mcase, f *mfact) {
	var known func(name string) bool
	known = func(name string) bool {
		if x := factNamed(name).formula; x != nil && known(x.left) && known(x.right) {
			return true
		}
		_, ok := c.facts[name]
		return ok
	}
	if !known(f.name) && d.odds(4) {
		c.facts[f.name] = pick(d, "0", "7", "50", "0.5", "3")
	}
}

// drawCase draws a case for the model. Goods are a line, or, where part is set,
// perhaps only the subheading.
func drawCase(t *rapid.T, m *model, shape shapeOf, part bool) *mcase {
	d := &drawer{t: t, m: m, shape: shape}
	c := &mcase{
		goods: pick(d, wholeGoods...), from: pick(d, "CN", "CN", "VN"), to: "US", origin: pick(d, countriesDrawn...),
		entered: pick[day](d, 5, 15, 25, 35, 45, 60, 100), known: pick[day](d, 200, 200, 200, 20, 40), value: pick(d, "10000", "1234.56", "0.07"),
		quantities: map[string]string{"kg": pick(d, "0", "12.5", "3000"), "No.": pick(d, "1", "77")}, facts: map[string]string{}, closed: shape.closedOff,
	}
	c.exported = c.entered
	if d.odds(4) {
		c.exported = c.entered - 7 // no day on which law begins: rows run by the zone of their own pack
	}
	if part && d.odds(2) {
		c.goods = pick(d, "11010100", "11020100", "11010200")
	}
	if part && d.odds(5) {
		delete(c.quantities, pick(d, "kg", "No."))
	}
	if part && d.odds(6) {
		c.value = ""
	}
	if d.odds(8) {
		c.only = pick(d, "import", "export")
	}
	if d.odds(12) {
		c.to = "MX"
	}
	if len(c.goods) == 8 && (c.only == "export" || c.to != "US") {
		c.goods = "11010300" // without a tariff nobody knows the lines of a subheading
	}
	content := 2 // index of the most that may still be given
	for i := range catalogue {
		f := &catalogue[i]
		if f.formula != nil {
			d.derived(c, f)
			continue
		}
		give := 2
		if !part && !shape.closedOff {
			give = 1
		}
		if f.claim {
			give = 3
		}
		if give > 1 && !d.odds(give) {
			continue
		}
		switch {
		case f.group != "":
			n := d.n(content)
			if n > 0 {
				content = 2 - n
			}
			// What is left must not be a threshold: an end that its region does
			// not hold is taken to be reached.
			c.facts[f.name] = [...]string{"0", "0.3", "1"}[n]
		case f.name == "content.us":
			c.facts[f.name] = pick(d, "0", "0.2", "0.4")
		case f.typ == "bool":
			c.facts[f.name] = pick(d, "true", "false")
		case f.typ == "number":
			c.facts[f.name] = pick(d, "0", "5", "5.5", "20", "10")
		default:
			c.facts[f.name] = pick(d, f.values...)
		}
		if f.claim && part && d.odds(6) {
			c.facts[f.name] = "unknown"
		}
	}
	if c.facts["preference"] == "D" && c.origin != "VN" {
		c.facts["preference"] = "A" // D is for nobody else
	}
	if len(c.facts) == 0 {
		// A case that states nothing at all is presumed to be of no control item
		// of another code, whatever the conditions say.
		c.facts["claimed"] = "false"
	}
	return c
}
