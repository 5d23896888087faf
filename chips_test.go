package navicert

import (
	"os"
	"strings"
	"testing"
)

// The table of circuits in docs/law/us-advanced-computing.md is what the engine
// answers.
func TestCircuitTable(t *testing.T) {
	page, err := os.ReadFile("docs/law/us-advanced-computing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "\n| circuit |")
	if !ok {
		t.Fatal("the page has no table of circuits")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	var days []string
	e, circuits := engine(t), 0
	for i, row := range rows {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		switch {
		case i == 0:
			days = cells[4:]
			continue
		case i == 1:
			continue
		}
		circuits++
		facts := map[string]string{"goods.datacentre": "true", "goods.computing_form": "integrated-circuit", "end_user.military": "false",
			"goods.us_commercial_2026_01_15": "true", "certified.supply": "true", "certified.foundry": "true", "certified.volume": "true",
			"certified.access": "true", "certified.testing": "true", "certified.civil": "true"}
		for j, fact := range []string{"goods.tpp", "goods.performance_density", "goods.interconnect", "goods.dram_bandwidth"} {
			if cells[j+1] != "" {
				facts[fact] = cells[j+1]
			}
		}
		for j, day := range days {
			d, err := e.Determine(Case{From: "US", To: "CN", Origin: "US", On: day, Closed: true, Only: "export", Facts: facts})
			if err != nil {
				t.Fatal(err)
			}
			got := "free"
			for _, l := range d.Document().Lines {
				if !strings.HasPrefix(l.Measure, "us.3a090") {
					continue
				}
				got = strings.Join(l.Items, ", ")
				if day >= "2026-01-15" {
					got = l.Review
				}
			}
			if want := cells[j+5]; got != want {
				t.Errorf("%s on %s: %s, want %s", cells[0], day, got, want)
			}
		}
	}
	if circuits != 9 {
		t.Errorf("%d circuits", circuits)
	}
}
