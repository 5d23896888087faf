package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/snappy"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/quantity"
)

// What is written as Parquet is read again cell by cell, whatever stands in the columns:
// by our reader, and by the library's, which checks every page.
func TestParquetRoundTrip(t *testing.T) {
	words := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"a", "ab", "Größe", strings.Repeat("long", 40)}), rapid.StringMatching(`[a-z0-9]{1,12}`))
	rapid.Check(t, func(rt *rapid.T) {
		columns := rapid.IntRange(1, 5).Draw(rt, "columns")
		rows := rapid.SampledFrom([]int{0, 1, 3, 300, rowsPerPage + 5}).Draw(rt, "rows")
		some := rapid.SliceOfN(rapid.SliceOfN(words, columns, columns), 1, 40).Draw(rt, "cells") // rows are made of these in turn
		header, kinds := make([]string, columns), make([]kind, columns+4)
		for i := range header {
			header[i] = fmt.Sprint("c", i)
		}
		kinds[columns], kinds[columns+1] = money2, rate4
		var out bytes.Buffer
		s := newParquetSink(&out, append(header, "amount", "rate", "phrase", "digest"), kinds, nil)
		part := s.NewPart()
		var want [][]string
		for i := range rows {
			var r Record
			cells := some[i%len(some)]
			r.begin(cells)
			amount := quantity.NewDecimal(int64(i-rows/2)*7919, 2)
			r.number(amount, 2, i%3 > 0)
			r.number(quantity.NewDecimal(int64(i%4), 1), 4, true)
			r.texts = fmt.Appendf(r.texts, "the amount of row %d is %s", i, amount)
			r.text()
			if digest := sha256.Sum256(r.texts); i%5 > 0 {
				r.texts = base64.RawStdEncoding.AppendEncode(r.texts, digest[:1+i%32])
			}
			r.text()
			if err := part.Add(&r); err != nil {
				rt.Fatal(err)
			}
			want = append(want, r.strings(nil))
			if i%256 == 255 {
				if err := s.WritePart(part); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if err := errors.Join(s.WritePart(part), s.Finish(nil)); err != nil {
			rt.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "t.parquet")
		if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
			rt.Fatal(err)
		}
		in, err := Open(name, nil, OpenOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		defer in.Close()
		var got [][]string
		var row Row
		for err = in.Next(&row); err == nil; err = in.Next(&row) {
			got = append(got, slices.Clone(row.Cells))
		}
		if !errors.Is(err, io.EOF) || !slices.EqualFunc(want, got, slices.Equal) {
			rt.Fatalf("%v (-want +got):\n%s", err, cmp.Diff(want, got))
		}
		file, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			rt.Fatal(err)
		}
		n := 0
		for _, g := range file.RowGroups() {
			all := make([]parquet.Row, g.NumRows()+1)
			read, err := g.Rows().ReadRows(all)
			if !errors.Is(err, io.EOF) {
				rt.Fatal(err)
			}
			for _, r := range all[:read] {
				for _, v := range slices.Concat(r[:columns], r[columns+2:]) {
					if v.IsNull() != (want[n][v.Column()] == "") || !v.IsNull() && string(v.ByteArray()) != want[n][v.Column()] {
						rt.Fatalf("row %d: the library reads %v where %q is meant", n, v, want[n][v.Column()])
					}
				}
				n++
			}
		}
		if n != rows {
			rt.Fatalf("the library reads %d rows of %d", n, rows)
		}
	})
}

// Bounds of row groups are those of the values, so that readers may leave groups out.
// A column that is empty at first, as questions and problems often are, has a dictionary
// from where its values come on.
func TestParquetLateValues(t *testing.T) {
	var out bytes.Buffer
	s := newParquetSink(&out, []string{"file"}, []kind{0}, nil)
	part := s.NewPart()
	for i := range 3 * rowsPerPage {
		var r Record
		cell := ""
		if i >= rowsPerPage {
			cell = []string{"origin", "value"}[i%2]
		}
		r.begin([]string{cell})
		if err := part.Add(&r); err != nil {
			t.Fatal(err)
		}
		if i%256 == 255 {
			if err := s.WritePart(part); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(s.WritePart(part), s.Finish(nil)); err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	meta := file.Metadata().RowGroups[0].Columns[0].MetaData
	if !slices.Contains(meta.Encoding, format.RLEDictionary) || meta.Codec != format.Snappy {
		t.Errorf("encodings %v, codec %v", meta.Encoding, meta.Codec)
	}
}

func TestParquetBounds(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.parquet")
	out, err := Create(context.Background(), name, nil, "", []string{"word", "none"}, []OutColumn{{Name: "amount", kind: money2}})
	if err != nil {
		t.Fatal(err)
	}
	part := out.NewPart()
	for i := range 100 {
		var r Record
		r.begin([]string{[]string{"mid", "zulu", "alpha"}[i%3], ""})
		r.number(quantity.NewDecimal(int64(50-i), 0), 2, true)
		if err := part.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.WritePart(part), out.Close(nil)); err != nil {
		t.Fatal(err)
	}
	in, err := newParquet(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var got []string
	for _, c := range in.in.Metadata().RowGroups[0].Columns {
		s := c.MetaData.Statistics
		got = append(got, fmt.Sprintf("%s %q %q %d", c.MetaData.PathInSchema, s.MinValue, s.MaxValue, s.NullCount))
	}
	want := []string{`[word] "alpha" "zulu" 0`, `[none] "" "" 100`, `[amount] "\xdc\xec\xff\xff\xff\xff\xff\xff" "\x88\x13\x00\x00\x00\x00\x00\x00" 0`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An amount that a column has no room for is an error, and the rows before it are whole.
func TestParquetNoRoom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.parquet")
	out, err := Create(context.Background(), name, nil, "", []string{"a"}, []OutColumn{{Name: "amount", kind: money2}})
	if err != nil {
		t.Fatal(err)
	}
	part := out.NewPart()
	for i, amount := range []string{"1.25", "999999999999999999", "2"} {
		var r Record
		r.begin([]string{fmt.Sprint(i)})
		r.number(quantity.MustDecimal(amount), 2, true)
		if err := part.Add(&r); (err != nil) != (i == 1) {
			t.Fatalf("row %d: %v", i, err)
		}
	}
	if err := errors.Join(out.WritePart(part), out.Close(nil)); err != nil {
		t.Fatal(err)
	}
	in, err := Open(name, nil, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, _, err := readAll(t, in)
	if diff := cmp.Diff([][]string{{"0", "1.25"}, {"2", "2.00"}}, rows); diff != "" || err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("%v %s", err, diff)
	}
}

// A page is one block of Snappy, in however many parts it is packed.
func TestPagesInTwoParts(t *testing.T) {
	for _, n := range []int{0, 1, 59, 60, 61, 256, 257, 70_000} {
		for _, more := range []int{0, 1, 100_000} {
			body, follows := bytes.Repeat([]byte("level "), n)[:n], bytes.Repeat([]byte("value "), more)[:more]
			p := pageMaker{codec: new(quickSnappy), body: bytes.Clone(body)}
			lead, packed := p.pack(follows)
			got, err := snappy.Decode(nil, append(lead, packed...))
			if err != nil || !bytes.Equal(got, append(body, follows...)) {
				t.Errorf("%d and %d bytes came back as %d: %v", n, more, len(got), err)
			}
		}
	}
}

// Values of a nested column are read again as they were, over pages and row groups, whether
// their texts come again or not.
func TestNestedRoundTrip(t *testing.T) {
	type item struct {
		Name string   `json:"name" parquet:"name"`
		Note string   `json:"note,omitempty" parquet:"note,optional"`
		Tags []string `json:"tags" parquet:"tags"`
	}
	type answer struct {
		Digest string            `json:"digest" parquet:"digest"` // never comes again
		Amount *string           `json:"amount" parquet:"amount,optional"`
		Sure   bool              `json:"sure" parquet:"sure"`
		Days   int               `json:"days" parquet:"days"`
		Items  []item            `json:"items" parquet:"items"`
		Facts  map[string]string `json:"facts" parquet:"-"`
	}
	type row struct {
		Answer *answer `parquet:"answer,optional"`
	}
	var out bytes.Buffer
	s := newParquetSink(&out, []string{"answer"}, []kind{whole}, nestedOf(reflect.TypeFor[answer]()))
	part := s.NewPart()
	var want []row
	for i := range 3000 {
		var a *answer
		if i >= 200 && i%7 > 0 { // nothing at first
			digest := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
			a = &answer{Digest: hex.EncodeToString(digest[:]), Sure: i%3 == 0, Days: i % 40}
			for j := range i % 4 {
				x := item{Name: strings.Clone([]string{"steel", "copper", ""}[(i+j)%3])}
				if j > 0 {
					x.Note, x.Tags = fmt.Sprint("note ", i%11), []string{"a", fmt.Sprint(i % 300)}
				}
				a.Items = append(a.Items, x)
			}
			if i%5 > 0 {
				amount := fmt.Sprint(i % 900)
				a.Amount = &amount
			}
		}
		var r Record
		r.begin(nil)
		r.wholeAt = 0
		if r.text(); a != nil {
			r.whole.value = a
		}
		if err := part.Add(&r); err != nil {
			t.Fatal(err)
		}
		want = append(want, row{a})
		if i%64 == 63 {
			if err := s.WritePart(part); err != nil {
				t.Fatal(err)
			}
			if i%256 == 255 {
				s.page()
			}
			if i%1024 == 1023 {
				s.group()
			}
		}
	}
	if err := errors.Join(s.WritePart(part), s.Finish(nil)); err != nil {
		t.Fatal(err)
	}
	got, err := parquet.Read[row](bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	file, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	coded := map[string]bool{}
	for _, c := range file.Metadata().RowGroups[1].Columns {
		coded[strings.Join(c.MetaData.PathInSchema, ".")] = slices.Contains(c.MetaData.Encoding, format.RLEDictionary)
	}
	if len(file.RowGroups()) != 3 || coded["answer.digest"] || !coded["answer.items.name"] {
		t.Errorf("%d row groups, dictionaries %v", len(file.RowGroups()), coded)
	}
}
