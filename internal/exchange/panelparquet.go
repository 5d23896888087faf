package exchange

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/navicert/navicert/internal/outlook"
)

// panelParquet writes a panel as Parquet. Each line of the tariff is one page of
// each column, numbers into the dictionary of the column; lines that share a block
// share its pages, which are encoded once a row group. (The writer of the library
// takes every cell of every row in hand: docs/decisions/0018 tells why that is too
// slow here.)
type panelParquet struct {
	out     io.Writer
	at      int64 // bytes written
	columns []outlook.Column
	workers int
	meta    format.FileMetaData

	lines []panelLine // of the row group
	rows  int
	err   error
}

type panelLine struct {
	code  string
	block *outlook.Block
}

// groupRows is about how many rows a row group has.
const groupRows = 1 << 19

var parquetMagic = []byte("PAR1")

func newPanelParquet(out io.Writer, columns []outlook.Column, o *PanelOptions) *panelParquet {
	p := &panelParquet{out: out, workers: max(o.Workers, 1)}
	p.columns = append([]outlook.Column{{Name: outlook.CodeColumn, Kind: outlook.Text}}, columns...)
	p.meta = format.FileMetaData{Version: 1, CreatedBy: "navicert"}
	p.meta.Schema = append(p.meta.Schema, format.SchemaElement{Name: "panel", NumChildren: thrift.New(int32(len(p.columns)))})
	for _, c := range p.columns {
		p.meta.Schema = append(p.meta.Schema, schemaElement(c))
		p.meta.ColumnOrders = append(p.meta.ColumnOrders, format.ColumnOrder{Value: new(format.TypeDefinedOrder)})
	}
	for _, a := range o.About {
		p.meta.KeyValueMetadata = append(p.meta.KeyValueMetadata, format.KeyValue{Key: a[0], Value: a[1]})
	}
	p.put(parquetMagic)
	return p
}

func schemaElement(c outlook.Column) format.SchemaElement {
	e := format.SchemaElement{Name: c.Name, RepetitionType: thrift.New(format.Optional), Type: thrift.New(physical(c.Kind))}
	switch c.Kind {
	case outlook.Points:
		e.Scale, e.Precision = thrift.New(int32(4)), thrift.New(int32(18))
		e.ConvertedType = thrift.New(deprecated.Decimal)
		e.LogicalType.Value = &format.DecimalType{Scale: 4, Precision: 18}
	case outlook.Instant:
		e.ConvertedType = thrift.New(deprecated.TimestampMillis)
		e.LogicalType.Value = &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: new(format.MilliSeconds)}}
	default:
		e.ConvertedType = thrift.New(deprecated.UTF8)
		e.LogicalType.Value = new(format.StringType)
	}
	return e
}

func physical(k outlook.Kind) format.Type {
	if k == outlook.Text {
		return format.ByteArray
	}
	return format.Int64
}

func (p *panelParquet) put(b []byte) {
	if p.err != nil {
		return
	}
	n, err := p.out.Write(b)
	p.at += int64(n)
	p.err = err
}

func (p *panelParquet) write(code string, b *outlook.Block) error {
	p.lines = append(p.lines, panelLine{code, b})
	if p.rows += b.Rows; p.rows >= groupRows {
		p.flush()
	}
	return p.err
}

// flush writes the row group, its columns encoded side by side.
func (p *panelParquet) flush() {
	if p.rows == 0 {
		return
	}
	chunks := make([]panelChunk, len(p.columns))
	var next atomic.Int64
	var all sync.WaitGroup
	for range p.workers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(chunks) {
					return
				}
				chunks[i].column = &p.columns[i]
				chunks[i].encode(p.lines, i == 0)
			}
		})
	}
	all.Wait()
	group := format.RowGroup{NumRows: int64(p.rows), FileOffset: p.at, Ordinal: int16(len(p.meta.RowGroups))}
	for i := range chunks {
		c := &chunks[i]
		if c.err != nil && p.err == nil {
			p.err = c.err
		}
		meta := format.ColumnMetaData{
			Type: physical(c.column.Kind), Encoding: thrift.Slice[format.Encoding]{format.Plain, format.RLE, format.RLEDictionary}, PathInSchema: thrift.Slice[string]{c.column.Name},
			Codec: format.Snappy, NumValues: int64(p.rows), TotalUncompressedSize: c.unpacked, TotalCompressedSize: int64(len(c.head) + len(c.pages)),
			DictionaryPageOffset: p.at, DataPageOffset: p.at + int64(len(c.head)), Statistics: c.statistics(),
		}
		p.put(c.head)
		p.put(c.pages)
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: meta})
		group.TotalByteSize += meta.TotalUncompressedSize
		group.TotalCompressedSize += meta.TotalCompressedSize
	}
	p.meta.RowGroups = append(p.meta.RowGroups, group)
	p.meta.NumRows += int64(p.rows)
	p.lines, p.rows = p.lines[:0], 0
}

func (p *panelParquet) finish() error {
	p.flush()
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &p.meta)
	if err != nil {
		return err
	}
	p.put(footer)
	p.put(binary.LittleEndian.AppendUint32(nil, uint32(len(footer))))
	p.put(parquetMagic)
	return p.err
}

// panelChunk is one column of a row group being encoded.
type panelChunk struct {
	column      *outlook.Column
	numbers     map[outlook.Value]int32 // of the values met, their place in the dictionary
	values      []byte                  // the dictionary
	places      []int32                 // by number of the stream, place+2; 0: not met, 1: null
	head, pages []byte
	unpacked    int64
	nulls       int64
	least, most outlook.Value
	some        bool // there is a value
	levels      []byte
	indices     []int32
	body        []byte
	err         error
}

// pageOf is an encoded page, with what it counts for.
type pageOf struct {
	bytes    []byte
	unpacked int64
	nulls    int64
}

func (c *panelChunk) encode(lines []panelLine, code bool) {
	c.numbers = map[outlook.Value]int32{}
	pages := map[*outlook.Block]pageOf{}
	for i := range lines {
		l := &lines[i]
		var page pageOf
		if code {
			page = c.constant(c.place(outlook.Value{Text: l.code}), l.block.Rows)
		} else {
			var ok bool
			if page, ok = pages[l.block]; !ok {
				page = c.page(l.block.Numbers[c.column.Stream])
				pages[l.block] = page
			}
		}
		c.pages = append(c.pages, page.bytes...)
		c.unpacked += page.unpacked
		c.nulls += page.nulls
	}
	dictionary := format.PageHeader{Type: format.DictionaryPage,
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(len(c.numbers)), Encoding: format.Plain})}
	page := c.pack(dictionary, c.values)
	c.head = page.bytes
	c.unpacked += page.unpacked
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

// page encodes the cells of a column of a block.
func (c *panelChunk) page(numbers []int32) pageOf {
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
	levels, err := (&rle.Encoding{BitWidth: 1}).EncodeLevels(nil, c.levels)
	c.fail(err)
	indices, err := (&rle.Encoding{BitWidth: width}).EncodeInt32(nil, c.indices)
	c.fail(err)
	c.body = binary.LittleEndian.AppendUint32(c.body[:0], uint32(len(levels)))
	c.body = append(append(append(c.body, levels...), byte(width)), indices...)
	page := c.pack(format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{NumValues: int32(rows),
		Encoding: format.RLEDictionary, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})}, c.body)
	page.nulls = int64(rows - len(c.indices))
	return page
}

// pack compresses a page and puts its header before it.
func (c *panelChunk) pack(header format.PageHeader, body []byte) pageOf {
	packed, err := new(snappy.Codec).Encode(nil, body)
	c.fail(err)
	header.UncompressedPageSize, header.CompressedPageSize = int32(len(body)), int32(len(packed))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &header)
	c.fail(err)
	return pageOf{bytes: append(head, packed...), unpacked: int64(len(head) + len(body))}
}

func (c *panelChunk) fail(err error) {
	if err != nil && c.err == nil {
		c.err = err
	}
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
