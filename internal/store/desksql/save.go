package desksql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/navicert/navicert/internal/licence"
)

// updating is a transaction that may save.
type updating struct {
	reading
	conn    *sql.Conn
	pending []Statement // that are sent together
}

// Save implements [licence.Tx].
func (u *updating) Save(ctx context.Context, c *licence.Changes) error {
	for _, step := range []func(context.Context, *licence.Changes) error{u.head, u.events, u.objects, u.balances, u.rest} {
		if err := step(ctx, c); err != nil {
			return conflict(u.dialect, err)
		}
	}
	if len(u.pending) == 0 {
		return nil
	}
	err := u.conn.Raw(func(driverConn any) error { return u.dialect.Send(ctx, driverConn, u.pending) })
	u.pending = nil
	return conflict(u.dialect, err)
}

// write carries a statement out over rows, or keeps it to be sent with others. text
// writes it for so many rows at once; there are few such sizes, so that there are
// few texts. checked wants each row to be written.
func (u *updating) write(ctx context.Context, rows [][]any, text func(size int) string, checked bool) error {
	for len(rows) > 0 {
		size := 1
		for size*4 <= min(u.dialect.Rows, len(rows)) {
			size *= 4
		}
		n := len(rows) - len(rows)%size
		if err := u.writeSize(ctx, rows[:n], size, text(size), checked); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (u *updating) writeSize(ctx context.Context, rows [][]any, size int, text string, checked bool) error {
	s := Statement{Text: text}
	if checked {
		s.Rows = size
	}
	if u.dialect.Send != nil {
		for chunk := range slices.Chunk(rows, size) {
			s.Args = slices.Concat(chunk...)
			u.pending = append(u.pending, s)
		}
		return nil
	}
	st, err := u.tx.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer st.Close()
	for chunk := range slices.Chunk(rows, size) {
		r, err := st.ExecContext(ctx, slices.Concat(chunk...)...)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		if err := s.Wrote(n); err != nil {
			return err
		}
	}
	return nil
}

func (u *updating) head(ctx context.Context, c *licence.Changes) error {
	edge := make([]byte, 0, len(c.After.Edge)*tlog.HashSize)
	for _, h := range c.After.Edge {
		edge = append(edge, h[:]...)
	}
	return u.change(ctx, "desk_head", []column{{"id", "bigint"}, {"size", "bigint"}, {"root", "bytea"}}, []column{{"size", "bigint"}, {"root", "bytea"}, {"edge", "bytea"}},
		[][]any{{1, c.Before.Size, c.Before.Root[:], c.After.Size, c.After.Root[:], edge}})
}

// insert writes rows into a table.
func (u *updating) insert(ctx context.Context, table, columns string, rows [][]any, suffix string) error {
	if len(rows) == 0 {
		return nil
	}
	width := len(rows[0])
	return u.write(ctx, rows, func(size int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, columns)
		for i := range size {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("(" + places(i*width+1, width) + ")")
		}
		b.WriteString(suffix)
		return b.String()
	}, false)
}

// column is a column with its type.
type column struct{ name, kind string }

// change sets columns of the rows that have the keys, each of which has to be
// there: a row gives the keys and then what is set.
func (u *updating) change(ctx context.Context, table string, keys, sets []column, rows [][]any) error {
	text := func(size int) string {
		var b strings.Builder
		if size == 1 {
			fmt.Fprintf(&b, "UPDATE %s SET ", table)
			for i, c := range sets {
				fmt.Fprintf(&b, "%s%s = $%d", comma(i), c.name, len(keys)+i+1)
			}
			for i, c := range keys {
				fmt.Fprintf(&b, "%s%s = $%d", and(i), c.name, i+1)
			}
			return b.String()
		}
		fmt.Fprintf(&b, "UPDATE %s AS t SET ", table)
		for i, c := range sets {
			fmt.Fprintf(&b, "%s%s = v.s%d", comma(i), c.name, i)
		}
		b.WriteString(" FROM (VALUES ")
		n := 0
		for i := range size {
			b.WriteString(comma(i) + "(")
			for k, c := range slices.Concat(keys, sets) {
				n++
				fmt.Fprintf(&b, "%sCAST($%d AS %s)", comma(k), n, c.kind)
			}
			b.WriteString(")")
		}
		b.WriteString(") AS v(")
		for i := range keys {
			fmt.Fprintf(&b, "%sk%d", comma(i), i)
		}
		for i := range sets {
			fmt.Fprintf(&b, ", s%d", i)
		}
		b.WriteString(")")
		for i, c := range keys {
			fmt.Fprintf(&b, "%st.%s = v.k%d", and(i), c.name, i)
		}
		return b.String()
	}
	return u.write(ctx, rows, text, true)
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

func and(i int) string {
	if i == 0 {
		return " WHERE "
	}
	return " AND "
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
	var fresh, old, files, licences [][]any
	for i := range c.Objects {
		o := &c.Objects[i]
		if o.Before == 0 {
			fresh = append(fresh, []any{string(o.Ref.Kind), o.Ref.ID, o.Version, o.State})
		} else {
			old = append(old, []any{string(o.Ref.Kind), o.Ref.ID, o.Before, o.Version, o.State})
		}
		if o.File != nil {
			files = append(files, fileValues(o.File))
		}
		if o.Row != nil {
			licences = append(licences, licenceValues(o.Row))
		}
	}
	err := u.change(ctx, "desk_object", []column{{"kind", "text"}, {"id", "text"}, {"version", "bigint"}}, []column{{"version", "bigint"}, {"state", "bytea"}}, old)
	if err != nil {
		return err
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
	var fresh, old [][]any
	for i := range c.Balances {
		b := &c.Balances[i]
		if b.Before == 0 {
			fresh = append(fresh, []any{b.Licence, b.Line, string(b.Unit), b.Currency, b.Licensed, b.Ceiling, b.Reserved, b.Committed, b.ValueCeiling, b.ValueReserved, b.ValueCommitted, b.Version})
			continue
		}
		if !b.Lawful() {
			return fmt.Errorf("%w: line %d of licence %s would break the law of the ledger", licence.ErrConflict, b.Line, b.Licence)
		}
		old = append(old, []any{b.Licence, b.Line, b.Before, string(b.Unit),
			b.Currency, b.Licensed, b.Ceiling, b.Reserved, b.Committed, b.ValueCeiling, b.ValueReserved, b.ValueCommitted, b.Version})
	}
	err := u.change(ctx, "desk_balance",
		[]column{{"licence", "text"}, {"line", "bigint"}, {"version", "bigint"}, {"unit", "text"}},
		[]column{{"currency", "text"}, {"licensed", "bigint"}, {"ceiling", "bigint"}, {"reserved", "bigint"}, {"committed", "bigint"},
			{"value_ceiling", "bigint"}, {"value_reserved", "bigint"}, {"value_committed", "bigint"}, {"version", "bigint"}}, old)
	if err != nil {
		return err
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
	counts := make([][]any, len(c.Counts))
	for i, x := range c.Counts {
		counts[i] = []any{x.Authority, string(x.Queue), x.Lane, x.Files}
	}
	if err := u.insert(ctx, "desk_count", "authority, queue, lane, files", counts, " ON CONFLICT (authority, queue, lane) DO UPDATE SET files = desk_count.files + excluded.files"); err != nil {
		return err
	}
	papers := make([][]any, len(c.Papers))
	for i, p := range c.Papers {
		papers[i] = []any{p.Digest, p.Bytes}
	}
	return u.insert(ctx, "desk_paper", "digest, content", papers, " ON CONFLICT (digest) DO NOTHING")
}
