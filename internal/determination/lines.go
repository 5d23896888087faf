package determination

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// Lines answers cases that are lines of one entry, as files have them: each is a
// whole case, and they share what is counted once for the entry. It uses its
// memory again. The zero value is ready; it is not safe for concurrent use.
type Lines struct {
	e      EntryDetermination
	kept   []*Determination
	common []common   // memory of those of e, where they are its own
	bounds lineBounds // of the line summarised last
	line   Summary    // memory for that of a line
}

// Determine answers the cases in place of those before. What is at fault in the
// case of a line is its error, at its place in the slice returned. Where a line is
// at fault, what the others share is not known. The slice is used again.
func (l *Lines) Determine(s *schedule.Schedule, cases []Case, errs []error) []error {
	e := &l.e
	errs = errs[:0]
	*e = EntryDetermination{s: s, valued: true, lines: e.lines[:0], common: l.common[:0]}
	for i := range cases {
		m, err := quantity.ParseMoney(cases[i].Value)
		if err != nil {
			e.valued = false
			continue
		}
		e.total = e.total.Add(m.Amount)
	}
	l.keep(len(cases))
	for i := range cases {
		c := &cases[i]
		if len(cases) > 1 {
			c.total, c.totalUnknown = &e.total, !e.valued
		}
		d := l.kept[i]
		err := d.Determine(s, c)
		if err == nil {
			err = e.agrees(c, cases, errs)
		}
		e.broken = e.broken || err != nil
		errs = append(errs, err)
		e.lines = append(e.lines, d)
	}
	e.failed = errs
	if len(cases) > 1 {
		e.share()
	}
	l.common = e.common
	return errs
}

// Shared is what lines of one entry share: what they are worth together, what is
// counted once for them with the share of each, and which of them are at fault.
type Shared struct {
	total          quantity.Decimal
	valued, broken bool
	common         []common
	failed         []error
}

// Shared copies what the lines share, all of them being answered.
func (l *Lines) Shared() *Shared {
	e := &l.e
	out := &Shared{total: e.total, valued: e.valued, broken: e.broken, common: slices.Clone(e.common), failed: slices.Clone(e.failed)}
	for i := range out.common {
		out.common[i].lines = slices.Clone(out.common[i].lines)
	}
	return out
}

// DetermineSome answers lines of an entry that follow one another, the first of them
// being that of the number given, from 0: as they are among all its lines, of which
// is told what they share. The slice of errors is used again.
func (l *Lines) DetermineSome(s *schedule.Schedule, of *Shared, first int, cases []Case, errs []error) []error {
	e := &l.e
	errs = errs[:0]
	*e = EntryDetermination{s: s, total: of.total, valued: of.valued, broken: of.broken, lines: e.lines[:0], common: of.common, part: true, first: first}
	l.keep(len(cases))
	for i := range cases {
		c, d := &cases[i], l.kept[i]
		c.total, c.totalUnknown = &e.total, !e.valued
		err := of.failed[first+i]
		if err == nil {
			err = d.Determine(s, c)
		}
		errs = append(errs, err)
		e.lines = append(e.lines, d)
	}
	e.failed = errs
	return errs
}

// keep has room for the answers to n lines.
func (l *Lines) keep(n int) {
	for len(l.kept) < n {
		l.kept = append(l.kept, new(Determination))
	}
}

// agrees reports where a line has something of its own that lines of one entry
// have in common. The first line without faults counts.
func (e *EntryDetermination) agrees(c *Case, cases []Case, errs []error) error {
	first := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if first < 0 {
		return nil
	}
	f := &cases[first]
	if f.To == c.To && f.On == c.On && f.Entered == c.Entered && f.Exported == c.Exported && f.Known == c.Known && f.Only == c.Only && f.Closed == c.Closed {
		return nil
	}
	var problems Problems
	for _, field := range [...]struct{ name, was, is string }{
		{"to", f.To, c.To}, {"on", f.On, c.On}, {"entered", f.Entered, c.Entered}, {"exported", f.Exported, c.Exported}, {"known", f.Known, c.Known}, {"only", f.Only, c.Only},
		{"closed", strconv.FormatBool(f.Closed), strconv.FormatBool(c.Closed)},
	} {
		if field.was != field.is {
			problems = append(problems, c.problem(field.name, fmt.Sprintf("another line of the entry has %q, this one %q", field.was, field.is), "lines of one entry share it: correct it, or the number of the entry"))
		}
	}
	return problems
}

// Line returns the answer to a line by itself.
func (l *Lines) Line(i int) *Determination { return l.e.lines[i] }

// Summarise writes the summary of a line into s, with its share of what is
// counted for the entry.
func (l *Lines) Summarise(i int, s *Summary) {
	e := &l.e
	d := e.lines[i]
	if e.single() || !d.e.results.duty.seen {
		d.Summarise(s)
		return
	}
	b := &l.bounds
	e.bounds(i, b)
	d.summarise(s, &b.duty, &b.fees, &b.unrounded)
	for i := range b.shares {
		b.shares[i].put(&s.Lines[b.shares[i].line].Amount)
	}
}

// SummariseEntry writes what the lines come to together into s: the strictest
// outcome, the sums, and each duty and fee over the lines. Nothing is known of an
// entry of which a line is at fault.
func (l *Lines) SummariseEntry(s *Summary) error {
	e := &l.e
	if e.broken {
		for i, err := range e.failed {
			if err != nil {
				return fmt.Errorf("line %d of the entry: %w", i+1, err)
			}
		}
	}
	sum := Summary{Outcome: e.Outcome(), Lines: s.Lines[:0], own: s.own[:0], Licences: s.Licences[:0], Questions: s.Questions[:0]}
	var exact bound
	for i := range e.lines {
		line := &l.line
		l.Summarise(i, line)
		if i == 0 {
			sum.Priced, sum.Valued, sum.Currency, sum.Places = line.Priced, line.Valued, line.Currency, line.Places
		}
		sum.Priced, sum.Valued = sum.Priced && line.Priced, sum.Valued && line.Valued
		sum.Duty, sum.Ordinary, sum.Fees = sum.Duty.Add(line.Duty), sum.Ordinary.Add(line.Ordinary), sum.Fees.Add(line.Fees)
		e.bounds(i, &l.bounds)
		exact.add(&l.bounds.unrounded)
		for j := range line.Lines {
			sum.addLine(&line.Lines[j])
		}
		for _, id := range line.Licences {
			if !slices.Contains(sum.Licences, id) {
				sum.Licences = append(sum.Licences, id)
			}
		}
		for _, name := range line.Questions {
			if !slices.Contains(sum.Questions, name) {
				sum.Questions = append(sum.Questions, name)
			}
		}
	}
	if sum.Priced && sum.Valued {
		exact.put(&sum.Percent)
		toPerCent(&sum.Percent, e.total)
	}
	*s = sum
	return nil
}

// addLine adds a duty or fee of a line to that of the lines before. What is not
// the same on all of them is left out.
func (s *Summary) addLine(l *SummaryLine) {
	n := slices.IndexFunc(s.Lines, func(o SummaryLine) bool { return o.Measure == l.Measure })
	if n < 0 {
		s.own = append(s.own, *l.BillLine)
		s.Lines = append(s.Lines, SummaryLine{&s.own[len(s.own)-1], l.Amount})
		return
	}
	o := &s.Lines[n]
	o.Amount = o.Amount.Add(l.Amount)
	o.Open = o.Open && l.Open
	for _, text := range [...]struct {
		of *string
		is string
	}{{&o.Heading, l.Heading}, {&o.Rate, l.Rate}, {&o.Citation, l.Citation}} {
		if *text.of != text.is {
			*text.of = ""
		}
	}
}

// Value returns the value of all lines; ok is false where one has none.
func (l *Lines) Value() (value quantity.Decimal, ok bool) { return l.e.total, l.e.valued }

// LineDocument writes the answer to a line out in full, with its share of what is
// counted for the entry. It is no case of its own, and is sealed with the entry
// alone.
func (l *Lines) LineDocument(i int) *Document {
	doc := l.e.lines[i].Document()
	if !l.e.single() {
		l.e.bounds(i, &l.bounds)
		l.e.lines[i].enter(doc, &l.bounds)
	}
	return doc
}

// AppendCanonical appends the canonical form of RFC 8785 of the document as it is,
// sealed or not.
func (doc *Document) AppendCanonical(buf []byte) []byte {
	buf, _ = documentForm().write(buf, reflect.ValueOf(doc).Elem())
	return buf
}

// ConsignmentOfLines makes lines of one entry, each a whole case, into a
// consignment.
func ConsignmentOfLines(cases []Case) (Consignment, error) {
	if len(cases) == 0 {
		return Consignment{}, errors.New("an entry has lines")
	}
	f := &cases[0]
	out := Consignment{Case: Case{To: f.To, On: f.On, Entered: f.Entered, Exported: f.Exported, Known: f.Known, Closed: f.Closed, Only: f.Only}}
	for i := range cases {
		c := &cases[i]
		out.Lines = append(out.Lines, Case{Reference: c.Reference, Description: c.Description, Goods: c.Goods, From: c.From, Origin: c.Origin, Value: c.Value, Quantity: c.Quantity, Facts: c.Facts})
	}
	return out, nil
}
