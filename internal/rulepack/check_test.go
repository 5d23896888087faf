package rulepack

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// tariff returns a pack with one file of measures and the files given on top.
func tariff(measures string, files ...string) fstest.MapFS {
	fsys := fstest.MapFS{
		"us/pack.yaml": {Data: []byte(`id: us
title: Tariff
jurisdiction: US
zone: UTC
currency: USD
begins: 2025-01-01
known-through: 2025-12-31
licence: CC0-1.0
rounding: {places: 2, mode: half-up, by: a}
base: {measure: us.column-1, heading-digits: 8, table: schedule/hts.csv, by: a}
portions:
  steel: {share: content.steel}
  copper: {share: content.copper}
  glass: {share: glass}
  rest: {less: content.steel}
groups:
  EU: [{origin: [AT]}, {origin: [GB], until: 2025-04-01}]
`)},
		"us/instruments.yaml": {Data: []byte(`instruments:
- {id: a, kind: order, title: A, citation: A, date: 2025-01-01}
- {id: b, kind: order, title: B, citation: B, date: 2025-02-01}
- {id: news, kind: report, title: N, citation: N, date: 2025-02-01, standing: reported}
`)},
		"us/facts.yaml": {Data: []byte(`facts:
- {name: content.steel, type: number, min: 0, max: 1, group: content}
- {name: content.copper, type: number, min: 0, max: 1, group: content}
- {name: glass, type: number, min: 0, max: 1}
`)},
		"us/schedule/hts.csv": {Data: []byte(`code,from,until,general,designation
7318,2025-01-01,,Free,Screws
7318.15.00.10,2025-01-01,,,Short
7318.15.00.20,2025-01-01,,,Long
7318.16.00.00,2025-01-01,2025-07-01,,Nuts
8505,2025-01-01,,Free,Magnets
`)},
		"us/measures/m.yaml": {Data: []byte("programme: {id: p, title: P}\nmeasures:\n" + measures)},
	}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// duties writes measures, each of an id and what follows its scope's territory.
func duties(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		rest, more, _ := strings.Cut(pairs[i+1], "|")
		acts := "- {by: a, from: 2025-01-01, rate: 10%}"
		if before, after, ok := strings.Cut(more, "acts:"); ok {
			more, acts = before, after
		}
		fmt.Fprintf(&b, "- id: %s\n  kind: duty\n  title: T\n  scope: {into: [US]%s}\n%s  acts:\n  %s\n", pairs[i], rest, more, acts)
	}
	return b.String()
}

const unordered = ", and nothing says how they stack (declare adds-to, yields-to or apart in relations, or in-lieu-of)"

func TestStacking(t *testing.T) {
	x, y := ", goods: [7318]", ", goods: [7318.15]"
	tests := []struct {
		name     string
		measures string
		files    []string
		want     []string
	}{
		{"same goods", duties("x", x, "y", y), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"other goods", duties("x", x, "y", ", goods: [8505]"), nil, nil},
		{"other territory", duties("x", x) + strings.Replace(duties("y", y), "[US]", "[CA]", 1), nil, nil},
		{"other leg", duties("x", x) + strings.Replace(duties("y", y), "into", "out-of", 1), nil, nil},
		{"all goods and all origins", duties("x", "", "y", ""), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on goods of AA from 2025-01-01" + unordered}},
		{"all goods and some", duties("x", "", "y", y), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"same origin", duties("x", x+", origin: [CN]", "y", y+", origin: [JP, CN]"), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of CN from 2025-01-01" + unordered}},
		{"other origin", duties("x", x+", origin: [CN]", "y", y+", origin: [not CN]"), nil, nil},
		{"group and its member", duties("x", x+", origin: [EU]", "y", y+", origin: [GB]"), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of GB from 2025-01-01" + unordered}},
		{"group that the member has left", duties("x", x+", origin: [EU]", "y", y+", origin: [GB]|acts:- {by: a, from: 2025-04-01, rate: 10%}"), nil, nil},
		{"outside a group that the member leaves", duties("x", x+", origin: [not EU]", "y", y+", origin: [GB]"), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of GB from 2025-04-01" + unordered}},
		{"other country of departure", duties("x", x+", from: [CN]", "y", y+", from: [JP]"), nil, nil},
		{"one after the other", duties("x", x+"|acts:- {by: a, from: 2025-01-01, rate: 10%, until: 2025-03-01}", "y", y+"|acts:- {by: b, from: 2025-03-01, rate: 10%}"), nil, nil},
		{"suspended meanwhile", duties("x", x+"|acts:- {by: a, from: 2025-01-01, rate: 10%}\n  - {by: b, from: 2025-03-01, suspend: true, until: 2025-06-01, then: resume}",
			"y", y+"|acts:- {by: b, from: 2025-03-01, rate: 10%}"), nil,
			[]string{"us/measures/m.yaml:10:7: x and y can both fall on 7318.15 of AA from 2025-06-01" + unordered}},
		{"not known whether", duties("x", x, "y", y+"|acts:- {by: b, from: 2025-05-01, unknown: why}"), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-05-01" + unordered}},
		{"only reported", duties("x", x, "y", y+"|acts:- {by: news, from: 2025-05-01, rate: 5%}"), nil, nil},
		{"fees stack as they like", duties("x", x) + strings.Replace(duties("y", y), "kind: duty", "kind: fee", 1), nil, nil},
		{"portions of one whole", duties("x", x+"|  on: steel\n", "y", y+"|  on: copper\n"), nil, nil},
		{"the same portion", duties("x", x+"|  on: steel\n", "y", y+"|  on: steel\n"), nil,
			[]string{"us/measures/m.yaml:10:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"a portion and the whole", duties("x", x+"|  on: steel\n", "y", y), nil,
			[]string{"us/measures/m.yaml:10:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"portions of two wholes", duties("x", x+"|  on: steel\n", "y", y+"|  on: glass\n"), nil,
			[]string{"us/measures/m.yaml:10:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"a portion and what it leaves", duties("x", x+"|  on: steel\n", "y", y+"|  on: rest\n"), nil,
			[]string{"us/measures/m.yaml:10:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"adds", duties("x", x, "y", y) + "relations:\n- {measures: [y], adds-to: [x], by: a}\n", nil, nil},
		{"yields", duties("x", x, "y", y) + "relations:\n- {measures: [x], yields-to: ['*'], by: a}\n", nil, nil},
		{"apart", duties("x", x, "y", y) + "relations:\n- {measures: [x, y], apart: true, by: a}\n", nil, nil},
		{"adds to another", duties("x", x, "y", y) + "relations:\n- {measures: [x], adds-to: [us.column-1], by: a}\n", nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"reported relation", duties("x", x, "y", y) + "relations:\n- {measures: [x], adds-to: [y], by: news}\n", nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"relation that begins late", duties("x", x, "y", y) + "relations:\n- {measures: [x], adds-to: [y], by: a, from: 2025-02-01}\n", nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-01-01" + unordered}},
		{"relation that ends", duties("x", x, "y", y) + "relations:\n- {measures: [x], adds-to: [y], by: a, until: 2025-02-01, ended-by: b}\n", nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-02-01" + unordered}},
		{"relations in turn", duties("x", x, "y", y) + "relations:\n- {measures: [x], adds-to: [y], by: a, until: 2025-02-01}\n- {measures: [y], yields-to: [x], by: b, from: 2025-02-01}\n", nil, nil},
		{"in lieu", duties("x", x, "y", y+"|  in-lieu-of: [x]\n"), nil, nil},
		{"excepted code", duties("x", x+", except: [7318.15]", "y", y), nil, nil},
		{"excepted shorter code", duties("x", x+", except: ['73']", "y", y), nil, nil},
		{"excepted in part", duties("x", x+", except: [7318.15.00.10]", "y", y), nil,
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15.00.20 of AA from 2025-01-01" + unordered}},
		{"excepted line by line", duties("x", x+", except: [7318.15.00.10, 7318.15.00.20]", "y", y), nil, nil},
		{"excepted by both in halves", duties("x", x+", except: [7318.15.00.10]", "y", y+", except: [7318.15.00.20]"), nil, nil},
		{"lists", duties("x", ", goods: [one]", "y", ", goods: [two]"),
			[]string{"us/lists/one.csv", "code,by\n7318,a\n", "us/lists/two.csv", "code,by\n8505,a\n7318.15.00.10,a\n"},
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15.00.10 of AA from 2025-01-01" + unordered}},
		{"lists with exceptions of rows", duties("x", ", goods: [one]", "y", ", goods: [two]"),
			[]string{"us/lists/one.csv", "code,by,except\n7318,a,7318.15.00.10\n", "us/lists/two.csv", "code,by\n8505,a\n7318.15.00.10,a\n"}, nil},
		{"rows one after the other", duties("x", ", goods: [one]", "y", ", goods: [two]"),
			[]string{"us/lists/one.csv", "code,by,until\n7318,a,2025-05-01\n", "us/lists/two.csv", "code,by,from\n7318,a,2025-05-01\n"}, nil},
		{"rows at one time", duties("x", ", goods: [one]", "y", ", goods: [two]"),
			[]string{"us/lists/one.csv", "code,by,until\n7318,a,2025-05-01\n", "us/lists/two.csv", "code,by,from\n7318,a,2025-04-30\n"},
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318 of AA from 2025-04-30" + unordered}},
		{"exception that ends", duties("x", x+", except: [one]", "y", y),
			[]string{"us/lists/one.csv", "code,by,until\n7318,a,2025-05-01\n"},
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15 of AA from 2025-05-01" + unordered}},
		{"exception with an exception", duties("x", x+", except: [one]", "y", y),
			[]string{"us/lists/one.csv", "code,by,except\n7318,a,7318.15.00.20\n"},
			[]string{"us/measures/m.yaml:9:7: x and y can both fall on 7318.15.00.20 of AA from 2025-01-01" + unordered}},
		{"exception before the line ends", duties("x", ", goods: [7318.16], except: [one]", "y", ", goods: [7318.16]"),
			[]string{"us/lists/one.csv", "code,by,until\n7318.16.00.00,a,2025-07-01\n"}, nil},
		{"circle", duties("x", x, "y", y, "z", x) + "relations:\n- {measures: [x], yields-to: [y], by: a}\n- {measures: [y], yields-to: [z], by: a}\n- {measures: [z], yields-to: [x], by: b, from: 2025-03-01}\n- {measures: [x, z], apart: true, by: a, until: 2025-03-01}\n", nil,
			[]string{"us/measures/m.yaml:22:3: a circle from 2025-03-01: x yields to y (line 22), y yields to z (line 23), z yields to x (line 24) (end one of the relations before the other begins)"}},
		{"two that change places", duties("x", x, "y", y) + "relations:\n- {measures: [x], yields-to: [y], by: a, until: 2025-03-01}\n- {measures: [y], yields-to: [x], by: b, from: 2025-03-01}\n", nil, nil},
		{"circle of what never meets", duties("x", x+", origin: [CN]", "y", y+", origin: [JP]") + "relations:\n- {measures: [x], yields-to: [y], by: a}\n- {measures: [y], yields-to: [x], by: a}\n", nil, nil},
		{"a pattern that names itself", duties("x", x) + "relations:\n- {measures: [x], yields-to: ['*'], by: a}\n", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set, problems := Read(tariff(test.measures, test.files...), "us")
			if len(problems) > 0 {
				t.Fatalf("the pack cannot be read:\n%v", problems)
			}
			wantProblems(t, Check(set), test.want...)
		})
	}
}

func TestCheckCodes(t *testing.T) {
	m := duties("x", ", goods: [one]")
	tests := []struct {
		name string
		rows string
		want []string
	}{
		{"line", "7318.15.00.10,2025-01-01,,a,\n", nil},
		{"heading of lines", "7318.15,2025-02-01,,a,\n", nil},
		{"chapter", "73,,,a,\n", nil},
		{"below the last line", "8505.11,2025-02-01,,a,\n", []string{
			`us/lists/one.csv:2:1: 8505.11 is in no schedule (8505 is there)`}},
		{"beside", "7318.15.00.30,2025-02-01,,a,\n", []string{
			`us/lists/one.csv:2:1: 7318.15.00.30 is in no schedule (7318.15.00 has 7318.15.00.10, 7318.15.00.20)`}},
		{"nowhere near", "9405,2025-02-01,,a,\n", []string{
			`us/lists/one.csv:2:1: 9405 is in no schedule (nor is its chapter)`}},
		{"while it was there", "7318.16,2025-06-30,,a,\n", nil},
		{"when it was over", "7318.16,2025-07-01,,a,\n", []string{
			`us/lists/one.csv:2:1: 7318.16 is in no schedule from 2025-07-01 (it is there from 2025-01-01 until 2025-07-01)`}},
		{"older than the schedule", "9405.10,2024-12-31,,a,\n9405.20,,,a,\n9405.30,,,a,\n", []string{
			`us/lists/one.csv:2:1: warning: 3 codes of this file are in no schedule that is held: 9405.10, 9405.20, 9405.30 (older editions than those may have them)`}},
		{"older than the schedule and known to it", "7318.15,2020-01-01,2021-01-01,a,\n", nil},
		{"exception", "7318,2025-02-01,,a,7318.15.00.50\n", []string{
			`us/lists/one.csv:2:20: 7318.15.00.50 is in no schedule (7318.15.00 has 7318.15.00.10, 7318.15.00.20)`}},
		{"twice", "7318,,,a,\n7318,,,b,\n7318,,,a,\n", []string{
			`us/lists/one.csv:4:1: warning: 7318 is here twice, first in line 2 (leave one out)`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set, problems := Read(tariff(m, "us/lists/one.csv", "code,from,until,by,except\n"+test.rows), "us")
			if len(problems) > 0 {
				t.Fatalf("the pack cannot be read:\n%v", problems)
			}
			wantProblems(t, Check(set), test.want...)
		})
	}
	t.Run("codes outside lists", func(t *testing.T) {
		fsys := tariff(duties("x", ", goods: [9405.10], except: [7318.17]"), "us/lists/items.csv", "item,codes,by,from\nI,7318 9405,a,2025-01-01\n")
		replace(t, fsys, "us/facts.yaml", "{name: glass, type: number, min: 0, max: 1}", `{name: glass, type: number, min: 0, max: 1, implied: [{goods: "9405.40", value: 1}]}`)
		set, problems := Read(fsys, "us")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		wantProblems(t, Check(set),
			`us/facts.yaml:4:65: warning: 9405.40 is in no schedule that is held (older editions than those may have it)`,
			`us/lists/items.csv:2:3: 9405 is in no schedule (nor is its chapter)`,
			`us/measures/m.yaml:6:31: warning: 9405.10 is in no schedule that is held (older editions than those may have it)`,
			`us/measures/m.yaml:6:50: warning: 7318.17 is in no schedule that is held (older editions than those may have it)`,
		)
	})
	t.Run("no schedule to look into", func(t *testing.T) {
		set, problems := Read(goodPacks(t), "lorica")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		wantProblems(t, Check(set))
	})
}

func TestCheckRest(t *testing.T) {
	fsys := goodPacks(t)
	wantProblems(t, Check(mustRead(t, fsys)))
	replace(t, fsys, headFile, "known-through: 2025-06-30", "known-through: 2025-05-20")
	replace(t, fsys, tableFile, "1% (KR)", "1% (KR,A+)")
	wantProblems(t, Check(mustRead(t, fsys)),
		`dexter/instruments.yaml:19:7: warning: ruling is of 2025-05-28 and the pack is known through 2025-05-20 (move known-through in pack.yaml)`,
		`dexter/schedule/programmes.csv:1:1: warning: the schedule prints the programme A+ and there is no row for it (nobody can claim it without one)`,
	)
	if problems := Check(&Set{}); len(problems) > 0 {
		t.Errorf("nothing at all: %v", problems)
	}
}

// TestStackingOracle holds the lint against looking at every line, origin and
// instant there is.
func TestStackingOracle(t *testing.T) {
	lines := []nomenclature.Code{"7301", "73011000", "7301100010", "7301100020", "7301200000", "7302", "7302000000"}
	origins := []string{"CN", "JP", "AT", "GB"}
	rapid.Check(t, func(t *rapid.T) {
		day := func(label string) string {
			return fmt.Sprintf("2025-%02d-01", rapid.IntRange(1, 6).Draw(t, label))
		}
		code := func(label string) string {
			return rapid.SampledFrom([]nomenclature.Code{"73", "7301", "730110", "73011000", "7301100010", "7301100020", "730120", "7302"}).Draw(t, label).String()
		}
		list := func(label string) string {
			var b strings.Builder
			b.WriteString("code,from,until,by,except\n")
			for i := range rapid.IntRange(1, 3).Draw(t, label) {
				from, until, except := "", "", ""
				c := code(fmt.Sprint(label, i))
				if rapid.Bool().Draw(t, "dated") {
					from, until = day("from"), "2025-07-01"
				}
				if e := code("except"); rapid.Bool().Draw(t, "excepted") && len(e) > len(c) && strings.HasPrefix(e, c) {
					except = e
				}
				fmt.Fprintf(&b, "%s,%s,%s,a,%s\n", c, from, until, except)
			}
			return b.String()
		}
		measureText := func(id string) string {
			scope := ", goods: [" + id + "-in]"
			if rapid.Bool().Draw(t, id+" excepts") {
				scope += ", except: [" + id + "-out]"
			}
			places := rapid.SampledFrom([]string{"", "CN", "EU", "not EU", "GB, JP", "not CN", "EU, not AT"}).Draw(t, id+" origin")
			if places != "" {
				scope += ", origin: [" + places + "]"
			}
			acts := fmt.Sprintf("acts:- {by: a, from: %s, rate: 10%%}", day(id+" begins"))
			if rapid.Bool().Draw(t, id+" ends") {
				acts += fmt.Sprintf("\n  - {by: b, from: %s, end: true}", day(id+" over"))
			}
			on := rapid.SampledFrom([]string{"whole", "steel", "copper", "rest"}).Draw(t, id+" on")
			return duties(id, scope+"|  on: "+on+"\n"+acts)
		}
		text := measureText("x") + measureText("y")
		if rapid.Bool().Draw(t, "related") {
			text += fmt.Sprintf("relations:\n- {measures: [x], adds-to: [y], by: a, from: %s, until: 2025-06-15}\n", day("relation"))
		}
		fsys := tariff(text, "us/lists/x-in.csv", list("x-in"), "us/lists/x-out.csv", list("x-out"), "us/lists/y-in.csv", list("y-in"), "us/lists/y-out.csv", list("y-out"),
			"us/schedule/hts.csv", "code,from,designation\n7301,2025-01-01,\n7301.10.00,2025-01-01,\n7301.10.00.10,2025-01-01,\n7301.10.00.20,2025-01-01,\n7301.20.00.00,2025-01-01,\n7302,2025-01-01,\n7302.00.00.00,2025-01-01,\n")
		set, problems := Read(fsys, "us")
		if len(problems) > 0 {
			t.Fatalf("the pack cannot be read:\n%v\n%s", problems, text)
		}
		found := slices.ContainsFunc(Check(set), func(p Problem) bool { return strings.Contains(p.Message, "nothing says how they stack") })

		x, y, p := set.Measures["x"], set.Measures["y"], set.Packs[0]
		portions := x.On == y.On || x.On == "whole" || y.On == "whole" || x.On == "rest" || y.On == "rest"
		meet := ""
		for d := quantity.NewDate(2024, 12, 15); portions && d < quantity.NewDate(2026, 1, 1); d = d.AddDays(5) {
			at := d.Start(p.Zone)
			for _, r := range p.Relations {
				if r.Period.Contains(at) {
					at = quantity.MaxInstant
				}
			}
			if at == quantity.MaxInstant || !running(x, at) || !running(y, at) {
				continue
			}
			for _, o := range origins {
				if !within(p, x.Scope.Origin, o, at) || !within(p, y.Scope.Origin, o, at) {
					continue
				}
				for _, c := range lines {
					if len(c) == 10 && names(set, x, c, at) && names(set, y, c, at) {
						meet = fmt.Sprint(c, " ", o, " ", d)
					}
				}
			}
		}
		if found != (meet != "") {
			t.Fatalf("the lint finds %v, and they meet at %q:\n%s", found, meet, text)
		}
	})
}

func running(m *measure.Measure, at quantity.Instant) bool {
	return m.Acts.At(at, quantity.MaxDate).Kind == measure.InForce
}

func within(p *Pack, places []measure.Place, origin string, at quantity.Instant) bool {
	in := !slices.ContainsFunc(places, func(p measure.Place) bool { return !p.Not })
	out := false
	for _, place := range places {
		is := place.Name == origin
		for _, m := range p.Groups[place.Name] {
			is = is || m.Period.Contains(at) && slices.Contains(m.Origins, nomenclature.Country(origin))
		}
		in = in || is && !place.Not
		out = out || is && place.Not
	}
	return in && !out
}

func names(s *Set, m *measure.Measure, c nomenclature.Code, at quantity.Instant) bool {
	on := func(lists []string) bool {
		for _, id := range lists {
			for _, r := range s.GoodsLists[id].Rows {
				if r.Period.Contains(at) && c.HasPrefix(r.Code) && !slices.ContainsFunc(r.Except, c.HasPrefix) {
					return true
				}
			}
		}
		return false
	}
	return on(m.Scope.GoodsLists) && !on(m.Scope.ExceptLists)
}
