package server

import (
	"context"
	"time"

	"example.org/osprey"
)

// The pace of erasing what nobody asked to be erased.
const (
	// retentionSweep is below the hour that the contract allows, however long a sweep
	// takes.
	retentionSweep = 30 * time.Minute
	challengeSweep = time.Hour
	// challengeGrace is how long an expired challenge is remembered, so that a late
	// take is told that it is expired and not that nobody knows its challenge.
	challengeGrace = 24 * time.Hour
	copySweep      = 24 * time.Hour
)

// startErasing starts the sweeps that erase what has expired.
func (h *House) startErasing(ctx context.Context) {
	h.repeatFromNow(ctx, "remove old copies of the database", copySweep, h.dropCopies)
	h.repeatFromNow(ctx, "erase what expired", retentionSweep, h.sweepRetention)
	h.repeat(ctx, "remove expired challenges", challengeSweep, func(ctx context.Context) error {
		_, err := h.folders.SweepChallenges(ctx, osprey.TimeOf(h.clock.Now().Add(-challengeGrace)))
		return err
	})
}

// sweepRetention erases what companies do not want to keep any longer.
func (h *House) sweepRetention(ctx context.Context) error {
	n, err := h.retention.Sweep(ctx)
	h.metrics.Expired(n)
	if n != (osprey.Erased{}) {
		h.log.Info("expired objects erased", "folders", n.Folders, "analyses", n.Analyses, "media", n.Media)
	}
	return err
}

// dropCopies removes the copies from before migrations once nobody goes back to them:
// what was erased since is in them still.
func (h *House) dropCopies(context.Context) error {
	n, err := h.st.DropOldCopies()
	if n > 0 {
		h.log.Info("old copies of the database from before migrations removed", "copies", n)
	}
	return err
}
