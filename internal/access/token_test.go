package access

import (
	"strings"
	"testing"
)

func TestNewToken(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, kind := range []TokenKind{TokenAccess, TokenRefresh, TokenService, TokenReset} {
		for range 200 {
			token := newToken(kind)
			if len(token) != tokenLength || seen[token] {
				t.Fatalf("token of %d characters, seen before: %v", len(token), seen[token])
			}
			seen[token] = true
			if got, ok := tokenKind(token); !ok || got != kind {
				t.Fatalf("kind %q, %v", got, ok)
			}
		}
	}
}

func TestTokenKindRefuses(t *testing.T) {
	t.Parallel()
	good := newToken(TokenAccess)
	bad := map[string]string{
		"empty":           "",
		"prefix":          string(TokenAccess),
		"cut":             good[:len(good)-1],
		"longer":          good + "0",
		"unknown kind":    "osp_xx_" + good[7:],
		"other kind":      string(TokenRefresh) + good[7:],
		"not base 62":     good[:20] + "-" + good[21:],
		"byte not ASCII":  good[:20] + "\xff" + good[21:],
		"blank":           " " + good[1:],
		"all of one sign": strings.Repeat("0", tokenLength),
	}
	for name, token := range bad {
		if kind, ok := tokenKind(token); ok {
			t.Errorf("%s: taken as %q", name, kind)
		}
	}
	// Any one sign that is mistyped shows.
	for i := len(TokenAccess); i < tokenLength; i++ {
		other := byte('a')
		if good[i] == 'a' {
			other = 'b'
		}
		if _, ok := tokenKind(good[:i] + string(other) + good[i+1:]); ok {
			t.Errorf("mistyped at %d and taken", i)
		}
	}
}

func TestTokenHash(t *testing.T) {
	t.Parallel()
	// SHA-256 of "abc", FIPS 180-2.
	if got := tokenHash("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Error(got)
	}
}

func FuzzTokenKind(f *testing.F) {
	for _, kind := range []TokenKind{TokenAccess, TokenRefresh, TokenService, TokenReset} {
		f.Add(newToken(kind))
	}
	f.Add("")
	f.Add("osp_at_")
	f.Add(strings.Repeat("z", tokenLength))
	f.Fuzz(func(t *testing.T, token string) {
		kind, ok := tokenKind(token)
		if !ok {
			return
		}
		if len(token) != tokenLength || !strings.HasPrefix(token, string(kind)) {
			t.Errorf("%q is taken as %q", token, kind)
		}
		if body := token[:tokenLength-sumDigits]; body+checksum(body) != token {
			t.Errorf("%q has a wrong checksum", token)
		}
	})
}
