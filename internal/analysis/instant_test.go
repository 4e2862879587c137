package analysis_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/testhouse"
	"example.org/osprey/internal/testphoto"
)

// TestInstantHoldsNoStore walks through everything that an Instant is made of: nothing
// in it is a store, storage of blobs, a queue, an index or a key ring.
func TestInstantHoldsNoStore(t *testing.T) {
	t.Parallel()
	seen := make(map[reflect.Type]bool)
	var walk func(of reflect.Type, path string)
	walk = func(of reflect.Type, path string) {
		for _, room := range []string{"/internal/store", "/internal/blob", "/internal/queue", "/internal/index", "/internal/vault", "/internal/audit", "database/sql"} {
			if strings.Contains(of.PkgPath(), room) {
				t.Errorf("%s is a %s", path, of)
			}
		}
		if seen[of] {
			return
		}
		seen[of] = true
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			walk(of.Elem(), path)
		case reflect.Map:
			walk(of.Key(), path)
			walk(of.Elem(), path)
		case reflect.Struct:
			for i := range of.NumField() {
				walk(of.Field(i).Type, path+"."+of.Field(i).Name)
			}
		}
	}
	walk(reflect.TypeFor[analysis.Instant](), "Instant")
	walk(reflect.TypeFor[look.Looker](), "Looker") // what stands behind its interface
	if len(seen) < 10 {
		t.Fatalf("only %d types were walked through", len(seen))
	}
}

// idle is an Instant that looks at nothing.
func idle(t *testing.T, workers, waiting int, timeout time.Duration) *analysis.Instant {
	t.Helper()
	return analysis.NewInstant(analysis.InstantOptions{
		IDs: osprey.NewIDs(osprey.SystemClock{}), Clock: osprey.SystemClock{},
		Workers: workers, Waiting: waiting, Timeout: timeout, Logger: testhouse.Logger(t),
	})
}

// TestInstantQueue: one works, one waits, the third is refused at once.
func TestInstantQueue(t *testing.T) {
	t.Parallel()
	s := idle(t, 1, 1, time.Hour)
	working, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 2)
	go func() {
		done <- s.Do(t.Context(), func(context.Context) error { close(working); <-release; return nil })
	}()
	<-working
	if err := s.Room(); err != nil {
		t.Errorf("with a place to wait: %v", err)
	}
	go func() { done <- s.Do(t.Context(), func(context.Context) error { return nil }) }()
	for s.Room() == nil { // until the second waits
		time.Sleep(time.Millisecond)
	}
	err := s.Do(t.Context(), func(context.Context) error { t.Error("the third was worked on"); return nil })
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnavailable || e.Details["reason"] != "queue_full" || e.RetryAfter <= 0 {
		t.Errorf("the third: %v", err)
	}
	close(release)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := s.Room(); err != nil {
		t.Errorf("when all is done: %v", err)
	}
}

// TestInstantEnds: the time limit and the caller's leaving reach the work.
func TestInstantEnds(t *testing.T) {
	t.Parallel()
	untilEnd := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	err := idle(t, 1, 1, time.Millisecond).Do(t.Context(), untilEnd)
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnavailable || e.Details["reason"] != "timeout" || e.RetryAfter != 5*time.Second {
		t.Errorf("after the limit: %v", err)
	}
	ctx, leave := context.WithCancel(t.Context())
	err = idle(t, 1, 1, time.Hour).Do(ctx, func(ctx context.Context) error { leave(); return untilEnd(ctx) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the caller left: %v", err)
	}
	// What is wrong with the request is told, also when it took long.
	refusal := osprey.InvalidValue("a", "no")
	err = idle(t, 1, 1, time.Millisecond).Do(t.Context(), func(ctx context.Context) error { <-ctx.Done(); return refusal })
	if !errors.Is(err, refusal) {
		t.Errorf("a refusal became %v", err)
	}
}

func TestInstantCheck(t *testing.T) {
	t.Parallel()
	s := idle(t, 1, 1, time.Hour)
	err := s.Check([]analysis.Request{{Type: osprey.AnalysisQuality}, {Type: osprey.AnalysisCollection}})
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeInvalidValue || e.Details["field"] != "analyses.1.type" || e.Details["reason"] != "not_in_instant" {
		t.Errorf("a search: %v", err)
	}
	if err := s.Check(nil); !osprey.IsCode(err, osprey.CodeInvalidValue) {
		t.Errorf("nothing: %v", err)
	}
}

// TestInstantSettles: media that another request took meanwhile are judged again, and
// the units are those of one round.
func TestInstantSettles(t *testing.T) {
	t.Parallel()
	var reserved, counted, rounds int
	s := analysis.NewInstant(analysis.InstantOptions{
		Looker: testhouse.Looker(t), IDs: osprey.NewIDs(osprey.SystemClock{}), Clock: osprey.SystemClock{},
		Workers: 1, Timeout: time.Hour, Logger: testhouse.Logger(t),
		Observe: analysis.Observer{Ended: func(osprey.Analysis) { counted++ }, Stage: func(string, float64) {}},
		Reserve: func(_ context.Context, _, _ osprey.ID, planned []osprey.Analysis) (func([]osprey.Analysis), error) {
			reserved += len(planned)
			return func(ended []osprey.Analysis) { reserved += 10 * len(ended) }, nil
		},
	})
	held := func(tag string) []analysis.Held {
		m := osprey.Media{ID: "m", Type: osprey.MediaImage, Tags: []string{tag}}
		return []analysis.Held{{Media: m, Data: testphoto.Mated(t)[0].Photos[0].JPEG}}
	}
	out, err := s.Judge(t.Context(), access.Anybody(), analysis.Unstored{
		Media: held("first"), Requests: []analysis.Request{{Type: osprey.AnalysisQuality}}, Settings: osprey.Thresholds{Spoofing: .5},
		Settle: func(context.Context) ([]analysis.Held, error) {
			if rounds++; rounds == 1 {
				return held("again"), nil
			}
			return nil, nil
		},
	})
	if err != nil || rounds != 2 || counted != 1 || reserved != 11 {
		t.Errorf("%v; %d rounds, %d analyses counted, units %d", err, rounds, counted, reserved)
	}
	if len(out.Analyses) != 1 || out.Analyses[0].State != osprey.StateFinished || out.Analyses[0].Source[0].Tags[0] != "again" {
		t.Errorf("%+v", out.Analyses)
	}
}
