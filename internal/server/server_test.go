package server

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/server/web"
)

// The packs are compiled once for all tests.
var embedded = sync.OnceValues(navicert.OpenEmbedded)

func engine(t testing.TB) *navicert.Engine {
	t.Helper()
	e, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// today is the day of all tests.
func today() time.Time { return time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC) }

// newServer serves the packs of the binary on a port of its own.
func newServer(t testing.TB, change ...func(*Options)) *httptest.Server {
	t.Helper()
	o := Options{Engine: engine(t), Version: "test", Now: today, Local: true}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return h
}

// send sends a request, its headers given in pairs.
func send(t testing.TB, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(data)
}

const magnet = `{"goods": "8505.11.00.70", "from": "CN", "to": "US", "on": "2025-06-15", "known": "2025-06-15", "value": "10000 USD"}`

// The answer over HTTP is the sealed document of the engine, byte for byte.
func TestDetermineIsTheEnginesDocument(t *testing.T) {
	h := newServer(t)
	res, body := send(t, "POST", h.URL+"/v1/determinations", magnet)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %s: %s", res.Status, res.Header.Get("Content-Type"), body)
	}
	if err := engine(t).Verify([]byte(body)); err != nil {
		t.Error(err)
	}
}

// What is wrong with a request comes back as a problem that names the place.
func TestProblems(t *testing.T) {
	h := newServer(t, func(o *Options) {
		o.Limits = DefaultLimits()
		o.Limits.BodyBytes = 1 << 10
	})
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		location, says           string
	}{
		{name: "no JSON", body: "{\"goods\":\n  850}}", status: 400, location: "body", says: "line 2, column 7"},
		{name: "nothing", status: 400, says: "empty"},
		{name: "too large", body: magnet + strings.Repeat(" ", 1<<10), status: 413, says: "1 KiB"},
		{name: "another type", body: magnet, headers: []string{"Content-Type", "application/xml"}, status: 415, says: "application/json"},
		{name: "a field that is none", body: `{"goods": "8505.11.00.70", "form": "CN", "to": "US"}`, status: 422, location: "body.form", says: "no such field"},
		{name: "a country that is none", body: `{"goods": "8505.11.00.70", "from": "XX", "to": "US"}`, status: 422, location: "body.from", says: "country"},
		{name: "a fact that is none", body: `{"goods": "8505.11.00.70", "from": "CN", "to": "US", "facts": {"goods.Dyy": 1}}`, status: 422, location: "body.facts.goods.Dyy"},
		{name: "a parameter that is none", path: "/v1/determinations?x=1", body: magnet, status: 422, location: "query.x"},
		{name: "another site", body: magnet, headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, says: "another site"},
		{name: "another name", body: magnet, headers: []string{"Host", "rebound.example"}, status: 421, says: "rebound.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.path == "" {
				c.path = "/v1/determinations"
			}
			res, body := send(t, "POST", h.URL+c.path, c.body, c.headers...)
			if res.StatusCode != c.status || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%s, %s: %s", res.Status, res.Header.Get("Content-Type"), body)
			}
			var p Problem
			if err := json.Unmarshal([]byte(body), &p); err != nil {
				t.Fatal(err)
			}
			if p.Status != c.status || p.Title == "" || !strings.Contains(p.Detail+" "+body, c.says) {
				t.Errorf("%+v does not say %q", p, c.says)
			}
			if c.location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != c.location) {
				t.Errorf("%+v is not at %s", p.Errors, c.location)
			}
		})
	}
}

// Every answer carries the headers that browsers heed, and an id.
func TestHeaders(t *testing.T) {
	h := newServer(t)
	for _, path := range []string{"/healthz", "/nothing-here"} {
		res, _ := send(t, "GET", h.URL+path, "", "X-Request-Id", "mine-1")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Request-Id": "mine-1", "Content-Security-Policy": web.Policy} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	if res, _ := send(t, "GET", h.URL+"/healthz", "", "X-Request-Id", "forged id=1"); res.Header.Get("X-Request-Id") == "forged id=1" {
		t.Error("an id is logged that may hold anything")
	}
}
