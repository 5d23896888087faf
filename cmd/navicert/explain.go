package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/measure"
)

func newExplain(e *env) *cobra.Command {
	var output string
	var d dates
	cmd := &cobra.Command{
		Use:   "explain MEASURE",
		Short: "All about one measure: scope, acts, timeline, relations",
		Long: `Explain shows one measure: whom and what it is about, the condition it hangs
on, the acts that made it what it is, and the timeline they fold into, as known
on a day. The measure is named by its id, as answers and navicert measures give
it, or by its filing heading.

An act announced later overwrites the timeline from its first instant on; try
--known with an early day to see what the law was thought to be then.`,
		Example: `  navicert explain us.301.list-3
  navicert explain 9903.88.03
  navicert explain us.ieepa.reciprocal.cn --known 2025-06-15`,
		Args:              exactly(1, "the id of a measure, or a filing heading"),
		ValidArgsFunction: e.completeMeasures,
		RunE: func(_ *cobra.Command, args []string) error {
			_, known, err := d.read(e)
			if err != nil {
				return err
			}
			eng, err := e.open()
			if err != nil {
				return err
			}
			found := catalogue.Find(eng, args[0])
			if len(found) == 0 {
				var ids []string
				for _, m := range eng.Measures() {
					ids = append(ids, m.ID)
				}
				return fmt.Errorf("%q is not a measure%s", args[0], didYouMean(args[0], ids, "navicert measures"))
			}
			views := make([]catalogue.Explanation, len(found))
			for i, m := range found {
				views[i] = catalogue.Explain(eng, m, known)
			}
			if output == "json" {
				if len(views) == 1 {
					return writeJSON(e.out, views[0])
				}
				return writeJSON(e.out, views)
			}
			for i := range views {
				if i > 0 {
					fmt.Fprintln(e.out)
				}
				if err := e.writeExplanation(&views[i]); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&d.known, "known", "", "what was announced by this `day` counts (default: today)")
	outputFlag(cmd, &output, "text", "json")
	e.completeCase(cmd)
	return cmd
}

func (e *env) writeExplanation(x *catalogue.Explanation) error {
	fmt.Fprintf(e.out, "%s\n", x.ID)
	var rows [][]string
	add := func(label, text string) {
		if text != "" {
			rows = append(rows, []string{"  " + label, text})
		}
	}
	add("title", x.Title)
	add("kind", x.Kind+", "+x.Leg)
	add("programme", x.Programme)
	add("heading", x.Heading)
	add("scope", strings.Join(x.Scope, "; "))
	add("when", x.When)
	add("stands on", x.On)
	add("exempts from", strings.Join(x.Exempts, ", "))
	add("in lieu of", strings.Join(x.InLieuOf, ", "))
	add("authority", x.Authority)
	add("review", x.Review)
	add("reviews", strings.Join(x.Reviews, ", "))
	add("note", x.Note)
	add("reading", x.Confidence)
	if x.Position != "" {
		add("text", x.Position)
	}
	if err := e.table(e.out, nil, rows); err != nil {
		return err
	}
	if len(x.Acts) > 0 {
		fmt.Fprintf(e.out, "\nActs announced by %s\n", x.Known)
		rows = nil
		for _, a := range x.Acts {
			effect := a.Effect
			from := shortTime(a.From)
			if from == "" {
				from = "always"
			}
			if a.Until != "" {
				effect += " until " + shortTime(a.Until)
				if a.Then != "" {
					effect += ", then " + a.Then
				}
			}
			by := a.Citation
			if a.Standing != string(measure.Enacted) && a.Standing != "" {
				by += ", " + a.Standing
			}
			if a.Confidence != string(measure.Verified) && a.Confidence != "" {
				by += " (" + a.Confidence + ")"
			}
			rows = append(rows, []string{"  " + a.Announced, from, effect + "; " + by})
			if a.Note != "" {
				rows = append(rows, []string{"", "", a.Note})
			}
		}
		if err := e.table(e.out, []string{"  Announced", "From", "Effect; by"}, rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.out, "\nTimeline as known on %s\n", x.Known)
	rows = nil
	for _, s := range x.Timeline {
		from, until := shortTime(s.From), shortTime(s.Until)
		if from == "" {
			from = "always"
		}
		rows = append(rows, []string{"  " + from, until, s.State, s.Law})
	}
	if len(rows) == 0 {
		rows = append(rows, []string{"  nothing had begun or was announced"})
	}
	if err := e.table(e.out, []string{"  From", "Until", "State", "By"}, rows); err != nil {
		return err
	}
	if len(x.Relations) > 0 {
		fmt.Fprintf(e.out, "\nStands to others\n")
		rows = nil
		for _, r := range x.Relations {
			t := strings.Join(r.Measures, ", ") + " " + strings.ReplaceAll(r.Kind, "-", " ") + " " + strings.Join(r.With, ", ")
			if r.Kind == string(measure.Apart) {
				t = strings.Join(append(slices.Clone(r.Measures), r.With...), ", ") + " are never due together"
			}
			if r.From != "" {
				t += "; from " + shortTime(r.From)
			}
			if r.Until != "" {
				t += "; until " + shortTime(r.Until)
			}
			if r.Citation != "" {
				t += "; " + r.Citation
			}
			rows = append(rows, []string{"  -", t})
		}
		return e.table(e.out, nil, rows)
	}
	return nil
}
