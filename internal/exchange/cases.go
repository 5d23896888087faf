package exchange

import (
	"slices"
	"strings"
	"unicode"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// Case fills c with what the row says. What cannot be read is added to the faults
// of the row; the entry number is returned. The map of the facts in c is used
// again.
func (m *Mapping) Case(row *Row, c *determination.Case) (entry string) {
	facts := c.Facts
	clear(facts)
	*c = determination.Case{Quantity: c.Quantity[:0]}
	var value, currency, unit, unit2, amount, amount2, weight string
	weightUnit := string(quantity.Kilogram)
	fault := func(column string, field Field, message, hint string) {
		row.Faults = append(row.Faults, Fault{Column: column, Field: string(field), Kind: string(field), Message: message, Hint: hint})
	}
	set := func(column *Column, field Field, text string) {
		name := ""
		if column != nil {
			name = column.Name
		}
		switch field {
		case Goods:
			c.Goods = code(text)
		case From:
			c.From = text
		case To:
			c.To = text
		case Origin:
			c.Origin = text
		case On, Entered, Exported, Known:
			day, err := m.Dates.read(text, m.Serials)
			if err != nil {
				fault(name, field, err.Error(), "")
				return
			}
			switch field {
			case On:
				c.On = day
			case Entered:
				c.Entered = day
			case Exported:
				c.Exported = day
			default:
				c.Known = day
			}
		case Value:
			value = text
			if column != nil && currency == "" {
				currency = column.Currency
			}
		case Currency:
			currency = strings.ToUpper(text)
		case Quantity:
			amount = text
			if column != nil && unit == "" {
				unit = column.Unit
			}
		case Unit:
			unit = text
		case Quantity2:
			amount2 = text
			if column != nil && unit2 == "" {
				unit2 = column.Unit
			}
		case Unit2:
			unit2 = text
		case Weight:
			weight = text
			if column != nil && column.Unit != "" {
				weightUnit = column.Unit
			}
		case Closed:
			switch strings.ToLower(text) {
			case "true", "yes", "y", "1", "x":
				c.Closed = true
			case "false", "no", "n", "0":
				c.Closed = false
			default:
				fault(name, field, "\""+text+"\" is neither yes nor no", "true or false")
			}
		case Only:
			c.Only = text
		case Entry:
			entry = text
		case Reference:
			c.Reference = text
		case Description:
			c.Description = text
		default:
			if fact, ok := field.fact(); ok {
				if facts == nil {
					facts = map[string]string{}
				}
				facts[fact] = text
			}
		}
	}
	for field, text := range m.Constants {
		set(nil, field, text)
	}
	for i := range m.Columns {
		if column := &m.Columns[i]; column.Field != "" && i < len(row.Cells) && row.Cells[i] != "" {
			set(column, column.Field, row.Cells[i])
		}
	}
	if value != "" {
		c.Value = money(value, currency)
	}
	for _, q := range [...][2]string{{amount, unit}, {amount2, unit2}, {weight, weightUnit}} {
		if q[0] != "" {
			c.Quantity = append(c.Quantity, joined(q[0], q[1]))
		}
	}
	c.Facts = facts
	return entry
}

func hasLetters(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

// code is a goods code as a file has it. A program that took it for a number may
// have written it with a point and a zero.
func code(text string) string {
	if whole, ok := strings.CutSuffix(text, ".0"); ok && len(whole) > 4 && !strings.Contains(whole, ".") {
		return whole
	}
	return text
}

// money puts an amount and its currency together.
func money(value, currency string) string {
	if currency == "" {
		return value
	}
	value = strings.TrimLeft(value, "$€£¥ ")
	words := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) })
	if slices.ContainsFunc(words, func(w string) bool { return len(w) == 3 }) { // it names its own
		return value
	}
	return value + " " + currency
}

func joined(amount, unit string) string {
	if unit == "" || hasLetters(amount) {
		return amount
	}
	return amount + " " + unit
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

// gives reports whether a column or a constant gives the field.
func (m *Mapping) gives(f Field) bool {
	_, ok := m.Constants[f]
	return ok || slices.ContainsFunc(m.Columns, func(c Column) bool { return c.Field == f })
}
