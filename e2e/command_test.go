package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// command runs osprey once, as a user of the shell does.
type command struct {
	env   []string
	dir   string
	stdin string
}

// result is what it left.
type result struct {
	tb             testing.TB
	line           string
	code           int
	stdout, stderr string
}

func (c command) run(bin string, args ...string) result {
	cmd := exec.Command(bin, args...)
	cmd.Env, cmd.Dir = c.env, c.dir
	cmd.Stdin = strings.NewReader(c.stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	r := result{line: "osprey " + strings.Join(args, " ")}
	err := cmd.Run()
	r.stdout, r.stderr = out.String(), errs.String()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.code = exit.ExitCode()
	case err != nil:
		r.code, r.stderr = -1, err.Error()
	}
	return r
}

// osprey runs the binary with the environment of a server's data folder.
func (s *server) osprey(tb testing.TB, args ...string) result {
	tb.Helper()
	return s.ospreyWith(tb, "", args...)
}

// ospreyWith is osprey with a text on its standard input.
func (s *server) ospreyWith(tb testing.TB, stdin string, args ...string) result {
	tb.Helper()
	r := command{env: s.env, dir: s.dir, stdin: stdin}.run(s.bin, args...)
	r.tb = tb
	return r
}

// exits ends the test unless the exit code is this one.
func (r result) exits(code int) result {
	r.tb.Helper()
	if r.code != code {
		r.tb.Fatalf("%s: exit %d, want %d\nstdout: %s\nstderr: %s", r.line, r.code, code, r.stdout, r.stderr)
	}
	return r
}

// json is the standard output as an answer to look into.
func (r result) json() answer {
	r.tb.Helper()
	a := answer{tb: r.tb, request: r.line, body: []byte(r.stdout)}
	if err := json.Unmarshal(a.body, &a.doc); err != nil {
		r.tb.Fatalf("%s: not JSON: %v\n%s", r.line, err, r.stdout)
	}
	return a
}

// says fails the test unless a stream holds a text.
func (r result) says(what string) result {
	r.tb.Helper()
	if !strings.Contains(r.stdout+r.stderr, what) {
		r.tb.Errorf("%s: nothing of %q in\nstdout: %s\nstderr: %s", r.line, what, r.stdout, r.stderr)
	}
	return r
}
