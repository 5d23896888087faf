package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/rulepack"
)

func TestCodes(t *testing.T) {
	const in = "\ufeff# annex II\n8541.10.00\tdiodes, \"new\" # 4\n\n  8541 2100 # transistors\r\n0101\n"
	var out bytes.Buffer
	report, err := Codes(strings.NewReader(in), Source{By: "eo-14257", From: "2025-04-05T00:01-04:00"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := `code,from,until,by,ended-by,except,note
0101,2025-04-05T00:01-04:00,,eo-14257,,,
8541.10.00,2025-04-05T00:01-04:00,,eo-14257,,,"diodes, ""new"" # 4"
8541.21.00,2025-04-05T00:01-04:00,,eo-14257,,,
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := (ListReport{Lines: 5, Skipped: 2, Rows: 3}); report != want {
		t.Errorf("the report is %+v, want %+v", report, want)
	}
	if got, want := report.String(), "5 lines read, 2 of them empty or comments, 3 rows written"; got != want {
		t.Errorf("the report says %q", got)
	}
}

func TestCodesEnded(t *testing.T) {
	var out bytes.Buffer
	if _, err := Codes(strings.NewReader("8541"), Source{By: "a", Until: "2025-11-10", EndedBy: "b"}, &out); err != nil {
		t.Fatal(err)
	}
	if want := "8541,,2025-11-10,a,b,,\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("%q does not end with %q", out.String(), want)
	}
}

func TestCodesErrors(t *testing.T) {
	var out bytes.Buffer
	_, err := Codes(strings.NewReader("8541\n854.\nmagnets\n\n8541.\n\tnote only\n"), Source{Name: "annex.txt", By: "a"}, &out)
	var problems rulepack.Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("the error is %v", err)
	}
	for _, part := range []string{"annex.txt:5:1: 8541 stands in line 1 already", "annex.txt:6:1: the goods code is empty", "annex.txt:2:1: goods code", "annex.txt:3:1: \"magnets\""} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error says nothing of %q:\n%v", part, err)
		}
	}
	if out.Len() > 0 {
		t.Errorf("%q was written", out.String())
	}

	for _, test := range []struct {
		source Source
		want   string
	}{
		{Source{}, "no instrument"},
		{Source{By: "a", From: "soon"}, `"soon"`},
		{Source{By: "a", Until: "soon"}, `"soon"`},
		{Source{By: "a", From: "2025-04-05", Until: "2025-04-05"}, "until 2025-04-05 is not after from 2025-04-05"},
		{Source{By: "a", EndedBy: "b"}, "on no day"},
	} {
		if _, err := Codes(strings.NewReader("8541"), test.source, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want one with %q", test.source, err, test.want)
		}
		if _, err := CSVCodes(strings.NewReader("code\n8541"), Columns{Code: "code"}, test.source, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("CSV, %+v: error %v, want one with %q", test.source, err, test.want)
		}
	}
	if _, err := Codes(strings.NewReader(strings.Repeat("8", 1<<17)), Source{By: "a"}, io.Discard); err == nil {
		t.Error("a line without end is no error")
	}
	if _, err := Codes(strings.NewReader("8541"), Source{By: "a"}, brokenWriter{}); err == nil {
		t.Error("a full disk is no error")
	}
}

func TestCSVCodes(t *testing.T) {
	const in = "hts10,start,end,what\n8541100000,2025-04-05,NA,diodes\n0201100500,2025-11-13,2026-02-24,\n0201100500,2026-02-24,,\n0101,,,\n"
	columns := Columns{Code: "hts10", From: "start", Until: "end", Note: "what"}
	var out bytes.Buffer
	report, err := CSVCodes(strings.NewReader(in), columns, Source{By: "a", From: "2025-01-01", Until: "2026-07-24", EndedBy: "b"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := `code,from,until,by,ended-by,except,note
0101,2025-01-01,2026-07-24,a,b,,
0201.10.05.00,2025-11-13,2026-02-24,a,,,
0201.10.05.00,2026-02-24,2026-07-24,a,b,,
8541.10.00.00,2025-04-05,2026-07-24,a,b,,diodes
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := (ListReport{Lines: 4, Rows: 4}); report != want {
		t.Errorf("the report is %+v, want %+v", report, want)
	}
}

func TestCSVCodesErrors(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", "no header"},
		{"hts\n8541\n", `no column "code": it has hts`},
		{"code,start\n\"8541", "list: "},
		{"code,start\n8541,1 May\n", `list:2:1: moment "1 May"`},
		{"code,start\n805,\n\"8541\n\",\n", "list:2:1: goods code"},
		{"code,start\n805,\n8542,\n8541,,\n", "list:4:1: the row has 3 columns"},
		{"code,start\n8541,2025-01-01\n8541,2025-02-01\n", "list:3:1: 8541 stands in line 2 already"},
	} {
		var out bytes.Buffer
		_, err := CSVCodes(strings.NewReader(test.in), Columns{Code: "code", From: map[bool]string{true: "start"}[strings.Contains(test.in, "start")]}, Source{By: "a"}, &out)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %q", test.in, err, test.want)
		}
		if out.Len() > 0 {
			t.Errorf("%q: %q was written", test.in, out.String())
		}
	}
	if _, err := CSVCodes(strings.NewReader("code\n8541\n"), Columns{}, Source{By: "a"}, io.Discard); err == nil {
		t.Error("no name for the column of codes is no error")
	}
}

// Days begin where the pack is: in New York the 4th begins before 00:01 there.
func TestSourceZone(t *testing.T) {
	ny, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	const in = "code,start,end\n8541,,2025-06-04T00:00-04:00\n8541,2025-06-04,\n"
	columns := Columns{Code: "code", From: "start", Until: "end"}
	if _, err := CSVCodes(strings.NewReader(in), columns, Source{By: "a", Zone: ny}, io.Discard); err != nil {
		t.Errorf("in New York: %v", err)
	}
	if _, err := CSVCodes(strings.NewReader(in), columns, Source{By: "a"}, io.Discard); err == nil {
		t.Error("by Greenwich the rows overlap, and it is no error")
	}
}

func FuzzCodes(f *testing.F) {
	f.Add("8541.10.00\tdiodes\n# comment\n8542")
	f.Add("854\n\t\n#")
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		report, err := Codes(strings.NewReader(in), Source{By: "a"}, &out)
		if err != nil {
			if out.Len() > 0 {
				t.Error("something was written beside an error")
			}
			return
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != report.Rows+1 || report.Skipped+report.Rows != report.Lines {
			t.Errorf("%d rows, %v: %s", len(rows)-1, err, report)
		}
	})
}
