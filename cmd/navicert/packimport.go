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

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/rulepack/importer"
)

func newPackImport(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Write tables and lists from official exports and plain lists",
		Long: `Import turns what authorities publish into the dated tables of a pack: the
editions of a tariff schedule, or a list of goods codes from an annex. It keeps
the words of its source, leaves no row out in silence, and writes nothing where
a row cannot be read: every such row is then named. Run navicert pack check
afterwards.`,
		Example: `  navicert pack import us-hts exports/ --into packs/us-tariff
  navicert pack import codes annex.txt --into packs/us-tariff \
      --list us.example --by eo-14257 --from 2025-04-05T00:01-04:00`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newImportHTS(e), newImportHistory(e), newImportConcordance(e), newImportFootnotes(e), newImportChina(e), newImportCodes(e), newImportCSVCodes(e), newImportParties(e), newImportCCL(e), newImportGroups(e))
	return cmd
}

func newImportHTS(e *env) *cobra.Command {
	var output, into, editions, legal string
	cmd := &cobra.Command{
		Use:   "us-hts FILE...",
		Short: "Refresh the tables of the US tariff from exports of the USITC",
		Long: `Import us-hts reads editions of the Harmonized Tariff Schedule of the United
States as the USITC exports them (JSON, perhaps gzipped, named
hts_EDITION.json), merges them by validity and writes schedule/hts.csv and
schedule/chapter-99.csv of the pack. A directory stands for the exports in it.

The table of editions (columns edition, from, note) says which there are, in
the order of publication; the table of legal days (edition, code, from, note)
says which changes took effect on another day than their edition's. By default
they are editions.csv and legal-days.csv of the pack's schedule/.`,
		Example: "  navicert pack import us-hts exports/*.json.gz --into packs/us-tariff",
		Args:    between(1, -1, "the files of the exports"),
		RunE: func(_ *cobra.Command, args []string) error {
			if into == "" {
				return usagef("--into is missing: the directory of the pack to write, such as packs/us-tariff")
			}
			folder := filepath.Join(into, "schedule")
			if editions == "" {
				editions = filepath.Join(folder, "editions.csv")
			}
			list, closeAll, err := e.openEditions(editions, args)
			if err != nil {
				return err
			}
			defer closeAll()
			days, err := e.readLegalDays(legal, filepath.Join(folder, "legal-days.csv"))
			if err != nil {
				return err
			}
			var lines, headings bytes.Buffer
			report, err := importer.USHTS(list, days, &lines, &headings)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(e.path(folder), 0o755); err != nil {
				return fileError(folder, err)
			}
			for name, data := range map[string][]byte{"hts.csv": lines.Bytes(), "chapter-99.csv": headings.Bytes()} {
				file := filepath.Join(folder, name)
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
	cmd.Flags().StringVar(&into, "into", "", "`directory` of the pack")
	cmd.Flags().StringVar(&editions, "editions", "", "table of editions (`file`)")
	cmd.Flags().StringVar(&legal, "legal-days", "", "table of changes with days of their own (`file`)")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

func newImportFootnotes(e *env) *cobra.Command {
	var output, into, editions string
	var headings []string
	cmd := &cobra.Command{
		Use:   "us-footnotes FILE...",
		Short: "Read the headings that the footnotes of the US tariff name",
		Long: `Import us-footnotes reads the footnotes of the same exports as us-hts and writes
schedule/footnotes.csv of the pack: which line refers to which heading of
chapter 99, in which editions. The table is how the compilers of the schedule
read the law. It is no law itself; tests compare the lists of a pack with it.`,
		Example: "  navicert pack import us-footnotes exports/ --into packs/us-tariff \\\n      --heading 9903.88 --heading 9903.91",
		Args:    between(1, -1, "the files of the exports"),
		RunE: func(_ *cobra.Command, args []string) error {
			if into == "" {
				return usagef("--into is missing: the directory of the pack to write, such as packs/us-tariff")
			}
			var wanted []nomenclature.Code
			for _, h := range headings {
				code, err := nomenclature.ParseCode(h)
				if err != nil {
					return usagef("--heading: %v", err)
				}
				wanted = append(wanted, code)
			}
			if len(wanted) == 0 {
				return usagef("--heading is missing: the headings whose references are read, such as 9903.88")
			}
			folder := filepath.Join(into, "schedule")
			if editions == "" {
				editions = filepath.Join(folder, "editions.csv")
			}
			list, closeAll, err := e.openEditions(editions, args)
			if err != nil {
				return err
			}
			defer closeAll()
			var table bytes.Buffer
			report, err := importer.Footnotes(list, wanted, &table)
			if err != nil {
				return err
			}
			file := filepath.Join(folder, "footnotes.csv")
			if err := os.WriteFile(e.path(file), table.Bytes(), 0o644); err != nil {
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
	cmd.Flags().StringVar(&editions, "editions", "", "table of editions (`file`)")
	cmd.Flags().StringArrayVar(&headings, "heading", nil, "`heading` of chapter 99, or how it begins; again for more")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

// openEditions reads the table of editions and opens the export of each among
// the files and directories. The function closes them.
func (e *env) openEditions(table string, args []string) ([]importer.Edition, func(), error) {
	list, err := e.readEditions(table)
	if err != nil {
		return nil, nil, err
	}
	files, err := e.exports(args)
	if err != nil {
		return nil, nil, err
	}
	var opened []*os.File
	closeAll := func() {
		for _, f := range opened {
			f.Close()
		}
	}
	var missing []error
	for i := range list {
		name, ok := files[list[i].Name]
		if !ok {
			missing = append(missing, fmt.Errorf("edition %s of %s is not among the files (hts_%s.json or .json.gz)", list[i].Name, table, list[i].Name))
			continue
		}
		f, err := os.Open(e.path(name))
		if err != nil {
			missing = append(missing, fileError(name, err))
			continue
		}
		opened = append(opened, f)
		list[i].JSON = f
	}
	if len(missing) > 0 {
		closeAll()
		return nil, nil, errors.Join(missing...)
	}
	return list, closeAll, nil
}

func (e *env) readEditions(name string) ([]importer.Edition, error) {
	data, err := e.read(name)
	if err != nil {
		return nil, err
	}
	list, err := importer.ReadEditions(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}

// readLegalDays reads the table named, or the usual one where it is there.
func (e *env) readLegalDays(name, usual string) ([]importer.LegalDay, error) {
	if name == "" {
		if _, err := os.Stat(e.path(usual)); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		name = usual
	}
	data, err := e.read(name)
	if err != nil {
		return nil, err
	}
	days, err := importer.ReadLegalDays(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return days, nil
}

// exports finds the export of each edition among files and directories.
func (e *env) exports(args []string) (map[string]string, error) {
	out := map[string]string{}
	var errs []error
	add := func(name string) {
		base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(name), ".gz"), ".json")
		if edition, ok := strings.CutPrefix(base, "hts_"); ok {
			out[edition] = name
		}
	}
	for _, arg := range args {
		info, err := os.Stat(e.path(arg))
		if err != nil {
			errs = append(errs, fileError(arg, err))
			continue
		}
		if !info.IsDir() {
			add(arg)
			continue
		}
		entries, err := os.ReadDir(e.path(arg))
		if err != nil {
			errs = append(errs, fileError(arg, err))
		}
		for _, entry := range entries {
			add(filepath.Join(arg, entry.Name()))
		}
	}
	return out, errors.Join(errs...)
}
