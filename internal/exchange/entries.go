package exchange

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/navicert/navicert/internal/determination"
)

// Rows with one entry number are lines of one entry. They are answered together,
// so that what is counted once for an entry is. Lines that follow one another need
// no memory; that none comes later again is seen by a set of the numbers that are
// over, eight bytes each. Where one does, the rows of such entries are collected
// first ([Gather]), and the file is gone through anew.

// mostLines is how many lines an entry may have.
const mostLines = 10_000

// mostScattered is how many rows of entries whose lines do not follow one another
// are collected.
const mostScattered = 200_000

// ScatteredError is an entry whose lines do not follow one another.
type ScatteredError struct {
	Entry string
	Row   int // at which it comes again
}

// Error says what to do.
func (e *ScatteredError) Error() string {
	return fmt.Sprintf("row %d: the entry %s was over, and has a further line: sort the file by the number of the entry", e.Row, e.Entry)
}

// Scattered is the entries whose lines do not follow one another, with their rows. It
// serves one run.
type Scattered struct {
	entries map[string]*scatteredEntry
}

// scatteredEntry is an entry whose lines do not follow one another. All its rows are
// answered together where the first of them comes; from then on it is known what they
// share, and each is answered where it stands.
type scatteredEntry struct {
	rows    []Row // until then
	numbers []int // of the rows
	once    sync.Once
	shared  [2]*determination.Shared // by the worlds of a comparison; the first where there is one
	same    bool                     // the law of both is, for all lines
}

// of returns an entry, nil where its lines follow one another.
func (s *Scattered) of(entry string) *scatteredEntry {
	if s == nil {
		return nil
	}
	return s.entries[entry]
}

// keep keeps what the lines share in the place of the rows.
func (e *scatteredEntry) keep(shared ...*determination.Shared) {
	e.numbers = make([]int, len(e.rows))
	for i := range e.rows {
		e.numbers[i] = e.rows[i].Number
	}
	copy(e.shared[:], shared)
	e.rows = nil
}

// line tells which line of the entry, from 0, the first of some rows is.
func (e *scatteredEntry) line(rows []Row) int {
	first, _ := slices.BinarySearch(e.numbers, rows[0].Number)
	return first
}

// Together lets pass go through a file. Where the lines of an entry turn out not to
// follow one another, it is told so, the rows of such entries are collected, and
// pass goes through the file anew.
func Together(ctx context.Context, in Source, open func() (Source, error), m *Mapping, again func(*ScatteredError), pass func(Source, *Scattered) error) error {
	err := pass(in, nil)
	var e *ScatteredError
	if !errors.As(err, &e) {
		return err
	}
	again(e)
	scattered, err := Gather(ctx, open, m)
	if err != nil {
		return err
	}
	if in, err = open(); err != nil {
		return err
	}
	defer in.Close()
	return pass(in, scattered)
}

// Gather goes through a file twice: to find the entries whose lines do not follow
// one another, and to collect their rows. It returns nil where there are none.
func Gather(ctx context.Context, open func() (Source, error), m *Mapping) (*Scattered, error) {
	s, entry := &Scattered{entries: map[string]*scatteredEntry{}}, m.entryCell()
	pass := func(visit func(entry string, row *Row) error) error {
		in, err := open()
		if err != nil {
			return err
		}
		defer in.Close()
		var row Row
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := in.Next(&row)
			switch {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return nil // the rows before are good; the run tells of it
			}
			if err := visit(entry.of(&row), &row); err != nil {
				return err
			}
		}
	}
	over, last := newNumbers(), ""
	err := pass(func(entry string, row *Row) error {
		if entry != last && entry != "" && !over.add(entry) {
			s.entries[strings.Clone(entry)] = new(scatteredEntry)
		}
		last = entry
		return nil
	})
	if err != nil || len(s.entries) == 0 {
		return nil, err
	}
	n := 0
	err = pass(func(entry string, row *Row) error {
		e := s.entries[entry]
		if e == nil {
			return nil
		}
		if n++; n > mostScattered {
			return fmt.Errorf("more than %d rows are of entries whose lines do not follow one another: sort the file by the number of the entry", mostScattered)
		}
		e.rows = append(e.rows, row.kept())
		return nil
	})
	return s, err
}

// entryCell is where the number of the entry stands that a row is a line of.
type entryCell struct {
	at        int    // of the cells of a row; -1: nowhere
	otherwise string // the number where the cell is empty
}

func (m *Mapping) entryCell() entryCell {
	return entryCell{slices.IndexFunc(m.Columns, func(c Column) bool { return c.Field == Entry }), m.Constants[Entry]}
}

// of is the number, "" for none.
func (e entryCell) of(row *Row) string {
	if e.at >= 0 && e.at < len(row.Cells) && row.Cells[e.at] != "" {
		return row.Cells[e.at]
	}
	return e.otherwise
}

// HasEntries reports whether rows may be lines of entries.
func (m *Mapping) HasEntries() bool {
	return m.Constants[Entry] != "" || slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Field == Entry })
}

// numbers is a set of texts, by their hashes, in parts that grow one at a time. That
// two of ten million texts share a hash has a chance of one in 400,000; an entry
// would then be taken for scattered, and no answer for another.
type numbers struct {
	seed  maphash.Seed
	parts [1 << 8]hashes
}

// hashes is a table with open places, at most three quarters full.
type hashes struct {
	table []uint64
	n     int
}

func newNumbers() *numbers { return &numbers{seed: maphash.MakeSeed()} }

// add adds a text, and reports whether it is new.
func (s *numbers) add(text string) bool {
	h := maphash.String(s.seed, text)
	return s.parts[h>>56].add(h | 1)
}

func (s *hashes) add(h uint64) bool {
	if 4*s.n >= 3*len(s.table) {
		old := s.table
		s.table = make([]uint64, max(2*len(old), 16))
		for _, h := range old {
			if h != 0 {
				s.put(h)
			}
		}
	}
	if !s.put(h) {
		return false
	}
	s.n++
	return true
}

func (s *hashes) put(h uint64) bool {
	for i := h >> 1; ; i++ {
		switch at := &s.table[i&uint64(len(s.table)-1)]; *at {
		case 0:
			*at = h
			return true
		case h:
			return false
		}
	}
}

// group is rows that are answered together: the lines of one entry, or one row.
type group struct {
	entry       string
	first, last int // of the rows of a chunk; last is outside
}

// entryRows is rows of whole entries; of one whose lines do not follow one another,
// those that do.
type entryRows struct {
	rows   []Row
	groups []group
	n      int // rows
}

// reading fills chunks with whole entries.
type reading struct {
	in        Source
	entry     entryCell
	scattered *Scattered
	over      *numbers
	ahead     Row // read, and not yet of a chunk
	held      bool
	failed    error // that comes once what was read is answered
}

func newReading(in Source, m *Mapping, scattered *Scattered) *reading {
	return &reading{in: in, entry: m.entryCell(), scattered: scattered, over: newNumbers()}
}

// next fills a chunk with groups, at least [chunkRows] rows where there are so
// many.
func (r *reading) next(c *entryRows) (bool, error) {
	if more, err := r.fill(c); !more || err != nil {
		return more, err
	}
	for i, g := range c.groups { // together, since each is a look into memory far away
		if g.entry == "" || r.scattered.of(g.entry) != nil || r.over.add(g.entry) {
			continue
		}
		r.failed = &ScatteredError{g.entry, c.rows[g.first].Number}
		if c.groups, c.n = c.groups[:i], g.first; i == 0 {
			return false, r.failed
		}
		break
	}
	return true, nil
}

func (r *reading) fill(c *entryRows) (bool, error) {
	c.n, c.groups = 0, c.groups[:0]
	if r.failed != nil {
		return false, r.failed
	}
	for {
		if c.n == len(c.rows) {
			c.rows = append(c.rows, Row{})
		}
		row := &c.rows[c.n]
		if r.held {
			*row, r.ahead, r.held = r.ahead, *row, false
		} else if err := r.in.Next(row); err != nil {
			if !errors.Is(err, io.EOF) {
				r.failed = err
			}
			if c.n == 0 {
				return false, r.failed
			}
			return true, nil
		}
		entry := r.entry.of(row)
		g := len(c.groups) - 1
		more := g >= 0 && entry != "" && entry == c.groups[g].entry && c.groups[g].last-c.groups[g].first < mostLines
		if !more && c.n >= chunkRows {
			*row, r.ahead, r.held = r.ahead, *row, true
			return true, nil
		}
		if more {
			c.groups[g].last++
		} else {
			if g >= 0 && entry != "" && entry == c.groups[g].entry {
				r.failed = fmt.Errorf("row %d: the entry %s has more than %d lines: is that the column of entry numbers? (--map with \"-\" for it)", row.Number, entry, mostLines)
				return true, nil
			}
			c.groups = append(c.groups, group{entry, c.n, c.n + 1})
		}
		c.n++
	}
}
