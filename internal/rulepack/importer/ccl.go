package importer

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/navicert/navicert/internal/nomenclature"
)

// CCLSource says where the parts of the Commerce Control List are read from,
// and what its lists are called.
type CCLSource struct {
	Entries      io.Reader // eccn, heading, reasons_for_control, lvs, gbs, other_exception_flags
	Requirements io.Reader // eccn, control_scope, country_chart_or_prose
	Paragraphs   io.Reader // eccn, paragraph, kind (item, note, text), text
	By           string    // id of the instrument that the rows cite
	Prefix       string    // of the ids of the lists: us.ccl
	Facts        string    // of the facts that rows in words ask for: control
	// Lists are the lists of the pack as they stand, by id. Where a person has read
	// a scope in words and split it into rows, they stay as long as the words do.
	Lists map[string][]byte
}

// CCLReport counts what [USCCL] read and wrote.
type CCLReport struct {
	Entries, Paragraphs, Requirements int
	Rows                              map[string]int // written, by list
	Words                             map[string]int // of them, those whose scope is stated in words: each rests on a fact
	NotApplicable                     int            // requirements that the list itself says are none
	Unread                            []string       // entries whose requirements are not held, or not in full
	Kept                              []string       // scopes in words that a person has read, as the lists stand: "us.ccl.mt-1 3A001"
	Changed                           []string       // the same, where the words are others now and the reading is gone
}

// String returns the report for people.
func (r CCLReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d entries, %d paragraphs and %d licence requirements read, %d of them none; %d entries not held in full: %s\n",
		r.Entries, r.Paragraphs, r.Requirements, r.NotApplicable, len(r.Unread), strings.Join(r.Unread, ", "))
	for _, list := range slices.Sorted(maps.Keys(r.Rows)) {
		fmt.Fprintf(&b, "  %s: %d rows", list, r.Rows[list])
		if n := r.Words[list]; n > 0 {
			fmt.Fprintf(&b, ", %d of them in words", n)
		}
		b.WriteByte('\n')
	}
	if len(r.Kept) > 0 {
		fmt.Fprintf(&b, "%d scopes stay as they were read by hand: %s\n", len(r.Kept), strings.Join(r.Kept, ", "))
	}
	if len(r.Changed) > 0 {
		fmt.Fprintf(&b, "%d scopes were read by hand and have other words now; read them anew: %s\n", len(r.Changed), strings.Join(r.Changed, ", "))
	}
	return strings.TrimRight(b.String(), "\n")
}

// cclRow is a row of a list of the control list.
type cclRow struct {
	code, designation string
	except            []string
	when              string
}

// USCCL reads the Commerce Control List of the United States as tables and
// returns its lists in the form of docs/packs.md, by id: the register, which
// holds every entry and paragraph with its heading; one list for each column of
// the Country Chart and for each requirement that names no column; and those of
// the exceptions that an entry opens by itself.
//
// A scope of an entry as a whole or by paragraphs becomes codes. One in words
// becomes a row for the paragraphs that it may mean, whose condition is a fact
// of the list: whoever classified the goods can answer it. Nothing is left out:
// an entry without requirements, or with a reason for control that no
// requirement names, goes to a list of its own. An unknown form of requirement
// is a fault; then nothing is returned.
func USCCL(source CCLSource) (map[string][]byte, CCLReport, error) {
	c := ccl{CCLSource: source, bad: &problems{file: "control list"}, rows: map[string][]cclRow{}, reasons: map[string][]string{}, entries: map[string]bool{}, held: map[nomenclature.ControlCode]bool{},
		report: CCLReport{Rows: map[string]int{}, Words: map[string]int{}}}
	for _, step := range [...]struct {
		name string
		in   io.Reader
		each func(line int, field map[string]string)
	}{
		{"entries", source.Entries, c.entry},
		{"paragraphs", source.Paragraphs, c.paragraph},
		{"requirements", source.Requirements, c.requirement},
	} {
		c.bad.file = step.name
		if err := eachRecord(step.in, step.each); err != nil {
			return nil, c.report, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	c.complete()
	if err := c.bad.err(); err != nil {
		return nil, c.report, err
	}
	out := map[string][]byte{}
	for _, list := range slices.Sorted(maps.Keys(c.rows)) {
		id := source.Prefix
		if list != "" {
			id += "." + list
		}
		rows, err := c.keep(id, c.rows[list])
		if err != nil {
			return nil, c.report, err
		}
		slices.SortStableFunc(rows, func(a, b cclRow) int { return compareControlCodes(a.code, b.code) })
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Write([]string{"item", "designation", "except", "when", "by"}) // errors wait for Flush
		for _, r := range rows {
			w.Write([]string{r.code, r.designation, strings.Join(r.except, " "), r.when, source.By})
			c.report.Rows[id]++
			if c.inWords(r) {
				c.report.Words[id]++
			}
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return nil, c.report, err
		}
		out[id] = b.Bytes()
	}
	return out, c.report, nil
}

// eachRecord reads a CSV file with a header.
func eachRecord(in io.Reader, each func(line int, field map[string]string)) error {
	r := csv.NewReader(in)
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("no header can be read: %w", err)
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		field := map[string]string{}
		for i, name := range header {
			field[strings.TrimPrefix(name, "\ufeff")] = plain(record[i])
		}
		line, _ := r.FieldPos(0)
		each(line, field)
	}
}

// compareControlCodes orders codes part by part, numbers by their value.
func compareControlCodes(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		m, errM := strconv.Atoi(as[i])
		n, errN := strconv.Atoi(bs[i])
		order := cmp.Compare(as[i], bs[i])
		if errM == nil && errN == nil {
			order = cmp.Compare(m, n)
		}
		if order != 0 {
			return order
		}
	}
	return cmp.Compare(len(as), len(bs))
}

type ccl struct {
	CCLSource
	bad     *problems
	rows    map[string][]cclRow // by list, without the prefix; "": the register
	seen    map[string]bool     // codes of the register
	entries map[string]bool
	held    map[nomenclature.ControlCode]bool // entries of which paragraphs are held
	order   []string                          // entries as they come
	reasons map[string][]string               // that the heading of an entry names and no requirement has yet
	none    map[string]string                 // entries of which no requirement has come yet: their headings
	report  CCLReport
}

func (c *ccl) add(list string, r cclRow) { c.rows[list] = append(c.rows[list], r) }

// inWords reports whether a row stands for a scope in words.
func (c *ccl) inWords(r cclRow) bool { return strings.HasPrefix(r.when, c.Facts+".") }

// scopeOf is what rows that were read from one text have in common.
type scopeOf struct{ eccn, words string }

func (r cclRow) scope() scopeOf {
	return scopeOf{string(nomenclature.ControlCode(r.code).Entry()), r.designation}
}

// keep puts the rows that a person made of a scope in words in the place of the
// one that asks for it as a whole.
func (c *ccl) keep(id string, rows []cclRow) ([]cclRow, error) {
	byHand := map[scopeOf][]cclRow{}
	if data, ok := c.Lists[id]; ok {
		err := eachRecord(bytes.NewReader(data), func(_ int, f map[string]string) {
			if f["designation"] == "" {
				return
			}
			r := cclRow{code: f["item"], designation: f["designation"], except: strings.Fields(f["except"]), when: f["when"]}
			byHand[r.scope()] = append(byHand[r.scope()], r)
		})
		if err != nil {
			return nil, fmt.Errorf("%s as it stands: %w", id, err)
		}
	}
	name := func(s scopeOf) string { return id + " " + s.eccn }
	var out []cclRow
	for _, r := range rows {
		kept := byHand[r.scope()]
		delete(byHand, r.scope())
		if !c.inWords(r) || len(kept) == 0 || len(kept) == 1 && kept[0].code == r.code && kept[0].when == r.when && slices.Equal(kept[0].except, r.except) {
			out = append(out, r)
			continue
		}
		out = append(out, kept...)
		c.report.Kept = append(c.report.Kept, name(r.scope()))
	}
	for s, gone := range byHand {
		if len(gone) > 1 && slices.ContainsFunc(gone, c.inWords) {
			c.report.Changed = append(c.report.Changed, name(s))
		}
	}
	slices.Sort(c.report.Changed)
	return out, nil
}

var reasonCode = regexp.MustCompile(`\b(?:NS|NP|MT|CB|RS|FC|CC|AT|UN|EI|SL|CW|SI|SS)\b`)

func (c *ccl) entry(line int, f map[string]string) {
	eccn := f["eccn"]
	if code, err := nomenclature.ParseControlCode(eccn); err != nil || string(code) != eccn {
		c.bad.add(line, "", "%q is no code of an entry", eccn)
		return
	}
	if c.seen == nil {
		c.seen, c.none = map[string]bool{}, map[string]string{}
	}
	c.report.Entries++
	c.seen[eccn], c.entries[eccn] = true, true
	c.order = append(c.order, eccn)
	c.none[eccn] = f["heading"]
	c.reasons[eccn] = reasonCode.FindAllString(f["reasons_for_control"], -1)
	c.add("", cclRow{code: eccn, designation: f["heading"]})
	c.exceptions(eccn, f)
}

func (c *ccl) paragraph(line int, f map[string]string) {
	if f["kind"] != "item" || f["paragraph"] == "" {
		return
	}
	if !c.entries[f["eccn"]] {
		c.bad.add(line, "", "the paragraph is of %q, which is no entry", f["eccn"])
		return
	}
	code, err := nomenclature.ParseControlCode(f["eccn"] + "." + f["paragraph"])
	if err != nil {
		c.bad.add(line, "", "%v", err)
		return
	}
	c.report.Paragraphs++
	c.held[code.Entry()] = true
	if c.seen[string(code)] {
		// The paragraphs of a note look like those of the entry: which of the
		// texts is its own cannot be told.
		for i := range c.rows[""] {
			if r := &c.rows[""][i]; r.code == string(code) {
				r.designation = ""
			}
		}
		return
	}
	for parent := code.Parent(); parent != "" && !c.seen[string(parent)]; parent = parent.Parent() {
		c.seen[string(parent)] = true
		c.add("", cclRow{code: string(parent)})
	}
	c.seen[string(code)] = true
	c.add("", cclRow{code: string(code), designation: f["text"]})
}

// amount reads the value limit of the exception for shipments of limited value.
var amount = regexp.MustCompile(`^\$(\d{1,3}(?:,?\d{3})*)(?:\.|,? (?:except )?N/A for MT\.?|; N/A for MT\.?)?$`)

// exceptions takes what the entry itself opens: limited value, group B,
// restricted technology and software, strategic trade; and the military and space
// entries, for which some of it is closed.
func (c *ccl) exceptions(eccn string, f map[string]string) {
	military := eccn[2] == '6' || eccn[2:] == "515"
	if military {
		c.add("600-series", cclRow{code: eccn, except: []string{eccn + ".y"}})
	}
	words := func(list, text string) {
		c.add(list, cclRow{code: eccn, designation: text, when: c.fact(list)})
	}
	if lvs := f["lvs"]; lvs != "" && lvs != "N/A" {
		list := "lvs"
		if military {
			list = "lvs-600"
		}
		if m := amount.FindStringSubmatch(lvs); m != nil {
			c.add(list, cclRow{code: eccn, designation: lvs, when: "order.value_usd <= " + strings.ReplaceAll(m[1], ",", "") + ".0"})
		} else {
			words(list, lvs)
		}
	}
	switch gbs := f["gbs"]; gbs {
	case "", "N/A":
	case "Yes", "Yes, except N/A for MT":
		c.add("gbs", cclRow{code: eccn, designation: gbs})
	default:
		words("gbs", gbs)
	}
	sta := ""
	for _, flag := range strings.Split(f["other_exception_flags"], "; ") {
		name, value, ok := strings.Cut(flag, "=")
		switch {
		case !ok || len(name) != 3:
		case name == "TSR":
			switch strings.TrimSuffix(value, ".") {
			case "N/A":
			case "Yes", "Yes, except N/A for MT":
				c.add("tsr", cclRow{code: eccn, designation: value})
			default:
				words("tsr", value)
			}
		case name == "STA":
			sta = value
		case strings.HasPrefix(value, "Yes"): // who claims the exception says that its conditions are met
			c.add(strings.ToLower(name), cclRow{code: eccn, designation: value})
		}
	}
	c.strategic(eccn, sta)
}

// strategic notes in which groups of countries the entry is open to the
// strategic trade authorization.
func (c *ccl) strategic(eccn, bar string) {
	whole := "any item in this (ECCN|entry)|may not be used for " + eccn + `\b|any technology in this entry|any software in this entry`
	second := `Paragraph \(c\)\(2\) of License Exception STA`
	five, six := cclRow{code: eccn}, cclRow{code: eccn}
	switch {
	case bar == "":
	case regexp.MustCompile(`^(License Exception STA may not be used for ` + eccn + `\.|License Exception STA \(§ 740\.20 of the EAR\) may not be used for ECCN ` + eccn + `\.)$`).MatchString(bar):
		return
	case regexp.MustCompile(`A:5 or A:6`).MatchString(bar) && regexp.MustCompile(whole).MatchString(bar):
		return
	case regexp.MustCompile(`^`+second).MatchString(bar) && regexp.MustCompile(`any (item|“software”|software|technology|“technology”) in`).MatchString(bar):
		six.code = ""
	case regexp.MustCompile(`Country Group A:6`).MatchString(bar) && regexp.MustCompile(whole).MatchString(bar):
		six.code = ""
	default:
		five.designation, five.when = bar, c.fact("sta-5")
		six.designation, six.when = bar, c.fact("sta-6")
	}
	c.add("sta-5", five)
	if six.code != "" {
		c.add("sta-6", six)
	}
}

// fact names the fact that tells whether a scope in words covers the goods.
func (c *ccl) fact(list string) string { return c.Facts + "." + strings.ReplaceAll(list, "-", "_") }

var (
	chartColumn = regexp.MustCompile(`\b([A-Z]{2}) Column (\d)\b`)
	bareColumn  = regexp.MustCompile(`^Column (\d)\.?$`)
	scopeForm   = regexp.MustCompile(`^([A-Z]{2}) appl(?:ies|y)(?: to)?,? ?(?:the )?(.*)$`)
)

// requirementForms are the requirements that name no column, by what their text
// holds; the first that fits is meant.
var requirementForms = []struct {
	form *regexp.Regexp
	list string // %s: the reason for control
}{
	{regexp.MustCompile(`§ 7[46]{2}\.1(\(b\))? `), "un"},
	{regexp.MustCompile(`^China, Russia,? or Venezuela`), "%s-cn-ru-ve"},
	{regexp.MustCompile(`^Worldwide control`), "%s-worldwide"},
	{regexp.MustCompile(`742\.6\(a\)\(6\)\(iii\)\(A\)`), "%s-advanced-a"},
	{regexp.MustCompile(`742\.6\(a\)\(6\)\(iii\)\(B\)`), "%s-advanced-b"},
	{regexp.MustCompile(`742\.6\(a\)\(6\)\(i\)\(B\)`), "%s-memory"},
	{regexp.MustCompile(`^To or within Macau or a destination specified in Country Group D:5`), "%s-macau-d5"},
	{regexp.MustCompile(`^To or within any destination worldwide\. See § 742\.6\(a\)\(13\)`), "%s-model-weights"},
	{regexp.MustCompile(`742\.6\(a\)\(11\)`), "%s-footnote-5"},
	{regexp.MustCompile(`§ 746\.8 for specific license requirements`), "russia-industry"},
	{regexp.MustCompile(`(?i)for all destinations, except Canada`), "%s-all-but-canada"},
	{regexp.MustCompile(`§ 742\.1[345]`), "%s"},
	{regexp.MustCompile(`CWC non-States Parties`), "%s"},
	{regexp.MustCompile(`North Korea for anti-terrorism`), "%s-kp"},
	{regexp.MustCompile(`to Iraq or Pakistan`), "%s-iq-pk"},
	{regexp.MustCompile(`to Iraq `), "%s-iq"},
	{regexp.MustCompile(`to Pakistan `), "%s-pk"},
}

func (c *ccl) requirement(line int, f map[string]string) {
	eccn, scope, chart := f["eccn"], f["control_scope"], f["country_chart_or_prose"]
	c.report.Requirements++
	if !c.entries[eccn] {
		c.bad.add(line, "", "the requirement is of %q, which is no entry", eccn)
		return
	}
	delete(c.none, eccn)
	reason, what := "", scope
	if m := scopeForm.FindStringSubmatch(scope); m != nil {
		reason, what = m[1], m[2]
		c.met(eccn, reason)
	}
	columns := chartColumn.FindAllStringSubmatch(chart, -1)
	if m := bareColumn.FindStringSubmatch(chart); m != nil {
		columns = [][]string{{"", reason, m[1]}}
	}
	switch {
	case strings.HasPrefix(chart, "N/A"):
		c.report.NotApplicable++
		return
	case len(columns) > 0:
		if strings.HasPrefix(what, "entire entry ") && (len(columns) > 1 || strings.Contains(what, " Column ")) {
			what = "entire entry" // several requirements in one cell, each of the whole
		}
		for _, col := range columns {
			c.met(eccn, col[1])
			c.scope(strings.ToLower(col[1])+"-"+col[2], eccn, col[1], what)
		}
		return
	}
	if strings.HasPrefix(scope, "Russian industry sector sanction") {
		what = "entire entry"
	}
	if strings.HasPrefix(scope, "CC applies to “technology” for items") || strings.HasPrefix(scope, "CW applies to entire entry.") {
		what, _, _ = strings.Cut(what, ". ") // the requirement stands in the scope too
	}
	for _, r := range requirementForms {
		if !r.form.MatchString(chart + " ") {
			continue
		}
		list := r.list
		if strings.Contains(list, "%s") {
			list = fmt.Sprintf(list, strings.ToLower(reason))
		}
		c.scope(list, eccn, reason, what)
		return
	}
	if chart == scope { // the cell is empty in the list itself
		c.unread(eccn, scope)
		return
	}
	c.bad.add(line, "", "the requirement of %s has an unknown form: %s", eccn, clip(chart))
}

// met takes a reason for control off those that wait for a requirement.
func (c *ccl) met(eccn, reason string) {
	c.reasons[eccn] = slices.DeleteFunc(c.reasons[eccn], func(r string) bool { return r == reason })
}

// scope turns the scope of a requirement into rows.
func (c *ccl) scope(list, eccn, reason, what string) {
	what = strings.TrimSuffix(strings.TrimSpace(what), ".")
	if rest, ok := strings.CutPrefix(what, "entire entry"); ok {
		rest = strings.TrimLeft(rest, ",.: ")
		rest, isExcept := strings.CutPrefix(rest, "except")
		if rest == "" || !isExcept && strings.HasPrefix(rest, "(") {
			c.add(list, cclRow{code: eccn})
			return
		}
		if rows := paragraphs(eccn, strings.TrimLeft(rest, ": ")); isExcept && rows != nil {
			whole := cclRow{code: eccn}
			for _, r := range rows {
				if r.except != nil { // what is left out of the exception cannot be said in one row
					whole = cclRow{code: eccn, designation: reason + ": " + what, when: c.fact(list)}
					break
				}
				whole.except = append(whole.except, r.code)
			}
			c.add(list, whole)
			return
		}
		c.add(list, cclRow{code: eccn, designation: reason + ": " + what, when: c.fact(list)})
		return
	}
	if rows := paragraphs(eccn, strings.TrimSuffix(what, " only")); rows != nil {
		for _, r := range rows {
			c.add(list, r)
		}
		return
	}
	what = strings.TrimLeft(what, ": ")
	c.add(list, cclRow{code: meant(eccn, what), designation: reason + ": " + what, when: c.fact(list)})
}

var (
	preamble    = regexp.MustCompile(`^(?:paragraphs? |items (?:controlled by|in) |“software” controlled by )`)
	separators  = regexp.MustCompile(`, and |, or |,| and | or `)
	rangeForm   = regexp.MustCompile(`^(.*?)(?: to | through )(.*)$`)
	exceptForm  = regexp.MustCompile(`^(.*) \(except ([^()]*)\)$`)
	siblingForm = regexp.MustCompile(`^\.[0-9]{1,2}$`)
	partsForm   = regexp.MustCompile(`^\.?[a-z](?:\.[0-9a-z]{1,2})*$`)
)

// paragraphs reads a text that is nothing but paragraphs of the entry: 3B001.a.1
// to a.3, b (except b.5), e, .f.2. It returns a row for each, nil where the text
// is anything else.
func paragraphs(eccn, text string) []cclRow {
	text = preamble.ReplaceAllString(text, "")
	text = strings.ReplaceAll(strings.ReplaceAll(text, ". ", "."), eccn+" .", eccn+".")
	text = strings.TrimPrefix(text, eccn+" ")
	var out []cclRow
	one := func(s string) (string, bool) {
		s = strings.TrimPrefix(strings.TrimSpace(s), eccn)
		if !partsForm.MatchString(s) {
			return "", false
		}
		return eccn + "." + strings.TrimPrefix(s, "."), true
	}
	for _, token := range separators.Split(text, -1) {
		token = strings.TrimSpace(token)
		if token == "" {
			continue
		}
		if m := rangeForm.FindStringSubmatch(token); m != nil {
			first, ok := one(m[1])
			last, also := one(m[2])
			codes := span(first, last)
			if !ok || !also || codes == nil {
				return nil
			}
			for _, code := range codes {
				out = append(out, cclRow{code: code})
			}
			continue
		}
		if next := siblingForm.FindString(token); next != "" && len(out) > 0 { // 1C351.d.15 and .16
			last := out[len(out)-1].code
			out = append(out, cclRow{code: last[:strings.LastIndexByte(last, '.')] + next})
			continue
		}
		var row cclRow
		if m := exceptForm.FindStringSubmatch(token); m != nil {
			except, ok := one(m[2])
			if !ok {
				return nil
			}
			token, row.except = m[1], []string{except}
		}
		code, ok := one(token)
		if !ok || row.except != nil && !strings.HasPrefix(row.except[0], code+".") {
			return nil
		}
		row.code = code
		out = append(out, row)
	}
	return out
}

// span counts from one paragraph to another that differs in its last part:
// a.1 to a.3, k to n.
func span(first, last string) []string {
	i, j := strings.LastIndexByte(first, '.'), strings.LastIndexByte(last, '.')
	if first[:i+1] != last[:j+1] {
		return nil
	}
	a, b := first[i+1:], last[j+1:]
	m, errM := strconv.Atoi(a)
	n, errN := strconv.Atoi(b)
	letters := errM != nil && errN != nil && len(a) == 1 && len(b) == 1
	if letters {
		m, n = int(a[0]), int(b[0])
	} else if errM != nil || errN != nil {
		return nil
	}
	var out []string
	for ; m <= n; m++ {
		if letters {
			out = append(out, first[:i+1]+string(rune(m)))
		} else {
			out = append(out, first[:i+1]+strconv.Itoa(m))
		}
	}
	return out
}

// meant is the code within which the goods of a scope in words lie: the one
// paragraph of the entry that it names, or the entry.
func meant(eccn, what string) string {
	if strings.Contains(what, " parameters of "+eccn) || strings.Contains(what, " AND ") {
		return eccn
	}
	named := regexp.MustCompile(`\b`+eccn+`((?:\.[0-9a-z]{1,2})+)\b`).FindAllString(what, -1)
	abbreviated := regexp.MustCompile(`(?:^|[ ,(])(?:\.?[a-z](?:\.[0-9a-z]{1,2})*|\.[0-9]{1,2})(?:[ ,;)]|$)`).FindAllString(what, -1)
	abbreviated = slices.DeleteFunc(abbreviated, func(s string) bool { return strings.Trim(s, " ,;()") == "a" && !strings.Contains(s, ".") })
	if len(named) == 1 && len(abbreviated) == 0 {
		return named[0]
	}
	return eccn
}

func (c *ccl) unread(eccn, what string) {
	c.add("unread", cclRow{code: eccn, designation: what})
	c.report.Unread = append(c.report.Unread, eccn)
}

var otherAgency = regexp.MustCompile(`\((?:These|This) [^)]*“subject to the ITAR`)

// complete files the entries whose requirements are not held.
func (c *ccl) complete() {
	for _, eccn := range c.order {
		heading, none := c.none[eccn]
		switch {
		case none && otherAgency.MatchString(heading):
			c.add("other-agency", cclRow{code: eccn, designation: heading})
		case none:
			c.unread(eccn, "the table holds no licence requirement of the entry")
		case len(c.reasons[eccn]) > 0:
			c.unread(eccn, "the table holds no licence requirement for "+strings.Join(c.reasons[eccn], ", "))
		}
	}
	slices.Sort(c.report.Unread)
	// What a requirement names is a paragraph, where those of the entry are held
	// at all.
	for _, list := range slices.Sorted(maps.Keys(c.rows)) {
		for _, r := range c.rows[list] {
			for _, s := range append([]string{r.code}, r.except...) {
				for code := nomenclature.ControlCode(s); c.held[code.Entry()] && !c.seen[string(code)]; code = code.Parent() {
					c.seen[string(code)] = true
					c.rows[""] = append(c.rows[""], cclRow{code: string(code)})
				}
			}
		}
	}
}
