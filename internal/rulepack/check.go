package rulepack

import (
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// lint is what Check and Report need beyond the law itself: places.
type lint struct {
	facts     map[string]mark // by pack id, a slash, and name
	measures  map[*measure.Measure]mark
	relations map[string][]mark     // by pack id, in the order of Pack.Relations
	rows      map[string][]rowPlace // by list id, in the order of its rows
	codes     []codeUse             // outside lists
	indices   map[string]*codeIndex // by pack id
}

func newLint() *lint {
	return &lint{
		facts:     map[string]mark{},
		measures:  map[*measure.Measure]mark{},
		relations: map[string][]mark{},
		rows:      map[string][]rowPlace{},
		indices:   map[string]*codeIndex{},
	}
}

// rowPlace is where a row of a list names codes.
type rowPlace struct{ line, code, except int32 }

// codeUse is a goods code named outside a list.
type codeUse struct {
	pack   *Pack
	at     mark
	code   nomenclature.Code
	period quantity.Period
}

// index returns the codes that the pack's own schedule has.
func (l *lint) index(pack string) *codeIndex {
	x := l.indices[pack]
	if x == nil {
		x = &codeIndex{}
		l.indices[pack] = x
	}
	return x
}

// codeIndex answers whether some edition of a nomenclature has a code.
type codeIndex struct {
	files []*scheduleFile
}

func (x *codeIndex) add(f *scheduleFile) { x.files = append(x.files, f) }

// Check returns what is well formed in the packs and yet wrong.
func Check(s *Set) Problems { return nil }
