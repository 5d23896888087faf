package exchange

import (
	"fmt"
	"io"
	"reflect"
	"runtime"

	"github.com/parquet-go/parquet-go"

	"github.com/navicert/navicert/internal/quantity"
)

// parquetSink writes amounts and rates as decimals and everything else as text;
// an empty cell is null.
type parquetSink struct {
	file    *parquetFile
	kinds   []kind  // by column of the table
	full    *nested // of the column of determinations; nil: there is none
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
	return &parquetSink{file: newParquetFile(out, "answers", &root, nil), kinds: kinds, full: full, columns: columnsOf(&root, nil, 0, 0), workers: runtime.GOMAXPROCS(0)}
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
	return &parquetPart{kinds: s.kinds, full: s.full, columns: make([]values, len(s.columns))}
}

// WritePart implements [Sink].
func (s *parquetSink) WritePart(part Part) error {
	p := part.(*parquetPart)
	size := 0
	for i := range s.columns {
		s.columns[i].add(&p.columns[i])
		p.columns[i].reset()
		size += s.columns[i].waiting.size()
	}
	s.rows, p.rows = s.rows+p.rows, 0
	if s.rows >= rowsPerPage || size >= bytesPerPage {
		s.page()
	}
	return s.file.err
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
		size += len(s.columns[i].chunk.pages) + len(s.columns[i].distinct.plain)
	}
	if s.grouped >= rowsPerGroup || size >= bytesOfGroup {
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

// parquetPart is rows as values of columns.
type parquetPart struct {
	kinds   []kind
	full    *nested
	columns []values
	rows    int
	numbers []int64 // of a row
}

// Add implements [Part].
func (p *parquetPart) Add(r *Record) error {
	p.numbers = p.numbers[:0]
	before := text              // the kind of the number before
	for i, c := range r.cells { // before anything of the row is added
		if c.number < 0 {
			continue
		}
		d, kind := &r.numbers[c.number], p.kinds[len(r.file)+i]
		if c.number > 0 && *d == r.numbers[c.number-1] && kind == before { // the most, which is the least
			p.numbers = append(p.numbers, p.numbers[c.number-1])
			continue
		}
		n, err := d.Round(d.places, quantity.HalfUp).Unscaled(places(kind))
		if err != nil {
			return err
		}
		p.numbers, before = append(p.numbers, n), kind
	}
	for i, text := range r.file {
		if text == "" {
			p.columns[i].null()
		} else {
			addText(&p.columns[i], text)
		}
	}
	at, start := len(r.file), int32(0)
	for i, c := range r.cells {
		switch {
		case p.kinds[len(r.file)+i] == whole:
			if err := r.whole.sealed(); err != nil {
				return err
			}
			p.full.add(p.columns[at:], r.whole.value)
			at += p.full.leaves - 1
		case c.number >= 0:
			p.columns[at].number(p.numbers[c.number])
		case c.end == start:
			p.columns[at].null()
		default:
			addText(&p.columns[at], r.texts[start:c.end])
		}
		at, start = at+1, c.end
	}
	p.rows++
	return nil
}
