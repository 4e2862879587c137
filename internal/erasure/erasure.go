// Package erasure makes deleted bytes disappear. A deletion writes the keys of
// its blobs to a list in its own transaction; from the moment of the answer they
// are unreachable, and this room removes them from the disk soon after: blobs,
// then the notes, then what the database's log still holds.
package erasure

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/store"
)

// Eraser drains the list. It is safe for concurrent use.
type Eraser struct {
	st    *store.Store
	blobs *blob.Store
	log   *slog.Logger
	poke  chan struct{}
	// stones is the file of tombstones; nil keeps none.
	stones *Tombstones
	// unburied says that what the file names could not all be erased again: nothing is
	// engraved until a start succeeds, because every engraved stone moves the mark that
	// the next start looks behind.
	unburied atomic.Bool
	// truncate says that the database's log may hold what was erased: since the
	// start, where a crash may have come first, and until a truncation succeeds.
	truncate atomic.Bool
}

// New makes an Eraser; Run does its work.
func New(st *store.Store, blobs *blob.Store, log *slog.Logger) *Eraser {
	e := &Eraser{st: st, blobs: blobs, log: log, poke: make(chan struct{}, 1)}
	e.truncate.Store(true)
	return e
}

// Keep has the tombstones of what is deleted written into a file.
func (e *Eraser) Keep(t *Tombstones) { e.stones = t }

// The pace of the work. The promise is 60 seconds (api.md 7.6).
const (
	settle = time.Second      // deletions in a row share one round
	retry  = 10 * time.Second // after a failure, and in case a poke was lost
	batch  = 100
)

// Poke tells that something was deleted. It never blocks.
func (e *Eraser) Poke() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// Run drains the list whenever it is poked, until the context ends.
func (e *Eraser) Run(ctx context.Context) {
	for {
		wait := retry
		select {
		case <-ctx.Done():
			return
		case <-e.poke:
			wait = settle
		case <-time.After(wait):
			wait = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if err := e.Drain(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("erasure: deleted bytes are still on the disk, trying again", "error", err)
		}
	}
}

// Drain erases all that is on the list. It is idempotent: a crash in between is
// made good by the next call.
func (e *Eraser) Drain(ctx context.Context) error {
	return errors.Join(e.engrave(ctx), e.drain(ctx))
}

func (e *Eraser) drain(ctx context.Context) error {
	for {
		var keys []string
		err := e.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			keys, err = tx.BlobErases(batch)
			return err
		})
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			break
		}
		e.truncate.Store(true)
		erased, failed := e.erase(ctx, keys)
		err = e.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return tx.DropBlobErase(erased) })
		if err != nil {
			return err
		}
		if failed != nil {
			// The rest waits for the next round; what was erased leaves the log now.
			return errors.Join(failed, e.checkpoint(ctx))
		}
	}
	return e.checkpoint(ctx)
}

// erase deletes blobs. One that cannot be deleted does not keep the others.
func (e *Eraser) erase(ctx context.Context, keys []string) (erased []string, failed error) {
	for _, key := range keys {
		if err := e.blobs.Delete(ctx, key); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		erased = append(erased, key)
		killpoint.Hit(killpoint.DeleteInErase)
	}
	return erased, failed
}

// checkpoint truncates the write-ahead log when something was erased since the
// last time.
func (e *Eraser) checkpoint(ctx context.Context) error {
	// The deleted rows and templates are in the write-ahead log until it is
	// truncated. A round that fails leaves it to the next one.
	if !e.truncate.Swap(false) {
		return nil
	}
	if err := e.st.Checkpoint(ctx); err != nil {
		e.truncate.Store(true)
		return err
	}
	return nil
}

// Resolve deletes, at the start, the blobs of requests that a crash cut off: those
// with a note that no row names. Notes of blobs that a row names are dropped.
// Whatever the clock says, every note is of the past then.
func (e *Eraser) Resolve(ctx context.Context) (removed int, err error) {
	return e.ResolveBefore(ctx, math.MaxInt64)
}

// ResolveBefore is Resolve for notes made before the moment: while requests run,
// for those that failed and could not clean up after themselves.
func (e *Eraser) ResolveBefore(ctx context.Context, before osprey.Time) (removed int, err error) {
	for {
		var keys []string
		var named map[string]bool
		err := e.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			if keys, err = tx.BlobIntents(before, batch); err != nil {
				return err
			}
			named, err = tx.BlobNamed(keys)
			return err
		})
		if err != nil {
			return removed, err
		}
		if len(keys) == 0 {
			return removed, nil
		}
		for _, key := range keys {
			if named[key] {
				continue
			}
			if err := e.blobs.Delete(ctx, key); err != nil {
				return removed, err
			}
			removed++
		}
		err = e.st.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return tx.DropBlobIntent(keys) })
		if err != nil {
			return removed, err
		}
	}
}
