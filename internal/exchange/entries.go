package exchange

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
)

// Rows with one entry number are lines of one entry. They are answered together,
// so that what is counted once for an entry is. Lines that follow one another need
// no memory; that none comes later again is seen by the numbers that are over
// ([passed]). Where one does, the rows of such entries are collected first ([Gather]),
// and the file is gone through anew.

// mostLines is how many lines an entry may have.
const mostLines = 10_000

func tooManyLines(row int, entry string) error {
	return fmt.Errorf("row %d: the entry %s has more than %d lines: is that the column of entry numbers? (--map with \"-\" for it)", row, entry, mostLines)
}

// ScatteredError is an entry whose lines do not follow one another.
type ScatteredError struct {
	Entry string
	Row   int  // at which it comes again
	Maybe bool // it only may: its number stands out of order, and what came before it was not kept
}

// Error says what to do.
func (e *ScatteredError) Error() string {
	if e.Maybe {
		return fmt.Sprintf("row %d: the number of the entry %s is out of order, and it may have had lines before: sort the file by the number of the entry", e.Row, e.Entry)
	}
	return fmt.Sprintf("row %d: the entry %s was over, and has a further line: sort the file by the number of the entry", e.Row, e.Entry)
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

// passed is the entries that are over. While their numbers rise, the last of them tells
// that a greater one is new, and they are kept one after another; from the first on that
// does not, a set tells.
type passed struct {
	rising frontCoded
	enough int      // so many bytes of numbers that rise are taken to go on so, and kept no longer
	forgot bool     // they are not
	set    *numbers // nil while they rise
}

// enoughRising are a million numbers or two, at four to eight bytes each: files are sorted
// by them or they are not.
const enoughRising = 1 << 23

func newPassed() *passed { return &passed{enough: enoughRising} }

// add adds the number of an entry, and reports whether it is new; unsure tells that it
// cannot say.
func (p *passed) add(entry string) (isNew, unsure bool) {
	if p.set != nil {
		return p.set.add(entry), false
	}
	last := p.rising.last
	switch rises := cmp.Or(cmp.Compare(len(entry), len(last)), cmp.Compare(entry, last)) > 0; {
	case !rises && p.forgot:
		return false, true
	case !rises:
		p.set = newNumbers()
		for number := range p.rising.all {
			p.set.add(string(number))
		}
		p.rising = frontCoded{}
		return p.set.add(entry), false
	case p.forgot:
		p.rising.last = entry
	default:
		if p.rising.add(entry); len(p.rising.coded) > p.enough {
			p.rising.coded, p.forgot = nil, true
		}
	}
	return true, false
}

// frontCoded is texts in the order in which they came, each as the length of what it
// begins with as the one before does, the length of the rest, and the rest. It is short
// for texts of which each is much like the one before.
type frontCoded struct {
	last  string
	coded []byte
}

func (f *frontCoded) add(text string) {
	same := 0
	for same < len(text) && same < len(f.last) && text[same] == f.last[same] {
		same++
	}
	f.coded = binary.AppendUvarint(binary.AppendUvarint(f.coded, uint64(same)), uint64(len(text)-same))
	f.coded, f.last = append(f.coded, text[same:]...), text
}

// all yields the texts, each good until the next.
func (f *frontCoded) all(yield func([]byte) bool) {
	var text []byte
	for rest := f.coded; len(rest) > 0; {
		same, n := binary.Uvarint(rest)
		more, m := binary.Uvarint(rest[n:])
		rest = rest[n+m:]
		if text = append(text[:same], rest[:more]...); !yield(text) {
			return
		}
		rest = rest[more:]
	}
}

// numbers is a set of texts, by their hashes, in parts that grow one at a time. That
// two of seven million texts share a hash has a chance of one in 700; an entry would
// then be taken for scattered, and no answer for another.
type numbers struct {
	seed  maphash.Seed
	parts [1 << partBits]hashes
}

// partBits are the bits of a hash that tell its part.
const partBits = 14

// hashes is a table with open places, at most five sixths full: it grows by an eighth,
// so that a large set has little room to spare.
type hashes struct {
	table []hash
	n     int
}

// hash is what a part keeps of the hash of a text: 40 bits, not all of them 0.
type hash [5]byte

func hashOf(h uint64) hash {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], h)
	if kept := hash(b[:5]); kept != (hash{}) {
		return kept
	}
	return hash{1}
}

func newNumbers() *numbers { return &numbers{seed: maphash.MakeSeed()} }

// add adds a text, and reports whether it is new.
func (s *numbers) add(text string) bool {
	h := maphash.String(s.seed, text)
	return s.parts[h>>(64-partBits)].add(hashOf(h))
}

func (s *hashes) add(h hash) bool {
	if 6*s.n >= 5*len(s.table) {
		old := s.table
		s.table = make([]hash, len(old)+len(old)/8+8)
		for _, h := range old {
			if h != (hash{}) {
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

func (s *hashes) put(h hash) bool {
	first := uint64(binary.LittleEndian.Uint32(h[:])) * uint64(len(s.table)) >> 32
	for i := int(first); ; i++ {
		if i == len(s.table) {
			i = 0
		}
		switch at := &s.table[i]; *at {
		case hash{}:
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
	over      *passed // nil where scattered has all entries that come again
	ahead     Row     // read, and not yet of a chunk
	held      bool
	failed    error // that comes once what was read is answered
}

func newReading(in Source, m *Mapping, scattered *Scattered) *reading {
	r := &reading{in: in, entry: m.entryCell(), scattered: scattered}
	if scattered == nil {
		r.over = newPassed()
	}
	return r
}

// next fills a chunk with groups, at least [chunkRows] rows where there are so
// many.
func (r *reading) next(c *entryRows) (bool, error) {
	if more, err := r.fill(c); !more || err != nil || r.over == nil {
		return more, err
	}
	for i, g := range c.groups { // together, since each is a look into memory far away
		if g.entry == "" {
			continue
		}
		isNew, unsure := r.over.add(g.entry)
		if isNew {
			continue
		}
		r.failed = &ScatteredError{g.entry, c.rows[g.first].Number, unsure}
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
				r.failed = tooManyLines(row.Number, entry)
				return true, nil
			}
			c.groups = append(c.groups, group{entry, c.n, c.n + 1})
		}
		c.n++
	}
}
