package schedule

import (
	"sync"
	"sync/atomic"
)

// numbers finds numbers by keys without a lock: every line of a file comes here, and in
// no order, so that a key and its number lie in eight bytes. Keys have 40 bits and
// numbers 24; 0 is none of either. Who puts one in holds a lock. The zero value is
// empty.
type numbers struct {
	slots atomic.Pointer[[]atomic.Uint64] // the key above the number; 0: it is free. At most three in four are taken
	kept  int
}

const (
	numberBits = 24
	mostNumber = 1<<numberBits - 1
)

// find returns the number of a key, 0 where there is none.
func (t *numbers) find(key uint64) uint32 {
	all := t.slots.Load()
	if all == nil {
		return 0
	}
	slots := *all
	for i := slotOf(key, len(slots)); ; i = (i + 1) & (len(slots) - 1) {
		switch x := slots[i].Load(); {
		case x>>numberBits == key:
			return uint32(x & mostNumber)
		case x == 0:
			return 0
		}
	}
}

// look looks where keys are looked for first, all of them at once.
func (t *numbers) look(keys []uint64) (looked uint64) {
	if all := t.slots.Load(); all != nil {
		slots := *all
		for _, key := range keys {
			looked += slots[slotOf(key, len(slots))].Load()
		}
	}
	return looked
}

// put gives a number to a key that has none, and returns by how many slots there are
// more then.
func (t *numbers) put(key uint64, n uint32) (more int) {
	slots := t.slots.Load()
	if slots == nil || 4*t.kept >= 3*len(*slots) {
		var old []atomic.Uint64
		if slots != nil {
			old = *slots
		}
		twice := make([]atomic.Uint64, max(2*len(old), fewSlots))
		for i := range old {
			if x := old[i].Load(); x != 0 {
				freeSlot(twice, x>>numberBits).Store(x)
			}
		}
		more = len(twice) - len(old)
		slots = &twice
		t.slots.Store(slots)
	}
	freeSlot(*slots, key).Store(key<<numberBits | uint64(n))
	t.kept++
	return more
}

// freeSlot is where a key is put that is in no slot.
func freeSlot(slots []atomic.Uint64, key uint64) *atomic.Uint64 {
	i := slotOf(key, len(slots))
	for slots[i].Load() != 0 {
		i = (i + 1) & (len(slots) - 1)
	}
	return &slots[i]
}

// numbered are values by their numbers, from 0 on, which are found without a lock.
type numbered[T any] struct {
	sync.Mutex // of who adds to them
	of         atomic.Pointer[[]T]
}

func (t *numbered[T]) at(n int) T { return (*t.of.Load())[n] }

// add returns the number of a value, which is the next. It is locked.
func (t *numbered[T]) add(x T) int {
	var all []T
	if was := t.of.Load(); was != nil {
		all = *was
	}
	all = append(all, x) // who reads it does not see what is added behind its end
	t.of.Store(&all)
	return len(all) - 1
}
