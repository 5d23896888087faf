package nomenclature

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/quantity"
)

// A small schedule at the instants 0, 10, 20: one line changes its rate at 10,
// one ends at 10, one begins at 10. Lengths are skipped as schedules do.
func schedule() *Table {
	period := func(from, until quantity.Instant) quantity.Period { return quantity.Period{From: from, Until: until} }
	all := period(0, 100)
	return NewTable([]Line{
		{Code: "87120015", Designation: "Bicycles having both wheels not exceeding 63.5 cm in diameter", General: "11%", Period: all},
		{Code: "8712", Designation: "Bicycles and other cycles (including delivery tricycles), not motorized", Period: all},
		{Code: "8505", Designation: "Electromagnets; permanent magnets and articles intended to become permanent magnets after magnetization", Period: all},
		{Code: "850511", Designation: "Permanent magnets: Of metal", General: "2.1%", Special: "Free (AU)", Other: "45%", Period: period(0, 10)},
		{Code: "850511", Designation: "Permanent magnets: Of metal", General: "3%", Special: "Free (AU)", Other: "45%", Period: period(10, 100)},
		{Code: "8505110070", Designation: "Sintered neodymium-iron-boron", Units: []string{"kg"}, Period: all},
		{Code: "8505110050", Designation: "Other", Period: period(0, 10)},
		{Code: "8505110090", Designation: "Other", Period: period(10, 100)},
		{Code: "85059070", Designation: "Other: Parts", General: "Free", Period: all},
		{Code: "4011", Designation: "New pneumatic tires, of rubber", Period: all},
		{Code: "40115000", Designation: "Of a kind used on bicycles", General: "Free", Period: all},
		{Code: "850760", Designation: "Lithium-ion batteries", General: "3.4%", Period: all},
		{Code: "850720", Designation: "Other lead-acid storage batteries", Period: all},
		{Code: "8507908000", Designation: "Parts: Other", General: "3.4%", Period: all}, // 8507.90.80, not split
		{Code: "90015000", Designation: "Spectacle lenses of other materials", Period: all},
	})
}

func codes(lines []*Line) string {
	var s []string
	for _, l := range lines {
		s = append(s, string(l.Code))
	}
	return strings.Join(s, " ")
}

func TestFind(t *testing.T) {
	table := schedule()
	for _, test := range []struct {
		code Code
		on   quantity.Instant
		rate string
		ok   bool
	}{
		{"850511", 0, "2.1%", true},
		{"850511", 9, "2.1%", true},
		{"850511", 10, "3%", true}, // the end is outside
		{"850511", -1, "", false},
		{"850511", 100, "", false},
		{"85051100", 5, "", false}, // no such line, though lines lie within it
		{"8505110050", 10, "", false},
		{"", 5, "", false},
	} {
		l, ok := table.Find(test.code, test.on)
		if ok != test.ok || ok && (l.General != test.rate || l.Code != test.code) {
			t.Errorf("Find(%s, %d) = %+v, %v", test.code, test.on, l, ok)
		}
	}
	if got := len(table.Versions("850511")); got != 2 {
		t.Errorf("8505.11 has %d versions, want 2", got)
	}
	if got := table.Versions("9999"); len(got) != 0 {
		t.Errorf("9999 has versions %v", got)
	}
	if n := testing.AllocsPerRun(100, func() { table.Find("850511", 50); table.Rate("8505110070", general, 50); table.Locate("85079080", 50) }); n != 0 {
		t.Errorf("Find, Rate and Locate allocate %v times", n)
	}
}

func general(l *Line) string { return l.General }

func TestRate(t *testing.T) {
	table := schedule()
	for _, test := range []struct {
		code   Code
		column func(*Line) string
		on     quantity.Instant
		text   string
		at     Code
		ok     bool
	}{
		{"8505110070", general, 5, "2.1%", "850511", true},
		{"8505110070", general, 15, "3%", "850511", true},
		{"8505110070", func(l *Line) string { return l.Other }, 15, "45%", "850511", true},
		{"8505110071", general, 5, "2.1%", "850511", true}, // no such line: the rate of what it lies within
		{"85059070", general, 5, "Free", "85059070", true},
		{"87120035", general, 5, "", "", false}, // a sibling's rate is nobody else's
		{"8505110070", general, 100, "", "", false},
		{"85079080", general, 5, "3.4%", "8507908000", true}, // printed with the suffix 00 only
		{"8507908010", general, 5, "", "", false},            // not a line, and its sibling's rate is not its own
	} {
		text, at, ok := table.Rate(test.code, test.column, test.on)
		if text != test.text || at != test.at || ok != test.ok {
			t.Errorf("Rate(%s, %d) = %q, %s, %v, want %q, %s, %v", test.code, test.on, text, at, ok, test.text, test.at, test.ok)
		}
	}
}

func TestChildren(t *testing.T) {
	table := schedule()
	for _, test := range []struct {
		code Code
		on   quantity.Instant
		want string
	}{
		{"", 5, "4011 8505 850720 850760 8507908000 8712 90015000"},
		{"8505", 5, "850511 85059070"},
		{"850511", 5, "8505110050 8505110070"},
		{"850511", 10, "8505110070 8505110090"},
		{"85", 5, "8505 850720 850760 8507908000"},
		{"8505110070", 5, ""},
		{"86", 5, ""},
		{"8505", 100, ""},
	} {
		if got := codes(table.Children(test.code, test.on)); got != test.want {
			t.Errorf("Children(%q, %d) = %s, want %s", string(test.code), test.on, got, test.want)
		}
	}
}

// Where periods overlap, the line that begins last counts.
func TestOverlap(t *testing.T) {
	table := NewTable([]Line{
		{Code: "8505", General: "1%", Period: quantity.Period{From: 0, Until: 9}},
		{Code: "8505", General: "2%", Period: quantity.Period{From: 5, Until: 9}},
	})
	found, _ := table.Find("8505", 6)
	children := table.Children("85", 6)
	if found.General != "2%" || len(children) != 1 || children[0] != found {
		t.Errorf("found %v and the children %v", found, children)
	}
}

func TestAll(t *testing.T) {
	table := schedule()
	n := 0
	for range table.All() {
		n++
	}
	if n != table.Len() || n != 15 {
		t.Errorf("%d of %d lines", n, table.Len())
	}
	for range table.All() {
		break
	}
	if got := table.Begins(); got != 0 {
		t.Errorf("the table begins at %d", got)
	}
}

func TestDesignation(t *testing.T) {
	table := schedule()
	const heading = "Electromagnets; permanent magnets and articles intended to become permanent magnets after magnetization"
	for code, want := range map[Code]string{
		"8505110070": heading + ": Permanent magnets: Of metal: Sintered neodymium-iron-boron",
		"85051100":   heading + ": Permanent magnets: Of metal",
		"85079080":   "Parts: Other",
		"9999":       "",
	} {
		if got := table.Designation(code, 5); got != want {
			t.Errorf("Designation(%s) = %q, want %q", code, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	table := schedule()
	for on, want := range map[quantity.Instant]int{-1: 0, 0: 13, 10: 13, 100: 0} {
		got := slices.Collect(table.Lines(on))
		if len(got) != want || !slices.IsSortedFunc(got, func(a, b *Line) int { return strings.Compare(string(a.Code), string(b.Code)) }) {
			t.Errorf("%d lines at %d, want %d in order: %s", len(got), on, want, codes(got))
		}
	}
	for range table.Lines(0) {
		break // a reader may stop early
	}
}

func TestSearch(t *testing.T) {
	table := schedule()
	for _, test := range []struct {
		words string
		on    quantity.Instant
		want  string
	}{
		{"bicycle", 5, "8712 87120015 40115000"}, // said first before mentioned
		{"Bicycles", 5, "8712 87120015 40115000"},
		{"bicycle tire", 5, "40115000"},
		{"permanent magnet", 5, "850511 8505 8505110050 8505110070 85059070"}, // said before inherited
		{"magnets neodymium", 5, "8505110070"},
		{"magnet", 10, "850511 8505 8505110070 8505110090 85059070"},
		{"battery", 5, "850760 850720"},
		{"batteries lithium", 5, "850760"},
		{"lens", 5, "90015000"},
		{"8505.11", 5, "850511 8505110050 8505110070"},
		{"8505 parts", 5, "85059070"},
		{"8507 other", 5, "850720 8507908000"},
		{"63.5 cm", 5, "87120015"},
		{"magnet unicorn", 5, ""},
		{"m", 5, ""},
		{"magnet", 100, ""},
		{"", 5, ""},
		{" ,; ", 5, ""},
	} {
		if got := codes(table.Search(test.words, test.on, 0)); got != test.want {
			t.Errorf("Search(%q, %d) = %s, want %s", test.words, test.on, got, test.want)
		}
	}
	if got := codes(table.Search("bicycle", 5, 2)); got != "8712 87120015" {
		t.Errorf("the best two are %s", got)
	}
	if got := table.Search(strings.Repeat("word ", 40), 5, 0); got != nil {
		t.Errorf("forty words find %s", codes(got))
	}
}

func TestStem(t *testing.T) {
	for _, group := range []string{
		"box boxes", "machine machines", "battery batteries", "glass glasses", "potato potatoes", "shoe shoes", "lens lenses",
		"gas gases", "valve valves", "knife knives", "switch switches", "apparatus", "bus buses", "tire tires", "screw screws",
		"calf calves", "foot feet", "goose geese", "half halves", "hoof hooves", "leaf leaves", "man men", "mouse mice", "tooth teeth", "woman women",
	} {
		words := strings.Fields(group)
		for _, w := range words[1:] {
			if stem(w) != stem(words[0]) {
				t.Errorf("%s is %s, and %s is %s", words[0], stem(words[0]), w, stem(w))
			}
		}
	}
	for _, pair := range []string{"glass gla", "gas ga", "bus bu"} {
		a, b, _ := strings.Cut(pair, " ")
		if stem(a) == b {
			t.Errorf("%s was cut to %s", a, b)
		}
	}
}

func TestEmptyTable(t *testing.T) {
	for _, table := range []*Table{nil, NewTable(nil)} {
		if _, ok := table.Find("85", 0); ok || table.Len() != 0 || table.Versions("85") != nil || table.Children("", 0) != nil ||
			table.Designation("85", 0) != "" || len(table.Search("magnet", 0, 1)) != 0 {
			t.Error("an empty table has lines")
		}
		if _, _, ok := table.Rate("85", general, 0); ok {
			t.Error("an empty table has rates")
		}
		for l := range table.Lines(0) {
			t.Errorf("an empty table has %v", l)
		}
		for l := range table.All() {
			t.Errorf("an empty table has %v", l)
		}
		if table.Begins() != quantity.MaxInstant {
			t.Error("an empty table begins")
		}
	}
}

// NewTable keeps its own copy in order, whatever the order given.
func TestNewTableOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.Custom(func(t *rapid.T) []Line {
			var lines []Line
			for code := range 20 {
				at := quantity.Instant(0)
				for range rapid.IntRange(0, 3).Draw(t, "versions") {
					from := at + quantity.Instant(rapid.IntRange(0, 2).Draw(t, "gap"))
					at = from + quantity.Instant(rapid.IntRange(1, 3).Draw(t, "length"))
					lines = append(lines, Line{Code: Code(fmt.Sprint(1001 + code)), General: fmt.Sprint(len(lines)), Period: quantity.Period{From: from, Until: at}})
				}
			}
			return lines
		}).Draw(t, "lines")
		shuffled := rapid.Permutation(lines).Draw(t, "shuffled")
		table := NewTable(shuffled)
		for on := quantity.Instant(-1); on < 12; on++ {
			var want []Line
			for _, l := range lines {
				if l.Period.Contains(on) {
					want = append(want, l)
					if got, ok := table.Find(l.Code, on); !ok || got.General != l.General {
						t.Fatalf("Find(%s, %d) = %v, want %v", l.Code, on, got, l)
					}
				}
			}
			var got []Line
			for l := range table.Lines(on) {
				got = append(got, *l)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("lines at %d (-want +got):\n%s", on, diff)
			}
		}
	})
}

func benchmarkLines() []Line {
	var lines []Line
	for h := range 1200 {
		for s := range 50 {
			code := Code(fmt.Sprintf("%04d%04d", 100+h*8, s*2))
			lines = append(lines, Line{Code: code, Designation: fmt.Sprintf("Articles of kind %d, of iron or steel, number %d", h%700, s), Period: quantity.Always})
		}
	}
	return lines
}

func BenchmarkNewTable(b *testing.B) {
	lines := benchmarkLines()
	for b.Loop() {
		NewTable(lines)
	}
}

func BenchmarkFind(b *testing.B) {
	table := NewTable(benchmarkLines())
	for b.Loop() {
		table.Find("85480042", 0)
	}
}

func BenchmarkSearch(b *testing.B) {
	table := NewTable(benchmarkLines())
	table.Search("steel", 0, 1)
	for b.Loop() {
		table.Search("steel articles 42", 0, 20)
	}
}

// TestPath holds what a path tells of a code, asked in any order, against the lines that
// there are.
func TestPath(t *testing.T) {
	codes := []Code{"11", "1101", "110101", "11010100", "1101010000", "1101010010", "11010200", "1101020000"}
	rapid.Check(t, func(t *rapid.T) {
		var lines []Line
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			from := quantity.Instant(rapid.IntRange(0, 20).Draw(t, "from"))
			lines = append(lines, Line{Code: rapid.SampledFrom(codes).Draw(t, "code"), General: rapid.SampledFrom([]string{"", "1%", "2%"}).Draw(t, "rate"),
				Period: quantity.Period{From: from, Until: from + quantity.Instant(rapid.IntRange(1, 9).Draw(t, "length"))}})
		}
		table := NewTable(lines)
		c := rapid.SampledFrom(append(codes, "", "12", "1201010010")).Draw(t, "asked")
		path, last := table.Path(c), ""
		cuts := path.Cuts()
		if rapid.Bool().Draw(t, "anew") {
			path = table.Path(c)
		}
		for at := quantity.Instant(-1); at < 32; at++ {
			want, by := "", Code("")
			if l, ok := table.Locate(c, at); ok {
				want, by = l.General, l.Code
			}
			for p := c.Parent(); want == "" && p != ""; p = p.Parent() {
				if l, ok := table.Find(p, at); ok {
					want, by = l.General, p
				}
			}
			if text, code, ok := path.Rate(general, at); text != want || ok != (want != "") || ok && code != by {
				t.Fatalf("%s at %d is at %q of %q, want %q of %q", c, at, text, code, want, by)
			}
			if want != last && !slices.Contains(cuts, at) {
				t.Fatalf("%s comes from %q to %q at %d, which is none of %v", c, last, want, at, cuts)
			}
			last = want
		}
		if got, want := slices.Collect(table.Periods(c)), periodsOf(table, c); !slices.Equal(got, want) {
			t.Fatalf("%s has lines in %v, want %v", c, got, want)
		}
	})
}

// periodsOf goes through all lines for those that are a code or lie within it.
func periodsOf(table *Table, c Code) (out []quantity.Period) {
	for l := range table.All() {
		if l.Code.HasPrefix(c) {
			out = append(out, l.Period)
		}
	}
	return out
}
