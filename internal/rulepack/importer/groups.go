package importer

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/nomenclature"
)

// GroupSource says how a table of countries by group is read.
type GroupSource struct {
	Name    string                          // what the table is called in messages
	By      string                          // id of the instrument that the rows cite; required
	From    string                          // day or instant; "": always
	Country string                          // the column of the countries
	Skip    []string                        // columns that are no group
	Alias   map[string]nomenclature.Country // names that are no country's own, as the table spells them
	As      map[nomenclature.Country]nomenclature.Country
	Groups  map[string]string // names of groups by column, where they are not the column's own
}

// GroupReport counts what [Groups] read and wrote.
type GroupReport struct {
	Countries int
	Rows      int
	Empty     []nomenclature.Country // countries that are in no group
	Twice     []nomenclature.Country // countries with two rows: they are in the groups of both
}

// String returns the report for people.
func (r GroupReport) String() string {
	words := func(countries []nomenclature.Country) string {
		names := make([]string, len(countries))
		for i, c := range countries {
			names[i] = string(c)
		}
		return cmp.Or(strings.Join(names, " "), "none")
	}
	return fmt.Sprintf("%d countries read, %d rows written; in no group: %s; in two rows: %s", r.Countries, r.Rows, words(r.Empty), words(r.Twice))
}

// Groups reads a table with a country in each row and an X in the columns of
// the groups it belongs to, and writes it as a table of groups/ in the form of
// docs/packs.md, in order of the columns and then of the countries. A country
// that As names takes the row of another. A country with two rows is in the
// groups of both. A mark that is no X and a country that is not known are faults;
// then nothing is written.
func Groups(in io.Reader, source GroupSource, out io.Writer) (GroupReport, error) {
	var report GroupReport
	bad := &problems{file: cmp.Or(source.Name, "table")}
	r := csv.NewReader(in)
	header, err := r.Read()
	if err != nil {
		return report, fmt.Errorf("%s has no header that can be read: %w", bad.file, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	at := slices.Index(header, source.Country)
	if at < 0 {
		return report, fmt.Errorf("%s has no column %q: it has %s", bad.file, source.Country, strings.Join(header, ", "))
	}
	rows := map[nomenclature.Country][]bool{}
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return report, fmt.Errorf("%s: %w", bad.file, err)
		}
		line, _ := r.FieldPos(0)
		name := plain(record[at])
		c, ok := source.Alias[name]
		if !ok {
			if c, err = nomenclature.ParseCountry(name); err != nil {
				bad.add(line, "say which country it is", "%v", err)
				continue
			}
		}
		marks := rows[c]
		if marks != nil {
			report.Twice = append(report.Twice, c)
		} else {
			marks = make([]bool, len(header))
			report.Countries++
		}
		for i, mark := range record {
			if i == at || slices.Contains(source.Skip, header[i]) {
				continue
			}
			switch mark = strings.TrimSpace(mark); mark {
			case "", "X":
				marks[i] = marks[i] || mark == "X"
			default:
				bad.add(line, "skip the column if it is no group", "%s has %q in the column %s", name, clip(mark), header[i])
			}
		}
		rows[c] = marks
	}
	for c, other := range source.As {
		if rows[other] == nil {
			bad.add(0, "", "%s is to take the row of %s, which has none", c, other)
			continue
		}
		rows[c] = rows[other]
	}
	if err := bad.err(); err != nil {
		return report, err
	}
	countries := make([]nomenclature.Country, 0, len(rows))
	for c, marks := range rows {
		countries = append(countries, c)
		if !slices.Contains(marks, true) {
			report.Empty = append(report.Empty, c)
		}
	}
	slices.Sort(countries)
	slices.Sort(report.Empty)
	w := csv.NewWriter(out)
	w.Write([]string{"group", "country", "from", "until", "by"}) // errors wait for Flush
	for i, name := range header {
		for _, c := range countries {
			if rows[c][i] {
				w.Write([]string{groupName(cmp.Or(source.Groups[name], name)), string(c), source.From, "", source.By})
				report.Rows++
			}
		}
	}
	w.Flush()
	return report, w.Error()
}

// groupName writes a column as the name of a group: NS1 as NS-1, A:5 as A-5.
func groupName(s string) string {
	s = strings.ToUpper(strings.NewReplacer(":", "-", " ", "-").Replace(s))
	i := strings.IndexAny(s, "0123456789")
	if i > 0 && s[i-1] != '-' {
		return s[:i] + "-" + s[i:]
	}
	return s
}
