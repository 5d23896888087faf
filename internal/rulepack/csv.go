package rulepack

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// column is a column of a CSV file.
type column struct {
	name     string
	required bool // in the header
}

func need(name string) column { return column{name, true} }
func have(name string) column { return column{name, false} }

// repeat is a problem that many rows have: it is reported for the first.
type repeat struct {
	problem int // index in problems
	rows    int
}

// csvTable is one CSV file while it is read, row by row. It collects its
// problems; none stops it but a quote that is never closed.
type csvTable struct {
	file     string
	text     string
	zone     *time.Location
	rows     *rows    // nil: the header cannot be used
	names    []string // the header
	row      []string
	line     int // of the row
	from     int
	until    int
	instants map[string]quantity.Instant // dates repeat in nearly every row
	problems Problems
	unknown  map[string]*repeat // instruments that there are not, by id
	lines    []int              // offsets of the lines in the text; made when a place in characters is asked for
}

// openTable reads the header. Where it cannot be used, next is false at once.
func openTable(file, text string, zone *time.Location, columns []column) *csvTable {
	t := &csvTable{file: file, text: text, zone: zone, instants: map[string]quantity.Instant{}}
	t.header(columns)
	return t
}

// header reads the first row and checks its names against the columns.
func (t *csvTable) header(columns []column) {
	if line, column, what := notText(t.text); what != "" {
		t.faultLine(line, column, what, "save the file as UTF-8 without a byte order mark")
		return
	}
	r := &rows{text: t.text}
	err := r.next()
	switch {
	case errors.Is(err, io.EOF):
		t.faultLine(1, 1, "the file is empty", "its first line names the columns: "+columnNames(columns))
		return
	case err != nil:
		t.csvError(err)
		return
	}
	t.names = slices.Clone(r.fields)
	known := make([]string, len(columns))
	for i, c := range columns {
		known[i] = c.name
	}
	for i, name := range t.names {
		line, at := r.place(i)
		switch {
		case slices.Contains(t.names[:i], name):
			t.faultLine(line, at, fmt.Sprintf("the column %q is there twice", name), "")
		case !slices.Contains(known, name):
			hint := didYouMean(name, known)
			if hint == "" {
				hint = "the columns are " + columnNames(columns)
			}
			t.faultLine(line, at, fmt.Sprintf("there is no column %q", name), hint)
		}
	}
	for _, c := range columns {
		if c.required && !slices.Contains(t.names, c.name) {
			t.faultLine(1, 1, fmt.Sprintf("the column %q is missing", c.name), "the columns are "+columnNames(columns))
		}
	}
	t.rows = r
	t.from, t.until = t.column("from"), t.column("until")
}

func columnNames(columns []column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return strings.Join(names, ",")
}

// column returns the index of a column, -1 where the file has none.
func (t *csvTable) column(name string) int { return slices.Index(t.names, name) }

// mostRows is at most how many rows there are.
func (t *csvTable) mostRows() int { return strings.Count(t.text, "\n") }

// next goes to the next row that has as many fields as the header.
func (t *csvTable) next() bool {
	for t.rows != nil {
		err := t.rows.next()
		t.row, t.line = t.rows.fields, t.rows.line
		switch {
		case errors.Is(err, io.EOF):
			t.tellRepeats()
			return false
		case errors.Is(err, csv.ErrFieldCount):
			t.faultLine(t.line, 1, fmt.Sprintf("the row has %s and the header %d", count(len(t.row), "field"), len(t.names)), "quote a field that holds a comma")
			continue
		case err != nil:
			t.csvError(err)
			t.tellRepeats()
			return false // where a quote goes wrong, the rows after it cannot be told apart
		}
		return true
	}
	return false
}

// tellRepeats says of problems reported once how many rows have them.
func (t *csvTable) tellRepeats() {
	for _, r := range t.unknown {
		if r.rows > 1 {
			t.problems[r.problem].Message += fmt.Sprintf(", cited in %d rows of this file", r.rows)
		}
	}
	t.unknown = nil
}

func (t *csvTable) csvError(err error) {
	var pe *csv.ParseError
	if !errors.As(err, &pe) {
		t.faultLine(1, 1, err.Error(), "")
		return
	}
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		t.faultLine(pe.Line, t.character(pe.Line, pe.Column), "a quote inside a field that is not quoted", `quote the whole field and write "" for the quote`)
	case errors.Is(err, csv.ErrQuote) && pe.StartLine != pe.Line:
		t.faultLine(pe.StartLine, 1, fmt.Sprintf("a quoted field that begins in this row is not closed before line %d", pe.Line), `end it with a quote, and write "" for a quote inside it`)
	case errors.Is(err, csv.ErrQuote):
		t.faultLine(pe.Line, t.character(pe.Line, pe.Column), "a quote inside a quoted field, or one that is never closed", `write "" for a quote inside a quoted field`)
	case errors.Is(err, csv.ErrFieldCount):
		t.faultLine(pe.StartLine, 1, "the row has not as many fields as the header", "quote a field that holds a comma")
	default:
		t.faultLine(pe.Line, t.character(pe.Line, pe.Column), pe.Err.Error(), "")
	}
}

// at returns the field of a column in the row, "" where there is no column.
func (t *csvTable) at(column int) string {
	if column < 0 {
		return ""
	}
	return t.row[column]
}

// place returns the line and the column, in characters, of a field of the row;
// that of a column the file does not have is the row's.
func (t *csvTable) place(column int) (line, character int) {
	if column < 0 {
		return t.line, 1
	}
	line, b := t.rows.place(column)
	return line, t.character(line, b)
}

// character turns a column in bytes into one in characters.
func (t *csvTable) character(line, b int) int {
	if t.lines == nil {
		t.lines = []int{0}
		for i := range len(t.text) {
			if t.text[i] == '\n' {
				t.lines = append(t.lines, i+1)
			}
		}
	}
	if line < 1 || line > len(t.lines) {
		return b
	}
	start := t.lines[line-1]
	return utf8.RuneCountInString(t.text[start:min(max(start+b-1, start), len(t.text))]) + 1
}

func (t *csvTable) faultLine(line, column int, message, hint string) {
	t.problems = append(t.problems, Problem{File: t.file, Line: line, Column: column, Message: message, Hint: hint})
}

func (t *csvTable) fault(column int, message, hint string) {
	line, at := t.place(column)
	t.faultLine(line, at, message, hint)
}

// missing reports an empty field.
func (t *csvTable) missing(column int, name string) bool {
	if t.at(column) != "" {
		return false
	}
	if column >= 0 { // a column that is missing has been reported once
		t.fault(column, fmt.Sprintf("the row has no %q", name), "")
	}
	return true
}

// code reads the goods code of the row.
func (t *csvTable) code(column int) (nomenclature.Code, bool) {
	if t.missing(column, "code") {
		return "", false
	}
	c, err := nomenclature.ParseCode(t.row[column])
	if err != nil {
		t.fault(column, err.Error(), "")
		return "", false
	}
	return c, true
}

// codes reads goods codes separated by spaces.
func (t *csvTable) codes(column int) []nomenclature.Code {
	if t.at(column) == "" {
		return nil
	}
	var out []nomenclature.Code
	for s := range strings.FieldsSeq(t.row[column]) {
		c, err := nomenclature.ParseCode(s)
		if err != nil {
			t.fault(column, err.Error(), "separate codes by spaces, and write none within a code")
			continue
		}
		out = append(out, c)
	}
	return out
}

// period reads the columns from and until of the row.
func (t *csvTable) period() quantity.Period {
	p := quantity.Always
	from, fromOK := t.instant(t.from)
	if fromOK {
		p.From = from
	}
	if until, ok := t.instant(t.until); ok {
		if fromOK && until <= from {
			t.fault(t.until, fmt.Sprintf("until, %s, is not after from, %s", t.row[t.until], t.row[t.from]), "the interval is from inclusive, until exclusive")
			return p
		}
		p.Until = until
	}
	return p
}

// instant reads an instant, or a day as its beginning in the pack's zone; it is
// not ok where the field is empty.
func (t *csvTable) instant(column int) (quantity.Instant, bool) {
	s := t.at(column)
	if s == "" {
		return 0, false
	}
	if i, ok := t.instants[s]; ok {
		return i, true
	}
	m, err := quantity.ParseMoment(s)
	if err != nil {
		t.fault(column, err.Error(), "")
		return 0, false
	}
	i := m.Instant(t.zone)
	t.instants[strings.Clone(s)] = i
	return i, true
}

func (t *csvTable) position() string { return t.file + ":" + strconv.Itoa(t.line) }

func itoa[T int | int32](n T) string { return strconv.Itoa(int(n)) }

// count says a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
