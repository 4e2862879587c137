package erasure_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
)

// later is a clock that runs ahead of the machine's.
type later struct{ by time.Duration }

func (c later) Now() time.Time { return time.Now().Add(c.by) }

const day = 24 * time.Hour

// retention sweeps the house as if some time had gone by.
func (h *full) retention(ahead time.Duration) *erasure.Retention {
	return erasure.NewRetention(erasure.RetentionOptions{
		Store: h.Store, Audit: h.Audit.Append, Clock: later{ahead}, Folders: h.Folders, Analyses: h.Analyses, Erase: h.Eraser.Poke,
	})
}

// keep sets how long the company keeps what it stores.
func (h *full) keep(r osprey.Retention) {
	h.Write(func(tx *store.Tx) error {
		c, err := tx.Company(h.g.Actor.Company)
		if err != nil {
			return err
		}
		c.Retention = r
		return tx.UpdateCompany(c)
	})
}

func (h *full) sweep(t *testing.T, ahead time.Duration, want osprey.Erased) {
	t.Helper()
	if got, err := h.retention(ahead).Sweep(t.Context()); err != nil || got != want {
		t.Errorf("after %s: erased %+v (error %v), want %+v", ahead, got, err, want)
	}
}

func days(n int) *int { return &n }

// told are the counts of all retention records of a kind.
func (h *full) told(kind string) (sum int) {
	for _, e := range h.Audit.Events("retention.erase") {
		if n, ok := e.Details[kind].(int); ok && e.Company == h.g.Actor.Company {
			sum += n
		}
	}
	return sum
}

// TestMediaRetention: at the end of media_days the bytes go and the rows stay; what
// was seen in the medium goes with them.
func TestMediaRetention(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	secrets := h.secrets(t)
	h.sweep(t, 1000*day, osprey.Erased{}) // nothing is set, everything is kept
	h.keep(osprey.Retention{MediaDays: days(30)})
	h.sweep(t, 30*day-time.Minute, osprey.Erased{})
	h.sweep(t, 30*day+time.Minute, osprey.Erased{Media: 1})
	h.sweep(t, 60*day, osprey.Erased{})
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}

	v, err := h.Folders.Get(ctx, h.g, h.folder.Folder.ID, folder.Expand{Analyses: true})
	if err != nil || len(v.Media) != 1 || len(v.Analyses) != 1 {
		t.Fatalf("%d media, %d analyses, %v", len(v.Media), len(v.Analyses), err)
	}
	m, a := v.Media[0], v.Analyses[0]
	if !m.Cleared || m.Blob != "" || m.Thumb != "" || !v.Folder.Cleared || !a.Source[0].Cleared || a.Resolution != osprey.ResolutionSuccess {
		t.Errorf("medium %+v, folder cleared %t, analysis %+v", m, v.Folder.Cleared, a)
	}
	for _, form := range []folder.Form{folder.Original, folder.Thumb} {
		if _, err := h.Folders.File(ctx, h.g, v.Folder.ID, m.ID, form); !osprey.IsCode(err, osprey.CodeNotExist) {
			t.Errorf("form %v of an erased medium: %v", form, err)
		}
	}
	// Persons are not touched, and neither are their bytes.
	for name, sealed := range secrets {
		of := name == "template of medium "+string(m.ID) || name == "blob "+h.folder.Media[0].Blob
		if files := where(t, h.Dir, sealed); (len(files) == 0) != of {
			t.Errorf("%s is in %v, erased: %t", name, files, of)
		}
	}
	// An erased medium counts as absent, and a new one makes the folder whole again.
	if _, err := h.Analyses.Start(ctx, h.g, v.Folder.ID, []analysis.Request{{Type: osprey.AnalysisCollection}}); !osprey.IsCode(err, osprey.CodeInvalidValue) {
		t.Errorf("an analysis of an erased medium: %v", err)
	}
	photo := h.photo(t)
	if _, err := h.Folders.AddMedia(ctx, h.g, v.Folder.ID, folder.Addition{Files: []folder.File{{Field: "more", Data: photo}}}); err != nil {
		t.Fatal(err)
	}
	if v, err = h.Folders.Get(ctx, h.g, v.Folder.ID, folder.Expand{}); err != nil || v.Folder.Cleared {
		t.Errorf("a folder with a new medium is cleared: %t, %v", v.Folder.Cleared, err)
	}
	if n := h.told("media"); n != 1 {
		t.Errorf("the log was told of %d media", n)
	}
	h.Whole()
}

// TestFolderAndAnalysisRetention: folders and analyses go as by their DELETE calls.
func TestFolderAndAnalysisRetention(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	h.keep(osprey.Retention{AnalysisDays: days(10), FolderDays: days(20)})
	count := func(ahead time.Duration) (n osprey.Erased) {
		h.Read(func(tx *store.Tx) (err error) {
			r := osprey.Retention{AnalysisDays: days(10), FolderDays: days(20)}
			n, err = tx.CountExpired(h.g.Actor.Company, r.Expired(time.Now().Add(ahead)))
			return err
		})
		return n
	}
	for ahead, want := range map[time.Duration]osprey.Erased{5 * day: {}, 15 * day: {Analyses: 1}, 25 * day: {Media: 1, Folders: 1, Analyses: 1}} {
		if n := count(ahead); n != want {
			t.Errorf("after %s a sweep would erase %+v, want %+v", ahead, n, want)
		}
	}
	h.sweep(t, 5*day, osprey.Erased{})
	h.sweep(t, 15*day, osprey.Erased{Analyses: 1})
	v, err := h.Folders.Get(ctx, h.g, h.folder.Folder.ID, folder.Expand{Analyses: true})
	if err != nil || len(v.Analyses) != 0 || v.Folder.Status != osprey.ResolutionInitial || v.Folder.Cleared {
		t.Errorf("%+v, %v", v, err)
	}
	h.sweep(t, 25*day, osprey.Erased{Folders: 1})
	if _, err := h.Folders.Get(ctx, h.g, h.folder.Folder.ID, folder.Expand{}); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("an expired folder: %v", err)
	}
	if err := h.Eraser.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if keys := h.Keys(); len(keys) != 4 {
		t.Errorf("%d blobs, want those of the person's two photos", len(keys))
	}
	if f, a := h.told("folders"), h.told("analyses"); f != 1 || a != 1 {
		t.Errorf("the log was told of %d folders and %d analyses", f, a)
	}
	if len(h.Audit.Events("folder.delete")) != 1 || len(h.Audit.Events("analysis.delete")) != 1 {
		t.Error("the log was not told of each deletion")
	}
	h.Whole()
}

// stubborn is a Remover that cannot erase some.
type stubborn struct {
	erasure.Remover
	refuse []osprey.ID
}

func (s stubborn) Delete(ctx context.Context, g access.Grant, id osprey.ID) error {
	if slices.Contains(s.refuse, id) {
		return errors.New("stuck")
	}
	return s.Remover.Delete(ctx, g, id)
}

// TestRetentionGoesOn: an object that cannot be erased keeps neither the others nor
// other companies; more than a batch goes in one sweep.
func TestRetentionGoesOn(t *testing.T) {
	h := fill(t)
	ctx := t.Context()
	for range 120 {
		if _, err := h.Folders.Create(ctx, h.g, folder.Intake{}); err != nil {
			t.Fatal(err)
		}
	}
	h.keep(osprey.Retention{MediaDays: days(1), FolderDays: days(1)})
	r := erasure.NewRetention(erasure.RetentionOptions{
		Store: h.Store, Audit: h.Audit.Append, Clock: later{2 * day}, Analyses: h.Analyses, Erase: h.Eraser.Poke,
		Folders: stubborn{h.Folders, []osprey.ID{h.folder.Folder.ID}},
	})
	got, err := r.Sweep(ctx)
	if err == nil || got != (osprey.Erased{Media: 1, Folders: 120}) {
		t.Errorf("erased %+v, error %v", got, err)
	}
	h.sweep(t, 2*day, osprey.Erased{Folders: 1})
	h.Whole()
}

// TestRetentionSweepsTogether: two processes erase everything once between them.
func TestRetentionSweepsTogether(t *testing.T) {
	h := fill(t)
	for range 50 {
		if _, err := h.Folders.Create(t.Context(), h.g, folder.Intake{}); err != nil {
			t.Fatal(err)
		}
	}
	h.keep(osprey.Retention{FolderDays: days(1)})
	var both sync.WaitGroup
	var got [2]osprey.Erased
	for i := range got {
		both.Go(func() {
			var err error
			if got[i], err = h.retention(2 * day).Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if n := got[0].Folders + got[1].Folders; n != 51 || h.told("folders") != 51 {
		t.Errorf("%d and %d folders erased, %d told, want 51", got[0].Folders, got[1].Folders, h.told("folders"))
	}
	h.Whole()
}
