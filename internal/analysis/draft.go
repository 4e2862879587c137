package analysis

import (
	"fmt"

	"example.org/osprey"
)

// draft turns requests into analyses of a folder with these media: media chosen,
// settings frozen, in request order and of one group. check, when not nil, is asked
// of each request once its media are known to be there.
func (k *kit) draft(
	f osprey.Folder, media []osprey.Media, requests []Request, settings osprey.Thresholds, now osprey.Time, check func(n int, r Request) error,
) ([]osprey.Analysis, error) {
	group := k.IDs.New()
	out := make([]osprey.Analysis, 0, len(requests))
	for n, r := range requests {
		if !k.can(r.Type) {
			return nil, osprey.NotRealized(fmt.Sprintf("analyses.%d.type", n))
		}
		source, err := chooseMedia(n, r, media)
		if err != nil {
			return nil, err
		}
		if check != nil {
			if err := check(n, r); err != nil {
				return nil, err
			}
		}
		params, err := settings.Freeze(r.Type, r.asked(), fmt.Sprintf("analyses.%d.params", n))
		if err != nil {
			return nil, err
		}
		out = append(out, osprey.Analysis{
			ID: k.IDs.New(), Group: group, Folder: f.ID, Company: f.Company, Owner: f.User, Type: r.Type,
			State: osprey.StateProcessing, Resolution: osprey.ResolutionProcessing, System: osprey.ResolutionProcessing,
			Source: source, Params: params, ResolutionEndpoint: r.ResolutionEndpoint,
			Metadata: nonNil(r.Metadata), Technical: osprey.Metadata{}, Created: now, Updated: now,
		})
	}
	return out, nil
}

// can reports whether the models that a type cannot do without are installed.
func (k *kit) can(t osprey.AnalysisType) bool {
	return t != osprey.AnalysisQuality || k.Looker.Engine().LivenessCalibration() != nil
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
	if len(r.Source)+len(r.Parts) > 0 {
		var err error
		if chosen, err = named(field, r, all); err != nil {
			return nil, err
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

// named are the media that a request names, by their ids or by the names of their
// parts (never both); those that were erased are left out.
func named(field string, r Request, all []osprey.Media) ([]osprey.Media, error) {
	byID, byPart := make(map[osprey.ID]osprey.Media, len(all)), make(map[string]osprey.Media, len(all))
	for _, m := range all {
		byID[m.ID], byPart[m.Key] = m, m
	}
	chosen := make([]osprey.Media, 0, len(r.Source)+len(r.Parts))
	for i := range len(r.Source) + len(r.Parts) {
		var m osprey.Media
		var ok bool
		if len(r.Parts) > 0 {
			if m, ok = byPart[r.Parts[i]]; !ok {
				return nil, osprey.InvalidValue(r.sourceField(field, i), "There is no part of this name").With("reason", "unknown_part")
			}
		} else if m, ok = byID[r.Source[i]]; !ok {
			return nil, osprey.NotExistField(r.sourceField(field, i))
		}
		if r.Type == osprey.AnalysisDocuments && m.Type != osprey.MediaImage {
			return nil, osprey.InvalidValue(r.sourceField(field, i), "A DOCUMENTS analysis takes images only").
				With("reason", "media_type").With("actual", string(m.Type))
		}
		if !m.Cleared {
			chosen = append(chosen, m)
		}
	}
	return chosen, nil
}

// sourceField is where the request names its i-th medium.
func (r Request) sourceField(field string, i int) string {
	return fmt.Sprintf("%s.%d", field, r.SourceIndex[i])
}

// leastMedia is how many media a type needs: a comparison takes two.
func leastMedia(t osprey.AnalysisType) int {
	if t == osprey.AnalysisBiometry {
		return 2
	}
	return 1
}
