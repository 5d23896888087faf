package rulepack

// A shape is a kind of mapping in a pack: what complaints call it and its keys
// in the order of docs/packs.md, which is also the order in which [Format]
// writes them.
type shape struct {
	what string
	keys []key
}

type key struct {
	name     string
	required bool
	value    *shape // of the mapping, or of the mappings of the list, under the key; nil for anything else
	named    bool   // the key holds a mapping of free names, and value is that of each
}

func (s *shape) has(name string) bool { return s.find(name) != nil }

func (s *shape) find(name string) *key {
	for i := range s.keys {
		if s.keys[i].name == name {
			return &s.keys[i]
		}
	}
	return nil
}

func (s *shape) names() []string {
	out := make([]string, len(s.keys))
	for i, k := range s.keys {
		out[i] = k.name
	}
	return out
}

func must(name string) key                   { return key{name: name, required: true} }
func may(name string) key                    { return key{name: name} }
func mustHold(name string, value *shape) key { return key{name: name, required: true, value: value} }
func mayHold(name string, value *shape) key  { return key{name: name, value: value} }
func mayName(name string, value *shape) key  { return key{name: name, value: value, named: true} }

// shapes is every shape of the format. It is made anew by [newShapes]: nothing
// in it is shared.
type shapes struct {
	pack, rounding, base, other, edition, portion, membership, filing *shape
	classification                                                    *shape
	instruments, instrument                                           *shape
	facts, fact, implied, contradiction                               *shape
	measures, programme, measure, scope, act, relation, term          *shape
	lanes, lane, requirement, clock, laneTerm, paper, undertaking     *shape
	cases, theCase                                                    *shape
	of                                                                *scenarioShapes // of a scenario; nil for packs
}

func newShapes() *shapes {
	s := &shapes{}
	s.rounding = &shape{"the rounding", []key{must("places"), must("mode"), must("by")}}
	s.other = &shape{"the other column", []key{must("origin"), must("measure"), may("title")}}
	s.edition = &shape{"an edition", []key{may("from"), must("until"), must("by"), may("digits"), may("note")}}
	s.base = &shape{"the base", []key{must("measure"), must("heading-digits"), must("table"), must("by"), may("title"), may("held-until"), mayHold("other", s.other), may("claim"), may("programmes"), mayHold("editions", s.edition)}}
	s.portion = &shape{"a portion", []key{may("share"), may("less")}}
	s.membership = &shape{"a membership", []key{must("origin"), may("from"), may("until")}}
	s.classification = &shape{"the classification", []key{must("fact"), must("register"), may("none"), must("lists")}}
	s.filing = &shape{"a filing order", []key{must("from"), must("by"), must("order")}}
	s.pack = &shape{"the pack", []key{
		must("id"), must("title"), must("jurisdiction"), must("zone"), may("currency"), must("begins"), must("known-through"), may("depends-on"), must("licence"), may("not-covered"),
		mayHold("rounding", s.rounding), mayHold("base", s.base), may("fixed-by"), mayName("portions", s.portion), mayName("groups", s.membership), mayHold("classification", s.classification), mayHold("filing-order", s.filing),
	}}

	s.instrument = &shape{"an instrument", []key{
		must("id"), must("kind"), must("title"), must("citation"), must("date"), may("url"), may("confidence"), may("standing"), may("note"),
	}}
	s.instruments = &shape{"the file of instruments", []key{mustHold("instruments", s.instrument)}}

	s.implied = &shape{"an implied value", []key{must("goods"), must("value")}}
	s.fact = &shape{"a fact", []key{
		must("name"), must("type"), may("kind"), may("unit"), may("values"), may("min"), may("max"), may("group"), may("formula"), may("question"), may("where"), may("absent"), mayHold("implied", s.implied), mayHold("usual", s.implied),
	}}
	s.contradiction = &shape{"a contradiction", []key{must("when"), must("says"), must("remedy")}}
	s.facts = &shape{"the file of facts", []key{mustHold("facts", s.fact), mayHold("contradictions", s.contradiction)}}

	s.scope = &shape{"a scope", []key{
		may("into"), may("out-of"), may("reexport-from"), may("from"), may("to"), may("origin"), may("goods"), may("except"), may("items"), may("controlled-by"),
	}}
	s.act = &shape{"an act", []key{
		must("by"), may("announced"), may("from"), may("rate"), may("applies"), may("suspend"), may("resume"), may("end"), may("void"), may("stay"), may("unknown"),
		may("until"), may("then"), may("heading"), may("standing"), may("confidence"), may("note"),
	}}
	s.measure = &shape{"a measure", []key{
		must("id"), must("kind"), must("title"), may("heading"), may("authority"), mustHold("scope", s.scope), may("when"), may("on"), may("per"), may("exempts"), may("leaves"), may("in-lieu-of"),
		may("review"), may("reviews"), may("confidence"), may("note"), mustHold("acts", s.act),
	}}
	s.relation = &shape{"a relation", []key{
		must("measures"), may("adds-to"), may("yields-to"), may("apart"), must("by"), may("from"), may("until"), may("ended-by"),
	}}
	s.term = &shape{"a term", []key{
		must("measures"), must("about"), must("says"), must("by"), may("from"), may("until"), may("ended-by"), may("confidence"), may("note"),
	}}
	s.programme = &shape{"the programme", []key{must("id"), must("title")}}
	s.measures = &shape{"the file of measures", []key{mayHold("programme", s.programme), mayHold("measures", s.measure), mayHold("relations", s.relation), mayHold("terms", s.term)}}

	s.requirement = &shape{"a requirement", []key{must("when"), must("else"), must("by")}}
	// A lane says each thing where, from when and by which law it holds.
	ground := func(what string, own ...key) *shape {
		return &shape{what, append(own, may("when"), may("from"), may("until"), must("by"), may("provision"), may("confidence"), may("note"))}
	}
	s.clock = ground("a clock", must("for"), may("days"), may("counted"), may("starts"), may("pauses"), may("none"))
	s.laneTerm = ground("a term of a lane", may("months"), may("at-most"), may("ends"), may("says"))
	s.paper = ground("a paper", must("title"), may("form"))
	s.undertaking = ground("an undertaking of a lane", must("title"))
	s.lane = &shape{"a lane", []key{
		must("id"), must("title"), must("authority"), must("for"), must("rank"), mayHold("clocks", s.clock), mayHold("terms", s.laneTerm), mayHold("papers", s.paper), mayHold("undertakings", s.undertaking),
		mayHold("requires", s.requirement), may("note"), mustHold("acts", s.act),
	}}
	s.lanes = &shape{"the file of lanes", []key{mustHold("lanes", s.lane)}}

	s.theCase = &shape{"a case", []key{must("id"), must("title"), may("citations"), may("confidence"), may("note"), must("case"), must("expect")}}
	s.cases = &shape{"the file of cases", []key{mustHold("cases", s.theCase)}}
	return s
}
