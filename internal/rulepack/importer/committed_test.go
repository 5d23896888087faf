package importer

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

const folder = "../../../packs/us-tariff/schedule/"

// committed reads a table of the pack and checks its form: columns, order,
// spelling of codes, periods that do not overlap.
func committed(t *testing.T, name string) ([]nomenclature.Line, map[string]bool) {
	t.Helper()
	f, err := os.Open(folder + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(rows[0], ","), "code,from,until,units,general,special,other,designation"; got != want {
		t.Fatalf("%s has the columns %s", name, got)
	}
	var lines []nomenclature.Line
	days := map[string]bool{}
	for i, r := range rows[1:] {
		code, err := nomenclature.ParseCode(r[0])
		if err != nil || code.String() != r[0] || code.Digits() < 4 {
			t.Errorf("%s:%d: code %s is not written as it should be: %v", name, i+2, r[0], err)
		}
		l := nomenclature.Line{Code: code, General: r[4], Special: r[5], Other: r[6], Designation: r[7], Period: quantity.Period{Until: quantity.MaxInstant}}
		l.Period.From = day(r[1]).Start(time.UTC)
		days[r[1]] = true
		if r[2] != "" {
			l.Period.Until = day(r[2]).Start(time.UTC)
			days[r[2]] = true
		}
		if l.Period.IsEmpty() {
			t.Errorf("%s:%d: %s has no day", name, i+2, code)
		}
		if r[7] == "" || strings.HasSuffix(r[7], ":") {
			t.Errorf("%s:%d: the designation is %q", name, i+2, r[7])
		}
		for _, text := range r[3:] {
			if plain(text) != text || tag.MatchString(text) {
				t.Errorf("%s:%d: %q is not plain", name, i+2, text)
			}
		}
		if n := len(lines); n > 0 {
			switch before := lines[n-1]; {
			case before.Code > code:
				t.Errorf("%s:%d: %s stands behind %s", name, i+2, code, before.Code)
			case before.Code == code && before.Period.Until > l.Period.From:
				t.Errorf("%s:%d: %s is in force twice, or out of order", name, i+2, code)
			}
		}
		lines = append(lines, l)
	}
	return lines, days
}

// Between two days on which something changes nothing changes, so the whole
// table is checked on each of them.
func TestCommittedSchedule(t *testing.T) {
	lines, days := committed(t, "hts.csv")
	table := nomenclature.NewTable(lines)
	general := func(l *nomenclature.Line) string { return l.General }
	other := func(l *nomenclature.Line) string { return l.Other }
	for d := range days {
		on := day(d).Start(time.UTC)
		n := 0
		for l := range table.Lines(on) {
			if l.Code.Digits() < 10 {
				continue
			}
			n++
			// The one line whose rates are told in a note of the chapter.
			if _, _, ok := table.Rate(l.Code, general, on); !ok && l.Code != "9802009100" {
				t.Errorf("on %s %s has no general rate", d, l.Code)
			}
			if _, _, ok := table.Rate(l.Code, other, on); !ok && !l.Code.HasPrefix("98") {
				t.Errorf("on %s %s has no rate in column 2", d, l.Code)
			}
		}
		if n < 19_700 || n > 20_000 {
			t.Errorf("on %s there are %d lines of ten digits", d, n)
		}
	}
}

// Facts of the schedule that were looked up in its text.
func TestCommittedScheduleFacts(t *testing.T) {
	lines, _ := committed(t, "hts.csv")
	table := nomenclature.NewTable(lines)
	for _, test := range []struct {
		code    nomenclature.Code
		on      string
		general string // inherited; "-": no such line
	}{
		{"8505110070", "2025-01-01", "2.1%"},
		{"8505110070", "2026-08-21", "2.1%"},
		{"4420190000", "2025-01-15", "3.2%"}, // left out of the first edition
		{"7602000035", "2026-02-03", "Free"}, // left out of 2026 revision 2
		{"9401993030", "2025-07-15", "-"},    // printed by mistake in 2025 revision 16
		{"0901110045", "2025-06-30", "Free"}, // statistical changes of 1 July 2025
		{"0901110045", "2025-07-01", "-"},
		{"0901110065", "2025-06-30", "-"},
		{"0901110065", "2025-07-01", "Free"},
		{"2825600000", "2025-06-30", "3.7%"}, // split on that day
		{"2825600010", "2025-07-01", "3.7%"},
		{"0201305091", "2026-01-31", "-"}, // statistical changes of 1 February 2026
		{"0201305091", "2026-02-01", "4.4¢/kg"},
		{"0101", "2026-05-15", ""}, // left out of 2026 revision 9
	} {
		on := day(test.on).Start(time.UTC)
		got := "-"
		if _, ok := table.Find(test.code, on); ok {
			got, _, _ = table.Rate(test.code, func(l *nomenclature.Line) string { return l.General }, on)
		}
		if got != test.general {
			t.Errorf("on %s %s has the rate %q, want %q", test.on, test.code, got, test.general)
		}
	}
	const magnets = "Electromagnets; permanent magnets and articles intended to become permanent magnets after magnetization; electromagnetic or permanent magnet chucks, clamps and similar holding devices; electromagnetic couplings, clutches and brakes; electromagnetic lifting heads; parts thereof: Permanent magnets and articles intended to become permanent magnets after magnetization: Of metal: Sintered neodymium-iron-boron"
	if got := table.Designation("8505110070", day("2025-01-01").Start(time.UTC)); got != magnets {
		t.Errorf("8505.11.00.70 is %q", got)
	}
}

func TestCommittedChapter99(t *testing.T) {
	lines, _ := committed(t, "chapter-99.csv")
	table := nomenclature.NewTable(lines)
	for _, test := range []struct {
		code nomenclature.Code
		on   string
		want bool
	}{
		{"99038803", "2025-01-01", true},
		{"99030120", "2025-02-03", false}, // China, 10 %: 4 February 2025
		{"99030120", "2025-02-04", true},
		{"99030125", "2025-04-04", false}, // reciprocal duty: 5 April 2025
		{"99030125", "2025-04-05", true},
		{"99030143", "2025-04-05", false}, // country rates: 9 April 2025, though printed on the 5th
		{"99030143", "2025-04-09", true},
		{"99030279", "2025-11-13", false}, // Korea: 14 November 2025, though printed in December
		{"99030279", "2025-11-14", true},
		{"99030301", "2026-02-24", true}, // surcharge of section 122
	} {
		if _, ok := table.Find(test.code, day(test.on).Start(time.UTC)); ok != test.want {
			t.Errorf("on %s %s is in the schedule: %v, want %v", test.on, test.code, ok, test.want)
		}
	}
	for _, l := range lines {
		if !l.Code.HasPrefix("99") {
			t.Errorf("%s stands in chapter 99", l.Code)
		}
	}
}

// Every day on which a line changes is an edition's or a legal day.
func TestCommittedDays(t *testing.T) {
	known := map[string]bool{}
	f, err := os.Open(folder + "editions.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	editions, err := ReadEditions(f)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range editions {
		known[e.Effective.String()] = true
		names[e.Name] = true
	}
	g, err := os.Open(folder + "legal-days.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	legal, err := ReadLegalDays(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range legal {
		known[l.From.String()] = true
		if !names[l.Edition] {
			t.Errorf("the legal day of %s is of edition %s, which is not in editions.csv", l.Code, l.Edition)
		}
	}
	for _, name := range []string{"hts.csv", "chapter-99.csv"} {
		_, days := committed(t, name)
		for d := range days {
			if !known[d] {
				t.Errorf("%s changes on %s, which is neither an edition's day nor a legal day", name, d)
			}
		}
	}
}
