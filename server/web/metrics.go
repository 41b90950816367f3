package web

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hailong/server"
)

// metrics are what Prometheus may read: counts by route, lane and result. A
// label is always one of a few words of ours, never something that was sent.
type metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec   // route, method, status
	durations   *prometheus.HistogramVec // route, method
	answers     *prometheus.CounterVec   // lane, result, unit
	guesses     *prometheus.CounterVec   // result
	storeErrors prometheus.Counter
	page        http.Handler
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hailong_http_requests_total", Help: "Requests answered, by route pattern, method and status."}, []string{"route", "method", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hailong_http_request_duration_seconds", Help: "Time from a request's head to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"route", "method"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hailong_answers_total", Help: "Answers sent by citizens, by lane, by what became of them and by the id of the unit."}, []string{"lane", "result", "unit"}),
		guesses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hailong_wrong_codes_total", Help: "Wrong slip codes, answered as such or refused by a limit."}, []string{"result"}),
		storeErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hailong_store_unavailable_total", Help: "Requests that failed because the store could not be reached in time."}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "hailong_build_info", Help: "Always 1; the version is a label."}, []string{"version"})
	build.WithLabelValues(cmp.Or(version, "unknown")).Set(1)
	for _, r := range []string{"answered", "limited"} {
		m.guesses.WithLabelValues(r)
	}
	m.registry.MustRegister(m.requests, m.durations, m.answers, m.guesses, m.storeErrors, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.page = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return m
}

// An answerResult says what became of an answer; the API uses the same words.
type answerResult string

const (
	answerStored   answerResult = "stored"
	answerAlready  answerResult = "already"
	answerConflict answerResult = "conflict"
	answerRefused  answerResult = "refused"
	// By the citizen, with the slip.
	answerChanged   answerResult = "changed"
	answerWithdrawn answerResult = "withdrawn"
)

// begin makes the series of a unit that alerts are written on, so that they exist
// from the start.
func (m *metrics) begin(unit string) {
	for _, lane := range []server.Lane{server.LaneSlip, server.LaneKiosk, server.LaneWalkUp, server.LanePoster} {
		for _, r := range []answerResult{answerStored, answerAlready, answerConflict, answerRefused} {
			m.answers.WithLabelValues(string(lane), string(r), unit)
		}
	}
}

func (s *Site) countAnswer(lane server.Lane, r answerResult) {
	s.metrics.answers.WithLabelValues(string(lane), string(r), s.svc.Config.Unit).Inc()
}

// observe logs and counts every request. It names the route's pattern and never
// the path, which may hold a slip's code, and neither address nor browser.
func (s *Site) observe(c *gin.Context) {
	start := time.Now() // a stopwatch, not the clock of the house
	c.Next()
	took := time.Since(start)
	route, method, status := cmp.Or(c.FullPath(), "none"), knownMethod(c.Request.Method), c.Writer.Status()
	s.metrics.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	s.metrics.durations.WithLabelValues(route, method).Observe(took.Seconds())
	s.log.InfoContext(c.Request.Context(), "request", "route", route, "method", method, "status", status, "bytes", max(c.Writer.Size(), 0), "took", took.Round(time.Microsecond))
}

// knownMethod keeps a made-up method out of labels and logs.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions:
		return m
	}
	return "other"
}
