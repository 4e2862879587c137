package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/httpapi"
	"example.org/osprey/internal/httpapi/contracttest"
	"example.org/osprey/internal/wire"
)

// process is a running process in any state a test wants.
type process struct{ serve, write, upload error }

func (p process) MayServe() error  { return p.serve }
func (p process) MayWrite() error  { return p.write }
func (p process) MayUpload() error { return p.upload }
func (p process) Checks(context.Context) (bool, []httpapi.Check) {
	return p.write == nil, []httpapi.Check{
		{Name: "store", Status: "ok", Took: 1500 * time.Microsecond},
		{Name: "index", Status: "loading", Detail: "2 of 3 collections"},
	}
}

// setup is the API without rooms behind it: what stands before and beside them is
// what these tests are about.
func setup(t *testing.T, change func(*httpapi.Deps)) http.Handler {
	t.Helper()
	clock := osprey.SystemClock{}
	d := httpapi.Deps{
		Limiter: access.NewLimiter(clock, func() config.Rate {
			return config.Rate{CompanyRPS: 100, CompanyBurst: 100, PublicRPS: 0.01, PublicBurst: 100}
		}),
		Signer:   wire.NewSigner([]byte("key"), time.Hour, clock),
		Uploads:  wire.NewBudget(1 << 20),
		Process:  process{},
		Gatherer: prometheus.NewRegistry(),
		Build:    httpapi.Build{Version: "1.4.0"},
		Clock:    clock,
		IDs:      osprey.NewIDs(clock),
		Log:      slog.New(slog.DiscardHandler),
	}
	d.Config.Server.Components = "auth,stateful,oz_collections"
	if change != nil {
		change(&d)
	}
	return httpapi.New(d)
}

func request(t *testing.T, h http.Handler, method, target string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// refusal reads the body of an error.
func refusal(t *testing.T, answer *httptest.ResponseRecorder) (code int, details map[string]any) {
	t.Helper()
	var e struct {
		Code    *int           `json:"error_code"`
		Message string         `json:"error_message"`
		Details map[string]any `json:"details"`
	}
	b := answer.Body.Bytes()
	if err := json.Unmarshal(b, &e); err != nil || e.Code == nil || e.Message == "" {
		t.Fatalf("%d with no error body: %s", answer.Code, b)
	}
	return *e.Code, e.Details
}

func TestRoutesBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	h := setup(t, nil)
	for _, c := range []struct {
		method, target string
		status, code   int
		allow          string
	}{
		{"GET", "/api/version", 200, -1, ""},
		{"GET", "/api/version/", 200, -1, ""},
		{"GET", "/api/version/?", 200, -1, ""},
		{"GET", "/api/version//", 404, 10, ""},
		{"GET", "//api/version", 404, 10, ""},
		{"GET", "/api/./version", 404, 10, ""},
		{"GET", "/api/x/../version", 404, 10, ""},
		{"GET", "/api/%2e%2e/api/version", 404, 10, ""},
		{"GET", "/api/%76ersion", 404, 10, ""},
		{"GET", "/api/version%2F", 404, 10, ""},
		{"GET", "/api/version%00", 404, 10, ""},
		{"GET", "/", 404, 10, ""},
		{"GET", "/api", 404, 10, ""},
		{"GET", "/api/nothing", 404, 10, ""},
		{"GET", "/api/Version", 404, 10, ""},
		{"POST", "/api/version", 405, 1, "GET, HEAD, OPTIONS"},
		{"BREW", "/api/folders/", 405, 1, "GET, HEAD, OPTIONS, POST"},
		{"PUT", "/api/collections/x", 405, 1, "DELETE, GET, HEAD, OPTIONS, PATCH"},
		{"OPTIONS", "/api/collections/x/", 204, -1, "DELETE, GET, HEAD, OPTIONS, PATCH"},
		{"OPTIONS", "/api/nothing", 404, 10, ""},
		{"HEAD", "/api/version", 200, -1, ""},
		{"GET", "/healthz", 200, -1, ""},
		{"GET", "/livez/", 200, -1, ""},
		{"GET", "/readyz", 200, -1, ""},
		{"GET", "/api/healthcheck/", 200, -1, ""},
		{"GET", "/openapi.json", 200, -1, ""},
		{"GET", "/openapi.yaml", 200, -1, ""},
		{"GET", "/licenses", 200, -1, ""},
		{"GET", "/api/ab-testings-configs", 200, -1, ""},
		{"POST", "/api/event_sessions", 201, -1, ""},
		{"POST", "/api/authorize/refresh", 401, 6, ""},
		{"GET", "/metrics", 404, 10, ""},
		{"GET", "/static/x/y.jpg", 404, 10, ""},
		{"GET", "/static/01980000-0000-7000-8000-0000000000f1/01980000-0000-7000-8000-0000000000a1.jpg", 404, 10, ""},
		{"GET", "/static/01980000-0000-7000-8000-0000000000f1/01980000-0000-7000-8000-0000000000a1.jpg?sig=00&exp=1", 404, 10, ""},
		{"GET", "/static/", 404, 10, ""},
		{"GET", "/api/version?a=%zz", 400, 4, ""},
		{"GET", "/api/version?a=" + strings.Repeat("x", 8200), 400, 4, ""},
	} {
		t.Run(c.method+" "+c.target[:min(len(c.target), 40)], func(t *testing.T) {
			t.Parallel()
			answer := request(t, h, c.method, c.target, nil)
			if answer.Code != c.status || answer.Header().Get("Allow") != c.allow {
				t.Errorf("%d, Allow %q", answer.Code, answer.Header().Get("Allow"))
			}
			if answer.Header().Get("X-Request-Id") == "" || answer.Header().Get("X-Content-Type-Options") != "nosniff" ||
				answer.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", answer.Header())
			}
			if c.code >= 0 {
				if code, _ := refusal(t, answer); code != c.code {
					t.Errorf("code %d", code)
				}
			}
			if b := answer.Body.String(); (c.method == "HEAD" || c.status == 204) && len(b) > 0 {
				t.Errorf("a body: %s", b)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := setup(t, nil)
	for id, kept := range map[string]bool{"r-1": true, "bad id": false, "": false} {
		got := request(t, h, "GET", "/api/version", map[string]string{"X-Request-Id": id}).Header().Get("X-Request-Id")
		if (got == id) != kept || got == "" {
			t.Errorf("%q became %q", id, got)
		}
	}
	answer := request(t, h, "GET", "/api/ab-testings-configs?colour=red&limit=3", nil)
	if got := answer.Header().Get("Osprey-Ignored-Params"); got != "colour" {
		t.Errorf("ignored %q", got)
	}
	full := request(t, h, "GET", "/api/version", nil)
	head := request(t, h, "HEAD", "/api/version", nil)
	if full.Header().Get("Content-Length") != head.Header().Get("Content-Length") || full.Header().Get("Content-Type") != head.Header().Get("Content-Type") {
		t.Errorf("HEAD differs: %v, %v", full.Header(), head.Header())
	}
}

func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	h := setup(t, func(d *httpapi.Deps) { d.Config.HTTP.AllowedHosts = []string{"osprey.example.com", "::1"} })
	for host, status := range map[string]int{
		"osprey.example.com": 200, "OSPREY.example.com:8080": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example.com": 400, "": 400, "osprey.example.com.evil": 400,
	} {
		r := httptest.NewRequest(http.MethodGet, "/api/version", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%q: %d", host, w.Code)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/api/version", nil).WithContext(httpapi.Local(t.Context()))
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("the local socket is refused: %d", w.Code)
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	h := setup(t, func(d *httpapi.Deps) { d.Config.HTTP.CORSOrigins = []string{"https://app.example.com"} })
	preflight := map[string]string{"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
	answer := request(t, h, "OPTIONS", "/api/folders", preflight)
	if answer.Code != http.StatusNoContent || answer.Header().Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		!strings.Contains(answer.Header().Get("Access-Control-Allow-Methods"), "POST") ||
		answer.Header().Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", answer.Code, answer.Header())
	}
	preflight["Origin"] = "https://app.example.com.evil.net"
	if got := request(t, h, "OPTIONS", "/api/folders", preflight).Header(); got.Get("Access-Control-Allow-Origin") != "" || !slices.Contains(got.Values("Vary"), "Origin") {
		t.Errorf("a stranger's page: %v", got)
	}
	preflight["Origin"] = "https://app.example.com"
	if got := request(t, h, "GET", "/readyz", preflight).Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Error("CORS outside /api/")
	}
	if got := request(t, setup(t, nil), "GET", "/api/version", preflight).Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Error("CORS is on by itself")
	}
}

func TestPublicRateLimit(t *testing.T) {
	t.Parallel()
	h := setup(t, func(d *httpapi.Deps) {
		d.Limiter = access.NewLimiter(d.Clock, func() config.Rate {
			return config.Rate{CompanyRPS: 1, CompanyBurst: 1, PublicRPS: 0.01, PublicBurst: 3}
		})
		d.Config.HTTP.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	})
	from := func(address string) map[string]string { return map[string]string{"X-Forwarded-For": address} }
	for i := range 4 {
		answer := request(t, h, "GET", "/api/version", from("203.0.113.1"))
		if want := map[bool]int{true: 200, false: 429}[i < 3]; answer.Code != want {
			t.Fatalf("call %d: %d", i, answer.Code)
		}
		if i == 3 {
			if code, _ := refusal(t, answer); code != 18 || answer.Header().Get("Retry-After") == "" || answer.Header().Get("RateLimit-Limit") != "3" {
				t.Errorf("code %d, %v", code, answer.Header())
			}
		}
	}
	if got := request(t, h, "GET", "/api/version", from("203.0.113.2")).Code; got != 200 {
		t.Errorf("another address: %d", got)
	}
	for range 5 {
		if got := request(t, h, "GET", "/healthz", from("203.0.113.1")).Code; got != 200 {
			t.Errorf("a probe is limited: %d", got)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/api/version", nil).WithContext(httpapi.Local(t.Context()))
	for range 5 {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("the local socket is limited: %d", w.Code)
		}
	}
}

func TestProcessStates(t *testing.T) {
	t.Parallel()
	down := osprey.Unavailable("shutting_down", 5*time.Second, "The server is shutting down")
	h := setup(t, func(d *httpapi.Deps) { d.Process = process{serve: down, write: down} })
	answer := request(t, h, "GET", "/api/version", nil)
	if code, _ := refusal(t, answer); answer.Code != http.StatusServiceUnavailable || code != 19 || answer.Header().Get("Retry-After") != "5" {
		t.Errorf("%d, %d, %v", answer.Code, code, answer.Header())
	}
	if got := request(t, h, "GET", "/healthz", nil).Code; got != 200 {
		t.Errorf("healthz: %d", got)
	}
	ready := request(t, h, "GET", "/readyz?verbose", nil)
	b := ready.Body.String()
	if ready.Code != http.StatusServiceUnavailable || strings.TrimSpace(b) != `{"status":"not_ready","checks":{"index":"loading","store":"ok"}}` {
		t.Errorf("%d %s", ready.Code, b)
	}
	r := httptest.NewRequest(http.MethodGet, "/readyz?verbose", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(httpapi.Operations(t.Context())))
	if !strings.Contains(w.Body.String(), `"store":{"status":"ok","detail":null,"ms":1.5}`) {
		t.Errorf("verbose: %s", w.Body)
	}
}

func TestMetricsToken(t *testing.T) {
	t.Parallel()
	h := setup(t, func(d *httpapi.Deps) { d.Config.Metrics.Token = "a-long-enough-token" })
	for header, status := range map[string]int{"": 401, "Bearer x": 401, "Basic a-long-enough-token": 401, "Bearer a-long-enough-token": 200} {
		if got := request(t, h, "GET", "/metrics", map[string]string{"Authorization": header}).Code; got != status {
			t.Errorf("%q: %d", header, got)
		}
	}
	w := httptest.NewRecorder()
	setup(t, nil).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil).WithContext(httpapi.Operations(t.Context())))
	if w.Code != 200 {
		t.Errorf("operations listener: %d", w.Code)
	}
}

// panicky is a process whose state cannot be told.
type panicky struct{ process }

func (panicky) MayServe() error { panic("a secret of the server") }

func TestPanicIsAnAnswer(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	h := setup(t, func(d *httpapi.Deps) {
		d.Process = panicky{}
		d.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	answer := request(t, h, "GET", "/api/version", map[string]string{"X-Request-Id": "r-7"})
	code, details := refusal(t, answer)
	if answer.Code != http.StatusInternalServerError || code != 0 || details["request_id"] != "r-7" || len(details) != 1 {
		t.Errorf("%d, %d, %v", answer.Code, code, details)
	}
	if strings.Count(log.String(), "a secret of the server") != 1 || !strings.Contains(log.String(), "r-7") {
		t.Errorf("log: %s", log.String())
	}
}

func TestTooManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	h := setup(t, func(d *httpapi.Deps) { d.MaxInFlight = -1 })
	answer := request(t, h, "GET", "/api/version", nil)
	if code, _ := refusal(t, answer); answer.Code != http.StatusServiceUnavailable || code != 19 || answer.Header().Get("Retry-After") == "" {
		t.Errorf("%d %d", answer.Code, code)
	}
	for _, probe := range []string{"/healthz", "/livez/", "/readyz", "/api/healthcheck"} {
		if got := request(t, h, "GET", probe, nil).Code; got != http.StatusOK {
			t.Errorf("%s: %d", probe, got)
		}
	}
}

func TestGuessedMediaAddressesAreLimited(t *testing.T) {
	t.Parallel()
	h := setup(t, func(d *httpapi.Deps) {
		d.Limiter = access.NewLimiter(d.Clock, func() config.Rate {
			return config.Rate{CompanyRPS: 1, CompanyBurst: 1, PublicRPS: 0.01, PublicBurst: 2}
		})
	})
	const target = "/static/01980000-0000-7000-8000-0000000000f1/01980000-0000-7000-8000-0000000000a1.jpg"
	for i, query := range []string{"", "?sig=00&exp=9999999999", "", "?sig=00&exp=9999999999"} {
		if got, want := request(t, h, "GET", target+query, nil).Code, []int{404, 404, 429, 429}[i]; got != want {
			t.Errorf("call %d: %d, want %d", i, got, want)
		}
	}
}

func TestMediaBeyondTheBudget(t *testing.T) {
	t.Parallel()
	var signer *wire.Signer
	h := setup(t, func(d *httpapi.Deps) {
		signer = d.Signer
		d.Config.Media.MaxSize = 1 << 40
	})
	link := signer.Link("", "/static/01980000-0000-7000-8000-0000000000f1/01980000-0000-7000-8000-0000000000a1.jpg")
	answer := request(t, h, "GET", link, nil)
	if code, _ := refusal(t, answer); answer.Code != http.StatusServiceUnavailable || code != 19 || answer.Header().Get("Retry-After") == "" {
		t.Errorf("%d %d", answer.Code, code)
	}
}

func TestEventSessionIsBounded(t *testing.T) {
	t.Parallel()
	h := setup(t, nil)
	for size, status := range map[int]int{10: 201, 64 << 10: 201, 64<<10 + 1: 413} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/event_sessions/", strings.NewReader(strings.Repeat("x", size))))
		if w.Code != status {
			t.Errorf("%d bytes: %d", size, w.Code)
		}
	}
}

// TestContract sends what works without rooms through the transport that holds
// answers against the document, and shows that it notices a broken answer.
func TestContract(t *testing.T) {
	t.Parallel()
	doc, err := httpapi.Document("1.4.0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(setup(t, nil))
	defer server.Close()
	client := &http.Client{Transport: contracttest.Transport(t, doc.JSON, nil)}
	for _, target := range []string{
		"/api/version/", "/api/healthcheck", "/readyz", "/livez", "/api/ab-testings-configs/?limit=2", "/api/ab-testings-configs?envelope=false",
		"/openapi.json", "/openapi.yaml", "/licenses", "/nothing", "/metrics", "/api/version?x=%zz",
	} {
		answer, err := client.Get(server.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"core":"1","version":"1","api":"1","more":1}`)
	}))
	defer liar.Close()
	noticed := &recordingTB{TB: t}
	client = &http.Client{Transport: contracttest.Transport(noticed, doc.JSON, nil)}
	answer, err := client.Get(liar.URL + "/api/version")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if noticed.errors != 1 {
		t.Errorf("a key that is not in the contract was noticed %d times", noticed.errors)
	}
}

// recordingTB counts failures in place of failing.
type recordingTB struct {
	testing.TB
	errors int
}

func (r *recordingTB) Errorf(string, ...any) { r.errors++ }
