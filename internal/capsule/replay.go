package capsule

import (
	"context"
	"time"

	"example.org/osprey"
)

// Use is the use of one session token.
type Use struct {
	Token   osprey.ID // its jti
	Company osprey.ID // empty: of a user outside any
	Expires osprey.Time
}

// Replay remembers which tokens are spent until they expire, and the marks of media.
// It is safe for concurrent use.
type Replay interface {
	// Spent reports whether a token is used up.
	Spent(ctx context.Context, u Use) (bool, error)
	// Spend uses a token up; false: it was before. Of several at a time one is told
	// true.
	Spend(ctx context.Context, u Use) (bool, error)
	// Fail counts a bad signature; the third uses the token up.
	Fail(ctx context.Context, u Use) error
	// Note remembers the marks of media of one capsule for a life. False: one of them
	// came in another capsule within its life, and none is remembered.
	Note(ctx context.Context, u Use, marks [][]byte, life time.Duration) (bool, error)
	// Sweep forgets what has expired.
	Sweep(ctx context.Context) error
	// Shared reports whether other nodes see the same.
	Shared() bool
}

// maxFailures is how many bad signatures a token bears (api.md 12.1).
const maxFailures = 3

// sweepDelay is how long a spent token is kept beyond its end: the clocks of several
// nodes differ.
const sweepDelay = 10 * time.Minute
