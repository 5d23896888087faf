package exchange

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/navicert/navicert/internal/quantity"
)

// Field is a part of a case that a column can hold. A column of a fact has the
// field "facts." and the name of the fact.
type Field string

// The fields, beside those of facts.
const (
	Goods       Field = "goods"
	From        Field = "from"
	To          Field = "to"
	Origin      Field = "origin"
	On          Field = "on"
	Entered     Field = "entered"
	Exported    Field = "exported"
	Known       Field = "known"
	Value       Field = "value"
	Currency    Field = "currency"
	Quantity    Field = "quantity"
	Unit        Field = "unit"
	Quantity2   Field = "quantity-2"
	Unit2       Field = "unit-2"
	Weight      Field = "weight" // net, in kilograms unless the header says otherwise
	Closed      Field = "closed"
	Only        Field = "only"
	Entry       Field = "entry" // number of the entry that the line is part of
	Reference   Field = "reference"
	Description Field = "description"
)

// factField begins the fields of facts.
const factField = "facts."

// Fields are the fields with the names by which columns are recognised, as people
// write them; case, blanks and punctuation do not matter. docs/files.md shows
// this table.
var Fields = []struct {
	Field    Field
	Synonyms []string
}{
	{Goods, []string{"goods", "hts", "hts code", "hts number", "hts no", "htsus no", "hs no", "htsus", "htsus number", "hts10", "hts8", "hs code", "hs", "hs number", "tariff code", "tariff number",
		"tariff no", "tariff classification", "commodity code", "commodity", "schedule b", "classification", "goods code", "code",
		"hts classification", "us hts", "us hts code", "harmonized code", "harmonised code", "harmonized tariff number", "tariff item"}},
	{From, []string{"from", "export country", "country of export", "exporting country", "export ctry", "country of departure", "departure country", "country of dispatch", "ship from", "ship from country", "country of exportation", "export country code", "from country"}},
	{To, []string{"to", "import country", "country of import", "importing country", "destination", "destination country", "country of destination", "ship to", "ship to country", "into", "to country"}},
	{Origin, []string{"origin", "country of origin", "origin country", "coo", "origin ctry", "country origin", "made in", "ctry of origin", "cntry of origin", "country of origin code", "origin country code", "country of manufacture", "c/o", "c.o."}},
	{On, []string{"on", "date", "law date"}},
	{Entered, []string{"entered", "entry date", "date of entry", "import date", "date of import", "arrival date", "entry dt", "date entered", "date of arrival"}},
	{Exported, []string{"exported", "export date", "date of export", "exportation date"}},
	{Known, []string{"known", "as known on", "knowledge date"}},
	{Value, []string{"value", "entered value", "customs value", "value for duty", "line value", "total value", "invoice value", "amount", "price", "item price", "fob value", "declared value", "total entered value", "line entered value", "extended value", "line amount", "order value"}},
	{Currency, []string{"currency", "ccy", "cur", "currency code", "value currency", "invoice currency"}},
	{Quantity, []string{"quantity", "qty", "quantity 1", "qty 1", "reporting quantity", "units shipped", "entered quantity", "order quantity", "qty ordered"}},
	{Unit, []string{"unit", "uom", "unit of measure", "unit 1", "uom 1", "quantity unit", "qty unit"}},
	{Quantity2, []string{"quantity 2", "qty 2", "second quantity"}},
	{Unit2, []string{"unit 2", "uom 2"}},
	{Weight, []string{"weight", "net weight", "net mass", "net wt", "weight kg", "net kg", "net weight kgs"}},
	{Closed, []string{"closed"}},
	{Only, []string{"only", "leg"}},
	{Entry, []string{"entry", "entry number", "entry no", "entry num", "entry summary number", "entry summary", "declaration id", "declaration number"}},
	{Reference, []string{"reference", "ref", "line reference", "po number", "po", "purchase order", "line id", "id", "sku", "part number", "part no"}},
	{Description, []string{"description", "goods description", "article", "product", "item description", "product description", "designation", "description of goods", "commodity description", "description of merchandise", "product name"}},
}

// FactNames are further names of columns that hold a fact, beside its own.
var FactNames = []struct {
	Fact     string
	Synonyms []string
}{
	{"exporter.name", []string{"exporter", "exporter name", "shipper", "shipper name", "consignor", "consignor name"}},
	{"importer.name", []string{"importer", "importer of record", "consignee", "consignee name", "ultimate consignee", "buyer", "buyer name"}},
	{"end_user.name", []string{"end user", "final user", "ultimate end user"}},
	{endUse, []string{"end use", "military end use", "military use"}},
	{"preference", []string{"spi", "spi code", "special program indicator", "special programme indicator", "preference claimed", "preference program", "preference programme"}},
}

// endUse is the fact of a column that people fill in with words: "military" and "civil"
// are its answers, and others leave the question open.
const endUse = "end_use.military"

// answerOfEndUse is what words on the end use of goods answer; "" for nothing.
func answerOfEndUse(words string) string {
	switch strings.ToLower(words) {
	case "military", "yes", "y", "true":
		return "true"
	case "civil", "civilian", "commercial", "non-military", "no", "n", "false":
		return "false"
	}
	return ""
}

// Column is one column of a file and what it is taken for.
type Column struct {
	Name     string
	Field    Field  // "" where it is not used
	Unit     string // of quantity, that the header names
	Currency string // that the header names
	How      string // by which it was recognised
	words    bool   // it may hold words beside the answers to its fact
}

// Mapping tells what the columns of a table hold.
type Mapping struct {
	Columns []Column
	// Constants are fields that every row has which no column gives it.
	Constants map[Field]string
	// Dates is how days are written; "" for ISO 8601 alone. See [ParseDateFormat].
	Dates DateFormat
	// Serials tells how days are kept as numbers.
	Serials Serials
	// Commas tells what a comma in a number is.
	Commas Commas
}

// Recognise tells what the columns hold: what explicit says of a column, by its
// name, then the names of facts, then the synonyms of fields. The problems name
// fields that two columns would fill, and columns that explicit names and the file
// does not have.
func Recognise(columns []string, facts []string, explicit map[string]Field) (*Mapping, []error) {
	m := &Mapping{}
	var problems []error
	byFold := map[string]Field{}
	for _, f := range Fields {
		for _, s := range f.Synonyms {
			byFold[synonymKey(s)] = f.Field
		}
	}
	for _, f := range FactNames {
		if slices.Contains(facts, f.Fact) {
			for _, s := range f.Synonyms {
				byFold[fold(s)] = Field(factField + f.Fact)
			}
		}
	}
	byFact := map[string]Field{}
	for _, name := range facts {
		byFact[fold(name)] = Field(factField + name)
		byFact[fold(factField+name)] = Field(factField + name)
	}
	said := map[string]Field{}
	for name, f := range explicit {
		said[fold(name)] = f
	}
	taken := map[Field]string{}
	for _, name := range columns {
		c := Column{Name: name}
		if f, ok := said[fold(name)]; ok {
			c.Field, c.How = f, "mapping"
			delete(said, fold(name))
		} else if f, ok := byFact[fold(name)]; ok {
			c.Field, c.How = f, "name of a fact"
		} else if f, ok := byFold[fold(name)]; ok {
			c.Field, c.How = f, "name"
			c.words = f == factField+endUse
		} else if f, ok := byFold[strings.ToLower(name)]; ok {
			c.Field, c.How = f, "name"
		} else {
			c.byUnit(byFold)
		}
		if c.Field == "-" {
			c.Field = ""
		}
		if c.Field != "" {
			if first, ok := taken[c.Field]; ok {
				if c.How == "mapping" {
					problems = append(problems, fmt.Errorf("the columns %q and %q are both mapped to %s", first, name, c.Field))
				}
				c.Field, c.How = "", fmt.Sprintf("not used: %q is the %s already", first, c.Field)
			} else {
				taken[c.Field] = name
			}
		}
		m.Columns = append(m.Columns, c)
	}
	for _, name := range slices.Sorted(maps.Keys(explicit)) {
		if _, left := said[fold(name)]; left {
			problems = append(problems, fmt.Errorf("the mapping names a column %q, and the file has none of that name", name))
		}
	}
	return m, problems
}

// Commas is what commas in the numbers of a file are.
type Commas uint8

// What commas are: they part thousands, 1,250.75; they part decimals, 1.250,75; or
// it cannot be told, and a number with one is a fault.
const (
	ThousandsCommas Commas = iota
	DecimalCommas
	DoubtfulCommas
)

// Unused returns the columns that nothing was recognised in, with what keeps one from
// being used; a column that is said not to be used is none of them.
func (m *Mapping) Unused() (out []string) {
	for i := range m.Columns {
		switch c := &m.Columns[i]; {
		case m.WithoutUnit(c):
			out = append(out, fmt.Sprintf("%s (where its cells name no unit, since no column does: --set %s=kg)", c.Name, map[Field]Field{Quantity: Unit, Quantity2: Unit2}[c.Field]))
		case c.Field != "" || c.How == "mapping" || c.Name == "":
		case c.How != "":
			out = append(out, fmt.Sprintf("%s (%s)", c.Name, strings.TrimPrefix(c.How, "not used: ")))
		default:
			out = append(out, c.Name)
		}
	}
	return out
}

// byUnit recognises a header that ends with a currency or a unit: "Value (USD)",
// "Net weight, kg".
func (c *Column) byUnit(byFold map[string]Field) {
	words := strings.FieldsFunc(c.Name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' })
	if len(words) < 2 {
		return
	}
	last := words[len(words)-1]
	f, ok := byFold[fold(strings.Join(words[:len(words)-1], ""))]
	if !ok {
		return
	}
	switch {
	case f == Value && len(last) == 3 && strings.ToUpper(last) == last:
		c.Field, c.Currency, c.How = f, last, "name"
	case f == Value && len(last) == 3 && slices.Contains([]string{"usd", "eur", "cny", "gbp", "jpy"}, strings.ToLower(last)):
		c.Field, c.Currency, c.How = f, strings.ToUpper(last), "name"
	case f == Quantity || f == Quantity2 || f == Weight:
		if u, err := quantity.ParseUnit(last); err == nil {
			c.Field, c.Unit, c.How = f, string(u), "name"
		}
	}
}

// synonymKey is how a synonym is looked up: folded, but for the short ones that are told
// from words by their punctuation: "C/O" is no company.
func synonymKey(s string) string {
	if folded := fold(s); len(folded) > 2 || folded == s {
		return folded
	}
	return s
}

// fold leaves of a name its letters and digits, in lower case.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// ParseField reads the name of a field: one of [Fields], or "facts." and the
// name of a fact; "-" for a column that is not to be used.
func ParseField(s string, facts []string) (Field, error) {
	if s == "-" {
		return "-", nil
	}
	for _, f := range Fields {
		if s == string(f.Field) {
			return f.Field, nil
		}
	}
	name := strings.TrimPrefix(s, factField)
	if slices.Contains(facts, name) {
		return Field(factField + name), nil
	}
	names := make([]string, len(Fields))
	for i, f := range Fields {
		names[i] = string(f.Field)
	}
	return "", fmt.Errorf("%q is no field: one of %s, or facts.NAME (`navicert facts` lists them)", s, strings.Join(names, ", "))
}

// fact returns the name of the fact that a field is of.
func (f Field) fact() (string, bool) { return strings.CutPrefix(string(f), factField) }
