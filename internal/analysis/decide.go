package analysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/store"
)

// finds is what a search of all probes in all collections found: for each
// collection one result a probe.
type finds struct {
	probes      []probe
	collections []osprey.Collection // as they were when the search began, by id
	results     [][]gallery.Result  // [collection][probe]
	seconds     float64
}

// search asks each collection for the persons most like each probe. Every search
// sees at least the version that was committed when it began.
func (s *Service) search(ctx context.Context, a osprey.Analysis, probes []probe) (finds, error) {
	begun := time.Now()
	f := finds{probes: probes}
	err := s.o.Store.Read(ctx, osprey.Within(a.Company), func(tx *store.Tx) (err error) {
		f.collections, err = collections(tx, a)
		return err
	})
	if err != nil {
		return finds{}, err
	}
	for _, c := range f.collections {
		row := make([]gallery.Result, len(probes))
		for i, p := range probes {
			// One more than can be shown: a threshold that is raised before the commit
			// still leaves the best score below it.
			if row[i], err = s.o.Index.Search(ctx, c, c.Version, p.vector, a.Params.TopK+1); err != nil {
				return finds{}, err
			}
		}
		f.results = append(f.results, row)
	}
	f.seconds = time.Since(begun).Seconds()
	s.o.Observe.Stage("search", f.seconds)
	return f, nil
}

// collections are those that the analysis searches: the named ones, else all but
// allow lists.
func collections(tx *store.Tx, a osprey.Analysis) ([]osprey.Collection, error) {
	if len(a.Params.Collections) == 0 {
		return searchable(tx, a.Company)
	}
	out := make([]osprey.Collection, 0, len(a.Params.Collections))
	for _, id := range a.Params.Collections {
		c, err := tx.Collection(id)
		if errors.Is(err, store.ErrNotFound) {
			// Without it the answer could only be wrong: a block list that was not
			// searched, an allow list that nobody is on.
			return nil, osprey.Errorf(osprey.CodeInvalidValue, "A collection of the analysis is gone").With("reason", "no_collection")
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// decide judges what was found by the settings of the commit's moment, and writes
// which photos matched. It refuses with errChanged when a person or photo that
// the result would name is gone or has moved.
func (s *Service) decide(tx *store.Tx, a *osprey.Analysis, f finds, begun time.Time) error {
	now, err := s.current(tx, f)
	if err != nil {
		return err
	}
	r, err := s.judge(*a, f, now)
	if err != nil {
		return err
	}
	// All that matched is checked, also who is cut off below: the verdict rests on it.
	if err := s.check(tx, r); err != nil {
		return err
	}
	for i := range r.Media {
		finish(&r.Media[i], a.Params.TopK)
	}
	summarise(r)
	for _, c := range r.Collections {
		if err := tx.InsertSearched(a.ID, c.ID); err != nil {
			return err
		}
	}
	for _, m := range r.Media {
		for _, p := range m.Persons {
			if err := tx.InsertMatch(a.ID, a.Folder, a.Company, p.Collection, p.Person, p.Image); err != nil {
				return err
			}
		}
	}
	a.State, a.Result = osprey.StateFinished, &osprey.Result{Collection: r}
	a.Resolution = osprey.JudgeCollections(r.Collections, r.Media)
	a.System = a.Resolution
	a.Technical = s.technical(tx, *a, f, begun)
	return nil
}

// current reads the collections that were searched, as they are now, and holds
// them. One that was deleted meanwhile is store.ErrNotFound: another search.
func (s *Service) current(tx *store.Tx, f finds) ([]osprey.Collection, error) {
	ids := make([]osprey.ID, len(f.collections))
	for i, c := range f.collections {
		ids[i] = c.ID
	}
	return tx.ShareCollections(ids)
}

// judge turns similarities into the result, with everybody who matched, still
// unordered. It reads nothing but its arguments.
func (s *Service) judge(a osprey.Analysis, f finds, now []osprey.Collection) (*osprey.CollectionResult, error) {
	cal := s.o.Looker.Engine().Calibration()
	byID := make(map[osprey.ID]osprey.Collection, len(now))
	for _, c := range now {
		byID[c.ID] = c
	}
	r := &osprey.CollectionResult{Collections: []osprey.SearchedCollection{}, Media: make([]osprey.MediaMatches, len(f.probes))}
	for i, p := range f.probes {
		r.Media[i] = osprey.MediaMatches{Media: p.source.Media, Persons: []osprey.PersonMatch{}}
	}
	for ci, searched := range f.collections {
		c, ok := byID[searched.ID]
		if !ok {
			return nil, fmt.Errorf("%w: collection", errChanged)
		}
		size := f.results[ci][0]
		sc := osprey.SearchedCollection{
			ID: c.ID, Alias: c.Alias, OnMatch: c.OnMatch, Images: size.Images, Persons: size.Persons,
			Threshold: osprey.EffectiveThreshold(c, a.Params, size.Images, cal.ConfidenceAtFMR),
		}
		r.Collections = append(r.Collections, sc)
		for i := range f.probes {
			place(&r.Media[i], sc, f.results[ci][i].Matches, cal.Confidence)
		}
	}
	return r, nil
}

// place puts the finds of one collection to those at or above its threshold, and
// keeps the best score below.
func place(m *osprey.MediaMatches, c osprey.SearchedCollection, found []gallery.Match, confidence func(float64) float64) {
	matched := false
	for _, f := range found {
		v := osprey.RoundScore(confidence(float64(f.Similarity)))
		if v < c.Threshold {
			if m.Confidence == nil || v > *m.Confidence {
				m.Confidence = &v
			}
			continue
		}
		matched = true
		m.Persons = append(m.Persons, osprey.PersonMatch{
			Person: osprey.ID(f.Person), Image: osprey.ID(f.Image), Collection: c.ID, Alias: c.Alias, Confidence: v,
		})
	}
	if matched {
		m.MatchedCollections = append(m.MatchedCollections, c.ID)
	}
}

// finish orders the matches of a medium over the whole search space, best first,
// ties by smaller person id, and cuts them to topK.
func finish(m *osprey.MediaMatches, topK int) {
	slices.SortFunc(m.Persons, func(x, y osprey.PersonMatch) int {
		return cmp.Or(cmp.Compare(y.Confidence, x.Confidence), cmp.Compare(x.Person, y.Person))
	})
	m.Persons = m.Persons[:min(len(m.Persons), topK)]
	if len(m.Persons) > 0 {
		m.Confidence = &m.Persons[0].Confidence
	}
}

// summarise computes the analysis level from the entries.
func summarise(r *osprey.CollectionResult) {
	for i := range r.Media {
		m := &r.Media[i]
		r.Matched = r.Matched || len(m.Persons) > 0
		if m.Confidence == nil {
			continue
		}
		if r.Min == nil || *m.Confidence < *r.Min {
			r.Min = m.Confidence
		}
		if r.Max == nil || *m.Confidence > *r.Max {
			r.Max = m.Confidence
		}
	}
}

// check makes sure that every person and photo that matched is still there,
// and that no photo has moved to another person. The rows of the collections are
// held, so that nothing changes until the commit.
func (s *Service) check(tx *store.Tx, r *osprey.CollectionResult) error {
	named := make(map[osprey.ID][]osprey.PersonMatch)
	for _, m := range r.Media {
		for _, p := range m.Persons {
			named[p.Collection] = append(named[p.Collection], p)
		}
	}
	for collection, persons := range named {
		ids := make([]osprey.ID, len(persons))
		for i, p := range persons {
			ids[i] = p.Image
		}
		live, err := tx.LiveImages(collection, ids)
		if err != nil {
			return err
		}
		for _, p := range persons {
			if live[p.Image] != p.Person {
				return errChanged
			}
		}
	}
	return nil
}

// technical is what engineers want to know of a run.
func (s *Service) technical(tx *store.Tx, a osprey.Analysis, f finds, begun time.Time) osprey.Metadata {
	engine := s.o.Looker.Engine()
	var models []any
	for _, m := range engine.Models() {
		models = append(models, map[string]any{"name": m.Name, "version": m.Version, "sha256": m.SHA256})
	}
	return osprey.Metadata{
		"models":    models,
		"queue_ms":  max(0, int64(osprey.TimeOf(begun)-a.Created)) / 1000,
		"run_ms":    time.Since(begun).Milliseconds(),
		"search_ms": int64(f.seconds * 1000),
		"tries":     a.Run,
	}
}
