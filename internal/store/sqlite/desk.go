// Package sqlite keeps what Navicert remembers in a file of SQLite.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/navicert/navicert/internal/store/desksql"
)

//go:embed desk/*.sql
var deskMigrations embed.FS

// Desk is a licence desk in a file of SQLite. It implements [licence.Store]; one
// process writes at a time, and others wait for it.
type Desk struct {
	*desksql.Store
	write, read *sql.DB
}

// OpenDesk opens the desk in a file, which is made where there is none, and brings
// its tables up to date.
func OpenDesk(ctx context.Context, path string) (*Desk, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	write, err := openDeskFile(path, "immediate")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := migrateDesk(ctx, write); err != nil {
		write.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	read, err := openDeskFile(path, "deferred")
	if err != nil {
		write.Close()
		return nil, err
	}
	// Many, so that a long reading (statistics, an export) keeps no page waiting.
	read.SetMaxOpenConns(32)
	read.SetMaxIdleConns(8)
	return &Desk{desksql.New(write, read, desksql.Dialect{Rows: 1, Violates: violates}), write, read}, nil
}

// Close closes the file.
func (d *Desk) Close() error { return errors.Join(d.write.Close(), d.read.Close()) }

// openDeskFile opens connections that keep what was committed even where the power
// fails (synchronous FULL), and wait for other processes for a minute. What is
// committed goes from the log into the file each 64 MB (16,384 pages), so that a page
// which many transactions change is written there once.
func openDeskFile(path, lock string) (*sql.DB, error) {
	q := url.Values{"_txlock": {lock}, "_pragma": {"busy_timeout(60000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-65536)", "mmap_size(1073741824)", "wal_autocheckpoint(16384)"}}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
}

func violates(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

func migrateDesk(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(deskMigrations, "desk")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithTableName("desk_migration"))
	if err != nil {
		return err
	}
	return desksql.Migrate(ctx, p)
}
