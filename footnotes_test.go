package navicert

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/rulepack/importer"
)

// chinaDuties is the headings of the section 301 duties on China. Each line of
// the schedule bears at most one of them, but for the duties on cranes of the
// shipbuilding action, which are due on top of that of the review.
var chinaDuties = []string{"us.301.list-*", "us.301.review-*"}

// goodsLaw is what measures say of goods alone: codes, days and headings, with
// their conditions left out.
type goodsLaw struct {
	pack     *rulepack.Pack
	measures []*measure.Measure
}

// lawOnGoods takes the measures of the patterns that name goods.
func lawOnGoods(tb testing.TB, e *Engine, pack string, patterns ...string) goodsLaw {
	tb.Helper()
	for _, p := range e.Set().Packs {
		if p.ID != pack {
			continue
		}
		law := goodsLaw{pack: p}
		for _, m := range p.Measures {
			if measure.MatchAny(patterns, m.ID) && !m.Scope.AllGoods() {
				law.measures = append(law.measures, m)
			}
		}
		if len(law.measures) == 0 {
			tb.Fatalf("%s has no measure like %s", pack, patterns)
		}
		return law
	}
	tb.Fatalf("there is no pack %s", pack)
	return goodsLaw{}
}

// at returns the codes that the measures in force at the instant name.
func (l goodsLaw) at(at quantity.Instant) liveLaw {
	live := liveLaw{rows: map[nomenclature.Code][]liveRow{}}
	for _, m := range l.measures {
		state := m.Acts.At(at, l.pack.KnownThrough)
		if state.Kind != measure.InForce {
			continue
		}
		heading := m.Heading
		if state.Act.Heading != "" {
			heading = state.Act.Heading
		}
		for _, c := range m.Scope.Goods {
			live.rows[c] = append(live.rows[c], liveRow{m, heading, m.Scope.Except})
		}
		for _, id := range m.Scope.GoodsLists {
			list := l.pack.GoodsLists[id]
			for i := range list.Rows {
				if r := &list.Rows[i]; r.Period.Contains(at) {
					live.rows[r.Code] = append(live.rows[r.Code], liveRow{m, heading, append(slices.Clip(r.Except), m.Scope.Except...)})
				}
			}
		}
	}
	return live
}

// liveRow is a code in the scope of a measure that is in force.
type liveRow struct {
	measure *measure.Measure
	heading string
	except  []nomenclature.Code
}

// liveLaw is what holds at one instant, by the code that is named.
type liveLaw struct {
	rows map[nomenclature.Code][]liveRow
}

// on returns the rows that hold a line.
func (l liveLaw) on(line nomenclature.Code) []liveRow {
	var out []liveRow
	for c := line; c != ""; c = c.Parent() {
		for _, r := range l.rows[c] {
			if !slices.ContainsFunc(r.except, line.HasPrefix) {
				out = append(out, r)
			}
		}
	}
	return out
}

// statisticalLines returns the lines of ten digits in force at the instant,
// those of chapters 98 and 99 left out.
func statisticalLines(p *rulepack.Pack, at quantity.Instant) []nomenclature.Code {
	var out []nomenclature.Code
	for l := range p.Table.Lines(at) {
		if l.Code.Digits() == 10 && !l.Code.HasPrefix("98") && !l.Code.HasPrefix("99") {
			out = append(out, l.Code)
		}
	}
	return out
}

// At every instant at which a list changes, no statistical line bears two of
// the section 301 duties on China. A good that moves to a review list leaves its
// older one: the law says so by taking the row out (US note 31, 89 FR 76581).
func TestChinaListsAreDisjoint(t *testing.T) {
	law := lawOnGoods(t, engine(t), "us-tariff", chinaDuties...)
	cuts := map[quantity.Instant]bool{}
	for _, m := range law.measures {
		for _, at := range m.Acts.Cuts(law.pack.KnownThrough) {
			cuts[at] = true
		}
		for _, id := range m.Scope.GoodsLists {
			for _, r := range law.pack.GoodsLists[id].Rows {
				cuts[r.Period.From], cuts[r.Period.Until] = true, true
			}
		}
	}
	editions, _ := footnoteTable(t)
	oldest := editions[0].Effective.Start(law.pack.Zone)
	pairs := map[string]bool{}
	for at := range cuts {
		if at == quantity.Always.From || at == quantity.Always.Until {
			continue
		}
		live := law.at(at)
		// Before the oldest edition that is held its lines stand for those of
		// the day, and codes that it has no more for themselves.
		lines := statisticalLines(law.pack, max(at, oldest))
		known := map[nomenclature.Code]bool{}
		for _, l := range lines {
			for c := l; c != ""; c = c.Parent() {
				known[c] = true
			}
		}
		for c := range live.rows {
			if !known[c] {
				lines = append(lines, c)
			}
		}
		for _, line := range lines {
			var ids []string
			for _, r := range live.on(line) {
				// The in-transit rate of list 3 stands in lieu of the list's own.
				if len(r.measure.InLieuOf) == 0 {
					ids = append(ids, r.measure.ID)
				}
			}
			if len(ids) > 1 {
				slices.Sort(ids)
				if key := fmt.Sprint(line, ids); !pairs[key] {
					pairs[key] = true
					t.Errorf("on %s %s bears %s", time.Unix(int64(at), 0).UTC().Format(time.RFC3339), line, strings.Join(ids, " and "))
				}
			}
		}
	}
}

// The first two notices counted their subheadings.
func TestChinaListsHoldWhatTheNoticesCount(t *testing.T) {
	e := engine(t)
	for list, want := range map[string]int{
		"us.301.list-1": 818, // 83 FR 28710
		"us.301.list-2": 279, // 83 FR 40823
	} {
		law := lawOnGoods(t, e, "us-tariff", list)
		at := quantity.NewDate(2018, time.October, 1).Start(law.pack.Zone)
		live, n := law.at(at), map[nomenclature.Code]bool{}
		for l := range law.pack.Table.Lines(at) {
			if l.Code.Digits() >= 8 && len(live.rows[l.Code[:8]]) > 0 {
				n[l.Code[:8]] = true
			}
		}
		if len(n) != want {
			t.Errorf("on %s %s has %d subheadings, want %d", "2018-10-01", list, len(n), want)
		}
	}
}

// difference is where a footnote of the schedule and the pack do not agree on
// the heading of a line.
type difference struct{ onlyLaw, onlyFootnote string }

// The footnotes of the schedule are a reading of the section 301 lists that
// nobody of ours made. On the first day of every edition each line bears the
// headings that its footnotes name, but for the differences that
// docs/law/us-301.md lists and explains.
func TestFootnotesAgreeWithSection301(t *testing.T) {
	e := engine(t)
	law := lawOnGoods(t, e, "us-tariff", "us.301.*")
	editions, footnotes := footnoteTable(t)
	order := map[string]int{}
	for i, e := range editions {
		order[e.Name] = i
	}
	type place struct {
		line nomenclature.Code
		difference
	}
	spans := map[place][]int{} // editions in which it is so
	agree, lines := 0, 0
	for i, edition := range editions {
		at := edition.Effective.Start(law.pack.Zone) + 12*quantity.Instant(time.Hour/time.Second)
		printed := map[nomenclature.Code][]string{}
		for _, f := range footnotes {
			if order[f.First] <= i && (f.Last == "" || i <= order[f.Last]) {
				printed[f.Code] = append(printed[f.Code], f.Heading.String())
			}
		}
		live := law.at(at)
		for _, line := range statisticalLines(law.pack, at) {
			var says, reads []string
			for _, r := range live.on(line) {
				if r.heading != "" && strings.HasPrefix(r.heading, "9903.") {
					says = append(says, r.heading)
				}
			}
			for c := line; c != ""; c = c.Parent() {
				reads = append(reads, printed[c]...)
			}
			slices.Sort(says)
			slices.Sort(reads)
			says, reads = slices.Compact(says), slices.Compact(reads)
			lines++
			if slices.Equal(says, reads) {
				agree++
				continue
			}
			p := place{line, difference{without(says, reads), without(reads, says)}}
			spans[p] = append(spans[p], i)
		}
	}
	if agree < lines*98/100 {
		t.Errorf("only %d of %d lines over all editions agree", agree, lines)
	}

	// One row for all lines with the same difference in the same editions.
	rows := map[string][]nomenclature.Code{}
	for p, in := range spans {
		first, last := in[0], in[len(in)-1]
		when := editions[first].Name + " to " + editions[last].Name
		switch {
		case last == len(editions)-1 && first == 0:
			when = "all"
		case last == len(editions)-1:
			when = "from " + editions[first].Name
		case first == last:
			when = editions[first].Name
		}
		key := fmt.Sprintf("%s | %s | %s", p.onlyLaw, p.onlyFootnote, when)
		rows[key] = append(rows[key], p.line)
	}
	split := map[nomenclature.Code]int{}
	for _, l := range statisticalLines(law.pack, law.pack.KnownThrough.Start(law.pack.Zone)) {
		split[l[:8]]++
	}
	var table []string
	for key, lines := range rows {
		table = append(table, fmt.Sprintf("| %s | %s |", shorten(split, lines), key))
	}
	slices.Sort(table)
	keepTable(t, "docs/law/us-301.md", "footnotes", table)
}

func without(a, b []string) string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, ", ")
}

// shorten writes lines, a code of eight digits for all that are within it.
func shorten(split map[nomenclature.Code]int, lines []nomenclature.Code) string {
	slices.Sort(lines)
	within := map[nomenclature.Code]int{}
	for _, l := range lines {
		within[l[:8]]++
	}
	var out []string
	for _, l := range lines {
		if within[l[:8]] == split[l[:8]] {
			l = l[:8]
		}
		if s := l.String(); len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func footnoteTable(t *testing.T) ([]importer.Edition, []importer.Footnote) {
	t.Helper()
	data, err := fs.ReadFile(packText, "us-tariff/schedule/editions.csv")
	if err != nil {
		t.Fatal(err)
	}
	editions, err := importer.ReadEditions(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = fs.ReadFile(packText, "us-tariff/schedule/footnotes.csv"); err != nil {
		t.Fatal(err)
	}
	footnotes, err := importer.ReadFootnotes(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return editions, footnotes
}

// sameRow is what a row keeps when editions are added: all of it but when it was
// so and why.
func sameRow(row string) string { return strings.Join(strings.SplitN(row, "|", 5)[:4], "|") }

// keepTable compares rows with the table that stands between the comments
// <!-- begin NAME --> and <!-- end NAME --> of a page. The table's last column is
// written by hand and says why: it must not be empty. UPDATE_GOLDEN=1 writes
// the rows anew and keeps the last column of those that say the same.
func keepTable(t *testing.T, page, name string, rows []string) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
	before, rest, ok := strings.Cut(string(data), begin)
	held, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no table between %q and %q", page, begin, end)
	}
	head, why := []string{}, map[string]string{}
	for i, line := range strings.Split(strings.TrimSpace(held), "\n") {
		if i < 2 { // the header and the rule below it
			head = append(head, line)
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		why[sameRow(line)] = strings.TrimSpace(cells[len(cells)-1])
	}
	want := strings.Join(head, "\n") + "\n"
	for _, row := range rows {
		reason := why[sameRow(row)]
		want += row + " " + reason + " |\n"
		if reason == "" {
			t.Errorf("%s does not say why: %s", page, row)
		}
	}
	if want == held {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the table %s of %s is not that of the packs; make golden writes it. It should read:\n%s", name, page, want)
}
