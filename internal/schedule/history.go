package schedule

import (
	"encoding/binary"

	"github.com/navicert/navicert/internal/quantity"
)

// AppendHistory appends to key what tells apart the law near movements of the goods
// along a period of law time: of two with one key, whatever their goods, what
// [Reach.AppendLaw] tells is the same at each instant of the period. It is not ok where
// that cannot be told.
func (r *Reach) AppendHistory(key []byte, m *Movement, period quantity.Period) (out []byte, ok bool) {
	if !r.tells(m) || period.IsEmpty() {
		return key, false
	}
	t := r.track(m)
	if !t.plain {
		return key, false
	}
	first, end := r.s.stretch(period.From), r.s.stretch(period.Until-1)+1
	count := len(key)
	key = append(binary.LittleEndian.AppendUint32(key, 0), byte(r.view.leg), byte(r.view.pack), byte(r.view.pack>>8), byte(r.view.bare))
	key = binary.LittleEndian.AppendUint32(key, uint32(r.view.known))
	for i := range t.words {
		x := &t.words[i]
		if from, until := max(int32(x.from), first), min(int32(x.until), end); from < until {
			key = binary.LittleEndian.AppendUint32(key, uint32(from)<<16|uint32(until))
			key = binary.LittleEndian.AppendUint32(key, x.is)
		}
	}
	binary.LittleEndian.PutUint32(key[count:], uint32(len(key)-count))
	return key, true
}
