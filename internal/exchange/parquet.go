package exchange

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// columnar is a table in a Parquet file. It is read column by column, some rows
// ahead.
type columnar struct {
	file    *os.File
	in      *parquet.File
	columns []string
	leaves  []leaf   // of the columns
	ignored []string // columns that hold lists
	groups  []parquet.RowGroup
	begun   bool  // the first of the groups is being read,
	before  int   // which begins after so many rows of the file
	ahead   int   // rows read ahead,
	taken   int   // of which so many are taken
	failed  error // that comes after the rows read ahead
	number  int
	done    atomic.Int64
}

// rowsAhead is how many rows are read ahead.
const rowsAhead = 256

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
		return nil, fmt.Errorf("no Parquet file that can be read (or one that was cut off: its directory is at its end): %w", err)
	}
	c = &columnar{file: f, in: in, groups: in.RowGroups()}
	c.lay(in.Schema())
	switch {
	case len(c.columns) > 0:
		return c, nil
	case len(c.ignored) > 0:
		return nil, fmt.Errorf("the file has no plain columns: %s hold lists, which are no cells of a row", strings.Join(c.ignored, ", "))
	}
	return nil, errors.New("the file has no columns")
}

// lay finds the columns. The members of a group are columns with dotted names, as the
// objects within an object of NDJSON; a column that holds a list anywhere within is
// ignored.
func (c *columnar) lay(schema *parquet.Schema) {
	listed := map[string]bool{}
	for _, path := range schema.Columns() {
		if leaf, ok := schema.Lookup(path...); !ok || leaf.MaxRepetitionLevel > 0 {
			listed[path[0]] = true
		}
	}
	for at, path := range schema.Columns() {
		if listed[path[0]] {
			if !slices.Contains(c.ignored, path[0]) {
				c.ignored = append(c.ignored, path[0])
			}
			continue
		}
		column, _ := schema.Lookup(path...)
		c.leaves = append(c.leaves, leaf{at: at, most: byte(column.MaxDefinitionLevel), text: textOf(column.Node.Type()), plain: isText(column.Node.Type())})
		c.columns = append(c.columns, strings.Join(path, "."))
	}
}

// Ignored returns the columns of a file that are not read, because they hold lists
// or documents and no cells.
func Ignored(s Source) []string {
	switch s := s.(type) {
	case *spooled:
		return Ignored(s.Source)
	case *columnar:
		return s.ignored
	case *ndjson:
		return s.ignored
	}
	return nil
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

// textOf tells how values of a type are written as cells: it appends the text.
func textOf(t parquet.Type) func([]byte, parquet.Value) []byte {
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *format.DateType:
			return func(b []byte, v parquet.Value) []byte {
				return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(b, time.DateOnly)
			}
		case *format.TimestampType:
			if !l.IsAdjustedToUTC {
				return func(b []byte, v parquet.Value) []byte { return local(b, instant(v.Int64(), l.Unit)) }
			}
			return func(b []byte, v parquet.Value) []byte {
				return instant(v.Int64(), l.Unit).AppendFormat(b, "2006-01-02T15:04:05Z07:00")
			}
		case *format.TimeType:
			return func(b []byte, v parquet.Value) []byte {
				n := v.Int64()
				if v.Kind() == parquet.Int32 {
					n = int64(v.Int32())
				}
				return instant(n, l.Unit).AppendFormat(b, "15:04:05.999999999")
			}
		case *format.IntType:
			if !l.IsSigned {
				return func(b []byte, v parquet.Value) []byte {
					if v.Kind() == parquet.Int32 {
						return strconv.AppendUint(b, uint64(v.Uint32()), 10)
					}
					return strconv.AppendUint(b, v.Uint64(), 10)
				}
			}
		case *format.UUIDType:
			return func(b []byte, v parquet.Value) []byte {
				id := v.ByteArray()
				return fmt.Appendf(b, "%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
			}
		case *format.DecimalType:
			return func(b []byte, v parquet.Value) []byte { return append(b, decimalText(v, int(l.Scale))...) }
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendBool(b, v.Boolean()) }
	case parquet.Int32:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, int64(v.Int32()), 10) }
	case parquet.Int64:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, v.Int64(), 10) }
	case parquet.Int96: // how older programs keep instants
		return func(b []byte, v parquet.Value) []byte { return oldStamp(b, v.Int96()) }
	case parquet.Float:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendFloat(b, float64(v.Float()), 'f', -1, 32) }
	case parquet.Double: // the shortest decimal that is this number, or its certain digits: what was meant
		return func(b []byte, v parquet.Value) []byte {
			first := len(b)
			if b = strconv.AppendFloat(b, v.Double(), 'f', -1, 64); len(b)-first > 16 {
				b = append(b[:first], shown(v.Double())...)
			}
			return b
		}
	}
	return func(b []byte, v parquet.Value) []byte { return append(b, v.ByteArray()...) }
}

// isText reports whether values of a type are their own texts.
func isText(t parquet.Type) bool {
	if logical := t.LogicalType(); logical != nil {
		if _, ok := logical.Value.(*format.DecimalType); ok {
			return false
		}
	}
	return t.Kind() == parquet.ByteArray
}

// instant is n units after the beginning of 1970 in UTC.
func instant(n int64, unit format.TimeUnit) time.Time {
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(n).UTC()
	case *format.MicroSeconds:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

// local writes a time of no zone: at midnight it is the day, as programs keep days so,
// and else no instant, since nobody knows its offset.
func local(b []byte, at time.Time) []byte {
	if at.Equal(at.Truncate(24 * time.Hour)) {
		return at.AppendFormat(b, time.DateOnly)
	}
	return at.AppendFormat(b, "2006-01-02T15:04:05")
}

// oldStamp is an instant as a Julian day and the nanoseconds of it, the lowest word
// first.
func oldStamp(b []byte, n deprecated.Int96) []byte {
	const epoch = 2_440_588 // the Julian day of 1970-01-01
	at := time.Unix((int64(n[2])-epoch)*86400, int64(n[1])<<32|int64(n[0]))
	return at.UTC().AppendFormat(b, "2006-01-02T15:04:05Z07:00")
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

func (c *columnar) Next(row *Row) error {
	for c.taken == c.ahead {
		if c.failed != nil {
			return c.failed
		}
		if len(c.groups) == 0 {
			return io.EOF
		}
		c.read()
	}
	c.number++
	c.done.Store(int64(c.number))
	row.Number, row.Faults, row.Cells = c.number, row.Faults[:0], row.Cells[:0]
	for i := range c.leaves {
		row.Cells = append(row.Cells, c.leaves[i].cells[c.taken])
	}
	c.taken++
	return nil
}

// read reads rows ahead. Where columns fail, the rows are good that all columns have,
// and the error is that of the column which has fewest.
func (c *columnar) read() {
	c.taken, c.ahead = 0, rowsAhead
	if !c.begun {
		c.before = c.number
		for i, chunks := 0, c.groups[0].ColumnChunks(); i < len(c.leaves); i++ {
			c.leaves[i].chunk = chunks[c.leaves[i].at]
		}
	}
	c.begun = true
	for i := range c.leaves {
		l := &c.leaves[i]
		err := l.read()
		if n := len(l.cells); n < c.ahead || n == c.ahead && c.failed == nil {
			c.ahead, c.failed = len(l.cells), c.at(i, err)
		}
	}
	if c.ahead == rowsAhead {
		return
	}
	if has, says := c.number+c.ahead-c.before, c.groups[0].NumRows(); c.failed == nil && int64(has) != says {
		c.failed = fmt.Errorf("after row %d: the file is broken: row group %d says that it has %d rows, and has %d", c.number+c.ahead, c.group(), says, has)
	}
	c.close()
	c.groups, c.begun = c.groups[1:], false
}

// group is the number of the row group being read, from 1.
func (c *columnar) group() int { return len(c.in.RowGroups()) - len(c.groups) + 1 }

// at gives an error of a column its place; nil for none.
func (c *columnar) at(column int, err error) error {
	if err == nil {
		return nil
	}
	l := &c.leaves[column]
	return fmt.Errorf("after row %d: row group %d, column %s, page %d (from row %d): %w", c.number+len(l.cells), c.group(), c.columns[column], l.begun, c.before+l.first+1, err)
}

// close ends the row group.
func (c *columnar) close() {
	for i := range c.leaves {
		c.leaves[i].close()
	}
}

// Progress is in rows.
func (c *columnar) Progress() (done, total int64) { return c.done.Load(), c.in.NumRows() }

// Close closes the file.
func (c *columnar) Close() error {
	c.close()
	return c.file.Close()
}
