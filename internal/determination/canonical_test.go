package determination

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

// canonicalOf is the canonical form by encoding/json and the library.
func canonicalOf(t interface{ Fatal(...any) }, doc any) string {
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = jcs.Transform(text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fill gives every field of a document a random value.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a\u2028b", "<&>", "\x00\b\f\n\r\t\x1f\"\\/", "\xff\xc0", "\U0001f9f2\ufb33"})).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int:
		v.SetInt(int64(rapid.IntRange(-5, 1<<40).Draw(t, "number")))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(-1, 2).Draw(t, "n"); n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(rapid.MapOfN(rapid.String(), rapid.String(), 0, 4).Draw(t, "map")))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	}
}

// The canonical form is what encoding/json and the library of RFC 8785 come to,
// whatever a document holds.
func TestCanonicalIsThatOfTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var doc Document
		fill(t, reflect.ValueOf(&doc).Elem())
		if diff := cmp.Diff(canonicalOf(t, doc), string(doc.AppendCanonical(nil))); diff != "" {
			t.Fatal(diff)
		}
		var entry EntryDocument
		fill(t, reflect.ValueOf(&entry).Elem())
		text, _ := entryForm().write(nil, reflect.ValueOf(&entry).Elem())
		if diff := cmp.Diff(canonicalOf(t, entry), string(text)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Types that documents do not have today are written too.
func TestCanonicalOfOtherTypes(t *testing.T) {
	type other struct {
		B map[string]int  `json:"b"`
		A float64         `json:"a"`
		C json.RawMessage `json:"c"`
		D any             `json:"d"`
	}
	v := other{map[string]int{"y": 2, "x": 1}, 1e21, json.RawMessage(`{"z":1,"a":[ ]}`), nil}
	if got, want := string(makeWriter(reflect.TypeFor[other]())(nil, reflect.ValueOf(v))), canonicalOf(t, v); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
