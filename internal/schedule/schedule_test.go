package schedule

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/packs"
)

var readLaw = sync.OnceValues(func() (*rulepack.Set, rulepack.Problems) {
	set, problems := rulepack.Read(packs.FS, "us-tariff", "cn-export-control")
	return set, problems.Faults()
})

// embedded compiles the embedded packs anew.
func embedded(t testing.TB) *Schedule {
	t.Helper()
	set, faults := readLaw()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return Compile(set)
}

// small is a pack with one of everything that this package indexes. The law is
// in days of New York.
func small(t testing.TB) *Schedule {
	t.Helper()
	files := map[string]string{
		"pack.yaml": `id: p
title: A pack
jurisdiction: US
zone: America/New_York
currency: USD
begins: 2020-01-01
known-through: 2026-01-01
licence: CC0-1.0
rounding: {places: 2, mode: half-up, by: i0}
base: {measure: b.one, heading-digits: 8, table: schedule/table.csv, by: i0, other: {origin: [RU], measure: b.two}, claim: preference, programmes: schedule/programmes.csv}
portions:
  steel: {share: content.steel}
  copper: {share: content.copper}
  us: {share: content.us}
  non-us: {less: content.us}
groups:
  NEAR: [{origin: [CN, VN]}]
  VARYING: [{origin: [TH], from: 2025-01-10, until: 2025-02-10}, {origin: [JP]}]
`,
		"instruments.yaml": `instruments:
- {id: i0, kind: order, title: Order 0, citation: Order 0, date: 2020-01-01}
- {id: i1, kind: order, title: Order 1, citation: Order 1, date: 2025-03-01}
- {id: i2, kind: order, title: Order 2, citation: Order 2, date: 2025-06-01}
`,
		"facts.yaml": `facts:
- {name: use, type: enum, values: [civil, military], question: Which use?, where: The contract.}
- {name: weight, type: number, question: How heavy?, where: The list.}
- {name: claimed, type: bool, kind: claim, question: Is it claimed?, where: The entry.}
- {name: buyer, type: party, question: Who buys?, where: The contract.}
- {name: content.steel, type: number, min: 0, max: 1, group: content, question: How much steel?, where: The list.}
- {name: content.copper, type: number, min: 0, max: 1, group: content, question: How much copper?, where: The list.}
- {name: content.us, type: number, min: 0, max: 1, kind: claim, question: How much of the United States?, where: The list.}
- {name: preference, type: enum, values: [A, D, Z], kind: claim, question: Which?, where: The entry.}
`,
		"schedule/table.csv": `code,general,special,other,designation
11,,,,Things
1101,,,,Some things
11010100,2.5%,"Free (A,D) 1% (Z)",30%,One thing
1101010010,,,,One thing of ten
1101010020,,,,One thing of twenty
11010200,See note 9,"See note 8 (A)",,Another
1101020010,,,,Another of ten
11010300,"1.5¢/kg",,,A third
1101030010,,,,A third of ten
`,
		"schedule/programmes.csv": `symbol,name,origin,from,until,by,ended-by
A,Programme A,,,,i0,
D,Programme D,VN VARYING,2025-01-01,2025-09-01,i0,i2
Z,Programme Z,CN,,,i1,
`,
		"lists/l.one.csv": `code,from,until,by,ended-by,except
1101,,,i0,,1101.02 1101.01.00.20
1101.02,2025-02-01,2025-09-01,i0,i2,
1101.01.00.20,2025-02-01,2025-05-01,i1,,
`,
		"lists/l.two.csv": `code,by
1101.01,i0
`,
		"lists/parties.csv": `name,country,identifier,aliases,announced,from,since,until,by,ended-by
"Acme Trading Co., Ltd.",CN,,Acme;ACME (HK) Ltd,,2025-02-01,,2025-09-01,i1,i2
"Old Hand, Ltd.",CN,ZZ-17,,2025-04-01,2025-04-01,unknown,,i1,
`,
		"lists/items.csv": `item,designation,when,codes,by
1A,Item one,weight > 2.0,1101.01,i0
1B,Item two,"use == ""military"" && weight > 1.0",,i0
1C,Item three,,1101.03,i0
`,
		"measures/all.yaml": `programme: {id: p.programme, title: A programme}
measures:
- {id: m.all, kind: duty, title: All, scope: {into: [US]}, acts: [{by: i0, from: 2020-01-01, rate: 10%}]}
- {id: m.one, kind: duty, title: One, scope: {into: [US], origin: [NEAR, not VN], goods: [l.one]}, on: steel, when: claimed, acts: [{by: i1, from: 2025-01-01, rate: 20%}]}
- {id: m.two, kind: duty, title: Two, scope: {into: [US], origin: [VARYING], goods: [l.one], except: [l.two]}, in-lieu-of: [m.all], acts: [{by: i0, from: 2025-01-01, rate: 30%, until: 2025-12-01}]}
- {id: m.free, kind: exemption, title: Free, scope: {into: [US], origin: [not NEAR]}, exempts: [m.all, m.two], when: weight > 5.0, acts: [{by: i0, from: 2025-01-01, applies: true}]}
- {id: m.out, kind: prohibition, title: Out, authority: The ministry, scope: {out-of: [CN], to: [US]}, acts: [{by: i0, from: 2025-01-01, applies: true}]}
- {id: m.abroad, kind: prohibition, title: Abroad, authority: The ministry, scope: {reexport-from: [not CN], items: [items]}, acts: [{by: i0, from: 2025-01-01, applies: true}]}
relations:
- {measures: [m.one], yields-to: [m.all], by: i1, from: 2025-03-01, until: 2025-07-01}
- {measures: [m.one], adds-to: [m.two], by: i0}
- {measures: [m.all], adds-to: [m.one, m.two], by: i0}
`,
	}
	return compileFiles(t, files)
}

// compileFiles compiles a pack of files.
func compileFiles(t testing.TB, files map[string]string) *Schedule {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["p/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, problems := rulepack.Read(fsys, "p")
	if faults := problems.Faults(); len(faults) > 0 {
		t.Fatal(faults)
	}
	return Compile(set)
}

// Rows of a list with the same dates and instruments stand for one another in what is
// remembered: which of them names the goods is the same whatever was asked before.
func TestRowOfAnyMemory(t *testing.T) {
	files := map[string]string{
		"pack.yaml":         "id: p\ntitle: A pack\njurisdiction: CN\nzone: Asia/Shanghai\nbegins: 2020-01-01\nknown-through: 2026-01-01\nlicence: CC0-1.0\n",
		"instruments.yaml":  "instruments:\n- {id: i0, kind: order, title: Order 0, citation: Order 0, date: 2020-01-01}\n",
		"lists/l.csv":       "code,by\n1101,i0\n1101.01,i0\n1101.01.00.10,i0\n1102,i0\n",
		"measures/all.yaml": "programme: {id: p.programme, title: A programme}\nmeasures:\n- {id: m.out, kind: prohibition, title: Out, authority: The ministry, scope: {out-of: [CN], goods: [l]}, acts: [{by: i0, from: 2025-01-01, applies: true}]}\n",
	}
	codes := []nomenclature.Code{"1101010010", "1101010090", "1101020000", "1102000000"}
	want := []nomenclature.Code{"1101010010", "110101", "1101", "1102"}
	rapid.Check(t, func(r *rapid.T) {
		s := compileFiles(t, files)
		for _, i := range rapid.Permutation([]int{0, 1, 2, 3}).Draw(r, "order") {
			for _, known := range []quantity.Date{date(t, "2025-05-01"), date(t, "2025-06-01")} {
				near := s.Near(0, &Movement{Leg: measure.Export, Territory: "CN", From: "CN", To: "US", Origin: "CN", Goods: codes[i : i+1], At: noon(t, "2025-03-01"), Known: known}).Candidates
				if len(near) != 1 {
					t.Fatalf("%d measures are near %s", len(near), codes[i])
				}
				if row := s.RowOf(near[0].Row, codes[i]); row == nil || row.Code != want[i] {
					t.Fatalf("%s is named by %v, want %s", codes[i], row, want[i])
				}
			}
		}
	})
}

func noon(t testing.TB, day string) quantity.Instant {
	t.Helper()
	i, err := quantity.ParseInstant(day + "T12:00-05:00")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func date(t testing.TB, day string) quantity.Date {
	t.Helper()
	d, err := quantity.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func places(names ...string) (out []measure.Place) {
	for _, n := range names {
		name, not := strings.CutPrefix(n, "not ")
		out = append(out, measure.Place{Name: name, Not: not})
	}
	return out
}

func TestPlaces(t *testing.T) {
	in := quantity.Period{From: 10, Until: 20}
	pack := &rulepack.Pack{Groups: map[string][]rulepack.Membership{
		"NEAR":   {{Origins: []nomenclature.Country{"CN", "VN"}, Period: quantity.Always}},
		"DATED":  {{Origins: []nomenclature.Country{"TH"}, Period: in}, {Origins: []nomenclature.Country{"JP"}, Period: quantity.Always}},
		"TWICE":  {{Origins: []nomenclature.Country{"TH"}, Period: in}, {Origins: []nomenclature.Country{"TH"}, Period: quantity.Period{From: 30, Until: 40}}},
		"NOBODY": nil,
	}}
	tests := []struct {
		places  []measure.Place
		country nomenclature.Country
		at      quantity.Instant
		want    bool
		ever    bool
	}{
		{nil, "CN", 0, true, true},
		{nil, "", 0, true, true},
		{places("CN"), "CN", 0, true, true},
		{places("CN"), "VN", 0, false, false},
		{places("CN"), "", 0, false, false},
		{places("CN"), "cn", 0, false, false},
		{places("CN"), "CHN", 0, false, false},
		{places("not CN"), "CN", 0, false, false},
		{places("not CN"), "VN", 0, true, true},
		{places("NEAR"), "VN", 0, true, true},
		{places("NEAR"), "JP", 0, false, false},
		{places("NEAR", "not VN"), "VN", 0, false, false},
		{places("NEAR", "not VN"), "CN", 0, true, true},
		{places("not VN", "NEAR"), "VN", 0, false, false},
		{places("not NEAR"), "CN", 0, false, false},
		{places("not NEAR"), "JP", 0, true, true},
		{places("not NEAR", "CN"), "CN", 0, false, false}, // excluded is excluded
		{places("DATED"), "TH", 9, false, true},
		{places("DATED"), "TH", 10, true, true},
		{places("DATED"), "TH", 19, true, true},
		{places("DATED"), "TH", 20, false, true},
		{places("DATED"), "JP", 9, true, true},
		{places("DATED", "not TH"), "TH", 10, false, false},
		{places("not DATED"), "TH", 9, true, true},
		{places("not DATED"), "TH", 10, false, true},
		{places("not DATED"), "JP", 9, false, false},
		{places("NEAR", "not DATED"), "TH", 9, false, false},
		{places("TH", "not DATED"), "TH", 9, true, true},
		{places("TH", "not DATED"), "TH", 15, false, true},
		{places("TWICE"), "TH", 25, false, true},
		{places("TWICE"), "TH", 35, true, true},
		{places("NOBODY"), "TH", 35, false, false},
	}
	for _, tt := range tests {
		p := compilePlaces(pack, tt.places)
		if got := p.Contains(tt.country, tt.at); got != tt.want {
			t.Errorf("%v hold %q at %d: %t, want %t", tt.places, tt.country, tt.at, got, tt.want)
		}
		if got := p.Ever(tt.country); got != tt.ever {
			t.Errorf("%v ever hold %q: %t, want %t", tt.places, tt.country, got, tt.ever)
		}
	}
	p := compilePlaces(pack, places("DATED", "not TWICE"))
	if got, want := slices.Collect(p.Cuts()), []quantity.Instant{10, 20, 10, 20, 30, 40}; !slices.Equal(got, want) {
		t.Errorf("cuts %v, want %v", got, want)
	}
}

// TestPlacesEverBounds holds that what is in the places at some instant may ever
// be, and that they change at their cuts alone.
func TestPlacesEverBounds(t *testing.T) {
	s := embedded(t)
	for i := range s.entries {
		e := &s.entries[i]
		for _, p := range []*Places{&e.Territory, &e.From, &e.To, &e.Origin} {
			at := append(slices.Collect(p.Cuts()), quantity.MinInstant, 0, 1750000000)
			for cut := range p.Cuts() {
				at = append(at, cut-1)
			}
			for _, c := range nomenclature.Countries() {
				for _, when := range at {
					if p.Contains(c, when) && !p.Ever(c) {
						t.Fatalf("%s holds %s at %d, and never", e.ID, c, when)
					}
				}
			}
		}
	}
}

func TestRowRuns(t *testing.T) {
	by := func(d quantity.Date, standing measure.Standing) *measure.Instrument {
		return &measure.Instrument{Date: d, Standing: standing}
	}
	run := quantity.Period{From: 100, Until: 200}
	tests := []struct {
		name        string
		by, endedBy *measure.Instrument
		at          quantity.Instant
		known       quantity.Date
		want        bool
	}{
		{"before it begins", nil, nil, 99, 5, false},
		{"the first instant is inside", nil, nil, 100, 5, true},
		{"the last is", nil, nil, 199, 5, true},
		{"the end is outside", nil, nil, 200, 5, false},
		{"announced that day", by(5, measure.Enacted), nil, 150, 5, true},
		{"announced later", by(6, measure.Enacted), nil, 150, 5, false},
		{"reported", by(1, measure.Reported), nil, 150, 5, false},
		{"signed", by(1, measure.Announced), nil, 150, 5, true},
		{"past an end not known yet", nil, by(6, measure.Enacted), 250, 5, true},
		{"past an end announced that day", nil, by(5, measure.Enacted), 250, 5, false},
		{"within, the end known", nil, by(1, measure.Enacted), 150, 5, true},
		{"an end not known yet begins nothing", nil, by(6, measure.Enacted), 50, 5, false},
	}
	for _, tt := range tests {
		if got := RowRuns(run, tt.by, tt.endedBy, tt.at, tt.known); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
}

func TestGoods(t *testing.T) {
	s := small(t)
	const later = "2026-01-01"
	tests := []struct {
		name           string
		code, at, when string
		want           []string // codes of the rows, the longest first
		all            []string
	}{
		{"a prefix", "1101030010", "2025-01-05", later, []string{"1101"}, []string{"1101"}},
		{"the code of the row", "1101", "2025-01-05", later, []string{"1101"}, []string{"1101"}},
		{"shorter than any row", "11", "2025-01-05", later, nil, nil},
		{"other goods", "1201", "2025-01-05", later, nil, nil},
		{"none", "", "2025-01-05", later, nil, nil},
		{"two lists", "1101010010", "2025-01-05", later, []string{"110101", "1101"}, []string{"110101", "1101"}},
		{"excepted, and its own row not begun", "1101020010", "2025-01-05", later, nil, []string{"110102"}},
		{"its own row", "1101020010", "2025-02-05", later, []string{"110102"}, []string{"110102"}},
		{"ended", "1101020010", "2025-09-05", later, nil, []string{"110102"}},
		{"ended, not yet known", "1101020010", "2025-09-05", "2025-05-31", []string{"110102"}, []string{"110102"}},
		{"ended, known that day", "1101020010", "2025-09-05", "2025-06-01", nil, []string{"110102"}},
		{"an excepted line", "1101010020", "2025-04-05", later, []string{"1101010020", "110101"}, []string{"1101010020", "110101"}},
		{"not announced", "1101010020", "2025-04-05", "2025-02-28", []string{"110101"}, []string{"1101010020", "110101"}},
		{"an end known from the start", "1101010020", "2025-05-05", "2025-03-01", []string{"110101"}, []string{"1101010020", "110101"}},
		{"above an exception", "110101", "2025-04-05", later, []string{"110101", "1101"}, []string{"110101", "1101"}},
	}
	codes := func(hits []Hit) (out []string) {
		for _, h := range hits {
			out = append(out, string(h.Row.Code))
		}
		return out
	}
	for _, tt := range tests {
		kept := []Hit{{List: 77}}
		hits := s.Goods(nomenclature.Code(tt.code), noon(t, tt.at), date(t, tt.when), kept)
		if hits[0].List != 77 {
			t.Errorf("%s: what was collected before is lost", tt.name)
		}
		if diff := cmp.Diff(tt.want, codes(hits[1:])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.all, codes(s.AllGoodsRows(nomenclature.Code(tt.code), nil))); diff != "" {
			t.Errorf("%s, at all times (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSplitBelow(t *testing.T) {
	s := small(t)
	for code, want := range map[nomenclature.Code][]string{
		"110101":     {"1101010020", "1101010020"}, // a row and an exception
		"11010100":   {"1101010020", "1101010020"},
		"1101010020": nil,
		"110102":     nil, // named itself
		"1101":       nil, // codes shorter than six digits are no goods
		"":           nil,
	} {
		var got []string
		for _, c := range s.Below(code) {
			got = append(got, string(c))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("below %s (-want +got):\n%s", code, diff)
		}
		if s.SplitBelow(code) != (len(want) > 0) {
			t.Errorf("SplitBelow(%s) = %t", code, s.SplitBelow(code))
		}
	}
}

func TestOnLeg(t *testing.T) {
	s := small(t)
	tests := []struct {
		leg       measure.Leg
		territory nomenclature.Country
		want      []string
	}{
		{measure.Import, "US", []string{"m.all", "m.one", "m.two", "m.free", "b.one", "b.two"}},
		{measure.Import, "CN", nil},
		{measure.Export, "CN", []string{"m.out"}},
		{measure.Export, "US", nil},
		{measure.Reexport, "", []string{"m.abroad"}},
		{measure.Reexport, "VN", []string{"m.abroad"}},
	}
	for _, tt := range tests {
		entries, packs := s.OnLeg(tt.leg, tt.territory)
		var got []string
		for _, i := range entries {
			got = append(got, s.entries[i].ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.leg, tt.territory, diff)
		}
		if len(packs) != min(len(got), 1) {
			t.Errorf("%s %s: packs %v", tt.leg, tt.territory, packs)
		}
	}
}

// near is a candidate in words.
func near(list []Candidate) []string {
	var out []string
	ids := func(places []int32) (out []string) {
		for _, i := range places {
			out = append(out, list[i].Entry.ID)
		}
		slices.Sort(out)
		return out
	}
	for i := range list {
		c := &list[i]
		act, under, row := -1, -1, ""
		for j := range c.Entry.Acts {
			if c.State.Act == &c.Entry.Acts[j] {
				act = j
			}
			if c.State.Under == &c.Entry.Acts[j] {
				under = j
			}
		}
		if c.Row != nil {
			// Rows of one list with the same dates and instruments stand for one another.
			row = fmt.Sprintf("%v", c.Row.Period)
			for _, in := range []*measure.Instrument{c.Row.By, c.Row.EndedBy} {
				if in != nil {
					row += " " + in.ID
				}
			}
		}
		out = append(out, fmt.Sprintf("%s: %v act %d under %d, row %s, codes %b, origin %t, exempts %v, in lieu of %v, yields to %v",
			c.Entry.ID, c.State.Kind, act, under, row, c.Mask, c.Origin, ids(c.Exempts), ids(c.InLieuOf), ids(c.YieldsTo)))
	}
	return out
}

// naive is what is near a movement, read from every entry of the schedule and
// the law in the packs themselves: no index, no memory.
func naive(s *Schedule, pack int, m *Movement) []string {
	holds := func(p *rulepack.Pack, ps []measure.Place, c nomenclature.Country) bool {
		in, any := false, true
		for _, place := range ps {
			if !place.Not {
				any = false
			}
			is := place.Name == string(c)
			if members, ok := p.Groups[place.Name]; ok {
				is = slices.ContainsFunc(members, func(x rulepack.Membership) bool {
					return slices.Contains(x.Origins, c) && x.Period.Contains(m.At)
				})
			}
			if is && place.Not {
				return false
			}
			in = in || is
		}
		return in || any
	}
	onList := func(ids []string, codes []nomenclature.Code, c nomenclature.Code) (found []*rulepack.GoodsRow, ok bool) {
		for _, id := range ids {
			rows := s.Set.GoodsLists[id].Rows
			for i := range rows {
				r := &rows[i]
				if c.HasPrefix(r.Code) && RowRuns(r.Period, r.By, r.EndedBy, m.At, m.Known) &&
					!slices.ContainsFunc(r.Except, func(x nomenclature.Code) bool { return c.HasPrefix(x) }) {
					found = append(found, r)
				}
			}
		}
		for _, x := range codes {
			if c.HasPrefix(x) {
				found = append(found, &rulepack.GoodsRow{Code: x})
			}
		}
		return found, len(found) > 0
	}
	var list []Candidate
	for i := range s.entries {
		e := &s.entries[i]
		territory := m.Territory
		if e.Leg == measure.Reexport {
			territory = m.From
		}
		scope := &e.Scope
		if e.PackIndex != pack || e.Leg != m.Leg || !holds(e.Pack, scope.Territory, territory) || !holds(e.Pack, scope.From, m.From) || !holds(e.Pack, scope.To, m.To) {
			continue
		}
		c := Candidate{Entry: e, Origin: holds(e.Pack, scope.Origin, m.Origin), State: measure.State{Kind: measure.InForce}}
		if e.Base == nil {
			c.State = e.Acts.At(m.At, m.Known)
		}
		named := len(scope.GoodsLists)+len(scope.Goods) > 0
		switch {
		case !c.Origin && (!named || e.Kind == measure.Exemption || !c.Runs()):
			continue
		case !c.Runs() && e.Kind == measure.Exemption:
			continue
		case c.State.Kind == measure.NotStarted && !slices.ContainsFunc(e.Acts, func(a measure.Act) bool {
			return a.Announced <= m.Known && a.Standing != measure.Reported
		}):
			continue
		}
		for n, code := range m.Goods {
			rows, ok := onList(scope.GoodsLists, scope.Goods, code)
			if _, out := onList(scope.ExceptLists, scope.Except, code); out || named && !ok {
				continue
			}
			c.Mask |= 1 << n
			if len(rows) > 0 {
				// Of several rows the one of the longest code names the goods.
				c.Row = slices.MaxFunc(rows, func(a, b *rulepack.GoodsRow) int { return len(a.Code) - len(b.Code) })
			}
		}
		if c.Mask != 0 {
			list = append(list, c)
		}
	}
	for i := range list {
		c := &list[i]
		for j := range list {
			id := list[j].Entry.ID
			if measure.MatchAny(c.Entry.Measure.Exempts, id) {
				c.Exempts = append(c.Exempts, int32(j))
			}
			if i != j && measure.MatchAny(c.Entry.Measure.InLieuOf, id) {
				c.InLieuOf = append(c.InLieuOf, int32(j))
			}
			if i == j {
				continue
			}
			for _, p := range s.Set.Packs {
				if slices.ContainsFunc(p.Relations, func(r measure.Relation) bool {
					return r.Kind == measure.YieldsTo && measure.MatchAny(r.Measures, c.Entry.ID) && measure.MatchAny(r.With, id) &&
						RowRuns(r.Period, r.By, r.EndedBy, m.At, m.Known)
				}) {
					c.YieldsTo = append(c.YieldsTo, int32(j))
					break
				}
			}
		}
	}
	return near(list)
}

// drawMovement draws a movement of real goods, near the instants and the days at
// which the law changes as often as not.
func drawMovement(r *rand.Rand, s *Schedule, codes []nomenclature.Code) Movement {
	countries := []nomenclature.Country{"CN", "US", "CA", "MX", "VN", "DE", "JP", "GB", "RU", "KR", "BR", "IN", "CH", "CU", "HK", "TW", "TR", "AU", "BY", "JO"}
	country := func() nomenclature.Country { return countries[r.IntN(len(countries))] }
	m := Movement{Leg: measure.Import, From: country(), To: "US", Goods: []nomenclature.Code{codes[r.IntN(len(codes))]}}
	m.Origin, m.Territory = m.From, "US"
	if r.IntN(4) == 0 {
		m.Origin = country()
	}
	switch r.IntN(8) {
	case 0:
		m.Leg, m.From, m.Territory = measure.Export, "CN", "CN"
		m.To = country()
	case 1:
		m.Leg, m.Territory, m.To = measure.Reexport, m.From, country()
	case 2:
		m.Goods[0] = m.Goods[0][:min(len(m.Goods[0]), 4+2*r.IntN(3))]
	}
	m.At = quantity.Instant(1514764800 + r.Int64N(9*365*86400)) // from 2018
	if r.IntN(2) == 0 {
		m.At = s.cuts[r.IntN(len(s.cuts))] - quantity.Instant(r.IntN(2))
	}
	m.Known = quantity.Date(17532 + r.IntN(9*365))
	if r.IntN(2) == 0 {
		m.Known = s.days[r.IntN(len(s.days))] - quantity.Date(r.IntN(2))
	}
	if r.IntN(3) == 0 {
		m.Known = quantity.MaxDate
	}
	return m
}

// listedCodes is every code that a list names, and every tenth line of the
// schedule.
func listedCodes(t testing.TB, s *Schedule) []nomenclature.Code {
	t.Helper()
	seen := map[nomenclature.Code]bool{}
	for _, hits := range s.rows {
		seen[hits[0].Row.Code] = true
	}
	us, ok := s.Pack("US")
	if !ok {
		t.Fatal("no pack of the United States")
	}
	n := 0
	for l := range us.Table.All() {
		if n++; n%10 == 0 && len(l.Code) >= 8 {
			seen[l.Code] = true
		}
	}
	var out []nomenclature.Code
	for c := range seen {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

func TestNearIsWhatAScanFinds(t *testing.T) {
	s := embedded(t)
	codes := listedCodes(t, s)
	r := rand.New(rand.NewPCG(20250615, 1))
	found := 0
	for range 600 {
		m := drawMovement(r, s, codes)
		pack := r.IntN(len(s.Set.Packs))
		want := naive(s, pack, &m)
		found += len(want)
		for _, how := range []string{"first", "again"} {
			got := s.Near(pack, &m)
			if diff := cmp.Diff(want, near(got.Candidates)); diff != "" {
				t.Fatalf("%+v, pack %d, asked %s (-scan +Near):\n%s", m, pack, how, diff)
			}
		}
		if several := r.IntN(3) == 0; several {
			m.Goods = append(m.Goods, codes[r.IntN(len(codes))], codes[r.IntN(len(codes))])
			if diff := cmp.Diff(naive(s, pack, &m), near(s.Near(pack, &m).Candidates)); diff != "" {
				t.Fatalf("%+v, pack %d (-scan +Near):\n%s", m, pack, diff)
			}
		}
	}
	if found < 2000 {
		t.Errorf("only %d candidates were found: the test holds little", found)
	}
}

// What was found for one movement is shared with others: asked about the same
// goods in all the minutes around changes of law, in any order, each gets its own.
func TestNearIsSharedRightly(t *testing.T) {
	s := embedded(t)
	codes := listedCodes(t, s)
	r := rand.New(rand.NewPCG(20200214, 7))
	for range 40 {
		m := drawMovement(r, s, codes)
		m.Known = quantity.MaxDate
		pack := r.IntN(len(s.Set.Packs))
		if m.Leg == measure.Import {
			pack = slices.IndexFunc(s.Set.Packs, func(p *rulepack.Pack) bool { return p.ID == "us-tariff" })
		}
		for _, n := range r.Perm(len(s.cuts)) {
			m.At = max(s.cuts[n]-quantity.Instant(r.IntN(2)), quantity.MinInstant)
			for _, m.Bare = range [...]bool{false, true} {
				if diff := cmp.Diff(near(found(s, pack, &m)), near(s.Near(pack, &m).Candidates)); diff != "" {
					t.Fatalf("%+v, pack %d (-found +shared):\n%s", m, pack, diff)
				}
			}
		}
	}
}

// What was found for goods of one origin is shared with others: each of them gets its
// own, whichever was asked about before.
func TestOriginsAreToldApart(t *testing.T) {
	s := embedded(t)
	codes := listedCodes(t, s)
	r := rand.New(rand.NewPCG(20251110, 4))
	countries := nomenclature.Countries()
	for range 60 {
		m := drawMovement(r, s, codes)
		m.Known, m.Bare = quantity.MaxDate, r.IntN(2) == 0
		pack := r.IntN(len(s.Set.Packs))
		if m.Leg == measure.Import {
			pack = slices.IndexFunc(s.Set.Packs, func(p *rulepack.Pack) bool { return p.ID == "us-tariff" })
		}
		regions := map[*Nearby]string{} // what conditions read, of those that share it
		for _, n := range r.Perm(len(countries)) {
			m.Origin = countries[n]
			got := s.Near(pack, &m)
			if diff := cmp.Diff(near(found(s, pack, &m)), near(got.Candidates)); diff != "" {
				t.Fatalf("%+v, pack %d (-found +shared):\n%s", m, pack, diff)
			}
			var read []byte
			for i := range got.Candidates {
				if reads := got.Candidates[i].Entry.reads; reads != nil {
					read = reads.append(read, &m)
					if reads.coarse {
						read = append(read, m.Origin...)
					}
				}
			}
			if as, ok := regions[got]; ok && as != string(read) {
				t.Fatalf("%+v, pack %d: what conditions read of the origin is not told apart", m, pack)
			}
			regions[got] = string(read)
		}
	}
}

// Movements with the same history have the same law near them at each instant, and
// movements of which the same is told have it at theirs, whatever their goods.
func TestLawIsTold(t *testing.T) {
	s := embedded(t)
	codes := listedCodes(t, s)
	us := slices.IndexFunc(s.Set.Packs, func(p *rulepack.Pack) bool { return p.ID == "us-tariff" })
	r := rand.New(rand.NewPCG(20180706, 3))
	period := quantity.Period{From: quantity.NewDate(2025, time.January, 1).Start(time.UTC), Until: quantity.MaxInstant}
	told, histories := map[string][]string{}, map[string]Movement{}
	again, alike := 0, 0
	var h History
	for range 4000 {
		m := drawMovement(r, s, codes)
		if m.Leg != measure.Import || m.At >= quantity.MaxInstant {
			continue
		}
		m.Bare, m.Known = true, quantity.MaxDate
		m.Entered, m.Exported = m.At, m.At-quantity.Instant(r.IntN(3)*5_000_000)
		reach := s.ReachOf(us, &m)
		if !reach.History(&h, &m, quantity.Period{From: m.At, Until: m.At + 1}, nil) {
			if slices.ContainsFunc(found(s, us, &m), func(c Candidate) bool { return c.Entry.ID == "us.301.list-3-in-transit" }) {
				continue // it goes by the day of export
			}
			t.Fatalf("%+v: what law is near is not told", m)
		}
		key := string(h.AppendLaw(nil, m.At))
		law := near(found(s, us, &m))
		if as, ok := told[key]; ok {
			again++
			if diff := cmp.Diff(as, law); diff != "" {
				t.Fatalf("%+v (-another with the key +this one):\n%s", m, diff)
			}
		}
		told[key] = law
		if !reach.History(&h, &m, period, nil) {
			t.Fatalf("%+v: the history is not told", m)
		}
		key = string(h.AppendKey(nil))
		if as, ok := histories[key]; ok && (as.Origin != m.Origin || as.Goods[0] != m.Goods[0]) {
			alike++
			for range 3 {
				as.At = s.cuts[r.IntN(len(s.cuts))] - quantity.Instant(r.IntN(2))
				if m.At = as.At; !period.Contains(m.At) {
					continue
				}
				if diff := cmp.Diff(near(found(s, us, &as)), near(found(s, us, &m))); diff != "" {
					t.Fatalf("%+v (-another of the history, %+v +this one):\n%s", m, as, diff)
				}
			}
		}
		histories[key] = m
	}
	if again < 300 || alike < 100 {
		t.Errorf("%d movements had the key of another, %d the history: the test holds little", again, alike)
	}
}

// found is what is found near a movement without memory.
func found(s *Schedule, pack int, m *Movement) []Candidate {
	out := s.findNear(pack, m).Candidates
	if m.Bare {
		for i := range out {
			out[i].Row = nil // nobody is told
		}
	}
	return out
}

func TestNearOfSmallPack(t *testing.T) {
	s := small(t)
	r := rand.New(rand.NewPCG(5, 5))
	codes := []nomenclature.Code{"", "1101", "110101", "1101010010", "1101010020", "110102", "1101020010", "1101030010", "1201"}
	countries := []nomenclature.Country{"CN", "VN", "TH", "JP", "RU", "US"}
	pick := func() nomenclature.Country { return countries[r.IntN(len(countries))] }
	for range 4000 {
		m := Movement{Leg: measure.Import, Territory: "US", To: "US", From: pick(), Origin: pick(), Goods: []nomenclature.Code{codes[r.IntN(len(codes))]}}
		switch r.IntN(6) {
		case 0:
			m.Leg, m.To, m.Territory = measure.Export, pick(), m.From
		case 1:
			m.Leg, m.To, m.Territory = measure.Reexport, pick(), m.From
		}
		m.At = s.cuts[r.IntN(len(s.cuts))] + quantity.Instant(r.IntN(3)-1)
		m.At = min(max(m.At, quantity.MinInstant), quantity.MaxInstant-1)
		m.Known = s.days[r.IntN(len(s.days))] + quantity.Date(r.IntN(3)-1)
		if diff := cmp.Diff(naive(s, 0, &m), near(s.Near(0, &m).Candidates)); diff != "" {
			t.Fatalf("%+v (-scan +Near):\n%s", m, diff)
		}
	}
}

func TestMemoIsBounded(t *testing.T) {
	s, fresh := small(t), small(t)
	countries := nomenclature.Countries()
	movement := func(i int) Movement {
		origin := countries[i%len(countries)]
		return Movement{Leg: measure.Import, Territory: "US", To: "US", From: "CN", Origin: origin, Goods: []nomenclature.Code{"1101010010"},
			At: s.cuts[i%len(s.cuts)], Known: s.days[i/len(s.cuts)%len(s.days)]}
	}
	const asked = 100_000
	for i := range asked {
		m := movement(i)
		s.Near(0, &m)
	}
	reaches, nears := 0, 0
	r := s.memo.now.Load()
	for _, v := range r.views.of {
		if all := v.made.of.Load(); all != nil {
			reaches += len(*all)
		}
	}
	for i := range r.nears {
		nears += len(r.nears[i].of)
	}
	if reaches == 0 || reaches > mostReaches {
		t.Errorf("%d reaches are remembered", reaches)
	}
	if nears == 0 || nears > mostNear {
		t.Errorf("of %d movements it is remembered what is near", nears)
	}
	for i := 0; i < asked; i += 97 {
		m := movement(i)
		if diff := cmp.Diff(near(fresh.findNear(0, &m).Candidates), near(s.Near(0, &m).Candidates)); diff != "" {
			t.Fatalf("%+v: %s", m, diff)
		}
	}
	first := s.GoodsOf("1101010010").class
	for i := range mostGoods + 10 {
		s.GoodsOf(nomenclature.Code(fmt.Sprintf("%010d", 2_000_000_000+i)))
	}
	if n := s.memo.goods.kept; n > mostGoods {
		t.Errorf("the classes of %d codes are remembered", n)
	}
	if again := s.GoodsOf("1101010010").class; again != first {
		t.Errorf("a code has class %d, once forgotten %d", first, again)
	}
	if s.GoodsOf("2000000000").class == first {
		t.Error("codes that different rows name have one class")
	}
}

// What is forgotten is gone.
func TestForgottenIsGone(t *testing.T) {
	s := small(t)
	m := Movement{Leg: measure.Import, Territory: "US", To: "US", From: "CN", Origin: "CN", Goods: []nomenclature.Code{"1101010010"}, At: s.cuts[0], Known: s.days[0]}
	before := s.Near(0, &m)
	r := s.memo.now.Load()
	v := r.view(s, m.viewKey(0, s.known(m.Known)), &m)
	old := []func() bool{gone(r), gone(v.reachAt(s.reach(r, v, &m))), gone(before)}
	s.memo.forget(r)
	s.memo.forget(r) // another that found it full
	if s.memo.now.Load() == r {
		t.Error("it is not forgotten")
	}
	r, v, before = nil, nil, nil
	runtime.GC()
	for i, gone := range old {
		if !gone() {
			t.Errorf("%s is kept in memory", [...]string{"what was remembered", "a reach", "what was near"}[i])
		}
	}
	if s.Near(0, &m) == nil {
		t.Error("nothing is near")
	}
}

// gone tells whether a value is collected.
func gone[T any](v *T) func() bool {
	w := weak.Make(v)
	return func() bool { return w.Value() == nil }
}

func TestNearInParallel(t *testing.T) {
	s, alone := embedded(t), embedded(t)
	codes := listedCodes(t, s)
	r := rand.New(rand.NewPCG(8, 8))
	moves := make([]Movement, 120)
	want := make([][]string, len(moves))
	for i := range moves {
		moves[i] = drawMovement(r, s, codes)
		want[i] = near(alone.findNear(i%len(s.Set.Packs), &moves[i]).Candidates)
	}
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			for _, i := range rand.New(rand.NewPCG(uint64(n), 1)).Perm(len(moves)) {
				m := moves[i]
				got := s.Near(i%len(s.Set.Packs), &m)
				if diff := cmp.Diff(want[i], near(got.Candidates)); diff != "" {
					t.Errorf("%+v (-alone +together):\n%s", m, diff)
					return
				}
				key := fmt.Appendf(nil, "case %d", i)
				if v := s.Recall(nil, key); v != nil && v != i {
					t.Errorf("remembered %v for %d", v, i)
				}
				s.Remember(nil, key, i, 1)
			}
		})
	}
	wg.Wait()
}

// Cases are alike where no condition near them tells their facts apart.
func TestAlike(t *testing.T) {
	s := small(t)
	day := noon(t, "2025-04-05")
	key := func(leg measure.Leg, from nomenclature.Country, closed bool, fact string, v condition.Value) string {
		near := s.Near(0, &Movement{Leg: leg, Territory: "US", To: "US", From: from, Origin: from, Goods: []nomenclature.Code{"1101010010"}, At: day, Known: quantity.MaxDate})
		facts, stated := slices.Clone(s.Defaults(closed)), s.NewSlots()
		if fact != "" {
			slot, ok := s.Set.Env.Slot(fact)
			if !ok {
				t.Fatal(fact)
			}
			facts[slot] = v
			stated.Add(slot)
		}
		k, ok := s.Alike(nil, []*Nearby{near}, []quantity.Instant{day}, quantity.MaxDate, facts, stated, closed)
		if !ok {
			return "none"
		}
		return string(k)
	}
	number := func(text string) condition.Value { return condition.NumberValue(quantity.MustDecimal(text)) }
	plain := key(measure.Import, "CN", false, "", condition.Value{})
	if plain == "none" {
		t.Fatal("a plain case has no key")
	}
	tests := []struct {
		name, fact string
		v          condition.Value
		from       nomenclature.Country
		leg        measure.Leg
		same       string // as which of the cases before; "" is the plain one
		none       bool
	}{
		{name: "a claim that is read", fact: "claimed", v: condition.BoolValue(true), same: "itself"},
		{name: "the claim denied", fact: "claimed", v: condition.BoolValue(false), same: "itself"},
		{name: "a portion", fact: "content.steel", v: number("0.5"), none: true},
		{name: "the whole of it", fact: "content.steel", v: number("1"), same: "itself"},
		{name: "nothing of it", fact: "content.steel", v: number("0.00"), same: "itself"},
		{name: "a fact that nobody reads there", fact: "weight", v: number("9")},
		{name: "read by an exemption of others", fact: "weight", v: number("9"), from: "JP", same: "itself"},
		{name: "on the same side of five", fact: "weight", v: number("5.1"), from: "JP", same: "read by an exemption of others"},
		{name: "on the other side", fact: "weight", v: number("4.9"), from: "JP", same: "itself"},
		{name: "at it", fact: "weight", v: number("5"), from: "JP", same: "on the other side"},
		{name: "an item's weight", fact: "weight", v: number("1.5"), from: "JP", leg: measure.Reexport, same: "itself"},
		{name: "a lighter one", fact: "weight", v: number("0.5"), from: "JP", leg: measure.Reexport, same: "itself"},
		{name: "a use", fact: "use", v: condition.TextValue("civil"), from: "JP", leg: measure.Reexport, same: "itself"},
		{name: "a programme", fact: "preference", v: condition.TextValue("A"), same: "itself"},
		{name: "another", fact: "preference", v: condition.TextValue("Z"), same: "itself"},
		{name: "part of the movement", fact: "entered", v: condition.InstantValue(day + 7)},
		{name: "a party made up", fact: "claimed", v: condition.HypotheticalParty("somebody"), none: true},
	}
	seen := map[string]string{"": plain}
	for _, tt := range tests {
		from, leg := tt.from, tt.leg
		if from == "" {
			from = "CN"
		}
		if leg == "" {
			leg = measure.Import
		}
		got := key(leg, from, false, tt.fact, tt.v)
		switch {
		case tt.none != (got == "none"):
			t.Errorf("%s: remembered %t", tt.name, got != "none")
		case tt.none:
			continue
		case tt.same == "itself":
			for name, other := range seen {
				if got == other {
					t.Errorf("%s has the key of %q", tt.name, name)
				}
			}
		case got != seen[tt.same]:
			t.Errorf("%s has another key than %q", tt.name, tt.same)
		}
		seen[tt.name] = got
	}
	if key(measure.Import, "CN", true, "", condition.Value{}) == plain {
		t.Error("a closed case has the key of an open one")
	}
	cn := []*Nearby{s.Near(0, &Movement{Leg: measure.Import, Territory: "US", To: "US", From: "CN", Origin: "CN", Goods: []nomenclature.Code{"1101010010"}, At: day, Known: quantity.MaxDate})}
	if s.Recall(cn, []byte(plain)) != nil {
		t.Error("something is remembered before anything was")
	}
	s.Remember(cn, []byte(plain), "it", 1)
	if s.Recall(cn, []byte(plain)) != "it" || s.Recall(cn, []byte(seen["another"])) != nil {
		t.Errorf("remembered %v and %v", s.Recall(cn, []byte(plain)), s.Recall(cn, []byte(seen["another"])))
	}
	for i := range 40 * mostWeight {
		s.Remember(nil, fmt.Appendf(nil, "case %d", i), i, 1)
	}
	for i := range s.memo.plans {
		if n := len(s.memo.plans[i].plans); n > mostWeight {
			t.Errorf("a shard remembers %d plans", n)
		}
	}
}

func TestDivisionSize(t *testing.T) {
	s := small(t)
	d := s.divisions["p"]
	of := func(name string) Parts {
		p, ok := s.Set.Packs[0].Portions[name]
		if !ok {
			t.Fatal(name)
		}
		return d.of(&p)
	}
	steel, copper, us, foreign := of("steel"), of("copper"), of("us"), of("non-us")
	if us&foreign != 0 || us|foreign != d.of(nil) || steel&copper != 0 {
		t.Fatal("the portions do not divide the value")
	}
	tests := []struct {
		name          string
		parts         Parts
		steel, copper string
		us            string
		least, most   string
	}{
		{"the whole", d.of(nil), "0.3", "0.2", "0.4", "1", "1"},
		{"nothing", 0, "0.3", "0.2", "0.4", "0", "0"},
		{"steel", steel, "0.3", "0.2", "0.4", "0.3", "0.3"},
		{"two", steel | copper, "0.3", "0.2", "0.4", "0.5", "0.5"},
		{"the rest", d.of(nil) &^ (steel | copper), "0.3", "0.2", "0.4", "0.5", "0.5"},
		{"foreign", foreign, "0.3", "0.2", "0.4", "0.6", "0.6"},
		{"ours", us, "0.3", "0.2", "0.4", "0.4", "0.4"},
		{"foreign steel, cut", steel & foreign, "0.3", "0.2", "0.4", "0", "0.3"},
		{"our steel, cut", steel & us, "0.3", "0.2", "0.4", "0", "0.3"},
		{"more is ours than is not steel", steel & foreign, "0.7", "0", "0.4", "0.3", "0.6"},
		{"foreign, steel taken", foreign &^ steel, "0.3", "0", "0.4", "0.3", "0.6"},
		{"nothing is ours", steel & foreign, "0.3", "0", "0", "0.3", "0.3"},
		{"all is ours", steel & foreign, "0.3", "0", "1", "0", "0"},
	}
	number := func(values ...string) func(int) quantity.Decimal {
		return func(n int) quantity.Decimal {
			for i, name := range []string{"content.steel", "content.copper", "content.us"} {
				if at, _ := s.Set.Env.Slot(name); at == n {
					return quantity.MustDecimal(values[i])
				}
			}
			return quantity.Decimal{}
		}
	}
	for _, tt := range tests {
		got := d.Size(tt.parts, number(tt.steel, tt.copper, tt.us))
		if got.Least.String() != tt.least || got.Most.String() != tt.most {
			t.Errorf("%s: %s to %s, want %s to %s", tt.name, got.Least, got.Most, tt.least, tt.most)
		}
	}
	t.Run("disjoint", func(t *testing.T) {
		// Whatever the facts, disjoint parts come to the whole: the least of the one
		// is what the most of the other leaves.
		rapid.Check(t, func(t *rapid.T) {
			a := rapid.IntRange(0, 100).Draw(t, "steel")
			b := rapid.IntRange(0, 100-a).Draw(t, "copper")
			c := rapid.IntRange(0, 100).Draw(t, "us")
			cents := func(n int) string { return quantity.NewDecimal(int64(n), 2).String() }
			facts := number(cents(a), cents(b), cents(c))
			parts := Parts(rapid.Uint32().Draw(t, "parts")) & d.whole
			size, rest := d.Size(parts, facts), d.Size(d.whole&^parts, facts)
			one := quantity.NewDecimal(1, 0)
			if !size.Least.Add(rest.Most).Equal(one) || !size.Most.Add(rest.Least).Equal(one) {
				t.Fatalf("%b: %v, and the rest %v", parts, size, rest)
			}
			if size.Least.Sign() < 0 || size.Most.Cmp(one) > 0 || size.Least.Cmp(size.Most) > 0 {
				t.Fatalf("%b: %v is no share", parts, size)
			}
		})
	})
}

func TestRates(t *testing.T) {
	s := small(t)
	p := s.Set.Packs[0]
	now := noon(t, "2025-06-15")
	word := func(r Rate) string {
		rate := "not known"
		if r.Rate != nil {
			rate = r.Rate.String()
		}
		return fmt.Sprintf("%s (%s), held %t", r.Text, rate, r.Held)
	}
	tests := []struct {
		name, got, want string
	}{
		{"inherited", word(s.GeneralRate(p, "1101010010", now)), "2.5% (2.5%), held true"},
		{"its own", word(s.GeneralRate(p, "11010100", now)), "2.5% (2.5%), held true"},
		{"other", word(s.OtherRate(p, "1101010010", now)), "30% (30%), held true"},
		{"no other", word(s.OtherRate(p, "1101030010", now)), " (not known), held true"},
		{"unreadable", word(s.GeneralRate(p, "1101020010", now)), "See note 9 (not known), held true"},
		{"none", word(s.GeneralRate(p, "1201", now)), " (not known), held true"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	special := []struct {
		name, code, symbol, at, known string
		origin                        nomenclature.Country
		want                          string
	}{
		{"any origin", "1101010010", "A", "2025-06-15", "2026-01-01", "BR", "Free (A)"},
		{"not on the line", "1101030010", "A", "2025-06-15", "2026-01-01", "BR", ""},
		{"not readable", "1101020010", "A", "2025-06-15", "2026-01-01", "BR", "See note 8 (A) not known"},
		{"no such programme", "1101010010", "X", "2025-06-15", "2026-01-01", "BR", ""},
		{"the second symbol of a rate", "1101010010", "D", "2025-06-15", "2026-01-01", "VN", "Free (D)"},
		{"another origin", "1101010010", "D", "2025-06-15", "2026-01-01", "CN", ""},
		{"a member of a dated group", "1101010010", "D", "2025-01-15", "2026-01-01", "TH", "Free (D)"},
		{"no longer", "1101010010", "D", "2025-06-15", "2026-01-01", "TH", ""},
		{"before it begins", "1101010010", "D", "2024-12-31", "2026-01-01", "VN", ""},
		{"ended", "1101010010", "D", "2025-09-15", "2026-01-01", "VN", ""},
		{"ended, not yet known", "1101010010", "D", "2025-09-15", "2025-05-31", "VN", "Free (D)"},
		{"the second rate", "1101010010", "Z", "2025-06-15", "2026-01-01", "CN", "1% (Z)"},
		{"not announced", "1101010010", "Z", "2025-06-15", "2025-02-28", "CN", ""},
	}
	for _, tt := range special {
		r, ok := s.SpecialRate(p, nomenclature.Code(tt.code), tt.symbol, noon(t, tt.at), date(t, tt.known), tt.origin)
		got := ""
		if ok {
			if got = r.Text; r.Rate == nil {
				got += " not known"
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		open := s.OpenTo(p, noon(t, tt.at), date(t, tt.known), tt.origin)
		offered := slices.Contains(s.Programmes(p, nomenclature.Code(tt.code), noon(t, tt.at), open), tt.symbol)
		if offered != (tt.want != "") {
			t.Errorf("%s: offered %t", tt.name, offered)
		}
	}
	real := embedded(t)
	us, _ := real.Pack("US")
	before := us.Table.Begins() - 1
	if r := real.GeneralRate(us, "6110202079", before); r.Held || r.Rate != nil || r.Text != "" {
		t.Errorf("before the first edition: %+v", r)
	}
	if _, ok := real.SpecialRate(us, "6110202079", "KR", before, quantity.MaxDate, "KR"); ok {
		t.Error("a special rate before the first edition")
	}
	if r := real.GeneralRate(us, "6110202079", before+1); !r.Held || r.Text != "16.5%" {
		t.Errorf("on the first day: %+v", r)
	}
}

func TestListed(t *testing.T) {
	s := small(t)
	list, ok := s.Set.Env.PartyList("parties")
	if !ok {
		t.Fatal("no list of parties")
	}
	tests := []struct {
		name, at, known string
		want            condition.Truth
	}{
		{"Acme Trading Co., Ltd.", "2025-03-05", "2026-01-01", condition.True},
		{"  ACME\ttrading co ltd ", "2025-03-05", "2026-01-01", condition.True},
		{"acme", "2025-03-05", "2026-01-01", condition.True},
		{"Acme HK Ltd", "2025-03-05", "2026-01-01", condition.True},
		{"Acme Trading", "2025-03-05", "2026-01-01", condition.False},
		{"", "2025-03-05", "2026-01-01", condition.False},
		{"acme", "2025-01-31", "2026-01-01", condition.False},
		{"acme", "2025-03-05", "2025-02-28", condition.False},
		{"acme", "2025-09-05", "2026-01-01", condition.False},
		{"acme", "2025-09-05", "2025-05-31", condition.True},
		// Listed by April at the latest, on a list that there is since March.
		{"Old Hand Ltd", "2025-05-05", "2026-01-01", condition.True},
		{"ZZ-17", "2025-05-05", "2026-01-01", condition.True},
		{"ZZ-17", "2025-03-05", "2026-01-01", condition.Open},
		{"ZZ-17", "2025-02-05", "2026-01-01", condition.False},
		{"ZZ-17", "2025-05-05", "2025-03-05", condition.Open},
		{"ZZ-17", "2025-05-05", "2025-02-05", condition.False},
	}
	for _, tt := range tests {
		if got, _ := s.Listed(list, tt.name, noon(t, tt.at), date(t, tt.known)); got != tt.want {
			t.Errorf("%q on %s, known on %s: %s", tt.name, tt.at, tt.known, got)
		}
	}
}

// parties binds the lists of a schedule to a day.
type parties struct{ s *Schedule }

func (p parties) Listed(list int, name string) condition.Truth {
	truth, _ := p.s.Listed(list, name, 1750000000, quantity.MaxDate)
	return truth
}

// TestConditionShortcut holds that a condition which is not evaluated anew,
// because nothing that it reads is stated, is what evaluation comes to.
func TestConditionShortcut(t *testing.T) {
	for _, s := range []*Schedule{small(t), embedded(t)} {
		env := s.Set.Env
		var reads []int // facts that some condition reads
		note := func(x *condition.Expr) {
			if x != nil {
				reads = append(reads, x.Slots()...)
			}
		}
		for i := range s.entries {
			note(s.entries[i].When)
		}
		for _, list := range s.items {
			for i := range list.Rows {
				note(list.Rows[i].When)
			}
		}
		slices.Sort(reads)
		reads = slices.Compact(reads)
		r := rand.New(rand.NewPCG(4, 4))
		value := func(f *condition.Fact) condition.Value {
			switch f.Type {
			case condition.Bool:
				return condition.BoolValue(r.IntN(2) == 0)
			case condition.Number:
				return condition.NumberValue(quantity.NewDecimal(int64(r.IntN(200)), r.IntN(3)))
			case condition.InstantType:
				return condition.InstantValue(quantity.Instant(1514764800 + r.Int64N(9*365*86400)))
			case condition.Enum:
				return condition.TextValue(f.Values[r.IntN(len(f.Values))])
			}
			return condition.TextValue([]string{"CN", "US", "Acme"}[r.IntN(3)])
		}
		seen := map[condition.Truth]int{}
		for range 60 {
			closed := r.IntN(2) == 0
			facts, stated := slices.Clone(s.Defaults(closed)), s.NewSlots()
			for slot := range env.Len() {
				if env.Fact(slot).Pack == "" { // the movement is always stated
					facts[slot] = value(env.Fact(slot))
					stated.Add(slot)
				}
			}
			for range r.IntN(4) {
				slot := reads[r.IntN(len(reads))]
				facts[slot] = value(env.Fact(slot))
				stated.Add(slot)
			}
			for i := range s.entries {
				e := &s.entries[i]
				want := condition.True
				if e.When != nil {
					want = e.When.Eval(facts, parties{s})
				}
				got := e.Condition(facts, stated, closed, parties{s})
				if got != want {
					t.Fatalf("%s: %v, evaluated %v (closed: %t)", e.ID, got, want, closed)
				}
				seen[got]++
			}
			for list, items := range s.items {
				for row := range items.Rows {
					want := condition.True
					if x := items.Rows[row].When; x != nil {
						want = x.Eval(facts, parties{s})
					}
					if got := s.ItemCondition(int32(list), int32(row), facts, stated, closed, parties{s}); got != want {
						t.Fatalf("%s: %v, evaluated %v (closed: %t)", items.Rows[row].Item, got, want, closed)
					}
				}
			}
		}
		if len(seen) != 3 {
			t.Errorf("the conditions came to %v alone", seen)
		}
	}
}
