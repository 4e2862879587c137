package store

import (
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// Replay is the answer of a request that carried an Idempotency-Key.
type Replay struct {
	// Key is the SHA-256 of who asked for what under which key, in hexadecimal.
	Key string
	// Company is the one whose data key sealed the answer; empty is the installation.
	Company osprey.ID
	Answer  []byte // sealed; nil: something that it was about is gone
	// Objects are those that the answer is about. They are written, not read.
	Objects []osprey.ID
	Created osprey.Time
	Expires osprey.Time
}

// The methods on replays take any scope, like those of the audit log: a key is the
// digest of one user's request and nobody comes to that of another's.

// InsertReplay keeps an answer. It reports false, having changed nothing, when one
// is kept under the key already; one that has expired gives way.
func (tx *Tx) InsertReplay(r Replay) (bool, error) {
	dropped, err := tx.q.DropExpiredReplay(tx.ctx, query.DropExpiredReplayParams{ReplayKey: r.Key, Moment: tx.now})
	if err != nil {
		return false, tx.fail(err)
	}
	for _, d := range dropped {
		if err := tx.addReplayHeld(d.CompanyID, -d.Size); err != nil {
			return false, err
		}
	}
	n, err := tx.q.InsertReplay(tx.ctx, query.InsertReplayParams{
		ReplayKey: r.Key, CompanyID: r.Company, Answer: r.Answer, Size: int64(len(r.Answer)),
		Created: tx.moment(r.Created), Expires: r.Expires,
	})
	if err != nil || n == 0 {
		return false, tx.fail(err)
	}
	if err := tx.addReplayHeld(r.Company, int64(len(r.Answer))); err != nil {
		return false, err
	}
	return true, tx.addReplayObjects(r.Key, r.Objects)
}

func (tx *Tx) addReplayHeld(company osprey.ID, bytes int64) error {
	return tx.fail(tx.q.AddReplayHeld(tx.ctx, query.AddReplayHeldParams{CompanyID: company, Bytes: bytes}))
}

// ReplayHeld is how many bytes the kept answers of a company take; of the
// installation, with an empty id.
func (tx *Tx) ReplayHeld(company osprey.ID) (int64, error) {
	n, err := tx.q.ReplayHeld(tx.ctx, company)
	if err = tx.fail(err); errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return n, err
}

func (tx *Tx) addReplayObjects(key string, objects []osprey.ID) error {
	for _, id := range objects {
		if err := tx.q.InsertReplayObject(tx.ctx, query.InsertReplayObjectParams{ObjectID: id, ReplayKey: key}); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

// SetReplayAnswer replaces the answer under a key by a later one of the same
// request, about more objects. It reports false when the answer is gone meanwhile:
// then it stays gone.
func (tx *Tx) SetReplayAnswer(key string, answer []byte, objects []osprey.ID) (bool, error) {
	old, err := tx.q.LockReplay(tx.ctx, key)
	if err = tx.fail(err); errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	size := int64(len(answer))
	if err := tx.q.SetReplayAnswer(tx.ctx, query.SetReplayAnswerParams{ReplayKey: key, Answer: answer, Size: size}); err != nil {
		return false, tx.fail(err)
	}
	if err := tx.addReplayHeld(old.CompanyID, size-old.Size); err != nil {
		return false, err
	}
	return true, tx.addReplayObjects(key, objects)
}

// Replay returns what is kept under a key and has not expired at the moment.
func (tx *Tx) Replay(key string, at osprey.Time) (Replay, error) {
	r, err := tx.q.Replay(tx.ctx, query.ReplayParams{ReplayKey: key, Moment: at})
	if err != nil {
		return Replay{}, tx.fail(err)
	}
	return Replay{
		Key: r.ReplayKey, Company: r.CompanyID, Answer: r.Answer,
		Created: r.Created, Expires: r.Expires,
	}, nil
}

// DeleteExpiredReplays removes answers that expired before the moment, the oldest
// first and at most limit of them, and returns how many. It needs osprey.Everything().
func (tx *Tx) DeleteExpiredReplays(at osprey.Time, limit int) (int, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	gone, err := tx.q.DeleteExpiredReplays(tx.ctx, query.DeleteExpiredReplaysParams{Moment: at, Most: int64(limit)})
	if err != nil {
		return 0, tx.fail(err)
	}
	freed := make(map[osprey.ID]int64)
	for _, r := range gone {
		freed[r.CompanyID] += r.Size
	}
	for company, bytes := range freed {
		if err := tx.addReplayHeld(company, -bytes); err != nil {
			return 0, err
		}
	}
	// A company that is gone leaves nothing, not even its id.
	return len(gone), tx.fail(tx.q.DropEmptyReplayHeld(tx.ctx))
}

// forget removes what answers tell of an object that was deleted. The row stays
// until it expires, empty: the request that it answered must not have its effect a
// second time.
func (tx *Tx) forget(object osprey.ID) error {
	return tx.fail(tx.q.ForgetAnswers(tx.ctx, object))
}
