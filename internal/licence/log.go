package licence

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/navicert/navicert/internal/quantity"
)

// Head is the end of the log: how many events it holds and the hash of the tree
// over them (RFC 6962). Two logs with one head hold the same events.
type Head struct {
	Size int64
	Root tlog.Hash
	// Edge are the roots of the whole subtrees that the log divides into, from
	// the left: what is needed to go on.
	Edge []tlog.Hash
}

// String writes the head as "size root", for people to keep elsewhere.
func (h Head) String() string { return fmt.Sprintf("%d %s", h.Size, h.Root) }

// ParseHead reads what [Head.String] wrote; it has no edge.
func ParseHead(s string) (Head, error) {
	var h Head
	var root string
	if _, err := fmt.Sscanf(s, "%d %s", &h.Size, &root); err != nil || h.Size < 0 {
		return Head{}, fmt.Errorf("%q is no head of a log: it is a number of events and a hash, as an audit gives it", s)
	}
	var err error
	if h.Root, err = tlog.ParseHash(root); err != nil {
		return Head{}, fmt.Errorf("%q is no head of a log: %w", s, err)
	}
	return h, nil
}

// Log appends to a hash-chained log from its head on.
type Log struct {
	size int64
	edge map[int64]tlog.Hash // by their places among the stored hashes of the tree
}

// OpenLog goes on from a head.
func OpenLog(h Head) (*Log, error) {
	l := &Log{size: h.Size, edge: map[int64]tlog.Hash{}}
	places := edgeOf(h.Size)
	if len(places) != len(h.Edge) {
		return nil, fmt.Errorf("the head of the log is broken: %d events have %d subtrees, and %d are kept", h.Size, len(places), len(h.Edge))
	}
	for i, p := range places {
		l.edge[p] = h.Edge[i]
	}
	if root, err := l.root(); err != nil || root != h.Root {
		return nil, fmt.Errorf("the head of the log is broken: its subtrees do not give its root")
	}
	return l, nil
}

// edgeOf returns the places of the whole subtrees of a log of n records.
func edgeOf(n int64) []int64 {
	var out []int64
	begin := int64(0)
	for n > 0 {
		level := bits.Len64(uint64(n)) - 1
		size := int64(1) << level
		out = append(out, tlog.StoredHashIndex(level, begin>>level))
		begin += size
		n -= size
	}
	return out
}

// ReadHashes gives the hashes that the tree is built on; it makes a Log a
// [tlog.HashReader].
func (l *Log) ReadHashes(places []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(places))
	for i, p := range places {
		h, ok := l.edge[p]
		if !ok {
			return nil, fmt.Errorf("hash %d of the log is not held", p)
		}
		out[i] = h
	}
	return out, nil
}

// Append adds the hash of a record ([tlog.RecordHash]).
func (l *Log) Append(record tlog.Hash) error {
	// Only the smallest subtrees take part in what is new.
	hashes, err := tlog.StoredHashesForRecordHash(l.size, record, l)
	if err != nil {
		return err
	}
	first := tlog.StoredHashIndex(0, l.size)
	for i, h := range hashes {
		l.edge[first+int64(i)] = h
	}
	l.size++
	if len(l.edge) > 4096 {
		l.prune()
	}
	return nil
}

// prune drops the hashes that no later record needs.
func (l *Log) prune() {
	keep := make(map[int64]tlog.Hash, 64)
	for _, p := range edgeOf(l.size) {
		keep[p] = l.edge[p]
	}
	l.edge = keep
}

func (l *Log) root() (tlog.Hash, error) {
	if l.size == 0 {
		return tlog.Hash{}, nil
	}
	return tlog.TreeHash(l.size, l)
}

// Head returns the end of the log as it is now.
func (l *Log) Head() (Head, error) {
	root, err := l.root()
	if err != nil {
		return Head{}, err
	}
	l.prune()
	h := Head{Size: l.size, Root: root}
	for _, p := range edgeOf(l.size) {
		h.Edge = append(h.Edge, l.edge[p])
	}
	return h, nil
}

// SealedEvent is an event as a store keeps it. Record is what was hashed; the
// other members repeat what the record says, for finding it.
type SealedEvent struct {
	Seq     int64
	At      quantity.Instant
	Object  Ref
	Version int
	Type    string
	Record  []byte
	Hash    tlog.Hash // of Record
}

// seal appends an event with its record to the log.
func seal(l *Log, e *Event, record []byte) (SealedEvent, error) {
	s := SealedEvent{e.Seq, e.At, e.Object, e.Version, e.Type, record, tlog.RecordHash(record)}
	return s, l.Append(s.Hash)
}
