package exchange

import (
	"reflect"
	"slices"
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
	text    kind = iota
	phrase       // a text that is put together for each row
	money2       // an amount with two places
	rate4        // per cent with four places
	count        // a number without a point
	whole        // a determination: JSON, or a group of columns where a format has them
	measure      // a text of the file that may be an amount or a quantity
)

// OutColumn is a column of answers.
type OutColumn struct {
	Name  string
	About string // in one sentence, for the documentation
	kind  kind
	least Detail // the detail from which on it is written
	// word is the cell of a column of texts; phrase appends that of one whose texts are put
	// together; number is the cell of one of numbers, or tells that it is not known.
	word   func(a *Answer) string
	phrase func(a *Answer, b []byte) []byte
	number func(a *Answer) (quantity.Decimal, bool)
	of     reflect.Type // of a whole determination, which has none of these
}

// Answer is a row answered.
type Answer struct {
	Row     *Row
	Summary determination.Summary
	whole   wholeAnswer // where it was asked for
	// Answered is false for a row with faults.
	Answered bool
	Entry    string         // number of the entry
	Lines    int            // of the entry, where the answer is to all of them; else 1
	Whole    bool           // it is the answer to a whole entry
	Value    quantity.Range // of a whole entry; unbounded where a line has none
	Origin   string         // as understood
	Goods    string         // as understood, where questions are open; "" of a whole entry
	Day      quantity.Date  // the law date
	words    *wording       // of the summary
}

// begin makes it the answer to a row, of which nothing is known yet. The summary stays, as
// memory for the next: it is large, and not looked at in a row that is not answered.
func (a *Answer) begin(row *Row, entry string) {
	a.Row, a.Entry, a.Lines = row, entry, 1
	a.whole, a.words = wholeAnswer{}, nil
	a.Answered, a.Whole = false, false
	a.Value, a.Origin, a.Goods, a.Day = quantity.Range{}, "", "", 0
}

// places are those of a number, after the point.
func (a *Answer) places(k kind) int {
	switch k {
	case money2:
		return a.Summary.Places
	case rate4:
		return 4
	}
	return 0
}

// valued reports whether amounts are known at all.
func (a *Answer) valued() bool { return a.Summary.Priced && a.Summary.Valued }

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
	textColumn("outcome", "free, licence, refer or prohibited; empty where the row has problems", None, func(a *Answer) string { return string(a.Summary.Outcome) }),
	least("duty_least", "the least duty that any completion of the facts gives", None, func(a *Answer) *quantity.Range { return &a.Summary.Duty }),
	most("duty_most", "the most; empty where it is not known", None, func(a *Answer) *quantity.Range { return &a.Summary.Duty }),
	textColumn("duty_currency", "the currency of the amounts", None, func(a *Answer) string { return a.Summary.Currency }),
	{Name: "rate_least", About: "duty_least in per cent of the value", kind: rate4, least: Brief, number: func(a *Answer) (quantity.Decimal, bool) { return a.Summary.Percent.Least, a.Summary.Priced }},
	{Name: "rate_most", About: "duty_most in per cent of the value", kind: rate4, least: Brief, number: func(a *Answer) (quantity.Decimal, bool) {
		return a.Summary.Percent.Most, a.Summary.Priced && !a.Summary.Percent.Unbounded
	}},
	least("ordinary_least", "the part of duty_least that is the ordinary duty", Brief, func(a *Answer) *quantity.Range { return &a.Summary.Ordinary }),
	most("ordinary_most", "the same of duty_most", Brief, func(a *Answer) *quantity.Range { return &a.Summary.Ordinary }),
	least("fees_least", "fees beside the duty: of lines of one entry their shares", Brief, func(a *Answer) *quantity.Range { return &a.Summary.Fees }),
	most("fees_most", "the most of them", Brief, func(a *Answer) *quantity.Range { return &a.Summary.Fees }),
	phraseColumn("lines", "each duty and fee: heading, rate, amount, measure; open ones with a question mark", Brief, func(a *Answer, b []byte) []byte { return a.words.appendLines(b, &a.Summary) }),
	phraseColumn("licences", "the licence measures and prohibitions that apply, or may", Brief, func(a *Answer, b []byte) []byte { return joinedTo(b, a.Summary.Licences) }),
	phraseColumn("questions", "the facts that are open, the most deciding first", Brief, func(a *Answer, b []byte) []byte { return joinedTo(b, a.Summary.Questions) }),
	textColumn("law", "the citations behind the lines", Brief, func(a *Answer) string { return a.words.law }),
	{Name: "determination", About: "the whole answer, sealed, as navicert verify reads it; of a line among others its part of the entry's", kind: whole, least: Complete, of: reflect.TypeFor[determination.Document]()},
	textColumn(problemsColumn, "what is wrong with the row; it has no answer then", None, func(a *Answer) string { return problems(a.Row.Faults) }),
}

// problemsColumn is the column that a row without an answer has.
const problemsColumn = "problems"

func textColumn(name, about string, detail Detail, cell func(a *Answer) string) OutColumn {
	return OutColumn{Name: name, About: about, least: detail, word: cell}
}

func phraseColumn(name, about string, detail Detail, cell func(a *Answer, b []byte) []byte) OutColumn {
	return OutColumn{Name: name, About: about, kind: phrase, least: detail, phrase: cell}
}

// least is a column of the least of an amount.
func least(name, about string, detail Detail, of func(a *Answer) *quantity.Range) OutColumn {
	return OutColumn{Name: name, About: about, kind: money2, least: detail, number: func(a *Answer) (quantity.Decimal, bool) { return of(a).Least, a.valued() }}
}

// most is a column of the most of one.
func most(name, about string, detail Detail, of func(a *Answer) *quantity.Range) OutColumn {
	return OutColumn{Name: name, About: about, kind: money2, least: detail, number: func(a *Answer) (quantity.Decimal, bool) {
		r := of(a)
		return r.Most, a.valued() && !r.Unbounded
	}}
}

// entryColumns are the columns before those of answers where each row is an
// entry.
var entryColumns = []OutColumn{
	textColumn("entry", "the number of the entry; empty for a row without", None, func(a *Answer) string { return a.Entry }),
	counting("first_row", "the first of its rows in the file", func(a *Answer) int { return a.Row.Number }),
	counting("entry_lines", "how many rows it has", func(a *Answer) int { return a.Lines }),
	textColumn("month", "of the law date", None, func(a *Answer) string { return monthOf(a.Day).String() }),
	{Name: "value", About: "of all its lines; empty where one has none", kind: money2, least: None, number: func(a *Answer) (quantity.Decimal, bool) { return a.Value.Most, !a.Value.Unbounded }},
}

// ofAnyEntry is how many of these an entry with problems has too.
const ofAnyEntry = 3

func counting(name, about string, of func(a *Answer) int) OutColumn {
	return OutColumn{Name: name, About: about, kind: count, least: None, number: func(a *Answer) (quantity.Decimal, bool) { return quantity.NewDecimal(int64(of(a)), 0), true }}
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

// record makes a record of the answer: the cells of the row, then those of the
// columns.
func (a *Answer) record(r *Record, columns []OutColumn) {
	if r.begin(a.Row.Cells); a.Whole {
		r.begin(nil)
	}
	for i := range columns {
		c := &columns[i]
		switch {
		case !a.Answered && c.Name != problemsColumn && !(a.Whole && i < ofAnyEntry):
			r.text()
		case c.number != nil:
			d, known := c.number(a)
			r.number(d, a.places(c.kind), known)
		case c.kind == whole:
			r.whole, r.wholeAt = a.whole, len(r.file)+len(r.cells)
			r.text()
		case c.word != nil:
			r.word(c.word(a))
		default:
			r.texts = c.phrase(a, r.texts)
			r.text()
		}
	}
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
