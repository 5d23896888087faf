package licence

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// Plan is what a forecast takes as given. Zero values are taken from the desk's
// own past, and where it has none from the settings of the authority.
type Plan struct {
	Officers int            // who review files; wanted
	Hours    int            // a day that each spends on files; 0: 6
	Arrivals float64        // files a working day; 0: as in the last 20 working days
	Minutes  map[string]int // a file needs, by lane; absent: the authority's
	Runs     int            // of the simulation; 0: 200
	Seed     uint64
	// Waive moves files to a faster lane that only this keeps them out of: the words
	// of the reason, or a part of them, by lane.
	Waive map[string]string
	// Moved are the files that go to another lane, by their ids, as [Waived] finds
	// them: where it is given, Waive is not looked at.
	Moved map[string]string
}

// Forecast is when the queue of reviews clears, by simulation: ranges and no
// points. The least and the most are the tenth and the ninetieth of a hundred runs.
type Forecast struct {
	At       quantity.Instant `json:"at"`
	Pending  int              `json:"pending"`
	Officers int              `json:"officers"`
	Arrivals float64          `json:"arrivals"` // a working day
	Runs     int              `json:"runs"`
	Moved    int              `json:"moved,omitempty"` // files that the waiver moves
	Lanes    []LaneForecast   `json:"lanes"`
	// Files are ranges for files that were asked for.
	Files map[string]Span `json:"files,omitempty"`
}

// LaneForecast is when the files that wait in a lane now are all reviewed.
type LaneForecast struct {
	Lane    string `json:"lane"`
	Pending int    `json:"pending"`
	Minutes int    `json:"minutes"` // a file, on average
	Clears  Span   `json:"clears"`
}

// Span is a range of days. Never tells that in some runs it was not reached within
// ten years: more comes in than is worked off.
type Span struct {
	Least  quantity.Date `json:"least"`
	Middle quantity.Date `json:"middle"`
	Most   quantity.Date `json:"most"`
	Never  bool          `json:"never,omitempty"`
}

// horizon is how many working days a run goes on at most: ten years.
const horizon = 2500

// waitingFile is a file of the simulation.
type waitingFile struct {
	turn quantity.Instant
	lane int
	id   string
}

// ReadForecast simulates the queue of reviews of an authority from an instant on.
// The same desk, plan and seed give the same forecast.
func ReadForecast(ctx context.Context, r Reader, authority *Authority, at quantity.Instant, p Plan, files []string) (*Forecast, error) {
	if p.Officers < 1 {
		return nil, refuse(Invalid, Ref{}, "say how many officers review", "a forecast without officers clears nothing")
	}
	if p.Hours == 0 {
		p.Hours = 6
	}
	if p.Runs == 0 {
		p.Runs = 200
	}
	rows, err := r.Files(ctx, FileQuery{Authority: authority.ID, Queue: QueueReview})
	if err != nil {
		return nil, err
	}
	f := &Forecast{At: at, Officers: p.Officers, Runs: p.Runs, Arrivals: p.Arrivals, Pending: len(rows)}
	moved := p.Moved
	if moved == nil && len(p.Waive) > 0 {
		if moved, err = Waived(ctx, r, authority, p.Waive); err != nil {
			return nil, err
		}
	}
	if f.Arrivals == 0 {
		if f.Arrivals, err = arrivals(ctx, r, authority, at); err != nil {
			return nil, err
		}
	}
	s := &simulation{authority: authority, minutes: float64(p.Officers * p.Hours * 60), arrivals: f.Arrivals, first: at.Date(authority.Zone())}
	for _, row := range rows {
		w := waitingFile{turn: row.Turn, id: row.ID}
		lane := row.Lane
		if to := moved[row.ID]; to != "" {
			f.Moved++
			w.turn += quantity.Instant((authority.Lane(to).headStart() - authority.Lane(lane).headStart()) / time.Second)
			lane = to
		}
		w.lane = s.lane(lane, p.Minutes)
		s.waiting = append(s.waiting, w)
	}
	slices.SortStableFunc(s.waiting, func(a, b waitingFile) int { return int(min(max(a.turn-b.turn, -1), 1)) })
	s.ask(files)
	for n := range p.Runs {
		s.run(newRand(p.Seed, n))
	}
	for i, l := range s.lanes {
		f.Lanes = append(f.Lanes, LaneForecast{Lane: l.id, Pending: l.pending, Minutes: int(l.minutes), Clears: s.span(s.cleared[i])})
	}
	slices.SortFunc(f.Lanes, func(a, b LaneForecast) int { return strings.Compare(a.Lane, b.Lane) })
	if len(files) > 0 {
		f.Files = map[string]Span{}
		for id, days := range s.asked {
			f.Files[id] = s.span(days)
		}
	}
	return f, nil
}

// arrivals counts the files a working day that were accepted in the last 20.
func arrivals(ctx context.Context, r Reader, authority *Authority, at quantity.Instant) (float64, error) {
	to := at.Date(authority.Zone())
	from := to
	for n := 0; n < 20; from-- {
		if working, _ := authority.calendar.Working(from); working {
			n++
		}
	}
	begin := from.Start(authority.Zone())
	count, err := r.Arrived(ctx, authority.ID, begin, at)
	return float64(count) / 20, err
}

// Waived finds the files that nothing but the reason keeps out of a faster lane: the
// lane by id of the file.
func Waived(ctx context.Context, r Reader, authority *Authority, waive map[string]string) (map[string]string, error) {
	out := map[string]string{}
	err := eachObject(ctx, r, KindApplication, func(a *Application) error {
		if a.Content.Authority != authority.ID || a.Assessment == nil || a.Queue() != QueueReview {
			return nil
		}
		for _, l := range a.Assessment.WhyNotFaster() {
			words, ok := waive[l.ID]
			if ok && l.Status == "closed" && len(l.Reasons) > 0 && !slices.ContainsFunc(l.Reasons, func(why string) bool { return !strings.Contains(why, words) }) {
				out[a.ID] = l.ID
			}
		}
		return nil
	})
	return out, err
}

// simulation works a queue off day by day.
type simulation struct {
	authority *Authority
	minutes   float64 // of all officers a day
	arrivals  float64
	first     quantity.Date
	waiting   []waitingFile // in the order of turns
	lanes     []simulatedLane
	cleared   [][]int // by lane, the working day of each run; horizon: never
	asked     map[string][]int
}

type simulatedLane struct {
	id      string
	minutes float64
	pending int
	share   float64 // of those that arrive
	head    quantity.Instant
}

// lane returns the place of a lane, counting a file in it.
func (s *simulation) lane(id string, minutes map[string]int) int {
	at := slices.IndexFunc(s.lanes, func(l simulatedLane) bool { return l.id == id })
	if at < 0 {
		set := s.authority.Lane(id)
		l := simulatedLane{id: id, minutes: float64(set.Minutes), head: quantity.Instant(set.headStart() / time.Second)}
		if n := minutes[id]; n > 0 {
			l.minutes = float64(n)
		}
		at = len(s.lanes)
		s.lanes = append(s.lanes, l)
		s.cleared = append(s.cleared, nil)
	}
	s.lanes[at].pending++
	return at
}

func (s *simulation) ask(files []string) {
	s.asked = map[string][]int{}
	for _, id := range files {
		s.asked[id] = nil
	}
	for i := range s.lanes {
		s.lanes[i].share = float64(s.lanes[i].pending) / float64(len(s.waiting))
	}
}

// How uncertain the averages themselves are: in two runs of three they lie within
// so much of what is taken as given.
const (
	paceDoubt = 0.10 // of the time that a file takes
	flowDoubt = 0.15 // of the files that arrive
)

// run plays one future. Each day new files arrive, as many as chance has it, and
// the officers take files in the order of their turns; how long one takes varies
// around the average of its lane. The averages are no more certain than the past
// that they come from, so that each run has its own.
func (s *simulation) run(rng *rand.Rand) {
	old, left := 0, len(s.waiting)
	pending := make([]int, len(s.lanes))
	for i, l := range s.lanes {
		pending[i] = l.pending
	}
	// What arrives waits in a queue for each lane, each in the order of turns.
	fresh := make([][]quantity.Instant, len(s.lanes))
	now := s.first.Start(s.authority.Zone())
	carry := 0.0
	pace, flow := math.Exp(paceDoubt*rng.NormFloat64()), math.Exp(flowDoubt*rng.NormFloat64())
	for day := 1; day <= horizon && left > 0; day++ {
		now += 86400 * 7 / 5 // a working day is 1.4 days of waiting
		for range poisson(rng, s.arrivals*flow) {
			lane := s.draw(rng)
			fresh[lane] = append(fresh[lane], now+s.lanes[lane].head)
		}
		budget := s.minutes + carry
		for budget > 0 && left > 0 {
			lane, isOld := -1, false
			if old < len(s.waiting) {
				lane, isOld = s.waiting[old].lane, true
			}
			for l, queue := range fresh {
				if len(queue) > 0 && (lane < 0 || isOld && queue[0] < s.waiting[old].turn || !isOld && queue[0] < fresh[lane][0]) {
					lane, isOld = l, false
				}
			}
			budget -= s.lanes[lane].minutes * pace * handling(rng)
			if !isOld {
				fresh[lane] = fresh[lane][1:]
				continue
			}
			if days, ok := s.asked[s.waiting[old].id]; ok {
				s.asked[s.waiting[old].id] = append(days, day)
			}
			old++
			left--
			if pending[lane]--; pending[lane] == 0 {
				s.cleared[lane] = append(s.cleared[lane], day)
			}
		}
		carry = min(budget, 0) // a file that was begun is finished the next day
	}
	for lane, n := range pending {
		if n > 0 {
			s.cleared[lane] = append(s.cleared[lane], horizon)
		}
	}
	for _, w := range s.waiting[old:] {
		if days, ok := s.asked[w.id]; ok {
			s.asked[w.id] = append(days, horizon)
		}
	}
}

// draw takes the lane of a file that arrives.
func (s *simulation) draw(rng *rand.Rand) int {
	x := rng.Float64()
	for i, l := range s.lanes {
		if x -= l.share; x < 0 {
			return i
		}
	}
	return len(s.lanes) - 1
}

// handling is how long a file takes, as a multiple of the average: mostly less,
// sometimes much more (a gamma of shape 2).
func handling(rng *rand.Rand) float64 { return (rng.ExpFloat64() + rng.ExpFloat64()) / 2 }

// poisson draws a number around the mean.
func poisson(rng *rand.Rand, mean float64) int {
	if mean > 50 { // near enough a normal distribution
		return max(0, int(math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
	}
	n := 0
	for t := rng.ExpFloat64(); t < mean; t += rng.ExpFloat64() {
		n++
	}
	return n
}

// span gives the range of what runs came to.
func (s *simulation) span(days []int) Span {
	if len(days) == 0 {
		return Span{}
	}
	days = slices.Sorted(slices.Values(days))
	at := func(share int) quantity.Date {
		d, _ := s.authority.calendar.Add(s.first, days[(len(days)-1)*share/100])
		return d
	}
	return Span{Least: at(10), Middle: at(50), Most: at(90), Never: days[(len(days)-1)*90/100] >= horizon}
}

// newRand is the chance of the n-th run.
func newRand(seed uint64, n int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(n))) }
