package licence

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Says is what an event says beside its type, in a few words for people: which step,
// which question, what was refused and why. It is empty where the type says all.
func (e *Event) Says(zone *time.Location) string {
	switch d := e.Data.(type) {
	case *Amended:
		return strings.Join(d.Differs, "; ")
	case *DocumentAttached:
		return d.Document.Kind + ", " + d.Document.Form
	case *Endorsed:
		return d.Step.Name
	case *Assessed:
		if d.From != "" {
			return "lane " + d.From + " became " + d.Assessment.Lane + ": " + strings.Join(d.Reasons, "; ")
		}
		return "lane " + d.Assessment.Lane
	case *Linked:
		return fmt.Sprintf("with %s, %d %% alike", d.Link.Other, d.Link.Percent)
	case *Returned:
		return d.For
	case *Claimed:
		out := d.Officer + " until " + d.Until.Format(zone)
		if d.OutOfOrder {
			out += ", out of its turn"
		}
		return out
	case *Asked:
		return d.Text + " (by " + d.Due.String() + ")"
	case *Answered:
		return d.Answer
	case *Referred:
		return "to " + d.Agency
	case *Advised:
		return string(d.Advice.Kind) + ", by " + d.Advice.Agency
	case *Recommended:
		return string(d.Proposal.Outcome)
	case *Disagreed:
		return "with " + d.With
	case *Decided:
		return string(d.Decision.Outcome)
	case *Appealed:
		return d.Grounds
	case *Attempted:
		return d.Command + ", refused (" + string(d.Code) + "): " + d.Message
	case *LawChanged:
		return d.Mark.Measure + " was " + d.Mark.From + " and is " + d.Mark.To
	case *Issued:
		return "to " + d.Holder + ", " + d.Terms.Term.String()
	case *LicenceAmended:
		return strings.Join(d.Changed, "; ")
	case *Suspended:
		return d.Why
	case *Ended:
		return d.How
	case *Reserved:
		return partsWords(d.Parts)
	case *Committed:
		return partsWords(d.Parts)
	case *Released:
		return partsWords(d.Parts)
	case *GoodsReturned:
		return partsWords(d.Parts)
	case *UndertakingGiven:
		return d.Promise.Words()
	case *UndertakingBreached:
		return d.Finding
	case *SuspensionImposed:
		return d.Of + " " + d.Subject
	case *SuspensionLifted:
		return d.ID
	}
	return ""
}

// partsWords are what a movement takes of which licence.
func partsWords(parts []Part) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = fmt.Sprintf("%s, line %d of %s", p.Quantity, p.Line, p.Licence)
	}
	return strings.Join(out, "; ")
}

// Line is what happened in one line: the type of the event, what it says, and the
// reason that was given with it, unless they are the same.
func (e *Event) Line(zone *time.Location) string {
	parts := []string{e.Type}
	for _, s := range []string{e.Says(zone), e.Reason} {
		if s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}
