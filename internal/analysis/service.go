// Package analysis is the heart: it starts analyses, runs them (load, look,
// search, decide, commit), takes operator verdicts, and deletes them.
package analysis

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Request is one entry of a start request; values are parsed and in range.
type Request struct {
	Type        osprey.AnalysisType
	Source      []osprey.ID // as given, repeated ids dropped; nil when omitted
	SourceIndex []int       // index of each Source id in the request, for errors
	Collections []osprey.ID // union of collection_id and collection_ids
	// CollectionFields are the field names, parallel to Collections, for errors.
	CollectionFields   []string
	TopK               int // 0: the default, 1
	Threshold          *float64
	Metadata           osprey.Metadata
	ResolutionEndpoint *string
}

// Start starts analyses of a folder, all or none, in request order.
func (s *Service) Start(ctx context.Context, g access.Grant, folder osprey.ID, requests []Request) ([]osprey.Analysis, error) {
	panic("unwritten")
}

// Get returns one.
func (s *Service) Get(ctx context.Context, g access.Grant, id osprey.ID) (osprey.Analysis, error) {
	panic("unwritten")
}

// Wait holds until the analysis has left PROCESSING or d is over, and returns it.
func (s *Service) Wait(ctx context.Context, g access.Grant, id osprey.ID, d time.Duration) (osprey.Analysis, error) {
	panic("unwritten")
}

// WaitFolder holds until no analysis of the folder is PROCESSING or d is over.
func (s *Service) WaitFolder(ctx context.Context, g access.Grant, folder osprey.ID, d time.Duration) error {
	panic("unwritten")
}

// List returns a page.
func (s *Service) List(ctx context.Context, g access.Grant, q store.Query) ([]osprey.Analysis, int, error) {
	panic("unwritten")
}

// Verdict is an operator's word on an OPERATOR_REQUIRED analysis.
func (s *Service) Verdict(ctx context.Context, g access.Grant, id osprey.ID, verdict osprey.Resolution, comment *string) (osprey.Analysis, error) {
	panic("unwritten")
}

// Delete removes an analysis, cancels it when it runs, and releases the persons
// it matched.
func (s *Service) Delete(ctx context.Context, g access.Grant, id osprey.ID) error { panic("unwritten") }

// Service is the room's desk. It is safe for concurrent use.
type Service struct{}
