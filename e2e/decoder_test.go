package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// decoder is an ffmpeg whose behaviour can be changed while a server uses it.
type decoder struct {
	path string // of the script
	mode string // file that holds the mode
}

// newDecoder makes one that behaves.
func newDecoder(t *testing.T) decoder {
	t.Helper()
	real, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("SKIPPED: ffmpeg is not here; this test breaks it in many ways")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := decoder{filepath.Join(dir, "ffmpeg"), filepath.Join(dir, "mode")}
	script := fmt.Sprintf(`#!/bin/sh
read -r mode < %q
case "$1" in -version) exec %q "$@";; esac
case "$mode" in
ok) exec %q "$@";;
killed) kill -9 $$;;
exits) exit 77;;
hangs) sleep 3971;;
children) sleep 3972 & sleep 3972 & sleep 3972;;
garbage) head -c 3000000 /dev/urandom; head -c 3000000 /dev/urandom >&2;;
endless) cat /dev/zero;;
chatter) cat /dev/zero >&2;;
memory) tail /dev/zero;;
esac
`, d.mode, real, real)
	if err := os.WriteFile(d.path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	d.set(t, "ok")
	return d
}

func (d decoder) set(t *testing.T, mode string) {
	t.Helper()
	if err := os.WriteFile(d.mode, []byte(mode+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// children lists the processes whose command line or name tells that a server's
// decoder left them behind.
func (d decoder) children(t *testing.T) []string {
	t.Helper()
	var out []string
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		line := string(bytes.ReplaceAll(raw, []byte{0}, []byte(" ")))
		if strings.Contains(line, d.path) || strings.HasPrefix(line, "sleep 397") {
			out = append(out, name+": "+line)
		}
	}
	return out
}

// gone waits until no child is left.
func (d decoder) gone(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(stopPatience)
	for {
		left := d.children(t)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: %v", left)
		}
		time.Sleep(askEvery)
	}
}

// temporary lists what lies in a server's folder under a temporary name, and in the
// system's folder for temporary files.
func temporary(t *testing.T, s *server) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir(s.dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (strings.Contains(e.Name(), "tmp") || strings.Contains(e.Name(), "ffmpeg")) {
			out[path] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDecoderFails: whatever the decoder of videos does, the analysis ends with a
// clear word, nothing is left behind, and the worker goes on (api.md 9.6).
func TestDecoderFails(t *testing.T) {
	t.Parallel()
	d := newDecoder(t)
	s := start(t, "OSPREY_MEDIA_VIDEO_DECODER="+d.path, "OSPREY_ANALYSIS_RETRY_MAX=2", "OSPREY_ANALYSIS_RETRY_STEP=100ms",
		"OSPREY_ANALYSIS_RUN_TIMEOUT=4s", "OSPREY_ANALYSIS_WORKERS=1")
	c := s.tenant(t, s.admin(t))
	cut := testphoto.Cut{From: 0.5, Seconds: 0.6, Format: "mp4"}
	upload := func() string {
		return c.ca.upload(t, "/api/folders/", clip(t, "m", testphoto.Webcam, cut)).want(201).id("folder_id")
	}
	goesOn := func() {
		t.Helper()
		d.set(t, "ok")
		c.ca.only(t, upload(), "QUALITY").check("state", "FINISHED")
	}
	goesOn()
	for mode, codes := range map[string][]int{
		"killed": {11}, "exits": {11}, "garbage": {11}, "memory": {11, 19}, "hangs": {19}, "children": {19}, "endless": {11, 19}, "chatter": {11, 19},
	} {
		t.Run(mode, func(t *testing.T) {
			folder := upload()
			d.set(t, mode)
			for _, kind := range []string{"QUALITY", "COLLECTION"} {
				if kind == "COLLECTION" {
					c.collection(t)
				}
				a := c.ca.only(t, folder, kind).check("state", "FAILED").check("resolution_status", "FAILED")
				if code := int(a.number("error_code")); code != codes[0] && code != codes[len(codes)-1] {
					t.Errorf("%s: error_code %d, want one of %v", a, code, codes)
				}
				if a.text("error_message") == "" {
					t.Errorf("%s: no message", a)
				}
			}
			d.gone(t)
			if left := temporary(t, s); len(left) > 0 {
				t.Errorf("left in the data folder: %v", left)
			}
			goesOn()
		})
	}
	t.Run("absent", func(t *testing.T) {
		folder := upload()
		if err := os.Rename(d.path, d.path+".away"); err != nil {
			t.Fatal(err)
		}
		c.ca.only(t, folder, "QUALITY").check("state", "FAILED").check("error_code", 11)
		if err := os.Rename(d.path+".away", d.path); err != nil {
			t.Fatal(err)
		}
		goesOn()
	})
	t.Run("at the upload", func(t *testing.T) {
		d.set(t, "garbage")
		// The decoder's own failure: the same file may be sent again.
		if a, err := c.ca.try("POST", "/api/folders/", form(clip(t, "m", testphoto.Webcam, cut))); err != nil || a.status != 502 && a.status != 503 {
			t.Errorf("%s, %v: want 502 or 503", a, err)
		}
		d.gone(t)
		goesOn()
	})
	t.Run("a deleted analysis ends its decoder", func(t *testing.T) {
		folder := upload()
		d.set(t, "hangs")
		id := c.ca.post(t, analysesOf(folder), object{"analyses": []object{{"type": "QUALITY"}}}).want(201).id("0.analysis_id")
		c.ca.delete(t, analysisPath(id)).want(204)
		d.gone(t)
		goesOn()
	})
	t.Run("the server is killed", func(t *testing.T) {
		folder := upload()
		d.set(t, "children")
		c.ca.post(t, analysesOf(folder), object{"analyses": []object{{"type": "QUALITY"}}}).want(201)
		begun := time.Now()
		for len(d.children(t)) == 0 && time.Since(begun) < startPatience {
			time.Sleep(askEvery)
		}
		s.kill(t)
		d.gone(t)
		d.set(t, "ok")
		s.restart(t)
	})
}

// TestDecoderOff: without a decoder videos are refused where they come in, and shot
// sets still work.
func TestDecoderOff(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_MEDIA_VIDEO_DECODER=off")
	c := s.tenant(t, s.admin(t))
	for _, format := range []string{"mp4", "webm", "avi", "mkv", "mov"} {
		k := passive(format)
		c.ca.upload(t, "/api/folders/", clip(t, "m", testphoto.Webcam, k)).fault(unsupported("m", "reason", "video_decoder_missing"))
	}
	made := c.ca.upload(t, "/api/folders/", clip(t, "m", testphoto.Webcam, passive("zip"))).want(201).check("media.0.preview_url", nil)
	c.ca.only(t, made.id("folder_id"), "QUALITY").check("state", "FINISHED")
}

// TestMediaLimits: videos and shot sets beyond their limits (api.md 8.2).
func TestMediaLimits(t *testing.T) {
	t.Parallel()
	c := tenant(t)
	p := people(t)
	one := func(content []byte) body { return form(file("m", "m", string(content))) }
	still := p.ada[0].JPEG
	made := func(input string, more ...string) []byte {
		return testphoto.Encode(t, append([]string{"-f", "lavfi"}, append(more, "-i", input)...), testphoto.Cut{Format: "mp4"})
	}
	video := testphoto.Clip(t, testphoto.Webcam, passive("mp4"))
	many := archive(t, 301, func(i int) (string, []byte) { return fmt.Sprintf("f%d.jpg", i), still })
	nested := archive(t, 1, func(int) (string, []byte) {
		return "more.zip", archive(t, 1, func(int) (string, []byte) { return "a.jpg", still })
	})
	named := func(name string, content []byte) []byte {
		return archive(t, 1, func(int) (string, []byte) { return name, content })
	}
	const path = "/api/folders/"
	c.refuse(t, []refusal{
		{name: "61 seconds", path: path, body: one(made("color=s=64x64:r=5:d=61.5")), want: tooLarge("m", "reason", "duration")},
		{name: "3842 pixels", path: path, body: one(made("color=s=3842x64:r=5:d=0.4")), want: tooLarge("m", "reason", "pixels")},
		{name: "30 pixels", path: path, body: one(made("color=s=64x30:r=5:d=0.4")), want: badValue("m", "reason", "too_small")},
		{name: "cut video", path: path, body: one(video[:len(video)/3]), want: badValue("m", "reason", "undecodable")},
		{name: "301 frames", path: path, body: one(many), want: tooLarge("m", "reason", "frames", "limit", 300)},
		{name: "no frame", path: path, body: one(named("notes.txt", []byte("nothing"))), want: fault{status: 400, code: 4}},
		{name: "a bomb", path: path, body: one(named("a.png", make([]byte, 9<<20))), want: tooLarge("m", "reason", "ratio")},
		{name: "an absolute name", path: path, body: one(named("/etc/a.jpg", still)), want: badValue("m", "reason", "unsafe_archive")},
		{name: "a name that climbs", path: path, body: one(named("../a.jpg", still)), want: badValue("m", "reason", "unsafe_archive")},
		{name: "a nested archive", path: path, body: one(nested), want: badValue("m", "reason", "unsafe_archive")},
		{name: "another file", path: path, body: one(named("a.gif", []byte("GIF89a"))), want: unsupported("m", "reason", "type")},
		{name: "a broken frame", path: path, body: one(named("a.jpg", still[:300])), want: badValue("m", "reason", "undecodable")},
	})
	// What other programs put into archives is passed over.
	extras := archive(t, 5, func(i int) (string, []byte) {
		return []string{"__MACOSX/._a.jpg", ".DS_Store", "readme.txt", "manifest.json", "a.jpg"}[i], [][]byte{{1}, {2}, []byte("x"), []byte(`{"v":1}`), still}[i]
	})
	c.ca.upload(t, path, file("m", "m.zip", string(extras))).want(201).check("media.0.info.shots_set.frames", 1).checkAbsent("media.0.technical_meta_data.take")
	// A take of a challenge that nobody was given is stored, and known as such.
	taken := archive(t, 2, func(i int) (string, []byte) {
		manifest := object{"v": 1, "action": "video_selfie_blank", "challenge_id": nobodysID, "step": 0, "times_ms": []int{0}, "mac": strings.Repeat("0", 64)}
		return []string{"frame_0000.jpg", "manifest.json"}[i], [][]byte{still, jsonBody(manifest).content}[i]
	})
	a := c.ca.upload(t, path, file("m", "m.zip", string(taken))).want(201).
		check("media.0.technical_meta_data.take.status", "invalid").check("media.0.technical_meta_data.take.reason", "unknown").check("media.0.technical_meta_data.take.challenge_id", nobodysID)
	c.ca.only(t, a.id("folder_id"), "QUALITY").check("resolution_status", "DECLINED").check("results_data.injection_score", 1).check("results_data.confidence_spoofing", 1)
}
