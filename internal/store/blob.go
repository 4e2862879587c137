package store

import (
	"example.org/osprey/internal/store/query"

	"example.org/osprey"
)

// The methods on blobs know keys and nothing else: keys are random and belong to
// rows, not to a scope. Those that read look at the whole installation and need
// osprey.Everything(); notes are written in any scope, with the rows they go with.

// AddBlobIntent notes that blobs with these keys are about to be written: a
// start after a crash deletes those that no row names.
func (tx *Tx) AddBlobIntent(keys []string) error {
	for _, k := range keys {
		if err := tx.q.AddBlobIntent(tx.ctx, query.AddBlobIntentParams{BlobKey: k, Created: tx.now}); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

// DropBlobIntent removes the notes: a row names the blobs now.
func (tx *Tx) DropBlobIntent(keys []string) error {
	for _, k := range keys {
		if err := tx.q.DropBlobIntent(tx.ctx, k); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

// BlobIntents lists the notes older than the moment, at most limit.
func (tx *Tx) BlobIntents(before osprey.Time, limit int) ([]string, error) {
	if err := tx.everything(); err != nil {
		return nil, err
	}
	keys, err := tx.q.BlobIntents(tx.ctx, query.BlobIntentsParams{Before: before, Most: int64(limit)})
	return keys, tx.fail(err)
}

// BlobNamed reports which of the keys a row names.
func (tx *Tx) BlobNamed(keys []string) (map[string]bool, error) {
	if err := tx.everything(); err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(keys))
	for _, k := range keys {
		if k == "" { // which media without a thumbnail have
			continue
		}
		named, err := tx.q.BlobNamed(tx.ctx, k)
		if err != nil {
			return nil, tx.fail(err)
		}
		if named != 0 {
			out[k] = true
		}
	}
	return out, nil
}

// AddBlobErase notes that blobs with these keys are to be erased, and counts their
// bytes no longer; empty keys are passed over.
func (tx *Tx) AddBlobErase(keys []string) error {
	for _, k := range keys {
		if k == "" {
			continue
		}
		if err := tx.q.AddBlobErase(tx.ctx, query.AddBlobEraseParams{BlobKey: k, Created: tx.now}); err != nil {
			return tx.fail(err)
		}
		if err := tx.dropBlobStored(k); err != nil {
			return err
		}
	}
	return nil
}

// BlobErases lists keys to be erased, oldest first, at most limit.
func (tx *Tx) BlobErases(limit int) ([]string, error) {
	if err := tx.everything(); err != nil {
		return nil, err
	}
	keys, err := tx.q.BlobErases(tx.ctx, int64(limit))
	return keys, tx.fail(err)
}

// DropBlobErase removes the notes of erased blobs.
func (tx *Tx) DropBlobErase(keys []string) error {
	for _, k := range keys {
		if err := tx.q.DropBlobErase(tx.ctx, k); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

// BlobKeys lists the keys that rows name, in order, after the one given, at most
// limit (for `osprey check`).
func (tx *Tx) BlobKeys(after string, limit int) ([]string, error) {
	if err := tx.everything(); err != nil {
		return nil, err
	}
	keys, err := tx.q.BlobKeys(tx.ctx, query.BlobKeysParams{After: after, Most: int64(limit)})
	return keys, tx.fail(err)
}
