package exchange

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// nested is a column of a Parquet file that holds a Go value: structs are groups
// whose members have their JSON names, slices are repeated, and a pointer, or a
// text that JSON leaves out when it is empty, is null where it is not there. Maps
// of texts are repeated groups of name and value, in the order of the names.
type nested struct {
	leaves int
	node   parquet.Node
	root   shape
	codec  zstd.Codec // one for all columns: its encoders are large
}

// shape is how values of one type are taken apart.
type shape struct {
	kind     reflect.Kind
	optional bool // null where it is the zero value
	leaf     int  // of the column
	leaves   int
	fields   []shapeField
	of       *shape // of what is pointed to, of an element
}

type shapeField struct {
	at    int
	shape shape
}

// nestedOf describes the column of a type; a nil pointer to it is null.
func nestedOf(t reflect.Type) *nested {
	n := &nested{codec: zstd.Codec{Level: zstd.SpeedFastest}}
	n.node, n.root = n.describe(reflect.PointerTo(t), false)
	return n
}

func (n *nested) leafNode(node parquet.Node, kind reflect.Kind) (parquet.Node, shape) {
	s := shape{kind: kind, leaf: n.leaves, leaves: 1}
	n.leaves++
	return parquet.Compressed(node, &n.codec), s
}

func (n *nested) describe(t reflect.Type, omitEmpty bool) (parquet.Node, shape) {
	switch t.Kind() {
	case reflect.Pointer:
		node, of := n.describe(t.Elem(), false)
		return parquet.Optional(node), shape{kind: reflect.Pointer, of: &of, leaves: of.leaves, leaf: of.leaf}
	case reflect.Slice:
		node, of := n.describe(t.Elem(), false)
		return parquet.Repeated(node), shape{kind: reflect.Slice, of: &of, leaves: of.leaves, leaf: of.leaf}
	case reflect.Map:
		node, of := n.describe(reflect.TypeFor[pair](), false)
		return parquet.Repeated(node), shape{kind: reflect.Map, of: &of, leaves: of.leaves, leaf: of.leaf}
	case reflect.Struct:
		group, s := table{Group: parquet.Group{}}, shape{kind: reflect.Struct, leaf: n.leaves}
		n.members(t, nil, &group, &s)
		return &group, s
	case reflect.Bool:
		return n.leafNode(parquet.Leaf(parquet.BooleanType), reflect.Bool)
	case reflect.Int:
		return n.leafNode(parquet.Leaf(parquet.Int64Type), reflect.Int)
	}
	node, s := n.leafNode(parquet.Encoded(parquet.String(), &parquet.RLEDictionary), reflect.String)
	if omitEmpty {
		node, s.optional = parquet.Optional(node), true
	}
	return node, s
}

// members adds the members of a struct, those of embedded structs among them.
func (n *nested) members(t reflect.Type, path []int, group *table, s *shape) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("json"), ",")
		if !f.IsExported() || tag[0] == "-" {
			continue
		}
		if f.Anonymous && tag[0] == "" {
			node, of := n.describe(f.Type, false)
			for _, inner := range node.Fields() {
				group.Group[inner.Name()] = inner
				group.fields = append(group.fields, tableField{inner, inner.Name()})
			}
			s.fields = append(s.fields, shapeField{i, of})
			s.leaves += of.leaves
			continue
		}
		node, of := n.describe(f.Type, slices.Contains(tag, "omitempty"))
		group.Group[tag[0]] = node
		group.fields = append(group.fields, tableField{node, tag[0]})
		s.fields = append(s.fields, shapeField{i, of})
		s.leaves += of.leaves
	}
}

// pair is a member of a map.
type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// add adds a pointer to a value of the type to the columns from the first of them on.
func (n *nested) add(to []values, v any) {
	if v == nil {
		n.root.nulls(to, level{})
	} else {
		n.root.add(to, reflect.ValueOf(v), level{})
	}
}

// level is how a value stands in what it lies in.
type level struct {
	rep, def byte // of its first leaf
	depth    byte // in how many lists it lies
}

// add takes a value apart.
func (s *shape) add(to []values, v reflect.Value, at level) {
	switch s.kind {
	case reflect.Pointer:
		if v.IsNil() {
			s.nulls(to, at)
			return
		}
		at.def++
		s.of.add(to, v.Elem(), at)
	case reflect.Slice:
		n := v.Len()
		if n == 0 {
			s.nulls(to, at)
		}
		at.def, at.depth = at.def+1, at.depth+1
		for i := range n {
			s.of.add(to, v.Index(i), at)
			at.rep = at.depth
		}
	case reflect.Map:
		all := v.Interface().(map[string]string)
		pairs := make([]pair, 0, len(all))
		for _, name := range slices.Sorted(maps.Keys(all)) {
			pairs = append(pairs, pair{name, all[name]})
		}
		list := *s
		list.kind = reflect.Slice
		list.add(to, reflect.ValueOf(pairs), at)
	case reflect.Struct:
		for i := range s.fields {
			s.fields[i].shape.add(to, v.Field(s.fields[i].at), at)
		}
	case reflect.Bool:
		to[s.leaf].truth(v.Bool(), at)
	case reflect.Int:
		to[s.leaf].integer(v.Int(), at)
	case reflect.String:
		text := v.String()
		if s.optional {
			if text == "" {
				to[s.leaf].levels(at)
				return
			}
			at.def++
		}
		to[s.leaf].string(text, at)
	}
}

// nulls is what stands for a value that is not there: nothing in each of its
// columns.
func (s *shape) nulls(to []values, at level) {
	for i := s.leaf; i < s.leaf+s.leaves; i++ {
		to[i].levels(at)
	}
}
