package access

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"

	"example.org/osprey"
)

// hashing is OWASP's minimum for argon2id; api.md 6.1 asks for it or stronger.
var hashing = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	maxPassword    = 128 // characters
	minLocalPart   = 4   // shorter ones may be part of a password
	maxWaitingHash = 256 // beyond it a caller is sent away
)

// nobody is a hash that unknown users are checked against, so that they cost as
// much as known ones. Nobody knows a password to it: its key is no outcome of any
// hash.
func nobody(p argon2id.Params) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Iterations, p.Parallelism,
		base64.RawStdEncoding.EncodeToString(make([]byte, p.SaltLength)),
		base64.RawStdEncoding.EncodeToString(make([]byte, p.KeyLength)))
}

// Passwords hashes and checks passwords, a bounded number at a time: one hash
// takes 19 MiB and a core for some 20 ms. It is safe for concurrent use.
type Passwords struct {
	minLength int
	params    argon2id.Params
	nobody    string
	running   chan struct{}
	waiting   chan struct{}
}

// NewPasswords returns a desk that runs parallel hashes at a time (at least one)
// and demands minLength characters of new passwords.
func NewPasswords(parallel, minLength int) *Passwords {
	parallel = max(parallel, 1)
	return &Passwords{
		minLength: minLength,
		params:    hashing,
		nobody:    nobody(hashing),
		running:   make(chan struct{}, parallel),
		waiting:   make(chan struct{}, parallel+maxWaitingHash),
	}
}

// Check holds a new password against the rules of api.md 6.1; field is its place
// in the request. The error is 400/4 with the reason too_short, too_long,
// contains_email or common.
func (p *Passwords) Check(field, password, email string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < p.minLength:
		return osprey.OutOfRange(field, p.minLength, n, "The password must have at least %d characters", p.minLength).
			With("reason", "too_short")
	case n > maxPassword:
		return osprey.OutOfRange(field, maxPassword, n, "The password must have at most %d characters", maxPassword).
			With("reason", "too_long")
	case containsLocalPart(password, email):
		return osprey.InvalidValue(field, "The password must not contain the e-mail address").
			With("reason", "contains_email")
	case isCommon(password):
		return osprey.InvalidValue(field, "The password is among the most common ones").
			With("reason", "common")
	}
	return nil
}

func containsLocalPart(password, email string) bool {
	local, _, _ := strings.Cut(email, "@")
	local = osprey.Fold(strings.TrimSpace(local))
	return utf8.RuneCountInString(local) >= minLocalPart && strings.Contains(osprey.Fold(password), local)
}

// Hash returns the argon2id hash of a password. Error: 503/19 when too many wait.
func (p *Passwords) Hash(ctx context.Context, password string) (hash string, err error) {
	err = p.inTurn(ctx, func() error {
		hash, err = argon2id.CreateHash(password, &p.params)
		return err
	})
	return hash, err
}

// Verify compares a password with a hash. An empty hash costs the same and never
// matches. stale reports a match with a hash that was made with weaker parameters
// than today's.
func (p *Passwords) Verify(ctx context.Context, password, hash string) (match, stale bool, err error) {
	known := hash != ""
	if !known {
		hash = p.nobody
	}
	if utf8.RuneCountInString(password) > maxPassword {
		// No password is that long; the work is done all the same, over a text of
		// bounded length.
		known, password = false, ""
	}
	err = p.inTurn(ctx, func() error {
		ok, with, err := argon2id.CheckHash(password, hash)
		if err != nil {
			return fmt.Errorf("password hash: %w", err)
		}
		match = ok && known
		stale = match && p.weaker(with)
		return nil
	})
	return match, stale, err
}

func (p *Passwords) weaker(with *argon2id.Params) bool {
	return with.Memory < p.params.Memory || with.Iterations < p.params.Iterations || with.KeyLength < p.params.KeyLength
}

// inTurn runs fn when its turn has come.
func (p *Passwords) inTurn(ctx context.Context, fn func() error) error {
	select {
	case p.waiting <- struct{}{}:
	default:
		return osprey.Unavailable("busy", time.Second, "Too many passwords are being checked")
	}
	defer func() { <-p.waiting }()
	select {
	case p.running <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.running }()
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn()
}
