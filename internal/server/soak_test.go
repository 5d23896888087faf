package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestSoak holds that a server under full load leaks no goroutine and no memory.
// NAVICERT_SOAK says for how long; without it each client sends some requests.
func TestSoak(t *testing.T) {
	var last time.Duration
	if text := os.Getenv("NAVICERT_SOAK"); text != "" {
		var err error
		if last, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	before := goleak.IgnoreCurrent()
	t.Run("load", func(t *testing.T) { soak(t, last) })
	goleak.VerifyNone(t, before)
}

func soak(t *testing.T, last time.Duration) {
	h := httptest.NewServer(serverOn(t, t.TempDir()).Handler())
	defer h.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	stream := ""
	for i := range 50 {
		stream += fmt.Sprintf(`{"goods":"9403.60.80.40","from":"CN","to":"US","on":"2025-06-15","value":"%d USD"}`+"\n", 1000+i)
	}
	kinds := []func(i int) (method, path, media, body string){
		func(i int) (string, string, string, string) {
			return "POST", "/v1/determinations?detail=summary", mediaJSON, fmt.Sprintf(`{"goods":"8505.11.00.70","from":"CN","to":"US","on":"2025-06-15","value":"%d USD"}`, 1000+i%977)
		},
		func(i int) (string, string, string, string) { return "POST", "/v1/determinations", mediaJSON, magnet },
		func(i int) (string, string, string, string) {
			return "POST", "/v1/determinations?keep=true", mediaJSON, fmt.Sprintf(`{"goods":"9403.60.80.40","from":"CN","to":"US","on":"2025-06-15","value":"%d USD"}`, i%50)
		},
		func(i int) (string, string, string, string) {
			return "POST", "/v1/determinations?detail=summary", mediaNDJSON, stream
		},
		func(i int) (string, string, string, string) { return "GET", "/v1/measures?limit=20", "", "" },
		func(i int) (string, string, string, string) { return "GET", "/", "", "" },
		func(i int) (string, string, string, string) {
			return "POST", "/v1/determinations", mediaJSON, `{"goods": "1"` // not JSON
		},
	}
	var sent atomic.Int64
	load := func(enough func() bool) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for !enough() {
					i := int(sent.Add(1))
					method, path, media, body := kinds[i%len(kinds)](i)
					req, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, bytes.NewReader([]byte(body)))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Content-Type", media)
					res, err := client.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := io.Copy(io.Discard, res.Body); err != nil {
						t.Error(err)
					}
					res.Body.Close()
					if res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable {
						t.Errorf("%s %s: %s", method, path, res.Status)
					}
				}
			})
		}
		wg.Wait()
	}
	heap := func() uint64 {
		client.CloseIdleConnections()
		runtime.GC()
		runtime.GC() // what pools hold is gone after the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	upTo := func(n int64) func() bool { return func() bool { return sent.Load() >= n } }
	if last == 0 {
		load(upTo(100))
		return
	}
	// What is remembered of the law fills up first.
	begin := time.Now()
	load(func() bool { return time.Since(begin) > last/4 })
	warm := heap()
	load(func() bool { return time.Since(begin) > last })
	end := heap()
	t.Logf("%d requests in %s; heap %d MiB after a quarter, %d MiB at the end", sent.Load(), last, warm>>20, end>>20)
	if end > warm+warm/4+(16<<20) {
		t.Errorf("the heap grew from %d to %d bytes", warm, end)
	}
}
