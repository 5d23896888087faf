package determination_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/navicert/navicert/internal/determination"
)

// readDocument reads a document written by hand: the renderings are tested on
// their own, not on what the packs of the day happen to say.
func readDocument(t *testing.T, name string) *determination.Document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "render", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var d determination.Document
	if err := dec.Decode(&d); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return &d
}

// golden compares with a file; UPDATE_GOLDEN=1 writes it instead.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "render", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestRenderings(t *testing.T) {
	for _, name := range []string{"magnet", "open", "licence", "refer"} {
		t.Run(name, func(t *testing.T) {
			d := readDocument(t, name)
			for suffix, render := range map[string]func(io.Writer) error{
				".txt": func(w io.Writer) error { return d.Text(w, determination.TextOptions{}) },
				".md":  d.Markdown,
				".tsv": d.FilingLines,
			} {
				var b bytes.Buffer
				if err := render(&b); err != nil {
					t.Fatal(err)
				}
				golden(t, name+suffix, b.Bytes())
			}
		})
	}
}

// TestTextFits holds the promise of the width: no line is longer, whatever it
// is, unless a single word is.
func TestTextFits(t *testing.T) {
	for _, name := range []string{"magnet", "open", "licence", "refer"} {
		d := readDocument(t, name)
		d.Digest = ""
		for _, width := range []int{60, 72, 80, 100, 140} {
			var b bytes.Buffer
			if err := d.Text(&b, determination.TextOptions{Width: width}); err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(b.String(), "\n") {
				if n := utf8.RuneCountInString(line); n > width {
					t.Errorf("%s at %d columns: line %d has %d: %s", name, width, i+1, n, line)
				}
			}
		}
	}
}

// TestFiguresSurvive holds that no layout drops or cuts a figure.
func TestFiguresSurvive(t *testing.T) {
	d := readDocument(t, "open")
	for _, width := range []int{60, 80, 120} {
		var b bytes.Buffer
		if err := d.Text(&b, determination.TextOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, figure := range []string{"308,641.97", "246,913.58", "61,728.39 to 123,456.79", "679,012.34 to 987,654.31", "1,234,567.89 USD"} {
			if !strings.Contains(b.String(), figure) {
				t.Errorf("at %d columns %q is missing:\n%s", width, figure, b.String())
			}
		}
	}
}

// TestColourAddsOnly holds that colour says nothing that words do not: without
// its escapes the text is the same.
func TestColourAddsOnly(t *testing.T) {
	for _, name := range []string{"magnet", "open", "licence", "refer"} {
		d := readDocument(t, name)
		var with, without bytes.Buffer
		if err := d.Text(&with, determination.TextOptions{Colour: true}); err != nil {
			t.Fatal(err)
		}
		if err := d.Text(&without, determination.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(with.String(), "\x1b[") {
			t.Errorf("%s: no colour at all", name)
		}
		if diff := cmp.Diff(without.String(), stripANSI(with.String())); diff != "" {
			t.Errorf("%s (-plain +coloured, stripped):\n%s", name, diff)
		}
	}
}

func stripANSI(s string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

// TestEmptyDocument holds that nothing empty is printed, and that an answer of no
// leg says so.
func TestEmptyDocument(t *testing.T) {
	d := &determination.Document{On: "2025-06-15", Known: "2025-06-15", Case: determination.Echo{From: "CN", To: "US"}, Exact: true}
	var b bytes.Buffer
	if err := d.Text(&b, determination.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "  Goods not named   CN → US\n  on 2025-06-15, as known on 2025-06-15\n\n  Not answered: the packs hold no export law of CN and no import law of US.\n\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What the packs do not cover is a list of its own in a document that is kept, and one
// sentence where it would bury the answer.
func TestNotCoveredApart(t *testing.T) {
	doc := &determination.Document{Notes: []string{"A note.", "Not covered: Excise taxes.", "Not covered: Quotas."}}
	var text, marked bytes.Buffer
	if err := doc.Text(&text, determination.TextOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if err := doc.Markdown(&marked); err != nil {
		t.Fatal(err)
	}
	if got := text.String(); strings.Contains(got, "Excise") || strings.Count(got, "navicert version says") != 1 || !strings.Contains(got, "A note.") {
		t.Error(got)
	}
	if got := marked.String(); !strings.Contains(got, "\n- A note.\n") || !strings.Contains(got, "Not covered\n\n- Excise taxes.\n- Quotas.\n") {
		t.Error(got)
	}
	r := doc.Read()
	if len(r.Notes) != 1 || len(r.Uncovered) != 2 || r.Uncovered[1] != "Quotas." {
		t.Errorf("%q, %q", r.Notes, r.Uncovered)
	}
}
