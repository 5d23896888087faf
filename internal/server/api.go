package server

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// about opens the OpenAPI document.
const about = `What it takes to move goods across a border on a given day: whether they may move, what duties stack, by which law,
which missing facts would change the answer, and what comes next.

Amounts, rates and shares are decimal strings. Days are YYYY-MM-DD; instants are RFC 3339 with the offset of the place whose law is
meant. An amount that is null is not known: it is never zero. Errors are problems as RFC 9457 has them.`

// api adds the JSON API, with the document that describes it.
func (s *Server) api(mux *http.ServeMux) {
	config := huma.DefaultConfig("Navicert", s.version)
	config.Info.Description = about
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", "" // served by docs
	config.RejectUnknownQueryParameters = true
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.CreateHooks = nil // no links to schemas within answers: what is sealed stays as it is
	api := humago.New(mux, config)
	s.determinations(api)
	s.comparison(api)
	s.law(api)
	s.files(api)
	if s.desk != nil {
		s.licenceDesk(api)
	}
	nullable(api.OpenAPI().Components.Schemas)
	s.docs(mux, api)
	mux.HandleFunc("/v1", missing(mux))
	mux.HandleFunc("/v1/", missing(mux))
}

// missing answers what the API does not have: an address that is none, or a method
// that is none of the address.
func missing(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			problemf(http.StatusNotFound, "the API has nothing at %s (/v1/docs lists what it has)", r.URL.Path).write(w)
			return
		}
		methods := strings.Join(allowed, ", ")
		w.Header().Set("Allow", methods)
		problemf(http.StatusMethodNotAllowed, "%s does not take %s, but %s", r.URL.Path, r.Method, methods).write(w)
	}
}

// nullable says in the document what huma does not see by itself: a member that
// is a pointer and always there may be null.
func nullable(reg huma.Registry) {
	for name, schema := range reg.Map() {
		t := reg.TypeFromRef("#/components/schemas/" + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := schema.Properties[name]
			if f.Type.Kind() == reflect.Pointer && options == "" && p != nil && p.Ref != "" {
				schema.Properties[name] = &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
			}
		}
	}
}

// call is the request and the writer of an operation that reads its body or
// writes its answer itself.
type call struct {
	r *http.Request
	w http.ResponseWriter
}

// Resolve is called by huma before the operation.
func (c *call) Resolve(ctx huma.Context) []error {
	c.r, c.w = humago.Unwrap(ctx)
	return nil
}

// reads says what the POST operation at a path reads, which it reads itself: huma
// would read the whole body before.
func reads(api huma.API, path string, content map[string]*huma.MediaType) {
	api.OpenAPI().Paths[path].Post.RequestBody = &huma.RequestBody{Required: true, Content: content}
}

// named gives a schema a name of its own, under which generators make a type.
func named(reg huma.Registry, name string, schema *huma.Schema) *huma.Schema {
	reg.Map()[name] = schema
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}
