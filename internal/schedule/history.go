package schedule

import (
	"encoding/binary"
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// History is how measures stand to movements that differ in nothing but their
// instant, along a period of law time. Its memory may be used again.
type History struct {
	s     *Schedule
	words []word
}

// History finds how measures of the reach stand to a movement at each instant of a
// period: those that count, by the index of their entry; nil for all. It is not ok where
// the origin and the law that stands do not decide alone what is near.
func (r *Reach) History(h *History, m *Movement, period quantity.Period, counts []bool) (ok bool) {
	if !r.tells(m) || period.IsEmpty() {
		return false
	}
	h.s = r.s
	along := lasting{from: r.s.stretch(period.From), until: r.s.stretch(period.Until-1) + 1}
	h.words, ok = r.s.appendPlain(h.words[:0], r.reach, m, along, counts)
	return ok
}

// Class numbers the goods as far as the law tells them apart, whatever the case: goods of
// one class have the same reaches.
func (g *Goods) Class() int32 { return g.class }

// AppendKey appends to key what tells the history from others of the same period: of
// two with one key, what [History.AppendLaw] appends is the same at each instant of it.
func (h *History) AppendKey(key []byte) []byte {
	key = binary.LittleEndian.AppendUint32(key, uint32(len(h.words)))
	for i := range h.words {
		x := &h.words[i]
		key = binary.LittleEndian.AppendUint32(key, uint32(x.from)<<16|uint32(x.until))
		key = binary.LittleEndian.AppendUint32(key, x.is)
	}
	return key
}

// AppendLaw appends to key what tells apart the law at an instant: of two movements of
// one leg with one key, whatever their goods, the same measures are near in the same
// state, and stand to one another in the same way.
func (h *History) AppendLaw(key []byte, at quantity.Instant) []byte {
	n := h.s.stretch(at)
	count := len(key)
	key = binary.LittleEndian.AppendUint32(key, 0)
	key = binary.LittleEndian.AppendUint32(key, uint32(stretchOf(h.s.relations, at)))
	for i := range h.words {
		if x := &h.words[i]; int32(x.from) <= n && n < int32(x.until) {
			key = binary.LittleEndian.AppendUint32(key, x.is)
		}
	}
	binary.LittleEndian.PutUint32(key[count:], uint32(len(key)-count))
	return key
}

// ReadBy are the facts that may decide whether measures apply, and on what part of the
// value, where they are about no items and ask for no lanes.
func (s *Schedule) ReadBy(entries []int32) Slots {
	out := s.NewSlots()
	for _, i := range entries {
		e := &s.entries[i]
		out.join(e.condition.reads)
		if e.Leaves >= 0 {
			out.Add(e.Leaves)
		}
		if e.Base != nil && e.Base.ClaimSlot >= 0 {
			out.Add(e.Base.ClaimSlot)
		}
		if e.Portion != nil { // the shares of the others are left beside it
			for _, p := range e.Pack.Portions {
				out.Add(p.Slot)
			}
		}
	}
	for _, f := range slices.Backward(s.Set.Formulas) { // what is computed last first
		if out.Has(f.Slot) {
			for _, slot := range f.Slots {
				out.Add(slot)
			}
		}
	}
	return out
}
