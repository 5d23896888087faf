package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// run executes one command line and returns its exit code.
func run(args []string, e *env) int {
	root := newRoot(e)
	root.SetArgs(args)
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	err := root.Execute()
	if err != nil {
		report(e.err, err)
	}
	return exitCode(err)
}

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "navicert",
		Short: "What it takes to move goods across a border on a given day",
		Long: `Navicert answers, for a shipment and a date: may the goods move, what does it
cost at the border, why, what is missing to be certain, and what comes next.
Every line of an answer cites the law behind it.

Two dates are always meant: the day of the movement (--on) and the day up to
which announcements count (--known). The law on one day as known on another is
how an old entry is audited and how the future is looked at.

Exit codes: 0 answered; 1 a fault in what was given; 2 a fault in how the
command was typed; 3 answered, but with refer or open questions (--strict).`,
		Example: `  navicert determine --goods 8505.11.00.70 --from CN --to US \
      --on 2025-06-15 --value "10000 USD"
  navicert search permanent magnet
  navicert timeline --goods 8505.11.00.70 --from CN --to US --since 2025-01-01`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		Args:              noSuchCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%s (see %s --help)", lowerFirst(err.Error()), cmd.CommandPath())
	})
	root.PersistentFlags().StringVar(&e.packs, "packs", "", "read the packs in this `directory` instead of those in the binary")
	root.AddCommand(
		newDetermine(e),
		newBatch(e),
		newPanel(e),
		newCompare(e),
		newScenario(e),
		newVerify(e),
		newExplain(e),
		newMeasures(e),
		newInstruments(e),
		newTimeline(e),
		newPack(e),
		newDesk(e),
		newMigrate(e),
		newFacts(e),
		newSearch(e),
		newServe(e),
		newMCP(e),
		newVersion(e),
	)
	return root
}

// noSuchCommand refuses a word that is no command, naming the nearest.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see " + cmd.CommandPath() + " --help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", cmd.CommandPath()+" "+near[0])
	}
	return usagef("%q is not a command of %s (%s)", args[0], cmd.CommandPath(), hint)
}

// exactly wants n arguments, which what names.
func exactly(n int, what string) cobra.PositionalArgs {
	return between(n, n, what)
}

func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s wants %s (%s)", commandName(cmd), what, cmd.UseLine())
		case most >= 0 && len(args) > most:
			return usagef("%s: %q is one argument too many (%s)", commandName(cmd), args[most], cmd.UseLine())
		}
		return nil
	}
}

// commandName is the command without the program's name, with which messages
// begin anyway.
func commandName(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// outputFlag adds --output with the forms a command can write.
func outputFlag(cmd *cobra.Command, into *string, forms ...string) {
	cmd.Flags().StringVar(into, "output", forms[0], "write "+strings.Join(forms, ", "))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp))
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(forms, *into) {
			return usagef("--output: %q is not a form of this answer (try %s)", *into, strings.Join(forms, ", "))
		}
		if before != nil {
			return before(cmd, args)
		}
		return nil
	}
}

// scenarioFlag adds --scenario to a command that answers under the law.
func scenarioFlag(cmd *cobra.Command, e *env) {
	cmd.Flags().StringArrayVar(&e.scenarios, "scenario", nil, "lay the scenario of this `file` over the law; may be repeated")
	_ = cmd.MarkFlagFilename("scenario", "yaml")
}

// writeJSON writes a value for programs: indented, one final newline.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
