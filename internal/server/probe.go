package server

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.org/osprey/internal/httpapi"
)

// The words of the checks.
const (
	wordOK      = "ok"
	wordMissing = "missing"
	wordLow     = "low"
	wordFull    = "full"
	wordLoading = "loading"
	wordFailed  = "failed"
	wordEnding  = "stopping"
	wordPerNode = "per_node"
)

// probeTime bounds one look at all parts.
const probeTime = 2 * time.Second

// MayServe is nil until new requests are refused.
func (h *House) MayServe() error { return h.state.MayServe() }

// MayWrite is nil once the galleries are loaded.
func (h *House) MayWrite() error { return h.state.MayWrite() }

// MayUpload is nil while there is room on the disk.
func (h *House) MayUpload() error { return h.state.MayUpload() }

// probeOf looks at one part.
type probeOf struct {
	name string
	look func(context.Context) (word, detail string)
}

// Checks looks at every part, each afresh.
func (h *House) Checks(ctx context.Context) (bool, []httpapi.Check) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	looks := []probeOf{
		{"store", h.probeStore},
		{"storage", h.probeStorage},
		{"index", h.probeIndex},
		{"models", h.probeModels},
		{"queue", h.probeQueue},
		{"disk", func(context.Context) (string, string) { return h.state.disk.word(), "" }},
		{"decoder", h.probeDecoder},
	}
	if h.st == nil {
		for i := range looks {
			switch looks[i].name {
			case "store", "storage", "index", "queue", "disk":
				looks[i].look = func(context.Context) (string, string) { return wordMissing, "nothing is stored here" }
			}
		}
	}
	isReady := h.state.phase() == ready
	if !h.capsules.Shared() {
		looks = append(looks, probeOf{"capsule", h.probeCapsule})
	}
	checks := make([]httpapi.Check, len(looks))
	for i, l := range looks {
		begun := time.Now()
		word, detail := l.look(ctx)
		checks[i] = httpapi.Check{Name: l.name, Status: word, Detail: detail, Took: time.Since(begun)}
		switch word {
		case wordFull, wordLoading, wordFailed, wordEnding:
			isReady = false
		}
	}
	if h.lite != nil && h.config.Lite.Auth == liteOpen {
		checks = append(checks, httpapi.Check{Name: "lite_auth", Status: liteOpen, Detail: "API Lite asks for no token", Hidden: true})
	}
	return isReady, checks
}

func (h *House) probeStore(ctx context.Context) (string, string) {
	if err := h.st.Ping(ctx); err != nil {
		return wordFailed, "the database does not answer"
	}
	return wordOK, ""
}

// probeLife is how long a finding about the media folder is told again: anybody may ask
// for it, as often as he likes.
const probeLife = time.Second

// storageProbe is what was found of the media folder last.
type storageProbe struct {
	mu   sync.Mutex
	at   time.Time
	fine bool
}

// probeStorage writes and removes a file where media are kept.
func (h *House) probeStorage(context.Context) (string, string) {
	p := &h.storage
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.at.IsZero() || now.Sub(p.at) >= probeLife {
		name := filepath.Join(h.config.Storage.Dir, ".probe")
		err := os.WriteFile(name, []byte("probe"), 0o600)
		if err == nil {
			err = os.Remove(name)
		}
		p.at, p.fine = now, err == nil
	}
	if !p.fine {
		return wordFailed, "the media folder cannot be written to"
	}
	return wordOK, ""
}

func (h *House) probeIndex(context.Context) (string, string) {
	if h.state.phase() == starting {
		return wordLoading, "the galleries are being loaded"
	}
	return wordOK, ""
}

// probeModels can only see models that were verified and gave their known answer,
// or the house would not stand.
func (h *House) probeModels(context.Context) (string, string) {
	name, version := h.engine.Profile()
	return wordOK, name + " " + version
}

// probeDecoder can only see a decoder that started when the house was built.
func (h *House) probeDecoder(context.Context) (string, string) {
	if !h.player.Ready() {
		return wordMissing, "videos are refused: no decoder is configured"
	}
	return wordOK, ""
}

// probeCapsule is asked where every node has its own memory of spent tokens.
func (*House) probeCapsule(context.Context) (string, string) {
	return wordPerNode, "a session token is spent for this process only"
}

func (h *House) probeQueue(ctx context.Context) (string, string) {
	switch h.state.phase() {
	case starting:
		return wordLoading, "jobs begin when the galleries are loaded"
	case refusing:
		return wordEnding, ""
	}
	if _, err := h.queue.Oldest(ctx); err != nil {
		return wordFailed, "the queue does not answer"
	}
	return wordOK, ""
}
