package inorder

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

type chunk struct{ in, out []int }

func counting(to, size int) func(*chunk) (bool, error) {
	at := 0
	return func(c *chunk) (bool, error) {
		c.in = c.in[:0]
		for len(c.in) < size && at < to {
			c.in = append(c.in, at)
			at++
		}
		return len(c.in) > 0, nil
	}
}

func square(_ int, c *chunk) {
	time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
	c.out = c.out[:0]
	for _, n := range c.in {
		c.out = append(c.out, n*n)
	}
}

func TestRunKeepsTheOrder(t *testing.T) {
	for _, n := range []int{1, 2, 7} {
		var got []int
		if err := Run(n, counting(1000, 9), square, func(c *chunk) error { got = append(got, c.out...); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1000 || got[999] != 999*999 || !slices.IsSorted(got) {
			t.Errorf("on %d goroutines: %d results, in order %t", n, len(got), slices.IsSorted(got))
		}
	}
}

func TestRunEndsWithAnError(t *testing.T) {
	broken := errors.New("broken")
	next := counting(1000, 10)
	done := 0
	err := Run(3, func(c *chunk) (bool, error) {
		more, _ := next(c)
		if c.in[0] == 500 {
			return false, broken
		}
		return more, nil
	}, square, func(c *chunk) error { done += len(c.out); return nil })
	if !errors.Is(err, broken) || done != 500 {
		t.Errorf("next failed after 500: %v after %d", err, done)
	}
	var filled atomic.Int32
	next = counting(100000, 10)
	done = 0
	err = Run(3, func(c *chunk) (bool, error) { filled.Add(1); return next(c) }, square, func(c *chunk) error {
		if done += len(c.out); done >= 200 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || done != 200 || filled.Load() > 40 {
		t.Errorf("done failed after 200: %v after %d, %d chunks filled", err, done, filled.Load())
	}
}

// What comes in one by one is answered one by one.
func TestRunDoesNotHoldUp(t *testing.T) {
	for _, n := range []int{1, 2, 7} {
		asked := make(chan int)
		answered := make(chan int)
		go func() {
			defer close(asked)
			for i := range 20 {
				asked <- i
				if got := <-answered; got != i*i {
					t.Errorf("on %d goroutines %d is answered with %d", n, i, got)
				}
			}
		}()
		next := func(c *chunk) (bool, error) {
			i, ok := <-asked
			c.in = append(c.in[:0], i)
			return ok, nil
		}
		if err := Run(n, next, square, func(c *chunk) error { answered <- c.out[0]; return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRunReturnsTheFirstError(t *testing.T) {
	first, failed := errors.New("first"), make(chan struct{})
	next := counting(100, 10)
	err := Run(2, func(c *chunk) (bool, error) {
		if more, _ := next(c); more {
			return true, nil
		}
		close(failed)
		return false, first
	}, square, func(c *chunk) error {
		if c.out[0] < 81*81 {
			return nil
		}
		<-failed
		return errors.New("second")
	})
	if !errors.Is(err, first) {
		t.Errorf("got %v", err)
	}
}

// Another goroutine may find that there is nothing more when done has failed already.
func TestRunReturnsTheErrorOfDoneAtTheEnd(t *testing.T) {
	broken, refused := errors.New("broken"), make(chan struct{})
	next := counting(20, 10)
	err := Run(2, func(c *chunk) (bool, error) {
		more, err := next(c)
		if !more { // which the other goroutine is told while done is at the first chunk
			<-refused
			time.Sleep(20 * time.Millisecond)
		}
		return more, err
	}, func(worker int, c *chunk) {}, func(c *chunk) error {
		time.Sleep(20 * time.Millisecond)
		close(refused)
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// A loop body runs in done, and may leave as it likes.
func TestRunLeavesNothingBehindAPanic(t *testing.T) {
	var working atomic.Int32
	busy := func(n int, c *chunk) {
		working.Add(1)
		square(n, c)
		working.Add(-1)
	}
	defer func() {
		if p := recover(); p != "enough" || working.Load() != 0 {
			t.Errorf("done panicked: %v came, and %d goroutines worked on", p, working.Load())
		}
	}()
	_ = Run(4, counting(100000, 10), busy, func(c *chunk) error {
		if c.in[0] >= 500 {
			panic("enough")
		}
		return nil
	})
}
