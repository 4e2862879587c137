package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"example.org/osprey"
)

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	p := NewPasswords(1, 10)
	cases := []struct {
		name, password, email, reason string
	}{
		{"pass phrase", "granite lantern 41 otter", "ann@example.com", ""},
		{"nine", "ninechars", "ann@example.com", "too_short"},
		{"ten", "ten chars!", "ann@example.com", ""},
		{"ten of more than a byte", "ünïcödé…ßø", "ann@example.com", ""},
		{"nine of more than a byte", "ünïcödé…ß", "ann@example.com", "too_short"},
		{"128", strings.Repeat("ab cd ef", 16), "ann@example.com", ""},
		{"129", strings.Repeat("ab cd ef", 16) + "g", "ann@example.com", "too_long"},
		{"is the local part", "Operator.One", "operator.one@example.com", "contains_email"},
		{"holds the local part", "my-OPERATOR-pass", "operator@example.com", "contains_email"},
		{"local part of three", "my-ann-is-here", "ann@example.com", ""},
		{"local part of four", "my-anna-is-here", "anna@example.com", "contains_email"},
		{"domain", "my-example.com-pass", "ann@example.com", ""},
		{"common", "1234567890", "ann@example.com", "common"},
		{"common with capitals", "QwertyUIOP", "ann@example.com", "common"},
		{"common with digits", "password123", "ann@example.com", "common"},
		{"common with signs", "P@ssw0rd!!2024", "ann@example.com", "common"},
		{"common, digits first", "2024Liverpool!", "ann@example.com", "common"},
		{"common twice", "LetmeinLetmein", "ann@example.com", "common"},
		{"common words in a row", "monkey dragon shadow", "ann@example.com", ""},
	}
	for _, c := range cases {
		err := p.Check("password", c.password, c.email)
		if c.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		e := osprey.ErrorOf(err)
		if e.Code != osprey.CodeInvalidValue || e.Details["reason"] != c.reason || e.Details["field"] != "password" {
			t.Errorf("%s: %v %v", c.name, err, e.Details)
		}
		if strings.Contains(e.Message, c.password) {
			t.Errorf("%s: the message repeats the password", c.name)
		}
	}
	short, long := osprey.ErrorOf(p.Check("password", "abc", "")), osprey.ErrorOf(p.Check("password", strings.Repeat("x", 200), ""))
	if short.Details["limit"] != 10 || short.Details["actual"] != 3 || long.Details["limit"] != 128 || long.Details["actual"] != 200 {
		t.Errorf("bounds: %v, %v", short.Details, long.Details)
	}
}

func TestCommonList(t *testing.T) {
	t.Parallel()
	long := 0
	for word := range common() {
		if word != osprey.Fold(word) {
			t.Errorf("%q is not folded", word)
		}
		if len(word) >= 10 {
			long++
		}
	}
	if long < 300 {
		t.Errorf("only %d of the list could ever be a password", long)
	}
}

func FuzzIsCommon(f *testing.F) {
	for _, s := range []string{"", "p@ssw0rd", "1234567890", "ßßßßßßßßßß", "\xff\xfe", "aa", "İstanbul"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { isCommon(s) })
}

func TestHashAndVerify(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := NewPasswords(2, 10)
	hash, err := p.Hash(ctx, "granite lantern 41 otter")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(hash)
	}
	weak, err := argon2id.CreateHash("granite lantern 41 otter", &argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, password, hash string
		match, stale         bool
	}{
		{"right", "granite lantern 41 otter", hash, true, false},
		{"wrong", "granite lantern 41 ottes", hash, false, false},
		{"empty", "", hash, false, false},
		{"nobody", "granite lantern 41 otter", "", false, false},
		{"nobody, empty", "", "", false, false},
		{"longer than any", strings.Repeat("x", 1<<20), hash, false, false},
		{"right, weak hash", "granite lantern 41 otter", weak, true, true},
		{"wrong, weak hash", "granite", weak, false, false},
	}
	for _, c := range cases {
		match, stale, err := p.Verify(ctx, c.password, c.hash)
		if err != nil || match != c.match || stale != c.stale {
			t.Errorf("%s: match %v, stale %v, %v", c.name, match, stale, err)
		}
	}
	if _, _, err := p.Verify(ctx, "x", "no hash"); err == nil {
		t.Error("a broken hash was taken")
	}
}

func TestNobodyCostsAsMuch(t *testing.T) {
	t.Parallel()
	params, _, key, err := argon2id.DecodeHash(NewPasswords(1, 10).nobody)
	if err != nil {
		t.Fatal(err)
	}
	if params.Memory != hashing.Memory || params.Iterations != hashing.Iterations ||
		params.Parallelism != hashing.Parallelism || len(key) != int(hashing.KeyLength) {
		t.Errorf("%+v", params)
	}
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	p := NewPasswords(1, 10)
	p.running <- struct{}{} // somebody hashes
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("gone away while waiting: %v", err)
	}
	for len(p.waiting) < cap(p.waiting) {
		p.waiting <- struct{}{}
	}
	_, err := p.Hash(context.Background(), "x")
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnavailable || e.RetryAfter <= 0 {
		t.Errorf("too many wait: %v", err)
	}
}
