package rulepack

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRealPacks reads the packs of this repository and prints every problem.
func TestRealPacks(t *testing.T) {
	const root = "../../packs"
	found, err := filepath.Glob(root + "/*/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Skip("no packs yet")
	}
	var dirs []string
	for _, f := range found {
		dirs = append(dirs, filepath.Base(filepath.Dir(f)))
	}
	set, problems := Read(os.DirFS(root), dirs...)
	problems = append(problems, Check(set)...).sorted()
	for _, p := range problems {
		t.Log(p)
	}
	if n := len(problems.Faults()); n > 0 {
		t.Errorf("%d faults", n)
	}
	for _, p := range set.Packs {
		rows := 0
		for _, l := range p.GoodsLists {
			rows += len(l.Rows)
		}
		t.Logf("%s: %d instruments, %d facts, %d measures, %d relations, %d lanes, %d goods rows, %d schedule lines",
			p.ID, len(p.Instruments), len(p.Facts), len(p.Measures), len(p.Relations), len(p.Lanes), rows, p.Table.Len())
	}
}
