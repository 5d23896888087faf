package measure

import (
	"iter"
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// EffectKind is what an act does to its measure.
type EffectKind uint8

// The effects of acts.
const (
	Apply   EffectKind = iota + 1 // the measure runs, at Rate where it has one
	Suspend                       // it does not apply for a while
	Resume                        // suspensions announced before are over
	End                           // it is over
	Void                          // it is over from the start
	Stay                          // what the instrument Stays did has no effect
	Unknown                       // whether it applies is not known
)

var effectNames = [...]string{"", "applies", "suspended", "resumed", "ended", "void", "stayed", "unknown"}

func (k EffectKind) String() string { return effectNames[k] }

// Effect is one effect of an act.
type Effect struct {
	Kind  EffectKind
	Rate  *quantity.Rate // Apply of a duty; nil elsewhere
	Stays string         // Stay: the id of the instrument that is stayed
	Why   string         // Unknown: what is not known
}

// Act is what one instrument does to one measure: from an instant, perhaps
// until an instant, and then perhaps something else.
type Act struct {
	By         *Instrument
	Announced  quantity.Date // knowledge axis, in civil days of the pack's zone
	Period     quantity.Period
	Effect     Effect
	Then       *Effect // what follows the end of Period by the same instrument; nil: see [Timeline.At]
	Heading    string  // overrides the measure's heading
	Confidence Confidence
	Standing   Standing
	Note       string
	Position   string
}

// Timeline is the acts of one measure in order of announcement, those of one
// day in the order of the file. [NewTimeline] puts them so.
type Timeline []Act

// NewTimeline returns the acts in folding order.
func NewTimeline(acts []Act) Timeline {
	t := Timeline(slices.Clone(acts))
	slices.SortStableFunc(t, func(a, b Act) int { return int(a.Announced) - int(b.Announced) })
	return t
}

// StateKind is how a measure stands at an instant.
type StateKind uint8

// The states of a measure.
const (
	NotStarted StateKind = iota // no act has reached this instant yet
	InForce
	Suspended
	Ended
	Unverified // a suspension ran out with no successor, or the law is not known
)

var stateNames = [...]string{"not started", "in force", "suspended", "ended", "unverified"}

func (k StateKind) String() string { return stateNames[k] }

// State is how a measure stands at an instant, and which act put it there.
type State struct {
	Kind StateKind
	Act  *Act           // the act that decides; nil for NotStarted
	Rate *quantity.Rate // of a duty that is InForce; of what would apply, where Suspended or Unverified; nil where none is known
	// Under is the act that would decide if the suspension were not there
	// (Suspended, Unverified); nil where there is none.
	Under *Act
}

// At folds the acts announced by the day known and returns the state at the
// instant on. Each act overwrites the timeline from its From on; the act
// announced last among those that have begun decides. When the Period of an act
// is over, its Then decides; without one, a suspension leaves the measure
// Unverified and any other effect is Ended.
//
// A Resume hands the decision back to the acts before it, suspensions passed
// over; a Stay takes away the acts of the instrument that it stays, while its
// Period runs. Reported acts take no part.
func (t Timeline) At(on quantity.Instant, known quantity.Date) State {
	return t.at(on, known, len(t), false)
}

// Stays returns the stays without which an act announced after the one that
// decides, as [Timeline.At] has it, would have its effect.
func (t Timeline) Stays(on quantity.Instant, known quantity.Date) []*Act {
	decides := t.At(on, known).Act
	var out []*Act
	for i := len(t) - 1; i >= 0 && &t[i] != decides; i-- {
		if a := &t[i]; a.Announced > known || a.Standing == Reported || a.Effect.Kind != Void && on < a.Period.From {
			continue
		}
		if s := t.stay(i, on, known); s != nil && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// at folds t[:n], passing over suspensions when unsuspended. Stays among the
// later acts have their effect.
func (t Timeline) at(on quantity.Instant, known quantity.Date, n int, unsuspended bool) State {
	for i := n - 1; i >= 0; i-- {
		a := &t[i]
		if a.Announced > known || a.Standing == Reported || t.stay(i, on, known) != nil {
			continue
		}
		if a.Effect.Kind == Stay && (a.Then == nil || on < a.Period.Until) {
			continue // while it runs its effect is on the acts below, see stayed
		}
		if a.Effect.Kind == Void {
			return State{Kind: Ended, Act: a}
		}
		if on < a.Period.From {
			continue
		}
		effect := a.Effect
		if on >= a.Period.Until {
			switch {
			case a.Then != nil:
				effect = *a.Then
			case effect.Kind == Suspend && unsuspended:
				continue
			case effect.Kind == Suspend:
				under := t.at(on, known, i, true)
				if under.Kind != InForce && under.Kind != Unverified {
					return under // nothing would revive
				}
				return State{Kind: Unverified, Act: a, Rate: under.Rate, Under: under.Act}
			default:
				return State{Kind: Ended, Act: a}
			}
		}
		switch effect.Kind {
		case Apply:
			return State{Kind: InForce, Act: a, Rate: effect.Rate}
		case End:
			return State{Kind: Ended, Act: a}
		case Unknown:
			under := t.at(on, known, i, unsuspended)
			return State{Kind: Unverified, Act: a, Rate: under.Rate, Under: under.Act}
		case Resume:
			s := t.at(on, known, i, true)
			if s.Kind == InForce {
				s.Act = a
			}
			return s
		case Suspend:
			if unsuspended {
				continue
			}
			under := t.at(on, known, i, true)
			if under.Kind == Ended {
				return under
			}
			return State{Kind: Suspended, Act: a, Rate: under.Rate, Under: under.Act}
		}
	}
	return State{Kind: NotStarted}
}

// stay returns the later act that takes away the effect of t[i]: a stay of its
// instrument that runs, and is not stayed itself; nil where there is none.
func (t Timeline) stay(i int, on quantity.Instant, known quantity.Date) *Act {
	for j := len(t) - 1; j > i; j-- {
		s := &t[j]
		if s.Effect.Kind == Stay && s.Effect.Stays == t[i].By.ID && s.Announced <= known && s.Standing != Reported &&
			s.Period.Contains(on) && t.stay(j, on, known) == nil {
			return s
		}
	}
	return nil
}

// Segment is a stretch of a timeline in one state.
type Segment struct {
	Period quantity.Period
	State  State
}

// Segments folds the acts announced by known into stretches that follow one
// another without gap from the beginning of time to its end.
func (t Timeline) Segments(known quantity.Date) []Segment {
	cuts := t.Cuts(known)
	from := quantity.Always.From
	var out []Segment
	for i := 0; i <= len(cuts); i++ {
		until := quantity.Always.Until
		if i < len(cuts) {
			until = cuts[i]
		}
		s := t.At(from, known)
		if n := len(out); n > 0 && out[n-1].State == s {
			out[n-1].Period.Until = until
		} else {
			out = append(out, Segment{quantity.Period{From: from, Until: until}, s})
		}
		from = until
	}
	return out
}

// Cuts returns, in order, the instants at which the state may change as known
// on the day.
func (t Timeline) Cuts(known quantity.Date) []quantity.Instant {
	cuts := slices.AppendSeq([]quantity.Instant(nil), t.Ends(known))
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// Next returns the first instant after one at which the state may change as known on the
// day. It is not ok where there is none.
func (t Timeline) Next(at quantity.Instant, known quantity.Date) (next quantity.Instant, ok bool) {
	for end := range t.Ends(known) {
		if end > at && (!ok || end < next) {
			next, ok = end, true
		}
	}
	return next, ok
}

// Ends gives the ends of the acts that are known on the day, in the order of the
// acts, some of them more than once.
func (t Timeline) Ends(known quantity.Date) iter.Seq[quantity.Instant] {
	return func(yield func(quantity.Instant) bool) {
		for i := range t {
			a := &t[i]
			if a.Announced > known || a.Standing == Reported {
				continue
			}
			for _, c := range [...]quantity.Instant{a.Period.From, a.Period.Until} {
				if c > quantity.Always.From && c < quantity.Always.Until && !yield(c) {
					return
				}
			}
		}
	}
}
