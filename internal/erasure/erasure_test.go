package erasure_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// full is a house with an enrolled person and an analysed selfie, real ones.
type full struct {
	*testhouse.House
	g      access.Grant
	list   osprey.ID
	person osprey.Person
	folder folder.View
}

func fill(t *testing.T) *full {
	t.Helper()
	h := &full{House: testhouse.New(t, testhouse.Options{})}
	_, h.g = h.Company("one")
	ctx := t.Context()
	c, err := h.Collections.Create(ctx, h.g, collection.New{Alias: "list"})
	if err != nil {
		t.Fatal(err)
	}
	h.list = c.ID
	people := testphoto.Mated(t)
	added, err := h.Collections.AddPerson(ctx, h.g, c.ID, collection.Enrolment{Photos: []collection.Photo{
		{Field: "image1", Name: "a.jpg", Data: people[0].Photos[0].JPEG}, {Field: "image2", Name: "b.jpg", Data: people[0].Photos[1].JPEG},
	}})
	if err != nil {
		t.Fatal(err)
	}
	h.person = added.Person
	h.folder, err = h.Folders.Create(ctx, h.g, folder.Intake{Files: []folder.File{{Field: "photo1", Data: people[1].Photos[0].JPEG}}})
	if err != nil {
		t.Fatal(err)
	}
	started, err := h.Analyses.Start(ctx, h.g, h.folder.Folder.ID, []analysis.Request{{Type: osprey.AnalysisCollection}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.Analyses.Wait(ctx, h.g, started[0].ID, time.Minute)
	if err != nil || a.State != osprey.StateFinished {
		t.Fatalf("state %s, error %v", a.State, err)
	}
	return h
}

// photo is one more photograph.
func (h *full) photo(t *testing.T) []byte {
	t.Helper()
	return testphoto.Mated(t)[2].Photos[0].JPEG
}

// secrets are sealed bytes that must not outlive what they belong to: templates
// and blobs, as they lie on the disk.
func (h *full) secrets(t *testing.T) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	keep := func(name string, sealed []byte, err error) {
		if err != nil || len(sealed) < 500 {
			t.Fatalf("%s: %d bytes, error %v", name, len(sealed), err)
		}
		out[name] = sealed
	}
	h.Read(func(tx *store.Tx) error {
		for _, i := range h.person.Images {
			s, err := tx.Template(i.ID)
			keep("template of photo "+string(i.ID), s.Bytes, err)
		}
		for _, m := range h.folder.Media {
			l, err := tx.Look(m.ID, h.Model(), "dominant")
			keep("template of medium "+string(m.ID), l.Template.Bytes, err)
		}
		return nil
	})
	for _, i := range h.person.Images {
		for _, key := range []string{i.Blob, i.Thumb} {
			sealed, err := h.Bucket.Get(t.Context(), key)
			keep("blob "+key, sealed, err)
		}
	}
	for _, m := range h.folder.Media {
		sealed, err := h.Bucket.Get(t.Context(), m.Blob)
		keep("blob "+m.Blob, sealed, err)
	}
	return out
}

// where lists the files of the data folder that hold a piece of the bytes.
func where(t *testing.T, dir string, sealed []byte) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// Rows are cut at the ends of pages: any piece of them tells.
		for at := 0; at+24 <= len(sealed); at += 24 {
			if bytes.Contains(raw, sealed[at:at+24]) {
				files = append(files, filepath.Base(path))
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestDeletedBytesAreGone: after a deletion and a round of erasure no piece of the
// sealed templates and photos is in any file: not the blobs, the database, its log
// or a snapshot.
func TestDeletedBytesAreGone(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	if err := h.Index.Save(ctx); err != nil {
		t.Fatal(err)
	}
	secrets := h.secrets(t)
	for name, sealed := range secrets {
		if len(where(t, h.Dir, sealed)) == 0 {
			t.Fatalf("%s is in no file before the deletion: the test looks in the wrong place", name)
		}
	}
	if err := h.Collections.DeletePerson(ctx, h.g, h.list, h.person.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Folders.Delete(ctx, h.g, h.folder.Folder.ID); err != nil {
		t.Fatal(err)
	}
	// From the answer on they are out of reach, although the bytes are still there.
	for _, i := range h.person.Images {
		if _, err := h.Collections.PhotoFile(ctx, h.g, h.list, i.Media, false); !osprey.IsCode(err, osprey.CodeNotExist) {
			t.Errorf("a deleted photo is served: %v", err)
		}
	}
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	for name, sealed := range secrets {
		if files := where(t, h.Dir, sealed); len(files) > 0 {
			t.Errorf("%s is still in %v", name, files)
		}
	}
	if keys := h.Keys(); len(keys) != 0 {
		t.Errorf("%d blobs are left", len(keys))
	}
	if info, err := os.Stat(h.Database() + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("the log has %d bytes after its truncation", info.Size())
	}
	h.Whole()
}

// TestErasureIsTriedAgain: a blob that cannot be deleted stays on the list; rounds
// repeat without harm, and nothing else is lost.
func TestErasureIsTriedAgain(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	if err := h.Collections.DeletePerson(ctx, h.g, h.list, h.person.ID); err != nil {
		t.Fatal(err)
	}
	left := 2
	h.Bucket.Fail(func(_ context.Context, op, _ string) error {
		if left--; op == "delete" && left < 0 {
			return errors.New("the disk is away")
		}
		return nil
	})
	if err := h.Eraser.Drain(ctx); err == nil {
		t.Error("a blob that could not be deleted is no error")
	}
	if keys := h.Keys(); len(keys) != 4 {
		t.Errorf("%d blobs, want those of the folder and two of the person", len(keys))
	}
	h.Bucket.Fail(nil)
	for range 2 {
		if err := h.Eraser.Drain(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if keys := h.Keys(); len(keys) != 2 {
		t.Errorf("%d blobs, want the folder's two", len(keys))
	}
	if _, err := h.Folders.File(ctx, h.g, h.folder.Folder.ID, h.folder.Media[0].ID, folder.Original); err != nil {
		t.Errorf("a medium that was not deleted: %v", err)
	}
}

// TestReadersOnlyDelayErasure: as long as somebody reads an older state the log
// cannot be truncated; the round says so and the next one does it.
func TestReadersOnlyDelayErasure(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	secrets := h.secrets(t)
	release, holding, released := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		released <- h.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
			_, err := tx.Collection(h.list)
			close(holding)
			<-release
			return err
		})
	}()
	<-holding
	if err := h.Collections.DeletePerson(ctx, h.g, h.list, h.person.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Eraser.Drain(ctx); !osprey.IsCode(err, osprey.CodeUnavailable) {
		t.Errorf("the log was truncated under a reader: %v", err)
	}
	close(release)
	if err := <-released; err != nil {
		t.Fatal(err)
	}
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	for _, i := range h.person.Images {
		name := "template of photo " + string(i.ID)
		if files := where(t, h.Dir, secrets[name]); len(files) > 0 {
			t.Errorf("%s is still in %v", name, files)
		}
	}
}

// TestResolve: at a start the blobs of requests that were cut off go, those that
// rows name stay.
func TestResolve(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	before := len(h.Keys())
	named, orphan, never := h.person.Images[0].Blob, blob.NewKey(), blob.NewKey()
	if err := h.Blobs.PutKey(ctx, orphan, h.g.Actor.Company, h.IDs.New(), []byte("half an enrolment")); err != nil {
		t.Fatal(err)
	}
	h.Write(func(tx *store.Tx) error { return tx.AddBlobIntent([]string{named, orphan, never}) })
	removed, err := h.Eraser.Resolve(ctx)
	if err != nil || removed != 2 {
		t.Errorf("%d removed (error %v), want 2", removed, err)
	}
	if keys := h.Keys(); len(keys) != before || !keys[named] || keys[orphan] {
		t.Errorf("%d blobs, were %d; the one that a row names is there: %t, the other: %t", len(keys), before, keys[named], keys[orphan])
	}
	if removed, err := h.Eraser.Resolve(ctx); err != nil || removed != 0 {
		t.Errorf("again: %d removed (error %v)", removed, err)
	}
	h.Whole()
}

// TestRun: a poke brings the blobs off the disk, and the end of the context ends it.
func TestRun(t *testing.T) {
	h := fill(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	erased := make(chan struct{})
	deletes := 0
	h.Bucket.Fail(func(_ context.Context, op, _ string) error {
		if op == "delete" {
			if deletes++; deletes == 4 {
				close(erased)
			}
		}
		return nil
	})
	go func() {
		defer close(done)
		h.Eraser.Run(ctx)
	}()
	if err := h.Collections.DeletePerson(ctx, h.g, h.list, h.person.ID); err != nil {
		t.Fatal(err)
	}
	<-erased
	cancel()
	<-done
	h.Bucket.Fail(nil)
	// One more eraser, as after a restart, has the rest.
	if err := erasure.New(h.Store, h.Blobs, testhouse.Logger(t)).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys := h.Keys(); len(keys) != 2 {
		t.Errorf("%d blobs, want the folder's two", len(keys))
	}
}
