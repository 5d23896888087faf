package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/schedule"
)

type searchView struct {
	Goods       string `json:"goods"`
	Designation string `json:"designation"`
	General     string `json:"general,omitempty"`
	Pack        string `json:"pack"`

	heading string // the designation of its four-digit heading
	country string // whose schedule it is
}

func newSearch(e *env) *cobra.Command {
	var output, to string
	var d dates
	var limit int
	cmd := &cobra.Command{
		Use:   "search WORDS",
		Short: "Find goods codes by words",
		Long: `Search finds lines of the schedules whose designation holds every word, singular
or plural, best first; digits find codes that begin with them. The line that
names your goods most closely is a start, not a classification: notes and
rulings decide that.`,
		Example: `  navicert search permanent magnet
  navicert search wooden bedroom furniture --on 2025-06-15
  navicert search 850511 --to US`,
		Args: between(1, -1, "some words"),
		RunE: func(_ *cobra.Command, args []string) error {
			on, _, err := d.read(e)
			if err != nil {
				return err
			}
			if limit < 0 {
				return usagef("--limit: %d is below 0 (0 is no limit)", limit)
			}
			var only nomenclature.Country
			if to != "" {
				if only, err = nomenclature.ParseCountry(to); err != nil {
					return usagef("--to: %v", err)
				}
			}
			eng, err := e.open()
			if err != nil {
				return err
			}
			words := strings.Join(args, " ")
			views := []searchView{}
			more := false
			held := "" // the first day held, where the day asked about is before it
			for _, p := range eng.Set().Packs {
				country := nomenclature.Country(p.Jurisdiction)
				if p.Table == nil || only != "" && country != only {
					continue
				}
				at := on.Noon(p.Zone)
				if first := p.Table.Begins(); at < first && p.Table.Len() > 0 {
					at, held = first, first.Date(p.Zone).String()
				}
				found := p.Table.Search(words, at, limit)
				more = more || limit > 0 && len(found) >= limit
				for _, l := range found {
					v := searchView{Goods: l.Code.String(), Designation: oneColon(p.Table.Designation(l.Code, at)),
						Pack: p.ID, heading: oneColon(p.Table.Designation(l.Code[:min(4, len(l.Code))], at)), country: country.Name()}
					if p.Base == nil || schedule.Held(p, at) {
						v.General = l.General
					}
					views = append(views, v)
				}
			}
			if output == "json" {
				return writeJSON(e.out, map[string]any{"words": words, "on": cmp.Or(held, d.on), "lines": views})
			}
			if len(views) == 0 {
				return fmt.Errorf("no line in force on %s holds all of %q (try fewer words, or the singular)", cmp.Or(held, d.on), words)
			}
			var rows [][]string
			heading, country := "", ""
			for _, v := range views {
				if v.country != country && views[0].country != views[len(views)-1].country {
					rows = append(rows, []string{v.country})
					heading = ""
				}
				country = v.country
				// The words of the four-digit heading are long and shared: once.
				within, text := v.heading, strings.TrimPrefix(strings.TrimPrefix(v.Designation, v.heading), ": ")
				if within != heading && within != v.Designation {
					rows = append(rows, []string{v.Goods[:4], within})
				}
				heading = within
				if text == "" {
					text = v.Designation
				}
				if v.General != "" {
					text += "; " + v.General
				}
				rows = append(rows, []string{v.Goods, text})
			}
			if err := e.table(e.out, nil, rows); err != nil {
				return err
			}
			if held != "" {
				fmt.Fprintf(e.out, "the schedule is held from %s; these are the lines of that day\n", held)
			}
			if more {
				fmt.Fprintf(e.out, "the best %d; --limit 0 gives all\n", limit)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&d.on, "on", "", "lines in force on this `day` (default: today)")
	cmd.Flags().IntVar(&limit, "limit", 20, "at most this many lines of each schedule; 0 is no limit")
	cmd.Flags().StringVar(&to, "to", "", "lines of the schedule of this `country` alone")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

// oneColon is a path of designations, of which the schedule ends many with a
// colon of its own, with one colon between any two.
func oneColon(path string) string {
	return strings.TrimRight(strings.ReplaceAll(path, ":: ", ": "), ": ")
}
