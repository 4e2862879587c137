package server

import (
	"context"
	"time"

	"example.org/osprey"
)

// The pace of what happens in the background.
const (
	sessionSweep  = 10 * time.Minute
	capsuleSweep  = 10 * time.Minute
	snapshotEvery = 5 * time.Minute
	auditEvery    = time.Hour
	deliverySweep = time.Hour
	retainEvery   = 24 * time.Hour
	gaugeEvery    = time.Hour
	flushEvery    = 500 * time.Millisecond // so that a crash loses less than a second
	resolveEvery  = time.Hour              // and no request takes so long
)

// startLoops starts the background work; Close ends it.
func (h *House) startLoops(ctx context.Context) {
	ctx, h.endLoops = context.WithCancel(context.WithoutCancel(ctx))
	h.loops.Go(func() { h.eraser.Run(ctx) })
	h.loops.Go(func() { h.webhooks.Run(ctx) })
	h.repeat(ctx, "remove old webhook deliveries", deliverySweep, h.webhooks.Sweep)
	h.repeat(ctx, "end overdue analyses", h.config.Analysis.ExpirePeriod, func(ctx context.Context) error {
		_, err := h.analyses.Sweep(ctx, h.clock.Now())
		return err
	})
	h.repeat(ctx, "sweep sessions", sessionSweep, h.sessions.Sweep)
	h.repeat(ctx, "forget expired capsules", capsuleSweep, h.capsules.Sweep)
	h.startErasing(ctx)
	h.repeat(ctx, "sweep the kept answers", sessionSweep, h.replays.Sweep)
	h.repeat(ctx, "remove blobs of failed requests", resolveEvery, func(ctx context.Context) error {
		_, err := h.eraser.ResolveBefore(ctx, osprey.TimeOf(h.clock.Now().Add(-resolveEvery)))
		return err
	})
	h.repeat(ctx, "save the galleries", snapshotEvery, h.index.Save)
	h.repeatFromNow(ctx, "verify the audit chains", auditEvery, h.verifyAudit)
	h.repeat(ctx, "write what was counted in memory", flushEvery, h.usage.Flush)
	h.repeatFromNow(ctx, "gauge the companies", gaugeEvery, h.usage.Keep)
	if h.config.Audit.Retention > 0 {
		h.repeatFromNow(ctx, "drop old audit records", min(retainEvery, max(h.config.Audit.Retention, time.Second)), h.retainAudit)
	}
}

// repeat calls fn at a pace until the context ends; its errors are logged, and the
// next call tries again.
func (h *House) repeat(ctx context.Context, what string, every time.Duration, fn func(context.Context) error) {
	h.loops.Go(func() { h.keepDoing(ctx, what, every, fn) })
}

// repeatFromNow is repeat with the first call at once: what is due once a day would
// never be done by a server that is restarted every day.
func (h *House) repeatFromNow(ctx context.Context, what string, every time.Duration, fn func(context.Context) error) {
	h.loops.Go(func() {
		h.attempt(ctx, what, fn)
		h.keepDoing(ctx, what, every, fn)
	})
}

func (h *House) keepDoing(ctx context.Context, what string, every time.Duration, fn func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		h.attempt(ctx, what, fn)
	}
}

func (h *House) attempt(ctx context.Context, what string, fn func(context.Context) error) {
	if err := fn(ctx); err != nil && ctx.Err() == nil {
		h.log.Error("background work failed, it is tried again: "+what, "error", err)
	}
}
