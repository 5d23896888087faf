package determination

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/quantity"
)

// Case is what is asked: the movement, the goods, the dates and the facts, as
// a person writes them. Codes, dates, amounts and values are text and are
// checked against the schedule when the case is determined.
type Case struct {
	// Reference and Description are the asker's own words; they decide nothing.
	Reference   string
	Description string

	Goods  string // goods code, with or without dots
	From   string // country the goods leave
	To     string // country they enter
	Origin string // country of origin; empty: From is presumed

	// On is the day, or the instant with its offset, for which the law is
	// asked. Entered and Exported replace it for the law that names entry
	// (import) or export.
	On       string
	Entered  string
	Exported string
	// Known is the day up to which announcements count; empty: all that the
	// packs hold.
	Known string

	Value    string            // "10000 USD"
	Quantity []string          // "120 kg", "500 No."
	Facts    map[string]string // by the names of facts.yaml
	// Closed declares every attribute that is not given absent.
	Closed bool
	Only   string // "import" or "export" where one leg alone is asked; empty: all

	file string
	at   map[string]position

	// total is the value of the whole consignment of which this is a line, and
	// which conditions read; nil: the case is the whole.
	total        *quantity.Decimal
	totalUnknown bool

	ahead ahead
}

type position struct{ line, column int }

// A Problem is one fault of a case. Field is the path of the field at fault
// ("facts.goods.Dy"); File, Line and Column are set where the case was read from
// a file.
type Problem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Field   string `json:"field"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Error gives the problem in one line, and its hint in those that follow.
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	}
	if p.Field != "" {
		fmt.Fprintf(&b, "%s: ", p.Field)
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		if strings.Contains(p.Hint, "\n") {
			b.WriteString("\n" + p.Hint)
		} else {
			fmt.Fprintf(&b, " (%s)", p.Hint)
		}
	}
	return b.String()
}

// Problems is every fault of a case.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// problem makes a fault of a field, with the field's place in the file.
func (c *Case) problem(field, message, hint string) Problem {
	p := Problem{Field: field, Message: message, Hint: hint}
	if c.file != "" {
		at, ok := c.at[field]
		if !ok {
			at = c.at[""]
		}
		p.File, p.Line, p.Column = c.file, at.line, at.column
	}
	return p
}

// ParseCase reads a case written in YAML or JSON. The name is that of the file,
// for the problems. Unknown fields are faults. The error is Problems.
func ParseCase(data []byte, name string) (Case, error) {
	node, problems := parseNode(data, name)
	if len(problems) > 0 {
		return Case{}, problems
	}
	return CaseOf(node, name)
}

// parseNode reads the one document of a case file.
func parseNode(data []byte, name string) (*yaml.Node, Problems) {
	if json.Valid(data) {
		node, err := nodeOfJSON(data)
		if err != nil {
			return nil, Problems{{File: name, Line: 1, Column: 1, Message: "not readable as JSON: " + err.Error()}}
		}
		return node, nil
	}
	var doc, more yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(data))
	if err := documents.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		line := 1
		if m := lineOf.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		return nil, Problems{{File: name, Line: line, Column: 1, Message: "not readable as YAML or JSON: " + err.Error()}}
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil, Problems{{File: name, Line: 1, Column: 1, Message: "the case is empty", Hint: `write at least goods, from, to and on`}}
	}
	if err := documents.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, Problems{{File: name, Line: max(more.Line, 1), Column: 1, Message: "a file holds one case, and more follows the first", Hint: "write each case in a file of its own, or the goods of one entry under lines"}}
	}
	return doc.Content[0], nil
}

// lineOf finds the line in the words of the YAML reader.
var lineOf = regexp.MustCompile(`line (\d+)`)

// CaseOf reads a case from a YAML node. The error is Problems.
func CaseOf(node *yaml.Node, name string) (Case, error) {
	c := Case{file: name, at: map[string]position{}}
	d := caseDecoder{c: &c, keys: caseKeys}
	d.mapping(node, "", func(key string, v *yaml.Node) bool {
		if key == "lines" {
			d.fault(v, key, "several lines are asked together, and one case is wanted here", "ask for one of them")
			return true
		}
		return d.member(key, v)
	})
	if len(d.problems) > 0 {
		return Case{}, d.problems
	}
	return c, nil
}

// member reads a member of a case, false where there is none of that name.
func (d *caseDecoder) member(key string, v *yaml.Node) bool {
	c := d.c
	switch key {
	case "reference":
		c.Reference = d.scalar(v, key)
	case "description", "designation":
		c.Description = d.scalar(v, key)
	case "goods":
		c.Goods = d.scalar(v, key)
	case "from":
		c.From = d.scalar(v, key)
	case "to":
		c.To = d.scalar(v, key)
	case "origin":
		c.Origin = d.scalar(v, key)
	case "on":
		c.On = d.scalar(v, key)
	case "entered":
		c.Entered = d.scalar(v, key)
	case "exported":
		c.Exported = d.scalar(v, key)
	case "known":
		c.Known = d.scalar(v, key)
	case "value":
		c.Value = d.scalar(v, key)
	case "quantity":
		if v.Kind == yaml.SequenceNode {
			for i, e := range v.Content {
				c.Quantity = append(c.Quantity, d.scalar(e, fmt.Sprintf("quantity.%d", i+1)))
			}
		} else {
			c.Quantity = []string{d.scalar(v, key)}
		}
	case "closed":
		c.Closed = d.boolean(v, key)
	case "only":
		c.Only = d.scalar(v, key)
	case "facts":
		c.Facts = map[string]string{}
		d.mapping(v, "facts", func(fact string, v *yaml.Node) bool {
			c.Facts[fact] = d.scalar(v, "facts."+fact)
			return true
		})
	default:
		return false
	}
	return true
}

var caseKeys = []string{"reference", "description", "goods", "from", "to", "origin", "on", "entered", "exported", "known",
	"value", "quantity", "facts", "closed", "only"}

type caseDecoder struct {
	c        *Case
	keys     []string // that the mapping may have
	prefix   string   // of the fields in problems
	problems Problems
}

func (d *caseDecoder) fault(n *yaml.Node, field, message, hint string) {
	d.problems = append(d.problems, Problem{File: d.c.file, Line: n.Line, Column: n.Column, Field: d.prefix + field, Message: message, Hint: hint})
}

func (d *caseDecoder) mapping(n *yaml.Node, field string, set func(string, *yaml.Node) bool) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		d.fault(n, field, "a mapping of names to values is wanted here", "")
		return
	}
	d.c.at[field] = position{n.Line, n.Column}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		path := k.Value
		if field != "" {
			path = field + "." + k.Value
		}
		if seen[k.Value] {
			d.fault(k, path, "given twice", "keep one of them")
			continue
		}
		seen[k.Value] = true
		d.c.at[path] = position{v.Line, v.Column}
		if !set(k.Value, v) {
			d.fault(k, path, "no such field", "the fields here are "+strings.Join(d.keys, ", "))
		}
	}
}

func (d *caseDecoder) scalar(n *yaml.Node, field string) string {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		d.fault(n, field, "a single value is wanted here", "")
		return ""
	}
	if n.Tag == "!!null" {
		return ""
	}
	d.c.at[field] = position{n.Line, n.Column}
	return n.Value
}

func (d *caseDecoder) boolean(n *yaml.Node, field string) bool {
	switch s := d.scalar(n, field); s {
	case "true":
		return true
	case "false", "":
		return false
	default:
		d.fault(n, field, fmt.Sprintf("%q is neither true nor false", s), "")
		return false
	}
}

// factNames appends the names of the facts given to buf, in order.
func (c *Case) factNames(buf []string) []string {
	for name := range c.Facts {
		buf = append(buf, name)
	}
	slices.Sort(buf)
	return buf
}
