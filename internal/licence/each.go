package licence

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/navicert/navicert/internal/inorder"
)

// statesOf is a page of objects with what was read of their states.
type statesOf[T any] struct {
	page   []Object
	states []T
	err    error
}

// eachObject calls fn for every object of a kind, in the store's order of ids, with
// what T holds of its state. States are read on every processor.
func eachObject[T any](ctx context.Context, r Reader, kind Kind, fn func(*T) error) error {
	after, more := "", true
	next := func(c *statesOf[T]) (_ bool, err error) {
		if !more {
			return false, nil
		}
		if c.page, err = r.ObjectsAfter(ctx, kind, after, objectStretch); err != nil {
			return false, err
		}
		if more = len(c.page) == objectStretch; more {
			after = c.page[objectStretch-1].Ref.ID
		}
		return true, nil
	}
	work := func(_ int, c *statesOf[T]) {
		c.states = make([]T, len(c.page))
		for i := range c.page {
			if err := json.Unmarshal(c.page[i].State, &c.states[i]); err != nil {
				c.err = fmt.Errorf("the state of %s cannot be read: %w", c.page[i].Ref, err)
				return
			}
		}
	}
	done := func(c *statesOf[T]) error {
		if c.err != nil {
			return c.err
		}
		for i := range c.states {
			if err := fn(&c.states[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return inorder.Run(runtime.GOMAXPROCS(0), next, work, done)
}
