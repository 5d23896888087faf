package licence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
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

// Audit proves a desk: that every event is as it was hashed, that the hashes give
// the root that the head holds, and that objects, ledger and balances are what the
// events come to. It names each row that is not.
func Audit(ctx context.Context, s Store, o AuditOptions) (AuditReport, error) {
	var report AuditReport
	err := s.View(ctx, func(r Reader) error {
		head, err := r.Head(ctx)
		if err != nil {
			return err
		}
		a := &audit{AuditReport: AuditReport{Head: head}, options: o, states: map[Ref]folded{}, versions: map[Ref]int{}, balances: map[lineKey]*Balance{}}
		if a.log, err = OpenLog(Head{}); err != nil {
			return err
		}
		if err := r.Events(ctx, EventQuery{}, a.event); err != nil && err != errEnough {
			return err
		}
		if err := a.chain(); err != nil {
			return err
		}
		if !o.ChainOnly && len(a.Faults) == 0 {
			err = a.derived(ctx, r)
		}
		report = a.AuditReport
		return err
	})
	return report, err
}

var errEnough = fmt.Errorf("an audit stops at %d faults", mostFaults)

type audit struct {
	AuditReport
	options   AuditOptions
	log       *Log
	states    map[Ref]folded
	versions  map[Ref]int
	balances  map[lineKey]*Balance
	movements []Movement
	against   tlog.Hash
}

func (a *audit) fault(format string, args ...any) {
	if len(a.Faults) < mostFaults {
		a.Faults = append(a.Faults, fmt.Sprintf(format, args...))
	}
}

// event looks at one event of the log.
func (a *audit) event(s SealedEvent) error {
	if len(a.Faults) >= mostFaults {
		return errEnough
	}
	if s.Seq != a.Events {
		a.fault("event %d is missing: %d follows %d", a.Events, s.Seq, a.Events-1)
		a.Events = s.Seq
	}
	a.Events++
	hash := tlog.RecordHash(s.Record)
	if hash != s.Hash {
		a.fault("event %d (%s, %s) was changed: its record does not give its hash", s.Seq, s.Object, s.Type)
	}
	if err := a.log.Append(hash); err != nil {
		return err
	}
	if o := a.options.Against; o != nil && a.log.size == o.Size {
		root, err := a.log.root()
		if err != nil {
			return err
		}
		a.against = root
	}
	if a.options.Progress != nil && a.Events%4096 == 0 {
		a.options.Progress(a.Events, a.Head.Size)
	}
	if a.options.ChainOnly || hash != s.Hash {
		return nil
	}
	return a.fold(&s)
}

// fold carries an event out again.
func (a *audit) fold(s *SealedEvent) error {
	e, err := ReadRecord(s.Record)
	if err != nil {
		a.fault("event %d cannot be read: %v", s.Seq, err)
		return nil
	}
	if e.Seq != s.Seq || e.At != s.At || e.Object != s.Object || e.Version != s.Version || e.Type != s.Type {
		a.fault("event %d: the columns of its row say something else than its record", s.Seq)
		return nil
	}
	if a.versions[e.Object]+1 != e.Version {
		a.fault("event %d is version %d of %s, after version %d", e.Seq, e.Version, e.Object, a.versions[e.Object])
	}
	a.versions[e.Object] = e.Version
	state := a.states[e.Object]
	if state == nil {
		state = newState(e.Object)
		a.states[e.Object] = state
	}
	state.apply(&e)
	return a.post(&e)
}

// post keeps the ledger beside the one that is audited.
func (a *audit) post(e *Event) error {
	var terms *Terms
	switch d := e.Data.(type) {
	case *Issued:
		terms = &d.Terms
	case *LicenceAmended:
		terms = &d.Terms
	default:
		moves, err := movements(e)
		if err != nil {
			return err
		}
		for i := range moves {
			m := &moves[i]
			b := a.balances[lineKey{m.Licence, m.Line}]
			if b == nil {
				a.fault("event %d draws on line %d of licence %s, which is not there", e.Seq, m.Line, m.Licence)
				continue
			}
			b.post(m)
			b.Version++
			if !b.Lawful() {
				a.fault("event %d breaks the law of the ledger on line %d of licence %s", e.Seq, m.Line, m.Licence)
			}
		}
		a.movements = append(a.movements, moves...)
		return nil
	}
	for i := range terms.Lines {
		key := lineKey{e.Object.ID, i + 1}
		b := a.balances[key]
		if b == nil {
			fresh, err := newBalance(e.Object.ID, i+1, &terms.Lines[i])
			if err != nil {
				return err
			}
			b = &fresh
			a.balances[key] = b
		} else if err := b.allow(&terms.Lines[i]); err != nil {
			return err
		}
		b.Version++
	}
	return nil
}

// chain compares the tree over the events with the head.
func (a *audit) chain() error {
	if a.Events != a.Head.Size {
		a.fault("the head says %d events, and there are %d", a.Head.Size, a.Events)
		return nil
	}
	root, err := a.log.root()
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
		case a.against != o.Root:
			a.fault("the first %d events do not give the root that was kept: the log is another one", o.Size)
		}
	}
	return nil
}

// derived compares what is kept for speed with what the events come to.
func (a *audit) derived(ctx context.Context, r Reader) error {
	seen := 0
	for _, kind := range []Kind{KindApplication, KindLicence, KindDrawdown, KindUndertaking, KindRegister} {
		err := r.EachObject(ctx, kind, func(o Object) error {
			seen++
			state := a.states[o.Ref]
			if state == nil {
				a.fault("%s is kept, and no event tells of it", o.Ref)
				return nil
			}
			want, err := json.Marshal(state)
			if err != nil {
				return err
			}
			if o.Version != a.versions[o.Ref] || !bytes.Equal(want, o.State) {
				a.fault("%s was changed: its state is not what its events come to", o.Ref)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if seen != len(a.states) {
		a.fault("%d objects are kept, and events tell of %d", seen, len(a.states))
	}
	if err := a.counts(ctx, r); err != nil {
		return err
	}
	lines := 0
	err := r.EachBalance(ctx, func(b Balance) error {
		lines++
		want := a.balances[lineKey{b.Licence, b.Line}]
		if want == nil || *want != b {
			a.fault("the balance of line %d of licence %s was changed: it is not what its movements come to", b.Line, b.Licence)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if lines != len(a.balances) {
		a.fault("%d balances are kept, and events tell of %d", lines, len(a.balances))
	}
	n := 0
	err = r.Movements(ctx, "", func(m Movement) error {
		if n >= len(a.movements) || a.movements[n] != m {
			a.fault("movement %d of event %d was changed: it is not what its event says", m.Place, m.Seq)
		}
		n++
		return nil
	})
	if err == nil && n != len(a.movements) {
		a.fault("%d movements are kept, and events tell of %d", n, len(a.movements))
	}
	return err
}

// counts compares how many files are said to stand where.
func (a *audit) counts(ctx context.Context, r Reader) error {
	var c Changes
	for _, state := range a.states {
		if f, ok := state.(*Application); ok {
			c.count(f.stands(), 1)
		}
	}
	kept, err := r.Counts(ctx, "")
	if err != nil {
		return err
	}
	for _, k := range kept {
		c.count(k, -k.Files)
	}
	for _, x := range c.Counts {
		if x.Files != 0 {
			a.fault("%d files more stand in the queue %s, lane %s, than are counted", x.Files, x.Queue, x.Lane)
		}
	}
	return nil
}
