package server

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/lite"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/vault"
	"example.org/osprey/internal/wire"
)

// liteOpen is the value of lite.auth for which no token is asked.
const liteOpen = "none"

// liteWaiting is how many calls of API Lite may wait for each that is judged.
const liteWaiting = 8

// liteRooms are what API Lite shares with the rest of the house.
type liteRooms struct {
	looker *look.Looker
	// settle verifies and spends takes; thresholds are the installation's in force.
	settle func(ctx context.Context, company osprey.ID, in *look.Intake) (osprey.TakeStatus, error)
	// action is the gesture that a take is held to; nil where settle verifies none.
	action     func(ctx context.Context, company osprey.ID, in *look.Intake) (string, error)
	thresholds func() osprey.Thresholds
	limiter    *access.Limiter
	memory     *wire.Budget
}

// newLite makes API Lite, nil where it is off.
func (h *House) newLite(ctx context.Context, with liteRooms) (*lite.Lite, error) {
	c := h.config
	if !c.Lite.Enabled {
		return nil, nil
	}
	keys, err := vault.OpenTemplateKeys(c.Keys.File, h.secret)
	if err != nil {
		return nil, err
	}
	if c.Lite.Company != "" {
		if payer, err := h.litePayer(ctx); err != nil || payer == "" {
			h.log.Warn("lite.company: there is no such company; calls without one count for nobody", "company_id", string(c.Lite.Company), "error", err)
		}
	}
	models := h.engine.Models()
	return lite.New(lite.Options{
		Eyes: with.looker, Models: models, Retired: retired(c.Models.Dir, models), Health: h.modelsMissing,
		Engine: h.build().Engine, Version: h.build().Version,
		Keys: keys, Seal: c.Lite.TemplateProtection == "seal",
		Open: c.Lite.Auth == liteOpen, Sessions: h.sessions, Limiter: with.limiter, Company: h.litePayer, Meter: h.meterLite, MayServe: h.state.MayServe,
		Thresholds: with.thresholds, ThresholdMin: c.Lite.ThresholdMin, ThresholdMax: c.Lite.ThresholdMax,
		SettleTake: with.settle, TakeAction: with.action,
		MaxBody: c.Lite.MaxBody, MaxSample: c.Media.MaxSize, Memory: with.memory,
		Working: c.Analysis.Workers, Waiting: liteWaiting * c.Analysis.Workers,
		Proxies: wire.Proxies(c.HTTP.TrustedProxies), Observer: observer{h.metrics, h}, Clock: h.clock, IDs: h.ids, Log: h.log,
	})
}

// withLite puts API Lite before the API on one listener.
func (h *House) withLite() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.lite.Serves(r.URL.Path) && h.api.ServesHost(r) {
			h.lite.ServeHTTP(w, r)
			return
		}
		h.api.ServeHTTP(w, r)
	})
}

// listenLite opens the listener of API Lite's own, where it has one. Probes answer there
// too.
func (l *Life) listenLite(ctx context.Context) error {
	if l.lite != nil && l.config.Lite.Auth == liteOpen {
		l.log.Warn("lite.auth is none: everybody who reaches API Lite may call it")
	}
	if l.lite == nil || l.config.Lite.Listen == "" {
		return nil
	}
	own, err := listen(ctx, "lite.listen", l.config.Lite.Listen)
	if err != nil {
		return err
	}
	l.Addresses.Lite = own.Addr().String()
	if err := l.servePublic(own, l.liteAlone()); err != nil {
		return errors.Join(err, own.Close())
	}
	return nil
}

// liteAlone answers on the listener of API Lite's own: its calls, and the probes.
func (h *House) liteAlone() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimSuffix(r.URL.Path, "/") {
		case "/livez", "/healthz", "/readyz":
			h.api.ServeHTTP(w, r)
			return
		}
		if !h.api.ServesHost(r) {
			h.api.ServeHTTP(w, r) // which says so
			return
		}
		h.lite.ServeHTTP(w, r)
	})
}

// litePayer tells which company pays for calls without one: that of the settings, else
// the oldest. It is empty where there is none (any more).
func (h *House) litePayer(ctx context.Context) (payer osprey.ID, err error) {
	if h.st == nil {
		return "", nil
	}
	named := h.config.Lite.Company
	err = h.st.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		if named != "" {
			c, err := tx.Company(named)
			payer = c.ID
			return err
		}
		first, _, err := tx.Companies(store.Query{Limit: 1, Sort: store.CreatedAsc, OmitTotal: true})
		if err == nil && len(first) > 0 {
			payer = first[0].ID
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return payer, err
}

// modelsMissing tells why models of these tasks cannot work, empty when they can: the
// pack has none, or their files are gone, so that nobody could verify or load them
// again.
func (h *House) modelsMissing(tasks ...face.Task) string {
	const missing = "model not loaded"
	for _, t := range tasks {
		if !h.engine.Has(t) {
			return missing
		}
	}
	for _, m := range h.engine.Models() {
		if !slices.Contains(tasks, m.Task) {
			continue
		}
		if _, err := os.Stat(filepath.Join(h.config.Models.Dir, h.config.Models.Profile, m.Name, face.ModelName)); err != nil {
			return missing
		}
	}
	return ""
}

// mostRetired bounds the manifests that are read beside those of the pack in use.
const mostRetired = 256

// retired reads the manifests of embedders that lie in the folder of models and are not
// loaded: their templates can still be compared with each other. What is no manifest is
// passed over.
func retired(dir string, loaded []face.ModelManifest) []face.ModelManifest {
	names, err := filepath.Glob(filepath.Join(dir, "*", "*", face.ManifestName))
	if err != nil || len(names) > mostRetired {
		return nil
	}
	var out []face.ModelManifest
	for _, name := range names {
		m, err := face.ReadModelManifest(name)
		known := func(other face.ModelManifest) bool { return other.SHA256 == m.SHA256 }
		if err == nil && m.Task == face.TaskEmbed && !slices.ContainsFunc(loaded, known) {
			out = append(out, *m)
		}
	}
	return out
}
