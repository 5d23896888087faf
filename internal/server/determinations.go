package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/navicert/navicert"
)

type determineInput struct {
	call
}

// raw is an answer whose bytes are made already.
type raw struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (s *Server) determinations(api huma.API) {
	reg := api.OpenAPI().Components.Schemas
	document := reg.Schema(reflect.TypeFor[navicert.Document](), true, "Document")
	huma.Register(api, huma.Operation{
		OperationID: "determine", Method: http.MethodPost, Path: "/v1/determinations", Tags: []string{"Determinations"},
		Summary: "Answer a case",
		Responses: map[string]*huma.Response{"200": {Description: "The answer, sealed.",
			Content: map[string]*huma.MediaType{"application/json": {Schema: document}}}},
	}, s.determine)
	reads(api, "/v1/determinations", map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object"}}})
}

func (s *Server) determine(ctx context.Context, in *determineInput) (*raw, error) {
	body, err := s.readJSON(&in.call)
	if err != nil {
		return nil, err
	}
	if err := s.work.enter(ctx); err != nil {
		return nil, err
	}
	defer s.work.leave()
	answer, err := s.answer(body)
	if err != nil {
		return nil, problemOf("body", err)
	}
	return &raw{ContentType: "application/json", CacheControl: "no-store", Body: answer}, nil
}

// answer is the sealed answer to a case or a consignment.
func (s *Server) answer(body []byte) ([]byte, error) {
	c, err := navicert.ParseConsignment(body, "body")
	if err != nil {
		return nil, err
	}
	s.setToday(&c.Case)
	if len(c.Lines) > 0 {
		d, err := s.engine.DetermineEntry(c)
		if err != nil {
			return nil, err
		}
		return d.Document().JSON()
	}
	d, err := s.engine.Determine(c.Case)
	if err != nil {
		return nil, err
	}
	return d.Document().JSON()
}

// setToday gives a case the days it does not name.
func (s *Server) setToday(c *navicert.Case) {
	today := s.today()
	if c.On == "" && c.Entered == "" && c.Exported == "" {
		c.On = today
	}
	if c.Known == "" {
		c.Known = today
	}
}

// today is the day on the clock of the server.
func (s *Server) today() string { return s.now().Format("2006-01-02") }

// readJSON reads a body of JSON within the limits.
func (s *Server) readJSON(c *call) ([]byte, error) {
	if err := wants(c.r, "application/json"); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, s.limits.BodyBytes))
	if err != nil {
		return nil, s.bodyProblem(err, s.limits.BodyBytes)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, problemf(http.StatusBadRequest, `the body is empty: send a case, at least {"goods": …, "from": …, "to": …}`)
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, new(json.RawMessage)); errors.As(err, &syntax) {
		line, column := position(body, syntax.Offset)
		p := problemf(http.StatusBadRequest, "the body is not JSON: line %d, column %d: %s", line, column, syntax)
		p.Errors = []Fault{{Location: "body", Message: syntax.Error(), Line: line, Column: column}}
		return nil, p
	}
	return body, nil
}

// bodyProblem says why a body could not be read to its end.
func (s *Server) bodyProblem(err error, most int64) *Problem {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problemf(http.StatusRequestEntityTooLarge, "the body is larger than the limit of %s", bytesText(most))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "the body did not come within the limit of %s", s.limits.BodyTime)
	}
	return problemf(http.StatusBadRequest, "the body could not be read: %s", err)
}

// position is where an offset is in a text, both from 1.
func position(text []byte, offset int64) (line, column int) {
	before := text[:min(max(offset-1, 0), int64(len(text)))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

// wants refuses bodies of other media types. One that says none is taken for the
// first.
func wants(r *http.Request, types ...string) error {
	if r.Header.Get("Content-Type") == "" {
		return nil
	}
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil {
		for _, t := range types {
			if got == t {
				return nil
			}
		}
	}
	return problemf(http.StatusUnsupportedMediaType, "%s", fmt.Sprintf("the Content-Type %q is none that is read here: %v", r.Header.Get("Content-Type"), types))
}
