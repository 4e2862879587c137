package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/osprey/internal/testphoto"
)

// traced watches a process and its children by strace until stop is called, which gives
// what was seen of system calls that make files.
func traced(t *testing.T, s *server) (stop func() string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("SKIPPED: strace is not here; this test watches the server's files with it (scripts/prepare.sh strace)")
	}
	out := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-qq", "-s", "256", "-o", out,
		"-e", "trace=open,openat,creat,mkdir,mkdirat,mknod,mknodat,link,linkat,symlink,symlinkat,rename,renameat,renameat2",
		"-p", strconv.Itoa(s.cmd.Process.Pid))
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := s.poll("traced", startPatience, func() bool { return allTraced(s.cmd.Process.Pid) || cmd.ProcessState != nil }); err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	return func() string {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it ends by the signal
		raw, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
}

// allTraced reports whether every thread of a process has its tracer.
func allTraced(pid int) bool {
	all, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, name := range all {
		raw, err := os.ReadFile(name)
		if err == nil && bytes.Contains(raw, []byte("TracerPid:\t0\n")) {
			return false
		}
	}
	return err == nil && len(all) > 0
}

// makesFile finds the calls that make or move a file.
var makesFile = regexp.MustCompile(`(?m)^.*(O_CREAT|O_TMPFILE|creat\(|mkdir|mknod|link\(|linkat\(|symlink|rename).*$`)

// TestLiteL20NothingStays: two hundred calls of all kinds make no file, and nothing of a
// sample or template gets into the log.
func TestLiteL20NothingStays(t *testing.T) {
	t.Parallel()
	s := start(t)
	l := s.admin(t).lite()
	p := people(t)
	template := l.extract(t, p.ada[0])
	frames, video := testphoto.Clip(t, testphoto.Webcam, passive("zip")), testphoto.Clip(t, testphoto.Webcam, testphoto.Cut{From: 0.5, Seconds: 0.8, Format: "mp4"})
	png := litePNG(t, p.bea[0])
	mixed := []func() liteAnswer{
		func() liteAnswer { return l.post(t, liteExtract, asJPEG(p.ada[1])) },
		func() liteAnswer {
			return l.post(t, liteExtract, in64(body{"image/png", png}, base64.StdEncoding), base64Request)
		},
		func() liteAnswer { return l.post(t, liteCompare, compareForm(template, template)) },
		func() liteAnswer { return l.post(t, liteVerify, verifyForm(p.ada[2], template)) },
		func() liteAnswer { return l.post(t, litePair, pairForm(p.ada[0], p.bea[1])) },
		func() liteAnswer { return l.post(t, liteDetect, asJPEG(p.ada[3])) },
		func() liteAnswer { return l.post(t, liteExtract, asJPEG(p.nobody)) },
		func() liteAnswer {
			return l.post(t, liteDetect, detectForm(lp("bio_sample", "image/jpeg", p.ada[4].JPEG), `{"mnemonic":"passive"}`))
		},
		func() liteAnswer { return l.post(t, liteVerify, verifyForm(p.ada[0], make([]byte, 100))) },
		func() liteAnswer { return l.get(t, litePattern+"health") },
	}
	rare := []func() liteAnswer{
		func() liteAnswer {
			return l.post(t, liteDetect, liteForm("", lp("bio_sample", "application/zip", frames)))
		},
		func() liteAnswer { return l.post(t, liteDetect, liteForm("", lp("bio_sample", "video/mp4", video))) },
	}
	for _, call := range append(mixed, rare...) { // what is loaded on first use is no part of it
		call()
	}
	stop := traced(t, s)
	answered := map[int]int{}
	for i := range 200 {
		call := mixed[i%len(mixed)]
		if i%50 == 49 {
			call = rare[i/50%len(rare)]
		}
		answered[call().status]++
	}
	trace := stop()
	if answered[200] != 160 || answered[400] != 40 {
		t.Errorf("answers by status: %v", answered)
	}
	if !strings.Contains(trace, "openat(") {
		t.Fatalf("nothing was watched:\n%s", trace)
	}
	made := slices.DeleteFunc(makesFile.FindAllString(trace, -1), func(call string) bool {
		return strings.Contains(call, filepath.Join(s.dir, "osprey.db")) // of which only the counters of units change
	})
	if len(made) > 0 {
		t.Errorf("files were made:\n%s", strings.Join(made[:min(len(made), 10)], "\n"))
	}
	t.Logf("%d system calls on names, none that makes a file", strings.Count(trace, "\n"))
	log := s.log.String()
	for name, secret := range map[string][]byte{"photo": p.ada[1].JPEG, "png": png, "template": template, "frames": frames, "video": video} {
		for at := 0; at+18 <= len(secret); at += 18 {
			window := secret[at : at+18]
			for _, form := range []string{string(window), base64.StdEncoding.EncodeToString(window), hex.EncodeToString(window)} {
				if strings.Contains(log, form) {
					t.Fatalf("bytes %d on of the %s are in the log", at, name)
				}
			}
		}
	}
}

// resident is the memory of a process in bytes.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// loadTime is how long the overload of L-21 lasts.
const loadTime = 30 * time.Second
