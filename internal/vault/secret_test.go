package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestSecretIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	first, err := LoadSecret(path, "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadSecret(path, "")
	if err != nil || !bytes.Equal(first.key, again.key) {
		t.Errorf("the second load differs: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v was left: %v", entries, err)
	}
}

// TestSecretRace starts many at once in an empty folder: they agree.
func TestSecretRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	secrets := make([]*Secret, 16)
	var wg sync.WaitGroup
	for i := range secrets {
		wg.Go(func() {
			s, err := LoadSecret(path, "")
			if err != nil {
				t.Error(err)
			}
			secrets[i] = s
		})
	}
	wg.Wait()
	for _, s := range secrets {
		if s == nil || !bytes.Equal(s.key, secrets[0].key) {
			t.Fatal("two starts have different secrets")
		}
	}
}

// TestSecretMAC: the example of RFC 4231, section 4.3, has a shorter key, so the
// expectation is of the standard library; another text and another secret differ.
func TestSecretMAC(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, SecretBytes)
	h := hmac.New(sha256.New, key)
	h.Write([]byte("osprey-take:1"))
	s := &Secret{key: key}
	if !bytes.Equal(s.MAC("osprey-take:1"), h.Sum(nil)) {
		t.Error("the MAC is not HMAC-SHA-256 of the text")
	}
	other := &Secret{key: bytes.Repeat([]byte{8}, SecretBytes)}
	if bytes.Equal(s.MAC("osprey-take:1"), s.MAC("osprey-take:2")) || bytes.Equal(s.MAC("a"), other.MAC("a")) {
		t.Error("two MACs are equal")
	}
}

func TestSecretOverride(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	s, err := LoadSecret(path, "")
	if err != nil {
		t.Fatal(err)
	}
	same, err := LoadSecret("", hex.EncodeToString(s.key))
	if err != nil || !bytes.Equal(s.key, same.key) {
		t.Errorf("the hex of the file is not the file's secret: %v", err)
	}
	phrase, err := LoadSecret("", "granite lantern 41 otter in the harbour")
	if err != nil || len(phrase.key) != SecretBytes {
		t.Errorf("a phrase: %v", err)
	}
	if _, err := LoadSecret("", "short"); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestSecretFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	good := fmt.Sprintf(`{"version":1,"secret":"%s","created":"2026-01-01T00:00:00Z"}`, strings.Repeat("ab", 32))
	for _, test := range []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"good", good, 0o600, ""},
		{"read only", good, 0o400, ""},
		{"readable by the group", good, 0o640, "chmod 600"},
		{"readable by the world", good, 0o604, "chmod 600"},
		{"writable by the world", good, 0o602, "chmod 600"},
		{"empty", "", 0o600, "not a key file"},
		{"not JSON", "secret", 0o600, "not a key file"},
		{"a list", "[]", 0o600, "not a key file"},
		{"an unknown key", `{"version":1,"key":"x"}`, 0o600, "not a key file"},
		{"two objects", good + good, 0o600, "follows"},
		{"a newer version", strings.Replace(good, `:1`, `:2`, 1), 0o600, "version 2"},
		{"a short secret", strings.Replace(good, "abab", "", 1), 0o600, "not 32 bytes"},
		{"a secret that is no hex", strings.Replace(good, "abab", "zzzz", 1), 0o600, "not 32 bytes"},
		{"too large", good + strings.Repeat(" ", maxSecretFile), 0o600, "larger"},
	} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		_, err := LoadSecret(path, "")
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "abababab") {
			t.Errorf("%s: the error shows the secret", test.name)
		}
	}
	if _, err := LoadSecret(t.TempDir(), ""); err == nil {
		t.Error("a folder was taken")
	}
	if _, err := LoadSecret(filepath.Join(t.TempDir(), "none", "keys.json"), ""); err == nil {
		t.Error("a missing folder was taken")
	}
}

func TestDerive(t *testing.T) {
	t.Parallel()
	s := &Secret{key: bytes.Repeat([]byte{1}, SecretBytes)}
	// Fixed: a change here would make everything that was sealed unreadable.
	const want = "b5121c63eb9956dbc078745b221c739b6fa3af2687a7f2d0dfb74432d24ce96b"
	if got := hex.EncodeToString(s.Derive("wrap", 32)); got != want {
		t.Errorf("wrap: %s", got)
	}
	if bytes.Equal(s.Derive("wrap", 32), s.Derive("link", 32)) {
		t.Error("two purposes have the same key")
	}
	if len(s.Derive("link", 64)) != 64 {
		t.Error("length")
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	t.Parallel()
	s := &Secret{key: []byte("very secret indeed")}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, s); got != s.String() {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add([]byte(`{"version":1,"secret":"` + strings.Repeat("ab", 32) + `","created":"x"}`))
	f.Add([]byte(`{`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSecret(b)
		if err == nil && len(s.key) != SecretBytes {
			t.Fatalf("a secret of %d bytes", len(s.key))
		}
	})
}
