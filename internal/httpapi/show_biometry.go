package httpapi

import (
	"example.org/osprey"
	"example.org/osprey/internal/wire"
)

// similarity is the least and the greatest confidence of several pairs.
type similarity struct {
	Min wire.Score `json:"min_confidence"`
	Max wire.Score `json:"max_confidence"`
}

// comparedData is results_data of a BIOMETRY analysis (api.md 9.5.2).
type comparedData struct {
	similarity
	Pairs []comparedPair `json:"pairs"`
}

type comparedPair struct {
	Media      [2]osprey.ID `json:"media_ids"`
	Confidence wire.Score   `json:"confidence"`
}

type comparedEntry struct {
	entryObject
	Data similarity `json:"results_data"`
}

type comparedConfs struct {
	Min wire.Score `json:"threshold_min"`
	Max wire.Score `json:"threshold_max"`
}

func biometryData(r *osprey.BiometryResult) comparedData {
	return comparedData{
		similarity: similarity{Min: wire.Score(r.Min), Max: wire.Score(r.Max)},
		Pairs: wire.Each(r.Pairs, func(p osprey.FacePair) comparedPair {
			return comparedPair{Media: [2]osprey.ID{p.A, p.B}, Confidence: wire.Score(p.Confidence)}
		}),
	}
}

// biometry has an entry for each medium, over the pairs that it is in.
func (n shownAnalysis) biometry(r *osprey.BiometryResult) []any {
	out := make([]any, 0, len(n.Source))
	for _, m := range n.Source {
		var of *similarity
		for _, p := range r.Pairs {
			if p.A != m.Media && p.B != m.Media {
				continue
			}
			c := wire.Score(p.Confidence)
			if of == nil {
				of = &similarity{Min: c, Max: c}
			}
			of.Min, of.Max = min(of.Min, c), max(of.Max, c)
		}
		if of != nil {
			out = append(out, comparedEntry{entryObject: n.entry(m.Media), Data: *of})
		}
	}
	return out
}
