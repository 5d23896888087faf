package exchange

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// Parts of workbooks, by name and text.
type part struct{ name, text string }

const (
	rootsPart  = `<Relationships xmlns="` + packageSpace + `relationships"><Relationship Id="rId1" Type="` + relationSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookPart   = `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relationSpace + `"><sheets><sheet name="Lines" sheetId="1" r:id="rId1"/></sheets></workbook>`
	bookRels   = `<Relationships xmlns="` + packageSpace + `relationships"><Relationship Id="rId1" Type="` + relationSpace + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + relationSpace + `/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`
	sheetName  = "xl/worksheets/sheet1.xml"
	textsName  = "xl/sharedStrings.xml"
	brokenRows = 400
)

// sheetOf is a sheet whose texts are shared or its own, and the texts.
func sheetOf(shared bool) (sheet, texts string, rows [][]string) {
	var s, t strings.Builder
	n := 0
	text := func(ref, value string) {
		if !shared {
			fmt.Fprintf(&s, `<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, value)
			return
		}
		fmt.Fprintf(&s, `<c r="%s" t="s"><v>%d</v></c>`, ref, n)
		fmt.Fprintf(&t, `<si><t>%s</t></si>`, value)
		n++
	}
	s.WriteString(`<worksheet xmlns="` + mainSpace + `"><sheetData><row r="1">`)
	text("A1", "HTS")
	text("B1", "Part")
	s.WriteString(`<c r="C1" t="str"><v>Value</v></c></row>`)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range brokenRows {
		row := []string{fmt.Sprintf("85051100%02d", i%100), fmt.Sprintf("part %x", r.Uint64()), fmt.Sprint(r.IntN(1e6))}
		rows = append(rows, row)
		line := i + 2
		fmt.Fprintf(&s, `<row r="%d">`, line)
		text(fmt.Sprintf("A%d", line), row[0])
		text(fmt.Sprintf("B%d", line), row[1])
		fmt.Fprintf(&s, `<c r="C%d"><v>%s</v></c></row>`, line, row[2])
	}
	s.WriteString(`</sheetData></worksheet>`)
	return s.String(), `<sst xmlns="` + mainSpace + `">` + t.String() + `</sst>`, rows
}

// zipped packs parts, in their order, as programs do that write workbooks: their sums
// and sizes stand behind them, or before.
func zipped(t testing.TB, behind bool, parts ...part) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		var w io.Writer
		var err error
		if behind {
			w, err = z.Create(p.name)
		} else {
			var packed bytes.Buffer
			f, _ := flate.NewWriter(&packed, flate.DefaultCompression)
			_, err = io.WriteString(f, p.text)
			err = errors.Join(err, f.Close())
			h := &zip.FileHeader{Name: p.name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(p.text)), CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(p.text))}
			if err == nil {
				w, err = z.CreateRaw(h)
			}
			p.text = packed.String()
		}
		if err == nil {
			_, err = io.WriteString(w, p.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readBroken reads a workbook that may be broken; an error of opening it is that of
// reading it.
func readBroken(t *testing.T, data []byte) (rows [][]string, faults []string, err error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in.xlsx")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Open(name, nil, OpenOptions{})
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	return readAll(t, s)
}

// packedAt is where the packed text of a part begins, and its length.
func packedAt(t *testing.T, data []byte, name string) (at, size int) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Name == name {
			from, err := f.DataOffset()
			if err != nil {
				t.Fatal(err)
			}
			return int(from), int(f.CompressedSize64)
		}
	}
	t.Fatalf("there is no %s", name)
	return 0, 0
}

// A workbook that breaks off keeps every row before, and says after which row and why.
func TestBrokenWorkbook(t *testing.T) {
	own, _, rows := sheetOf(false)
	shared, texts, _ := sheetOf(true)
	bookFirst := func(sheet string) []part {
		return []part{{"_rels/.rels", rootsPart}, {"xl/workbook.xml", bookPart}, {"xl/_rels/workbook.xml.rels", bookRels}, {sheetName, sheet}}
	}
	bookLast := func(sheet string) []part {
		return []part{{sheetName, sheet}, {"_rels/.rels", rootsPart}, {"xl/workbook.xml", bookPart}, {"xl/_rels/workbook.xml.rels", bookRels}}
	}
	line := func(sheet string, n int) int { return strings.Index(sheet, fmt.Sprintf(`<row r="%d">`, n)) }
	cutIn := func(data []byte, name string) []byte {
		at, size := packedAt(t, data, name)
		return data[:at+size/2]
	}
	flip := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[at] ^= 0x55
		return data
	}
	sumOf := func(data []byte, name string) int { // in the directory
		at := bytes.LastIndex(data, []byte(name))
		return at - 46 + 16
	}
	whole := zipped(t, true, bookFirst(own)...)
	at, size := packedAt(t, whole, sheetName)
	withTexts := func(texts string) []byte {
		return zipped(t, true, append(bookFirst(shared), part{textsName, texts})...)
	}
	lost := withTexts(texts)
	for _, c := range []struct {
		name  string
		data  []byte
		least int // rows kept
		most  int
		want  []string // in the error
	}{
		{"cut off within the sheet", cutIn(whole, sheetName), 100, 300, []string{`sheet "Lines", after row`, "which of its cells are merged", "the packed file is cut off"}},
		{"sums before parts", cutIn(zipped(t, false, bookFirst(own)...), sheetName), 100, 300, []string{`sheet "Lines", after row`, "the packed file is cut off"}},
		{"the workbook behind the sheet", cutIn(zipped(t, true, bookLast(own)...), sheetName), 100, 300, []string{`sheet "xl/worksheets/sheet1.xml", after row`, "the packed file is cut off"}},
		{"without its directory", whole[:at+size+16], brokenRows, brokenRows, []string{"after row 400 (line 401): that was the last", "the directory at its end is missing"}},
		{"the sheet packed wrong", flip(whole, at+size/2), 100, 300, []string{"after row", "the packed file is broken", "any cell may differ"}},
		{"a wrong sum", flip(whole, sumOf(whole, sheetName)), brokenRows, brokenRows, []string{"after row 400 (line 401): that was the last", "any cell may differ", "checksum"}},
		{"XML that breaks", zipped(t, true, bookFirst(own[:line(own, 202)+30])...), 200, 200, []string{"after row 200 (line 201)", "it breaks off", "XML syntax error"}},
		{"XML that breaks between rows", zipped(t, true, bookFirst(own[:line(own, 202)])...), 200, 200, []string{"after row 200 (line 201)", "it breaks off", "XML syntax error"}},
		{"a tag that does not match", zipped(t, true, bookFirst(own[:line(own, 102)]+strings.Replace(own[line(own, 102):], "</t>", "</v>", 1))...), 100, 100, []string{"after row 100 (line 101)", "element <t> closed by </v>"}},
		{"a tag of the last row that does not match", zipped(t, true, bookFirst(strings.Replace(own, "</v></c></row></sheetData>", "</v></row></sheetData>", 1))...), brokenRows - 1, brokenRows - 1, []string{"after row 399 (line 400)"}},
		{"no end of rows", zipped(t, true, bookFirst(strings.TrimSuffix(own, "</sheetData></worksheet>"))...), brokenRows, brokenRows, []string{"after row 400 (line 401)", "unexpected EOF"}},
		{"lines out of order", zipped(t, true, bookFirst(strings.Replace(own, `<row r="12">`, `<row r="3">`, 1))...), 10, 10, []string{"after row 10 (line 11)", "a row is said to be line 3"}},
		{"a cell of no column", zipped(t, true, bookFirst(strings.Replace(own, `r="B12"`, `r="XFE12"`, 1))...), 10, 10, []string{"after row 10 (line 11)", `a cell is said to be "XFE12"`}},
		{"texts that break", withTexts(texts[:len(texts)/2]), 150, 250, []string{"after row", "names a text that is lost", "unexpected EOF"}},
		{"cut off within the texts", cutIn(lost, textsName), 100, 300, []string{"after row", "names a text that is lost", "the packed file is cut off"}},
		{"cut off before the texts", cutIn(lost, sheetName), 0, 0, []string{"before its first row", "names a text that is lost", "sharedStrings.xml is missing"}},
		{"a wrong sum of the texts", flip(lost, sumOf(lost, textsName)), brokenRows, brokenRows, []string{"after row 400", "any cell may differ"}},
		{"a row without end", zipped(t, true, bookFirst(strings.Replace(own, `<row r="12">`, `<row r="12"><c r="A12" t="inlineStr"><is><t>`+strings.Repeat("x", mostLine+1<<17)+`</t></is></c>`, 1))...), 10, 10, []string{"after row 10 (line 11)", "a row is longer than 16 MiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, faults, err := readBroken(t, c.data)
			if len(got) < c.least || len(got) > c.most || len(faults) > 0 {
				t.Errorf("%d rows, want %d to %d; faults %q", len(got), c.least, c.most, faults)
			}
			if diff := cmp.Diff(rows[:len(got)], got); diff != "" && len(got) > 0 && !strings.Contains(fmt.Sprint(err), "any cell may differ") {
				t.Error(diff)
			}
			for _, want := range append(c.want, "save it anew") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q in it", err, want)
				}
			}
		})
	}
}

// What is no workbook is told so in words that help.
func TestNoWorkbook(t *testing.T) {
	sheet, _, _ := sheetOf(false)
	for want, data := range map[string][]byte{
		"the file is empty":               {},
		"does not begin as":               []byte("hts,origin\n8505110070,CN\n"),
		"save it as .xlsx":                []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"),
		".rels is missing":                zipped(t, true, part{"hello.txt", "hello"}),
		"no sheet is in what is left":     zipped(t, true, part{"hello.txt", strings.Repeat("hello", 9)})[:50],
		"the part sheet1.xml is missing":  zipped(t, true, part{"_rels/.rels", rootsPart}, part{"xl/workbook.xml", bookPart}, part{"xl/_rels/workbook.xml.rels", bookRels}),
		"the workbook has no sheet":       zipped(t, true, part{"_rels/.rels", rootsPart}, part{"xl/workbook.xml", `<workbook/>`}, part{"xl/_rels/workbook.xml.rels", bookRels}, part{sheetName, sheet}),
		"and parts of workbooks are writ": zipped(t, true, part{"_rels/.rels", `<?xml version="1.0" encoding="koi8-r"?>` + rootsPart}),
	} {
		if rows, _, err := readBroken(t, data); err == nil || !strings.Contains(err.Error(), want) || len(rows) > 0 {
			t.Errorf("%d rows, error %v, want %q", len(rows), err, want)
		}
	}
}

// Wherever a workbook is cut off, the rows kept are those before, and there is an error;
// whatever byte of it changes, a row that is another is not read without an error.
func TestBrokenWorkbookAnywhere(t *testing.T) {
	sheet, texts, rows := sheetOf(true)
	data := zipped(t, true, part{"_rels/.rels", rootsPart}, part{"xl/workbook.xml", bookPart}, part{"xl/_rels/workbook.xml.rels", bookRels}, part{textsName, texts}, part{sheetName, sheet})
	kept := 0
	for at := 0; at < len(data); at += 1 + len(data)/100 {
		got, _, err := readBroken(t, data[:at])
		if err == nil || len(got) > len(rows) || len(got) > 0 && !cmp.Equal(rows[:len(got)], got) {
			t.Fatalf("cut off at %d of %d bytes: %d rows, %v", at, len(data), len(got), err)
		}
		if len(got) < kept {
			t.Errorf("cut off at %d bytes: %d rows, and %d of a shorter file", at, len(got), kept)
		}
		kept = len(got)
		changed := bytes.Clone(data)
		changed[at] ^= 1 << (at % 8)
		if got, faults, err := readBroken(t, changed); err == nil && len(faults) == 0 && !cmp.Equal(rows, got) {
			t.Errorf("byte %d changed: other rows and no error", at)
		}
	}
	if kept < brokenRows/2 {
		t.Errorf("%d rows of the longest", kept)
	}
}

// Cells of every kind are read, wherever they stand. Blank lines at the end are none.
func TestCellsOfWorkbook(t *testing.T) {
	sheet := `<?xml version="1.0" encoding="UTF-8"?><x:worksheet xmlns:x="` + mainSpace + `"><x:sheetData>` +
		`<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="inlineStr"><x:is><x:r><x:t>Va</x:t></x:r><x:r><x:rPr><x:b/></x:rPr><x:t>lue</x:t></x:r></x:is></x:c><x:c r="D1" t="str"><x:v>Date</x:v></x:c></x:row>` +
		`<x:row r="3"><x:c r="D3" t="d"><x:v>2025-06-15T00:00:00</x:v></x:c><x:c r="A3" t="b"><x:v>1</x:v></x:c><x:c r="B3"><x:f>A1*2</x:f><x:v>9.40360804E9</x:v></x:c></x:row>` +
		`<x:row><x:c s="3"/></x:row><x:row r="5"><x:c r="A5" t="s"><x:v>1</x:v></x:c><x:c r="B5"><x:f>SUM(B1:B4)</x:f></x:c></x:row><x:row r="6"><x:c r="B6" t="s"><x:v>9</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row><x:row/><x:row r="1048576"><x:c r="B1048576" s="3"/></x:row>` +
		`</x:sheetData></x:worksheet>`
	texts := `<sst><si><t>HTS</t></si><si><r><t xml:space="preserve">two _x000D_</t></r><rPh sb="0" eb="1"><t>spoken</t></rPh><r><t>_x005F_x0041_</t></r></si></sst>`
	parts := []part{{"_rels/.rels", rootsPart}, {`xl\workbook.xml`, bookPart}, {"xl/_rels/workbook.xml.rels", bookRels}, {"xl/SharedStrings.xml", texts}, {sheetName, sheet}}
	rows, faults, err := readBroken(t, zipped(t, true, parts...))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"", "", "", ""}, {"1", "9403608040", "", "2025-06-15"}, {"", "", "", ""}, {"two \r_x0041_", "", "", ""}, {"", "", "#N/A", ""}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{"4: Value: a formula whose value was never computed", `5: Value: the cell names a text "9" that the workbook does not have`} {
		if len(faults) != 2 || !strings.Contains(faults[i], want) {
			t.Errorf("faults %q, want %q", faults, want)
		}
	}
}

// What another program writes into a workbook is read as that program reads it.
func TestReadWorkbookAsExcelize(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for range 20 {
		f := excelize.NewFile()
		width := 1 + r.IntN(30)
		days := map[string]string{} // by the number that is kept
		for day := range 20 {
			days[strconv.Itoa(45809+day)] = fmt.Sprintf("2025-06-%02d", 1+day)
		}
		for column := range width {
			cell, _ := excelize.CoordinatesToCellName(column+1, 1)
			if err := f.SetCellValue("Sheet1", cell, fmt.Sprintf("column %d", column)); err != nil {
				t.Fatal(err)
			}
		}
		for range r.IntN(200) {
			cell, _ := excelize.CoordinatesToCellName(1+r.IntN(width), 2+r.IntN(40))
			values := []any{r.IntN(1e9), r.Float64() * 1e6, "text _x0041_ é & <", "", true, time.Date(2025, 6, 1+r.IntN(20), 0, 0, 0, 0, time.UTC), nil, fmt.Sprint(r.Uint64())}
			if err := f.SetCellValue("Sheet1", cell, values[r.IntN(len(values))]); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := f.Write(&out); err != nil {
			t.Fatal(err)
		}
		other, err := excelize.OpenReader(bytes.NewReader(out.Bytes()), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		lines, err := other.GetRows("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		rows, faults, err := readBroken(t, out.Bytes())
		if err != nil || len(faults) > 0 {
			t.Fatalf("%v, faults %q", err, faults)
		}
		if len(rows) != max(len(lines)-1, 0) { // both leave out the empty ones at the end
			t.Errorf("%d rows, want %d", len(rows), len(lines)-1)
		}
		for i, row := range rows {
			want := slices.Clone(lines[i+1])
			for len(want) < width {
				want = append(want, "")
			}
			for j := range want {
				if want[j] = plainNumber(want[j]); days[want[j]] != "" {
					want[j] = days[want[j]]
				}
			}
			if diff := cmp.Diff(want, row); diff != "" {
				t.Errorf("row %d: %s", i+1, diff)
			}
		}
	}
}

// The letters of a header may stand in what is packed.
func TestLocalParts(t *testing.T) {
	random := make([]byte, 3<<20)
	for i, r := 0, rand.New(rand.NewPCG(3, 4)); i < len(random); i += 8 {
		binary.LittleEndian.PutUint64(random[i:], r.Uint64())
	}
	for _, at := range []int{100, 1<<20 - 2, 1<<20 + 1, 2 << 20} {
		copy(random[at:], localHeader)
	}
	data := zipped(t, false, part{"a.bin", string(random)}, part{"b.txt", "text"})
	found, err := localParts(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(found) != 2 || found[0].name != "a.bin" || found[1].name != "b.txt" {
		t.Fatalf("%d parts, %v", len(found), err)
	}
	for i, want := range []string{string(random), "text"} {
		got, err := io.ReadAll(found[i].open())
		if err != nil || string(got) != want {
			t.Errorf("part %d: %d bytes, %v", i, len(got), err)
		}
	}
}
