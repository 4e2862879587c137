package analysis_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// selfie makes a folder with a real photograph: its analysis has to read the blob
// and look at it.
func selfie(t *testing.T, h *testhouse.House, g access.Grant, p testphoto.Photo) osprey.ID {
	t.Helper()
	v, err := h.Folders.Create(t.Context(), g, folder.Intake{Files: []folder.File{{Field: "photo1", Data: p.JPEG}}, Source: "api"})
	if err != nil {
		t.Fatal(err)
	}
	return v.Folder.ID
}

func house(t *testing.T, o testhouse.Options) (*testhouse.House, access.Grant, osprey.Collection) {
	t.Helper()
	h := testhouse.New(t, o)
	_, g := h.Company("one")
	c, err := h.Collections.Create(t.Context(), g, newCollection("list"))
	if err != nil {
		t.Fatal(err)
	}
	return h, g, c
}

// TestFaultsOfStorage: an analysis whose medium cannot be read is tried again and
// ends well when the fault ends, and FAILED when the tries are used up.
func TestFaultsOfStorage(t *testing.T) {
	t.Parallel()
	person := testphoto.Mated(t)[0]
	fault := errors.New("the disk is away")
	for name, tt := range map[string]struct {
		faults int64
		state  osprey.State
		run    int64
	}{
		"comes back":  {2, osprey.StateFinished, 3},
		"never again": {1 << 30, osprey.StateFailed, 3},
	} {
		t.Run(name, func(t *testing.T) {
			h, g, _ := house(t, testhouse.Options{RetryMax: 2})
			f := selfie(t, h, g, person.Photos[0])
			left := tt.faults
			h.Bucket.Fail(func(_ context.Context, op, _ string) error {
				if op == "get" && atomic.AddInt64(&left, -1) >= 0 {
					return fault
				}
				return nil
			})
			a, err := run(t.Context(), h, g, f, one()[0])
			if err != nil || a.State != tt.state || a.Run != tt.run {
				t.Fatalf("state %s after %d tries, want %s after %d (error %v)", a.State, a.Run, tt.state, tt.run, err)
			}
			if tt.state == osprey.StateFailed && (a.ErrorCode == nil || *a.ErrorCode != osprey.CodeExternalService || a.Result != nil) {
				t.Errorf("code %v, result %v", a.ErrorCode, a.Result)
			}
			v, err := h.Folders.Get(t.Context(), g, f, folder.Expand{})
			want := osprey.ResolutionFinished
			if tt.state == osprey.StateFailed {
				want = osprey.ResolutionFailed
			}
			if err != nil || v.Folder.Status != want {
				t.Errorf("the folder is %s, want %s (error %v)", v.Folder.Status, want, err)
			}
			h.Whole()
		})
	}
}

// TestFacesThatCannotBeAnalysed end the analysis at once, with their reason.
func TestFacesThatCannotBeAnalysed(t *testing.T) {
	t.Parallel()
	h, g, _ := house(t, testhouse.Options{RetryMax: 5})
	for name, tt := range map[string]struct {
		photo testphoto.Photo
		code  osprey.Code
	}{
		"no face":   {testphoto.NoFace(t), osprey.CodeNoFace},
		"two faces": {testphoto.TwoFaces(t), osprey.CodeSeveralFaces},
		"too small": {testphoto.Resize(t, testphoto.Mated(t)[0].Photos[0], 48), osprey.CodeLowQuality},
	} {
		a, err := run(t.Context(), h, g, selfie(t, h, g, tt.photo), one()[0])
		if err != nil || a.State != osprey.StateFailed || a.ErrorCode == nil || *a.ErrorCode != tt.code || a.Run != 1 {
			t.Errorf("%s: state %s, code %v, run %d (error %v), want FAILED with %d in one try", name, a.State, a.ErrorCode, a.Run, err, tt.code)
		}
		if a.Technical["error_reason"] == nil || a.Technical["error_media_id"] == nil {
			t.Errorf("%s: technical metadata %v name no reason or medium", name, a.Technical)
		}
	}
}

// TestTimeLimitOfARun: a try that takes too long fails the analysis with the time
// limit and is not repeated.
func TestTimeLimitOfARun(t *testing.T) {
	t.Parallel()
	h, g, _ := house(t, testhouse.Options{RetryMax: 5, RunTimeout: 500 * time.Millisecond})
	f := selfie(t, h, g, testphoto.Mated(t)[0].Photos[0])
	h.Bucket.Fail(func(ctx context.Context, op, _ string) error {
		if op != "get" {
			return nil
		}
		<-ctx.Done() // a disk that does not answer
		return ctx.Err()
	})
	a, err := run(t.Context(), h, g, f, one()[0])
	if err != nil || a.State != osprey.StateFailed || *a.ErrorCode != osprey.CodeUnavailable || a.Run != 1 {
		t.Errorf("state %s, code %v, run %d, error %v", a.State, a.ErrorCode, a.Run, err)
	}
}

// TestSweepEndsWhatNeverBegan: analyses past the queue's limit end as FAILED; those
// that run have their own limit.
func TestSweepEndsWhatNeverBegan(t *testing.T) {
	t.Parallel()
	h, g, _ := house(t, testhouse.Options{Idle: true, RunTimeout: time.Hour})
	f := selfie(t, h, g, testphoto.Mated(t)[0].Photos[0])
	started, err := h.Analyses.Start(t.Context(), g, f, append(one(), one()...))
	if err != nil {
		t.Fatal(err)
	}
	queued, running := started[0].ID, started[1].ID
	h.Write(func(tx *store.Tx) error {
		_, err := tx.BeginRun(running)
		return err
	})
	state := func(id osprey.ID) osprey.Analysis {
		a, err := h.Analyses.Get(t.Context(), g, id)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, tt := range []struct {
		after           time.Duration
		ended           int
		queued, running osprey.State
	}{
		{30 * time.Minute, 0, osprey.StateProcessing, osprey.StateProcessing},
		{61 * time.Minute, 1, osprey.StateFailed, osprey.StateProcessing},
		{121 * time.Minute, 1, osprey.StateFailed, osprey.StateFailed},
		{180 * time.Minute, 0, osprey.StateFailed, osprey.StateFailed},
	} {
		n, err := h.Analyses.Sweep(t.Context(), time.Now().Add(tt.after))
		q, r := state(queued), state(running)
		if err != nil || n != tt.ended || q.State != tt.queued || r.State != tt.running {
			t.Errorf("after %s: %d ended, %s and %s, error %v; want %d, %s and %s", tt.after, n, q.State, r.State, err, tt.ended, tt.queued, tt.running)
		}
	}
	if code := state(queued).ErrorCode; code == nil || *code != osprey.CodeUnavailable {
		t.Errorf("code %v", code)
	}
	// The jobs are still there; they find the analyses ended and change nothing.
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	drain(t, h)
	if a := state(queued); a.State != osprey.StateFailed || a.Run != 0 {
		t.Errorf("an ended analysis was run: %s, run %d", a.State, a.Run)
	}
}

// drain waits until no job waits or runs.
func drain(t *testing.T, h *testhouse.House) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		var open int
		row := h.Store.DB().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM river_job WHERE finalized_at IS NULL`)
		if err := row.Scan(&open); err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			return
		}
	}
	t.Fatal("the queue does not run empty")
}

// TestFence: of two runs of one analysis the result of the older is thrown away,
// whichever ends first.
func TestFence(t *testing.T) {
	t.Parallel()
	b := newBetween(t)
	newer := func(ended bool) func() {
		return func() { // another worker has taken the analysis meanwhile
			b.Write(func(tx *store.Tx) error {
				list, _, err := tx.Analyses(store.Query{Limit: 1})
				if err != nil {
					return err
				}
				a, err := tx.BeginRun(list[0].ID)
				if err != nil || !ended {
					return err
				}
				code := osprey.CodeExternalService
				a.State, a.Resolution, a.System, a.ErrorCode = osprey.StateFailed, osprey.ResolutionFailed, osprey.ResolutionFailed, &code
				_, err = tx.EndAnalysis(a)
				return err
			})
		}
	}
	a := b.during(t, newer(true))
	if a.State != osprey.StateFailed || *a.ErrorCode != osprey.CodeExternalService || a.Result != nil {
		t.Errorf("the newer run ended first; state %s, result %v", a.State, a.Result)
	}
	todo := newer(false)
	b.todo.Store(&todo)
	started, err := b.Analyses.Start(t.Context(), b.g, b.folder.ID, one())
	if err != nil {
		t.Fatal(err)
	}
	drain(t, b.House)
	a, err = b.Analyses.Get(t.Context(), b.g, started[0].ID)
	if err != nil || a.State != osprey.StateProcessing || a.Run != 2 {
		t.Errorf("the older run was to leave the analysis to the newer: state %s, run %d, error %v", a.State, a.Run, err)
	}
	b.Read(func(tx *store.Tx) error {
		if refs, n, err := tx.PersonReferences(b.best.Person, 10); err != nil || n != 0 {
			t.Errorf("matches of a result that was thrown away: %v, %v", refs, err)
		}
		return nil
	})
}

// TestWait: a waiting call comes back when the analysis ends, when its time is
// over and when the caller goes.
func TestWait(t *testing.T) {
	t.Parallel()
	h, g, _ := house(t, testhouse.Options{Idle: true})
	f := selfie(t, h, g, testphoto.Mated(t)[0].Photos[0])
	started, err := h.Analyses.Start(t.Context(), g, f, one())
	if err != nil {
		t.Fatal(err)
	}
	id := started[0].ID
	a, err := h.Analyses.Wait(t.Context(), g, id, 20*time.Millisecond)
	if err != nil || a.State != osprey.StateProcessing {
		t.Errorf("after its time: %s, %v", a.State, err)
	}
	if err := h.Analyses.WaitFolder(t.Context(), g, f, 20*time.Millisecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Analyses.Wait(ctx, g, id, patience); err == nil {
		t.Error("a caller who has gone still waits")
	}
	_, stranger := h.Company("two")
	if _, err := h.Analyses.Wait(t.Context(), stranger, id, patience); !osprey.IsCode(err, osprey.CodeNotExist) {
		t.Errorf("a stranger's wait: %v", err)
	}
	ended, folderDone := make(chan osprey.State, 1), make(chan error, 1)
	go func() {
		a, _ := h.Analyses.Wait(context.Background(), g, id, patience)
		ended <- a.State
	}()
	go func() { folderDone <- h.Analyses.WaitFolder(context.Background(), g, f, patience) }()
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := <-ended; s != osprey.StateFinished {
		t.Errorf("state %s", s)
	}
	if err := <-folderDone; err != nil {
		t.Error(err)
	}
}

// TestDeletedWhileItRuns: deleting an analysis, or its folder, ends its run and
// leaves nothing.
func TestDeletedWhileItRuns(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(ctx context.Context, b *between, id osprey.ID) error{
		"analysis": func(ctx context.Context, b *between, id osprey.ID) error { return b.Analyses.Delete(ctx, b.g, id) },
		"folder": func(ctx context.Context, b *between, _ osprey.ID) error {
			return b.Folders.Delete(ctx, b.g, b.folder.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBetween(t)
			todo := func() {
				list, _, err := b.Analyses.List(t.Context(), b.g, store.Query{Limit: 1})
				if err == nil {
					err = remove(t.Context(), b, list[0].ID)
				}
				if err != nil {
					t.Error(err)
				}
			}
			b.todo.Store(&todo)
			started, err := b.Analyses.Start(t.Context(), b.g, b.folder.ID, one())
			if err != nil {
				t.Fatal(err)
			}
			drain(t, b.House)
			if _, err := b.Analyses.Get(t.Context(), b.g, started[0].ID); !osprey.IsCode(err, osprey.CodeNotExist) {
				t.Errorf("the analysis is there: %v", err)
			}
			if err := b.Collections.DeletePerson(t.Context(), b.g, b.list.ID, b.best.Person); err != nil {
				t.Errorf("the person is still held: %v", err)
			}
			b.Whole(b.face)
		})
	}
}

// TestRestart: analyses that were answered run after a start on the same folder,
// those that ran when the process died too.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, g, c := house(t, testhouse.Options{Dir: dir, Idle: true, RetryMax: 6})
	ada := testphoto.Mated(t)[0]
	f := selfie(t, h, g, ada.Photos[0])
	started, err := h.Analyses.Start(t.Context(), g, f, append(one(), one()...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Store.DB().ExecContext(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1 WHERE id = (SELECT MIN(id) FROM river_job)`); err != nil {
		t.Fatal(err)
	}
	h.Close()
	h = testhouse.New(t, testhouse.Options{Dir: dir, RetryMax: 6})
	for _, s := range started {
		a, err := h.Analyses.Wait(t.Context(), g, s.ID, patience)
		if err != nil || a.State != osprey.StateFinished {
			t.Errorf("state %s, error %v", a.State, err)
		}
	}
	if got := h.Collection(c.ID); got.ID != c.ID {
		t.Errorf("collection %+v", got)
	}
}

// TestQueueIsBounded: beyond the limit no analysis is started, and the answer says
// when to come again.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	h, g, _ := house(t, testhouse.Options{Idle: true, QueueMax: 2})
	f := selfie(t, h, g, testphoto.Mated(t)[0].Photos[0])
	if _, err := h.Analyses.Start(t.Context(), g, f, append(one(), append(one(), one()...)...)); !osprey.IsCode(err, osprey.CodeUnavailable) {
		t.Errorf("three at once: %v", err)
	}
	if _, err := h.Analyses.Start(t.Context(), g, f, append(one(), one()...)); err != nil {
		t.Fatal(err)
	}
	_, err := h.Analyses.Start(t.Context(), g, f, one())
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnavailable || e.RetryAfter <= 0 || e.Details["reason"] != "queue_full" {
		t.Errorf("the third: %v, details %v", err, e.Details)
	}
	if _, total, err := h.Analyses.List(t.Context(), g, store.Query{}); err != nil || total != 2 {
		t.Errorf("%d analyses, error %v", total, err)
	}
}
