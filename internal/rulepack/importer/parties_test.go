package importer

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

func TestParties(t *testing.T) {
	const head = "name,country,identifier,aliases,announced,from,since,until,by,ended-by,note\n"
	screening := PartyColumns{Name: "name", Country: "country", Aliases: "alias", Identifier: "number", From: "notice", Note: "rule"}
	for _, tt := range []struct {
		title  string
		in     string
		source PartySource
		want   string
		report PartyReport
	}{
		{"days of notices, the first of several",
			"name,country,alias,number,notice,rule\n" +
				"\"Acme Co., Ltd. (ACME)\",China,Akme | Acme  Trading,17,\"84 FR 22961, 5/21/19. 85 FR 51603, 8/20/20\",All items\n",
			PartySource{Columns: screening, Separator: "|", Prefix: "X-"},
			"\"Acme Co., Ltd. (ACME)\",CN,X-17,\"Acme Co., Ltd.;Akme;Acme Trading\",2019-05-21,2019-05-21,,,list,,All items\n",
			PartyReport{Records: 1, Rows: 1}},
		{"no day: the day of the copy, since when is not known",
			"name,country,alias,number,notice,rule\nAcme,CN HK,,,,\n",
			PartySource{Columns: screening, Seen: "2026-07-31"},
			"Acme,,,,2026-07-31,2026-07-31,unknown,,list,,\n",
			PartyReport{Records: 1, Rows: 1, Undated: 1, Stateless: 1}},
		{"a volume tells the year",
			"name,country,alias,number,notice,rule\nAcme,CN,,,84 FR 22961,\n",
			PartySource{Columns: screening, Seen: "2026-07-31"},
			"Acme,CN,,,2020-01-01,2020-01-01,unknown,,list,,\n",
			PartyReport{Records: 1, Rows: 1, Undated: 1}},
		{"the days of notices from another copy: a page within a notice, one between two",
			"name,country,alias,number,notice,rule\nAcme,CN,,,84 FR 22963,\nBeta,CN,,,84 FR 23500,\n",
			PartySource{Columns: screening, Seen: "2026-07-31", Notices: []io.Reader{strings.NewReader(`"84 FR 22961, 5/21/19" "84 FR 22970, 5/21/19" "84 FR 24000, 6/1/19"`)}},
			"Acme,CN,,,2019-05-21,2019-05-21,,,list,,\nBeta,CN,,,2019-06-01,2019-06-01,unknown,,list,,\n",
			PartyReport{Records: 2, Rows: 2, Undated: 1}},
		{"what the list says since a notice of its own",
			"name,country,alias,number,notice,rule\n" +
				"Named,CN,,,\"1 FR 1, 1/1/2019. 1 FR 9, 5/19/2020\",\nLater,CN,,,\"1 FR 11, 8/20/2020\",\nPerhaps,CN,,,\"1 FR 1, 1/1/2019. 1 FR 11, 8/20/2020\",\nSilent,CN,,,\"1 FR 1, 1/1/2019\",\n",
			PartySource{Columns: screening, Seen: "2026-07-31", NotBefore: "2020-05-19"},
			"Later,CN,,,2020-08-20,2020-08-20,,,list,,\nNamed,CN,,,2020-05-19,2020-05-19,,,list,,\nPerhaps,CN,,,2020-08-20,2020-08-20,unknown,,list,,\nSilent,CN,,,2026-07-31,2026-07-31,unknown,,list,,\n",
			PartyReport{Records: 4, Rows: 4, Undated: 2}},
		{"records of one name are one row, from the earlier day",
			"name,country,alias,number,notice,rule\nAcme,CN,,1,2021-02-03,One\nACME,HK,,2,2020-02-03,Two\n",
			PartySource{Columns: screening},
			"Acme,,1;2,,2020-02-03,2020-02-03,,,list,,One | Two\n",
			PartyReport{Records: 2, Merged: 1, Rows: 1, Stateless: 1}},
		{"only some of them",
			"name,country,alias,number,notice,rule\nAcme,CN,,,2021-02-03,A and B\nBeta,CN,,,2021-02-03,C\n",
			PartySource{Columns: screening, Where: map[string][]string{"rule": {"/^A/", "B"}}},
			"Acme,CN,,,2021-02-03,2021-02-03,,,list,,A and B\n",
			PartyReport{Records: 2, Passed: 1, Rows: 1}},
		{"who is listed already is passed over",
			"name,country,alias,number,notice,rule\nAcme,CN,,,2021-02-03,\nBeta,CN,ALPHA,,2021-02-03,\nGamma,CN,,,2021-02-03,\n",
			PartySource{Columns: screening, Added: []byte(head + "acme,,,,,,,,old,,\nOmega,,,Alpha;Al,,,,,old,,\n")},
			"acme,,,,,,,,old,,\nGamma,CN,,,2021-02-03,2021-02-03,,,list,,\nOmega,,,Alpha;Al,,,,,old,,\n",
			PartyReport{Records: 3, Passed: 2, Rows: 1}},
		{"an earlier copy without a header",
			"name,country,alias,number,notice,rule\nAcme,CN,,7,,\nBeta,CN,,8,,\n",
			PartySource{Columns: screening, Seen: "2026-07-31", Earlier: []EarlierCopy{{"2021-07-31", strings.NewReader("7,ACME\n\x1a"), []string{"number", "name"}}}},
			"Acme,CN,7,,2021-07-31,2021-07-31,unknown,,list,,\nBeta,CN,8,,2026-07-31,2026-07-31,unknown,,list,,\n",
			PartyReport{Records: 2, Rows: 2, Undated: 2}},
		{"JSON, with an end",
			`{"entities": [{"name": "Acme", "alias": ["A; B", "C"], "country": "Germany", "notice": "June 21, 2022", "rule": "Expires: 2030-01-02", "number": null}]}`,
			PartySource{Columns: PartyColumns{Name: "name", Aliases: "alias", Country: "country", From: "notice", Until: "rule"}},
			"Acme,DE,,\"A, B;C\",2022-06-21,2022-06-21,,2030-01-02,list,,\n",
			PartyReport{Records: 1, Rows: 1}},
		{"XML",
			"<L><PERSON><N>Nobody</N></PERSON><ENTITY><N>Acme</N><A><B>One</B></A><A><B>Two</B></A><D>2014-06-30</D></ENTITY></L>",
			PartySource{Records: "ENTITY", Columns: PartyColumns{Name: "N", Aliases: "A/B", From: "D"}},
			"Acme,,,One;Two,2014-06-30,2014-06-30,,,list,,\n",
			PartyReport{Records: 1, Rows: 1, Stateless: 1}},
	} {
		tt.source.By = "list"
		var out bytes.Buffer
		report, err := Parties(strings.NewReader(tt.in), tt.source, &out)
		if err != nil {
			t.Errorf("%s: %v", tt.title, err)
			continue
		}
		if diff := cmp.Diff(head+tt.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.title, diff)
		}
		if report != tt.report {
			t.Errorf("%s: %+v, want %+v", tt.title, report, tt.report)
		}
	}
}

func TestPartiesFaults(t *testing.T) {
	for _, tt := range []struct{ title, in, want string }{
		{"no day", "name,notice\nAcme,soon\n", "Acme is listed since no day that can be read from \"soon\""},
		{"no name", "name,notice\n ,2021-02-03\n", "list:2:1: the record has no name"},
		{"no such column", "nom,notice\nAcme,2021-02-03\n", `list has no column "name": it has nom, notice`},
		{"nothing", "", "no header that can be read"},
		{"broken JSON", `{"entities": [`, "unexpected end"},
		{"XML without a record named", "<a/>", "which element of the XML file is a party is not said"},
	} {
		var out bytes.Buffer
		_, err := Parties(strings.NewReader(tt.in), PartySource{Source: Source{By: "list"}, Columns: PartyColumns{Name: "name", From: "notice"}}, &out)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.title, err, tt.want)
		}
		if out.Len() > 0 {
			t.Errorf("%s: something was written: %s", tt.title, &out)
		}
	}
}

// FuzzParties: whatever the export, the importer ends, and what it writes is
// read again as a list to add to.
func FuzzParties(f *testing.F) {
	f.Add([]byte("name,notice\n ',")) // a name of marks alone
	f.Add([]byte("name,notice\nAcme,\"84 FR 22961, 5/21/19\"\n"))
	f.Add([]byte(`[{"name": "Acme", "notice": "2021-02-03"}]`))
	f.Add([]byte("<l><e><name>Acme</name><notice>1 June 2020</notice></e></l>"))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte("name,notice\nAcme,2021-02-03\n"))
	z.Close()
	f.Add(zipped.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		source := PartySource{Source: Source{By: "list"}, Columns: PartyColumns{Name: "name", From: "notice"}, Records: "e", Seen: "2026-07-31"}
		var out bytes.Buffer
		if _, err := Parties(bytes.NewReader(data), source, &out); err != nil {
			return
		}
		source.Added = out.Bytes()
		var again bytes.Buffer
		report, err := Parties(bytes.NewReader(data), source, &again)
		if err != nil {
			t.Fatal(err)
		}
		if report.Rows != 0 {
			t.Fatalf("%d parties are not found on their own list:\n%s", report.Rows, &out)
		}
	})
}

// TestCommittedParties holds that the lists of the pack are as their importer
// writes them: in order, one row a party, with days.
func TestCommittedParties(t *testing.T) {
	files, err := filepath.Glob("../../../packs/parties/lists/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatal("no lists", err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(partyHeader, rows[0]); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		seen, last := map[string]bool{}, ""
		for i, r := range rows[1:] {
			at := fmt.Sprintf("%s:%d: %s", filepath.Base(file), i+2, r[0])
			if name := strings.ToLower(r[0]); name < last {
				t.Errorf("%s stands behind %s", at, last)
			} else {
				last = name
			}
			if key := rulepack.FoldName(r[0]); seen[key] {
				t.Errorf("%s is there twice", at)
			} else {
				seen[key] = true
			}
			if _, err := quantity.ParseDate(r[5]); err != nil || r[4] != r[5] {
				t.Errorf("%s: announced %s, from %s: %v", at, r[4], r[5], err)
			}
		}
	}
}
