package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"
)

// SecretBytes is the length of the instance secret.
const SecretBytes = 32

// minOverride is the shortest text that server.secret_key may be, in bytes.
const minOverride = 32

// maxSecretFile bounds the key file, in bytes.
const maxSecretFile = 16 << 10

// Secret is the instance secret: from it the master key and the signing keys are
// derived. Whoever has it and the data has everything; losing it loses all that
// was sealed. It prints as a placeholder.
type Secret struct{ key []byte }

// String keeps the secret out of logs.
func (*Secret) String() string { return "vault.Secret(hidden)" }

// GoString does so for %#v.
func (s *Secret) GoString() string { return s.String() }

// Derive returns n bytes for one purpose by HKDF-SHA256. Purposes give
// independent keys. n is at most 8160; more is a fault of the program and panics.
func (s *Secret) Derive(purpose string, n int) []byte {
	key, err := hkdf.Key(sha256.New, s.key, nil, "osprey/v1|"+purpose, n)
	if err != nil {
		panic(fmt.Sprintf("vault: derive %d bytes: %v", n, err))
	}
	return key
}

// MAC returns HMAC-SHA-256 of a text under the secret itself, for the keys whose
// derivation the contract fixes. Text begins with the name of its purpose.
func (s *Secret) MAC(text string) []byte {
	h := hmac.New(sha256.New, s.key)
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum(nil)
}

// LoadSecret returns the instance secret: the override when there is one
// (server.secret_key), else that of the file, which is made with mode 0600 when it
// does not exist. A file that others may read is refused.
func LoadSecret(path, override string) (*Secret, error) {
	if override != "" {
		return overrideSecret(override)
	}
	s, err := readSecret(path)
	if !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	if err := createSecret(path); err != nil {
		return nil, fmt.Errorf("vault: create the key file %s: %w", path, err)
	}
	return readSecret(path)
}

// ReadSecret is LoadSecret for who must not write: without an override the file has
// to be there.
func ReadSecret(path, override string) (*Secret, error) {
	if override != "" {
		return overrideSecret(override)
	}
	return readSecret(path)
}

// overrideSecret takes the hex of a key file as that secret, other texts by their
// hash.
func overrideSecret(text string) (*Secret, error) {
	if len(text) < minOverride {
		return nil, fmt.Errorf("vault: server.secret_key has %d characters, it needs at least %d", len(text), minOverride)
	}
	if key, err := hex.DecodeString(text); err == nil && len(key) == SecretBytes {
		return &Secret{key: key}, nil
	}
	h := sha256.Sum256([]byte(text))
	return &Secret{key: h[:]}, nil
}

func readSecret(path string) (*Secret, error) {
	f, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	s, err := f.instance()
	if err != nil {
		return nil, fmt.Errorf("vault: the key file %s: %w", path, err)
	}
	return s, nil
}

func parseSecret(b []byte) (*Secret, error) {
	f, err := parseKeyFile(b)
	if err != nil {
		return nil, err
	}
	return f.instance()
}

// createSecret writes a new key file, whole and durable or not at all. It never
// replaces one: when somebody else was faster, theirs stays.
func createSecret(path string) error {
	key := make([]byte, SecretBytes)
	_, _ = rand.Read(key) // never fails: it ends the process instead
	return keyFile{Version: 1, Secret: hex.EncodeToString(key), Created: time.Now().UTC().Format(time.RFC3339)}.create(path)
}
