package exchange

// Cells appends the cells of the answer to buf: those of the row, then those of
// the columns.
func (a *Answer) Cells(buf []string, columns []OutColumn) []string {
	if a.words == nil {
		w := wordings{register: new(register)}
		a.words = w.of(&a.Summary)
	}
	var r Record
	a.record(&r, columns)
	return r.strings(buf)
}

// ScatteredIn asks for entries of which so many lines are kept in memory.
func ScatteredIn(room int) *Scattered { return &Scattered{room: room} }

// LikeThat keeps as many lines in memory as was asked for.
func (s *Scattered) LikeThat(asked *Scattered) *Scattered {
	if asked.room > 0 {
		s.room = asked.room
	}
	return s
}
