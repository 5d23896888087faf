package exchange

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// Detail is how much of each answer is written.
type Detail string

// The details: the outcome and the duty alone; every duty, licence and question
// in a line; the whole determination as JSON besides.
const (
	None     Detail = "none"
	Brief    Detail = "summary"
	Complete Detail = "full"
)

// kind is what the cells of a column of answers are.
type kind uint8

const (
	text   kind = iota
	money2      // an amount with two places
	rate4       // per cent with four places
	count       // a number without a point
	whole       // a determination: JSON, or a group of columns where a format has them
)

// OutColumn is a column of answers.
type OutColumn struct {
	Name  string
	About string // in one sentence, for the documentation
	kind  kind
	least Detail                           // the detail from which on it is written
	cell  func(a *Answer, b []byte) []byte // appends the cell
	of    reflect.Type                     // of a whole determination
}

// Answer is a row answered.
type Answer struct {
	Row      *Row
	Summary  determination.Summary
	Document string // the whole determination as JSON, where it was asked for
	Full     any    // the same as a value: *determination.Document, or of an entry *determination.EntryDocument
	// Answered is false for a row with faults.
	Answered bool
	Entry    string // number of the entry
	Lines    int    // of the entry, where the answer is to all of them; else 1
	Whole    bool   // it is the answer to a whole entry
	Value    string // of a whole entry; "" where a line has none
	Origin   string // as understood
	Goods    string // as understood; "" of a whole entry
	Month    string // of the law date, YYYY-MM

	texts []byte // memory for cells
	ends  []int
}

func (a *Answer) amount(b []byte, d quantity.Decimal, known bool) []byte {
	if !a.Answered || !a.Summary.Priced || !a.Summary.Valued || !known {
		return b
	}
	return d.AppendFixed(b, a.Summary.Places)
}

func (a *Answer) percent(b []byte, d quantity.Decimal, known bool) []byte {
	if !a.Answered || !a.Summary.Priced || !known {
		return b
	}
	return d.AppendFixed(b, 4)
}

func joinedTo(b []byte, texts []string) []byte {
	for i, s := range texts {
		if i > 0 {
			b = append(b, "; "...)
		}
		b = append(b, s...)
	}
	return b
}

// columns are all columns of answers. An amount that is not known is empty.
var columns = []OutColumn{
	{"outcome", "free, licence, refer or prohibited; empty where the row has problems", text, None, func(a *Answer, b []byte) []byte { return append(b, string(a.Summary.Outcome)...) }, nil},
	{"duty_least", "the least duty that any completion of the facts gives", money2, None, func(a *Answer, b []byte) []byte { return a.amount(b, a.Summary.Duty.Least, true) }, nil},
	{"duty_most", "the most; empty where it is not known", money2, None, func(a *Answer, b []byte) []byte { return a.amount(b, a.Summary.Duty.Most, !a.Summary.Duty.Unbounded) }, nil},
	{"duty_currency", "the currency of the amounts", text, None, func(a *Answer, b []byte) []byte { return append(b, a.Summary.Currency...) }, nil},
	{"rate_least", "duty_least in per cent of the value", rate4, Brief, func(a *Answer, b []byte) []byte { return a.percent(b, a.Summary.Percent.Least, true) }, nil},
	{"rate_most", "duty_most in per cent of the value", rate4, Brief, func(a *Answer, b []byte) []byte {
		return a.percent(b, a.Summary.Percent.Most, !a.Summary.Percent.Unbounded)
	}, nil},
	{"ordinary_least", "the part of duty_least that is the ordinary duty", money2, Brief, func(a *Answer, b []byte) []byte { return a.amount(b, a.Summary.Ordinary.Least, true) }, nil},
	{"ordinary_most", "the same of duty_most", money2, Brief, func(a *Answer, b []byte) []byte {
		return a.amount(b, a.Summary.Ordinary.Most, !a.Summary.Ordinary.Unbounded)
	}, nil},
	{"fees_least", "fees beside the duty: of lines of one entry their shares", money2, Brief, func(a *Answer, b []byte) []byte { return a.amount(b, a.Summary.Fees.Least, true) }, nil},
	{"fees_most", "the most of them", money2, Brief, func(a *Answer, b []byte) []byte { return a.amount(b, a.Summary.Fees.Most, !a.Summary.Fees.Unbounded) }, nil},
	{"lines", "each duty and fee: heading, rate, amount, measure; open ones with a question mark", text, Brief, (*Answer).lines, nil},
	{"licences", "the licence measures and prohibitions that apply, or may", text, Brief, func(a *Answer, b []byte) []byte { return joinedTo(b, a.Summary.Licences) }, nil},
	{"questions", "the facts that are open, the most deciding first", text, Brief, func(a *Answer, b []byte) []byte { return joinedTo(b, a.Summary.Questions) }, nil},
	{"law", "the citations behind the lines", text, Brief, (*Answer).law, nil},
	{"determination", "the whole answer, sealed, as navicert verify reads it; of a line among others its part of the entry's", whole, Complete, func(a *Answer, b []byte) []byte { return append(b, a.Document...) }, reflect.TypeFor[determination.Document]()},
	{"problems", "what is wrong with the row; it has no answer then", text, None, func(a *Answer, b []byte) []byte { return append(b, problems(a.Row.Faults)...) }, nil},
}

// entryColumns are the columns before those of answers where each row is an
// entry.
var entryColumns = []OutColumn{
	{"entry", "the number of the entry; empty for a row without", text, None, func(a *Answer, b []byte) []byte { return append(b, a.Entry...) }, nil},
	{"first_row", "the first of its rows in the file", count, None, func(a *Answer, b []byte) []byte { return strconv.AppendInt(b, int64(a.Row.Number), 10) }, nil},
	{"entry_lines", "how many rows it has", count, None, func(a *Answer, b []byte) []byte { return strconv.AppendInt(b, int64(a.Lines), 10) }, nil},
	{"month", "of the law date", text, None, func(a *Answer, b []byte) []byte { return append(b, a.Month...) }, nil},
	{"value", "of all its lines; empty where one has none", money2, None, func(a *Answer, b []byte) []byte { return append(b, a.Value...) }, nil},
}

// EntryColumns returns the columns where each row is an entry.
func EntryColumns(d Detail) []OutColumn {
	out := slices.Clone(entryColumns)
	for _, c := range OutColumns(d) {
		if c.of != nil {
			c.of = reflect.TypeFor[determination.EntryDocument]()
		}
		out = append(out, c)
	}
	return out
}

// OutColumns returns the columns of answers of a detail.
func OutColumns(d Detail) []OutColumn {
	rank := map[Detail]int{None: 0, Brief: 1, Complete: 2}
	var out []OutColumn
	for _, c := range columns {
		if rank[c.least] <= rank[d] {
			out = append(out, c)
		}
	}
	return out
}

func (a *Answer) lines(b []byte) []byte {
	for i := range a.Summary.Lines {
		l := &a.Summary.Lines[i]
		if i > 0 {
			b = append(b, "; "...)
		}
		if l.Heading != "" {
			b = append(append(b, l.Heading...), ' ')
		}
		b = append(b, l.Rate...)
		if a.Summary.Valued {
			b = l.Amount.Least.AppendFixed(append(b, " = "...), a.Summary.Places)
			switch {
			case l.Amount.Unbounded:
				b = append(b, "..?"...)
			case !l.Amount.Most.Equal(l.Amount.Least):
				b = l.Amount.Most.AppendFixed(append(b, ".."...), a.Summary.Places)
			}
		}
		b = append(append(append(b, " ("...), l.Measure...), ')')
		if l.Open {
			b = append(b, '?')
		}
	}
	return b
}

func (a *Answer) law(b []byte) []byte {
	lines, first := a.Summary.Lines, len(b)
	for i := range lines {
		c := lines[i].Citation
		if c == "" || slices.ContainsFunc(lines[:i], func(l determination.SummaryLine) bool { return l.Citation == c }) {
			continue
		}
		if len(b) > first {
			b = append(b, "; "...)
		}
		b = append(b, c...)
	}
	return b
}

// problems are faults in one cell.
func problems(faults []Fault) string {
	if len(faults) == 0 {
		return ""
	}
	parts := make([]string, len(faults))
	for i, f := range faults {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "; ")
}

// Cells appends the cells of the answer to buf: those of the row, then those of
// the columns.
func (a *Answer) Cells(buf []string, columns []OutColumn) []string {
	if !a.Whole {
		buf = append(buf, a.Row.Cells...)
	}
	b, ends := a.texts[:0], a.ends[:0]
	for i := range columns {
		if a.Answered || columns[i].Name == "problems" || a.Whole && i < len(entryColumns)-2 {
			b = columns[i].cell(a, b)
		}
		ends = append(ends, len(b))
	}
	a.texts, a.ends = b, ends
	all, start := string(b), 0 // one text for the cells of all columns
	for _, end := range ends {
		buf = append(buf, all[start:end])
		start = end
	}
	return buf
}

// Header returns the names of all columns of the output: those of the file, then
// those of answers. A column of answers whose name the file has already is called
// navicert_… instead.
func Header(file []string, columns []OutColumn) []string {
	out := append([]string(nil), file...)
	taken := map[string]bool{}
	for _, name := range file {
		taken[strings.ToLower(name)] = true
	}
	for _, c := range columns {
		name := c.Name
		if taken[name] {
			name = "navicert_" + name
		}
		out = append(out, name)
	}
	return out
}
