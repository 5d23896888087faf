package schedule

import (
	"encoding/binary"
	"slices"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Goods is a goods code with all that the schedule says of it whatever the
// case. It is shared and must not be changed.
type Goods struct {
	Code    nomenclature.Code
	class   int32
	tariffs []tariff
	Implied []Implied // the facts that the code settles by itself, those of the longest code first
}

// digitsOf is the digits of a code as a number, behind a one that keeps the zeros at
// its beginning.
func digitsOf[C ~string | ~[]byte](code C) uint64 {
	n := uint64(1)
	for i := range len(code) {
		n = n*10 + uint64(code[i]-'0')
	}
	return n
}

// tariff is what one pack's table says of a code.
type tariff struct {
	pack    *rulepack.Pack
	heading string            // of the ordinary duty
	line    quantity.Period   // of the oldest line with exactly this code; empty: there is none
	others  []quantity.Period // of the others
	rates   []datedRate
}

type datedRate struct {
	period quantity.Period
	rate   Rate
}

// ReadGoods reads a goods code. The error is that of [nomenclature.ParseCode].
func (s *Schedule) ReadGoods(text string) (*Goods, error) {
	var digits [10]byte
	code, err := nomenclature.AppendCode(digits[:0], text)
	if err != nil {
		return nil, err
	}
	if g := s.memo.goods.find(digitsOf(code)); g != nil {
		return g, nil
	}
	return s.GoodsOf(nomenclature.Code(code)), nil
}

// GoodsOf returns the goods of a code; "" stands for goods without one.
func (s *Schedule) GoodsOf(c nomenclature.Code) *Goods {
	m := s.memo
	if g := m.goods.find(digitsOf(c)); g != nil {
		return g
	}
	var memory struct { // side by side: they are looked at together
		Goods
		tariffs [2]tariff
		rates   [2][2]datedRate
		implied [2]Implied
	}
	g := &memory.Goods
	g.Code, g.tariffs, g.Implied = c, memory.tariffs[:0], memory.implied[:0]
	for code := c; len(code) >= 2; code = code.Parent() {
		g.Implied = append(g.Implied, s.implied[code]...)
	}
	for _, p := range s.Set.Packs {
		if p.Base == nil || p.Table == nil {
			continue
		}
		t := tariff{pack: p, heading: c.String()}
		if n := len(g.tariffs); n < len(memory.rates) {
			t.rates = memory.rates[n][:0]
		}
		if n := p.Base.HeadingDigits; len(c) > n {
			t.heading = c[:n].String()
		}
		for p := range p.Table.Periods(c) {
			if t.line.IsEmpty() {
				t.line = p
			} else {
				t.others = append(t.others, p)
			}
		}
		cuts := append([]quantity.Instant{quantity.MinInstant}, p.Table.Cuts(c)...)
		if until := p.Base.HeldUntil; until < quantity.MaxInstant {
			cuts = append(cuts, until)
			slices.Sort(cuts)
			cuts = slices.Compact(cuts)
		}
		for i, from := range cuts {
			until := quantity.MaxInstant
			if i+1 < len(cuts) {
				until = cuts[i+1]
			}
			r := s.column(p, c, general, from)
			if n := len(t.rates); n > 0 && t.rates[n-1].rate == r {
				t.rates[n-1].period.Until = until
				continue
			}
			t.rates = append(t.rates, datedRate{quantity.Period{From: from, Until: until}, r})
		}
		g.tariffs = append(g.tariffs, t)
	}
	key := s.classKey(c)
	m.lock.Lock()
	defer m.lock.Unlock()
	class, ok := m.classes[string(key)]
	if !ok {
		class = int32(len(m.classes))
		m.classes[string(key)] = class
	}
	g.class = class
	if other := m.goods.find(digitsOf(c)); other != nil {
		return other
	}
	if m.goods.kept == mostGoods {
		m.goods.forget()
	}
	m.goods.put(digitsOf(c), g)
	return g
}

// classKey tells apart codes that rows of different lists name, or by other
// instruments or at other times, and those in which other items are usually
// classified.
func (s *Schedule) classKey(c nomenclature.Code) (key []byte) {
	add := func(n int32) { key = binary.LittleEndian.AppendUint32(key, uint32(n)) }
	for _, h := range s.AllGoodsRows(c, nil) {
		add(h.class)
	}
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
	return key
}

// UsualCode reports whether the goods code is among those in which an item is
// usually classified, or too short to tell.
func UsualCode(codes []nomenclature.Code, goods nomenclature.Code) bool {
	return slices.ContainsFunc(codes, func(c nomenclature.Code) bool { return goods.HasPrefix(c) || c.HasPrefix(goods) })
}

func (g *Goods) tariff(p *rulepack.Pack) *tariff {
	for i := range g.tariffs {
		if g.tariffs[i].pack == p {
			return &g.tariffs[i]
		}
	}
	return nil
}

// Heading is the heading under which the pack asks the ordinary duty, dotted; "" where
// it has no tariff.
func (g *Goods) Heading(p *rulepack.Pack) string {
	if t := g.tariff(p); t != nil {
		return t.heading
	}
	return ""
}

// IsLine reports whether the pack's table has a line with exactly this code at
// the instant.
func (g *Goods) IsLine(p *rulepack.Pack, at quantity.Instant) bool {
	t := g.tariff(p)
	return t != nil && (t.line.Contains(at) || slices.ContainsFunc(t.others, func(p quantity.Period) bool { return p.Contains(at) }))
}

// GeneralUntil returns the first instant after one at which the goods are at another
// rate of the column general of a pack, the end of time where there is none.
func (g *Goods) GeneralUntil(p *rulepack.Pack, at quantity.Instant) quantity.Instant {
	if t := g.tariff(p); t != nil {
		for i := range t.rates {
			if t.rates[i].period.Contains(at) {
				return t.rates[i].period.Until
			}
		}
	}
	return quantity.MaxInstant
}

// GeneralRate returns the rate of the column `general` at the instant, inherited
// from the nearest shorter code that has one.
func (g *Goods) GeneralRate(p *rulepack.Pack, at quantity.Instant) Rate {
	if t := g.tariff(p); t != nil {
		for i := range t.rates {
			if t.rates[i].period.Contains(at) {
				return t.rates[i].rate
			}
		}
	}
	return Rate{}
}
