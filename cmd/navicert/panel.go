package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/outlook"
	"github.com/navicert/navicert/internal/quantity"
)

// panel is what the command line says of a panel.
type panel struct {
	into, from, to, known, profile, out, format, output string
	goods, origins, programmes                          []string
	digits, workers                                     int
	stats                                               bool
}

func newPanel(e *env) *cobra.Command {
	var p panel
	cmd := &cobra.Command{
		Use:   "panel --into COUNTRY --from DAY --out FILE",
		Short: "The statutory rate of every tariff line, origin and interval",
		Long: `Panel computes the duties of every line of a tariff for goods of every origin,
over all law time between two days, split by programme: a row for each interval
in which nothing of it changes, with the act that opened it. Intervals are
half-open: from is inside, until is outside.

What a panel cannot know of goods (is a preference claimed, how much of the
article is steel) it takes from a profile, a named file of facts; which one is
written to standard error and kept with the file. These are shipped:
` + strings.Join(outlook.Profiles(), ", ") + `. --profile FILE takes one of your own
(docs/panel.md).

What is not known is left empty, never zero; what is by quantity stands beside
the percentages, as the schedule has it. Filters keep lines, origins, and rows
in which a programme has a part.`,
		Example: `  navicert panel --into US --from 2025-01-01 --out panel.parquet
  navicert panel --into US --from 2025-01-01 --to 2026-01-01 --goods 73,8708 \
      --origin CN,DE --out steel.csv.gz
  navicert panel --into US --from 2018-01-01 --programme us.301 --out 301.tsv
  navicert panel --into US --from 2025-01-01 --output summary
  navicert panel --into US --from 2025-01-01 --stats`,
		Args: exactly(0, "flags alone"),
		RunE: func(*cobra.Command, []string) error { return p.run(e) },
	}
	f := cmd.Flags()
	f.StringVar(&p.into, "into", "", "`country` whose tariff it is")
	f.StringVar(&p.from, "from", "", "first `day` or instant of entry (default: today)")
	f.StringVar(&p.to, "to", "", "first `day` or instant that is left out (default: none)")
	f.StringVar(&p.known, "known", "", "what was announced by this `day` counts (default: today)")
	f.IntVar(&p.digits, "digits", 10, "`digits` of the lines: 10 or 8")
	f.StringVar(&p.profile, "profile", "", "`name or file` of what is taken as given (default: for the US metal-whole, else closed)")
	f.StringSliceVar(&p.goods, "goods", nil, "`codes`: lines within them")
	f.StringSliceVar(&p.origins, "origin", nil, "`countries` of origin (default: all)")
	f.StringSliceVar(&p.programmes, "programme", nil, "`ids` of programmes, or patterns: rows in which one has a part, split by these")
	f.StringVar(&p.out, "out", "", "write the panel to this `file` (.parquet, .csv, .tsv, text also .gz or .zst); - for standard output")
	f.StringVar(&p.format, "format", "", "`format` of the file: parquet, csv, tsv (default: by its name; csv on standard output)")
	f.StringVar(&p.output, "output", "", "summary or json: sum the panel up on standard output")
	f.BoolVar(&p.stats, "stats", false, "count what the panel is made of")
	f.IntVar(&p.workers, "workers", 0, "how many cores it takes (default: all)")
	scenarioFlag(cmd, e)
	return cmd
}

func (p *panel) run(e *env) error {
	switch {
	case p.into == "":
		return usagef("panel wants the country whose tariff it is: --into US")
	case p.out == "" && p.output == "" && !p.stats:
		return usagef("panel wants --out FILE, --output summary or --stats")
	case p.out == "-" && p.output != "":
		return usagef("--out - and --output both write to standard output: choose one")
	case p.digits != 8 && p.digits != 10:
		return usagef("--digits: 8 or 10, not %d", p.digits)
	case p.output != "" && p.output != "summary" && p.output != "json":
		return usagef("--output: %q is neither summary nor json", p.output)
	case p.workers < 0:
		return usagef("--workers: at least 1")
	}
	if p.workers == 0 {
		p.workers = runtime.NumCPU()
	}
	var format exchange.Format
	if p.format != "" {
		var err error
		if format, err = exchange.ParseFormat(p.format); err != nil {
			return usagef("--format: %s", err)
		}
	} else if p.out != "" && p.out != "-" {
		if _, err := exchange.FormatOf(p.out); err != nil {
			return err
		}
	}
	// A panel is large and lives long: collecting more often costs it little time and
	// saves half of its memory.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	eng, err := e.open()
	if err != nil {
		return err
	}
	o, err := p.options(e, eng)
	if err != nil {
		return err
	}
	for _, line := range o.Profile.Words() {
		fmt.Fprintln(e.err, line)
	}
	ctx, cancel := interruptible(context.Background())
	defer cancel()
	bar := e.bar(-1, "kinds of goods", true)
	o.Progress = func(done, total int) { bar.ChangeMax(total); _ = bar.Set(done) }
	made, err := outlook.New(ctx, eng.Schedule(), *o)
	_ = bar.Finish()
	if err == nil {
		if lacks := made.Lacks(); len(lacks) > 0 {
			err = fmt.Errorf("no line of the tariff in that time is within %s (`navicert search WORDS` finds a code)", lacks[0])
		}
	}
	if err == nil && p.out != "" {
		err = p.write(ctx, e, eng, made, o, format)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted: nothing was written")
	}
	if err != nil {
		return err
	}
	if p.output != "" {
		if err := e.panelSummary(made, p.output, eng.Schedule().Zone(o.Into)); err != nil {
			return err
		}
	}
	if p.stats {
		return e.panelStats(made.Stats(), p.output == "json")
	}
	return nil
}

// options reads what the command line says: every fault of it at once.
func (p *panel) options(e *env, eng *navicert.Engine) (*outlook.Options, error) {
	o := &outlook.Options{Digits: p.digits, Programmes: p.programmes, Workers: p.workers}
	var faults []error
	fault := func(flag string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("--%s: %w", flag, err))
		}
	}
	var err error
	o.Into, err = nomenclature.ParseCountry(p.into)
	fault("into", err)
	zone := eng.Schedule().Zone(o.Into)
	instant := func(flag, text string, otherwise quantity.Instant) quantity.Instant {
		if text == "" {
			return otherwise
		}
		m, err := quantity.ParseMoment(text)
		fault(flag, err)
		return m.Instant(zone)
	}
	from := p.from
	if from == "" {
		from = e.today()
	}
	o.Period.From = instant("from", from, 0)
	o.Period.Until = instant("to", p.to, quantity.MaxInstant)
	known := p.known
	if known == "" {
		known = e.today()
	}
	o.Known, err = quantity.ParseDate(known)
	fault("known", err)
	for _, text := range p.goods {
		c, err := nomenclature.ParseCode(text)
		fault("goods", err)
		o.Goods = append(o.Goods, c)
	}
	for _, text := range p.origins {
		c, err := nomenclature.ParseCountry(text)
		fault("origin", err)
		o.Origins = append(o.Origins, c)
	}
	name := p.profile
	if name == "" {
		name = outlook.DefaultProfile(o.Into)
	}
	var shipped bool
	if o.Profile, shipped = outlook.ShippedProfile(name); !shipped {
		var data []byte
		if data, err = e.read(name); err == nil {
			o.Profile, err = outlook.ParseProfile(data, inputName(name))
		} else if !strings.ContainsAny(name, "./") {
			err = fmt.Errorf("%w, and no profile of that name is shipped (%s)", err, strings.Join(outlook.Profiles(), ", "))
		}
		fault("profile", err)
	}
	return o, errors.Join(faults...)
}

// write writes the file, and beside a file of text what it takes as given.
func (p *panel) write(ctx context.Context, e *env, eng *navicert.Engine, made *outlook.Panel, o *outlook.Options, format exchange.Format) error {
	about, err := aboutPanel(eng, o)
	if err != nil {
		return err
	}
	name := p.out
	if name != "-" {
		name = e.path(name)
	}
	bar := e.bar(int64(made.Lines()), "lines of the tariff", true)
	written, err := exchange.WritePanel(ctx, name, e.out, made, exchange.PanelOptions{Format: format, About: about, Workers: p.workers,
		Progress: func(n int) { _ = bar.Set(n) }})
	_ = bar.Finish()
	if err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%s: %s\n", p.out, rowCount(written))
	if f, _ := exchange.FormatOf(p.out); name == "-" || exchange.IsStream(name) || format == exchange.Parquet || format == "" && f == exchange.Parquet {
		return nil
	}
	doc := map[string]json.RawMessage{}
	for _, a := range about {
		doc[a[0]] = json.RawMessage(a[1])
	}
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name+".about.json", append(data, '\n'), 0o644)
}

// aboutPanel is what one must know to read a panel, as JSON by key.
func aboutPanel(eng *navicert.Engine, o *outlook.Options) (out [][2]string, err error) {
	zone := eng.Schedule().Zone(o.Into)
	var until *string
	if o.Period.Until < quantity.MaxInstant {
		text := o.Period.Until.Format(zone)
		until = &text
	}
	type pack struct {
		ID           string `json:"id"`
		KnownThrough string `json:"knownThrough"`
	}
	var packs []pack
	for _, k := range eng.Set().Packs {
		packs = append(packs, pack{k.ID, k.KnownThrough.String()})
	}
	for _, a := range []struct {
		key   string
		value any
	}{
		{"navicert.profile", o.Profile},
		{"navicert.into", string(o.Into)},
		{"navicert.from", o.Period.From.Format(zone)},
		{"navicert.until", until},
		{"navicert.known", o.Known.String()},
		{"navicert.schedule", eng.Digest()},
		{"navicert.packs", packs},
	} {
		text, err := json.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		out = append(out, [2]string{a.key, string(text)})
	}
	return out, nil
}

// panelSummary writes what a panel comes to.
func (e *env) panelSummary(p *outlook.Panel, output string, zone *time.Location) error {
	s := p.Summarise()
	if output == "json" {
		return writeJSON(e.out, s.Document(zone))
	}
	rows := [][]string{}
	for _, g := range s.Programmes {
		rate := "-"
		if g.Pairs > 0 {
			rate = g.Rate.Least.String()
			switch {
			case g.Rate.Unbounded:
				rate += " or more"
			case !g.Rate.Most.Equal(g.Rate.Least):
				rate += " to " + g.Rate.Most.String()
			}
		}
		rows = append(rows, []string{g.ID, strconv.Itoa(g.Pairs), rate, g.Title})
	}
	if err := e.table(e.out, []string{"Programme", "Lines × origins", "Points", ""}, rows); err != nil {
		return err
	}
	fmt.Fprintln(e.out)
	rows = rows[:0]
	for _, o := range s.Openings {
		var by []string
		for i, c := range o.Instruments {
			if i == 3 {
				by = append(by, fmt.Sprintf("and %d more", len(o.Instruments)-3))
				break
			}
			by = append(by, c.Citation)
		}
		rows = append(rows, []string{clock(o.At, zone), strconv.Itoa(o.Rows), strings.Join(by, "; ")})
	}
	return e.table(e.out, []string{"From", "Rows that begin", "By"}, rows)
}

// panelStats writes what a panel is made of.
func (e *env) panelStats(s outlook.Stats, asJSON bool) error {
	if asJSON {
		return writeJSON(e.err, s)
	}
	rows := [][]string{}
	for _, r := range []struct {
		n    int
		what string
	}{
		{s.Lines, "lines of the tariff"}, {s.Goods, "kinds of goods that the law tells apart"}, {s.Rated, "the same by ordinary rate"},
		{s.Origins, "origins"}, {s.Groups, "groups of origins that the law tells apart"}, {s.Instants, "instants at which an interval begins"},
		{s.Steps, "stretches evaluated"}, {s.Cells, "different cells"}, {s.Spans, "intervals of kinds and groups"}, {s.Rows, "rows"},
	} {
		rows = append(rows, []string{strconv.Itoa(r.n), r.what})
	}
	return e.table(e.out, []string{"Count", "Of"}, rows)
}
