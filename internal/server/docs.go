package server

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate

//go:embed docs.css
var docsStyle []byte

// docsView is the OpenAPI document as the reference page shows it.
type docsView struct {
	info    *huma.Info
	groups  []*docsGroup
	schemas []docsSchema
}

type docsGroup struct {
	name       string
	operations []operation
}

type operation struct {
	*huma.Operation
	body    []media
	replies []reply
}

type media struct {
	name   string
	schema *huma.Schema
}

type reply struct {
	status, description string
	media               []media
}

type docsSchema struct {
	name   string
	schema *huma.Schema
	fields []docsField
}

type docsField struct {
	name     string
	schema   *huma.Schema
	required bool
}

// docs serves the reference page: what the OpenAPI document says, for people. It
// is made of the document when the server starts, and needs no script.
func (s *Server) docs(mux *http.ServeMux, api huma.API) {
	var page bytes.Buffer
	if err := docsPage(newDocsView(api.OpenAPI())).Render(context.Background(), &page); err != nil {
		panic(err) // the page is made of nothing that a user gives
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
	serve("/v1/docs", "text/html; charset=utf-8", page.Bytes())
	serve("/v1/docs.css", "text/css; charset=utf-8", docsStyle)
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

func newDocsView(doc *huma.OpenAPI) *docsView {
	v := &docsView{info: doc.Info}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			at := slices.IndexFunc(v.groups, func(g *docsGroup) bool { return g.name == op.Tags[0] })
			if at < 0 {
				at, v.groups = len(v.groups), append(v.groups, &docsGroup{name: op.Tags[0]})
			}
			v.groups[at].operations = append(v.groups[at].operations, operationOf(op))
		}
	}
	all := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := docsSchema{name: name, schema: all[name]}
		for _, field := range slices.Sorted(maps.Keys(all[name].Properties)) {
			s.fields = append(s.fields, docsField{field, all[name].Properties[field], slices.Contains(all[name].Required, field)})
		}
		v.schemas = append(v.schemas, s)
	}
	return v
}

func operationOf(op *huma.Operation) operation {
	out := operation{Operation: op}
	if op.RequestBody != nil {
		out.body = mediaOf(op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		out.replies = append(out.replies, reply{status, r.Description, mediaOf(r.Content)})
	}
	return out
}

func mediaOf(content map[string]*huma.MediaType) []media {
	var out []media
	for _, name := range slices.Sorted(maps.Keys(content)) {
		out = append(out, media{name, content[name].Schema})
	}
	return out
}

// typeName is the name of the type to which a schema refers.
func typeName(s *huma.Schema) string { return s.Ref[strings.LastIndex(s.Ref, "/")+1:] }

// kindWords says what a schema of no other schemas takes.
func kindWords(s *huma.Schema) string {
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprint(v)
		}
		return strings.Join(words, " | ")
	}
	kind := s.Type
	if s.Format != "" {
		kind += " (" + s.Format + ")"
	}
	if s.Nullable {
		kind += " or null"
	}
	return cmp.Or(kind, "anything")
}
