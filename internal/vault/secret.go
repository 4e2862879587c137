package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// SecretBytes is the length of the instance secret.
const SecretBytes = 32

// minOverride is the shortest text that server.secret_key may be, in bytes.
const minOverride = 32

// maxSecretFile bounds the key file, in bytes.
const maxSecretFile = 4096

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

// secretFile is the key file, version 1.
type secretFile struct {
	Version int    `json:"version"`
	Secret  string `json:"secret"` // hex
	Created string `json:"created"`
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
	f, err := os.Open(path) //nolint:gosec // the configured path
	if err != nil {
		return nil, err
	}
	b, err := readPrivate(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("vault: the key file %s: %w", path, err)
	}
	s, err := parseSecret(b)
	if err != nil {
		return nil, fmt.Errorf("vault: the key file %s: %w", path, err)
	}
	return s, nil
}

// readPrivate reads a small file that only its owner may read.
func readPrivate(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("can be read by others (mode %04o): run chmod 600 on it", mode)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err == nil && len(b) > maxSecretFile {
		err = fmt.Errorf("is larger than %d bytes", maxSecretFile)
	}
	return b, err
}

func parseSecret(b []byte) (*Secret, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var f secretFile
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("is not a key file: %w", err)
	}
	if d.More() {
		return nil, errors.New("is not a key file: something follows the object")
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("has version %d, this build knows 1", f.Version)
	}
	key, err := hex.DecodeString(f.Secret)
	if err != nil || len(key) != SecretBytes {
		return nil, fmt.Errorf("its secret is not %d bytes in hex", SecretBytes)
	}
	return &Secret{key: key}, nil
}

// createSecret writes a new key file, whole and durable or not at all. It never
// replaces one: when somebody else was faster, theirs stays.
func createSecret(path string) (err error) {
	key := make([]byte, SecretBytes)
	_, _ = rand.Read(key) // never fails: it ends the process instead
	b, err := json.MarshalIndent(secretFile{Version: 1, Secret: hex.EncodeToString(key),
		Created: time.Now().UTC().Format(time.RFC3339)}, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreMissing(os.Remove(f.Name()))) }()
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// syncDir makes a new name in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path) //nolint:gosec // the folder of the configured path
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
