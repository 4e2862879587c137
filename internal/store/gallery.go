package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// ChangeOp is what a change did.
type ChangeOp string

// The changes that a gallery applies.
const (
	ChangeAdd    ChangeOp = "add"
	ChangeRemove ChangeOp = "remove"
	ChangeMove   ChangeOp = "move" // Person is the new one
)

// Change is one row of a collection's change log.
type Change struct {
	Collection osprey.ID
	Version    int64
	Op         ChangeOp
	Image      osprey.ID
	Person     osprey.ID
}

// AppendChange adds a row to the change log. ErrDuplicate: that version exists,
// the collection was not locked.
func (tx *Tx) AppendChange(c Change) error {
	return tx.one(tx.q.AppendChange(tx.ctx, query.AppendChangeParams{
		CollectionID: c.Collection, Version: c.Version, Op: string(c.Op), ImageID: c.Image, PersonID: c.Person,
		Scope: tx.company(),
	}))
}

// ChangedImage is a change with the template it needs (nil for removals, moves
// and images that a later change removed).
type ChangedImage struct {
	Change
	Template *osprey.SealedTemplate
}

// Changes returns the changes above a version in order, at most limit.
func (tx *Tx) Changes(collection osprey.ID, above int64, limit int) ([]ChangedImage, error) {
	rows, err := tx.q.Changes(tx.ctx, query.ChangesParams{
		CollectionID: collection, Above: above, Scope: tx.company(), Most: int64(limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]ChangedImage, len(rows))
	for i, r := range rows {
		out[i].Change = Change{
			Collection: collection, Version: r.Version, Op: ChangeOp(r.Op), Image: r.ImageID, Person: r.PersonID,
		}
		if r.Model != nil {
			out[i].Template = &osprey.SealedTemplate{Model: *r.Model, Bytes: r.Template}
		}
	}
	return out, nil
}

// GalleryRow is one enrolled photo as an index loads it.
type GalleryRow struct {
	Image    osprey.ID
	Person   osprey.ID
	Template osprey.SealedTemplate
}

// GalleryRows streams the enrolled photos of a collection in order of image id,
// after the one named, at most limit.
func (tx *Tx) GalleryRows(collection, after osprey.ID, limit int) ([]GalleryRow, error) {
	rows, err := tx.q.GalleryRows(tx.ctx, query.GalleryRowsParams{
		CollectionID: collection, After: after, Scope: tx.company(), Most: int64(limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]GalleryRow, len(rows))
	for i, r := range rows {
		out[i] = GalleryRow{Image: r.ImageID, Person: r.PersonID, Template: osprey.SealedTemplate{Model: r.Model, Bytes: r.Template}}
	}
	return out, nil
}

// PruneChanges removes changes of a collection up to and including a version.
// Galleries older than it have to load the collection anew (see PrunedTo).
func (tx *Tx) PruneChanges(collection osprey.ID, upTo int64) error {
	err := tx.q.PruneChanges(tx.ctx, query.PruneChangesParams{CollectionID: collection, UpTo: upTo, Scope: tx.company()})
	if err != nil {
		return tx.fail(err)
	}
	_, err = tx.q.MarkPruned(tx.ctx, query.MarkPrunedParams{ID: collection, UpTo: upTo, Scope: tx.company()})
	return tx.fail(err)
}

// PrunedTo returns the version up to which the change log of a collection is gone:
// a snapshot below it cannot be brought up to date by replaying.
func (tx *Tx) PrunedTo(collection osprey.ID) (int64, error) {
	v, err := tx.q.PrunedTo(tx.ctx, query.PrunedToParams{ID: collection, Scope: tx.company()})
	return v, tx.fail(err)
}
