package importer

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/nomenclature"
)

// Footnote is one line of a schedule that a footnote refers to a heading, in
// the editions from one to another, both included.
type Footnote struct {
	Code    nomenclature.Code // the line that bears the footnote
	Heading nomenclature.Code // the heading that it names
	First   string            // edition
	Last    string            // edition; "": the last one that is held
}

// FootnoteReport counts what [Footnotes] read and wrote.
type FootnoteReport struct {
	Editions int
	Rows     int // of the exports
	Marks    int // pairs of a line and a heading, over all editions
	Written  int // rows of the table
}

// String returns the report for people.
func (r *FootnoteReport) String() string {
	return fmt.Sprintf("%d editions with %d rows read, %d references in them, %d rows written\n", r.Editions, r.Rows, r.Marks, r.Written)
}

// headingNumber is how footnotes write the headings of chapter 99.
var headingNumber = regexp.MustCompile(`\b99\d\d\.\d\d\.\d\d\b`)

// Footnotes reads from editions, in the order in which they were published,
// which lines have a footnote that names a heading of chapter 99, and writes
// them as CSV: columns code, heading, edition (the first with the reference) and
// last (the last with it; empty where that is the last edition). Only headings
// that begin with one of those given count. The table says how the compilers of
// the schedule read the law; it is not law, and packs do not read it.
//
// Where rows cannot be read nothing is written, and the error is a
// [rulepack.Problems] that names all of them by edition and row.
func Footnotes(editions []Edition, headings []nomenclature.Code, out io.Writer) (*FootnoteReport, error) {
	if len(editions) == 0 {
		return nil, errors.New("there is no edition to import")
	}
	if len(headings) == 0 {
		return nil, errors.New("no heading is asked for: name some, like 9903.88")
	}
	type reference struct{ code, heading nomenclature.Code }
	type run struct {
		reference
		first, last int
	}
	report := &FootnoteReport{Editions: len(editions)}
	bad := &problems{}
	var runs []run
	open := map[reference]int{} // in runs
	for i, e := range editions {
		bad.file = "edition " + e.Name
		now := map[reference]bool{}
		rows, err := eachRow(e.JSON, func(n int, row footnoteRow) {
			for _, f := range row.Footnotes {
				for _, number := range headingNumber.FindAllString(f.Value, -1) {
					heading, err := nomenclature.ParseCode(number)
					if err != nil || !slices.ContainsFunc(headings, heading.HasPrefix) || strings.HasPrefix(row.Number, "99") {
						continue
					}
					code, err := nomenclature.ParseCode(row.Number)
					if err != nil {
						bad.add(0, "a footnote refers it to "+number, "row %d (%s): %v", n, clip(row.Number+" "+row.Description), err)
						continue
					}
					now[reference{code, heading}] = true
				}
			}
		})
		if err != nil {
			bad.add(0, "", "%v", err)
		}
		report.Rows += rows
		report.Marks += len(now)
		for r := range now {
			if at, ok := open[r]; ok {
				runs[at].last = i
				continue
			}
			open[r] = len(runs)
			runs = append(runs, run{r, i, i})
		}
		maps.DeleteFunc(open, func(r reference, _ int) bool { return !now[r] })
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	slices.SortFunc(runs, func(a, b run) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.first, b.first), cmp.Compare(a.heading, b.heading))
	})
	w := csv.NewWriter(out)
	w.Write(footnoteColumns) // errors wait for Flush
	for _, r := range runs {
		last := ""
		if r.last < len(editions)-1 {
			last = editions[r.last].Name
		}
		w.Write([]string{r.code.String(), r.heading.String(), editions[r.first].Name, last})
		report.Written++
	}
	w.Flush()
	return report, w.Error()
}

var footnoteColumns = []string{"code", "heading", "edition", "last"}

// footnoteRow is a row of the export as [Footnotes] reads it.
type footnoteRow struct {
	Number      string `json:"htsno"`
	Description string `json:"description"`
	Footnotes   []struct {
		Value string `json:"value"`
	} `json:"footnotes"`
}

// eachRow calls row for each row of an export and returns how many there are.
func eachRow(in io.Reader, row func(n int, row footnoteRow)) (int, error) {
	decoder, err := openExport(in)
	if err != nil {
		return 0, err
	}
	n := 0
	for decoder.More() {
		var r footnoteRow
		if err := decoder.Decode(&r); err != nil {
			return n, fmt.Errorf("row %d is not a row of the schedule: %w", n+1, err)
		}
		n++
		row(n, r)
	}
	if t, err := decoder.Token(); err != nil || t != json.Delim(']') {
		return n, fmt.Errorf("ends in the middle, after row %d", n)
	}
	return n, nil
}

// ReadFootnotes reads the table that [Footnotes] writes.
func ReadFootnotes(in io.Reader) ([]Footnote, error) {
	bad := &problems{file: "footnotes.csv"}
	var out []Footnote
	err := readTable(in, bad, footnoteColumns, func(line int, row []string) {
		code, err := nomenclature.ParseCode(row[0])
		if err != nil {
			bad.add(line, "", "%v", err)
		}
		heading, err := nomenclature.ParseCode(row[1])
		if err != nil {
			bad.add(line, "", "%v", err)
		}
		if row[2] == "" {
			bad.add(line, "like 2025_rev_14", "the reference has no first edition")
		}
		out = append(out, Footnote{Code: code, Heading: heading, First: row[2], Last: row[3]})
	})
	if err != nil {
		return nil, err
	}
	return out, bad.err()
}
