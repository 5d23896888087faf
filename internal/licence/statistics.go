package licence

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/navicert/navicert/internal/quantity"
)

// Statistics are what a desk did in a period, in the form in which licensing
// authorities report it. Days are working days of the authority, without pauses.
type Statistics struct {
	Authority string        `json:"authority"`
	From      quantity.Date `json:"from"` // first day, inclusive
	To        quantity.Date `json:"to"`   // last day, inclusive; pending is as of its end
	Total     Tally         `json:"total"`
	// By are the same by destination, item, lane and month of submission.
	By map[string]map[string]*Tally `json:"by"`
}

// Tally counts files.
type Tally struct {
	Received  int `json:"received"` // submitted in the period
	Decided   int `json:"decided"`  // in the period, and of these
	Approved  int `json:"approved"`
	Refused   int `json:"refused"`
	NotNeeded int `json:"notNeeded"`
	Withdrawn int `json:"withdrawn"` // of those received
	Pending   int `json:"pending"`   // at the end
	// Ages are the pending by days since acceptance: up to 20, 45, 60, and more.
	Ages [4]int `json:"ages"`
	// Median is the middle of the days to a decision; -1 where none was decided.
	Median   int `json:"median"`
	Within20 int `json:"within20"` // per cent decided within 20 days
	Within60 int `json:"within60"`
	days     []int
}

var ageBounds = [3]int{20, 45, 60}

// The dimensions of [Statistics.By].
const (
	ByCountry = "destination"
	ByItem    = "item"
	ByLane    = "lane"
	ByMonth   = "month"
)

// ReadStatistics counts the files of an authority over a period of days, both
// inclusive.
func ReadStatistics(ctx context.Context, r Reader, authority *Authority, from, to quantity.Date) (*Statistics, error) {
	if to < from {
		return nil, refuse(Invalid, Ref{}, "name the earlier day first", "the period ends on %s, before it begins on %s", to, from)
	}
	s := &Statistics{Authority: authority.ID, From: from, To: to, By: map[string]map[string]*Tally{ByCountry: {}, ByItem: {}, ByLane: {}, ByMonth: {}}}
	end := (to + 1).Start(authority.Zone()) - 1
	err := eachObject(ctx, r, KindApplication, func(f *countedFile) error {
		if f.Content.Authority == authority.ID && f.Submitted != 0 && f.Submitted <= end {
			s.add(authority, f.application(), end)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.Total.finish()
	for _, m := range s.By {
		for _, t := range m {
			t.finish()
		}
	}
	return s, nil
}

// countedFile is what is counted of an [Application], so that the rest of its state
// need not be read.
type countedFile struct {
	Stage   Stage `json:"stage"`
	Content struct {
		Authority string `json:"authority"`
		Lines     []struct {
			To string `json:"to"`
		} `json:"lines"`
	} `json:"content"`
	Submitted  quantity.Instant `json:"submitted"`
	Accepted   quantity.Instant `json:"accepted"`
	Queries    []Query          `json:"queries"`
	Referrals  []Referral       `json:"referrals"`
	Assessment *struct {
		Lane  string        `json:"lane"`
		Items []string      `json:"items"`
		Limit DecisionLimit `json:"limit"`
	} `json:"assessment"`
	Decision  *countedDecision  `json:"decision"`
	Earlier   []countedDecision `json:"earlier"`
	Rounds    []Stretch         `json:"rounds"`
	Withdrawn quantity.Instant  `json:"withdrawn"`
}

type countedDecision struct {
	Outcome Outcome          `json:"outcome"`
	At      quantity.Instant `json:"at"`
}

func (f *countedFile) application() *Application {
	a := &Application{Stage: f.Stage, Submitted: f.Submitted, Accepted: f.Accepted, Queries: f.Queries, Referrals: f.Referrals,
		Rounds: f.Rounds, Withdrawn: f.Withdrawn, Content: Content{Authority: f.Content.Authority}}
	for _, l := range f.Content.Lines {
		a.Content.Lines = append(a.Content.Lines, Line{To: l.To})
	}
	if x := f.Assessment; x != nil {
		a.Assessment = &Assessment{Lane: x.Lane, Items: x.Items, Limit: x.Limit}
	}
	if d := f.Decision; d != nil {
		a.Decision = d.decision()
	}
	for _, d := range f.Earlier {
		a.Earlier = append(a.Earlier, *d.decision())
	}
	return a
}

func (d *countedDecision) decision() *Decision {
	return &Decision{Proposal: Proposal{Outcome: d.Outcome}, At: d.At}
}

// decisionAt is the decision that stood at an instant; nil where there was none.
func (a *Application) decisionAt(at quantity.Instant) *Decision {
	if a.Decision != nil && a.Decision.At <= at {
		return a.Decision
	}
	for i := len(a.Earlier) - 1; i >= 0; i-- {
		if d := &a.Earlier[i]; d.At <= at {
			return d
		}
	}
	return nil
}

// add counts one file, as it stood at the end of the period.
func (s *Statistics) add(authority *Authority, a *Application, end quantity.Instant) {
	zone := authority.Zone()
	item, lane := "none", LaneUnsettled
	if x := a.Assessment; x != nil {
		lane = x.Lane
		if len(x.Items) > 0 {
			item = x.Items[0]
		}
	}
	submitted := a.Submitted.Date(zone)
	tallies := []*Tally{&s.Total}
	for dimension, value := range map[string]string{ByCountry: a.Content.Destination(), ByItem: item, ByLane: lane, ByMonth: submitted.String()[:7]} {
		m := s.By[dimension]
		if m[value] == nil {
			m[value] = &Tally{}
		}
		tallies = append(tallies, m[value])
	}
	elapsed := authority.Clocks(a)[0].At(end, authority.calendar).Elapsed
	decision, day := a.decisionAt(end), quantity.Date(0)
	if decision != nil {
		day = decision.At.Date(zone)
	}
	for _, t := range tallies {
		if submitted >= s.From {
			t.Received++
			if a.Withdrawn != 0 && a.Withdrawn <= end {
				t.Withdrawn++
			}
		}
		switch {
		case decision != nil && day >= s.From:
			t.Decided++
			t.days = append(t.days, elapsed)
			switch o := decision.Outcome; {
			case o.Grants():
				t.Approved++
			case o == Refused:
				t.Refused++
			default:
				t.NotNeeded++
			}
		case decision == nil && (a.open() || a.Decision != nil || a.Withdrawn > end): // perhaps decided or withdrawn since
			t.Pending++
			n := 0
			for n < len(ageBounds) && elapsed > ageBounds[n] {
				n++
			}
			t.Ages[n]++
		}
	}
}

func (t *Tally) finish() {
	t.Median = -1
	if len(t.days) == 0 {
		return
	}
	slices.Sort(t.days)
	t.Median = t.days[(len(t.days)-1)/2]
	within := func(n int) int {
		at, _ := slices.BinarySearch(t.days, n+1)
		return at * 100 / len(t.days)
	}
	t.Within20, t.Within60 = within(20), within(60)
}

// Rows gives the tallies of a dimension, the largest first.
func (s *Statistics) Rows(dimension string) []string {
	m := s.By[dimension]
	keys := slices.Collect(maps.Keys(m))
	slices.SortFunc(keys, func(a, b string) int {
		if dimension == ByMonth {
			return strings.Compare(a, b)
		}
		return cmp.Or(m[b].Received+m[b].Pending-m[a].Received-m[a].Pending, strings.Compare(a, b))
	})
	return keys
}

// WriteCSV writes the statistics as a table: one row for all, and one for each
// value of each dimension.
func (s *Statistics) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"by", "value", "from", "to", "received", "decided", "approved", "refused", "not needed", "withdrawn", "pending",
		"pending to 20 days", "pending to 45 days", "pending to 60 days", "pending longer", "median days", "% within 20 days", "% within 60 days"})
	write := func(by, value string, t *Tally) {
		row := []string{by, value, s.From.String(), s.To.String()}
		for _, n := range []int{t.Received, t.Decided, t.Approved, t.Refused, t.NotNeeded, t.Withdrawn, t.Pending, t.Ages[0], t.Ages[1], t.Ages[2], t.Ages[3]} {
			row = append(row, strconv.Itoa(n))
		}
		if t.Median < 0 {
			row = append(row, "", "", "") // nothing was decided: not known, and not 0
		} else {
			row = append(row, strconv.Itoa(t.Median), strconv.Itoa(t.Within20), strconv.Itoa(t.Within60))
		}
		_ = c.Write(row)
	}
	write("all", "", &s.Total)
	for _, d := range []string{ByCountry, ByItem, ByLane, ByMonth} {
		for _, key := range s.Rows(d) {
			write(d, key, s.By[d][key])
		}
	}
	c.Flush()
	return c.Error()
}
