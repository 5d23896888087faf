// Package web answers questions about law as pages: what is asked, how the answer
// moves over time, the law itself, files of cases, and two answers side by side.
//
// Pages are rendered here and work without a script; htmx redraws parts of them
// where it is there. Every state of a page is in its address. No page contacts
// another host, and none needs a style or a script that the [Policy] forbids.
// Figures are those of the engine: charts draw them, and a table beside each chart
// holds the same.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/examples"
	"github.com/navicert/navicert/internal/licence"
)

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate

// Policy is the content security policy under which the pages work.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Options are what the pages rest on.
type Options struct {
	Engine *navicert.Engine
	// Packs is the file system from which the engine was opened: its worked cases
	// stand beside the measures that they name. nil: no cases are shown.
	Packs fs.FS
	// Scenarios are the files that may be supposed when answers are compared, in the
	// form of docs/scenarios.md; nil for the examples of the module.
	Scenarios fs.FS
	// Batches keeps the files of cases; nil: the pages say that there is no place
	// for files here.
	Batches Batches
	// Desk is the licence desk; nil: the pages say that there is none here.
	Desk *licence.Desk
	// Now is the clock; nil for [time.Now]. The day of a page is that of UTC.
	Now func() time.Time
	// Log is told of failures that are not the reader's; nil for [slog.Default].
	Log *slog.Logger
	// MaxUpload is how many bytes a file may have; 0 for 256 MiB.
	MaxUpload int64
}

// site is the pages of one engine.
type site struct {
	Options
	assets   map[string]asset
	front    *front
	catalog  *catalog
	supposed scenarios
	reports  reports
	proving  sync.Mutex // of the log of the desk: one proof at a time
}

// New returns the handler of all pages: it answers every path below "/", those
// that it does not know with a page that says so. Mount it at the root. It sets
// no security headers beside the type of what it sends; [Policy] is the content
// security policy to send with it, and requests from other sites that write are
// to be refused before they come here.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = 256 << 20
	}
	if o.Scenarios == nil {
		o.Scenarios, _ = fs.Sub(examples.Scenarios, "scenarios") // the name is sound
	}
	s := &site{Options: o, assets: readAssets()}
	s.front = newFront(o.Engine)
	s.catalog = newCatalog(o.Engine, o.Packs)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.getFront)
	mux.HandleFunc("GET /static/{name}", s.getAsset)
	mux.HandleFunc("GET /ask", s.getAsk)
	mux.HandleFunc("GET /ask/answer.json", s.download("determination.json", "application/json", writeJSON))
	mux.HandleFunc("GET /ask/answer.md", s.download("determination.md", "text/markdown; charset=utf-8", writeMarkdown))
	mux.HandleFunc("GET /ask/print", s.getPrint)
	mux.HandleFunc("GET /timeline", s.getTimeline)
	mux.HandleFunc("GET /compare", s.getCompare)
	mux.HandleFunc("GET /files", s.getFiles)
	if o.Batches != nil {
		mux.HandleFunc("POST /files", s.postFile)
		mux.HandleFunc("GET /files/{id}", s.getFile)
		mux.HandleFunc("POST /files/{id}/start", s.postStart)
		mux.HandleFunc("POST /files/{id}/stop", s.postStop)
		mux.HandleFunc("POST /files/{id}/remove", s.postRemove)
		mux.HandleFunc("GET /files/{id}/result", s.getResult)
	}
	mux.HandleFunc("GET /law", s.getLaw)
	mux.HandleFunc("GET /law/measures", s.getMeasures)
	mux.HandleFunc("GET /law/measures/{id}", s.getMeasure)
	mux.HandleFunc("GET /law/instruments", s.getInstruments)
	mux.HandleFunc("GET /law/instruments/{id}", s.getInstrument)
	mux.HandleFunc("GET /law/packs/{id}", s.getPack)
	mux.HandleFunc("GET /law/lists/{id}", s.getList)
	mux.HandleFunc("GET /law/facts", s.getFacts)
	s.deskPages(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.notFound(w, r, "There is no page at this address.") })
	return mux
}

// today is the day of the clock.
func (s *site) today() string { return s.Now().UTC().Format(time.DateOnly) }

// frame is what stands around a page.
type frame struct {
	title   string
	section string   // of the navigation
	scripts []string // assets; pages work without them
	assets  map[string]asset
}

// htmx is the script that redraws parts of pages.
const htmx = "htmx-2.0.11.min.js"

// scripts are those of the pages of a section. The others have none.
var scripts = map[string][]string{
	"ask":      {htmx, "answer.js"},
	"timeline": {htmx, "answer.js", "known.js"},
	"compare":  {htmx, "answer.js"},
	"files":    {htmx},
	"desk":     {htmx, "space.js"},
}

func (s *site) frame(section, title string) frame {
	return frame{title: title, section: section, scripts: scripts[section], assets: s.assets}
}

// render sends a page. It is rendered whole before anything is sent, so that a
// failure is a page of its own.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		s.Log.ErrorContext(r.Context(), "page not rendered", "path", r.URL.Path, "error", err)
		http.Error(w, "The page could not be made. The fault is ours; it has been written down.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Vary", "HX-Request")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func (s *site) notFound(w http.ResponseWriter, r *http.Request, what string) {
	s.render(w, r, http.StatusNotFound, faultPage(s.frame("", "Not found"), "Not found", what))
}

// fail sends the page of an error of a [Batches].
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, ErrNoBatch):
		s.notFound(w, r, sentence(err.Error()))
	case errors.As(err, &tooLarge):
		s.render(w, r, http.StatusRequestEntityTooLarge, faultPage(s.frame("files", "Too large"), "The file is too large",
			"A file may have "+size(tooLarge.Limit)+" here. Pack it with gzip or zstd, or divide it; navicert batch has no such limit."))
	case r.Context().Err() != nil: // nobody listens
	default:
		s.render(w, r, http.StatusUnprocessableEntity, faultPage(s.frame("files", "Not done"), "That could not be done", sentence(err.Error())))
	}
}

//go:embed static
var static embed.FS

// asset is a file that pages link to.
type asset struct {
	address string // with a mark of its content, so that it may be kept for ever
	content []byte
}

func readAssets() map[string]asset {
	assets := map[string]asset{}
	names, err := fs.Glob(static, "static/*")
	if err != nil {
		panic(err) // the pattern is sound
	}
	for _, name := range names {
		content, err := static.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		sum := sha256.Sum256(content)
		base := path.Base(name)
		assets[base] = asset{"/static/" + base + "?" + hex.EncodeToString(sum[:6]), content}
	}
	return assets
}

func (s *site) getAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	a, ok := s.assets[name]
	if !ok {
		s.notFound(w, r, "There is no such file.")
		return
	}
	if strings.HasSuffix(a.address, "?"+r.URL.RawQuery) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(a.content))
}
