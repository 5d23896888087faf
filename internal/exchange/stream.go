package exchange

import (
	"io"
	"os"
)

// Stream is standard input that can be read anew: what is read of it is kept in a
// file of its own, in the directory for temporary files (TMPDIR), as it came, packed
// or not. Memory does not grow with it.
type Stream struct {
	in   io.Reader
	kept *os.File // nil where nothing is kept any more
	size int64
}

// NewStream keeps what is read of in.
func NewStream(in io.Reader) (*Stream, error) {
	f, err := os.CreateTemp("", "navicert-*.stream")
	if err != nil {
		return nil, err
	}
	// Where a system allows it the file has no name from now on, and leaves nothing
	// behind however the program ends.
	_ = os.Remove(f.Name())
	return &Stream{in: in, kept: f}, nil
}

// Read reads from the stream.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	if s.kept != nil && n > 0 {
		if _, failed := s.kept.Write(p[:n]); failed != nil {
			return 0, failed
		}
		s.size += int64(n)
	}
	return n, err
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
