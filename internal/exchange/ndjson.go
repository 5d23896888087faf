package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// looked is how many objects are read ahead to find the columns.
const looked = 1000

// ndjson is a table of one JSON object a line. Objects within it become columns
// with dotted names (facts.goods.Dy); lists are joined by "; ".
type ndjson struct {
	in      *bufio.Scanner
	line    int
	columns []string
	index   map[string]int
	ahead   []record // read to find the columns
	number  int
	failed  error // met while reading ahead
	*counted
}

type record struct {
	keys, values []string
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
		for _, key := range r.keys {
			if _, ok := n.index[key]; !ok {
				n.index[key] = len(n.columns)
				n.columns = append(n.columns, key)
			}
		}
		n.ahead = append(n.ahead, r)
	}
	if len(n.ahead) == 0 {
		if errors.Is(n.failed, io.EOF) {
			return nil, errors.New("the file is empty: it should have a JSON object on each line")
		}
		return nil, n.failed
	}
	return n, nil
}

func (n *ndjson) Columns() []string { return n.columns }

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
		var r record
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := r.object(d, ""); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("the object is not closed")
			}
			return record{fault: fmt.Sprintf("line %d, column %d: %v", n.line, d.InputOffset()+1, err)}, nil
		}
		if d.More() {
			return record{fault: fmt.Sprintf("line %d, column %d: something follows the object", n.line, d.InputOffset()+1)}, nil
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
func (r *record) object(d *json.Decoder, prefix string) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return errors.New("a row is a JSON object: {\"goods\": \"8505.11.00.70\", …}")
	}
	return r.members(d, prefix)
}

func (r *record) members(d *json.Decoder, prefix string) error {
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok { // the end of the object
			return nil
		}
		key = prefix + key
		if t, err = d.Token(); err != nil {
			return err
		}
		if t == json.Delim('{') {
			if err := r.members(d, key+"."); err != nil {
				return err
			}
			continue
		}
		text, err := r.value(d, t)
		if err != nil {
			return err
		}
		if slices.Contains(r.keys, key) {
			return fmt.Errorf("%q is there twice", key)
		}
		r.keys, r.values = append(r.keys, key), append(r.values, text)
	}
}

func (r *record) value(d *json.Decoder, t json.Token) (string, error) {
	switch v := t.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return fmt.Sprint(v), nil
	}
	if t != json.Delim('[') {
		return "", fmt.Errorf("%v cannot stand there", t)
	}
	var parts []string
	for {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		if t == json.Delim(']') {
			return strings.Join(parts, "; "), nil
		}
		if _, nested := t.(json.Delim); nested {
			return "", errors.New("a list may hold texts and numbers, no lists or objects")
		}
		text, err := r.value(d, t)
		if err != nil {
			return "", err
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
	for i, key := range r.keys {
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
