package determination

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

func (r *reader) goods() {
	q := r.q
	if r.c.Goods == "" {
		if q.duty != nil {
			r.fault("goods", "no goods code is given", "the code of the tariff line, such as 8505.11.00.70; `navicert search WORDS` finds it")
		}
		return
	}
	goods, err := readGoods(r.s, r.c)
	if err != nil {
		r.faultErr("goods", err)
		return
	}
	code := goods.Code
	q.goods, q.article = code, goods
	if q.duty == nil || q.on.IsZero() {
		return
	}
	r.fix()
	at := q.at(measure.Import, q.duty)
	if day := q.entered.Date(q.duty.Zone); day < q.duty.Begins {
		r.before("entered", r.c.Entered, day, q.duty)
		return
	}
	table := q.duty.Table
	if table == nil {
		return
	}
	held := heldAt(table, at)
	found := goods.IsLine(q.duty, held)
	if !found && len(code) == 10 && strings.HasSuffix(string(code), "00") {
		// Many schedules print no statistical line where there is but one.
		line := code[:8]
		if _, found = table.Find(line, held); found {
			found = len(table.Children(line, held)) == 0
		}
	}
	if !found && at >= q.duty.Base.HeldUntil && r.afterwards(table, code, held) {
		return
	}
	if !found && !shortened(q.duty, code, at) {
		r.unknownCode(table, code, at, held)
		return
	}
	if len(code) < q.duty.Base.HeadingDigits {
		r.fault("goods", fmt.Sprintf("%s is a %s; a duty needs one of its lines", code, levelName(code)), r.childrenHint(table, code, held))
	}
}

// afterwards takes a code that no edition held has on a day for which none is:
// it may be a line that came later. Where its first eight digits are a line it
// is that line; else it is read as some line of its subheading, if there is one
// of that number and the code is long enough to be filed.
func (r *reader) afterwards(table *nomenclature.Table, code nomenclature.Code, held quantity.Instant) bool {
	if len(code) < max(8, r.q.duty.Base.HeadingDigits) || len(table.Versions(code)) > 0 {
		return false
	}
	if _, ok := table.Find(code[:8], held); ok && len(code) > 8 {
		return true
	}
	if _, ok := table.Find(code[:6], held); !ok && len(table.Children(code[:6], held)) == 0 {
		return false
	}
	r.q.within = code[:6]
	return true
}

// fix takes the instant that fixes the law of the goods, where the case claims one.
func (r *reader) fix() {
	q := r.q
	text, given := r.c.Facts[q.duty.FixedBy]
	if !given || q.duty.FixedSlot < 0 {
		return
	}
	v, err := r.s.Set.Env.Fact(q.duty.FixedSlot).ParseValueIn(text, r.s.Zone(q.to))
	if err != nil {
		return // the facts say so
	}
	at, ok := v.Instant()
	if !ok {
		return
	}
	field := "facts." + q.duty.FixedBy
	switch entered := q.noon(q.entered, q.duty.Zone); {
	case at > entered:
		r.fault(field, "the goods were entered before", "give the instant of entry in entered, the earlier one here")
	case at.Date(q.duty.Zone) < q.duty.Begins:
		r.fault(field, fmt.Sprintf("%s is before the pack %s begins (%s)", at.Date(q.duty.Zone), q.duty.ID, q.duty.Begins), "the law of that day is not held")
	case at < entered:
		q.fixed = at
	}
}

// heldAt returns the instant itself, or the first one of which the table holds
// an edition.
func heldAt(t *nomenclature.Table, at quantity.Instant) quantity.Instant { return max(at, t.Begins()) }

// shortened reports whether the edition that is held for the instant has no
// lines as long as the code, and has the one that it lies within.
func shortened(p *rulepack.Pack, code nomenclature.Code, at quantity.Instant) bool {
	e := p.Base.EditionAt(at)
	if e == nil || e.Digits == 0 || len(code) <= e.Digits {
		return false
	}
	_, ok := p.Table.Find(code[:e.Digits], at)
	return ok
}

func levelName(c nomenclature.Code) string {
	switch len(c) {
	case 2:
		return "chapter"
	case 4:
		return "heading"
	case 6:
		return "subheading"
	}
	return "code"
}

func (r *reader) unknownCode(table *nomenclature.Table, code nomenclature.Code, at, held quantity.Instant) {
	if len(table.Children(code, held)) > 0 {
		r.fault("goods", fmt.Sprintf("%s is a %s; a duty needs one of its lines", code, levelName(code)), r.childrenHint(table, code, held))
		return
	}
	zone := r.q.duty.Zone
	before, after := r.nearest(table, code, at)
	switch {
	case before > quantity.MinInstant && after < quantity.MaxInstant:
		r.fault("goods", fmt.Sprintf("%s is not in the schedule on that day: it ended on %s and is there again from %s", code, before.Date(zone), after.Date(zone)),
			r.neighbours(table, code, held))
		return
	case before > quantity.MinInstant:
		hint := r.otherCodes(code, at, "such goods are classified elsewhere since", false)
		if hint == "" {
			hint = r.neighbours(table, code, held)
		}
		r.fault("goods", fmt.Sprintf("%s ended on %s", code, before.Date(zone)), hint)
		return
	case after < quantity.MaxInstant:
		hint := r.otherCodes(code, at, "such goods were classified elsewhere before", true)
		if hint == "" {
			hint = r.neighbours(table, code, held)
		}
		r.fault("goods", fmt.Sprintf("%s is in the schedule only from %s", code, after.Date(zone)), hint)
		return
	}
	for parent := code.Parent(); len(parent) >= 4; parent = parent.Parent() {
		if len(table.Children(parent, held)) > 0 {
			r.fault("goods", fmt.Sprintf("%s is not in the schedule that is held", code), r.childrenHint(table, parent, held))
			return
		}
	}
	hint := "`navicert search WORDS` finds a code"
	if padded := nomenclature.Code("0" + string(code[:len(code)-1])); len(code) > 4 {
		if _, ok := table.Find(padded[:4], held); ok && code[len(code)-1] == '0' {
			hint = fmt.Sprintf("a spreadsheet may have lost a leading zero: 0%s?", r.c.Goods)
		}
	}
	r.fault("goods", fmt.Sprintf("%s is in no edition of the schedule that is held", code), hint)
}

// neighbours lists the lines below the nearest shorter code that has any.
func (r *reader) neighbours(table *nomenclature.Table, code nomenclature.Code, at quantity.Instant) string {
	for parent := code.Parent(); len(parent) >= 4; parent = parent.Parent() {
		if hint := r.childrenHint(table, parent, at); hint != "" {
			return hint
		}
	}
	return "`navicert search WORDS` finds a code"
}

// nearest returns the end of the last time before the instant at which the
// schedule had the code or a line within it, and the beginning of the next:
// the ends of time where there is none. It is not there at the instant.
func (r *reader) nearest(table *nomenclature.Table, code nomenclature.Code, at quantity.Instant) (before, after quantity.Instant) {
	before, after = quantity.MinInstant, quantity.MaxInstant
	add := func(p quantity.Period) {
		switch {
		case p.IsEmpty():
		case p.Until <= at:
			before = max(before, p.Until)
		case p.From > at:
			after = min(after, p.From)
		}
	}
	held := false
	for p := range table.Periods(code) {
		add(p)
		held = true
	}
	for _, e := range r.q.duty.Base.Editions {
		if !held && e.Digits > 0 && len(code) > e.Digits { // it may have been a line then
			for p := range table.Periods(code[:e.Digits]) {
				add(p.Intersect(e.Period))
			}
		}
	}
	return before, after
}

// childrenHint lists the lines below a code, passing over levels that have one
// line only.
func (r *reader) childrenHint(table *nomenclature.Table, code nomenclature.Code, at quantity.Instant) string {
	if len(code) < 2 {
		return ""
	}
	children := table.Children(code, at)
	for len(children) == 1 {
		below := table.Children(children[0].Code, at)
		if len(below) == 0 {
			break
		}
		children = below
	}
	if len(children) == 0 {
		return ""
	}
	noun := "lines"
	if len(children) == 1 {
		noun = "line"
	}
	return fmt.Sprintf("%d %s below %s:", len(children), noun, code) + listed(children)
}

// otherCodes lists the lines in force at the instant that took the place of the
// code, or whose place it took.
func (r *reader) otherCodes(code nomenclature.Code, at quantity.Instant, words string, back bool) string {
	p := r.q.duty
	var lines []*nomenclature.Line
	by, on := "", quantity.Instant(0)
	seen := map[nomenclature.Code]bool{}
	todo := []nomenclature.Code{code}
	for len(todo) > 0 {
		next := p.Concordance.Successors(todo[0])
		if back {
			next = p.Concordance.Predecessors(todo[0])
		}
		todo = todo[1:]
		for _, s := range next {
			c := s.Successor
			if back {
				c = s.Code
			}
			if seen[c] {
				continue
			}
			seen[c] = true
			if by == "" {
				by, on = s.By, s.On
			}
			if l, ok := p.Table.Locate(c, at); ok {
				lines = append(lines, l)
			} else {
				todo = append(todo, c) // it has come and gone, or not come yet
			}
		}
	}
	if len(lines) == 0 {
		return ""
	}
	alike := func(c nomenclature.Code) (n int) {
		for n < min(len(c), len(code)) && c[n] == code[n] {
			n++
		}
		return n
	}
	slices.SortFunc(lines, func(a, b *nomenclature.Line) int {
		return cmp.Or(cmp.Compare(alike(b.Code), alike(a.Code)), strings.Compare(string(a.Code), string(b.Code)))
	})
	return fmt.Sprintf("%s %s (%s):", words, on.Date(p.Zone), by) + listed(lines)
}

// listed writes lines below one another, the first dozen.
func listed(lines []*nomenclature.Line) string {
	const most = 12
	var b strings.Builder
	for i, l := range lines {
		if i == most {
			fmt.Fprintf(&b, "\n    and %d more", len(lines)-most)
			break
		}
		fmt.Fprintf(&b, "\n    %-14s %s", l.Code, clipped(l.Designation, 56))
	}
	return b.String()
}

// clipped shortens a designation: what is said first, which its neighbours say
// too, goes before what is said last.
func clipped(designation string, most int) string {
	words := []rune(designation)
	for len(words) > most {
		_, rest, ok := strings.Cut(strings.TrimPrefix(string(words), "… "), ": ")
		if !ok {
			return string(words[:most-1]) + "…"
		}
		words = []rune("… " + rest)
	}
	return string(words)
}
