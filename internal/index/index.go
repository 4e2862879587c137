// Package index keeps the galleries of this node: one for each collection, in
// memory, never ahead of the database and brought up to it on demand.
//
// The rows are the truth. Every committed change of a collection's photos has a
// version and a row in its change log; a gallery follows that log in order. A
// caller names the version that its search must see (read-your-writes), and the
// index applies what is missing before it searches. The same path serves the
// enrolment that has just committed, a start after a crash, and a node that did
// not make the change itself.
package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/store"
)

// Templates opens sealed templates.
type Templates interface {
	Open(ctx context.Context, company, object osprey.ID, s osprey.SealedTemplate) ([]float32, error)
}

// Options make an Index.
type Options struct {
	Store     *store.Store
	Templates Templates
	Seals     Seals
	Dir       string // folder of the snapshots
	Model     string // model of the templates
	Dim       int    // their components
	Memory    int64  // bytes that all galleries together may take
	Logger    *slog.Logger
}

// Index holds the galleries. It is safe for concurrent use.
type Index struct {
	o Options

	mu    sync.Mutex
	slots map[osprey.ID]*slot
}

// slot is the gallery of one collection.
type slot struct {
	collection, company osprey.ID

	mu      sync.Mutex // held while the log is followed
	gallery *gallery.Exact
	saved   int64 // version of the snapshot on disk, 0 for none
	drops   int   // how often the snapshot was dropped
}

// New makes an empty index; Load fills it.
func New(o Options) *Index {
	return &Index{o: o, slots: make(map[osprey.ID]*slot)}
}

// slot returns the slot of a collection, making an empty one the first time.
func (x *Index) slot(collection, company osprey.ID) *slot {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.slots[collection]
	if s == nil {
		s = &slot{collection: collection, company: company}
		x.slots[collection] = s
	}
	return s
}

// Follow brings the gallery of a collection to at least a version.
func (x *Index) Follow(ctx context.Context, c osprey.Collection, version int64) error {
	s := x.slot(c.ID, c.Company)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := x.follow(ctx, s, version)
	return err
}

// Search finds the k persons of a collection that look most like the probe, over
// at least the given version of it.
func (x *Index) Search(ctx context.Context, c osprey.Collection, version int64, probe []float32, k int) (gallery.Result, error) {
	s := x.slot(c.ID, c.Company)
	for {
		s.mu.Lock()
		g, err := x.follow(ctx, s, version)
		s.mu.Unlock()
		if err != nil {
			return gallery.Result{}, err
		}
		r, err := g.Search(ctx, gallery.Probe{Model: x.o.Model, Vector: probe}, k)
		if errors.Is(err, gallery.ErrClosed) && s.replaced(g) {
			continue // it was rebuilt meanwhile: search the new one
		}
		if err != nil {
			return gallery.Result{}, fmt.Errorf("search collection %s: %w", c.ID, err)
		}
		return r, nil
	}
}

// replaced reports whether the slot has another gallery than g.
func (s *slot) replaced(g *gallery.Exact) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gallery != nil && s.gallery != g
}

// follow applies the change log to the slot's gallery up to at least a version.
// The slot's lock is held. A gallery that cannot follow (the log was pruned, a
// change does not fit) is built anew from the rows.
func (x *Index) follow(ctx context.Context, s *slot, version int64) (*gallery.Exact, error) {
	if s.gallery == nil {
		if err := x.rebuild(ctx, s); err != nil {
			return nil, err
		}
	}
	if s.gallery.Version() >= version {
		return s.gallery, nil
	}
	_, err := x.replay(ctx, s.company, s.collection, s.gallery)
	if err == nil && s.gallery.Version() < version {
		err = fmt.Errorf("%w: it ends at version %d, %d was asked for", errLog, s.gallery.Version(), version)
	}
	if err != nil && ctx.Err() == nil {
		x.o.Logger.Warn("index: change log does not fit, rebuilding", "collection", s.collection, "error", err)
		err = x.rebuild(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	if got := s.gallery.Version(); got < version {
		return nil, fmt.Errorf("collection %s is at version %d, %d was asked for", s.collection, got, version)
	}
	return s.gallery, nil
}

// batch is how many rows are read from the database at a time.
const batch = 1000

// errLog means that the change log and the gallery do not fit together.
var errLog = errors.New("change log does not continue the gallery")

// replay applies all changes above the gallery's version. It reports whether a
// photo was removed by one of them.
func (x *Index) replay(ctx context.Context, company, collection osprey.ID, g *gallery.Exact) (removed bool, err error) {
	for {
		var changes []store.ChangedImage
		err := x.o.Store.Read(ctx, osprey.Within(company), func(tx *store.Tx) (err error) {
			changes, err = tx.Changes(collection, g.Version(), batch)
			return err
		})
		if err != nil {
			return removed, err
		}
		for _, c := range changes {
			if err := x.apply(ctx, company, g, c); err != nil {
				return removed, fmt.Errorf("change %d: %w", c.Version, err)
			}
			removed = removed || c.Op == store.ChangeRemove
		}
		if len(changes) < batch {
			return removed, nil
		}
	}
}

func (x *Index) apply(ctx context.Context, company osprey.ID, g *gallery.Exact, c store.ChangedImage) error {
	change := gallery.Change{Version: c.Version, Op: gallery.OpSkip}
	change.Entry = gallery.Entry{Image: string(c.Image), Person: string(c.Person), Model: x.o.Model}
	switch c.Op {
	case store.ChangeAdd:
		// An image that a later change removed has no template any more: it is
		// passed over, and its removal finds nothing to remove.
		if c.Template == nil || c.Template.Model != x.o.Model {
			break
		}
		v, err := x.o.Templates.Open(ctx, company, c.Image, *c.Template)
		if err != nil {
			return err
		}
		defer clear(v)
		change.Op, change.Entry.Vector = gallery.OpAdd, v
	case store.ChangeRemove:
		change.Op = gallery.OpRemove
	case store.ChangeMove:
		change.Op = gallery.OpMove
	default:
		return fmt.Errorf("%w: operation %q", errLog, c.Op)
	}
	err := g.Apply(ctx, change)
	if errors.Is(err, gallery.ErrUnknownImage) {
		// A move of an image that was passed over when it was added: it is of another
		// model, or a later change removed it.
		change.Op = gallery.OpSkip
		err = g.Apply(ctx, change)
	}
	return err
}

// rebuild fills a new gallery from the templates of the rows, in one snapshot of
// the database, and puts it in place of the slot's.
func (x *Index) rebuild(ctx context.Context, s *slot) error {
	g, err := x.build(ctx, s.company, s.collection)
	if err != nil {
		return err
	}
	old := s.gallery
	s.gallery, s.saved = g, 0
	if old != nil {
		_ = old.Close() // searches that still run in it end with ErrClosed and are repeated
	}
	return nil
}

func (x *Index) build(ctx context.Context, company, collection osprey.ID) (*gallery.Exact, error) {
	config := gallery.Config{Model: x.o.Model, Dim: x.o.Dim}
	var g *gallery.Exact
	err := x.o.Store.Read(ctx, osprey.Within(company), func(tx *store.Tx) error {
		c, err := tx.Collection(collection)
		if err != nil {
			return err
		}
		g, err = gallery.BuildExact(ctx, config, c.Version, x.entries(ctx, tx, company, collection))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("build gallery of collection %s: %w", collection, err)
	}
	return g, nil
}

// entries streams the rows of a collection as gallery entries.
func (x *Index) entries(ctx context.Context, tx *store.Tx, company, collection osprey.ID) func(func(gallery.Entry, error) bool) {
	return func(yield func(gallery.Entry, error) bool) {
		var after osprey.ID
		for {
			rows, err := tx.GalleryRows(collection, after, batch)
			if err != nil {
				yield(gallery.Entry{}, err)
				return
			}
			for _, r := range rows {
				after = r.Image
				if r.Template.Model != x.o.Model {
					continue // templates of another model are never compared
				}
				v, err := x.o.Templates.Open(ctx, company, r.Image, r.Template)
				if err != nil {
					yield(gallery.Entry{}, fmt.Errorf("image %s: %w", r.Image, err))
					return
				}
				more := yield(gallery.Entry{Image: string(r.Image), Person: string(r.Person), Model: x.o.Model, Vector: v}, nil)
				clear(v)
				if !more {
					return
				}
			}
			if len(rows) < batch {
				return
			}
		}
	}
}

// Drop forgets a collection that was deleted, with its snapshot.
func (x *Index) Drop(collection osprey.ID) {
	x.mu.Lock()
	s := x.slots[collection]
	delete(x.slots, collection)
	x.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gallery != nil {
		_ = s.gallery.Close()
		s.gallery = nil
	}
	x.dropSnapshot(s)
}

// Room refuses an enrolment of n more photos in a collection when the galleries
// would outgrow their memory.
func (x *Index) Room(c osprey.Collection, n int) error {
	_, _, need := x.Size()
	s := x.slot(c.ID, c.Company)
	s.mu.Lock()
	if g := s.gallery; g != nil {
		need += g.Cost(g.Len()+n) - g.Cost(g.Len())
	}
	s.mu.Unlock()
	if x.o.Memory > 0 && need > x.o.Memory {
		return osprey.Unavailable("index_full", retryFull, "The search index is full").
			With("limit", x.o.Memory).With("actual", need)
	}
	return nil
}

// Size tells how many galleries there are, their photos and their bytes.
func (x *Index) Size() (collections, images int, bytes int64) {
	for _, s := range x.all() {
		s.mu.Lock()
		if s.gallery != nil {
			collections++
			images += s.gallery.Len()
			bytes += s.gallery.Bytes()
		}
		s.mu.Unlock()
	}
	return collections, images, bytes
}

func (x *Index) all() []*slot {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := make([]*slot, 0, len(x.slots))
	for _, s := range x.slots {
		out = append(out, s)
	}
	return out
}

// Close overwrites and releases all templates in memory.
func (x *Index) Close() {
	for _, s := range x.all() {
		s.mu.Lock()
		if s.gallery != nil {
			_ = s.gallery.Close()
			s.gallery = nil
		}
		s.mu.Unlock()
	}
}
