package importer

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/navicert/navicert/internal/nomenclature"
)

// ChinaSources are the compilations from which the tables of China's tariff and
// of its additional duties on goods of the United States are made. All are CSV
// files with a header.
type ChinaSources struct {
	// Rates is the table of Bown, Jung and Zhang (PIIE, June 2019): a row for
	// each line of ten digits with its rate on 2018-01-01 and, for each day on
	// which something changed, the change or the additional duty in points.
	Rates io.Reader
	// Totals is the table of the US International Trade Administration: for each
	// line of eight digits the additional duties of 2018 to March 2025 together,
	// in points (hs8, description, total_retaliatory_additional_rate_pct).
	Totals io.Reader
	// Ten and Fifteen are transcriptions of the lists of March 2025 (hs8).
	Ten, Fifteen io.Reader
	// Nomenclature is the Harmonized System of 2022 (hscode, description).
	Nomenclature io.Reader
}

// ChinaReport counts what [China] read and wrote.
type ChinaReport struct {
	Files map[string]int `json:"files"` // rows by path in the pack
	// Unmatched are codes of the March 2025 transcriptions that no tariff has.
	Unmatched []string `json:"unmatched"`
}

// String returns the report for people.
func (r ChinaReport) String() string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(r.Files)) {
		fmt.Fprintf(&b, "%6d rows  %s\n", r.Files[path], path)
	}
	if len(r.Unmatched) > 0 {
		fmt.Fprintf(&b, "Codes of the lists of March 2025 that no tariff has: %s\n", strings.Join(r.Unmatched, " "))
	}
	return b.String()
}

// The days on which the ordinary rate changed, and the columns of the table of
// rates. The columns of the additional duties follow from the header.
var chinaDays = [...]string{"2018-01-01", "2018-05-01", "2018-07-01", "2018-11-01", "2019-01-01"}

var chinaColumns = [...]string{
	"hs10", "description", "January 1, 2018 |", "April 2, 2018 |", "May 1, 2018 |", "July 1, 2018 |", "July 6, 2018 |", "August 23, 2018 |",
	"September 24, 2018 |", "November 1, 2018 |", "January 1, 2019 | Change", "January 1, 2019 | Suspension", "June 1, 2019 |",
}

// hs2022 is the day on which China took over the Harmonized System of 2022.
const hs2022 = "2022-01-01"

// The instruments by which the rows are law.
const (
	byHS2022    = "sctc-2021-18"
	by232       = "sctc-2018-13"
	byA         = "sctc-2018-5"
	byB         = "sctc-2018-7"
	byC         = "sctc-2018-6"
	byD         = "sctc-2019-4"
	byFebruary  = "sctc-2025-1"
	byMarch     = "sctc-2025-2"
	notRate     = "not ad valorem"
	derivedNote = "from the total of all lists on 2025-03-28"
)

// points are hundredths of a per cent.
type points int

func readPoints(s string) (points, bool) {
	x, err := strconv.ParseFloat(strings.TrimSpace(s), 64) // what a spreadsheet computed
	return points(math.Round(x * 100)), err == nil
}

func (p points) rate() string {
	if p == 0 {
		return "Free"
	}
	return strconv.FormatFloat(float64(p)/100, 'f', -1, 64) + "%"
}

// chinaLine is a line of ten digits in the table of rates.
type chinaLine struct {
	code  string
	words []string // the designation, by level
	rates [len(chinaDays)]string

	april, listA, listB, listC, autos, june points
}

// chinaTable is the table of rates by lines of eight digits.
type chinaTable map[string][]chinaLine

// China makes the tables of a pack on China's tariff: files by their paths in
// the pack.
//
// The lists of 2018 stand in the table of rates. Those of September 2019 and
// February 2025, and what is missing from the transcriptions of March 2025, are
// derived: they are what the totals hold beyond the other lists. Of lines that
// came with the Harmonized System of 2022 the totals alone are known; they go to
// lists by rate. Where a total is no sum of rates that were ever announced,
// nothing is written.
func China(src ChinaSources) (map[string][]byte, ChinaReport, error) {
	report := ChinaReport{Files: map[string]int{}}
	table, err := readChinaRates(src.Rates)
	if err != nil {
		return nil, report, err
	}
	totals, err := readChinaTotals(src.Totals)
	if err != nil {
		return nil, report, err
	}
	march := map[string]points{}
	for _, list := range []struct {
		in   io.Reader
		name string
		rate points
	}{{src.Ten, "list at 10 %", 1000}, {src.Fifteen, "list at 15 %", 1500}} {
		rows, err := records(list.in, list.name, "hs8")
		if err != nil {
			return nil, report, err
		}
		for i, r := range rows {
			if !isLine(r[0], 8) {
				return nil, report, fmt.Errorf("%s, row %d: %q is no line of eight digits", list.name, i+2, r[0])
			}
			march[r[0]] = list.rate
		}
	}
	hs := map[string]string{}
	rows, err := records(src.Nomenclature, "nomenclature", "hscode", "description")
	if err != nil {
		return nil, report, err
	}
	for _, r := range rows {
		if isLine(r[0], 4) || isLine(r[0], 6) {
			hs[r[0]] = plain(r[1])
		}
	}
	c := &chinaLists{table: table, totals: totals, march: march, hs: hs, rows: map[string][][]string{}, bad: &problems{file: "totals"}}
	c.derive()
	if err := c.bad.err(); err != nil {
		return nil, report, err
	}
	files := map[string][]byte{"schedule/tariff.csv": c.schedule(&report)}
	for id, rows := range c.rows {
		slices.SortFunc(rows, func(a, b []string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
		path := "lists/" + id + ".csv"
		files[path] = writeCSV([]string{"code", "from", "until", "by", "ended-by", "except", "note"}, rows)
		report.Files[path] = len(rows)
	}
	for code := range march {
		if _, ok := totals[code]; !ok {
			report.Unmatched = append(report.Unmatched, code)
		}
	}
	slices.Sort(report.Unmatched)
	return files, report, nil
}

// isLine reports whether the text is a code of so many digits, without dots.
func isLine(s string, digits int) bool {
	c, err := nomenclature.ParseCode(s)
	return err == nil && string(c) == s && len(s) == digits
}

// records reads the named columns of a CSV file.
func records(in io.Reader, name string, columns ...string) ([][]string, error) {
	r := csv.NewReader(in)
	all, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no header", name)
	}
	at := make([]int, len(columns))
	for i, column := range columns {
		at[i] = slices.IndexFunc(all[0], func(h string) bool {
			return strings.HasPrefix(strings.TrimPrefix(strings.TrimSpace(h), "\ufeff"), column)
		})
		if at[i] < 0 {
			return nil, fmt.Errorf("%s has no column %q: it has %s", name, column, strings.Join(all[0], ", "))
		}
	}
	out := make([][]string, 0, len(all)-1)
	for _, row := range all[1:] {
		picked := make([]string, len(columns))
		for i, j := range at {
			picked[i] = row[j]
		}
		out = append(out, picked)
	}
	return out, nil
}

func readChinaRates(in io.Reader) (chinaTable, error) {
	rows, err := records(in, "rates", chinaColumns[:]...)
	if err != nil {
		return nil, err
	}
	bad := &problems{file: "rates"}
	table := chinaTable{}
	for i, r := range rows {
		// A letter behind the code tells apart goods of one line by their price.
		code, byPrice := strings.TrimRight(r[0], "AB"), len(r[0]) == 11
		if !isLine(code, 10) {
			bad.add(i+2, "", "%q is no line of ten digits", r[0])
			continue
		}
		l := chinaLine{code: code}
		for word := range strings.SplitSeq(plain(r[1]), ": ") {
			if word = strings.TrimSpace(word); word != "" {
				l.words = append(l.words, word)
			}
		}
		rate, known := readPoints(r[2])
		for day, column := range [...]int{-1, 4, 5, 9, 10} {
			if column >= 0 {
				change, ok := readPoints(r[column])
				known = known && ok
				rate += change
			}
			l.rates[day] = notRate
			if known && !byPrice {
				l.rates[day] = rate.rate()
			}
			if known && rate < 0 {
				bad.add(i+2, "", "the rate of %s is below zero on %s", r[0], chinaDays[day])
			}
		}
		for column, into := range map[int]*points{3: &l.april, 6: &l.listA, 7: &l.listB, 8: &l.listC, 11: &l.autos, 12: &l.june} {
			var ok bool
			if *into, ok = readPoints(r[column]); !ok {
				bad.add(i+2, "", "%s: %q is no number of points", r[0], r[column])
			}
		}
		lines := table[code[:8]]
		if n := len(lines); n > 0 {
			if lines[n-1].code == code {
				continue // the other price
			}
			if a, b := lines[0], l; a.april != b.april || a.listA != b.listA || a.listB != b.listB || a.listC != b.listC || a.autos != b.autos || a.june != b.june {
				bad.add(i+2, "", "the additional duties of %s are not those of the lines beside it", r[0])
			}
		}
		table[code[:8]] = append(lines, l)
	}
	return table, bad.err()
}

type chinaTotal struct {
	points points
	words  string
}

func readChinaTotals(in io.Reader) (map[string]chinaTotal, error) {
	rows, err := records(in, "totals", "hs8", "description", "total_retaliatory_additional_rate_pct")
	if err != nil {
		return nil, err
	}
	bad := &problems{file: "totals"}
	out := map[string]chinaTotal{}
	for i, r := range rows {
		p, ok := readPoints(r[2])
		if !isLine(r[0], 8) || !ok {
			bad.add(i+2, "", "%q with %q is no line with its points", r[0], r[2])
			continue
		}
		words := plain(r[1])
		if at := strings.LastIndex(words, ": -"); at >= 0 {
			words = strings.TrimLeft(words[at+2:], "-")
		}
		out[r[0]] = chinaTotal{p, strings.TrimSpace(words)}
	}
	return out, bad.err()
}

// chinaLists derives the lists.
type chinaLists struct {
	table  chinaTable
	totals map[string]chinaTotal
	march  map[string]points
	hs     map[string]string // Harmonized System of 2022: designations by code
	rows   map[string][][]string
	bad    *problems
}

// ended reports whether a line of the table is no line of the tariff of 2022 any
// more: the Harmonized System gave up its subheading, or the totals, which have
// every line that bears a duty, lack it although lists of 2018 name it.
func (c *chinaLists) ended(code string) bool {
	if _, lasts := c.hs[code[:6]]; !lasts {
		return true
	}
	l := c.table[code][0]
	_, bears := c.totals[code]
	return !bears && l.april+l.listA+l.listB+l.listC != 0 && l.autos == 0
}

// put adds a row. Codes that ended by 2022 end with the tariff of that year; those
// that it brought begin with it.
func (c *chinaLists) put(list, code, by, note string) {
	var from, until, endedBy string
	if _, old := c.table[code]; !old {
		from = hs2022
	} else if c.ended(code) {
		until, endedBy = hs2022, byHS2022
	}
	c.rows[list] = append(c.rows[list], []string{nomenclature.Code(code).String(), from, until, by, endedBy, "", note})
}

func (c *chinaLists) derive() {
	// Headings and chapters by the duties that some line of them had in 2018.
	headings, autoHeadings, april := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for code, lines := range c.table {
		l := lines[0]
		headings[code[:4]] = true
		if l.april != 0 {
			april[code[:4]], april[code[:2]] = true, true
		}
		if l.autos != 0 {
			autoHeadings[code[:4]] = true
		}
		switch l.april {
		case 1500:
			c.put("cn.232.15", code, by232, "")
		case 2500:
			c.put("cn.232.25", code, by232, "")
		}
		kind := "list"
		if l.autos != 0 {
			kind = "autos"
		}
		if l.listA != 0 {
			c.put("cn.301."+kind+"-a", code, byA, "")
		}
		if l.listB != 0 {
			c.put("cn.301."+kind+"-b", code, byB, "")
		}
		switch {
		case l.listC == 0:
		case l.autos != 0:
			c.put("cn.301.autos-c", code, byC, "")
		default:
			c.put("cn.301.list-c-"+strconv.Itoa(int(l.listC+l.june)/100), code, byC, "")
		}
	}
	// Codes of March 2025 that no tariff has: mistakes of the transcription. The
	// totals tell which lines of the same heading were meant.
	amiss, inSubheading := map[string]bool{}, map[string]int{}
	for code := range c.march {
		if _, ok := c.totals[code]; !ok {
			amiss[code[:4]] = true
			inSubheading[code[:6]]++
		}
	}
	for _, code := range slices.Sorted(maps.Keys(c.totals)) {
		left := c.totals[code].points
		lines, old := c.table[code]
		if old {
			l := lines[0]
			left -= l.april + l.listA + l.listB + l.listC + l.june
			// The totals count the suspended duties on vehicles, and not those on
			// the parts.
			if l.autos == -500 {
				left += 500
			}
		}
		switch listed := c.march[code]; {
		case listed == 1500:
			left -= listed
			c.put("cn.2025.farm-15", code, byMarch, "")
		case listed == 1000:
			left -= listed
			c.put("cn.2025.farm-10", code, byMarch, "")
		case industrial(code) && old && left >= 1500:
			left -= 1500
			c.put("cn.2025.energy-15", code, byFebruary, derivedNote)
		case industrial(code) && (old && left >= 1000 || !old && left == 3500):
			left -= 1000
			c.put("cn.2025.machinery-10", code, byFebruary, derivedNote)
		case !industrial(code) && (old && left >= 1000 || !old && amiss[code[:4]] && left >= 4000):
			left -= 1000
			inSubheading[code[:6]]--
			c.put("cn.2025.farm-10", code, byMarch, derivedNote)
		}
		if !old {
			switch {
			case left == 0:
			case left == 2500 && autoHeadings[code[:4]]:
				c.put("cn.301.autos-b", code, byHS2022, derivedNote)
			default:
				// A reply to section 232 may be part of the total where a line of
				// the heading had one.
				list, within := "cn.301.carried-", code[:4]
				if !headings[within] {
					within = code[:2]
				}
				if april[within] {
					list = "cn.232.carried-"
				}
				c.put(list+strings.ReplaceAll(strings.TrimSuffix(left.rate(), "%"), ".", "-"), code, byHS2022, derivedNote)
			}
			continue
		}
		switch left {
		case 0:
		case 250:
			c.put("cn.301.list-d-5", code, byD, derivedNote)
		case 500:
			c.put("cn.301.list-d-10", code, byD, derivedNote)
		default:
			c.bad.add(0, "", "the total of %s leaves %s beyond the lists known, which is no rate of September 2019", code, left.rate())
		}
	}
	for _, code := range slices.Sorted(maps.Keys(c.totals)) {
		if _, listed := c.march[code]; !listed && inSubheading[code[:6]] > 0 && !c.has("cn.2025.farm-10", code) {
			c.put("cn.2025.farm-10-open", code, byMarch, "the transcription has other codes of this subheading, and the total does not tell")
		}
	}
	// Lines that are not in the totals and may have had another number by then:
	// whether the list of September 2019 named them is not known.
	came := map[string]bool{}
	for code := range c.totals {
		if _, old := c.table[code]; !old {
			came[code[:6]] = true
		}
	}
	for code := range c.table {
		if _, ok := c.totals[code]; !ok && (c.ended(code) || came[code[:6]]) {
			c.put("cn.301.list-d-open", code, byD, "")
		}
	}
}

// industrial reports whether the code is in a chapter of the lists of February
// 2025 (energy, machinery, vehicles); those of March are of farm goods.
func industrial(code string) bool { return slices.Contains([]string{"27", "84", "87"}, code[:2]) }

func (c *chinaLists) has(list, code string) bool {
	return slices.ContainsFunc(c.rows[list], func(r []string) bool { return r[0] == nomenclature.Code(code).String() })
}

// schedule writes the table of lines: headings, the lines of eight digits, and
// those of ten where there are several.
func (c *chinaLists) schedule(report *ChinaReport) []byte {
	var rows [][]string
	put := func(code, from, until, general, words string) {
		rows = append(rows, []string{nomenclature.Code(code).String(), from, until, "", general, "", "", words})
	}
	shared := map[string][]string{}   // words that all below a line of eight digits begin with
	headings := map[string][]string{} // and above the last of them, below a heading
	for code, lines := range c.table {
		words := lines[0].words
		for i := range lines {
			words = common(words, lines[i].words)
		}
		shared[code] = words
		above := words[:max(0, len(words)-1)]
		if of, seen := headings[code[:4]]; seen {
			above = common(of, above)
		}
		headings[code[:4]] = above
	}
	subheadings := map[string]bool{}
	for code, lines := range c.table {
		subheadings[code[:6]] = true
		above := len(headings[code[:4]])
		until := ""
		if c.ended(code) {
			until = hs2022
		}
		alike := true
		for i := range lines {
			alike = alike && lines[i].rates == lines[0].rates
		}
		words := strings.Join(shared[code][above:], ": ")
		versions := func(code string, rates [len(chinaDays)]string, words string) {
			for i := 0; i < len(rates); {
				j := i + 1
				for j < len(rates) && rates[j] == rates[i] {
					j++
				}
				end := until
				if j < len(rates) {
					end = chinaDays[j]
				}
				put(code, chinaDays[i], end, rates[i], words)
				i = j
			}
		}
		if alike {
			versions(code, lines[0].rates, words)
		} else {
			put(code, chinaDays[0], until, "", words)
		}
		if len(lines) == 1 && strings.HasSuffix(lines[0].code, "00") {
			continue
		}
		for _, l := range lines {
			own := cmp.Or(strings.Join(l.words[len(shared[code]):], ": "), "Other")
			if alike {
				put(l.code, chinaDays[0], until, "", own)
			} else {
				versions(l.code, l.rates, own)
			}
		}
	}
	for code, words := range headings {
		until := ""
		if _, lasts := c.hs[code]; !lasts {
			until = hs2022
		}
		if len(words) > 0 {
			put(code, chinaDays[0], until, "", strings.Join(words, ": "))
		}
	}
	for code, words := range c.hs {
		_, held := headings[code[:min(4, len(code))]]
		if len(code) == 4 && !held || len(code) == 6 && !subheadings[code] {
			put(code, hs2022, "", "", words)
		}
	}
	for code, total := range c.totals {
		if _, old := c.table[code]; !old {
			put(code, hs2022, "", "", total.words)
		}
	}
	slices.SortFunc(rows, func(a, b []string) int {
		return cmp.Or(cmp.Compare(strings.ReplaceAll(a[0], ".", ""), strings.ReplaceAll(b[0], ".", "")), cmp.Compare(a[1], b[1]))
	})
	report.Files["schedule/tariff.csv"] = len(rows)
	return writeCSV([]string{"code", "from", "until", "units", "general", "special", "other", "designation"}, rows)
}

// common returns what both begin with.
func common(a, b []string) []string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

func writeCSV(header []string, rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(header) // a buffer takes everything
	w.WriteAll(rows)
	return b.Bytes()
}
