package httpapi

import (
	"encoding/json"

	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// analysisObject is the analysis of api.md 9.5: the keys that all types have, with
// the results and parameters of its type. Results are null and [] until FINISHED.
type analysisObject struct {
	ID             osprey.ID           `json:"analysis_id"`
	AnalyseID      osprey.ID           `json:"analyse_id"`
	Group          osprey.ID           `json:"group_id"`
	Folder         osprey.ID           `json:"folder_id"`
	Company        *osprey.ID          `json:"company_id"`
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
	*searchKeys                        // of a COLLECTION analysis
	Data           any                 `json:"results_data"`
	Media          []any               `json:"results_media"`
	Confs          any                 `json:"confs"`
	ErrorCode      *osprey.Code        `json:"error_code"`
	ErrorMessage   *string             `json:"error_message"`
	Metadata       osprey.Metadata     `json:"meta_data"`
	Technical      any                 `json:"technical_meta_data"`
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

// entryObject begins every entry of results_media: the source medium under the name
// of its type and under the common one, and the images that the analysis made of it.
type entryObject struct {
	Image    *osprey.ID     `json:"source_image_id,omitempty"`
	Video    *osprey.ID     `json:"source_video_id,omitempty"`
	ShotsSet *osprey.ID     `json:"source_shots_set_id,omitempty"`
	Source   osprey.ID      `json:"source_media_id"`
	Output   []outputObject `json:"output_images"`
}

// outputObject is a result image, a best shot or a portrait.
type outputObject struct {
	ID           osprey.ID        `json:"media_id"`
	Image        osprey.ID        `json:"image_id"`
	Type         osprey.MediaType `json:"media_type"`
	Tags         []string         `json:"tags"`
	OriginalName string           `json:"original_name"`
	OriginalURL  *string          `json:"original_url"`
	ThumbURL     *string          `json:"thumb_url"`
}

// mediaByID are the rows of media that analyses took or made; those that were
// erased are not among them.
type mediaByID map[osprey.ID]osprey.Media

func byID(lists ...[]osprey.Media) mediaByID {
	out := make(mediaByID)
	for _, list := range lists {
		for _, m := range list {
			out[m.ID] = m
		}
	}
	return out
}

// shownAnalysis is one analysis on its way into an answer.
type shownAnalysis struct {
	show
	osprey.Analysis
	media mediaByID
}

// analysis shows an analysis; media holds the rows of what it took and made.
func (s show) analysis(a osprey.Analysis, media mediaByID) analysisObject {
	n := shownAnalysis{show: s, Analysis: a, media: media}
	o := analysisObject{
		ID: a.ID, AnalyseID: a.ID, Group: a.Group, Folder: a.Folder, Company: s.owner(a.Company), Type: a.Type,
		State: a.State, Status: a.Resolution, Resolution: a.Resolution, System: a.System,
		OperatorStatus: orNull(a.OperatorStatus), Operator: orNull(a.Operator),
		Comment: a.OperatorComment, OperatorTime: a.OperatorTime,
		Source: wire.Each(a.Source, n.source), Media: []any{}, Confs: confsOf(a), ErrorCode: a.ErrorCode,
		Metadata: object(a.Metadata), Technical: plainNumbers(map[string]any(object(a.Technical))),
		Created: a.Created, Updated: a.Updated, Finished: a.Finished,
	}
	if a.ErrorCode != nil {
		o.ErrorMessage = &a.ErrorMessage
	}
	if a.Type == osprey.AnalysisCollection {
		o.searchKeys = searchKeysOf(a.Result)
	}
	switch r := a.Result; {
	case r == nil:
	case r.Quality != nil:
		o.Data, o.Media = qualityData(r.Quality), n.quality(r.Quality)
	case r.Biometry != nil:
		o.Data, o.Media = biometryData(r.Biometry), n.biometry(r.Biometry)
	case r.Collection != nil:
		o.Data, o.Media = matchDataOf(r.Collection), n.matches(r.Collection)
	case r.Documents != nil:
		o.Data, o.Media = documentsData(r.Documents), n.documents(r.Documents)
	}
	return o
}

func (n shownAnalysis) source(m osprey.SourceMedia) sourceObject {
	o := sourceObject{
		Media: m.Media, Type: m.Type, mediaIdentity: identityOf(m.Type, m.Media),
		OriginalName: m.OriginalName, Tags: array(m.Tags), Cleared: m.Cleared,
	}
	if row, ok := n.media[m.Media]; ok && !m.Cleared {
		o.PreviewURL = n.preview(row)
	}
	return o
}

// entry begins the entry of a source medium, with the result images given; those
// that were erased since are left out.
func (n shownAnalysis) entry(source osprey.ID, images ...osprey.ID) entryObject {
	var kind osprey.MediaType
	for _, m := range n.Source {
		if m.Media == source {
			kind = m.Type
		}
	}
	is := identityOf(kind, source)
	o := entryObject{Image: is.Image, Video: is.Video, ShotsSet: is.ShotsSet, Source: source, Output: []outputObject{}}
	for _, id := range images {
		m, ok := n.media[id]
		if !ok {
			continue
		}
		shown := n.show.media(m)
		o.Output = append(o.Output, outputObject{
			ID: m.ID, Image: m.ID, Type: m.Type, Tags: shown.Tags, OriginalName: m.OriginalName,
			OriginalURL: shown.OriginalURL, ThumbURL: shown.ThumbURL,
		})
	}
	return o
}

// plainNumbers writes fractions in what the server noted as the contract shows
// scores: as decimals, never with an exponent.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && !isWhole(v.String()) {
			return wire.Score(f)
		}
	case float64:
		return wire.Score(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = plainNumbers(value)
		}
		return out
	case osprey.Metadata:
		return plainNumbers(map[string]any(v))
	case []any:
		return wire.Each(v, plainNumbers)
	}
	return v
}

func isWhole(number string) bool {
	for _, c := range number {
		if c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
