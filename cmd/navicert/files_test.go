package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/exchange"
)

// TestFilesPage holds that the tables of docs/files.md are those of the program.
func TestFilesPage(t *testing.T) {
	var fields, answers strings.Builder
	fields.WriteString("| field | recognised as |\n| --- | --- |\n")
	for _, f := range exchange.Fields {
		fmt.Fprintf(&fields, "| `%s` | %s |\n", f.Field, strings.Join(f.Synonyms, ", "))
	}
	answers.WriteString("| column | is | with `--detail` |\n| --- | --- | --- |\n")
	brief := exchange.OutColumns(exchange.Brief)
	for _, c := range exchange.OutColumns(exchange.Complete) {
		from := "full"
		for _, b := range brief {
			if b.Name == c.Name {
				from = "summary"
			}
		}
		for _, n := range exchange.OutColumns(exchange.None) {
			if n.Name == c.Name {
				from = "any"
			}
		}
		fmt.Fprintf(&answers, "| `%s` | %s | %s |\n", c.Name, c.About, from)
	}
	path := filepath.Join("..", "..", "docs", "files.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, table := range map[string]string{"fields": fields.String(), "answers": answers.String()} {
		before, rest, ok := strings.Cut(want, "<!-- "+name+" -->\n")
		_, after, ok2 := strings.Cut(rest, "<!-- /"+name+" -->")
		if !ok || !ok2 {
			t.Fatalf("docs/files.md has no place for the table of %s", name)
		}
		want = before + "<!-- " + name + " -->\n" + table + "<!-- /" + name + " -->" + after
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), want); diff != "" {
		t.Errorf("docs/files.md is out of date; run make golden (-file +program):\n%s", diff)
	}
}
