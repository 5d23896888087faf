package exchange

// Cells appends the cells of the answer to buf: those of the row, then those of
// the columns.
func (a *Answer) Cells(buf []string, columns []OutColumn) []string {
	var r Record
	a.record(&r, columns)
	return r.strings(buf)
}
