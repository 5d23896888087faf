package quantity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rate is how a duty is computed: a percentage of the value, an amount for each
// unit of quantity, a sum of these, with a lower or an upper bound. It never
// changes after it was parsed.
type Rate struct {
	fraction Decimal // percent ÷ 100
	plain    bool    // nothing but percent
	total    bool    // tops the ordinary duty up to percent
	percent  Decimal
	sum      []term
	least    []term // nil: no lower bound
	most     []term // nil: no upper bound
	currency string
	text     string
}

// term is one addend of a rate.
type term struct {
	kind   termKind
	amount Decimal // of currency, or the percentage
	factor Decimal // percentage ÷ 100
	unit   Unit    // what amount is for; "" where it is for the whole entry
	less   Decimal // degrees: taken off amount for each degree below under
	under  Decimal
}

type termKind uint8

const (
	adValorem termKind = iota
	specific
	degrees
)

// Basis is what a duty is computed from.
type Basis struct {
	// Value is the portion of the value that the rate stands on. A total rate is
	// meant for the whole value.
	Value Decimal
	// Base is the ordinary duty already due on the whole article, which a total
	// rate takes into account; other rates ignore it.
	Base Decimal
	// Quantity returns the amount of the goods in the unit, not negative, false
	// where it is not known. Nil: nothing is known. See [Quantity.In], and
	// [Quantity.InRounded] for goods counted in another unit than the rate's.
	Quantity func(Unit) (Decimal, bool)
}

// Duty returns the duty, exact and not rounded. Where a quantity is needed that
// the basis does not know, ok is false and missing is its unit.
//
// A total rate gives the percentage of Value less Base, and never less than 0.
func (r *Rate) Duty(b *Basis) (amount Decimal, missing Unit, ok bool) {
	if r.plain {
		return b.Value.Mul(r.fraction), "", true
	}
	if r.total {
		return b.Value.Mul(r.fraction).Sub(b.Base).Max(Decimal{}), "", true
	}
	if amount, missing = sumOf(r.sum, b); missing != "" {
		return Decimal{}, missing, false
	}
	if r.least != nil {
		least, missing := sumOf(r.least, b)
		if missing != "" {
			return Decimal{}, missing, false
		}
		amount = amount.Max(least)
	}
	if r.most != nil {
		most, missing := sumOf(r.most, b)
		if missing != "" {
			return Decimal{}, missing, false
		}
		amount = amount.Min(most)
	}
	return amount, "", true
}

func sumOf(terms []term, b *Basis) (sum Decimal, missing Unit) {
	for i := range terms {
		t := &terms[i]
		var d Decimal
		switch {
		case t.kind == adValorem:
			d = b.Value.Mul(t.factor)
		case t.unit == "":
			d = t.amount
		default:
			q, ok := b.quantity(t.unit)
			if !ok {
				return Decimal{}, t.unit
			}
			each, missing := t.each(b)
			if missing != "" {
				return Decimal{}, missing
			}
			d = q.Mul(each)
		}
		if i == 0 {
			sum = d
		} else {
			sum = sum.Add(d)
		}
	}
	return sum, ""
}

// Bounds returns every duty that the rate can come to while the quantities that
// the basis does not know may be anything from 0 up. Both ends are reached; the
// range has one number where no quantity is missing.
func (r *Rate) Bounds(b *Basis) Range {
	if amount, _, ok := r.Duty(b); ok {
		return Exactly(amount)
	}
	// A duty never falls when a quantity grows, so it is least where all that are
	// missing are 0 and most where they are without limit.
	bounds := rangeOf(r.sum, b)
	if r.least != nil {
		least := rangeOf(r.least, b)
		bounds.Least = bounds.Least.Max(least.Least)
		bounds.Most = bounds.Most.Max(least.Most)
		bounds.Unbounded = bounds.Unbounded || least.Unbounded
	}
	if r.most != nil {
		most := rangeOf(r.most, b)
		bounds.Least = bounds.Least.Min(most.Least)
		switch {
		case bounds.Unbounded:
			bounds.Most, bounds.Unbounded = most.Most, most.Unbounded
		case !most.Unbounded:
			bounds.Most = bounds.Most.Min(most.Most)
		}
	}
	if bounds.Unbounded {
		bounds.Most = Decimal{}
	}
	return bounds
}

func rangeOf(terms []term, b *Basis) Range {
	var sum Range
	for i := range terms {
		one := terms[i : i+1]
		if d, missing := sumOf(one, b); missing == "" {
			sum = sum.Add(Exactly(d))
			continue
		}
		t := &one[0]
		lowest, missing := t.each(b)
		highest := lowest
		if missing != "" { // the degrees
			lowest = t.amount.Sub(t.less.Mul(t.under)).Max(Decimal{})
			highest = t.amount
		}
		if q, ok := b.quantity(t.unit); ok {
			sum = sum.Add(Range{Least: q.Mul(lowest), Most: q.Mul(highest)})
		} else {
			sum = sum.Add(Range{Unbounded: !highest.IsZero()})
		}
	}
	return sum
}

func (b *Basis) quantity(u Unit) (Decimal, bool) {
	if b.Quantity == nil {
		return Decimal{}, false
	}
	return b.Quantity(u)
}

// each returns what the term takes for one of its unit.
func (t *term) each(b *Basis) (d Decimal, missing Unit) {
	if t.kind != degrees {
		return t.amount, ""
	}
	have, ok := b.quantity(Degree)
	if !ok {
		return Decimal{}, Degree
	}
	short := t.under.Sub(have).Max(Decimal{})
	return t.amount.Sub(t.less.Mul(short)).Max(Decimal{}), ""
}

// AdValorem returns the percentage of the value that the rate takes, 25 for
// 25%, and whether the rate is nothing but that. A total rate takes 0 here.
func (r *Rate) AdValorem() (percent Decimal, only bool) {
	if r.total {
		return Decimal{}, false
	}
	return r.percent, r.plain
}

// Fraction returns the part of the value that the rate takes, 0.25 for 25%, and
// whether the rate is nothing but that, as [Rate.AdValorem] does.
func (r *Rate) Fraction() (part Decimal, only bool) {
	if r.total {
		return Decimal{}, false
	}
	return r.fraction, r.plain
}

// Total returns the percentage that a total rate tops the ordinary duty up to.
func (r *Rate) Total() (percent Decimal, ok bool) {
	if !r.total {
		return Decimal{}, false
	}
	return r.percent, true
}

// IsFree reports whether the rate is no duty at all, whatever the goods.
func (r *Rate) IsFree() bool {
	zero := func(terms []term) bool {
		return !slices.ContainsFunc(terms, func(t term) bool { return !t.amount.IsZero() })
	}
	if r.total {
		return r.percent.IsZero()
	}
	return r.most != nil && zero(r.most) || zero(r.sum) && zero(r.least)
}

// Units returns the units whose quantities the rate needs, in the order of its
// text.
func (r *Rate) Units() []Unit {
	var needed []Unit
	add := func(u Unit) {
		if u != "" && !slices.Contains(needed, u) {
			needed = append(needed, u)
		}
	}
	for _, terms := range [...][]term{r.sum, r.least, r.most} {
		for _, t := range terms {
			add(t.unit)
			if t.kind == degrees {
				add(Degree)
			}
		}
	}
	return needed
}

// Currency returns the currency of the rate's amounts, "" where it has none. A
// basis must be in the same one: nothing here converts.
func (r *Rate) Currency() string { return r.currency }

// String returns the rate as [ParseRate] reads it.
func (r *Rate) String() string { return r.text }

// Equal reports whether the two rates are written alike by [Rate.String].
func (r *Rate) Equal(s *Rate) bool {
	return r == s || r != nil && s != nil && r.text == s.text
}

// ParseRate reads a rate as packs write it:
//
//	Free
//	25%
//	4.4 cents/kg
//	1.035 USD/kg + 17%
//	0.3464% but not less than 32.71 USD but not more than 634.62 USD
//	1.46 cents/kg less 0.02 cents/kg for each degree under 100 degrees
//	total 15%
//
// Cents are those of the US dollar; "each" is read as "/No."; an amount without
// a unit is for the whole of what is entered.
func ParseRate(s string) (*Rate, error) {
	r, err := packGrammar.rate(strings.Join(strings.Fields(s), " "))
	if err != nil {
		if errors.Is(err, errNoForm) {
			err = fmt.Errorf("%w: write one like Free, 25%%, 4.4 cents/kg, 1.035 USD/kg + 17%%, 5%% but not less than 1.2 cents/kg, total 15%%", err)
		}
		return nil, fmt.Errorf("rate %q: %w", s, err)
	}
	return r, nil
}

// grammar is a way to write the addends of a rate.
type grammar struct {
	// amount cuts an amount of money, in the currency's own unit, off the head of
	// s; ok is false where s does not begin with one.
	amount func(s string) (d Decimal, currency, rest string, ok bool)
	// flat allows amounts for the whole entry and total rates.
	flat bool
}

var packGrammar = grammar{amount: packAmount, flat: true}

// errNoForm is wrapped where an addend has none of the forms of rates.
var errNoForm = errors.New("is not a rate")

const (
	notLess = " but not less than "
	notMore = " but not more than "
	free    = "Free"
)

// rate reads a rate whose blanks are single.
func (g grammar) rate(s string) (*Rate, error) {
	r := new(Rate)
	if s == free {
		r.plain, r.text = true, free
		return r, nil
	}
	if rest, ok := strings.CutPrefix(s, "total "); ok && g.flat {
		t, err := g.term(rest, r)
		if err != nil {
			return nil, err
		}
		if t.kind != adValorem {
			return nil, fmt.Errorf("a total rate is a percentage, not %q: write one like total 15%%", rest)
		}
		r.total, r.percent, r.fraction = true, t.amount, t.factor
		r.text = "total " + t.String()
		return r, nil
	}
	var err error
	sum, clauses := cutClause(s)
	if r.sum, err = g.terms(sum, r); err != nil {
		return nil, err
	}
	for clauses != "" {
		bound := &r.least
		if strings.HasPrefix(clauses, notMore) {
			bound = &r.most
		}
		if *bound != nil {
			return nil, fmt.Errorf("%q says a second time what the rate is bounded by", strings.TrimSpace(clauses))
		}
		var body string
		body, clauses = cutClause(clauses[len(notLess):])
		if *bound, err = g.terms(body, r); err != nil {
			return nil, err
		}
	}
	r.plain = r.least == nil && r.most == nil
	for i := range r.sum {
		if t := &r.sum[i]; t.kind == adValorem {
			r.percent = r.percent.Add(t.amount)
			r.fraction = r.fraction.Add(t.factor)
		} else {
			r.plain = false
		}
	}
	r.text = r.write()
	return r, nil
}

// cutClause cuts s before its first bound.
func cutClause(s string) (before, clauses string) {
	at := -1
	for _, c := range [...]string{notLess, notMore} {
		if i := strings.Index(s, c); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return s, ""
	}
	return s[:at], s[at:]
}

func (g grammar) terms(s string, r *Rate) ([]term, error) {
	var out []term
	for addend := range strings.SplitSeq(s, "+") {
		t, err := g.term(strings.TrimSpace(addend), r)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// term reads one addend and settles the currency of the rate.
func (g grammar) term(s string, r *Rate) (term, error) {
	if number, ok := strings.CutSuffix(s, "%"); ok {
		d, err := parseUnsigned(number)
		if err != nil {
			return term{}, err
		}
		return term{kind: adValorem, amount: d, factor: d.Mul(percentFactor)}, nil
	}
	t := term{kind: specific}
	head, tail, isLess := strings.Cut(s, " less ")
	var err error
	if t.amount, t.unit, err = g.each(head, r); err != nil {
		return term{}, err
	}
	if !isLess {
		return t, nil
	}
	less, under, ok := strings.Cut(tail, " for each degree under ")
	under, ok2 := strings.CutSuffix(under, " degrees")
	if !ok || !ok2 || t.unit == "" {
		return term{}, fmt.Errorf("%q %w", s, errNoForm)
	}
	var unit Unit
	if t.less, unit, err = g.each(less, r); err != nil {
		return term{}, err
	}
	if unit != t.unit {
		return term{}, fmt.Errorf("%q takes an amount for each %s off one for each %s: write both for the same unit", s, unit, t.unit)
	}
	if t.under, err = parseUnsigned(under); err != nil {
		return term{}, err
	}
	t.kind = degrees
	return t, nil
}

// each reads an amount of money and the unit that it is for.
func (g grammar) each(s string, r *Rate) (d Decimal, u Unit, err error) {
	d, currency, rest, ok := g.amount(s)
	if !ok {
		return Decimal{}, "", fmt.Errorf("%q %w", s, errNoForm)
	}
	if r.currency == "" {
		r.currency = currency
	}
	if r.currency != currency {
		return Decimal{}, "", fmt.Errorf("one rate has amounts in %s and in %s: write them in one currency", r.currency, currency)
	}
	unit, slash := strings.CutPrefix(rest, "/")
	switch {
	case slash:
		u, err = ParseUnit(unit)
		return d, u, err
	case rest == " each":
		return d, Number, nil
	case rest == "" && g.flat:
		return d, "", nil
	}
	return Decimal{}, "", fmt.Errorf("%q %w", s, errNoForm)
}

// packAmount reads "4.4 cents" and "1.035 USD".
func packAmount(s string) (d Decimal, currency, rest string, ok bool) {
	number, rest, ok := strings.Cut(s, " ")
	if !ok {
		return Decimal{}, "", "", false
	}
	d, err := parseUnsigned(number)
	if err != nil {
		return Decimal{}, "", "", false
	}
	if after, ok := strings.CutPrefix(rest, "cents"); ok {
		return d.Mul(percentFactor), "USD", after, true
	}
	if len(rest) < 3 || !isCurrency(rest[:3]) {
		return Decimal{}, "", "", false
	}
	return d, rest[:3], rest[3:], true
}

func parseUnsigned(s string) (Decimal, error) {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return Decimal{}, fmt.Errorf("number %q has a sign: a rate is written without", s)
	}
	return ParseDecimal(s)
}

// percentFactor is 1 %, and one cent.
var percentFactor = NewDecimal(1, 2)

// write returns the canonical text.
func (r *Rate) write() string {
	var b strings.Builder
	for i, terms := range [...][]term{r.sum, r.least, r.most} {
		if terms == nil {
			continue
		}
		b.WriteString([...]string{"", notLess, notMore}[i])
		for j := range terms {
			if j > 0 {
				b.WriteString(" + ")
			}
			b.WriteString(terms[j].write(r.currency))
		}
	}
	return b.String()
}

func (t *term) String() string { return t.write("") }

func (t *term) write(currency string) string {
	if t.kind == adValorem {
		return t.amount.String() + "%"
	}
	each := func(d Decimal) string {
		s := d.String() + " " + currency
		// Less than a dollar reads better in cents; and what was written in cents
		// may have more places in dollars than ParseDecimal takes.
		if currency == "USD" && !d.IsZero() && (d.Cmp(NewDecimal(1, 0)) < 0 || !d.Round(maxFrac, Down).Equal(d)) {
			s = d.Mul(NewDecimal(100, 0)).String() + " cents"
		}
		if t.unit != "" {
			s += "/" + string(t.unit)
		}
		return s
	}
	if t.kind == degrees {
		return each(t.amount) + " less " + each(t.less) + " for each degree under " + t.under.String() + " degrees"
	}
	return each(t.amount)
}

// Flat reports whether the rate has amounts that are for the whole of what is
// entered, whatever its value and quantity.
func (r *Rate) Flat() bool {
	flat := func(terms []term) bool {
		return slices.ContainsFunc(terms, func(t term) bool { return t.kind == specific && t.unit == "" })
	}
	return flat(r.sum) || flat(r.least) || flat(r.most)
}
