package schedule

import (
	"encoding/binary"
	"iter"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// reachKey is goods on a leg as far as the law tells them apart, whatever the
// instant and the countries.
type reachKey struct {
	goods int32
	view  viewKey
}

// reach is how measures stand to goods of one class on a leg, as known on one day.
// Thousands of them are looked at in no order, so all of it is small and lies
// together: stretches of law time, sets of countries and how measures stand are
// numbers.
type reach struct {
	// spans are for each measure the stretches in which it stands the same and is
	// near, in the order of the measures.
	spans []span
	// by are what decided besides, for those stretches of which it did.
	by   atomic.Pointer[[]decisive]
	lock sync.Mutex // of who adds to them
}

// span is stretches in which a measure stands the same to the goods.
type span struct {
	from, until int32  // stretches between changes of any law
	standing    uint32 // number of [standings]
	entry       int32
	standsTo
}

// standsTo is which movements a measure is near: numbers of [countrySets].
type standsTo struct {
	origins      int16 // which it is about
	leave, enter int16 // which the goods leave and go to
	elsewhere    bool  // it comes near goods of other origins too
	told         bool  // its conditions read the movement, or it is about control items
}

// decisive is all that conditions read of a movement, where these read more than
// its origin and the law that stands.
type decisive struct {
	from, to              int16
	at, entered, exported int32 // stretches between changes of any law
}

func (s *Schedule) decisive(m *Movement) decisive {
	return decisive{int16(place(m.From)), int16(place(m.To)), s.stretch(m.At), s.stretch(m.Entered), s.stretch(m.Exported)}
}

// countrySets numbers sets of countries. There are no more than the law makes.
type countrySets struct {
	sync.Mutex
	numbers map[countries]int16
	of      atomic.Pointer[[]countries]
}

// everyCountry is the number of the set of all.
const everyCountry = 0

func (t *countrySets) number(set *countries) int16 {
	all := countries{}
	for i := range all {
		all[i] = ^uint64(0)
	}
	if set == nil {
		set = &all
	}
	t.Lock()
	defer t.Unlock()
	if t.numbers == nil {
		t.numbers = map[countries]int16{all: everyCountry}
		t.of.Store(&[]countries{all})
	}
	n, ok := t.numbers[*set]
	if !ok {
		of := append(*t.of.Load(), *set) // who reads it does not see what is added
		n = int16(len(of) - 1)
		t.numbers[*set] = n
		t.of.Store(&of)
	}
	return n
}

// standing is how a measure stands to goods: in which state, and named by which
// row.
type standing struct {
	entry int32
	class int32 // of the row; noRow where none names the goods, or where no one asks
	state measure.State
}

const noRow = math.MinInt32

// standings numbers them. There are no more than the law makes.
type standings struct {
	sync.RWMutex
	numbers map[standing]uint32
	of      []standing
	rows    []*rulepack.GoodsRow // one of the class of each
}

func (t *standings) number(x standing, row *rulepack.GoodsRow) uint32 {
	t.Lock()
	defer t.Unlock()
	n, ok := t.numbers[x]
	if !ok {
		if t.numbers == nil {
			t.numbers = map[standing]uint32{}
		}
		n = uint32(len(t.of))
		t.numbers[x] = n
		t.of, t.rows = append(t.of, x), append(t.rows, row)
	}
	return n
}

func letters(c nomenclature.Country) (out [2]byte) {
	copy(out[:], c)
	return out
}

// read returns the one code of the movement, read.
func (m *Movement) read(s *Schedule) *Goods {
	if m.Read != nil && m.Read.Code == m.Goods[0] {
		return m.Read
	}
	return s.GoodsOf(m.Goods[0])
}

// reach returns the reach of measures of one pack to the goods of a movement.
func (s *Schedule) reach(in *remembered, v *view, m *Movement) *reach {
	k := reachKey{m.read(s).class, v.viewKey}
	shard := &in.reaches[uint32(k.goods*31+v.known)%uint32(len(in.reaches))]
	shard.RLock()
	r := shard.of[k]
	shard.RUnlock()
	if r != nil {
		return r
	}
	r = s.makeReach(v, m)
	shard.Lock()
	defer shard.Unlock()
	if shard.of == nil {
		shard.of = map[reachKey]*reach{}
	}
	shard.of[k] = r
	if in.keptReaches.Add(1) >= mostReaches {
		s.memo.forget(in)
	}
	return r
}

// nearKey appends to key what tells apart what is near movements: how measures
// stand to them, in words, and what their conditions read of the movement. It is the
// same for all movements of the track in the stretch; by is what decides besides, nil
// where nothing does.
func (s *Schedule) nearKey(key []byte, v *view, m *Movement, t *track) (out, words []byte, in lasting, by *decisive) {
	add := func(n uint32) { key = binary.LittleEndian.AppendUint32(key, n) }
	relations := stretchOf(s.relations, m.At)
	key = append(key, byte(v.leg), byte(v.pack), byte(v.pack>>8), byte(v.bare))
	add(uint32(v.known))
	add(uint32(relations))
	add(0) // how many words there are, see below
	first := len(key)
	in = lasting{s.first(relations, s.relations), s.first(relations+1, s.relations)}
	var more movementsRead
	if t.plain >= 0 {
		at := s.stretch(m.At)
		for i := range t.words {
			x := &t.words[i]
			if in.narrow(int32(x.from), int32(x.until), at) {
				add(x.is)
			}
		}
	} else {
		key = s.appendWords(key, m, t.of, &in, &more)
	}
	last := len(key)
	binary.LittleEndian.PutUint32(key[first-4:], uint32(last-first))
	if more.items { // in which they are usually classified
		add(uint32(m.read(s).class))
		add(uint32(s.stretch(m.At)))
	}
	key = append(key, more.regions...)
	if more.coarse {
		for _, c := range [...]nomenclature.Country{m.From, m.To, m.Origin} {
			l := letters(c)
			key = append(key, l[:]...)
		}
		for _, at := range [...]quantity.Instant{m.At, m.Entered, m.Exported} {
			add(uint32(s.stretch(at)))
		}
	}
	if more.all {
		d := s.decisive(m)
		by = &d
	}
	return key, key[first:last], in, by
}

// lasting is stretches between changes of any law that follow one another.
type lasting struct{ from, until int32 }

// narrow narrows it to what lies on the same side of both ends of another, and reports
// whether that is between them.
func (x *lasting) narrow(from, until, at int32) bool {
	switch {
	case from > at:
		x.until = min(x.until, from)
		return false
	case until <= at:
		x.from = max(x.from, until)
		return false
	}
	x.from, x.until = max(x.from, from), min(x.until, until)
	return true
}

// movementsRead is what conditions read of a movement beyond its origin.
type movementsRead struct {
	regions            []byte
	coarse, items, all bool
}

// appendWords appends the words of a track that is not plain.
func (s *Schedule) appendWords(key []byte, m *Movement, r *reach, in *lasting, more *movementsRead) []byte {
	origin, from, to, at := place(m.Origin), place(m.From), place(m.To), s.stretch(m.At)
	sets := *s.memo.sets.of.Load()
	for i := range r.spans {
		x := &r.spans[i]
		named := sets[x.origins].at(origin)
		if !named && !x.elsewhere || !sets[x.leave].at(from) || !in.narrow(x.from, x.until, at) {
			continue
		}
		if x.enter != everyCountry {
			more.all = true
			if !sets[x.enter].at(to) {
				continue
			}
		}
		key = binary.LittleEndian.AppendUint32(key, x.standing<<1|uint32(b2i(named)))
		if !x.told {
			continue
		}
		entry := &s.entries[x.entry]
		if reads := entry.reads; reads != nil {
			more.regions = reads.append(more.regions, m)
			more.coarse = more.coarse || reads.coarse
		}
		more.items = more.items || entry.hasItems()
		more.all = more.all || entry.hasItems() || !entry.reads.noMore(condition.SlotOrigin)
	}
	return key
}

// first is the first stretch from a cut of some on, which are in order; before them
// the first of all, behind them the end of time.
func (s *Schedule) first(n int32, cuts []quantity.Instant) int32 {
	switch {
	case n <= 0:
		return 0
	case int(n) > len(cuts):
		return math.MaxInt32
	}
	return s.stretch(cuts[n-1])
}

func (s *Schedule) makeReach(v *view, m *Movement) *reach {
	out := new(reach)
	spans := make([]span, 0, 512) // more than most have
	rows := s.AllGoodsRows(m.Goods[0], nil)
	listed := make([]bool, len(s.lists))
	for _, h := range rows {
		listed[h.List] = true
	}
	anyListed := func(lists []int32) bool {
		return slices.ContainsFunc(lists, func(list int32) bool { return listed[list] })
	}
	var named []Hit // of the rows, those by which an entry names goods or excepts them
	for _, stands := range s.stands(v.viewKey, m) {
		e := &s.entries[stands[0].entry]
		names, excepts := anyListed(e.goods), anyListed(e.except)
		named = named[:0]
		switch {
		case e.NamesGoods() && !names:
			continue
		case names || excepts:
			for _, h := range rows {
				if e.Lists(h.List) {
					named = append(named, h)
				}
			}
		}
		spans = s.appendSpans(spans, stands, named, m)
	}
	out.spans = slices.Clone(spans) // without room for more: there are thousands of reaches
	return out
}

// stands returns, for each measure of one pack that looks at the leg of a movement,
// how it stands to goods that its lists hold as time passes.
func (s *Schedule) stands(v viewKey, m *Movement) [][]stand {
	t := &s.memo.stands
	t.Lock()
	defer t.Unlock()
	out, ok := t.of[v]
	if ok {
		return out
	}
	entries, _ := s.OnLeg(m.Leg, m.Territory)
	for _, i := range entries {
		if s.entries[i].PackIndex != int(v.pack) {
			continue
		}
		if x := s.standsOf(&s.entries[i], m); len(x) > 0 {
			out = append(out, x)
		}
	}
	if t.of == nil || len(t.of) >= mostStands {
		t.of = map[viewKey][][]stand{}
	}
	t.of[v] = out
	return out
}

// stand is a period in which a measure stands the same.
type stand struct {
	period   quantity.Period
	entry    int32
	standing uint32 // its number
	state    measure.State
	standsTo
}

// standsOf finds how an entry stands as time passes, where it comes near.
func (s *Schedule) standsOf(e *Entry, m *Movement) (out []stand) {
	cuts := slices.Clone(e.acts)
	for _, p := range [...]*Places{&e.Territory, &e.Origin, &e.From, &e.To} {
		cuts = append(cuts, p.cuts...)
	}
	slices.Sort(cuts)
	for period := range stretches(slices.Compact(cuts)) {
		x, ok := s.standAt(e, period.From, m)
		switch last := len(out) - 1; {
		case !ok:
		case last >= 0 && out[last].state == x.state && out[last].joins(&x, period.From):
			out[last].period.Until = period.Until
		default:
			x.period = period
			x.standing = s.memo.standings.number(standing{x.entry, noRow, x.state}, nil)
			out = append(out, x)
		}
	}
	return out
}

// stretches are the periods between instants, which are in order, and before and
// after them.
func stretches(cuts []quantity.Instant) iter.Seq[quantity.Period] {
	return func(yield func(quantity.Period) bool) {
		p := quantity.Period{From: quantity.MinInstant}
		for _, at := range cuts {
			if at <= p.From {
				continue
			}
			p.Until = at
			if at >= quantity.MaxInstant {
				break
			}
			if !yield(p) {
				return
			}
			p.From = at
		}
		p.Until = quantity.MaxInstant
		yield(p)
	}
}

// joins reports whether another stretch of the measure, which begins at the
// instant, is this one going on, its state and the row that names the goods aside.
func (x *stand) joins(y *stand, at quantity.Instant) bool {
	return x.period.Until == at && x.standsTo == y.standsTo
}

// standAt is how an entry stands to goods that its lists hold at an instant. It is
// not ok where it does not come near.
func (s *Schedule) standAt(e *Entry, at quantity.Instant, m *Movement) (stand, bool) {
	from := e.From.on(at)
	switch territory := e.Territory.on(at); {
	case territory == nil:
	case m.Leg == measure.Reexport: // it is the country that they leave
		from = territory.and(from)
	case !territory.has(m.Territory):
		return stand{}, false
	}
	sets := &s.memo.sets
	x := stand{entry: int32(e.Index), state: measure.State{Kind: measure.InForce}, standsTo: standsTo{told: e.reads != nil || e.hasItems(),
		origins: sets.number(e.Origin.on(at)), leave: sets.number(from), enter: sets.number(e.To.on(at))}}
	if e.Base == nil {
		x.state = e.Acts.At(at, m.Known)
	}
	runs := x.state.Kind == measure.InForce || x.state.Kind == measure.Unverified
	switch {
	case !runs && (m.Bare || e.Kind == measure.Exemption):
		return stand{}, false
	case x.state.Kind == measure.NotStarted && !startsLater(e.Acts, m.Known):
		return stand{}, false
	}
	x.elsewhere = runs && !m.Bare && e.NamesGoods() && e.Kind != measure.Exemption
	return x, true
}

// appendSpans appends the spans of an entry in which rows of its lists hold
// the goods; rows are those that ever do, those of the lists it excepts among them.
func (s *Schedule) appendSpans(out []span, stands []stand, rows []Hit, m *Movement) []span {
	e := &s.entries[stands[0].entry]
	var cuts []quantity.Instant
	for _, h := range rows {
		cuts = append(cuts, h.Row.Period.From, h.Row.Period.Until)
	}
	slices.Sort(cuts)
	first := len(out)
	for held := range stretches(slices.Compact(cuts)) {
		var named *Hit
		excepted := false
		for i := range rows {
			if h := &rows[i]; !h.Runs(held.From, m.Known) {
				continue
			} else if slices.Contains(e.except, h.List) {
				excepted = true
			} else if named == nil {
				named = h
			}
		}
		if excepted || named == nil && e.NamesGoods() {
			continue
		}
		for i := range stands {
			stand := &stands[i]
			period := stand.period.Intersect(held)
			if period.IsEmpty() {
				continue
			}
			x := span{s.stretch(period.From), math.MaxInt32, stand.standing, stand.entry, stand.standsTo}
			if period.Until < quantity.MaxInstant {
				x.until = s.stretch(period.Until)
			}
			if named != nil && !m.Bare {
				x.standing = s.memo.standings.number(standing{x.entry, named.class, stand.state}, named.Row)
			}
			if last := len(out) - 1; last >= first && out[last].until == x.from && out[last].standing == x.standing && out[last].standsTo == x.standsTo {
				out[last].until = x.until // it is the one before, going on
				continue
			}
			out = append(out, x)
		}
	}
	return out
}

// candidates makes candidates of the standings among the words of a key.
func (t *standings) candidates(s *Schedule, key []byte) []Candidate {
	t.RLock()
	defer t.RUnlock()
	out := make([]Candidate, 0, len(key)/4)
	for ; len(key) > 0; key = key[4:] {
		n := binary.LittleEndian.Uint32(key)
		if n&isRegion != 0 {
			continue
		}
		out = append(out, t.candidate(s, n>>1, n&1 != 0))
	}
	return out
}

// candidate makes a candidate of a standing, by its number. The standings are locked.
func (t *standings) candidate(s *Schedule, n uint32, named bool) Candidate {
	x := &t.of[n]
	return Candidate{Entry: &s.entries[x.entry], State: x.state, Row: t.rows[n], Mask: 1, Origin: named}
}

// Reach is how the measures of one pack stand to goods on a leg, as known on one
// day: the law by which movements of these goods are told apart.
type Reach struct {
	s     *Schedule
	reach *reach
	plain bool // no measure asks for items, lanes or parties
}

// ReachOf finds the reach to the one code of a movement, whatever its instant, its
// origin and the countries it leaves and enters. It is not remembered.
func (s *Schedule) ReachOf(pack int, m *Movement) *Reach {
	v := view{viewKey: m.viewKey(pack, s.known(m.Known))}
	r := &Reach{s: s, reach: s.makeReach(&v, m), plain: true}
	for i := range r.reach.spans {
		e := &s.entries[r.reach.spans[i].entry]
		r.plain = r.plain && !e.hasItems() && len(e.Lanes) == 0 && !e.condition.lists
	}
	return r
}

// tells reports whether the measures and where goods go tell the law near a movement.
func (r *Reach) tells(m *Movement) bool {
	return r.plain && m.Entry == 0 && r.s.isNumbered(m.From) && place(m.To) >= 0 && r.s.isNumbered(m.Origin) && len(r.s.cuts) <= mostCuts
}
