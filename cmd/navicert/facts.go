package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

type factView struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Kind     string   `json:"kind"`
	Unit     string   `json:"unit,omitempty"`
	Values   []string `json:"values,omitempty"`
	Min      string   `json:"min,omitempty"`
	Max      string   `json:"max,omitempty"`
	Formula  string   `json:"formula,omitempty"`
	Question string   `json:"question"`
	Where    string   `json:"where,omitempty"`
	Pack     string   `json:"pack"`
}

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
			word := ""
			if len(args) == 1 {
				word = strings.ToLower(args[0])
			}
			views := []factView{}
			for _, f := range eng.Facts() {
				if !strings.Contains(strings.ToLower(f.Name+" "+f.Question), word) {
					continue
				}
				v := factView{Name: f.Name, Type: f.Type.String(), Kind: f.Kind.String(), Unit: f.Unit, Values: f.Values,
					Formula: f.Formula, Question: f.Question, Where: f.Where, Pack: f.Pack}
				if f.Min != nil {
					v.Min = f.Min.String()
				}
				if f.Max != nil {
					v.Max = f.Max.String()
				}
				views = append(views, v)
			}
			if output == "json" {
				return writeJSON(e.out, views)
			}
			if len(views) == 0 {
				return fmt.Errorf("no fact's name or question holds %q (navicert facts lists all)", args[0])
			}
			for _, v := range views {
				fmt.Fprintf(e.out, "%s   %s\n", v.Name, v.form())
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

// form says what values the fact takes.
func (v *factView) form() string {
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
