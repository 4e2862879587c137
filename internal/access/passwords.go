package access

import "context"

// Passwords hashes and checks passwords, a bounded number at a time.
type Passwords struct{}

// NewPasswords returns a desk that runs parallel hashes at a time and demands
// minLength characters of new passwords.
func NewPasswords(parallel, minLength int) *Passwords { return &Passwords{} }

// Check holds a new password against the rules of api.md 6.1; field is its place
// in the request. The error is 400/4 with the reason.
func (p *Passwords) Check(field, password, email string) error { panic("unwritten") }

// Hash returns the argon2id hash of a password. Error: 503/19 when too many wait.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) { panic("unwritten") }

// Verify compares a password with a hash. An empty hash costs the same and never
// matches. stale reports a hash made with weaker parameters than today's.
func (p *Passwords) Verify(ctx context.Context, password, hash string) (match, stale bool, err error) {
	panic("unwritten")
}
