package navicert_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/navicert/navicert"
)

// The first program of docs/api.md prints what is said there.
func TestFirstProgram(t *testing.T) {
	text, err := os.ReadFile("docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "It prints:\n\n```\n")
	want, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/api.md has no output of the first program")
	}
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		t.Fatal(err)
	}
	d, err := eng.Determine(navicert.Case{
		Goods: "8505.11.00.70", From: "CN", To: "US", Origin: "CN",
		On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD",
		Facts: map[string]string{"goods.Dy": "2.5", "end_user.military": "no"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintln(&out, d.Outcome())
	duty, currency, _ := d.Duty()
	fmt.Fprintln(&out, duty.Least, duty.Most, currency)
	doc := d.Document()
	for _, l := range doc.Lines {
		fmt.Fprintln(&out, l.Status, l.Measure, l.Rate, l.Citation)
	}
	for _, q := range doc.Questions {
		fmt.Fprintln(&out, q.Fact, q.Question)
	}
	if out.String() != want {
		t.Errorf("it prints\n%s\nand docs/api.md says\n%s", out.String(), want)
	}
}
