package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

type measureView struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Leg     string `json:"leg"`
	Title   string `json:"title"`
	Pack    string `json:"pack"`
	Heading string `json:"heading,omitempty"`
	State   string `json:"state"`
	Law     string `json:"law,omitempty"`
}

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
			views := []measureView{}
			left := 0
			entries := eng.Schedule().Entries()
			for i := range entries {
				entry := &entries[i]
				at := on.Noon(entry.Pack.Zone)
				if !f.covers(eng.Schedule(), entry, at, known) {
					continue
				}
				if v := viewMeasure(entry, at, known); all || v.State != "not started" && v.State != "ended" {
					views = append(views, v)
				} else {
					left++
				}
			}
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

// filter is what a movement can be said to be without facts.
type filter struct {
	goods            nomenclature.Code
	from, to, origin nomenclature.Country
}

func (a *asking) filter() (filter, error) {
	var f filter
	var errs []error
	if a.c.Goods != "" {
		code, err := nomenclature.ParseCode(a.c.Goods)
		if err != nil {
			errs = append(errs, fmt.Errorf("--goods: %w", err))
		}
		f.goods = code
	}
	for _, p := range []struct {
		flag, text string
		into       *nomenclature.Country
	}{{"from", a.c.From, &f.from}, {"to", a.c.To, &f.to}, {"origin", a.c.Origin, &f.origin}} {
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

// covers reports whether the scope of the entry can cover the movement.
func (f *filter) covers(s *schedule.Schedule, entry *schedule.Entry, at quantity.Instant, known quantity.Date) bool {
	holds := func(p *schedule.Places, c nomenclature.Country) bool { return c == "" || p.Contains(c, at) }
	territory := f.to
	switch entry.Leg {
	case measure.Export:
		territory = f.from
	case measure.Reexport:
		territory = ""
	}
	origin := f.origin
	if origin == "" {
		origin = f.from
	}
	if !holds(&entry.Territory, territory) || !holds(&entry.From, f.from) || !holds(&entry.To, f.to) || !holds(&entry.Origin, origin) {
		return false
	}
	if f.goods == "" {
		return true
	}
	_, ok := entry.OnGoods(s.Goods(f.goods, at, known, nil))
	return ok
}

func viewMeasure(entry *schedule.Entry, at quantity.Instant, known quantity.Date) measureView {
	m := entry.Measure
	v := measureView{ID: m.ID, Kind: string(m.Kind), Leg: string(m.Leg), Title: m.Title, Pack: m.Pack, Heading: m.Heading}
	if entry.Base != nil {
		v.State = "by the schedule"
		return v
	}
	st := m.Acts.At(at, known)
	v.State = st.Words()
	if st.Act != nil {
		if st.Act.Heading != "" {
			v.Heading = st.Act.Heading
		}
		if st.Act.By != nil {
			v.Law = st.Act.By.Citation
		}
	}
	return v
}
