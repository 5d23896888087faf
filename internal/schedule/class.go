package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/rulepack"
)

// Classification is a control list compiled: which rows of which lists hold the
// goods of a code, found without looking at the rows.
type Classification struct {
	*rulepack.Classification
	Pack  *rulepack.Pack
	codes map[nomenclature.ControlCode]*class
	some  map[int32][]int32 // by list: the rows that hold some goods
}

// class is a code that the register or some row names.
type class struct {
	held   []ClassHit // of goods within the code that are in no code below that some row names
	hits   []ClassHit // of goods of which no more is known than the code: held, and those that may be
	below  []nomenclature.ControlCode
	listed bool // by the register
}

// ClassHit is a row of a classified list that holds the goods of a code, or may
// hold them where the code is too short to tell.
type ClassHit struct {
	List, Row int32
	Truth     condition.Truth // True or Open
}

// indexClasses compiles the classifications of all packs.
func (s *Schedule) indexClasses() {
	s.classOf = make([]int8, len(s.items))
	for i := range s.classOf {
		s.classOf[i] = -1
	}
	for _, p := range s.Set.Packs {
		if p.Classification == nil {
			continue
		}
		c := Classification{Classification: p.Classification, Pack: p, codes: map[nomenclature.ControlCode]*class{}}
		var lists []int32
		for _, id := range c.Lists {
			n := s.itemByID[id]
			s.classOf[n] = int8(len(s.classes))
			lists = append(lists, n)
			for i := range s.items[n].Rows {
				row := &s.items[n].Rows[i]
				k := c.add(row.Class)
				k.listed = k.listed || id == c.Register
				for _, e := range row.Except {
					c.add(e)
				}
			}
		}
		for _, n := range lists {
			register := s.items[n].ID == c.Register
			for i := range s.items[n].Rows {
				c.hit(n, int32(i), &s.items[n].Rows[i], register)
			}
		}
		for _, k := range c.codes {
			slices.Sort(k.below)
			slices.SortFunc(k.held, compareHits)
			slices.SortFunc(k.hits, compareHits)
		}
		c.some = c.findSome()
		s.classes = append(s.classes, c)
	}
}

func compareHits(a, b ClassHit) int {
	return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(a.Row, b.Row))
}

// add makes the code known, and the codes that hold it.
func (c *Classification) add(code nomenclature.ControlCode) *class {
	k := c.codes[code]
	if k == nil {
		k = &class{}
		c.codes[code] = k
		if code != "" {
			parent := c.add(code.Parent())
			parent.below = append(parent.below, code)
		}
	}
	return k
}

// hit notes a row at each code whose goods it holds or may hold. A row of the
// register holds the goods of its own code alone: those within have rows of
// their own.
func (c *Classification) hit(list, n int32, row *rulepack.ItemRow, register bool) {
	var down func(code nomenclature.ControlCode)
	down = func(code nomenclature.ControlCode) {
		if slices.Contains(row.Except, code) {
			return
		}
		k := c.codes[code]
		truth := condition.True
		if slices.ContainsFunc(row.Except, func(e nomenclature.ControlCode) bool { return e.Within(code) }) {
			truth = condition.Open
		}
		k.held = append(k.held, ClassHit{list, n, condition.True})
		k.hits = append(k.hits, ClassHit{list, n, truth})
		for _, b := range k.below {
			if !register || !c.codes[b].listed {
				down(b)
			}
		}
	}
	down(row.Class)
	if register {
		return
	}
	for up := row.Class; up.Parent() != ""; {
		up = up.Parent()
		c.codes[up].hits = append(c.codes[up].hits, ClassHit{list, n, condition.Open})
	}
}

// findSome finds the rows that hold some goods. One that excepts all that it
// names holds none.
func (c *Classification) findSome() map[int32][]int32 {
	out := map[int32][]int32{}
	for _, code := range c.Within("") {
		for _, h := range c.Hits(code) {
			if h.Truth == condition.True {
				out[h.List] = append(out[h.List], h.Row)
			}
		}
	}
	for list, rows := range out {
		slices.Sort(rows)
		out[list] = slices.Compact(rows)
	}
	return out
}

// Some returns the rows of a list that hold some goods, in order: those that
// goods of which no code is stated may meet. The slice must not be changed.
func (c *Classification) Some(list int32) []int32 { return c.some[list] }

// Classifications is how many classifications there are.
func (s *Schedule) Classifications() int { return len(s.classes) }

// Classification returns the one of that index.
func (s *Schedule) Classification(i int) *Classification { return &s.classes[i] }

// ClassificationOf returns the index of the classification by which a list
// goes, -1 where it goes by none.
func (s *Schedule) ClassificationOf(list int32) int { return int(s.classOf[list]) }

// Hits returns the rows that hold the goods of a code, or may hold them, in
// order of lists and rows. The slice must not be changed.
func (c *Classification) Hits(code nomenclature.ControlCode) []ClassHit {
	if k := c.codes[code]; k != nil {
		return k.hits
	}
	for code != "" {
		code = code.Parent()
		if k := c.codes[code]; k != nil {
			return k.held
		}
	}
	return nil
}

// Names reports whether the register or some row names the code.
func (c *Classification) Names(code nomenclature.ControlCode) bool {
	return c.codes[code] != nil && code != ""
}

// Within returns codes within the code such that any goods of it are, for every
// row, as those of one of them are.
func (c *Classification) Within(code nomenclature.ControlCode) []nomenclature.ControlCode {
	k := c.codes[code]
	if k == nil || len(k.below) == 0 {
		return []nomenclature.ControlCode{code}
	}
	var out []nomenclature.ControlCode
	complete := false // the register names what is below
	for _, b := range k.below {
		complete = complete || c.codes[b].listed
		out = append(out, c.Within(b)...)
	}
	if !complete {
		out = append(out, code+anotherParagraph)
	}
	return out
}

// anotherParagraph stands for a paragraph that no row names.
const anotherParagraph = ".other"

// Unknown says what is wrong with a code that the register does not hold, and
// what may help; message is "" where it holds the code. An entry of which it
// holds no paragraph is taken to have any.
func (c *Classification) Unknown(code nomenclature.ControlCode) (message, hint string) {
	listed := func(code nomenclature.ControlCode) bool {
		k := c.codes[code]
		return k != nil && k.listed
	}
	entry := code.Entry()
	if !listed(entry) {
		return fmt.Sprintf("there is no item %s", entry), c.nearest(entry)
	}
	held := code
	for !listed(held) {
		held = held.Parent()
	}
	if held == code || held == entry && !c.hasParagraphs(entry) {
		return "", ""
	}
	below := c.listedBelow(held)
	if len(below) == 0 {
		return fmt.Sprintf("%s has no paragraph %s", held, code), fmt.Sprintf("write %s", held)
	}
	return fmt.Sprintf("%s has no paragraph %s", held, code), fmt.Sprintf("it has %s", Words(below, 12))
}

func (c *Classification) hasParagraphs(code nomenclature.ControlCode) bool {
	return len(c.listedBelow(code)) > 0
}

func (c *Classification) listedBelow(code nomenclature.ControlCode) []nomenclature.ControlCode {
	var out []nomenclature.ControlCode
	for _, b := range c.codes[code].below {
		if c.codes[b].listed {
			out = append(out, b)
		}
	}
	return out
}

// nearest names the entries that may have been meant: those that agree with it
// the furthest.
func (c *Classification) nearest(entry nomenclature.ControlCode) string {
	root := c.codes[""]
	if root == nil {
		return ""
	}
	var best []nomenclature.ControlCode
	most := 0
	for _, b := range root.below {
		if !c.codes[b].listed {
			continue
		}
		n := 0
		for n < min(len(b), len(entry)) && b[n] == entry[n] {
			n++
		}
		if n > most {
			best, most = best[:0], n
		}
		if n == most && n > 0 {
			best = append(best, b)
		}
	}
	if len(best) == 0 {
		return ""
	}
	// Where many agree as far, those on either side of it come first.
	slices.SortStableFunc(best, func(a, b nomenclature.ControlCode) int { return cmp.Compare(apart(a, entry), apart(b, entry)) })
	return "the nearest are " + Words(best[:min(len(best), 6)], 6)
}

// apart is how far apart the digits of two entries are.
func apart(a, b nomenclature.ControlCode) int {
	number := func(c nomenclature.ControlCode) (n int) {
		for i := range len(c) {
			if c[i] >= '0' && c[i] <= '9' {
				n = n*10 + int(c[i]-'0')
			}
		}
		return n
	}
	d := number(a) - number(b)
	return max(d, -d)
}

// Words lists codes for people, at most so many of them.
func Words(codes []nomenclature.ControlCode, most int) string {
	out := make([]string, 0, most+1)
	for i, c := range codes {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(codes)-most))
			break
		}
		if parent, another := strings.CutSuffix(string(c), anotherParagraph); another {
			out = append(out, "another paragraph of "+parent)
			continue
		}
		out = append(out, string(c))
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}
