package folder_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func files(list ...testphoto.Photo) []folder.File {
	out := make([]folder.File, len(list))
	for i, p := range list {
		out[i] = folder.File{Field: fmt.Sprintf("photo%d", i+1), Name: p.Name + ".jpg", Data: p.JPEG}
	}
	return out
}

// state is what all there is comes down to: a refused call must leave it as it was.
func state(t *testing.T, h *testhouse.House) string {
	t.Helper()
	var folders, media int
	h.Read(func(tx *store.Tx) error {
		all, n, err := tx.Folders(store.Query{Limit: 1000})
		folders = n
		for _, f := range all {
			_, m, err := tx.MediaList(f.ID, store.Query{})
			if media += m; err != nil {
				return err
			}
		}
		return err
	})
	return fmt.Sprint(folders, " folders, ", media, " media, ", len(h.Keys()), " blobs")
}

// TestIntake: files become media with their facts, and their bytes come back.
func TestIntake(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("one")
	ctx := t.Context()
	ada := testphoto.Mated(t)[0].Photos
	in := files(ada[0], testphoto.NoFace(t)) // a folder takes photos without faces too
	in[0].Tags = []string{"photo_selfie"}
	v, err := h.Folders.Create(ctx, g, folder.Intake{Files: in, Source: "api", Metadata: osprey.Metadata{"case": "7"}})
	if err != nil {
		t.Fatal(err)
	}
	if v.Folder.Status != osprey.ResolutionInitial || len(v.Media) != 2 || v.Media[0].Key != "photo1" || v.Media[0].Tags[0] != "photo_selfie" || v.Media[0].ID >= v.Media[1].ID {
		t.Errorf("folder %+v, media %+v", v.Folder, v.Media)
	}
	more, err := h.Folders.AddMedia(ctx, g, v.Folder.ID, folder.Addition{Files: files(ada[1])})
	if err != nil || len(more) != 1 {
		t.Fatal(err)
	}
	got, err := h.Folders.Get(ctx, g, v.Folder.ID, folder.Expand{Analyses: true, Company: true, User: true})
	if err != nil || len(got.Media) != 3 || got.Company == nil || got.Folder.Metadata["case"] != "7" {
		t.Errorf("read as %+v (error %v)", got, err)
	}
	for n, want := range [][]byte{ada[0].JPEG, in[1].Data, ada[1].JPEG} {
		f, err := h.Folders.File(ctx, g, v.Folder.ID, got.Media[n].ID, folder.Original)
		if err != nil || !bytes.Equal(f.Data, want) || f.MIME != "image/jpeg" {
			t.Errorf("file %d: %d bytes, error %v", n, len(f.Data), err)
		}
		if f, err := h.Folders.File(ctx, g, v.Folder.ID, got.Media[n].ID, folder.Thumb); err != nil || len(f.Data) == 0 {
			t.Errorf("thumbnail %d: %v", n, err)
		}
	}
	if _, err := h.Folders.File(ctx, g, h.IDs.New(), got.Media[0].ID, folder.Original); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("a medium through another folder: %v", err)
	}
	if m, err := h.Folders.SetTags(ctx, g, more[0].ID, []string{"photo_id"}); err != nil || len(m.Tags) != 1 {
		t.Errorf("tags %v, error %v", m.Tags, err)
	}
	h.Whole()
}

// TestIntakeIsAllOrNothing: one bad file, one blob that cannot be written, one
// medium too many, and nothing is kept.
func TestIntakeIsAllOrNothing(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true, MaxMedia: 4})
	_, g := h.Company("one")
	ada := testphoto.Mated(t)[0].Photos
	there, err := h.Folders.Create(t.Context(), g, folder.Intake{Files: files(ada[0])})
	if err != nil {
		t.Fatal(err)
	}
	before := state(t, h)
	text := testphoto.Photo{Name: "letter", JPEG: []byte("Dear Sir or Madam")}
	cut := testphoto.Photo{Name: "cut", JPEG: ada[1].JPEG[:1000]}
	for name, tt := range map[string]struct {
		in    folder.Intake
		code  osprey.Code
		field string
		parts int
	}{
		"a letter":      {folder.Intake{Files: files(ada[1], text)}, osprey.CodeUnsupportedMedia, "photo2", 1},
		"two bad files": {folder.Intake{Files: files(cut, ada[1], text)}, osprey.CodeInvalidValue, "photo1", 2},
		"too many":      {folder.Intake{Files: files(ada[:5]...)}, osprey.CodeTooLarge, "files", 0},
		"metadata":      {folder.Intake{Metadata: osprey.Metadata{"": "x"}}, osprey.CodeInvalidValue, "folder:meta_data", 0},
	} {
		_, err := h.Folders.Create(t.Context(), g, tt.in)
		e := osprey.ErrorOf(err)
		parts, _ := e.Details["parts"].([]osprey.Details)
		if e.Code != tt.code || e.Details["field"] != tt.field || len(parts) != tt.parts {
			t.Errorf("%s: %v, details %v; want code %d in %s, %d parts", name, err, e.Details, tt.code, tt.field, tt.parts)
		}
		if tt.code != osprey.CodeInvalidValue || len(tt.in.Files) > 0 {
			if _, err := h.Folders.AddMedia(t.Context(), g, there.Folder.ID, folder.Addition{Files: tt.in.Files}); !osprey.IsCode(err, tt.code) {
				t.Errorf("%s, added to a folder: %v", name, err)
			}
		}
		if after := state(t, h); after != before {
			t.Errorf("%s: %s, was %s", name, after, before)
		}
	}
	gone := errors.New("the disk is away")
	for _, failing := range []int64{1, 2, 3} {
		var puts atomic.Int64
		h.Bucket.Fail(func(_ context.Context, op, _ string) error {
			if op == "put" && puts.Add(1) == failing {
				return gone
			}
			return nil
		})
		_, err := h.Folders.AddMedia(t.Context(), g, there.Folder.ID, folder.Addition{Files: files(ada[1], ada[2])})
		h.Bucket.Fail(nil)
		if !errors.Is(err, gone) || !osprey.IsCode(err, osprey.CodeExternalService) {
			t.Errorf("put %d fails: %v", failing, err)
		}
		if after := state(t, h); after != before {
			t.Errorf("put %d fails: %s, was %s", failing, after, before)
		}
	}
	if _, err := h.Folders.AddMedia(t.Context(), g, there.Folder.ID, folder.Addition{}); !osprey.IsCode(err, osprey.CodeInvalidStructure) {
		t.Errorf("no file: %v", err)
	}
	h.Whole()
}

// TestConsent: a company that wants consent gets media only with it.
func TestConsent(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("careful", func(c *osprey.Company) { c.RequireConsent = true })
	ada := testphoto.Mated(t)[0].Photos
	given := osprey.Metadata{"consent": map[string]any{"given": true, "policy_version": "1", "time": json.Number("1767225600")}}
	for name, m := range map[string]osprey.Metadata{
		"none": nil, "refused": {"consent": map[string]any{"given": false}}, "no answer": {"consent": map[string]any{}}, "elsewhere": {"given": true},
	} {
		_, err := h.Folders.Create(t.Context(), g, folder.Intake{Files: files(ada[0]), Metadata: m})
		if e := osprey.ErrorOf(err); e.Code < osprey.CodeInvalidStructure || e.Code > osprey.CodeInvalidType {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty, err := h.Folders.Create(t.Context(), g, folder.Intake{})
	if err != nil {
		t.Fatalf("a folder without media needs no consent: %v", err)
	}
	if _, err := h.Folders.AddMedia(t.Context(), g, empty.Folder.ID, folder.Addition{Files: files(ada[0])}); !osprey.IsCode(err, osprey.CodeInvalidStructure) {
		t.Errorf("media for a folder without consent: %v", err)
	}
	v, err := h.Folders.Create(t.Context(), g, folder.Intake{Files: files(ada[0]), Metadata: given})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Folders.AddMedia(t.Context(), g, v.Folder.ID, folder.Addition{Files: files(ada[1])}); err != nil {
		t.Errorf("more media with consent: %v", err)
	}
}

// TestCompanies: nothing of one company's folders is there for another.
func TestCompanies(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("one")
	_, other := h.Company("two")
	ctx := t.Context()
	ada := testphoto.Mated(t)[0].Photos
	v, err := h.Folders.Create(ctx, g, folder.Intake{Files: files(ada[0])})
	if err != nil {
		t.Fatal(err)
	}
	f, m := v.Folder.ID, v.Media[0].ID
	_, get := h.Folders.Get(ctx, other, f, folder.Expand{})
	_, add := h.Folders.AddMedia(ctx, other, f, folder.Addition{Files: files(ada[1])})
	_, _, list := h.Folders.MediaList(ctx, other, f, store.Query{Limit: 1})
	_, one := h.Folders.Media(ctx, other, m)
	_, tags := h.Folders.SetTags(ctx, other, m, nil)
	_, file := h.Folders.File(ctx, other, f, m, folder.Original)
	for name, err := range map[string]error{
		"get": get, "add": add, "list": list, "medium": one, "tags": tags, "file": file,
		"delete medium": h.Folders.DeleteMedia(ctx, other, m), "delete": h.Folders.Delete(ctx, other, f),
	} {
		if !osprey.IsCode(err, osprey.CodeNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if views, total, err := h.Folders.List(ctx, other, store.Query{Limit: 10}, folder.Expand{}); err != nil || total != 0 || len(views) != 0 {
		t.Errorf("list: %d, %v", total, err)
	}
	named := g.Actor.Company
	if _, err := h.Folders.Create(ctx, other, folder.Intake{Company: &named}); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("a folder in the other's company: %v", err)
	}
	if _, err := h.Folders.Get(ctx, g, f, folder.Expand{}); err != nil {
		t.Error(err)
	}
}

// TestDeletions: media of a running analysis stay, everything else goes, and from
// the answer on it is out of reach.
func TestDeletions(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("one")
	ctx := t.Context()
	ada := testphoto.Mated(t)[0].Photos
	v, err := h.Folders.Create(ctx, g, folder.Intake{Files: files(ada[0], ada[1])})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Collections.Create(ctx, g, collection.New{Alias: "list"}); err != nil {
		t.Fatal(err)
	}
	started, err := h.Analyses.Start(ctx, g, v.Folder.ID, []analysis.Request{
		{Type: osprey.AnalysisCollection, Source: []osprey.ID{v.Media[0].ID}, SourceIndex: []int{0}},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = h.Folders.DeleteMedia(ctx, g, v.Media[0].ID)
	if d := osprey.ErrorOf(err).Details; !osprey.IsCode(err, osprey.CodeConflict) || d["reason"] != "in_use" {
		t.Errorf("a medium of a running analysis: %v, details %v", err, d)
	}
	if err := h.Folders.DeleteMedia(ctx, g, v.Media[1].ID); err != nil {
		t.Errorf("the other medium: %v", err)
	}
	untouched := g
	untouched.Untouched = true
	if err := h.Folders.Delete(ctx, untouched, v.Folder.ID); !osprey.IsCode(err, osprey.CodeAuthForbidden) {
		t.Errorf("a folder that had an analysis, by one who may delete only fresh ones: %v", err)
	}
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if a, err := h.Analyses.Wait(ctx, g, started[0].ID, time.Minute); err != nil || a.State != osprey.StateFinished {
		t.Fatalf("state %s, error %v", a.State, err)
	}
	if err := h.Folders.DeleteMedia(ctx, g, v.Media[0].ID); err != nil {
		t.Errorf("the medium of a finished analysis: %v", err)
	}
	a, err := h.Analyses.Get(ctx, g, started[0].ID)
	if err != nil || !a.Source[0].Cleared {
		t.Errorf("the analysis does not say that its medium is gone: %+v, %v", a.Source, err)
	}
	if _, err := h.Analyses.Start(ctx, g, v.Folder.ID, []analysis.Request{{Type: osprey.AnalysisCollection}}); !osprey.IsCode(err, osprey.CodeInvalidValue) {
		t.Errorf("an analysis without media: %v", err)
	}
	if err := h.Folders.Delete(ctx, g, v.Folder.ID); err != nil {
		t.Error(err)
	}
	if err := h.Folders.Delete(ctx, g, v.Folder.ID); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("a second deletion: %v", err)
	}
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if keys := h.Keys(); len(keys) != 0 {
		t.Errorf("%d blobs are left", len(keys))
	}
	h.Whole()
}

// TestRaceOfIntakeAndDeletion: media are added to folders that are being deleted;
// each call is done whole or refused, and no blob is left over.
func TestRaceOfIntakeAndDeletion(t *testing.T) {
	h := testhouse.New(t, testhouse.Options{Idle: true})
	_, g := h.Company("one")
	small := testphoto.Resize(t, testphoto.Mated(t)[0].Photos[0], 64)
	for range 25 {
		v, err := h.Folders.Create(t.Context(), g, folder.Intake{Files: files(small)})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				known(t, "add", second(h.Folders.AddMedia(t.Context(), g, v.Folder.ID, folder.Addition{Files: files(small)})))
			})
		}
		wg.Go(func() { known(t, "delete", h.Folders.Delete(t.Context(), g, v.Folder.ID)) })
		wg.Go(func() { known(t, "delete medium", h.Folders.DeleteMedia(t.Context(), g, v.Media[0].ID)) })
		wg.Wait()
	}
	if err := h.Eraser.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := state(t, h); got != "0 folders, 0 media, 0 blobs" {
		t.Errorf("%s are left", got)
	}
	h.Whole()
}

func second(_ []osprey.Media, err error) error { return err }

func known(t *testing.T, call string, err error) {
	if err != nil && !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("%s: %v", call, err)
	}
}

// TestOwners: a CLIENT works on the folders it made.
func TestOwners(t *testing.T) {
	t.Parallel()
	h := testhouse.New(t, testhouse.Options{Idle: true})
	company, admin := h.Company("one")
	client := func() access.Grant {
		id := h.IDs.New()
		own := osprey.Scope{Company: company, Owner: id}
		return access.Grant{Actor: osprey.Actor{User: id, Role: osprey.RoleClient, Company: company}, Flags: osprey.AllAnalyses(), View: own, Act: own, Erase: true}
	}
	mine, other := client(), client()
	ada := testphoto.Mated(t)[0].Photos
	v, err := h.Folders.Create(t.Context(), mine, folder.Intake{Files: files(ada[0])})
	if err != nil || v.Folder.User != mine.Actor.User || v.Media[0].Owner != mine.Actor.User {
		t.Fatalf("folder %+v, error %v", v.Folder, err)
	}
	if _, err := h.Folders.AddMedia(t.Context(), mine, v.Folder.ID, folder.Addition{Files: files(ada[1])}); err != nil {
		t.Error(err)
	}
	if _, err := h.Folders.Get(t.Context(), other, v.Folder.ID, folder.Expand{}); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("another client: %v", err)
	}
	if _, err := h.Folders.Get(t.Context(), admin, v.Folder.ID, folder.Expand{}); err != nil {
		t.Errorf("the administrator: %v", err)
	}
	h.Whole()
}
