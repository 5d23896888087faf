package exchange

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/xuri/excelize/v2"

	"github.com/navicert/navicert/internal/determination"
)

// readAll reads a table to its end.
func readAll(t *testing.T, s Source) (rows [][]string, faults []string, err error) {
	t.Helper()
	for {
		var row Row
		if err := s.Next(&row); errors.Is(err, io.EOF) {
			return rows, faults, nil
		} else if err != nil {
			return rows, faults, err
		}
		rows = append(rows, append([]string(nil), row.Cells...))
		if row.Number != len(rows) {
			t.Errorf("row %d is numbered %d", len(rows), row.Number)
		}
		for _, f := range row.Faults {
			faults = append(faults, fmt.Sprintf("%d: %s", row.Number, f.Error()))
		}
	}
}

func openText(t *testing.T, format Format, text string) (Source, error) {
	t.Helper()
	return Open("-", strings.NewReader(text), OpenOptions{Format: format})
}

func TestReadText(t *testing.T) {
	tests := []struct {
		name    string
		format  Format
		text    string
		columns []string
		rows    [][]string
		faults  []string // each within one of those found, in order
		err     string
	}{
		{"plain", CSV, "a,b\n1,2\n3,4\n", []string{"a", "b"}, [][]string{{"1", "2"}, {"3", "4"}}, nil, ""},
		{"byte order mark, blanks, quotes", CSV, "\ufeffa, b \n\" x \",\"y,\"\"z\"\"\"\n", []string{"a", "b"}, [][]string{{"x", "y,\"z\""}}, nil, ""},
		{"short and long rows", CSV, "a,b\n1\n1,2,3\n", []string{"a", "b"}, [][]string{{"1", ""}, {"1", "2"}}, []string{"2: the row has 3 cells and the header 2"}, ""},
		{"a stray quote", CSV, "a,b\n1,2\"3\n4,5\n", []string{"a", "b"}, [][]string{{"1", ""}, {"4", "5"}}, []string{"1: line 2, column 4: a quote"}, ""},
		{"a quote never closed", CSV, "a,b\n1,2\n\"3,4\n5,6\n", []string{"a", "b"}, [][]string{{"1", "2"}, {"", ""}}, []string{"2: lines 3 to 4 are taken for one row"}, ""},
		{"tabs", TSV, "a\tb\n1,5\t2\n", []string{"a", "b"}, [][]string{{"1,5", "2"}}, nil, ""},
		{"semicolons", CSV, "a;\"b,c\"\n1,5;2\n", []string{"a", "b,c"}, [][]string{{"1,5", "2"}}, nil, ""},
		{"tabs in a file called CSV", CSV, "\n\na\tb\n1;5\t2\n", []string{"a", "b"}, [][]string{{"1;5", "2"}}, nil, ""},
		{"semicolons among commas", CSV, "a;b,c\n1,2\n", []string{"a;b", "c"}, [][]string{{"1", "2"}}, nil, ""},
		{"UTF-16, the low byte first", TSV, "\xff\xfea\x00\t\x00b\x00\n\x001\x00\t\x00\xe9\x00\n\x00", []string{"a", "b"}, [][]string{{"1", "é"}}, nil, ""},
		{"UTF-16, the high byte first", CSV, "\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n", []string{"a", "b"}, [][]string{{"1", "2"}}, nil, ""},
		{"line ends of old programs", CSV, "a,b\r1,2\r", nil, nil, nil, "a carriage return alone"},
		{"a header alone", CSV, "a,b\r\n", []string{"a", "b"}, nil, nil, ""},
		{"an array", NDJSON, "[\n{\"a\":1}\n]\n", []string{"a"}, [][]string{{""}, {"1"}, {""}}, []string{"1: line 1", "3: line 3"}, ""},
		{"an array on a line", NDJSON, "[{\"a\":1}]\n", nil, nil, nil, "a JSON object on a line of its own"},
		{"empty", CSV, "", nil, nil, nil, "its first line should name the columns"},
		{"objects", NDJSON, "{\"a\":\"1\",\"n\":1.50,\"facts\":{\"goods.Dy\":0,\"x\":true}}\n\n{\"b\":[\"120 kg\",4],\"a\":null}\n", []string{"a", "n", "facts.goods.Dy", "facts.x", "b"},
			[][]string{{"1", "1.50", "0", "true", ""}, {"", "", "", "", "120 kg; 4"}}, nil, ""},
		{"a broken object", NDJSON, "{\"a\":1}\n{\"a\":\n[1]\n{\"a\":{\"b\":[[1]]}}\n{\"a\":2} 3\n{\"a\":1,\"a\":2}\n{\"a\":9}\n", []string{"a"},
			[][]string{{"1"}, {""}, {""}, {""}, {""}, {""}, {"9"}}, []string{"2: line 2", "3: line 3", "4: line 4", "5: line 5", "6: line 6"}, ""},
		{"no objects", NDJSON, "\n\n", nil, nil, nil, "a JSON object on each line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := openText(t, tt.format, tt.text)
			if err != nil {
				if tt.err == "" || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			defer s.Close()
			rows, faults, err := readAll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.columns, s.Columns()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.rows, rows); diff != "" {
				t.Error(diff)
			}
			if len(faults) != len(tt.faults) {
				t.Fatalf("faults %q, want %q", faults, tt.faults)
			}
			for i, f := range tt.faults {
				if !strings.Contains(faults[i], f) {
					t.Errorf("fault %q, want %q in it", faults[i], f)
				}
			}
		})
	}
}

// What breaks off keeps the rows before it and says where it broke.
func TestReadBroken(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintln(z, "a,b")
	for i := range 200_000 {
		fmt.Fprintf(z, "%d,%d\n", i, i*i)
	}
	z.Close()
	s, err := Open("-", bytes.NewReader(packed.Bytes()[:packed.Len()/2]), OpenOptions{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := readAll(t, s)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), fmt.Sprintf("after row %d", len(rows))) || len(rows) < 50_000 {
		t.Errorf("half a file: %d rows, %v", len(rows), err)
	}
	// So does one whose sum is wrong.
	whole := bytes.Clone(packed.Bytes())
	whole[len(whole)-5] ^= 1
	whole[len(whole)-8] ^= 1
	s, err = Open("-", bytes.NewReader(whole), OpenOptions{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := readAll(t, s); !errors.Is(err, gzip.ErrChecksum) || !strings.Contains(err.Error(), "after row 200000 (line 200002): the packed file is broken") || len(rows) != 200_000 {
		t.Errorf("a wrong sum: %d rows, %v", len(rows), err)
	}
	// A quote that is never closed takes the rows behind it, but not without end.
	s, err = Open("-", io.MultiReader(strings.NewReader("a,b\n1,2\n\"3,4\n"), lines(0)), OpenOptions{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := readAll(t, s); len(rows) != 1 || err == nil || !strings.Contains(err.Error(), "after row 1") || !strings.Contains(err.Error(), "quote before it is not closed") {
		t.Errorf("a quote without end: %d rows, %v", len(rows), err)
	}
	dir := t.TempDir()
	for _, name := range []string{"x.parquet", "x.xlsx"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("PK\x03\x04 no such thing PAR1"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(file, nil, OpenOptions{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "x.doc"), nil, OpenOptions{}); err == nil || !strings.Contains(err.Error(), "tells no format") {
		t.Error(err)
	}
}

// A line without end, two gigabytes or more, ends the reading early: the rows before
// it are kept, the error says at which line it is, and memory does not grow with it,
// packed or not.
func TestReadLineWithoutEnd(t *testing.T) {
	const size = 2 << 30
	for _, format := range []Format{CSV, TSV, NDJSON} {
		row, line := "a\n1\n", io.Reader(repeat('x'))
		if format == NDJSON {
			row, line = "{\"a\":1}\n", io.MultiReader(strings.NewReader("{\"a\":\""), repeat('x'))
		}
		for _, packing := range []compression{plain, gzipped, zstandard} {
			t.Run(string(format)+" "+string(packing), func(t *testing.T) {
				in := &taken{Reader: io.MultiReader(strings.NewReader(row), io.LimitReader(line, size), strings.NewReader("\n1\n"))}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				s, err := Open("-", packed(t, packing, in), OpenOptions{Format: format})
				if err != nil {
					t.Fatal(err)
				}
				rows, faults, err := readAll(t, s)
				runtime.ReadMemStats(&after)
				at := "(line 3)"
				if format == NDJSON {
					at = "line 2: "
				}
				if len(rows) != 1 || rows[0][0] != "1" || len(faults) > 0 || err == nil || !strings.Contains(err.Error(), "longer than 16 MiB") || !strings.Contains(err.Error(), at) {
					t.Errorf("%d rows, faults %q, error %v, want one that names %s", len(rows), faults, err, at)
				}
				if grown := after.TotalAlloc - before.TotalAlloc; grown > 256<<20 {
					t.Errorf("it took %d MiB of memory in all", grown>>20)
				}
				if n := in.n.Load(); n > 128<<20 {
					t.Errorf("%d MiB were read of a line that is too long after 16", n>>20)
				}
			})
		}
	}
}

// taken counts what is read of a stream, by whatever goroutine.
type taken struct {
	io.Reader
	n atomic.Int64
}

func (r *taken) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n.Add(int64(n))
	return n, err
}

// packed packs what is read of in as it is read.
func packed(t *testing.T, packing compression, in io.Reader) io.Reader {
	if packing == plain {
		return in
	}
	out, into := io.Pipe()
	var w io.WriteCloser
	switch packing {
	case gzipped:
		w = gzip.NewWriter(into)
	case zstandard:
		z, err := zstd.NewWriter(into, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	go func() {
		_, err := io.Copy(w, in)
		into.CloseWithError(errors.Join(err, w.Close()))
	}()
	t.Cleanup(func() { out.Close() })
	return out
}

// lines is a stream of rows without end.
type lines int

func (lines) Read(p []byte) (int, error) { return copy(p, "5,6\n"), nil }

// repeat is a stream of one byte without end.
type repeat byte

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

// openWorkbook saves a workbook and opens it as a source until the test ends.
func openWorkbook(t *testing.T, f *excelize.File) Source {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in.xlsx")
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
	s, err := Open(name, nil, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestReadWorkbook(t *testing.T) {
	f := excelize.NewFile()
	for cell, v := range map[string]any{
		"A2": "HTS", "B2": "Entry date", "C2": "Value", "A3": "0805100020", "B3": 45823, "C3": 12.5,
		"A4": 805100020, "B4": "2025-06-15", "C4": 7, "A5": "8505110070", "A6": "8505110070",
	} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.MergeCell("Sheet1", "B5", "B6"); err != nil {
		t.Fatal(err)
	}
	s := openWorkbook(t, f)
	rows, faults, err := readAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"0805100020", "45823", "12.5"}, {"805100020", "2025-06-15", "7"}, {"8505110070", "", ""}, {"8505110070", "", ""}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if len(faults) != 2 || !strings.Contains(faults[0], "3: Entry date: the cells B5:B6 are merged") {
		t.Errorf("faults %q", faults)
	}
	if _, err := Open(f.Path, nil, OpenOptions{Sheet: "March"}); err == nil || !strings.Contains(err.Error(), "one of Sheet1") {
		t.Error(err)
	}
}

func TestPlainNumber(t *testing.T) {
	for cell, want := range map[string]string{"9.40360804E9": "9403608040", "8.0510002E8": "805100020", "-1.25E-2": "-0.0125", "1.2345678901234567E16": "12345678901234600", "1500.0100000000002": "1500.01", "0.30000000000000004": "0.3", "123456789012.125": "123456789012.125",
		"9.40361E+09": "9.40361E+09", "1E": "1E", "E1": "E1", "12.5E3": "12.5E3", "PE9": "PE9", "5.0E99": "5" + strings.Repeat("0", 99), "0.1": "0.1"} {
		if got := plainNumber(cell); got != want {
			t.Errorf("%s is %s, want %s", cell, got, want)
		}
	}
}

// A workbook says from which year on its days are numbered.
func TestSerialsOfWorkbook(t *testing.T) {
	for old, want := range map[bool]Serials{false: From1900, true: From1904} {
		f := excelize.NewFile()
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &old}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", "A1", &[]any{"Entry date", "", ""}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellValue("Sheet1", "A2", time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		s := openWorkbook(t, f)
		m, _ := Recognise(s.Columns(), nil, nil)
		if m.Serials = SerialsIn(s); m.Serials != want || len(s.Columns()) != 1 {
			t.Errorf("days are numbered by %d, want %d; columns %q", m.Serials, want, s.Columns())
		}
		var row Row
		var c determination.Case
		if err := s.Next(&row); err != nil {
			t.Fatal(err)
		}
		if m.caseReader().read(&row, &c); c.Entered != "2025-06-15" {
			t.Errorf("1904 %t: %q is %q (%v)", old, row.Cells, c.Entered, row.Faults)
		}
	}
}

func TestReadParquet(t *testing.T) {
	type line struct {
		HTS   string  `parquet:"hts"`
		Date  int32   `parquet:"date,date"`
		Value int64   `parquet:"value,decimal(2:18)"`
		Share float64 `parquet:"share"`
		Qty   *int64  `parquet:"qty,optional"`
		Yes   bool    `parquet:"yes"`
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "in.parquet")
	seven, computed := int64(7), 0.1
	computed += 0.2 // 0.30000000000000004
	if err := parquet.WriteFile(name, []line{{"0805100020", 20254, -5, computed, &seven, true}, {"8505110070", 20255, 1234567, 25, nil, false}}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(name, nil, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, _, err := readAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"0805100020", "2025-06-15", "-0.05", "0.3", "7", "true"}, {"8505110070", "2025-06-16", "12345.67", "25", "", "false"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	// Instants as older programs keep them.
	type old struct {
		HTS  string           `parquet:"hts"`
		Date deprecated.Int96 `parquet:"date"`
	}
	const noon = 12 * 3_600_000_000_000
	if err := parquet.WriteFile(filepath.Join(dir, "old.parquet"), []old{{"1", deprecated.Int96{noon & 0xffffffff, noon >> 32, 2_460_842}}}); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(filepath.Join(dir, "old.parquet"), nil, OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rows, _, err = readAll(t, s); err != nil || rows[0][1] != "2025-06-15T12:00:00Z" {
		t.Error(rows, err)
	}
	// A time without a zone is a day where it is midnight, and no instant of UTC.
	type stamped struct {
		Entered time.Time `parquet:"entered,timestamp(microsecond:local)"`
		Loaded  time.Time `parquet:"loaded,timestamp(millisecond)"`
		At      int64     `parquet:"at,time(microsecond)"`
		Code    uint32    `parquet:"code"`
		ID      [16]byte  `parquet:"id,uuid"`
		Blob    []byte    `parquet:"blob"`
	}
	day, id := time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC), [16]byte{0x01, 0x23, 14: 0xab, 15: 0xcd}
	if err := parquet.WriteFile(filepath.Join(dir, "stamped.parquet"), []stamped{{day, day, 36_000_000_000, 4_016_931_010, id, []byte("a")},
		{day.Add(10 * time.Hour), day.Add(time.Hour), 0, 0, id, []byte{'a', 0xff, 'b'}}}); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(filepath.Join(dir, "stamped.parquet"), nil, OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rows, _, err = readAll(t, s); err != nil {
		t.Fatal(err)
	}
	want = [][]string{{"2025-03-04", "2025-03-04T00:00:00Z", "10:00:00", "4016931010", "01230000-0000-0000-0000-00000000abcd", "a"},
		{"2025-03-04T10:00:00", "2025-03-04T01:00:00Z", "00:00:00", "0", "01230000-0000-0000-0000-00000000abcd", "a\ufffdb"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	// Members of a group are columns; what holds lists is named and not read.
	type facts struct {
		Steel *float64 `parquet:"content.steel,optional"`
	}
	type nested struct {
		HTS    string   `parquet:"hts"`
		Units  []string `parquet:"units,list"`
		Facts  *facts   `parquet:"facts,optional"`
		Origin string   `parquet:"origin"`
	}
	half := 0.5
	if err := parquet.WriteFile(filepath.Join(dir, "nested.parquet"), []nested{{"1", []string{"kg", "No."}, &facts{&half}, "CN"}, {"2", nil, nil, "VN"}}); err != nil {
		t.Fatal(err)
	}
	s, err = Open(filepath.Join(dir, "nested.parquet"), nil, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rows, _, err = readAll(t, s); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{"ignored": Ignored(s)}
	for i, name := range s.Columns() {
		got[name] = []string{rows[0][i], rows[1][i]}
	}
	if diff := cmp.Diff(map[string][]string{"hts": {"1", "2"}, "facts.content.steel": {"0.5", ""}, "origin": {"CN", "VN"}, "ignored": {"units"}}, got); diff != "" {
		t.Error(diff)
	}
	type lists struct {
		Units []string `parquet:"units,list"`
	}
	if err := parquet.WriteFile(filepath.Join(dir, "lists.parquet"), []lists{{nil}}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "lists.parquet"), nil, OpenOptions{}); err == nil || !strings.Contains(err.Error(), "units hold lists") {
		t.Error(err)
	}
}

// A Parquet file with a broken page keeps every row before it, of all columns, and the
// error names the place.
func TestReadBrokenParquet(t *testing.T) {
	type line struct {
		HTS   string  `parquet:"hts,plain"`
		Word  string  `parquet:"word,dict"`
		Value int64   `parquet:"value,plain"`
		Share float64 `parquet:"share,plain"`
	}
	const groups, rows = 3, 2000 // rows a group
	var whole bytes.Buffer
	w := parquet.NewGenericWriter[line](&whole, parquet.MaxRowsPerRowGroup(rows), parquet.PageBufferSize(4000), parquet.Compression(&parquet.Uncompressed))
	for i := range groups * rows {
		if _, err := w.Write([]line{{fmt.Sprint(i), fmt.Sprint("w", i%7), int64(i), 0.5}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := parquet.OpenFile(bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	if err != nil {
		t.Fatal(err)
	}
	read := func(t *testing.T, data []byte) (rows [][]string, err error) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "in.parquet")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(name, nil, OpenOptions{})
		if err != nil {
			return nil, err
		}
		defer s.Close()
		rows, _, err = readAll(t, s)
		for i, row := range rows {
			if want := fmt.Sprint(i, " w", i%7, " ", i, " 0.5"); strings.Join(row, " ") != want {
				t.Fatalf("row %d is %q, want %q", i+1, row, want)
			}
		}
		return rows, err
	}
	for _, c := range []struct{ group, column, page int }{{0, 0, 0}, {0, 2, 1}, {1, 0, 3}, {1, 3, 2}, {2, 1, 0}, {2, 2, 3}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			index, err := good.RowGroups()[c.group].ColumnChunks()[c.column].OffsetIndex()
			if err != nil {
				t.Fatal(err)
			}
			first := c.group*rows + int(index.FirstRowIndex(c.page))
			data := bytes.Clone(whole.Bytes())
			data[index.Offset(c.page)+index.CompressedPageSize(c.page)-1] ^= 0x55
			kept, err := read(t, data)
			column := good.Schema().Columns()[c.column][0]
			place := fmt.Sprintf("after row %d: row group %d, column %s, page %d (from row %d): ", first, c.group+1, column, c.page+1, first+1)
			if len(kept) != first || err == nil || !strings.Contains(err.Error(), place) {
				t.Errorf("%d rows kept of %d, error %v, want one with %q", len(kept), first, err, place)
			}
		})
	}
	// Of two broken pages the earlier one counts, though its column is read later.
	data := bytes.Clone(whole.Bytes())
	for column, page := range map[int]int{0: 3, 2: 1} {
		index, err := good.RowGroups()[1].ColumnChunks()[column].OffsetIndex()
		if err != nil {
			t.Fatal(err)
		}
		data[index.Offset(page)+index.CompressedPageSize(page)-1] ^= 0x55
	}
	if kept, err := read(t, data); err == nil || len(kept) <= rows || !strings.Contains(err.Error(), fmt.Sprintf("after row %d: row group 2, column value, page 2 ", len(kept))) {
		t.Errorf("two broken pages: %d rows kept, %v", len(kept), err)
	}
	for _, cut := range []int{1, 100, whole.Len() / 2, whole.Len() - 20} { // its directory is at its end
		if _, err := read(t, whole.Bytes()[:whole.Len()-cut]); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("cut by %d bytes: %v", cut, err)
		}
	}
}

// Parties, preferences and end uses have names of columns as files have them, and a short
// name its punctuation.
func TestRecogniseFacts(t *testing.T) {
	facts := []string{"exporter.name", "importer.name", "end_use.military", "preference"}
	m, _ := Recognise([]string{"Shipper", "Ultimate Consignee", "End use", "SPI", "C/O", "Co.", "Description of goods", "Buyer", "end_use.military"}, facts, nil)
	want := []Field{"facts.exporter.name", "facts.importer.name", "facts.end_use.military", "facts.preference", Origin, "", Description, "", ""}
	for i, c := range m.Columns {
		if c.Field != want[i] {
			t.Errorf("%q is taken for %q, want %q", c.Name, c.Field, want[i])
		}
	}
	for words, want := range map[string]string{"Military": "true", "civil": "false", "No": "false", "motor for a pump": "", "yes": "true"} {
		row, c := Row{Cells: []string{"A", "", words}}, determination.Case{}
		if m.caseReader().read(&row, &c); c.Facts["end_use.military"] != want || c.Facts["exporter.name"] != "A" || len(row.Faults) > 0 {
			t.Errorf("%q: %v, %v", words, c.Facts, row.Faults)
		}
	}
	if m, _ := Recognise([]string{"Shipper", "SPI"}, nil, nil); m.Columns[0].Field != "" || m.Columns[1].Field != "" {
		t.Errorf("facts that no pack has: %+v", m.Columns)
	}
}

// A quantity whose unit nothing tells is not known; that of a row which lacks it is a fault.
func TestQuantitiesWithoutUnit(t *testing.T) {
	for _, tt := range []struct {
		columns []string
		set     map[Field]string
		cell    string
		want    string
	}{
		{[]string{"Qty"}, nil, "5", ""},
		{[]string{"Qty"}, nil, "5 kg", "5 kg"},
		{[]string{"Qty"}, map[Field]string{Unit: "doz"}, "5", "5 doz"},
		{[]string{"Qty (kg)"}, nil, "5", "5 kg"},
		{[]string{"Qty", "UOM"}, nil, "5", "5"}, // for the engine to fault
		{[]string{"Qty 2"}, nil, "5", ""},
	} {
		m, _ := Recognise(tt.columns, nil, nil)
		m.Constants = tt.set
		row, c := Row{Cells: []string{tt.cell, ""}}, determination.Case{}
		if m.caseReader().read(&row, &c); strings.Join(c.Quantity, "; ") != tt.want || len(row.Faults) > 0 {
			t.Errorf("%q of %q with %v: %q, %v", tt.cell, tt.columns, tt.set, c.Quantity, row.Faults)
		}
		if m.WithoutUnit(&m.Columns[0]) != (tt.want == "" || tt.cell == "5 kg") {
			t.Errorf("%q with %v: without a unit: %t", tt.columns, tt.set, m.WithoutUnit(&m.Columns[0]))
		}
	}
}

func TestRecognise(t *testing.T) {
	facts := []string{"goods.Dy", "content.steel"}
	m, problems := Recognise([]string{"HTSUS No.", "C.O.O.", "EXPORT COUNTRY", "entry_date", "Value (USD)", "Net weight, lb", "QTY", "goods dy", "Remarks", "Tariff code"}, facts, map[string]Field{"remarks": Reference})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []Field{Goods, Origin, From, Entered, Value, Weight, Quantity, "facts.goods.Dy", Reference, ""}
	for i, c := range m.Columns {
		if c.Field != want[i] {
			t.Errorf("%q is taken for %q, want %q", c.Name, c.Field, want[i])
		}
	}
	if got := strings.Join(m.Unused(), "; "); got != `QTY (where its cells name no unit, since no column does: --set unit=kg); Tariff code ("HTSUS No." is the goods already)` {
		t.Errorf("not used: %s", got)
	}
	if m.Columns[4].Currency != "USD" || m.Columns[5].Unit != "lb" || !strings.Contains(m.Columns[9].How, "HTSUS No.") {
		t.Errorf("%+v", m.Columns)
	}
	_, problems = Recognise([]string{"a", "b"}, facts, map[string]Field{"a": Goods, "b": Goods, "c": From})
	if len(problems) != 2 {
		t.Errorf("problems %v", problems)
	}
}

// Every synonym means one field.
func TestSynonymsAreApart(t *testing.T) {
	seen := map[string]Field{}
	mean := func(f Field, synonyms []string) {
		for _, s := range synonyms {
			if other, ok := seen[synonymKey(s)]; ok {
				t.Errorf("%q means %s and %s", s, other, f)
			}
			seen[synonymKey(s)] = f
		}
	}
	for _, f := range Fields {
		mean(f.Field, f.Synonyms)
	}
	for _, f := range FactNames {
		mean(factField+Field(f.Fact), f.Synonyms)
	}
}

func TestDates(t *testing.T) {
	tests := []struct {
		format, text string
		serials      Serials
		want, err    string
	}{
		{"", "2025-06-15", NoSerials, "2025-06-15", ""},
		{"", "2025-06-15T09:00-04:00", NoSerials, "2025-06-15T09:00-04:00", ""},
		{"", "2025-06-15 00:00:00", NoSerials, "2025-06-15", ""},
		{"", "2025-06-15T00:00:00", NoSerials, "2025-06-15", ""},
		{"", "2025-06-15 00:00", NoSerials, "2025-06-15", ""},
		{"", "2025-06-15 00:01:00-04:00", NoSerials, "2025-06-15T00:01:00-04:00", ""},
		{"", "2025-06-15 09:00", NoSerials, "2025-06-15T09:00", ""}, // the engine asks for its offset
		{"", "20250615", NoSerials, "2025-06-15", ""},
		{"", "15062025", NoSerials, "", "no day"},
		{"", "25/06/2025", NoSerials, "", "no form that was said"},
		{"", "06/25/2025", NoSerials, "", "no form that was said"},
		{"", "03/04/2025", NoSerials, "", "several ways"},
		{"", "4.3.25", NoSerials, "", "several ways"},
		{"DD/MM/YYYY", "03/04/2025", NoSerials, "2025-04-03", ""},
		{"MM/DD/YYYY", "03/04/2025", NoSerials, "2025-03-04", ""},
		{"MM/DD/YYYY", "13/04/2025", NoSerials, "", "no day in the format"},
		{"DD MON YY", "04 MAR 25", NoSerials, "2025-03-04", ""},
		{"YYYYMMDD", "20250615", NoSerials, "2025-06-15", ""},
		{"", "45823", From1900, "2025-06-15", ""},
		{"", "45823.75", From1900, "2025-06-15", ""},
		{"", "44361.5", From1904, "2025-06-15", ""},
		{"", "45823", NoSerials, "", "no day"},
		{"", "soon", NoSerials, "", "no day"},
	}
	for _, tt := range tests {
		var f DateFormat
		if tt.format != "" {
			var err error
			if f, err = ParseDateFormat(tt.format); err != nil {
				t.Fatal(err)
			}
		}
		got, err := f.read(tt.text, tt.serials)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q as %q: %q, %v", tt.text, tt.format, got, err)
		}
	}
	for _, bad := range []string{"", "DD/MM", "MM/MM/YYYY", "day"} {
		if f, err := ParseDateFormat(bad); err == nil {
			t.Errorf("%q is the format %q", bad, f)
		}
	}
}

// What a comma in a number is, is said or known, and never guessed.
func TestCommas(t *testing.T) {
	for _, tt := range []struct {
		column, text string
		want         [3]string // as thousands, as decimals, in doubt; "!": a fault
	}{
		{"value", "1,250.75", [3]string{"1,250.75", "!", "!"}},
		{"value", "1.250,75", [3]string{"1.250,75", "1250.75", "!"}},
		{"value", "1 250,75 EUR", [3]string{"1 250,75 EUR", "1250.75 EUR", "!"}},
		{"value", "1.250", [3]string{"1.250", "1250", "1.250"}},
		{"value", "1250.75", [3]string{"1250.75", "!", "1250.75"}},
		{"value", "-3,5", [3]string{"-3,5", "-3.5", "!"}},
		{"value", "none", [3]string{"none", "none", "none"}},
		{"goods.Dy", "0,5", [3]string{"0,5", "0.5", "!"}},
		{"end_user.name", "Example, Ltd. 3", [3]string{"Example, Ltd. 3", "Example, Ltd. 3", "Example, Ltd. 3"}},
		{"description", "1,5", [3]string{"1,5", "1,5", "1,5"}},
	} {
		for i, commas := range []Commas{ThousandsCommas, DecimalCommas, DoubtfulCommas} {
			m, _ := Recognise([]string{tt.column}, []string{"goods.Dy", "end_user.name"}, nil)
			m.Commas = commas
			var c determination.Case
			row := Row{Cells: []string{tt.text}}
			m.caseReader().read(&row, &c)
			got := c.Value + c.Description + c.Facts[tt.column]
			if len(row.Faults) > 0 {
				got = "!"
			}
			if got != tt.want[i] {
				t.Errorf("%s %q, commas %d: %q, want %q (%v)", tt.column, tt.text, commas, got, tt.want[i], row.Faults)
			}
		}
	}
	for text, want := range map[string]Commas{"a;b\n": DoubtfulCommas, "a,b\n": ThousandsCommas} {
		s, err := openText(t, CSV, text)
		if err != nil || CommasIn(s) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRowToCase(t *testing.T) {
	m, _ := Recognise([]string{"HTS", "from", "date", "value", "ccy", "qty", "uom", "net weight", "goods.Dy", "closed"}, []string{"goods.Dy"}, nil)
	m.Constants = map[Field]string{To: "US", Origin: "CN"}
	var c determination.Case
	row := Row{Cells: []string{"8505110070.0", "CN", "2025-06-15", "$1,250.50", "usd", "120", "No.", "3.5", "0.1", "yes"}}
	m.caseReader().read(&row, &c)
	want := determination.Case{Goods: "8505110070", From: "CN", To: "US", Origin: "CN", On: "2025-06-15", Value: "1,250.50 USD",
		Quantity: []string{"120 No.", "3.5 kg"}, Facts: map[string]string{"goods.Dy": "0.1"}, Closed: true}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(determination.Case{})); diff != "" || len(row.Faults) > 0 {
		t.Error(diff, row.Faults)
	}
	// A value names its own currency by a word of three letters, and by nothing else.
	for text, want := range map[string]string{"1250 EUR": "1250 EUR", "EUR 1250": "EUR 1250", "true": "true USD", "n/a": "n/a USD", "1e3": "1e3 USD", "1250": "1250 USD"} {
		row = Row{Cells: []string{"", "", "", text, "USD", "", "", "", "", ""}}
		if m.caseReader().read(&row, &c); c.Value != want {
			t.Errorf("%q is the value %q, want %q", text, c.Value, want)
		}
	}
	row = Row{Cells: []string{"", "", "", "", "", "", "", "", "", "maybe"}}
	m.caseReader().read(&row, &c)
	if len(c.Facts) != 0 || c.Goods != "" || len(row.Faults) != 1 {
		t.Errorf("%+v %v", c, row.Faults)
	}
}
