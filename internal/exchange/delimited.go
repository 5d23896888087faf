package exchange

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// mostLine is how long a line of text may be, in bytes.
const mostLine = 16 << 20

// errLineTooLong ends the reading of a file.
var errLineTooLong = fmt.Errorf("a line is longer than %d MiB: this is no table of rows", mostLine>>20)

// errRowTooLong ends the reading of a file too.
var errRowTooLong = fmt.Errorf("a row is longer than %d MiB: a quote before it is not closed", mostLine>>20)

// lineLimit reads no line that is longer than mostLine, and no row.
type lineLimit struct {
	r    io.Reader
	line int // bytes since the last end of line
	row  int // bytes since the last row was taken
}

func (l *lineLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if i := bytes.LastIndexByte(p[:n], '\n'); i >= 0 {
		l.line = n - i - 1
	} else {
		l.line += n
	}
	l.row += n
	switch {
	case l.line > mostLine:
		return n, errLineTooLong
	case l.row > mostLine:
		return n, errRowTooLong
	}
	return n, err
}

// delimited is a table of separated values.
type delimited struct {
	r       *csv.Reader
	begun   beginning
	limit   *lineLimit
	columns []string
	number  int
	*counted
}

// newDelimited reads values that the first of some separators parts, or another of
// them, where it alone is in the header.
func newDelimited(in io.Reader, separators string, c *counted) (*delimited, error) {
	ahead, ok := in.(*bufio.Reader)
	if !ok {
		ahead = bufio.NewReaderSize(in, 1<<16)
	}
	begun, err := begins(ahead, separators)
	if err != nil {
		return nil, err
	}
	if _, err := ahead.Discard(begun.bytes); err != nil {
		return nil, err
	}
	limit := &lineLimit{r: ahead}
	r := csv.NewReader(limit)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = begun.comma, -1, true
	header, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty: its first line should name the columns")
	case err != nil:
		return nil, placed(err, begun.lines)
	}
	d := &delimited{r: r, begun: begun, limit: limit, counted: c}
	for i, name := range header {
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		d.columns = append(d.columns, strings.TrimSpace(name))
	}
	return d, nil
}

// separatorOf tells which of some separators parts the values of a header: the first
// of them, unless another is there and the first is not.
func separatorOf(header []byte, separators string) rune {
	quoted, seen := false, map[rune]int{}
	for _, r := range string(header) {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			seen[r]++
		}
	}
	best := rune(separators[0])
	if seen[best] == 0 {
		for _, r := range separators {
			if seen[r] > seen[best] {
				best = r
			}
		}
	}
	return best
}

// CommasIn is what commas in the numbers of a file are. Where values are parted by
// semicolons they may part decimals: programs write such files where they do.
func CommasIn(s Source) Commas {
	if d, ok := s.(*delimited); ok && d.begun.comma == ';' {
		return DoubtfulCommas
	}
	return ThousandsCommas
}

// placed words an error of the reader with its place, below some lines that it did not
// read.
func placed(err error, above int) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return err
	}
	return fmt.Errorf("line %d, column %d: %w", above+p.Line, p.Column, p.Err)
}

func (d *delimited) Columns() []string { return d.columns }

func (d *delimited) Next(row *Row) error {
	d.limit.row = 0
	record, err := d.r.Read()
	var p *csv.ParseError
	quote := errors.As(err, &p) && (errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrQuote))
	if err != nil && !quote {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		line, _ := d.r.FieldPos(0)
		return fmt.Errorf("after row %d (line %d): %w", d.number, d.begun.lines+line, placed(err, d.begun.lines))
	}
	d.number++
	row.Number, row.Faults = d.number, row.Faults[:0]
	row.Cells = append(row.Cells[:0], record...)
	switch {
	case quote:
		message := fmt.Sprintf("line %d, column %d: a quote stands where none may be", d.begun.lines+p.Line, p.Column)
		if p.StartLine < p.Line {
			message = fmt.Sprintf("lines %d to %d are taken for one row, because a quote is not closed", d.begun.lines+p.StartLine, d.begun.lines+p.Line)
		}
		row.Faults = append(row.Faults, Fault{Kind: "row", Message: message,
			Hint: `write the cell in quotes, and each quote within it twice: "3"" pipe"`})
	case len(record) > len(d.columns):
		row.Faults = append(row.Faults, Fault{Kind: "row", Message: fmt.Sprintf("the row has %d cells and the header %d", len(record), len(d.columns)),
			Hint: "a cell with a comma in it needs quotes"})
	}
	d.valid(row, record)
	row.fit(len(d.columns))
	return nil
}

// valid puts a row at fault whose text is not in UTF-8.
func (d *delimited) valid(row *Row, record []string) {
	for i, c := range record {
		if utf8.ValidString(c) {
			continue
		}
		if len(row.Faults) == 0 {
			line, _ := d.r.FieldPos(i)
			row.Faults = append(row.Faults, Fault{Kind: "row", Message: fmt.Sprintf("line %d is not in UTF-8", d.begun.lines+line),
				Hint: "say what the file is in, such as --encoding windows-1252 or gb18030, or save it in UTF-8"})
		}
		row.Cells[i] = strings.ToValidUTF8(c, string(utf8.RuneError))
	}
}

// fit gives the row as many cells as there are columns.
func (r *Row) fit(n int) {
	for len(r.Cells) < n {
		r.Cells = append(r.Cells, "")
	}
	r.Cells = r.Cells[:n]
	for i, c := range r.Cells {
		r.Cells[i] = strings.TrimSpace(c)
	}
}
