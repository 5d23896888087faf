package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	files "github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/server"
	"github.com/navicert/navicert/internal/store/sqlite"
)

// serving is what the command line says of a server.
type serving struct {
	listen, data, database, log string
	insecure, debug             bool
}

func newServe(e *env) *cobra.Command {
	var o serving
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API and the pages on this machine",
		Long: `Serve answers over HTTP: pages for people at /, a JSON API at /v1 with its
reference at /v1/docs and its OpenAPI document at /v1/openapi.json. Nothing has
to be set up. What must be kept (sealed answers that were asked to be kept,
files of cases and their results, the licence desk) is in a data directory,
which one process uses at a time.

With --database the licence desk is in PostgreSQL (15 or later) instead, and any
number of servers work one desk: one queue, one ledger, one log. Its tables are
brought up to date at the start. All else stays in the data directory of each
server, its files of cases and their jobs too, so each needs its own. Give a
password by PGPASSWORD or ~/.pgpass rather than in the address.

There is no sign-in yet: whoever reaches the address may ask, and may read the
files that others sent. So it listens on this machine alone, and refuses
another address unless --insecure-listen says that something else (a proxy with
sign-in, a closed network) guards it.

Requests are logged to standard error, one line each, without what was asked.
Traces are sent where OTEL_EXPORTER_OTLP_ENDPOINT says. SIGINT or SIGTERM ends
it: what runs is finished, and what cannot be is resumed at the next start, as
it is after a crash.`,
		Example: `  navicert serve
  navicert serve --listen 127.0.0.1:9000 --data ./data
  navicert serve --database postgres://desk@db.example/desk
  curl -s localhost:8080/v1/determinations -H 'Content-Type: application/json' \
      -d '{"goods": "8505.11.00.70", "from": "CN", "to": "US"}'`,
		Args: exactly(0, "flags alone"),
		RunE: func(*cobra.Command, []string) error {
			ctx, cancel := interruptible(context.Background())
			defer cancel()
			return o.run(ctx, e)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` and port; port 0 takes a free one")
	f.StringVar(&o.data, "data", "", "`directory` of what is kept (default: navicert in the user's data directory)")
	databaseFlag(f, &o.database, "of the licence desk; the rest stays in --data")
	f.BoolVar(&o.insecure, "insecure-listen", false, "listen on other addresses than this machine's own, without sign-in")
	f.StringVar(&o.log, "log", "text", "`form` of the log: text or json")
	f.BoolVar(&o.debug, "debug", false, "log more: requests of machines, steps of jobs")
	return cmd
}

func (o *serving) run(ctx context.Context, e *env) error {
	log, err := o.logger(e)
	if err != nil {
		return err
	}
	local, err := o.local()
	if err != nil {
		return err
	}
	data, err := o.directory(e)
	if err != nil {
		return err
	}
	eng, err := e.open()
	if err != nil {
		return err
	}
	tracer, flush, err := traces(ctx, log)
	if err != nil {
		return err
	}
	defer flush()
	kept, err := sqlite.OpenServer(ctx, data, log)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	defer kept.Close()
	batches, err := files.New(files.Options{Engine: eng, Store: kept, Dir: filepath.Join(data, "batches"), Now: e.now, Log: log})
	if err != nil {
		return err
	}
	queue, err := kept.Queue(2, batches.Work)
	if err != nil {
		return err
	}
	office := &desk{env: e, data: data, database: o.database}
	desk, _, done, err := office.deskOn(ctx, eng, true)
	if err != nil {
		return err
	}
	defer done()
	s, err := server.New(server.Options{Engine: eng, Packs: e.files(), Desk: desk, Store: kept, Batches: batches, Version: programVersion(), Now: e.now, Logger: log, Local: local, Tracer: tracer})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer l.Close()
	// The queue is not told of the signal: it is stopped once requests are done.
	working := context.WithoutCancel(ctx)
	if err := queue.Start(working); err != nil {
		return err
	}
	if err := batches.Begin(working, queue); err != nil {
		return errors.Join(err, queue.Stop(working))
	}
	fmt.Fprintf(e.err, "navicert %s serves http://%s/\n  API reference  http://%s/v1/docs\n  data           %s\n  licence desk   %s\n  packs          %s\nCtrl-C ends it.\n",
		programVersion(), l.Addr(), l.Addr(), data, office.place(), eng.Digest())
	err = s.Serve(ctx, l)
	return errors.Join(err, queue.Stop(working))
}

// local reports whether the address is reached from this machine alone, and
// refuses another one where it is not asked for in so many words.
func (o *serving) local() (bool, error) {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return false, usagef("--listen: %q is not an address and a port (try 127.0.0.1:8080)", o.listen)
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "localhost", err == nil && ip.IsLoopback():
		return true, nil
	case o.insecure:
		return false, nil
	}
	return false, usagef("--listen: %s can be reached from other machines, and there is no sign-in: whoever reaches it may ask, and read the files that others sent (listen on 127.0.0.1, or say --insecure-listen where a proxy or a closed network guards it)", o.listen)
}

// directory is where the server keeps its data, made if need be.
func (o *serving) directory(e *env) (string, error) {
	dir := o.data
	if dir == "" {
		base, err := userData()
		if err != nil {
			return "", fmt.Errorf("--data: %w (name a directory)", err)
		}
		dir = filepath.Join(base, "navicert")
	}
	dir, err := filepath.Abs(e.path(dir))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("--data: %w", err)
	}
	return dir, nil
}

// userData is the directory in which programs of this user keep their data:
// $XDG_DATA_HOME or ~/.local/share, ~/Library/Application Support, or
// %LocalAppData%.
func userData() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return dir, nil
		}
		return "", errors.New("%LocalAppData% is not set")
	case "darwin":
		return os.UserConfigDir() // the same directory there
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "share"), nil
}

// logger writes to standard error.
func (o *serving) logger(e *env) (*slog.Logger, error) {
	forms := []string{"text", "json"}
	if !slices.Contains(forms, o.log) {
		return nil, usagef("--log: %q is no form of a log (try %s)", o.log, strings.Join(forms, ", "))
	}
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if o.debug {
		options.Level = slog.LevelDebug
	}
	if o.log == "json" {
		return slog.New(slog.NewJSONHandler(e.err, options)), nil
	}
	return slog.New(slog.NewTextHandler(e.err, options)), nil
}
