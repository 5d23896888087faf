package exchange

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// mostSheetRows is how many rows a sheet has room for, the header among them.
const mostSheetRows = 1_048_576

// workbookSink writes a workbook for people: the answers under a header that
// stays in sight, and sheets of totals, open questions, problems and sources.
type workbookSink struct {
	out    io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	kinds  []kind
	line   int
	cells  []any
	bold   int
	amount int
	rate   int
}

func newWorkbookSink(out io.Writer, header []string, kinds []kind) (*workbookSink, error) {
	f := excelize.NewFile()
	s := &workbookSink{out: out, file: f, kinds: kinds}
	var err error
	if s.bold, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}); err != nil {
		return nil, err
	}
	amount, rate := "#,##0.00", "0.00##"
	if s.amount, err = f.NewStyle(&excelize.Style{CustomNumFmt: &amount}); err != nil {
		return nil, err
	}
	if s.rate, err = f.NewStyle(&excelize.Style{CustomNumFmt: &rate}); err != nil {
		return nil, err
	}
	if err = f.SetSheetName("Sheet1", "Answers"); err != nil {
		return nil, err
	}
	if s.stream, err = f.NewStreamWriter("Answers"); err != nil {
		return nil, err
	}
	return s, s.begin(s.stream, header)
}

// begin writes a header that stays in sight.
func (s *workbookSink) begin(w *excelize.StreamWriter, header []string) error {
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := w.SetColWidth(1, max(len(header), 1), 16); err != nil {
		return err
	}
	cells := make([]any, len(header))
	for i, h := range header {
		cells[i] = excelize.Cell{StyleID: s.bold, Value: h}
	}
	s.line = 1
	return w.SetRow("A1", cells)
}

// number is a cell that a spreadsheet can add up. Its binary form is the one
// that spreadsheets have; the exact figure is in the other formats.
func (s *workbookSink) number(text string, style int) any {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return excelize.Cell{StyleID: style, Value: n}
}

func (s *workbookSink) Write(cells []string, _ any) error {
	if s.line++; s.line > mostSheetRows {
		return fmt.Errorf("a sheet has room for %d rows: write CSV, NDJSON or Parquet instead", mostSheetRows-1)
	}
	s.cells = s.cells[:0]
	for i, c := range cells {
		switch {
		case c == "":
			s.cells = append(s.cells, nil)
		case s.kinds[i] == money2:
			s.cells = append(s.cells, s.number(c, s.amount))
		case s.kinds[i] == rate4:
			s.cells = append(s.cells, s.number(c, s.rate))
		case s.kinds[i] == count:
			s.cells = append(s.cells, s.number(c, 0))
		default:
			s.cells = append(s.cells, c)
		}
	}
	return s.stream.SetRow("A"+strconv.Itoa(s.line), s.cells)
}

func (s *workbookSink) sheet(name string, header []string, rows func(add func(cells ...any) error) error) error {
	if _, err := s.file.NewSheet(name); err != nil {
		return err
	}
	w, err := s.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := s.begin(w, header); err != nil {
		return err
	}
	err = rows(func(cells ...any) error {
		s.line++
		return w.SetRow("A"+strconv.Itoa(s.line), cells)
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

func (s *workbookSink) ends(r quantity.Range) []any {
	least, most := s.number(r.Least.StringFixed(2), s.amount), any("not known")
	if !r.Unbounded {
		most = s.number(r.Most.StringFixed(2), s.amount)
	}
	return []any{least, most}
}

func (s *workbookSink) Finish(t Sheets) error {
	err := s.stream.Flush()
	if err == nil {
		err = t.sheets(s)
	}
	if err == nil {
		err = s.file.Write(s.out)
	}
	return errors.Join(err, s.file.Close()) // and with it the rows that it kept
}

// link is a cell that opens an address; empty where there is none.
func (s *workbookSink) link(url string) any {
	if !strings.HasPrefix(url, "http") {
		return nil
	}
	return excelize.Cell{Formula: `HYPERLINK("` + strings.ReplaceAll(url, `"`, "%22") + `")`, Value: url}
}

// problems is the sheet of faults.
func (s *workbookSink) problems(all []Problem) error {
	return s.sheet("Problems", []string{"Row", "Column", "Problem", "What to do"}, func(add func(...any) error) error {
		for _, p := range all {
			if err := add(p.Row, p.Column, p.Message, p.Hint); err != nil {
				return err
			}
		}
		return nil
	})
}

// sheets implements [Sheets].
func (t *Totals) sheets(s *workbookSink) error {
	for _, sums := range []struct {
		name, what string
		by         map[string]*Sum
	}{{"By programme", "Programme", t.Programmes}, {"By origin", "Origin", t.Origins}, {"By month", "Month", t.Months}} {
		err := s.sheet(sums.name, []string{sums.what, "Rows", "Duty, least (" + t.Currency + ")", "Duty, most (" + t.Currency + ")"}, func(add func(...any) error) error {
			for _, key := range slices.Sorted(maps.Keys(sums.by)) {
				if err := add(append([]any{key, sums.by[key].Rows}, s.ends(sums.by[key].Amount)...)...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := t.apart(s); err != nil {
		return err
	}
	if err := t.questions(s); err != nil {
		return err
	}
	if err := s.problems(t.Problems); err != nil {
		return err
	}
	return s.sheet("Sources", []string{"Law cited", "Where it can be read"}, func(add func(...any) error) error {
		for _, citation := range slices.Sorted(maps.Keys(t.Sources)) {
			if err := add(citation, s.link(t.Words.Links[citation])); err != nil {
				return err
			}
		}
		return nil
	})
}

// apart is the sheet of rows whose duties are in other currencies than the sums;
// none where there are no such rows.
func (t *Totals) apart(s *workbookSink) error {
	if len(t.Apart) == 0 {
		return nil
	}
	return s.sheet("Other currencies", []string{"Currency, no part of the sums", "Rows", "Duty, least", "Duty, most"}, func(add func(...any) error) error {
		for _, currency := range slices.Sorted(maps.Keys(t.Apart)) {
			if err := add(append([]any{currency, t.Apart[currency].Rows}, s.ends(t.Apart[currency].Amount)...)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// mostAsked is how many questions are asked of the people behind a file.
const mostAsked = 10

// questions is the sheet of the questions that close most of the range.
func (t *Totals) questions(s *workbookSink) error {
	c := " (" + t.Currency + ")"
	header := []string{"Question", "Rows on which it is open", "Rows on which it decides most", "Range of duty on those" + c, "Of these rows whose most is not known",
		"On goods of headings", "Where people look", "Column that answers it"}
	return s.sheet("Open questions", header, func(add func(...any) error) error {
		names := t.Deciding(len(t.Questions))
		for _, name := range names[:min(mostAsked, len(names))] {
			c, q := t.Questions[name], t.Question(name)
			if err := add(q.Question, c.Rows, c.First, s.number(c.Range.StringFixed(2), s.amount), c.Unbounded, c.headings(), q.Where, answerColumn(&q)); err != nil {
				return err
			}
		}
		if len(names) <= mostAsked {
			return nil
		}
		var rest Closing
		for _, name := range names[mostAsked:] {
			c := t.Questions[name]
			rest.First, rest.Unbounded, rest.Range = rest.First+c.First, rest.Unbounded+c.Unbounded, rest.Range.Add(c.Range)
		}
		return add(fmt.Sprintf("%d further questions", len(names)-mostAsked), nil, rest.First, s.number(rest.Range.StringFixed(2), s.amount), rest.Unbounded)
	})
}

// headings are those on which a question is open, with their rows.
func (c *Closing) headings() string {
	first, more := c.ByHeading(8)
	for i, h := range first {
		first[i] = fmt.Sprintf("%s (%d)", h, c.Headings[h])
	}
	out := strings.Join(first, ", ")
	if more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// answerColumn is the column of a file that answers a question, with its unit or
// what may stand in it.
func answerColumn(q *determination.Question) string {
	switch {
	case len(q.Values) > 0:
		return q.Fact + ": " + strings.Join(q.Values, ", ")
	case q.Unit != "":
		return q.Fact + ", in " + q.Unit
	}
	return q.Fact
}
