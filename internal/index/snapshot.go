package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/store"
)

// retryFull is the Retry-After of an enrolment that found the index full.
const retryFull = 60 * time.Second

// Seals seals snapshots with the data key of a company.
type Seals interface {
	Seal(ctx context.Context, company osprey.ID, purpose string, aad, plaintext []byte) ([]byte, error)
	Open(ctx context.Context, company osprey.ID, purpose string, aad, sealed []byte) ([]byte, error)
}

// purposeSnapshot names the data key that snapshots are sealed with.
const purposeSnapshot = "snapshot"

const snapshotSuffix = ".gallery"

// seal is the Seals of one company, as gallery wants it.
type seal struct {
	ctx     context.Context //nolint:containedctx // lives for one snapshot
	seals   Seals
	company osprey.ID
}

func (s seal) Seal(plaintext, aad []byte) ([]byte, error) {
	return s.seals.Seal(s.ctx, s.company, purposeSnapshot, aad, plaintext)
}

func (s seal) Open(sealed, aad []byte) ([]byte, error) {
	return s.seals.Open(s.ctx, s.company, purposeSnapshot, aad, sealed)
}

// binding ties a snapshot to its owner; the version is in its header, which the
// seal covers.
func (x *Index) binding(s *slot) string {
	return "osprey/v1|snapshot|" + string(s.company) + "|" + string(s.collection) + "|" + x.o.Model
}

func (x *Index) path(collection osprey.ID) string {
	return filepath.Join(x.o.Dir, string(collection)+snapshotSuffix)
}

// Load fills the index at the start: for each collection its snapshot, brought
// forward by the change log, or a gallery built anew where the snapshot is
// missing or does not agree with the rows. Snapshots of collections that are
// gone are removed.
func (x *Index) Load(ctx context.Context) error {
	if err := os.MkdirAll(x.o.Dir, 0o700); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if err := gallery.RemoveUnfinished(x.o.Dir); err != nil {
		return err
	}
	known := make(map[string]bool)
	for offset := 0; ; {
		var page []osprey.Collection
		err := x.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			page, _, err = tx.Collections(store.Query{Limit: batch, Offset: offset, Sort: store.CreatedAsc, OmitTotal: true})
			return err
		})
		if err != nil {
			return err
		}
		for _, c := range page {
			known[string(c.ID)+snapshotSuffix] = true
			if err := x.load(ctx, c); err != nil {
				return err
			}
		}
		if len(page) < batch {
			break
		}
		offset += len(page)
	}
	return x.removeUnknown(known)
}

// load fills the slot of one collection.
func (x *Index) load(ctx context.Context, c osprey.Collection) error {
	s := x.slot(c.ID, c.Company)
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := x.warm(ctx, s, c)
	if err == nil {
		s.gallery = g
		return x.fits()
	}
	if !errors.Is(err, fs.ErrNotExist) && ctx.Err() == nil {
		x.o.Logger.Warn("index: snapshot not used, building from the templates", "collection", c.ID, "error", err)
		x.dropSnapshot(s) // it may hold what has been deleted since
	}
	if err := x.rebuild(ctx, s); err != nil {
		if ctx.Err() != nil {
			return err
		}
		// One unreadable template must not keep all the others from being searched:
		// searches of this collection try again, and fail until it is mended.
		x.o.Logger.Error("index: a collection cannot be searched; run: osprey check", "collection", c.ID, "error", err)
		return nil
	}
	if st := s.gallery.State(); c.Version == st.Version && (c.Images != st.Images || c.Digest != DigestText(st.Digest)) {
		x.o.Logger.Warn("index: the collection's row and its photos disagree; run: osprey check", "collection", c.ID,
			"images_row", c.Images, "images_found", st.Images)
	}
	return x.fits()
}

// warm opens a collection's snapshot and brings it to the version of the row. A
// gallery that does not then agree with the row in count and digest is refused.
func (x *Index) warm(ctx context.Context, s *slot, c osprey.Collection) (*gallery.Exact, error) {
	config := gallery.Config{Model: x.o.Model, Dim: x.o.Dim}
	g, err := gallery.LoadSnapshot(ctx, x.path(c.ID), seal{ctx, x.o.Seals, c.Company}, x.binding(s), config)
	if err != nil {
		return nil, err
	}
	saved, removed := g.Version(), false
	if saved > c.Version {
		err = fmt.Errorf("%w: the snapshot is at version %d, the collection at %d", errLog, saved, c.Version)
	} else {
		removed, err = x.replay(ctx, c.Company, c.ID, g)
	}
	if st := g.State(); err == nil && (st.Version != c.Version || st.Images != c.Images || DigestText(st.Digest) != c.Digest) {
		err = fmt.Errorf("%w: version %d, %d photos, where the collection has version %d, %d photos", errLog, st.Version, st.Images, c.Version, c.Images)
	}
	if err != nil {
		_ = g.Close()
		return nil, err
	}
	s.saved = saved
	if removed {
		// The process was killed between a deletion and the removal of this file.
		x.dropSnapshot(s)
	}
	return g, nil
}

// fits refuses to start with galleries larger than the memory given to them.
func (x *Index) fits() error {
	var used int64
	x.mu.Lock()
	for _, s := range x.slots {
		// Load runs before anybody else knows the index: no slot changes under it.
		if s.gallery != nil {
			used += s.gallery.Bytes()
		}
	}
	x.mu.Unlock()
	if x.o.Memory > 0 && used > x.o.Memory {
		return fmt.Errorf("search.index_memory is %d bytes, the collections need at least %d", x.o.Memory, used)
	}
	return nil
}

// Save writes a snapshot of every gallery that has changed since its last one.
func (x *Index) Save(ctx context.Context) error {
	var errs []error
	for _, s := range x.all() {
		if ctx.Err() != nil {
			break
		}
		errs = append(errs, x.save(ctx, s))
	}
	return errors.Join(errs...)
}

// save writes outside the slot's lock, so that searches go on. A deletion that
// comes meanwhile makes the new file one that must not stay.
func (x *Index) save(ctx context.Context, s *slot) error {
	g, saved, drops, err := x.upToDate(ctx, s)
	if err != nil || g == nil || g.Version() == saved {
		return err
	}
	state, err := g.SaveSnapshot(ctx, x.path(s.collection), seal{ctx, x.o.Seals, s.company}, x.binding(s))
	if errors.Is(err, gallery.ErrClosed) {
		return nil // dropped or rebuilt: the next round has the new one
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drops != drops || s.gallery != g {
		x.dropSnapshot(s)
		return nil
	}
	s.saved = state.Version
	return x.prune(ctx, s, state.Version)
}

// upToDate brings a slot's gallery to the version of the rows, so that nothing is
// saved that was deleted while the gallery could not follow. The gallery is nil
// when there is none, or its collection is gone.
func (x *Index) upToDate(ctx context.Context, s *slot) (g *gallery.Exact, saved int64, drops int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gallery == nil {
		return nil, 0, 0, nil
	}
	var c osprey.Collection
	err = x.o.Store.Read(ctx, osprey.Within(s.company), func(tx *store.Tx) (err error) {
		c, err = tx.Collection(s.collection)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, 0, nil
	}
	if err == nil {
		g, err = x.follow(ctx, s, c.Version)
	}
	return g, s.saved, s.drops, err
}

// prune shortens the change log to what comes after a snapshot: whoever is behind
// it builds from the rows.
func (x *Index) prune(ctx context.Context, s *slot, version int64) error {
	return x.o.Store.Write(ctx, osprey.Within(s.company), func(tx *store.Tx) error {
		return tx.PruneChanges(s.collection, version)
	})
}

// DropSnapshot removes the snapshot of a collection from which something was
// deleted: what is deleted must not live on in a file.
func (x *Index) DropSnapshot(c osprey.Collection) {
	s := x.slot(c.ID, c.Company)
	s.mu.Lock()
	defer s.mu.Unlock()
	x.dropSnapshot(s)
}

func (x *Index) dropSnapshot(s *slot) {
	s.drops++
	if err := gallery.RemoveSnapshot(x.path(s.collection)); err != nil {
		x.o.Logger.Error("index: snapshot not removed", "collection", s.collection, "error", err)
		return
	}
	s.saved = 0
}

// removeUnknown removes snapshots of collections that do not exist.
func (x *Index) removeUnknown(known map[string]bool) error {
	entries, err := os.ReadDir(x.o.Dir)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), snapshotSuffix) || known[e.Name()] {
			continue
		}
		if err := gallery.RemoveSnapshot(filepath.Join(x.o.Dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
