// Package outlook looks along law time: what duties goods of every code and
// origin bear from which day to which. A panel is that for all goods of a tariff
// at once, computed by the same evaluation as single determinations, once for
// goods and origins that no law tells apart.
package outlook

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// Options say what a panel is of.
type Options struct {
	Into    nomenclature.Country
	Period  quantity.Period // of entry
	Known   quantity.Date   // what was announced by this day counts
	Digits  int             // of the lines: 10 or 8
	Profile *Profile
	Goods   []nomenclature.Code    // codes and all within them; none for all
	Origins []nomenclature.Country // none for all but Into
	// Programmes are ids, or patterns over ids: only rows are kept in which a duty of
	// one of them applies, or may. None for all rows.
	Programmes []string
	Workers    int
	// Progress is told how many of the kinds of goods are done; nil for nobody.
	Progress func(done, total int)
}

// Programme is what duties are split by.
type Programme struct {
	ID    string // ordinary, or as its pack has it
	Title string
}

// Ordinary is the id of the programme of the ordinary duty.
const Ordinary = "ordinary"

// Panel is the statutory rates of goods by code, origin and interval of law time.
// It is immutable but for what its rows have in common, which grows as they are
// made: it is not safe for concurrent use.
type Panel struct {
	s    *schedule.Schedule
	o    Options
	law  *schedule.Imports
	pack *rulepack.Pack
	b    *bound

	programmes []Programme
	number     []int32 // of the programme, by index of the entry

	lines   []panelLine
	kinds   []*goodsKind
	bases   []*baseKind
	origins []nomenclature.Country
	groups  [][]nomenclature.Country // of origins that no law tells apart
	groupOf []int32                  // by origin

	cells    interned[*Cell]
	opened   interned[[]determination.Opening]
	strips   interned[*strip]
	courses  map[string]*course
	ordinary interned[ordinaryRate]
	totals   interned[Total]
	sums     map[[2]int32]int32 // totals, by cell and ordinary duty
	lately   sums
	memo     sync.Mutex         // of all these
	steps    atomic.Int64       // stretches that were evaluated
	times    []quantity.Instant // at which intervals may begin or end, in order
}

// panelLine is a line of the tariff and the times at which it is one.
type panelLine struct {
	code  nomenclature.Code
	lives []quantity.Period
	base  int32 // its kind, and that of its ordinary rate
}

// goodsKind is goods that no law tells apart but by their ordinary rate.
type goodsKind struct {
	bases  []int32
	strips []int32 // by group of origins; -1 where they hang on the ordinary rate
}

// baseKind is goods of one kind with the same ordinary rates at all times.
type baseKind struct {
	kind   int32
	code   nomenclature.Code // one of them
	lives  []quantity.Period // in which it is a line
	rates  *ordinaryRates
	strips []int32 // by group of origins, where they hang on the ordinary rate
}

// ordinaryRates are the ordinary rates of goods along the period, by column of the
// schedule. Bases of many kinds share them.
type ordinaryRates struct {
	general, other []baseStep
}

// baseStep is an ordinary rate from an instant on.
type baseStep struct {
	from     quantity.Instant
	rate     schedule.Rate
	ordinary int32 // number of the ordinary duty at this rate
}

// step is a stretch of law time of goods of one kind and origin. It ends where
// the next begins.
type step struct {
	from         quantity.Instant
	cell, opened int32
}

// strip is what follows one another along the period. Thousands of kinds and groups
// have the same.
type strip struct {
	steps    []step
	additive bool // goods of other ordinary rates have the same
}

// course is the law along the period of all goods and origins to which the same
// applies for the same reasons at every instant.
type course struct {
	strip int32
	// Where the strip hangs on the ordinary rate: cells at a rate, and whole strips by
	// rates.
	cells  map[rateAt]int32
	strips map[*ordinaryRates]int32
}

// Cell is what the duties of a kind of goods come to, the ordinary one aside
// where it can be told apart.
type Cell struct {
	determination.Duties
	Column   *schedule.Entry // the measure of the ordinary duty; nil where none applies
	ordinary int32           // number of the ordinary duty, unless that goes by the goods: [Duties.Additive]
}

// interned numbers values by a key.
type interned[T any] struct {
	byKey map[string]int32
	all   []T
}

func (n *interned[T]) find(key []byte, make func() T) int32 {
	if i, ok := n.byKey[string(key)]; ok {
		return i
	}
	if n.byKey == nil {
		n.byKey = map[string]int32{}
	}
	i := int32(len(n.all))
	n.byKey[string(key)] = i
	n.all = append(n.all, make())
	return i
}

// New computes a panel.
func New(ctx context.Context, s *schedule.Schedule, o Options) (*Panel, error) {
	law, ok := s.Imports(o.Into, o.Period)
	if !ok {
		return nil, fmt.Errorf("no pack holds the tariff of %s", o.Into.Name())
	}
	p := &Panel{s: s, o: o, law: law, pack: law.Pack(), courses: map[string]*course{}, sums: map[[2]int32]int32{}}
	if start := p.pack.Begins.Start(p.pack.Zone); o.Period.From < start {
		return nil, fmt.Errorf("%s is before the pack %s begins (%s): ask from that day on", o.Period.From.Date(p.pack.Zone), p.pack.ID, p.pack.Begins)
	}
	if o.Period.IsEmpty() {
		return nil, errors.New("the panel would end before it begins")
	}
	if slices.Contains(o.Origins, o.Into) {
		return nil, fmt.Errorf("%s is the country whose tariff it is: goods do not enter it from itself", o.Into.Name())
	}
	var err error
	if p.b, err = o.Profile.bind(s.Set, law); err != nil {
		return nil, err
	}
	if err := p.findProgrammes(); err != nil {
		return nil, err
	}
	p.findOrigins()
	p.findLines()
	if err := p.evaluate(ctx); err != nil {
		return nil, err
	}
	p.courses = nil
	p.numberOrdinary()
	p.findTimes()
	return p, nil
}

// findProgrammes numbers the programmes of the duties on goods that enter, the
// ordinary one first.
func (p *Panel) findProgrammes() error {
	p.programmes = []Programme{{Ordinary, "Ordinary duty"}}
	entries := p.s.Entries()
	p.number = make([]int32, len(entries))
	onLeg, _ := p.s.OnLeg(measure.Import, p.o.Into)
	for _, i := range onLeg {
		e := &entries[i]
		if e.Kind != measure.Duty || e.Base != nil {
			continue
		}
		n := slices.IndexFunc(p.programmes, func(g Programme) bool { return g.ID == e.ProgrammeID })
		if n < 0 {
			n = len(p.programmes)
			p.programmes = append(p.programmes, Programme{e.ProgrammeID, e.Programme})
		}
		p.number[i] = int32(n)
	}
	for _, pattern := range p.o.Programmes {
		if !slices.ContainsFunc(p.programmes, func(g Programme) bool { return measure.MatchAny([]string{pattern}, g.ID) }) {
			return fmt.Errorf("no duty of %s is of a programme %q: %s", p.o.Into.Name(), pattern, p.programmeNames())
		}
	}
	return nil
}

// shows reports whether the panel is split by the programme.
func (p *Panel) shows(id string) bool {
	return len(p.o.Programmes) == 0 || measure.MatchAny(p.o.Programmes, id)
}

func (p *Panel) programmeNames() string {
	out := ""
	for i, g := range p.programmes {
		if i > 0 {
			out += ", "
		}
		out += g.ID
	}
	return out
}

// findOrigins groups the origins that no law tells apart.
func (p *Panel) findOrigins() {
	p.origins = p.o.Origins
	if len(p.origins) == 0 {
		p.origins = slices.DeleteFunc(nomenclature.Countries(), func(c nomenclature.Country) bool { return c == p.o.Into })
	}
	groups := map[string]int32{}
	for _, o := range p.origins {
		key := p.law.OriginKey(nil, o)
		for _, fits := range p.b.fitsOrigin(o) {
			if fits {
				key = append(key, 1)
			} else {
				key = append(key, 0)
			}
		}
		for _, from := range p.pieces() {
			for _, r := range p.b.rules {
				if symbol := r.facts[p.b.claim]; p.b.claim != "" && symbol != "" && p.s.Eligible(p.pack, symbol, from, p.o.Known, o) {
					key = append(key, symbol...)
				}
				key = append(key, 0)
			}
		}
		n, ok := groups[string(key)]
		if !ok {
			n = int32(len(p.groups))
			groups[string(key)] = n
			p.groups = append(p.groups, nil)
		}
		p.groups[n] = append(p.groups[n], o)
		p.groupOf = append(p.groupOf, n)
	}
}

// pieces are the instants from which a claim of a preference may be open to other
// origins than before.
func (p *Panel) pieces() []quantity.Instant {
	out := []quantity.Instant{p.o.Period.From}
	if p.b.claim == "" {
		return out
	}
	for _, at := range p.s.ProgrammeCuts(p.pack, p.o.Known) {
		if p.o.Period.Contains(at) {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// findLines collects the lines of the tariff in the period and what kinds of
// goods they are.
func (p *Panel) findLines() {
	p.lines = linesOf(p.pack, p.o.Period, p.o.Digits)
	if len(p.o.Goods) > 0 {
		p.lines = slices.DeleteFunc(p.lines, func(l panelLine) bool { return !slices.ContainsFunc(p.o.Goods, l.code.HasPrefix) })
	}
	kinds, bases, rates := map[string]int32{}, map[string]int32{}, map[string]*ordinaryRates{}
	for i := range p.lines {
		l := &p.lines[i]
		key := p.b.appendGoods(p.law.GoodsKey(nil, l.code), l.code)
		kind, ok := kinds[string(key)]
		if !ok {
			kind = int32(len(p.kinds))
			kinds[string(key)] = kind
			p.kinds = append(p.kinds, &goodsKind{})
		}
		base := &baseKind{kind: kind, code: l.code, lives: l.lives}
		made, key := p.ratesOf(base)
		if base.rates = rates[string(key)]; base.rates == nil {
			base.rates = made
			rates[string(key)] = made
		}
		key = binary.AppendVarint(key, int64(kind))
		if l.base, ok = bases[string(key)]; !ok {
			l.base = int32(len(p.bases))
			bases[string(key)] = l.base
			p.bases = append(p.bases, base)
			p.kinds[kind].bases = append(p.kinds[kind].bases, l.base)
		}
	}
}

// Lacks are the codes asked for within which the tariff has no line in the period.
func (p *Panel) Lacks() []nomenclature.Code {
	return slices.DeleteFunc(slices.Clone(p.o.Goods), func(c nomenclature.Code) bool {
		return slices.ContainsFunc(p.lines, func(l panelLine) bool { return l.code.HasPrefix(c) })
	})
}

// linesOf are the lines of a tariff in a period: those of the most digits that
// the edition of the day has, or of eight.
func linesOf(pack *rulepack.Pack, period quantity.Period, digits int) []panelLine {
	var out []panelLine
	table := pack.Table
	var last nomenclature.Code
	for l := range table.All() {
		code := l.Code
		if digits == 8 && len(code) > 8 {
			code = code[:8]
		}
		if len(code) < pack.Base.HeadingDigits || code == last {
			continue
		}
		last = code
		lives := table.Versions(code)
		var times []quantity.Period
		for i := range lives {
			times = append(times, lives[i].Period.Intersect(period))
		}
		for _, within := range table.Within(code) {
			for _, life := range within {
				if digits == 8 && len(code) == 8 {
					times = append(times, life.Intersect(period))
				} else {
					times = without(times, life)
				}
			}
		}
		if times = joined(times); len(times) > 0 {
			out = append(out, panelLine{code: code, lives: times})
		}
	}
	return out
}

// without takes a period out of others.
func without(times []quantity.Period, taken quantity.Period) []quantity.Period {
	var out []quantity.Period
	for _, t := range times {
		if !t.Overlaps(taken) {
			out = append(out, t)
			continue
		}
		for _, rest := range [...]quantity.Period{{From: t.From, Until: taken.From}, {From: taken.Until, Until: t.Until}} {
			if !rest.IsEmpty() {
				out = append(out, rest)
			}
		}
	}
	return out
}

// joined puts periods in order and joins those that meet.
func joined(times []quantity.Period) []quantity.Period {
	slices.SortFunc(times, func(a, b quantity.Period) int { return cmp.Compare(a.From, b.From) })
	var out []quantity.Period
	for _, t := range times {
		switch n := len(out); {
		case t.IsEmpty():
		case n > 0 && t.From <= out[n-1].Until:
			out[n-1].Until = max(out[n-1].Until, t.Until)
		default:
			out = append(out, t)
		}
	}
	return out
}

// ratesOf are the ordinary rates of a line, with what tells them from those of
// others.
func (p *Panel) ratesOf(b *baseKind) (out *ordinaryRates, key []byte) {
	goods := p.s.GoodsOf(b.code)
	cuts := []quantity.Instant{p.o.Period.From}
	for _, at := range append(p.pack.Table.Cuts(b.code), p.pack.Base.HeldUntil) {
		if p.o.Period.Contains(at) {
			cuts = append(cuts, at)
		}
	}
	slices.Sort(cuts)
	column := func(rate func(at quantity.Instant) schedule.Rate) (steps []baseStep) {
		for _, at := range cuts {
			r := rate(at)
			if n := len(steps); n > 0 && steps[n-1].rate.Text == r.Text && steps[n-1].rate.Held == r.Held {
				continue
			}
			steps = append(steps, baseStep{from: at, rate: r})
			key = binary.AppendVarint(key, int64(at))
			key = append(append(key, r.Text...), '|')
		}
		return steps
	}
	out = &ordinaryRates{
		general: column(func(at quantity.Instant) schedule.Rate { return goods.GeneralRate(p.pack, at) }),
		other:   column(func(at quantity.Instant) schedule.Rate { return p.s.OtherRate(p.pack, b.code, at) }),
	}
	if p.b.claim != "" { // any programme may count, and a claim is read where the line is one
		for _, life := range b.lives {
			key = binary.AppendVarint(binary.AppendVarint(key, int64(life.From)), int64(life.Until))
		}
		column(func(at quantity.Instant) schedule.Rate {
			text, _, _ := p.pack.Table.Rate(b.code, func(l *nomenclature.Line) string { return l.Special }, at)
			return schedule.Rate{Text: text}
		})
	}
	if len(b.code) < 10 && p.s.SplitBelow(b.code) { // it is answered by the lines below
		for code, lives := range p.pack.Table.Within(b.code) {
			for _, life := range lives {
				if at := max(life.From, p.o.Period.From); p.o.Period.Contains(at) && life.Contains(at) {
					key = append(append(key, p.s.GeneralRate(p.pack, code, at).Text...), '/')
				}
			}
		}
	}
	return out, key
}

// evaluate answers for every kind of goods and every group of origins.
func (p *Panel) evaluate(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, done atomic.Int64
	var all sync.WaitGroup
	for range max(p.o.Workers, 1) {
		all.Go(func() {
			w := &walker{p: p, w: determination.NewStretches(p.number, len(p.programmes)), cells: map[*determination.Duties]int32{}}
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(p.kinds) {
					return
				}
				if err := w.kind(ctx, p.kinds[i]); err != nil {
					cancel(err)
					return
				}
				if n := done.Add(1); p.o.Progress != nil {
					p.memo.Lock()
					p.o.Progress(int(n), len(p.kinds))
					p.memo.Unlock()
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// mostCells is of how many duties that stay as they are a walker knows the cell.
const mostCells = 1 << 13

// walker is the memory of one goroutine.
type walker struct {
	p   *Panel
	w   *determination.Stretches
	key []byte
	out []step
	// history is the key of the law of goods and origins along the period.
	history []byte
	// cells are those of duties that stay as they are.
	cells map[*determination.Duties]int32
}

// kind answers for one kind of goods and every group of origins.
func (w *walker) kind(ctx context.Context, k *goodsKind) error {
	k.strips = make([]int32, len(w.p.groups))
	// Where no rate but the general one of the instant counts, rates are gone through
	// one by one; else each line is.
	first := w.p.bases[k.bases[0]]
	if w.p.b.claim == "" && (len(first.code) >= 10 || !w.p.s.SplitBelow(first.code)) {
		return w.byRate(ctx, k, first)
	}
	return w.byLine(ctx, k)
}

// byRate answers for a kind of goods of which one stands for all, but for the rate.
func (w *walker) byRate(ctx context.Context, k *goodsKind, first *baseKind) error {
	p := w.p
	fits := p.b.fitsGoods(first.code)
	for g, origins := range p.groups {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		rule := firstRule(fits, p.b.fitsOrigin(origins[0]))
		found, err := w.course(first, origins[0], rule)
		if err != nil {
			return err
		}
		if k.strips[g] = found.strip; p.strip(found.strip).additive {
			continue
		}
		k.strips[g] = -1
		for _, b := range k.bases {
			base := p.bases[b]
			n, err := w.atRates(found, base, origins[0], rule)
			if err != nil {
				return err
			}
			base.hang(p, g, n)
		}
	}
	return nil
}

// byLine answers for a kind of goods line by line, where their strips are not additive.
func (w *walker) byLine(ctx context.Context, k *goodsKind) error {
	p := w.p
	for n, b := range k.bases {
		base := p.bases[b]
		fits := p.b.fitsGoods(base.code)
		alike := map[string]int32{} // strips by history
		for g, origins := range p.groups {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			if n > 0 && k.strips[g] >= 0 {
				continue
			}
			strip, err := w.lineStrip(base, origins[0], firstRule(fits, p.b.fitsOrigin(origins[0])), alike)
			if err != nil {
				return err
			}
			if k.strips[g] = -1; n == 0 && p.strip(strip).additive {
				k.strips[g] = strip
				continue
			}
			base.hang(p, g, strip)
		}
	}
	return nil
}

// hang notes the strip of a group of origins that hangs on the ordinary rate.
func (b *baseKind) hang(p *Panel, group int, strip int32) {
	if b.strips == nil {
		b.strips = make([]int32, len(p.groups))
	}
	b.strips[group] = strip
}

// historyOf is the key of the law to goods and an origin along the period. It is not ok
// where that is not told. It is good until the next is asked for.
func (w *walker) historyOf(b *baseKind, origin nomenclature.Country, rule int) (key []byte, ok bool, err error) {
	if w.p.b.claim != "" { // it is read off the line
		return nil, false, nil
	}
	c := w.caseOf(b, origin, rule)
	w.history, ok, err = w.w.AppendHistory(w.history[:0], w.p.s, &c, w.p.o.Period)
	if err != nil {
		err = fmt.Errorf("%s of %s: %w", b.code, origin, err)
	}
	return w.history, ok, err
}

// lineStrip is the strip of a line and an origin: that of an origin with the same
// history where there is one.
func (w *walker) lineStrip(b *baseKind, origin nomenclature.Country, rule int, alike map[string]int32) (int32, error) {
	key, told, err := w.historyOf(b, origin, rule)
	if err != nil {
		return 0, err
	}
	n, ok := alike[string(key)]
	if told && ok {
		return n, nil
	}
	if n, err = w.walk(b, origin, rule, true); err == nil && told {
		alike[string(key)] = n
	}
	return n, err
}

// course returns the course of goods of one kind and origin: one that was found for
// others to which the law does the same, if that can be told.
func (w *walker) course(b *baseKind, origin nomenclature.Country, rule int) (*course, error) {
	p := w.p
	key, told, err := w.historyOf(b, origin, rule)
	if err != nil {
		return nil, err
	}
	if told {
		p.memo.Lock()
		found := p.courses[string(key)]
		p.memo.Unlock()
		if found != nil {
			return found, nil
		}
	}
	n, err := w.walk(b, origin, rule, false)
	if err != nil {
		return nil, err
	}
	made := &course{strip: n}
	if !p.strip(n).additive {
		made.cells, made.strips = map[rateAt]int32{}, map[*ordinaryRates]int32{}
	}
	if told {
		p.memo.Lock()
		defer p.memo.Unlock()
		if found := p.courses[string(key)]; found != nil {
			return found, nil
		}
		p.courses[string(key)] = made
	}
	return made, nil
}

// addStrip numbers a strip.
func (p *Panel) addStrip(steps []step) int32 {
	var key []byte
	for i := range steps {
		s := &steps[i]
		key = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(key, int64(s.from)), int64(s.cell)), int64(s.opened))
	}
	p.memo.Lock()
	defer p.memo.Unlock()
	return p.strips.find(key, func() *strip {
		return &strip{slices.Clone(steps), !slices.ContainsFunc(steps, func(s step) bool { return !p.cells.all[s.cell].Additive })}
	})
}

func (p *Panel) strip(n int32) *strip {
	p.memo.Lock()
	defer p.memo.Unlock()
	return p.strips.all[n]
}

func (p *Panel) cell(n int32) *Cell {
	p.memo.Lock()
	defer p.memo.Unlock()
	return p.cells.all[n]
}

// rateAt is an ordinary rate in a stretch of a strip.
type rateAt struct {
	step int
	text string
}

// atRates is the strip of a course for goods of some ordinary rates.
func (w *walker) atRates(of *course, b *baseKind, origin nomenclature.Country, rule int) (int32, error) {
	p := w.p
	p.memo.Lock()
	n, ok := of.strips[b.rates]
	p.memo.Unlock()
	if ok {
		return n, nil
	}
	c := w.caseOf(b, origin, rule)
	steps := p.strip(of.strip).steps
	w.out = w.out[:0]
	for i, s := range steps {
		cell := p.cell(s.cell)
		if cell.Additive {
			w.out = append(w.out, s)
			continue
		}
		until := p.o.Period.Until
		if i+1 < len(steps) {
			until = steps[i+1].from
		}
		column := p.columnOf(cell, b.rates)
		for n := last(column, func(r baseStep) bool { return r.from <= s.from }); n < len(column) && column[n].from < until; n++ {
			at, opened := max(column[n].from, s.from), int32(0)
			if at == s.from {
				opened = s.opened
			}
			found, err := w.atRate(of, rateAt{i, column[n].rate.Text}, &c, at)
			if err != nil {
				return 0, fmt.Errorf("%s of %s: %w", b.code, origin, err)
			}
			w.out = append(w.out, step{at, found, opened})
		}
	}
	n = p.addStrip(w.out)
	p.memo.Lock()
	defer p.memo.Unlock()
	of.strips[b.rates] = n
	return n, nil
}

// atRate is the cell of a course at a rate, which the goods of the case have at the
// instant.
func (w *walker) atRate(of *course, rate rateAt, c *determination.Case, at quantity.Instant) (int32, error) {
	p := w.p
	p.memo.Lock()
	n, ok := of.cells[rate]
	p.memo.Unlock()
	if ok {
		return n, nil
	}
	d, err := w.w.AtLike(p.s, c, at)
	if err != nil {
		return 0, err
	}
	p.steps.Add(1)
	n, _ = w.intern(d, nil)
	p.memo.Lock()
	defer p.memo.Unlock()
	of.cells[rate] = n
	return n, nil
}

// Case is the case that a panel answers for goods of a line and an origin that
// enter at an instant, at which the code is a line.
func (p *Panel) Case(code nomenclature.Code, origin nomenclature.Country, at quantity.Instant) determination.Case {
	goods := p.s.GoodsOf(code)
	rule := firstRule(p.b.fitsGoods(code), p.b.fitsOrigin(origin))
	return determination.Case{
		Goods: string(code), From: string(origin), Origin: string(origin), To: string(p.o.Into), Only: "import",
		On: at.Format(p.pack.Zone), Known: p.o.Known.String(), Closed: p.b.Closed,
		Facts: p.claimed(p.b.factsOf(rule, goods, p.s.Set.Env), origin, at),
	}
}

// caseOf is the case of a code and origin, on a day on which the code is a line.
func (w *walker) caseOf(b *baseKind, origin nomenclature.Country, rule int) determination.Case {
	p := w.p
	return determination.Case{
		Goods: string(b.code), From: string(origin), Origin: string(origin), To: string(p.o.Into), Only: "import",
		On: b.lives[0].From.Format(p.pack.Zone), Known: p.o.Known.String(), Closed: p.b.Closed,
		Facts: p.b.factsOf(rule, p.s.GoodsOf(b.code), p.s.Set.Env),
	}
}

// walk answers for one code and origin along the period, and returns the strip. byRate
// looks at the changes of its ordinary rate too.
func (w *walker) walk(b *baseKind, origin nomenclature.Country, rule int, byRate bool) (int32, error) {
	p := w.p
	c := w.caseOf(b, origin, rule)
	facts := c.Facts
	pieces := p.pieces()
	w.out = w.out[:0]
	for i, from := range pieces {
		piece := quantity.Period{From: from, Until: p.o.Period.Until}
		if i+1 < len(pieces) {
			piece.Until = pieces[i+1]
		}
		c.Facts = p.claimed(facts, origin, from)
		if p.b.claim != "" && c.Facts[p.b.claim] != "" { // it is open in this piece
			i := slices.IndexFunc(b.lives, piece.Overlaps)
			if i < 0 {
				continue // the code is no line in it
			}
			c.On = max(piece.From, b.lives[i].From).Format(p.pack.Zone)
		}
		failed := w.w.Walk(p.s, &c, piece, byRate, func(at quantity.Instant, d *determination.Duties, opened []determination.Opening) {
			p.steps.Add(1)
			cell, by := w.intern(d, opened)
			if n := len(w.out); n > 0 && w.out[n-1].cell == cell {
				return
			}
			w.out = append(w.out, step{at, cell, by})
		})
		if failed != nil {
			return 0, fmt.Errorf("%s of %s: %w", b.code, origin, failed)
		}
	}
	return p.addStrip(w.out), nil
}

// claimed are the facts without a claim of a preference that is not open to the
// origin at the instant.
func (p *Panel) claimed(facts map[string]string, origin nomenclature.Country, at quantity.Instant) map[string]string {
	symbol := facts[p.b.claim]
	if p.b.claim == "" || symbol == "" || p.s.Eligible(p.pack, symbol, at, p.o.Known, origin) {
		return facts
	}
	out := make(map[string]string, len(facts))
	for name, text := range facts {
		if name != p.b.claim {
			out[name] = text
		}
	}
	return out
}

// intern numbers the cell of duties, and what opened it.
func (w *walker) intern(d *determination.Duties, opened []determination.Opening) (cell, by int32) {
	p := w.p
	if cell, ok := w.cells[d]; ok {
		p.memo.Lock()
		defer p.memo.Unlock()
		return cell, p.openings(opened)
	}
	key := appendRange(w.key[:0], d.Beyond)
	if d.Additive {
		key = append(key, '+')
	} else {
		key = appendRange(append(key, '='), d.Total)
	}
	for i, r := range d.Programme {
		if i == 0 && d.Additive {
			continue
		}
		key = appendRange(key, r)
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		key = binary.AppendVarint(key, int64(l.Entry.Index))
		key = appendRange(append(key, flag(l.Open)|flag(l.Unverified)<<1), l.Share)
		switch {
		case l.Entry.Base == nil && l.Rate != nil:
			key = append(key, l.Rate.String()...)
		case l.Entry.Base != nil && !d.Additive:
			key = append(key, l.Ordinary.Text...)
		}
		key = append(key, 0)
	}
	for _, name := range d.Open {
		key = append(append(key, name...), ',')
	}
	w.key = key
	p.memo.Lock()
	defer p.memo.Unlock()
	cell = p.cells.find(key, func() *Cell { return newCell(d) })
	if d.Kept {
		if len(w.cells) == mostCells {
			clear(w.cells)
		}
		w.cells[d] = cell
	}
	return cell, p.openings(opened)
}

func newCell(d *determination.Duties) *Cell {
	c := &Cell{Duties: *d}
	if !d.Kept {
		c.Programme, c.Lines, c.Open = slices.Clone(d.Programme), slices.Clone(d.Lines), slices.Clone(d.Open)
	}
	if len(c.Lines) > 0 && c.Lines[0].Entry.Base != nil {
		c.Column = c.Lines[0].Entry
	}
	return c
}

// openings numbers what opened a stretch. The memo must be locked.
func (p *Panel) openings(opened []determination.Opening) int32 {
	var key []byte
	for _, o := range opened {
		key = binary.AppendVarint(key, int64(o.Measure.Index))
		if o.Instrument != nil {
			key = append(key, o.Instrument.ID...)
		}
		key = append(key, 0)
	}
	return p.opened.find(key, func() []determination.Opening { return slices.Clone(opened) })
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendRange(key []byte, r quantity.Range) []byte {
	if r.Least.IsZero() && !r.Unbounded && r.Most.IsZero() {
		return append(key, '.')
	}
	key = append(append(key, r.Least.String()...), ':')
	if r.Unbounded {
		return append(key, '?')
	}
	if !r.Most.Equal(r.Least) {
		key = append(key, r.Most.String()...)
	}
	return append(key, ';')
}
