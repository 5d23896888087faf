package licence

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/quantity"
)

// Check is what handing an application in would come to: nothing is filed.
type Check struct {
	Assessment Assessment `json:"assessment"`
	// Lanes are those that the law knows for the goods, fastest first, each with what
	// the application lacks for it.
	Lanes []LaneCheck `json:"lanes"`
	// Ready: it could be handed in as it is.
	Ready bool `json:"ready"`
	// Differs is what is different from the version that is filed.
	Differs []string `json:"differs,omitempty"`
}

// LaneCheck is a lane with what an application lacks for it.
type LaneCheck struct {
	LaneResult
	Given   bool      `json:"given,omitempty"` // the lane that the law gives
	Missing []Missing `json:"missing"`
}

// Check tells what handing a content in with its documents at an instant would come
// to. The error is a [Refusal] where it could not be filed at all.
func (d *Desk) Check(c *Content, documents []Document, at quantity.Instant) (*Check, error) {
	authority, err := d.Authority(c.Authority)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	for i := range documents {
		if err := documents[i].check(Ref{}); err != nil {
			return nil, err
		}
	}
	day := at.Date(authority.Zone())
	out := &Check{Assessment: d.law.Preview(c, authority, day), Lanes: []LaneCheck{}}
	for _, l := range out.Assessment.Lanes {
		x := LaneCheck{LaneResult: l, Given: l.ID == out.Assessment.Lane, Missing: missing(l.Papers, l.Undertakings, documents, c, day)}
		out.Lanes = append(out.Lanes, x)
	}
	out.Ready = len(out.Assessment.Problems) == 0 && len(missing(out.Assessment.Papers, out.Assessment.Undertakings, documents, c, day)) == 0
	return out, nil
}

// Differences says in sentences what another content changes.
func (c *Content) Differences(n *Content) []string {
	var out []string
	say := func(what, before, after string) {
		switch {
		case before == after:
		case before == "":
			out = append(out, fmt.Sprintf("%s: %q is new", what, after))
		case after == "":
			out = append(out, fmt.Sprintf("%s: %q is gone", what, before))
		default:
			out = append(out, fmt.Sprintf("%s: %q became %q", what, before, after))
		}
	}
	sayFacts := func(what string, a, b map[string]string) {
		names := map[string]bool{}
		for name := range a {
			names[name] = true
		}
		for name := range b {
			names[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			say(what+name, a[name], b[name])
		}
	}
	say("reference", c.OurReference, n.OurReference)
	say("country of the applicant", c.Applicant.Country, n.Applicant.Country)
	for i := range max(len(c.Lines), len(n.Lines)) {
		a, b := at(c.Lines, i), at(n.Lines, i)
		name := fmt.Sprintf("goods %d", i+1)
		say(name, a.Goods, b.Goods)
		say(name+", description", a.Description, b.Description)
		say(name+", from", a.From, b.From)
		say(name+", to", a.To, b.To)
		say(name+", quantity", a.quantity(), b.quantity())
		say(name+", value", a.value(), b.value())
		sayFacts(name+", ", a.Facts, b.Facts)
	}
	for i := range max(len(c.Parties), len(n.Parties)) {
		say(fmt.Sprintf("party %d", i+1), at(c.Parties, i).words(), at(n.Parties, i).words())
	}
	say("end use", c.EndUse, n.EndUse)
	say("contract", c.Contract, n.Contract)
	say("renews", c.Renews, n.Renews)
	sayFacts("", c.Facts, n.Facts)
	if c.Closed != n.Closed {
		say("what is not stated", closedWords(c.Closed), closedWords(n.Closed))
	}
	for i := range max(len(c.Undertakings), len(n.Undertakings)) {
		a, b := at(c.Undertakings, i), at(n.Undertakings, i)
		say(fmt.Sprintf("undertaking %d", i+1), a.Words(), b.Words())
	}
	if len(out) == 0 {
		return []string{"nothing"}
	}
	return out
}

// at is the i-th of a list, or an empty one past its end.
func at[T any](list []T, i int) (x T) {
	if i < len(list) {
		x = list[i]
	}
	return x
}

func (l *Line) quantity() string {
	if l.Quantity.Unit == "" {
		return ""
	}
	return l.Quantity.String()
}

func (l *Line) value() string {
	if l.Value.Currency == "" {
		return ""
	}
	return l.Value.String()
}

func (p Party) words() string {
	return strings.Join(slices.DeleteFunc([]string{p.Role, p.Name, p.Country, p.Ownership}, func(s string) bool { return s == "" }), ", ")
}

func closedWords(closed bool) string {
	if closed {
		return "absent"
	}
	return "not known"
}

// Revision is a version of the content of a file.
type Revision struct {
	Version int              `json:"version"` // from 1
	At      quantity.Instant `json:"at"`
	Differs []string         `json:"differs,omitempty"` // from the version before
}

// ReadRevisions reads how the content of a file came to be: its first version and
// each amendment with what it changed.
func ReadRevisions(ctx context.Context, r Reader, id string) ([]Revision, error) {
	var out []Revision
	err := r.Events(ctx, EventQuery{Object: application(id)}, func(s SealedEvent) error {
		if s.Type != "drafted" && s.Type != "amended" {
			return nil
		}
		e, err := ReadRecord(s.Record)
		if err != nil {
			return err
		}
		v := Revision{Version: len(out) + 1, At: e.At}
		if d, ok := e.Data.(*Amended); ok {
			v.Differs = d.Differs
		}
		out = append(out, v)
		return nil
	})
	return out, err
}
