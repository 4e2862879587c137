package analysis

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Single are the analyses of a single request (api.md 10): they are started with
// their folder, in the transaction that makes it. It serves one request.
type Single struct {
	s        *Service
	grant    access.Grant
	requests []Request
}

// Single prepares the analyses that a request asks for together with a folder; their
// media are named by parts.
func (s *Service) Single(g access.Grant, requests []Request) (*Single, error) {
	if err := checkCount(requests); err != nil {
		return nil, err
	}
	return &Single{s: s, grant: g, requests: requests}, nil
}

// Check refuses what cannot be started. It is asked before anything is stored.
func (n *Single) Check(tx *store.Tx, f osprey.Folder, media []osprey.Media) error {
	_, err := n.s.admit(tx, n.grant, f, media, n.requests)
	return err
}

// Start writes rows and jobs beside those of the folder and its media.
func (n *Single) Start(tx *store.Tx, f osprey.Folder, media []osprey.Media) error {
	started, err := n.s.admit(tx, n.grant, f, media, n.requests)
	if err != nil {
		return err
	}
	if err := n.s.insert(tx, f, started); err != nil {
		return err
	}
	return n.s.o.Audit(tx, n.grant.Actor, access.Event{
		Action: "analysis.create", Object: "folder", ObjectID: string(f.ID), Company: f.Company,
		Details: osprey.Details{"analyses": ids(started)},
	})
}

// Committed sees to it that the jobs begin.
func (n *Single) Committed() { n.s.o.Queue.Poke() }

// Room refuses with 503/19 while the queue is full, before anything is read of a
// request that may start analyses.
func (s *Service) Room(ctx context.Context) error {
	return s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error { return s.room(tx, 1) })
}
