package determination

import (
	"fmt"
	"slices"
	"time"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// Step is a stretch of law time in which the answer to a case stays the same.
type Step struct {
	From    string     `json:"from"`  // inclusive instant
	Until   string     `json:"until"` // exclusive instant; "" for the last
	Outcome Outcome    `json:"outcome"`
	Duty    *DutyRange `json:"duty,omitempty"`
	Rate    *RateRange `json:"rate,omitempty"`
	What    []string   `json:"what"` // what moved it, one sentence an act; of the first, what applies
	Acts    []ActRef   `json:"acts"`
}

// Timeline answers the case for every stretch of law between two moments: since
// is inside, until is outside. The error is Problems.
func Timeline(s *schedule.Schedule, c Case, since, until quantity.Moment) ([]Step, error) {
	c.On, c.Entered, c.Exported = since.String(), "", ""
	d, err := Determine(s, c)
	if err != nil {
		return nil, err
	}
	zone := d.e.zone()
	end := until.Instant(zone)
	begin := since.Instant(zone)
	if end <= begin {
		return nil, Problems{{Field: "until", Message: fmt.Sprintf("%s is not after %s", until, since), Hint: "the last day is outside, and comes after the first"}}
	}
	d.e.q.state(condition.SlotEntered, condition.InstantValue(begin))
	d.e.q.state(condition.SlotExported, condition.InstantValue(begin)) // at one instant, so that each step is what is answered there
	d.e.q.shift(begin)
	d.e.foresees = true
	d.e.run(s)
	before := d.snapshot(nil)
	steps := []Step{d.step(begin, zone)}
	for i := range before {
		if before[i].applies {
			steps[0].What = append(steps[0].What, before[i].words())
			if ref := d.e.actRef(before[i].state.Act, before[i].entry.Pack); ref != nil {
				steps[0].Acts = append(steps[0].Acts, *ref)
			}
		}
	}
	new(walker).walk(d, end, func(step Step) {
		steps[len(steps)-1].Until = step.From
		steps = append(steps, step)
	})
	steps[len(steps)-1].Until = instant(end, zone)
	return steps, nil
}

// walk answers the case, which foresees, anew at each later instant of entry before end
// at which the answer may change, in order, and shows visit those at which it does, with
// what moved it.
func (w *walker) walk(d *Determination, end quantity.Instant, visit func(Step)) {
	w.d, w.end, w.all = d, end, false
	w.before = d.snapshot(w.before[:0])
	w.stays()
	w.last = w.now
	if w.told = false; !d.e.shared {
		w.traits, w.told = d.e.traits(w.traits)
	}
	begin, _ := d.e.q.facts[condition.SlotEntered].Instant()
	w.lastAt = begin
	w.course, w.onCourse = d.e.course(begin)
	for at, ok := w.next(begin); ok; at, ok = w.next(at) {
		if w.moves(at) {
			visit(w.step(at))
		}
	}
}

// walker answers a case at one instant after another. Its memory is used again.
type walker struct {
	d    *Determination
	end  quantity.Instant
	cuts []quantity.Instant // at which the law of the case may change, once they were looked for
	all  bool               // they were

	before, after []snap // of the last step, and of the instant at hand
	moved         []move // between these
	lastAt        quantity.Instant
	last, now     standsAt
	traits, other []trait // of the instant at hand, and memory
	told          bool    // the answer hangs on no more than the traits
	course        schedule.Course
	onCourse      bool // the law of the case turns along the course, and there is no other
}

// standsAt is what an answer comes to, and what it hangs on.
type standsAt struct {
	outcome  Outcome
	rate     bound
	prospect *prospect // nil where none is kept
	// general is the pack of an ordinary duty that is of the column general, and ordinary
	// the rate of that; nil where it is not, or not for certain.
	general  *rulepack.Pack
	ordinary schedule.Rate
}

// stays notes what the answer comes to.
func (w *walker) stays() {
	e := &w.d.e
	w.now = standsAt{outcome: e.outcome(), rate: e.results.unrounded, prospect: e.prospect()}
	general := due{law: e.wholeGeneral()}
	if p := w.now.prospect; p != nil {
		general.law = p.general
	}
	if general.law >= 0 {
		w.now.general, w.now.ordinary = e.generalPack(&general), e.generalRate(&general)
	}
}

// wholeGeneral is the place of the law of an ordinary duty that is of the column general,
// on the whole value whatever is open; -1 where there is none, or not for certain.
func (e *evaluation) wholeGeneral() int16 {
	if due := e.due; len(due) > 0 && due[0].how == byColumn && (!e.dutyOpen || e.alwaysWhole(due[0].cand)) {
		return due[0].law
	}
	return -1
}

// alwaysWhole reports whether a duty stands on the whole value whatever is open.
func (e *evaluation) alwaysWhole(n int32) bool {
	c := &e.cands[n]
	return c.applied == e.results.count && c.displaced < 0 && c.lessened < 0 && c.share.Least.Equal(one) && c.share.Most.Equal(one) &&
		(c.Entry.Base.ClaimSlot < 0 || !e.q.facts[c.Entry.Base.ClaimSlot].IsUnknown())
}

// next returns the next instant after one, at which the case was answered, at which
// its law may change.
func (w *walker) next(at quantity.Instant) (next quantity.Instant, ok bool) {
	e := &w.d.e
	if w.onCourse && w.now.general != nil {
		if until, ok := w.course.Until(at); ok {
			until = min(until, e.q.article.GeneralUntil(w.now.general, at))
			return until, until < w.end
		}
	}
	if !w.all {
		w.cuts, w.all = e.cuts(at, w.end), true
	}
	i, found := slices.BinarySearch(w.cuts, at)
	if found {
		i++
	}
	if i == len(w.cuts) {
		return 0, false
	}
	return w.cuts[i], true
}

// course returns the course of a case from an instant on: of goods of one line that are
// imported, under the law of one pack.
func (e *evaluation) course(from quantity.Instant) (c schedule.Course, ok bool) {
	q := &e.q
	if len(q.legs) != 1 || q.legs[0].kind != measure.Import || len(q.legs[0].packs) != 1 || !e.isLine() {
		return c, false
	}
	m := e.movement(&q.legs[0], q.legs[0].packs[0])
	if m.At != from {
		return c, false
	}
	return e.s.Course(q.legs[0].packs[0], &m)
}

// moves answers the case at an instant, and reports whether the answer is another
// than at the last step.
func (w *walker) moves(at quantity.Instant) bool {
	e := &w.d.e
	if w.passes(at) {
		return false
	}
	e.q.shift(at)
	e.locate(e.s)
	e.findNear()
	if w.same() {
		return false
	}
	e.settleAll()
	w.stays()
	w.after = w.d.snapshot(w.after[:0])
	w.lookAgain(at)
	w.moved = movesOf(w.before, w.after)
	return len(w.moved) > 0 || w.last.outcome != w.now.outcome || !sameRate(w.d.rateRange(w.last.rate), w.d.rateRange(w.now.rate))
}

// passes reports whether the answer at an instant is that before, as cases on the same
// course tell: nothing need then be found.
func (w *walker) passes(at quantity.Instant) bool {
	e := &w.d.e
	if !w.onCourse || w.now.general == nil || w.now.prospect == nil {
		return false
	}
	p, ok := w.course.Recall(at, e.q.stated, e.q.closed).(*plan)
	return ok && p.memory.prospect.Load() == w.now.prospect && e.q.article.GeneralRate(w.now.general, at) == w.now.ordinary
}

// same reports whether what was found at the instant at hand comes for certain to the
// answer before.
func (w *walker) same() bool {
	e := &w.d.e
	if e.shared {
		w.told = false // it need not be
		p := e.prospect()
		return p == w.now.prospect && p.general >= 0 && e.generalRate(&due{law: p.general}) == w.now.ordinary
	}
	var sure bool
	w.other, sure = e.traits(w.other)
	if sure && w.told && slices.Equal(w.other, w.traits) {
		return true
	}
	w.traits, w.other, w.told = w.other, w.traits, sure
	return false
}

// step is that at an instant.
func (w *walker) step(at quantity.Instant) Step {
	step := w.d.step(at, w.d.e.zone())
	step.What, step.Acts = make([]string, 0, len(w.moved)), make([]ActRef, 0, len(w.moved))
	for i := range w.moved {
		m := &w.moved[i]
		step.What = append(step.What, m.sentence())
		if m.act != nil {
			step.Acts = append(step.Acts, *w.d.e.actRef(m.act, m.entry().Pack))
		}
	}
	w.before, w.after, w.last, w.lastAt = w.after, w.before, w.now, at
	return step
}

func (d *Determination) step(at quantity.Instant, zone *time.Location) Step {
	r := &d.e.results
	return Step{From: at.Format(zone), Outcome: d.Outcome(), Duty: d.dutyRange(r.duty), Rate: d.rateRange(r.unrounded), What: []string{}, Acts: []ActRef{}}
}

func sameRate(a, b *RateRange) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameText(a.Least, b.Least) && sameText(a.Most, b.Most)
}

func sameText(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// zone is that of the pack whose duty is asked, else of the first leg's.
func (e *evaluation) zone() *time.Location {
	if e.q.duty != nil {
		return e.q.duty.Zone
	}
	if len(e.q.legs) > 0 {
		return e.s.Entries()[e.q.legs[0].entries[0]].Pack.Zone
	}
	return time.UTC
}

// changes finds the later dates on which the answer changes, and what is so far
// only reported.
func (d *Determination) changes(m *documentMemory) []Change {
	e := &d.e
	out := []Change{}
	if len(e.q.legs) == 0 {
		return out
	}
	zone := e.zone()
	begin, _ := e.q.facts[condition.SlotEntered].Instant()
	later := &m.later
	later.e.q.like(&e.q)
	later.e.bare, later.e.foresees = e.q.meets(), true
	later.e.run(e.s)
	m.walker.walk(later, quantity.MaxInstant, func(step Step) {
		standing := measure.Enacted
		for _, a := range step.Acts {
			switch {
			case a.Standing == string(measure.Hypothetical):
				standing = measure.Hypothetical
			case a.Standing == string(measure.Announced) && standing == measure.Enacted:
				standing = measure.Announced
			}
		}
		out = append(out, Change{On: step.From, Standing: string(standing), What: step.What, Acts: step.Acts, Outcome: step.Outcome, Duty: step.Duty, Rate: step.Rate})
	})
	for _, i := range e.reportedOn() {
		entry := &e.s.Entries()[i]
		for j := range entry.Acts {
			a := &entry.Acts[j]
			if a.Standing != measure.Reported || a.Announced > e.q.known || a.Period.Until <= begin {
				continue
			}
			if n := e.candOf(int(i)); n < 0 || !e.cands[n].Origin {
				break
			}
			words := a.Note
			if words == "" {
				words = entry.Title + ": " + effectWords(a)
			}
			out = append(out, Change{On: instant(a.Period.From, zone), Standing: string(measure.Reported),
				What: []string{words + " (" + a.By.Citation + ")"}, Acts: []ActRef{*e.actRef(a, entry.Pack)}})
		}
	}
	return out
}

// reportedOn are the entries on the legs of which some act is no more than reported.
func (e *evaluation) reportedOn() []int32 {
	return e.s.Derived(reportedKey(e.q.legsKey()), func() any {
		var out []int32
		for _, lg := range e.q.legs {
			for _, i := range lg.entries {
				if slices.ContainsFunc(e.s.Entries()[i].Acts, func(a measure.Act) bool { return a.Standing == measure.Reported }) {
					out = append(out, i)
				}
			}
		}
		return out
	}).([]int32)
}
