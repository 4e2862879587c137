// Package vault seals bytes for companies: envelope encryption with AES-256-GCM.
//
// Three layers of keys: the instance secret (a file or a setting, see Secret)
// derives the master key; the master key wraps data keys, random ones, for each
// company and purpose; a data key seals what is stored, bound to what it is (AAD).
// So a data key can be replaced, and destroying it destroys everything it sealed.
//
// The package knows no SQL and no files but the secret's own: wrapped keys come
// and go through KeyStore.
//
//	secret, err := vault.LoadSecret(path, "")
//	v, err := vault.New(secret.Derive("wrap", vault.MasterBytes))
//	ring := vault.NewRing(v, store.Keys(), 0)
//	sealed, err := ring.Seal(ctx, company, "template", vault.AAD("template", company, image, model), plaintext)
package vault

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"example.org/osprey"
)

// ErrTampered is returned when bytes are not what was sealed, or are not bound to
// what they are opened as: another company, object, purpose or model.
var ErrTampered = errors.New("vault: the sealed bytes are not what was sealed for this object")

// ErrKeyDestroyed is returned when the data key that sealed the bytes is gone: so
// are the bytes.
var ErrKeyDestroyed = errors.New("vault: the data key is gone")

// ErrMalformed is returned for bytes that no version of this package has sealed.
var ErrMalformed = errors.New("vault: not sealed bytes")

// The lengths of keys, in bytes.
const (
	MasterBytes = 32
	dataBytes   = 32
)

// A sealed text is: version (1 byte), id of the data key (4, big endian), then
// nonce (12), ciphertext and tag (16) as tink writes them. A wrapped key has the
// same shape without the id.
const (
	version   = 1
	sealHead  = 1 + 4
	wrapHead  = 1
	gcmExtra  = subtle.AESGCMIVSize + subtle.AESGCMTagSize
	keyLength = wrapHead + gcmExtra + dataBytes
)

// Overhead is how many bytes sealing adds.
const Overhead = sealHead + gcmExtra

// AAD is what sealed bytes are bound to. Model is the SHA-256 of the embedder for
// templates, else what tells two sealed texts of one object apart. None but the
// last may contain a bar.
func AAD(purpose string, company, object osprey.ID, model string) []byte {
	return []byte("osprey/v1|" + purpose + "|" + string(company) + "|" + string(object) + "|" + model)
}

// Vault wraps and unwraps data keys with the master key. It is safe for
// concurrent use.
type Vault struct{ master tink.AEAD }

// New makes a vault of a master key of MasterBytes bytes.
func New(master []byte) (*Vault, error) {
	if len(master) != MasterBytes {
		return nil, fmt.Errorf("vault: a master key has %d bytes, not %d", MasterBytes, len(master))
	}
	a, err := subtle.NewAESGCM(master)
	if err != nil {
		return nil, fmt.Errorf("vault: master key: %w", err)
	}
	return &Vault{master: a}, nil
}

// newKey makes a random data key and returns it wrapped.
func (v *Vault) newKey(company osprey.ID, purpose string, id uint32) ([]byte, error) {
	key := make([]byte, dataBytes)
	_, _ = rand.Read(key) // never fails: it ends the process instead
	wrapped, err := v.master.Encrypt(key, wrapAAD(company, purpose, id))
	if err != nil {
		return nil, fmt.Errorf("vault: wrap a data key: %w", err)
	}
	return append([]byte{version}, wrapped...), nil
}

// unwrap opens a wrapped data key. ErrTampered: it was wrapped by another master
// key, or for another company, purpose or id.
func (v *Vault) unwrap(company osprey.ID, purpose string, id uint32, wrapped []byte) (tink.AEAD, error) {
	if len(wrapped) != keyLength || wrapped[0] != version {
		return nil, fmt.Errorf("%w: a wrapped key of %d bytes", ErrMalformed, len(wrapped))
	}
	key, err := v.master.Decrypt(wrapped[wrapHead:], wrapAAD(company, purpose, id))
	if err != nil {
		return nil, fmt.Errorf("%w: data key %d of purpose %s (is this the instance's own secret?)", ErrTampered, id, purpose)
	}
	open, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("vault: data key: %w", err)
	}
	return open, nil
}

func wrapAAD(company osprey.ID, purpose string, id uint32) []byte {
	return AAD("wrap", company, osprey.ID(purpose), fmt.Sprint(id))
}

// seal encrypts with an open data key.
func seal(key tink.AEAD, id uint32, aad, plaintext []byte) ([]byte, error) {
	sealed, err := key.Encrypt(plaintext, aad)
	if err != nil {
		return nil, fmt.Errorf("vault: seal: %w", err)
	}
	out := make([]byte, sealHead, sealHead+len(sealed))
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], id)
	return append(out, sealed...), nil
}

// KeyID reads which data key sealed the bytes.
func KeyID(sealed []byte) (uint32, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return 0, fmt.Errorf("%w: %d bytes", ErrMalformed, len(sealed))
	}
	return binary.BigEndian.Uint32(sealed[1:]), nil
}
