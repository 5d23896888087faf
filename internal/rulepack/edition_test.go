package rulepack

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/navicert/navicert/internal/quantity"
)

// olden is a pack whose table holds one edition with lines of eight digits for
// 2024, and what took their place.
func olden(t *testing.T, editions, concordance string) fstest.MapFS {
	t.Helper()
	fsys := tariff(duties("x", ", goods: [7318]"),
		"us/schedule/old.csv", "code,from,until,general,designation\n7318.15.00,2024-01-01,2025-01-01,Free,Screws\n7318.19.00,2024-01-01,2025-01-01,Free,Other\n",
		"us/schedule/concordance.csv", "code,successor,on,by,note\n"+concordance)
	replace(t, fsys, "us/pack.yaml", "table: schedule/hts.csv, by: a}", "table: schedule/hts.csv, by: a, editions: ["+editions+"]}")
	return fsys
}

const oldEdition = "{from: 2024-01-01, until: 2025-01-01, by: b, digits: 8, note: N}"

func TestEditions(t *testing.T) {
	set, problems := Read(olden(t, oldEdition, "7318.19.00,7318.16.00.00,2025-01-01,a,\n"), "us")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	wantProblems(t, Check(set))
	p := set.Packs[0]
	at := func(day string) quantity.Instant {
		d, err := quantity.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		return d.Start(p.Zone)
	}
	e := p.Base.EditionAt(at("2024-12-31"))
	if e == nil || e.By.ID != "b" || e.Digits != 8 || e.Note != "N" {
		t.Errorf("the edition of 2024 is %+v", e)
	}
	if p.Base.EditionAt(at("2023-12-31")) != nil || p.Base.EditionAt(at("2025-01-01")) != nil {
		t.Error("an edition stands in where none is named")
	}
	if report := Report(set, at("2025-06-01"))[0]; len(report.StandIns) != 1 || !strings.Contains(report.String(), "from 2024-01-01 until 2025-01-01  B  N\n") {
		t.Errorf("the report says:\n%s", report.String())
	}
	if next := p.Concordance.Successors("7318190010"); len(next) != 1 || next[0].Successor != "7318160000" || next[0].By != "A" || next[0].On != at("2025-01-01") {
		t.Errorf("the successors are %+v", next)
	}
}

func TestEditionFaults(t *testing.T) {
	for _, test := range []struct{ name, editions, concordance, want string }{
		{"odd digits", strings.Replace(oldEdition, "digits: 8", "digits: 7", 1), "", "codes have an even number of digits"},
		{"no end", "{from: 2024-01-01, by: b}", "", `"until"`},
		{"no instrument", "{from: 2024-01-01, until: 2025-01-01, by: c}", "", `there is no instrument "c"`},
		{"out of order", oldEdition + ", {from: 2023-01-01, until: 2024-01-01, by: b}", "", "the edition begins before the one above ends"},
		{"its own successor", oldEdition, "7318.19.00,7318.19.00,2025-01-01,a,\n", "7318.19.00 takes its own place"},
		{"no day", oldEdition, "7318.19.00,7318.16.00.00,,a,\n", `the row has no "on"`},
		{"not cited", oldEdition, "7318.19.00,7318.16.00.00,2025-01-01,,\n", `the row has no "by"`},
		{"cited wrongly", oldEdition, "7318.19.00,7318.16.00.00,2025-01-01,c,\n", `there is no instrument "c"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := Read(olden(t, test.editions, test.concordance), "us")
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), test.want) {
				t.Errorf("%v, want %q", problems, test.want)
			}
		})
	}
}

// A list may name a statistical line of a day for which none are held, if its
// line of eight digits is there; a concordance names lines that are there.
func TestCheckEditions(t *testing.T) {
	fsys := olden(t, oldEdition, "7318.99.00,7318.16.00.00,2025-01-01,a,\n7318.19.00,7318.17.00,2025-01-01,a,\n7318.15.00,7318.19.00,2025-01-01,a,\n")
	fsys["us/lists/one.csv"] = &fstest.MapFile{Data: []byte("code,from,until,by\n7318.19.00.55,2024-02-01,2024-03-01,a\n7318.18.00.55,2024-02-01,2024-03-01,a\n7318.19.00.56,2025-02-01,,a\n")}
	set, problems := Read(fsys, "us")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	wantProblems(t, Check(set),
		`us/lists/one.csv:3:1: 7318.18.00.55 is in no schedule (…`,
		`us/lists/one.csv:4:1: 7318.19.00.56 is in no schedule (…`,
		`us/schedule/concordance.csv:2:1: 7318.99.00 is in no schedule until 2025-01-01 (only a line that was there can be succeeded)`,
		`us/schedule/concordance.csv:3:1: 7318.17.00 is in no schedule on 2025-01-01 (only a line that is there can succeed another)`,
		`us/schedule/concordance.csv:4:1: 7318.19.00 is in no schedule on 2025-01-01 (only a line that is there can succeed another)`,
	)
}
