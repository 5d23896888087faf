package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/nomenclature"
)

// completeCase completes the flags that make a case.
func (e *env) completeCase(cmd *cobra.Command) {
	countries := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var out []string
		for _, c := range nomenclature.Countries() {
			out = append(out, string(c)+"\t"+c.Name())
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
	for _, name := range []string{"from", "to", "origin"} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, countries)
		}
	}
	if cmd.Flags().Lookup("only") != nil {
		_ = cmd.RegisterFlagCompletionFunc("only", cobra.FixedCompletions([]string{"import", "export"}, cobra.ShellCompDirectiveNoFileComp))
	}
	if cmd.Flags().Lookup("fact") != nil {
		_ = cmd.RegisterFlagCompletionFunc("fact", e.completeFacts)
	}
	for _, name := range []string{"goods", "on", "known", "value", "quantity", "since", "until"} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
		}
	}
}

// completeFacts completes "name=" and, of a fact with a few values, those.
func (e *env) completeFacts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	eng, err := e.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	name, _, hasValue := strings.Cut(typed, "=")
	var out []string
	for _, f := range eng.Facts() {
		switch {
		case !hasValue && strings.HasPrefix(f.Name, typed):
			out = append(out, f.Name+"=\t"+f.Question)
		case hasValue && f.Name == name:
			values := f.Values
			if f.Type.String() == "bool" {
				values = []string{"true", "false"}
			}
			for _, v := range values {
				out = append(out, name+"="+v)
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeMeasures completes the id of one measure.
func (e *env) completeMeasures(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	eng, err := e.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []string
	for _, m := range eng.Measures() {
		if strings.HasPrefix(m.ID, typed) {
			out = append(out, m.ID+"\t"+m.Title)
		}
	}
	slices.Sort(out)
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeInstruments completes the id of one instrument.
func (e *env) completeInstruments(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	eng, err := e.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []string
	for _, in := range eng.Instruments() {
		if strings.HasPrefix(in.ID, typed) {
			out = append(out, in.ID+"\t"+in.Citation)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
