package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newMigrate(e *env) *cobra.Command {
	k := &desk{env: e}
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables of a database up to date",
		Long: `Migrate brings the tables of the licence desk up to date, in the data directory
or in PostgreSQL. Commands that open a desk do it by themselves; do it
beforehand where they may not change tables. A newer program reads what an older
one wrote; the other way round is refused.`,
		Example: `  navicert migrate --data ./data
  navicert migrate --database postgres://localhost/desk`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, done, err := k.store(cmd.Context(), true)
			if err != nil {
				return err
			}
			done()
			if k.output == "json" {
				return writeJSON(e.out, map[string]bool{"upToDate": true})
			}
			fmt.Fprintln(e.out, "the tables of the licence desk are up to date")
			return nil
		},
	}
	cmd.Flags().StringVar(&k.data, "data", "", "`directory` of the desk (default: navicert in the user's data directory)")
	databaseFlag(cmd.Flags(), &k.database, "instead of --data")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}
