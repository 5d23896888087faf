package exchange

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"math/bits"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/navicert/navicert/internal/outlook"
)

// panelParquet writes a panel as Parquet. Each line of the tariff is one page of
// each column, numbers into the dictionary of the column; lines that share a block
// share its pages, which are encoded once a row group.
type panelParquet struct {
	file    *parquetFile
	columns []outlook.Column
	workers int

	lines []panelLine // of the row group
	rows  int
}

type panelLine struct {
	code  string
	block *outlook.Block
}

// groupRows is about how many rows a row group has.
const groupRows = 1 << 19

func newPanelParquet(out io.Writer, columns []outlook.Column, o *PanelOptions) *panelParquet {
	p := &panelParquet{workers: max(o.Workers, 1)}
	p.columns = append([]outlook.Column{{Name: outlook.CodeColumn, Kind: outlook.Text}}, columns...)
	root := table{Group: parquet.Group{}}
	for _, c := range p.columns {
		root.fields = append(root.fields, tableField{parquet.Optional(panelNode(c.Kind)), c.Name})
	}
	p.file = newParquetFile(out, "panel", &root, o.About)
	return p
}

func panelNode(k outlook.Kind) parquet.Node {
	switch k {
	case outlook.Points:
		return parquet.Decimal(4, 18, parquet.Int64Type)
	case outlook.Instant:
		return parquet.Timestamp(parquet.Millisecond)
	}
	return parquet.String()
}

func physical(k outlook.Kind) format.Type {
	if k == outlook.Text {
		return format.ByteArray
	}
	return format.Int64
}

func (p *panelParquet) write(code string, b *outlook.Block) error {
	p.lines = append(p.lines, panelLine{code, b})
	if p.rows += b.Rows; p.rows >= groupRows {
		p.flush()
	}
	return p.file.err
}

// flush writes the row group, its columns encoded side by side.
func (p *panelParquet) flush() {
	if p.rows == 0 {
		return
	}
	panel, chunks := make([]panelChunk, len(p.columns)), make([]columnChunk, len(p.columns))
	sideBySide(p.workers, len(panel), func(i int) {
		panel[i].column = &p.columns[i]
		chunks[i] = panel[i].encode(p.lines, i == 0)
	})
	for i := range panel {
		p.file.fail(panel[i].page.err)
	}
	p.file.group(p.rows, chunks)
	p.lines, p.rows = p.lines[:0], 0
}

func (p *panelParquet) finish() error {
	p.flush()
	return p.file.finish()
}

// panelChunk is one column of a row group being encoded.
type panelChunk struct {
	column      *outlook.Column
	numbers     map[outlook.Value]int32 // of the values met, their place in the dictionary
	values      []byte                  // the dictionary
	places      []int32                 // by number of the stream, place+2; 0: not met, 1: null
	nulls       int64
	least, most outlook.Value
	some        bool // there is a value
	levels      []byte
	indices     []int32
	page        pageMaker
}

// pageOf is an encoded page, with what it counts for.
type pageOf struct {
	bytes    []byte
	unpacked int64
	nulls    int64
}

func (c *panelChunk) encode(lines []panelLine, code bool) (out columnChunk) {
	c.numbers, c.page.codec = map[outlook.Value]int32{}, new(snappy.Codec)
	pages := map[*outlook.Block]pageOf{}
	out.meta = format.ColumnMetaData{Type: physical(c.column.Kind), PathInSchema: thrift.Slice[string]{c.column.Name}, Codec: format.Snappy,
		Encoding: thrift.Slice[format.Encoding]{format.Plain, format.RLE, format.RLEDictionary}}
	for i := range lines {
		l := &lines[i]
		var page pageOf
		if code {
			page = c.constant(c.place(outlook.Value{Text: l.code}), l.block.Rows)
		} else {
			var ok bool
			if page, ok = pages[l.block]; !ok {
				page = c.numbered(l.block.Numbers[c.column.Stream])
				pages[l.block] = page
			}
		}
		out.pages = append(out.pages, page.bytes...)
		out.meta.NumValues += int64(l.block.Rows)
		out.meta.TotalUncompressedSize += page.unpacked
		c.nulls += page.nulls
	}
	c.page.body = append(c.page.body, c.values...)
	head, unpacked := c.page.end(nil, dictionaryPage(len(c.numbers)))
	out.head, out.meta.Statistics = head, c.statistics()
	out.meta.TotalUncompressedSize += unpacked
	return out
}

// place is the place of a value in the dictionary.
func (c *panelChunk) place(v outlook.Value) int32 {
	if c.column.Kind != outlook.Text {
		v.Text = ""
	}
	n, ok := c.numbers[v]
	if ok {
		return n
	}
	n = int32(len(c.numbers))
	c.numbers[v] = n
	c.values = c.plain(c.values, v, true)
	if !c.some || c.compare(v, c.least) < 0 {
		c.least = v
	}
	if !c.some || c.compare(v, c.most) > 0 {
		c.most = v
	}
	c.some = true
	return n
}

func (c *panelChunk) compare(a, b outlook.Value) int {
	return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Number, b.Number))
}

// plain appends a value as PLAIN has it; texts in pages have their length before
// them.
func (c *panelChunk) plain(out []byte, v outlook.Value, length bool) []byte {
	switch c.column.Kind {
	case outlook.Points:
		return binary.LittleEndian.AppendUint64(out, uint64(v.Number))
	case outlook.Instant:
		return binary.LittleEndian.AppendUint64(out, uint64(v.Number*1000))
	}
	if length {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(v.Text)))
	}
	return append(out, v.Text...)
}

// numbered encodes the cells of a column of a block.
func (c *panelChunk) numbered(numbers []int32) pageOf {
	c.levels, c.indices = c.levels[:0], c.indices[:0]
	for _, n := range numbers {
		for int(n) >= len(c.places) {
			c.places = append(c.places, make([]int32, int(n)+64-len(c.places))...)
		}
		place := c.places[n]
		if place == 0 {
			if v := c.column.Value(n); v.Null {
				place = 1
			} else {
				place = c.place(v) + 2
			}
			c.places[n] = place
		}
		if place == 1 {
			c.levels = append(c.levels, 0)
			continue
		}
		c.levels = append(c.levels, 1)
		c.indices = append(c.indices, place-2)
	}
	return c.encoded(len(numbers))
}

// constant is a page of one value.
func (c *panelChunk) constant(place int32, rows int) pageOf {
	c.levels, c.indices = c.levels[:0], c.indices[:0]
	for range rows {
		c.levels, c.indices = append(c.levels, 1), append(c.indices, place)
	}
	return c.encoded(rows)
}

// encoded packs the levels and indices of a page.
func (c *panelChunk) encoded(rows int) pageOf {
	width := 1
	for _, i := range c.indices {
		width = max(width, bits.Len32(uint32(i)))
	}
	c.page.levels(c.levels, 1)
	c.page.indices(c.indices, width)
	bytes, unpacked := c.page.end(nil, dataPage(rows, format.RLEDictionary))
	return pageOf{bytes, unpacked, int64(rows - len(c.indices))}
}

// statistics are those of the chunk; of long texts no bounds are kept.
func (c *panelChunk) statistics() format.Statistics {
	s := format.Statistics{NullCount: c.nulls}
	if c.some {
		if least, most := c.plain(nil, c.least, false), c.plain(nil, c.most, false); len(least) <= 64 && len(most) <= 64 {
			s.MinValue, s.MaxValue = bytes.Clone(least), bytes.Clone(most)
		}
	}
	return s
}
