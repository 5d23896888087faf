package licence

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// The lanes of files for which the law names none.
const (
	LaneNotNeeded = "not-needed" // no licence of this authority is needed
	LaneBarred    = "barred"     // prohibited: there is nothing to apply for
	LaneUnsettled = "unsettled"  // facts are missing, and no lane is open for certain
)

// Assessment is which lane the law gives an application on a day, and why not a
// faster one. It is computed by the engine; asked again with the same schedule,
// content and day, it is the same.
type Assessment struct {
	On       quantity.Date `json:"on"`       // the day of the law and of what was known
	Schedule string        `json:"schedule"` // digest of the law
	Content  int           `json:"content"`  // the version of the content it is about
	Outcome  string        `json:"outcome"`  // of the engine: free, licence, refer, prohibited
	Lane     string        `json:"lane"`
	Title    string        `json:"title,omitempty"`
	Measures []string      `json:"measures,omitempty"`
	Items    []string      `json:"items,omitempty"`
	// Lanes are all lanes of the measures, fastest first.
	Lanes []LaneResult `json:"lanes,omitempty"`
	// Questions are the facts that are open and matter.
	Questions []string `json:"questions,omitempty"`
	// Problems are faults for which a line could not be determined at all.
	Problems []string `json:"problems,omitempty"`

	// What the lane asks for and gives.
	Papers       []Paper       `json:"papers,omitempty"`
	Undertakings []string      `json:"undertakings,omitempty"`
	Limit        DecisionLimit `json:"limit,omitzero"`
	Months       int           `json:"months,omitempty"` // of the licence; 0: not told in months
	AtMost       bool          `json:"atMost,omitempty"`
	Ends         MonthEnd      `json:"ends,omitempty"`
	Standing     string        `json:"standing,omitempty"`
	Citation     string        `json:"citation,omitempty"`
}

// LaneResult is one lane with why it is not open.
type LaneResult struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Status   string   `json:"status"` // available, open, closed
	Reasons  []string `json:"reasons,omitempty"`
	Standing string   `json:"standing"`
	Citation string   `json:"citation"`
	// Papers and Undertakings are what it asks for; told by [Law.Preview] alone.
	Papers       []Paper  `json:"papers,omitempty"`
	Undertakings []string `json:"undertakings,omitempty"`
}

// Paper is a paper that a lane asks for.
type Paper struct {
	Title string `json:"title"`
	Form  string `json:"form,omitempty"` // original, copy, electronic; empty: any
	Law   string `json:"law,omitempty"`
}

// DecisionLimit is within which time the law wants a decision.
type DecisionLimit struct {
	Days    int     `json:"days,omitempty"` // 0: no figure
	Counted Counted `json:"counted,omitempty"`
	None    string  `json:"none,omitempty"` // why there is no figure
	Law     string  `json:"law,omitempty"`
}

// Law assesses contents. An implementation is safe for concurrent use.
type Law interface {
	// Digest names the law.
	Digest() string
	// Assess answers which lane the law of the day gives, as known on that day.
	Assess(c *Content, authority *Authority, on quantity.Date) Assessment
	// Preview is Assess, with what each lane asks for.
	Preview(c *Content, authority *Authority, on quantity.Date) Assessment
}

// Engine is the [Law] of compiled packs.
type Engine struct {
	schedule *schedule.Schedule
	answers  sync.Pool // of *answering, whose memory is used again
}

// answering is an answer of the engine and its summary.
type answering struct {
	determination determination.Determination
	summary       determination.Summary
}

// NewEngine returns the law of a schedule.
func NewEngine(s *schedule.Schedule) *Engine {
	return &Engine{schedule: s, answers: sync.Pool{New: func() any { return new(answering) }}}
}

// Digest names the packs.
func (e *Engine) Digest() string { return e.schedule.Digest }

// Case is the case of a line of a content, as the engine is asked it.
func (c *Content) Case(line int, on quantity.Date) determination.Case {
	l := &c.Lines[line]
	facts := make(map[string]string, len(c.Facts)+len(l.Facts)+2)
	for name, role := range map[string]string{"end_user.name": RoleEndUser, "importer.name": RoleImporter} {
		if p, ok := c.party(role); ok {
			facts[name] = p.Name
		}
	}
	for name, value := range c.Facts {
		facts[name] = value
	}
	for name, value := range l.Facts {
		facts[name] = value
	}
	out := determination.Case{Goods: l.Goods, From: l.From, To: l.To, On: on.String(), Known: on.String(), Facts: facts, Closed: c.Closed, Only: "export"}
	if l.Value.Currency != "" {
		out.Value = l.Value.String()
	}
	if l.Quantity.Unit != "" {
		out.Quantity = []string{l.Quantity.String()}
	}
	return out
}

// Assess implements [Law].
func (e *Engine) Assess(c *Content, authority *Authority, on quantity.Date) Assessment {
	return e.assess(c, authority, on, false)
}

// Preview implements [Law].
func (e *Engine) Preview(c *Content, authority *Authority, on quantity.Date) Assessment {
	return e.assess(c, authority, on, true)
}

func (e *Engine) assess(c *Content, authority *Authority, on quantity.Date, whole bool) Assessment {
	a := Assessment{On: on, Schedule: e.schedule.Digest}
	x := e.answers.Get().(*answering)
	defer e.answers.Put(x)
	d, s := &x.determination, &x.summary
	asked := []*determination.Licence{}
	worst := determination.Free
	for i := range c.Lines {
		k := c.Case(i, on)
		if err := d.Determine(e.schedule, &k); err != nil {
			var problems determination.Problems
			at := fmt.Sprintf("lines.%d", i+1)
			if !errors.As(err, &problems) {
				a.Problems = append(a.Problems, at+": "+err.Error())
			}
			for _, p := range problems {
				a.Problems = append(a.Problems, at+"."+p.Error())
			}
			continue
		}
		outcome := d.Outcome()
		worst = determination.Stricter(worst, outcome)
		if outcome == determination.Refer || outcome == determination.LicenceRequired {
			d.Summarise(s)
			for _, q := range s.Questions {
				if !contains(a.Questions, q) {
					a.Questions = append(a.Questions, q)
				}
			}
		}
		for _, l := range d.Licences() {
			if l.Authority == authority.Title {
				asked = append(asked, &l)
			}
		}
	}
	a.Outcome = string(worst)
	a.choose(asked, worst, whole)
	return a
}

// choose finds the fastest lane that every line may travel.
func (a *Assessment) choose(asked []*determination.Licence, worst determination.Outcome, whole bool) {
	for _, l := range asked {
		a.Measures = append(a.Measures, l.Measures...)
		a.Items = append(a.Items, l.Items...)
	}
	slices.Sort(a.Measures)
	slices.Sort(a.Items)
	a.Measures, a.Items = slices.Compact(a.Measures), slices.Compact(a.Items)
	var said []*determination.Lane
	for n, l := range asked {
		for i := range l.Lanes {
			x := &l.Lanes[i]
			serves := len(x.Measures) == len(l.Measures)
			at := slices.IndexFunc(a.Lanes, func(r LaneResult) bool { return r.ID == x.ID })
			if at < 0 {
				if n > 0 {
					continue // another line cannot travel it
				}
				at = len(a.Lanes)
				a.Lanes = append(a.Lanes, LaneResult{ID: x.ID, Title: x.Title, Status: "available", Standing: x.Standing, Citation: x.Citation})
				said = append(said, x)
			}
			a.Lanes[at].narrow(x, serves)
		}
		for i := range a.Lanes {
			if !slices.ContainsFunc(l.Lanes, func(x determination.Lane) bool { return x.ID == a.Lanes[i].ID }) {
				a.Lanes[i].Status = "closed"
				a.Lanes[i].Reasons = append(a.Lanes[i].Reasons, "not for every line of the application")
			}
		}
	}
	for i := range said {
		if whole {
			a.Lanes[i].Papers, a.Lanes[i].Undertakings = asks(said[i])
		}
	}
	switch at := slices.IndexFunc(a.Lanes, func(r LaneResult) bool { return r.Status == "available" }); {
	case worst == determination.Prohibited:
		a.Lane = LaneBarred
	case len(a.Problems) > 0:
		a.Lane = LaneUnsettled
	case len(asked) == 0 && worst == determination.Free:
		a.Lane = LaneNotNeeded
	case at < 0:
		a.Lane = LaneUnsettled
	default:
		a.take(said[at])
	}
}

// narrow closes the lane as far as one line closes it.
func (r *LaneResult) narrow(x *determination.Lane, serves bool) {
	if x.Status == "closed" || x.Status == "open" && r.Status == "available" {
		r.Status = x.Status
	}
	for _, why := range x.Reasons {
		s := why.Reason + " (" + why.Citation + ")"
		if why.Status == "open" {
			s = "open: " + s
		}
		if !contains(r.Reasons, s) {
			r.Reasons = append(r.Reasons, s)
		}
	}
	if !serves {
		r.Status = "closed"
		r.Reasons = append(r.Reasons, "not for every measure that asks for a licence")
	}
}

// take sets what the lane asks for and gives.
func (a *Assessment) take(x *determination.Lane) {
	a.Lane, a.Title, a.Standing, a.Citation = x.ID, x.Title, x.Standing, x.Citation
	a.Papers, a.Undertakings = asks(x)
	for _, k := range x.Clocks {
		if (k.For == "decision" || k.For == "decision at the latest") && k.Status == "applies" && (a.Limit.Days == 0 || k.Days > 0) {
			a.Limit = DecisionLimit{k.Days, Counted(k.Counted), k.None, law(&k.Ground)}
		}
	}
	for _, t := range x.Terms {
		if t.Status == "applies" && t.Months > a.Months {
			a.Months, a.AtMost, a.Ends = t.Months, t.AtMost, MonthEnd(t.Ends)
		}
	}
}

// asks is what a lane asks for.
func asks(x *determination.Lane) (papers []Paper, undertakings []string) {
	for _, p := range x.Papers {
		if p.Status == "applies" {
			papers = append(papers, Paper{p.Title, p.Form, law(&p.Ground)})
		}
	}
	for _, u := range x.Undertakings {
		if u.Status == "applies" {
			undertakings = append(undertakings, u.Title)
		}
	}
	return papers, undertakings
}

func law(g *determination.Ground) string {
	if g.Provision == "" {
		return g.Citation
	}
	return g.Citation + ", " + g.Provision
}

// WhyNotFaster gives each lane that is faster than the one assessed, with why the
// file may not travel it.
func (a *Assessment) WhyNotFaster() []LaneResult {
	var out []LaneResult
	for _, l := range a.Lanes {
		if l.ID == a.Lane {
			break
		}
		out = append(out, l)
	}
	return out
}

// lost gives the reasons for which the lane before can no longer be travelled.
func (a *Assessment) lost(before string) []string {
	for _, l := range a.Lanes {
		if l.ID == before {
			if len(l.Reasons) == 0 {
				return []string{l.Title + " is open; a faster lane is too"}
			}
			return l.Reasons
		}
	}
	if len(a.Problems) > 0 {
		return a.Problems
	}
	return []string{"the law of " + a.On.String() + " gives " + a.Outcome}
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// sameName compares names of parties as people do: without case and surplus
// blanks.
func sameName(a, b string) bool { return folding(a) == folding(b) }

// FoldName writes a name of a party as files are found by it: without case and
// surplus blanks.
func FoldName(s string) string { return folding(s) }

func folding(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }
