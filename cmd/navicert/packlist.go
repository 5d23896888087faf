package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/rulepack/importer"
)

// listing is the flags of the commands that write a goods list.
type listing struct {
	into, list string
	source     importer.Source
	replace    bool
	output     string
}

func (l *listing) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.into, "into", "", "`directory` of the pack")
	f.StringVar(&l.list, "list", "", "`id` of the list: lists/ID.csv is written")
	f.StringVar(&l.source.By, "by", "", "`id` of the instrument that made the list")
	f.StringVar(&l.source.From, "from", "", "first `day` or instant (default: always)")
	f.StringVar(&l.source.Until, "until", "", "first `day` or instant that is outside (default: open)")
	f.StringVar(&l.source.EndedBy, "ended-by", "", "`id` of the instrument that ended it, where the end was not known from the beginning")
	f.BoolVar(&l.replace, "replace", false, "write over a list that is there")
	outputFlag(cmd, &l.output, "text", "json")
	_ = cmd.MarkFlagDirname("into")
}

// listID is the id of a list, which is the name of its file too.
var listID = regexp.MustCompile(`^[a-z][a-z0-9]*([.-][a-z0-9]+)*$`)

// run reads the file that is named, has it written as a list and reports.
func (l *listing) run(e *env, name string, write func(in, out *bytes.Buffer, source importer.Source) (importer.ListReport, error)) error {
	switch {
	case l.into == "":
		return usagef("--into is missing: the directory of the pack to write, such as packs/us-tariff")
	case l.list == "":
		return usagef("--list is missing: the id of the list, such as us.ieepa.annex-ii")
	case !listID.MatchString(l.list):
		return usagef("--list: %q is not the id of a list (lower-case letters and digits, joined by dots and hyphens, such as us.ieepa.annex-ii)", l.list)
	case l.source.By == "":
		return usagef("--by is missing: the id of the instrument that made the list, as in instruments.yaml")
	}
	source := l.source
	source.Name = inputName(name)
	var err error
	if source.Zone, err = e.packZone(l.into); err != nil {
		return err
	}
	file := filepath.Join(l.into, "lists", l.list+".csv")
	if _, err := os.Stat(e.path(file)); err == nil && !l.replace {
		return fmt.Errorf("%s is there already, and its rows are never edited (--replace writes it anew)", file)
	}
	data, err := e.read(name)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	report, err := write(bytes.NewBuffer(data), &out, source)
	if err != nil {
		return err
	}
	if report.Rows == 0 {
		return fmt.Errorf("%s holds no goods code", source.Name)
	}
	if err := os.MkdirAll(e.path(filepath.Dir(file)), 0o755); err != nil {
		return fileError(file, err)
	}
	if err := os.WriteFile(e.path(file), out.Bytes(), 0o644); err != nil {
		return fileError(file, err)
	}
	if l.output == "json" {
		return writeJSON(e.out, map[string]any{"file": file, "lines": report.Lines, "skipped": report.Skipped, "rows": report.Rows})
	}
	fmt.Fprintf(e.out, "%s: %s\n", file, report)
	return nil
}

// packZone is the zone of a pack, which may still lack what it needs to be read
// as a whole.
func (e *env) packZone(dir string) (*time.Location, error) {
	name := filepath.Join(dir, "pack.yaml")
	data, err := os.ReadFile(e.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--into: %s is not a pack (it has no pack.yaml)", dir)
	}
	if err != nil {
		return nil, fileError(name, err)
	}
	var head struct {
		Zone string `yaml:"zone"`
	}
	if err := yaml.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	zone, err := time.LoadLocation(head.Zone)
	if head.Zone == "" || err != nil {
		return nil, fmt.Errorf("%s: %q is not a zone (such as America/New_York)", name, head.Zone)
	}
	return zone, nil
}

func newImportCodes(e *env) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "codes FILE|-",
		Short: "Write a goods list from a plain list of codes, one a line",
		Long: `Import codes reads a plain list of goods codes, one a line, and writes it as a
goods list of the pack in the order of the codes: lists/ID.csv. What follows a
tab is the note of the row; what follows a # at the beginning of a line or
behind a code is a comment. A code that stands twice, or cannot be read, is a
fault; then nothing is written.`,
		Example: `  navicert pack import codes annex.txt --into packs/us-tariff \
      --list us.example --by eo-14257 --from 2025-04-05T00:01-04:00
  pdftotext annex.pdf - | grep -Eo '[0-9]{4}(\.[0-9]{2}){1,3}' | sort -u |
      navicert pack import codes - --into packs/us-tariff \
      --list us.example --by eo-14257`,
		Args: exactly(1, "the file of the list"),
		RunE: func(_ *cobra.Command, args []string) error {
			return l.run(e, args[0], func(in, out *bytes.Buffer, source importer.Source) (importer.ListReport, error) {
				return importer.Codes(in, source, out)
			})
		},
	}
	l.register(cmd)
	return cmd
}

func newImportCSVCodes(e *env) *cobra.Command {
	var l listing
	var columns importer.Columns
	cmd := &cobra.Command{
		Use:   "csv-codes FILE|-",
		Short: "Write a goods list from a CSV file with a column of codes",
		Long: `Import csv-codes does what import codes does, for a CSV file with a header. The
columns are named by the header; those for the beginning, the end and the note
of a row are optional. Where a row has a day of its own it stands in for --from
or --until; a row that has its own end is not ended by --ended-by.`,
		Example: `  navicert pack import csv-codes lists.csv --into packs/us-tariff \
      --list us.example --by usitc-232 --code hts8 --from-column start`,
		Args: exactly(1, "the CSV file"),
		RunE: func(_ *cobra.Command, args []string) error {
			return l.run(e, args[0], func(in, out *bytes.Buffer, source importer.Source) (importer.ListReport, error) {
				return importer.CSVCodes(in, columns, source, out)
			})
		},
	}
	l.register(cmd)
	cmd.Flags().StringVar(&columns.Code, "code", "code", "`column` of the goods codes")
	cmd.Flags().StringVar(&columns.From, "from-column", "", "`column` of the first days")
	cmd.Flags().StringVar(&columns.Until, "until-column", "", "`column` of the first days outside")
	cmd.Flags().StringVar(&columns.Note, "note-column", "", "`column` of notes")
	return cmd
}

func newImportParties(e *env) *cobra.Command {
	var into, list, output string
	var source importer.PartySource
	var where, earlier, notice []string
	var earlierColumns, notices string
	var replace, add bool
	cmd := &cobra.Command{
		Use:   "parties FILE|-",
		Short: "Write a party list from an export of a screening list",
		Long: `Import parties reads a list of parties as an authority exports it and writes it
as a party list of the pack: lists/ID.csv. The export is a CSV file with a
header, JSON (an array of objects, or an object with the array in its member
entities) or XML, perhaps gzipped. The columns are named by the header, the
members of the objects, or the elements within --records.

The day of a listing is the first one written in the column of --from-column,
which may cite notices. A party without a day is listed since the day of the
copy (--seen) at the latest, or since the end of the year of the volume of the
Federal Register that is cited: its row says since: unknown, and before that day
nobody is told that it was not listed. Records of one name become one row. What
stands in brackets behind a name may be left out by who asks.`,
		Example: `  navicert pack import parties list.csv --into packs/parties --list us.sdn \
      --by ofac-sdn --where list=SDN --where party_type=Entity --name name \
      --aliases alt_names --separator "|" --identifier entity_number \
      --prefix OFAC- --country countries_iso2 --seen 2026-07-31`,
		Args: exactly(1, "the file of the list"),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case into == "":
				return usagef("--into is missing: the directory of the pack to write, such as packs/parties")
			case !listID.MatchString(list):
				return usagef("--list: %q is not the id of a list (lower-case letters and digits, joined by dots and hyphens, such as us.entity-list)", list)
			case source.By == "":
				return usagef("--by is missing: the id of the instrument that made the list, as in instruments.yaml")
			}
			source.Where = map[string][]string{}
			for _, w := range where {
				column, value, ok := strings.Cut(w, "=")
				if !ok {
					return usagef("--where: %q is not COLUMN=VALUE", w)
				}
				source.Where[column] = append(source.Where[column], value)
			}
			if notices != "" {
				data, err := e.read(notices)
				if err != nil {
					return err
				}
				source.Notices = append(source.Notices, bytes.NewReader(data))
			}
			for _, n := range notice {
				source.Notices = append(source.Notices, strings.NewReader(n))
			}
			for _, c := range earlier {
				day, name, ok := strings.Cut(c, "=")
				if !ok {
					return usagef("--earlier: %q is not DAY=FILE", c)
				}
				data, err := e.read(name)
				if err != nil {
					return err
				}
				from := importer.EarlierCopy{Seen: day, Data: bytes.NewReader(data)}
				if earlierColumns != "" {
					from.Columns = strings.Split(earlierColumns, ",")
				}
				source.Earlier = append(source.Earlier, from)
			}
			source.Source.Name = inputName(args[0])
			var err error
			if source.Zone, err = e.packZone(into); err != nil {
				return err
			}
			file := filepath.Join(into, "lists", list+".csv")
			there, err := os.ReadFile(e.path(file))
			switch {
			case err == nil && add:
				source.Added = there
			case err == nil && !replace:
				return fmt.Errorf("%s is there already, and its rows are never edited (--add adds who is not on it, --replace writes it anew)", file)
			}
			data, err := e.read(args[0])
			if err != nil {
				return err
			}
			var out bytes.Buffer
			report, err := importer.Parties(bytes.NewReader(data), source, &out)
			if err != nil {
				return err
			}
			if report.Rows == 0 {
				return fmt.Errorf("%s holds no party that is meant", source.Source.Name)
			}
			if err := os.MkdirAll(e.path(filepath.Dir(file)), 0o755); err != nil {
				return fileError(file, err)
			}
			if err := os.WriteFile(e.path(file), out.Bytes(), 0o644); err != nil {
				return fileError(file, err)
			}
			if output == "json" {
				return writeJSON(e.out, map[string]any{"file": file, "records": report.Records, "passed": report.Passed, "merged": report.Merged, "rows": report.Rows, "undated": report.Undated, "stateless": report.Stateless})
			}
			fmt.Fprintf(e.out, "%s: %s\n", file, report)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&into, "into", "", "`directory` of the pack")
	f.StringVar(&list, "list", "", "`id` of the list: lists/ID.csv is written")
	f.StringVar(&source.By, "by", "", "`id` of the instrument that the list is kept under")
	f.StringVar(&source.From, "from", "", "`day` of the listing of all that have none of their own")
	f.StringVar(&source.Until, "until", "", "first `day` on which they are listed no more (default: open)")
	f.StringVar(&source.EndedBy, "ended-by", "", "`id` of the instrument that took them off, where that was not known from the beginning")
	f.StringVar(&source.Seen, "seen", "", "`day` of the copy: who has no day is listed since then at the latest")
	f.StringVar(&source.NotBefore, "not-before", "", "first `day` on which the list said of anybody what it says of these")
	f.StringVar(&notices, "notices", "", "`file` of another copy that cites notices of the Federal Register with their days")
	f.StringArrayVar(&notice, "notice", nil, "a notice and its day as `CITE`, such as \"85 FR 29852, 2020-05-19\"; may be repeated")
	f.StringArrayVar(&earlier, "earlier", nil, "an earlier copy of the list as `DAY=FILE`, for parties without a day of their own; may be repeated")
	f.StringVar(&earlierColumns, "earlier-columns", "", "`columns` of the earlier copies, separated by commas, where they have no header")
	f.StringVar(&source.Records, "records", "", "`element` of an XML file that is a party")
	f.StringArrayVar(&where, "where", nil, "only records with `COLUMN=VALUE`, or COLUMN=/PATTERN/; may be repeated")
	f.StringVar(&source.Columns.Name, "name", "name", "`column` of the names")
	f.StringVar(&source.Columns.Aliases, "aliases", "", "`column` of other names")
	f.StringVar(&source.Separator, "separator", ";", "`text` between other names, and between identifiers")
	f.StringVar(&source.Columns.Country, "country", "", "`column` of the country")
	f.StringVar(&source.Columns.Identifier, "identifier", "", "`column` of the identifiers")
	f.StringVar(&source.Prefix, "prefix", "", "`text` before every identifier, so that it is nobody else's")
	f.StringVar(&source.Columns.From, "from-column", "", "`column` of the first days, or of the notices that hold them")
	f.StringVar(&source.Columns.Until, "until-column", "", "`column` that holds the day on which a listing runs out")
	f.StringVar(&source.Columns.Note, "note-column", "", "`columns` of notes, separated by commas")
	f.BoolVar(&replace, "replace", false, "write over a list that is there")
	f.BoolVar(&add, "add", false, "add the parties that the list does not name yet")
	cmd.MarkFlagsMutuallyExclusive("replace", "add")
	outputFlag(cmd, &output, "text", "json")
	_ = cmd.MarkFlagDirname("into")
	return cmd
}
