package determination_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
)

// classRow is a row of a classified list.
type classRow struct {
	list   int
	code   string
	except []string
	fact   string // a bool fact that must hold; "": none
}

// classModel is a control list of two entries with paragraphs, one without, and
// lists that ask for a licence each.
type classModel struct {
	register []string
	lists    int
	rows     []classRow
}

var classFacts = []string{"scope.p", "scope.q"}

func (m *classModel) files() fstest.MapFS {
	files := fstest.MapFS{}
	put := func(name, text string) { files["us/"+name] = &fstest.MapFile{Data: []byte(text)} }
	put("pack.yaml", `id: us
title: Control list
jurisdiction: US
zone: America/New_York
begins: 2020-01-01
known-through: 2026-01-01
licence: CC0-1.0
classification: {fact: goods.eccn, register: ccl, none: [EAR99], lists: ["ccl.*"]}
`)
	put("instruments.yaml", "instruments:\n- {id: ear, kind: regulation, title: Regulations, citation: 15 CFR, date: 2020-01-01}\n")
	facts := "facts:\n- {name: goods.eccn, type: text, question: Which code?, absent: no item}\n"
	for _, f := range classFacts {
		facts += "- {name: " + f + ", type: bool, question: Is it covered?, absent: no}\n"
	}
	put("facts.yaml", facts)
	register := "item,by\n"
	for _, c := range m.register {
		register += c + ",ear\n"
	}
	put("lists/ccl.csv", register)
	measures := "programme: {id: p, title: Controls}\nmeasures:\n"
	for l := range m.lists {
		list := "item,except,when,by\n"
		for _, r := range m.rows {
			if r.list == l {
				list += fmt.Sprintf("%s,%s,%s,ear\n", r.code, strings.Join(r.except, " "), r.fact)
			}
		}
		put(fmt.Sprintf("lists/ccl.l%d.csv", l), list)
		measures += fmt.Sprintf("- id: licence-%d\n  kind: licence\n  title: Licence\n  authority: Bureau\n  scope: {out-of: [US], items: [ccl.l%d]}\n  acts: [{by: ear, from: 2020-01-01, applies: true}]\n", l, l)
	}
	put("measures/m.yaml", measures)
	return files
}

// within is told by looking at the text.
func within(code, other string) bool { return code == other || strings.HasPrefix(code, other+".") }

// applies lists the licences that goods of a full code need.
func (m *classModel) applies(code string, facts map[string]bool) []string {
	var out []string
	for l := range m.lists {
		if slices.ContainsFunc(m.rows, func(r classRow) bool {
			return r.list == l && within(code, r.code) && !slices.ContainsFunc(r.except, func(e string) bool { return within(code, e) }) && (r.fact == "" || facts[r.fact])
		}) {
			out = append(out, fmt.Sprintf("licence-%d", l))
		}
	}
	return out
}

// completions are the full codes that a stated one may mean.
func (m *classModel) completions(code string) []string {
	var out []string
	for _, c := range m.register {
		leaf := !slices.ContainsFunc(m.register, func(d string) bool { return d != c && within(d, c) })
		if leaf && within(c, code) {
			out = append(out, c)
		}
	}
	if code == "9Z999" || slices.Contains(out, "9Z999") { // an entry of which no paragraph is held has any
		out = append(slices.DeleteFunc(out, func(c string) bool { return c == "9Z999" }), "9Z999.a", "9Z999.b", "9Z999.q")
	}
	if len(out) == 0 {
		out = []string{code}
	}
	return out
}

func drawClasses(t *rapid.T) *classModel {
	m := &classModel{register: []string{"1A001", "1A001.a", "1A001.a.1", "1A001.a.10", "1A001.a.2", "1A001.b", "1A002", "1A002.a", "1A002.b", "9Z999"}, lists: 3}
	codes := append(slices.Clone(m.register), "9Z999.a", "9Z999.b")
	for l := range m.lists {
		for range rapid.IntRange(1, 3).Draw(t, "rows") {
			r := classRow{list: l, code: rapid.SampledFrom(codes).Draw(t, "code"), fact: rapid.SampledFrom([]string{"", "", classFacts[0], classFacts[1]}).Draw(t, "when")}
			for _, c := range codes {
				if c != r.code && within(c, r.code) && rapid.IntRange(0, 4).Draw(t, "except") == 0 {
					r.except = append(r.except, c)
				}
			}
			m.rows = append(m.rows, r)
		}
	}
	return m
}

// TestClassifications holds that the answer for a code is that of going through
// all that it may mean; where none is stated, any code and none at all.
func TestClassifications(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawClasses(t)
		s := compile(t, m.files(), "us")
		code := rapid.SampledFrom([]string{"", "1A001", "1A001.a", "1A001.a.1", "1A001.a.10", "1A001.b", "1A002", "1A002.b", "9Z999", "9Z999.a", "9Z999.q", "EAR99", "1a001 .A"}).Draw(t, "stated")
		facts := map[string]string{}
		if code != "" {
			facts["goods.eccn"] = code
		}
		known := map[string]bool{}
		for _, f := range classFacts {
			switch rapid.IntRange(0, 2).Draw(t, f) {
			case 0:
				facts[f], known[f] = "true", true
			case 1:
				facts[f], known[f] = "false", false
			}
		}
		for range 2 { // cold, and warm
			d, err := determination.Determine(s, determination.Case{From: "US", To: "CN", On: "2025-01-01", Facts: facts})
			if err != nil {
				t.Fatalf("%s: %v\n%s", code, err, show(m.files()))
			}
			doc := d.Document()
			ever, always := map[string]bool{}, map[string]int{}
			least, most, n := 1, 0, 0
			stated := strings.ToUpper(strings.ReplaceAll(code, " ", ""))
			if i := strings.IndexByte(stated, '.'); i >= 0 {
				stated = stated[:i] + strings.ToLower(stated[i:])
			}
			var meant []string
			switch stated {
			case "EAR99":
				meant = []string{"EAR99"}
			case "":
				meant = []string{"EAR99"}
				for _, c := range []string{"1A001", "1A002", "9Z999"} {
					meant = append(meant, m.completions(c)...)
				}
			default:
				meant = m.completions(stated)
			}
			for _, c := range meant {
				for p := range 4 {
					world := map[string]bool{classFacts[0]: p&1 != 0, classFacts[1]: p&2 != 0}
					fits := true
					for f, v := range known {
						fits = fits && world[f] == v
					}
					if !fits {
						continue
					}
					n++
					needs := m.applies(c, world)
					for _, id := range needs {
						ever[id] = true
						always[id]++
					}
					need := min(len(needs), 1)
					least, most = min(least, need), max(most, need)
				}
			}
			words := []determination.Outcome{determination.Free, determination.LicenceRequired}
			leg := doc.Legs[0]
			best, worst := slices.Index(words, leg.Best), slices.Index(words, leg.Worst)
			if best != least || worst != most {
				t.Fatalf("%q: %s to %s, want %s to %s\n%s", code, leg.Best, leg.Worst, words[least], words[most], show(m.files()))
			}
			for l := range m.lists {
				id, status := fmt.Sprintf("licence-%d", l), "none"
				for _, line := range doc.Lines {
					if line.Measure == id {
						status = line.Status
					}
				}
				want := "none"
				switch {
				case always[id] == n:
					want = "applies"
				case ever[id]:
					want = "open"
				}
				if status != want {
					t.Fatalf("%q: %s %s, want %s\n%s", code, id, status, want, show(m.files()))
				}
			}
			if stated == "" && most > least && (len(doc.Questions) == 0 || doc.Questions[0].Fact != "goods.eccn") {
				t.Fatalf("the code is not the first question: %v\n%s", doc.Questions, show(m.files()))
			}
			if stated != "" && !doc.Exact {
				t.Fatalf("%q is not gone through", code)
			}
		}
	})
}

func plainClasses() *classModel {
	return &classModel{register: []string{"1A001", "1A001.a", "1A001.b", "1A002", "1A003", "1B001", "9Z999"}, lists: 1, rows: []classRow{{code: "1A001", except: []string{"1A001.b"}}}}
}

// TestUnknownClass holds that a code which does not exist is refused, with those
// that were perhaps meant.
func TestUnknownClass(t *testing.T) {
	s := compile(t, plainClasses().files(), "us")
	for code, want := range map[string]string{
		"1A004":     "facts.goods.eccn: there is no item 1A004 (the nearest are 1A003, 1A002 and 1A001)",
		"7X123":     "facts.goods.eccn: there is no item 7X123",
		"1A001.c":   "facts.goods.eccn: 1A001 has no paragraph 1A001.c (it has 1A001.a and 1A001.b)",
		"1A001.a.1": "facts.goods.eccn: 1A001.a has no paragraph 1A001.a.1 (write 1A001.a)",
		"1A001..a":  `facts.goods.eccn: "1A001..a" is not the code of a control item: write the entry and its paragraph, like 3A001.a.7`,
	} {
		_, err := determination.Determine(s, determination.Case{From: "US", To: "CN", On: "2025-01-01", Facts: map[string]string{"goods.eccn": code}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", code, err, want)
		}
	}
	for _, code := range []string{"9Z999.a", "9z999", "ear99", "EAR 99", "EAR-99", "unknown", "absent"} {
		if _, err := determination.Determine(s, determination.Case{From: "US", To: "CN", On: "2025-01-01", Facts: map[string]string{"goods.eccn": code}}); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// TestForeignClass holds that goods which neither leave the jurisdiction nor
// originate in it are asked for no code.
func TestForeignClass(t *testing.T) {
	files := plainClasses().files()
	files["us/measures/m.yaml"].Data = []byte(strings.ReplaceAll(string(files["us/measures/m.yaml"].Data), "out-of: [US]", "reexport-from: [not US]"))
	s := compile(t, files, "us")
	ask := func(origin, code string) *determination.Document {
		c := determination.Case{From: "TW", To: "CN", Origin: origin, On: "2025-01-01", Facts: map[string]string{}}
		if code != "" {
			c.Facts["goods.eccn"] = code
		}
		d, err := determination.Determine(s, c)
		if err != nil {
			t.Fatal(err)
		}
		return d.Document()
	}
	if doc := ask("TW", ""); len(doc.Lines) > 0 || len(doc.Questions) > 0 || !strings.Contains(fmt.Sprint(doc.Presumed), "no item of Control list") {
		t.Errorf("goods of Taiwan: %v, %v, %v", doc.Lines, doc.Questions, doc.Presumed)
	}
	if doc := ask("US", ""); doc.Outcome != "refer" || doc.Questions[0].Fact != "goods.eccn" {
		t.Errorf("goods of the United States: %s, %v", doc.Outcome, doc.Questions)
	}
	if doc := ask("TW", "1A001.a"); doc.Outcome != "licence" {
		t.Errorf("goods of Taiwan with a code: %s", doc.Outcome)
	}
	if doc := ask("TW", "1A001.b"); doc.Outcome == "licence" {
		t.Errorf("goods that are excepted: %s", doc.Outcome)
	}
}
