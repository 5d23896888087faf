package exchange

import (
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// The outline is found in pieces of any size, with and without a prefix, and not in
// what cells say.
func TestScanOutline(t *testing.T) {
	for _, c := range []struct {
		name, sheet, dimension string
		merged                 []string
	}{
		{"plain", `<worksheet><dimension ref="A1:C9"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells count="2"><mergeCell ref="A2:A3"/><mergeCell ref="B4:C4"/></mergeCells></worksheet>`, "A1:C9", []string{"A2:A3", "B4:C4"}},
		{"prefixed", `<x:worksheet><x:dimension ref='A1:B2'/><x:sheetData/><x:mergeCells><x:mergeCell xml:id="m" ref='A1:B1'></x:mergeCell></x:mergeCells></x:worksheet>`, "A1:B2", []string{"A1:B1"}},
		{"said in a cell", `<worksheet><sheetData><row><c><is><t>dimension ref="A1:Z9" &lt;mergeCell ref="A1:A2"/&gt;</t></is></c></row></sheetData><autoFilter ref="A1:B1"/></worksheet>`, "", nil},
		{"a long cell", `<worksheet><sheetData><row><c><is><t>` + strings.Repeat("ref= ", 1<<19) + `</t></is></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>`, "", []string{"A1:B1"}},
	} {
		whole, err := scanOutline(strings.NewReader(c.sheet))
		if err != nil || whole.dimension != c.dimension || !slices.Equal(whole.merged, c.merged) {
			t.Errorf("%s: %+v, %v", c.name, whole, err)
		}
		if len(c.sheet) > 1<<16 {
			continue
		}
		if o, err := scanOutline(iotest.OneByteReader(strings.NewReader(c.sheet))); err != nil || o.dimension != c.dimension || !slices.Equal(o.merged, c.merged) {
			t.Errorf("%s, byte by byte: %+v, %v", c.name, o, err)
		}
	}
}
