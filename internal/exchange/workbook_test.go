package exchange_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/navicert/navicert/internal/exchange"
)

// A workbook asks the ten questions that close most of the range, in the words in
// which an answer asks them; every header stays in sight, and the law is linked.
// Duties in another currency are added to no sum.
func TestWorkbook(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.xlsx")
	text := "hts,origin,from,to,entered,value,currency,only\n"
	for i := range 40 {
		text += fmt.Sprintf("7318.15.20.61,CN,CN,US,2025-06-15,%d,USD,import\n", 1000+i)
	}
	text += "8505.11.00,CN,CN,US,2025-06-15,5000,USD,\n9403.60.80.40,US,US,CN,2025-06-15,1000,CNY,\n85051100,CN,CN,US,03/04/2025,5000,USD,\n"
	if err := os.WriteFile(in, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	totals, err := answer(t, in, out, exchange.Brief, 2)
	if err != nil {
		t.Fatal(err)
	}
	if totals.Currency != "USD" || totals.Apart["CNY"] == nil || totals.Apart["CNY"].Rows != 1 || totals.Months["2025-06"].Rows != 41 {
		t.Errorf("sums in %q of %d rows, apart %v", totals.Currency, totals.Months["2025-06"].Rows, totals.Apart)
	}
	f, err := excelize.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := []string{"Answers", "By programme", "By origin", "By month", "Other currencies", "Open questions", "Problems", "Sources"}
	if got := f.GetSheetList(); strings.Join(got, ",") != strings.Join(want, ",") {
		t.Fatalf("sheets %v, want %v", got, want)
	}
	for _, sheet := range want {
		if p, err := f.GetPanes(sheet); err != nil || !p.Freeze || p.YSplit != 1 {
			t.Errorf("%s: the header is not frozen: %+v, %v", sheet, p, err)
		}
	}
	asked, err := f.GetRows("Open questions")
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 12 || !strings.HasSuffix(asked[11][0], " further questions") {
		t.Fatalf("%d rows of questions, the last %v", len(asked), asked[len(asked)-1])
	}
	for _, row := range asked[1:11] {
		if !strings.HasSuffix(row[0], "?") {
			t.Errorf("%q is no question", row[0])
		}
	}
	if row := asked[1]; row[0] != "Which share of the customs value is the steel content?" || row[1] != "40" || !strings.HasPrefix(row[5], "7318 (40)") || !strings.HasPrefix(row[7], "content.steel") {
		if asked[1][0] != "Under which statistical line are the goods classified?" {
			t.Errorf("the first question is %q", row)
		}
	}
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "E2": excelize.CellTypeInlineString, "F2": excelize.CellTypeUnset, "J2": excelize.CellTypeUnset} {
		if got, err := f.GetCellType("Answers", cell); err != nil || got != want {
			t.Errorf("the cell %s is of type %v, want %v: amounts are numbers, codes and days texts", cell, got, want)
		}
	}
	links := 0
	for i := 2; i < 40; i++ {
		if formula, _ := f.GetCellFormula("Sources", fmt.Sprintf("B%d", i)); strings.HasPrefix(formula, `HYPERLINK("http`) {
			links++
		}
	}
	if links < 3 {
		t.Errorf("%d sources are links", links)
	}
	problems, err := f.GetRows("Problems")
	if err != nil || len(problems) != 2 || problems[1][0] != "43" {
		t.Errorf("problems %v, %v", problems, err)
	}
}
