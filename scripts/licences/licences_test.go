package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestThirdPartyIsFresh: the file tells the modules that go list tells, with their texts.
func TestThirdPartyIsFresh(t *testing.T) {
	t.Parallel()
	want, err := generate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.FromSlash("../../internal/licence/third_party.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("internal/licence/third_party.txt is not that of the linked modules: run `go generate ./internal/licence`")
	}
}

func TestIsLicence(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"LICENSE": true, "License.txt": true, "licence.md": true, "LICENSE-DejaVu": true, "COPYING": true, "NOTICE": true, "PATENTS": true,
		"license.go": false, "LICENSES.json": false, "noticed": false, "README": false,
	} {
		if got := isLicence(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestNoLicence: a module without one is an error, not a part that says nothing.
func TestNoLicence(t *testing.T) {
	t.Parallel()
	files := map[string]bool{}
	module := t.TempDir()
	if err := os.WriteFile(filepath.Join(module, "license.go"), []byte("package x"), 0o600); err != nil {
		t.Fatal(err)
	}
	inner := filepath.Join(module, "a", "b")
	if err := os.MkdirAll(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := gather(files, module, inner); err != nil || len(files) != 0 {
		t.Fatal(files, err)
	}
	if _, err := textOf(module, nil); err == nil {
		t.Error("a module without a licence passes")
	}
}
