package web

import (
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// catalog is the law as the pages of the law list it. It is made once.
type catalog struct {
	engine      *navicert.Engine
	entries     map[string]*schedule.Entry
	instruments map[string]*measure.Instrument
	acted       map[string][]acted // by instrument
	programmes  []programme
	cases       map[string][]rulepack.Case // by the measures that they name, in the order of the packs
}

// acted is what an instrument did to a measure.
type acted struct {
	measure *measure.Measure
	act     *measure.Act
	pack    *rulepack.Pack
}

// programme is measures that belong together.
type programme struct {
	title    string
	pack     *rulepack.Pack
	measures int
}

func newCatalog(e *navicert.Engine, packs fs.FS) *catalog {
	c := &catalog{engine: e, entries: map[string]*schedule.Entry{}, instruments: map[string]*measure.Instrument{}, acted: map[string][]acted{}, cases: map[string][]rulepack.Case{}}
	entries := e.Schedule().Entries()
	for i := range entries {
		entry := &entries[i]
		c.entries[entry.ID] = entry
		for j := range entry.Acts {
			if by := entry.Acts[j].By; by != nil {
				c.acted[by.ID] = append(c.acted[by.ID], acted{entry.Measure, &entry.Acts[j], entry.Pack})
			}
		}
		title := programmeOf(entry.Measure)
		n := slices.IndexFunc(c.programmes, func(p programme) bool { return p.title == title && p.pack == entry.Pack })
		if n < 0 {
			n = len(c.programmes)
			c.programmes = append(c.programmes, programme{title: title, pack: entry.Pack})
		}
		c.programmes[n].measures++
	}
	for _, in := range e.Instruments() {
		c.instruments[in.ID] = in
	}
	if packs == nil {
		return c
	}
	for _, p := range e.Set().Packs {
		cases, _ := rulepack.ReadCases(packs, p.Dir) // what cannot be read is for navicert pack check to say
		for _, x := range cases {
			for _, id := range c.named(x.Expect, nil) {
				c.cases[id] = append(c.cases[id], x)
			}
		}
	}
	return c
}

// ordinary is the programme of measures that belong to none: the ordinary duties.
const ordinary = "Ordinary duty"

func programmeOf(m *measure.Measure) string {
	if m.Programme == "" {
		return ordinary
	}
	return m.Programme
}

// named appends the measures that an expectation names, each once.
func (c *catalog) named(n *yaml.Node, found []string) []string {
	if n.Kind == yaml.ScalarNode && c.entries[n.Value] != nil && !slices.Contains(found, n.Value) {
		found = append(found, n.Value)
	}
	for _, child := range n.Content {
		found = c.named(child, found)
	}
	return found
}

// finds reports whether a text holds all of the words, whatever their case.
func finds(words []string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

func searchWords(q string) []string { return strings.Fields(strings.ToLower(q)) }
