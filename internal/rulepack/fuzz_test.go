package rulepack

import (
	"bytes"
	"path"
	"slices"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v4"
)

// readAnything reads and checks packs in whatever state; nothing may panic, and
// what has no fault must hold together.
func readAnything(t *testing.T, fsys fstest.MapFS) {
	set, problems := Read(fsys, "dexter")
	if set == nil || set.Env == nil {
		t.Fatal("no set")
	}
	if !slices.IsSortedFunc(problems, func(a, b Problem) int {
		if a.File != b.File {
			return bytes.Compare([]byte(a.File), []byte(b.File))
		}
		return a.Line - b.Line
	}) {
		t.Error("the problems are not in order")
	}
	Check(set)
	Report(set, 0)
	for _, p := range set.Packs {
		for _, m := range p.Measures {
			for i := range m.Acts {
				if m.Acts[i].By == nil || m.Acts[i].Effect.Kind == 0 {
					t.Fatalf("%s has the act %+v", m.ID, m.Acts[i])
				}
			}
		}
	}
}

func FuzzReadYAML(f *testing.F) {
	files := []string{dutiesFile, headFile, factsFile, instrumentsFile, lanesFile, controlFile}
	good := goodPacks(f)
	for i, name := range files {
		f.Add(uint8(i), good[name].Data)
	}
	for _, fault := range faults {
		if i := slices.Index(files, fault.file); i >= 0 {
			fsys := goodPacks(f)
			replace(f, fsys, fault.file, fault.old, fault.new)
			f.Add(uint8(i), fsys[fault.file].Data)
		}
	}
	f.Fuzz(func(t *testing.T, file uint8, data []byte) {
		fsys := goodPacks(t)
		fsys[files[int(file)%len(files)]] = &fstest.MapFile{Data: data}
		readAnything(t, fsys)
	})
}

func FuzzReadList(f *testing.F) {
	files := []string{goodsFile, "dexter/lists/us.out.csv", itemsFile, "lorica/lists/cn.parties.csv", tableFile, "dexter/schedule/programmes.csv", "dexter/schedule/chapter-99.csv"}
	good := goodPacks(f)
	for i, name := range files {
		f.Add(uint8(i), good[name].Data)
	}
	f.Add(uint8(0), []byte("code,by\n\"7318\n,x\""))
	f.Add(uint8(0), []byte("\xef\xbb\xbfcode,by\n"))
	f.Add(uint8(4), []byte("code,code\n73,74\n"))
	f.Fuzz(func(t *testing.T, file uint8, data []byte) {
		fsys := goodPacks(t)
		fsys[files[int(file)%len(files)]] = &fstest.MapFile{Data: data}
		readAnything(t, fsys)
	})
}

// FuzzFormat holds that a settled file is settled, and says what it said.
func FuzzFormat(f *testing.F) {
	files := []string{dutiesFile, headFile, lanesFile, goodsFile, tableFile}
	good := goodPacks(f)
	for i, name := range files {
		f.Add(uint8(i), good[name].Data)
	}
	f.Add(uint8(0), []byte("# a\n\n# b\nmeasures: # c\n# d\n- id: x\n  # e\n  kind: duty\n\n  # f\n\n# g\n- id: y\n  note: |\n    - a\n\n    # b\n# h\nprogramme: {id: a, # i\n title: b}\n"))
	f.Fuzz(func(t *testing.T, file uint8, data []byte) {
		name := files[int(file)%len(files)]
		pf := textFile(name[len("dexter/"):], string(data), [32]byte{})
		s := newShapes()
		once, problems := formatFile(name, pf, s)
		if len(problems) > 0 {
			return
		}
		pf = textFile(pf.path, string(once), pf.sum)
		twice, problems := formatFile(name, pf, s)
		if len(problems) > 0 {
			t.Fatalf("%q becomes %q, which has problems: %v", data, once, problems)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("%q becomes %q and then %q", data, once, twice)
		}
		var before, after yaml.Node
		if path.Ext(name) == ".yaml" && yaml.Load(data, &before) == nil && yaml.Load(once, &after) == nil && !saySame(&before, &after) {
			t.Fatalf("%q becomes %q, which says something else", data, once)
		}
	})
}

// saySame compares nodes without places, comments and the order of keys.
func saySame(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		return slices.EqualFunc(a.Content, b.Content, saySame)
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		found := false
		for j := 0; j+1 < len(b.Content); j += 2 {
			found = found || saySame(a.Content[i], b.Content[j]) && saySame(a.Content[i+1], b.Content[j+1])
		}
		if !found {
			return false
		}
	}
	return true
}
