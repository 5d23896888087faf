package schedule

import (
	"hash/maphash"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// nearMemo remembers, within bounds, what is near movements that were asked
// about. It changes no answer. There are two steps to it. Goods of one class have
// one [reach] on a leg, from which it is read off how each measure stands to them
// at an instant. What stands so is shared, with how it hangs together, by all
// movements to which the same measures stand in the same way: they are few, and
// what is worked out for one holds for all.
type nearMemo struct {
	lock    sync.RWMutex
	goods   keyed[Goods]     // by their digits
	classes map[string]int32 // of goods, by what tells them apart

	stands    standsMemo
	standings standings
	sets      countrySets
	now       atomic.Pointer[remembered]
	found     atomic.Uint32 // how often it was found what is near
	plans     [32]planShard
	shared    sharedMemo
	derived   sync.Map
	seed      maphash.Seed
}

func newMemo() *nearMemo {
	m := &nearMemo{classes: map[string]int32{}, seed: maphash.MakeSeed()}
	m.sets.number(nil)
	m.now.Store(new(remembered))
	return m
}

// remembered is reaches, and what was found near with them. Once it is full all of
// it is forgotten together, since the ones keep the others.
type remembered struct {
	views   views
	tracks  tracks
	glances numbered[*[glancesTogether]glance]
	shared  [32]sharedTracks
	nears   [32]nearShard
	// how many there are of each, and of stretches in which it was asked what is near
	keptReaches, keptNears, keptStretches atomic.Int32
	lastGlance                            int // its number
}

// forget forgets all of it, unless it was forgotten.
func (m *nearMemo) forget(r *remembered) { m.now.CompareAndSwap(r, new(remembered)) }

// The most that is remembered: of how measures stand, of reaches, of what is near,
// and of stretches in which it was asked.
const (
	mostStands    = 1 << 6
	mostReaches   = 1 << 13
	mostNear      = 1 << 14
	mostStretches = 1 << 22
)

type standsMemo struct {
	sync.Mutex
	of map[viewKey]*legStands // of goods of any class
}

type nearShard struct {
	sync.RWMutex
	of map[string]*Nearby // by how the measures stand, the first of each [Nearby.next]
}

// sharedMemo is values of which one stands for all that are equal.
type sharedMemo struct {
	sync.Mutex
	of   map[uint64][]any // by hash
	kept int
}

// mostShared is how many of them are kept. Once it is full it begins anew.
const mostShared = 1 << 14

// Seed is of hashes for [Schedule.Share].
func (s *Schedule) Seed() maphash.Seed { return s.memo.seed }

// Share returns a value with that hash that was shared before and is the same, or v,
// which must not be changed from then on.
func (s *Schedule) Share(hash uint64, v any, same func(any) bool) any {
	m := &s.memo.shared
	m.Lock()
	defer m.Unlock()
	for _, other := range m.of[hash] {
		if same(other) {
			return other
		}
	}
	if m.kept++; m.of == nil || m.kept > mostShared {
		m.of, m.kept = map[uint64][]any{}, 1
	}
	m.of[hash] = append(m.of[hash], v)
	return v
}

// Derived returns what find finds out about the schedule, under a key. It is found
// out once and kept for good: the keys must be few.
func (s *Schedule) Derived(key any, find func() any) any {
	if v, ok := s.memo.derived.Load(key); ok {
		return v
	}
	v, _ := s.memo.derived.LoadOrStore(key, find())
	return v
}

// known numbers the days by the stretch between two days on which something was
// announced.
func (s *Schedule) known(day quantity.Date) int32 {
	return stretchOf(s.days, day)
}

// Near returns the measures of one pack near the movement, in the order of its
// files. They are shared and must not be changed.
func (s *Schedule) Near(pack int, m *Movement) *Nearby {
	if s.scanning {
		whole := *m
		whole.Bare = false
		return s.findNear(pack, &whole)
	}
	if !s.remembers(m) {
		return s.findNear(pack, m)
	}
	return s.glance(pack, m).near
}

// Met returns what [Schedule.Near] does, and what was remembered of cases that state
// these facts and have no other leg or pack, where they state nothing that counts; nil
// where nothing was.
func (s *Schedule) Met(pack int, m *Movement, stated Slots, closed bool) (near *Nearby, was any) {
	if s.scanning || !s.remembers(m) {
		return s.Near(pack, m), nil
	}
	g := s.glance(pack, m)
	if !g.touches(stated) {
		was = g.plain[b2i(closed)].Load()
	}
	return g.near, was
}

// glance returns what is looked at of what is near a movement that is remembered.
func (s *Schedule) glance(pack int, m *Movement) *glance {
	r := s.memo.now.Load()
	v := r.view(s, m.viewKey(pack, s.known(m.Known)), m)
	n := s.track(r, v, m)
	var on *track
	if n%2 == 0 {
		if n := r.tracks.find(s, int(n/2-1), s.stretch(m.At)); n > 0 {
			return r.glanceAt(n)
		}
		on = r.tracks.plain.at(int(n/2 - 1))
	} else {
		on = r.tracks.other.at(int(n / 2))
		if x := on.find(s, m); x != nil {
			return x.near
		}
	}
	g := s.nearIn(r, v, m, on)
	if r.keptStretches.Add(1) >= mostStretches {
		s.memo.forget(r)
	}
	return g
}

// remembers reports whether what is near a movement is remembered.
func (s *Schedule) remembers(m *Movement) bool {
	return len(m.Goods) == 1 && m.Entry == 0 && m.At < quantity.MaxInstant && s.isNumbered(m.From) && place(m.To) >= 0 && s.isNumbered(m.Origin) && len(s.cuts) <= mostCuts
}

func (s *Schedule) isNumbered(c nomenclature.Country) bool {
	n := place(c)
	return n >= 0 && s.numbers[n] != 0
}

// nearIn finds what is near a movement on a track, which others may share, and keeps
// it.
func (s *Schedule) nearIn(r *remembered, v *view, m *Movement, on *track) *glance {
	var memory [1024]byte
	key, words, in, by := s.nearKey(memory[:0], v, m, on)
	shard := &r.nears[maphash.Bytes(s.memo.seed, words)%uint64(len(r.nears))]
	shard.RLock()
	near, while := shard.find(key, m.At)
	shard.RUnlock()
	if near == nil {
		out := s.memo.standings.candidates(s, words)
		_, while = s.relatives(out, func(*Entry) quantity.Instant { return m.At }, m.Known, nil)
		near = shard.keep(s, r, key, m.At, while, out)
	}
	in = in.within(s, while)
	switch {
	case on.plain < 0:
		on.keep(stretch{uint16(in.from), uint16(min(in.until, math.MaxUint16)), on.of.place(by), near.glance})
	case near.number <= math.MaxUint16: // so many more than it is forgotten with are never kept
		r.tracks.keep(s, on.plain, in, near.number)
	}
	return near.glance
}

// find returns what is near under a key at an instant, and a period around it in which it
// is; nil where it was not found yet.
func (n *nearShard) find(key []byte, at quantity.Instant) (near *Nearby, while quantity.Period) {
	for near = n.of[string(key)]; near != nil; near = near.next {
		for _, while = range near.while {
			if while.Contains(at) {
				return near, while
			}
		}
	}
	return nil, while
}

// keep keeps candidates as what is near under a key at an instant, and while they stand to
// one another so, and returns what is kept: some changes of relations are taken back
// later, and others come to nothing.
func (n *nearShard) keep(s *Schedule, r *remembered, key []byte, at quantity.Instant, while quantity.Period, out []Candidate) *Nearby {
	n.Lock()
	defer n.Unlock()
	if near, _ := n.find(key, at); near != nil { // another was here before
		return near
	}
	first := n.of[string(key)]
	for near := first; near != nil; near = near.next {
		if sameRelatives(near.Candidates, out) {
			near.while = append(near.while, while)
			return near
		}
	}
	near := s.nearby(out)
	near.id, near.while, near.next = s.memo.found.Add(1), []quantity.Period{while}, first
	r.addGlance(near)
	if n.of == nil {
		n.of = map[string]*Nearby{}
	}
	n.of[string(key)] = near
	if r.keptNears.Add(1) >= mostNear {
		s.memo.forget(r)
	}
	return near
}

// glance is what most cases look at of what is near. Thousands are looked at in no
// order, so they lie together.
type glance struct {
	// touched are the facts that count by themselves, by slot modulo the room there is:
	// where none of them is stated, none counts.
	touched [4]uint64
	// plain is what is remembered of cases on this leg alone that state nothing
	// that counts, open and closed.
	plain [2]atomic.Value
	near  *Nearby
}

// touches reports whether one of the facts stated may count.
func (g *glance) touches(stated Slots) bool {
	for i := range stated {
		if stated[i]&g.touched[i%len(g.touched)] != 0 {
			return true
		}
	}
	return false
}

const glancesTogether = 128

// glanceAt returns the glance of a number, which is from 1 on.
func (r *remembered) glanceAt(n int) *glance {
	return &r.glances.at(n / glancesTogether)[n%glancesTogether]
}

// addGlance gives a glance to what is near, and a number.
func (r *remembered) addGlance(near *Nearby) {
	t := &r.glances
	t.Lock()
	defer t.Unlock()
	r.lastGlance++
	near.number = r.lastGlance
	if all := t.of.Load(); all == nil || len(*all)*glancesTogether <= near.number {
		t.add(new([glancesTogether]glance))
	}
	near.glance = r.glanceAt(near.number)
	near.glance.near = near
	for i, word := range near.touched {
		near.glance.touched[i%len(near.glance.touched)] |= word
	}
}

// hasItems reports whether the entry is about control items.
func (e *Entry) hasItems() bool { return len(e.Items) > 0 || len(e.ControlledBy) > 0 }

// indexStates finds the instants at which each entry may be in another state, and
// the entries of which a condition reads the movement itself.
func (s *Schedule) indexStates() {
	for i := range s.entries {
		e := &s.entries[i]
		for j := range e.Acts {
			e.acts = append(e.acts, e.Acts[j].Period.From, e.Acts[j].Period.Until)
		}
		slices.Sort(e.acts)
		e.acts = slices.Compact(e.acts)
		e.reads = e.readsOfMovement(s)
	}
	for i := range s.entries {
		e := &s.entries[i]
		for _, j := range e.ControlledBy {
			e.controls = append(e.controls, s.entries[j].acts...)
		}
		slices.Sort(e.controls)
		e.controls = slices.Clip(slices.Compact(e.controls))
	}
	for _, p := range s.Set.Packs {
		for i := range p.Relations {
			s.relations = append(s.relations, p.Relations[i].Period.From, p.Relations[i].Period.Until)
		}
	}
	slices.Sort(s.relations)
	s.relations = slices.Compact(s.relations)
}

// conditionCuts shows the stretches of the dates of a movement that a condition
// tells apart.
func (s *Schedule) conditionCuts(x *condition.Expr, period func(quantity.Period)) {
	for _, a := range x.Atoms() {
		for _, slot := range a.Slots {
			if slot != condition.SlotEntered && slot != condition.SlotExported {
				continue
			}
			for _, cell := range condition.Cells(s.Set.Env.Fact(slot), []condition.Atom{a}, 0, 0) {
				period(cell.Period)
			}
		}
	}
}

// movementSlots are the facts that are the movement itself.
var movementSlots = [...]int{condition.SlotOrigin, condition.SlotFrom, condition.SlotTo, condition.SlotEntered, condition.SlotExported}

// movementReads is what the conditions of an entry read of the movement itself.
type movementReads struct {
	of []cellsRead // by its own condition
	// coarse tells that those of its items or its lanes read the movement, or that
	// its own compares two facts or asks a list: of such no more is told.
	coarse bool
}

// cellsRead is the regions that a condition tells apart in a fact of the movement.
type cellsRead struct {
	slot  int
	cells []condition.Cell
}

// noMore reports whether nothing of the movement is read but the fact.
func (r *movementReads) noMore(slot int) bool {
	return r == nil || !r.coarse && !slices.ContainsFunc(r.of, func(x cellsRead) bool { return x.slot != slot })
}

// append appends in which regions the movement lies.
func (r *movementReads) append(key []byte, m *Movement) []byte {
	for i := range r.of {
		key = append(key, byte(r.of[i].region(m.fact(r.of[i].slot))))
	}
	return key
}

// region is the number of the region in which the fact lies, -1 where it is in none.
func (x *cellsRead) region(v condition.Value) int {
	return slices.IndexFunc(x.cells, func(c condition.Cell) bool { return c.Contains(v, nil) })
}

// fact is the movement as conditions read it.
func (m *Movement) fact(slot int) condition.Value {
	switch slot {
	case condition.SlotOrigin:
		return condition.TextValue(string(m.Origin))
	case condition.SlotFrom:
		return condition.TextValue(string(m.From))
	case condition.SlotTo:
		return condition.TextValue(string(m.To))
	case condition.SlotEntered:
		return condition.InstantValue(m.Entered)
	}
	return condition.InstantValue(m.Exported)
}

// readsOfMovement finds what conditions of the entry, of its items and of its
// lanes read of the movement itself; nil where they read nothing.
func (e *Entry) readsOfMovement(s *Schedule) *movementReads {
	var out movementReads
	for _, slot := range movementSlots {
		var atoms []condition.Atom
		for _, a := range e.When.Atoms() {
			if slices.Contains(a.Slots, slot) {
				atoms = append(atoms, a)
				_, listed := a.List()
				out.coarse = out.coarse || len(a.Slots) > 1 || listed
			}
		}
		if len(atoms) > 0 {
			cells := condition.Cells(s.Set.Env.Fact(slot), atoms, 0, 0)
			out.of = append(out.of, cellsRead{slot, cells})
			out.coarse = out.coarse || len(cells) == 0 || len(cells) > 255
		}
	}
	out.coarse = out.coarse || e.restsOnMovement(s)
	if len(out.of) == 0 && !out.coarse {
		return nil
	}
	return &out
}

// restsOnMovement reports whether a condition of the items or the lanes of the
// entry reads the movement itself.
func (e *Entry) restsOnMovement(s *Schedule) bool {
	reads := func(x *condition.Expr) bool {
		return slices.ContainsFunc(x.Slots(), func(slot int) bool { return slices.Contains(movementSlots[:], slot) })
	}
	items := func(lists []int32) bool {
		return slices.ContainsFunc(lists, func(list int32) bool {
			return slices.ContainsFunc(s.items[list].Rows, func(r rulepack.ItemRow) bool { return reads(r.When) })
		})
	}
	if items(e.Items) || slices.ContainsFunc(e.ControlledBy, func(j int32) bool { return items(s.entries[j].Items) }) {
		return true
	}
	return slices.ContainsFunc(e.Lanes, func(l *rulepack.Lane) bool {
		for x := range l.Conditions() {
			if reads(x) {
				return true
			}
		}
		return false
	})
}
