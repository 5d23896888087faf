package importer

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The lists of China's additional duties have as many lines as the announcements
// say, whether they were held or derived. Lines that are new since 2022 stand in
// for others, and are not counted.
func TestCommittedChinaLists(t *testing.T) {
	for _, test := range []struct {
		name  string
		lists []string
		lines int
	}{
		{"notice 13 of 2018, 15 %", []string{"cn.232.15"}, 120},
		{"notice 13 of 2018, 25 %", []string{"cn.232.25"}, 8},
		{"announcement 5 of 2018", []string{"cn.301.list-a", "cn.301.autos-a"}, 545},
		{"announcement 7 of 2018", []string{"cn.301.list-b", "cn.301.autos-b"}, 333},
		{"announcement 8 of 2018", []string{"cn.301.list-c-*", "cn.301.autos-c"}, 5207},
		{"announcement 3 of 2019, 25 %", []string{"cn.301.list-c-25"}, 2493},
		{"announcement 3 of 2019, 20 %", []string{"cn.301.list-c-20"}, 1078},
		{"announcement 3 of 2019, 10 %", []string{"cn.301.list-c-10"}, 974},
		{"announcement 10 of 2018", []string{"cn.301.autos-*"}, 211},
	} {
		if n := len(committedRows(t, test.lists, func(r []string) bool { return r[1] == "" })); n != test.lines {
			t.Errorf("%s: %d lines, the announcement has %d", test.name, n, test.lines)
		}
	}
	for _, test := range []struct {
		name, list string
		lines      int
	}{
		{"announcement 1 of 2025, 15 %", "cn.2025.energy-15", 8},
		{"announcement 1 of 2025, 10 %", "cn.2025.machinery-10", 72},
		{"announcement 2 of 2025, 15 %", "cn.2025.farm-15", 29},
		// 711 with the two lines of 2003.90 that are in doubt.
		{"announcement 2 of 2025, 10 %", "cn.2025.farm-10", 709},
	} {
		if n := len(committedRows(t, []string{test.list}, func([]string) bool { return true })); n != test.lines {
			t.Errorf("%s: %d lines, the announcement has %d", test.name, n, test.lines)
		}
	}
}

func committedRows(t *testing.T, lists []string, want func([]string) bool) [][]string {
	t.Helper()
	var out [][]string
	for _, list := range lists {
		files, err := filepath.Glob("../../../packs/cn-tariff/lists/" + list + ".csv")
		if err != nil || len(files) == 0 {
			t.Fatalf("no list %s: %v", list, err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows[1:] {
				if want(r) {
					out = append(out, r)
				}
			}
		}
	}
	return out
}
