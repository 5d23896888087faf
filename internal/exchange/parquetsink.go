package exchange

import (
	"fmt"
	"io"
	"reflect"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/snappy"

	"github.com/navicert/navicert/internal/quantity"
)

// parquetSink writes amounts and rates as decimals and everything else as text;
// an empty cell is null.
type parquetSink struct {
	out    io.Writer
	w      *parquet.GenericWriter[any] // nil before the first rows are written
	header []string
	kinds  []kind
	first  []int   // leaf of each column
	full   *nested // of the column of determinations; nil: there is none
	rows   []parquet.Row
	filled int
	buffer []byte // behind the texts of the rows that are filled
}

func newParquetSink(out io.Writer, header []string, kinds []kind, full *nested) (*parquetSink, error) {
	s := &parquetSink{out: out, header: header, kinds: kinds, full: full}
	leaf := 0
	for i := range header {
		s.first = append(s.first, leaf)
		if leaf++; kinds[i] == whole {
			leaf += full.leaves - 1
		}
	}
	for range 256 {
		s.rows = append(s.rows, make(parquet.Row, 0, leaf))
	}
	return s, nil
}

// begin makes the columns, those of texts as the rows that are filled suggest: by
// a dictionary where texts come again.
func (s *parquetSink) begin() {
	root := table{Group: parquet.Group{}}
	for i, name := range s.header {
		for n := 2; root.Group[name] != nil; n++ { // two columns of one name
			name = fmt.Sprintf("%s_%d", s.header[i], n)
		}
		var node parquet.Node
		switch s.kinds[i] {
		case money2:
			node = parquet.Decimal(2, 18, parquet.Int64Type)
		case count:
			node = parquet.Int(64)
		case rate4:
			node = parquet.Decimal(4, 18, parquet.Int64Type)
		default:
			node = parquet.String()
			if s.comesAgain(s.first[i]) {
				node = parquet.Encoded(node, &parquet.RLEDictionary)
			}
		}
		if s.kinds[i] == whole {
			node = s.full.node
		} else {
			node = parquet.Optional(parquet.Compressed(node, &snappy.Codec{}))
		}
		root.Group[name] = node
		root.fields = append(root.fields, tableField{node, name})
	}
	s.w = parquet.NewGenericWriter[any](s.out, parquet.NewSchema("answers", &root), parquet.CreatedBy("navicert", "", ""), parquet.MaxRowsPerRowGroup(rowsPerGroup))
}

// comesAgain reports whether fewer than half of the texts of a leaf, in the rows
// that are filled, are of one row alone.
func (s *parquetSink) comesAgain(leaf int) bool {
	seen := map[string]bool{}
	texts := 0
	for _, row := range s.rows[:s.filled] {
		for _, v := range row {
			if v.Column() == leaf && !v.IsNull() {
				texts++
				seen[string(v.ByteArray())] = true
			}
		}
	}
	return 2*len(seen) <= texts || texts < 16
}

// rowsPerGroup bounds what is in memory before it is written.
const rowsPerGroup = 1 << 16

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

func (s *parquetSink) Write(cells []string, full any) error {
	row := s.rows[s.filled][:0]
	for i, c := range cells {
		first := s.first[i]
		switch {
		case s.kinds[i] == whole:
			if v := reflect.ValueOf(full); !v.IsValid() || v.IsNil() {
				row = s.full.root.nulls(row, first, 0, 0)
			} else {
				row = s.full.append(row, full, first)
			}
		case c == "":
			row = append(row, parquet.NullValue().Level(0, 0, first))
		case s.kinds[i] == text:
			start := len(s.buffer)
			s.buffer = append(s.buffer, c...)
			row = append(row, parquet.ByteArrayValue(s.buffer[start:len(s.buffer):len(s.buffer)]).Level(0, 1, first))
		default:
			n, err := unscaled(c, s.kinds[i])
			if err != nil {
				return err
			}
			row = append(row, parquet.Int64Value(n).Level(0, 1, first))
		}
	}
	s.rows[s.filled] = row
	if s.filled++; s.filled < len(s.rows) {
		return nil
	}
	return s.flush()
}

// unscaled is a decimal as so many of its last place.
func unscaled(cell string, k kind) (int64, error) {
	places := 0
	switch k {
	case money2:
		places = 2
	case rate4:
		places = 4
	}
	if point := len(cell) - places - 1; places > 0 && point > 0 && cell[point] == '.' && len(cell) < 18 { // as it was written
		var memory [18]byte
		if n, err := strconv.ParseInt(string(append(append(memory[:0], cell[:point]...), cell[point+1:]...)), 10, 64); err == nil {
			return n, nil
		}
	}
	d, err := quantity.ParseDecimal(cell)
	if err != nil {
		return 0, err
	}
	return d.Unscaled(places)
}

func (s *parquetSink) flush() error {
	if s.w == nil {
		s.begin()
	}
	_, err := s.w.WriteRows(s.rows[:s.filled])
	s.filled, s.buffer = 0, s.buffer[:0]
	return err
}

func (s *parquetSink) Finish(Sheets) error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.w.Close()
}
