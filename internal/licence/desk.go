package licence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/navicert/navicert/internal/inorder"
	"github.com/navicert/navicert/internal/quantity"
)

// Command is what somebody does at a desk. Its exported fields are what it says;
// commands are made as values of the types of this package, and not changed any
// more once they are given.
type Command interface {
	// Name is what the command is called in messages and records.
	Name() string
	// needs names what has to be loaded, given what is: it is asked again until
	// it names nothing new.
	needs(s *Set, by By) Needs
	// decide gives the events that follow. It changes nothing. With a [Refusal]
	// it may give events that record the attempt.
	decide(s *Set, by By) ([]change, error)
}

// prepared is a command that can do some of its work before it stands in line.
type prepared interface {
	prepare(d *Desk, by By)
}

// Needs is what a command has to see.
type Needs struct {
	Objects []Ref
	Waiting []FileQuery // the ids of the files that it gives, one for each time it is asked for
	Alike   [][2]int64
}

// Desk carries commands out. It is safe for concurrent use: commands that come
// while others are being saved are carried out together in the next transaction,
// in the order in which they came.
type Desk struct {
	store       Store
	law         Law
	authorities map[string]*Authority
	now         func() quantity.Instant

	mu      sync.Mutex
	waiting []*job
	turn    sync.Mutex // of the transaction
	recent  recent     // for who has the turn
}

// most is how many commands one transaction carries out.
const most = 512

// NewDesk returns a desk on a store. The clock gives the time of commands that
// name none.
func NewDesk(store Store, law Law, authorities []*Authority, now func() quantity.Instant) *Desk {
	d := &Desk{store: store, law: law, authorities: map[string]*Authority{}, now: now}
	for _, a := range authorities {
		d.authorities[a.ID] = a
	}
	return d
}

// Authority returns an authority by its id.
func (d *Desk) Authority(id string) (*Authority, error) {
	if a := d.authorities[id]; a != nil {
		return a, nil
	}
	return nil, refuse(NotFound, Ref{}, "the authorities are "+d.authorityNames(), "authority %q is not known here", id)
}

func (d *Desk) authorityNames() string {
	var list []*Authority
	for _, a := range d.authorities {
		list = append(list, a)
	}
	return authorityNames(list)
}

// Law is what the desk assesses files by.
func (d *Desk) Law() Law { return d.law }

// Order is a command with who gives it.
type Order struct {
	By      By
	Command Command
}

// Result is what an order came to.
type Result struct {
	Receipt Receipt
	Err     error
}

type job struct {
	Order
	Result
	digest   string
	finished bool
}

// Do carries a command out. The error is a [Refusal] where the command was
// refused; any other error says that it is not known whether it was carried out,
// and the same command with the same key may be given again.
func (d *Desk) Do(ctx context.Context, by By, c Command) (Receipt, error) {
	j := &job{Order: Order{by, c}}
	if err := d.ready(j); err != nil {
		return Receipt{}, err
	}
	d.mu.Lock()
	d.waiting = append(d.waiting, j)
	d.mu.Unlock()
	d.turn.Lock()
	defer d.turn.Unlock()
	for !j.finished { // by whoever had the turn before
		d.mu.Lock()
		n := min(len(d.waiting), most)
		batch := d.waiting[:n:n]
		d.waiting = d.waiting[n:]
		d.mu.Unlock()
		d.run(context.WithoutCancel(ctx), batch)
	}
	return j.Receipt, j.Err
}

// DoAll carries orders out in their order, many in one transaction. Each stands
// or falls by itself; a store that fails fails those of its transaction.
func (d *Desk) DoAll(ctx context.Context, orders []Order) []Result {
	results := make([]Result, 0, len(orders))
	n := 0
	next := func() (Order, bool) {
		if n == len(orders) {
			return Order{}, false
		}
		n++
		return orders[n-1], true
	}
	_ = d.Stream(ctx, next, func(r Result) error {
		results = append(results, r)
		return nil
	})
	return results
}

// Stream is [Desk.DoAll] for orders that need not all be there at once: it asks
// next for them until there is none, and gives the results to each in the same
// order, until it fails. What can be done before a turn is done on every
// processor while others are saved.
func (d *Desk) Stream(ctx context.Context, next func() (Order, bool), each func(Result) error) error {
	fill := func(batch *[]*job) (bool, error) {
		*batch = (*batch)[:0]
		for len(*batch) < most {
			o, more := next()
			if !more {
				break
			}
			*batch = append(*batch, &job{Order: o})
		}
		return len(*batch) > 0, ctx.Err()
	}
	prepare := func(_ int, batch *[]*job) {
		for _, j := range *batch {
			if err := d.ready(j); err != nil {
				j.Err, j.finished = err, true
			}
		}
	}
	save := func(batch *[]*job) error {
		d.turn.Lock()
		d.run(ctx, slices.DeleteFunc(slices.Clone(*batch), func(j *job) bool { return j.finished }))
		d.turn.Unlock()
		for _, j := range *batch {
			if err := each(j.Result); err != nil {
				return err
			}
		}
		return nil
	}
	return inorder.Run(runtime.GOMAXPROCS(0), fill, prepare, save)
}

// ready checks who gives an order and does what can be done before its turn.
func (d *Desk) ready(j *job) error {
	if j.By.At == 0 {
		j.By.At = d.now()
	}
	if err := j.By.check(); err != nil {
		return err
	}
	if p, ok := j.Command.(prepared); ok {
		p.prepare(d, j.By)
	}
	if j.By.Key != "" {
		text, err := json.Marshal(j.Command)
		if err != nil {
			return refuse(Invalid, Ref{}, "give text alone", "%s: %v", j.Command.Name(), err)
		}
		sum := sha256.Sum256(append([]byte(j.Command.Name()+"\x00"+j.By.Actor+"\x00"), text...))
		j.digest = hex.EncodeToString(sum[:])
	}
	return nil
}

func (b *By) check() error {
	switch {
	case b.Actor == "":
		return refuse(Invalid, Ref{}, "name who acts", "an act has no actor")
	case b.Role != System && !slices.Contains(Roles(), b.Role):
		return refuse(Invalid, Ref{}, fmt.Sprintf("the roles are %v", Roles()), "the role %q is not known", b.Role)
	case b.At < quantity.MinInstant || b.At > quantity.MaxInstant:
		return refuse(Invalid, Ref{}, "give the day on which it happened", "the time of an act lies outside the years 1 to 9999")
	case len(b.Key) > 200:
		return refuse(Invalid, Ref{}, "200 characters are enough", "an idempotency key of %d characters is too long", len(b.Key))
	}
	return nil
}

// run carries out a batch in one transaction, or where the store says that
// something changed meanwhile each order in one of its own.
func (d *Desk) run(ctx context.Context, batch []*job) {
	if len(batch) == 0 {
		return
	}
	err := d.try(ctx, batch)
	if errors.Is(err, ErrConflict) {
		for _, j := range batch {
			if one := d.try(ctx, []*job{j}); one != nil {
				j.Result = Result{Err: one}
			}
		}
	} else if err != nil {
		for _, j := range batch {
			j.Result = Result{Err: err}
		}
	}
	for _, j := range batch {
		j.finished = true
	}
}

func (d *Desk) try(ctx context.Context, batch []*job) (err error) {
	var s *Set
	var after Head
	// States that a transaction changed and did not commit are good for nothing.
	defer func() {
		if err != nil {
			d.recent = recent{}
		} else {
			d.recent.keep(s, after)
		}
	}()
	return d.store.Update(ctx, func(tx Tx) error {
		head, err := tx.Head(ctx)
		if err != nil {
			return err
		}
		after = head
		if s, err = newSet(d, head); err != nil {
			return err
		}
		s.recent = &d.recent
		if err := s.load(ctx, tx, batch); err != nil {
			return err
		}
		for _, j := range batch {
			j.Result = Result{}
			j.Receipt, j.Err = s.carryOut(j)
			if j.Err != nil && !errors.As(j.Err, new(*Refusal)) {
				return j.Err
			}
		}
		changes, err := s.changes()
		if err != nil || changes == nil {
			return err
		}
		after = changes.After
		return tx.Save(ctx, changes)
	})
}
