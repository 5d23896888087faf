package rulepack

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// rows reads the rows of a CSV file as [csv.Reader] does. A row that stands on one
// line, as nearly all do, it parts itself, so that its fields are parts of the text and
// no copies. From the first row on that does not, or in which anything is wrong, a
// csv.Reader reads.
type rows struct {
	text    string
	at      int      // where the next row begins
	line    int      // of the row
	columns int      // fields of the first row
	fields  []string // of the row; overwritten by the next
	starts  []int    // of the fields in the line

	rest   *csv.Reader // reads what is left; nil: the rows are parted here
	before int         // lines before what is left
}

// next goes to the next row. The error is io.EOF behind the last one, and a
// [csv.ParseError] where the row cannot be read; it is [csv.ErrFieldCount] where the row
// has not as many fields as the first.
func (r *rows) next() error {
	for r.rest == nil {
		line := r.text[r.at:]
		end := strings.IndexByte(line, '\n')
		next := end + 1
		if end < 0 {
			end, next = len(line), len(line)
		}
		switch {
		case line == "":
			return io.EOF
		case end == 0: // csv.Reader passes over empty lines too
		case !r.part(line[:end]):
			r.rest, r.before = csv.NewReader(strings.NewReader(line)), r.line
			r.rest.FieldsPerRecord, r.rest.ReuseRecord = r.columns, true
			continue
		case r.columns == 0:
			r.columns = len(r.fields)
		}
		r.at += next
		r.line++
		if end > 0 {
			if len(r.fields) != r.columns {
				return csv.ErrFieldCount
			}
			return nil
		}
	}
	var err error
	r.fields, err = r.rest.Read()
	var fault *csv.ParseError
	if errors.As(err, &fault) {
		fault.StartLine += r.before
		fault.Line += r.before
	}
	if err == nil || errors.Is(err, csv.ErrFieldCount) {
		r.line, _ = r.place(0)
	}
	return err
}

// part parts a line into fields. It reports whether that can be done without looking
// at other lines.
func (r *rows) part(line string) bool {
	if strings.IndexByte(line, '\r') >= 0 {
		return false
	}
	quotes := strings.IndexByte(line, '"') >= 0
	r.fields, r.starts = r.fields[:0], r.starts[:0]
	for at := 0; ; {
		r.starts = append(r.starts, at)
		var field string
		if quotes && at < len(line) && line[at] == '"' {
			end, ok := 0, false
			if field, end, ok = quoted(line[at+1:]); !ok {
				return false
			}
			at += end + 1
		} else {
			end := strings.IndexByte(line[at:], ',')
			if end < 0 {
				end = len(line) - at
			}
			if field = line[at : at+end]; quotes && strings.IndexByte(field, '"') >= 0 {
				return false
			}
			at += end
		}
		r.fields = append(r.fields, field)
		switch {
		case at == len(line):
			return true
		case line[at] != ',':
			return false
		}
		at++
	}
}

// quoted returns the field that stands before the next quote which is no double one,
// and what comes behind that quote.
func quoted(text string) (field string, behind int, ok bool) {
	doubled := false
	for {
		i := strings.IndexByte(text[behind:], '"')
		if i < 0 {
			return "", 0, false
		}
		behind += i + 1
		if behind == len(text) || text[behind] != '"' {
			break
		}
		doubled = true
		behind++
	}
	field = text[:behind-1]
	if doubled {
		field = strings.ReplaceAll(field, `""`, `"`)
	}
	return field, behind, true
}

// place returns the line and the column, in bytes, of a field of the row.
func (r *rows) place(field int) (line, column int) {
	if r.rest == nil {
		return r.line, r.starts[field] + 1
	}
	line, column = r.rest.FieldPos(field)
	return r.before + line, column
}
