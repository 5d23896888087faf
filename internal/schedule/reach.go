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

// reach is how measures stand to goods on a leg, as known on one day; goods of which
// classes they stand to in the same way share one. Hundreds of them are looked at in no
// order, so all of it is small and lies together: stretches of law time, and how measures
// stand, are numbers.
type reach struct {
	stands *legStands
	// spans are for each measure the stretches in which it stands the same and is
	// near, in the order of the measures.
	spans []span
	items int32 // those of the goods, where they count; -1: they do not
	// by are what decided besides, for those stretches of which it did.
	by   atomic.Pointer[[]decisive]
	lock sync.Mutex // of who adds to them
}

// span is stretches in which a measure stands the same to the goods.
type span struct {
	from, until uint16 // stretches between changes of any law, where there are no more than [mostCuts]
	stand       int32  // place among those of the leg
	standing    uint32 // number of [standings]
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

// reach returns the number, from 1 on, of the reach of measures of one pack to the goods
// of a movement.
func (s *Schedule) reach(in *remembered, v *view, m *Movement) uint32 {
	key := v.reachKey(m.read(s).class)
	if n := v.reaches.find(key); n != 0 {
		return n
	}
	var memory [512]span // more than most have
	r := s.makeReach(v.viewKey, m, memory[:0])
	hash := r.hash()
	v.Lock()
	defer v.Unlock()
	if n := v.reaches.find(key); n != 0 { // another was here before
		return n
	}
	n := uint32(0)
	for _, other := range v.alike[hash] {
		if o := v.reachAt(other); o.items == r.items && slices.Equal(o.spans, r.spans) {
			n = other
		}
	}
	if n == 0 {
		r.spans = slices.Clone(r.spans)
		n = uint32(v.made.add(r)) + 1
		v.alike[hash] = append(v.alike[hash], n)
		if in.keptReaches.Add(1) >= mostReaches {
			s.memo.forget(in)
		}
	}
	in.keptStretches.Add(int32(v.reaches.put(key, n) / 2)) // two slots are one stretch
	return n
}

// hash is the same for all that are alike.
func (r *reach) hash() uint64 {
	hash := uint64(r.items)
	for i := range r.spans {
		x := &r.spans[i]
		hash = mix(hash, uint64(x.from)|uint64(x.until)<<16|uint64(x.standing)<<32)
		hash = mix(hash, uint64(x.stand))
	}
	return hash
}

// mix takes one more number into a hash.
func mix(hash, x uint64) uint64 {
	hash = (hash ^ x) * 0x9E3779B97F4A7C15 // as in [slotOf]
	return hash ^ hash>>32
}

// nearKey appends to key what tells apart what is near movements: how measures
// stand to them, in words, and what their conditions read of the movement. It is the
// same for all movements of the track in the stretches, relations aside; by is what decides
// besides, nil where nothing does.
func (s *Schedule) nearKey(key []byte, v *view, m *Movement, t *track) (out, words []byte, in lasting, by *decisive) {
	add := func(n uint32) { key = binary.LittleEndian.AppendUint32(key, n) }
	key = append(key, byte(v.leg), byte(v.pack), byte(v.pack>>8), byte(v.bare))
	add(uint32(v.known))
	add(0) // how many words there are, see below
	first := len(key)
	in = lasting{until: math.MaxInt32}
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
		add(uint32(m.read(s).items))
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

// within narrows it to what lies in a period, whose ends are changes of law.
func (x lasting) within(s *Schedule, p quantity.Period) lasting {
	x.from = max(x.from, s.stretch(p.From))
	if p.Until < quantity.MaxInstant {
		x.until = min(x.until, s.stretch(p.Until))
	}
	return x
}

// movementsRead is what conditions and control items read of a movement beyond its
// origin.
type movementsRead struct {
	regions            []byte
	coarse, items, all bool
}

// appendWords appends the words of a track that is not plain.
func (s *Schedule) appendWords(key []byte, m *Movement, r *reach, in *lasting, more *movementsRead) []byte {
	to, at := place(m.To), s.stretch(m.At)
	sets := *s.memo.sets.of.Load()
	sights := r.stands.seenBy(s, m)
	for i := range r.spans {
		x := &r.spans[i]
		sight := sights[x.stand]
		if sight == 0 || !in.narrow(int32(x.from), int32(x.until), at) {
			continue
		}
		stand := &r.stands.all[x.stand]
		if stand.enter != everyCountry {
			more.all = true
			if !sets[stand.enter].at(to) {
				continue
			}
		}
		key = binary.LittleEndian.AppendUint32(key, x.word(sight))
		if !stand.told {
			continue
		}
		entry := &s.entries[stand.entry]
		if reads := entry.reads; reads != nil {
			more.regions = reads.append(more.regions, m)
			more.coarse = more.coarse || reads.coarse
		}
		more.items = more.items || entry.hasItems()
		if len(entry.controls) > 0 {
			more.regions = binary.LittleEndian.AppendUint32(more.regions, uint32(stretchOf(entry.controls, m.At)))
		}
		more.all = more.all || entry.hasItems() || !entry.reads.noMore(condition.SlotOrigin)
	}
	return key
}

// makeReach finds the reach to the one code of a movement; its spans are appended to
// buf, which is empty.
func (s *Schedule) makeReach(v viewKey, m *Movement, buf []span) *reach {
	on := s.stands(v, m)
	out := &reach{stands: on, items: -1}
	rows := s.AllGoodsRows(m.Goods[0], nil)
	listed := make([]bool, len(s.lists))
	for _, h := range rows {
		listed[h.List] = true
	}
	anyListed := func(lists []int32) bool {
		return slices.ContainsFunc(lists, func(list int32) bool { return listed[list] })
	}
	var named []Hit // of the rows, those by which an entry names goods or excepts them
	for first, stands := range on.byEntry() {
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
		held := len(buf)
		if buf = s.appendSpans(buf, first, stands, named, m); len(buf) > held && e.hasItems() {
			out.items = m.read(s).items
		}
	}
	out.spans = buf
	return out
}

// stands returns how each measure of one pack that looks at the leg of a movement stands
// to goods that its lists hold as time passes.
func (s *Schedule) stands(v viewKey, m *Movement) *legStands {
	t := &s.memo.stands
	t.Lock()
	defer t.Unlock()
	out, ok := t.of[v]
	if ok {
		return out
	}
	out = new(legStands)
	entries, _ := s.OnLeg(m.Leg, m.Territory)
	for _, i := range entries {
		if s.entries[i].PackIndex == int(v.pack) {
			out.all = append(out.all, s.standsOf(&s.entries[i], m)...)
		}
	}
	if t.of == nil || len(t.of) >= mostStands {
		t.of = map[viewKey]*legStands{}
	}
	t.of[v] = out
	return out
}

// legStands is how the measures of one pack that look at a leg stand to goods that their
// lists hold, in the order of the measures and of time.
type legStands struct {
	all []stand
	sync.Mutex
	seen map[[2]int16][]sight // by the places of the origin and of the country left
}

// byEntry yields how each measure stands, and the place of the first of these stands.
func (l *legStands) byEntry() iter.Seq2[int, []stand] {
	return func(yield func(int, []stand) bool) {
		for first, next := 0, 0; first < len(l.all); first = next {
			for next = first; next < len(l.all) && l.all[next].entry == l.all[first].entry; next++ {
			}
			if !yield(first, l.all[first:next]) {
				return
			}
		}
	}
}

// sight is how a stand is seen by movements of an origin that leave a country; 0: it is
// not near them.
type sight uint8

const (
	isNear  sight = 1 << iota
	isNamed       // the measure names the origin
	isRead        // its conditions read the origin, and no more of a movement
	isMore        // more decides than the origin and the law that stands
)

// mostSeen is how many pairs of origins and countries left are kept with [legStands].
// Once it is full it begins anew.
const mostSeen = 1 << 10

// seenBy returns how a movement sees each of the stands.
func (l *legStands) seenBy(s *Schedule, m *Movement) []sight {
	origin, left := place(m.Origin), place(m.From)
	key := [...]int16{int16(origin), int16(left)}
	l.Lock()
	defer l.Unlock()
	out := l.seen[key]
	if out != nil {
		return out
	}
	out = make([]sight, len(l.all))
	sets := *s.memo.sets.of.Load()
	for i := range l.all {
		x := &l.all[i]
		named := sets[x.origins].at(origin)
		if !named && !x.elsewhere || !sets[x.leave].at(left) {
			continue
		}
		out[i] = isNear
		if named {
			out[i] |= isNamed
		}
		entry := &s.entries[x.entry]
		switch {
		case x.enter != everyCountry, x.told && (entry.hasItems() || !entry.reads.noMore(condition.SlotOrigin)):
			out[i] |= isMore
		case x.told:
			out[i] |= isRead
		}
	}
	if l.seen == nil || len(l.seen) >= mostSeen {
		l.seen = map[[2]int16][]sight{}
	}
	l.seen[key] = out
	return out
}

// word is that of a key of what is near, see [word].
func (x *span) word(by sight) uint32 { return x.standing<<1 | uint32(b2i(by&isNamed != 0)) }

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
// the goods; stands are its own, from that of a place on, and rows those that ever hold
// them, those of the lists it excepts among them.
func (s *Schedule) appendSpans(out []span, place int, stands []stand, rows []Hit, m *Movement) []span {
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
			x := span{uint16(s.stretch(period.From)), math.MaxUint16, int32(place + i), stand.standing}
			if period.Until < quantity.MaxInstant {
				x.until = uint16(s.stretch(period.Until))
			}
			if named != nil && !m.Bare {
				x.standing = s.memo.standings.number(standing{stand.entry, named.class, stand.state}, named.Row)
			}
			if last := len(out) - 1; last >= first && out[last].until == x.from && out[last].standing == x.standing && out[last].stand == x.stand {
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
	r := &Reach{s: s, reach: s.makeReach(m.viewKey(pack, s.known(m.Known)), m, nil), plain: true}
	for i := range r.reach.spans {
		e := &s.entries[r.reach.stands.all[r.reach.spans[i].stand].entry]
		r.plain = r.plain && !e.hasItems() && len(e.Lanes) == 0 && e.condition.parties == 0
	}
	return r
}

// tells reports whether the measures and where goods go tell the law near a movement.
func (r *Reach) tells(m *Movement) bool {
	return r.plain && m.Entry == 0 && r.s.isNumbered(m.From) && place(m.To) >= 0 && r.s.isNumbered(m.Origin) && len(r.s.cuts) <= mostCuts
}
