package exchange

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A set of numbers tells what is new from what was met, whatever comes in which order.
func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringN(0, 3, 3), 0, 500).Draw(t, "texts")
		set, met := newNumbers(), map[string]bool{}
		for _, text := range texts {
			if set.add(text) == met[text] {
				t.Fatalf("%q is new: %v", text, met[text])
			}
			met[text] = true
		}
	})
}

// Texts that are front coded come back as they were, in their order.
func TestFrontCoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.StringOfN(rapid.RuneFrom([]rune("01é")), 0, 300, -1)).Draw(t, "texts")
		var coded frontCoded
		for _, text := range texts {
			coded.add(text)
		}
		var got []string
		for text := range coded.all {
			got = append(got, string(text))
		}
		if !slices.Equal(got, texts) {
			t.Fatalf("%q came back as %q", texts, got)
		}
	})
}

// Numbers that are over tell what is new as a plain set does, or that they cannot say, which
// they never do of numbers that are kept.
func TestPassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, met := newPassed(), map[string]bool{}
		p.enough = rapid.SampledFrom([]int{0, 20, enoughRising}).Draw(t, "enough")
		step := rapid.OneOf(rapid.Just(1), rapid.IntRange(-3, 30)) // mostly rising
		at := 1000
		for _, by := range rapid.SliceOf(step).Draw(t, "steps") {
			at += by
			number := strconv.Itoa(at)
			switch isNew, unsure := p.add(number); {
			case unsure && (isNew || p.enough == enoughRising):
				t.Fatalf("%s is in doubt", number)
			case unsure:
				return
			case isNew == met[number]:
				t.Fatalf("%s is new: %v", number, isNew)
			}
			met[number] = true
		}
	})
}

// A large set takes six or seven bytes a number.
func TestNumbersAreSmall(t *testing.T) {
	var part hashes
	for i := range 10_000 {
		if !part.add(hashOf(uint64(i) * 0x9e3779b97f4a7c15)) {
			t.Fatal(i, "is not new")
		}
		if bytes := len(hash{}) * cap(part.table); part.n >= 100 && bytes > 7*part.n {
			t.Fatalf("%d numbers take %d bytes", part.n, bytes)
		}
	}
}

func BenchmarkNumbers(b *testing.B) {
	number := func(i int) string { return string(strconv.AppendInt([]byte("ABC-"), int64(100_000_000+i), 10)) }
	b.Run("rising", func(b *testing.B) {
		over := newPassed()
		for i := 0; b.Loop(); i++ {
			over.add(number(i))
		}
	})
	b.Run("set", func(b *testing.B) {
		set := newNumbers()
		for i := 0; b.Loop(); i++ {
			set.add(number(i))
		}
	})
}

// risingEntries is a table of n entries of a line each, and of one after them.
type risingEntries struct {
	n, at int
	last  string // the number of that one; "" for none
}

func (s *risingEntries) Columns() []string        { return []string{"entry"} }
func (s *risingEntries) Progress() (int64, int64) { return 0, 0 }
func (s *risingEntries) Close() error             { return nil }
func (s *risingEntries) Next(row *Row) error {
	if s.at++; s.at > s.n && (s.at > s.n+1 || s.last == "") {
		return io.EOF
	}
	row.Number, row.Cells = s.at, append(row.Cells[:0], "E"+strconv.Itoa(s.at))
	if s.at > s.n {
		row.Cells[0] = s.last
	}
	return nil
}

// Numbers that rise are not kept for ever: then one out of order is in doubt, and
// reading the file anew settles it.
func TestNumbersThatRise(t *testing.T) {
	m := &Mapping{Columns: []Column{{Name: "entry", Field: Entry}}}
	const n = 5000
	for _, enough := range []int{3 * n, 8 * n} {
		for _, last := range []string{"", "F9999999", "E55", "E0"} {
			r, rows := newReading(&risingEntries{n: n, last: last}, m, nil), 0
			r.over.enough = enough
			var c entryRows
			more, err := true, error(nil)
			for more && err == nil {
				if more, err = r.next(&c); more {
					rows += c.n
				}
			}
			var e *ScatteredError
			scattered := errors.As(err, &e)
			switch kept := enough > 4*n; {
			case last == "" && rows == n && err == nil:
			case last == "F9999999" && rows == n+1 && err == nil:
			case kept && last == "E0" && rows == n+1 && err == nil:
			case rows == n && scattered && e.Entry == last && e.Row == n+1 && e.Maybe == !kept && (!kept || last == "E55"):
			default:
				t.Errorf("%d, then %s: %d rows, %v", n, last, rows, err)
			}
			if (r.over.set != nil) != (enough > 4*n && strings.HasPrefix(last, "E")) {
				t.Errorf("%d, then %s: a set is made: %v", n, last, r.over.set != nil)
			}
			if !scattered {
				continue
			}
			open := func() (Source, error) { return &risingEntries{n: n, last: last}, nil }
			s, err := Gather(t.Context(), open, m)
			if err != nil || len(s.entries) > 1 || (s.of("E55") != nil) != (last == "E55") {
				t.Errorf("%d, then %s: %d are scattered, %v", n, last, len(s.entries), err)
			}
		}
	}
}
