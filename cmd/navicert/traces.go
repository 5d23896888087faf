package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sethvargo/go-retry"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// traces sends spans to where the environment says, by the variables of
// OpenTelemetry; nil where it names no place.
func traces(ctx context.Context, log *slog.Logger) (_ trace.TracerProvider, flush func(), err error) {
	client, err := newCollector()
	if client == nil || err != nil {
		return nil, func() {}, err
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "navicert"), attribute.String("service.version", programVersion())), resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces are lost", "error", err) }))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return provider, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = provider.Shutdown(last) // what cannot be sent any more is lost
	}, nil
}

// collector sends spans as protocol buffers over HTTP. The client of
// OpenTelemetry for this links all of gRPC (decision 23), so this one is ours.
type collector struct {
	endpoint string
	header   http.Header
	packed   bool
	within   time.Duration // for one batch of spans, its repetitions included
	http     *http.Client
}

// newCollector reads the variables that OpenTelemetry has for OTLP over HTTP,
// those of traces before those of all signals; nil where none names a place or
// traces are turned off.
func newCollector() (*collector, error) {
	set := func(name string) (string, string) {
		traces, all := "OTEL_EXPORTER_OTLP_TRACES_"+name, "OTEL_EXPORTER_OTLP_"+name
		if v := strings.TrimSpace(os.Getenv(traces)); v != "" {
			return v, traces
		}
		return strings.TrimSpace(os.Getenv(all)), all
	}
	endpoint, by := set("ENDPOINT")
	if endpoint == "" || strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("%s: %q is no address of a collector (try http://localhost:4318)", by, endpoint)
	}
	if by == "OTEL_EXPORTER_OTLP_ENDPOINT" { // the base of all signals
		at = at.JoinPath("v1/traces")
	}
	if protocol, by := set("PROTOCOL"); cmp.Or(protocol, "http/protobuf") != "http/protobuf" {
		return nil, fmt.Errorf("%s: %q is not spoken here (http/protobuf is, which collectors take at port 4318)", by, protocol)
	}
	c := &collector{endpoint: at.String(), within: 10 * time.Second, header: http.Header{}}
	switch packing, by := set("COMPRESSION"); packing {
	case "", "none":
	case "gzip":
		c.packed = true
	default:
		return nil, fmt.Errorf("%s: %q is no compression (gzip or none)", by, packing)
	}
	if wait, by := set("TIMEOUT"); wait != "" {
		ms, err := strconv.Atoi(wait)
		if err != nil || ms <= 0 {
			return nil, fmt.Errorf("%s: %q is no number of milliseconds", by, wait)
		}
		c.within = time.Duration(ms) * time.Millisecond
	}
	headers, by := set("HEADERS")
	for pair := range strings.SplitSeq(headers, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return nil, fmt.Errorf("%s: headers are written name=value,name=value, with %%2C for a comma", by) // their text may be secret
		}
		c.header.Set(strings.TrimSpace(name), value)
	}
	c.header.Set("Content-Type", "application/x-protobuf")
	c.header.Set("User-Agent", "navicert/"+programVersion())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if transport.TLSClientConfig, err = collectorTLS(set); err != nil {
		return nil, err
	}
	c.http = &http.Client{Transport: transport}
	return c, nil
}

// collectorTLS is whom to trust and how to be known to a collector, where the
// environment says.
func collectorTLS(set func(name string) (value, by string)) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if file, by := set("CERTIFICATE"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", by, err)
		}
		if config.RootCAs = x509.NewCertPool(); !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: %s holds no certificate in PEM form", by, file)
		}
	}
	if file, by := set("CLIENT_CERTIFICATE"); file != "" {
		key, _ := set("CLIENT_KEY")
		own, err := tls.LoadX509KeyPair(file, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", by, err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}

// Start implements [otlptrace.Client]; connections are made when there is
// something to send.
func (c *collector) Start(context.Context) error { return nil }

// Stop implements [otlptrace.Client].
func (c *collector) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements [otlptrace.Client]. It tries again where the collector
// says that it may.
func (c *collector) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// On the wire this is an ExportTraceServiceRequest, whose own Go package holds a
	// service of gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	if c.packed {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(body) // a buffer takes all
		_ = w.Close()
		body = b.Bytes()
	}
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	waits := retry.WithJitterPercent(20, retry.NewExponential(250*time.Millisecond))
	return retry.Do(ctx, waits, func(ctx context.Context) error { return c.send(ctx, body) })
}

func (c *collector) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = c.header.Clone()
	if c.packed {
		req.Header.Set("Content-Encoding", "gzip")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return retry.RetryableError(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	err = fmt.Errorf("%s answers %s", c.endpoint, res.Status)
	switch res.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return retry.RetryableError(err)
	}
	return err
}
