// Package store keeps Osprey's rows in SQL. It holds no rules: what may happen is
// decided above it, it makes sure that what happened is whole, durable and seen
// only by whom it belongs to.
//
// There are two ways in: Read and Write. Both hand a Tx to a function; every
// method of a Tx is scoped (osprey.Scope), so that a row outside the scope does
// not exist. Write is one transaction, committed when the function returns nil
// and rolled back otherwise. No inference, hashing of passwords, blob or network
// work happens inside one.
package store

import (
	"context"
	"database/sql"
	"errors"

	"example.org/osprey"
)

// ErrNotFound is returned for a row that does not exist in the scope.
var ErrNotFound = errors.New("store: no such row")

// ErrDuplicate is returned when a unique column already holds the value; the
// error names the column through DuplicateOf.
var ErrDuplicate = errors.New("store: value already taken")

// Options open a store.
type Options struct {
	// Path of the SQLite file; its folder exists.
	Path  string
	Clock osprey.Clock
	IDs   *osprey.IDs
	// NoMigrate refuses to open a database that is not at the newest version.
	NoMigrate bool
}

// Store is a database. It is safe for concurrent use.
type Store struct{}

// Open opens or creates the database and brings its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) { panic("unwritten") }

// Close waits for running transactions and closes the database.
func (s *Store) Close() error { panic("unwritten") }

// Ping reports whether the database answers (for /readyz).
func (s *Store) Ping(ctx context.Context) error { panic("unwritten") }

// DB returns the pool with the single write connection, for the job queue's
// driver.
func (s *Store) DB() *sql.DB { panic("unwritten") }

// Size is the size of the database on disk in bytes.
func (s *Store) Size() int64 { panic("unwritten") }

// Checkpoint moves the write-ahead log into the database and truncates it, so
// that erased bytes are gone from it too.
func (s *Store) Checkpoint(ctx context.Context) error { panic("unwritten") }

// Tx is a transaction with a scope. It is not safe for concurrent use and ends
// with the function it was given to. It carries the context of its call.
type Tx struct{}

// Write runs fn in one transaction (BEGIN IMMEDIATE on SQLite) and commits it
// when fn returns nil. Errors of the database come back as osprey.Error with
// CodeDatabase around them, fn's own errors as they are.
func (s *Store) Write(ctx context.Context, scope osprey.Scope, fn func(*Tx) error) error {
	panic("unwritten")
}

// Read runs fn in a read-only transaction: one snapshot.
func (s *Store) Read(ctx context.Context, scope osprey.Scope, fn func(*Tx) error) error {
	panic("unwritten")
}

// SQL is the transaction itself, for the job queue.
func (tx *Tx) SQL() *sql.Tx { panic("unwritten") }

// Context is the context of the call.
func (tx *Tx) Context() context.Context { panic("unwritten") }

// Scope is the scope of the transaction.
func (tx *Tx) Scope() osprey.Scope { panic("unwritten") }

// Now is the moment the transaction began, one for all its rows.
func (tx *Tx) Now() osprey.Time { panic("unwritten") }
