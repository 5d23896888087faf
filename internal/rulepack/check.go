package rulepack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// lint is what Check and Report need beyond the law itself: places.
type lint struct {
	facts     map[string]mark // by pack id, a slash, and name
	cited     map[string]mark // own instruments, by pack id, a slash, and id
	measures  map[*measure.Measure]mark
	relations map[string][]mark     // by pack id, in the order of Pack.Relations
	rows      map[string][]rowPlace // by list id, in the order of its rows
	codes     []codeUse             // outside lists

	successions map[string][]concordancePlace // by pack id
}

func newLint() *lint {
	return &lint{
		facts:     map[string]mark{},
		cited:     map[string]mark{},
		measures:  map[*measure.Measure]mark{},
		relations: map[string][]mark{},
		rows:      map[string][]rowPlace{},

		successions: map[string][]concordancePlace{},
	}
}

// rowPlace is where a row of a list names codes.
type rowPlace struct{ line, code, except int32 }

// codeUse is a goods code named outside a list.
type codeUse struct {
	pack   *Pack
	at     mark
	code   nomenclature.Code
	period quantity.Period
}

// Check returns what is well formed in the packs and yet wrong: goods codes that
// no edition has, duties that can fall on the same portion of the same goods
// with nothing said of how they stand to one another, duties that yield to one
// another in a circle, rows that are there twice. The set must be free of
// faults and come from [Read].
func Check(s *Set) Problems {
	if s == nil || s.lint == nil {
		return nil
	}
	c := &checker{set: s}
	c.indexCodes()
	c.checkCodes()
	c.checkConcordance()
	c.checkRepeats()
	c.checkDates()
	c.checkProgrammes()
	c.checkStacking()
	return c.problems.sorted()
}

type checker struct {
	set      *Set
	indices  map[string]*codeIndex // by pack id: the codes that the pack sees; none where it sees no schedule
	problems Problems
}

func (c *checker) report(s Severity, m mark, message, hint string) {
	c.problems = append(c.problems, Problem{File: m.file, Line: m.line, Column: m.column, Severity: s, Message: message, Hint: hint})
}

// visible returns the ids of the pack and all packs that it depends on.
func (s *Set) visible(p *Pack) []string {
	ids := []string{p.ID}
	for i := 0; i < len(ids); i++ {
		for _, q := range s.Packs {
			if q.ID != ids[i] {
				continue
			}
			for _, d := range q.DependsOn {
				if !slices.Contains(ids, d) {
					ids = append(ids, d)
				}
			}
		}
	}
	return ids
}

// codeIndex answers whether some edition of a nomenclature has a code.
type codeIndex struct {
	lines []codeLine       // in order of codes, then of beginnings
	first quantity.Instant // where the oldest edition begins
	short []Edition        // those whose lines have fewer digits than the schedule's
}

type codeLine struct {
	code   nomenclature.Code
	period quantity.Period
}

func (c *checker) indexCodes() {
	c.indices = map[string]*codeIndex{}
	made := map[string]*codeIndex{} // packs that see the same schedules share one
	for _, p := range c.set.Packs {
		var tables []*nomenclature.Table
		key := ""
		for _, id := range c.set.visible(p) {
			for _, q := range c.set.Packs {
				if q.ID == id && (q.Table != nil || q.Headings != nil) {
					tables = append(tables, q.Table, q.Headings)
					key += id + "\n"
				}
			}
		}
		if len(tables) == 0 {
			continue
		}
		if made[key] == nil {
			made[key] = newCodeIndex(tables)
			for _, id := range c.set.visible(p) {
				made[key].shorten(c.set, id)
			}
		}
		c.indices[p.ID] = made[key]
	}
}

func newCodeIndex(tables []*nomenclature.Table) *codeIndex {
	x := &codeIndex{first: quantity.MaxInstant}
	for _, t := range tables {
		for l := range t.All() {
			x.lines = append(x.lines, codeLine{l.Code, l.Period})
			x.first = min(x.first, l.Period.From)
		}
	}
	order := func(a, b codeLine) int {
		return cmp.Or(strings.Compare(string(a.code), string(b.code)), cmp.Compare(a.period.From, b.period.From))
	}
	if !slices.IsSortedFunc(x.lines, order) {
		slices.SortStableFunc(x.lines, order)
	}
	return x
}

// shorten takes note of the editions of a pack whose lines are short.
func (x *codeIndex) shorten(set *Set, id string) {
	for _, p := range set.Packs {
		if p.ID != id || p.Base == nil {
			continue
		}
		for _, e := range p.Base.Editions {
			if e.Digits > 0 {
				x.short = append(x.short, e)
			}
		}
	}
}

// within returns the lines with the code or one within it.
func (x *codeIndex) within(c nomenclature.Code) []codeLine {
	i, _ := slices.BinarySearchFunc(x.lines, c, func(l codeLine, c nomenclature.Code) int { return strings.Compare(string(l.code), string(c)) })
	j := i
	for j < len(x.lines) && x.lines[j].code.HasPrefix(c) {
		j++
	}
	return x.lines[i:j]
}

// has reports whether some line in force in the period, or at any time, is the
// code or lies within it. In an edition whose lines are short, a longer code is
// there if its line is.
func (x *codeIndex) has(c nomenclature.Code, p quantity.Period) (then, ever bool) {
	if then, ever = x.prints(c, p); then {
		return true, true
	}
	for i := range x.short {
		e := &x.short[i]
		if len(c) <= e.Digits || !e.Period.Overlaps(p) {
			continue
		}
		during := p.Intersect(e.Period)
		if then, _ := x.prints(c[:e.Digits], during); then {
			return true, true
		}
	}
	return false, ever
}

// at is has at an instant.
func (x *codeIndex) at(c nomenclature.Code, i quantity.Instant) (then, ever bool) {
	return x.has(c, quantity.Period{From: i, Until: i + 1})
}

func (x *codeIndex) prints(c nomenclature.Code, p quantity.Period) (then, ever bool) {
	i, _ := slices.BinarySearchFunc(x.lines, c, func(l codeLine, c nomenclature.Code) int { return strings.Compare(string(l.code), string(c)) })
	for ; i < len(x.lines) && x.lines[i].code.HasPrefix(c); i++ {
		ever = true
		if x.lines[i].period.Overlaps(p) {
			return true, true
		}
	}
	return false, ever
}

// nearby says what there is where a code is not.
func (x *codeIndex) nearby(c nomenclature.Code, p quantity.Period) string {
	for q := c.Parent(); q != ""; q = q.Parent() {
		if then, _ := x.has(q, p); !then {
			continue
		}
		var codes []string
		for _, l := range x.within(q) {
			if s := l.code.String(); l.code.Digits() == len(c) && l.period.Overlaps(p) && !slices.Contains(codes, s) {
				codes = append(codes, s)
			}
		}
		switch {
		case len(codes) == 0:
			return fmt.Sprintf("%s is there", q)
		case len(codes) > 6:
			return fmt.Sprintf("%s has %d lines of this length, from %s to %s", q, len(codes), codes[0], codes[len(codes)-1])
		}
		return fmt.Sprintf("%s has %s", q, strings.Join(codes, ", "))
	}
	return "nor is its chapter"
}

// checkCodes looks every goods code up in the nomenclature.
func (c *checker) checkCodes() {
	for _, p := range c.set.Packs {
		x := c.indices[p.ID]
		if x == nil {
			continue
		}
		for _, l := range sortedLists(p.GoodsLists) {
			if l.Pack != p.ID {
				continue
			}
			w := unheld{checker: c}
			for i := range l.Rows {
				row, at := &l.Rows[i], c.set.lint.rows[l.ID][i]
				w.look(x, p, mark{l.File, int(at.line), int(at.code)}, row.Code, row.Period)
				for _, e := range row.Except {
					w.look(x, p, mark{l.File, int(at.line), int(at.except)}, e, row.Period)
				}
			}
			w.tell()
		}
		for _, l := range sortedLists(p.ItemLists) {
			if l.Pack != p.ID {
				continue
			}
			w := unheld{checker: c}
			for i := range l.Rows {
				at := c.set.lint.rows[l.ID][i]
				for _, e := range l.Rows[i].Codes {
					w.look(x, p, mark{l.File, int(at.line), int(at.code)}, e, l.Rows[i].Period)
				}
			}
			w.tell()
		}
	}
	for _, u := range c.set.lint.codes {
		if x := c.indices[u.pack.ID]; x != nil {
			w := unheld{checker: c}
			w.look(x, u.pack, u.at, u.code, u.period)
			w.tell()
		}
	}
}

// unheld collects the codes of one file that no edition has, though they may
// have been right in an older edition.
type unheld struct {
	*checker
	first mark
	codes []string
}

func (w *unheld) look(x *codeIndex, p *Pack, at mark, code nomenclature.Code, period quantity.Period) {
	then, ever := x.has(code, period)
	switch {
	case then, ever && period.From < x.first:
	case period.From < x.first:
		if len(w.codes) == 0 {
			w.first = at
		}
		w.codes = append(w.codes, code.String())
	case ever:
		var when []string
		for _, l := range x.within(code) {
			when = append(when, span(l.period, p))
		}
		slices.Sort(when)
		w.report(Fault, at, fmt.Sprintf("%s is in no schedule %s", code, span(period, p)), "it is there "+strings.Join(slices.Compact(when), " and "))
	default:
		w.report(Fault, at, fmt.Sprintf("%s is in no schedule", code), x.nearby(code, period))
	}
}

func (w *unheld) tell() {
	switch n := len(w.codes); {
	case n == 0:
	case n == 1:
		w.report(Warning, w.first, w.codes[0]+" is in no schedule that is held", "older editions than those may have it")
	default:
		some := strings.Join(w.codes[:min(n, 20)], ", ")
		if n > 20 {
			some += fmt.Sprintf(" and %d more", n-20)
		}
		w.report(Warning, w.first, fmt.Sprintf("%d codes of this file are in no schedule that is held: %s", n, some), "older editions than those may have them")
	}
}

// span says a period in words.
func span(p quantity.Period, pack *Pack) string {
	day := func(i quantity.Instant) string {
		if d := i.Date(pack.Zone); d.Start(pack.Zone) == i {
			return d.String()
		}
		return i.Format(pack.Zone)
	}
	switch {
	case p.From == quantity.Always.From && p.Until == quantity.Always.Until:
		return "at any time"
	case p.From == quantity.Always.From:
		return "until " + day(p.Until)
	case p.Until == quantity.Always.Until:
		return "from " + day(p.From)
	}
	return "from " + day(p.From) + " until " + day(p.Until)
}

// sortedLists returns the lists in order of their ids.
func sortedLists[L any](lists map[string]L) []L {
	ids := make([]string, 0, len(lists))
	for id := range lists {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	out := make([]L, len(ids))
	for i, id := range ids {
		out[i] = lists[id]
	}
	return out
}

// checkRepeats finds rows of goods lists that say the same twice.
func (c *checker) checkRepeats() {
	type row struct {
		code   nomenclature.Code
		period quantity.Period
		by     *measure.Instrument
	}
	for _, l := range sortedLists(c.set.GoodsLists) {
		seen := make(map[row]int32, len(l.Rows))
		for i := range l.Rows {
			r := &l.Rows[i]
			at := c.set.lint.rows[l.ID][i]
			k := row{r.Code, r.Period, r.By}
			if first, ok := seen[k]; ok {
				c.report(Warning, mark{l.File, int(at.line), int(at.code)}, fmt.Sprintf("%s is here twice, first in line %d", r.Code, first), "leave one out")
				continue
			}
			seen[k] = at.line
		}
	}
}

// checkDates finds instruments that are younger than the day through which the
// pack claims to know the law.
func (c *checker) checkDates() {
	for _, p := range c.set.Packs {
		for _, in := range sortedLists(p.Instruments) {
			if in.Date > p.KnownThrough {
				m := c.set.lint.cited[p.ID+"/"+in.ID]
				if m.file == "" {
					continue // that of a dependency
				}
				c.report(Warning, m, fmt.Sprintf("%s is of %s and the pack is known through %s", in.ID, in.Date, p.KnownThrough), "move known-through in pack.yaml")
			}
		}
	}
}

// checkProgrammes finds symbols that the schedule prints and nobody can claim.
func (c *checker) checkProgrammes() {
	for _, p := range c.set.Packs {
		if p.Base == nil || len(p.Base.Programmes) == 0 {
			continue
		}
		known := map[string]bool{}
		for _, g := range p.Base.Programmes {
			known[g.Symbol] = true
		}
		seen := map[string]bool{}
		lines := map[string]int{}
		for l := range p.Table.All() {
			if l.Special == "" || seen[l.Special] {
				continue
			}
			seen[l.Special] = true
			rates, err := quantity.ParseSpecial(l.Special)
			if err != nil {
				continue // Report tells
			}
			for _, r := range rates {
				for _, symbol := range r.Programmes {
					if !known[symbol] {
						lines[symbol]++
					}
				}
			}
		}
		for symbol := range lines {
			file, _, _ := strings.Cut(p.Base.Programmes[0].Position, ":")
			c.report(Warning, mark{file, 1, 1}, fmt.Sprintf("the schedule prints the programme %s and there is no row for it", symbol), "nobody can claim it without one")
		}
	}
}
