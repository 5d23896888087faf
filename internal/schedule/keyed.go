package schedule

import (
	"math/bits"
	"sync/atomic"
)

// keyed finds values by numbers other than 0 without a lock: every line of a file
// comes here. Who puts a value in holds a lock. The zero value is empty.
type keyed[V any] struct {
	slots atomic.Pointer[[]slot[V]] // at most half of them are taken
	kept  int
}

type slot[V any] struct {
	key atomic.Uint64 // 0: it is free
	of  atomic.Pointer[V]
}

// fewSlots is how many there are at first.
const fewSlots = 1 << 8

// slotOf is where a key is looked for first.
func slotOf(key uint64, slots int) int {
	return int(key * 0x9E3779B97F4A7C15 >> (bits.LeadingZeros64(uint64(slots - 1)))) // Fibonacci hashing, TAOCP 3, 6.4
}

// find returns the value of a key, nil where there is none.
func (k *keyed[V]) find(key uint64) *V {
	all := k.slots.Load()
	if all == nil {
		return nil
	}
	slots := *all
	for i := slotOf(key, len(slots)); ; i = (i + 1) & (len(slots) - 1) {
		switch slots[i].key.Load() {
		case key:
			return slots[i].of.Load()
		case 0:
			return nil
		}
	}
}

// look looks at where keys are looked for first, so that they are at hand. The number
// means nothing.
func (k *keyed[V]) look(keys []uint64) (n uint64) {
	if all := k.slots.Load(); all != nil {
		slots := *all
		for _, key := range keys {
			n += slots[slotOf(key, len(slots))].key.Load()
		}
	}
	return n
}

// put puts in a value, in the place of the one that has its key.
func (k *keyed[V]) put(key uint64, v *V) {
	slots := k.slots.Load()
	if slots == nil || 2*k.kept >= len(*slots) {
		slots = k.twice()
	}
	k.kept += putIn(*slots, key, v)
}

// twice makes room.
func (k *keyed[V]) twice() *[]slot[V] {
	var old []slot[V]
	if all := k.slots.Load(); all != nil {
		old = *all
	}
	slots := make([]slot[V], max(2*len(old), fewSlots))
	for i := range old {
		if key := old[i].key.Load(); key != 0 {
			putIn(slots, key, old[i].of.Load())
		}
	}
	k.slots.Store(&slots)
	return &slots
}

// putIn returns by how many there are more then.
func putIn[V any](slots []slot[V], key uint64, v *V) int {
	for i := slotOf(key, len(slots)); ; i = (i + 1) & (len(slots) - 1) {
		switch slots[i].key.Load() {
		case key:
			slots[i].of.Store(v)
			return 0
		case 0:
			slots[i].of.Store(v) // before it can be found
			slots[i].key.Store(key)
			return 1
		}
	}
}

// forget empties it.
func (k *keyed[V]) forget() {
	k.slots.Store(nil)
	k.kept = 0
}
