package usage_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"example.org/osprey/internal/usage"
)

func TestSign(t *testing.T) {
	t.Parallel()
	key, other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	report := []byte("period,units\r\n2026-10,5\r\n")
	good := usage.Sign(key, report)
	public := usage.PublicKey(key)
	edit := func(old, new string) []byte { return []byte(strings.Replace(string(good), old, new, 1)) }
	for name, tt := range map[string]struct {
		key, report, signature []byte
		want                   error
	}{
		"as it was":           {public, report, good, nil},
		"another report":      {public, []byte("period,units\r\n2026-10,6\r\n"), good, usage.ErrNotSigned},
		"another key":         {usage.PublicKey(other), report, good, usage.ErrOtherKey},
		"signed by another":   {public, report, usage.Sign(other, report), usage.ErrOtherKey},
		"a signature for two": {public, report, []byte(strings.Replace(string(usage.Sign(other, report)), string(usage.Sign(other, nil)[:75]), string(good[:75]), 1)), usage.ErrNotSigned},
		"no file":             {public, report, nil, usage.ErrSignatureForm},
		"another head":        {public, report, edit("signature 1", "signature 2"), usage.ErrSignatureForm},
		"no base64":           {public, report, edit("key ", "key !"), usage.ErrSignatureForm},
		"something more":      {public, report, append(bytes.Clone(good), 'x'), usage.ErrSignatureForm},
		"too long":            {public, report, bytes.Repeat(good, 40), usage.ErrSignatureForm},
	} {
		if err := usage.Verify(tt.key, tt.report, tt.signature); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func FuzzVerify(f *testing.F) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	report := []byte("a report")
	good := usage.Sign(key, report)
	f.Add(good)
	f.Add([]byte("osprey usage signature 1\nkey \nsignature \n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, signature []byte) {
		if err := usage.Verify(usage.PublicKey(key), report, signature); err == nil && !bytes.Equal(signature, good) {
			t.Errorf("taken: %q", signature)
		}
	})
}
