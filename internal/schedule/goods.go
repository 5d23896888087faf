package schedule

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Goods is a goods code with all that the schedule says of it whatever the
// case. It is shared and must not be changed. Each line of a file is about other goods,
// of which no cache holds what is looked at: it is the 64 bytes that are waited for at
// once, and what one table says of them lies side by side.
type Goods struct {
	Code    nomenclature.Code
	class   int32
	items   int32      // numbers codes by the items that are usually classified in them
	implied *[]Implied // nil: nothing
	of      *Schedule
	tariffs [2]atomic.Pointer[tariff] // by table; nil is one that was not asked for
	others  *[]atomic.Pointer[tariff] // of the tables behind these; nil: there are none
}

// Implied returns the facts that the code settles by itself, those of the longest code
// first. The slice must not be changed.
func (g *Goods) Implied() []Implied {
	if g.implied == nil {
		return nil
	}
	return *g.implied
}

// on returns where it is kept what a table says of the goods.
func (g *Goods) on(table int) *atomic.Pointer[tariff] {
	if table < len(g.tariffs) {
		return &g.tariffs[table]
	}
	return &(*g.others)[table-len(g.tariffs)]
}

// tariff is what one pack's table says of a code.
type tariff struct {
	heading string            // of the ordinary duty
	line    quantity.Period   // of the first line with this code or within it; empty: there is none
	others  []quantity.Period // of the others
	rates   []datedRate       // from each instant on, the latest first; the last is from the beginning of time
}

// datedRate is the rate of the column `general` from an instant on.
type datedRate struct {
	from quantity.Instant
	rate *Rate // one for all goods at that rate
}

// MostAhead is how many goods are looked up together at most: so many that caches hold
// what is looked at.
const MostAhead = 256

// RecallGoods looks up goods, [MostAhead] at most, by their codes as [Schedule.ReadGoods]
// reads them: nil is one that was not met before, or no code. Memory that no cache holds
// is waited for, and where a look hangs on the one before each time anew; for many goods
// it is waited for together, step by step. What a determination looks at is then at hand.
func (s *Schedule) RecallGoods(goods []*Goods, text func(i int) string) {
	var keys [MostAhead]uint64
	for i := range goods {
		var digits [10]byte
		code, err := nomenclature.AppendCode(digits[:0], text(i))
		if keys[i] = 0; err == nil {
			keys[i] = nomenclature.Number(code)
		}
	}
	looked := s.memo.goods.look(keys[:len(goods)])
	for i := range goods {
		if goods[i] = nil; keys[i] != 0 {
			goods[i] = s.memo.goods.find(keys[i])
		}
	}
	for table := range s.tables {
		var tariffs [MostAhead]*tariff
		for i, g := range goods {
			if g != nil {
				tariffs[i] = g.on(table).Load()
			}
		}
		for _, t := range tariffs[:len(goods)] {
			if t != nil {
				looked += uint64(t.rates[0].from)
			}
		}
		for _, t := range tariffs[:len(goods)] {
			if t != nil && t.heading != "" {
				looked += uint64(t.heading[0])
			}
		}
	}
	runtime.KeepAlive(looked) // or else nothing would be looked at
}

// ReadGoods reads a goods code. The error is that of [nomenclature.ParseCode].
func (s *Schedule) ReadGoods(text string) (*Goods, error) {
	var digits [10]byte
	code, err := nomenclature.AppendCode(digits[:0], text)
	if err != nil {
		return nil, err
	}
	if g := s.memo.goods.find(nomenclature.Number(code)); g != nil {
		return g, nil
	}
	return s.GoodsOf(nomenclature.Code(code)), nil
}

// GoodsOf returns the goods of a code; "" stands for goods without one.
func (s *Schedule) GoodsOf(c nomenclature.Code) *Goods {
	m := s.memo
	if g := m.goods.find(nomenclature.Number(c)); g != nil {
		return g
	}
	g := &Goods{Code: c, implied: s.impliedBy(c), of: s}
	if n := len(s.tables) - len(g.tariffs); n > 0 {
		others := make([]atomic.Pointer[tariff], n)
		g.others = &others
	}
	var memoryOfKey [256]byte
	key, items := s.classKey(c, memoryOfKey[:0])
	m.lock.Lock()
	defer m.lock.Unlock()
	g.class, g.items = m.class(key), m.class(key[items:])
	if other := m.goods.find(nomenclature.Number(c)); other != nil {
		return other
	}
	if m.goods.kept == mostGoods {
		m.goods.forget()
	}
	m.goods.put(nomenclature.Number(c), g)
	return g
}

// class numbers what tells goods apart. The memo is locked.
func (m *nearMemo) class(key []byte) int32 {
	n, ok := m.classes[string(key)]
	if !ok {
		n = int32(len(m.classes))
		m.classes[string(key)] = n
	}
	return n
}

// impliedBy are the facts that a code settles, nil where it settles none. Most often one
// of the codes that it lies within does, and what that settles is one for all of them.
func (s *Schedule) impliedBy(c nomenclature.Code) (out *[]Implied) {
	for n := range nomenclature.Numbers(c) {
		switch by := s.implied[n]; {
		case by == nil:
		case out == nil:
			out = by
		default:
			both := slices.Concat(*out, *by)
			out = &both
		}
	}
	return out
}

// datedRates appends the rates of the column `general` of a pack for a code.
func (s *Schedule) datedRates(buf []datedRate, p *rulepack.Pack, c nomenclature.Code) []datedRate {
	path := p.Table.Path(c)
	cuts := append(path.Cuts(), quantity.MinInstant)
	if until := p.Base.HeldUntil; until < quantity.MaxInstant {
		cuts = append(cuts, until)
	}
	slices.Sort(cuts)
	for _, from := range slices.Compact(cuts) {
		if r, n := s.column(p, &path, general, from), len(buf); n == 0 || buf[n-1].rate != r {
			buf = append(buf, datedRate{from, r})
		}
	}
	slices.Reverse(buf)
	return buf
}

// classKey appends what tells apart codes that rows of different lists name, or by other
// instruments or at other times, and those in which other items are usually
// classified, which stand from items on.
func (s *Schedule) classKey(c nomenclature.Code, key []byte) (out []byte, items int) {
	var memory [32]Hit
	add := func(n int32) { key = binary.LittleEndian.AppendUint32(key, uint32(n)) }
	for _, h := range s.AllGoodsRows(c, memory[:0]) {
		add(h.class)
	}
	items = len(key)
	lists := s.usual[""]
	if len(c) >= 2 {
		lists = s.usual[c[:2]]
	}
	for _, n := range lists {
		add(noRow)
		add(n)
		for i := range s.items[n].Rows {
			if UsualCode(s.items[n].Rows[i].Codes, c) {
				add(int32(i))
			}
		}
	}
	return key, items
}

// UsualCode reports whether the goods code is among those in which an item is
// usually classified, or too short to tell.
func UsualCode(codes []nomenclature.Code, goods nomenclature.Code) bool {
	return slices.ContainsFunc(codes, func(c nomenclature.Code) bool { return goods.HasPrefix(c) || c.HasPrefix(goods) })
}

// tariff is what the table of a pack says of the goods, nil where it has none. It is
// found out when it is first asked for.
func (g *Goods) tariff(p *rulepack.Pack) *tariff {
	n := slices.Index(g.of.tables, p)
	if n < 0 {
		return nil
	}
	t := g.on(n).Load()
	if t == nil {
		t = g.of.tariff(p, g.Code)
		g.on(n).Store(t)
	}
	return t
}

// tariff finds out what the table of a pack says of a code.
func (s *Schedule) tariff(p *rulepack.Pack, c nomenclature.Code) *tariff {
	var memory struct {
		tariff
		rates [3]datedRate
	}
	t := &memory.tariff
	t.heading = c[:min(len(c), p.Base.HeadingDigits)].String()
	for period := range p.Table.Periods(c) {
		if t.line.IsEmpty() {
			t.line = period
		} else {
			t.others = append(t.others, period)
		}
	}
	t.rates = s.datedRates(memory.rates[:0], p, c)
	return t
}

// Heading is the heading under which the pack asks the ordinary duty, dotted; "" where
// it has no tariff.
func (g *Goods) Heading(p *rulepack.Pack) string {
	if t := g.tariff(p); t != nil {
		return t.heading
	}
	return ""
}

// IsLine reports whether the pack's table has a line with this code, or within it, at
// the instant.
func (g *Goods) IsLine(p *rulepack.Pack, at quantity.Instant) bool {
	t := g.tariff(p)
	return t != nil && (t.line.Contains(at) || slices.ContainsFunc(t.others, func(p quantity.Period) bool { return p.Contains(at) }))
}

// GeneralUntil returns the first instant after one at which the goods are at another
// rate of the column general of a pack, the end of time where there is none.
func (g *Goods) GeneralUntil(p *rulepack.Pack, at quantity.Instant) quantity.Instant {
	until := quantity.MaxInstant
	if t := g.tariff(p); t != nil {
		for i := 0; t.rates[i].from > at; i++ {
			until = t.rates[i].from
		}
	}
	return until
}

// GeneralRate returns the rate of the column `general` at the instant, inherited
// from the nearest shorter code that has one.
func (g *Goods) GeneralRate(p *rulepack.Pack, at quantity.Instant) Rate {
	if t := g.tariff(p); t != nil {
		for i := range t.rates {
			if d := &t.rates[i]; d.from <= at {
				return *d.rate
			}
		}
	}
	return Rate{}
}
