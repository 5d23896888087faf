package exchange

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Tables stand below titles, blank lines and what tells their separator; faults have the
// lines of the file.
func TestHeaderBelow(t *testing.T) {
	const columns = "HTS Number,C/O,Entry Date,Entered Value (USD)"
	row := "\n8505.11.0070,CN,2025-06-15,100\n"
	semicolons := strings.NewReplacer(",", ";")
	tests := []struct {
		name, text string
		line       int
	}{
		{"at the beginning", columns + row, 0},
		{"below a title", "\ufeffEntry lines, Q2 2025,,,\n\"For: ACME, Inc.\",,,\n,,,\n" + columns + row, 4},
		{"below a title with other separators", "Entry lines, Q2 2025\nprinted on, 2025-07-03\n" + semicolons.Replace(columns+row), 3},
		{"below blank lines", "\r\n\n" + semicolons.Replace(columns+row), 0},
		{"below its separator", "sep=;\r\n" + semicolons.Replace(columns+row), 0},
		{"below its separator and a title", "\ufeffSEP=|\nEntries\n" + strings.ReplaceAll(columns+row, ",", "|"), 3},
		{"with lines in its names", "\"HTS\nNumber\",C/O,\"Entry\nDate\",Entered Value (USD)" + row, 0},
	}
	for _, tt := range tests {
		name := filepath.Join(t.TempDir(), "in.csv")
		if err := os.WriteFile(name, []byte(tt.text+"8505,\"CN\"x,2025-06-15,1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(name, nil, OpenOptions{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		defer s.Close()
		fields := len(fieldsOf(s))
		if got := HeaderBelow(s); got != tt.line || fields < 3 {
			t.Errorf("%s: the header is line %d with %d fields, want line %d", tt.name, got, fields, tt.line)
		}
		var first, second Row
		if err := s.Next(&first); err != nil || first.Cells[0] != "8505.11.0070" || first.Number != 1 {
			t.Errorf("%s: %v, %v", tt.name, first, err)
		}
		if tt.line > 0 && s.Next(&second) == nil && s.(*delimited).begun.comma == ',' && (len(second.Faults) != 1 || !strings.Contains(second.Faults[0].Message, "line 6,")) {
			t.Errorf("%s: %v", tt.name, second.Faults)
		}
	}
}

func fieldsOf(s Source) (out []Field) {
	m, _ := Recognise(s.Columns(), nil, nil)
	for _, c := range m.Columns {
		if c.Field != "" {
			out = append(out, c.Field)
		}
	}
	return out
}

// The first line is the header where none below is, and a row of values never is.
func TestHeaderIsTheFirst(t *testing.T) {
	for _, text := range []string{
		"Ctry;Tarif\nCN;8505.11.0070\n",
		"Tarif,Remarks\n8505.11.0070,\"price, quantity\"\n8505.11.0070,Commodity\n",
		"Tarif,a,b\n8505.11.0070,Price,Quantity\n",
		"only",
	} {
		s, err := Open("-", strings.NewReader(text), OpenOptions{Format: CSV})
		if err != nil {
			t.Fatal(err)
		}
		if first := strings.FieldsFunc(strings.Split(text, "\n")[0], func(r rune) bool { return r == ',' || r == ';' }); HeaderBelow(s) != 0 || !slices.Equal(s.Columns(), first) {
			t.Errorf("%q: line %d, columns %q", text, HeaderBelow(s), s.Columns())
		}
	}
}

func TestHeaderOfUTF16(t *testing.T) {
	text := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune("sep=\t\r\nTitle\r\nHTS\tCOO\tEntry date\r\n8505\tCN\t2025-06-15\r\n")) {
		text = binary.LittleEndian.AppendUint16(text, unit)
	}
	s, err := Open("-", strings.NewReader(string(text)), OpenOptions{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	if HeaderBelow(s) != 3 || len(fieldsOf(s)) != 3 {
		t.Errorf("line %d, columns %q", HeaderBelow(s), s.Columns())
	}
}

// A sheet with a merged title, as brokers send them; the rows between and the total are
// rows.
func TestHeaderOfSheet(t *testing.T) {
	f := excelize.NewFile()
	set := func(cell string, values ...any) {
		if err := f.SetSheetRow("Sheet1", cell, &values); err != nil {
			t.Fatal(err)
		}
	}
	set("A1", "Entry lines, Q2 2025")
	set("A2", "Importer", "ACME")
	set("A4", "HTS Number", "Origin", "Entry Date", "Value (USD)")
	set("A5", "8505.11.0070", "CN", "2025-06-15", 100)
	set("A7", "9403.60.8040", "VN", "2025-06-15", 100)
	if err := f.MergeCell("Sheet1", "A1", "D1"); err != nil {
		t.Fatal(err)
	}
	s := openWorkbook(t, f)
	if HeaderBelow(s) != 4 || len(fieldsOf(s)) != 4 {
		t.Fatalf("line %d, columns %q", HeaderBelow(s), s.Columns())
	}
	rows, faults, err := readAll(t, s)
	if err != nil || len(rows) != 3 || len(faults) != 0 || rows[0][0] != "8505.11.0070" || rows[2][1] != "VN" {
		t.Errorf("%q, %v, %v", rows, faults, err)
	}
}

// Text in another encoding is read as it is said to be, and puts its rows at fault where
// nothing is said.
func TestEncoding(t *testing.T) {
	text := "HTS,Origin,Description\n9403,TR,T\xfcrkei\n9403,TR,oak\n"
	for encoding, want := range map[string]string{"windows-1252": "Türkei", "": "T\ufffdrkei"} {
		s, err := Open("-", strings.NewReader(text), OpenOptions{Format: CSV, Encoding: encoding})
		if err != nil {
			t.Fatal(err)
		}
		rows, faults, err := readAll(t, s)
		if err != nil || len(rows) != 2 || rows[0][2] != want || (len(faults) > 0) != (encoding == "") {
			t.Errorf("%q: %q, %v, %v", encoding, rows, faults, err)
		}
		if encoding == "" && (len(faults) != 1 || !strings.HasPrefix(faults[0], "1: line 2 is not in UTF-8")) {
			t.Errorf("faults %q", faults)
		}
	}
	chinese := "\xba\xa3\xb9\xd8,hts\n\xcc\xfa,7308\n" // gb18030
	s, err := Open("-", strings.NewReader(chinese), OpenOptions{Format: CSV, Encoding: "GB18030"})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := readAll(t, s); err != nil || s.Columns()[0] != "海关" || rows[0][0] != "铁" {
		t.Errorf("%q %q, %v", s.Columns(), rows, err)
	}
	for _, o := range []OpenOptions{{Format: CSV, Encoding: "klingon"}, {Format: XLSX, Encoding: "windows-1252"}} {
		if _, err := Open("-", strings.NewReader(text), o); err == nil || !strings.Contains(err.Error(), "encoding") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
