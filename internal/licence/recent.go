package licence

// recent holds the objects and balances that the last transactions of a desk used,
// as they were committed. They are good for as long as the log ends where the desk
// left it: then nobody else has written. It is used by one transaction at a time.
type recent struct {
	head     Head
	old, now map[Ref]recentObject
}

type recentObject struct {
	version  int
	state    folded
	balances []Balance // of a licence
}

// mostRecent is how many objects one of the two generations holds.
const mostRecent = 2048

// lend gives the set what is known of the objects that it wants, and takes them off
// its list.
func (r *recent) lend(s *Set, refs map[Ref]bool) {
	if r.head.Size == 0 || r.head.Size != s.before.Size || r.head.Root != s.before.Root {
		*r = recent{}
		return
	}
	for ref := range refs {
		x, ok := r.now[ref]
		if !ok {
			x, ok = r.old[ref]
		}
		if !ok {
			continue
		}
		delete(refs, ref)
		s.hold(ref, x.version, x.state)
		for _, b := range x.balances {
			s.balances[ref.ID] = append(s.balances[ref.ID], &held{b, b.Version})
		}
	}
}

// keep takes what a set that was committed came to.
func (r *recent) keep(s *Set, after Head) {
	r.head = after
	for ref, o := range s.objects {
		if o == nil {
			continue
		}
		x := recentObject{version: o.version, state: o.state}
		for _, h := range s.balances[ref.ID] {
			x.balances = append(x.balances, h.Balance)
		}
		if ref.Kind != KindLicence {
			x.balances = nil
		}
		if len(r.now) >= mostRecent {
			r.old, r.now = r.now, nil
		}
		if r.now == nil {
			r.now = map[Ref]recentObject{}
		}
		r.now[ref] = x
	}
}
