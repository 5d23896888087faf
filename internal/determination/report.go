package determination

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Document writes the answer out in full.
func (d *Determination) Document() *Document {
	e := &d.e
	q := &e.q
	doc := &Document{
		Case:       d.echo(),
		On:         q.on.String(),
		Known:      q.known.String(),
		Outcome:    d.Outcome(),
		Exact:      e.exact && !e.results.loose,
		Legs:       d.legs(),
		Lines:      d.lines(),
		NearMisses: d.nearMisses(),
		Licences:   d.licences(),
		Questions:  d.questions(),
		Presumed:   d.presumed(),
		Claims:     d.claims(),
		Dormant:    d.dormant(),
		Changes:    d.changes(),
		Notes:      d.notes(),
		Schedule:   d.schedule(),
	}
	if e.results.duty.seen {
		doc.Duty, doc.Rate = d.dutyRange(e.results.duty), d.rateRange(e.results.unrounded)
		if doc.Duty == nil {
			c := q.currency
			doc.Duty = &DutyRange{Least: Amount{Currency: c}, Most: Amount{Currency: c}}
		}
		doc.Additional = &AdditionalDuty{Duty: *doc.Duty, Rate: *d.rateRange(e.results.more)}
		if r := d.dutyRange(e.results.additional); r != nil {
			doc.Additional.Duty = *r
		}
	}
	return doc
}

// JSON returns the document in the canonical form of RFC 8785, sealed: its
// member digest is the SHA-256 of that form without the member.
func (doc *Document) JSON() ([]byte, error) {
	plain := *doc
	plain.Digest = ""
	text, err := canonical(&plain)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(text)
	plain.Digest = "sha256:" + hex.EncodeToString(hash[:])
	return canonical(&plain)
}

// Seal sets the digest of the document.
func (doc *Document) Seal() error {
	doc.Digest = ""
	text, err := canonical(doc)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(text)
	doc.Digest = "sha256:" + hex.EncodeToString(hash[:])
	return nil
}

func canonical(doc *Document) ([]byte, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(text)
}

func (d *Determination) echo() Echo {
	q := &d.e.q
	echo := Echo{
		Goods: q.goods.String(), From: string(q.from), To: string(q.to),
		On: q.on.String(), Known: q.known.String(), Closed: d.c.Closed, Only: d.c.Only,
	}
	if q.goods == "" {
		echo.Goods = ""
	}
	if d.c.Origin != "" {
		echo.Origin = string(q.origin)
	}
	if d.c.Entered != "" {
		echo.Entered = q.entered.String()
	}
	if d.c.Exported != "" {
		echo.Exported = q.exported.String()
	}
	if q.hasValue {
		echo.Value = q.value.String() + " " + q.currency
	}
	for _, n := range q.quantities {
		echo.Quantity = append(echo.Quantity, n.Amount.String()+" "+string(n.Unit))
	}
	if len(d.c.Facts) > 0 {
		echo.Facts = map[string]string{}
		for name := range d.c.Facts {
			slot, _ := d.e.s.Set.Env.Slot(name)
			echo.Facts[name] = q.facts[slot].String()
		}
	}
	if p := d.table(); p != nil && q.goods != "" {
		echo.Designation = p.Table.Designation(q.goods, heldAt(p.Table, q.entered.Noon(p.Zone)))
	}
	return echo
}

// table is the pack whose schedule names the goods: that of the duty, else the
// first that has one.
func (d *Determination) table() *rulepack.Pack {
	if d.e.q.duty != nil {
		return d.e.q.duty
	}
	for _, p := range d.e.s.Set.Packs {
		if p.Table != nil {
			return p
		}
	}
	return nil
}

func (d *Determination) legs() []LegOutcome {
	e := &d.e
	out := []LegOutcome{}
	for i := range e.q.legs {
		lg := &e.q.legs[i]
		name := countryInSentence(lg.territory)
		leg := LegOutcome{
			Leg: string(lg.kind), Jurisdiction: string(lg.territory), Outcome: e.legOutcome(i),
			Best: outcomeOf(e.results.legBest[i]), Worst: outcomeOf(e.results.legWrst[i]),
		}
		zone := e.s.Entries()[lg.entries[0]].Pack.Zone
		switch lg.kind {
		case measure.Import:
			leg.Title, leg.On = "Entering "+name, e.q.entered.Noon(zone).Format(zone)
		case measure.Export:
			leg.Title, leg.On = "Leaving "+name, e.q.exported.Noon(zone).Format(zone)
		default:
			leg.Title, leg.On = "Moving on from "+name, e.q.exported.Noon(zone).Format(zone)
		}
		if !e.speaks(i) {
			continue
		}
		out = append(out, leg)
	}
	return out
}

// countryInSentence is the name of a country as a sentence has it.
func countryInSentence(c nomenclature.Country) string {
	name := c.Name()
	for _, prefix := range [...]string{"United ", "Netherlands", "Philippines", "Bahamas", "Czech Republic", "Dominican Republic"} {
		if strings.HasPrefix(name, prefix) {
			return "the " + name
		}
	}
	return name
}

// dutyRange writes amounts; nil where no value was given or nothing computed.
func (d *Determination) dutyRange(b bound) *DutyRange {
	if !b.seen || !d.e.q.hasValue {
		return nil
	}
	places := 2
	if d.e.q.duty != nil && d.e.q.duty.Rounding != nil {
		places = d.e.q.duty.Rounding.Places
	}
	least := b.least.StringFixed(places)
	r := &DutyRange{Least: Amount{&least, d.e.q.currency}, Most: Amount{nil, d.e.q.currency}}
	if !b.unbounded {
		most := b.high().StringFixed(places)
		r.Most.Amount = &most
	}
	return r
}

// ratePlaces is how many places a rate in per cent of the value is given to.
const ratePlaces = 4

// rateRange writes exact amounts as per cent of the value.
func (d *Determination) rateRange(b bound) *RateRange {
	if !b.seen {
		return nil
	}
	r := &RateRange{}
	percent := func(n quantity.Decimal) *string {
		value := d.e.q.value
		if value.IsZero() {
			return nil
		}
		s := n.Mul(hundred).Quo(value, ratePlaces, quantity.HalfUp).String()
		return &s
	}
	r.Least = percent(b.least)
	if !b.unbounded {
		r.Most = percent(b.high())
	}
	return r
}

func actRef(a *measure.Act, p *rulepack.Pack) *ActRef {
	if a == nil {
		return nil
	}
	return &ActRef{
		Instrument: a.By.ID, Title: a.By.Title, Citation: a.By.Citation, URL: a.By.URL, Announced: a.Announced.String(),
		From: instant(a.Period.From, p.Zone), Until: instant(a.Period.Until, p.Zone), Effect: effectWords(a),
		Standing: string(a.Standing), Confidence: string(a.Confidence),
	}
}

func effectWords(a *measure.Act) string {
	words := func(f measure.Effect) string {
		switch {
		case f.Rate != nil:
			return f.Rate.String()
		case f.Kind == measure.Unknown && f.Why != "":
			return "not known: " + f.Why
		case f.Kind == measure.Stay:
			return "stays " + f.Stays
		}
		return f.Kind.String()
	}
	s := words(a.Effect)
	if a.Then != nil {
		s += ", then " + words(*a.Then)
	}
	return s
}

// instant writes an instant; "" for the ends of time.
func instant(i quantity.Instant, zone *time.Location) string {
	if i <= quantity.MinInstant || i >= quantity.MaxInstant {
		return ""
	}
	return i.Format(zone)
}

// heading is what a candidate is filed under.
func (e *evaluation) heading(c *candidate) string {
	switch {
	case c.Entry.Base != nil:
		code := e.variants[0].code
		if n := c.Entry.Base.HeadingDigits; len(code) > n {
			code = code[:n]
		}
		return code.String()
	case c.State.Act != nil && c.State.Act.Heading != "":
		return c.State.Act.Heading
	case c.State.Under != nil && c.State.Under.Heading != "":
		return c.State.Under.Heading
	}
	return c.Entry.Heading
}

// base words the ordinary duty for the case as it stands.
func (e *evaluation) base(c *candidate) (rate, citation, title string) {
	e.w.variant = 0
	copy(e.w.facts, e.q.facts)
	r := e.ordinaryRate(c)
	b := c.Entry.Base
	title = "Column 1 general"
	if b.Other != nil && c.Entry.ID == b.Other.Measure {
		title = "Column 2"
	} else if strings.HasSuffix(r.Text, ")") {
		title = "Special programme"
	}
	switch {
	case !r.Held:
		rate = "not known: no edition of the day is held"
	case r.Rate == nil && r.Text == "":
		rate = "not known: the schedule prints none"
	case r.Rate == nil:
		rate = "not known: " + r.Text
	default:
		rate = r.Text
	}
	if b.By != nil {
		citation = b.By.Citation
	}
	return rate, citation, title
}

func (d *Determination) lines() []Line {
	e := &d.e
	out := []Line{}
	for _, n := range e.live {
		c := &e.cands[n]
		if c.applied == 0 || c.toggle >= 0 {
			continue
		}
		if c.Entry.Kind == measure.Exemption && !e.spares(n) {
			continue
		}
		l := Line{
			Measure: c.Entry.ID, Kind: string(c.Entry.Kind), Leg: string(c.Entry.Leg), Title: c.Entry.Title, Programme: c.Entry.Programme,
			Status: "applies", Heading: e.heading(c), Review: c.Entry.Review, Note: c.Entry.Note,
			Act: actRef(c.State.Act, c.Entry.Pack), Citation: e.citation(c), Confidence: e.confidence(c),
			Items: e.itemsOf(c),
		}
		if c.applied < e.results.count {
			l.Status, l.OpenOn = "open", e.openOn(c)
		}
		switch {
		case c.Entry.Base != nil:
			l.Rate, l.Citation, l.Title = e.base(c)
			l.Confidence = string(measure.Verified)
		case c.Entry.Kind == measure.Exemption:
			l.Rate = "exempt"
		case c.State.Rate != nil:
			l.Rate = c.State.Rate.String()
		}
		if isDuty(c.Entry.Kind) && e.q.duty != nil {
			duty := c.duty
			if c.applied < e.results.count {
				duty.hull(&bound{seen: true})
			}
			if c.Entry.Base != nil && duty.unbounded && c.missing == "" && duty.least.IsZero() {
				cur := e.q.currency
				l.Duty = &DutyRange{Amount{nil, cur}, Amount{nil, cur}} // not known, rather than from nothing
			} else {
				l.Duty = d.dutyRange(duty)
				l.Percent = d.rateRange(duty)
			}
			of := c.Entry.On
			if of == "" || of == "remainder" {
				of = "whole"
			}
			if of == "whole" && c.share.Least.Cmp(one) < 0 {
				of = "remainder"
			}
			l.Portion = &Portion{of, c.share.Least.String(), c.share.Most.String()}
		}
		out = append(out, l)
	}
	d.inFilingOrder(out)
	return out
}

// spares reports whether an exemption keeps some measure from applying.
func (e *evaluation) spares(n int32) bool {
	for _, j := range e.cands[n].Entry.Exempts {
		if m := e.candOf[j]; m >= 0 && slices.Contains(e.live, m) && (e.cands[m].displaced == n || !e.exact) {
			return true
		}
	}
	return false
}

// citation names the law of a candidate: the act's instrument, and the list
// row's where another one put the goods on the list.
func (e *evaluation) citation(c *candidate) string {
	var parts []string
	if a := c.State.Act; a != nil {
		parts = append(parts, a.By.Citation)
	}
	if c.Row != nil && c.Row.By != nil && (c.State.Act == nil || c.Row.By != c.State.Act.By) {
		if !slices.Contains(parts, c.Row.By.Citation) {
			parts = append(parts, c.Row.By.Citation)
		}
	}
	return strings.Join(parts, "; ")
}

func (e *evaluation) confidence(c *candidate) string {
	worst := measure.Verified
	for _, f := range [...]measure.Confidence{c.Entry.Confidence, actConfidence(c.State.Act)} {
		if confidenceRank(f) > confidenceRank(worst) {
			worst = f
		}
	}
	if c.Row != nil && c.Row.By != nil && confidenceRank(c.Row.By.Confidence) > confidenceRank(worst) {
		worst = c.Row.By.Confidence
	}
	return string(worst)
}

func actConfidence(a *measure.Act) measure.Confidence {
	if a == nil {
		return ""
	}
	return a.Confidence
}

func confidenceRank(c measure.Confidence) int {
	return slices.Index([]measure.Confidence{"", measure.Verified, measure.Secondary, measure.Memory}, c)
}

// itemsOf names the control items met, or open where none is met.
func (e *evaluation) itemsOf(c *candidate) []string {
	var lists []int32
	lists = append(lists, c.Entry.Items...)
	for _, j := range c.Entry.ControlledBy {
		if k := e.s.Entries()[j].Acts.At(c.at, e.q.known).Kind; k == measure.InForce || k == measure.Unverified {
			lists = append(lists, e.s.Entries()[j].Items...)
		}
	}
	var met, open []string
	for _, list := range lists {
		rows := e.s.ItemList(list).Rows
		for _, i := range e.items[list].met {
			met = append(met, itemName(&rows[i]))
		}
		for _, i := range e.items[list].open {
			open = append(open, itemName(&rows[i]))
		}
	}
	if len(met) > 0 {
		open = met
	}
	slices.Sort(open)
	return slices.Compact(open)
}

func itemName(r *rulepack.ItemRow) string {
	if r.Item != "" && !strings.HasPrefix(r.Item, "(") {
		return r.Item
	}
	return r.Designation
}

// openOn names the facts that leave a candidate open.
func (e *evaluation) openOn(c *candidate) []string {
	var open openFacts
	if c.when == condition.Open {
		open.add(e, c.Entry.When)
	}
	if c.items == condition.Open {
		lists := slices.Clone(c.Entry.Items)
		for _, j := range c.Entry.ControlledBy {
			lists = append(lists, e.s.Entries()[j].Items...)
		}
		for _, list := range lists {
			e.openItems(&open, list)
		}
	}
	var out []string
	for i := range open.facts {
		out = append(out, e.s.Set.Env.Fact(open.facts[i].slot).Name)
	}
	if len(e.variants) > 1 && c.Mask != 1<<len(e.variants)-1 {
		out = append(out, "goods")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inFilingOrder puts prohibitions and licences first, and then the duties in
// the lawful order of filing of the day.
func (d *Determination) inFilingOrder(lines []Line) {
	var order []string
	if p := d.e.q.duty; p != nil {
		at := d.e.q.entered.Noon(p.Zone)
		for i := range p.FilingOrder {
			if p.FilingOrder[i].From <= at {
				order = p.FilingOrder[i].Order
			}
		}
	}
	place := func(l *Line) int {
		switch measure.Kind(l.Kind) {
		case measure.Prohibition:
			return -3
		case measure.Licence:
			return -2
		}
		if l.Heading == "" {
			return -1
		}
		for i, pattern := range order {
			if measure.Match(pattern, l.Heading) {
				return i
			}
		}
		return len(order)
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(place(&a), place(&b)) })
}

func (d *Determination) nearMisses() []NearMiss {
	e := &d.e
	out := []NearMiss{}
	for n := range e.cands {
		c := &e.cands[n]
		live := slices.Contains(e.live, int32(n))
		if c.Entry.Kind == measure.Exemption || c.Entry.Kind == measure.Undertaking || live && c.applied > 0 && c.toggle < 0 ||
			c.when == condition.False && e.untouched(c.Entry.When) {
			continue
		}
		m := NearMiss{
			Measure: c.Entry.ID, Kind: string(c.Entry.Kind), Leg: string(c.Entry.Leg), Title: c.Entry.Title, Heading: e.heading(c),
			Items: e.itemsOf(c), Act: actRef(c.State.Act, c.Entry.Pack), Citation: e.citation(c), Confidence: e.confidence(c),
		}
		if c.State.Rate != nil {
			m.Rate = c.State.Rate.String()
		}
		if c.Entry.Base != nil {
			m.Rate, m.Citation, _ = e.base(c)
		}
		switch {
		case live && c.toggle >= 0 && (c.applied > 0 || c.displaced < 0):
			m.Status, m.Reason = "unverified", e.unverifiedReason(c)
		case live && c.displaced >= 0:
			by := &e.cands[c.displaced]
			m.Status, m.By, m.Reason = "displaced", by.Entry.ID, e.displacedReason(by)
		case live:
			m.Status, m.Reason = "condition", "no completion of the facts meets its condition"
		case !c.Origin:
			m.Status, m.Reason = "origin", "it is for products of "+places(c.Entry.Scope.Origin)+"; these are of "+string(e.q.origin)
		case c.when == condition.False:
			m.Status, m.Reason = "condition", "its condition is not met: "+c.Entry.WhenSource
		case c.State.Kind == measure.Suspended:
			m.Status, m.Reason = "suspended", "suspended by "+c.State.Act.By.Citation+untilWords(c.State.Act, c.Entry.Pack)
		case c.State.Kind == measure.NotStarted:
			m.Status, m.Starts = "not-in-force", e.starts(c)
			m.Reason = "it has not started"
			if m.Starts != "" {
				m.Reason = "it starts " + m.Starts
				m.Rate, m.Act = e.firstRate(c), actRef(firstAct(c, e.q.known), c.Entry.Pack)
				if a := firstAct(c, e.q.known); a != nil {
					m.Citation, m.Confidence = a.By.Citation, string(a.Confidence)
					if a.Heading != "" {
						m.Heading = a.Heading
					}
				}
			}
		default:
			m.Status, m.Reason = "not-in-force", "it has ended: "+endWords(c)
		}
		out = append(out, m)
	}
	return out
}

// untouched reports whether a condition rests on facts of which the case states
// none: that it fails then is no news.
func (e *evaluation) untouched(x *condition.Expr) bool {
	declared := false
	for _, slot := range x.Slots() {
		if e.s.Set.Env.Fact(slot).Pack == "" {
			continue
		}
		if e.q.stated.Has(slot) {
			return false
		}
		declared = true
	}
	return declared
}

func (e *evaluation) unverifiedReason(c *candidate) string {
	a := c.State.Act
	if a.Effect.Kind == measure.Unknown {
		return a.Effect.Why
	}
	return fmt.Sprintf("the suspension by %s ran out on %s and no act that follows it is known", a.By.Citation, a.Period.Until.Date(c.Entry.Pack.Zone))
}

func (e *evaluation) displacedReason(by *candidate) string {
	h := e.heading(by)
	if h != "" {
		h = " (" + h + ")"
	}
	if by.Entry.Kind == measure.Exemption {
		return "exempt: " + by.Entry.Title + h
	}
	return "it gives way to " + by.Entry.Title + h
}

func places(ps []measure.Place) string {
	var in []string
	for _, p := range ps {
		if p.Not {
			in = append(in, "not "+p.Name)
		} else {
			in = append(in, p.Name)
		}
	}
	return strings.Join(in, ", ")
}

func untilWords(a *measure.Act, p *rulepack.Pack) string {
	if a.Period.Until >= quantity.MaxInstant {
		return ""
	}
	return " until " + a.Period.Until.Date(p.Zone).String()
}

func endWords(c *candidate) string {
	a := c.State.Act
	day := a.Period.From
	if a.Effect.Kind == measure.Apply || a.Effect.Kind == measure.Suspend {
		day = a.Period.Until
	}
	if a.Effect.Kind == measure.Void {
		return "void from the start by " + a.By.Citation
	}
	return day.Date(c.Entry.Pack.Zone).String() + ", " + a.By.Citation
}

// firstAct is the act that begins a measure that has not started.
func firstAct(c *candidate, known quantity.Date) *measure.Act {
	for _, cut := range c.Entry.Acts.Cuts(known) {
		if cut <= c.at {
			continue
		}
		if s := c.Entry.Acts.At(cut, known); s.Kind != measure.NotStarted {
			return s.Act
		}
	}
	return nil
}

// starts is when a measure that has not started will be in force; "" where no
// act known puts it in force.
func (e *evaluation) starts(c *candidate) string {
	for _, cut := range c.Entry.Acts.Cuts(e.q.known) {
		if cut > c.at && c.Entry.Acts.At(cut, e.q.known).Kind == measure.InForce {
			return cut.Date(c.Entry.Pack.Zone).String()
		}
	}
	return ""
}

func (e *evaluation) firstRate(c *candidate) string {
	if a := firstAct(c, e.q.known); a != nil && a.Effect.Rate != nil {
		return a.Effect.Rate.String()
	}
	return ""
}

func (d *Determination) dormant() []Dormant {
	e := &d.e
	out := []Dormant{}
	for n := range e.cands {
		c := &e.cands[n]
		if !c.Origin || c.when == condition.False || c.Entry.Kind == measure.Exemption {
			continue
		}
		x := Dormant{Measure: c.Entry.ID, Title: c.Entry.Title, Leg: string(c.Entry.Leg), Items: e.itemsOf(c), Citation: e.citation(c)}
		switch c.State.Kind {
		case measure.Suspended:
			a := c.State.Act
			if a.Period.Until < quantity.MaxInstant {
				x.Revives = instant(a.Period.Until, c.Entry.Pack.Zone)
			}
			x.Then = "unverified"
			if a.Then != nil && a.Then.Kind != measure.Unknown {
				x.Then = a.Then.Kind.String()
			}
			if c.State.Rate != nil {
				x.Rate = c.State.Rate.String()
			}
		case measure.NotStarted:
			first := firstAct(c, e.q.known)
			if first == nil {
				continue
			}
			x.Revives, x.Rate, x.Then = instant(first.Period.From, c.Entry.Pack.Zone), e.firstRate(c), "applies"
			x.Citation = first.By.Citation
		default:
			continue
		}
		out = append(out, x)
	}
	return out
}

func (d *Determination) licences() []Licence {
	e := &d.e
	out := []Licence{}
	copy(e.w.facts, e.q.facts)
	for _, n := range e.live {
		c := &e.cands[n]
		if c.Entry.Kind != measure.Licence || c.applied == 0 {
			continue
		}
		authority := c.Entry.Authority
		i := slices.IndexFunc(out, func(l Licence) bool { return l.Authority == authority })
		if i < 0 {
			i = len(out)
			out = append(out, Licence{Authority: authority, Status: "open", Lanes: []Lane{}})
		}
		l := &out[i]
		if c.applied == e.results.count && c.toggle < 0 {
			l.Status = "applies"
		}
		l.Measures = append(l.Measures, c.Entry.ID)
		l.Items = append(l.Items, e.itemsOf(c)...)
		for _, lane := range c.Entry.Lanes {
			if slices.ContainsFunc(l.Lanes, func(x Lane) bool { return x.ID == lane.ID }) {
				continue
			}
			if x, ok := e.lane(c, lane); ok {
				l.Lanes = append(l.Lanes, x)
			}
		}
	}
	for i := range out {
		l := &out[i]
		slices.Sort(l.Items)
		l.Items = slices.Compact(l.Items)
		for _, x := range l.Lanes {
			if x.Status == "available" {
				l.Lane = x.ID
				break
			}
		}
	}
	return out
}

// lane words a lane for a licence measure; ok is false where it is not there at
// all on the day.
func (e *evaluation) lane(c *candidate, lane *rulepack.Lane) (Lane, bool) {
	x := Lane{ID: lane.ID, Title: lane.Title, Status: "available", Clock: lane.Clock, Term: lane.Term,
		Papers: lane.Papers, Undertakings: lane.Undertakings}
	st := lane.Acts.At(c.at, e.q.known)
	act := st.Act
	if st.Kind == measure.NotStarted {
		// A lane that is only reported is shown, and never available.
		for i := range lane.Acts {
			if a := &lane.Acts[i]; a.Standing == measure.Reported && a.Announced <= e.q.known && a.Period.Contains(c.at) {
				act = a
			}
		}
		if act == nil {
			return x, false
		}
		x.Status = "closed"
		x.Reasons = append(x.Reasons, "so far only reported by the press: no legal instrument is known ("+act.By.Citation+")")
	} else if st.Kind != measure.InForce {
		x.Status = "closed"
		x.Reasons = append(x.Reasons, st.Kind.String()+" ("+act.By.Citation+")")
	}
	x.Standing, x.Citation, x.Confidence = string(act.Standing), act.By.Citation, string(act.Confidence)
	for i := range lane.Requires {
		r := &lane.Requires[i]
		by := ""
		if r.By != nil {
			by = " (" + r.By.Citation + ")"
		}
		switch r.When.Eval(e.q.facts, e.listsAt(c.at)) {
		case condition.False:
			x.Status = "closed"
			x.Reasons = append(x.Reasons, r.Else+by)
		case condition.Open:
			if x.Status != "closed" {
				x.Status = "open"
			}
			x.Reasons = append(x.Reasons, "open: "+r.Else+", unless the facts say otherwise"+by)
		}
	}
	return x, true
}

func (d *Determination) presumed() []Presumption {
	e := &d.e
	q := &e.q
	out := []Presumption{}
	if d.c.Origin == "" {
		out = append(out, Presumption{What: "the goods originate in " + q.origin.Name(), Why: "no origin is given; the country they leave is taken"})
	}
	for i := range q.legs {
		lg := &q.legs[i]
		m, what := q.exported, "exported"
		if lg.kind == measure.Import {
			m, what = q.entered, "entered"
		}
		if !m.IsDate() || !e.speaks(i) {
			continue
		}
		zone := e.s.Entries()[lg.entries[0]].Pack.Zone
		out = append(out, Presumption{What: what + " at noon, " + m.Noon(zone).Format(zone), Why: "a day is given and no time"})
	}
	for code := q.goods; len(code) >= 2; code = code.Parent() {
		for _, im := range e.s.Implied(code) {
			f := e.s.Set.Env.Fact(im.Slot)
			if !slices.Contains(q.given, int32(im.Slot)) {
				out = append(out, Presumption{What: f.Name + " is " + q.facts[im.Slot].String(), Why: "the goods code " + code.String() + " says so", Fact: f.Name})
			}
		}
	}
	for i := range e.items {
		if !e.items[i].outside {
			continue
		}
		out = append(out, Presumption{What: "the goods are none of the control items that are open",
			Why: "those items are usually classified under other goods codes than " + q.goods.String() + "; state the facts if they are one"})
		break
	}
	switch {
	case d.c.Closed:
		out = append(out, Presumption{What: "every attribute that is not given is absent", Why: "the case is closed"})
	default:
		out = append(out, Presumption{What: "no claim is made but those given", Why: "a claim that is not asserted is not made"})
	}
	return out
}

func (d *Determination) notes() []string {
	e := &d.e
	q := &e.q
	out := []string{}
	covered := func(kind measure.Leg) bool {
		return slices.ContainsFunc(q.legs, func(l leg) bool { return l.kind == kind })
	}
	if d.c.Only != "import" && !covered(measure.Export) {
		out = append(out, "The packs hold no export law of "+countryInSentence(q.from)+": whether the goods may leave it is not answered.")
	}
	if d.c.Only != "export" {
		if !covered(measure.Import) {
			out = append(out, "The packs hold no import law of "+countryInSentence(q.to)+": whether the goods may enter it, and at what duty, is not answered.")
		} else if q.duty == nil && q.from != q.to {
			out = append(out, "The packs hold no tariff of "+countryInSentence(q.to)+": the duty is not answered.")
		}
	}
	seen := map[string]bool{}
	for _, lg := range q.legs {
		for _, i := range lg.entries {
			p := e.s.Entries()[i].Pack
			day := q.exported.Date(p.Zone)
			if lg.kind == measure.Import {
				day = q.entered.Date(p.Zone)
			}
			if !seen[p.ID] && day > p.KnownThrough {
				seen[p.ID] = true
				out = append(out, fmt.Sprintf("%s was last checked on %s: what was done after that day is not in this answer.", p.Title, p.KnownThrough))
			}
		}
	}
	for _, p := range e.s.Set.Packs {
		if q.known < p.Begins && slices.ContainsFunc(q.legs, func(lg leg) bool { return e.s.Entries()[lg.entries[0]].Pack == p }) {
			out = append(out, fmt.Sprintf("%s begins on %s: nothing that it holds was known on %s.", p.Title, p.Begins, q.known))
		}
	}
	if q.duty != nil {
		if q.duty.Table == nil || q.entered.Noon(q.duty.Zone) < q.duty.Table.Begins() {
			out = append(out, "No edition of the schedule is held for the day: the ordinary duty is not known, and the goods code is read as of the first edition held.")
		}
		if r := q.duty.Rounding; r != nil && q.hasValue {
			out = append(out, fmt.Sprintf("Each duty is computed exactly and rounded once, to %d places, %s (%s).", r.Places, r.Mode, r.By.Citation))
		}
		if !q.hasValue {
			out = append(out, "No value is given: rates are in per cent of the value, and duties by quantity are not known.")
		}
		if len(q.duty.NotCovered) > 0 {
			out = append(out, "Not covered: "+strings.Join(q.duty.NotCovered, " "))
		}
	}
	if e.results.loose {
		out = append(out, "A duty tops up an ordinary duty that is not known: the range is safe, and wider than the facts allow by a cent at the most.")
	}
	if !e.exact {
		out = append(out, "Too many facts are open to go through every combination: the range is safe but may be wider than the facts allow.")
	}
	return out
}

func (d *Determination) schedule() ScheduleRef {
	ref := ScheduleRef{Digest: d.e.s.Digest, Packs: []PackRef{}}
	for _, p := range d.e.s.Set.Packs {
		ref.Packs = append(ref.Packs, PackRef{p.ID, "sha256:" + hex.EncodeToString(p.Digest[:]), p.KnownThrough.String()})
	}
	return ref
}
