package rulepack

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ReadCases reads the worked cases of the pack in the directory, in order of
// files and of cases within them, and returns every problem of their frame.
// What is asked and what is expected is not looked into.
func ReadCases(fsys fs.FS, dir string) ([]Case, Problems) {
	dir = path.Clean(dir)
	folder := path.Join(dir, "cases")
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		if _, err := fs.Stat(fsys, dir); err == nil {
			return nil, nil // a pack without cases
		}
		return nil, Problems{{File: dir, Message: "cannot be read: " + reason(err)}}
	}
	r := &caseReader{shapes: newShapes(), first: map[string]mark{}}
	for _, e := range entries {
		file := path.Join(folder, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case path.Ext(e.Name()) == ".yml":
			r.problems = append(r.problems, Problem{File: file, Message: "the file is no part of a pack", Hint: "name it .yaml"})
		case path.Ext(e.Name()) == ".yaml" && !e.IsDir():
			data, err := fs.ReadFile(fsys, file)
			if err != nil {
				r.problems = append(r.problems, Problem{File: file, Message: "cannot be read: " + reason(err)})
				continue
			}
			r.read(file, data)
		}
	}
	return r.cases, r.problems.sorted()
}

type caseReader struct {
	shapes   *shapes
	first    map[string]mark // by id
	cases    []Case
	problems Problems
}

func (r *caseReader) read(file string, data []byte) {
	d := openDocument(file, string(data), nil)
	if d.root != nil {
		if top, ok := d.mapping(d.root, r.shapes.cases); ok {
			for _, n := range top.sequence("cases") {
				r.readCase(d, n)
			}
		}
	}
	r.problems = append(r.problems, d.problems...)
}

func (r *caseReader) readCase(d *document, n *yaml.Node) {
	f, ok := d.mapping(n, r.shapes.theCase)
	if !ok {
		return
	}
	c := Case{
		ID:         f.text("id"),
		Title:      f.text("title"),
		Citations:  f.strings("citations"),
		Confidence: f.confidence("confidence"),
		Note:       f.text("note"),
		Input:      f.values["case"],
		Expect:     f.values["expect"],
		File:       d.file,
		Line:       n.Line,
	}
	for _, key := range []string{"case", "expect"} {
		if v := f.values[key]; v != nil && v.Kind != yaml.MappingNode {
			d.faultAt(v, fmt.Sprintf("%s must be a mapping, not %s", f.what(key), describe(v)), "")
			return
		}
	}
	if first, dup := r.first[c.ID]; dup && c.ID != "" {
		d.faultAt(f.values["id"], fmt.Sprintf("there is a case %q already, at %s", c.ID, first), "give each an id of its own")
		return
	}
	if c.ID == "" || c.Input == nil || c.Expect == nil {
		return
	}
	r.first[c.ID] = d.mark(f.values["id"])
	r.cases = append(r.cases, c)
}
