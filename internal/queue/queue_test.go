package queue_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"go.uber.org/goleak"

	"example.org/osprey/internal/queue"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(victimEnv); path != "" {
		victim(path)
		return
	}
	goleak.VerifyTestMain(m)
}

// open opens a database as the store does: one write connection, every commit
// on disk.
func open(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

const kind = "analysis"

// house is a queue with its database.
type house struct {
	*queue.Queue
	db *sql.DB
}

func setup(t testing.TB, o queue.Options) house {
	t.Helper()
	if o.DB == nil {
		o.DB = open(t, filepath.Join(t.TempDir(), "queue.db"))
	}
	if o.Workers == nil {
		o.Workers = map[string]int{kind: 2, "erase": 1}
	}
	if o.RunTimeout == 0 {
		o.RunTimeout = time.Minute
	}
	q, err := queue.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return house{q, o.DB}
}

// start registers the handler for the kind, something for the other, and starts.
func (h house) start(t testing.TB, handler queue.Handler) {
	t.Helper()
	if err := h.Register(kind, handler); err != nil {
		t.Fatal(err)
	}
	idle := queue.Handler{Run: func(context.Context, queue.Job) error { return nil }}
	if err := h.Register("erase", idle); err != nil {
		t.Fatal(err)
	}
	if err := h.Rescue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.stop(t) })
}

func (h house) stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := h.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// enqueue adds jobs in one transaction, commits and pokes.
func (h house) enqueue(t testing.TB, ids ...string) {
	t.Helper()
	h.in(t, func(tx *sql.Tx) {
		for _, id := range ids {
			if err := h.EnqueueTx(t.Context(), tx, kind, id); err != nil {
				t.Fatal(err)
			}
		}
	})
	h.Poke()
}

func (h house) in(t testing.TB, fn func(*sql.Tx)) {
	t.Helper()
	tx, err := h.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	fn(tx)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// receive takes one value or fails after a time that only a fault uses up.
func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing happened")
		panic("unreachable")
	}
}

func TestRunsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	h := setup(t, queue.Options{})
	done := make(chan queue.Job, 10)
	h.start(t, queue.Handler{Run: func(_ context.Context, j queue.Job) error {
		done <- j
		return nil
	}})

	tx, err := h.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.EnqueueTx(t.Context(), tx, kind, "rolled back"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	h.Poke()
	h.enqueue(t, "committed")
	got := receive(t, done)
	if got.ID != "committed" || got.Kind != kind || got.Attempt != 1 || !got.Last {
		t.Errorf("ran %+v, want the first and last try of the committed job", got)
	}
	depth, err := h.Depth(t.Context())
	if err != nil || len(depth) != 0 {
		t.Errorf("depth %v, %v; want nothing left", depth, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h := setup(t, queue.Options{})
	h.in(t, func(tx *sql.Tx) {
		if err := h.EnqueueTx(t.Context(), tx, "unknown", "x"); err == nil {
			t.Error("a job of an unknown kind was taken")
		}
	})
	if err := h.Start(t.Context()); err == nil {
		t.Error("a queue without handlers started")
	}
	if err := h.Register("unknown", queue.Handler{}); err == nil {
		t.Error("a handler of an unknown kind was taken")
	}
	for _, o := range []queue.Options{
		{DB: h.db, RunTimeout: time.Minute},
		{DB: h.db, Workers: map[string]int{kind: 1}},
		{DB: h.db, RunTimeout: time.Minute, Workers: map[string]int{"x": 1}}, // River wants two letters
	} {
		if _, err := queue.New(t.Context(), o); err == nil {
			t.Errorf("options %+v were taken", o)
		}
	}
}

func TestRetriesThenDiscards(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	retried := 0
	h := setup(t, queue.Options{RetryMax: 2, RetryStep: time.Millisecond, Retried: func(string, error) {
		mu.Lock()
		defer mu.Unlock()
		retried++
	}})
	broken := errors.New("broken")
	attempts, discarded := make(chan queue.Job, 10), make(chan error, 10)
	h.start(t, queue.Handler{
		Run: func(_ context.Context, j queue.Job) error {
			attempts <- j
			if j.Attempt == 2 {
				panic("the second try panics")
			}
			return fmt.Errorf("try %d: %w", j.Attempt, broken)
		},
		Discard: func(_ context.Context, _, id string, err error) {
			discarded <- fmt.Errorf("%s: %w", id, err)
		},
	})
	h.enqueue(t, "hopeless")
	for want := 1; want <= 3; want++ {
		if got := receive(t, attempts); got.Attempt != want || got.Last != (want == 3) {
			t.Errorf("try %+v, want number %d", got, want)
		}
	}
	if err := receive(t, discarded); !errors.Is(err, broken) || err.Error() != "hopeless: try 3: broken" {
		t.Errorf("discarded with %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if retried != 2 {
		t.Errorf("told of %d retries, want 2", retried)
	}
}

func TestCompleteTxEndsWithTheResult(t *testing.T) {
	t.Parallel()
	h := setup(t, queue.Options{RetryMax: 5})
	done := make(chan struct{}, 10)
	h.start(t, queue.Handler{Run: func(ctx context.Context, j queue.Job) error {
		tx, err := h.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if err := h.CompleteTx(ctx, tx, j); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		done <- struct{}{}
		return errors.New("what happens after the commit does not matter")
	}})
	h.enqueue(t, "once")
	receive(t, done)
	h.stop(t)
	var state string
	if err := h.db.QueryRow(`SELECT state FROM river_job`).Scan(&state); err != nil || state != "completed" {
		t.Errorf("state %q, %v; want completed", state, err)
	}
}

func TestCancelEndsARunningJobForGood(t *testing.T) {
	t.Parallel()
	h := setup(t, queue.Options{RetryMax: 5})
	started, ended := make(chan struct{}), make(chan error, 10)
	h.start(t, queue.Handler{Run: func(ctx context.Context, _ queue.Job) error {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}})
	h.enqueue(t, "slow")
	receive(t, started)
	if h.Busy() != 1 {
		t.Errorf("busy %d, want 1", h.Busy())
	}
	h.Cancel(kind, "another")
	h.Cancel(kind, "slow")
	if err := receive(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended by %v", err)
	}
	h.stop(t)
	var state string
	if err := h.db.QueryRow(`SELECT state FROM river_job`).Scan(&state); err != nil || state != "cancelled" {
		t.Errorf("state %q, %v; want cancelled", state, err)
	}
}

func TestStopWaitsThenInterruptsWithoutCost(t *testing.T) {
	t.Parallel()
	h := setup(t, queue.Options{})
	started := make(chan struct{})
	h.start(t, queue.Handler{
		Run: func(ctx context.Context, _ queue.Job) error {
			close(started)
			<-ctx.Done()
			return errors.New("interrupted")
		},
		Discard: func(context.Context, string, string, error) { t.Error("an interrupted job was discarded") },
	})
	h.enqueue(t, "long")
	receive(t, started)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no patience at all
	if err := h.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	var state string
	var attempt int
	err := h.db.QueryRow(`SELECT state, attempt FROM river_job`).Scan(&state, &attempt)
	if err != nil || state != "available" || attempt != 0 {
		t.Errorf("state %s, attempt %d, %v; want available with its one try unused", state, attempt, err)
	}
}

func TestKindsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	h := setup(t, queue.Options{Workers: map[string]int{kind: 1, "erase": 1}})
	block, erased := make(chan struct{}), make(chan string, 1)
	if err := h.Register(kind, queue.Handler{Run: func(context.Context, queue.Job) error { <-block; return nil }}); err != nil {
		t.Fatal(err)
	}
	if err := h.Register("erase", queue.Handler{Run: func(_ context.Context, j queue.Job) error { erased <- j.ID; return nil }}); err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.stop(t) })
	h.enqueue(t, "1", "2", "3")
	h.in(t, func(tx *sql.Tx) {
		if err := h.EnqueueTx(t.Context(), tx, "erase", "face"); err != nil {
			t.Fatal(err)
		}
	})
	h.Poke()
	if got := receive(t, erased); got != "face" {
		t.Errorf("erased %q", got)
	}
	close(block)
}

func TestDepthAndOldest(t *testing.T) {
	t.Parallel()
	h := setup(t, queue.Options{Clock: ahead{time.Hour}})
	h.enqueue(t, "1", "2", "3")
	depth, err := h.Depth(t.Context())
	if err != nil || depth[kind] != 3 || len(depth) != 1 {
		t.Errorf("depth %v, %v; want 3", depth, err)
	}
	oldest, err := h.Oldest(t.Context())
	if err != nil || oldest < 59*time.Minute || oldest > 61*time.Minute {
		t.Errorf("oldest %v, %v; want about an hour", oldest, err)
	}
}

// ahead is a clock that runs ahead of the machine's.
type ahead struct{ by time.Duration }

func (a ahead) Now() time.Time { return time.Now().Add(a.by) }
