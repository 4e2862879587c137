package access

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

// Options put Sessions together; every field is required.
type Options struct {
	Store     *store.Store
	Audit     Audit
	Clock     osprey.Clock
	IDs       *osprey.IDs
	Passwords *Passwords
	Auth      config.Auth
}

// Sessions logs users in and out and tells whom a token belongs to. It is safe for
// concurrent use.
type Sessions struct {
	o Options
}

// NewSessions returns the desk of sessions, tokens and restores.
func NewSessions(o Options) *Sessions { return &Sessions{o: o} }

// Origin is where a request came from, for sessions and the audit log.
type Origin struct {
	IP        string // client address without port
	UserAgent string
	RequestID string
}

// Pair is what a login or a refresh hands out. The tokens are shown once.
type Pair struct {
	AccessToken  string
	RefreshToken string // the contract's expire_token
	Session      osprey.Session
	User         osprey.User
}

// ServiceToken is a new service token. The text is shown once.
type ServiceToken struct {
	AccessToken string
	Session     osprey.Session
}

// ResetToken is a password restore token made by an administrator.
type ResetToken struct {
	Token   string
	Expires osprey.Time
}

// Login opens a session. Errors: 401/7 for anything wrong with the credentials,
// 429/18 while a back-off runs, 503/19 when too many passwords are waiting to be
// checked.
func (s *Sessions) Login(ctx context.Context, email, password string, from Origin) (Pair, error) {
	panic("unwritten")
}

// Authenticate tells whom an access token belongs to and keeps the session alive.
// Errors: 401/6 without a token, 401/7 for one that is unknown or revoked, 401/8
// for one that expired less than a day ago.
func (s *Sessions) Authenticate(ctx context.Context, token string, from Origin) (Caller, error) {
	panic("unwritten")
}

// Refresh hands out a new pair. access is the token of the request's header, ""
// when there was none; refresh is the body's expire_token, nil when it was absent.
// The endpoint does not need Authenticate: the access token may have expired.
func (s *Sessions) Refresh(ctx context.Context, access string, refresh *string, from Origin) (Pair, error) {
	panic("unwritten")
}

// Logout ends the caller's session.
func (s *Sessions) Logout(ctx context.Context, c Caller) error { panic("unwritten") }

// List returns a page of the sessions and tokens that the grant shows
// (MayReadSessions). Filters: store.FieldUser, store.FieldKind.
func (s *Sessions) List(ctx context.Context, g Grant, q store.Query) ([]osprey.Session, int, error) {
	panic("unwritten")
}

// Delete ends a session or revokes a token (MayDeleteSession).
func (s *Sessions) Delete(ctx context.Context, g Grant, id osprey.ID) error { panic("unwritten") }

// CreateToken makes a service token (MayCreateToken). name nil is 400/3; life nil
// is a year, or the configured maximum where that is less.
func (s *Sessions) CreateToken(ctx context.Context, g Grant, user osprey.ID, name *string, life *time.Duration) (ServiceToken, error) {
	panic("unwritten")
}

// Tokens returns a page of a user's service tokens (MayReadTokens).
func (s *Sessions) Tokens(ctx context.Context, g Grant, user osprey.ID, q store.Query) ([]osprey.Session, int, error) {
	panic("unwritten")
}

// DeleteToken revokes a service token (MayDeleteToken).
func (s *Sessions) DeleteToken(ctx context.Context, g Grant, user, token osprey.ID) error {
	panic("unwritten")
}

// CreateReset makes a restore token for an administrator to hand over
// (MayResetPassword). email not nil asks for mail, which is 501/2.
func (s *Sessions) CreateReset(ctx context.Context, g Grant, user osprey.ID, email *string) (ResetToken, error) {
	panic("unwritten")
}

// RequestRestore asks for a restore token by mail, which is 501/2.
func (s *Sessions) RequestRestore(ctx context.Context, email *string) error { panic("unwritten") }

// ConfirmRestore sets a new password by a restore token, nil meaning an absent
// key. Errors: 401/7 for a token that is bad, used or expired, 400/4 for the rules
// of passwords.
func (s *Sessions) ConfirmRestore(ctx context.Context, token, password *string, from Origin) error {
	panic("unwritten")
}

// Sweep removes what nobody can use any more: sessions that expired a day ago and
// counters of failed logins that have gone stale.
func (s *Sessions) Sweep(ctx context.Context) error { panic("unwritten") }
