package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Handler does the jobs of one kind.
type Handler struct {
	// Run does one try. An error, or a panic, means another one.
	Run func(ctx context.Context, j Job) error
	// Discard, when set, is told of a job whose tries are used up. It may be told
	// more than once.
	Discard func(ctx context.Context, kind, id string, err error)
}

// errCancelled is the cause of the context of a job that Cancel ended.
var errCancelled = errors.New("queue: the job was cancelled")

// Register says who does the jobs of a kind. Call it before Start.
func (q *Queue) Register(kind string, h Handler) error {
	if _, ok := q.options.Workers[kind]; !ok {
		return fmt.Errorf("queue: unknown kind of job %q", kind)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, taken := q.handlers[kind]; taken || h.Run == nil {
		return fmt.Errorf("queue: kind %q is handled already, or by nothing", kind)
	}
	q.handlers[kind] = h
	return nil
}

// Cancel ends the context of the jobs of an object that run in this process, and
// they are not tried again. A job that waits is left alone: it finds its object
// gone and is done.
func (q *Queue) Cancel(kind, id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, cancel := range q.running[jobName{kind, id}] {
		cancel(errCancelled)
	}
}

// Busy is the number of jobs that run at the moment.
func (q *Queue) Busy() int { return int(q.busy.Load()) }

func (q *Queue) handler(kind string) (Handler, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	h, ok := q.handlers[kind]
	return h, ok
}

// enter notes a running job and returns its context and the way to leave.
func (q *Queue) enter(ctx context.Context, j Job) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	name, row := jobName{j.Kind, j.ID}, j.row.ID
	q.busy.Add(1)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running[name] == nil {
		q.running[name] = make(map[int64]context.CancelCauseFunc)
	}
	q.running[name][row] = cancel
	return ctx, func() {
		cancel(nil)
		q.busy.Add(-1)
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.running[name], row)
		if len(q.running[name]) == 0 {
			delete(q.running, name)
		}
	}
}

// worker is River's view of the handlers.
type worker struct {
	river.WorkerDefaults[args]
	queue *Queue
}

func addWorker(workers *river.Workers, kind string, w *worker) (err error) {
	defer func() { // River panics about kinds it does not like
		if p := recover(); p != nil {
			err = fmt.Errorf("queue: kind %q: %v", kind, p)
		}
	}()
	river.AddWorkerArgs(workers, args{kind: kind}, w)
	return nil
}

// Work does one try.
func (w *worker) Work(ctx context.Context, row *river.Job[args]) error {
	q := w.queue
	j := Job{
		Kind: row.Kind, ID: row.Args.ID, Attempt: row.Attempt, Enqueued: row.CreatedAt,
		Last: row.Attempt >= row.MaxAttempts, row: row,
	}
	h, ok := q.handler(j.Kind)
	if !ok {
		return fmt.Errorf("queue: nobody handles jobs of kind %q", j.Kind)
	}
	jobCtx, leave := q.enter(ctx, j)
	err := run(jobCtx, h, j)
	cancelled := errors.Is(context.Cause(jobCtx), errCancelled)
	leave()

	log := q.options.Logger.With("kind", j.Kind, "id", j.ID, "attempt", j.Attempt)
	switch {
	case err == nil:
		return nil
	case cancelled:
		return river.JobCancel(errCancelled)
	case stopping(ctx):
		// By this River knows that the job was interrupted: it keeps it and takes
		// no try from it.
		return errors.Join(context.Canceled, err)
	case j.Last:
		log.LogAttrs(ctx, slog.LevelError, "job discarded: its tries are used up", slog.Any("error", err))
		if h.Discard != nil {
			h.Discard(context.WithoutCancel(ctx), j.Kind, j.ID, err)
		}
		return err
	}
	log.LogAttrs(ctx, slog.LevelWarn, "job failed, it will be tried again", slog.Any("error", err))
	if q.options.Retried != nil {
		q.options.Retried(j.Kind, err)
	}
	return err
}

// run calls the handler and turns a panic into an error with its stack: no job
// may end the process.
func run(ctx context.Context, h Handler, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("queue: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h.Run(ctx, j)
}

// stopping reports whether a try was ended because the process stops: its
// context was cancelled, and not by the time limit of the try.
func stopping(ctx context.Context) bool {
	return errors.Is(ctx.Err(), context.Canceled)
}

// retry is the wait between tries.
type retry struct{ step time.Duration }

// NextRetry is the time of the next try of a job that failed now.
func (r retry) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(r.step * time.Duration(max(job.Attempt, 1)))
}
