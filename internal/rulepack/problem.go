package rulepack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity tells whether a pack may be used in spite of a problem.
type Severity uint8

// The severities.
const (
	Fault   Severity = iota // the pack must not be used
	Warning                 // a person should look
)

// A Problem is one thing that is wrong with a pack, and where.
type Problem struct {
	File         string // path in the file system
	Line, Column int    // from 1, columns in characters; 0 where the file as a whole is meant
	Severity     Severity
	Message      string
	Hint         string // what to type instead; "" where nothing is known
}

// Error returns "file:line:column: message (hint)".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, max(p.Column, 1))
	}
	b.WriteString(": ")
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Problems is everything that is wrong with packs, by file, line and column.
type Problems []Problem

// Error returns the problems one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Faults returns the problems without the warnings.
func (ps Problems) Faults() Problems {
	var out Problems
	for _, p := range ps {
		if p.Severity == Fault {
			out = append(out, p)
		}
	}
	return out
}

// mustBeNone panics where there are faults: those of files that were proven to have none.
func (p Problems) mustBeNone() {
	if faults := p.Faults(); len(faults) > 0 {
		panic(faults)
	}
}

// sorted returns the problems in order, each once.
func (ps Problems) sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Hint, b.Hint),
		)
	})
	return slices.Compact(ps)
}

// didYouMean returns a hint that names the candidate nearest to what was
// written, "" where none is near enough to be a slip of the pen.
func didYouMean(written string, candidates []string) string {
	if best := nearest(written, candidates); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return ""
}

// nearest returns the candidate fewest edits away, the first in order of those
// equally near. A candidate that differs in case alone is nearest of all.
func nearest(written string, candidates []string) string {
	lower := strings.ToLower(written)
	best, distance := "", max(1, len(lower)/3)+1
	for _, c := range candidates {
		if c == written || c == "" || otherNumber(lower, strings.ToLower(c)) {
			continue
		}
		d := edits(lower, strings.ToLower(c), distance+1)
		if d < distance || d == distance && best != "" && c < best {
			best, distance = c, d
		}
	}
	return best
}

// otherNumber reports whether two words differ in the value of a digit, which is
// another thing of the same kind and no slip.
func otherNumber(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	sum := 0
	for i := range len(a) {
		x, y := isDigit(a[i]), isDigit(b[i])
		if !x && !y && a[i] == b[i] {
			continue
		}
		if !x || !y {
			return false
		}
		sum += int(a[i]) - int(b[i])
	}
	return sum != 0 // digits that changed places are a slip
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// edits returns how many insertions, deletions, replacements and swaps of
// neighbours make b of a, or limit where that is more.
func edits(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}
