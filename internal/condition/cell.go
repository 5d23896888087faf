package condition

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// maxListsApart is the most party lists whose combinations [Cells] enumerates.
const maxListsApart = 10

// Cell is a region of a fact's domain on which each atom that made it has one
// truth.
type Cell struct {
	// Value stands for the region: it is one of its values.
	Value Value
	// Low and High are the ends of a region of numbers, its closure: an end
	// may itself belong to the neighbouring cell, as Label and Contains tell.
	// Low is nil for other types; High is nil for them too, and where the
	// region has no upper end.
	Low, High *quantity.Decimal
	// Period is a region of instants; that of the first cell begins with
	// quantity.MinInstant, that of the last ends with quantity.MaxInstant.
	Period quantity.Period
	// Label names the region in plain words, to follow the fact's name: "none",
	// "more than 0", "0.2 or more", "yes", "not listed", "another value".
	Label string

	lowOpen, highOpen bool     // numbers: Low, High are not in the region
	others            []string // texts: the region is every text but these
	other             bool
	lists             []int // parties: Value tells apart membership of these
}

// LowOpen reports whether a region of numbers begins above Low rather than at it.
func (c *Cell) LowOpen() bool { return c.lowOpen }

// Contains reports whether the known value lies in the region. For a party that
// is not hypothetical it asks lists which lists it is on; a nil Lists means none.
func (c *Cell) Contains(v Value, lists Lists) bool {
	if v.kind != c.Value.kind {
		return false
	}
	switch v.kind {
	case numberValue:
		low, high := v.number.Cmp(*c.Low), -1
		if c.High != nil {
			high = v.number.Cmp(*c.High)
		}
		return (low > 0 || low == 0 && !c.lowOpen) && (high < 0 || high == 0 && !c.highOpen)
	case instantValue:
		return c.Period.Contains(quantity.Instant(v.bits))
	case textValue:
		if c.other && slices.Contains(c.others, v.text) || !c.other && v.text != c.Value.text {
			return false
		}
		for _, l := range c.lists {
			on := v.OnList(l)
			if !v.hypothetical && lists != nil {
				on = lists.Listed(l, v.text) == True
			}
			if on != c.Value.OnList(l) {
				return false
			}
		}
		return true
	}
	return v.Equal(c.Value)
}

// Cells divides the domain of a fact into the regions that the atoms over it
// can tell apart: on each, every atom has one truth, and each known value of the
// domain lies in exactly one. The absent value lies in none.
//
// Numbers and instants come as regions in ascending order; neighbours that no
// atom tells apart are one. An enum or text has a cell for each value that an
// atom mentions (an enum's in the order of its declaration) and one for all others, if there are any.
// A party or text that atoms look up in lists has one for each combination of
// those lists with each name mentioned; the cells' values are then
// [HypotheticalParty]s, on lists of the given number of party lists at most.
// Lists that are not among those together, a bit each, are combined with these
// but not with one another: the cells are then not the whole domain, and enough
// where conditions join such lists (see [Expr.Lists]). Where more than ten lists
// would have to be combined, Cells returns nil: the fact cannot be split.
//
// Atoms that compare two facts ([Atom].Slots has two) are passed over: their
// truth may change within a cell, and the caller has to treat them by itself.
// Atoms must be over the fact f; those of another type are passed over too.
func Cells(f *Fact, atoms []Atom, lists int, together uint64) []Cell {
	over := make([]*node, 0, len(atoms))
	var names []string // of the lists, by index
	for i := range atoms {
		n := &atoms[i].node
		if n.op == opFacts || n.typ.values() != f.Type.values() || n.op == opListed && int(n.list) >= lists {
			continue
		}
		over = append(over, n)
		if n.op == opListed {
			for len(names) <= int(n.list) {
				names = append(names, "")
			}
			names[n.list] = atoms[i].list
		}
	}
	switch f.Type {
	case Bool:
		return []Cell{{Value: BoolValue(true), Label: "yes"}, {Value: BoolValue(false), Label: "no"}}
	case Number:
		return numberCells(f, over)
	case InstantType:
		return instantCells(over)
	case Enum, Text, Party:
		return textCells(f, over, names, together)
	}
	return nil
}

// truths returns the truth of each atom at the value.
func truths(over []*node, v Value) []Truth {
	t, facts := make([]Truth, len(over)), Facts{v}
	for i, n := range over {
		alone := *n
		alone.slot = 0
		t[i] = alone.eval(nil, facts, nil)
	}
	return t
}

// numberCells cuts the domain into points and the gaps between them, and joins
// neighbours on which all atoms agree.
func numberCells(f *Fact, over []*node) []Cell {
	low, high := f.bounds()
	cuts := []quantity.Decimal{low}
	if high != nil {
		cuts = append(cuts, *high)
	}
	for _, n := range over {
		if n.number.Cmp(low) > 0 && (high == nil || n.number.Cmp(*high) < 0) {
			cuts = append(cuts, n.number)
		}
	}
	slices.SortFunc(cuts, quantity.Decimal.Cmp)
	cuts = slices.CompactFunc(cuts, func(a, b quantity.Decimal) bool { return a.Cmp(b) == 0 })

	var cells []Cell
	var last []Truth
	add := func(c Cell) {
		c.Value = NumberValue(c.middle())
		now := truths(over, c.Value)
		if n := len(cells); n > 0 && slices.Equal(last, now) {
			cells[n-1].High, cells[n-1].highOpen = c.High, c.highOpen
			return
		}
		cells, last = append(cells, c), now
	}
	for i := range cuts {
		add(Cell{Low: &cuts[i], High: &cuts[i]})
		if i+1 < len(cuts) {
			add(Cell{Low: &cuts[i], High: &cuts[i+1], lowOpen: true, highOpen: true})
		} else if high == nil {
			add(Cell{Low: &cuts[i], lowOpen: true, highOpen: true})
		}
	}
	for i := range cells {
		cells[i].Value = NumberValue(cells[i].middle())
		cells[i].Label = cells[i].numberLabel(low, high)
	}
	return cells
}

// middle returns a number of the region: an end that belongs to it, else what
// lies half way, else one more than the lower end.
func (c *Cell) middle() quantity.Decimal {
	switch {
	case !c.lowOpen:
		return *c.Low
	case c.High == nil:
		return c.Low.Add(quantity.NewDecimal(1, 0))
	case !c.highOpen:
		return *c.High
	}
	return c.Low.Add(*c.High).Mul(quantity.NewDecimal(5, 1))
}

// numberLabel names the region within the domain from low to high.
func (c *Cell) numberLabel(low quantity.Decimal, high *quantity.Decimal) string {
	first := !c.lowOpen && c.Low.Cmp(low) == 0
	last := c.High == nil || !c.highOpen && high != nil && c.High.Cmp(*high) == 0
	switch {
	case c.High != nil && c.Low.Cmp(*c.High) == 0:
		if first && c.Low.IsZero() {
			return "none"
		}
		return fmt.Sprintf("exactly %s", c.Low)
	case first && last:
		return "any"
	case first && c.highOpen:
		return fmt.Sprintf("less than %s", c.High)
	case first:
		return fmt.Sprintf("%s or less", c.High)
	case last && c.lowOpen:
		return fmt.Sprintf("more than %s", c.Low)
	case last:
		return fmt.Sprintf("%s or more", c.Low)
	}
	from, to := fmt.Sprintf("%s or more", c.Low), fmt.Sprintf("%s or less", c.High)
	if c.lowOpen {
		from = fmt.Sprintf("more than %s", c.Low)
	}
	if c.highOpen {
		to = fmt.Sprintf("less than %s", c.High)
	}
	return from + " and " + to
}

// instantCells cuts time at the seconds at which an atom may change, and joins
// neighbours on which all agree.
func instantCells(over []*node) []Cell {
	cuts := []quantity.Instant{quantity.MinInstant}
	zones := map[quantity.Instant]*time.Location{}
	for _, n := range over {
		for _, at := range [...]quantity.Instant{n.at, n.at + 1} {
			if at > quantity.MinInstant && at < quantity.MaxInstant {
				cuts = append(cuts, at)
				zones[at] = n.zone
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)

	var cells []Cell
	var last []Truth
	for i, from := range cuts {
		until := quantity.MaxInstant
		if i+1 < len(cuts) {
			until = cuts[i+1]
		}
		v := InstantValue(from)
		now := truths(over, v)
		if n := len(cells); n > 0 && slices.Equal(last, now) {
			cells[n-1].Period.Until = until
			continue
		}
		cells, last = append(cells, Cell{Value: v, Period: quantity.Period{From: from, Until: until}}), now
	}
	for i := range cells {
		c := &cells[i]
		if i == 0 && len(cells) > 1 {
			c.Value = InstantValue(c.Period.Until - 1)
		} else if i == 0 {
			c.Value = InstantValue(0)
		}
		from := func() string { return c.Period.From.Format(zones[c.Period.From]) }
		until := func() string { return c.Period.Until.Format(zones[c.Period.Until]) }
		switch {
		case len(cells) == 1:
			c.Label = "any"
		case i == 0:
			c.Label = "before " + until()
		case c.Period.Until == c.Period.From+1:
			c.Label = "exactly " + from()
		case i == len(cells)-1:
			c.Label = from() + " or later"
		default:
			c.Label = from() + " or later and before " + until()
		}
	}
	return cells
}

// textCells makes one cell for each text mentioned and one for the others, each
// of them for every combination of the lists whose names are given.
func textCells(f *Fact, over []*node, names []string, together uint64) []Cell {
	var mentioned []string
	for _, n := range over {
		switch n.op {
		case opText:
			mentioned = append(mentioned, n.text)
		case opIn:
			mentioned = append(mentioned, n.texts...)
		}
	}
	mentioned = distinct(mentioned)
	var cells []Cell
	if f.Type == Enum {
		var rest []string
		for _, v := range f.Values {
			if slices.Contains(mentioned, v) {
				cells = append(cells, Cell{Value: TextValue(v), Label: v})
			} else {
				rest = append(rest, v)
			}
		}
		switch {
		case len(rest) == 1:
			cells = append(cells, Cell{Value: TextValue(rest[0]), Label: rest[0]})
		case len(rest) > 1:
			cells = append(cells, Cell{Value: TextValue(rest[0]), Label: "another value", other: true, others: mentioned})
		}
	} else {
		for _, v := range mentioned {
			cells = append(cells, Cell{Value: TextValue(v), Label: f.words(v)})
		}
		if v, ok := f.another(mentioned); ok {
			cells = append(cells, Cell{Value: TextValue(v), Label: f.otherwise(), other: true, others: mentioned})
		}
	}
	if len(cells) == 1 && len(mentioned) == 0 && cells[0].other {
		cells[0].Label = "any"
	}
	return byLists(cells, names, together)
}

// byLists makes one cell of each for every combination of the lists that count
// together, with none or one of the others.
func byLists(cells []Cell, names []string, together uint64) []Cell {
	var lists, joint, single []int
	for i, n := range names {
		if n == "" {
			continue
		}
		lists = append(lists, i)
		if together>>i&1 != 0 {
			joint = append(joint, i)
		} else {
			single = append(single, i)
		}
	}
	if len(lists) == 0 {
		return cells
	}
	if len(joint) > maxListsApart {
		return nil
	}
	var on []uint64 // the combinations
	for n := range 1 << len(joint) {
		var bits uint64
		for i, l := range joint {
			bits |= uint64(n>>i&1) << l
		}
		on = append(on, bits)
		for _, l := range single {
			on = append(on, bits|1<<l)
		}
	}
	out := make([]Cell, 0, len(cells)*len(on))
	for _, c := range cells {
		for _, bits := range on {
			var members []int
			var words []string
			for _, l := range lists {
				if bits>>l&1 != 0 {
					members = append(members, l)
					words = append(words, names[l])
				}
			}
			d := c
			d.lists = lists
			d.Value = HypotheticalParty(c.Value.text, members...)
			switch len(words) {
			case 0:
				d.Label = "not listed"
			case 1:
				d.Label = "on the list " + words[0]
			default:
				d.Label = "on the lists " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
			}
			if c.Label != "any" {
				d.Label = c.Label + ", " + d.Label
			}
			out = append(out, d)
		}
	}
	return out
}

// distinct returns the texts without repetitions, in order of first mention.
func distinct(texts []string) []string {
	seen := make(map[string]bool, len(texts))
	out := texts[:0]
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// words returns how a text of the fact reads.
func (f *Fact) words(s string) string {
	switch f.form {
	case countryText:
		return nomenclature.Country(s).Name()
	}
	return s
}

// otherwise names the texts that are not mentioned.
func (f *Fact) otherwise() string {
	switch {
	case f.form == countryText:
		return "another country"
	case f.Type == Party:
		return "another party"
	}
	return "another value"
}

// another returns a text of the fact's domain that is not among those
// mentioned.
func (f *Fact) another(mentioned []string) (string, bool) {
	switch f.form {
	case countryText:
		for _, c := range nomenclature.Countries() {
			if !slices.Contains(mentioned, string(c)) {
				return string(c), true
			}
		}
		return "", false
	}
	s := f.otherwise()
	for i := 2; slices.Contains(mentioned, s); i++ {
		s = fmt.Sprintf("%s %d", f.otherwise(), i)
	}
	return s, true
}
