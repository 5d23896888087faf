package importer

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Source says of a whole list what its rows do not say themselves.
type Source struct {
	Name    string         // what the list is called in messages
	By      string         // id of the instrument that made the list; required
	From    string         // day or instant; "": always
	Until   string         // day or instant, outside; "": open
	EndedBy string         // id of the instrument that ended it; "": the end was known from the beginning, or there is none
	Zone    *time.Location // of the pack, where days begin; nil: UTC
}

// check returns the period of the list, or the source's fault.
func (s Source) check() (quantity.Period, error) {
	if s.By == "" {
		return quantity.Period{}, errors.New("the list has no instrument: name the one that made it, like eo-14257")
	}
	if s.EndedBy != "" && s.Until == "" {
		return quantity.Period{}, fmt.Errorf("the list was ended by %s on no day: say until when it ran", s.EndedBy)
	}
	return s.period(s.From, s.Until)
}

// period reads a beginning and an end; empty ones are the ends of time.
func (s Source) period(from, until string) (quantity.Period, error) {
	p := quantity.Always
	zone := cmp.Or(s.Zone, time.UTC)
	if from != "" {
		m, err := quantity.ParseMoment(from)
		if err != nil {
			return p, err
		}
		p.From = m.Instant(zone)
	}
	if until != "" {
		m, err := quantity.ParseMoment(until)
		if err != nil {
			return p, err
		}
		p.Until = m.Instant(zone)
	}
	if p.IsEmpty() {
		return p, fmt.Errorf("until %s is not after from %s", until, from)
	}
	return p, nil
}

// ListReport counts what a list importer read and wrote.
type ListReport struct {
	Lines   int // of the input, or rows below the header of a CSV
	Skipped int // of them empty or comments
	Rows    int // written
}

// String returns the report for people.
func (r ListReport) String() string {
	return fmt.Sprintf("%d lines read, %d of them empty or comments, %d rows written", r.Lines, r.Skipped, r.Rows)
}

// goodsRow is a row of a goods list.
type goodsRow struct {
	line                 int
	code                 nomenclature.Code
	from, until, endedBy string
	note                 string
	period               quantity.Period
}

// Codes reads a plain list of goods codes, one a line, and writes it as a goods
// list in the form of docs/packs.md, in order of the codes. What follows a tab
// is the row's note; what follows a # at the beginning of a line or behind a
// code is a comment. Where lines cannot be read, or say the same code twice,
// nothing is written, and the error is a [rulepack.Problems] that names all of
// them.
func Codes(in io.Reader, source Source, out io.Writer) (ListReport, error) {
	var report ListReport
	period, err := source.check()
	if err != nil {
		return report, err
	}
	bad := &problems{file: cmp.Or(source.Name, "list")}
	var rows []goodsRow
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		report.Lines++
		written, note, _ := strings.Cut(lines.Text(), "\t")
		written, _, comment := strings.Cut(written, "#")
		written = strings.TrimSpace(strings.TrimPrefix(written, "\ufeff")) // a byte-order mark
		if written == "" && (comment || strings.TrimSpace(note) == "") {
			report.Skipped++
			continue
		}
		code, err := nomenclature.ParseCode(written)
		if err != nil {
			bad.add(report.Lines, "", "%v", err)
			continue
		}
		rows = append(rows, goodsRow{report.Lines, code, source.From, source.Until, source.EndedBy, strings.TrimSpace(note), period})
	}
	if err := lines.Err(); err != nil {
		return report, fmt.Errorf("%s, after line %d: %w", bad.file, report.Lines, err)
	}
	return writeGoods(out, rows, source, bad, report)
}

// Columns names the columns of a CSV file by its header. Empty names are
// columns that it does not have.
type Columns struct {
	Code  string // required
	From  string
	Until string
	Note  string
}

// CSVCodes is [Codes] for a CSV file with a header: a column of goods codes,
// and perhaps columns for the beginning and the end of each row, which stand in
// for the source's where they say more than nothing or NA, and for a note. A row
// that has its own end is not ended by the source's EndedBy.
func CSVCodes(in io.Reader, columns Columns, source Source, out io.Writer) (ListReport, error) {
	var report ListReport
	if _, err := source.check(); err != nil {
		return report, err
	}
	bad := &problems{file: cmp.Or(source.Name, "list")}
	r := csv.NewReader(in)
	header, err := r.Read()
	if err != nil {
		return report, fmt.Errorf("%s has no header that can be read: %w", bad.file, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	at := map[string]int{"": -1}
	for i, h := range header {
		at[strings.TrimSpace(h)] = i
	}
	for _, name := range []string{columns.Code, columns.From, columns.Until, columns.Note} {
		if _, ok := at[name]; !ok || name == "" && name == columns.Code {
			return report, fmt.Errorf("%s has no column %q: it has %s", bad.file, name, strings.Join(header, ", "))
		}
	}
	var rows []goodsRow
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		report.Lines++
		if err != nil {
			var syntax *csv.ParseError
			if errors.As(err, &syntax) && errors.Is(err, csv.ErrFieldCount) {
				bad.add(syntax.Line, fmt.Sprintf("the header has %d", len(header)), "the row has %d columns", len(record))
				continue
			}
			return report, fmt.Errorf("%s: %w", bad.file, err)
		}
		field := func(name string) string {
			if i := at[name]; i >= 0 && record[i] != "NA" { // what statistical software writes for nothing
				return strings.TrimSpace(record[i])
			}
			return ""
		}
		line, _ := r.FieldPos(0)
		row := goodsRow{line: line, from: field(columns.From), until: field(columns.Until), note: field(columns.Note)}
		row.from = cmp.Or(row.from, source.From)
		if row.until == "" {
			row.until, row.endedBy = source.Until, source.EndedBy
		}
		if row.code, err = nomenclature.ParseCode(record[at[columns.Code]]); err != nil {
			bad.add(line, "", "%v", err)
			continue
		}
		if row.period, err = source.period(row.from, row.until); err != nil {
			bad.add(line, "", "%v", err)
			continue
		}
		rows = append(rows, row)
	}
	return writeGoods(out, rows, source, bad, report)
}

// writeGoods writes the rows in order of their codes and beginnings, unless
// something is wrong.
func writeGoods(out io.Writer, rows []goodsRow, source Source, bad *problems, report ListReport) (ListReport, error) {
	slices.SortStableFunc(rows, func(a, b goodsRow) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.period.From, b.period.From))
	})
	for i := 1; i < len(rows); i++ {
		a, b := rows[i-1], rows[i]
		if a.code == b.code && a.period.Overlaps(b.period) {
			bad.add(max(a.line, b.line), "leave one, or let their days not overlap", "%s stands in line %d already", b.code, min(a.line, b.line))
		}
	}
	if err := bad.err(); err != nil {
		return report, err
	}
	w := csv.NewWriter(out)
	w.Write([]string{"code", "from", "until", "by", "ended-by", "except", "note"}) // errors wait for Flush
	for _, r := range rows {
		w.Write([]string{r.code.String(), r.from, r.until, source.By, r.endedBy, "", r.note})
		report.Rows++
	}
	w.Flush()
	return report, w.Error()
}
