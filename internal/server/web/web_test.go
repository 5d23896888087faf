package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/packs"
)

// engine is the packs of the module, opened once for all tests.
var engine = sync.OnceValue(func() *navicert.Engine {
	e, err := navicert.OpenEmbedded()
	if err != nil {
		panic(err)
	}
	return e
})

// noon is that noon of a day after the last check of the packs.
func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// pages are the pages under the policy, as a server sends them.
func pages(o Options) http.Handler {
	if o.Engine == nil {
		o.Engine, o.Packs = engine(), packs.FS
	}
	if o.Now == nil {
		o.Now = noon
	}
	h := New(o)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", Policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
	})
}

// get returns the status and the body of a page.
func get(t *testing.T, h http.Handler, address string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

// has fails for each of the texts that the page does not hold.
func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not hold %q", text)
		}
	}
}

func TestFront(t *testing.T) {
	code, page := get(t, pages(Options{}), "/")
	if code != http.StatusOK {
		t.Fatal(code)
	}
	has(t, page, "3,210.00 USD", "5,500.00 USD", `<strong class="outcome is-licence">LICENCE</strong> required`, "2026-08-21", engine().Digest(), "goods=8505.11.00.70")
	if n := strings.Count(page, `<li class="card">`); n != len(worked) {
		t.Errorf("%d examples, %d worked cases", n, len(worked))
	}
}

func TestUnknownAddress(t *testing.T) {
	code, page := get(t, pages(Options{}), "/nowhere")
	if code != http.StatusNotFound {
		t.Error(code)
	}
	has(t, page, "There is no page at this address.")
}

func TestAssetsAreKeptByContent(t *testing.T) {
	h := pages(Options{})
	for name, a := range readAssets() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", a.address, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %q", name, w.Code, w.Header().Get("Cache-Control"))
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/static/"+name, nil))
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "" {
			t.Errorf("%s without its mark: %d, %q", name, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}

func TestCaseAddress(t *testing.T) {
	for _, x := range worked {
		r := httptest.NewRequest("GET", "/ask?"+encode(&x.c), nil)
		c := decode(r.URL.Query())
		if got, want := encode(&c), encode(&x.c); got != want {
			t.Errorf("%s became %s", want, got)
		}
	}
}
