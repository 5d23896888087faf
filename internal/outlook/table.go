package outlook

import (
	"strings"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// Stream is one of the numbers that make up a row.
type Stream uint8

// The streams of a block.
const (
	byOrigin Stream = iota
	byFrom
	byUntil
	byOpened
	byCell
	byOrdinary
	byTotal
	streams
)

// Block is the rows of a line of the tariff, but for its code: lines share blocks.
// Each row is a number in each stream, and each column a function of one.
type Block struct {
	Rows    int
	Streams [streams]*Series
}

// Series is a stream of a block. Blocks share series.
type Series struct {
	ID     int32 // no two of a panel have the same
	Layout *Layout
	// Numbers are those of the rows, piece by piece. The stream of origins has none:
	// each origin has its own number, in order from zero.
	Numbers []int32
}

// Layout is how the rows of a block lie: origin by origin, and those of some origins
// are one piece, since they say the same.
type Layout struct {
	ID     int32 // no two of a panel have the same
	Rows   int
	Pieces []int32 // where each begins among the numbers of a series, and the end of the last
	Of     []int32 // which piece each origin has
}

// Kind is what the cells of a column are.
type Kind uint8

// The kinds.
const (
	Text    Kind = iota
	Points       // per cent of the value, to four places
	Instant      // on the axis of law
)

// Value is a cell of a column.
type Value struct {
	Null   bool
	Text   string // of a text; of an instant, with the offset of the tariff's zone
	Number int64  // of points, ten-thousandths of one; of an instant, seconds since 1970 in UTC
}

// Column is a column of the panel, the code of the line aside. Value gives the
// cell for a number of its stream.
type Column struct {
	Name   string
	Kind   Kind
	Stream Stream
	Value  func(n int32) Value
}

// CodeColumn is the name of the first column: the code of the line, its digits
// alone.
const CodeColumn = "hts"

// Columns are the columns of the panel after the code, in order, the origin first.
// docs/panel.md describes them.
func (p *Panel) Columns() []Column {
	text := func(s string) Value { return Value{Null: s == "", Text: s} }
	instant := func(n int32) Value {
		at := p.times[n]
		if at >= quantity.MaxInstant {
			return Value{Null: true}
		}
		return Value{Text: at.Format(p.pack.Zone), Number: int64(at)}
	}
	out := []Column{
		{"origin", Text, byOrigin, func(n int32) Value { return text(string(p.origins[n])) }},
		{"from", Instant, byFrom, instant},
		{"until", Instant, byUntil, instant},
		{"rate_least", Points, byTotal, func(n int32) Value { return points(p.totals.all[n].Least, false) }},
		{"rate_most", Points, byTotal, func(n int32) Value { return points(p.totals.all[n].Most, p.totals.all[n].Unbounded) }},
		{"status", Text, byTotal, func(n int32) Value { return text(p.totals.all[n].Status.String()) }},
		{"ordinary_rate", Text, byOrdinary, func(n int32) Value { return text(p.ordinary.all[n].text) }},
		{"ordinary_specific", Text, byOrdinary, func(n int32) Value {
			if r := p.ordinary.all[n].rate; r != nil && !percentage(r) {
				return text(r.String())
			}
			return Value{Null: true}
		}},
		{"ordinary_least", Points, byOrdinary, func(n int32) Value { o := &p.ordinary.all[n]; return points(o.points.Least, !o.known) }},
		{"ordinary_most", Points, byOrdinary, func(n int32) Value { o := &p.ordinary.all[n]; return points(o.points.Most, o.points.Unbounded) }},
	}
	for i, g := range p.programmes {
		if i == 0 || !p.shows(g.ID) {
			continue
		}
		name := columnName(g.ID)
		out = append(out,
			Column{name + "_least", Points, byCell, func(n int32) Value {
				return points(p.cells.all[n].Programme[i].Least, p.cells.all[n].unknown(p.number, int32(i)))
			}},
			Column{name + "_most", Points, byCell, func(n int32) Value {
				r := p.cells.all[n].Programme[i]
				return points(r.Most, r.Unbounded)
			}})
	}
	return append(out,
		Column{"specific", Text, byCell, func(n int32) Value { return text(p.cells.all[n].Specific()) }},
		Column{"duties", Text, byCell, func(n int32) Value { return text(p.cells.all[n].Words()) }},
		Column{"open", Text, byCell, func(n int32) Value { return text(strings.Join(p.cells.all[n].Open, "; ")) }},
		Column{"unverified", Text, byCell, func(n int32) Value { return text(p.cells.all[n].unverified()) }},
		Column{"opened_measure", Text, byOpened, func(n int32) Value {
			return text(openedWords(p.opened.all[n], func(o determination.Opening) string { return o.Measure.ID }))
		}},
		Column{"opened_instrument", Text, byOpened, func(n int32) Value {
			return text(openedWords(p.opened.all[n], func(o determination.Opening) string {
				if o.Instrument == nil {
					return "?"
				}
				return o.Instrument.ID
			}))
		}},
	)
}

// columnName is the name of a column about a programme: us_301 of us.301.
func columnName(programme string) string {
	return strings.NewReplacer(".", "_", "-", "_").Replace(programme)
}

func openedWords(opened []determination.Opening, word func(determination.Opening) string) string {
	parts := make([]string, len(opened))
	for i, o := range opened {
		parts[i] = word(o)
	}
	return strings.Join(parts, "; ")
}

// points is a number of points, null where it is not known.
func points(d quantity.Decimal, unknown bool) Value {
	if unknown {
		return Value{Null: true}
	}
	n, err := d.Round(4, quantity.HalfUp).Unscaled(4)
	if err != nil { // no rate is that large
		return Value{Null: true}
	}
	return Value{Number: n}
}

// unknown reports whether a duty of the programme applies at a rate that is not
// known.
func (c *Cell) unknown(number []int32, programme int32) bool {
	for i := range c.Lines {
		if l := &c.Lines[i]; number[l.Entry.Index] == programme && l.Rate == nil && !l.Open {
			return true
		}
	}
	return false
}

// unverified are the measures that may apply, since their law is not known.
func (c *Cell) unverified() string {
	var parts []string
	for i := range c.Lines {
		if l := &c.Lines[i]; l.Unverified {
			parts = append(parts, l.Entry.ID)
		}
	}
	return strings.Join(parts, "; ")
}
