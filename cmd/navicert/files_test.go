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
	for _, f := range exchange.FactNames {
		fmt.Fprintf(&fields, "| `%s` | %s |\n", f.Fact, strings.Join(f.Synonyms, ", "))
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
	holdTables(t, "files.md", map[string]string{"fields": fields.String(), "answers": answers.String()})
}

// TestComparePage holds that the table of docs/compare.md is that of the program.
func TestComparePage(t *testing.T) {
	var columns strings.Builder
	columns.WriteString("| column | is |\n| --- | --- |\n")
	for _, c := range exchange.CompareColumns() {
		fmt.Fprintf(&columns, "| `%s` | %s |\n", c.Name, c.About)
	}
	holdTables(t, "compare.md", map[string]string{"columns": columns.String()})
}

// holdTables holds that a page has these tables, each between two marks.
func holdTables(t *testing.T, page string, tables map[string]string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", page)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, table := range tables {
		before, rest, ok := strings.Cut(want, "<!-- "+name+" -->\n")
		_, after, ok2 := strings.Cut(rest, "<!-- /"+name+" -->")
		if !ok || !ok2 {
			t.Fatalf("docs/%s has no place for the table of %s", page, name)
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
		t.Errorf("docs/%s is out of date; run make golden (-file +program):\n%s", page, diff)
	}
}
