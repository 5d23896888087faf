package determination

import (
	"maps"
	"slices"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// Duties are the import duties of a case at one instant of entry, in points: per
// cent of the value. A most that is not known is unbounded: of a rate by quantity
// where none is given, of a rate that is not known.
type Duties struct {
	Total     quantity.Range   // of all duties
	Beyond    quantity.Range   // of those beside the ordinary one
	Programme []quantity.Range // by number of the programme, the ordinary duty first
	Lines     []DutyLine       // what applies, or may, the ordinary duty first
	Open      []string         // names of the open facts that the answer hangs on, "goods" for the statistical line
	// Additive tells that goods that differ in nothing but their ordinary rate have
	// the same lines, and their own ordinary duty with Beyond as the total.
	Additive bool
	// Kept tells that these duties stay as they are, and are shared by all cases that
	// come to them; others are good until the next are asked for.
	Kept bool

	yielded []yielded
}

// yielded is a measure that others keep from applying, or take a part of the value
// from, in some world.
type yielded struct {
	entry *schedule.Entry
	to    [2]*schedule.Entry // nil where there is none
}

// DutyLine is a duty that applies, or may apply.
type DutyLine struct {
	Entry      *schedule.Entry
	Ordinary   schedule.Rate  // of the ordinary duty
	Rate       *quantity.Rate // nil: not known
	Share      quantity.Range // of the value on which it stands
	Open       bool           // it does not apply for certain
	Unverified bool           // because the law is not known
}

// Opening is what made a stretch begin: an act of an instrument on a measure. The
// instrument is nil where the packs name none, as of a group of countries.
type Opening struct {
	Measure    *schedule.Entry
	Instrument *measure.Instrument
}

// Stretches finds the stretches of law time in which the duties of a case stay
// the same. It is memory that is used again and not safe for concurrent use.
type Stretches struct {
	d      Determination
	duties Duties  // memory
	now    *Duties // those asked for last
	before []DutyLine
	opened []Opening

	c       Case           // of which goods and facts are those of rows and near
	rows    []schedule.Hit // that ever hold the goods
	near    []int32        // entries that may touch goods of any origin
	touches []int32        // the same of this origin
	cuts    []quantity.Instant
	ever    map[nomenclature.Country][]bool // by entry, whether it is ever about goods of the origin
	history history

	// kept are the duties by all that they hang on: where they are additive, of goods with
	// whatever ordinary rate.
	kept map[string]*Duties
	key  []byte
}

// mostKept is how many duties are kept.
const mostKept = 1 << 14

// NewStretches returns memory for cases of the schedule. programmes numbers the
// programme of each entry by its index.
func NewStretches(programmes []int32, count int) *Stretches {
	w := &Stretches{duties: Duties{Programme: make([]quantity.Range, count)}}
	w.d.e.tally = &tally{of: programmes, now: make([]bound, count), all: make([]bound, count)}
	return w
}

// Walk shows visit, in order, the duties of the case from the first instant of
// the period on and from each later one at which they may change, with what made
// them. Changes of the ordinary rate alone are passed over unless byRate asks for
// them. The days of the case must lie where its goods are in the schedule; the
// period need not. What visit is given is good until it returns. The error is
// [Problems].
func (w *Stretches) Walk(s *schedule.Schedule, c *Case, period quantity.Period, byRate bool, visit func(from quantity.Instant, d *Duties, opened []Opening)) error {
	if err := w.read(s, c); err != nil {
		return err
	}
	e := &w.d.e
	w.trace(period)
	cuts := cutSet{begin: period.From, end: period.Until, at: w.cuts[:0]}
	e.lawCuts(w.touches, w.rows, &cuts)
	if byRate {
		e.rateCuts(&cuts)
	}
	w.cuts = cuts.sorted()
	w.before, w.opened = w.before[:0], w.opened[:0]
	for i := -1; i < len(w.cuts); i++ {
		at := period.From
		if i >= 0 {
			at = w.cuts[i]
		}
		w.answer(at)
		if i >= 0 {
			w.opened = w.opened[:0]
			w.open(at)
		}
		visit(at, w.now, w.opened)
		w.before = append(w.before[:0], w.now.Lines...)
	}
	return nil
}

// At returns the duties of the case for goods that enter at the instant; the days
// of the case are passed over. They are good until the next call. The error is
// [Problems].
func (w *Stretches) At(s *schedule.Schedule, c *Case, at quantity.Instant) (*Duties, error) {
	if err := w.read(s, c); err != nil {
		return nil, err
	}
	w.history.ok = false // it is not worth finding out for one instant
	w.answer(at)
	return w.now, nil
}

// AtLike returns what At does for goods to which the law does along the period what it
// does to those of the case asked about last, their ordinary rates aside: of the same
// origin, with the same facts.
func (w *Stretches) AtLike(s *schedule.Schedule, c *Case, at quantity.Instant) (*Duties, error) {
	if err := w.understand(s, c); err != nil {
		return nil, err
	}
	w.answer(at)
	return w.now, nil
}

// read understands the case and finds the measures that may touch it at some
// time.
func (w *Stretches) read(s *schedule.Schedule, c *Case) error {
	e := &w.d.e
	if err := w.understand(s, c); err != nil {
		return err
	}
	if e.s != s {
		w.ever = map[nomenclature.Country][]bool{}
	}
	if e.s != s || w.c.To != c.To || w.c.Closed != c.Closed || w.c.Known != c.Known {
		w.kept, w.history.codes, w.history.classes = map[string]*Duties{}, nil, nil
	}
	if e.s != s || w.near == nil || w.c.Goods != c.Goods || w.c.Closed != c.Closed || w.c.Known != c.Known || !maps.Equal(w.c.Facts, c.Facts) {
		e.begin(s)
		e.split()
		w.c, w.rows = *c, e.everRows()
		w.near, w.history.acts = append(w.near[:0], e.touching(w.rows)...), nil
		w.history.reads = s.ReadBy(w.near)
	}
	ever := w.ever[e.q.origin]
	if ever == nil {
		for i := range s.Entries() {
			ever = append(ever, s.Entries()[i].Origin.Ever(e.q.origin))
		}
		w.ever[e.q.origin] = ever
	}
	w.touches = w.touches[:0]
	for _, i := range w.near {
		if ever[i] {
			w.touches = append(w.touches, i)
		}
	}
	e.only = w.touches
	return nil
}

// understand reads the case: goods leave as they enter.
func (w *Stretches) understand(s *schedule.Schedule, c *Case) error {
	e := &w.d.e
	w.d.c = *c
	if problems := e.q.read(s, &w.d.c); len(problems) > 0 {
		return problems
	}
	entered, _ := e.q.facts[condition.SlotEntered].Instant()
	e.q.state(condition.SlotExported, condition.InstantValue(entered))
	return nil
}

// touching are the entries that may touch goods of the case at some time,
// whatever their origin.
func (e *evaluation) touching(rows []schedule.Hit) []int32 {
	var out []int32
	for _, lg := range e.q.legs {
		for _, i := range lg.entries {
			entry := &e.s.Entries()[i]
			switch {
			case entry.Kind == measure.Fee, entry.NamesGoods() && !entry.EverOnGoods(rows):
			case entry.When == nil || readsMovement(entry.When) || entry.Condition(e.q.facts, e.q.stated, e.q.closed, someLists{}) != condition.False:
				out = append(out, i)
			}
		}
	}
	return out
}

// answer finds the duties at an instant of entry.
func (w *Stretches) answer(at quantity.Instant) {
	e := &w.d.e
	e.q.shift(at)
	additive, byRate := w.keys()
	for _, key := range [...][]byte{additive, byRate} {
		if d := w.kept[string(key)]; d != nil {
			w.now = d
			return
		}
	}
	e.run(e.s)
	w.take(&w.duties)
	w.now = &w.duties
	key := byRate
	if w.duties.Additive {
		key = additive
	}
	if key == nil {
		return
	}
	if len(w.kept) >= mostKept {
		clear(w.kept)
	}
	d := w.duties
	d.Kept, d.Programme, d.Lines, d.Open, d.yielded = true, slices.Clone(d.Programme), slices.Clone(d.Lines), slices.Clone(d.Open), slices.Clone(d.yielded)
	w.now, w.kept[string(key)] = &d, &d
}

// take reads the duties off the evaluation.
func (w *Stretches) take(out *Duties) {
	e := &w.d.e
	r := &e.results
	out.Total, out.Beyond = r.unrounded.asRange(), r.more.asRange()
	for i := range e.tally.all {
		out.Programme[i] = e.tally.all[i].asRange()
	}
	out.Lines, out.Open, out.yielded = out.Lines[:0], out.Open[:0], out.yielded[:0]
	for i := range e.cands {
		c := &e.cands[i]
		if c.displaced < 0 && c.lessened < 0 {
			continue
		}
		y := yielded{entry: c.Entry}
		for i, m := range [...]int32{c.displaced, c.lessened} {
			if m >= 0 {
				y.to[i] = e.cands[m].Entry
			}
		}
		out.yielded = append(out.yielded, y)
	}
	out.Additive = e.exact && len(e.variants) == 1
	ordinary := 0
	for _, base := range [...]bool{true, false} {
		for _, n := range e.live {
			c := &e.cands[n]
			if (c.Entry.Base != nil) != base || c.Entry.Kind != measure.Duty || c.applied == 0 {
				continue
			}
			l := DutyLine{Entry: c.Entry, Rate: c.State.Rate, Share: c.share, Open: c.applied < r.count || c.toggle >= 0, Unverified: c.toggle >= 0 || c.doubtful}
			if base {
				e.w.facts, e.w.variant = e.q.facts, 0
				l.Ordinary = e.ordinaryRate(c)
				l.Rate = l.Ordinary.Rate
				ordinary++
				claims := c.Entry.Base.ClaimSlot
				out.Additive = out.Additive && !l.Open && c.lessened < 0 && (claims < 0 || e.q.facts[claims].IsAbsent())
			} else if l.Rate != nil && isTotal(l.Rate) {
				out.Additive = false
			}
			out.Lines = append(out.Lines, l)
		}
	}
	out.Additive = out.Additive && ordinary == 1
	for _, a := range e.rankAxes() {
		if slot := e.axes[a.axis].slot; slot >= 0 {
			out.Open = append(out.Open, e.s.Set.Env.Fact(int(slot)).Name)
		} else {
			out.Open = append(out.Open, "goods")
		}
	}
}

// open finds what made the lines differ from those before the instant.
func (w *Stretches) open(at quantity.Instant) {
	lines := w.now.Lines
	find := func(in []DutyLine, entry *schedule.Entry) *DutyLine {
		if i := slices.IndexFunc(in, func(l DutyLine) bool { return l.Entry == entry }); i >= 0 {
			return &in[i]
		}
		return nil
	}
	for i := range lines {
		if now := &lines[i]; now.Entry.Base == nil {
			if was := find(w.before, now.Entry); was == nil || !now.same(was) {
				w.openedBy(at, now.Entry)
			}
		}
	}
	for i := range w.before {
		if was := &w.before[i]; was.Entry.Base == nil && find(lines, was.Entry) == nil {
			w.openedBy(at, was.Entry)
		}
	}
}

func (l *DutyLine) same(m *DutyLine) bool {
	return l.Open == m.Open && l.Unverified == m.Unverified && l.Rate.Equal(m.Rate) && sameRange(l.Share, m.Share)
}

func sameRange(a, b quantity.Range) bool {
	return a.Unbounded == b.Unbounded && a.Least.Equal(b.Least) && a.Most.Equal(b.Most)
}

// openedBy notes the instrument by which a measure begins, ends or changes at
// the instant: that of its own act or row, else of what takes its place, else of
// a relation.
func (w *Stretches) openedBy(at quantity.Instant, entry *schedule.Entry) {
	e := &w.d.e
	note := func(by *schedule.Entry, in *measure.Instrument) {
		if o := (Opening{by, in}); !slices.Contains(w.opened, o) {
			w.opened = append(w.opened, o)
		}
	}
	if act := entry.Acts.At(at, e.q.known).Act; act != nil && act != entry.Acts.At(at-1, e.q.known).Act {
		note(entry, act.By)
		return
	}
	for _, h := range e.s.AllGoodsRows(e.variants[e.w.variant].code, nil) {
		if !entry.Lists(h.List) {
			continue
		}
		switch {
		case h.Row.Period.From == at && h.Row.By != nil:
			note(entry, h.Row.By)
			return
		case h.Row.Period.Until == at && h.Row.EndedBy != nil:
			note(entry, h.Row.EndedBy)
			return
		}
	}
	for i := range entry.Yields {
		switch r := entry.Yields[i].Relation; at {
		case r.Period.From:
			note(entry, r.By)
			return
		case r.Period.Until:
			note(entry, r.EndedBy)
			return
		}
	}
	if i := slices.IndexFunc(w.now.yielded, func(y yielded) bool { return y.entry == entry }); i >= 0 {
		for _, by := range w.now.yielded[i].to {
			if by == nil {
				continue
			}
			if act := by.Acts.At(at, e.q.known).Act; act != nil && act != by.Acts.At(at-1, e.q.known).Act {
				note(by, act.By)
				return
			}
		}
	}
	note(entry, nil)
}

// PointsOf is the ordinary duty at a rate, in points as [Duties] has them; nil is
// a rate that is not known.
func PointsOf(rate *quantity.Rate) quantity.Range {
	e := evaluation{amounts: make([]amount, 1)}
	e.q.value = hundred
	var b bound
	e.ordinaryAt(&b, 0, rate)
	return b.asRange()
}

// tally sums up the duties of a case by programme, not rounded.
type tally struct {
	of  []int32 // programmes by index of the entry
	now []bound // in this world
	all []bound // in all worlds
}

// reset begins a case.
func (t *tally) reset() {
	if t != nil {
		clear(t.all)
	}
}

// begin begins a world.
func (t *tally) begin() {
	if t == nil {
		return
	}
	for i := range t.now {
		t.now[i] = bound{seen: true}
	}
}

// end ends a world.
func (t *tally) end() {
	if t == nil {
		return
	}
	for i := range t.all {
		t.all[i].hull(&t.now[i])
	}
}

func (t *tally) plus(entry *schedule.Entry, d quantity.Decimal) {
	if t != nil {
		t.now[t.of[entry.Index]].plus(d)
	}
}

func (t *tally) add(entry *schedule.Entry, d *bound) {
	if t != nil {
		t.now[t.of[entry.Index]].add(d)
	}
}

// addAlone adds a duty that was bounded by itself.
func (t *tally) addAlone(entry *schedule.Entry, d *bound) {
	if t != nil {
		t.all[t.of[entry.Index]].add(d)
	}
}
