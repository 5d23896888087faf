package importer

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/rulepack"
)

// A row of an edition, its number and the text of its footnote.
func noted(rows ...[2]string) *strings.Reader {
	var out []string
	for _, r := range rows {
		out = append(out, `{"htsno":"`+r[0]+`","indent":"0","description":"goods","footnotes":[{"columns":["general"],"value":"`+r[1]+`","type":"endnote"}]}`)
	}
	return strings.NewReader("[" + strings.Join(out, ",") + "]")
}

func TestFootnotes(t *testing.T) {
	editions := []Edition{
		{Name: "first", JSON: noted([2]string{"8541.10.00", "See 9903.88.01. "}, [2]string{"8507.60.00", "See 9903.88.15 and U.S. note 19, 9903.91.01."}, [2]string{"9903.88.01", "See 9903.88.05"}, [2]string{"0101.21.00", "See 9902.01.01 and 19903.88.010"})},
		{Name: "second", JSON: noted([2]string{"8541.10.00", "See 9903.91.05."}, [2]string{"8507.60.00", "See 9903.88.15, 9903.91.01 and 9903.88.15"})},
		{Name: "third", JSON: noted([2]string{"8541.10.00", "See 9903.88.01; 9903.91.05"}, [2]string{"8507.60.00", "See 9903.88.15"})},
	}
	var out bytes.Buffer
	report, err := Footnotes(editions, []nomenclature.Code{"990388", "990391"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := `code,heading,edition,last
8507.60.00,9903.88.15,first,
8507.60.00,9903.91.01,first,second
8541.10.00,9903.88.01,first,first
8541.10.00,9903.91.05,second,
8541.10.00,9903.88.01,third,
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := report.String(), "3 editions with 8 rows read, 9 references in them, 5 rows written\n"; got != want {
		t.Errorf("the report says %q, want %q", got, want)
	}
	table, err := ReadFootnotes(&out)
	if err != nil {
		t.Fatal(err)
	}
	if len(table) != 5 || table[1] != (Footnote{Code: "85076000", Heading: "99039101", First: "first", Last: "second"}) {
		t.Errorf("read back as %+v", table)
	}
}

func TestFootnotesErrors(t *testing.T) {
	headings := []nomenclature.Code{"9903"}
	for _, test := range []struct{ json, want string }{
		{"{}", "edition e: is not a JSON array of rows"},
		{`[{"htsno":1}]`, "row 1 is not a row of the schedule"},
		{`[{"htsno":"0101"}`, "ends in the middle, after row 1"},
		{"\x1f\x8bzip", "cannot be unzipped"},
		{`[{"htsno":"","description":"Horses","footnotes":[{"value":"See 9903.88.15"}]}]`, "row 1 (Horses)"},
	} {
		var out bytes.Buffer
		_, err := Footnotes([]Edition{{Name: "e", JSON: strings.NewReader(test.json)}}, headings, &out)
		var problems rulepack.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.json, err, test.want)
		}
		if out.Len() > 0 {
			t.Errorf("%s: %q was written", test.json, out.String())
		}
	}
	if _, err := Footnotes(nil, headings, &bytes.Buffer{}); err == nil {
		t.Error("no edition is no error")
	}
	if _, err := Footnotes([]Edition{{}}, nil, &bytes.Buffer{}); err == nil {
		t.Error("no heading is no error")
	}
	for _, table := range []string{"", "code,heading\n", "code,heading,edition,last\nx,9903.88.15,e,\n", "code,heading,edition,last\n0101,x,e,\n", "code,heading,edition,last\n0101,9903.88.15,,\n"} {
		if _, err := ReadFootnotes(strings.NewReader(table)); err == nil {
			t.Errorf("%q is read without an error", table)
		}
	}
}

func FuzzFootnotes(f *testing.F) {
	for _, name := range []string{"testdata/hts_first.json", "testdata/hts_second.json"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var out bytes.Buffer
		report, err := Footnotes([]Edition{{Name: "a", JSON: bytes.NewReader(b)}}, []nomenclature.Code{"99"}, &out)
		if err != nil {
			if out.Len() > 0 {
				t.Error("something was written beside an error")
			}
			return
		}
		table, err := ReadFootnotes(&out)
		if err != nil {
			t.Fatal(err)
		}
		if len(table) != report.Written || report.Written != report.Marks {
			t.Errorf("%d rows of %+v", len(table), report)
		}
	})
}
