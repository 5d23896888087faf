package outlook

import (
	"encoding/binary"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// blocksAhead is how many blocks are made side by side.
const blocksAhead = 128

// Lines is how many lines of the tariff the panel has.
func (p *Panel) Lines() int { return len(p.lines) }

// Blocks are the rows of the panel by line: by code, by origin, by time.
func (p *Panel) Blocks() iter.Seq2[nomenclature.Code, *Block] {
	return func(yield func(nomenclature.Code, *Block) bool) {
		keys, left := make([]string, len(p.lines)), map[string]int{}
		for i := range p.lines {
			keys[i] = templateKey(&p.lines[i])
			left[keys[i]]++
		}
		maker := blockMaker{p: p, blocks: map[string]*Block{}, series: map[string]*Series{}, layouts: map[string]*Series{}}
		for i := range p.lines {
			b := maker.blocks[keys[i]]
			if b == nil {
				maker.ahead(keys, i)
				b = maker.blocks[keys[i]]
			}
			if left[keys[i]]--; left[keys[i]] == 0 {
				delete(maker.blocks, keys[i])
			}
			if b.Rows > 0 && !yield(p.lines[i].code, b) {
				return
			}
		}
	}
}

// blockMaker makes blocks.
type blockMaker struct {
	p      *Panel
	blocks map[string]*Block // of lines that are still to come, by template

	memo    sync.Mutex
	made    int32              // series
	layouts map[string]*Series // those of origins
	series  map[string]*Series
	size    int // of their numbers
}

// mostNumbers is of how many numbers series are remembered.
const mostNumbers = 2 << 20

// ahead makes the blocks of the line and of others that come after it.
func (m *blockMaker) ahead(keys []string, line int) {
	var lines []int
	for i := line; i < len(keys) && len(lines) < blocksAhead; i++ {
		if _, ok := m.blocks[keys[i]]; !ok {
			lines = append(lines, i)
			m.blocks[keys[i]] = nil
		}
	}
	out := make([]*Block, len(lines))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(max(m.p.o.Workers, 1), len(lines)) {
		all.Go(func() {
			w := blockWorker{blockMaker: m, pieceOf: make([]int32, len(m.p.strips.all))}
			for i := int(next.Add(1)) - 1; i < len(lines); i = int(next.Add(1)) - 1 {
				out[i] = w.block(&m.p.lines[lines[i]])
			}
		})
	}
	all.Wait()
	for i, n := range lines {
		m.blocks[keys[n]] = out[i]
	}
}

// blockWorker is the memory of one goroutine that makes blocks.
type blockWorker struct {
	*blockMaker
	sums    sums
	pieceOf []int32 // by strip, the number of its piece plus 1
	strips  []int32 // of the pieces
	groups  []int32 // by group, the number of its piece
	bounds  []int32 // of the pieces
	spans   []span
	key     []byte
	numbers []int32
}

// block makes the block of a line.
func (w *blockWorker) block(l *panelLine) *Block {
	p := w.p
	w.strips, w.groups, w.spans, w.bounds = w.strips[:0], w.groups[:0], w.spans[:0], append(w.bounds[:0], 0)
	for g := range p.groups {
		strip := p.stripOf(l, g)
		if w.pieceOf[strip] == 0 {
			w.strips = append(w.strips, strip)
			w.pieceOf[strip] = int32(len(w.strips))
			w.spans = p.spansOf(l, strip, &w.sums, w.spans)
			w.bounds = append(w.bounds, int32(len(w.spans)))
		}
		w.groups = append(w.groups, w.pieceOf[strip]-1)
	}
	for _, strip := range w.strips {
		w.pieceOf[strip] = 0
	}
	origins := w.layout()
	b := &Block{Rows: origins.Layout.Rows}
	b.Streams[byOrigin] = origins
	w.stream(b, byFrom, func(s *span) int32 { return w.time(s.period.From) })
	w.stream(b, byUntil, func(s *span) int32 { return w.time(s.period.Until) })
	w.stream(b, byOpened, func(s *span) int32 { return s.opened })
	w.stream(b, byCell, func(s *span) int32 { return s.cell })
	w.stream(b, byOrdinary, func(s *span) int32 { return s.ordinary })
	w.stream(b, byTotal, func(s *span) int32 { return s.total })
	return b
}

// layout is the stream of origins of the spans in hand, with their layout.
func (w *blockWorker) layout() *Series {
	key := w.key[:0]
	for _, n := range w.bounds {
		key = binary.AppendUvarint(key, uint64(n))
	}
	key = append(key, 0)
	for _, n := range w.groups {
		key = binary.AppendUvarint(key, uint64(n))
	}
	w.key = key
	w.memo.Lock()
	defer w.memo.Unlock()
	if s := w.layouts[string(key)]; s != nil {
		return s
	}
	l := &Layout{ID: int32(len(w.layouts)), Pieces: append([]int32(nil), w.bounds...)}
	for _, g := range w.p.groupOf {
		piece := w.groups[g]
		l.Of = append(l.Of, piece)
		l.Rows += int(w.bounds[piece+1] - w.bounds[piece])
	}
	s := &Series{ID: w.made, Layout: l}
	w.made++
	w.layouts[string(key)] = s
	return s
}

// stream adds a stream to a block: a number of each span.
func (w *blockWorker) stream(b *Block, stream Stream, number func(*span) int32) {
	layout := b.Streams[byOrigin]
	key := binary.AppendUvarint(append(w.key[:0], byte(stream)), uint64(layout.Layout.ID))
	w.numbers = w.numbers[:0]
	for i := range w.spans {
		n := number(&w.spans[i])
		w.numbers = append(w.numbers, n)
		key = binary.AppendUvarint(key, uint64(n))
	}
	w.key = key
	w.memo.Lock()
	defer w.memo.Unlock()
	s := w.series[string(key)]
	if s == nil {
		if w.size += len(w.numbers); w.size > mostNumbers {
			clear(w.series)
			w.size = len(w.numbers)
		}
		s = &Series{ID: w.made, Layout: layout.Layout, Numbers: append([]int32(nil), w.numbers...)}
		w.made++
		w.series[string(key)] = s
	}
	b.Streams[stream] = s
}

// time numbers an instant at which intervals begin or end.
func (w *blockWorker) time(at quantity.Instant) int32 {
	n, _ := slices.BinarySearch(w.p.times, at)
	return int32(n)
}
