package store

import (
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// LoginFailure counts failed logins of a key (a pair of folded e-mail and
// address, or an address alone) since the first of the row.
type LoginFailure struct {
	Key   string
	Count int
	First osprey.Time
	Last  osprey.Time
}

// LoginFailure returns the counter, zero when there is none. Like the rest of
// this file it belongs to the time before there is a scope and needs
// osprey.Everything().
func (tx *Tx) LoginFailure(key string) (LoginFailure, error) {
	if err := tx.everything(); err != nil {
		return LoginFailure{}, err
	}
	r, err := tx.q.LoginFailure(tx.ctx, key)
	if err != nil {
		if err = tx.fail(err); errors.Is(err, ErrNotFound) {
			return LoginFailure{Key: key}, nil
		}
		return LoginFailure{}, err
	}
	return LoginFailure{Key: r.Pair, Count: int(r.Failures), First: r.FirstTime, Last: r.LastTime}, nil
}

// SetLoginFailure stores a counter.
func (tx *Tx) SetLoginFailure(f LoginFailure) error {
	if err := tx.everything(); err != nil {
		return err
	}
	return tx.fail(tx.q.SetLoginFailure(tx.ctx, query.SetLoginFailureParams{
		Pair: f.Key, Failures: int64(f.Count), FirstTime: f.First, LastTime: f.Last,
	}))
}

// ClearLoginFailure removes a counter.
func (tx *Tx) ClearLoginFailure(key string) error {
	if err := tx.everything(); err != nil {
		return err
	}
	return tx.fail(tx.q.ClearLoginFailure(tx.ctx, key))
}

// DeleteLoginFailures removes counters whose last failure is before the moment.
func (tx *Tx) DeleteLoginFailures(before osprey.Time) (int, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	n, err := tx.q.DeleteLoginFailures(tx.ctx, before)
	return int(n), tx.fail(err)
}

// Reset is a password restore token; only its hash is kept.
type Reset struct {
	Hash    string
	User    osprey.ID
	Expires osprey.Time
	ByAdmin bool
	Created osprey.Time
}

// PutReset stores a restore token and removes the user's older ones. A user
// outside the scope is ErrNotFound.
func (tx *Tx) PutReset(r Reset) error {
	if _, err := tx.User(r.User); err != nil {
		return err
	}
	if err := tx.q.DeleteResets(tx.ctx, r.User); err != nil {
		return tx.fail(err)
	}
	return tx.fail(tx.q.InsertReset(tx.ctx, query.InsertResetParams{
		Hash: r.Hash, UserID: r.User, Expires: r.Expires, ByAdmin: r.ByAdmin, Created: tx.moment(r.Created),
	}))
}

// TakeReset removes a restore token and returns it. It needs osprey.Everything().
func (tx *Tx) TakeReset(hash string) (Reset, error) {
	if err := tx.everything(); err != nil {
		return Reset{}, err
	}
	r, err := tx.q.TakeReset(tx.ctx, hash)
	if err != nil {
		return Reset{}, tx.fail(err)
	}
	return Reset{Hash: r.Hash, User: r.UserID, Expires: r.Expires, ByAdmin: r.ByAdmin, Created: r.Created}, nil
}
