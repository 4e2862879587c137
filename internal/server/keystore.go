package server

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// keyStore keeps the vault's wrapped data keys in the database.
type keyStore struct{ st *store.Store }

// Load returns the wrapped keys of a company and purpose.
func (k keyStore) Load(ctx context.Context, company osprey.ID, purpose string) (map[uint32][]byte, error) {
	var keys []store.DataKey
	err := k.st.Read(ctx, osprey.Within(company), func(tx *store.Tx) (err error) {
		keys, err = tx.DataKeys(company, purpose)
		return err
	})
	if err != nil {
		return nil, err
	}
	wrapped := make(map[uint32][]byte, len(keys))
	for _, key := range keys {
		wrapped[key.ID] = key.Wrapped
	}
	return wrapped, nil
}

// Add stores a wrapped key; false when its id is taken.
func (k keyStore) Add(ctx context.Context, company osprey.ID, purpose string, id uint32, wrapped []byte) (bool, error) {
	err := k.st.Write(ctx, osprey.Within(company), func(tx *store.Tx) error {
		return tx.InsertDataKey(store.DataKey{Company: company, Purpose: purpose, ID: id, Wrapped: wrapped, Created: tx.Now()})
	})
	if errors.Is(err, store.ErrDuplicate) {
		return false, nil
	}
	return err == nil, err
}
