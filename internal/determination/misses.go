package determination

import (
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

func (d *Determination) nearMisses() []NearMiss {
	e := &d.e
	out := make([]NearMiss, 0, 6) // as many as most have
	for n := range e.cands {
		c := &e.cands[n]
		live := slices.Contains(e.live, int32(n))
		if c.Entry.Kind == measure.Exemption && (c.toggle < 0 || !e.spares(int32(n), "")) || c.Entry.Kind == measure.Undertaking && c.Entry.Review == "" || live && c.applied > 0 && c.toggle < 0 ||
			c.when == condition.False && e.untouched(c.Entry.When) {
			continue
		}
		m := NearMiss{
			Measure: c.Entry.ID, Kind: string(c.Entry.Kind), Leg: string(c.Entry.Leg), Title: c.Entry.Title, Heading: e.heading(c),
			Items: e.itemsOf(c), Act: e.actRef(c.State.Act, c.Entry.Pack), Citation: e.citation(c), Confidence: e.confidence(c),
		}
		if c.State.Rate != nil {
			m.Rate = c.State.Rate.String()
		}
		if c.Entry.Base != nil {
			m.Rate, m.Citation, _ = e.base(c)
		}
		switch {
		case live && c.toggle >= 0 && (c.applied > 0 || c.displaced < 0):
			m.Status, m.Reason = "unverified", e.unverifiedReason(c)
		case live && c.displaced >= 0:
			by := &e.cands[c.displaced]
			m.Status, m.By, m.Reason = "displaced", by.Entry.ID, e.displacedReason(by)
		case live:
			m.Status, m.Reason = "condition", "no completion of the facts meets its condition"
		case !c.Origin:
			m.Status, m.Reason = "origin", "it is for products of "+places(c.Entry.Scope.Origin)+"; these are of "+string(e.q.origin)
		case c.when == condition.False:
			m.Status, m.Reason = "condition", "its condition is not met: "+e.s.Set.Env.Words(c.Entry.When)
		case c.State.Kind == measure.Suspended:
			m.Status, m.Reason = "suspended", "suspended by "+c.State.Act.By.Citation+untilWords(c.State.Act, c.Entry.Pack)
		case c.State.Kind == measure.NotStarted:
			m.Status, m.Starts = "not-in-force", e.starts(c)
			m.Reason = "it has not started"
			if m.Starts != "" {
				m.Reason = "it starts " + m.Starts
				a := e.firstAct(c)
				m.Rate, m.Act = firstRate(a), e.actRef(a, c.Entry.Pack)
				if a != nil {
					m.Citation, m.Confidence = a.By.Citation, string(a.Confidence)
					if a.Heading != "" {
						m.Heading = a.Heading
					}
				}
			}
		default:
			m.Status, m.Reason = "not-in-force", "it has ended: "+endWords(c)
		}
		out = append(out, m)
	}
	return out
}

// untouched reports whether a condition rests on facts of which the case states
// none: that it fails then is no news.
func (e *evaluation) untouched(x *condition.Expr) bool {
	declared := false
	for _, slot := range x.Slots() {
		if e.s.Set.Env.Fact(slot).Pack == "" {
			continue
		}
		if e.q.stated.Has(slot) {
			return false
		}
		declared = true
	}
	return declared
}

func (e *evaluation) unverifiedReason(c *candidate) string {
	a := c.State.Act
	if a.Effect.Kind == measure.Unknown {
		return a.Effect.Why
	}
	return fmt.Sprintf("the suspension by %s ran out on %s and no act that follows it is known", a.By.Citation, a.Period.Until.Date(c.Entry.Pack.Zone))
}

func (e *evaluation) displacedReason(by *candidate) string {
	h := e.heading(by)
	if h != "" {
		h = " (" + h + ")"
	}
	if by.Entry.Kind == measure.Exemption {
		return "exempt: " + by.Entry.Title + h
	}
	return "it gives way to " + by.Entry.Title + h
}

func places(ps []measure.Place) string {
	var in []string
	for _, p := range ps {
		if p.Not {
			in = append(in, "not "+p.Name)
		} else {
			in = append(in, p.Name)
		}
	}
	return strings.Join(in, ", ")
}

func untilWords(a *measure.Act, p *rulepack.Pack) string {
	if a.Period.Until >= quantity.MaxInstant {
		return ""
	}
	return " until " + a.Period.Until.Date(p.Zone).String()
}

func endWords(c *candidate) string {
	a := c.State.Act
	day := a.Period.From
	if a.Effect.Kind == measure.Apply || a.Effect.Kind == measure.Suspend {
		day = a.Period.Until
	}
	if a.Effect.Kind == measure.Void {
		return "void from the start by " + a.By.Citation
	}
	return day.Date(c.Entry.Pack.Zone).String() + ", " + a.By.Citation
}

// firstAct is the act that begins a measure that has not started.
func (e *evaluation) firstAct(c *candidate) *measure.Act {
	acts, known := c.Entry.Acts, e.q.known
	for at, ok := acts.Next(e.at(c), known); ok; at, ok = acts.Next(at, known) {
		if s := acts.At(at, known); s.Kind != measure.NotStarted {
			return s.Act
		}
	}
	return nil
}

// starts is when a measure that has not started will be in force; "" where no
// act known puts it in force.
func (e *evaluation) starts(c *candidate) string {
	acts, known := c.Entry.Acts, e.q.known
	for at, ok := acts.Next(e.at(c), known); ok; at, ok = acts.Next(at, known) {
		if acts.At(at, known).Kind == measure.InForce {
			return at.Date(c.Entry.Pack.Zone).String()
		}
	}
	return ""
}

// firstRate is the rate by the act that begins a measure; nil is none.
func firstRate(first *measure.Act) string {
	if first != nil && first.Effect.Rate != nil {
		return first.Effect.Rate.String()
	}
	return ""
}

func (d *Determination) dormant() []Dormant {
	e := &d.e
	out := []Dormant{}
	for n := range e.cands {
		c := &e.cands[n]
		if !c.Origin || c.when == condition.False || c.Entry.Kind == measure.Exemption {
			continue
		}
		x := Dormant{Measure: c.Entry.ID, Title: c.Entry.Title, Leg: string(c.Entry.Leg), Items: e.itemsOf(c), Citation: e.citation(c)}
		switch c.State.Kind {
		case measure.Suspended:
			a := c.State.Act
			if a.Period.Until < quantity.MaxInstant {
				x.Revives = instant(a.Period.Until, c.Entry.Pack.Zone)
			}
			x.Then = "unverified"
			if a.Then != nil && a.Then.Kind != measure.Unknown {
				x.Then = a.Then.Kind.String()
			}
			if c.State.Rate != nil {
				x.Rate = c.State.Rate.String()
			}
		case measure.NotStarted:
			first := e.firstAct(c)
			if first == nil {
				continue
			}
			x.Revives, x.Rate, x.Then = instant(first.Period.From, c.Entry.Pack.Zone), firstRate(first), "applies"
			x.Citation = first.By.Citation
		default:
			continue
		}
		out = append(out, x)
	}
	return out
}
