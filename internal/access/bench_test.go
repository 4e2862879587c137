package access

import (
	"context"
	"testing"
)

// BenchmarkAuthenticate is what every request pays before anything else.
func BenchmarkAuthenticate(b *testing.B) {
	h := setup(b)
	token := h.login("cl-a").AccessToken
	for b.Loop() {
		h.mustAuthenticate(token)
	}
}

// BenchmarkVerify is one login on one core, the store left out.
func BenchmarkVerify(b *testing.B) {
	p := NewPasswords(1, 10)
	hash, err := p.Hash(context.Background(), password)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if match, _, err := p.Verify(context.Background(), password, hash); !match || err != nil {
			b.Fatal(match, err)
		}
	}
}

func BenchmarkLimiter(b *testing.B) {
	l := NewLimiter(newFakeClock(), quickRate)
	for b.Loop() {
		l.Address("192.0.2.1")
	}
}
