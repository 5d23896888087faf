package importer

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Edition is one edition of the Harmonized Tariff Schedule of the United
// States as the USITC exports it.
type Edition struct {
	Name      string        // like 2025_rev_14
	Effective quantity.Date // first day of its changes
	JSON      io.Reader     // the export: a JSON array of rows, perhaps gzipped
}

// LegalDay says that a change first printed in an edition has another first day
// than the edition has: the edition came late, or ahead.
type LegalDay struct {
	Edition string
	Code    nomenclature.Code
	From    quantity.Date
}

// EditionReport counts what one edition brought.
type EditionReport struct {
	Name       string
	From       quantity.Date
	Rows       int // rows of the export
	Lines      int // of them numbered, chapters 1 to 98
	Headings   int // of them numbered, chapter 99
	Unnumbered int // of them without a number: their words are part of the lines below
	Begun      int // lines and headings that the edition before did not have
	Ended      int // lines and headings that this one has no more
	Changed    int // lines and headings with other content than in the edition before
}

// HTSReport counts what [USHTS] read and wrote.
type HTSReport struct {
	Editions  []EditionReport
	Schedule  int      // rows written, chapters 1 to 98
	Chapter99 int      // rows written, chapter 99
	LegalDays int      // changes put on another day than their edition's
	Notes     []string // where the export was not taken at its word, and why
}

// String returns the report for people, a line an edition.
func (r *HTSReport) String() string {
	var b strings.Builder
	for _, e := range r.Editions {
		fmt.Fprintf(&b, "%-12s from %s: %d rows, %d lines, %d headings of chapter 99, %d unnumbered; %d begun, %d ended, %d changed\n",
			e.Name, e.From, e.Rows, e.Lines, e.Headings, e.Unnumbered, e.Begun, e.Ended, e.Changed)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	fmt.Fprintf(&b, "%d rows of the schedule and %d rows of chapter 99 written, %d changes on a day of their own\n", r.Schedule, r.Chapter99, r.LegalDays)
	return b.String()
}

// htsRow is a row of the export. Its other columns (footnotes, quota
// quantities, additional duties) have no place in a schedule's lines.
type htsRow struct {
	Number      string   `json:"htsno"`
	Indent      string   `json:"indent"`
	Description string   `json:"description"`
	Units       []string `json:"units"`
	General     string   `json:"general"`
	Special     string   `json:"special"`
	Other       string   `json:"other"`
}

// content is a line without its code and its period.
type content struct {
	units, designation string
	rates              [3]string // general, special, other
}

// segment is what a line reads from a day on; nil: it is not there.
type segment struct {
	from quantity.Date
	text *content
}

// USHTS merges editions, in the order in which they were published, into one
// table of lines with the days from which and until which they read so, and
// writes it as CSV in the form of docs/packs.md: chapters 1 to 98 to schedule,
// chapter 99 to chapter99. Lines with the same content in edition after edition
// are one row; the rows of the first edition begin on its day.
//
// A designation is the line's own description behind those of the unnumbered
// rows that stand between it and the numbered row above. Rates are kept as
// printed, on the line that prints them. Where the nearest row above that
// prints a rate is not the one that cutting digits off the code leads to (it has
// no number, or a number of another family), the rate is copied to the line. A
// heading of four digits that an edition leaves out while it prints lines
// within it is kept.
//
// Each change takes effect on its edition's day, or on that of legal, and
// overwrites what earlier editions said of the line from that day on. The
// editions need not be in order of their days.
//
// Where rows cannot be read nothing is written, and the error is a
// [rulepack.Problems] that names all of them by edition and row.
func USHTS(editions []Edition, legal []LegalDay, schedule, chapter99 io.Writer) (*HTSReport, error) {
	if len(editions) == 0 {
		return nil, errors.New("there is no edition to import")
	}
	type change struct {
		edition string
		code    nomenclature.Code
	}
	bad := &problems{file: "legal days"}
	days := make(map[change]quantity.Date, len(legal))
	for _, l := range legal {
		c := change{l.Edition, l.Code}
		if _, ok := days[c]; ok {
			bad.add(0, "leave one", "%s of edition %s has two days", l.Code, l.Edition)
		}
		if l.From < editions[0].Effective {
			bad.add(0, "the table begins there", "%s of edition %s is of %s, before the first edition begins on %s", l.Code, l.Edition, l.From, editions[0].Effective)
		}
		days[c] = l.From
	}

	report := &HTSReport{}
	history := map[nomenclature.Code][]segment{}
	var before map[nomenclature.Code]content
	for _, e := range editions {
		now, r, notes, err := readEdition(e)
		if err != nil {
			bad.list = append(bad.list, err...)
			continue
		}
		report.Notes = append(report.Notes, notes...)
		for _, heading := range slices.Sorted(maps.Keys(before)) {
			if _, ok := now[heading]; ok || heading.Digits() != 4 {
				continue
			}
			if slices.ContainsFunc(slices.Collect(maps.Keys(now)), func(c nomenclature.Code) bool { return c.HasPrefix(heading) }) {
				now[heading] = before[heading]
				report.Notes = append(report.Notes, fmt.Sprintf("edition %s leaves out heading %s, though not the lines within it: kept", e.Name, heading))
			}
		}
		alter := func(c nomenclature.Code, text *content) {
			from := e.Effective
			if day, ok := days[change{e.Name, c}]; ok {
				from = day
				delete(days, change{e.Name, c})
				report.LegalDays++
			}
			history[c] = overwrite(history[c], segment{from, text})
		}
		for c, text := range now {
			old, ok := before[c]
			switch {
			case !ok:
				r.Begun++
			case old != text:
				r.Changed++
			default:
				continue
			}
			alter(c, &text)
		}
		for c := range before {
			if _, ok := now[c]; !ok {
				r.Ended++
				alter(c, nil)
			}
		}
		report.Editions = append(report.Editions, r)
		before = now
	}
	for c := range days {
		bad.add(0, "take the row out, or name the edition that first printed the change", "edition %s does not change %s", c.edition, c.code)
	}
	if err := bad.err(); err != nil {
		slices.SortStableFunc(bad.list, func(a, b rulepack.Problem) int { return cmp.Compare(a.File, b.File) })
		return nil, err
	}

	var err error
	if report.Schedule, err = writeHistory(schedule, history, func(c nomenclature.Code) bool { return !c.HasPrefix("99") }); err != nil {
		return nil, err
	}
	if report.Chapter99, err = writeHistory(chapter99, history, func(c nomenclature.Code) bool { return c.HasPrefix("99") }); err != nil {
		return nil, err
	}
	return report, nil
}

// overwrite lays the segment over the history of a line, from its day on.
func overwrite(h []segment, s segment) []segment {
	for len(h) > 0 && h[len(h)-1].from >= s.from {
		h = h[:len(h)-1]
	}
	switch n := len(h); {
	case n == 0 && s.text == nil:
		return h
	case n > 0 && (h[n-1].text == s.text || h[n-1].text != nil && s.text != nil && *h[n-1].text == *s.text):
		return h
	}
	return append(h, s)
}

// writeHistory writes the lines that are meant and returns how many rows they
// take.
func writeHistory(out io.Writer, history map[nomenclature.Code][]segment, meant func(nomenclature.Code) bool) (int, error) {
	w := csv.NewWriter(out)
	rows := 0
	w.Write([]string{"code", "from", "until", "units", "general", "special", "other", "designation"}) // errors wait for Flush
	for _, c := range slices.Sorted(maps.Keys(history)) {
		if !meant(c) {
			continue
		}
		for i, s := range history[c] {
			if s.text == nil {
				continue
			}
			until := ""
			if i+1 < len(history[c]) {
				until = history[c][i+1].from.String()
			}
			w.Write([]string{c.String(), s.from.String(), until, s.text.units, s.text.rates[0], s.text.rates[1], s.text.rates[2], s.text.designation})
			rows++
		}
	}
	w.Flush()
	return rows, w.Error()
}

// openExport finds the beginning of the rows of an export, perhaps gzipped.
func openExport(in io.Reader) (*json.Decoder, error) {
	source := bufio.NewReader(in)
	if magic, _ := source.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(source)
		if err != nil {
			return nil, fmt.Errorf("cannot be unzipped: %w", err)
		}
		source = bufio.NewReader(z)
	}
	decoder := json.NewDecoder(source)
	if t, err := decoder.Token(); err != nil || t != json.Delim('[') {
		return nil, errors.New("is not a JSON array of rows")
	}
	return decoder, nil
}

// readEdition reads one export. The notes say which rates were copied down.
func readEdition(e Edition) (map[nomenclature.Code]content, EditionReport, []string, rulepack.Problems) {
	bad := &problems{file: "edition " + e.Name}
	r := EditionReport{Name: e.Name, From: e.Effective}
	fail := func(format string, args ...any) (map[nomenclature.Code]content, EditionReport, []string, rulepack.Problems) {
		bad.add(0, "", format, args...)
		return nil, r, nil, bad.list
	}

	decoder, err := openExport(e.JSON)
	if err != nil {
		return fail("%v", err)
	}

	// above is the rows under which the next one may stand.
	type level struct {
		indent int
		code   nomenclature.Code // "": unnumbered
		words  string
		rates  [3]string
	}
	var above []level
	var notes []string
	lines := map[nomenclature.Code]content{}
	for decoder.More() {
		var row htsRow
		if err := decoder.Decode(&row); err != nil {
			return fail("row %d is not a row of the schedule: %v", r.Rows+1, err)
		}
		r.Rows++
		at := fmt.Sprintf("row %d (%s)", r.Rows, clip(row.Number+" "+row.Description))
		indent, err := strconv.Atoi(row.Indent)
		if err != nil || indent < 0 {
			bad.add(0, "a whole number", "%s has the indent %q", at, row.Indent)
			continue
		}
		for len(above) > 0 && above[len(above)-1].indent >= indent {
			above = above[:len(above)-1]
		}
		here := level{
			indent: indent,
			words:  strings.TrimRight(plain(row.Description), ": "),
			rates:  [3]string{plain(row.General), plain(row.Special), plain(row.Other)},
		}
		if strings.TrimSpace(row.Number) == "" {
			r.Unnumbered++
			above = append(above, here)
			continue
		}
		here.code, err = nomenclature.ParseCode(row.Number)
		if err != nil {
			bad.add(0, "", "%s: %v", at, err)
			continue
		}
		if here.code.String() != strings.TrimSpace(row.Number) {
			bad.add(0, "digits may be lost", "%s: the number is not written like %s", at, here.code)
			continue
		}
		if here.code.Digits() < 4 {
			bad.add(0, "lines have 4, 6, 8 or 10 digits", "%s has %d digits", at, here.code.Digits())
			continue
		}
		if _, ok := lines[here.code]; ok {
			bad.add(0, "keep one of the two", "%s: the edition has %s twice", at, here.code)
			continue
		}
		units, err := units(row.Units)
		if err != nil {
			bad.add(0, "", "%s: %v", at, err)
			continue
		}
		text := content{units: units, rates: here.rates}
		for i := range text.rates {
			if text.rates[i] != "" {
				continue
			}
			printed := ""
			for j := len(above) - 1; j >= 0 && printed == ""; j-- {
				printed = above[j].rates[i]
			}
			inherited := ""
			for p := here.code.Parent(); p != "" && inherited == ""; p = p.Parent() {
				inherited = lines[p].rates[i]
			}
			if printed == inherited {
				continue
			}
			if printed == "" {
				notes = append(notes, fmt.Sprintf("edition %s: %s has the rate %q of its family in column %s, though it does not stand under it", e.Name, here.code, inherited, columns[i]))
				continue
			}
			text.rates[i] = printed
			notes = append(notes, fmt.Sprintf("edition %s: the rate %q of column %s is copied down to %s", e.Name, printed, columns[i], here.code))
		}
		words := []string{here.words}
		for j := len(above) - 1; j >= 0 && above[j].code == ""; j-- {
			words = append(words, above[j].words)
		}
		slices.Reverse(words)
		text.designation = strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), ": ")
		lines[here.code] = text
		above = append(above, here)
		if here.code.HasPrefix("99") {
			r.Headings++
		} else {
			r.Lines++
		}
	}
	if t, err := decoder.Token(); err != nil || t != json.Delim(']') {
		return fail("ends in the middle, after row %d", r.Rows)
	}
	if r.Rows == 0 {
		return fail("has no rows")
	}
	return lines, r, notes, bad.list
}

var columns = [3]string{"general", "special", "other"}

// units joins the units of a line with semicolons; empty ones say nothing.
func units(printed []string) (string, error) {
	var out []string
	for _, u := range printed {
		u = plain(u)
		if strings.Contains(u, ";") {
			return "", fmt.Errorf("the unit %q has a semicolon, which separates units in the table", u)
		}
		if u != "" {
			out = append(out, u)
		}
	}
	return strings.Join(out, ";"), nil
}

// ReadEditions reads the table of editions: columns edition, from (its first
// day) and note. Their exports are for the caller to open.
func ReadEditions(in io.Reader) ([]Edition, error) {
	bad := &problems{file: "editions.csv"}
	var out []Edition
	first := map[string]int{}
	err := readTable(in, bad, []string{"edition", "from", "note"}, func(line int, row []string) {
		day, err := quantity.ParseDate(row[1])
		if err != nil {
			bad.add(line, "", "%v", err)
		}
		switch n := first[row[0]]; {
		case row[0] == "":
			bad.add(line, "like 2025_rev_14", "the edition has no name")
		case n > 0:
			bad.add(line, "leave one", "edition %s stands in line %d too", row[0], n)
		}
		first[row[0]] = line
		out = append(out, Edition{Name: row[0], Effective: day})
	})
	if err != nil {
		return nil, err
	}
	return out, bad.err()
}

// ReadLegalDays reads the table of changes that have another first day than
// their edition: columns edition, code, from and note.
func ReadLegalDays(in io.Reader) ([]LegalDay, error) {
	bad := &problems{file: "legal-days.csv"}
	var out []LegalDay
	err := readTable(in, bad, []string{"edition", "code", "from", "note"}, func(line int, row []string) {
		code, err := nomenclature.ParseCode(row[1])
		if err != nil {
			bad.add(line, "", "%v", err)
		}
		day, err := quantity.ParseDate(row[2])
		if err != nil {
			bad.add(line, "", "%v", err)
		}
		out = append(out, LegalDay{Edition: row[0], Code: code, From: day})
	})
	if err != nil {
		return nil, err
	}
	return out, bad.err()
}

// readTable calls row for each row of a CSV file with exactly these columns.
func readTable(in io.Reader, bad *problems, columns []string, row func(line int, row []string)) error {
	r := csv.NewReader(in)
	for n := 0; ; n++ {
		record, err := r.Read()
		if err == io.EOF {
			if n == 0 {
				return fmt.Errorf("%s is empty: its first line is %s", bad.file, strings.Join(columns, ","))
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", bad.file, err)
		}
		if n == 0 {
			if !slices.Equal(record, columns) {
				return fmt.Errorf("%s has the columns %s: write %s", bad.file, strings.Join(record, ","), strings.Join(columns, ","))
			}
			continue
		}
		line, _ := r.FieldPos(0)
		row(line, record)
	}
}
