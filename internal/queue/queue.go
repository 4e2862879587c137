package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"example.org/osprey"
)

// How long the rows of ended jobs stay. Completed jobs are of no use to anybody;
// discarded ones help to find out why.
const (
	keepEnded     = time.Minute
	keepDiscarded = 24 * time.Hour
)

// hardStop is how long cancelled jobs get to notice at the end of Stop.
const hardStop = 5 * time.Second

// ErrTriesUsedUp is what a Discard is told about a job whose last try was ended
// by the end of the process.
var ErrTriesUsedUp = errors.New("queue: the process ended during the last try")

// Options make a queue.
type Options struct {
	// DB is the pool with the single write connection.
	DB *sql.DB
	// Workers says for every kind of job how many run at a time. A kind has at
	// least two letters. Kinds do not wait for each other.
	Workers map[string]int
	// RetryMax is the number of tries after the first.
	RetryMax int
	// RetryStep times the number of failed tries is the wait before the next.
	RetryStep time.Duration
	// RunTimeout ends the context of a single try; it must be positive.
	RunTimeout time.Duration
	// Retried, when set, is told of every failed try that will be repeated.
	Retried func(kind string, err error)
	Logger  *slog.Logger // nil: silent
	Clock   osprey.Clock // nil: the machine's
}

// Queue runs jobs. It is safe for concurrent use.
type Queue struct {
	db      *sql.DB
	options Options
	client  *river.Client[*sql.Tx]
	waker   *waker
	busy    atomic.Int64

	mu       sync.Mutex
	handlers map[string]Handler
	running  map[jobName]map[int64]context.CancelCauseFunc
}

// jobName tells jobs of an object from each other object's.
type jobName struct{ kind, id string }

// New prepares the queue's tables and returns a queue that takes jobs but does
// not run them yet.
func New(ctx context.Context, o Options) (*Queue, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = osprey.SystemClock{}
	}
	if len(o.Workers) == 0 || o.RunTimeout <= 0 || o.RetryMax < 0 || o.RetryStep < 0 {
		return nil, errors.New("queue: no kinds of jobs, or a limit below its least value")
	}
	q := &Queue{
		db: o.DB, options: o, waker: newWaker(o.Workers),
		handlers: make(map[string]Handler),
		running:  make(map[jobName]map[int64]context.CancelCauseFunc),
	}
	log := slog.New(quiet{o.Logger.Handler()})
	driver := &driver{Driver: riversqlite.New(o.DB), waker: q.waker}
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("queue: prepare the tables: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("queue: prepare the tables: %w", err)
	}

	workers, queues := river.NewWorkers(), make(map[string]river.QueueConfig)
	for kind, width := range o.Workers {
		if err := addWorker(workers, kind, &worker{queue: q}); err != nil {
			return nil, err
		}
		queues[kind] = river.QueueConfig{MaxWorkers: max(width, 1)}
	}
	q.client, err = river.NewClient(driver, &river.Config{
		Queues: queues, Workers: workers, Logger: log,
		FetchCooldown: 5 * time.Millisecond,
		MaxAttempts:   o.RetryMax + 1,
		RetryPolicy:   retry{step: o.RetryStep},
		JobTimeout:    o.RunTimeout,
		// Rescue does it at the start; while the process lives, its jobs do too.
		RescueStuckJobsAfter:        o.RunTimeout + time.Hour,
		CompletedJobRetentionPeriod: keepEnded,
		CancelledJobRetentionPeriod: keepEnded,
		DiscardedJobRetentionPeriod: keepDiscarded,
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return q, nil
}

// Start begins to run jobs. Every kind has to be registered. The end of ctx does
// not stop the queue, Stop does.
func (q *Queue) Start(ctx context.Context) error {
	for kind := range q.options.Workers {
		if _, ok := q.handler(kind); !ok {
			return fmt.Errorf("queue: nobody handles jobs of kind %q", kind)
		}
	}
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("queue: start: %w", err)
	}
	return nil
}

// Stop takes up no further job and waits for those that run. When ctx ends
// before they do, theirs is ended too; such a job runs again at the next start
// and has lost no try. A queue that was not started is stopped already.
func (q *Queue) Stop(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), hardStop)
	defer cancel()
	if err := q.client.StopAndCancel(hard); err != nil {
		return fmt.Errorf("queue: jobs did not end in time: %w", err)
	}
	return nil
}

// quiet hands on River's warnings and errors: what it tells of single jobs is
// told once, by the worker.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }

func (h quiet) WithGroup(name string) slog.Handler { return quiet{h.Handler.WithGroup(name)} }
