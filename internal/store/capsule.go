package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// CapsuleToken is a session token that was used.
type CapsuleToken struct {
	ID       osprey.ID
	Company  osprey.ID   // empty: of a user outside any
	Failures int         // capsules with a bad signature
	Spent    osprey.Time // 0: it can still be used
	Expires  osprey.Time
}

// CapsuleToken returns one that was used.
func (tx *Tx) CapsuleToken(id osprey.ID) (CapsuleToken, error) {
	r, err := tx.q.CapsuleToken(tx.ctx, query.CapsuleTokenParams{ID: id, Scope: tx.company()})
	return CapsuleToken{ID: r.ID, Company: r.CompanyID, Failures: int(r.Failures), Spent: r.Spent, Expires: r.Expires}, tx.fail(err)
}

// SpendCapsuleToken marks a token of a company of the scope as spent. Of several who
// try, on any node, one is told true.
func (tx *Tx) SpendCapsuleToken(t CapsuleToken) (bool, error) {
	if !tx.scope.Covers(t.Company, tx.scope.Owner) {
		return false, ErrNotFound
	}
	n, err := tx.q.SpendCapsuleToken(tx.ctx, query.SpendCapsuleTokenParams{
		ID: t.ID, CompanyID: t.Company, Spent: tx.now, Expires: t.Expires,
	})
	return n == 1, tx.fail(err)
}

// FailCapsuleToken counts a bad signature of a token that is not spent; from so many
// on it is.
func (tx *Tx) FailCapsuleToken(t CapsuleToken, most int) error {
	if !tx.scope.Covers(t.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	_, err := tx.q.FailCapsuleToken(tx.ctx, query.FailCapsuleTokenParams{ID: t.ID, CompanyID: t.Company, Expires: t.Expires})
	if err == nil {
		_, err = tx.q.SpendFailedCapsuleToken(tx.ctx, query.SpendFailedCapsuleTokenParams{
			ID: t.ID, Spent: tx.now, Most: int64(most), Scope: tx.company(),
		})
	}
	return tx.fail(err)
}

// NoteCapsuleMedium notes the mark of a medium that came in the capsule of a token,
// for a company of the scope, until it expires. False: it came in the capsule of
// another token and that note has not expired; nothing is noted then.
func (tx *Tx) NoteCapsuleMedium(company osprey.ID, mark string, token osprey.ID, expires osprey.Time) (bool, error) {
	if !tx.scope.Covers(company, tx.scope.Owner) {
		return false, ErrNotFound
	}
	n, err := tx.q.NoteCapsuleMedia(tx.ctx, query.NoteCapsuleMediaParams{
		CompanyID: company, Mark: mark, TokenID: token, Created: tx.now, Expires: expires,
	})
	return n == 1, tx.fail(err)
}

// DeleteExpiredCapsules forgets tokens and marks of media that expired before the
// moment.
func (tx *Tx) DeleteExpiredCapsules(before osprey.Time) (int, error) {
	n, err := tx.q.DeleteExpiredCapsuleTokens(tx.ctx, query.DeleteExpiredCapsuleTokensParams{Before: before, Scope: tx.company()})
	if err != nil {
		return 0, tx.fail(err)
	}
	m, err := tx.q.DeleteExpiredCapsuleMedia(tx.ctx, query.DeleteExpiredCapsuleMediaParams{Before: before, Scope: tx.company()})
	return int(n + m), tx.fail(err)
}
