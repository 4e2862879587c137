package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// searchKeys holds the keys that only a COLLECTION analysis has (api.md 9.5.3).
type searchKeys struct {
	Collection  *collectionSnapshot `json:"collection"`
	Collections []searchedObject    `json:"collections"`
}

type collectionSnapshot struct {
	ID      osprey.ID      `json:"collection_id"`
	Alias   string         `json:"alias"`
	OnMatch osprey.OnMatch `json:"on_match"`
}

type searchedObject struct {
	collectionSnapshot
	Threshold wire.Score `json:"threshold"`
	Persons   int        `json:"persons_searched"`
	Images    int        `json:"images_searched"`
}

type matchData struct {
	Matched bool        `json:"matched"`
	Min     *wire.Score `json:"min_confidence"`
	Max     *wire.Score `json:"max_confidence"`
}

// matchObject is what was found for one source medium; its ids repeat those of
// the best person.
type matchObject struct {
	entryObject
	Person     *osprey.ID     `json:"person_id"`
	Image      *osprey.ID     `json:"person_image_id"`
	Collection *osprey.ID     `json:"collection_id"`
	Confidence *wire.Score    `json:"confidence"`
	Persons    []personMatch  `json:"collection_persons"`
	Data       entryMatchData `json:"results_data"`
}

type personMatch struct {
	Person     osprey.ID  `json:"person_id"`
	Image      osprey.ID  `json:"person_image_id"`
	Collection osprey.ID  `json:"collection_id"`
	Alias      string     `json:"alias"`
	Confidence wire.Score `json:"confidence"`
}

type entryMatchData struct {
	matchData
	Person *osprey.ID `json:"person_id"`
	Image  *osprey.ID `json:"person_image_id"`
}

// searchConfs shows the parameters in force. A threshold is among them when one
// was asked for: until the result it is that one, from then on the one that was
// used, unless the collections searched had several; theirs tell each its own.
type searchConfs struct {
	TopK      int         `json:"top_k"`
	Threshold *wire.Score `json:"threshold,omitempty"`
}

// confsOf shows the parameters in force, of any type.
func confsOf(a osprey.Analysis) any {
	p := a.Params
	switch a.Type {
	case osprey.AnalysisQuality:
		return livenessConfs{Threshold: wire.Score(p.ThresholdSpoofing), BestShot: p.ExtractBestShot}
	case osprey.AnalysisBiometry:
		return comparedConfs{Min: wire.Score(p.ThresholdMin), Max: wire.Score(p.ThresholdMax)}
	case osprey.AnalysisDocuments:
		return documentConfs{RequireMRZ: p.RequireMRZ, AllowExpired: p.AllowExpired}
	}
	confs := searchConfs{TopK: p.TopK, Threshold: wire.ScoreOf(p.Threshold)}
	if confs.Threshold != nil && a.Result != nil && a.Result.Collection != nil {
		confs.Threshold = usedThreshold(a.Result.Collection.Collections)
	}
	return confs
}

// usedThreshold is the one threshold of all collections, nil when they differ.
func usedThreshold(searched []osprey.SearchedCollection) *wire.Score {
	for _, c := range searched {
		if c.Threshold != searched[0].Threshold {
			return nil
		}
	}
	if len(searched) == 0 {
		return nil
	}
	return wire.ScoreOf(&searched[0].Threshold)
}

func searchKeysOf(r *osprey.Result) *searchKeys {
	if r == nil || r.Collection == nil {
		return &searchKeys{Collections: []searchedObject{}}
	}
	return &searchKeys{Collection: bestCollection(r.Collection), Collections: wire.Each(r.Collection.Collections, showSearched)}
}

func showSearched(c osprey.SearchedCollection) searchedObject {
	return searchedObject{
		collectionSnapshot: collectionSnapshot{ID: c.ID, Alias: c.Alias, OnMatch: c.OnMatch},
		Threshold:          wire.Score(c.Threshold), Persons: c.Persons, Images: c.Images,
	}
}

// bestCollection is the collection of the best match, else the first one searched.
func bestCollection(r *osprey.CollectionResult) *collectionSnapshot {
	if len(r.Collections) == 0 {
		return nil
	}
	best, confidence := r.Collections[0], -1.0
	for _, m := range r.Media {
		if len(m.Persons) == 0 || m.Persons[0].Confidence <= confidence {
			continue
		}
		for _, c := range r.Collections {
			if c.ID == m.Persons[0].Collection {
				best, confidence = c, m.Persons[0].Confidence
			}
		}
	}
	return some(showSearched(best).collectionSnapshot)
}

func matchDataOf(r *osprey.CollectionResult) matchData {
	return matchData{Matched: r.Matched, Min: wire.ScoreOf(r.Min), Max: wire.ScoreOf(r.Max)}
}

func (n shownAnalysis) matches(r *osprey.CollectionResult) []any {
	return wire.Each(r.Media, func(m osprey.MediaMatches) any { return n.match(m) })
}

func (n shownAnalysis) match(m osprey.MediaMatches) matchObject {
	confidence := wire.ScoreOf(m.Confidence)
	o := matchObject{
		entryObject: n.entry(m.Media), Confidence: confidence,
		Persons: wire.Each(m.Persons, func(p osprey.PersonMatch) personMatch {
			return personMatch{Person: p.Person, Image: p.Image, Collection: p.Collection, Alias: p.Alias, Confidence: wire.Score(p.Confidence)}
		}),
	}
	if len(m.Persons) > 0 {
		best := m.Persons[0]
		o.Person, o.Image, o.Collection = &best.Person, &best.Image, &best.Collection
	}
	o.Data = entryMatchData{
		matchData: matchData{Matched: len(m.Persons) > 0, Min: confidence, Max: confidence},
		Person:    o.Person, Image: o.Image,
	}
	return o
}
