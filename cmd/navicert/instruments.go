package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/measure"
)

func newInstruments(e *env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "instruments [ID]",
		Short: "The law cited: statutes, orders, notices, rulings, reports",
		Long: `Instruments lists the legal texts that the packs cite, by date, each with how
far it was checked (verified: the text was read; secondary: an account of it;
memory) and its standing (enacted, announced, reported). With an id it shows
one, and what it did to which measure.`,
		Example: `  navicert instruments
  navicert instruments eo-14298`,
		Args:              between(0, 1, "the id of an instrument"),
		ValidArgsFunction: e.completeInstruments,
		RunE: func(_ *cobra.Command, args []string) error {
			eng, err := e.open()
			if err != nil {
				return err
			}
			all := eng.Instruments()
			if len(args) == 0 {
				return e.writeInstruments(all, output)
			}
			i := slices.IndexFunc(all, func(in *measure.Instrument) bool { return in.ID == args[0] })
			if i < 0 {
				var ids []string
				for _, in := range all {
					ids = append(ids, in.ID)
				}
				return fmt.Errorf("%q is not an instrument%s", args[0], didYouMean(args[0], ids, "navicert instruments"))
			}
			return e.writeInstrument(eng, all[i], output)
		},
	}
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

func (e *env) writeInstruments(all []*measure.Instrument, output string) error {
	if output == "json" {
		views := make([]catalogue.Instrument, len(all))
		for i, in := range all {
			views[i] = catalogue.InstrumentOf(in)
		}
		return writeJSON(e.out, views)
	}
	var rows [][]string
	for _, in := range all {
		title := in.Citation
		if in.Title != "" && in.Title != in.Citation {
			title += ": " + in.Title
		}
		rows = append(rows, []string{in.Date.String(), in.ID, string(in.Confidence), title})
	}
	return e.table(e.out, []string{"Date", "Instrument", "Checked", "Citation and title"}, rows)
}

func (e *env) writeInstrument(eng *navicert.Engine, in *measure.Instrument, output string) error {
	v := catalogue.InstrumentOf(in)
	type did struct {
		measure string
		act     catalogue.Act
	}
	var acts []did
	for _, m := range eng.Measures() {
		for i := range m.Acts {
			if m.Acts[i].By != nil && m.Acts[i].By.ID == in.ID {
				acts = append(acts, did{m.ID, catalogue.ActOf(&m.Acts[i], catalogue.ZoneOf(eng.Set(), m.Pack))})
				if !slices.Contains(v.Measures, m.ID) {
					v.Measures = append(v.Measures, m.ID)
				}
			}
		}
	}
	if output == "json" {
		return writeJSON(e.out, v)
	}
	var rows [][]string
	for _, r := range [][]string{{"title", v.Title}, {"citation", v.Citation}, {"kind", v.Kind}, {"date", v.Date},
		{"standing", v.Standing}, {"checked", v.Confidence}, {"address", v.URL}, {"note", v.Note}} {
		if strings.TrimSpace(r[1]) != "" {
			rows = append(rows, []string{"  " + r[0], r[1]})
		}
	}
	fmt.Fprintln(e.out, v.ID)
	if err := e.table(e.out, nil, rows); err != nil || len(acts) == 0 {
		return err
	}
	fmt.Fprintln(e.out, "\nWhat it did")
	rows = nil
	for _, a := range acts {
		from := shortTime(a.act.From)
		if from == "" {
			from = "always"
		}
		effect := a.act.Effect
		if a.act.Until != "" {
			effect += " until " + shortTime(a.act.Until)
			if a.act.Then != "" {
				effect += ", then " + a.act.Then
			}
		}
		rows = append(rows, []string{"  " + from, a.measure, effect})
	}
	return e.table(e.out, nil, rows)
}
