package store

import (
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// The kinds of Tombstone, in the order in which they are to be erased again: what is
// deleted with something else, or keeps it, comes before it.
const (
	BuriedAnalysis   = "analysis"
	BuriedMedia      = "media"
	BuriedBytes      = "media_bytes" // ClearMedia
	BuriedReport     = "report"
	BuriedFolder     = "folder"
	BuriedPerson     = "person"
	BuriedImage      = "person_image"
	BuriedCollection = "collection"
)

// BuriedKinds are all kinds, in their order.
var BuriedKinds = []string{BuriedAnalysis, BuriedMedia, BuriedBytes, BuriedReport, BuriedFolder, BuriedPerson, BuriedImage, BuriedCollection}

// Tombstone tells that an object was deleted. The row is written by the transaction
// that deletes and goes when the stone stands in the file of tombstones.
type Tombstone struct {
	Kind   string
	Object osprey.ID
	Time   osprey.Time
}

// bury writes the tombstone of an object that this transaction deletes. It is newer
// than all that stand in the file, also when the clock was set back: a copy of the
// database looks in the file for what is newer than its mark.
func (tx *Tx) bury(kind string, id osprey.ID) error {
	mark, err := tx.tombstoneMark()
	if err != nil {
		return err
	}
	return tx.fail(tx.q.InsertTombstone(tx.ctx, query.InsertTombstoneParams{Created: max(tx.now, mark+1), Kind: kind, ObjectID: id}))
}

// Tombstones lists those that are still to be written to the file, the oldest first.
func (tx *Tx) Tombstones(limit int) ([]Tombstone, error) {
	if err := tx.everything(); err != nil {
		return nil, err
	}
	rows, err := tx.q.Tombstones(tx.ctx, int64(limit))
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]Tombstone, len(rows))
	for i, r := range rows {
		out[i] = Tombstone{Kind: r.Kind, Object: r.ObjectID, Time: r.Created}
	}
	return out, nil
}

// TombstonesWritten drops those that stand in the file by now, and moves the mark.
func (tx *Tx) TombstonesWritten(written []Tombstone) error {
	if err := tx.everything(); err != nil {
		return err
	}
	var last osprey.Time
	for _, t := range written {
		err := tx.q.DropTombstone(tx.ctx, query.DropTombstoneParams{Created: t.Time, Kind: t.Kind, ObjectID: t.Object})
		if err != nil {
			return tx.fail(err)
		}
		last = max(last, t.Time)
	}
	return tx.fail(tx.q.SetTombstoneMark(tx.ctx, last))
}

// TombstoneMark is the moment of the newest tombstone that this database knows to
// stand in the file, 0 before the first.
func (tx *Tx) TombstoneMark() (osprey.Time, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	return tx.tombstoneMark()
}

func (tx *Tx) tombstoneMark() (osprey.Time, error) {
	mark, err := tx.q.TombstoneMark(tx.ctx)
	if err = tx.fail(err); errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return mark, err
}

// HomeOfPerson is the collection that a person is in.
func (tx *Tx) HomeOfPerson(id osprey.ID) (collection osprey.ID, err error) {
	collection, err = tx.q.HomeOfPerson(tx.ctx, query.HomeOfPersonParams{ID: id, Scope: tx.company()})
	return collection, tx.fail(err)
}

// HomeOfImage is the collection and the person that a photo belongs to.
func (tx *Tx) HomeOfImage(id osprey.ID) (collection, person osprey.ID, err error) {
	r, err := tx.q.HomeOfImage(tx.ctx, query.HomeOfImageParams{ID: id, Scope: tx.company()})
	return r.CollectionID, r.PersonID, tx.fail(err)
}
