// Package inorder works through a sequence on several goroutines and hands on
// the results in the order of the sequence, with memory that does not grow with
// its length.
package inorder

import "sync"

// Run lets next fill chunks, work each of them on one of n goroutines, and hands
// them to done in the order in which they were filled. next returns false when
// there is nothing more; it and done are each called from one goroutine at a
// time. work is given the number of its goroutine, from 0. A chunk is used again
// once done has returned. The first error of next or done ends the run and is
// returned; what was filled before an error of next is still done.
func Run[C any](n int, next func(*C) (bool, error), work func(worker int, c *C), done func(*C) error) error {
	type job struct {
		c     *C
		ready chan struct{}
	}
	free := make(chan *C, 2*n+1)
	for range cap(free) {
		free <- new(C)
	}
	todo, order := make(chan job), make(chan job, cap(free))
	stop := make(chan struct{})
	var failed error
	var all sync.WaitGroup
	all.Go(func() {
		defer close(order)
		defer close(todo)
		for {
			var c *C
			select {
			case c = <-free:
			case <-stop:
				return
			}
			more, err := next(c)
			if !more || err != nil {
				failed = err
				return
			}
			j := job{c, make(chan struct{})}
			order <- j // it has room for all chunks
			select {
			case todo <- j:
			case <-stop:
				return
			}
		}
	})
	for w := range n {
		all.Go(func() {
			for j := range todo {
				work(w, j.c)
				close(j.ready)
			}
		})
	}
	var err error
	for j := range order {
		if err != nil {
			continue // empty it
		}
		<-j.ready
		if err = done(j.c); err != nil {
			close(stop)
			continue
		}
		free <- j.c
	}
	all.Wait()
	if err != nil {
		return err
	}
	return failed
}
