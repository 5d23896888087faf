package web

import (
	"slices"
	"strings"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// finder helps to find the code of goods: by words, or by walking down the tree
// of a schedule.
type finder struct {
	page    string // to which it leads
	words   string // searched for; "" where the tree is walked
	country string // whose schedule it is
	crumbs  []goodsLine
	groups  []goodsGroup // what was found, or the lines below the last crumb
	more    bool         // further lines were found
	note    string
}

// goodsGroup is lines under one heading, or under none.
type goodsGroup struct {
	code, title string
	lines       []goodsLine
}

// goodsLine is a line of a schedule, or a level above lines.
type goodsLine struct {
	code, text, rate string
	address          string
	lines            bool // there are lines below it
}

// mostFound is how many lines a search shows.
const mostFound = 40

// table is the schedule in which goods of the case are named: that of the country
// entered, else of the one left, else the first there is.
func (s *site) table(c *navicert.Case) *rulepack.Pack {
	packs := s.Engine.Set().Packs
	for _, place := range []string{c.To, c.From} {
		country, err := nomenclature.ParseCountry(place)
		if err != nil {
			continue
		}
		if i := slices.IndexFunc(packs, func(p *rulepack.Pack) bool { return p.Table != nil && p.Jurisdiction == string(country) }); i >= 0 {
			return packs[i]
		}
	}
	if i := slices.IndexFunc(packs, func(p *rulepack.Pack) bool { return p.Table != nil }); i >= 0 {
		return packs[i]
	}
	return nil
}

// isCode reports whether what was typed is the beginning of a goods code and not
// words.
func isCode(goods string) bool {
	return goods != "" && strings.Trim(goods, "0123456789. ") == "" && strings.ContainsAny(goods, "0123456789")
}

// find looks for the goods of a case that names none, not whole, or in words; what
// it finds leads to the page named. nil where no schedule is held.
func (s *site) find(c *navicert.Case, page string) *finder {
	p := s.table(c)
	if p == nil {
		return nil
	}
	at := s.lawDay(c).Noon(p.Zone)
	f := &finder{page: page, country: nomenclature.Country(p.Jurisdiction).Name()}
	if first := p.Table.Begins(); at < first {
		at = first
		f.note = "The schedule is held from " + first.Date(p.Zone).String() + "; these are the lines of that day."
	}
	t := &tree{c: c, page: page, pack: p, at: at}
	if !isCode(c.Goods) && c.Goods != "" {
		f.words = c.Goods
		t.search(f)
		return f
	}
	code, err := nomenclature.ParseCode(c.Goods)
	if err != nil {
		code = ""
	}
	// A code that is not there leads to the nearest level above it that is.
	for len(code) > 2 {
		if len(p.Table.Children(code, at)) > 0 {
			break
		}
		code = code.Parent()
	}
	t.walk(f, code)
	return f
}

// lawDay is the day of a case, today where it names none that can be read.
func (s *site) lawDay(c *navicert.Case) quantity.Moment {
	for _, text := range []string{c.Entered, c.On, c.Exported, s.today()} {
		if m, err := quantity.ParseMoment(text); err == nil {
			return m
		}
	}
	return quantity.Moment{}
}

// tree is a schedule at an instant, its lines linked to the case.
type tree struct {
	c    *navicert.Case
	page string
	pack *rulepack.Pack
	at   quantity.Instant
}

func (t *tree) line(l *nomenclature.Line, below string) goodsLine {
	text := strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(t.designation(l.Code), below), ": "), ": ")
	if text == "" {
		text = strings.TrimRight(l.Designation, ": ")
	}
	out := goodsLine{code: l.Code.String(), text: text, address: t.address(l.Code), lines: len(t.pack.Table.Children(l.Code, t.at)) > 0}
	if !out.lines && (t.pack.Base == nil || schedule.Held(t.pack, t.at)) {
		out.rate, _, _ = t.pack.Table.Rate(l.Code, func(l *nomenclature.Line) string { return l.General }, t.at)
	}
	return out
}

func (t *tree) designation(c nomenclature.Code) string {
	return strings.ReplaceAll(t.pack.Table.Designation(c, t.at), ":: ", ": ")
}

func (t *tree) address(c nomenclature.Code) string {
	with := *t.c
	with.Goods = c.String()
	return t.page + "?" + encode(&with)
}

func (t *tree) search(f *finder) {
	found := t.pack.Table.Search(f.words, t.at, mostFound+1)
	if f.more = len(found) > mostFound; f.more {
		found = found[:mostFound]
	}
	for _, l := range found {
		heading := l.Code[:min(4, len(l.Code))]
		title := strings.TrimRight(t.designation(heading), ": ")
		if n := len(f.groups); n == 0 || f.groups[n-1].code != heading.String() {
			f.groups = append(f.groups, goodsGroup{code: heading.String(), title: title})
		}
		g := &f.groups[len(f.groups)-1]
		g.lines = append(g.lines, t.line(l, title))
	}
}

// walk gives the levels above the code and the lines right below it; below the
// root, the chapters, and below a chapter its headings.
func (t *tree) walk(f *finder, code nomenclature.Code) {
	chapter := func(c nomenclature.Code) goodsLine {
		return goodsLine{code: string(c), text: c.Chapter(), address: t.address(c), lines: true}
	}
	switch len(code) {
	case 0:
		var all []goodsLine
		last := nomenclature.Code("")
		for _, l := range t.pack.Table.Children("", t.at) {
			if c := l.Code[:2]; c != last && c < "98" {
				all, last = append(all, chapter(c)), c
			}
		}
		f.groups = []goodsGroup{{lines: all}}
		return
	default:
		f.crumbs = append(f.crumbs, chapter(code[:2]))
	}
	for n := 4; n <= len(code); n += 2 {
		if l, ok := t.pack.Table.Find(code[:n], t.at); ok {
			f.crumbs = append(f.crumbs, goodsLine{code: l.Code.String(), text: strings.TrimRight(l.Designation, ": "), address: t.address(l.Code), lines: true})
		}
	}
	children := t.pack.Table.Children(code, t.at)
	for len(children) == 1 { // a level with one line only says nothing
		below := t.pack.Table.Children(children[0].Code, t.at)
		if len(below) == 0 {
			break
		}
		code, children = children[0].Code, below
	}
	g := goodsGroup{}
	for _, l := range children {
		g.lines = append(g.lines, t.line(l, t.designation(code)))
	}
	f.groups = []goodsGroup{g}
}
