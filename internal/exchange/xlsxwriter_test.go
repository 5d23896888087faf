package exchange

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// What a workbook is written with, another reader reads.
func TestWorkbookWriter(t *testing.T) {
	long := strings.Repeat("é", mostCellText+5)
	texts := []string{"plain", " spaces ", "a\nb\tc", `<&>"'`, "_x0041_", "= 1+1", "钕铁硼 🧲", long, ""}
	var out bytes.Buffer
	w := newWorkbookWriter(&out)
	if err := w.begin("Texts & more", []string{"A", "B"}); err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if err := w.add([]any{text, nil, 12, cell{style: amountCell, value: 1234567.5}, cell{style: rateCell, value: 0.25}, cell{link: `https://example.org/?a=1&b="2"`}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.begin("Wide", make([]string, 703)); err != nil {
		t.Fatal(err)
	}
	if err := w.add(append(make([]any, 702), "the last", "\x00\x07 control")); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); len(got) != 2 || got[0] != "Texts & more" || got[1] != "Wide" {
		t.Errorf("the sheets are %q", got)
	}
	is := func(sheet, at, want string) {
		t.Helper()
		if got, err := f.GetCellValue(sheet, at); err != nil || got != want {
			t.Errorf("%s %s is %.60q (%v), want %.60q", sheet, at, got, err, want)
		}
	}
	for i, text := range texts {
		at, _ := excelize.CoordinatesToCellName(1, i+2)
		if text == long {
			text = text[:(mostCellText-1)*len("é")] + "…"
		}
		is("Texts & more", at, text)
	}
	is("Texts & more", "A1", "A")
	is("Texts & more", "B2", "")
	is("Texts & more", "C2", "12")
	is("Texts & more", "D2", "1,234,567.50")
	is("Texts & more", "F2", `https://example.org/?a=1&b="2"`)
	if formula, err := f.GetCellFormula("Texts & more", "F2"); err != nil || formula != `HYPERLINK("https://example.org/?a=1&b=%222%22")` {
		t.Errorf("%q, %v", formula, err)
	}
	is("Wide", "AAA2", "the last")
	is("Wide", "AAB2", "\uFFFD\uFFFD control")
	if panes, err := f.GetPanes("Texts & more"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header does not stay in sight: %+v, %v", panes, err)
	}
	if width, err := f.GetColWidth("Wide", "AAA"); err != nil || width != columnWidth {
		t.Errorf("%v, %v", width, err)
	}
}

// What a sheet has no room for goes on in the next, under the same header.
func TestWorkbookWriterGoesOn(t *testing.T) {
	var out bytes.Buffer
	w := newWorkbookWriter(&out)
	if w.most != 1_048_576 {
		t.Errorf("a sheet has %d rows", w.most)
	}
	w.most = 4
	if err := w.begin("Answers", []string{"Row", "Says"}); err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		if err := w.add([]any{i + 1, "so"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.begin("Problems", []string{"Row"}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // as many as it has room for
		if err := w.add([]any{i + 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := map[string]string{}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = fmt.Sprint(rows)
		if panes, err := f.GetPanes(name); err != nil || !panes.Freeze {
			t.Errorf("%s: the header does not stay in sight: %+v, %v", name, panes, err)
		}
	}
	want := map[string]string{"Answers": "[[Row Says] [1 so] [2 so] [3 so]]", "Answers 2": "[[Row Says] [4 so] [5 so] [6 so]]", "Answers 3": "[[Row Says] [7 so]]",
		"Problems": "[[Row] [1] [2] [3]]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A sheet has room for so many columns, and a cell for so many kinds of value.
func TestWorkbookWriterRefuses(t *testing.T) {
	w := newWorkbookWriter(io.Discard)
	if err := w.begin("Wide", make([]string, mostSheetColumns+1)); err == nil || !strings.Contains(err.Error(), "room for 16384 columns") {
		t.Error(err)
	}
	if err := w.begin("One", nil); err != nil {
		t.Fatal(err)
	}
	if err := w.add([]any{struct{}{}}); err == nil {
		t.Error("a cell held what no cell can hold")
	}
}

func TestColumnName(t *testing.T) {
	for _, i := range []int{0, 1, 25, 26, 51, 52, 701, 702, 703, 16383} {
		if want, _ := excelize.ColumnNumberToName(i + 1); columnName(i) != want {
			t.Errorf("%d is %s, want %s", i, columnName(i), want)
		}
	}
}
