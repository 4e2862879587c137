package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/httpapi"
	"example.org/osprey/internal/metric"
	"example.org/osprey/internal/store"
)

// observer tells the figures of every request, and remembers the faults.
type observer struct {
	*metric.Set
	h *House
}

// RequestBegun counts a request that came in.
func (o observer) RequestBegun(component string) func(method, route string, status int, took time.Duration) {
	done := o.Set.RequestBegun(component)
	return func(method, route string, status int, took time.Duration) {
		done(method, route, status, took)
		if status >= 500 && status != 503 { // a refusal for lack of room or time is no fault
			o.h.faults.add(o.h.clock.Now())
		}
	}
}

// analysisEnded counts a stored analysis.
func (h *House) analysisEnded(a osprey.Analysis, from osprey.Source) {
	h.webhooks.Poke()
	h.ended(a, from)
}

// ended counts an analysis, by the way it came.
func (h *House) ended(a osprey.Analysis, from osprey.Source) {
	took := a.Finished.Time().Sub(a.Created.Time())
	h.metrics.AnalysisEnded(a.Type, a.Resolution, from, took)
	if a.ErrorCode != nil {
		h.metrics.FaceRejected(*a.ErrorCode, "analysis")
	}
	for _, score := range a.Result.Scores() {
		h.metrics.Score(a.Type, score)
	}
	if a.Result == nil || a.Result.Quality == nil {
		return
	}
	for _, m := range a.Result.Quality.Media {
		if m.Gesture != nil {
			h.metrics.GestureJudged(*m.Gesture)
		}
		if m.Injection != nil {
			h.metrics.Injection(*m.Injection)
		}
	}
}

// transaction takes the time of a transaction. The database is open before there are
// figures: what comes until then is not counted.
func (h *House) transaction(op string, took time.Duration) { h.counting.Load().Transaction(op, took) }

// stage takes the time of a stage of an analysis.
func (h *House) stage(stage string, seconds float64) {
	h.metrics.Stage(stage, seconds)
	if stage == "search" {
		h.metrics.Searched("analysis", time.Duration(seconds*float64(time.Second)))
	}
}

// faults counts answers of 500 and more, by the hour, for a day. It is safe for
// concurrent use.
type faults struct {
	mu    sync.Mutex
	hours [24]struct {
		hour  int64
		count int64
	}
}

func (f *faults) add(now time.Time) {
	hour := now.Unix() / 3600
	f.mu.Lock()
	defer f.mu.Unlock()
	slot := &f.hours[hour%24]
	if slot.hour != hour {
		slot.hour, slot.count = hour, 0
	}
	slot.count++
}

// day is the count of the last 24 hours, the running one included.
func (f *faults) day(now time.Time) int64 {
	hour := now.Unix() / 3600
	f.mu.Lock()
	defer f.mu.Unlock()
	var sum int64
	for _, slot := range f.hours {
		if hour-slot.hour < 24 {
			sum += slot.count
		}
	}
	return sum
}

// Figures answers GET /api/system.
func (h *House) Figures(ctx context.Context) httpapi.Figures {
	f := httpapi.Figures{DatabaseBytes: h.st.Size(), Errors24h: h.faults.day(h.clock.Now())}
	if depth, err := h.queue.Depth(ctx); err == nil {
		for _, n := range depth {
			f.QueueDepth += int64(n)
		}
	}
	if free, _, known := h.state.disk.space(); known {
		bytes := int64(min(free, 1<<62))
		f.DiskFree = &bytes
	}
	_, images, bytes := h.index.Size()
	f.IndexPhotos, f.IndexBytes = int64(images), bytes
	return f
}

// Models answers GET /api/models. All models of the loaded profile are in use, those
// too that are read when the first analysis asks for them.
func (h *House) Models() []httpapi.Model {
	var models []httpapi.Model
	for _, m := range h.engine.Models() {
		one := httpapi.Model{
			Name: m.Name, Version: m.Version, Task: string(m.Task), SHA256: m.SHA256, License: m.License,
			CommercialUse: m.CommercialUse, InUse: true, Accuracy: m.Accuracy,
		}
		if m.Calibration != nil {
			one.Calibration = m.Calibration
		}
		models = append(models, one)
	}
	return models
}

// scrapeTime bounds what one reading of the figures asks of the database.
const scrapeTime = 2 * time.Second

// auditState is the outcome of the last check of the audit chains.
type auditState struct {
	known, whole atomic.Bool
}

// watch adds the figures that are asked for when they are read.
func (h *House) watch() {
	ask := func(fn func(context.Context) error) bool {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
		defer cancel()
		return fn(ctx) == nil
	}
	h.metrics.Watch(metric.Live{
		QueueDepth: func() (depth map[string]int, ok bool) {
			ok = ask(func(ctx context.Context) (err error) { depth, err = h.queue.Depth(ctx); return err })
			if _, any := depth["analysis"]; ok && !any {
				depth["analysis"] = 0
			}
			return depth, ok
		},
		QueueOldest: func() (age time.Duration, ok bool) {
			ok = ask(func(ctx context.Context) (err error) { age, err = h.queue.Oldest(ctx); return err })
			return age, ok
		},
		WorkersBusy: h.queue.Busy, Workers: h.config.Analysis.Workers,
		SearchFaces: func() int { _, images, _ := h.index.Size(); return images },
		Persons: func() (n int, ok bool) {
			ok = ask(func(ctx context.Context) (err error) { n, err = h.persons(ctx); return err })
			return n, ok
		},
		Storage: func() map[string]int64 {
			_, _, bytes := h.index.Size()
			kept := map[string]int64{"database": h.st.Size(), "index": bytes}
			var media int64
			if ask(func(ctx context.Context) (err error) { media, err = h.mediaBytes(ctx); return err }) {
				kept["media"] = media
			}
			return kept
		},
		Conns:      h.st.Conns,
		DiskFree:   h.state.disk.share,
		AuditWhole: func() (whole, known bool) { return h.chains.whole.Load(), h.chains.known.Load() },
		QuotaRatios: func() (used map[string]float64, ok bool) {
			ok = ask(func(ctx context.Context) (err error) { used, err = h.usage.QuotaRatios(ctx); return err })
			return used, ok
		},
		Webhooks: h.pendingWebhooks,
		Models:   h.modelWork,
	})
}

// modelWork is what each model has done.
func (h *House) modelWork() []metric.ModelWork {
	var work []metric.ModelWork
	for _, s := range h.engine.Stats() {
		work = append(work, metric.ModelWork{Name: s.Name, Runs: s.Runs, Time: s.Time})
	}
	return work
}

// mediaBytes is what the blobs of all companies have, as their quotas count them.
func (h *House) mediaBytes(ctx context.Context) (n int64, err error) {
	err = h.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		n, err = tx.AllStoredBytes()
		return err
	})
	return n, err
}

// persons counts the persons of all collections by their rows' counters.
func (h *House) persons(ctx context.Context) (n int, err error) {
	const page = 1000
	for offset := 0; ; offset += page {
		var collections []osprey.Collection
		err := h.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			collections, _, err = tx.Collections(store.Query{Limit: page, Offset: offset, Sort: store.CreatedAsc, OmitTotal: true})
			return err
		})
		if err != nil {
			return 0, err
		}
		for _, c := range collections {
			n += c.Persons
		}
		if len(collections) < page {
			return n, nil
		}
	}
}
