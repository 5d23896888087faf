package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// looked is how many objects are read ahead to find the columns.
const looked = 1000

// ndjson is a table of one JSON object a line. Objects within it become columns
// with dotted names (facts.goods.Dy); lists are joined by "; ". A member of the row
// that holds a list of objects or lists, anywhere within, is no cell; it is ignored
// where it is so in every object, and else a fault of the row.
type ndjson struct {
	in      *bufio.Scanner
	text    bytes.Reader // of a line
	d       jsontext.Decoder
	line    int
	columns []string
	ignored []string // members of the row
	index   map[string]int
	ahead   []record // read to find the columns
	number  int
	failed  error // met while reading ahead
	*counted
}

type record struct {
	line         int
	keys, values []string
	met          map[string]bool // keys, where there are many
	listed       []string        // members of the row that hold lists of objects or lists
	fault        string
}

func newNDJSON(in io.Reader, c *counted) (*ndjson, error) {
	s := bufio.NewScanner(in)
	s.Buffer(make([]byte, 0, 1<<16), mostLine)
	n := &ndjson{in: s, index: map[string]int{}, counted: c}
	for range looked {
		r, err := n.record()
		if err != nil {
			n.failed = err
			break
		}
		n.ahead = append(n.ahead, r)
	}
	n.ignore()
	for i := range n.ahead {
		if n.listed(&n.ahead[i]) != "" {
			continue
		}
		for _, key := range n.ahead[i].keys {
			if _, ok := n.index[key]; !ok && !n.ignores(key) {
				n.index[key] = len(n.columns)
				n.columns = append(n.columns, key)
			}
		}
	}
	if len(n.ahead) == 0 {
		if errors.Is(n.failed, io.EOF) {
			return nil, errors.New("the file is empty: it should have a JSON object on each line")
		}
		return nil, n.failed
	}
	if len(n.columns) == 0 && n.ahead[0].fault != "" {
		return nil, fmt.Errorf("no line is an object: %s", n.ahead[0].fault)
	}
	return n, nil
}

func (n *ndjson) Columns() []string { return n.columns }

// ignore finds the members that are ignored: those that hold lists which are no
// cells in every object that has them.
func (n *ndjson) ignore() {
	for i := range n.ahead {
		for _, name := range n.ahead[i].listed {
			cells := func(r record) bool {
				return !slices.Contains(r.listed, name) && slices.ContainsFunc(r.keys, func(key string) bool { return within(key, name) })
			}
			if !slices.Contains(n.ignored, name) && !slices.ContainsFunc(n.ahead, cells) {
				n.ignored = append(n.ignored, name)
			}
		}
	}
}

// listed is a member that holds a list which is no cell, and is not ignored; "" where
// there is none.
func (n *ndjson) listed(r *record) string {
	for _, name := range r.listed {
		if !slices.Contains(n.ignored, name) {
			return name
		}
	}
	return ""
}

// ignores reports whether a key is within a member that is ignored.
func (n *ndjson) ignores(key string) bool {
	return slices.ContainsFunc(n.ignored, func(name string) bool { return within(key, name) })
}

// within reports whether a dotted key is that of a member of the row or lies in it.
func within(key, member string) bool {
	rest, ok := strings.CutPrefix(key, member)
	return ok && (rest == "" || rest[0] == '.')
}

// record reads the next line that is not blank.
func (n *ndjson) record() (record, error) {
	for n.in.Scan() {
		n.line++
		text := bytes.TrimSpace(n.in.Bytes())
		if n.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if len(text) == 0 {
			continue
		}
		r := record{line: n.line}
		n.text.Reset(text)
		n.d.Reset(&n.text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) // which is seen to here
		if err := r.object(&n.d); err != nil {
			column := n.d.InputOffset() + 1
			var wrong *jsontext.SyntacticError
			if errors.As(err, &wrong) {
				err, column = wrong.Err, wrong.ByteOffset+1
			}
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("the object is not closed")
			}
			return record{fault: fmt.Sprintf("line %d, column %d: %v", n.line, column, err)}, nil
		}
		if _, err := n.d.ReadToken(); !errors.Is(err, io.EOF) {
			return record{fault: fmt.Sprintf("line %d, column %d: something follows the object", n.line, n.d.InputOffset()+1)}, nil
		}
		return r, nil
	}
	switch err := n.in.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return record{}, fmt.Errorf("line %d: %w", n.line+1, errLineTooLong)
	case err != nil:
		return record{}, fmt.Errorf("after line %d: %w", n.line, err)
	}
	return record{}, io.EOF
}

// object reads an object into dotted keys, in their order.
func (r *record) object(d *jsontext.Decoder) error {
	if t, err := d.ReadToken(); err != nil {
		return err
	} else if t.Kind() != '{' {
		return errors.New("a row is a JSON object on a line of its own: {\"goods\": \"8505.11.00.70\", …}")
	}
	return r.members(d, "", "")
}

func (r *record) members(d *jsontext.Decoder, member, prefix string) error {
	for {
		t, err := d.ReadToken()
		if err != nil {
			return err
		}
		if t.Kind() == '}' {
			return nil
		}
		name := t.String()
		key, top := prefix+name, member
		if prefix == "" {
			top = name
		}
		if t, err = d.ReadToken(); err != nil {
			return err
		}
		if t.Kind() == '{' {
			if err := r.members(d, top, key+"."); err != nil {
				return err
			}
			continue
		}
		text, cell, err := value(d, t)
		if err != nil {
			return err
		}
		if !cell && !slices.Contains(r.listed, top) {
			r.listed = append(r.listed, top)
		}
		if r.has(key) {
			return fmt.Errorf("%q is there twice", key)
		}
		r.keys, r.values = append(r.keys, key), append(r.values, text)
	}
}

// mostScanned is how many members of a row are gone through one by one to find
// whether one is there twice.
const mostScanned = 32

// has reports whether a key was met.
func (r *record) has(key string) bool {
	if len(r.keys) <= mostScanned {
		return slices.Contains(r.keys, key)
	}
	if r.met == nil {
		r.met = map[string]bool{}
		for _, k := range r.keys {
			r.met[k] = true
		}
	}
	was := r.met[key]
	r.met[key] = true
	return was
}

// value reads a value that is no object. A list of objects or lists is gone through,
// and is no cell.
func value(d *jsontext.Decoder, t jsontext.Token) (text string, cell bool, err error) {
	switch t.Kind() {
	case 'n':
		return "", true, nil
	case '[':
	default: // a text, a number, true or false
		return t.String(), true, nil
	}
	var parts []string
	cell = true
	for depth := 0; ; {
		t, err := d.ReadToken()
		if err != nil {
			return "", false, err
		}
		switch t.Kind() {
		case '[', '{':
			depth, cell = depth+1, false
			continue
		case ']', '}':
			if depth--; depth < 0 {
				return strings.Join(parts, "; "), cell, nil
			}
			continue
		}
		if !cell {
			continue
		}
		text, _, err := value(d, t)
		if err != nil {
			return "", false, err
		}
		parts = append(parts, text)
	}
}

func (n *ndjson) Next(row *Row) error {
	var r record
	switch {
	case len(n.ahead) > 0:
		r, n.ahead = n.ahead[0], n.ahead[1:]
	case n.failed != nil:
		return n.failed
	default:
		var err error
		if r, err = n.record(); err != nil {
			return err
		}
	}
	n.number++
	row.Number, row.Faults, row.Cells = n.number, row.Faults[:0], row.Cells[:0]
	row.fit(len(n.columns))
	clear(row.Cells)
	if r.fault != "" {
		row.Faults = append(row.Faults, Fault{Kind: "row", Message: r.fault})
		return nil
	}
	if name := n.listed(&r); name != "" {
		row.Faults = append(row.Faults, Fault{Kind: "row", Message: fmt.Sprintf("line %d: %q holds a list of objects or lists, which is no cell", r.line, name),
			Hint: "a cell is a text, a number or a list of these"})
		return nil
	}
	for i, key := range r.keys {
		if n.ignores(key) {
			continue
		}
		at, ok := n.index[key]
		if !ok {
			row.Faults = append(row.Faults, Fault{Column: key, Kind: "row", Message: fmt.Sprintf("this member is in none of the first %d objects, which tell the columns", looked),
				Hint: "give the first object every member, null where it has none"})
			continue
		}
		row.Cells[at] = strings.TrimSpace(r.values[i])
	}
	return nil
}
