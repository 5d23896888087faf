package importer

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// PartyColumns names what is read of each record of a list of parties: the
// columns of a CSV, the members of JSON objects or the elements of XML records,
// inner ones as OUTER/INNER. Empty names are not there.
type PartyColumns struct {
	Name       string // required
	Country    string // code or English name; several codes are none
	Aliases    string
	Identifier string
	From       string // a text that holds the day of the listing, or the notices of it
	Until      string // a text that holds the day on which the listing runs out
	Note       string // several columns are separated by commas
}

// PartySource says how a list of parties is read.
type PartySource struct {
	Source
	Columns PartyColumns
	// Records names the element of an XML file that is a party.
	Records string
	// Where keeps the records in which each column has one of the values; in a
	// pattern between slashes, one that it matches.
	Where map[string][]string
	// Separator parts aliases and identifiers; "": a semicolon.
	Separator string
	// Prefix is put before every identifier, so that it is nobody else's.
	Prefix string
	// Seen is the day of the copy: who is listed without a day is listed since
	// then at the latest.
	Seen string
	// NotBefore is the day of the notice by which the list first said of anybody
	// what it says of these parties. Of who was listed before, and is not named in
	// that notice, it has been said since some later one: the last one cited at
	// the latest, or the copy.
	NotBefore string
	// Notices are texts, such as another copy of the list, that cite notices of
	// the Federal Register together with their days: those that From cites alone
	// have them from there.
	Notices []io.Reader
	// Earlier are earlier copies, which may tell of a party without a day that it
	// was listed by then already.
	Earlier []EarlierCopy
	// Added holds the rows that the list has already, as written: parties named
	// there are passed over.
	Added []byte

	register register
}

// EarlierCopy is an earlier copy of a list of parties.
type EarlierCopy struct {
	Seen    string    // the day of the copy
	Data    io.Reader // in the same form, its columns of the same names
	Columns []string  // of a CSV without a header
}

// PartyReport counts what the importer of parties read and wrote.
type PartyReport struct {
	Records   int // of the input
	Passed    int // of them not meant by Where, or listed already
	Merged    int // of them a second record of the same name
	Rows      int // written
	Undated   int // of them listed since a day that is not known
	Stateless int // of them without a country that can be read
}

// String returns the report for people.
func (r PartyReport) String() string {
	return fmt.Sprintf("%d records read, %d of them not meant or listed already, %d merged with one of the same name; %d rows written, %d of them listed since a day that is not known, %d without a country",
		r.Records, r.Passed, r.Merged, r.Rows, r.Undated, r.Stateless)
}

var partyHeader = []string{"name", "country", "identifier", "aliases", "announced", "from", "since", "until", "by", "ended-by", "note"}

// party is a row of a party list.
type party struct {
	name, country        string
	identifiers, aliases []string
	from, until          string
	undated              bool // listed since an earlier day perhaps
	note                 string
}

// Parties reads a list of parties as authorities export them, in CSV, in JSON
// (an array of objects, or an object with the array in its member entities) or
// in XML, perhaps gzipped, and writes it as a party list in the form of
// docs/packs.md, in the order of the names. Records of one name become one row,
// listed since the earliest of their days. Where records cannot be read nothing
// is written, and the error is a [rulepack.Problems] that names all of them.
func Parties(in io.Reader, source PartySource, out io.Writer) (PartyReport, error) {
	var report PartyReport
	if _, err := source.check(); err != nil {
		return report, err
	}
	if source.Columns.Name == "" {
		return report, errors.New("no column holds the names: say which")
	}
	if source.Seen != "" {
		if _, err := quantity.ParseDate(source.Seen); err != nil {
			return report, err
		}
	}
	keep, err := source.keep()
	if err != nil {
		return report, err
	}
	file := cmp.Or(source.Name, "list")
	records, columns, err := readRecords(in, source.Records, nil)
	if err != nil {
		return report, fmt.Errorf("%s: %w", file, err)
	}
	named := append(strings.Split(source.Columns.Note, ","), source.Columns.Name, source.Columns.Country, source.Columns.Aliases, source.Columns.Identifier, source.Columns.From, source.Columns.Until)
	for name := range source.Where {
		named = append(named, name)
	}
	for _, name := range named {
		if name != "" && !columns[name] {
			return report, fmt.Errorf("%s has no column %q: it has %s", file, name, strings.Join(slices.Sorted(maps.Keys(columns)), ", "))
		}
	}
	seen, err := source.earlier()
	if err != nil {
		return report, err
	}
	if source.register, err = readRegister(source.Notices); err != nil {
		return report, err
	}
	bad := &problems{file: file}
	var rows []*party
	byName := map[string]*party{}
	known, kept, err := listedAlready(source.Added)
	if err != nil {
		return report, err
	}
	for _, r := range records {
		report.Records++
		if !keep(r.fields) {
			report.Passed++
			continue
		}
		p, err := source.party(r.fields, seen)
		if err != nil {
			bad.add(r.line, "", "%v", err)
			continue
		}
		if slices.ContainsFunc(append(p.aliases, p.name), func(n string) bool { return known[rulepack.FoldName(n)] }) {
			report.Passed++
			continue
		}
		if q := byName[rulepack.FoldName(p.name)]; q != nil {
			report.Merged++
			q.merge(p)
			continue
		}
		byName[rulepack.FoldName(p.name)] = p
		rows = append(rows, p)
	}
	if err := bad.err(); err != nil {
		return report, err
	}
	lines := kept
	for _, p := range rows {
		since := ""
		if p.undated {
			since = "unknown"
			report.Undated++
		}
		if p.country == "" {
			report.Stateless++
		}
		endedBy := ""
		if p.until == "" {
			p.until, endedBy = source.Until, source.EndedBy
		}
		lines = append(lines, []string{p.name, p.country, strings.Join(p.identifiers, ";"), strings.Join(p.aliases, ";"), p.from, p.from, since, p.until, source.By, endedBy, p.note})
		report.Rows++
	}
	slices.SortStableFunc(lines, func(a, b []string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a[0]), strings.ToLower(b[0])), cmp.Compare(a[5], b[5]))
	})
	w := csv.NewWriter(out)
	w.Write(partyHeader) // errors wait for Flush
	w.WriteAll(lines)
	return report, w.Error()
}

// listedAlready reads the rows of a list, and the names on it.
func listedAlready(data []byte) (map[string]bool, [][]string, error) {
	if len(data) == 0 {
		return nil, nil, nil
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("the list to add to: %w", err)
	}
	if !slices.Equal(rows[0], partyHeader) {
		return nil, nil, fmt.Errorf("the list to add to has the columns %s, and not %s", strings.Join(rows[0], ","), strings.Join(partyHeader, ","))
	}
	known := map[string]bool{}
	for _, r := range rows[1:] {
		known[rulepack.FoldName(r[0])] = true
		for alias := range strings.SplitSeq(r[3], ";") {
			known[rulepack.FoldName(alias)] = true
		}
	}
	delete(known, "")
	return known, rows[1:], nil
}

// keep returns the test of Where.
func (s *PartySource) keep() (func(fields map[string]string) bool, error) {
	tests := map[string][]func(string) bool{}
	for column, values := range s.Where {
		for _, v := range values {
			if n := len(v); n > 2 && v[0] == '/' && v[n-1] == '/' {
				p, err := regexp.Compile(v[1 : n-1])
				if err != nil {
					return nil, fmt.Errorf("the pattern %s cannot be read: %w", v, err)
				}
				tests[column] = append(tests[column], p.MatchString)
				continue
			}
			tests[column] = append(tests[column], func(s string) bool { return s == v })
		}
	}
	return func(fields map[string]string) bool {
		for column, any := range tests {
			if !slices.ContainsFunc(any, func(ok func(string) bool) bool { return ok(fields[column]) }) {
				return false
			}
		}
		return true
	}, nil
}

// earlier returns the day of the first earlier copy that names each party.
func (s *PartySource) earlier() (map[string]string, error) {
	seen := map[string]string{}
	for _, e := range s.Earlier {
		if _, err := quantity.ParseDate(e.Seen); err != nil {
			return nil, err
		}
		records, _, err := readRecords(e.Data, s.Records, e.Columns)
		if err != nil {
			return nil, fmt.Errorf("the copy of %s: %w", e.Seen, err)
		}
		for _, r := range records {
			key := s.key(r.fields)
			if day, ok := seen[key]; !ok || e.Seen < day {
				seen[key] = e.Seen
			}
		}
	}
	return seen, nil
}

// key tells a party from others in copies of one list: by its identifier, or
// its name where the list has none.
func (s *PartySource) key(fields map[string]string) string {
	return cmp.Or(oneLine(fields[s.Columns.Identifier]), "\x00"+rulepack.FoldName(fields[s.Columns.Name]))
}

// bracketed is what follows a name in brackets at its end, mostly its initials.
var bracketed = regexp.MustCompile(`^(.*\S)\s*\([^()]*\)$`)

// belonging is a party named behind the one that it belongs to.
var belonging = regexp.MustCompile(`(?i)\b(?:affiliated entity|subordinate institution)\s*[:–-]\s*(\S.*)$`)

// party reads one record.
func (s *PartySource) party(fields, seen map[string]string) (*party, error) {
	c := &s.Columns
	p := &party{name: oneLine(fields[c.Name])}
	if rulepack.FoldName(p.name) == "" { // with marks alone nobody is found
		return nil, errors.New("the record has no name")
	}
	separator := cmp.Or(s.Separator, ";")
	if m := bracketed.FindStringSubmatch(p.name); m != nil {
		p.addAlias(m[1])
	}
	if m := belonging.FindStringSubmatch(p.name); m != nil {
		p.addAlias(m[1])
	}
	for alias := range strings.SplitSeq(fields[c.Aliases], separator) {
		p.addAlias(strings.ReplaceAll(oneLine(alias), ";", ","))
	}
	for id := range strings.SplitSeq(fields[c.Identifier], separator) {
		if id = oneLine(id); id != "" {
			p.identifiers = append(p.identifiers, s.Prefix+id)
		}
	}
	if country := oneLine(fields[c.Country]); country != "" {
		if code, err := nomenclature.ParseCountry(country); err == nil {
			p.country = string(code)
		}
	}
	var notes []string
	for column := range strings.SplitSeq(c.Note, ",") {
		if note := oneLine(fields[column]); note != "" {
			notes = append(notes, note)
		}
	}
	p.note = strings.Join(notes, "; ")
	days, copied := s.register.daysIn(fields[c.From]), cmp.Or(seen[s.key(fields)], s.Seen)
	switch {
	case len(days) > 0 && days[0].day.String() >= s.NotBefore:
		p.from, p.undated = days[0].day.String(), !days[0].exact
	case slices.ContainsFunc(days, func(d dated) bool { return d.exact && d.day.String() == s.NotBefore }):
		p.from = s.NotBefore
	case len(days) > 0 && days[len(days)-1].day.String() >= s.NotBefore:
		p.from, p.undated = days[len(days)-1].day.String(), true
	case s.NotBefore != "" && s.Seen != "":
		p.from, p.undated = s.Seen, true
	case yearEnd(fields[c.From]) != "" && (s.Seen == "" || yearEnd(fields[c.From]) < s.Seen):
		p.from, p.undated = yearEnd(fields[c.From]), true
	case copied != "":
		p.from, p.undated = copied, true
	case s.From != "":
		p.from = s.From
	default:
		return nil, fmt.Errorf("%s is listed since no day that can be read from %q: say the day of the copy", clip(p.name), clip(fields[c.From]))
	}
	if ends := daysIn(fields[c.Until]); len(ends) > 0 {
		p.until = ends[len(ends)-1].String()
		if p.until <= p.from {
			return nil, fmt.Errorf("the listing of %s ends on %s, and begins on %s", clip(p.name), p.until, p.from)
		}
	}
	return p, nil
}

// addAlias adds a name that the party does not have yet.
func (p *party) addAlias(alias string) {
	key := rulepack.FoldName(alias)
	if key == "" || key == rulepack.FoldName(p.name) || slices.ContainsFunc(p.aliases, func(a string) bool { return rulepack.FoldName(a) == key }) {
		return
	}
	p.aliases = append(p.aliases, alias)
}

// merge adds another record of the same name: listed since the earlier day,
// until the later end.
func (p *party) merge(q *party) {
	for _, a := range q.aliases {
		p.addAlias(a)
	}
	for _, id := range q.identifiers {
		if !slices.Contains(p.identifiers, id) {
			p.identifiers = append(p.identifiers, id)
		}
	}
	if p.country != q.country {
		p.country = ""
	}
	if q.from < p.from || q.from == p.from && !q.undated {
		p.from, p.undated = q.from, q.undated
	}
	if q.until == "" || p.until != "" && q.until > p.until {
		p.until = q.until
	}
	if !strings.Contains(p.note, q.note) {
		p.note += " | " + q.note
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

var (
	dayForms = []struct {
		form    *regexp.Regexp
		layouts []string
	}{
		{regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`), []string{"2006-01-02"}},
		{regexp.MustCompile(`\b\d{1,2}/\d{1,2}/\d{4}\b`), []string{"1/2/2006"}},
		{regexp.MustCompile(`\b\d{1,2}/\d{1,2}/\d{2}\b`), []string{"1/2/06"}},
		{regexp.MustCompile(`\b[A-Z][a-z]+ \d{1,2}, \d{4}\b`), []string{"January 2, 2006", "Jan 2, 2006"}},
		{regexp.MustCompile(`\b\d{1,2} [A-Z][a-z]+ \d{4}\b`), []string{"2 January 2006", "2 Jan 2006"}},
	}
	federalRegister = regexp.MustCompile(`\b(\d{2,3})\s?F\.?\s?R\.?\s+(\d+)`)
)

// register is the days of pages of the Federal Register, by volume in order of
// the pages. Its pages are numbered through a year.
type register map[string][]page

type page struct {
	number int
	day    quantity.Date
}

// readRegister learns the days of pages from a text that cites pages with their
// days.
func readRegister(texts []io.Reader) (register, error) {
	r := register{}
	for _, in := range texts {
		data, err := unzip(in)
		if err != nil {
			return nil, err
		}
		text := strings.ReplaceAll(string(data), `\n`, " ") // line breaks of JSON
		for _, m := range federalRegister.FindAllStringSubmatchIndex(text, -1) {
			after := text[m[5]:min(m[5]+14, len(text))]
			if next := federalRegister.FindStringIndex(after); next != nil {
				after = after[:next[0]]
			}
			n, err := strconv.Atoi(text[m[4]:m[5]])
			if days := daysIn(after); len(days) == 1 && err == nil {
				r[text[m[2]:m[3]]] = append(r[text[m[2]:m[3]]], page{n, days[0]})
			}
		}
	}
	for _, pages := range r {
		slices.SortFunc(pages, func(a, b page) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.day, b.day)) })
	}
	return r, nil
}

// dayOf returns the day of a page: its own, or that of the pages on both sides
// of it where they are of one day. Otherwise it was published by the day of the
// next page at the latest, and exact is false; the day is 0 where there is none.
func (r register) dayOf(volume string, number int) (day quantity.Date, exact bool) {
	pages := r[volume]
	i, found := slices.BinarySearchFunc(pages, number, func(p page, n int) int { return cmp.Compare(p.number, n) })
	if i == len(pages) {
		return 0, false
	}
	return pages[i].day, found || i > 0 && pages[i-1].day == pages[i].day
}

// dated is a day on which a notice was published, or by which it was at the latest.
type dated struct {
	day   quantity.Date
	exact bool
}

// daysIn returns the days that a text holds, and those of the notices that it
// cites, in order.
func (r register) daysIn(text string) []dated {
	var out []dated
	for _, d := range daysIn(text) {
		out = append(out, dated{d, true})
	}
	for _, m := range federalRegister.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[2]); err == nil {
			if day, exact := r.dayOf(m[1], n); day != 0 {
				out = append(out, dated{day, exact})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b dated) int { return cmp.Compare(a.day, b.day) })
	return out
}

// daysIn returns the days that a text holds, in order. Of years in two digits
// 69 and later are of the twentieth century.
func daysIn(text string) []quantity.Date {
	var out []quantity.Date
	for _, f := range dayForms {
		for _, s := range f.form.FindAllString(text, -1) {
			for _, layout := range f.layouts {
				if t, err := time.Parse(layout, s); err == nil {
					if d, err := quantity.ParseDate(t.Format(time.DateOnly)); err == nil {
						out = append(out, d)
					}
					break
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// yearEnd returns the first day after the year of the first volume of the
// Federal Register that a text cites, "" where it cites none. Volume 1 is 1936.
func yearEnd(text string) string {
	m := federalRegister.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	n, _ := strconv.Atoi(m[1])
	return fmt.Sprintf("%04d-01-01", 1936+n)
}

// record is one entry of an export.
type record struct {
	line   int // or number, where the form knows no lines
	fields map[string]string
}

// unzip reads what may be gzipped.
func unzip(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(in)
	if err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, err
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// readRecords reads the entries of an export and the names of their fields.
func readRecords(in io.Reader, element string, header []string) ([]record, map[string]bool, error) {
	data, err := unzip(in)
	if err != nil {
		return nil, nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = bytes.TrimRight(data, "\x1a\r\n") // the mark with which old exports end
	var records []record
	switch start := bytes.TrimSpace(data); {
	case len(start) > 0 && start[0] == '<':
		records, err = xmlRecords(data, element)
	case len(start) > 0 && (start[0] == '{' || start[0] == '['):
		records, err = jsonRecords(start)
	default:
		records, err = csvRecords(data, header)
	}
	columns := map[string]bool{}
	for _, r := range records {
		for name := range r.fields {
			columns[name] = true
		}
	}
	return records, columns, err
}

// csvRecords reads a CSV file whose first row is the header, unless one is given.
func csvRecords(data []byte, header []string) ([]record, error) {
	r := csv.NewReader(bytes.NewReader(data))
	if header == nil {
		var err error
		if header, err = r.Read(); err != nil {
			return nil, fmt.Errorf("no header that can be read: %w", err)
		}
	} else {
		r.FieldsPerRecord = len(header)
	}
	var out []record
	for {
		row, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		fields := make(map[string]string, len(header))
		for i, name := range header {
			fields[strings.TrimSpace(name)] = row[i]
		}
		out = append(out, record{line, fields})
	}
}

func jsonRecords(data []byte) ([]record, error) {
	var list struct {
		Entities []map[string]any `json:"entities"`
	}
	var err error
	if data[0] == '[' {
		err = json.Unmarshal(data, &list.Entities)
	} else {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, err
	}
	var out []record
	for i, entity := range list.Entities {
		fields := make(map[string]string, len(entity))
		for name, value := range entity {
			switch v := value.(type) {
			case nil:
				fields[name] = ""
			case string:
				fields[name] = v
			case []any:
				var parts []string
				for _, part := range v {
					parts = append(parts, strings.ReplaceAll(fmt.Sprint(part), ";", ","))
				}
				fields[name] = strings.Join(parts, ";")
			default:
				fields[name] = fmt.Sprint(v)
			}
		}
		out = append(out, record{i + 1, fields})
	}
	return out, nil
}

func xmlRecords(data []byte, element string) ([]record, error) {
	if element == "" {
		return nil, errors.New("which element of the XML file is a party is not said")
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	var out []record
	var fields map[string]string
	var path []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if fields != nil {
				path = append(path, t.Name.Local)
			} else if t.Name.Local == element {
				fields = map[string]string{}
			}
		case xml.EndElement:
			switch {
			case fields == nil:
			case len(path) > 0:
				path = path[:len(path)-1]
			default:
				line, _ := d.InputPos()
				out = append(out, record{line, fields})
				fields = nil
			}
		case xml.CharData:
			text := oneLine(string(t))
			if fields == nil || len(path) == 0 || text == "" {
				continue
			}
			name := strings.Join(path, "/")
			if fields[name] != "" {
				text = fields[name] + ";" + text
			}
			fields[name] = text
		}
	}
}
