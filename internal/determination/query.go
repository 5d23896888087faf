package determination

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
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
	// noonOf is the noon asked for last: a case asks for the same ones several times.
	noonOf struct {
		quantity.Moment
		zone *time.Location
		at   quantity.Instant
	}
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
	last := &q.noonOf
	if last.zone != zone || last.Moment != m {
		last.at, last.Moment, last.zone = q.findNoon(m, zone), m, zone
	}
	return last.at
}

func (q *query) findNoon(m quantity.Moment, zone *time.Location) quantity.Instant {
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
	for n := range in.spans { // that of the last first
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
