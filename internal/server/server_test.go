package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.org/osprey/internal/config"
	"example.org/osprey/internal/httpapi"
	"example.org/osprey/internal/pack"
	"example.org/osprey/internal/server"
	"example.org/osprey/internal/testphoto"
)

// settings resolves a configuration on a folder of its own.
func settings(t testing.TB, dir string, more ...string) *config.Resolved {
	t.Helper()
	r, err := config.Resolve(config.Sources{Environ: append([]string{
		"OSPREY_DATA_DIR=" + dir, "OSPREY_MODELS_DIR=" + testphoto.Models(t),
		"OSPREY_HTTP_LISTEN=127.0.0.1:0", "OSPREY_OPS_LISTEN=127.0.0.1:0", "OSPREY_SERVER_DRAIN_DELAY=0",
		"OSPREY_ADMIN_EMAIL=root@example.com", "OSPREY_ADMIN_PASSWORD=granite lantern 41 otter",
	}, more...)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func options(r *config.Resolved) server.Options {
	return server.Options{Resolved: r, Build: httpapi.Build{Version: "1.0.0"}, Logger: slog.New(slog.DiscardHandler)}
}

// running starts a server and returns it with the way to stop it.
func running(t *testing.T, o server.Options, reload <-chan os.Signal) (*server.Life, func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan *server.Life, 1), make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, o, reload, func(l *server.Life) error { up <- l; return nil })
	}()
	stop := sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	select {
	case l := <-up:
		return l, stop
	case err := <-ended:
		ended <- nil
		t.Fatalf("start: %v", err)
		return nil, nil
	}
}

// untilReady asks until the answer is 200.
func untilReady(t *testing.T, base string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if status, _ := get(t, http.DefaultClient, base+"/readyz", ""); status == http.StatusOK {
			return
		}
	}
	t.Fatal("the server does not get ready")
}

func get(t *testing.T, c *http.Client, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("X-Forensic-Access-Token", token)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestStartServeStop(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "data")
	l, stop := running(t, options(settings(t, dir)), nil)
	if !l.FirstAdmin() {
		t.Error("the first administrator was not made")
	}
	untilReady(t, l.Addresses.URL())
	for path, mode := range map[string]os.FileMode{
		".": 0o700, "osprey.sock": 0o600, "server.json": 0o600, "osprey.db": 0o600, "keys.json": 0o600, "media": 0o700,
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, %v; want %v", path, info.Mode().Perm(), err, mode)
		}
	}
	a, err := server.ReadAddresses(dir)
	if err != nil || a.HTTP != l.Addresses.HTTP || a.PID != os.Getpid() || a.Ops == "" {
		t.Errorf("addresses %+v, %v", a, err)
	}
	_, err = server.Open(t.Context(), options(settings(t, dir)))
	var locked *server.LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("a second process: %v", err)
	}
	ops := "http://" + a.Ops
	for _, path := range []string{"/metrics", "/livez", "/healthz", "/readyz"} {
		if status, _ := get(t, http.DefaultClient, ops+path, ""); status != http.StatusOK {
			t.Errorf("%s on the operations listener: %d", path, status)
		}
	}
	for _, path := range []string{"/debug/pprof/", "/api/version", "/api/companies"} {
		if status, _ := get(t, http.DefaultClient, ops+path, ""); status != http.StatusNotFound {
			t.Errorf("%s on the operations listener: %d", path, status)
		}
	}
	if status, _ := get(t, http.DefaultClient, l.Addresses.URL()+"/metrics", ""); status != http.StatusNotFound {
		t.Errorf("metrics on the main listener without a token in the settings: %d", status)
	}
	if status, _ := get(t, http.DefaultClient, l.Addresses.URL()+"/api/companies/", ""); status != http.StatusUnauthorized {
		t.Errorf("a stranger reads companies: %d", status)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"server.json", "osprey.sock"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was left: %v", name, err)
		}
	}
	findings, err := server.Check(t.Context(), server.CheckOptions{Resolved: settings(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Verdict == server.Failed || f.Verdict == server.Fixed {
			t.Errorf("check: %+v", f)
		}
	}
}

// TestSocketIsTheOwners: without a token the socket's callers are ADMIN; with one
// they are its owner, and a wrong one opens nothing.
func TestSocketIsTheOwners(t *testing.T) {
	t.Parallel()
	l, _ := running(t, options(settings(t, t.TempDir())), nil)
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", l.Addresses.Socket)
	}}}
	t.Cleanup(c.CloseIdleConnections)
	if status, body := get(t, c, "http://x/api/users/", ""); status != http.StatusOK || !strings.Contains(body, "root@example.com") {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(t, c, "http://x/api/users/", "osp_at_wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong token on the socket: %d", status)
	}
}

func TestNotReadyBeforeTheGalleriesAre(t *testing.T) {
	t.Parallel()
	h, err := server.Open(t.Context(), options(settings(t, t.TempDir())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.LocalHandler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
		return w
	}
	if w := ask("GET", "/readyz", ""); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"index":"loading"`) {
		t.Errorf("readyz %d %s", w.Code, w.Body)
	}
	if w := ask("POST", "/api/companies/", `{"name":"early"}`); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("a write before the house is ready: %d %s", w.Code, w.Body)
	}
	if w := ask("GET", "/api/companies/", ""); w.Code != http.StatusOK {
		t.Errorf("a read before the house is ready: %d %s", w.Code, w.Body)
	}
	if err := h.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := ask("GET", "/readyz", "")
	var ready struct {
		Status string
		Checks map[string]string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &ready); err != nil || w.Code != http.StatusOK || ready.Status != "ready" {
		t.Fatalf("readyz %d %s", w.Code, w.Body)
	}
	for name, word := range ready.Checks {
		_, err := exec.LookPath("ffmpeg")
		if word != "ok" && name != "disk" && (name != "decoder" || err == nil || word != "missing") {
			t.Errorf("check %s: %s", name, word)
		}
	}
	if w := ask("POST", "/api/companies/", `{"name":"late"}`); w.Code != http.StatusCreated {
		t.Errorf("a write when the house is ready: %d %s", w.Code, w.Body)
	}
}

func TestMissingPackIsOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := server.Open(t.Context(), options(settings(t, dir, "OSPREY_MODELS_PROFILE=missing")))
	var missing *pack.Error
	if !errors.As(err, &missing) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "osprey models install") {
		t.Errorf("error %v", err)
	}
	lock, err := server.LockData(dir) // the start that failed has let go
	if err != nil {
		t.Fatal(err)
	}
	_ = lock.Release()
}

func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "osprey.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("rate.public_rps: 7\n")
	file, err := config.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := settings(t, filepath.Join(dir, "data")).WithFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log lines
	o := options(r)
	o.ConfigFile, o.Logger = path, slog.New(slog.NewTextHandler(&log, nil))
	reload := make(chan os.Signal)
	l, _ := running(t, o, reload)
	untilReady(t, l.Addresses.URL())
	for _, text := range []string{"rate.public_rps: wrong\n", "rate.public_rps: 9\n"} {
		write(text)
		reload <- syscall.SIGHUP
		reload <- syscall.SIGHUP // is taken up when the first one is done
		reload <- syscall.SIGHUP
	}
	if text := log.String(); !strings.Contains(text, "not reloaded") || !strings.Contains(text, "settings reloaded") {
		t.Errorf("log %s", text)
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := certify(t, certFile, keyFile)
	l, _ := running(t, options(settings(t, filepath.Join(dir, "data"),
		"OSPREY_HTTP_TLS_CERT="+certFile, "OSPREY_HTTP_TLS_KEY="+keyFile)), nil)
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	t.Cleanup(c.CloseIdleConnections)
	resp, err := c.Get(l.Addresses.URL() + "/api/version")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || resp.TLS.Version < tls.VersionTLS12 {
		t.Errorf("status %d over %s, TLS %x", resp.StatusCode, resp.Proto, resp.TLS.Version)
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}}}
	if resp, err := old.Get(l.Addresses.URL() + "/api/version"); err == nil {
		_ = resp.Body.Close()
		t.Error("TLS 1.1 was spoken")
	}
	broken := settings(t, filepath.Join(dir, "other"), "OSPREY_HTTP_TLS_CERT="+keyFile, "OSPREY_HTTP_TLS_KEY="+keyFile)
	if err := server.Run(t.Context(), options(broken), nil, nil); err == nil || !strings.Contains(err.Error(), "http.tls_cert") {
		t.Errorf("a broken certificate: %v", err)
	}
}

// certify writes a certificate for this machine and returns who trusts it.
func certify(t *testing.T, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "osprey test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := errors.Join(
		os.WriteFile(certFile, certificate, 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return pool
}

func TestPortInUseStopsTheStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	r := settings(t, dir, "OSPREY_OPS_LISTEN="+taken.Addr().String())
	if err := server.Run(t.Context(), options(r), nil, nil); err == nil || !strings.Contains(err.Error(), "ops.listen") {
		t.Errorf("error %v", err)
	}
	findings, err := server.Check(t.Context(), server.CheckOptions{Resolved: r})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range findings {
		found = found || f.Check == "ports" && f.Verdict == server.Failed && strings.Contains(f.Remedy, "ops.listen")
	}
	if !found {
		t.Errorf("check does not see the port: %+v", findings)
	}
}
