package schedule

import "github.com/navicert/navicert/internal/quantity"

// Course is what is near a movement as the days pass, all else of it being as it is: as
// much as was found, of movements on one track. Nothing but the law near it and the
// ordinary rate then turns with the days.
type Course struct {
	s     *Schedule
	r     *remembered
	track int
}

// Course returns the course of a movement, with regard to the measures of one pack. It is
// not ok where more decides what is near than the law of the day.
func (s *Schedule) Course(pack int, m *Movement) (c Course, ok bool) {
	if s.scanning || !s.remembers(m) {
		return c, false
	}
	r := s.memo.now.Load()
	n := s.track(r, r.view(s, m.viewKey(pack, s.known(m.Known)), m), m)
	return Course{s, r, int(n/2) - 1}, n%2 == 0
}

// Until returns the instant until which what is near at an instant stays near. It is not
// ok where nothing was found for the instant, or the days turn more than that.
func (c *Course) Until(at quantity.Instant) (until quantity.Instant, ok bool) {
	s, tracks := c.s, &c.r.tracks
	in, last := s.stretch(at), int32(len(s.cuts))
	is := tracks.find(s, c.track, in)
	if is == 0 || c.r.glanceAt(is).near.fine {
		return 0, false
	}
	for ; in < last; in++ {
		if tracks.find(s, c.track, in+1) != is {
			return s.cuts[in], true
		}
	}
	return quantity.MaxInstant, true
}

// Recall returns what was remembered of cases on the course at an instant that have no
// other leg or pack, where they state nothing that counts; nil where nothing was.
func (c *Course) Recall(at quantity.Instant, stated Slots, closed bool) any {
	is := c.r.tracks.find(c.s, c.track, c.s.stretch(at))
	if is == 0 {
		return nil
	}
	g := c.r.glanceAt(is)
	if g.near.fine || g.touches(stated) {
		return nil
	}
	return g.plain[b2i(closed)].Load()
}
