package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/nomenclature"
)

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
			views, held, more := catalogue.Goods(eng, words, on, only, limit)
			if output == "json" {
				return writeJSON(e.out, map[string]any{"words": words, "on": cmp.Or(held, d.on), "lines": views})
			}
			if len(views) == 0 {
				return fmt.Errorf("no line in force on %s holds all of %q (try fewer words, or the singular)", cmp.Or(held, d.on), words)
			}
			var rows [][]string
			heading, country := "", ""
			for _, v := range views {
				if v.Country != country && views[0].Country != views[len(views)-1].Country {
					rows = append(rows, []string{v.Country})
					heading = ""
				}
				country = v.Country
				// The words of the four-digit heading are long and shared: once.
				within, text := v.Heading, strings.TrimPrefix(strings.TrimPrefix(v.Designation, v.Heading), ": ")
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
