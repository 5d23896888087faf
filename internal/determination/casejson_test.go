package determination

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// JSON is read as JSON: its escapes, its numbers as they are written, its blanks.
func TestParseCaseJSON(t *testing.T) {
	c, err := ParseCase([]byte("{\t\"goods\":\"8505.11.00.70\",\r\n\t\"description\": \"a \\ud83e\\uddf2 \\/ \\\"x\\\"\", \"closed\": true, \"value\": null,\n\"facts\": {\"goods.Dy\": 2.50, \"civil\": false}}"), "case")
	if err != nil {
		t.Fatal(err)
	}
	if c.Description != "a \U0001f9f2 / \"x\"" || !c.Closed || c.Value != "" {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff(map[string]string{"goods.Dy": "2.50", "civil": "false"}, c.Facts); diff != "" {
		t.Error(diff)
	}
}

// Faults of JSON have the line and the column of the value.
func TestParseCaseJSONPlaces(t *testing.T) {
	_, err := ParseCase([]byte("{\"é\": 1, \"goods\": [],\n  \"from\": \"CN\", \"from\": {},\n  \"facts\": 3}"), "case")
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	got := map[string][2]int{}
	for _, p := range problems {
		got[p.Field] = [2]int{p.Line, p.Column}
	}
	want := map[string][2]int{"é": {1, 2}, "goods": {1, 19}, "from": {2, 17}, "facts": {3, 12}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
