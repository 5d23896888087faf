package licence

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

func mofcom(t testing.TB) *Authority {
	t.Helper()
	list, err := Authorities()
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// The latest safe day is nine tenths of one's own past before the need, and is not
// told from too little of it.
func TestFileBy(t *testing.T) {
	needed := day(t, "2025-12-01")
	if _, _, known := (&Own{History: []int{40, 50}}).FileBy(needed); known {
		t.Error("two decisions are taken for a history")
	}
	latest, days, known := (&Own{History: []int{30, 31, 32, 33, 34, 35, 36, 37, 60, 90}}).FileBy(needed)
	if !known || days != 60 || latest.String() != "2025-10-02" {
		t.Errorf("file by %s, %d days before (%t)", latest, days, known)
	}
}

// A step of the endorsement chain that lapses before the decision has to be taken
// again, and so has what follows it; after the decision nothing lapses.
func TestChainLapses(t *testing.T) {
	a := mofcom(t)
	f := &Application{Content: Content{Lines: []Line{{To: "IN"}}}, Chain: []Step{{Name: "prepared"}, {Name: "attested", Lapses: day(t, "2025-09-30")}, {Name: "endorsed by embassy"}}}
	next := func(on string) string {
		chain, done := a.standing(f, day(t, on))
		return at(chain, done)
	}
	if n := next("2025-09-30"); n != "received by exporter" {
		t.Errorf("on the last day the next step is %q", n)
	}
	if n := next("2025-10-01"); n != "attested" {
		t.Errorf("after it the next step is %q", n)
	}
	f.Chain = append(f.Chain, Step{Name: "attested"})
	if n := next("2025-10-01"); n != "endorsed by embassy" {
		t.Errorf("when it was taken again the next step is %q", n)
	}
	f.Chain, f.Decision = f.Chain[:3], &Decision{At: noon(t, "2025-09-29")}
	if n := next("2025-10-01"); n != "received by exporter" {
		t.Errorf("after a decision in time the next step is %q", n)
	}
	if got := a.chain("US"); len(got) == 0 || got[1] == "attested" {
		t.Errorf("the chain for the United States is %v", got)
	}
}

// One seed gives one forecast; more officers clear it sooner; a desk that takes in
// more than it works off says so.
func TestSimulation(t *testing.T) {
	a := mofcom(t)
	forecast := func(officers int, arrivals float64, seed uint64) (Span, Span) {
		s := &simulation{authority: a, minutes: float64(officers * 6 * 60), arrivals: arrivals, first: day(t, "2025-06-30")}
		for n := range 2000 {
			lane := "cn.ordinary"
			if n%4 == 0 {
				lane = "cn.expedited"
			}
			since := noon(t, "2025-04-07") + quantity.Instant(n*3600)
			s.waiting = append(s.waiting, waitingFile{turn: since + quantity.Instant(a.Lane(lane).headStart()/time.Second), lane: s.lane(lane, nil)})
		}
		if err := s.simulate(t.Context(), seed, 50); err != nil {
			t.Fatal(err)
		}
		return s.span(s.cleared[1]), s.span(s.cleared[0]) // ordinary, expedited
	}
	ordinary, _ := forecast(10, 20, 1)
	again, _ := forecast(10, 20, 1)
	if ordinary != again {
		t.Errorf("one seed gives %v and %v", ordinary, again)
	}
	if !(ordinary.Least <= ordinary.Middle && ordinary.Middle <= ordinary.Most) || ordinary.Least == ordinary.Most {
		t.Errorf("no range: %v", ordinary)
	}
	if more, _ := forecast(20, 20, 1); more.Most >= ordinary.Least {
		t.Errorf("twenty officers need until %s, ten until %s", more.Most, ordinary.Least)
	}
	// More comes in than is worked off, and yet the old files have their turn.
	if drowns, _ := forecast(2, 60, 1); drowns.Never || drowns.Least <= ordinary.Most {
		t.Errorf("a desk that drowns clears by %v", drowns)
	}
}

// A refusal may be appealed once: the letter of what came of the appeal says so, and
// promises no other.
func TestLetterOnAppeal(t *testing.T) {
	a := mofcom(t)
	refusal := Decision{Proposal: Proposal{Outcome: Refused, Reason: "no use is shown", Grounds: []string{"Article 13"}}, At: noon(t, "2025-06-30")}
	f := &Application{ID: "A1", Stage: StageClosed, Decision: &refusal}
	first, _ := a.Letter(f)
	if text := first.Markdown(); !strings.Contains(text, "You may appeal until the end of 2025-08-29") || strings.Contains(text, "On your appeal") {
		t.Errorf("the first letter is\n%s", text)
	}
	f.Earlier, f.Appeal, f.Appealed = []Decision{refusal}, "wrong", noon(t, "2025-07-08")
	second, _ := a.Letter(f)
	if text := second.Markdown(); strings.Contains(text, "You may appeal") || !strings.Contains(text, "On your appeal it was decided anew. The application is refused.") {
		t.Errorf("the letter on the appeal is\n%s", text)
	}
}

// A plan of which no forecast follows is refused for all that is wrong with it.
func TestPlanCheck(t *testing.T) {
	if err := (&Plan{Officers: 1, Hours: 24, Runs: mostRuns}).check(); err != nil {
		t.Error(err)
	}
	err := (&Plan{Officers: 0, Hours: 25, Runs: -5, Arrivals: math.NaN(), Minutes: map[string]int{"cn.ordinary": -1}}).check()
	var why *Refusal
	if !errors.As(err, &why) || why.Code != Invalid || len(why.Faults) != 5 {
		t.Errorf("it is refused for %v", err)
	}
}

// A period counts what was so at its end, whatever came after.
func TestStatisticsOfPastPeriods(t *testing.T) {
	a := mofcom(t)
	decision := func(o Outcome, on string) Decision { return Decision{Proposal: Proposal{Outcome: o}, At: noon(t, on)} }
	granted := decision(Approved, "2025-06-10")
	overturned := &Application{Stage: StageClosed, Submitted: noon(t, "2025-03-03"), Accepted: noon(t, "2025-03-03"), Decision: &granted,
		Earlier: []Decision{decision(Refused, "2025-04-10")}, Appealed: noon(t, "2025-05-08"), Appeal: "wrong"}
	withdrawn := &Application{Stage: StageWithdrawn, Submitted: noon(t, "2025-03-04"), Accepted: noon(t, "2025-03-04"), Withdrawn: noon(t, "2025-05-20")}
	for to, want := range map[string]Tally{
		"2025-03-31": {Received: 2, Pending: 2},
		"2025-04-30": {Received: 2, Pending: 1, Decided: 1, Refused: 1},
		"2025-05-31": {Received: 2, Withdrawn: 1, Decided: 1, Refused: 1},
		"2025-06-30": {Received: 2, Withdrawn: 1, Decided: 1, Approved: 1},
	} {
		s := &Statistics{From: day(t, "2025-03-01"), To: day(t, to), By: map[string]map[string]*Tally{ByCountry: {}, ByItem: {}, ByLane: {}, ByMonth: {}}}
		for _, f := range []*Application{overturned, withdrawn} {
			s.add(a, f, (s.To+1).Start(a.Zone())-1)
		}
		got := s.Total
		got.Ages, got.days = want.Ages, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("to %s: %+v, want %+v", to, got, want)
		}
	}
}
