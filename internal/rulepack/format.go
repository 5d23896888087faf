package rulepack

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Format returns the files of the pack in the directory in their settled
// layout, by their paths in the pack; files that are settled already are
// returned too. Comments and the order of entries stay as they are; keys come in
// the order of docs/packs.md. Formatting again changes nothing, and the pack
// reads the same. The error is [Problems]: files that cannot be parsed.
func Format(fsys fs.FS, dir string) (map[string][]byte, error) {
	dir = path.Clean(dir)
	r := &reader{fsys: fsys, shapes: newShapes()}
	p := &packReader{Pack: &Pack{Dir: dir}, r: r}
	if !p.readFiles() {
		return nil, p.problems.sorted()
	}
	files := p.files
	if entries, err := fs.ReadDir(fsys, path.Join(dir, "cases")); err == nil {
		for _, e := range entries {
			name := path.Join("cases", e.Name())
			if e.IsDir() || path.Ext(name) != ".yaml" {
				continue
			}
			f, err := readFile(fsys, path.Join(dir, name))
			if err != nil {
				p.fault(p.file(name), 0, 0, "cannot be read: "+reason(err), "")
				continue
			}
			f.path = name
			files = append(files, f)
		}
	}
	out := make(map[string][]byte, len(files))
	for _, f := range files {
		settled, problems := formatFile(p.file(f.path), f, r.shapes)
		p.problems = append(p.problems, problems...)
		out[f.path] = settled
	}
	if len(p.problems) > 0 {
		return nil, p.problems.sorted()
	}
	return out, nil
}

func formatFile(file string, f packFile, s *shapes) ([]byte, Problems) {
	if path.Ext(f.path) == ".csv" {
		return formatCSV(file, f)
	}
	top := map[string]*shape{"pack.yaml": s.pack, "instruments.yaml": s.instruments, "facts.yaml": s.facts, "lanes.yaml": s.lanes}[f.path]
	switch path.Dir(f.path) {
	case "measures":
		top = s.measures
	case "cases":
		top = s.cases
	}
	return formatYAML(file, f.text(), top)
}

func formatYAML(file, text string, top *shape) ([]byte, Problems) {
	d := openDocument(file, text, nil)
	if d.root == nil || len(d.problems) > 0 {
		return nil, d.problems
	}
	var before []byte
	// Comments may settle in a second place only when they have left their
	// first, so go on until nothing moves.
	for range 6 {
		arrange(d.root, top)
		said := copyOf(d.root) // the encoder changes what it writes
		out, err := yaml.Dump(d.doc, yaml.WithV4Defaults(), yaml.WithLineWidth(-1), yaml.WithUniqueKeys(false))
		if err != nil {
			return nil, Problems{{File: file, Message: "cannot be written: " + err.Error()}}
		}
		out = space(out)
		// What the encoder cannot write as it was read is left to its author.
		if d = openDocument(file, string(out), nil); d.root == nil || !sameText(said, d.root) {
			return nil, Problems{{File: file, Message: "the file cannot be put into layout without changing what it says", Hint: "write it in a plainer way, without empty keys and line breaks in quotes"}}
		}
		if bytes.Equal(before, out) {
			break
		}
		before = out
	}
	return before, nil
}

// copyOf copies what a node says.
func copyOf(n *yaml.Node) *yaml.Node {
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Content: make([]*yaml.Node, len(n.Content))}
	for i, e := range n.Content {
		c.Content[i] = copyOf(e)
	}
	return c
}

// sameText reports whether two nodes say the same, whatever their places,
// comments and layout.
func sameText(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameText)
}

// arrange puts the keys of a mapping, or of each mapping of a list, into the
// order of their shape; keys that it does not have stay at the end.
func arrange(n *yaml.Node, s *shape) {
	if n.Kind == yaml.SequenceNode {
		for _, e := range n.Content {
			arrange(e, s)
		}
	}
	if n.Kind != yaml.MappingNode || s == nil {
		return
	}
	type pair struct{ key, value *yaml.Node }
	pairs := make([]pair, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		pairs = append(pairs, pair{n.Content[i], n.Content[i+1]})
	}
	rank := func(p pair) int {
		if i := slices.Index(s.names(), p.key.Value); i >= 0 {
			return i
		}
		return len(s.keys)
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return rank(a) - rank(b) })
	n.Content = n.Content[:0]
	for _, p := range pairs {
		n.Content = append(n.Content, p.key, p.value)
		k := s.find(p.key.Value)
		switch {
		case k == nil || k.value == nil:
		case k.named && p.value.Kind == yaml.MappingNode:
			for i := 1; i < len(p.value.Content); i += 2 {
				arrange(p.value.Content[i], k.value)
			}
		default:
			arrange(p.value, k.value)
		}
	}
}

// space puts an empty line between the entries of a file, which are the
// mappings in block style of the lists at its top, and before each later key at
// its top, in front of the comments that belong to them.
func space(text []byte) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	entry := func(i int) bool {
		l := lines[i]
		return strings.HasPrefix(l, "- ") && !strings.HasPrefix(l, "- {") && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "  ")
	}
	inList := false // a list at the top has such entries, so the next key stands apart
	var out strings.Builder
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "#"):
			if i > 0 && !strings.HasPrefix(lines[i-1], "#") {
				j := i
				for j < len(lines) && strings.HasPrefix(lines[j], "#") {
					j++
				}
				if j < len(lines) && (entry(j) || inList && topKey(lines[j])) {
					blank(&out)
				}
			}
		case entry(i):
			if i > 0 && !topKey(lines[i-1]) && !strings.HasPrefix(lines[i-1], "#") {
				blank(&out)
			}
			inList = true
		case topKey(l):
			if inList && !strings.HasPrefix(lines[i-1], "#") {
				blank(&out)
			}
			inList = false
		}
		out.WriteString(l)
	}
	return []byte(out.String())
}

func blank(b *strings.Builder) {
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		b.WriteByte('\n')
	}
}

// topKey reports whether a line holds a key at the top of the file.
func topKey(line string) bool {
	return line != "" && line[0] >= 'a' && line[0] <= 'z' && strings.Contains(line, ":")
}

// formatCSV puts the columns into their order and takes off quotes that are not
// needed. A schedule is put in the order of its codes.
func formatCSV(file string, f packFile) ([]byte, Problems) {
	t := &csvTable{file: file, text: f.text()}
	if line, column, what := notText(f.text()); what != "" {
		t.faultLine(line, column, what, "save the file as UTF-8 without a byte order mark")
		return nil, t.problems
	}
	reader := csv.NewReader(strings.NewReader(f.text()))
	rows, err := reader.ReadAll()
	if err != nil {
		t.csvError(err)
		return nil, t.problems
	}
	if len(rows) == 0 {
		t.faultLine(1, 1, "the file is empty", "")
		return nil, t.problems
	}
	columns := listColumns(kindOf(f.head))
	if path.Dir(f.path) == "groups" {
		columns = groupColumns
	}
	if path.Dir(f.path) == "schedule" {
		columns = scheduleColumns
		if slices.Contains(rows[0], "symbol") {
			columns = programmeColumns
		}
	}
	order := make([]int, len(rows[0]))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int {
		if n := slices.IndexFunc(columns, func(c column) bool { return c.name == rows[0][i] }); n >= 0 {
			return n
		}
		return len(columns)
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	if code := slices.Index(rows[0], "code"); code >= 0 && path.Dir(f.path) == "schedule" {
		digits := strings.NewReplacer(".", "", " ", "")
		type line struct {
			digits string
			row    []string
		}
		lines := make([]line, len(rows)-1)
		for i, row := range rows[1:] {
			lines[i] = line{digits.Replace(row[code]), row}
		}
		slices.SortStableFunc(lines, func(a, b line) int { return strings.Compare(a.digits, b.digits) })
		for i, l := range lines {
			rows[i+1] = l.row
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for n, row := range rows {
		record := make([]string, len(order))
		for i, j := range order {
			record[i] = row[j]
		}
		rows[n] = record
		if err := w.Write(record); err != nil {
			t.faultLine(1, 1, "cannot be written: "+err.Error(), "")
			return nil, t.problems
		}
	}
	w.Flush()
	after, err := csv.NewReader(bytes.NewReader(out.Bytes())).ReadAll()
	if err != nil || !slices.EqualFunc(rows, after, slices.Equal[[]string]) {
		t.faultLine(1, 1, "the file cannot be put into layout without changing what it says", "leave out rows that are empty, and line breaks in quotes")
		return nil, t.problems
	}
	return out.Bytes(), nil
}
