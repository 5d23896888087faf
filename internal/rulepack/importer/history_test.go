package importer

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

const oldHeader = "hts8,brief_description,quantity_1_code,quantity_2_code,mfn_text_rate,col1_special_text,col2_text_rate,begin_effect_date,end_effective_date\n"

func TestUSHistory(t *testing.T) {
	const old = oldHeader +
		"01010000,Steady,KG,,4.4 cents/kg,\"Free (A,CA,MX)\",10%,41213,55153\n" +
		"01020000,Cut in stages,NO,,3%,\"Free (A,CA,MX)\",35%,42552,42916\n" + // until 2017-06-30
		"01020000,Cut in stages,NO,,2%,\"Free (A,CA,MX)\",35%,42917,55153\n" +
		"01030000,Changed on a day not known,X,,7%,,20%,41213,55153\n" +
		"01040000,Ended,X,,5%,\"Free (CA,MX) 1% (KR)\",20%,41213,55153\n" +
		"01050000,Staged for one programme,KG,DOZ,5%,Free(CA) 2.5% (KR),20%,41213,55153\n" +
		"01060000,Another column 2,KG,,0.022,,20%,41213,55153\n" +
		"99038803,Chapter 99,,,No additional duty,,,41213,55153\n"
	const young = "hts8,description,general,special\n" +
		"01010000,Steady,4.4¢/kg,\"Free (A, S)\"\n" +
		"01010000,A statistical line,,\n" +
		"01020000,Cut in stages,Free,\n" +
		"01030000,Changed,6%,\n" +
		"01050000,Staged,5%,\"Free (KR,S)\"\n" +
		"01060000,Other,2.2%,\n" +
		"01070000,Begun,<u>1%</u>,\"Free (JP) See 9823.01.01 (S+)\"\n"
	const next = "code,from,until,units,general,special,other,designation\n" +
		"0101.00.00.00,2025-01-01,,,4.4¢/kg,\"Free (A,S)\",10%,Steady\n" +
		"0102.00.00,2025-01-01,,,Free,,35%,Cut\n" +
		"0102.00.00.10,2025-01-01,,,,,,One\n" +
		"0103.00.00,2025-01-01,,,6%,,20%,Changed\n" +
		"0105.00.00,2025-01-01,,,5%,\"Free (KR,S)\",20%,Staged\n" +
		"0106.00.00.10,2025-01-01,,,2.2%,,30%,One\n" +
		"0106.00.00.20,2025-01-01,,,2.2%,,30%,Two\n" +
		"0107,2025-01-01,,,,,,Heading\n" +
		"0107.00.00.00,2025-01-01,2025-07-01,,1%,\"Free (JP) See 9823.01.01 (S+)\",20%,Begun\n"
	changes := []RateChange{
		{"01020000", quantity.NewDate(2018, time.July, 1), ""},
		{"01020000", quantity.NewDate(2019, time.July, 1), "Free"},
	}
	var out bytes.Buffer
	report, err := USHistory(HistorySource{
		Old: strings.NewReader(old), New: strings.NewReader(young), Schedule: strings.NewReader(next),
		Changes: changes, Replaced: map[string][]string{"S": {"CA", "MX"}},
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	const want = `code,from,until,units,general,special,other,designation
0101.00.00,2018-01-01,2025-01-01,kg,4.4¢/kg,"Free (A,CA,MX,S)",10%,Steady
0102.00.00,2018-01-01,2018-07-01,No.,2%,"Free (A,CA,MX)",35%,Cut in stages
0102.00.00,2018-07-01,2019-07-01,No.,changed between the editions held,"Free (A,CA,MX)",35%,Cut in stages
0102.00.00,2019-07-01,2025-01-01,No.,Free,,35%,Cut in stages
0103.00.00,2018-01-01,2023-01-01,,changed between the editions held,,20%,Changed on a day not known
0103.00.00,2023-01-01,2025-01-01,,6%,,20%,Changed on a day not known
0104.00.00,2018-01-01,2022-01-27,,5%,"Free (CA,MX) changed between the editions held (JP,KR,S,S+)",20%,Ended
0105.00.00,2018-01-01,2023-01-01,kg;doz.,5%,"Free (CA) changed between the editions held (KR,S)",20%,Staged for one programme
0105.00.00,2023-01-01,2025-01-01,kg;doz.,5%,"Free (KR,S)",20%,Staged for one programme
0106.00.00,2018-01-01,2025-01-01,kg,2.2%,,changed between the editions held,Another column 2
0107.00.00,2022-01-27,2025-01-01,,1%,Free (JP) See 9823.01.01 (S+),,Heading: Begun
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if report.Ended != 1 || report.Begun != 1 || report.General != 2 || !slices.Equal(report.programmes, []string{"JP", "S", "S+"}) {
		t.Errorf("the report is %+v", report)
	}
}

func TestUSHistoryProblems(t *testing.T) {
	const young = "hts8,description,general,special\n01010000,Steady,1%,\n"
	const next = "code,from,until,general,special,other,designation\n0101.00.00,2025-01-01,,1%,,10%,Steady\n"
	for _, test := range []struct{ name, old, want string }{
		{"no such column", "hts8,brief_description\n", "has no column"},
		{"twice", oldHeader + "01010000,A,,,1%,,10%,41213,55153\n01010000,B,,,1%,,10%,41213,55153\n", "is there twice"},
		{"a day", oldHeader + "01010000,A,,,1%,,10%,soon,55153\n", "in force from"},
		{"a unit", oldHeader + "01010000,A,ELL,,1%,,10%,41213,55153\n", `counted in "ELL"`},
		{"a code", oldHeader + "1010000,A,,,1%,,10%,41213,55153\n", "digits"},
	} {
		var out bytes.Buffer
		_, err := USHistory(HistorySource{Old: strings.NewReader(test.old), New: strings.NewReader(young), Schedule: strings.NewReader(next)}, &out)
		if err == nil || !strings.Contains(err.Error(), test.want) || out.Len() > 0 {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	_, err := USHistory(HistorySource{Old: strings.NewReader(oldHeader + "01010000,A,,,1%,,10%,41213,55153\n"), New: strings.NewReader(young), Schedule: strings.NewReader(next),
		Changes: []RateChange{{"02010000", quantity.NewDate(2019, time.July, 1), "2%"}}}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "0201.00.00") {
		t.Errorf("a change of a line that is not there: %v", err)
	}
}

func TestSpecials(t *testing.T) {
	for _, test := range []struct {
		text, want string
		ok         bool
	}{
		{"Free (A,AU,BH)", "Free (A,AU,BH)", true},
		{"Free(A, E*,MX.OM) 2.5% (KR)", "Free (A,E*,MX,OM) 2.5% (KR)", true},
		{"Free (A,CA,MX", "Free (A,CA,MX)", true},
		{"Free (A,CA))", "Free (A,CA)", true},
		{"Free (A) 37.5% (KR)(s)", "Free (A) 37.5% (KR)", true},
		{"1.4 cents/kg less 0.02 cents/kg for each degree (and fractions of a degree) but not less than 1 cents/kg (P)", "1.4¢/kg less 0.02¢/kg for each degree (and fractions of a degree) but not less than 1¢/kg (P)", true},
		{"", "", true},
		{"Free", "", false},
		{"Free (A) 2% (A)", "", false},
	} {
		got, ok := specials(test.text)
		if ok != test.ok || ok && printed(got) != test.want {
			t.Errorf("%q is %q, %v", test.text, printed(got), ok)
		}
	}
}

// FuzzSpecials holds that what was parted reads the same when it is printed and
// parted again.
func FuzzSpecials(f *testing.F) {
	for _, s := range []string{"Free (A,AU)", "Free(A, MX.OM) 2.5% (KR)", "1¢ (x) (P)", "Free (A", "a (B) c", "(A)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once, ok := specials(text)
		if !ok {
			return
		}
		slices.SortStableFunc(once, func(a, b specialRate) int { return strings.Compare(a.symbol, b.symbol) })
		again, ok := specials(printed(once))
		slices.SortStableFunc(again, func(a, b specialRate) int { return strings.Compare(a.symbol, b.symbol) })
		if !ok || !slices.Equal(once, again) {
			t.Errorf("%q is %v, and then %v, %v", text, once, again, ok)
		}
	})
}

func TestReadRateChanges(t *testing.T) {
	const header = "edition,code,from,general,note\n"
	got, err := ReadRateChanges(strings.NewReader(header + "2017,0102.00.00,2018-07-01,,a step\n2017,0102.00.00,2019-07-01,Free,the last\n"))
	if err != nil || len(got) != 2 || got[1] != (RateChange{"01020000", quantity.NewDate(2019, time.July, 1), "Free"}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"2017,x,2018-07-01,,\n", "2017,0102.00.00,July,,\n", "2017,0102.00.00,2019-07-01,,\n2017,0102.00.00,2018-07-01,,\n"} {
		if _, err := ReadRateChanges(strings.NewReader(header + bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestUSConcordance(t *testing.T) {
	const before = "code,from,until,general\n" +
		"8541.40.60,2018-01-01,2022-01-27,Free\n" +
		"8541.40.80,2018-01-01,2022-01-27,2%\n" +
		"8541.10.00,2018-01-01,2025-01-01,Free\n" +
		"8541.42.00,2022-01-27,2025-01-01,Free\n" +
		"8541.49.80,2022-01-27,2025-01-01,2%\n" +
		"9801.00.10,2018-01-01,2022-01-27,Free\n"
	const after = "code,from,until,general\n" +
		"0901.11.00,2025-01-01,,Free\n" +
		"0901.11.00.65,2025-01-01,2025-07-01,\n" +
		"0901.11.00.55,2025-07-01,,\n" +
		"0901.12.00,2025-01-01,,Free\n" +
		"0901.12.00.55,2025-01-01,,\n"
	var out bytes.Buffer
	report, err := USConcordance(ConcordanceSource{
		Tables: []io.Reader{strings.NewReader(before), strings.NewReader(after)},
		HS:     strings.NewReader("hs2022,hs2017,relationship\n854142,854140,n:1\n854149,854140,n:1\n854110,854110,1:1\n"),
		HSBy:   "p-10326",
		Lines: strings.NewReader("old_hts10,new_hts10,similarity\nNA,0901110099,NA\n0901110065,0901110055,1\n" +
			"0901110065,0901120055,1\n" + // only the words are alike
			"0901120055,0901110055,1\n"), // it did not end
		By: "hts",
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	const want = `code,successor,on,by,note
0901.11.00.65,0901.11.00.55,2025-07-01,hts,
8541.40.60,8541.42.00,2022-01-27,p-10326,
8541.40.80,8541.49.80,2022-01-27,p-10326,
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if report.Ended != 2 || report.Succeeded != 2 || report.Narrowed != 2 || report.Pairs != 3 || report.Used != 1 {
		t.Errorf("the report is %+v", report)
	}
}

// Between two days on which something changes nothing changes, so the whole
// table before 2025 is checked on each of them.
func TestCommittedHistory(t *testing.T) {
	lines, days := committed(t, "hts-before-2025.csv")
	table := nomenclature.NewTable(lines)
	if first := table.Begins(); first != oldServes.Start(time.UTC) {
		t.Errorf("the table begins at %v", first)
	}
	for d := range days {
		on := day(d)
		if on < oldServes || on > nextServes {
			t.Errorf("a line changes on %s", d)
		}
		if on == nextServes {
			continue
		}
		n, unknown := 0, 0
		for l := range table.Lines(on.Start(time.UTC)) {
			if l.Code.Digits() != 8 {
				t.Errorf("%s has not eight digits", l.Code)
			}
			if l.Code.HasPrefix("98") {
				continue
			}
			n++
			switch _, err := quantity.ParseScheduleRate(l.General); {
			case l.General == "":
				t.Errorf("on %s %s has no general rate", d, l.Code)
			case err != nil && l.General == Changed:
				unknown++
			}
		}
		if n < 11_000 || n > 11_500 || unknown > 100 {
			t.Errorf("on %s there are %d lines, and the rate of %d is not known", d, n, unknown)
		}
	}
	// The first edition that is held as a whole follows without a gap.
	whole, _ := committed(t, "hts.csv")
	next := nomenclature.NewTable(whole)
	for l := range table.Lines(nextServes.Start(time.UTC) - 1) {
		if _, ok := next.Locate(l.Code, nextServes.Start(time.UTC)); !ok && len(next.Children(l.Code, nextServes.Start(time.UTC))) == 0 && l.Code != "98230803" {
			t.Errorf("%s is not in the schedule of %s", l.Code, nextServes)
		}
	}
}

// Facts that were looked up elsewhere than in the two tables.
func TestCommittedHistoryFacts(t *testing.T) {
	lines, _ := committed(t, "hts-before-2025.csv")
	table := nomenclature.NewTable(lines)
	for _, test := range []struct {
		code    nomenclature.Code
		on      string
		general string // "-": no such line
	}{
		{"96131000", "2020-07-31", "8%"}, // Proclamation 10128
		{"96131000", "2020-08-01", "5%"},
		{"96131000", "2021-08-01", "4%"},
		{"70134150", "2020-08-01", "3%"},
		{"85171200", "2022-01-26", "Free"}, // HS 2022: telephones for cellular networks
		{"85171200", "2022-01-27", "-"},
		{"85171300", "2022-01-26", "-"},
		{"85171300", "2022-01-27", "Free"},
		{"87032301", "2019-06-01", "2.5%"},
		{"84564090", "2019-06-01", "2.2%"}, // printed 0.022
		{"85181080", "2018-06-30", "2.4%"}, // Information Technology Agreement
		{"85181080", "2018-07-01", Changed},
		{"85181080", "2019-07-01", "Free"},
	} {
		got := "-"
		if l, ok := table.Find(test.code, day(test.on).Start(time.UTC)); ok {
			got = l.General
		}
		if got != test.general {
			t.Errorf("on %s %s has the rate %q, want %q", test.on, test.code, got, test.general)
		}
	}
}
