package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// How long a server may take for what it does in seconds. They are patience, not
// promises: no test measures time.
const (
	startPatience = 2 * time.Minute
	stopPatience  = 2 * time.Minute
	askEvery      = 10 * time.Millisecond
)

// The administrator of every server of these tests.
const (
	adminEmail    = "warden@e2e.example"
	adminPassword = "slate heron 77 orchard"
)

// builtAs finds a build: the file that an environment variable names, else the one
// beside the repository's others.
func builtAs(tb testing.TB, env, name string) string {
	tb.Helper()
	path, err := findBinary(env, name)
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

func findBinary(env, name string) (string, error) {
	path := os.Getenv(env)
	if path == "" {
		path = filepath.Join("..", "bin", name)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: run `make build-test` first", err)
	}
	return path, nil
}

// server is one process of Osprey on a data folder. It can be stopped or killed
// and started again on the same folder.
type server struct {
	bin  string
	dir  string
	env  []string
	log  *journal
	base string // http://host:port
	ops  string // the same of the operations listener

	cmd    *exec.Cmd
	exited chan struct{} // closed when the process is gone
}

// environment is all that a process of Osprey sees: nothing of the tester's own
// settings. Later entries win.
func environment(dir string, extra ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GOMEMLIMIT=2GiB", "GOTRACEBACK=all",
		"OSPREY_DATA_DIR=" + dir,
		"OSPREY_HTTP_LISTEN=127.0.0.1:0", "OSPREY_OPS_LISTEN=127.0.0.1:0",
		"OSPREY_ADMIN_EMAIL=" + adminEmail, "OSPREY_ADMIN_PASSWORD=" + adminPassword,
		"OSPREY_LOG_LEVEL=debug", "OSPREY_SERVER_DRAIN_DELAY=0s",
		"OSPREY_RATE_COMPANY_RPS=1000000", "OSPREY_RATE_COMPANY_BURST=1000000",
		"OSPREY_RATE_PUBLIC_RPS=1000000", "OSPREY_RATE_PUBLIC_BURST=1000000",
	}, extra...)
}

// start starts a private server in a folder of its own, with further environment
// variables, and ends it with the test.
func start(tb testing.TB, extra ...string) *server {
	tb.Helper()
	return startBinary(tb, builtAs(tb, "OSPREY_BIN", "osprey"), tb.TempDir(), extra...)
}

// startBinary is start with a build and a data folder.
func startBinary(tb testing.TB, bin, dir string, extra ...string) *server {
	tb.Helper()
	s := newServer(bin, dir, extra...)
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("log of the server:\n%s", s.log.tail())
		}
		if err := s.end(); err != nil {
			tb.Error(err)
		}
	})
	if err := s.run(); err != nil {
		tb.Fatal(err)
	}
	return s
}

func newServer(bin, dir string, extra ...string) *server {
	return &server{bin: bin, dir: dir, env: environment(dir, extra...), log: newJournal(adminEmail, adminPassword)}
}

// run starts the process and waits until it is ready.
func (s *server) run() error {
	if err := s.launch(); err != nil {
		return err
	}
	return s.waitReady()
}

// launch starts the process.
func (s *server) launch() error {
	_ = os.Remove(filepath.Join(s.dir, "server.json")) // a killed server left it
	s.cmd = exec.Command(s.bin, "serve")
	s.cmd.Env, s.cmd.Dir = s.env, s.dir
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	exited := make(chan struct{})
	s.exited = exited
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // its state is in cmd.ProcessState
		close(exited)
	}(s.cmd)
	return nil
}

// waitReady reads where the process listens and asks until it is ready.
func (s *server) waitReady() error {
	return s.poll("ready", startPatience, func() bool {
		var a struct{ HTTP, Ops string }
		raw, err := os.ReadFile(filepath.Join(s.dir, "server.json"))
		if err != nil || json.Unmarshal(raw, &a) != nil {
			return false
		}
		s.base, s.ops = "http://"+a.HTTP, "http://"+a.Ops
		resp, err := http.Get(s.base + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// poll asks until the answer is yes, the process is gone, or patience ends.
func (s *server) poll(what string, patience time.Duration, yes func() bool) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		if yes() {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("osprey serve ended before it was %s: %v\n%s", what, s.cmd.ProcessState, s.log.tail())
		case <-deadline.C:
			return fmt.Errorf("osprey serve is not %s after %s\n%s", what, patience, s.log.tail())
		case <-tick.C:
		}
	}
}

// kill ends the process as a power cut would, as far as a process can tell.
func (s *server) kill(tb testing.TB) {
	tb.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		tb.Fatal(err)
	}
	<-s.exited
}

// restart starts a process that was killed or stopped again, ready when it
// returns. Its address is another one.
func (s *server) restart(tb testing.TB) {
	tb.Helper()
	if err := s.run(); err != nil {
		tb.Fatal(err)
	}
}

// stop asks the process to end and gives its exit code.
func (s *server) stop() (int, error) {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	return s.wait()
}

// wait waits for the end of the process and gives its exit code.
func (s *server) wait() (int, error) {
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode(), nil
	case <-time.After(stopPatience):
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // leaves its goroutines in the log
		<-s.exited
		return 0, fmt.Errorf("osprey serve does not end\n%s", s.log.tail())
	}
}

// alive reports whether the process runs.
func (s *server) alive() bool {
	select {
	case <-s.exited:
		return false
	default:
		return s.cmd != nil
	}
}

// end stops the process if it runs and looks for secrets in all it ever logged.
func (s *server) end() error {
	var fault error
	if s.cmd != nil && s.alive() {
		code, err := s.stop()
		if err == nil && code != 0 {
			err = fmt.Errorf("osprey serve ended with code %d\n%s", code, s.log.tail())
		}
		fault = err
	}
	return errors.Join(fault, s.log.leaks())
}

// as is a caller with a token; an empty one is a stranger.
func (s *server) as(token string) caller { return caller{server: s, token: token} }

// login opens a session.
func (s *server) login(tb testing.TB, email, password string) caller {
	tb.Helper()
	a := s.as("").post(tb, "/api/authorize/auth/", object{"credentials": object{"email": email, "password": password}}).want(200)
	return s.as(a.text("access_token"))
}

// admin is a session of the administrator.
func (s *server) admin(tb testing.TB) caller {
	tb.Helper()
	return s.login(tb, adminEmail, adminPassword)
}

// shared is the server that most tests use.
var shared sharedServer

type sharedServer struct {
	once  sync.Once
	fault error
	dir   string
	s     *server
	root  caller
}

// sharedServer starts the shared server with the first test that wants it.
func (h *sharedServer) get(tb testing.TB) *server {
	tb.Helper()
	h.once.Do(func() {
		bin, err := findBinary("OSPREY_BIN", "osprey")
		if err == nil {
			h.dir, err = os.MkdirTemp("", "osprey-e2e-*")
		}
		if err == nil {
			h.s = newServer(bin, h.dir)
			err = h.s.run()
		}
		if h.fault = err; err == nil {
			h.root = h.s.admin(tb)
		}
	})
	if h.fault != nil {
		tb.Fatal(h.fault)
	}
	return h.s
}

// close ends the shared server and has its data checked: all that the tests did
// must have left rows, files and index in agreement.
func (h *sharedServer) close() error {
	if h.s == nil {
		return nil
	}
	fault := h.s.end()
	if h.fault == nil {
		r := command{env: h.s.env}.run(h.s.bin, "check")
		if r.code != 0 {
			fault = errors.Join(fault, fmt.Errorf("osprey check after the tests: exit %d\n%s%s", r.code, r.stdout, r.stderr))
		}
	}
	return errors.Join(fault, os.RemoveAll(h.dir))
}
