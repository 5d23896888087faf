package exchange

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Rows written to a file are read back as they were, the last of an entry first.
func TestSpilledRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.String(), 0, 8)
		faults := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Fault {
			text := rapid.StringMatching(`[a-z "é]{0,12}`)
			return Fault{Column: text.Draw(t, "column"), Field: text.Draw(t, "field"), Kind: text.Draw(t, "kind"), Message: text.Draw(t, "message"), Hint: text.Draw(t, "hint")}
		}), 0, 2)
		var file []byte
		var rows []Row
		at, last := int64(0), int64(0)
		for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
			row := Row{Number: 1 + i*rapid.IntRange(1, 1<<40).Draw(t, "step"), Cells: append([]string{}, cells.Draw(t, "cells")...)}
			if f := faults.Draw(t, "faults"); len(f) > 0 {
				row.Faults = f
			}
			rows = append(rows, row)
			b, err := appendSpilled(nil, last, &row)
			if err != nil {
				t.Fatal(err)
			}
			last, at = at, at+int64(len(b))
			file = append(file, b...)
		}
		var buf []byte
		for i := len(rows) - 1; i >= 0; i-- {
			var got Row
			var err error
			if last, buf, err = readSpilled(bytes.NewReader(file), last, &got, buf); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rows[i], got); diff != "" {
				t.Fatalf("row %d: %s", i, diff)
			}
		}
	})
}

// dealtEntries is 3 entries of 20 lines and 50 of 2, of which no two follow one another.
type dealtEntries int

func (*dealtEntries) Columns() []string        { return []string{"entry"} }
func (*dealtEntries) Progress() (int64, int64) { return 0, 0 }
func (*dealtEntries) Close() error             { return nil }

func (d *dealtEntries) Next(row *Row) error {
	*d++
	n := int(*d)
	if n > 160 {
		return io.EOF
	}
	row.Number, row.Cells = n, []string{fmt.Sprint("few ", n%50)}
	if n <= 60 {
		row.Cells[0] = fmt.Sprint("many ", n%3)
	}
	return nil
}

// Of the entries that are known only so many lines are in memory; those of few lines go
// first, and come back with the same rows.
func TestScatteredRoom(t *testing.T) {
	m := &Mapping{Columns: []Column{{Name: "entry", Field: Entry}}}
	s, err := Gather(t.Context(), func() (Source, error) { return new(dealtEntries), nil }, m)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.room = 64; len(s.at) != 53 {
		t.Fatalf("%d entries are scattered", len(s.at))
	}
	many := s.of("many 1")
	for range 2 {
		for i := range 50 {
			e := s.of(fmt.Sprint("few ", i))
			rows, err := e.rows()
			if err != nil || len(rows) != 2 || rows[0].Number != e.first || rows[0].Cells[0] != e.entry || rows[1].Number != e.first+50 {
				t.Fatalf("%s: %v, %v", e.entry, rows, err)
			}
			if s.lines > s.room || len(s.known) != s.few.Len()+s.many.Len() {
				t.Fatalf("%d lines of %d entries are kept", s.lines, len(s.known))
			}
		}
	}
	if s.of("many 1") != many {
		t.Error("an entry of many lines went before those of few")
	}
	if s.of("many 0"); len(s.known) < 3 || s.of("many 2") == nil || s.lines > s.room {
		t.Errorf("%d lines of %d entries are kept", s.lines, len(s.known))
	}
	if s.of("none") != nil {
		t.Error("an entry that is none")
	}
}
