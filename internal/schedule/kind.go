package schedule

import (
	"encoding/binary"
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Imports is the law of one customs territory on goods that enter it in a period
// of law time. It tells goods and origins apart as far as that law does.
type Imports struct {
	s         *Schedule
	territory nomenclature.Country
	pack      *rulepack.Pack
	period    quantity.Period
	entries   []int32
	named     []bool // by goods list: an entry names it, or excepts it
	atoms     []condition.Atom
	items     bool // some measure is about control items
}

// Imports returns the law on goods that enter the territory in the period. It is
// not ok where no pack holds the tariff of the territory.
func (s *Schedule) Imports(territory nomenclature.Country, period quantity.Period) (*Imports, bool) {
	pack, ok := s.Pack(territory)
	if !ok || pack.Table == nil {
		return nil, false
	}
	m := &Imports{s: s, territory: territory, pack: pack, period: period}
	m.entries, _ = s.OnLeg(measure.Import, territory)
	for list := range s.lists {
		m.named = append(m.named, s.Names(measure.Import, territory, int32(list)))
	}
	for _, i := range m.entries {
		e := &s.entries[i]
		m.items = m.items || len(e.Items) > 0 || len(e.ControlledBy) > 0
		for _, a := range e.When.Atoms() {
			if slices.Contains(a.Slots, condition.SlotOrigin) || slices.Contains(a.Slots, condition.SlotFrom) {
				m.atoms = append(m.atoms, a)
			}
		}
	}
	return m, true
}

// Pack is the pack whose tariff the goods meet.
func (m *Imports) Pack() *rulepack.Pack { return m.pack }

// Names reports whether some measure of the law is about the goods list of that
// id, or excepts it.
func (m *Imports) Names(list string) bool {
	n, ok := m.s.listIndex[list]
	return ok && m.named[n]
}

// rows appends what the rows say that hold the code at some time of the period.
func (m *Imports) rows(key []byte, c nomenclature.Code) []byte {
	for _, h := range m.s.AllGoodsRows(c, nil) {
		if !m.named[h.List] || h.Row.Period.Intersect(m.period).IsEmpty() {
			continue
		}
		key = binary.AppendVarint(key, int64(h.List))
		key = m.appendPeriod(key, h.Row.Period)
		for _, in := range [...]*measure.Instrument{h.Row.By, h.Row.EndedBy} {
			if in != nil {
				key = append(key, in.ID...)
			}
			key = append(key, 0)
		}
	}
	return key
}

func (m *Imports) appendPeriod(key []byte, p quantity.Period) []byte {
	p = p.Intersect(m.period)
	return binary.AppendVarint(binary.AppendVarint(key, int64(p.From)), int64(p.Until))
}

// GoodsKey appends what codes have in common on which the same measures fall for
// the same reasons, whatever their ordinary rates: the rows of lists that hold
// them, those that tell apart what is below them, and the facts they settle.
func (m *Imports) GoodsKey(key []byte, c nomenclature.Code) []byte {
	key = append(m.rows(key, c), '|')
	for _, im := range m.s.GoodsOf(c).Implied() {
		key = binary.AppendVarint(key, int64(im.Slot))
		key = append(append(key, im.Value.String()...), 0)
		if im.Usual {
			key = append(key, '~')
		}
	}
	if m.items { // they may tell any two codes apart
		key = append(key, c...)
	}
	if len(c) >= 10 || !m.s.SplitBelow(c) {
		return key
	}
	var below []string
	add := func(code nomenclature.Code, lives []quantity.Period) {
		k := m.rows(nil, code)
		for _, p := range lives {
			k = m.appendPeriod(k, p)
		}
		below = append(below, string(k))
	}
	for _, code := range m.s.Below(c) {
		add(code, nil)
	}
	for code, lives := range m.pack.Table.Within(c) {
		add(code, lives)
	}
	slices.Sort(below)
	for _, k := range slices.Compact(below) {
		key = binary.AppendVarint(key, int64(len(k)))
		key = append(key, k...)
	}
	return key
}

// On reports whether a row of the goods list of that id holds the code at some
// time of the period.
func (m *Imports) On(list string, c nomenclature.Code) bool {
	return slices.ContainsFunc(m.s.AllGoodsRows(c, nil), func(h Hit) bool {
		return m.s.lists[h.List].ID == list && !h.Row.Period.Intersect(m.period).IsEmpty()
	})
}

// OriginKey appends what origins have in common that the law never tells apart
// in the period, if goods come from where they originate.
func (m *Imports) OriginKey(key []byte, origin nomenclature.Country) []byte {
	for _, i := range m.entries {
		e := &m.s.entries[i]
		for _, places := range [...]*Places{&e.Origin, &e.From} {
			key = m.appendMember(key, places, origin)
		}
	}
	facts := make(condition.Facts, m.s.Set.Env.Len())
	facts[condition.SlotOrigin] = condition.TextValue(string(origin))
	facts[condition.SlotFrom] = condition.TextValue(string(origin))
	for _, a := range m.atoms {
		truth := a.Eval(facts, noLists{})
		if truth == condition.Open { // it hangs on other facts besides
			return append(key, origin...)
		}
		key = append(key, byte(truth))
	}
	return key
}

// appendMember appends whether the country is in the places, and from when.
func (m *Imports) appendMember(key []byte, p *Places, c nomenclature.Country) []byte {
	if len(p.dated) == 0 || !p.Ever(c) {
		return append(key, b2i(p.Contains(c, m.period.From)))
	}
	cuts := slices.DeleteFunc(append(slices.Collect(p.Cuts()), m.period.From), func(at quantity.Instant) bool { return !m.period.Contains(at) })
	slices.Sort(cuts)
	was := byte(2)
	for _, at := range slices.Compact(cuts) {
		if is := b2i(p.Contains(c, at)); is != was {
			key = binary.AppendVarint(append(key, is), int64(at))
			was = is
		}
	}
	return append(key, 2)
}

func b2i(b bool) byte {
	if b {
		return 1
	}
	return 0
}
