package importer

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

func open(t *testing.T, name string) io.Reader {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

func day(s string) quantity.Date {
	d, err := quantity.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Two editions with every trap of the real ones: a rate with tags, one that
// stands on an unnumbered row, words of unnumbered rows, squares and cubes
// written three ways, a heading left out, a line that ends, one that begins,
// one that changes its rate and one its unit.
func TestUSHTS(t *testing.T) {
	editions := []Edition{
		{"first", day("2025-01-01"), open(t, "hts_first.json")},
		{"second", day("2025-07-01"), open(t, "hts_second.json")},
	}
	legal := []LegalDay{{"second", "99030125", day("2025-04-05")}}
	var schedule, chapter99 bytes.Buffer
	report, err := USHTS(editions, legal, &schedule, &chapter99)
	if err != nil {
		t.Fatal(err)
	}
	want := `code,from,until,units,general,special,other,designation
0101,2025-01-01,,,,,,"Live horses, asses, mules and hinnies"
0101.21.00,2025-01-01,,,Free,,Free,Horses: Purebred breeding animals
0101.21.00.10,2025-01-01,,No.,,,,Males
0101.21.00.20,2025-07-01,,No.,,,,Females
0101.29.00,2025-01-01,2025-07-01,,4.5%,"Free (A+,AU, BH)",20%,Horses: Other
0101.29.00,2025-07-01,,,4%,"Free (A+,AU, BH)",20%,Horses: Other
0101.29.00.10,2025-01-01,2025-07-01,No.,,,,Imported for immediate slaughter
4407,2025-01-01,,,,,,"Wood sawn or chipped lengthwise, of a thickness exceeding 6 mm"
4407.11.00,2025-01-01,,m³;kg,$1.27/m³,Free (S),$1.70/m³,"Priced by volume: Of pine (Pinus spp.), more than 300 cm² in section"
4407.12.00.00,2025-01-01,2025-07-01,m³,Free,Free (S),$1.70/m³,Priced by volume: Of fir
4407.12.00.00,2025-07-01,,m²,Free,Free (S),$1.70/m³,Priced by volume: Of fir
9802.00.40,2025-01-01,,,A duty upon the value of the repairs,,A duty upon the value of the repairs,Articles exported for repair
`
	if diff := cmp.Diff(want, schedule.String()); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	want = `code,from,until,units,general,special,other,designation
9903.01.25,2025-04-05,,,The duty provided in the applicable subheading + 10%,,,Articles the product of any country
9903.88.03,2025-01-01,,,The duty provided in the applicable subheading + 25%,,,Articles the product of China
`
	if diff := cmp.Diff(want, chapter99.String()); diff != "" {
		t.Errorf("chapter 99 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]EditionReport{
		{Name: "first", From: day("2025-01-01"), Rows: 12, Lines: 9, Headings: 1, Unnumbered: 2, Begun: 10},
		{Name: "second", From: day("2025-07-01"), Rows: 12, Lines: 8, Headings: 2, Unnumbered: 2, Begun: 2, Ended: 1, Changed: 2},
	}, report.Editions); diff != "" {
		t.Errorf("editions (-want +got):\n%s", diff)
	}
	if report.Schedule != 12 || report.Chapter99 != 2 || report.LegalDays != 1 {
		t.Errorf("%d, %d rows and %d legal days are reported", report.Schedule, report.Chapter99, report.LegalDays)
	}
	for _, part := range []string{"edition second leaves out heading 0101", `the rate "$1.27/m³" of column general is copied down to 4407.11.00`, "12 rows of the schedule"} {
		if !strings.Contains(report.String(), part) {
			t.Errorf("the report says nothing of %q:\n%s", part, report)
		}
	}
}

// edition returns an export with a line for each "code rate".
func edition(name, from string, lines ...string) Edition {
	var b strings.Builder
	for i, l := range lines {
		code, rate, _ := strings.Cut(l, " ")
		fmt.Fprintf(&b, `%s{"htsno":%q,"indent":"0","description":"x","units":[],"general":%q,"special":"","other":""}`, map[bool]string{true: ","}[i > 0], code, rate)
	}
	return Edition{name, day(from), strings.NewReader("[" + b.String() + "]")}
}

// short runs USHTS and returns its rows as "code from until rate".
func short(t *testing.T, editions []Edition, legal ...LegalDay) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := USHTS(editions, legal, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range rows[1:] {
		fmt.Fprintf(&b, "%s %s..%s %s\n", r[0], r[1], r[2], r[4])
	}
	return b.String()
}

func TestUSHTSTimelines(t *testing.T) {
	for _, test := range []struct {
		name     string
		editions []Edition
		legal    []LegalDay
		want     string
	}{
		{"a line that goes and comes back has a gap",
			[]Edition{edition("a", "2025-01-01", "0101 1%", "0102"), edition("b", "2025-02-01", "0102"), edition("c", "2025-03-01", "0101 1%", "0102")}, nil,
			"0101 2025-01-01..2025-02-01 1%\n0101 2025-03-01.. 1%\n0102 2025-01-01.. \n"},
		{"a change taken back is two changes",
			[]Edition{edition("a", "2025-01-01", "0101 1%"), edition("b", "2025-02-01", "0101 2%"), edition("c", "2025-03-01", "0101 1%")}, nil,
			"0101 2025-01-01..2025-02-01 1%\n0101 2025-02-01..2025-03-01 2%\n0101 2025-03-01.. 1%\n"},
		{"an edition with effect back overwrites what came between",
			[]Edition{edition("a", "2025-01-01", "0101 1%", "0102 1%"), edition("b", "2025-03-01", "0101 2%", "0102 2%"), edition("c", "2025-02-01", "0101 3%", "0102 2%")}, nil,
			"0101 2025-01-01..2025-02-01 1%\n0101 2025-02-01.. 3%\n0102 2025-01-01..2025-03-01 1%\n0102 2025-03-01.. 2%\n"},
		{"a legal day repairs a line left out by mistake",
			[]Edition{edition("a", "2025-01-01", "0101 1%", "0102"), edition("b", "2025-02-01", "0102"), edition("c", "2025-03-01", "0101 1%", "0102")},
			[]LegalDay{{"c", "0101", day("2025-02-01")}},
			"0101 2025-01-01.. 1%\n0102 2025-01-01.. \n"},
		{"a legal day takes out a line printed by mistake",
			[]Edition{edition("a", "2025-01-01", "0102"), edition("b", "2025-02-01", "0101 1%", "0102"), edition("c", "2025-03-01", "0102")},
			[]LegalDay{{"c", "0101", day("2025-02-01")}},
			"0102 2025-01-01.. \n"},
		{"a legal day may lie ahead",
			[]Edition{edition("a", "2025-01-01", "0101 1%"), edition("b", "2025-02-01", "0101 2%")},
			[]LegalDay{{"b", "0101", day("2025-02-09")}},
			"0101 2025-01-01..2025-02-09 1%\n0101 2025-02-09.. 2%\n"},
	} {
		if diff := cmp.Diff(test.want, short(t, test.editions, test.legal...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// A rate of another family is copied down; one of the own family is not.
func TestUSHTSInheritance(t *testing.T) {
	const export = `[
	{"htsno":"9401.99.25","indent":"0","description":"Of cane","general":"Free","special":"","other":"60%"},
	{"htsno":"9401.99.25.80","indent":"1","description":"Other"},
	{"htsno":"9401.99.30.30","indent":"2","description":"Seat decks"},
	{"htsno":"9401.99.90","indent":"0","description":"Other","general":"2%"},
	{"htsno":"9401.99.90.30","indent":"0","description":"Astray"}]`
	var out bytes.Buffer
	report, err := USHTS([]Edition{{"a", day("2025-01-01"), strings.NewReader(export)}}, nil, &out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"9401.99.25.80,2025-01-01,,,,,,Other\n",
		"9401.99.30.30,2025-01-01,,,Free,,60%,Seat decks\n",
		"9401.99.90.30,2025-01-01,,,,,,Astray\n",
	} {
		if !strings.Contains(out.String(), row) {
			t.Errorf("there is no row %sin\n%s", row, out.String())
		}
	}
	if len(report.Notes) != 3 || !strings.Contains(report.Notes[2], "9401.99.90.30 has the rate \"2%\" of its family") {
		t.Errorf("the notes are %q", report.Notes)
	}
}

func TestUSHTSErrors(t *testing.T) {
	row := func(number, indent string) string {
		return fmt.Sprintf(`{"htsno":%q,"indent":%q,"description":"Horses"}`, number, indent)
	}
	for _, test := range []struct {
		json string
		want []string
	}{
		{"", []string{"not a JSON array"}},
		{"{}", []string{"not a JSON array"}},
		{"[]", []string{"no rows"}},
		{"[" + row("0101", "0"), []string{"ends in the middle, after row 1"}},
		{`["x"]`, []string{"row 1", "not a row"}},
		{"\x1f\x8b oops", []string{"cannot be unzipped"}},
		{"[" + strings.Join([]string{row("0101", "0"), row("101.2", "1"), row("0101", "0"), row("0102", "-1"), row("01", "0"), row("0103", "x"), row("101.20", "0")}, ",") + "]",
			[]string{"row 2 (101.2 Horses)", "not written like 1012", "row 7 (101.20 Horses)", "5 digits", "row 3 (0101 Horses)", "0101 twice", "row 4", `indent "-1"`, "row 5", "has 2 digits", "row 6", `indent "x"`}},
		{`[{"htsno":"0101","indent":"0","units":["kg;No."]}]`, []string{"semicolon"}},
	} {
		var schedule, chapter99 bytes.Buffer
		_, err := USHTS([]Edition{{"bad", day("2025-01-01"), strings.NewReader(test.json)}}, nil, &schedule, &chapter99)
		var problems rulepack.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: error %v is no rulepack.Problems", clip(test.json), err)
			continue
		}
		for _, part := range append(test.want, "edition bad") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error says nothing of %q:\n%v", clip(test.json), part, err)
			}
		}
		if schedule.Len()+chapter99.Len() > 0 {
			t.Errorf("%s: something was written", clip(test.json))
		}
	}
	if _, err := USHTS(nil, nil, io.Discard, io.Discard); err == nil {
		t.Error("no edition is no error")
	}
}

func TestUSHTSLegalDayErrors(t *testing.T) {
	_, err := USHTS([]Edition{edition("a", "2025-01-01", "0101 1%"), edition("b", "2025-02-01", "0101 2%")}, []LegalDay{
		{"b", "0101", day("2024-12-31")},
		{"b", "0102", day("2025-02-01")},
		{"c", "0101", day("2025-02-01")},
		{"c", "0101", day("2025-02-02")},
	}, io.Discard, io.Discard)
	for _, part := range []string{"0101 of edition b is of 2024-12-31, before the first edition", "edition b does not change 0102", "edition c does not change 0101", "0101 of edition c has two days"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error says nothing of %q: %v", part, err)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestUSHTSBrokenWriter(t *testing.T) {
	for _, w := range [][2]io.Writer{{brokenWriter{}, io.Discard}, {io.Discard, brokenWriter{}}} {
		if _, err := USHTS([]Edition{edition("a", "2025-01-01", "0101 1%")}, nil, w[0], w[1]); err == nil {
			t.Error("a full disk is no error")
		}
	}
}

func TestUSHTSGzip(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := io.Copy(z, open(t, "hts_first.json")); err != nil {
		t.Fatal(err)
	}
	z.Close()
	report, err := USHTS([]Edition{{"first", day("2025-01-01"), &zipped}}, nil, io.Discard, io.Discard)
	if err != nil || report.Schedule != 9 {
		t.Errorf("%v, %v", report, err)
	}
}

func TestReadTables(t *testing.T) {
	editions, err := ReadEditions(strings.NewReader("edition,from,note\n2025_basic,2025-01-01,\n2025_rev_1,2025-02-04,a note\n"))
	if diff := cmp.Diff([]Edition{{Name: "2025_basic", Effective: day("2025-01-01")}, {Name: "2025_rev_1", Effective: day("2025-02-04")}}, editions); err != nil || diff != "" {
		t.Errorf("editions %v (-want +got):\n%s", err, diff)
	}
	legal, err := ReadLegalDays(strings.NewReader("edition,code,from,note\n2025_rev_24,9903.02.74,2025-09-01,by the change record\n"))
	if diff := cmp.Diff([]LegalDay{{"2025_rev_24", "99030274", day("2025-09-01")}}, legal); err != nil || diff != "" {
		t.Errorf("legal days %v (-want +got):\n%s", err, diff)
	}

	const faulty = "edition,from,note\nfirst,1 May,\nfirst,2025-01-01,\n,2025-01-01,\n"
	for _, test := range []struct{ editions, legal, want string }{
		{"edition,from\n", "", "has the columns edition,from"},
		{"", "", "is empty"},
		{faulty, "", `editions.csv:2:1: day "1 May"`},
		{faulty, "", "editions.csv:3:1: edition first stands in line 2 too"},
		{faulty, "", "editions.csv:4:1: the edition has no name"},
		{"edition,from,note\n\"first", "", "editions.csv"},
		{"", "edition,code,from,note\nsecond,990,soon,\n", "legal-days.csv:2:1: goods code"},
		{"", "edition,code,from,note\nsecond,990,soon,\n", `day "soon"`},
		{"", "code\n", "has the columns code"},
	} {
		var err error
		if test.legal != "" {
			_, err = ReadLegalDays(strings.NewReader(test.legal))
		} else {
			_, err = ReadEditions(strings.NewReader(test.editions))
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("editions %q, legal days %q: error %v, want one with %q", test.editions, test.legal, err, test.want)
		}
	}
}

// The merged table, read on the day of an edition, is that edition.
func TestUSHTSIsTheEdition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var editions []Edition
		var want []map[string]string
		for i := range rapid.IntRange(1, 5).Draw(t, "editions") {
			lines := rapid.MapOfN(rapid.SampledFrom([]string{"0101", "0102", "0103", "0104"}), rapid.SampledFrom([]string{"1%", "2%"}), 1, 4).Draw(t, "lines")
			var rows []string
			for _, c := range slices.Sorted(func(yield func(string) bool) {
				for c := range lines {
					if !yield(c) {
						return
					}
				}
			}) {
				rows = append(rows, c+" "+lines[c])
			}
			editions = append(editions, edition(fmt.Sprint(i), fmt.Sprintf("2025-01-%02d", i+1), rows...))
			want = append(want, lines)
		}
		var out bytes.Buffer
		if _, err := USHTS(editions, nil, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, lines := range want {
			on := editions[i].Effective.String()
			got := map[string]string{}
			for _, r := range rows[1:] {
				if r[1] <= on && (r[2] == "" || on < r[2]) {
					if _, ok := got[r[0]]; ok {
						t.Fatalf("%s is in force twice on %s", r[0], on)
					}
					got[r[0]] = r[4]
				}
			}
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Fatalf("on %s (-want +got):\n%s", on, diff)
			}
		}
	})
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "",
		"2.5% <u></u>":                         "2.5%",
		"14.5¢/m<sup>2 </sup>+ 0.4%":           "14.5¢/m² + 0.4%",
		"$1.70/m<sup style=\"x\">3</sup>":      "$1.70/m³",
		"86.1¢/m2of recording surface":         "86.1¢/m²of recording surface",
		"0.3m2 but not 1 cm3, 2 km2":           "0.3m² but not 1 cm³, 2 km²",
		"5 x 10<sup>-6</sup> per Kelvin":       "5 x 10-6 per Kelvin",
		"V<sub>2</sub>O<sub>5</sub> kg":        "V2O5 kg",
		"<il>doz. prs</il>.":                   "doz. prs.",
		"down,<br /> feathers":                 "down, feathers",
		"acid<newline></newline>ester":         "acid ester",
		"<em style=\"color: red;\">C. l.</em>": "C. l.",
		" a\u00a0 b\t\n c\u200b ":              "a b c",
		"less than < 10 kg":                    "less than < 10 kg",
		"R&amp;D &lt;5 mm":                     "R&D <5 mm",
		"rum2 m20 m2":                          "rum2 m20 m²",
		"vitamin B2":                           "vitamin B2",
		"mm2":                                  "mm²",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"2.5% <u></u>", "m<sup>2 </sup>", "<", "&amp;lt;", "cm3 m2", "\xff<i>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := plain(s)
		if strings.ContainsAny(got, "\n\t") || strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Errorf("plain(%q) = %q is not one line with single spaces", s, got)
		}
	})
}

func FuzzUSHTS(f *testing.F) {
	for _, name := range []string{"testdata/hts_first.json", "testdata/hts_second.json"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var schedule, chapter99 bytes.Buffer
		report, err := USHTS([]Edition{{"a", day("2025-01-01"), bytes.NewReader(b)}}, nil, &schedule, &chapter99)
		if err != nil {
			if schedule.Len()+chapter99.Len() > 0 {
				t.Error("something was written beside an error")
			}
			return
		}
		e := report.Editions[0]
		if e.Lines+e.Headings+e.Unnumbered != e.Rows || e.Lines != report.Schedule || e.Headings != report.Chapter99 {
			t.Errorf("rows were lost: %+v", report)
		}
		for _, out := range []*bytes.Buffer{&schedule, &chapter99} {
			rows, err := csv.NewReader(out).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows[1:] {
				if _, err := nomenclature.ParseCode(r[0]); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
