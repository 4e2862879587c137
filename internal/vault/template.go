package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// TemplateKey protects templates that leave the installation (components.md 1.4).
type TemplateKey struct {
	ID uint32
	// Sign is the key of HMAC-SHA-256: HKDF-SHA-256 of the instance secret with the
	// salt "osprey-template-v1" and the key's id, big endian, as info.
	Sign []byte
	// Seal is the key of AES-256-GCM, from the salt "osprey-template-seal-v1".
	Seal []byte
}

const (
	templateSignSalt = "osprey-template-v1"
	templateSealSalt = "osprey-template-seal-v1"
	templateKeyBytes = 32
)

// templateKey derives the key with an id.
func (s *Secret) templateKey(id uint32) *TemplateKey {
	derive := func(salt string) []byte {
		key, err := hkdf.Key(sha256.New, s.key, []byte(salt), string(binary.BigEndian.AppendUint32(nil, id)), templateKeyBytes)
		if err != nil {
			panic(fmt.Sprintf("vault: derive a template key: %v", err)) // the length is fine
		}
		return key
	}
	return &TemplateKey{ID: id, Sign: derive(templateSignSalt), Seal: derive(templateSealSalt)}
}

// TemplateKeys gives the keys of the template ring as the key file has it at the
// moment: a rotation or removal acts on a running process with its next use. It is
// safe for concurrent use.
type TemplateKeys struct {
	secret *Secret
	path   string

	mu    sync.Mutex
	stamp stamp
	keys  map[uint32]*TemplateKey
	last  uint32
}

// stamp tells one version of a file from another.
type stamp struct {
	info    os.FileInfo // nil: there is no file
	changed time.Time
	size    int64
}

func (s stamp) same(o stamp) bool {
	if s.info == nil || o.info == nil {
		return s.info == nil && o.info == nil
	}
	return os.SameFile(s.info, o.info) && s.changed.Equal(o.changed) && s.size == o.size
}

// OpenTemplateKeys reads the ring of a key file, which need not exist where the secret
// comes from a setting.
func OpenTemplateKeys(path string, s *Secret) (*TemplateKeys, error) {
	k := &TemplateKeys{secret: s, path: path}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k, k.load()
}

// Current is the key that protects new templates.
func (k *TemplateKeys) Current() *TemplateKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	return k.keys[k.last]
}

// Key is the key with an id; false when the ring does not hold it (any more).
func (k *TemplateKeys) Key(id uint32) (*TemplateKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	key, ok := k.keys[id]
	return key, ok
}

// refresh reads the file again when it is another one than before. A file that cannot
// be read leaves the ring as it was: the next use tries again.
func (k *TemplateKeys) refresh() {
	if now, err := stampOf(k.path); err == nil && now.same(k.stamp) {
		return
	}
	_ = k.load()
}

func (k *TemplateKeys) load() error {
	at, err := stampOf(k.path)
	if err != nil {
		return fmt.Errorf("vault: the key file %s: %w", k.path, err)
	}
	var f keyFile
	if at.info != nil {
		if f, err = readKeyFile(k.path); err != nil {
			return err
		}
	} else if k.keys != nil { // it was there before: away for a moment, or lost
		return fmt.Errorf("vault: the key file %s: %w", k.path, os.ErrNotExist)
	}
	keys := make(map[uint32]*TemplateKey)
	for _, one := range f.ring(PurposeTemplate) {
		key, ok := k.keys[one.ID]
		if !ok {
			key = k.secret.templateKey(one.ID)
		}
		keys[one.ID], k.last = key, one.ID
	}
	k.keys, k.stamp = keys, at
	return nil
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return stamp{}, nil
	}
	if err != nil {
		return stamp{}, err
	}
	return stamp{info: info, changed: info.ModTime(), size: info.Size()}, nil
}
