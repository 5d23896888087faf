// Package schedule is the law compiled: the packs of a [rulepack.Set] indexed
// so that the measures which may touch one movement of goods are found without
// scanning them all. A Schedule is immutable, named by the digest of its packs,
// and safe for any number of goroutines. It knows no clock and does no I/O.
package schedule

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Schedule is the compiled, immutable form of a set of packs.
type Schedule struct {
	Set    *rulepack.Set
	Digest string // "sha256:" and the hash over the digests of the packs and of the scenarios laid over them

	entries []Entry
	byID    map[string]int

	byList  [][]int32 // entries by the goods lists they are about
	namedBy [][]int32 // the same, with the lists they except

	rows      map[uint64][]Hit // goods-list rows by the number of the code they name
	below     map[nomenclature.Code][]nomenclature.Code
	lists     []*rulepack.GoodsList
	listIndex map[string]int32

	items    []*rulepack.ItemList
	itemRows []itemIndex
	itemByID map[string]int32
	usual    map[nomenclature.Code][]int32 // item lists by the chapters in which their items are usually classified; all under ""
	classes  []Classification
	classOf  []int8 // by item list, -1 where it goes by no classification

	parties []partyIndex // by list, in the order of the conditions' environment

	open, closed condition.Facts       // what a case that states nothing holds
	implied      map[uint64]*[]Implied // by the number of the code
	groups       []Group

	divisions map[string]*Division // of the value, by pack

	cuts []quantity.Instant // at which some law may change, in order
	fine []quantity.Instant // the same for rows of item lists and for lanes
	told []told             // what conditions tell apart in each fact, by slot
	days []quantity.Date    // on which something was announced, in order
	memo *nearMemo

	relations []quantity.Instant // at which some relation begins or ends, in order
	scanning  bool               // see [Scanning]

	tables     []*rulepack.Pack       // those with a tariff
	programmes map[string][]programme // by pack

	abroad         onLeg            // of the re-export leg
	countries      [26 * 26]country // what the packs hold of each, by its letters
	numbers        [26 * 26]uint8   // of those of the register, by their letters; 0: it is none, or there is no number for it
	inputs         Slots            // of formulas
	contradictions []contradiction
}

// mostCountries is how many countries have a number, and one more.
const mostCountries = 256

// country is what the packs hold of one.
type country struct {
	zone   *time.Location // of its first pack; nil: there is none
	tariff *rulepack.Pack // the pack of its goods
	// left and entered are its legs
	left, entered onLeg
}

// place is the place of a country in [Schedule.countries], -1 for what is none.
func place(c nomenclature.Country) int {
	if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return -1
	}
	return int(c[0]-'A')*26 + int(c[1]-'A')
}

// Implied is a fact that a goods code settles.
type Implied struct {
	Goods nomenclature.Code // the code that settles it
	Slot  int
	Value condition.Value
	Usual bool // only a closed case that does not state the fact takes it
}

// Group is facts that are parts of one whole.
type Group struct {
	Name  string
	Slots []int
	Whole quantity.Decimal
}

// Entry is a measure with its scope compiled.
type Entry struct {
	*measure.Measure
	Pack  *rulepack.Pack
	Index int

	Territory, From, To, Origin Places

	goods, except []int32 // indices of goods lists
	Items         []int32 // indices of item lists
	ControlledBy  []int32 // entries of licence measures
	Yields        []Yield // what this measure gives way to
	Exempts       []int32 // entries that do not apply where this exemption does
	InLieuOf      []int32 // entries that this duty replaces
	Leaves        int     // slot of the share of the value that an exemption leaves; -1: nothing
	Base          *rulepack.Base
	PackIndex     int
	Lanes         []*rulepack.Lane  // of a licence measure, the fastest first
	Portion       *rulepack.Portion // nil: the whole, or what remains of it
	Terms         []*measure.Term   // what the law says of it besides

	Division  *Division
	Parts     Parts // of the value on which it stands by itself
	condition compiled

	acts     []quantity.Instant // at which its acts begin or end, in order
	controls []quantity.Instant // the same of the measures of whose items it is
	reads    *movementReads     // of the movement itself by conditions; nil: nothing

	spares, replaces Slots      // Exempts and InLieuOf as sets of entries
	yields           []yielding // Yields as sets of entries
}

// Yield is a dated relation: the entry it stands on gives up the portion of
// the value on which With stands.
type Yield struct {
	With     int32
	Relation *measure.Relation
}

// yielding is what an entry gives way to by one relation.
type yielding struct {
	by *measure.Relation
	to Slots
}

// Runs reports whether the relation is law at the instant, as known on the day.
func (y *Yield) Runs(at quantity.Instant, known quantity.Date) bool {
	r := y.Relation
	return RowRuns(r.Period, r.By, r.EndedBy, at, known)
}

// Says returns what the law says of the entry at the instant, as known on the day:
// of each thing that terms are about the term that was announced last.
func (e *Entry) Says(at quantity.Instant, known quantity.Date) []*measure.Term {
	var out []*measure.Term
	for _, t := range e.Terms {
		if !RowRuns(t.Period, t.By, t.EndedBy, at, known) {
			continue
		}
		n := slices.IndexFunc(out, func(o *measure.Term) bool { return o.About == t.About })
		switch {
		case n < 0:
			out = append(out, t)
		case out[n].By == nil || t.By != nil && t.By.Date >= out[n].By.Date:
			out[n] = t
		}
	}
	return out
}

// atEntry reports whether the entry is judged at entry at the instant, though the
// law of the goods is fixed by another.
func (e *Entry) atEntry(at quantity.Instant, known quantity.Date) bool {
	return slices.ContainsFunc(e.Terms, func(t *measure.Term) bool {
		return t.About == measure.Zone && t.Says == measure.AtEntry && RowRuns(t.Period, t.By, t.EndedBy, at, known)
	})
}

// YieldsTo reports whether the entry gives way to the other at the instant, as
// known on the day.
func (e *Entry) YieldsTo(other *Entry, at quantity.Instant, known quantity.Date) bool {
	if len(e.Yields) == 0 {
		return false
	}
	with := int32(other.Index)
	i, _ := slices.BinarySearchFunc(e.Yields, with, func(y Yield, with int32) int { return cmp.Compare(y.With, with) })
	for ; i < len(e.Yields) && e.Yields[i].With == with; i++ {
		if e.Yields[i].Runs(at, known) {
			return true
		}
	}
	return false
}

// RowRuns reports whether a dated row is law at the instant as known on the day:
// its instrument was announced by then, the instant is not before its
// beginning, and not after an end that was known by then.
func RowRuns(p quantity.Period, by, endedBy *measure.Instrument, at quantity.Instant, known quantity.Date) bool {
	if by != nil && (by.Date > known || by.Standing == measure.Reported) || at < p.From {
		return false
	}
	return at < p.Until || endedBy != nil && endedBy.Date > known
}

// Hit is a goods-list row that names a code.
type Hit struct {
	List  int32
	Index int32 // of the row in its list
	Row   *rulepack.GoodsRow
	class int32 // one for all rows of the list with these dates and instruments
}

// Runs reports whether the row is law at the instant, as known on the day.
func (h Hit) Runs(at quantity.Instant, known quantity.Date) bool {
	return RowRuns(h.Row.Period, h.Row.By, h.Row.EndedBy, at, known)
}

// Compile indexes the set. The set must be free of faults.
func Compile(set *rulepack.Set) *Schedule {
	s := &Schedule{
		Set:       set,
		byID:      map[string]int{},
		rows:      map[uint64][]Hit{},
		below:     map[nomenclature.Code][]nomenclature.Code{},
		listIndex: map[string]int32{},
		itemByID:  map[string]int32{},
	}
	hash := sha256.New()
	for _, p := range set.Packs {
		hash.Write(p.Digest[:])
	}
	for _, o := range set.Scenarios {
		hash.Write(o.Digest[:])
	}
	s.indexLists(set)
	s.indexClasses()
	s.Digest = "sha256:" + hex.EncodeToString(hash.Sum(nil))
	s.divisions = map[string]*Division{}
	for _, p := range set.Packs {
		d := division(p)
		s.divisions[p.ID] = &d
	}
	for n, p := range set.Packs {
		for _, m := range p.Measures {
			e := s.entry(p, m)
			e.PackIndex = n
			s.byID[m.ID] = len(s.entries)
			s.entries = append(s.entries, e)
		}
		if p.Base != nil {
			for _, m := range baseMeasures(p) {
				e := s.entry(p, m)
				e.Base, e.PackIndex = p.Base, n
				s.byID[m.ID] = len(s.entries)
				s.entries = append(s.entries, e)
			}
		}
	}
	s.relate()
	s.sortYields()
	s.indexLegs()
	s.parties = make([]partyIndex, len(set.PartyLists))
	s.indexFacts()
	s.boundUsual()
	s.indexConditions()
	s.indexTold()
	for _, p := range slices.Backward(set.Packs) { // the first of a country counts
		if n := place(nomenclature.Country(p.Jurisdiction)); n >= 0 {
			s.countries[n].zone = p.Zone
			if p.Base != nil {
				s.countries[n].tariff = p
			}
		}
	}
	for i, c := range nomenclature.Countries() {
		if n := place(c); n >= 0 && i+1 < mostCountries {
			s.numbers[n] = uint8(i + 1)
		}
	}
	s.inputs = s.NewSlots()
	for _, f := range set.Formulas {
		for _, slot := range f.Slots {
			s.inputs.Add(slot)
		}
	}
	s.indexContradictions()
	s.indexTime()
	s.memo = newMemo()
	s.indexBase()
	s.indexLanes()
	s.indexStates()
	return s
}

// Scanning is [Compile] without what makes it fast: what is near a movement is
// found by going through every measure, and nothing is remembered. Tests hold the
// index against it.
func Scanning(set *rulepack.Set) *Schedule {
	s := Compile(set)
	s.scanning = true
	return s
}

// Anew returns the same law with nothing remembered of what was asked. Tests hold
// what is remembered against it.
func (s *Schedule) Anew() *Schedule {
	c := *s
	c.memo = newMemo()
	return &c
}

// Entries returns every measure of the schedule, in the order of packs and
// files. The slice is the schedule's own.
func (s *Schedule) Entries() []Entry { return s.entries }

// Entry returns the measure of that id.
func (s *Schedule) Entry(id string) (*Entry, bool) {
	i, ok := s.byID[id]
	if !ok {
		return nil, false
	}
	return &s.entries[i], true
}

// OnLeg returns the indices, in order, of the entries that look at the leg for
// the territory, and the indices of their packs: the territory is the country
// left on an export leg, the country entered on an import leg; a re-export leg
// has none. Dated territories, the other places of the scope, the goods and the
// dates are still to be tested.
func (s *Schedule) OnLeg(leg measure.Leg, territory nomenclature.Country) (entries []int32, packs []int) {
	if on := s.onLeg(leg, territory); on != nil {
		return on.entries, on.packs
	}
	return nil, nil
}

// onLeg returns the leg for a territory, nil where that is no country.
func (s *Schedule) onLeg(leg measure.Leg, territory nomenclature.Country) *onLeg {
	if leg == measure.Reexport {
		return &s.abroad
	}
	n := place(territory)
	switch {
	case n < 0:
		return nil
	case leg == measure.Export:
		return &s.countries[n].left
	}
	return &s.countries[n].entered
}

// Names reports whether some entry that looks at the leg for the territory is
// about the goods list, or excepts it.
func (s *Schedule) Names(leg measure.Leg, territory nomenclature.Country, list int32) bool {
	return slices.ContainsFunc(s.namedBy[list], func(i int32) bool {
		e := &s.entries[i]
		return e.Leg == leg && (leg == measure.Reexport || e.Territory.Ever(territory))
	})
}

// posted returns the indices, in order, of those entries [Schedule.OnLeg] of one
// pack that may touch goods of the origin which the hits hold: those about all
// goods of that origin, and those about a list that is hit, whatever the origin.
func (s *Schedule) posted(leg measure.Leg, territory nomenclature.Country, pack int, origin nomenclature.Country, hits []Hit) []int32 {
	var buf []int32
	if s.scanning {
		for i := range s.entries {
			if e := &s.entries[i]; e.PackIndex == pack && e.Leg == leg {
				buf = append(buf, int32(i))
			}
		}
		return buf
	}
	listed := make(Slots, (len(s.entries)+63)/64)
	for i := range hits {
		for _, j := range s.byList[hits[i].List] {
			listed.Add(int(j))
		}
	}
	entries, _ := s.OnLeg(leg, territory)
	for _, i := range entries {
		if e := &s.entries[i]; e.PackIndex == pack && (listed.Has(int(i)) || !e.NamesGoods() && e.Origin.Ever(origin)) {
			buf = append(buf, i)
		}
	}
	return buf
}

// Zone returns the zone of the country's own pack, else that of the first.
func (s *Schedule) Zone(c nomenclature.Country) *time.Location {
	if n := place(c); n >= 0 && s.countries[n].zone != nil {
		return s.countries[n].zone
	}
	return s.Set.Packs[0].Zone
}

// Pack returns the pack whose table of goods is that of the jurisdiction.
func (s *Schedule) Pack(jurisdiction nomenclature.Country) (*rulepack.Pack, bool) {
	n := place(jurisdiction)
	if n < 0 || s.countries[n].tariff == nil {
		return nil, false
	}
	return s.countries[n].tariff, true
}

// Computes reports whether some formula reads a fact that is stated.
func (s *Schedule) Computes(stated Slots) bool { return s.inputs.Meets(stated) }

// contradiction is facts that cannot be together, with all that must be stated
// to tell.
type contradiction struct {
	*rulepack.Contradiction
	reads Slots
}

func (s *Schedule) indexContradictions() {
	for _, p := range s.Set.Packs {
		for i := range p.Contradictions {
			c := contradiction{&p.Contradictions[i], s.NewSlots()}
			for _, slot := range c.When.Slots() {
				c.reads.Add(slot)
			}
			s.contradictions = append(s.contradictions, c)
		}
	}
}

// Contradictions goes through those of the facts that are stated.
func (s *Schedule) Contradictions(facts condition.Facts, stated Slots) iter.Seq[*rulepack.Contradiction] {
	return func(yield func(*rulepack.Contradiction) bool) {
		for i := range s.contradictions {
			c := &s.contradictions[i]
			if c.reads.within(stated) && c.When.Eval(facts, nil) == condition.True && !yield(c.Contradiction) {
				return
			}
		}
	}
}

// Contradicts reports whether a fact can contradict others.
func (s *Schedule) Contradicts(slot int) bool {
	return slices.ContainsFunc(s.contradictions, func(c contradiction) bool { return c.reads.Has(slot) })
}

// MayContradict reports whether a fact may contradict those that are stated, if it is
// stated too.
func (s *Schedule) MayContradict(slot int, stated Slots) bool {
	return slices.ContainsFunc(s.contradictions, func(c contradiction) bool { return c.reads.Has(slot) && c.reads.withinBut(stated, slot) })
}

// ItemList returns the item list of that index.
func (s *Schedule) ItemList(i int32) *rulepack.ItemList { return s.items[i] }

// ItemListIndex returns the index of the item list of that id.
func (s *Schedule) ItemListIndex(id string) int32 { return s.itemByID[id] }

// ItemLists is how many item lists there are.
func (s *Schedule) ItemLists() int { return len(s.items) }

// Goods collects the goods-list rows that hold the code and are law at the
// instant as known on the day, appending them to buf.
func (s *Schedule) Goods(code nomenclature.Code, at quantity.Instant, known quantity.Date, buf []Hit) []Hit {
	for n := range nomenclature.Numbers(code) {
		for _, h := range s.rows[n] {
			if h.Runs(at, known) && !excepts(h.Row.Except, code) {
				buf = append(buf, h)
			}
		}
	}
	return buf
}

// AllGoodsRows collects the rows that hold the code at any time, for the dates
// on which the answer may change.
func (s *Schedule) AllGoodsRows(code nomenclature.Code, buf []Hit) []Hit {
	for n := range nomenclature.Numbers(code) {
		for _, h := range s.rows[n] {
			if !excepts(h.Row.Except, code) {
				buf = append(buf, h)
			}
		}
	}
	return buf
}

func excepts(except []nomenclature.Code, code nomenclature.Code) bool {
	for _, x := range except {
		if code.HasPrefix(x) {
			return true
		}
	}
	return false
}

// GoodsLists is how many goods lists there are, those of codes that scopes name
// among them.
func (s *Schedule) GoodsLists() int { return len(s.lists) }

// SplitBelow reports whether a list tells apart the lines below the code: the
// code is then too short to say which rows hold the goods.
func (s *Schedule) SplitBelow(code nomenclature.Code) bool { return len(s.below[code]) > 0 }

// Below returns the longer codes within the code that lists name, in no order.
func (s *Schedule) Below(code nomenclature.Code) []nomenclature.Code { return s.below[code] }

// OnGoods reports whether the goods of an entry hold a code for which hits were
// collected, and by which row. An entry that names no goods lists holds all
// goods, by no row.
func (e *Entry) OnGoods(hits []Hit) (row *rulepack.GoodsRow, ok bool) {
	ok = len(e.goods) == 0
	for i := range hits {
		if slices.Contains(e.except, hits[i].List) {
			return nil, false
		}
		if !ok && slices.Contains(e.goods, hits[i].List) {
			row, ok = hits[i].Row, true
		}
	}
	return row, ok
}

// EverOnGoods reports whether the goods lists of the entry hold, at some time,
// a code for which rows of all times were collected, exceptions aside.
func (e *Entry) EverOnGoods(rows []Hit) bool {
	return slices.ContainsFunc(rows, func(h Hit) bool { return slices.Contains(e.goods, h.List) })
}

// Lists reports whether the entry is about the goods list of that index, or
// excepts it.
func (e *Entry) Lists(list int32) bool {
	return slices.Contains(e.goods, list) || slices.Contains(e.except, list)
}

// MarkLists notes the goods lists that the entry is about, or excepts, by their
// indices.
func (e *Entry) MarkLists(marked []bool) {
	for _, lists := range [...][]int32{e.goods, e.except} {
		for _, list := range lists {
			marked[list] = true
		}
	}
}

// NamesGoods reports whether the entry is about goods named in lists.
func (e *Entry) NamesGoods() bool { return len(e.goods) > 0 }

// Excepted returns the row by which goods are excepted from an entry, if any.
func (e *Entry) Excepted(hits []Hit) *rulepack.GoodsRow {
	for i := range hits {
		if slices.Contains(e.except, hits[i].List) {
			return hits[i].Row
		}
	}
	return nil
}

// partyIndex finds the rows of a party list by folded name or identifier. It is
// made when the list is first asked.
type partyIndex struct {
	once sync.Once
	rows map[string][]*rulepack.PartyRow
}

// partyRows returns the rows that name the party, by its name, another of its
// names or an identifier.
func (s *Schedule) partyRows(list int, name string) []*rulepack.PartyRow {
	x := &s.parties[list]
	x.once.Do(func() {
		rows := s.Set.PartyLists[list].Rows()
		x.rows = make(map[string][]*rulepack.PartyRow, len(rows)*2)
		add := func(name string, row *rulepack.PartyRow) {
			key := rulepack.FoldName(name)
			if there := x.rows[key]; key != "" && (len(there) == 0 || there[len(there)-1] != row) {
				x.rows[key] = append(there, row)
			}
		}
		for i := range rows {
			row := &rows[i]
			add(row.Name, row)
			for _, name := range row.Aliases {
				add(name, row)
			}
			for _, id := range row.Identifiers {
				add(id, row)
			}
		}
	})
	return x.rows[rulepack.FoldName(name)]
}

func (s *Schedule) indexFacts() {
	env := s.Set.Env
	s.implied = map[uint64]*[]Implied{}
	settles := func(by []condition.Implied, slot int, usual bool) {
		for _, im := range by {
			n := nomenclature.Number(im.Goods)
			if s.implied[n] == nil {
				s.implied[n] = new([]Implied)
			}
			*s.implied[n] = append(*s.implied[n], Implied{im.Goods, slot, im.Value, usual})
		}
	}
	s.open = make(condition.Facts, env.Len())
	s.closed = make(condition.Facts, env.Len())
	group := map[string]int{}
	for slot := range env.Len() {
		f := env.Fact(slot)
		if f.Pack == "" {
			continue // the movement itself: always stated
		}
		s.closed[slot] = condition.AbsentValue()
		if f.Kind == condition.Claim {
			s.open[slot] = condition.AbsentValue()
		}
		settles(f.Implied, slot, false)
		settles(f.Usual, slot, true)
		if f.Group == "" {
			continue
		}
		n, ok := group[f.Group]
		if !ok {
			n = len(s.groups)
			group[f.Group] = n
			s.groups = append(s.groups, Group{Name: f.Group})
		}
		g := &s.groups[n]
		g.Slots = append(g.Slots, slot)
		if f.Max != nil {
			g.Whole = g.Whole.Max(*f.Max)
		}
	}
}

// boundUsual makes usual values no more than the whole of which they are a part.
func (s *Schedule) boundUsual() {
	for _, by := range s.implied {
		for i := range *by {
			im := &(*by)[i]
			n, ok := im.Value.Number()
			if !im.Usual || !ok {
				continue
			}
			for _, g := range s.groups {
				if slices.Contains(g.Slots, im.Slot) && g.Whole.Cmp(n) < 0 {
					n = g.Whole
					im.Value = condition.NumberValue(n)
				}
			}
		}
	}
}

// Defaults returns what a case holds that states no fact, by slot: claims are
// not made, attributes are unknown or, in a closed case, absent. The slice is
// the schedule's own.
func (s *Schedule) Defaults(closed bool) condition.Facts {
	if closed {
		return s.closed
	}
	return s.open
}

// Groups returns the groups of facts that are parts of one whole.
func (s *Schedule) Groups() []Group { return s.groups }

// PartyCuts returns the instants at which a row that names the party begins or
// ends, as known on the day.
func (s *Schedule) PartyCuts(list int, name string, known quantity.Date) []quantity.Instant {
	var out []quantity.Instant
	for _, row := range s.partyRows(list, name) {
		if row.By == nil || row.By.Date <= known {
			out = append(out, row.Earliest, row.Period.From, row.Period.Until)
		}
	}
	return out
}

// HasParties reports whether the list names anybody at the instant, or may, as
// known on the day.
func (s *Schedule) HasParties(list int, at quantity.Instant, known quantity.Date) bool {
	return slices.ContainsFunc(s.Set.PartyLists[list].Rows(), func(row rulepack.PartyRow) bool {
		return runs(&row, at, known) != condition.False
	})
}

// runs tells whether a party is on a list by the row.
func runs(row *rulepack.PartyRow, at quantity.Instant, known quantity.Date) condition.Truth {
	p := row.Period
	p.From = row.Earliest
	switch {
	case !RowRuns(p, row.By, row.EndedBy, at, known):
		return condition.False
	case at >= row.Period.From && row.Announced <= known:
		return condition.True
	case row.Earliest < row.Period.From:
		return condition.Open
	}
	return condition.False
}

// ProgrammeCuts returns the instants at which a preference programme of the
// pack begins or ends, as known on the day.
func (s *Schedule) ProgrammeCuts(p *rulepack.Pack, known quantity.Date) []quantity.Instant {
	var out []quantity.Instant
	for _, pr := range s.programmes[p.ID] {
		if pr.row.By == nil || pr.row.By.Date <= known {
			out = append(out, pr.row.Period.From, pr.row.Period.Until)
		}
	}
	return out
}

// Listed tells whether the party is on the list at the instant, as known on the
// day, and by which row: Open where a row tells only by which day it was listed
// at the latest.
func (s *Schedule) Listed(list int, name string, at quantity.Instant, known quantity.Date) (condition.Truth, *rulepack.PartyRow) {
	truth, by := condition.False, (*rulepack.PartyRow)(nil)
	for _, row := range s.partyRows(list, name) {
		if t := runs(row, at, known); t > truth {
			truth, by = t, row
		}
	}
	return truth, by
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
