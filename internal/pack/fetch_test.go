package pack_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"example.org/osprey/internal/pack"
)

// small is a package of a few hundred bytes, pinned by the integrity that
// its publisher's registry states.
var small = pack.Package{
	Name: "isarray", Version: "2.0.5", License: "MIT",
	Integrity: "sha512-xHjhDr3cNBK0BzdUJSPXZntQUx/mwMS5Rw4A7lPJ90XGAO6ISP/ePDNuo0vhqOZU+UD5JoodwCAAoZQd3FeAKw==",
}

// TestFetch runs the real npm.
func TestFetch(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	path, err := pack.Fetch(t.Context(), small, cache, "")
	if err != nil {
		t.Fatal(err)
	}
	if path != filepath.Join(cache, "isarray-2.0.5.tgz") {
		t.Errorf("fetched to %s", path)
	}
	// A damaged tarball in the cache is fetched again.
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Fetch(t.Context(), small, cache, ""); err != nil {
		t.Error(err)
	}
	other := small
	other.Integrity = "sha512-AAAA"
	if _, err := pack.Fetch(t.Context(), other, t.TempDir(), ""); !errors.Is(err, pack.ErrIntegrity) {
		t.Errorf("a package of another integrity: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(cache, ".fetch-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTarballName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"isarray": "isarray-1.0.0.tgz", "@vladmandic/face-api": "vladmandic-face-api-1.0.0.tgz",
	} {
		if got := (pack.Package{Name: name, Version: "1.0.0"}).Tarball(); got != want {
			t.Errorf("Tarball of %s = %s, want %s", name, got, want)
		}
	}
}
