package desksql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/navicert/navicert/internal/licence"
)

// updating is a transaction that may save.
type updating struct{ reading }

// Save implements [licence.Tx].
func (u *updating) Save(ctx context.Context, c *licence.Changes) error {
	for _, step := range []func(context.Context, *licence.Changes) error{u.head, u.events, u.objects, u.balances, u.rest} {
		if err := step(ctx, c); err != nil {
			return conflict(u.dialect, err)
		}
	}
	return nil
}

// changed fails with a conflict where an update did not meet its one row.
func changed(what string, r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%w: %s (%d rows, %v)", licence.ErrConflict, what, n, err)
	}
	return nil
}

func (u *updating) head(ctx context.Context, c *licence.Changes) error {
	edge := make([]byte, 0, len(c.After.Edge)*tlog.HashSize)
	for _, h := range c.After.Edge {
		edge = append(edge, h[:]...)
	}
	r, err := u.tx.ExecContext(ctx, "UPDATE desk_head SET size = $1, root = $2, edge = $3 WHERE id = 1 AND size = $4 AND root = $5",
		c.After.Size, c.After.Root[:], edge, c.Before.Size, c.Before.Root[:])
	return changed("the log has another end", r, err)
}

// insert writes rows into a table, many in one statement where the engine gains by
// it.
func (u *updating) insert(ctx context.Context, table, columns string, rows [][]any, suffix string) error {
	if len(rows) == 0 {
		return nil
	}
	width := len(rows[0])
	size := 1
	for size*4 <= min(u.dialect.Rows, len(rows)) {
		size *= 4
	}
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, columns)
	for i := range size {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + places(i*width+1, width) + ")")
	}
	b.WriteString(suffix)
	st, err := u.tx.PrepareContext(ctx, b.String())
	if err != nil {
		return err
	}
	args := make([]any, 0, size*width)
	for len(rows) >= size {
		args = args[:0]
		for _, r := range rows[:size] {
			args = append(args, r...)
		}
		if _, err := st.ExecContext(ctx, args...); err != nil {
			st.Close()
			return err
		}
		rows = rows[size:]
	}
	if err := st.Close(); err != nil {
		return err
	}
	return u.insert(ctx, table, columns, rows, suffix)
}

func (u *updating) events(ctx context.Context, c *licence.Changes) error {
	rows := make([][]any, len(c.Events))
	for i := range c.Events {
		e := &c.Events[i]
		rows[i] = []any{e.Seq, int64(e.At), string(e.Object.Kind), e.Object.ID, e.Version, e.Type, e.Record, e.Hash[:]}
	}
	return u.insert(ctx, "desk_event", "seq, at, kind, object, version, type, record, hash", rows, "")
}

func (u *updating) objects(ctx context.Context, c *licence.Changes) error {
	var fresh, files, licences [][]any
	update, err := u.tx.PrepareContext(ctx, "UPDATE desk_object SET version = $1, state = $2 WHERE kind = $3 AND id = $4 AND version = $5")
	if err != nil {
		return err
	}
	defer update.Close()
	for i := range c.Objects {
		o := &c.Objects[i]
		if o.Before == 0 {
			fresh = append(fresh, []any{string(o.Ref.Kind), o.Ref.ID, o.Version, o.State})
		} else {
			r, err := update.ExecContext(ctx, o.Version, o.State, string(o.Ref.Kind), o.Ref.ID, o.Before)
			if err := changed(o.Ref.String()+" has another version", r, err); err != nil {
				return err
			}
		}
		if o.File != nil {
			files = append(files, fileValues(o.File))
		}
		if o.Row != nil {
			licences = append(licences, licenceValues(o.Row))
		}
	}
	if err := u.insert(ctx, "desk_object", "kind, id, version, state", fresh, ""); err != nil {
		return err
	}
	if err := u.insert(ctx, "desk_file", fileColumns, files, overwrite(fileColumns)); err != nil {
		return err
	}
	return u.insert(ctx, "desk_licence", licenceColumns, licences, overwrite(licenceColumns))
}

// overwrite is what an INSERT does with a row that there is: all columns but the
// first, which is the key, are set.
func overwrite(columns string) string {
	names := strings.Split(columns, ", ")
	for i, n := range names {
		names[i] = n + " = excluded." + n
	}
	return " ON CONFLICT (" + strings.Split(columns, ", ")[0] + ") DO UPDATE SET " + strings.Join(names[1:], ", ")
}

// balances changes each balance from the version that was read, and only within
// the law of the ledger. The table has the same law as a constraint.
func (u *updating) balances(ctx context.Context, c *licence.Changes) error {
	var fresh [][]any
	var update *sql.Stmt
	for i := range c.Balances {
		b := &c.Balances[i]
		if b.Before == 0 {
			fresh = append(fresh, []any{b.Licence, b.Line, string(b.Unit), b.Currency, b.Licensed, b.Ceiling, b.Reserved, b.Committed, b.ValueCeiling, b.ValueReserved, b.ValueCommitted, b.Version})
			continue
		}
		if update == nil {
			var err error
			update, err = u.tx.PrepareContext(ctx, `UPDATE desk_balance SET currency = $1, licensed = $2, ceiling = $3, reserved = $4, committed = $5,
				value_ceiling = $6, value_reserved = $7, value_committed = $8, version = $9
				WHERE licence = $10 AND line = $11 AND version = $12 AND unit = $13`)
			if err != nil {
				return err
			}
			defer update.Close()
		}
		if !b.Lawful() {
			return fmt.Errorf("%w: line %d of licence %s would break the law of the ledger", licence.ErrConflict, b.Line, b.Licence)
		}
		r, err := update.ExecContext(ctx, b.Currency, b.Licensed, b.Ceiling, b.Reserved, b.Committed, b.ValueCeiling, b.ValueReserved, b.ValueCommitted, b.Version,
			b.Licence, b.Line, b.Before, string(b.Unit))
		if err := changed("the balance of line "+strconv.Itoa(b.Line)+" of licence "+b.Licence+" has changed", r, err); err != nil {
			return err
		}
	}
	return u.insert(ctx, "desk_balance", balanceColumns, fresh, "")
}

func (u *updating) rest(ctx context.Context, c *licence.Changes) error {
	moves := make([][]any, len(c.Movements))
	for i := range c.Movements {
		m := &c.Movements[i]
		moves[i] = []any{m.Seq, m.Place, m.Licence, m.Line, m.Drawdown, string(m.Kind), m.Quantity, m.Value, int64(m.At)}
	}
	if err := u.insert(ctx, "desk_movement", "seq, place, licence, line, drawdown, kind, quantity, value, at", moves, ""); err != nil {
		return err
	}
	receipts := make([][]any, len(c.Receipts))
	for i := range c.Receipts {
		text, err := json.Marshal(&c.Receipts[i])
		if err != nil {
			return err
		}
		receipts[i] = []any{c.Receipts[i].Key, c.Receipts[i].Last, text}
	}
	if err := u.insert(ctx, "desk_receipt", "key, seq, receipt", receipts, ""); err != nil {
		return err
	}
	papers := make([][]any, len(c.Papers))
	for i, p := range c.Papers {
		papers[i] = []any{p.Digest, p.Bytes}
	}
	return u.insert(ctx, "desk_paper", "digest, content", papers, " ON CONFLICT (digest) DO NOTHING")
}
