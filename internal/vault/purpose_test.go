package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var rotated = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// ids are the keys of the template ring of a file; the last must be the current one.
func ids(t *testing.T, path string) []uint32 {
	t.Helper()
	keys, err := Keys(path, PurposeTemplate)
	if err != nil {
		t.Fatal(err)
	}
	var out []uint32
	for i, k := range keys {
		if k.Current != (i == len(keys)-1) || k.Purpose != PurposeTemplate {
			t.Errorf("%+v at %d of %d", k, i, len(keys))
		}
		out = append(out, k.ID)
	}
	return out
}

func want(t *testing.T, got []uint32, want ...uint32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("keys %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("keys %v, want %v", got, want)
		}
	}
}

// TestKeyRing: rotation adds a key, the secret stays, a removed key is gone for ever
// and its number is not given again.
func TestKeyRing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	secret, err := LoadSecret(path, "")
	if err != nil {
		t.Fatal(err)
	}
	want(t, ids(t, path), 1)
	live, err := OpenTemplateKeys(path, secret)
	if err != nil {
		t.Fatal(err)
	}
	first := live.Current()
	if first.ID != 1 || len(first.Sign) != 32 || len(first.Seal) != 32 || bytes.Equal(first.Sign, first.Seal) {
		t.Fatalf("the first key: %d, %d and %d bytes", first.ID, len(first.Sign), len(first.Seal))
	}
	made, err := RotateKey(path, PurposeTemplate, rotated)
	if err != nil || made != (Key{PurposeTemplate, 2, "2026-03-04T05:06:07Z", true}) {
		t.Fatalf("%+v, %v", made, err)
	}
	want(t, ids(t, path), 1, 2)
	if live.Current().ID != 2 {
		t.Error("a rotation does not reach what is open")
	}
	if k, ok := live.Key(1); !ok || !bytes.Equal(k.Sign, first.Sign) {
		t.Error("the old key does not verify any more")
	}
	if err := RemoveKey(path, PurposeTemplate, 2, rotated); !errors.Is(err, ErrKeyInUse) {
		t.Errorf("removing the key in use: %v", err)
	}
	if err := RemoveKey(path, PurposeTemplate, 7, rotated); !errors.Is(err, ErrNoKey) {
		t.Errorf("removing no key: %v", err)
	}
	if err := RemoveKey(path, PurposeTemplate, 1, rotated); err != nil {
		t.Fatal(err)
	}
	if _, ok := live.Key(1); ok {
		t.Error("a removed key still verifies")
	}
	if _, err := RotateKey(path, PurposeTemplate, rotated); err != nil {
		t.Fatal(err)
	}
	want(t, ids(t, path), 2, 3)
	again, err := LoadSecret(path, "")
	if err != nil || !bytes.Equal(again.key, secret.key) {
		t.Errorf("the secret changed: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v was left: %v", left, err)
	}
}

// TestTemplateKeyDerivation holds the derivation that components.md 1.4 fixes: a change
// would make every template that is out there unreadable.
func TestTemplateKeyDerivation(t *testing.T) {
	t.Parallel()
	s := &Secret{key: bytes.Repeat([]byte{1}, SecretBytes)}
	k := s.templateKey(1)
	for _, row := range []struct {
		name, want string
		key        []byte
	}{
		{"sign", "006bd11f571edf026085565246856637418957d06542c48d0df583da0e3d97b2", k.Sign}, {"seal", "c5b5e6aad1d280fe2c56362bfd33a3d8cfdd30d0ead9cb7513f6045cd96f4b19", k.Seal}, {"sign 2", "b3c2dab098f2c2423de79b516636b415861b2d6b6efc125c786cea6e340053cc", s.templateKey(2).Sign},
	} {
		if got := hex.EncodeToString(row.key); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

// TestKeyRingWithoutFile: where server.secret_key holds the secret there may be no
// file; a rotation makes one without a secret, which alone opens nothing.
func TestKeyRingWithoutFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	secret, err := LoadSecret(path, "granite lantern 41 otter in the harbour")
	if err != nil {
		t.Fatal(err)
	}
	live, err := OpenTemplateKeys(path, secret)
	if err != nil || live.Current().ID != 1 {
		t.Fatalf("no file: %v", err)
	}
	want(t, ids(t, path), 1)
	if _, err := RotateKey(path, PurposeTemplate, rotated); err != nil {
		t.Fatal(err)
	}
	if live.Current().ID != 2 {
		t.Error("a rotation does not reach what is open")
	}
	if _, err := LoadSecret(path, ""); err == nil {
		t.Error("a file without a secret gave one")
	}
	// The file is away for a moment: what was read goes on.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, ok := live.Key(1); !ok || live.Current().ID != 2 {
		t.Error("a missing file forgot the ring")
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if live.Current().ID != 2 {
		t.Error("a broken file forgot the ring")
	}
	if _, err := OpenTemplateKeys(path, secret); err == nil {
		t.Error("a broken file was opened")
	}
	if _, err := RotateKey(path, PurposeTemplate, rotated); err == nil {
		t.Error("a broken file was rotated")
	}
}

// TestKeyRingAtOnce: rotations at the same time are each one key, and the ring is
// bounded.
func TestKeyRingAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := LoadSecret(path, ""); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := RotateKey(path, PurposeTemplate, rotated); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want(t, ids(t, path), 1, 2, 3, 4, 5, 6, 7, 8, 9)
	for range maxRingKeys - 9 {
		if _, err := RotateKey(path, PurposeTemplate, rotated); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := RotateKey(path, PurposeTemplate, rotated); !errors.Is(err, ErrRingFull) {
		t.Errorf("a full ring: %v", err)
	}
	if _, err := LoadSecret(path, ""); err != nil {
		t.Errorf("a full ring's file: %v", err)
	}
}

// TestKeyRingsThatAreRefused: files with rings that nobody wrote.
func TestKeyRingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, rings := range map[string]string{
		"another purpose": `{"magic":[{"id":1,"created":"x"}]}`,
		"empty":           `{"template":[]}`,
		"number 0":        `{"template":[{"id":0,"created":"x"}]}`,
		"falling":         `{"template":[{"id":2,"created":"x"},{"id":1,"created":"x"}]}`,
		"twice":           `{"template":[{"id":2,"created":"x"},{"id":2,"created":"x"}]}`,
		"negative":        `{"template":[{"id":-1,"created":"x"}]}`,
	} {
		if _, err := parseKeyFile([]byte(`{"version":1,"created":"x","rings":` + rings + `}`)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
