package exchange

import (
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/snappy"

	"github.com/navicert/navicert/internal/quantity"
)

// parquetSink writes amounts and rates as decimals and everything else as text;
// an empty cell is null.
type parquetSink struct {
	w      *parquet.GenericWriter[any]
	kinds  []kind
	rows   []parquet.Row
	filled int
}

func newParquetSink(out io.Writer, header []string, kinds []kind) (*parquetSink, error) {
	root := table{Group: parquet.Group{}}
	for i, name := range header {
		for n := 2; root.Group[name] != nil; n++ { // two columns of one name
			name = fmt.Sprintf("%s_%d", header[i], n)
		}
		var node parquet.Node
		switch kinds[i] {
		case money2:
			node = parquet.Decimal(2, 18, parquet.Int64Type)
		case rate4:
			node = parquet.Decimal(4, 18, parquet.Int64Type)
		default:
			node = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		}
		node = parquet.Optional(parquet.Compressed(node, &snappy.Codec{}))
		root.Group[name] = node
		root.fields = append(root.fields, tableField{node, name})
	}
	s := &parquetSink{w: parquet.NewGenericWriter[any](out, parquet.NewSchema("answers", &root), parquet.CreatedBy("navicert", "", "")), kinds: kinds}
	for range 256 {
		s.rows = append(s.rows, make(parquet.Row, len(header)))
	}
	return s, nil
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

func (s *parquetSink) Write(cells []string) error {
	row := s.rows[s.filled]
	for i, c := range cells {
		switch {
		case c == "":
			row[i] = parquet.NullValue().Level(0, 0, i)
		case s.kinds[i] == text:
			row[i] = parquet.ByteArrayValue([]byte(c)).Level(0, 1, i)
		default:
			n, err := unscaled(c, s.kinds[i])
			if err != nil {
				return err
			}
			row[i] = parquet.Int64Value(n).Level(0, 1, i)
		}
	}
	if s.filled++; s.filled < len(s.rows) {
		return nil
	}
	return s.flush()
}

// unscaled is a decimal as so many of its last place.
func unscaled(cell string, k kind) (int64, error) {
	d, err := quantity.ParseDecimal(cell)
	if err != nil {
		return 0, err
	}
	places := 2
	if k == rate4 {
		places = 4
	}
	return d.Unscaled(places)
}

func (s *parquetSink) flush() error {
	_, err := s.w.WriteRows(s.rows[:s.filled])
	s.filled = 0
	return err
}

func (s *parquetSink) Finish(*Totals) error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.w.Close()
}
