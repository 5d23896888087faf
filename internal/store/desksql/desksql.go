// Package desksql keeps a licence desk in a database that speaks SQL: what
// SQLite and PostgreSQL have in common, which is nearly all. The packages of the
// engines open the database, bring its tables up to date and say in a [Dialect]
// in what they differ.
//
// Whatever the desk decided, the database checks again while it writes: an object
// and a balance change only from the version that was read, a balance only within
// the law of the ledger, and the log only from the end that was read. What does
// not hold fails the whole transaction with [licence.ErrConflict].
package desksql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// Dialect is in what engines differ.
type Dialect struct {
	// Lock is what a SELECT of the head of the log ends with to keep other updates
	// out until the transaction ends; empty where beginning one does.
	Lock string
	// Rows is how many rows one statement may write.
	Rows int
	// Send carries statements out in one round trip on a connection of the driver
	// that is in a transaction; nil where the engine is in this process and a round
	// trip costs nothing.
	Send func(ctx context.Context, driverConn any, list []Statement) error
	// Lateral says that a join may depend on what stands before it, and that a list
	// of numbers may be an argument.
	Lateral bool
	// Snapshot is how a transaction that reads has to be begun to see one state.
	Snapshot sql.TxOptions
	// Violates reports whether the error is that of a broken constraint.
	Violates func(error) bool
}

// Statement is a statement that writes.
type Statement struct {
	Text string
	Args []any
	// Rows is how many rows it has to write; 0: any number.
	Rows int
}

// Wrote returns [licence.ErrConflict] where the statement wrote another number of
// rows than it has to: some are not as they were read.
func (s *Statement) Wrote(rows int64) error {
	if s.Rows > 0 && rows != int64(s.Rows) {
		return fmt.Errorf("%w: %d of %d rows are as they were read (%.40s…)", licence.ErrConflict, rows, s.Rows, s.Text)
	}
	return nil
}

// Store is a desk in a database. It implements [licence.Store].
type Store struct {
	write, read *sql.DB
	dialect     Dialect
}

// New returns the desk in the database, whose tables are up to date. Updates go
// through write, and views through read, which may be the same.
func New(write, read *sql.DB, d Dialect) *Store { return &Store{write, read, d} }

// Update implements [licence.Store].
func (s *Store) Update(ctx context.Context, fn func(licence.Tx) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(&updating{reading: reading{tx, s.dialect, s.dialect.Lock}, conn: conn}); err != nil {
		return err
	}
	return s.conflict(tx.Commit())
}

// View implements [licence.Store].
func (s *Store) View(ctx context.Context, fn func(licence.Reader) error) error {
	tx, err := s.read.BeginTx(ctx, &s.dialect.Snapshot)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(&reading{tx, s.dialect, ""})
}

// conflict tells a broken constraint apart from a broken database.
func (s *Store) conflict(err error) error { return conflict(s.dialect, err) }

func conflict(d Dialect, err error) error {
	if err != nil && d.Violates(err) {
		return fmt.Errorf("%w: %w", licence.ErrConflict, err)
	}
	return err
}

type reading struct {
	tx      *sql.Tx
	dialect Dialect
	lock    string // what the SELECT of the head ends with
}

// Head implements [licence.Reader].
func (r *reading) Head(ctx context.Context) (licence.Head, error) {
	var h licence.Head
	var root, edge []byte
	err := r.tx.QueryRowContext(ctx, "SELECT size, root, edge FROM desk_head WHERE id = 1"+r.lock).Scan(&h.Size, &root, &edge)
	if err != nil {
		return h, fmt.Errorf("the head of the log: %w", err)
	}
	if len(root) != tlog.HashSize || len(edge)%tlog.HashSize != 0 {
		return h, errors.New("the head of the log is broken: its hashes have no whole length")
	}
	copy(h.Root[:], root)
	for ; len(edge) > 0; edge = edge[tlog.HashSize:] {
		h.Edge = append(h.Edge, tlog.Hash(edge[:tlog.HashSize]))
	}
	return h, nil
}

// inChunk is how many values one IN lists.
const inChunk = 256

// eachChunk calls fn with the values in chunks, and with the text "$n, $n+1, …"
// for them; first is the n of the first. The last chunk is filled up with its last
// value to a power of two, so that there are few texts.
func eachChunk(values []any, first int, fn func(list string, chunk []any) error) error {
	for len(values) > 0 {
		n := min(len(values), inChunk)
		chunk := values[:n:n]
		values = values[n:]
		for size := 1; len(chunk) < inChunk; size *= 2 {
			if size >= len(chunk) {
				for len(chunk) < size {
					chunk = append(chunk, chunk[len(chunk)-1])
				}
				break
			}
		}
		if err := fn(places(first, len(chunk)), chunk); err != nil {
			return err
		}
	}
	return nil
}

// places is "$first, $first+1, …".
func places(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// each runs a query and calls fn for each row.
func (r *reading) each(ctx context.Context, query string, args []any, fn func(*sql.Rows) error) error {
	rows, err := r.tx.QueryContext(ctx, query, args...)
	return eachRow(rows, err, fn)
}

func eachRow(rows *sql.Rows, err error, fn func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Objects implements [licence.Reader].
func (r *reading) Objects(ctx context.Context, refs []licence.Ref) ([]licence.Object, error) {
	byKind := map[licence.Kind][]any{}
	for _, ref := range refs {
		byKind[ref.Kind] = append(byKind[ref.Kind], ref.ID)
	}
	var out []licence.Object
	for kind, ids := range byKind {
		err := eachChunk(ids, 2, func(list string, chunk []any) error {
			return r.each(ctx, "SELECT id, version, state FROM desk_object WHERE kind = $1 AND id IN ("+list+")", append([]any{string(kind)}, chunk...), func(rows *sql.Rows) error {
				o := licence.Object{Ref: licence.Ref{Kind: kind}}
				err := rows.Scan(&o.Ref.ID, &o.Version, &o.State)
				out = append(out, o)
				return err
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

const balanceColumns = "licence, line, unit, currency, licensed, ceiling, reserved, committed, value_ceiling, value_reserved, value_committed, version"

func scanBalance(rows *sql.Rows) (b licence.Balance, err error) {
	var unit string
	err = rows.Scan(&b.Licence, &b.Line, &unit, &b.Currency, &b.Licensed, &b.Ceiling, &b.Reserved, &b.Committed, &b.ValueCeiling, &b.ValueReserved, &b.ValueCommitted, &b.Version)
	b.Unit = quantity.Unit(unit)
	return b, err
}

// Balances implements [licence.Reader].
func (r *reading) Balances(ctx context.Context, licences []string) ([]licence.Balance, error) {
	var out []licence.Balance
	err := eachChunk(anys(licences), 1, func(list string, chunk []any) error {
		return r.each(ctx, "SELECT "+balanceColumns+" FROM desk_balance WHERE licence IN ("+list+") ORDER BY licence, line", chunk, func(rows *sql.Rows) error {
			b, err := scanBalance(rows)
			out = append(out, b)
			return err
		})
	})
	return out, err
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func scanReceipt(rows *sql.Rows) (x licence.Receipt, err error) {
	var text []byte
	if err := rows.Scan(&text); err != nil {
		return x, err
	}
	return x, json.Unmarshal(text, &x)
}

// Receipts implements [licence.Reader].
func (r *reading) Receipts(ctx context.Context, keys []string) ([]licence.Receipt, error) {
	var out []licence.Receipt
	err := eachChunk(anys(keys), 1, func(list string, chunk []any) error {
		return r.each(ctx, "SELECT receipt FROM desk_receipt WHERE key IN ("+list+")", chunk, func(rows *sql.Rows) error {
			x, err := scanReceipt(rows)
			out = append(out, x)
			return err
		})
	})
	return out, err
}

const fileColumns = "id, authority, side, stage, queue, lane, turn, since, submitted, decided, outcome, officer, lease, applicant, end_user, goods, country, item, alike_a, alike_b, features"

func fileValues(f *licence.FileRow) []any {
	return []any{f.ID, f.Authority, string(f.Side), string(f.Stage), string(f.Queue), f.Lane, int64(f.Turn), int64(f.Since), int64(f.Submitted), int64(f.Decided), string(f.Outcome),
		f.Officer, int64(f.Lease), f.Applicant, f.EndUser, f.Goods, f.Country, f.Item, f.AlikeA, f.AlikeB, f.Features}
}

func scanFile(rows *sql.Rows) (f licence.FileRow, err error) {
	var side, stage, queue, outcome string
	var turn, since, submitted, decided, lease int64
	err = rows.Scan(&f.ID, &f.Authority, &side, &stage, &queue, &f.Lane, &turn, &since, &submitted, &decided, &outcome,
		&f.Officer, &lease, &f.Applicant, &f.EndUser, &f.Goods, &f.Country, &f.Item, &f.AlikeA, &f.AlikeB, &f.Features)
	f.Side, f.Stage, f.Queue, f.Outcome = licence.Side(side), licence.Stage(stage), licence.Queue(queue), licence.Outcome(outcome)
	f.Turn, f.Since, f.Submitted, f.Decided, f.Lease = quantity.Instant(turn), quantity.Instant(since), quantity.Instant(submitted), quantity.Instant(decided), quantity.Instant(lease)
	return f, err
}

// where builds a condition out of those parts that restrict.
type where struct {
	parts []string
	args  []any
}

// and adds a condition, in which each ? stands for the next argument.
func (w *where) and(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.parts = append(w.parts, condition)
}

func (w *where) equal(column, value string) {
	if value != "" {
		w.and(column+" = ?", value)
	}
}

func (w *where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

func limit(n int) string {
	if n <= 0 {
		return ""
	}
	return " LIMIT " + strconv.Itoa(n)
}

// Files implements [licence.Reader].
func (r *reading) Files(ctx context.Context, q licence.FileQuery) ([]licence.FileRow, error) {
	var w where
	w.equal("authority", q.Authority)
	w.equal("queue", string(q.Queue))
	w.equal("lane", q.Lane)
	w.equal("side", string(q.Side))
	w.equal("stage", string(q.Stage))
	w.equal("applicant", q.Applicant)
	w.equal("outcome", string(q.Outcome))
	w.equal("goods", q.Goods)
	w.equal("country", q.Country)
	if q.Officer != "" {
		w.and("officer = ? AND lease > ?", q.Officer, int64(q.At))
	}
	if q.Free {
		w.and("lease <= ?", int64(q.At))
	}
	if q.Open {
		w.and("queue <> ''")
	}
	order := " ORDER BY turn, id"
	switch {
	case q.Decided:
		w.and("decided > 0")
		order = " ORDER BY decided DESC, id"
	case q.AfterID != "":
		w.and("(turn > ? OR turn = ? AND id > ?)", int64(q.After), int64(q.After), q.AfterID)
	}
	var out []licence.FileRow
	err := r.each(ctx, "SELECT "+fileColumns+" FROM desk_file"+w.String()+order+limit(q.Limit), w.args, func(rows *sql.Rows) error {
		f, err := scanFile(rows)
		out = append(out, f)
		return err
	})
	return out, err
}

// FileRows implements [licence.Reader].
func (r *reading) FileRows(ctx context.Context, ids []string) ([]licence.FileRow, error) {
	var out []licence.FileRow
	err := eachChunk(anys(ids), 1, func(list string, chunk []any) error {
		return r.each(ctx, "SELECT "+fileColumns+" FROM desk_file WHERE id IN ("+list+")", chunk, func(rows *sql.Rows) error {
			f, err := scanFile(rows)
			out = append(out, f)
			return err
		})
	})
	return out, err
}

// Alike implements [licence.Reader].
func (r *reading) Alike(ctx context.Context, keys [][2]int64, most int) ([]licence.FileRow, error) {
	seen := map[string]bool{}
	var out []licence.FileRow
	add := func(rows *sql.Rows) error {
		f, err := scanFile(rows)
		if err == nil && !seen[f.ID] {
			seen[f.ID] = true
			out = append(out, f)
		}
		return err
	}
	for place, column := range []string{"alike_a", "alike_b"} {
		wanted := make([]int64, len(keys))
		for i, k := range keys {
			wanted[i] = k[place]
		}
		slices.Sort(wanted)
		if err := r.alike(ctx, column, slices.Compact(wanted), most, add); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// alike calls fn for some of the latest files of each key: in one statement where
// the engine can join what depends on a key, else in one for each key.
func (r *reading) alike(ctx context.Context, column string, keys []int64, most int, fn func(*sql.Rows) error) error {
	one := func(key string) string {
		return fmt.Sprintf("SELECT %s FROM desk_file WHERE %s = %s AND submitted > 0 ORDER BY submitted DESC, id LIMIT %d", fileColumns, column, key, most)
	}
	if r.dialect.Lateral {
		return r.each(ctx, "SELECT f.* FROM unnest($1::bigint[]) AS k(v) CROSS JOIN LATERAL ("+one("k.v")+") AS f", []any{keys}, fn)
	}
	st, err := r.tx.PrepareContext(ctx, one("$1"))
	if err != nil {
		return err
	}
	defer st.Close()
	for _, k := range keys {
		rows, err := st.QueryContext(ctx, k)
		if err := eachRow(rows, err, fn); err != nil {
			return err
		}
	}
	return nil
}

// Counts implements [licence.Reader].
func (r *reading) Counts(ctx context.Context, authority string) ([]licence.Count, error) {
	var w where
	w.equal("authority", authority)
	w.and("files > 0")
	return r.counts(ctx, `SELECT authority, queue, lane, files,
		(SELECT min(since) FROM desk_file AS f WHERE f.authority = c.authority AND f.queue = c.queue AND f.lane = c.lane)
		FROM desk_count AS c`+w.String()+" ORDER BY authority, queue, lane", w.args)
}

// Standing implements [licence.Reader].
func (r *reading) Standing(ctx context.Context) ([]licence.Count, error) {
	return r.counts(ctx, "SELECT authority, queue, lane, count(*), min(since) FROM desk_file WHERE queue <> '' GROUP BY authority, queue, lane ORDER BY authority, queue, lane", nil)
}

// Arrived implements [licence.Reader].
func (r *reading) Arrived(ctx context.Context, authority string, from, to quantity.Instant) (n int, err error) {
	err = r.tx.QueryRowContext(ctx, "SELECT count(*) FROM desk_file WHERE authority = $1 AND since >= $2 AND since <= $3 AND stage NOT IN ($4, $5, $6)",
		authority, int64(from), int64(to), string(licence.StageDraft), string(licence.StageReturned), string(licence.StageSubmitted)).Scan(&n)
	return n, err
}

func (r *reading) counts(ctx context.Context, query string, args []any) ([]licence.Count, error) {
	var out []licence.Count
	err := r.each(ctx, query, args, func(rows *sql.Rows) error {
		var c licence.Count
		var queue string
		var oldest sql.NullInt64
		err := rows.Scan(&c.Authority, &queue, &c.Lane, &c.Files, &oldest)
		c.Queue, c.Oldest = licence.Queue(queue), quantity.Instant(oldest.Int64)
		out = append(out, c)
		return err
	})
	return out, err
}

const licenceColumns = "id, authority, holder, end_user, valid_from, valid_until, ended"

func licenceValues(l *licence.LicenceRow) []any {
	ended := 0
	if l.Ended {
		ended = 1
	}
	return []any{l.ID, l.Authority, l.Holder, l.EndUser, int64(l.From), int64(l.Until), ended}
}

// Licences implements [licence.Reader].
func (r *reading) Licences(ctx context.Context, q licence.LicenceQuery) ([]licence.LicenceRow, error) {
	var w where
	w.equal("authority", q.Authority)
	w.equal("holder", q.Holder)
	if q.At != 0 {
		w.and("valid_from <= ? AND valid_until > ? AND ended = 0", int64(q.At), int64(q.At))
	}
	if q.AfterID != "" {
		w.and("(valid_until > ? OR valid_until = ? AND id > ?)", int64(q.After), int64(q.After), q.AfterID)
	}
	var out []licence.LicenceRow
	err := r.each(ctx, "SELECT "+licenceColumns+" FROM desk_licence"+w.String()+" ORDER BY valid_until, id"+limit(q.Limit), w.args, func(rows *sql.Rows) error {
		var l licence.LicenceRow
		var from, until int64
		var ended int
		err := rows.Scan(&l.ID, &l.Authority, &l.Holder, &l.EndUser, &from, &until, &ended)
		l.From, l.Until, l.Ended = quantity.Instant(from), quantity.Instant(until), ended != 0
		out = append(out, l)
		return err
	})
	return out, err
}

// Events implements [licence.Reader].
func (r *reading) Events(ctx context.Context, q licence.EventQuery, fn func(licence.SealedEvent) error) error {
	var w where
	if q.Object.ID != "" {
		w.and("kind = ? AND object = ?", string(q.Object.Kind), q.Object.ID)
	}
	w.equal("type", q.Type)
	order := " ORDER BY seq"
	if q.From > 0 {
		w.and("seq >= ?", q.From)
	}
	if q.Before > 0 {
		w.and("seq < ?", q.Before)
	}
	if q.Of != nil {
		w.and("kind = ? AND object > ?", string(q.Of.Kind), q.Of.After)
		if q.Of.Last != "" {
			w.and("object <= ?", q.Of.Last)
		}
		order = " ORDER BY object, seq"
	}
	return r.each(ctx, "SELECT seq, at, kind, object, version, type, record, hash FROM desk_event"+w.String()+order, w.args, func(rows *sql.Rows) error {
		var e licence.SealedEvent
		var at int64
		var kind string
		var hash []byte
		if err := rows.Scan(&e.Seq, &at, &kind, &e.Object.ID, &e.Version, &e.Type, &e.Record, &hash); err != nil {
			return err
		}
		e.At, e.Object.Kind = quantity.Instant(at), licence.Kind(kind)
		if len(hash) == tlog.HashSize {
			e.Hash = tlog.Hash(hash)
		}
		return fn(e)
	})
}

// Movements implements [licence.Reader].
func (r *reading) Movements(ctx context.Context, q licence.MovementQuery, fn func(licence.Movement) error) error {
	var w where
	w.equal("licence", q.Licence)
	if q.From > 0 {
		w.and("seq >= ?", q.From)
	}
	if q.Before > 0 {
		w.and("seq < ?", q.Before)
	}
	return r.each(ctx, "SELECT seq, place, licence, line, drawdown, kind, quantity, value, at FROM desk_movement"+w.String()+" ORDER BY seq, place", w.args, func(rows *sql.Rows) error {
		var m licence.Movement
		var kind string
		var at int64
		if err := rows.Scan(&m.Seq, &m.Place, &m.Licence, &m.Line, &m.Drawdown, &kind, &m.Quantity, &m.Value, &at); err != nil {
			return err
		}
		m.Kind, m.At = licence.MovementKind(kind), quantity.Instant(at)
		return fn(m)
	})
}

// ObjectsAfter implements [licence.Reader].
func (r *reading) ObjectsAfter(ctx context.Context, kind licence.Kind, after string, most int) ([]licence.Object, error) {
	var out []licence.Object
	err := r.each(ctx, "SELECT id, version, state FROM desk_object WHERE kind = $1 AND id > $2 ORDER BY id"+limit(most), []any{string(kind), after}, func(rows *sql.Rows) error {
		o := licence.Object{Ref: licence.Ref{Kind: kind}}
		err := rows.Scan(&o.Ref.ID, &o.Version, &o.State)
		out = append(out, o)
		return err
	})
	return out, err
}

// EachBalance implements [licence.Reader].
func (r *reading) EachBalance(ctx context.Context, fn func(licence.Balance) error) error {
	return r.each(ctx, "SELECT "+balanceColumns+" FROM desk_balance ORDER BY licence, line", nil, func(rows *sql.Rows) error {
		b, err := scanBalance(rows)
		if err != nil {
			return err
		}
		return fn(b)
	})
}

// EachReceipt implements [licence.Reader].
func (r *reading) EachReceipt(ctx context.Context, fn func(licence.Receipt) error) error {
	return r.each(ctx, "SELECT receipt FROM desk_receipt ORDER BY seq, key", nil, func(rows *sql.Rows) error {
		x, err := scanReceipt(rows)
		if err != nil {
			return err
		}
		return fn(x)
	})
}

// EachPaper implements [licence.Reader].
func (r *reading) EachPaper(ctx context.Context, fn func(licence.StoredPaper) error) error {
	return r.each(ctx, "SELECT digest, content FROM desk_paper ORDER BY digest", nil, func(rows *sql.Rows) error {
		var p licence.StoredPaper
		if err := rows.Scan(&p.Digest, &p.Bytes); err != nil {
			return err
		}
		return fn(p)
	})
}

// Paper implements [licence.Reader].
func (r *reading) Paper(ctx context.Context, digest string) ([]byte, bool, error) {
	var content []byte
	err := r.tx.QueryRowContext(ctx, "SELECT content FROM desk_paper WHERE digest = $1", digest).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return content, err == nil, err
}
