package quantity

import (
	"cmp"
	"math/bits"
	"slices"
)

// Apportion divides an amount in proportion to weights, none of them negative: each
// part is what its weight comes to, rounded down to a number of places, and what is
// left goes, one last place each, to the largest remainders, of equal ones to the
// earlier part. Where all weights are 0 the first part is all. The parts, as many as
// the weights, add up to the amount, which is not negative.
func Apportion(parts, weights []Decimal, amount Decimal, places int) {
	if !apportionInts(parts, weights, amount, places) {
		apportionAny(parts, weights, amount, places)
	}
}

// mostInts is how many parts are ranked by looking through them time and again.
const mostInts = 24

// apportionInts is [Apportion] in integers. It is not ok, and has written nothing, where
// 64 bits do not hold these, or nothing tells the parts apart.
func apportionInts(parts, weights []Decimal, amount Decimal, places int) (ok bool) {
	var ints, rests [mostInts]uint64
	if len(weights) > mostInts || places < 0 || places > maxScale || amount.neg {
		return false
	}
	scale := uint8(0)
	for i := range weights {
		scale = max(scale, weights[i].scale)
	}
	var whole, carry uint64
	for i := range weights {
		w := &weights[i]
		hi, n := bits.Mul64(w.coef, pow10[scale-w.scale])
		if whole, carry = bits.Add64(whole, n, 0); hi|carry != 0 || w.big != nil || w.neg {
			return false
		}
		ints[i] = n
	}
	units, err := amount.Unscaled(places)
	if err != nil || whole == 0 {
		return false
	}
	left := uint64(units)
	for i, n := range ints[:len(weights)] {
		hi, lo := bits.Mul64(uint64(units), n)
		var share uint64
		share, rests[i] = bits.Div64(hi, lo, whole)
		ints[i], left = share, left-share
	}
	for ; left > 0; left-- { // fewer than there are rests
		most := 0
		for i, rest := range rests[:len(weights)] {
			if rest > rests[most] {
				most = i
			}
		}
		rests[most] = 0
		ints[most]++
	}
	for i := range parts {
		parts[i] = small(false, ints[i], uint8(places))
	}
	return true
}

// apportionAny is [Apportion] for numbers of any size.
func apportionAny(parts, weights []Decimal, amount Decimal, places int) {
	var whole Decimal
	for i := range weights {
		parts[i] = Decimal{}
		whole = whole.Add(weights[i])
	}
	if whole.IsZero() {
		if len(parts) > 0 {
			parts[0] = amount
		}
		return
	}
	type rest struct {
		of     int
		number Decimal
	}
	rests := make([]rest, len(weights))
	left := amount
	for i := range weights {
		exact := amount.Mul(weights[i])
		parts[i] = exact.Quo(whole, places, Down)
		rests[i] = rest{i, exact.Sub(parts[i].Mul(whole))}
		left = left.Sub(parts[i])
	}
	slices.SortFunc(rests, func(a, b rest) int { return cmp.Or(b.number.Cmp(a.number), a.of-b.of) })
	unit := NewDecimal(1, places)
	for i := 0; left.Sign() > 0; i = (i + 1) % len(rests) {
		step, part := unit.Min(left), &parts[rests[i].of]
		*part, left = part.Add(step), left.Sub(step)
	}
}
