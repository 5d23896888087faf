package schedule

// Whole appends to buf all measures of one pack near the movement, those that only come
// close among them, in the order of its files: what [Schedule.Near] has of a movement
// that is not bare, but for how they stand to one another. It is for who asks once, and
// keeps nothing but how the measures stand to the goods.
func (s *Schedule) Whole(buf []Candidate, pack int, m *Movement) []Candidate {
	whole := *m
	whole.Bare = false
	if s.scanning || !s.remembers(&whole) {
		return append(buf, s.findNear(pack, &whole).Candidates...)
	}
	in := s.memo.now.Load()
	v := in.view(s, whole.viewKey(pack, s.known(m.Known)), &whole)
	r := v.reachAt(s.reach(in, v, &whole))
	to, at := place(m.To), uint16(s.stretch(m.At))
	sets := *s.memo.sets.of.Load()
	sights := r.stands.seenBy(s, &whole)
	t := &s.memo.standings
	t.RLock()
	defer t.RUnlock()
	for i := range r.spans {
		x := &r.spans[i]
		if at < x.from || x.until <= at {
			continue
		}
		if sight := sights[x.stand]; sight != 0 && sets[r.stands.all[x.stand].enter].at(to) {
			buf = append(buf, t.candidate(s, x.standing, sight&isNamed != 0))
		}
	}
	return buf
}
