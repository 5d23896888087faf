package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/quantity"
)

// comparing is what the command line says of a comparison.
type comparing struct {
	asking
	and, andKnown string
	scenarios     []string
	out           string
	all           bool
	output        string
	file          casesFile // where a file of cases is compared
	outFormat     string
}

func newCompare(e *env) *cobra.Command {
	x := comparing{file: casesFile{constants: map[exchange.Field]*string{}}}
	cmd := &cobra.Command{
		Use:   "compare [IN|-]",
		Short: "What changes between two days or two worlds, by which act",
		Long: `Compare answers the same case, or the same file of cases, in two worlds, and
shows what changes, by which act, and by how much. The worlds differ in the day
that is asked about (--on A --and B), in what was known (--known A --and-known
B), in a scenario that is laid over the second (--scenario FILE), or in several
of these at once. What is not given is that of the case, or of each row.

A case comes from a file in YAML or JSON, from standard input (-), or from
flags, as for determine; a file of cases (CSV, TSV, XLSX, NDJSON, Parquet) as
for batch, with its columns recognised in the same way. Of a file it writes the
sums by month and by programme, the acts, and the rows that differ most; with
--out OUT every row that changes, and every row with problems (--all: every
row).

A difference is that of the second world less the first. Where facts are open
it is a range over all that they may be, in which a fact that is open in both
worlds is the same in both. Where the two could not be gone through together,
or amounts are not known, it says that the range may be wider than need be.`,
		Example: `  navicert compare examples/magnet.yaml --on 2025-06-15 --and 2025-09-01
  navicert compare --goods 9403.60.80.40 --from CN --to US --value "10000 USD" \
      --on 2025-09-01 --known 2025-06-15 --and-known 2025-08-15
  navicert compare orders.xlsx --to US --currency USD \
      --scenario examples/scenarios/truce-lapses.yaml --out changes.xlsx`,
		Args: between(0, 1, "one file, or flags"),
		RunE: func(cmd *cobra.Command, args []string) error { return x.run(cmd, e, args) },
	}
	f := cmd.Flags()
	x.register(f)
	f.StringVar(&x.c.On, "on", "", "`day` or instant of the first world (default: that of the case)")
	f.StringVar(&x.and, "and", "", "`day` or instant of the second world (default: that of the first)")
	x.registerFacts(f)
	f.StringVar(&x.andKnown, "and-known", "", "in the second world what was announced by this `day` counts")
	f.StringArrayVar(&x.scenarios, "scenario", nil, "lay the scenario of this `file` over the second world; may be repeated")
	f.StringVar(&x.c.Only, "only", "", "ask one `leg` alone: import or export")
	f.StringVar(&x.out, "out", "", "write the rows that change to this `file`; - for standard output")
	f.BoolVar(&x.all, "all", false, "write to --out the rows that do not change too")
	f.StringVar(&x.outFormat, "out-format", "", "`format` of --out (default: by its name; csv on standard output)")
	x.file.register(f)
	x.file.constants[exchange.Currency] = f.String("currency", "", "`currency` of values without one")
	outputFlag(cmd, &x.output, "text", "json")
	_ = cmd.MarkFlagFilename("scenario", "yaml")
	e.completeCase(cmd)
	return cmd
}

func (x *comparing) run(cmd *cobra.Command, e *env, args []string) error {
	switch {
	case x.and == "" && x.andKnown == "" && len(x.scenarios) == 0:
		return usagef("compare wants something to compare with: --and DAY, --and-known DAY or --scenario FILE")
	case len(args) == 0 && !asked(cmd.Flags()):
		return usagef("compare wants a case file, a file of cases, or flags (try navicert compare examples/magnet.yaml --on 2025-06-15 --and 2025-09-01)")
	}
	for _, day := range []struct{ flag, text string }{{"on", x.c.On}, {"and", x.and}, {"known", x.c.Known}, {"and-known", x.andKnown}} {
		if _, err := quantity.ParseMoment(day.text); day.text != "" && err != nil {
			return fmt.Errorf("--%s: %w", day.flag, err)
		}
	}
	before, err := e.openPacks()
	if err != nil {
		return err
	}
	after, err := e.with(before, x.scenarios)
	if err != nil {
		return err
	}
	if len(args) == 1 && x.isTable(args[0]) {
		return x.runFile(cmd, e, args[0], before, after)
	}
	return x.runCase(cmd, e, args, before, after)
}

// isTable reports whether the input is a file of cases, and not one case.
func (x *comparing) isTable(name string) bool {
	if x.file.format != "" {
		return true
	}
	_, err := exchange.FormatOf(name)
	return err == nil
}

// lay returns what the worlds lay over a case: first what holds for both.
func (x *comparing) lay() (before, after func(*navicert.Case)) {
	world := func(on, known string) func(*navicert.Case) {
		return func(c *navicert.Case) {
			if on != "" {
				c.On, c.Entered, c.Exported = on, "", ""
			}
			if known != "" {
				c.Known = known
			}
		}
	}
	on, known := x.c.On, x.c.Known
	return world(on, known), world(cmp.Or(x.and, on), cmp.Or(x.andKnown, known))
}

func (x *comparing) runCase(cmd *cobra.Command, e *env, args []string, before, after *navicert.Engine) error {
	for _, flag := range []string{"out", "all", "out-format", "map", "date-format", "decimal-comma", "encoding", "sheet", "set", "currency", "fail-fast"} {
		if cmd.Flags().Changed(flag) {
			return usagef("--%s is for files of cases: .csv, .tsv, .xlsx, .ndjson, .parquet, or --format", flag)
		}
	}
	var asked navicert.Consignment
	if len(args) == 1 {
		var err error
		if asked, err = e.readConsignment(args[0]); err != nil {
			return err
		}
	}
	if err := x.fill(cmd.Flags(), &asked.Case); err != nil {
		return err
	}
	e.setToday(&asked.Case)
	if len(asked.Lines) > 0 {
		return x.runLines(e, args[0], asked, before, after)
	}
	c := asked.Case
	layBefore, layAfter := x.lay()
	var answers [2]*navicert.Determination
	for i, world := range [...]struct {
		eng *navicert.Engine
		lay func(*navicert.Case)
	}{{before, layBefore}, {after, layAfter}} {
		one := c
		world.lay(&one)
		var err error
		if answers[i], err = world.eng.Determine(one); err != nil {
			return fmt.Errorf("%s: %w", [...]string{"before", "after"}[i], x.inFlags(cmd.Flags(), len(args) == 1, err))
		}
	}
	doc := navicert.Compare(answers[0], answers[1]).Document()
	if x.output == "json" {
		return writeJSON(e.out, doc)
	}
	return doc.Text(e.out, e.textOptions())
}

// runLines compares a case that has several lines, as rows of one entry.
func (x *comparing) runLines(e *env, name string, asked navicert.Consignment, before, after *navicert.Engine) error {
	layBefore, layAfter := x.lay()
	worlds := [...]exchange.World{{Engine: before, Lay: layBefore}, {Engine: after, Lay: layAfter}}
	for i, w := range worlds {
		one := asked
		w.Lay(&one.Case)
		if _, err := w.Engine.DetermineEntry(one); err != nil { // every fault, where it stands in the file
			return fmt.Errorf("%s: %w", [...]string{"before", "after"}[i], err)
		}
	}
	totals := exchange.NewCompareTotals()
	lines := exchange.CompareCases(worlds[0], worlds[1], asked.Cases(), totals)
	for i := range lines {
		if len(lines[i].Row.Faults) > 0 {
			return fmt.Errorf("line %d: %w", i+1, lines[i].Row.Faults[0])
		}
	}
	return x.report(e, name, totals, after)
}

// cover gives the file what flags say of every row.
func (x *comparing) cover(cmd *cobra.Command) error {
	for _, flag := range []string{"goods", "value", "quantity"} {
		if cmd.Flags().Changed(flag) {
			return usagef("--%s: in a file of cases that is a column", flag)
		}
	}
	for _, arg := range x.facts {
		x.file.set = append(x.file.set, "facts."+arg)
	}
	on := cmp.Or(x.c.On, x.and) // a file without days is asked about that of the worlds
	for field, value := range map[exchange.Field]*string{exchange.From: &x.c.From, exchange.To: &x.c.To, exchange.Origin: &x.c.Origin, exchange.Only: &x.c.Only} {
		x.file.constants[field] = value
	}
	if x.c.On != "" {
		x.file.constants[exchange.On] = &on
	}
	return nil
}

func (x *comparing) runFile(cmd *cobra.Command, e *env, name string, before, after *navicert.Engine) error {
	if err := x.cover(cmd); err != nil {
		return err
	}
	outFormat, err := formatFlag("out-format", x.outFormat)
	if err != nil {
		return err
	}
	if err := x.file.apart(e, name, x.out); err != nil {
		return err
	}
	defer x.file.close()
	in, err := x.file.open(e, name)
	if err != nil {
		return err
	}
	defer in.Close()
	m, err := x.file.mapColumns(cmd, e, in, before)
	if err != nil {
		return err
	}
	x.file.unused(e, m)
	if err := wanting(m, before); err != nil {
		return err
	}
	if in, err = x.file.readAnew(e, in, m); err != nil {
		return err
	}
	defer in.Close()
	defer boundMemory(m, exchange.Brief)()
	ctx := x.file.context()
	var out *exchange.Output
	totals := exchange.NewCompareTotals()
	columns := exchange.CompareColumns()
	today := e.today()
	layBefore, layAfter := x.lay()
	pass := func(in exchange.Source, scattered *exchange.Scattered) error {
		if out != nil {
			out.Abort()
		}
		*totals = *exchange.NewCompareTotals()
		var sink exchange.Sink
		if x.out != "" {
			target := x.out
			if target != "-" {
				target = e.path(target)
			}
			var err error
			if out, err = exchange.CreateComparison(ctx, target, e.out, outFormat, in.Columns(), columns); err != nil {
				return sayFormat(err)
			}
			out.Workers(x.file.workers)
			sink = out
		}
		bar := e.progress(in)
		defer bar.end()
		return exchange.Compare(ctx, exchange.World{Engine: before, Lay: layBefore}, exchange.World{Engine: after, Lay: layAfter}, in, m, sink, columns, totals, exchange.CompareOptions{
			FailFast: x.file.failFast, Workers: x.file.workers, All: x.all, Scattered: scattered,
			Default: func(c *navicert.Case) {
				if c.Known == "" {
					c.Known = today
				}
			},
			Each: bar.step,
		})
	}
	open := func() (exchange.Source, error) { return x.file.open(e, name) }
	if (x.out == "-" || exchange.IsStream(e.path(x.out))) && m.HasEntries() { // what is written there cannot be taken back
		var scattered *exchange.Scattered
		if scattered, err = exchange.Gather(ctx, open, m); err == nil {
			defer scattered.Close()
			err = pass(in, scattered)
		}
	} else {
		err = exchange.Together(ctx, in, open, m, func(again *exchange.ScatteredError) { x.file.anew(e, again) }, pass)
	}
	if ctx.Err() != nil {
		if out != nil {
			out.Abort()
		}
		return fmt.Errorf("interrupted after %s: nothing was written", rowCount(totals.Rows))
	}
	switch {
	case x.out != "" && out == nil:
		return err
	case out != nil:
		if failed := out.Close(totals); failed != nil {
			return failed
		}
	}
	if failed := x.report(e, name, totals, after); failed != nil {
		return failed
	}
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w; the sums are of the %s before", inputName(name), err, rowCount(totals.Rows))
	case len(totals.Faults) > 0:
		where := "--out OUT writes them"
		if x.out != "" {
			where = "see the column problems"
		}
		return fmt.Errorf("%d of %d rows have problems: %s", totals.Rows-totals.Answered, totals.Rows, where)
	}
	return nil
}

// report writes the sums: to standard output, or beside the rows that go there.
func (x *comparing) report(e *env, name string, t *exchange.CompareTotals, after *navicert.Engine) error {
	w := e.out
	if x.out == "-" {
		w = e.err
	}
	if x.output == "json" {
		return writeJSON(w, compareJSON(t, after))
	}
	return e.compareText(w, name, t, after)
}
