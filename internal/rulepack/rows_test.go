package rulepack

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// Rows are what encoding/csv reads, at the same places and with the same faults.
func FuzzRows(f *testing.F) {
	for _, text := range []string{
		"", "\n", "a", "a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\n\n\"x, y\",\n", "a,b\n\"say \"\"no\"\"\",2\n,",
		"a,b\n1,2,3\n4,5\n6\n", "a,b\n\"two\nlines\",2\n3,4\n5\n", "a,b\n1,2\n\"open\n", "a,b\n1,\"2\"x\n3,4\n", "a,b\n1,2\"\n", "a\n1\n\r\n\r2\r", `"`, `""`, "a,\"\"\n,\"\"", "\"a\nb\",c\n1\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, want := &rows{text: text}, csv.NewReader(strings.NewReader(text))
		for n := 0; ; n++ {
			err := got.next()
			row, wantErr := want.Read()
			var fault, wantFault *csv.ParseError
			switch {
			case errors.Is(wantErr, csv.ErrFieldCount):
				if !errors.Is(err, csv.ErrFieldCount) {
					t.Fatalf("%q, row %d: %v, not %v", text, n, err, wantErr)
				}
			case errors.As(wantErr, &wantFault):
				if !errors.As(err, &fault) || *fault != *wantFault {
					t.Fatalf("%q, row %d: %v, not %v", text, n, err, wantErr)
				}
				return
			case err != wantErr:
				t.Fatalf("%q, row %d: %v, not %v", text, n, err, wantErr)
			case err == io.EOF:
				return
			}
			if !slices.Equal(got.fields, row) {
				t.Fatalf("%q, row %d: %q, not %q", text, n, got.fields, row)
			}
			for i := range row {
				line, column := got.place(i)
				if wantLine, wantColumn := want.FieldPos(i); line != wantLine || column != wantColumn {
					t.Fatalf("%q, row %d, field %d: at %d:%d, not %d:%d", text, n, i, line, column, wantLine, wantColumn)
				}
			}
			if line, _ := want.FieldPos(0); got.line != line {
				t.Fatalf("%q, row %d: in line %d, not %d", text, n, got.line, line)
			}
		}
	})
}
