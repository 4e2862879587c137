package analysis_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// shooting is a stage on which every video shows a live face with a best shot.
func shooting(t *testing.T, o testhouse.Options) *stage {
	t.Helper()
	s := onStage(t, o)
	s.observe = func(_ context.Context, name string, m look.Medium, w look.Want) (*look.Observation, error) {
		o := alive(someone(name), .1)
		if w.BestShot && m.Type != osprey.MediaImage {
			o.BestShot = picture(t, 480)
		}
		return o, nil
	}
	return s
}

// twoVideos are two media with a best shot and one without.
func twoVideos() []upload {
	return []upload{{name: "ada", kind: osprey.MediaVideo}, {name: "photo"}, {name: "bob", kind: osprey.MediaShotSet}}
}

// TestBestShots: the best shots of videos and shot sets are result images of the
// analysis, which the folder's list leaves out.
func TestBestShots(t *testing.T) {
	t.Parallel()
	var grown atomic.Int64
	s := shooting(t, testhouse.Options{Grown: func(tx *store.Tx, company osprey.ID, n int64) error {
		if stored, err := tx.StoredBytes(company); err != nil || stored < n { // they count already
			t.Errorf("%d bytes are stored, %d came, %v", stored, n, err)
		}
		grown.Add(n)
		return nil
	}})
	f, ids := s.folder(twoVideos()...)
	a := s.ask(f, analysis.Request{Type: osprey.AnalysisQuality})
	images := s.images(a.ID)
	var sum int64
	for _, m := range images {
		sum += m.Info.Size
	}
	if n := grown.Load(); n < sum || sum == 0 { // with what sealing adds
		t.Errorf("the company was told to have grown by %d bytes, the images have %d", n, sum)
	}
	if a.State != osprey.StateFinished || len(images) != 2 {
		t.Fatalf("%s with %d images (%s)", a.State, len(images), a.ErrorMessage)
	}
	q := a.Result.Quality.Media
	if q[0].BestShot != images[0].ID || q[1].BestShot != "" || q[2].BestShot != images[1].ID {
		t.Errorf("%+v", q)
	}
	for i, m := range images {
		if m.Type != osprey.MediaImageResult || m.OriginalName != "best_shot.jpg" || m.Tags[0] != "best_shot" || m.Source != ids[2*i] ||
			m.Folder != f || m.Owner != s.g.Actor.User || m.Thumb != "" || m.Info.Width != 480 || m.Info.Height != 20 || len(m.SHA256) != 64 || len(m.Info.MD5) != 32 {
			t.Errorf("%+v", m)
		}
		data, err := s.Blobs.Get(t.Context(), m.Blob, m.Company, m.ID)
		if err != nil || int64(len(data)) != m.Info.Size {
			t.Errorf("%d bytes, %v", len(data), err)
		}
	}
	no := false
	a = s.ask(f, analysis.Request{Type: osprey.AnalysisQuality, ExtractBestShot: &no})
	if len(s.images(a.ID)) != 0 || a.Result.Quality.Media[0].BestShot != "" {
		t.Errorf("not asked for: %+v", a.Result.Quality)
	}
	s.Read(func(tx *store.Tx) error {
		if list, total, err := tx.MediaList(f, store.Query{Limit: 10}); err != nil || total != 3 {
			t.Errorf("the folder lists %d media: %+v, %v", total, list, err)
		}
		return nil
	})
	s.Whole()
}

// bytesLeft drains the eraser and counts what is left in the bucket.
func (s *stage) bytesLeft() int {
	s.t.Helper()
	if err := s.Eraser.Drain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return len(s.Keys())
}

// TestImagesGoWithWhatTheyHangOn: deleting the analysis, the medium or the folder
// erases result images, rows and bytes.
func TestImagesGoWithWhatTheyHangOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		remove func(s *stage, folder osprey.ID, media []osprey.ID, a osprey.ID) error
		rows   int // result images that stay
		bytes  int // blobs that stay
	}{
		"analysis": {func(s *stage, _ osprey.ID, _ []osprey.ID, a osprey.ID) error {
			return s.Analyses.Delete(t.Context(), s.g, a)
		}, 0, 3},
		"medium": {func(s *stage, _ osprey.ID, media []osprey.ID, _ osprey.ID) error {
			return s.Folders.DeleteMedia(t.Context(), s.g, media[0])
		}, 1, 3},
		"folder": {func(s *stage, f osprey.ID, _ []osprey.ID, _ osprey.ID) error {
			return s.Folders.Delete(t.Context(), s.g, f)
		}, 0, 0},
	} {
		s := shooting(t, testhouse.Options{})
		f, ids := s.folder(twoVideos()...)
		a := s.ask(f, analysis.Request{Type: osprey.AnalysisQuality})
		if n := s.bytesLeft(); n != 5 {
			t.Errorf("%s: %d blobs before", name, n)
		}
		if err := tt.remove(s, f, ids, a.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if rows, left := len(s.images(a.ID)), s.bytesLeft(); rows != tt.rows || left != tt.bytes {
			t.Errorf("%s: %d images and %d blobs are left, want %d and %d", name, rows, left, tt.rows, tt.bytes)
		}
		s.Whole()
	}
}

// TestNoImageOfALostRun: whatever happens between the writing of the bytes and the
// commit, no image is left of a run whose result does not count.
func TestNoImageOfALostRun(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		meanwhile func(s *stage, a osprey.Analysis) error
		state     osprey.State // "" for none
		images    int
	}{
		"a later run has it": {func(s *stage, a osprey.Analysis) error {
			return s.Store.Write(t.Context(), osprey.Everything(), func(tx *store.Tx) error {
				_, err := tx.BeginRun(a.ID)
				return err
			})
		}, osprey.StateProcessing, 0},
		"its time is over": {func(s *stage, a osprey.Analysis) error {
			_, err := s.Analyses.Sweep(t.Context(), a.Created.Time().AddDate(0, 0, 1))
			return err
		}, osprey.StateFailed, 0},
		"deleted":        {func(s *stage, a osprey.Analysis) error { return s.Analyses.Delete(t.Context(), s.g, a.ID) }, "", 0},
		"folder deleted": {func(s *stage, a osprey.Analysis) error { return s.Folders.Delete(t.Context(), s.g, a.Folder) }, "", 0},
		"nothing":        {func(*stage, osprey.Analysis) error { return nil }, osprey.StateFinished, 2},
	} {
		var s *stage
		var done atomic.Bool
		s = shooting(t, testhouse.Options{RetryMax: 2, Stage: func(what string) {
			if what != "images" || done.Swap(true) {
				return
			}
			list, _, err := s.Analyses.List(t.Context(), s.g, store.Query{Limit: 1})
			if err == nil {
				err = tt.meanwhile(s, list[0])
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}})
		f, _ := s.folder(twoVideos()...)
		started, err := s.Analyses.Start(t.Context(), s.g, f, []analysis.Request{{Type: osprey.AnalysisQuality}})
		if err != nil {
			t.Fatal(err)
		}
		drain(t, s.House)
		id := started[0].ID
		a, err := s.Analyses.Get(t.Context(), access.System(), id)
		if tt.state == "" && !osprey.IsCode(err, osprey.CodeNotExist) || tt.state != "" && (err != nil || a.State != tt.state) {
			t.Errorf("%s: state %s, %v", name, a.State, err)
		}
		want := 3 + tt.images
		if name == "folder deleted" {
			want = 0
		}
		if rows, left := len(s.images(id)), s.bytesLeft(); !done.Load() || rows != tt.images || left != want {
			t.Errorf("%s: %d images and %d blobs are left, want %d and %d", name, rows, left, tt.images, want)
		}
		s.Read(func(tx *store.Tx) error {
			if intents, err := tx.BlobIntents(tx.Now().Add(patience), 10); err != nil || len(intents) != 0 {
				t.Errorf("%s: notes of %v, %v", name, intents, err)
			}
			return nil
		})
		if a.State != osprey.StateProcessing {
			s.Whole()
		}
	}
}

// TestImagesThatCannotBeWritten: a storage that fails is tried again, and no image
// is there twice.
func TestImagesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := shooting(t, testhouse.Options{RetryMax: 3})
	f, _ := s.folder(twoVideos()...)
	var faults atomic.Int64
	s.Bucket.Fail(func(_ context.Context, op, _ string) error {
		if op == "put" && faults.Add(1) <= 2 {
			return errors.New("the disk is away")
		}
		return nil
	})
	a := s.ask(f, analysis.Request{Type: osprey.AnalysisQuality})
	if a.State != osprey.StateFinished || a.Run < 2 || len(s.images(a.ID)) != 2 || s.bytesLeft() != 5 {
		t.Errorf("%s after %d tries, %d images, %d blobs", a.State, a.Run, len(s.images(a.ID)), s.bytesLeft())
	}
	s.observe = func(_ context.Context, name string, _ look.Medium, _ look.Want) (*look.Observation, error) {
		o := alive(someone(name), .1)
		o.BestShot = []byte("no picture")
		return o, nil
	}
	if a := s.ask(f, analysis.Request{Type: osprey.AnalysisQuality}); a.State != osprey.StateFailed || *a.ErrorCode != osprey.CodeUnknown || s.bytesLeft() != 5 {
		t.Errorf("an image that is none: %s", a.State)
	}
	s.Whole()
}
