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
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/store"
)

const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaZIP    = "application/zip"
)

// Case is a case as the API reads it: what the document says of bodies that are
// read by [navicert.ParseConsignment].
type Case struct {
	Reference   string         `json:"reference,omitempty" doc:"the asker's own words; it comes back in lists and streams"`
	Description string         `json:"description,omitempty" doc:"the asker's own words"`
	Goods       string         `json:"goods,omitempty" doc:"goods code, with or without dots" example:"8505.11.00.70"`
	From        string         `json:"from" doc:"country that the goods leave" example:"CN"`
	To          string         `json:"to" doc:"country that they enter" example:"US"`
	Origin      string         `json:"origin,omitempty" doc:"country of origin; absent: the one in from is presumed"`
	On          string         `json:"on,omitempty" doc:"day or instant for which the law is asked; absent: today" example:"2025-06-15"`
	Entered     string         `json:"entered,omitempty" doc:"in its place for the law of entry"`
	Exported    string         `json:"exported,omitempty" doc:"in its place for the law of export"`
	Known       string         `json:"known,omitempty" doc:"what was announced by this day counts; absent: today"`
	Value       string         `json:"value,omitempty" doc:"customs value" example:"10000 USD"`
	Quantity    []string       `json:"quantity,omitempty" doc:"quantities" example:"[\"120 kg\"]"`
	Facts       map[string]any `json:"facts,omitempty" doc:"facts by name, see /v1/facts"`
	Closed      bool           `json:"closed,omitempty" doc:"every fact not given is known to be absent"`
	Only        string         `json:"only,omitempty" enum:"import,export" doc:"one leg alone"`
	Lines       []CaseLine     `json:"lines,omitempty" doc:"the lines of one entry, with what differs from the case"`
}

// CaseLine is one line of an entry.
type CaseLine struct {
	Reference string         `json:"reference,omitempty"`
	Goods     string         `json:"goods,omitempty"`
	From      string         `json:"from,omitempty"`
	Origin    string         `json:"origin,omitempty"`
	Value     string         `json:"value,omitempty"`
	Quantity  []string       `json:"quantity,omitempty"`
	Facts     map[string]any `json:"facts,omitempty"`
}

// Item is the answer to one of several cases, or what is wrong with it.
type Item struct {
	Reference string             `json:"reference,omitempty" doc:"of the case"`
	Answer    *navicert.Document `json:"answer,omitempty" doc:"the answer; a Summary under detail=summary, an EntryDocument where the case has lines"`
	Problems  []Fault            `json:"problems,omitempty" doc:"why there is none"`
}

// Verdict says whether an answer can be had again.
type Verdict struct {
	Digest   string `json:"digest"`
	Verified bool   `json:"verified" doc:"the same case on the same packs gives the same bytes"`
	Reason   string `json:"reason,omitempty" doc:"why not"`
}

type determineInput struct {
	call
	Detail string `query:"detail" enum:"full,summary" default:"full" doc:"full: the sealed answer with near misses, questions, claims and coming changes; summary: outcome, duty and lines"`
	Keep   bool   `query:"keep" doc:"keep the sealed answers, to be had under their digests"`
	Key    string `header:"Idempotency-Key" doc:"with keep: the reply to a request with the same key is given again for a day"`
}

type digestInput struct {
	Digest string `path:"digest" doc:"the seal of the answer: sha256:…" pattern:"^sha256:[0-9a-f]{64}$"`
}

// raw is an answer whose bytes are made already.
type raw struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Location     string `header:"Location"`
	ETag         string `header:"ETag"`
	Status       int
	Body         []byte
}

func (s *Server) determinations(api huma.API) {
	reg := api.OpenAPI().Components.Schemas
	schema := func(t reflect.Type) *huma.Schema { return reg.Schema(t, true, t.Name()) }
	document, entry, summary := schema(reflect.TypeFor[navicert.Document]()), schema(reflect.TypeFor[navicert.EntryDocument]()), schema(reflect.TypeFor[Summary]())
	items := &huma.Schema{Type: huma.TypeArray, Items: schema(reflect.TypeFor[Item]())}
	answer := named(reg, "Answered", &huma.Schema{Description: "One answer, or an item for each case of a list.", OneOf: []*huma.Schema{document, entry, summary, items}})
	one := schema(reflect.TypeFor[Case]())
	several := named(reg, "Asked", &huma.Schema{Description: "One case, or a list of cases.", OneOf: []*huma.Schema{one, {Type: huma.TypeArray, Items: one, MaxItems: &s.limits.Cases}}})
	sealed := named(reg, "Sealed", &huma.Schema{Description: "A sealed answer.", OneOf: []*huma.Schema{document, entry}})

	const path = "/v1/determinations"
	huma.Register(api, huma.Operation{
		OperationID: "determine", Method: http.MethodPost, Path: path, Tags: []string{"Determinations"}, Summary: "Answer a case, or several",
		Description: fmt.Sprintf("One case, or a list of up to %d, as JSON; any number as NDJSON, one a line, answered in their order while they come. "+
			"A single answer is the sealed document itself, and a case that cannot be answered is a problem. In lists and streams each case has an item of its own, "+
			"and one that cannot be answered keeps no other from it.", s.limits.Cases),
		Responses: map[string]*huma.Response{"200": {Description: "The answer, or an item for each case.", Content: map[string]*huma.MediaType{
			mediaJSON: {Schema: answer}, mediaNDJSON: {Schema: schema(reflect.TypeFor[Item]())}}}},
		Errors: []int{400, 408, 409, 413, 415, 422, 503},
	}, s.determine)
	reads(api, path, map[string]*huma.MediaType{mediaJSON: {Schema: several}, mediaNDJSON: {Schema: one}})

	huma.Register(api, huma.Operation{
		OperationID: "get-determination", Method: http.MethodGet, Path: path + "/{digest}", Tags: []string{"Determinations"}, Summary: "A kept answer",
		Responses: map[string]*huma.Response{"200": {Description: "The answer, byte for byte as it was sealed.", Content: map[string]*huma.MediaType{
			mediaJSON: {Schema: sealed}}}},
		Errors: []int{404},
	}, func(ctx context.Context, in *digestInput) (*raw, error) {
		a, err := s.store.Answer(ctx, in.Digest)
		if err != nil {
			return nil, notKept(err, in.Digest)
		}
		return &raw{ContentType: mediaJSON, CacheControl: "private, max-age=31536000, immutable", ETag: `"` + a.Digest + `"`, Status: http.StatusOK, Body: a.Document}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "verify-determination", Method: http.MethodPost, Path: path + "/{digest}/verify", Tags: []string{"Determinations"},
		Summary: "Answer a kept answer's case again, and compare the bytes", Errors: []int{404, 503},
	}, func(ctx context.Context, in *digestInput) (*struct{ Body Verdict }, error) {
		a, err := s.store.Answer(ctx, in.Digest)
		if err != nil {
			return nil, notKept(err, in.Digest)
		}
		if err := s.work.enter(ctx); err != nil {
			return nil, err
		}
		defer s.work.leave()
		v := Verdict{Digest: a.Digest, Verified: true}
		if err := s.engine.Verify(a.Document); err != nil {
			v.Verified, v.Reason = false, err.Error()
		}
		return &struct{ Body Verdict }{v}, nil
	})
}

func notKept(err error, digest string) error {
	if errors.Is(err, store.ErrNotFound) {
		return problemf(http.StatusNotFound, "no answer with the digest %s is kept (POST /v1/determinations?keep=true keeps answers)", digest)
	}
	return err
}

func (s *Server) determine(ctx context.Context, in *determineInput) (*huma.StreamResponse, error) {
	media, err := wants(in.r, mediaJSON, mediaNDJSON)
	if err != nil {
		return nil, err
	}
	if media == mediaNDJSON {
		return s.stream(ctx, in)
	}
	body, err := s.readJSON(&in.call)
	if err != nil {
		return nil, err
	}
	do := func() (store.Reply, error) { return s.reply(ctx, in, body) }
	var r store.Reply
	if in.Keep {
		r, err = s.once(ctx, "POST /v1/determinations", in.Key, digestOf(in.Detail, string(body)), do)
	} else {
		r, err = do() // nothing is written: a key has nothing to guard
	}
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", r.Type)
		hc.SetHeader("Cache-Control", "no-store")
		if r.Location != "" {
			hc.SetHeader("Location", r.Location)
		}
		hc.SetStatus(r.Status)
		_, _ = hc.BodyWriter().Write(r.Body) // the client may be gone
	}}, nil
}

// reply answers a body of one case or several.
func (s *Server) reply(ctx context.Context, in *determineInput, body []byte) (store.Reply, error) {
	if err := s.work.enter(ctx); err != nil {
		return store.Reply{}, err
	}
	defer s.work.leave()
	a := s.answerer(in)
	defer a.done()
	r := store.Reply{Status: http.StatusOK, Type: mediaJSON}
	if body[0] != '[' {
		text, err := a.answer(body, "body")
		if err != nil {
			return store.Reply{}, problemOf("body", err)
		}
		r.Body = text
		if in.Keep {
			r.Location = "/v1/determinations/" + a.kept[0].Digest
		}
		return r, a.keep(ctx)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(body, &cases); err != nil {
		return store.Reply{}, err
	}
	if len(cases) > s.limits.Cases {
		return store.Reply{}, problemf(http.StatusRequestEntityTooLarge, "the list has %d cases, and %d is the limit: send them as a stream, %s", len(cases), s.limits.Cases, mediaNDJSON)
	}
	out := []byte{'['}
	for i, c := range cases {
		if err := ctx.Err(); err != nil {
			return store.Reply{}, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = a.item(out, c, fmt.Sprintf("body[%d]", i), 0)
	}
	r.Body = append(out, ']')
	return r, a.keep(ctx)
}

// answerer answers cases one after the other.
type answerer struct {
	s      *Server
	brief  bool
	keeps  bool
	d      *navicert.Determination
	kept   []store.Answer
	counts [2]int // not answered, answered
}

func (s *Server) answerer(in *determineInput) *answerer {
	return &answerer{s: s, brief: in.Detail == "summary", keeps: in.Keep, d: s.spare.Get().(*navicert.Determination)}
}

// done gives the memory back, and counts.
func (a *answerer) done() {
	a.s.spare.Put(a.d)
	a.s.metrics.answered(a.counts[0], false)
	a.s.metrics.answered(a.counts[1], true)
}

// keep keeps the sealed answers given so far, where that is asked for.
func (a *answerer) keep(ctx context.Context) error {
	if len(a.kept) == 0 {
		return nil
	}
	kept := a.kept
	a.kept = a.kept[:0]
	return a.s.store.KeepAnswers(ctx, kept...)
}

// sealed is an answer that can be sealed.
type sealed interface {
	Seal() error
	JSON() ([]byte, error)
}

// answer answers a case or a consignment. Its place is that of its problems.
func (a *answerer) answer(body []byte, place string) (text []byte, err error) {
	defer func() {
		n := 1
		if err != nil {
			n = 0
		}
		a.counts[n]++
	}()
	c, err := navicert.ParseConsignment(body, place)
	if err != nil {
		return nil, err
	}
	a.s.setToday(&c.Case)
	if len(c.Lines) > 0 {
		if a.brief {
			return nil, navicert.Problems{{Field: "lines", Message: "there is no summary of an entry with several lines", Hint: "ask with detail=full, or each line by itself"}}
		}
		d, err := a.s.engine.DetermineEntry(c)
		if err != nil {
			return nil, err
		}
		doc := d.Document()
		if err := doc.Seal(); err != nil {
			return nil, err
		}
		return a.sealed(doc, doc.Digest, doc.Schedule.Digest)
	}
	if err := a.s.engine.Append(a.d, &c.Case); err != nil {
		return nil, err
	}
	if a.brief && !a.keeps {
		return json.Marshal(a.s.summary(a.d, &c.Case, ""))
	}
	doc := a.d.Document()
	if err := doc.Seal(); err != nil {
		return nil, err
	}
	text, err = a.sealed(doc, doc.Digest, doc.Schedule.Digest)
	if err == nil && a.brief {
		return json.Marshal(a.s.summary(a.d, &c.Case, doc.Digest))
	}
	return text, err
}

// sealed is the text of an answer, which is remembered where it is to be kept.
func (a *answerer) sealed(doc sealed, digest, schedule string) ([]byte, error) {
	text, err := doc.JSON()
	if err == nil && a.keeps {
		a.kept = append(a.kept, store.Answer{Digest: digest, Schedule: schedule, Kept: a.s.now(), Document: text})
	}
	return text, err
}

// item appends the item of a case, which is a line of a stream or, where line is
// 0, a member of a list.
func (a *answerer) item(out, body []byte, place string, line int) []byte {
	reference := referenceOf(body)
	text, err := a.answer(body, place)
	if err != nil {
		faults := faultsOf(place, err)
		for i := range faults {
			faults[i].Line = line
			if line == 0 {
				faults[i].Column = 0
			}
		}
		text, _ := json.Marshal(Item{Reference: reference, Problems: faults}) // text alone: it cannot fail
		return append(out, text...)
	}
	out = append(out, '{')
	if reference != "" {
		name, _ := json.Marshal(reference)
		out = append(append(append(out, `"reference":`...), name...), ',')
	}
	out = append(append(out, `"answer":`...), text...)
	return append(out, '}')
}

// referenceOf is the asker's own name of a case.
func referenceOf(body []byte) string {
	if !bytes.Contains(body, []byte(`"reference"`)) {
		return ""
	}
	var c struct {
		Reference any `json:"reference"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&c) != nil || c.Reference == nil {
		return ""
	}
	return fmt.Sprint(c.Reference)
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

// readJSON reads a body of JSON within the limits, without the blanks around it.
func (s *Server) readJSON(c *call) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, s.limits.BodyBytes))
	if err != nil {
		return nil, s.bodyProblem(err)
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
	return bytes.TrimSpace(body), nil
}

// bodyProblem says why a body of JSON could not be read to its end.
func (s *Server) bodyProblem(err error) *Problem {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problemf(http.StatusRequestEntityTooLarge, "the body is larger than the limit of %s", bytesText(s.limits.BodyBytes))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemf(http.StatusRequestTimeout, "the body did not come within the limit of %s", s.limits.BodyTime)
	}
	return problemf(http.StatusBadRequest, "the body could not be read: %s", err)
}

// unpacked refuses a body that is packed.
func unpacked(r *http.Request, remedy string) error {
	if packing := r.Header.Get("Content-Encoding"); packing != "" && packing != "identity" {
		return problemf(http.StatusUnsupportedMediaType, "a body in the Content-Encoding %q is not read here (%s)", packing, remedy)
	}
	return nil
}

// position is where an offset is in a text, both from 1.
func position(text []byte, offset int64) (line, column int) {
	before := text[:min(max(offset-1, 0), int64(len(text)))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

// wants returns the media type of a body, and refuses others. A body that says
// none is taken for the first.
func wants(r *http.Request, types ...string) (string, error) {
	if err := unpacked(r, "send the body as it is"); err != nil {
		return "", err
	}
	said := r.Header.Get("Content-Type")
	if said == "" {
		return types[0], nil
	}
	got, _, err := mime.ParseMediaType(said)
	if err != nil || !slices.Contains(types, got) {
		return "", problemf(http.StatusUnsupportedMediaType, "the Content-Type %q is none that is read here: it is one of %s", said, strings.Join(types, ", "))
	}
	return got, nil
}
