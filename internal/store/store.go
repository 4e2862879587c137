// Package store keeps Osprey's rows in SQL. It holds no rules: what may happen is
// decided above it, it makes sure that what happened is whole, durable and seen
// only by whom it belongs to.
//
// There are two ways in: Read and Write. Both hand a Tx to a function; every
// method of a Tx is scoped (osprey.Scope), so that a row outside the scope does
// not exist. Write is one transaction, committed when the function returns nil
// and rolled back otherwise. No inference, hashing of passwords, blob or network
// work happens inside one.
//
// The fixed queries live in query/*.sql and become Go by sqlc (package query); the
// lists are put together by list.go, the only other SQL. DESIGN.md tells the rest.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"example.org/osprey"
)

// Options open a store.
type Options struct {
	// Path of the SQLite file; its folder exists.
	Path  string
	Clock osprey.Clock
	IDs   *osprey.IDs
	// NoMigrate refuses to open a database that is not at the newest version.
	NoMigrate bool
	// Observe, when set, is told of every transaction, when it is over: "read" or "write",
	// and how long it took, its wait for a connection included.
	Observe func(op string, took time.Duration)
}

// Store is a database. It is safe for concurrent use.
type Store struct {
	path  string
	clock osprey.Clock
	write *sql.DB // one connection
	read  *sql.DB
	seen  func(op string, took time.Duration)

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
	last    osprey.Time // of the newest write transaction
}

// Open opens or creates the database and brings its schema up to date. A
// *SchemaError says that the database is newer than this build, or older and
// NoMigrate is set.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = osprey.SystemClock{}
	}
	if err := createFile(o.Path); err != nil {
		return nil, fmt.Errorf("store: create the database: %w", err)
	}
	s := &Store{path: o.Path, clock: o.Clock, write: openWriter(o.Path), read: openReader(o.Path), seen: o.Observe}
	if s.seen == nil {
		s.seen = func(string, time.Duration) {}
	}
	if err := s.start(ctx, o.NoMigrate); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open the database: %w", err), s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context, noMigrate bool) error {
	if err := checkJournal(ctx, s.write); err != nil {
		return err
	}
	if err := s.migrate(ctx, noMigrate); err != nil {
		return err
	}
	return s.Ping(ctx)
}

// Conns is how many connections are at work and how many are idle.
func (s *Store) Conns() (inUse, idle int) {
	w, r := s.write.Stats(), s.read.Stats()
	return w.InUse + r.InUse, w.Idle + r.Idle
}

// Close waits for running transactions and closes the database. Calling it again
// does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	// Readers first: the last connection to go moves the log into the database.
	return errors.Join(s.read.Close(), s.write.Close())
}

// enter notes a running transaction, or refuses it once the store is closed.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return osprey.Unavailable("shutting_down", time.Second, "The store is closed")
	}
	s.running.Add(1)
	return nil
}

// Ping reports whether the database answers (for /readyz).
func (s *Store) Ping(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.running.Done()
	var one int
	return wrap(ctx, s.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM setting").Scan(&one))
}

// DB returns the pool with the single write connection, for the job queue's
// driver. Whoever holds that connection and calls Write waits for itself.
func (s *Store) DB() *sql.DB { return s.write }

// Size is the size of the database on disk in bytes, its log included.
func (s *Store) Size() int64 {
	var n int64
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.path + suffix); err == nil {
			n += info.Size()
		}
	}
	return n
}

// checkpointTries bounds how often Checkpoint waits for readers: each try holds
// writers back for at most a quarter of a second.
const checkpointTries = 40

// Checkpoint moves the write-ahead log into the database and truncates it, so
// that erased bytes are gone from it too. It needs a moment without readers of
// older snapshots; when none comes, the error is CodeUnavailable with the reason
// "database_busy" and the caller comes again.
func (s *Store) Checkpoint(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.running.Done()
	for range checkpointTries {
		done, err := s.checkpoint(ctx)
		if err != nil {
			return wrap(ctx, err)
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return wrap(ctx, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return osprey.Unavailable("database_busy", retryBusy, "Readers kept the log of the store busy")
}

// checkpoint tries once, with a short patience so that writers wait little.
func (s *Store) checkpoint(ctx context.Context) (done bool, err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		// The connection goes back with its patience restored, whatever ctx says.
		_, e := conn.ExecContext(context.WithoutCancel(ctx), pragmas[0])
		err = errors.Join(err, e, conn.Close())
	}()
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 250"); err != nil {
		return false, err
	}
	var busy, frames, moved int
	if err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
		return false, err
	}
	return busy == 0, nil
}
