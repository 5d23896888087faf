package licence

import (
	"slices"

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
	if err := may(by, c.Object, "", Administrator); err != nil {
		return nil, err
	}
	if s.objects[c.Object] == nil {
		return nil, refuse(NotFound, c.Object, "", "there is no such object")
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
	if err := may(by, application(a.ID), a.Side, Officer, Intake, Administrator); err != nil {
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
