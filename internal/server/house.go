package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/audit"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/capsule"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/egress"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/httpapi"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/lite"
	"example.org/osprey/internal/metric"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/setting"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/usage"
	"example.org/osprey/internal/vault"
	"example.org/osprey/internal/webhook"
	"example.org/osprey/media"
)

// Options put a house together.
type Options struct {
	Resolved *config.Resolved
	// ConfigFile is the settings file that a reload reads; empty is the standard
	// one.
	ConfigFile string
	Build      httpapi.Build // Engine is filled in from the model pack
	Logger     *slog.Logger
	NoMigrate  bool         // refuse a database of an older version
	Clock      osprey.Clock // nil: the machine's
}

// House is the rooms of one installation, wired.
type House struct {
	o       Options
	config  config.Config
	log     *slog.Logger
	clock   osprey.Clock
	ids     *osprey.IDs
	metrics *metric.Set
	// counting are the metrics, for what runs before and while they are made.
	counting atomic.Pointer[metric.Set]
	state    *state
	faults   faults
	chains   auditState
	storage  storageProbe

	lock        *Lock
	st          *store.Store
	bucket      *blob.File
	blobs       *blob.Store
	ring        *vault.Ring
	secret      *vault.Secret
	engine      *face.Engine
	player      *media.Player
	index       *index.Index
	queue       *queue.Queue
	audit       *audit.Log
	eraser      *erasure.Eraser
	settings    *setting.Service
	sessions    *access.Sessions
	accounts    *account.Service
	analyses    *analysis.Service
	folders     *folder.Service
	collections *collection.Service
	retention   *erasure.Retention
	stones      *erasure.Tombstones // nil when its file cannot be trusted
	capsules    *capsule.Desk
	usage       *usage.Service
	api         *httpapi.API
	lite        *lite.Lite // nil: off
	replays     *replay.Desk
	guard       *egress.Guard
	webhooks    *webhook.Service
	// listensAt is the URL of the main listener; nil before it listens.
	listensAt atomic.Pointer[string]

	loops      sync.WaitGroup
	endLoops   context.CancelFunc
	firstAdmin bool
}

// Open locks the data folder, opens and recovers everything in it, and wires the
// rooms. The house answers reads; writes and jobs wait for Load. Errors: a
// *LockedError when another process uses the data folder, a *pack.Error (which
// wraps *face.PackError) when the model pack is missing or not whole.
func Open(ctx context.Context, o Options) (_ *House, err error) {
	if o.Clock == nil {
		o.Clock = osprey.SystemClock{}
	}
	h := &House{o: o, config: o.Resolved.Config, log: o.Logger, clock: o.Clock, ids: osprey.NewIDs(o.Clock)}
	for _, n := range o.Resolved.Notices {
		h.log.Log(ctx, n.Level, n.Text)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(ctx))
		}
	}()
	if h.config.Server.Storeless() {
		if err := h.openStoreless(ctx); err != nil {
			return nil, err
		}
		return h, nil
	}
	if h.lock, err = LockData(h.config.DataDir); err != nil {
		return nil, err
	}
	h.state = &state{disk: &disk{dir: h.config.DataDir, clock: o.Clock}}

	// The models take the longest to load, so they load beside the rest.
	var both errgroup.Group
	both.Go(func() (err error) { h.engine, err = openEngine(h.config); return err })
	both.Go(func() error { return h.openData(ctx) })
	if err := both.Wait(); err != nil {
		return nil, err
	}
	h.warnOfLicences()
	if err := h.wire(ctx); err != nil {
		return nil, err
	}
	if err := h.recover(ctx); err != nil {
		return nil, err
	}
	if a := h.config.Admin; a.Email != "" {
		if h.firstAdmin, err = h.accounts.EnsureAdmin(ctx, a.Email, a.Password.Reveal()); err != nil {
			return nil, fmt.Errorf("first administrator: %w", err)
		}
	}
	return h, nil
}

// openData opens what lies in the data folder.
func (h *House) openData(ctx context.Context) (err error) {
	if err := clearTemporary(h.config.DataDir); err != nil {
		return err
	}
	if h.secret, err = vault.LoadSecret(h.config.Keys.File, h.config.Server.SecretKey.Reveal()); err != nil {
		return err
	}
	v, err := vault.New(h.secret.Derive("master", vault.MasterBytes))
	if err != nil {
		return err
	}
	h.st, err = store.Open(ctx, store.Options{Path: h.config.DB.Path, Clock: h.clock, IDs: h.ids, NoMigrate: h.o.NoMigrate, Observe: h.transaction})
	if err != nil {
		return err
	}
	h.ring = vault.NewRing(v, keyStore{h.st}, 0)
	if h.bucket, err = blob.OpenFile(h.config.Storage.Dir); err != nil {
		return err
	}
	h.blobs = blob.New(h.bucket, h.ring)
	return h.openTombstones()
}

// Handler answers requests from outside.
func (h *House) Handler() http.Handler {
	if h.lite == nil || h.config.Lite.Listen != "" {
		return h.api
	}
	return h.withLite()
}

// LocalHandler answers requests of whoever owns the machine: they need no token
// and are ADMIN. Only what nobody else can reach may use it.
func (h *House) LocalHandler() http.Handler { return marked(h.api, httpapi.Owner) }

func marked(next http.Handler, mark func(context.Context) context.Context) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(mark(r.Context())))
	})
}

// Load fills the galleries, begins to run jobs and makes the house ready.
func (h *House) Load(ctx context.Context) error {
	if h.st == nil {
		h.state.advance(ready)
		return nil
	}
	if err := h.index.Load(ctx); err != nil {
		return fmt.Errorf("load the galleries: %w", err)
	}
	if err := h.queue.Start(ctx); err != nil {
		return err
	}
	h.startLoops(ctx)
	h.state.advance(ready)
	return nil
}

// Close stops what runs, in order: jobs end or are put back within ctx, the
// galleries are saved, the database is closed and the data folder given back. It
// can be called on a house that was opened in part.
func (h *House) Close(ctx context.Context) error {
	var errs []error
	if h.state != nil {
		h.state.advance(refusing)
	}
	if h.endLoops != nil {
		h.endLoops()
		h.loops.Wait()
	}
	if h.queue != nil {
		errs = append(errs, h.queue.Stop(ctx))
	}
	// What follows has to happen although the time for jobs may be over.
	ctx = context.WithoutCancel(ctx)
	if h.usage != nil {
		errs = append(errs, h.usage.Flush(ctx))
	}
	if h.index != nil {
		if h.state.wasReady.Load() {
			errs = append(errs, h.index.Save(ctx))
		}
		h.index.Close()
	}
	if h.engine != nil {
		errs = append(errs, h.engine.Close())
	}
	if h.bucket != nil {
		errs = append(errs, h.bucket.Close())
	}
	if h.stones != nil {
		errs = append(errs, h.stones.Close())
	}
	if h.st != nil {
		errs = append(errs, h.st.Close())
	}
	errs = append(errs, h.lock.Release())
	return errors.Join(errs...)
}
