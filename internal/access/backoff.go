package access

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Failed logins are counted in the store, so that the counters survive a crash and
// hold on every node (api.md 3.1). There are three kinds of rows:
//
//	pair     one a pair of e-mail and client address: failures in a row
//	address  one a client address: failures in the running 15 minutes
//	pairs    one a client address: how many pair rows it was given
//
// Whether an e-mail has an account must not show: a counter is kept for an e-mail
// that nobody has exactly as for one that somebody has, with the same waits, and
// nothing here looks at the user. Were only the unknown e-mails folded into one
// counter, their shared wait would tell them from the known ones.
//
// Yet the rows must stay few, whatever a stranger sends. So an address gets rows
// for its first 64 e-mails of a day, and all further ones, with or without an
// account, share one more. The 50 failures that an address has in 15 minutes and
// the sweep after a day bound the rest. E-mails are hashed: they are personal data
// of people who may have nothing to do with this installation.
const (
	freeFailures    = 5 // from this failure on each further try must wait
	maxWait         = 900 * time.Second
	addressFailures = 50
	addressWindow   = 15 * time.Minute
	pairsPerAddress = 64
	// failuresKept is longer than any wait, by so much that waiting for the sweep
	// gives fewer tries than waiting for one's turn.
	failuresKept = 24 * time.Hour
)

// attemptKeys name the rows of one login attempt.
type attemptKeys struct{ pair, shared, address, pairs string }

func keysOf(foldedEmail, ip string) attemptKeys {
	at := addressKey(ip)
	sum := sha256.Sum256([]byte(foldedEmail))
	return attemptKeys{
		pair:    "pair|" + at + "|" + hex.EncodeToString(sum[:16]),
		shared:  "pair|" + at + "|*",
		address: "address|" + at,
		pairs:   "pairs|" + at,
	}
}

// failures are the counters of one attempt.
type failures struct {
	pair, address, pairs store.LoginFailure
	shared               bool // the pair row is the one that many e-mails share
}

// readFailures reads the counters that an attempt falls under.
func readFailures(tx *store.Tx, k attemptKeys) (f failures, err error) {
	if f.address, err = tx.LoginFailure(k.address); err != nil {
		return f, err
	}
	if f.pairs, err = tx.LoginFailure(k.pairs); err != nil {
		return f, err
	}
	if f.pair, err = tx.LoginFailure(k.pair); err != nil {
		return f, err
	}
	now := tx.Now()
	if now >= f.address.First.Add(addressWindow) {
		f.address = store.LoginFailure{}
	}
	if now >= f.pairs.First.Add(failuresKept) {
		f.pairs = store.LoginFailure{}
	}
	if f.pair.Count == 0 && f.pairs.Count >= pairsPerAddress {
		k.pair, f.shared = k.shared, true
		if f.pair, err = tx.LoginFailure(k.pair); err != nil {
			return f, err
		}
	}
	f.pair.Key, f.address.Key, f.pairs.Key = k.pair, k.address, k.pairs
	return f, nil
}

// check refuses an attempt that comes too early. The refusal says nothing of the
// password, and counts for nothing.
func (f failures) check(now osprey.Time) error {
	if f.address.Count >= addressFailures {
		return tooEarly(f.address.First.Add(addressWindow), now)
	}
	if w := wait(f.pair.Count); w > 0 && now < f.pair.Last.Add(w) {
		return tooEarly(min(f.pair.Last.Add(w), now.Add(w)), now)
	}
	return nil
}

func tooEarly(next, now osprey.Time) error {
	return tooMany("login_backoff", time.Duration(next-now)*time.Microsecond, "Too many failed logins, try again later")
}

// wait is how long a try must wait after so many failures in a row.
func wait(count int) time.Duration {
	if count < freeFailures {
		return 0
	}
	if doubled := count - freeFailures; doubled < 10 {
		return min(time.Second<<doubled, maxWait)
	}
	return maxWait
}

// countFailure adds one failure to the counters.
func countFailure(tx *store.Tx, k attemptKeys) error {
	f, err := readFailures(tx, k)
	if err != nil {
		return err
	}
	if f.pair.Count == 0 && !f.shared {
		if err := increase(tx, f.pairs); err != nil {
			return err
		}
	}
	if err := increase(tx, f.address); err != nil {
		return err
	}
	return increase(tx, f.pair)
}

func increase(tx *store.Tx, f store.LoginFailure) error {
	if f.Count == 0 {
		f.First = tx.Now()
	}
	f.Count++
	f.Last = tx.Now()
	return tx.SetLoginFailure(f)
}

// forgiveFailures clears the pair after a success, and gives its row back.
func forgiveFailures(tx *store.Tx, k attemptKeys) error {
	f, err := readFailures(tx, k)
	if err != nil || f.pair.Count == 0 {
		return err
	}
	if !f.shared && f.pairs.Count > 0 {
		f.pairs.Count--
		if err := tx.SetLoginFailure(f.pairs); err != nil {
			return err
		}
	}
	return tx.ClearLoginFailure(f.pair.Key)
}
