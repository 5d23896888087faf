package rulepack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
)

// readClassification reads by which fact goods are classified for control, and
// which lists go by it.
func (p *packReader) readClassification() {
	n := p.headFields.values["classification"]
	if n == nil {
		return
	}
	f, ok := p.head.mapping(n, p.r.shapes.classification)
	if !ok {
		return
	}
	c := &Classification{Slot: -1, Register: f.text("register"), None: f.strings("none")}
	if fact := p.fact(f, "fact"); fact != nil {
		if fact.Type != condition.Text || fact.Kind != condition.Attribute {
			f.d.faultAt(f.values["fact"], fmt.Sprintf("the fact %s cannot hold the code of the goods", fact.Name), "declare it with type: text and kind: attribute")
		}
		c.Fact = fact.Name
		c.Slot, _ = p.r.env.Slot(fact.Name)
	}
	patterns := f.strings("lists")
	for _, id := range slices.Sorted(maps.Keys(p.lists)) {
		if p.lists[id].kind == itemList && (id == c.Register || measure.MatchAny(patterns, id)) {
			c.Lists = append(c.Lists, id)
			p.ItemLists[id].Classified = true
		}
	}
	if c.Register != "" && !slices.Contains(c.Lists, c.Register) && !p.noLists {
		f.d.faultAt(f.values["register"], fmt.Sprintf("the pack has no list of items %q", c.Register), "name the file in lists/ that holds every code")
	}
	for _, e := range f.texts("lists") {
		if !slices.ContainsFunc(c.Lists, func(id string) bool { return measure.Match(e.Value, id) }) && !p.noLists {
			f.d.faultAt(e, fmt.Sprintf("no list of items of the pack matches %q", e.Value), "")
		}
	}
	if c.Slot >= 0 {
		p.Classification = c
	}
}

// class reads the code that a row of a classified list is, and those excepted.
func (t *csvTable) class(item, except int) (nomenclature.ControlCode, []nomenclature.ControlCode) {
	code := func(column int, s string) (nomenclature.ControlCode, bool) {
		c, err := nomenclature.ParseControlCode(s)
		switch {
		case err != nil:
			t.fault(column, err.Error(), "")
		case string(c) != s:
			t.fault(column, fmt.Sprintf("%q is not as codes are written", s), fmt.Sprintf("write %s", c))
		}
		return c, err == nil
	}
	c, ok := code(item, t.at(item))
	var out []nomenclature.ControlCode
	for s := range strings.FieldsSeq(t.at(except)) {
		e, good := code(except, s)
		switch {
		case !good:
		case ok && (e == c || !e.Within(c)):
			t.fault(except, fmt.Sprintf("%s is excepted and does not lie within %s", e, c), "")
		default:
			out = append(out, e)
		}
	}
	return c, out
}

// groupColumns are the columns of groups/*.csv.
var groupColumns = []column{need("group"), need("country"), have("from"), have("until"), need("by")}

// readGroupTables reads the groups of countries of groups/*.csv.
func (p *packReader) readGroupTables() {
	tables := map[string]string{} // file by the group that it declares
	for _, f := range p.in("groups") {
		t := openTable(p.file(f.path), f.text(), p.Zone, groupColumns)
		group, country, by := t.column("group"), t.column("country"), t.column("by")
		for t.next() {
			if t.missing(group, "group") || t.missing(country, "country") {
				continue
			}
			name := strings.Clone(t.at(group))
			switch first, ok := tables[name]; {
			case ok && first != f.path:
				t.fault(group, fmt.Sprintf("the group %s is that of %s", name, first), "keep a group in one file")
				continue
			case ok:
			case !isGroupName(name):
				t.fault(group, fmt.Sprintf("%q cannot name a group of countries", name), "use three or more upper-case letters, digits and hyphens, like CAFTA-DR")
				continue
			default:
				if _, ok := p.Groups[name]; ok {
					t.fault(group, fmt.Sprintf("there is a group %s already, in pack.yaml or in a pack on which this one depends", name), "choose another name")
					continue
				}
				tables[name] = f.path
			}
			c, problem, hint := parseCountry(t.at(country))
			if problem != "" {
				t.fault(country, problem, hint)
				continue
			}
			m := Membership{Origins: []nomenclature.Country{c}, Period: t.period()}
			if !t.missing(by, "by") {
				m.By = p.cited(t, by)
			}
			if slices.ContainsFunc(p.Groups[name], func(o Membership) bool { return o.Origins[0] == c && o.Period.Overlaps(m.Period) }) {
				t.fault(country, fmt.Sprintf("the group %s names %s twice at one time", name, c), "leave one out")
			}
			p.Groups[name] = append(p.Groups[name], m)
		}
		p.problems = append(p.problems, t.problems...)
	}
}
