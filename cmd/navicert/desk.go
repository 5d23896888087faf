package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/store/postgres"
	"github.com/navicert/navicert/internal/store/sqlite"
)

// desk is what the command line says of a licence desk and of who acts at it.
type desk struct {
	*env
	data, database, authority string
	at, actor, role           string
	reason, key               string
	ifVersion                 int
	output                    string
}

func newDesk(e *env) *cobra.Command {
	k := &desk{env: e}
	cmd := &cobra.Command{
		Use:   "desk",
		Short: "The licence desk: applications, lanes, licences, drawdowns",
		Example: `  navicert desk queue
  navicert desk show A42
  navicert desk draw --take "L42=120 kg,9000 USD" --as port --key "B/L 815"`,
		Long: `Desk works applications for licences: for an authority that decides them, or for
a trader who tracks its own. Every act is an event in a log that can be proved
(desk audit). The lane of a file is a determination of the engine, with why not
a faster one.

A desk is kept in a file of the data directory (--data), or in PostgreSQL
(--database). Try it with an invented backlog:

  navicert desk demo --applications 3000 --data ./demo
  navicert desk queue --data ./demo

Acts name who acts (--as), in which role (--role, the usual one by default), why
(--reason), and when if not now (--at). A demonstration stands still at its own
last day unless --at says otherwise.`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&k.data, "data", "", "`directory` of the desk (default: navicert in the user's data directory)")
	databaseFlag(f, &k.database, "instead of --data")
	f.StringVar(&k.authority, "authority", "CN.MOFCOM", "`id` of the authority: CN.MOFCOM, US.BIS, UK.ECJU")
	f.StringVar(&k.at, "at", "", "`day` or instant at which it happens, or is asked about (default: now)")
	cmd.AddCommand(
		newDeskDemo(k), newDeskAudit(k), newDeskCheck(k), newDeskQueue(k), newDeskShow(k), newDeskLog(k), newDeskExceptions(k),
		newDeskPrecedents(k), newDeskLicences(k), newDeskSuspensions(k), newDeskMatch(k),
		newDeskStatistics(k), newDeskForecast(k), newDeskLaw(k), newDeskLetter(k), newDeskExport(k), newDeskImport(k), newDeskMine(k),
	)
	cmd.AddCommand(newDeskActs(k)...)
	return cmd
}

// directory is where the desk is kept.
func (k *desk) directory() (string, error) {
	dir := k.data
	if dir == "" {
		base, err := userData()
		if err != nil {
			return "", fmt.Errorf("--data: %w (name a directory)", err)
		}
		dir = filepath.Join(base, "navicert")
	}
	return filepath.Abs(k.path(dir))
}

// store opens the store of the desk. One that is not there is made where create
// says so.
func (k *desk) store(ctx context.Context, create bool) (licence.Store, func(), error) {
	if k.database != "" {
		if !strings.HasPrefix(k.database, "postgres://") && !strings.HasPrefix(k.database, "postgresql://") {
			return nil, nil, usagef("--database: %q is no address of a PostgreSQL (write postgres://user@host/name)", k.database)
		}
		d, err := postgres.OpenDesk(ctx, k.database)
		if err != nil {
			return nil, nil, fmt.Errorf("--database: %w", err)
		}
		return d, func() { d.Close() }, nil
	}
	dir, err := k.directory()
	if err != nil {
		return nil, nil, err
	}
	file := filepath.Join(dir, "desk.db")
	if _, err := os.Stat(file); err != nil && !create {
		return nil, nil, fmt.Errorf("%s holds no desk (navicert desk demo makes one to try, navicert desk file begins one)", dir)
	}
	d, err := sqlite.OpenDesk(ctx, file)
	if err != nil {
		return nil, nil, fmt.Errorf("--data: %w", err)
	}
	return d, func() { d.Close() }, nil
}

// place says where the desk is kept, without a password.
func (k *desk) place() string {
	if k.database == "" {
		return "in the data directory"
	}
	u, err := url.Parse(k.database)
	if err != nil {
		return "in PostgreSQL"
	}
	return u.Redacted()
}

// databaseFlag is --database; what says for what it stands.
func databaseFlag(f *pflag.FlagSet, to *string, what string) {
	f.StringVar(to, "database", "", "`address` of a PostgreSQL, postgres://user@host/name, "+what)
}

// desk opens the desk itself, with the law in its engine.
func (k *desk) desk(ctx context.Context, create bool) (*licence.Desk, licence.Store, func(), error) {
	eng, err := k.open()
	if err != nil {
		return nil, nil, nil, err
	}
	return k.deskOn(ctx, eng, create)
}

// deskOn opens the desk with the law of an engine that is open already.
func (k *desk) deskOn(ctx context.Context, eng *navicert.Engine, create bool) (*licence.Desk, licence.Store, func(), error) {
	s, done, err := k.store(ctx, create)
	if err != nil {
		return nil, nil, nil, err
	}
	authorities, err := licence.Authorities()
	if err != nil {
		done()
		return nil, nil, nil, err
	}
	return licence.NewDesk(s, licence.NewEngine(eng.Schedule()), authorities, k.clock), s, done, nil
}

func (k *desk) clock() quantity.Instant { return quantity.Instant(k.now().Unix()) }

// who is the authority that is meant.
func (k *desk) who() (*licence.Authority, error) {
	list, err := licence.Authorities()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range list {
		if a.ID == k.authority {
			return a, nil
		}
		ids = append(ids, a.ID)
	}
	return nil, usagef("--authority: %q is not known here (try %s)", k.authority, strings.Join(ids, ", "))
}

// instant is when something happens, or what instant is asked about: --at, else on
// a demonstration its last day, else now. A day means its noon.
func (k *desk) instant(ctx context.Context, s licence.Store) (quantity.Instant, error) {
	authority, err := k.who()
	if err != nil {
		return 0, err
	}
	if k.at != "" {
		m, err := quantity.ParseMoment(k.at)
		if err != nil {
			return 0, usagef("--at: %v", err)
		}
		return m.Noon(authority.Zone()), nil
	}
	var at quantity.Instant
	err = s.View(ctx, func(r licence.Reader) error {
		reg, err := licence.ReadRegister(ctx, r)
		if err == nil {
			at = reg.Demonstration
		}
		return err
	})
	if err != nil || at != 0 {
		return at, err
	}
	return k.clock(), nil
}

// view opens the desk for reading, at the instant asked about.
func (k *desk) view(ctx context.Context, fn func(context.Context, licence.Reader, *licence.Authority, quantity.Instant) error) error {
	s, done, err := k.store(ctx, false)
	if err != nil {
		return err
	}
	defer done()
	authority, err := k.who()
	if err != nil {
		return err
	}
	at, err := k.instant(ctx, s)
	if err != nil {
		return err
	}
	return s.View(ctx, func(r licence.Reader) error { return fn(ctx, r, authority, at) })
}

// readInto reads a file of YAML or JSON into a value with names as JSON has them.
// A name that the value does not have is a fault.
func (k *desk) readInto(name string, into any) error {
	data, err := k.read(name)
	if err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: not readable as YAML or JSON: %w", inputName(name), err)
	}
	if len(doc.Content) == 0 {
		return fmt.Errorf("%s is empty", inputName(name))
	}
	text, err := json.Marshal(plainTree(doc.Content[0], ""))
	if err != nil {
		return fmt.Errorf("%s: %w", inputName(name), err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %s", inputName(name), strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// plainTree is a YAML tree as JSON has it. Scalars stay the text that they are,
// but for the few members that are whole numbers or truth values.
func plainTree(n *yaml.Node, name string) any {
	switch n.Kind {
	case yaml.AliasNode:
		return plainTree(n.Alias, name)
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			out[key] = plainTree(n.Content[i+1], key)
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, plainTree(c, name))
		}
		return out
	}
	switch {
	case n.Tag == "!!null":
		return nil
	case n.Tag == "!!bool" && (name == "closed" || name == "translation"):
		return n.Value == "true"
	case n.Tag == "!!int" && (name == "months" || name == "line"):
		return json.Number(n.Value)
	}
	return n.Value
}

func newDeskDemo(k *desk) *cobra.Command {
	b := licence.Backlog{Seed: 1, Applications: 30_000}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Fill an empty desk with an invented backlog of June 2025",
		Long: `Demo fills a desk with applications for rare-earth goods as they may have stood
on 30 June 2025: since 4 April a licence is needed, since 10 June there is a
faster lane for civil makers in the United States, and most files still wait.
Every party is invented; the law is that of the packs, and each lane is a
determination. One seed gives one backlog.`,
		Example: `  navicert desk demo --applications 30000 --data ./demo
  navicert desk demo --database postgres://localhost/desk`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if b.Applications < 1 || b.Applications > 10_000_000 {
				return usagef("--applications: give 1 to 10,000,000")
			}
			d, s, done, err := k.desk(cmd.Context(), true)
			if err != nil {
				return err
			}
			defer done()
			bar := k.bar(int64(b.Applications), "applications", true)
			begun := k.now()
			b.Progress = func(n int) { _ = bar.Set(n) }
			end, err := b.Fill(cmd.Context(), d)
			_ = bar.Finish()
			if err != nil {
				return err
			}
			took := k.now().Sub(begun)
			var head licence.Head
			err = s.View(cmd.Context(), func(r licence.Reader) (err error) {
				head, err = r.Head(cmd.Context())
				return err
			})
			if err != nil {
				return err
			}
			authority, err := k.who()
			if err != nil {
				return err
			}
			if k.output == "json" {
				return writeJSON(k.out, map[string]any{"applications": b.Applications, "events": head.Size, "at": end, "seconds": took.Seconds()})
			}
			fmt.Fprintf(k.out, "%d invented applications, %d events in the log, as of %s\n", b.Applications, head.Size, end.Format(authority.Zone()))
			fmt.Fprintf(k.err, "filed, determined and kept in %s\n", took.Round(time.Millisecond))
			fmt.Fprintln(k.out, "look at it: navicert desk queue; prove it: navicert desk audit")
			return nil
		},
	}
	cmd.Flags().IntVar(&b.Applications, "applications", b.Applications, "how many")
	cmd.Flags().Uint64Var(&b.Seed, "seed", b.Seed, "`number` that the backlog follows from")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

func newDeskAudit(k *desk) *cobra.Command {
	var o licence.AuditOptions
	var against string
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Prove the log, and that the desk is what its log says",
		Long: `Audit hashes every event again, compares the tree over them with the head of the
log, carries all events out again, and compares what comes of it with what is
kept: files, licences, ledger and balances. It names each row that was changed,
and then ends with 1.

Whoever can write the whole database can also write a new log. So keep the head
that audit prints somewhere else, and give it with --against: then the log has
to go on from it.`,
		Example: `  navicert desk audit --data ./demo
  navicert desk audit --against \
      "4711 2vMWfqnzGdyVwNzGYhS0ZFPqGBR5x0N7Eh3eyuCyHOQ="`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if against != "" {
				h, err := licence.ParseHead(against)
				if err != nil {
					return usagef("--against: %v", err)
				}
				o.Against = &h
			}
			s, done, err := k.store(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer done()
			bar := k.bar(-1, "events", true)
			o.Progress = func(n, of int64) { bar.ChangeMax64(of); _ = bar.Set64(n) }
			report, err := licence.Audit(cmd.Context(), s, o)
			_ = bar.Finish()
			if err != nil {
				return err
			}
			if k.output == "json" {
				err = writeJSON(k.out, map[string]any{"events": report.Events, "head": report.Head.String(), "faults": append([]string{}, report.Faults...)})
			} else if len(report.Faults) == 0 {
				_, err = fmt.Fprintf(k.out, "proved: %d events\nhead:   %s\n", report.Events, report.Head)
			}
			if err != nil || len(report.Faults) == 0 {
				return err
			}
			faults := make([]error, len(report.Faults))
			for i, f := range report.Faults {
				faults[i] = errors.New(f)
			}
			return errors.Join(faults...)
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "`head` that an earlier audit printed")
	cmd.Flags().BoolVar(&o.ChainOnly, "chain-only", false, "prove the log alone, not what comes of it")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

func newDeskQueue(k *desk) *cobra.Command {
	var q licence.FileQuery
	var queue string
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "Show what waits, in the order of turns",
		Long: `Queue shows the files of a queue in the order in which their turns come: oldest
first within a lane, and a file of a slow lane before one of a fast lane once it
has waited so much longer. Queues: intake, review, agency, applicant,
countersign, appeal.`,
		Example: `  navicert desk queue --data ./demo
  navicert desk queue --queue countersign
  navicert desk queue --lane cn.expedited --limit 50 --output json`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.Queue = licence.Queue(queue)
			known := false
			for _, x := range licence.Queues() {
				known = known || x == q.Queue
			}
			if !known {
				return usagef("--queue: %q is no queue (try %v)", queue, licence.Queues())
			}
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, at quantity.Instant) error {
				q.At = at
				page, err := licence.ReadPage(ctx, r, a, q, at)
				if err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, page)
				}
				return k.writePage(&page, a)
			})
		},
	}
	cmd.Flags().StringVar(&queue, "queue", string(licence.QueueReview), "`name` of the queue")
	cmd.Flags().StringVar(&q.Lane, "lane", "", "files of this `lane` alone")
	cmd.Flags().BoolVar(&q.Free, "free", false, "files that nobody holds")
	cmd.Flags().IntVar(&q.Limit, "limit", 20, "how many files; 0: all")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

// writePage writes a queue for people.
func (k *desk) writePage(p *licence.Page, a *licence.Authority) error {
	fmt.Fprintf(k.out, "%s: %d pending, the oldest for %d working days, on %s\n\n", p.Queue, p.Pending, p.Oldest, p.At.Date(a.Zone()))
	var rows [][]string
	for _, c := range p.Lanes {
		rows = append(rows, []string{c.Lane, fmt.Sprint(c.Files), "oldest since " + c.Oldest.Date(a.Zone()).String()})
	}
	if err := k.table(k.out, []string{"Lane", "Files", ""}, rows); err != nil {
		return err
	}
	fmt.Fprintln(k.out)
	rows = nil
	for _, f := range p.Files {
		clock := fmt.Sprintf("day %d", f.Clock.Elapsed)
		if f.Clock.Limited {
			clock += fmt.Sprintf(", %d left", f.Clock.Left)
		}
		what := fmt.Sprintf("%s %s for %s (%s), %s", f.Quantity, f.Goods, f.EndUser, f.Country, f.EndUse)
		if f.Officer != "" {
			what += "; held by " + f.Officer
		}
		if f.Links > 0 {
			what += fmt.Sprintf("; %d files alike", f.Links)
		}
		if f.Marked {
			what += "; the law changed"
		}
		rows = append(rows, []string{f.ID, f.Lane, clock, what})
		if f.Why != "" {
			rows = append(rows, []string{"", "", "", "not faster: " + f.Why})
		}
	}
	return k.table(k.out, []string{"File", "Lane", "Clock", "What"}, rows)
}

func newDeskLog(k *desk) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log ID",
		Short: "Show every event of a file, a licence or a drawdown",
		Long: `Log shows what happened to an object: who did it, in which role, when and why.
With --output json each event is shown as it was hashed.`,
		Example: `  navicert desk log A42
  navicert desk log L42 --output json`,
		Args: exactly(1, "the id of an object"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, _ quantity.Instant) error {
				ref, err := k.ref(ctx, r, args[0])
				if err != nil {
					return err
				}
				var rows [][]string
				var records []json.RawMessage
				err = r.Events(ctx, licence.EventQuery{Object: ref}, func(s licence.SealedEvent) error {
					e, err := licence.ReadRecord(s.Record)
					if err != nil {
						return err
					}
					records = append(records, s.Record)
					rows = append(rows, []string{fmt.Sprint(e.Seq), e.At.Format(a.Zone()), e.Actor, string(e.Role), e.Line(a.Zone())})
					return nil
				})
				if err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, records)
				}
				return k.table(k.out, []string{"Event", "At", "By", "As", "What"}, rows)
			})
		},
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

// ref finds which object an id names.
func (k *desk) ref(ctx context.Context, r licence.Reader, id string) (licence.Ref, error) {
	var refs []licence.Ref
	for _, kind := range []licence.Kind{licence.KindApplication, licence.KindLicence, licence.KindDrawdown, licence.KindUndertaking, licence.KindRegister} {
		refs = append(refs, licence.Ref{Kind: kind, ID: id})
	}
	found, err := r.Objects(ctx, refs)
	if err != nil {
		return licence.Ref{}, err
	}
	if len(found) == 0 {
		return licence.Ref{}, fmt.Errorf("%s: no file, licence, drawdown or undertaking has this id (navicert desk queue and desk licences list them)", id)
	}
	return found[0].Ref, nil
}

func newDeskExceptions(k *desk) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exceptions",
		Short: "Show which files were taken out of their turn, and why",
		Long: `Exceptions shows each claim of a file before its turn, and each assignment, with
the reason that was given. Nothing can be taken off this list.`,
		Example: `  navicert desk exceptions`,
		Args:    exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, _ quantity.Instant) error {
				list := []licence.Exception{}
				if err := licence.Exceptions(ctx, r, func(x licence.Exception) error { list = append(list, x); return nil }); err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, list)
				}
				var rows [][]string
				for _, x := range list {
					how := "out of turn"
					if x.Assigned {
						how = "assigned by " + x.By
					}
					rows = append(rows, []string{x.Application, x.At.Format(a.Zone()), x.Officer, how + ": " + x.Reason})
				}
				if len(rows) == 0 {
					fmt.Fprintln(k.out, "every file was taken in its turn")
					return nil
				}
				return k.table(k.out, []string{"File", "At", "Officer", "Why"}, rows)
			})
		},
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

func newDeskPrecedents(k *desk) *cobra.Command {
	most := 10
	cmd := &cobra.Command{
		Use:   "precedents FILE",
		Short: "Show decided files that are like this one, and in what",
		Long: `Precedents shows decided files with the same parties, goods, destination, use
and about the same quantity: how like they are, in what, and why they were
decided so.`,
		Example: `  navicert desk precedents A42 --limit 3`,
		Args:    exactly(1, "the id of a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, _ quantity.Instant) error {
				list, err := licence.Precedents(ctx, r, args[0], most)
				if err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, list)
				}
				var rows [][]string
				for _, p := range list {
					rows = append(rows, []string{p.File.ID, fmt.Sprintf("%d %%", p.Percent), string(p.File.Outcome), p.File.Decided.Date(a.Zone()).String(), strings.Join(p.Reasons, ", ")})
					if p.Decision != nil {
						rows = append(rows, []string{"", "", "", "", "because: " + p.Decision.Reason})
					}
				}
				if len(rows) == 0 {
					fmt.Fprintln(k.out, "nothing like it was decided yet")
					return nil
				}
				return k.table(k.out, []string{"File", "Alike", "Decided", "On", "In"}, rows)
			})
		},
	}
	cmd.Flags().IntVar(&most, "limit", most, "how many")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}
