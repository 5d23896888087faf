package main

import (
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A collector sees each request as a span with its id, route and status, as part
// of the trace that the client began, though it was too busy at first.
func TestTracesReachCollector(t *testing.T) {
	const begun = "0af7651916cd43dd8448eb211c80319c"
	sent := make(chan *collectorpb.ExportTraceServiceRequest, 10)
	var asked atomic.Int32
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("X-Token") != "a,b" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		body, err := io.ReadAll(unpacked)
		var message collectorpb.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(body, &message) != nil {
			t.Errorf("no message of OTLP: %v", err)
		}
		sent <- &message
	}))
	defer there.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", there.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-token=a%2Cb")
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	address, process := serve(t, t.TempDir())
	for path, id := range map[string]string{"/v1/determinations/sha256:" + strings.Repeat("0", 64): "absent", "/v1/schedule": "there", "/v1/goods?q=secret": "search"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Request-Id", id)
		req.Header.Set("Traceparent", "00-"+begun+"-b7ad6b7169203331-01")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if err := process.Process.Signal(syscall.SIGTERM); err != nil { // what is not yet sent is sent at the end
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Fatal(err)
	}
	close(sent)
	found := map[string]map[string]string{}
	for message := range sent {
		for _, of := range message.ResourceSpans {
			about := attributes(of.Resource.Attributes)
			if about["service.name"] != "navicert" || about["deployment.environment.name"] != "test" {
				t.Errorf("the service is %v", about)
			}
			for _, scope := range of.ScopeSpans {
				for _, span := range scope.Spans {
					a := attributes(span.Attributes)
					if a["trace"] = hex.EncodeToString(span.TraceId); span.Kind != tracepb.Span_SPAN_KIND_SERVER || span.EndTimeUnixNano < span.StartTimeUnixNano {
						t.Errorf("%v", span)
					}
					a["name"] = span.Name
					found[a["navicert.request"]] = a
				}
			}
		}
	}
	for id, want := range map[string]map[string]string{
		"there":  {"name": "GET /v1/schedule", "http.route": "/v1/schedule", "http.response.status_code": "200", "http.request.method": "GET", "url.path": "/v1/schedule", "trace": begun},
		"absent": {"name": "GET /v1/determinations/{digest}", "http.route": "/v1/determinations/{digest}", "http.response.status_code": "404", "trace": begun},
		"search": {"name": "GET /v1/goods", "http.response.status_code": "200", "url.path": "/v1/goods"},
	} {
		if found[id] == nil {
			t.Fatalf("no span of the request %q in %v", id, found)
		}
		for key, value := range want {
			if found[id][key] != value {
				t.Errorf("%s: %s is %q, want %q", id, key, found[id][key], value)
			}
		}
		for key, value := range found[id] {
			if strings.Contains(value, "secret") {
				t.Errorf("%s tells what was asked: %s", key, value)
			}
		}
	}
}

func attributes(all []*commonpb.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range all {
		switch v := a.Value.Value.(type) {
		case *commonpb.AnyValue_StringValue:
			out[a.Key] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			out[a.Key] = strconv.FormatInt(v.IntValue, 10)
		}
	}
	return out
}

// A setting that cannot be heeded is refused by its name; a secret is not told.
func TestTraceSettings(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://there", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "port 4318"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "milliseconds"},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "br", "gzip or none"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "hushhush", "name=value"},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", "traces_test.go", "PEM"},
		{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "no-such-file", "no-such-file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
			t.Setenv(c.name, c.value)
			_, err := newCollector()
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.name) || strings.Contains(err.Error(), "hushhush") {
				t.Error(err)
			}
		})
	}
	for name, value := range map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": ""} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
			t.Setenv(name, value)
			if c, err := newCollector(); c != nil || err != nil {
				t.Errorf("%v, %v; want none", c, err)
			}
		})
	}
}
