package navicert

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

// Laws that hold over all of the packs, whatever they say.

// tariffs are the packs with base rates and their tables.
func tariffs(e *Engine) []*rulepack.Pack {
	return slices.DeleteFunc(slices.Clone(e.Set().Packs), func(p *rulepack.Pack) bool { return p.Base == nil || p.Table == nil })
}

// No line loses its base rate while it is in force: at its beginning, and at
// every change of a shorter line from which it inherits, a rate is printed. It
// can be read, or the pack's report says that it cannot. Lines of chapter 98
// may tell their duty in words alone.
func TestLinesKeepTheirRate(t *testing.T) {
	e := engine(t)
	for _, p := range tariffs(e) {
		said := map[string]bool{}
		for _, r := range rulepack.Report(e.Set(), p.KnownThrough.Start(p.Zone)) {
			if r.Pack == p {
				for _, u := range r.UnreadableRates {
					said[u.Text] = true
				}
			}
		}
		lines, silent := 0, map[string]int{}
		for l := range p.Table.All() {
			if len(l.Code) < p.Base.HeadingDigits || l.Code.HasPrefix("98") {
				continue
			}
			lines++
			days := []quantity.Instant{l.Period.From}
			for c := l.Code.Parent(); c != ""; c = c.Parent() {
				for _, above := range p.Table.Versions(c) {
					if l.Period.Contains(above.Period.From) {
						days = append(days, above.Period.From)
					}
				}
			}
			for _, at := range days {
				if !schedule.Held(p, at) {
					continue // the pack says that it holds no rates any more
				}
				switch r := e.schedule.GeneralRate(p, l.Code, at); {
				case r.Text == "" && len(p.Table.Children(l.Code, at)) > 0: // each line within it prints its own
				case r.Text == "":
					t.Errorf("%s: %s has no general rate on %s", p.ID, l.Code, at.Date(p.Zone))
				case r.Rate == nil && !said[r.Text]:
					t.Errorf("%s: the rate %q of %s cannot be read, and the report does not say so", p.ID, r.Text, l.Code)
				case r.Rate == nil:
					silent[r.Text]++
				}
				if p.Base.Other != nil && p.Base.EditionAt(at) == nil && e.schedule.OtherRate(p, l.Code, at).Text == "" {
					t.Errorf("%s: %s has no rate in the other column on %s", p.ID, l.Code, at.Date(p.Zone))
				}
			}
		}
		if lines < 30_000 && p.Jurisdiction == "US" {
			t.Errorf("%s: only %d lines were looked at", p.ID, lines)
		}
		t.Logf("%s: %d lines, %d texts that are no rate", p.ID, lines, len(silent))
	}
}

// Every code that a goods list names is in some edition of the row's time, or
// the check of the packs counts it.
func TestListedCodesExist(t *testing.T) {
	e := engine(t)
	told := map[string]int{} // codes by file, as the check counts them
	several := regexp.MustCompile(`^(\d+) codes of this file are in no schedule`)
	for _, p := range rulepack.Check(e.Set()) {
		switch m := several.FindStringSubmatch(p.Message); {
		case m != nil:
			n, _ := strconv.Atoi(m[1])
			told[p.File] += n
		case strings.HasSuffix(p.Message, "is in no schedule that is held"):
			told[p.File]++
		}
	}
	for _, p := range tariffs(e) {
		exists := func(code nomenclature.Code, during quantity.Period) bool {
			for _, table := range []*nomenclature.Table{p.Table, p.Headings} {
				for period := range table.Periods(code) {
					if period.Overlaps(during) {
						return true
					}
				}
			}
			for _, ed := range p.Base.Editions {
				if ed.Digits == 0 || len(code) <= ed.Digits {
					continue
				}
				for period := range p.Table.Periods(code[:ed.Digits]) {
					if period.Intersect(ed.Period).Overlaps(during) {
						return true
					}
				}
			}
			return false
		}
		rows := 0
		for _, list := range p.GoodsLists {
			if list.Pack != p.ID {
				continue
			}
			missing := 0
			for _, row := range list.Rows {
				rows++
				for _, code := range append([]nomenclature.Code{row.Code}, row.Except...) {
					during := row.Period
					if during.From < p.Table.Begins() {
						during = quantity.Always // older editions are not held: any edition counts
					}
					if !exists(code, during) {
						missing++
					}
				}
			}
			if missing != told[list.File] {
				t.Errorf("%s: %d codes are in no edition, and the check tells of %d", list.File, missing, told[list.File])
			}
		}
		t.Logf("%s: %d rows", p.ID, rows)
	}
}

// Every heading under which a duty is filed is in the edition of the day on
// which the duty runs, or the report names it. Before the first whole edition
// no headings are held.
func TestHeadingsExist(t *testing.T) {
	e := engine(t)
	for _, p := range tariffs(e) {
		if p.Headings == nil {
			continue
		}
		type place struct {
			act     *measure.Act
			heading string
		}
		told := map[place]bool{}
		for _, r := range rulepack.Report(e.Set(), p.KnownThrough.Start(p.Zone)) {
			for _, m := range r.MissingHeadings {
				told[place{m.Act, m.Heading}] = true
			}
		}
		acts := 0
		for _, m := range p.Measures {
			for i := range m.Acts {
				a := &m.Acts[i]
				heading := cmp.Or(a.Heading, m.Heading)
				if heading == "" || a.Effect.Kind != measure.Apply || a.Period.Until <= p.Headings.Begins() {
					continue
				}
				acts++
				code, err := nomenclature.ParseCode(heading)
				found := err == nil && slices.ContainsFunc([]*nomenclature.Table{p.Headings, p.Table}, func(table *nomenclature.Table) bool {
					for period := range table.Periods(code) {
						if period.Overlaps(a.Period) {
							return true
						}
					}
					return false
				})
				if !found && !told[place{a, heading}] {
					t.Errorf("%s: %s is in no edition of its time, and the report does not say so (%s)", m.ID, heading, a.Position)
				}
			}
		}
		t.Logf("%s: %d acts with a heading", p.ID, acts)
	}
}

// sampled are movements that meet many of the duties: each goods list named
// gives some of its codes.
func sampled(e *Engine, p *rulepack.Pack, lists []string, since, until quantity.Date, n int, closed bool) []Case {
	random := rand.New(rand.NewPCG(2025, 6))
	var codes []nomenclature.Code
	for _, id := range lists {
		if rows := p.GoodsLists[id].Rows; len(rows) > 0 {
			codes = append(codes, rows[random.IntN(len(rows))].Code, rows[random.IntN(len(rows))].Code)
		}
	}
	origins := []string{"CN", "CA", "MX", "DE", "JP", "KR", "BR", "IN", "VN", "RU", "GB", "CH", "TW"}
	var out []Case
	for len(out) < n {
		day := since.AddDays(random.IntN(int(until - since)))
		code := codes[random.IntN(len(codes))]
		at := day.Start(p.Zone) + 12*3600
		for range 4 { // down to a line
			below := p.Table.Children(code, at)
			if len(below) == 0 {
				break
			}
			code = below[random.IntN(len(below))].Code
		}
		c := Case{Goods: code.String(), From: origins[random.IntN(len(origins))], To: p.Jurisdiction, On: day.String(), Value: "12345.67 " + p.Currency, Only: "import",
			Closed: closed, Quantity: []string{"1000 kg", "500 No.", "800 liters", "60 m2"}}
		if closed {
			left := 100
			c.Facts = map[string]string{}
			for _, metal := range []string{"steel", "aluminium", "copper"} {
				share := random.IntN(left + 1)
				left -= share
				c.Facts["content."+metal] = fmt.Sprintf("%d.%02d", share/100, share%100)
			}
		}
		if _, err := e.Determine(c); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// What a duty gives up, and what it keeps, are the whole: on goods whose shares
// are known, a duty that yields to others stands on the value less the parts on
// which those stand.
func TestPortionsMakeTheWhole(t *testing.T) {
	e := engine(t)
	p, ok := e.schedule.Pack("US")
	if !ok {
		t.Fatal("there is no tariff of the United States")
	}
	yielding := 0
	var lists []string // of what stands on a part of the value
	for _, m := range p.Measures {
		if _, part := p.Portions[m.On]; part {
			lists = append(lists, m.Scope.GoodsLists...)
		}
	}
	slices.Sort(lists)
	for _, c := range sampled(e, p, slices.Compact(lists), quantity.NewDate(2025, 4, 5), quantity.NewDate(2026, 4, 6), 120, true) {
		d, err := e.Determine(c)
		if err != nil {
			t.Fatal(err)
		}
		doc := d.Document()
		day, err := quantity.ParseDate(c.On)
		if err != nil {
			t.Fatal(err)
		}
		at := quantity.DayMoment(day).Noon(p.Zone)
		for i := range doc.Lines {
			l := &doc.Lines[i]
			if l.Portion == nil || l.Portion.Least != l.Portion.Most {
				continue
			}
			entry, _ := e.schedule.Entry(l.Measure)
			if entry == nil || entry.Kind != measure.Duty || entry.Portion != nil {
				continue
			}
			parts := map[string]quantity.Decimal{} // the parts of others, by name
			simple := true
			for j := range doc.Lines {
				other, _ := e.schedule.Entry(doc.Lines[j].Measure)
				if other == nil || i == j || other.Kind != measure.Duty || !entry.YieldsTo(other, at, quantity.MaxDate) {
					continue
				}
				q := doc.Lines[j].Portion
				share, err := quantity.ParseDecimal(q.Least)
				simple = simple && err == nil && q.Least == q.Most && slices.Contains([]string{"whole", "steel", "aluminium", "copper"}, q.Of)
				parts[q.Of] = share
			}
			if len(parts) == 0 || !simple {
				continue
			}
			yielding++
			sum, err := quantity.ParseDecimal(l.Portion.Least)
			if err != nil {
				t.Fatal(err)
			}
			for _, share := range parts {
				sum = sum.Add(share)
			}
			if sum.Cmp(quantity.NewDecimal(1, 0)) != 0 {
				t.Errorf("%s of %s on %s: %s stands on %s, and with %v that is %s", c.Goods, c.From, c.On, l.Measure, l.Portion.Least, parts, sum)
			}
		}
	}
	if yielding < 20 {
		t.Errorf("only %d duties yield in the sample", yielding)
	}
	t.Logf("%d duties that yield", yielding)
}

// A duty that no relation names never makes the total fall.
func TestOneMoreDuty(t *testing.T) {
	e := engine(t)
	p, ok := e.schedule.Pack("US")
	if !ok {
		t.Fatal("there is no tariff of the United States")
	}
	more := fstest.MapFS{}
	err := fs.WalkDir(packs.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(packs.FS, path)
		more[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	more[p.Dir+"/measures/one-more.yaml"] = &fstest.MapFile{Data: []byte(`programme: {id: us.test, title: A test}
measures:
- {id: us.test.one-more, kind: duty, title: One more, heading: 9903.99.99, scope: {into: [US]}, acts: [{by: hts, from: 2018-01-01, rate: 1%}]}
`)}
	var dirs []string
	for _, q := range e.Set().Packs {
		dirs = append(dirs, q.Dir)
	}
	set, problems := rulepack.Read(more, dirs...)
	if len(problems.Faults()) > 0 {
		t.Fatal(problems)
	}
	with := &Engine{schedule: schedule.Compile(set)}
	amount := func(s *string) quantity.Decimal {
		d, err := quantity.ParseDecimal(*s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, closed := range []bool{true, false} {
		for _, c := range sampled(e, p, slices.Sorted(maps.Keys(p.GoodsLists)), quantity.NewDate(2018, 1, 1), p.KnownThrough, 60, closed) {
			a, err := e.Determine(c)
			if err != nil {
				t.Fatal(err)
			}
			b, err := with.Determine(c)
			if err != nil {
				t.Fatal(err)
			}
			before, after := a.Document().Duty, b.Document().Duty
			if amount(after.Least.Amount).Cmp(amount(before.Least.Amount)) < 0 {
				t.Errorf("%s of %s on %s: the least falls from %s to %s", c.Goods, c.From, c.On, *before.Least.Amount, *after.Least.Amount)
			}
			switch {
			case after.Most.Amount == nil:
			case before.Most.Amount == nil:
				t.Errorf("%s of %s on %s: the most was not known and is %s", c.Goods, c.From, c.On, *after.Most.Amount)
			case amount(after.Most.Amount).Cmp(amount(before.Most.Amount)) < 0:
				t.Errorf("%s of %s on %s: the most falls from %s to %s", c.Goods, c.From, c.On, *before.Most.Amount, *after.Most.Amount)
			}
		}
	}
}
