package licence

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
)

// Set is what the commands of one transaction see: objects as they are after the
// commands before, and what is to be saved.
type Set struct {
	desk   *Desk
	law    Law
	before Head
	log    *Log
	recent *recent // nil for a set that is not committed

	objects  map[Ref]*object // nil: there is none
	balances map[string][]*held
	receipts map[string]Receipt
	waiting  map[FileQuery][]string
	alike    map[[2]int64][]FileRow

	fresh     []FileRow // submitted in this transaction
	order     []Ref     // of the objects that changed
	events    []SealedEvent
	movements []Movement
	kept      []Receipt
	papers    []StoredPaper
}

type object struct {
	before, version int
	state           folded
	changed         bool
	stood           Count // where a file stood before: its queue and lane
}

type held struct {
	Balance
	before int
}

func newSet(d *Desk, head Head) (*Set, error) {
	log, err := OpenLog(head)
	if err != nil {
		return nil, err
	}
	return &Set{desk: d, law: d.law, before: head, log: log, objects: map[Ref]*object{}, balances: map[string][]*held{},
		receipts: map[string]Receipt{}, waiting: map[FileQuery][]string{}, alike: map[[2]int64][]FileRow{}}, nil
}

// load reads what the batch needs, in rounds: what one round brings may tell what
// else is needed.
func (s *Set) load(ctx context.Context, r Reader, batch []*job) error {
	var keys []string
	for _, j := range batch {
		if j.By.Key != "" {
			keys = append(keys, j.By.Key)
		}
	}
	if len(keys) > 0 {
		found, err := r.Receipts(ctx, keys)
		if err != nil {
			return err
		}
		for _, f := range found {
			s.receipts[f.Key] = f
		}
	}
	for {
		refs := map[Ref]bool{}
		waiting := map[FileQuery]int{}
		alike := map[[2]int64]bool{}
		if _, ok := s.objects[register]; !ok {
			refs[register] = true
		}
		for _, j := range batch {
			if _, done := s.receipts[j.By.Key]; done && j.By.Key != "" {
				continue
			}
			n := j.Command.needs(s, j.By)
			for _, ref := range n.Objects {
				if _, ok := s.objects[ref]; !ok && ref.ID != "" {
					refs[ref] = true
				}
			}
			for _, q := range n.Waiting {
				if _, ok := s.waiting[q]; !ok {
					waiting[q]++
				}
			}
			for _, k := range n.Alike {
				if _, ok := s.alike[k]; !ok {
					alike[k] = true
				}
			}
		}
		if len(refs) == 0 && len(waiting) == 0 && len(alike) == 0 {
			return nil
		}
		if err := s.loadObjects(ctx, r, refs); err != nil {
			return err
		}
		for q, n := range waiting {
			ask := q
			ask.Limit = n
			rows, err := r.Files(ctx, ask)
			if err != nil {
				return err
			}
			s.waiting[q] = []string{}
			for _, row := range rows {
				s.waiting[q] = append(s.waiting[q], row.ID)
			}
		}
		if len(alike) > 0 {
			if err := s.loadAlike(ctx, r, alike); err != nil {
				return err
			}
		}
	}
}

func (s *Set) loadObjects(ctx context.Context, r Reader, refs map[Ref]bool) error {
	if s.recent != nil {
		s.recent.lend(s, refs)
	}
	list := make([]Ref, 0, len(refs))
	var licences []string
	for ref := range refs {
		list = append(list, ref)
		s.objects[ref] = nil
		if ref.Kind == KindLicence {
			licences = append(licences, ref.ID)
		}
	}
	if len(list) == 0 {
		return nil
	}
	found, err := r.Objects(ctx, list)
	if err != nil {
		return err
	}
	for _, f := range found {
		state, err := f.fold()
		if err != nil {
			return err
		}
		s.hold(f.Ref, f.Version, state)
	}
	if len(licences) == 0 {
		return nil
	}
	balances, err := r.Balances(ctx, licences)
	if err != nil {
		return err
	}
	for _, b := range balances {
		s.balances[b.Licence] = append(s.balances[b.Licence], &held{b, b.Version})
	}
	return nil
}

// hold puts an object into the set as it is before the transaction.
func (s *Set) hold(ref Ref, version int, state folded) {
	o := &object{before: version, version: version, state: state}
	if a, ok := state.(*Application); ok {
		o.stood = a.stands()
	}
	s.objects[ref] = o
}

func (s *Set) loadAlike(ctx context.Context, r Reader, keys map[[2]int64]bool) error {
	list := make([][2]int64, 0, len(keys))
	for k := range keys {
		s.alike[k] = []FileRow{}
		list = append(list, k)
	}
	rows, err := r.Alike(ctx, list, alikeLimit)
	if err != nil {
		return err
	}
	for _, row := range rows {
		for _, k := range list {
			if row.AlikeA == k[0] || row.AlikeB == k[1] {
				s.alike[k] = append(s.alike[k], row)
			}
		}
	}
	return nil
}

// fold returns the state of a stored object.
func (o *Object) fold() (folded, error) {
	state := newState(o.Ref)
	if state == nil {
		return nil, fmt.Errorf("%s is of a kind that is not known here", o.Ref)
	}
	if err := json.Unmarshal(o.State, state); err != nil {
		return nil, fmt.Errorf("the state of %s cannot be read: %w", o.Ref, err)
	}
	return state, nil
}

// find returns the state of an object, and whether there is one.
func find[T folded](s *Set, ref Ref) (state T, ok bool) {
	o := s.objects[ref]
	if o == nil {
		return state, false
	}
	state, ok = o.state.(T)
	return state, ok
}

func (s *Set) application(id string) (*Application, error) {
	if a, ok := find[*Application](s, application(id)); ok {
		return a, nil
	}
	return nil, absent(application(id))
}

func (s *Set) licence(id string) (*Licence, error) {
	if l, ok := find[*Licence](s, licence(id)); ok {
		return l, nil
	}
	return nil, absent(licence(id))
}

func (s *Set) drawdown(id string) (*Drawdown, error) {
	if d, ok := find[*Drawdown](s, drawdown(id)); ok {
		return d, nil
	}
	return nil, absent(drawdown(id))
}

func (s *Set) undertaking(id string) (*Undertaking, error) {
	if u, ok := find[*Undertaking](s, undertaking(id)); ok {
		return u, nil
	}
	return nil, absent(undertaking(id))
}

func (s *Set) register() *Register {
	if r, ok := find[*Register](s, register); ok {
		return r
	}
	return &Register{}
}

func (s *Set) balance(id string, line int) *Balance {
	for _, h := range s.balances[id] {
		if h.Line == line {
			return &h.Balance
		}
	}
	return nil
}

// next is the number of the next event; ids of new objects are made of it.
func (s *Set) next() int64 { return s.log.size }

// carryOut decides a command and applies what follows.
func (s *Set) carryOut(j *job) (Receipt, error) {
	if j.By.Key != "" {
		if r, ok := s.receipts[j.By.Key]; ok {
			if r.Digest != j.digest {
				return Receipt{}, refuse(KeyReused, r.Object, "give each command a key of its own", "the key %q was used for another command", j.By.Key)
			}
			r.Repeated = true
			return r, nil
		}
	}
	changes, refused := j.Command.decide(s, j.By)
	if refused == nil && len(changes) > 0 && j.By.IfVersion > 0 {
		if o := s.objects[changes[0].object]; o == nil || o.version != j.By.IfVersion {
			return Receipt{}, refuse(Stale, changes[0].object, "read it again", "it has changed since version %d", j.By.IfVersion)
		}
	}
	if refused != nil && len(changes) == 0 {
		return Receipt{}, refused
	}
	r := Receipt{Key: j.By.Key, Digest: j.digest, First: s.next(), At: j.By.At}
	for _, c := range changes {
		if err := s.apply(c, &j.By); err != nil {
			return Receipt{}, err
		}
		if !slices.Contains(r.Objects, c.object) {
			r.Objects = append(r.Objects, c.object)
		}
	}
	if refused != nil {
		return Receipt{}, refused
	}
	r.Last = s.next() - 1
	if len(changes) > 0 {
		r.Object = changes[0].object
		r.Version = s.objects[r.Object].version
	}
	if j.By.Key != "" {
		s.receipts[j.By.Key] = r
		s.kept = append(s.kept, r)
	}
	return r, nil
}

// apply makes an event of a change, folds it and posts its movements.
func (s *Set) apply(c change, by *By) error {
	o := s.objects[c.object]
	if o == nil {
		o = &object{state: newState(c.object)}
		s.objects[c.object] = o
	}
	e := Event{Seq: s.next(), At: by.At, Object: c.object, Version: o.version + 1, Type: c.data.eventType(),
		Actor: by.Actor, Role: by.Role, Reason: by.Reason, Schedule: s.law.Digest(), Key: by.Key, Data: c.data}
	record, err := e.Record()
	if err != nil {
		return err
	}
	if err := s.happen(o, &e, record); err != nil {
		return err
	}
	if a, ok := o.state.(*Application); ok && e.Type == "submitted" {
		s.fresh = append(s.fresh, *s.fileRow(a))
	}
	return nil
}

// happen posts the movements of an event, appends it to the log with its record,
// and folds it into its object.
func (s *Set) happen(o *object, e *Event, record []byte) error {
	if err := s.post(e); err != nil {
		return err
	}
	sealed, err := seal(s.log, e, record)
	if err != nil {
		return err
	}
	s.events = append(s.events, sealed)
	o.version++
	o.state.apply(e)
	if !o.changed {
		o.changed = true
		s.order = append(s.order, e.Object)
	}
	return nil
}

// post changes balances by an event.
func (s *Set) post(e *Event) error {
	switch d := e.Data.(type) {
	case *Issued:
		for i := range d.Terms.Lines {
			b, err := newBalance(e.Object.ID, i+1, &d.Terms.Lines[i])
			if err != nil {
				return err
			}
			b.Version = 1
			s.balances[e.Object.ID] = append(s.balances[e.Object.ID], &held{Balance: b})
		}
		return nil
	case *LicenceAmended:
		for i := range d.Terms.Lines {
			b := s.balance(e.Object.ID, i+1)
			if b == nil {
				opened, err := newBalance(e.Object.ID, i+1, &d.Terms.Lines[i])
				if err != nil {
					return err
				}
				opened.Version = 1
				s.balances[e.Object.ID] = append(s.balances[e.Object.ID], &held{Balance: opened})
				continue
			}
			if err := b.allow(&d.Terms.Lines[i]); err != nil {
				return err
			}
			b.Version++
		}
		return nil
	}
	moves, err := movements(e)
	if err != nil {
		return err
	}
	for i := range moves {
		m := &moves[i]
		b := s.balance(m.Licence, m.Line)
		if b == nil {
			return fmt.Errorf("%s: line %d of licence %s has no balance", e.Object, m.Line, m.Licence)
		}
		b.post(m)
		b.Version++
		if !b.Lawful() {
			return fmt.Errorf("%s would break the law of the ledger on line %d of licence %s", e.Object, m.Line, m.Licence)
		}
	}
	s.movements = append(s.movements, moves...)
	return nil
}

// changes is what has to be saved; nil where nothing has.
func (s *Set) changes() (*Changes, error) {
	if len(s.events) == 0 {
		return nil, nil
	}
	after, err := s.log.Head()
	if err != nil {
		return nil, err
	}
	c := &Changes{Before: s.before, After: after, Events: s.events, Movements: s.movements, Receipts: s.kept, Papers: s.papers}
	for _, ref := range s.order {
		o := s.objects[ref]
		state, err := json.Marshal(o.state)
		if err != nil {
			return nil, err
		}
		x := ChangedObject{Object: Object{ref, o.version, state}, Before: o.before}
		switch st := o.state.(type) {
		case *Application:
			x.File = s.fileRow(st)
			if now := st.stands(); now != o.stood {
				c.count(o.stood, -1)
				c.count(now, +1)
			}
		case *Licence:
			x.Row = licenceRow(st)
		}
		c.Objects = append(c.Objects, x)
	}
	for _, hs := range s.balances {
		for _, h := range hs {
			if h.Version != h.before {
				c.Balances = append(c.Balances, ChangedBalance{h.Balance, h.before})
			}
		}
	}
	slices.SortFunc(c.Balances, func(a, b ChangedBalance) int { // one order of locks for all
		if a.Licence != b.Licence {
			if a.Licence < b.Licence {
				return -1
			}
			return 1
		}
		return a.Line - b.Line
	})
	return c, nil
}

// stands is where a file stands, for counting.
func (a *Application) stands() Count {
	c := Count{Authority: a.Content.Authority, Queue: a.Queue(), Lane: LaneUnsettled}
	if a.Assessment != nil {
		c.Lane = a.Assessment.Lane
	}
	return c
}

// count adds files to those that stand somewhere; files in no queue are not
// counted.
func (c *Changes) count(where Count, files int) {
	if where.Queue == "" {
		return
	}
	for i := range c.Counts {
		if x := &c.Counts[i]; x.Authority == where.Authority && x.Queue == where.Queue && x.Lane == where.Lane {
			x.Files += files
			return
		}
	}
	where.Files = files
	c.Counts = append(c.Counts, where)
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

func (s *Set) fileRow(a *Application) *FileRow {
	r := &FileRow{ID: a.ID, Authority: a.Content.Authority, Side: a.Side, Stage: a.Stage, Queue: a.Queue(), Lane: a.stands().Lane,
		Submitted: a.Submitted, Since: a.Drafted, Applicant: folding(a.Content.Applicant.Name), Country: a.Content.Destination()}
	if a.Submitted != 0 {
		r.Since = a.Submitted
	}
	if a.Accepted != 0 {
		r.Since = a.Accepted
	}
	if x := a.Assessment; x != nil {
		if len(x.Items) > 0 {
			r.Item = x.Items[0]
		}
	}
	if authority := s.desk.authorities[a.Content.Authority]; authority != nil {
		r.Turn = a.Turn(authority.Lane(r.Lane).headStart())
	} else {
		r.Turn = a.Turn(0)
	}
	if a.Lease != nil {
		r.Officer, r.Lease = a.Lease.Officer, a.Lease.Until
	}
	if a.Decision != nil {
		r.Decided, r.Outcome = a.Decision.At, a.Decision.Outcome
	}
	if p, ok := a.Content.party(RoleEndUser); ok {
		r.EndUser = folding(p.Name)
	}
	if len(a.Content.Lines) > 0 {
		r.Goods = a.Content.Lines[0].Goods
	}
	k := alikeKeys(&a.Content)
	r.AlikeA, r.AlikeB = k[0], k[1]
	r.Features = features(&a.Content)
	return r
}

func licenceRow(l *Licence) *LicenceRow {
	p := l.Term.Period()
	r := &LicenceRow{ID: l.ID, Authority: l.Authority, Holder: folding(l.Holder), From: p.From, Until: p.Until, Ended: l.End != nil}
	for _, x := range l.Parties {
		if x.Role == RoleEndUser {
			r.EndUser = folding(x.Name)
		}
	}
	return r
}
