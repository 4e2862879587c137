package store

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// DataKey is a wrapped data key of a company for one purpose.
type DataKey struct {
	Company osprey.ID
	Purpose string
	ID      uint32
	Wrapped []byte
	Created osprey.Time
}

// DataKeys returns the wrapped keys of a company and purpose, newest first.
func (tx *Tx) DataKeys(company osprey.ID, purpose string) ([]DataKey, error) {
	rows, err := tx.q.DataKeys(tx.ctx, query.DataKeysParams{CompanyID: company, Purpose: purpose, Scope: tx.company()})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]DataKey, len(rows))
	for i, r := range rows {
		out[i] = DataKey{Company: r.CompanyID, Purpose: r.Purpose, ID: uint32(r.KeyID), Wrapped: r.Wrapped, Created: r.Created}
	}
	return out, nil
}

// InsertDataKey stores a wrapped key. ErrDuplicate: that id exists. ErrReferenced:
// there is no such company (any more).
func (tx *Tx) InsertDataKey(k DataKey) error {
	if !tx.scope.Covers(k.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	return tx.fail(tx.q.InsertDataKey(tx.ctx, query.InsertDataKeyParams{
		CompanyID: k.Company, Purpose: k.Purpose, KeyID: int64(k.ID), Wrapped: notNil(k.Wrapped), Created: tx.moment(k.Created),
	}))
}

// Keys hands the wrapped data keys to a key ring, each call in a transaction of
// its own.
func (s *Store) Keys() KeyShelf { return KeyShelf{s} }

// KeyShelf is where wrapped data keys lie.
type KeyShelf struct{ store *Store }

// Load returns the wrapped keys of a company and purpose by their ids.
func (k KeyShelf) Load(ctx context.Context, company osprey.ID, purpose string) (map[uint32][]byte, error) {
	out := make(map[uint32][]byte)
	err := k.store.Read(ctx, osprey.Within(company), func(tx *Tx) error {
		keys, err := tx.DataKeys(company, purpose)
		for _, key := range keys {
			out[key.ID] = key.Wrapped
		}
		return err
	})
	return out, err
}

// Add stores a wrapped key and reports false when that id is taken.
func (k KeyShelf) Add(ctx context.Context, company osprey.ID, purpose string, id uint32, wrapped []byte) (bool, error) {
	err := k.store.Write(ctx, osprey.Within(company), func(tx *Tx) error {
		return tx.InsertDataKey(DataKey{Company: company, Purpose: purpose, ID: id, Wrapped: wrapped})
	})
	if errors.Is(err, ErrDuplicate) {
		return false, nil
	}
	return err == nil, err
}
