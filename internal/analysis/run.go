package analysis

import (
	"context"
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/store"
)

// attempt is one try of a stored analysis. It is used by one goroutine.
type attempt struct {
	*Service
	*trial
	job queue.Job
}

// final is a fault that another try of the same analysis would meet again.
type final struct{ fault *osprey.Error }

func (f final) Error() string { return f.fault.Error() }
func (f final) Unwrap() error { return f.fault }

// run is one try of an analysis: look at its media, judge, commit. What it cannot
// help (no face, media gone) ends the analysis as FAILED; other errors come back and
// the queue tries again.
func (s *Service) run(ctx context.Context, j queue.Job) error {
	begun := time.Now()
	a, late, err := s.begin(ctx, osprey.ID(j.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	t := &attempt{Service: s, trial: s.kit.trial(a, stored{s}, begun), job: j}
	if late {
		return t.giveUp(ctx, overdue())
	}
	err = t.analyse(ctx)
	var fault final
	switch {
	case errors.Is(err, errEnded):
		return nil
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return t.giveUp(context.WithoutCancel(ctx), osprey.Errorf(osprey.CodeUnavailable, "The analysis took too long"))
	case errors.As(err, &fault):
		return t.giveUp(ctx, fault.fault)
	}
	return err
}

// giveUp ends the analysis as FAILED.
func (t *attempt) giveUp(ctx context.Context, fault *osprey.Error) error {
	t.a.Technical = t.technical(nil)
	_, err := t.fail(ctx, t.a, &t.job, fault)
	return err
}

// analyse judges and commits.
func (t *attempt) analyse(ctx context.Context) error {
	if t.a.Type == osprey.AnalysisCollection {
		return t.collection(ctx)
	}
	v, err := t.judge(ctx)
	if err != nil {
		return err
	}
	return t.finish(ctx, v)
}

// begin takes the analysis for this run: from here on the results of older runs
// are thrown away. late tells that it is past its time, as after an outage: the sweep may
// not have come to it yet.
func (s *Service) begin(ctx context.Context, id osprey.ID) (a osprey.Analysis, late bool, err error) {
	err = s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		a, err = tx.BeginRun(id)
		late = err == nil && s.pastTime(a, a.Run > 1, tx.Now().Time())
		return err
	})
	return a, late, err
}
