// Package metric counts what the house does, for Prometheus. A Set is one
// process's figures; its methods are typed, so that nothing but what is meant
// can become a label: never an id of a user, company, person or folder.
//
// A nil *Set takes everything and keeps nothing, so that tests and tools need
// none.
package metric

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"example.org/osprey"
)

// Set holds the figures of one process. It is safe for concurrent use.
type Set struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	inFlight  *prometheus.GaugeVec
	analyses  *prometheus.CounterVec
	analysis  *prometheus.HistogramVec
	stages    *prometheus.HistogramVec
	retries   *prometheus.CounterVec
	rejects   *prometheus.CounterVec
	scores    *prometheus.CounterVec
	searches  *prometheus.HistogramVec
	logins    *prometheus.CounterVec
	limited   *prometheus.CounterVec
	lite      *prometheus.CounterVec
	modelInfo *prometheus.GaugeVec
	webhooks  *prometheus.CounterVec
	gestures  *prometheus.CounterVec
	injection *prometheus.CounterVec
	expired   *prometheus.CounterVec
	database  *prometheus.HistogramVec
}

// fine are histogram bounds in seconds for steps of milliseconds, coarse for
// whole requests and analyses (the alert on slow analyses is at 20 s).
var (
	fine   = []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}
	coarse = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 60, 300}
)

// Build says what runs, for build_info.
type Build struct{ Version, Commit, Go, Engine string }

// New returns a Set with the figures of Go and of the process beside its own.
func New(b Build) *Set {
	r := prometheus.NewRegistry()
	s := &Set{
		registry:  r,
		requests:  counter(r, "http_requests_total", "Requests answered.", "component", "method", "route", "code"),
		seconds:   histogram(r, "http_request_seconds", "Time from the first byte of a request to the last of its answer.", coarse, "component", "route"),
		inFlight:  gauge(r, "http_in_flight", "Requests being answered.", "component"),
		analyses:  counter(r, "analyses_total", "Analyses that ended.", "type", "resolution", "source"),
		analysis:  histogram(r, "analysis_seconds", "Time from the start of an analysis, its wait included, to its result.", coarse, "type"),
		stages:    histogram(r, "analysis_stage_seconds", "Time of one stage of looking, searching and storing.", fine, "stage"),
		retries:   counter(r, "retries_total", "Tries that failed and are repeated.", "cause"),
		rejects:   counter(r, "quality_rejects_total", "Photos refused for their face.", "code", "place"),
		scores:    counter(r, "score_bucket_total", "Best scores of searched media in steps of 0.05.", "type", "bucket"),
		searches:  histogram(r, "search_seconds", "Time of a search in one collection.", fine, "op"),
		logins:    counter(r, "auth_failures_total", "Requests refused for their credentials.", "reason"),
		limited:   counter(r, "rate_limited_total", "Requests refused by a rate limit.", "scope"),
		lite:      counter(r, "lite_requests_total", "Calls of API Lite answered; code is ok or the code of the refusal.", "method", "code"),
		webhooks:  counter(r, "webhook_deliveries_total", "Attempts to deliver a webhook, by how they ended.", "result"),
		gestures:  counter(r, "gesture_total", "Gestures judged; result is detected or why not.", "tag", "result"),
		injection: counter(r, "injection_score_bucket_total", "Injection scores of media in steps of 0.05.", "bucket"),
		expired:   counter(r, "retention_deleted_total", "Objects erased because their time was over.", "kind"),
		database:  histogram(r, "db_seconds", "Time of a transaction, its wait for a connection included.", fine, "op"),
		modelInfo: gauge(r, "model_info", "Models that are loaded.", "name", "version", "provider"),
	}
	s.Expired(osprey.Erased{}) // there from the start: a sweep may have nothing to do for days
	gauge(r, "build_info", "What runs.", "version", "commit", "go", "engine").
		WithLabelValues(b.Version, b.Commit, b.Go, b.Engine).Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
}

// Gatherer gives the figures to whoever writes them out.
func (s *Set) Gatherer() prometheus.Gatherer {
	if s == nil {
		return prometheus.NewRegistry()
	}
	return s.registry
}

const prefix = "osprey_"

func counter(r *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
	r.MustRegister(v)
	return v
}

func gauge(r *prometheus.Registry, name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + name, Help: help}, labels)
	r.MustRegister(v)
	return v
}

func histogram(r *prometheus.Registry, name, help string, bounds []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: bounds}, labels)
	r.MustRegister(v)
	return v
}

// RequestBegun counts a request that came in; call what it returns when the
// answer is out. route is the pattern, never the path.
func (s *Set) RequestBegun(component string) func(method, route string, status int, took time.Duration) {
	if s == nil {
		return func(string, string, int, time.Duration) {}
	}
	flight := s.inFlight.WithLabelValues(component)
	flight.Inc()
	return func(method, route string, status int, took time.Duration) {
		flight.Dec()
		s.requests.WithLabelValues(component, known(method), route, strconv.Itoa(status)).Inc()
		s.seconds.WithLabelValues(component, route).Observe(took.Seconds())
	}
}

// known keeps methods that a stranger invents out of the labels.
func known(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}

// AnalysisEnded counts an analysis and the time from its creation to its end.
func (s *Set) AnalysisEnded(t osprey.AnalysisType, r osprey.Resolution, from osprey.Source, took time.Duration) {
	if s == nil {
		return
	}
	s.analyses.WithLabelValues(string(t), string(r), string(from)).Inc()
	s.analysis.WithLabelValues(string(t)).Observe(took.Seconds())
}

// Stage takes the seconds of one stage: decode, detect, align, assess, embed,
// search, store.
func (s *Set) Stage(stage string, seconds float64) {
	if s != nil {
		s.stages.WithLabelValues(stage).Observe(seconds)
	}
}

// Retried counts a failed try that is repeated.
func (s *Set) Retried(cause string) {
	if s != nil {
		s.retries.WithLabelValues(cause).Inc()
	}
}

// FaceRejected counts a photo refused with 20, 21 or 22; place is "enrolment",
// "search", "analysis" or "lite". Other codes are not counted.
func (s *Set) FaceRejected(code osprey.Code, place string) {
	if s == nil || code < osprey.CodeNoFace || code > osprey.CodeLowQuality {
		return
	}
	s.rejects.WithLabelValues(strconv.Itoa(int(code)), place).Inc()
}

// Score counts the best score that a medium reached.
func (s *Set) Score(t osprey.AnalysisType, confidence float64) {
	if s != nil {
		s.scores.WithLabelValues(string(t), bucket(confidence)).Inc()
	}
}

// bucket names the step of 0.05 that holds a score by its lower bound.
func bucket(score float64) string {
	step := min(max(int(score*20), 0), 19)
	return strconv.FormatFloat(float64(step)/20, 'f', 2, 64)
}

// Searched takes the time of one search; op is "analysis", "photo" or "similar".
func (s *Set) Searched(op string, took time.Duration) {
	if s != nil {
		s.searches.WithLabelValues(op).Observe(took.Seconds())
	}
}

// AuthFailed counts a refusal of credentials; reason is a stable word.
func (s *Set) AuthFailed(reason string) {
	if s != nil {
		s.logins.WithLabelValues(reason).Inc()
	}
}

// RateLimited counts a refusal by a rate limit; scope is "company", "address" or
// "login".
func (s *Set) RateLimited(scope string) {
	if s != nil {
		s.limited.WithLabelValues(scope).Inc()
	}
}

// LiteAnswered counts a call of API Lite by its name and its code.
func (s *Set) LiteAnswered(method, code string) {
	if s != nil {
		s.lite.WithLabelValues(method, code).Inc()
	}
}

// WebhookAttempted counts an attempt; result is "delivered", "failed" (there will be
// another one) or "dead".
func (s *Set) WebhookAttempted(result string) {
	if s != nil {
		s.webhooks.WithLabelValues(result).Inc()
	}
}

// GestureJudged counts a gesture by its tag and what came of it. A tag that is none,
// which a challenge may hold, is counted as other.
func (s *Set) GestureJudged(g osprey.Gesture) {
	if s == nil {
		return
	}
	tag, result := g.Tag, "detected"
	if !osprey.IsGesture(tag) {
		tag = "other"
	}
	if !g.Detected {
		result = "not_detected"
		if g.Reason != nil {
			result = strings.ToLower(string(*g.Reason))
		}
	}
	s.gestures.WithLabelValues(tag, result).Inc()
}

// Injection counts the injection score of a medium.
func (s *Set) Injection(score float64) {
	if s != nil {
		s.injection.WithLabelValues(bucket(score)).Inc()
	}
}

// Expired counts what a sweep of the retention erased.
func (s *Set) Expired(n osprey.Erased) {
	if s == nil {
		return
	}
	for kind, n := range map[string]int{"media": n.Media, "folder": n.Folders, "analysis": n.Analyses} {
		s.expired.WithLabelValues(kind).Add(float64(n))
	}
}

// Transaction takes the time of a transaction; op is "read" or "write".
func (s *Set) Transaction(op string, took time.Duration) {
	if s != nil {
		s.database.WithLabelValues(op).Observe(took.Seconds())
	}
}

// ModelLoaded notes a model that is in use.
func (s *Set) ModelLoaded(name, version, provider string) {
	if s != nil {
		s.modelInfo.WithLabelValues(name, version, provider).Set(1)
	}
}
