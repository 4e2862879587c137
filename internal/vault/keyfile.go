package vault

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// keyFile is the key file, version 1: the instance secret and the numbers of the keys
// that derive from it and can be rotated.
type keyFile struct {
	Version int    `json:"version"`
	Secret  string `json:"secret,omitempty"` // hex; may be absent where server.secret_key stands in for it
	Created string `json:"created"`
	// Rings are the keys of each purpose that were ever rotated.
	Rings map[Purpose]keyRing `json:"rings,omitempty"`
}

// keyRing is the keys of one purpose, ids rising; the last one is in use.
type keyRing []ringKey

type ringKey struct {
	ID      uint32 `json:"id"`
	Created string `json:"created"` // RFC 3339
}

// maxRingKeys bounds the keys of a purpose.
const maxRingKeys = 32

// check refuses a ring that cannot have been written by this package.
func (r keyRing) check() error {
	if len(r) == 0 || len(r) > maxRingKeys {
		return fmt.Errorf("a ring of %d keys, out of 1..%d", len(r), maxRingKeys)
	}
	last := uint32(0)
	for _, k := range r {
		if k.ID <= last {
			return errors.New("a ring whose numbers do not rise")
		}
		last = k.ID
	}
	return nil
}

// ring is the ring of a purpose: of one that was never rotated, key 1.
func (f keyFile) ring(p Purpose) keyRing {
	if r, ok := f.Rings[p]; ok {
		return r
	}
	return keyRing{{ID: 1, Created: f.Created}}
}

// instance is the secret in the file.
func (f keyFile) instance() (*Secret, error) {
	key, err := hex.DecodeString(f.Secret)
	if err != nil || len(key) != SecretBytes {
		return nil, fmt.Errorf("its secret is not %d bytes in hex", SecretBytes)
	}
	return &Secret{key: key}, nil
}

func readKeyFile(path string) (keyFile, error) {
	f, err := os.Open(path) //nolint:gosec // the configured path
	if err != nil {
		return keyFile{}, err
	}
	b, err := readPrivate(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return keyFile{}, fmt.Errorf("vault: the key file %s: %w", path, err)
	}
	k, err := parseKeyFile(b)
	if err != nil {
		return keyFile{}, fmt.Errorf("vault: the key file %s: %w", path, err)
	}
	return k, nil
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

func parseKeyFile(b []byte) (keyFile, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var f keyFile
	if err := d.Decode(&f); err != nil {
		return keyFile{}, fmt.Errorf("is not a key file: %w", err)
	}
	if d.More() {
		return keyFile{}, errors.New("is not a key file: something follows the object")
	}
	if f.Version != 1 {
		return keyFile{}, fmt.Errorf("has version %d, this build knows 1", f.Version)
	}
	for p, r := range f.Rings {
		if !p.known() {
			return keyFile{}, errors.New("has a ring of a purpose that this build does not know")
		}
		if err := r.check(); err != nil {
			return keyFile{}, fmt.Errorf("has %w", err)
		}
	}
	return f, nil
}

// create writes a new key file, whole and durable or not at all. It never replaces
// one: when somebody else was faster, theirs stays.
func (f keyFile) create(path string) error {
	return f.write(path, nil, func(temporary string) error {
		if err := os.Link(temporary, path); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		return nil
	})
}

// replace writes the file in place of the one that is there, for the same owner.
func (f keyFile) replace(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return f.write(path, info, func(temporary string) error { return os.Rename(temporary, path) })
}

// write makes a durable temporary file of mode 0600, with the owner of another when
// one is given, has it put in its place, and makes that durable.
func (f keyFile) write(path string, owner os.FileInfo, put func(temporary string) error) (err error) {
	b, err := json.MarshalIndent(f, "", "  ") //nolint:gosec // the secret belongs into this file
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	t, err := os.CreateTemp(dir, ".keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreMissing(os.Remove(t.Name()))) }()
	_, err = t.Write(append(b, '\n'))
	if err == nil {
		err = own(t, owner)
	}
	if err = errors.Join(err, t.Sync(), t.Close()); err != nil {
		return err
	}
	if err := put(t.Name()); err != nil {
		return err
	}
	return syncDir(dir)
}

// own gives a file the owner of another: a ring that root rotates stays readable for
// the server's user.
func own(f *os.File, as os.FileInfo) error {
	if as == nil {
		return nil
	}
	want, ok := as.Sys().(*syscall.Stat_t)
	if !ok || int(want.Uid) == os.Geteuid() && int(want.Gid) == os.Getegid() {
		return nil
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}

// changeKeyFile reads the key file, has it changed and writes it, one process at a
// time. Where there is none it starts with an empty one: server.secret_key holds the
// secret then.
func changeKeyFile(path, created string, change func(*keyFile) error) (err error) {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("vault: the key file %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, dir.Close()) }() // gives the lock back
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("vault: lock the folder of the key file: %w", err)
	}
	f, err := readKeyFile(path)
	missing := errors.Is(err, os.ErrNotExist)
	if missing {
		f, err = keyFile{Version: 1, Created: created}, nil
	}
	if err != nil {
		return err
	}
	if err := change(&f); err != nil {
		return err
	}
	if missing {
		err = f.create(path)
	} else {
		err = f.replace(path)
	}
	if err != nil {
		return fmt.Errorf("vault: write the key file %s: %w", path, err)
	}
	return nil
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
