package schedule

import (
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/measure"
)

// viewKey is how the law of one pack is looked at: on which leg, as known when, whole
// or bare.
type viewKey struct {
	known     int32
	pack      int16
	territory [2]byte
	leg, bare uint16 // without a gap, so that it is hashed as it lies in memory
}

func (m *Movement) viewKey(pack int, known int32) viewKey {
	k := viewKey{known: known, pack: int16(pack), leg: uint16(m.Leg[0]), bare: uint16(b2i(m.Bare))}
	if m.Leg != measure.Reexport {
		k.territory = letters(m.Territory)
	}
	return k
}

// view is what is remembered of one.
type view struct {
	viewKey
	number uint64
	// leaving are countries that goods leave, by their number, as far as measures tell
	// them apart.
	leaving    [mostCountries]uint8
	tracks     numbers // of goods by [view.track]
	sync.Mutex         // of who adds to them
}

func (s *Schedule) newView(k viewKey, m *Movement) *view {
	v := &view{viewKey: k}
	told := map[int16]bool{everyCountry: true}
	all := s.stands(k, m)
	sets := *s.memo.sets.of.Load()
	for _, stands := range all {
		for i := range stands {
			if n := stands[i].leave; !told[n] {
				told[n] = true
				v.part(s, &sets[n])
			}
		}
	}
	return v
}

// part tells apart the countries that are in a set from those that are not.
func (v *view) part(s *Schedule, set *countries) {
	type half struct {
		of uint8
		in bool
	}
	halves := map[half]uint8{}
	for place, n := range s.numbers {
		if n == 0 {
			continue
		}
		h := half{v.leaving[n], set.at(place)}
		if _, ok := halves[h]; !ok {
			halves[h] = uint8(len(halves)) // there are no more than countries
		}
		v.leaving[n] = halves[h]
	}
}

// track numbers the class of the goods of a movement, the country that they leave and
// their origin in 40 bits: in what is remembered never by 0.
func (v *view) track(s *Schedule, m *Movement) uint64 {
	return v.key(m.read(s).class, s.numbers[place(m.From)], s.numbers[place(m.Origin)])
}

// key is [view.track] of a class of goods and the numbers of the countries.
func (v *view) key(class int32, from, origin uint8) uint64 {
	return uint64(class)<<16 | uint64(v.leaving[from])<<8 | uint64(origin)
}

// views are those that movements were looked at in. Those asked for last are at hand.
type views struct {
	last [64]atomic.Pointer[view]
	sync.Mutex
	of map[viewKey]*view
}

// mostViews is how many are remembered.
const mostViews = 1 << 13

func (in *remembered) view(s *Schedule, k viewKey, m *Movement) *view {
	t := &in.views
	if v := t.met(k); v != nil {
		return v
	}
	t.Lock()
	defer t.Unlock()
	v := t.of[k]
	if v == nil {
		if t.of == nil {
			t.of = map[viewKey]*view{}
		}
		v = s.newView(k, m)
		v.number = uint64(len(t.of) + 1)
		t.of[k] = v
		if len(t.of) == mostViews {
			s.memo.forget(in)
		}
	}
	t.at(k).Store(v)
	return v
}

// met returns a view that is at hand, nil where it is not.
func (t *views) met(k viewKey) *view {
	if v := t.at(k).Load(); v != nil && v.viewKey == k {
		return v
	}
	return nil
}

// at is where a view is at hand.
func (t *views) at(k viewKey) *atomic.Pointer[view] {
	return &t.last[(uint32(k.known)*4^uint32(k.pack)*2^uint32(k.leg)^uint32(k.bare))%uint32(len(t.last))]
}
