package exchange

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"

	"github.com/parquet-go/parquet-go/compress/snappy"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/navicert/navicert/internal/outlook"
)

// panelColumn is one column of a panel being encoded.
type panelColumn struct {
	column  outlook.Column
	numbers map[outlook.Value]int32 // of the values met, their place in the dictionary
	values  []outlook.Value         // the dictionary
	plain   []byte                  // the same, as PLAIN has it
	places  []int32                 // by number of the stream, place+2; 0: not met, 1: null

	pages    []panelPage
	size     int              // of the pages and what they are known by
	bySeries []int32          // number of the page plus 1, by ID of the series
	byRuns   map[string]int32 // number of the page, by what it says

	page    pageMaker
	key     []byte
	mapped  []int32 // places of a series
	indices []int32
	levels  []byte
	made    []byte // the page in hand
}

// panelPage is an encoded page, with what it counts for.
type panelPage struct {
	bytes       []byte
	unpacked    int64
	nulls       int64
	least, most int32 // places in the dictionary; null: there is no value
}

// null stands for the place of what has no value.
const null = -1

func newPanelColumn(c outlook.Column) panelColumn {
	p := panelColumn{column: c, page: pageMaker{codec: new(snappy.Codec)}}
	p.forget(true)
	return p
}

// forget forgets the pages, and perhaps the dictionary, which pages hang on.
func (c *panelColumn) forget(dictionary bool) {
	c.pages, c.bySeries, c.byRuns, c.size = nil, nil, map[string]int32{}, 0
	if dictionary {
		c.numbers, c.values, c.plain, c.places = map[outlook.Value]int32{}, nil, nil, nil
	}
}

// encode encodes the column of a row group.
func (c *panelColumn) encode(lines []panelLine, most *panelLimits, out *columnChunk) {
	code := c.column.Value == nil
	if full := code || len(c.plain) > most.dictionary; full || c.size > most.pages { // codes do not come again
		c.forget(full)
	}
	out.pages = out.pages[:0]
	out.meta = format.ColumnMetaData{Type: physical(c.column.Kind), PathInSchema: thrift.Slice[string]{c.column.Name}, Codec: format.Snappy,
		Encoding: thrift.Slice[format.Encoding]{format.Plain, format.RLE, format.RLEDictionary}}
	low, high := int32(null), int32(null)
	for i := range lines {
		l := &lines[i]
		var page *panelPage
		if code {
			made := c.constant(c.place(outlook.Value{Text: l.code}), l.block.Rows)
			page = &made
		} else {
			page = c.pageOf(l.block.Streams[c.column.Stream])
		}
		out.pages = append(out.pages, page.bytes...)
		out.meta.NumValues += int64(l.block.Rows)
		out.meta.TotalUncompressedSize += page.unpacked
		out.meta.Statistics.NullCount += page.nulls
		c.widen(&low, page.least, -1)
		c.widen(&high, page.most, 1)
	}
	c.page.body = append(c.page.body, c.plain...)
	unpacked := int64(0)
	out.head, unpacked = c.page.end(out.head[:0], dictionaryPage(len(c.values)), nil)
	out.meta.TotalUncompressedSize += unpacked
	if low != null {
		least, most := c.appendPlain(nil, c.values[low], false), c.appendPlain(nil, c.values[high], false)
		if len(least) <= 64 && len(most) <= 64 { // of long texts no bounds are kept
			out.meta.Statistics.MinValue, out.meta.Statistics.MaxValue = least, most
		}
	}
}

// widen takes the place of a value in where that is less than what was least, or, with
// the other sign, more than what was most.
func (c *panelColumn) widen(bound *int32, place int32, sign int) {
	if place == *bound || place == null {
		return
	}
	if *bound == null || c.compare(place, *bound)*sign > 0 {
		*bound = place
	}
}

func (c *panelColumn) compare(a, b int32) int {
	x, y := &c.values[a], &c.values[b]
	return cmp.Or(cmp.Compare(x.Text, y.Text), cmp.Compare(x.Number, y.Number))
}

// place is the place of a value in the dictionary.
func (c *panelColumn) place(v outlook.Value) int32 {
	if c.column.Kind != outlook.Text {
		v.Text = ""
	}
	n, ok := c.numbers[v]
	if !ok {
		n = int32(len(c.values))
		c.numbers[v] = n
		c.values = append(c.values, v)
		c.plain = c.appendPlain(c.plain, v, true)
	}
	return n
}

// appendPlain appends a value as PLAIN has it; texts in pages have their length before
// them.
func (c *panelColumn) appendPlain(out []byte, v outlook.Value, length bool) []byte {
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

// placeOf is the place of the value of a number of the stream.
func (c *panelColumn) placeOf(n int32) int32 {
	if int(n) >= len(c.places) {
		c.places = append(c.places, make([]int32, int(n)+64-len(c.places))...)
	}
	place := c.places[n]
	if place == 0 {
		place = 1
		if v := c.column.Value(n); !v.Null {
			place = c.place(v) + 2
		}
		c.places[n] = place
	}
	return place - 2
}

// pageOf is the page of a series.
func (c *panelColumn) pageOf(s *outlook.Series) *panelPage {
	if int(s.ID) >= len(c.bySeries) {
		c.bySeries = append(c.bySeries, make([]int32, int(s.ID)+1024-len(c.bySeries))...)
	}
	if n := c.bySeries[s.ID]; n > 0 {
		return &c.pages[n-1]
	}
	alike := c.runs(s)
	n, ok := c.byRuns[string(c.key)]
	if !ok {
		var page panelPage
		if alike {
			page = c.constant(c.mapped[0], s.Layout.Rows)
		} else {
			page = c.encoded(s)
		}
		n = int32(len(c.pages))
		page.bytes = bytes.Clone(page.bytes)
		c.pages = append(c.pages, page)
		c.byRuns[string(c.key)] = n
		c.size += len(page.bytes) + len(c.key)
	}
	c.bySeries[s.ID] = n + 1
	return &c.pages[n]
}

// runs finds the places of a series, and the key of what its page says: what follows
// one another, and how often. It reports whether that is one value.
func (c *panelColumn) runs(s *outlook.Series) (alike bool) {
	c.mapped, c.key = c.mapped[:0], c.key[:0]
	last, count := int32(0), 0
	end := func() {
		if count > 0 {
			c.key = binary.AppendUvarint(binary.AppendVarint(c.key, int64(last)), uint64(count))
		}
	}
	add := func(n int32) {
		place := c.placeOf(n)
		c.mapped = append(c.mapped, place)
		if place != last {
			end()
			last, count = place, 0
		}
		count++
	}
	if s.Numbers == nil {
		for n := range s.Layout.Of {
			add(int32(n))
		}
	} else {
		for _, n := range s.Numbers {
			add(n)
		}
	}
	if count == len(c.mapped) && s.Numbers != nil {
		c.key = binary.AppendUvarint(binary.AppendVarint(append(c.key[:0], '='), int64(last)), uint64(s.Layout.Rows))
		return true
	}
	end()
	c.key = binary.AppendUvarint(append(c.key, '@'), uint64(s.Layout.ID))
	return false
}

// encoded is the page of a series whose places are found. Its bytes are good until the
// next page.
func (c *panelColumn) encoded(s *outlook.Series) panelPage {
	page := panelPage{least: null, most: null}
	width := 1
	for i, place := range c.mapped {
		if i > 0 && place == c.mapped[i-1] {
			continue
		}
		c.widen(&page.least, place, -1)
		c.widen(&page.most, place, 1)
		width = max(width, bits.Len32(uint32(place+1))) // null is 0
	}
	c.indices = c.indices[:0]
	l := s.Layout
	for origin, piece := range l.Of {
		from, until := l.Pieces[piece], l.Pieces[piece+1]
		if s.Numbers != nil {
			c.indices = append(c.indices, c.mapped[from:until]...)
			continue
		}
		for range until - from {
			c.indices = append(c.indices, c.mapped[origin])
		}
	}
	c.levels = c.levels[:0]
	some := c.indices[:0]
	for _, place := range c.indices {
		if place == null {
			c.levels = append(c.levels, 0)
			continue
		}
		c.levels = append(c.levels, 1)
		some = append(some, place)
	}
	page.nulls = int64(l.Rows - len(some))
	c.page.levels(c.levels, 1)
	c.page.indices(some, width)
	c.end(&page, l.Rows)
	return page
}

// constant is a page of one value. Its bytes are good until the next page.
func (c *panelColumn) constant(place int32, rows int) panelPage {
	page := panelPage{least: place, most: place}
	if place == null {
		c.page.levelRun(0, rows)
		c.page.indices(nil, 1)
		page.nulls = int64(rows)
	} else {
		c.page.levelRun(1, rows)
		c.page.indexRun(place, rows)
	}
	c.end(&page, rows)
	return page
}

// end ends the page in hand.
func (c *panelColumn) end(page *panelPage, rows int) {
	c.made, page.unpacked = c.page.end(c.made[:0], dataPage(rows, format.RLEDictionary), nil)
	page.bytes = c.made
}
