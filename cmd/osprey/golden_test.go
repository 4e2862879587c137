package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is meant: go test ./cmd/osprey -run %s -update\n%s", path, t.Name(), got)
	}
}

// tree is the parsed command line.
func tree(t *testing.T) *kong.Application {
	t.Helper()
	var all commands
	ended := -1
	p, err := newParser(&all, &world{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}, &ended)
	if err != nil {
		t.Fatal(err)
	}
	return p.Model
}

// TestX01Help: the help of every command is as it was.
func TestX01Help(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	s := &shell{}
	for _, p := range placesOf(tree(t).Node, "", nil) {
		o := s.run(t, append(strings.Fields(p.path), "--help")...).exits(exitOK)
		fmt.Fprintf(&page, "$ osprey %s --help\n%s\n", p.path, o.stdout)
		if o.stderr != "" {
			t.Errorf("osprey %s --help writes to stderr: %s", p.path, o.stderr)
		}
	}
	golden(t, "help.txt", page.String())
}

// shape replaces values by their types, so that what is left is the form.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = shape(e)
		}
		return out
	case []any:
		if len(v) == 0 {
			return []any{}
		}
		return []any{shape(v[0])}
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "number"
	}
	return "text"
}

// TestX01JSON: the JSON of every command has the shape it had.
func TestX01JSON(t *testing.T) {
	t.Parallel()
	s := serving(t)
	dir, _, _ := library(t)
	var page strings.Builder
	show := func(args ...string) {
		o := s.run(t, append(args, "-o", "json", "--yes")...)
		var v any
		o.into(&v)
		raw, err := json.MarshalIndent(shape(v), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range args {
			if strings.ContainsRune(a, filepath.Separator) {
				args[i] = "PATH"
			}
		}
		fmt.Fprintf(&page, "$ osprey %s -o json\n%s\n", strings.Join(args, " "), raw)
	}
	show("version")
	show("config", "print")
	show("models", "list")
	show("models", "show", "fr_detect")
	show("keys", "list")
	show("keys", "rotate", "--purpose", "template")
	show("company", "create", "--name", "Test company")
	show("company", "list")
	show("user", "create", "--email", "svc@example.com", "--role", "CLIENT_SERVICE", "--company", "test company")
	show("user", "list")
	show("user", "passwd", "svc@example.com")
	show("token", "create", "--user", "svc@example.com", "--name", "crm")
	show("token", "list", "--user", "svc@example.com")
	show("collection", "create", "--alias", "list", "--company", "test company", "--threshold", "0.9")
	show("collection", "list")
	show("collection", "info", "list")
	show("collection", "import", dir, "--collection", "list")
	show("collection", "search", filepath.Join(dir, "Ms_cem", firstIn(t, filepath.Join(dir, "Ms_cem"))), "--collection", "list")
	show("person", "list", "--collection", "list")
	show("check", "--live")
	golden(t, "json.txt", page.String())
}

func firstIn(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%s: %v", dir, err)
	}
	return entries[0].Name()
}

// TestX04NoSecretFlags: nothing secret can be given where others can read it.
func TestX04NoSecretFlags(t *testing.T) {
	t.Parallel()
	for _, p := range placesOf(tree(t).Node, "", nil) {
		for _, w := range p.words {
			name := strings.TrimPrefix(w.text, "--")
			for _, secret := range []string{"password", "secret", "token"} {
				isFile := strings.HasSuffix(name, "-file")
				isRule := strings.HasPrefix(name, "auth.") || strings.HasSuffix(name, "-ttl") || w.text == "token" // a length; a time; a command
				if strings.Contains(name, secret) && !isFile && !isRule {
					t.Errorf("osprey %s: the flag --%s would take a secret", p.path, name)
				}
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	s := &shell{}
	for _, name := range []string{"bash", "zsh", "fish", "powershell"} {
		o := s.run(t, "completion", name).exits(exitOK)
		for _, want := range []string{"collection", "import", "on-duplicate", "http.listen"} {
			if !strings.Contains(o.stdout, want) {
				t.Errorf("completion %s does not know %q", name, want)
			}
		}
		if path, err := exec.LookPath(name); err == nil && (name == "bash" || name == "fish") {
			cmd := exec.Command(path, "-n")
			cmd.Stdin = strings.NewReader(o.stdout)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("completion %s is no script: %v\n%s", name, err, out)
			}
		}
	}
	s.run(t, "completion", "tcsh").exits(exitUsage)
}

// TestBashCompletes asks bash what it would offer.
func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED: there is no bash here")
	}
	script := (&shell{}).run(t, "completion", "bash").exits(exitOK).stdout
	for line, want := range map[string]string{
		"osprey col":                   "collection",
		"osprey collection imp":        "import",
		"osprey collection import --r": "--resume --report",
		"osprey --quiet token cr":      "create",
	} {
		words := strings.Fields(line)
		ask := fmt.Sprintf("%s\nCOMP_WORDS=(%s); COMP_CWORD=%d; _osprey; echo \"${COMPREPLY[@]}\"", script, line, len(words)-1)
		out, err := exec.Command(bash, "-c", ask).Output()
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%q completes to %q, %v; want %q", line, strings.TrimSpace(string(out)), err, want)
		}
	}
}

func TestFieldsOfSettings(t *testing.T) {
	t.Parallel()
	got, err := parseFields([]string{"name=A B", "analysis_settings.collection.threshold=0.9", "analysis_settings.collection.target_fpir=null", "is_active=true"})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(got)
	want := `{"analysis_settings":{"collection":{"target_fpir":null,"threshold":0.9}},"is_active":true,"name":"A B"}`
	if string(raw) != want {
		t.Errorf("%s, want %s", raw, want)
	}
	for _, bad := range []string{"novalue", "=x"} {
		if _, err := parseFields([]string{bad}); codeOf(err) != exitUsage {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if keys := slices.Sorted(maps.Keys(got)); len(keys) != 3 {
		t.Errorf("keys %v", keys)
	}
}
