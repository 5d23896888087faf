package nomenclature

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/navicert/navicert/internal/quantity"
)

// Search returns the lines in force at the instant that the words name, best
// first, at most limit of them (no limit where it is not positive).
//
// Every word must occur in the line's full designation: singular or plural, and,
// if it has two letters or more, as the beginning of a longer word too. A word of digits may also be the
// beginning of the code, with or without dots. Lines that say the words
// themselves come before those that inherit them, whole words before beginnings
// of words, and lines that say them early before those that mention them late.
func (t *Table) Search(words string, on quantity.Instant, limit int) []*Line {
	if t == nil {
		return nil
	}
	t.read()
	query := tokens(words)
	if len(query) == 0 || len(query) > 32 {
		return nil
	}
	index := t.words()
	whole := make([]uint32, len(t.lines)) // by line: which words its own designation or code has
	begun := make([]uint32, len(t.lines)) // the same, beginnings of words included
	for w, q := range query {
		bit := uint32(1) << w
		i, _ := slices.BinarySearch(index.stems, q)
		for ; i < len(index.stems) && strings.HasPrefix(index.stems[i], q); i++ {
			if len(q) == 1 && index.stems[i] != q {
				break // too short for the beginning of a word
			}
			for _, l := range index.lines[i] {
				begun[l] |= bit
				if index.stems[i] == q {
					whole[l] |= bit
				}
			}
		}
		if isDigits(q) && len(q) >= 2 {
			i, _ := slices.BinarySearchFunc(t.lines, Code(q), func(l Line, c Code) int { return cmp.Compare(l.Code, c) })
			for ; i < len(t.lines) && t.lines[i].Code.HasPrefix(Code(q)); i++ {
				begun[i] |= bit
				whole[i] |= bit
			}
		}
	}

	type hit struct {
		line               *Line
		own, path, partial int // words said whole, said or inherited whole, begun
		at                 int // where the first of them stands, in words
	}
	all := uint32(1)<<len(query) - 1
	var hits []hit
	var stack []struct {
		code         Code
		whole, begun uint32
	}
	for i := range t.lines {
		l := &t.lines[i]
		if !l.Period.Contains(on) {
			continue
		}
		for len(stack) > 0 && !l.Code.HasPrefix(stack[len(stack)-1].code) {
			stack = stack[:len(stack)-1]
		}
		pathWhole, pathBegun := whole[i], begun[i]
		if n := len(stack); n > 0 {
			pathWhole |= stack[n-1].whole
			pathBegun |= stack[n-1].begun
		}
		stack = append(stack, struct {
			code         Code
			whole, begun uint32
		}{l.Code, pathWhole, pathBegun})
		if pathBegun == all {
			hits = append(hits, hit{l, count(whole[i]), count(pathWhole), count(begun[i]), place(l, query)})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(
			cmp.Compare(b.own, a.own),
			cmp.Compare(b.partial, a.partial),
			cmp.Compare(b.path, a.path),
			cmp.Compare(a.at, b.at),
			cmp.Compare(a.line.Code, b.line.Code),
		)
	})
	if limit > 0 && len(hits) > limit {
		hits = hits[:limit]
	}
	out := make([]*Line, len(hits))
	for i, h := range hits {
		out[i] = h.line
	}
	return out
}

// place returns how many words of the line's own designation stand before the
// first that the query names; 0 where its code is meant, very many where none
// is.
func place(l *Line, query []string) int {
	for _, q := range query {
		if isDigits(q) && l.Code.HasPrefix(Code(q)) {
			return 0
		}
	}
	for i, w := range tokens(l.Designation) {
		for _, q := range query {
			if strings.HasPrefix(w, q) {
				return i
			}
		}
	}
	return math.MaxInt
}

func count(bits uint32) int {
	n := 0
	for ; bits != 0; bits &= bits - 1 {
		n++
	}
	return n
}

// wordIndex is the stems of all designations in order, with the lines that say
// each.
type wordIndex struct {
	stems []string
	lines [][]int32
}

func newWordIndex(lines []Line) *wordIndex {
	said := make(map[string][]int32, 1<<14)
	for i := range lines {
		for _, w := range tokens(lines[i].Designation) {
			if at := said[w]; len(at) == 0 || at[len(at)-1] != int32(i) {
				said[w] = append(at, int32(i))
			}
		}
	}
	x := &wordIndex{stems: make([]string, 0, len(said))}
	for w := range said {
		x.stems = append(x.stems, w)
	}
	slices.Sort(x.stems)
	x.lines = make([][]int32, len(x.stems))
	for i, w := range x.stems {
		x.lines[i] = said[w]
	}
	return x
}

// tokens returns the stems of the words and the digits of the numbers in s;
// dots between digits are dropped.
func tokens(s string) []string {
	var out []string
	for _, f := range strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.'
	}) {
		if digits := strings.ReplaceAll(f, ".", ""); isDigits(digits) {
			out = append(out, digits)
			continue
		}
		for w := range strings.SplitSeq(f, ".") {
			if w != "" {
				out = append(out, stem(fold(w)))
			}
		}
	}
	return out
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// stem takes the ending of the plural off a lower-case word, and a silent e, so
// that box and boxes, machine and machines meet.
func stem(w string) string {
	if s, ok := irregular(w); ok {
		return s
	}
	n := len(w)
	if n < 4 {
		return w
	}
	if strings.HasSuffix(w, "ies") && n > 4 {
		return w[:n-3] + "y"
	}
	if w[n-1] == 's' && w[n-2] != 's' && w[n-2] != 'u' && w[n-2] != 'i' {
		w = w[:n-1]
		n--
	}
	if n > 3 && w[n-1] == 'e' {
		w = w[:n-1]
	}
	return w
}

// irregular returns the stem of the plurals, and of the singulars that look
// like plurals, that schedules use and the rule of [stem] would get wrong.
func irregular(w string) (string, bool) {
	switch w {
	case "calves":
		return "calf", true
	case "feet":
		return "foot", true
	case "gas", "gases":
		return "gas", true
	case "geese":
		return "goos", true
	case "halves":
		return "half", true
	case "hooves":
		return "hoof", true
	case "knives":
		return "knif", true
	case "leaves":
		return "leaf", true
	case "lens", "lenses":
		return "lens", true
	case "men":
		return "man", true
	case "mice":
		return "mous", true
	case "teeth":
		return "tooth", true
	case "women":
		return "woman", true
	}
	return "", false
}
