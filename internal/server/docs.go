package server

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html docs.css
var docsFiles embed.FS

// operation is an operation as the reference page shows it.
type operation struct {
	*huma.Operation
	Body    []media
	Replies []reply
	Anchor  string
}

type media struct {
	Type   string
	Schema template.HTML
}

type reply struct {
	Status, Description string
	Media               []media
}

type docsSchema struct {
	Name   string
	Schema *huma.Schema
	Fields []docsField
}

type docsField struct {
	Name, About string
	Type        template.HTML
	Required    bool
}

// docs serves the reference page: what the OpenAPI document says, for people. It
// is made of the document when the server starts, and needs no script.
func (s *Server) docs(mux *http.ServeMux, api huma.API) {
	page, err := docsPage(api.OpenAPI())
	if err != nil {
		panic(err) // the page is made of nothing that a user gives
	}
	style, err := docsFiles.ReadFile("docs.css")
	if err != nil {
		panic(err)
	}
	serve := func(path, media string, text []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(text) // the client may be gone
		})
	}
	doc := api.OpenAPI()
	for path, write := range map[string]func() ([]byte, error){"/v1/openapi.json": doc.MarshalJSON, "/v1/openapi.yaml": doc.YAML, "/v1/openapi-3.0.json": func() ([]byte, error) { return older(doc) }} {
		text, err := write()
		if err != nil {
			panic(err)
		}
		media := "application/vnd.oai.openapi+json"
		if strings.HasSuffix(path, ".yaml") {
			media = "application/vnd.oai.openapi+yaml"
		}
		serve(path, media, text)
	}
	serve("/v1/docs", "text/html; charset=utf-8", page)
	serve("/v1/docs.css", "text/css; charset=utf-8", style)
}

// older is the document for generators that read OpenAPI 3.0, which says in
// another way that a member may be null.
func older(doc *huma.OpenAPI) ([]byte, error) {
	text, err := doc.Downgrade()
	if err != nil {
		return nil, err
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if of, ok := v["anyOf"].([]any); ok && len(of) == 2 {
				if last, ok := of[1].(map[string]any); ok && last["type"] == "null" {
					delete(v, "anyOf")
					v["allOf"], v["nullable"] = of[:1], true
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(all)
	return json.Marshal(all)
}

func docsPage(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs.html").Funcs(template.FuncMap{"kind": kindOf}).ParseFS(docsFiles, "docs.html")
	if err != nil {
		return nil, err
	}
	type group struct {
		Name       string
		Operations []operation
	}
	var groups []*group
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			at := slices.IndexFunc(groups, func(g *group) bool { return g.Name == op.Tags[0] })
			if at < 0 {
				at, groups = len(groups), append(groups, &group{Name: op.Tags[0]})
			}
			groups[at].Operations = append(groups[at].Operations, operationOf(op))
		}
	}
	var schemas []docsSchema
	all := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := docsSchema{Name: name, Schema: all[name]}
		for _, field := range slices.Sorted(maps.Keys(all[name].Properties)) {
			p := all[name].Properties[field]
			d.Fields = append(d.Fields, docsField{field, p.Description, kindOf(p), slices.Contains(all[name].Required, field)})
		}
		schemas = append(schemas, d)
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Info": doc.Info, "About": strings.Split(doc.Info.Description, "\n\n"), "Groups": groups, "Schemas": schemas})
	return b.Bytes(), err
}

func operationOf(op *huma.Operation) operation {
	out := operation{Operation: op, Anchor: op.OperationID}
	if op.RequestBody != nil {
		out.Body = mediaOf(op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		out.Replies = append(out.Replies, reply{status, r.Description, mediaOf(r.Content)})
	}
	return out
}

func mediaOf(content map[string]*huma.MediaType) []media {
	var out []media
	for _, name := range slices.Sorted(maps.Keys(content)) {
		out = append(out, media{name, kindOf(content[name].Schema)})
	}
	return out
}

// kindOf says what a schema takes, with a link to the types of the document.
func kindOf(s *huma.Schema) template.HTML {
	switch {
	case s == nil:
		return "anything"
	case s.Ref != "":
		name := template.HTMLEscapeString(s.Ref[strings.LastIndex(s.Ref, "/")+1:])
		return template.HTML(fmt.Sprintf(`<a href="#type-%s">%s</a>`, name, name)) // escaped above
	case len(s.OneOf) > 0:
		return joined(s.OneOf, " or ")
	case len(s.AnyOf) > 0:
		return joined(s.AnyOf, " or ")
	case s.Type == huma.TypeArray:
		return "list of " + kindOf(s.Items)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprint(v)
		}
		return template.HTML(template.HTMLEscapeString(strings.Join(words, " | ")))
	}
	kind := s.Type
	if s.Format != "" {
		kind += " (" + s.Format + ")"
	}
	if s.Nullable {
		kind += " or null"
	}
	if kind == "" {
		kind = "anything"
	}
	return template.HTML(template.HTMLEscapeString(kind))
}

func joined(all []*huma.Schema, by string) template.HTML {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = string(kindOf(s))
	}
	return template.HTML(strings.Join(words, by)) // each is escaped
}
