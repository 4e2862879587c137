package store

import (
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// Every blob that a row names has a row of its own with its size, from the transaction
// that settles it (blob.Intent) to the one that gives it up (AddBlobErase), and the
// sizes of a company have a sum. Like the other methods on blobs these know keys and
// nothing else.

// AddBlobStored notes that a company stores a blob of so many bytes, as sealed.
func (tx *Tx) AddBlobStored(company osprey.ID, sizes map[string]int64) error {
	var sum int64
	for _, key := range sortedKeysOf(sizes) {
		err := tx.q.AddBlobStored(tx.ctx, query.AddBlobStoredParams{BlobKey: key, CompanyID: company, Bytes: sizes[key]})
		if err != nil {
			return tx.fail(err)
		}
		sum += sizes[key]
	}
	if len(sizes) == 0 {
		return nil
	}
	return tx.fail(tx.q.AddStored(tx.ctx, query.AddStoredParams{CompanyID: company, Bytes: sum}))
}

// dropBlobStored forgets a blob that is to be erased; one that has no size (it was
// never settled, or is given up twice) is passed over.
func (tx *Tx) dropBlobStored(key string) error {
	r, err := tx.q.TakeBlobStored(tx.ctx, key)
	if err = tx.fail(err); errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.fail(tx.q.AddStored(tx.ctx, query.AddStoredParams{CompanyID: r.CompanyID, Bytes: -r.Bytes}))
}

// UnmeasuredBlob is a blob whose size is not known: it was stored by an older version.
type UnmeasuredBlob struct {
	Key     string
	Company osprey.ID
}

// UnmeasuredBlobs lists blobs that rows name and that have no size, at most limit. It
// needs osprey.Everything().
func (tx *Tx) UnmeasuredBlobs(limit int) ([]UnmeasuredBlob, error) {
	if err := tx.everything(); err != nil {
		return nil, err
	}
	rows, err := tx.q.UnmeasuredBlobs(tx.ctx, int64(limit))
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]UnmeasuredBlob, len(rows))
	for i, r := range rows {
		out[i] = UnmeasuredBlob{Key: r.BlobKey, Company: r.CompanyID}
	}
	return out, nil
}
