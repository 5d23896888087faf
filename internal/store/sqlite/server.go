package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"runtime"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/store"
)

//go:embed server/*.sql
var serverMigrations embed.FS

// Server is what a server keeps in its data directory: answers, replies, files of
// cases and jobs. One process uses a directory at a time: the second is refused.
// All writing goes through one connection, reading through others, so that readers
// never wait for a writer. It is safe for concurrent use.
type Server struct {
	write, read, lock *sql.DB
	locked            *sql.Tx
	pack              *zstd.Encoder
	unpack            *zstd.Decoder
	log               *slog.Logger
}

// OpenServer opens the store of a data directory, which exists, and brings its tables
// up to date. The error says so where another process uses it.
func OpenServer(ctx context.Context, dir string, log *slog.Logger) (_ *Server, err error) {
	db := &Server{log: log}
	defer func() {
		if err != nil {
			db.Close()
		}
	}()
	if err := db.hold(ctx, dir); err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "server.db")
	if db.write, err = openServerFile(name, url.Values{"_txlock": {"immediate"}}); err != nil {
		return nil, err
	}
	db.write.SetMaxOpenConns(1)
	if err := db.migrate(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if db.read, err = openServerFile(name, url.Values{"_pragma": {"query_only(1)"}}); err != nil {
		return nil, err
	}
	db.read.SetMaxOpenConns(2 * runtime.GOMAXPROCS(0))
	if db.pack, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, err
	}
	db.unpack, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0))
	return db, err
}

func openServerFile(name string, more url.Values) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	for key, values := range more {
		q[key] = append(q[key], values...)
	}
	return sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: filepath.ToSlash(name), RawQuery: q.Encode()}).String())
}

// hold takes the directory for as long as the store is open. It is a transaction
// that does not end, so that the directory is free when the process is gone, on
// every system.
func (db *Server) hold(ctx context.Context, dir string) (err error) {
	name := filepath.Join(dir, "lock.db")
	if db.lock, err = sql.Open("sqlite", "file:"+filepath.ToSlash(name)+"?_txlock=exclusive"); err != nil {
		return err
	}
	if db.locked, err = db.lock.BeginTx(context.WithoutCancel(ctx), nil); err != nil {
		return fmt.Errorf("%s: another navicert serves this directory, or it cannot be written (name another one): %w", dir, err)
	}
	return nil
}

func (db *Server) migrate(ctx context.Context) error {
	fsys, err := fs.Sub(serverMigrations, "server")
	if err != nil {
		return err
	}
	own, err := goose.NewProvider(goose.DialectSQLite3, db.write, fsys, goose.WithTableName("server_migration"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := own.Up(ctx); err != nil {
		return err
	}
	rivers, err := rivermigrate.New(riversqlite.New(db.write), &rivermigrate.Config{Logger: quiet(db.log)})
	if err != nil {
		return err
	}
	_, err = rivers.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// quiet leaves out of a log what a library says of its daily work.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(atLeast{log.Handler(), slog.LevelWarn})
}

type atLeast struct {
	slog.Handler
	level slog.Level
}

// Enabled leaves out what is below the level.
func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

// Close closes the store. Its queue has to have stopped.
func (db *Server) Close() error {
	var errs []error
	if db.locked != nil {
		errs = append(errs, db.locked.Rollback())
	}
	for _, d := range []*sql.DB{db.read, db.write, db.lock} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	if db.unpack != nil {
		db.unpack.Close()
	}
	return errors.Join(errs...)
}

// Ping tells whether the store answers.
func (db *Server) Ping(ctx context.Context) error {
	var one int
	return db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Queue returns the job queue in the store.
func (db *Server) Queue(workers int, work store.Work) (*store.Queue[*sql.Tx], error) {
	return store.NewQueue(riversqlite.New(db.write), quiet(db.log), workers, work)
}

// within runs a change as one transaction.
func (db *Server) within(ctx context.Context, change func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after the commit it does nothing
	if err := change(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

// touched is ErrNotFound where a statement changed nothing.
func touched(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return store.ErrNotFound
}

func (db *Server) packed(b []byte) []byte { return db.pack.EncodeAll(b, nil) }

// KeepAnswers keeps sealed answers, all of them or none; those that are kept
// already stay as they are.
func (db *Server) KeepAnswers(ctx context.Context, answers ...store.Answer) error {
	return db.within(ctx, func(tx *sql.Tx) error {
		for _, a := range answers {
			if _, err := tx.ExecContext(ctx, "INSERT INTO answers (digest, schedule, kept, document) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
				a.Digest, a.Schedule, a.Kept.UnixMilli(), db.packed(a.Document)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Answer returns a kept answer; store.ErrNotFound.
func (db *Server) Answer(ctx context.Context, digest string) (store.Answer, error) {
	a := store.Answer{Digest: digest}
	var kept int64
	err := db.read.QueryRowContext(ctx, "SELECT schedule, kept, document FROM answers WHERE digest = ?", digest).Scan(&a.Schedule, &kept, &a.Document)
	if err != nil {
		return store.Answer{}, found(err)
	}
	a.Kept = time.UnixMilli(kept).UTC()
	a.Document, err = db.unpack.DecodeAll(a.Document, nil)
	return a, err
}

// Reserve takes a key for a request that is now worked on. Where the key is
// taken it returns what is kept under it, with store.ErrTaken.
func (db *Server) Reserve(ctx context.Context, r store.Reply) (store.Reply, error) {
	err := db.within(ctx, func(tx *sql.Tx) error {
		return touched(tx.ExecContext(ctx, "INSERT INTO replies (key, request, made, status, type, location, body) VALUES (?, ?, ?, 0, '', '', x'') ON CONFLICT DO NOTHING",
			r.Key, r.Request, r.Made.UnixMilli()))
	})
	if !errors.Is(err, store.ErrNotFound) {
		return r, err
	}
	var made int64
	err = db.read.QueryRowContext(ctx, "SELECT key, request, made, status, type, location, body FROM replies WHERE key = ?", r.Key).
		Scan(&r.Key, &r.Request, &made, &r.Status, &r.Type, &r.Location, &r.Body)
	if err != nil {
		return store.Reply{}, found(err)
	}
	r.Made = time.UnixMilli(made).UTC()
	if len(r.Body) > 0 {
		if r.Body, err = db.unpack.DecodeAll(r.Body, nil); err != nil {
			return store.Reply{}, err
		}
	}
	return r, store.ErrTaken
}

// Complete keeps the reply to a request whose key was reserved.
func (db *Server) Complete(ctx context.Context, r store.Reply) error {
	return touched(db.write.ExecContext(ctx, "UPDATE replies SET status = ?, type = ?, location = ?, body = ? WHERE key = ?",
		r.Status, r.Type, r.Location, db.packed(r.Body), r.Key))
}

// Release gives a key back whose request came to nothing.
func (db *Server) Release(ctx context.Context, key string) error {
	return touched(db.write.ExecContext(ctx, "DELETE FROM replies WHERE key = ? AND status = 0", key))
}

// ForgetReplies forgets replies made before a time, and all whose requests are
// still worked on where unfinished says so: after a start nobody works on them.
func (db *Server) ForgetReplies(ctx context.Context, before time.Time, unfinished bool) error {
	_, err := db.write.ExecContext(ctx, "DELETE FROM replies WHERE made < ? OR status = 0 AND ?", before.UnixMilli(), unfinished)
	return err
}

// CreateBatch is of [batch.Store].
func (db *Server) CreateBatch(ctx context.Context, b *batch.Batch) error {
	record, err := json.Marshal(b)
	if err != nil {
		return err
	}
	err = touched(db.write.ExecContext(ctx, "INSERT INTO batches (id, record) VALUES (?, ?) ON CONFLICT DO NOTHING", b.ID, string(record)))
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrTaken
	}
	return err
}

// Batch is of [batch.Store].
func (db *Server) Batch(ctx context.Context, id string) (*batch.Batch, error) {
	return scanBatch(db.read.QueryRowContext(ctx, "SELECT record FROM batches WHERE id = ?", id))
}

func scanBatch(row interface{ Scan(...any) error }) (*batch.Batch, error) {
	var record []byte
	if err := row.Scan(&record); err != nil {
		return nil, found(err)
	}
	b := new(batch.Batch)
	return b, json.Unmarshal(record, b)
}

// Batches is of [batch.Store].
func (db *Server) Batches(ctx context.Context, before string, n int) ([]*batch.Batch, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT record FROM batches WHERE ? = '' OR id < ? ORDER BY id DESC LIMIT ?", before, before, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []*batch.Batch{}
	for rows.Next() {
		b, err := scanBatch(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// UpdateBatch is of [batch.Store].
func (db *Server) UpdateBatch(ctx context.Context, id string, change func(*batch.Batch) error) (b *batch.Batch, err error) {
	err = db.within(ctx, func(tx *sql.Tx) error {
		if b, err = scanBatch(tx.QueryRowContext(ctx, "SELECT record FROM batches WHERE id = ?", id)); err != nil {
			return err
		}
		if err := change(b); err != nil {
			return err
		}
		record, err := json.Marshal(b)
		if err != nil {
			return err
		}
		return touched(tx.ExecContext(ctx, "UPDATE batches SET record = ? WHERE id = ?", string(record), id))
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// DeleteBatch is of [batch.Store].
func (db *Server) DeleteBatch(ctx context.Context, id string) error {
	return touched(db.write.ExecContext(ctx, "DELETE FROM batches WHERE id = ?", id))
}

// SetTotals is of [batch.Store].
func (db *Server) SetTotals(ctx context.Context, id string, totals []byte) error {
	return touched(db.write.ExecContext(ctx, "UPDATE batches SET totals = ? WHERE id = ?", db.packed(totals), id))
}

// Totals is of [batch.Store].
func (db *Server) Totals(ctx context.Context, id string) ([]byte, error) {
	var totals []byte
	if err := db.read.QueryRowContext(ctx, "SELECT totals FROM batches WHERE id = ?", id).Scan(&totals); err != nil {
		return nil, found(err)
	}
	if totals == nil {
		return nil, store.ErrNotFound
	}
	return db.unpack.DecodeAll(totals, nil)
}
