package determination

import (
	"cmp"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// AppendSealed seals the document, as [Document.Seal] does, and appends its canonical
// form.
func (doc *Document) AppendSealed(buf []byte) []byte {
	return documentForm().seal(buf, &doc.Digest, reflect.ValueOf(doc).Elem())
}

// AppendSealed seals the document, as [EntryDocument.Seal] does, and appends its
// canonical form.
func (doc *EntryDocument) AppendSealed(buf []byte) []byte {
	return entryForm().seal(buf, &doc.Digest, reflect.ValueOf(doc).Elem())
}

var (
	documentForm = sync.OnceValue(func() *form { return makeForm(reflect.TypeFor[Document]()) })
	entryForm    = sync.OnceValue(func() *form { return makeForm(reflect.TypeFor[EntryDocument]()) })
)

// form is how a type of documents is written, in the canonical form of RFC 8785: its
// members in order, of which one is the digest. It is not the first. What encoding/json
// and a transformation of its output come to is written at once, for the types that
// documents are made of; others are left to the two. A document is sealed for every
// request of a server, and that would be most of its cost.
type form struct {
	members []member
	digest  int
	memory  sync.Pool // of *[]byte, for texts of which it is not known how long they are
}

func makeForm(t reflect.Type) *form {
	f := &form{members: sortedMembers(t)}
	f.digest = slices.IndexFunc(f.members, func(m member) bool { return m.name == "digest" })
	return f
}

// seal sets the digest of a document, which is that of its form without, and appends
// its canonical form.
func (f *form) seal(buf []byte, digest *string, v reflect.Value) []byte {
	*digest = ""
	first := len(buf)
	buf, at := f.write(buf, v)
	*digest = sealOf(buf[first:])
	var memory [128]byte
	return slices.Insert(buf, at, appendString(append(memory[:0], `,"digest":`...), *digest)...)
}

// text returns what a function appends, in memory of its own.
func (f *form) text(write func(buf []byte) []byte) (text []byte) {
	f.lend(func(buf []byte) []byte {
		buf = write(buf)
		text = slices.Clone(buf)
		return buf
	})
	return text
}

// digestOf is the digest of a document that has none.
func (f *form) digestOf(v reflect.Value) (digest string) {
	f.lend(func(buf []byte) []byte {
		buf, _ = f.write(buf, v)
		digest = sealOf(buf)
		return buf
	})
	return digest
}

// lend lends memory to a function, which returns it as it has grown.
func (f *form) lend(to func(buf []byte) []byte) {
	memory, _ := f.memory.Get().(*[]byte)
	if memory == nil {
		memory = new([]byte)
	}
	defer f.memory.Put(memory)
	*memory = to((*memory)[:0])
}

// write appends the canonical form of a document, and returns the place in it of the
// digest.
func (f *form) write(buf []byte, v reflect.Value) (out []byte, digest int) {
	buf = appendMembers(append(buf, '{'), f.members[:f.digest], v)
	digest = len(buf)
	return append(appendMembers(buf, f.members[f.digest:], v), '}'), digest
}

// writer appends the canonical form of a value.
type writer func(buf []byte, v reflect.Value) []byte

func makeWriter(t reflect.Type) writer {
	if marshals(t) {
		return transform
	}
	switch t.Kind() {
	case reflect.String:
		return func(buf []byte, v reflect.Value) []byte { return appendString(buf, v.String()) }
	case reflect.Bool:
		return func(buf []byte, v reflect.Value) []byte { return strconv.AppendBool(buf, v.Bool()) }
	case reflect.Int:
		return func(buf []byte, v reflect.Value) []byte { return strconv.AppendInt(buf, v.Int(), 10) }
	case reflect.Pointer:
		elem := makeWriter(t.Elem())
		return func(buf []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return append(buf, "null"...)
			}
			return elem(buf, v.Elem())
		}
	case reflect.Slice:
		if t == reflect.TypeFor[[]string]() {
			return appendStrings
		}
		elem := makeWriter(t.Elem())
		return func(buf []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return append(buf, "null"...)
			}
			buf = append(buf, '[')
			for i := range v.Len() {
				if i > 0 {
					buf = append(buf, ',')
				}
				buf = elem(buf, v.Index(i))
			}
			return append(buf, ']')
		}
	case reflect.Map:
		if t == reflect.TypeFor[map[string]string]() {
			return appendMap
		}
	case reflect.Struct:
		return structWriter(t)
	}
	return transform
}

// marshals reports whether a type says itself what its JSON is.
func marshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Marshaler]()) || p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// transform is the long way, for types that documents do not have today.
func transform(buf []byte, v reflect.Value) []byte {
	text, err := json.Marshal([]any{v.Interface()})
	if err == nil {
		text, err = jcs.Transform(text)
	}
	if err != nil {
		panic(err) // a type that JSON does not know: no document can be made of it
	}
	return append(buf, text[1:len(text)-1]...)
}

func appendStrings(buf []byte, v reflect.Value) []byte {
	texts := *v.Addr().Interface().(*[]string) // a document is written from where it lies
	if texts == nil {
		return append(buf, "null"...)
	}
	buf = append(buf, '[')
	for i, s := range texts {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendString(buf, s)
	}
	return append(buf, ']')
}

func appendMap(buf []byte, v reflect.Value) []byte {
	m := v.Interface().(map[string]string)
	if m == nil {
		return append(buf, "null"...)
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, byUnits)
	buf = append(buf, '{')
	for i, name := range names {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(appendString(buf, name), ':')
		buf = appendString(buf, m[name])
	}
	return append(buf, '}')
}

// byUnits is the order of RFC 8785, by UTF-16 code units.
func byUnits(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// member is a field of a struct.
type member struct {
	name      string
	key       string // `"name":`
	index     []int
	omitEmpty bool
	write     writer
}

// membersOf appends the members of a struct, those of structs embedded in it
// among them.
func membersOf(t reflect.Type, index []int, members []member) []member {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(index), i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			members = membersOf(f.Type, at, members)
		case f.IsExported() && name != "-":
			name = cmp.Or(name, f.Name)
			members = append(members, member{name: name, key: string(appendString(nil, name)) + ":", index: at, omitEmpty: options == "omitempty", write: makeWriter(f.Type)})
		}
	}
	return members
}

func sortedMembers(t reflect.Type) []member {
	members := membersOf(t, nil, nil)
	slices.SortFunc(members, func(a, b member) int { return byUnits(a.name, b.name) })
	return members
}

func structWriter(t reflect.Type) writer {
	members := sortedMembers(t)
	return func(buf []byte, v reflect.Value) []byte {
		return append(appendMembers(append(buf, '{'), members, v), '}')
	}
}

// appendMembers appends members of a struct, to its beginning or behind others.
func appendMembers(buf []byte, members []member, v reflect.Value) []byte {
	for i := range members {
		m := &members[i]
		field := v.Field(m.index[0])
		if len(m.index) > 1 {
			field = field.FieldByIndex(m.index[1:])
		}
		if m.omitEmpty && isEmpty(field) {
			continue
		}
		if buf[len(buf)-1] != '{' { // no value ends so
			buf = append(buf, ',')
		}
		buf = m.write(append(buf, m.key...), field)
	}
	return buf
}

// isEmpty is what encoding/json leaves out under omitempty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// plain are the bytes of a string that stand for themselves: 1, others 0.
var plain = func() (out [256]uint8) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		if c != '"' && c != '\\' {
			out[c] = 1
		}
	}
	return out
}()

// appendString writes a string: what must be escaped is escaped, as short as can
// be, and all else stands for itself.
func appendString(buf []byte, s string) []byte {
	const hex = "0123456789abcdef"
	buf = append(buf, '"')
	from := 0
	for i := 0; i < len(s); {
		for len(s)-i >= 4 && plain[s[i]]&plain[s[i+1]]&plain[s[i+2]]&plain[s[i+3]] != 0 {
			i += 4
		}
		if i == len(s) {
			break
		}
		c := s[i]
		if plain[c] != 0 {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				buf = append(append(buf, s[from:i]...), "\ufffd"...)
				from = i + size
			}
			i += size
			continue
		}
		buf = append(buf, s[from:i]...)
		switch c {
		case '"', '\\':
			buf = append(buf, '\\', c)
		case '\b':
			buf = append(buf, '\\', 'b')
		case '\f':
			buf = append(buf, '\\', 'f')
		case '\n':
			buf = append(buf, '\\', 'n')
		case '\r':
			buf = append(buf, '\\', 'r')
		case '\t':
			buf = append(buf, '\\', 't')
		default:
			buf = append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
		i++
		from = i
	}
	return append(append(buf, s[from:]...), '"')
}
