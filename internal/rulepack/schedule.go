package rulepack

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/navicert/navicert/internal/nomenclature"
)

const headingsPath = "schedule/chapter-99.csv"

// scheduleFiles are the files of schedule/ that make up one table.
type scheduleFiles struct {
	headings bool
	files    []*scheduleFile
	table    *nomenclature.Table
}

// scheduleFile is one file of schedule/ while it is read. Nothing but its
// reader touches it until the reader is done.
type scheduleFile struct {
	packFile
	file     string
	zone     *time.Location
	problems Problems
}

// readSchedules reads the files of schedule/ while the caller does everything
// else, or leaves them until they are asked. The result is there when the group is done.
func (r *reader) readSchedules() *sync.WaitGroup {
	var wg sync.WaitGroup
	for _, p := range r.packs {
		table, headings := &scheduleFiles{}, &scheduleFiles{headings: true}
		for _, f := range p.in("schedule") {
			s := &scheduleFile{packFile: f, file: p.file(f.path), zone: p.Zone}
			switch {
			case f.path == p.programmesPath():
			case slices.Contains(headerOf(f.head), "symbol"):
				p.fault(s.file, 1, 1, "the file holds programmes, and pack.yaml does not name it", "add programmes: "+f.path+" under base")
			case isConcordance(f):
			case f.path == headingsPath:
				headings.files = append(headings.files, s)
			default:
				table.files = append(table.files, s)
			}
		}
		for _, t := range []*scheduleFiles{table, headings} {
			if len(t.files) == 0 {
				continue
			}
			p.tables = append(p.tables, t)
			if slices.ContainsFunc(t.files, func(f *scheduleFile) bool { return !f.proven }) {
				wg.Go(func() { t.table = nomenclature.NewTable(t.read()) })
			} else {
				t.table = nomenclature.LaterTable(t.readProven)
			}
		}
	}
	return &wg
}

// programmesPath is the file that pack.yaml names as its programmes.
func (p *packReader) programmesPath() string {
	base := p.headFields.values["base"]
	if base == nil {
		return ""
	}
	for i := 0; i+1 < len(base.Content); i += 2 {
		if base.Content[i].Value == "programmes" {
			return base.Content[i+1].Value
		}
	}
	return ""
}

// takeSchedule hands the tables that were read to the pack.
func (p *packReader) takeSchedule() {
	for _, t := range p.tables {
		if t.headings {
			p.Headings = t.table
		} else {
			p.Table = t.table
		}
		for _, f := range t.files {
			p.problems = append(p.problems, f.problems...)
		}
	}
}

// read returns the lines of all files.
func (t *scheduleFiles) read() []nomenclature.Line {
	all := make([][]nomenclature.Line, len(t.files))
	var files sync.WaitGroup
	for i, f := range t.files {
		files.Go(func() { all[i] = f.read() })
	}
	files.Wait()
	if len(all) == 1 {
		return all[0]
	}
	return slices.Concat(all...)
}

func (t *scheduleFiles) readProven() []nomenclature.Line {
	lines := t.read()
	for _, f := range t.files {
		f.problems.mustBeNone()
	}
	return lines
}

var scheduleColumns = []column{need("code"), have("from"), have("until"), have("units"), have("general"), have("special"), have("other"), have("designation")}

// read returns the lines of the file.
func (s *scheduleFile) read() []nomenclature.Line {
	t := openTable(s.file, s.text(), s.zone, scheduleColumns)
	if t.rows == nil {
		s.problems = t.problems
		return nil
	}
	code, units := t.column("code"), t.column("units")
	general, special, other, designation := t.column("general"), t.column("special"), t.column("other"), t.column("designation")
	lines := make([]nomenclature.Line, 0, t.mostRows())
	split := map[string][]string{"": nil}
	at := make([]int32, 0, cap(lines)) // where each is in the file
	sorted := true
	for t.next() {
		c, ok := t.code(code)
		if !ok {
			continue
		}
		u, known := split[t.at(units)]
		if !known {
			u = strings.Split(t.at(units), ";")
			for i := range u {
				u[i] = strings.TrimSpace(u[i])
			}
			split[strings.Clone(t.at(units))] = u
		}
		l := nomenclature.Line{
			Code: c, Units: u, Period: t.period(),
			General: t.at(general), Special: t.at(special), Other: t.at(other), Designation: t.at(designation),
		}
		if n := len(lines); n > 0 && compareLines(lines[n-1], l) > 0 {
			sorted = false
		}
		lines = append(lines, l)
		at = append(at, int32(t.line))
	}
	order := make([]int, len(lines))
	for i := range order {
		order[i] = i
	}
	if !sorted {
		slices.SortStableFunc(order, func(i, j int) int { return compareLines(lines[i], lines[j]) })
	}
	for k := 1; k < len(order); k++ {
		a, b := &lines[order[k-1]], &lines[order[k]]
		if a.Code == b.Code && a.Period.Overlaps(b.Period) {
			t.faultLine(int(at[order[k]]), 1, "line "+b.Code.String()+" is in force twice at one time, first in line "+itoa(at[order[k-1]]), "end the earlier one where the later begins")
		}
	}
	s.problems = t.problems
	return lines
}

func compareLines(a, b nomenclature.Line) int {
	return cmp.Or(strings.Compare(string(a.Code), string(b.Code)), cmp.Compare(a.Period.From, b.Period.From))
}
