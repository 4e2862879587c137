package store

import (
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
	if err := tx.q.DropExpiredReplay(tx.ctx, query.DropExpiredReplayParams{ReplayKey: r.Key, Moment: tx.now}); err != nil {
		return false, tx.fail(err)
	}
	n, err := tx.q.InsertReplay(tx.ctx, query.InsertReplayParams{
		ReplayKey: r.Key, CompanyID: r.Company, Answer: r.Answer,
		Created: tx.moment(r.Created), Expires: r.Expires,
	})
	if err != nil || n == 0 {
		return false, tx.fail(err)
	}
	return true, tx.addReplayObjects(r.Key, r.Objects)
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
	n, err := tx.q.SetReplayAnswer(tx.ctx, query.SetReplayAnswerParams{ReplayKey: key, Answer: answer})
	if err != nil || n == 0 {
		return false, tx.fail(err)
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

// DeleteExpiredReplays removes the answers that expired before the moment. It needs
// osprey.Everything().
func (tx *Tx) DeleteExpiredReplays(at osprey.Time) (int, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	n, err := tx.q.DeleteExpiredReplays(tx.ctx, at)
	return int(n), tx.fail(err)
}

// forget removes what answers tell of an object that was deleted. The row stays
// until it expires, empty: the request that it answered must not have its effect a
// second time.
func (tx *Tx) forget(object osprey.ID) error {
	return tx.fail(tx.q.ForgetAnswers(tx.ctx, object))
}
