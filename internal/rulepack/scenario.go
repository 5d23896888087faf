package rulepack

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Scenario is one more log of acts, laid over packs: what nobody has done and
// somebody supposes. Its instruments, and with them its acts, are hypothetical.
// The format is described in docs/scenarios.md.
type Scenario struct {
	Title       string
	Note        string
	File        string                // the name by which it was read
	Instruments []*measure.Instrument // its own, in the order of the file
	Digest      [32]byte              // SHA-256 of its text
}

// With returns the set with the scenario laid over it, and every problem of the
// scenario. The set itself stays as it is; the two share what the scenario does
// not touch. Where there is a fault the new set is nil.
func (s *Set) With(file string, text []byte) (*Set, Problems) {
	o := &overlay{
		document: openDocument(file, string(text), time.UTC),
		scenario: &Scenario{File: file, Digest: sha256.Sum256(text)},
		reader: &reader{
			shapes: newScenarioShapes(), set: s.copied(), env: s.Env, declared: map[string][]string{},
			citedIn: "declare it under instruments: what is supposed is done by an instrument of the scenario",
		},
	}
	if o.root != nil {
		o.readPacks()
		o.readScenario()
	}
	problems := o.document.problems
	for _, p := range o.packs {
		problems = append(problems, p.problems...)
	}
	if len(problems.Faults()) == 0 {
		problems = append(problems, o.unstacked(s)...)
	}
	problems = problems.sorted()
	if len(problems.Faults()) > 0 {
		return nil, problems
	}
	o.set.Scenarios = append(slices.Clip(s.Scenarios), o.scenario)
	return o.set, problems
}

// overlay is a scenario while it is read: what a reader of packs knows of packs
// that are read already, and a document besides.
type overlay struct {
	*document
	*reader
	scenario *Scenario
	own      map[string]bool // ids of the scenario's instruments
	copies   map[string]bool // ids of the lists that are the overlay's own copies
}

// scenarioShapes are the shapes that a scenario has and a pack has not.
type scenarioShapes struct {
	scenario, act, law, goodsRow, partyRow *shape
}

// newScenarioShapes returns the shapes of packs as a scenario has them: nothing
// in it has another standing than hypothetical, or was checked against a text.
func newScenarioShapes() *shapes {
	s := newShapes()
	for _, shape := range []*shape{s.instrument, s.act, s.measure, s.term} {
		shape.keys = slices.DeleteFunc(shape.keys, func(k key) bool { return k.name == "standing" || k.name == "confidence" })
	}
	s.instrument.keys = []key{must("id"), must("title"), must("date"), may("citation"), may("url"), may("note")}
	x := &scenarioShapes{
		act:      &shape{"an act", append([]key{must("measures")}, s.act.keys...)},
		law:      &shape{"the law of a pack", append([]key{must("pack")}, s.measures.keys...)},
		goodsRow: &shape{"a row", []key{must("list"), must("code"), may("except"), may("from"), may("until"), may("ends"), must("by"), may("note")}},
		partyRow: &shape{"a row", []key{must("list"), must("name"), may("country"), may("identifier"), may("aliases"), may("from"), may("until"), may("ends"), must("by"), may("note")}},
	}
	x.scenario = &shape{"the scenario", []key{must("title"), may("note"), mustHold("instruments", s.instrument), may("acts"), mayHold("law", x.law), may("rows")}}
	s.of = x
	return s
}

// copied returns a set that shares everything with this one but what an overlay
// puts in the place of something else.
func (s *Set) copied() *Set {
	c := *s
	c.Measures, c.GoodsLists, c.PartyLists = maps.Clone(s.Measures), maps.Clone(s.GoodsLists), slices.Clone(s.PartyLists)
	c.Packs = make([]*Pack, len(s.Packs))
	for i, p := range s.Packs {
		q := *p
		q.Instruments, q.GoodsLists, q.PartyLists = maps.Clone(p.Instruments), maps.Clone(p.GoodsLists), maps.Clone(p.PartyLists)
		q.Measures, q.Relations, q.Terms = slices.Clone(p.Measures), slices.Clip(p.Relations), slices.Clip(p.Terms)
		c.Packs[i] = &q
	}
	c.lint = newLint()
	if l := s.lint; l != nil {
		c.lint.facts, c.lint.cited, c.lint.successions = l.facts, l.cited, l.successions
		c.lint.measures, c.lint.relations, c.lint.rows = maps.Clone(l.measures), maps.Clone(l.relations), maps.Clone(l.rows)
		c.lint.codes = slices.Clip(l.codes)
		for id, marks := range c.lint.relations {
			c.lint.relations[id] = slices.Clip(marks)
		}
	}
	return &c
}

// readPacks makes readers of the packs of the set, as they stand when all is
// read.
func (o *overlay) readPacks() {
	o.own, o.copies = map[string]bool{}, map[string]bool{}
	for _, pack := range o.set.Packs {
		p := &packReader{Pack: pack, r: o.reader, headFields: fields{d: o.document}, lists: map[string]*listFile{}, ids: map[string]mark{}, laneIDs: map[string]mark{}}
		for _, m := range pack.Measures {
			p.ids[m.ID] = o.set.lint.measures[m]
		}
		if b := pack.Base; b != nil {
			p.ids[b.Measure] = mark{p.file("pack.yaml"), 1, 1}
			if b.Other != nil {
				p.ids[b.Other.Measure] = mark{p.file("pack.yaml"), 1, 1}
			}
		}
		name := func(id, of string, kind listKind) {
			if of == pack.ID {
				p.lists[id] = &listFile{id: id, kind: kind, packFile: packFile{path: "lists/" + id + ".csv"}}
			}
		}
		for id, l := range pack.GoodsLists {
			name(id, l.Pack, goodsList)
		}
		for id, l := range pack.ItemLists {
			name(id, l.Pack, itemList)
		}
		for id, l := range pack.PartyLists {
			name(id, l.Pack, partyList)
		}
		for i := range pack.Facts {
			fact := pack.Facts[i].Name
			o.declared[fact] = append(o.declared[fact], pack.ID)
		}
		for _, id := range o.set.visible(pack)[1:] {
			p.dependencies = append(p.dependencies, o.byID(id)) // dependencies come before what depends on them
		}
		o.packs = append(o.packs, p)
	}
}

func (o *overlay) readScenario() {
	top, ok := o.mapping(o.root, o.shapes.of.scenario)
	if !ok {
		return
	}
	o.scenario.Title, o.scenario.Note = top.text("title"), top.text("note")
	for _, n := range top.sequence("instruments") {
		o.readInstrument(n)
	}
	for _, n := range top.sequence("acts") {
		o.readAct(n)
	}
	for _, n := range top.sequence("law") {
		f, ok := o.mapping(n, o.shapes.of.law)
		if !ok {
			continue
		}
		if p := o.pack(f); p != nil {
			o.zone = p.Zone
			p.readLaw(f, p.programme(f))
		}
	}
	for _, n := range top.sequence("rows") {
		o.readRow(n)
	}
	for _, key := range []string{"acts", "law", "rows"} {
		if n := top.values[key]; n != nil {
			o.onlyOwn(n)
		}
	}
	for _, p := range o.packs {
		p.matchPatterns()
	}
}

// readInstrument declares an instrument of the scenario in every pack: an act of
// one may be an act of all.
func (o *overlay) readInstrument(n *yaml.Node) {
	f, ok := o.mapping(n, o.shapes.instrument)
	if !ok {
		return
	}
	in := &measure.Instrument{
		ID: f.id("id"), Kind: "scenario", Title: f.text("title"), Citation: f.text("citation"), URL: f.address("url"), Note: f.text("note"),
		Confidence: measure.Supposed, Standing: measure.Hypothetical,
	}
	if in.Citation == "" {
		in.Citation = in.Title
	}
	in.Citation += " (hypothetical)"
	in.Date, _ = f.date("date")
	if in.ID == "" {
		return
	}
	for _, p := range o.packs {
		if p.Instruments[in.ID] != nil {
			where := "in the pack " + p.ID
			if o.own[in.ID] {
				where = "in the scenario"
			}
			o.faultAt(f.values["id"], fmt.Sprintf("there is an instrument %q already, %s", in.ID, where), "give what is supposed an id of its own")
			return
		}
	}
	for _, p := range o.packs {
		p.Instruments[in.ID] = in
	}
	o.own[in.ID] = true
	o.scenario.Instruments = append(o.scenario.Instruments, in)
}

// onlyOwn finds what is said to be done by an instrument of a pack.
func (o *overlay) onlyOwn(n *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if (key == "by" || key == "ended-by") && value.Kind == yaml.ScalarNode && !o.own[value.Value] &&
			slices.ContainsFunc(o.packs, func(p *packReader) bool { return p.Instruments[value.Value] != nil }) {
			o.faultAt(value, fmt.Sprintf("%s is law, and did not do what is supposed here", value.Value), o.citedIn)
		}
	}
	for _, c := range n.Content {
		o.onlyOwn(c)
	}
}

// readAct lays an act over every measure that one of its patterns matches.
func (o *overlay) readAct(n *yaml.Node) {
	f, ok := o.mapping(n, o.shapes.of.act)
	if !ok {
		return
	}
	patterns := f.texts("measures")
	read, stayed := false, false
	for _, p := range o.packs {
		o.zone = p.Zone
		for i, m := range p.Measures {
			if !slices.ContainsFunc(patterns, func(n *yaml.Node) bool { return measure.Match(n.Value, m.ID) }) {
				continue
			}
			act, ok := p.act(f, m.Kind)
			read = true
			if act.Effect.Kind == measure.Stay {
				if !slices.ContainsFunc(m.Acts, func(a measure.Act) bool { return a.By != nil && a.By.ID == act.Effect.Stays }) {
					continue // the other measures are meant
				}
				stayed = true
			}
			if ok {
				o.replace(p, i, act)
			}
		}
	}
	if !read {
		o.packs[0].act(f, "") // for what is wrong with it besides
	}
	for _, n := range patterns {
		o.mustMatch(n)
	}
	if stay := f.text("stay"); read && f.has("stay") && !stayed && o.cites(stay) {
		o.faultAt(f.values["stay"], fmt.Sprintf("%s did nothing to these measures that could be stayed", stay), "name the instrument of one of their acts")
	}
}

// mustMatch reports a pattern that matches no measure on which an act can be laid.
func (o *overlay) mustMatch(pattern *yaml.Node) {
	for _, p := range o.packs {
		if slices.ContainsFunc(p.Measures, func(m *measure.Measure) bool { return measure.Match(pattern.Value, m.ID) }) {
			return
		}
	}
	for _, p := range o.packs {
		for id := range p.ids {
			if measure.Match(pattern.Value, id) {
				o.faultAt(pattern, fmt.Sprintf("%q matches an ordinary duty alone, on which no act is laid", pattern.Value), "suppose a duty in lieu of it under law")
				return
			}
		}
	}
	hint := didYouMean(pattern.Value, slices.Sorted(maps.Keys(o.set.Measures)))
	if hint == "" {
		hint = "`navicert measures` lists them; * stands for any characters"
	}
	o.faultAt(pattern, fmt.Sprintf("%q matches no measure", pattern.Value), hint)
}

// cites reports whether some pack has the instrument.
func (o *overlay) cites(id string) bool {
	return slices.ContainsFunc(o.packs, func(p *packReader) bool { return p.Instruments[id] != nil })
}

// replace puts a measure with one more act in the place of measure i.
func (o *overlay) replace(p *packReader, i int, act measure.Act) {
	was := p.Measures[i]
	now := *was
	now.Acts = measure.NewTimeline(append(slices.Clone(was.Acts), act))
	p.Measures[i], o.set.Measures[now.ID] = &now, &now
	o.set.lint.measures[&now] = o.set.lint.measures[was]
}

// pack returns the reader of the pack named.
func (o *overlay) pack(f fields) *packReader {
	id := f.text("pack")
	if id == "" {
		return nil
	}
	if p := o.byID(id); p != nil {
		return p
	}
	var ids []string
	for _, p := range o.packs {
		ids = append(ids, p.ID)
	}
	hint := didYouMean(id, ids)
	if hint == "" {
		hint = fmt.Sprintf("the packs are %s", strings.Join(ids, ", "))
	}
	o.faultAt(f.values["pack"], fmt.Sprintf("there is no pack %q", id), hint)
	return nil
}

// readRow lays a row over a list, or ends those that run.
func (o *overlay) readRow(n *yaml.Node) {
	id := ""
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "list" {
			id = n.Content[i+1].Value
		}
	}
	var in *packReader
	kind := goodsList
	for _, p := range o.packs {
		if l := p.lists[id]; l != nil {
			in, kind = p, l.kind
		}
	}
	shape := o.shapes.of.goodsRow
	if kind == partyList {
		shape = o.shapes.of.partyRow
	}
	if in != nil {
		o.zone = in.Zone
	}
	f, ok := o.mapping(n, shape)
	if !ok {
		return
	}
	switch {
	case in == nil && f.text("list") != "":
		var ids []string
		for _, p := range o.packs {
			ids = append(ids, slices.Collect(maps.Keys(p.lists))...)
		}
		slices.Sort(ids)
		o.faultAt(f.values["list"], fmt.Sprintf("there is no list %q", id), didYouMean(id, ids))
	case in == nil:
	case kind == goodsList:
		o.goodsRow(in, f)
	case kind == partyList:
		o.partyRow(in, f)
	default:
		o.faultAt(f.values["list"], fmt.Sprintf("%s is a list of items, whose rows rest on conditions", id), "suppose a measure with that condition under law")
	}
}

// ends reads the instant at which a row ends that is there already; with it go
// no other dates.
func (o *overlay) ends(f fields) (quantity.Instant, bool) {
	at, ok := f.instant("ends")
	for _, key := range []string{"from", "until"} {
		if f.has("ends") && f.has(key) {
			o.faultAt(f.keys[key], fmt.Sprintf("a row that ends another has no %q", key), "ends says when the row of the list is over")
		}
	}
	return at, ok
}

// ended ends the period of a row that runs at the instant and has no end.
func ended(p *quantity.Period, at quantity.Instant) bool {
	if !p.Contains(at) || p.Until != quantity.MaxInstant {
		return false
	}
	p.Until = at
	return true
}

func (o *overlay) goodsRow(p *packReader, f fields) {
	row := GoodsRow{By: p.instrument(f, "by"), Note: f.text("note"), Position: o.position(f.node)}
	code, ok := f.code("code")
	at, ends := o.ends(f)
	row.Code, row.Period = code, f.period()
	place := rowPlace{line: int32(f.node.Line), code: int32(f.node.Column), except: int32(f.node.Column)}
	for _, n := range f.texts("except") {
		c, err := nomenclature.ParseCode(n.Value)
		switch {
		case err != nil:
			o.faultAt(n, err.Error(), "")
		case c == code || !c.HasPrefix(code):
			o.faultAt(n, fmt.Sprintf("%s is excepted and does not lie within %s", c, code), "")
		default:
			row.Except = append(row.Except, c)
		}
	}
	if !ok || row.By == nil {
		return
	}
	id := f.text("list")
	list := o.ownGoods(id)
	if f.has("ends") {
		found := false
		for i := range list.Rows {
			if r := &list.Rows[i]; ends && r.Code == code && ended(&r.Period, at) {
				found, r.EndedBy = true, row.By
			}
		}
		if ends && !found {
			o.faultAt(f.values["code"], fmt.Sprintf("no row of %s names %s and runs then without an end", id, code), "")
		}
	} else {
		list.Rows = append(list.Rows, row)
		o.set.lint.rows[id] = append(slices.Clip(o.set.lint.rows[id]), place)
	}
}

// ownGoods returns the overlay's own copy of a goods list.
func (o *overlay) ownGoods(id string) *GoodsList {
	if o.copies[id] {
		return o.set.GoodsLists[id]
	}
	o.copies[id] = true
	list := *o.set.GoodsLists[id]
	list.Rows = slices.Clone(list.Rows)
	o.set.GoodsLists[id] = &list
	for _, q := range o.packs {
		if q.GoodsLists[id] != nil {
			q.GoodsLists[id] = &list
		}
	}
	return &list
}

func (o *overlay) partyRow(p *packReader, f fields) {
	row := PartyRow{Name: f.text("name"), Identifiers: f.strings("identifier"), Aliases: f.strings("aliases"), Period: f.period(), By: p.instrument(f, "by"),
		Note: f.text("note"), Position: o.position(f.node)}
	row.Earliest = row.Period.From
	if s := f.text("country"); s != "" {
		c, problem, hint := parseCountry(s)
		if problem != "" {
			o.faultAt(f.values["country"], problem, hint)
		}
		row.Country = c
	}
	at, ends := o.ends(f)
	if row.Name == "" || row.By == nil {
		return
	}
	row.Announced = row.By.Date
	id := f.text("list")
	list := o.ownParties(id)
	if f.has("ends") {
		found := false
		rows := list.Rows()
		for i := range rows {
			if r := &rows[i]; ends && FoldName(r.Name) == FoldName(row.Name) && ended(&r.Period, at) {
				found, r.EndedBy = true, row.By
			}
		}
		if ends && !found {
			o.faultAt(f.values["name"], fmt.Sprintf("no row of %s names %s and runs then without an end", id, row.Name), "write the name as the list does")
		}
	} else {
		list.set(append(list.Rows(), row))
	}
}

// ownParties returns the overlay's own copy of a party list.
func (o *overlay) ownParties(id string) *PartyList {
	i := slices.IndexFunc(o.set.PartyLists, func(l *PartyList) bool { return l.ID == id })
	if o.copies[id] {
		return o.set.PartyLists[i]
	}
	o.copies[id] = true
	list := *o.set.PartyLists[i]
	list.set(slices.Clone(list.Rows()))
	o.set.PartyLists[i] = &list
	for _, q := range o.packs {
		if q.PartyLists[id] != nil {
			q.PartyLists[id] = &list
		}
	}
	return &list
}

func (l *PartyList) set(rows []PartyRow) { l.rows = func() []PartyRow { return rows } }

// unstacked returns the duties that can meet in the scenario, of which nothing
// says how they stack, and that do not meet so without it.
func (o *overlay) unstacked(before *Set) Problems {
	stacking := func(s *Set) Problems {
		c := &checker{set: s}
		c.checkStacking()
		return c.problems
	}
	if before.lint == nil {
		return nil
	}
	now := stacking(o.set)
	if len(now) == 0 {
		return nil
	}
	was := stacking(before)
	return slices.DeleteFunc(now, func(p Problem) bool { return slices.Contains(was, p) })
}
