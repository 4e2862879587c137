package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.org/osprey/client"
)

// login opens a session over HTTP and returns its token.
func login(t *testing.T, s *shell, email, password string) string {
	t.Helper()
	api, err := client.New(s.url(t))
	if err != nil {
		t.Fatal(err)
	}
	session, err := api.Login(t.Context(), email, password)
	if err != nil {
		t.Fatal(err)
	}
	return session.AccessToken
}

// TestX02ExitCodes reaches every exit code.
func TestX02ExitCodes(t *testing.T) {
	t.Parallel()
	s := serving(t)
	dir, good, bad := library(t)
	photo := filepath.Join(dir, "Ms_cem", firstIn(t, filepath.Join(dir, "Ms_cem")))

	s.run(t, "company", "create", "--name", "Test company").exits(exitOK)
	s.run(t, "company", "list", "--search", "nothing").exits(exitOK)
	s.feed(t, "n\n", "company", "delete", "Test company").exits(exitUsage) // no terminal, no --yes
	s.run(t, "nonsense").exits(exitUsage)
	s.run(t, "user", "create", "--role", "ADMIN").exits(exitUsage)
	s.run(t, "collection", "list", "-o", "xml").exits(exitUsage)
	s.run(t, "collection", "info", "nobody").exits(exitNotFound)
	s.run(t, "company", "list", "--server", s.url(t)).exits(exitNotAllowed)
	s.run(t, "collection", "create", "--alias", "list", "--company", "test company").exits(exitOK)
	s.run(t, "collection", "create", "--alias", "LIST", "--company", "test company").exits(exitConflict)
	s.run(t, "collection", "create", "--alias", "x", "--company", "test company", "--threshold", "7").exits(exitRejected)
	s.run(t, "collection", "search", photo, "--collection", "list").exits(exitNotFound)
	s.run(t, "collection", "search", filepath.Join(dir, "nobody", "text.jpg"), "--collection", "list").exits(exitRejected)
	s.run(t, "company", "list", "--server", "http://127.0.0.1:1").exits(exitUnavailable)
	s.run(t, "company", "list", "--timeout", "1ns").exits(exitUnavailable)
	s.run(t, "models", "verify", "missing").exits(exitVerification)

	var sum importSummary
	o := s.run(t, "collection", "import", dir, "--collection", "list", "-o", "json").exits(exitSomeRejected).into(&sum)
	if sum.Added != good || sum.Rejected != bad || sum.Total != good+bad || sum.Ignored != 1 {
		t.Errorf("summary %+v, want %d added and %d rejected", sum, good, bad)
	}
	for _, line := range []string{"rejected: nobody/empty.jpg: no_face (code 20)", "rejected: nobody/text.jpg: type (code 17)"} {
		if !strings.Contains(o.stderr, line) {
			t.Errorf("no line %q in\n%s", line, o.stderr)
		}
	}
	s.run(t, "collection", "search", photo, "--collection", "list").exits(exitOK)
	s.run(t, "check", "--live").exits(exitOK)
	s.run(t, "check").exits(exitLocked)

	var out, errs bytes.Buffer
	w := s.world(&out, &errs, "")
	w.interrupted = func(parent context.Context) (context.Context, func()) {
		ctx, cancel := context.WithCancelCause(parent)
		cancel(errInterrupted)
		return ctx, func() {}
	}
	if code := osprey([]string{"company", "list"}, w); code != exitInterrupted {
		t.Errorf("interrupted: exit %d\n%s", code, errs.String())
	}
}

// url is the address of the server of the shell's folder.
func (s *shell) url(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	var a struct{ HTTP string }
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatal(err)
	}
	return "http://" + a.HTTP
}

// TestErrorsAreJSONWhenAskedFor: with -o json, wherever it stands.
func TestErrorsAreJSONWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for _, args := range [][]string{
		{"nonsense", "-o", "json"}, {"-ojson", "nonsense"}, {"--output=json", "nonsense"},
		{"models", "verify", "missing", "-o", "json"},
	} {
		o := s.run(t, args...)
		var e struct {
			Error struct {
				Code    int
				Message string
			}
		}
		if err := json.Unmarshal([]byte(o.stderr), &e); err != nil || e.Error.Code != o.code || e.Error.Message == "" || o.stdout != "" {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", o.line, o.code, o.stdout, o.stderr)
		}
	}
}

// TestX06ClosedStdout: whoever read enough ends the command quietly.
func TestX06ClosedStdout(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	var errs bytes.Buffer
	w := s.world(nil, &errs, "")
	w.stdout = closedPipe{}
	if code := osprey([]string{"config", "print"}, w); code != exitOK || errs.Len() > 0 {
		t.Errorf("exit %d, stderr %q", code, errs.String())
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

// TestX05LocalAndRemote: a command gives the same with a house of its own, through
// the socket, and through the API with a token.
func TestX05LocalAndRemote(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run(t, "company", "create", "--name", "Test company").exits(exitOK)
	s.feed(t, "granite lantern 41 otter\n", "user", "create", "--email", "root@example.com", "--role", "ADMIN", "--password-file", "-").exits(exitOK)
	alone := s.run(t, "company", "list", "-o", "json").exits(exitOK)

	served := servingOn(t, s)
	if got := served.run(t, "company", "list", "-o", "json").exits(exitOK); got.stdout != alone.stdout {
		t.Errorf("through the socket: %s, want %s", got.stdout, alone.stdout)
	}
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(login(t, served, "root@example.com", "granite lantern 41 otter")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := served.run(t, "company", "list", "-o", "json", "--server", served.url(t), "--token-file", token).exits(exitOK); got.stdout != alone.stdout {
		t.Errorf("through the API: %s, want %s", got.stdout, alone.stdout)
	}
}

func TestPasswordsFromTheTerminal(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		typed []string
		want  string
		code  int
	}{
		{[]string{"granite lantern 41 otter", "granite lantern 41 otter"}, "granite lantern 41 otter", exitOK},
		{[]string{"granite lantern 41 otter", "something else"}, "", exitUsage},
		{[]string{""}, "", exitOK},
	} {
		var errs bytes.Buffer
		next := 0
		c := &call{globals: &globals{}, world: &world{stderr: &errs, stdinTTY: true, readPassword: func() ([]byte, error) {
			if next == len(one.typed) {
				return nil, errors.New("asked too often")
			}
			next++
			return []byte(one.typed[next-1]), nil
		}}}
		got, err := c.newPassword("")
		if got != one.want || codeOf(err) != one.code {
			t.Errorf("%q: %q, %v", one.typed, got, err)
		}
		if strings.Contains(errs.String(), "granite") {
			t.Error("the password was shown")
		}
	}
}

func TestBrokenSettingsAreTold(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.environ = append(s.environ, "OSPREY_ANALYSIS_WORKERS=many")
	if o := s.run(t, "serve").exits(exitUsage); !strings.Contains(o.stderr, "analysis.workers") {
		t.Errorf("stderr %q", o.stderr)
	}
	s.run(t, "config", "check").exits(exitUsage)
	if o := s.run(t, "check").exits(exitVerification); !strings.Contains(o.stdout, "analysis.workers") {
		t.Errorf("stdout %q", o.stdout)
	}
}

func TestServeFlagsComeFromTheRegistry(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	if o := s.run(t, "serve", "--models.profile=missing", "--ops.pprof").exits(exitVerification); !strings.Contains(o.stderr, "osprey models install") {
		t.Errorf("stderr %q", o.stderr)
	}
	s.run(t, "serve", "--search.index-memory=nonsense").exits(exitUsage)
	if _, err := os.Stat(filepath.Join(s.dir, "server.json")); err == nil {
		t.Error("a server that did not start left its address")
	}
}
