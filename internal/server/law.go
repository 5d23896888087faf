package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Dates are the two dates of a question about the law.
type Dates struct {
	On    string `query:"on" doc:"day or instant for which the law is asked; absent: today" example:"2025-06-15"`
	Known string `query:"known" doc:"what was announced by this day counts; absent: today"`
}

// Paging asks for a part of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"at most so many"`
	Cursor string `query:"cursor" doc:"what the page before gave as next"`
}

// cached is the answer to a question about the law: it stays the same until the
// packs change, or the day where the question names none.
type cached[T any] struct {
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func answerOf[T any](s *Server, body T) *cached[T] {
	return &cached[T]{ETag: s.tag(), CacheControl: "no-cache", Body: body}
}

// tag names the law, the day and the program. It is weak: what is sent may be
// packed.
func (s *Server) tag() string {
	return fmt.Sprintf(`W/"%.16s.%s.%s"`, strings.TrimPrefix(s.engine.Digest(), "sha256:"), s.today(), s.version)
}

// unchanged answers those who hold the same already.
func (s *Server) unchanged(ctx huma.Context, next func(huma.Context)) {
	tag := s.tag()
	if slices.ContainsFunc(strings.Split(ctx.Header("If-None-Match"), ","), func(t string) bool { return strings.TrimSpace(t) == tag }) {
		ctx.SetHeader("ETag", tag)
		ctx.SetHeader("Cache-Control", "no-cache")
		ctx.SetStatus(http.StatusNotModified)
		return
	}
	next(ctx)
}

// page is a part of a list, from the cursor on.
func page[T any](p Paging, all []T, key func(T) string) (part []T, next string, err error) {
	start := 0
	if p.Cursor != "" {
		last, err := base64.RawURLEncoding.DecodeString(p.Cursor)
		at := slices.IndexFunc(all, func(v T) bool { return key(v) == string(last) })
		if err != nil || at < 0 {
			return nil, "", invalid("query.cursor", "it is no cursor of this list, or the law has changed since", "begin again without it")
		}
		start = at + 1
	}
	end := min(start+p.Limit, len(all))
	if end < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte(key(all[end-1])))
	}
	return all[start:end], next, nil
}

// invalid is the problem of one parameter.
func invalid(location, message, hint string) *Problem {
	f := Fault{Location: location, Message: message, Hint: hint}
	p := problemf(http.StatusUnprocessableEntity, "%s", f.Error())
	p.Errors = []Fault{f}
	return p
}

// parse reads a parameter; the problem names it.
func parse[T any](location, text string, read func(string) (T, error)) (T, error) {
	v, err := read(text)
	if err != nil {
		return v, invalid(location, err.Error(), "")
	}
	return v, nil
}

// read fills in today and reads the two dates.
func (d *Dates) read(s *Server) (on quantity.Moment, known quantity.Date, err error) {
	d.On, d.Known = cmp.Or(d.On, s.today()), cmp.Or(d.Known, s.today())
	if on, err = parse("query.on", d.On, quantity.ParseMoment); err != nil {
		return on, known, err
	}
	known, err = parse("query.known", d.Known, quantity.ParseDate)
	return on, known, err
}

func country(location, text string) (nomenclature.Country, error) {
	if text == "" {
		return "", nil
	}
	return parse(location, text, nomenclature.ParseCountry)
}

// Movement says what a measure is to be able to cover.
type Movement struct {
	Goods  string `query:"goods" doc:"goods code"`
	From   string `query:"from" doc:"country that the goods leave"`
	To     string `query:"to" doc:"country that they enter"`
	Origin string `query:"origin" doc:"country of origin"`
}

func (m *Movement) filter() (f catalogue.Filter, err error) {
	if m.Goods != "" {
		if f.Goods, err = parse("query.goods", m.Goods, nomenclature.ParseCode); err != nil {
			return f, err
		}
	}
	for _, c := range []struct {
		name, text string
		into       *nomenclature.Country
	}{{"from", m.From, &f.From}, {"to", m.To, &f.To}, {"origin", m.Origin, &f.Origin}} {
		if *c.into, err = country("query."+c.name, c.text); err != nil {
			return f, err
		}
	}
	return f, nil
}

type measuresInput struct {
	Dates
	Paging
	Movement
	All bool `query:"all" doc:"also those that had not started or had ended"`
}

// Measures is a page of measures.
type Measures struct {
	On       string              `json:"on"`
	Known    string              `json:"known"`
	Measures []catalogue.Measure `json:"measures"`
	Left     int                 `json:"left" doc:"how many had not started or had ended and were left out (all=true)"`
	Next     string              `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
}

// Instruments is a page of instruments.
type Instruments struct {
	Instruments []catalogue.Instrument `json:"instruments"`
	Next        string                 `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
}

// Goods are lines of the schedules of goods.
type Goods struct {
	Words string                `json:"words"`
	On    string                `json:"on" doc:"the day of which the lines are: that asked for, or the first that is held"`
	Lines []catalogue.GoodsLine `json:"lines"`
	More  bool                  `json:"more" doc:"there are further lines (limit)"`
}

// Facts are what a case can state.
type Facts struct {
	Facts []catalogue.Fact `json:"facts"`
}

// Schedule is the law that this server answers by.
type Schedule struct {
	Digest       string           `json:"digest"`
	KnownThrough string           `json:"knownThrough" doc:"the earliest day of a last check of a pack"`
	Packs        []catalogue.Pack `json:"packs"`
	Program      string           `json:"program" doc:"version of the program"`
}

// Timeline is how an answer moves along law time.
type Timeline struct {
	Known string          `json:"known"`
	Steps []navicert.Step `json:"steps"`
}

type timelineInput struct {
	Movement
	Since string   `query:"since" required:"true" doc:"first day or instant, inside" example:"2025-01-01"`
	Until string   `query:"until" required:"true" doc:"last day or instant, outside" example:"2026-12-31"`
	Known string   `query:"known" doc:"what was announced by this day counts; absent: today"`
	Value string   `query:"value" doc:"customs value" example:"10000 USD"`
	Facts []string `query:"fact,explode" doc:"name=value of a fact; may be repeated"`
	Only  string   `query:"only" enum:"import,export" doc:"one leg alone"`
}

// get registers a question about the law.
func get[I, T any](s *Server, api huma.API, id, path, summary string, errors []int, handler func(context.Context, *I) (T, error)) {
	huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"Law"},
		Errors: append(errors, http.StatusUnprocessableEntity), Middlewares: huma.Middlewares{s.unchanged}},
		func(ctx context.Context, in *I) (*cached[T], error) {
			body, err := handler(ctx, in)
			if err != nil {
				return nil, err
			}
			return answerOf(s, body), nil
		})
}

func (s *Server) law(api huma.API) {
	get(s, api, "list-measures", "/v1/measures", "Measures, with what they are on a day", nil, s.getMeasures)
	get(s, api, "get-measure", "/v1/measures/{id}", "All about a measure: scope, acts, timeline, relations", []int{404}, s.getMeasure)
	get(s, api, "list-instruments", "/v1/instruments", "The law cited", nil, s.getInstruments)
	get(s, api, "get-instrument", "/v1/instruments/{id}", "An instrument, with the measures it acts on", []int{404}, s.getInstrument)
	get(s, api, "search-goods", "/v1/goods", "Find goods codes by words or digits", nil, s.getGoods)
	get(s, api, "list-facts", "/v1/facts", "What a case can state", nil, func(_ context.Context, in *struct {
		Word string `query:"q" doc:"facts whose name or question holds it"`
	}) (Facts, error) {
		return Facts{catalogue.Facts(s.engine, in.Word)}, nil
	})
	get(s, api, "get-schedule", "/v1/schedule", "The packs by which this server answers", nil, func(context.Context, *struct{}) (Schedule, error) {
		out := Schedule{Digest: s.engine.Digest(), Packs: catalogue.Packs(s.engine), Program: s.version}
		for _, p := range out.Packs {
			if out.KnownThrough == "" || p.KnownThrough < out.KnownThrough {
				out.KnownThrough = p.KnownThrough
			}
		}
		return out, nil
	})
	get(s, api, "get-timeline", "/v1/timeline", "How the answer to a case moves along law time", []int{503}, s.getTimeline)
}

func (s *Server) getMeasures(_ context.Context, in *measuresInput) (out Measures, err error) {
	on, known, err := in.read(s)
	if err != nil {
		return out, err
	}
	f, err := in.filter()
	if err != nil {
		return out, err
	}
	all, left := catalogue.Measures(s.engine, f, on, known, in.All)
	out = Measures{On: in.On, Known: in.Dates.Known, Left: left}
	out.Measures, out.Next, err = page(in.Paging, all, func(m catalogue.Measure) string { return m.ID })
	return out, err
}

func (s *Server) getMeasure(_ context.Context, in *struct {
	ID    string `path:"id" doc:"id of a measure"`
	Known string `query:"known" doc:"what was announced by this day counts; absent: today"`
}) (out catalogue.Explanation, err error) {
	known, err := parse("query.known", cmp.Or(in.Known, s.today()), quantity.ParseDate)
	if err != nil {
		return out, err
	}
	for _, m := range s.engine.Measures() {
		if m.ID == in.ID {
			return catalogue.Explain(s.engine, m, known), nil
		}
	}
	return out, problemf(http.StatusNotFound, "%q is not a measure (GET /v1/measures?all=true lists them)", in.ID)
}

func (s *Server) getInstruments(_ context.Context, in *Paging) (out Instruments, err error) {
	all, next, err := page(*in, s.engine.Instruments(), func(i *navicert.Instrument) string { return i.ID })
	out = Instruments{Instruments: make([]catalogue.Instrument, len(all)), Next: next}
	for i := range all {
		out.Instruments[i] = catalogue.InstrumentOf(all[i])
	}
	return out, err
}

func (s *Server) getInstrument(_ context.Context, in *struct {
	ID string `path:"id" doc:"id of an instrument"`
}) (out catalogue.Instrument, err error) {
	all := s.engine.Instruments()
	at := slices.IndexFunc(all, func(i *navicert.Instrument) bool { return i.ID == in.ID })
	if at < 0 {
		return out, problemf(http.StatusNotFound, "%q is not an instrument (GET /v1/instruments lists them)", in.ID)
	}
	out = catalogue.InstrumentOf(all[at])
	for _, m := range s.engine.Measures() {
		for i := range m.Acts {
			if m.Acts[i].By == all[at] && !slices.Contains(out.Measures, m.ID) {
				out.Measures = append(out.Measures, m.ID)
			}
		}
	}
	return out, nil
}

type goodsInput struct {
	Words string `query:"q" required:"true" minLength:"1" doc:"words of the designation, or the first digits of a code" example:"permanent magnet"`
	On    string `query:"on" doc:"lines in force on this day; absent: today"`
	To    string `query:"to" doc:"of the schedule of this country alone"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"20" doc:"at most so many of each schedule"`
}

func (s *Server) getGoods(_ context.Context, in *goodsInput) (out Goods, err error) {
	day := cmp.Or(in.On, s.today())
	on, err := parse("query.on", day, quantity.ParseMoment)
	if err != nil {
		return out, err
	}
	only, err := country("query.to", in.To)
	if err != nil {
		return out, err
	}
	lines, held, more := catalogue.Goods(s.engine, in.Words, on, only, in.Limit)
	return Goods{Words: in.Words, On: cmp.Or(held, day), Lines: lines, More: more}, nil
}

func (s *Server) getTimeline(ctx context.Context, in *timelineInput) (out Timeline, err error) {
	c := navicert.Case{Goods: in.Goods, From: in.From, To: in.To, Origin: in.Origin, Known: cmp.Or(in.Known, s.today()), Value: in.Value, Only: in.Only}
	for _, text := range in.Facts {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return out, invalid("query.fact", fmt.Sprintf("%q is not name=value", text), "fact=goods.Dy=0")
		}
		if c.Facts == nil {
			c.Facts = map[string]string{}
		}
		c.Facts[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	if err := s.work.enter(ctx); err != nil {
		return out, err
	}
	defer s.work.leave()
	steps, err := s.engine.Timeline(c, in.Since, in.Until)
	if err != nil {
		return out, problemOf("query", sinceFaults(err))
	}
	return Timeline{c.Known, steps}, nil
}

// sinceFaults names the day of the first step as a timeline is asked for it.
func sinceFaults(err error) error {
	var problems navicert.Problems
	if errors.As(err, &problems) {
		for i := range problems {
			if problems[i].Field == "on" {
				problems[i].Field = "since"
			}
		}
	}
	return err
}

// compareInput is two cases.
type compareInput struct {
	call
}

// Comparing is two cases whose answers are to be compared: most often one case on
// two days, or as known on two days.
type Comparing struct {
	Before Case `json:"before"`
	After  Case `json:"after"`
}

func (s *Server) comparison(api huma.API) {
	const path = "/v1/compare"
	huma.Register(api, huma.Operation{OperationID: "compare", Method: http.MethodPost, Path: path, Tags: []string{"Determinations"},
		Summary: "What differs between two answers: which measures, by which acts, by how much", Errors: []int{400, 408, 413, 415, 422, 503}}, s.compare)
	reg := api.OpenAPI().Components.Schemas
	reads(api, path, map[string]*huma.MediaType{mediaJSON: {Schema: reg.Schema(reflect.TypeFor[Comparing](), true, "Comparing")}})
}

func (s *Server) compare(ctx context.Context, in *compareInput) (*struct{ Body *navicert.ComparisonDocument }, error) {
	if _, err := wants(in.r, mediaJSON); err != nil {
		return nil, err
	}
	body, err := s.readJSON(&in.call)
	if err != nil {
		return nil, err
	}
	var sides struct{ Before, After json.RawMessage }
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&sides); err != nil || sides.Before == nil || sides.After == nil {
		return nil, invalid("body", "two cases are wanted", `{"before": {…}, "after": {…}}`)
	}
	if err := s.work.enter(ctx); err != nil {
		return nil, err
	}
	defer s.work.leave()
	var answers [2]*navicert.Determination
	for i, side := range []struct {
		name string
		text []byte
	}{{"before", sides.Before}, {"after", sides.After}} {
		name := side.name
		c, err := navicert.ParseCase(side.text, "body."+name)
		if err == nil {
			s.setToday(&c)
			answers[i], err = s.engine.Determine(c)
		}
		if err != nil {
			return nil, problemOf("body."+name, err)
		}
	}
	return &struct{ Body *navicert.ComparisonDocument }{navicert.Compare(answers[0], answers[1]).Document()}, nil
}
