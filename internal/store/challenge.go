package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// InsertChallenge stores a new one of a company of the scope. ErrReferenced: there
// is no such company.
func (tx *Tx) InsertChallenge(c osprey.Challenge) error {
	if !tx.scope.Covers(c.Company, tx.scope.Owner) {
		return ErrNotFound
	}
	var e encoder
	p := query.InsertChallengeParams{
		ID: c.ID, CompanyID: c.Company, SessionID: c.Session, Nonce: notNil(c.Nonce), Steps: listText(&e, c.Steps),
		Created: tx.moment(c.Created), Expires: c.Expires,
	}
	if e.err != nil {
		return e.err
	}
	return tx.one(tx.q.InsertChallenge(tx.ctx, p))
}

// Challenge returns one, expired ones too as long as they are kept, with the steps
// that are spent, by number in order.
func (tx *Tx) Challenge(id osprey.ID) (c osprey.Challenge, spent []int, err error) {
	r, err := tx.q.Challenge(tx.ctx, query.ChallengeParams{ID: id, Scope: tx.company()})
	if err != nil {
		return c, nil, tx.fail(err)
	}
	steps, err := tx.q.SpentSteps(tx.ctx, query.SpentStepsParams{ID: id, Scope: tx.company()})
	if err != nil {
		return c, nil, tx.fail(err)
	}
	c = osprey.Challenge{
		ID: r.ID, Company: r.CompanyID, Session: r.SessionID, Nonce: r.Nonce, Created: r.Created, Expires: r.Expires,
	}
	var d decoder
	d.read(r.Steps, &c.Steps)
	for _, s := range steps {
		spent = append(spent, int(s))
	}
	return c, spent, d.err
}

// SpendStep marks a step of a challenge of the scope as answered; it reports false
// when a take was before this one, or when there is no such challenge. Whether the
// challenge has the step and has not expired is the caller's to ask.
func (tx *Tx) SpendStep(challenge osprey.ID, step int) (bool, error) {
	n, err := tx.q.SpendStep(tx.ctx, query.SpendStepParams{
		ID: challenge, Step: int64(step), Spent: tx.now, Scope: tx.company(),
	})
	return n == 1, tx.fail(err)
}

// DeleteExpiredChallenges removes challenges that expired before the moment.
func (tx *Tx) DeleteExpiredChallenges(before osprey.Time) (int, error) {
	n, err := tx.q.DeleteExpiredChallenges(tx.ctx, query.DeleteExpiredChallengesParams{Before: before, Scope: tx.company()})
	return int(n), tx.fail(err)
}
