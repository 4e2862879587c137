package store

import (
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var sessionList = &list{
	table:   "session",
	company: "company_id",
	updated: "last_used",
	fields:  map[Field]condition{FieldID: column("id"), FieldUser: column("user_id"), FieldKind: column("kind"), FieldCompany: column("company_id")},
}

func sessionOf(r query.Session) (osprey.Session, error) {
	return osprey.Session{
		ID: r.ID, User: r.UserID, Company: r.CompanyID, Kind: r.Kind, Name: r.Name, IP: r.IP, UserAgent: r.UserAgent,
		AccessHash: r.AccessHash, RefreshHash: r.RefreshHash,
		NextAccessHash: r.NextAccessHash, NextRefreshHash: r.NextRefreshHash,
		Created: r.Created, LastUsed: r.LastUsed, Expires: r.Expires,
	}, nil
}

// InsertSession stores a new session or service token. ErrReferenced: there is no
// such user.
func (tx *Tx) InsertSession(s osprey.Session) error {
	if !tx.scope.Covers(s.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	return tx.one(tx.q.InsertSession(tx.ctx, query.InsertSessionParams{
		ID: s.ID, UserID: s.User, CompanyID: s.Company, Kind: s.Kind, Name: s.Name, IP: s.IP, UserAgent: s.UserAgent,
		AccessHash: s.AccessHash, RefreshHash: s.RefreshHash,
		NextAccessHash: s.NextAccessHash, NextRefreshHash: s.NextRefreshHash,
		Created: tx.moment(s.Created), LastUsed: tx.moment(s.LastUsed), Expires: s.Expires,
	}))
}

// Session returns one by id.
func (tx *Tx) Session(id osprey.ID) (osprey.Session, error) {
	r, err := tx.q.Session(tx.ctx, query.SessionParams{ID: id, Scope: tx.company()})
	if err != nil {
		return osprey.Session{}, tx.fail(err)
	}
	return sessionOf(r)
}

// SessionByAccess finds the session whose access token, present or next, has this
// hash, with its user and the state of the user's company (active when the user
// has none). Expired sessions are found too, while they are kept.
//
// Every request asks this: it is one lookup by an index with two joins by key.
func (tx *Tx) SessionByAccess(hash string) (osprey.Session, osprey.User, bool, error) {
	r, err := tx.q.SessionByAccess(tx.ctx, query.SessionByAccessParams{Hash: hash, Scope: tx.company()})
	if err != nil {
		return osprey.Session{}, osprey.User{}, false, tx.fail(err)
	}
	s, errSession := sessionOf(r.Session)
	u, errUser := userOf(r.Account)
	return s, u, r.CompanyActive, errors.Join(errSession, errUser)
}

// SessionByRefresh finds one by the hash of its refresh token, present or next.
func (tx *Tx) SessionByRefresh(hash string) (osprey.Session, error) {
	r, err := tx.q.SessionByRefresh(tx.ctx, query.SessionByRefreshParams{Hash: hash, Scope: tx.company()})
	if err != nil {
		return osprey.Session{}, tx.fail(err)
	}
	return sessionOf(r)
}

// UpdateSession replaces hashes, last use and expiry.
func (tx *Tx) UpdateSession(s osprey.Session) error {
	return tx.one(tx.q.UpdateSession(tx.ctx, query.UpdateSessionParams{
		ID: s.ID, AccessHash: s.AccessHash, RefreshHash: s.RefreshHash,
		NextAccessHash: s.NextAccessHash, NextRefreshHash: s.NextRefreshHash,
		LastUsed: s.LastUsed, Expires: s.Expires, Scope: tx.company(),
	}))
}

// Sessions lists them, tokens included; fields: id, user_id, kind, company_id.
// The last use stands for the update time.
func (tx *Tx) Sessions(q Query) ([]osprey.Session, int, error) {
	return page(tx, sessionList, q, sessionOf)
}

// DeleteSession removes one.
func (tx *Tx) DeleteSession(id osprey.ID) error {
	return tx.one(tx.q.DeleteSession(tx.ctx, query.DeleteSessionParams{ID: id, Scope: tx.company()}))
}

// DeleteUserSessions removes all sessions and tokens of a user, except the one
// named (which may be empty).
func (tx *Tx) DeleteUserSessions(user, except osprey.ID) (int, error) {
	n, err := tx.q.DeleteUserSessions(tx.ctx, query.DeleteUserSessionsParams{UserID: user, Kept: except, Scope: tx.company()})
	return int(n), tx.fail(err)
}

// DeleteCompanySessions removes all sessions of a company's users.
func (tx *Tx) DeleteCompanySessions(company osprey.ID) (int, error) {
	n, err := tx.q.DeleteCompanySessions(tx.ctx, query.DeleteCompanySessionsParams{CompanyID: company, Scope: tx.company()})
	return int(n), tx.fail(err)
}

// DeleteExpiredSessions removes sessions that expired before the moment.
func (tx *Tx) DeleteExpiredSessions(before osprey.Time) (int, error) {
	n, err := tx.q.DeleteExpiredSessions(tx.ctx, query.DeleteExpiredSessionsParams{Before: before, Scope: tx.company()})
	return int(n), tx.fail(err)
}
