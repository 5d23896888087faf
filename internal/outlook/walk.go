package outlook

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

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
