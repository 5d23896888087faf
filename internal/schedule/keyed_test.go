package schedule

import (
	"testing"

	"pgregory.net/rapid"
)

func TestKeyedIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k keyed[int]
		want := map[uint64]int{}
		keys := rapid.SliceOfN(rapid.Uint64Range(1, 3000), 400, 2000).Draw(t, "keys")
		for i, key := range keys {
			k.put(key, &i)
			want[key] = i
		}
		if k.kept != len(want) {
			t.Fatalf("%d are kept of %d", k.kept, len(want))
		}
		for key, i := range want {
			if got := k.find(key); got == nil || *got != i {
				t.Fatalf("of %d: %v, want %d", key, got, i)
			}
		}
		if k.find(1<<40) != nil {
			t.Fatal("a key is found that was not put in")
		}
		if k.forget(); k.find(keys[0]) != nil {
			t.Fatal("a key is found after all were forgotten")
		}
	})
}

// A track keeps the stretches that it was given last, and no more than it may.
func TestTrackIsBounded(t *testing.T) {
	s := small(t)
	on := &track{plain: true}
	near := &Nearby{}
	for i := range 3 * mostOnTrack {
		on.keep(stretch{from: mostCuts, until: mostCuts, by: -1, near: near}) // of no instant
		if n := on.found.Load(); n > mostOnTrack+1 {
			t.Fatalf("%d stretches are kept after %d", n, i+1)
		}
	}
	m := Movement{At: s.cuts[0]}
	at := uint16(s.stretch(m.At))
	on.keep(stretch{from: at, until: at + 1, by: -1, near: near})
	if x := on.find(s, &m); x == nil || x.near != near {
		t.Errorf("found %v", x)
	}
	m.At = s.cuts[1]
	if x := on.find(s, &m); x != nil {
		t.Errorf("another instant is on it: %v", x)
	}
}

// Tracks lie near where they are looked for first.
func TestTracksAreSpread(t *testing.T) {
	in := new(remembered)
	for class := range int32(1500) {
		for origin := range uint64(40) {
			in.tracksOf(class).put(trackKey(class, 1<<16|origin), new(track))
		}
	}
	n, away := 0, 0
	for i := range in.tracks {
		slots := *in.tracks[i].slots.Load()
		for at := range slots {
			if key := slots[at].key.Load(); key != 0 {
				n++
				away += (at - slotOf(key, len(slots)) + len(slots)) % len(slots)
			}
		}
	}
	if n != 1500*40 || away > 2*n {
		t.Errorf("%d tracks lie %d places away from where they are looked for first, altogether", n, away)
	}
}
