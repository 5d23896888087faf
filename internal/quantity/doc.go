// Package quantity answers what an amount, a rate, a unit, a day or a period
// is, and computes with them exactly. No value of this package changes after it
// was made, a number is never a float, and an amount is rounded only where the
// caller says so.
//
// The package reads no clock and no file, knows no measure and no country, and
// never guesses: a rate that it does not wholly understand is an error
// ([ErrNotReadable]), never a free one.
package quantity
