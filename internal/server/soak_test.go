package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/packs"
)

// soaker sends requests to a server for as long as it is told, of every kind in
// turn, from several clients at once.
type soaker struct {
	t      *testing.T
	url    string
	client *http.Client
	visits []func(s *soaker, i int)
	sent   atomic.Int64
}

// send sends a request whose answer is to have the status. Where the server says
// that it is busy, it is sent again.
func (s *soaker) send(status int, method, path, media, body string) (*http.Response, []byte) {
	for {
		s.sent.Add(1)
		req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
		if err != nil {
			s.t.Error(err)
			return nil, nil
		}
		if media != "" {
			req.Header.Set("Content-Type", media)
		}
		if strings.HasPrefix(path, "/mcp") {
			req.Header.Set("Accept", "application/json, text/event-stream")
		}
		res, err := s.client.Do(req)
		if err != nil {
			s.t.Errorf("%s %s: %v", method, path, err)
			return nil, nil
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		switch {
		case err != nil:
			s.t.Errorf("%s %s: %v", method, path, err)
		case res.StatusCode == http.StatusServiceUnavailable:
			continue
		case res.StatusCode != status:
			s.t.Errorf("%s %s: %s, want %d: %.300s", method, path, res.Status, status, text)
		}
		return res, text
	}
}

// until sends requests from eight clients until it is enough.
func (s *soaker) until(enough func() bool) {
	var turn atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for !enough() {
				i := int(turn.Add(1))
				s.visits[i%len(s.visits)](s, i)
			}
		})
	}
	wg.Wait()
}

// heap is what is still held when nothing is asked.
func (s *soaker) heap() uint64 {
	s.client.CloseIdleConnections()
	runtime.GC()
	runtime.GC() // what pools hold is gone after the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// grew reports whether a heap holds more than noise and what is remembered of the
// law would explain.
func grew(warm, end uint64) bool { return end > warm+warm/10+(8<<20) }

// soak loads a server and returns its heap after a quarter of the time, when what
// is remembered of the law is there, and at the end.
func (s *soaker) soak(last time.Duration) (warm, end uint64) {
	begin := time.Now()
	s.until(func() bool { return time.Since(begin) > last/4 })
	warm = s.heap()
	s.until(func() bool { return time.Since(begin) > last })
	return warm, s.heap()
}

// got asks for an address.
func got(path string) func(*soaker, int) {
	return func(s *soaker, _ int) { s.send(http.StatusOK, "GET", path, "", "") }
}

// posted sends a body, which may differ from one time to the next.
func posted(status int, path, media string, body func(i int) string) func(*soaker, int) {
	return func(s *soaker, i int) { s.send(status, "POST", path, media, body(i)) }
}

func same(body string) func(int) string { return func(int) string { return body } }

// soakCase is a case whose value is one of so many.
func soakCase(values int) func(int) string {
	return func(i int) string {
		return fmt.Sprintf(`{"goods":"9403.60.80.40","from":"CN","to":"US","on":"2025-06-15","value":"%d USD"}`, 1000+i%values)
	}
}

const soakAsk = "goods=8505.11.00.70&from=CN&to=US&on=2025-06-15&known=2025-06-15&value=10000+USD"

// soakVisits goes through every address of the API and of the pages, those of the
// desk aside.
func soakVisits() []func(*soaker, int) {
	stream := ""
	for i := range 50 {
		stream += soakCase(50)(i) + "\n"
	}
	visits := []func(*soaker, int){
		posted(200, "/v1/determinations?detail=summary", mediaJSON, soakCase(977)),
		posted(200, "/v1/determinations", mediaJSON, same(magnet)),
		posted(200, "/v1/determinations?detail=summary", mediaNDJSON, same(stream)),
		posted(200, "/v1/determinations", mediaJSON, same(`[{"goods":"1"},`+magnet+`]`)),
		posted(400, "/v1/determinations", mediaJSON, same(`{"goods": "1"`)),
		posted(422, "/v1/determinations", mediaJSON, same(`{"goods": "1", "from": "CN", "to": "US"}`)),
		posted(200, "/v1/compare", mediaJSON, same(`{"before":`+magnet+`,"after":`+magnet+`}`)),
		posted(200, "/mcp", mediaJSON, same(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open_questions","arguments":`+magnet+`}}`)),
		func(s *soaker, i int) { // kept, read and proved
			if res, _ := s.send(200, "POST", "/v1/determinations?keep=true", mediaJSON, soakCase(50)(i)); res != nil {
				s.send(200, "GET", res.Header.Get("Location"), "", "")
				s.send(200, "POST", res.Header.Get("Location")+"/verify", "", "")
			}
		},
		soakFile, soakFilePages,
		func(s *soaker, _ int) { s.send(404, "GET", "/v1/none", "", ""); s.send(404, "GET", "/none", "", "") },
	}
	for _, path := range []string{
		"/v1/measures?limit=20", "/v1/measures/us.301.list-3", "/v1/instruments?limit=20", "/v1/instruments/eo-14298", "/v1/goods?q=magnet", "/v1/facts", "/v1/schedule",
		"/v1/timeline?goods=9403.60.80.40&from=CN&to=US&since=2025-01-01&until=2025-07-01", "/v1/batches", "/v1/docs", "/v1/docs.css", "/v1/openapi.json", "/v1/openapi.yaml", "/v1/openapi-3.0.json",
		"/healthz", "/readyz", "/metrics",
		"/", "/ask", "/ask?" + soakAsk, "/ask/answer.json?" + soakAsk, "/ask/answer.md?" + soakAsk, "/ask/print?" + soakAsk,
		"/timeline?goods=9403.60.80.40&from=CN&to=US&on=2025-06-15&known=2025-06-15&since=2025-01-01&until=2025-07-01", "/compare?" + soakAsk + "&on2=2025-09-01&scenario=truce-lapses",
		"/files", "/law", "/law?q=magnet", "/law/measures", "/law/measures/us.301.list-3", "/law/instruments", "/law/instruments/eo-14298", "/law/packs/us-tariff", "/law/lists/us.301.list-3", "/law/facts",
		"/static/style.css",
	} {
		visits = append(visits, got(path))
	}
	return visits
}

// soakRows is a file of cases.
const soakRows = "goods,from,to,on,value\n8505.11.00.70,CN,US,2025-06-15,10000 USD\n9403.60.80.40,CN,US,2025-06-15,500 USD\n"

// soakFile takes a file through the API: kept, looked at, answered, read, removed.
func soakFile(s *soaker, i int) {
	_, text := s.send(201, "POST", "/v1/batches?name=a.csv&format=csv&detail=none", "text/csv", soakRows)
	var b struct{ ID, State string }
	if json.Unmarshal(text, &b) != nil {
		return
	}
	path := "/v1/batches/" + b.ID
	s.send(200, "POST", path+"/inspect", mediaJSON, "{}")
	s.send(202, "POST", path+"/start", mediaJSON, `{"format":"csv","detail":"none"}`)
	if i%2 == 0 { // it may be done by then
		res, err := s.client.Post(s.url+path+"/cancel", mediaJSON, nil)
		if err != nil {
			s.t.Error(err)
			return
		}
		res.Body.Close()
	}
	for over := false; !over; over = b.State == string(batch.Done) || b.State == string(batch.Cancelled) || b.State == string(batch.Failed) {
		_, text = s.send(200, "GET", path, "", "")
		if text == nil || json.Unmarshal(text, &b) != nil {
			return
		}
	}
	if b.State == string(batch.Done) {
		s.send(200, "GET", path+"/totals", "", "")
		s.send(200, "GET", path+"/result", "", "")
	}
	s.send(204, "DELETE", path, "", "")
}

// soakFilePages takes a file through the pages.
func soakFilePages(s *soaker, _ int) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "a.csv")
	if err != nil {
		s.t.Error(err)
		return
	}
	_, _ = io.WriteString(part, soakRows) // a buffer takes all
	form.Close()
	res, _ := s.send(303, "POST", "/files", form.FormDataContentType(), body.String())
	if res == nil {
		return
	}
	path := res.Header.Get("Location")
	const media = "application/x-www-form-urlencoded"
	s.send(200, "GET", path, "", "")
	s.send(303, "POST", path+"/start", media, "format=csv&detail=none")
	s.send(303, "POST", path+"/stop", media, "")
	s.send(200, "GET", path, "", "")
	if res, err := s.client.Get(s.url + path + "/result"); err != nil { // there, or not for having been stopped
		s.t.Error(err)
	} else {
		res.Body.Close()
	}
	s.send(303, "POST", path+"/remove", media, "")
}

// newSoaker starts a server of the handler and clients for it.
func newSoaker(t *testing.T, h http.Handler, visits []func(*soaker, int)) *soaker {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	return &soaker{t: t, url: server.URL, client: client, visits: visits}
}

// TestSoak holds that a server under full load leaks no goroutine and no memory,
// whatever it is asked. NAVICERT_SOAK says for how long; without it each kind of
// request is sent once.
func TestSoak(t *testing.T) {
	var last time.Duration
	if text := os.Getenv("NAVICERT_SOAK"); text != "" {
		var err error
		if last, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	before := goleak.IgnoreCurrent()
	t.Run("load", func(t *testing.T) {
		server := serverOn(t, t.TempDir(), func(o *Options) { o.Packs = packs.FS })
		s := newSoaker(t, server.Handler(), soakVisits())
		for _, visit := range s.visits { // each has its turn, however slow the machine
			visit(s, 1)
			visit(s, 2)
		}
		if last > 0 {
			warm, end := s.soak(last)
			t.Logf("%d requests in %s; heap %d MiB after a quarter, %d MiB at the end", s.sent.Load(), last, warm>>20, end>>20)
			if grew(warm, end) {
				t.Errorf("the heap grew from %d to %d bytes", warm, end)
			}
		}
		_, told := s.send(200, "GET", "/metrics", "", "")
		visited := map[string]bool{}
		for _, m := range regexp.MustCompile(`navicert_http_requests_total\{route="([A-Z]+ [^"]*)",status="(?:[23]..|409)`).FindAllStringSubmatch(string(told), -1) {
			visited[m[1]] = true
		}
		for _, route := range apiRoutes(t, s) {
			if !visited[route] {
				t.Errorf("%s was not asked with success", route) // 409: a file that was done before it could be stopped
			}
		}
	})
	goleak.VerifyNone(t, before)
}

// apiRoutes are the operations of the served document.
func apiRoutes(t *testing.T, s *soaker) (routes []string) {
	_, text := s.send(200, "GET", "/v1/openapi.json", "", "")
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			routes = append(routes, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(routes)
	if len(routes) < 15 {
		t.Fatalf("the document has %v alone", routes)
	}
	return routes
}

// What the soak is to find, it finds: a handler that holds on to a little of each
// request, and one that leaves a goroutine behind.
func TestSoakFindsLeaks(t *testing.T) {
	const requests = 400
	load := func(t *testing.T, h http.Handler) (warm, end uint64) {
		s := newSoaker(t, h, []func(*soaker, int){got("/")})
		upTo := func(n int64) func() bool { return func() bool { return s.sent.Load() >= n } }
		s.until(upTo(requests / 4))
		warm = s.heap()
		s.until(upTo(requests))
		return warm, s.heap()
	}
	t.Run("none", func(t *testing.T) {
		if warm, end := load(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})); grew(warm, end) {
			t.Errorf("%d to %d bytes, and nothing was held", warm, end)
		}
	})
	t.Run("memory", func(t *testing.T) {
		var mu sync.Mutex
		var held [][]byte
		warm, end := load(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			held = append(held, make([]byte, 256<<10))
		}))
		if !grew(warm, end) {
			t.Errorf("%d to %d bytes: %d were held", warm, end, len(held)*256<<10)
		}
		runtime.KeepAlive(held)
	})
	t.Run("goroutine", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		end := make(chan struct{})
		s := newSoaker(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { go func() { <-end }() }), nil)
		s.send(200, "GET", "/", "", "")
		s.client.CloseIdleConnections()
		if goleak.Find(before, goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*Server).Serve")) == nil {
			t.Error("a goroutine was left behind, and not found")
		}
		close(end)
	})
}
