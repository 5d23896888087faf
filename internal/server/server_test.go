package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/server/web"
	"github.com/navicert/navicert/internal/store/sqlite"
	"github.com/navicert/navicert/packs"
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

// serverOn makes a server whose work is kept in a directory.
func serverOn(t testing.TB, dir string, change ...func(*Options)) *Server {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	kept, err := sqlite.OpenServer(t.Context(), dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	batches, err := batch.New(batch.Options{Engine: engine(t), Store: kept, Dir: filepath.Join(dir, "batches"), Now: today, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := kept.Queue(2, batches.Work)
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { queue.Stop(context.Background()) })
	if err := batches.Begin(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	o := Options{Engine: engine(t), Store: kept, Batches: batches, Version: "test", Now: today, Local: true}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newServer serves the packs of the binary on a port of its own.
func newServer(t testing.TB, change ...func(*Options)) *httptest.Server {
	t.Helper()
	h := httptest.NewServer(serverOn(t, t.TempDir(), change...).Handler())
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
		req.Header.Set("Content-Type", mediaJSON)
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

// fetch asks for JSON and reads it.
func fetch[T any](t testing.TB, url string, status int) (out T) {
	t.Helper()
	res, body := send(t, "GET", url, "")
	if res.StatusCode != status {
		t.Fatalf("GET %s: %s: %s", url, res.Status, body)
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatalf("GET %s: %v: %s", url, err, body)
	}
	return out
}

const magnet = `{"goods": "8505.11.00.70", "from": "CN", "to": "US", "on": "2025-06-15", "known": "2025-06-15", "value": "10000 USD"}`

// The answer over HTTP is the sealed document of the engine, byte for byte.
func TestDetermineIsTheEnginesDocument(t *testing.T) {
	h := newServer(t)
	res, body := send(t, "POST", h.URL+"/v1/determinations", magnet)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != mediaJSON {
		t.Fatalf("%s, %s: %s", res.Status, res.Header.Get("Content-Type"), body)
	}
	if err := engine(t).Verify([]byte(body)); err != nil {
		t.Error(err)
	}
	_, entry := send(t, "POST", h.URL+"/v1/determinations", `{"from":"CN","to":"US","on":"2025-06-15","lines":[{"goods":"8505.11.00.70","value":"10000 USD"},{"goods":"9403.60.80.40","value":"5000 USD"}]}`)
	if err := engine(t).Verify([]byte(entry)); err != nil {
		t.Errorf("%v: %s", err, entry)
	}
}

// A summary has the same figures as the whole answer.
func TestSummary(t *testing.T) {
	h := newServer(t)
	_, body := send(t, "POST", h.URL+"/v1/determinations?detail=summary", magnet)
	var sum Summary
	if err := json.Unmarshal([]byte(body), &sum); err != nil {
		t.Fatal(err)
	}
	if sum.Outcome != "refer" || sum.Duty == nil || sum.Duty.Least != "3210.00" || *sum.Duty.Most != "3210.00" || sum.Rate.Least != "32.1000" || sum.Currency != "USD" || sum.Schedule != engine(t).Digest() {
		t.Errorf("%s", body)
	}
	if len(sum.Lines) == 0 || len(sum.Questions) == 0 {
		t.Errorf("%s", body)
	}
	for _, l := range sum.Lines {
		if l.Citation == "" {
			t.Errorf("%s has no citation", l.Measure)
		}
	}
}

// What is kept comes back under its digest, and is verified.
func TestKeep(t *testing.T) {
	h := newServer(t)
	res, body := send(t, "POST", h.URL+"/v1/determinations?keep=true", magnet)
	at := res.Header.Get("Location")
	if at == "" {
		t.Fatalf("%s: %s", res.Status, body)
	}
	kept, again := send(t, "GET", h.URL+at, "")
	if again != body || kept.Header.Get("ETag") == "" {
		t.Errorf("another answer is kept: %s", again)
	}
	_, text := send(t, "POST", h.URL+at+"/verify", "")
	var v Verdict
	if err := json.Unmarshal([]byte(text), &v); err != nil || !v.Verified || !strings.HasSuffix(at, v.Digest) {
		t.Errorf("%v: %s", err, text)
	}
	if res, body := send(t, "GET", h.URL+"/v1/determinations/sha256:"+strings.Repeat("0", 64), ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// In a list each case has its item, and a bad one keeps no other from it.
func TestList(t *testing.T) {
	h := newServer(t, func(o *Options) { o.Limits = DefaultLimits(); o.Limits.Cases = 3 })
	_, body := send(t, "POST", h.URL+"/v1/determinations", `[`+magnet+`, {"reference": "b", "goods": "85", "from": "XX", "to": "US"}, {"reference": 3, "goods": "9403.60.80.40", "from": "CN", "to": "US", "on": "2025-06-15"}]`)
	var items []struct {
		Reference string
		Answer    *navicert.Document
		Problems  []Fault
	}
	if err := json.Unmarshal([]byte(body), &items); err != nil {
		t.Fatal(err)
	}
	if len(items) != 3 || items[0].Answer == nil || items[1].Answer != nil || items[2].Answer == nil || items[1].Reference != "b" || items[2].Reference != "3" {
		t.Fatalf("%s", body)
	}
	if p := items[1].Problems; len(p) == 0 || p[0].Location != "body[1].from" {
		t.Errorf("%+v", p)
	}
	res, body := send(t, "POST", h.URL+"/v1/determinations", `[1,2,3,4]`)
	if res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, "3 is the limit") {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// A stream is answered while it comes, in order, one line for one.
func TestStream(t *testing.T) {
	h := newServer(t)
	in, out := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), "POST", h.URL+"/v1/determinations?detail=summary", in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaNDJSON)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answers := json.NewDecoder(res.Body)
	next := func() (item struct {
		Reference string
		Answer    *Summary
		Problems  []Fault
	}) {
		if err := answers.Decode(&item); err != nil {
			t.Fatal(err)
		}
		return item
	}
	// The second line is sent when the first is answered.
	for _, name := range []string{"first", "second"} {
		fmt.Fprintf(out, `{"reference": %q, "goods": "8505.11.00.70", "from": "CN", "to": "US"}`+"\n", name)
		if got := next(); got.Reference != name || got.Answer == nil {
			t.Fatalf("%+v", got)
		}
	}
	const rows = 1000
	go func() {
		for i := range rows {
			switch {
			case i%100 == 7:
				fmt.Fprintln(out, `{"goods": `)
			default:
				fmt.Fprintf(out, `{"reference": "%d", "goods": "8505.11.00.70", "from": "CN", "to": "US", "on": "2025-06-15"}`+"\n\n", i)
			}
		}
		out.Close()
	}()
	for i := range rows {
		got := next()
		if bad := i%100 == 7; bad != (got.Answer == nil) || !bad && got.Reference != fmt.Sprint(i) {
			t.Fatalf("row %d: %+v", i, got)
		}
	}
	if err := answers.Decode(new(any)); err != io.EOF {
		t.Errorf("there is more: %v", err)
	}
}

// What is wrong with a request comes back as a problem that names the place.
func TestProblems(t *testing.T) {
	h := newServer(t, func(o *Options) {
		o.Limits = DefaultLimits()
		o.Limits.BodyBytes, o.Limits.LineBytes, o.Limits.UploadBytes, o.Limits.Cases = 1<<10, 1<<10, 1<<10, 300
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
		{name: "a detail that is none", path: "/v1/determinations?detail=much", body: magnet, status: 422, location: "query.detail", says: "summary"},
		{name: "a summary of lines", path: "/v1/determinations?detail=summary", body: `{"from":"CN","to":"US","lines":[{"goods":"8505.11.00.70"}]}`, status: 422, location: "body.lines", says: "detail=full"},
		{name: "another site", body: magnet, headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, says: "another site"},
		{name: "another name", body: magnet, headers: []string{"Host", "rebound.example"}, status: 421, says: "rebound.example"},
		{name: "a key on a stream", body: magnet, headers: []string{"Content-Type", mediaNDJSON, "Idempotency-Key", "k"}, status: 422, says: "Idempotency-Key"},
		{name: "a digest that is none", method: "GET", path: "/v1/determinations/abc", status: 422, location: "path.digest"},
		{name: "a measure that is none", method: "GET", path: "/v1/measures/us.none", status: 404, says: "us.none"},
		{name: "a day that is none", method: "GET", path: "/v1/measures?on=2025-02-30", status: 422, location: "query.on"},
		{name: "a cursor that is none", method: "GET", path: "/v1/measures?cursor=zz", status: 422, location: "query.cursor"},
		{name: "a limit beyond", method: "GET", path: "/v1/instruments?limit=5000", status: 422, location: "query.limit", says: "1000"},
		{name: "no words", method: "GET", path: "/v1/goods", status: 422, location: "query.q"},
		{name: "an until before since", method: "GET", path: "/v1/timeline?goods=85051100&from=CN&to=US&since=x&until=2025-01-01", status: 422, location: "query.since"},
		{name: "an until that is not after since", method: "GET", path: "/v1/timeline?goods=85051100&from=CN&to=US&since=2025-06-15&until=2025-06-15", status: 422, location: "query.until", says: "not after"},
		{name: "a since before the law", method: "GET", path: "/v1/timeline?goods=85051100&from=CN&to=US&since=1999-01-01&until=2025-01-01", status: 422, location: "query.since", says: "2018-01-01"},
		{name: "a limit in words", method: "GET", path: "/v1/instruments?limit=ten", status: 422, location: "query.limit", says: "a whole number"},
		{name: "a cursor of files that is none", method: "GET", path: "/v1/batches?cursor=zz", status: 422, location: "query.cursor", says: "begin again"},
		{name: "an address that is none", method: "GET", path: "/v1/nothing", status: 404, says: "/v1/docs"},
		{name: "a method that is none", method: "PUT", path: "/v1/determinations", body: magnet, status: 405, says: "POST"},
		{name: "a body that is packed", body: magnet, headers: []string{"Content-Encoding", "gzip"}, status: 415, says: "gzip"},
		{name: "a file that is packed", path: "/v1/batches?name=x.csv", body: "goods\n", headers: []string{"Content-Encoding", "zstd"}, status: 415, says: ".zst"},
		{name: "too many", body: "[" + strings.Repeat("{},", 300) + "{}]", status: 413, says: "application/x-ndjson"},
		{name: "one side", path: "/v1/compare", body: `{"before": {}}`, status: 422, location: "body", says: "two cases"},
		{name: "a file without a name", path: "/v1/batches", body: "x", status: 422, location: "query.name"},
		{name: "a file of no format", path: "/v1/batches?name=x.doc", body: "x", status: 422, location: "query.name", says: ".csv"},
		{name: "no workbook", path: "/v1/batches?name=x.xlsx", body: "x", status: 422, location: "body", says: "x.xlsx"},
		{name: "a file too large", path: "/v1/batches?name=x.csv", body: "goods\n" + strings.Repeat("x", 1<<10), status: 413, says: "1 KiB"},
		{name: "a batch that is none", method: "GET", path: "/v1/batches/none", status: 404, says: "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.path == "" {
				c.path = "/v1/determinations"
			}
			if c.method == "" {
				c.method = "POST"
			}
			res, body := send(t, c.method, h.URL+c.path, c.body, c.headers...)
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
	// Within a stream the problem is the last line.
	_, body := send(t, "POST", h.URL+"/v1/determinations?detail=summary", magnet+"\n"+strings.Repeat("x", 2<<10), "Content-Type", mediaNDJSON)
	if lines := strings.Split(strings.TrimSpace(body), "\n"); len(lines) != 2 || !strings.Contains(lines[0], `"outcome"`) || !strings.Contains(lines[1], "longer than the limit of 1 KiB") {
		t.Errorf("%s", body)
	}
}

// Every answer carries the headers that browsers heed, and an id.
func TestHeaders(t *testing.T) {
	h := newServer(t)
	for _, path := range []string{"/healthz", "/nothing-here", "/v1/docs"} {
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

// The log tells of requests, and not what was asked nor what lets somebody in.
func TestLogHoldsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	h := newServer(t, func(o *Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	send(t, "POST", h.URL+"/v1/determinations?detail=summary&keep=true", magnet, "Idempotency-Key", "key-1234", "Authorization", "Bearer secret-1234", "Cookie", "c=secret-1234", "X-Request-Id", "r-1")
	h.Close()
	for _, secret := range []string{"1234", "8505", "keep"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %s: %s", secret, &log)
		}
	}
	if !strings.Contains(log.String(), `"request":"r-1"`) {
		t.Errorf("the log holds no request: %s", &log)
	}
}

// A request with a key is done once.
func TestIdempotency(t *testing.T) {
	h := newServer(t)
	do := func(body string) (*http.Response, string) {
		return send(t, "POST", h.URL+"/v1/determinations?keep=true&detail=summary", body, "Idempotency-Key", "k1")
	}
	_, first := do(magnet)
	again, second := do(magnet)
	if first != second || again.Header.Get("Location") == "" {
		t.Errorf("%s\n%s", first, second)
	}
	if res, body := do(strings.Replace(magnet, "10000", "20000", 1)); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "new key") {
		t.Errorf("%s: %s", res.Status, body)
	}
	file := "goods,from\n8505.11.00.70,CN\n"
	upload := func(key string) string {
		res, body := send(t, "POST", h.URL+"/v1/batches?name=a.csv", file, "Idempotency-Key", key)
		if res.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %s", res.Status, body)
		}
		return res.Header.Get("Location")
	}
	if a, b, c := upload("x"), upload("x"), upload("y"); a != b || a == c {
		t.Errorf("%s, %s, %s", a, b, c)
	}
	if got := fetch[Batches](t, h.URL+"/v1/batches", 200); len(got.Batches) != 2 {
		t.Errorf("%d files are kept of two", len(got.Batches))
	}
	if res, body := send(t, "POST", h.URL+"/v1/batches?name=b.csv&to=US&currency=USD&on=2025-06-15&dates=DD.MM.YYYY&decimalComma=true&start=true", "goods;from;value\n8505.11.00.70;CN;1.250,75\n"); res.StatusCode != http.StatusCreated ||
		!strings.Contains(body, `"decimalComma":true`) || !strings.Contains(body, `"dates":"DD.MM.YYYY"`) {
		t.Errorf("%s: %s", res.Status, body)
	}
	// A request that failed may be sent again.
	if res, body := send(t, "POST", h.URL+"/v1/determinations?keep=true", `{"goods": "1"}`, "Idempotency-Key", "k2"); res.StatusCode != 422 {
		t.Fatalf("%s: %s", res.Status, body)
	}
	if res, body := send(t, "POST", h.URL+"/v1/determinations?keep=true", magnet, "Idempotency-Key", "k2"); res.StatusCode != 200 {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// Law that has not changed is not sent again.
func TestETags(t *testing.T) {
	h := newServer(t)
	for _, path := range []string{"/v1/schedule", "/v1/measures?limit=2", "/v1/facts?q=dy", "/v1/goods?q=magnet"} {
		res, body := send(t, "GET", h.URL+path, "")
		tag := res.Header.Get("ETag")
		if res.StatusCode != 200 || tag == "" {
			t.Fatalf("%s: %s, %q: %s", path, res.Status, tag, body)
		}
		if res, body := send(t, "GET", h.URL+path, "", "If-None-Match", `"x", `+tag); res.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s: %s: %s", path, res.Status, body)
		}
		if res, _ := send(t, "GET", h.URL+path, "", "If-None-Match", `"other"`); res.StatusCode != 200 {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// Pages of a list come to the whole of it, each member once.
func TestPages(t *testing.T) {
	h := newServer(t)
	seen := map[string]bool{}
	cursor := ""
	for {
		p := fetch[Measures](t, h.URL+"/v1/measures?all=true&limit=100&cursor="+cursor, 200)
		for _, m := range p.Measures {
			if seen[m.ID] {
				t.Fatalf("%s comes twice", m.ID)
			}
			seen[m.ID] = true
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if want := len(engine(t).Measures()); len(seen) != want {
		t.Errorf("%d measures of %d", len(seen), want)
	}
}

// The pages show the files that the server keeps, and what cases hold of measures.
func TestPagesOfTheServer(t *testing.T) {
	h := newServer(t, func(o *Options) { o.Packs = packs.FS })
	if _, body := send(t, "GET", h.URL+"/law/measures/us.301.list-3", ""); !strings.Contains(body, "Worked cases that name it") {
		t.Error("the page of a measure shows no worked case")
	}
	if _, body := send(t, "GET", h.URL+"/files", ""); !strings.Contains(body, `type="file"`) {
		t.Error("no file can be uploaded")
	}
}

// A line that is no message is answered, and the session goes on.
func TestToolsOverStreams(t *testing.T) {
	for name, garbage := range map[string]string{"no JSON": "garbage", "no message": `{"a": 1}`, "no list of messages": "[]", "blank": "  "} {
		t.Run(name, func(t *testing.T) {
			in, lines := io.Pipe()
			answers, out := io.Pipe()
			ended := make(chan error, 1)
			go func() { ended <- ServeTools(t.Context(), NewTools(engine(t), "test", today), in, out) }()
			scan := bufio.NewScanner(answers)
			ask := func(line string) (a struct {
				ID     any
				Result json.RawMessage
				Error  *struct {
					Code    int
					Message string
				}
			}) {
				fmt.Fprintln(lines, line)
				if !scan.Scan() {
					t.Fatalf("no answer to %s: %v", line, scan.Err())
				}
				if err := json.Unmarshal(scan.Bytes(), &a); err != nil {
					t.Fatalf("%s: %v", scan.Bytes(), err)
				}
				return a
			}
			if strings.TrimSpace(garbage) == "" {
				fmt.Fprintln(lines, garbage)
			} else if a := ask(garbage); a.ID != nil || a.Error == nil || a.Error.Code > -32600 || a.Error.Message == "" {
				t.Errorf("%+v", a)
			}
			a := ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
			if a.Error != nil || a.ID != 1.0 || len(a.Result) == 0 {
				t.Errorf("%+v", a)
			}
			lines.Close()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// The law is there as lists.
func TestLaw(t *testing.T) {
	h := newServer(t)
	if got := fetch[Schedule](t, h.URL+"/v1/schedule", 200); got.Digest != engine(t).Digest() || len(got.Packs) == 0 || got.KnownThrough == "" {
		t.Errorf("%+v", got)
	}
	if got := fetch[Measures](t, h.URL+"/v1/measures?goods=8505.11.00.70&from=CN&to=US&on=2025-06-15", 200); len(got.Measures) == 0 || got.On != "2025-06-15" || got.Known != "2026-08-01" {
		t.Errorf("%+v", got)
	}
	if got := fetch[struct{ Acts []struct{ Citation string } }](t, h.URL+"/v1/measures/us.301.list-3", 200); len(got.Acts) == 0 || got.Acts[0].Citation == "" {
		t.Errorf("%+v", got)
	}
	if got := fetch[struct{ Measures []string }](t, h.URL+"/v1/instruments/eo-14298", 200); len(got.Measures) == 0 {
		t.Errorf("%+v", got)
	}
	if got := fetch[Goods](t, h.URL+"/v1/goods?q=permanent+magnet&to=US&limit=3", 200); len(got.Lines) != 3 || !got.More {
		t.Errorf("%+v", got)
	}
	if got := fetch[Timeline](t, h.URL+"/v1/timeline?goods=8505.11.00.70&from=CN&to=US&since=2025-01-01&until=2025-07-01&only=import&fact=goods.Dy=0", 200); len(got.Steps) < 5 {
		t.Errorf("%+v", got)
	}
	res, body := send(t, "POST", h.URL+"/v1/compare", `{"before": `+magnet+`, "after": `+strings.Replace(magnet, `"on": "2025-06-15"`, `"on": "2025-02-20"`, 1)+`}`)
	if res.StatusCode != 200 || !strings.Contains(body, `"changed":true`) {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// Answers are packed for those who can unpack them.
func TestCompression(t *testing.T) {
	h := newServer(t)
	for _, how := range []string{"gzip", "zstd"} {
		res, body := send(t, "GET", h.URL+"/v1/measures", "", "Accept-Encoding", how)
		if res.Header.Get("Content-Encoding") != how {
			t.Fatalf("%s: %s", how, res.Header.Get("Content-Encoding"))
		}
		if how == "zstd" {
			r, err := zstd.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if text, err := io.ReadAll(r); err != nil || !json.Valid(text) {
				t.Errorf("%v", err)
			}
		}
	}
}

// The reference page names every operation, and asks nothing of another host.
func TestDocs(t *testing.T) {
	h := newServer(t)
	_, page := send(t, "GET", h.URL+"/v1/docs", "")
	doc := fetch[struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ OperationID string }
	}](t, h.URL+"/v1/openapi.json", 200)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) < 15 {
		t.Errorf("%s, %d paths", doc.OpenAPI, len(doc.Paths))
	}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if !strings.Contains(page, `id="`+op.OperationID+`"`) || !strings.Contains(page, strings.ToUpper(method)+" "+path) {
				t.Errorf("%s %s is not on the page", method, path)
			}
		}
	}
	for _, host := range []string{"http://", "https://", "<script"} {
		if strings.Contains(page, host) {
			t.Errorf("the page has %s", host)
		}
	}
	if res, text := send(t, "GET", h.URL+"/v1/openapi.yaml", ""); res.StatusCode != 200 || !strings.Contains(text, "openapi: 3.1") {
		t.Errorf("%s: %.100s", res.Status, text)
	}
}

// Operators see whether the server lives, whether it is ready and what it did.
func TestHealth(t *testing.T) {
	h := newServer(t)
	send(t, "POST", h.URL+"/v1/determinations", magnet)
	for path, says := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": `navicert_http_requests_total{route="POST /v1/determinations",status="200"} 1`} {
		if res, body := send(t, "GET", h.URL+path, ""); res.StatusCode != 200 || !strings.Contains(body, says) {
			t.Errorf("%s: %s: %s", path, res.Status, body)
		}
	}
}

// More than so many at once are told so, and when to come again.
func TestBusy(t *testing.T) {
	g := newGate("things at once", 1, time.Nanosecond)
	if err := g.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := g.enter(t.Context())
	p, ok := err.(*Problem)
	if !ok || p.Status != 503 || !strings.Contains(p.Detail, "1 things at once") || p.GetHeaders().Get("Retry-After") == "" {
		t.Errorf("%v", err)
	}
	g.leave()
	if err := g.enter(t.Context()); err != nil {
		t.Error(err)
	}
}

// A client that sends its request too slowly is cut off, with the limit named.
func TestSlowClients(t *testing.T) {
	s := serverOn(t, t.TempDir(), func(o *Options) {
		o.Limits = DefaultLimits()
		o.Limits.HeaderTime, o.Limits.BodyTime, o.Limits.StallTime = 100*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond
		o.Now = time.Now
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	for name, request := range map[string]string{
		"headers": "POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\n",
		"body":    "POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		"upload":  "POST /v1/batches?name=a.csv HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ngoods",
		"stream":  "POST /v1/determinations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\n\r\n{",
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(c) // to the end, which comes without our doing
		if name != "headers" && !strings.Contains(string(answer), "limit") {
			t.Errorf("%s: %s", name, answer)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The tools of language models answer with citations, and none of them writes.
func TestTools(t *testing.T) {
	h := newServer(t)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: h.URL + "/mcp", DisableStandaloneSSE: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	list, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		if !tool.Annotations.ReadOnlyHint {
			t.Errorf("%s may write", tool.Name)
		}
	}
	shipment := map[string]any{"goods": "8505.11.00.70", "from": "CN", "to": "US", "on": "2025-06-15", "known": "2025-06-15", "value": "10000 USD"}
	with := func(more map[string]any) map[string]any {
		for k, v := range shipment {
			if _, ok := more[k]; !ok && k != "on" {
				more[k] = v
			}
		}
		return more
	}
	for _, c := range []struct {
		tool string
		args map[string]any
		says []string
	}{
		{"determine", shipment, []string{`"outcome":"refer"`, "MOFCOM/GACC Announcement 18 of 2025", `"digest":"sha256:`}},
		{"open_questions", shipment, []string{"Who is the end user?", `"citation"`}},
		{"timeline", with(map[string]any{"since": "2025-01-01", "until": "2025-07-01"}), []string{"EO 14195"}},
		{"explain", map[string]any{"measure": "us.301.list-3"}, []string{`"citation":"83 FR`}},
		{"search_goods", map[string]any{"words": "permanent magnet", "to": "US"}, []string{"8505.11.00", "us-tariff"}},
	} {
		res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: c.args})
		if err != nil || res.IsError {
			t.Errorf("%s: %v, %+v", c.tool, err, res)
			continue
		}
		text := res.Content[0].(*mcp.TextContent).Text
		for _, says := range c.says {
			if !strings.Contains(text, says) {
				t.Errorf("%s does not say %s: %.400s", c.tool, says, text)
			}
		}
	}
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "search_goods", Arguments: map[string]any{"words": "permanent magnet"}})
	if err != nil || res.IsError {
		t.Fatal(err, res)
	}
	text := res.Content[0].(*mcp.TextContent).Text
	if us, cn := strings.Index(text, `"pack":"us-tariff"`), strings.LastIndex(text, `"pack":"cn-tariff"`); us < 0 || cn < 0 || !strings.HasPrefix(text[strings.Index(text, `"source"`):], `"source":["us-tariff","cn-tariff"]`) {
		t.Errorf("lines with their duty do not come first: %.600s", text)
	}
	res, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "determine", Arguments: map[string]any{"goods": "1", "from": "CN", "to": "US"}})
	if err != nil || !res.IsError || !strings.Contains(res.Content[0].(*mcp.TextContent).Text, "goods") {
		t.Errorf("%v, %+v", err, res)
	}
}
