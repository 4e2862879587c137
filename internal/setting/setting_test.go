package setting_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/setting"
	"example.org/osprey/internal/store"
)

// house is a database whose settings are opened any number of times.
type house struct {
	t     *testing.T
	store *store.Store

	mu      sync.Mutex
	changed [][]string
	refused [][]string
}

func setup(t *testing.T) *house {
	t.Helper()
	ids := osprey.NewIDs(osprey.SystemClock{})
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "osprey.db"), IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &house{t: t, store: db}
}

func parse(t *testing.T, text string) config.File {
	t.Helper()
	file, err := config.ParseFile("osprey.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (h *house) open(file string, environ ...string) *setting.Service {
	h.t.Helper()
	resolved, err := config.Resolve(config.Sources{File: parse(h.t, file), Environ: environ, Host: &config.Host{CPUs: 2, MemoryLimit: 1 << 30}})
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := setting.New(h.t.Context(), setting.Options{
		Store: h.store, Resolved: resolved,
		Changed: func(_ *store.Tx, _ osprey.Actor, keys []string) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.changed = append(h.changed, keys)
			return nil
		},
		Refused: func(_ *store.Tx, _ osprey.Actor, keys []string, _ *osprey.Error) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.refused = append(h.refused, keys)
			return nil
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func item(t *testing.T, list []setting.Item, key string) setting.Item {
	t.Helper()
	for _, i := range list {
		if i.Key == key {
			return i
		}
	}
	t.Fatalf("%s is not listed", key)
	return setting.Item{}
}

func TestListIsTheRuntimeKeys(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, k := range config.Keys() {
		if k.Runtime {
			want = append(want, k.Name)
		}
	}
	for _, i := range setup(t).open("").List() {
		got = append(got, i.Key)
		if i.Source != "default" || i.Locked {
			t.Errorf("%+v", i)
		}
	}
	if !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("%v instead of %v", got, want)
	}
}

// TestPolicies: the words of liveness change at run time like any threshold.
func TestPolicies(t *testing.T) {
	t.Parallel()
	h := setup(t)
	const file = "quality.require_take: true\n"
	s := h.open(file)
	if th := s.Thresholds(); th.GesturePolicy != osprey.GestureReport || th.InjectionMode != osprey.InjectionScore || !th.RequireTake {
		t.Fatalf("%+v", th)
	}
	_, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{"quality.gesture_policy": "enforce", "web.injection_mode": "log"})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*setting.Service{"now": s, "after a restart": h.open(file)} {
		if th := s.Thresholds(); th.GesturePolicy != osprey.GestureEnforce || th.InjectionMode != osprey.InjectionLog || !th.RequireTake {
			t.Errorf("%s: %+v", name, th)
		}
	}
	for value, code := range map[any]osprey.Code{"ENFORCE": osprey.CodeInvalidValue, "": osprey.CodeInvalidValue, true: osprey.CodeInvalidType, nil: osprey.CodeInvalidType} {
		if _, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{"quality.gesture_policy": value}); !osprey.IsCode(err, code) {
			t.Errorf("%v: %v", value, err)
		}
	}
	if _, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{"quality.require_take": false}); !osprey.IsCode(err, osprey.CodeInvalidValue) {
		t.Errorf("a key that is not of the run time: %v", err)
	}
}

func TestPatchActsAtOnceAndStays(t *testing.T) {
	t.Parallel()
	h := setup(t)
	s := h.open("rate.public_rps: 7\n")
	_, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{
		"collection.threshold": json.Number("0.9"), "rate.company_burst": 17.0, "collection.target_fpir": 0.01, "rate.public_rps": 3,
	})
	if err == nil {
		t.Fatal("a number that JSON does not make was taken")
	}
	list, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{
		"collection.threshold": json.Number("0.9"), "rate.company_burst": 17.0, "collection.target_fpir": 0.01,
	})
	if err != nil {
		t.Fatal(err)
	}
	if i := item(t, list, "collection.threshold"); i != (setting.Item{Key: "collection.threshold", Value: 0.9, Source: "database"}) {
		t.Errorf("%+v", i)
	}
	for name, s := range map[string]*setting.Service{"now": s, "after a restart": h.open("rate.public_rps: 7\n")} {
		th, rate := s.Thresholds(), s.Rate()
		if th.Collection != 0.9 || th.TargetFPIR == nil || *th.TargetFPIR != 0.01 || th.BiometryMin != 0.85 || th.Spoofing != 0.5 {
			t.Errorf("%s: %+v", name, th)
		}
		if rate.CompanyBurst != 17 || rate.PublicRPS != 7 || rate.CompanyRPS != 50 {
			t.Errorf("%s: %+v", name, rate)
		}
		if s.Config().Collection.Threshold != 0.9 {
			t.Errorf("%s: the configuration has %v", name, s.Config().Collection.Threshold)
		}
	}
	want := []string{"collection.target_fpir", "collection.threshold", "rate.company_burst"}
	if len(h.changed) != 1 || !slices.Equal(h.changed[0], want) {
		t.Errorf("recorded %v", h.changed)
	}
}

// TestNullBeatsTheFile: a run-time null is a value, not the lack of one.
func TestNullBeatsTheFile(t *testing.T) {
	t.Parallel()
	h := setup(t)
	const file = "collection.target_fpir: 0.02\n"
	s := h.open(file)
	if th := s.Thresholds(); th.TargetFPIR == nil || *th.TargetFPIR != 0.02 {
		t.Fatalf("%+v", th)
	}
	if _, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{"collection.target_fpir": nil}); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*setting.Service{"now": s, "after a restart": h.open(file)} {
		if th := s.Thresholds(); th.TargetFPIR != nil {
			t.Errorf("%s: %v", name, *th.TargetFPIR)
		}
		if i := item(t, s.List(), "collection.target_fpir"); i.Value != nil || i.Source != "database" {
			t.Errorf("%s: %+v", name, i)
		}
	}
}

func TestPatchRefusals(t *testing.T) {
	t.Parallel()
	many := map[string]any{}
	for i := range 300 {
		many[fmt.Sprint("key", i)] = 1.0
	}
	for _, c := range []struct {
		name    string
		changes map[string]any
		code    osprey.Code
		field   any
		reason  any
	}{
		{"unknown key", map[string]any{"colection.threshold": 0.9}, osprey.CodeInvalidValue, "colection.threshold", "unknown_key"},
		{"endless key", map[string]any{strings.Repeat("x", 1<<20): 0.9}, osprey.CodeInvalidValue, "", "unknown_key"},
		{"many keys", many, osprey.CodeInvalidValue, "", nil},
		{"fixed key", map[string]any{"http.listen": ":80"}, osprey.CodeInvalidValue, "http.listen", "unknown_key"},
		{"secret key", map[string]any{"admin.password": "x"}, osprey.CodeInvalidValue, "admin.password", "unknown_key"},
		{"out of range", map[string]any{"collection.threshold": 1.5}, osprey.CodeInvalidValue, "collection.threshold", nil},
		{"not whole", map[string]any{"rate.company_burst": 1.5}, osprey.CodeInvalidValue, "rate.company_burst", nil},
		{"text", map[string]any{"collection.threshold": "0.9"}, osprey.CodeInvalidType, "collection.threshold", nil},
		{"boolean", map[string]any{"rate.company_burst": true}, osprey.CodeInvalidType, "rate.company_burst", nil},
		{"object", map[string]any{"collection.target_fpir": map[string]any{}}, osprey.CodeInvalidType, "collection.target_fpir", nil},
		{"null", map[string]any{"collection.threshold": nil}, osprey.CodeInvalidType, "collection.threshold", nil},
		{"one good, one bad", map[string]any{"collection.threshold": 0.7, "rate.public_burst": 0.0}, osprey.CodeInvalidValue, "rate.public_burst", nil},
		{"two at odds", map[string]any{"biometry.threshold_min": 0.9, "biometry.threshold_max": 0.8}, osprey.CodeInvalidValue, "biometry.threshold_min", nil},
		{"locked", map[string]any{"quality.threshold_spoofing": 0.4}, osprey.CodeConflict, "quality.threshold_spoofing", "locked"},
		{"locked beside a bad one", map[string]any{"quality.threshold_spoofing": 0.4, "rate.public_burst": 0.0}, osprey.CodeInvalidValue, "rate.public_burst", nil},
	} {
		h := setup(t)
		s := h.open("", "OSPREY_QUALITY_THRESHOLD_SPOOFING=0.6")
		before := s.Config()
		_, err := s.Patch(t.Context(), osprey.Actor{}, c.changes)
		e := osprey.ErrorOf(err)
		if e.Code != c.code || e.Details["field"] != c.field || e.Details["reason"] != c.reason {
			t.Errorf("%s: %v %v", c.name, err, e.Details)
		}
		if s.Thresholds() != h.open("", "OSPREY_QUALITY_THRESHOLD_SPOOFING=0.6").Thresholds() || s.Config().Rate != before.Rate {
			t.Errorf("%s: something changed", c.name)
		}
		if got, want := len(h.refused), c.code == osprey.CodeConflict; (got == 1) != want || len(h.changed) != 0 {
			t.Errorf("%s: recorded %v and %v", c.name, h.refused, h.changed)
		}
	}
}

func TestLockedIsShown(t *testing.T) {
	t.Parallel()
	h := setup(t)
	if _, err := h.open("").Patch(t.Context(), osprey.Actor{}, map[string]any{"quality.threshold_spoofing": 0.4}); err != nil {
		t.Fatal(err)
	}
	s := h.open("", "OSPREY_QUALITY_THRESHOLD_SPOOFING=0.6") // stronger than what is stored
	if i := item(t, s.List(), "quality.threshold_spoofing"); i.Value != 0.6 || i.Source != "environment" || !i.Locked {
		t.Errorf("%+v", i)
	}
	if s.Thresholds().Spoofing != 0.6 {
		t.Errorf("%+v", s.Thresholds())
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	h := setup(t)
	s := h.open("rate.company_rps: 5\nrate.public_rps: 5\n")
	if _, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{"rate.public_rps": 9.0}); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context(), parse(t, "rate.company_rps: 6\nrate.public_rps: 6\n")); err != nil {
		t.Fatal(err)
	}
	if r := s.Rate(); r.CompanyRPS != 6 || r.PublicRPS != 9 {
		t.Errorf("%+v", r)
	}
	if err := s.Reload(t.Context(), parse(t, "rate.company_rps: none\n")); err == nil {
		t.Error("a bad file was taken")
	}
	if r := s.Rate(); r.CompanyRPS != 6 || r.PublicRPS != 9 {
		t.Errorf("after a bad file: %+v", r)
	}
}

// TestConcurrentPatches changes two keys from two sides; both changes stay.
func TestConcurrentPatches(t *testing.T) {
	t.Parallel()
	h := setup(t)
	s := h.open("")
	var wg sync.WaitGroup
	for _, key := range []string{"rate.company_burst", "rate.public_burst"} {
		wg.Go(func() {
			for i := range 10 {
				if _, err := s.Patch(t.Context(), osprey.Actor{}, map[string]any{key: float64(100 + i)}); err != nil {
					t.Error(err)
				}
				s.Rate()
			}
		})
	}
	wg.Wait()
	for name, s := range map[string]*setting.Service{"now": s, "after a restart": h.open("")} {
		if r := s.Rate(); r.CompanyBurst != 109 || r.PublicBurst != 109 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
