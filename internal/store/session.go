package store

import "example.org/osprey"

// InsertSession stores a new session or service token.
func (tx *Tx) InsertSession(s osprey.Session) error { panic("unwritten") }

// Session returns one by id.
func (tx *Tx) Session(id osprey.ID) (osprey.Session, error) { panic("unwritten") }

// SessionByAccess finds the session whose access token, present or next, has this
// hash, with its user and the state of the user's company (active when the user
// has none). Expired sessions are found too, while they are kept.
func (tx *Tx) SessionByAccess(hash string) (osprey.Session, osprey.User, bool, error) {
	panic("unwritten")
}

// SessionByRefresh finds one by the hash of its refresh token, present or next.
func (tx *Tx) SessionByRefresh(hash string) (osprey.Session, error) { panic("unwritten") }

// UpdateSession replaces hashes, last use and expiry.
func (tx *Tx) UpdateSession(s osprey.Session) error { panic("unwritten") }

// Sessions lists them, tokens included; fields: user_id, kind.
func (tx *Tx) Sessions(q Query) ([]osprey.Session, int, error) { panic("unwritten") }

// DeleteSession removes one.
func (tx *Tx) DeleteSession(id osprey.ID) error { panic("unwritten") }

// DeleteUserSessions removes all sessions and tokens of a user, except the one
// named (which may be empty).
func (tx *Tx) DeleteUserSessions(user, except osprey.ID) (int, error) { panic("unwritten") }

// DeleteCompanySessions removes all sessions of a company's users.
func (tx *Tx) DeleteCompanySessions(company osprey.ID) (int, error) { panic("unwritten") }

// DeleteExpiredSessions removes sessions that expired before the moment.
func (tx *Tx) DeleteExpiredSessions(before osprey.Time) (int, error) { panic("unwritten") }

// LoginFailure counts failed logins of a key (a pair of folded e-mail and
// address, or an address alone) since the first of the row.
type LoginFailure struct {
	Key   string
	Count int
	First osprey.Time
	Last  osprey.Time
}

// LoginFailure returns the counter, zero when there is none.
func (tx *Tx) LoginFailure(key string) (LoginFailure, error) { panic("unwritten") }

// SetLoginFailure stores a counter.
func (tx *Tx) SetLoginFailure(f LoginFailure) error { panic("unwritten") }

// ClearLoginFailure removes a counter.
func (tx *Tx) ClearLoginFailure(key string) error { panic("unwritten") }

// DeleteLoginFailures removes counters whose last failure is before the moment.
func (tx *Tx) DeleteLoginFailures(before osprey.Time) (int, error) { panic("unwritten") }

// Reset is a password restore token; only its hash is kept.
type Reset struct {
	Hash    string
	User    osprey.ID
	Expires osprey.Time
	ByAdmin bool
	Created osprey.Time
}

// PutReset stores a restore token and removes the user's older ones.
func (tx *Tx) PutReset(r Reset) error { panic("unwritten") }

// TakeReset removes a restore token and returns it.
func (tx *Tx) TakeReset(hash string) (Reset, error) { panic("unwritten") }
