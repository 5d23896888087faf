package nomenclature

import (
	"cmp"
	"iter"
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// Succession says that goods of one line were classified in another from an
// instant on: a line that ended may have several successors, and a new one
// several predecessors.
type Succession struct {
	Code      Code
	Successor Code
	On        quantity.Instant
	By        string // the citation it rests on
	Note      string
}

// Concordance is which lines took the place of which. It never changes and is
// safe for any number of goroutines; a nil Concordance is empty.
type Concordance struct {
	byCode, bySuccessor []Succession
}

// NewConcordance returns the concordance of the successions, which may come in
// any order.
func NewConcordance(all []Succession) *Concordance {
	c := &Concordance{slices.Clone(all), slices.Clone(all)}
	slices.SortStableFunc(c.byCode, func(a, b Succession) int { return cmp.Compare(a.Code, b.Code) })
	slices.SortStableFunc(c.bySuccessor, func(a, b Succession) int { return cmp.Compare(a.Successor, b.Successor) })
	return c
}

// All returns the successions in the order of their codes.
func (c *Concordance) All() iter.Seq[Succession] {
	return func(yield func(Succession) bool) {
		if c == nil {
			return
		}
		for _, s := range c.byCode {
			if !yield(s) {
				return
			}
		}
	}
}

// Successors returns what took the place of the code and of the lines within
// it, or else of the nearest shorter code that something took the place of.
func (c *Concordance) Successors(code Code) []Succession {
	if c == nil {
		return nil
	}
	return find(c.byCode, code, func(s *Succession) Code { return s.Code })
}

// Predecessors returns whose place the code and the lines within it took, or
// else the nearest shorter code that took any.
func (c *Concordance) Predecessors(code Code) []Succession {
	if c == nil {
		return nil
	}
	return find(c.bySuccessor, code, func(s *Succession) Code { return s.Successor })
}

func find(rows []Succession, code Code, of func(*Succession) Code) []Succession {
	within := true
	for ; len(code) >= 4; code = code.Parent() {
		i, _ := slices.BinarySearchFunc(rows, code, func(s Succession, code Code) int { return cmp.Compare(of(&s), code) })
		j := i
		for j < len(rows) && (of(&rows[j]) == code || within && of(&rows[j]).HasPrefix(code)) {
			j++
		}
		if j > i {
			return rows[i:j:j]
		}
		within = false
	}
	return nil
}
