package gallery

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestSnapshotFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "collection.snapshot")
	seal := newGCM(t)
	e := build(t, 64, 50)
	if _, err := LoadSnapshot(t.Context(), path, seal, testBinding, e.Config()); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, ErrSnapshot) {
		t.Errorf("no file: %v", err)
	}
	for range 2 { // the second time over the first
		if _, err := e.SaveSnapshot(t.Context(), path, seal, testBinding); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	back, err := LoadSnapshot(t.Context(), path, seal, testBinding, e.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = back.Close() }()
	if back.State() != e.State() {
		t.Errorf("read %+v, wrote %+v", back.State(), e.State())
	}

	// A save that fails leaves the old file and nothing else.
	if _, err := e.SaveSnapshot(t.Context(), path, failing{errors.New("no")}, testBinding); err == nil {
		t.Error("a sealer that fails did not make the saving fail")
	}
	if names := list(t, dir); len(names) != 1 {
		t.Errorf("the folder holds %v", names)
	}
	if _, err := e.SaveSnapshot(t.Context(), filepath.Join(dir, "none", "x"), seal, testBinding); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}

	// What a crash left behind goes, the rest stays.
	left, err := os.CreateTemp(dir, snapshotTemp+"*")
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	if err := RemoveUnfinished(dir); err != nil {
		t.Fatal(err)
	}
	if names := list(t, dir); len(names) != 1 || names[0] != "collection.snapshot" {
		t.Errorf("the folder holds %v", names)
	}
	for range 2 { // the second time there is none
		if err := RemoveSnapshot(path); err != nil {
			t.Fatal(err)
		}
	}
	if names := list(t, dir); len(names) != 0 {
		t.Errorf("the folder holds %v", names)
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
