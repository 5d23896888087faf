package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/nomenclature"
)

func newMeasures(e *env) *cobra.Command {
	var output string
	var d dates
	var a asking
	var all bool
	cmd := &cobra.Command{
		Use:   "measures",
		Short: "List measures, with what they are on a day",
		Long: `Measures lists the rules of the packs with their state on a day (--on), as
known on another (--known): the rate of a duty, in force, suspended,
unverified; with --all those too that had not started or had ended.

With --goods, --from, --to and --origin the list holds those whose scope can
cover such goods and such a movement: measures of exit from --from, of entry
into --to. Facts and conditions are not looked at; navicert determine does
that.`,
		Example: `  navicert measures
  navicert measures --goods 8505.11.00.70 --from CN --to US --on 2025-06-15
  navicert measures --to US --origin VN --output json`,
		Args: exactly(0, "flags alone"),
		RunE: func(*cobra.Command, []string) error {
			f, errFilter := a.filter()
			on, known, errDates := d.read(e)
			if err := errors.Join(errFilter, errDates); err != nil {
				return err
			}
			eng, err := e.open()
			if err != nil {
				return err
			}
			views, left := catalogue.Measures(eng, f, on, known, all)
			if output == "json" {
				return writeJSON(e.out, map[string]any{"on": d.on, "known": d.known, "measures": views})
			}
			var rows [][]string
			for _, v := range views {
				label := v.Kind + ", " + v.State
				if v.Heading != "" {
					label += ", " + v.Heading
				}
				rows = append(rows, []string{v.ID, label}, []string{"  " + v.Title})
			}
			if err := e.table(e.out, nil, rows); err != nil {
				return err
			}
			switch {
			case len(views) == 0 && left == 0:
				fmt.Fprintln(e.out, "no measure's scope covers that")
			case left > 0:
				fmt.Fprintf(e.out, "and %d that had not started or had ended on %s (--all)\n", left, d.on)
			}
			return nil
		},
	}
	a.register(cmd.Flags())
	cmd.Flags().StringVar(&d.on, "on", "", "`day` or instant (default: today)")
	cmd.Flags().StringVar(&d.known, "known", "", "what was announced by this `day` counts (default: today)")
	cmd.Flags().BoolVar(&all, "all", false, "also those that have not started or have ended")
	outputFlag(cmd, &output, "text", "json")
	e.completeCase(cmd)
	return cmd
}

func (a *asking) filter() (catalogue.Filter, error) {
	var f catalogue.Filter
	var errs []error
	if a.c.Goods != "" {
		code, err := nomenclature.ParseCode(a.c.Goods)
		if err != nil {
			errs = append(errs, fmt.Errorf("--goods: %w", err))
		}
		f.Goods = code
	}
	for _, p := range []struct {
		flag, text string
		into       *nomenclature.Country
	}{{"from", a.c.From, &f.From}, {"to", a.c.To, &f.To}, {"origin", a.c.Origin, &f.Origin}} {
		if p.text == "" {
			continue
		}
		c, err := nomenclature.ParseCountry(p.text)
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", p.flag, err))
		}
		*p.into = c
	}
	return f, errors.Join(errs...)
}
