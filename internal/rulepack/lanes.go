package rulepack

import (
	"fmt"
	"iter"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// Lane is a route through a licensing authority.
type Lane struct {
	ID           string
	Pack         string
	Title        string
	Authority    string
	For          []string // patterns over ids of licence measures
	Rank         int      // the fastest lane has the lowest
	Clocks       []Clock
	Terms        []Term
	Papers       []Paper
	Undertakings []Undertaking
	Requires     []Requirement // all must hold
	Acts         measure.Timeline
	Note         string
	Position     string
}

// Requirement is a condition of a lane.
type Requirement struct {
	When       *condition.Expr
	WhenSource string
	Else       string // why the lane is closed where When is false
	By         *measure.Instrument
}

// Ground is the law behind one thing that a lane says, and where it holds.
type Ground struct {
	When       *condition.Expr // nil: always
	WhenSource string
	Period     quantity.Period // of the legal instant of the measure that the lane is for
	By         *measure.Instrument
	Provision  string             // of the instrument: Article 17(1)
	Confidence measure.Confidence // of the instrument where nothing else is stated
	Note       string
}

// Clock is the time within which something in a lane has to be done. Either
// Days is above 0, or None says in words why there is no figure.
type Clock struct {
	Ground
	For     string // what has to be done in that time, in words
	Days    int
	Counted string // "working-days", "calendar-days"
	Starts  string // the event after which the first day is counted, in words
	Pauses  []string
	None    string
}

// dayCounts are the ways of counting the days of a [Clock].
var dayCounts = []string{"working-days", "calendar-days"}

// Term is how long what a lane gives is valid. Either Months is above 0, or
// Says tells it in words.
type Term struct {
	Ground
	Months int
	AtMost bool   // the authority may give less
	Ends   string // how the last month ends, see monthEnds; empty where it is not known
	Says   string
}

// monthEnds are the rules for the last day of a term of whole months: the day
// before that of the same number, the day of the same number, in either case the
// last day of a month that is too short; or the end of the month.
var monthEnds = []string{"day-before", "same-day", "month-end"}

// Paper is a document that a lane asks for.
type Paper struct {
	Ground
	Title string
	Form  string // original, copy or electronic; empty where any will do
}

var paperForms = []string{"original", "copy", "electronic"}

// Undertaking is an undertaking that a lane asks for.
type Undertaking struct {
	Ground
	Title string
}

// grounds yields what the lane says, less what it requires.
func (l *Lane) grounds() iter.Seq[*Ground] {
	return func(yield func(*Ground) bool) {
		for i := range l.Clocks {
			if !yield(&l.Clocks[i].Ground) {
				return
			}
		}
		for i := range l.Terms {
			if !yield(&l.Terms[i].Ground) {
				return
			}
		}
		for i := range l.Papers {
			if !yield(&l.Papers[i].Ground) {
				return
			}
		}
		for i := range l.Undertakings {
			if !yield(&l.Undertakings[i].Ground) {
				return
			}
		}
	}
}

// Conditions yields every condition that the lane rests on.
func (l *Lane) Conditions() iter.Seq[*condition.Expr] {
	return func(yield func(*condition.Expr) bool) {
		for i := range l.Requires {
			if !yield(l.Requires[i].When) {
				return
			}
		}
		for g := range l.grounds() {
			if g.When != nil && !yield(g.When) {
				return
			}
		}
	}
}

// Periods yields the periods outside which something of the lane does not hold.
func (l *Lane) Periods() iter.Seq[quantity.Period] {
	return func(yield func(quantity.Period) bool) {
		for i := range l.Acts {
			if !yield(l.Acts[i].Period) {
				return
			}
		}
		for g := range l.grounds() {
			if !yield(g.Period) {
				return
			}
		}
	}
}

// Instruments yields the instruments that speak of the lane once they are known.
func (l *Lane) Instruments() iter.Seq[*measure.Instrument] {
	return func(yield func(*measure.Instrument) bool) {
		for g := range l.grounds() {
			if g.By != nil && !yield(g.By) {
				return
			}
		}
	}
}

// readLanes reads lanes.yaml.
func (p *packReader) readLanes() {
	file, ok := p.find("lanes.yaml")
	if !ok {
		return
	}
	d := p.document(file)
	if d.root == nil {
		return
	}
	top, ok := d.mapping(d.root, p.r.shapes.lanes)
	if !ok {
		return
	}
	for _, n := range top.sequence("lanes") {
		f, ok := d.mapping(n, p.r.shapes.lane)
		if !ok {
			continue
		}
		l := p.lane(f)
		l.Position = d.position(n)
		if l.ID == "" {
			continue
		}
		at := d.mark(f.values["id"])
		if first, ok := p.r.laneAt(l.ID); ok {
			d.faultAt(f.values["id"], fmt.Sprintf("there is a lane %q already, at %s", l.ID, first), "give each an id of its own")
			continue
		}
		p.laneIDs[l.ID] = at
		p.Lanes = append(p.Lanes, l)
	}
}

func (p *packReader) lane(f fields) *Lane {
	l := &Lane{
		ID:        f.id("id"),
		Pack:      p.ID,
		Title:     f.text("title"),
		Authority: f.text("authority"),
		For:       p.pattern(f, "for", isLicence, "licence measure"),
		Note:      f.text("note"),
	}
	l.Rank, _ = f.integer("rank", 0, 1000)
	s := p.r.shapes
	p.each(f, "clocks", s.clock, func(g fields) {
		l.Clocks = append(l.Clocks, p.clock(g))
	})
	p.each(f, "terms", s.laneTerm, func(g fields) {
		l.Terms = append(l.Terms, p.term(g))
	})
	p.each(f, "papers", s.paper, func(g fields) {
		l.Papers = append(l.Papers, Paper{Ground: p.ground(g), Title: g.text("title"), Form: g.oneOf("form", paperForms...)})
	})
	p.each(f, "undertakings", s.undertaking, func(g fields) {
		l.Undertakings = append(l.Undertakings, Undertaking{Ground: p.ground(g), Title: g.text("title")})
	})
	p.each(f, "requires", s.requirement, func(g fields) {
		q := Requirement{Else: g.text("else"), By: p.instrument(g, "by")}
		q.When, q.WhenSource = p.when(g, "when")
		l.Requires = append(l.Requires, q)
	})
	l.Acts = p.acts(f, measure.Licence)
	return l
}

// each reads every mapping of the list under a key.
func (p *packReader) each(f fields, key string, s *shape, read func(fields)) {
	for _, n := range f.sequence(key) {
		if g, ok := f.d.mapping(n, s); ok {
			read(g)
		}
	}
}

func (p *packReader) ground(f fields) Ground {
	g := Ground{Period: f.period(), By: p.instrument(f, "by"), Provision: f.text("provision"), Note: f.text("note")}
	g.When, g.WhenSource = p.when(f, "when")
	g.Confidence = f.confidence("confidence")
	if g.Confidence == "" && g.By != nil {
		g.Confidence = g.By.Confidence
	}
	return g
}

func (p *packReader) clock(f fields) Clock {
	c := Clock{Ground: p.ground(f), For: f.text("for"), Counted: f.oneOf("counted", dayCounts...), Starts: f.text("starts"),
		Pauses: f.strings("pauses"), None: f.text("none")}
	c.Days, _ = f.integer("days", 1, 10000)
	f.either("days", "none")
	for _, key := range []string{"counted", "starts"} {
		if f.has("days") && !f.has(key) {
			f.d.faultAt(f.values["days"], fmt.Sprintf("%s without %q", f.what("days"), key), "say which days count and with which event they begin")
		}
	}
	return c
}

func (p *packReader) term(f fields) Term {
	v := Term{Ground: p.ground(f), AtMost: f.flag("at-most"), Ends: f.oneOf("ends", monthEnds...), Says: f.text("says")}
	v.Months, _ = f.integer("months", 1, 1000)
	f.either("months", "says")
	for _, key := range []string{"at-most", "ends"} {
		if f.has(key) && !f.has("months") {
			f.d.faultAt(f.values[key], fmt.Sprintf("%s without \"months\"", f.what(key)), "it is about a term of whole months")
		}
	}
	return v
}

// either complains unless exactly one of two keys is there.
func (f fields) either(a, b string) {
	switch {
	case f.has(a) && f.has(b):
		f.d.faultAt(f.values[b], fmt.Sprintf("%s has both %q and %q", f.shape.what, a, b), "leave out one of them")
	case !f.has(a) && !f.has(b):
		f.d.faultAt(f.node, fmt.Sprintf("%s has neither %q nor %q", f.shape.what, a, b), "add one of them")
	}
}

func (r *reader) laneAt(id string) (mark, bool) {
	for _, p := range r.packs {
		if m, ok := p.laneIDs[id]; ok {
			return m, true
		}
	}
	return mark{}, false
}
