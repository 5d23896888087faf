package exchange

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/xuri/excelize/v2"
)

// workbook is a table on one sheet of a workbook. Cells are as they are kept,
// not as they are shown: a date is a number of days, a code that was taken for a
// number has lost its zeros.
type workbook struct {
	file    *excelize.File
	sheet   string
	serials Serials
	rows    *excelize.Rows
	columns []string
	number  int // of the last row read
	line    int // of the sheet
	merged  []area
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
		return s.sheet, slices.DeleteFunc(s.file.GetSheetList(), func(name string) bool { return name == s.sheet })
	}
	return "", nil
}

// area is cells that were merged into one.
type area struct {
	ref               string
	top, bottom, left int
}

func newXLSX(name, sheet string) (*workbook, error) {
	f, err := excelize.OpenFile(name, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("no workbook that can be read (or one that was cut off: its directory is at its end): %w", err)
	}
	w := &workbook{file: f, serials: From1900}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		w.serials = From1904
	}
	if err := w.begin(name, sheet); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

func (w *workbook) begin(name, sheet string) error {
	sheets := w.file.GetSheetList()
	if sheet == "" {
		sheet = sheets[0]
	}
	if !slices.Contains(sheets, sheet) {
		return fmt.Errorf("there is no sheet %q: one of %s", sheet, strings.Join(sheets, ", "))
	}
	w.sheet = sheet
	about, err := outlineOf(name, sheet)
	if err != nil {
		return fmt.Errorf("no workbook that can be read: %w", err)
	}
	for _, ref := range about.merged {
		first, last, _ := strings.Cut(ref, ":")
		left, top, err := excelize.CellNameToCoordinates(first)
		if err != nil {
			return err
		}
		_, bottom, err := excelize.CellNameToCoordinates(cmp.Or(last, first))
		if err != nil {
			return err
		}
		w.merged = append(w.merged, area{ref, top, bottom, left})
	}
	if _, end, ok := strings.Cut(about.dimension, ":"); ok {
		if _, last, err := excelize.CellNameToCoordinates(end); err == nil {
			w.total = int64(last)
		}
	}
	if w.rows, err = w.file.Rows(sheet); err != nil {
		return err
	}
	for len(w.columns) == 0 { // blank lines above the header
		if !w.rows.Next() {
			return fmt.Errorf("sheet %q is empty: its first line should name the columns", sheet)
		}
		w.line++
		header, err := w.rows.Columns()
		if err != nil {
			return err
		}
		for _, name := range header {
			w.columns = append(w.columns, strings.TrimSpace(name))
		}
		for n := len(w.columns); n > 0 && w.columns[n-1] == ""; n-- { // formatted, and empty
			w.columns = w.columns[:n-1]
		}
	}
	return nil
}

func (w *workbook) Columns() []string { return w.columns }

func (w *workbook) Next(row *Row) error {
	at := func(err error) error {
		return fmt.Errorf("after row %d (line %d of the sheet): %w", w.number, w.line, err)
	}
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return at(err)
		}
		return io.EOF
	}
	w.line++
	cells, err := w.rows.Columns()
	if err != nil {
		return at(err)
	}
	w.number++
	w.done.Store(int64(w.line))
	row.Number, row.Faults = w.number, row.Faults[:0]
	row.Cells = row.Cells[:0]
	for _, c := range cells {
		row.Cells = append(row.Cells, plainNumber(c))
	}
	if n := len(row.Cells); n > len(w.columns) && strings.TrimSpace(strings.Join(row.Cells[len(w.columns):], "")) != "" {
		row.Faults = append(row.Faults, Fault{Kind: "row", Message: fmt.Sprintf("line %d has %d cells and the header %d", w.line, n, len(w.columns)),
			Hint: "name every column in the first line"})
	}
	row.fit(len(w.columns))
	for _, m := range w.merged {
		if m.top <= w.line && w.line <= m.bottom && m.left <= len(w.columns) {
			row.Faults = append(row.Faults, Fault{Column: w.columns[m.left-1], Kind: "row", Message: "the cells " + m.ref + " are merged: it cannot be told of which rows they speak",
				Hint: "unmerge them and fill in each row"})
		}
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
	w.rows.Close()
	return w.file.Close()
}
