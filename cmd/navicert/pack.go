package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

func newPack(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pack",
		Short: "Write and review packs: check, test, fmt, diff, digest, import",
		Long: `A pack is the law of one jurisdiction on one subject, as text that a lawyer can
review (docs/packs.md). Packs that depend on one another lie side by side in
one directory; name them, or that directory.`,
		Example: "  navicert pack check packs/us-tariff\n  navicert pack test packs",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPackCheck(e), newPackTest(e), newPackFmt(e), newPackDiff(e), newPackDigest(e), newPackImport(e))
	return cmd
}

// shelf is a directory of packs, some of which are meant.
type shelf struct {
	root string // as the command line has it
	fsys fs.FS
	dirs []string
}

// shelfOf finds the packs that the arguments name: directories of packs, or
// directories that hold such.
func (e *env) shelfOf(args []string) (*shelf, error) {
	s := &shelf{}
	var errs []error
	add := func(root, dir string) {
		if s.root == "" {
			s.root = root
		}
		switch {
		case filepath.Clean(root) != filepath.Clean(s.root):
			errs = append(errs, fmt.Errorf("%s: the packs of one command lie side by side, and %s is elsewhere", filepath.Join(root, dir), s.root))
		case !slices.Contains(s.dirs, dir):
			s.dirs = append(s.dirs, dir)
		}
	}
	for _, arg := range args {
		info, err := os.Stat(e.path(arg))
		switch {
		case err != nil:
			errs = append(errs, fileError(arg, err))
			continue
		case !info.IsDir():
			errs = append(errs, fmt.Errorf("%s is a file (name the directory of the pack)", arg))
			continue
		}
		if _, err := os.Stat(filepath.Join(e.path(arg), "pack.yaml")); err == nil {
			clean := filepath.Clean(arg)
			if clean == "." || clean == ".." || strings.HasSuffix(clean, string(filepath.Separator)+"..") {
				if clean, err = filepath.Abs(e.path(arg)); err != nil {
					errs = append(errs, err)
					continue
				}
			}
			add(filepath.Dir(clean), filepath.Base(clean))
			continue
		}
		found, _ := filepath.Glob(filepath.Join(e.path(arg), "*", "pack.yaml"))
		if len(found) == 0 {
			errs = append(errs, fmt.Errorf("%s: neither it nor a directory in it holds a pack.yaml", arg))
		}
		for _, f := range found {
			add(filepath.Clean(arg), filepath.Base(filepath.Dir(f)))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	s.fsys = os.DirFS(e.path(s.root))
	return s, nil
}

// named gives problems the names of files that the command line would use.
func (s *shelf) named(ps rulepack.Problems) rulepack.Problems {
	out := slices.Clone(ps)
	for i := range out {
		out[i].File = filepath.Join(s.root, filepath.FromSlash(out[i].File))
	}
	return out
}

// read reads the packs; the error holds every fault.
func (s *shelf) read() (*rulepack.Set, error) {
	set, problems := rulepack.Read(s.fsys, s.dirs...)
	if faults := problems.Faults(); len(faults) > 0 {
		return nil, s.named(faults)
	}
	return set, nil
}

type problemView struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

func newPackCheck(e *env) *cobra.Command {
	var output string
	var report bool
	cmd := &cobra.Command{
		Use:   "check DIR...",
		Short: "Report every fault of every file of packs at once",
		Long: `Check reads packs and reports every fault at once, as file:line:column: message
with a hint: unknown keys, citations that lead nowhere, codes that no edition
of the schedule has, conditions that do not type-check, two duties on one
portion of the value with nothing said of how they stand to one another.
Warnings are shown and do not fail.

--report adds what a reader of the pack should know: how much there is, rates
that cannot be read, what is not known or was not checked against the text.`,
		Example: `  navicert pack check packs/us-tariff
  navicert pack check packs --report`,
		Args: between(1, -1, "the directories of packs"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := e.shelfOf(args)
			if err != nil {
				return err
			}
			set, problems := rulepack.Read(s.fsys, s.dirs...)
			if len(problems.Faults()) == 0 {
				problems = append(problems, rulepack.Check(set)...)
			}
			problems = s.named(problems)
			faults := problems.Faults()
			if output == "json" {
				views := []problemView{}
				for _, p := range problems {
					v := problemView{p.File, p.Line, p.Column, "fault", p.Message, p.Hint}
					if p.Severity == rulepack.Warning {
						v.Severity = "warning"
					}
					views = append(views, v)
				}
				if err := writeJSON(e.out, map[string]any{"packs": s.dirs, "problems": views}); err != nil {
					return err
				}
				if len(faults) > 0 {
					return fmt.Errorf("%s", plural(len(faults), "fault"))
				}
				return nil
			}
			for _, p := range problems {
				fmt.Fprintln(e.out, p.Error())
			}
			if len(faults) > 0 {
				return fmt.Errorf("%s in %s", plural(len(faults), "fault"), strings.Join(args, ", "))
			}
			for _, p := range set.Packs {
				fmt.Fprintf(e.out, "%s: no fault; %s, %s\n", p.ID, plural(len(p.Measures), "measure"), plural(p.Table.Len(), "line"))
			}
			if report {
				on, err := quantity.ParseDate(e.today())
				if err != nil {
					return err
				}
				for _, r := range rulepack.Report(set, on.Start(catalogue.ZoneOf(set, ""))) {
					fmt.Fprintf(e.out, "\n%s", r.String())
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&report, "report", false, "add what is not known, not checked or not readable")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func newPackTest(e *env) *cobra.Command {
	var output, only string
	var verbose, coverage bool
	cmd := &cobra.Command{
		Use:   "test DIR...",
		Short: "Run the worked cases of packs",
		Long: `Test determines every case in the cases/ of the packs and compares the answer
with what the case expects (docs/cases.md). Each difference is a sentence.

With --coverage it tells besides, for every measure, in how many cases it
applies, may apply, would apply but has not started, has ended, is suspended or
is not verified, and in how many a stated fact, the origin or another measure
keeps it from applying;
then it names the measures that no case has inside, those that no case comes
near without having them inside, and those that begin or end and that no case
meets before or after.`,
		Example: `  navicert pack test packs
  navicert pack test packs --coverage
  navicert pack test packs/us-tariff --only US-2025-04 --verbose`,
		Args: between(1, -1, "the directories of packs"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := e.shelfOf(args)
			if err != nil {
				return err
			}
			set, err := s.read()
			if err != nil {
				return err
			}
			type caseView struct {
				ID       string   `json:"id"`
				Title    string   `json:"title"`
				File     string   `json:"file"`
				Line     int      `json:"line"`
				Failures []string `json:"failures"`
			}
			compiled := schedule.Compile(set)
			views := []caseView{}
			var all []rulepack.Case
			failed := 0
			for _, dir := range s.dirs {
				cases, problems := rulepack.ReadCases(s.fsys, dir)
				if faults := problems.Faults(); len(faults) > 0 {
					return s.named(faults)
				}
				for i := range cases {
					c := &cases[i]
					if !strings.Contains(c.ID, only) {
						continue
					}
					all = append(all, *c)
					v := caseView{c.ID, c.Title, filepath.Join(s.root, filepath.FromSlash(c.File)), c.Line, determination.RunCase(compiled, c)}
					if v.Failures == nil {
						v.Failures = []string{}
					}
					views = append(views, v)
					if len(v.Failures) > 0 {
						failed++
					}
				}
			}
			if len(views) == 0 && only != "" {
				return fmt.Errorf("--only: no case has %q in its id", only)
			}
			var covered []determination.Coverage
			if coverage {
				covered = determination.Cover(compiled, all)
			}
			if output == "json" {
				view := map[string]any{"cases": views, "failed": failed}
				if coverage {
					view["coverage"] = coverageViews(covered)
				}
				if err := writeJSON(e.out, view); err != nil {
					return err
				}
			} else {
				if err := e.writeCoverage(covered); err != nil {
					return err
				}
				for _, v := range views {
					if len(v.Failures) == 0 && !verbose {
						continue
					}
					fmt.Fprintf(e.out, "%s:%d: %s: %s\n", v.File, v.Line, v.ID, v.Title)
					for _, f := range v.Failures {
						fmt.Fprintf(e.out, "    %s\n", strings.ReplaceAll(f, "\n", "\n    "))
					}
				}
				fmt.Fprintf(e.out, "%s, %d as expected\n", plural(len(views), "case"), len(views)-failed)
			}
			if failed > 0 {
				return fmt.Errorf("%s with another answer than expected", plural(failed, "case"))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&only, "only", "", "only cases with this `text` in their id")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "name the cases that are as expected too")
	cmd.Flags().BoolVar(&coverage, "coverage", false, "tell which measures the cases test")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

// touches are the columns of a table of coverage.
var touches = []determination.Touch{determination.TouchApplies, determination.TouchOpen, determination.TouchBefore, determination.TouchAfter,
	determination.TouchSuspended, determination.TouchUnverified, determination.TouchExcluded}

type coverageView struct {
	Measure string              `json:"measure"`
	Cases   map[string][]string `json:"cases"` // ids, by how the case touches the measure
}

func coverageViews(covered []determination.Coverage) []coverageView {
	out := []coverageView{}
	for i := range covered {
		v := coverageView{covered[i].Measure, map[string][]string{}}
		for _, t := range touches {
			v.Cases[string(t)] = append([]string{}, covered[i].Cases[t]...)
		}
		out = append(out, v)
	}
	return out
}

// writeCoverage writes how many cases touch each measure, and which measures no
// case tests.
func (e *env) writeCoverage(covered []determination.Coverage) error {
	if covered == nil {
		return nil
	}
	header := []string{"measure"}
	for _, t := range touches {
		header = append(header, string(t))
	}
	var rows [][]string
	for i := range covered {
		row := []string{covered[i].Measure}
		for _, t := range touches {
			n := strconv.Itoa(len(covered[i].Cases[t]))
			if n == "0" {
				n = "-"
			}
			row = append(row, n)
		}
		rows = append(rows, row)
	}
	if err := e.table(e.out, header, rows); err != nil {
		return err
	}
	for _, gap := range determination.Untested(covered) {
		for _, name := range gap.Measures {
			fmt.Fprintf(e.out, "%s: %s\n", name, gap.Lacks)
		}
	}
	return nil
}

func newPackFmt(e *env) *cobra.Command {
	var output string
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt DIR...",
		Short: "Settle the layout of packs",
		Long: `Fmt writes the files of packs in their settled layout: keys in the order of
docs/packs.md, comments and the order of entries kept. What the pack says does
not change. The files that changed are named.`,
		Example: `  navicert pack fmt packs/us-tariff
  navicert pack fmt packs --check`,
		Args: between(1, -1, "the directories of packs"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := e.shelfOf(args)
			if err != nil {
				return err
			}
			changed := []string{}
			for _, dir := range s.dirs {
				files, err := rulepack.Format(s.fsys, dir)
				if err != nil {
					var ps rulepack.Problems
					if errors.As(err, &ps) {
						return s.named(ps)
					}
					return err
				}
				for name, settled := range files {
					was, err := fs.ReadFile(s.fsys, path.Join(dir, name))
					if err != nil {
						return err
					}
					if bytes.Equal(was, settled) {
						continue
					}
					file := filepath.Join(s.root, dir, filepath.FromSlash(name))
					changed = append(changed, file)
					if !check {
						if err := os.WriteFile(e.path(file), settled, 0o644); err != nil {
							return fileError(file, err)
						}
					}
				}
			}
			slices.Sort(changed)
			if output == "json" {
				if err := writeJSON(e.out, map[string]any{"changed": changed, "written": !check}); err != nil {
					return err
				}
			} else {
				for _, f := range changed {
					fmt.Fprintln(e.out, f)
				}
			}
			if check && len(changed) > 0 {
				return fmt.Errorf("%s not in the settled layout (run navicert pack fmt)", plural(len(changed), "file"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; fail where a file would change")
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

func newPackDigest(e *env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "digest DIR...",
		Short: "The digests that name the content of packs",
		Long: `Digest prints the SHA-256 that names the law of each pack. Cases are no part of
it. Answers carry the digests of the packs that they rest on.`,
		Example: "  navicert pack digest packs/us-tariff",
		Args:    between(1, -1, "the directories of packs"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := e.shelfOf(args)
			if err != nil {
				return err
			}
			set, err := s.read()
			if err != nil {
				return err
			}
			digests := map[string]string{}
			for _, p := range set.Packs {
				digests[p.ID] = fmt.Sprintf("sha256:%x", p.Digest)
			}
			if output == "json" {
				return writeJSON(e.out, digests)
			}
			for _, p := range set.Packs {
				fmt.Fprintf(e.out, "%s  %s\n", digests[p.ID], p.ID)
			}
			return nil
		},
	}
	outputFlag(cmd, &output, "text", "json")
	return cmd
}
