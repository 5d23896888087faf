package rulepack

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// goodPacks returns the packs of testdata/good.txtar.
func goodPacks(t testing.TB) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

// replace puts new for old, which must be there once, in a file; where old is
// "", new is the whole file.
func replace(t testing.TB, fsys fstest.MapFS, file, old, new string) {
	t.Helper()
	if old == "" {
		fsys[file] = &fstest.MapFile{Data: []byte(new)}
		return
	}
	text := string(fsys[file].Data)
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%s has %q %d times", file, old, n)
	}
	fsys[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1))}
}

func mustRead(t testing.TB, fsys fstest.MapFS) *Set {
	t.Helper()
	set, problems := Read(fsys, "dexter")
	if len(problems) > 0 {
		t.Fatalf("the good packs have problems:\n%v", problems)
	}
	return set
}

func instant(t testing.TB, s string) quantity.Instant {
	t.Helper()
	i, err := quantity.ParseInstant(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestRead(t *testing.T) {
	set := mustRead(t, goodPacks(t))
	if got := []string{set.Packs[0].ID, set.Packs[1].ID}; !slices.Equal(got, []string{"lorica", "dexter"}) {
		t.Fatalf("packs %v, want the dependency first", got)
	}
	lorica, dexter := set.Packs[0], set.Packs[1]

	if dexter.Instruments["ann-18"] != lorica.Instruments["ann-18"] || lorica.Instruments["eo-1"] != nil {
		t.Error("a pack sees its own instruments and those of the packs it depends on, and no others")
	}
	if in := dexter.Instruments["eo-2"]; in.Confidence != measure.Memory || in.Standing != measure.Announced || in.Date.String() != "2025-05-12" {
		t.Errorf("eo-2 is %+v", in)
	}
	if in := dexter.Instruments["eo-1"]; in.Confidence != measure.Verified || in.Standing != measure.Enacted {
		t.Errorf("the defaults of an instrument are %s, %s", in.Confidence, in.Standing)
	}

	m := set.Measures["us.list"]
	if m == nil {
		t.Fatal("no measure us.list")
	}
	if m.Leg != measure.Import || m.Heading != "9903.88.01" || m.On != "whole" || m.Programme != "First programme" || m.Position != "dexter/measures/duties.yaml:4" {
		t.Errorf("us.list is %+v", m)
	}
	if diff := cmp.Diff(measure.Scope{
		Territory: []measure.Place{{Name: "US"}}, Origin: []measure.Place{{Name: "CN"}},
		GoodsLists: []string{"us.list"}, ExceptLists: []string{"us.out"},
	}, m.Scope); diff != "" {
		t.Errorf("scope of us.list (-want +got):\n%s", diff)
	}
	second := m.Acts[1]
	if second.By.ID != "eo-2" || second.Announced.String() != "2025-05-12" || second.Period.From != instant(t, "2025-05-14T00:01-04:00") ||
		second.Then == nil || second.Then.Rate.String() != "10%" || second.Effect.Rate.String() != "5%" || second.Confidence != measure.Memory ||
		second.Standing != measure.Announced || second.Position != "dexter/measures/duties.yaml:11" {
		t.Errorf("the second act of us.list is %+v", second)
	}
	if stay := m.Acts[2].Effect; stay.Kind != measure.Stay || stay.Stays != "eo-1" {
		t.Errorf("the third act of us.list is %+v", stay)
	}
	if from := set.Measures["us.steel"].Acts[0].Period.From; from != instant(t, "2025-02-04T00:00-05:00") {
		t.Error("a day is its first instant in the zone of the pack")
	}
	if got := set.Measures["us.steel"].Scope.Goods; !slices.Equal(got, []nomenclature.Code{"7318", "850511"}) {
		t.Errorf("goods %v", got)
	}
	if e := set.Measures["cn.listed"].Acts[0].Then; e == nil || e.Kind != measure.Unknown {
		t.Errorf("then: unknown is %+v", e)
	}
	if diff := cmp.Diff([]measure.Place{{Name: "ALLIES", Not: true}, {Name: "US"}, {Name: "JP"}}, set.Measures["cn.ann-18"].Scope.To); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}

	list := set.GoodsLists["us.list"]
	if row := list.Rows[0]; row.Code != "8505" || row.Period != quantity.Always || !slices.Equal(row.Except, []nomenclature.Code{"8505110010"}) || row.Position != "dexter/lists/us.list.csv:2" {
		t.Errorf("first row of us.list is %+v", row)
	}
	if row := list.Rows[1]; row.EndedBy.ID != "eo-2" || row.Period.Until != instant(t, "2025-09-01T00:00-04:00") {
		t.Errorf("second row of us.list is %+v", row)
	}
	items := set.ItemLists["cn.a18"]
	if row := items.Rows[0]; row.When == nil || !slices.Equal(row.Codes, []nomenclature.Code{"850511", "850519"}) || row.Confidence != measure.Secondary {
		t.Errorf("first item is %+v", row)
	}
	if row := items.Rows[1]; row.When != nil || row.Confidence != measure.Verified {
		t.Errorf("second item is %+v", row)
	}
	if row := set.PartyLists[0].Rows()[0]; !slices.Equal(row.Aliases, []string{"Acme", "Acme Inc"}) || row.Country != "US" {
		t.Errorf("party is %+v", row)
	}
	if n, ok := set.Env.PartyList("cn.parties"); !ok || set.PartyLists[n].ID != "cn.parties" {
		t.Error("party lists are not in the order of the environment")
	}

	if b := dexter.Base; b.Measure != "us.column-1" || b.HeadingDigits != 8 || b.Other.Measure != "us.column-2" || b.Other.Origin[0].Name != "COLUMN-2" ||
		b.ClaimSlot < 0 || set.Env.Fact(b.ClaimSlot).Name != "preference" || len(b.Programmes) != 2 || b.Programmes[0].Origins[1].Name != "MX" {
		t.Errorf("base is %+v", b)
	}
	if p := dexter.Portions["non-us"]; !p.Less || p.Fact != "content.us" || set.Env.Fact(p.Slot).Name != "content.us" {
		t.Errorf("portion is %+v", p)
	}
	if p := dexter.Portions["steel"]; p.Less || p.Group != "content" {
		t.Errorf("portion is %+v", p)
	}
	if g := dexter.Groups["EU"]; len(g) != 2 || g[1].Origins[0] != "FR" || g[1].Period.Until != instant(t, "2025-03-01T00:00-05:00") {
		t.Errorf("EU is %+v", g)
	}
	if _, ok := dexter.Groups["ALLIES"]; !ok {
		t.Error("the groups of a dependency are not seen")
	}
	if r := dexter.Relations[0]; r.Kind != measure.AddsTo || !slices.Equal(r.With, []string{"us.steel", "us.column-1"}) || r.By.ID != "eo-1" {
		t.Errorf("relation is %+v", r)
	}
	l := lorica.Lanes[0]
	if l.Rank != 2 || len(l.Requires) != 1 || l.Requires[0].When == nil || l.Acts[0].Effect.Kind != measure.Apply {
		t.Errorf("lane is %+v", l)
	}
	if k := l.Clocks[0]; k.Days != 45 || k.Counted != "working-days" || k.Starts != "acceptance" || k.When == nil || k.Provision != "Article 17" || l.Clocks[1].None == "" {
		t.Errorf("clocks are %+v", l.Clocks)
	}
	if x := l.Terms[0]; x.Months != 12 || !x.AtMost || x.Ends != "day-before" {
		t.Errorf("term is %+v", x)
	}
	if x := l.Papers[1]; x.Form != "copy" || x.Confidence != measure.Memory || x.Period.From != instant(t, "2025-06-01T00:00+08:00") || l.Papers[0].Confidence != measure.Verified {
		t.Errorf("papers are %+v", l.Papers)
	}
	if u := l.Undertakings; len(u) != 1 || u[0].Title != "No other use" {
		t.Errorf("undertakings are %+v", u)
	}
	line, ok := dexter.Table.Find("73181520", instant(t, "2025-07-01T00:00-04:00"))
	if !ok || line.Other != "4%" || !slices.Equal(line.Units, []string{"kg", "No."}) {
		t.Errorf("line is %+v", line)
	}
	if _, ok := dexter.Table.Find("99038801", instant(t, "2025-07-01T00:00-04:00")); ok {
		t.Error("filing headings are no part of the nomenclature")
	}
	if dexter.Headings.Len() != 1 {
		t.Errorf("%d headings", dexter.Headings.Len())
	}
	slot, _ := set.Env.Slot("goods.Dy")
	if f := set.Env.Fact(slot); len(f.Implied) != 1 || f.Implied[0].Goods != "8505110070" || !f.Implied[0].Value.Equal(condition.NumberValue(quantity.Decimal{})) {
		t.Errorf("goods.Dy implies %+v", f.Implied)
	}
}

// A pack reads the same wherever its directory lies, and with its dependency
// named or found beside it.
func TestReadDirs(t *testing.T) {
	inner := goodPacks(t)
	moved := fstest.MapFS{}
	for name, f := range inner {
		moved["some/where/"+name] = f
	}
	want := mustRead(t, inner)
	set, problems := Read(moved, "some/where/dexter", "some/where/lorica/", "some/where/dexter")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for i := range set.Packs {
		if set.Packs[i].ID != want.Packs[i].ID || set.Packs[i].Digest != want.Packs[i].Digest {
			t.Errorf("pack %s is another one than %s", set.Packs[i].ID, want.Packs[i].ID)
		}
	}
	alone := fstest.MapFS{}
	for name, f := range inner {
		if rest, ok := strings.CutPrefix(name, "lorica/"); ok {
			alone[rest] = f
		}
	}
	if _, problems := Read(alone, "."); len(problems) > 0 {
		t.Errorf("a pack at the root of its file system: %v", problems)
	}
}

func TestReadNothing(t *testing.T) {
	fsys := goodPacks(t)
	set, problems := Read(fsys, "nowhere", "/lorica", "dexter/schedule", "lorica")
	wantProblems(t, problems,
		"/lorica: not a path inside the file system (give a path with slashes, without a leading slash or ..)",
		"dexter/schedule: there is no pack here (a pack has a pack.yaml)",
		"nowhere: cannot be read: file does not exist",
	)
	if len(set.Packs) != 1 || set.Packs[0].ID != "lorica" {
		t.Errorf("packs %v, want lorica alone", set.Packs)
	}
	set, problems = Read(fsys)
	if len(problems) > 0 || len(set.Packs) > 0 || set.Env == nil {
		t.Errorf("nothing asked for: %+v, %v", set, problems)
	}
	delete(fsys, "lorica/pack.yaml")
	_, problems = Read(fsys, "lorica")
	wantProblems(t, problems, "lorica: the pack has no pack.yaml (it names the pack, its zone and its dates)")
}

func TestDigest(t *testing.T) {
	fsys := goodPacks(t)
	before := mustRead(t, fsys)
	replace(t, fsys, "dexter/cases/one.yaml", "12.1%", "13%")
	replace(t, fsys, "dexter/README.md", "", "Still nobody.")
	after := mustRead(t, fsys)
	if before.Packs[1].Digest != after.Packs[1].Digest {
		t.Error("cases and other files are no law")
	}
	for _, file := range []string{"pack.yaml", "instruments.yaml", "facts.yaml", "measures/duties.yaml", "lists/us.out.csv", "schedule/hts.csv"} {
		fsys := goodPacks(t)
		name := "dexter/" + file
		replace(t, fsys, name, "", string(fsys[name].Data)+"\n")
		after := mustRead(t, fsys)
		if before.Packs[1].Digest == after.Packs[1].Digest {
			t.Errorf("the digest does not see a change of %s", file)
		}
		if before.Packs[0].Digest != after.Packs[0].Digest {
			t.Errorf("the digest of lorica sees a change of dexter's %s", file)
		}
	}
	fsys = goodPacks(t)
	fsys["lorica/lists/cn.other.csv"] = fsys["lorica/lists/cn.parties.csv"]
	delete(fsys, "lorica/lists/cn.parties.csv")
	replace(t, fsys, "lorica/measures/control.yaml", "cn.parties", "cn.other")
	if after := mustRead(t, fsys); before.Packs[0].Digest == after.Packs[0].Digest {
		t.Error("the digest does not see the name of a file")
	}
}

func TestReadCases(t *testing.T) {
	fsys := goodPacks(t)
	cases, problems := ReadCases(fsys, "dexter")
	if len(problems) > 0 || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), problems)
	}
	c := cases[0]
	if c.ID != "D-1" || c.Title != "A magnet" || c.Confidence != measure.Verified || !slices.Equal(c.Citations, []string{"EO 1"}) ||
		c.File != "dexter/cases/one.yaml" || c.Line != 2 || c.Input.Kind != yaml.MappingNode || c.Expect.Content[1].Value != "12.1%" || c.Expect.Content[1].Line != 7 {
		t.Errorf("the case is %+v", c)
	}
	if cases, problems := ReadCases(fsys, "lorica"); len(cases) > 0 || len(problems) > 0 {
		t.Errorf("a pack without cases: %v, %v", cases, problems)
	}
	replace(t, fsys, "dexter/cases/two.yaml", "", `cases:
- {id: D-1, title: Again, case: {}, expect: {}}
- {id: D-2, title: Two, case: [], expect: {}}
- {id: D-3, titel: Three, case: {}}
`)
	_, problems = ReadCases(fsys, "dexter")
	wantProblems(t, problems,
		`dexter/cases/two.yaml:2:8: there is a case "D-1" already, at dexter/cases/one.yaml:2 (give each an id of its own)`,
		`dexter/cases/two.yaml:3:31: "case" of a case must be a mapping, not a list`,
		`dexter/cases/two.yaml:4:3: a case needs the key "expect"`,
		`dexter/cases/two.yaml:4:3: a case needs the key "title"`,
		`dexter/cases/two.yaml:4:13: a case has no key "titel" (did you mean "title"?)`,
	)
	_, problems = ReadCases(fsys, "nowhere")
	wantProblems(t, problems, "nowhere: cannot be read: file does not exist")
}

// wantProblems compares problems, one a line. A line that ends in … need only
// begin so: what follows are the words of another package.
func wantProblems(t testing.TB, got Problems, want ...string) {
	t.Helper()
	var lines []string
	for i, p := range got {
		line := p.Error()
		if i < len(want) {
			if begin, ok := strings.CutSuffix(want[i], "…"); ok && strings.HasPrefix(line, begin) {
				line = want[i]
			}
		}
		lines = append(lines, line)
	}
	if diff := cmp.Diff(want, lines, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// equalSets compares what two readings say, places and digests left out.
var equalSets = cmp.Options{
	cmpopts.IgnoreUnexported(Set{}),
	cmpopts.IgnoreFields(Set{}, "Env", "Formulas"),
	cmpopts.IgnoreFields(Pack{}, "Digest", "Facts"),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Position" }, cmp.Ignore()),
	cmp.Comparer(func(a, b *condition.Expr) bool { return (a == nil) == (b == nil) }),
	cmp.Comparer(func(a, b *quantity.Rate) bool {
		return (a == nil) == (b == nil) && (a == nil || a.String() == b.String())
	}),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
	cmp.Transformer("Rows", func(l *PartyList) any {
		return struct {
			ID, Pack, File string
			Rows           []PartyRow
		}{l.ID, l.Pack, l.File, l.Rows()}
	}),
	cmp.Comparer(func(a, b *nomenclature.Table) bool {
		return slices.EqualFunc(slices.Collect(a.All()), slices.Collect(b.All()), func(x, y *nomenclature.Line) bool {
			return x.Code == y.Code && x.Period == y.Period && x.Designation == y.Designation && slices.Equal(x.Units, y.Units) &&
				x.General == y.General && x.Special == y.Special && x.Other == y.Other
		})
	}),
	cmp.Comparer(func(a, b *nomenclature.Concordance) bool {
		return slices.Equal(slices.Collect(a.All()), slices.Collect(b.All()))
	}),
	cmp.Comparer(func(a, b []GoodsRow) bool { // there are too many to compare by reflection
		return slices.EqualFunc(a, b, func(x, y GoodsRow) bool {
			return x.Code == y.Code && x.Period == y.Period && slices.Equal(x.Except, y.Except) && sameID(x.By, y.By) && sameID(x.EndedBy, y.EndedBy) && x.Note == y.Note
		})
	}),
}

func sameID(a, b *measure.Instrument) bool {
	return (a == nil) == (b == nil) && (a == nil || a.ID == b.ID)
}

func TestFormat(t *testing.T) {
	fsys := goodPacks(t)
	replace(t, fsys, "dexter/measures/duties.yaml", "- id: us.copper\n  kind: duty\n", "# Copper came later.\n- kind: duty\n  id: us.copper # its id\n")
	replace(t, fsys, "dexter/lists/us.out.csv", "", "by,code\r\n\"eo-2\",\"7318.15.20.61\"\r\n")
	for _, pack := range []string{"lorica", "dexter"} {
		before, problems := Read(fsys, pack)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		settled, err := Format(fsys, pack)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range settled {
			if _, ok := fsys[pack+"/"+name]; !ok {
				t.Errorf("%s appears from nowhere", name)
			}
			fsys[pack+"/"+name] = &fstest.MapFile{Data: data}
		}
		again, err := Format(fsys, pack)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(settled, again); diff != "" {
			t.Errorf("formatting again changes (-once +twice):\n%s", diff)
		}
		after, problems := Read(fsys, pack)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if diff := cmp.Diff(before, after, equalSets); diff != "" {
			t.Errorf("%s says something else (-before +after):\n%s", pack, diff)
		}
	}
	if got, want := string(fsys["dexter/lists/us.out.csv"].Data), "code,by\n7318.15.20.61,eo-2\n"; got != want {
		t.Errorf("us.out.csv is %q, want %q", got, want)
	}
	if os.Getenv("UPDATE") != "" {
		os.WriteFile("testdata/duties.golden.yaml", fsys["dexter/measures/duties.yaml"].Data, 0o644)
	}
	want, err := os.ReadFile("testdata/duties.golden.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(fsys["dexter/measures/duties.yaml"].Data)); diff != "" {
		t.Errorf("duties.yaml (-want +got):\n%s", diff)
	}
	replace(t, fsys, "dexter/facts.yaml", "", "facts: [")
	replace(t, fsys, "dexter/lists/us.out.csv", "", "code,by\n1,2,3\n")
	_, err = Format(fsys, "dexter")
	if err == nil || err.Error() != "dexter/facts.yaml:1:9: not readable as YAML: did not find expected node content while parsing a flow node\n"+
		"dexter/lists/us.out.csv:2:1: the row has not as many fields as the header (quote a field that holds a comma)" {
		t.Errorf("the error is %v", err)
	}
}
