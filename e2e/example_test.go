package e2e

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/testphoto"
)

// exampleFolder is where the examples lie.
var exampleFolder = filepath.Join("..", "docs", "examples")

// The files of the examples, by the variable that names each. Selfie, video and
// document show one person.
var exampleFiles = map[string]string{"PHOTO": "selfie.jpg", "OTHER_PHOTO": "other.jpg", "VIDEO": "selfie.mp4", "ID_PHOTO": "passport.jpg"}

// writeExampleFiles writes them into a folder.
func writeExampleFiles(tb testing.TB, dir string) {
	tb.Helper()
	selfie := framesOf(tb, testphoto.Clip(tb, testphoto.WebcamAgain, passive("zip")))[5]
	for variable, content := range map[string][]byte{
		"PHOTO": selfie, "OTHER_PHOTO": people(tb).bea[0].JPEG, "VIDEO": testphoto.Clip(tb, testphoto.Webcam, passive("mp4")),
		"ID_PHOTO": testphoto.Document(tb, "passport", passport(5), 1240, testphoto.Photo{Name: "holder", JPEG: selfie}).JPEG,
	} {
		if err := os.WriteFile(filepath.Join(dir, exampleFiles[variable]), content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestWriteExampleFiles gives files to those who try the examples and have none.
func TestWriteExampleFiles(t *testing.T) {
	dir := os.Getenv("OSPREY_EXAMPLE_FILES")
	if dir == "" {
		t.Skip("OSPREY_EXAMPLE_FILES names no folder to write the files of the examples into")
	}
	writeExampleFiles(t, dir)
}

// example is what a script is given and must print.
type example struct {
	files []string // its arguments, by their variables
	out   string   // a further argument: the file that it writes
	tools []string // what it needs beside bash, curl and jq
	// lines are patterns of whole lines, in the order in which they are printed; others
	// may stand between.
	lines []string
}

const (
	score = `(0|1|0\.\d+)`         // of anything
	high  = `(1|0\.(8[5-9]|9)\d*)` // at or above 0.85
	low   = `(0|0\.[0-4]\d*)`      // below 0.5
)

var examples = map[string]example{
	"01-authentication.sh": {lines: []string{
		"logged in as CLIENT_ADMIN", "without a call the session ends in 15 minutes", "companies that I may see: 1", "refreshed",
		"logged out: the same call is answered 401",
	}},
	"02-upload.sh": {files: []string{"PHOTO", "VIDEO"}, lines: []string{
		"selfie: IMAGE_FOLDER, tags photo_selfie", "video: VIDEO_FOLDER, tags video_selfie, video_selfie_blank",
		"the photo comes back byte for byte", "folders with this transaction: 1", "erased: the link is answered 404",
	}},
	"03-liveness.sh": {files: []string{"VIDEO"}, lines: []string{
		"liveness: SUCCESS", "confidence_spoofing " + low + `, declined from 0\.5 on`,
	}},
	"04-matching.sh": {files: []string{"PHOTO", "ID_PHOTO", "OTHER_PHOTO"}, lines: []string{
		"the holder of the document: SUCCESS, similarity " + high + `, thresholds 0\.85 and 0\.85`,
		"somebody else: DECLINED, similarity " + low + `, thresholds 0\.85 and 0\.85`,
	}},
	"05-best-shot.sh": {files: []string{"VIDEO"}, out: "shot.jpg", lines: []string{
		`best shot: .*shot\.jpg, \d{4,} bytes`, `taken at \d+ ms: sharp, .*`,
	}},
	"06-block-list.sh": {files: []string{"PHOTO", "VIDEO", "OTHER_PHOTO"}, lines: []string{
		"one person is on the list", "the same person: DECLINED, confidence " + high + `, threshold 0\.85: the person on the list`,
		"somebody else: SUCCESS, confidence " + low + `, threshold 0\.85: nobody on the list`,
	}},
	"07-quantitative-results.sh": {files: []string{"PHOTO", "VIDEO", "ID_PHOTO"}, lines: []string{
		`  threshold 0\.5`, "  selfie: confidence_spoofing " + low, "  video: confidence_spoofing " + low,
		`  20 read, 20 with a face, 15 examined`, `  at \d+ ms: ` + score, `  at \d+ ms: ` + score + ", used", "  signs of an injected video: .*frozen " + low + ".*",
		`  thresholds 0\.85 and 0\.85`, "  [a-z]+ and [a-z]+: " + high, "  [a-z]+ and [a-z]+: " + high, "  [a-z]+ and [a-z]+: " + high,
		"  portrait_found: pass", "  mrz_valid: pass", `  sharpness: pass \(` + score + `, limit 0\.4\)`,
		`  video: .*FACE_TOO_SMALL.*`, `  fr_liveness \S+, SHA-256 [0-9a-f]{12}\.\.\.`,
	}},
	"08-webhook.sh": {files: []string{"PHOTO"}, tools: []string{"node"}, lines: []string{
		"analysis started", "group_completed, signature verified", "QUALITY: SUCCESS", "delivery of group_completed: delivered after 1 attempt",
	}},
	"09-single-request.sh": {files: []string{"VIDEO", "ID_PHOTO"}, lines: []string{
		"QUALITY: SUCCESS", "BIOMETRY: SUCCESS", "DOCUMENTS: SUCCESS", "all in all: SUCCESS",
		"surname: EXAMPLE", "given_names: ANNA MARIA", "birth_date: 1990-01-15",
	}},
	"10-instant.sh": {files: []string{"VIDEO", "PHOTO"}, out: "shot.jpg", lines: []string{
		"QUALITY: SUCCESS", "BIOMETRY: SUCCESS", `best shot: .*shot\.jpg, \d{4,} bytes`, "its folder_id is answered 404", "folders before 0, after 0",
	}},
	"11-capsule.sh": {files: []string{"PHOTO"}, tools: []string{"openssl", "xxd", "zip"}, lines: []string{
		"taken: selfie, IMAGE_FOLDER", "sent again: 400, token_used",
	}},
	"12-lite.sh": {files: []string{"PHOTO", "VIDEO", "OTHER_PHOTO"}, lines: []string{
		"template extracted", "the same photo: approved, score 1", "somebody else: declined, score " + low, "liveness: approved, score " + score,
	}},
	"13-report.sh": {files: []string{"VIDEO"}, out: "report.pdf", lines: []string{
		`report: .*report\.pdf, \d{4,} bytes`, "its SHA-256 is as told", "as JSON it has: analyses, .*hashes, models, .*thresholds.*",
	}},
	"14-retries.sh": {files: []string{"PHOTO"}, lines: []string{
		"uploaded", "sent again: the same folder", "(?i)Idempotent-Replayed: true", "another request with that key: 409, idempotency_mismatch",
	}},
}

// exampleRun runs scripts of the folder for one user.
type exampleRun struct {
	company
	user  user
	files string
	port  string // where the receiver of webhooks may listen
}

// script runs a script and gives what it wrote to both outputs.
func (r exampleRun) script(t *testing.T, name string, env []string, args ...string) (string, error) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join(exampleFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(script, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "TMPDIR=" + t.TempDir(), "RECEIVER_PORT=" + r.port,
		"OSPREY_URL=" + r.base + "/", "OSPREY_EMAIL=" + r.user.email, "OSPREY_PASSWORD=" + userPassword,
	}, env...)
	out, err := cmd.CombinedOutput()
	if token := tokenPattern.Find(out); token != nil {
		t.Errorf("%s prints a token", name)
	}
	return string(out), err
}

// path is the path of a file by its variable.
func (r exampleRun) path(variable string) string {
	return filepath.Join(r.files, exampleFiles[variable])
}

// run runs an example and looks for its lines.
func (e example) run(t *testing.T, r exampleRun, name string) {
	for _, tool := range e.tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: %s is not here; the example needs it", tool)
		}
	}
	var args []string
	for _, variable := range e.files {
		args = append(args, r.path(variable))
	}
	if e.out != "" {
		args = append(args, filepath.Join(t.TempDir(), e.out))
	}
	out, err := r.script(t, name, nil, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rest := strings.Split(out, "\n")
	for _, pattern := range e.lines {
		line := regexp.MustCompile("^(?:" + pattern + ")$")
		i := slices.IndexFunc(rest, line.MatchString)
		if i < 0 {
			t.Fatalf("no line like %q where it is due, in:\n%s", pattern, out)
		}
		rest = rest[i+1:]
	}
	if e.out != "" {
		checkWritten(t, args[len(args)-1])
	}
}

// checkWritten: the file is what its name says.
func checkWritten(t *testing.T, path string) {
	t.Helper()
	head := map[string]string{".jpg": "\xff\xd8\xff", ".pdf": "%PDF-"}[filepath.Ext(path)]
	if raw, err := os.ReadFile(path); err != nil || head == "" || !strings.HasPrefix(string(raw), head) {
		t.Errorf("%s: %v, %d bytes", path, err, len(raw))
	}
}

// TestExamples runs every script of docs/examples.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: `make prepare` installs it", err)
		}
	}
	r := newExampleRun(t)

	scripts, err := filepath.Glob(filepath.Join(exampleFolder, "*.sh"))
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, script := range scripts {
		name := filepath.Base(script)
		if name == "common.sh" { // the others read it
			continue
		}
		e, ok := examples[name]
		if !ok {
			t.Errorf("%s is not run: it has no row in this test", name)
			continue
		}
		ran++
		t.Run(strings.TrimSuffix(name, ".sh"), func(t *testing.T) { e.run(t, r, name) })
	}
	if ran != len(examples) {
		t.Errorf("%d scripts for %d rows", ran, len(examples))
	}

	t.Run("files by the environment", func(t *testing.T) {
		if out, err := r.script(t, "03-liveness.sh", []string{"VIDEO=" + r.path("VIDEO")}); err != nil || !strings.Contains(out, "liveness: SUCCESS") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("refused", func(t *testing.T) {
		noVideo := filepath.Join(t.TempDir(), "video.mp4")
		if err := os.WriteFile(noVideo, []byte("some text"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			env  []string
			args []string
			says string
		}{
			{[]string{"OSPREY_PASSWORD=not this one"}, []string{r.path("VIDEO")}, "POST /api/authorize/auth/ failed: {\"error_code\":7"},
			{nil, []string{noVideo}, "POST /api/folders/ failed: {\"error_code\":17"},
			{nil, []string{r.path("VIDEO") + ".lost"}, "POST /api/folders/ failed"},
			{nil, nil, "VIDEO: give the path of a selfie video"},
			{[]string{"OSPREY_EMAIL="}, []string{r.path("VIDEO")}, "OSPREY_EMAIL: set it to"},
		} {
			if out, err := r.script(t, "03-liveness.sh", tt.env, tt.args...); err == nil || !strings.Contains(out, tt.says) {
				t.Errorf("%v %v: %v, want %q:\n%s", tt.env, tt.args, err, tt.says, out)
			}
		}
	})

	// They clean up behind themselves.
	for _, path := range []string{"/api/folders/", "/api/collections/", companyPath(r.id) + "webhook_secrets/"} {
		r.ca.get(t, path+"?limit=0").want(200).check("total", 0)
	}
}

// freePort is a port of this machine on which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
}

// newExampleRun starts a server of its own, which may send webhooks to this machine.
func newExampleRun(t *testing.T) exampleRun {
	t.Helper()
	port := freePort(t)
	s := start(t, "OSPREY_WEBHOOK_ALLOW_HTTP=true", "OSPREY_WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8", "OSPREY_WEBHOOK_ALLOWED_PORTS="+port)
	s.log.hide("ANNA MARIA", "X12345678", "example-2")
	c := s.tenant(t, s.admin(t))
	r := exampleRun{company: c, user: c.user(t, osprey.RoleClientAdmin), files: t.TempDir(), port: port}
	writeExampleFiles(t, r.files)
	return r
}

// TestExampleReceiver: the receiver of the webhook example takes what is signed, and
// nothing else.
func TestExampleReceiver(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED: node is not here; it runs the receiver")
	}
	const secret = "whsec_0123456789abcdef"
	port := freePort(t)
	cmd := exec.Command(node, filepath.Join(exampleFolder, "webhook-receiver", "receiver.mjs"), port)
	cmd.Env = []string{"WEBHOOK_SECRET=" + secret}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // gone already, unless a check failed
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("its first line is %q, %v", lines.Text(), lines.Err())
	}

	body := []byte(`{"event": "ping"}`)
	now := time.Now().Unix()
	good := osprey.SignWebhook([]string{secret}, now, body)
	stamp, hex, _ := strings.Cut(good, ",")
	for _, tt := range []struct {
		name, header, body string
		want               int
	}{
		{"no signature", "", string(body), 401},
		{"another secret", osprey.SignWebhook([]string{"whsec_other"}, now, body), string(body), 401},
		{"another body", good, `{"event":"ping"}`, 401},
		{"old", osprey.SignWebhook([]string{secret}, now-400, body), string(body), 401},
		{"from the future", osprey.SignWebhook([]string{secret}, now+400, body), string(body), 401},
		{"no time", hex, string(body), 401},
		{"only a time", stamp, string(body), 401},
		{"a part of it", good[:len(good)-2], string(body), 401},
		{"nonsense", "v1,t,=,,v1=zz", string(body), 401},
		{"the older of two secrets", osprey.SignWebhook([]string{"whsec_other", secret}, now, body), string(body), 204},
	} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:"+port, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Osprey-Signature", tt.header)
		q.Close = true
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, resp.StatusCode, tt.want)
		}
	}
	if !lines.Scan() || lines.Text() != "ping, signature verified" {
		t.Errorf("it printed %q, %v", lines.Text(), lines.Err())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// TestExampleIndex: the index names every script, and no other.
func TestExampleIndex(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(exampleFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, row := range regexp.MustCompile(`(?m)^\| \[([^\]]+)\]\(([^)]+)\) \|`).FindAllStringSubmatch(string(page), -1) {
		if row[1] != row[2] {
			t.Errorf("%s leads to %s", row[1], row[2])
		}
		named = append(named, row[1])
	}
	var have []string
	for name := range examples {
		have = append(have, name)
	}
	slices.Sort(have)
	if !slices.Equal(named, have) {
		t.Errorf("the index names %v, the folder has %v", named, have)
	}
}
