package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/rulepack/importer"
)

func newImportCCL(e *env) *cobra.Command {
	var output, into string
	source := importer.CCLSource{}
	cmd := &cobra.Command{
		Use:   "us-ccl ENTRIES REQUIREMENTS PARAGRAPHS",
		Short: "Write the lists of the US Commerce Control List from tables",
		Long: `Import us-ccl reads the Commerce Control List (15 CFR 774, supplement 1) as
three tables: entries (eccn, heading, reasons_for_control, lvs, gbs,
other_exception_flags), licence requirements (eccn, control_scope,
country_chart_or_prose) and paragraphs (eccn, paragraph, kind, text). It writes
the register of all codes with their headings, lists/PREFIX.csv, and one list
for each column of the Country Chart, each requirement that names no column and
each exception that an entry opens: lists/PREFIX.NAME.csv. Lists of the prefix
that are there are written anew.

A scope by paragraphs becomes codes. A scope in words becomes a row that asks
for a fact of its list, such as control.mt_1; the report counts them. Where the
list that is there has split such a row by hand, the rows with the same words
stay; where the words are others now, the report asks to read them anew.`,
		Example: `  navicert pack import us-ccl entries.csv requirements.csv paragraphs.csv \
      --into packs/us-export-control --by ear-774`,
		Args: exactly(3, "the tables of entries, requirements and paragraphs"),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case into == "":
				return usagef("--into is missing: the directory of the pack to write, such as packs/us-export-control")
			case source.By == "":
				return usagef("--by is missing: the id of the instrument that the rows cite, as in instruments.yaml")
			case !listID.MatchString(source.Prefix):
				return usagef("--prefix: %q is not the id of a list (such as us.ccl)", source.Prefix)
			}
			var data [3][]byte
			for i, name := range args {
				var err error
				if data[i], err = e.read(name); err != nil {
					return err
				}
			}
			source.Entries, source.Requirements, source.Paragraphs = bytes.NewReader(data[0]), bytes.NewReader(data[1]), bytes.NewReader(data[2])
			folder := filepath.Join(into, "lists")
			if err := e.readLists(folder, &source); err != nil {
				return err
			}
			lists, report, err := importer.USCCL(source)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(e.path(folder), 0o755); err != nil {
				return fileError(folder, err)
			}
			for _, id := range slices.Sorted(maps.Keys(lists)) {
				file := filepath.Join(folder, id+".csv")
				if err := os.WriteFile(e.path(file), lists[id], 0o644); err != nil {
					return fileError(file, err)
				}
			}
			if output == "json" {
				return writeJSON(e.out, map[string]any{"entries": report.Entries, "paragraphs": report.Paragraphs, "requirements": report.Requirements,
					"rows": report.Rows, "words": report.Words, "unread": report.Unread, "kept": report.Kept, "changed": report.Changed})
			}
			fmt.Fprintln(e.out, report)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&into, "into", "", "`directory` of the pack")
	f.StringVar(&source.By, "by", "", "`id` of the instrument that the rows cite")
	f.StringVar(&source.Prefix, "prefix", "us.ccl", "`id` of the register, and what those of the other lists begin with")
	f.StringVar(&source.Facts, "facts", "control", "what the `names` of the facts begin with that scopes in words ask for")
	outputFlag(cmd, &output, "text", "json")
	_ = cmd.MarkFlagDirname("into")
	return cmd
}

// readLists reads the lists of the control list that the pack has.
func (e *env) readLists(folder string, source *importer.CCLSource) error {
	files, err := filepath.Glob(filepath.Join(e.path(folder), source.Prefix+"*.csv"))
	if err != nil {
		return err
	}
	source.Lists = map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return fileError(file, err)
		}
		source.Lists[strings.TrimSuffix(filepath.Base(file), ".csv")] = data
	}
	return nil
}

func newImportGroups(e *env) *cobra.Command {
	var output, into, name string
	var alias, as, rename map[string]string
	source := importer.GroupSource{}
	cmd := &cobra.Command{
		Use:   "groups FILE|-",
		Short: "Write groups of countries from a table with marks",
		Long: `Import groups reads a CSV file with a country in each row and an X in the
columns of the groups that it belongs to, and writes groups/NAME.csv of the
pack. Groups take the names of their columns: NS1 is NS-1. A file that is there
is written anew.`,
		Example: `  navicert pack import groups chart.csv --into packs/us-export-control \
      --name country-chart --by ear-738 --skip footnotes \
      --alias "Bahamas, The=BS" --as HK=CN`,
		Args: exactly(1, "the CSV file"),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case into == "":
				return usagef("--into is missing: the directory of the pack to write, such as packs/us-export-control")
			case source.By == "":
				return usagef("--by is missing: the id of the instrument that the rows cite, as in instruments.yaml")
			case !listID.MatchString(name):
				return usagef("--name: %q cannot name the file (such as country-chart)", name)
			}
			country := func(flag, s string) (nomenclature.Country, error) {
				c, err := nomenclature.ParseCountry(s)
				if err != nil {
					return "", usagef("--%s: %v", flag, err)
				}
				return c, nil
			}
			source.Alias, source.As, source.Groups = map[string]nomenclature.Country{}, map[nomenclature.Country]nomenclature.Country{}, rename
			for _, k := range slices.Sorted(maps.Keys(alias)) {
				c, err := country("alias", alias[k])
				if err != nil {
					return err
				}
				source.Alias[strings.ReplaceAll(k, ";", ",")] = c
			}
			for _, k := range slices.Sorted(maps.Keys(as)) {
				c, err := country("as", k)
				if err != nil {
					return err
				}
				if source.As[c], err = country("as", as[k]); err != nil {
					return err
				}
			}
			data, err := e.read(args[0])
			if err != nil {
				return err
			}
			source.Name = inputName(args[0])
			var out bytes.Buffer
			report, err := importer.Groups(bytes.NewReader(data), source, &out)
			if err != nil {
				return err
			}
			file := filepath.Join(into, "groups", name+".csv")
			if err := os.MkdirAll(e.path(filepath.Dir(file)), 0o755); err != nil {
				return fileError(file, err)
			}
			if err := os.WriteFile(e.path(file), out.Bytes(), 0o644); err != nil {
				return fileError(file, err)
			}
			if output == "json" {
				return writeJSON(e.out, map[string]any{"file": file, "countries": report.Countries, "rows": report.Rows, "empty": report.Empty})
			}
			fmt.Fprintf(e.out, "%s: %s\n", file, report)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&into, "into", "", "`directory` of the pack")
	f.StringVar(&name, "name", "", "`name` of the file: groups/NAME.csv is written")
	f.StringVar(&source.By, "by", "", "`id` of the instrument that the rows cite")
	f.StringVar(&source.From, "from", "", "first `day` or instant (default: always)")
	f.StringVar(&source.Country, "country", "country", "`column` of the countries")
	f.StringSliceVar(&source.Skip, "skip", nil, "`columns` that are no group")
	f.StringToStringVar(&alias, "alias", nil, "`NAME=CODE` of a country that the table spells in its own way (write ; for a comma)")
	f.StringToStringVar(&as, "as", nil, "`CODE=CODE`: a country that takes the row of another")
	f.StringToStringVar(&rename, "group", nil, "the `NAME` of the group of a column that is not called so (COLUMN=NAME)")
	outputFlag(cmd, &output, "text", "json")
	_ = cmd.MarkFlagDirname("into")
	return cmd
}
