// Package nomenclature answers what a goods code or a country name means: it
// reads codes of the Harmonized System and its national extensions, knows the
// countries of ISO 3166-1, and holds a schedule's lines by code and interval,
// with their designations, units and rates as printed.
//
// Values never change after construction. The package never decides whether a
// line is the right one for an article, and never reads a rate: it hands on the
// schedule's own words.
package nomenclature

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Code is a goods code as digits only: a chapter (2), heading (4), subheading
// (6), national line (8) or statistical line (10). The zero value, "", is the
// root above the chapters.
type Code string

// mostDigits is how many digits a code has at most.
const mostDigits = 10

// ParseCode reads a goods code of 2, 4, 6, 8 or 10 digits. Dots and spaces
// between the digits are passed over: "8505.11.00.70" and "8505 1100 70" are
// the same code.
func ParseCode(s string) (Code, error) {
	b, err := AppendCode(nil, s)
	return Code(b), err
}

// AppendCode is [ParseCode] for callers that reuse memory: it appends the digits
// to buf.
func AppendCode(buf []byte, s string) ([]byte, error) {
	var b [mostDigits]byte
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if n < len(b) {
				b[n] = c
			}
			n++
		case c != '.' && c != ' ':
			return buf, fmt.Errorf("%q is not a goods code: type digits, with or without dots, like 8505.11.00.70", s)
		}
	}
	switch {
	case n == 0:
		return buf, errors.New("the goods code is empty: type 2 to 10 digits, like 8505.11.00.70")
	case n > len(b):
		return buf, fmt.Errorf("goods code %q has %d digits: leave off what follows the tenth", s, n)
	case n%2 == 1:
		return buf, fmt.Errorf("goods code %q has %d digits, and codes have 2, 4, 6, 8 or 10: a spreadsheet may have lost a leading or a trailing zero, like that of 0805.10.00", s, n)
	case b[0] == '0' && b[1] == '0':
		return buf, fmt.Errorf("goods code %q is of chapter 00, and chapters begin with 01", s)
	}
	return append(buf, b[:n]...), nil
}

// Number is the digits of a code as a number, behind a one that keeps the zeros at its
// beginning: that of 0101 is 10101. Tables are looked up by it.
func Number[C ~string | ~[]byte](code C) uint64 {
	n := uint64(1)
	for i := range len(code) {
		n = n*10 + uint64(code[i]-'0')
	}
	return n
}

// Numbers goes through the [Number] of a code and of those that it lies within, the
// longest first.
func Numbers(c Code) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		n := Number(c)
		for left := len(c); left >= 2 && yield(n); left -= 2 {
			n /= 100
		}
	}
}

// String returns the code as schedules print it: 85, 8505, 8505.11,
// 8505.11.00, 8505.11.00.70.
func (c Code) String() string {
	if len(c) <= 4 {
		return string(c)
	}
	var b strings.Builder
	b.Grow(len(c) + 3)
	b.WriteString(string(c[:4]))
	for i := 4; i < len(c); i += 2 {
		b.WriteByte('.')
		b.WriteString(string(c[i:min(i+2, len(c))]))
	}
	return b.String()
}

// HasPrefix reports whether the code is p or lies within it.
func (c Code) HasPrefix(p Code) bool { return strings.HasPrefix(string(c), string(p)) }

// Digits returns the number of digits.
func (c Code) Digits() int { return len(c) }

// Parent returns the code shorter by two digits; that of a chapter is "".
func (c Code) Parent() Code {
	if len(c) < 2 {
		return ""
	}
	return c[:len(c)-2]
}
