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
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// Bounds of the tests on hostile input: how long an answer may take, and how much
// memory the server may ever have used. They are generous; what they catch is a
// hang or a growth.
const (
	answerPatience = 10 * time.Second
	memoryBound    = 2 << 30
)

// quickly posts a body and gives status and error code. It is a client of its own,
// with a time limit.
func (c caller) quickly(path string, b body) (status, code int, err error) {
	req, err := http.NewRequest(http.MethodPost, c.server.base+path, bytes.NewReader(b.content))
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Content-Type", b.contentType)
	req.Header.Set("X-Forensic-Access-Token", c.token)
	resp, err := (&http.Client{Timeout: answerPatience}).Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	var fault struct {
		Code *int `json:"error_code"`
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, 0, err
	}
	if resp.StatusCode >= 400 && (json.Unmarshal(raw, &fault) != nil || fault.Code == nil) {
		return resp.StatusCode, 0, fmt.Errorf("answer %d without an error code: %.200s", resp.StatusCode, raw)
	}
	if fault.Code != nil {
		code = *fault.Code
	}
	return resp.StatusCode, code, nil
}

// memory reads a figure of the process in bytes: VmRSS (now) or VmHWM (the most
// ever).
func (s *server) memory(tb testing.TB, figure string) int64 {
	tb.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var kib int64
		if rest, ok := strings.CutPrefix(line, figure+":"); ok {
			if _, err := fmt.Sscanf(strings.TrimSpace(rest), "%d kB", &kib); err == nil {
				return kib << 10
			}
		}
	}
	tb.Fatalf("no %s in the status of the process", figure)
	return 0
}

// unharmed fails the test unless the server answers, takes a person and has used
// no more memory than it may.
func (c company) unharmed(t *testing.T, list string) {
	t.Helper()
	if !c.alive() {
		t.Fatalf("the server is gone: %v\n%s", c.cmd.ProcessState, c.log.tail())
	}
	for _, probe := range []string{"/livez", "/healthz", "/readyz"} {
		c.as("").get(t, probe).want(200)
	}
	c.person(t, list, people(t).ada[0])
	peak := c.memory(t, "VmHWM")
	t.Logf("most memory of the server: %d MiB, at the end %d MiB", peak>>20, c.memory(t, "VmRSS")>>20)
	if peak > memoryBound {
		t.Errorf("the server has used %d MiB", peak>>20)
	}
}

// refusalOf is the answer for each reason why media does not decode a file.
var refusalOf = map[string][2]int{
	"empty_file": {400, 4}, "too_small": {400, 4}, "undecodable": {400, 4}, "unsafe_archive": {400, 4},
	"pixels": {413, 16}, "bytes": {413, 16}, "duration": {413, 16}, "frames": {413, 16}, "unpacked": {413, 16}, "ratio": {413, 16},
	"type": {415, 17}, "heif_disabled": {415, 17}, "video_decoder_missing": {415, 17},
}

// badFile is one hostile or odd file with what the decoders say of it: verdict as a
// photograph, clip as a video or shot set, "" when it is none by its first bytes.
type badFile struct{ path, verdict, clip string }

// badFiles reads the tables that the decoders' own tests hold.
func badFiles(t *testing.T) []badFile {
	t.Helper()
	clips := make(map[string]string)
	for _, row := range verdicts(t, "bad_clips_expected.txt") {
		clips[row[0]] = row[1]
	}
	var out []badFile
	for _, row := range verdicts(t, "bad_expected.txt") {
		out = append(out, badFile{path: row[0], verdict: row[1], clip: clips[row[0]]})
		delete(clips, row[0])
	}
	if len(clips) > 0 {
		t.Fatalf("clips that are in no list of files: %v", clips)
	}
	return out
}

// verdicts reads one table: paths and words.
func verdicts(t *testing.T, name string) (rows [][2]string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "media", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		path, verdict, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok && !strings.HasPrefix(path, "#") {
			rows = append(rows, [2]string{path, verdict})
		}
	}
	return rows
}

// TestBadFiles sends every hostile file as a folder's medium and as a person's
// photograph. Each has its documented answer, none takes long, hurts the server or
// makes it grow.
func TestBadFiles(t *testing.T) {
	data := testphoto.Data(t)
	s := start(t)
	c := s.tenant(t, s.admin(t))
	list := c.collection(t, object{"face_rule": "largest"})
	files := badFiles(t)
	if len(files) == 0 {
		t.Fatal("the table of expected answers is empty")
	}
	work := make(chan badFile)
	var senders sync.WaitGroup
	var mu sync.Mutex
	tally := make(map[string]int)
	for range 4 {
		senders.Go(func() {
			for f := range work {
				raw, err := os.ReadFile(filepath.Join(data, filepath.FromSlash(f.path)))
				if err != nil {
					t.Error(err)
					continue
				}
				for what, path := range map[string]string{"medium": "/api/folders/", "photo": persons(list)} {
					status, code, err := c.ca.quickly(path, form(file("part1", filepath.Base(f.path), string(raw))))
					if err != nil {
						t.Errorf("%s as a %s: %v", f.path, what, err)
						continue
					}
					if !f.expects(what, status, code) {
						t.Errorf("%s as a %s: %d with code %d, the decoders say %s as a photo and %q as a clip", f.path, what, status, code, f.verdict, f.clip)
					}
					mu.Lock()
					tally[fmt.Sprintf("%s %d/%d", what, status, code)]++
					mu.Unlock()
				}
			}
		})
	}
	for _, f := range files {
		work <- f
	}
	close(work)
	senders.Wait()
	t.Logf("%d files, answers (HTTP/code): %v", len(files), tally)
	c.unharmed(t, list)
}

// expects reports whether an answer is the documented one.
func (f badFile) expects(what string, status, code int) bool {
	if what == "medium" && f.clip != "" {
		return f.expectsClip(status, code)
	}
	if want, refused := refusalOf[f.verdict]; refused {
		return status == want[0] && code == want[1]
	}
	if f.verdict != "ok" {
		return false // a reason that this test does not know
	}
	return status == 201 || what == "photo" && status == 422 && code >= 20 && code <= 22
}

// expectsClip is expects for a folder's video or shot set. The table was written
// with one version of ffmpeg: what that one played another may not, and the other
// way round. Nothing else depends on the version.
func (f badFile) expectsClip(status, code int) bool {
	plays, undecodable := status == 201, [2]int{status, code} == refusalOf["undecodable"]
	switch f.clip {
	case "ok", "undecodable":
		return plays || undecodable
	}
	want, known := refusalOf[f.clip]
	return known && [2]int{status, code} == want
}
