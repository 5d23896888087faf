package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"

	"github.com/danielgtaylor/huma/v2"

	"github.com/navicert/navicert/internal/inorder"
)

// streamRows is how many lines one worker of a stream takes at a time, and
// streamFullRows how many where each has a whole determination for an answer. The
// first worker takes one line, and each after it twice as many, so that the first
// answers go out at once.
const (
	streamRows     = 64
	streamFullRows = 8
)

// lines are lines of a stream that are answered together.
type lines struct {
	first int // number of the first, from 1
	text  [][]byte
	out   []byte
	err   error
}

// stream answers cases as they come, one a line.
func (s *Server) stream(ctx context.Context, in *determineInput) (*huma.StreamResponse, error) {
	if in.Key != "" {
		return nil, problemf(http.StatusUnprocessableEntity, "an Idempotency-Key is for a case or a list, and a stream is neither: send it again without one")
	}
	if err := s.streams.enter(ctx); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer s.streams.leave()
		p := s.patiently(&in.call, 0)
		if err := p.rc.EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			s.log.Warn("answers wait for the whole of a stream", "error", err)
		}
		hc.SetHeader("Content-Type", mediaNDJSON)
		hc.SetHeader("Cache-Control", "no-store")
		hc.SetHeader("Connection", "close") // it may end before all of it was read
		hc.SetStatus(http.StatusOK)
		_ = p.rc.Flush() // the client learns that it is read
		if err := s.streamTo(ctx, in, p); err != nil {
			// The answer is under way: what ended it is its last line.
			problem := p.problem(err)
			if problem == nil {
				problem = problemOf("body", err)
			}
			text, _ := json.Marshal(map[string]*Problem{"problem": problem}) // text alone: it cannot fail
			_, _ = p.Write(append(text, '\n'))
		}
	}}, nil
}

func (s *Server) streamTo(ctx context.Context, in *determineInput, p *patient) error {
	scan := bufio.NewReaderSize(p, 64<<10)
	number, rows, most := 0, 1, streamFullRows
	if in.Detail == "summary" {
		most = streamRows
	}
	next := func(c *lines) (bool, error) {
		c.first, c.text = number+1, c.text[:0]
		take := rows
		rows = min(2*rows, most)
		for len(c.text) < take {
			line, err := readLine(scan, s.limits.LineBytes)
			if err == nil || errors.Is(err, io.EOF) && len(line) > 0 {
				number++
				c.text = append(c.text, line)
			}
			switch {
			case errors.Is(err, io.EOF):
				return len(c.text) > 0, nil
			case err != nil && len(c.text) > 0:
				c.err = err // what came before is answered first
				return true, nil
			case err != nil:
				return false, err
			}
			if ahead, _ := scan.Peek(scan.Buffered()); bytes.IndexByte(ahead, '\n') < 0 {
				break // the next line is not here yet, and these are not to wait for it
			}
		}
		return true, nil
	}
	work := func(_ int, c *lines) {
		a := s.answerer(in)
		defer a.done()
		c.out = c.out[:0]
		for i, text := range c.text {
			if len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			place := fmt.Sprintf("line[%d]", c.first+i)
			var syntax *json.SyntaxError
			if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
				fault, _ := json.Marshal(Item{Problems: []Fault{{Location: place, Message: "not JSON: " + syntax.Error(), Line: c.first + i, Column: int(syntax.Offset)}}})
				c.out = append(c.out, fault...)
				a.counts[0]++
			} else {
				c.out = a.item(c.out, text, place, c.first+i)
			}
			c.out = append(c.out, '\n')
		}
		if err := a.keep(ctx); err != nil && c.err == nil {
			c.out, c.err = c.out[:0], err
		}
	}
	done := func(c *lines) error {
		if len(c.out) > 0 {
			if _, err := p.Write(c.out); err != nil {
				return err
			}
			_ = p.rc.Flush()
		}
		err := c.err
		c.err = nil
		return err
	}
	return inorder.Run(runtime.GOMAXPROCS(0), next, work, done)
}

// readLine reads a line without its end; it is the caller's.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > most {
			return nil, problemf(http.StatusRequestEntityTooLarge, "a line is longer than the limit of %s", bytesText(int64(most)))
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}
