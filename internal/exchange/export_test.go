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
