package condition

import (
	"strconv"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

type valueKind uint8

const (
	unknownValue valueKind = iota
	absentValue
	boolValue
	numberValue
	textValue
	instantValue
)

// Value is the value of a fact in one case: unknown, absent, or known. The zero
// value is unknown. A Value never changes.
//
// Absent means that there is no such thing: a claim that is not made, an
// attribute that goods do not have. An absent bool counts as false and an absent
// number as 0; every comparison with an absent enum, text, instant or party is
// false, so != is true.
type Value struct {
	kind         valueKind
	hypothetical bool   // a party whose lists are in bits
	bits         uint64 // bool: 1 is true; instant: its seconds; text: its key; hypothetical party: its lists
	number       quantity.Decimal
	text         string // enum, text, party
}

// BoolValue returns a known bool.
func BoolValue(b bool) Value {
	v := Value{kind: boolValue}
	if b {
		v.bits = 1
	}
	return v
}

// NumberValue returns a known number.
func NumberValue(d quantity.Decimal) Value { return Value{kind: numberValue, number: d} }

// TextValue returns a known enum value, text or party name.
func TextValue(s string) Value { return Value{kind: textValue, text: s, bits: textKey(s)} }

// InstantValue returns a known instant.
func InstantValue(i quantity.Instant) Value { return Value{kind: instantValue, bits: uint64(i)} }

// AbsentValue returns the value of a fact that is known not to be there.
func AbsentValue() Value { return Value{kind: absentValue} }

// PutText puts a known text, as [TextValue] makes it, in the place of a fact. Of the
// movement of each case several are put there, field by field: a value that was just made
// is waited for where it is copied.
func (f Facts) PutText(slot int, s string) { f[slot].put(textValue, textKey(s), quantity.Decimal{}, s) }

// PutNumber does so with a known number.
func (f Facts) PutNumber(slot int, d quantity.Decimal) { f[slot].put(numberValue, 0, d, "") }

// PutInstant does so with a known instant.
func (f Facts) PutInstant(slot int, i quantity.Instant) {
	f[slot].put(instantValue, uint64(i), quantity.Decimal{}, "")
}

func (v *Value) put(kind valueKind, bits uint64, number quantity.Decimal, text string) {
	v.kind, v.hypothetical, v.bits, v.number, v.text = kind, false, bits, number, text
}

// HypotheticalParty returns a party of that name that is on exactly these
// lists, given by their indexes below 64 (others are passed over): listed()
// answers for it from the lists given here and asks no [Lists].
func HypotheticalParty(name string, lists ...int) Value {
	v := Value{kind: textValue, text: name, hypothetical: true}
	for _, l := range lists {
		if l >= 0 && l < maxPartyLists {
			v.bits |= 1 << l
		}
	}
	return v
}

// IsUnknown reports whether nothing is known of the fact.
func (v Value) IsUnknown() bool { return v.kind == unknownValue }

// IsAbsent reports whether the fact is known not to be there.
func (v Value) IsAbsent() bool { return v.kind == absentValue }

// IsKnown reports whether the value is neither unknown nor absent.
func (v Value) IsKnown() bool { return v.kind > absentValue }

// Bool returns a known bool; ok is false for any other value.
func (v Value) Bool() (b, ok bool) {
	return v.kind == boolValue && v.bits != 0, v.kind == boolValue
}

// Number returns a known number; ok is false for any other value.
func (v Value) Number() (d quantity.Decimal, ok bool) {
	return v.number, v.kind == numberValue
}

// Text returns a known enum value, text or party name; ok is false for any other
// value.
func (v Value) Text() (s string, ok bool) { return v.text, v.kind == textValue }

// Instant returns a known instant; ok is false for any other value.
func (v Value) Instant() (i quantity.Instant, ok bool) {
	if v.kind != instantValue {
		return 0, false
	}
	return quantity.Instant(v.bits), true
}

// IsHypothetical reports whether the value was made by [HypotheticalParty].
func (v Value) IsHypothetical() bool { return v.hypothetical }

// OnList reports whether a hypothetical party is on the list. It is false for
// every other value.
func (v Value) OnList(list int) bool {
	return v.hypothetical && list >= 0 && list < maxPartyLists && v.bits>>list&1 != 0
}

// Equal reports whether the two values are the same: numbers by their value
// (0.20 and 0.2), all others by their content.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.hypothetical == w.hypothetical && v.bits == w.bits &&
		v.text == w.text && v.number.Cmp(w.number) == 0
}

// String returns "unknown", "absent", "true", "false", the plain number, the
// text, or the instant in UTC. [Fact.ParseValue] reads it back.
func (v Value) String() string {
	switch v.kind {
	case absentValue:
		return wordAbsent
	case boolValue:
		return strconv.FormatBool(v.bits != 0)
	case numberValue:
		return v.number.String()
	case textValue:
		return v.text
	case instantValue:
		return quantity.Instant(v.bits).Format(time.UTC)
	}
	return wordUnknown
}

// The words for values that are not known.
const (
	wordUnknown = "unknown"
	wordAbsent  = "absent"
)

// textKey returns the length of a text and its first seven bytes: texts with
// different keys differ, and short ones with the same key are the same. Most
// texts of facts are country codes, which are compared so at once.
func textKey(s string) uint64 {
	key := uint64(min(len(s), 255)) << 56
	for i := range min(len(s), 7) {
		key |= uint64(s[i]) << (8 * i)
	}
	return key
}

// short reports whether a key holds its whole text.
func short(key uint64) bool { return key>>56 <= 7 }

// key returns the key of the value's text.
func (v *Value) key() uint64 {
	if v.hypothetical {
		return textKey(v.text)
	}
	return v.bits
}
