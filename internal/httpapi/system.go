package httpapi

import (
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/licence"
	"example.org/osprey/internal/wire"
)

const apiVersion = "1"

type versionObject struct {
	Core    string `json:"core"`
	Version string `json:"version"`
	API     string `json:"api"`
}

func (a *API) version(*call) (answer, error) {
	return ok(versionObject{Core: a.Build.Version, Version: a.Build.Version, API: apiVersion})
}

type statusObject struct {
	Status string `json:"status"`
}

func (a *API) healthcheck(*call) (answer, error) { return ok(statusObject{Status: "ok"}) }

// systemObject answers GET /api/system; null is unknown.
type systemObject struct {
	Ready         bool                   `json:"ready"`
	Checks        map[string]checkObject `json:"checks"`
	Versions      versionsObject         `json:"versions"`
	QueueDepth    int64                  `json:"queue_depth"`
	DiskFree      *int64                 `json:"disk_free_bytes"`
	DatabaseBytes int64                  `json:"database_bytes"`
	IndexPhotos   int64                  `json:"index_photos"`
	IndexBytes    int64                  `json:"index_bytes"`
	RecallProbe   *wire.Score            `json:"recall_probe"`
	LastBackup    osprey.Time            `json:"last_backup"`
	Errors24h     int64                  `json:"errors_24h"`
}

type versionsObject struct {
	Osprey string  `json:"osprey"`
	Commit *string `json:"commit"`
	Go     *string `json:"go"`
	Engine *string `json:"engine"`
}

func (a *API) system(c *call) (answer, error) {
	ready, checks := a.Process.Checks(c.ctx())
	f := a.System.Figures(c.ctx())
	return ok(systemObject{
		Ready: ready, Checks: showChecks(checks),
		Versions: versionsObject{
			Osprey: a.Build.Version, Commit: orNull(a.Build.Commit), Go: orNull(a.Build.Go), Engine: orNull(a.Build.Engine),
		},
		QueueDepth: f.QueueDepth, DiskFree: f.DiskFree, DatabaseBytes: f.DatabaseBytes,
		IndexPhotos: f.IndexPhotos, IndexBytes: f.IndexBytes, RecallProbe: wire.ScoreOf(f.RecallProbe),
		LastBackup: f.LastBackup, Errors24h: f.Errors24h,
	})
}

// modelObject is one model of GET /api/models.
type modelObject struct {
	Name          string `json:"name"`
	Version       string `json:"version"`
	Task          string `json:"task"`
	SHA256        string `json:"sha256"`
	License       string `json:"license"`
	CommercialUse bool   `json:"commercial_use"`
	InUse         bool   `json:"in_use"`
	Calibration   any    `json:"calibration"`
	Accuracy      any    `json:"accuracy"`
}

var modelList = wire.List{}

func (a *API) listModels(c *call) (answer, error) {
	page, err := modelList.Page(c.params)
	if err != nil {
		return nil, err
	}
	models := a.Models.Models()
	low := min(page.Query.Offset, len(models))
	high := min(low+page.Query.Limit, len(models))
	return ok(wire.Body(page, wire.Each(models[low:high], func(m Model) modelObject { return modelObject(m) }), len(models)))
}

// licenseObject answers GET /api/license (components.md 7.2): there is nothing to
// buy and nothing to count.
type licenseObject struct {
	License    string          `json:"license"`
	Status     string          `json:"status"`
	ValidUntil *osprey.Time    `json:"valid_until"`
	Features   []string        `json:"features"`
	BundleIDs  []string        `json:"bundle_ids"`
	Domains    []string        `json:"domains"`
	Limits     licenseLimits   `json:"limits"`
	Models     []licensedModel `json:"models"`
}

type licenseLimits struct {
	Analyses *int64 `json:"analyses"`
	Faces    *int64 `json:"faces"`
}

type licensedModel struct {
	Name          string `json:"name"`
	Version       string `json:"version"`
	License       string `json:"license"`
	CommercialUse bool   `json:"commercial_use"`
}

// features are what this build offers, all of it without a licence key.
var features = []string{"quality", "biometry", "collection", "documents", "instant", "lite", "web", "on_device"}

func (a *API) license(*call) (answer, error) {
	return ok(licenseObject{
		License: "Apache-2.0", Status: "active", Features: features,
		BundleIDs: []string{"*"}, Domains: []string{"*"},
		Models: wire.Each(a.Models.Models(), func(m Model) licensedModel {
			return licensedModel{Name: m.Name, Version: m.Version, License: m.License, CommercialUse: m.CommercialUse}
		}),
	})
}

// licenses lists the licences of third parties, as a page for browsers.
func (a *API) licenses(c *call) (answer, error) {
	contentType, list := "text/plain; charset=utf-8", licence.Text
	if wire.Prefers(c.r, "text/html", "text/plain") {
		contentType, list = "text/html; charset=utf-8", licence.HTML
	}
	b, err := list()
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Security-Policy", "sandbox")
		w.Header().Add("Vary", "Accept")
		wire.Write(w, r, http.StatusOK, contentType, b)
		return nil
	}, err
}
