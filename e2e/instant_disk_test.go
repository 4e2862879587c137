package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// storeless starts a server of which nothing is stored, behind a command that runs it
// (none: by itself). Its data folder does not exist, and neither does one for temporary
// files.
func storeless(tb testing.TB, behind []string, extra ...string) *server {
	tb.Helper()
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	work := tb.TempDir()
	s := newServer(builtAs(tb, "OSPREY_BIN", "osprey"), filepath.Join(work, "no", "data"), append([]string{
		"OSPREY_SERVER_COMPONENTS=stateless", "OSPREY_SERVER_SECRET_KEY=" + strings.Repeat("storeless secret ", 3),
		"TMPDIR=" + filepath.Join(work, "no", "temp"), "OSPREY_ANALYSIS_SYNC_TIMEOUT=10m",
	}, extra...)...)
	address, ops := free(), free()
	s.env = append(s.env, "OSPREY_HTTP_LISTEN="+address, "OSPREY_OPS_LISTEN="+ops)
	s.base, s.ops = "http://"+address, "http://"+ops
	command := append(append([]string{}, behind...), s.bin, "serve")
	s.cmd = exec.Command(command[0], command[1:]...)
	s.cmd.Env, s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.env, work, s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.exited = make(chan struct{})
	if err := s.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait() // its state is in cmd.ProcessState
		close(s.exited)
	}()
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("log of the server:\n%s", s.log.tail())
		}
		if err := s.end(); err != nil {
			tb.Error(err)
		}
		if _, err := os.Stat(filepath.Join(work, "no")); err == nil {
			tb.Error("the server made its data folder or one for temporary files")
		}
	})
	err := s.poll("ready", startPatience, func() bool {
		resp, err := http.Get(s.base + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// readOnly is the command that runs another one where no file can be written; nil where
// this machine does not let it.
func readOnly(tb testing.TB) []string {
	tb.Helper()
	const remount = `for at in $(awk '$2 !~ "^/(proc|sys|dev)(/|$)" {print $2}' /proc/mounts); do mount -o remount,ro,bind "$at" || exit 1; done; exec "$@"`
	for _, flags := range []string{"-m", "-rm"} {
		command := []string{"unshare", flags, "sh", "-c", remount, "sh"}
		// It counts only where it works: the folder of this test cannot be written to.
		probe := filepath.Join(tb.TempDir(), "probe")
		err := exec.Command(command[0], append(command[1:], "touch", probe)...).Run()
		_, there := os.Stat(probe)
		works := exec.Command(command[0], append(command[1:], "true")...).Run() == nil
		if err != nil && there != nil && works {
			return command
		}
	}
	return nil
}

// TestInstantStateless: a server without users, database and disk (api.md 11,
// components.md 0.1).
func TestInstantStateless(t *testing.T) {
	t.Parallel()
	behind := readOnly(t)
	t.Logf("read-only file system: %v", behind != nil)
	s := storeless(t, behind)
	nobody := s.as("")
	media, tags := instantMedia(t)
	t.Run("photos, shot sets and videos", func(t *testing.T) {
		a := nobody.instant(t, instantAsk(tags), media...).want(200).check("resolution_status", "FINISHED")
		// As the server with a database has it.
		c := tenant(t)
		stored := c.ca.direct(t, "", instantAsk(tags), media...).want(201)
		if got, want := strings.Join(wordsOf(t, a, "analyses"), "\n"), strings.Join(wordsOf(t, stored, "analyses"), "\n"); got != want {
			t.Errorf("without a store:\n%s\nwith one:\n%s", got, want)
		}
		leaves(t, s, a)
	})
	t.Run("a token is not asked for, nor looked at", func(t *testing.T) {
		s.as("osp_at_whatever").instant(t, object{"analyses": entriesOf("DOCUMENTS")}, media[0]).want(200)
	})
	t.Run("the other calls", func(t *testing.T) {
		for _, path := range []string{"/api/version", "/api/healthcheck/", "/api/license", "/api/ab-testings-configs", "/api/authorize/session_token"} {
			nobody.get(t, path).want(200)
		}
		nobody.post(t, "/api/event_sessions", object{}).want(201)
		off := fault{status: 501, code: 2, details: object{"reason": "component_off"}}
		for _, call := range []string{
			"GET /api/folders/", "POST /api/folders/", "GET /api/analyses/", "GET /api/collections/", "POST /api/authorize/auth/", "GET /api/users/",
			"GET /api/companies/", "GET /api/settings/", "GET /api/system/", "GET /api/models/", "DELETE /api/media/01980000-0000-7000-8000-0000000000a1/",
		} {
			method, path, _ := strings.Cut(call, " ")
			nobody.call(t, method, path, nil).fault(off)
		}
		nobody.get(t, "/api/nothing").fault(notExist)
		nobody.get(t, "/api/instant/folders/").want(405)
		nobody.get(t, "/static/01980000-0000-7000-8000-0000000000f1/01980000-0000-7000-8000-0000000000a1.jpg").want(404)
		nobody.get(t, "/readyz").want(200).check("checks.store", "missing").check("checks.models", "ok")
	})
}

// TestComponents: users without folders.
func TestComponents(t *testing.T) {
	t.Parallel()
	s := start(t, "OSPREY_SERVER_COMPONENTS=auth,stateless")
	c := s.tenant(t, s.admin(t))
	c.ca.instant(t, object{"analyses": entriesOf("BIOMETRY")}, photo("a", people(t).ada[1]), photo("b", people(t).ada[2])).want(200)
	s.as("").instant(t, object{"analyses": entriesOf("QUALITY")}, photo("a", people(t).ada[1])).fault(fault{status: 401, code: 6})
	off := fault{status: 501, code: 2, details: object{"reason": "component_off"}}
	c.ca.get(t, "/api/folders/").fault(off)
	c.ca.get(t, "/api/collections/").fault(off)
	c.ca.get(t, "/api/users/").want(200)
}

// opened and wrote find what a trace says of files: with -y every descriptor carries
// its path.
var (
	opened = regexp.MustCompile(`open(?:at)?\(.*O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND).* = \d+<([^>]*)>`)
	wrote  = regexp.MustCompile(`(?:p?write(?:64|v|v2)?|ftruncate|fallocate|sendfile|copy_file_range)\(\d+<([^>]*)>`)
	made   = regexp.MustCompile(`(?:creat|mkdir|mkdirat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|mknod|mknodat|truncate)\(.* = \d`)
)

// onDisk names the writes of a trace that reach a file system.
func onDisk(trace string, allowed func(path string) bool) []string {
	var out []string
	for line := range strings.Lines(trace) {
		path := ""
		if m := opened.FindStringSubmatch(line); m != nil {
			path = m[1]
		} else if m := wrote.FindStringSubmatch(line); m != nil {
			path = m[1]
		} else if !made.MatchString(line) {
			continue
		}
		memory := path != "" && !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "/memfd:") || strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")
		if !memory && !allowed(path) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// watched runs what a process is watched at with strace, and gives what it did.
func watched(tb testing.TB, pid int, what func()) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-y", "-s", "0", "-o", file, "-p", fmt.Sprint(pid),
		"-e", "trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat,truncate,"+
			"write,pwrite64,writev,pwritev,pwritev2,ftruncate,fallocate,sendfile,copy_file_range,memfd_create")
	said := &journal{secrets: map[string]bool{}}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		tb.Fatalf("%v: scripts/prepare.sh strace installs it", err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	watcher := &server{cmd: cmd, exited: exited, log: said}
	if err := watcher.poll("watching", startPatience, func() bool { return strings.Contains(said.String(), "attached") }); err != nil {
		tb.Fatal(err)
	}
	what()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		tb.Fatal(err)
	}
	<-exited
	trace, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return string(trace)
}

// leastTelling is how many characters a score must have to be looked for: "0.35" stands
// among the settings too.
const leastTelling = 8

// leaves fails when the log of a server, or a file of its data folder, holds anything of
// an answer that nothing may be kept of.
func leaves(tb testing.TB, s *server, a answer) {
	tb.Helper()
	words := []string{"instant-secret-17", "instant-secret-18", "instant-secret-19", "ada-2.jpg", "photo_id_front", a.id("folder_id"), a.id("analyses.0.group_id")}
	for i := range a.list("media") {
		words = append(words, a.id(fmt.Sprintf("media.%d.media_id", i)))
	}
	for i := range a.list("analyses") {
		words = append(words, a.id(fmt.Sprintf("analyses.%d.analysis_id", i)))
		for _, key := range []string{"confidence_spoofing", "min_confidence"} {
			v, ok := a.look(fmt.Sprintf("analyses.%d.results_data.%s", i, key))
			if score := fmt.Sprint(v); ok && len(score) >= leastTelling {
				words = append(words, score)
			}
		}
	}
	find := func(where string, content []byte) {
		for _, w := range words {
			if bytes.Contains(content, []byte(w)) {
				tb.Errorf("%s holds %q", where, w)
			}
		}
	}
	find("the log", []byte(s.log.String()))
	_ = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if content, err := os.ReadFile(path); err == nil { // one that is gone holds nothing
				find(path, content)
			}
		}
		return nil
	})
}

// TestInstantWritesNothing watches the system calls of the server, of its threads and
// of the decoders that it starts.
func TestInstantWritesNothing(t *testing.T) {
	t.Parallel()
	media, tags := instantMedia(t)
	nothing := func(string) bool { return false }
	t.Run("without a store", func(t *testing.T) {
		s := storeless(t, nil)
		var a answer
		trace := watched(t, s.cmd.Process.Pid, func() { a = s.as("").instant(t, instantAsk(tags), media...).want(200) })
		if !strings.Contains(trace, "memfd_create") {
			t.Fatal("the trace does not show the decoder of videos at work")
		}
		for _, line := range onDisk(trace, nothing) {
			t.Errorf("a file was written: %s", line)
		}
		leaves(t, s, a)
	})
	t.Run("beside a store", func(t *testing.T) {
		s := start(t, "OSPREY_ANALYSIS_SYNC_TIMEOUT=10m")
		c := s.tenant(t, s.admin(t))
		var a answer
		trace := watched(t, s.cmd.Process.Pid, func() { a = c.ca.instant(t, instantAsk(tags), media...).want(200) })
		// The database may note what is not of the request: sessions, counters.
		database := filepath.Join(s.dir, "osprey.db")
		for _, line := range onDisk(trace, func(path string) bool { return strings.HasPrefix(path, database) }) {
			t.Errorf("a file was written: %s", line)
		}
		leaves(t, s, a)
	})
	t.Run("a watch that sees", func(t *testing.T) {
		s := start(t)
		c := s.tenant(t, s.admin(t))
		trace := watched(t, s.cmd.Process.Pid, func() { c.folder(t, people(t).ada[1]) })
		if found := onDisk(trace, nothing); len(found) < 3 {
			t.Errorf("a stored photograph was written, and the trace shows %q", found)
		}
	})
}
