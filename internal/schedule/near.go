package schedule

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Movement is what of a case decides, facts aside, which measures are near it.
type Movement struct {
	Leg              measure.Leg
	Territory        nomenclature.Country // left on an export leg, entered on an import leg; ignored on a re-export leg
	From, To, Origin nomenclature.Country
	// Goods are the codes the goods may have: one, "" where none is given, or
	// the lines below a code that is too short to tell; at most 64.
	Goods []nomenclature.Code
	Read  *Goods           // the one of them, where it was read already
	At    quantity.Instant // the legal instant of the leg
	// Entry is the instant of entry where At is another one that fixes the law of
	// the goods; measures of which a term says so are judged there. 0: there is none.
	Entry quantity.Instant
	// Entered and Exported are the instants of both ends, as conditions read them.
	Entered, Exported quantity.Instant
	Known             quantity.Date
	// Bare leaves out the measures that only come close: those about other origins and
	// those that are not in force and may not be. Of the others it is then not told
	// which row names the goods.
	Bare bool
}

// Candidate is a measure near a movement: it applies if its condition and its
// items hold, or it comes close.
type Candidate struct {
	Entry *Entry
	State measure.State
	// Row is the row that names the goods, or one of the same list with the same
	// dates and instruments ([Schedule.RowOf] tells which); nil where none does.
	Row  *rulepack.GoodsRow
	Mask uint64 // which of the movement's codes it holds, one bit each
	// AtEntry tells that it is judged at entry though the law of the goods is fixed
	// by another instant.
	AtEntry bool
	// Origin tells that the origin is among those the measure is about. A
	// candidate without is about goods that are named.
	Origin bool
	// Exempts, InLieuOf and YieldsTo are the places, in the same list, of the
	// candidates that this one keeps from applying, replaces, or gives way to at
	// the instant.
	Exempts, InLieuOf, YieldsTo []int32
}

// Runs reports whether the measure is in force, or may be.
func (c *Candidate) Runs() bool {
	return c.State.Kind == measure.InForce || c.State.Kind == measure.Unverified
}

// Nearby is the measures near a movement.
type Nearby struct {
	// id names what is remembered; 0 for what is not.
	id uint32
	// fine tells that rows of item or party lists, or lanes, count too, which
	// come and go at instants of their own; listing is those of the party lists.
	fine    bool
	listing *listing
	// number and glance are of what is remembered.
	number int
	glance *glance
	// while are periods in which the candidates stand to one another as they do here, of
	// those that were asked about; next is what is near where they stand so in another
	// way, nil where no other was found.
	while []quantity.Period
	next  *Nearby
	// touched are the facts that count by themselves: those read, summed up or gates.
	touched Slots
	// slots is the memory of the sets, where it has room.
	slots [20]uint64
	// reads are the facts that conditions, items and lanes read, sums those on
	// which a portion of the value stands.
	reads, sums Slots
	// gates are claims without which conditions are false, behind what else these
	// read: it counts where such a claim is stated.
	gates, behind Slots

	Candidates []Candidate
	// hits, ends and links are memory of [Schedule.NearOf].
	hits  []Hit
	ends  []int
	links []int32
}

// Reads reports whether anything near reads the fact, where these facts are
// stated: if not, stating it too changes no answer.
func (n *Nearby) Reads(slot int, stated Slots) bool {
	return n.reads.Has(slot) || n.sums.Has(slot) || n.behind.Has(slot) && n.gates.Meets(stated)
}

// Read is [Nearby.Reads] of measures near a movement.
func (s *Schedule) Read(near []Candidate, slot int, stated Slots) bool {
	return s.nearby(near).Reads(slot, stated)
}

// Sums reports whether a portion of the value near stands on the fact.
func (n *Nearby) Sums(slot int) bool { return n.sums.Has(slot) }

// stretch numbers the instants by the stretch between two changes of law.
func (s *Schedule) stretch(at quantity.Instant) int32 { return stretchOf(s.cuts, at) }

// stretchOf is how many cuts, which are in order, are not after the instant.
func stretchOf[T ~int32 | ~int64](cuts []T, at T) int32 {
	low, high := 0, len(cuts)
	for low < high { // [sort.Search] without a call for each step: every line of a file comes here
		if middle := int(uint(low+high) >> 1); cuts[middle] > at {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return int32(low)
}

// RowOf returns the row that names the goods for which the row of a candidate
// stands: rows of one list with the same dates and instruments stand for one
// another in what is remembered. Of several it is the one with the longest code, and
// of these the first, whichever stands for them. It is nil for nil.
func (s *Schedule) RowOf(row *rulepack.GoodsRow, goods nomenclature.Code) *rulepack.GoodsRow {
	if row == nil {
		return nil
	}
	file, _, _ := strings.Cut(row.Position, ":")
	for _, h := range s.AllGoodsRows(goods, nil) { // those with longer codes first
		r := h.Row
		of, _, _ := strings.Cut(r.Position, ":")
		if of == file && r.Period == row.Period && r.By == row.By && r.EndedBy == row.EndedBy {
			return r
		}
	}
	return row
}

// mostGoods bounds the codes whose class is remembered: more than a schedule
// has lines.
const mostGoods = 1 << 16

// findNear finds what is near a movement without memory.
func (s *Schedule) findNear(pack int, m *Movement) *Nearby {
	hits, ends := s.hitsAt(m)
	if m.Entry == 0 {
		out := s.candidates(nil, pack, m, hits, ends)
		s.relatives(out, func(*Entry) quantity.Instant { return m.At }, m.Known, nil)
		return s.nearby(out)
	}
	// What is judged at entry is so before all else.
	entry := *m
	entry.At = m.Entry
	hitsThen, endsThen := s.hitsAt(&entry)
	judged := func(e *Entry) *Movement {
		if e.atEntry(entry.At, m.Known) {
			return &entry
		}
		return m
	}
	var out []Candidate
	for _, i := range s.posted(m.Leg, m.Territory, pack, m.Origin, append(slices.Clone(hitsThen), hits...)) {
		c, ok := Candidate{}, false
		if judged(&s.entries[i]) == m {
			c, ok = s.candidate(i, m, hits, ends)
		} else {
			c, ok = s.candidate(i, &entry, hitsThen, endsThen)
			c.AtEntry = true
		}
		if ok {
			out = append(out, c)
		}
	}
	s.relatives(out, func(e *Entry) quantity.Instant { return judged(e).At }, m.Known, nil)
	return s.nearby(out)
}

// candidates appends the measures that pass for a movement to buf, which is empty.
func (s *Schedule) candidates(buf []Candidate, pack int, m *Movement, hits []Hit, ends []int) []Candidate {
	for _, i := range s.posted(m.Leg, m.Territory, pack, m.Origin, hits) {
		if c, ok := s.candidate(i, m, hits, ends); ok {
			buf = append(buf, c)
		}
	}
	return buf
}

// Stands returns how an entry stands to a movement: whether it applies, its condition
// and its items aside, or comes close.
func (s *Schedule) Stands(e *Entry, m *Movement) (c Candidate, ok bool) {
	judged := *m
	atEntry := m.Entry != 0 && e.atEntry(m.Entry, m.Known)
	if atEntry {
		judged.At = m.Entry
	}
	hits, ends := s.hitsAt(&judged)
	c, ok = s.candidate(int32(e.Index), &judged, hits, ends)
	c.AtEntry = atEntry
	return c, ok
}

// nearby tells what counts for candidates.
func (s *Schedule) nearby(out []Candidate) *Nearby {
	n := &Nearby{Candidates: slices.Clip(out)}
	words := len(s.NewSlots())
	sets := [...]*Slots{&n.touched, &n.reads, &n.sums, &n.gates, &n.behind}
	memory := Slots(n.slots[:])
	if len(sets)*words > len(memory) {
		memory = make(Slots, len(sets)*words)
	}
	for i, set := range sets {
		*set = memory[i*words : (i+1)*words : (i+1)*words]
	}
	var parties partyLists
	items := func(lists []int32) {
		for _, list := range lists {
			n.fine = true
			n.reads.join(s.itemRows[list].reads)
			parties |= s.itemRows[list].parties
		}
	}
	for i := range out {
		e := out[i].Entry
		n.reads.join(e.condition.decides)
		if e.condition.gated {
			n.gates.join(e.condition.decides)
			n.behind.join(e.condition.reads)
		}
		parties |= e.condition.parties
		items(e.Items)
		for _, j := range e.ControlledBy {
			n.fine = true
			items(s.entries[j].Items)
		}
		for _, lane := range e.Lanes {
			n.fine = true
			for x := range lane.Conditions() {
				for _, slot := range x.Slots() {
					n.reads.Add(slot)
				}
				parties |= partiesOf(x)
			}
		}
		if e.Portion != nil {
			n.sums.Add(e.Portion.Slot)
		}
		if e.Leaves >= 0 {
			n.sums.Add(e.Leaves)
		}
		if e.Base != nil && e.Base.ClaimSlot >= 0 {
			n.reads.Add(e.Base.ClaimSlot)
		}
	}
	if parties != 0 {
		n.fine, n.listing = true, s.listing(parties)
	}
	for _, f := range slices.Backward(s.Set.Formulas) { // what is computed last first
		for _, reads := range [...]Slots{n.reads, n.behind} {
			if reads.Has(f.Slot) {
				for _, slot := range f.Slots {
					reads.Add(slot)
				}
			}
		}
	}
	// What is left of a whole for a part that is open hangs on its other parts.
	for _, g := range s.groups {
		for _, reads := range [...]Slots{n.reads, n.behind} {
			if slices.ContainsFunc(g.Slots, reads.Has) {
				for _, slot := range g.Slots {
					reads.Add(slot)
				}
			}
		}
	}
	// These are part of the movement itself, the instants as far as conditions
	// tell instants apart.
	for _, slot := range movementSlots {
		n.reads.Remove(slot)
		n.behind.Remove(slot)
	}
	for _, set := range [...]Slots{n.reads, n.sums, n.gates} {
		n.touched.join(set)
	}
	return n
}

// NearOf fills near with those of the given entries of one pack, which are in
// order, that apply to the movement but for their conditions, or may. It is for
// movements of one code that are asked about once.
func (s *Schedule) NearOf(entries []int32, pack int, m *Movement, near *Nearby) {
	bare := *m
	bare.Bare = true
	near.hits = near.hits[:0]
	near.ends = near.ends[:0]
	for _, c := range m.Goods {
		near.hits = s.Goods(c, m.At, m.Known, near.hits)
		near.ends = append(near.ends, len(near.hits))
	}
	out := near.Candidates[:0]
	for _, i := range entries {
		if s.entries[i].PackIndex != pack {
			continue
		}
		if c, ok := s.candidate(i, &bare, near.hits, near.ends); ok {
			out = append(out, c)
		}
	}
	near.links, _ = s.relatives(out, func(*Entry) quantity.Instant { return m.At }, m.Known, near.links[:0])
	near.Candidates = out
}

// relatives finds those of the candidates, which are in the order of their entries, that
// each of them keeps from applying, replaces, or gives way to. at is the instant at
// which an entry is judged. The places are appended to links. Where it is one for all, it
// lies in while, a period in which they are the same.
func (s *Schedule) relatives(all []Candidate, at func(*Entry) quantity.Instant, known quantity.Date, links []int32) (_ []int32, while quantity.Period) {
	while = quantity.Always
	var memory [3][16]uint64 // most schedules need no more
	near, yields, before := Slots(memory[0][:]), Slots(memory[1][:]), memory[2][:]
	if words := (len(s.entries) + 63) / 64; words > len(near) {
		near, yields, before = make(Slots, words), make(Slots, words), make([]uint64, words)
	}
	for i := range all {
		near.Add(all[i].Entry.Index)
	}
	for w := range len(near) - 1 { // how many candidates there are before a word
		before[w+1] = before[w] + uint64(bits.OnesCount64(near[w]))
	}
	links = slices.Grow(links, 8*len(all)) // about as many as there are
	places := func(of Slots) []int32 {
		first := len(links)
		for w := range min(len(of), len(near)) {
			for both := of[w] & near[w]; both != 0; both &= both - 1 {
				links = append(links, int32(before[w]+uint64(bits.OnesCount64(near[w]&(both&-both-1)))))
			}
		}
		return slices.Clip(links[first:])
	}
	for i := range all {
		c := &all[i]
		e := c.Entry
		c.Exempts, c.InLieuOf, c.YieldsTo = places(e.spares), places(e.replaces), nil
		if len(e.yields) == 0 {
			continue
		}
		clear(yields)
		for instant, j := at(e), 0; j < len(e.yields); j++ {
			y := &e.yields[j]
			if !y.to.Meets(near) {
				continue
			}
			for _, cut := range [...]quantity.Instant{y.by.Period.From, y.by.Period.Until} {
				if cut <= instant {
					while.From = max(while.From, cut)
				} else {
					while.Until = min(while.Until, cut)
				}
			}
			if RowRuns(y.by.Period, y.by.By, y.by.EndedBy, instant, known) {
				yields.join(y.to)
			}
		}
		c.YieldsTo = places(yields)
	}
	return links, while
}

// sameRelatives reports whether candidates of the same entries stand to one another in
// the same way.
func sameRelatives(a, b []Candidate) bool {
	for i := range a {
		if !a[i].sameRelatives(&b[i]) {
			return false
		}
	}
	return true
}

func (c *Candidate) sameRelatives(o *Candidate) bool {
	return slices.Equal(c.Exempts, o.Exempts) && slices.Equal(c.InLieuOf, o.InLieuOf) && slices.Equal(c.YieldsTo, o.YieldsTo)
}

// hitsAt collects the rows that hold the goods of a movement, and where those of
// each code end.
func (s *Schedule) hitsAt(m *Movement) (hits []Hit, ends []int) {
	ends = make([]int, len(m.Goods))
	for i, c := range m.Goods {
		hits = s.Goods(c, m.At, m.Known, hits)
		ends[i] = len(hits)
	}
	return hits, ends
}

// candidate tests the scope and the timeline of an entry.
func (s *Schedule) candidate(i int32, m *Movement, hits []Hit, ends []int) (Candidate, bool) {
	e := &s.entries[i]
	territory := m.Territory
	if m.Leg == measure.Reexport {
		territory = m.From
	}
	if !e.Territory.Contains(territory, m.At) || !e.From.Contains(m.From, m.At) || !e.To.Contains(m.To, m.At) {
		return Candidate{}, false
	}
	c := Candidate{Entry: e, Origin: e.Origin.Contains(m.Origin, m.At), State: measure.State{Kind: measure.InForce}}
	if !c.Origin && (m.Bare || !e.NamesGoods() || e.Kind == measure.Exemption) {
		return Candidate{}, false
	}
	if e.Base == nil {
		c.State = e.Acts.At(m.At, m.Known)
	}
	switch {
	case c.Runs():
	case m.Bare:
		return Candidate{}, false
	case e.Kind == measure.Exemption || !c.Origin:
		return Candidate{}, false
	case c.State.Kind == measure.NotStarted && !startsLater(e.Acts, m.Known):
		return Candidate{}, false
	}
	start := 0
	for n, end := range ends {
		if row, ok := e.OnGoods(hits[start:end]); ok {
			c.Mask |= 1 << n
			if row != nil {
				c.Row = row
			}
		}
		start = end
	}
	return c, c.Mask != 0
}

// startsLater reports whether some act is known on the day.
func startsLater(t measure.Timeline, known quantity.Date) bool {
	for i := range t {
		if t[i].Announced <= known && t[i].Standing != measure.Reported {
			return true
		}
	}
	return false
}

// indexTime collects every instant at which some law may change, and every day
// on which something was announced, but for party lists, see [listing].
func (s *Schedule) indexTime() {
	cuts := &s.cuts
	period := func(p quantity.Period) { *cuts = append(*cuts, p.From, p.Until) }
	instrument := func(by ...*measure.Instrument) {
		for _, in := range by {
			if in != nil {
				s.days = append(s.days, in.Date)
			}
		}
	}
	conditionCuts := func(x *condition.Expr) { s.conditionCuts(x, period) }
	for i := range s.entries {
		for j := range s.entries[i].Acts {
			a := &s.entries[i].Acts[j]
			period(a.Period)
			s.days = append(s.days, a.Announced)
		}
		conditionCuts(s.entries[i].When)
	}
	// Lanes and items count on the legs alone on which measures rest on them.
	for _, p := range s.Set.Packs {
		for _, lane := range p.Lanes {
			for i := range lane.Acts {
				s.days = append(s.days, lane.Acts[i].Announced)
			}
			for x := range lane.Conditions() {
				conditionCuts(x)
			}
			for in := range lane.Instruments() {
				instrument(in)
			}
		}
	}
	for _, list := range s.items {
		for i := range list.Rows {
			conditionCuts(list.Rows[i].When)
			instrument(list.Rows[i].By, list.Rows[i].EndedBy)
		}
	}
	cuts = &s.fine
	for _, p := range s.Set.Packs {
		for _, lane := range p.Lanes {
			for p := range lane.Periods() {
				period(p)
			}
		}
	}
	for _, list := range s.items {
		for i := range list.Rows {
			period(list.Rows[i].Period)
		}
	}
	cuts = &s.cuts
	for _, list := range s.lists {
		for i := range list.Rows {
			r := &list.Rows[i]
			period(r.Period)
			instrument(r.By, r.EndedBy)
		}
	}
	for _, p := range s.Set.Packs {
		for i := range p.Relations {
			r := &p.Relations[i]
			period(r.Period)
			instrument(r.By, r.EndedBy)
		}
		for _, members := range p.Groups {
			for _, m := range members {
				period(m.Period)
			}
		}
	}
	slices.Sort(s.cuts)
	s.cuts = slices.Compact(s.cuts)
	slices.Sort(s.fine)
	s.fine = slices.Compact(s.fine)
	slices.Sort(s.days)
	s.days = slices.Compact(s.days)
}

// Slots is a set of facts, by slot, or of entries, by index. A nil set is empty.
type Slots []uint64

// Add puts a slot into the set.
func (s Slots) Add(slot int) { s[slot/64] |= 1 << (slot % 64) }

// Has reports whether the slot is in the set.
func (s Slots) Has(slot int) bool { return slot/64 < len(s) && s[slot/64]>>(slot%64)&1 != 0 }

// join adds the slots of another set, which may be nil.
func (s Slots) join(t Slots) {
	for i := range t {
		s[i] |= t[i]
	}
}

// Remove takes a slot out of the set.
func (s Slots) Remove(slot int) { s[slot/64] &^= 1 << (slot % 64) }

// Meets reports whether the sets have a slot in common.
func (s Slots) Meets(t Slots) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

// within reports whether all slots of the set are in the other.
func (s Slots) within(t Slots) bool { return s.withinBut(t, -1) }

// withinBut reports whether all slots of the set but one are in the other; -1 is none.
func (s Slots) withinBut(t Slots, slot int) bool {
	for i := range s {
		if missing := s[i] &^ t[i]; missing != 0 && (i != slot>>6 || missing != 1<<(slot&63)) {
			return false
		}
	}
	return true
}

// NewSlots returns an empty set for the facts of the schedule.
func (s *Schedule) NewSlots() Slots { return make(Slots, (s.Set.Env.Len()+63)/64) }

// compiled is an expression with what it comes to where nothing is stated.
type compiled struct {
	when     *condition.Expr
	reads    Slots              // facts that it reads
	decides  Slots              // the same; one claim alone where nothing holds without it
	gated    bool               // there is such a claim
	parties  partyLists         // for which it asks
	unstated [2]condition.Truth // in an open and in a closed case
}

func (s *Schedule) compile(x *condition.Expr) compiled {
	c := compiled{when: x}
	if x == nil {
		return c
	}
	c.reads, c.decides = s.NewSlots(), s.NewSlots()
	for _, slot := range x.Slots() {
		c.reads.Add(slot)
	}
	var nothing condition.Facts
	for _, slot := range x.Slots() {
		if s.open[slot].IsAbsent() {
			if nothing == nil {
				nothing = make(condition.Facts, len(s.open))
			}
			nothing[slot] = s.open[slot]
			if x.Eval(nothing, noLists{}) == condition.False {
				clear(c.decides)
				c.decides.Add(slot)
				c.gated = true
				break
			}
			nothing[slot] = condition.Value{}
		}
		c.decides.Add(slot)
	}
	c.parties = partiesOf(x)
	c.unstated = [2]condition.Truth{x.Eval(s.open, noLists{}), x.Eval(s.closed, noLists{})}
	return c
}

func (c *compiled) eval(facts condition.Facts, stated Slots, closed bool, l condition.Lists) condition.Truth {
	switch {
	case c.when == nil:
		return condition.True
	case c.decides.Meets(stated):
		return c.when.Eval(facts, l)
	case closed:
		return c.unstated[1]
	}
	return c.unstated[0]
}

// noLists stands for party lists where no party is known to be asked about.
type noLists struct{}

func (noLists) Listed(int, string) condition.Truth { return condition.False }

// itemIndex is an item list with its conditions compiled, and the chapters in
// which its items are usually classified.
type itemIndex struct {
	rows     []compiled
	reads    Slots // facts that some row reads
	parties  partyLists
	chapters map[nomenclature.Code]bool
	cuts     []quantity.Instant // at which some row begins or ends, in order
}

func (s *Schedule) indexConditions() {
	for i := range s.entries {
		s.entries[i].condition = s.compile(s.entries[i].When)
	}
	s.itemRows = make([]itemIndex, len(s.items))
	s.usual = map[nomenclature.Code][]int32{}
	for n, list := range s.items {
		x := itemIndex{chapters: map[nomenclature.Code]bool{}, reads: s.NewSlots()}
		for i := range list.Rows {
			x.rows = append(x.rows, s.compile(list.Rows[i].When))
			x.reads.join(x.rows[i].reads)
			x.parties |= x.rows[i].parties
			x.cuts = append(x.cuts, list.Rows[i].Period.From, list.Rows[i].Period.Until)
			for _, c := range list.Rows[i].Codes {
				x.chapters[c[:2]] = true
			}
		}
		slices.Sort(x.cuts)
		x.cuts = slices.Clip(slices.Compact(x.cuts))
		if k := s.classOf[n]; k >= 0 {
			x.reads.Add(s.classes[k].Slot)
		}
		s.itemRows[n] = x
		s.usual[""] = append(s.usual[""], int32(n))
		for c := range x.chapters {
			s.usual[c] = append(s.usual[c], int32(n))
		}
	}
}

// Condition evaluates the condition of the entry; stated are the facts that are
// not as in a case that states nothing, the movement's own among them.
func (e *Entry) Condition(facts condition.Facts, stated Slots, closed bool, l condition.Lists) condition.Truth {
	return e.condition.eval(facts, stated, closed, l)
}

// ConditionReads reports whether the condition of the entry reads the fact.
func (e *Entry) ConditionReads(slot int) bool { return e.condition.reads.Has(slot) }

// ItemCondition evaluates the condition of a row of an item list, as
// [Entry.Condition] does.
func (s *Schedule) ItemCondition(list, row int32, facts condition.Facts, stated Slots, closed bool, l condition.Lists) condition.Truth {
	return s.itemRows[list].rows[row].eval(facts, stated, closed, l)
}

// ItemCuts returns the instants at which some row of an item list begins or ends, in
// order. They are shared and must not be changed.
func (s *Schedule) ItemCuts(list int32) []quantity.Instant { return s.itemRows[list].cuts }

// Classified reports whether some item of the list is usually classified in
// the chapter of the goods, or no goods code is given.
func (s *Schedule) Classified(list int32, c nomenclature.Code) bool {
	return len(c) < 2 || s.itemRows[list].chapters[c[:2]]
}
