package exchange

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/compress/uncompressed"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// parquetFile writes a Parquet file of row groups whose columns are encoded already.
// (The writer of the library takes every cell of every row in hand:
// docs/decisions/0025 tells why that is too slow.)
type parquetFile struct {
	out  io.Writer
	at   int64 // bytes written
	meta format.FileMetaData
	err  error // the first
}

var parquetMagic = []byte("PAR1")

// newParquetFile begins a file. The columns of root are optional, repeated or groups as
// it says; about is kept with the file, by key in order.
func newParquetFile(out io.Writer, name string, root parquet.Node, about [][2]string) *parquetFile {
	p := &parquetFile{out: out, meta: format.FileMetaData{Version: 1, CreatedBy: "navicert"}}
	p.schema(name, root, true)
	for _, a := range about {
		p.meta.KeyValueMetadata = append(p.meta.KeyValueMetadata, format.KeyValue{Key: a[0], Value: a[1]})
	}
	p.put(parquetMagic)
	return p
}

// schema adds a node and what is within it.
func (p *parquetFile) schema(name string, n parquet.Node, root bool) {
	e := format.SchemaElement{Name: name}
	switch {
	case root:
	case n.Repeated():
		e.RepetitionType = thrift.New(format.Repeated)
	case n.Optional():
		e.RepetitionType = thrift.New(format.Optional)
	default:
		e.RepetitionType = thrift.New(format.Required)
	}
	if !n.Leaf() {
		fields := n.Fields()
		e.NumChildren = thrift.New(int32(len(fields)))
		p.meta.Schema = append(p.meta.Schema, e)
		for _, f := range fields {
			p.schema(f.Name(), f, false)
		}
		return
	}
	t := n.Type()
	e.Type = thrift.New(*t.PhysicalType())
	if converted := t.ConvertedType(); converted != nil {
		e.ConvertedType = thrift.New(*converted)
	}
	if logical := t.LogicalType(); logical != nil {
		e.LogicalType = *logical
		if d, ok := logical.Value.(*format.DecimalType); ok {
			e.Scale, e.Precision = thrift.New(d.Scale), thrift.New(d.Precision)
		}
	}
	p.meta.Schema = append(p.meta.Schema, e)
	p.meta.ColumnOrders = append(p.meta.ColumnOrders, format.ColumnOrder{Value: new(format.TypeDefinedOrder)})
}

func (p *parquetFile) fail(err error) {
	if err != nil && p.err == nil {
		p.err = err
	}
}

func (p *parquetFile) put(b []byte) {
	if p.err != nil {
		return
	}
	n, err := p.out.Write(b)
	p.at += int64(n)
	p.err = err
}

// columnChunk is a column of a row group, encoded.
type columnChunk struct {
	meta  format.ColumnMetaData // without its places in the file and its compressed size
	head  []byte                // the page of the dictionary; empty where there is none
	pages []byte
}

// group writes a row group.
func (p *parquetFile) group(rows int, chunks []columnChunk) {
	g := format.RowGroup{NumRows: int64(rows), FileOffset: p.at, Ordinal: int16(len(p.meta.RowGroups))}
	for i := range chunks {
		c := &chunks[i]
		if len(c.head) > 0 {
			c.meta.DictionaryPageOffset = p.at
		}
		c.meta.DataPageOffset, c.meta.TotalCompressedSize = p.at+int64(len(c.head)), int64(len(c.head)+len(c.pages))
		p.put(c.head)
		p.put(c.pages)
		g.Columns = append(g.Columns, format.ColumnChunk{MetaData: c.meta})
		g.TotalByteSize += c.meta.TotalUncompressedSize
		g.TotalCompressedSize += c.meta.TotalCompressedSize
	}
	p.meta.RowGroups = append(p.meta.RowGroups, g)
	p.meta.NumRows += int64(rows)
}

func (p *parquetFile) finish() error {
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &p.meta)
	if err != nil {
		return err
	}
	p.put(footer)
	p.put(binary.LittleEndian.AppendUint32(nil, uint32(len(footer))))
	p.put(parquetMagic)
	return p.err
}

// sideBySide does n pieces of work on so many goroutines, of which the caller's is one.
func sideBySide(workers, n int, work func(i int)) {
	var next atomic.Int64
	some := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			work(i)
		}
	}
	var others sync.WaitGroup
	for range min(workers, n) - 1 {
		others.Go(some)
	}
	some()
	others.Wait()
}

// quickSnappy is Snappy as fast as it goes: the codec of the library looks for
// more that comes again, at three times the cost.
type quickSnappy struct{ snappy.Codec }

// Encode implements [compress.Codec].
func (*quickSnappy) Encode(dst, src []byte) ([]byte, error) {
	return s2.EncodeSnappy(dst[:cap(dst)], src), nil
}

// appendLiteral appends what Snappy has for bytes as they are, one at least: one less than
// their number, then themselves
// (https://github.com/google/snappy/blob/main/format_description.txt).
func appendLiteral(to, b []byte) []byte {
	switch n := len(b) - 1; {
	case n < 60:
		to = append(to, byte(n)<<2)
	case n < 1<<8:
		to = append(to, 60<<2, byte(n))
	default:
		to = binary.LittleEndian.AppendUint32(append(to, 63<<2), uint32(n))
	}
	return append(to, b...)
}

// pageMaker makes pages. Its memory is used again by the next.
type pageMaker struct {
	codec                              compress.Codec
	body, lead, packed, joined, deltas []byte
	err                                error // the first
}

func (p *pageMaker) fail(err error) {
	if err != nil && p.err == nil {
		p.err = err
	}
}

// levels adds the levels of values, of so many bits, to the body of a page.
func (p *pageMaker) levels(levels []byte, width int) {
	at := len(p.body)
	p.body = append(p.body, 0, 0, 0, 0)
	encoded, err := (&rle.Encoding{BitWidth: width}).EncodeLevels(p.packed[:0], levels)
	p.fail(err)
	p.packed = encoded
	p.body = append(p.body, encoded...)
	binary.LittleEndian.PutUint32(p.body[at:], uint32(len(encoded)))
}

// levelRun adds the levels of so many values, which have the same, of one bit.
func (p *pageMaker) levelRun(level byte, values int) {
	at := len(p.body)
	p.body = append(p.body, 0, 0, 0, 0)
	p.body = append(binary.AppendUvarint(p.body, uint64(values)<<1), level)
	binary.LittleEndian.PutUint32(p.body[at:], uint32(len(p.body)-at-4))
}

// indexRun adds so many times the same place in a dictionary.
func (p *pageMaker) indexRun(place int32, values int) {
	width := max(bits.Len32(uint32(place)), 1)
	p.body = binary.AppendUvarint(append(p.body, byte(width)), uint64(values)<<1)
	for ; width > 0; width -= 8 {
		p.body = append(p.body, byte(place))
		place >>= 8
	}
}

// indices adds places in a dictionary to the body of a page.
func (p *pageMaker) indices(indices []int32, width int) {
	encoded, err := (&rle.Encoding{BitWidth: width}).EncodeInt32(p.packed[:0], indices)
	p.fail(err)
	p.packed = encoded
	p.body = append(append(p.body, byte(width)), encoded...)
}

// lengths adds the lengths of texts to the body of a page, as DELTA_LENGTH_BYTE_ARRAY has
// them before the texts.
func (p *pageMaker) lengths(lengths []int32) {
	encoded, err := new(delta.BinaryPackedEncoding).EncodeInt32(p.packed[:0], lengths)
	p.fail(err)
	p.packed = encoded
	p.body = append(p.body, encoded...)
}

// numbers returns numbers as DELTA_BINARY_PACKED has them. They are good until the next.
func (p *pageMaker) numbers(numbers []int64) []byte {
	encoded, err := new(delta.BinaryPackedEncoding).EncodeInt64(p.deltas[:0], numbers)
	p.fail(err)
	p.deltas = encoded
	return encoded
}

// shrinks reports whether it is worth while to pack the body and what follows it: they
// come to nine tenths or less.
func (p *pageMaker) shrinks(follows []byte) bool {
	lead, packed := p.pack(follows)
	return 10*(len(lead)+len(packed)) <= 9*(len(p.body)+len(follows))
}

// pack packs the body and what follows it: one block, in two parts. Snappy need not have
// both in one piece.
func (p *pageMaker) pack(follows []byte) (lead, packed []byte) {
	switch p.codec.(type) {
	case *uncompressed.Codec:
		return p.body, follows
	case *quickSnappy:
		if len(p.body) == 0 || len(follows) == 0 {
			break
		}
		p.packed = s2.EncodeSnappy(p.packed[:cap(p.packed)], follows)
		p.lead = appendLiteral(binary.AppendUvarint(p.lead[:0], uint64(len(p.body)+len(follows))), p.body)
		_, n := binary.Uvarint(p.packed) // the length of what follows
		return p.lead, p.packed[n:]
	}
	whole := p.body
	if len(follows) > 0 {
		p.joined = append(append(p.joined[:0], p.body...), follows...)
		whole = p.joined
	}
	packed, err := p.codec.Encode(p.packed[:0], whole)
	p.fail(err)
	p.packed = packed
	return nil, packed
}

// end appends the page of the body and what follows it, with its header; the next begins
// without a body.
func (p *pageMaker) end(to []byte, header format.PageHeader, follows []byte) (out []byte, unpacked int64) {
	size := len(p.body) + len(follows)
	lead, packed := p.pack(follows)
	header.UncompressedPageSize, header.CompressedPageSize = int32(size), int32(len(lead)+len(packed))
	header.CRC = int32(crc32.Update(crc32.ChecksumIEEE(lead), crc32.IEEETable, packed))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &header)
	p.fail(err)
	p.body = p.body[:0]
	return append(append(append(to, head...), lead...), packed...), int64(len(head) + size)
}

func dictionaryPage(values int) format.PageHeader {
	return format.PageHeader{Type: format.DictionaryPage,
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(values), Encoding: format.Plain})}
}

func dataPage(values int, encoding format.Encoding) format.PageHeader {
	return format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{NumValues: int32(values),
		Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})}
}
