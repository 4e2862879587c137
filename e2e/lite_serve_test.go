package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// packCopy is a folder of models that a test may spoil: the files of the pack in links,
// but for its manifest.
func packCopy(t *testing.T) string {
	t.Helper()
	from, dir := filepath.Join(testphoto.Models(t), "default"), t.TempDir()
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		rel, _ := filepath.Rel(from, path) // below from
		to := filepath.Join(dir, "default", rel)
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return os.MkdirAll(to, 0o755)
		case rel != "manifest.json":
			return os.Symlink(path, to)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, raw, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLiteL02HealthWithoutModel: a model whose file is removed is told by the health
// call, which still answers 200; a pack without liveness refuses what needs it.
func TestLiteL02HealthWithoutModel(t *testing.T) {
	t.Parallel()
	dir := packCopy(t)
	s := start(t, "OSPREY_MODELS_DIR="+dir, "OSPREY_LITE_AUTH=none")
	l := s.as("").lite()
	const ready, broken = `{"status":0,"message":""}`, `{"status":3,"message":"model not loaded"}`
	expect := func(pattern, liveness string) {
		t.Helper()
		for path, want := range map[string]string{litePattern + "health": pattern, "/v1/face/liveness/health": liveness} {
			if a := l.get(t, path).ok(); string(a.body) != want {
				t.Errorf("%s, want %s", a, want)
			}
		}
	}
	expect(ready, ready)
	remove := func(model string) func() {
		name := filepath.Join(dir, "default", model, "model.onnx")
		if err := os.Rename(name, name+".away"); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := os.Rename(name+".away", name); err != nil {
				t.Fatal(err)
			}
		}
	}
	back := remove("fr_liveness")
	expect(ready, broken)
	back()
	back = remove("fr_feature")
	expect(broken, broken)
	back()
	expect(ready, ready)

	// A pack that has no liveness at all.
	if code, err := s.stop(); err != nil || code != 0 {
		t.Fatal(code, err)
	}
	name := filepath.Join(dir, "default", "manifest.json")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "liveness")
	var models []any
	for _, one := range m["models"].([]any) {
		if one != "fr_liveness" {
			models = append(models, one)
		}
	}
	m["models"] = models
	if raw, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s.restart(t)
	l = s.as("").lite()
	expect(ready, broken)
	ada := people(t).ada[0]
	a := l.post(t, liteDetect, asJPEG(ada)).fault("LDE-001002", "")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	l.post(t, liteExtract, asJPEG(ada)).ok()
}

// TestLiteOpen: lite.auth none, a listener of its own, sealed templates, a middle band,
// and the rotation of keys while the server runs.
func TestLiteOpen(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_LITE_AUTH=none", "OSPREY_LITE_LISTEN=127.0.0.1:0", "OSPREY_LITE_TEMPLATE_PROTECTION=seal",
		"OSPREY_LITE_THRESHOLD_MIN=0.0001", "OSPREY_LITE_THRESHOLD_MAX=1", "OSPREY_MEDIA_VIDEO_DECODER=off")
	raw, err := os.ReadFile(filepath.Join(s.dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	var addresses struct{ Lite string }
	if err := json.Unmarshal(raw, &addresses); err != nil || addresses.Lite == "" {
		t.Fatalf("%s, %v", raw, err)
	}
	l := liteCaller{base: "http://" + addresses.Lite}
	p := people(t)

	// The main listener knows nothing of it, and the other way round.
	for _, path := range []string{"/version", litePattern + "health", liteExtract} {
		if a := (liteCaller{base: s.base}).get(t, path); a.status != http.StatusNotFound {
			t.Errorf("%s on the main listener", a)
		}
	}
	if a := l.get(t, "/api/version"); a.status != http.StatusNotFound {
		t.Errorf("%s on the listener of Lite", a)
	}
	if a := l.post(t, "//v1/face/pattern/extract", asJPEG(p.ada[0])); a.status != http.StatusNotFound {
		t.Errorf("%s, want 404", a) // no redirection
	}
	if a := l.get(t, "/readyz"); a.status != http.StatusOK || bytes.Contains(a.body, []byte("lite_auth")) {
		t.Errorf("%s", a)
	}
	if a := (liteCaller{base: s.ops}).get(t, "/readyz?verbose"); !bytes.Contains(a.body, []byte(`"lite_auth":{"status":"none"`)) {
		t.Errorf("%s does not tell lite_auth", a)
	}
	if n := strings.Count(s.log.String(), "lite.auth is none"); n != 1 {
		t.Errorf("%d warnings about lite.auth", n)
	}
	l.get(t, "/version").ok()

	first, again := l.extract(t, p.ada[0]), l.extract(t, p.ada[0])
	if bytes.Equal(first, again) || first[5] != 1 {
		t.Errorf("sealed templates: flags %d, equal %v", first[5], bytes.Equal(first, again))
	}
	if v := l.post(t, liteCompare, compareForm(first, again)).score("score"); v != 1 {
		t.Errorf("score %v of one photo", v)
	}
	if a := l.post(t, litePair, pairForm(p.ada[0], p.ada[1])); a.ok().json()["decision"] != "operator_required" {
		t.Errorf("%s, want operator_required", a)
	}
	clip := testphoto.Clip(t, testphoto.Webcam, passive("mp4"))
	l.post(t, liteDetect, liteForm("", lp("bio_sample", "video/mp4", clip))).fault("LDE-002005", `{"part":"bio_sample"}`)
	l.post(t, liteDetect, liteForm("", lp("bio_sample", "application/zip", testphoto.Clip(t, testphoto.Webcam, passive("zip"))))).ok()

	// The server that runs takes a new key up, and forgets a removed one.
	keys := func(args ...string) {
		t.Helper()
		r := command{env: s.env}.run(s.bin, append([]string{"keys"}, args...)...)
		if r.code != 0 {
			t.Fatalf("osprey keys %v: %d %s", args, r.code, r.stderr)
		}
	}
	keys("rotate", "--purpose", "template")
	second := l.extract(t, p.ada[0])
	if first[27] != 1 || second[27] != 2 {
		t.Errorf("keys %d and %d", first[27], second[27])
	}
	if v := l.post(t, liteCompare, compareForm(first, second)).score("score"); v != 1 {
		t.Errorf("score %v over a rotation", v)
	}
	keys("remove", "1", "--purpose", "template", "--yes")
	l.post(t, liteCompare, compareForm(first, second)).fault("BPE-002004", `{"reason":"KEY_UNKNOWN"}`)
	l.post(t, liteCompare, compareForm(second, second)).ok()
	if code, err := s.stop(); err != nil || code != 0 {
		t.Fatal(code, err)
	}
	s.restart(t) // with the ring, and with the secret that opens its data
	s.admin(t)
}

// TestLiteLimits: 429 with its headers, by company and by address, before the body is
// looked at.
func TestLiteLimits(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_RATE_COMPANY_RPS=0.01", "OSPREY_RATE_COMPANY_BURST=4", "OSPREY_RATE_PUBLIC_RPS=0.01", "OSPREY_RATE_PUBLIC_BURST=6")
	c := s.tenant(t, s.admin(t))
	l := c.ca.lite()
	l.token = c.ca.token
	for range 4 {
		l.get(t, "/version").ok()
	}
	for path, code := range map[string]string{liteExtract: "BPE-004003", liteDetect: "LDE-004003", liteCompare: "BPE-004003"} {
		a := l.post(t, path, body{"text/plain", nil}).fault(code, `{"reason":"rate"}`)
		for _, name := range []string{"Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
			if a.header.Get(name) == "" {
				t.Errorf("%s: no %s", a, name)
			}
		}
	}
	l.get(t, litePattern+"health").ok()
	guess := liteCaller{base: s.base, token: "osp_at_guess"}
	limited := 0
	for range 8 {
		if a := guess.post(t, liteExtract, body{}); a.status == http.StatusTooManyRequests {
			limited++
			a.fault("BPE-004003", `{"reason":"rate"}`)
		}
	}
	if limited == 0 {
		t.Error("tokens can be guessed without a limit")
	}
}

// TestLiteOff: a disabled component is 404 for its whole prefix.
func TestLiteOff(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_LITE_ENABLED=false", "OSPREY_LITE_AUTH=none", "OSPREY_LITE_LISTEN=127.0.0.1:0")
	l := s.admin(t).lite()
	for _, path := range []string{"/version", litePattern + "health", liteExtract, liteCompare, liteVerify, litePair, liteDetect, "/v1/face/liveness/health"} {
		for _, method := range []string{"GET", "POST"} {
			if a := l.send(t, method, path, asJPEG(people(t).ada[0])); a.status != http.StatusNotFound {
				t.Errorf("%s, want 404", a)
			}
		}
	}
	if strings.Contains(s.log.String(), "lite.auth") {
		t.Error("a warning about what is off")
	}
	c := s.tenant(t, s.admin(t))
	c.user(t, osprey.RoleClient)
}
