package exchange

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/uncompressed"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// parquetColumn is a column of a Parquet file being written: texts, whole numbers of 64 bits,
// or booleans.
type parquetColumn struct {
	path             []string
	physical         format.Type
	mostDef, mostRep uint8 // the levels of a value that is there, and of the innermost list

	kind kind // of its cells
	at   int  // of the cells of that kind in a row; of the leaves of a determination

	waiting  values // for the next page
	page     pageMaker
	chunk    columnChunk
	begun    bool // the row group has a page
	tried    bool // the file has a page with values, which tells what the others are like:
	coded    bool // values come again, so pages hold places in the dictionary
	distinct dictionary
	places   []int32  // in it, of values that wait
	bounds   [2]int64 // of the numbers of the row group
	bounded  bool
}

// values are values of a column, with their levels.
type values struct {
	words    []string // texts that are kept as they are; a column has either these or
	texts    []byte   // others, one after another; booleans, a byte each
	lengths  []int32  // of the texts
	numbers  []int64
	phrases  vocabulary // of a column of documents
	def, rep []byte
	wordSize int // of the words
}

func (v *values) reset() {
	v.words, v.texts, v.lengths, v.numbers, v.def, v.rep, v.wordSize = v.words[:0], v.texts[:0], v.lengths[:0], v.numbers[:0], v.def[:0], v.rep[:0], 0
	v.phrases.reset()
}

// size is about how many bytes they take.
func (v *values) size() int {
	return v.wordSize + len(v.texts) + 4*len(v.lengths) + 8*len(v.numbers) + len(v.def) + len(v.rep)
}

// write makes the words texts like others.
func (v *values) write() {
	for _, s := range v.words {
		v.texts, v.lengths = append(v.texts, s...), append(v.lengths, int32(len(s)))
	}
	v.words, v.wordSize = v.words[:0], 0
}

// levels adds the levels of a value.
func (v *values) levels(at level) { v.def, v.rep = append(v.def, at.def), append(v.rep, at.rep) }

func (v *values) string(s string, at level) {
	v.levels(at)
	v.phrases.add(s)
}

func (v *values) integer(n int64, at level) {
	v.levels(at)
	v.numbers = append(v.numbers, n)
}

func (v *values) truth(is bool, at level) {
	v.levels(at)
	bit := byte(0)
	if is {
		bit = 1
	}
	v.texts = append(v.texts, bit)
}

// vocabulary is texts most of which come again: the different ones, and which of them come
// in turn. Some may be among them more than once.
type vocabulary struct {
	different []string
	turn      []int32
	lately    []int32 // which the texts are that came lately, by where they lie in memory
	mapped    []int32
}

// mostLately is of how many texts that is remembered.
const mostLately = 1 << 8

func (v *vocabulary) add(s string) {
	if v.lately == nil {
		v.lately = make([]int32, mostLately)
	}
	at := &v.lately[uint64(uintptr(unsafe.Pointer(unsafe.StringData(s))))*spread>>32%mostLately]
	if int(*at) >= len(v.different) || v.different[*at] != s {
		*at = int32(len(v.different))
		v.different = append(v.different, s)
	}
	v.turn = append(v.turn, *at)
}

func (v *vocabulary) reset() {
	clear(v.different)
	v.different, v.turn = v.different[:0], v.turn[:0]
}

// places appends the places of the texts in a dictionary.
func (v *vocabulary) places(to []int32, in *dictionary) []int32 {
	v.mapped = v.mapped[:0]
	for _, s := range v.different {
		in.text = append(in.text[:0], s...)
		v.mapped = append(v.mapped, in.place(in.text))
	}
	for _, n := range v.turn {
		to = append(to, v.mapped[n])
	}
	return to
}

// texts adds the texts to values as they are.
func (v *vocabulary) texts(to *values) {
	for _, n := range v.turn {
		s := v.different[n]
		to.texts, to.lengths = append(to.texts, s...), append(to.lengths, int32(len(s)))
	}
}

// columnsOf are the columns of a group, each with its levels.
func columnsOf(n parquet.Node, path []string, def, rep uint8) []parquetColumn {
	var out []parquetColumn
	for _, f := range n.Fields() {
		path, def, rep := append(path[:len(path):len(path)], f.Name()), def, rep
		if f.Repeated() {
			rep++
		}
		if f.Repeated() || f.Optional() {
			def++
		}
		if !f.Leaf() {
			out = append(out, columnsOf(f, path, def, rep)...)
			continue
		}
		c := parquetColumn{path: path, physical: *f.Type().PhysicalType(), mostDef: def, mostRep: rep}
		c.page.codec, c.distinct.texts = f.Compression(), c.physical == format.ByteArray
		out = append(out, c)
	}
	return out
}

// add adds the cells of a part, which wait for the next page.
func (c *parquetColumn) add(p *parquetPart) {
	w := &c.waiting
	switch c.kind {
	case whole:
		v := &p.leaves[c.at]
		w.texts, w.lengths, w.numbers = append(w.texts, v.texts...), append(w.lengths, v.lengths...), append(w.numbers, v.numbers...)
		w.def, w.rep = append(w.def, v.def...), append(w.rep, v.rep...)
		if c.coded || !c.tried {
			c.places = v.phrases.places(c.places, &c.distinct)
		} else {
			v.phrases.texts(w)
		}
		v.reset()
	case text:
		first := len(w.words)
		w.def, w.words = there(p.words, c.at, p.row.words, "", w.def, w.words)
		if c.tried && !c.coded {
			w.write()
			break
		}
		for _, s := range w.words[first:] {
			w.wordSize += len(s)
		}
	case phrase:
		for at := c.at; at < len(p.phrases); at += p.row.phrases {
			start := int32(0)
			if at > 0 {
				start = p.phrases[at-1]
			}
			n := p.phrases[at] - start
			if n == 0 {
				w.def = append(w.def, 0)
				continue
			}
			w.texts, w.lengths, w.def = append(w.texts, p.texts[start:start+n]...), append(w.lengths, n), append(w.def, 1)
		}
	default:
		w.def, w.numbers = there(p.numbers, c.at, p.row.numbers, unknown, w.def, w.numbers)
	}
}

// there appends the cells of a column that are there, and the levels of all: of every
// so many cells the one at a place.
func there[T comparable](cells []T, at, every int, empty T, levels []byte, to []T) ([]byte, []T) {
	for ; at < len(cells); at += every {
		if cell := cells[at]; cell != empty {
			levels, to = append(levels, 1), append(to, cell)
		} else {
			levels = append(levels, 0)
		}
	}
	return levels, to
}

// encode makes a page of the values that wait.
func (c *parquetColumn) encode() {
	w := &c.waiting
	if c.mostRep > 0 {
		c.page.levels(w.rep, bits.Len8(c.mostRep))
	}
	c.page.levels(w.def, bits.Len8(c.mostDef))
	if c.physical == format.Int64 {
		c.bound()
	}
	encoding, follows := format.Plain, []byte(nil)
	switch {
	case c.physical == format.Boolean:
		c.page.body = bitPacked(c.page.body, w.texts)
	case c.code():
		encoding = format.RLEDictionary
	case len(w.lengths) > 0:
		c.page.lengths(w.lengths)
		encoding, follows = format.DeltaLengthByteArray, w.texts
	case len(w.numbers) > 0:
		encoding, follows = format.DeltaBinaryPacked, c.page.numbers(w.numbers)
	}
	if !c.tried && len(c.places)+len(w.texts)+len(w.numbers) > 0 {
		c.tried = true
		// Dictionaries mostly shrink, and a row group has one codec.
		if !c.coded && !c.begun && !c.page.shrinks(follows) {
			c.page.codec = new(uncompressed.Codec)
		}
	}
	if !c.begun {
		c.begun = true
		c.chunk.head, c.chunk.pages = c.chunk.head[:0], c.chunk.pages[:0]
		c.chunk.meta = format.ColumnMetaData{Type: c.physical, PathInSchema: thrift.Slice[string](c.path), Codec: c.page.codec.CompressionCodec()}
	}
	meta, unpacked := &c.chunk.meta, int64(0)
	c.chunk.pages, unpacked = c.page.end(c.chunk.pages, dataPage(len(w.def), encoding), follows)
	if !slices.Contains(meta.Encoding, encoding) {
		meta.Encoding = append(meta.Encoding, encoding)
	}
	meta.NumValues += int64(len(w.def))
	meta.TotalUncompressedSize += unpacked
	meta.Statistics.NullCount += int64(len(w.def) - bytes.Count(w.def, []byte{c.mostDef}))
	c.places = c.places[:0]
	w.reset()
}

// code adds the values that wait as places in the dictionary, unless too many of them
// were different in the first page of the file: more than half of texts, an eighth of
// numbers, which a place is not much shorter than.
func (c *parquetColumn) code() bool {
	w := &c.waiting
	if c.tried && !c.coded || len(c.places)+len(w.words)+len(w.lengths)+len(w.numbers) == 0 {
		return false
	}
	for _, s := range w.words {
		c.places = append(c.places, c.distinct.word(s))
	}
	rest := w.texts
	for _, n := range w.lengths {
		c.places = append(c.places, c.distinct.place(rest[:n]))
		rest = rest[n:]
	}
	for _, n := range w.numbers {
		c.places = append(c.places, c.distinct.number(n))
	}
	if !c.tried {
		many := 2
		if c.physical == format.Int64 {
			many = 8
		}
		c.coded = many*len(c.distinct.starts) <= len(c.places) || len(c.places) < fewValues
		if !c.coded {
			if c.kind == whole && c.physical == format.ByteArray {
				for _, place := range c.places {
					text := c.distinct.entry(place)
					w.texts, w.lengths = append(w.texts, text...), append(w.lengths, int32(len(text)))
				}
			}
			c.distinct = dictionary{}
			w.write()
			return false
		}
	}
	c.page.indices(c.places, max(1, bits.Len(uint(max(len(c.distinct.starts)-1, 0)))))
	return true
}

// fewValues is how few values tell nothing about the others.
const fewValues = 16

// bound widens the bounds of the row group by the numbers that wait.
func (c *parquetColumn) bound() {
	for _, n := range c.waiting.numbers {
		if !c.bounded {
			c.bounds, c.bounded = [2]int64{n, n}, true
		}
		c.bounds[0], c.bounds[1] = min(c.bounds[0], n), max(c.bounds[1], n)
	}
}

// bitPacked appends booleans as PLAIN has them: a bit each, the lowest first.
func bitPacked(to, bools []byte) []byte {
	for i, b := range bools {
		if i%8 == 0 {
			to = append(to, 0)
		}
		to[len(to)-1] |= b << (i % 8)
	}
	return to
}

// end ends the row group.
func (c *parquetColumn) end() {
	meta := &c.chunk.meta
	meta.Encoding = append(meta.Encoding, format.RLE) // the levels
	if c.coded {
		if !slices.Contains(meta.Encoding, format.Plain) {
			meta.Encoding = append(meta.Encoding, format.Plain) // the dictionary
		}
		unpacked := int64(0)
		c.chunk.head, unpacked = c.page.end(c.chunk.head, dictionaryPage(len(c.distinct.starts)), c.distinct.plain)
		meta.TotalUncompressedSize += unpacked
		if c.physical == format.ByteArray {
			meta.Statistics.MinValue, meta.Statistics.MaxValue = c.distinct.bounds()
		}
		c.distinct.reset()
	}
	if c.bounded {
		meta.Statistics.MinValue = binary.LittleEndian.AppendUint64(nil, uint64(c.bounds[0]))
		meta.Statistics.MaxValue = binary.LittleEndian.AppendUint64(nil, uint64(c.bounds[1]))
	}
	c.begun, c.bounded = false, false
}

// dictionary is different values, as PLAIN has them, in the order in which they came.
type dictionary struct {
	texts       bool // which have their length before them
	plain       []byte
	starts      []uint32 // of the values themselves
	table       []uint64 // with open places, at most half full: a part of the hash, and the place plus 1
	seed        maphash.Seed
	lately      *latelyPlaced // the places of values, by what is quickly told of them
	words       []placedWord  // that were asked for lately, by where they are in memory
	text        []byte        // memory for one
	least, most int32         // of texts
}

// latelyPlaced are places, of which many columns of documents need none.
type latelyPlaced [1 << 12]int32

// lengthSize is how many bytes the length of a text takes.
const lengthSize = 4

// entry returns a value.
func (d *dictionary) entry(place int32) []byte {
	if int(place)+1 == len(d.starts) {
		return d.plain[d.starts[place]:]
	}
	next := d.starts[place+1]
	if d.texts {
		next -= lengthSize
	}
	return d.plain[d.starts[place]:next]
}

// place returns the place of a value.
func (d *dictionary) place(value []byte) int32 {
	if d.lately == nil {
		d.lately = new(latelyPlaced)
	}
	place := &d.lately[sketch(value)%uint64(len(d.lately))]
	if int(*place) >= len(d.starts) || !bytes.Equal(value, d.entry(*place)) {
		*place = d.find(value)
	}
	return *place
}

// number returns the place of a number, where all values are.
func (d *dictionary) number(n int64) int32 {
	if d.lately == nil {
		d.lately = new(latelyPlaced)
	}
	place := &d.lately[uint64(n)*spread>>32%uint64(len(d.lately))]
	if int(*place) >= len(d.starts) || binary.LittleEndian.Uint64(d.plain[8**place:]) != uint64(n) {
		var plain [8]byte
		binary.LittleEndian.PutUint64(plain[:], uint64(n))
		*place = d.find(plain[:])
	}
	return *place
}

// placedWord is a text that is kept as it is, with its place.
type placedWord struct {
	text  string
	place int32
}

// mostWords is how many such are remembered.
const mostWords = 1 << 12

// word returns the place of a text. Where it is the same piece of memory as one that was
// asked for lately, as texts of a dictionary that was read are, it is not looked at.
func (d *dictionary) word(s string) int32 {
	if d.words == nil {
		d.words = make([]placedWord, mostWords)
	}
	at := unsafe.StringData(s)
	w := &d.words[uint64(uintptr(unsafe.Pointer(at)))*spread>>32%mostWords]
	if unsafe.StringData(w.text) != at || len(w.text) != len(s) {
		d.text = append(d.text[:0], s...)
		*w = placedWord{s, d.place(d.text)}
	}
	return w.place
}

// spread spreads numbers over 64 bits, of which the high ones are the best.
const spread = 0x9e3779b97f4a7c15

// sketch is a number that other values seldom have, of what they begin and end with and
// have in their middle.
func sketch(value []byte) uint64 {
	x, n := uint64(len(value)), len(value)
	switch {
	case n >= 8:
		x ^= binary.LittleEndian.Uint64(value) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(value[n/2-4:]), 21) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(value[n-8:]), 43)
	case n >= 4:
		x ^= uint64(binary.LittleEndian.Uint32(value)) ^ uint64(binary.LittleEndian.Uint32(value[n-4:]))<<32
	case n > 0:
		x ^= uint64(value[0])<<8 ^ uint64(value[n/2])<<16 ^ uint64(value[n-1])<<24
	}
	return x * spread >> 32
}

// find finds the place of a value, or adds it.
func (d *dictionary) find(value []byte) int32 {
	if 2*len(d.starts) >= len(d.table) {
		d.grow()
	}
	h := maphash.Bytes(d.seed, value)
	for i := h; ; i++ {
		at := &d.table[i&uint64(len(d.table)-1)]
		if *at == 0 {
			*at = h&^(1<<32-1) | uint64(len(d.starts)+1)
			return d.add(value)
		}
		if place := int32(uint32(*at)) - 1; *at>>32 == h>>32 && bytes.Equal(value, d.entry(place)) {
			return place
		}
	}
}

func (d *dictionary) add(value []byte) int32 {
	place := int32(len(d.starts))
	if d.texts {
		d.plain = binary.LittleEndian.AppendUint32(d.plain, uint32(len(value)))
	}
	d.starts, d.plain = append(d.starts, uint32(len(d.plain))), append(d.plain, value...)
	if place == 0 {
		d.least, d.most = 0, 0
	}
	if bytes.Compare(value, d.entry(d.least)) < 0 {
		d.least = place
	}
	if bytes.Compare(value, d.entry(d.most)) > 0 {
		d.most = place
	}
	return place
}

func (d *dictionary) grow() {
	if d.table == nil {
		d.seed = maphash.MakeSeed()
	}
	d.table = make([]uint64, max(4*len(d.starts), 256))
	for place := range d.starts {
		h := maphash.Bytes(d.seed, d.entry(int32(place)))
		i := h
		for d.table[i&uint64(len(d.table)-1)] != 0 {
			i++
		}
		d.table[i&uint64(len(d.table)-1)] = h&^(1<<32-1) | uint64(place+1)
	}
}

// bounds are the least and the greatest text; of long ones there are none.
func (d *dictionary) bounds() (least, most []byte) {
	if len(d.starts) == 0 {
		return nil, nil
	}
	least, most = d.entry(d.least), d.entry(d.most)
	if len(least) > 64 || len(most) > 64 {
		return nil, nil
	}
	return bytes.Clone(least), bytes.Clone(most)
}

// size is about how many bytes it takes.
func (d *dictionary) size() int { return len(d.plain) + 4*len(d.starts) + 8*len(d.table) }

func (d *dictionary) reset() {
	d.plain, d.starts = d.plain[:0], d.starts[:0]
	clear(d.table)
	clear(d.words)
}
