package analysis_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testhouse"
)

// many starts so many analyses of one medium, the oldest first.
func (s *stage) many(n int) (ids []osprey.ID) {
	s.t.Helper()
	f, _ := s.folder(upload{name: "a"})
	for left := n; left > 0; left -= 20 {
		requests := slices.Repeat([]analysis.Request{{Type: osprey.AnalysisQuality}}, min(left, 20))
		started, err := s.Analyses.Start(s.t.Context(), s.g, f, requests)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, a := range started {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// TestSweepEndsAll: one round ends all that is overdue, however much that is, and what
// has begun and has time left does not stand in its way (api.md 9.6).
func TestSweepEndsAll(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{Idle: true, RunTimeout: time.Hour})
	ids := s.many(230)
	const begun = 105
	s.Write(func(tx *store.Tx) error {
		for _, id := range ids[:begun] {
			if _, err := tx.BeginRun(id); err != nil {
				return err
			}
		}
		return nil
	})
	for _, tt := range []struct {
		after time.Duration
		ended int
	}{{61 * time.Minute, len(ids) - begun}, {121 * time.Minute, begun}} {
		if n, err := s.Analyses.Sweep(t.Context(), time.Now().Add(tt.after)); err != nil || n != tt.ended {
			t.Errorf("after %s: %d ended, %v; want %d", tt.after, n, err, tt.ended)
		}
	}
}

// TestBegunTooLate: a worker that comes to an analysis after its time in the queue ends
// it and looks at nothing; one whose try was interrupted is repeated.
func TestBegunTooLate(t *testing.T) {
	t.Parallel()
	s := onStage(t, testhouse.Options{Idle: true, RunTimeout: time.Hour})
	s.observe = func(context.Context, string, look.Medium, look.Want) (*look.Observation, error) {
		return nil, osprey.Errorf(osprey.CodeNoFace, "No face found")
	}
	ids := s.many(2)
	late, interrupted := ids[0], ids[1]
	s.Write(func(tx *store.Tx) error {
		_, err := tx.BeginRun(interrupted)
		_, aged := tx.SQL().ExecContext(t.Context(), `UPDATE analysis SET created = ?`, osprey.TimeOf(time.Now().Add(-61*time.Minute)))
		return errors.Join(err, aged)
	})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[osprey.ID]struct {
		code osprey.Code
		run  int64
	}{late: {osprey.CodeUnavailable, 1}, interrupted: {osprey.CodeNoFace, 2}} {
		a, err := s.Analyses.Wait(t.Context(), s.g, id, patience)
		if err != nil || a.State != osprey.StateFailed || *a.ErrorCode != want.code || a.Run != want.run {
			t.Errorf("%s with code %v in run %d, %v; want FAILED with %d in run %d", a.State, a.ErrorCode, a.Run, err, want.code, want.run)
		}
	}
	if calls, _ := s.looks("a"); calls != 1 {
		t.Errorf("%d looks, want the one of the interrupted analysis", calls)
	}
	drain(t, s.House)
	s.Whole()
}
