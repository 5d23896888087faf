package schedule

import (
	"encoding/binary"
	"math/bits"
	"sort"
	"sync"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/quantity"
)

// told is what the conditions of all packs tell apart in one fact.
type told struct {
	cells  []condition.Cell // of numbers and instants, in ascending order
	paired bool             // some condition compares the fact with another
	part   bool             // it is a part of a whole: the more it is, the less is left for the others
}

// indexTold finds the regions of facts on which every condition has one truth.
func (s *Schedule) indexTold() {
	env := s.Set.Env
	s.told = make([]told, env.Len())
	atoms := make([][]condition.Atom, env.Len())
	seen := map[string]bool{}
	add := func(x *condition.Expr) {
		for _, a := range x.Atoms() {
			text := a.String()
			if seen[text] {
				continue
			}
			seen[text] = true
			for _, slot := range a.Slots {
				s.told[slot].paired = s.told[slot].paired || len(a.Slots) > 1
				atoms[slot] = append(atoms[slot], a)
			}
		}
	}
	for i := range s.entries {
		add(s.entries[i].When)
	}
	for _, list := range s.items {
		for i := range list.Rows {
			add(list.Rows[i].When)
		}
	}
	for _, p := range s.Set.Packs {
		for _, lane := range p.Lanes {
			for x := range lane.Conditions() {
				add(x)
			}
		}
	}
	for slot := range atoms {
		switch f := env.Fact(slot); f.Type {
		case condition.Number, condition.InstantType:
			s.told[slot].cells = condition.Cells(f, atoms[slot], 0, 0)
		}
	}
	for _, g := range s.groups {
		for _, slot := range g.Slots {
			s.told[slot].part = true
		}
	}
}

// cell numbers the region in which a number or an instant lies, -1 where it
// lies in none.
func (t *told) cell(v condition.Value) int {
	if n, ok := v.Number(); ok {
		i := sort.Search(len(t.cells), func(i int) bool { return t.cells[i].Low.Cmp(n) > 0 }) - 1
		for ; i >= 0; i-- {
			if t.cells[i].Contains(v, nil) {
				return i
			}
		}
		return -1
	}
	at, _ := v.Instant()
	return sort.Search(len(t.cells), func(i int) bool { return t.cells[i].Period.From > at }) - 1
}

// Alike appends to key what cases have in common to which the same measures
// apply for the same reasons, whatever their value and quantities: what is near
// their legs, in the order of gathering, with the legal instants and what party lists
// were known to say, and their
// stated facts as far as conditions tell them apart; parts of one whole as they are,
// since what they leave for the others decides too. It is not ok where cases
// are not remembered, because a stated fact is compared with another, or enters a
// sum and is neither 0 nor 1: goods often are of one material altogether, and parts
// of them are seldom met again.
func (s *Schedule) Alike(key []byte, near []*Nearby, at []quantity.Instant, known quantity.Date, facts condition.Facts, stated Slots, closed bool) ([]byte, bool) {
	if closed {
		key = append(key, 1)
	} else {
		key = append(key, 0)
	}
	touched := false
	for i, n := range near {
		if n.id == 0 {
			return key, false
		}
		touched = touched || n.touched.Meets(stated)
		key = binary.LittleEndian.AppendUint32(key, n.id)
		if n.fine {
			key = binary.LittleEndian.AppendUint32(key, uint32(stretchOf(s.fine, at[i])))
		}
		if n.listing != nil {
			key = n.listing.appendStretch(key, at[i], known)
		}
	}
	if !touched {
		return key, true
	}
	if len(near) > 64 {
		return key, false
	}
	var open uint64 // of what is near, where a gate is
	for i, n := range near {
		if n.gates.Meets(stated) {
			open |= 1 << i
		}
	}
	return s.appendTold(key, near, open, facts, stated)
}

// AlikeClaiming appends to key what cases that are alike have in common besides to
// which claims, that they do not make, come to the same: their stated facts as far as
// conditions behind these claims tell them apart too.
func (s *Schedule) AlikeClaiming(key []byte, near []*Nearby, facts condition.Facts, stated Slots) ([]byte, bool) {
	return s.appendTold(key, near, ^uint64(0), facts, stated)
}

// appendTold appends the stated facts that are read, as far as conditions tell them
// apart: of what is near, behind gates too where these are open, a bit each.
func (s *Schedule) appendTold(key []byte, near []*Nearby, open uint64, facts condition.Facts, stated Slots) ([]byte, bool) {
	for w := range stated {
		var word, sums uint64
		for i, n := range near {
			if word |= n.reads[w]; open>>i&1 != 0 {
				word |= n.behind[w]
			}
			sums |= n.sums[w]
		}
		for bit := range eachBit((word | sums) & stated[w]) {
			slot := bit + w*64
			t, v := &s.told[slot], facts[slot]
			if t.paired {
				return key, false
			}
			key = append(key, byte(slot), byte(slot>>8))
			text, isText := v.Text()
			yes, isBool := v.Bool()
			number, isNumber := v.Number()
			switch {
			case sums>>bit&1 != 0: // a region would not do
				whole := number.Equal(quantity.NewDecimal(1, 0))
				if !isNumber || !whole && !number.IsZero() {
					return key, false
				}
				key = append(key, 6+b2i(whole))
			case v.IsUnknown():
				key = append(key, 0)
			case v.IsAbsent():
				key = append(key, 1)
			case v.IsHypothetical():
				return key, false
			case isBool && yes:
				key = append(key, 2)
			case isBool:
				key = append(key, 3)
			case t.part && isNumber:
				text := number.String()
				key = append(binary.AppendUvarint(append(key, 8), uint64(len(text))), text...)
			case isText:
				key = append(binary.AppendUvarint(append(key, 4), uint64(len(text))), text...)
			default:
				cell := t.cell(v)
				if cell < 0 {
					return key, false
				}
				key = append(key, 5, byte(cell), byte(cell>>8))
			}
		}
	}
	return key, true
}

func eachBit(word uint64) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for ; word != 0; word &= word - 1 {
			if !yield(bits.TrailingZeros64(word)) {
				return
			}
		}
	}
}

// planShard holds what was remembered of cases that are alike.
type planShard struct {
	sync.RWMutex
	plans  map[string]any
	weight int
}

// mostWeight bounds what a shard remembers; one that is full begins anew.
const mostWeight = 512

func (m *nearMemo) planShard(key []byte) *planShard {
	n := 0
	for _, b := range key[:min(len(key), 5)] { // what is near first
		n += int(b)
	}
	return &m.plans[n%len(m.plans)]
}

// plainKey is the length of a key of a case that states nothing near its one leg.
const plainKey = 5

// Recall returns what was remembered under a key that [Schedule.Alike] made of
// what is near, nil where nothing was.
func (s *Schedule) Recall(near []*Nearby, key []byte) any {
	if len(key) == plainKey {
		return near[0].glance.plain[key[0]].Load()
	}
	shard := s.memo.planShard(key)
	shard.RLock()
	defer shard.RUnlock()
	return shard.plans[string(key)]
}

// Remember keeps a value, which must never change, for cases that are alike. Its
// weight is its size in multiples of the usual.
func (s *Schedule) Remember(near []*Nearby, key []byte, v any, weight int) {
	if len(key) == plainKey {
		near[0].glance.plain[key[0]].Store(v)
		return
	}
	shard := s.memo.planShard(key)
	shard.Lock()
	defer shard.Unlock()
	if shard.weight += weight; shard.plans == nil || shard.weight > mostWeight {
		shard.plans, shard.weight = map[string]any{}, weight
	}
	shard.plans[string(key)] = v
}
