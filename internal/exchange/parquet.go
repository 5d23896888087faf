package exchange

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// columnar is a table in a Parquet file.
type columnar struct {
	file    *os.File
	in      *parquet.File
	columns []string
	texts   []func(parquet.Value) string
	groups  []parquet.RowGroup
	rows    parquet.Rows // of the group being read; nil where none is
	buffer  []parquet.Row
	filled  []parquet.Row
	number  int
	done    atomic.Int64
}

func newParquet(name string) (c *columnar, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	in, err := openParquet(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("no Parquet file that can be read: %w", err)
	}
	c = &columnar{file: f, in: in, groups: in.RowGroups(), buffer: make([]parquet.Row, 256)}
	for _, field := range in.Schema().Fields() {
		if !field.Leaf() || field.Repeated() {
			return nil, fmt.Errorf("column %s is a %s: only plain columns can be read", field.Name(), kindOf(field))
		}
		c.columns = append(c.columns, field.Name())
		c.texts = append(c.texts, textOf(field.Type()))
	}
	if len(c.columns) == 0 {
		return nil, errors.New("the file has no columns")
	}
	return c, nil
}

// openParquet turns the panics of a library that meets a broken file into errors.
func openParquet(r io.ReaderAt, size int64) (f *parquet.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is broken: %v", p)
		}
	}()
	return parquet.OpenFile(r, size)
}

func kindOf(f parquet.Field) string {
	if f.Repeated() {
		return "list"
	}
	return "group"
}

// textOf tells how values of a type are written as cells.
func textOf(t parquet.Type) func(parquet.Value) string {
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DateType:
			return func(v parquet.Value) string {
				return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
			}
		case *format.TimestampType:
			return func(v parquet.Value) string { return stamp(v.Int64(), l.Unit) }
		case *format.DecimalType:
			return func(v parquet.Value) string { return decimalText(v, int(l.Scale)) }
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(v parquet.Value) string { return strconv.FormatBool(v.Boolean()) }
	case parquet.Int32:
		return func(v parquet.Value) string { return strconv.FormatInt(int64(v.Int32()), 10) }
	case parquet.Int64:
		return func(v parquet.Value) string { return strconv.FormatInt(v.Int64(), 10) }
	case parquet.Float:
		return func(v parquet.Value) string { return strconv.FormatFloat(float64(v.Float()), 'f', -1, 32) }
	case parquet.Double: // the shortest decimal that is this number: what was meant
		return func(v parquet.Value) string { return strconv.FormatFloat(v.Double(), 'f', -1, 64) }
	}
	return func(v parquet.Value) string { return string(v.ByteArray()) }
}

func stamp(n int64, unit format.TimeUnit) string {
	var at time.Time
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		at = time.UnixMilli(n)
	case *format.MicroSeconds:
		at = time.UnixMicro(n)
	default:
		at = time.Unix(0, n)
	}
	return at.UTC().Format("2006-01-02T15:04:05Z07:00")
}

// decimalText writes an unscaled number with its point.
func decimalText(v parquet.Value, scale int) string {
	var n big.Int
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default: // two's complement, the first byte first
		b := v.ByteArray()
		n.SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 {
			n.Sub(&n, new(big.Int).Lsh(big.NewInt(1), uint(len(b)*8)))
		}
	}
	sign, digits := "", new(big.Int).Abs(&n).String()
	if n.Sign() < 0 {
		sign = "-"
	}
	if scale <= 0 {
		return sign + digits
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

func (c *columnar) Columns() []string { return c.columns }

func (c *columnar) Next(row *Row) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("after row %d: the file is broken: %v", c.number, p)
		}
	}()
	for len(c.filled) == 0 {
		if c.rows == nil {
			if len(c.groups) == 0 {
				return io.EOF
			}
			c.rows, c.groups = c.groups[0].Rows(), c.groups[1:]
		}
		n, err := c.rows.ReadRows(c.buffer)
		c.filled = c.buffer[:n]
		if errors.Is(err, io.EOF) {
			err = c.rows.Close()
			c.rows = nil
		}
		if err != nil && n == 0 {
			return fmt.Errorf("after row %d: %w", c.number, err)
		}
	}
	values := c.filled[0]
	c.filled = c.filled[1:]
	c.number++
	c.done.Store(int64(c.number))
	row.Number, row.Faults, row.Cells = c.number, row.Faults[:0], row.Cells[:0]
	row.fit(len(c.columns))
	clear(row.Cells)
	for _, v := range values {
		if i := v.Column(); !v.IsNull() && i >= 0 && i < len(c.columns) {
			row.Cells[i] = strings.TrimSpace(c.texts[i](v))
		}
	}
	return nil
}

// Progress is in rows.
func (c *columnar) Progress() (done, total int64) { return c.done.Load(), c.in.NumRows() }

// Close closes the file.
func (c *columnar) Close() error {
	if c.rows != nil {
		c.rows.Close()
	}
	return c.file.Close()
}
