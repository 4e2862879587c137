package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/httpapi"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/metadata"
	"example.org/osprey/internal/metric"
	"example.org/osprey/internal/pack"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/report"
	"example.org/osprey/internal/setting"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/usage"
	"example.org/osprey/internal/vault"
	"example.org/osprey/internal/wire"
	"example.org/osprey/media"
)

// openEngine loads the models of the pack in use.
func openEngine(c config.Config) (*face.Engine, error) {
	o := face.Options{Parallel: c.Analysis.Workers}
	if c.Engine.Runtime != "auto" {
		o.Runtime = c.Engine.Runtime
	}
	e, err := face.Open(filepath.Join(c.Models.Dir, c.Models.Profile), o)
	if err != nil {
		var cause *face.PackError
		if errors.As(err, &cause) {
			return nil, &pack.Error{Cause: cause}
		}
		return nil, err
	}
	for _, m := range e.Models() {
		if c.Models.RequireCommercial && !m.CommercialUse {
			_ = e.Close()
			return nil, fmt.Errorf("models.require_commercial: the licence of the model %s forbids commercial use", m.Name)
		}
	}
	return e, nil
}

// warnOfLicences tells which models must not be used commercially (components.md 7.2).
func (h *House) warnOfLicences() {
	for _, m := range h.engine.Models() {
		if !m.CommercialUse {
			h.log.Warn("the licence of a model forbids commercial use", "model", m.Name)
		}
	}
}

// newPlayer finds the decoder of videos. One that is configured but does not start is
// an error; where none is found, videos are refused and shot sets are not.
func newPlayer(c config.Config) (*media.Player, error) {
	p, err := media.NewPlayer(media.PlayerOptions{
		Decoder: c.Media.VideoDecoder, Parallel: c.Analysis.Workers,
		Limits: media.ClipLimits{
			MaxBytes: c.Media.MaxSize, MaxDuration: time.Duration(c.Media.MaxVideoSeconds) * time.Second,
			MaxFrames: c.Media.MaxFrames, MaxUnpacked: c.Media.MaxUnpacked, Image: imageLimits(c),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("media.video_decoder: %w", err)
	}
	return p, nil
}

func imageLimits(c config.Config) media.Limits {
	return media.Limits{MaxBytes: c.Media.MaxSize, MaxPixels: int64(c.Media.MaxPixels), MaxSide: c.Media.MaxSide, MinSide: c.Media.MinSide}
}

// newLooker makes what looks at photographs, videos and documents, as the settings
// say.
func newLooker(c config.Config, e *face.Engine, p *media.Player, observe func(stage string, seconds float64)) *look.Looker {
	return look.New(look.Options{
		Engine: e, Limits: imageLimits(c), Player: p,
		Enrolment: c.Quality.Bounds.Enrol, Analysis: c.Quality.Bounds.Hard, Thumbnail: c.Media.ThumbnailPX,
		Observe: observe,
	})
}

// OpenLooker opens the pack in use and what looks with it, without a house around it:
// for commands that only look. The function that it returns gives the models back.
func OpenLooker(c config.Config) (*look.Looker, func(), error) {
	e, err := openEngine(c)
	if err != nil {
		return nil, nil, err
	}
	p, err := newPlayer(c)
	if err != nil {
		_ = e.Close()
		return nil, nil, err
	}
	return newLooker(c, e, p, nil), func() { _ = e.Close() }, nil
}

// dimension is the number of components of the engine's templates.
func dimension(e *face.Engine) int {
	for _, m := range e.Models() {
		if m.Task == face.TaskEmbed && len(m.Output.Sizes) > 0 {
			return m.Output.Sizes[0]
		}
	}
	return 0
}

// retries is how often the queue repeats an analysis: the setting counts every try, the
// first one too (api.md 9.6).
func retries(c config.Analysis) int { return max(c.RetryMax-1, 0) }

// wire makes the rooms from the bottom up.
func (h *House) wire(ctx context.Context) (err error) {
	c := h.config
	h.measure()
	h.audit = audit.New(h.ids)
	h.settings, err = setting.New(ctx, setting.Options{
		Store: h.st, Resolved: h.o.Resolved, Changed: h.settingsChanged, Refused: h.settingsRefused,
	})
	if err != nil {
		return err
	}
	h.queue, err = queue.New(ctx, queue.Options{
		DB: h.st.DB(), Workers: map[string]int{analysis.JobKind: c.Analysis.Workers},
		RetryMax: retries(c.Analysis), RetryStep: c.Analysis.RetryStep, RunTimeout: c.Analysis.RunTimeout,
		Retried: func(kind string, _ error) { h.metrics.Retried(kind) },
		Logger:  h.log, Clock: h.clock,
	})
	if err != nil {
		return err
	}
	if h.player, err = newPlayer(c); err != nil {
		return err
	}
	looker := newLooker(c, h.engine, h.player, h.metrics.Stage)
	templates := look.NewTemplates(h.ring, vault.AAD)
	h.index = index.New(index.Options{
		Store: h.st, Templates: templates, Seals: h.ring, Dir: filepath.Join(c.DataDir, "index"),
		Model: h.engine.ModelID(), Dim: dimension(h.engine), Memory: c.Search.IndexMemory, Logger: h.log,
	})
	own, err := vault.NewOpenKey(h.secret.Derive("answers", vault.MasterBytes))
	if err != nil {
		return err
	}
	h.replays = replay.New(replay.Options{Store: h.st, Keys: h.ring, Own: own, MaxHeld: c.Idempotency.MaxBytes})
	h.eraser = erasure.New(h.st, h.blobs, h.log)
	if h.stones != nil {
		h.eraser.Keep(h.stones)
	}

	h.usage = usage.New(usage.Options{Store: h.st, Audit: h.record, Clock: h.clock, Tell: h.tellQuota})

	passwords := access.NewPasswords(c.Analysis.Workers, c.Auth.PasswordMinLength)
	h.sessions = access.NewSessions(access.Options{Store: h.st, Audit: h.record, IDs: h.ids, Passwords: passwords, Auth: c.Auth})
	h.accounts = account.New(account.Options{Store: h.st, Audit: h.record, IDs: h.ids, Passwords: passwords, Installation: h.settings})
	if err := h.openWebhooks(); err != nil {
		return err
	}
	h.analyses, err = analysis.NewService(analysis.Options{
		Store: h.st, Blobs: h.blobs, Looker: looker, Templates: templates, Index: h.index, Queue: h.queue,
		Audit: h.record, IDs: h.ids, Installation: h.settings.Thresholds,
		QueueMax: c.Analysis.QueueMax, QueueTimeout: c.Analysis.QueueTimeout, RunTimeout: c.Analysis.RunTimeout,
		Capture: c.Quality.Bounds.Capture, Quota: h.usage.Start, Grown: h.usage.Grown, Hooks: []analysis.Hook{h.webhookHook, h.metered}, Erase: h.eraser.Poke,
		Observe: analysis.Observer{Stored: h.analysisEnded, Stage: h.stage}, Logger: h.log,
	})
	if err != nil {
		return err
	}
	h.collections = collection.NewService(collection.Options{
		Store: h.st, Blobs: h.blobs, Looker: looker, Templates: templates, Index: h.index, Audit: h.record, IDs: h.ids,
		Installation: h.settings.Thresholds, Quota: h.usage, Erase: h.eraser.Poke, Logger: h.log,
	})
	h.folders = folder.NewService(folder.Options{
		Store: h.st, Blobs: h.blobs, Looker: looker, Audit: h.record, IDs: h.ids, MaxMedia: c.Media.MaxCountFolder,
		TakeKey: func(session osprey.ID) []byte { return h.secret.MAC("osprey-take:" + string(session)) }, TakeLife: c.Capsule.TakeTTL,
		Quota: h.usage, Erase: h.eraser.Poke, Cancel: h.analyses.Cancel, Logger: h.log,
	})
	h.retention = erasure.NewRetention(erasure.RetentionOptions{
		Store: h.st, Audit: h.record, Clock: h.clock, Folders: h.folders, Analyses: h.analyses, Erase: h.eraser.Poke,
	})
	if err := h.openCapsules(); err != nil {
		return err
	}
	limiter, uploads := access.NewLimiter(h.clock, h.settings.Rate), wire.NewBudget(uploadBudget(c))
	if h.lite, err = h.newLite(ctx, liteRooms{looker: looker, settle: h.folders.SettleTake, action: h.folders.TakeAction, thresholds: h.settings.Thresholds, limiter: limiter, memory: uploads}); err != nil {
		return err
	}
	h.api = httpapi.New(httpapi.Deps{
		Collections: h.collections, Folders: h.folders, Analyses: h.analyses,
		Instant: h.newInstant(looker), Receiver: folder.NewReceiver(looker, h.ids), Thresholds: h.settings.Thresholds,
		Reports: report.NewService(report.Options{
			Store: h.st, Blobs: h.blobs, Audit: h.record, IDs: h.ids, Show: httpapi.ReportContent, Erase: h.eraser.Poke,
			Quota: func(tx *store.Tx, company osprey.ID, bytes int64) error { return h.usage.Grow(tx, company, 0, bytes) },
		}),
		Metadata: metadata.NewService(h.st, h.record), Accounts: h.accounts, Sessions: h.sessions, Capsules: h.capsules,
		Webhooks: h.webhooks, CheckEndpoint: h.guard.Check, OwnURL: h.ownURL,
		Usage: h.usage, Audits: audit.NewReader(h.st),
		Limiter: limiter, Settings: h.settings,
		Policy:  access.Policy{ClientReadsPersons: c.Compat.ClientReadsPersons},
		Refused: h.recordRefusal,
		Replays: h.replays,
		Signer:  wire.NewSigner(h.secret.Derive("media links", 32), c.Media.URLTTL, h.clock),
		Uploads: uploads,
		Process: h, Models: h, System: h,
		Gatherer: h.metrics.Gatherer(), Observer: observer{h.metrics, h},
		Config: c, Build: h.build(), Clock: h.clock, IDs: h.ids, Log: h.log,
	})
	h.watch()
	return nil
}

// maxInstant bounds the Instant requests that wait for a worker: their bodies are in
// memory.
const maxInstant = 128

// newInstant makes what judges media of which nothing is stored.
func (h *House) newInstant(l *look.Looker) *analysis.Instant {
	c := h.config
	return analysis.NewInstant(analysis.InstantOptions{
		Looker: l, IDs: h.ids, Clock: h.clock, Capture: c.Quality.Bounds.Capture,
		Workers: c.Analysis.Workers, Waiting: min(c.Analysis.QueueMax, maxInstant), Timeout: c.Analysis.SyncTimeout,
		Observe: analysis.Observer{Ended: func(a osprey.Analysis) { h.ended(a, osprey.SourceInstant) }, Stage: h.stage}, Reserve: h.reserve, Logger: h.log,
	})
}

// uploadBudget is the memory that bodies in flight may take: a few of the largest
// requests, whatever the limits on one are.
func uploadBudget(c config.Config) int64 {
	largest := int64(c.Media.MaxCount)*c.Media.MaxSize + 2<<20
	return max(4*largest, 512<<20)
}

// build is what runs, with the version of the inference runtime.
func (h *House) build() httpapi.Build {
	b := h.o.Build
	b.Engine = runtimeOf(filepath.Join(h.config.Models.Dir, h.config.Models.Profile))
	return b
}

// runtimeOf names the inference runtime of a pack that was verified before.
func runtimeOf(dir string) string {
	var m face.Manifest
	raw, err := os.ReadFile(filepath.Join(dir, face.ManifestName)) //nolint:gosec // the pack in use
	if err != nil || json.Unmarshal(raw, &m) != nil {
		return ""
	}
	return m.Runtime.Name + " " + m.Runtime.Version
}

// measure makes the figures that are counted as things happen.
func (h *House) measure() {
	b := h.build()
	h.metrics = metric.New(metric.Build{Version: b.Version, Commit: b.Commit, Go: b.Go, Engine: b.Engine})
	h.counting.Store(h.metrics)
	for _, m := range h.engine.Models() {
		h.metrics.ModelLoaded(m.Name, m.Version, h.config.Engine.Provider)
	}
}
