package rulepack

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones of packs, wherever they are read
	"unicode/utf8"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Proven is a file system whose packs were read whole and found to be without fault
// before they came into it, as tests do with those that are part of the program. Read
// leaves their tables and party lists until they are first asked, and panics then, if
// they have a fault after all.
type Proven interface {
	fs.FS
	// Outline returns the SHA-256 of a file and its first line; it is not ok where
	// these are known only when the file is read.
	Outline(name string) (sum [sha256.Size]byte, head string, ok bool)
}

// Read reads the packs in the directories, together with those that they depend
// on and that lie beside them, and returns every problem of every file at once,
// by file, line and column.
//
// The set holds whatever could be read. Use it for anything but Check and
// Report only where Problems has no fault.
func Read(fsys fs.FS, dirs ...string) (*Set, Problems) {
	r := &reader{fsys: fsys, shapes: newShapes(), citedIn: "add it to instruments.yaml", set: &Set{
		Measures:   map[string]*measure.Measure{},
		GoodsLists: map[string]*GoodsList{},
		ItemLists:  map[string]*ItemList{},
		lint:       newLint(),
	}}
	r.open(dirs)
	r.order()

	// The schedules are by far the most text and nothing else needs them.
	schedules := r.readSchedules()
	for _, p := range r.packs {
		p.openDocuments()
	}
	for _, p := range r.packs {
		p.readGroups()
		p.readInstruments()
		p.readGroupTables()
		p.readFacts()
	}
	for _, p := range r.packs {
		p.nameLists()
	}
	r.makeEnv()
	for _, p := range r.packs {
		p.readContradictions()
	}
	var lists sync.WaitGroup
	for _, p := range r.packs {
		p.readClassification()
		p.readLists(&lists)
	}
	for _, p := range r.packs {
		p.readConcordance()
		p.readBase()
	}
	for _, p := range r.packs {
		p.readMeasures()
		p.readLanes()
	}
	for _, p := range r.packs {
		p.needBase()
		p.matchPatterns()
	}
	lists.Wait()
	schedules.Wait()
	for _, p := range r.packs {
		p.takeLists()
		p.takeSchedule()
		r.problems = append(r.problems, p.problems...)
		for _, d := range p.documents {
			r.problems = append(r.problems, d.problems...)
		}
		r.set.Packs = append(r.set.Packs, p.Pack)
	}
	return r.set, r.problems.sorted()
}

// Files returns the files of the pack in the directory that are law, as they
// stand, by their paths in the pack. The error is [Problems].
func Files(fsys fs.FS, dir string) (map[string]string, error) {
	p := &packReader{Pack: &Pack{Dir: path.Clean(dir)}, r: &reader{fsys: fsys}}
	if !p.readFiles() || len(p.problems) > 0 {
		return nil, p.problems.sorted()
	}
	files := make(map[string]string, len(p.files))
	for _, f := range p.files {
		files[f.path] = f.text()
	}
	return files, nil
}

// reader is one call of Read.
type reader struct {
	fsys     fs.FS
	shapes   *shapes
	packs    []*packReader
	set      *Set
	env      *condition.Env
	compiled compiled
	declared map[string][]string // fact name: ids of the packs that declare it
	citedIn  string              // what to do where an instrument is not known
	problems Problems
}

// compiled is the conditions that were compiled, by their text.
type compiled struct {
	sync.Mutex
	by map[string]*condition.Expr
}

// condition compiles a text once, if it can be.
func (c *compiled) condition(env *condition.Env, src string) (*condition.Expr, error) {
	c.Lock()
	x := c.by[src]
	c.Unlock()
	if x != nil {
		return x, nil
	}
	x, err := env.Compile(src)
	if err != nil {
		return nil, err
	}
	c.Lock()
	defer c.Unlock()
	if c.by == nil {
		c.by = map[string]*condition.Expr{}
	}
	if other := c.by[src]; other != nil {
		return other, nil
	}
	c.by[src] = x
	return x, nil
}

// packReader is one pack while it is read.
type packReader struct {
	*Pack
	r            *reader
	dependencies []*packReader // transitive, in reading order
	files        []packFile    // by path
	head         *document     // pack.yaml
	headFields   fields
	factFields   fields // of facts.yaml
	documents    []*document
	problems     Problems

	// What is not known because its file cannot be read is not missed elsewhere.
	noInstruments, noFacts, noLists, noMeasures bool

	opened   map[string]func() *document // files being opened, by path
	lists    map[string]*listFile        // own lists by id
	items    Problems                    // of conditions in item lists
	patterns []patternUse                // to be matched when all measures are known
	tables   []*scheduleFiles
	ids      map[string]mark // of own measures and base measures
	laneIDs  map[string]mark
}

type packFile struct {
	path string // in the pack
	head string // its first line
	sum  [sha256.Size]byte
	text func() string
	// proven is a file of a [Proven] file system.
	proven bool
}

func (p *packReader) file(name string) string { return path.Join(p.Dir, name) }

func (p *packReader) fault(file string, line, column int, message, hint string) {
	p.problems = append(p.problems, Problem{File: file, Line: line, Column: column, Message: message, Hint: hint})
}

// document opens a YAML file of the pack.
func (p *packReader) document(f packFile) *document {
	open := p.opened[f.path]
	if open == nil {
		open = p.opening(f)
	}
	d := open()
	p.documents = append(p.documents, d)
	return d
}

func (p *packReader) opening(f packFile) func() *document {
	return sync.OnceValue(func() *document { return openDocument(p.file(f.path), f.text(), p.Zone) })
}

// openDocuments begins to parse the files that are read later.
func (p *packReader) openDocuments() {
	p.opened = map[string]func() *document{}
	files := p.in("measures")
	for _, name := range []string{"instruments.yaml", "facts.yaml", "lanes.yaml"} {
		if f, ok := p.find(name); ok {
			files = append(files, f)
		}
	}
	for _, f := range files {
		p.opened[f.path] = p.opening(f)
		go p.opened[f.path]()
	}
}

// find returns the file at a path in the pack.
func (p *packReader) find(name string) (packFile, bool) {
	i, ok := slices.BinarySearchFunc(p.files, name, func(f packFile, n string) int { return strings.Compare(f.path, n) })
	if !ok {
		return packFile{}, false
	}
	return p.files[i], true
}

// in returns the files of a folder of the pack.
func (p *packReader) in(folder string) []packFile {
	var out []packFile
	for _, f := range p.files {
		if path.Dir(f.path) == folder {
			out = append(out, f)
		}
	}
	return out
}

// visible returns the pack and the packs it depends on.
func (p *packReader) visible() []*packReader { return append(slices.Clip(p.dependencies), p) }

// sees reports whether the pack is the one of that id or depends on it.
func (p *packReader) sees(id string) bool {
	return p.ID == id || slices.ContainsFunc(p.dependencies, func(q *packReader) bool { return q.ID == id })
}

// some reports whether the pack or one that it depends on answers yes.
func (p *packReader) some(yes func(*packReader) bool) bool {
	return slices.ContainsFunc(p.visible(), yes)
}

// open reads the files of all packs, and of the dependencies that lie beside
// them.
func (r *reader) open(dirs []string) {
	seen := map[string]bool{}
	var queue []string
	for _, d := range dirs {
		queue = append(queue, path.Clean(d))
	}
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		p := &packReader{Pack: &Pack{
			Dir:         dir,
			FixedSlot:   -1,
			Portions:    map[string]Portion{},
			Groups:      map[string][]Membership{},
			Instruments: map[string]*measure.Instrument{},
			GoodsLists:  map[string]*GoodsList{},
			ItemLists:   map[string]*ItemList{},
			PartyLists:  map[string]*PartyList{},
			Zone:        time.UTC,
		}, r: r, lists: map[string]*listFile{}, ids: map[string]mark{}, laneIDs: map[string]mark{}}
		if !p.readFiles() {
			r.problems = append(r.problems, p.problems...)
			continue
		}
		p.readHead()
		if other := r.byID(p.ID); other != nil {
			p.fault(p.file("pack.yaml"), 1, 1, fmt.Sprintf("the pack %q was read already, from %s", p.ID, other.Dir), "give each pack an id of its own")
			p.ID = dir // so that the two are not taken for one
		}
		r.packs = append(r.packs, p)
		for _, id := range p.DependsOn {
			beside := path.Join(path.Dir(dir), id)
			if _, err := fs.Stat(r.fsys, path.Join(beside, "pack.yaml")); err == nil {
				queue = append(queue, beside)
			}
		}
	}
}

func (r *reader) byID(id string) *packReader {
	for _, p := range r.packs {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// readFiles reads every file of the pack that is law. It reports whether the
// directory is a pack at all.
func (p *packReader) readFiles() bool {
	if !fs.ValidPath(p.Dir) {
		p.fault(p.Dir, 0, 0, "not a path inside the file system", "give a path with slashes, without a leading slash or ..")
		return false
	}
	err := fs.WalkDir(p.r.fsys, p.Dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != p.Dir && (strings.HasPrefix(base, ".") || name == p.file("cases")) {
				return fs.SkipDir
			}
			return nil
		}
		within := strings.TrimPrefix(name, p.Dir+"/")
		if p.Dir == "." {
			within = name
		}
		switch law, hint := placeOf(within); {
		case law:
		case hint != "":
			p.fault(name, 0, 0, "the file is no part of a pack", hint)
			return nil
		default:
			return nil
		}
		f, err := readFile(p.r.fsys, name)
		if err != nil {
			p.fault(name, 0, 0, "cannot be read: "+reason(err), "")
			return nil
		}
		if path.Dir(within) == "schedule" && slices.Contains(headerOf(f.head), "edition") {
			return nil // how the tables were imported is no law
		}
		f.path = within
		p.files = append(p.files, f)
		return nil
	})
	if err != nil {
		p.fault(p.Dir, 0, 0, "cannot be read: "+reason(err), "")
		return false
	}
	if len(p.files) == 0 {
		p.problems = nil // what lies here is not meant to be one
		p.fault(p.Dir, 0, 0, "there is no pack here", "a pack has a pack.yaml")
		return false
	}
	slices.SortFunc(p.files, func(a, b packFile) int { return strings.Compare(a.path, b.path) })
	p.Digest = digest(p.files)
	return true
}

// readFile reads a file, or of a proven one its outline.
func readFile(fsys fs.FS, name string) (packFile, error) {
	if proven, ok := fsys.(Proven); ok {
		if sum, head, ok := proven.Outline(name); ok {
			return packFile{path: name, head: head, sum: sum, proven: true, text: sync.OnceValue(func() string {
				text, err := readText(fsys, name, io.Discard)
				if err != nil {
					panic(name + ": " + err.Error())
				}
				return text
			})}, nil
		}
	}
	sum := sha256.New()
	text, err := readText(fsys, name, sum)
	if err != nil {
		return packFile{}, err
	}
	return textFile(name, text, [sha256.Size]byte(sum.Sum(nil))), nil
}

// textFile is a file that was read.
func textFile(path, text string, sum [sha256.Size]byte) packFile {
	head, _, _ := strings.Cut(text, "\n")
	return packFile{path: path, head: head, sum: sum, text: func() string { return text }}
}

// readText returns what a file holds, and writes it to another place besides.
func readText(fsys fs.FS, name string, besides io.Writer) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text strings.Builder
	if info, err := f.Stat(); err == nil {
		text.Grow(int(info.Size()))
	}
	_, err = io.Copy(io.MultiWriter(&text, besides), f)
	return text.String(), err
}

// reason takes the path off an error of the file system, which says it twice.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// placeOf tells whether a path in a pack is law, and what is wrong with one
// that looks as if it were meant to be.
func placeOf(name string) (law bool, hint string) {
	dir, ext := path.Dir(name), path.Ext(name)
	switch {
	case slices.Contains([]string{"pack.yaml", "instruments.yaml", "facts.yaml", "lanes.yaml"}, name),
		dir == "measures" && ext == ".yaml",
		(dir == "lists" || dir == "schedule" || dir == "groups") && ext == ".csv":
		return true, ""
	case strings.HasPrefix(path.Base(name), "."):
		return false, ""
	case ext == ".yml":
		return false, "name it .yaml"
	case ext == ".yaml" && dir == ".":
		hint = didYouMean(name, []string{"pack.yaml", "instruments.yaml", "facts.yaml", "lanes.yaml"})
		if hint == "" {
			hint = "measures belong into measures/"
		}
		return false, hint
	case ext == ".yaml":
		if near := nearest(dir, []string{"measures", "cases"}); near != "" {
			hint = "put it into " + near + "/"
		} else {
			hint = "the files are measures/NAME.yaml and cases/NAME.yaml, without deeper folders"
		}
		return false, hint
	case ext == ".csv":
		if near := nearest(dir, []string{"lists", "schedule", "groups"}); near != "" {
			hint = "put it into " + near + "/"
		} else {
			hint = "the files are lists/NAME.csv, schedule/NAME.csv and groups/NAME.csv, without deeper folders"
		}
		return false, hint
	}
	return false, ""
}

// digest names the content of files.
func digest(files []packFile) [32]byte {
	h := sha256.New()
	for _, f := range files {
		h.Write([]byte(f.path))
		h.Write([]byte{0})
		h.Write(f.sum[:])
	}
	return [32]byte(h.Sum(nil))
}

// readHead reads of pack.yaml what everything else needs: who the pack is.
func (p *packReader) readHead() {
	f, ok := p.find("pack.yaml")
	if !ok {
		p.fault(p.Dir, 0, 0, "the pack has no pack.yaml", "it names the pack, its zone and its dates")
		p.head = &document{file: p.file("pack.yaml")}
		p.ID = path.Base(p.Dir)
		return
	}
	d := p.document(f)
	p.head = d
	p.ID = path.Base(p.Dir)
	if d.root == nil {
		return
	}
	h, ok := d.mapping(d.root, p.r.shapes.pack)
	if !ok {
		return
	}
	p.headFields = h
	if id := h.id("id"); id != "" {
		if base := path.Base(p.Dir); base != "." && base != id {
			d.faultAt(h.values["id"], fmt.Sprintf("the pack is called %q and lies in the directory %q", id, base), "give both the same name")
		}
		p.ID = id
	}
	p.Title, p.Licence, p.NotCovered = h.text("title"), h.text("licence"), h.strings("not-covered")
	p.readJurisdiction(h)
	if name := h.text("zone"); name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			d.faultAt(h.values["zone"], fmt.Sprintf("%q is not a time zone", name), "use a name of the IANA database, like America/New_York or Asia/Shanghai")
		} else {
			p.Zone = zone
		}
	}
	d.zone = p.Zone
	if c := h.text("currency"); c != "" {
		if _, err := quantity.ParseMoney("1 " + c); err != nil {
			d.faultAt(h.values["currency"], fmt.Sprintf("%q is not a currency", c), "use its three letters, like USD")
		} else {
			p.Currency = c
		}
	}
	p.Begins, _ = h.date("begins")
	if known, ok := h.date("known-through"); ok {
		if h.has("begins") && known < p.Begins {
			d.faultAt(h.values["known-through"], fmt.Sprintf("the pack is known through %s and begins only on %s", known, p.Begins), "")
		}
		p.KnownThrough = known
	}
	for _, n := range h.texts("depends-on") {
		switch {
		case n.Value == p.ID:
			d.faultAt(n, "the pack depends on itself", "leave it out")
		case slices.Contains(p.DependsOn, n.Value):
			d.faultAt(n, fmt.Sprintf("the pack depends on %q twice", n.Value), "leave one out")
		default:
			p.DependsOn = append(p.DependsOn, n.Value)
		}
	}
}

func (p *packReader) readJurisdiction(h fields) {
	s := h.text("jurisdiction")
	if s == "" {
		return
	}
	if s != "EU" {
		if _, problem, hint := parseCountry(s); problem != "" {
			h.d.faultAt(h.values["jurisdiction"], problem, hint)
			return
		}
	}
	p.Jurisdiction = s
}

// order puts the packs behind those that they depend on.
func (r *reader) order() {
	const (
		fresh = iota
		open
		done
	)
	state := map[*packReader]int{}
	var ordered []*packReader
	var visit func(p *packReader)
	visit = func(p *packReader) {
		state[p] = open
		for i, id := range p.DependsOn {
			node := p.headFields.values["depends-on"].Content[min(i, len(p.headFields.values["depends-on"].Content)-1)]
			for _, n := range p.headFields.values["depends-on"].Content {
				if n.Value == id {
					node = n
				}
			}
			q := r.byID(id)
			if q == nil {
				ids := make([]string, 0, len(r.packs))
				for _, other := range r.packs {
					ids = append(ids, other.ID)
				}
				hint := didYouMean(id, ids)
				if hint == "" {
					hint = fmt.Sprintf("name its directory too, or put it beside this one as %s", path.Join(path.Dir(p.Dir), id))
				}
				p.head.faultAt(node, fmt.Sprintf("the pack depends on %q, which was not found", id), hint)
				p.noInstruments, p.noFacts, p.noLists, p.noMeasures = true, true, true, true
				continue
			}
			switch state[q] {
			case open:
				p.head.faultAt(node, fmt.Sprintf("%s depends on %s, which depends on %s again", p.ID, id, p.ID), "move what both need into a third pack")
				continue
			case fresh:
				visit(q)
			}
			for _, d := range append(slices.Clip(q.dependencies), q) {
				if d != p && !slices.Contains(p.dependencies, d) {
					p.dependencies = append(p.dependencies, d)
				}
			}
		}
		state[p] = done
		ordered = append(ordered, p)
	}
	for _, p := range r.packs {
		if state[p] == fresh {
			visit(p)
		}
	}
	r.packs = ordered
}

// readInstruments reads instruments.yaml.
func (p *packReader) readInstruments() {
	for _, q := range p.dependencies {
		maps.Copy(p.Instruments, q.Instruments)
	}
	f, ok := p.find("instruments.yaml")
	if !ok {
		p.fault(p.file("pack.yaml"), 0, 0, "the pack has no instruments.yaml", "it names the law that the pack cites")
		p.noInstruments = true
		return
	}
	d := p.document(f)
	if d.root == nil {
		p.noInstruments = true
		return
	}
	top, ok := d.mapping(d.root, p.r.shapes.instruments)
	if !ok {
		p.noInstruments = true
		return
	}
	p.noInstruments = !top.isList("instruments")
	first := map[string]mark{}
	for _, n := range top.sequence("instruments") {
		f, ok := d.mapping(n, p.r.shapes.instrument)
		if !ok {
			continue
		}
		in := &measure.Instrument{
			ID:         f.id("id"),
			Kind:       f.oneOf("kind", "order", "statute", "proclamation", "memorandum", "announcement", "notice", "regulation", "ruling", "schedule", "guidance", "report"),
			Title:      f.text("title"),
			Citation:   f.text("citation"),
			URL:        f.address("url"),
			Note:       f.text("note"),
			Confidence: f.confidence("confidence"),
			Standing:   f.standing("standing"),
		}
		in.Date, _ = f.date("date")
		if in.Confidence == "" {
			in.Confidence = measure.Verified
		}
		if in.Standing == "" {
			in.Standing = measure.Enacted
		}
		if in.ID == "" {
			continue
		}
		if _, dup := p.Instruments[in.ID]; dup {
			where := "in a pack that this one depends on"
			if m, own := first[in.ID]; own {
				where = fmt.Sprintf("in line %d", m.line)
			}
			d.faultAt(f.values["id"], fmt.Sprintf("there is an instrument %q already, %s", in.ID, where), "give each an id of its own")
			continue
		}
		first[in.ID] = d.mark(f.values["id"])
		p.r.set.lint.cited[p.ID+"/"+in.ID] = first[in.ID]
		p.Instruments[in.ID] = in
	}
}

// address returns the address of a page, "" where the key is not there.
func (f fields) address(key string) string {
	url := f.text(key)
	if url != "" && !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		f.d.faultAt(f.values[key], fmt.Sprintf("%q is not the address of a page", url), "begin it with https://")
	}
	return url
}

// confidence returns a confidence, "" where the key is not there.
func (f fields) confidence(key string) measure.Confidence {
	return measure.Confidence(f.oneOf(key, string(measure.Verified), string(measure.Secondary), string(measure.Memory)))
}

// standing returns a standing, "" where the key is not there.
func (f fields) standing(key string) measure.Standing {
	return measure.Standing(f.oneOf(key, string(measure.Enacted), string(measure.Announced), string(measure.Reported)))
}

// unknownInstrument says that there is no instrument of that id; the message is
// "" where that cannot be known.
func (p *packReader) unknownInstrument(id string) (message, hint string) {
	if p.some(func(q *packReader) bool { return q.noInstruments }) {
		return "", ""
	}
	if hint = didYouMean(id, slices.Sorted(maps.Keys(p.Instruments))); hint == "" {
		hint = p.r.citedIn
	}
	return fmt.Sprintf("there is no instrument %q", id), hint
}

// instrument returns the instrument cited under a key, nil where there is none.
func (p *packReader) instrument(f fields, key string) *measure.Instrument {
	id := f.text(key)
	if id == "" {
		return nil
	}
	if in := p.Instruments[id]; in != nil {
		return in
	}
	if message, hint := p.unknownInstrument(id); message != "" {
		f.d.faultAt(f.values[key], message, hint)
	}
	return nil
}

// readFacts reads facts.yaml, which a pack without conditions does not need.
func (p *packReader) readFacts() {
	f, ok := p.find("facts.yaml")
	if !ok {
		return
	}
	d := p.document(f)
	if d.root == nil {
		p.noFacts = true
		return
	}
	top, ok := d.mapping(d.root, p.r.shapes.facts)
	if !ok {
		p.noFacts = true
		return
	}
	p.noFacts, p.factFields = !top.isList("facts"), top
	for _, n := range top.sequence("facts") {
		f, ok := d.mapping(n, p.r.shapes.fact)
		if !ok {
			continue
		}
		before := len(d.problems)
		fact := condition.Fact{
			Name:     f.text("name"),
			Unit:     f.text("unit"),
			Question: f.text("question"),
			Where:    f.text("where"),
			Values:   f.strings("values"),
			Min:      f.decimal("min"),
			Max:      f.decimal("max"),
			Group:    f.text("group"),
			Absent:   f.text("absent"),
			Formula:  f.text("formula"),
			Pack:     p.ID,
			Position: d.position(n),
		}
		fact.Type, _ = condition.ParseType(f.oneOf("type", "bool", "number", "enum", "text", "instant", "party"))
		fact.Kind, _ = condition.ParseKind(f.oneOf("kind", "attribute", "claim"))
		if len(d.problems) > before || fact.Name == "" || fact.Type == 0 {
			// A fact that is half known is worse than none: conditions over it
			// would be faulted for what is wrong here.
			p.noFacts = true
			continue
		}
		fact.Implied, fact.Usual = p.readImplied(f, "implied", &fact), p.readImplied(f, "usual", &fact)
		if err := fact.Validate(); err != nil {
			at := f.values["name"]
			for _, message := range strings.Split(err.Error(), "\n") {
				d.faultAt(at, message, "")
			}
			p.noFacts = true
			continue
		}
		p.Facts = append(p.Facts, fact)
		p.r.set.lint.facts[p.ID+"/"+fact.Name] = d.mark(f.values["name"])
	}
}

// readContradictions reads which facts cannot be together, when all facts are
// known.
func (p *packReader) readContradictions() {
	d := p.factFields.d
	if d == nil {
		return
	}
	for _, n := range p.factFields.sequence("contradictions") {
		f, ok := d.mapping(n, p.r.shapes.contradiction)
		if !ok {
			continue
		}
		c := Contradiction{Says: f.text("says"), Remedy: f.text("remedy")}
		if c.When, _ = p.when(f, "when"); c.When == nil {
			continue
		}
		if !slices.ContainsFunc(c.When.Slots(), func(slot int) bool { return p.r.env.Fact(slot).Pack != "" }) {
			d.faultAt(f.values["when"], "the condition reads no fact that a case states", "name the fact to correct first")
			continue
		}
		p.Contradictions = append(p.Contradictions, c)
	}
}

// readImplied reads the values that goods codes settle, or that are usual for
// them.
func (p *packReader) readImplied(f fields, key string, fact *condition.Fact) (out []condition.Implied) {
	for _, n := range f.sequence(key) {
		g, ok := f.d.mapping(n, p.r.shapes.implied)
		if !ok {
			continue
		}
		code, codeOK := g.code("goods")
		// A bool is the one value that YAML does not read as text.
		v := g.values["value"]
		if v == nil || !codeOK {
			continue
		}
		if v.Tag != "!!bool" && g.text("value") == "" {
			continue
		}
		value, err := fact.ParseValue(v.Value)
		if err != nil {
			f.d.faultAt(v, err.Error(), "")
			continue
		}
		out = append(out, condition.Implied{Goods: code, Value: value})
		p.r.set.lint.codes = append(p.r.set.lint.codes, codeUse{p.Pack, f.d.mark(g.values["goods"]), code, quantity.Always})
	}
	return out
}

// code returns a goods code.
func (f fields) code(key string) (nomenclature.Code, bool) {
	s := f.text(key)
	if s == "" {
		return "", false
	}
	c, err := nomenclature.ParseCode(s)
	if err != nil {
		f.d.faultAt(f.values[key], err.Error(), "")
	}
	return c, err == nil
}

// makeEnv declares the facts of all packs in one environment.
func (r *reader) makeEnv() {
	r.declared = map[string][]string{}
	var facts []condition.Fact
	at := map[string]int{} // index in facts
	for _, p := range r.packs {
		own := map[string]bool{}
		for _, f := range p.Facts {
			m := r.set.lint.facts[p.ID+"/"+f.Name]
			i, taken := at[f.Name]
			switch {
			case !taken:
				at[f.Name] = len(facts)
				facts = append(facts, f)
			case own[f.Name]:
				p.fault(m.file, m.line, m.column, fmt.Sprintf("fact %s is declared already, at %s", f.Name, facts[i].Position), "leave one out")
			case !sameFact(&facts[i], &f):
				p.fault(m.file, m.line, m.column, fmt.Sprintf("fact %s is declared otherwise at %s", f.Name, facts[i].Position), "declare it word for word the same, or give it another name")
			}
			own[f.Name] = true
			r.declared[f.Name] = append(r.declared[f.Name], p.ID)
		}
	}
	var lists []string
	for _, l := range r.set.PartyLists {
		lists = append(lists, l.ID)
	}
	env, err := condition.NewEnv(facts, lists)
	if err != nil {
		// Each fact is sound in itself and declared once, so what is left are
		// names that conditions themselves use.
		facts = slices.DeleteFunc(facts, func(f condition.Fact) bool {
			one, err := condition.NewEnv([]condition.Fact{f}, nil)
			if err == nil {
				_, ok := one.Slot(f.Name)
				return !ok
			}
			p := r.byID(f.Pack)
			m := r.set.lint.facts[f.Pack+"/"+f.Name]
			p.fault(m.file, m.line, m.column, err.Error(), "")
			return true
		})
		env, err = condition.NewEnv(facts, lists)
	}
	if err != nil {
		for _, p := range r.packs {
			p.noFacts = true
		}
		r.problems = append(r.problems, Problem{File: r.packs[0].file("facts.yaml"), Message: err.Error()})
		env, _ = condition.NewEnv(nil, nil)
	}
	r.env, r.set.Env = env, env
	formulas, faults := env.Formulas()
	r.set.Formulas = formulas
	for _, fault := range faults {
		p := r.byID(fault.Fact.Pack)
		if p.some(func(q *packReader) bool { return q.noFacts }) {
			continue // what it misses may be in what could not be read
		}
		m := r.set.lint.facts[p.ID+"/"+fault.Fact.Name]
		p.fault(m.file, m.line, m.column, fmt.Sprintf("formula of %s, column %d: %s", fault.Fact.Name, fault.Err.Column, fault.Err.Message), fault.Err.Hint)
	}
}

// sameFact reports whether two declarations say the same.
func sameFact(a, b *condition.Fact) bool {
	decimal := func(x, y *quantity.Decimal) bool {
		return x == nil && y == nil || x != nil && y != nil && x.Equal(*y)
	}
	return a.Type == b.Type && a.Kind == b.Kind && a.Unit == b.Unit && a.Question == b.Question && a.Where == b.Where &&
		slices.Equal(a.Values, b.Values) && decimal(a.Min, b.Min) && decimal(a.Max, b.Max) && a.Group == b.Group && a.Absent == b.Absent && a.Formula == b.Formula &&
		slices.EqualFunc(slices.Concat(a.Implied, a.Usual), slices.Concat(b.Implied, b.Usual), func(x, y condition.Implied) bool { return x.Goods == y.Goods && x.Value.Equal(y.Value) }) &&
		len(a.Implied) == len(b.Implied)
}

// compile compiles a condition. The place of a character of it, counted from 0,
// is found by locate.
func (p *packReader) compile(src string, locate func(offset int) mark) *condition.Expr {
	x, err := p.r.compiled.condition(p.r.env, src)
	if err != nil {
		if p.some(func(q *packReader) bool { return q.noFacts || q.noLists }) {
			return nil // what it misses may be in what could not be read
		}
		m, message, hint := locate(0), err.Error(), ""
		var ce *condition.Error
		if errors.As(err, &ce) {
			m, message, hint = locate(offset(src, ce.Line, ce.Column)), ce.Message, ce.Hint
		}
		p.fault(m.file, m.line, m.column, "condition: "+message, hint)
		return nil
	}
	for _, slot := range x.Slots() {
		name := p.r.env.Fact(slot).Name
		packs := p.r.declared[name]
		if len(packs) > 0 && !slices.ContainsFunc(packs, p.sees) {
			m := locate(0)
			p.fault(m.file, m.line, m.column, fmt.Sprintf("condition: the fact %s is that of the pack %s", name, packs[0]), fmt.Sprintf("add %s to depends-on in pack.yaml", packs[0]))
		}
	}
	return x
}

// when compiles the condition under a key of a YAML mapping.
func (p *packReader) when(f fields, key string) (*condition.Expr, string) {
	n := f.values[key]
	if n == nil {
		return nil, ""
	}
	src := n.Value
	if n.Tag != "!!bool" { // "true" is a condition too
		src = f.text(key)
	}
	if src == "" {
		return nil, ""
	}
	return p.compile(src, func(offset int) mark { return f.d.inside(n, offset) }), src
}

// offset is the place in characters, from 0, of a line and column of a text.
func offset(text string, line, column int) int {
	at := 0
	for l := range strings.Lines(text) {
		if line--; line <= 0 {
			break
		}
		at += utf8.RuneCountInString(l)
	}
	return at + max(column-1, 0)
}

// places reads the countries and groups under a key.
func (p *packReader) places(f fields, key string) []measure.Place {
	var out []measure.Place
	for _, n := range f.texts(key) {
		name, not := strings.CutPrefix(n.Value, "not ")
		name = strings.TrimSpace(name)
		if message, hint := p.unknownPlace(name); message != "" {
			f.d.faultAt(n, message, hint)
			continue
		}
		place := measure.Place{Name: name, Not: not}
		if slices.ContainsFunc(out, func(q measure.Place) bool { return q.Name == name }) {
			f.d.faultAt(n, fmt.Sprintf("%s names %s twice", f.what(key), name), "leave one out")
			continue
		}
		out = append(out, place)
	}
	return out
}

// unknownPlace says that a name is neither a group nor a country.
func (p *packReader) unknownPlace(name string) (message, hint string) {
	if _, ok := p.Groups[name]; ok {
		return "", ""
	}
	if len(name) == 2 && name != "EU" {
		_, message, hint = parseCountry(name)
		return message, hint
	}
	if p.noPackFile() {
		return "", "" // it may be declared in what could not be read
	}
	groups := slices.Sorted(maps.Keys(p.Groups))
	if hint = didYouMean(name, groups); hint == "" {
		if c, err := nomenclature.ParseCountry(name); err == nil {
			hint = fmt.Sprintf("write %s", c)
		} else if isGroupName(name) {
			hint = "declare the group in pack.yaml"
		} else {
			hint = "use the two-letter code of a country, or the name of a group in pack.yaml"
		}
	}
	return fmt.Sprintf("there is no country or group %q", name), hint
}
