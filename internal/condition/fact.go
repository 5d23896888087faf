package condition

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Type is what values a fact takes.
type Type uint8

// The types of fact, and how conditions see them.
const (
	Bool        Type = iota + 1 // CEL bool
	Number                      // CEL double, kept as an exact decimal
	Enum                        // CEL string, one of the fact's values
	Text                        // CEL string
	InstantType                 // CEL timestamp, to the second
	Party                       // CEL string: the name of a person or firm, which listed() looks up
)

var typeNames = [...]string{"none", "bool", "number", "enum", "text", "instant", "party"}

// ParseType reads a type by its name in a pack: bool, number, enum, text,
// instant or party.
func ParseType(s string) (Type, error) {
	if i := slices.Index(typeNames[1:], s); i >= 0 {
		return Type(i + 1), nil
	}
	return 0, fmt.Errorf("%q is not a type of fact: write %s", s, either(typeNames[1:]))
}

// String returns the type's name in a pack.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return typeNames[0]
}

// a returns the type with its article, as messages speak of it.
func (t Type) a() string {
	if t == Enum || t == InstantType {
		return "an " + t.String()
	}
	return "a " + t.String()
}

// Kind tells what it means that a case does not give a fact.
type Kind uint8

// The kinds of fact.
const (
	Attribute Kind = iota // not given: unknown
	Claim                 // not given: not claimed, absent
)

// ParseKind reads a kind by its name in a pack: attribute or claim.
func ParseKind(s string) (Kind, error) {
	switch s {
	case "attribute":
		return Attribute, nil
	case "claim":
		return Claim, nil
	}
	return 0, fmt.Errorf("%q is not a kind of fact: write attribute or claim", s)
}

// String returns the kind's name in a pack.
func (k Kind) String() string {
	if k == Claim {
		return "claim"
	}
	return "attribute"
}

// Fact declares a fact that conditions read.
type Fact struct {
	Name     string // dotted: goods.Dy
	Type     Type
	Kind     Kind
	Unit     string            // of a number, in words
	Question string            // that people are asked
	Where    string            // where they find the answer
	Values   []string          // of an enum
	Min, Max *quantity.Decimal // ends of a number's domain, both within it; nil: 0 and no end
	Group    string            // numbers of one group are parts of one whole
	Absent   string            // how the absent value reads in words
	Formula  string            // by which a number is computed from other facts, "" where it is not; see [Env.Formulas]
	Implied  []Implied
	Usual    []Implied // what a closed case takes that does not state the fact
	Pack     string    // id of the declaring pack; "" for built-in facts
	Position string    // file:line of the declaration

	form form
}

// Implied is a value that a goods code settles: goods within Goods have it
// unless the case says otherwise.
type Implied struct {
	Goods nomenclature.Code
	Value Value
}

// form is the shape of a built-in fact's text.
type form uint8

const (
	anyText form = iota
	countryText
)

var (
	nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	// reserved are the words that CEL keeps to itself, anywhere in a name.
	reserved = strings.Fields("as break const continue else false for function if import in let loop package namespace null return true var void while")
	// taken are CEL's own identifiers, as whole names.
	taken = strings.Fields("bool bytes double duration dyn int list listed map null_type optional_type string timestamp type uint")
)

// Validate checks the declaration itself and returns every fault, joined; nil
// where it is sound.
func (f *Fact) Validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("fact %s: %w", f.Name, fmt.Errorf(format, args...)))
	}
	switch {
	case f.Name == "":
		faults = append(faults, errors.New("a fact has no name: write a dotted one like goods.Dy"))
	case !nameForm.MatchString(f.Name):
		faults = append(faults, fmt.Errorf("%q cannot name a fact: use letters, digits and _ between dots, like goods.Dy", f.Name))
	default:
		for part := range strings.SplitSeq(f.Name, ".") {
			if slices.Contains(reserved, part) {
				fault("%q is a word that conditions keep to themselves: choose another", part)
			}
		}
		if slices.Contains(taken, f.Name) {
			fault("the name means something else in conditions: choose another, like goods.%s", f.Name)
		}
	}
	if f.Type < Bool || f.Type > Party {
		fault("it has no type: write %s", either(typeNames[1:]))
		return errors.Join(faults...)
	}
	switch {
	case f.Type == Enum && len(f.Values) == 0:
		fault("an enum needs values: list what it may be")
	case f.Type != Enum && len(f.Values) > 0:
		fault("only an enum has values, and this is %s: leave them out or write type: enum", f.Type.a())
	}
	for i, v := range f.Values {
		switch {
		case strings.TrimSpace(v) != v || v == "":
			fault("the value %q is empty or has spaces around it", v)
		case slices.Contains(f.Values[:i], v):
			fault("the value %q is there twice", v)
		}
	}
	if f.Formula != "" && (f.Type != Number || f.Kind == Claim) {
		fault("only an attribute that is a number has a formula")
	}
	if f.Type != Number {
		if f.Min != nil || f.Max != nil {
			fault("only a number has min and max, and this is %s", f.Type.a())
		}
		if f.Group != "" {
			fault("only numbers are parts of a group, and this is %s", f.Type.a())
		}
	} else if low, high := f.bounds(); high != nil && high.Cmp(low) < 0 {
		fault("max %s is less than min %s", high, low)
	}
	for _, m := range slices.Concat(f.Implied, f.Usual) {
		if err := f.Check(m.Value); err != nil {
			fault("the value implied by %s: %w", m.Goods, err)
		} else if m.Value.IsUnknown() {
			fault("goods %s imply no value", m.Goods)
		}
	}
	return errors.Join(faults...)
}

// bounds returns the ends of a number's domain, both within it; high is nil
// where there is none.
func (f *Fact) bounds() (low quantity.Decimal, high *quantity.Decimal) {
	if f.Min != nil {
		low = *f.Min
	}
	return low, f.Max
}

// allowed says in words what numbers the fact takes.
func (f *Fact) allowed() string {
	low, high := f.bounds()
	s := fmt.Sprintf("a number, %s or more", low)
	if high != nil {
		s = fmt.Sprintf("a number from %s to %s", low, high)
	}
	if f.Unit != "" {
		s += " (" + f.Unit + ")"
	}
	return s
}

// Check reports whether the fact can have the value. Unknown and absent are
// always allowed. The error names the fact's domain.
func (f *Fact) Check(v Value) error {
	if !v.IsKnown() {
		return nil
	}
	if v.kind != f.Type.values() {
		return fmt.Errorf("%s is %s and cannot be %s", f.Name, f.Type.a(), v)
	}
	switch f.Type {
	case Number:
		low, high := f.bounds()
		if v.number.Cmp(low) < 0 || high != nil && v.number.Cmp(*high) > 0 {
			return fmt.Errorf("%s cannot be %s: it takes %s", f.Name, v, f.allowed())
		}
	case Enum:
		if !slices.Contains(f.Values, v.text) {
			if near := nearest(v.text, f.Values); near != "" {
				return fmt.Errorf("%q is not a value of %s: did you mean %s? It takes %s", v.text, f.Name, near, either(f.Values))
			}
			return fmt.Errorf("%q is not a value of %s: it takes %s", v.text, f.Name, either(f.Values))
		}
	case Text, Party:
		if v.text == "" && !v.hypothetical {
			return fmt.Errorf("%s is empty: give a text, or leave it out where it is not known", f.Name)
		}
		return f.checkForm(v.text)
	}
	return nil
}

// values returns the kind of value that facts of the type take.
func (t Type) values() valueKind {
	switch t {
	case Bool:
		return boolValue
	case Number:
		return numberValue
	case InstantType:
		return instantValue
	case Enum, Text, Party:
		return textValue
	}
	return unknownValue
}

// checkForm checks that the text of a built-in fact is written as the facts
// hold it.
func (f *Fact) checkForm(s string) error {
	var canonical string
	switch f.form {
	case countryText:
		c, err := nomenclature.ParseCountry(s)
		if err != nil {
			return err
		}
		canonical = string(c)
	default:
		return nil
	}
	if s != canonical {
		return fmt.Errorf("%s holds %q as %q: write it so", f.Name, s, canonical)
	}
	return nil
}

// ParseValue reads a value as a person writes it on a command line or in a case
// file, and checks it against the fact's domain. "unknown", "absent" and the
// fact's own word for absent are understood for every type, unless an enum has
// such a value. A bool is true or false, yes or no; a number a plain decimal (a
// per cent sign is passed over where the unit is one); an instant RFC 3339 with
// its offset, seconds optional; built-in countries and codes are brought to the
// form in which facts hold them. The error says what is allowed.
func (f *Fact) ParseValue(s string) (Value, error) { return f.ParseValueIn(s, nil) }

// ParseValueIn is [Fact.ParseValue] with the zone in which a day stands for its
// first instant. Where zone is nil, a day is refused.
func (f *Fact) ParseValueIn(s string, zone *time.Location) (Value, error) {
	s = strings.TrimSpace(s)
	if f.Type == Enum && slices.Contains(f.Values, s) {
		return TextValue(s), nil
	}
	switch {
	case strings.EqualFold(s, wordUnknown):
		return Value{}, nil
	case strings.EqualFold(s, wordAbsent), f.Absent != "" && strings.EqualFold(s, f.Absent):
		return AbsentValue(), nil
	}
	var v Value
	switch f.Type {
	case Bool:
		switch strings.ToLower(s) {
		case "true", "yes":
			return BoolValue(true), nil
		case "false", "no":
			return BoolValue(false), nil
		}
		return Value{}, fmt.Errorf("%q is neither yes nor no: %s takes true, yes, false or no", s, f.Name)
	case Number:
		digits := s
		if strings.HasPrefix(f.Unit, "%") {
			digits = strings.TrimSpace(strings.TrimSuffix(s, "%"))
		}
		d, err := quantity.ParseDecimal(digits)
		if err != nil {
			return Value{}, fmt.Errorf("%s takes %s: %w", f.Name, f.allowed(), err)
		}
		v = NumberValue(d)
	case Enum:
		for _, known := range f.Values {
			if strings.EqualFold(s, known) {
				return TextValue(known), nil
			}
		}
		v = TextValue(s)
	case InstantType:
		m, err := quantity.ParseMoment(s)
		if err != nil {
			return Value{}, fmt.Errorf("%s is an instant: %w", f.Name, err)
		}
		if m.IsDate() && zone == nil {
			return Value{}, fmt.Errorf("%s is a day, and %s is an instant: add the time and its offset, like %sT00:01-04:00", s, f.Name, s)
		}
		return InstantValue(m.Instant(zone)), nil
	case Text, Party:
		switch f.form {
		case countryText:
			c, err := nomenclature.ParseCountry(s)
			if err != nil {
				return Value{}, err
			}
			return TextValue(string(c)), nil
		}
		v = TextValue(s)
	default:
		return Value{}, fmt.Errorf("fact %s has no type", f.Name)
	}
	if err := f.Check(v); err != nil {
		return Value{}, err
	}
	return v, nil
}

// either joins the alternatives in words, at most twelve of them.
func either(words []string) string {
	const most = 12
	switch n := len(words); {
	case n == 0:
		return "nothing"
	case n == 1:
		return words[0]
	case n > most:
		return fmt.Sprintf("%s or one of %d others", strings.Join(words[:most], ", "), n-most)
	default:
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
}

// nearest returns the known word that was probably meant: one with the same last
// part, or few edits away; "" where there is none. Case is passed over.
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, least := "", len(word)/3+2
	for _, k := range known {
		low := strings.ToLower(k)
		d := edits(word, low)
		if strings.HasSuffix(low, "."+word) || strings.HasSuffix(word, "."+low) {
			d = min(d, 1)
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// edits counts the insertions, deletions, substitutions and swaps of neighbours
// that lead from a to b.
func edits(a, b string) int {
	two, one := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, one[j]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}
