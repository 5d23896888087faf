package server

import (
	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// Summary is what an answer comes to. Amounts are decimal strings in Currency;
// one that is null is not known.
type Summary struct {
	On        string        `json:"on" doc:"day or instant for which the law was asked"`
	Known     string        `json:"known" doc:"what was announced by this day counts"`
	Outcome   string        `json:"outcome" enum:"free,licence,refer,prohibited"`
	Currency  string        `json:"currency,omitempty" doc:"of the amounts; absent where no value was given"`
	Duty      *SummaryRange `json:"duty,omitempty" doc:"absent where no duty is computed or no value was given"`
	Rate      *SummaryRange `json:"rate,omitempty" doc:"the duty in per cent of the value; absent where no duty is computed"`
	Ordinary  *SummaryRange `json:"ordinary,omitempty" doc:"the part of the duty that is the ordinary duty"`
	Fees      *SummaryRange `json:"fees,omitempty" doc:"beside the duty"`
	Lines     []SummaryLine `json:"lines" doc:"the duties and fees that apply, or may"`
	Licences  []string      `json:"licences" doc:"measures of licences and prohibitions that apply, or may"`
	Questions []string      `json:"questions" doc:"facts that are open, the most deciding first"`
	Schedule  string        `json:"schedule" doc:"digest of the packs"`
	Digest    string        `json:"digest,omitempty" doc:"of the sealed answer, where it was kept"`
}

// SummaryLine is one duty or fee.
type SummaryLine struct {
	Measure  string        `json:"measure"`
	Heading  string        `json:"heading,omitempty" doc:"what is filed"`
	Rate     string        `json:"rate,omitempty" doc:"as the act states it"`
	Amount   *SummaryRange `json:"amount,omitempty"`
	Citation string        `json:"citation"`
	Fee      bool          `json:"fee,omitempty"`
	Open     bool          `json:"open,omitempty" doc:"it does not apply for certain"`
}

// SummaryRange is the least and the most of an amount, both inclusive.
type SummaryRange struct {
	Least string  `json:"least"`
	Most  *string `json:"most"`
}

func rangeOf(r quantity.Range, places int) *SummaryRange {
	out := &SummaryRange{Least: r.Least.StringFixed(places)}
	if !r.Unbounded {
		most := r.Most.StringFixed(places)
		out.Most = &most
	}
	return out
}

// summary is what an answer comes to.
func (s *Server) summary(d *navicert.Determination, c *navicert.Case, digest string) *Summary {
	var sum determination.Summary
	d.Summarise(&sum)
	out := &Summary{On: c.On, Known: c.Known, Outcome: string(sum.Outcome), Lines: []SummaryLine{}, Licences: append([]string{}, sum.Licences...),
		Questions: append([]string{}, sum.Questions...), Schedule: s.engine.Digest(), Digest: digest}
	if out.On == "" {
		out.On = c.Entered + c.Exported
	}
	if !sum.Priced {
		return out
	}
	out.Rate = rangeOf(sum.Percent, 4)
	if sum.Valued {
		out.Currency = sum.Currency
		out.Duty, out.Ordinary, out.Fees = rangeOf(sum.Duty, sum.Places), rangeOf(sum.Ordinary, sum.Places), rangeOf(sum.Fees, sum.Places)
	}
	for i := range sum.Lines {
		l := &sum.Lines[i]
		line := SummaryLine{Measure: l.Measure, Heading: l.Heading, Rate: l.Rate, Citation: l.Citation, Fee: l.Fee, Open: l.Open}
		if sum.Valued {
			line.Amount = rangeOf(l.Amount, sum.Places)
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}
