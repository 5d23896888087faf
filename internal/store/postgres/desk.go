// Package postgres keeps a licence desk in PostgreSQL, 15 or later. Any number of
// processes may serve one desk.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib" // and the driver pgx
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/navicert/navicert/internal/store/desksql"
)

//go:embed desk/*.sql
var deskMigrations embed.FS

// Desk is a licence desk in PostgreSQL. It implements [licence.Store].
type Desk struct {
	*desksql.Store
	db *sql.DB
}

// OpenDesk opens the desk in the database of an address, postgres://…, and brings
// its tables up to date. Processes that open it at once wait for one another.
func OpenDesk(ctx context.Context, address string) (*Desk, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return nil, fmt.Errorf("the database: %w", err)
	}
	db.SetMaxOpenConns(8)
	if err := known(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("the database: %w", err)
	}
	if err := migrateDesk(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("the database: %w", err)
	}
	dialect := desksql.Dialect{
		Lock:     " FOR UPDATE",
		Rows:     256,
		Send:     send,
		Lateral:  true,
		Snapshot: sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		Violates: violates,
	}
	return &Desk{desksql.New(db, db, dialect), db}, nil
}

// Close closes the connections.
func (d *Desk) Close() error { return d.db.Close() }

// send carries statements out in one round trip.
func send(ctx context.Context, driverConn any, list []desksql.Statement) error {
	var batch pgx.Batch
	for i := range list {
		batch.Queue(list[i].Text, list[i].Args...).Exec(func(t pgconn.CommandTag) error { return list[i].Wrote(t.RowsAffected()) })
	}
	return driverConn.(*stdlib.Conn).Conn().SendBatch(ctx, &batch).Close()
}

// violates tells errors of class 23, broken constraints.
func violates(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && len(e.Code) == 5 && e.Code[:2] == "23"
}

func migrateDesk(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(deskMigrations, "desk")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithTableName("desk_migration"), goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	return desksql.Migrate(ctx, p)
}

// oldest is the oldest PostgreSQL that keeps a desk, as server_version_num has it.
const oldest = 150000

// known refuses a PostgreSQL that is too old.
func known(ctx context.Context, db *sql.DB) error {
	var version int
	var name string
	err := db.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_version')").Scan(&version, &name)
	if err == nil && version < oldest {
		err = fmt.Errorf("it is PostgreSQL %s, and a desk needs %d or later", name, oldest/10000)
	}
	return err
}
