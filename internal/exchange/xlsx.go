package exchange

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// workbook is a table on one sheet of a workbook. Cells are as they are kept,
// not as they are shown: a code that was taken for a number has lost its zeros. A
// number that is shown as a day is the day.
type workbook struct {
	parts   *parts
	book    *book
	sheet   string
	part    io.Closer // the sheet
	rows    *sheetRows
	broken  error // what is broken of the workbook, wherever that is
	cut     bool  // the sheet is: which of its cells are merged is not known
	columns []string
	above   int    // lines above the header
	titled  bool   // some of them are a title or the like
	number  int    // of the last row read
	merged  []area // that begin below the row read last, by the lines in which they do
	across  []area // that the row read last is in, or the one before
	done    atomic.Int64
	total   int64
}

// SheetOf tells which sheet of a workbook is read, and the others; "" of what is no
// workbook.
func SheetOf(s Source) (read string, others []string) {
	switch s := s.(type) {
	case *spooled:
		return SheetOf(s.Source)
	case *workbook:
		for _, sheet := range s.book.sheets {
			if sheet.name != s.sheet {
				others = append(others, sheet.name)
			}
		}
		return s.sheet, others
	}
	return "", nil
}

// area is cells that were merged into one; the column is from 0, lines are from 1.
type area struct {
	ref               string
	top, bottom, left int
}

func newXLSX(name, sheet string) (*workbook, error) {
	p, err := openParts(name)
	if err != nil {
		return nil, err
	}
	w := &workbook{parts: p}
	if err := w.begin(sheet); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *workbook) begin(sheet string) error {
	var err error
	if w.book, err = w.parts.book(); err != nil {
		return err
	}
	at, err := w.book.find(sheet)
	if err != nil {
		return err
	}
	w.sheet = at.name
	if w.broken, err = w.outline(at.part); err != nil {
		return err
	}
	w.cut = w.broken != nil
	t := w.parts.readTexts(w.book.texts)
	if !errors.Is(t.broken, errNoPart) { // then it is told of once a cell needs it
		w.broken = cmp.Or(w.broken, t.broken)
	}
	w.broken = cmp.Or(w.broken, w.parts.cutOff())
	part, err := w.parts.open(at.part)
	if err != nil {
		return err
	}
	w.part = part
	if w.rows, err = newSheetRows(part, t); err != nil {
		return err
	}
	w.rows.days, w.rows.dated = w.book.serials, w.parts.dateStyles(w.book.styles)
	return w.header(at.part)
}

// find finds the sheet with a name; the first for "".
func (b *book) find(name string) (bookSheet, error) {
	if name == "" {
		return b.sheets[0], nil
	}
	names := make([]string, len(b.sheets))
	for i, s := range b.sheets {
		if names[i] = s.name; s.name == name {
			return s, nil
		}
	}
	if b.nameless {
		return bookSheet{}, fmt.Errorf("%w, and the names of its sheets are lost: what is left is %s", errCutOff, strings.Join(names, ", "))
	}
	return bookSheet{}, fmt.Errorf("there is no sheet %q: one of %s", name, strings.Join(names, ", "))
}

// outline reads what the sheet says beside its rows, to its end, and tells whether it is
// broken: then it may not have come to what is merged.
func (w *workbook) outline(part string) (broken, err error) {
	r, err := w.parts.open(part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	about, broken := scanOutline(r)
	for _, ref := range about.merged {
		first, last, _ := strings.Cut(ref, ":")
		left, top, ok := cellAt(first)
		_, bottom, whole := cellAt(cmp.Or(last, first))
		if !ok || !whole {
			return nil, fmt.Errorf("cells are said to be merged that are none: %q", ref)
		}
		w.merged = append(w.merged, area{ref, top, bottom, left})
	}
	slices.SortStableFunc(w.merged, func(a, b area) int { return cmp.Compare(a.top, b.top) })
	if _, end, ok := strings.Cut(about.dimension, ":"); ok {
		if _, last, ok := cellAt(end); ok {
			w.total = int64(last)
		}
	}
	return broken, nil
}

// header reads the line that names the columns.
func (w *workbook) header(part string) error {
	above, titled, err := w.headerOf(part)
	if err != nil {
		return err
	}
	w.above, w.titled = above, titled
	for w.columns == nil {
		line, err := w.rows.next()
		if err != nil {
			return w.breaksOff(err)
		}
		if w.rows.line <= w.above {
			continue
		}
		w.done.Store(int64(w.rows.line))
		w.columns = headerCells(line)
	}
	return nil
}

// headerCells are the cells of a line as names of columns.
func headerCells(line *sheetRow) (names []string) {
	for _, name := range line.cells {
		names = append(names, strings.TrimSpace(name))
	}
	for n := len(names); n > 0 && names[n-1] == ""; n-- { // formatted, and empty
		names = names[:n-1]
	}
	return names
}

// headerOf looks ahead in a sheet for the header and tells how many lines stand above it,
// and whether they say something. Where no line is one, it is the first that is not blank.
func (w *workbook) headerOf(part string) (above int, titled bool, err error) {
	in, err := w.parts.open(part)
	if err != nil {
		return 0, false, err
	}
	defer in.Close()
	rows, err := newSheetRows(in, w.rows.texts)
	if err != nil {
		return 0, false, err
	}
	first := 0 // line, from 1
	for first == 0 || rows.line < first+mostAbove {
		line, err := rows.next()
		switch {
		case err != nil && first > 0: // broken or not, it is told when it comes to be read
			return first - 1, false, nil
		case errors.Is(err, io.EOF) && w.broken == nil:
			return 0, false, fmt.Errorf("sheet %q is empty: its first line should name the columns", w.sheet)
		case err != nil:
			return 0, false, w.breaksOff(err)
		}
		names := headerCells(line)
		if len(names) == 0 {
			continue
		}
		if isHeader(names, first == 0) {
			return rows.line - 1, first > 0, nil
		}
		if first == 0 {
			first = rows.line
		}
	}
	return first - 1, false, nil
}

func (w *workbook) Columns() []string { return w.columns }

// breaksOff says where the rows of a broken workbook end, before their time or, where
// err is io.EOF, with the last.
func (w *workbook) breaksOff(err error) error {
	at := fmt.Sprintf("sheet %q, after row %d (line %d)", w.sheet, w.number, w.done.Load())
	all := errors.Is(err, io.EOF)
	var syntax *xml.SyntaxError
	if all || w.cut && errors.As(err, &syntax) { // what is packed wrong breaks as XML first
		err = w.broken
	}
	if len(w.columns) == 0 {
		at = fmt.Sprintf("sheet %q, before its first row", w.sheet)
	}
	what := "it breaks off"
	if all {
		what = "that was the last, but the workbook is broken"
	}
	if w.cut {
		what += "; which of its cells are merged is not known for certain"
	}
	if errors.Is(w.broken, errPacking) || w.parts.whole != nil && errors.Is(w.broken, io.ErrUnexpectedEOF) {
		what += "; any cell may differ from what was saved"
	}
	return fmt.Errorf("%s: %s: %w (let a spreadsheet program repair the workbook, or save it anew)", at, what, err)
}

func (w *workbook) Next(row *Row) error {
	of, err := w.rows.next()
	if errors.Is(err, io.EOF) && w.broken == nil {
		return io.EOF
	}
	if err != nil {
		return w.breaksOff(err)
	}
	line := w.rows.line
	w.number++
	w.done.Store(int64(line))
	row.Number, row.Faults = w.number, row.Faults[:0]
	row.Cells = row.Cells[:0]
	for _, c := range of.cells {
		row.Cells = append(row.Cells, plainNumber(c))
	}
	fault := func(column int, message, hint string) {
		if column < len(w.columns) {
			row.Faults = append(row.Faults, Fault{Column: w.columns[column], Kind: "row", Message: message, Hint: hint})
		}
	}
	if n := len(row.Cells); n > len(w.columns) && strings.TrimSpace(strings.Join(row.Cells[len(w.columns):], "")) != "" {
		row.Faults = append(row.Faults, Fault{Kind: "row", Message: fmt.Sprintf("line %d has %d cells and the header %d", line, n, len(w.columns)),
			Hint: "name every column in the first line"})
	}
	row.fit(len(w.columns))
	for _, f := range of.faults {
		fault(f.column, f.message, f.hint)
	}
	for len(w.merged) > 0 && w.merged[0].top <= line {
		w.across, w.merged = append(w.across, w.merged[0]), w.merged[1:]
	}
	w.across = slices.DeleteFunc(w.across, func(m area) bool { return m.bottom < line })
	for _, m := range w.across {
		fault(m.left, "the cells "+m.ref+" are merged: it cannot be told of which rows they speak", "unmerge them and fill in each row")
	}
	return nil
}

// Numbers as some programs keep them in a workbook: with an exponent, and whole,
// 9.40360804E9 (one that a spreadsheet shows and that lost its digits has a sign,
// 9.40361E+09), and with what is left over of binary fractions, 1500.0100000000002.
var (
	exponential = regexp.MustCompile(`^-?\d(\.\d{1,16})?E-?\d{1,2}$`)
	fractional  = regexp.MustCompile(`^-?\d+\.\d+$`)
)

// plainNumber writes such a number as a spreadsheet shows it: without an exponent, to
// 15 digits.
func plainNumber(cell string) string {
	switch {
	case strings.IndexByte(cell, 'E') > 0 && exponential.MatchString(cell):
	case len(cell) > 16 && fractional.MatchString(cell):
	default:
		return cell
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return cell
	}
	return shown(n)
}

// shown is a binary number as spreadsheets show it: of its 15 digits that are certain.
func shown(n float64) string {
	if text := strconv.FormatFloat(n, 'f', -1, 64); len(text) <= 16 {
		return text
	}
	n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// Progress is in lines of the sheet.
func (w *workbook) Progress() (done, total int64) { return w.done.Load(), w.total }

// Close closes the workbook.
func (w *workbook) Close() error {
	if w.part != nil {
		w.part.Close()
	}
	return w.parts.Close()
}
