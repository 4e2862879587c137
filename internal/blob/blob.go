// Package blob keeps the bytes of media: sealed by the vault, in a bucket that
// knows nothing but keys. File is the bucket of one machine; others pass the same
// suite (blobtest).
//
// Blobs are written before the rows that name them and erased after them. A key is
// made by the caller, noted as an intent in the store, and only then put, so that a
// start after a crash can erase what no row names:
//
//	key := blob.NewKey()
//	err := st.Write(ctx, scope, func(tx *store.Tx) error { return tx.AddBlobIntent([]string{key}) })
//	err = blobs.PutKey(ctx, key, company, object, data)
//	err = st.Write(ctx, scope, func(tx *store.Tx) error { ...rows...; return tx.DropBlobIntent([]string{key}) })
package blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
)

// ErrNotFound is returned for a key that holds nothing.
var ErrNotFound = errors.New("blob: no such blob")

// ErrBadKey is returned for a key that NewKey cannot have made.
var ErrBadKey = errors.New("blob: not a key")

// ErrTooLarge is returned for data above MaxBytes.
var ErrTooLarge = errors.New("blob: larger than a blob may be")

// MaxBytes is the largest blob, sealed: above every limit on uploads.
const MaxBytes = 256 << 20

// Bucket keeps bytes under keys. Its contract, which blobtest checks:
//
//   - Keys are those of NewKey; others are ErrBadKey, whatever the method.
//   - Put is durable when it returns nil: the bytes survive the end of the process
//     and of the machine. A reader sees all of a blob or none of it. Keys are never
//     reused, but putting one again (a retry) replaces it, as a whole.
//   - Get returns the bytes, which the caller owns; ErrNotFound when there are none.
//   - Delete is durable, and idempotent: a key that holds nothing is no error.
//   - List calls fn once for every key, in no particular order, and stops at the
//     first error, which it returns. Keys that are put or deleted meanwhile may
//     come or not. fn may call Delete.
//   - A context that has ended is returned as its error; what was asked may then
//     have happened or not.
//   - Everything is safe for concurrent use. Errors of the system come wrapped.
type Bucket interface {
	Put(ctx context.Context, key string, data []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, fn func(key string) error) error
}

// keyBytes is the length of a key before it is written in hex.
const keyBytes = 16

// NewKey makes a random key: 32 hexadecimal digits.
func NewKey() string {
	var b [keyBytes]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	return hex.EncodeToString(b[:])
}

// CheckKey refuses what NewKey cannot have made. Buckets call it first, so that no
// key can be a path.
func CheckKey(key string) error {
	if !isKey(key) {
		return ErrBadKey
	}
	return nil
}

func isKey(s string) bool {
	if len(s) != 2*keyBytes {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
