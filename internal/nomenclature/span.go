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
		for i := range t.lines {
			if !yield(&t.lines[i]) {
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
	return t.begins
}
