package determination

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Document writes the answer out in full.
func (d *Determination) Document() *Document {
	memory := d.e.s.Derived(memoryKey{}, func() any { return &sync.Pool{New: func() any { return new(documentMemory) }} }).(*sync.Pool)
	m := memory.Get().(*documentMemory)
	defer memory.Put(m)
	claims := d.claims(&m.probing) // which need no more than what applies
	d.whole()
	e := &d.e
	q := &e.q
	doc := &Document{
		Case:       d.echo(),
		On:         q.on.String(),
		Known:      q.known.String(),
		Outcome:    d.Outcome(),
		Exact:      e.exact && !e.results.loose && !e.entangled,
		Legs:       d.legs(),
		Lines:      d.lines(),
		NearMisses: d.nearMisses(),
		Licences:   d.Licences(),
		Questions:  d.questions(),
		Presumed:   d.presumed(),
		Claims:     claims,
		Dormant:    d.dormant(),
		Changes:    d.changes(m),
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
		due := e.results.duty
		due.add(&e.results.fees)
		doc.Fees, doc.Due = d.dutyRange(e.results.fees), d.dutyRange(due)
	}
	return doc
}

// documentMemory is memory that writing a document out needs.
type documentMemory struct {
	probing probing
	walker  walker
	later   Determination
}

// JSON returns the document in the canonical form of RFC 8785, sealed: its
// member digest is the SHA-256 of that form without the member. The error is
// always nil.
func (doc *Document) JSON() ([]byte, error) {
	plain := *doc
	return documentForm().text(plain.AppendSealed), nil
}

// Seal sets the digest of the document. The error is always nil.
func (doc *Document) Seal() error {
	doc.Digest = ""
	doc.Digest = documentForm().digestOf(reflect.ValueOf(doc).Elem())
	return nil
}

// sealOf is the digest of the canonical form of a document that has none.
func sealOf(text []byte) string {
	hash := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(hash[:])
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
			if f := d.e.s.Set.Env.Fact(slot); f.Formula != "" {
				v, _ := f.ParseValue(d.c.Facts[name]) // as stated, which may be rounded
				echo.Facts[name] = v.String()
			}
		}
	}
	if p := d.table(); p != nil && q.goods != "" {
		echo.Designation = p.Table.Designation(q.goods, heldAt(p.Table, q.at(measure.Import, p)))
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
			leg.Title, leg.On = "Entering "+name, e.q.at(lg.kind, e.s.Entries()[lg.entries[0]].Pack).Format(zone)
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
	var r struct { // together: a document has forty
		DutyRange
		least, most string
	}
	r.least = b.least.StringFixed(places)
	r.Least, r.Most.Currency = Amount{&r.least, d.e.q.currency}, d.e.q.currency
	switch {
	case b.unbounded:
	case b.wide:
		r.most = b.most.StringFixed(places)
		r.Most.Amount = &r.most
	default:
		r.Most.Amount = r.Least.Amount
	}
	return &r.DutyRange
}

// ratePlaces is how many places a rate in per cent of the value is given to.
const ratePlaces = 4

// rateRange writes exact amounts as per cent of the value.
func (d *Determination) rateRange(b bound) *RateRange {
	if !b.seen {
		return nil
	}
	value := d.e.q.value
	if value.IsZero() {
		return &RateRange{}
	}
	var r struct { // together, as above
		RateRange
		least, most string
	}
	percent := func(n quantity.Decimal) string {
		return n.Mul(hundred).Quo(value, ratePlaces, quantity.HalfUp).String()
	}
	r.least = percent(b.least)
	r.Least = &r.least
	switch {
	case b.unbounded:
	case b.wide:
		r.most = percent(b.most)
		r.Most = &r.most
	default:
		r.Most = r.Least
	}
	return &r.RateRange
}

// actRef writes an act of a measure of the pack; nil for none. Documents share it.
func (e *evaluation) actRef(a *measure.Act, p *rulepack.Pack) *ActRef {
	if a == nil {
		return nil
	}
	return e.s.Derived(actKey{a}, func() any { return writeAct(a, p) }).(*ActRef)
}

func writeAct(a *measure.Act, p *rulepack.Pack) *ActRef {
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
		code := e.q.goods
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
	e.w.variant, e.w.facts = 0, e.q.facts
	r := e.ordinaryRate(c)
	b := c.Entry.Base
	title = b.Title
	if b.Other != nil && c.Entry.ID == b.Other.Measure {
		title = b.Other.Title
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
	by := b.By
	if ed := b.EditionAt(e.at(c)); ed != nil {
		by = ed.By
	}
	if by != nil {
		citation = by.Citation
	}
	return rate, citation, title
}

// review is the policy by which applications under a measure are reviewed: its
// own, or that of a measure which puts another in its place.
func (e *evaluation) review(c *candidate) string {
	review := c.Entry.Review
	if review == "" {
		return ""
	}
	for _, n := range e.live {
		by := &e.cands[n]
		if by.applied == 0 || by.leg != c.leg || !measure.MatchAny(by.Entry.Reviews, c.Entry.ID) {
			continue
		}
		if by.applied == e.results.count && by.toggle < 0 {
			return by.Entry.Review
		}
		review += ", or " + by.Entry.Review + " (" + by.Entry.ID + ")"
	}
	return review
}

func (d *Determination) lines() []Line {
	e := &d.e
	out := make([]Line, 0, len(e.live))
	for _, n := range e.live {
		c := &e.cands[n]
		if c.applied == 0 || c.toggle >= 0 {
			continue
		}
		if c.Entry.Kind == measure.Exemption && !e.spares(n, "") {
			continue
		}
		l := Line{
			Measure: c.Entry.ID, Kind: string(c.Entry.Kind), Leg: string(c.Entry.Leg), Title: c.Entry.Title, Programme: c.Entry.Programme,
			Status: "applies", Heading: e.heading(c), Review: e.review(c), Note: c.Entry.Note,
			Act: e.actRef(c.State.Act, c.Entry.Pack), Citation: e.citation(c), Confidence: e.confidence(c),
			Items: e.itemsOf(c), Terms: e.terms(c),
		}
		if c.applied < e.results.count {
			l.Status, l.OpenOn = "open", e.openOn(c)
		}
		switch {
		case c.Entry.Base != nil:
			l.Rate, l.Citation, l.Title = e.base(c)
			l.Confidence = string(measure.Verified)
			if ed := c.Entry.Base.EditionAt(e.at(c)); ed != nil {
				l.Confidence, l.Note = string(ed.By.Confidence), ed.Note
			}
		case c.Entry.Kind == measure.Exemption:
			l.Rate = "exempt"
			if c.Entry.Leaves >= 0 {
				l.Rate = "exempt in part"
			}
		case c.State.Rate != nil:
			l.Rate = c.State.Rate.String()
		}
		if isDuty(c.Entry.Kind) && e.q.duty != nil {
			amount := e.amountOf(n)
			duty := amount.duty
			if c.applied < e.results.count {
				duty.hull(&bound{seen: true})
			}
			if c.Entry.Base != nil && duty.unbounded && amount.missing == "" && duty.least.IsZero() {
				cur := e.q.currency
				l.Duty = &DutyRange{Amount{nil, cur}, Amount{nil, cur}} // not known, rather than from nothing
			} else {
				l.Duty = d.dutyRange(duty)
				if c.Entry.Kind == measure.Duty {
					l.Percent = d.rateRange(duty)
				}
			}
			of := c.Entry.On
			if of == "" || of == "remainder" {
				of = "whole"
			}
			switch {
			case c.lessened >= 0:
				of = "dutiable"
			case of == "whole" && c.share.Least.Cmp(one) < 0:
				of = "remainder"
			}
			l.Portion = &Portion{of, c.share.Least.String(), c.share.Most.String()}
		}
		out = append(out, l)
	}
	d.inFilingOrder(out)
	return out
}

// spares reports whether an exemption keeps some measure from applying, those of
// one kind aside.
func (e *evaluation) spares(n int32, but measure.Kind) bool {
	for _, j := range e.cands[n].Entry.Exempts {
		if m := e.candOf(int(j)); m >= 0 && (but == "" || e.cands[m].Entry.Kind != but) && slices.Contains(e.live, m) && (e.cands[m].displaced == n || e.cands[m].lessened == n || !e.exact) {
			return true
		}
	}
	return false
}

// terms is what the law says of a candidate besides.
func (e *evaluation) terms(c *candidate) []Term {
	var out []Term
	for _, t := range c.Entry.Says(e.at(c), e.q.known) {
		confidence := cmp.Or(t.Confidence, t.By.Confidence)
		out = append(out, Term{About: string(t.About), Says: t.Says, Citation: t.By.Citation, Confidence: string(confidence), Note: t.Note})
	}
	return out
}

// supposedStays returns the stays of a scenario without which the act of the
// candidate would not decide.
func (e *evaluation) supposedStays(c *candidate) []*measure.Act {
	if len(e.s.Set.Scenarios) == 0 {
		return nil
	}
	return slices.DeleteFunc(c.Entry.Acts.Stays(e.at(c), e.q.known), func(a *measure.Act) bool { return a.Standing != measure.Hypothetical })
}

// citation names the law of a candidate: the act's instrument, and the list
// row's where another one put the goods on the list.
func (e *evaluation) citation(c *candidate) string {
	var parts []string
	if a := c.State.Act; a != nil {
		parts = append(parts, a.By.Citation)
	}
	for _, a := range e.supposedStays(c) {
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
		if k := e.s.Entries()[j].Acts.At(e.at(c), e.q.known).Kind; k == measure.InForce || k == measure.Unverified {
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
// the lawful order of filing of the day, and the fees last.
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
		case measure.Fee:
			return len(order) + 1
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

// schedule names the law. Documents share it.
func (d *Determination) schedule() ScheduleRef {
	s := d.e.s
	return s.Derived(scheduleKey{}, func() any {
		ref := ScheduleRef{Digest: s.Digest, Packs: []PackRef{}}
		for _, p := range s.Set.Packs {
			ref.Packs = append(ref.Packs, PackRef{p.ID, "sha256:" + hex.EncodeToString(p.Digest[:]), p.KnownThrough.String()})
		}
		for _, o := range s.Set.Scenarios {
			ref.Scenarios = append(ref.Scenarios, ScenarioRef{o.Title, "sha256:" + hex.EncodeToString(o.Digest[:])})
		}
		return ref
	}).(ScheduleRef)
}

// Keys of what is derived from a schedule.
type (
	memoryKey     struct{}                 // memory for documents
	joiningKey    struct{}                 // memory for what two answers differ by
	scheduleKey   struct{}                 // how it is named
	actKey        struct{ *measure.Act }   // how an act is written
	uncoveredKey  struct{ *rulepack.Pack } // what a pack does not cover
	claimablesKey legsKey                  // the claims that the law on legs reads
	reportedKey   legsKey                  // the entries on legs of which some act is no more than reported
)
