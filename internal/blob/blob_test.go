package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/blob/blobtest"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
)

func openBucket(t *testing.T, folder string) *blob.File {
	t.Helper()
	b, err := blob.OpenFile(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestFile(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) func() blob.Bucket {
		folder := filepath.Join(t.TempDir(), "media")
		return func() blob.Bucket { return openBucket(t, folder) }
	})
}

// TestFileModes: nobody else may read what is written.
func TestFileModes(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "media")
	b := openBucket(t, folder)
	if err := b.Put(context.Background(), blob.NewKey(), []byte("x")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSweepRemovesUnfinishedFiles(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "media")
	b := openBucket(t, folder)
	key := blob.NewKey()
	if err := b.Put(context.Background(), key, []byte("whole")); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(folder, key[:2], ".tmp-"+blob.NewKey())
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.List(context.Background(), func(k string) error {
		if k != key {
			t.Errorf("%s was listed", k)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n, err := blob.New(b, nil).Sweep(context.Background())
	if n != 1 || err != nil {
		t.Errorf("%d files were swept: %v", n, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the unfinished file is there")
	}
	if got, err := b.Get(context.Background(), key); string(got) != "whole" || err != nil {
		t.Error("the blob is gone", err)
	}
}

// TestSymlinkLeadsNowhere plants a link in the folder: it is not followed out.
func TestSymlinkLeadsNowhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "media")
	b := openBucket(t, folder)
	key := blob.NewKey()
	if err := errors.Join(os.Mkdir(filepath.Join(folder, key[:2]), 0o700),
		os.Symlink(outside, filepath.Join(folder, key[:2], key))); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Get(context.Background(), key); err == nil {
		t.Errorf("read %q", got)
	}
}

// sealed is a store over real parts: files, a ring and its keys in SQL.
type sealed struct {
	*blob.Store
	rows    *store.Store
	ring    *vault.Ring
	folder  string
	company osprey.ID
	other   osprey.ID
	object  osprey.ID
}

func openSealed(t *testing.T) *sealed {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	ids := osprey.NewIDs(osprey.SystemClock{})
	rows, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "osprey.db"), Clock: osprey.SystemClock{}, IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rows.Close() })
	s := &sealed{rows: rows, folder: filepath.Join(dir, "media"), company: ids.New(), other: ids.New(), object: ids.New()}
	if err := rows.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		return errors.Join(tx.InsertCompany(osprey.Company{ID: s.company, Name: "a"}), tx.InsertCompany(osprey.Company{ID: s.other, Name: "b"}))
	}); err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(bytes.Repeat([]byte{1}, vault.MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	s.ring = vault.NewRing(v, rows.Keys(), 0)
	s.Store = blob.New(openBucket(t, s.folder), s.ring)
	return s
}

func TestStoreSealsAndBinds(t *testing.T) {
	t.Parallel()
	s, ctx := openSealed(t), context.Background()
	data := bytes.Repeat([]byte("photograph "), 100)
	key, err := s.Put(ctx, s.company, s.object, data)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, key, s.company, s.object); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes: %v", len(got), err)
	}
	file := filepath.Join(s.folder, key[:2], key)
	raw, err := os.ReadFile(file)
	if err != nil || bytes.Contains(raw, []byte("photograph")) {
		t.Errorf("the plaintext lies on the disk: %v", err)
	}
	// Another company, another object, and another blob of the same object.
	thumb, err := s.Put(ctx, s.company, s.object, []byte("thumbnail"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, s.other, s.object, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.folder, thumb[:2], thumb), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, get := range map[string]func() ([]byte, error){
		"another company": func() ([]byte, error) { return s.Get(ctx, key, s.other, s.object) },
		"another object":  func() ([]byte, error) { return s.Get(ctx, key, s.company, s.other) },
		"another blob":    func() ([]byte, error) { return s.Get(ctx, thumb, s.company, s.object) },
	} {
		if got, err := get(); got != nil || !errors.Is(err, vault.ErrTampered) || !osprey.IsCode(err, osprey.CodeUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStoreAfterItsKeyWasDestroyed(t *testing.T) {
	t.Parallel()
	s, ctx := openSealed(t), context.Background()
	key, err := s.Put(ctx, s.company, s.object, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.rows.Write(ctx, osprey.Everything(), func(tx *store.Tx) error { return tx.DeleteCompany(s.company) }); err != nil {
		t.Fatal(err)
	}
	s.ring.Forget(s.company)
	if _, err := s.Get(ctx, key, s.company, s.object); !errors.Is(err, vault.ErrKeyDestroyed) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Put(ctx, s.company, s.object, nil); err == nil {
		t.Error("a deleted company got a new key")
	}
}

func TestStoreKeysAndDelete(t *testing.T) {
	t.Parallel()
	s, ctx := openSealed(t), context.Background()
	key, err := s.Put(ctx, s.company, s.object, nil)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	stop := errors.New("stop")
	if err := s.Keys(ctx, func(k string) error { keys = append(keys, k); return stop }); !errors.Is(err, stop) || osprey.IsCode(err, osprey.CodeExternalService) {
		t.Errorf("the caller's error came back as %v", err)
	}
	if len(keys) != 1 || keys[0] != key {
		t.Errorf("keys %v", keys)
	}
	for range 2 {
		if err := s.Delete(ctx, key); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Get(ctx, key, s.company, s.object); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.PutKey(ctx, "../"+key, s.company, s.object, nil); !errors.Is(err, blob.ErrBadKey) {
		t.Errorf("got %v", err)
	}
}

// failing is a bucket whose every call fails.
type failing struct{ err error }

func (f failing) Put(context.Context, string, []byte) error          { return f.err }
func (f failing) Get(context.Context, string) ([]byte, error)        { return nil, f.err }
func (f failing) Delete(context.Context, string) error               { return f.err }
func (f failing) List(context.Context, func(key string) error) error { return f.err }

func TestStoreNamesErrors(t *testing.T) {
	t.Parallel()
	s, ctx := openSealed(t), context.Background()
	for _, test := range []struct {
		cause  error
		code   osprey.Code
		reason any
	}{
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, osprey.CodeUnavailable, "disk_full"},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT}, osprey.CodeUnavailable, "disk_full"},
		{&fs.PathError{Op: "read", Path: "/srv/x", Err: syscall.EIO}, osprey.CodeExternalService, nil},
		{errors.New("connection refused"), osprey.CodeExternalService, nil},
	} {
		b := blob.New(failing{test.cause}, s.ring)
		_, err := b.Put(ctx, s.company, s.object, nil)
		_, getErr := b.Get(ctx, blob.NewKey(), s.company, s.object)
		for _, err := range []error{err, getErr, b.Delete(ctx, blob.NewKey()), b.Keys(ctx, nil)} {
			e := osprey.ErrorOf(err)
			if e.Code != test.code || e.Details["reason"] != test.reason || !errors.Is(err, test.cause) {
				t.Errorf("%v became %v", test.cause, err)
			}
			if strings.Contains(e.Message, "/srv") {
				t.Errorf("the message shows a path: %s", e.Message)
			}
		}
	}
}

func FuzzCheckKey(f *testing.F) {
	f.Add(blob.NewKey())
	f.Add("../../../../../../etc/passwd0000")
	f.Fuzz(func(t *testing.T, key string) {
		if blob.CheckKey(key) == nil && (len(key) != 32 || strings.ContainsAny(key, "./\\\x00")) {
			t.Fatalf("%q is a key", key)
		}
	})
}
