package server

import (
	"context"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/capsule"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/httpapi"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/metric"
	"example.org/osprey/internal/setting"
	"example.org/osprey/internal/vault"
	"example.org/osprey/internal/wire"
)

// openStoreless puts together a house of which nothing is stored: no database, no
// media, no index, no queue, no user. It writes no file, so that its data folder may be
// read-only or, with the models and the secret elsewhere, not there.
func (h *House) openStoreless(ctx context.Context) (err error) {
	c := h.config
	h.state = &state{disk: &disk{dir: c.DataDir, clock: h.clock}}
	if h.secret, err = vault.ReadSecret(c.Keys.File, c.Server.SecretKey.Reveal()); err != nil {
		return fmt.Errorf("server.components is %s, which needs server.secret_key or an existing keys.file: %w", config.ComponentStateless, err)
	}
	if h.engine, err = openEngine(c); err != nil {
		return err
	}
	h.warnOfLicences()
	if h.player, err = newPlayer(c); err != nil {
		return err
	}
	h.measure()
	looker := newLooker(c, h.engine, h.player, h.metrics.Stage)
	if err := h.openCapsules(); err != nil {
		return err
	}
	thresholds := func() osprey.Thresholds { return setting.ThresholdsOf(&c) }
	limiter, memory := access.NewLimiter(h.clock, func() config.Rate { return c.Rate }), wire.NewBudget(uploadBudget(c))
	if err := h.openOpenLite(ctx, liteRooms{looker: looker, settle: noTake, thresholds: thresholds, limiter: limiter, memory: memory}); err != nil {
		return err
	}
	h.api = httpapi.New(httpapi.Deps{
		Instant: h.newInstant(looker), Receiver: folder.NewReceiver(looker, h.ids), Capsules: h.capsules,
		Thresholds: thresholds, Limiter: limiter, Uploads: memory,
		Signer:  wire.NewSigner(h.secret.Derive("media links", 32), c.Media.URLTTL, h.clock),
		Process: h, Models: h, System: h,
		Gatherer: h.metrics.Gatherer(), Observer: observer{h.metrics, h},
		Config: c, Build: h.build(), Clock: h.clock, IDs: h.ids, Log: h.log,
	})
	h.metrics.Watch(metric.Live{Workers: c.Analysis.Workers, Models: h.modelWork})
	return nil
}

// openOpenLite makes API Lite where it asks for no token: there is nobody who has one.
func (h *House) openOpenLite(ctx context.Context, with liteRooms) (err error) {
	if h.config.Lite.Enabled && h.config.Lite.Auth != liteOpen {
		h.log.WarnContext(ctx, "API Lite is off: it asks for a token, and server.components has no auth", "lite_auth", h.config.Lite.Auth)
		return nil
	}
	h.lite, err = h.newLite(ctx, with)
	return err
}

// noTake judges takes where challenges are not kept: none of them can be verified.
func noTake(_ context.Context, _ osprey.ID, in *look.Intake) (osprey.TakeStatus, error) {
	if folder.Claims(in.Manifest) {
		return osprey.TakeInvalid, nil
	}
	return osprey.TakePlain, nil
}

// spentTokens is where the desk of capsules notes what was spent.
func (h *House) spentTokens() capsule.Replay {
	if h.st == nil || h.config.Capsule.ReplayStore == "memory" {
		return capsule.NewMemory(h.clock)
	}
	return capsule.NewRows(h.st)
}
