package determination

import (
	"slices"
	"strings"
)

// Reading is a document in the phrases and figures that its renderings share, for
// one that lays them out itself. Nothing in it is computed anew; what it leaves
// out is said well enough by the document.
type Reading struct {
	What, Within string // what the goods are, and where in the nomenclature they stand
	Route        string // CN → US, with the origin where it differs
	Dates        string // on which day the law is meant, and as known when
	Given        string // the facts of the case in one phrase; may be empty
	Unanswered   string // that no law is held of any leg; empty where some is
	Legs         []LegReading
	Duty         []string // what the border costs, then what else there is to say of it; empty where no duty is computed

	Duties []DutyReading // the ordinary duty first, then the others in filing order
	Total  DutyReading   // of the duties; its Line is nil
	Fees   []DutyReading
	Due    string   // duty and fees, in figures alone; empty where there are no fees
	Sum    string   // why the lines do not add up to the total; empty where they do
	Terms  []string // what the law says of the duties beside their rates

	Unverified []MissReading // may apply, though nobody can say
	Near       []MissReading // came close, and does not apply
	Licences   []LicenceReading
	Questions  string // the heading over the questions; empty where there are none
	Asked      []QuestionReading
	Saved      []string // what each claim of the document would do
	Dormant    []string // a sentence each, of those that Near does not have already
	Changes    []ChangeReading
	Notes      []string // of the answer alone,
	Uncovered  []string // and what the packs do not cover
	Checked    string   // through which days the packs were checked
}

// LegReading is the outcome of a leg: "LICENCE" and " required".
type LegReading struct {
	Leg        *LegOutcome
	Word, Rest string
	Controls   []ControlReading // of all legs of the kind, at the last of them
}

// ControlReading is a licence, prohibition or the like.
type ControlReading struct {
	Line    *Line
	Subject string // title with rate or items
	Law     string
}

// DutyReading is a row of the duty table. The figures of a table have the same
// number of places, so that they align.
type DutyReading struct {
	Line         *Line
	Stated       string // the rate as the act states it, where Rate does not already say so, and its portion
	Rate, Amount string // in figures: "2.10 %", "0.00 to 1,000.00"
	Law          string
}

// MissReading is a near miss: its label (heading or kind), what it is, and why it
// does not apply.
type MissReading struct {
	Miss                *NearMiss
	Label, Subject, Why string
	Law                 string
}

// LicenceReading is a licence to obtain with its lanes, fastest first.
type LicenceReading struct {
	Licence *Licence
	Lanes   []LaneReading
}

// LaneReading is a lane in words. A lane that is closed for certain has the
// reasons that close it and no others.
type LaneReading struct {
	Lane         *Lane
	Reasons      []string
	Pace         []string // how long it takes, and how long what it gives is valid
	Papers       []string
	Undertakings []string
}

// QuestionReading is a question with the answers that differ.
type QuestionReading struct {
	Question *Question
	Words    string
	Kind     string // what may be answered, where nothing else says it
	Offers   []Offer
}

// Offer is an answer to a question, or several that leave the same and are given
// the same way.
type Offer struct {
	Answer string
	Effect string // what it would leave; empty where all answers leave the same
	Value  string // of the fact; empty where no single value stands for the answer
}

// ChangeReading is a coming change.
type ChangeReading struct {
	Change *Change
	Day    string
	Move   string // how the answer moves: "32.1 → 56.1 %"; empty where only its reasons change
}

// Read puts the document into words.
func (d *Document) Read() *Reading {
	r := &Reading{Route: d.Case.route(), Dates: d.dates(), Unanswered: d.unansweredWords(), Duty: d.dutyWords(), Checked: d.Schedule.checked()}
	r.Notes, r.Uncovered = partNotes(d.Notes)
	r.What, r.Within = d.Case.headline()
	r.Given = d.Case.given()
	for i := range d.Legs {
		l := LegReading{Leg: &d.Legs[i]}
		l.Word, l.Rest = d.legWords(l.Leg)
		if !slices.ContainsFunc(d.Legs[i+1:], func(o LegOutcome) bool { return o.Leg == l.Leg.Leg }) {
			for _, c := range d.controls(l.Leg.Leg) {
				l.Controls = append(l.Controls, ControlReading{c, subjectWords(c.Title, c.Rate, c.Items), lawWords(c.Citation, c.Act)})
			}
		}
		r.Legs = append(r.Legs, l)
	}
	d.readDuties(r)
	for i := range d.NearMisses {
		n := &d.NearMisses[i]
		m := MissReading{n, n.label(), subjectWords(n.Title, n.Rate, n.Items), n.words(), lawWords(n.Citation, n.Act)}
		if n.Status == "unverified" {
			r.Unverified = append(r.Unverified, m)
		} else {
			r.Near = append(r.Near, m)
		}
	}
	for i := range d.Licences {
		r.Licences = append(r.Licences, d.Licences[i].read())
	}
	if len(d.Questions) > 0 {
		r.Questions = questionsTitle(len(d.Questions))
	}
	for i := range d.Questions {
		q := &d.Questions[i]
		asked := QuestionReading{Question: q, Words: q.words(), Kind: q.kind()}
		for _, o := range d.offers(q) {
			asked.Offers = append(asked.Offers, Offer{o.answer, o.effect, o.value})
		}
		r.Asked = append(r.Asked, asked)
	}
	for i := range d.Claims {
		r.Saved = append(r.Saved, d.Claims[i].saving(d.Outcome))
	}
	plain := newSheet(TextOptions{})
	for _, m := range d.asleep() {
		r.Dormant = append(r.Dormant, m.words(plain))
	}
	rate, outcome := d.Rate, d.Outcome
	for i := range d.Changes {
		c := &d.Changes[i]
		r.Changes = append(r.Changes, ChangeReading{c, civilDay(c.On), moveWords(rate, c.Rate, outcome, c.Outcome)})
		if c.Standing == "reported" {
			continue // a report does not move the answer that the next row starts from
		}
		if c.Rate != nil {
			rate = c.Rate
		}
		if c.Outcome != "" {
			outcome = c.Outcome
		}
	}
	return r
}

func (l *Licence) read() LicenceReading {
	r := LicenceReading{Licence: l}
	for i := range l.Lanes {
		lane := &l.Lanes[i]
		w := LaneReading{Lane: lane, Papers: paperWords(lane.Papers), Undertakings: undertakingWords(lane.Undertakings)}
		for _, reason := range lane.Reasons {
			if lane.Status != "closed" || reason.Status == "closed" {
				w.Reasons = append(w.Reasons, reason.words())
			}
		}
		for j := range lane.Clocks {
			w.Pace = append(w.Pace, lane.Clocks[j].words())
		}
		for j := range lane.Terms {
			w.Pace = append(w.Pace, lane.Terms[j].words())
		}
		r.Lanes = append(r.Lanes, w)
	}
	return r
}

func (d *Document) readDuties(r *Reading) {
	lines, fees := d.duties(), d.fees()
	rates, amounts := d.figureColumns(lines)
	row := func(l *Line) DutyReading {
		return DutyReading{l, l.statedRate(), rates.rate(l.Percent), amounts.amount(l.Duty), lawWords(l.Citation, l.Act)}
	}
	for _, l := range lines {
		r.Duties = append(r.Duties, row(l))
	}
	r.Total = DutyReading{Rate: rates.rate(d.Rate), Amount: amounts.amount(d.Duty)}
	for _, l := range fees {
		r.Fees = append(r.Fees, row(l))
	}
	if len(fees) > 0 {
		r.Due = amounts.amount(d.Due)
	}
	if len(lines) > 0 {
		r.Sum = d.sumWords(lines)
	}
	r.Terms = d.termWords(func(heading, confidence string) string { return heading + markOf(confidence) })
}

// Range is a range of rates in words: "2.1 to 27.1 %"; empty where there is none.
func (r *RateRange) Range() string { return r.percent() }

// Range is a range of money in words: "210.00 to 2,500.00 USD"; empty where there
// is none.
func (r *DutyRange) Range() string { return r.money() }

// Phrase is the outcome as it stands inside a sentence.
func (o Outcome) Phrase() string { return o.phrase() }

// Mark is the sign behind a citation that was not checked against the text, and
// what it means; empty where it was.
func Mark(confidence string) (sign, meaning string) {
	sign = markOf(confidence)
	for _, l := range legend([]string{sign}) {
		_, meaning, _ = strings.Cut(l, " ")
	}
	return sign, meaning
}

// Grouped writes a decimal string with thousands separated by commas and at least
// places digits after the point. Anything else it leaves alone.
func Grouped(number string, places int) string { return grouped(number, places) }

// Range is a difference of money in words: "+2,400.00 USD"; empty where there is
// none to tell.
func (d *DutyDifference) Range() string {
	if d == nil {
		return ""
	}
	return fromTo(d.Least.Amount, d.Most.Amount, func(a string) string { return signed(grouped(a, 2)) }) + " " + d.Least.Currency
}

// Range is a difference of rates in words: "+24 points".
func (r *RateDifference) Range() string {
	if r == nil {
		return ""
	}
	return fromTo(r.Least, r.Most, signed) + " points"
}

// signed writes the sign of a figure that is not nought.
func signed(figure string) string {
	switch {
	case strings.HasPrefix(figure, "-"):
		return "−" + figure[1:]
	case strings.Trim(figure, "0.,") == "":
		return figure
	}
	return "+" + figure
}
