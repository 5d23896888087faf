package rulepack

import (
	"fmt"
	"slices"

	"github.com/navicert/navicert/internal/nomenclature"
)

// concordancePlace is where a succession stands, for Check.
type concordancePlace struct {
	nomenclature.Succession
	at mark
}

var concordanceColumns = []column{need("code"), need("successor"), need("on"), need("by"), have("note")}

// isConcordance tells a file of schedule/ that says which lines took the place
// of which.
func isConcordance(f packFile) bool { return slices.Contains(headerOf(f.head), "successor") }

// readConcordance reads the files that say which lines took the place of which.
func (p *packReader) readConcordance() {
	var all []nomenclature.Succession
	for _, f := range p.in("schedule") {
		if !isConcordance(f) {
			continue
		}
		t := openTable(p.file(f.path), f.text(), p.Zone, concordanceColumns)
		code, successor, on, by, note := t.column("code"), t.column("successor"), t.column("on"), t.column("by"), t.column("note")
		for t.next() {
			c, ok := t.code(code)
			if !ok {
				continue
			}
			s, ok := t.code(successor)
			if !ok {
				continue
			}
			if c == s {
				t.fault(successor, fmt.Sprintf("%s takes its own place", c), "")
				continue
			}
			row := nomenclature.Succession{Code: c, Successor: s, Note: t.at(note)}
			if !t.missing(on, "on") {
				row.On, _ = t.instant(on)
			}
			if !t.missing(by, "by") {
				if in := p.cited(t, by); in != nil {
					row.By = in.Citation
				}
			}
			_, at := t.place(code)
			p.r.set.lint.successions[p.ID] = append(p.r.set.lint.successions[p.ID], concordancePlace{row, mark{t.file, t.line, at}})
			all = append(all, row)
		}
		p.problems = append(p.problems, t.problems...)
	}
	if all != nil {
		p.Concordance = nomenclature.NewConcordance(all)
	}
}

// checkConcordance finds lines that took a place without being there.
func (c *checker) checkConcordance() {
	for _, p := range c.set.Packs {
		x := c.indices[p.ID]
		if x == nil {
			continue
		}
		for _, s := range c.set.lint.successions[p.ID] {
			after := s.On
			if then, _ := x.at(s.Code, after-1); !then {
				c.report(Fault, s.at, fmt.Sprintf("%s is in no schedule until %s", s.Code, after.Date(p.Zone)), "only a line that was there can be succeeded")
			}
			if then, _ := x.at(s.Successor, after); !then {
				c.report(Fault, s.at, fmt.Sprintf("%s is in no schedule on %s", s.Successor, after.Date(p.Zone)), "only a line that is there can succeed another")
			}
		}
	}
}
