package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/rulepack/importer"
)

func newImportHistory(e *env) *cobra.Command {
	var output, into string
	var replaced []string
	cmd := &cobra.Command{
		Use:   "us-history TABLE-2017 TABLE-2023",
		Short: "Refresh the base rates of the US tariff before 2025",
		Long: `Import us-history reads the tariff database of the USITC of August 2017 (CSV,
HS 2017) and the schedule of 2023 by eight digits (CSV, HS 2022), and writes
schedule/hts-before-2025.csv of the pack: what the lines of eight digits read
from 2018 until the first edition of schedule/hts.csv.

A rate that both neighbours of a day print is taken for it; one that differs is
not known, unless schedule/changes-before-2025.csv (columns edition, code, from,
general, note) gives the days. --replaced names programmes that took the place
of others between the tables.`,
		Example: `  navicert pack import us-history 2017.csv.gz 2023.csv.gz \
      --replaced S=CA+MX --into packs/us-tariff`,
		Args: between(2, 2, "the table of 2017 and that of 2023"),
		RunE: func(_ *cobra.Command, args []string) error {
			if into == "" {
				return usagef("--into is missing: the directory of the pack to write, such as packs/us-tariff")
			}
			folder := filepath.Join(into, "schedule")
			in := importer.HistorySource{Replaced: map[string][]string{}}
			for _, text := range replaced {
				by, of, ok := strings.Cut(text, "=")
				if !ok || by == "" || of == "" {
					return usagef("--replaced: %q is not like S=CA+MX", text)
				}
				in.Replaced[by] = strings.Split(of, "+")
			}
			known := filepath.Join(folder, "changes-before-2025.csv")
			if _, err := os.Stat(e.path(known)); !errors.Is(err, fs.ErrNotExist) {
				data, err := e.read(known)
				if err != nil {
					return err
				}
				if in.Changes, err = importer.ReadRateChanges(bytes.NewReader(data)); err != nil {
					return fmt.Errorf("%s: %w", known, err)
				}
			}
			var data [3][]byte
			for i, name := range []string{args[0], args[1], filepath.Join(folder, "hts.csv")} {
				var err error
				if data[i], err = e.read(name); err != nil {
					return err
				}
			}
			in.Old, in.New, in.Schedule = bytes.NewReader(data[0]), bytes.NewReader(data[1]), bytes.NewReader(data[2])
			var out bytes.Buffer
			report, err := importer.USHistory(in, &out)
			if err != nil {
				return err
			}
			file := filepath.Join(folder, "hts-before-2025.csv")
			if err := os.WriteFile(e.path(file), out.Bytes(), 0o644); err != nil {
				return fileError(file, err)
			}
			if output == "json" {
				return writeJSON(e.out, report)
			}
			fmt.Fprint(e.out, report)
			return nil
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "`directory` of the pack")
	cmd.Flags().StringSliceVar(&replaced, "replaced", nil, "programme that took the place of others: `SYMBOL=SYMBOL+SYMBOL`")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

func newImportConcordance(e *env) *cobra.Command {
	var output, into, hs, lines string
	in := importer.ConcordanceSource{}
	cmd := &cobra.Command{
		Use:   "us-concordance",
		Short: "Write which lines of the US tariff took the place of which",
		Long: `Import us-concordance writes schedule/concordance.csv of the pack from its own
tables, the correlation of HS 2022 with HS 2017 (CSV, columns hs2022 and
hs2017), and pairs of statistical lines (CSV, columns old_hts10 and new_hts10).
It says under which lines goods went on whose line ended; the answer for such a
line names them. The table is an aid, and decides nothing.`,
		Example: `  navicert pack import us-concordance --into packs/us-tariff \
      --hs hs2022_to_hs2017.csv --lines pairs.csv --hs-by p-10326 --by hts`,
		Args: between(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			for flag, value := range map[string]string{"into": into, "hs": hs, "lines": lines, "hs-by": in.HSBy, "by": in.By} {
				if value == "" {
					return usagef("--%s is missing", flag)
				}
			}
			folder := filepath.Join(into, "schedule")
			files := []string{filepath.Join(folder, "hts.csv"), filepath.Join(folder, "hts-before-2025.csv"), hs, lines}
			data := make([]*bytes.Reader, len(files))
			for i, name := range files {
				text, err := e.read(name)
				if err != nil {
					return err
				}
				data[i] = bytes.NewReader(text)
			}
			in.Tables = append(in.Tables, data[0], data[1])
			in.HS, in.Lines = data[2], data[3]
			var out bytes.Buffer
			report, err := importer.USConcordance(in, &out)
			if err != nil {
				return err
			}
			file := filepath.Join(folder, "concordance.csv")
			if err := os.WriteFile(e.path(file), out.Bytes(), 0o644); err != nil {
				return fileError(file, err)
			}
			if output == "json" {
				return writeJSON(e.out, report)
			}
			fmt.Fprint(e.out, report)
			return nil
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "`directory` of the pack")
	cmd.Flags().StringVar(&hs, "hs", "", "correlation of HS 2022 with HS 2017 (`file`)")
	cmd.Flags().StringVar(&lines, "lines", "", "pairs of statistical lines (`file`)")
	cmd.Flags().StringVar(&in.HSBy, "hs-by", "", "the `instrument` that brought HS 2022")
	cmd.Flags().StringVar(&in.By, "by", "", "the `instrument` of the pairs")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}
