package queue_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.org/osprey/internal/queue"
)

const victimEnv = "QUEUE_TEST_VICTIM"

// victim is the process that is killed: it takes up jobs and never ends one of
// those whose name says so.
func victim(path string) {
	db, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate&_journal_mode=WAL&_synchronous=FULL")
	exitOn(err)
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	q, err := queue.New(ctx, queue.Options{DB: db, Workers: map[string]int{kind: 4, "erase": 1}, RetryMax: 1, RunTimeout: time.Hour})
	exitOn(err)
	run := func(_ context.Context, j queue.Job) error {
		fmt.Println("took " + j.ID)
		select {}
	}
	exitOn(q.Register(kind, queue.Handler{Run: run}))
	exitOn(q.Register("erase", queue.Handler{Run: run}))
	exitOn(q.Rescue(ctx))
	exitOn(q.Start(ctx))
	select {}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// killAtWork starts a victim, waits until its four workers hold jobs, and kills
// it.
func killAtWork(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 4 {
		if !lines.Scan() {
			t.Fatal("the victim ended by itself")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed: of course it did not end well
}

func TestNoJobIsLostByAKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "queue.db")
	ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	func() {
		h := setup(t, queue.Options{DB: open(t, path), RetryMax: 1})
		h.enqueue(t, ids...)
		if err := h.db.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	killAtWork(t, path)

	h := setup(t, queue.Options{DB: open(t, path), RetryMax: 1})
	ran := make(chan queue.Job, len(ids))
	h.start(t, queue.Handler{Run: func(_ context.Context, j queue.Job) error { ran <- j; return nil }})
	seen := make(map[string]int)
	for range ids {
		j := receive(t, ran)
		seen[j.ID] = j.Attempt
	}
	second := 0
	for _, id := range ids {
		if seen[id] == 0 {
			t.Errorf("job %s was lost", id)
		}
		if seen[id] == 2 {
			second++
		}
	}
	if second != 4 {
		t.Errorf("%d jobs ran for the second time, want the 4 that were killed: %v", second, seen)
	}
}

func TestAJobThatKillsIsDiscardedInTheEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "queue.db")
	func() {
		h := setup(t, queue.Options{DB: open(t, path), RetryMax: 1})
		h.enqueue(t, "a", "b", "c", "d")
		if err := h.db.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	killAtWork(t, path)
	killAtWork(t, path)

	h := setup(t, queue.Options{DB: open(t, path), RetryMax: 1})
	var mu sync.Mutex
	discarded := make(map[string]error)
	h.start(t, queue.Handler{
		Run: func(context.Context, queue.Job) error { t.Error("a third try was made"); return nil },
		Discard: func(_ context.Context, _, id string, err error) {
			mu.Lock()
			defer mu.Unlock()
			discarded[id] = err
		},
	})
	mu.Lock()
	defer mu.Unlock()
	for _, id := range []string{"a", "b", "c", "d"} {
		if !errors.Is(discarded[id], queue.ErrTriesUsedUp) {
			t.Errorf("job %s: discarded with %v", id, discarded[id])
		}
	}
}

// BenchmarkStart measures the way from the commit of a job to its first
// instruction.
func BenchmarkStart(b *testing.B) {
	h := setup(b, queue.Options{})
	ran := make(chan time.Time, 1)
	h.start(b, queue.Handler{Run: func(context.Context, queue.Job) error { ran <- time.Now(); return nil }})
	var total time.Duration
	for b.Loop() {
		h.in(b, func(tx *sql.Tx) {
			if err := h.EnqueueTx(b.Context(), tx, kind, "x"); err != nil {
				b.Fatal(err)
			}
		})
		from := time.Now()
		h.Poke()
		total += receive(b, ran).Sub(from)
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N), "us/start")
}
