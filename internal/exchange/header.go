package exchange

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"regexp"
	"strings"
)

// mostAbove is how many lines are looked at for the header of a table. What stands above
// it, a title or for whom the table was made, is no part of the table.
const mostAbove = 50

// recognised is what names of columns are taken for by themselves.
func recognised(names []string) []Column {
	m, _ := Recognise(names, nil, nil)
	return m.Columns
}

// isHeader reports whether the cells of a line name columns: of the first line two of
// them are enough, of one below it, which may be a row of values, it takes a third or the
// goods.
func isHeader(cells []string, first bool) bool {
	fields, goods := 0, false
	for _, c := range recognised(cells) {
		if c.Field != "" {
			fields++
			goods = goods || c.Field == Goods
		}
	}
	return fields >= 3 || fields == 2 && (first || goods)
}

// HeaderBelow returns the line of the file that names the columns where something stands
// above it that is not read; 0 where nothing does.
func HeaderBelow(s Source) (line int) {
	switch s := s.(type) {
	case *spooled:
		return HeaderBelow(s.Source)
	case *workbook:
		if s.titled {
			return s.above + 1
		}
	case *delimited:
		if s.begun.titled {
			return s.begun.lines + 1
		}
	}
	return 0
}

// separatorLine is the line with which spreadsheets say what parts values.
var separatorLine = regexp.MustCompile(`(?i)^(?:\x{feff})?"?sep=(.)"?\r?\n$`)

// beginning is where the table of a text begins.
type beginning struct {
	bytes, lines int  // that stand above its header
	titled       bool // some of these lines are a title or the like
	comma        rune // that parts values
}

// begins finds the header of a text, whose values the first of some separators parts, or
// another of them where it alone is in the header. Where no line is one, the first that
// is not blank is taken for it.
func begins(in *bufio.Reader, separators string) (beginning, error) {
	var b beginning
	line := lineAt(in, 0)
	for {
		if said := separatorLine.FindSubmatch(line); said != nil {
			separators = string(said[1])
		} else if len(line) == 0 || strings.Trim(string(line), "\r\n") != "" {
			break
		}
		b.bytes, b.lines = b.bytes+len(line), b.lines+1
		line = lineAt(in, b.bytes)
	}
	if !bytes.HasSuffix(line, []byte("\n")) && bytes.ContainsRune(bytes.TrimRight(line, "\r"), '\r') {
		return b, errors.New("its lines end with a carriage return alone, as old programs write them: save it with line feeds")
	}
	if b.comma = separatorOf(line, separators); isHeader(valuesOf(line, b.comma), true) {
		return b, nil
	}
	at := beginning{b.bytes, b.lines, true, 0}
	for range mostAbove {
		at.bytes, at.lines = at.bytes+len(line), at.lines+1
		if line = lineAt(in, at.bytes); len(line) == 0 {
			break
		}
		if at.comma = separatorOf(line, separators); isHeader(valuesOf(line, at.comma), false) {
			return at, nil
		}
	}
	return b, nil
}

// lineAt looks ahead to the line that begins some bytes ahead, as far as is looked, and
// waits for no more than that.
func lineAt(in *bufio.Reader, at int) []byte {
	for n := at + 1; ; n = in.Buffered() + 1 {
		_, err := in.Peek(n)
		ahead, _ := in.Peek(in.Buffered())
		line := ahead[min(at, len(ahead)):]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			return line[:end+1]
		}
		if err != nil {
			return line
		}
	}
}

// valuesOf are the values of a line; none of one that is not whole.
func valuesOf(line []byte, comma rune) []string {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(line), "\ufeff")))
	r.Comma = comma
	values, err := r.Read()
	if err != nil {
		return nil
	}
	return values
}
