package analysis

import (
	"context"
	"fmt"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// retryQueue is the Retry-After of a request that found the queue full.
const retryQueue = 5 * time.Second

// Start starts analyses of a folder, all or none, in request order. Rows and jobs
// are one transaction: what was answered runs, whatever happens to the process.
func (s *Service) Start(ctx context.Context, g access.Grant, folder osprey.ID, requests []Request) ([]osprey.Analysis, error) {
	switch n := len(requests); {
	case n == 0:
		return nil, osprey.OutOfRange("analyses", 1, 0, "analyses must have at least one entry")
	case n > osprey.MaxAnalysesPerRequest:
		return nil, osprey.TooLarge("analyses", osprey.MaxAnalysesPerRequest, n, "", "At most %d analyses fit in a request", osprey.MaxAnalysesPerRequest)
	}
	var started []osprey.Analysis
	err := s.audited(ctx, g, "analysis.create", "folder", folder, func(tx *store.Tx, e *access.Event) error {
		f, err := tx.LockFolder(folder)
		if err != nil {
			return notExist(err)
		}
		e.Company = f.Company
		if started, err = s.plan(tx, f, requests); err != nil {
			return err
		}
		if err := mayStart(g, f, requests); err != nil {
			return err
		}
		open, err := tx.OpenAnalyses()
		if err != nil {
			return err
		}
		if open+len(requests) > s.o.QueueMax {
			return osprey.Unavailable("queue_full", retryQueue, "The queue is full").With("limit", s.o.QueueMax).With("actual", open+len(requests))
		}
		e.Details = osprey.Details{"analyses": ids(started)}
		return s.insert(tx, f, started)
	})
	if err != nil {
		return nil, err
	}
	s.o.Queue.Poke()
	return started, nil
}

// mayStart asks for the flags of the types, then for the right on the folder.
func mayStart(g access.Grant, f osprey.Folder, requests []Request) error {
	for n, r := range requests {
		if ok, flag := g.Flags.MayStart(r.Type); !ok {
			return osprey.Forbidden(flag, "The user may not start this type of analysis").
				With("field", fmt.Sprintf("analyses.%d.type", n))
		}
	}
	return g.Check(f.Company, f.User)
}

// plan turns requests into analyses: media chosen, collections checked, settings
// frozen.
func (s *Service) plan(tx *store.Tx, f osprey.Folder, requests []Request) ([]osprey.Analysis, error) {
	all, err := tx.MediaOfFolders([]osprey.ID{f.ID})
	if err != nil {
		return nil, err
	}
	company, err := tx.Company(f.Company)
	if err != nil {
		return nil, err
	}
	settings := company.Settings.Over(s.o.Installation())
	group := s.o.IDs.New()
	out := make([]osprey.Analysis, 0, len(requests))
	for n, r := range requests {
		if !s.can(r.Type) {
			return nil, osprey.NotRealized(fmt.Sprintf("analyses.%d.type", n))
		}
		source, err := chooseMedia(n, r, all[f.ID])
		if err != nil {
			return nil, err
		}
		if r.Type == osprey.AnalysisCollection {
			if err := checkCollections(tx, n, r, f.Company); err != nil {
				return nil, err
			}
		}
		params, err := settings.Freeze(r.Type, r.asked(), fmt.Sprintf("analyses.%d.params", n))
		if err != nil {
			return nil, err
		}
		out = append(out, osprey.Analysis{
			ID: s.o.IDs.New(), Group: group, Folder: f.ID, Company: f.Company, Owner: f.User, Type: r.Type,
			State: osprey.StateProcessing, Resolution: osprey.ResolutionProcessing, System: osprey.ResolutionProcessing,
			Source: source, Params: params, ResolutionEndpoint: r.ResolutionEndpoint,
			Metadata: nonNil(r.Metadata), Technical: osprey.Metadata{}, Created: tx.Now(), Updated: tx.Now(),
		})
	}
	return out, nil
}

func nonNil(m osprey.Metadata) osprey.Metadata {
	if m == nil {
		return osprey.Metadata{}
	}
	return m
}

// chooseMedia takes the media named, or those that the type takes by itself.
func chooseMedia(n int, r Request, all []osprey.Media) ([]osprey.SourceMedia, error) {
	field := fmt.Sprintf("analyses.%d.source_media", n)
	chosen := osprey.SelectMedia(r.Type, all)
	if len(r.Source) > 0 {
		byID := make(map[osprey.ID]osprey.Media, len(all))
		for _, m := range all {
			byID[m.ID] = m
		}
		chosen = chosen[:0]
		for i, id := range r.Source {
			m, ok := byID[id]
			if !ok {
				return nil, osprey.NotExistField(fmt.Sprintf("%s.%d", field, r.SourceIndex[i]))
			}
			if r.Type == osprey.AnalysisDocuments && m.Type != osprey.MediaImage {
				return nil, osprey.InvalidValue(fmt.Sprintf("%s.%d", field, r.SourceIndex[i]), "A DOCUMENTS analysis takes images only").
					With("reason", "media_type").With("actual", string(m.Type))
			}
			if !m.Cleared {
				chosen = append(chosen, m)
			}
		}
	}
	if least := leastMedia(r.Type); len(chosen) < least {
		return nil, osprey.OutOfRange(field, least, len(chosen), "The analysis has not enough media to take").With("reason", "not_enough_media")
	}
	out := make([]osprey.SourceMedia, len(chosen))
	for i, m := range chosen {
		out[i] = osprey.SourceMedia{Media: m.ID, Type: m.Type, OriginalName: m.OriginalName, Tags: m.Tags}
	}
	return out, nil
}

// leastMedia is how many media a type needs: a comparison takes two.
func leastMedia(t osprey.AnalysisType) int {
	if t == osprey.AnalysisBiometry {
		return 2
	}
	return 1
}

// can reports whether the models that a type cannot do without are installed.
func (s *Service) can(t osprey.AnalysisType) bool {
	return t != osprey.AnalysisQuality || s.o.Looker.Engine().LivenessCalibration() != nil
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
