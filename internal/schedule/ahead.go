package schedule

import (
	"runtime"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Soon is what tells apart movements that are asked about one by one before long.
type Soon struct {
	Goods        *Goods // nil: it is passed over
	From, Origin nomenclature.Country
	At           quantity.Instant
	Closed       bool // the case that asks is a closed one
}

// LookAhead looks at what [Schedule.Met] is going to look at for movements that differ
// from m in this alone, [MostAhead] at most, and tells in met what was remembered of cases
// that state nothing that counts; nil where nothing was. As with [Schedule.RecallGoods]
// memory is waited for together, step by step. A movement that is none is passed over.
func (s *Schedule) LookAhead(pack int, m *Movement, soon []Soon, met []any) {
	clear(met)
	r := s.memo.now.Load()
	v := r.views.met(m.viewKey(pack, s.known(m.Known)))
	if v == nil || s.scanning {
		return
	}
	var keys [MostAhead]uint64
	for i := range soon {
		if x := &soon[i]; x.Goods != nil {
			if from, origin := place(x.From), place(x.Origin); from >= 0 && origin >= 0 {
				keys[i] = v.key(v.reaches.find(v.reachKey(x.Goods.class)), s.numbers[from], s.numbers[origin])
			}
		}
	}
	looked := v.tracks.look(keys[:len(soon)])
	var near [MostAhead]uint16 // numbers of what is near
	for i := range soon {
		if n := v.tracks.find(keys[i]); n > 0 && n%2 == 0 {
			near[i] = uint16(r.tracks.find(s, int(n/2-1), s.stretch(soon[i].At)))
		}
	}
	for i, n := range near[:len(soon)] {
		if n > 0 {
			g := r.glanceAt(int(n))
			looked += g.touched[0]
			met[i] = g.plain[b2i(soon[i].Closed)].Load()
		}
	}
	runtime.KeepAlive(looked) // or else nothing would be looked at
}
