// Package setting changes settings while the process runs: it lists the run-time
// keys of the registry with their origins, checks and stores changes, and shows
// the values in force to their readers (api.md 16).
package setting

import (
	"context"

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

// Options put a Service together.
type Options struct {
	Store    *store.Store
	Resolved *config.Resolved
	// Changed records a change of the named keys in its transaction (the audit log).
	Changed func(tx *store.Tx, actor osprey.Actor, keys []string) error
	// Refused records a refused change (409) in a transaction of its own.
	Refused func(tx *store.Tx, actor osprey.Actor, keys []string, refusal *osprey.Error) error
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct{}

// New reads the stored settings and lays them over the file's.
func New(ctx context.Context, o Options) (*Service, error) { panic("unwritten") }

// Config is the whole configuration in force. Run-time keys may differ at the next
// call.
func (s *Service) Config() config.Config { panic("unwritten") }

// Thresholds are the installation's thresholds in force.
func (s *Service) Thresholds() osprey.Thresholds { panic("unwritten") }

// Rate is the rate limits in force.
func (s *Service) Rate() config.Rate { panic("unwritten") }

// List returns the run-time settings in the order of the registry.
func (s *Service) List() []Item { panic("unwritten") }

// Patch changes run-time settings, all or none, and returns all of them. changes
// holds values as decoded from JSON. Errors: 400/4 for an unknown key or a bad
// value, 400/5 for a wrong type, 409/15 (reason locked) for a key that environment
// or flag hold fast.
func (s *Service) Patch(ctx context.Context, actor osprey.Actor, changes map[string]any) ([]Item, error) {
	panic("unwritten")
}

// Reload lays the stored settings over another file, after a SIGHUP.
func (s *Service) Reload(ctx context.Context, file config.File) error { panic("unwritten") }
