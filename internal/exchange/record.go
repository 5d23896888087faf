package exchange

import "github.com/navicert/navicert/internal/quantity"

// Record is a row being written: the cells of a file as they were read, then cells
// that were computed. Its memory is used again for the next row.
type Record struct {
	file    []string
	cells   []computed
	words   []string // cells that are texts of their own
	texts   []byte   // of the cells, one after another
	numbers []number
	whole   wholeAnswer
	wholeAt int    // which of all cells it is; -1: none
	all     []byte // memory of shown
	ends    []int
}

// wholeAnswer is a whole determination, which each format has in its own way.
type wholeAnswer struct {
	value      any                     // *determination.Document, or of an entry *determination.EntryDocument; nil: there is none
	appendJSON func(buf []byte) []byte // seals it too, if it is sealed by itself
	seal       func() error            // nil where it is not
}

// sealed gives the value its digest, if it is sealed by itself.
func (w *wholeAnswer) sealed() error {
	if w.seal == nil {
		return nil
	}
	return w.seal()
}

// computed is a cell that was computed: a text, a word or a number.
type computed struct {
	end int32 // of its text, which begins where that of the cell before ends
	is  cellKind
	at  int32 // among the words or numbers
}

type cellKind uint8

const (
	composed cellKind = iota // of the texts of the record
	word
	numeric
)

// number is a number that is shown with so many places after the point.
type number struct {
	quantity.Decimal
	places int
}

// begin begins a row with the cells of a file.
func (r *Record) begin(file []string) {
	r.file, r.cells, r.words, r.texts, r.numbers, r.whole, r.wholeAt = file, r.cells[:0], r.words[:0], r.texts[:0], r.numbers[:0], wholeAnswer{}, -1
}

// text ends a cell of text, which was appended to texts; an empty cell where
// nothing was.
func (r *Record) text() { r.cells = append(r.cells, computed{int32(len(r.texts)), composed, 0}) }

// word adds a cell of a text that is there already, and is kept as it is.
func (r *Record) word(s string) {
	r.cells = append(r.cells, computed{int32(len(r.texts)), word, int32(len(r.words))})
	r.words = append(r.words, s)
}

// number adds a cell that shows a number with so many places; an empty one where it
// is not known.
func (r *Record) number(d quantity.Decimal, places int, known bool) {
	if !known {
		r.text()
		return
	}
	r.cells = append(r.cells, computed{int32(len(r.texts)), numeric, int32(len(r.numbers))})
	r.numbers = append(r.numbers, number{d, places})
}

// shown returns the texts of the cells that were computed, one after another, and where
// each ends; that of a whole determination is left empty. The memory is used again.
func (r *Record) shown() (texts []byte, ends []int) {
	b, ends, start := r.all[:0], r.ends[:0], int32(0)
	for _, c := range r.cells {
		switch c.is {
		case composed:
			b = append(b, r.texts[start:c.end]...)
		case word:
			b = append(b, r.words[c.at]...)
		case numeric:
			n := &r.numbers[c.at]
			b = n.AppendFixed(b, n.places)
		}
		ends, start = append(ends, len(b)), c.end
	}
	r.all, r.ends = b, ends
	return b, ends
}

// strings appends all cells as texts.
func (r *Record) strings(buf []string) []string {
	buf = append(buf, r.file...)
	texts, ends := r.shown()
	all, begin := string(texts), 0 // one text for all that was computed
	for _, end := range ends {
		buf = append(buf, all[begin:end])
		begin = end
	}
	if r.whole.value != nil {
		buf[len(buf)-len(ends)-len(r.file)+r.wholeAt] = string(r.whole.appendJSON(nil))
	}
	return buf
}
