package exchange

import (
	"context"
	"io"
	"os"
)

// Stream is standard input that can be read anew: what is read of it is kept in a
// file of its own, in the directory for temporary files (TMPDIR), as it came, packed
// or not. Memory does not grow with it.
type Stream struct {
	ctx    context.Context
	in     io.Reader
	buffer []byte
	came   chan came
	rest   []byte   // of the buffer, not yet read
	failed error    // that comes after the rest
	kept   *os.File // nil where nothing is kept any more
	size   int64
}

// came is what one reading of a stream brought.
type came struct {
	n   int
	err error
}

// NewStream keeps what is read of in. Reading ends once ctx is done, even where in
// has nothing to say and does not end.
func NewStream(ctx context.Context, in io.Reader) (*Stream, error) {
	f, err := temporary("navicert-*.stream")
	if err != nil {
		return nil, err
	}
	return &Stream{ctx: ctx, in: in, buffer: make([]byte, 1<<16), came: make(chan came, 1), kept: f}, nil
}

// temporary opens a file in the directory for temporary files. Where a system allows it
// the file has no name from now on, and leaves nothing behind however the program ends;
// elsewhere it is to be removed.
func temporary(pattern string) (*os.File, error) {
	f, err := os.CreateTemp("", pattern)
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	return f, nil
}

// Read reads from the stream.
func (s *Stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	if s.kept != nil {
		if _, err := s.kept.Write(p[:n]); err != nil {
			return 0, err
		}
		s.size += int64(n)
	}
	return n, nil
}

// fill waits for more, or for the end of the context: then what is still to come is
// left to come, and nobody reads again.
func (s *Stream) fill() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.failed != nil {
		return s.failed
	}
	go func() {
		n, err := s.in.Read(s.buffer)
		s.came <- came{n, err}
	}()
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case c := <-s.came:
		s.rest, s.failed = s.buffer[:c.n], c.err
		if c.n == 0 {
			return s.failed
		}
		return nil
	}
}

// Keep reads the stream to its end, so that it can be read again.
func (s *Stream) Keep() error {
	_, err := io.Copy(io.Discard, s)
	return err
}

// Again reads what was kept from its beginning.
func (s *Stream) Again() io.Reader { return io.NewSectionReader(s.kept, 0, s.size) }

// Forget keeps no more: the stream is read once.
func (s *Stream) Forget() {
	if s.kept != nil {
		s.kept.Close()
		_ = os.Remove(s.kept.Name())
		s.kept = nil
	}
}
