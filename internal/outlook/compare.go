package outlook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Change is an interval in which goods of some codes and origins bear other duties
// under one law than under another, in the same way.
type Change struct {
	Goods   []nomenclature.Code
	Origins []nomenclature.Country
	Period  quantity.Period
	What    []string // duties gone and new, with their rates; the ordinary rates
	// Before and After are the least and the most of all duties over the goods, the
	// origins and the interval, in points. HasWas and HasIs are false where the
	// tariff of that law does not have the lines.
	Before, After quantity.Range
	HasWas, HasIs bool
}

// widen takes the least and the most of another change of the same kind.
func (c *Change) widen(other *Change) {
	c.Before, c.After = c.Before.Hull(other.Before), c.After.Hull(other.After)
}

// Compare tells in which intervals duties differ between two panels of the same
// origins and period, under two versions of the law, by time.
func Compare(before, after *Panel) []Change {
	was, is := linesByCode(before), linesByCode(after)
	codes := map[nomenclature.Code]bool{}
	for c := range was {
		codes[c] = true
	}
	for c := range is {
		codes[c] = true
	}
	known := map[string][]Change{} // by kinds of lines: changes without goods
	groups := map[string]*Change{}
	for _, c := range slices.Sorted(maps.Keys(codes)) {
		key := ""
		for _, l := range [...]*panelLine{was[c], is[c]} {
			if l != nil {
				key += templateKey(l)
			}
			key += "|"
		}
		changes, ok := known[key]
		if !ok {
			changes = compareLines(before, after, was[c], is[c])
			known[key] = changes
		}
		for _, ch := range changes {
			key := fmt.Sprint(ch.Period, ch.Origins, ch.What, ch.HasWas, ch.HasIs)
			g := groups[key]
			if g == nil {
				first := ch
				g = &first
				groups[key] = g
			}
			g.widen(&ch)
			g.Goods = append(g.Goods, c)
		}
	}
	var out []Change
	for _, g := range groups {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Period.From, b.Period.From), cmp.Compare(a.Goods[0], b.Goods[0]), cmp.Compare(a.Origins[0], b.Origins[0]),
			slices.Compare(a.What, b.What), cmp.Compare(a.Period.Until, b.Period.Until))
	})
	return out
}

func linesByCode(p *Panel) map[nomenclature.Code]*panelLine {
	out := make(map[nomenclature.Code]*panelLine, len(p.lines))
	for i := range p.lines {
		out[p.lines[i].code] = &p.lines[i]
	}
	return out
}

// compareLines compares a line under two laws, of which one may lack it, for all
// origins.
func compareLines(before, after *Panel, was, is *panelLine) []Change {
	spans := func(p *Panel, l *panelLine, group int32) []span {
		if l == nil {
			return nil
		}
		return p.spans(l, int(group), nil)
	}
	pairs := map[[2]int32][]Change{}
	groups := map[string]*Change{}
	var order []string
	for n, origin := range before.origins {
		pair := [2]int32{before.groupOf[n], after.groupOf[n]}
		changes, ok := pairs[pair]
		if !ok {
			changes = compareSpans(before, after, spans(before, was, pair[0]), spans(after, is, pair[1]))
			pairs[pair] = changes
		}
		for _, ch := range changes {
			key := fmt.Sprint(ch.Period, ch.What, ch.HasWas, ch.HasIs)
			if groups[key] == nil {
				first := ch
				groups[key] = &first
				order = append(order, key)
			}
			groups[key].widen(&ch)
			groups[key].Origins = append(groups[key].Origins, origin)
		}
	}
	var out []Change
	for _, key := range order {
		out = append(out, *groups[key])
	}
	return out
}

// compareSpans compares the intervals of one line and origin.
func compareSpans(before, after *Panel, was, is []span) []Change {
	var cuts []quantity.Instant
	for _, spans := range [...][]span{was, is} {
		for i := range spans {
			cuts = append(cuts, spans[i].period.From, spans[i].period.Until)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	at := func(spans []span, t quantity.Instant) *span {
		if i := slices.IndexFunc(spans, func(s span) bool { return s.period.Contains(t) }); i >= 0 {
			return &spans[i]
		}
		return nil
	}
	var out []Change
	for i := range max(len(cuts)-1, 0) {
		ch := Change{Period: quantity.Period{From: cuts[i], Until: cuts[i+1]}}
		var old, new []string
		if s := at(was, cuts[i]); s != nil {
			ch.HasWas, ch.Before, old = true, before.totals.all[s.total].Range, before.duties(s)
		}
		if s := at(is, cuts[i]); s != nil {
			ch.HasIs, ch.After, new = true, after.totals.all[s.total].Range, after.duties(s)
		}
		for _, d := range old {
			if !slices.Contains(new, d) {
				ch.What = append(ch.What, "- "+d)
			}
		}
		for _, d := range new {
			if !slices.Contains(old, d) {
				ch.What = append(ch.What, "+ "+d)
			}
		}
		if !ch.HasWas && !ch.HasIs || len(ch.What) == 0 && ch.HasWas == ch.HasIs && sameTotal(ch.Before, ch.After) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Period.Until == ch.Period.From && slices.Equal(out[n-1].What, ch.What) &&
			out[n-1].HasWas == ch.HasWas && out[n-1].HasIs == ch.HasIs {
			out[n-1].Period.Until = ch.Period.Until
			out[n-1].widen(&ch)
			continue
		}
		out = append(out, ch)
	}
	return out
}

// duties are the duties of a span in words, the ordinary one first.
func (p *Panel) duties(s *span) []string {
	c, o := p.cells.all[s.cell], &p.ordinary.all[s.ordinary]
	var out []string
	if c.Column != nil {
		rate := o.text
		if rate == "" {
			rate = "rate not known"
		}
		out = append(out, c.Column.ID+" "+rate)
	}
	if words := c.Words(); words != "" {
		out = append(out, strings.Split(words, "; ")...)
	}
	return out
}

func sameTotal(a, b quantity.Range) bool {
	return a.Unbounded == b.Unbounded && a.Least.Equal(b.Least) && a.Most.Equal(b.Most)
}
