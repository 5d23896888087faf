package licence

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/calendar"
	"github.com/navicert/navicert/internal/quantity"
)

// Authority is what a desk has to know of a licensing authority beyond the law.
type Authority struct {
	ID       string  `yaml:"id"`
	Title    string  `yaml:"title"` // as the packs name it
	Country  string  `yaml:"country"`
	Days     string  `yaml:"calendar"`
	Answer   Window  `yaml:"answer"` // for the applicant's answer to a query
	Advice   Window  `yaml:"advice"` // for an agency's advice
	Appeal   Window  `yaml:"appeal"` // against a refusal
	Lanes    []Lane  `yaml:"lanes"`
	Chains   []Chain `yaml:"chains"`
	calendar *calendar.Calendar
}

// Window is a time within which something has to come.
type Window struct {
	Days       int     `yaml:"days"`
	Counted    Counted `yaml:"counted"`
	Pauses     bool    `yaml:"pauses"` // the clock of the decision stands still meanwhile
	Citation   string  `yaml:"citation"`
	Confidence string  `yaml:"confidence"`
}

// Mode is who decides in a lane.
type Mode string

// The modes.
const (
	ByOfficer   Mode = "officer"     // one officer
	ByTwo       Mode = "countersign" // an officer, and another who agrees
	BySample    Mode = "sample"      // as officer, and every so many-th file as countersign
	ByDeskAlone Mode = "automatic"   // one officer, in bulk
)

// Lane is how a desk works a lane.
type Lane struct {
	ID        string `yaml:"id"` // "*": every lane that is not named
	DecidedBy Mode   `yaml:"decided-by"`
	Sample    int    `yaml:"sample"`     // one in so many is countersigned
	Target    int    `yaml:"target"`     // working days; 0: none
	HeadStart int    `yaml:"head-start"` // days by which its files give way to those of a lane with 0
	Minutes   int    `yaml:"minutes"`    // that an officer needs for a file, as a first guess
}

// Chain is the steps of an endorsement chain for some countries of destination.
type Chain struct {
	Countries []string `yaml:"countries"` // none: every other
	Steps     []string `yaml:"steps"`
}

//go:embed authorities.yaml
var authorities []byte

// Authorities returns the authorities that are known here.
func Authorities() ([]*Authority, error) {
	var out []*Authority
	d := yaml.NewDecoder(bytes.NewReader(authorities))
	d.KnownFields(true)
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	for _, a := range out {
		cal, err := calendar.Open(a.Days)
		if err != nil {
			return nil, fmt.Errorf("authority %s: %w", a.ID, err)
		}
		a.calendar = cal
	}
	return out, nil
}

// Calendar is the working days of the authority.
func (a *Authority) Calendar() *calendar.Calendar { return a.calendar }

// Zone is the place whose days the authority counts.
func (a *Authority) Zone() *time.Location { return a.calendar.Zone }

// Lane returns how a lane is worked. A lane that is not named is worked as "*",
// and where there is none with two officers and no head start.
func (a *Authority) Lane(id string) Lane {
	fallback := Lane{ID: id, DecidedBy: ByTwo, Minutes: 120}
	for _, l := range a.Lanes {
		if l.ID == id {
			return l
		}
		if l.ID == "*" {
			fallback = l
			fallback.ID = id
		}
	}
	return fallback
}

// headStart is by how much the turn of a file of the lane is put back.
func (l Lane) headStart() time.Duration { return time.Duration(l.HeadStart) * 24 * time.Hour }

// countersigned reports whether a file of the lane needs a second officer. Which
// files of a sample do follows from their ids, so that nobody chooses.
func (l Lane) countersigned(id string) bool {
	switch l.DecidedBy {
	case ByOfficer, ByDeskAlone:
		return false
	case BySample:
		return l.Sample < 1 || hashOf(id)%uint64(l.Sample) == 0
	}
	return true
}

// TwoOfficers reports whether a file is decided by two officers: by its lane, or
// because it is an appeal.
func (a *Authority) TwoOfficers(f *Application) bool {
	return f.Assessment != nil && (f.Appeal != "" || a.Lane(f.Assessment.Lane).countersigned(f.ID))
}

// last is the last day of a window that opens at the instant.
func (a *Authority) last(w Window, at quantity.Instant) quantity.Date {
	day := at.Date(a.Zone())
	if w.Counted == WorkingDays {
		last, _ := a.calendar.Add(day, w.Days)
		return last
	}
	return day.AddDays(w.Days)
}

// chain is the endorsement chain for a destination.
func (a *Authority) chain(destination string) []string {
	var other []string
	for _, c := range a.Chains {
		if contains(c.Countries, destination) {
			return c.Steps
		}
		if len(c.Countries) == 0 {
			other = c.Steps
		}
	}
	return other
}

// Clocks are the clocks of a file: the law's for the decision where there is one,
// the desk's target, and those of each answer of the applicant, each advice of an
// agency and the appeal, as long as they run and when they were stopped.
func (a *Authority) Clocks(f *Application) []Clock {
	stop := f.Withdrawn
	switch {
	case len(f.Earlier) > 0: // an appeal does not start the clock again
		stop = f.Earlier[0].At
	case f.Decision != nil:
		stop = f.Decision.At
	}
	start := f.Accepted
	var out []Clock
	if as := f.Assessment; as != nil && as.Limit != (DecisionLimit{}) {
		counted := as.Limit.Counted
		if counted == "" {
			counted = WorkingDays
		}
		out = append(out, Clock{For: forDecision, Days: as.Limit.Days, Counted: counted, Start: start, Stop: stop, Pauses: f.pauses(), Rounds: f.Rounds, Citation: as.Limit.Law})
	} else {
		out = append(out, Clock{For: forDecision, Counted: WorkingDays, Start: start, Stop: stop, Pauses: f.pauses(), Rounds: f.Rounds})
	}
	if f.Assessment != nil {
		if l := a.Lane(f.Assessment.Lane); l.Target > 0 {
			out = append(out, Clock{For: forTarget, Days: l.Target, Counted: WorkingDays, Start: start, Stop: stop, Pauses: f.pauses(), Rounds: f.Rounds})
		}
	}
	within := func(what string, w Window, start, stop quantity.Instant) {
		out = append(out, Clock{For: what, Days: w.Days, Counted: w.Counted, Start: start, Stop: stop, Citation: w.Citation})
	}
	for _, q := range f.Queries {
		within("answer", a.Answer, q.Asked, cmp.Or(q.Answered, f.Withdrawn))
	}
	for _, r := range f.Referrals {
		within("advice of "+r.Agency, a.Advice, r.Sent, cmp.Or(r.Back, f.Withdrawn))
	}
	if d := f.refusal(); d != nil {
		within("appeal", a.Appeal, d.At, f.Appealed)
	}
	return out
}

// refusal is the decision of a file that may be appealed, or was; nil where there
// is none.
func (f *Application) refusal() *Decision {
	d := f.Decision
	if len(f.Earlier) > 0 {
		d = &f.Earlier[0]
	}
	if d == nil || d.Outcome != Refused {
		return nil
	}
	return d
}

// Readings are what the clocks of a file show at an instant. Clocks of answers,
// advice and appeal that were not started by then are left out.
func (a *Authority) Readings(f *Application, at quantity.Instant) []NamedReading {
	out := []NamedReading{}
	for _, c := range a.Clocks(f) {
		r := NamedReading{c.For, c.Days, c.Counted, c.Citation, c.At(at, a.calendar)}
		if r.State != "not-started" || c.For == forDecision || c.For == forTarget {
			out = append(out, r)
		}
	}
	return out
}

// NamedReading is what a clock of a file shows.
type NamedReading struct {
	For      string  `json:"for"`
	Days     int     `json:"days,omitempty"` // within so many; 0: no limit is known
	Counted  Counted `json:"counted"`
	Citation string  `json:"citation,omitempty"`
	Reading
}

// The clocks that every file has, before anything was done.
const (
	forDecision = "decision"
	forTarget   = "target"
)

func authorityNames(list []*Authority) string {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}

// ChainStep is a step of an endorsement chain as it stands on a day.
type ChainStep struct {
	Name   string `json:"name"`
	Taken  *Step  `json:"taken,omitempty"`
	Lapsed bool   `json:"lapsed,omitempty"` // it was taken and counts no more: the chain goes on from here
}

// standing is the endorsement chain of a file, and how many of its first steps are
// taken and count on the day. A step that has lapsed before the decision counts no
// more, and neither does what follows it until it is taken after it.
func (a *Authority) standing(f *Application, day quantity.Date) (chain []string, done int) {
	if d := f.Decision; d != nil {
		day = min(day, d.At.Date(a.Zone())) // what lapses after the decision matters no more
	}
	chain = a.chain(f.Content.Destination())
	before := -1 // where the step before was taken last
	for i, name := range chain {
		last := -1
		for j, s := range f.Chain {
			if s.Name == name {
				last = j
			}
		}
		if last <= before || f.Chain[last].Lapses != 0 && f.Chain[last].Lapses < day {
			return chain, i
		}
		before = last
	}
	return chain, len(chain)
}

// ChainOf is the endorsement chain of a file on a day.
func (a *Authority) ChainOf(f *Application, day quantity.Date) []ChainStep {
	chain, done := a.standing(f, day)
	out := make([]ChainStep, len(chain))
	for i, name := range chain {
		out[i].Name = name
		for j := range f.Chain {
			if f.Chain[j].Name == name {
				out[i].Taken = &f.Chain[j]
			}
		}
		out[i].Lapsed = out[i].Taken != nil && i >= done
	}
	return out
}
