package exchange

import "github.com/navicert/navicert/internal/quantity"

// Record is a row being written: the cells of a file as they were read, then cells
// that were computed. Its memory is used again for the next row.
type Record struct {
	file  []string
	cells []computed
	texts []byte // of the cells, one after another
	whole any    // the value behind a whole determination, where there is one
	all   []byte // memory of strings
	ends  []int
}

// computed is a cell that was computed: a text, or a number.
type computed struct {
	end    int // of its text, which begins where that of the cell before ends
	number quantity.Decimal
	places int  // of the number, after the point
	filled bool // it is a number, and it is known
}

// begin begins a row with the cells of a file.
func (r *Record) begin(file []string) {
	r.file, r.cells, r.texts, r.whole = file, r.cells[:0], r.texts[:0], nil
}

// text ends a cell of text, which was appended to texts; an empty cell where
// nothing was.
func (r *Record) text() { r.cells = append(r.cells, computed{end: len(r.texts)}) }

// number adds a cell that shows a number with so many places; an empty one where it
// is not known.
func (r *Record) number(d quantity.Decimal, places int, known bool) {
	if !known {
		r.text()
		return
	}
	r.cells = append(r.cells, computed{len(r.texts), d, places, true})
}

// strings appends all cells as texts.
func (r *Record) strings(buf []string) []string {
	buf = append(buf, r.file...)
	b, ends, start := r.all[:0], r.ends[:0], 0
	for i := range r.cells {
		c := &r.cells[i]
		if b = append(b, r.texts[start:c.end]...); c.filled {
			b = c.number.AppendFixed(b, c.places)
		}
		ends, start = append(ends, len(b)), c.end
	}
	r.all, r.ends = b, ends
	all, start := string(b), 0 // one text for all that was computed
	for _, end := range ends {
		buf = append(buf, all[start:end])
		start = end
	}
	return buf
}
