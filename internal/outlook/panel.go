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
	goods, path := p.s.GoodsOf(b.code), p.pack.Table.Path(b.code)
	cuts := []quantity.Instant{p.o.Period.From}
	for _, at := range append(path.Cuts(), p.pack.Base.HeldUntil) {
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
			text, _, _ := path.Rate(func(l *nomenclature.Line) string { return l.Special }, at)
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
