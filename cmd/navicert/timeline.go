package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

func newTimeline(e *env) *cobra.Command {
	var output, since, until string
	var a asking
	cmd := &cobra.Command{
		Use:   "timeline [FILE|-]",
		Short: "How the answer for some goods moved over time, act by act",
		Long: `Timeline determines the same case for every stretch of law between two days and
writes one row for each change, with the acts that moved it. Past rows are what
the law was; rows after the last check of the packs are what was scheduled.
With --known they are what could be known on that day.`,
		Example: `  navicert timeline --goods 8505.11.00.70 --from CN --to US
  navicert timeline --goods 9403.60.80.93 --from CN --to US \
      --since 2018-01-01 --until 2027-01-01
  navicert timeline --goods 8505.11.00.70 --from CN --to US --known 2025-06-15`,
		Args: between(0, 1, "one file, or flags"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var c navicert.Case
			if len(args) == 0 && !asked(cmd.Flags()) {
				return usagef("timeline wants a case file or flags (try navicert timeline --goods 8505.11.00.70 --from CN --to US)")
			}
			if len(args) == 1 {
				var err error
				if c, err = e.readCase(args[0]); err != nil {
					return err
				}
			}
			if err := a.fill(cmd.Flags(), &c); err != nil {
				return err
			}
			e.setToday(&c)
			if until == "" {
				until = e.now().AddDate(1, 0, 0).Format("2006-01-02")
			}
			if err := inOrder(since, until); err != nil {
				return err
			}
			eng, err := e.open()
			if err != nil {
				return err
			}
			steps, err := eng.Timeline(c, since, until)
			if err != nil {
				return a.inFlags(cmd.Flags(), len(args) == 1, err)
			}
			if output == "json" {
				return writeJSON(e.out, map[string]any{"case": map[string]string{"goods": c.Goods, "from": c.From, "to": c.To, "origin": c.Origin},
					"known": c.Known, "since": since, "until": until, "steps": steps})
			}
			return e.writeSteps(steps)
		},
	}
	a.register(cmd.Flags())
	a.registerFacts(cmd.Flags())
	cmd.Flags().StringVar(&a.c.Only, "only", "", "ask one `leg` alone: import or export")
	cmd.Flags().StringVar(&since, "since", "2025-01-01", "first `day`")
	cmd.Flags().StringVar(&until, "until", "", "first `day` that is left out (default: a year from today)")
	outputFlag(cmd, &output, "text", "json")
	scenarioFlag(cmd, e)
	e.completeCase(cmd)
	return cmd
}

// inOrder refuses a stretch of time that ends before it begins; moments that
// cannot be read are left to the engine.
func inOrder(since, until string) error {
	from, err := quantity.ParseMoment(since)
	if err != nil {
		return nil
	}
	to, err := quantity.ParseMoment(until)
	if err != nil || from.Instant(time.UTC) < to.Instant(time.UTC) {
		return nil
	}
	return fmt.Errorf("--until: %s is not after --since %s", until, since)
}

func (e *env) writeSteps(steps []navicert.Step) error {
	outcomes := false
	for _, s := range steps {
		outcomes = outcomes || s.Outcome != steps[0].Outcome
	}
	head := []string{"From"}
	if outcomes {
		head = append(head, "Outcome")
	}
	head = append(head, "Rate", "What moved it")
	var rows [][]string
	for i, s := range steps {
		row := []string{shortTime(s.From)}
		if outcomes {
			row = append(row, string(s.Outcome))
		}
		what := strings.Join(s.What, "; ")
		if i == 0 {
			what = "as it stood"
			if len(s.What) > 0 {
				what += ": " + strings.Join(s.What, "; ")
			}
		}
		rows = append(rows, append(row, percent(s.Rate), what))
	}
	if err := e.table(e.out, head, rows); err != nil {
		return err
	}
	if last := steps[len(steps)-1]; last.Until != "" {
		fmt.Fprintf(e.out, "until %s\n", shortTime(last.Until))
	}
	return nil
}

// percent is a range of rates in words.
func percent(r *determination.RateRange) string {
	switch {
	case r == nil || r.Least == nil && r.Most == nil:
		return "-"
	case r.Most == nil:
		return "at least " + *r.Least + " %"
	case r.Least == nil:
		return "at most " + *r.Most + " %"
	case *r.Least == *r.Most:
		return *r.Least + " %"
	}
	return *r.Least + " to " + *r.Most + " %"
}
