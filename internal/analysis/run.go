package analysis

import (
	"context"
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/store"
)

// attempt is one try of an analysis. It is used by one goroutine.
type attempt struct {
	*Service
	a      osprey.Analysis
	job    queue.Job
	begun  time.Time
	stages map[string]time.Duration
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
	a, err := s.begin(ctx, osprey.ID(j.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	t := &attempt{Service: s, a: a, job: j, begun: begun, stages: make(map[string]time.Duration)}
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

// analyse does what the type asks.
func (t *attempt) analyse(ctx context.Context) error {
	switch t.a.Type {
	case osprey.AnalysisQuality:
		return t.quality(ctx)
	case osprey.AnalysisBiometry:
		return t.biometry(ctx)
	case osprey.AnalysisCollection:
		return t.collection(ctx)
	case osprey.AnalysisDocuments:
		return t.documents(ctx)
	}
	return final{osprey.Errorf(osprey.CodeUnknown, "The analysis has an unknown type")}
}

// begin takes the analysis for this run: from here on the results of older runs
// are thrown away.
func (s *Service) begin(ctx context.Context, id osprey.ID) (a osprey.Analysis, err error) {
	err = s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		a, err = tx.BeginRun(id)
		return err
	})
	return a, err
}

// stage starts the clock of a stage; the function it returns stops it.
func (t *attempt) stage(name string) func() {
	start := time.Now()
	return func() {
		took := time.Since(start)
		t.stages[name] += took
		t.o.Observe.Stage(name, took.Seconds())
	}
}
