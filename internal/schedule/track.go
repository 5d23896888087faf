package schedule

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/condition"
)

// track is what was found near goods of one class and one origin that leave countries
// which no measure tells apart: as much of it as was asked for. Where nothing but how
// measures stand decides, goods, origins and countries to which they stand in the same
// way through all time share one: of sixty thousand that a million lines are on, four
// thousand are left.
type track struct {
	view       uint64       // its number
	plain      bool         // how measures stand decides alone
	found      atomic.Int32 // how many stretches there are
	stretches  [12]stretch  // beside the rest: they are looked at together
	more       atomic.Pointer[[]stretch]
	words      []word // of a plain one, in the order of the measures
	of         *reach // of one that is not
	sync.Mutex        // of who adds to it
}

// word is a word of the key of what is near, in the stretches in which a measure
// stands so.
type word struct {
	from, until uint16
	is          uint32
}

// The words of a key are standings, twice their number and one more where the measure
// names the origin; and regions in which conditions see the origin.
const isRegion = 1 << 31

// mostCuts is how many changes of law words and stretches have room for. Where there
// are more, nothing near is remembered.
const mostCuts = math.MaxUint16 - 1

// stretch is stretches of law time in which the same is near movements of one track
// that agree in what decides it besides.
type stretch struct {
	from, until uint16
	by          int32 // the place of what decides besides; -1: nothing does
	near        *Nearby
}

// mostOnTrack is how many stretches of one track are kept. One that is full begins
// anew.
const mostOnTrack = 256

// find returns the stretch in which a movement is, nil where nothing was found near
// movements like this one.
func (t *track) find(s *Schedule, m *Movement) *stretch {
	at, n := uint16(s.stretch(m.At)), int(t.found.Load())
	all := t.stretches[:min(n, len(t.stretches))]
	for {
		for i := range all {
			x := &all[i]
			if x.from <= at && at < x.until && (x.by < 0 || (*t.of.by.Load())[x.by] == s.decisive(m)) {
				return x
			}
		}
		if n <= len(t.stretches) {
			return nil
		}
		all, n = *t.more.Load(), 0
	}
}

// keep keeps what was found near movements.
func (t *track) keep(x stretch) {
	t.Lock()
	defer t.Unlock()
	n := int(t.found.Load())
	if n < len(t.stretches) {
		t.stretches[n] = x
	} else {
		var more []stretch
		if n > len(t.stretches) && n < mostOnTrack {
			more = *t.more.Load()
		}
		more = append(more, x) // who reads it does not see what is added behind its end
		t.more.Store(&more)
		n = len(t.stretches) + len(more) - 1
	}
	t.found.Store(int32(n + 1)) // from now on it is seen
}

// tracks are those on which goods of all classes are.
type tracks struct {
	sync.Mutex // of who adds to them
	keyed[track]
}

// add adds a track, unless another did so before, and returns what is there.
func (t *tracks) add(key uint64, on *track) *track {
	t.Lock()
	defer t.Unlock()
	if other := t.find(key); other != nil {
		return other
	}
	t.put(key, on)
	return on
}

// sharedTracks are the plain ones, by what they have in common.
type sharedTracks struct {
	sync.Mutex
	of map[uint64][]*track
}

// plain returns the plain track of a view that has the words, which are copied.
func (in *remembered) plain(v *view, words []word) *track {
	hash := v.number
	for i := range words {
		x := &words[i]
		hash = (hash ^ uint64(x.from) ^ uint64(x.until)<<16 ^ uint64(x.is)<<32) * 0x9E3779B97F4A7C15
		hash ^= hash >> 32
	}
	shard := &in.shared[hash%uint64(len(in.shared))]
	shard.Lock()
	defer shard.Unlock()
	for _, t := range shard.of[hash] {
		if t.view == v.number && slices.Equal(t.words, words) {
			return t
		}
	}
	if shard.of == nil {
		shard.of = map[uint64][]*track{}
	}
	t := &track{view: v.number, plain: true, words: slices.Clone(words)}
	shard.of[hash] = append(shard.of[hash], t)
	in.keptStretches.Add(int32(len(t.stretches) + len(t.words)/2)) // a word is half of one
	return t
}

// trackKey is the key of a track of goods of a class, by [view.track].
func trackKey(class int32, of uint64) uint64 { return uint64(class)<<40 | of }

// tracksOf are the tracks of goods of a class, among others. Which they are must not
// hang on the bits of a key by which it is told where in them it is.
func (in *remembered) tracksOf(class int32) *tracks { return &in.tracks[class%int32(len(in.tracks))] }

// track returns the track on which a movement is.
func (s *Schedule) track(in *remembered, v *view, m *Movement) *track {
	class := m.read(s).class
	key, all := trackKey(class, v.track(s, m)), in.tracksOf(class)
	if t := all.find(key); t != nil {
		return t
	}
	in.keptStretches.Add(2) // its place takes as much as two of them
	var memory [512]word
	r := s.reach(in, v, m)
	words, plain := s.appendPlain(memory[:0], r, m, allTime, nil)
	if plain {
		return all.add(key, in.plain(v, words))
	}
	t := &track{view: v.number, of: r}
	in.keptStretches.Add(int32(len(t.stretches)))
	return all.add(key, t)
}

// place keeps what decides besides in some stretch and returns its place; -1: nothing
// does.
func (r *reach) place(by *decisive) int32 {
	if by == nil {
		return -1
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	var all []decisive
	if was := r.by.Load(); was != nil {
		all = *was
	}
	all = append(all, *by) // who reads it does not see what is added behind its end
	r.by.Store(&all)
	return int32(len(all) - 1)
}

// allTime is all stretches for which words have room.
var allTime = span{until: math.MaxUint16}

// appendPlain appends how the measures of a reach stand to movements of a track along
// some stretches: those that count, or all where that is nil. It is not plain where more
// decides than the origin and the law that stands.
func (s *Schedule) appendPlain(words []word, r *reach, m *Movement, along span, counts []bool) (out []word, plain bool) {
	origin, left := place(m.Origin), place(m.From)
	sets := *s.memo.sets.of.Load()
	for i := range r.spans {
		x := &r.spans[i]
		from, until := max(x.from, along.from), min(x.until, along.until)
		if from >= until || counts != nil && !counts[x.entry] {
			continue
		}
		named := sets[x.origins].at(origin)
		if !named && !x.elsewhere || !sets[x.leave].at(left) {
			continue
		}
		entry := &s.entries[x.entry]
		if x.enter != everyCountry || x.told && (entry.hasItems() || !entry.reads.noMore(condition.SlotOrigin)) {
			return words, false
		}
		w := word{uint16(from), uint16(until), x.standing<<1 | uint32(b2i(named))}
		words = append(words, w)
		if x.told {
			var read [8]byte
			for _, region := range entry.reads.append(read[:0], m) {
				w.is = isRegion | uint32(region)
				words = append(words, w)
			}
		}
	}
	return words, true
}
