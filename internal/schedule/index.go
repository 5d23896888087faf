package schedule

import (
	"cmp"
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// sortYields orders the relations of each entry by what it yields to, for
// [Entry.YieldsTo], and makes sets of what it is related to.
func (s *Schedule) sortYields() {
	set := func(n int, entry func(int) int32) (out Slots) {
		for i := range n {
			if out == nil {
				out = make(Slots, (len(s.entries)+63)/64)
			}
			out.Add(int(entry(i)))
		}
		return out
	}
	for i := range s.entries {
		e := &s.entries[i]
		slices.SortStableFunc(e.Yields, func(a, b Yield) int { return cmp.Compare(a.With, b.With) })
		e.spares = set(len(e.Exempts), func(i int) int32 { return e.Exempts[i] })
		e.replaces = set(len(e.InLieuOf), func(i int) int32 { return e.InLieuOf[i] })
		for i := range e.Yields {
			y := &e.Yields[i]
			n := slices.IndexFunc(e.yields, func(o yielding) bool { return o.by == y.Relation })
			if n < 0 {
				n = len(e.yields)
				e.yields = append(e.yields, yielding{y.Relation, make(Slots, (len(s.entries)+63)/64)})
			}
			e.yields[n].to.Add(int(y.With))
		}
	}
}

// rowClasses numbers the rows of goods lists, those of one list with the same
// dates and instruments alike.
type rowClasses struct {
	known map[rowClass]int32
	next  int32
}

type rowClass struct {
	list        *rulepack.GoodsList
	period      quantity.Period
	by, endedBy *measure.Instrument
}

func (r *rowClasses) of(list *rulepack.GoodsList, i int) int32 {
	row := &list.Rows[i]
	k := rowClass{list, row.Period, row.By, row.EndedBy}
	n, ok := r.known[k]
	if !ok {
		n = r.next
		r.next++
		r.known[k] = n
	}
	return n
}

func (s *Schedule) indexLists(set *rulepack.Set) {
	classes := rowClasses{known: map[rowClass]int32{}}
	for _, id := range sortedKeys(set.GoodsLists) {
		list := set.GoodsLists[id]
		n := int32(len(s.lists))
		s.lists = append(s.lists, list)
		s.listIndex[id] = n
		for i := range list.Rows {
			row := &list.Rows[i]
			s.addRow(row.Code, Hit{n, int32(i), row, classes.of(list, i)})
			for _, c := range row.Except {
				s.noteBelow(c)
			}
		}
	}
	for _, id := range sortedKeys(set.ItemLists) {
		s.itemByID[id] = int32(len(s.items))
		s.items = append(s.items, set.ItemLists[id])
	}
}

func (s *Schedule) addRow(c nomenclature.Code, h Hit) {
	n := nomenclature.Number(c)
	s.rows[n] = append(s.rows[n], h)
	s.noteBelow(c)
}

// noteBelow records a code under each shorter code that holds it, so that a
// code given too short for a list can be told from one that is not on it.
func (s *Schedule) noteBelow(c nomenclature.Code) {
	for n := len(c) - 2; n >= 6; n -= 2 {
		s.below[c[:n]] = append(s.below[c[:n]], c)
	}
}

func (s *Schedule) entry(p *rulepack.Pack, m *measure.Measure) Entry {
	e := Entry{
		Measure:   m,
		Pack:      p,
		Index:     len(s.entries),
		Territory: compilePlaces(p, m.Scope.Territory),
		From:      compilePlaces(p, m.Scope.From),
		To:        compilePlaces(p, m.Scope.To),
		Origin:    compilePlaces(p, m.Scope.Origin),
	}
	for _, id := range m.Scope.GoodsLists {
		e.goods = append(e.goods, s.listIndex[id])
	}
	if len(m.Scope.Goods) > 0 {
		e.goods = append(e.goods, s.anonymousList(m.Scope.Goods))
	}
	for _, id := range m.Scope.ExceptLists {
		e.except = append(e.except, s.listIndex[id])
	}
	if len(m.Scope.Except) > 0 {
		e.except = append(e.except, s.anonymousList(m.Scope.Except))
	}
	e.Leaves = -1
	if slot, ok := s.Set.Env.Slot(m.Leaves); ok {
		e.Leaves = slot
	}
	if portion, ok := p.Portions[m.On]; ok {
		e.Portion = &portion
	}
	e.Division = s.divisions[p.ID]
	e.Parts = e.Division.of(e.Portion)
	for _, id := range m.Scope.Items {
		e.Items = append(e.Items, s.itemByID[id])
	}
	return e
}

// anonymousList makes a list of the codes that a scope names directly.
func (s *Schedule) anonymousList(codes []nomenclature.Code) int32 {
	list := &rulepack.GoodsList{Rows: make([]rulepack.GoodsRow, len(codes))}
	n := int32(len(s.lists))
	s.lists = append(s.lists, list)
	for i, c := range codes {
		list.Rows[i] = rulepack.GoodsRow{Code: c, Period: quantity.Always}
		s.addRow(c, Hit{n, int32(i), &list.Rows[i], -1 - n})
	}
	return n
}

// baseMeasures makes the ordinary duty of a pack, and its other column, into
// measures so that relations and replacements can name them.
func baseMeasures(p *rulepack.Pack) []*measure.Measure {
	b := p.Base
	base := &measure.Measure{
		ID: b.Measure, Kind: measure.Duty, Title: "Ordinary duty", Pack: p.ID, Leg: measure.Import, On: "whole",
		Scope: measure.Scope{Territory: []measure.Place{{Name: p.Jurisdiction}}},
	}
	if b.Other == nil {
		return []*measure.Measure{base}
	}
	other := *base
	other.ID = b.Other.Measure
	other.Scope.Origin = b.Other.Origin
	for _, o := range b.Other.Origin {
		o.Not = !o.Not
		base.Scope.Origin = append(base.Scope.Origin, o)
	}
	return []*measure.Measure{base, &other}
}

// relate resolves the patterns of relations, exemptions and replacements.
func (s *Schedule) relate() {
	by := map[string][]int32{} // entries by the patterns that match them
	matching := func(patterns []string) (out []int32) {
		for _, pattern := range patterns {
			found, met := by[pattern]
			if !met {
				for i := range s.entries {
					if measure.Match(pattern, s.entries[i].ID) {
						found = append(found, int32(i))
					}
				}
				by[pattern] = found
			}
			out = append(out, found...)
		}
		slices.Sort(out)
		return slices.Clip(slices.Compact(out))
	}
	for i := range s.entries {
		e := &s.entries[i]
		e.ControlledBy = matching(e.Scope.ControlledBy)
		if len(e.Measure.Exempts) > 0 {
			e.Exempts = matching(e.Measure.Exempts)
		}
		if len(e.Measure.InLieuOf) > 0 {
			e.InLieuOf = slices.DeleteFunc(matching(e.Measure.InLieuOf), func(j int32) bool { return int(j) == i })
		}
	}
	for _, p := range s.Set.Packs {
		for i := range p.Terms {
			for _, m := range matching(p.Terms[i].Measures) {
				s.entries[m].Terms = append(s.entries[m].Terms, &p.Terms[i])
			}
		}
		for i := range p.Relations {
			r := &p.Relations[i]
			if r.Kind != measure.YieldsTo {
				continue
			}
			with := matching(r.With)
			for _, m := range matching(r.Measures) {
				for _, w := range with {
					if m != w {
						s.entries[m].Yields = append(s.entries[m].Yields, Yield{w, r})
					}
				}
			}
		}
	}
}

// onLeg is the entries that look at one leg, and their packs.
type onLeg struct {
	entries []int32
	packs   []int
}

// indexLegs posts the entries by leg and territory, and those about listed goods by
// list.
func (s *Schedule) indexLegs() {
	s.byList, s.namedBy = make([][]int32, len(s.lists)), make([][]int32, len(s.lists))
	all := nomenclature.Countries()
	for i := range s.entries {
		e := &s.entries[i]
		for _, list := range e.goods {
			s.byList[list] = append(s.byList[list], int32(i))
			s.namedBy[list] = append(s.namedBy[list], int32(i))
		}
		for _, list := range e.except {
			s.namedBy[list] = append(s.namedBy[list], int32(i))
		}
		territories := []nomenclature.Country{""}
		if e.Leg != measure.Reexport {
			territories = territories[:0]
			for _, c := range all {
				if e.Territory.Ever(c) {
					territories = append(territories, c)
				}
			}
		}
		for _, t := range territories {
			on := s.onLeg(e.Leg, t)
			on.entries = append(on.entries, int32(i))
			if !slices.Contains(on.packs, e.PackIndex) {
				on.packs = append(on.packs, e.PackIndex)
			}
		}
	}
}
