package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// TestOps: probes, documents and the administration's readings (api.md 16).
func TestOps(t *testing.T) {
	t.Parallel()
	s := shared.get(t)
	nobody, root := s.as(""), shared.root
	t.Run("version and health", func(t *testing.T) {
		v := nobody.get(t, "/api/version").want(200).check("api", "1")
		v.check("core", v.text("version"))
		nobody.get(t, "/api/healthcheck/").want(200).check("status", "ok")
		for _, path := range []string{"/healthz", "/livez"} {
			if a := nobody.get(t, path).want(200); strings.TrimSpace(string(a.body)) != "ok" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
				t.Errorf("%s: %s", path, a.body)
			}
		}
	})
	t.Run("ready", func(t *testing.T) {
		a := nobody.get(t, "/readyz").want(200).check("status", "ready")
		for _, part := range []string{"store", "storage", "index", "models", "queue"} {
			a.check("checks."+part, "ok")
		}
		decoder := "missing"
		if hasDecoder() {
			decoder = "ok"
		}
		a.check("checks.decoder", decoder)
		a.text("checks.disk")
		nobody.get(t, "/readyz?verbose").want(200).check("checks.store", "ok") // strangers get words alone
	})
	t.Run("ready, asked by many at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 100 {
					if a, err := nobody.try("GET", "/readyz", nil); err != nil || a.status != 200 {
						t.Errorf("%v, %s", err, a)
						return
					}
				}
			})
		}
		all.Wait()
	})
	t.Run("openapi", func(t *testing.T) {
		a := nobody.get(t, "/openapi.json").want(200)
		if version := a.text("openapi"); !strings.HasPrefix(version, "3.1") {
			t.Errorf("openapi %s", version)
		}
		doc, err := libopenapi.NewDocument(a.body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := doc.BuildV3Model(); err != nil {
			t.Error(err)
		}
		if y := nobody.get(t, "/openapi.yaml").want(200); !bytes.Contains(y.body, []byte("openapi:")) {
			t.Error("no YAML")
		}
		// Every path of the document exists, and what is not built is not in it.
		paths, _ := a.at("paths").(object)
		if len(paths) < 40 || paths["/api/imports"] != nil || paths["/api/prefs"] != nil {
			t.Errorf("%d paths", len(paths))
		}
		for path := range paths {
			for _, name := range []string{"company_id", "user_id", "token_id", "session_id", "collection_id", "person_id", "image_id", "folder_id", "media_id", "analysis_id", "owner_id", "file"} {
				path = strings.ReplaceAll(path, "{"+name+"}", nobodysID)
			}
			nobody.call(t, "OPTIONS", path, nil).want(204)
		}
	})
	t.Run("licenses", func(t *testing.T) {
		plain := nobody.get(t, "/licenses").want(200)
		page := nobody.call(t, "GET", "/licenses", nil, "Accept: text/html,application/xhtml+xml;q=0.9").want(200)
		for kind, a := range map[string]answer{"text/plain; charset=utf-8": plain, "text/html; charset=utf-8": page} {
			if got := a.header.Get("Content-Type"); got != kind {
				t.Errorf("%s, want %s", got, kind)
			}
			for _, part := range []string{"github.com/mattn/go-sqlite3", "Mozilla Public License", "Microsoft Corporation", "faceplugin-face-recognition-js", "model face_mesh"} {
				if !bytes.Contains(a.body, []byte(part)) {
					t.Errorf("%s: no %s", kind, part)
				}
			}
		}
		nobody.call(t, "POST", "/licenses", nil).want(405)
	})
	t.Run("license", func(t *testing.T) {
		root.get(t, "/api/license").want(200).check("license", "Apache-2.0").check("status", "active").check("limits", object{"analyses": nil, "faces": nil})
	})
	t.Run("models", func(t *testing.T) {
		a := root.get(t, "/api/models/").want(200)
		tasks := map[string]bool{}
		for i := range a.list("items") {
			at := fmt.Sprintf("items.%d.", i)
			tasks[a.text(at+"task")] = true
			a.check(at+"in_use", true)
			if len(a.text(at+"sha256")) != 64 || a.text(at+"license") == "" {
				t.Errorf("%s: model %d", a, i)
			}
			for _, key := range []string{"name", "version", "commercial_use", "calibration", "accuracy"} {
				a.at(at + key)
			}
		}
		if !tasks["detect"] || !tasks["embed"] {
			t.Errorf("tasks %v", tasks)
		}
	})
	t.Run("system", func(t *testing.T) {
		a := root.get(t, "/api/system/").want(200).check("ready", true).check("checks.store.status", "ok")
		if a.number("database_bytes") <= 0 || a.text("versions.osprey") == "" {
			t.Errorf("%s: figures", a)
		}
	})
}

// TestOpsMetrics: who may read them, and that they hold no ids.
func TestOpsMetrics(t *testing.T) {
	t.Parallel()
	const token = "metrics-token-of-16-characters"
	s := start(t, "OSPREY_METRICS_TOKEN="+token)
	s.log.hide(token)
	c := s.tenant(t, s.admin(t))
	made := c.folder(t, people(t).nobody)
	nobody := c.as("")
	nobody.get(t, "/metrics").fault(authInvalid)
	nobody.call(t, "GET", "/metrics", nil, "Authorization: Bearer wrong").fault(authInvalid)
	nobody.call(t, "GET", "/metrics?token="+token, nil).fault(authInvalid)
	main := nobody.call(t, "GET", "/metrics", nil, "Authorization: Bearer "+token).want(200)
	ops := fetch(t, s.ops+"/metrics", 200)
	for name, b := range map[string][]byte{"main": main.body, "ops": ops} {
		if !bytes.Contains(b, []byte("osprey_")) || !bytes.Contains(b, []byte("# HELP")) {
			t.Errorf("%s: no metrics:\n%s", name, b)
		}
		for _, id := range []string{made.id("folder_id"), c.id, mailDomain, made.id("user_id")} {
			if bytes.Contains(b, []byte(id)) {
				t.Errorf("%s: holds %s", name, id)
			}
		}
	}
	fetch(t, s.ops+"/healthz", 200)
	if verbose := fetch(t, s.ops+"/readyz?verbose", 200); !bytes.Contains(verbose, []byte(`"ms"`)) {
		t.Errorf("the operations listener tells no more: %s", verbose)
	}
	fetch(t, s.ops+"/debug/pprof/", 404)
	fetch(t, s.ops+"/api/folders/", 404)
}

// TestOpsFigures: after a small walk every figure of components.md 8.7 that this server
// has is there. Those of components that it does not have are not on the list, nor those
// that something must go wrong for: retries_total.
func TestOpsFigures(t *testing.T) {
	t.Parallel()
	p := people(t)
	s := start(t)
	c := s.tenant(t, s.admin(t))
	c.limits(t, monthly("collection", 9))
	list := c.collection(t)
	c.person(t, list, p.ada[0])
	c.ca.analyse(t, c.folder(t, p.nobody).id("folder_id"), object{"type": "COLLECTION"}).check("state", "FAILED")
	c.ca.upload(t, collectionPath(list)+"search/", photo("photo", p.ada[1])).want(200)
	f := c.ca.upload(t, "/api/folders/", clip(t, "m", testphoto.Webcam, passive("mp4")), tagged(map[string][]string{"m": {osprey.GestureTagBlank}})).want(201).id("folder_id")
	c.ca.only(t, f, "QUALITY").check("state", "FINISHED")
	byCommand := c.ca.call(t, "POST", "/api/folders/", nil, "User-Agent: osprey-cli/1.2").want(201).id("folder_id")
	c.ca.upload(t, mediaOf(byCommand), photo("photo1", p.ada[1])).want(201)
	c.ca.analyse(t, byCommand, object{"type": "COLLECTION"}).check("state", "FINISHED")
	c.ca.lite().extract(t, p.ada[0])
	c.as("osp_at_wrong").get(t, "/api/folders/").want(401)
	page := func() string { return "\n" + string(fetch(t, s.ops+"/metrics", 200)) }
	names := []string{
		"build_info", "http_requests_total", "http_request_seconds_count", "http_in_flight", "analyses_total", "analysis_seconds_count",
		"analysis_stage_seconds_count", "queue_depth", "queue_oldest_seconds", "worker_busy", "worker_total", "quality_rejects_total", "score_bucket_total",
		"gesture_total", "injection_score_bucket_total", "lite_requests_total", "search_seconds_count", "search_faces", "collection_persons",
		"webhook_pending", "storage_bytes", "disk_free_ratio", "db_seconds_count", "db_conns", "auth_failures_total", "quota_used_ratio",
		"retention_deleted_total", "audit_chain_ok", "model_info", "engine_seconds_count",
	}
	missing := func() (out []string) {
		shown := page()
		for _, name := range names {
			if !strings.Contains(shown, "\nosprey_"+name+"{") && !strings.Contains(shown, "\nosprey_"+name+" ") {
				out = append(out, name)
			}
		}
		return out
	}
	if err := c.poll("every figure", time.Minute, func() bool { return len(missing()) == 0 }); err != nil {
		t.Errorf("%v: %v", err, missing())
	}
	shown := page()
	for _, line := range []string{
		`osprey_analyses_total{resolution="SUCCESS",source="api",type="QUALITY"} 1`,
		`osprey_analyses_total{resolution="DECLINED",source="cli",type="COLLECTION"} 1`,
		`osprey_gesture_total{result="detected",tag="video_selfie_blank"} 1`, `osprey_retention_deleted_total{kind="media"} 0`,
	} {
		if !strings.Contains(shown, "\n"+line+"\n") {
			t.Errorf("%s is not among the figures", line)
		}
	}
	if media := s.metric(t, `osprey_storage_bytes{kind="media"}`); media < float64(len(p.ada[0].JPEG)) {
		t.Errorf("%v bytes of media", media)
	}
}

// fetch reads a URL outside the contract.
func fetch(t *testing.T, url string, status int) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s: %s, want %d: %v %s", url, resp.Status, status, err, b)
	}
	return b
}

// TestOpsSettings: a change counts at once, survives a kill, and yields to the
// environment.
func TestOpsSettings(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_BIOMETRY_THRESHOLD_MAX=0.9")
	root := s.admin(t)
	c := s.tenant(t, root)
	p := people(t)
	list := c.collection(t)
	c.person(t, list, p.ada[0])
	folder := c.folder(t, p.ada[1]).id("folder_id")
	item := func(a answer, key string) object {
		t.Helper()
		for _, v := range a.want(200).list("items") {
			if o := v.(object); o["key"] == key {
				return o
			}
		}
		t.Fatalf("%s: no %s", a, key)
		return nil
	}
	if got := item(root.get(t, "/api/settings/"), "collection.threshold"); !equal(got, object{"key": "collection.threshold", "value": 0.85, "source": "default", "locked": false}) {
		t.Errorf("%v", got)
	}
	c.refuse(t, []refusal{
		{name: "unknown key", by: &root, method: "PATCH", path: "/api/settings/", body: object{"collection.threshhold": 0.9}, want: fault{status: 400, code: 4}},
		{name: "not at run time", by: &root, method: "PATCH", path: "/api/settings/", body: object{"data_dir": "/"}, want: fault{status: 400, code: 4}},
		{name: "bad value", by: &root, method: "PATCH", path: "/api/settings/", body: object{"collection.threshold": 1.5}, want: fault{status: 400, code: 4, details: object{"field": "collection.threshold"}}},
		{name: "wrong type", by: &root, method: "PATCH", path: "/api/settings/", body: object{"collection.threshold": []int{}}, want: badType("collection.threshold")},
		{name: "good and bad together", by: &root, method: "PATCH", path: "/api/settings/", body: object{"collection.threshold": 0.9, "quality.threshold_spoofing": -1}, want: badValue("quality.threshold_spoofing")},
		{name: "locked by the environment", by: &root, method: "PATCH", path: "/api/settings/", body: object{"biometry.threshold_max": 0.95}, want: conflict("", "reason", "locked")},
		{name: "not by CLIENT_ADMIN", method: "PATCH", path: "/api/settings/", body: object{}, want: forbidden},
	})
	c.ca.analyse(t, folder).check("collections.0.threshold", 0.85).check("resolution_status", "DECLINED")
	if got := item(root.patch(t, "/api/settings/", object{"collection.threshold": 0.9999}), "collection.threshold"); got["value"] != 0.9999 || got["source"] == "default" {
		t.Errorf("%v", got)
	}
	c.ca.analyse(t, folder).check("collections.0.threshold", 0.9999).check("resolution_status", "SUCCESS")
	c.ca.get(t, companyPath(c.id)).want(200).check("analysis_settings.collection.threshold", 0.9999)
	s.kill(t)
	s.restart(t)
	c.ca.analyse(t, folder).check("collections.0.threshold", 0.9999)
	root.patch(t, "/api/settings/", object{"collection.threshold": 0.85, "collection.target_fpir": nil}).want(200)
	c.ca.analyse(t, folder).check("collections.0.threshold", 0.85)
}

// TestOpsDrain: SIGTERM ends the server in order, and what was not finished is at
// the next start.
func TestOpsDrain(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_SERVER_DRAIN_DELAY=1s", "OSPREY_ANALYSIS_WORKERS=1")
	c := s.tenant(t, s.admin(t))
	p := people(t)
	list := c.collection(t)
	person := c.person(t, list, p.ada[0]).id("person_id")
	folder := c.folder(t, p.ada[1:11]...).id("folder_id")
	entries := make([]object, 20)
	for i := range entries {
		entries[i] = object{"type": "COLLECTION"}
	}
	started := c.ca.post(t, analysesOf(folder), object{"analyses": entries}).want(201).ids("", "analysis_id")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// Draining is told at once; requests are still answered for a while, then
	// refused with 503, then nobody answers.
	err := s.poll("draining", startPatience, func() bool {
		resp, err := http.Get(s.base + "/readyz")
		if err != nil {
			return true
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusServiceUnavailable
	})
	if err != nil && s.alive() {
		t.Fatal(err)
	}
	if a, err := c.ca.try("GET", "/api/folders/?limit=0", nil); err == nil && a.status != 200 {
		a.tb = t
		a.fault(fault{status: 503, code: 19})
	}
	if code, err := s.wait(); err != nil || code != 0 {
		t.Fatalf("code %d, %v\n%s", code, err, s.log.tail())
	}
	if _, err := os.Stat(filepath.Join(s.dir, "server.json")); !os.IsNotExist(err) {
		t.Errorf("server.json is still there: %v", err)
	}
	s.osprey(t, "check").exits(0)
	s.restart(t)
	for _, id := range started {
		c.ca.finished(t, id).check("state", "FINISHED").check("results_media.0.person_id", person)
	}
}

// TestOpsTracesNothing: the process writes nowhere but into its data folder.
// Libraries like to keep caches, ids and events in the user's home.
func TestOpsTracesNothing(t *testing.T) {
	t.Parallel()
	home, temp := t.TempDir(), t.TempDir()
	s := start(t, "HOME="+home, "TMPDIR="+temp, "XDG_CACHE_HOME=")
	c := s.tenant(t, s.admin(t))
	p := people(t)
	c.person(t, c.collection(t), p.ada[0])
	c.ca.analyse(t, c.folder(t, p.ada[1]).id("folder_id")).check("resolution_status", "DECLINED")
	s.osprey(t, "check", "--live").exits(0)
	if code, err := s.stop(); err != nil || code != 0 {
		t.Fatal(code, err)
	}
	for _, dir := range []string{home, temp} {
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) > 0 {
			t.Errorf("left behind in %s: %v %v", dir, entries, err)
		}
	}
}

// TestOpsStart: what stops a start, with which exit code and how many words.
func TestOpsStart(t *testing.T) {
	t.Parallel()
	s := start(t)
	root := s.admin(t)
	t.Run("a second process on one data folder", func(t *testing.T) {
		r := s.osprey(t, "serve").exits(10)
		oneLine(t, r)
		s.as("").get(t, "/readyz").want(200)
	})
	t.Run("settings", func(t *testing.T) {
		for name, env := range map[string]string{
			"unknown word":   "OSPREY_LOG_LEVEL=loud",
			"no number":      "OSPREY_COLLECTION_THRESHOLD=high",
			"out of range":   "OSPREY_COLLECTION_THRESHOLD=1.5",
			"no duration":    "OSPREY_AUTH_SESSION_TTL=soon",
			"no size":        "OSPREY_MEDIA_MAX_SIZE=big",
			"star origin":    "OSPREY_HTTP_CORS_ORIGINS=*",
			"no address":     "OSPREY_HTTP_LISTEN=nowhere:at:all",
			"not in build":   "OSPREY_DB_URL=postgres://db/osprey",
			"short password": "OSPREY_ADMIN_PASSWORD=short",
		} {
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir()
				r := command{env: environment(dir, env), dir: dir}.run(s.bin, "serve")
				key, value, _ := strings.Cut(env, "=")
				if r.code != 2 && r.code != 1 || !strings.Contains(r.stderr, key) && !strings.Contains(r.stderr, "admin.password") {
					t.Errorf("exit %d: %s", r.code, r.stderr)
				}
				if key == "OSPREY_ADMIN_PASSWORD" && strings.Contains(r.stderr, value) {
					t.Errorf("tells the password: %s", r.stderr)
				}
			})
		}
	})
	t.Run("an unknown key in the file names the nearest", func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "osprey.yaml")
		if err := os.WriteFile(file, []byte("http:\n  lissten: 127.0.0.1:0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := command{env: environment(dir), dir: dir}.run(s.bin, "--config", file, "serve")
		if r.code != 2 || !strings.Contains(r.stderr, "http.lissten") || !strings.Contains(r.stderr, "http.listen") {
			t.Errorf("exit %d: %s", r.code, r.stderr)
		}
	})
	t.Run("a changed model file", func(t *testing.T) {
		models := filepath.Join(t.TempDir(), "models")
		if err := os.CopyFS(models, os.DirFS(testphoto.Models(t))); err != nil {
			t.Fatal(err)
		}
		file := changeModel(t, models)
		dir := t.TempDir()
		r := command{env: environment(dir, "OSPREY_MODELS_DIR="+models), dir: dir}.run(s.bin, "serve")
		r.tb = t
		r.exits(8)
		oneLine(t, r)
		if !strings.Contains(r.stderr, filepath.Base(file)) || !strings.Contains(r.stderr, "models install") {
			t.Errorf("says neither what nor what to do: %s", r.stderr)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		r = command{env: environment(dir, "OSPREY_MODELS_DIR="+models), dir: dir}.run(s.bin, "serve")
		r.tb = t
		oneLine(t, r.exits(8))
		r = command{env: environment(dir, "OSPREY_MODELS_DIR="+models), dir: dir}.run(s.bin, "models", "verify")
		if r.code != 8 {
			t.Errorf("models verify: exit %d %s", r.code, r.stderr)
		}
	})
	t.Run("another start keeps the administrator and logs no password", func(t *testing.T) {
		me := root.get(t, "/api/users/").want(200).check("total", 1).id("items.0.user_id")
		s.kill(t)
		s.restart(t)
		root.get(t, userPath(me)).want(200)
		s.login(t, adminEmail, adminPassword).get(t, "/api/users/").want(200).check("total", 1)
		t.Log("figures of the second start:", readyFigures(t, s))
	})
}

// oneLine: an operator reads one line that says what to do.
func oneLine(t *testing.T, r result) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.stderr), "\n")
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "osprey: ") {
		t.Errorf("%s: not one line:\n%s", r.line, r.stderr)
	}
}

// changeModel flips a bit of the largest model and names its file.
func changeModel(t *testing.T, models string) string {
	t.Helper()
	matches, err := filepath.Glob(filepath.Join(models, "*", "*", "*.onnx"))
	if err != nil || len(matches) == 0 {
		t.Fatalf("no model in %s: %v", models, err)
	}
	file := matches[0]
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// readyFigures is what the server says of its start, to be printed and nothing
// else.
func readyFigures(t *testing.T, s *server) string {
	t.Helper()
	var out []string
	for line := range strings.Lines(s.log.String()) {
		var entry object
		if json.Unmarshal([]byte(line), &entry) == nil && (entry["msg"] == "ready" || entry["msg"] == "models loaded") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out, " ")
}
