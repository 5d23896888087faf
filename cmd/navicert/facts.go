package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/catalogue"
)

func newFacts(e *env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "facts [WORD]",
		Short: "The facts a case can state with --fact name=value",
		Long: `Facts lists what a case can state: name, type and the question behind it. An
attribute that is not given is unknown, and asked for where it matters. A claim
that is not given is not made. A word narrows the list to names and questions
that hold it.`,
		Example: `  navicert facts
  navicert facts military`,
		Args: between(0, 1, "one word"),
		RunE: func(_ *cobra.Command, args []string) error {
			eng, err := e.open()
			if err != nil {
				return err
			}
			views := catalogue.Facts(eng, strings.Join(args, ""))
			if output == "json" {
				return writeJSON(e.out, views)
			}
			if len(views) == 0 {
				return fmt.Errorf("no fact's name or question holds %q (navicert facts lists all)", args[0])
			}
			for _, v := range views {
				fmt.Fprintf(e.out, "%s   %s\n", v.Name, factForm(&v))
				if err := e.table(e.out, nil, [][]string{{" ", v.Question}}); err != nil {
					return err
				}
			}
			return nil
		},
	}
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

// factForm says what values the fact takes.
func factForm(v *catalogue.Fact) string {
	s := v.Kind + ", " + v.Type
	if v.Unit != "" {
		s += " in " + v.Unit
	}
	switch {
	case len(v.Values) > 8:
		s += fmt.Sprintf(": %s … (%d values)", strings.Join(v.Values[:3], ", "), len(v.Values))
	case len(v.Values) > 0:
		s += ": " + strings.Join(v.Values, ", ")
	}
	if v.Formula != "" {
		s += " = " + v.Formula
	}
	return s
}
