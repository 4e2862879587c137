package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Rescue makes jobs that a killed process left running available again; the
// kill counts as a try. Those that have no try left are discarded. Call it before
// Start, while no other process uses the database.
func (q *Queue) Rescue(ctx context.Context) error {
	orphans, err := q.orphans(ctx)
	if err != nil {
		return fmt.Errorf("queue: rescue: %w", err)
	}
	for _, o := range orphans {
		if err := q.discard(ctx, o); err != nil {
			return fmt.Errorf("queue: rescue: %w", err)
		}
	}
	if _, err := q.db.ExecContext(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`); err != nil {
		return fmt.Errorf("queue: rescue: %w", err)
	}
	// The killed process was also the leader that wakes waiting tries; without
	// this they would wait for its lease to end.
	if _, err := q.db.ExecContext(ctx, `DELETE FROM river_leader`); err != nil {
		return fmt.Errorf("queue: rescue: %w", err)
	}
	return nil
}

type orphan struct {
	row  int64
	name jobName
}

// orphans lists the jobs that were running their last try.
func (q *Queue) orphans(ctx context.Context) (list []orphan, err error) {
	rows, err := q.db.QueryContext(ctx,
		`SELECT id, kind, json(args) FROM river_job WHERE state = 'running' AND attempt >= max_attempts`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o orphan
		var stored []byte
		if err := rows.Scan(&o.row, &o.name.kind, &stored); err != nil {
			return nil, err
		}
		var a args
		if err := json.Unmarshal(stored, &a); err != nil {
			return nil, fmt.Errorf("job %d: %w", o.row, err)
		}
		o.name.id = a.ID
		list = append(list, o)
	}
	return list, rows.Err()
}

// discard tells the handler first, so that a crash in between tells it again.
func (q *Queue) discard(ctx context.Context, o orphan) error {
	if h, ok := q.handler(o.name.kind); ok && h.Discard != nil {
		h.Discard(ctx, o.name.kind, o.name.id, ErrTriesUsedUp)
	}
	_, err := q.db.ExecContext(ctx, `UPDATE river_job SET state = 'discarded', finalized_at = ? WHERE id = ?`,
		sqliteTime(q.options.Clock.Now()), o.row)
	return err
}

// Depth counts the jobs that wait, by kind; kinds without any are absent.
func (q *Queue) Depth(ctx context.Context) (map[string]int, error) {
	rows, err := q.db.QueryContext(ctx, `SELECT kind, count(*) FROM river_job
		WHERE state IN ('available', 'retryable', 'scheduled', 'pending') GROUP BY kind`)
	if err != nil {
		return nil, fmt.Errorf("queue: depth: %w", err)
	}
	defer rows.Close()
	depth := make(map[string]int)
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, fmt.Errorf("queue: depth: %w", err)
		}
		depth[kind] = n
	}
	return depth, rows.Err()
}

// Oldest is the age of the job that has waited longest for its next try, zero
// when none is due.
func (q *Queue) Oldest(ctx context.Context) (time.Duration, error) {
	var due sql.NullString
	now := q.options.Clock.Now()
	err := q.db.QueryRowContext(ctx, `SELECT CAST(min(scheduled_at) AS text) FROM river_job
		WHERE state = 'available' AND scheduled_at <= ?`, sqliteTime(now)).Scan(&due)
	if err != nil {
		return 0, fmt.Errorf("queue: oldest: %w", err)
	}
	if !due.Valid {
		return 0, nil
	}
	since, err := time.Parse("2006-01-02 15:04:05.999999999", due.String)
	if err != nil {
		return 0, fmt.Errorf("queue: oldest: %w", err)
	}
	return max(now.Sub(since), 0), nil
}

// sqliteTime is the form in which River keeps times in SQLite: other forms do
// not compare with them.
func sqliteTime(t time.Time) string {
	return t.UTC().Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
}
