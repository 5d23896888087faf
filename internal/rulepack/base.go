package rulepack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"go.yaml.in/yaml/v4"
)

// readGroups reads the groups of countries of pack.yaml.
func (p *packReader) readGroups() {
	for _, q := range p.dependencies {
		maps.Copy(p.Groups, q.Groups)
	}
	n := p.headFields.values["groups"]
	if n == nil {
		return
	}
	d := p.head
	for _, e := range d.entries(n, "the groups") {
		name := e[0].Value
		if !isGroupName(name) {
			d.faultAt(e[0], fmt.Sprintf("%q cannot name a group of countries", name), "use three or more upper-case letters, digits and hyphens, like CAFTA-DR")
			continue
		}
		for _, q := range p.dependencies {
			if _, ok := q.Groups[name]; ok {
				d.faultAt(e[0], fmt.Sprintf("the pack %s, on which this one depends, has a group %s already", q.ID, name), "use it, or choose another name")
				break
			}
		}
		members := []Membership{}
		for _, m := range d.sequence(e[1], "the group "+name) {
			f, ok := d.mapping(m, p.r.shapes.membership)
			if !ok {
				continue
			}
			member := Membership{Period: f.period()}
			for _, o := range f.texts("origin") {
				c, problem, hint := parseCountry(o.Value)
				if problem != "" {
					d.faultAt(o, problem, hint)
					continue
				}
				if slices.Contains(member.Origins, c) {
					d.faultAt(o, fmt.Sprintf("the group %s names %s twice", name, c), "leave one out")
					continue
				}
				member.Origins = append(member.Origins, c)
			}
			members = append(members, member)
		}
		p.Groups[name] = members
	}
}

// readBase reads the rest of pack.yaml: what cites instruments and facts.
func (p *packReader) readBase() {
	for _, q := range p.dependencies {
		maps.Copy(p.Portions, q.Portions)
	}
	h := p.headFields
	if n := h.values["rounding"]; n != nil {
		if f, ok := h.d.mapping(n, p.r.shapes.rounding); ok {
			p.Rounding = &Rounding{By: p.instrument(f, "by")}
			p.Rounding.Places, _ = f.integer("places", 0, 9)
			p.Rounding.Mode, _ = quantity.ParseMode(f.oneOf("mode", "half-up", "half-even", "down", "up"))
		}
	}
	p.FixedSlot = -1
	if fact := p.fact(h, "fixed-by"); fact != nil {
		p.FixedBy = fact.Name
		p.FixedSlot, _ = p.r.env.Slot(fact.Name)
		if fact.Type != condition.InstantType || fact.Kind != condition.Claim {
			h.d.faultAt(h.values["fixed-by"], fmt.Sprintf("the fact %s fixes no law", fact.Name), "declare it as an instant and a claim")
		}
	}
	if n := h.values["portions"]; n != nil {
		p.readPortions(n)
	}
	if n := h.values["base"]; n != nil {
		if f, ok := h.d.mapping(n, p.r.shapes.base); ok {
			p.readBaseDuty(f)
		}
	}
	for _, n := range h.sequence("filing-order") {
		f, ok := h.d.mapping(n, p.r.shapes.filing)
		if !ok {
			continue
		}
		from, _ := f.instant("from")
		if slices.ContainsFunc(p.FilingOrder, func(o FilingOrder) bool { return o.From == from }) {
			h.d.faultAt(f.values["from"], "another filing order begins at the same instant", "keep one of them")
			continue
		}
		p.FilingOrder = append(p.FilingOrder, FilingOrder{From: from, By: p.instrument(f, "by"), Order: f.strings("order")})
	}
	slices.SortFunc(p.FilingOrder, func(a, b FilingOrder) int { return cmp.Compare(a.From, b.From) })
}

func (p *packReader) readPortions(n *yaml.Node) {
	d := p.head
	for _, e := range d.entries(n, "the portions") {
		name := e[0].Value
		switch {
		case name == whole || name == remainder:
			d.faultAt(e[0], fmt.Sprintf("the portion %q is built in", name), "leave it out")
			continue
		case !isID(name):
			d.faultAt(e[0], fmt.Sprintf("%q cannot name a portion", name), "use lower-case letters and digits, joined by hyphens")
			continue
		}
		f, ok := d.mapping(e[1], p.r.shapes.portion)
		if !ok {
			continue
		}
		if f.has("share") == f.has("less") {
			d.faultAt(e[1], fmt.Sprintf("the portion %s needs either share or less", name), "share: the fact is the part; less: the part is 1 minus the fact")
			p.Portions[name] = Portion{Name: name, Slot: -1}
			continue
		}
		key := "share"
		if f.has("less") {
			key = "less"
		}
		portion := Portion{Name: name, Fact: f.text(key), Slot: -1, Less: key == "less"}
		fact := p.fact(f, key)
		if fact == nil {
			p.Portions[name] = portion
			continue
		}
		p.isShare(f, key, fact)
		portion.Slot, _ = p.r.env.Slot(fact.Name)
		portion.Group = fact.Group
		p.Portions[name] = portion
	}
}

// isShare complains where the fact under a key is no share of the value.
func (p *packReader) isShare(f fields, key string, fact *condition.Fact) {
	if fact.Type != condition.Number || fact.Max == nil || fact.Max.Cmp(quantity.NewDecimal(1, 0)) != 0 || fact.Min != nil && fact.Min.Sign() < 0 {
		f.d.faultAt(f.values[key], fmt.Sprintf("the fact %s is no share", fact.Name), "declare it as a number with min: 0 and max: 1")
	}
}

// The portions that are built in.
const (
	whole     = "whole"
	remainder = "remainder"
)

// fact returns the fact named under a key, nil where the pack sees none.
func (p *packReader) fact(f fields, key string) *condition.Fact {
	name := f.text(key)
	if name == "" {
		return nil
	}
	if slot, ok := p.r.env.Slot(name); ok {
		fact := p.r.env.Fact(slot)
		if packs := p.r.declared[name]; len(packs) > 0 && !slices.ContainsFunc(packs, p.sees) {
			f.d.faultAt(f.values[key], fmt.Sprintf("the fact %s is that of the pack %s", name, packs[0]), fmt.Sprintf("add %s to depends-on in pack.yaml", packs[0]))
		}
		return fact
	}
	if p.some(func(q *packReader) bool { return q.noFacts }) {
		return nil
	}
	hint := "declare it in facts.yaml"
	if near := p.r.env.Nearest(name); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	f.d.faultAt(f.values[key], fmt.Sprintf("there is no fact %q", name), hint)
	return nil
}

func (p *packReader) readBaseDuty(f fields) {
	b := &Base{By: p.instrument(f, "by"), Title: cmp.Or(f.text("title"), "Column 1 general"), HeldUntil: quantity.MaxInstant, ClaimSlot: -1}
	p.Base = b
	if until, ok := f.instant("held-until"); ok {
		b.HeldUntil = until
		if p.Zone != nil && until <= p.Begins.Start(p.Zone) {
			f.d.faultAt(f.values["held-until"], "the pack begins when no edition is held any more", "give the first instant after the last edition held")
		}
	}
	b.Measure = p.baseMeasure(f)
	if digits, ok := f.integer("heading-digits", 4, 10); ok {
		if digits%2 != 0 {
			f.d.faultAt(f.values["heading-digits"], "codes have an even number of digits", "write 4, 6, 8 or 10")
		}
		b.HeadingDigits = digits
	}
	if b.Table = f.text("table"); b.Table != "" {
		if _, ok := p.find(b.Table); !ok || !strings.HasPrefix(b.Table, "schedule/") {
			f.d.faultAt(f.values["table"], fmt.Sprintf("there is no file %q", b.Table), p.schedulesHint(b.Table))
		}
	}
	if n := f.values["other"]; n != nil {
		if g, ok := f.d.mapping(n, p.r.shapes.other); ok {
			b.Other = &OtherColumn{Origin: p.places(g, "origin"), Measure: p.baseMeasure(g), Title: cmp.Or(g.text("title"), "Column 2")}
		}
	}
	if fact := p.fact(f, "claim"); fact != nil {
		if fact.Type != condition.Enum || fact.Kind != condition.Claim {
			f.d.faultAt(f.values["claim"], fmt.Sprintf("the fact %s cannot name the programme claimed", fact.Name), "declare it with type: enum and kind: claim")
		} else {
			b.Claim = fact.Name
			b.ClaimSlot, _ = p.r.env.Slot(fact.Name)
		}
	}
	for _, n := range f.sequence("editions") {
		g, ok := f.d.mapping(n, p.r.shapes.edition)
		if !ok {
			continue
		}
		e := Edition{Period: g.period(), By: p.instrument(g, "by"), Note: g.text("note")}
		if g.has("digits") {
			if digits, ok := g.integer("digits", 4, 10); ok {
				if digits%2 != 0 {
					g.d.faultAt(g.values["digits"], "codes have an even number of digits", "write 4, 6, 8 or 10")
				}
				e.Digits = digits
			}
		}
		if n := len(b.Editions); n > 0 && e.Period.From < b.Editions[n-1].Period.Until {
			g.d.faultAt(g.node, "the edition begins before the one above ends", "give the editions in order of time, each from where the last ends")
		}
		b.Editions = append(b.Editions, e)
	}
	if name := f.text("programmes"); name != "" {
		switch file, ok := p.find(name); {
		case !ok || !strings.HasPrefix(name, "schedule/"):
			f.d.faultAt(f.values["programmes"], fmt.Sprintf("there is no file %q", name), p.schedulesHint(name))
		case b.Claim == "" && !f.has("claim"):
			f.d.faultAt(f.values["programmes"], "programmes cannot be claimed without a fact to claim them", "add claim, an enum fact of kind claim")
		default:
			p.readProgrammes(file)
		}
	}
}

func (p *packReader) schedulesHint(name string) string {
	var files []string
	for _, f := range p.in("schedule") {
		files = append(files, f.path)
	}
	if hint := didYouMean(name, files); hint != "" {
		return hint
	}
	return "give the path of a file in the pack's folder schedule"
}

// baseMeasure registers the id of a measure that the base makes.
func (p *packReader) baseMeasure(f fields) string {
	id := f.id("measure")
	if id != "" {
		p.registerMeasure(id, f.d.mark(f.values["measure"]))
	}
	return id
}

// registerMeasure notes the place of an id, and whether it is free.
func (p *packReader) registerMeasure(id string, m mark) bool {
	for _, q := range p.r.packs {
		if first, ok := q.ids[id]; ok {
			p.fault(m.file, m.line, m.column, fmt.Sprintf("there is a measure %q already, at %s", id, first), "give each an id of its own")
			return false
		}
	}
	p.ids[id] = m
	return true
}

var programmeColumns = []column{need("symbol"), have("name"), have("origin"), have("from"), have("until"), need("by"), have("ended-by"), have("unknown"), have("note")}

// readProgrammes reads the preferences that may be claimed.
func (p *packReader) readProgrammes(file packFile) {
	t := openTable(p.file(file.path), file.text(), p.Zone, programmeColumns)
	symbol, name, origin := t.column("symbol"), t.column("name"), t.column("origin")
	by, endedBy, unknown, note := t.column("by"), t.column("ended-by"), t.column("unknown"), t.column("note")
	claim := p.r.env.Fact(p.Base.ClaimSlot)
	for t.next() {
		if t.missing(symbol, "symbol") {
			continue
		}
		row := Programme{Symbol: t.at(symbol), Name: t.at(name), Period: t.period(), Unknown: t.at(unknown), Note: t.at(note), Position: t.position()}
		row.By, row.EndedBy = p.citation(t, by, endedBy)
		if claim != nil && !slices.Contains(claim.Values, row.Symbol) {
			hint := didYouMean(row.Symbol, claim.Values)
			if hint == "" {
				hint = "add it to the values of the fact"
			}
			t.fault(symbol, fmt.Sprintf("the fact %s has no value %q", claim.Name, row.Symbol), hint)
		}
		for place := range strings.FieldsSeq(t.at(origin)) {
			if message, hint := p.unknownPlace(place); message != "" {
				t.fault(origin, message, hint)
				continue
			}
			row.Origins = append(row.Origins, measure.Place{Name: place})
		}
		p.Base.Programmes = append(p.Base.Programmes, row)
	}
	p.problems = append(p.problems, t.problems...)
}

// needBase reports what a pack with duties lacks.
func (p *packReader) needBase() {
	if p.headFields.d == nil {
		return
	}
	i := slices.IndexFunc(p.Measures, func(m *measure.Measure) bool { return rated(m.Kind) })
	if i < 0 && p.Base == nil {
		return
	}
	for _, key := range []string{"currency", "rounding"} {
		if !p.headFields.has(key) {
			hint := "currency: USD"
			if key == "rounding" {
				hint = "rounding: {places: 2, mode: half-up, by: INSTRUMENT}"
			}
			p.head.faultAt(p.headFields.node, fmt.Sprintf("a pack with duties needs the key %q", key), "like "+hint)
		}
	}
}

// rated reports whether measures of the kind have rates.
func rated(k measure.Kind) bool { return k == measure.Duty || k == measure.Fee }
