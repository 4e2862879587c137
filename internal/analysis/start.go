package analysis

import (
	"context"
	"fmt"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// retryQueue is the Retry-After of a request that found the queue full.
const retryQueue = 5 * time.Second

// Start starts analyses of a folder, all or none, in request order. Rows and jobs
// are one transaction: what was answered runs, whatever happens to the process.
func (s *Service) Start(ctx context.Context, g access.Grant, folder osprey.ID, requests []Request) ([]osprey.Analysis, error) {
	if err := checkCount(requests); err != nil {
		return nil, err
	}
	var started []osprey.Analysis
	err := s.audited(ctx, g, "analysis.create", "folder", folder, func(tx *store.Tx, e *access.Event) error {
		f, err := tx.LockFolder(folder)
		if err != nil {
			return notExist(err)
		}
		e.Company = f.Company
		media, err := tx.MediaOfFolders([]osprey.ID{f.ID})
		if err != nil {
			return err
		}
		if started, err = s.admit(tx, g, f, media[f.ID], requests); err != nil {
			return err
		}
		e.Details = osprey.Details{"analyses": ids(started)}
		if err := s.insert(tx, f, started); err != nil {
			return err
		}
		return replay.Keep(tx, started)
	})
	if err != nil {
		return nil, err
	}
	s.o.Queue.Poke()
	return started, nil
}

// checkCount refuses a request without analyses, and one with too many.
func checkCount(requests []Request) error {
	switch n := len(requests); {
	case n == 0:
		return osprey.OutOfRange("analyses", 1, 0, "analyses must have at least one entry")
	case n > osprey.MaxAnalysesPerRequest:
		return osprey.TooLarge("analyses", osprey.MaxAnalysesPerRequest, n, "", "At most %d analyses fit in a request", osprey.MaxAnalysesPerRequest)
	}
	return nil
}

// admit turns requests into analyses of a folder with these media, if the caller may
// start them and the queue has room for them.
func (s *Service) admit(tx *store.Tx, g access.Grant, f osprey.Folder, media []osprey.Media, requests []Request) ([]osprey.Analysis, error) {
	started, err := s.plan(tx, g, f, media, requests)
	if err != nil {
		return nil, err
	}
	if err := mayStart(g, requests); err != nil {
		return nil, err
	}
	if err := g.Check(f.Company, f.User); err != nil {
		return nil, err
	}
	if err := s.o.Quota(tx, f.Company, started); err != nil {
		return nil, err
	}
	return started, s.room(tx, len(requests))
}

// room refuses analyses that would make the queue longer than it may be.
func (s *Service) room(tx *store.Tx, more int) error {
	open, err := tx.OpenAnalyses()
	if err != nil || open+more <= s.o.QueueMax {
		return err
	}
	return osprey.Unavailable("queue_full", retryQueue, "The queue is full").With("limit", s.o.QueueMax).With("actual", open+more)
}

// mayStart asks for the flags of the types.
func mayStart(g access.Grant, requests []Request) error {
	for n, r := range requests {
		if err := g.MayStart(fmt.Sprintf("analyses.%d.type", n), r.Type); err != nil {
			return err
		}
	}
	return nil
}

// plan turns requests into analyses: collections checked, media chosen, settings
// frozen.
func (s *Service) plan(tx *store.Tx, g access.Grant, f osprey.Folder, media []osprey.Media, requests []Request) ([]osprey.Analysis, error) {
	company, err := tx.Company(f.Company)
	if err != nil {
		return nil, err
	}
	settings := company.Settings.Over(s.o.Installation())
	settings.OnlyRaise = g.View.Owner != ""
	drafts, err := s.kit.draft(f, media, requests, settings, tx.Now(), func(n int, r Request) error {
		if r.Type != osprey.AnalysisCollection {
			return nil
		}
		return checkCollections(tx, n, r, f.Company)
	})
	for i := range drafts {
		// Like the thresholds, the address is that of the moment of the start.
		endpoint := osprey.ResolutionEndpoint(drafts[i].ResolutionEndpoint, f.ResolutionEndpoint, company.ResolutionEndpoint)
		drafts[i].ResolutionEndpoint = &endpoint
	}
	return drafts, err
}

// ids lists the analyses for the audit log.
func ids(analyses []osprey.Analysis) []string {
	out := make([]string, len(analyses))
	for i, a := range analyses {
		out[i] = string(a.ID)
	}
	return out
}

// insert writes rows, jobs and the folder's status.
func (s *Service) insert(tx *store.Tx, f osprey.Folder, started []osprey.Analysis) error {
	for _, a := range started {
		if err := tx.InsertAnalysis(a); err != nil {
			return err
		}
		if err := s.o.Queue.EnqueueTx(tx.Context(), tx.SQL(), JobKind, string(a.ID)); err != nil {
			return err
		}
	}
	_, err := fold(tx, f)
	return err
}
