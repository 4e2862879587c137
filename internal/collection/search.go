package collection

import (
	"context"
	"sort"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// SearchPhoto searches a collection by an uploaded photo. Nothing is stored but an
// audit record.
func (s *Service) SearchPhoto(ctx context.Context, g access.Grant, collection osprey.ID, p Photo, topK int) (SearchResult, error) {
	// What is seen, what the file is by its head, rights, quota (api.md 1.11), and the
	// costly part after them.
	c, err := s.Get(ctx, g, collection)
	if err != nil {
		return SearchResult{}, err
	}
	if err := s.o.Looker.PresortPhoto(p.Data); err != nil {
		return SearchResult{}, inField(err, p.Field)
	}
	if ok, flag := g.Flags.MayStart(osprey.AnalysisCollection); !ok {
		refusal := osprey.Forbidden(flag, "The user may not start this type of analysis")
		event := access.Event{Action: "collection.search", Object: "collection", ObjectID: string(collection), Company: c.Company}
		return SearchResult{}, s.o.Audit.Refused(ctx, s.o.Store, g.Actor, event, refusal)
	}
	if err := g.Check(c.Company, g.Actor.User); err != nil {
		return SearchResult{}, err
	}
	if err := s.o.Quota.Search(ctx, c.Company); err != nil {
		return SearchResult{}, err
	}
	params, err := s.params(ctx, c)
	if err != nil {
		return SearchResult{}, err
	}
	sight, err := s.o.Looker.Photo(ctx, p.Data, s.o.Looker.AnalysisGate(), look.ChoiceFor(p.Tags))
	if err != nil {
		return SearchResult{}, inField(err, p.Field)
	}
	found, err := s.o.Index.Search(ctx, c, c.Version, sight.Embedding.Vector, topK)
	if err != nil {
		return SearchResult{}, err
	}
	cal := s.o.Looker.Engine().Calibration()
	r := SearchResult{
		Items: make([]Found, len(found.Matches)), Images: found.Images, Quality: sight.Quality,
		Threshold: osprey.EffectiveThreshold(c, params, found.Images, cal.ConfidenceAtFMR),
	}
	for i, m := range found.Matches {
		r.Items[i] = Found{Person: osprey.ID(m.Person), Image: osprey.ID(m.Image), Confidence: cal.Confidence(float64(m.Similarity))}
	}
	return r, s.commitSearch(ctx, g, c, p.Source, &r)
}

// commitSearch drops from a result what was deleted while the search ran, counts the
// search and writes the audit record, all in one transaction.
func (s *Service) commitSearch(ctx context.Context, g access.Grant, c osprey.Collection, from osprey.Source, r *SearchResult) error {
	return s.audited(ctx, g, "collection.search", "collection", c.ID, func(tx *store.Tx, e *access.Event) error {
		e.Company, e.Details = c.Company, osprey.Details{"images_searched": r.Images}
		if _, err := tx.Collection(c.ID); err != nil {
			return notExist(err, "")
		}
		ids := make([]osprey.ID, len(r.Items))
		for i, f := range r.Items {
			ids[i] = f.Image
		}
		live, err := tx.LiveImages(c.ID, ids)
		if err != nil {
			return err
		}
		kept := r.Items[:0]
		for _, f := range r.Items {
			if live[f.Image] == f.Person {
				kept = append(kept, f)
			}
		}
		r.Items = kept
		return s.o.Quota.Searched(tx, c.Company, g.Actor.User, from)
	})
}

// params are the settings in force now: a search by photo is judged by them, as
// an analysis is by those of its creation.
func (s *Service) params(ctx context.Context, c osprey.Collection) (osprey.AnalysisParams, error) {
	var company osprey.Company
	err := s.o.Store.Read(ctx, osprey.Within(c.Company), func(tx *store.Tx) (err error) {
		company, err = tx.Company(c.Company)
		return err
	})
	if err != nil {
		return osprey.AnalysisParams{}, err
	}
	t := company.Settings.Over(s.o.Installation())
	return osprey.AnalysisParams{CompanyThreshold: t.Collection, CompanyTargetFPIR: t.TargetFPIR}, nil
}

// similar finds other persons of the collection who look like one of the new
// photos: at most five, best first.
func (s *Service) similar(ctx context.Context, c osprey.Collection, person osprey.ID, candidates []candidate) ([]osprey.SimilarPerson, error) {
	params, err := s.params(ctx, c)
	if err != nil {
		return nil, err
	}
	cal := s.o.Looker.Engine().Calibration()
	best := make(map[osprey.ID]float64)
	for _, k := range candidates {
		// One more than is shown: the person itself may be among them.
		r, err := s.o.Index.Search(ctx, c, c.Version, k.sight.Embedding.Vector, osprey.MaxSimilarPersons+1)
		if err != nil {
			return nil, err
		}
		threshold := osprey.EffectiveThreshold(c, params, r.Images, cal.ConfidenceAtFMR)
		for _, m := range r.Matches {
			id := osprey.ID(m.Person)
			if v := cal.Confidence(float64(m.Similarity)); id != person && v >= threshold && v > best[id] {
				best[id] = v
			}
		}
	}
	out := make([]osprey.SimilarPerson, 0, len(best))
	for id, v := range best {
		out = append(out, osprey.SimilarPerson{Person: id, Confidence: osprey.RoundScore(v)})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Confidence != out[j].Confidence {
			return out[i].Confidence > out[j].Confidence
		}
		return out[i].Person < out[j].Person
	})
	return out[:min(len(out), osprey.MaxSimilarPersons)], nil
}

// inField names the part in the error of a look.
func inField(err error, field string) error {
	if e := osprey.ErrorOf(err); e.Code != osprey.CodeUnknown {
		return e.With("field", field)
	}
	return err
}
