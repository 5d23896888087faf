package determination

import (
	"reflect"
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// EntryDocument is the answer to a consignment as JSON. Its members are those of
// a [Document], over all lines, where they have the same names.
type EntryDocument struct {
	Case       EntryEcho       `json:"case"`
	On         string          `json:"on"`
	Known      string          `json:"known"`
	Outcome    Outcome         `json:"outcome"` // the strictest of the lines
	Legs       []LegOutcome    `json:"legs"`
	Value      *Amount         `json:"value"` // of all lines; nil where one has none
	Duty       *DutyRange      `json:"duty"`
	Rate       *RateRange      `json:"rate"`
	Additional *AdditionalDuty `json:"additional"`
	Fees       *DutyRange      `json:"fees"`
	Due        *DutyRange      `json:"due"`
	Exact      bool            `json:"exact"`
	Measures   []MeasureTotal  `json:"measures"`
	Lines      []EntryLine     `json:"lines"`
	Questions  []EntryQuestion `json:"questions"`
	Notes      []string        `json:"notes"`
	Schedule   ScheduleRef     `json:"schedule"`
	Digest     string          `json:"digest,omitempty"`
}

// EntryEcho is the consignment as it was understood. It is a case file.
type EntryEcho struct {
	From     string            `json:"from,omitempty"`
	To       string            `json:"to"`
	Origin   string            `json:"origin,omitempty"`
	On       string            `json:"on"`
	Entered  string            `json:"entered,omitempty"`
	Exported string            `json:"exported,omitempty"`
	Known    string            `json:"known"`
	Facts    map[string]string `json:"facts,omitempty"`
	Closed   bool              `json:"closed,omitempty"`
	Only     string            `json:"only,omitempty"`
	Lines    []LineEcho        `json:"lines"`
}

// LineEcho is a line as it was understood; what it has in common with the others
// is left out.
type LineEcho struct {
	Reference string            `json:"reference,omitempty"`
	Goods     string            `json:"goods,omitempty"`
	From      string            `json:"from,omitempty"`
	Origin    string            `json:"origin,omitempty"`
	Value     string            `json:"value,omitempty"`
	Quantity  []string          `json:"quantity,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`
}

// MeasureTotal is what one duty or fee comes to over the lines that bear it, or
// may bear it.
type MeasureTotal struct {
	Measure string      `json:"measure"`
	Kind    string      `json:"kind"`
	Title   string      `json:"title"`
	Status  string      `json:"status"`            // applies, on some line at least; open
	Heading string      `json:"heading,omitempty"` // where it is one on all lines
	Rate    string      `json:"rate,omitempty"`    // where it is one on all lines
	Common  bool        `json:"common,omitempty"`  // it is counted once, and divided among the lines
	Duty    *DutyRange  `json:"duty"`
	Shares  []LineShare `json:"shares"`
}

// LineShare is what of a measure falls on a line. Of what is counted once, the
// shares of each end add up to that end; where not every line bears it for
// certain a line's share of the one end may exceed that of the other.
type LineShare struct {
	Line int        `json:"line"`
	Duty *DutyRange `json:"duty"`
}

// EntryLine is the answer to one line.
type EntryLine struct {
	Line      int       `json:"line"` // from 1
	Reference string    `json:"reference,omitempty"`
	Answer    *Document `json:"answer"`
}

// EntryQuestion is a question of one line.
type EntryQuestion struct {
	Line int `json:"line"`
	Question
}

// Document writes the answer out in full.
func (e *EntryDetermination) Document() *EntryDocument {
	first := e.lines[0]
	doc := &EntryDocument{
		Case: e.echo(), On: first.e.q.on.String(), Known: first.e.q.known.String(), Outcome: e.Outcome(), Exact: true,
		Legs: []LegOutcome{}, Measures: []MeasureTotal{}, Lines: []EntryLine{}, Questions: []EntryQuestion{}, Notes: []string{}, Schedule: first.schedule(),
	}
	sums := lineBounds{}
	hasDuty := false
	var b lineBounds
	for i, d := range e.lines {
		e.bounds(i, &b)
		line := d.Document()
		d.enter(line, &b)
		doc.Lines = append(doc.Lines, EntryLine{i + 1, e.c.Lines[i].Reference, line})
		doc.Exact = doc.Exact && line.Exact
		for _, q := range line.Questions {
			doc.Exact = doc.Exact && !slices.ContainsFunc(doc.Questions, func(o EntryQuestion) bool { return o.Fact == q.Fact && o.Line != i+1 })
			doc.Questions = append(doc.Questions, EntryQuestion{i + 1, q})
		}
		for _, n := range line.Notes {
			if !slices.Contains(doc.Notes, n) {
				doc.Notes = append(doc.Notes, n)
			}
		}
		doc.mergeLegs(line.Legs)
		if b.duty.seen {
			hasDuty = true
			sums.duty.add(&b.duty)
			sums.additional.add(&b.additional)
			sums.unrounded.add(&b.unrounded)
			sums.more.add(&b.more)
			sums.fees.add(&b.fees)
		}
	}
	if e.valued {
		total := e.total.String()
		doc.Value = &Amount{&total, first.e.q.currency}
	}
	if hasDuty {
		due := sums.duty
		due.add(&sums.fees)
		whole := Determination{c: first.c}
		whole.e.q = first.e.q.copy()
		whole.e.q.value, whole.e.q.hasValue = e.total, e.valued
		doc.Duty, doc.Fees, doc.Due = whole.dutyRange(sums.duty), whole.dutyRange(sums.fees), whole.dutyRange(due)
		if e.valued {
			doc.Rate = whole.rateRange(sums.unrounded)
			doc.Additional = &AdditionalDuty{Duty: *whole.dutyRange(sums.additional), Rate: *whole.rateRange(sums.more)}
		}
	}
	if !doc.Exact {
		doc.Notes = append(doc.Notes, "Facts of one name that are open on several lines are taken as open on each by itself, and what lines have in common is then bounded: the range is safe but may be wider than the facts allow.")
	}
	e.measures(doc)
	return doc
}

// enter puts what a line comes to in the entry in the place of what it would come
// to by itself.
func (d *Determination) enter(doc *Document, b *lineBounds) {
	if !b.duty.seen {
		return
	}
	if r := d.dutyRange(b.duty); r != nil {
		doc.Duty = r
	}
	doc.Rate = d.rateRange(b.unrounded)
	doc.Additional.Rate = *d.rateRange(b.more)
	if r := d.dutyRange(b.additional); r != nil {
		doc.Additional.Duty = *r
	}
	due := b.duty
	due.add(&b.fees)
	doc.Fees, doc.Due = d.dutyRange(b.fees), d.dutyRange(due)
	doc.Exact = doc.Exact && !b.loose
	for i := range doc.Lines {
		l := &doc.Lines[i]
		if share, ok := b.share(l.Measure); ok {
			l.Duty = d.ends(share)
			if l.Percent != nil {
				l.Percent = d.rateRange(share)
			}
		}
	}
}

// ends writes the two ends of a share as they are, the one of the least and the
// one of the most.
func (d *Determination) ends(b bound) *DutyRange {
	r := d.dutyRange(exactly(b.least))
	if r == nil {
		return nil
	}
	r.Most = Amount{nil, r.Least.Currency}
	if !b.unbounded {
		r.Most = d.dutyRange(exactly(b.high())).Least
	}
	return r
}

// mergeLegs makes the outcome of each leg the strictest of the lines.
func (doc *EntryDocument) mergeLegs(legs []LegOutcome) {
	for _, l := range legs {
		at := slices.IndexFunc(doc.Legs, func(o LegOutcome) bool { return o.Leg == l.Leg && o.Jurisdiction == l.Jurisdiction })
		if at < 0 {
			doc.Legs = append(doc.Legs, l)
			continue
		}
		o := &doc.Legs[at]
		for _, p := range [...]struct{ to, from *Outcome }{{&o.Outcome, &l.Outcome}, {&o.Best, &l.Best}, {&o.Worst, &l.Worst}} {
			if rank(*p.from) > rank(*p.to) {
				*p.to = *p.from
			}
		}
	}
}

// measures adds each duty and fee up over the lines.
func (e *EntryDetermination) measures(doc *EntryDocument) {
	sums := []bound{}
	for i := range doc.Lines {
		line := doc.Lines[i].Answer
		for j := range line.Lines {
			l := &line.Lines[j]
			if !isDuty(measure.Kind(l.Kind)) {
				continue
			}
			at := slices.IndexFunc(doc.Measures, func(m MeasureTotal) bool { return m.Measure == l.Measure })
			if at < 0 {
				at = len(doc.Measures)
				doc.Measures = append(doc.Measures, MeasureTotal{Measure: l.Measure, Kind: l.Kind, Title: l.Title, Status: "open", Heading: l.Heading, Rate: l.Rate, Shares: []LineShare{}})
				sums = append(sums, bound{})
			}
			m := &doc.Measures[at]
			if l.Status == "applies" {
				m.Status = "applies"
			}
			if l.Heading != m.Heading {
				m.Heading = ""
			}
			if l.Rate != m.Rate {
				m.Rate = ""
			}
			m.Shares = append(m.Shares, LineShare{doc.Lines[i].Line, l.Duty})
			own := boundOf(l.Duty)
			sums[at].add(&own)
		}
	}
	for i := range doc.Measures {
		m := &doc.Measures[i]
		for j := range e.common {
			if x := &e.common[j]; x.entry.ID == m.Measure {
				m.Common = true
			}
		}
		m.Duty = e.lines[0].ends(sums[i])
	}
	// The ordinary duty is filed after the others, and fees come last.
	place := func(m *MeasureTotal) int {
		entry, _ := e.s.Entry(m.Measure)
		switch {
		case m.Kind == string(measure.Fee):
			return 2
		case entry.Base != nil:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(doc.Measures, func(a, b MeasureTotal) int { return place(&a) - place(&b) })
}

// boundOf reads a range of amounts back.
func boundOf(d *DutyRange) bound {
	if d == nil || d.Least.Amount == nil {
		return bound{seen: true, unbounded: true}
	}
	least, _ := quantity.ParseDecimal(*d.Least.Amount)
	if d.Most.Amount == nil {
		return bound{seen: true, least: least, unbounded: true}
	}
	most, _ := quantity.ParseDecimal(*d.Most.Amount)
	return bound{seen: true, wide: !least.Equal(most), least: least, most: most}
}

func (e *EntryDetermination) echo() EntryEcho {
	first := e.lines[0].echo()
	c := &e.c
	out := EntryEcho{
		To: first.To, On: first.On, Entered: first.Entered, Exported: first.Exported, Known: first.Known, Closed: c.Closed, Only: c.Only, Lines: []LineEcho{},
	}
	for i := range c.Lines {
		own, line := &c.Lines[i], e.lines[i].echo()
		l := LineEcho{Reference: own.Reference, Goods: line.Goods, Value: line.Value, Quantity: line.Quantity}
		if own.From != "" {
			l.From = line.From
		} else {
			out.From = line.From
		}
		if own.Origin != "" {
			l.Origin = line.Origin
		} else if c.Origin != "" {
			out.Origin = line.Origin
		}
		for name, value := range line.Facts {
			if _, given := own.Facts[name]; given {
				if l.Facts == nil {
					l.Facts = map[string]string{}
				}
				l.Facts[name] = value
			} else {
				if out.Facts == nil {
					out.Facts = map[string]string{}
				}
				out.Facts[name] = value
			}
		}
		out.Lines = append(out.Lines, l)
	}
	return out
}

// JSON returns the document in the canonical form of RFC 8785, sealed as a
// [Document] is. The error is always nil.
func (doc *EntryDocument) JSON() ([]byte, error) {
	plain := *doc
	return entryForm().text(plain.AppendSealed), nil
}

// Seal sets the digest of the document. The error is always nil.
func (doc *EntryDocument) Seal() error {
	doc.Digest = ""
	doc.Digest = entryForm().digestOf(reflect.ValueOf(doc).Elem())
	return nil
}

// asDocument is the sums of an entry in the form of the answer to one line, for
// worked cases and for reading.
func (doc *EntryDocument) asDocument() *Document {
	out := &Document{
		On: doc.On, Known: doc.Known, Outcome: doc.Outcome, Legs: doc.Legs, Duty: doc.Duty, Rate: doc.Rate, Additional: doc.Additional, Fees: doc.Fees, Due: doc.Due,
		Exact: doc.Exact, Schedule: doc.Schedule, Notes: doc.Notes, Digest: doc.Digest,
	}
	for _, m := range doc.Measures {
		out.Lines = append(out.Lines, Line{Measure: m.Measure, Kind: m.Kind, Leg: string(measure.Import), Title: m.Title, Status: m.Status, Heading: m.Heading, Rate: m.Rate, Duty: m.Duty})
	}
	for _, l := range doc.Lines {
		out.NearMisses = append(out.NearMisses, l.Answer.NearMisses...)
		out.Claims = append(out.Claims, l.Answer.Claims...)
		for _, p := range l.Answer.Lines {
			for i := range out.Lines {
				if out.Lines[i].Measure == p.Measure {
					out.Lines[i].Programme, out.Lines[i].Act, out.Lines[i].Citation, out.Lines[i].Confidence = p.Programme, p.Act, p.Citation, p.Confidence
				}
			}
		}
	}
	for _, q := range doc.Questions {
		out.Questions = append(out.Questions, q.Question)
	}
	return out
}
