package rulepack

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// listKind is what the rows of a list name.
type listKind string

const (
	goodsList   listKind = "goods"
	itemList    listKind = "items"
	partyList   listKind = "parties"
	unknownList listKind = ""
)

// listFile is a file of lists/ whose name and kind are known.
type listFile struct {
	id   string
	kind listKind // unknownList: the file cannot be read
	packFile

	table  *csvTable
	places []rowPlace
}

// listColumns returns the columns of a kind of list, in their order.
func listColumns(k listKind) []column {
	switch k {
	case goodsList:
		return []column{need("code"), have("from"), have("until"), need("by"), have("ended-by"), have("except"), have("note")}
	case itemList:
		return []column{need("item"), have("designation"), have("except"), have("when"), have("codes"), have("from"), have("until"), need("by"), have("ended-by"), have("confidence"), have("note")}
	case partyList:
		return []column{need("name"), have("country"), have("identifier"), have("aliases"), have("announced"), have("from"), have("since"), have("until"), need("by"), have("ended-by"), have("note")}
	}
	return nil
}

// headerOf returns the names in the first line of a CSV file, as far as they can
// be read without knowing whether it is one.
func headerOf(line string) []string {
	names := strings.Split(strings.TrimRight(strings.TrimPrefix(line, "\ufeff"), "\r"), ",")
	for i := range names {
		names[i] = strings.Trim(names[i], `" `)
	}
	return names
}

// kindOf tells a list by its first line.
func kindOf(line string) listKind {
	for _, name := range headerOf(line) {
		switch name {
		case "code":
			return goodsList
		case "item":
			return itemList
		case "name":
			return partyList
		}
	}
	return unknownList
}

// nameLists makes the lists known, so that conditions and measures can name
// them before their rows are read.
func (p *packReader) nameLists() {
	for _, q := range p.dependencies {
		maps.Copy(p.GoodsLists, q.GoodsLists)
		maps.Copy(p.ItemLists, q.ItemLists)
		maps.Copy(p.PartyLists, q.PartyLists)
	}
	for _, f := range p.in("lists") {
		file := p.file(f.path)
		id := strings.TrimSuffix(path.Base(f.path), ".csv")
		if !isID(id) || id[0] >= '0' && id[0] <= '9' {
			p.fault(file, 0, 0, fmt.Sprintf("the name of the file, %q, cannot be the id of a list", id), "use lower-case letters and digits, joined by dots and hyphens, a letter first")
			p.noLists = true
			continue
		}
		l := &listFile{id: id, kind: kindOf(f.head), packFile: f}
		if other := p.r.listAt(id); other != "" {
			p.fault(file, 0, 0, fmt.Sprintf("there is a list %q already, in %s", id, other), "give the file another name")
			continue
		}
		p.lists[id] = l
		switch l.kind {
		case goodsList:
			p.GoodsLists[id] = &GoodsList{ID: id, Pack: p.ID, File: file}
			p.r.set.GoodsLists[id] = p.GoodsLists[id]
		case itemList:
			p.ItemLists[id] = &ItemList{ID: id, Pack: p.ID, File: file}
			p.r.set.ItemLists[id] = p.ItemLists[id]
		case partyList:
			p.PartyLists[id] = &PartyList{ID: id, Pack: p.ID, File: file}
			p.r.set.PartyLists = append(p.r.set.PartyLists, p.PartyLists[id])
		default:
			if line, column, what := notText(f.text()); what != "" {
				p.fault(file, line, column, what, "save the file as UTF-8 without a byte order mark")
			} else {
				p.fault(file, 1, 1, "the header tells no kind of list", "begin a list of goods with code, of items with item, of parties with name")
			}
			p.noLists = true
		}
	}
}

// listAt returns the file of the list with that id in any pack, "" where there
// is none.
func (r *reader) listAt(id string) string {
	for _, p := range r.packs {
		if l := p.lists[id]; l != nil {
			return p.file(l.path)
		}
	}
	return ""
}

// readLists begins to read the rows of the pack's own lists; takeLists is for when all
// are read.
func (p *packReader) readLists(all *sync.WaitGroup) {
	items := *p // finds faults while others are found
	items.problems = nil
	all.Go(func() {
		items.readItemLists()
		p.items = items.problems
	})
	for id, l := range p.lists {
		goods, parties := p.GoodsLists[id], p.PartyLists[id]
		switch l.kind {
		case goodsList:
			all.Go(func() { p.readGoods(p.openList(l), l, goods) })
		case partyList:
			if l.proven {
				parties.rows = laterParties(p.Pack, l.packFile)
				continue
			}
			rows := sync.OnceValue(func() []PartyRow { return p.readParties(p.openList(l)) })
			parties.rows = rows
			all.Go(func() { rows() })
		}
	}
}

// laterParties reads a proven list when it is first asked. It holds on to nothing else
// that was read.
func laterParties(pack *Pack, f packFile) func() []PartyRow {
	return sync.OnceValue(func() []PartyRow {
		p := &packReader{Pack: pack, r: &reader{}}
		t := openTable(p.file(f.path), f.text(), p.Zone, listColumns(partyList))
		rows := p.readParties(t)
		t.problems.mustBeNone()
		return rows
	})
}

// readItemLists reads the rows of those lists that have conditions.
func (p *packReader) readItemLists() {
	for _, id := range slices.Sorted(maps.Keys(p.lists)) {
		if l := p.lists[id]; l.kind == itemList {
			p.readItems(p.openList(l), l, p.ItemLists[id])
		}
	}
}

func (p *packReader) openList(l *listFile) *csvTable {
	l.table = openTable(p.file(l.path), l.text(), p.Zone, listColumns(l.kind))
	return l.table
}

// takeLists hands on what was found in reading the lists.
func (p *packReader) takeLists() {
	p.problems = append(p.problems, p.items...)
	for id, l := range p.lists {
		if l.table != nil {
			p.problems = append(p.problems, l.table.problems...)
		}
		if l.places != nil {
			p.r.set.lint.rows[id] = l.places
		}
	}
}

// citation reads the columns by and ended-by of a row.
func (p *packReader) citation(t *csvTable, by, endedBy int) (*measure.Instrument, *measure.Instrument) {
	var first, last *measure.Instrument
	if !t.missing(by, "by") {
		first = p.cited(t, by)
	}
	if t.at(endedBy) != "" {
		last = p.cited(t, endedBy)
		if t.at(t.until) == "" {
			t.fault(endedBy, fmt.Sprintf("the row is ended by %q and has no end", t.at(endedBy)), "fill in until")
		}
	}
	return first, last
}

func (p *packReader) cited(t *csvTable, column int) *measure.Instrument {
	id := t.at(column)
	if in := p.Instruments[id]; in != nil {
		return in
	}
	if r := t.unknown[id]; r != nil {
		r.rows++
		return nil
	}
	if message, hint := p.unknownInstrument(id); message != "" {
		if t.unknown == nil {
			t.unknown = map[string]*repeat{}
		}
		t.unknown[strings.Clone(id)] = &repeat{len(t.problems), 1}
		t.fault(column, message, hint)
	}
	return nil
}

func (p *packReader) readGoods(t *csvTable, f *listFile, l *GoodsList) {
	code, by, endedBy, except, note := t.column("code"), t.column("by"), t.column("ended-by"), t.column("except"), t.column("note")
	l.Rows = slices.Grow(l.Rows, t.mostRows())
	for t.next() {
		c, ok := t.code(code)
		if !ok {
			continue
		}
		row := GoodsRow{Code: c, Period: t.period(), Except: t.codes(except), Note: t.at(note), Position: t.position()}
		row.By, row.EndedBy = p.citation(t, by, endedBy)
		for _, e := range row.Except {
			if e == c || !e.HasPrefix(c) {
				t.fault(except, fmt.Sprintf("%s is excepted and does not lie within %s", e, c), "")
			}
		}
		place := rowPlace{line: int32(t.line), code: 1, except: 1}
		if code > 0 {
			_, at := t.place(code)
			place.code = int32(at)
		}
		if len(row.Except) > 0 {
			_, at := t.place(except)
			place.except = int32(at)
		}
		f.places = append(f.places, place)
		l.Rows = append(l.Rows, row)
	}
}

func (p *packReader) readItems(t *csvTable, f *listFile, l *ItemList) {
	item, designation, except, when, codes := t.column("item"), t.column("designation"), t.column("except"), t.column("when"), t.column("codes")
	by, endedBy, confidence, note := t.column("by"), t.column("ended-by"), t.column("confidence"), t.column("note")
	for t.next() {
		if t.missing(item, "item") {
			continue
		}
		row := ItemRow{Item: t.at(item), Designation: t.at(designation), WhenSource: t.at(when), Codes: t.codes(codes), Period: t.period(), Note: t.at(note), Position: t.position()}
		row.By, row.EndedBy = p.citation(t, by, endedBy)
		switch {
		case l.Classified:
			row.Class, row.Except = t.class(item, except)
		case t.at(except) != "":
			t.fault(except, "the list goes by no classification, so that nothing can be excepted", "name the list under classification in pack.yaml")
		}
		if row.WhenSource != "" {
			row.When = p.compile(row.WhenSource, func(offset int) mark { return t.inside(when, offset) })
		}
		if c := t.at(confidence); c != "" {
			choice := []string{string(measure.Verified), string(measure.Secondary), string(measure.Memory)}
			if !slices.Contains(choice, c) {
				hint := didYouMean(c, choice)
				if hint == "" {
					hint = "choose one of " + strings.Join(choice, ", ")
				}
				t.fault(confidence, fmt.Sprintf("the confidence cannot be %q", c), hint)
			} else {
				row.Confidence = measure.Confidence(c)
			}
		} else if row.By != nil {
			row.Confidence = row.By.Confidence
		}
		place := rowPlace{line: int32(t.line), code: 1}
		if len(row.Codes) > 0 {
			_, at := t.place(codes)
			place.code = int32(at)
		}
		f.places = append(f.places, place)
		l.Rows = append(l.Rows, row)
	}
}

func (p *packReader) readParties(t *csvTable) []PartyRow {
	name, country, identifier, aliases := t.column("name"), t.column("country"), t.column("identifier"), t.column("aliases")
	announced, since := t.column("announced"), t.column("since")
	by, endedBy, note := t.column("by"), t.column("ended-by"), t.column("note")
	rows := make([]PartyRow, 0, t.mostRows())
	for t.next() {
		if t.missing(name, "name") {
			continue
		}
		if FoldName(t.at(name)) == "" {
			t.fault(name, fmt.Sprintf("the name %q is marks alone, by which nobody is found", t.at(name)), "")
			continue
		}
		row := PartyRow{Name: t.at(name), Period: t.period(), Note: t.at(note), Position: t.position()}
		row.By, row.EndedBy = p.citation(t, by, endedBy)
		if s := t.at(country); s != "" {
			c, problem, hint := parseCountry(s)
			if problem != "" {
				t.fault(country, problem, hint)
			}
			row.Country = c
		}
		row.Earliest = row.Period.From
		row.Identifiers, row.Aliases = words(t.at(identifier)), words(t.at(aliases))
		if row.By != nil {
			row.Announced = row.By.Date
		}
		if s := t.at(announced); s != "" {
			d, err := quantity.ParseDate(s)
			if err != nil {
				t.fault(announced, err.Error(), "")
			}
			row.Announced = d
		}
		switch s := t.at(since); {
		case s == "unknown" && row.Period.From == quantity.MinInstant:
			t.fault(since, "since when the party is listed is not known, and the row has no day since when it is at the latest", "fill in from")
		case s == "unknown":
			if row.By != nil {
				row.Earliest = min(row.Earliest, row.By.Date.Start(p.Zone))
			}
		case s != "":
			t.fault(since, fmt.Sprintf("since cannot be %q", s), "write unknown where the party may have been listed before from, else nothing")
		}
		rows = append(rows, row)
	}
	return rows
}

// FoldName brings the name of a party, or an identifier, into the form in which
// names are compared: lower case, white space and marks folded.
func FoldName(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), isMark), " ")
}

func isMark(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\u00a0', ',', '.', '\'', '"', '(', ')', '‘', '’', '“', '”', '`', '´':
		return true
	}
	return false
}

// words returns what stands between semicolons.
func words(s string) []string {
	if s == "" {
		return nil
	}
	var out []string
	for word := range strings.SplitSeq(s, ";") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// inside returns the place of a character of a field, counted from 0.
func (t *csvTable) inside(column, offset int) mark {
	line, at := t.place(column)
	m := mark{t.file, line, at}
	if t.lines == nil || line > len(t.lines) {
		return m
	}
	rest := t.text[t.lines[line-1]:]
	for ; at > 1 && len(rest) > 0; at-- {
		_, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
	}
	if len(rest) == 0 || rest[0] != '"' {
		m.column += offset
		return m
	}
	rest = rest[1:]
	m.column++
	for ; offset > 0 && len(rest) > 0; offset-- {
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case r == '"': // two of them stand for one
			rest = rest[min(2, len(rest)):]
			m.column += 2
		case r == '\n':
			rest = rest[n:]
			m.line, m.column = m.line+1, 1
		default:
			rest = rest[n:]
			m.column++
		}
	}
	return m
}
