package determination

import (
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

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
	if q.fixed != 0 {
		f := e.s.Set.Env.Fact(q.duty.FixedSlot)
		out = append(out, Presumption{What: "the import law is that of " + q.fixed.Format(q.duty.Zone), Why: f.Name + " fixes it, but for what is judged at entry", Fact: f.Name})
	}
	if q.article != nil {
		for _, im := range q.article.Implied() {
			f := e.s.Set.Env.Fact(im.Slot)
			switch {
			case im.Usual && d.c.Closed && !slices.Contains(q.given, int32(im.Slot)) && e.isRead(im.Slot):
				out = append(out, Presumption{What: f.Name + " is " + q.facts[im.Slot].String(), Why: "usual for goods of " + im.Goods.String() + ", and the case, which is closed, does not state it", Fact: f.Name})
			case !im.Usual && !slices.Contains(q.given, int32(im.Slot)):
				out = append(out, Presumption{What: f.Name + " is " + q.facts[im.Slot].String(), Why: "the goods code " + im.Goods.String() + " says so", Fact: f.Name})
			}
		}
	}
	for _, slot := range q.made {
		f := e.s.Set.Env.Fact(int(slot))
		out = append(out, Presumption{What: f.Name + " is " + figure(q.facts[slot]), Why: "computed: " + f.Formula, Fact: f.Name})
	}
	for i := range q.classes {
		if c := e.s.Classification(i); q.classes[i].presumed && slices.ContainsFunc(c.Lists, func(id string) bool { return e.items[e.s.ItemListIndex(id)].done }) {
			out = append(out, Presumption{What: "the goods are no item of " + c.Pack.Title, Fact: c.Fact,
				Why: "they neither leave " + nomenclature.Country(c.Pack.Jurisdiction).Name() + " nor originate there, and no code is given"})
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
	out = append(out, d.usual()...)
	switch {
	case d.c.Closed:
		out = append(out, Presumption{What: "every attribute that is not given is absent", Why: "the case is closed"})
	default:
		out = append(out, Presumption{What: "no claim is made but those given", Why: "a claim that is not asserted is not made"})
	}
	return out
}

// usual is what the fees rest on that the case does not say: claims that are not
// made and that their conditions read.
func (d *Determination) usual() (out []Presumption) {
	e := &d.e
	for _, n := range e.live {
		c := &e.cands[n]
		if c.Entry.Kind != measure.Fee || c.applied == 0 {
			continue
		}
		for _, slot := range c.Entry.When.Slots() {
			f := e.s.Set.Env.Fact(slot)
			if !e.q.facts[slot].IsAbsent() || slices.Contains(e.q.given, int32(slot)) || f.Absent == "" {
				continue
			}
			if p := (Presumption{What: f.Name + ": " + f.Absent, Why: c.Entry.Title + " rests on it, and it is not given", Fact: f.Name}); !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// standsIn says which edition of the schedule stands in for that of the instant.
func standsIn(p *rulepack.Pack, at quantity.Instant) string {
	e := p.Base.EditionAt(at)
	text := fmt.Sprintf("The ordinary rate is read from another edition than the day's own: from %s until %s that is %s. Rates of the day itself may differ.",
		e.Period.From.Date(p.Zone), e.Period.Until.Date(p.Zone), e.By.Citation)
	if e.Note != "" {
		text += " " + e.Note
	}
	return text
}

func (d *Determination) notes() []string {
	e := &d.e
	q := &e.q
	out := []string{}
	for _, o := range e.s.Set.Scenarios {
		out = append(out, fmt.Sprintf("Supposed: “%s”. What is marked hypothetical is not law, and this answer is not one of law.", o.Title))
	}
	covered := func(kind measure.Leg) bool {
		return slices.ContainsFunc(q.legs, func(l leg) bool { return l.kind == kind })
	}
	if d.c.Only != "import" && !covered(measure.Export) {
		out = append(out, "The packs hold no export law of "+countryInSentence(q.from)+": whether the goods may leave it is not answered.")
	}
	if d.c.Only != "export" {
		if !covered(measure.Import) {
			out = append(out, "The packs hold no import law of "+countryInSentence(q.to)+": whether the goods may enter it, and at what duty, is not answered.")
		} else if q.duty == nil {
			out = append(out, "The packs hold no tariff of "+countryInSentence(q.to)+": the duty is not answered.")
		}
	}
	var seen []int
	for _, lg := range q.legs {
		for _, i := range lg.packs {
			p := e.s.Set.Packs[i]
			day := q.exported.Date(p.Zone)
			if lg.kind == measure.Import {
				day = q.entered.Date(p.Zone)
			}
			if !slices.Contains(seen, i) && day > p.KnownThrough {
				seen = append(seen, i)
				out = append(out, fmt.Sprintf("%s was last checked on %s: what was done after that day is not in this answer.", p.Title, p.KnownThrough))
			}
		}
	}
	for _, p := range e.s.Set.Packs {
		if q.known < p.Begins && slices.ContainsFunc(q.legs, func(lg leg) bool { return e.s.Entries()[lg.entries[0]].Pack == p }) {
			out = append(out, fmt.Sprintf("%s begins on %s: nothing that it holds was known on %s.", p.Title, p.Begins, q.known))
		}
	}
	out = append(out, e.listings()...)
	for i := range e.doubts {
		x := &e.doubts[i]
		out = append(out, fmt.Sprintf("Whether %s was on the list %s on the day is not known: it was by %s at the latest (%s).", x.name, e.s.Set.PartyLists[x.list].ID, x.row.Announced, x.row.By.Citation))
	}
	if q.duty != nil {
		switch at := q.entered.Noon(q.duty.Zone); {
		case schedule.Held(q.duty, at):
		case at < q.duty.Base.HeldUntil:
			out = append(out, "No edition of the schedule is held for the day: the ordinary duty is not known, and the goods code is read as of the first edition held.")
		case q.within == "":
			out = append(out, "No edition of the schedule is held for the day: the ordinary duty is not known, and the goods code is read as of the last edition held and the lists since.")
		default:
			out = append(out, fmt.Sprintf("No edition of the schedule is held for the day: the ordinary duty is not known. No edition and no list names the code %s: it is read as a line of %s, which may be or come from any line of it that a list names, or none.", q.goods, q.within))
		}
		if at := q.at(measure.Import, q.duty); q.duty.Base.EditionAt(at) != nil {
			out = append(out, standsIn(q.duty, at))
			if shortened(q.duty, q.goods, at) {
				n := q.duty.Base.EditionAt(at).Digits
				out = append(out, fmt.Sprintf("Lines of more than %d digits are not held for the day: %s is answered as goods of %s.", n, q.goods, q.goods[:n]))
			}
		}
		if r := q.duty.Rounding; r != nil && q.hasValue {
			out = append(out, fmt.Sprintf("Each duty is computed exactly and rounded once, to %d places, %s (%s).", r.Places, r.Mode, r.By.Citation))
		}
		if !q.hasValue {
			out = append(out, "No value is given: rates are in per cent of the value, and duties by quantity are not known.")
		}
		out = append(out, e.uncovered(q.duty)...)
	}
	if e.results.loose {
		out = append(out, "A duty tops up an ordinary duty that is not known: the range is safe, and wider than the facts allow by a cent at the most.")
	}
	if e.entangled && e.exact {
		out = append(out, "A fact that is computed from others is open: every value of it is gone through, so the range is safe but may be wider than those others allow.")
	}
	if !e.exact {
		out = append(out, "Too many facts are open to go through every combination: the range is safe but may be wider than the facts allow.")
	}
	return out
}

// listings says by which rows the parties of the case are on the lists that
// measures which apply, or may, ask for.
func (e *evaluation) listings() (out []string) {
	for _, n := range e.live {
		c := &e.cands[n]
		if c.applied == 0 {
			continue
		}
		for _, a := range c.Entry.When.Atoms() {
			list, ok := a.List()
			if !ok {
				continue
			}
			name, ok := e.q.facts[a.Slots[0]].Text()
			if !ok {
				continue
			}
			truth, row := e.s.Listed(list, name, e.at(c), e.q.known)
			if truth != condition.True {
				continue
			}
			l := e.s.Set.PartyLists[list]
			s := fmt.Sprintf("%s is on the list %s", name, l.ID)
			if row.Name != name {
				s += " as " + row.Name
			}
			if p := e.packOf(l.Pack); row.Period.From > quantity.MinInstant && p != nil {
				since := " since "
				if row.Earliest < row.Period.From {
					since = " by "
				}
				s += since + row.Period.From.Date(p.Zone).String()
			}
			s += " (" + row.By.Citation + ")"
			if row.Note != "" {
				s += ": " + row.Note
			}
			if s = strings.TrimSuffix(s, ".") + "."; !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

func (e *evaluation) packOf(id string) *rulepack.Pack {
	for _, p := range e.s.Set.Packs {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// uncovered are the notes of what a pack does not cover.
func (e *evaluation) uncovered(p *rulepack.Pack) []string {
	return e.s.Derived(uncoveredKey{p}, func() any {
		out := make([]string, len(p.NotCovered))
		for i, n := range p.NotCovered {
			out[i] = notCovered + n
		}
		return out
	}).([]string)
}

// notCovered begins the notes of what a pack does not cover.
const notCovered = "Not covered: "

// partNotes tells the notes that are of the answer from what the packs do not cover,
// which is the same for every case.
func partNotes(notes []string) (own, uncovered []string) {
	for _, n := range notes {
		if rest, ok := strings.CutPrefix(n, notCovered); ok {
			uncovered = append(uncovered, rest)
		} else {
			own = append(own, n)
		}
	}
	return own, uncovered
}
