package schedule

import (
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Parts is a set of parts of the value of goods, those on which a duty stands.
// The value is divided by the shares of one group of facts (steel, aluminium,
// copper) and what is left beside them, and each of these by one further fact
// (the foreign content) into what is outside and what is inside it.
type Parts uint32

// insideShift is where the parts inside the dividing fact begin.
const insideShift = 16

// Division is how the portions of a pack divide the value.
type Division struct {
	Shares []int // slots of the facts of the group, in order; the part beside them comes last
	Split  int   // slot of the dividing fact; -1 where there is none
	whole  Parts
}

// division reads the portions of a pack.
func division(p *rulepack.Pack) Division {
	d := Division{Split: -1}
	for _, name := range sortedKeys(p.Portions) {
		portion := p.Portions[name]
		switch {
		case portion.Group == "":
			d.Split = portion.Slot
		case d.share(portion.Slot) < 0:
			d.Shares = append(d.Shares, portion.Slot)
		}
	}
	outside := Parts(1)<<(len(d.Shares)+1) - 1
	d.whole = outside | outside<<insideShift
	return d
}

func (d *Division) share(slot int) int {
	for i, s := range d.Shares {
		if s == slot {
			return i
		}
	}
	return -1
}

// of returns the parts that a portion names; all of them for the whole.
func (d *Division) of(p *rulepack.Portion) Parts {
	switch {
	case p == nil:
		return d.whole
	case p.Group == "" && p.Less:
		return d.whole & (1<<insideShift - 1)
	case p.Group == "":
		return d.whole &^ (1<<insideShift - 1)
	}
	part := Parts(1) << d.share(p.Slot)
	part |= part << insideShift
	if p.Less {
		return d.whole &^ part
	}
	return part
}

// Size returns what the parts come to, as a share of the value, where number
// gives the facts. How the dividing fact falls on the shares of the group is
// not declared: parts that it cuts give a range.
func (d *Division) Size(parts Parts, number func(slot int) quantity.Decimal) quantity.Range {
	zero, one := quantity.Decimal{}, quantity.NewDecimal(1, 0)
	if parts == d.whole {
		return quantity.Exactly(one)
	}
	if parts == 0 {
		return quantity.Range{}
	}
	// Parts on both sides of the divide count whatever it is; those on one side
	// only depend on how it falls, those on neither do not count.
	both, inside, outside, rest := zero, zero, zero, one
	neither := zero
	for i := range len(d.Shares) + 1 {
		size := rest
		if i < len(d.Shares) {
			size = number(d.Shares[i])
			rest = rest.Sub(size)
		}
		switch out, in := parts>>i&1 != 0, parts>>(i+insideShift)&1 != 0; {
		case out && in:
			both = both.Add(size)
		case in:
			inside = inside.Add(size)
		case out:
			outside = outside.Add(size)
		default:
			neither = neither.Add(size)
		}
	}
	if inside.IsZero() && outside.IsZero() {
		return quantity.Exactly(both)
	}
	split := zero
	if d.Split >= 0 {
		split = number(d.Split)
	}
	base := both.Add(outside)
	most := base.Add(split.Min(inside)).Sub(split.Sub(inside).Sub(neither).Sub(both).Max(zero))
	least := base.Sub(split.Min(outside)).Add(split.Sub(outside).Sub(neither).Sub(both).Max(zero))
	return quantity.Range{Least: least, Most: most}
}
