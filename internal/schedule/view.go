package schedule

import (
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/condition"
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
	// leaving are countries that goods leave, origins those that they originate in, by
	// their number, as far as measures tell them apart.
	leaving, origins parting
	reaches          numbers             // of reaches, by [view.reachKey] of classes of goods
	made             numbered[*reach]    // those by their numbers, which are from 1 on
	alike            map[uint64][]uint32 // the numbers by [reach.hash]
	tracks           numbers             // of tracks, by [view.key]
	sync.Mutex                           // of who adds to them
}

// reachKey is what a class of goods is under in what is remembered, never 0.
func (v *view) reachKey(class int32) uint64 { return uint64(class) + 1 }

func (v *view) reachAt(n uint32) *reach { return v.made.at(int(n) - 1) }

// parting tells countries apart, by their number.
type parting [mostCountries]uint8

func (s *Schedule) newView(k viewKey, m *Movement) *view {
	v := &view{viewKey: k, alike: map[uint64][]uint32{}}
	leave, origins := map[int16]bool{everyCountry: true}, map[int16]bool{everyCountry: true}
	all := s.stands(k, m)
	sets := *s.memo.sets.of.Load()
	for _, stands := range all.byEntry() {
		for i := range stands {
			x := &stands[i]
			if !leave[x.leave] {
				leave[x.leave] = true
				v.leaving.part(s, func(place int) int { return int(b2i(sets[x.leave].at(place))) })
			}
			if !origins[x.origins] {
				origins[x.origins] = true
				v.origins.part(s, func(place int) int { return int(b2i(sets[x.origins].at(place))) })
			}
		}
		v.partRead(s, s.entries[stands[0].entry].reads)
	}
	return v
}

// partRead tells origins apart that conditions of a measure do.
func (v *view) partRead(s *Schedule, reads *movementReads) {
	switch {
	case reads == nil:
	case reads.coarse: // it is not told which they do
		v.origins.part(s, func(place int) int { return place })
	default:
		for _, x := range reads.of {
			if x.slot == condition.SlotOrigin {
				v.origins.part(s, func(place int) int {
					return x.region(condition.TextValue(string([]byte{'A' + byte(place/26), 'A' + byte(place%26)})))
				})
			}
		}
	}
}

// part tells apart the countries that are different, by their [place].
func (p *parting) part(s *Schedule, is func(place int) int) {
	type half struct {
		of uint8
		is int
	}
	halves := map[half]uint8{}
	for place, n := range s.numbers {
		if n == 0 {
			continue
		}
		h := half{p[n], is(place)}
		if _, ok := halves[h]; !ok {
			halves[h] = uint8(len(halves)) // there are no more than countries
		}
		p[n] = halves[h]
	}
}

// key numbers the reach to some goods, the country that they leave and their origin, by
// their numbers, in 40 bits: in what is remembered never by 0.
func (v *view) key(reach uint32, from, origin uint8) uint64 {
	return uint64(reach)<<16 | uint64(v.leaving[from])<<8 | (uint64(v.origins[origin]) + 1)
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
