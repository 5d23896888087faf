package exchange

import (
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"

	"github.com/parquet-go/parquet-go"

	"github.com/navicert/navicert/internal/quantity"
)

// parquetSink writes amounts and rates as decimals and everything else as text;
// an empty cell is null.
type parquetSink struct {
	file    *parquetFile
	kinds   []kind   // by column of the table
	row     rowShape // of the table
	full    *nested  // of the column of determinations; nil: there is none
	columns []parquetColumn
	rows    int // that wait for a page
	grouped int // of the row group, those among them
	workers int // that encode columns
}

// What is in memory before it is written.
const (
	rowsPerPage  = 1 << 14
	bytesPerPage = 32 << 20 // of all columns
	rowsPerGroup = 1 << 16
	bytesOfGroup = 64 << 20

	// Of whole determinations, beside which more is remembered of the law.
	bytesPerWholePage = 4 << 20
	bytesOfWholeGroup = 16 << 20
)

func newParquetSink(out io.Writer, header []string, kinds []kind, full *nested) *parquetSink {
	root := table{Group: parquet.Group{}}
	for i, name := range header {
		for n := 2; root.Group[name] != nil; n++ { // two columns of one name
			name = fmt.Sprintf("%s_%d", header[i], n)
		}
		var node parquet.Node
		switch kinds[i] {
		case money2, rate4:
			node = parquet.Decimal(places(kinds[i]), 18, parquet.Int64Type)
		case count:
			node = parquet.Int(64)
		default:
			node = parquet.String()
		}
		if kinds[i] == whole {
			node = full.node
		} else {
			node = parquet.Optional(parquet.Compressed(node, new(quickSnappy)))
		}
		root.Group[name] = node
		root.fields = append(root.fields, tableField{node, name})
	}
	s := &parquetSink{file: newParquetFile(out, "answers", &root, nil), kinds: kinds, full: full, columns: columnsOf(&root, nil, 0, 0), workers: runtime.GOMAXPROCS(0)}
	s.lay()
	return s
}

// lay tells each column where its cells are in parts.
func (s *parquetSink) lay() {
	rest := s.columns
	for _, k := range s.kinds {
		if k == whole {
			for i := range rest[:s.full.leaves] {
				rest[i].kind, rest[i].at = whole, i
			}
			rest = rest[s.full.leaves:]
			continue
		}
		n := s.row.of(k)
		rest[0].kind, rest[0].at = k, *n
		*n++
		rest = rest[1:]
	}
}

// rowShape is how many cells of each kind a row has, but for a determination.
type rowShape struct{ words, phrases, numbers int }

func (r *rowShape) of(k kind) *int {
	switch k {
	case text:
		return &r.words
	case phrase:
		return &r.phrases
	}
	return &r.numbers
}

// places are those of the numbers of a column, after the point.
func places(k kind) int {
	switch k {
	case money2:
		return 2
	case rate4:
		return 4
	}
	return 0
}

// table is a group whose columns stay in their order.
type table struct {
	parquet.Group
	fields []parquet.Field
}

// Fields implements [parquet.Node].
func (t *table) Fields() []parquet.Field { return t.fields }

type tableField struct {
	parquet.Node
	name string
}

// Name implements [parquet.Field].
func (f tableField) Name() string { return f.name }

// Value implements [parquet.Field].
func (f tableField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}

// NewPart implements [Sink].
func (s *parquetSink) NewPart() Part {
	p := &parquetPart{kinds: s.kinds, row: s.row, full: s.full}
	if s.full != nil {
		p.leaves = make([]values, s.full.leaves)
	}
	return p
}

// WritePart implements [Sink].
func (s *parquetSink) WritePart(part Part) error {
	p := part.(*parquetPart)
	size := 0
	for i := range s.columns {
		s.columns[i].add(p)
		size += s.columns[i].waiting.size() + 4*len(s.columns[i].places)
	}
	s.rows += p.rows
	p.reset()
	if s.rows >= rowsPerPage || size >= s.most(bytesPerPage, bytesPerWholePage) {
		s.page()
	}
	return s.file.err
}

// most is the most of either, as there are whole determinations or not.
func (s *parquetSink) most(without, with int) int {
	if s.full != nil {
		return with
	}
	return without
}

// page makes a page of each column, of the rows that wait, and writes the row group
// where it is full.
func (s *parquetSink) page() {
	if s.rows == 0 {
		return
	}
	sideBySide(s.workers, len(s.columns), func(i int) { s.columns[i].encode() })
	s.grouped, s.rows = s.grouped+s.rows, 0
	size := 0
	for i := range s.columns {
		size += len(s.columns[i].chunk.pages) + s.columns[i].distinct.size()
	}
	if s.grouped >= rowsPerGroup || size >= s.most(bytesOfGroup, bytesOfWholeGroup) {
		s.group()
	}
}

// group writes the row group.
func (s *parquetSink) group() {
	if s.grouped == 0 {
		return
	}
	chunks := make([]columnChunk, len(s.columns))
	for i := range s.columns {
		c := &s.columns[i]
		c.end()
		chunks[i] = c.chunk
		s.file.fail(c.page.err)
	}
	s.file.group(s.grouped, chunks)
	s.grouped = 0
}

// Finish implements [Sink].
func (s *parquetSink) Finish(Sheets) error {
	s.page()
	s.group()
	return s.file.finish()
}

// parquetPart is rows whose cells are ready to be taken into columns. They are together row
// by row, where a row is written fastest.
type parquetPart struct {
	kinds   []kind
	row     rowShape
	full    *nested
	rows    int
	words   []string
	texts   []byte  // of the phrases, one after another
	phrases []int32 // where each ends
	numbers []int64
	leaves  []values // of determinations, column by column
}

// unknown is the number of a cell without one; a decimal of 18 digits is none such.
const unknown = math.MinInt64

func (p *parquetPart) reset() {
	p.rows, p.words, p.texts, p.phrases, p.numbers = 0, p.words[:0], p.texts[:0], p.phrases[:0], p.numbers[:0]
}

// Add implements [Part].
func (p *parquetPart) Add(r *Record) error {
	words, phrases, numbers := append(p.words, r.file...), p.phrases, p.numbers
	texts, start := p.texts, int32(0)
	before := text // the kind of the cell before, where it has a number
	for i, c := range r.cells {
		kind, same := p.kinds[len(r.file)+i], before
		before = text
		switch kind {
		case text:
			if c.is == word {
				words = append(words, r.words[c.at])
			} else {
				words = append(words, string(r.texts[start:c.end]))
			}
		case phrase:
			texts = append(texts, r.texts[start:c.end]...)
			phrases = append(phrases, int32(len(texts)))
		case whole:
		default:
			if c.is != numeric {
				numbers = append(numbers, unknown)
				break
			}
			before = kind
			if kind == same && r.numbers[c.at] == r.numbers[c.at-1] { // the most, which is the least
				numbers = append(numbers, numbers[len(numbers)-1])
				break
			}
			d := &r.numbers[c.at]
			n, err := d.Round(d.places, quantity.HalfUp).Unscaled(places(kind))
			if err != nil {
				return err // before anything of the row is added
			}
			numbers = append(numbers, n)
		}
		start = c.end
	}
	if p.full != nil {
		if err := r.whole.sealed(); err != nil {
			return err
		}
		p.full.add(p.leaves, r.whole.value)
	}
	p.words, p.texts, p.phrases, p.numbers = words, texts, phrases, numbers
	p.rows++
	return nil
}
