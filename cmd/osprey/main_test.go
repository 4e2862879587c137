package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.org/osprey/internal/config"
	"example.org/osprey/internal/server"
	"example.org/osprey/internal/testphoto"
)

var update = flag.Bool("update", false, "write the golden files")

// shell runs commands on one data folder.
type shell struct {
	dir     string
	environ []string
}

// outcome is what a command left.
type outcome struct {
	t              testing.TB
	line           string
	code           int
	stdout, stderr string
}

// newShell is a shell on a folder of its own, with no server.
func newShell(t testing.TB) *shell {
	t.Helper()
	dir := t.TempDir()
	return &shell{dir: dir, environ: []string{
		"OSPREY_DATA_DIR=" + dir, "OSPREY_MODELS_DIR=" + testphoto.Models(t), "OSPREY_LOG_LEVEL=error",
		"OSPREY_HTTP_LISTEN=127.0.0.1:0", "OSPREY_OPS_LISTEN=127.0.0.1:0", "OSPREY_SERVER_DRAIN_DELAY=0",
		"OSPREY_RATE_COMPANY_RPS=100000", "OSPREY_RATE_COMPANY_BURST=100000",
	}}
}

// world is a machine without terminals.
func (s *shell) world(out, errs *bytes.Buffer, stdin string) *world {
	return &world{
		stdin: strings.NewReader(stdin), stdout: out, stderr: errs, environ: s.environ,
		interrupted: func(ctx context.Context) (context.Context, func()) { return ctx, func() {} },
	}
}

// run runs a command with nothing on its standard input.
func (s *shell) run(t testing.TB, args ...string) outcome { return s.feed(t, "", args...) }

func (s *shell) feed(t testing.TB, stdin string, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := osprey(args, s.world(&out, &errs, stdin))
	return outcome{t, "osprey " + strings.Join(args, " "), code, out.String(), errs.String()}
}

func (o outcome) exits(code int) outcome {
	o.t.Helper()
	if o.code != code {
		o.t.Fatalf("%s: exit %d, want %d\nstdout: %s\nstderr: %s", o.line, o.code, code, o.stdout, o.stderr)
	}
	return o
}

// into reads the standard output as JSON.
func (o outcome) into(v any) outcome {
	o.t.Helper()
	if err := json.Unmarshal([]byte(o.stdout), v); err != nil {
		o.t.Fatalf("%s: %v\n%s", o.line, err, o.stdout)
	}
	return o
}

// serving is a shell on a folder of its own with a server.
func serving(t testing.TB) *shell {
	t.Helper()
	return servingOn(t, newShell(t))
}

// servingOn starts a server on the shell's folder; the test's end stops it.
func servingOn(t testing.TB, s *shell) *shell {
	t.Helper()
	r, err := config.Resolve(config.Sources{Environ: s.environ})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		ended <- server.Run(ctx, server.Options{Resolved: r, Build: build(""), Logger: slog.New(slog.DiscardHandler)}, nil,
			func(*server.Life) error { once.Do(func() { close(up) }); return nil })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("server: %v", err)
		}
	})
	select {
	case <-up:
	case err := <-ended:
		ended <- nil
		t.Fatalf("server: %v", err)
	}
	return s
}

// library writes photographs of persons, a folder each, and returns the folder
// and how many there are of each kind.
func library(t testing.TB) (dir string, good, bad int) {
	t.Helper()
	dir = t.TempDir()
	put := func(name string, content []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range testphoto.Mated(t)[2:5] {
		for _, photo := range p.Photos {
			put("Ms_"+p.Name+"/"+photo.Name+".jpg", photo.JPEG)
			good++
		}
	}
	put("nobody/empty.jpg", testphoto.NoFace(t).JPEG)
	put("nobody/text.jpg", []byte("this is no photograph"))
	put("nobody/notes.txt", []byte("ignored"))
	put("__MACOSX/._x.jpg", []byte("ignored"))
	return dir, good, 2
}
