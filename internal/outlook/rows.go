package outlook

import (
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Status says how far a rate is known. Of several that fit it is the last.
type Status uint8

// The statuses.
const (
	Exact      Status = iota // the rate is one percentage
	ByQuantity               // a part of it is by quantity, and no percentage
	Open                     // it hangs on facts that are open
	Unverified               // it hangs on law that is not verified
	NotKnown                 // the packs do not know the rate
)

// String is the word for it.
func (s Status) String() string {
	return [...]string{"exact", "by-quantity", "open", "unverified", "not-known"}[s]
}

// Total is what all duties come to, in points; the most is unbounded where it is
// not known, or is by quantity.
type Total struct {
	quantity.Range
	Status Status
}

// ordinaryRate is the ordinary duty of goods at some time.
type ordinaryRate struct {
	text   string         // as the schedule prints it; "" where none applies or none is known
	rate   *quantity.Rate // nil: not known, or none applies
	points quantity.Range
	known  bool
}

// Row is the duties of goods of one code and origin in one interval.
type Row struct {
	Goods  nomenclature.Code
	Origin nomenclature.Country
	Period quantity.Period
	Total  Total
	Cell   *Cell
	// Rate is the ordinary rate as the schedule prints it, Ordinary what it comes to
	// in points; OrdinaryKnown is false where the packs do not know it.
	Rate          string
	Ordinary      quantity.Range
	OrdinaryKnown bool
	// Opened is what made the interval begin; nothing where the panel begins with it.
	Opened []determination.Opening
}

type dutyLine = determination.DutyLine

// span is a row as far as goods of one kind and origins of one group share it.
type span struct {
	period                        quantity.Period
	cell, ordinary, total, opened int32
}

// Rows are the rows of the panel: by code, by origin, by time.
func (p *Panel) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		spans := make([][]span, len(p.groups))
		for i := range p.lines {
			l := &p.lines[i]
			for g := range p.groups {
				spans[g] = p.spans(l, g, spans[g][:0])
			}
			for n, origin := range p.origins {
				for _, s := range spans[p.groupOf[n]] {
					if !yield(p.row(l.code, origin, &s)) {
						return
					}
				}
			}
		}
	}
}

func (p *Panel) row(code nomenclature.Code, origin nomenclature.Country, s *span) Row {
	o := &p.ordinary.all[s.ordinary]
	return Row{Goods: code, Origin: origin, Period: s.period, Total: p.totals.all[s.total], Cell: p.cells.all[s.cell],
		Rate: o.text, Ordinary: o.points, OrdinaryKnown: o.known, Opened: p.opened.all[s.opened]}
}

// spans appends the intervals of a line for a group of origins.
func (p *Panel) spans(l *panelLine, group int, out []span) []span {
	return p.spansOf(l, p.stripOf(l, group), &p.lately, out)
}

// stripOf is the number of the strip of a line for a group of origins.
func (p *Panel) stripOf(l *panelLine, group int) int32 {
	base := p.bases[l.base]
	if n := p.kinds[base.kind].strips[group]; n >= 0 {
		return n
	}
	return base.strips[group]
}

// spansOf appends the intervals of a line where a strip holds.
func (p *Panel) spansOf(l *panelLine, strip int32, known *sums, out []span) []span {
	first := len(out)
	for _, life := range l.lives {
		out = p.spansIn(life, p.bases[l.base].rates, p.strips.all[strip].steps, known, out)
	}
	if len(p.o.Programmes) > 0 {
		kept := slices.DeleteFunc(out[first:], func(s span) bool { return !p.wanted(&s) })
		out = out[:first+len(kept)]
	}
	return out
}

// spansIn appends the intervals of one life of a line: a new one begins where
// anything of what a row says changes.
func (p *Panel) spansIn(life quantity.Period, rates *ordinaryRates, steps []step, known *sums, out []span) []span {
	first := len(out)
	i := last(steps, func(s step) bool { return s.from <= life.From })
	for at := life.From; at < life.Until; {
		s := &steps[i]
		until := life.Until
		if i+1 < len(steps) {
			until = min(until, steps[i+1].from)
		}
		cell := p.cells.all[s.cell]
		now := span{cell: s.cell, ordinary: cell.ordinary}
		if cell.Additive {
			column := p.columnOf(cell, rates)
			r := last(column, func(s baseStep) bool { return s.from <= at })
			if now.ordinary = column[r].ordinary; r+1 < len(column) {
				until = min(until, column[r+1].from)
			}
		}
		now.period = quantity.Period{From: at, Until: until}
		now.total = p.totalOf(&now, known)
		switch n := len(out); {
		case n == first:
			if at > p.o.Period.From {
				now.opened = p.opens(cell, at, 0, true)
			}
			out = append(out, now)
		case out[n-1].cell == now.cell && out[n-1].ordinary == now.ordinary:
			out[n-1].period.Until = until
		default:
			now.opened = s.opened
			if s.from != at {
				now.opened = 0
			}
			if out[n-1].ordinary != now.ordinary || now.opened == 0 {
				now.opened = p.opens(cell, at, now.opened, out[n-1].ordinary != now.ordinary)
			}
			out = append(out, now)
		}
		if at = until; i+1 < len(steps) && steps[i+1].from <= at {
			i++
		}
	}
	return out
}

// last is the last element of which the condition holds, which holds of those
// before it too; the first where it holds of none.
func last[E any](s []E, holds func(E) bool) int {
	for i := len(s) - 1; i > 0; i-- {
		if holds(s[i]) {
			return i
		}
	}
	return 0
}

// columnOf is the column of the schedule by which the ordinary duty of a cell goes.
func (p *Panel) columnOf(c *Cell, of *ordinaryRates) []baseStep {
	if other := p.pack.Base.Other; other != nil && c.Column != nil && c.Column.ID == other.Measure {
		return of.other
	}
	return of.general
}

// opens is what opens an interval besides what is given: the edition of the
// schedule, where the ordinary rate changes or the line begins.
func (p *Panel) opens(cell *Cell, at quantity.Instant, opened int32, byBase bool) int32 {
	if !byBase || cell.Column == nil {
		return opened
	}
	by := p.pack.Base.By
	if e := p.pack.Base.EditionAt(at); e != nil {
		by = e.By
	}
	p.memo.Lock()
	defer p.memo.Unlock()
	return p.openings(append(slices.Clone(p.opened.all[opened]), determination.Opening{Measure: cell.Column, Instrument: by}))
}

// numberOrdinary numbers the ordinary duties of all cells, and at all rates for those
// cells that leave them open.
func (p *Panel) numberOrdinary() {
	done := map[*ordinaryRates]bool{}
	for _, b := range p.bases {
		if done[b.rates] {
			continue
		}
		done[b.rates] = true
		for _, column := range [...][]baseStep{b.rates.general, b.rates.other} {
			for i := range column {
				r := column[i].rate
				column[i].ordinary = p.addOrdinary(&ordinaryRate{text: r.Text, rate: r.Rate, known: r.Rate != nil}, true)
			}
		}
	}
	for _, c := range p.cells.all {
		switch {
		case c.Additive:
		case c.Column != nil:
			l := &c.Lines[0]
			c.ordinary = p.addOrdinary(&ordinaryRate{text: l.Ordinary.Text, rate: l.Ordinary.Rate, points: c.Programme[0], known: l.Ordinary.Rate != nil}, false)
		default:
			c.ordinary = p.addOrdinary(&ordinaryRate{known: true}, false)
		}
	}
}

// addOrdinary numbers an ordinary duty. What one by its rate comes to is found here.
func (p *Panel) addOrdinary(o *ordinaryRate, byRate bool) int32 {
	key := append([]byte(nil), flag(byRate), flag(o.known))
	key = append(append(key, o.text...), 0)
	key = appendRange(key, o.points)
	return p.ordinary.find(key, func() ordinaryRate {
		if byRate {
			o.points = determination.PointsOf(o.rate)
		}
		return *o
	})
}

// findTimes collects the instants at which intervals may begin or end.
func (p *Panel) findTimes() {
	seen := map[quantity.Instant]bool{}
	for _, s := range p.strips.all {
		for i := range s.steps {
			seen[s.steps[i].from] = true
		}
	}
	for _, b := range p.bases {
		for _, column := range [...][]baseStep{b.rates.general, b.rates.other} {
			for i := range column {
				seen[column[i].from] = true
			}
		}
	}
	for i := range p.lines {
		for _, life := range p.lines[i].lives {
			seen[life.From], seen[life.Until] = true, true
		}
	}
	p.times = slices.Sorted(maps.Keys(seen))
}

// sums are totals asked for lately, by cell and ordinary duty.
type sums [1 << 10]struct {
	cell, ordinary int32
	total          int32 // its number plus 1; 0: there is none
}

// totalOf numbers what the duties of a span come to.
func (p *Panel) totalOf(s *span, known *sums) int32 {
	x := &known[uint32(s.cell*31+s.ordinary)%uint32(len(known))]
	if x.total == 0 || x.cell != s.cell || x.ordinary != s.ordinary {
		x.cell, x.ordinary, x.total = s.cell, s.ordinary, p.addTotal(s.cell, s.ordinary)+1
	}
	return x.total - 1
}

func (p *Panel) addTotal(cell, ordinary int32) int32 {
	pair := [2]int32{cell, ordinary}
	p.memo.Lock()
	defer p.memo.Unlock()
	if n, ok := p.sums[pair]; ok {
		return n
	}
	c, o := p.cells.all[cell], &p.ordinary.all[ordinary]
	t := Total{Range: c.Total, Status: p.status(c, o)}
	if c.Additive {
		t.Range = c.Beyond.Add(o.points)
	}
	key := append(appendRange(nil, t.Range), byte(t.Status))
	n := p.totals.find(key, func() Total { return t })
	p.sums[pair] = n
	return n
}

// status is how far the total is known.
func (p *Panel) status(c *Cell, o *ordinaryRate) Status {
	s := Exact
	if o.points.Unbounded {
		s = ByQuantity
	}
	if len(c.Open) > 0 {
		s = max(s, Open)
	}
	if !o.known {
		s = NotKnown
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		switch {
		case l.Entry.Base != nil:
		case l.Rate == nil && !l.Open:
			s = NotKnown
		case l.Unverified:
			s = max(s, Unverified)
		case l.Rate != nil && (len(l.Rate.Units()) > 0 || l.Rate.Currency() != ""):
			s = max(s, ByQuantity)
		}
	}
	return s
}

// wanted reports whether a duty of a programme asked for applies in the span, or
// may.
func (p *Panel) wanted(s *span) bool {
	return slices.ContainsFunc(p.cells.all[s.cell].Lines, func(l determination.DutyLine) bool {
		return measure.MatchAny(p.o.Programmes, p.programmes[p.number[l.Entry.Index]].ID)
	})
}

// Specific are the rates of the duties beside the ordinary one that are more than
// a percentage, by measure, in the form that packs write.
func (c *Cell) Specific() string {
	var parts []string
	for i := range c.Lines {
		if l := &c.Lines[i]; l.Entry.Base == nil && l.Rate != nil && !percentage(l.Rate) {
			parts = append(parts, l.Entry.ID+": "+l.Rate.String())
		}
	}
	return strings.Join(parts, "; ")
}

// percentage reports whether a rate is nothing but a percentage, of its own or in
// all.
func percentage(r *quantity.Rate) bool {
	_, plain := r.AdValorem()
	_, total := r.Total()
	return plain || total
}

var one = quantity.NewDecimal(1, 0)

// Words are the duties beside the ordinary one: each measure with its rate, the
// share of the value on which it stands where that is not all, and what is not
// certain of it.
func (c *Cell) Words() string {
	var b strings.Builder
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Entry.Base != nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(l.Entry.ID)
		if l.Rate != nil {
			b.WriteString(" " + l.Rate.String())
		} else {
			b.WriteString(" rate not known")
		}
		switch {
		case !l.Share.Least.Equal(l.Share.Most):
			b.WriteString(" on " + l.Share.Least.String() + ".." + l.Share.Most.String())
		case !l.Share.Most.Equal(one):
			b.WriteString(" on " + l.Share.Most.String())
		}
		if l.Unverified {
			b.WriteString(" (unverified)")
		} else if l.Open {
			b.WriteString(" (open)")
		}
	}
	return b.String()
}

// Stats counts what a panel is made of.
type Stats struct {
	Lines    int `json:"lines"`    // of the tariff
	Goods    int `json:"goods"`    // kinds of them that the law tells apart
	Rated    int `json:"rated"`    // the same, with those of other ordinary rates
	Origins  int `json:"origins"`  // countries
	Groups   int `json:"groups"`   // of origins that the law tells apart
	Steps    int `json:"steps"`    // stretches of law time that were evaluated
	Cells    int `json:"cells"`    // different ones among them
	Spans    int `json:"spans"`    // intervals of kinds of goods and groups of origins
	Rows     int `json:"rows"`     // intervals of lines and origins
	Instants int `json:"instants"` // at which some interval begins
}

// Stats counts.
func (p *Panel) Stats() Stats {
	st := Stats{Lines: len(p.lines), Goods: len(p.kinds), Rated: len(p.bases), Origins: len(p.origins), Groups: len(p.groups),
		Steps: int(p.steps.Load()), Cells: len(p.cells.all)}
	instants := map[quantity.Instant]bool{}
	var spans []span
	for l, lines := range p.templates() {
		for g := range p.groups {
			spans = p.spans(l, g, spans[:0])
			st.Spans += len(spans)
			st.Rows += len(spans) * len(p.groups[g]) * lines
			for i := range spans {
				instants[spans[i].period.From] = true
			}
		}
	}
	st.Instants = len(instants)
	return st
}

// templates are lines, one for all whose rows are the same but for their code,
// with how many these are.
func (p *Panel) templates() map[*panelLine]int {
	first := map[string]*panelLine{}
	out := map[*panelLine]int{}
	for i := range p.lines {
		key := templateKey(&p.lines[i])
		if first[key] == nil {
			first[key] = &p.lines[i]
		}
		out[first[key]]++
	}
	return out
}

// templateKey names the lines whose rows are the same but for their code.
func templateKey(l *panelLine) string {
	key := binary.AppendVarint(nil, int64(l.base))
	for _, life := range l.lives {
		key = binary.AppendVarint(binary.AppendVarint(key, int64(life.From)), int64(life.Until))
	}
	return string(key)
}
