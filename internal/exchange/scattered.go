package exchange

import (
	"bufio"
	"cmp"
	"container/list"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/navicert/navicert/internal/determination"
)

// Scattered is the entries whose lines do not follow one another, with their rows,
// which are in a file of its own in the directory for temporary files (TMPDIR): in
// memory is little more than the numbers of the entries. It serves one run, and is
// closed then.
type Scattered struct {
	entries map[string]int32
	at      []spilled
	file    *os.File // nil where there are none

	mu sync.Mutex
	// What is known of entries is kept while it has room, of those with few lines, which
	// are soon answered again, and of those with many.
	known       map[int32]*list.Element
	few, many   *list.List // the ones asked for last first
	lines, room int        // of the entries kept
}

// spilled is where the rows of an entry are in the file: the last of them, and each
// tells where the one before it is.
type spilled struct {
	last  int64 // its place
	first int   // the number of the first row
	lines int32
}

// Room for what is known of entries, some 300 bytes a line, and how many lines are few.
const (
	mostKnownLines = 1 << 20
	fewLines       = 16
)

// scatteredEntry is an entry whose lines do not follow one another. All its rows are
// answered together where one of them comes; from then on it is known what they
// share, and each is answered where it stands.
type scatteredEntry struct {
	spilled
	entry   string
	of      *Scattered
	once    sync.Once
	failed  error                    // of reading its rows
	numbers []int                    // of the rows
	shared  [2]*determination.Shared // by the worlds of a comparison; the first where there is one
	same    bool                     // the law of both is, for all lines
}

// of returns an entry, nil where its lines follow one another.
func (s *Scattered) of(entry string) *scatteredEntry {
	if s == nil {
		return nil
	}
	n, ok := s.entries[entry]
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := int(s.at[n].lines)
	in := s.many
	if lines <= fewLines {
		in = s.few
	}
	if e, ok := s.known[n]; ok {
		in.MoveToFront(e)
		return e.Value.(*scatteredEntry)
	}
	for s.lines+lines > s.room && len(s.known) > 0 {
		from := s.few
		if from.Len() == 0 {
			from = s.many
		}
		gone := from.Remove(from.Back()).(*scatteredEntry)
		s.lines -= int(gone.lines)
		delete(s.known, s.entries[gone.entry])
	}
	e := &scatteredEntry{spilled: s.at[n], of: s, entry: entry}
	s.known[n] = in.PushFront(e)
	s.lines += lines
	return e
}

// share finds out, once, what the lines of the entry share, which answer does for its
// rows.
func (e *scatteredEntry) share(answer func(rows []Row) (shared [2]*determination.Shared, same bool)) error {
	e.once.Do(func() {
		var rows []Row
		if rows, e.failed = e.rows(); e.failed != nil {
			return
		}
		e.shared, e.same = answer(rows)
		e.numbers = make([]int, len(rows))
		for i := range rows {
			e.numbers[i] = rows[i].Number
		}
	})
	return e.failed
}

// line tells which line of the entry, from 0, the first of some rows is.
func (e *scatteredEntry) line(rows []Row) int {
	first, _ := slices.BinarySearch(e.numbers, rows[0].Number)
	return first
}

// rows reads the rows of the entry.
func (e *scatteredEntry) rows() ([]Row, error) {
	rows, at := make([]Row, e.lines), e.last
	var buf []byte
	for i := len(rows) - 1; i >= 0; i-- {
		var err error
		if at, buf, err = readSpilled(e.of.file, at, &rows[i], buf); err != nil {
			return nil, fmt.Errorf("the rows of entry %s cannot be read back: %w", e.entry, err)
		}
	}
	return rows, nil
}

// Close forgets the rows.
func (s *Scattered) Close() error {
	if s == nil || s.file == nil {
		return nil
	}
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // where it still has its name
	return err
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
	defer scattered.Close()
	if in, err = open(); err != nil {
		return err
	}
	defer in.Close()
	return pass(in, scattered)
}

// Gather goes through a file twice: to find the entries whose lines do not follow
// one another, and to collect their rows. There may be none.
func Gather(ctx context.Context, open func() (Source, error), m *Mapping) (*Scattered, error) {
	s := &Scattered{entries: map[string]int32{}, known: map[int32]*list.Element{}, few: list.New(), many: list.New(), room: mostKnownLines}
	over, last := newNumbers(), ""
	err := eachRow(ctx, open, m, func(entry string, row *Row) error {
		if entry != last && entry != "" && !over.add(entry) {
			if _, ok := s.entries[entry]; !ok {
				s.entries[strings.Clone(entry)] = int32(len(s.at))
				s.at = append(s.at, spilled{})
			}
		}
		last = entry
		return nil
	})
	if err == nil && len(s.at) > 0 {
		err = s.spill(ctx, open, m)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// eachRow visits the rows of a file with the numbers of their entries.
func eachRow(ctx context.Context, open func() (Source, error), m *Mapping, visit func(entry string, row *Row) error) error {
	in, err := open()
	if err != nil {
		return err
	}
	defer in.Close()
	entry := m.entryCell()
	var row Row
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := in.Next(&row); err != nil {
			return nil // the rows before are good; the run tells of it
		}
		if err := visit(entry.of(&row), &row); err != nil {
			return err
		}
	}
}

// spill writes the rows of the entries to a file.
func (s *Scattered) spill(ctx context.Context, open func() (Source, error), m *Mapping) error {
	var err error
	if s.file, err = temporary("navicert-*.rows"); err != nil {
		return err
	}
	out := bufio.NewWriterSize(s.file, 1<<18)
	at := int64(1) // 0 is before the first row of an entry
	if err := out.WriteByte(0); err != nil {
		return err
	}
	var b []byte
	err = eachRow(ctx, open, m, func(entry string, row *Row) error {
		n, ok := s.entries[entry]
		if !ok {
			return nil
		}
		e := &s.at[n]
		if e.lines++; e.lines > mostLines {
			return tooManyLines(row.Number, entry)
		}
		if e.lines == 1 {
			e.first = row.Number
		}
		var err error
		if b, err = appendSpilled(b[:0], e.last, row); err != nil {
			return err
		}
		e.last, at = at, at+int64(len(b))
		_, err = out.Write(b)
		return err
	})
	if err = cmp.Or(err, out.Flush()); errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%w (the rows of entries whose lines do not follow one another are collected there: TMPDIR names another directory, or sort the file by the number of the entry)", err)
	}
	return err
}

// appendSpilled appends a row: how long it is, where the row of the entry before it is,
// its number, its cells and its faults.
func appendSpilled(b []byte, before int64, row *Row) ([]byte, error) {
	const length = 4
	b = append(b, make([]byte, length)...)
	b = binary.AppendUvarint(b, uint64(before))
	b = binary.AppendUvarint(b, uint64(row.Number))
	b = binary.AppendUvarint(b, uint64(len(row.Cells)))
	for _, c := range row.Cells {
		b = binary.AppendUvarint(b, uint64(len(c)))
		b = append(b, c...)
	}
	if len(row.Faults) > 0 {
		faults, err := json.Marshal(row.Faults)
		if err != nil {
			return b, err
		}
		b = append(b, faults...)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-length))
	return b, nil
}

// readSpilled reads the row at a place, and tells where the one before it is. The
// memory of buf is used, and returned.
func readSpilled(r io.ReaderAt, at int64, row *Row, buf []byte) (before int64, _ []byte, err error) {
	var length [4]byte
	if _, err := r.ReadAt(length[:], at); err != nil {
		return 0, buf, err
	}
	buf = slices.Grow(buf[:0], int(binary.LittleEndian.Uint32(length[:])))[:binary.LittleEndian.Uint32(length[:])]
	if _, err := r.ReadAt(buf, at+int64(len(length))); err != nil {
		return 0, buf, err
	}
	b := buf
	next := func() int {
		n, size := binary.Uvarint(b)
		b = b[max(size, 0):]
		return int(n)
	}
	before, row.Number = int64(next()), next()
	row.Cells = make([]string, next())
	texts := string(b)
	for i := range row.Cells {
		n := next()
		from := len(texts) - len(b)
		row.Cells[i], b = texts[from:from+n], b[n:]
	}
	if len(b) > 0 {
		err = json.Unmarshal(b, &row.Faults)
	}
	return before, buf, err
}
