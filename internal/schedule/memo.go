package schedule

import (
	"encoding/binary"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// nearMemo remembers, within bounds, what is near movements that were asked
// about. It changes no answer. There are two steps to it. Movements alike but for
// their instants have one [history], in which an instant is found by the stretch
// in which it lies. What is found is shared by all movements to which the same
// measures are near in the same state, for the same reasons: they are few, and
// what is worked out for one holds for all.
type nearMemo struct {
	lock    sync.RWMutex
	goods   map[nomenclature.Code]*Goods
	classes map[string]int32 // of goods, by what tells them apart

	nears atomic.Uint32 // how many were found so far
	now   atomic.Pointer[remembered]
	plans [32]planShard
}

// remembered is what is near the movements asked about. Once it is full all of it
// is forgotten together, since one part keeps the other.
type remembered struct {
	histories [32]historyShard
	kept      atomic.Int32 // histories

	lock  sync.RWMutex
	nears map[string]*Nearby // by what makes them
	full  atomic.Bool        // one of the two is
}

type historyShard struct {
	sync.RWMutex
	of map[historyKey]*history
}

// The most that is remembered: of histories, and of what is near.
const (
	mostHistories = 1 << 15
	mostNear      = 1 << 13
)

// historyKey is a movement as far as the law tells movements apart, instants
// aside: its goods by the rows that ever name them.
type historyKey struct {
	leg                         byte
	pack                        int16
	territory, from, to, origin [2]byte
	goods, known                int32
}

// history is what is near a movement as time passes.
type history struct {
	cuts []quantity.Instant // at which it may change, in order
	// near is what is near it in each stretch where both its ends lie in the
	// stretch; nil where nobody asked.
	near []atomic.Pointer[Nearby]

	moves bool // some condition reads the movement itself, perhaps its other end
	lock  sync.RWMutex
	apart map[[2]int32]*Nearby // where the other end lies in another stretch, by both
}

func letters(c nomenclature.Country) (out [2]byte) {
	copy(out[:], c)
	return out
}

func (m *Movement) class(s *Schedule) int32 {
	if m.Read != nil && m.Read.Code == m.Goods[0] {
		return m.Read.class
	}
	return s.GoodsOf(m.Goods[0]).class
}

// Near returns the measures of one pack near the movement, in the order of its
// files. They are shared and must not be changed.
func (s *Schedule) Near(pack int, m *Movement) *Nearby {
	if len(m.Goods) != 1 || m.Entry != 0 || s.scanning {
		return s.findNear(pack, m)
	}
	r := s.memo.now.Load()
	if r == nil || r.full.Load() {
		r = &remembered{nears: map[string]*Nearby{}}
		s.memo.now.Store(r)
	}
	h := s.history(r, pack, m)
	at := stretchOf(h.cuts, m.At)
	if h.moves && m.Other != m.At {
		if other := stretchOf(h.cuts, m.Other); other != at {
			h.lock.RLock()
			near := h.apart[[2]int32{at, other}]
			h.lock.RUnlock()
			if near == nil {
				near = s.shared(r, pack, m)
				h.lock.Lock()
				if h.apart == nil {
					h.apart = map[[2]int32]*Nearby{}
				}
				h.apart[[2]int32{at, other}] = near
				h.lock.Unlock()
			}
			return near
		}
	}
	near := h.near[at].Load()
	if near == nil {
		near = s.shared(r, pack, m)
		h.near[at].Store(near)
	}
	return near
}

func (s *Schedule) history(r *remembered, pack int, m *Movement) *history {
	k := historyKey{
		leg: m.Leg[0], pack: int16(pack), territory: letters(m.Territory), from: s.fromClass(m.From), to: letters(m.To), origin: letters(m.Origin),
		goods: m.class(s),
		known: int32(sort.Search(len(s.days), func(i int) bool { return s.days[i] > m.Known })),
	}
	if m.Leg != measure.Import {
		k.from = letters(m.From)
	}
	shard := &r.histories[uint32(k.goods*31+k.known+int32(k.origin[0])*13+int32(k.origin[1]))%uint32(len(r.histories))]
	shard.RLock()
	h := shard.of[k]
	shard.RUnlock()
	if h != nil {
		return h
	}
	h = new(history)
	h.cuts, h.moves = s.cutsNear(pack, m)
	h.near = make([]atomic.Pointer[Nearby], len(h.cuts)+1)
	shard.Lock()
	if shard.of == nil {
		shard.of = map[historyKey]*history{}
	}
	shard.of[k] = h
	shard.Unlock()
	if r.kept.Add(1) >= mostHistories {
		r.full.Store(true)
	}
	return h
}

// fromClass stands for the country that goods of an import leave: one letter pair
// for all that no measure and no condition names.
func (s *Schedule) fromClass(c nomenclature.Country) [2]byte {
	if n := place(c); n >= 0 && !s.namedFrom[n] {
		return [2]byte{}
	}
	return letters(c)
}

// indexFrom finds the countries of which the law speaks as those that goods
// leave.
func (s *Schedule) indexFrom() {
	all := false
	reads := func(x *condition.Expr) { all = all || slices.Contains(x.Slots(), condition.SlotFrom) }
	for i := range s.entries {
		reads(s.entries[i].When)
	}
	for _, list := range s.items {
		for i := range list.Rows {
			reads(list.Rows[i].When)
		}
	}
	for _, p := range s.Set.Packs {
		for _, lane := range p.Lanes {
			for x := range lane.Conditions() {
				reads(x)
			}
		}
	}
	for n := range s.namedFrom {
		c := nomenclature.Country([]byte{'A' + byte(n/26), 'A' + byte(n%26)})
		s.namedFrom[n] = all || slices.ContainsFunc(s.entries, func(e Entry) bool { return e.From.speaksOf(c) })
	}
}

// cutsNear returns the instants at which what is near the movement may change,
// in order: those of every measure that is ever near its goods and its origin; and
// whether a condition of these reads the movement itself.
func (s *Schedule) cutsNear(pack int, m *Movement) (cuts []quantity.Instant, moves bool) {
	rows := s.AllGoodsRows(m.Goods[0], nil)
	var out []quantity.Instant
	yields := false
	period := func(p quantity.Period) { out = append(out, p.From, p.Until) }
	for _, h := range rows {
		period(h.Row.Period)
	}
	posted := s.posted(m.Leg, m.Territory, pack, m.Origin, rows)
	for _, i := range posted {
		e := &s.entries[i]
		out = append(out, e.cuts...)
		for _, p := range [...]struct {
			places  *Places
			country nomenclature.Country
		}{{&e.Territory, m.Territory}, {&e.Territory, m.From}, {&e.From, m.From}, {&e.To, m.To}, {&e.Origin, m.Origin}} {
			for _, d := range p.places.dated {
				if d.country == p.country {
					period(d.period)
				}
			}
		}
		yields, moves = yields || len(e.Yields) > 0, moves || e.moves
	}
	if yields {
		out = append(out, s.relations...)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.Clip(slices.DeleteFunc(out, func(i quantity.Instant) bool { return i <= quantity.MinInstant })), moves
}

// indexCuts finds the instants at which each entry may stand otherwise than
// before, its places, goods and relations aside: through its acts, those of what
// controls its items, its terms, and the conditions that read the dates.
func (s *Schedule) indexCuts() {
	for i := range s.entries {
		e := &s.entries[i]
		period := func(p quantity.Period) { e.cuts = append(e.cuts, p.From, p.Until) }
		conditions := func(x *condition.Expr) { s.conditionCuts(x, period) }
		items := func(lists []int32) {
			for _, list := range lists {
				for j := range s.items[list].Rows {
					conditions(s.items[list].Rows[j].When)
				}
			}
		}
		for j := range e.Acts {
			period(e.Acts[j].Period)
		}
		slices.Sort(e.cuts)
		e.cuts = slices.Compact(e.cuts)
		e.acts = slices.Clone(e.cuts) // as they are now
		for _, t := range e.Terms {
			period(t.Period)
		}
		conditions(e.When)
		items(e.Items)
		for _, j := range e.ControlledBy {
			by := &s.entries[j]
			for k := range by.Acts {
				period(by.Acts[k].Period)
			}
			items(by.Items)
		}
		for _, lane := range e.Lanes {
			for x := range lane.Conditions() {
				conditions(x)
			}
		}
		slices.Sort(e.cuts)
		e.cuts = slices.Compact(e.cuts)
		e.moves = e.readsMovement(s)
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

// readsMovement reports whether a condition of the entry, of its items or of its
// lanes reads the movement itself.
func (e *Entry) readsMovement(s *Schedule) bool {
	reads := func(x *condition.Expr) bool {
		return slices.ContainsFunc(x.Slots(), func(slot int) bool { return slices.Contains(movementSlots[:], slot) })
	}
	items := func(lists []int32) bool {
		return slices.ContainsFunc(lists, func(list int32) bool {
			rows := s.items[list].Rows
			for i := range rows {
				if reads(rows[i].When) {
					return true
				}
			}
			return false
		})
	}
	if reads(e.When) || items(e.Items) || slices.ContainsFunc(e.ControlledBy, func(j int32) bool { return items(s.entries[j].Items) }) {
		return true
	}
	for _, lane := range e.Lanes {
		for x := range lane.Conditions() {
			if reads(x) {
				return true
			}
		}
	}
	return false
}

// found is memory for finding what is near.
type found struct {
	candidates []Candidate
	key        []byte
}

var founds = sync.Pool{New: func() any { return new(found) }}

// shared finds what is near a movement, which others may share.
func (s *Schedule) shared(r *remembered, pack int, m *Movement) *Nearby {
	f := founds.Get().(*found)
	defer founds.Put(f)
	f.key = f.key[:0]
	add := func(n int32) { f.key = binary.LittleEndian.AppendUint32(f.key, uint32(n)) }
	hits, ends := s.hitsAt(m)
	f.candidates = s.candidates(f.candidates[:0], pack, m, hits, ends)
	f.key = append(f.key, m.Leg[0], byte(pack), byte(pack>>8))
	add(int32(sort.Search(len(s.days), func(i int) bool { return s.days[i] > m.Known })))
	add(stretchOf(s.relations, m.At))
	add(int32(len(f.candidates)))
	moves, items := false, false
	for i := range f.candidates {
		c := &f.candidates[i]
		e := c.Entry
		add(int32(e.Index))
		add(stretchOf(e.acts, m.At))
		flags := byte(0)
		if c.Origin {
			flags = 1
		}
		if c.Row == nil {
			f.key = append(f.key, flags)
		} else {
			f.key = append(f.key, flags|2)
			add(hits[slices.IndexFunc(hits, func(h Hit) bool { return h.Row == c.Row })].class)
		}
		moves = moves || e.moves
		items = items || len(e.Items) > 0 || len(e.ControlledBy) > 0
	}
	if items { // in which they are usually classified
		f.key = append(f.key, 2)
		add(m.class(s))
		add(s.stretch(m.At))
	}
	if moves {
		f.key = append(f.key, 3)
		for _, c := range [...]nomenclature.Country{m.From, m.To, m.Origin} {
			l := letters(c)
			f.key = append(f.key, l[:]...)
		}
		add(s.stretch(m.At))
		add(s.stretch(m.Other))
	}
	r.lock.RLock()
	near := r.nears[string(f.key)]
	r.lock.RUnlock()
	if near != nil {
		return near
	}
	near = s.nearby(m, func(*Entry) *Movement { return m }, slices.Clone(f.candidates))
	near.id = s.memo.nears.Add(1)
	r.lock.Lock()
	defer r.lock.Unlock()
	if other := r.nears[string(f.key)]; other != nil {
		return other
	}
	r.nears[string(f.key)] = near
	if len(r.nears) >= mostNear {
		r.full.Store(true)
	}
	return near
}
