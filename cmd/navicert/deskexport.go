package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/licence"
)

func newDeskExport(k *desk) *cobra.Command {
	out := "-"
	var log bool
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write everything that the desk holds, as a ZIP archive",
		Long: `Export writes all of it from one state of the desk, as it is read: every event
as it was hashed, the state of every application, licence, drawdown and
undertaking, balances, movements and receipts as NDJSON, and the bytes of every
document under their digests. The manifest in it has the digest of each file and
the head of the log; README.txt in it says what is where.

Desk import proves an export, and puts it into an empty desk: on another
machine, or from SQLite into PostgreSQL. --log writes the log alone, one event a
line.`,
		Example: `  navicert desk export --out desk.zip
  navicert desk export --log | head -1`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, done, err := k.store(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer done()
			export := k.exportAll
			if log {
				export = exportLog
			}
			if out == "-" {
				if f, ok := k.out.(*os.File); ok && !log && term.IsTerminal(int(f.Fd())) {
					return usagef("--out: name a file, or send the output into one: an archive is nothing for a terminal (--log gives text)")
				}
				_, err := export(cmd.Context(), s, k.out)
				return err
			}
			var told exported
			err = writeWhole(k.path(out), func(w io.Writer) (err error) {
				told, err = export(cmd.Context(), s, w)
				return err
			})
			var place *fs.PathError
			if errors.As(err, &place) {
				return fmt.Errorf("--out: %s cannot be written: %w", out, place.Err)
			}
			if err != nil {
				return err
			}
			told.Out = out
			if k.output == "json" {
				return writeJSON(k.out, told)
			}
			_, err = fmt.Fprintln(k.out, told.words())
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", out, "`file` that is written, whole or not at all; - for standard output")
	cmd.Flags().BoolVar(&log, "log", false, "write the log alone, as NDJSON")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

// exported is what was written.
type exported struct {
	Events   int64             `json:"events"`
	Out      string            `json:"out"`
	Manifest *licence.Manifest `json:"manifest,omitempty"`
}

func (x *exported) words() string {
	s := fmt.Sprintf("%d events in %s", x.Events, x.Out)
	if m := x.Manifest; m != nil {
		s += fmt.Sprintf(", with %d documents of %d bytes\nhead:   %s", m.Documents, m.DocumentBytes, m.Head)
	}
	return s
}

// exportAll writes all of a desk.
func (k *desk) exportAll(ctx context.Context, s licence.Store, w io.Writer) (x exported, err error) {
	bar := k.bar(-1, "events and states", true)
	defer bar.Finish()
	err = s.View(ctx, func(r licence.Reader) (err error) {
		x.Manifest, err = licence.Export(ctx, r, w, func(done, of int64) { bar.ChangeMax64(of); _ = bar.Set64(done) })
		return err
	})
	if err != nil {
		return x, err
	}
	head, err := licence.ParseHead(x.Manifest.Head)
	x.Events = head.Size
	return x, err
}

// exportLog writes the log of a desk.
func exportLog(ctx context.Context, s licence.Store, w io.Writer) (x exported, err error) {
	b := bufio.NewWriter(w)
	err = s.View(ctx, func(r licence.Reader) (err error) {
		x.Events, err = licence.ExportLog(ctx, r, b)
		return err
	})
	return x, errors.Join(err, b.Flush())
}

// writeWhole writes a file that is there whole or not at all. What is no file, a device
// or a pipe, is written to as it is.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	if exchange.IsStream(name) {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	b := bufio.NewWriterSize(f, 256<<10)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func newDeskImport(k *desk) *cobra.Command {
	var verify bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Prove an export, and put it into an empty desk",
		Long: `Import proves an export first: each file is as its digest in the manifest says,
the events give the head of the log, each document is that of its name, and none
is missing. It names what is not so, and imports nothing then.

Then it carries all events out again on a desk that is empty, keeps the
documents and receipts that belong to them, and compares what comes of it with
the states and balances of the export. An import that was interrupted goes on
where it was. The desk has the same log and head afterwards, and goes on from
there.`,
		Example: `  navicert desk import desk.zip --verify
  navicert desk import desk.zip --database postgres://localhost/desk`,
		Args: exactly(1, "the file of an export"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(k.path(args[0]))
			if err != nil {
				return err
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				return err
			}
			x, err := licence.OpenArchive(f, info.Size())
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if err := k.prove(cmd.Context(), x, args[0]); err != nil || verify {
				return k.told(x, "proved", err)
			}
			authorities, err := licence.Authorities()
			if err != nil {
				return err
			}
			s, done, err := k.store(cmd.Context(), true)
			if err != nil {
				return err
			}
			defer done()
			bar := k.bar(-1, "events and states", true)
			differences, err := licence.Import(cmd.Context(), s, authorities, x, func(done, of int64) { bar.ChangeMax64(of); _ = bar.Set64(done) })
			_ = bar.Finish()
			if err == nil {
				err = joined(args[0], differences)
			}
			return k.told(x, "imported", err)
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "prove the export, and import nothing")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

// prove proves an export.
func (k *desk) prove(ctx context.Context, x *licence.Archive, name string) error {
	bar := k.bar(-1, "lines proved", true)
	defer bar.Finish()
	faults, err := x.Verify(ctx, func(done, of int64) { bar.ChangeMax64(of); _ = bar.Set64(done) })
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return joined(name, faults)
}

// joined is an error that tells all faults of a file; nil where there is none.
func joined(name string, faults []string) error {
	list := make([]error, len(faults))
	for i, f := range faults {
		list[i] = fmt.Errorf("%s: %s", name, f)
	}
	return errors.Join(list...)
}

// told says what came of an export, unless it came to an error.
func (k *desk) told(x *licence.Archive, what string, err error) error {
	if err != nil {
		return err
	}
	if k.output == "json" {
		return writeJSON(k.out, map[string]any{"done": what, "manifest": x.Manifest})
	}
	_, err = fmt.Fprintf(k.out, "%s: %d files, %d documents\nhead:   %s\n", what, len(x.Manifest.Files), x.Manifest.Documents, x.Manifest.Head)
	return err
}
