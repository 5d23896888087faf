package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/rulepack/importer"
)

func newImportChina(e *env) *cobra.Command {
	var output, into string
	names := map[string]*string{}
	cmd := &cobra.Command{
		Use:   "cn-tariff",
		Short: "Make the tables of China's tariff and of its duties on US goods",
		Long: `Import cn-tariff reads the compilations in which China's ordinary rates to June
2019 and its additional duties on goods of the United States are held, derives
the lists that none of them prints, and writes schedule/tariff.csv and the lists
of the pack. Files may be gzipped.

The lists of September 2019 and February 2025 are what the totals of March 2025
hold beyond all other lists. A total that no rates add up to is an error.`,
		Example: `  navicert pack import cn-tariff --rates rates.csv --totals totals.csv \
      --list-10 ten.csv --list-15 fifteen.csv --nomenclature hs.csv \
      --into packs/cn-tariff`,
		Args: between(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			if into == "" {
				return usagef("--into is missing: the directory of the pack to write, such as packs/cn-tariff")
			}
			var src importer.ChinaSources
			for name, in := range map[string]*io.Reader{"rates": &src.Rates, "totals": &src.Totals, "list-10": &src.Ten, "list-15": &src.Fifteen, "nomenclature": &src.Nomenclature} {
				if *names[name] == "" {
					return usagef("--%s is missing: a CSV file", name)
				}
				data, err := e.read(*names[name])
				if err != nil {
					return err
				}
				*in = bytes.NewReader(data)
				if strings.HasSuffix(*names[name], ".gz") {
					if *in, err = gzip.NewReader(*in); err != nil {
						return fmt.Errorf("%s: %w", *names[name], err)
					}
				}
			}
			files, report, err := importer.China(src)
			if err != nil {
				return err
			}
			for path, data := range files {
				file := filepath.Join(into, filepath.FromSlash(path))
				if err := os.MkdirAll(e.path(filepath.Dir(file)), 0o755); err != nil {
					return fileError(file, err)
				}
				if err := os.WriteFile(e.path(file), data, 0o644); err != nil {
					return fileError(file, err)
				}
			}
			if output == "json" {
				return writeJSON(e.out, report)
			}
			fmt.Fprint(e.out, report)
			return nil
		},
	}
	for name, usage := range map[string]string{
		"rates":        "rates on 2018-01-01 and their changes to June 2019, with the lists of 2018 (`file`)",
		"totals":       "additional duties of 2018 to March 2025 together, by line (`file`)",
		"list-10":      "list of March 2025 at 10 % (`file`)",
		"list-15":      "list of March 2025 at 15 % (`file`)",
		"nomenclature": "Harmonized System of 2022 (`file`)",
	} {
		names[name] = cmd.Flags().String(name, "", usage)
	}
	cmd.Flags().StringVar(&into, "into", "", "`directory` of the pack")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}
