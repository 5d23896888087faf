package determination

import (
	"encoding/binary"
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// history is what tells the duties of cases apart, whatever their instant: how the measures
// that touch them stand, and what these read of the facts.
type history struct {
	ok bool // that is all
	// codes are what the goods may be at some time: one where they are a line. reaches are
	// those of the measures on the leg to each, by pack, and histories those of the measures
	// that touch goods of the origin.
	codes     []nomenclature.Code
	goods     nomenclature.Code
	reaches   []*schedule.Reach
	classes   map[goodsClass]*schedule.Reach // those remembered
	variants  map[quantity.Instant][]int     // which of the codes the goods may be at an instant
	histories []schedule.History
	counts    []bool         // by entry, whether it touches the case
	reads     schedule.Slots // the facts that count
	facts     []byte         // which of them the case states
	// acts are, by entry, the acts on rows that may open a stretch of it.
	acts map[int32][]byte
}

// trace finds out what tells the duties of the case apart along a period.
func (w *Stretches) trace(period quantity.Period) {
	e, h := &w.d.e, &w.history
	h.ok = false
	if len(e.q.legs) != 1 || e.q.within != "" || e.q.hasValue || len(e.q.quantities) > 0 || !w.stated() {
		return
	}
	lg := &e.q.legs[0]
	if h.codes == nil || h.goods != e.q.goods {
		h.goods, h.codes, h.reaches, h.variants = e.q.goods, e.everCodes(h.codes[:0]), h.reaches[:0], map[quantity.Instant][]int{}
		for _, code := range h.codes {
			for _, pack := range lg.packs {
				h.reaches = append(h.reaches, w.reach(lg, pack, code))
			}
		}
	}
	h.counts = grow(h.counts, len(e.s.Entries()))
	clear(h.counts)
	for _, i := range w.touches {
		h.counts[i] = true
	}
	h.histories = grow(h.histories, len(h.reaches))
	for i, r := range h.reaches {
		e.w.codes = append(e.w.codes[:0], h.codes[i/len(lg.packs)])
		m := w.movement(lg, lg.packs[i%len(lg.packs)])
		if !r.History(&h.histories[i], &m, period, h.counts) {
			return
		}
	}
	h.ok = true
}

// goodsClass is goods that the measures of a pack on the leg do not tell apart.
type goodsClass struct {
	pack  int
	class int32
}

// mostReaches is how many reaches are remembered: goods that follow one another are
// often alike.
const mostReaches = 256

// reach is that of the measures of a pack to the goods of a code.
func (w *Stretches) reach(lg *leg, pack int, code nomenclature.Code) *schedule.Reach {
	e, h := &w.d.e, &w.history
	class := goodsClass{pack, e.s.GoodsOf(code).Class()}
	r := h.classes[class]
	if r == nil {
		if h.classes == nil || len(h.classes) == mostReaches {
			h.classes = map[goodsClass]*schedule.Reach{}
		}
		e.w.codes = append(e.w.codes[:0], code)
		m := w.movement(lg, pack)
		r = e.s.ReachOf(pack, &m)
		h.classes[class] = r
	}
	return r
}

// everCodes appends the codes that the goods of the case may be at some time, in order.
func (e *evaluation) everCodes(codes []nomenclature.Code) []nomenclature.Code {
	q := &e.q
	codes = append(codes, q.goods)
	if e.isLine() {
		return codes
	}
	codes = append(codes, e.s.Below(q.goods)...)
	if q.duty != nil && q.duty.Table != nil {
		for code := range q.duty.Table.Within(q.goods) {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// movement is that of the case, what only comes close left out.
func (w *Stretches) movement(lg *leg, pack int) schedule.Movement {
	m := w.d.e.movement(lg, pack)
	m.Bare = true
	return m
}

// stated notes the facts that the case states, of those that count. It reports false
// where some cannot be noted.
func (w *Stretches) stated() bool {
	q, h := &w.d.e.q, &w.history
	h.facts = h.facts[:0]
	for slot, v := range q.facts {
		if !q.stated.Has(slot) || !h.reads.Has(slot) || q.of.Set.Env.Fact(slot).Pack == "" {
			continue
		}
		h.facts = binary.LittleEndian.AppendUint32(h.facts, uint32(slot))
		switch {
		case v.IsUnknown():
			h.facts = append(h.facts, 0)
		case v.IsAbsent():
			h.facts = append(h.facts, 1)
		case v.IsHypothetical():
			return false
		default:
			text := v.String()
			h.facts = append(binary.AppendUvarint(append(h.facts, 2), uint64(len(text))), text...)
		}
	}
	return true
}

// AppendHistory appends to key what the duties of the case and the openings of their
// stretches hang on along a period, the ordinary rate aside: what Walk shows of cases with
// one key is the same, unless it goes by rate, as long as all duties are additive. Goods that
// are no line have no key of others. It is not ok where that is not told. The error is
// [Problems].
func (w *Stretches) AppendHistory(key []byte, s *schedule.Schedule, c *Case, period quantity.Period) (out []byte, ok bool, err error) {
	if err := w.read(s, c); err != nil {
		return key, false, err
	}
	h := &w.history
	if w.trace(period); !h.ok {
		return key, false, nil
	}
	if len(h.codes) > 1 { // which of them the goods are hangs on the instant
		key = append(key, h.goods...)
	}
	key = append(binary.AppendUvarint(append(key, 0), uint64(len(h.facts))), h.facts...)
	for i := range h.histories {
		key = h.histories[i].AppendKey(key)
	}
	if h.acts == nil {
		h.acts = w.actsOnRows(period)
	}
	for _, i := range w.touches {
		if acts := h.acts[i]; len(acts) > 0 {
			key = append(binary.LittleEndian.AppendUint32(key, uint32(i)), acts...)
		}
	}
	return key, true, nil
}

// actsOnRows notes which instruments open and end, in a period, the rows by which
// entries near the goods name them, in the order in which openedBy asks for them.
func (w *Stretches) actsOnRows(period quantity.Period) map[int32][]byte {
	out := map[int32][]byte{}
	for _, i := range w.near {
		entry := &w.d.e.s.Entries()[i]
		var acts []byte
		note := func(at quantity.Instant, by *measure.Instrument) {
			if by != nil && period.Contains(at) {
				acts = append(append(binary.AppendVarint(acts, int64(at)), by.ID...), 0)
			}
		}
		for _, h := range w.rows {
			if entry.Lists(h.List) {
				note(h.Row.Period.From, h.Row.By)
				note(h.Row.Period.Until, h.Row.EndedBy)
			}
		}
		if len(acts) > 0 {
			out[i] = append(acts, 0)
		}
	}
	return out
}

// keys are all that the duties hang on at the instant of entry: the ordinary rates aside,
// under which additive ones are kept, and with them. They are nil where that is not told.
func (w *Stretches) keys() (additive, byRate []byte) {
	e, h := &w.d.e, &w.history
	if !h.ok {
		return nil, nil
	}
	at := quantity.Instant(0)
	if e.q.duty != nil {
		at = e.q.at(measure.Import, e.q.duty)
	}
	variants := w.variantsAt(at)
	if len(variants) == 0 {
		return nil, nil
	}
	key := append(binary.AppendUvarint(w.key[:0], uint64(len(h.facts))), h.facts...)
	lg := &e.q.legs[0]
	key = append(key, byte(len(variants)))
	for _, n := range variants {
		for i, pack := range lg.packs {
			key = h.histories[n*len(lg.packs)+i].AppendLaw(key, e.q.at(lg.kind, e.s.Set.Packs[pack]))
		}
	}
	w.key, additive = key, key
	duty := e.q.duty
	if duty == nil || duty.Base == nil {
		return additive, nil
	}
	if claims := duty.Base.ClaimSlot; claims >= 0 && !e.q.facts[claims].IsAbsent() { // it may go by another column
		return additive, nil
	}
	for _, n := range variants {
		code := h.codes[n]
		if len(h.codes) == 1 {
			code = e.q.goods // like those of the history, but for the rate
		}
		for _, r := range [...]schedule.Rate{e.s.GeneralRate(duty, code, at), e.s.OtherRate(duty, code, at)} {
			held := byte(0)
			if r.Held {
				held = 1
			}
			key = append(append(key, r.Text...), 0, held)
		}
	}
	w.key = key
	return key[:len(additive)], key
}

// variantsAt are which of the codes of the history the goods may be at the instant of
// entry; none where that is not told.
func (w *Stretches) variantsAt(at quantity.Instant) []int {
	e, h := &w.d.e, &w.history
	if len(h.codes) == 1 {
		return oneVariant
	}
	out, ok := h.variants[at]
	if !ok {
		e.split()
		for i := range e.variants {
			n, ok := slices.BinarySearch(h.codes, e.variants[i].code)
			if !ok {
				out = nil
				break
			}
			out = append(out, n)
		}
		h.variants[at] = out
	}
	return out
}

var oneVariant = []int{0}
