package navicert

import (
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

func engine(tb testing.TB) *Engine {
	tb.Helper()
	e, err := OpenEmbedded()
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// packText is the text of the packs, of which a part is embedded.
var packText = os.DirFS("packs")

// packDirs are the directories of the packs in packText.
func packDirs(t *testing.T) []string {
	t.Helper()
	heads, err := fs.Glob(packText, "*/pack.yaml")
	if err != nil || len(heads) == 0 {
		t.Fatalf("no packs: %v", err)
	}
	for i, head := range heads {
		heads[i] = path.Dir(head)
	}
	return heads
}

// The law that is embedded is that of the text in the repository, file by file,
// and so are the packs.
func TestEmbeddedIsText(t *testing.T) {
	read := func(fsys fs.FS, dir string) map[string]string {
		files, err := rulepack.Files(fsys, dir)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := fs.Glob(fsys, dir+"/cases/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range cases {
			text, err := fs.ReadFile(fsys, name)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(name, dir+"/")] = string(text)
		}
		return files
	}
	var dirs []string
	for _, p := range engine(t).Set().Packs {
		dirs = append(dirs, p.Dir)
	}
	slices.Sort(dirs)
	if want := packDirs(t); !slices.Equal(dirs, want) {
		t.Fatalf("the packs %q are embedded, and the text is of %q", dirs, want)
	}
	for _, dir := range dirs {
		text, embedded := read(packText, dir), read(packs.FS, dir)
		for name, want := range text {
			if got, ok := embedded[name]; !ok || got != want {
				t.Errorf("packs/%s/%s is not what is embedded: run go generate ./packs and commit its archives", dir, name)
			}
			delete(embedded, name)
		}
		for name := range embedded {
			t.Errorf("packs/%s/%s is embedded and no longer there: run go generate ./packs", dir, name)
		}
	}
}

// What is told of embedded tables without unpacking them is so.
func TestOutlines(t *testing.T) {
	proven := packs.FS.(rulepack.Proven)
	tables := 0
	for _, dir := range packDirs(t) {
		files, err := rulepack.Files(packText, dir)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			sum, head, ok := proven.Outline(dir + "/" + name)
			if table := strings.HasSuffix(name, ".csv"); ok != table {
				t.Errorf("%s/%s: told of: %v", dir, name, ok)
			}
			if first, _, _ := strings.Cut(text, "\n"); ok && (sum != sha256.Sum256([]byte(text)) || head != first) {
				t.Errorf("%s/%s is not what the archive tells of it: run go generate ./packs", dir, name)
			}
			if ok {
				tables++
			}
		}
	}
	if tables < 100 {
		t.Errorf("%d tables are told of", tables)
	}
}

// The packs have no fault, not even those that only a deep check finds, and those that
// are embedded, of which tables are read when they are asked, are the same law.
func TestPacksAreSound(t *testing.T) {
	set, problems := rulepack.Read(packText, packDirs(t)...)
	for _, p := range problems.Faults() {
		t.Error(p)
	}
	for _, p := range rulepack.Check(set).Faults() {
		t.Error(p)
	}
	if text, embedded := schedule.Compile(set).Digest, engine(t).Digest(); text != embedded {
		t.Errorf("the text is %s, and what is embedded %s", text, embedded)
	}
	for i, list := range engine(t).Set().PartyLists {
		if len(list.Rows()) == 0 || !slices.EqualFunc(list.Rows(), set.PartyLists[i].Rows(), sameParty) {
			t.Errorf("%s has other rows", list.ID)
		}
	}
	for i, p := range engine(t).Set().Packs {
		if !sameLines(p.Table, set.Packs[i].Table) || !sameLines(p.Headings, set.Packs[i].Headings) {
			t.Errorf("%s has another tariff", p.ID)
		}
	}
}

func sameParty(a, b rulepack.PartyRow) bool {
	return a.Name == b.Name && a.Period == b.Period && slices.Equal(a.Aliases, b.Aliases) && a.Position == b.Position
}

func sameLines(a, b *nomenclature.Table) bool {
	return slices.EqualFunc(slices.Collect(a.All()), slices.Collect(b.All()), func(a, b *nomenclature.Line) bool { return reflect.DeepEqual(a, b) })
}

// Every worked case of every pack is answered as it expects.
func TestPackCases(t *testing.T) {
	e := engine(t)
	cases := 0
	for _, dir := range packDirs(t) {
		found, problems := rulepack.ReadCases(packText, dir)
		for _, p := range problems {
			t.Error(p)
		}
		cases += len(found)
		for i := range found {
			t.Run(found[i].ID, func(t *testing.T) {
				for _, failure := range determination.RunCase(e.schedule, &found[i]) {
					t.Errorf("%s:%d: %s", found[i].File, found[i].Line, failure)
				}
			})
		}
	}
	if cases < 200 {
		t.Errorf("only %d worked cases were found", cases)
	}
}

// The answers that people check first: the June 2025 truce and what became of it.
func TestIssueTable(t *testing.T) {
	e := engine(t)
	tests := []struct {
		name       string
		c          Case
		additional string // per cent on top of column 1
		outcome    Outcome
	}{
		{"magnet, 2025-06-15", Case{Goods: "8505.11.00.70", From: "CN", To: "US", On: "2025-06-15", Known: "2025-06-15"}, "30", Refer},
		{"list 3 good, 2025-06-15", Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-06-15"}, "55", Free},
		{"list 3 good, 2025-04-20", Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-04-20"}, "170", Free},
		{"list 3 good, 2025-11-20", Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-11-20"}, "45", Free},
		{"list 3 good, 2026-03-10", Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2026-03-10"}, "35", Free},
		{"2025-09-01 as known in June", Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-09-01", Known: "2025-06-15"}, "79", Free},
		{"2025-09-01 as known in August", Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-09-01", Known: "2025-08-20"}, "55", Free},
		{"law that lapsed with no known successor", Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2026-11-20", Known: "2026-11-22"}, "25..37.5", Refer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.c.Value = "10000 USD"
			d, err := e.Determine(tt.c)
			if err != nil {
				t.Fatal(err)
			}
			doc := d.Document()
			got := *doc.Additional.Rate.Least
			if most := *doc.Additional.Rate.Most; most != got {
				got += ".." + most
			}
			if got != tt.additional || doc.Outcome != tt.outcome {
				t.Errorf("additional %s %%, %s; want %s %%, %s", got, doc.Outcome, tt.additional, tt.outcome)
			}
		})
	}
}

// A document re-runs to its own bytes; a changed one does not verify.
func TestVerify(t *testing.T) {
	e := engine(t)
	for _, c := range []Case{
		{Goods: "8505.11.00.70", From: "CN", To: "US", On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD"},
		{Goods: "7318.15.20.10", From: "CN", To: "US", On: "2025-06-16T09:00-04:00", Value: "10000.55 USD", Quantity: []string{"120 kg"},
			Closed: true, Facts: map[string]string{"content.steel": "0.8", "loaded": "2025-06-01T00:00-04:00"}},
		{Goods: "8505.11", From: "CN", To: "DE", On: "2025-06-15", Only: "export"},
	} {
		d, err := e.Determine(c)
		if err != nil {
			t.Fatal(err)
		}
		text, err := d.Document().JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Verify(text); err != nil {
			t.Errorf("%s: %v", c.Goods, err)
		}
		broken := append([]byte(nil), text...)
		for i := range broken {
			if broken[i] == '1' {
				broken[i] = '2'
				break
			}
		}
		if e.Verify(broken) == nil {
			t.Errorf("%s: a changed document verifies", c.Goods)
		}
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		delete(doc, "digest")
		bare, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Verify(bare); err == nil || !strings.Contains(err.Error(), "has no seal") {
			t.Errorf("%s: without a seal: %v", c.Goods, err)
		}
	}
}

// A claim that is offered comes to what it promises: made, the case has that
// outcome, and so much less duty.
func TestClaimsKeepTheirWord(t *testing.T) {
	e := engine(t)
	offered, decides := 0, 0
	for _, dir := range packDirs(t) {
		cases, _ := rulepack.ReadCases(packText, dir)
		for i := range cases {
			asked, err := determination.ConsignmentOf(cases[i].Input, cases[i].File)
			if err != nil || len(asked.Lines) > 0 || i%3 > 0 {
				continue
			}
			d, err := e.Determine(asked.Case)
			if err != nil {
				continue // a case of what is refused
			}
			now := d.Document()
			for _, claim := range now.Claims {
				made := asked.Case
				made.Facts = maps.Clone(made.Facts)
				if made.Facts == nil {
					made.Facts = map[string]string{}
				}
				made.Facts[claim.Fact] = claim.Value
				then, err := e.Determine(made)
				if err != nil {
					t.Errorf("%s: the claim %s=%s: %v", cases[i].ID, claim.Fact, claim.Value, err)
					continue
				}
				offered++
				under := then.Document()
				if !now.Exact || !under.Exact {
					continue
				}
				if under.Outcome != now.Outcome {
					decides++
				}
				if under.Outcome != claim.Outcome {
					t.Errorf("%s: the claim %s=%s is said to come to %s, and comes to %s", cases[i].ID, claim.Fact, claim.Value, claim.Outcome, under.Outcome)
				}
				if now.Rate == nil || now.Rate.Most == nil || under.Rate == nil || under.Rate.Most == nil {
					continue
				}
				saved := []string{less(t, now.Rate.Least, under.Rate.Least), less(t, now.Rate.Most, under.Rate.Most)}
				if got := *claim.SavesPct.Most; !slices.Contains(saved, got) {
					t.Errorf("%s: the claim %s=%s is said to save %s %% at most, and saves %s of the least and %s of the most", cases[i].ID, claim.Fact, claim.Value, got, saved[0], saved[1])
				}
			}
		}
	}
	if offered < 300 || decides < 3 {
		t.Errorf("only %d claims were offered, of which %d change the outcome", offered, decides)
	}
}

func less(t *testing.T, a, b *string) string {
	t.Helper()
	x, err := quantity.ParseDecimal(*a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := quantity.ParseDecimal(*b)
	if err != nil {
		t.Fatal(err)
	}
	return x.Sub(y).String()
}
