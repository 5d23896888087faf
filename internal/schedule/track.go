package schedule

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// track is what was found near goods to which measures stand in the same way, of origins
// and leaving countries that no measure tells apart: as much of it as was asked for. Where
// nothing but how measures stand decides, it is plain, and those share one to which they
// stand in the same way seen from there: of twenty thousand that a million lines are on,
// four thousand are left. What was found on those is in [tracks.near].
type track struct {
	view       uint64 // its number
	plain      int    // which of the plain ones it is; -1: more decides
	words      []word // of a plain one, in the order of the measures
	of         *reach // of one that is not, and the stretches in which something was found
	found      atomic.Pointer[[]stretch]
	sync.Mutex // of who adds to these
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
	near        *glance
}

// mostOnTrack is how many stretches of one track are kept. One that is full begins
// anew.
const mostOnTrack = 256

// find returns the stretch in which a movement is, nil where nothing was found near
// movements like this one. It is for tracks that are not plain.
func (t *track) find(s *Schedule, m *Movement) *stretch {
	found := t.found.Load()
	if found == nil {
		return nil
	}
	at := uint16(s.stretch(m.At))
	for i := range *found {
		x := &(*found)[i]
		if x.from <= at && at < x.until && (x.by < 0 || (*t.of.by.Load())[x.by] == s.decisive(m)) {
			return x
		}
	}
	return nil
}

// keep keeps what was found near movements.
func (t *track) keep(x stretch) {
	t.Lock()
	defer t.Unlock()
	var all []stretch
	if was := t.found.Load(); was != nil && len(*was) < mostOnTrack {
		all = *was
	}
	all = append(all, x) // who reads it does not see what is added behind its end
	t.found.Store(&all)
}

// tracks are those on which goods of all classes are, by the numbers that views have of
// them: twice that of a plain one, from 1 on, and of others one more.
type tracks struct {
	plain, other numbered[*track]
	// near is, for each plain track and each stretch between changes of any law, the
	// number of what was found near movements then, 0: nothing was. Two are in a word, and
	// so many tracks lie together: of a million lines each comes to any of them.
	near numbered[[]atomic.Uint32]
}

const tracksTogether = 64

// at returns where the number is that a plain track has in a stretch, and by how many
// bits it is shifted there.
func (t *tracks) at(s *Schedule, track int, stretch int32) (in *atomic.Uint32, shift int) {
	return &t.near.at(track / tracksTogether)[track%tracksTogether*s.trackWords()+int(stretch/2)], int(stretch%2) * 16
}

// trackWords is how many words the numbers of one track have.
func (s *Schedule) trackWords() int { return len(s.cuts)/2 + 1 }

// find returns the number of what was found on a plain track in a stretch.
func (t *tracks) find(s *Schedule, track int, stretch int32) int {
	in, shift := t.at(s, track, stretch)
	return int(in.Load() >> shift & math.MaxUint16)
}

// keep keeps what was found on a plain track in stretches.
func (t *tracks) keep(s *Schedule, track int, in lasting, n int) {
	t.near.Lock()
	defer t.near.Unlock()
	for stretch := in.from; stretch < min(in.until, int32(len(s.cuts)+1)); stretch++ {
		at, shift := t.at(s, track, stretch)
		at.Store(at.Load()&^(math.MaxUint16<<shift) | uint32(n)<<shift)
	}
}

// add adds a track of which nothing is known yet.
func (t *tracks) add(s *Schedule, on *track) {
	t.plain.Lock()
	defer t.plain.Unlock()
	t.near.Lock()
	defer t.near.Unlock()
	if all := t.plain.of.Load(); all == nil || len(*all)%tracksTogether == 0 {
		t.near.add(make([]atomic.Uint32, tracksTogether*s.trackWords()))
	}
	on.plain = t.plain.add(on)
}

// sharedTracks are the plain ones, by what they have in common.
type sharedTracks struct {
	sync.Mutex
	of map[uint64][]*track
}

// plain returns the plain track of a view that has the words, which are copied.
func (in *remembered) plain(s *Schedule, v *view, words []word) *track {
	hash := v.number
	for i := range words {
		x := &words[i]
		hash = mix(hash, uint64(x.from)|uint64(x.until)<<16|uint64(x.is)<<32)
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
	t := &track{view: v.number, words: slices.Clone(words)}
	in.tracks.add(s, t)
	shard.of[hash] = append(shard.of[hash], t)
	in.keptStretches.Add(int32(s.trackWords()/4 + len(t.words)/2)) // a stretch is four of the one and two of the other
	return t
}

// track returns the number of the track on which a movement is.
func (s *Schedule) track(in *remembered, v *view, m *Movement) uint32 {
	reach := s.reach(in, v, m)
	key := v.key(reach, s.numbers[place(m.From)], s.numbers[place(m.Origin)])
	if n := v.tracks.find(key); n != 0 {
		return n
	}
	var memory [512]word
	r := v.reachAt(reach)
	words, plain := s.appendPlain(memory[:0], r, m, allTime, nil)
	v.Lock()
	defer v.Unlock()
	if n := v.tracks.find(key); n != 0 { // another was here before
		return n
	}
	var n uint32
	if plain {
		n = 2 * uint32(in.plain(s, v, words).plain+1)
	} else {
		in.tracks.other.Lock()
		n = 2*uint32(in.tracks.other.add(&track{view: v.number, plain: -1, of: r})) + 1
		in.tracks.other.Unlock()
		in.keptStretches.Add(6) // it takes as much
	}
	in.keptStretches.Add(int32(v.tracks.put(key, n) / 2)) // two slots are one stretch
	return n
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
var allTime = lasting{until: math.MaxUint16}

// appendPlain appends how the measures of a reach stand to movements of a track along
// some stretches: those that count, or all where that is nil. It is not plain where more
// decides than the origin and the law that stands.
func (s *Schedule) appendPlain(words []word, r *reach, m *Movement, along lasting, counts []bool) (out []word, plain bool) {
	sights := r.stands.seenBy(s, m)
	for i := range r.spans {
		x := &r.spans[i]
		sight := sights[x.stand]
		if sight == 0 {
			continue
		}
		from, until := max(int32(x.from), along.from), min(int32(x.until), along.until)
		if from >= until || counts != nil && !counts[r.stands.all[x.stand].entry] {
			continue
		}
		if sight&isMore != 0 {
			return words, false
		}
		w := word{uint16(from), uint16(until), x.word(sight)}
		words = append(words, w)
		if sight&isRead != 0 {
			var read [8]byte
			for _, region := range s.entries[r.stands.all[x.stand].entry].reads.append(read[:0], m) {
				w.is = isRegion | uint32(region)
				words = append(words, w)
			}
		}
	}
	return words, true
}
