package store

import "example.org/osprey"

// Collection returns one.
func (tx *Tx) Collection(id osprey.ID) (osprey.Collection, error) { panic("unwritten") }

// LockCollection returns one and holds its row until the transaction ends
// (FOR UPDATE; SQLite has one writer anyway).
func (tx *Tx) LockCollection(id osprey.ID) (osprey.Collection, error) { panic("unwritten") }

// ShareCollections returns the collections in the order of their ids and holds
// their rows against changes until the transaction ends (FOR SHARE).
func (tx *Tx) ShareCollections(ids []osprey.ID) ([]osprey.Collection, error) { panic("unwritten") }

// CollectionByAlias finds one of a company by its folded alias.
func (tx *Tx) CollectionByAlias(company osprey.ID, alias string) (osprey.Collection, error) {
	panic("unwritten")
}

// Collections lists them; fields: id, company_id, alias. Search: alias.
func (tx *Tx) Collections(q Query) ([]osprey.Collection, int, error) { panic("unwritten") }

// InsertCollection stores a new one. ErrDuplicate: the alias is taken.
func (tx *Tx) InsertCollection(c osprey.Collection) error { panic("unwritten") }

// UpdateCollection replaces alias, on_match, threshold, target_fpir, face_rule,
// metadata and the update time. ErrDuplicate as above.
func (tx *Tx) UpdateCollection(c osprey.Collection) error { panic("unwritten") }

// DeleteCollection removes one that has no persons, with its change log.
func (tx *Tx) DeleteCollection(id osprey.ID) error { panic("unwritten") }

// SetCollectionState writes version, digest and the counters, in the transaction
// that changed its photos, and the update time.
func (tx *Tx) SetCollectionState(c osprey.Collection) error { panic("unwritten") }

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

// AppendChange adds a row to the change log.
func (tx *Tx) AppendChange(c Change) error { panic("unwritten") }

// ChangedImage is a change with the template it needs (nil for removals and for
// images that a later change removed).
type ChangedImage struct {
	Change
	Template *osprey.SealedTemplate
}

// Changes returns the changes above a version in order, at most limit.
func (tx *Tx) Changes(collection osprey.ID, above int64, limit int) ([]ChangedImage, error) {
	panic("unwritten")
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
	panic("unwritten")
}

// PruneChanges removes changes of a collection up to and including a version.
func (tx *Tx) PruneChanges(collection osprey.ID, upTo int64) error { panic("unwritten") }
