package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"

	"example.org/osprey"
)

// ErrNotFound is returned for a row that does not exist in the scope.
var ErrNotFound = errors.New("store: no such row")

// ErrDuplicate is returned when a unique column already holds the value; the
// error names the column through DuplicateOf.
var ErrDuplicate = errors.New("store: value already taken")

// ErrReferenced is returned when a row cannot go because others name it (a
// person with photos, a photo that an analysis matched), and when a new row names
// one that is not there.
var ErrReferenced = errors.New("store: broken reference between rows")

// ErrNeedsEverything is returned by methods that look at the whole installation
// when the scope is narrower than osprey.Everything(): a programming error.
var ErrNeedsEverything = errors.New("store: this asks the whole installation and needs osprey.Everything()")

// duplicate is ErrDuplicate with the column.
type duplicate struct {
	column string
	cause  error
}

func (e *duplicate) Error() string        { return ErrDuplicate.Error() + ": " + e.column }
func (e *duplicate) Unwrap() error        { return e.cause }
func (e *duplicate) Is(target error) bool { return target == ErrDuplicate }

// DuplicateOf returns the column whose value is taken, in the words of the
// contract: "email", "alias", "name", else the column's own name. It reports
// false when err is not ErrDuplicate.
func DuplicateOf(err error) (column string, ok bool) {
	var d *duplicate
	if !errors.As(err, &d) {
		return "", false
	}
	return d.column, true
}

// SchemaError says that the database is not at the version this build needs:
// newer, or older when migrating was forbidden.
type SchemaError struct {
	Found int64 // version of the database
	Known int64 // newest version of this build
}

func (e *SchemaError) Error() string {
	if e.Found > e.Known {
		return fmt.Sprintf("the database has schema version %d, this build knows only %d: "+
			"run the newer build that migrated it, or restore a backup made before", e.Found, e.Known)
	}
	return fmt.Sprintf("the database has schema version %d, this build needs %d and was told not to migrate", e.Found, e.Known)
}

// retryBusy is the wait that a caller is told when the database is held by
// another process for longer than the busy timeout.
const retryBusy = time.Second

// retryFull is the wait when the disk is full: an operator has to act.
const retryFull = time.Minute

// wrap turns an error of the driver into one of the store's: ErrNotFound,
// ErrDuplicate and ErrReferenced are for the caller to read; an ended context
// stays one; a busy database or a full disk is CodeUnavailable; the rest is
// CodeDatabase.
func wrap(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if wrapped(err) {
		return err
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("store: %w", cause)
	}
	var e sqlite3.Error
	if errors.As(err, &e) {
		return wrapSQLite(e)
	}
	return failed(err)
}

func wrapSQLite(e sqlite3.Error) error {
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
		return &duplicate{column: takenColumn(e.Error()), cause: e}
	case sqlite3.ErrConstraintForeignKey:
		return fmt.Errorf("%w: %w", ErrReferenced, e)
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		u := osprey.Unavailable("database_busy", retryBusy, "The store is busy; the change was not made")
		u.Err = e
		return u
	case sqlite3.ErrFull:
		u := osprey.Unavailable("disk_full", retryFull, "The disk is full; the change was not made")
		u.Err = e
		return u
	}
	return failed(e)
}

// failed is CodeDatabase around a cause.
func failed(cause error) error {
	return &osprey.Error{Code: osprey.CodeDatabase, Message: "The store failed; the change was not made", Err: cause}
}

// wrapped reports whether the store has named the error already.
func wrapped(err error) bool {
	var e *osprey.Error
	return errors.As(err, &e) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrDuplicate) ||
		errors.Is(err, ErrReferenced) || errors.Is(err, ErrNeedsEverything)
}

// takenColumn reads the column out of SQLite's message, "UNIQUE constraint
// failed: collection.company_id, collection.alias_fold": the last one decides,
// those before it are what it is unique within.
func takenColumn(message string) string {
	_, columns, _ := strings.Cut(message, "failed: ")
	column := columns[strings.LastIndexByte(columns, '.')+1:]
	return strings.TrimSuffix(column, "_fold")
}
