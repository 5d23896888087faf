package exchange

import (
	"slices"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// Formats of days are told from those of times, amounts and numbers that look like words.
func TestShowsDays(t *testing.T) {
	for code, want := range map[string]bool{
		"yyyy-mm-dd": true, "d/m/yy": true, "[$-409]mmmm d, yyyy;@": true, `dd\.mm\.yyyy`: true, "m/d/yy h:mm": true, "YYYY/MM": true, `yyyy"年"m"月"d"日"`: true,
		"General": false, "0.00": false, "#,##0.00 [$kr-41D]": false, `0 "days"`: false, "h:mm:ss": false, "[Red]0": false, `_-* #,##0\ "dy"_-`: false, "0;yy": false, "@": false, "mm:ss.0": false, "": false,
	} {
		if got := showsDays(code); got != want {
			t.Errorf("%q shows days: %t", code, got)
		}
	}
}

// A number that is shown as a day is the day, for what is written too; other numbers are
// as they are kept.
func TestDaysOfSheet(t *testing.T) {
	for _, old := range []bool{false, true} {
		f := excelize.NewFile()
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &old}); err != nil {
			t.Fatal(err)
		}
		own := "dd.mm.yyyy"
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &own})
		if err != nil {
			t.Fatal(err)
		}
		day := time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC)
		if err := f.SetSheetRow("Sheet1", "A1", &[]any{"Entry date", "Loaded", "Value", "HTS", "Seen"}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", "A2", &[]any{day, day, 45823, "45823", day.Add(6 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", "B2", "B2", style); err != nil {
			t.Fatal(err)
		}
		s := openWorkbook(t, f)
		seen := map[bool]string{false: "45823.25", true: "44361.25"}[old]
		rows, _, err := readAll(t, s)
		if want := []string{"2025-06-15", "2025-06-15", "45823", "45823", seen}; err != nil || len(rows) != 1 || !slices.Equal(rows[0], want) {
			t.Errorf("%q, %v, want %q", rows, err, want)
		}
	}
}
