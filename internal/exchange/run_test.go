package exchange_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/exchange"
)

var engine = sync.OnceValues(navicert.OpenEmbedded)

var goods = []string{"8505.11.00.70", "9403.60.80.40", "6109.10.00.12", "8708.29.51.60", "7318.15.20.10", "8541.43.00.10", "2204.21.50.40", "85", "1234567890", "7208390030"}

// drawLines draws entry lines, some of them at fault.
func drawLines(n int) [][]string {
	r := rand.New(rand.NewPCG(20250615, 4))
	out := [][]string{{"Line id", "HTS", "Origin", "Date", "Value (USD)", "Qty", "Unit", "content.steel", "goods.Dy"}}
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	for i := range n {
		out = append(out, []string{fmt.Sprint("E", i/3), goods[r.IntN(len(goods))], pick("CN", "VN", "Germany", "MX", "CA", "Utopia"),
			pick("2025-02-20", "2025-06-15", "2025-09-01", "2026-03-10", "03/04/2025"), fmt.Sprintf("%d.%02d", r.IntN(100000), r.IntN(100)), fmt.Sprint(r.IntN(500)),
			pick("kg", "No.", "doz"), pick("", "", "0.5", "2"), pick("", "0", "1.5")})
	}
	return out
}

func write(t testing.TB, name string, rows [][]string) {
	t.Helper()
	var b bytes.Buffer
	for _, r := range rows {
		b.WriteString(strings.Join(r, ",") + "\n")
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func answer(t testing.TB, in, out string, detail exchange.Detail, workers int) (*exchange.Totals, error) {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	var facts []string
	for _, f := range e.Facts() {
		facts = append(facts, f.Name)
	}
	s, err := exchange.Open(in, nil, exchange.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, problems := exchange.Recognise(s.Columns(), facts, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m.Constants = map[exchange.Field]string{exchange.From: "CN", exchange.To: "US", exchange.Known: "2026-08-21", exchange.Only: "import"}
	for _, c := range m.Columns {
		delete(m.Constants, c.Field)
	}
	columns := exchange.OutColumns(detail)
	o, err := exchange.Create(context.Background(), out, nil, "", s.Columns(), columns)
	if err != nil {
		t.Fatal(err)
	}
	totals := exchange.NewTotals()
	totals.Words = exchange.Words{Links: e.Links(), Questions: e.Questions()}
	failed := exchange.Run(context.Background(), e, s, m, o, columns, totals, exchange.RunOptions{Detail: detail, Workers: workers})
	if err := o.Close(totals); err != nil {
		t.Fatal(err)
	}
	return totals, failed
}

func opened(tb testing.TB, name string) exchange.Source {
	tb.Helper()
	in, err := exchange.Open(name, nil, exchange.OpenOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

func table(t testing.TB, name string) (columns []string, rows [][]string) {
	t.Helper()
	s := opened(t, name)
	defer s.Close()
	for {
		var row exchange.Row
		if err := s.Next(&row); err != nil {
			return s.Columns(), rows
		}
		rows = append(rows, row.Cells)
	}
}

// Columns of a Parquet file that are of another type than what they hold: each row
// says so, by column, and a row that can be read is answered.
func TestRunOfWrongTypes(t *testing.T) {
	type line struct {
		HTS     int64   `parquet:"hts"` // a code that lost its zero, and one that had none
		Origin  int32   `parquet:"origin"`
		Entered float64 `parquet:"entry date"`
		Value   *bool   `parquet:"value (usd),optional"`
		Steel   string  `parquet:"content.steel"`
	}
	yes := true
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.parquet"), filepath.Join(dir, "out.csv")
	if err := parquet.WriteFile(in, []line{{805100020, 7, 45823.5, &yes, "much"}, {9403608040, 156, 202506, nil, "0"}}); err != nil {
		t.Fatal(err)
	}
	totals, err := answer(t, in, out, exchange.None, 1)
	if err != nil || totals.Rows != 2 || totals.Answered != 0 {
		t.Fatalf("%d rows, %d answered, %v", totals.Rows, totals.Answered, err)
	}
	columns, rows := table(t, out)
	for i, wants := range [][]string{{"hts: ", "origin: ", "entry date: ", "value (usd): ", "content.steel: "}, {"origin: ", "entry date: "}} {
		for _, want := range wants {
			if got := rows[i][len(columns)-1]; !strings.Contains(got, want) {
				t.Errorf("row %d: no %q among its problems: %s", i+1, want, got)
			}
		}
	}
}

// Each row is answered as the case alone would be, whatever the format and the
// number of workers; rows at fault say so; none is lost and the order stays.
func TestRunIsSingleDeterminations(t *testing.T) {
	const n = 1000
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	lines := drawLines(n)
	write(t, in, lines)
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	var first [][]string
	for _, out := range []struct {
		name    string
		workers int
	}{{"a.csv", 1}, {"b.csv", 4}, {"c.tsv.gz", 2}, {"d.parquet", 3}, {"e.csv.zst", 2}, {"f.ndjson", 2}, {"g.xlsx", 2}} {
		totals, err := answer(t, in, filepath.Join(dir, out.name), exchange.Brief, out.workers)
		if err != nil {
			t.Fatal(err)
		}
		columns, rows := table(t, filepath.Join(dir, out.name))
		if totals.Rows != n || totals.Answered == 0 || totals.Answered == n {
			t.Fatalf("%s: %d rows, %d answered", out.name, totals.Rows, totals.Answered)
		}
		if first == nil {
			first = rows
			continue
		}
		if strings.HasPrefix(out.name, "f") || strings.HasPrefix(out.name, "g") { // numbers have another shape there, columns another order
			if len(rows) != n {
				t.Errorf("%s has %d rows", out.name, len(rows))
			}
			continue
		}
		if diff := cmp.Diff(first, rows); diff != "" {
			t.Errorf("%s, columns %q (-a +it):\n%s", out.name, columns, diff)
		}
	}
	var d determination.Determination
	var s determination.Summary
	for i, row := range first {
		in := lines[i+1]
		if diff := cmp.Diff(in, row[:len(in)]); diff != "" {
			t.Fatalf("row %d is not the one it was: %s", i+1, diff)
		}
		c := determination.Case{Goods: in[1], From: "CN", To: "US", Origin: in[2], On: in[3], Known: "2026-08-21", Only: "import", Value: in[4] + " USD", Quantity: []string{in[5] + " " + in[6]}}
		c.Facts = map[string]string{}
		for j, name := range map[int]string{7: "content.steel", 8: "goods.Dy"} {
			if in[j] != "" {
				c.Facts[name] = in[j]
			}
		}
		err := e.Append(&d, &c)
		problems := row[len(row)-1]
		if (err != nil) != (problems != "") {
			t.Fatalf("row %d: problems %q, alone %v", i+1, problems, err)
		}
		if err != nil {
			continue
		}
		d.Summarise(&s)
		want := []string{string(s.Outcome), s.Duty.Least.StringFixed(2), s.Duty.Most.StringFixed(2)}
		if s.Duty.Unbounded {
			want[2] = ""
		}
		if diff := cmp.Diff(want, row[len(in):len(in)+3]); diff != "" {
			t.Fatalf("row %d (-alone +in the file):\n%s", i+1, diff)
		}
	}
}

// The whole determination is kept as it can be verified.
func TestRunKeepsDeterminations(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.ndjson")
	write(t, in, drawLines(12))
	if _, err := answer(t, in, out, exchange.Complete, 2); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	verified := 0
	for line := range strings.Lines(string(text)) {
		var row struct {
			Determination json.RawMessage `json:"determination"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if row.Determination == nil {
			continue
		}
		if err := e.Verify(row.Determination); err != nil {
			t.Error(err)
		}
		verified++
	}
	if verified < 4 {
		t.Errorf("only %d determinations are kept", verified)
	}
}

// A file that breaks off keeps the answers to the rows before; a run that is
// ended leaves no file.
func TestRunEnds(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	lines := drawLines(600)
	write(t, in, lines)
	f, err := os.OpenFile(in, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(strings.Repeat("x", 17<<20)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	totals, err := answer(t, in, out, exchange.None, 2)
	if err == nil || !strings.Contains(err.Error(), "after row 600") || totals.Rows != 600 {
		t.Errorf("%d rows, %v", totals.Rows, err)
	}
	if _, rows := table(t, out); len(rows) != 600 {
		t.Errorf("%d rows are kept", len(rows))
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	s, err := exchange.Open(in, nil, exchange.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, _ := exchange.Recognise(s.Columns(), nil, nil)
	gone := filepath.Join(dir, "gone.csv")
	o, err := exchange.Create(context.Background(), gone, nil, "", s.Columns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := exchange.Run(ctx, e, s, m, o, nil, exchange.NewTotals(), exchange.RunOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	o.Abort()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What is no file is written to and not replaced, a link stays one, and a folder or a
// place that is not there is told of before anything is answered.
func TestCreateBeside(t *testing.T) {
	dir := t.TempDir()
	create := func(name string) (*exchange.Output, error) {
		return exchange.Create(context.Background(), name, nil, exchange.CSV, []string{"a"}, nil)
	}
	for name, want := range map[string]string{"": "is a folder", "none/x.csv": "there is no folder"} {
		if _, err := create(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	real, link := filepath.Join(dir, "real.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(real, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	pipe := filepath.Join(dir, "pipe.csv")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		t.Skip("no pipes here: ", err)
	}
	read := make(chan string)
	go func() {
		got, _ := os.ReadFile(pipe)
		read <- string(got)
	}()
	for _, name := range []string{link, pipe} {
		o, err := create(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Close(exchange.NewTotals()); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-read; got != "a\n" {
		t.Errorf("the pipe brought %q", got)
	}
	if got, err := os.ReadFile(real); err != nil || string(got) != "a\n" {
		t.Errorf("behind the link is %q, %v", got, err)
	}
	for name, want := range map[string]bool{link: false, real: false, pipe: true, dir: false, "-": true} {
		if got := exchange.IsStream(name); got != want {
			t.Errorf("%s is a stream: %t", name, got)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v, %v", info, err)
	}
	if o, err := create(pipe + "x"); err != nil {
		t.Error(err)
	} else {
		o.Abort()
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// readRows reads rows to the end of a source, or some thousands of them, and holds each
// to the columns.
func readRows(t *testing.T, s exchange.Source) {
	t.Helper()
	defer s.Close()
	var row exchange.Row
	for n := 1; n < 10_000 && s.Next(&row) == nil; n++ {
		if row.Number != n || len(row.Cells) != len(s.Columns()) {
			t.Fatalf("row %d has number %d and %d cells of %d", n, row.Number, len(row.Cells), len(s.Columns()))
		}
	}
}

func FuzzReadText(f *testing.F) {
	f.Add([]byte("a,b\n1,\"2\n"), uint8(0))
	f.Add([]byte("{\"a\":{\"b\":[1,\"x\"]}}\n{\"a\":1}"), uint8(1))
	f.Add([]byte("\x1f\x8b\x08"), uint8(2))
	f.Add([]byte("\xff\xfea\x00\n\x001\x00"), uint8(0))
	var gz, zst bytes.Buffer
	z, _ := zstd.NewWriter(&zst)
	for _, w := range []io.WriteCloser{gzip.NewWriter(&gz), z} {
		if _, err := io.WriteString(w, "a\tb\n1\t2\n"); err != nil {
			f.Fatal(err)
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(gz.Bytes(), uint8(2))
	f.Add(zst.Bytes(), uint8(2))
	f.Fuzz(func(t *testing.T, text []byte, which uint8) {
		format := []exchange.Format{exchange.CSV, exchange.NDJSON, exchange.TSV}[which%3]
		if s, err := exchange.Open("-", bytes.NewReader(text), exchange.OpenOptions{Format: format}); err == nil {
			readRows(t, s)
		}
	})
}

// fuzzFile reads files of a format made of what is drawn.
func fuzzFile(f *testing.F, end string, make func(drawn []byte) ([]byte, error)) {
	f.Fuzz(func(t *testing.T, drawn []byte) {
		data, err := make(drawn)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "x."+end)
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err := exchange.Open(name, nil, exchange.OpenOptions{}); err == nil {
			readRows(t, s)
		}
	})
}

// wholeFile is a file of answers.
func wholeFile(f *testing.F, end string) []byte {
	dir := f.TempDir()
	in := filepath.Join(dir, "in.csv")
	write(f, in, drawLines(4))
	out := filepath.Join(dir, "out."+end)
	if _, err := answer(f, in, out, exchange.None, 1); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(out)
	if err != nil {
		f.Fatal(err)
	}
	return good
}

func asDrawn(drawn []byte) ([]byte, error) { return drawn, nil }

func FuzzReadParquet(f *testing.F) {
	good := wholeFile(f, "parquet")
	f.Add(good)
	f.Add(good[:len(good)/2])
	type line struct { // plain pages without sums, of which little is refused out of hand
		HTS   string  `parquet:"hts,plain"`
		Word  *string `parquet:"word,dict,optional"`
		Value int64   `parquet:"value,decimal(2:18)"`
		Units []int32 `parquet:"units,list"`
	}
	var plain bytes.Buffer
	w := parquet.NewGenericWriter[line](&plain, parquet.MaxRowsPerRowGroup(3), parquet.Compression(&parquet.Uncompressed))
	word := "w"
	if _, err := w.Write([]line{{"8505110070", &word, 12, nil}, {"", nil, -1, []int32{1}}, {"1", &word, 0, nil}, {"2", &word, 0, nil}}); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(plain.Bytes())
	fuzzFile(f, "parquet", asDrawn)
}

func FuzzReadWorkbook(f *testing.F) {
	good := wholeFile(f, "xlsx")
	f.Add(good)
	f.Add(good[:len(good)/2])
	fuzzFile(f, "xlsx", asDrawn)
}

// FuzzReadSheet draws the sheet within a workbook that is whole.
func FuzzReadSheet(f *testing.F) {
	good := wholeFile(f, "xlsx")
	archive, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		f.Fatal(err)
	}
	const sheet = "xl/worksheets/sheet1.xml"
	parts := map[string][]byte{}
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			f.Fatal(err)
		}
		if parts[part.Name], err = io.ReadAll(r); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(parts[sheet])
	f.Add([]byte(`<worksheet><dimension ref="A1:C3"/><sheetData><row r="1"><c r="A1" t="str"><v>HTS</v></c><c r="B1"><v>1</v></c></row>` +
		`<row r="3"><c r="C3" t="s"><v>7</v></c><c r="A3" t="b"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`))
	fuzzFile(f, "xlsx", func(drawn []byte) ([]byte, error) {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			text := parts[name]
			if name == sheet {
				text = drawn
			}
			part, err := w.CreateHeader(&zip.FileHeader{Name: name}) // stored as it is
			if err != nil {
				return nil, err
			}
			if _, err := part.Write(text); err != nil {
				return nil, err
			}
		}
		err := w.Close()
		return out.Bytes(), err
	})
}
