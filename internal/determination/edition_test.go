package determination_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// oldEditions is a tariff that holds for 2024 an older edition, by lines of six
// digits fewer than its own have.
func oldEditions(t *testing.T) *schedule.Schedule {
	t.Helper()
	return compile(t, fstest.MapFS{
		"us/pack.yaml": {Data: []byte(`id: us
title: Tariff
jurisdiction: US
zone: UTC
currency: USD
begins: 2024-01-01
known-through: 2025-12-31
licence: CC0-1.0
rounding: {places: 2, mode: half-up, by: hts}
base:
  measure: us.column-1
  heading-digits: 8
  table: schedule/hts.csv
  by: hts
  claim: preference
  programmes: schedule/programmes.csv
  editions:
  - {from: 2024-01-01, until: 2025-01-01, by: old, digits: 8, note: The lines of eight digits alone.}
`)},
		"us/instruments.yaml": {Data: []byte(`instruments:
- {id: hts, kind: schedule, title: Schedule, citation: HTSUS, date: 2023-01-01}
- {id: old, kind: schedule, title: Old schedule, citation: HTSUS (2023), date: 2023-01-01, confidence: secondary}
- {id: hs, kind: proclamation, title: New nomenclature, citation: Procl. 1, date: 2024-12-01}
`)},
		"us/facts.yaml":              {Data: []byte("facts:\n- {name: preference, type: enum, kind: claim, values: [A, KR]}\n")},
		"us/schedule/programmes.csv": {Data: []byte("symbol,name,origin,by\nA,General,VN,hts\nKR,Korea,KR,hts\n")},
		"us/schedule/old.csv": {Data: []byte(`code,from,until,general,special,designation
8541.40.60,2024-01-01,2025-01-01,2%,"Free (A) changed between the editions held (KR)",Diodes
8541.40.80,2024-01-01,2025-01-01,changed between the editions held,,Couplers
8541.10.00,2024-01-01,2025-01-01,1%,,Other diodes
`)},
		"us/schedule/hts.csv": {Data: []byte(`code,from,until,general,special,designation
8541,2025-01-01,,,,Semiconductor devices
8541.10.00,2025-01-01,,1%,,Diodes
8541.10.00.40,2025-01-01,,,,Zener
8541.10.00.80,2025-01-01,,,,Other
8541.42.00.00,2025-01-01,,2%,,Photovoltaic cells
8541.43.00.10,2025-01-01,2025-07-01,2%,,Modules
8541.43.00.20,2025-07-01,,2%,,Modules of silicon
`)},
		"us/schedule/concordance.csv": {Data: []byte(`code,successor,on,by
8541.40.60,8541.42.00.00,2025-01-01,hs
8541.40.60,8541.43.00.10,2025-01-01,hs
8541.43.00.10,8541.43.00.20,2025-07-01,hts
`)},
		"us/lists/us.zener.csv": {Data: []byte("code,from,by\n8541.10.00.40,2024-01-01,hts\n")},
		"us/measures/m.yaml": {Data: []byte(`programme: {id: us.p, title: P}
measures:
- {id: us.duty, kind: duty, title: Duty on Zener diodes, scope: {into: [US], goods: [us.zener]}, acts: [{by: hts, from: 2024-01-01, rate: 10%}]}
relations:
- {measures: [us.duty], adds-to: ["us.*"], by: hts}
`)},
	}, "us")
}

func TestStandInEdition(t *testing.T) {
	s := oldEditions(t)
	ask := func(goods, from, on string, facts map[string]string) *determination.Document {
		t.Helper()
		d, err := determination.Determine(s, determination.Case{Goods: goods, From: from, To: "US", On: on, Value: "1000 USD", Facts: facts})
		if err != nil {
			t.Fatal(err)
		}
		return d.Document()
	}
	says := func(doc *determination.Document, words string) bool {
		return slices.ContainsFunc(doc.Notes, func(n string) bool { return strings.Contains(n, words) })
	}

	old := ask("8541.40.60", "VN", "2024-06-01", nil)
	if got := amounts(old); got != "us.column-1 20.00, total 20.00" {
		t.Errorf("in the older edition: %s", got)
	}
	if l := old.Lines[0]; l.Citation != "HTSUS (2023)" || l.Confidence != "secondary" || l.Note != "The lines of eight digits alone." {
		t.Errorf("the line is %+v", l)
	}
	if !says(old, "from 2024-01-01 until 2025-01-01 that is HTSUS (2023). Rates of the day itself may differ.") {
		t.Errorf("the notes are %q", old.Notes)
	}
	var text, markdown bytes.Buffer
	if err := errors.Join(old.Text(&text, determination.TextOptions{Width: 80}), old.Markdown(&markdown)); err != nil {
		t.Fatal(err)
	}
	for name, said := range map[string]string{"text": text.String(), "markdown": markdown.String()} {
		if !strings.Contains(strings.Join(strings.Fields(said), " "), "read from another edition than the day's own") {
			t.Errorf("the %s does not say so:\n%s", name, said)
		}
	}

	// A statistical line of a day for which none are held.
	long := ask("8541.40.60.20", "VN", "2024-06-01", nil)
	if got := amounts(long); got != "us.column-1 20.00, total 20.00" || long.Case.Goods != "8541.40.60.20" || long.Lines[0].Heading != "8541.40.60" {
		t.Errorf("the statistical line: %s, %+v", got, long.Case)
	}
	if !says(long, "8541.40.60.20 is answered as goods of 8541.40.60") || says(old, "is answered as goods of") {
		t.Errorf("the notes are %q", long.Notes)
	}

	// Rates that the editions leave open, of the line and of a programme.
	for _, test := range []struct {
		goods, from, claim, want string
	}{
		{"8541.40.80", "VN", "", "us.column-1 ?, total 0.00..?"},
		{"8541.40.60", "KR", "KR", "us.column-1 ?, total 0.00..?"},
		{"8541.40.60", "VN", "A", "us.column-1 0.00, total 0.00"},
	} {
		var facts map[string]string
		if test.claim != "" {
			facts = map[string]string{"preference": test.claim}
		}
		doc := ask(test.goods, test.from, "2024-06-01", facts)
		if got := amounts(doc); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.goods, test.claim, got, test.want)
		}
	}

	// A claim whose rate is not known saves nothing for certain.
	claims := ask("8541.40.60", "KR", "2024-06-01", nil).Claims
	if len(claims) != 1 || claims[0].Value != "KR" || *claims[0].Saves.Least.Amount != "0.00" || *claims[0].Saves.Most.Amount != "20.00" {
		t.Errorf("the claims are %+v", claims)
	}

	// Lines that lists tell apart and no edition holds.
	if got := amounts(ask("8541.10.00", "VN", "2024-06-01", nil)); got != "us.column-1 10.00, us.duty 0.00..100.00, total 10.00..110.00" {
		t.Errorf("a line that a list splits: %s", got)
	}
	if got := amounts(ask("8541.10.00.40", "VN", "2024-06-01", nil)); got != "us.column-1 10.00, us.duty 100.00, total 110.00" {
		t.Errorf("the part that is listed: %s", got)
	}

	// The edition of the day says nothing of another.
	own := ask("8541.42.00", "VN", "2025-06-01", nil)
	if says(own, "another edition") || own.Lines[0].Citation != "HTSUS" {
		t.Errorf("the notes are %q", own.Notes)
	}
}

// TestCodesOfOtherTimes holds that a code of another time names the codes that
// took its place, or whose place it took.
func TestCodesOfOtherTimes(t *testing.T) {
	s := oldEditions(t)
	for _, test := range []struct{ goods, on, message, hint, not string }{
		{"8541.40.60", "2025-03-01", "8541.40.60 ended on 2025-01-01", "8541.42.00.00  Photovoltaic cells", "8541.43.00.20"},
		{"8541.40.60", "2025-08-01", "8541.40.60 ended on 2025-01-01", "8541.43.00.20", "8541.43.00.10"}, // and what succeeded the successor
		{"8541.40.60.20", "2025-03-01", "8541.40.60.20 ended on 2025-01-01", "8541.43.00.10", ""},
		{"8541.40.80", "2025-03-01", "8541.40.80 ended on 2025-01-01", "lines below 8541", ""},
		{"8541.42.00", "2024-03-01", "8541.42.00 is in the schedule only from 2025-01-01", "8541.40.60     Diodes", "8541.40.80"},
		{"8541.43.00.10", "2025-08-01", "8541.43.00.10 ended on 2025-07-01", "since 2025-07-01 (HTSUS)", ""},
		{"8541.43.00.20", "2025-03-01", "8541.43.00.20 is in the schedule only from 2025-07-01", "8541.43.00.10", ""},
		{"8541.43.00.20", "2024-03-01", "8541.43.00.20 is in the schedule only from 2025-07-01", "8541.40.60", ""},
		{"8541.99.00", "2024-03-01", "8541.99.00 is not in the schedule that is held", "3 lines below 8541", ""},
		{"9999.00.00", "2024-03-01", "9999.00.00 is in no edition of the schedule that is held", "navicert search", ""},
	} {
		_, err := determination.Determine(s, determination.Case{Goods: test.goods, From: "VN", To: "US", On: test.on})
		problems, _ := err.(determination.Problems)
		if len(problems) != 1 || problems[0].Field != "goods" {
			t.Errorf("%s on %s: %v", test.goods, test.on, err)
			continue
		}
		if p := problems[0]; p.Message != test.message || !strings.Contains(p.Hint, test.hint) || test.not != "" && strings.Contains(p.Hint, test.not) {
			t.Errorf("%s on %s: %s (%s), want %s (%s)", test.goods, test.on, p.Message, p.Hint, test.message, test.hint)
		}
	}
}

// A timeline passes from one edition to the next.
func TestTimelineAcrossEditions(t *testing.T) {
	s := oldEditions(t)
	since, until := quantity.DayMoment(quantity.NewDate(2024, time.June, 1)), quantity.DayMoment(quantity.NewDate(2025, time.June, 1))
	steps, err := determination.Timeline(s, determination.Case{Goods: "8541.10.00.80", From: "VN", To: "US"}, since, until)
	if err != nil || len(steps) != 1 || *steps[0].Rate.Most != "1" {
		t.Errorf("%+v, %v", steps, err)
	}
}
