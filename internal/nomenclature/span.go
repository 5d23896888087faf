package nomenclature

import (
	"iter"

	"github.com/navicert/navicert/internal/quantity"
)

// All returns the lines of all times, in order of their codes and periods.
func (t *Table) All() iter.Seq[*Line] {
	return func(yield func(*Line) bool) {
		if t == nil {
			return
		}
		t.read()
		for i := range t.lines {
			if !yield(&t.lines[i]) {
				return
			}
		}
	}
}

// Periods returns the periods of the lines that are the code or lie within it,
// in the order of their codes.
func (t *Table) Periods(c Code) iter.Seq[quantity.Period] {
	return func(yield func(quantity.Period) bool) {
		if t == nil {
			return
		}
		t.read()
		i := t.first(c)
		for ; i < len(t.lines) && t.lines[i].Code.HasPrefix(c); i++ {
			if !yield(t.lines[i].Period) {
				return
			}
		}
	}
}

// Within returns the codes longer than c and within it that were ever lines, in
// order, with the periods of their lines, oldest first.
func (t *Table) Within(c Code) iter.Seq2[Code, []quantity.Period] {
	return func(yield func(Code, []quantity.Period) bool) {
		if t == nil {
			return
		}
		t.read()
		i := t.first(c)
		for i < len(t.lines) && t.lines[i].Code.HasPrefix(c) {
			code := t.lines[i].Code
			var lives []quantity.Period
			for ; i < len(t.lines) && t.lines[i].Code == code; i++ {
				lives = append(lives, t.lines[i].Period)
			}
			if code != c && !yield(code, lives) {
				return
			}
		}
	}
}

// Begins returns the first instant of which the table holds a line;
// quantity.MaxInstant for an empty table.
func (t *Table) Begins() quantity.Instant {
	if t == nil {
		return quantity.MaxInstant
	}
	t.read()
	return t.begins
}
