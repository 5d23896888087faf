package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/navicert/navicert"
)

// Problem is an error as RFC 9457 has it. It names each fault with its place and
// the way out.
type Problem struct {
	Type   string  `json:"type" format:"uri-reference" doc:"about:blank, or the address of what is said about problems of this type"`
	Title  string  `json:"title" doc:"the status in words"`
	Status int     `json:"status" doc:"the HTTP status"`
	Detail string  `json:"detail" doc:"what is wrong, in a sentence"`
	Errors []Fault `json:"errors,omitempty" doc:"each fault by itself"`
	Code   string  `json:"code,omitempty" doc:"of a refusal of the licence desk, for programs: overdraw, claimed, countersign-missing"`

	retry int // seconds after which to try again
}

// Fault is one fault of a request.
type Fault struct {
	Location string `json:"location,omitempty" doc:"where it is: body.facts.goods.Dy, body[3].goods, query.on"`
	Message  string `json:"message" doc:"what is wrong there"`
	Hint     string `json:"hint,omitempty" doc:"the way out"`
	Line     int    `json:"line,omitempty" doc:"of the body, from 1"`
	Column   int    `json:"column,omitempty" doc:"in that line, from 1"`
}

// Error gives the fault in one line.
func (f Fault) Error() string {
	s := f.Message
	if f.Location != "" {
		s = f.Location + ": " + s
	}
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

// huma makes its own errors (a parameter that is no number) with a function of
// its package, and takes lists for nullable by default. Both are set here once:
// there is one form of problem, and lists are never null.
func init() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := problemf(status, "%s", message)
		defer p.plainly()
		for _, err := range errs {
			var own *Problem
			var detail huma.ErrorDetailer
			switch {
			case errors.As(err, &own):
				return own
			case errors.As(err, &detail):
				d := detail.ErrorDetail()
				f := Fault{Location: d.Location, Message: d.Message}
				if text, ok := d.Value.(string); ok && text != "" && len(text) <= mostQuoted && d.Location != "body" {
					f.Message = fmt.Sprintf("%q: %s", text, d.Message)
				}
				p.Errors = append(p.Errors, f)
			case status < http.StatusInternalServerError && err != nil:
				p.Errors = append(p.Errors, Fault{Message: err.Error()})
			}
		}
		return p
	}
}

// plainly puts the first fault into the detail where huma says only that there
// are faults, and adds the way out to those of its own words.
func (p *Problem) plainly() {
	for i := range p.Errors {
		f := &p.Errors[i]
		name := f.Location[strings.LastIndex(f.Location, ".")+1:]
		switch f.Message {
		case "unknown query parameter", "unexpected property":
			f.Hint = "/v1/docs lists those of each operation"
		case "required query parameter is missing":
			f.Hint = "add " + name + "=…"
		}
		for end, hint := range map[string]string{"invalid boolean": "true or false", "invalid integer": "a whole number, like 100"} {
			if strings.HasSuffix(f.Message, end) {
				f.Hint = hint
			}
		}
	}
	if p.Detail == "validation failed" && len(p.Errors) > 0 {
		p.Detail = p.Errors[0].Error()
		if n := len(p.Errors) - 1; n > 0 {
			p.Detail += fmt.Sprintf(", and %d more", n)
		}
	}
}

// mostQuoted is how long what was sent may be to be quoted, in bytes.
const mostQuoted = 80

func problemf(status int, format string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders says when to try again, and ends a connection on which the rest of a
// body may still come.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusRequestTimeout || p.Status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close")
	}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retry))
	}
	return h
}

// write writes the problem outside of huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

// problemOf is an error of the engine, of a case at a place, as a problem.
func problemOf(place string, err error) *Problem {
	var own *Problem
	if errors.As(err, &own) {
		return own
	}
	p := problemf(http.StatusUnprocessableEntity, "%s", err)
	if faults := faultsOf(place, err); len(faults) > 0 {
		p.Errors = faults
		p.Detail = "the case cannot be answered: " + faults[0].Error()
		if n := len(faults) - 1; n > 0 {
			p.Detail += fmt.Sprintf(", and %d more", n)
		}
	}
	return p
}

// faultsOf are the faults of a case, each with its place in the request.
func faultsOf(place string, err error) []Fault {
	var problems navicert.Problems
	if !errors.As(err, &problems) {
		return []Fault{{Location: place, Message: err.Error()}}
	}
	out := make([]Fault, len(problems))
	for i, p := range problems {
		out[i] = Fault{Location: place, Message: p.Message, Hint: p.Hint, Line: p.Line, Column: p.Column}
		if p.Field != "" {
			out[i].Location = place + "." + p.Field
		}
	}
	return out
}
