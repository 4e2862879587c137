package erasure

import (
	"context"
	"errors"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Remover deletes an object exactly as its DELETE call does.
type Remover interface {
	Delete(ctx context.Context, g access.Grant, id osprey.ID) error
}

// RetentionOptions make a Retention.
type RetentionOptions struct {
	Store    *store.Store
	Audit    access.Audit
	Clock    osprey.Clock
	Folders  Remover
	Analyses Remover
	// Erase is called when the bytes of media were given up: there are blobs to erase.
	Erase func()
}

// Retention erases what companies do not want to keep any longer (api.md 5.2).
// Several processes may sweep one database at once: what another one erased first is
// passed over.
type Retention struct{ o RetentionOptions }

// NewRetention makes a Retention.
func NewRetention(o RetentionOptions) *Retention { return &Retention{o} }

// The sizes of a sweep's steps. A transaction that clears media is small, so that
// uploads do not wait for it.
const (
	sweepBatch = 100 // objects that are listed at a time
	clearBatch = 20  // media that one transaction clears
)

// Sweep erases all that has expired by now, company by company: folders, then
// analyses, then the bytes of the media that are left. What cannot be erased does not
// keep the rest; the error tells of it, and the next sweep tries again.
func (r *Retention) Sweep(ctx context.Context) (osprey.Erased, error) {
	now := r.o.Clock.Now()
	var companies []osprey.Company
	err := r.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		companies, err = tx.RetainingCompanies()
		return err
	})
	var sum osprey.Erased
	for _, c := range companies {
		n, failed := r.company(ctx, c.ID, c.Retention.Expired(now))
		sum.Media, sum.Folders, sum.Analyses = sum.Media+n.Media, sum.Folders+n.Folders, sum.Analyses+n.Analyses
		err = errors.Join(err, failed)
		if ctx.Err() != nil {
			return sum, ctx.Err()
		}
	}
	return sum, err
}

func (r *Retention) company(ctx context.Context, c osprey.ID, e osprey.Expiry) (n osprey.Erased, err error) {
	var failed [3]error
	n.Folders, failed[0] = r.remove(ctx, c, "folders", e.Folders, (*store.Tx).ExpiredFolders, r.o.Folders)
	n.Analyses, failed[1] = r.remove(ctx, c, "analyses", e.Analyses, (*store.Tx).ExpiredAnalyses, r.o.Analyses)
	n.Media, failed[2] = r.media(ctx, c, e.Media)
	return n, errors.Join(failed[:]...)
}

// remove deletes expired objects of one kind, each by its own call, and tells the
// audit log after each batch how many there were.
func (r *Retention) remove(ctx context.Context, c osprey.ID, kind string, before osprey.Time, list func(*store.Tx, store.Expired) ([]osprey.ID, error), by Remover) (sum int, failed error) {
	if before == 0 {
		return 0, nil
	}
	for skip := 0; ; {
		ids, err := read(ctx, r.o.Store, func(tx *store.Tx) ([]osprey.ID, error) {
			return list(tx, store.Expired{Company: c, Before: before, Skip: skip, Limit: sweepBatch})
		})
		if err != nil || len(ids) == 0 {
			return sum, errors.Join(failed, err)
		}
		erased := 0
		for _, id := range ids {
			switch err := by.Delete(ctx, access.System(), id); {
			case err == nil:
				erased++
			case ctx.Err() != nil:
				return sum + erased, errors.Join(ctx.Err(), r.tell(ctx, c, kind, erased))
			case osprey.IsCode(err, osprey.CodeNotExist): // somebody was faster
			default:
				skip++
				failed = errors.Join(failed, fmt.Errorf("retention: %s %s: %w", kind, id, err))
			}
		}
		if sum += erased; erased > 0 {
			if err := r.tell(ctx, c, kind, erased); err != nil {
				return sum, errors.Join(failed, err)
			}
		}
	}
}

// tell writes what was erased to the audit log, also when the sweep was told to end.
func (r *Retention) tell(ctx context.Context, c osprey.ID, kind string, n int) error {
	if n == 0 {
		return nil
	}
	return r.o.Store.Write(context.WithoutCancel(ctx), osprey.Within(c), func(tx *store.Tx) error {
		return r.o.Audit(tx, access.System().Actor, erasedEvent(c, kind, n))
	})
}

func erasedEvent(c osprey.ID, kind string, n int) access.Event {
	return access.Event{Action: "retention.erase", Object: "company", ObjectID: string(c), Company: c, Details: osprey.Details{kind: n}}
}

// media gives up the bytes of expired media, some in each transaction. Media that a
// running analysis takes wait for the next sweep.
func (r *Retention) media(ctx context.Context, c osprey.ID, before osprey.Time) (sum int, err error) {
	if before == 0 {
		return 0, nil
	}
	for {
		old, err := read(ctx, r.o.Store, func(tx *store.Tx) ([]store.OldMedium, error) {
			return tx.ExpiredMedia(store.Expired{Company: c, Before: before, Limit: clearBatch})
		})
		if err != nil || len(old) == 0 {
			return sum, err
		}
		cleared, err := r.clear(ctx, c, old)
		if err != nil {
			return sum, fmt.Errorf("retention: media: %w", err)
		}
		sum += cleared
		r.o.Erase()
		if cleared == 0 {
			return sum, nil // another process has them, or an analysis took them meanwhile
		}
	}
}

// clear clears media in one transaction, with the record of the audit log.
func (r *Retention) clear(ctx context.Context, c osprey.ID, old []store.OldMedium) (cleared int, err error) {
	err = r.o.Store.Write(ctx, osprey.Within(c), func(tx *store.Tx) error {
		cleared = 0
		for _, m := range old {
			done, err := clearOne(tx, m)
			if err != nil {
				return err
			}
			if done {
				cleared++
			}
		}
		if cleared == 0 {
			return nil
		}
		return r.o.Audit(tx, access.System().Actor, erasedEvent(c, "media", cleared))
	})
	return cleared, err
}

// clearOne clears a medium whose folder is still there and that no running analysis
// takes.
func clearOne(tx *store.Tx, m store.OldMedium) (bool, error) {
	if _, err := tx.LockFolder(m.Folder); err != nil {
		return false, ignore(err, store.ErrNotFound)
	}
	now, err := tx.Media(m.ID)
	if err != nil || now.Cleared {
		return false, ignore(err, store.ErrNotFound)
	}
	users, err := tx.MediaInUse(m.ID, 1)
	if err != nil || len(users) > 0 {
		return false, err
	}
	return true, tx.ClearMedia(m.ID)
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func read[T any](ctx context.Context, st *store.Store, fn func(*store.Tx) (T, error)) (out T, err error) {
	err = st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		out, err = fn(tx)
		return err
	})
	return out, err
}
