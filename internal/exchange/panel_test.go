package exchange

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/outlook"
	"github.com/navicert/navicert/internal/quantity"
)

// panelOf is a panel of the United States since 2025.
func panelOf(tb testing.TB, goods []nomenclature.Code, origins ...nomenclature.Country) *outlook.Panel {
	tb.Helper()
	e, err := navicert.OpenEmbedded()
	if err != nil {
		tb.Fatal(err)
	}
	pack, _ := e.Schedule().Pack("US")
	profile, _ := outlook.ShippedProfile("metal-whole")
	p, err := outlook.New(context.Background(), e.Schedule(), outlook.Options{Into: "US", Known: pack.KnownThrough, Digits: 10, Profile: profile, Workers: 2,
		Period: quantity.Period{From: quantity.NewDate(2025, time.January, 1).Start(pack.Zone), Until: quantity.MaxInstant}, Goods: goods, Origins: origins})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestPanelFiles writes a panel as text and as Parquet: each says the same, cell
// by cell, and what the rows of the panel say.
func TestPanelFiles(t *testing.T) {
	p := panelOf(t, []nomenclature.Code{"0406", "7318", "2204"}, "CN", "CU", "DE", "CA")
	dir := t.TempDir()
	about := [][2]string{{"navicert.into", `"US"`}}
	text, packed, pq, small := filepath.Join(dir, "p.csv"), filepath.Join(dir, "p.tsv.gz"), filepath.Join(dir, "p.parquet"), filepath.Join(dir, "small.parquet")
	rows := 0
	for _, name := range []string{text, packed, pq, small} {
		o := PanelOptions{About: about, Workers: 2}
		if name == small { // many row groups, of which columns begin anew
			o.limits = panelLimits{rows: 200, dictionary: 1000, pages: 5000}
		}
		n, err := WritePanel(context.Background(), name, nil, p, o)
		if err != nil {
			t.Fatal(err)
		}
		rows = n
	}
	data, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, table := table[0], table[1:]
	if len(table) != rows || rows < 1000 {
		t.Fatalf("the text has %d rows, %d were written", len(table), rows)
	}
	i := 0
	for r := range p.Rows() {
		want := fmt.Sprintf("%s %s %s %s", string(r.Goods), r.Origin, r.Total.Least, r.Total.Status)
		cell := func(name string) string {
			for c, h := range header {
				if h == name {
					return table[i][c]
				}
			}
			t.Fatalf("there is no column %s", name)
			return ""
		}
		if got := fmt.Sprintf("%s %s %s %s", cell("hts"), cell("origin"), cell("rate_least"), cell("status")); got != want {
			t.Fatalf("row %d is %s, want %s", i+1, got, want)
		}
		i++
	}
	src, err := Open(packed, nil, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var row Row
	for i := range table {
		if err := src.Next(&row); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(row.Cells, "|"), strings.Join(table[i], "|"); got != want {
			t.Fatalf("row %d packed is %s, want %s", i+1, got, want)
		}
	}
	compareParquet(t, pq, header, table, about)
	compareParquet(t, small, header, table, about)
}

// compareParquet reads a panel with the reader of the library.
func compareParquet(t *testing.T, name string, header []string, table [][]string, about [][2]string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := file.Lookup(about[0][0]); !ok || v != about[0][1] {
		t.Errorf("the file says %q of %s", v, about[0][0])
	}
	if file.NumRows() != int64(len(table)) {
		t.Fatalf("the file has %d rows, want %d", file.NumRows(), len(table))
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, group := range file.RowGroups() {
		rows := group.Rows()
		defer rows.Close()
		buffer := make([]parquet.Row, 100)
		least, most, nulls := make([]parquet.Value, len(header)), make([]parquet.Value, len(header)), make([]int64, len(header))
		for {
			count, err := rows.ReadRows(buffer)
			for _, r := range buffer[:count] {
				for c, v := range r {
					got := ""
					switch kind := group.ColumnChunks()[c].Type(); {
					case v.IsNull():
					case kind.Kind() == parquet.ByteArray:
						got = string(v.ByteArray())
					case kind.LogicalType() != nil && strings.HasPrefix(kind.LogicalType().String(), "TIMESTAMP"):
						got = quantity.Instant(v.Int64() / 1000).Format(zone)
					default:
						got = quantity.NewDecimal(v.Int64(), 4).String()
					}
					if got != table[n][c] {
						t.Fatalf("row %d, %s: %q in Parquet, %q in text", n+1, header[c], got, table[n][c])
					}
					switch kind := group.ColumnChunks()[c].Type(); {
					case v.IsNull():
						nulls[c]++
						continue
					case least[c].IsNull() || kind.Compare(v, least[c]) < 0:
						least[c] = v.Clone()
					}
					if kind := group.ColumnChunks()[c].Type(); most[c].IsNull() || kind.Compare(v, most[c]) > 0 {
						most[c] = v.Clone()
					}
				}
				n++
			}
			if err != nil {
				break
			}
		}
		for c := range header {
			chunk := group.ColumnChunks()[c].(*parquet.FileColumnChunk)
			if chunk.NullCount() != nulls[c] {
				t.Errorf("%s: a row group says that it has %d nulls of %d", header[c], chunk.NullCount(), nulls[c])
			}
			if low, high, ok := chunk.Bounds(); ok && (!parquet.Equal(low, least[c]) || !parquet.Equal(high, most[c])) {
				t.Errorf("%s: a row group says that it goes from %v to %v, it does from %v to %v", header[c], low, high, least[c], most[c])
			}
		}
	}
	if n != len(table) {
		t.Errorf("read %d rows, want %d", n, len(table))
	}
}

// TestPanelLeavesNothingHalfWritten: what is interrupted, or cannot be, leaves no
// file.
func TestPanelLeavesNothingHalfWritten(t *testing.T) {
	p := panelOf(t, []nomenclature.Code{"7318"}, "CN")
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := WritePanel(ctx, filepath.Join(dir, "p.parquet"), nil, p, PanelOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if _, err := WritePanel(context.Background(), filepath.Join(dir, "p.xlsx"), nil, p, PanelOptions{}); err == nil || !strings.Contains(err.Error(), "csv, tsv or parquet") {
		t.Errorf("the error is %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v are left", left, err)
	}
}

// BenchmarkPanelParquet2025 writes the whole panel of the United States since 2025
// to a file; making the panel is not counted.
func BenchmarkPanelParquet2025(b *testing.B) {
	p := panelOf(b, nil)
	name := filepath.Join(b.TempDir(), "p.parquet")
	b.ResetTimer()
	rows := 0
	for b.Loop() {
		var err error
		if rows, err = WritePanel(context.Background(), name, nil, p, PanelOptions{Workers: 2}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
