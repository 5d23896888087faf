package navicert

import (
	"errors"
	"iter"
	"runtime"

	"github.com/navicert/navicert/internal/inorder"
)

// All answers cases one after the other, in their order, on every core. Each
// determination holds until the next one is asked for; the error is that of
// [Engine.Determine], and the determination then holds no answer. It reads ahead
// by some hundred cases, which must not change meanwhile.
func (e *Engine) All(cases iter.Seq[*Case]) iter.Seq2[*Determination, error] {
	const together = 64
	type chunk struct {
		cases   []*Case
		answers [together]Determination
		errs    [together]error
	}
	stopped := errors.New("the caller wants no more")
	return func(yield func(*Determination, error) bool) {
		next, stop := iter.Pull(cases)
		defer stop()
		read := func(c *chunk) (bool, error) {
			c.cases = c.cases[:0]
			for len(c.cases) < together {
				one, ok := next()
				if !ok {
					break
				}
				c.cases = append(c.cases, one)
			}
			return len(c.cases) > 0, nil
		}
		work := func(_ int, c *chunk) {
			for i, one := range c.cases {
				c.errs[i] = e.Append(&c.answers[i], one)
			}
		}
		// The only error is the caller's own wish to stop.
		_ = inorder.Run(runtime.GOMAXPROCS(0), read, work, func(c *chunk) error {
			for i := range c.cases {
				if !yield(&c.answers[i], c.errs[i]) {
					return stopped
				}
			}
			return nil
		})
	}
}
