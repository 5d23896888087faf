package determination

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// Comparison is what differs between two answers to one case: of two days, of
// two days of knowledge, or of the law and a scenario.
//
// Differences are those of after less before. Where facts are open they are
// ranges over all completions, in each of which a fact that is open on both sides
// is the same on both; the difference is therefore narrower than the ends of the
// two ranges suggest.
type Comparison struct {
	before, after *Determination
	by            differences
	sides         *[2]lineBounds // of lines of an entry: what they bear with their shares
	changes       []measureChange
}

// measureChange is a measure that stands otherwise in the two answers.
type measureChange struct {
	move
	acts []ActRef // behind it
}

// Compare finds what differs between two answers to one case. Both stay as they
// are and must not be used again for other cases while the comparison is.
func Compare(before, after *Determination) *Comparison {
	c := &Comparison{before: before, after: after, by: differ(before, after)}
	for _, m := range c.moves() {
		c.changes = append(c.changes, c.explain(m))
	}
	c.changes = append(c.changes, c.portions()...)
	return c
}

// moves finds the measures that stand otherwise. What only comes close takes longer to
// find than the answer: it is looked at for the measures that move alone.
func (c *Comparison) moves() []move {
	before, after := c.before.snapshot(nil), c.after.snapshot(nil)
	moves := movesOf(before, after)
	if len(moves) == 0 || !c.before.e.bare && !c.after.e.bare {
		return moves
	}
	for i := range moves {
		id := moves[i].entry().ID
		before, after = c.before.complete(before, id), c.after.complete(after, id)
	}
	return movesOf(before, after)
}

// Changed reports whether the two answers differ: in the outcome, in the duty or
// the fees, or in a measure that applies.
func (c *Comparison) Changed() bool {
	if c.before.Outcome() != c.after.Outcome() || len(c.changes) > 0 {
		return true
	}
	if c.sides != nil {
		a, b := &c.sides[0], &c.sides[1]
		return !a.unrounded.equal(&b.unrounded) || !a.duty.equal(&b.duty) || !a.fees.equal(&b.fees)
	}
	a, b := &c.before.e.results, &c.after.e.results
	return !a.unrounded.equal(&b.unrounded) || !a.duty.equal(&b.duty) || !a.fees.equal(&b.fees)
}

// Duties returns the duty on both sides, as [Determination.Duty] does.
func (c *Comparison) Duties() (before, after quantity.Range) {
	if c.sides != nil {
		return c.sides[0].duty.asRange(), c.sides[1].duty.asRange()
	}
	before, _, _ = c.before.Duty()
	after, _, _ = c.after.Duty()
	return before, after
}

// Duty returns by how much the duty differs, rounded line by line, in the
// currency of the pack. ok is false where one of the answers has none, or no value
// is given.
func (c *Comparison) Duty() (by Difference, currency string, ok bool) {
	return c.by.duty, c.after.e.q.currency, c.valued()
}

// Fees returns by how much the fees differ, as [Comparison.Duty] does.
func (c *Comparison) Fees() (by Difference, currency string, ok bool) {
	return c.by.fees, c.after.e.q.currency, c.valued()
}

func (c *Comparison) valued() bool {
	a, b := &c.before.e.q, &c.after.e.q
	return c.by.seen && a.hasValue && b.hasValue && a.currency == b.currency
}

// Exact reports whether the differences are as narrow as they can be: false where
// the two ranges could not be gone through together.
func (c *Comparison) Exact() bool { return !c.by.loose }

// Programmes calls visit with the difference of the duties and fees of each
// programme, in the order of the measures. A measure without one goes by its title.
func (c *Comparison) Programmes(visit func(programme string, by Difference)) {
	var names []string
	sums := map[string]Difference{}
	for _, p := range c.by.parts {
		name := p.id
		if m := c.measure(p.id); m != nil {
			name = cmp.Or(m.Programme, m.Title, m.ID)
		}
		if _, ok := sums[name]; !ok {
			names = append(names, name)
		}
		sums[name] = sums[name].Add(p.Difference)
	}
	for _, name := range names {
		visit(name, sums[name])
	}
}

// Why returns, in a sentence each, what moved the answer, with its law.
func (c *Comparison) Why() []string {
	out := make([]string, len(c.changes))
	for i := range c.changes {
		out[i] = c.changes[i].sentence()
	}
	return out
}

// Acts returns the acts behind the changes, each once.
func (c *Comparison) Acts() []ActRef {
	out := []ActRef{}
	for i := range c.changes {
		for _, a := range c.changes[i].acts {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// measure finds a measure in either schedule.
func (c *Comparison) measure(id string) *measure.Measure {
	for _, d := range [...]*Determination{c.after, c.before} {
		if e, ok := d.e.s.Entry(id); ok {
			return e.Measure
		}
	}
	return nil
}

// stand is how a measure stands on one side, whether or not it comes near.
type stand struct {
	entry *schedule.Entry
	state measure.State
	stays []*measure.Act
}

func (d *Determination) stand(id string) (s stand, ok bool) {
	entry, ok := d.e.s.Entry(id)
	if !ok || entry.Base != nil {
		return s, false
	}
	q := &d.e.q
	at := q.at(entry.Leg, entry.Pack)
	return stand{entry, entry.Acts.At(at, q.known), entry.Acts.Stays(at, q.known)}, true
}

// rests reports whether a stay on the other side takes away what this one rests on: the
// act that decides here, or a stay. Else it comes or goes with another act, and moves
// nothing; that of a scenario is what is asked about.
func (s *stand) rests(stay *measure.Act) bool {
	by := func(a *measure.Act) bool { return a != nil && a.By.ID == stay.Effect.Stays }
	return stay.Standing == measure.Hypothetical || by(s.state.Act) || slices.ContainsFunc(s.stays, by)
}

// explain finds the acts behind a change: the one that decides now, or the one
// that did if none does, and the stays that are new or gone.
func (c *Comparison) explain(m move) measureChange {
	out := measureChange{move: m}
	id := m.entry().ID
	was, before := c.before.stand(id)
	now, after := c.after.stand(id)
	add := func(a *measure.Act, e *schedule.Entry) {
		if a == nil {
			return
		}
		if ref := *writeAct(a, e.Pack); !slices.Contains(out.acts, ref) {
			out.acts = append(out.acts, ref)
		}
	}
	moved := func(a, b *measure.Act) bool {
		return a == nil || b == nil || a.By.ID != b.By.ID || a.Period != b.Period || a.Effect.Kind != b.Effect.Kind
	}
	if before && after && (was.state.Kind != now.state.Kind || moved(was.state.Act, now.state.Act)) {
		switch k := now.state.Kind; {
		case k == measure.Ended && m.now == nil:
			out.what, out.act = m.entry().Title+" ends", now.state.Act
		case k == measure.Suspended && m.now == nil:
			out.what, out.act = m.entry().Title+" is suspended", now.state.Act
		case k == measure.NotStarted:
			out.what, out.act = m.entry().Title+" has not started", was.state.Act
		}
		if now.state.Act != nil {
			add(now.state.Act, now.entry)
		} else {
			add(was.state.Act, was.entry)
		}
	}
	stays := func(here, there stand) {
		for _, a := range here.stays {
			if there.rests(a) && !slices.ContainsFunc(there.stays, func(b *measure.Act) bool { return !moved(a, b) }) {
				add(a, here.entry)
				if a.Standing == measure.Hypothetical {
					out.act = a // without it there were no change
				}
			}
		}
	}
	if before {
		stays(was, now)
	}
	if after {
		stays(now, was)
	}
	if before != after && m.act != nil {
		add(m.act, m.entry())
	}
	rows := [...]*rulepack.GoodsRow{c.after.rowOf(m.now), c.before.rowOf(m.was)}
	for i, x := range [...]*snap{m.now, m.was} {
		row, other := rows[i], rows[1-i]
		if row == nil || row.By == nil || other != nil && other.Position == row.Position {
			continue
		}
		out.acts = append(out.acts, instrumentRef(row.By, "lists "+row.Code.String()))
		if by := x.endedBy; by != nil {
			out.acts = append(out.acts, instrumentRef(by, row.Code.String()+" is taken off the list"))
		}
	}
	return out
}

// rowOf is the row that names the goods in a measure as it stands, nil where none
// does.
func (d *Determination) rowOf(x *snap) *rulepack.GoodsRow {
	if x == nil {
		return nil
	}
	return d.e.s.RowOf(x.row, d.e.q.goods)
}

// instrumentRef is an act that is no act of a measure: what an instrument did to a
// row or to a relation.
func instrumentRef(in *measure.Instrument, effect string) ActRef {
	return ActRef{Instrument: in.ID, Title: in.Title, Citation: in.Citation, URL: in.URL, Announced: in.Date.String(), Effect: effect,
		Standing: string(in.Standing), Confidence: string(in.Confidence)}
}

// portions finds duties at the same rate that stand on another part of the value,
// and the relations behind that.
func (c *Comparison) portions() (out []measureChange) {
	a, b := &c.before.e, &c.after.e
	for _, n := range b.live {
		now := &b.cands[n]
		if now.applied == 0 || now.Entry.Kind != measure.Duty || slices.ContainsFunc(c.changes, func(m measureChange) bool { return m.entry().ID == now.Entry.ID }) {
			continue
		}
		i := slices.IndexFunc(a.live, func(m int32) bool { return a.cands[m].Entry.ID == now.Entry.ID && a.cands[m].applied > 0 })
		if i < 0 {
			continue
		}
		was := &a.cands[a.live[i]]
		if was.share.Least.Equal(now.share.Least) && was.share.Most.Equal(now.share.Most) {
			continue
		}
		m := measureChange{move: move{what: fmt.Sprintf("%s: on %s of the value → on %s", now.Entry.Title, percentOf(was.share), percentOf(now.share))}}
		before, after := c.before.e.snap(was), c.after.e.snap(now)
		m.was, m.now = &before, &after
		yields := func(here, there *evaluation, x, y *candidate, words string) {
			for i := range x.Entry.Yields {
				r := &x.Entry.Yields[i]
				with := here.s.Entries()[r.With].ID
				if !r.Runs(here.at(x), here.q.known) || yieldsTo(there, y, with) {
					continue
				}
				ref := instrumentRef(r.Relation.By, words+with)
				if by := r.Relation.EndedBy; by != nil && words == "yielded to " {
					ref = instrumentRef(by, "yields no more to "+with)
				}
				if !slices.Contains(m.acts, ref) {
					m.acts = append(m.acts, ref)
				}
				m.by = r.Relation.By
			}
		}
		yields(a, b, was, now, "yielded to ")
		yields(b, a, now, was, "yields to ")
		out = append(out, m)
	}
	return out
}

// yieldsTo reports whether a candidate yields to the measure of that id.
func yieldsTo(e *evaluation, c *candidate, id string) bool {
	return slices.ContainsFunc(c.Entry.Yields, func(y schedule.Yield) bool {
		return e.s.Entries()[y.With].ID == id && y.Runs(e.at(c), e.q.known)
	})
}

func percentOf(r quantity.Range) string {
	least, most := r.Least.Mul(hundred).String(), r.Most.Mul(hundred).String()
	return fromTo(&least, &most, unstyled) + " %"
}

// ComparisonDocument is a comparison as JSON.
type ComparisonDocument struct {
	Before  Side              `json:"before"`
	After   Side              `json:"after"`
	Changed bool              `json:"changed"`
	Duty    *DutyDifference   `json:"duty"` // after less before; nil where one side has none or no value is given
	Fees    *DutyDifference   `json:"fees"`
	Due     *DutyDifference   `json:"due"`
	Rate    *RateDifference   `json:"rate"`  // of the duty, in points of the value
	Exact   bool              `json:"exact"` // false: the differences are sound but may be wider than need be
	Changes []MeasureMove     `json:"changes"`
	Acts    []ActRef          `json:"acts"` // behind the changes, each once
	Sums    []ProgrammeChange `json:"programmes"`
}

// Side is one of the two answers.
type Side struct {
	Case     Echo         `json:"case"`
	On       string       `json:"on"`
	Known    string       `json:"known"`
	Outcome  Outcome      `json:"outcome"`
	Legs     []LegOutcome `json:"legs"`
	Duty     *DutyRange   `json:"duty"`
	Rate     *RateRange   `json:"rate"`
	Fees     *DutyRange   `json:"fees"`
	Exact    bool         `json:"exact"`
	Schedule ScheduleRef  `json:"schedule"`
}

// DutyDifference is the least and the most by which an amount differs; an amount
// is nil where it is not known.
type DutyDifference struct {
	Least Amount `json:"least"`
	Most  Amount `json:"most"`
}

// RateDifference is the same in points of per cent of the value.
type RateDifference struct {
	Least *string `json:"least"`
	Most  *string `json:"most"`
}

// MeasureMove is a measure that stands otherwise in the two answers.
type MeasureMove struct {
	Measure   string          `json:"measure"`
	Kind      string          `json:"kind"`
	Leg       string          `json:"leg"`
	Title     string          `json:"title"`
	Programme string          `json:"programme,omitempty"`
	What      string          `json:"what"`   // in a sentence, with its law
	Before    *MeasureStand   `json:"before"` // nil where it does not come near the case
	After     *MeasureStand   `json:"after"`
	Duty      *DutyDifference `json:"duty,omitempty"`
	Acts      []ActRef        `json:"acts"`
}

// MeasureStand is how a measure stands in one of the two answers.
type MeasureStand struct {
	State   string `json:"state"` // in force, suspended, ended, unverified, not started
	Applies bool   `json:"applies"`
	Open    bool   `json:"open"` // it applies in some completions of the facts alone
	Rate    string `json:"rate,omitempty"`
	By      string `json:"displacedBy,omitempty"`
}

// ProgrammeChange is by how much the duties and fees of a programme differ.
type ProgrammeChange struct {
	Programme string         `json:"programme"`
	Duty      DutyDifference `json:"duty"`
}

// Document writes the comparison out in full.
func (c *Comparison) Document() *ComparisonDocument {
	c.before.whole()
	c.after.whole()
	doc := &ComparisonDocument{
		Before: c.before.side(), After: c.after.side(), Changed: c.Changed(), Exact: c.Exact(),
		Changes: []MeasureMove{}, Acts: c.Acts(), Sums: []ProgrammeChange{},
	}
	if c.valued() {
		doc.Duty, doc.Fees, doc.Due = c.amounts(c.by.duty), c.amounts(c.by.fees), c.amounts(c.by.due)
		c.Programmes(func(name string, by Difference) {
			if !by.None() {
				doc.Sums = append(doc.Sums, ProgrammeChange{name, *c.amounts(by)})
			}
		})
	}
	doc.Rate = c.points()
	for i := range c.changes {
		m := &c.changes[i]
		entry := m.entry()
		x := MeasureMove{Measure: entry.ID, Kind: string(entry.Kind), Leg: string(entry.Leg), Title: entry.Title, Programme: entry.Programme, What: m.sentence(),
			Before: m.was.stand(), After: m.now.stand(), Acts: append([]ActRef{}, m.acts...)}
		if j := slices.IndexFunc(c.by.parts, func(p partDifference) bool { return p.id == entry.ID }); j >= 0 && c.valued() {
			x.Duty = c.amounts(c.by.parts[j].Difference)
		}
		doc.Changes = append(doc.Changes, x)
	}
	return doc
}

func (s *snap) stand() *MeasureStand {
	if s == nil {
		return nil
	}
	out := &MeasureStand{State: s.state.Kind.String(), Applies: s.applies, Open: s.applies && s.open, Rate: s.rate, By: s.by}
	if s.entry.Base != nil {
		out.State = "by the schedule"
	}
	return out
}

func (d *Determination) side() Side {
	e := &d.e
	s := Side{Case: d.echo(), On: e.q.on.String(), Known: e.q.known.String(), Outcome: d.Outcome(), Legs: d.legs(), Schedule: d.schedule(),
		Exact: e.exact && !e.results.loose && !e.entangled}
	if e.results.duty.seen {
		s.Duty, s.Rate, s.Fees = d.dutyRange(e.results.duty), d.rateRange(e.results.unrounded), d.dutyRange(e.results.fees)
	}
	return s
}

func (c *Comparison) amounts(by Difference) *DutyDifference {
	places := 2
	if p := c.after.e.q.duty; p != nil && p.Rounding != nil {
		places = p.Rounding.Places
	}
	d := &DutyDifference{Least: Amount{Currency: c.after.e.q.currency}, Most: Amount{Currency: c.after.e.q.currency}}
	if !by.LeastUnknown {
		least := by.Least.StringFixed(places)
		d.Least.Amount = &least
	}
	if !by.MostUnknown {
		most := by.Most.StringFixed(places)
		d.Most.Amount = &most
	}
	return d
}

// points is the difference of the rates, nil where the two are of another value.
func (c *Comparison) points() *RateDifference {
	a, b := &c.before.e.q, &c.after.e.q
	if !c.by.seen || !a.value.Equal(b.value) || a.value.IsZero() {
		return nil
	}
	of := func(x quantity.Decimal, unknown bool) *string {
		if unknown {
			return nil
		}
		s := x.Mul(hundred).Quo(a.value, ratePlaces, quantity.HalfUp).String()
		return &s
	}
	return &RateDifference{of(c.by.percent.Least, c.by.percent.LeastUnknown), of(c.by.percent.Most, c.by.percent.MostUnknown)}
}
