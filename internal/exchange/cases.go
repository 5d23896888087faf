package exchange

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// caseReader makes cases of rows for one goroutine. What the constants of a mapping say
// is read once.
type caseReader struct {
	m      *Mapping
	every  draft           // what the constants say
	faults []Fault         // of the constants
	joined strings.Builder // amounts with their units
	// unitless tells of the quantities that nothing gives a unit but perhaps their cells.
	unitless [2]bool
}

// draft is a case being made.
type draft struct {
	c     *determination.Case
	value amountText
	// measured are the quantity, a second one and the weight.
	measured [3]amountText
}

// amountText is an amount and its currency or unit, as they are written.
type amountText struct{ amount, unit string }

func (m *Mapping) caseReader() *caseReader {
	r := &caseReader{m: m, every: draft{c: new(determination.Case)}}
	for i := range m.Columns {
		if c := &m.Columns[i]; m.WithoutUnit(c) {
			r.unitless[map[Field]int{Quantity: 0, Quantity2: 1}[c.Field]] = true
		}
	}
	r.every.measured[2].unit = string(quantity.Kilogram)
	for field, text := range m.Constants {
		r.set(&r.every, &Column{Field: field}, text, &r.faults)
	}
	return r
}

// ConstantFaults returns what is wrong with the constants of the mapping whatever the
// rows say: it would be wrong with every row.
func (m *Mapping) ConstantFaults(e Answerer) []Fault {
	var row Row
	var c determination.Case
	m.caseReader().read(&row, &c)
	out := row.Faults
	// Values and quantities may take their unit from a column, a preference its origin.
	movement := determination.Case{From: c.From, To: c.To, Origin: c.Origin, On: c.On, Entered: c.Entered, Known: c.Known, Only: c.Only}
	for i, part := range []determination.Case{movement, {Facts: c.Facts}} {
		var d determination.Determination
		err := e.Append(&d, &part)
		if err == nil {
			continue
		}
		for _, f := range m.faults(err) {
			_, given := m.Constants[Field(f.Field)]
			given = given && !slices.ContainsFunc(out, func(known Fault) bool { return known.Field == f.Field })
			_, fact := Field(f.Field).fact()
			if f.Column = ""; given && (i == 0 && slices.Contains(movementFields, Field(f.Field)) || i == 1 && fact) {
				out = append(out, f)
			}
		}
	}
	return out
}

// movementFields are the fields of a movement that are right or wrong by themselves.
var movementFields = []Field{From, To, Origin, On, Entered, Known, Only}

// read fills c with what the row says. What cannot be read is added to the faults
// of the row. The map of the facts in c is used again.
func (r *caseReader) read(row *Row, c *determination.Case) {
	quantities, facts := c.Quantity[:0], c.Facts
	clear(facts)
	*c = *r.every.c
	c.Quantity, c.Facts = quantities, facts
	d := r.every
	d.c = c
	for name, text := range r.every.c.Facts {
		d.fact(name, text)
	}
	if row.blank() {
		row.Faults = append(row.Faults, Fault{Kind: "row", Message: "the row is blank"})
		return
	}
	row.Faults = append(row.Faults, r.faults...)
	for i := range r.m.Columns {
		if column := &r.m.Columns[i]; column.Field != "" && i < len(row.Cells) && row.Cells[i] != "" {
			r.set(&d, column, row.Cells[i], &row.Faults)
		}
	}
	r.amounts(&d)
}

// blank reports whether nothing is in the cells of a row.
func (r *Row) blank() bool {
	return len(r.Cells) > 0 && !slices.ContainsFunc(r.Cells, func(cell string) bool { return cell != "" })
}

// set gives the field of a column what a cell says; a constant has a column without a
// name.
func (r *caseReader) set(d *draft, column *Column, text string, faults *[]Fault) {
	fault := func(message, hint string) {
		*faults = append(*faults, Fault{Column: column.Name, Field: string(column.Field), Kind: string(column.Field), Message: message, Hint: hint})
	}
	day := func(to *string) {
		iso, err := r.m.Dates.read(text, r.m.Serials)
		if err != nil {
			fault(err.Error(), "")
			return
		}
		*to = iso
	}
	switch {
	case r.m.Commas == ThousandsCommas || column.Name == "" || !column.Field.measured(text):
	case r.m.Commas == DecimalCommas:
		plain, ok := withPoint(text)
		if !ok {
			fault(fmt.Sprintf("%q is no number whose decimals are parted by a comma", text), "write it like 1.250,75 or 1250,75")
			return
		}
		text = plain
	case strings.Contains(text, ","):
		fault(fmt.Sprintf("%q has a comma, and in a file parted by semicolons it may part decimals or thousands", text), "say --decimal-comma where it parts decimals, or write 1250.75")
		return
	}
	switch column.Field {
	case Goods:
		d.c.Goods = code(text)
	case From:
		d.c.From = text
	case To:
		d.c.To = text
	case Origin:
		d.c.Origin = text
	case On:
		day(&d.c.On)
	case Entered:
		day(&d.c.Entered)
	case Exported:
		day(&d.c.Exported)
	case Known:
		day(&d.c.Known)
	case Value:
		d.value.amount = text
		d.value.unit = cmp.Or(d.value.unit, column.Currency)
	case Currency:
		d.value.unit = strings.ToUpper(text)
	case Quantity:
		d.measured[0].amount = text
		d.measured[0].unit = cmp.Or(d.measured[0].unit, column.Unit)
	case Unit:
		d.measured[0].unit = text
	case Quantity2:
		d.measured[1].amount = text
		d.measured[1].unit = cmp.Or(d.measured[1].unit, column.Unit)
	case Unit2:
		d.measured[1].unit = text
	case Weight:
		d.measured[2].amount = text
		d.measured[2].unit = cmp.Or(column.Unit, d.measured[2].unit)
	case Closed:
		switch strings.ToLower(text) {
		case "true", "yes", "y", "1", "x":
			d.c.Closed = true
		case "false", "no", "n", "0":
			d.c.Closed = false
		default:
			fault("\""+text+"\" is neither yes nor no", "true or false")
		}
	case Only:
		d.c.Only = text
	case Reference:
		d.c.Reference = text
	case Description:
		d.c.Description = text
	default:
		fact, ok := column.Field.fact()
		if column.words {
			text = answerOfEndUse(text)
		}
		if ok && text != "" {
			d.fact(fact, text)
		}
	}
}

func (d *draft) fact(name, text string) {
	if d.c.Facts == nil {
		d.c.Facts = map[string]string{}
	}
	d.c.Facts[name] = text
}

// amounts puts the amounts and their units together.
func (r *caseReader) amounts(d *draft) {
	if v := &d.value; v.unit != "" && v.amount != "" && (v.amount[0] < '0' || v.amount[0] > '9') {
		if bare := strings.TrimLeft(v.amount, "$€£¥ "); bare != "" {
			v.amount = bare
		}
	}
	d.c.Value = r.join(d.value, namesCurrency)
	for i, m := range &d.measured {
		if m.unit == "" && i < len(r.unitless) && r.unitless[i] && !hasLetters(m.amount) {
			continue // nothing tells what is counted: it is not known how much there is
		}
		if text := r.join(m, hasLetters); text != "" {
			d.c.Quantity = append(d.c.Quantity, text)
		}
	}
}

// join puts an amount and its unit together, unless it names its own. The texts of some
// rows are parts of one.
func (r *caseReader) join(a amountText, named func(string) bool) string {
	if a.amount == "" || a.unit == "" || named(a.amount) {
		return a.amount
	}
	size := len(a.amount) + 1 + len(a.unit)
	if r.joined.Cap()-r.joined.Len() < size {
		r.joined = strings.Builder{}
		r.joined.Grow(max(size, 4<<10))
	}
	start := r.joined.Len()
	r.joined.WriteString(a.amount)
	r.joined.WriteByte(' ')
	r.joined.WriteString(a.unit)
	return r.joined.String()[start:]
}

// hasLetters reports whether there is a letter, of any script, in a text.
func hasLetters(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf {
			return strings.ContainsFunc(s[i:], unicode.IsLetter)
		} else if 'a' <= c|0x20 && c|0x20 <= 'z' {
			return true
		}
	}
	return false
}

// namesCurrency reports whether a text has a word of three letters.
func namesCurrency(text string) bool {
	if !hasLetters(text) {
		return false
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(w string) bool { return len(w) == 3 })
}

// measured reports whether a text of a field is a number, with its unit or not: that of
// an amount, and that of a fact where it is nothing but a number.
func (f Field) measured(text string) bool {
	switch f {
	case Value, Quantity, Quantity2, Weight:
		return true
	}
	_, fact := f.fact()
	return fact && numberlike.FindString(text) == strings.TrimLeft(text, "+-")
}

// A number whose decimals are parted by a comma and whose thousands may be parted by
// points, blanks or apostrophes; and what looks like one.
var (
	decimalComma = regexp.MustCompile(`^(\d+|\d{1,3}([. '’\x{a0}\x{202f}]\d{3})+)(,\d+)?$`)
	numberlike   = regexp.MustCompile(`\d[\d.,'’ \x{a0}\x{202f}]*\d|\d`)
)

// withPoint writes a number whose decimals are parted by a comma with a point, within
// a text with its unit, sign or currency. A text without a number stays as it is.
func withPoint(text string) (plain string, ok bool) {
	at := numberlike.FindStringIndex(text)
	if at == nil {
		return text, true
	}
	number := text[at[0]:at[1]]
	if !decimalComma.MatchString(number) {
		return "", false
	}
	whole, decimals, _ := strings.Cut(number, ",")
	whole = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, whole)
	if decimals != "" {
		whole += "." + decimals
	}
	return text[:at[0]] + whole + text[at[1]:], true
}

// code is a goods code as a file has it. A program that took it for a number may
// have written it with a point and a zero.
func code(text string) string {
	if whole, ok := strings.CutSuffix(text, ".0"); ok && len(whole) > 4 && !strings.Contains(whole, ".") {
		return whole
	}
	return text
}

// Lack is something without which no row can be answered, and that neither a
// column nor a constant gives.
type Lack struct {
	What   string  // "the country that the goods leave"
	Fields []Field // one of which gives it
}

// Lacks returns what the mapping lacks; none: rows can be answered.
func (m *Mapping) Lacks() []Lack {
	var out []Lack
	for _, l := range []Lack{
		{"the country that the goods leave", []Field{From}},
		{"the country that they enter", []Field{To}},
		{"a day", days},
	} {
		if !slices.ContainsFunc(l.Fields, m.gives) {
			out = append(out, l)
		}
	}
	return out
}

// WithoutUnit reports whether a column holds a quantity whose unit neither its header nor
// another column nor a constant tells. It is not known then, but where a cell names one.
func (m *Mapping) WithoutUnit(c *Column) bool {
	unit, ok := map[Field]Field{Quantity: Unit, Quantity2: Unit2}[c.Field]
	return ok && c.Unit == "" && !m.gives(unit)
}

// gives reports whether a column or a constant gives the field.
func (m *Mapping) gives(f Field) bool {
	_, ok := m.Constants[f]
	return ok || slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Field == f })
}
