package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/catalogue"
)

// version is what a release build is called; a build from a module has the
// module's version instead.
const version = "0.1.0-dev"

func newVersion(e *env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "The version of the program and of the law in it",
		Long: `The version of the program, and the digest of each pack. Two answers rest on
the same law if and only if their digests are the same. What a pack does not
cover is listed with it.`,
		Example: "  navicert version\n  navicert version --output json",
		Args:    exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			eng, err := e.open()
			if err != nil {
				return err
			}
			v := programVersion()
			packs := catalogue.Packs(eng)
			if output == "json" {
				return writeJSON(e.out, map[string]any{"version": v, "go": runtime.Version(), "digest": eng.Digest(), "packs": packs})
			}
			fmt.Fprintf(e.out, "navicert %s, %s\npacks %s\n", v, runtime.Version(), eng.Digest())
			for _, p := range packs {
				fmt.Fprintln(e.out)
				rows := [][]string{
					{fmt.Sprintf("%s: %s, from %s, checked through %s", p.ID, p.Title, p.Begins, p.KnownThrough)},
					{"  " + p.Digest},
				}
				for _, n := range p.NotCovered {
					rows = append(rows, []string{"  not covered:", n})
				}
				if err := e.table(e.out, nil, rows); err != nil {
					return err
				}
			}
			return nil
		},
	}
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}
