package licence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/navicert/navicert/internal/inorder"
)

// AuditOptions say what an audit looks at besides the chain.
type AuditOptions struct {
	// Against is a head that somebody kept: the log has to go on from it. Without
	// it an audit proves that the log is whole, but not that it is the one of
	// yesterday.
	Against *Head
	// ChainOnly leaves out what the events come to: states, balances, movements.
	ChainOnly bool
	// Progress, where set, is told now and then how many events were gone through.
	// All are gone through once for the chain, and once more for what they come to.
	Progress func(done, of int64)
}

// AuditReport is what an audit found.
type AuditReport struct {
	Head   Head
	Events int64
	Faults []string // none: proved
}

// mostFaults ends an audit that finds no end of faults.
const mostFaults = 100

var errEnough = fmt.Errorf("an audit stops at %d faults", mostFaults)

// Audit proves a desk: that every event is as it was hashed, that the hashes give
// the root that the head holds, that objects, ledger and balances are what the events
// come to, and that documents are those of their digests. It names each row that is not.
//
// It reads in stretches, each from one state of the desk, so that it needs little
// memory, and keeps nobody waiting, however long the log is. What is appended
// meanwhile is not proved: the report names the head to which it goes.
func Audit(ctx context.Context, s Store, o AuditOptions) (AuditReport, error) {
	a := &audit{store: s, options: o}
	err := s.View(ctx, func(r Reader) (err error) {
		a.Head, err = r.Head(ctx)
		return err
	})
	if err != nil {
		return a.AuditReport, err
	}
	steps := []func(context.Context) error{a.chain, a.objects, a.balances, a.counts, a.papers}
	if o.ChainOnly {
		steps = steps[:1]
	}
	for _, step := range steps {
		if err := step(ctx); err != nil && err != errEnough {
			return a.AuditReport, err
		}
		if len(a.Faults) > 0 {
			break
		}
	}
	return a.AuditReport, nil
}

type audit struct {
	AuditReport
	store   Store
	options AuditOptions
	done    int64 // events gone through
}

func (a *audit) fault(format string, args ...any) {
	if len(a.Faults) < mostFaults {
		a.Faults = append(a.Faults, fmt.Sprintf(format, args...))
	}
}

// take adds the faults of a stretch, and tells how far the audit is.
func (a *audit) take(f faults, events int) error {
	for _, x := range f {
		a.fault("%s", x)
	}
	a.done += int64(events)
	if a.options.Progress != nil {
		of := a.Head.Size
		if !a.options.ChainOnly {
			of *= 2
		}
		a.options.Progress(min(a.done, of), of)
	}
	if len(a.Faults) >= mostFaults {
		return errEnough
	}
	return nil
}

// faults are those of a stretch.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// stretch is how many events of the log are read at once.
const stretch = 4096

// logStretch is a stretch of the log, with the ledger that its events made.
type logStretch struct {
	from, before int64
	events       []SealedEvent
	moves        []Movement
	hashes       []tlog.Hash
	faults       faults
}

// chain proves the log, and that the ledger is what its events say.
func (a *audit) chain(ctx context.Context) error {
	log, err := OpenLog(Head{})
	if err != nil {
		return err
	}
	at := int64(0)
	next := func(c *logStretch) (bool, error) {
		if at >= a.Head.Size {
			return false, ctx.Err()
		}
		*c = logStretch{from: at, before: min(at+stretch, a.Head.Size), events: c.events[:0], moves: c.moves[:0], hashes: c.hashes[:0]}
		at = c.before
		return true, a.store.View(ctx, func(r Reader) error {
			err := r.Events(ctx, EventQuery{From: c.from, Before: c.before}, func(e SealedEvent) error {
				c.events = append(c.events, e)
				return nil
			})
			if err != nil || a.options.ChainOnly {
				return err
			}
			return r.Movements(ctx, MovementQuery{From: c.from, Before: c.before}, func(m Movement) error {
				c.moves = append(c.moves, m)
				return nil
			})
		})
	}
	var against tlog.Hash
	done := func(c *logStretch) error {
		for i := range c.events {
			a.Events++
			if err := log.Append(c.hashes[i]); err != nil {
				return err
			}
			if o := a.options.Against; o != nil && log.size == o.Size {
				if against, err = log.root(); err != nil {
					return err
				}
			}
		}
		return a.take(c.faults, len(c.events))
	}
	work := func(_ int, c *logStretch) { c.prove(a.options.ChainOnly) }
	if err := inorder.Run(runtime.GOMAXPROCS(0), next, work, done); err != nil {
		return err
	}
	if err := a.beyond(ctx); err != nil {
		return err
	}
	return a.root(log, against)
}

// prove hashes the events of a stretch, and compares the ledger with them.
func (c *logStretch) prove(chainOnly bool) {
	want, moves := c.from, c.moves
	for i := range c.events {
		s := &c.events[i]
		if s.Seq != want {
			c.faults.add("event %d is missing: %d follows %d", want, s.Seq, want-1)
		}
		want = s.Seq + 1
		hash := tlog.RecordHash(s.Record)
		c.hashes = append(c.hashes, hash)
		if hash != s.Hash {
			c.faults.add("event %d (%s, %s) was changed: its record does not give its hash", s.Seq, s.Object, s.Type)
		}
		if chainOnly || hash != s.Hash || s.Object.Kind != KindDrawdown {
			continue
		}
		e, ok := s.read(&c.faults)
		if !ok {
			continue
		}
		told, err := movements(&e)
		if err != nil {
			c.faults.add("event %d: %v", s.Seq, err)
			continue
		}
		for _, m := range told {
			for len(moves) > 0 && moves[0].before(&m) {
				c.stranger(&moves[0])
				moves = moves[1:]
			}
			switch {
			case len(moves) == 0 || m.before(&moves[0]):
				c.faults.add("movement %d of event %d is gone from the movements that are kept", m.Place, m.Seq)
				continue
			case moves[0] != m:
				c.faults.add("movement %d of event %d was changed: it is not what its event says", m.Place, m.Seq)
			}
			moves = moves[1:]
		}
	}
	if want < c.before {
		c.faults.add("event %d is missing", want)
	}
	for i := range moves {
		c.stranger(&moves[i])
	}
}

// before reports whether the movement has its place before another.
func (m *Movement) before(o *Movement) bool {
	return m.Seq < o.Seq || m.Seq == o.Seq && m.Place < o.Place
}

// stranger is a movement of which no event that could be read tells.
func (c *logStretch) stranger(m *Movement) {
	c.faults.add("movement %d of event %d is kept, and no event tells of it", m.Place, m.Seq)
}

// read reads the record of an event, whose row has to say the same.
func (s *SealedEvent) read(f *faults) (Event, bool) {
	e, err := ReadRecord(s.Record)
	if err != nil {
		f.add("event %d cannot be read: %v", s.Seq, err)
		return e, false
	}
	if e.Seq != s.Seq || e.At != s.At || e.Object != s.Object || e.Version != s.Version || e.Type != s.Type {
		f.add("event %d: the columns of its row say something else than its record", s.Seq)
		return e, false
	}
	return e, true
}

// beyond looks for rows before the first event, and behind the last of a head that
// still holds.
func (a *audit) beyond(ctx context.Context) error {
	return a.store.View(ctx, func(r Reader) error {
		head, err := r.Head(ctx)
		if err != nil || head.Size != a.Head.Size {
			return err
		}
		err = r.Events(ctx, EventQuery{From: a.Head.Size}, func(e SealedEvent) error {
			a.fault("the head says %d events, and there is an event %d", a.Head.Size, e.Seq)
			return errEnough
		})
		if err == errEnough {
			return nil
		}
		return err
	})
}

// root compares the tree over the events with the head.
func (a *audit) root(log *Log, against tlog.Hash) error {
	if a.Events != a.Head.Size {
		a.fault("the head says %d events, and there are %d", a.Head.Size, a.Events)
		return nil
	}
	root, err := log.root()
	if err != nil {
		return err
	}
	if root != a.Head.Root {
		a.fault("the events do not give the root of the head: %s and not %s", root, a.Head.Root)
	}
	if o := a.options.Against; o != nil && o.Size > 0 {
		switch {
		case o.Size > a.Head.Size:
			a.fault("the log holds %d events, and the head that was kept %d: events are gone", a.Head.Size, o.Size)
		case against != o.Root:
			a.fault("the first %d events do not give the root that was kept: the log is another one", o.Size)
		}
	}
	return nil
}

// objectStretch is how many objects are read at once.
const objectStretch = 256

// someObjects is a stretch of the objects of a kind with their events.
type someObjects struct {
	objects []Object
	events  []SealedEvent // in the order of the objects
	rows    []FileRow     // of applications
	faults  faults
}

// objects carries the events of each object out again and compares what comes of
// them with what is kept.
func (a *audit) objects(ctx context.Context) error {
	kinds, after := []Kind{KindApplication, KindLicence, KindDrawdown, KindUndertaking, KindRegister}, ""
	next := func(c *someObjects) (bool, error) {
		*c = someObjects{events: c.events[:0]}
		if len(kinds) == 0 {
			return false, ctx.Err()
		}
		kind := kinds[0]
		return true, a.store.View(ctx, func(r Reader) (err error) {
			if c.objects, err = r.ObjectsAfter(ctx, kind, after, objectStretch); err != nil {
				return err
			}
			of := &Range{Kind: kind, After: after}
			if len(c.objects) == objectStretch {
				of.Last = c.objects[objectStretch-1].Ref.ID
				after = of.Last
			} else {
				kinds, after = kinds[1:], ""
			}
			err = r.Events(ctx, EventQuery{Of: of}, func(e SealedEvent) error {
				c.events = append(c.events, e)
				return nil
			})
			if err != nil || kind != KindApplication || len(c.objects) == 0 {
				return err
			}
			ids := make([]string, len(c.objects))
			for i := range c.objects {
				ids[i] = c.objects[i].Ref.ID
			}
			c.rows, err = r.FileRows(ctx, ids)
			return err
		})
	}
	done := func(c *someObjects) error { return a.take(c.faults, len(c.events)) }
	return inorder.Run(runtime.GOMAXPROCS(0), next, func(_ int, c *someObjects) { c.fold() }, done)
}

// fold carries the events of a stretch out again.
func (c *someObjects) fold() {
	kept := make(map[Ref]*Object, len(c.objects))
	for i := range c.objects {
		kept[c.objects[i].Ref] = &c.objects[i]
	}
	rows := make(map[string]*FileRow, len(c.rows))
	for i := range c.rows {
		rows[c.rows[i].ID] = &c.rows[i]
	}
	for at := 0; at < len(c.events); {
		ref := c.events[at].Object
		state, version := newState(ref), 0
		for ; at < len(c.events) && c.events[at].Object == ref; at++ {
			e, ok := c.events[at].read(&c.faults)
			if !ok {
				continue
			}
			if version+1 != e.Version {
				c.faults.add("event %d is version %d of %s, after version %d", e.Seq, e.Version, ref, version)
			}
			version = e.Version
			state.apply(&e)
		}
		o := kept[ref]
		if o == nil {
			c.faults.add("%s is not kept, and events tell of it", ref)
			continue
		}
		delete(kept, ref)
		want, err := json.Marshal(state)
		if err != nil || o.Version != version || !bytes.Equal(want, o.State) {
			c.faults.add("%s was changed: its state is not what its events come to", ref)
		}
		if f, ok := state.(*Application); ok {
			x := f.stands()
			if row := rows[ref.ID]; row == nil || row.Authority != x.Authority || row.Queue != x.Queue || row.Lane != x.Lane || row.Stage != f.Stage {
				c.faults.add("the row by which %s is found was changed: it stands elsewhere than the file", ref)
			}
		}
	}
	for i := range c.objects {
		if ref := c.objects[i].Ref; kept[ref] != nil {
			c.faults.add("%s is kept, and no event tells of it", ref)
		}
	}
}

// balances plays the ledger of each licence again, in the order of its events.
func (a *audit) balances(ctx context.Context) error {
	after, more := "", true
	for more {
		var f faults
		err := a.store.View(ctx, func(r Reader) error {
			licences, err := r.ObjectsAfter(ctx, KindLicence, after, objectStretch)
			if err != nil {
				return err
			}
			if more = len(licences) == objectStretch; more {
				after = licences[objectStretch-1].Ref.ID
			}
			for i := range licences {
				if err := f.balance(ctx, r, licences[i].Ref); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = a.take(f, 0)
		}
		if err != nil {
			return err
		}
	}
	return a.strangers(ctx)
}

// strangers looks for balances of licences that there are not.
func (a *audit) strangers(ctx context.Context) error {
	return a.store.View(ctx, func(r Reader) error {
		var refs []Ref
		err := r.EachBalance(ctx, func(b Balance) error {
			if ref := licence(b.Licence); len(refs) == 0 || refs[len(refs)-1] != ref {
				refs = append(refs, ref)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for some := range slices.Chunk(refs, objectStretch) {
			found, err := r.Objects(ctx, some)
			if err != nil {
				return err
			}
			if len(found) == len(some) {
				continue
			}
			for _, ref := range some {
				if !slices.ContainsFunc(found, func(o Object) bool { return o.Ref == ref }) {
					a.fault("a balance of licence %s is kept, and no event tells of the licence", ref.ID)
				}
			}
		}
		return nil
	})
}

// balance plays the ledger of one licence.
func (f *faults) balance(ctx context.Context, r Reader, ref Ref) error {
	type opening struct {
		seq   int64
		terms *Terms
	}
	var openings []opening
	err := r.Events(ctx, EventQuery{Object: ref}, func(s SealedEvent) error {
		if s.Type != "issued" && s.Type != "licence amended" {
			return nil
		}
		e, _ := s.read(f)
		switch d := e.Data.(type) {
		case *Issued:
			openings = append(openings, opening{e.Seq, &d.Terms})
		case *LicenceAmended:
			openings = append(openings, opening{e.Seq, &d.Terms})
		}
		return nil
	})
	if err != nil {
		return err
	}
	lines := map[int]*Balance{}
	open := func(before int64) error {
		for len(openings) > 0 && (before < 0 || openings[0].seq < before) {
			terms := openings[0].terms
			openings = openings[1:]
			for i := range terms.Lines {
				b := lines[i+1]
				if b == nil {
					fresh, err := newBalance(ref.ID, i+1, &terms.Lines[i])
					if err != nil {
						return err
					}
					b = &fresh
					lines[i+1] = b
				} else if err := b.allow(&terms.Lines[i]); err != nil {
					return err
				}
				b.Version++
			}
		}
		return nil
	}
	err = r.Movements(ctx, MovementQuery{Licence: ref.ID}, func(m Movement) error {
		if err := open(m.Seq); err != nil {
			return err
		}
		b := lines[m.Line]
		if b == nil {
			f.add("event %d draws on line %d of licence %s, which is not there", m.Seq, m.Line, m.Licence)
			return nil
		}
		b.post(&m)
		b.Version++
		if !b.Lawful() {
			f.add("event %d breaks the law of the ledger on line %d of licence %s", m.Seq, m.Line, m.Licence)
		}
		return nil
	})
	if err == nil {
		err = open(-1)
	}
	if err != nil {
		return err
	}
	kept, err := r.Balances(ctx, []string{ref.ID})
	for _, b := range kept {
		if want := lines[b.Line]; want == nil || *want != b {
			f.add("the balance of line %d of licence %s was changed: it is not what its movements come to", b.Line, b.Licence)
		}
		delete(lines, b.Line)
	}
	for line := range lines {
		f.add("the balance of line %d of licence %s is gone", line, ref.ID)
	}
	return err
}

// papers compares the bytes of documents with the digests that they are kept by.
func (a *audit) papers(ctx context.Context) error {
	return a.store.View(ctx, func(r Reader) error {
		return r.EachPaper(ctx, func(p StoredPaper) error {
			if DigestOf(p.Bytes) != p.Digest {
				a.fault("document %s was changed: its bytes are others", p.Digest)
			}
			return nil
		})
	})
}

// counts compares how many files are said to stand where with the rows by which
// files are found.
func (a *audit) counts(ctx context.Context) error {
	return a.store.View(ctx, func(r Reader) error {
		said, err := r.Counts(ctx, "")
		if err != nil {
			return err
		}
		stand, err := r.Standing(ctx)
		if err != nil {
			return err
		}
		var c Changes
		for _, x := range stand {
			c.count(x, x.Files)
		}
		for _, x := range said {
			c.count(x, -x.Files)
		}
		for _, x := range c.Counts {
			if x.Files != 0 {
				a.fault("%d files more stand in the queue %s, lane %s, than are counted", x.Files, x.Queue, x.Lane)
			}
		}
		return nil
	})
}
