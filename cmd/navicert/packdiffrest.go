package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// side is one thing that a pack says of something.
type side struct {
	of   string   // what it is of the thing, "" for what the thing is
	text string   // what is said
	list []string // or the parts of what is said, of which those that differ are named
}

// sides are the things that the packs of a set hold of one kind, by name, each
// with what is said of it; the first side is what the thing is.
type sides map[string][]side

// rest compares what is short enough to compare as a whole.
func (d *differ) rest() {
	for _, p := range d.after.Packs {
		if was := catalogue.PackOf(d.before, p.ID); was != nil {
			d.relations(was, p)
			d.relations(p, was)
		}
	}
	for _, kind := range []struct {
		what string
		add  func(*rulepack.Pack, sides)
	}{
		{"pack", packSides}, {"group", groupSides}, {"relation", relationSides}, {"fact", factSides}, {"contradiction", contradictionSides},
		{"programme", programmeSides}, {"lane", laneSides}, {"instrument", instrumentSides},
	} {
		was, is := sides{}, sides{}
		for _, p := range d.before.Packs {
			kind.add(p, was)
		}
		for _, p := range d.after.Packs {
			kind.add(p, is)
		}
		d.compare(kind.what, was, is)
	}
	d.implied()
}

// compare says what differs between things of one kind.
func (d *differ) compare(what string, was, is sides) {
	names := maps.Clone(was)
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, before := was[name]
		b, after := is[name]
		switch {
		case !before:
			d.say(what, name, "new: %s", b[0].text)
			continue
		case !after:
			d.say(what, name, "gone: %s", a[0].text)
			continue
		}
		for i := range a {
			of := a[i].of
			if of != "" {
				of += ": "
			}
			old, new := a[i].text, b[i].text
			added, gone := missing(b[i].list, a[i].list), missing(a[i].list, b[i].list)
			switch {
			case len(added)+len(gone) > 0:
				d.say(what, name, "%s%s", of, rowsWords(added, gone))
			case !slices.Equal(a[i].list, b[i].list):
				d.say(what, name, "%sin another order", of)
			case old == new:
			case old == "":
				d.say(what, name, "%snew: %s", of, new)
			case new == "":
				d.say(what, name, "%sgone: %s", of, old)
			default:
				d.say(what, name, "%swas %s; is %s", of, old, new)
			}
		}
	}
}

// untold says of packs of which no difference was found that their files are
// not the same all the same.
func (d *differ) untold() {
	if len(d.out.Law)+len(d.out.Rates)+len(d.out.Answers) > 0 {
		return
	}
	for _, p := range d.after.Packs {
		if was := catalogue.PackOf(d.before, p.ID); was != nil && was.Digest != p.Digest {
			d.say("pack", p.ID, "its files differ in words or layout, such as titles, notes and order; in no rule and in no row")
		}
	}
}

func packSides(p *rulepack.Pack, out sides) {
	rounding := ""
	if r := p.Rounding; r != nil {
		rounding = fmt.Sprintf("%d places, %s", r.Places, r.Mode)
	}
	var portions, order, editions []string
	for _, name := range slices.Sorted(maps.Keys(p.Portions)) {
		x := p.Portions[name]
		portions = append(portions, fmt.Sprintf("%s of %s (less: %t)", name, x.Fact, x.Less))
	}
	for _, o := range p.FilingOrder {
		order = append(order, clock(o.From, p.Zone)+" "+strings.Join(o.Order, ", "))
	}
	base := ""
	if b := p.Base; b != nil {
		base = fmt.Sprintf("%s from %s under %d digits, held until %s", b.Measure, b.Table, b.HeadingDigits, clock(b.HeldUntil, p.Zone))
		if b.Other != nil {
			base += fmt.Sprintf("; other column %s for %s", b.Other.Measure, strings.Join(placeNames(b.Other.Origin), " "))
		}
		for _, e := range b.Editions {
			editions = append(editions, fmt.Sprintf("%s for %s until %s", citation(e.By), clock(e.Period.From, p.Zone), clock(e.Period.Until, p.Zone)))
		}
	}
	classification := ""
	if c := p.Classification; c != nil {
		classification = fmt.Sprintf("%s in %s, none of it %s", c.Fact, c.Register, strings.Join(c.None, ", "))
	}
	out[p.ID] = []side{
		{text: "checked through " + p.KnownThrough.String()},
		{of: "its first day", text: p.Begins.String()},
		{of: "rounding", text: rounding},
		{of: "what it does not cover", list: p.NotCovered},
		{of: "portions of the value", list: portions},
		{of: "filing order", list: order},
		{of: "ordinary duty", text: base},
		{of: "editions", list: editions},
		{of: "classification", text: classification},
		{of: "the day by which import law is judged", text: p.FixedBy},
	}
}

func groupSides(p *rulepack.Pack, out sides) {
	for name, members := range p.Groups {
		out[p.ID+" "+name] = []side{{text: membersWords(members, p.Zone)}}
	}
}

func relationSides(p *rulepack.Pack, out sides) {
	for _, r := range p.Relations {
		name := strings.Join(r.Measures, ", ") + " " + string(r.Kind) + " " + strings.Join(r.With, ", ")
		text := "from " + clock(r.Period.From, p.Zone) + " until " + clock(r.Period.Until, p.Zone)
		if before := out[name]; before != nil {
			text = before[0].text + ", " + text
		}
		out[name] = []side{{text: text}}
	}
}

func factSides(p *rulepack.Pack, out sides) {
	for i := range p.Facts {
		f := &p.Facts[i]
		domain := f.Unit
		if f.Min != nil {
			domain += " at least " + f.Min.String()
		}
		if f.Max != nil {
			domain += " at most " + f.Max.String()
		}
		if f.Group != "" {
			domain += " part of " + f.Group
		}
		out[f.Name] = []side{
			{text: strings.TrimSpace(f.Kind.String() + ", " + f.Type.String() + " " + strings.Join(f.Values, ", ") + f.Formula)},
			{of: "domain", text: strings.TrimSpace(domain)},
			{of: "question", text: f.Question},
			{of: "where to look", text: f.Where},
			{of: "what absent means", text: f.Absent},
			{of: "what goods codes settle", list: impliedWords(f.Implied)},
			{of: "what is usual in a closed case", list: impliedWords(f.Usual)},
		}
	}
}

// impliedWords are the goods that settle a fact, with its value.
func impliedWords(implied []condition.Implied) []string {
	var parts []string
	for _, im := range implied {
		parts = append(parts, im.Goods.String()+" "+im.Value.String())
	}
	return parts
}

func contradictionSides(p *rulepack.Pack, out sides) {
	for _, c := range p.Contradictions {
		out[p.ID+" "+c.When.String()] = []side{{text: c.Says}, {of: "remedy", text: c.Remedy}}
	}
}

func programmeSides(p *rulepack.Pack, out sides) {
	if p.Base == nil {
		return
	}
	for _, x := range p.Base.Programmes {
		name := p.ID + " " + x.Symbol + ", " + x.Name
		if _, ok := out[name]; ok {
			name += " from " + clock(x.Period.From, p.Zone)
		}
		out[name] = []side{
			{text: "from " + clock(x.Period.From, p.Zone) + " until " + clock(x.Period.Until, p.Zone)},
			{of: "who may claim it", list: placeNames(x.Origins)},
			{of: "why it is not known whether a line grants it", text: x.Unknown},
		}
	}
}

func placeNames(places []measure.Place) []string {
	var names []string
	for _, x := range places {
		if x.Not {
			x.Name = "not " + x.Name
		}
		names = append(names, x.Name)
	}
	return names
}

func laneSides(p *rulepack.Pack, out sides) {
	for _, l := range p.Lanes {
		ground := func(g rulepack.Ground, what string) string {
			for _, more := range []string{g.WhenSource, citation(g.By), g.Provision} {
				if more != "" {
					what += ", " + more
				}
			}
			if g.Period != quantity.Always {
				what += " from " + clock(g.Period.From, p.Zone) + " until " + clock(g.Period.Until, p.Zone)
			}
			return what
		}
		var requires, clocks, terms, papers, undertakings, acts []string
		for _, r := range l.Requires {
			requires = append(requires, r.WhenSource)
		}
		for _, c := range l.Clocks {
			clocks = append(clocks, ground(c.Ground, fmt.Sprintf("%s: %d %s after %s %s%v", c.For, c.Days, c.Counted, c.Starts, c.None, c.Pauses)))
		}
		for _, t := range l.Terms {
			terms = append(terms, ground(t.Ground, fmt.Sprintf("%d months (at most: %t) to the %s %s", t.Months, t.AtMost, t.Ends, t.Says)))
		}
		for _, x := range l.Papers {
			papers = append(papers, ground(x.Ground, strings.TrimSpace(x.Title+" "+x.Form)))
		}
		for _, u := range l.Undertakings {
			undertakings = append(undertakings, ground(u.Ground, u.Title))
		}
		for _, seg := range l.Acts.Segments(quantity.MaxDate) {
			if seg.State.Kind != measure.NotStarted {
				acts = append(acts, seg.State.Words()+" from "+clock(seg.Period.From, p.Zone))
			}
		}
		out[l.ID] = []side{
			{text: fmt.Sprintf("%s; of %s for %s, rank %d", l.Title, l.Authority, strings.Join(l.For, ", "), l.Rank)},
			{of: "what it requires", list: requires},
			{of: "its clocks", list: clocks},
			{of: "its terms", list: terms},
			{of: "its papers", list: papers},
			{of: "its undertakings", list: undertakings},
			{of: "its timeline", list: acts},
		}
	}
}

func instrumentSides(p *rulepack.Pack, out sides) {
	for id, in := range p.Instruments {
		out[id] = []side{{text: in.Citation + ", " + in.Date.String() + ", " + string(in.Standing) + ", " + string(in.Confidence)}}
	}
}

func citation(in *measure.Instrument) string {
	if in == nil {
		return ""
	}
	return in.Citation
}

// implied notes the goods whose codes settle a fact other than before: their
// import duties may differ.
func (d *differ) implied() {
	settled := func(p *rulepack.Pack) map[string]condition.Implied {
		out := map[string]condition.Implied{}
		for _, f := range p.Facts {
			for _, im := range f.Implied {
				out[f.Name+" "+im.Goods.String()+" "+im.Value.String()] = im
			}
		}
		return out
	}
	for _, p := range d.after.Packs {
		was := catalogue.PackOf(d.before, p.ID)
		if was == nil {
			continue
		}
		a, b := settled(was), settled(p)
		for _, both := range [][2]map[string]condition.Implied{{a, b}, {b, a}} {
			for key, im := range both[0] {
				if _, ok := both[1][key]; !ok {
					d.touch(p, p.Begins.Start(p.Zone), []nomenclature.Code{im.Goods})
				}
			}
		}
	}
}

// relations notes the relations and groups of a pack that the other version lacks.
func (d *differ) relations(p, other *rulepack.Pack) {
	key := func(r *measure.Relation) string { return fmt.Sprint(r.Measures, r.Kind, r.With, r.Period) }
	have := map[string]bool{}
	for i := range other.Relations {
		have[key(&other.Relations[i])] = true
	}
	for i := range p.Relations {
		if r := &p.Relations[i]; !have[key(r)] {
			d.touch(p, r.Period.From, nil)
		}
	}
	for name, members := range p.Groups {
		for _, m := range members {
			if !slices.ContainsFunc(other.Groups[name], func(o rulepack.Membership) bool { return o.Period == m.Period && slices.Equal(o.Origins, m.Origins) }) {
				d.touch(p, m.Period.From, nil)
			}
		}
	}
}

// membersWords are the members of a group of countries in words.
func membersWords(members []rulepack.Membership, zone *time.Location) string {
	var parts []string
	for _, m := range members {
		text := fmt.Sprint(m.Origins)
		if m.Period != quantity.Always {
			text += " from " + clock(m.Period.From, zone) + " until " + clock(m.Period.Until, zone)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}
