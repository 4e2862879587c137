package analysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/store"
)

// finds is what a search of all probes in all collections found: for each
// collection one result a probe.
type finds struct {
	probes      []sight
	collections []osprey.Collection // as they were when the search began, by id
	results     [][]gallery.Result  // [collection][probe]
}

// search asks each collection for the persons most like each probe. Every search
// sees at least the version that was committed when it began.
func (t *attempt) search(ctx context.Context, probes []sight) (finds, error) {
	defer t.stage("search")()
	f := finds{probes: probes}
	err := t.o.Store.Read(ctx, osprey.Within(t.a.Company), func(tx *store.Tx) (err error) {
		f.collections, err = collections(tx, t.a)
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
			if row[i], err = t.o.Index.Search(ctx, c, c.Version, p.vector, t.a.Params.TopK+1); err != nil {
				return finds{}, err
			}
		}
		f.results = append(f.results, row)
	}
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
			return nil, final{osprey.Errorf(osprey.CodeInvalidValue, "A collection of the analysis is gone").With("reason", "no_collection")}
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
func (t *attempt) decide(tx *store.Tx, a *osprey.Analysis, f finds) error {
	now, err := current(tx, f)
	if err != nil {
		return err
	}
	r, err := judge(t.o.Looker.Engine().Calibration(), a.Params, f, now)
	if err != nil {
		return err
	}
	// All that matched is checked, also who is cut off below: the verdict rests on it.
	if err := check(tx, r); err != nil {
		return err
	}
	for i := range r.Media {
		rank(&r.Media[i], a.Params.TopK)
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
	a.Technical = t.technical(f.probes)
	a.Technical["decided_by"] = bestMatch(r)
	return a.Finish(osprey.JudgeCollections(r.Collections, r.Media), &osprey.Result{Collection: r})
}

// bestMatch names the match with the greatest score, nothing when nobody matched.
func bestMatch(r *osprey.CollectionResult) osprey.Metadata {
	out, best := osprey.Metadata{}, -1.0
	for _, m := range r.Media {
		if len(m.Persons) == 0 || m.Persons[0].Confidence <= best {
			continue
		}
		p := m.Persons[0]
		best = p.Confidence
		out = osprey.Metadata{
			"media_id": string(m.Media), "person_image_id": string(p.Image), "collection_id": string(p.Collection), "confidence": p.Confidence,
		}
	}
	return out
}

// current reads the collections that were searched, as they are now, and holds
// them. One that was deleted meanwhile is store.ErrNotFound: another search.
func current(tx *store.Tx, f finds) ([]osprey.Collection, error) {
	ids := make([]osprey.ID, len(f.collections))
	for i, c := range f.collections {
		ids[i] = c.ID
	}
	return tx.ShareCollections(ids)
}

// judge turns similarities into the result, with everybody who matched, still
// unordered. It reads nothing but its arguments.
func judge(cal *face.Calibration, params osprey.AnalysisParams, f finds, now []osprey.Collection) (*osprey.CollectionResult, error) {
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
			Threshold: osprey.EffectiveThreshold(c, params, size.Images, cal.ConfidenceAtFMR),
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

// rank orders the matches of a medium over the whole search space, best first,
// ties by smaller person id, and cuts them to topK.
func rank(m *osprey.MediaMatches, topK int) {
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
func check(tx *store.Tx, r *osprey.CollectionResult) error {
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
