package schedule

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
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
	on := &track{plain: -1}
	near := &glance{}
	for i := range 3 * mostOnTrack {
		on.keep(stretch{from: mostCuts, until: mostCuts, by: -1, near: near}) // of no instant
		if n := len(*on.found.Load()); n > mostOnTrack {
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

// Plain tracks, of which two have a word in common, keep in each stretch what was found
// there last.
func TestPlainTracksKeepNumbers(t *testing.T) {
	s := small(t)
	last := int32(len(s.cuts))
	rapid.Check(t, func(t *rapid.T) {
		var all tracks
		want := make([][]int, 3*tracksTogether)
		for i := range want {
			on := new(track)
			if all.add(s, on); on.plain != i {
				t.Fatalf("track %d is number %d", i, on.plain)
			}
			want[i] = make([]int, last+1)
		}
		for range 200 {
			on := rapid.IntRange(0, len(want)-1).Draw(t, "track")
			n := rapid.IntRange(1, 1<<16-1).Draw(t, "number")
			in := lasting{from: rapid.Int32Range(0, last).Draw(t, "from"), until: rapid.SampledFrom([]int32{1, last, last + 1, math.MaxInt32}).Draw(t, "until")}
			all.keep(s, on, in, n)
			for i := in.from; i < min(in.until, last+1); i++ {
				want[on][i] = n
			}
		}
		for on := range want {
			for i, n := range want[on] {
				if got := all.find(s, on, int32(i)); got != n {
					t.Fatalf("on track %d in stretch %d: %d, want %d", on, i, got, n)
				}
			}
		}
	})
}

func TestNumbersAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k numbers
		slots := 0
		want := map[uint64]uint32{}
		for i, key := range rapid.SliceOfNDistinct(rapid.Uint64Range(1, 1<<40-1), 400, 2000, rapid.ID).Draw(t, "keys") {
			want[key] = uint32(i+1) * 8000
			slots += k.put(key, want[key])
		}
		if n := len(*k.slots.Load()); k.kept != len(want) || n != slots || 4*k.kept > 3*n {
			t.Fatalf("%d are kept of %d, in %d slots or %d", k.kept, len(want), n, slots)
		}
		for key, n := range want {
			if got := k.find(key); got != n {
				t.Fatalf("of %d: %d, want %d", key, got, n)
			}
			if _, is := want[key^1]; !is && k.find(key^1) != 0 {
				t.Fatal("a key is found that was not put in")
			}
		}
	})
}

// Tracks lie near where they are looked for first.
func TestTracksAreSpread(t *testing.T) {
	var all numbers
	for class := range uint64(1500) {
		for origin := range uint64(40) {
			all.put(class<<16|1<<8|origin, 1)
		}
	}
	away := 0
	slots := *all.slots.Load()
	for at := range slots {
		if x := slots[at].Load(); x != 0 {
			away += (at - slotOf(x>>numberBits, len(slots)) + len(slots)) % len(slots)
		}
	}
	if n := 1500 * 40; all.kept != n || away > 2*n {
		t.Errorf("%d tracks lie %d places away from where they are looked for first, altogether", all.kept, away)
	}
}

// What is looked at ahead is what is remembered of the movements, and nothing of others.
func TestLookAhead(t *testing.T) {
	s := small(t)
	m := Movement{Leg: measure.Import, Territory: "US", To: "US", From: "CN", Origin: "CN", Goods: []nomenclature.Code{"1101010010"}, At: noon(t, "2025-04-05"), Known: quantity.MaxDate}
	goods := s.GoodsOf(m.Goods[0])
	soon := []Soon{
		{Goods: goods, From: "CN", Origin: "CN", At: m.At, Closed: true},
		{Goods: goods, From: "CN", Origin: "CN", At: m.At},
		{Goods: goods, From: "CN", Origin: "JP", At: m.At, Closed: true},
		{From: "CN", Origin: "CN", At: m.At, Closed: true},
		{Goods: goods, From: "China", Origin: "", At: m.At, Closed: true},
		{Goods: goods, From: "CN", Origin: "CN", At: quantity.MinInstant, Closed: true},
		{Goods: goods, From: "CN", Origin: "CN", At: quantity.MaxInstant, Closed: true},
	}
	met := make([]any, len(soon))
	look := func() []any { s.LookAhead(0, &m, soon, met); return met }
	if diff := cmp.Diff(make([]any, len(soon)), look()); diff != "" {
		t.Errorf("before anything was asked: %s", diff)
	}
	near, was := s.Met(0, &m, s.NewSlots(), true)
	key, ok := s.Alike(nil, []*Nearby{near}, []quantity.Instant{m.At}, m.Known, s.Defaults(true), s.NewSlots(), true)
	if was != nil || !ok {
		t.Fatalf("remembered %v, key %v", was, ok)
	}
	s.Remember([]*Nearby{near}, key, "it", 1)
	if diff := cmp.Diff([]any{"it", nil, nil, nil, nil, nil, nil}, look()); diff != "" {
		t.Error(diff)
	}
	if again, was := s.Met(0, &m, s.NewSlots(), true); again != near || was != "it" {
		t.Errorf("remembered %v", was)
	}
	m.Territory = "JP"
	if diff := cmp.Diff(make([]any, len(soon)), look()); diff != "" {
		t.Errorf("of another country: %s", diff)
	}
}

// A glance tells of cases that state what counts, and of others the least that it can.
func TestGlanceTouches(t *testing.T) {
	for _, tt := range []struct {
		touched, stated Slots
		want            bool
	}{
		{Slots{0, 0, 4, 1}, Slots{0, 0, 4, 0}, true},
		{Slots{0, 0, 4, 1}, Slots{7, 9, 3, 2}, false},
		{Slots{0, 0, 0, 0, 0, 4}, Slots{1, 0, 0, 0, 0, 4}, true},
		{Slots{0, 0, 0, 0, 0, 4}, Slots{1, 0, 0, 0, 4, 0}, false},
	} {
		var in remembered
		n := &Nearby{touched: tt.touched}
		in.addGlance(n)
		if got := n.glance.touches(tt.stated); got != tt.want || in.glanceAt(n.number) != n.glance || n.glance.near != n {
			t.Errorf("%v is touched by %v: %t", tt.touched, tt.stated, got)
		}
	}
}
