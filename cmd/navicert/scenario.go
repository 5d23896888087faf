package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
)

// supposed is one thing that a scenario lays over the law.
type supposed struct {
	What   string `json:"what"` // act, relation, row
	Of     string `json:"of"`   // the measure, or the list
	Effect string `json:"effect"`
	From   string `json:"from,omitempty"`
	Until  string `json:"until,omitempty"`
	By     string `json:"by"`
}

func newScenario(e *env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "scenario FILE...",
		Short: "Check a scenario and show what it lays over the law",
		Long: `Scenario reads a scenario: acts that nobody has taken ("the truce lapses", "the
court voids the duties"), laid over the packs. It reports every fault at once,
with its line and column, or shows what the scenario does to which measures.

With --scenario FILE determine, timeline, batch and compare answer under it.
Such answers name the scenario and mark what rests on it as hypothetical. The
form of the file is described in docs/scenarios.md; examples/scenarios has
some.`,
		Example: `  navicert scenario examples/scenarios/truce-lapses.yaml
  navicert determine examples/furniture.yaml --on 2025-11-20 \
      --scenario examples/scenarios/truce-lapses.yaml`,
		Args: between(1, -1, "the file of a scenario"),
		RunE: func(_ *cobra.Command, args []string) error {
			eng, err := e.openPacks()
			if err != nil {
				return err
			}
			if eng, err = e.with(eng, args); err != nil {
				return err
			}
			if output == "json" {
				return writeJSON(e.out, scenarioJSON(eng))
			}
			return e.writeScenario(eng)
		},
	}
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

// supposing says on standard error which scenarios a file was answered under.
func (e *env) supposing(eng *navicert.Engine) {
	for _, o := range eng.Scenarios() {
		fmt.Fprintf(e.err, "supposing “%s”: what is marked hypothetical is not law\n", o.Title)
	}
}

// supposals lists what the scenarios of an engine lay over the law, in the order
// of packs and files.
func supposals(eng *navicert.Engine) []supposed {
	var out []supposed
	add := func(what, of, effect string, by *measure.Instrument, p quantity.Period, zone *time.Location) {
		if by == nil || by.Standing != measure.Hypothetical {
			return
		}
		s := supposed{What: what, Of: of, Effect: effect, By: by.ID}
		s.From, s.Until = catalogue.Ends(p, zone)
		out = append(out, s)
	}
	set := eng.Set()
	for _, p := range set.Packs {
		for _, m := range p.Measures {
			for i := range m.Acts {
				a := &m.Acts[i]
				effect := a.Effect.Words()
				if a.Then != nil {
					effect += ", then " + a.Then.Words()
				}
				add("act", m.ID, effect, a.By, a.Period, p.Zone)
			}
		}
		for i := range p.Relations {
			r := &p.Relations[i]
			add("relation", fmt.Sprint(r.Measures), fmt.Sprintf("%s %v", r.Kind, r.With), r.By, r.Period, p.Zone)
		}
		for _, id := range slices.Sorted(maps.Keys(p.GoodsLists)) {
			if p.GoodsLists[id].Pack != p.ID {
				continue // of a pack that it depends on
			}
			for i := range p.GoodsLists[id].Rows {
				r := &p.GoodsLists[id].Rows[i]
				add("row", id, "lists "+r.Code.String(), r.By, r.Period, p.Zone)
				add("row", id, r.Code.String()+" ends", r.EndedBy, r.Period, p.Zone)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(p.PartyLists)) {
			if p.PartyLists[id].Pack != p.ID {
				continue
			}
			rows := p.PartyLists[id].Rows()
			for i := range rows {
				r := &rows[i]
				add("row", id, "lists "+r.Name, r.By, r.Period, p.Zone)
				add("row", id, r.Name+" ends", r.EndedBy, r.Period, p.Zone)
			}
		}
	}
	return out
}

func scenarioJSON(eng *navicert.Engine) any {
	type scenario struct {
		Title       string                 `json:"title"`
		Note        string                 `json:"note,omitempty"`
		File        string                 `json:"file"`
		Digest      string                 `json:"digest"`
		Instruments []catalogue.Instrument `json:"instruments"`
	}
	doc := struct {
		Scenarios []scenario `json:"scenarios"`
		Supposed  []supposed `json:"supposed"`
		Digest    string     `json:"digest"` // of the packs with the scenarios
	}{Supposed: supposals(eng), Digest: eng.Digest()}
	for _, o := range eng.Scenarios() {
		s := scenario{Title: o.Title, Note: o.Note, File: o.File, Digest: fmt.Sprintf("sha256:%x", o.Digest)}
		for _, in := range o.Instruments {
			s.Instruments = append(s.Instruments, catalogue.InstrumentOf(in))
		}
		doc.Scenarios = append(doc.Scenarios, s)
	}
	return doc
}

func (e *env) writeScenario(eng *navicert.Engine) error {
	for _, o := range eng.Scenarios() {
		rows := [][]string{{o.Title}}
		if o.Note != "" {
			rows = append(rows, []string{o.Note})
		}
		for _, in := range o.Instruments {
			rows = append(rows, []string{"  announced " + in.Date.String(), in.ID + ": " + in.Citation})
		}
		if err := e.table(e.out, nil, rows); err != nil {
			return err
		}
	}
	all := supposals(eng)
	rows := make([][]string, 0, len(all))
	for _, s := range all {
		from := "always"
		if s.From != "" {
			from = shortTime(s.From)
		}
		effect := s.Effect
		if s.Until != "" {
			effect += ", until " + shortTime(s.Until)
		}
		rows = append(rows, []string{s.Of, from, effect + " (" + s.By + ")"})
	}
	if len(rows) == 0 {
		fmt.Fprintln(e.out, "\nNothing is laid over the law: answers are what they are without it.")
		return nil
	}
	fmt.Fprintln(e.out)
	return e.table(e.out, []string{"Measure or list", "From", "Supposed"}, rows)
}
