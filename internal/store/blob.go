package store

import "example.org/osprey"

// AddBlobIntent notes that blobs with these keys are about to be written: a
// start after a crash deletes those that no row names.
func (tx *Tx) AddBlobIntent(keys []string) error { panic("unwritten") }

// DropBlobIntent removes the notes: a row names the blobs now.
func (tx *Tx) DropBlobIntent(keys []string) error { panic("unwritten") }

// BlobIntents lists the notes older than the moment, at most limit.
func (tx *Tx) BlobIntents(before osprey.Time, limit int) ([]string, error) { panic("unwritten") }

// BlobNamed reports which of the keys a row names.
func (tx *Tx) BlobNamed(keys []string) (map[string]bool, error) { panic("unwritten") }

// AddBlobErase notes that blobs with these keys are to be erased.
func (tx *Tx) AddBlobErase(keys []string) error { panic("unwritten") }

// BlobErases lists keys to be erased, oldest first, at most limit.
func (tx *Tx) BlobErases(limit int) ([]string, error) { panic("unwritten") }

// DropBlobErase removes the notes of erased blobs.
func (tx *Tx) DropBlobErase(keys []string) error { panic("unwritten") }

// BlobKeys lists the keys that rows name, in order, after the one given, at most
// limit (for `osprey check`).
func (tx *Tx) BlobKeys(after string, limit int) ([]string, error) { panic("unwritten") }

// DataKey is a wrapped data key of a company for one purpose.
type DataKey struct {
	Company osprey.ID
	Purpose string
	ID      uint32
	Wrapped []byte
	Created osprey.Time
}

// DataKeys returns the wrapped keys of a company and purpose, newest first.
func (tx *Tx) DataKeys(company osprey.ID, purpose string) ([]DataKey, error) { panic("unwritten") }

// InsertDataKey stores a wrapped key. ErrDuplicate: that id exists.
func (tx *Tx) InsertDataKey(k DataKey) error { panic("unwritten") }
