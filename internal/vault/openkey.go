package vault

import (
	"context"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"example.org/osprey"
)

// OpenKey is a data key in memory. It reads and writes nothing, so that it may seal inside
// a transaction: AES-GCM of a few kilobytes takes microseconds. It is safe for
// concurrent use.
type OpenKey struct {
	id   uint32
	aead tink.AEAD
}

// NewOpenKey makes a key of MasterBytes bytes that belongs to no company: one derived
// from the instance secret.
func NewOpenKey(key []byte) (*OpenKey, error) {
	if len(key) != MasterBytes {
		return nil, fmt.Errorf("vault: a key has %d bytes, not %d", MasterBytes, len(key))
	}
	a, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("vault: key: %w", err)
	}
	return &OpenKey{aead: a}, nil
}

// Seal encrypts plaintext and binds it to aad (see AAD).
func (k *OpenKey) Seal(aad, plaintext []byte) ([]byte, error) {
	return seal(k.aead, k.id, aad, plaintext)
}

// Open decrypts what this key sealed. ErrTampered: the bytes or aad are not what
// they were, or another key sealed them; ErrMalformed: they were never sealed.
func (k *OpenKey) Open(aad, sealed []byte) ([]byte, error) {
	id, err := KeyID(sealed)
	if err != nil {
		return nil, err
	}
	if id != k.id {
		return nil, ErrTampered
	}
	plaintext, err := k.aead.Decrypt(sealed[sealHead:], aad)
	if err != nil {
		return nil, ErrTampered
	}
	return plaintext, nil
}

// Key returns the data key that seals for the company and purpose, made when there
// is none: call it before a transaction in which something is to be sealed, never
// inside.
func (r *Ring) Key(ctx context.Context, company osprey.ID, purpose string) (*OpenKey, error) {
	s, err := r.open(ctx, shelfKey{company, purpose})
	if err != nil {
		return nil, err
	}
	if s.newest == 0 {
		if s, err = r.add(ctx, s); err != nil {
			return nil, err
		}
	}
	return &OpenKey{id: s.newest, aead: s.keys[s.newest]}, nil
}
