package quantity

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Decimal is an exact decimal number of any size. The zero value is 0. Compare
// decimals with [Decimal.Cmp] or [Decimal.Equal]: 2.5 and 2.50 are one number in
// two shapes, so == may tell them apart.
type Decimal struct {
	// The number is ±coef × 10^-scale where that holds it. A coefficient is below
	// 10^19, a scale from 0 to maxScale, and 0 is not negative.
	coef  uint64
	scale uint8
	neg   bool
	big   *apd.Decimal // else the number, never changed; nil where it is held so
}

// The digits that [ParseDecimal] takes before and after the point.
const (
	maxWhole = 18
	maxFrac  = 12
)

// What a decimal holds without apd: the largest coefficient and the largest scale.
const (
	maxSmall = 9_999_999_999_999_999_999
	maxScale = 19
)

// Mode is how a number that lies between two others is rounded.
type Mode uint8

// The modes of rounding.
const (
	HalfUp   Mode = iota // to the nearest, ties away from zero
	HalfEven             // to the nearest, ties to the even neighbour
	Down                 // towards zero
	Up                   // away from zero
)

var modeNames = [...]string{"half-up", "half-even", "down", "up"}

// String returns the name that [ParseMode] reads.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// ParseMode reads the name of a rounding mode: half-up, half-even, down or up.
func ParseMode(s string) (Mode, error) {
	for m, name := range modeNames {
		if s == name {
			return Mode(m), nil
		}
	}
	return 0, fmt.Errorf("rounding mode %q is not known: write half-up, half-even, down or up", s)
}

// NewDecimal returns coef × 10^-scale.
func NewDecimal(coef int64, scale int) Decimal {
	if coef >= 0 && scale >= 0 && scale <= maxScale {
		return small(false, uint64(coef), uint8(scale)).trimmed()
	}
	return normal(apd.New(coef, int32(-scale)))
}

// ParseDecimal reads a number written as digits with an optional sign and an
// optional point: 12, -0.5, +1250.75. It takes at most 18 digits before the
// point and 12 after it, and neither exponents nor separators.
func ParseDecimal(s string) (Decimal, error) {
	if d, ok := shortDecimal(s); ok {
		return d, nil
	}
	digits := s
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		digits = digits[1:]
	}
	whole, frac, point := strings.Cut(digits, ".")
	switch {
	case whole == "" && frac == "":
		return Decimal{}, fmt.Errorf("number %q has no digits: write one like 1250.75", s)
	case !allDigits(whole) || !allDigits(frac):
		return Decimal{}, fmt.Errorf("number %q is not plain digits: write one like 1250.75, without separators or exponent", s)
	case whole == "":
		return Decimal{}, fmt.Errorf("number %q has no digit before the point: write 0%s", s, digits)
	case point && frac == "":
		return Decimal{}, fmt.Errorf("number %q has no digit after the point: write %s", s, whole)
	case len(whole) > maxWhole:
		return Decimal{}, fmt.Errorf("number %q has %d digits before the point: at most %d are read", s, len(whole), maxWhole)
	case len(frac) > maxFrac:
		return Decimal{}, fmt.Errorf("number %q has %d digits after the point: at most %d are read", s, len(frac), maxFrac)
	}
	x, _, err := apd.NewFromString(s)
	if err != nil {
		return Decimal{}, fmt.Errorf("number %q cannot be read: %w", s, err)
	}
	return normal(x), nil
}

// shortDecimal reads most numbers that people write: up to 18 digits without a
// sign, among them at most 12 after the point.
func shortDecimal(s string) (Decimal, bool) {
	d, n := leadingDecimal(s)
	return d, n > 0 && n == len(s)
}

// leadingDecimal reads the number that [shortDecimal] reads at the beginning of a text,
// and tells how long it is: 0 where there is none.
func leadingDecimal(s string) (d Decimal, n int) {
	point := -1 // where it is
	for n < len(s) {
		if c := s[n] - '0'; c <= 9 {
			d.coef = d.coef*10 + uint64(c)
		} else if s[n] == '.' && point < 0 && n > 0 {
			point = n
		} else {
			break
		}
		if n++; n > maxWhole {
			return Decimal{}, 0
		}
	}
	if point < 0 {
		return d, n
	}
	places := n - point - 1
	if places == 0 || places > maxFrac {
		return Decimal{}, 0
	}
	for places > 0 && d.coef%10 == 0 {
		d.coef /= 10
		places--
	}
	d.scale = uint8(places)
	return d, n
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// MustDecimal is [ParseDecimal] for constants and tests. It panics where
// ParseDecimal fails.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Add returns d + e, exactly.
func (d Decimal) Add(e Decimal) Decimal {
	switch { // most sums are of money, or begin with nothing
	case d.big != nil || e.big != nil || d.neg != e.neg:
	case d.coef == 0 && d.scale <= e.scale:
		return e
	case d.scale == e.scale:
		if sum := d.coef + e.coef; d.coef <= sum && sum <= maxSmall {
			return small(d.neg, sum, d.scale)
		}
	}
	if a, b, scale, ok := aligned(&d, &e); ok {
		switch {
		case d.neg == e.neg:
			if sum := a + b; sum <= maxSmall {
				return small(d.neg, sum, scale)
			}
		case a >= b:
			return small(d.neg, a-b, scale)
		default:
			return small(e.neg, b-a, scale)
		}
	}
	var sum apd.Decimal
	_, err := exact.Add(&sum, d.wide(), e.wide())
	return checked(&sum, err)
}

// aligned returns the coefficients of two numbers at one scale, where they are below
// 2^63; nearly all are.
func aligned(d, e *Decimal) (a, b uint64, scale uint8, ok bool) {
	if d.big != nil || e.big != nil {
		return 0, 0, 0, false
	}
	a, b, scale = d.coef, e.coef, d.scale
	var hi uint64
	switch {
	case scale > e.scale:
		hi, b = bits.Mul64(b, pow10[scale-e.scale])
	case scale < e.scale:
		hi, a = bits.Mul64(a, pow10[e.scale-scale])
		scale = e.scale
	}
	return a, b, scale, hi == 0 && (a|b)>>63 == 0
}

// Sub returns d - e, exactly.
func (d Decimal) Sub(e Decimal) Decimal { return d.Add(e.Neg()) }

// Mul returns d × e, exactly.
func (d Decimal) Mul(e Decimal) Decimal {
	if d.big == nil && e.big == nil {
		if scale := d.scale + e.scale; scale <= maxScale {
			if hi, lo := bits.Mul64(d.coef, e.coef); hi == 0 && lo <= maxSmall {
				return small(d.neg != e.neg, lo, scale)
			}
		}
	}
	var p apd.Decimal
	_, err := exact.Mul(&p, d.wide(), e.wide())
	return checked(&p, err)
}

// Neg returns -d.
func (d Decimal) Neg() Decimal {
	if d.big == nil {
		return small(!d.neg, d.coef, d.scale)
	}
	return Decimal{big: new(apd.Decimal).Neg(d.big)}
}

// Cmp returns -1 where d < e, 0 where they are the same number, +1 where d > e.
func (d Decimal) Cmp(e Decimal) int {
	a, b, _, ok := aligned(&d, &e)
	switch {
	case !ok:
		return d.wide().Cmp(e.wide())
	case d.neg != e.neg:
		return cmp.Compare(d.Sign(), e.Sign())
	case d.neg:
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// Equal reports whether d and e are the same number.
func (d Decimal) Equal(e Decimal) bool { return d == e || d.Cmp(e) == 0 }

// Min returns the smaller of d and e.
func (d Decimal) Min(e Decimal) Decimal {
	if e.Cmp(d) < 0 {
		return e
	}
	return d
}

// Max returns the larger of d and e.
func (d Decimal) Max(e Decimal) Decimal {
	if e.Cmp(d) > 0 {
		return e
	}
	return d
}

// Sign returns -1, 0 or +1.
func (d Decimal) Sign() int {
	switch {
	case d.big != nil:
		return d.big.Sign()
	case d.neg:
		return -1
	case d.coef == 0:
		return 0
	}
	return 1
}

// IsZero reports whether d is 0.
func (d Decimal) IsZero() bool { return d.Sign() == 0 }

// Round returns d rounded to the number of places after the point; fewer than
// none rounds to tens, hundreds and so on.
func (d Decimal) Round(places int, m Mode) Decimal {
	if d.big == nil {
		drop := int(d.scale) - places
		if drop <= 0 {
			return d
		}
		if drop < len(pow10) && places >= 0 {
			q, r := d.coef/pow10[drop], d.coef%pow10[drop]
			if r != 0 && m.away(cmpHalf(r, pow10[drop]), q%2 == 1) {
				q++
			}
			return small(d.neg, q, uint8(places))
		}
	}
	w := d.wide()
	if int(-w.Exponent) <= places {
		return d
	}
	return roundRatio(w.Negative, &w.Coeff, ten(int(-w.Exponent)-places), places, m)
}

// Quo returns d ÷ e rounded to the number of places after the point. It panics
// where e is 0, as integer division does.
func (d Decimal) Quo(e Decimal, places int, m Mode) Decimal {
	if e.IsZero() {
		panic("quantity: division by zero")
	}
	if d.big == nil && e.big == nil {
		// d ÷ e = coefficient of d × 10^shift ÷ coefficient of e, in units of 10^-places
		shift := places + int(e.scale) - int(d.scale)
		if shift >= 0 && shift < len(pow10) && places >= 0 && places <= maxScale {
			hi, lo := bits.Mul64(d.coef, pow10[shift])
			if by := e.coef; hi < by {
				q, r := bits.Div64(hi, lo, by)
				if q < maxSmall {
					if r != 0 && m.away(cmpHalf(r, by), q%2 == 1) {
						q++
					}
					return small(d.neg != e.neg, q, uint8(places))
				}
			}
		}
	}
	x, y := d.wide(), e.wide()
	num, den := &x.Coeff, &y.Coeff
	if shift := places + int(x.Exponent) - int(y.Exponent); shift >= 0 {
		num = new(apd.BigInt).Mul(num, ten(shift))
	} else {
		den = new(apd.BigInt).Mul(den, ten(-shift))
	}
	return roundRatio(x.Negative != y.Negative, num, den, places, m)
}

// String returns the number in plain digits without trailing zeros: 12, -0.5.
func (d Decimal) String() string {
	if d.big != nil {
		return d.big.Text('f')
	}
	var memory [32]byte
	d = d.trimmed()
	return string(appendDigits(memory[:0], d.neg, d.coef, int(d.scale)))
}

// trimmed is a number that is held without apd, without zeros at its end.
func (d Decimal) trimmed() Decimal {
	for d.scale > 0 && d.coef%10 == 0 {
		d.coef /= 10
		d.scale--
	}
	return d
}

// StringFixed returns the number with exactly so many digits after the point.
// Further digits are rounded half away from zero.
func (d Decimal) StringFixed(places int) string {
	var memory [32]byte
	return string(d.AppendFixed(memory[:0], places))
}

// AppendFixed appends what [Decimal.StringFixed] returns.
func (d Decimal) AppendFixed(dst []byte, places int) []byte {
	r := d
	if r.big != nil || int(r.scale) > places {
		r = d.Round(places, HalfUp)
	}
	if r.big == nil && places >= 0 && places < len(pow10) {
		if hi, coef := bits.Mul64(r.coef, pow10[places-int(r.scale)]); hi == 0 {
			return appendDigits(dst, r.neg, coef, places)
		}
	}
	s := r.String()
	dst = append(dst, s...)
	if places <= 0 {
		return dst
	}
	_, frac, point := strings.Cut(s, ".")
	if !point {
		dst = append(dst, '.')
	}
	for range places - len(frac) {
		dst = append(dst, '0')
	}
	return dst
}

// appendDigits appends ±coef × 10^-places with all its digits after the point.
func appendDigits(dst []byte, neg bool, coef uint64, places int) []byte {
	var digits [len("-0.18446744073709551615")]byte
	at := len(digits)
	if places > 0 {
		for ; places > 1; places -= 2 {
			at -= 2
			copy(digits[at:at+2], pairs[coef%100*2:])
			coef /= 100
		}
		if places == 1 {
			at--
			digits[at] = '0' + byte(coef%10)
			coef /= 10
		}
		at--
		digits[at] = '.'
	}
	for coef >= 100 {
		at -= 2
		copy(digits[at:at+2], pairs[coef%100*2:])
		coef /= 100
	}
	at -= 2
	copy(digits[at:at+2], pairs[coef*2:])
	if coef < 10 {
		at++
	}
	if neg {
		at--
		digits[at] = '-'
	}
	return append(dst, digits[at:]...)
}

// pairs are the numbers below 100, two digits each.
const pairs = "0001020304050607080910111213141516171819" +
	"2021222324252627282930313233343536373839" +
	"4041424344454647484950515253545556575859" +
	"6061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// exact computes with apd without a limit of precision.
var exact = apd.BaseContext

// pow10 are the powers of ten that fit 64 bits.
var pow10 = [...]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// ten returns 10^n.
func ten(n int) *apd.BigInt {
	return new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(int64(n)), nil)
}

// small returns the number ±coef × 10^-scale for a coefficient up to maxSmall and a
// scale up to maxScale.
func small(neg bool, coef uint64, scale uint8) Decimal {
	return Decimal{coef: coef, scale: scale, neg: neg && coef != 0}
}

// wide returns d as an apd decimal that the caller must not change. Its exponent
// is never above 0.
func (d Decimal) wide() *apd.Decimal {
	if d.big != nil {
		return d.big
	}
	x := &apd.Decimal{Negative: d.neg, Exponent: -int32(d.scale)}
	x.Coeff.SetUint64(d.coef)
	return x
}

// checked is normal for a result of the exact context, which fails only where
// an exponent leaves apd's range of ±100,000.
func checked(x *apd.Decimal, err error) Decimal {
	if err != nil {
		panic("quantity: number out of range: " + err.Error())
	}
	return normal(x)
}

// normal returns x in the small form where that holds it, and otherwise without
// trailing zeros after the point and with an exponent of at most 0.
func normal(x *apd.Decimal) Decimal {
	r, _ := new(apd.Decimal).Reduce(x)
	if r.Exponent > 0 {
		r.Coeff.Mul(&r.Coeff, ten(int(r.Exponent)))
		r.Exponent = 0
	}
	if r.Coeff.IsUint64() && r.Coeff.Uint64() <= maxSmall && -r.Exponent <= maxScale {
		return small(r.Negative, r.Coeff.Uint64(), uint8(-r.Exponent))
	}
	return Decimal{big: r}
}

// cmpHalf compares the rest r of a division by p with the half of p.
func cmpHalf(r, p uint64) int {
	switch rest := p - r; {
	case r < rest:
		return -1
	case r > rest:
		return 1
	}
	return 0
}

// away reports whether a number with a rest is rounded away from zero; half
// compares the rest with the half, odd tells of the neighbour nearer to zero.
func (m Mode) away(half int, odd bool) bool {
	switch m {
	case Down:
		return false
	case Up:
		return true
	case HalfEven:
		return half > 0 || half == 0 && odd
	default:
		return half >= 0
	}
}

// roundRatio returns ±num ÷ den, rounded to an integer, × 10^-places.
func roundRatio(neg bool, num, den *apd.BigInt, places int, m Mode) Decimal {
	q, r := new(apd.BigInt).QuoRem(num, den, new(apd.BigInt))
	if r.Sign() != 0 {
		twice := new(apd.BigInt).Add(r, r)
		if m.away(twice.Cmp(den), q.Bit(0) == 1) {
			q.Add(q, apd.NewBigInt(1))
		}
	}
	x := apd.NewWithBigInt(q, int32(-places))
	x.Negative = neg && q.Sign() != 0
	return normal(x)
}

// Unscaled returns d × 10^places as an integer. It fails where that is none, or
// where 64 bits do not hold it.
func (d Decimal) Unscaled(places int) (int64, error) {
	if up := places - int(d.scale); d.big == nil && up >= 0 && up < len(pow10) {
		if hi, lo := bits.Mul64(d.coef, pow10[up]); hi == 0 && lo <= math.MaxInt64 {
			if d.neg {
				return -int64(lo), nil
			}
			return int64(lo), nil
		}
	}
	if !d.Round(places, Down).Equal(d) {
		return 0, fmt.Errorf("number %s has more than %d digits after the point", d, places)
	}
	n, ok := new(big.Int).SetString(d.Mul(Decimal{big: apd.NewWithBigInt(ten(places), 0)}).String(), 10)
	if !ok || !n.IsInt64() {
		return 0, fmt.Errorf("number %s is too large", d)
	}
	return n.Int64(), nil
}
