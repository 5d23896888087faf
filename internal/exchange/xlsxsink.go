package exchange

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// What a sheet has room for: rows, the header among them, and columns.
const (
	mostSheetRows    = 1_048_576
	mostSheetColumns = 16_384
)

// workbookSink writes a workbook for people: the answers under a header that
// stays in sight, and sheets of totals, open questions, problems and sources.
type workbookSink struct {
	book  *workbookWriter
	kinds []kind
	cells []any
}

func newWorkbookSink(out io.Writer, header []string, kinds []kind) (*workbookSink, error) {
	s := &workbookSink{book: newWorkbookWriter(out), kinds: kinds}
	return s, s.book.begin("Answers", header)
}

// summable are the amounts of a file that are numbers, and of which the binary form of
// spreadsheets keeps every digit.
var summable = regexp.MustCompile(`^-?(0|[1-9]\d{0,11})(\.\d{1,3})?$`)

// number is a cell that a spreadsheet can add up. Its binary form is the one
// that spreadsheets have; the exact figure is in the other formats.
func (s *workbookSink) number(text string, as style) any {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return cell{style: as, value: n}
}

func (s *workbookSink) Write(cells []string, _ any) error {
	s.cells = s.cells[:0]
	for i, c := range cells {
		switch {
		case c == "":
			s.cells = append(s.cells, nil)
		case s.kinds[i] == money2:
			s.cells = append(s.cells, s.number(c, amountCell))
		case s.kinds[i] == rate4:
			s.cells = append(s.cells, s.number(c, rateCell))
		case s.kinds[i] == count, s.kinds[i] == measure && summable.MatchString(c):
			s.cells = append(s.cells, s.number(c, plainCell))
		default:
			s.cells = append(s.cells, c)
		}
	}
	return s.book.add(s.cells)
}

func (s *workbookSink) sheet(name string, header []string, rows func(add func(cells ...any) error) error) error {
	if err := s.book.begin(name, header); err != nil {
		return err
	}
	return rows(func(cells ...any) error { return s.book.add(cells) })
}

func (s *workbookSink) ends(r quantity.Range) []any {
	least, most := s.number(r.Least.StringFixed(2), amountCell), any("not known")
	if !r.Unbounded {
		most = s.number(r.Most.StringFixed(2), amountCell)
	}
	return []any{least, most}
}

func (s *workbookSink) Finish(t Sheets) error {
	if err := t.sheets(s); err != nil {
		return err
	}
	return s.book.close()
}

// link is a cell that opens an address; empty where there is none.
func (s *workbookSink) link(url string) any {
	if !strings.HasPrefix(url, "http") {
		return nil
	}
	return cell{link: url}
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
		err := s.sheet(sums.name, []string{sums.what, "Rows", "Duty, least (" + t.Currency + ")", "Duty, most (" + t.Currency + ")",
			"Rows whose most is not known", "Most of the others (" + t.Currency + ")"}, func(add func(...any) error) error {
			for _, key := range slices.Sorted(maps.Keys(sums.by)) {
				sum := sums.by[key]
				cells := append([]any{key, sum.Rows}, s.ends(sum.Amount)...)
				if err := add(append(cells, sum.Unknown, s.number(sum.Others.StringFixed(2), amountCell))...); err != nil {
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
			if err := add(q.Question, c.Rows, c.First, s.number(c.Range.StringFixed(2), amountCell), c.Unbounded, c.headings(), q.Where, answerColumn(&q)); err != nil {
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
		return add(fmt.Sprintf("%d further questions", len(names)-mostAsked), nil, rest.First, s.number(rest.Range.StringFixed(2), amountCell), rest.Unbounded)
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
