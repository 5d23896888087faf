package exchange

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rowLimit reads no more than mostLine bytes for one row.
type rowLimit struct {
	r io.Reader
	n int // bytes since the last row was taken
}

func (l *rowLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.n += n; l.n > mostLine {
		return n, fmt.Errorf("a row is longer than %d MiB: this is no table of rows", mostLine>>20)
	}
	return n, err
}

// texts are the texts that the cells of a workbook share. They are taken into memory.
type texts struct {
	all    []byte
	ends   []int
	broken error // that ended them before their time; nil where they are whole
}

// mostTexts is how long all of them may be, in bytes.
const mostTexts = 1 << 28

// readTexts reads the texts of a part (ECMA-376, part 1, 18.4.9). Where it breaks off
// they are what stands before.
func (p *parts) readTexts(part string) *texts {
	t := new(texts)
	if part != "" {
		t.broken = t.read(p, part)
	}
	return t
}

func (t *texts) read(p *parts, part string) error {
	f, err := p.open(part)
	if err != nil {
		return err
	}
	defer f.Close()
	limit := &rowLimit{r: f}
	d, err := partDecoder(limit)
	if err != nil {
		return err
	}
	broken := func(err error) error {
		if errors.Is(err, io.EOF) {
			return nil
		}
		// What is packed wrong breaks as XML first.
		_, packed := io.Copy(io.Discard, f)
		return cmp.Or(packed, err)
	}
	for {
		token, err := d.Token()
		if err != nil {
			return broken(err)
		}
		if start, ok := token.(xml.StartElement); !ok || start.Name.Local != "si" {
			continue
		}
		before := len(t.all)
		if t.all, err = richText(d, t.all); err != nil {
			t.all = t.all[:before]
			return broken(err)
		}
		if t.ends = append(t.ends, len(t.all)); len(t.all) > mostTexts {
			return fmt.Errorf("its texts are longer than %d MiB", mostTexts>>20)
		}
		limit.n = 0
	}
}

// text returns one of the texts.
func (t *texts) text(i int) (text string, ok bool) {
	if i < 0 || i >= len(t.ends) {
		return "", false
	}
	from := 0
	if i > 0 {
		from = t.ends[i-1]
	}
	return string(t.all[from:t.ends[i]]), true
}

// richText appends the text of an element that has begun, to its end: of its runs, and
// not of how they are spoken (18.4.8, 18.4.6).
func richText(d *xml.Decoder, to []byte) ([]byte, error) {
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return to, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "t":
				if to, err = plainText(d, to); err != nil {
					return to, err
				}
			case "rPh":
				if err := d.Skip(); err != nil {
					return to, err
				}
			default:
				depth++
			}
		case xml.EndElement:
			depth--
		}
	}
	return to, nil
}

// plainText appends what stands in an element that has begun, to its end.
func plainText(d *xml.Decoder, to []byte) ([]byte, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return to, err
		}
		switch token := token.(type) {
		case xml.CharData:
			to = append(to, token...)
		case xml.StartElement:
			if err := d.Skip(); err != nil {
				return to, err
			}
		case xml.EndElement:
			return to, nil
		}
	}
}

// sheetRows reads the rows of a sheet from its XML (ECMA-376, part 1, 18.3.1.80). A row is
// given once it has ended: what breaks off in it, or names a text that is lost, is none.
type sheetRows struct {
	d      *xml.Decoder
	limit  *rowLimit
	texts  *texts
	days   Serials
	dated  []bool // which styles show numbers as days
	begun  bool   // the rows have
	ended  bool
	line   int      // of the row given last, from 1
	ahead  int      // line of a row that was read and not yet given; 0: none
	row    sheetRow // that one
	buffer []byte
}

// sheetRow is what stands in a line of a sheet. The cells are as they are kept and not
// as they are shown, but for days.
type sheetRow struct {
	cells  []string
	faults []cellFault
}

// blank is a line without cells.
var blank sheetRow

// cellFault is what is wrong with one cell.
type cellFault struct {
	column  int // from 0
	message string
	hint    string
}

func newSheetRows(r io.Reader, t *texts) (*sheetRows, error) {
	limit := &rowLimit{r: r}
	d, err := partDecoder(limit)
	if err != nil {
		return nil, err
	}
	return &sheetRows{d: d, limit: limit, texts: t}, nil
}

// next is the next row, until another is asked for; io.EOF is behind the last that says
// something. A line that the sheet leaves out is a blank one.
func (s *sheetRows) next() (*sheetRow, error) {
	for last := s.line; s.ahead == 0; {
		line, err := s.begin(last)
		if err != nil {
			return nil, err
		}
		if err := s.read(line); err != nil {
			return nil, err
		}
		if last = line; len(s.row.cells)+len(s.row.faults) > 0 {
			s.ahead = line
		}
	}
	if s.line++; s.ahead > s.line {
		return &blank, nil
	}
	s.ahead = 0
	return &s.row, nil
}

// begin goes to the next row that the sheet has, and tells its line; last is the line
// of the one before.
func (s *sheetRows) begin(last int) (line int, err error) {
	for !s.ended {
		token, err := s.d.Token()
		if errors.Is(err, io.EOF) && !s.begun {
			return 0, io.EOF // a sheet of something else
		}
		if err != nil {
			return 0, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "sheetData" {
				s.begun = true
			}
			if !s.begun || token.Name.Local != "row" {
				continue
			}
			said := attribute(token.Attr, "r")
			if said == "" {
				return last + 1, nil
			}
			if line, err = strconv.Atoi(said); err != nil || line <= last || line > mostSheetRows {
				return 0, fmt.Errorf("a row is said to be line %s", said)
			}
			return line, nil
		case xml.EndElement:
			s.ended = token.Name.Local == "sheetData"
		}
	}
	return 0, io.EOF
}

// read reads a row that has begun.
func (s *sheetRows) read(line int) error {
	s.row.cells, s.row.faults, s.limit.n = s.row.cells[:0], s.row.faults[:0], 0
	column := -1
	for {
		token, err := s.d.Token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local != "c" {
				err = s.d.Skip()
			} else {
				column, err = s.cell(token.Attr, line, column+1)
			}
			if err != nil {
				return err
			}
		case xml.EndElement: // of the row
			return nil
		}
	}
}

// attribute is the value of an attribute, "" for none.
func attribute(all []xml.Attr, name string) string {
	for i := range all {
		if all[i].Name.Local == name && all[i].Name.Space == "" {
			return all[i].Value
		}
	}
	return ""
}

// cell reads a cell (18.3.1.4) that has begun, whose column is said to be or, where
// that is not said, is the one given. It returns the column.
func (s *sheetRows) cell(attrs []xml.Attr, line, column int) (int, error) {
	if ref := attribute(attrs, "r"); ref != "" {
		var ok bool
		if column, _, ok = cellAt(ref); !ok {
			return column, fmt.Errorf("a cell is said to be %q", ref)
		}
	}
	kind, formula, valued := attribute(attrs, "t"), false, false
	s.buffer = s.buffer[:0]
	for inside := true; inside; {
		token, err := s.d.Token()
		if err != nil {
			return column, err
		}
		switch token := token.(type) {
		case xml.EndElement:
			inside = false
		case xml.StartElement:
			switch token.Name.Local {
			case "v":
				valued = true
				s.buffer, err = plainText(s.d, s.buffer[:0])
			case "is":
				valued = true
				s.buffer, err = richText(s.d, s.buffer[:0])
			default:
				formula = formula || token.Name.Local == "f"
				err = s.d.Skip()
			}
			if err != nil {
				return column, err
			}
		}
	}
	value, err := s.value(kind, line, column)
	if err != nil {
		return column, err
	}
	if style, err := strconv.Atoi(attribute(attrs, "s")); err == nil && style >= 0 && style < len(s.dated) && s.dated[style] && (kind == "" || kind == "n") {
		if day, ok := s.days.day(value); ok {
			value = day
		}
	}
	if formula && !valued {
		s.row.faults = append(s.row.faults, cellFault{column, "a formula whose value was never computed", "open the workbook in a spreadsheet program and save it"})
	}
	if value == "" {
		return column, nil
	}
	for len(s.row.cells) <= column {
		s.row.cells = append(s.row.cells, "")
	}
	s.row.cells[column] = value
	return column, nil
}

// value is what a cell of a kind says.
func (s *sheetRows) value(kind string, line, column int) (string, error) {
	switch kind {
	case "s":
		at := strings.TrimSpace(string(s.buffer))
		if at == "" {
			return "", nil
		}
		i, err := strconv.Atoi(at)
		text, ok := s.texts.text(i)
		switch {
		case err == nil && ok:
			return unescaped(text), nil
		case s.texts.broken != nil:
			return "", fmt.Errorf("the cell %s%d names a text that is lost (%w)", columnName(column), line, s.texts.broken)
		}
		s.row.faults = append(s.row.faults, cellFault{column, fmt.Sprintf("the cell names a text %q that the workbook does not have", at), "write the cell anew"})
		return "", nil
	case "d":
		day, _ := strings.CutSuffix(string(s.buffer), "T00:00:00")
		return day, nil
	case "str", "inlineStr":
		return unescaped(string(s.buffer)), nil
	}
	return string(s.buffer), nil
}

// unescaped is a text without the escapes that spreadsheets write for characters that
// XML has no place for.
func unescaped(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(e string) string {
		n, err := strconv.ParseUint(e[2:6], 16, 16)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return e
		}
		return string(rune(n))
	})
}

// cellAt is the column, from 0, and the line, from 1, of a cell: C7 is 2 and 7.
func cellAt(ref string) (column, line int, ok bool) {
	letters := strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	for _, r := range ref[:len(ref)-len(letters)] {
		if column = column*26 + int(r-'A') + 1; column > mostSheetColumns {
			return 0, 0, false
		}
	}
	line, err := strconv.Atoi(letters)
	return column - 1, line, err == nil && column > 0 && line > 0
}
