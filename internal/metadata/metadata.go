// Package metadata reads and changes the user's own keys of any object
// (api.md 14).
package metadata

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Get returns the object.
func (s *Service) Get(ctx context.Context, g access.Grant, t Target) (osprey.Metadata, error) {
	panic("unwritten")
}

// Replace sets the whole object.
func (s *Service) Replace(ctx context.Context, g access.Grant, t Target, m osprey.Metadata) (osprey.Metadata, error) {
	panic("unwritten")
}

// Merge sets the named top-level keys. Concurrent merges of different keys both
// survive.
func (s *Service) Merge(ctx context.Context, g access.Grant, t Target, m osprey.Metadata) (osprey.Metadata, error) {
	panic("unwritten")
}

// Target names the object. Collection is set for persons, which are addressed
// through theirs.
type Target struct {
	Kind       store.Kind
	ID         osprey.ID
	Collection osprey.ID
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct{}
