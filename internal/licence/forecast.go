package licence

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/inorder"
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
	turn  quantity.Instant
	lane  int
	asked int // its place among the files that were asked for, from 1; 0: it was not
}

// ReadForecast simulates the queue of reviews of an authority from an instant on.
// The same desk, plan and seed give the same forecast.
func ReadForecast(ctx context.Context, r Reader, authority *Authority, at quantity.Instant, p Plan, files []string) (*Forecast, error) {
	list, err := ReadForecasts(ctx, r, authority, at, []Plan{p}, files)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ReadForecasts is [ReadForecast] for several plans for one queue.
func ReadForecasts(ctx context.Context, r Reader, authority *Authority, at quantity.Instant, plans []Plan, files []string) ([]*Forecast, error) {
	rows, err := r.Files(ctx, FileQuery{Authority: authority.ID, Queue: QueueReview})
	if err != nil {
		return nil, err
	}
	past, err := arrivals(ctx, r, authority, at)
	if err != nil {
		return nil, err
	}
	out := make([]*Forecast, len(plans))
	for i, p := range plans {
		if err := p.check(); err != nil {
			return nil, err
		}
		p.Hours, p.Runs, p.Arrivals = cmp.Or(p.Hours, 6), cmp.Or(p.Runs, 200), cmp.Or(p.Arrivals, past)
		if p.Moved == nil && len(p.Waive) > 0 {
			if p.Moved, err = Waived(ctx, r, authority, p.Waive); err != nil {
				return nil, err
			}
		}
		if out[i], err = authority.forecast(ctx, rows, at, &p, files); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mostRuns is how many futures a forecast plays at most.
const mostRuns = 10_000

// check refuses a plan of which no forecast follows, for all that is wrong with it.
func (p *Plan) check() error {
	var faults []FieldFault
	var remedies []string
	fault := func(wrong bool, field, message, remedy string) {
		if wrong {
			faults, remedies = append(faults, FieldFault{field, message, remedy}), append(remedies, remedy)
		}
	}
	fault(p.Officers < 1, "officers", "a forecast without officers clears nothing", "say how many officers review")
	fault(p.Hours < 0 || p.Hours > 24, "hours", fmt.Sprintf("a day has no %d hours", p.Hours), "give those that an officer spends on files, 1 to 24")
	fault(p.Runs < 0 || p.Runs > mostRuns, "runs", fmt.Sprintf("%d futures cannot be played", p.Runs), fmt.Sprintf("give 1 to %d", mostRuns))
	fault(!(p.Arrivals >= 0 && p.Arrivals <= 1e6), "arrivals", fmt.Sprintf("%g files a day cannot arrive", p.Arrivals), "give files a working day, to 1,000,000")
	for _, lane := range slices.Sorted(maps.Keys(p.Minutes)) {
		fault(p.Minutes[lane] < 0, "minutes."+lane, "a file takes more than no time", "give minutes a file")
	}
	if len(faults) > 0 {
		return Faulty(faults, strings.Join(remedies, "; "))
	}
	return nil
}

// forecast simulates a queue by a plan that lacks nothing.
func (authority *Authority) forecast(ctx context.Context, rows []FileRow, at quantity.Instant, p *Plan, files []string) (*Forecast, error) {
	f := &Forecast{At: at, Officers: p.Officers, Runs: p.Runs, Arrivals: p.Arrivals, Pending: len(rows)}
	s := &simulation{authority: authority, minutes: float64(p.Officers * p.Hours * 60), arrivals: p.Arrivals, first: at.Date(authority.Zone()), asked: make([][]int, len(files))}
	places := make(map[string]int, len(files))
	for i, id := range files {
		places[id] = i + 1
	}
	for _, row := range rows {
		w := waitingFile{turn: row.Turn, asked: places[row.ID]}
		lane := row.Lane
		if to := p.Moved[row.ID]; to != "" {
			f.Moved++
			w.turn += quantity.Instant((authority.Lane(to).headStart() - authority.Lane(lane).headStart()) / time.Second)
			lane = to
		}
		w.lane = s.lane(lane, p.Minutes)
		s.waiting = append(s.waiting, w)
	}
	slices.SortStableFunc(s.waiting, func(a, b waitingFile) int { return int(min(max(a.turn-b.turn, -1), 1)) })
	if err := s.simulate(ctx, p.Seed, p.Runs); err != nil {
		return nil, err
	}
	for i, l := range s.lanes {
		f.Lanes = append(f.Lanes, LaneForecast{Lane: l.id, Pending: l.pending, Minutes: int(l.minutes), Clears: s.span(s.cleared[i])})
	}
	slices.SortFunc(f.Lanes, func(a, b LaneForecast) int { return strings.Compare(a.Lane, b.Lane) })
	if len(files) > 0 {
		f.Files = map[string]Span{}
		for i, id := range files {
			f.Files[id] = s.span(s.asked[i])
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
	rows, err := r.Files(ctx, FileQuery{Authority: authority.ID, Queue: QueueReview})
	if err != nil {
		return nil, err
	}
	waits := make(map[string]bool, len(rows))
	for _, row := range rows {
		waits[row.ID] = true
	}
	err = eachObject(ctx, r, KindApplication, func(a *waivable) error {
		if a.Assessment == nil || !waits[a.ID] {
			return nil
		}
		x := Assessment{Lane: a.Assessment.Lane, Lanes: a.Assessment.Lanes}
		for _, l := range x.WhyNotFaster() {
			words, ok := waive[l.ID]
			if ok && l.Status == "closed" && len(l.Reasons) > 0 && !slices.ContainsFunc(l.Reasons, func(why string) bool { return !strings.Contains(why, words) }) {
				out[a.ID] = l.ID
			}
		}
		return nil
	})
	return out, err
}

// waivable is what tells of an [Application] what keeps it out of a faster lane, so
// that the rest of its state need not be read.
type waivable struct {
	ID         string `json:"id"`
	Assessment *struct {
		Lane  string       `json:"lane"`
		Lanes []LaneResult `json:"lanes"`
	} `json:"assessment"`
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
	asked     [][]int // by file that was asked for
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

// simulate plays so many futures, on every processor.
func (s *simulation) simulate(ctx context.Context, seed uint64, runs int) error {
	for i := range s.lanes {
		s.lanes[i].share = float64(s.lanes[i].pending) / float64(len(s.waiting))
	}
	begun := 0
	next := func(f *future) (bool, error) {
		f.number = begun
		begun++
		return f.number < runs, ctx.Err()
	}
	done := func(f *future) error {
		for lane, day := range f.cleared {
			s.cleared[lane] = append(s.cleared[lane], day)
		}
		for i, day := range f.asked {
			if day > 0 {
				s.asked[i] = append(s.asked[i], day)
			}
		}
		return nil
	}
	return inorder.Run(runtime.GOMAXPROCS(0), next, func(_ int, f *future) { s.run(newRand(seed, f.number), f) }, done)
}

// future is one run, with its memory for the next.
type future struct {
	number  int
	cleared []int // by lane, the working day; horizon: never
	asked   []int // by file that was asked for; 0: it does not wait
	pending []int // by lane, of the files that wait now
	fresh   []arriving
}

// arriving is what arrives in a lane, in the order of turns; the first that wait are
// taken already.
type arriving struct {
	turns []quantity.Instant
	taken int
}

func (l *arriving) empty() bool            { return l.taken == len(l.turns) }
func (l *arriving) next() quantity.Instant { return l.turns[l.taken] }

// begin makes a future ready for a run.
func (f *future) begin(s *simulation) {
	n := len(s.lanes)
	f.cleared, f.pending, f.fresh = slices.Grow(f.cleared[:0], n)[:n], slices.Grow(f.pending[:0], n)[:n], slices.Grow(f.fresh[:0], n)[:n]
	for i := range s.lanes {
		f.cleared[i], f.pending[i] = horizon, s.lanes[i].pending
		f.fresh[i] = arriving{turns: f.fresh[i].turns[:0]}
	}
	f.asked = slices.Grow(f.asked[:0], len(s.asked))[:len(s.asked)]
	clear(f.asked)
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
func (s *simulation) run(rng *rand.Rand, f *future) {
	f.begin(s)
	old := 0
	now := s.first.Start(s.authority.Zone())
	carry := 0.0
	pace, flow := math.Exp(paceDoubt*rng.NormFloat64()), math.Exp(flowDoubt*rng.NormFloat64())
	for day := 1; day <= horizon && old < len(s.waiting); day++ {
		now += 86400 * 7 / 5 // a working day is 1.4 days of waiting
		for range poisson(rng, s.arrivals*flow) {
			lane := s.draw(rng)
			f.fresh[lane].turns = append(f.fresh[lane].turns, now+s.lanes[lane].head)
		}
		budget := s.minutes + carry
		for budget > 0 && old < len(s.waiting) {
			w := &s.waiting[old]
			lane, turn := -1, w.turn
			for i := range f.fresh {
				if l := &f.fresh[i]; !l.empty() && l.next() < turn {
					lane, turn = i, l.next()
				}
			}
			if lane >= 0 {
				f.fresh[lane].taken++
				budget -= s.lanes[lane].minutes * pace * handling(rng)
				continue
			}
			budget -= s.lanes[w.lane].minutes * pace * handling(rng)
			old++
			if w.asked > 0 {
				f.asked[w.asked-1] = day
			}
			if f.pending[w.lane]--; f.pending[w.lane] == 0 {
				f.cleared[w.lane] = day
			}
		}
		carry = min(budget, 0) // a file that was begun is finished the next day
	}
	for _, w := range s.waiting[old:] {
		if w.asked > 0 {
			f.asked[w.asked-1] = horizon
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
