package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Job is one try of a job.
type Job struct {
	Kind     string
	ID       string // of the object it is about
	Attempt  int    // 1 for the first try
	Last     bool   // no further try follows
	Enqueued time.Time

	row *river.Job[args]
}

// args is what River stores of a job: its kind has a column of its own.
type args struct {
	kind string
	ID   string `json:"id"`
}

// Kind names the kind of job.
func (a args) Kind() string { return a.kind }

// EnqueueTx adds a job in a transaction. It runs after the commit; call Poke
// then, or it starts within about a second. A transaction that is rolled back
// leaves no job.
func (q *Queue) EnqueueTx(ctx context.Context, tx *sql.Tx, kind, id string) error {
	if _, ok := q.options.Workers[kind]; !ok {
		return fmt.Errorf("queue: unknown kind of job %q", kind)
	}
	_, err := q.client.InsertTx(ctx, tx, args{kind: kind, ID: id}, &river.InsertOpts{Queue: kind})
	if err != nil {
		return fmt.Errorf("queue: add a job of kind %s: %w", kind, err)
	}
	return nil
}

// Poke says that jobs were committed: idle workers look for them at once. It
// never blocks.
func (q *Queue) Poke() { q.waker.wake() }

// CompleteTx marks the running job as done in the transaction that stores its
// result, so that it never runs again once the result is there. Call it from the
// job's own Run, with Run's context.
func (q *Queue) CompleteTx(ctx context.Context, tx *sql.Tx, j Job) error {
	_, err := river.JobCompleteTx[*driver](ctx, tx, j.row)
	if errors.Is(err, rivertype.ErrNotFound) {
		return nil // its row was removed meanwhile: nothing will run again
	}
	if err != nil {
		return fmt.Errorf("queue: complete a job of kind %s: %w", j.Kind, err)
	}
	return nil
}
