package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// mostMessage is how long a message of the protocol may be, in bytes.
const mostMessage = 8 << 20

// ServeTools serves tools over two streams, a message a line, until the first
// ends. A line that is no message of JSON-RPC is answered with an error, and the
// next is read.
func ServeTools(ctx context.Context, tools *mcp.Server, in io.Reader, out io.Writer) error {
	shared := &whole{out: out}
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, mostMessage)
	return tools.Run(ctx, &mcp.IOTransport{Reader: io.NopCloser(&messages{scan: scan, out: shared}), Writer: shared})
}

// messages reads the lines that are messages.
type messages struct {
	scan *bufio.Scanner
	rest []byte // of a line that is one
	out  io.Writer
}

// Read implements [io.Reader].
func (m *messages) Read(p []byte) (int, error) {
	for len(m.rest) == 0 {
		if !m.scan.Scan() {
			switch err := m.scan.Err(); {
			case errors.Is(err, bufio.ErrTooLong):
				return 0, fmt.Errorf("a message is longer than the limit of %s", bytesText(mostMessage))
			case err != nil:
				return 0, err
			}
			return 0, io.EOF
		}
		line := bytes.TrimSpace(m.scan.Bytes())
		if len(line) == 0 {
			continue
		}
		if fault := messageFault(line); fault != nil {
			if err := m.refuse(fault); err != nil {
				return 0, err
			}
			continue
		}
		m.rest = append(line, '\n')
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// refuse answers a line that has no id to be answered under.
func (m *messages) refuse(fault *jsonrpc.Error) error {
	text, err := json.Marshal(struct {
		Version string         `json:"jsonrpc"`
		ID      *string        `json:"id"`
		Error   *jsonrpc.Error `json:"error"`
	}{"2.0", nil, fault})
	if err != nil {
		return err
	}
	_, err = m.out.Write(append(text, '\n'))
	return err
}

// messageFault says why a line is neither a message nor a list of messages; nil
// where it is one.
func messageFault(line []byte) *jsonrpc.Error {
	var syntax *json.SyntaxError
	if err := json.Unmarshal(line, new(json.RawMessage)); errors.As(err, &syntax) {
		return &jsonrpc.Error{Code: jsonrpc.CodeParseError, Message: fmt.Sprintf("not JSON: %s at column %d (the Model Context Protocol has one message of JSON-RPC a line)", syntax, syntax.Offset)}
	}
	all := []json.RawMessage{line}
	if line[0] == '[' {
		if err := json.Unmarshal(line, &all); err != nil || len(all) == 0 {
			return &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: "a list of no messages"}
		}
	}
	for _, text := range all {
		if _, err := jsonrpc.DecodeMessage(text); err != nil {
			return &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: fmt.Sprintf("no message of JSON-RPC 2.0: %s (begin with initialize)", err)}
		}
	}
	return nil
}

// whole writes a message at a time. It is not closed: the stream is another's.
type whole struct {
	mu  sync.Mutex
	out io.Writer
}

// Write implements [io.Writer].
func (w *whole) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// Close implements [io.Closer].
func (w *whole) Close() error { return nil }
