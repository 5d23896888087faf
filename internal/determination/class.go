package determination

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// classed is what a case says of the goods in one classification for control.
type classed struct {
	slot    int
	code    nomenclature.ControlCode // as stated; "": none
	hits    []schedule.ClassHit      // the rows that hold the goods, or may
	unknown bool                     // nothing is stated
	short   bool                     // the code is too short for some row
	// presumed tells that nothing is stated and the goods are taken for none of
	// the items, because they neither leave the territory nor originate in it.
	presumed bool
}

// letters is a word without blanks and marks: EAR 99 is EAR99.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// classes reads the control codes that the case states.
func (r *reader) classes() {
	q := r.q
	for i := range r.s.Classifications() {
		c := r.s.Classification(i)
		k := classed{slot: c.Slot}
		text, stated := q.facts[c.Slot].Text()
		home := nomenclature.Country(c.Pack.Jurisdiction)
		switch {
		case stated:
			if i := slices.IndexFunc(c.None, func(none string) bool { return strings.EqualFold(letters(none), letters(text)) }); i >= 0 {
				q.state(c.Slot, condition.TextValue(c.None[i]))
				break
			}
			code := nomenclature.ControlCode(text)
			if !c.Names(code) { // otherwise it is written as the register writes it
				var err error
				if code, err = nomenclature.ParseControlCode(text); err != nil {
					r.faultErr("facts."+c.Fact, err)
					break
				}
				if message, hint := c.Unknown(code); message != "" {
					r.fault("facts."+c.Fact, message, hint)
					break
				}
				q.state(c.Slot, condition.TextValue(string(code)))
			}
			k.code, k.hits = code, c.Hits(code)
			k.short = slices.ContainsFunc(k.hits, func(h schedule.ClassHit) bool { return h.Truth == condition.Open })
		case !q.facts[c.Slot].IsUnknown():
		case q.from != home && q.origin != home:
			k.presumed = true
			q.state(c.Slot, condition.AbsentValue())
		default:
			k.unknown = true
		}
		q.classes = append(q.classes, k)
	}
}

// isOpen reports whether the case leaves the fact open: nothing is stated, or
// the code of the goods is too short to tell.
func (q *query) isOpen(slot int) bool {
	return q.facts[slot].IsUnknown() || q.classedBy(slot) != nil && q.classedBy(slot).short
}

// classedBy returns the classification of which the slot holds the code, nil
// where it holds none.
func (q *query) classedBy(slot int) *classed {
	for i := range q.classes {
		if q.classes[i].slot == slot {
			return &q.classes[i]
		}
	}
	return nil
}

// classified evaluates an item list that goes by a classification.
func (e *evaluation) classified(st *itemState, list int32, k *classed, at quantity.Instant) {
	rows := e.s.ItemList(list).Rows
	holds := func(n int32) condition.Truth {
		row := &rows[n]
		if !schedule.RowRuns(row.Period, row.By, row.EndedBy, at, e.q.known) {
			return condition.False
		}
		return e.s.ItemCondition(list, n, e.q.facts, e.q.stated, e.q.closed, e.listsAt(at))
	}
	if k.unknown {
		some := e.s.Classification(e.s.ClassificationOf(list)).Some(list)
		if slices.ContainsFunc(some, func(n int32) bool { return holds(n) != condition.False }) {
			st.truth = condition.Open
		}
		return
	}
	for i := range k.hits {
		h := &k.hits[i]
		if h.List != list {
			continue
		}
		t := h.Truth.And(holds(h.Row))
		if t == condition.False {
			continue
		}
		if t == condition.True {
			st.met = append(st.met, h.Row)
		} else {
			st.open = append(st.open, h.Row)
		}
		st.truth = st.truth.Or(t)
	}
}

// rowNow reports whether a row that is open holds in the world of the scratch
// facts.
func (e *evaluation) rowNow(list, row int32, l condition.Lists) bool {
	r := &e.s.ItemList(list).Rows[row]
	if n := e.s.ClassificationOf(list); n >= 0 {
		text, _ := e.w.facts[e.q.classes[n].slot].Text()
		code := nomenclature.ControlCode(text)
		if !code.Within(r.Class) || slices.ContainsFunc(r.Except, code.Within) {
			return false
		}
	}
	return r.When.Eval(e.w.facts, l) == condition.True
}

// mostClasses is how many kinds of paragraph an entry is gone through for.
const mostClasses = 200

// classAxis makes the axis of a code that is too short: the paragraphs within
// it that the open rows tell apart. It reports whether there are too many, or
// the code is not stated at all.
func (e *evaluation) classAxis(f *openFact, k *classed) (a axis, many bool) {
	a = axis{slot: int32(f.slot), entry: -1}
	if k.unknown {
		return a, true
	}
	var c *schedule.Classification
	for i := range e.q.classes {
		if &e.q.classes[i] == k {
			c = e.s.Classification(i)
		}
	}
	kinds := map[string]int{}
	var codes [][]nomenclature.ControlCode
	for _, code := range c.Within(k.code) {
		kind := e.kindOf(c, f, code)
		n, ok := kinds[kind]
		if !ok {
			n = len(codes)
			kinds[kind] = n
			codes = append(codes, nil)
		}
		codes[n] = append(codes[n], code)
	}
	if len(codes) > mostClasses {
		return a, true
	}
	for i := range codes {
		first := codes[i][0]
		o := option{value: condition.TextValue(string(first)), cell: int32(i), label: schedule.Words(codes[i], 4), point: c.Names(first)}
		a.options = append(a.options, o)
	}
	return a, false
}

// kindOf tells codes apart as far as the open lists and the atoms over their
// fact do.
func (e *evaluation) kindOf(c *schedule.Classification, f *openFact, code nomenclature.ControlCode) string {
	var parts []string
	for _, h := range c.Hits(code) {
		if !e.items[h.List].asked {
			continue
		}
		part := strconv.Itoa(int(h.List)) + " " + e.s.ItemList(h.List).Rows[h.Row].WhenSource
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	facts := make(condition.Facts, f.slot+1)
	facts[f.slot] = condition.TextValue(string(code))
	for _, atom := range f.atoms {
		parts = append(parts, atom.Eval(facts, nil).String())
	}
	return strings.Join(parts, "\n")
}
