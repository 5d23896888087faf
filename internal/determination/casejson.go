package determination

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// nodeOfJSON reads a JSON text, which is valid, into the nodes from which a case
// is read. It is not left to the YAML reader: JSON's escapes of characters beyond
// the basic plane and its blanks are not all YAML's, and this is faster.
func nodeOfJSON(text []byte) (*yaml.Node, error) {
	r := jsonReader{text: text, d: json.NewDecoder(bytes.NewReader(text)), line: 1, column: 1}
	r.d.UseNumber()
	return r.value()
}

// jsonReader reads values with their places.
type jsonReader struct {
	text         []byte
	d            *json.Decoder
	at           int // up to which the text is counted
	line, column int
}

// node makes a node at the next token.
func (r *jsonReader) node(kind yaml.Kind) *yaml.Node {
	start := int(r.d.InputOffset())
	for start < len(r.text) && bytes.IndexByte([]byte(" \t\r\n,:"), r.text[start]) >= 0 {
		start++
	}
	passed := r.text[r.at:start]
	if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
		r.line += bytes.Count(passed, []byte("\n"))
		r.column, passed = 1, passed[last+1:]
	}
	r.column += utf8.RuneCount(passed)
	r.at = start
	return &yaml.Node{Kind: kind, Line: r.line, Column: r.column}
}

func (r *jsonReader) value() (*yaml.Node, error) {
	n := r.node(yaml.ScalarNode)
	t, err := r.d.Token()
	if err != nil {
		return nil, err
	}
	switch v := t.(type) {
	case json.Delim:
		n.Kind = yaml.SequenceNode
		if v == '{' {
			n.Kind = yaml.MappingNode
		}
		for r.d.More() {
			e, err := r.value() // in an object the names and the values in turn
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, e)
		}
		_, err = r.d.Token()
	case string:
		n.Tag, n.Value = "!!str", v
	case json.Number:
		n.Tag, n.Value = "!!float", v.String()
	case bool:
		n.Tag, n.Value = "!!bool", "false"
		if v {
			n.Value = "true"
		}
	default:
		n.Tag = "!!null"
	}
	return n, err
}
