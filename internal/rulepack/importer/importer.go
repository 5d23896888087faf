// Package importer answers how official exports and plain lists become the
// dated tables of a pack: the editions of a tariff schedule its schedule/*.csv,
// lists of goods codes its lists/*.csv. Footnotes of a schedule become a table
// to check lists against.
//
// It keeps the words of its sources. It decides no law, leaves no row out in
// silence and writes nothing where a row cannot be read: the error then names
// every such row at once.
package importer

import (
	"fmt"
	"strings"

	"github.com/navicert/navicert/internal/rulepack"
)

// problems collects what is wrong with one input.
type problems struct {
	file string // what the input is called in messages
	list rulepack.Problems
}

func (p *problems) add(line int, hint, format string, args ...any) {
	p.list = append(p.list, rulepack.Problem{File: p.file, Line: line, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// err returns the problems as an error, nil where there are none.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return p.list
}

// clip shortens a text for a message.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
