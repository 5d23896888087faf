package determination

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// bill is the duties and fees of a case but for their amounts, and its licences. A
// million lines of entries have ten thousand plans, and few bills: plans share them.
type bill struct {
	due      []due // of a plan: their candidates are places of lines here
	lines    []BillLine
	open     []int32      // which lines do not apply for certain
	ordinary int          // which line is the ordinary duty, of which heading and rate are of the goods; -1: none is
	base     *BillLine    // of a shared bill: that line, which is one for all bills that agree in it
	common   []commonLine // which lines are counted once for an entry
	fees     []int32      // and which are fees that are not
	licences []string
}

// commonLine is a line of a duty or fee that is counted once for the lines of an
// entry that bear it.
type commonLine struct {
	line  int32
	entry *schedule.Entry
	rate  *quantity.Rate // nil: not known
	open  bool           // the line does not apply for certain
	share quantity.Range // of the value on which it stands
}

// bill returns the bill of the answer. Of which candidate each of its lines is stands
// in of.
func (e *evaluation) bill() *bill {
	if e.plan.bill != nil {
		return e.plan.bill
	}
	if !e.billed {
		e.of, e.billed = e.makeBill(&e.ownBill, e.of[:0]), true
	}
	return &e.ownBill
}

// makeBill fills in a bill, duties due aside, and appends to of which candidate each
// of its lines is.
func (e *evaluation) makeBill(b *bill, of []int32) []int32 {
	*b = bill{lines: b.lines[:0], open: b.open[:0], ordinary: -1, common: b.common[:0], fees: b.fees[:0], licences: b.licences[:0]}
	for _, n := range e.live {
		c := &e.cands[n]
		switch {
		case c.applied == 0:
		case c.Entry.Kind == measure.Licence || c.Entry.Kind == measure.Prohibition:
			b.licences = append(b.licences, c.Entry.ID)
		case isDuty(c.Entry.Kind) && e.q.duty != nil:
			line := int32(len(b.lines))
			b.lines, of = append(b.lines, e.billLine(c)), append(of, n)
			if b.lines[line].Open {
				b.open = append(b.open, line)
			}
			switch {
			case c.Entry.Base != nil:
				b.ordinary = int(line)
			case isCommon(c):
				b.common = append(b.common, commonLine{line, c.Entry, c.State.Rate, b.lines[line].Open, c.share})
			case c.Entry.Kind == measure.Fee:
				b.fees = append(b.fees, line)
			}
		}
	}
	return of
}

func (e *evaluation) billLine(c *candidate) BillLine {
	l := BillLine{Measure: c.Entry.ID, Programme: cmp.Or(c.Entry.Programme, c.Entry.Title), Open: c.applied < e.results.count || c.toggle >= 0, Fee: c.Entry.Kind == measure.Fee, Ordinary: c.Entry.Base != nil}
	if b := c.Entry.Base; b == nil {
		l.Heading = e.heading(c)
		if c.State.Rate != nil {
			l.Rate = c.State.Rate.String()
		}
	} else if b.By != nil {
		l.Citation = b.By.Citation
	}
	if c.State.Act != nil {
		l.Citation = c.State.Act.By.Citation
		for _, a := range e.supposedStays(c) {
			l.Citation += "; " + a.By.Citation
		}
	}
	return l
}

// ordinaryWords is the heading and the rate of the ordinary duty, which is a line of the
// bill.
func (e *evaluation) ordinaryWords(line int) (heading, rate string) {
	if e.shared && len(e.due) > 0 && e.due[0].how == byColumn { // its candidate is not read
		return e.q.article.Heading(e.generalPack(&e.due[0])), e.general.Text
	}
	c := &e.cands[e.of[line]]
	return e.heading(c), e.ordinaryRate(c).Text
}

// sharedBill returns the bill of the plan, or an equal one that other plans share.
func (e *evaluation) sharedBill(b *bill, of []int32) *bill {
	b.due = slices.Clone(e.due)
	for i := range b.due {
		b.due[i].cand = int32(slices.Index(of, b.due[i].cand))
	}
	if b.ordinary >= 0 {
		line := b.lines[b.ordinary]
		b.base = e.s.Derived(line, func() any { return &line }).(*BillLine)
	}
	var h maphash.Hash
	h.SetSeed(e.s.Seed())
	for i := range b.lines {
		h.WriteString(b.lines[i].Measure)
		h.WriteString(b.lines[i].Rate)
	}
	return e.s.Share(h.Sum64(), b, func(other any) bool { o, ok := other.(*bill); return ok && b.equal(o) }).(*bill)
}

func (b *bill) equal(other *bill) bool {
	return b.ordinary == other.ordinary && slices.Equal(b.due, other.due) && slices.Equal(b.lines, other.lines) && slices.Equal(b.common, other.common) &&
		slices.Equal(b.fees, other.fees) && slices.Equal(b.licences, other.licences)
}

// lineOf is the line of a duty or fee that is counted once for an entry.
func (b *bill) lineOf(entry *schedule.Entry) int32 {
	for i := range b.common {
		if b.common[i].entry == entry {
			return b.common[i].line
		}
	}
	return -1
}

// dutiesOf returns those of what is due that are duties and no fees. It is not ok where
// they hang on more than the case.
func dutiesOf(all []due) (out []due, ok bool) {
	for _, d := range all {
		switch {
		case d.fee:
		case d.how == byCandidate || d.how == inPart:
			return nil, false
		default:
			d.cand = 0
			out = append(out, d)
		}
	}
	return out, true
}

// sameDuties reports whether duties come to the same under laws as others under theirs,
// in all cases.
func sameDuties(a []due, laws []legLaw, b []due, theirs []legLaw) bool {
	return slices.EqualFunc(a, b, func(x, y due) bool {
		if x.how == byColumn && y.how == byColumn {
			if l, m := &laws[x.law], &theirs[y.law]; l.pack != m.pack || l.at != m.at {
				return false
			}
			x.law = y.law
		}
		return x == y
	})
}

// comesTo is what duties come to under laws, not rounded. It is not ok where they hang on
// one another.
func (e *evaluation) comesTo(duties []due, laws []legLaw) (sum bound, ok bool) {
	var base bound
	base.seen, sum.seen = true, true
	if len(e.amounts) == 0 { // memory for what is missing
		e.amounts = make([]amount, 1)
	}
	missing := e.amounts[0].missing
	defer func() { e.amounts[0].missing = missing }()
	for i := range duties {
		switch d := &duties[i]; {
		case d.how == byFactor:
			sum.plus(e.q.value.Mul(d.factor))
		case d.how == byColumn: // the first of all
			law := &laws[d.law]
			e.ordinaryAt(&base, 0, e.q.article.GeneralRate(e.s.Set.Packs[law.pack], law.at).Rate)
		case d.rate != nil:
			if (base.wide || base.unbounded) && isTotal(d.rate) {
				return bound{}, false // see together
			}
			var due bound
			e.amountOn(&due, 0, d.rate, d.factor, &base)
			sum.add(&due)
		default:
			return bound{}, false
		}
	}
	sum.add(&base)
	return sum, true
}
