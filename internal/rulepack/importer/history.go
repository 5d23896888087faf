package importer

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
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
)

// Changed stands in the rate columns of [USHistory] where the editions on both
// sides of a day print different rates, and no day of the change is given: the
// rate of the day is not known.
const Changed = "changed between the editions held"

// RateChange is a known first day of a general rate between two editions that
// are held.
type RateChange struct {
	Code    nomenclature.Code
	From    quantity.Date
	General string // "": it changed, and to what is not known
}

// HistorySource is what [USHistory] reads.
type HistorySource struct {
	Old      io.Reader // tariff database of the USITC of August 2017 (HS 2017), perhaps gzipped
	New      io.Reader // table of the 2023 schedule by eight digits (HS 2022), perhaps gzipped
	Schedule io.Reader // schedule/hts.csv, whose first edition follows
	Changes  []RateChange
	// Replaced names programmes that took the place of others between the two
	// tables, by symbol: where the ones and the other are printed with one rate,
	// that rate held without a break.
	Replaced map[string][]string
}

// The days between which the tables serve. Staged rates of trade agreements
// move on 1 January, so what the table of 2023 prints is of that year.
var (
	oldServes  = quantity.NewDate(2018, time.January, 1)
	newServes  = quantity.NewDate(2022, time.January, 27) // HS 2022 in the schedule
	newPrinted = quantity.NewDate(2023, time.January, 1)
	nextServes = quantity.NewDate(2025, time.January, 1)
)

// HistoryReport counts what [USHistory] read and wrote.
type HistoryReport struct {
	Old, New   int // lines in force
	Ended      int // lines that only the old table has
	Begun      int // lines that only the new table has
	General    int // lines whose general rate is not known for some time
	Special    int // lines with a programme whose rate is not known for some time
	Other      int // lines whose rate in column 2 is not known for some time
	Rows       int // written
	Notes      []string
	programmes []string // begun between the tables
}

// String returns the report for people.
func (r *HistoryReport) String() string {
	var b strings.Builder
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	fmt.Fprintf(&b, "%d lines of 2017 and %d of 2023: %d ended, %d begun; programmes begun between: %s\n", r.Old, r.New, r.Ended, r.Begun, strings.Join(r.programmes, ", "))
	fmt.Fprintf(&b, "not known for some time: the general rate of %d lines, that of a programme of %d, that of column 2 of %d\n", r.General, r.Special, r.Other)
	fmt.Fprintf(&b, "%d rows written\n", r.Rows)
	return b.String()
}

// historyLine is what one table prints of one line.
type historyLine struct {
	units, general, other, designation string
	special                            []specialRate
}

// specialRate is the rate of one programme.
type specialRate struct{ symbol, rate string }

// USHistory writes what eight-digit lines read from 2018 until the first
// edition of the schedule that is held as a whole, in the form of docs/packs.md.
//
// Two tables bracket the years: that of August 2017 and that of 2023. A rate that
// both print is taken for the time between; one that only one of them can print,
// because the line is not in the other's nomenclature, is taken from there; one
// that differs is [Changed], unless the source names the days. So is the rate of
// a programme that began between the tables, on lines that the second does not
// have. Column 2, which the table of 2023 does not print, is that of 2017 where
// the first whole edition prints the same, and otherwise left empty.
func USHistory(in HistorySource, out io.Writer) (*HistoryReport, error) {
	bad := &problems{file: "history"}
	r := &HistoryReport{}
	before := readOld(in.Old, bad, r)
	after := readNew(in.New, bad, r)
	next := readNext(in.Schedule, bad)
	if err := bad.err(); err != nil {
		return nil, err
	}
	r.Old, r.New = len(before), len(after)
	for _, l := range after {
		for _, s := range l.special {
			if !slices.Contains(r.programmes, s.symbol) {
				r.programmes = append(r.programmes, s.symbol)
			}
		}
	}
	for _, l := range before {
		r.programmes = slices.DeleteFunc(r.programmes, func(s string) bool { _, ok := rateOf(l.special, s); return ok })
	}
	slices.Sort(r.programmes)
	changes := map[nomenclature.Code][]RateChange{}
	for _, c := range in.Changes {
		if _, ok := before[c.Code]; !ok || c.From <= oldServes || c.From >= newServes {
			bad.add(0, "name a line of the table of 2017 and a day between the tables", "a change of %s on %s", c.Code, c.From)
		}
		changes[c.Code] = append(changes[c.Code], c)
	}
	for c := range after {
		if _, ok := next[c]; !ok {
			r.Notes = append(r.Notes, fmt.Sprintf("%s is in the table of 2023 and not in the schedule of %s", c, nextServes))
		}
	}
	if err := bad.err(); err != nil {
		return nil, err
	}

	w := csv.NewWriter(out)
	w.Write([]string{"code", "from", "until", "units", "general", "special", "other", "designation"}) // errors wait for Flush
	codes := slices.Sorted(maps.Keys(before))
	for c := range after {
		if _, ok := before[c]; !ok {
			codes = append(codes, c)
		}
	}
	slices.Sort(codes)
	for _, c := range codes {
		a, old := before[c]
		b, young := after[c]
		var rows []historyRow
		switch {
		case old && young:
			rows = betweenTables(a, b, next[c], changes[c], in.Replaced)
		case old:
			r.Ended++
			rows = steps(a, changes[c], newServes)
			for i := range rows {
				rows[i].special = onlyOld(a.special, rows[i].general, r.programmes)
				rows[i].other = a.other
			}
		default:
			r.Begun++
			rows = []historyRow{{from: newServes, until: nextServes, general: b.general, special: bothSides(b, next[c], nil)}}
			a.designation = next[c].designation
			if a.designation == "" {
				a.designation = b.designation
			}
		}
		general, special, other := false, false, false
		for _, row := range settle(rows) {
			general = general || row.general == Changed
			special = special || slices.ContainsFunc(row.special, func(s specialRate) bool { return s.rate == Changed })
			other = other || row.other == "" || row.other == Changed
			w.Write([]string{c.String(), row.from.String(), row.until.String(), a.units, row.general, printed(row.special), row.other, a.designation})
			r.Rows++
		}
		r.General, r.Special, r.Other = r.General+one(general), r.Special+one(special), r.Other+one(other)
	}
	w.Flush()
	return r, w.Error()
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// historyRow is what a line reads for some time.
type historyRow struct {
	from, until    quantity.Date
	general, other string
	special        []specialRate
}

// steps cuts the time from the old table until the day at the known changes of
// the general rate.
func steps(a historyLine, changes []RateChange, until quantity.Date) []historyRow {
	rows := []historyRow{{from: oldServes, until: until, general: a.general}}
	for _, c := range changes {
		last := &rows[len(rows)-1]
		last.until = c.From
		general := c.General
		if general == "" {
			general = Changed
		}
		rows = append(rows, historyRow{from: c.From, until: until, general: general})
	}
	return rows
}

// betweenTables is the rows of a line that both tables have.
func betweenTables(a, b, c historyLine, changes []RateChange, replaced map[string][]string) []historyRow {
	rows := steps(a, changes, newPrinted)
	if last := &rows[len(rows)-1]; b.general != "" && !sameRate(last.general, b.general) {
		if len(changes) == 0 {
			last.general = Changed
		}
	} else if b.general != "" {
		last.general = b.general // in the spelling of the later edition
	}
	between := bothSides(a, b, replaced)
	for i := range rows {
		if rows[i].general != "Free" {
			rows[i].special = between
		}
	}
	general := b.general
	if general == "" {
		general = a.general
	}
	after := bothSides(b, c, nil)
	if general == "Free" {
		after = nil
	}
	// What the programmes that were replaced had is no longer claimed, so it may
	// stay printed: most lines are then one row.
	kept := slices.DeleteFunc(slices.Clone(between), func(s specialRate) bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(replaced)), func(of []string) bool { return slices.Contains(of, s.symbol) })
	})
	if slices.Equal(kept, after) && general != "Free" {
		after = between
	}
	rows = append(rows, historyRow{from: newPrinted, until: nextServes, general: general, special: after})
	for i := range rows {
		switch {
		case sameRate(a.other, c.other):
			rows[i].other = c.other
		case c.other == "":
			rows[i].other = a.other
		default:
			rows[i].other = Changed
		}
	}
	return rows
}

// bothSides is the rates of the programmes while it is not known which of two
// tables holds.
func bothSides(a, b historyLine, replaced map[string][]string) []specialRate {
	var out []specialRate
	for _, s := range a.special {
		rate, ok := rateOf(b.special, s.symbol)
		switch {
		case b.general == "Free":
			rate, ok = "Free", true
		case !ok && slices.ContainsFunc(slices.Collect(maps.Values(replaced)), func(of []string) bool { return slices.Contains(of, s.symbol) }):
			rate, ok = s.rate, true
		}
		if !ok || !sameRate(rate, s.rate) {
			rate = Changed
		}
		out = append(out, specialRate{s.symbol, rate})
	}
	for _, s := range b.special {
		if _, ok := rateOf(a.special, s.symbol); ok {
			continue
		}
		of := replaced[s.symbol]
		steady := len(of) > 0 && !slices.ContainsFunc(of, func(before string) bool {
			rate, ok := rateOf(a.special, before)
			return !ok || !sameRate(rate, s.rate)
		})
		if !steady && !strings.HasPrefix(s.rate, "See ") {
			s.rate = Changed
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y specialRate) int { return strings.Compare(x.symbol, y.symbol) })
	return out
}

// onlyOld is the rates of the programmes on a line that the new table does not
// have: those that began after the old one cannot be told.
func onlyOld(special []specialRate, general string, begun []string) []specialRate {
	if general == "Free" {
		return nil
	}
	out := slices.Clone(special)
	for i := range out {
		if out[i].rate != "Free" { // perhaps staged
			out[i].rate = Changed
		}
	}
	for _, s := range begun {
		out = append(out, specialRate{s, Changed})
	}
	slices.SortFunc(out, func(x, y specialRate) int { return strings.Compare(x.symbol, y.symbol) })
	return out
}

// settle joins rows that follow one another and read the same.
func settle(rows []historyRow) []historyRow {
	var out []historyRow
	for _, row := range rows {
		if n := len(out); n > 0 && out[n-1].general == row.general && out[n-1].other == row.other && slices.Equal(out[n-1].special, row.special) {
			out[n-1].until = row.until
			continue
		}
		out = append(out, row)
	}
	return out
}

func rateOf(special []specialRate, symbol string) (string, bool) {
	i := slices.IndexFunc(special, func(s specialRate) bool { return s.symbol == symbol })
	if i < 0 {
		return "", false
	}
	return special[i].rate, true
}

// printed writes the special column as the schedule does: Free first, then the
// other rates in the order of their first programmes.
func printed(special []specialRate) string {
	var rates []string
	for _, s := range special {
		if !slices.Contains(rates, s.rate) {
			rates = append(rates, s.rate)
		}
	}
	if i := slices.Index(rates, "Free"); i > 0 {
		rates = slices.Insert(slices.Delete(rates, i, i+1), 0, "Free")
	}
	var out []string
	for _, rate := range rates {
		var symbols []string
		for _, s := range special {
			if s.rate == rate {
				symbols = append(symbols, s.symbol)
			}
		}
		out = append(out, rate+" ("+strings.Join(symbols, ",")+")")
	}
	return strings.Join(out, " ")
}

var (
	centsForm   = regexp.MustCompile(`(\d) cents\b`)
	noise       = regexp.MustCompile(`[\s.,;:()-]+`)
	fractionly  = regexp.MustCompile(`^0\.\d+$`)
	symbolForm  = regexp.MustCompile(`^[A-Z]{1,2}[+*]?$`)
	parentheses = regexp.MustCompile(`\(([^()]*)(?:\)|$)`)
)

// rateText brings a rate of the tables into the schedule's own spelling.
func rateText(s string) string { return centsForm.ReplaceAllString(plain(s), "$1¢") }

// sameRate reports whether two texts are one rate: as read where both can be
// read, and otherwise by their words. The old table cuts long texts off.
func sameRate(a, b string) bool {
	if a == b {
		return true
	}
	if x, err := quantity.ParseScheduleRate(a); err == nil {
		y, err := quantity.ParseScheduleRate(b)
		return err == nil && x.String() == y.String()
	}
	a, b = noise.ReplaceAllString(strings.ToLower(a), ""), noise.ReplaceAllString(strings.ToLower(b), "")
	return a == b || len(a) > 200 && strings.HasPrefix(b, a)
}

// specials parts the text of a special column into programmes. Parentheses that
// name no programmes are part of a rate; a mark of staging, or a parenthesis too
// many, at the end is not.
func specials(text string) (out []specialRate, ok bool) {
	text = rateText(text)
	text = strings.TrimSuffix(text, "(s)")
	if strings.HasSuffix(text, "))") {
		text = text[:len(text)-1]
	}
	begin := 0
	for _, m := range parentheses.FindAllStringSubmatchIndex(text, -1) {
		names := strings.FieldsFunc(text[m[2]:m[3]], func(r rune) bool { return r == ',' || r == '.' || r == ' ' })
		if len(names) == 0 || slices.ContainsFunc(names, func(s string) bool { return !symbolForm.MatchString(s) }) {
			continue
		}
		rate := strings.TrimSpace(text[begin:m[0]])
		for _, symbol := range names {
			before, twice := rateOf(out, symbol)
			if rate == "" || twice && before != rate {
				return nil, false
			}
			if twice {
				continue
			}
			out = append(out, specialRate{symbol, rate})
		}
		begin = m[1]
	}
	return out, strings.TrimSpace(text[begin:]) == ""
}

// table reads a CSV file with a header, perhaps gzipped, by the names of its
// columns.
func table(in io.Reader, what string, bad *problems, columns []string, row func(line int, get func(string) string)) {
	buffered := bufio.NewReader(in)
	var source io.Reader = buffered
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			bad.add(0, "", "%s cannot be unzipped: %v", what, err)
			return
		}
		source = z
	}
	r := csv.NewReader(source)
	header, err := r.Read()
	if err != nil {
		bad.add(1, "", "%s cannot be read: %v", what, err)
		return
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}
	for _, c := range columns {
		if _, ok := at[c]; !ok {
			bad.add(1, "", "%s has no column %q", what, c)
			return
		}
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			bad.add(0, "", "%s: %v", what, err)
			return
		}
		line, _ := r.FieldPos(0)
		row(line, func(name string) string { return record[at[name]] })
	}
}

// excelDay is a day as a spreadsheet counts it.
func excelDay(s string) (quantity.Date, bool) {
	n, err := strconv.Atoi(s)
	return quantity.NewDate(1899, time.December, 30).AddDays(n), err == nil
}

// unitsOf2017 are the units of quantity of the tariff database as the schedule
// prints them; X is none.
func unitsOf2017() map[string]string {
	return map[string]string{
		"": "", "X": "", "NA": "", "KG": "kg", "NO": "No.", "M2": "m²", "M3": "m³", "DOZ": "doz.", "T": "t", "PRS": "prs.", "L": "liters", "DPR": "doz. prs.",
		"PCS": "pcs", "GM": "g", "GRS": "gross", "PFL": "pf.liters", "BBL": "bbl", "THS": "thousands", "DPC": "Dz Pcs", "M": "m", "CAR": "carat", "CGM": "component g",
		"KM3": "thousand m³", "HUN": "hundreds", "CM2": "cm²", "CKG": "component kg", "LNM": "lin. m", "DS": "doses", "KWH": "kWh", "KM": "thousand m", "SQ": "square",
		"PK": "pack", "JWL": "Jwls.", "CYK": "cy kg", "KTS": "kg ttl sug", "GRL": "gr.lines", "CTN": "carton", "SME": "m² equivalent", "FBM": "Fiber m", "ODE": "ozone depletion equivalent",
	}
}

func readOld(in io.Reader, bad *problems, r *HistoryReport) map[nomenclature.Code]historyLine {
	out := map[nomenclature.Code]historyLine{}
	names := unitsOf2017()
	columns := []string{"hts8", "brief_description", "quantity_1_code", "quantity_2_code", "mfn_text_rate", "col1_special_text", "col2_text_rate", "begin_effect_date", "end_effective_date"}
	table(in, "the table of 2017", bad, columns, func(line int, get func(string) string) {
		code, err := nomenclature.ParseCode(get("hts8"))
		if err != nil {
			bad.add(line, "", "table of 2017: %v", err)
			return
		}
		if code.HasPrefix("99") {
			return
		}
		_, okFrom := excelDay(get("begin_effect_date"))
		until, okUntil := excelDay(get("end_effective_date"))
		if !okFrom || !okUntil {
			bad.add(line, "", "table of 2017: %s is in force from %q to %q", code, get("begin_effect_date"), get("end_effective_date"))
			return
		}
		if until < oldServes {
			return // an earlier rate of the same line
		}
		if _, ok := out[code]; ok {
			bad.add(line, "", "table of 2017: %s is there twice", code)
			return
		}
		l := historyLine{general: rateText(get("mfn_text_rate")), other: rateText(get("col2_text_rate")), designation: plain(get("brief_description"))}
		if fractionly.MatchString(l.general) {
			d, _ := quantity.ParseDecimal(l.general)
			spelt := d.Mul(quantity.NewDecimal(100, 0)).String() + "%"
			r.Notes = append(r.Notes, fmt.Sprintf("table of 2017: %s prints %s for %s", code, l.general, spelt))
			l.general = spelt
		}
		var units []string
		for _, u := range []string{get("quantity_1_code"), get("quantity_2_code")} {
			name, ok := names[u]
			if !ok {
				bad.add(line, "", "table of 2017: %s is counted in %q", code, u)
			}
			if name != "" {
				units = append(units, name)
			}
		}
		l.units = strings.Join(units, ";")
		var ok bool
		if l.special, ok = specials(get("col1_special_text")); !ok && !code.HasPrefix("98") {
			r.Notes = append(r.Notes, fmt.Sprintf("table of 2017: the programmes of %s cannot be read: %q", code, get("col1_special_text")))
		}
		out[code] = l
	})
	return out
}

func readNew(in io.Reader, bad *problems, r *HistoryReport) map[nomenclature.Code]historyLine {
	out := map[nomenclature.Code]historyLine{}
	table(in, "the table of 2023", bad, []string{"hts8", "description", "general", "special"}, func(line int, get func(string) string) {
		code, err := nomenclature.ParseCode(get("hts8"))
		if err != nil {
			bad.add(line, "", "table of 2023: %v", err)
			return
		}
		if code.HasPrefix("99") {
			return
		}
		general, special := rateText(get("general")), get("special")
		before, seen := out[code]
		switch { // the rows of statistical lines print no rate
		case seen && general == "":
			return
		case seen && before.general != "" && before.general != general:
			bad.add(line, "", "table of 2023: %s has the rates %q and %q", code, before.general, general)
			return
		}
		l := historyLine{general: general, designation: strings.TrimRight(plain(get("description")), ": ")}
		var ok bool
		if l.special, ok = specials(special); !ok && !code.HasPrefix("98") {
			r.Notes = append(r.Notes, fmt.Sprintf("table of 2023: the programmes of %s cannot be read: %q", code, special))
		}
		out[code] = l
	})
	return out
}

// readNext reads the first whole edition: the lines of eight digits on its first
// day, with what they inherit.
func readNext(in io.Reader, bad *problems) map[nomenclature.Code]historyLine {
	var lines []nomenclature.Line
	first := nextServes.String()
	table(in, "the schedule", bad, []string{"code", "from", "until", "general", "special", "other", "designation"}, func(line int, get func(string) string) {
		if until := get("until"); get("from") > first || until != "" && until <= first {
			return
		}
		code, err := nomenclature.ParseCode(get("code"))
		if err != nil {
			bad.add(line, "", "schedule: %v", err)
			return
		}
		lines = append(lines, nomenclature.Line{Code: code, General: get("general"), Special: get("special"), Other: get("other"), Designation: get("designation"), Period: quantity.Always})
	})
	t := nomenclature.NewTable(lines)
	on := quantity.Instant(0)
	text := func(c nomenclature.Code, column func(*nomenclature.Line) string) string {
		if s, _, ok := t.Rate(c, column, on); ok {
			return s
		}
		// Printed line by line: the one that all print.
		s := ""
		for i, l := range t.Children(c, on) {
			if i > 0 && column(l) != s {
				return ""
			}
			s = column(l)
		}
		return s
	}
	out := map[nomenclature.Code]historyLine{}
	for _, l := range lines {
		if l.Code.Digits() < 8 || l.Code.HasPrefix("99") {
			continue
		}
		code := l.Code[:8]
		if _, ok := out[code]; ok {
			continue
		}
		special, _ := specials(text(code, func(l *nomenclature.Line) string { return l.Special }))
		out[code] = historyLine{
			general:     text(code, func(l *nomenclature.Line) string { return l.General }),
			special:     special,
			other:       text(code, func(l *nomenclature.Line) string { return l.Other }),
			designation: t.Designation(code, on),
		}
	}
	return out
}

// ReadRateChanges reads the table of known changes between the tables of
// [USHistory]: columns edition (the earlier one), code, from, general and note.
func ReadRateChanges(in io.Reader) ([]RateChange, error) {
	bad := &problems{file: "rate changes"}
	var out []RateChange
	err := readTable(in, bad, []string{"edition", "code", "from", "general", "note"}, func(line int, row []string) {
		code, err := nomenclature.ParseCode(row[1])
		if err != nil {
			bad.add(line, "", "%v", err)
		}
		day, err := quantity.ParseDate(row[2])
		if err != nil {
			bad.add(line, "", "%v", err)
		}
		if n := len(out); n > 0 && out[n-1].Code == code && out[n-1].From >= day {
			bad.add(line, "the changes of a line in the order of their days", "%s changes on %s after it does on %s", code, day, out[n-1].From)
		}
		out = append(out, RateChange{Code: code, From: day, General: row[3]})
	})
	if err != nil {
		return nil, err
	}
	return out, bad.err()
}
