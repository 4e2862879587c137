package access

import (
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

// Options put Sessions together; every field is required.
type Options struct {
	Store     *store.Store
	Audit     Audit
	IDs       *osprey.IDs
	Passwords *Passwords
	Auth      config.Auth
}

// Sessions logs users in and out and tells whom a token belongs to. It keeps
// nothing in memory that a revocation would have to reach: every request asks the
// store, so a session ends for the next request on every node. It reads the
// store's clock. It is safe for concurrent use.
type Sessions struct {
	o     Options
	turns turns // one login try a pair at a time
	slide once  // one sliding write a session at a time
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

const (
	fiveYears = 5 * 365 * 24 * time.Hour
	// knownAfterExpiry is how long an expired session is told from an unknown one,
	// and how long it can be refreshed.
	knownAfterExpiry = 24 * time.Hour
	maxUserAgent     = 512 // bytes kept
	maxIP            = 64
)

// life is how long a session of the role lives without a request, and in all; zero
// is without end.
func (s *Sessions) life(role osprey.Role) (ttl, most time.Duration) {
	if role == osprey.RoleClientService {
		return s.o.Auth.SessionTTLLonglive, fiveYears
	}
	return s.o.Auth.SessionTTL, s.o.Auth.SessionMaxAge
}

// expiry is the moment at which a session used now would expire.
func (s *Sessions) expiry(role osprey.Role, created, now osprey.Time) osprey.Time {
	ttl, most := s.life(role)
	at := now.Add(ttl)
	if most > 0 {
		at = min(at, created.Add(most))
	}
	return at
}

func (f Origin) actor(u osprey.User, session osprey.ID) osprey.Actor {
	return osprey.Actor{
		User: u.ID, Role: u.Role, Company: u.Company, Session: session,
		IP: cut(f.IP, maxIP), RequestID: f.RequestID,
	}
}

// cut shortens a text to at most n bytes, at a border of characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}

func errNoToken() error {
	return osprey.Errorf(osprey.CodeAuthNotProvided, "No access token was given")
}

func errBadToken() error {
	return osprey.Errorf(osprey.CodeAuthInvalid, "The access token is unknown or revoked")
}

func errExpired() error {
	return osprey.Errorf(osprey.CodeAuthExpired, "The access token has expired")
}

func errCredentials() error {
	return osprey.Errorf(osprey.CodeAuthInvalid, "Invalid credentials")
}

func errSessionNotFound() error {
	return osprey.Errorf(osprey.CodeAuthInvalid, "Session not found")
}
