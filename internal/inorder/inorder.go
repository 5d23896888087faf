// Package inorder works through a sequence on several goroutines and hands on
// the results in the order of the sequence, with memory that does not grow with
// its length.
package inorder

import "sync"

// Run lets next fill chunks, work each of them on one of n goroutines, and hands
// them to done in the order in which they were filled. next returns false when
// there is nothing more; it is called from one goroutine at a time, and done from the
// caller's alone. That is the one that works where n is 1, and else does nothing but hand
// on, so that what is worked is not held up where next waits. work is given the number of
// its goroutine, from 0. A chunk is used again once done has returned. The first error of
// next or done ends the run and is returned; what was filled before an error of next is
// still done.
func Run[C any](n int, next func(*C) (bool, error), work func(worker int, c *C), done func(*C) error) error {
	s := &sequence[C]{next: next, work: work, done: done, worked: make([]*C, 4*n+1)}
	s.changed.L = &s.mu
	for range len(s.worked) {
		s.free = append(s.free, new(C))
	}
	var others sync.WaitGroup
	if n > 1 {
		for w := range n {
			others.Go(func() { s.run(w, true, false) })
		}
	}
	func() {
		defer others.Wait()
		defer s.stop() // where something panicked the others end too
		s.run(0, n == 1, true)
	}()
	return s.failed
}

// sequence is the chunks of a run. Each goroutine fills the chunk that it works on, so
// that what it reads is near, and takes the one that came free last; nothing is handed
// from one goroutine to another but the chunks that are worked.
type sequence[C any] struct {
	next func(*C) (bool, error)
	work func(worker int, c *C)
	done func(*C) error

	mu      sync.Mutex
	changed sync.Cond
	free    []*C
	worked  []*C  // waiting to be done, each at its number modulo their room
	filled  int   // chunks so far
	over    int   // those that are done
	filling bool  // a goroutine fills one
	ended   bool  // there is nothing more to fill
	failed  error // the first, of next or done
	stopped bool  // nothing more is done
}

// run is what one goroutine does: it works, hands on, or both.
func (s *sequence[C]) run(worker int, works, handsOn bool) {
	s.mu.Lock()
	for {
		first := &s.worked[s.over%len(s.worked)]
		switch {
		case s.stopped, s.ended && (!handsOn || s.over == s.filled):
			s.mu.Unlock()
			return
		case handsOn && *first != nil:
			s.finish(first)
		case works && !s.ended && !s.filling && len(s.free) > 0:
			s.fill(worker)
		default:
			s.changed.Wait()
		}
	}
}

// fill fills a chunk and works on it.
func (s *sequence[C]) fill(worker int) {
	c := s.free[len(s.free)-1]
	s.free, s.filling = s.free[:len(s.free)-1], true
	s.mu.Unlock()
	more, err := s.next(c)
	s.mu.Lock()
	s.filling = false
	s.changed.Broadcast()
	if !more || err != nil {
		s.ended = true
		s.fail(err)
		return
	}
	at := &s.worked[s.filled%len(s.worked)]
	s.filled++
	s.mu.Unlock()
	s.work(worker, c)
	s.mu.Lock()
	*at = c
	s.changed.Broadcast()
}

// finish is done with the first of the chunks that wait.
func (s *sequence[C]) finish(first **C) {
	c := *first
	*first = nil
	s.mu.Unlock()
	err := s.done(c)
	s.mu.Lock()
	s.over++
	s.free = append(s.free, c)
	if err != nil {
		s.stopped = true
		s.fail(err)
	}
	s.changed.Broadcast()
}

// fail keeps the first error; nil is none.
func (s *sequence[C]) fail(err error) {
	if s.failed == nil {
		s.failed = err
	}
}

// stop lets all goroutines end.
func (s *sequence[C]) stop() {
	s.mu.Lock()
	s.stopped = true
	s.changed.Broadcast()
	s.mu.Unlock()
}
