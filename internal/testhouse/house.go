package testhouse

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/collection"
	"example.org/osprey/internal/erasure"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/testphoto"
	"example.org/osprey/internal/vault"
	"example.org/osprey/media"
)

// Options change what New builds. The zero value is good.
type Options struct {
	Dir         string // data folder; empty: a temporary one
	Clock       osprey.Clock
	Workers     int           // analyses at a time, 2 when 0
	RetryMax    int           // tries of an analysis after the first
	RunTimeout  time.Duration // of one try, a minute when 0
	QueueMax    int           // open analyses, 100,000 when 0
	IndexMemory int64         // bytes, unbounded when 0
	MaxMedia    int           // media in a folder, 100 when 0
	// Stage, when set, is told of every stage of an analysis when it is over; the
	// one called "search" lies between a search and the commit of its result.
	Stage func(stage string)
	// Looks, when set, stands before what looks at the media of analyses.
	Looks func(analysis.Looker) analysis.Looker
	// Thresholds, when set, changes the installation's thresholds and policies.
	Thresholds func(*osprey.Thresholds)
	// Hooks take part in the transactions that change analyses.
	Hooks []analysis.Hook
	// Grown, when set, is told of the bytes of result images.
	Grown func(tx *store.Tx, company osprey.ID, bytes int64) error
	// Idle leaves the queue stopped: analyses stay PROCESSING.
	Idle bool
}

// House is Osprey without a server.
type House struct {
	Dir         string
	Store       *store.Store
	Bucket      *Bucket
	Blobs       *blob.Store
	Ring        *vault.Ring
	Looker      *look.Looker
	Templates   *look.Templates
	Index       *index.Index
	Queue       *queue.Queue
	Collections *collection.Service
	Folders     *folder.Service
	Analyses    *analysis.Service
	Eraser      *erasure.Eraser
	Audit       *AuditLog
	IDs         *osprey.IDs

	secret    *vault.Secret
	tb        testing.TB
	closeOnce sync.Once
}

// The thresholds of a house without other settings: from Threshold on two faces
// match, from Spoofing on a medium is an attack.
const (
	Threshold = 0.85
	Spoofing  = 0.5
)

// New builds a house and takes it down with the test.
func New(tb testing.TB, o Options) *House {
	tb.Helper()
	if o.Dir == "" {
		o.Dir = tb.TempDir()
	}
	if o.Clock == nil {
		o.Clock = osprey.SystemClock{}
	}
	h := &House{Dir: o.Dir, tb: tb, Audit: &AuditLog{}, IDs: osprey.NewIDs(o.Clock)}
	tb.Cleanup(h.Close)
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	ctx := context.Background()
	var err error
	h.Store, err = store.Open(ctx, store.Options{Path: h.Database(), Clock: o.Clock, IDs: h.IDs})
	must(err)
	h.secret, err = vault.LoadSecret(filepath.Join(o.Dir, "secret.json"), "")
	must(err)
	keys, err := vault.New(h.secret.Derive("wrap", vault.MasterBytes))
	must(err)
	h.Ring = vault.NewRing(keys, h.Store.Keys(), 0)
	files, err := blob.OpenFile(filepath.Join(o.Dir, "media"))
	must(err)
	tb.Cleanup(func() { _ = files.Close() })
	h.Bucket = &Bucket{Bucket: files}
	h.Blobs = blob.New(h.Bucket, h.Ring)
	h.Looker = Looker(tb)
	h.Templates = look.NewTemplates(h.Ring, vault.AAD)
	h.Index = h.NewIndex(o.IndexMemory, h.Model())
	must(h.Index.Load(ctx))
	must(h.open(ctx, o))
	return h
}

// open makes the services and starts the queue.
func (h *House) open(ctx context.Context, o Options) (err error) {
	log := Logger(h.tb)
	thresholds := func() osprey.Thresholds {
		t := osprey.Thresholds{
			Spoofing: Spoofing, BiometryMin: Threshold, BiometryMax: Threshold, Collection: Threshold,
			GesturePolicy: osprey.GestureReport, InjectionMode: osprey.InjectionScore,
		}
		if o.Thresholds != nil {
			o.Thresholds(&t)
		}
		return t
	}
	var looker analysis.Looker = h.Looker
	if o.Looks != nil {
		looker = o.Looks(looker)
	}
	h.Eraser = erasure.New(h.Store, h.Blobs, log)
	h.Queue, err = queue.New(ctx, queue.Options{
		DB: h.Store.DB(), Workers: map[string]int{analysis.JobKind: or(o.Workers, 2)},
		RetryMax: o.RetryMax, RetryStep: time.Millisecond, RunTimeout: or(o.RunTimeout, time.Minute), Logger: log,
	})
	if err != nil {
		return err
	}
	var observe analysis.Observer
	if o.Stage != nil {
		observe.Stage = func(stage string, _ float64) { o.Stage(stage) }
	}
	h.Analyses, err = analysis.NewService(analysis.Options{
		Store: h.Store, Blobs: h.Blobs, Looker: looker, Templates: h.Templates, Index: h.Index, Queue: h.Queue,
		Audit: h.Audit.Append, IDs: h.IDs, Installation: thresholds, QueueMax: or(o.QueueMax, 100_000),
		QueueTimeout: time.Hour, RunTimeout: or(o.RunTimeout, time.Minute), Hooks: o.Hooks, Grown: o.Grown, Erase: h.Eraser.Poke, Observe: observe, Logger: log,
	})
	if err != nil {
		return err
	}
	h.Collections = collection.NewService(collection.Options{
		Store: h.Store, Blobs: h.Blobs, Looker: h.Looker, Templates: h.Templates, Index: h.Index,
		Audit: h.Audit.Append, IDs: h.IDs, Installation: thresholds, Erase: h.Eraser.Poke, Logger: log,
	})
	h.Folders = folder.NewService(folder.Options{
		Store: h.Store, Blobs: h.Blobs, Looker: h.Looker, Audit: h.Audit.Append, IDs: h.IDs,
		MaxMedia: or(o.MaxMedia, 100), TakeKey: h.TakeKey, TakeLife: time.Hour, Erase: h.Eraser.Poke, Cancel: h.Analyses.Cancel, Logger: log,
	})
	if o.Idle {
		return nil
	}
	return h.Start(ctx)
}

// Start runs the queue, as a server does at its start.
func (h *House) Start(ctx context.Context) error {
	if err := h.Queue.Rescue(ctx); err != nil {
		return err
	}
	return h.Queue.Start(ctx)
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// stopPatience bounds the wait for jobs at the end of a test.
const stopPatience = 30 * time.Second

// Close stops what runs. Closing twice is harmless; New's test does it too.
func (h *House) Close() {
	h.closeOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
		defer cancel()
		if h.Queue != nil {
			if err := h.Queue.Stop(ctx); err != nil {
				h.tb.Error(err)
			}
		}
		if h.Index != nil {
			h.Index.Close()
		}
		if h.Store != nil {
			if err := h.Store.Close(); err != nil {
				h.tb.Error(err)
			}
		}
	})
}

// Database is the path of the database file.
func (h *House) Database() string { return filepath.Join(h.Dir, "osprey.db") }

// Snapshots is the folder of the galleries' snapshots.
func (h *House) Snapshots() string { return filepath.Join(h.Dir, "index") }

// Model is the id of the templates' model.
func (h *House) Model() string { return h.Looker.Engine().ModelID() }

// NewIndex makes another, empty index over the same rows and snapshots, for
// templates of a model.
func (h *House) NewIndex(memory int64, model string) *index.Index {
	return index.New(index.Options{
		Store: h.Store, Templates: h.Templates, Seals: h.Ring, Dir: h.Snapshots(),
		Model: model, Dim: Dim, Memory: memory, Logger: Logger(h.tb),
	})
}

// engine is loaded once a process: the models are large, and ONNX Runtime is one a
// process in any case.
var engine = struct {
	sync.Mutex
	*face.Engine
}{}

// Looker looks at photographs with the default pack and the default gates.
func Looker(tb testing.TB) *look.Looker {
	tb.Helper()
	dir := testphoto.Pack(tb)
	engine.Lock()
	defer engine.Unlock()
	if engine.Engine == nil {
		e, err := face.Open(dir, face.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		engine.Engine = e
	}
	player, err := media.NewPlayer(media.PlayerOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return look.New(look.Options{
		Engine: engine.Engine, Player: player, Enrolment: osprey.EnrolmentGate(), Analysis: osprey.AnalysisGate(), Thumbnail: 256,
	})
}

// TakeKey is the key with which a capture session signs its takes.
func (h *House) TakeKey(session osprey.ID) []byte {
	return h.secret.MAC("osprey-take:" + string(session))
}

// Logger writes to the standard error of verbose tests only.
func Logger(tb testing.TB) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})).With("test", tb.Name())
}

// AuditLog takes what the services tell the audit log.
type AuditLog struct {
	mu     sync.Mutex
	events []access.Event
}

// Append is the services' access.Audit.
func (l *AuditLog) Append(_ *store.Tx, _ osprey.Actor, e access.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	return nil
}

// Events are those of an action so far.
func (l *AuditLog) Events(action string) []access.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []access.Event
	for _, e := range l.events {
		if e.Action == action {
			out = append(out, e)
		}
	}
	return out
}

// Bucket is a bucket that can be told to fail.
type Bucket struct {
	blob.Bucket

	mu   sync.Mutex
	fail func(ctx context.Context, op, key string) error
}

// Fail has fn asked before each "put", "get" and "delete"; what it returns, the
// bucket answers. nil ends that.
func (b *Bucket) Fail(fn func(ctx context.Context, op, key string) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = fn
}

func (b *Bucket) ask(ctx context.Context, op, key string) error {
	b.mu.Lock()
	fn := b.fail
	b.mu.Unlock()
	if fn == nil {
		return nil
	}
	return fn(ctx, op, key)
}

// Put is the bucket's, unless it is to fail.
func (b *Bucket) Put(ctx context.Context, key string, data []byte) error {
	if err := b.ask(ctx, "put", key); err != nil {
		return err
	}
	return b.Bucket.Put(ctx, key, data)
}

// Get is the bucket's, unless it is to fail.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	if err := b.ask(ctx, "get", key); err != nil {
		return nil, err
	}
	return b.Bucket.Get(ctx, key)
}

// Delete is the bucket's, unless it is to fail.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := b.ask(ctx, "delete", key); err != nil {
		return err
	}
	return b.Bucket.Delete(ctx, key)
}

// Keys lists what the bucket holds.
func (h *House) Keys() map[string]bool {
	h.tb.Helper()
	out := make(map[string]bool)
	err := h.Blobs.Keys(context.Background(), func(key string) error {
		out[key] = true
		return nil
	})
	if err != nil {
		h.tb.Fatal(err)
	}
	return out
}
