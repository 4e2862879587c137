package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// analysisObject is the analysis of api.md 9.5 in the form of a COLLECTION (9.5.3).
type analysisObject struct {
	ID             osprey.ID           `json:"analysis_id"`
	AnalyseID      osprey.ID           `json:"analyse_id"`
	Group          osprey.ID           `json:"group_id"`
	Folder         osprey.ID           `json:"folder_id"`
	Company        osprey.ID           `json:"company_id"`
	Type           osprey.AnalysisType `json:"type"`
	State          osprey.State        `json:"state"`
	Status         osprey.Resolution   `json:"resolution_status"`
	Resolution     osprey.Resolution   `json:"resolution"`
	System         osprey.Resolution   `json:"system_resolution"`
	OperatorStatus *osprey.Resolution  `json:"resolution_operator"`
	Operator       *osprey.ID          `json:"operator_id"`
	Comment        *string             `json:"operator_comment"`
	OperatorTime   osprey.Time         `json:"operator_time"`
	Source         []sourceObject      `json:"source_media"`
	Collection     *collectionSnapshot `json:"collection"`
	Collections    []searchedObject    `json:"collections"`
	Data           *matchData          `json:"results_data"`
	Media          []matchObject       `json:"results_media"`
	Confs          confsObject         `json:"confs"`
	ErrorCode      *osprey.Code        `json:"error_code"`
	ErrorMessage   *string             `json:"error_message"`
	Metadata       osprey.Metadata     `json:"meta_data"`
	Technical      osprey.Metadata     `json:"technical_meta_data"`
	Created        osprey.Time         `json:"time_created"`
	Updated        osprey.Time         `json:"time_updated"`
	Finished       osprey.Time         `json:"time_finished"`
}

// sourceObject is a medium as the analysis took it.
type sourceObject struct {
	Media osprey.ID        `json:"media_id"`
	Type  osprey.MediaType `json:"media_type"`
	mediaIdentity
	OriginalName string   `json:"original_name"`
	Tags         []string `json:"tags"`
	PreviewURL   *string  `json:"preview_url"`
	Cleared      bool     `json:"is_cleared"`
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
	SourceImage    *osprey.ID     `json:"source_image_id,omitempty"`
	SourceVideo    *osprey.ID     `json:"source_video_id,omitempty"`
	SourceShotsSet *osprey.ID     `json:"source_shots_set_id,omitempty"`
	Source         osprey.ID      `json:"source_media_id"`
	Person         *osprey.ID     `json:"person_id"`
	Image          *osprey.ID     `json:"person_image_id"`
	Collection     *osprey.ID     `json:"collection_id"`
	Confidence     *wire.Score    `json:"confidence"`
	Persons        []personMatch  `json:"collection_persons"`
	Data           entryMatchData `json:"results_data"`
	Output         []mediaObject  `json:"output_images"`
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

// confsObject shows the parameters in force. A threshold is among them when one
// was asked for: until the result it is that one, from then on the one that was
// used, unless the collections searched had several; theirs tell each its own.
type confsObject struct {
	TopK      int         `json:"top_k"`
	Threshold *wire.Score `json:"threshold,omitempty"`
}

func (show) analysis(a osprey.Analysis) analysisObject {
	o := analysisObject{
		ID: a.ID, AnalyseID: a.ID, Group: a.Group, Folder: a.Folder, Company: a.Company, Type: a.Type,
		State: a.State, Status: a.Resolution, Resolution: a.Resolution, System: a.System,
		OperatorStatus: orNull(a.OperatorStatus), Operator: orNull(a.Operator),
		Comment: a.OperatorComment, OperatorTime: a.OperatorTime,
		Source: wire.Each(a.Source, showSource), Collections: []searchedObject{}, Media: []matchObject{},
		Confs: confsObject{TopK: a.Params.TopK, Threshold: wire.ScoreOf(a.Params.Threshold)}, ErrorCode: a.ErrorCode,
		Metadata: object(a.Metadata), Technical: object(a.Technical),
		Created: a.Created, Updated: a.Updated, Finished: a.Finished,
	}
	if a.ErrorCode != nil {
		o.ErrorMessage = &a.ErrorMessage
	}
	if a.Result != nil && a.Result.Collection != nil {
		r := a.Result.Collection
		o.Data = &matchData{Matched: r.Matched, Min: wire.ScoreOf(r.Min), Max: wire.ScoreOf(r.Max)}
		o.Collections = wire.Each(r.Collections, showSearched)
		if o.Confs.Threshold != nil {
			o.Confs.Threshold = usedThreshold(r.Collections)
		}
		o.Collection = bestCollection(r)
		o.Media = showMatches(r.Media, a.Source)
	}
	return o
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

func showSource(m osprey.SourceMedia) sourceObject {
	return sourceObject{
		Media: m.Media, Type: m.Type, mediaIdentity: identityOf(m.Type, m.Media),
		OriginalName: m.OriginalName, Tags: array(m.Tags), Cleared: m.Cleared,
	}
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

func showMatches(media []osprey.MediaMatches, source []osprey.SourceMedia) []matchObject {
	types := make(map[osprey.ID]osprey.MediaType, len(source))
	for _, m := range source {
		types[m.Media] = m.Type
	}
	return wire.Each(media, func(m osprey.MediaMatches) matchObject { return showMatch(m, types[m.Media]) })
}

func showMatch(m osprey.MediaMatches, t osprey.MediaType) matchObject {
	identity := identityOf(t, m.Media)
	confidence := wire.ScoreOf(m.Confidence)
	o := matchObject{
		SourceImage: identity.Image, SourceVideo: identity.Video, SourceShotsSet: identity.ShotsSet,
		Source: m.Media, Confidence: confidence,
		Persons: wire.Each(m.Persons, func(p osprey.PersonMatch) personMatch {
			return personMatch{Person: p.Person, Image: p.Image, Collection: p.Collection, Alias: p.Alias, Confidence: wire.Score(p.Confidence)}
		}),
		Output: []mediaObject{},
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
