package rulepack

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestRealPacks reads the packs of this repository and prints every problem.
func TestRealPacks(t *testing.T) {
	const root = "../../packs"
	found, err := filepath.Glob(root + "/*/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("the packs are not where this test looks for them")
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

// TestRealFormat holds that the settled packs of this repository say what they
// said.
func TestRealFormat(t *testing.T) {
	const root = "../../packs"
	found, err := filepath.Glob(root + "/*/pack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("the packs are not where this test looks for them")
	}
	var dirs []string
	settled := fstest.MapFS{}
	for _, f := range found {
		dir := filepath.Base(filepath.Dir(f))
		dirs = append(dirs, dir)
		files, err := Format(os.DirFS(root), dir)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			settled[dir+"/"+name] = &fstest.MapFile{Data: data}
		}
	}
	before, _ := Read(os.DirFS(root), dirs...)
	after, _ := Read(settled, dirs...)
	if !cmp.Equal(before, after, equalSets) {
		t.Errorf("the settled packs say something else:\n%s", cmp.Diff(before, after, equalSets))
	}
	for _, dir := range dirs {
		again, err := Format(settled, dir)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range again {
			if !bytes.Equal(data, settled[dir+"/"+name].Data) {
				t.Errorf("%s/%s is not settled at once", dir, name)
			}
		}
	}
}
