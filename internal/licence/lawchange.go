package licence

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// LawMark says that a measure which touches a file or a licence changed.
type LawMark struct {
	Measure  string           `json:"measure"`
	From     string           `json:"from"`  // its state before
	To       string           `json:"to"`    // and since
	Since    quantity.Instant `json:"since"` // when it changed in law
	At       quantity.Instant `json:"at"`    // when the desk marked it
	Citation string           `json:"citation"`
	Standing string           `json:"standing"`
	// Holds: the law is not certain, and shipments wait.
	Holds bool `json:"holds,omitempty"`
}

// LawChanged marks an object.
type LawChanged struct {
	Mark LawMark `json:"mark"`
}

func (*LawChanged) eventType() string { return "law changed" }

// marked returns the marks with a new one in the place of that of its measure.
func marked(marks []LawMark, m LawMark) []LawMark {
	out := make([]LawMark, 0, len(marks)+1)
	for _, x := range marks {
		if x.Measure != m.Measure {
			out = append(out, x)
		}
	}
	return append(out, m)
}

// MarkLaw marks an application or a licence.
type MarkLaw struct {
	Object Ref     `json:"object"`
	Mark   LawMark `json:"mark"`
}

// Name implements [Command].
func (*MarkLaw) Name() string { return "mark law" }

func (c *MarkLaw) needs(*Set, By) Needs { return Needs{Objects: []Ref{c.Object}} }

func (c *MarkLaw) decide(s *Set, by By) ([]change, error) {
	if err := may(by, c.Object, "", Officer, Administrator); err != nil {
		return nil, err
	}
	if s.objects[c.Object] == nil {
		return nil, absent(c.Object)
	}
	c.Mark.At = by.At
	return []change{{c.Object, &LawChanged{c.Mark}}}, nil
}

// Reassess determines the lane of an open file again: because the law, a list of
// parties or the day changed. Where the answer is the same nothing happens.
type Reassess struct {
	Application string `json:"application"`

	// What was read before the turn of the command, and what the law made of it.
	content  *Content
	version  int
	assessed *Assessment
}

// Name implements [Command].
func (*Reassess) Name() string { return "reassess" }

func (c *Reassess) prepare(d *Desk, by By) {
	if c.content == nil {
		return
	}
	if a := d.authorities[c.content.Authority]; a != nil {
		x := d.law.Assess(c.content, a, by.At.Date(a.Zone()))
		x.Content = c.version
		c.assessed = &x
	}
}

func (c *Reassess) needs(*Set, By) Needs { return Needs{Objects: []Ref{application(c.Application)}} }

func (c *Reassess) decide(s *Set, by By) ([]change, error) {
	a, err := s.application(c.Application)
	if err != nil {
		return nil, err
	}
	if err := a.mayOn(by, Officer, Intake, Administrator); err != nil {
		return nil, err
	}
	if !a.open() && a.Stage != StageDraft && a.Stage != StageReturned {
		return nil, wrongState(a, "assessed")
	}
	x := c.assessed
	if x == nil || x.Content != a.ContentVersion {
		fresh := s.assess(&a.Content, by)
		x = &fresh
		x.Content = a.ContentVersion
	}
	if a.Assessment != nil && a.Assessment.same(x) {
		return nil, nil
	}
	return a.reassessed(*x), nil
}

// same reports whether two assessments answer alike, whatever their days.
func (a *Assessment) same(b *Assessment) bool {
	if a.Lane != b.Lane || a.Outcome != b.Outcome || len(a.Lanes) != len(b.Lanes) || !slices.Equal(a.Measures, b.Measures) || !slices.Equal(a.Items, b.Items) || !slices.Equal(a.Questions, b.Questions) {
		return false
	}
	for i := range a.Lanes {
		if a.Lanes[i].ID != b.Lanes[i].ID || a.Lanes[i].Status != b.Lanes[i].Status || !slices.Equal(a.Lanes[i].Reasons, b.Lanes[i].Reasons) {
			return false
		}
	}
	return slices.Equal(a.Papers, b.Papers) && slices.Equal(a.Undertakings, b.Undertakings)
}

// Touched is an open file or a licence in its term that a change of law touches.
type Touched struct {
	Object Ref      `json:"object"`
	What   []string `json:"what"` // one sentence each
	// Mark is what the object is marked with; nil where only its lane changed.
	Mark *LawMark `json:"mark,omitempty"`
	// Before and After are lanes, of a file.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`

	content *Content
	version int
}

// changeOfLaw tells what the law of the day changed since a day before: which
// measures started, ended, were suspended, revived or became uncertain, and which
// open files and live licences that touches. Files are assessed anew by the law of
// the day.
//
// To mark them, what was read of their contents is kept; it is much.
func (d *Desk) changeOfLaw(ctx context.Context, changes []MeasureChange, at quantity.Instant, mark bool) ([]Touched, error) {
	var out []Touched
	err := d.store.View(ctx, func(r Reader) error {
		err := mapObjects(ctx, r, KindApplication, func(a *touchable) (Touched, bool) { return d.touchedFile(a, changes, at, mark) },
			func(t Touched) error {
				out = append(out, t)
				return nil
			})
		if err != nil {
			return err
		}
		licences, _, _, err := readLicences(ctx, r, LicenceQuery{At: at})
		for _, l := range licences {
			for i := range changes {
				if c := &changes[i]; contains(l.Measures, c.Measure) {
					m := c.mark(at)
					if !slices.ContainsFunc(l.Marks, func(x LawMark) bool { return x.Measure == m.Measure && x.To == m.To && x.Since == m.Since }) {
						out = append(out, Touched{Object: licence(l.ID), What: []string{c.String()}, Mark: &m})
					}
				}
			}
		}
		return err
	})
	return out, err
}

// touchable is what tells of an [Application] whether a change of law touches it, so
// that the rest of its state need not be read.
type touchable struct {
	ID             string      `json:"id"`
	Stage          Stage       `json:"stage"`
	Content        Content     `json:"content"`
	ContentVersion int         `json:"contentVersion"`
	Assessment     *Assessment `json:"assessment"`
	Marks          []LawMark   `json:"marks"`
}

// touchedFile assesses a file anew that is open or not handed in.
func (d *Desk) touchedFile(a *touchable, changes []MeasureChange, at quantity.Instant, mark bool) (Touched, bool) {
	authority := d.authorities[a.Content.Authority]
	if authority == nil || !a.Stage.open() && a.Stage != StageDraft && a.Stage != StageReturned {
		return Touched{}, false
	}
	t := Touched{Object: application(a.ID)}
	if mark {
		t.content, t.version = &a.Content, a.ContentVersion
	}
	x := d.law.Assess(&a.Content, authority, at.Date(authority.Zone()))
	if before := a.Assessment; before != nil && !before.same(&x) {
		t.Before, t.After = before.Lane, x.Lane
		if before.Lane != x.Lane {
			t.What = append(t.What, "lane "+before.Lane+" becomes "+x.Lane+": "+strings.Join(x.lost(before.Lane), "; "))
		} else {
			t.What = append(t.What, "the lane stays, and what it asks for or its reasons change")
		}
	}
	for i := range changes {
		c := &changes[i]
		if contains(x.Measures, c.Measure) || a.Assessment != nil && contains(a.Assessment.Measures, c.Measure) {
			m := c.mark(at)
			if !slices.ContainsFunc(a.Marks, func(k LawMark) bool { return k.Measure == m.Measure && k.To == m.To && k.Since == m.Since }) {
				t.What = append(t.What, c.String())
				t.Mark = &m
			}
		}
	}
	return t, len(t.What) > 0
}

// markTouched reassesses and marks what a change of law touches. The results are
// those of its commands, in order.
func (d *Desk) markTouched(ctx context.Context, by By, touched []Touched) []Result {
	var orders []Order
	for _, t := range touched {
		if t.Object.Kind == KindApplication && t.After != "" {
			orders = append(orders, Order{by, &Reassess{Application: t.Object.ID, content: t.content, version: t.version}})
		}
		if t.Mark != nil {
			orders = append(orders, Order{by, &MarkLaw{t.Object, *t.Mark}})
		}
	}
	return d.DoAll(ctx, orders)
}

// MeasureChange is a measure whose state changed.
type MeasureChange struct {
	Measure  string           `json:"measure"`
	Title    string           `json:"title"`
	From     string           `json:"from"`
	To       string           `json:"to"`
	Since    quantity.Instant `json:"since"`
	Citation string           `json:"citation"`
	Standing string           `json:"standing"`
	Holds    bool             `json:"holds,omitempty"` // what follows is not certain
}

func (c *MeasureChange) String() string {
	return c.Measure + " was " + c.From + " and is " + c.To + " (" + c.Citation + ")"
}

func (c *MeasureChange) mark(at quantity.Instant) LawMark {
	return LawMark{Measure: c.Measure, From: c.From, To: c.To, Since: c.Since, At: at, Citation: c.Citation, Standing: c.Standing, Holds: c.Holds}
}

// Changes lists the measures of export whose state on one day, as known on that
// day, is another than on an earlier one, as known then.
func (e *Engine) Changes(since, until quantity.Date) []MeasureChange {
	var out []MeasureChange
	entries := e.schedule.Entries()
	for i := range entries {
		x := &entries[i]
		if x.Leg == measure.Import || x.Base != nil {
			continue
		}
		zone := x.Pack.Zone
		before := x.Acts.At(quantity.DayMoment(since).Noon(zone), since)
		after := x.Acts.At(quantity.DayMoment(until).Noon(zone), until)
		if before.Kind == after.Kind {
			continue
		}
		c := MeasureChange{Measure: x.ID, Title: x.Title, From: before.Kind.String(), To: after.Kind.String(), Holds: after.Kind == measure.Unverified}
		if a := after.Act; a != nil {
			c.Citation, c.Standing, c.Since = a.By.Citation, string(a.Standing), a.Period.From
			if a.Period.Until <= quantity.DayMoment(until).Noon(zone) {
				c.Since = a.Period.Until // its time is over, and what follows decides
			}
		}
		out = append(out, c)
	}
	return out
}

// LawReview is what a change of law comes to at a desk.
type LawReview struct {
	Changes []MeasureChange `json:"changes"`
	Touched []Touched       `json:"touched"`
	// Marked: what is touched was marked, but for so many that changed meanwhile.
	Marked bool `json:"marked"`
	Failed int  `json:"failed,omitempty"`
}

// ReviewLaw tells what the law of the day of the actor changed since an earlier day,
// and which open files and live licences that touches; it marks them where that is
// asked. The error is a [Refusal] where the actor may not see it.
func (d *Desk) ReviewLaw(ctx context.Context, by By, authority *Authority, since quantity.Date, mark bool) (*LawReview, error) {
	eng, ok := d.law.(interface {
		Changes(since, until quantity.Date) []MeasureChange
	})
	if !ok {
		return nil, errors.New("the law of this desk does not tell what it changes")
	}
	if by.At == 0 {
		by.At = d.now()
	}
	roles := []Role{Officer, Countersigner, Auditor, Administrator}
	if mark {
		roles = []Role{Officer, Administrator}
	}
	if err := may(by, Ref{}, "", roles...); err != nil {
		return nil, err
	}
	day := by.At.Date(authority.Zone())
	if since >= day {
		return nil, Faulty([]FieldFault{{"since", since.String() + " is not before " + day.String(), "name an earlier day"}}, "name an earlier day")
	}
	out := &LawReview{Changes: append([]MeasureChange{}, eng.Changes(since, day)...), Marked: mark}
	touched, err := d.changeOfLaw(ctx, out.Changes, by.At, mark)
	if err != nil {
		return nil, err
	}
	out.Touched = append([]Touched{}, touched...)
	if !mark {
		return out, nil
	}
	for _, r := range d.markTouched(ctx, by, touched) {
		if r.Err != nil {
			out.Failed++
		}
	}
	return out, nil
}
