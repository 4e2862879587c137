package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// Tx is a transaction with a scope. It is not safe for concurrent use and ends
// with the function it was given to. It carries the context of its call.
//
// Methods return ErrNotFound for rows that are not there or not in the scope,
// ErrDuplicate and ErrReferenced where they say so, and osprey.Error (CodeDatabase,
// CodeUnavailable) when the database fails. After any of these but ErrNotFound
// the transaction is lost, as it is on PostgreSQL: Write returns the error even
// when the function swallowed it.
//
// Inserted rows take their own Created and Updated, or Now where those are zero;
// every later change sets Updated to Now.
type Tx struct {
	ctx    context.Context
	tx     *sql.Tx
	q      *query.Queries
	scope  osprey.Scope
	now    osprey.Time
	broken error // the first failure of the database
}

// writing marks the context of a Write, so that a Write inside it is refused
// rather than left waiting for itself.
type writing struct{}

var errNested = errors.New("store: Write inside Write")

// Write runs fn in one transaction (BEGIN IMMEDIATE on SQLite) and commits it
// when fn returns nil. Errors of the database come back as osprey.Error with
// CodeDatabase around them, fn's own errors as they are. When ctx ends first
// nothing is changed and the error is the context's; once Commit has begun it is
// carried through. A panic in fn rolls back and goes on.
func (s *Store) Write(ctx context.Context, scope osprey.Scope, fn func(*Tx) error) error {
	if ctx.Value(writing{}) != nil {
		return errNested
	}
	defer s.timed("write")()
	return s.run(ctx, s.write, scope, func(tx *Tx) error {
		tx.ctx = context.WithValue(ctx, writing{}, true)
		tx.now = s.tick()
		return fn(tx)
	})
}

// Read runs fn in a read-only transaction: one snapshot, from its first query on.
func (s *Store) Read(ctx context.Context, scope osprey.Scope, fn func(*Tx) error) error {
	defer s.timed("read")()
	return s.run(ctx, s.read, scope, fn)
}

// timed tells whoever observes how long a transaction took, when what it returns is
// called.
func (s *Store) timed(op string) func() {
	start := time.Now()
	return func() { s.seen(op, time.Since(start)) }
}

func (s *Store) run(ctx context.Context, db *sql.DB, scope osprey.Scope, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.running.Done()
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return wrap(ctx, err)
	}
	// After a commit this does nothing; it is here for errors and panics.
	defer func() { _ = t.Rollback() }()
	tx := &Tx{ctx: ctx, tx: t, q: query.New(t), scope: scope, now: osprey.TimeOf(s.clock.Now())}
	if err := fn(tx); err != nil {
		return err
	}
	if tx.broken != nil {
		return tx.broken
	}
	return wrap(ctx, t.Commit())
}

// tick returns the moment of a write transaction: later than that of every
// earlier one of this process, whatever the clock does.
func (s *Store) tick() osprey.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(osprey.TimeOf(s.clock.Now()), s.last+1)
	return s.last
}

// SQL is the transaction itself, for the job queue.
func (tx *Tx) SQL() *sql.Tx { return tx.tx }

// Context is the context of the call.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Scope is the scope of the transaction.
func (tx *Tx) Scope() osprey.Scope { return tx.scope }

// Now is the moment the transaction began, one for all its rows. Of two writes of
// one process the later has the greater.
func (tx *Tx) Now() osprey.Time { return tx.now }

// What the queries compare with company_id: everything, or nothing at all. No id
// looks like either.
const (
	scopeAll  osprey.ID = "*"
	scopeNone osprey.ID = "-"
)

// company is the scope as the queries take it.
func (tx *Tx) company() osprey.ID {
	switch c := tx.scope.Company; {
	case tx.scope.All:
		return scopeAll
	case c == "" || c == scopeAll:
		return scopeNone
	default:
		return c
	}
}

// everything refuses a scope that is narrower than the installation.
func (tx *Tx) everything() error {
	if !tx.scope.All || tx.scope.Owner != "" {
		return ErrNeedsEverything
	}
	return nil
}

// fail names an error of the database and remembers that the transaction is lost.
func (tx *Tx) fail(err error) error {
	err = wrap(tx.ctx, err)
	if err != nil && tx.broken == nil && !isNotFound(err) {
		tx.broken = err
	}
	return err
}

// one is fail for a change that must have met a row.
func (tx *Tx) one(rows int64, err error) error {
	if err == nil && rows == 0 {
		return ErrNotFound
	}
	return tx.fail(err)
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// moment is t, or Now when it is zero.
func (tx *Tx) moment(t osprey.Time) osprey.Time {
	if t == 0 {
		return tx.now
	}
	return t
}
