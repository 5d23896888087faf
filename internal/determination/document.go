package determination

// Document is the answer as JSON: what a [Determination] says, in words and
// figures, with nothing left out that it rests on. Amounts, rates and shares
// are decimal strings; days are YYYY-MM-DD, instants RFC 3339 with the offset
// of the place whose law is meant. Slices are in the order in which a person
// asks; none depends on map order.
type Document struct {
	Case       Echo            `json:"case"`
	On         string          `json:"on"`    // law date: the day or instant asked about
	Known      string          `json:"known"` // knowledge date: only what was announced by this day counts
	Outcome    Outcome         `json:"outcome"`
	Legs       []LegOutcome    `json:"legs"`
	Duty       *DutyRange      `json:"duty"`       // nil where no duty is computed
	Rate       *RateRange      `json:"rate"`       // nil where no duty is computed
	Additional *AdditionalDuty `json:"additional"` // the part of Duty that is not the ordinary duty
	Fees       *DutyRange      `json:"fees"`       // beside the duty; nil where no duty is computed
	Due        *DutyRange      `json:"due"`        // duty and fees
	Exact      bool            `json:"exact"`      // false: the ranges are sound but may be wider than need be
	Lines      []Line          `json:"lines"`
	NearMisses []NearMiss      `json:"nearMisses"`
	Licences   []Licence       `json:"licences"`
	Questions  []Question      `json:"questions"`
	Presumed   []Presumption   `json:"presumed"`
	Claims     []Claim         `json:"claims"`
	Dormant    []Dormant       `json:"dormant"`
	Changes    []Change        `json:"changes"`
	Notes      []string        `json:"notes"`
	Schedule   ScheduleRef     `json:"schedule"`
	Digest     string          `json:"digest,omitempty"` // "sha256:" and the hash of the canonical form without this member
}

// Outcome says whether goods may move.
type Outcome string

// The outcomes, mildest first.
const (
	Free            Outcome = "free"
	LicenceRequired Outcome = "licence"
	Refer           Outcome = "refer" // facts or law are not certain enough: a person must decide
	Prohibited      Outcome = "prohibited"
)

// Echo is the case as it was understood. It is a case file: determining it
// again on the same schedule gives the same document.
type Echo struct {
	Goods       string            `json:"goods,omitempty"` // dotted
	Designation string            `json:"designation,omitempty"`
	From        string            `json:"from"`
	To          string            `json:"to"`
	Origin      string            `json:"origin,omitempty"` // absent: presumed to be From
	On          string            `json:"on"`
	Entered     string            `json:"entered,omitempty"`
	Exported    string            `json:"exported,omitempty"`
	Known       string            `json:"known"`
	Value       string            `json:"value,omitempty"`
	Quantity    []string          `json:"quantity,omitempty"`
	Facts       map[string]string `json:"facts,omitempty"`
	Closed      bool              `json:"closed,omitempty"`
	Only        string            `json:"only,omitempty"` // "import" or "export": the leg asked about
}

// LegOutcome is the outcome of one leg of the movement. Best and Worst differ
// where open facts leave it open.
type LegOutcome struct {
	Leg          string  `json:"leg"`          // import, export, re-export
	Jurisdiction string  `json:"jurisdiction"` // ISO country code
	Title        string  `json:"title"`        // "Leaving China", "Entering the United States"
	Outcome      Outcome `json:"outcome"`
	Best         Outcome `json:"best"`
	Worst        Outcome `json:"worst"`
	On           string  `json:"on"` // the instant at which this leg is judged
}

// Amount is money; Amount is nil where it is not known.
type Amount struct {
	Amount   *string `json:"amount"`
	Currency string  `json:"currency"`
}

// DutyRange is the least and the most duty that any completion of the facts
// gives. Most.Amount is nil where it is not known.
type DutyRange struct {
	Least Amount `json:"least"`
	Most  Amount `json:"most"`
}

// RateRange is the same in per cent of the value.
type RateRange struct {
	Least *string `json:"least"`
	Most  *string `json:"most"`
}

// AdditionalDuty is the duty other than the ordinary one.
type AdditionalDuty struct {
	Duty DutyRange `json:"duty"`
	Rate RateRange `json:"rate"`
}

// Line is one measure that applies, or may apply, to the case.
type Line struct {
	Measure    string     `json:"measure"`
	Kind       string     `json:"kind"`
	Leg        string     `json:"leg"`
	Title      string     `json:"title"`
	Programme  string     `json:"programme,omitempty"`
	Status     string     `json:"status"` // applies, open
	Heading    string     `json:"heading,omitempty"`
	Rate       string     `json:"rate,omitempty"` // as the act states it
	Portion    *Portion   `json:"portion,omitempty"`
	Duty       *DutyRange `json:"duty,omitempty"`
	Percent    *RateRange `json:"percent,omitempty"` // Duty in per cent of the value
	Items      []string   `json:"items,omitempty"`   // control items met or open
	Review     string     `json:"review,omitempty"`
	Act        *ActRef    `json:"act,omitempty"`
	Citation   string     `json:"citation"`
	Confidence string     `json:"confidence"`
	Note       string     `json:"note,omitempty"`
	Terms      []Term     `json:"terms,omitempty"`  // what the law says of it besides
	OpenOn     []string   `json:"openOn,omitempty"` // names of the facts that leave it open
}

// Term is what the law says of a measure beside its rate: about drawback none,
// manufacturing or allowed; about zones privileged (the status in which goods must
// be admitted to a foreign-trade zone) or entry (it is judged at entry whatever
// the status).
type Term struct {
	About      string `json:"about"`
	Says       string `json:"says"`
	Citation   string `json:"citation"`
	Confidence string `json:"confidence"`
	Note       string `json:"note,omitempty"`
}

// Portion is the part of the value a duty stands on.
type Portion struct {
	Of    string `json:"of"` // whole, steel, non-us, remainder ...
	Least string `json:"least"`
	Most  string `json:"most"` // share of the value, 0 to 1
}

// ActRef points to the act behind a statement.
type ActRef struct {
	Instrument string `json:"instrument"`
	Title      string `json:"title"`
	Citation   string `json:"citation"`
	URL        string `json:"url,omitempty"`
	Announced  string `json:"announced"`
	From       string `json:"from,omitempty"`  // inclusive; absent: always
	Until      string `json:"until,omitempty"` // exclusive; absent: open
	Effect     string `json:"effect"`
	Standing   string `json:"standing"`
	Confidence string `json:"confidence"`
}

// NearMiss is a measure that came close but does not apply. One whose condition
// rests on facts of which the case states none is not near; see Claims for what
// could be claimed.
type NearMiss struct {
	Measure    string   `json:"measure"`
	Kind       string   `json:"kind"`
	Leg        string   `json:"leg"`
	Title      string   `json:"title"`
	Heading    string   `json:"heading,omitempty"`
	Rate       string   `json:"rate,omitempty"`
	Status     string   `json:"status"` // displaced, condition, origin, not-in-force, suspended, unverified
	Reason     string   `json:"reason"`
	By         string   `json:"by,omitempty"` // displaced: the measure that displaces it
	Items      []string `json:"items,omitempty"`
	Starts     string   `json:"starts,omitempty"` // not-in-force: when it will
	Act        *ActRef  `json:"act,omitempty"`
	Citation   string   `json:"citation"`
	Confidence string   `json:"confidence"`
}

// Licence is a licence to obtain.
type Licence struct {
	Authority string   `json:"authority"`
	Status    string   `json:"status"` // applies, open
	Measures  []string `json:"measures"`
	Items     []string `json:"items,omitempty"`
	Review    []Review `json:"review,omitempty"` // the policies of review of these measures
	Lane      string   `json:"lane,omitempty"`   // the fastest lane for all these measures that is open for certain
	Lanes     []Lane   `json:"lanes"`
}

// Review is how the authority looks at applications for what a measure asks.
type Review struct {
	Measure    string `json:"measure"`
	Policy     string `json:"policy"`
	Citation   string `json:"citation"`
	Confidence string `json:"confidence"`
}

// Lane is a route through the authority, fastest first.
type Lane struct {
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Status       string        `json:"status"`   // available, closed, open
	Measures     []string      `json:"measures"` // those of the licence that it serves
	Reasons      []Reason      `json:"reasons,omitempty"`
	Clocks       []Clock       `json:"clocks,omitempty"`
	Terms        []LaneTerm    `json:"terms,omitempty"`
	Papers       []Paper       `json:"papers,omitempty"`
	Undertakings []Undertaking `json:"undertakings,omitempty"`
	Note         string        `json:"note,omitempty"`
	Standing     string        `json:"standing"`
	Citation     string        `json:"citation"`
	Confidence   string        `json:"confidence"`
}

// Reason is why a lane is closed, or on what it is open.
type Reason struct {
	Status     string `json:"status"` // closed, open
	Reason     string `json:"reason"`
	Citation   string `json:"citation"`
	Standing   string `json:"standing"`
	Confidence string `json:"confidence"`
}

// Ground is the law behind one thing that a lane says.
type Ground struct {
	Status     string `json:"status"` // applies, open
	Provision  string `json:"provision,omitempty"`
	Note       string `json:"note,omitempty"`
	Standing   string `json:"standing"`
	Citation   string `json:"citation"`
	Confidence string `json:"confidence"`
}

// Clock is the time within which something has to be done: in days, or none.
type Clock struct {
	For     string   `json:"for"`
	Days    int      `json:"days,omitempty"`
	Counted string   `json:"counted,omitempty"` // working-days, calendar-days
	Starts  string   `json:"starts,omitempty"`  // the event after which the first day is counted
	Pauses  []string `json:"pauses,omitempty"`  // what does not count
	None    string   `json:"none,omitempty"`    // why there is no figure
	Ground
}

// LaneTerm is how long what a lane gives is valid: in months, or in words.
type LaneTerm struct {
	Months int    `json:"months,omitempty"`
	AtMost bool   `json:"atMost,omitempty"` // less may be given
	Ends   string `json:"ends,omitempty"`   // day-before, same-day, month-end: how the last month ends
	Says   string `json:"says,omitempty"`
	Ground
}

// Paper is a document that a lane asks for.
type Paper struct {
	Title string `json:"title"`
	Form  string `json:"form,omitempty"` // original, copy, electronic; absent: any
	Ground
}

// Undertaking is a promise that a lane asks for.
type Undertaking struct {
	Title string `json:"title"`
	Ground
}

// Question is a fact that is not known and would change the answer, the most
// deciding first.
type Question struct {
	Fact     string   `json:"fact"`
	Question string   `json:"question"`
	Where    string   `json:"where,omitempty"`
	Unit     string   `json:"unit,omitempty"`
	Type     string   `json:"type"`
	Values   []string `json:"values,omitempty"`
	Formula  string   `json:"formula,omitempty"` // by which it is computed where these facts are given instead
	Answers  []Answer `json:"answers"`
}

// Answer is what one answer to a question would leave.
type Answer struct {
	Answer  string     `json:"answer"`          // in words
	Value   string     `json:"value,omitempty"` // a value that gives this answer, as --fact takes it
	Outcome Outcome    `json:"outcome"`
	Best    Outcome    `json:"best"`  // the mildest that is then left
	Worst   Outcome    `json:"worst"` // the strictest
	Duty    *DutyRange `json:"duty,omitempty"`
	Rate    *RateRange `json:"rate,omitempty"`
}

// Presumption is something taken as given that the case does not state.
type Presumption struct {
	What string `json:"what"`
	Why  string `json:"why"`
	Fact string `json:"fact,omitempty"`
}

// Claim is a claim that is not made and would lower the duty or the outcome.
type Claim struct {
	Fact     string     `json:"fact"`
	Value    string     `json:"value"` // as --fact takes it
	Question string     `json:"question"`
	Saves    *DutyRange `json:"saves,omitempty"` // least and most saving
	SavesPct *RateRange `json:"savesRate,omitempty"`
	Outcome  Outcome    `json:"outcome"`
	Measures []string   `json:"measures"` // the measures it acts through
}

// Dormant is a measure that would bite but is suspended or has not started.
type Dormant struct {
	Measure  string   `json:"measure"`
	Title    string   `json:"title"`
	Leg      string   `json:"leg"`
	Rate     string   `json:"rate,omitempty"`
	Items    []string `json:"items,omitempty"`
	Revives  string   `json:"revives,omitempty"` // day or instant; absent where none is set
	Then     string   `json:"then"`              // applies, unverified
	Citation string   `json:"citation"`
}

// Change is a date on which the answer changes.
type Change struct {
	On       string     `json:"on"`
	Standing string     `json:"standing"` // enacted, announced, reported, hypothetical
	What     []string   `json:"what"`     // one sentence an act
	Acts     []ActRef   `json:"acts"`
	Outcome  Outcome    `json:"outcome,omitempty"` // from then on
	Duty     *DutyRange `json:"duty,omitempty"`
	Rate     *RateRange `json:"rate,omitempty"`
}

// ScheduleRef names the law the answer rests on.
type ScheduleRef struct {
	Digest string    `json:"digest"`
	Packs  []PackRef `json:"packs"`
	// Scenarios were laid over the packs, the first first: the answer is none of
	// law, but of what they suppose.
	Scenarios []ScenarioRef `json:"scenarios,omitempty"`
}

// ScenarioRef is a scenario that an answer rests on.
type ScenarioRef struct {
	Title  string `json:"title"`
	Digest string `json:"digest"` // "sha256:" and the hash of its text
}

// PackRef is one pack of a schedule.
type PackRef struct {
	ID           string `json:"id"`
	Digest       string `json:"digest"`
	KnownThrough string `json:"knownThrough"` // day of its last check
}
