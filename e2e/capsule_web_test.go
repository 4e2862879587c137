package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// sentByScript is what page and script of testdata/capsule report.
type sentByScript struct {
	Error   string
	Folder  map[string]any
	Refusal struct {
		Status, Code int
		Reason       string
	}
}

// check holds a report against the server: the folder is there with the photo, and the
// capsule was taken once.
func (r sentByScript) check(t *testing.T, c company, p testphoto.Photo) {
	t.Helper()
	if r.Error != "" {
		t.Fatal(r.Error)
	}
	id, _ := r.Folder["folder_id"].(string)
	a := c.ca.get(t, "/api/folders/"+id+"/").want(200).check("meta_data", object{"from": "javascript"}).
		check("media.0.media_key", "selfie").check("media.0.original_name", "sélfie.jpg").check("media.0.tags", []string{"photo_selfie"})
	if got := c.as("").get(t, localPart(t, a.text("media.0.original_url"))).want(200).body; string(got) != string(p.JPEG) {
		t.Error("the photo did not come as it was")
	}
	if r.Refusal.Status != 400 || r.Refusal.Code != 14 || r.Refusal.Reason != "token_used" {
		t.Errorf("the second time: %+v", r.Refusal)
	}
}

func webCapsule(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "web", "capsule", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCapsuleScript: a capsule of the JavaScript package is taken, once.
func TestCapsuleScript(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED: node is not here; it runs the capsule writer for the browser")
	}
	c, p := tenant(t), people(t).ada[0]
	path := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(path, p.JPEG, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, filepath.Join("testdata", "capsule", "send.mjs"), webCapsule(t, "capsule.js"), c.base, c.ca.token, path).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderrOf(err))
	}
	var report sentByScript
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	report.check(t, c, p)
}

func stderrOf(err error) []byte {
	if e, ok := err.(*exec.ExitError); ok { //nolint:errorlint // of a Command itself
		return e.Stderr
	}
	return nil
}

// browserPatience bounds the wait for a browser to start and to do its work.
const browserPatience = 2 * time.Minute

// TestCapsuleBrowser: the same in a real browser, from a page of the same origin.
func TestCapsuleBrowser(t *testing.T) {
	t.Parallel()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: chromium is not here; TestCapsuleScript runs the same code in node")
	}
	c, p := tenant(t), people(t).ada[0]
	reports := make(chan []byte, 1)
	page := httptest.NewServer(capsulePage(t, c, p, reports))
	defer page.Close()

	cmd := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+t.TempDir(), page.URL+"/page.html")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its children too
		_ = cmd.Wait()                                      // it was killed
	}()
	select {
	case raw := <-reports:
		var report sentByScript
		if err := json.Unmarshal(raw, &report); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		report.check(t, c, p)
	case <-time.After(browserPatience):
		t.Fatal("the page reported nothing")
	}
}

// capsulePage serves the page with the package and a photo, passes the calls of the
// API on, and hands out what the page reports.
func capsulePage(t *testing.T, c company, p testphoto.Photo, reports chan<- []byte) http.Handler {
	t.Helper()
	target, err := url.Parse(c.base)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", httputil.NewSingleHostReverseProxy(target))
	for name, path := range map[string]string{
		"/page.html": filepath.Join("testdata", "capsule", "page.html"), "/capsule.js": webCapsule(t, "capsule.js"), "/zip.js": webCapsule(t, "zip.js"),
	} {
		mux.HandleFunc(name, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) })
	}
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.ca.token) })
	mux.HandleFunc("/photo.jpg", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(p.JPEG) })
	mux.HandleFunc("/report", func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return // the page will not have been heard
		}
		select {
		case reports <- raw:
		default:
		}
	})
	return mux
}

// TestCapsuleShell runs the shell commands of docs/capsule.md as they stand there.
func TestCapsuleShell(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq", "openssl", "xxd", "zip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: %s is not here; the commands of docs/capsule.md need it", tool)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "docs", "capsule.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```sh\n")
	commands, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("the page has no shell commands")
	}
	c, p, dir := tenant(t), people(t).ada[0], t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "media"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "media", "selfie.jpg"), p.JPEG, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"stored": commands, "deflated": strings.Replace(commands, "zip -q -0 ", "zip -q ", 1)} {
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", "rm -f capsule.zip\n"+text)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TOKEN=" + c.ca.token, "SERVER=" + c.base}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s\n%s", name, err, out, stderrOf(err))
		}
		var folder struct {
			Media []struct {
				Key string `json:"media_key"`
			}
		}
		if err := json.Unmarshal(out, &folder); err != nil || len(folder.Media) != 1 || folder.Media[0].Key != "selfie" {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}
