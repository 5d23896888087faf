package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
)

// casesFile is what the command line says of how a file of cases is read.
type casesFile struct {
	format, mapping, dates, sheet string
	encoding                      string
	constants                     map[exchange.Field]*string
	failFast, decimalComma        bool
	set                           []string
	workers                       int

	quiet  bool             // standard error is for programs
	opened bool             // the file, once
	stream *exchange.Stream // standard input, once it is read
	again  bool             // it is read from its beginning
	ctx    context.Context  // of context
	stop   context.CancelFunc
}

// context is that of the work on the file, which an interrupt ends. Until it is asked
// for an interrupt ends the program.
func (b *casesFile) context() context.Context {
	if b.ctx == nil {
		b.ctx, b.stop = interruptible(context.Background())
	}
	return b.ctx
}

// interrupted is the error of work that an interrupt ended, and else err.
func (b *casesFile) interrupted(err error) error {
	if b.ctx != nil && b.ctx.Err() != nil {
		return errors.New("interrupted: nothing was written")
	}
	return err
}

func (b *casesFile) register(f *pflag.FlagSet) {
	f.StringVar(&b.format, "format", "", "`format` of the input: csv, tsv, xlsx, ndjson, parquet (default: by its name)")
	f.StringVar(&b.mapping, "map", "", "YAML `file` that tells what the columns hold")
	f.StringVar(&b.dates, "date-format", "", "how days are written beside 2025-06-15: `DD/MM/YYYY`, MM/DD/YY …")
	f.BoolVar(&b.decimalComma, "decimal-comma", false, "numbers are written 1.250,75 or 1250,75")
	f.StringVar(&b.encoding, "encoding", "", "`encoding` of text that is not in UTF-8: windows-1252, gb18030, shift_jis …")
	f.StringVar(&b.sheet, "sheet", "", "`name` of the sheet of a workbook (default: the first)")
	f.BoolVar(&b.failFast, "fail-fast", false, "stop at the first row with problems")
	f.StringArrayVar(&b.set, "set", nil, "`field=value` of every row that no column holds; may be repeated")
	f.IntVar(&b.workers, "workers", runtime.NumCPU(), "how many rows are worked on at once, in chunks")
}

// open opens the file.
func (b *casesFile) open(e *env, name string) (exchange.Source, error) {
	if b.workers < 1 {
		return nil, usagef("--workers: at least 1")
	}
	format, err := formatFlag("format", b.format)
	if err != nil {
		return nil, err
	}
	path := name
	if name != "-" {
		path = e.path(name)
		if format == "" {
			if format, err = exchange.FormatOf(name); err != nil {
				return nil, fmt.Errorf("%w, or say it with --format", err)
			}
		}
	}
	b.format = string(format)
	stdin := e.in
	switch {
	case name != "-":
	case b.again:
		stdin = b.stream.Again()
	default:
		if b.stream, err = exchange.NewStream(b.context(), e.in); err != nil {
			return nil, err
		}
		stdin = b.stream
	}
	in, err := exchange.Open(path, stdin, exchange.OpenOptions{Format: format, Sheet: b.sheet, Encoding: b.encoding})
	if err == nil && !b.opened && !b.quiet {
		for _, column := range exchange.Ignored(in) {
			fmt.Fprintf(e.err, "%s: column %s is not read: it holds lists, and no cells\n", inputName(name), column)
		}
		if sheet, others := exchange.SheetOf(in); len(others) > 0 {
			fmt.Fprintf(e.err, "%s: the sheet %s is read; not read (--sheet): %s\n", inputName(name), sheet, strings.Join(others, ", "))
		}
		if line := exchange.HeaderBelow(in); line > 0 {
			fmt.Fprintf(e.err, "%s: line %d names the columns; what stands above it is not read\n", inputName(name), line)
		}
		b.opened = true
	}
	if os.IsNotExist(err) {
		return nil, fileError(name, err)
	}
	if err != nil {
		return nil, b.interrupted(err)
	}
	return in, nil
}

// readAnew makes sure that a file whose rows may be lines of entries can be read
// anew, in which these may stand anywhere: of standard input all is taken in first.
func (b *casesFile) readAnew(e *env, in exchange.Source, m *exchange.Mapping) (exchange.Source, error) {
	if b.stream == nil {
		return in, nil
	}
	if !m.HasEntries() {
		b.stream.Forget()
		return in, nil
	}
	if err := b.stream.Keep(); err != nil {
		return nil, b.interrupted(fmt.Errorf("standard input: %w", err))
	}
	in.Close()
	b.again = true
	return b.open(e, "-")
}

// close ends the work on the file, and what standard input was kept for.
func (b *casesFile) close() {
	if b.stream != nil {
		b.stream.Forget()
	}
	if b.stop != nil {
		b.stop()
	}
}

// formatFlag reads the flag of a format, "" where it is not given.
func formatFlag(flag, text string) (exchange.Format, error) {
	if text == "" {
		return "", nil
	}
	f, err := exchange.ParseFormat(text)
	if err != nil {
		return "", usagef("--%s: %s", flag, err)
	}
	return f, nil
}

// batch is what the command line says of answering a file of cases.
type batch struct {
	casesFile
	out, outFormat, detail, by, output string
	inspect, strict                    bool
}

func newBatch(e *env) *cobra.Command {
	b := batch{casesFile: casesFile{constants: map[exchange.Field]*string{}}}
	cmd := &cobra.Command{
		Use:   "batch IN --out OUT",
		Short: "Answer for every line of a file: CSV, TSV, XLSX, NDJSON, Parquet",
		Long: `Batch answers for every row of a file, in order, on every core. The formats of
both files are told by the ends of their names (.csv .tsv .xlsx .ndjson
.parquet, text also with .gz or .zst) or by --format and --out-format; - is
standard input or output.

Columns are recognised by their names, whatever their case and punctuation: HTS,
country of origin, entry date, entered value, currency, qty, and so on; a column
of any fact has the fact's name. A title above them is passed over. batch
--inspect IN shows what was recognised and answers nothing. A mapping file tells
what cannot be seen:

  columns: {Tariff item: goods, Ctry: origin, Remarks: "-"}
  constants: {to: US, currency: USD}
  dates: DD/MM/YYYY

What no column holds is given once for all rows: --to US --currency USD.

Every row read has one row written. A row that cannot be answered carries its
problems in the column problems, the others go on, and the exit code is 1. A
goods code that a spreadsheet robbed of its zero and a day that may be read two
ways are such problems, never guesses. The file has its name only once it is
whole.

Rows with one entry number are lines of one entry: fees and totals that the law
counts for an entry are shared among them to the cent, wherever in the file they
stand. --by entry writes one row for each entry instead.

Details: none (outcome and duty), summary (each duty, licence and question),
full (the whole sealed determination besides: JSON, or nested columns in
Parquet).`,
		Example: `  navicert batch entries.csv --to US --currency USD --out answers.xlsx
  navicert batch --inspect entries.xlsx
  navicert batch entries.csv --to US --currency USD --by entry --out summary.csv
  navicert batch orders.parquet --map orders.yaml --out duty.parquet
  zcat entries.csv.gz | navicert batch - --format csv --to US --out - | less`,
		Args: exactly(1, "one file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error { return b.run(cmd, e, args[0]) },
	}
	f := cmd.Flags()
	b.register(f)
	f.StringVar(&b.out, "out", "", "write the answers to this `file`; - for standard output")
	f.StringVar(&b.outFormat, "out-format", "", "`format` of the output (default: by its name; csv on standard output)")
	f.StringVar(&b.detail, "detail", string(exchange.Brief), "none, summary or full")
	f.StringVar(&b.by, "by", "row", "one row of answers for each `row` of the file, or for each entry")
	f.BoolVar(&b.inspect, "inspect", false, "show what the columns are taken for, and answer nothing")
	f.BoolVar(&b.strict, "strict", false, "exit with 3 where some answer is refer or questions are open")
	for _, c := range []struct {
		field exchange.Field
		what  string
	}{
		{exchange.From, "`country` that the goods of rows without one leave"}, {exchange.To, "`country` that they enter"}, {exchange.Origin, "`country` of origin of rows without one"},
		{exchange.On, "`day` of rows without one"}, {exchange.Known, "what was announced by this `day` counts (default: today)"}, {exchange.Currency, "`currency` of values without one"},
		{exchange.Only, "ask one `leg` alone: import or export"},
	} {
		b.constants[c.field] = f.String(string(c.field), "", c.what)
	}
	outputFlag(cmd, &b.output, "text", "json")
	scenarioFlag(cmd, e)
	f.Bool("closed", false, "every fact not given is known to be absent")
	return cmd
}

// mappingFile is the file of --map.
type mappingFile struct {
	constants map[exchange.Field]string
	columns   map[string]exchange.Field
	dates     string
	decimal   bool
}

// parseMapping reads a mapping file. Every fault is told with its place.
func parseMapping(name string, data []byte, facts []string) (*mappingFile, error) {
	out := &mappingFile{map[exchange.Field]string{}, map[string]exchange.Field{}, "", false}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 {
		return out, nil
	}
	var faults []error
	fault := func(at *yaml.Node, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, fmt.Sprintf(format, args...)))
	}
	pairs := func(of *yaml.Node, what string, each func(key, value *yaml.Node)) {
		if of.Kind != yaml.MappingNode {
			fault(of, "%s, like columns: {Ctry: origin}", what)
			return
		}
		for i := 0; i+1 < len(of.Content); i += 2 {
			each(of.Content[i], of.Content[i+1])
		}
	}
	texts := func(of *yaml.Node, what string, each func(key, value *yaml.Node)) {
		pairs(of, what, func(key, value *yaml.Node) {
			if value.Kind != yaml.ScalarNode {
				fault(value, "%s: write one text", key.Value)
				return
			}
			each(key, value)
		})
	}
	field := func(at *yaml.Node) exchange.Field {
		f, err := exchange.ParseField(at.Value, facts)
		if err != nil {
			fault(at, "%s", err)
		}
		return f
	}
	pairs(doc.Content[0], "a mapping file has the keys columns, constants, dates and decimal-comma", func(key, value *yaml.Node) {
		switch key.Value {
		case "columns":
			texts(value, "columns are names of columns with the fields that they hold", func(key, value *yaml.Node) { out.columns[key.Value] = field(value) })
		case "constants":
			texts(value, "constants are fields with what they are in every row", func(key, value *yaml.Node) { out.constants[field(key)] = value.Value })
		case "dates":
			out.dates = value.Value
		case "decimal-comma":
			if err := value.Decode(&out.decimal); err != nil {
				fault(value, "decimal-comma is true or false")
			}
		default:
			fault(key, "%s is no key of a mapping file: columns, constants, dates, decimal-comma", key.Value)
		}
	})
	return out, errors.Join(faults...)
}

func (b *casesFile) readMapping(e *env, facts []string) (constants map[exchange.Field]string, explicit map[string]exchange.Field, err error) {
	if b.mapping == "" {
		return map[exchange.Field]string{}, map[string]exchange.Field{}, nil
	}
	data, err := e.read(b.mapping)
	if err != nil {
		return nil, nil, err
	}
	file, err := parseMapping(b.mapping, data, facts)
	if err != nil {
		return nil, nil, err
	}
	if b.dates == "" {
		b.dates = file.dates
	}
	b.decimalComma = b.decimalComma || file.decimal
	return file.constants, file.columns, nil
}

// mapColumns tells what the columns of the file hold.
func (b *casesFile) mapColumns(cmd *cobra.Command, e *env, in exchange.Source, eng *navicert.Engine) (*exchange.Mapping, error) {
	var facts []string
	for _, f := range eng.Facts() {
		facts = append(facts, f.Name)
	}
	constants, explicit, err := b.readMapping(e, facts)
	if err != nil {
		return nil, err
	}
	for _, arg := range b.set {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, usagef("--set: %q is not field=value (try --set facts.content.steel=1)", arg)
		}
		field, err := exchange.ParseField(strings.TrimSpace(name), facts)
		if err != nil {
			return nil, usagef("--set: %s", err)
		}
		constants[field] = strings.TrimSpace(value)
	}
	for field, value := range b.constants {
		if *value != "" {
			constants[field] = *value
		}
	}
	if cmd.Flags().Changed("closed") {
		constants[exchange.Closed] = cmd.Flag("closed").Value.String()
	}
	m, problems := exchange.Recognise(in.Columns(), facts, explicit)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	m.Constants = constants
	m.Serials, m.Commas = exchange.SerialsIn(in), exchange.CommasIn(in)
	if b.decimalComma {
		m.Commas = exchange.DecimalCommas
	}
	if b.dates != "" {
		if m.Dates, err = exchange.ParseDateFormat(b.dates); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// apart makes sure that what is written to a file does not take the place of the one
// that is read.
func (b *casesFile) apart(e *env, in, out string) error {
	if in == "-" || out == "-" || out == "" {
		return nil
	}
	a, failed := os.Stat(e.path(in))
	c, err := os.Stat(e.path(out))
	if failed == nil && err == nil && a.Mode().IsRegular() && os.SameFile(a, c) {
		return usagef("--out: %s would take the place of the file that is read: name another", out)
	}
	return nil
}

// unused names on standard error the columns that nothing was recognised in.
func (b *casesFile) unused(e *env, m *exchange.Mapping) {
	if unused := m.Unused(); len(unused) > 0 && !b.quiet {
		fmt.Fprintf(e.err, "not used (--inspect shows what columns are taken for): %s\n", firstOf(unused, 12))
	}
}

// firstOf is the first of some texts, and how many more there are.
func firstOf(texts []string, most int) string {
	if n := len(texts) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), n)
	}
	return strings.Join(texts, ", ")
}

func (b *batch) run(cmd *cobra.Command, e *env, name string) error {
	detail := exchange.Detail(b.detail)
	b.quiet = b.output == "json" && !b.inspect
	switch {
	case detail != exchange.None && detail != exchange.Brief && detail != exchange.Complete:
		return usagef("--detail: %q is none of none, summary, full", b.detail)
	case b.by != "row" && b.by != "entry":
		return usagef("--by: %q is neither row nor entry", b.by)
	case b.out == "" && !b.inspect:
		return usagef("batch wants --out FILE for the answers (- for standard output), or --inspect")
	}
	outFormat, err := formatFlag("out-format", b.outFormat)
	if err != nil {
		return err
	}
	if f, err := exchange.FormatOf(b.out); detail == exchange.Complete && (outFormat == exchange.XLSX || outFormat == "" && err == nil && f == exchange.XLSX) {
		return usagef("--detail full: a cell of a workbook has no room for a determination (write NDJSON or Parquet)")
	}
	if err := b.apart(e, name, b.out); err != nil {
		return err
	}
	defer b.close()
	in, err := b.open(e, name)
	if err != nil {
		return err
	}
	defer in.Close()
	eng, err := e.open()
	if err != nil {
		return err
	}
	m, err := b.mapColumns(cmd, e, in, eng)
	if err != nil {
		return err
	}
	if b.inspect {
		return e.inspect(in, m, eng, b.output)
	}
	b.unused(e, m)
	if err := wanting(m, eng); err != nil {
		return err
	}
	if in, err = b.readAnew(e, in, m); err != nil {
		return err
	}
	defer in.Close()
	j := job{batch: b, e: e, in: in, eng: eng, m: m, outFormat: outFormat, totals: exchange.NewTotals(),
		open: func() (exchange.Source, error) { return b.open(e, name) }}
	if err := j.answer(); err != nil {
		return err
	}
	return b.told(e, &j, name)
}

// job is one file being answered.
type job struct {
	*batch
	e         *env
	in        exchange.Source
	open      func() (exchange.Source, error) // opens the input anew
	eng       *navicert.Engine
	m         *exchange.Mapping
	outFormat exchange.Format

	totals *exchange.Totals
	failed error // that ended the run early; the rows before are written
}

// answer goes through the file. Where the lines of an entry do not follow one
// another it begins anew, with the rows of such entries collected.
func (j *job) answer() error {
	defer boundMemory(j.m, exchange.Detail(j.detail))()
	ctx := j.context()
	var out *exchange.Output
	pass := func(in exchange.Source, s *exchange.Scattered) error {
		if out != nil {
			out.Abort()
		}
		var err error
		if out, err = j.create(ctx, in); err != nil {
			return err
		}
		return j.pass(ctx, in, out, s)
	}
	var err error
	if (j.out == "-" || exchange.IsStream(j.e.path(j.out))) && j.m.HasEntries() { // what is written there cannot be taken back
		var scattered *exchange.Scattered
		if scattered, err = exchange.Gather(ctx, j.open, j.m); err == nil {
			defer scattered.Close()
			err = pass(j.in, scattered)
		}
	} else {
		err = exchange.Together(ctx, j.in, j.open, j.m, func(again *exchange.ScatteredError) { j.anew(j.e, again) }, pass)
	}
	if ctx.Err() != nil {
		if out != nil {
			out.Abort()
		}
		return fmt.Errorf("interrupted after %s: nothing was written to %s", rowCount(j.totals.Rows), j.batch.out)
	}
	if out == nil {
		return err
	}
	j.failed = err
	if err := out.Close(j.totals); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: nothing was written to %s", j.batch.out)
		}
		return err
	}
	return nil
}

// anew says that the file is read a second time.
func (b *casesFile) anew(e *env, again *exchange.ScatteredError) {
	what := "the lines of entry %s do not follow one another (row %d)"
	if again.Maybe {
		what = "the numbers of entries rise up to %s (row %d)"
	}
	fmt.Fprintf(e.err, what+": reading the file anew\n", again.Entry, again.Row)
}

// columns are those of answers, and the columns of the input that stand before them.
func (j *job) columns(in exchange.Source) (rows []string, answers []exchange.OutColumn) {
	if j.by == "entry" {
		return nil, exchange.EntryColumns(exchange.Detail(j.detail))
	}
	return in.Columns(), exchange.OutColumns(exchange.Detail(j.detail))
}

// create begins the file of answers.
func (j *job) create(ctx context.Context, in exchange.Source) (*exchange.Output, error) {
	target := j.out
	if target != "-" {
		target = j.e.path(target)
	}
	rows, answers := j.columns(in)
	out, err := exchange.Create(ctx, target, j.e.out, j.outFormat, rows, answers)
	if err != nil {
		return nil, sayFormat(err)
	}
	out.Workers(j.workers)
	return out, nil
}

// sayFormat adds to an error of a name that tells no format how to say one.
func sayFormat(err error) error {
	if errors.Is(err, exchange.ErrNoFormat) {
		return fmt.Errorf("%w, or say it with --out-format", err)
	}
	return err
}

// pass answers the rows once.
func (j *job) pass(ctx context.Context, in exchange.Source, out *exchange.Output, scattered *exchange.Scattered) error {
	_, answers := j.columns(in)
	j.totals = exchange.NewTotals()
	j.totals.Words = exchange.Words{Links: j.eng.Links(), Questions: j.eng.Questions()}
	bar := j.e.progress(in)
	defer bar.end()
	today := j.e.today()
	return exchange.Run(ctx, j.eng, in, j.m, out, answers, j.totals, exchange.RunOptions{
		Detail: exchange.Detail(j.detail), ByEntry: j.by == "entry", FailFast: j.failFast, Workers: j.workers, Scattered: scattered,
		Default: func(c *navicert.Case) {
			if c.Known == "" {
				c.Known = today
			}
		},
		Each: bar.step,
	})
}

// told says what the file comes to, and ends the command with it.
func (b *batch) told(e *env, j *job, name string) error {
	totals, err := j.totals, j.failed
	if b.output == "json" {
		if err := e.summaryJSON(totals); err != nil {
			return err
		}
	} else {
		e.summary(totals, name)
		e.supposing(j.eng)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w; what came before it, %s, is answered in %s", inputName(name), err, rowCount(totals.Rows), b.out)
	case len(totals.Faults) > 0:
		return fmt.Errorf("%d of %d rows have problems: see the column problems", totals.Rows-totals.Answered, totals.Rows)
	case b.strict && (totals.Open > 0 || totals.Outcomes[string(navicert.Refer)] > 0):
		return &openError{fmt.Sprintf("strict: %d rows refer to a person, %d have open questions", totals.Outcomes[string(navicert.Refer)], totals.Open)}
	}
	return nil
}

// wanting reports fields without which no row can be answered, and constants with
// which none can.
func wanting(m *exchange.Mapping, eng *navicert.Engine) error {
	hints := map[exchange.Field]string{exchange.From: "--from CN", exchange.To: "--to US", exchange.On: "--on 2025-06-15"}
	var errs []error
	if !slices.ContainsFunc(m.Columns, func(c exchange.Column) bool { return c.Field != "" }) {
		errs = append(errs, errors.New("no column is recognised: the first line should name them (HTS, origin, entry date …), or a mapping file say what they hold (--map)"))
	}
	for _, l := range m.Lacks() {
		errs = append(errs, fmt.Errorf("no column holds %s (%s, or map one; --inspect shows what the columns are taken for)", l.What, hints[l.Fields[0]]))
	}
	for _, f := range m.ConstantFaults(eng) {
		errs = append(errs, fmt.Errorf("given for all rows: %w", f))
	}
	return errors.Join(errs...)
}

// inspect shows what the columns are taken for, with the first rows.
func (e *env) inspect(in exchange.Source, m *exchange.Mapping, eng *navicert.Engine, output string) error {
	samples := make([][]string, len(m.Columns))
	var row exchange.Row
	for range 3 {
		if err := in.Next(&row); err != nil {
			break
		}
		for i, c := range row.Cells {
			if c != "" {
				samples[i] = append(samples[i], c)
			}
		}
	}
	questions := map[string]string{}
	for _, f := range eng.Facts() {
		questions["facts."+f.Name] = f.Question
	}
	if output == "json" {
		return e.inspectJSON(m, eng, samples)
	}
	rows := [][]string{}
	for i, c := range m.Columns {
		field, about := string(c.Field), c.How
		if field == "" {
			field = "-"
			if about == "" {
				about = "not used"
			}
		} else if q := questions[field]; q != "" {
			about = q
		}
		if c.Currency+c.Unit != "" {
			about += ", in " + c.Currency + c.Unit
		}
		if m.WithoutUnit(&c) {
			about += "; no column holds its unit (--set unit=kg)"
		}
		first := make([]string, len(samples[i]))
		for j, cell := range samples[i] {
			first[j] = shortened(cell, 30)
		}
		rows = append(rows, []string{strconv.Itoa(i + 1), shortened(c.Name, 40), field, strings.Join(first, " | "), about})
	}
	if err := e.table(e.out, []string{"#", "Column", "Taken for", "First cells", "How"}, rows); err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(m.Constants)) {
		fmt.Fprintf(e.out, "every row: %s = %s\n", field, m.Constants[field])
	}
	if err := wanting(m, eng); err != nil {
		fmt.Fprintln(e.out)
		return err
	}
	return nil
}

// shortened is a text of so many characters at most.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// inspectJSON is inspect for programs.
func (e *env) inspectJSON(m *exchange.Mapping, eng *navicert.Engine, samples [][]string) error {
	type column struct {
		Name     string   `json:"name"`
		Field    string   `json:"field"` // "" where it is not used
		How      string   `json:"how,omitempty"`
		Unit     string   `json:"unit,omitempty"`
		Currency string   `json:"currency,omitempty"`
		First    []string `json:"first"`
	}
	var doc struct {
		Columns   []column          `json:"columns"`
		Constants map[string]string `json:"constants"`
	}
	for i, c := range m.Columns {
		doc.Columns = append(doc.Columns, column{c.Name, string(c.Field), c.How, c.Unit, c.Currency, append([]string{}, samples[i]...)})
	}
	doc.Constants = map[string]string{}
	for f, v := range m.Constants {
		doc.Constants[string(f)] = v
	}
	if err := writeJSON(e.out, doc); err != nil {
		return err
	}
	return wanting(m, eng)
}

// summaryJSON is summary for programs.
func (e *env) summaryJSON(t *exchange.Totals) error {
	type question struct {
		Fact     string `json:"fact"`
		Question string `json:"question"`
		Rows     int    `json:"rows"`
		Range    string `json:"range"`
		NotKnown int    `json:"mostNotKnown"` // rows, beside the range
	}
	type apart struct {
		Currency string  `json:"currency"`
		Rows     int     `json:"rows"`
		Least    string  `json:"dutyLeast"`
		Most     *string `json:"dutyMost"`
	}
	doc := struct {
		Rows      int            `json:"rows"`
		Answered  int            `json:"answered"`
		Open      int            `json:"open"`
		Outcomes  map[string]int `json:"outcomes"`
		Problems  map[string]int `json:"problems"` // by kind
		Currency  string         `json:"currency"`
		Least     string         `json:"dutyLeast"`
		Most      *string        `json:"dutyMost"`     // null where it is not known
		NotKnown  int            `json:"mostNotKnown"` // rows of which it is not
		Others    string         `json:"othersMost"`   // the most of the others
		Apart     []apart        `json:"apart"`        // the duty of rows in other currencies
		Questions []question     `json:"questions"`
	}{t.Rows, t.Answered, t.Open, t.Outcomes, t.Faults, t.Currency, t.Duty.Least.StringFixed(2), nil, t.Rest.Unknown, t.Rest.Others.StringFixed(2), []apart{}, []question{}}
	doc.Most = fixed(t.Duty.Most, t.Duty.Unbounded)
	for _, currency := range slices.Sorted(maps.Keys(t.Apart)) {
		s := t.Apart[currency]
		doc.Apart = append(doc.Apart, apart{currency, s.Rows, s.Amount.Least.StringFixed(2), fixed(s.Amount.Most, s.Amount.Unbounded)})
	}
	for _, q := range t.Deciding(10) {
		doc.Questions = append(doc.Questions, question{q, t.Question(q).Question, t.Questions[q].Rows, t.Questions[q].Range.StringFixed(2), t.Questions[q].Unbounded})
	}
	return writeJSON(e.err, doc)
}

// summary says on standard error what the file comes to.
func (e *env) summary(t *exchange.Totals, name string) {
	w := e.err
	fmt.Fprintf(w, "%s: %s, %d answered", inputName(name), rowCount(t.Rows), t.Answered)
	for _, outcome := range []navicert.Outcome{navicert.Free, navicert.LicenceRequired, navicert.Refer, navicert.Prohibited} {
		if n := t.Outcomes[string(outcome)]; n > 0 {
			fmt.Fprintf(w, ", %d %s", n, outcome)
		}
	}
	fmt.Fprintf(w, ", %d with open questions\n", t.Open)
	if t.Currency != "" {
		most := "not known"
		if !t.Duty.Unbounded {
			most = t.Duty.Most.StringFixed(2)
		}
		fmt.Fprintf(w, "duty: least %s, most %s %s\n", t.Duty.Least.StringFixed(2), most, t.Currency)
		if n := t.Rest.Unknown; n > 0 {
			fmt.Fprintf(w, "the most is not known of %s; the others come to %s %s at most\n", rowCount(n), t.Rest.Others.StringFixed(2), t.Currency)
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(t.Apart)) {
		fmt.Fprintf(w, "of %s the duty is in %s, and no part of the sums: %s\n", rowCount(t.Apart[currency].Rows), currency, amountWords(t.Apart[currency].Amount))
	}
	for i, q := range t.Deciding(10) {
		c := t.Questions[q]
		if i == 0 {
			fmt.Fprintln(w, "questions that close most of the range:")
		}
		fmt.Fprintf(w, "  %s (%s): open on %s", t.Question(q).Question, q, rowCount(c.Rows))
		if !c.Range.IsZero() {
			fmt.Fprintf(w, ", decides up to %s %s", c.Range.StringFixed(2), t.Currency)
		}
		if c.Unbounded > 0 {
			fmt.Fprintf(w, ", and the most of %s", rowCount(c.Unbounded))
		}
		fmt.Fprintln(w)
	}
	for _, kind := range slices.Sorted(maps.Keys(t.Faults)) {
		fmt.Fprintf(w, "problems with %s: %d\n", kind, t.Faults[kind])
	}
}

func rowCount(n int) string {
	if n == 1 {
		return "1 row"
	}
	return strconv.Itoa(n) + " rows"
}
