package determination

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// query is a case understood: every text of it read and checked against the
// schedule.
type query struct {
	goods            nomenclature.Code
	article          *schedule.Goods   // what the schedule says of them
	within           nomenclature.Code // the subheading as one of whose lines the goods are read; "": they are a line that is held
	from, to, origin nomenclature.Country

	on, entered, exported quantity.Moment
	known                 quantity.Date

	hasValue   bool
	value      quantity.Decimal // 100 where no value is given: amounts are then per cent
	currency   string
	quantities []quantity.Quantity

	facts  condition.Facts // by slot, defaults filled in
	stated schedule.Slots  // those that are not the defaults
	given  []int32         // slots that the case itself states
	made   []int32         // slots that were computed from others
	names  []string        // memory for the names of the facts given
	// classes are what the case says of the goods in each classification.
	classes []classed
	closed  bool
	// kept is the memory of the last case that was closed where this one is open,
	// or open where it is closed.
	kept struct {
		facts  condition.Facts
		stated schedule.Slots
	}
	of *schedule.Schedule // whose facts these are

	noons [4]noons // already worked out, of this case and those before
	// knownOn is the day of knowledge as it was read last, and its text.
	knownOn struct {
		text string
		quantity.Moment
	}

	legs []leg
	// fixed is the instant that fixes the import law of the goods in the place of
	// entry; 0 where none does.
	fixed quantity.Instant
	duty  *rulepack.Pack // the pack whose ordinary duty the goods meet; nil: no duty is asked
}

// leg is one leg of the movement that the packs speak of.
type leg struct {
	kind      measure.Leg
	territory nomenclature.Country // whose law it is
	entries   []int32
	packs     []int // those with law on the leg
}

// noons are the noons of a zone: spans of days, between two changes of the clock each,
// whose noons are as far from 00:00 in UTC.
type noons struct {
	zone  *time.Location // nil: none are known
	last  int            // the span of the day that was asked for last
	spans [4]struct {
		from, until quantity.Date
		after       quantity.Instant
	}
}

// noon returns the instant of a moment in a zone: of a day alone, its noon.
func (q *query) noon(m quantity.Moment, zone *time.Location) quantity.Instant {
	if !m.IsDate() {
		return m.Noon(zone)
	}
	in := &q.noons[0]
	for i := range q.noons {
		if in = &q.noons[i]; in.zone == zone {
			break
		}
		if in.zone == nil || i == len(q.noons)-1 {
			*in = noons{zone: zone}
			break
		}
	}
	day := m.Date(zone)
	for n := range in.spans { // that of the last first: a case asks several times
		at := (in.last + n) % len(in.spans)
		if x := &in.spans[at]; x.from <= day && day < x.until {
			in.last = at
			return day.Midnight() + x.after
		}
	}
	in.last = (in.last + 1) % len(in.spans)
	x := &in.spans[in.last]
	x.from, x.until, x.after = day.Noons(zone)
	return day.Midnight() + x.after
}

// at returns the instant at which the law of the pack looks at a leg: of a day
// alone, its noon in the pack's zone.
func (q *query) at(kind measure.Leg, p *rulepack.Pack) quantity.Instant {
	if kind == measure.Import {
		if q.fixed != 0 && p == q.duty {
			return q.fixed
		}
		return q.noon(q.entered, p.Zone)
	}
	return q.noon(q.exported, p.Zone)
}

// read understands the case. All its faults are returned at once.
func (q *query) read(s *schedule.Schedule, c *Case) Problems {
	q.goods, q.article, q.from, q.to, q.origin = "", nil, "", "", ""
	q.on, q.entered, q.exported, q.known = quantity.Moment{}, quantity.Moment{}, quantity.Moment{}, 0
	q.hasValue, q.value, q.currency, q.duty, q.fixed = false, hundred, "", nil, 0
	q.given, q.made, q.classes, q.legs, q.quantities = q.given[:0], q.made[:0], q.classes[:0], q.legs[:0], q.quantities[:0]
	r := reader{s: s, c: c, q: q}
	r.places()
	r.dates()
	r.legs()
	r.begun()
	r.goods()
	r.amounts()
	r.facts()
	return r.problems
}

type reader struct {
	s        *schedule.Schedule
	c        *Case
	q        *query
	problems Problems
}

func (r *reader) fault(field, message, hint string) {
	r.problems = append(r.problems, r.c.problem(field, message, hint))
}

func (r *reader) faultErr(field string, err error) { r.fault(field, err.Error(), "") }

func (r *reader) places() {
	country := func(field, text string, into *nomenclature.Country) {
		if text == "" {
			r.fault(field, "no country is given", "a two-letter code or a name, such as CN or China")
			return
		}
		c, err := nomenclature.ParseCountry(text)
		if err != nil {
			r.faultErr(field, err)
			return
		}
		*into = c
	}
	country("from", r.c.From, &r.q.from)
	country("to", r.c.To, &r.q.to)
	if r.q.from != "" && r.q.from == r.q.to {
		r.fault("to", fmt.Sprintf("the goods come from %s and go to %s: they cross no border", r.q.from.Name(), r.q.to.Name()),
			"give the country they come from, for goods of a zone or a warehouse too")
	}
	if r.c.Origin == "" {
		r.q.origin = r.q.from
	} else {
		country("origin", r.c.Origin, &r.q.origin)
	}
}

func (r *reader) dates() {
	moment := func(field, text string, into *quantity.Moment) bool {
		if text == "" {
			return false
		}
		m, err := quantity.ParseMoment(text)
		if err != nil {
			r.faultErr(field, err)
			return true
		}
		if m.Date(time.UTC) >= tooFar {
			r.fault(field, text+" is too far off", "a day before the year 3000")
			return true
		}
		*into = m
		return true
	}
	on := moment("on", r.c.On, &r.q.on)
	entered := moment("entered", r.c.Entered, &r.q.entered)
	exported := moment("exported", r.c.Exported, &r.q.exported)
	if !entered {
		r.q.entered = r.q.on
	}
	if !exported {
		r.q.exported = r.q.on
	}
	switch {
	case on:
	case entered:
		r.q.on = r.q.entered
		if !exported {
			r.q.exported = r.q.entered
		}
	case exported:
		r.q.on = r.q.exported
		r.q.entered = r.q.exported
	default:
		r.fault("on", "no day is given", "the day, or the instant with its offset, for which the law is asked: 2025-06-15")
	}
	if exported && r.c.Only != "export" && !r.q.exported.IsZero() && !r.q.entered.IsZero() &&
		r.q.exported.Date(time.UTC) > r.q.entered.Date(time.UTC).AddDays(1) { // zones may be a day apart
		r.fault("exported", fmt.Sprintf("the goods leave on %s and enter on %s, before that", r.c.Exported, cmp.Or(r.c.Entered, r.c.On)), "correct one of the two")
	}
	if r.c.Known == "" {
		for _, p := range r.s.Set.Packs {
			r.q.known = max(r.q.known, p.KnownThrough)
		}
		return
	}
	known := &r.q.knownOn
	if known.text != r.c.Known || known.IsZero() {
		known.text, known.Moment = r.c.Known, quantity.Moment{}
		moment("known", r.c.Known, &known.Moment)
	}
	switch {
	case known.IsZero():
	case known.IsDate():
		r.q.known = known.Date(nil)
	default:
		r.q.known = known.Date(r.s.Zone(r.q.to))
	}
}

var tooFar = quantity.NewDate(3000, time.January, 1)

// legs finds the legs of the movement on which some pack has law.
func (r *reader) legs() {
	q := r.q
	switch r.c.Only {
	case "", "import", "export":
	default:
		r.fault("only", fmt.Sprintf("%q is no leg", r.c.Only), "import or export; leave it out for both")
	}
	if len(r.problems) > 0 {
		return
	}
	add := func(kind measure.Leg, territory nomenclature.Country) {
		if entries, packs := r.s.OnLeg(kind, territory); len(entries) > 0 {
			q.legs = append(q.legs, leg{kind, territory, entries, packs})
		}
	}
	if r.c.Only != "import" {
		add(measure.Export, q.from)
		add(measure.Reexport, q.from)
	}
	if r.c.Only != "export" {
		add(measure.Import, q.to)
		if p, ok := r.s.Pack(q.to); ok {
			q.duty = p
		}
	}
}

// begun checks that the packs speak of the day on which the goods leave; of that
// on which they enter see goods.
func (r *reader) begun() {
	q := r.q
	if q.on.IsZero() {
		return
	}
	for _, lg := range q.legs {
		if lg.kind == measure.Import {
			continue
		}
		for _, i := range lg.packs {
			p := r.s.Set.Packs[i]
			if day := q.exported.Date(p.Zone); day < p.Begins {
				r.before("exported", r.c.Exported, day, p)
				return
			}
		}
	}
}

// before complains of a day that comes before a pack.
func (r *reader) before(field, given string, day quantity.Date, p *rulepack.Pack) {
	if given == "" {
		field = "on"
	}
	r.fault(field, fmt.Sprintf("%s is before the pack %s begins (%s)", day, p.ID, p.Begins), "ask for that day or a later one")
}

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
	if !found && len(code) == 8 {
		// Many eight-digit subheadings are printed only with their one
		// statistical line.
		if only := table.Children(code, held); len(only) == 1 {
			code, found = only[0].Code, true
			q.goods, q.article = code, r.s.GoodsOf(code)
		}
	}
	if !found && len(code) == 10 && strings.HasSuffix(string(code), "00") {
		// And many schedules print no statistical line where there is but one.
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

var hundred = quantity.NewDecimal(100, 0)

func (r *reader) amounts() {
	q := r.q
	if q.duty != nil {
		q.currency = q.duty.Currency
	}
	if r.c.Value != "" {
		m, err := quantity.ParseMoney(r.c.Value)
		switch {
		case err != nil:
			r.faultErr("value", err)
		case m.Amount.Sign() < 0:
			r.fault("value", "a value cannot be negative", "")
		case q.duty != nil && m.Currency != q.duty.Currency:
			r.fault("value", fmt.Sprintf("%s is not the currency in which this duty is computed", m.Currency),
				fmt.Sprintf("give the entered value in %s, converted at the customs rate", q.duty.Currency))
		default:
			q.value, q.hasValue, q.currency = m.Amount, true, m.Currency
		}
	}
	field := func(i int) string {
		if len(r.c.Quantity) > 1 {
			return fmt.Sprintf("quantity.%d", i+1)
		}
		return "quantity"
	}
	for i, text := range r.c.Quantity {
		n, err := quantity.ParseQuantity(text)
		if err == nil && n.Amount.Sign() < 0 {
			err = errors.New("a quantity cannot be negative")
		}
		if err == nil {
			q.quantities = append(q.quantities, n)
			continue
		}
		r.faultErr(field(i), err)
	}
	if len(q.quantities) > 1 && len(q.quantities) == len(r.c.Quantity) {
		r.contents(field)
	}
}

// quantityIn finds the quantity in a unit among those given. Where no decimal is
// exact, as for 100 pieces in dozens, it is right to twelve places.
func (q *query) quantityIn(u quantity.Unit) (quantity.Decimal, bool) {
	for _, n := range q.quantities {
		if d, ok := n.In(u); ok {
			return d, true
		}
	}
	for _, n := range q.quantities {
		if d, ok := n.InRounded(u, 12, quantity.HalfUp); ok {
			return d, true
		}
	}
	return quantity.Decimal{}, false
}

// state puts a value in the place of the default.
func (q *query) state(slot int, v condition.Value) {
	q.facts[slot] = v
	q.stated.Add(slot)
}

// isContradictory reports whether facts that are stated cannot be together.
func (q *query) isContradictory(s *schedule.Schedule) bool {
	for range s.Contradictions(q.facts, q.stated) {
		return true
	}
	return false
}

// unstate gives a fact back the value that it had, stated or not.
func (q *query) unstate(slot int, v condition.Value, stated bool) {
	q.state(slot, v)
	if !stated {
		q.stated.Remove(slot)
	}
}

// like makes the query like another, with facts and legs of its own.
func (q *query) like(of *query) {
	facts, stated, legs := append(q.facts[:0], of.facts...), append(q.stated[:0], of.stated...), append(q.legs[:0], of.legs...)
	*q = *of
	q.facts, q.stated, q.legs = facts, stated, legs
	q.kept.facts, q.kept.stated = nil, nil
}

// copy returns the query with facts and legs of its own.
func (q *query) copy() query {
	c := *q
	c.kept.facts, c.kept.stated = nil, nil
	c.facts, c.stated, c.legs = slices.Clone(q.facts), slices.Clone(q.stated), slices.Clone(q.legs)
	return c
}

// lag is by how many seconds the instant of entry is after that of export. Of
// one day alone it is the difference between noon at the one place and noon at
// the other.
func (q *query) lag() quantity.Instant {
	entered, _ := q.facts[condition.SlotEntered].Instant()
	exported, _ := q.facts[condition.SlotExported].Instant()
	return entered - exported
}

// shift moves the legal instants of the query so that entry is at the instant,
// and export as long before it as it was.
func (q *query) shift(to quantity.Instant) {
	exported := to - q.lag()
	q.entered, q.exported = quantity.InstantMoment(to), quantity.InstantMoment(exported)
	q.on = q.entered
	q.state(condition.SlotEntered, condition.InstantValue(to))
	q.state(condition.SlotExported, condition.InstantValue(exported))
}

// ofMovement are the facts of the movement itself, which every case states.
const ofMovement = 1<<(condition.SlotValue+1) - 1

// begin fills in the defaults: all of them the first time, then only those that
// the case before did not leave; but for the facts of the movement.
func (q *query) begin(s *schedule.Schedule, closed bool) {
	defaults := s.Defaults(closed)
	switch {
	case q.of != s:
		q.kept.facts, q.kept.stated = nil, nil
	case q.closed != closed:
		q.facts, q.kept.facts = q.kept.facts, q.facts
		q.stated, q.kept.stated = q.kept.stated, q.stated
		q.closed = closed
	}
	if q.of != s || len(q.facts) != len(defaults) {
		q.of, q.closed = s, closed
		q.facts = append(q.facts[:0], defaults...)
		q.stated = s.NewSlots()
		return
	}
	for i, word := range q.stated {
		if i == 0 {
			word &^= ofMovement
		}
		for ; word != 0; word &= word - 1 {
			slot := i*64 + bits.TrailingZeros64(word)
			q.facts[slot] = defaults[slot]
		}
		q.stated[i] = 0
	}
}

func (r *reader) facts() {
	q := r.q
	q.begin(r.s, r.c.Closed)
	q.state(condition.SlotOrigin, condition.TextValue(string(q.origin)))
	q.state(condition.SlotFrom, condition.TextValue(string(q.from)))
	q.state(condition.SlotTo, condition.TextValue(string(q.to)))
	if q.on.IsZero() {
		q.state(condition.SlotEntered, condition.Value{})
		q.state(condition.SlotExported, condition.Value{})
	} else {
		q.state(condition.SlotEntered, condition.InstantValue(q.noon(q.entered, r.s.Zone(q.to))))
		q.state(condition.SlotExported, condition.InstantValue(q.noon(q.exported, r.s.Zone(q.from))))
	}
	if r.c.total != nil && !r.c.totalUnknown {
		q.state(condition.SlotValue, condition.NumberValue(*r.c.total))
	} else if q.hasValue && r.c.total == nil {
		q.state(condition.SlotValue, condition.NumberValue(q.value))
	} else {
		q.state(condition.SlotValue, condition.Value{})
	}
	if len(r.c.Facts) > 0 {
		r.given()
	}
	if q.article != nil && len(q.article.Implied) > 0 {
		r.implied()
	}
	if r.s.Computes(q.stated) {
		r.derived()
	}
	r.classes()
	if len(q.given) > 0 {
		r.groups()
		r.contradictions()
		r.preference()
	}
}

// implied takes from the goods code what it settles by itself.
func (r *reader) implied() {
	q, env := r.q, r.s.Set.Env
	for i := range q.article.Implied {
		im := &q.article.Implied[i]
		switch fact := env.Fact(im.Slot); {
		case im.Usual:
			switch {
			case !r.c.Closed || slices.Contains(q.given, int32(im.Slot)):
			case len(q.given) == 0: // it is no more than the whole
				q.state(im.Slot, im.Value)
			default:
				q.state(im.Slot, r.remaining(im))
			}
		case !slices.Contains(q.given, int32(im.Slot)):
			if q.facts[im.Slot].IsUnknown() || q.facts[im.Slot].IsAbsent() {
				q.state(im.Slot, im.Value)
			}
		case !q.facts[im.Slot].Equal(im.Value):
			r.fault("facts."+fact.Name, fmt.Sprintf("%s contradicts the goods code: %s means %s", q.facts[im.Slot], im.Goods, im.Value),
				"correct the fact or the code")
		}
	}
}

// remaining is the usual value of a fact, or as much of it as the parts of the
// same whole that the case states leave.
func (r *reader) remaining(im *schedule.Implied) condition.Value {
	usual, ok := im.Value.Number()
	if !ok {
		return im.Value
	}
	for _, g := range r.s.Groups() {
		if !slices.Contains(g.Slots, im.Slot) {
			continue
		}
		left := g.Whole
		for _, slot := range r.q.given {
			if n, ok := r.q.facts[slot].Number(); ok && slices.Contains(g.Slots, int(slot)) {
				left = left.Sub(n)
			}
		}
		usual = usual.Min(left.Max(quantity.Decimal{}))
	}
	return condition.NumberValue(usual)
}

// derived computes the facts that follow from others by a formula.
func (r *reader) derived() {
	q := r.q
	condition.Derive(r.s.Set.Formulas, q.facts, func(f *condition.Formula, v condition.Value) {
		fact, now := r.s.Set.Env.Fact(f.Slot), q.facts[f.Slot]
		if err := fact.Check(v); err != nil {
			r.fault("facts."+fact.Name, fmt.Sprintf("computed as %s it is out of bounds: %v", f, err), "correct "+r.names(f))
			return
		}
		if now.IsKnown() && !f.Agrees(now, v) {
			r.fault("facts."+fact.Name, fmt.Sprintf("%s contradicts %s, which comes to %s", now, f, figure(v)), "correct one of "+fact.Name+", "+r.names(f))
			return
		}
		q.state(f.Slot, v)
		q.made = append(q.made, int32(f.Slot))
	})
}

// figure is a computed value in words: without the places that a quotient
// without end has.
func figure(v condition.Value) string {
	n, ok := v.Number()
	if short := n.Round(4, quantity.HalfUp); ok && !short.Equal(n) {
		return "about " + short.String()
	}
	return v.String()
}

// names lists the facts that a formula computes from.
func (r *reader) names(f *condition.Formula) string {
	names := make([]string, len(f.Slots))
	for i, slot := range f.Slots {
		names[i] = r.s.Set.Env.Fact(slot).Name
	}
	return strings.Join(names, ", ")
}

// contradictions checks that the facts stated, those that follow from the goods
// code and from one another among them, can be together.
func (r *reader) contradictions() {
	q := r.q
	for c := range r.s.Contradictions(q.facts, q.stated) {
		for _, atom := range c.When.Atoms() {
			slot := atom.Slots[0]
			if slices.Contains(q.given, int32(slot)) {
				r.fault("facts."+r.s.Set.Env.Fact(slot).Name, c.Says, c.Remedy)
				break
			}
		}
	}
}

// preference checks that the programme claimed is open to the origin.
func (r *reader) preference() {
	q := r.q
	if q.duty == nil || q.duty.Base == nil || q.duty.Base.ClaimSlot < 0 || q.on.IsZero() {
		return
	}
	slot := q.duty.Base.ClaimSlot
	symbol, ok := q.facts[slot].Text()
	if !ok || !slices.Contains(q.given, int32(slot)) || r.s.Eligible(q.duty, symbol, q.at(measure.Import, q.duty), q.known, q.origin) {
		return
	}
	hint := "leave the claim out"
	if open := r.s.OpenTo(q.duty, q.at(measure.Import, q.duty), q.known, q.origin); len(open) > 0 {
		hint = "open to goods of that origin: " + strings.Join(open, ", ")
	}
	r.fault("facts."+r.s.Set.Env.Fact(slot).Name, fmt.Sprintf("the programme %s is not open to goods of %s on that day", symbol, q.origin.Name()), hint)
}

// given reads the facts that the case states.
func (r *reader) given() {
	q, env := r.q, r.s.Set.Env
	q.names = r.c.factNames(q.names[:0])
	for _, name := range q.names {
		field := "facts." + name
		slot, ok := env.Slot(name)
		if !ok {
			hint := "`navicert facts` lists them"
			if near := env.Nearest(name); near != "" {
				hint = "did you mean " + near + "? " + hint
			}
			r.fault(field, "no pack knows this fact", hint)
			continue
		}
		fact := env.Fact(slot)
		if fact.Pack == "" {
			r.fault(field, "this is a field of the case, not a fact", "give it as "+name)
			continue
		}
		v, err := fact.ParseValueIn(r.c.Facts[name], r.s.Zone(q.to))
		if err != nil {
			r.faultErr(field, err)
			continue
		}
		q.state(slot, v)
		q.given = append(q.given, int32(slot))
	}
}

// contents checks that the materials in the goods weigh no more than the goods.
// A kilogram more is let pass: entries give quantities in whole units.
func (r *reader) contents(field func(i int) string) {
	q := r.q
	if !slices.ContainsFunc(q.quantities, func(n quantity.Quantity) bool { _, _, ok := n.Content(); return ok }) {
		return
	}
	whole, ok := q.quantityIn(quantity.Kilogram)
	if !ok {
		return
	}
	most := map[string]quantity.Decimal{} // by material: it may be given in several units
	var sum quantity.Decimal
	for i, n := range q.quantities {
		material, of, ok := n.Content()
		if !ok {
			continue
		}
		kilos, ok := quantity.Quantity{Amount: n.Amount, Unit: of}.InRounded(quantity.Kilogram, 12, quantity.HalfUp)
		if !ok || kilos.Cmp(most[material]) <= 0 {
			continue
		}
		sum = sum.Sub(most[material]).Add(kilos)
		most[material] = kilos
		if sum.Sub(quantity.NewDecimal(1, 0)).Cmp(whole) >= 0 {
			r.fault(field(i), fmt.Sprintf("the materials in the goods come to %s kg, more than the goods weigh (%s kg)", sum, whole), "correct one of the quantities")
			return
		}
	}
}

// groups checks that parts of one whole do not exceed it.
func (r *reader) groups() {
	for _, g := range r.s.Groups() {
		var sum quantity.Decimal
		var last string
		for _, slot := range g.Slots {
			if n, ok := r.q.facts[slot].Number(); ok {
				sum = sum.Add(n)
				if slices.Contains(r.q.given, int32(slot)) {
					last = r.s.Set.Env.Fact(slot).Name
				}
			}
		}
		if last != "" && sum.Cmp(g.Whole) > 0 {
			r.fault("facts."+last, fmt.Sprintf("the parts of %s come to %s, more than the whole (%s)", g.Name, sum, g.Whole), "correct one of them")
		}
	}
}
