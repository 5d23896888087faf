package determination

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// Consignment is what is asked of goods that are entered together: one entry
// with several lines. The case is what the lines have in common; each line has
// goods, a value and a quantity of its own, and may have its own origin, country
// that it leaves, reference and facts.
type Consignment struct {
	Case
	// Lines are the goods lines, in the order of the entry. A consignment without
	// is a plain case.
	Lines []Case
}

// lineKeys are the members that a line may have.
var lineKeys = []string{"reference", "description", "goods", "from", "origin", "value", "quantity", "facts"}

// ParseConsignment reads a case file that may hold lines, in YAML or JSON. The
// name is that of the file, for the problems. The error is Problems.
func ParseConsignment(data []byte, name string) (Consignment, error) {
	node, problems := parseNode(data, name)
	if len(problems) > 0 {
		return Consignment{}, problems
	}
	return ConsignmentOf(node, name)
}

// ConsignmentOf reads a case that may hold lines from a YAML node. The error is
// Problems.
func ConsignmentOf(node *yaml.Node, name string) (Consignment, error) {
	c := Consignment{Case: Case{file: name, at: map[string]position{}}}
	d := caseDecoder{c: &c.Case, keys: append(slices.Clone(caseKeys), "lines")}
	d.mapping(node, "", func(key string, v *yaml.Node) bool {
		if key != "lines" {
			return d.member(key, v)
		}
		if v.Kind != yaml.SequenceNode || len(v.Content) == 0 {
			d.fault(v, "lines", "a list of lines is wanted here", "each with goods and value")
			return true
		}
		for _, n := range v.Content {
			line := Case{file: name, at: map[string]position{}}
			ld := caseDecoder{c: &line, keys: lineKeys, prefix: fmt.Sprintf("lines.%d.", len(c.Lines)+1)}
			ld.mapping(n, "", func(key string, v *yaml.Node) bool {
				return (slices.Contains(lineKeys, key) || key == "designation") && ld.member(key, v)
			})
			d.problems = append(d.problems, ld.problems...)
			c.Lines = append(c.Lines, line)
		}
		return true
	})
	if len(d.problems) > 0 {
		return Consignment{}, d.problems
	}
	return c, nil
}

// Cases returns the lines, each a case of its own with what they have in common.
func (c *Consignment) Cases() []Case {
	out := make([]Case, len(c.Lines))
	for i := range out {
		out[i] = c.lineCase(i)
	}
	return out
}

// lineCase is the case of a line: its own members over what the lines have in
// common.
func (c *Consignment) lineCase(i int) Case {
	out, l := c.Case, &c.Lines[i]
	out.Reference, out.Description = l.Reference, l.Description
	out.Goods, out.From, out.Origin = cmp.Or(l.Goods, c.Goods), cmp.Or(l.From, c.From), cmp.Or(l.Origin, c.Origin)
	out.Value, out.Quantity = l.Value, l.Quantity
	out.Facts = maps.Clone(c.Facts)
	if out.Facts == nil {
		out.Facts = map[string]string{}
	}
	maps.Copy(out.Facts, l.Facts)
	if c.file != "" {
		out.at = maps.Clone(c.at)
		for field, at := range l.at {
			out.at[cmp.Or(field, "goods")] = at
		}
		if at, ok := l.at["goods"]; ok {
			out.at["goods"] = at
		}
	}
	return out
}

// ofLine reports whether a fault of the case of a line is one of the line.
func (l *Case) ofLine(field string) bool {
	root, fact, _ := strings.Cut(field, ".")
	switch root {
	case "goods", "value", "quantity":
		return true
	case "from":
		return l.From != ""
	case "origin":
		return l.Origin != ""
	case "facts":
		_, given := l.Facts[fact]
		return given
	}
	return false
}

// EntryDetermination is the answer to a consignment: one for each line, and what
// is counted for the entry as a whole.
type EntryDetermination struct {
	c      Consignment
	s      *schedule.Schedule
	lines  []*Determination
	common []common
	total  quantity.Decimal // value of all lines
	valued bool             // every line has a value
	broken bool             // a line is at fault, so that what the others share is not known
	failed []error          // the faults of each line, where there may be any
	part   bool             // lines are some of the entry's,
	first  int              // of which this is the first, from 0
}

// single reports whether the entry has one line, which shares nothing.
func (e *EntryDetermination) single() bool { return len(e.lines) == 1 && !e.part }

// DetermineEntry answers a consignment. The error is Problems: every fault of
// every line, those of what the lines have in common once.
func DetermineEntry(s *schedule.Schedule, c Consignment) (*EntryDetermination, error) {
	e := &EntryDetermination{c: c, s: s, valued: true}
	var problems Problems
	for _, field := range [...]struct {
		name  string
		given bool
	}{{"value", c.Value != ""}, {"quantity", len(c.Quantity) > 0}} {
		if field.given {
			problems = append(problems, c.problem(field.name, "the lines have "+field.name+" of their own", "give each line its own"))
		}
	}
	if len(c.Lines) == 0 {
		problems = append(problems, c.problem("lines", "the consignment has no lines", "give each line goods and a value"))
	}
	for i := range c.Lines {
		m, err := quantity.ParseMoney(c.Lines[i].Value)
		if err != nil {
			e.valued = false
			continue
		}
		e.total = e.total.Add(m.Amount)
	}
	for i := range c.Lines {
		lc := c.lineCase(i)
		if e.valued {
			lc.total = &e.total
		} else {
			lc.total = new(quantity.Decimal)
			lc.totalUnknown = true
		}
		d, err := Determine(s, lc)
		if err == nil {
			e.lines = append(e.lines, d)
			continue
		}
		var faults Problems
		errors.As(err, &faults)
		for _, p := range faults {
			if c.Lines[i].ofLine(p.Field) {
				p.Field = fmt.Sprintf("lines.%d.%s", i+1, p.Field)
			} else if slices.Contains(problems, p) {
				continue
			}
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	e.share()
	return e, nil
}

// Lines returns the answers to the lines, each by itself.
func (e *EntryDetermination) Lines() []*Determination { return e.lines }

// Outcome returns the strictest outcome of the lines.
func (e *EntryDetermination) Outcome() Outcome {
	out := Free
	for _, d := range e.lines {
		if o := d.Outcome(); rank(o) > rank(out) {
			out = o
		}
	}
	return out
}

// common is a duty or a fee that is counted once for the lines that bear it.
type common struct {
	entry *schedule.Entry
	rate  *quantity.Rate // nil: not known
	lines []bearing
	total bound // rounded
}

// bearing is a line that bears a common duty or fee, or may bear it.
type bearing struct {
	line        int
	sure        bool
	low, high   quantity.Decimal // value on which it stands there
	least, most quantity.Decimal // the line's share of the total
}

// bears reports whether it is one of the lines that bear the most, or the least.
func (b *bearing) bears(most bool) bool { return most || b.sure }

// on is the value on which the most, or the least, stands.
func (b *bearing) on(most bool) *quantity.Decimal {
	if most {
		return &b.high
	}
	return &b.low
}

// share is the line's share of the most, or of the least.
func (b *bearing) share(most bool) *quantity.Decimal {
	if most {
		return &b.most
	}
	return &b.least
}

// isCommon reports whether a rate is of all lines together: because the law says
// so of a fee, or because it has amounts for the whole of what is entered.
func isCommon(c *candidate) bool {
	return isDuty(c.Entry.Kind) && c.Entry.Base == nil && (c.Entry.PerEntry || c.State.Rate != nil && c.State.Rate.Flat())
}

// share finds what is counted once for the entry, computes it on the lines that
// bear it, and gives each of them its share.
func (e *EntryDetermination) share() {
	for i, d := range e.lines {
		if len(e.failed) > 0 && e.failed[i] != nil {
			continue
		}
		b := d.e.bill()
		for j := range b.common {
			c := &b.common[j]
			x := e.commonTo(c, j)
			n := len(x.lines)
			x.lines = slices.Grow(x.lines, 1)[:n+1]
			l := &x.lines[n]
			l.line, l.sure, l.low = i, !c.open, d.e.q.value.Mul(c.share.Least)
			if l.high = l.low; c.share.Most != c.share.Least {
				l.high = d.e.q.value.Mul(c.share.Most)
			}
			l.least, l.most = quantity.Decimal{}, quantity.Decimal{}
		}
	}
	for i := range e.common {
		e.common[i].compute(e)
	}
}

// commonTo is what lines like that of a bill share, begun where this is the first. Most
// lines of an entry have the same ones in the same places.
func (e *EntryDetermination) commonTo(c *commonLine, place int) *common {
	is := func(x *common) bool { return x.entry == c.entry && x.rate.Equal(c.rate) }
	if place < len(e.common) && is(&e.common[place]) {
		return &e.common[place]
	}
	for i := range e.common {
		if is(&e.common[i]) {
			return &e.common[i]
		}
	}
	n := len(e.common)
	e.common = slices.Grow(e.common, 1)[:n+1]
	x := &e.common[n]
	*x = common{entry: c.entry, rate: c.rate, lines: x.lines[:0]}
	return x
}

// compute is what the rate comes to on the lines that bear it for certain, and on
// all that may bear it.
func (x *common) compute(e *EntryDetermination) {
	first := &e.lines[x.lines[0].line].e
	settled := x.settled()
	e.rated(x, false, &x.total)
	if !settled || x.total.wide {
		most := x.total
		if !settled {
			e.rated(x, true, &most)
		}
		x.total = between(x.total.least, most.high().Max(x.total.least), most.unbounded)
	}
	first.round(&x.total)
	places := 2
	if r := first.q.duty.Rounding; r != nil {
		places = r.Places
	}
	x.apportion(x.total.least, places, false)
	if !settled || x.total.wide {
		x.apportion(x.total.high(), places, true)
		return
	}
	for i := range x.lines {
		x.lines[i].most = x.lines[i].least
	}
}

// rated makes out what the rate comes to on the value and the quantities together of the
// lines that bear it for certain, or of all that may bear it; nothing where there are none.
func (e *EntryDetermination) rated(x *common, most bool, out *bound) {
	var value quantity.Decimal
	none := true
	for i := range x.lines {
		if b := &x.lines[i]; b.bears(most) {
			value, none = value.Add(*b.on(most)), false
		}
	}
	switch {
	case none:
		out.beExactly(quantity.Decimal{})
		return
	case x.rate == nil || !e.valued || e.broken:
		*out = bound{seen: true, unbounded: true}
		return
	}
	basis := quantity.Basis{Value: value, Quantity: func(u quantity.Unit) (sum quantity.Decimal, ok bool) {
		for i := range x.lines {
			b := &x.lines[i]
			if !b.bears(most) {
				continue
			}
			n, ok := e.lines[b.line].e.q.quantityIn(u)
			if !ok {
				return sum, false
			}
			sum = sum.Add(n)
		}
		return sum, true
	}}
	if due, _, ok := x.rate.Duty(&basis); ok {
		out.beExactly(due)
		return
	}
	r := x.rate.Bounds(&basis)
	*out = between(r.Least, r.Most, r.Unbounded)
}

// apportion divides the least or the most that is due among the lines that bear it, in
// proportion to the value on which it stands.
func (x *common) apportion(amount quantity.Decimal, places int, most bool) {
	var memory [2][12]quantity.Decimal // most entries have fewer lines
	weights, shares := memory[0][:0], memory[1][:]
	for i := range x.lines {
		if b := &x.lines[i]; b.bears(most) {
			weights = append(weights, *b.on(most))
		}
	}
	shares = grow(shares, len(weights))
	quantity.Apportion(shares, weights, amount, places)
	n := 0
	for i := range x.lines {
		if b := &x.lines[i]; b.bears(most) {
			*b.share(most) = shares[n]
			n++
		}
	}
}

// lineBounds are what a line comes to in the entry.
type lineBounds struct {
	duty, additional, unrounded, more, fees bound
	shares                                  []lineShare
	loose                                   bool
}

// lineShare is what a line bears of a common duty or fee.
type lineShare struct {
	entry *schedule.Entry
	line  int32 // of its bill
	bound
}

// share is what the line bears of the measure of that id; ok is false where it
// bears all of it by itself.
func (b *lineBounds) share(id string) (share bound, ok bool) {
	for i := range b.shares {
		if b.shares[i].entry.ID == id {
			return b.shares[i].bound, true
		}
	}
	return bound{}, false
}

// bounds takes from a line what it would bear of the common duties and fees by
// itself, and gives it its share. The line is one of those at hand. The memory of
// shares is used again.
func (e *EntryDetermination) bounds(line int, out *lineBounds) {
	ev := &e.lines[line].e
	r := &ev.results
	out.duty.be(&r.duty)
	out.additional.be(&r.additional)
	out.unrounded.be(&r.unrounded)
	out.more.be(&r.more)
	out.fees.beExactly(quantity.Decimal{})
	out.fees.seen = r.fees.seen
	out.shares, out.loose = out.shares[:0], false
	bill := ev.bill()
	for _, n := range bill.fees {
		own := &ev.amountOfLine(n).duty
		if bill.lines[n].Open {
			own = own.orNone()
		}
		out.fees.add(own)
	}
	for i := range e.common {
		x := &e.common[i]
		b := x.borneBy(e.first + line)
		if b == nil {
			continue
		}
		at := bill.lineOf(x.entry)
		n := len(out.shares)
		out.shares = slices.Grow(out.shares, 1)[:n+1]
		share := &out.shares[n]
		share.entry, share.line = x.entry, at
		share.seen, share.wide, share.unbounded, share.least, share.most = true, !b.least.Equal(b.most), x.total.unbounded, b.least, b.most
		if x.entry.Kind == measure.Fee {
			out.fees.add(&share.bound)
			continue
		}
		if len(x.lines) == 1 {
			continue // it is the line's own
		}
		own := &ev.amountOfLine(at).duty
		for _, sum := range [...]*bound{&out.duty, &out.additional, &out.unrounded, &out.more} {
			most := sum.high()
			sum.least = sum.least.Sub(own.high()).Max(quantity.Decimal{})
			if b.sure {
				sum.least = sum.least.Add(b.least)
				most = most.Sub(own.least).Add(b.most)
			}
			sum.most, sum.wide = most.Max(sum.least), true
		}
		out.loose = out.loose || !b.sure
	}
}

// borneBy is how a line of the entry bears it; nil where it does not.
func (x *common) borneBy(line int) *bearing {
	if line < len(x.lines) && x.lines[line].line == line { // all lines before do too
		return &x.lines[line]
	}
	i := sort.Search(len(x.lines), func(i int) bool { return x.lines[i].line >= line })
	if i == len(x.lines) || x.lines[i].line != line {
		return nil
	}
	return &x.lines[i]
}
