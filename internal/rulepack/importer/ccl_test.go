package importer

import (
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/nomenclature"
)

// TestParagraphs holds how the control list writes the paragraphs of an entry.
func TestParagraphs(t *testing.T) {
	for text, want := range map[string]string{
		"3B001.a.4, c, d, f.1, f.5, k to n, p.2, r":        "3B001.a.4 3B001.c 3B001.d 3B001.f.1 3B001.f.5 3B001.k 3B001.l 3B001.m 3B001.n 3B001.p.2 3B001.r",
		"3B001.a.1 to a.3, b":                              "3B001.a.1 3B001.a.2 3B001.a.3 3B001.b",
		"paragraphs .a and .x":                             "3B001.a 3B001.x",
		"items controlled by 3B001.z.1.a, z.2.a":           "3B001.z.1.a 3B001.z.2.a",
		"3B001.d.15 and .16":                               "3B001.d.15 3B001.d.16",
		"3B001 .g, .r, and .w":                             "3B001.g 3B001.r 3B001.w",
		"“software” controlled by 3B001.z.1":               "3B001.z.1",
		"3B001.c when the parameters of 3A101 are met":     "",
		"“software” for equipment controlled by 3B001.c.1": "",
		"3A001.b":                  "", // of another entry
		"shotguns with a barrel":   "",
		"3B001.b (except .b.5), c": "3B001.b!3B001.b.5 3B001.c",
		"3B001.b (except .c.5)":    "",
	} {
		var codes []string
		for _, r := range paragraphs("3B001", text) {
			codes = append(codes, strings.Join(append([]string{r.code}, r.except...), "!"))
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func cclOf(entries, requirements, paragraphs string) (map[string]string, CCLReport, error) {
	lists, report, err := USCCL(CCLSource{
		Entries:      strings.NewReader("eccn,heading,reasons_for_control,lvs,gbs,other_exception_flags\n" + entries),
		Requirements: strings.NewReader("eccn,control_scope,country_chart_or_prose\n" + requirements),
		Paragraphs:   strings.NewReader("eccn,paragraph,kind,text\n" + paragraphs),
		By:           "ear", Prefix: "us.ccl", Facts: "control",
	})
	out := map[string]string{}
	for id, data := range lists {
		out[id] = string(data)
	}
	return out, report, err
}

// TestUSCCL holds how entries become lists.
func TestUSCCL(t *testing.T) {
	lists, report, err := cclOf(
		`3A001,Electronic items,"NS, MT, RS, AT","$5,000, except N/A for MT","Yes, except N/A for MT",TSR=N/A
3A002,Test gear,"NS, AT",N/A,N/A,
0A002,Reactors (These items are “subject to the ITAR.”),,,,
1C980,Horses,SS,,,
`,
		`3A001,"NS applies to entire entry, except 3A001.b and .c",NS Column 2
3A002,MT applies to 3A002.a when usable in missiles. MT also applies to 3A002.b,MT Column 1.
3A001,MT applies to items that exceed the parameters of 3A101,MT Column 1.
3A001,RS applies to 3A001.z.1.a,To or within any destination worldwide. See § 742.6(a)(6)(iii)(A) of the EAR.
3A001,AT applies to entire entry,AT Column 1
3A002,NS applies to entire entry AT applies to entire entry,NS Column 2 AT Column 1
`,
		`3A001,a,item,Circuits
3A001,b,item,Amplifiers
3A001,a,item,A paragraph of a note
3A001,,note,A note
`)
	if err != nil {
		t.Fatal(err)
	}
	const header = "item,designation,except,when,by\n"
	for id, want := range map[string]string{
		"us.ccl": "0A002,Reactors (These items are “subject to the ITAR.”),,,ear\n1C980,Horses,,,ear\n3A001,Electronic items,,,ear\n3A001.a,,,,ear\n3A001.b,Amplifiers,,,ear\n" +
			"3A001.c,,,,ear\n3A001.z,,,,ear\n3A001.z.1,,,,ear\n3A001.z.1.a,,,,ear\n3A002,Test gear,,,ear\n",
		"us.ccl.ns-2": "3A001,,3A001.b 3A001.c,,ear\n3A002,,,,ear\n",
		"us.ccl.mt-1": "3A001,MT: items that exceed the parameters of 3A101,,control.mt_1,ear\n" +
			"3A002,MT: 3A002.a when usable in missiles. MT also applies to 3A002.b,,control.mt_1,ear\n",
		"us.ccl.rs-advanced-a": "3A001.z.1.a,,,,ear\n",
		"us.ccl.at-1":          "3A001,,,,ear\n3A002,,,,ear\n",
		"us.ccl.lvs":           "3A001,\"$5,000, except N/A for MT\",,order.value_usd <= 5000.0,ear\n",
		"us.ccl.gbs":           "3A001,\"Yes, except N/A for MT\",,,ear\n",
		"us.ccl.other-agency":  "0A002,Reactors (These items are “subject to the ITAR.”),,,ear\n",
		"us.ccl.unread":        "1C980,the table holds no licence requirement of the entry,,,ear\n",
	} {
		if got := strings.TrimPrefix(lists[id], header); got != want {
			t.Errorf("%s:\n got %s\nwant %s", id, got, want)
		}
	}
	if report.Words["us.ccl.mt-1"] != 2 || !slices.Equal(report.Unread, []string{"1C980"}) {
		t.Errorf("the report: %+v", report)
	}
}

// TestUSCCLKeepsReadings holds that rows which a person made of a scope in words
// stay as long as the words do, and that it is said where they do not.
func TestUSCCLKeepsReadings(t *testing.T) {
	source := func(words string) CCLSource {
		return CCLSource{
			Entries:      strings.NewReader("eccn,heading,reasons_for_control,lvs,gbs,other_exception_flags\n3A001,Items,MT,,,\n3A002,Gear,MT,,,\n"),
			Requirements: strings.NewReader("eccn,control_scope,country_chart_or_prose\n3A001,\"MT applies to " + words + "\",MT Column 1\n3A002,MT applies to gear for missiles,MT Column 1\n"),
			Paragraphs:   strings.NewReader("eccn,paragraph,kind,text\n3A001,a,item,Circuits\n3A001,b,item,Amplifiers\n"),
			By:           "ear", Prefix: "us.ccl", Facts: "control",
			Lists: map[string][]byte{"us.ccl.mt-1": []byte("item,designation,except,when,by\n" +
				"3A001.b,\"MT: 3A001.a for missiles, and b\",,,old\n3A001.a,\"MT: 3A001.a for missiles, and b\",,control.mt_1,old\n3A002,MT: gear for missiles,,control.mt_1,old\n")},
		}
	}
	lists, report, err := USCCL(source("3A001.a for missiles, and b"))
	if err != nil {
		t.Fatal(err)
	}
	want := "item,designation,except,when,by\n3A001.a,\"MT: 3A001.a for missiles, and b\",,control.mt_1,ear\n3A001.b,\"MT: 3A001.a for missiles, and b\",,,ear\n3A002,MT: gear for missiles,,control.mt_1,ear\n"
	if got := string(lists["us.ccl.mt-1"]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !slices.Equal(report.Kept, []string{"us.ccl.mt-1 3A001"}) || len(report.Changed) > 0 || report.Words["us.ccl.mt-1"] != 2 {
		t.Errorf("the report: %+v", report)
	}
	lists, report, err = USCCL(source("3A001.a for missiles and rockets, and b"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(lists["us.ccl.mt-1"]); strings.Count(got, "\n3A001") != 1 || len(report.Kept) > 0 || !slices.Equal(report.Changed, []string{"us.ccl.mt-1 3A001"}) {
		t.Errorf("%s\nthe report: %+v", got, report)
	}
}

// TestUSCCLFaults holds that what cannot be read is named, and nothing written.
func TestUSCCLFaults(t *testing.T) {
	lists, _, err := cclOf("3A001,Items,NS,,,\n", "3A001,NS applies to entire entry,As the Bureau says\n9X999,AT applies to entire entry,AT Column 1\n", "4A001,a,item,Computers\n")
	if len(lists) > 0 || err == nil {
		t.Fatalf("%v, %v", lists, err)
	}
	for _, want := range []string{"unknown form", `"9X999"`, `"4A001"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nsays nothing of %s", err, want)
		}
	}
}

// TestGroups holds how a table with marks becomes groups.
func TestGroups(t *testing.T) {
	in := "country,NS1,A:5,note\nChina,X,,1\n\"Bahamas, The\",,X,\nCongo (Democratic Republic of the),X,,\nCongo (Democratic Republic of),,X,\n"
	source := GroupSource{By: "ear", Country: "country", Skip: []string{"note"}, As: map[nomenclature.Country]nomenclature.Country{"HK": "CN"},
		Alias: map[string]nomenclature.Country{"Bahamas, The": "BS", "Congo (Democratic Republic of the)": "CD", "Congo (Democratic Republic of)": "CD"}}
	var out strings.Builder
	report, err := Groups(strings.NewReader(in), source, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := "group,country,from,until,by\nNS-1,CD,,,ear\nNS-1,CN,,,ear\nNS-1,HK,,,ear\nA-5,BS,,,ear\nA-5,CD,,,ear\n"
	if out.String() != want || report.Countries != 3 || !slices.Equal(report.Twice, []nomenclature.Country{"CD"}) {
		t.Errorf("%+v\n%s", report, out.String())
	}
	for in, want := range map[string]string{
		"country,NS1\nAtlantis,X\n": "Atlantis",
		"country,NS1\nChina,Y\n":    `"Y"`,
		"state,NS1\nChina,X\n":      `no column "country"`,
	} {
		if _, err := Groups(strings.NewReader(in), GroupSource{By: "ear", Country: "country"}, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// FuzzParagraphs holds that paragraphs are read as codes of their entry, or not
// at all.
func FuzzParagraphs(f *testing.F) {
	for _, s := range []string{"3B001.a.4, c, k to n", ".a and .x", "a.1 to a.3", "z.1 through z.9", "d.15 and .16", "x to"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range paragraphs("3B001", s) {
			for _, code := range append([]string{r.code}, r.except...) {
				if !strings.HasPrefix(code, "3B001.") || strings.ContainsAny(code, " ,") {
					t.Errorf("%q holds %q", s, code)
				}
			}
		}
	})
}
