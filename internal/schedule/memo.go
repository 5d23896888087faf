package schedule

import (
	"encoding/binary"
	"iter"
	"math"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// nearMemo remembers, within bounds, what is near movements that were asked
// about. It changes no answer. There are two steps to it. Goods of one class have
// one [reach] on a leg, from which it is read off how each measure stands to them
// at an instant. What stands so is shared, with how it hangs together, by all
// movements to which the same measures stand in the same way: they are few, and
// what is worked out for one holds for all.
type nearMemo struct {
	lock    sync.RWMutex
	goods   map[nomenclature.Code]*Goods
	classes map[string]int32 // of goods, by what tells them apart

	stands    standsMemo
	standings standings
	now       atomic.Pointer[remembered]
	found     atomic.Uint32 // how often it was found what is near
	plans     [32]planShard
}

func newMemo() *nearMemo {
	m := &nearMemo{goods: map[nomenclature.Code]*Goods{}, classes: map[string]int32{}}
	m.now.Store(new(remembered))
	return m
}

// remembered is reaches, and what was found near with them. Once it is full all of
// it is forgotten together, since the ones keep the others.
type remembered struct {
	reaches [32]reachShard
	nears   [32]nearShard
	// how many there are of each
	keptReaches, keptNears atomic.Int32
}

// The most that is remembered: of how measures stand, of reaches, and of what is
// near.
const (
	mostStands  = 1 << 6
	mostReaches = 1 << 12
	mostNear    = 1 << 14
)

type standsMemo struct {
	sync.Mutex
	of map[reachKey][][]stand // of goods of any class
}

type reachShard struct {
	sync.RWMutex
	of map[reachKey]*reach
}

type nearShard struct {
	sync.RWMutex
	of map[string]*Nearby // by how the measures stand
}

// reachKey is goods on a leg as far as the law tells them apart, whatever the
// instant and the countries.
type reachKey struct {
	goods, known int32
	pack         int16
	territory    [2]byte
	leg, bare    uint16 // without a gap, so that it is hashed as it lies in memory
}

func (m *Movement) reachKey(pack int, known int32) reachKey {
	k := reachKey{known: known, pack: int16(pack), leg: uint16(m.Leg[0]), bare: uint16(b2i(m.Bare))}
	if m.Leg != measure.Reexport {
		k.territory = letters(m.Territory)
	}
	return k
}

// reach is how measures stand to goods of one class on a leg, as known on one day.
type reach struct {
	// spans are for each measure the stretches of law time in which it stands the
	// same and is near, in the order of the measures.
	spans []span
	cuts  []quantity.Instant // at which one of them begins or ends, in order
	// stretches are those before, between and after the cuts, and between changes
	// of relations; nil where nobody asked.
	stretches []atomic.Pointer[stretch]
}

// stretch is a stretch of law time in which nothing changes for a reach.
type stretch struct {
	running []int32 // the places of the spans that run
	// byFrom tells that the country left decides what is near besides the origin,
	// byAll that all of the movement does.
	byFrom, byAll bool
	near          atomic.Pointer[[]nearFor]
}

// nearFor is what is near movements that agree in what decides it.
type nearFor struct {
	by   decisive
	near *Nearby
}

// decisive is what of a movement decides what is near it within a stretch: the
// origin, and of the rest what counts there, zero what does not.
type decisive struct {
	origin, from, to      int16
	at, entered, exported int32 // stretches between changes of any law
}

// mostFor is of how many kinds of movement a stretch keeps what is near.
const mostFor = 64

// at returns the stretch in which the instant lies.
func (r *reach) at(at quantity.Instant) *stretch {
	n := stretchOf(r.cuts, at)
	if known := r.stretches[n].Load(); known != nil {
		return known
	}
	x := new(stretch)
	var memory [128]int32
	running := memory[:0]
	for i := range r.spans {
		of := &r.spans[i]
		if !of.period.Contains(at) {
			continue
		}
		running = append(running, int32(i))
		x.byFrom = x.byFrom || of.from != nil
		x.byAll = x.byAll || of.to != nil || of.entry.hasItems() || !of.entry.reads.noMore(condition.SlotOrigin)
	}
	x.running = slices.Clone(running)
	r.stretches[n].Store(x)
	return x
}

// by returns what decides what is near a movement.
func (x *stretch) by(s *Schedule, m *Movement) decisive {
	d := decisive{origin: int16(place(m.Origin))}
	if x.byFrom || x.byAll {
		d.from = int16(place(m.From))
	}
	if x.byAll {
		d.to, d.at = int16(place(m.To)), s.stretch(m.At)
		d.entered, d.exported = d.at, d.at // as often as not it is one instant
		if m.Entered != m.At {
			d.entered = s.stretch(m.Entered)
		}
		if m.Exported != m.At {
			d.exported = s.stretch(m.Exported)
		}
	}
	return d
}

// known returns what was found near, nil where nothing was.
func (x *stretch) known(by decisive) *Nearby {
	if kept := x.near.Load(); kept != nil {
		for i := range *kept {
			if (*kept)[i].by == by {
				return (*kept)[i].near
			}
		}
	}
	return nil
}

// keep keeps what was found near. A stretch that keeps too much begins anew.
func (x *stretch) keep(by decisive, near *Nearby) {
	was := x.near.Load()
	var kept []nearFor
	if was != nil && len(*was) < mostFor {
		kept = *was
	}
	kept = append(kept[:len(kept):len(kept)], nearFor{by, near})
	x.near.CompareAndSwap(was, &kept) // another may have been faster
}

// span is a stretch in which a measure stands the same to the goods.
type span struct {
	period    quantity.Period
	entry     *Entry
	origins   *countries // which the measure is about; nil: all
	from, to  *countries // which the goods leave and go to; nil: any
	standing  uint32     // its number
	elsewhere bool       // it comes near goods of other origins too
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

func (m *Movement) class(s *Schedule) int32 {
	if m.Read != nil && m.Read.Code == m.Goods[0] {
		return m.Read.class
	}
	return s.GoodsOf(m.Goods[0]).class
}

// known numbers the days by the stretch between two days on which something was
// announced.
func (s *Schedule) known(day quantity.Date) int32 {
	return int32(sort.Search(len(s.days), func(i int) bool { return s.days[i] > day }))
}

// Near returns the measures of one pack near the movement, in the order of its
// files. They are shared and must not be changed.
func (s *Schedule) Near(pack int, m *Movement) *Nearby {
	if s.scanning {
		whole := *m
		whole.Bare = false
		return s.findNear(pack, &whole)
	}
	if len(m.Goods) != 1 || m.Entry != 0 || m.At >= quantity.MaxInstant || place(m.From) < 0 || place(m.To) < 0 || place(m.Origin) < 0 {
		return s.findNear(pack, m)
	}
	r, known := s.memo.now.Load(), s.known(m.Known)
	reach := s.reach(r, pack, known, m)
	x := reach.at(m.At)
	by := x.by(s, m)
	if near := x.known(by); near != nil {
		return near
	}
	near := s.nearIn(r, pack, known, m, reach.spans, x.running)
	x.keep(by, near)
	return near
}

// nearIn finds what of the spans that run is near a movement, which others may
// share.
func (s *Schedule) nearIn(r *remembered, pack int, known int32, m *Movement, spans []span, running []int32) *Nearby {
	var memory [512]byte
	key, standings := s.nearKey(memory[:0], pack, known, m, spans, running)
	hash := uint32(0)
	for _, b := range standings {
		hash = hash*31 + uint32(b)
	}
	shard := &r.nears[hash%uint32(len(r.nears))]
	shard.RLock()
	near := shard.of[string(key)]
	shard.RUnlock()
	if near != nil {
		return near
	}
	near = s.nearby(m, func(*Entry) *Movement { return m }, s.memo.standings.candidates(s, standings))
	near.id = s.memo.found.Add(1)
	shard.Lock()
	defer shard.Unlock()
	if other := shard.of[string(key)]; other != nil {
		return other
	}
	if shard.of == nil {
		shard.of = map[string]*Nearby{}
	}
	shard.of[string(key)] = near
	if r.keptNears.Add(1) >= mostNear {
		s.memo.now.CompareAndSwap(r, new(remembered))
	}
	return near
}

// nearKey appends to key what tells apart what is near movements: how measures
// stand to them, in standings, and what their conditions read of the movement.
func (s *Schedule) nearKey(key []byte, pack int, known int32, m *Movement, spans []span, running []int32) (out, standings []byte) {
	add := func(n uint32) { key = binary.LittleEndian.AppendUint32(key, n) }
	key = append(key, m.Leg[0], byte(pack), byte(pack>>8), b2i(m.Bare))
	add(uint32(known))
	add(uint32(stretchOf(s.relations, m.At)))
	add(0) // how many stand there, see below
	first := len(key)
	origin, from, to := place(m.Origin), place(m.From), place(m.To)
	var told [64]byte
	read := told[:0] // of the movement by conditions
	coarse, items := false, false
	for _, i := range running {
		x := &spans[i]
		standing := x.standing << 1
		if x.origins == nil || x.origins.at(origin) {
			standing |= 1
		} else if !x.elsewhere {
			continue
		}
		if x.from != nil && !x.from.at(from) || x.to != nil && !x.to.at(to) {
			continue
		}
		add(standing)
		if reads := x.entry.reads; reads != nil {
			read = reads.append(read, m)
			coarse = coarse || reads.coarse
		}
		items = items || x.entry.hasItems()
	}
	last := len(key)
	binary.LittleEndian.PutUint32(key[first-4:], uint32(last-first))
	if items { // in which they are usually classified
		add(uint32(m.class(s)))
		add(uint32(s.stretch(m.At)))
	}
	key = append(key, read...)
	if coarse {
		for _, c := range [...]nomenclature.Country{m.From, m.To, m.Origin} {
			l := letters(c)
			key = append(key, l[:]...)
		}
		for _, at := range [...]quantity.Instant{m.At, m.Entered, m.Exported} {
			add(uint32(s.stretch(at)))
		}
	}
	return key, key[first:last]
}

// hasItems reports whether the entry is about control items.
func (e *Entry) hasItems() bool { return len(e.Items) > 0 || len(e.ControlledBy) > 0 }

// Reach is how the measures of one pack stand to goods on a leg, as known on one
// day: the law by which movements of these goods are told apart.
type Reach struct {
	s     *Schedule
	pack  int
	known int32
	reach *reach
	plain bool // no measure asks for items, lanes or parties
}

// ReachOf finds the reach to the one code of a movement, whatever its instant, its
// origin and the countries it leaves and enters. It is not remembered.
func (s *Schedule) ReachOf(pack int, m *Movement) *Reach {
	known := s.known(m.Known)
	r := &Reach{s: s, pack: pack, known: known, reach: s.makeReach(pack, known, m), plain: true}
	for i := range r.reach.spans {
		e := r.reach.spans[i].entry
		r.plain = r.plain && !e.hasItems() && len(e.Lanes) == 0 && !e.condition.lists
	}
	return r
}

// AppendLaw appends to key what tells apart the law near movements of the goods:
// of two with one key, whatever their goods, the same measures are near in the same
// state, and stand to one another in the same way. It is not ok where that cannot
// be told so.
func (r *Reach) AppendLaw(key []byte, m *Movement) (out []byte, ok bool) {
	if !r.plain || m.Entry != 0 || m.At >= quantity.MaxInstant || place(m.From) < 0 || place(m.To) < 0 || place(m.Origin) < 0 {
		return key, false
	}
	key, _ = r.s.nearKey(key, r.pack, r.known, m, r.reach.spans, r.reach.at(m.At).running)
	return key, true
}

// candidates makes candidates of standings.
func (t *standings) candidates(s *Schedule, key []byte) []Candidate {
	t.RLock()
	defer t.RUnlock()
	out := make([]Candidate, 0, len(key)/4)
	for ; len(key) > 0; key = key[4:] {
		n := binary.LittleEndian.Uint32(key)
		x := &t.of[n>>1]
		out = append(out, Candidate{Entry: &s.entries[x.entry], State: x.state, Row: t.rows[n>>1], Mask: 1, Origin: n&1 != 0})
	}
	return out
}

// reach returns the reach of measures of one pack to the goods of a movement.
func (s *Schedule) reach(in *remembered, pack int, known int32, m *Movement) *reach {
	k := m.reachKey(pack, known)
	k.goods = m.class(s)
	shard := &in.reaches[uint32(k.goods*31+known)%uint32(len(in.reaches))]
	shard.RLock()
	r := shard.of[k]
	shard.RUnlock()
	if r != nil {
		return r
	}
	r = s.makeReach(pack, known, m)
	shard.Lock()
	defer shard.Unlock()
	if shard.of == nil {
		shard.of = map[reachKey]*reach{}
	}
	shard.of[k] = r
	if in.keptReaches.Add(1) >= mostReaches {
		s.memo.now.CompareAndSwap(in, new(remembered))
	}
	return r
}

func (s *Schedule) makeReach(pack int, known int32, m *Movement) *reach {
	out := new(reach)
	rows := s.AllGoodsRows(m.Goods[0], nil)
	listed := make([]bool, len(s.lists))
	for _, h := range rows {
		listed[h.List] = true
	}
	anyListed := func(lists []int32) bool {
		return slices.ContainsFunc(lists, func(list int32) bool { return listed[list] })
	}
	var named []Hit // of the rows, those by which an entry names goods or excepts them
	for _, stands := range s.stands(pack, known, m) {
		e := stands[0].entry
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
		out.spans = s.appendSpans(out.spans, stands, named, m)
	}
	out.spans = slices.Clone(out.spans) // without room for more: there are thousands of reaches
	out.cuts = slices.Clone(s.relations)
	for i := range out.spans {
		out.cuts = append(out.cuts, out.spans[i].period.From, out.spans[i].period.Until)
	}
	slices.Sort(out.cuts)
	out.cuts = slices.Clone(slices.Compact(out.cuts))
	out.stretches = make([]atomic.Pointer[stretch], len(out.cuts)+1)
	return out
}

// stands returns, for each measure of one pack that looks at the leg of a movement,
// how it stands to goods that its lists hold as time passes.
func (s *Schedule) stands(pack int, known int32, m *Movement) [][]stand {
	k := m.reachKey(pack, known)
	t := &s.memo.stands
	t.Lock()
	defer t.Unlock()
	out, ok := t.of[k]
	if ok {
		return out
	}
	entries, _ := s.OnLeg(m.Leg, m.Territory)
	for _, i := range entries {
		if s.entries[i].PackIndex != pack {
			continue
		}
		if x := s.standsOf(&s.entries[i], m); len(x) > 0 {
			out = append(out, x)
		}
	}
	if t.of == nil || len(t.of) >= mostStands {
		t.of = map[reachKey][][]stand{}
	}
	t.of[k] = out
	return out
}

// stand is a stretch in which an entry stands the same, goods aside.
type stand struct {
	span
	state measure.State
}

// standsOf finds how an entry stands as time passes, where it comes near.
func (s *Schedule) standsOf(e *Entry, m *Movement) (out []stand) {
	cuts := slices.Clone(e.acts)
	for _, p := range [...]*Places{&e.Territory, &e.Origin, &e.From, &e.To} {
		cuts = append(cuts, p.cuts...)
	}
	slices.Sort(cuts)
	for period := range stretches(slices.Compact(cuts)) {
		x, ok := e.standAt(period.From, m)
		switch last := len(out) - 1; {
		case !ok:
		case last >= 0 && out[last].state == x.state && out[last].joins(&x.span, period.From):
			out[last].period.Until = period.Until
		default:
			x.period = period
			x.standing = s.memo.standings.number(standing{int32(e.Index), noRow, x.state}, nil)
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
// instant, is this one going on, how it stands to the goods aside.
func (x *span) joins(y *span, at quantity.Instant) bool {
	return x.period.Until == at && x.elsewhere == y.elsewhere && x.origins == y.origins && x.from == y.from && x.to == y.to
}

// standAt is how an entry stands to goods that its lists hold at an instant. It is
// not ok where it does not come near.
func (e *Entry) standAt(at quantity.Instant, m *Movement) (stand, bool) {
	x := stand{span: span{entry: e, origins: e.Origin.on(at), from: e.From.on(at), to: e.To.on(at)}, state: measure.State{Kind: measure.InForce}}
	switch territory := e.Territory.on(at); {
	case territory == nil:
	case m.Leg == measure.Reexport: // it is the country that they leave
		x.from = territory.and(x.from)
	case !territory.has(m.Territory):
		return stand{}, false
	}
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

// appendSpans appends the stretches of an entry in which rows of its lists hold
// the goods; rows are those that ever do, those of the lists it excepts among them.
func (s *Schedule) appendSpans(out []span, stands []stand, rows []Hit, m *Movement) []span {
	e := stands[0].entry
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
			x := stands[i].span
			if x.period = x.period.Intersect(held); x.period.IsEmpty() {
				continue
			}
			if named != nil && !m.Bare {
				x.standing = s.memo.standings.number(standing{int32(e.Index), named.class, stands[i].state}, named.Row)
			}
			if last := len(out) - 1; last >= first && out[last].standing == x.standing && out[last].joins(&x, x.period.From) {
				out[last].period.Until = x.period.Until
				continue
			}
			out = append(out, x)
		}
	}
	return out
}

// indexStates finds the instants at which each entry may be in another state, and
// the entries of which a condition reads the movement itself.
func (s *Schedule) indexStates() {
	for i := range s.entries {
		e := &s.entries[i]
		for j := range e.Acts {
			e.acts = append(e.acts, e.Acts[j].Period.From, e.Acts[j].Period.Until)
		}
		slices.Sort(e.acts)
		e.acts = slices.Compact(e.acts)
		e.reads = e.readsOfMovement(s)
	}
	for _, p := range s.Set.Packs {
		for i := range p.Relations {
			s.relations = append(s.relations, p.Relations[i].Period.From, p.Relations[i].Period.Until)
		}
	}
	slices.Sort(s.relations)
	s.relations = slices.Compact(s.relations)
}

// conditionCuts shows the stretches of the dates of a movement that a condition
// tells apart.
func (s *Schedule) conditionCuts(x *condition.Expr, period func(quantity.Period)) {
	for _, a := range x.Atoms() {
		for _, slot := range a.Slots {
			if slot != condition.SlotEntered && slot != condition.SlotExported {
				continue
			}
			for _, cell := range condition.Cells(s.Set.Env.Fact(slot), []condition.Atom{a}, 0, 0) {
				period(cell.Period)
			}
		}
	}
}

// movementSlots are the facts that are the movement itself.
var movementSlots = [...]int{condition.SlotOrigin, condition.SlotFrom, condition.SlotTo, condition.SlotEntered, condition.SlotExported}

// movementReads is what the conditions of an entry read of the movement itself.
type movementReads struct {
	of []cellsRead // by its own condition
	// coarse tells that those of its items or its lanes read the movement, or that
	// its own compares two facts or asks a list: of such no more is told.
	coarse bool
}

// cellsRead is the regions that a condition tells apart in a fact of the movement.
type cellsRead struct {
	slot  int
	cells []condition.Cell
}

// noMore reports whether nothing of the movement is read but the fact.
func (r *movementReads) noMore(slot int) bool {
	return r == nil || !r.coarse && !slices.ContainsFunc(r.of, func(x cellsRead) bool { return x.slot != slot })
}

// append appends in which regions the movement lies.
func (r *movementReads) append(key []byte, m *Movement) []byte {
	for i := range r.of {
		x := &r.of[i]
		v := m.fact(x.slot)
		key = append(key, byte(slices.IndexFunc(x.cells, func(c condition.Cell) bool { return c.Contains(v, nil) })))
	}
	return key
}

// fact is the movement as conditions read it.
func (m *Movement) fact(slot int) condition.Value {
	switch slot {
	case condition.SlotOrigin:
		return condition.TextValue(string(m.Origin))
	case condition.SlotFrom:
		return condition.TextValue(string(m.From))
	case condition.SlotTo:
		return condition.TextValue(string(m.To))
	case condition.SlotEntered:
		return condition.InstantValue(m.Entered)
	}
	return condition.InstantValue(m.Exported)
}

// readsOfMovement finds what conditions of the entry, of its items and of its
// lanes read of the movement itself; nil where they read nothing.
func (e *Entry) readsOfMovement(s *Schedule) *movementReads {
	var out movementReads
	for _, slot := range movementSlots {
		var atoms []condition.Atom
		for _, a := range e.When.Atoms() {
			if slices.Contains(a.Slots, slot) {
				atoms = append(atoms, a)
				_, listed := a.List()
				out.coarse = out.coarse || len(a.Slots) > 1 || listed
			}
		}
		if len(atoms) > 0 {
			cells := condition.Cells(s.Set.Env.Fact(slot), atoms, 0, 0)
			out.of = append(out.of, cellsRead{slot, cells})
			out.coarse = out.coarse || len(cells) == 0 || len(cells) > 255
		}
	}
	out.coarse = out.coarse || e.restsOnMovement(s)
	if len(out.of) == 0 && !out.coarse {
		return nil
	}
	return &out
}

// restsOnMovement reports whether a condition of the items or the lanes of the
// entry reads the movement itself.
func (e *Entry) restsOnMovement(s *Schedule) bool {
	reads := func(x *condition.Expr) bool {
		return slices.ContainsFunc(x.Slots(), func(slot int) bool { return slices.Contains(movementSlots[:], slot) })
	}
	items := func(lists []int32) bool {
		return slices.ContainsFunc(lists, func(list int32) bool {
			return slices.ContainsFunc(s.items[list].Rows, func(r rulepack.ItemRow) bool { return reads(r.When) })
		})
	}
	if items(e.Items) || slices.ContainsFunc(e.ControlledBy, func(j int32) bool { return items(s.entries[j].Items) }) {
		return true
	}
	return slices.ContainsFunc(e.Lanes, func(l *rulepack.Lane) bool {
		for x := range l.Conditions() {
			if reads(x) {
				return true
			}
		}
		return false
	})
}
