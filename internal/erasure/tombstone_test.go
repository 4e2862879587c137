package erasure_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/store"
)

var stoneKey = bytes.Repeat([]byte{7}, 32)

func stone(kind string, at osprey.Time) store.Tombstone {
	return store.Tombstone{Kind: kind, Object: osprey.NewIDs(osprey.SystemClock{}).New(), Time: at}
}

func openStones(t *testing.T, path string) *erasure.Tombstones {
	t.Helper()
	s, err := erasure.OpenTombstones(path, stoneKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestTombstones: stones are added to those of earlier processes, and read from a
// moment on.
func TestTombstones(t *testing.T) {
	path := filepath.Join(t.TempDir(), erasure.TombstoneFile)
	if got, err := erasure.ReadTombstones(path, stoneKey, 0); err != nil || len(got) != 0 {
		t.Errorf("of no file: %v, %v", got, err)
	}
	var all []store.Tombstone
	for i := range 3 {
		s := openStones(t, path)
		more := []store.Tombstone{stone(store.BuriedFolder, osprey.Time(10*i+1)), stone(store.BuriedPerson, osprey.Time(10*i+2))}
		if err := s.Append(more); err != nil {
			t.Fatal(err)
		}
		all = append(all, more...)
	}
	s := openStones(t, path)
	for mark, want := range map[osprey.Time][]store.Tombstone{0: all, 1: all[1:], 12: all[4:], 22: nil} {
		if got, err := s.Since(mark); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("since %d: %v (error %v), want %v", mark, got, err, want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestTombstonesAreWhole: a line that a crash cut off is passed over; one that was
// changed, put in or taken out is not, nor is another key.
func TestTombstonesAreWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), erasure.TombstoneFile)
	s := openStones(t, path)
	all := []store.Tombstone{stone(store.BuriedFolder, 1), stone(store.BuriedMedia, 2), stone(store.BuriedImage, 3)}
	if err := s.Append(all); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(good, []byte("\n"))
	write := func(parts ...[]byte) {
		if err := os.WriteFile(path, bytes.Join(parts, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, torn := range map[string][]byte{"some of a line": lines[2][:40], "a line without its end": lines[2][:len(lines[2])-1], "nothing": nil} {
		write(lines[0], lines[1], torn)
		s := openStones(t, path)
		if got, err := s.Since(0); err != nil || !reflect.DeepEqual(got, all[:2]) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err := s.Append(all[2:]); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, good) {
			t.Errorf("%s: written again as\n%s(error %v)", name, got, err)
		}
	}
	changed := bytes.Replace(lines[1], []byte(" media "), []byte(" folder "), 1)
	for name, parts := range map[string][][]byte{
		"changed": {lines[0], changed, lines[2]}, "taken out": {lines[0], lines[2]}, "turned about": {lines[1], lines[0], lines[2]},
		"put in twice": {lines[0], lines[0], lines[1], lines[2]}, "no line": {lines[0], []byte("\n"), lines[1]}, "garbage": {bytes.Repeat([]byte("x"), 4000), []byte("\n")},
	} {
		write(parts...)
		if got, err := erasure.ReadTombstones(path, stoneKey, 0); !errors.Is(err, erasure.ErrTombstones) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	write(good)
	if _, err := erasure.ReadTombstones(path, bytes.Repeat([]byte{8}, 32), 0); !errors.Is(err, erasure.ErrTombstones) {
		t.Errorf("with another key: %v", err)
	}
}

// FuzzTombstones: no file makes the reader fall or believe a line that the key did not
// sign.
func FuzzTombstones(f *testing.F) {
	f.Add([]byte("1 1767225600123456 folder 01980000-0000-7000-8000-0000000000f1 " + string(bytes.Repeat([]byte("0"), 64)) + "\n"))
	f.Add([]byte("\n\n"))
	f.Add(bytes.Repeat([]byte("a "), 300))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := erasure.ReadTombstones(path, stoneKey, 0); err == nil && len(got) > 0 {
			t.Errorf("believed %v", got)
		}
		if s, err := erasure.OpenTombstones(path, stoneKey); err == nil {
			_ = s.Close()
		}
	})
}

// TestRebury: what a restored database still has is erased again, once, and in an
// order in which it can be.
func TestRebury(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	stones := openStones(t, filepath.Join(h.Dir, erasure.TombstoneFile))
	h.Eraser.Keep(stones)
	gone := []store.Tombstone{ // as if a later state of the database had written them
		stone(store.BuriedCollection, 1<<50), stone(store.BuriedPerson, 1<<50+1), stone(store.BuriedAnalysis, 1<<50+2), stone(store.BuriedMedia, 1<<50+3),
	}
	gone[1].Object = h.person.ID
	gone[3].Object = h.folder.Media[0].ID
	if err := stones.Append(gone); err != nil {
		t.Fatal(err)
	}
	var order []string
	again := make(map[string]func(context.Context, osprey.ID) error)
	for _, kind := range store.BuriedKinds {
		again[kind] = func(context.Context, osprey.ID) error {
			order = append(order, kind)
			if kind == store.BuriedPerson {
				return errors.New("stuck")
			}
			return store.ErrNotFound
		}
	}
	if n, err := h.Eraser.Rebury(ctx, again); err == nil || n != 0 {
		t.Errorf("%d erased, error %v", n, err)
	}
	if want := []string{store.BuriedAnalysis, store.BuriedMedia, store.BuriedPerson, store.BuriedCollection}; !reflect.DeepEqual(order, want) {
		t.Errorf("in the order %v, want %v", order, want)
	}
	// Other deletions go on meanwhile; they must not move the mark past what failed.
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.Folders.Delete(ctx, h.g, h.folder.Folder.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	again[store.BuriedPerson] = func(ctx context.Context, id osprey.ID) error {
		if err := h.Collections.DeletePerson(ctx, h.g, h.list, id); err != nil {
			return err
		}
		return nil
	}
	if n, err := h.Eraser.Rebury(ctx, again); err != nil || n != 1 {
		t.Errorf("%d erased, error %v", n, err)
	}
	order = nil
	if n, err := h.Eraser.Rebury(ctx, again); err != nil || n != 0 || len(order) != 0 {
		t.Errorf("again: %d erased, %v, error %v", n, order, err)
	}
	// The deletion of the person has written a stone of its own.
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if all, err := stones.Since(0); err != nil || len(all) < len(gone)+1 {
		t.Errorf("%d stones, %v", len(all), err)
	}
	h.Whole()
}
