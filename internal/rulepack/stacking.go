package rulepack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// stacking looks for duties that meet: on the same portion of the same goods of
// the same origin at the same time. Time is that of the law, with all that the
// packs know. Conditions are not looked into: whether two of them exclude one
// another is for the pack to declare.
type stacking struct {
	*checker
	duties    []*duty // duties and fees, in the order of packs and files
	relations []*statedRelation
	lists     map[string]*rowIndex // goods lists by id
}

// duty is a measure with a rate and what it can fall on.
type duty struct {
	*measure.Measure
	pack    *Pack
	at      mark
	active  []quantity.Period // when it is, or may be, in force
	portion *Portion          // nil: the whole, or what is left of it
	goods   []*rowIndex       // nil: all goods
	except  []*rowIndex
}

// statedRelation is a relation with its patterns resolved.
type statedRelation struct {
	*measure.Relation
	at             mark
	measures, with bitset // of duties
}

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) add(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) remove(i int)   { b[i/64] &^= 1 << (i % 64) }
func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) addAll(c bitset) {
	for i := range b {
		b[i] |= c[i]
	}
}

func (b bitset) intersects(c bitset) bool {
	for i := range b {
		if b[i]&c[i] != 0 {
			return true
		}
	}
	return false
}

func (c *checker) checkStacking() {
	s := &stacking{checker: c, lists: map[string]*rowIndex{}}
	for _, p := range c.set.Packs {
		for _, m := range p.Measures {
			if rated(m.Kind) {
				s.duties = append(s.duties, s.duty(p, m))
			}
		}
	}
	for _, p := range c.set.Packs {
		for i := range p.Relations {
			s.relate(&p.Relations[i], c.set.lint.relations[p.ID][i])
		}
	}
	for i, a := range s.duties {
		for j := i + 1; j < len(s.duties); j++ {
			b := s.duties[j]
			if a.Kind != measure.Duty || b.Kind != measure.Duty || a.Leg != b.Leg || !samePortion(a, b) || replaces(a, b) || replaces(b, a) {
				continue
			}
			free := intersect(a.active, b.active)
			for _, r := range s.relations {
				if len(free) == 0 {
					break
				}
				if r.measures.has(i) && r.with.has(j) || r.measures.has(j) && r.with.has(i) {
					free = subtract(free, r.Period)
				}
			}
			if w, ok := s.meet(a, b, free); ok {
				c.report(Fault, b.at, fmt.Sprintf("%s and %s can both fall on %s %s, and nothing says how they stack", a.ID, b.ID, w.goods(), w.when(b.pack)),
					"declare adds-to, yields-to or apart in relations, or in-lieu-of")
			}
		}
	}
	s.checkCircles()
}

func (s *stacking) duty(p *Pack, m *measure.Measure) *duty {
	d := &duty{Measure: m, pack: p, at: s.set.lint.measures[m]}
	for _, seg := range m.Acts.Segments(quantity.MaxDate) {
		if seg.State.Kind != measure.InForce && seg.State.Kind != measure.Unverified {
			continue
		}
		if n := len(d.active); n > 0 && d.active[n-1].Until == seg.Period.From {
			d.active[n-1].Until = seg.Period.Until
		} else {
			d.active = append(d.active, seg.Period)
		}
	}
	if portion, ok := p.Portions[m.On]; ok {
		d.portion = &portion
	}
	d.goods = s.rowsOf(m.Scope.GoodsLists, m.Scope.Goods)
	d.except = s.rowsOf(m.Scope.ExceptLists, m.Scope.Except)
	return d
}

// rowsOf returns the rows of lists and codes.
func (s *stacking) rowsOf(lists []string, codes []nomenclature.Code) []*rowIndex {
	var out []*rowIndex
	for _, id := range lists {
		x := s.lists[id]
		if x == nil {
			x = &rowIndex{}
			if l := s.set.GoodsLists[id]; l != nil {
				x = newRowIndex(l.Rows)
			}
			s.lists[id] = x
		}
		out = append(out, x)
	}
	if len(codes) > 0 {
		rows := make([]GoodsRow, len(codes))
		for i, c := range codes {
			rows[i] = GoodsRow{Code: c, Period: quantity.Always}
		}
		out = append(out, newRowIndex(rows))
	}
	return out
}

func (s *stacking) relate(r *measure.Relation, at mark) {
	if r.By != nil && r.By.Standing == measure.Reported {
		return // a report decides nothing
	}
	t := &statedRelation{r, at, newBitset(len(s.duties)), newBitset(len(s.duties))}
	for i, d := range s.duties {
		if measure.MatchAny(r.Measures, d.ID) {
			t.measures.add(i)
		}
		if measure.MatchAny(r.With, d.ID) {
			t.with.add(i)
		}
	}
	s.relations = append(s.relations, t)
}

// replaces reports whether a declares that b does not apply where it does.
func replaces(a, b *duty) bool {
	return measure.MatchAny(a.InLieuOf, b.ID) || measure.MatchAny(a.Exempts, b.ID)
}

// samePortion reports whether a part of the value can carry both duties.
func samePortion(a, b *duty) bool {
	x, y := a.portion, b.portion
	return x == nil || y == nil || x.Less || y.Less || x.Fact == y.Fact || x.Group == "" || x.Group != y.Group
}

// witness is where two duties meet.
type witness struct {
	code   nomenclature.Code // "": all goods
	origin nomenclature.Country
	at     quantity.Instant
}

func (w witness) goods() string {
	if w.code == "" {
		return "goods of " + string(w.origin)
	}
	return fmt.Sprintf("%s of %s", w.code, w.origin)
}

func (w witness) when(p *Pack) string {
	if w.at == quantity.MinInstant {
		return "at any time"
	}
	return span(quantity.Period{From: w.at, Until: quantity.MaxInstant}, p)
}

// meet finds goods, an origin and an instant of the periods at which both
// duties fall due.
func (s *stacking) meet(a, b *duty, periods []quantity.Period) (witness, bool) {
	for _, p := range periods {
		for _, p := range s.steady(a, b, p) {
			origin, ok := shared(a, b, p.From)
			if !ok {
				continue
			}
			if code, at, ok := s.sharedGoods(a, b, p); ok {
				return witness{code, origin, at}, true
			}
		}
	}
	return witness{}, false
}

// steady cuts a period where the groups that the scopes name gain or lose
// members.
func (s *stacking) steady(a, b *duty, p quantity.Period) []quantity.Period {
	cuts := []quantity.Instant{p.From, p.Until}
	for _, d := range []*duty{a, b} {
		for _, places := range [][]measure.Place{d.Scope.Territory, d.Scope.From, d.Scope.To, d.Scope.Origin} {
			for _, place := range places {
				for _, m := range d.pack.Groups[place.Name] {
					for _, at := range []quantity.Instant{m.Period.From, m.Period.Until} {
						if p.From < at && at < p.Until {
							cuts = append(cuts, at)
						}
					}
				}
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	out := make([]quantity.Period, len(cuts)-1)
	for i := range out {
		out[i] = quantity.Period{From: cuts[i], Until: cuts[i+1]}
	}
	return out
}

// shared returns an origin that both duties name at the instant, where they
// also have a territory, a country left and a country entered in common.
func shared(a, b *duty, at quantity.Instant) (nomenclature.Country, bool) {
	for _, pair := range [][2][]measure.Place{{a.Scope.Territory, b.Scope.Territory}, {a.Scope.From, b.Scope.From}, {a.Scope.To, b.Scope.To}} {
		if _, ok := common(placesAt(a.pack, pair[0], at), placesAt(b.pack, pair[1], at)); !ok {
			return "", false
		}
	}
	return common(placesAt(a.pack, a.Scope.Origin, at), placesAt(b.pack, b.Scope.Origin, at))
}

// countrySet is one bit for each pair of letters.
type countrySet [(26*26 + 63) / 64]uint64

func (s *countrySet) put(c nomenclature.Country, in bool) {
	if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return
	}
	n := int(c[0]-'A')*26 + int(c[1]-'A')
	if in {
		s[n/64] |= 1 << (n % 64)
	} else {
		s[n/64] &^= 1 << (n % 64)
	}
}

// common returns the first country of both sets.
func common(a, b countrySet) (nomenclature.Country, bool) {
	for i := range a {
		both := a[i] & b[i]
		for n := 0; both != 0 && n < 64; n++ {
			if both&(1<<n) != 0 {
				n += i * 64
				return nomenclature.Country([]byte{byte('A' + n/26), byte('A' + n%26)}), true
			}
		}
	}
	return "", false
}

// placesAt returns the countries that the places mean at the instant.
func placesAt(p *Pack, places []measure.Place, at quantity.Instant) countrySet {
	var s countrySet
	if !slices.ContainsFunc(places, func(p measure.Place) bool { return !p.Not }) {
		for i := range s {
			s[i] = ^uint64(0)
		}
		s[len(s)-1] = 1<<(26*26%64) - 1
	}
	for _, not := range []bool{false, true} { // what is excluded is so whatever the order
		for _, place := range places {
			if place.Not != not {
				continue
			}
			members, group := p.Groups[place.Name]
			if !group {
				s.put(nomenclature.Country(place.Name), !not)
			}
			for _, m := range members {
				if m.Period.Contains(at) {
					for _, c := range m.Origins {
						s.put(c, !not)
					}
				}
			}
		}
	}
	return s
}

// rowIndex is the rows of a goods list in order of their codes.
type rowIndex struct {
	rows []*GoodsRow
	at   map[nomenclature.Code][]*GoodsRow
}

func newRowIndex(rows []GoodsRow) *rowIndex {
	x := &rowIndex{make([]*GoodsRow, 0, len(rows)), make(map[nomenclature.Code][]*GoodsRow, len(rows))}
	for i := range rows {
		r := &rows[i]
		if r.By != nil && r.By.Standing == measure.Reported {
			continue // a report decides nothing
		}
		x.rows = append(x.rows, r)
		x.at[r.Code] = append(x.at[r.Code], r)
	}
	slices.SortStableFunc(x.rows, func(a, b *GoodsRow) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return x
}

// below returns the rows of codes within c, c itself left out.
func (x *rowIndex) below(c nomenclature.Code) []*GoodsRow {
	i, _ := slices.BinarySearchFunc(x.rows, c, func(r *GoodsRow, c nomenclature.Code) int { return strings.Compare(string(r.Code), string(c)) })
	for i < len(x.rows) && x.rows[i].Code == c {
		i++
	}
	j := i
	for j < len(x.rows) && x.rows[j].Code.HasPrefix(c) {
		j++
	}
	return x.rows[i:j]
}

// sharedGoods finds a code, and an instant of the period, that both duties
// name. The code is "" where both name all goods.
func (s *stacking) sharedGoods(a, b *duty, p quantity.Period) (code nomenclature.Code, at quantity.Instant, ok bool) {
	try := func(r, t *GoodsRow) bool {
		region, row := r, t
		if t != nil && (r == nil || len(t.Code) > len(r.Code)) {
			region, row = t, r
		}
		q := p.Intersect(region.Period)
		if row != nil {
			q = q.Intersect(row.Period)
		}
		if q.IsEmpty() {
			return false
		}
		code, at, ok = s.survives(region.Code, q, []*GoodsRow{region, row}, a, b)
		return ok
	}
	switch {
	case a.goods == nil && b.goods == nil:
		return "", p.From, true // exceptions leave something of all goods
	case a.goods == nil || b.goods == nil:
		for _, x := range append(slices.Clip(a.goods), b.goods...) {
			for _, r := range x.rows {
				if try(r, nil) {
					return code, at, true
				}
			}
		}
	default:
		for _, x := range a.goods {
			for _, y := range b.goods {
				if nested(x.rows, y.rows, try) {
					return code, at, true
				}
			}
		}
	}
	return "", 0, false
}

// nested calls try with each pair of rows of which one code lies within the
// other, until it says yes.
func nested(xs, ys []*GoodsRow, try func(x, y *GoodsRow) bool) bool {
	var openX, openY []*GoodsRow // rows that hold the code at hand
	closeBefore := func(open []*GoodsRow, c nomenclature.Code) []*GoodsRow {
		for len(open) > 0 && !c.HasPrefix(open[len(open)-1].Code) {
			open = open[:len(open)-1]
		}
		return open
	}
	for len(xs) > 0 || len(ys) > 0 {
		if len(ys) == 0 || len(xs) > 0 && xs[0].Code <= ys[0].Code {
			x := xs[0]
			xs = xs[1:]
			openX, openY = closeBefore(openX, x.Code), closeBefore(openY, x.Code)
			for _, y := range openY {
				if try(x, y) {
					return true
				}
			}
			openX = append(openX, x)
			continue
		}
		y := ys[0]
		ys = ys[1:]
		openX, openY = closeBefore(openX, y.Code), closeBefore(openY, y.Code)
		for _, x := range openX {
			if try(x, y) {
				return true
			}
		}
		openY = append(openY, y)
	}
	return false
}

// survives finds a code of the region and an instant of the period that no
// exception of the rows or of the duties takes away.
func (s *stacking) survives(region nomenclature.Code, p quantity.Period, rows []*GoodsRow, a, b *duty) (nomenclature.Code, quantity.Instant, bool) {
	partial := false // an exception takes a part of the region, so look at its lines
	left := []quantity.Period{p}
	for _, r := range rows {
		if r == nil {
			continue
		}
		for _, e := range r.Except {
			switch {
			case region.HasPrefix(e):
				return "", 0, false
			case e.HasPrefix(region):
				partial = true
			}
		}
	}
	for _, d := range []*duty{a, b} {
		for _, x := range d.except {
			var below bool
			left, below = x.takeAway(region, left)
			partial = partial || below
			if len(left) == 0 {
				return "", 0, false
			}
		}
	}
	index := s.indices[a.pack.ID]
	if !partial || index == nil {
		return region, left[0].From, true
	}
	lines := index.within(region)
	whole := true // the region itself is the leaf
	for i, l := range lines {
		if i+1 < len(lines) && lines[i+1].code != l.code && lines[i+1].code.HasPrefix(l.code) || l.code == region {
			continue
		}
		whole = false
		var at []quantity.Period
		for _, p := range left {
			if q := p.Intersect(l.period); !q.IsEmpty() {
				at = append(at, q)
			}
		}
		if len(at) == 0 || slices.ContainsFunc(rows, func(r *GoodsRow) bool {
			return r != nil && slices.ContainsFunc(r.Except, l.code.HasPrefix)
		}) {
			continue
		}
		for _, d := range []*duty{a, b} {
			for _, x := range d.except {
				at, _ = x.takeAway(l.code, at)
			}
		}
		if len(at) > 0 {
			return l.code, at[0].From, true
		}
	}
	return region, left[0].From, whole
}

// takeAway takes from the periods those in which the rows hold the whole code,
// and tells whether some hold a part of it then.
func (x *rowIndex) takeAway(c nomenclature.Code, from []quantity.Period) (left []quantity.Period, partial bool) {
	left = from
	for n := 2; n <= len(c); n += 2 {
		for _, r := range x.at[c[:n]] {
			switch {
			case slices.ContainsFunc(r.Except, c.HasPrefix): // not this code
			case slices.ContainsFunc(r.Except, func(e nomenclature.Code) bool { return e.HasPrefix(c) }):
				partial = true
			default:
				left = subtract(left, r.Period)
			}
		}
	}
	for _, r := range x.below(c) {
		if slices.ContainsFunc(left, r.Period.Overlaps) {
			return left, true
		}
	}
	return left, partial
}

// intersect returns the time that lies in both, which are in order.
func intersect(a, b []quantity.Period) []quantity.Period {
	var out []quantity.Period
	for _, p := range a {
		for _, q := range b {
			if both := p.Intersect(q); !both.IsEmpty() {
				out = append(out, both)
			}
		}
	}
	return out
}

// subtract returns the time of the periods that does not lie in p.
func subtract(periods []quantity.Period, p quantity.Period) []quantity.Period {
	if !slices.ContainsFunc(periods, p.Overlaps) {
		return periods
	}
	var out []quantity.Period
	for _, q := range periods {
		if !q.Overlaps(p) {
			out = append(out, q)
			continue
		}
		if q.From < p.From {
			out = append(out, quantity.Period{From: q.From, Until: p.From})
		}
		if p.Until < q.Until {
			out = append(out, quantity.Period{From: p.Until, Until: q.Until})
		}
	}
	return out
}

// checkCircles looks for duties that yield to one another at one time, on goods
// that they share.
func (s *stacking) checkCircles() {
	var cuts []quantity.Instant
	for _, r := range s.relations {
		if r.Kind == measure.YieldsTo {
			cuts = append(cuts, r.Period.From, r.Period.Until)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	told := map[string]bool{}
	for i := 0; i+1 < len(cuts); i++ {
		s.circlesIn(quantity.Period{From: cuts[i], Until: cuts[i+1]}, told)
	}
}

// circlesIn looks for circles of the relations that run all through a period.
func (s *stacking) circlesIn(p quantity.Period, told map[string]bool) {
	var running []*statedRelation
	yields := make([]bitset, len(s.duties))
	for i := range yields {
		yields[i] = newBitset(len(s.duties))
	}
	for _, r := range s.relations {
		if r.Kind != measure.YieldsTo || !r.Period.Overlaps(p) {
			continue
		}
		running = append(running, r)
		for i := range s.duties {
			if r.measures.has(i) {
				yields[i].addAll(r.with)
			}
		}
	}
	// Most of the time nothing is left when those that yield to none are put
	// aside again and again, and nobody need ask what meets what.
	left := newBitset(len(s.duties))
	for i := range s.duties {
		yields[i].remove(i)
		left.add(i)
	}
	for again := true; again; {
		again = false
		for i := range s.duties {
			if left.has(i) && !yields[i].intersects(left) {
				left.remove(i)
				again = true
			}
		}
	}
	const (
		fresh = iota
		open
		done
	)
	state := make([]int, len(s.duties))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, i)
		for j := range s.duties {
			if !left.has(j) || !yields[i].has(j) || state[j] == done {
				continue
			}
			if state[j] == open {
				if circle := path[slices.Index(path, j):]; s.together(circle, p) {
					s.tellCircle(circle, running, p, told)
				}
			} else if s.together([]int{i, j}, p) {
				visit(j)
			}
		}
		path = path[:len(path)-1]
		state[i] = done
	}
	for i := range s.duties {
		if left.has(i) && state[i] == fresh {
			visit(i)
		}
	}
}

// together reports whether each duty of the circle can meet the next in the
// period.
func (s *stacking) together(circle []int, p quantity.Period) bool {
	for n, i := range circle {
		j := circle[(n+1)%len(circle)]
		a, b := s.duties[min(i, j)], s.duties[max(i, j)]
		if _, ok := s.meet(a, b, intersect(intersect(a.active, b.active), []quantity.Period{p})); !ok {
			return false
		}
	}
	return true
}

func (s *stacking) tellCircle(circle []int, running []*statedRelation, p quantity.Period, told map[string]bool) {
	first := slices.Index(circle, slices.Min(circle))
	circle = append(slices.Clone(circle[first:]), circle[:first]...)
	key := fmt.Sprint(circle)
	if told[key] {
		return
	}
	told[key] = true
	var words []string
	var at mark
	for n, i := range circle {
		j := circle[(n+1)%len(circle)]
		for _, r := range running {
			if !r.measures.has(i) || !r.with.has(j) {
				continue
			}
			words = append(words, fmt.Sprintf("%s yields to %s (line %d)", s.duties[i].ID, s.duties[j].ID, r.at.line))
			if at.file == "" || r.at.file < at.file || r.at.file == at.file && r.at.line < at.line {
				at = r.at
			}
			break
		}
	}
	s.report(Fault, at, fmt.Sprintf("a circle %s: %s", span(p, s.duties[circle[0]].pack), strings.Join(words, ", ")), "end one of the relations before the other begins")
}
