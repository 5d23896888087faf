package rulepack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// patternUse is a pattern over measure ids that must match something.
type patternUse struct {
	d       *document
	node    *yaml.Node
	accepts func(*measure.Measure) bool // nil: any, base measures included
	what    string                      // what it should match
}

// readMeasures reads the files of measures/.
func (p *packReader) readMeasures() {
	for _, f := range p.in("measures") {
		d := p.document(f)
		if d.root == nil {
			p.noMeasures = true
			continue
		}
		top, ok := d.mapping(d.root, p.r.shapes.measures)
		if !ok {
			p.noMeasures = true
			continue
		}
		programme := p.programme(top)
		p.noMeasures = p.noMeasures || top.has("measures") && !top.isList("measures")
		p.readLaw(top, programme)
	}
}

// programme is what the measures of a file belong to.
type programme struct{ id, title string }

// programme returns the programme to which the measures belong.
func (p *packReader) programme(f fields) (out programme) {
	n := f.values["programme"]
	if n == nil {
		if f.has("measures") {
			f.d.faultAt(f.node, f.shape.what+` has measures and no "programme"`, "like programme: {id: us.301, title: Section 301 of the Trade Act 1974}")
		}
		return out
	}
	if g, ok := f.d.mapping(n, p.r.shapes.programme); ok {
		out.id, out.title = g.id("id"), g.text("title")
	}
	return out
}

// readLaw reads the measures, relations and terms under the keys of that name.
func (p *packReader) readLaw(f fields, g programme) {
	for _, n := range f.sequence("measures") {
		p.readMeasure(f.d, n, g)
	}
	for _, n := range f.sequence("relations") {
		p.readRelation(f.d, n)
	}
	for _, n := range f.sequence("terms") {
		p.readTerm(f.d, n)
	}
}

func (p *packReader) readMeasure(d *document, n *yaml.Node, g programme) {
	f, ok := d.mapping(n, p.r.shapes.measure)
	if !ok {
		p.noMeasures = true
		return
	}
	m := &measure.Measure{
		ID:          f.id("id"),
		Title:       f.text("title"),
		ProgrammeID: g.id,
		Programme:   g.title,
		Pack:        p.ID,
		Heading:     f.text("heading"),
		On:          whole,
		Authority:   f.text("authority"),
		Review:      f.text("review"),
		Note:        f.text("note"),
		Confidence:  f.confidence("confidence"),
		Position:    d.position(n),
	}
	m.Kind = measure.Kind(f.oneOf("kind", string(measure.Duty), string(measure.Fee), string(measure.Licence), string(measure.Prohibition),
		string(measure.Exemption), string(measure.Undertaking), string(measure.Quota)))
	if v := f.values["scope"]; v != nil {
		p.readScope(d, v, m)
	}
	m.When, m.WhenSource = p.when(f, "when")
	if on := f.text("on"); on != "" {
		m.On = on
		portions := append(slices.Sorted(maps.Keys(p.Portions)), remainder, whole)
		switch {
		case m.Kind != "" && !rated(m.Kind):
			d.faultAt(f.keys["on"], fmt.Sprintf("%s stands on no portion of the value", article(m.Kind)), "leave it out")
		case !slices.Contains(portions, on) && !p.noPackFile():
			hint := didYouMean(on, portions)
			if hint == "" {
				hint = "declare it under portions in pack.yaml"
			}
			d.faultAt(f.values["on"], fmt.Sprintf("there is no portion %q", on), hint)
		}
	}
	if per := f.oneOf("per", "line", "entry"); f.has("per") {
		m.PerEntry = per == "entry"
		if m.Kind != "" && m.Kind != measure.Fee {
			d.faultAt(f.keys["per"], fmt.Sprintf("%s is not counted by entry", article(m.Kind)), "leave it out")
		}
	}
	if f.has("exempts") {
		if m.Kind != "" && m.Kind != measure.Exemption {
			d.faultAt(f.keys["exempts"], fmt.Sprintf("%s exempts from nothing", article(m.Kind)), "a duty that takes the place of another has in-lieu-of")
		}
		m.Exempts = p.pattern(f, "exempts", nil, "measure")
	} else if m.Kind == measure.Exemption {
		d.faultAt(n, `an exemption needs the key "exempts"`, "patterns over the ids of the measures that do not apply where it does")
	}
	if fact := p.fact(f, "leaves"); fact != nil {
		m.Leaves = fact.Name
		if m.Kind != "" && m.Kind != measure.Exemption {
			d.faultAt(f.keys["leaves"], fmt.Sprintf("%s leaves nothing of another", article(m.Kind)), "leave it out")
		}
		p.isShare(f, "leaves", fact)
	}
	if f.has("in-lieu-of") {
		if m.Kind != "" && !rated(m.Kind) {
			d.faultAt(f.keys["in-lieu-of"], fmt.Sprintf("%s takes the place of no duty", article(m.Kind)), "leave it out")
		}
		m.InLieuOf = p.pattern(f, "in-lieu-of", nil, "measure")
	}
	if f.has("reviews") {
		if m.Review == "" {
			d.faultAt(f.keys["reviews"], "the measure has no policy of review to put in the place of another", "write it under review")
		}
		m.Reviews = p.pattern(f, "reviews", nil, "measure")
	}
	m.Acts = p.acts(f, m.Kind)
	if m.ID == "" {
		p.noMeasures = true
		return
	}
	at := d.mark(f.values["id"])
	if !p.registerMeasure(m.ID, at) {
		return
	}
	p.Measures = append(p.Measures, m)
	p.r.set.Measures[m.ID] = m
	p.r.set.lint.measures[m] = at
}

// noPackFile reports whether a pack.yaml that the pack sees cannot be read.
func (p *packReader) noPackFile() bool {
	return p.some(func(q *packReader) bool { return q.headFields.d == nil })
}

// article returns the kind with its article.
func article(k measure.Kind) string {
	if k == measure.Exemption || k == measure.Undertaking {
		return "an " + string(k)
	}
	return "a " + string(k)
}

func (p *packReader) readScope(d *document, n *yaml.Node, m *measure.Measure) {
	f, ok := d.mapping(n, p.r.shapes.scope)
	if !ok {
		return
	}
	s := &m.Scope
	var legs []string
	for _, leg := range []struct {
		key string
		leg measure.Leg
	}{{"into", measure.Import}, {"out-of", measure.Export}, {"reexport-from", measure.Reexport}} {
		if f.has(leg.key) {
			legs = append(legs, leg.key)
			m.Leg = leg.leg
			s.Territory = p.places(f, leg.key)
			if f.values[leg.key].Kind == yaml.SequenceNode && len(f.values[leg.key].Content) == 0 {
				d.faultAt(f.values[leg.key], fmt.Sprintf("%s names no territory", f.what(leg.key)), "")
			}
		}
	}
	switch len(legs) {
	case 0:
		d.faultAt(n, "the scope names no leg of the movement", "add into, out-of or reexport-from")
	case 1:
	default:
		d.faultAt(f.keys[legs[1]], fmt.Sprintf("the scope has both %q and %q", legs[0], legs[1]), "make two measures of it")
	}
	s.From, s.To, s.Origin = p.places(f, "from"), p.places(f, "to"), p.places(f, "origin")
	s.GoodsLists, s.Goods = p.goods(f, "goods")
	s.ExceptLists, s.Except = p.goods(f, "except")
	for _, e := range f.texts("items") {
		if p.listNamed(d, e, itemList) {
			s.Items = append(s.Items, e.Value)
		}
	}
	s.ControlledBy = p.pattern(f, "controlled-by", isLicence, "licence measure")
	// A filter that is there and empty would mean everything.
	for _, key := range []string{"from", "to", "origin", "goods", "except", "items", "controlled-by"} {
		if v := f.values[key]; v != nil && v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
			d.faultAt(v, f.what(key)+" is an empty list", "leave the key out where everything is meant")
		}
	}
}

// goods reads goods lists and codes.
func (p *packReader) goods(f fields, key string) (lists []string, codes []nomenclature.Code) {
	for _, e := range f.texts(key) {
		if e.Value[0] >= '0' && e.Value[0] <= '9' {
			c, err := nomenclature.ParseCode(e.Value)
			if err != nil {
				f.d.faultAt(e, err.Error(), "")
				continue
			}
			codes = append(codes, c)
			p.r.set.lint.codes = append(p.r.set.lint.codes, codeUse{p.Pack, f.d.mark(e), c, quantity.Always})
		} else if p.listNamed(f.d, e, goodsList) {
			lists = append(lists, e.Value)
		}
	}
	return lists, codes
}

// listNamed reports whether the pack sees a list of that kind, and complains
// where it does not.
func (p *packReader) listNamed(d *document, n *yaml.Node, kind listKind) bool {
	var others []string
	for _, q := range p.visible() {
		if l := q.lists[n.Value]; l != nil {
			switch l.kind {
			case kind, unknownList:
				return true
			default:
				hint := ""
				if kind == goodsList && l.kind == itemList {
					hint = "name it under items"
				} else if kind == itemList && l.kind == goodsList {
					hint = "name it under goods"
				}
				d.faultAt(n, fmt.Sprintf("%s is a list of %s, not of %s", n.Value, l.kind, kind), hint)
				return false
			}
		}
		for id, l := range q.lists {
			if l.kind == kind {
				others = append(others, id)
			}
		}
	}
	if p.some(func(q *packReader) bool { return q.noLists }) {
		return false
	}
	if file := p.r.listAt(n.Value); file != "" {
		d.faultAt(n, fmt.Sprintf("the list %s is that of a pack on which this one does not depend", n.Value), "add the pack to depends-on in pack.yaml")
		return false
	}
	slices.Sort(others)
	hint := didYouMean(n.Value, others)
	if hint == "" {
		hint = fmt.Sprintf("write it as lists/%s.csv", n.Value)
	}
	d.faultAt(n, fmt.Sprintf("there is no list of %s %q", kind, n.Value), hint)
	return false
}

// pattern reads patterns over measure ids, to be matched when all measures are
// known.
func (p *packReader) pattern(f fields, key string, accepts func(*measure.Measure) bool, what string) []string {
	var out []string
	for _, n := range f.texts(key) {
		p.patterns = append(p.patterns, patternUse{f.d, n, accepts, what})
		out = append(out, n.Value)
	}
	return out
}

// isLicence accepts licences, and measures whose kind is a fault of its own.
func isLicence(m *measure.Measure) bool { return m.Kind == measure.Licence || m.Kind == "" }

// matchPatterns reports patterns that match nothing.
func (p *packReader) matchPatterns() {
	if p.some(func(q *packReader) bool { return q.noMeasures }) {
		return
	}
	var ids []string
	byID := map[string]*measure.Measure{}
	for _, q := range p.visible() {
		ids = append(ids, slices.Sorted(maps.Keys(q.ids))...)
		for _, m := range q.Measures {
			byID[m.ID] = m
		}
	}
	for _, u := range p.patterns {
		matched := ""
		ok := slices.ContainsFunc(ids, func(id string) bool {
			if !measure.Match(u.node.Value, id) {
				return false
			}
			matched = id
			m := byID[id] // nil for a base measure
			return u.accepts == nil || m != nil && u.accepts(m)
		})
		switch {
		case ok:
		case matched != "":
			u.d.faultAt(u.node, fmt.Sprintf("%q matches no %s", u.node.Value, u.what), fmt.Sprintf("%s is %s", matched, kindOfMeasure(byID[matched])))
		default:
			candidates := ids
			if u.accepts != nil {
				candidates = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return byID[id] == nil || !u.accepts(byID[id]) })
			}
			hint := didYouMean(u.node.Value, candidates)
			if hint == "" && strings.HasSuffix(u.node.Value, "*") {
				hint = stemHint(strings.TrimRight(u.node.Value, ".*"), candidates)
			}
			if hint == "" {
				hint = "* stands for any characters"
			}
			u.d.faultAt(u.node, fmt.Sprintf("%q matches no %s", u.node.Value, u.what), hint)
		}
	}
}

func kindOfMeasure(m *measure.Measure) string {
	if m == nil {
		return "a base duty"
	}
	return article(m.Kind)
}

// stemHint looks for what a pattern of a stem and a star was meant to be.
func stemHint(stem string, ids []string) string {
	var stems []string
	for _, id := range ids {
		if n := strings.Count(stem, "."); strings.Count(id, ".") >= n {
			parts := strings.Split(id, ".")
			stems = append(stems, strings.Join(parts[:n+1], "."))
		}
	}
	slices.Sort(stems)
	if near := nearest(stem, slices.Compact(stems)); near != "" {
		return fmt.Sprintf("did you mean %q?", near+".*")
	}
	return ""
}

// effects are the keys of which an act has exactly one.
var effects = [...]string{"rate", "applies", "suspend", "resume", "end", "void", "stay", "unknown"}

// acts reads the acts under a key and puts them in folding order.
func (p *packReader) acts(f fields, kind measure.Kind) measure.Timeline {
	var acts []measure.Act
	nodes := f.sequence("acts")
	if v := f.values["acts"]; v != nil && v.Kind == yaml.SequenceNode && len(nodes) == 0 {
		f.d.faultAt(v, f.shape.what+" has no acts", "an act is what an instrument does to it")
	}
	type stayed struct {
		node *yaml.Node
		id   string
	}
	var stays []stayed
	for _, n := range nodes {
		g, ok := f.d.mapping(n, p.r.shapes.act)
		if !ok {
			continue
		}
		act, ok := p.act(g, kind)
		if act.Effect.Kind == measure.Stay && p.Instruments[act.Effect.Stays] != nil {
			stays = append(stays, stayed{g.values["stay"], act.Effect.Stays})
		}
		if ok {
			acts = append(acts, act)
		}
	}
	for _, s := range stays {
		if !slices.ContainsFunc(nodes, func(n *yaml.Node) bool { return cites(n, s.id) }) {
			f.d.faultAt(s.node, fmt.Sprintf("%s did nothing to %s that could be stayed", s.id, f.shape.what), "name the instrument of one of its other acts")
		}
	}
	return measure.NewTimeline(acts)
}

// cites reports whether an act is by the instrument of that id.
func cites(act *yaml.Node, id string) bool {
	for i := 0; act.Kind == yaml.MappingNode && i+1 < len(act.Content); i += 2 {
		if act.Content[i].Value == "by" && act.Content[i+1].Value == id {
			return true
		}
	}
	return false
}

// act reads one act. It is not ok where it could not be folded.
func (p *packReader) act(f fields, kind measure.Kind) (measure.Act, bool) {
	a := measure.Act{
		By:         p.instrument(f, "by"),
		Heading:    f.text("heading"),
		Confidence: f.confidence("confidence"),
		Standing:   f.standing("standing"),
		Note:       f.text("note"),
		Position:   f.d.position(f.node),
	}
	ok := a.By != nil
	if a.By != nil {
		a.Announced = a.By.Date
		if a.Confidence == "" {
			a.Confidence = a.By.Confidence
		}
		if a.Standing == "" {
			a.Standing = a.By.Standing
		}
	}
	if day, given := f.date("announced"); given {
		a.Announced = day
	}
	var given []string
	for _, e := range effects {
		if f.has(e) {
			given = append(given, e)
		}
	}
	switch len(given) {
	case 0:
		f.d.faultAt(f.node, "the act has no effect", "add one of "+strings.Join(effects[:], ", "))
		return a, false
	case 1:
	default:
		f.d.faultAt(f.keys[given[1]], fmt.Sprintf("the act has two effects, %q and %q", given[0], given[1]), "make two acts of it, or use until and then")
		return a, false
	}
	effect, effectOK := p.effect(f, given[0], kind)
	a.Effect = effect
	ok = ok && effectOK
	if !f.has("from") && effect.Kind != measure.Void {
		f.d.faultAt(f.node, `the act needs the key "from"`, "the day or the instant from which it has its effect")
		ok = false
	}
	a.Period = f.period()
	if n := f.values["then"]; n != nil {
		then, thenOK := p.then(f, n, kind)
		if thenOK {
			a.Then = &then
		}
		ok = ok && thenOK
		if !f.has("until") {
			f.d.faultAt(f.keys["then"], `the act has "then" and no "until"`, "until says when it follows")
		}
	}
	if f.has("until") && effect.Kind == measure.Void {
		f.d.faultAt(f.keys["until"], "what is void from the start has no end", "leave until out")
	}
	return a, ok
}

// effect reads the effect under a key.
func (p *packReader) effect(f fields, key string, kind measure.Kind) (measure.Effect, bool) {
	n := f.values[key]
	switch key {
	case "rate":
		if kind != "" && !rated(kind) {
			f.d.faultAt(f.keys[key], fmt.Sprintf("%s has no rate", article(kind)), "write applies: true")
			return measure.Effect{Kind: measure.Apply}, false
		}
		text := f.text(key)
		if text == "" {
			return measure.Effect{Kind: measure.Apply}, false
		}
		rate, err := quantity.ParseRate(text)
		if err != nil {
			f.d.faultAt(n, err.Error(), "")
			return measure.Effect{Kind: measure.Apply}, false
		}
		return measure.Effect{Kind: measure.Apply, Rate: rate}, true
	case "stay":
		in := p.instrument(f, key)
		return measure.Effect{Kind: measure.Stay, Stays: f.text(key)}, in != nil
	case "unknown":
		why := f.text(key)
		return measure.Effect{Kind: measure.Unknown, Why: why}, why != ""
	}
	f.flag(key)
	switch key {
	case "applies":
		if rated(kind) {
			f.d.faultAt(f.keys[key], fmt.Sprintf("%s applies at a rate", article(kind)), "write rate, like rate: 25%")
			return measure.Effect{Kind: measure.Apply}, false
		}
		return measure.Effect{Kind: measure.Apply}, true
	case "suspend":
		return measure.Effect{Kind: measure.Suspend}, true
	case "resume":
		return measure.Effect{Kind: measure.Resume}, true
	case "end":
		return measure.Effect{Kind: measure.End}, true
	}
	return measure.Effect{Kind: measure.Void}, true
}

// then reads what follows the end of an act.
func (p *packReader) then(f fields, n *yaml.Node, kind measure.Kind) (measure.Effect, bool) {
	switch text := f.text("then"); text {
	case "":
		return measure.Effect{}, false
	case "applies":
		if rated(kind) {
			f.d.faultAt(n, fmt.Sprintf("%s applies at a rate", article(kind)), "write the rate, like then: 25%")
			return measure.Effect{}, false
		}
		return measure.Effect{Kind: measure.Apply}, true
	case "resume":
		return measure.Effect{Kind: measure.Resume}, true
	case "end":
		return measure.Effect{Kind: measure.End}, true
	case "unknown":
		return measure.Effect{Kind: measure.Unknown, Why: "what follows is not known"}, true
	default:
		if kind != "" && !rated(kind) {
			hint := didYouMean(text, []string{"applies", "resume", "end", "unknown"})
			if hint == "" {
				hint = "write applies, resume, end or unknown"
			}
			f.d.faultAt(n, fmt.Sprintf("then cannot be %q for %s", text, article(kind)), hint)
			return measure.Effect{}, false
		}
		rate, err := quantity.ParseRate(text)
		if err != nil {
			hint := didYouMean(text, []string{"resume", "end", "unknown"})
			if hint == "" {
				hint = "then is a rate, resume, end or unknown"
			}
			f.d.faultAt(n, err.Error(), hint)
			return measure.Effect{}, false
		}
		return measure.Effect{Kind: measure.Apply, Rate: rate}, true
	}
}

func (p *packReader) readRelation(d *document, n *yaml.Node) {
	f, ok := d.mapping(n, p.r.shapes.relation)
	if !ok {
		return
	}
	duty := func(m *measure.Measure) bool { return rated(m.Kind) || m.Kind == "" }
	withBase := func(key string) []string { return p.pattern(f, key, nil, "measure") }
	r := measure.Relation{
		Measures: p.pattern(f, "measures", duty, "duty"),
		Period:   f.period(),
		By:       p.instrument(f, "by"),
		EndedBy:  p.instrument(f, "ended-by"),
		Position: d.position(n),
	}
	if f.has("ended-by") && !f.has("until") {
		d.faultAt(f.keys["ended-by"], fmt.Sprintf("the relation is ended by %q and has no end", f.text("ended-by")), "add until")
	}
	var kinds []string
	for _, k := range []measure.RelationKind{measure.AddsTo, measure.YieldsTo, measure.Apart} {
		key := string(k)
		if !f.has(key) {
			continue
		}
		kinds = append(kinds, key)
		r.Kind = k
		if k == measure.Apart {
			f.flag(key)
			r.With = r.Measures
		} else {
			r.With = withBase(key)
		}
	}
	switch len(kinds) {
	case 0:
		d.faultAt(n, "the relation says nothing of its measures", "add adds-to, yields-to or apart")
	case 1:
	default:
		d.faultAt(f.keys[kinds[1]], fmt.Sprintf("the relation has both %q and %q", kinds[0], kinds[1]), "make two relations of it")
	}
	p.Relations = append(p.Relations, r)
	p.r.set.lint.relations[p.ID] = append(p.r.set.lint.relations[p.ID], d.mark(n))
}

func (p *packReader) readTerm(d *document, n *yaml.Node) {
	f, ok := d.mapping(n, p.r.shapes.term)
	if !ok {
		return
	}
	t := measure.Term{
		Measures:   p.pattern(f, "measures", nil, "measure"),
		About:      measure.About(f.oneOf("about", string(measure.Drawback), string(measure.Zone))),
		Period:     f.period(),
		By:         p.instrument(f, "by"),
		EndedBy:    p.instrument(f, "ended-by"),
		Confidence: f.confidence("confidence"),
		Note:       f.text("note"),
		Position:   d.position(n),
	}
	if t.About != "" {
		t.Says = f.oneOf("says", measure.Terms(t.About)...)
	}
	if f.has("ended-by") && !f.has("until") {
		d.faultAt(f.keys["ended-by"], fmt.Sprintf("the term is ended by %q and has no end", f.text("ended-by")), "add until")
	}
	p.Terms = append(p.Terms, t)
}

// inside returns the place of a character of a scalar, counted from 0, in the
// file as it is written: quotes, doubled quotes, escapes and line breaks do not
// count alike there.
func (d *document) inside(n *yaml.Node, offset int) mark {
	m := d.mark(n)
	at := d.skip(m.line, m.column)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		// The text begins in the line after the indicator, behind its indent.
		next := strings.IndexByte(d.source[at:], '\n')
		if next < 0 {
			return m
		}
		at += next + 1
		m.line, m.column = m.line+1, 1
		for at < len(d.source) && d.source[at] == ' ' {
			at, m.column = at+1, m.column+1
		}
		indent := m.column
		for ; offset > 0 && at < len(d.source); offset-- {
			r, size := utf8.DecodeRuneInString(d.source[at:])
			at += size
			m.column++
			if r == '\n' {
				m.line, m.column = m.line+1, 1
				for m.column < indent && at < len(d.source) && d.source[at] == ' ' {
					at, m.column = at+1, m.column+1
				}
			}
		}
		return m
	}
	quote := byte(0)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 && at < len(d.source) {
		quote = d.source[at]
		at, m.column = at+1, m.column+1
	}
	for ; offset > 0 && at < len(d.source); offset-- {
		r, size := utf8.DecodeRuneInString(d.source[at:])
		switch {
		case r == '\n' || r == '\r':
			// A line break with the space around it stands for one space.
			for at < len(d.source) && strings.IndexByte(" \t\r\n", d.source[at]) >= 0 {
				m.column++
				if d.source[at] == '\n' {
					m.line, m.column = m.line+1, 1
				}
				at++
			}
			continue
		case quote == '\'' && r == '\'', quote == '"' && r == '\\':
			size = min(2, len(d.source)-at)
			m.column++
		}
		at += size
		m.column++
	}
	return m
}

// skip returns where in data a line and column in characters are.
func (d *document) skip(line, column int) int {
	at := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(d.source[at:], '\n')
		if next < 0 {
			return len(d.source)
		}
		at += next + 1
	}
	for ; column > 1 && at < len(d.source); column-- {
		_, size := utf8.DecodeRuneInString(d.source[at:])
		at += size
	}
	return at
}
