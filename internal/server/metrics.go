package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics count what a server does.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	running  prometheus.Gauge
	cases    *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "navicert_http_requests_total", Help: "Requests, by the pattern of their path and by status."}, []string{"route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "navicert_http_request_seconds", Help: "Time from the headers of a request to the end of its answer.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .5, 1, 5, 30}}, []string{"route"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "navicert_http_requests_running", Help: "Requests that are answered now."}),
		cases:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "navicert_cases_total", Help: "Cases asked of the API, by whether they were answered."}, []string{"answered"}),
	}
	m.registry.MustRegister(m.requests, m.took, m.running, m.cases, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}

func (m *metrics) request(route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) answered(n int, ok bool) {
	m.cases.WithLabelValues(strconv.FormatBool(ok)).Add(float64(n))
}
