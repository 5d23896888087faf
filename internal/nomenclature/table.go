package nomenclature

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/navicert/navicert/internal/quantity"
)

// Line is one numbered line of a schedule during the period in which it read
// so.
type Line struct {
	Code        Code
	Designation string   // its own words, below those of the nearest shorter code
	Units       []string // units of quantity as printed; empty: inherited
	General     string   // column 1 general as printed; "": inherited
	Special     string   // column 1 special as printed; "": inherited
	Other       string   // column 2 as printed; "": inherited
	Period      quantity.Period
}

// Table is the lines of one schedule, of all times. It never changes and is
// safe for any number of goroutines; a nil Table is empty. The pointers it
// hands out are its own lines: read them only.
type Table struct {
	once  sync.Once
	later func() []Line   // reads the lines when the table is first asked
	lines []Line          // by code, then by beginning
	spans map[uint64]span // of codes by their numbers
	words func() *wordIndex

	begins quantity.Instant // first instant of any line
}

// span is the versions of one code: lines[from:until].
type span struct{ from, until int32 }

// NewTable returns the table of the lines, which may come in any order; the slice is
// the table's from then on. The periods of one code should not overlap; where they do, the one that begins
// last is found.
func NewTable(lines []Line) *Table {
	t := &Table{}
	t.once.Do(func() { t.index(lines) })
	return t
}

// LaterTable returns the [NewTable] of lines that are read when it is first asked
// anything.
func LaterTable(lines func() []Line) *Table { return &Table{later: lines} }

// read makes sure that the lines are there.
func (t *Table) read() {
	t.once.Do(func() {
		t.index(t.later())
		t.later = nil
	})
}

func (t *Table) index(lines []Line) {
	order := func(a, b Line) int {
		if c := cmp.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return cmp.Compare(a.Period.From, b.Period.From)
	}
	if !slices.IsSortedFunc(lines, order) {
		slices.SortStableFunc(lines, order)
	}
	t.lines, t.spans, t.begins = lines, make(map[uint64]span, len(lines)), quantity.MaxInstant
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && lines[j].Code == lines[i].Code {
			j++
		}
		t.spans[Number(lines[i].Code)] = span{int32(i), int32(j)}
		t.begins = min(t.begins, lines[i].Period.From)
		i = j
	}
	t.words = sync.OnceValue(func() *wordIndex { return newWordIndex(t.lines) })
}

// Len returns the number of lines of all times.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	t.read()
	return len(t.lines)
}

// Find returns the line with exactly this code that is in force at the instant.
func (t *Table) Find(c Code, on quantity.Instant) (*Line, bool) {
	if t == nil {
		return nil, false
	}
	t.read()
	return t.find(t.spans[Number(c)], on)
}

func (t *Table) find(s span, on quantity.Instant) (*Line, bool) {
	for i := s.until - 1; i >= s.from; i-- {
		if t.lines[i].Period.Contains(on) {
			return &t.lines[i], true
		}
	}
	return nil, false
}

// Locate returns the line that the code stands for at the instant: its own, or,
// for an eight-digit code that is not split further and so printed with the
// statistical suffix 00 only (2825.90.10 as 2825.90.10.00), that one.
func (t *Table) Locate(c Code, on quantity.Instant) (*Line, bool) {
	l, ok := t.Find(c, on)
	if ok || t == nil || len(c) != 8 {
		return l, ok
	}
	return t.find(t.spans[unsplit(Number(c))], on)
}

// unsplit is the number of the line that an eight-digit code is printed as where it is
// not split further.
func unsplit(number uint64) uint64 { return number * 100 }

// Versions returns the lines with exactly this code, oldest first.
func (t *Table) Versions(c Code) []Line {
	if t == nil {
		return nil
	}
	t.read()
	s := t.spans[Number(c)]
	return slices.Clone(t.lines[s.from:s.until])
}

// Cuts returns the instants, in order, at which what the table says of the code
// may change: the ends of the periods of its lines, of the one it stands for
// (see [Table.Locate]) and of the shorter ones.
func (t *Table) Cuts(c Code) []quantity.Instant {
	p := t.Path(c)
	return p.Cuts()
}

// first is the place of the first line that is the code or lies within it; where there
// is none, of a line behind it, or the end.
func (t *Table) first(c Code) int {
	s, ok := t.spans[Number(c)]
	switch { // most often; a search looks at lines far from one another
	case ok:
		return int(s.from)
	case len(c) == mostDigits: // nothing lies within it
		return len(t.lines)
	}
	i, _ := sort.Find(len(t.lines), func(i int) int { return cmp.Compare(c, t.lines[i].Code) })
	return i
}

// Children returns the next longer lines in force within the code, in order:
// those with no other line in force between them and it. Schedules skip
// lengths, so the children of a heading may have six digits and eight. The
// children of "" are the shortest lines there are.
func (t *Table) Children(c Code, on quantity.Instant) []*Line {
	if t == nil {
		return nil
	}
	t.read()
	var out []*Line
	for i := t.first(c); i < len(t.lines) && t.lines[i].Code.HasPrefix(c); i++ {
		l := &t.lines[i]
		if l.Code == c || !l.Period.Contains(on) {
			continue
		}
		if n := len(out); n > 0 && l.Code.HasPrefix(out[n-1].Code) {
			if l.Code == out[n-1].Code { // overlapping periods: the last one counts
				out[n-1] = l
			}
			continue
		}
		out = append(out, l)
	}
	return out
}

// Lines returns the lines in force at the instant, in order of their codes.
func (t *Table) Lines(on quantity.Instant) iter.Seq[*Line] {
	return func(yield func(*Line) bool) {
		if t == nil {
			return
		}
		t.read()
		for i := range t.lines {
			if t.lines[i].Period.Contains(on) && !yield(&t.lines[i]) {
				return
			}
		}
	}
}

// Designation returns the full designation of the code at the instant: the
// designations of the lines in force from the heading down to the code, joined
// by ": ". It is "" where there are none; the code itself need not be a line.
func (t *Table) Designation(c Code, on quantity.Instant) string {
	var path []string
	if l, ok := t.Locate(c, on); ok && l.Designation != "" {
		path = append(path, l.Designation)
	}
	for p := c.Parent(); p != ""; p = p.Parent() {
		if l, ok := t.Find(p, on); ok && l.Designation != "" {
			path = append(path, l.Designation)
		}
	}
	slices.Reverse(path)
	return strings.Join(path, ": ")
}

// Rate returns the text of a column for the code at the instant, and the code
// of the line that prints it: the code's own line (see [Table.Locate]), or the
// nearest shorter one whose column is not empty. It is not ok where no line has any. The code
// itself need not be a line.
func (t *Table) Rate(c Code, column func(*Line) string, on quantity.Instant) (text string, at Code, ok bool) {
	p := t.Path(c)
	return p.Rate(column, on)
}

// Path is a code of a table and the shorter ones within which it lies, for who asks of
// it at many instants: the lines of each are looked for once.
type Path struct {
	t      *Table
	digits int    // of the code
	number uint64 // of the code for which the next span is
	found  int    // of the spans, which are found in their order
	spans  [mostDigits/2 + 1]span
}

// Path returns the path of a code.
func (t *Table) Path(c Code) Path {
	if t != nil {
		t.read()
	}
	return Path{t: t, digits: len(c), number: Number(c)}
}

// codes is how many codes there are: the code, the one that it stands for (see
// [Table.Locate]), and its parents.
func (p *Path) codes() int {
	if p.t == nil || p.digits == 0 {
		return 0
	}
	return min(p.digits/2+1, len(p.spans))
}

// span is the lines of the code with the number.
func (p *Path) span(i int) span {
	for ; p.found <= i; p.found++ {
		switch {
		case p.found == 0:
			p.spans[0] = p.t.spans[p.number]
		case p.found > 1:
			p.number /= 100
			p.spans[p.found] = p.t.spans[p.number]
		case p.digits == 8:
			p.spans[1] = p.t.spans[unsplit(p.number)]
		}
	}
	return p.spans[i]
}

// Cuts is [Table.Cuts].
func (p *Path) Cuts() []quantity.Instant {
	var out []quantity.Instant
	for i := range p.codes() {
		s := p.span(i)
		for j := s.from; j < s.until; j++ {
			period := p.t.lines[j].Period
			out = append(out, period.From, period.Until)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Rate is [Table.Rate].
func (p *Path) Rate(column func(*Line) string, on quantity.Instant) (text string, at Code, ok bool) {
	own := false
	for i := range p.codes() {
		if i == 1 && own {
			continue // it stands for itself
		}
		l, found := p.t.find(p.span(i), on)
		own = own || i == 0 && found
		if !found {
			continue
		}
		if text := column(l); text != "" {
			return text, l.Code, true
		}
	}
	return "", "", false
}
