package blob

import (
	"context"
	"errors"
	"syscall"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/vault"
)

// purpose is that of the data keys that seal media.
const purpose = "media"

// Store keeps media sealed in a bucket. A blob can only be opened under its own
// key, for the company and the object it was put for.
//
// Its errors: ErrNotFound as it is, an ended context as it is, a full disk as
// CodeUnavailable with the reason "disk_full", everything else of the bucket as
// CodeExternalService, and sealed bytes that cannot be opened as CodeUnknown with
// vault.ErrTampered or vault.ErrKeyDestroyed inside.
type Store struct {
	bucket Bucket
	ring   *vault.Ring
}

// New makes a store of a bucket and the ring with the data keys.
func New(bucket Bucket, ring *vault.Ring) *Store { return &Store{bucket: bucket, ring: ring} }

// Put seals data of an object and keeps them under a new key. Where a crash must
// leave nothing behind, note the key first and use PutKey.
func (s *Store) Put(ctx context.Context, company, object osprey.ID, data []byte) (string, error) {
	key := NewKey()
	return key, s.PutKey(ctx, key, company, object, data)
}

// PutKey seals data of an object and keeps them under a key of NewKey. They are
// durable when it returns.
func (s *Store) PutKey(ctx context.Context, key string, company, object osprey.ID, data []byte) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	sealed, err := s.ring.Seal(ctx, company, purpose, binding(key, company, object), data)
	if err != nil {
		return err
	}
	return wrap(ctx, s.bucket.Put(ctx, key, sealed))
}

// Get returns the data of a key.
func (s *Store) Get(ctx context.Context, key string, company, object osprey.ID) ([]byte, error) {
	sealed, err := s.bucket.Get(ctx, key)
	if err != nil {
		return nil, wrap(ctx, err)
	}
	data, err := s.ring.Open(ctx, company, purpose, binding(key, company, object), sealed)
	if errors.Is(err, vault.ErrTampered) || errors.Is(err, vault.ErrKeyDestroyed) || errors.Is(err, vault.ErrMalformed) {
		return nil, &osprey.Error{Code: osprey.CodeUnknown, Message: "Unknown server side error occurred", Err: err}
	}
	return data, err
}

// Delete erases a blob; one that is not there is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	return wrap(ctx, s.bucket.Delete(ctx, key))
}

// Keys calls fn for every key of the bucket, in no particular order.
func (s *Store) Keys(ctx context.Context, fn func(key string) error) error {
	var stop error
	err := s.bucket.List(ctx, func(key string) error {
		stop = fn(key)
		return stop
	})
	if stop != nil {
		return stop // the caller's own error, as it is
	}
	return wrap(ctx, err)
}

// Sweep removes what interrupted writing left behind, in buckets where it can. It
// is for the start, before anything is put.
func (s *Store) Sweep(ctx context.Context) (int, error) {
	b, ok := s.bucket.(interface {
		Sweep(ctx context.Context) (int, error)
	})
	if !ok {
		return 0, nil
	}
	n, err := b.Sweep(ctx)
	return n, wrap(ctx, err)
}

// binding is what a sealed blob belongs to. Its key stands where templates have
// their model: an object has several blobs, which must not stand for each other.
func binding(key string, company, object osprey.ID) []byte {
	return vault.AAD(purpose, company, object, key)
}

// retryFull is the wait when the disk is full: an operator has to act.
const retryFull = time.Minute

// wrap turns an error of a bucket into one that callers can answer with.
func wrap(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, ErrBadKey), errors.Is(err, ErrTooLarge):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e := osprey.Unavailable("disk_full", retryFull, "The media storage is full")
		e.Err = err
		return e
	default:
		return &osprey.Error{Code: osprey.CodeExternalService, Message: "The media storage failed", Err: err}
	}
}
