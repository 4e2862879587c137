package httpapi

import (
	"crypto/subtle"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// isProbe reports whether a path is one by which a supervisor asks for the state of
// the process: a crowd of requests must not make it look dead.
func isProbe(path string) bool {
	switch path {
	case "/healthz", "/livez", "/readyz", "/api/healthcheck":
		return true
	}
	return false
}

func (a *API) alive(*call) (answer, error) { return text(http.StatusOK, "ok"), nil }

// readyObject answers /readyz.
type readyObject struct {
	Status string `json:"status"`
	Checks any    `json:"checks"`
}

type checkObject struct {
	Status string     `json:"status"`
	Detail *string    `json:"detail"`
	MS     wire.Score `json:"ms"`
}

func showChecks(checks []Check) map[string]checkObject {
	shown := make(map[string]checkObject, len(checks))
	for _, check := range checks {
		shown[check.Name] = checkObject{
			Status: check.Status, Detail: orNull(check.Detail), MS: wire.Score(float64(check.Took.Microseconds()) / 1000),
		}
	}
	return shown
}

// ready tells strangers the word for each part, and the operations listener more.
func (a *API) ready(c *call) (answer, error) {
	_, verbose := c.params.Text("verbose")
	return a.readiness(c, verbose && isOps(c.ctx())), nil
}

func (a *API) readiness(c *call, verbose bool) answer {
	isReady, checks := a.Process.Checks(c.ctx())
	o := readyObject{Status: "ready", Checks: showChecks(checks)}
	if !verbose {
		words := make(map[string]string, len(checks))
		for _, check := range checks {
			if !check.Hidden {
				words[check.Name] = check.Status
			}
		}
		o.Checks = words
	}
	if isReady {
		return respond(http.StatusOK, o)
	}
	o.Status = "not_ready"
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Retry-After", "1")
		return wire.WriteJSON(w, r, http.StatusServiceUnavailable, o)
	}
}

// metrics is open on the operations listener and takes a token on the main one.
func (a *API) metrics(c *call) (answer, error) {
	want := a.Config.Metrics.Token.Reveal()
	if !isOps(c.ctx()) {
		if want == "" {
			return nil, osprey.NotExist()
		}
		got, ok := wire.Bearer(c.r.Header.Get("Authorization"))
		if !ok || subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
			return nil, osprey.Errorf(osprey.CodeAuthInvalid, "The metrics token is missing or wrong")
		}
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		promhttp.HandlerFor(a.Gatherer, promhttp.HandlerOpts{}).ServeHTTP(w, r)
		return nil
	}, nil
}
