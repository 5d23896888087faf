package rulepack

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// mark is a place in a file.
type mark struct {
	file         string
	line, column int
}

func (m mark) String() string { return m.file + ":" + strconv.Itoa(m.line) }

// A document is one YAML file while it is decoded. It collects its problems;
// no method stops at the first.
type document struct {
	file     string
	source   string     // as it stands in the file
	doc      *yaml.Node // the whole document, with its comments
	root     *yaml.Node // its content; nil where the file cannot be read as YAML
	zone     *time.Location
	problems Problems
}

// openDocument parses the file into nodes.
func openDocument(file, text string, zone *time.Location) *document {
	d := &document{file: file, source: text, zone: zone}
	if !d.checkText() {
		return d
	}
	var doc yaml.Node
	loader, err := yaml.NewLoader(strings.NewReader(text), yaml.WithV4Defaults(), yaml.WithUniqueKeys(false))
	if err == nil {
		err = loader.Load(&doc)
	}
	switch {
	case errors.Is(err, io.EOF):
		d.fault(1, 1, "the file is empty", "")
		return d
	case err != nil:
		line, column, message := d.yamlError(err)
		d.fault(line, column, "not readable as YAML: "+message, "")
		return d
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		d.fault(1, 1, "the file is empty", "")
		return d
	}
	var second yaml.Node
	if err := loader.Load(&second); err == nil {
		d.fault(max(second.Line, 1), 1, "the file holds a second YAML document", "put it into a file of its own")
	} else if !errors.Is(err, io.EOF) {
		line, column, message := d.yamlError(err)
		d.fault(line, column, "not readable as YAML: "+message, "")
	}
	root := doc.Content[0]
	if d.plain(root) {
		d.doc, d.root = &doc, root
	}
	return d
}

// yamlError takes an error of the YAML package apart.
func (d *document) yamlError(err error) (line, column int, message string) {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return 1, 1, strings.TrimPrefix(err.Error(), "yaml: ")
	}
	line, column, message = max(load.Mark.Line, 1), max(load.Mark.Column, 1), load.Message
	if load.ContextMsg != "" {
		message += " " + load.ContextMsg
		if begins := load.ContextMark.Line; begins > 0 && begins < line {
			message += fmt.Sprintf(" that begins in line %d", begins)
		}
	}
	// The end of a text that stops too early is in its last line.
	if text := strings.TrimRight(d.source, "\n"); line > strings.Count(text, "\n")+1 {
		line = strings.Count(text, "\n") + 1
		column = utf8.RuneCountInString(text[strings.LastIndexByte(text, '\n')+1:]) + 1
	}
	return line, column, message
}

// checkText reports bytes that are no text at all.
func (d *document) checkText() bool {
	line, column, what := notText(d.source)
	if what != "" {
		d.fault(line, column, what, "save the file as UTF-8 without a byte order mark")
	}
	return what == ""
}

// notText finds what makes a file unreadable as UTF-8 text.
func notText(text string) (line, column int, what string) {
	if strings.HasPrefix(text, "\ufeff") {
		return 1, 1, "the file begins with a byte order mark"
	}
	if utf8.ValidString(text) {
		return 0, 0, ""
	}
	line, column = 1, 1
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && n <= 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		text = text[n:]
	}
	return line, column, "the file is not UTF-8 text here"
}

// plain reports whether the nodes use nothing but mappings, sequences and
// scalars, and complains of anchors, aliases and tags.
func (d *document) plain(n *yaml.Node) bool {
	ok := true
	switch {
	case n.Kind == yaml.AliasNode:
		d.faultAt(n, fmt.Sprintf("the alias *%s stands for text written elsewhere", n.Value), "write the text out")
		return false
	case n.Anchor != "":
		d.faultAt(n, fmt.Sprintf("the anchor &%s has no meaning in a pack", n.Anchor), "leave it out")
		ok = false
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.faultAt(n, fmt.Sprintf("the tag %s has no meaning in a pack", n.Tag), "leave it out")
		ok = false
	}
	for _, c := range n.Content {
		ok = d.plain(c) && ok
	}
	return ok
}

func (d *document) fault(line, column int, message, hint string) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Column: column, Message: message, Hint: hint})
}

func (d *document) faultAt(n *yaml.Node, message, hint string) {
	d.fault(n.Line, n.Column, message, hint)
}

func (d *document) mark(n *yaml.Node) mark { return mark{d.file, n.Line, n.Column} }

func (d *document) position(n *yaml.Node) string { return d.mark(n).String() }

// describe says what a node is, in the words of a complaint.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "empty"
	default:
		return strconv.Quote(n.Value)
	}
}

// fields is a mapping whose keys have been checked. Every getter reports a
// value that is not what it should be and then returns the zero value.
type fields struct {
	d      *document
	node   *yaml.Node
	shape  *shape
	values map[string]*yaml.Node
	keys   map[string]*yaml.Node
}

// mapping checks the keys of a node against its shape. It is not ok where the
// node is no mapping.
func (d *document) mapping(n *yaml.Node, s *shape) (fields, bool) {
	if n.Kind != yaml.MappingNode {
		d.faultAt(n, fmt.Sprintf("%s must be a mapping, not %s", s.what, describe(n)), "its keys are "+strings.Join(s.names(), ", "))
		return fields{}, false
	}
	f := fields{d, n, s, make(map[string]*yaml.Node, len(n.Content)/2), make(map[string]*yaml.Node, len(n.Content)/2)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		switch {
		case key.Kind != yaml.ScalarNode:
			d.faultAt(key, fmt.Sprintf("a key of %s must be a word, not %s", s.what, describe(key)), "")
		case f.keys[name] != nil:
			d.faultAt(key, fmt.Sprintf("%s has the key %q twice, first in line %d", s.what, name, f.keys[name].Line), "keep one of them")
		case !s.has(name):
			hint := didYouMean(name, s.names())
			if name == "note" {
				hint = "write it as a comment, # ..."
			}
			if hint == "" {
				hint = "its keys are " + strings.Join(s.names(), ", ")
			}
			d.faultAt(key, fmt.Sprintf("%s has no key %q", s.what, name), hint)
		default:
			f.keys[name], f.values[name] = key, value
		}
	}
	for _, k := range s.keys {
		if k.required && f.values[k.name] == nil {
			d.faultAt(n, fmt.Sprintf("%s needs the key %q", s.what, k.name), "")
		}
	}
	return f, true
}

// entries returns the keys and values of a mapping whose keys are free names.
func (d *document) entries(n *yaml.Node, what string) [][2]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		d.faultAt(n, fmt.Sprintf("%s must be a mapping, not %s", what, describe(n)), "")
		return nil
	}
	var out [][2]*yaml.Node
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, ok := d.text(key, "a name in "+what); !ok {
			continue
		}
		if first := seen[key.Value]; first != nil {
			d.faultAt(key, fmt.Sprintf("%q is twice in %s, first in line %d", key.Value, what, first.Line), "keep one of them")
			continue
		}
		seen[key.Value] = key
		out = append(out, [2]*yaml.Node{key, n.Content[i+1]})
	}
	return out
}

// sequence returns the elements of a list.
func (d *document) sequence(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		hint := ""
		if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
			hint = fmt.Sprintf("write [%s]", n.Value)
		}
		d.faultAt(n, fmt.Sprintf("%s must be a list, not %s", what, describe(n)), hint)
		return nil
	}
	return n.Content
}

// text returns a scalar as it was written. Numbers and days are text too, so
// 9903.01 keeps its zeros; true, false and null must be quoted to be text.
func (d *document) text(n *yaml.Node, what string) (string, bool) {
	switch {
	case isText(n):
		return n.Value, true
	case n.Kind != yaml.ScalarNode:
		d.faultAt(n, fmt.Sprintf("%s must be text, not %s", what, describe(n)), "")
	case n.Tag == "!!null" || n.Value == "":
		d.faultAt(n, what+" is empty", "")
	case n.Tag == "!!bool":
		d.faultAt(n, fmt.Sprintf("%s must be text, not %s", what, n.Value), fmt.Sprintf("quote it if the word is meant: %q", n.Value))
	}
	return "", false
}

// isText reports whether a node is a scalar that text may be.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag != "!!null" && n.Tag != "!!bool" && n.Value != ""
}

func (f fields) has(key string) bool { return f.values[key] != nil }

// isList reports whether the key is there with a list.
func (f fields) isList(key string) bool {
	n := f.values[key]
	return n != nil && n.Kind == yaml.SequenceNode
}

func (f fields) what(key string) string { return fmt.Sprintf("%q of %s", key, f.shape.what) }

// text returns the text under a key, "" where it is not there or no text.
func (f fields) text(key string) string {
	n := f.values[key]
	switch {
	case n == nil:
		return ""
	case isText(n): // nearly always: its name for a fault is not put together
		return n.Value
	}
	s, _ := f.d.text(n, f.what(key))
	return s
}

// texts returns the scalars of a list of texts.
func (f fields) texts(key string) []*yaml.Node {
	var out []*yaml.Node
	for _, e := range f.sequence(key) {
		if isText(e) {
			out = append(out, e)
		} else {
			f.d.text(e, "an element of "+f.what(key))
		}
	}
	return out
}

// strings returns the values of a list of texts.
func (f fields) strings(key string) []string {
	var out []string
	for _, n := range f.texts(key) {
		out = append(out, n.Value)
	}
	return out
}

func (f fields) sequence(key string) []*yaml.Node {
	n := f.values[key]
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.SequenceNode:
		return n.Content
	}
	return f.d.sequence(n, f.what(key))
}

// flag returns whether the key is there with the value true; false is a fault.
func (f fields) flag(key string) bool {
	n := f.values[key]
	if n == nil {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Value != "true" {
		f.d.faultAt(n, fmt.Sprintf("%s takes the value true alone, not %s", f.what(key), describe(n)), "write true, or leave the key out")
	}
	return true
}

// integer returns a whole number from least to most.
func (f fields) integer(key string, least, most int) (int, bool) {
	n := f.values[key]
	if n == nil {
		return 0, false
	}
	i, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || i < least || i > most {
		f.d.faultAt(n, fmt.Sprintf("%s must be a whole number from %d to %d, not %s", f.what(key), least, most, describe(n)), "")
		return 0, false
	}
	return i, true
}

// decimal returns an exact number.
func (f fields) decimal(key string) *quantity.Decimal {
	s := f.text(key)
	if s == "" {
		return nil
	}
	x, err := quantity.ParseDecimal(s)
	if err != nil {
		f.d.faultAt(f.values[key], fmt.Sprintf("%s: %v", f.what(key), err), "")
		return nil
	}
	return &x
}

// oneOf returns a word of a fixed choice, "" where the key is not there.
func (f fields) oneOf(key string, choice ...string) string {
	s := f.text(key)
	if s == "" || slices.Contains(choice, s) {
		return s
	}
	hint := didYouMean(s, choice)
	if hint == "" {
		hint = "choose one of " + strings.Join(choice, ", ")
	}
	f.d.faultAt(f.values[key], fmt.Sprintf("%s cannot be %q", f.what(key), s), hint)
	return ""
}

// date returns a day.
func (f fields) date(key string) (quantity.Date, bool) {
	s := f.text(key)
	if s == "" {
		return 0, false
	}
	day, err := quantity.ParseDate(s)
	if err != nil {
		f.d.faultAt(f.values[key], fmt.Sprintf("%s: %v", f.what(key), err), "")
		return 0, false
	}
	return day, true
}

// instant returns an instant, a day being its beginning in the pack's zone.
func (f fields) instant(key string) (quantity.Instant, bool) {
	s := f.text(key)
	if s == "" {
		return 0, false
	}
	m, err := quantity.ParseMoment(s)
	if err != nil {
		f.d.faultAt(f.values[key], fmt.Sprintf("%s: %v", f.what(key), err), "")
		return 0, false
	}
	return m.Instant(f.d.zone), true
}

// period returns the interval from the keys from and until; a key that is not
// there leaves its side open.
func (f fields) period() quantity.Period {
	p := quantity.Always
	from, fromOK := f.instant("from")
	if fromOK {
		p.From = from
	}
	if until, ok := f.instant("until"); ok {
		if fromOK && until <= from {
			f.d.faultAt(f.values["until"], fmt.Sprintf("%s, %s, is not after its \"from\", %s", f.what("until"), f.values["until"].Value, f.values["from"].Value),
				"the interval is from inclusive, until exclusive")
			return p
		}
		p.Until = until
	}
	return p
}

// id returns an identifier: lower-case letters, digits, dots and hyphens.
func (f fields) id(key string) string {
	s := f.text(key)
	if s != "" && !isID(s) {
		f.d.faultAt(f.values[key], fmt.Sprintf("%s, %q, is not an id", f.what(key), s), "use lower-case letters and digits, joined by dots and hyphens, like eo-14257 or us.301.list-3")
		return ""
	}
	return s
}

// isID reports whether s is letters and digits joined by single dots and
// hyphens. Packs of other authorities keep their own numbering, so an id may
// begin with a digit.
func isID(s string) bool {
	joined := true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			joined = false
		case (c == '.' || c == '-') && !joined:
			joined = true
		default:
			return false
		}
	}
	return !joined
}

// isGroupName reports whether s can name a group of countries.
func isGroupName(s string) bool {
	if s == "EU" {
		return true
	}
	if len(s) < 3 || s[0] < 'A' || s[0] > 'Z' || s == "NOT" {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// parseCountry reads a country code of a pack: two upper-case letters.
func parseCountry(s string) (c nomenclature.Country, problem, hint string) {
	c, err := nomenclature.ParseCountry(s)
	switch {
	case err != nil:
		return "", err.Error(), ""
	case string(c) != s:
		return "", fmt.Sprintf("%q is not a country code", s), fmt.Sprintf("write %s", c)
	}
	return c, "", ""
}
