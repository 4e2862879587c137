package index_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

func (e *estate) snapshot() string {
	return filepath.Join(e.Snapshots(), string(e.list)+".gallery")
}

func (e *estate) saved() bool {
	_, err := os.Stat(e.snapshot())
	return err == nil
}

// restarted is a new index over the same rows and files, loaded as at a start.
func (e *estate) restarted() *index.Index {
	e.t.Helper()
	x := e.NewIndex(0, e.Model())
	e.t.Cleanup(x.Close)
	if err := x.Load(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
	return x
}

// save writes the snapshots.
func (e *estate) save() {
	e.t.Helper()
	if err := e.Index.Save(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
}

// agree compares the searches of two indexes.
func (e *estate) agree(x *index.Index) {
	e.t.Helper()
	c := e.Collection(e.list)
	probe := testhouse.Unit(e.random)
	want, err := e.Index.Search(e.t.Context(), c, c.Version, probe, 20)
	if err != nil {
		e.t.Fatal(err)
	}
	got, err := x.Search(e.t.Context(), c, c.Version, probe, 20)
	if err != nil {
		e.t.Fatal(err)
	}
	if len(got.Matches) != len(want.Matches) || got.Images != want.Images || got.Version != want.Version {
		e.t.Fatalf("a restarted index found %+v, want %+v", got, want)
	}
	for i := range got.Matches {
		if got.Matches[i] != want.Matches[i] {
			e.t.Errorf("place %d: %+v, want %+v", i, got.Matches[i], want.Matches[i])
		}
	}
}

// TestWarmStart: a snapshot and the changes after it make the gallery again.
func TestWarmStart(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	first := e.enrol("")
	for range 20 {
		e.enrol("")
	}
	e.search(e.Index, 1)
	e.save()
	e.agree(e.restarted())
	more := e.enrol(first.Person)
	target := e.enrol("")
	if _, err := e.Collections.MoveImages(t.Context(), e.g, e.list, first.Person, target.Person, []osprey.ID{more.ID}); err != nil {
		t.Fatal(err)
	}
	e.agree(e.restarted())
	if !e.saved() {
		t.Error("the snapshot is gone, although nothing was deleted")
	}
	raw, err := os.ReadFile(e.snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for _, clear := range []string{string(first.ID), string(first.Person)} {
		if bytes.Contains(raw, []byte(clear)) {
			t.Errorf("the snapshot shows %s", clear)
		}
	}
}

// TestSnapshotThatDoesNotFit is not used: the gallery is built from the rows.
func TestSnapshotThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, e *estate){
		"damaged": func(t *testing.T, e *estate) {
			raw, err := os.ReadFile(e.snapshot())
			if err != nil {
				t.Fatal(err)
			}
			raw[len(raw)/2] ^= 1
			if err := os.WriteFile(e.snapshot(), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"truncated": func(t *testing.T, e *estate) {
			if err := os.Truncate(e.snapshot(), 100); err != nil {
				t.Fatal(err)
			}
		},
		"empty": func(t *testing.T, e *estate) {
			if err := os.Truncate(e.snapshot(), 0); err != nil {
				t.Fatal(err)
			}
		},
		"ahead of the rows": func(t *testing.T, e *estate) { // a database restored from a backup
			e.Write(func(tx *store.Tx) error {
				c, err := tx.LockCollection(e.list)
				c.Version--
				if err == nil {
					err = tx.SetCollectionState(c)
				}
				return err
			})
		},
		"another collection's": func(t *testing.T, e *estate) {
			c, err := e.NewCollection(e.g, "other")
			if err != nil {
				t.Fatal(err)
			}
			mine := e.list
			e.list = c.ID
			e.enrol("")
			e.search(e.Index, 1)
			e.save()
			other := e.snapshot()
			e.list = mine
			if err := os.Rename(other, e.snapshot()); err != nil {
				t.Fatal(err)
			}
		},
		"log pruned": func(t *testing.T, e *estate) {
			e.enrol("")
			e.enrol("")
			e.Write(func(tx *store.Tx) error { return tx.PruneChanges(e.list, e.Collection(e.list).Version) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, testhouse.Options{})
			for range 5 {
				e.enrol("")
			}
			e.search(e.Index, 1)
			e.save()
			spoil(t, e)
			x := e.restarted()
			c := e.Collection(e.list)
			r, err := x.Search(t.Context(), c, c.Version, testhouse.Unit(e.random), 100)
			if err != nil || r.Images != c.Images || len(r.Matches) != c.Images {
				t.Errorf("%d photos and %d matches of %d (error %v)", r.Images, len(r.Matches), c.Images, err)
			}
		})
	}
}

// TestDeletionDropsTheSnapshot: what is deleted does not live on in a file, whether
// the process lives on or is killed in between.
func TestDeletionDropsTheSnapshot(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	var people []osprey.PersonImage
	for range 5 {
		people = append(people, e.enrol(""))
	}
	e.search(e.Index, 1)
	e.save()
	if err := e.Collections.DeletePerson(t.Context(), e.g, e.list, people[0].Person); err != nil {
		t.Fatal(err)
	}
	if e.saved() {
		t.Error("the snapshot outlives a deletion")
	}
	e.save()
	kept, err := os.ReadFile(e.snapshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Collections.DeleteImage(t.Context(), e.g, e.list, people[1].Person, people[1].ID); err != nil {
		t.Fatal(err)
	}
	// The process was killed before it removed the file.
	if err := os.WriteFile(e.snapshot(), kept, 0o600); err != nil {
		t.Fatal(err)
	}
	e.agree(e.restarted())
	if e.saved() {
		t.Error("a start leaves the snapshot that still has the deleted photo")
	}
	// A snapshot of a collection that is gone goes too.
	for _, i := range people[1:] {
		if err := e.Collections.DeletePerson(t.Context(), e.g, e.list, i.Person); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Collections.Delete(t.Context(), e.g, e.list); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.snapshot(), kept, 0o600); err != nil {
		t.Fatal(err)
	}
	e.restarted()
	if e.saved() {
		t.Error("a start leaves the snapshot of a collection that is gone")
	}
}

// TestSaveAgainstDrop: whichever of a save and a deletion comes last, no file is
// left that has the deleted photo.
func TestSaveAgainstDrop(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	for range 100 {
		e.enrol("")
	}
	ctx := context.Background()
	for range 40 {
		i := e.enrol("")
		e.search(e.Index, 1)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := e.Index.Save(ctx); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if err := e.Collections.DeletePerson(ctx, e.g, e.list, i.Person); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if !e.saved() {
			continue
		}
		// It may stay only if it was written after the deletion: then no change is
		// left to replay, and a start keeps it.
		e.agree(e.restarted())
		if !e.saved() {
			t.Fatal("a snapshot with a deleted photo was left")
		}
	}
}

// TestSaveOnlyWhatChanged: a second save of the same version writes nothing.
func TestSaveOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	e := open(t, testhouse.Options{})
	e.enrol("")
	e.search(e.Index, 1)
	e.save()
	before, err := os.Stat(e.snapshot())
	if err != nil {
		t.Fatal(err)
	}
	e.save()
	after, err := os.Stat(e.snapshot())
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written anew (error %v)", err)
	}
	e.enrol("")
	e.search(e.Index, 1)
	e.save()
	if after, err = os.Stat(e.snapshot()); err != nil || os.SameFile(before, after) {
		t.Errorf("the file was not written anew (error %v)", err)
	}
}
