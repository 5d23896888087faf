package server

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// toolCase is a case as tools take it.
type toolCase struct {
	Goods    string            `json:"goods,omitempty" jsonschema:"goods code of the schedule of the country entered, like 8505.11.00.70; find it with search_goods"`
	From     string            `json:"from" jsonschema:"country that the goods leave, like CN"`
	To       string            `json:"to" jsonschema:"country that they enter, like US"`
	Origin   string            `json:"origin,omitempty" jsonschema:"country of origin; absent: the one they leave"`
	On       string            `json:"on,omitempty" jsonschema:"day of the movement, YYYY-MM-DD; absent: today"`
	Known    string            `json:"known,omitempty" jsonschema:"what was announced by this day counts, YYYY-MM-DD; absent: today"`
	Value    string            `json:"value,omitempty" jsonschema:"customs value with its currency, like 10000 USD"`
	Quantity []string          `json:"quantity,omitempty" jsonschema:"quantities with their units, like 120 kg"`
	Facts    map[string]string `json:"facts,omitempty" jsonschema:"facts by name; open_questions tells which matter"`
	Closed   bool              `json:"closed,omitempty" jsonschema:"every fact not given is known to be absent"`
	Only     string            `json:"only,omitempty" jsonschema:"import or export, where one leg alone is asked"`
}

type explainTool struct {
	Measure string `json:"measure" jsonschema:"id of a measure as answers give it, like us.301.list-3, or a filing heading, like 9903.88.03"`
	Known   string `json:"known,omitempty" jsonschema:"what was announced by this day counts, YYYY-MM-DD; absent: today"`
}

type timelineTool struct {
	toolCase
	Since string `json:"since" jsonschema:"first day, inside, YYYY-MM-DD"`
	Until string `json:"until" jsonschema:"last day, outside, YYYY-MM-DD"`
}

type searchTool struct {
	Words string `json:"words" jsonschema:"words of the designation, or the first digits of a code"`
	To    string `json:"to,omitempty" jsonschema:"of the schedule of this country alone, like US"`
	On    string `json:"on,omitempty" jsonschema:"lines in force on this day; absent: today"`
}

// tools answers questions of language models. Nothing it does writes.
type tools struct {
	engine  *navicert.Engine
	now     func() time.Time
	version string
}

// NewTools returns the tools of the Model Context Protocol: determine, explain,
// timeline, search_goods and open_questions. They read and never write.
func NewTools(engine *navicert.Engine, version string, now func() time.Time) *mcp.Server {
	t := &tools{engine, now, version}
	server := mcp.NewServer(&mcp.Implementation{Name: "navicert", Title: "Navicert: duties and export controls", Version: version}, &mcp.ServerOptions{
		Instructions: "Navicert answers whether goods may move between countries on a day, what duties stack, and by which law. Give the citation with every statement that rests on it. " +
			"A range means that facts or law are not certain: say so, and ask the user what open_questions names. An amount that is null is not known, never zero. " +
			"The outcome refer means that a person must decide. Nothing here is legal advice.",
	})
	add := func(name, title, description string) *mcp.Tool {
		closed := false
		return &mcp.Tool{Name: name, Title: title, Description: description, Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed, Title: title}}
	}
	mcp.AddTool(server, add("determine", "Answer a shipment", "Whether goods may move, every duty with its law, near misses with reasons, open questions, licences and coming changes: the sealed answer as JSON, with citations."), tool(t.determine))
	mcp.AddTool(server, add("open_questions", "Questions that would narrow an answer", "The facts of a shipment that are not known and would change its answer, the most deciding first, with what each answer would leave."), tool(t.openQuestions))
	mcp.AddTool(server, add("timeline", "How an answer moves over time", "The outcome and the duty of a shipment for every stretch of law between two days, with the acts that moved it."), tool(t.timeline))
	mcp.AddTool(server, add("explain", "Explain a measure", "Scope, condition, acts, timeline and relations of one measure, each act with its citation."), tool(t.explain))
	mcp.AddTool(server, add("search_goods", "Find goods codes", "Lines of the schedules of goods whose designation holds all the words, best first. A start, not a classification."), tool(t.searchGoods))
	return server
}

// tool makes a handler of a function whose result is JSON. What is wrong with the
// arguments is a result too, for the model to mend.
func tool[In any](f func(*In) (any, error)) mcp.ToolHandlerFor[In, any] {
	return func(_ context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
		v, err := f(&in)
		if err != nil {
			return nil, nil, err
		}
		text, ok := v.([]byte)
		if !ok {
			if text, err = json.Marshal(v); err != nil {
				return nil, nil, err
			}
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(text)}}, StructuredContent: json.RawMessage(text)}, nil, nil
	}
}

func (t *tools) today() string { return t.now().Format(time.DateOnly) }

func (t *tools) ask(c *toolCase) (*navicert.Determination, error) {
	known := cmp.Or(c.Known, t.today())
	return t.engine.Determine(navicert.Case{Goods: c.Goods, From: c.From, To: c.To, Origin: c.Origin, On: cmp.Or(c.On, t.today()), Known: known, Value: c.Value,
		Quantity: c.Quantity, Facts: c.Facts, Closed: c.Closed, Only: c.Only})
}

func (t *tools) determine(c *toolCase) (any, error) {
	d, err := t.ask(c)
	if err != nil {
		return nil, err
	}
	return d.Document().JSON()
}

func (t *tools) openQuestions(c *toolCase) (any, error) {
	d, err := t.ask(c)
	if err != nil {
		return nil, err
	}
	doc := d.Document()
	// The law on which the answer rests goes with the questions.
	type law struct {
		Measure  string   `json:"measure"`
		Citation string   `json:"citation"`
		OpenOn   []string `json:"openOn"`
	}
	out := struct {
		Outcome   navicert.Outcome         `json:"outcome"`
		Duty      any                      `json:"duty"`
		Questions []determination.Question `json:"questions"`
		Open      []law                    `json:"open"` // measures that wait for facts
		Schedule  string                   `json:"schedule"`
	}{doc.Outcome, doc.Duty, doc.Questions, []law{}, doc.Schedule.Digest}
	for _, l := range doc.Lines {
		if len(l.OpenOn) > 0 {
			out.Open = append(out.Open, law{l.Measure, l.Citation, l.OpenOn})
		}
	}
	return out, nil
}

func (t *tools) timeline(in *timelineTool) (any, error) {
	c := &in.toolCase
	steps, err := t.engine.Timeline(navicert.Case{Goods: c.Goods, From: c.From, To: c.To, Origin: c.Origin, Known: cmp.Or(c.Known, t.today()), Value: c.Value,
		Quantity: c.Quantity, Facts: c.Facts, Closed: c.Closed, Only: c.Only}, in.Since, in.Until)
	return Timeline{cmp.Or(c.Known, t.today()), steps}, sinceFaults(err)
}

func (t *tools) explain(in *explainTool) (any, error) {
	known, err := quantity.ParseDate(cmp.Or(in.Known, t.today()))
	if err != nil {
		return nil, fmt.Errorf("known: %w", err)
	}
	found := catalogue.Find(t.engine, in.Measure)
	if len(found) == 0 {
		return nil, fmt.Errorf("%q is neither the id of a measure nor a filing heading (determine names the measures of a shipment)", in.Measure)
	}
	out := struct {
		Measures []catalogue.Explanation `json:"measures"`
	}{}
	for _, m := range found {
		out.Measures = append(out.Measures, catalogue.Explain(t.engine, m, known))
	}
	return out, nil
}

func (t *tools) searchGoods(in *searchTool) (any, error) {
	on, err := quantity.ParseMoment(cmp.Or(in.On, t.today()))
	if err != nil {
		return nil, fmt.Errorf("on: %w", err)
	}
	var only nomenclature.Country
	if in.To != "" {
		if only, err = nomenclature.ParseCountry(in.To); err != nil {
			return nil, fmt.Errorf("to: %w", err)
		}
	}
	const limit = 20
	lines, held, more := catalogue.Goods(t.engine, in.Words, on, only, limit)
	packs := []string{}
	for _, l := range lines {
		if !slices.Contains(packs, l.Pack) {
			packs = append(packs, l.Pack)
		}
	}
	return struct {
		Goods
		Source []string `json:"source"` // the packs whose schedules these are lines of
	}{Goods{in.Words, cmp.Or(held, in.On, t.today()), lines, more}, packs}, nil
}

// protocol serves the tools over HTTP, without sessions: each request stands by
// itself.
func (s *Server) protocol() http.Handler {
	server := NewTools(s.engine, s.version, s.now)
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, MaxRequestBodyBytes: s.limits.BodyBytes, Logger: s.log})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.work.enter(r.Context()); err != nil {
			problemOf("", err).write(w)
			return
		}
		defer s.work.leave()
		h.ServeHTTP(w, r)
	})
}
