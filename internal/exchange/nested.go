package exchange

import (
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

// append appends the values of v, a pointer to the type, for the columns from first
// on.
func (n *nested) append(row parquet.Row, v any, first int) parquet.Row {
	return n.root.append(row, reflect.ValueOf(v), first, 0, 0, 0)
}

// append takes a value apart. rep and def are the levels of its first leaf, depth
// is in how many lists it lies.
func (s *shape) append(row parquet.Row, v reflect.Value, first, rep, def, depth int) parquet.Row {
	switch s.kind {
	case reflect.Pointer:
		if !v.IsValid() || v.IsNil() {
			return s.nulls(row, first, rep, def)
		}
		return s.of.append(row, v.Elem(), first, rep, def+1, depth)
	case reflect.Slice:
		if v.Len() == 0 {
			return s.nulls(row, first, rep, def)
		}
		for c := range s.leaves { // the values of a column stand together
			for i := range v.Len() {
				r := rep
				if i > 0 {
					r = depth + 1
				}
				row = s.of.column(row, v.Index(i), first, s.leaf+c, r, def+1, depth+1)
			}
		}
		return row
	case reflect.Map:
		names := make([]pair, 0, v.Len())
		for iter := v.MapRange(); iter.Next(); {
			names = append(names, pair{iter.Key().String(), iter.Value().String()})
		}
		slices.SortFunc(names, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
		list := *s
		list.kind = reflect.Slice
		return list.append(row, reflect.ValueOf(names), first, rep, def, depth)
	case reflect.Struct:
		for i := range s.fields {
			row = s.fields[i].shape.append(row, v.Field(s.fields[i].at), first, rep, def, depth)
		}
		return row
	}
	return append(row, s.value(v).Level(rep, def+s.present(v), first+s.leaf))
}

// column is append for one leaf alone.
func (s *shape) column(row parquet.Row, v reflect.Value, first, leaf, rep, def, depth int) parquet.Row {
	switch s.kind {
	case reflect.Pointer:
		if !v.IsValid() || v.IsNil() {
			return append(row, parquet.NullValue().Level(rep, def, first+leaf))
		}
		return s.of.column(row, v.Elem(), first, leaf, rep, def+1, depth)
	case reflect.Slice:
		if v.Len() == 0 {
			return append(row, parquet.NullValue().Level(rep, def, first+leaf))
		}
		for i := range v.Len() {
			r := rep
			if i > 0 {
				r = depth + 1
			}
			row = s.of.column(row, v.Index(i), first, leaf, r, def+1, depth+1)
		}
		return row
	case reflect.Struct:
		for i := range s.fields {
			if f := &s.fields[i]; f.shape.leaf <= leaf && leaf < f.shape.leaf+f.shape.leaves {
				return f.shape.column(row, v.Field(f.at), first, leaf, rep, def, depth)
			}
		}
		return row
	case reflect.Map:
		start := len(row)
		row = s.append(row, v, first, rep, def, depth)
		kept := slices.DeleteFunc(row[start:], func(v parquet.Value) bool { return v.Column() != first+leaf })
		return row[:start+len(kept)]
	}
	return append(row, s.value(v).Level(rep, def+s.present(v), first+leaf))
}

// present is one where a leaf that may be null is not.
func (s *shape) present(v reflect.Value) int {
	if s.optional && !v.IsZero() {
		return 1
	}
	return 0
}

func (s *shape) value(v reflect.Value) parquet.Value {
	switch {
	case s.optional && v.IsZero():
		return parquet.NullValue()
	case s.kind == reflect.Bool:
		return parquet.BooleanValue(v.Bool())
	case s.kind == reflect.Int:
		return parquet.Int64Value(v.Int())
	}
	return parquet.ByteArrayValue([]byte(v.String()))
}

// nulls is what stands for a value that is not there: nothing in each of its
// columns.
func (s *shape) nulls(row parquet.Row, first, rep, def int) parquet.Row {
	for i := range s.leaves {
		row = append(row, parquet.NullValue().Level(rep, def, first+s.leaf+i))
	}
	return row
}
