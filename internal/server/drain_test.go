package server_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestD09RunningRequestsEnd: a request that runs when the server is told to stop is
// answered, and the server ends without a fault after it.
func TestD09RunningRequestsEnd(t *testing.T) {
	t.Parallel()
	l, stop := running(t, options(settings(t, t.TempDir())), nil)
	base := l.Addresses.URL()
	untilReady(t, base)

	body, rest := io.Pipe()
	type answer struct {
		status int
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		resp, err := http.Post(base+"/api/authorize/auth/", "application/json", body)
		if err != nil {
			answered <- answer{err: err}
			return
		}
		answered <- answer{resp.StatusCode, resp.Body.Close()}
	}()
	if _, err := io.WriteString(rest, `{"credentials": {"email": "root@example.com",`); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(metrics(t, l.Addresses.Ops), `osprey_http_in_flight{component="api"} 2`) {
		// the request and the one that asks
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for {
		resp, err := http.Get(base + "/api/version")
		if err != nil {
			break // the listener is closed
		}
		_ = resp.Body.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("the server did not wait: %v", err)
	default:
	}
	if _, err := io.WriteString(rest, ` "password": "granite lantern 41 otter"}}`); err != nil {
		t.Fatal(err)
	}
	_ = rest.Close() // never fails
	if a := <-answered; a.err != nil || a.status != http.StatusOK {
		t.Errorf("the running request: %d, %v", a.status, a.err)
	}
	if err := <-stopped; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func metrics(t *testing.T, ops string) string {
	t.Helper()
	_, text := get(t, http.DefaultClient, "http://"+ops+"/metrics", "")
	return text
}
