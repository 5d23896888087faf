package determination_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

// heldPack holds editions to the end of June 2019, and lists that name lines
// which came later.
func heldPack(t *testing.T) *schedule.Schedule {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return compile(t, fstest.MapFS{
		"t/pack.yaml": file(`id: t
title: T
jurisdiction: CN
zone: Asia/Shanghai
currency: CNY
begins: 2018-01-01
known-through: 2026-01-01
licence: CC0-1.0
rounding: {places: 2, mode: half-up, by: law}
base: {measure: b, heading-digits: 8, table: schedule/t.csv, by: law, title: Ordinary rate, held-until: 2019-07-01}
`),
		"t/instruments.yaml":  file("instruments:\n- {id: law, kind: statute, title: Law, citation: Law, date: 2017-01-01}\n"),
		"t/facts.yaml":        file("facts: []\n"),
		"t/schedule/t.csv":    file("code,from,until,units,general,special,other,designation\n1101,2018-01-01,,,,,,Flour\n1101.01.00,2018-01-01,,,5%,,,Wheat\n1101.02.10,2018-01-01,2022-01-01,,6%,,,Fine\n1101.02.30,2022-01-01,,,,,,Coarse\n1102.10.00,2018-01-01,,,Free,,,Rye\n"),
		"t/lists/l.csv":       file("code,from,until,by,ended-by,except,note\n1101.01.00,,,law,,,\n1101.02.30,2022-01-01,,law,,,\n"),
		"t/measures/all.yaml": file("programme: {id: t, title: T}\nmeasures:\n- {id: l, kind: duty, title: L, scope: {into: [CN], origin: [US], goods: [l]}, acts: [{by: law, from: 2018-01-01, rate: 10%}]}\nrelations:\n- {measures: [l], adds-to: [b], by: law, from: 2018-01-01}\n"),
	}, "t")
}

func TestHeldUntil(t *testing.T) {
	s := heldPack(t)
	for _, test := range []struct {
		name, goods, on string
		duty            string // of 1000, least..most
		extra           string // additional, in per cent
		question        bool   // which line?
		note            string
	}{
		{"the last day held", "1101.01.00", "2019-06-30", "150.00..150.00", "10..10", false, ""},
		{"the day after", "1101.01.00", "2019-07-01", "100.00..?", "10..10", false, "read as of the last edition held"},
		{"ten digits of a line that is not split", "1101.01.00.00", "2019-06-30", "150.00..150.00", "10..10", false, ""},
		{"ten digits, whatever they are, once no edition is held", "1101.01.00.20", "2019-07-01", "100.00..?", "10..10", false, "last edition held"},
		{"a line that a list names later", "1101.02.30", "2023-01-01", "100.00..?", "10..10", false, "last edition held"},
		{"a line that nobody names, beside one that a list does", "1101.02.90", "2023-01-01", "0.00..?", "0..10", true, "read as a line of 1101.02"},
		{"a line that nobody names, beside none that a list does", "1102.10.90", "2023-01-01", "0.00..?", "0..0", false, "read as a line of 1102.10"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := determination.Determine(s, determination.Case{Goods: test.goods, From: "US", To: "CN", On: test.on, Value: "1000 CNY", Only: "import"})
			if err != nil {
				t.Fatal(err)
			}
			doc := d.Document()
			if got := amountOf(doc.Duty.Least.Amount) + ".." + amountOf(doc.Duty.Most.Amount); got != test.duty {
				t.Errorf("the duty is %s, want %s", got, test.duty)
			}
			if got := *doc.Additional.Rate.Least + ".." + *doc.Additional.Rate.Most; got != test.extra {
				t.Errorf("the additional rate is %s, want %s", got, test.extra)
			}
			if got := len(doc.Questions) == 1 && doc.Questions[0].Fact == "goods"; got != test.question {
				t.Errorf("questions: %+v", doc.Questions)
			}
			if notes := strings.Join(doc.Notes, "\n"); !strings.Contains(notes, test.note) || test.note == "" && strings.Contains(notes, "No edition") {
				t.Errorf("the notes are\n%s", notes)
			}
			for _, l := range doc.Lines {
				if l.Measure == "b" && (l.Title != "Ordinary rate" || l.Heading != test.goods[:10]) {
					t.Errorf("the ordinary duty is %q under %s", l.Title, l.Heading)
				}
			}
		})
	}
}

// TestHeldUntilRefuses holds that the form of a code is not enough.
func TestHeldUntilRefuses(t *testing.T) {
	s := heldPack(t)
	for _, test := range []struct{ goods, on, want string }{
		{"1101.02.90", "2019-06-30", "is not in the schedule"},
		{"1101.02.10", "2023-01-01", "ended on 2022-01-01"},
		{"1103.10.00", "2023-01-01", "in no edition"},
		{"1101.01", "2023-01-01", "a duty needs one of its lines"},
		{"1101.01.00.20", "2019-06-30", "is not in the schedule"},
	} {
		_, err := determination.Determine(s, determination.Case{Goods: test.goods, From: "US", To: "CN", On: test.on, Only: "import"})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s on %s: %v, want %q", test.goods, test.on, err, test.want)
		}
	}
}

// TestHeldUntilCovers holds that the answer for a line that nobody names covers
// that for every line of its subheading that a list names.
func TestHeldUntilCovers(t *testing.T) {
	set, problems := rulepack.Read(packs.FS, "cn-tariff")
	if faults := problems.Faults(); len(faults) > 0 {
		t.Fatal(faults)
	}
	s := schedule.Compile(set)
	table := set.Packs[0].Table
	on, _ := quantity.ParseMoment("2025-04-20T12:00+08:00")
	additional := func(code nomenclature.Code) (least, most quantity.Decimal) {
		d, err := determination.Determine(s, determination.Case{Goods: code.String(), From: "US", To: "CN", On: "2025-04-20T12:00+08:00", Only: "import"})
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		r := d.Document().Additional.Rate
		least, err1 := quantity.ParseDecimal(*r.Least)
		most, err2 := quantity.ParseDecimal(*r.Most)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		return least, most
	}
	asked := 0
	for l := range table.Lines(on.Noon(set.Packs[0].Zone)) {
		if len(l.Code) != 8 || len(s.Below(l.Code[:6])) == 0 || l.Code[5]%3 != 0 { // a third of them will do
			continue
		}
		later := l.Code[:6] + "77"
		if len(table.Versions(later)) > 0 {
			continue
		}
		asked++
		least, most := additional(l.Code)
		low, high := additional(later)
		if low.Cmp(least) > 0 || high.Cmp(most) < 0 {
			t.Errorf("%s pays %s to %s on top, and %s only %s to %s", l.Code, least, most, later, low, high)
		}
	}
	if asked < 1000 {
		t.Errorf("only %d lines were asked for", asked)
	}
}

// TestClaimsOnOneLeg holds that claims are asked on a leg that has no tariff, of goods
// of a code that no edition of the tariff on the other leg holds.
func TestClaimsOnOneLeg(t *testing.T) {
	set, problems := rulepack.Read(packs.FS, "cn-tariff", "us-export-control", "parties")
	if faults := problems.Faults(); len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := determination.Determine(schedule.Compile(set), determination.Case{Goods: "8471.50.01.50", From: "TW", To: "CN", On: "2025-03-01"})
	if err != nil {
		t.Fatal(err)
	}
	if doc := d.Document(); doc.Outcome != determination.Refer || len(doc.Legs) != 2 {
		t.Errorf("outcome %s on %d legs, want refer on two", doc.Outcome, len(doc.Legs))
	}
}
