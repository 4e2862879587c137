// Package setting changes settings while the process runs: it lists the run-time
// keys of the registry with their origins, checks and stores changes, and shows
// the values in force to their readers (api.md 16).
package setting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"example.org/osprey"
	"example.org/osprey/internal/config"
	"example.org/osprey/internal/store"
)

// Item is one run-time setting as it is now.
type Item struct {
	Key    string
	Value  any    // as JSON has it
	Source string // default, file, database, environment or flag
	Locked bool   // held fast by environment or flag
}

// Options put a Service together; every field is required.
type Options struct {
	Store    *store.Store
	Resolved *config.Resolved
	// Changed records a change of the named keys in its transaction (the audit log).
	Changed func(tx *store.Tx, actor osprey.Actor, keys []string) error
	// Refused records a refused change (409) in a transaction of its own.
	Refused func(tx *store.Tx, actor osprey.Actor, keys []string, refusal *osprey.Error) error
}

// Service is the room's desk. Readers see either all of a change or nothing of it,
// from the moment it is stored. It is safe for concurrent use.
type Service struct {
	o        Options
	changing sync.Mutex // one change at a time, in the order of the store
	live     atomic.Pointer[config.Resolved]
}

// New reads the stored settings and lays them over the file's.
func New(ctx context.Context, o Options) (*Service, error) {
	s := &Service{o: o}
	resolved, err := s.overlaid(ctx, o.Resolved)
	if err != nil {
		return nil, err
	}
	s.live.Store(resolved)
	return s, nil
}

// overlaid lays the stored settings over what the other sources say.
func (s *Service) overlaid(ctx context.Context, base *config.Resolved) (*config.Resolved, error) {
	var stored map[string]string
	err := s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		stored, err = tx.Settings()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the stored settings: %w", err)
	}
	return base.WithDatabase(stored)
}

// Config is the whole configuration in force. Run-time keys may differ at the next
// call.
func (s *Service) Config() config.Config { return s.live.Load().Config }

// Thresholds are the installation's thresholds in force.
func (s *Service) Thresholds() osprey.Thresholds {
	return ThresholdsOf(&s.live.Load().Config)
}

// ThresholdsOf are the thresholds that settings say.
func ThresholdsOf(c *config.Config) osprey.Thresholds {
	return osprey.Thresholds{
		Spoofing:    c.Quality.ThresholdSpoofing,
		BiometryMin: c.Biometry.ThresholdMin, BiometryMax: c.Biometry.ThresholdMax,
		Collection: c.Collection.Threshold, TargetFPIR: c.Collection.TargetFPIR,
		GesturePolicy: c.Quality.GesturePolicy, InjectionMode: c.Web.InjectionMode, RequireTake: c.Quality.RequireTake,
	}
}

// Rate is the rate limits in force.
func (s *Service) Rate() config.Rate { return s.live.Load().Config.Rate }

// List returns the run-time settings in the order of the registry.
func (s *Service) List() []Item { return items(s.live.Load()) }

func items(r *config.Resolved) []Item {
	var list []Item
	for _, one := range r.Settings {
		if one.Runtime {
			list = append(list, Item{Key: one.Key, Value: one.Value, Source: string(one.Source), Locked: one.Locked})
		}
	}
	return list
}

// Patch changes run-time settings, all or none, and returns all of them. changes
// holds values as decoded from JSON. Errors: 400/4 for an unknown key or a bad
// value, 400/5 for a wrong type, 409/15 (reason locked) for a key that environment
// or flag hold fast.
func (s *Service) Patch(ctx context.Context, actor osprey.Actor, changes map[string]any) ([]Item, error) {
	if len(changes) > maxChanges {
		return nil, osprey.OutOfRange("", maxChanges, len(changes), "At most %d settings can be changed at a time", maxChanges)
	}
	keys := slices.Sorted(maps.Keys(changes))
	for _, key := range keys {
		if len(key) > maxKey {
			return nil, osprey.OutOfRange("", maxKey, len(key), "No setting has a name that long").With("reason", "unknown_key")
		}
		if err := checkType(key, changes[key]); err != nil {
			return nil, err
		}
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	texts, next, err := s.live.Load().Change(changes)
	if err != nil {
		return nil, s.refused(ctx, actor, keys, fault(err))
	}
	if len(keys) == 0 {
		return s.List(), nil
	}
	err = s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		for _, key := range keys {
			text := texts[key]
			if text == "" {
				text = "null" // the empty value, where an empty text would mean no row
			}
			if err := tx.SetSetting(key, text); err != nil {
				return err
			}
		}
		return s.o.Changed(tx, actor, keys)
	})
	if err != nil {
		return nil, err
	}
	s.live.Store(next)
	return items(next), nil
}

// No honest request comes near these bounds: the registry is smaller.
const (
	maxChanges = 200
	maxKey     = 100 // bytes
)

// checkType refuses a value of a known key that has another JSON type.
func checkType(key string, value any) error {
	k, ok := config.Lookup(key)
	if !ok || !k.Runtime {
		return nil // a bad key, which Change names
	}
	switch k.Kind {
	case config.KindInt, config.KindFloat:
		if !isNumber(value) {
			return osprey.InvalidType(key, "a number")
		}
	case config.KindOptionalFloat:
		if value != nil && !isNumber(value) {
			return osprey.InvalidType(key, "a number or null")
		}
	case config.KindString:
		if _, ok := value.(string); !ok {
			return osprey.InvalidType(key, "a string")
		}
	case config.KindBool:
		if _, ok := value.(bool); !ok {
			return osprey.InvalidType(key, "a boolean")
		}
	}
	return nil
}

func isNumber(value any) bool {
	switch value.(type) {
	case json.Number, float64:
		return true
	}
	return false
}

// fault turns the registry's first fault into the API's error: bad values come
// before locked keys.
func fault(err error) error {
	var faults config.Errors
	if !errors.As(err, &faults) || len(faults) == 0 {
		return err
	}
	first := faults[0]
	for _, f := range faults {
		if f.Reason != config.ReasonLocked {
			first = f
			break
		}
	}
	if first.Reason == config.ReasonLocked {
		return osprey.Conflict(first.Key, string(config.ReasonLocked), "%s", first.Text)
	}
	e := osprey.InvalidValue(first.Key, "%s", first.Text)
	if first.Reason == config.ReasonUnknown {
		e = e.With("reason", "unknown_key")
	}
	return e
}

// refused records a conflict and returns it; other errors only come back.
func (s *Service) refused(ctx context.Context, actor osprey.Actor, keys []string, err error) error {
	if !osprey.IsCode(err, osprey.CodeConflict) {
		return err
	}
	failed := s.o.Store.Write(context.WithoutCancel(ctx), osprey.Everything(), func(tx *store.Tx) error {
		return s.o.Refused(tx, actor, keys, osprey.ErrorOf(err))
	})
	if failed != nil {
		return failed
	}
	return err
}

// Reload lays the stored settings over another file, after a SIGHUP. A bad file
// changes nothing.
func (s *Service) Reload(ctx context.Context, file config.File) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	base, err := s.live.Load().WithFile(file)
	if err != nil {
		return err
	}
	next, err := s.overlaid(ctx, base)
	if err != nil {
		return err
	}
	s.live.Store(next)
	return nil
}
