package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

func newDeskCheck(k *desk) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Tell what an application would come to, and what it lacks",
		Long: `Check reads an application as desk file does, and files nothing: which lane the
law gives it, why not a faster one, and for each lane which papers are missing,
in which form, and which undertakings are not given.`,
		Example: `  navicert desk check content.yaml --at 2025-06-16`,
		Args:    exactly(1, "a file with the content, or -"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var c licence.Content
			if err := k.readInto(args[0], &c); err != nil {
				return err
			}
			eng, err := k.open()
			if err != nil {
				return err
			}
			authorities, err := licence.Authorities()
			if err != nil {
				return err
			}
			authority, err := k.who()
			if err != nil {
				return err
			}
			at := k.clock()
			if k.at != "" {
				m, err := quantity.ParseMoment(k.at)
				if err != nil {
					return usagef("--at: %v", err)
				}
				at = m.Noon(authority.Zone())
			}
			check, err := licence.NewDesk(nil, licence.NewEngine(eng.Schedule()), authorities, k.clock).Check(&c, nil, at)
			if err != nil {
				return err
			}
			if k.output == "json" {
				return writeJSON(k.out, check)
			}
			return k.writeCheck(check)
		},
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

func (k *desk) writeCheck(c *licence.Check) error {
	fmt.Fprintf(k.out, "lane %s on %s\n\n", c.Assessment.Lane, c.Assessment.On)
	var rows [][]string
	for _, p := range c.Assessment.Problems {
		rows = append(rows, []string{"fault", p})
	}
	for _, q := range c.Assessment.Questions {
		rows = append(rows, []string{"open", q})
	}
	for _, l := range c.Lanes {
		name := l.ID
		if l.Given {
			name += " *"
		}
		rows = append(rows, []string{name, fmt.Sprintf("%s, %s (%s)", l.Status, l.Title, l.Citation)})
		for _, why := range l.Reasons {
			rows = append(rows, []string{"", "not: " + why})
		}
		for _, m := range l.Missing {
			what := m.What
			if m.Form != "" {
				what += " (" + m.Form + ")"
			}
			rows = append(rows, []string{"", strings.Join([]string{"lacks " + what, m.Why}, ": ")})
		}
	}
	if err := k.table(k.out, nil, rows); err != nil {
		return err
	}
	if c.Ready {
		fmt.Fprintln(k.out, "it could be handed in as it is")
	}
	return nil
}

func newDeskSuspensions(k *desk) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suspensions",
		Short: "List suspensions of parties, items and measures",
		Long: `Suspensions lists what was imposed (desk impose), with the id by which it is
lifted (desk lift), and what was lifted.`,
		Example: `  navicert desk suspensions`,
		Args:    exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, _ quantity.Instant) error {
				reg, err := licence.ReadRegister(ctx, r)
				if err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, append([]licence.Suspension{}, reg.Suspensions...))
				}
				var rows [][]string
				for _, s := range reg.Suspensions {
					until := "lasts"
					if s.Until != 0 {
						until = s.Until.Date(a.Zone()).String()
					}
					rows = append(rows, []string{s.ID, s.Of, s.Subject, s.From.Date(a.Zone()).String(), until, s.Reason})
				}
				if len(rows) == 0 {
					_, err := fmt.Fprintln(k.out, "nothing was imposed")
					return err
				}
				return k.table(k.out, []string{"Id", "Of", "Subject", "From", "Until", "Why"}, rows)
			})
		},
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}
