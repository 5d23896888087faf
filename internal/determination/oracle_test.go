package determination_test

import (
	"math/big"
	"slices"
	"strings"
)

// The oracle answers a case of a model without index, unknowns or ranges of
// worlds: it scans every measure, paints its timeline day by day and stacks
// sets of parts of the value. It shares no code with the engine.

// truth is three-valued: -1 false, 0 open, 1 true.
type truth int

func known(b bool) truth {
	if b {
		return 1
	}
	return -1
}

// mvalue is a value of a fact; what is not in a map of them is unknown.
type mvalue struct {
	absent bool
	yes    bool
	number *big.Rat
	text   string
}

type mfacts map[string]mvalue

func (f *mfact) value(s string) (mvalue, bool) {
	switch {
	case s == "unknown":
		return mvalue{}, false
	case s == "absent":
		return mvalue{absent: true}, true
	case f.typ == "bool":
		return mvalue{yes: s == "true"}, true
	case f.typ == "number":
		return mvalue{number: rat(s)}, true
	}
	return mvalue{text: s}, true
}

func (c *mcond) eval(f mfacts) truth {
	if c == nil {
		return 1
	}
	switch c.op {
	case "and", "or":
		sign := truth(1)
		if c.op == "or" {
			sign = -1
		}
		out := truth(1)
		for _, k := range c.kids {
			out = min(out, sign*k.eval(f))
		}
		return sign * out
	case "not":
		return -c.kids[0].eval(f)
	}
	v, ok := f[c.fact]
	if !ok {
		return 0
	}
	switch c.op {
	case "fact":
		return known(v.yes && !v.absent)
	case "cmp":
		n := v.number
		if v.absent {
			n = new(big.Rat)
		}
		order := n.Cmp(rat(c.num))
		return known(map[string]bool{"<": order < 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">=": order >= 0, ">": order > 0}[c.rel])
	case "text":
		return known((!v.absent && v.text == c.texts[0]) == (c.rel == "=="))
	}
	return known(!v.absent && slices.Contains(c.texts, v.text))
}

// painted is how a measure stands on one day.
type painted struct {
	kind string // "", in force, suspended, ended, unverified
	rate *mrate
	open leftOpen // where it is unverified
}

// leftOpen is the act that leaves open how a measure stands.
type leftOpen struct {
	by  int
	run span
}

// stateOn paints the acts that are known, one after the other, on one day.
func (m *model) stateOn(acts []mact, on, knownDay day) painted {
	type stroke struct {
		by     int
		run    span
		effect meffect
		over   bool // a suspension that ran out
	}
	order := slices.Clone(acts)
	slices.SortStableFunc(order, func(a, b mact) int { return int(m.instruments[a.by] - m.instruments[b.by]) })
	var strokes []stroke
	for _, a := range order {
		if m.instruments[a.by] > knownDay || a.reported || on < a.run.from && a.effect.kind != "void" {
			continue
		}
		s := stroke{by: a.by, run: a.run, effect: a.effect}
		if on >= a.run.until {
			switch {
			case a.then != nil:
				s.effect = *a.then
			case a.effect.kind == "stay":
				continue
			case a.effect.kind == "suspend":
				s.over = true
			default:
				s.effect = meffect{kind: "end"}
			}
		}
		if s.effect.kind == "stay" {
			strokes = slices.DeleteFunc(strokes, func(x stroke) bool { return x.by == s.effect.stay })
			continue
		}
		strokes = append(strokes, s)
	}
	var full, bare painted // bare: as if there were no suspensions
	for _, s := range strokes {
		switch s.effect.kind {
		case "applies":
			full = painted{kind: "in force", rate: s.effect.rate}
			bare = full
		case "end", "void":
			full = painted{kind: "ended"}
			bare = full
		case "unknown":
			full.kind, bare.kind = "unverified", "unverified"
			full.open, bare.open = leftOpen{s.by, s.run}, leftOpen{s.by, s.run}
		case "resume":
			full = bare
		case "suspend":
			full = bare
			switch {
			case s.over && (bare.kind == "in force" || bare.kind == "unverified"):
				full.kind, full.open = "unverified", leftOpen{s.by, s.run}
			case !s.over && bare.kind != "ended":
				full.kind = "suspended"
			}
		}
	}
	return full
}

// runs reports whether a dated row is law.
func (m *model) runs(s span, by, endedBy int, on, knownDay day) bool {
	if m.instruments[by] > knownDay || on < s.from {
		return false
	}
	return on < s.until || endedBy >= 0 && m.instruments[endedBy] > knownDay
}

func (m *model) inGroup(name, country string, on day) bool {
	switch name {
	case "NEAR":
		return country == "CN" || country == "VN"
	case "VARYING":
		for _, v := range m.varying {
			if v.country == country && v.run.has(on) {
				return true
			}
		}
		return false
	}
	return name == country
}

func (m *model) inPlaces(places []string, country string, on day) bool {
	in := true
	for _, p := range places {
		if !strings.HasPrefix(p, "not ") {
			in = false
		}
	}
	for _, p := range places {
		name, not := strings.CutPrefix(p, "not ")
		if m.inGroup(name, country, on) {
			if not {
				return false
			}
			in = true
		}
	}
	return in
}

func (m *model) onGoods(scope []string, code string, on, knownDay day) bool {
	for _, s := range scope {
		if s[0] >= '0' && s[0] <= '9' {
			if strings.HasPrefix(code, s) {
				return true
			}
			continue
		}
		for _, l := range m.goods {
			if l.id != s {
				continue
			}
			for _, r := range l.rows {
				if strings.HasPrefix(code, r.code) && (r.except == "" || !strings.HasPrefix(code, r.except)) && m.runs(r.run, r.by, r.endedBy, on, knownDay) {
					return true
				}
			}
		}
	}
	return false
}

// range of amounts.
type rng struct {
	least, most *big.Rat
	unbounded   bool
}

func zeroRange() rng { return rng{new(big.Rat), new(big.Rat), false} }

func (r rng) add(s rng) rng {
	return rng{new(big.Rat).Add(r.least, s.least), new(big.Rat).Add(r.most, s.most), r.unbounded || s.unbounded}
}

// cents rounds half away from zero to places.
func cents(r *big.Rat) *big.Rat { return rat(r.FloatString(2)) }

// terms is what a sum of addends takes; missing tells that it needs a quantity
// that is not there.
func terms(ts []mterm, value *big.Rat, quantity func(string) *big.Rat) (sum *big.Rat, missing bool) {
	sum = new(big.Rat)
	for _, t := range ts {
		x := rat(t.amount)
		switch {
		case t.percent:
			x.Mul(x, value).Quo(x, big.NewRat(100, 1))
		case t.unit != "":
			q := quantity(t.unit)
			if q == nil {
				return nil, true
			}
			x.Mul(x, q)
		}
		sum.Add(sum, x)
	}
	return sum, false
}

// due is the duty at a rate.
func (r *mrate) due(value *big.Rat, quantity func(string) *big.Rat) (*big.Rat, bool) {
	out, missing := terms(r.sum, value, quantity)
	if missing {
		return nil, false
	}
	if r.least != nil {
		x, missing := terms(r.least, value, quantity)
		if missing {
			return nil, false
		}
		if out.Cmp(x) < 0 {
			out = x
		}
	}
	if r.most != nil {
		x, missing := terms(r.most, value, quantity)
		if missing {
			return nil, false
		}
		if out.Cmp(x) > 0 {
			out = x
		}
	}
	return out, true
}

// ordinary is the rate of the ordinary duty; nil where it is not known.
func (m *model) ordinary(code, origin string, preference mvalue) *mrate {
	var lines []mline // from the longest
	for n := len(code); n >= 2; n -= 2 {
		for _, l := range m.lines {
			if l.code == code[:n] {
				lines = append(lines, l)
			}
		}
	}
	if origin == "RU" {
		for _, l := range lines {
			if l.other.unreadable || l.other.rate != nil {
				return l.other.rate
			}
		}
		return nil
	}
	for _, l := range lines {
		if l.special == nil {
			continue
		}
		if r := l.special[preference.text]; r != nil && (preference.text != "D" || origin == "VN") {
			return r
		}
		break
	}
	for _, l := range lines {
		if l.general.unreadable || l.general.rate != nil {
			return l.general.rate
		}
	}
	return nil
}

// Parts of the value: the materials, each divided into what is of the United
// States and what is not.
const (
	steelPart = 1 << iota
	copperPart
	restPart
	foreign = 8 // the parts that are not of the United States are shifted by three bits
	whole   = 63
)

func partsOf(on string) int {
	switch on {
	case "steel":
		return steelPart | steelPart*foreign
	case "copper":
		return copperPart | copperPart*foreign
	case "non-us":
		return (steelPart | copperPart | restPart) * foreign
	}
	return whole
}

// size is how much of the value the parts come to, least and most: how the
// materials and the origin of the content overlap nobody declares.
func size(parts int, f mfacts) (least, most *big.Rat) {
	number := func(name string) *big.Rat {
		if v := f[name]; v.number != nil {
			return v.number
		}
		return new(big.Rat)
	}
	one := big.NewRat(1, 1)
	steel, copper, us := number("content.steel"), number("content.copper"), number("content.us")
	rest := new(big.Rat).Sub(one, steel)
	rest.Sub(rest, copper)
	sizes := []*big.Rat{steel, copper, rest}
	both, domestic, abroad := new(big.Rat), new(big.Rat), new(big.Rat)
	for i, s := range sizes {
		inUS, outside := parts&(1<<i) != 0, parts&(foreign<<i) != 0
		switch {
		case inUS && outside:
			both.Add(both, s)
		case inUS:
			domestic.Add(domestic, s)
		case outside:
			abroad.Add(abroad, s)
		}
	}
	other := new(big.Rat).Sub(one, domestic)
	other.Sub(other, abroad)
	// Of the United States' content, y lies in domestic and z in abroad; what is
	// left of it must fit into the others.
	share := func(first, second *big.Rat, firstCounts bool) *big.Rat {
		y := smaller(first, us)
		z := new(big.Rat).Sub(us, other)
		z.Sub(z, y)
		if z.Sign() < 0 {
			z = new(big.Rat)
		}
		if !firstCounts {
			y, z = z, y
		}
		out := new(big.Rat).Add(both, abroad)
		return out.Add(out, y).Sub(out, z)
	}
	_ = one
	return share(abroad, domestic, false), share(domestic, abroad, true)
}

func smaller(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// closedWorld is a case in which everything is known.
type closedWorld struct {
	c        *mcase
	code     string
	facts    mfacts
	unlikely map[string]bool // control items presumed not met
	applies  map[string]bool // of measures whose being in force is not known
}

// verdict is what comes out.
type verdict struct {
	applied    map[string]bool
	displaced  map[string]string
	unverified map[string]bool // legs with a measure that is not verified and matters
	lanes      []string
	legs       map[string]int
	lines      map[string]rng
	duty       rng // rounded line by line
	additional rng
	fees       rng
	exact      rng // not rounded
	hasDuty    bool
}

// scopeOf tells whether the case is within the scope of a measure, origin and
// goods aside.
func (m *model) movement(x *mmeasure, c *mcase) bool {
	on := c.day(x)
	switch x.leg {
	case "into":
		if c.only == "export" || !slices.Contains(x.territory, c.to) {
			return false
		}
	default:
		if c.only == "import" || !m.inPlaces(x.territory, c.from, on) {
			return false
		}
	}
	return m.inPlaces(x.from, c.from, on) && m.inPlaces(x.to, c.to, on)
}

// day is when the law of the measure looks at the case.
func (c *mcase) day(x *mmeasure) day {
	if x.leg == "into" {
		return c.entered
	}
	return c.exported
}

func (m *model) holdsGoods(x *mmeasure, c *mcase, code string) bool {
	return (x.goods == nil || m.onGoods(x.goods, code, c.day(x), c.known)) && !m.onGoods(x.except, code, c.day(x), c.known)
}

// isItem tells whether goods are an item of the measure or of one that controls
// them.
func (m *model) isItem(x *mmeasure, w *closedWorld) bool {
	if x.items == nil && x.controlledBy == nil {
		return true
	}
	on := w.c.day(x)
	lists := slices.Clone(x.items)
	for _, id := range x.controlledBy {
		by := m.measure(id)
		switch m.stateOn(by.acts, on, w.c.known).kind {
		case "in force":
			lists = append(lists, by.items...)
		case "unverified":
			if w.applies[id] {
				lists = append(lists, by.items...)
			}
		}
	}
	for _, id := range lists {
		for _, l := range m.items {
			for _, r := range l.rows {
				if l.id == id && !w.unlikely[r.item] && m.runs(r.run, r.by, -1, on, w.c.known) && r.when.eval(w.facts) > 0 {
					return true
				}
			}
		}
	}
	return false
}

// decide answers a closed world.
func (m *model) decide(w *closedWorld) *verdict {
	c := w.c
	v := &verdict{applied: map[string]bool{}, displaced: map[string]string{}, unverified: map[string]bool{}, legs: map[string]int{}, lines: map[string]rng{},
		duty: zeroRange(), additional: zeroRange(), fees: zeroRange(), exact: zeroRange()}
	active := map[string]bool{}
	states := map[string]painted{}
	for _, x := range m.measures {
		s := m.stateOn(x.acts, c.day(x), c.known)
		states[x.id] = s
		active[x.id] = m.movement(x, c) && m.inPlaces(x.origin, c.origin, c.day(x)) && m.holdsGoods(x, c, w.code) &&
			(s.kind == "in force" || s.kind == "unverified" && w.applies[x.id]) && x.when.eval(w.facts) > 0 && m.isItem(x, w)
	}
	v.hasDuty = c.to == "US" && c.only != "export"
	if v.hasDuty {
		if c.origin == "RU" {
			active["b.two"] = true
		} else {
			active["b.one"] = true
		}
	}
	kinds := map[string]string{}
	for _, x := range m.measures {
		kinds[x.id] = x.kind
	}
	spares, moves := map[string]bool{}, map[string]bool{}
	for _, x := range m.measures {
		for _, target := range x.exempts {
			if active[x.id] && active[target] && v.displaced[target] == "" {
				v.displaced[target] = x.id
				spares[x.id] = true
				moves[x.id] = moves[x.id] || kinds[target] != "fee"
			}
		}
	}
	for _, x := range m.measures {
		for _, target := range x.inLieuOf {
			if active[x.id] && v.displaced[x.id] == "" && active[target] && v.displaced[target] == "" && target != x.id {
				v.displaced[target] = x.id
			}
		}
	}
	stands := map[string]int{} // the parts of the value on which a duty stands
	for i := len(m.measures) - 1; i >= 0; i-- {
		x := m.measures[i]
		if !active[x.id] || v.displaced[x.id] != "" || !x.isDuty() {
			continue
		}
		parts := partsOf(x.on)
		displacer := ""
		for _, r := range m.relations {
			if r.measure == x.id && active[r.with] && v.displaced[r.with] == "" && m.runs(r.run, r.by, r.endedBy, c.entered, c.known) {
				if stands[r.with]&parts != 0 {
					displacer = r.with
				}
				parts &^= stands[r.with]
			}
		}
		stands[x.id] = parts
		_, own := size(partsOf(x.on), w.facts)
		if _, most := size(parts, w.facts); most.Sign() == 0 && own.Sign() != 0 {
			v.displaced[x.id] = displacer
		}
	}
	value := rat("100")
	if c.value != "" {
		value = rat(c.value)
	}
	quantity := func(unit string) *big.Rat {
		if q, ok := c.quantities[unit]; ok && c.value != "" {
			return rat(q)
		}
		return nil
	}
	base := zeroRange()
	if v.hasDuty {
		id := "b.one"
		if c.origin == "RU" {
			id = "b.two"
		}
		if v.displaced[id] == "" {
			base = rng{new(big.Rat), new(big.Rat), true}
			if r := m.ordinary(w.code, c.origin, w.facts["preference"]); r != nil {
				if d, ok := r.due(value, quantity); ok {
					base = rng{d, d, false}
				}
			}
			v.line(id, base, false)
		}
	}
	var tops []top
	for _, x := range m.measures {
		if !active[x.id] || v.displaced[x.id] != "" {
			continue
		}
		leg := map[string]string{"into": "import", "out-of": "export", "reexport-from": "re-export"}[x.leg]
		strict := map[string]int{"licence": 1, "prohibition": 2}[x.kind]
		if strict > v.legs[leg] {
			v.legs[leg] = strict
		}
		if states[x.id].kind == "unverified" && (x.kind == "duty" || strict > 0 || moves[x.id]) {
			v.unverified[leg] = true
		}
		if x.kind != "exemption" || spares[x.id] {
			v.applied[x.id] = true
		}
		if x.kind == "licence" {
			v.lanes = append(v.lanes, m.lane(x, w))
		}
		if !x.isDuty() || !v.hasDuty {
			continue
		}
		least, most := size(stands[x.id], w.facts)
		amount := m.amount(states[x.id].rate, least, value, quantity, base)
		if least.Cmp(most) != 0 {
			other := m.amount(states[x.id].rate, most, value, quantity, base)
			if other.least.Cmp(amount.least) < 0 {
				amount.least = other.least
			}
			if other.most.Cmp(amount.most) > 0 {
				amount.most = other.most
			}
			amount.unbounded = amount.unbounded || other.unbounded
		}
		if x.kind == "fee" {
			v.fee(x.id, amount)
			continue
		}
		v.line(x.id, amount, true)
		if r := states[x.id].rate; r != nil && r.total {
			tops = append(tops, top{x.id, rat(r.sum[0].amount), least})
		}
	}
	if base.unbounded {
		v.together(tops, value)
	}
	return v
}

// top is a duty that tops the ordinary one up, on a share of the value.
type top struct {
	id             string
	percent, share *big.Rat
}

// together finds the least that an ordinary duty which is not known comes to
// with what tops it up: what the one lacks the other has. The sum is least where
// the ordinary duty is nothing or just what one of them asks for.
func (v *verdict) together(tops []top, value *big.Rat) {
	if len(tops) == 0 {
		return
	}
	asks := func(t top) *big.Rat {
		x := new(big.Rat).Mul(t.percent, value)
		return x.Quo(x, big.NewRat(100, 1))
	}
	var least, exact *big.Rat
	for i := -1; i < len(tops); i++ {
		base := new(big.Rat)
		if i >= 0 {
			base = asks(tops[i])
		}
		rounded, sum := cents(base), new(big.Rat).Set(base)
		for _, t := range tops {
			x := asks(t)
			if x.Sub(x, base).Sign() > 0 {
				x.Mul(x, t.share)
				rounded.Add(rounded, cents(x))
				sum.Add(sum, x)
			}
		}
		if least == nil || rounded.Cmp(least) < 0 {
			least = rounded
		}
		if exact == nil || sum.Cmp(exact) < 0 {
			exact = sum
		}
	}
	v.duty.least = new(big.Rat).Add(v.duty.least, least)
	v.exact.least = new(big.Rat).Add(v.exact.least, exact)
}

// amount is a rate on a share of the value.
func (m *model) amount(r *mrate, share, value *big.Rat, quantity func(string) *big.Rat, base rng) rng {
	unknown := rng{new(big.Rat), new(big.Rat), true}
	if r == nil {
		return unknown
	}
	if r.total {
		top := func(base *big.Rat) *big.Rat {
			x := rat(r.sum[0].amount)
			x.Mul(x, value).Quo(x, big.NewRat(100, 1)).Sub(x, base).Mul(x, share)
			if x.Sign() < 0 {
				return new(big.Rat)
			}
			return x
		}
		out := rng{least: new(big.Rat), most: top(base.least)}
		if !base.unbounded {
			out.least = top(base.most)
		}
		return out
	}
	d, ok := r.due(new(big.Rat).Mul(value, share), func(unit string) *big.Rat {
		q := quantity(unit)
		if q == nil {
			return nil
		}
		return new(big.Rat).Mul(q, share)
	})
	if !ok {
		return unknown
	}
	return rng{d, d, false}
}

func (v *verdict) line(id string, r rng, additional bool) {
	rounded := rng{cents(r.least), cents(r.most), r.unbounded}
	v.applied[id] = true
	v.lines[id] = rounded
	v.duty, v.exact = v.duty.add(rounded), v.exact.add(r)
	if additional {
		v.additional = v.additional.add(rounded)
	}
}

// fee is no part of the duty.
func (v *verdict) fee(id string, r rng) {
	rounded := rng{cents(r.least), cents(r.most), r.unbounded}
	v.applied[id], v.lines[id] = true, rounded
	v.fees = v.fees.add(rounded)
}

// lane is the fastest lane that is available for a licence.
func (m *model) lane(x *mmeasure, w *closedWorld) string {
	best := ""
	rank := 0
next:
	for _, l := range m.lanes {
		if l.forID != x.id || best != "" && l.rank >= rank || m.stateOn([]mact{l.act}, w.c.exported, w.c.known).kind != "in force" {
			continue
		}
		for _, r := range l.requires {
			if r.eval(w.facts) <= 0 {
				continue next
			}
		}
		best, rank = l.id, l.rank
	}
	return best
}
